-- Access reviews: a row for each subject, right and way; who gave it and when; the last use; and what is worth a look.
\ir lib/begin.psql

INSERT INTO kroles.users (id, login, name, applicative_role, administrator, email) VALUES
    (901, 'owner', 'Olga', 'admin', false, 'o@x.example'), (902, 'manager', 'Max', 'private_only', false, NULL), (903, 'member', 'Mia', 'viewer', false, NULL),
    (904, 'grouped', 'Gus', 'viewer', false, NULL), (905, 'ada', 'Ada', 'viewer', true, NULL), (906, 'blocked', 'Bob', 'viewer', false, NULL),
    (907, 'other', '', 'viewer', false, 'v@x.example'), (908, 'expired', 'Eva', 'viewer', false, NULL);
INSERT INTO kroles.groups (id, name) VALUES (901, 'Staff'), (902, 'Empty'), (903, 'All blocked'), (904, 'Coming');
INSERT INTO kroles.group_members (group_id, user_id, starts_at, expires_at) VALUES (901, 904, '2001-01-01', '2998-01-01'), (903, 906, NULL, NULL),
    (904, 907, now() + interval '1 day', NULL);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (901, 'channel', 'private', 'Lectures', 901), (902, 'channel', 'public_open', 'Commons', 901),
    (903, 'channel', 'private', 'Board', 901), (904, 'gallery', 'private', 'Arts', 901);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id, inherits_members) VALUES (905, 'gallery', 'private', 'Film', 902, 904, true);
INSERT INTO kroles.space_members (id, space_id, user_id, group_id, role, starts_at, expires_at) VALUES
    (9001, 901, 902, NULL, 'manager', NULL, NULL), (9002, 901, NULL, 901, 'contributor', '2000-01-01', '2999-01-01'), (9003, 901, 906, NULL, 'member', NULL, NULL),
    (9004, 901, 908, NULL, 'member', NULL, now() - interval '1 hour'), (9005, 903, 902, NULL, 'contributor', NULL, NULL),
    (9006, 903, 903, NULL, 'member', NULL, NULL), (9007, 904, 903, NULL, 'moderator', NULL, NULL), (9008, 904, 904, NULL, 'member', NULL, NULL),
    (9009, 904, NULL, 901, 'manager', NULL, NULL);
INSERT INTO kroles.media (id, type, name, owner_id) VALUES (911, 'video', 'Film', 902), (912, 'live', 'Seminar', 902);
INSERT INTO kroles.publications (media_id, space_id) VALUES (911, 903), (912, 901);
INSERT INTO kroles.media_collaborators (id, media_id, user_id, group_id, permission) VALUES (9101, 911, 904, NULL, 'viewer'), (9102, 911, NULL, 901, 'viewer');
INSERT INTO kroles.media_moderators (id, media_id, user_id, permission) VALUES (9201, 912, 907, 'chat_moderator');
INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (911, 907), (911, 903);
INSERT INTO kroles.events (id, name, created_by) VALUES (921, 'Day', 901);
INSERT INTO kroles.event_participants (id, event_id, user_id, group_id, role) VALUES (9301, 921, 907, NULL, 'attendee'), (9302, 921, NULL, 901, 'speaker');
INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (921, 912);
UPDATE kroles.users SET blocked = true WHERE id = 906;
UPDATE kroles.settings SET allow_anonymous = true;
\ir lib/says.psql

