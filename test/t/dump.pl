# pg_dump and restore: a portal is restored row for row and answer for answer; the exemption from guards that a restore needs
# is available to nobody else.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Portal;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('portal');
my $dir = PostgreSQL::Test::Utils::tempdir();

# A portal with something in every table, among it rows that today's rules would not let in again: media of a type that
# may not be made any more, moderators although rooms and chat are switched off, a publication by someone who is blocked,
# a gallery that comes before its parent, an event without an organizer, who is in a room that is switched off.
my $portal = <<'END';
CREATE EXTENSION kroles;
INSERT INTO kroles.users (login, name, email, title, bio, avatar_url, applicative_role, administrator) VALUES
    ('ada', 'Ada', 'ada@example.org', NULL, NULL, NULL, 'viewer', true),
    ('olga', 'Olga O''Neill', NULL, 'Dean', E'two\nlines', 'https://example.org/o.png', 'admin', false),
    ('mona', '', NULL, NULL, NULL, NULL, 'private_only', false),
    ('pia "the film" \ Smith', 'Pia', '', NULL, NULL, NULL, 'private_only', false),
    ('una', 'Una', NULL, NULL, NULL, NULL, 'unmoderated_admin', false),
    ('vera', 'Вера', NULL, NULL, NULL, NULL, 'viewer', false);
INSERT INTO kroles.users (id, login, db_role, tokens_valid_after) VALUES (1000, 'dora', 'dora', '2024-02-29 12:00+00');
INSERT INTO kroles.signing_keys (kid, algorithm, key, expires_at) VALUES
    ('shared "1"', 'HS256', E'a secret with a tab\t, a \\ and 32 bytes', NULL),
    ('2024', 'EdDSA', E'-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n', '2024-12-31');
INSERT INTO kroles.groups (name) VALUES ('Biology'), ('Empty');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 3), (1, 4), (1, 6);
INSERT INTO kroles.spaces (kind, type, moderated, name, owner_id, external_id)
    SELECT 'channel', type, n % 2 = 0, 'channel ' || type, 2, 'category-' || n
    FROM unnest(enum_range(NULL::kroles.space_type)) WITH ORDINALITY AS t (type, n);
INSERT INTO kroles.spaces (kind, type, name, owner_id, inherits_members) VALUES
    ('gallery', 'private', 'grandchild', 2, true), ('gallery', 'restricted', 'child', 3, true), ('gallery', 'open', 'root', 2, false);
UPDATE kroles.spaces c SET parent_id = p.id FROM kroles.spaces p
    WHERE (c.name, p.name) IN (('grandchild', 'child'), ('child', 'root'));
INSERT INTO kroles.space_members (space_id, user_id, role, expires_at)
    SELECT s.id, u.id, (enum_range(NULL::kroles.contextual_role))[1 + (s.id + u.id) % 4],
           CASE (s.id * u.id) % 5 WHEN 0 THEN timestamptz '2020-01-01' WHEN 1 THEN 'infinity' WHEN 2 THEN '2100-01-01' END
    FROM kroles.spaces s, kroles.users u WHERE (s.id + u.id) % 3 > 0;
INSERT INTO kroles.space_members (space_id, group_id, role) SELECT id, 1, 'manager' FROM kroles.spaces WHERE id % 2 = 0;
INSERT INTO kroles.media (type, name, owner_id, external_id)
    SELECT (enum_range(NULL::kroles.media_type))[1 + n % 6], 'film ' || n, 1 + n % 5, CASE WHEN n % 2 = 0 THEN 'entry-' || n END
    FROM generate_series(1, 12) AS n;
INSERT INTO kroles.media (id, name, owner_id) VALUES (9223372036854775000, 'film with an id of its own', 1000);
INSERT INTO kroles.media_collaborators (media_id, user_id, permission)
    SELECT m.id, u.id, (enum_range(NULL::kroles.collaborator_permission))[1 + (m.id + u.id) % 3]
    FROM kroles.media m, kroles.users u WHERE m.owner_id <> u.id AND (m.id + u.id) % 4 = 0;
