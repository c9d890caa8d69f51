# A streaming standby answers as its primary does, from the instant on at which the primary's changes are replayed: in sessions
# that have asked before and remember, for what is revoked in one transaction with what is published, in two phases too, while
# records stream in, and after it has become the primary.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Portal;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;

my $primary = start_portal('primary', init => { allows_streaming => 1 }, conf => 'max_prepared_transactions = 5');
$primary->safe_psql('postgres', <<'END');
INSERT INTO kroles.users (id, login, applicative_role) VALUES (1, 'olga', 'admin'), (2, 'pia', 'private_only'), (3, 'otto', 'admin');
INSERT INTO kroles.groups (id, name) VALUES (1, 'Biology');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 2);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES
    (1, 'channel', 'private', 'by a grant of her own', 1), (2, 'channel', 'private', 'through the group', 1), (3, 'channel', 'open', 'open to all', 1);
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 2, 'member');
INSERT INTO kroles.space_members (space_id, group_id, role) VALUES (2, 1, 'member');
INSERT INTO kroles.media (id, name, owner_id) VALUES (1, 'film 1', 1), (2, 'film 2', 1), (3, 'film 3', 1), (4, 'film 4', 1), (5, 'film 5', 2), (100, 'secret', 1);
INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (4, 2, 'viewer');
INSERT INTO kroles.media (id, type, name, owner_id) VALUES (200, 'room', 'hall', 1), (201, 'video', 'secret', 1);
INSERT INTO kroles.events (id, name, created_by) VALUES (1, 'congress', 1);
INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (1, 3, 'speaker');
INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 200);
END
$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby, 'replay');

# Pia's sessions on the standby, which stay: without a plan, with a generic one, by kroles_can, in a transaction.
my $ids = q{SELECT string_agg(id::text, ' ' ORDER BY id) FROM kroles.media};
my $can = q{SELECT string_agg(id::text, ' ' ORDER BY id) FROM unnest('{1, 2, 3, 4, 5, 100}'::bigint[]) AS id WHERE kroles_can('view', 'media', id)};
my %ask = ('SELECT' => $ids, 'a generic plan' => 'EXECUTE ids', 'kroles_can' => $can, 'in a transaction' => $ids);
my %on_standby = map { $_ => Session->new($standby, role => 'app', person => 'pia') } keys %ask;
my $on_primary = Session->new($primary, role => 'app', person => 'pia');
$on_standby{'a generic plan'}->ask("SET plan_cache_mode = force_generic_plan; PREPARE ids AS $ids");
$on_standby{'in a transaction'}->ask('BEGIN');
my $older = Session->new($standby, role => 'app', person => 'pia');

sub sees
{
	my ($expected, $what) = @_;
	is($on_primary->ask($ids), $expected, "$what: on the primary");
	is($on_standby{$_}->ask($ask{$_}), $expected, "$what: on the standby, $_") for sort keys %ask;
	is($standby->safe_psql('postgres', qq{SET kroles."user" = 'pia'; $ids}, extra_params => [ '-U', 'app' ]), $expected, "$what: on the standby, in a new session");
	return;
}

sub on_primary
{
	my ($sql) = @_;
	$primary->safe_psql('postgres', $sql);
	$primary->wait_for_catchup($standby, 'replay');
	return;
}

sees('1 2 3 4 5', 'at first');
$older->ask("BEGIN ISOLATION LEVEL REPEATABLE READ; $ids");
on_primary('BEGIN; DELETE FROM kroles.space_members WHERE space_id = 1; INSERT INTO kroles.publications (media_id, space_id) VALUES (100, 1); COMMIT');
sees('2 3 4 5', 'a grant is revoked');
is($older->ask("$ids; $can; COMMIT; $ids"), '2 3 4 5 2 3 4 5 2 3 4 5', 'in an older snapshot on the standby too');
on_primary('DELETE FROM kroles.group_members');
sees('3 4 5', 'she leaves the group');
on_primary(q{UPDATE kroles.spaces SET type = 'private' WHERE id = 3});
sees('4 5', 'the open channel becomes private');
on_primary('DELETE FROM kroles.media_collaborators');
sees('5', 'a collaborator no more');
on_primary('UPDATE kroles.media SET owner_id = 3 WHERE id = 5');
sees('', 'an owner no more');
on_primary(q{INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 2, 'member')});
sees('1 100', 'given back');
on_primary('UPDATE kroles.users SET blocked = true WHERE id = 2');
sees('', 'blocked');
on_primary('UPDATE kroles.users SET blocked = false WHERE id = 2');
sees('1 100', 'no longer blocked');
on_primary(q{UPDATE kroles.role_rights SET allowed = false WHERE (kind, role, action) = ('channel', 'member', 'view')});
sees('', 'members view no more');
on_primary('UPDATE kroles.role_rights SET allowed = shipped WHERE allowed <> shipped; DELETE FROM kroles.publications WHERE media_id = 100');
sees('1', 'members view again; one film is taken down');
on_primary('BEGIN; DELETE FROM kroles.space_members WHERE space_id = 1; SAVEPOINT s; UPDATE kroles.users SET blocked = true WHERE id > 1; ROLLBACK TO s; ROLLBACK');
sees('1', 'rolled back');
on_primary(q{BEGIN; DELETE FROM kroles.space_members WHERE space_id = 1; INSERT INTO kroles.publications (media_id, space_id) VALUES (100, 1); PREPARE TRANSACTION 'p'});
sees('1', 'prepared');
on_primary(q{COMMIT PREPARED 'p'});
sees('', 'committed');

