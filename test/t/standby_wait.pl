# A standby under load: whoever waits for the position of a change sees it there, whatever the standby has to remove meanwhile; a
# lease ends the answers of a standby that replays nothing; and what was waited for is in force after a failover.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Portal;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;

my $primary = start_portal('primary', init => { allows_streaming => 1 }, conf => 'autovacuum = off');
$primary->safe_psql('postgres', <<'END');
INSERT INTO kroles.users (id, login, applicative_role) VALUES (1, 'olga', 'admin'), (2, 'pia', 'private_only');
INSERT INTO kroles.users (id, login, applicative_role) SELECT 100 + n, 'u' || n, 'viewer' FROM generate_series(1, 20) AS n;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (1, 'channel', 'private', 'term', 1), (2, 'channel', 'private', 'busy', 1);
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 2, 'member');
INSERT INTO kroles.media (id, name, owner_id) VALUES (1, 'film 1', 1), (100, 'secret', 1);
INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 1);
CREATE TABLE stop (reason text);
END
$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
# replay would wait for ever for a snapshot that still sees what is to be removed
$standby->append_conf('postgresql.conf', 'max_standby_streaming_delay = -1');
$standby->start;

my $films = q{SELECT string_agg(id::text, ' ' ORDER BY id) FROM kroles.media};
my $can = q{SELECT kroles_can('view', 'media', 100)};
my $asks = Session->new($standby, role => 'app', person => 'pia');
my $changes = Session->new($primary);
my @load = map { Session->new($primary) } 1 .. 2;
$load[0]->begin(<<'END');
DO $$ BEGIN
    WHILE NOT EXISTS (SELECT FROM stop) LOOP
        INSERT INTO kroles.space_members (space_id, user_id, role) SELECT 2, u.id, 'member' FROM kroles.users u WHERE u.login LIKE 'u%';
        COMMIT;
        DELETE FROM kroles.space_members WHERE space_id = 2;
        COMMIT;
        PERFORM kroles_heartbeat();
        COMMIT;
    END LOOP;
END $$
END

# (VACUUM cannot be called in a loop of the server)
sub load
{
	return unless $load[1]->done;
	$load[1]->told;
	$load[1]->begin('VACUUM kroles.space_members; VACUUM kroles.publications; VACUUM kroles.media; VACUUM kroles.heartbeat');
	return;
}

# Changes, and asks on the standby after waiting for that.
sub after
{
	my ($sql, $ask) = @_;
	load();
	my $position = $changes->ask("$sql; SELECT kroles_position()");
	return $asks->ask("SELECT kroles_wait('$position', '1 minute'); $ask");
}

my $revoke = 'BEGIN; DELETE FROM kroles.space_members WHERE space_id = 1; INSERT INTO kroles.publications (media_id, space_id) VALUES (100, 1); COMMIT';
my $grant = q{BEGIN; DELETE FROM kroles.publications WHERE media_id = 100; INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 2, 'member'); COMMIT};
my %told;
$load[1]->begin('SELECT 1');
for my $round (1 .. 100)
{
	$told{ after($revoke, "$films; $can") }++;
	$told{ after($grant, "$films; $can") }++;
}
is_deeply(\%told, { 't  f' => 100, 't 1 f' => 100 }, 'a hundred revocations and a hundred grants under load, each seen by whoever waited for it');

# ---- A wait holds nobody up ----

my $waits = Session->new($standby, role => 'app');
$waits->begin(q{SELECT kroles_wait('FFFF/0', '10 minutes')});
ok($asks->await($waits, qr/Extension/), 'a session waits for what does not come');
is(after($revoke, $can), 't f', 'and another for what has to pass it') for 1;
is(after($grant, $films), 't 1', 'twice');
$standby->safe_psql('postgres', 'SELECT pg_cancel_backend(' . $waits->pid . ')');
is($waits->told, 'ERROR:  57014', 'it is cancelled');
is($asks->ask(q{SELECT kroles_position() > '0/1'}), 't', 'a standby has a position');
is($asks->ask('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT kroles_wait(kroles_position()); ROLLBACK'), 'ERROR:  55000', 'an old snapshot cannot wait');
is(Session->new($standby)->ask('SELECT kroles_heartbeat()'), 'ERROR:  25006', 'a standby makes no heartbeat');