CREATE FUNCTION pg_temp.ways(of_user bigint, kind kroles.object_kind, id bigint, action text, columns text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format('SELECT string_agg(concat_ws(%L, %s), %L ORDER BY a.n) FROM kroles_access($1, $2) WITH ORDINALITY
        AS a (user_id, name, kind, id, object_name, action, way, role, group_id, grant_table, grant_id, given_by, given_by_name, given_at, starts_at, expires_at, shared, last_seen, n)
        WHERE a.user_id IS NOT DISTINCT FROM $3 AND a.action = $4::kroles.action', ' | ', columns, E'\n') INTO answer USING kind, id, of_user, action;
    RETURN answer;
END $$;

-- ---- Exactly what kroles_can() says ----
CREATE TEMP TABLE objects (kind kroles.object_kind, id bigint);
INSERT INTO objects SELECT s.kind::text::kroles.object_kind, s.id FROM kroles.spaces s UNION ALL SELECT 'media', m.id FROM kroles.media m
    UNION ALL VALUES ('room'::kroles.object_kind, 912::bigint), ('room', 911), ('event', 921), ('event', 999), ('site', NULL);
CREATE TEMP TABLE people AS SELECT u.id FROM kroles.users u UNION ALL SELECT NULL;
SELECT set_eq('SELECT DISTINCT a.user_id, a.kind, a.id, a.action FROM objects o, kroles_access(o.kind, o.id) AS a',
    'SELECT p.id AS user_id, o.kind, o.id, r.action::kroles.action FROM people p, objects o JOIN kroles.rights r ON r.kind::text = o.kind::text
     WHERE kroles_can(p.id, r.action::kroles.action, o.kind, o.id)', 'who has a right has a row for it, and nobody else');
SELECT bag_eq('SELECT a.* FROM objects o, kroles_access(o.kind, o.id) AS a', 'SELECT a.* FROM people p, kroles_access_of(p.id) AS a',
    'what a person has are the same rows');
SELECT is_empty('SELECT FROM kroles_access_of(906)', 'a blocked user has none');
SELECT is_empty('SELECT FROM kroles_access_of(999)', 'nor has one who does not exist');
SELECT is_empty($$SELECT FROM kroles_access('event', 999) UNION ALL SELECT FROM kroles_access('media', NULL) UNION ALL SELECT FROM kroles_access('room', 911)$$,
    'nor has anyone on what does not exist');
SELECT results_eq($$SELECT DISTINCT kind::text, id, way, shared FROM kroles_access_of(NULL)$$,
    $$VALUES ('channel', 902::bigint, 'the applicative role anonymous in a channel of type public_open', true)$$, 'anonymous has what is public');
SELECT is((SELECT name FROM kroles_access('channel', 902) LIMIT 1), 'anonymous', 'and comes first');

-- ---- The ways ----
SELECT is(pg_temp.ways(u, kind::kroles.object_kind, id, action, 'way, role, group_id, grant_table, grant_id, shared'), answer, format('%s, %s, %s %s', u, action, kind, id))
FROM (VALUES
    (901, 'channel', 901, 'manage', 'owner of channel "Lectures" | owner | kroles.spaces | 901 | f'),
    (902, 'channel', 901, 'manage', 'manager of channel "Lectures" | manager | kroles.space_members | 9001 | f'),
    (904, 'channel', 901, 'join_room', 'contributor of channel "Lectures", by group "Staff", until 2998-01-01 00:00:00+00 | contributor | 901 | kroles.space_members | 9002 | t'),
    (905, 'channel', 901, 'view', 'administrator: every right on everything | kroles.users | 905 | f'),
    (904, 'channel', 901, 'contribute', NULL),      -- above the ceiling of a viewer
    (908, 'channel', 901, 'view', NULL),    -- expired
    -- a direct grant counts instead of a stronger one of a group
    (904, 'gallery', 904, 'view', 'member of gallery "Arts" | member | kroles.space_members | 9008 | f'),
    (904, 'gallery', 904, 'manage', NULL),
    -- the members of the gallery above, and both owners
    (903, 'gallery', 905, 'moderate', 'moderator of gallery "Arts", whose members count | moderator | kroles.space_members | 9007 | f'),
    (901, 'gallery', 905, 'manage', 'owner of gallery "Arts", whose members count | owner | kroles.spaces | 904 | f'),
    (902, 'gallery', 905, 'manage', 'owner of gallery "Film" | owner | kroles.spaces | 905 | f'),
    (902, 'media', 911, 'edit', 'owner of the media | owner | kroles.media | 911 | f'),
    (904, 'media', 911, 'view', E'viewer of the media | viewer | kroles.media_collaborators | 9101 | f\nviewer of the media, by group "Staff", until 2998-01-01 00:00:00+00 | viewer | 901 | kroles.media_collaborators | 9102 | t'),
    (903, 'media', 911, 'view', E'speaker of the media | speaker | kroles.media_speakers | f\napproved in channel "Board": member there | member | kroles.space_members | 9006 | f'),
    (907, 'media', 912, 'moderate', 'chat_moderator of the media | chat_moderator | kroles.media_moderators | 9201 | f'),
    (907, 'event', 921, 'interact', 'attendee of event "Day" | attendee | kroles.event_participants | 9301 | f'),
    (904, 'event', 921, 'present', 'speaker of event "Day", by group "Staff", until 2998-01-01 00:00:00+00 | speaker | 901 | kroles.event_participants | 9302 | t'),
    (901, 'site', NULL, 'create_channel', 'the applicative role admin on the site | admin | t'),
    (902, 'site', NULL, 'create_channel', NULL)
) AS t (u, kind, id, action, answer);
SELECT is((SELECT string_agg(DISTINCT kroles_can(904, a.action, a.kind, a.id)::text, '') FROM kroles_access('gallery', 904) AS a WHERE a.user_id = 904), 'true', 'each is one that counts');
SELECT results_eq('SELECT DISTINCT starts_at, expires_at FROM kroles_access(''channel'', 901) WHERE user_id = 904',
    $$VALUES ('2001-01-01'::timestamptz, '2998-01-01'::timestamptz)$$, 'a way through a group is in force while both the membership and the grant are');
SELECT results_eq('SELECT DISTINCT starts_at, expires_at FROM kroles_access(''channel'', 901) WHERE user_id = 902', 'VALUES (NULL::timestamptz, NULL::timestamptz)', 'others have no limit');
SELECT results_eq('SELECT DISTINCT user_id, name, object_name FROM kroles_access(''channel'', 902) WHERE user_id IN (907, 901)',
    $$VALUES (901::bigint, 'Olga', 'Commons'), (907, 'v@x.example', 'Commons')$$, 'names are those that pages show');

-- a stay in a room
SELECT isnt(pg_temp.says('manager', 'SELECT kroles_room_join(912)'), NULL, 'the owner joins the room');
SELECT is((SELECT a.grant_table || ' ' || (a.grant_id = p.id) || ' ' || a.given_by || ' ' || (a.expires_at = p.joined_at + interval '12 hours') FROM kroles_access('room', 912) a, kroles.room_participants p
    WHERE a.user_id = 902 AND a.action = 'present'), 'kroles.room_participants true 902 true', 'what was read on joining is a way until the stay ends');

-- ---- Who gave it ----
SELECT is(pg_temp.ways(902, 'channel', 901, 'manage', 'given_by, given_by_name, given_at = now()'), format('database role %s | t', session_user), 'a session without a user is named by its role');
SELECT is(pg_temp.says('manager', 'INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (901, 903, ''member'')'), '1 rows', 'a manager adds a member');
SELECT is(pg_temp.ways(903, 'channel', 901, 'view', 'given_by, given_by_name, given_at = now()'), '902 | Max | t', 'who is named for it');
SELECT is(pg_temp.says('owner', 'UPDATE kroles.space_members SET role = ''contributor'' WHERE (space_id, user_id) = (901, 903)'), '1 rows', 'the owner gives more');
SELECT is(pg_temp.ways(903, 'channel', 901, 'view', 'role, given_by, given_by_name'), 'contributor | 901 | Olga', 'and is named from then on');
SELECT is(pg_temp.says('manager', 'UPDATE kroles.space_members SET expires_at = ''2999-01-01'' WHERE (space_id, user_id) = (901, 903)'), '1 rows', 'a manager changes the time');
SELECT is(pg_temp.ways(903, 'channel', 901, 'view', 'given_by, expires_at'), '902 | 2999-01-01 00:00:00+00', 'and is named');
SELECT is(pg_temp.says('owner', 'UPDATE kroles.space_members SET role = role WHERE (space_id, user_id) = (901, 903)'), '1 rows', 'a change of nothing');
SELECT is(pg_temp.ways(903, 'channel', 901, 'view', 'given_by'), '902', 'names nobody');
SELECT is(pg_temp.says('owner', 'UPDATE kroles.space_members SET role = ''moderator'' WHERE (space_id, group_id) = (901, 901)'), '1 rows', 'to a group');
SELECT is(pg_temp.ways(904, 'channel', 901, 'moderate', 'given_by'), '901', 'for each of its members');
SELECT is(pg_temp.says('owner', 'UPDATE kroles.spaces SET name = ''Talks'' WHERE id = 901'), '1 rows', 'a space gets another name');
SELECT is(pg_temp.ways(901, 'channel', 901, 'manage', 'given_by'), '', 'which makes nobody its owner');
SELECT is(pg_temp.says('owner', 'UPDATE kroles.spaces SET owner_id = 902 WHERE id = 902'), '1 rows', 'a space gets another owner');
SELECT is(pg_temp.ways(902, 'channel', 902, 'manage', 'grant_table, given_by'), 'kroles.spaces | 901', 'from the one before');
SELECT is(pg_temp.says('manager', 'SELECT kroles_transfer_ownership(911, 901)'), '("")', 'as does a media');
SELECT is(pg_temp.ways(901, 'media', 911, 'edit', 'grant_table, given_by'), 'kroles.media | 902', 'from the one before');
SELECT is(pg_temp.says('owner', 'SELECT kroles_transfer_ownership(911, 902)'), '("")', 'and back');
SELECT is(pg_temp.says('manager', 'SELECT kroles_move_speaker(911, 903, 1)'), '(1)', 'speakers in another order');
SELECT is(pg_temp.ways(903, 'media', 911, 'view', 'grant_table, given_by, given_by_name'),
    format(E'kroles.media_speakers | database role %s\nkroles.space_members | database role %s', session_user, session_user), 'were made by nobody else');
SELECT is(pg_temp.says('manager', 'UPDATE kroles.media_speakers SET type = ''advanced'' WHERE (media_id, user_id) = (911, 903)'), '1 rows', 'a speaker of another type');
SELECT matches(pg_temp.ways(903, 'media', 911, 'view', 'grant_table, given_by'), '^kroles.media_speakers \| 902\n', 'was');
SELECT is(pg_temp.says('ada', 'UPDATE kroles.users SET administrator = true WHERE id = 908'), '1 rows', 'another administrator');
SELECT is(pg_temp.ways(908, 'channel', 901, 'view', 'grant_table, grant_id, given_by'), 'kroles.users | 908 | 905', 'by the first');
UPDATE kroles.users SET administrator = false WHERE id = 908;

-- where the log no longer says
SAVEPOINT log;
SET LOCAL session_replication_role = replica;
UPDATE kroles.space_members SET role = 'member' WHERE (space_id, user_id) = (901, 903);
SET LOCAL session_replication_role = origin;
SELECT is(pg_temp.ways(903, 'channel', 901, 'view', 'role, grant_table, given_by, given_by_name, given_at'), 'member | kroles.space_members', 'nobody is named for what was not logged');
DELETE FROM kroles.audit_log;
SELECT is(pg_temp.ways(902, 'channel', 901, 'manage', 'grant_table, given_by, given_by_name, given_at'), 'kroles.space_members', 'nor where the log was deleted');
ROLLBACK TO log;

-- ---- Who may ask ----
SELECT is(pg_temp.says(who, 'SELECT count(*) > 10 FROM kroles_access(''channel'', 901)'), answer, coalesce(who, 'nobody') || ' asks about a channel')
FROM (VALUES ('owner', '(t)'), ('manager', '(t)'), ('ada', '(t)'), ('member', '42501'), ('grouped', '42501'), ('other', '42501'), ('blocked', '42501'), (NULL, '42501')) AS t (who, answer);
SELECT is(pg_temp.says('manager', format('SELECT FROM kroles_access(%s)', about)), '42501', 'what one does not manage: ' || about)
FROM unnest('{"''channel'', 903", "''channel'', 999", "''media'', 999", "''channel'', NULL", "''site''", "''gallery'', 901"}'::text[]) AS about;
SELECT is(pg_temp.says('ada', 'SELECT count(*) > 3 FROM kroles_access(''site'')'), '(t)', 'an administrator asks about the site');
SELECT is(pg_temp.says('member', 'SELECT count(*) > 3 FROM kroles_access_of(903)'), '(t)', 'everyone asks about themselves');
SELECT is(pg_temp.says(NULL, 'SELECT count(*) FROM kroles_access_of(NULL)'), (SELECT '(' || count(*) || ')' FROM kroles_access_of(NULL)), 'anonymous does');
SELECT is(pg_temp.says(who, 'SELECT FROM kroles_access_of(903)'), '42501', coalesce(who, 'nobody') || ' asks not about others')
FROM unnest('{owner, manager, blocked, NULL}'::text[]) AS who;
SELECT is(pg_temp.says('manager', 'SELECT FROM kroles_access_of(NULL)'), '42501', 'nor about anonymous');
SELECT is(pg_temp.says('ada', 'SELECT count(*) > 3 FROM kroles_access_of(903)'), '(t)', 'an administrator does');
SELECT is(pg_temp.says('ada', format('SELECT FROM kroles_access(%s)', wrong)), '22023', 'no argument: ' || wrong)
FROM unnest('{"NULL, 1", "''channel'', 901, -1", "''channel'', 901, 1, -1"}'::text[]) AS wrong;
SELECT is(pg_temp.says('ada', 'SELECT FROM kroles_access_of(903, 1, -1)'), '22023', 'no argument');

-- ---- What one may not know ----
SELECT is(pg_temp.says('manager', 'SELECT way, grant_table, grant_id, shared, given_by_name FROM kroles_access(''media'', 911) WHERE user_id = 901 AND action = ''view'''),
    '("published in a space of which you may not ask this",,,,)', 'the owner of a media is not told of the channels of others');
SELECT is(pg_temp.says('ada', 'SELECT way, grant_table, grant_id, shared FROM kroles_access(''media'', 911) WHERE user_id = 901 AND action = ''view'''),
    '("approved in channel ""Board"": owner there",kroles.spaces,903,f)', 'an administrator is');
SELECT is(pg_temp.says('manager', 'SELECT DISTINCT grant_table, given_by, given_by_name, given_at FROM kroles_access(''channel'', 901) WHERE user_id = 905'),
    '(kroles.users,,,)', 'nor of who made administrators');
SELECT is(pg_temp.says('manager', 'SELECT given_by FROM kroles_access(''channel'', 901) WHERE user_id = 903 AND action = ''view'''), '(902)', 'but of who gave what there');
SELECT is(pg_temp.says('member', 'SELECT way, grant_id, given_by, given_by_name FROM kroles_access_of(903) WHERE (kind, id, action) = (''channel'', 901, ''view'')'),
    (SELECT format('("contributor of channel ""Talks"", until 2999-01-01 00:00:00+00",%s,,)', m.id) FROM kroles.space_members m WHERE (space_id, user_id) = (901, 903)),
    'who gave it, the log tells only to those who manage or moderate');

-- ---- Pages ----
SELECT results_eq('SELECT a.* FROM generate_series(0, 200, 7) AS n, kroles_access(''channel'', 901, 7, n) AS a', 'SELECT * FROM kroles_access(''channel'', 901)', 'pages are the whole');
SELECT results_eq('SELECT a.* FROM generate_series(0, 400, 9) AS n, kroles_access_of(902, skip => n, max_rows => 9) AS a', 'SELECT * FROM kroles_access_of(902)', 'also of a person');
SELECT is_empty('SELECT FROM kroles_access(''channel'', 901, 0)', 'none is empty');

-- ---- The last use ----
CREATE TEMP TABLE logged AS SELECT count(*) AS n FROM kroles.audit_log;
SELECT is(pg_temp.says('member', 'SELECT kroles_seen(''channel'', 901)'), '("")', 'a member uses the channel');
SELECT results_eq('SELECT user_id, kind::text, object_id, space_id, media_id, event_id FROM kroles.last_seen',
    'VALUES (903::bigint, ''channel'', 901::bigint, 901::bigint, NULL::bigint, NULL::bigint)', 'which is noted');
SELECT is(pg_temp.says(who, format('SELECT kroles_seen(%s)', what)), answer, coalesce(who, 'nobody') || ' uses ' || what)
FROM (VALUES ('other', '''channel'', 901', '("")'), ('other', '''channel'', 999', '("")'), (NULL, '''channel'', 902', '("")'), ('blocked', '''channel'', 902', '("")'),
    ('member', '''gallery'', 901', '("")'), ('member', '''media'', NULL', '("")'), ('member', '''site'', NULL', '22023'), ('member', 'NULL, 1', '22023')) AS t (who, what, answer);
SELECT is((SELECT count(*) FROM kroles.last_seen), 1::bigint, 'what one may not view, one has not used');
UPDATE kroles.last_seen SET at = statement_timestamp() - interval '50 seconds';
CREATE TEMP TABLE before AS SELECT at FROM kroles.last_seen;
SELECT is(pg_temp.says('member', 'SELECT kroles_seen(''channel'', 901)'), '("")', 'again within a minute');
SELECT results_eq('SELECT at FROM kroles.last_seen', 'SELECT at FROM before', 'is not noted');
UPDATE kroles.last_seen SET at = statement_timestamp() - interval '70 seconds';
SELECT is(pg_temp.says('member', 'SELECT kroles_seen(''channel'', 901)'), '("")', 'again after a minute');
SELECT ok((SELECT l.at > b.at + interval '10 seconds' FROM kroles.last_seen l, before b), 'is');
SELECT is(pg_temp.ways(903, 'channel', 901, 'view', 'last_seen IS NOT NULL'), 't', 'the review shows it');
SELECT is(pg_temp.ways(902, 'channel', 901, 'view', 'last_seen IS NULL'), 't', 'beside the user who has');
SELECT is(pg_temp.says(who, format('SELECT kroles_seen(%s)', what)), '("")', who || ' uses ' || what)
FROM (VALUES ('other', '''room'', 912'), ('other', '''event'', 921'), ('manager', '''media'', 911'), ('owner', '''media'', 911'), ('manager', '''gallery'', 905')) AS t (who, what);
SELECT is((SELECT count(*) FROM kroles.last_seen), 6::bigint, 'each is noted once');
SELECT is(pg_temp.says(who, 'SELECT count(*) FROM kroles.last_seen'), n, coalesce(who, 'nobody') || ' sees ' || n) FROM (VALUES ('member', '(1)'), ('ada', '(6)'), ('owner', '(1)'), (NULL, '(0)')) AS t (who, n);
SELECT is(pg_temp.says('member', change), '42501', change)
FROM unnest('{DELETE FROM kroles.last_seen, UPDATE kroles.last_seen SET at = now(), "INSERT INTO kroles.last_seen (user_id, kind, object_id, at) VALUES (903, ''channel'', 901, now())"}'::text[]) AS change;
SELECT results_eq('SELECT count(*) FROM kroles.audit_log', 'SELECT n FROM logged', 'nothing of it is logged');
DELETE FROM kroles.media WHERE id = 911;
DELETE FROM kroles.events WHERE id = 921;
SELECT results_eq('SELECT user_id, kind::text FROM kroles.last_seen ORDER BY 1, 2', $$VALUES (902::bigint, 'gallery'), (903, 'channel'), (907, 'room')$$, 'it goes with the object');
DELETE FROM kroles.spaces WHERE id = 905;
DELETE FROM kroles.users WHERE id = 903;
SELECT results_eq('SELECT user_id, kind::text FROM kroles.last_seen', $$VALUES (907::bigint, 'room')$$, 'and with the user');
DELETE FROM kroles.media WHERE id = 912;
SELECT is_empty('SELECT FROM kroles.last_seen', 'a room goes with its media');

-- ---- Findings ----
SELECT is(pg_temp.says(who, 'SELECT FROM kroles_access_findings()'), answer, coalesce(who, 'nobody') || ' asks for findings')
FROM (VALUES ('owner', '42501'), ('blocked', '42501'), (NULL, '28000')) AS t (who, answer);
INSERT INTO kroles.space_members (id, space_id, group_id, role) VALUES (9501, 903, 902, 'member'), (9502, 903, 903, 'member'), (9503, 903, 904, 'member');
SELECT results_eq('SELECT finding, detail, user_id, group_id, kind::text, id, grant_table, grant_id, since FROM kroles_access_findings()', $$VALUES
    ('blocked_user', 'Bob, member of channel "Talks": the user is blocked', 906::bigint, NULL::bigint, 'channel', 901::bigint, 'kroles.space_members', 9003::bigint, NULL::timestamptz),
    ('blocked_user', 'Bob, member of group All blocked: the user is blocked', 906, 903, NULL, NULL, 'kroles.group_members', NULL, NULL),
    ('empty_group', 'group Empty, member of channel "Board": the group has no members', NULL, 902, 'channel', 903, 'kroles.space_members', 9501, NULL),
    ('empty_group', 'group All blocked, member of channel "Board": the group has no members', NULL, 903, 'channel', 903, 'kroles.space_members', 9502, NULL),
    ('expired_grant', format('Eva, member of channel "Talks": expired at %s', now() - interval '1 hour'), 908, NULL, 'channel', 901, 'kroles.space_members', 9004, now() - interval '1 hour')$$,
    'grants of blocked users, to groups without members, and expired ones; not those that are to come');
-- Olga owns 901 (which Max manages), 903 and 904 (which Staff manages: but Gus, its member, has a grant of his own that is lower)
UPDATE kroles.users SET blocked = true WHERE id = 901;
SELECT results_eq($$SELECT finding, detail, user_id, kind::text, id FROM kroles_access_findings() WHERE finding IN ('no_active_manager', 'blocked_owner')$$, $$VALUES
    ('no_active_manager', 'channel "Board": the owner, Olga, is blocked, and no other user manages it', 901::bigint, 'channel', 903::bigint),
    ('no_active_manager', 'gallery "Arts": the owner, Olga, is blocked, and no other user manages it', 901, 'gallery', 904),
    ('blocked_owner', 'Olga is blocked and owns 3 spaces and 0 media', 901, NULL, NULL)$$, 'spaces that nobody manages but administrators, and owners who are blocked');
DELETE FROM kroles.space_members WHERE id = 9008;
SELECT results_eq($$SELECT id FROM kroles_access_findings() WHERE finding = 'no_active_manager'$$, 'VALUES (903::bigint)', 'a manager by a group is one');
UPDATE kroles.space_members SET expires_at = now() - interval '1 second' WHERE id = 9009;
SELECT results_eq($$SELECT id FROM kroles_access_findings() WHERE finding = 'no_active_manager'$$, 'VALUES (903::bigint), (904)', 'an expired one is none');
INSERT INTO kroles.user_blocks (user_id) VALUES (902);
SELECT results_eq($$SELECT id FROM kroles_access_findings() WHERE finding = 'no_active_manager'$$, 'VALUES (901::bigint), (902), (903), (904)', 'nor is one who is blocked, by either table');
SELECT is(pg_temp.says('ada', 'SELECT count(*) FROM kroles_access_findings()'), (SELECT '(' || count(*) || ')' FROM kroles_access_findings()), 'an administrator has them all');

SELECT * FROM finish();
ROLLBACK;
