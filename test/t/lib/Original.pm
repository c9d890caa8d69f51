# A portal with something in every table and objects of a site's own, and what is compared of its copies.
package Original;
use strict;
use warnings;

use Exporter qw(import);
use PostgreSQL::Test::Utils;

our @EXPORT = qw(make_original portrait objects lines_only_in);

# A portal with something in every table, among it rows that today's rules would not let in again: media of a type that
# may not be made any more, moderators although rooms and chat are switched off, a publication by someone who is blocked,
# a gallery that comes before its parent, an event without an organizer, who is in a room that is switched off.
my $original = <<'END';
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
-- (what 1.0.0 has not)
SELECT s.statement FROM (VALUES
    (1, 'UPDATE kroles.spaces SET joining = (enum_range(NULL::kroles.joining_policy))[1 + id % 3] WHERE id < 1000'),
    (2, 'UPDATE kroles.settings SET people_shown_to = ''everyone'''),
    (3, 'INSERT INTO kroles.join_requests (space_id, user_id, message, status, answered_by, answered_at, reason) VALUES (1, 5, E''two\nlines'', ''pending'', NULL, NULL, NULL), (1, 6, NULL, ''rejected'', 2, now(), ''Full''), (2, 5, '''', ''approved'', NULL, now(), NULL)'),
    (4, 'INSERT INTO kroles.playlists (owner_id, name) VALUES (3, ''Mine''), (4, ''Mine'')'),
    (5, 'INSERT INTO kroles.playlist_items (playlist_id, media_id) SELECT p.id, m.id FROM kroles.playlists p, kroles.media m WHERE p.owner_id = 3 AND m.id < 4'),
    (6, 'INSERT INTO kroles.auditors (role) VALUES (''reports'')'),
    (7, 'INSERT INTO kroles.last_seen (user_id, kind, object_id, at) SELECT u, k.kind::kroles.object_kind, k.id, timestamptz ''2024-02-29 12:00+00'' + u * interval ''1 hour'' FROM generate_series(3, 4) AS u, (VALUES (''channel'', 1), (''media'', 2), (''room'', 3)) AS k (kind, id)')
) AS s (n, statement) WHERE to_regclass('kroles.join_requests') IS NOT NULL ORDER BY s.n \gexec
INSERT INTO kroles.events (name, external_id, created_by) VALUES ('Congress', 'event-1', 2), (E'two\nlines', NULL, 3), ('Of nobody', NULL, NULL);
INSERT INTO kroles.events (id, name, created_by) VALUES (1000, 'of an id of its own', 4);
INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (1, 3, 'moderator'), (1, 4, 'attendee'), (1, 5, 'speaker'), (1, 5, 'organizer'), (1000, 3, 'organizer'), (3, 6, 'speaker');
INSERT INTO kroles.event_participants (event_id, group_id, role) VALUES (1, 1, 'attendee'), (2, 1, 'organizer'), (2, 2, 'speaker');
INSERT INTO kroles.event_sessions (event_id, media_id) SELECT e.id, m.id FROM kroles.events e, kroles.media m WHERE m.id < 1000 AND (m.id + e.id) % 3 = 0;
UPDATE kroles.event_sessions s SET position = (SELECT count(*) + 1 FROM kroles.event_sessions o WHERE o.event_id = s.event_id) - position;
SELECT format('CREATE ROLE %I LOGIN', r) FROM unnest('{app, dora}'::text[]) AS r WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) \gexec
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
-- what a site adds
ALTER TABLE kroles.media ADD COLUMN subject text DEFAULT 'none' CHECK (subject <> ''), ADD COLUMN words tsvector GENERATED ALWAYS AS (to_tsvector('simple', name)) STORED;
ALTER TABLE kroles.media SET (autovacuum_vacuum_scale_factor = 0.01);
UPDATE kroles.media SET subject = 'biology' WHERE id % 2 = 0;
ALTER TABLE kroles.users ADD COLUMN office text;
UPDATE kroles.users SET office = 'room ' || id WHERE id < 4;
ALTER TABLE kroles.audit_log ADD COLUMN request text DEFAULT current_setting('application_name');
ALTER TABLE kroles.spaces ADD COLUMN parent_of bigint REFERENCES kroles.spaces;
CREATE INDEX media_words ON kroles.media USING gin (words);
CREATE UNIQUE INDEX users_office ON kroles.users (office) INCLUDE (name) WHERE office IS NOT NULL;
CREATE STATISTICS kroles.media_subjects ON owner_id, subject FROM kroles.media;
COMMENT ON COLUMN kroles.media.subject IS 'What it is about';
COMMENT ON TABLE kroles.groups IS 'Faculties';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.subject := lower(NEW.subject); RETURN NEW; END$$;
CREATE TRIGGER own_touch BEFORE UPDATE OF subject ON kroles.media FOR EACH ROW EXECUTE FUNCTION touch();
CREATE POLICY own_hidden ON kroles.media AS RESTRICTIVE FOR SELECT USING (subject <> 'secret');
SELECT 'CREATE ROLE reports' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reports') \gexec
GRANT SELECT (id, subject) ON kroles.media TO reports;
GRANT TRIGGER ON kroles.groups TO reports;
CREATE TABLE captions (media_id bigint REFERENCES kroles.media ON DELETE CASCADE, words text);
INSERT INTO captions SELECT id, name FROM kroles.media;
SELECT kroles_protect('captions', 'media', 'media_id');
CREATE VIEW kroles.biology WITH (security_invoker = true) AS SELECT id, name FROM kroles.media WHERE subject = 'biology';
SELECT 'UPDATE kroles.settings SET record_access_changes = true, access_change_actions = ''{view, manage}''' WHERE to_regclass('kroles.access_changes') IS NOT NULL \gexec
DELETE FROM kroles.spaces WHERE id = 3;
DELETE FROM kroles.groups WHERE name = 'Empty';
END

my $tables = <<'END';
SELECT relname FROM pg_class WHERE relnamespace = 'kroles'::regnamespace AND relkind = 'r' ORDER BY 1
END

# What pg_dump says of a database's objects; extension members' own rights, too.
sub objects
{
	my ($server, $db) = @_;
	my ($out) = run_command([ 'pg_dump', '--schema-only', '-d', $server->connstr($db) ]);
	return join "\n", sort grep { !/^(--|\\|$)/ } split /\n/, $out;
}

# Every right and role of everybody, nobody included, on everything, and what may be published where.
my $answers = <<'END';
WITH people AS (SELECT id FROM kroles.users UNION ALL SELECT NULL),
objects AS (SELECT kind::text::kroles.object_kind AS kind, id FROM kroles.spaces UNION ALL SELECT 'media', id FROM kroles.media
    UNION ALL SELECT 'room', id FROM kroles.media UNION ALL SELECT 'event', id FROM kroles.events UNION ALL SELECT 'site', NULL)
SELECT 'rights', o.kind, o.id, p.id, kroles_rights(o.kind, o.id, p.id)::text, kroles_role(o.kind, o.id, p.id) FROM people p, objects o
UNION ALL
SELECT 'publish', NULL, m.id * 100 + s.id % 100, p.id, kroles_can_publish(m.id, s.id, p.id)::text, NULL
    FROM kroles.media m, kroles.spaces s, people p WHERE m.id < 1000 AND s.id < 1000
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

# The lines of the first text that the second lacks.
sub lines_only_in
{
	my ($text, $other) = @_;
	my %there = map { $_ => 1 } split /\n/, $other;
	return join "\n", grep { !$there{$_} } split /\n/, $text;
}

# More people and objects, for more than a hundred thousand answers.
my $many = <<'END';
INSERT INTO kroles.users (id, login, applicative_role, administrator)
    SELECT 100000 + n, 'user ' || n, (enum_range(NULL::kroles.applicative_role))[2 + n % 4], n % 50 = 0 FROM generate_series(1, 150) AS n;
INSERT INTO kroles.groups (id, name) SELECT 100000 + n, 'group ' || n FROM generate_series(1, 10) AS n;
INSERT INTO kroles.group_members (group_id, user_id) SELECT 100001 + n % 10, 100001 + n * 7 % 150 FROM generate_series(1, 300) AS n ON CONFLICT DO NOTHING;
INSERT INTO kroles.spaces (id, kind, type, moderated, name, owner_id) SELECT 100000 + n, 'channel', (enum_range(NULL::kroles.space_type))[1 + n % 6],
    n % 3 = 0, 'space ' || n, 100000 + n FROM generate_series(1, 40) AS n;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id, inherits_members) SELECT 100000 + n, 'gallery', (enum_range(NULL::kroles.space_type))[1 + n % 3],
    'space ' || n, 100000 + n, CASE WHEN n > 45 THEN 100000 + n - 5 END, n % 2 = 0 FROM generate_series(41, 60) AS n;
INSERT INTO kroles.space_members (space_id, user_id, role) SELECT 100001 + n % 60, 100001 + n * 13 % 150, (enum_range(NULL::kroles.contextual_role))[1 + n % 4]
    FROM generate_series(1, 700) AS n ON CONFLICT DO NOTHING;
INSERT INTO kroles.space_members (space_id, group_id, role) SELECT 100001 + n, 100001 + n % 10, 'contributor' FROM generate_series(1, 30) AS n;
INSERT INTO kroles.media (id, type, name, owner_id) SELECT 100000 + n, CASE WHEN n % 4 = 0 THEN 'room' ELSE 'video' END::kroles.media_type, 'media ' || n,
    100001 + n % 150 FROM generate_series(1, 300) AS n;
INSERT INTO kroles.publications (media_id, space_id) SELECT 100001 + n % 200, 100001 + n * 11 % 60 FROM generate_series(1, 400) AS n ON CONFLICT DO NOTHING;
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) SELECT 100001 + n % 300, 100001 + n * 3 % 150, (enum_range(NULL::kroles.collaborator_permission))[1 + n % 3]
    FROM generate_series(1, 200) AS n WHERE n % 300 % 150 <> n * 3 % 150 ON CONFLICT DO NOTHING;
END

# Makes the portal in a new database; with "many" it has so many people and objects that there are more than 100,000 answers;
# "version" is that of the extension, if not the newest one.
sub make_original
{
	my ($server, $db, %options) = @_;
	$server->safe_psql('postgres', qq{CREATE DATABASE "$db"});
	$server->safe_psql($db, 'CREATE EXTENSION kroles' . ($options{version} ? " VERSION '$options{version}'" : ''));
	$server->safe_psql($db, $original);
	$server->safe_psql($db, $many) if $options{many};
	return;
}

1;
