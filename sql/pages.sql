-- The pages of people of spaces and events, and the speakers' cards: who is in a space, who takes part in an event, what a card
-- shows.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;
\set SHOW_CONTEXT never

INSERT INTO kroles.users (id, login, name, email, title, bio, avatar_url, applicative_role, administrator, blocked) VALUES
    (1, 'ada', 'Ada Root', 'ada@campus.example', NULL, NULL, NULL, 'viewer', true, false),
    (2, 'olga', 'Olga Owner', 'olga@campus.example', NULL, NULL, NULL, 'private_only', false, false),   -- owns all
    (3, 'max', 'Max Manager', 'max@campus.example', NULL, NULL, NULL, 'private_only', false, false),
    (4, 'mod', 'Moira Mod', 'mod@campus.example', NULL, NULL, NULL, 'viewer', false, false),
    (5, 'mem', 'Memo', 'memo@elsewhere.example', NULL, NULL, NULL, 'viewer', false, false),
    (6, 'spike', 'Spike Lee', 'spike@campus.example', 'Director', 'Makes films.', 'https://pics.example/6', 'viewer', false, false),
    (7, 'shy', ' ', 'shy@campus.example', 'Critic', NULL, NULL, 'viewer', false, false),                  -- a hidden speaker without a name
    (8, 'stan', 'Stan Strange', 'stan@elsewhere.example', NULL, NULL, NULL, 'viewer', false, false),
    (9, 'bea', 'Bea Blocked', 'bea@campus.example', NULL, NULL, NULL, 'admin', false, true);              -- blocked, and a manager
INSERT INTO kroles.groups (id, name) VALUES (1, 'Class of 26');
INSERT INTO kroles.group_members VALUES (1, 8);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (1, 'channel', 'open', 'Lectures', 2), (2, 'channel', 'private', 'Board', 1);
INSERT INTO kroles.space_members (space_id, user_id, group_id, role, expires_at) VALUES
    (1, 3, NULL, 'manager', NULL), (1, 4, NULL, 'moderator', NULL), (1, 5, NULL, 'member', '2030-01-01 00:00+00'),
    (1, NULL, 1, 'contributor', NULL), (1, 2, NULL, 'member', NULL), (1, 9, NULL, 'manager', NULL);
INSERT INTO kroles.media (id, type, name, owner_id) VALUES (1, 'live', 'Premiere', 2);
INSERT INTO kroles.media_speakers (media_id, user_id, type, visible) VALUES (1, 7, 'simple', false), (1, 6, 'advanced', true);
INSERT INTO kroles.events (id, name, created_by) VALUES (1, 'Festival', 2);
INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 1);
INSERT INTO kroles.event_participants (event_id, user_id, group_id, role) VALUES
    (1, 4, NULL, 'moderator'), (1, 4, NULL, 'speaker'), (1, 5, NULL, 'attendee'), (1, NULL, 1, 'attendee');

\getenv here PG_ABS_SRCDIR
\set lib :here/sql/lib
\i :lib/application.sql
SET SESSION AUTHORIZATION regress_kroles_portal;
SET timezone = 'UTC';

--
-- 1. A space: the owner first, and once, then by name; a group is one row
--
SET kroles."user" = 'max';
SELECT kind, id, name, initials, identifier, role, expires_at, owner, you, found, total FROM kroles_space_users(1);
SELECT name, found, total FROM kroles_space_users(1, 'CAMPUS', max_rows => 2, skip => 1);
-- whoever moderates there sees it too; nobody else does, and a hidden one is as none
SELECT login, "as"(login, 'SELECT max(total) FROM kroles_space_users(1)') AS lectures, "as"(login, 'SELECT max(total) FROM kroles_space_users(2)') AS board,
       "as"(login, 'SELECT max(total) FROM kroles_space_users(99)') AS absent
FROM unnest('{olga, mod, mem, stan, bea, ada, ""}'::text[]) AS login;
SELECT "as"('max', 'SELECT max(total) FROM kroles_space_users(1, max_rows => -1)') AS "no page", "as"('max', 'SELECT max(total) FROM kroles_space_users(NULL)') AS nothing;

--
-- 2. An event: everybody once, with all roles, by name
--
SET kroles."user" = 'olga';
SELECT kind, id, name, initials, identifier, roles, you, found, total FROM kroles_event_users(1);
SELECT name, found, total FROM kroles_event_users(1, '8');
SELECT name, found, total FROM kroles_event_users(1, 'moi');
SELECT login, "as"(login, 'SELECT max(total) FROM kroles_event_users(1)') AS festival, "as"(login, 'SELECT max(total) FROM kroles_event_users(99)') AS absent
FROM unnest('{mod, mem, stan, spike, ada, ""}'::text[]) AS login;

--
-- 3. Speakers: to whoever views the media the shown ones, all to whoever manages them, oneself to each
--
SET kroles."user" = 'olga';
SELECT * FROM kroles_speakers(1);
SELECT login, "as"(login, $$SELECT string_agg(concat_ws(' ', user_id, name, title, bio), ', ' ORDER BY position) FROM kroles_speakers(1)$$) AS speakers
FROM unnest('{mem, stan, spike, shy, mod, max, bea, ""}'::text[]) AS login;
SELECT "as"('olga', 'SELECT count(*) FROM kroles_speakers(99)') AS absent, "as"('olga', 'SELECT count(*) FROM kroles_speakers(NULL)') AS nothing;

RESET SESSION AUTHORIZATION;
SELECT kroles_revoke_access('regress_kroles_portal');
DROP ROLE regress_kroles_portal;
DROP FUNCTION act, "as", rights;
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
