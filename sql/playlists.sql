-- Playlists of channels: who creates, sees, changes and orders them, what they show of media, and what ends with the channel,
-- the playlist or the media. People come through a gateway, in a role that has just what kroles_grant_access() gives.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;
\set SHOW_CONTEXT never

INSERT INTO kroles.users (id, login, name, applicative_role, administrator, blocked) VALUES
    (1, 'ada', 'Ada Root', 'viewer', true, false),                  -- the administrator
    (2, 'olga', 'Olga Owner', 'admin', false, false),               -- owns Lectures, Plaza and Arts
    (3, 'mia', 'Mia Manager', 'private_only', false, false),        -- manages Lectures, as do the next two
    (4, 'vic', 'Vic Visiting', 'viewer', false, false),             -- only a viewer on the site
    (5, 'gus', 'Gus Group', 'private_only', false, false),          -- through a group
    (6, 'moe', 'Moe Moderator', 'private_only', false, false),      -- moderator of Lectures
    (7, 'cora', 'Cora Contributor', 'private_only', false, false),  -- contributor to it
    (8, 'mel', 'Mel Member', 'private_only', false, false),         -- member of it
    (9, 'una', 'Una Moderated', 'unmoderated_admin', false, false), -- has nothing anywhere
    (10, 'stan', 'Stan Strange', 'admin', false, false),            -- owns the Board and the Commons
    (11, 'bea', 'Bea Blocked', 'admin', false, true),               -- blocked, and a manager
    (12, 'rex', 'Rex Retired', 'private_only', false, false);       -- was a manager until yesterday
INSERT INTO kroles.groups (id, name) VALUES (1, 'Staff');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 5);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES
    (1, 'channel', 'private', 'Lectures', 2), (2, 'channel', 'private', 'Board', 10), (3, 'channel', 'open', 'Commons', 10),
    (4, 'channel', 'public_open', 'Plaza', 2), (5, 'gallery', 'open', 'Arts', 2);
INSERT INTO kroles.space_members (space_id, user_id, role, expires_at) VALUES (1, 3, 'manager', NULL), (1, 4, 'manager', NULL), (1, 6, 'moderator', NULL),
    (1, 7, 'contributor', NULL), (1, 8, 'member', NULL), (1, 11, 'manager', NULL), (1, 12, 'manager', now() - interval '1 day'), (5, 3, 'manager', NULL);
INSERT INTO kroles.space_members (space_id, group_id, role) VALUES (1, 1, 'manager');
INSERT INTO kroles.media (id, name, owner_id) VALUES
    (1, 'Cells', 2), (2, 'Birds', 2), (3, 'Fish', 2), (4, 'Cora''s draft', 7), (5, 'Town hall', 10), (6, 'Minutes', 10), (7, 'Trees', 7);
INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 1), (2, 1), (3, 1), (7, 1), (5, 3), (6, 2), (1, 4);
INSERT INTO kroles.playlists (id, space_id, name) VALUES (1, 1, 'First term'), (2, 2, 'Board room'), (3, 4, 'For all');
INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (2, 6), (3, 1), (3, 2);
SELECT setval('kroles.playlists_id_seq', 10);

\getenv here PG_ABS_SRCDIR
\set lib :here/sql/lib
\i :lib/application.sql