INSERT INTO kroles.media_collaborators (media_id, group_id, permission) VALUES (1, 1, 'editor'), (2, 1, 'viewer');
INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (6, 3, 'chat_moderator'), (6, 4, 'room_moderator');
INSERT INTO kroles.media_moderators (media_id, group_id, permission) VALUES (6, 1, 'room_moderator');
INSERT INTO kroles.media_speakers (media_id, user_id, type, visible) VALUES (6, 5, 'advanced', true), (6, 6, 'simple', false), (6, 2, 'simple', true);
UPDATE kroles.media_speakers SET position = 4 - position;
INSERT INTO kroles.replica (subscription, since) VALUES ('entitlements', '2024-02-29 12:00+00');
INSERT INTO kroles.playlists (space_id, name) VALUES (1, 'Term'), (1, E'two\nlines'), (2, 'Empty');
INSERT INTO kroles.playlists (id, space_id, name) VALUES (1000, 6, 'of an id of its own');
INSERT INTO kroles.playlist_items (playlist_id, media_id) SELECT p.id, m.id FROM kroles.playlists p, kroles.media m WHERE p.name <> 'Empty' AND (m.id - p.id) % 3 = 0;
UPDATE kroles.playlist_items i SET position = (SELECT count(*) + 1 FROM kroles.playlist_items o WHERE o.playlist_id = i.playlist_id) - position;
INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (11, 3, 'room_moderator'), (11, 4, 'chat_moderator');
INSERT INTO kroles.events (name, external_id, created_by) VALUES ('Congress', 'event-1', 2), (E'two\nlines', NULL, 3), ('Of nobody', NULL, NULL);
INSERT INTO kroles.events (id, name, created_by) VALUES (1000, 'of an id of its own', 4);
INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (1, 3, 'moderator'), (1, 4, 'attendee'), (1, 5, 'speaker'), (1, 5, 'organizer'), (1000, 3, 'organizer'), (3, 6, 'speaker');
INSERT INTO kroles.event_participants (event_id, group_id, role) VALUES (1, 1, 'attendee'), (2, 1, 'organizer'), (2, 2, 'speaker');
INSERT INTO kroles.event_sessions (event_id, media_id) SELECT e.id, m.id FROM kroles.events e, kroles.media m WHERE m.id < 1000 AND (m.id + e.id) % 3 = 0;
UPDATE kroles.event_sessions s SET position = (SELECT count(*) + 1 FROM kroles.event_sessions o WHERE o.event_id = s.event_id) - position;
CREATE ROLE app LOGIN;
CREATE ROLE dora LOGIN;
SELECT kroles_trust_gateway('app');
SELECT kroles_grant_access('app');
INSERT INTO kroles.publications (media_id, space_id) SELECT m.id, 4 FROM kroles.media m WHERE m.id < 4;
DO $$
DECLARE
    one record;
BEGIN
    SET SESSION AUTHORIZATION app;
    FOR one IN VALUES ('una', 'kroles_publish(4, 6)'), ('una', 'kroles_publish(9, 1)'), ('ada', 'kroles_publish(5, 2)'),
        ('pia "the film" \ Smith', 'kroles_publish(3, 2)'), ('mona', 'kroles_publish(2, 2)'), ('mona', 'kroles_publish(7, 2)'),
        ('olga', 'kroles_room_join(11)'), ('mona', 'kroles_room_join(11)'), ('pia "the film" \ Smith', 'kroles_room_join(11)'), ('ada', 'kroles_room_join(10)'),
        ('olga', 'kroles_room_remove(11, 3)'), ('mona', 'kroles_room_join(11)'), ('mona', 'kroles_room_leave(11)') LOOP
        PERFORM set_config('kroles.user', one.column1, true);
        EXECUTE 'SELECT ' || one.column2;
    END LOOP;
    PERFORM set_config('kroles.user', 'olga', true);
    PERFORM kroles_reject(7, 2, E'too\tlong');
    RESET SESSION AUTHORIZATION;
