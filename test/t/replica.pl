# A logical replica that kroles's own functions set up: nothing is answered before it is complete, then what the primary answers;
# whoever waits for a position sees the change; and a lease ends the answers of a replica that is cut off.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Portal;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;

my $primary = start_portal('primary', init => { allows_streaming => 'logical' });
my $replica = start_node('replica', init => { allows_streaming => 'logical' });
$primary->safe_psql('postgres', <<'END');
INSERT INTO kroles.users (id, login, applicative_role) VALUES (1, 'olga', 'admin'), (2, 'pia', 'private_only');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (1, 'channel', 'private', 'term', 1);
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 2, 'member');
INSERT INTO kroles.media (id, name, owner_id) VALUES (1, 'film 1', 1), (100, 'secret', 1);
INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 1);
SELECT kroles_publish_entitlements();
CREATE ROLE feeds LOGIN REPLICATION BYPASSRLS;
SELECT format('GRANT SELECT ON kroles.%I TO feeds', t.name) FROM kroles.entitlement_tables() t \gexec
GRANT USAGE ON SCHEMA kroles TO feeds;
END

# What the doctor of a server says of replication.
sub diagnosed
{
	my ($node, $expected, $what) = @_;
	is($node->safe_psql('postgres', q{SELECT string_agg(severity || ' ' || finding, ', ' ORDER BY finding) FROM kroles_doctor()
		WHERE finding ~ 'subscription|replica|heartbeat|lease|secret|replay|streaming'}), $expected, "the doctor: $what");
	return;
}

# ---- What is refused ----

sub refused
{
	my ($node, $sql, $state, $what) = @_;
	my ($code, $out, $err) = $node->psql('postgres', "\\set VERBOSITY sqlstate\n$sql");
	like($err, qr/ERROR:  $state/, $what);
	return;
}

my $feed = $primary->connstr('postgres') . ' user=feeds';
my $subscribe = sprintf q{SELECT kroles_subscribe('%s', 'kroles_replica')}, $feed =~ s/'/''/gr;
$replica->safe_psql('postgres', 'CREATE EXTENSION kroles; CREATE ROLE app LOGIN; SELECT kroles_grant_access(\'app\'); CREATE TABLE captions (media_id bigint, line text); SELECT kroles_protect(\'captions\', \'media\', \'media_id\'); GRANT SELECT ON captions TO app; INSERT INTO captions VALUES (1, \'shown\'), (100, \'hidden\')');
$replica->safe_psql('postgres', q{INSERT INTO kroles.users (login, applicative_role) VALUES ('other', 'viewer')});
$primary->safe_psql('postgres', q{SELECT pg_create_logical_replication_slot('kroles_replica', 'pgoutput')});
refused($replica, $subscribe, '55000', 'a database with users of its own does not become a replica');
is($replica->safe_psql('postgres', 'SELECT count(*) FROM kroles.settings'), '1', 'and keeps what it had');
$replica->safe_psql('postgres', 'DELETE FROM kroles.users');
$primary->safe_psql('postgres', 'CREATE PUBLICATION a_part FOR TABLE kroles.users');
refused($replica, $subscribe =~ s/'\)$/', 'a_part')/r, '55000', 'a publication of a part');
refused($replica, q{SELECT kroles_subscribe('host=/nowhere', 'kroles_replica')}, '08006', 'a primary that cannot be reached');
is($replica->safe_psql('postgres', 'SELECT count(*) FROM kroles.settings, kroles.rights'), $primary->safe_psql('postgres', 'SELECT count(*) FROM kroles.rights'),
	'again nothing has changed');
refused($replica, 'SELECT kroles_subscribe(NULL, NULL)', '22004', 'no connection');

# ---- The first copy ----