# Events and rooms: otto joins the hall on the primary, and is in it on the standby
my %otto = map { $_->name => Session->new($_, role => 'app', person => 'otto') } $primary, $standby;
my $there = q{SELECT kroles_role('event', 1), kroles_role('room', 200), kroles_rights('room', 200), (SELECT string_agg(id::text, ' ' ORDER BY id) FROM kroles.media WHERE id >= 200)};

sub is_there
{
	my ($expected, $what) = @_;
	is($otto{$_}->ask($there), $expected, "$what: on the $_") for sort keys %otto;
	return;
}

is_there('speaker|presenter|{view,contribute,join_room,present,interact}|200', 'a speaker');
is($otto{standby}->ask("SELECT $_(200)"), 'ERROR:  25006', "$_ writes, and not on a standby") for qw(kroles_room_join kroles_room_leave);
$otto{primary}->ask('SELECT kroles_room_join(200)');
on_primary('BEGIN; DELETE FROM kroles.event_participants WHERE user_id = 3; INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 201); COMMIT');
is_there('|presenter|{contribute,join_room,present,interact}|', 'taken out of the event, in the room still');
$otto{primary}->ask('SELECT kroles_room_leave(200)');
$primary->wait_for_catchup($standby, 'replay');
is_there('||{}|', 'left');
on_primary(q{INSERT INTO kroles.event_participants (event_id, user_id) VALUES (1, 3)});
is_there('attendee|participant|{view,join_room,interact}|200 201', 'an attendee');
$otto{primary}->ask('SELECT kroles_room_join(200)');
on_primary(q{UPDATE kroles.event_participants SET role = 'moderator' WHERE user_id = 3});
is_there('moderator|participant|{view,join_room,interact}|200 201', 'made a moderator, in the room as before');
on_primary(q{BEGIN; UPDATE kroles.users SET blocked = true WHERE id = 3; SAVEPOINT s; ROLLBACK});
is_there('moderator|participant|{view,join_room,interact}|200 201', 'not blocked after all');
on_primary(q{UPDATE kroles.users SET blocked = true WHERE id = 3; UPDATE kroles.users SET blocked = false WHERE id = 3});
is_there('moderator|moderator|{view,contribute,moderate,join_room,start_room,moderate_room,moderate_chat,present,interact}|200 201', 'blocked and unblocked, out of the room');
on_primary('UPDATE kroles.settings SET chat_and_collaboration = false');
is_there('moderator||{view}|200 201', 'rooms are switched off');
on_primary('UPDATE kroles.settings SET chat_and_collaboration = true; DELETE FROM kroles.events');
is_there('||{}|', 'the event is deleted');

# A reader in a loop while the primary goes back and forth: a record's changes are seen an instant before its messages come.
on_primary(q{DELETE FROM kroles.publications WHERE media_id = 100; INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 2, 'member')});
my $reader = $on_standby{SELECT};
$reader->begin(<<'END');
DO $$
DECLARE
    stop timestamptz := clock_timestamp() + interval '4 seconds';
    films bigint := 0;
    times bigint := 0;
BEGIN
    WHILE clock_timestamp() < stop LOOP
        times := times + 1;
        IF EXISTS (SELECT FROM kroles.media WHERE id = 100) OR kroles_can('view', 'media', 100) THEN
            RAISE EXCEPTION 'shown the secret' USING ERRCODE = 'LEAK1';
        END IF;
        films := films + (SELECT count(*) FROM kroles.media WHERE id = 1);
    END LOOP;
    PERFORM set_config('kroles_test.mixed', (films BETWEEN 1 AND times - 1)::text, false);
END $$
END
$primary->safe_psql('postgres', <<'END');
DO $$
DECLARE
    stop timestamptz := clock_timestamp() + interval '4 seconds';
BEGIN
    WHILE clock_timestamp() < stop LOOP
        DELETE FROM kroles.space_members WHERE space_id = 1;
        INSERT INTO kroles.publications (media_id, space_id) VALUES (100, 1);
        COMMIT;
        DELETE FROM kroles.publications WHERE media_id = 100;
        INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 2, 'member');
        COMMIT;
    END LOOP;
END $$;
END
is($reader->told, '', 'never shown what was published when she was revoked, while records stream in');
is($reader->ask(q{SELECT current_setting('kroles_test.mixed')}), 'true', 'and she was shown the film at times');
$primary->wait_for_catchup($standby, 'replay');
sees('1', 'when it is over');

# The standby becomes the primary
$on_standby{'in a transaction'}->ask('COMMIT');
$primary->stop;
$standby->promote;
is($on_standby{$_}->ask($ask{$_}), '1', "promoted: $_") for sort keys %ask;
my $writer = Session->new($standby);
is($writer->ask('BEGIN; DELETE FROM kroles.space_members WHERE space_id = 1; INSERT INTO kroles.publications (media_id, space_id) VALUES (100, 1); COMMIT'), '', 'it takes changes');
is($on_standby{$_}->ask($ask{$_}), '', "promoted and revoked: $_") for sort keys %ask;

done_testing();