END $$;
UPDATE kroles.baseline_rights SET allowed = NOT allowed WHERE (kind, type, applicative_role) = ('channel', 'open', 'private_only');
UPDATE kroles.role_rights SET allowed = NOT allowed WHERE (kind, role) = ('gallery', 'member');
UPDATE kroles.ceiling_rights SET allowed = NOT allowed WHERE (applicative_role, kind) = ('viewer', 'media');
UPDATE kroles.role_labels SET label = 'Student' WHERE applicative_role = 'viewer';
UPDATE kroles.users SET blocked = true WHERE login LIKE 'pia%';
INSERT INTO kroles.user_blocks (user_id, created_at) SELECT id, '2024-02-29 12:00+00' FROM kroles.users WHERE login LIKE 'vera%' AND NOT blocked ORDER BY id LIMIT 1;
UPDATE kroles.settings SET allow_anonymous = true, chat_and_collaboration = false, creation_tools = '{video, room}', show_identifier = 'login',
    token_issuer = 'https://campus.example/', token_audience = 'portal', token_leeway = '5 minutes',
    room_session_limit = '30 hours';
DO $$
BEGIN
    SET SESSION AUTHORIZATION app;
    PERFORM set_config('kroles.user', 'una', true);
    PERFORM kroles_room_join(4);
    RESET SESSION AUTHORIZATION;
END $$;
UPDATE kroles.room_participants SET joined_at = joined_at - interval '20 hours' WHERE left_at IS NULL;
DELETE FROM kroles.spaces WHERE id = 3;
DELETE FROM kroles.groups WHERE name = 'Empty';
END

my $tables = <<'END';
SELECT relname FROM pg_class WHERE relnamespace = 'kroles'::regnamespace AND relkind = 'r' ORDER BY 1
END

# Every right and role of everybody, nobody included, on everything, and what may be published where.
my $answers = <<'END';
WITH people AS (SELECT id FROM kroles.users UNION ALL SELECT NULL),
objects AS (SELECT kind::text::kroles.object_kind AS kind, id FROM kroles.spaces UNION ALL SELECT 'media', id FROM kroles.media
    UNION ALL SELECT 'room', id FROM kroles.media UNION ALL SELECT 'event', id FROM kroles.events UNION ALL SELECT 'site', NULL)
SELECT 'rights', o.kind, o.id, p.id, kroles_rights(o.kind, o.id, p.id)::text, kroles_role(o.kind, o.id, p.id) FROM people p, objects o
UNION ALL
SELECT 'publish', NULL, m.id * 100 + s.id % 100, p.id, kroles_can_publish(m.id, s.id, p.id)::text, NULL
    FROM kroles.media m, kroles.spaces s, people p WHERE m.id < 1000
ORDER BY 1, 2, 3, 4
END

# All that a database holds and answers, as a hash of texts.
sub portrait
{
	my ($server, $db) = @_;
	my %is;
	for my $table (split /\n/, $server->safe_psql($db, $tables))
	{
		$is{$table} = $server->safe_psql($db, "SELECT t::text FROM kroles.$table t ORDER BY 1");
	}
	$is{sequences} = $server->safe_psql($db, <<'END');
SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'kroles' ORDER BY 1
END
	$is{answers} = $server->safe_psql($db, $answers);
	return \%is;
}

sub compare
{
	my ($server, $db, $wanted, $how, $same_database) = @_;
	my $is = portrait($server, $db);
	is_deeply([ sort keys %$is ], [ sort keys %$wanted ], "$how: the same tables");
	is($is->{$_}, $wanted->{$_}, "$how: $_") for grep { $_ ne 'secret' } sort keys %$wanted;
	($same_database ? \&is : \&isnt)->($is->{secret}, $wanted->{secret}, "$how: a secret of its own");
	like($is->{secret}, qr/\A\(t,"\\\\x[0-9a-f]{32}"\)\z/, "$how: which is whole");
	is($server->safe_psql($db, 'SELECT * FROM kroles_verify()'), '', "$how: what is derived is right");
	return;
}