# It cannot end: a table is locked against it as soon as the subscription is there.
my $keeps = Session->new($replica);
$replica->safe_psql('postgres', $subscribe =~ s/^SELECT (.*)/BEGIN; SELECT $1; UPDATE pg_subscription SET subenabled = false; COMMIT/r);
$keeps->ask('BEGIN; LOCK TABLE kroles.user_blocks IN SHARE ROW EXCLUSIVE MODE');
$replica->safe_psql('postgres', 'ALTER SUBSCRIPTION kroles_entitlements ENABLE');
$replica->poll_query_until('postgres', q{SELECT count(*) = 1 FROM kroles.media WHERE id = 100});
my $asks = Session->new($replica, role => 'app', person => 'pia');
my $films = q{SELECT string_agg(id::text, ' ' ORDER BY id) FROM kroles.media};
is($asks->ask($_), 'ERROR:  KR001', "before the copy is complete: $_") for $films, q{SELECT kroles_can('view', 'media', 1)}, 'SELECT count(*) FROM captions';
is($replica->safe_psql('postgres', q{SELECT kroles_position() IS NULL, kroles_wait('0/1', '0')}), 't|f', 'nor has it any position');
diagnosed($replica, 'notice no_lease, warning replica_incomplete', 'the copy is not complete');
$keeps->ask('COMMIT');
my $ready = q{SELECT count(*) = 0 FROM pg_subscription_rel WHERE srsubstate <> 'r'};
$replica->poll_query_until('postgres', $ready);
is($asks->ask($films), '1', 'then it answers');
diagnosed($replica, 'notice no_lease', 'no lease');
diagnosed($primary, '', 'nothing on the primary');
is($replica->safe_psql('postgres', 'SELECT count(*) FROM kroles_verify()'), '0', 'audiences are right, in the secret of the replica');
isnt($replica->safe_psql('postgres', 'SELECT key FROM kroles.secret'), $primary->safe_psql('postgres', 'SELECT key FROM kroles.secret'), 'which is another one');
is($replica->safe_psql('postgres', q{SELECT count(*) FROM kroles.audit_log WHERE relation = 'kroles.media'}), '0', 'the log stays where it is');
refused($replica, q{SELECT kroles_could(2, 'view', 'channel', 1, now())}, '55000', 'so nothing is answered about earlier times');
is($asks->ask('SELECT line FROM captions'), 'shown', 'tables of its own are decided there');

# ---- Waiting for a change ----

sub position
{
	my ($sql) = @_;
	return $primary->safe_psql('postgres', "$sql; SELECT kroles_position()");
}

# Revoked and published in one transaction, again and again: whoever has waited never sees what came with the revocation.
my ($early, $late) = (0, 0);
for my $round (1 .. 250)
{
	my $position = position('BEGIN; DELETE FROM kroles.space_members WHERE space_id = 1; INSERT INTO kroles.publications (media_id, space_id) VALUES (100, 1); COMMIT');
	$late++ if $asks->ask("SELECT kroles_wait('$position', '1 minute'); $films; SELECT count(*) FROM captions") ne 't  0';
	$position = position(q{BEGIN; DELETE FROM kroles.publications WHERE media_id = 100; INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 2, 'member'); COMMIT});
	$early++ if $asks->ask("SELECT kroles_wait('$position', '1 minute'); $films; SELECT count(*) FROM captions") ne 't 1 1';
}
is("$late $early", '0 0', '250 revocations and as many grants, each seen by whoever waited for it');

# The worker records a commit before it can be seen. Here it stays in between, as it waits for a standby that there is not.
$replica->append_conf('postgresql.conf', q{synchronous_standby_names = 'nobody'});
$replica->reload;
$replica->safe_psql('postgres', q{SET synchronous_commit = off; ALTER SUBSCRIPTION kroles_entitlements SET (synchronous_commit = 'on')});
$replica->poll_query_until('postgres', q{SELECT current_setting('synchronous_standby_names') = 'nobody' AND count(*) > 0 FROM pg_stat_subscription WHERE pid IS NOT NULL});
my $unseen = position('DELETE FROM kroles.space_members WHERE space_id = 1');
$replica->poll_query_until('postgres', q{SELECT count(*) > 0 FROM pg_stat_activity WHERE backend_type LIKE 'logical replication%' AND wait_event = 'SyncRep'});
is($replica->safe_psql('postgres', 'SELECT count(*) FROM kroles.space_members'), '1', 'a commit that is recorded and cannot be seen');
is($asks->ask("SELECT kroles_wait('$unseen', '100 milliseconds'); $films; SELECT kroles_position() < '$unseen'"), 'f 1 t', 'has not arrived');
$replica->append_conf('postgresql.conf', q{synchronous_standby_names = ''});
$replica->reload;
is($asks->ask("SELECT kroles_wait('$unseen', '1 minute'); $films"), 't', 'until it is seen');
$unseen = position(q{INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 2, 'member')});
is($asks->ask("SELECT kroles_wait('$unseen', '1 minute'); $films"), 't 1', 'and so is the next one');

# What is not replicated moves the position too
is($asks->ask(q{SELECT kroles_wait('} . position('CREATE TABLE elsewhere (id int); INSERT INTO elsewhere SELECT generate_series(1, 10000)') . q{', '1 minute')}),
	't', 'a position beyond any change of entitlements is reached');
is($asks->ask(q{SELECT kroles_wait('FFFF/0', '10 milliseconds')}), 'f', 'one that the primary never had is not');
is($asks->ask(q{BEGIN; SELECT kroles_wait('0/1'); SAVEPOINT s; SELECT kroles_wait('0/1'); COMMIT}), 't t', 'in a transaction and a savepoint');
is($asks->ask(qq{BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT kroles_wait('0/1'); ROLLBACK}), 'ERROR:  55000', 'not where the snapshot stays');
is($asks->ask($_), 'ERROR:  55000', "not as a part: $_") for
	q{SELECT kroles_wait('0/1') FROM kroles.settings}, q{DO $$ BEGIN PERFORM kroles_wait('0/1'); END $$}, q{EXPLAIN ANALYZE SELECT kroles_wait('0/1')},
	q{DO $$ BEGIN BEGIN PERFORM kroles_wait('0/1'); EXCEPTION WHEN division_by_zero THEN NULL; END; END $$};
