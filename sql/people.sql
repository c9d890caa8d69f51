-- The people on a media: the page of roles and permissions with all that it does, transfers, the order of speakers, finding
-- people to add. People come through a gateway, in a role that has just what kroles_grant_access() gives.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;
\set SHOW_CONTEXT never

INSERT INTO kroles.users (id, login, name, email, applicative_role, administrator, blocked) VALUES
    (1, 'ada', 'Ada Root', 'ada@campus.example', 'viewer', true, false),            -- the administrator
    (2, 'olga', 'Olga Owner', 'olga@campus.example', 'admin', false, false),        -- owns the seminar room
    (3, 'eddy', 'Eddy van der Berg', 'eddy@campus.example', 'private_only', false, false), -- an editor of it
    (4, 'polo', 'Polo', 'polo@campus.example', 'private_only', false, false),       -- a publisher of it
    (5, 'vera', 'Vera Lind', 'vera@campus.example', 'viewer', false, false),        -- a viewer of it
    (6, 'stan', 'Stan Strange', 'stan@elsewhere.example', 'private_only', false, false), -- has nothing anywhere
    (7, 'bea', 'Bea Blocked', 'bea@campus.example', 'admin', false, true),          -- blocked, and an editor
    (8, 'sam', 'Sam Speaker', NULL, 'private_only', false, false),                  -- a speaker of it
    (9, 'nameless', ' ', 'anon@campus.example', 'private_only', false, false),
    (10, 'max', 'Max Manager', 'max@campus.example', 'private_only', false, false), -- manages a channel, has no media
    (11, 'cap', 'Cap Ceiling', 'cap@campus.example', 'viewer', false, false),       -- owns a film, above the ceiling
    (12, 'uma', 'Uma Under', 'u_a@campus.example', 'private_only', false, false);   -- in the group
INSERT INTO kroles.groups (id, name) VALUES (1, 'Biology'), (2, 'Editors'), (3, 'stanza readers');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 12), (2, 12);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, external_id) VALUES
    (1, 'channel', 'open', 'Lectures', 1, 'cat-1'), (2, 'channel', 'private', 'Board', 1, 'cat-2'), (3, 'gallery', 'open', 'Arts', 1, 'cat-3');
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 10, 'manager');
INSERT INTO kroles.media (id, type, name, owner_id, external_id) VALUES
    (1, 'room', 'Seminar room', 2, '0_room'), (2, 'video', 'Diary', 1, '0_diary'), (3, 'video', 'Cap''s film', 11, NULL),
    (4, 'video', 'Open lecture', 2, '0_open');
INSERT INTO kroles.publications (media_id, space_id) VALUES (4, 1);
INSERT INTO kroles.media_collaborators (media_id, user_id, group_id, permission) VALUES
    (1, 3, NULL, 'editor'), (1, 4, NULL, 'publisher'), (1, 5, NULL, 'viewer'), (1, 7, NULL, 'editor'), (1, NULL, 1, 'viewer');
INSERT INTO kroles.media_moderators (media_id, user_id, group_id, permission) VALUES (1, 3, NULL, 'chat_moderator'), (1, NULL, 1, 'room_moderator');
INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (1, 8), (1, 3), (1, 9);

\getenv here PG_ABS_SRCDIR
\set lib :here/sql/lib
\i :lib/application.sql