# A copy made by one way of dumping and restoring; a command that fails fails the test.
sub copied
{
	my ($server, $db, $wanted, $how, @restore) = @_;
	$server->safe_psql('postgres', "CREATE DATABASE $db");
	$server->command_ok(\@restore, "$how: restored without an error");
	compare($server, $db, $wanted, $how);
	return;
}

$node->safe_psql('postgres', 'CREATE DATABASE portal');
$node->safe_psql('portal', $portal);
my $wanted = portrait($node, 'portal');

# (an old heartbeat is none)
for my $table (grep { $_ ne 'heartbeat' } sort keys %$wanted)
{
	isnt($wanted->{$table}, '', "there is something in $table");
}
is($node->safe_psql('portal', 'SELECT string_agg(DISTINCT status::text, \' \' ORDER BY status::text) FROM kroles.publications'),
	'approved pending rejected', 'publications of every status');
cmp_ok(scalar(split /\n/, $wanted->{answers}), '>', 900, 'there are answers to compare');
is($node->safe_psql('portal', 'SELECT count(*) FILTER (WHERE left_at IS NULL), count(*) > 4 FROM kroles.room_participants'), '1|t', 'somebody is in a room, and others were');
# The audit log is among what is compared: a row more in a copy would be a restore that logs itself.
is($node->safe_psql('portal', q{SELECT string_agg(DISTINCT operation, ' ' ORDER BY operation) FROM kroles.audit_log}),
	'DELETE INSERT UPDATE', 'the audit log has seen every kind of change');
cmp_ok($node->safe_psql('portal', 'SELECT count(DISTINCT actor) FROM kroles.audit_log'), '>', 3, 'by several people');

$node->command_ok([ 'pg_dump', '-f', "$dir/plain.sql", 'portal' ], 'plain dump');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/custom", 'portal' ], 'custom dump');
$node->command_ok([ 'pg_dump', '-Fd', '-j', '2', '-f', "$dir/directory", 'portal' ], 'directory dump');
$node->command_ok([ 'pg_dump', '--data-only', '-f', "$dir/data.sql", 'portal' ], 'dump of the data only');

my @psql = ('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1');
copied($node, 'plain', $wanted, 'plain', @psql, '-d', 'plain', '-f', "$dir/plain.sql");
copied($node, 'custom', $wanted, 'custom', 'pg_restore', '--exit-on-error', '-d', 'custom', "$dir/custom");
copied($node, 'one', $wanted, 'in one transaction', 'pg_restore', '--single-transaction', '-d', 'one', "$dir/custom");
# Not tried, for PostgreSQL cannot do it with foreign keys among an extension's tables: pg_restore -j, which knows of no
# order among them, and pg_dump --inserts, which may bring a sub-gallery before its parent.
copied($node, 'directory', $wanted, 'directory', 'pg_restore', '--exit-on-error', '-d', 'directory', "$dir/directory");

# Into a database that has the extension already
$node->safe_psql('postgres', 'CREATE DATABASE there');
$node->safe_psql('there', 'CREATE EXTENSION kroles');
$node->command_ok([ @psql, '-d', 'there', '-f', "$dir/data.sql" ], 'data only: restored without an error');
compare($node, 'there', $wanted, 'data only');

# A copy's dump is the dump of the original
$node->command_ok([ 'pg_dump', '-f', "$dir/again.sql", 'plain' ], 'the copy is dumped');
sub sorted_lines { return join "\n", sort grep { !/^--|^\\/ } split /\n/, slurp_file($_[0]); }
is(sorted_lines("$dir/again.sql"), sorted_lines("$dir/plain.sql"), 'and its dump is the same');

# On another server, where neither the gateway nor anybody's database login exists yet
my $other = start_node('elsewhere');
copied($other, 'moved', $wanted, 'on another server', 'pg_restore', '--no-privileges', '--exit-on-error', '-d', 'moved', "$dir/custom");
is($other->safe_psql('moved', 'SELECT role FROM kroles.gateways'), 'app', 'the gateway is trusted by name');