# What the standby's doctor says of replication.
sub diagnosed
{
	my ($expected, $what) = @_;
	is($standby->safe_psql('postgres', q{SELECT string_agg(severity || ' ' || finding, ', ' ORDER BY finding) FROM kroles_doctor()
		WHERE finding ~ 'subscription|replica|heartbeat|lease|replay|streaming'}), $expected, "the doctor: $what");
	return;
}

# ---- The lease ----

diagnosed('notice no_lease', 'no lease');

is(after(q{UPDATE kroles.settings SET replica_lease = '1 hour'}, "$films; $can"), 't 1 f', 'within the lease');
$primary->safe_psql('postgres', q{INSERT INTO stop VALUES ('enough')});
is($load[0]->told, '', 'the load ends without an error');
is($load[1]->told, '', 'and so does VACUUM');
is(after('DELETE FROM kroles.heartbeat', '') =~ s/ $//r, 't', 'no heartbeat');
diagnosed('warning late_heartbeat', 'no heartbeat');
my $new = Session->new($standby, role => 'app', person => 'pia');
is($new->ask($_), 'ERROR:  KR001', "never heard of the primary: $_") for $films, $can, q{SELECT kroles_list('view', 'media')},
	q{SELECT count(*) FROM kroles_history('channel', 1)};
is(after('SELECT FROM kroles_heartbeat()', $films), 't 1', 'a heartbeat');
is($new->ask("$films; $can"), '1 f', 'is heard by all');
is(after(q{UPDATE kroles.settings SET replica_lease = '2 seconds'}, 'SELECT pg_wal_replay_pause()') =~ s/ .*//r, 't', 'a short lease');
$standby->safe_psql('postgres', 'SELECT pg_wal_replay_pause()');
my $loop = q{DO $$ BEGIN LOOP PERFORM FROM kroles.media WHERE id = 1; PERFORM pg_sleep(0.01); END LOOP; END $$};
is($_->ask($loop), 'ERROR:  KR001', 'replay is paused, and the lease ends') for $asks, $new;
is($new->ask($can), 'ERROR:  KR001', 'for questions too');
diagnosed('warning late_heartbeat, danger replay_paused', 'replay is paused');
$standby->safe_psql('postgres', 'SELECT pg_wal_replay_resume()');
is(after(q{UPDATE kroles.settings SET replica_lease = '1 hour'; SELECT FROM kroles_heartbeat()}, $films), 't 1', 'it goes on');

# A standby of a replica replays the replica's log, not the primary's
$primary->safe_psql('postgres', q{INSERT INTO kroles.replica (subscription) VALUES ('entitlements')});
$primary->wait_for_catchup($standby, 'replay');
is($asks->ask($_), 'ERROR:  0A000', "on a standby of a replica: $_") for q{SELECT kroles_wait('0/1')}, 'SELECT kroles_position()';
is($asks->ask($films), '1', 'which answers');
$primary->safe_psql('postgres', 'DELETE FROM kroles.replica');
$primary->wait_for_catchup($standby, 'replay');

# ---- Failover ----

my $lost = $changes->ask("$revoke; SELECT kroles_position()");
is($asks->ask("SELECT kroles_wait('$lost', '1 minute'); $films; $can"), 't  f', 'revoked and waited for');
$primary->safe_psql('postgres', 'DELETE FROM kroles.heartbeat');
$primary->wait_for_catchup($standby, 'replay');
is($asks->ask($films), '', 'a session that has heard of it remembers');
my $later = Session->new($standby, role => 'app', person => 'pia');
is($later->ask($can), 'ERROR:  KR001', 'one that has not is denied');
$waits->begin(q{SELECT kroles_wait('FFFF/0', '10 minutes')});
ok($asks->await($waits, qr/Extension/), 'one waits');
$primary->stop('immediate');
$standby->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_wal_receiver});
diagnosed('warning late_heartbeat, warning not_streaming', 'the primary is gone');
$standby->promote;
diagnosed('warning late_heartbeat', 'promoted: it has no heartbeat for its standbys');
is($_->ask("SELECT kroles_wait('$lost'); $films; $can"), 't  f', 'promoted: the revocation is in force, and no lease counts') for $asks, $later, $new;
is($asks->ask(q{SELECT kroles_wait('FFFF/0', '10 minutes')}), 'f', 'what the new primary never had it tells at once');
$standby->safe_psql('postgres', 'SELECT pg_cancel_backend(' . $waits->pid . ')');
is($waits->told, 'ERROR:  57014', 'the wait from before ends as it would have');
isnt($standby->safe_psql('postgres', 'SELECT kroles_heartbeat()'), '', 'it makes heartbeats');

done_testing();