-- here the name of a rule says more than its message
CREATE OR REPLACE FUNCTION "as"(person text, statement text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN state IS NULL THEN coalesce(answer, 'NULL')
                ELSE concat_ws(E'\n', state || ' ' || coalesce(nullif(rule, ''), message), nullif(hint, '')) END
    FROM act(person, statement)
$$;
-- The same, undone at once
CREATE FUNCTION tries(person text, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'KR000', MESSAGE = "as"(person, statement);
EXCEPTION WHEN SQLSTATE 'KR000' THEN
    RETURN SQLERRM;
END $$;
-- All that is in the playlists, as a superuser's view shows it, whoever asks
CREATE VIEW lists AS
    SELECT p.id, p.name, string_agg(format('%s %s', i.position, m.name), ', ' ORDER BY i.position) AS items
    FROM kroles.playlists p LEFT JOIN kroles.playlist_items i ON i.playlist_id = p.id LEFT JOIN kroles.media m ON m.id = i.media_id
    GROUP BY p.id ORDER BY p.id;
GRANT SELECT ON lists TO regress_kroles_portal;
CREATE VIEW everybody AS SELECT unnest('{ada, olga, mia, vic, gus, moe, cora, mel, una, stan, bea, rex, ""}'::text[]) AS who;
GRANT SELECT ON everybody TO regress_kroles_portal;
SET SESSION AUTHORIZATION regress_kroles_portal;

--
-- 1. Making playlists: organize, which is the manager's and only in channels; a hidden channel and none are the same
--
SELECT who, tries(who, $$INSERT INTO kroles.playlists (space_id, name) VALUES (1, 'x')$$) AS lectures, tries(who, $$INSERT INTO kroles.playlists (space_id, name) VALUES (2, 'x')$$) AS board,
    tries(who, $$INSERT INTO kroles.playlists (space_id, name) VALUES (99, 'x')$$) AS none FROM everybody;
SELECT who, tries(who, $$INSERT INTO kroles.playlists (space_id, name) VALUES (3, 'x')$$) AS commons, tries(who, $$INSERT INTO kroles.playlists (space_id, name) VALUES (5, 'x')$$) AS "a gallery"
FROM everybody WHERE who IN ('ada', 'olga', 'mia', 'una', 'stan');
SELECT wrong, "as"('mia', format('INSERT INTO kroles.playlists (space_id, name) VALUES (%s)', wrong)) FROM unnest(ARRAY['1, ''''', '1, '' ''', '1, NULL']) AS wrong;
-- an id of one's own takes the administrator; one that is taken is told of to whoever sees it
BEGIN;
SELECT "as"('mia', $$INSERT INTO kroles.playlists (id, space_id, name) VALUES (7, 1, 'x') RETURNING id$$), "as"('ada', $$INSERT INTO kroles.playlists (id, space_id, name) VALUES (7, 1, 'x') RETURNING id$$), "as"('mia', $$INSERT INTO kroles.playlists (space_id, name) VALUES (1, 'x') RETURNING id > 10$$),
    "as"('mia', $$INSERT INTO kroles.playlists (id, space_id, name) VALUES (1, 1, 'x')$$) AS "one that is taken",
    "as"('mia', $$INSERT INTO kroles.playlists (id, space_id, name) VALUES (2, 1, 'x')$$) AS "by a hidden one";
ROLLBACK;

--
-- 2. Adding: organize on the channel, and view on the media; without a position last, in the playlist's space whatever is said
--
SELECT who, tries(who, 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (1, 1)') AS lectures, tries(who, 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (2, 5)') AS board,
    tries(who, 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (99, 5)') AS none FROM everybody;
BEGIN;
SELECT "as"('mia', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (1, 2), (1, 1)');
SELECT "as"('vic', $$INSERT INTO kroles.playlist_items (playlist_id, media_id, space_id) VALUES (1, 3, 3) RETURNING format('%s in space %s', position, space_id)$$) AS "the last";
SELECT "as"('gus', $$INSERT INTO kroles.playlist_items (playlist_id, media_id, position) VALUES (1, 5, 70) RETURNING position$$) AS "a place far off, as it was said";
SELECT * FROM lists;
-- a place that is taken, or none; a media that is in it, or hidden, or none
SELECT wrong, "as"('mia', format('INSERT INTO kroles.playlist_items (playlist_id, media_id, position) VALUES (1, %s)', wrong)) FROM unnest('{"7, 1", "7, 0", "7, -1", "1, 9", "4, 9", "4, NULL", "6, 1", "99, 9", "NULL, 9"}'::text[]) AS wrong;
SELECT "as"('mia', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (1, 1)') AS "once more",
    "as"('mia', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (1, 1), (1, 7) ON CONFLICT (playlist_id, media_id) DO NOTHING') AS "and another";
SELECT "as"('mia', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (NULL, 1)') AS "NULL", "as"('mia', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (3, 1)') AS "of a channel that Mia may only view";
SELECT * FROM lists;
-- playlist and content at once
SELECT "as"('mia', $$WITH p AS (INSERT INTO kroles.playlists (space_id, name) VALUES (1, 'At once') RETURNING id)
    INSERT INTO kroles.playlist_items (playlist_id, media_id) SELECT p.id, m.id FROM p, kroles.media m ORDER BY m.id RETURNING media_id$$) AS "the first of all that Mia sees";
SELECT items FROM lists WHERE name = 'At once';
ROLLBACK;

--
-- 3. Seeing: view on the space, and of what is in it, view on the media too; a playlist shows nobody a media
--
RESET SESSION AUTHORIZATION;
INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (1, 1), (1, 4), (1, 2), (1, 5), (1, 3);
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT who, "as"(who, 'SELECT string_agg(id::text, '' '' ORDER BY id) FROM kroles.playlists') AS playlists,
    "as"(who, 'SELECT string_agg(format(''%s/%s'', playlist_id, media_id), '' '' ORDER BY playlist_id, position) FROM kroles.playlist_items') AS items,
    "as"(who, 'SELECT string_agg(id::text, '' '' ORDER BY id) FROM kroles.media') AS media FROM everybody;
RESET SESSION AUTHORIZATION;
BEGIN;      -- where anonymous may browse: what is public, and what is approved there
UPDATE kroles.settings SET allow_anonymous = true;
SET LOCAL SESSION AUTHORIZATION regress_kroles_portal;
SELECT who, "as"(who, 'SELECT string_agg(id::text, '' '' ORDER BY id) FROM kroles.playlists') AS playlists,
    "as"(who, 'SELECT string_agg(format(''%s/%s'', playlist_id, media_id), '' '' ORDER BY playlist_id, position) FROM kroles.playlist_items') AS items
FROM unnest('{"", bea}'::text[]) AS who;
ROLLBACK;
SET SESSION AUTHORIZATION regress_kroles_portal;

--
-- 4. Moving: in order, without a gap. Mia does not see Cora's draft, which keeps a place all the same.
--
BEGIN;
SELECT "as"('mia', 'SELECT kroles_move_item(1, 3, 1)') AS "the last first";
SELECT items FROM lists WHERE id = 1;
SELECT "as"('vic', 'SELECT kroles_move_item(1, 3, 3)') AS "two down";
SELECT items FROM lists WHERE id = 1;
SELECT "as"('gus', 'SELECT kroles_move_item(1, 1, 2147483647)') AS "to the end";
SELECT items FROM lists WHERE id = 1;
SELECT "as"('olga', 'SELECT kroles_move_item(1, 1, 5)') AS "where it is";
SELECT items FROM lists WHERE id = 1;
SELECT "as"('ada', 'SELECT kroles_move_item(1, 4, 5)') AS "by the administrator, what she sees";
SELECT items FROM lists WHERE id = 1;
ROLLBACK;
BEGIN;      -- plain DML leaves no gap either
SELECT "as"('mia', 'UPDATE kroles.playlist_items SET position = 50 WHERE (playlist_id, media_id) = (1, 1)');
SELECT items FROM lists WHERE id = 1;
SELECT "as"('mia', 'UPDATE kroles.playlist_items SET position = 7 - position WHERE (playlist_id, media_id) IN ((1, 2), (1, 1))');
SELECT items FROM lists WHERE id = 1;
SELECT "as"('mia', 'DELETE FROM kroles.playlist_items WHERE media_id IN (1, 5)');
SELECT items FROM lists WHERE id = 1;
SELECT "as"('mia', 'UPDATE kroles.playlist_items SET position = 1 WHERE (playlist_id, media_id) = (1, 3)') AS "the draft's place is taken";
ROLLBACK;
SELECT wrong, "as"('mia', 'SELECT kroles_move_item' || wrong)
FROM unnest('{"(1, 1, 0)", "(1, 1, -1)", "(1, 1, NULL)", "(1, NULL, 1)", "(1, 7, 1)", "(1, 4, 1)", "(1, 99, 1)", "(2, 6, 1)", "(99, 6, 1)", "(NULL, 1, 1)", "(3, 1, 1)"}'::text[]) AS wrong;
SELECT who, tries(who, 'SELECT kroles_move_item(1, 2, 1)') AS lectures, tries(who, 'SELECT kroles_move_item(2, 6, 1)') AS board, tries(who, 'SELECT kroles_move_item(99, 6, 1)') AS none FROM everybody;

--
-- 5. Changing: the name of a playlist, the places of what is in it; the rest is fixed, for administrators too
--
SELECT who, tries(who, $$UPDATE kroles.playlists SET name = name || '!' WHERE id = 1$$) AS "renames it", tries(who, $$UPDATE kroles.playlists SET name = name || '!'$$) AS "renames all",
    tries(who, $$UPDATE kroles.playlist_items SET position = position WHERE playlist_id = 1$$) AS "keeps the order", tries(who, $$UPDATE kroles.playlist_items SET position = position + 1 WHERE playlist_id = 2$$) AS "of the Board"
FROM everybody;
SELECT who, change, "as"(who, change) FROM unnest('{mia, ada}'::text[]) AS who, unnest(ARRAY['UPDATE kroles.playlists SET space_id = 4 WHERE id = 1', 'UPDATE kroles.playlists SET space_id = 2 WHERE id = 1',
    'UPDATE kroles.playlists SET space_id = 99 WHERE id = 1', 'UPDATE kroles.playlists SET id = 98 WHERE id = 1', 'UPDATE kroles.playlists SET name = '' '' WHERE id = 1',
    'UPDATE kroles.playlist_items SET playlist_id = 2 WHERE media_id = 3', 'UPDATE kroles.playlist_items SET playlist_id = 99 WHERE media_id = 3', 'UPDATE kroles.playlist_items SET media_id = 6 WHERE media_id = 3',
    'UPDATE kroles.playlist_items SET media_id = 99 WHERE media_id = 3', 'UPDATE kroles.playlist_items SET space_id = 2 WHERE media_id = 3', 'UPDATE kroles.playlist_items SET space_id = NULL WHERE media_id = 3',
    'UPDATE kroles.playlist_items SET position = 0 WHERE media_id = 3', 'UPDATE kroles.playlist_items SET position = NULL WHERE media_id = 3']) AS change ORDER BY 1 DESC, change COLLATE "C";

--
-- 6. Removing: organize; media and channels take along what is of them, and playlists take no media along
--
SELECT who, tries(who, $$DELETE FROM kroles.playlist_items WHERE (playlist_id, media_id) = (1, 3)$$) AS "an item", tries(who, $$DELETE FROM kroles.playlists WHERE id = 1$$) AS "a playlist"
FROM everybody;
BEGIN;
SAVEPOINT s;
SELECT "as"('vic', $$DELETE FROM kroles.playlist_items WHERE playlist_id = 1$$) AS "what Vic sees";
SELECT * FROM lists;
ROLLBACK TO s;
-- a DELETE that reads nothing of the rows takes what is hidden of them, too
SELECT "as"('vic', $$DELETE FROM kroles.playlist_items$$) AS "all of the channel's";
SELECT * FROM lists;
ROLLBACK TO s;
SELECT "as"('gus', $$DELETE FROM kroles.playlists$$) AS "a playlist with all that is in it";
SELECT * FROM lists;
SELECT "as"('olga', 'SELECT string_agg(name, '', '' ORDER BY id) FROM kroles.media') AS "the media stay";
ROLLBACK TO s;
SELECT "as"('cora', 'DELETE FROM kroles.media WHERE id = 4') AS "an own media, from whatever playlist";
SELECT * FROM lists;
SELECT "as"('olga', 'DELETE FROM kroles.channels WHERE id = 1') AS "the channel with its playlists";
SELECT * FROM lists;
ROLLBACK;

--
-- 7. What is taken down leaves those who saw it by the channel alone, and comes back to its place
--
BEGIN;
SELECT "as"('olga', 'SELECT kroles_take_down(3, 1)');
SELECT who, "as"(who, 'SELECT string_agg(media_id::text, '' '' ORDER BY position) FROM kroles.playlist_items WHERE playlist_id = 1') AS items, "as"(who, 'SELECT kroles_move_item(1, 3, 1)') AS moves
FROM unnest('{mia, mel, olga}'::text[]) AS who;
SELECT "as"('olga', 'SELECT kroles_publish(3, 1)');
SELECT "as"('mel', 'SELECT string_agg(media_id::text, '' '' ORDER BY position) FROM kroles.playlist_items WHERE playlist_id = 1');
ROLLBACK;

--
-- 8. The right is a row that an administrator changes; whoever loses it has it no more
--
RESET SESSION AUTHORIZATION;
BEGIN;
UPDATE kroles.role_rights SET allowed = role = 'moderator' WHERE (kind, action) = ('channel', 'organize') AND role IN ('moderator', 'manager');
UPDATE kroles.space_members SET role = 'member' WHERE user_id = 4;
SET LOCAL SESSION AUTHORIZATION regress_kroles_portal;
SELECT who, "as"(who, $$INSERT INTO kroles.playlists (space_id, name) VALUES (1, 'x')$$) AS makes, "as"(who, 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (1, 7) ON CONFLICT (playlist_id, media_id) DO NOTHING') AS adds,
    "as"(who, 'SELECT kroles_move_item(1, 2, 1)') AS moves, "as"(who, 'DELETE FROM kroles.playlists WHERE id = 1') AS removes
FROM unnest('{mia, vic, moe, mel}'::text[]) AS who;
ROLLBACK;

--
-- 9. A session that bypasses row security: the rules of the data
--
SELECT wrong, "as"('', wrong) FROM unnest(ARRAY['INSERT INTO kroles.playlists (space_id, name) VALUES (5, ''x'')', 'INSERT INTO kroles.playlists (space_id, name) VALUES (99, ''x'')',
    'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (99, 1)', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (1, 99)', 'INSERT INTO kroles.playlist_items (playlist_id, media_id, space_id) VALUES (99, 1, 1)',
    'UPDATE kroles.playlist_items SET media_id = 7 WHERE media_id = 1', 'UPDATE kroles.playlists SET space_id = 2 WHERE id = 1']) AS wrong;
BEGIN;
SELECT kroles_move_item(1, 4, 1);
SELECT "as"('', 'INSERT INTO kroles.playlist_items (playlist_id, media_id, space_id) VALUES (1, 7, 2) RETURNING space_id');
SELECT items FROM lists WHERE id = 1;
ROLLBACK;

--
-- 10. The channel's history tells, with the names that the asker sees
--
SELECT setval('kroles.playlists_id_seq', 7);
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT "as"('mia', $$INSERT INTO kroles.playlists (space_id, name) VALUES (1, 'Term')$$), "as"('mia', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (8, 2), (8, 1)'),
    "as"('mia', 'SELECT kroles_move_item(8, 1, 1)'), "as"('mia', $$UPDATE kroles.playlists SET name = 'Second term' WHERE id = 8$$), "as"('mia', 'UPDATE kroles.playlist_items SET position = position'),
    "as"('mia', 'DELETE FROM kroles.playlist_items WHERE (playlist_id, media_id) = (8, 2)'), "as"('mia', 'DELETE FROM kroles.playlists WHERE id = 8');
SET kroles."user" = 'moe';
SELECT who, what, before - 'created_at' AS before, after - 'created_at' AS after FROM kroles_history('channel', 1, max_rows => 9);
-- from before: Cora's draft has no name for Moe
SELECT what FROM kroles_history('channel', 1) WHERE after ->> 'playlist_id' = '1' AND after ? 'media_id';
RESET kroles."user";
SELECT who, "as"(who, $$SELECT count(*) FROM kroles_history('channel', 1) WHERE what LIKE '%playlist%'$$) AS told FROM unnest('{ada, olga, vic, moe, cora, mel, stan, bea, ""}'::text[]) AS who;
RESET SESSION AUTHORIZATION;
SELECT DISTINCT relation, operation, object_kind, object_id FROM kroles.audit_log WHERE relation ~ 'playlist' ORDER BY 1, 2, 4;

DROP VIEW lists, everybody;
DROP FUNCTION tries, act, "as", rights;
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
DROP OWNED BY regress_kroles_portal;
DROP ROLE regress_kroles_portal;