-- here with the hints
CREATE OR REPLACE FUNCTION "as"(person text, statement text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN state IS NULL THEN coalesce(answer, 'NULL') ELSE concat_ws(E'\n', state || ' ' || message, nullif(hint, '')) END
    FROM act(person, statement)
$$;
-- All that is on the room, as a superuser's view shows it, whoever asks
CREATE VIEW room_people AS
    SELECT coalesce(u.login, 'group ' || g.name) AS who, string_agg(permission, ' ' ORDER BY permission) AS permissions
    FROM (SELECT user_id, group_id, permission::text FROM kroles.media_collaborators WHERE media_id = 1
          UNION ALL SELECT user_id, group_id, permission::text FROM kroles.media_moderators WHERE media_id = 1
          UNION ALL SELECT user_id, NULL, 'speaker ' || position FROM kroles.media_speakers WHERE media_id = 1) AS p
    LEFT JOIN kroles.users u ON u.id = user_id LEFT JOIN kroles.groups g ON g.id = group_id GROUP BY 1 ORDER BY 1;
CREATE VIEW speakers AS SELECT string_agg(u.login, ' ' ORDER BY s.position) AS "order", array_agg(s.position ORDER BY s.position) AS positions
    FROM kroles.media_speakers s JOIN kroles.users u ON u.id = s.user_id WHERE s.media_id = 1;
GRANT SELECT ON room_people, speakers TO regress_kroles_portal;
SET SESSION AUTHORIZATION regress_kroles_portal;

--
-- 1. The page: every person and group once, the owner first, then by name; members of a group are not listed
--
SET kroles."user" = 'olga';
SELECT kind, id, name, initials, identifier, permissions, owner, you, found, total FROM kroles_media_users(1);
-- another looks: the mark moves
SET kroles."user" = 'eddy';
SELECT name, owner, you FROM kroles_media_users(1) WHERE owner OR you;
-- the administrator, who is not on it
SET kroles."user" = 'ada';
SELECT count(*), count(*) FILTER (WHERE you) AS you FROM kroles_media_users(1);
-- search: what name, email or login contains, whatever the case; or an id. The total stays.
SET kroles."user" = 'olga';
SELECT search, string_agg(name, ', ') AS names, max(found) AS found, max(total) AS total
FROM unnest('{BERG, elsewhere, campus.example, nameless, 12, 1, o, %, _, bio, uma}'::text[]) WITH ORDINALITY AS s (search, n)
LEFT JOIN LATERAL kroles_media_users(1, search) ON true GROUP BY search, n ORDER BY n;
-- filter by permission, also by kind of permission; with a search
SELECT permission, string_agg(name, ', ') AS names, max(found) AS found, max(total) AS total
FROM unnest('{owner, editor, publisher, viewer, chat_moderator, room_moderator, speaker, collaborator, moderator}'::text[]) WITH ORDINALITY AS s (permission, n)
LEFT JOIN LATERAL kroles_media_users(1, NULL, permission) ON true GROUP BY permission, n ORDER BY n;
SELECT name FROM kroles_media_users(1, 'berg', 'speaker');
SELECT name FROM kroles_media_users(1, permission => 'member');
SELECT name FROM kroles_media_users(1, permission => '');
-- in pages; a row a page has the same counts
SELECT name, found, total FROM kroles_media_users(1, max_rows => 2);
SELECT name, found, total FROM kroles_media_users(1, max_rows => 2, skip => 6);
SELECT name FROM kroles_media_users(1, max_rows => 0);
SELECT name FROM kroles_media_users(1, max_rows => -1);
-- the site shows logins
RESET SESSION AUTHORIZATION;
UPDATE kroles.settings SET show_identifier = 'login';
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT name, initials, identifier FROM kroles_media_users(1) WHERE id IN (8, 9) AND kind = 'user';
RESET SESSION AUTHORIZATION;
UPDATE kroles.settings SET show_identifier = 'email';
SET SESSION AUTHORIZATION regress_kroles_portal;
-- for whom: manage on the media; a hidden media and none are the same
SELECT who, "as"(who, 'SELECT count(*) FROM kroles_media_users(1)') AS room, "as"(who, 'SELECT count(*) FROM kroles_media_users(2)') AS diary,
    "as"(who, 'SELECT count(*) FROM kroles_media_users(99)') AS none
FROM unnest('{ada, olga, eddy, polo, vera, sam, uma, stan, bea, ""}'::text[]) AS who;
SELECT "as"('max', 'SELECT count(*) FROM kroles_media_users(4)') AS "one that Max may only view", "as"('cap', 'SELECT count(*) FROM kroles_media_users(3)') AS "an owner above the ceiling",
    "as"('olga', 'SELECT count(*) FROM kroles_media_users(NULL)') AS "NULL";

--
-- 2. Adding: several people and several permissions in one statement; what is there already stays, nothing is taken
--
BEGIN;
SELECT "as"('olga', $$INSERT INTO kroles.media_collaborators (media_id, user_id, permission)
    SELECT 1, u, p FROM unnest('{5, 6}'::bigint[]) AS u, unnest('{editor, viewer}'::kroles.collaborator_permission[]) AS p ON CONFLICT DO NOTHING$$);
SELECT "as"('olga', $$INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (1, 6), (1, 8), (1, 5) ON CONFLICT (media_id, user_id) DO NOTHING$$);
SELECT * FROM room_people WHERE who IN ('vera', 'stan', 'sam');
SELECT "as"('stan', $$SELECT kroles_can('edit', 'media', 1)$$) AS "Stan edits";
ROLLBACK;

--
-- 3. The edit-user window: exactly these
--
BEGIN;
SELECT * FROM room_people WHERE who IN ('eddy', 'group Biology');
SELECT "as"('olga', $$SELECT kroles_set_permissions(1, 3, NULL, '{viewer, room_moderator, viewer}')$$);
SELECT "as"('olga', $$SELECT kroles_set_permissions(1, NULL, 1, '{publisher, editor, chat_moderator}')$$);
SELECT * FROM room_people WHERE who IN ('eddy', 'group Biology');
SELECT "as"('eddy', $$SELECT kroles_can('edit', 'media', 1)$$) AS "Eddy edits", "as"('uma', $$SELECT kroles_can('edit', 'media', 1)$$) AS "Uma edits";
-- for somebody who was not on it; by the administrator
SELECT "as"('ada', $$SELECT kroles_set_permissions(1, 6, NULL, '{chat_moderator}')$$);
SELECT * FROM room_people WHERE who = 'stan';
ROLLBACK;
-- An editor manages moderators and speakers, no collaborators: nothing but moderators may change, and all or nothing does
BEGIN;
SELECT "as"('eddy', $$SELECT kroles_set_permissions(1, 4, NULL, '{publisher, chat_moderator}')$$);
SELECT "as"('eddy', $$SELECT kroles_set_permissions(1, 4, NULL, '{publisher}')$$);
SELECT "as"('eddy', $$SELECT kroles_set_permissions(1, 4, NULL, '{publisher}')$$) AS "nothing changes";
SELECT "as"('eddy', $$SELECT kroles_set_permissions(1, 4, NULL, '{publisher, editor, chat_moderator}')$$);
SELECT "as"('eddy', $$SELECT kroles_set_permissions(1, 4, NULL, '{chat_moderator}')$$);
SELECT "as"('eddy', $$SELECT kroles_set_permissions(1, 6, NULL, '{viewer}')$$);
SELECT * FROM room_people WHERE who IN ('polo', 'stan');
ROLLBACK;
-- at least one, of those that there are; a user or a group that there is; not the owner
SELECT wrong, "as"('olga', format('SELECT kroles_set_permissions(1, %s)', wrong)) FROM unnest(ARRAY[
    '4, NULL, ''{}''', '4, NULL, NULL', '4, NULL, ''{viewer, NULL}''', '4, NULL, ''{owner}''', '4, NULL, ''{viewer, speaker}''', '4, NULL, ''{Viewer}''',
    'NULL, NULL, ''{viewer}''', '4, 1, ''{viewer}''', '99, NULL, ''{viewer}''', 'NULL, 99, ''{viewer}''', '2, NULL, ''{viewer}''']) AS wrong;
SELECT who, "as"(who, $$SELECT kroles_set_permissions(1, 6, NULL, '{viewer}')$$) AS room, "as"(who, $$SELECT kroles_set_permissions(2, 6, NULL, '{viewer}')$$) AS diary,
    "as"(who, $$SELECT kroles_set_permissions(99, 6, NULL, '{viewer}')$$) AS none
FROM unnest('{polo, vera, sam, stan, bea, ""}'::text[]) AS who;
-- while the module is off, moderators stay and go, but do not come
RESET SESSION AUTHORIZATION;
BEGIN;
UPDATE kroles.settings SET chat_and_collaboration = false;
SET LOCAL SESSION AUTHORIZATION regress_kroles_portal;
SELECT "as"('olga', $$SELECT kroles_set_permissions(1, 4, NULL, '{viewer, chat_moderator}')$$);
SELECT "as"('olga', $$SELECT kroles_set_permissions(1, 3, NULL, '{viewer, chat_moderator}')$$);
SELECT "as"('olga', $$SELECT kroles_set_permissions(1, NULL, 1, '{editor}')$$);
SELECT * FROM room_people WHERE who IN ('polo', 'eddy', 'group Biology');
ROLLBACK;
SET SESSION AUTHORIZATION regress_kroles_portal;

--
-- 4. Removing: off every role, speaker included
--
BEGIN;
SELECT "as"('olga', 'SELECT kroles_remove_user(1, 3)'), "as"('olga', 'SELECT kroles_remove_group(1, 1)');
SELECT "as"('eddy', $$SELECT kroles_rights('media', 1)$$) AS eddy, "as"('uma', $$SELECT kroles_rights('media', 1)$$) AS uma;
SELECT * FROM room_people;
SELECT "as"('olga', 'SELECT kroles_remove_user(1, 3)') AS "once more";
ROLLBACK;
BEGIN;      -- oneself, who manages nothing; from what one's group has, nobody removes themselves
SELECT "as"('polo', 'SELECT kroles_remove_user(1, 4)'), "as"('sam', 'SELECT kroles_remove_user(1, 8)'), "as"('uma', 'SELECT kroles_remove_user(1, 12)');
SELECT * FROM room_people;
ROLLBACK;
BEGIN;      -- an editor: those who are moderators and speakers only
SELECT "as"('eddy', 'SELECT kroles_remove_user(1, 8)'), "as"('eddy', 'SELECT kroles_remove_user(1, 4)'), "as"('eddy', 'SELECT kroles_remove_group(1, 1)');
SELECT * FROM room_people WHERE who IN ('sam', 'polo', 'group Biology');
ROLLBACK;
SELECT wrong, "as"('olga', 'SELECT kroles_remove_' || wrong) FROM unnest('{"user(1, 2)", "user(1, NULL)", "group(1, NULL)", "user(99, 3)", "user(2, 3)"}'::text[]) AS wrong;
SELECT "as"('ada', 'SELECT kroles_remove_user(1, 2)') AS "the owner, by the administrator";
BEGIN;
SELECT who, "as"(who, 'SELECT kroles_remove_user(1, 3)') AS room, "as"(who, 'SELECT kroles_remove_user(2, 3)') AS diary, "as"(who, 'SELECT kroles_remove_group(1, 1)') AS "group",
    "as"(who, 'SELECT kroles_remove_user(1, kroles_current_user())') AS themselves
FROM unnest('{polo, stan, bea, ""}'::text[]) AS who;
SELECT * FROM room_people;
ROLLBACK;

--
-- 5. Transfer of ownership
--
BEGIN;      -- to a collaborator and speaker; the old owner keeps what stands in their own name as a moderator
SELECT "as"('olga', $$INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (1, 2, 'chat_moderator')$$);
SELECT "as"('olga', 'SELECT kroles_transfer_ownership(1, 3)');
SELECT * FROM room_people WHERE who IN ('olga', 'eddy');
SELECT "as"('olga', $$SELECT kroles_rights('media', 1)$$) AS olga, "as"('eddy', $$SELECT kroles_can('transfer_ownership', 'media', 1)$$) AS eddy;
SELECT "as"('olga', 'SELECT kroles_transfer_ownership(1, 2)') AS "no way back";
ROLLBACK;
BEGIN;      -- and remains a collaborator
SELECT "as"('olga', 'SELECT kroles_transfer_ownership(1, 6, true)');
SELECT * FROM room_people WHERE who IN ('olga', 'stan');
SELECT "as"('stan', 'SELECT kroles_transfer_ownership(1, 2, true)');
SELECT * FROM room_people WHERE who IN ('olga', 'stan');
ROLLBACK;
BEGIN;      -- to oneself: nothing changes; by the administrator, the old owner may stay as well
SELECT "as"('olga', 'SELECT kroles_transfer_ownership(1, 2, true)');
SELECT "as"('ada', 'SELECT kroles_transfer_ownership(1, 6, true)');
SELECT * FROM room_people WHERE who IN ('olga', 'stan');
ROLLBACK;
SELECT wrong, "as"('olga', 'SELECT kroles_transfer_ownership' || wrong) FROM unnest('{"(1, 7)", "(1, 7, true)", "(1, 99)", "(1, NULL)", "(2, 3)", "(99, 3)"}'::text[]) AS wrong;
SELECT who, "as"(who, 'SELECT kroles_transfer_ownership(1, 6)') AS room, "as"(who, 'SELECT kroles_transfer_ownership(2, 6)') AS diary
FROM unnest('{eddy, polo, stan, bea, ""}'::text[]) AS who;
SELECT "as"('cap', 'SELECT kroles_transfer_ownership(3, 6)') AS "above the ceiling";

--
-- 6. Handing over all that one owns
--
RESET SESSION AUTHORIZATION;
DELETE FROM kroles.users WHERE id = 2;
SET SESSION AUTHORIZATION regress_kroles_portal;
BEGIN;
SELECT "as"('ada', 'SELECT kroles_hand_over(2, 3)') AS "the room and the lecture", "as"('ada', 'SELECT kroles_hand_over(2, 3)') AS "nothing is left";
SELECT * FROM room_people WHERE who IN ('olga', 'eddy');
SELECT "as"('ada', 'DELETE FROM kroles.users WHERE id = 2') AS "Olga can go";
SELECT "as"('ada', 'SELECT kroles_hand_over(1, 10)') AS "three spaces and a film";
ROLLBACK;
SELECT wrong, "as"('ada', 'SELECT kroles_hand_over' || wrong) FROM unnest('{"(2, 2)", "(2, NULL)", "(2, 99)", "(99, 2)", "(2, 7)"}'::text[]) AS wrong;
SELECT who, "as"(who, 'SELECT kroles_hand_over(2, 6)'), "as"(who, 'SELECT kroles_hand_over(99, 6)') FROM unnest('{olga, stan, bea, ""}'::text[]) AS who;

--
-- 7. Speakers: in order, without a gap
--
SELECT * FROM speakers;
BEGIN;
SELECT "as"('eddy', 'SELECT kroles_move_speaker(1, 9, 1)') AS "the last first";
SELECT * FROM speakers;
SELECT "as"('eddy', 'SELECT kroles_move_speaker(1, 9, 2)') AS "one down";
SELECT * FROM speakers;
SELECT "as"('eddy', 'SELECT kroles_move_speaker(1, 8, 2147483647)') AS "to the end";
SELECT * FROM speakers;
SELECT "as"('eddy', 'SELECT kroles_move_speaker(1, 8, 3)') AS "where it is";
SELECT * FROM speakers;
SELECT "as"('eddy', $$INSERT INTO kroles.media_speakers (media_id, user_id, type) VALUES (1, 6, 'advanced'), (1, 5, 'simple')$$), "as"('eddy', 'INSERT INTO kroles.media_speakers (media_id, user_id, position) VALUES (1, 12, 70)');
SELECT * FROM speakers;
-- plain DML leaves no gap either: one removes themselves, several go at once, a place far off, a swap
SELECT "as"('sam', 'DELETE FROM kroles.media_speakers WHERE user_id = 8');
SELECT * FROM speakers;
SELECT "as"('eddy', 'DELETE FROM kroles.media_speakers WHERE user_id IN (3, 5)');
SELECT * FROM speakers;
SELECT "as"('eddy', 'UPDATE kroles.media_speakers SET position = 50 WHERE user_id = 9');
SELECT * FROM speakers;
SELECT "as"('eddy', 'UPDATE kroles.media_speakers SET position = 4 - position');
SELECT * FROM speakers;
SELECT "as"('eddy', 'UPDATE kroles.media_speakers SET position = 1 WHERE position = 2') AS "a place that is taken";
-- type and visibility are plain columns
SELECT "as"('eddy', $$UPDATE kroles.media_speakers SET type = 'advanced', visible = false WHERE user_id = 9 RETURNING format('%s %s %s', position, type, visible)$$);
RESET SESSION AUTHORIZATION;
DELETE FROM kroles.users WHERE id = 9;
SELECT * FROM speakers;
ROLLBACK;
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT wrong, "as"('eddy', 'SELECT kroles_move_speaker' || wrong)
FROM unnest('{"(1, 8, 0)", "(1, 8, -1)", "(1, 8, NULL)", "(1, NULL, 1)", "(1, 6, 1)", "(1, 99, 1)", "(2, 8, 1)", "(99, 8, 1)"}'::text[]) AS wrong;
SELECT who, "as"(who, 'SELECT kroles_move_speaker(1, 9, 1)') AS room FROM unnest('{polo, sam, stan, bea, ""}'::text[]) AS who;
SELECT * FROM speakers;

--
-- 8. Finding people to add
--
SET kroles."user" = 'olga';
SELECT * FROM kroles_find_users('STA');
SELECT search, string_agg(name, ', ') AS found FROM unnest('{e, berg, eddy v, u_, u, %, bea, anon, " PoLo ", "", " "}'::text[]) WITH ORDINALITY AS s (search, n)
LEFT JOIN LATERAL kroles_find_users(search) ON true GROUP BY search, n ORDER BY n;
SELECT name FROM kroles_find_users('e', 1);
SELECT name FROM kroles_find_users('e', 0);
SELECT name FROM kroles_find_users(NULL);
SELECT name FROM kroles_find_users('e', -1);
-- for whom: whoever may add somebody somewhere
SELECT who, "as"(who, $$SELECT count(*) FROM kroles_find_users('olga')$$) AS finds FROM unnest('{ada, olga, eddy, max, polo, vera, stan, cap, uma, bea, ""}'::text[]) AS who;
RESET SESSION AUTHORIZATION;
BEGIN;      -- by a group; by a matrix that an administrator changed: for a role on media, for a role in a space, without any grant
INSERT INTO kroles.media_collaborators (media_id, group_id, permission) VALUES (2, 2, 'editor');
UPDATE kroles.role_rights SET allowed = true WHERE (kind, role, action) = ('media', 'publisher', 'manage_speakers');
UPDATE kroles.baseline_rights SET allowed = true WHERE (kind, type, applicative_role, action) = ('gallery', 'open', 'viewer', 'manage_members');
SET LOCAL SESSION AUTHORIZATION regress_kroles_portal;
SELECT who, "as"(who, $$SELECT count(*) FROM kroles_find_users('olga')$$) AS finds FROM unnest('{uma, polo, vera, stan}'::text[]) AS who;
ROLLBACK;
-- an expired grant gives nothing
BEGIN;
UPDATE kroles.space_members SET expires_at = now() WHERE user_id = 10;
SET LOCAL SESSION AUTHORIZATION regress_kroles_portal;
SELECT "as"('max', $$SELECT count(*) FROM kroles_find_users('olga')$$) AS max;
ROLLBACK;
SET SESSION AUTHORIZATION regress_kroles_portal;

--
-- 9. Ids of other systems, My Media, labels
--
SELECT kind, id, "as"('olga', format('SELECT kroles_id(%L, %L)', kind, id)) AS olga, "as"('ada', format('SELECT kroles_id(%L, %L)', kind, id)) AS ada
FROM (VALUES (1, 'channel', 'cat-1'), (2, 'gallery', 'cat-1'), (3, 'channel', 'cat-2'), (4, 'gallery', 'cat-3'), (5, 'media', '0_room'), (6, 'room', '0_room'),
             (7, 'media', '0_open'), (8, 'room', '0_open'), (9, 'media', '0_diary'), (10, 'media', '0_none'), (11, 'media', NULL), (12, 'site', 'x'), (13, NULL, 'x')) AS t (n, kind, id) ORDER BY n;
SELECT who, "as"(who, $$SELECT string_agg(name, ', ' ORDER BY id) FROM kroles.my_media$$) AS my_media FROM unnest('{olga, ada, cap, eddy, bea, ""}'::text[]) AS who;
SELECT who, "as"(who, $$UPDATE kroles.role_labels SET label = 'Student' WHERE applicative_role = 'viewer' RETURNING label$$) AS changes FROM unnest('{olga, ""}'::text[]) AS who;
BEGIN;
SELECT "as"('ada', $$UPDATE kroles.role_labels SET label = 'Student' WHERE applicative_role = 'viewer' RETURNING label$$);
SET LOCAL kroles."user" = '';
SELECT applicative_role, label, kroles_role_label(applicative_role) FROM kroles.role_labels ORDER BY 1;
SELECT kroles_role_label(NULL);
SELECT wrong, "as"('ada', wrong) FROM unnest(ARRAY['UPDATE kroles.role_labels SET label = '' ''', 'DELETE FROM kroles.role_labels', 'UPDATE kroles.role_labels SET shipped = ''x''',
    'INSERT INTO kroles.role_labels VALUES (''viewer'', ''x'', ''x'')']) AS wrong;
ROLLBACK;
RESET SESSION AUTHORIZATION;
SET kroles."user" = '';
BEGIN;
UPDATE kroles.role_labels SET label = 'Student' WHERE applicative_role = 'viewer';
SELECT relation, operation, before ->> 'label' AS before, after ->> 'label' AS after FROM kroles.audit_log ORDER BY id DESC LIMIT 1;
ROLLBACK;

-- What is derived from the people on media is as it should be, after a change by each of these
BEGIN;
SELECT kroles_set_permissions(1, 6, NULL, '{publisher, room_moderator}'), kroles_set_permissions(1, NULL, 1, '{editor}'),
    kroles_remove_user(1, 3), kroles_remove_group(1, 1), kroles_transfer_ownership(1, 6, true), kroles_move_speaker(1, 9, 1), kroles_hand_over(1, 2);
SELECT * FROM kroles_verify();
ROLLBACK;

DROP VIEW room_people, speakers;
DROP FUNCTION act, "as", rights;
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
DROP OWNED BY regress_kroles_portal;
DROP ROLE regress_kroles_portal;