# Who is in a room has what was read on joining, and is in it still, in a copy: also whoever joined so long ago that the default
# limit would have ended it, and whoever has nothing outside the room any more.
$node->safe_psql('postgres', 'CREATE DATABASE rooms');
$node->safe_psql('rooms', <<'END');
CREATE EXTENSION kroles;
SELECT kroles_trust_gateway('app');
SELECT kroles_grant_access('app');
INSERT INTO kroles.users (login, applicative_role) VALUES ('olga', 'admin'), ('rita', 'viewer'), ('vera', 'viewer'), ('att', 'viewer');
INSERT INTO kroles.media (type, name, owner_id) VALUES ('room', 'Hall', 1);
INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (1, 2, 'room_moderator');
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (1, 3, 'viewer');
INSERT INTO kroles.events (name, created_by) VALUES ('Congress', 1);
INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (1, 4, 'speaker');
INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 1);
UPDATE kroles.settings SET room_session_limit = '1 day';
DO $$
DECLARE
    person text;
BEGIN
    SET SESSION AUTHORIZATION app;
    FOREACH person IN ARRAY '{olga, rita, vera, att}'::text[] LOOP
        PERFORM set_config('kroles.user', person, true);
        PERFORM kroles_room_join(1);
    END LOOP;
    RESET SESSION AUTHORIZATION;
END $$;
UPDATE kroles.room_participants SET joined_at = joined_at - interval '13 hours' WHERE user_id < 4;
DELETE FROM kroles.media_moderators;
INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (1, 3, 'chat_moderator');
DELETE FROM kroles.event_participants WHERE user_id = 4;
END
my $inside = portrait($node, 'rooms');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/rooms", 'rooms' ], 'rooms with people in them are dumped');
copied($node, 'rooms_again', $inside, 'rooms', 'pg_restore', '--exit-on-error', '-d', 'rooms_again', "$dir/rooms");
my $room = q{SELECT kroles_role('room', 1), kroles_rights('room', 1), kroles_rights('media', 1)};
is($node->safe_psql('rooms_again', qq{SET kroles."user" = '$_->[0]'; $room}, extra_params => [ '-U', 'app' ]), $_->[1], "in the copy $_->[0] is in the room with what was read on joining")
	for [ 'rita', 'moderator|{contribute,moderate,join_room,start_room,moderate_room,present,interact}|{}' ], [ 'vera', 'participant|{view,join_room,interact}|{view,moderate}' ],
	[ 'att', 'presenter|{contribute,join_room,present,interact}|{}' ];
is($node->safe_psql('rooms_again', q{SET kroles."user" = 'rita'; SELECT kroles_room_remove(1, 3); SELECT kroles_room_leave(1); SELECT kroles_rights('room', 1)}, extra_params => [ '-U', 'app' ]) =~ s/^\n+//r,
	'{}', 'and loses it by leaving');