is($asks->ask(q{BEGIN; DECLARE c CURSOR FOR SELECT id FROM kroles.media; FETCH c; SELECT kroles_wait('0/1'); ROLLBACK}), '1 ERROR:  55000', 'nor beside an open cursor');
$replica->safe_psql('postgres', <<'END');
CREATE FUNCTION waits() RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN kroles_wait('FFFF/0', '0'); END $$;
CREATE FUNCTION waits_and_catches() RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN kroles_wait('FFFF/0', '0'); EXCEPTION WHEN OTHERS THEN RETURN NULL; END $$;
END
is($asks->ask("SELECT waits(); $films"), 'f 1', 'a function that does nothing else may wait');
is($asks->ask("SELECT waits_and_catches() IS NULL; $films"), 't 1', 'but not within a block that catches errors');
is($asks->ask(q{SET statement_timeout = '100ms'; SELECT kroles_wait('FFFF/0', '10 minutes'); RESET statement_timeout}), 'ERROR:  57014', 'it can be cancelled');
my $waits = Session->new($replica, role => 'app');
$waits->begin(q{SELECT kroles_wait('FFFF/0', '10 minutes')});
ok($asks->await($waits, qr/Extension/), 'a session waits');
is($replica->safe_psql('postgres', "SELECT backend_xmin IS NULL AND state = 'active' FROM pg_stat_activity WHERE pid = " . $waits->pid), 't', 'and holds no snapshot');
$replica->safe_psql('postgres', 'SELECT pg_cancel_backend(' . $waits->pid . ')');
is($waits->told, 'ERROR:  57014', 'until it is cancelled');
is($asks->ask('SELECT kroles_position() > pg_lsn \'0/1\''), 't', 'the replica has a position, of the primary');

# ---- The lease ----

my %denied = (
	'rows' => $films, 'rows of a table of its own' => 'SELECT count(*) FROM captions', 'kroles_can' => q{SELECT kroles_can('view', 'media', 1)},
	'kroles_can_many' => q{SELECT * FROM kroles_can_many('view', 'media', '{1}')}, 'kroles_list' => q{SELECT kroles_list('view', 'media')},
	'kroles_rights' => q{SELECT kroles_rights('media', 1)}, 'kroles_role' => q{SELECT kroles_role('media', 1)},
	'kroles_who_can' => q{SELECT count(*) FROM kroles_who_can('view', 'media', 1)},
	'kroles_explain' => q{SELECT count(*) FROM kroles_explain(2, 'view', 'media', 1)},
	'kroles_can_publish' => 'SELECT kroles_can_publish(1, 1)', 'kroles_publication_status' => 'SELECT kroles_publication_status(1, 1)',
	'kroles_media_users' => 'SELECT count(*) FROM kroles_media_users(1)', 'kroles_space_users' => 'SELECT count(*) FROM kroles_space_users(1)',
	'kroles_publish' => 'SELECT kroles_publish(1, 1)',
	'kroles_room_join' => 'SELECT kroles_room_join(1)', 'channels' => 'SELECT count(*) FROM kroles.channels', 'events' => 'SELECT count(*) FROM kroles.events',
	'a change' => q{UPDATE kroles.media SET name = 'x'}, 'a new row' => q{INSERT INTO kroles.media (name) VALUES ('x')}, 'the log' => 'SELECT count(*) FROM kroles.audit_log',
	'kroles_current_user' => 'SELECT kroles_current_user()', 'my_media' => 'SELECT count(*) FROM kroles.my_media',
	'moderation_queue' => 'SELECT count(*) FROM kroles.moderation_queue', 'people' => 'SELECT count(*) FROM kroles.users',
	'kroles_find_users' => q{SELECT count(*) FROM kroles_find_users('p')}, 'kroles_id' => q{SELECT kroles_id('media', 'x')},
	'a generic plan' => 'EXECUTE films',
);
$asks->ask("SET plan_cache_mode = force_generic_plan; PREPARE films AS $films; EXECUTE films");
my $position = position(q{UPDATE kroles.settings SET replica_lease = '1 hour'});
is($asks->ask("SELECT kroles_wait('$position', '1 minute'); $films"), 't ERROR:  KR001', 'a lease, and never a heartbeat: denied');
refused($replica, 'SELECT kroles_heartbeat()', '55000', 'the replica makes no heartbeat of its own');
is($primary->safe_psql('postgres', qq{SET kroles."user" = 'olga'; SELECT count(*) FROM kroles.media}, extra_params => [ '-U', 'app' ]), '2', 'the primary has no lease');
$position = position('SELECT kroles_heartbeat()') =~ s/.*\n//r;
is($asks->ask("SELECT kroles_wait('$position', '1 minute'); $films; EXECUTE films"), 't 1 1', 'a heartbeat: it answers');

# What a server that has heard nothing for two hours would have: the heartbeat of then. The sessions remember the later one until
# they are asked to look again, so this is asked in new ones too.
$replica->safe_psql('postgres', q{ALTER SUBSCRIPTION kroles_entitlements DISABLE});
$replica->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_subscription WHERE pid IS NOT NULL});

sub heard
{
	my ($ago) = @_;
	$replica->safe_psql('postgres', qq{SET session_replication_role = replica; UPDATE kroles.heartbeat SET at = now() - interval '$ago'; UPDATE kroles.settings SET replica_lease = replica_lease + interval '1 second'});
	return;
}

# (the change of the lease has the sessions read all of it again)
sub asked_anew { return Session->new($replica, role => 'app', person => 'pia')->ask($_[0]) }

heard('2 hours');
is(asked_anew($denied{$_} =~ s/EXECUTE films/$films/r), 'ERROR:  KR001', "two hours without: $_") for sort keys %denied;
heard('-2 hours');
is(asked_anew($films), 'ERROR:  KR001', 'a heartbeat from the future is none');
diagnosed($replica, 'warning late_heartbeat, danger subscription_stopped', 'disabled, and the clocks differ');
heard('0 hours');
is(asked_anew($films), '1', 'and one of now is');
is($replica->safe_psql('postgres', 'SELECT count(*) FROM kroles.media'), '2', 'roles beyond policies read on');

# Sessions that remember, and a replica that stays cut off: the shortest lease ends.
my $fetches = Session->new($replica, role => 'app', person => 'pia');
is($fetches->ask('BEGIN; DECLARE c CURSOR FOR SELECT 1 FROM kroles.media UNION ALL SELECT 2 FROM kroles.spaces; FETCH c'), '1', 'a cursor is open');
$position = $primary->safe_psql('postgres', q{UPDATE kroles.settings SET replica_lease = '2 seconds'; SELECT kroles_heartbeat(); SELECT kroles_position()}) =~ s/.*\n//sr;
$replica->safe_psql('postgres', q{ALTER SUBSCRIPTION kroles_entitlements ENABLE});
is($asks->ask("SELECT kroles_wait('$position', '1 minute')"), 't', 'connected again');
$primary->stop;
$replica->poll_query_until('postgres', 'SELECT count(*) = 0 FROM pg_stat_subscription WHERE pid IS NOT NULL');
like($replica->safe_psql('postgres', q{SELECT weakness FROM kroles_doctor() WHERE finding = 'subscription_stopped'}), qr/^has no worker: the primary cannot be reached/,
	'the doctor: no worker');
my $loop = q{DO $$ BEGIN LOOP PERFORM FROM kroles.media WHERE id = 1; PERFORM pg_sleep(0.01); END LOOP; END $$};
is($asks->ask($loop), 'ERROR:  KR001', 'a function that asks on and on is ended by the lease');
is($asks->ask($denied{$_}), 'ERROR:  KR001', "cut off: $_") for sort keys %denied;
is($fetches->ask('FETCH c'), 'ERROR:  KR001', 'cut off: an open cursor');
$primary->start;
$primary->safe_psql('postgres', q{UPDATE kroles.settings SET replica_lease = '1 hour'; SELECT kroles_heartbeat()});
$position = $primary->safe_psql('postgres', 'SELECT kroles_position()');
is($asks->ask("SELECT kroles_wait('$position', '1 minute'); $films; EXECUTE films; $denied{kroles_can}"), 't 1 1 t', 'the primary is back');

# ---- The end ----

$replica->safe_psql('postgres', 'ALTER SUBSCRIPTION kroles_entitlements DISABLE; DROP SUBSCRIPTION kroles_entitlements');
refused($replica, $subscribe, '55000', 'a replica is set up once');
diagnosed($replica, 'danger subscription_missing', 'the subscription is gone');
heard('2 hours');
is(asked_anew($films), 'ERROR:  KR001', 'without a subscription it is a replica still');
$replica->safe_psql('postgres', 'DELETE FROM kroles.replica');
is(asked_anew($films), '1', 'until it is made a database of its own');
is($asks->ask($films), '1', 'also for a session that has been denied');
isnt($replica->safe_psql('postgres', 'SELECT kroles_heartbeat()'), '', 'which makes heartbeats');

done_testing();