# Where a copy goes on from: new ids come after the old ones, the rules hold again.
for my $table (qw(users groups spaces media events))
{
	my %owner = (spaces => ', kind, type, owner_id', media => ', owner_id');
	my %value = (spaces => ", 'channel', 'open', 1", media => ', 1');
	my $name = $table eq 'users' ? 'login' : 'name';
	my $insert = "INSERT INTO kroles.$table ($name" . ($owner{$table} // '') . ") VALUES ('new'" . ($value{$table} // '') . ') RETURNING id';
	is($node->safe_psql('plain', $insert), $node->safe_psql('portal', $insert), "the next new one of $table has the next id");
}

# What happens when somebody does this as that login role, in the copy; the message or 'done'.
sub attempt
{
	my ($role, $sql) = @_;
	my ($code, $out, $err) = $node->psql('plain', $sql, extra_params => [ '-U', $role ], on_error_stop => 1);
	return $code == 0 ? 'done' : $err =~ /ERROR:\s+(.*)/ ? $1 : $err;
}

my $as_una = q{SET row_security = off; SET kroles."user" = 'una';};
my $superuser = $node->safe_psql('plain', 'SELECT current_user');
$node->safe_psql('plain', <<'END');
CREATE FUNCTION as_owner(statement text) RETURNS void SECURITY DEFINER SET row_security = off LANGUAGE plpgsql
    AS $$BEGIN EXECUTE statement; END$$;
CREATE ROLE backup LOGIN BYPASSRLS;
GRANT app TO backup;
GRANT ALL ON ALL TABLES IN SCHEMA kroles TO backup;
END
my $publish = "INSERT INTO kroles.publications (media_id, space_id, status, published_by) VALUES (12, 2, 'approved', 1)";
my $cell = "INSERT INTO kroles.role_rights (kind, role, action, allowed, shipped) VALUES ('gallery', 'member', 'delete', true, true)";
my $settings = "INSERT INTO kroles.settings (allow_anonymous) VALUES (false)";

# The same in a function that runs as the superuser with row_security off.
sub as_owner
{
	(my $quoted = $_[0]) =~ s/'/''/g;
	return "SELECT as_owner('$quoted')";
}

my $before = portrait($node, 'plain');
# PostgreSQL itself refuses row_security off to whoever does not bypass it.
my $stopped = qr/would be affected by row-level security|permission denied/;
like(attempt('app', "$as_una $_"), $stopped, "an application with row_security off: $_")
	for $publish, $cell, $settings, 'DELETE FROM kroles.publications', 'UPDATE kroles.publications SET published_by = 1';
like(attempt($_->[0], "$as_una $_->[1]; $publish"), $stopped, "$_->[0] with row_security off, after $_->[1]")
	for [ 'backup', 'SET ROLE app' ], [ $superuser, 'SET ROLE app' ], [ $superuser, 'SET SESSION AUTHORIZATION app' ];
# Where row security is bypassed for them, the guards know that this is no restore.
my $no = qr/may not publish/;
like(attempt('app', $as_una . as_owner($publish)), $no, 'a function of the superuser\'s publishes nothing that the person may not');
like(attempt('app', $as_una . as_owner('DELETE FROM kroles.publications')), qr/may not take/, 'nor does it take down');
like(attempt('app', $as_una . as_owner('UPDATE kroles.publications SET published_by = 1')), qr/recorded by the database/,
	'nor rewrite who published');
like(attempt('app', $as_una . as_owner($cell)), qr/row for every cell/, 'nor change a cell by inserting it');
like(attempt('app', $as_una . as_owner($settings)), qr/settings_has_one_row/, 'nor the settings');
like(attempt('backup', "SET ROLE app; $publish"), $no, 'one who bypasses row security gives that up with another\'s role');
like(attempt($superuser, "SET ROLE app; $publish"), $no, 'so does a superuser');
compare($node, 'plain', $before, 'after all attempts', 1);

# Whoever bypasses row security is an operator: the database decides the status and who published. A restore is only what
# such a login does itself with row_security off, under its own name and outside functions that change it.
my $told = "SELECT published_by IS NULL FROM kroles.publications WHERE (media_id, space_id) = (12, 2)";
is($node->safe_psql('plain', "BEGIN; SET row_security = $_->[0]; $_->[1]; $told; ROLLBACK", extra_params => [ '-U', $_->[2] ]),
	$_->[3], $_->[4])
	for [ 'on', $publish, $superuser, 't', 'outside a restore a superuser\'s word about the publisher does not count' ],
	[ 'on', $publish, 'backup', 't', 'nor that of a login for backups' ],
	[ 'off', "SET LOCAL ROLE backup; $publish", $superuser, 't', 'nor under another name' ],
	[ 'off', as_owner($publish), $superuser, "\nt", 'nor in a function that changes the name' ],
	[ 'off', $publish, $superuser, 'f', 'in a restore it does' ],
	[ 'off', $publish, 'backup', 'f', 'and so does that of a login for backups' ];

done_testing();
