-- Events: participants and their rights, sessions, hidden speakers, and that an event keeps an organizer. People come through a
-- gateway, in a role that has just what kroles_grant_access() gives.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;
\set SHOW_CONTEXT never

INSERT INTO kroles.users (id, login, applicative_role, administrator, blocked) VALUES
    (1, 'ada', 'viewer', true, false),              -- the administrator
    (2, 'olga', 'private_only', false, false),      -- makes the event
    (3, 'otto', 'private_only', false, false),      -- organizes it with her
    (4, 'mod', 'private_only', false, false),       -- a moderator of it
    (5, 'vmod', 'viewer', false, false),            -- a moderator of it, under the ceiling of a viewer
    (6, 'spike', 'viewer', false, false),           -- a speaker of it
    (7, 'att', 'viewer', false, false),             -- an attendee
    (8, 'gus', 'viewer', false, false),             -- in a group that attends, and in one that speaks
    (9, 'stan', 'admin', false, false),             -- takes no part; owns a media
    (10, 'bea', 'private_only', false, true),       -- blocked, and an organizer of it
    (11, 'vera', 'viewer', false, false),           -- takes no part
    (12, 'host', 'private_only', false, false),     -- owns the session rooms
    (13, 'gorg', 'private_only', false, false);     -- in a group that organizes
INSERT INTO kroles.groups (id, name) VALUES (1, 'Class of 26'), (2, 'Panel'), (3, 'Staff');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 8), (2, 8), (3, 13);
INSERT INTO kroles.media (id, type, name, owner_id) VALUES
    (1, 'room', 'Keynote', 12), (2, 'video', 'Trailer', 2), (3, 'live', 'Stan''s show', 9), (4, 'room', 'Workshop', 2);

\getenv here PG_ABS_SRCDIR
\set lib :here/sql/lib
\i :lib/application.sql

CREATE VIEW organizers AS SELECT event_id, string_agg(coalesce(u.login, 'group ' || g.name), ' ' ORDER BY p.id) AS who
    FROM kroles.event_participants p LEFT JOIN kroles.users u ON u.id = user_id LEFT JOIN kroles.groups g ON g.id = group_id
    WHERE role = 'organizer' GROUP BY 1 ORDER BY 1;
GRANT SELECT ON organizers TO regress_kroles_portal;
SET SESSION AUTHORIZATION regress_kroles_portal;

--
-- 1. Making one: whoever may upload may; the maker is the first organizer, at once
--
SELECT login, "as"(login, $$INSERT INTO kroles.events (name) VALUES ('Congress') RETURNING id || ' ' || name || ' ' || created_by$$) AS making
FROM unnest('{olga, vera, "", bea}'::text[]) AS login;
SELECT "as"('stan', $$INSERT INTO kroles.events (name, created_by) VALUES ('For olga', 2)$$) AS "in another's name",
       "as"('ada', $$INSERT INTO kroles.events (id, name, created_by) VALUES (2, 'For otto', 3)$$) AS "by the administrator",
       "as"('ada', $$INSERT INTO kroles.events (id, name, created_by) VALUES (3, 'For bea', 10)$$) AS "of somebody blocked",
       "as"('stan', $$INSERT INTO kroles.events (name) VALUES ('Stan''s') RETURNING kroles_role('event', id)$$) AS "what one is oneself";
SELECT "as"('stan', $$INSERT INTO kroles.events (id, name) VALUES (99, 'Stan''s')$$) AS "with an id of one's own",
       "as"('stan', $$INSERT INTO kroles.events (id, name) VALUES (1, 'Stan''s')$$) AS "with that of a hidden one";
SELECT * FROM organizers;

--
-- 2. Who takes part, and what they may do
--
SELECT "as"('olga', $$INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES
    (1, 3, 'organizer'), (1, 4, 'moderator'), (1, 5, 'moderator'), (1, 6, 'speaker'), (1, 10, 'organizer')$$) AS people,
       "as"('olga', $$INSERT INTO kroles.event_participants (event_id, user_id) VALUES (1, 7) RETURNING role$$) AS "by default",
       "as"('olga', $$INSERT INTO kroles.event_participants (event_id, group_id, role) VALUES (1, 1, 'attendee'), (1, 2, 'speaker'), (1, 3, 'organizer')$$) AS groups;
SELECT login, "as"(login, $$SELECT kroles_role('event', 1)$$) AS role, rights(login, 'event', 1) AS rights
FROM unnest('{olga, otto, gorg, mod, vmod, spike, att, gus, stan, bea, ada, ""}'::text[]) AS login;
-- roles add up: a moderator who speaks is a speaker first
SELECT "as"('olga', $$INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (1, 4, 'speaker'), (1, 4, 'attendee')$$) AS more,
       "as"('mod', $$SELECT kroles_role('event', 1)$$) AS role, rights('mod', 'event', 1) AS rights,
       "as"('olga', $$INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (1, 4, 'speaker')$$) AS "the same again",
       "as"('olga', $$DELETE FROM kroles.event_participants WHERE user_id = 4 AND role <> 'moderator'$$) AS less;
-- who joins a group takes part at once, who leaves it no longer
SELECT "as"('ada', 'INSERT INTO kroles.group_members VALUES (1, 11)') AS joins, rights('vera', 'event', 1) AS vera,
       "as"('ada', 'DELETE FROM kroles.group_members WHERE user_id = 11') AS leaves, rights('vera', 'event', 1) AS "vera then";
-- what each sees of events and of who takes part: oneself and one's groups; all, with manage_participants or moderate
SELECT login, "as"(login, 'SELECT array_agg(id ORDER BY id) FROM kroles.events WHERE id < 3') AS events,
       "as"(login, 'SELECT count(*) FROM kroles.event_participants WHERE event_id = 1') AS participants
FROM unnest('{olga, gorg, mod, vmod, spike, att, gus, stan, bea, ada, ""}'::text[]) AS login;
-- who changes what: managing the event, and its participants, is for organizers
SELECT login, "as"(login, $$UPDATE kroles.events SET name = name WHERE id = 1$$) AS event,
       "as"(login, $$INSERT INTO kroles.event_participants (event_id, user_id) VALUES (1, 9)$$) AS add,
       "as"(login, $$UPDATE kroles.event_participants SET role = 'speaker' WHERE user_id = 9$$) AS change,
       "as"(login, $$DELETE FROM kroles.event_participants WHERE user_id = 9$$) AS remove
FROM unnest('{mod, spike, att, stan, gorg}'::text[]) AS login;
-- anyone may drop a row of their own, not that of a group
SELECT "as"('att', 'DELETE FROM kroles.event_participants') AS attendee, rights('att', 'event', 1) AS rights, "as"('gus', 'DELETE FROM kroles.event_participants') AS "by groups";
SELECT "as"('otto', $$INSERT INTO kroles.event_participants (event_id, user_id) VALUES (1, 7)$$) AS again;
-- asking about others is for organizers and the administrator
SELECT login, "as"(login, $$SELECT kroles_can(7, 'view', 'event', 1)$$) AS answer FROM unnest('{mod, att, gorg, ada, stan}'::text[]) AS login;
SELECT question, "as"('olga', question) AS answer FROM unnest(ARRAY[
    $$SELECT kroles_can('edit', 'event', 1)$$, $$SELECT kroles_can('join_room', 'event', 1)$$, $$SELECT kroles_can('view', 'event', 2)$$,
    $$SELECT kroles_can('view', 'event', 99)$$, $$SELECT kroles_can('view', 'event', NULL)$$]) AS question;

--
-- 3. Sessions: adding one takes both manage on the event and publish on the media; order, manage or moderate
--
SELECT login, media_id, "as"(login, format('INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, %s)', media_id)) AS adding
FROM (VALUES (1, 'host', 1), (2, 'olga', 1), (3, 'mod', 2), (4, 'olga', 2), (5, 'olga', 99), (6, 'stan', 3), (7, 'ada', 3)) AS t (n, login, media_id) ORDER BY n;
-- the owner of the room lets olga publish it; now both are given
SELECT "as"('host', $$INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (1, 2, 'publisher')$$) AS "given publish",
       "as"('olga', $$INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 1), (1, 4) RETURNING position$$) AS position;
SELECT login, "as"(login, $$SELECT string_agg(media_id::text, ' ' ORDER BY position) FROM kroles.event_sessions$$) AS sessions,
       "as"(login, 'SELECT array_agg(id ORDER BY id) FROM kroles.media') AS media
FROM unnest('{olga, mod, spike, att, gus, host, stan, vera, bea}'::text[]) AS login;
SELECT login, "as"(login, 'SELECT kroles_move_session(1, 4, 1)') AS moving, "as"(login, 'UPDATE kroles.event_sessions SET position = position') AS updating
FROM unnest('{spike, att, stan, "", vmod, host}'::text[]) AS login;
SELECT "as"('mod', $$SELECT string_agg(media_id::text, ' ' ORDER BY position) FROM kroles.event_sessions$$) AS sessions,
       "as"('mod', 'SELECT kroles_move_session(1, 2, 99)') AS last, "as"('mod', 'SELECT kroles_move_session(1, 99, 1)') AS absent,
       "as"('mod', 'SELECT kroles_move_session(2, 2, 1)') AS "hidden event", "as"('mod', 'SELECT kroles_move_session(1, 2, 0)') AS "no place";
SELECT "as"('mod', $$SELECT string_agg(media_id || '@' || position, ' ' ORDER BY position) FROM kroles.event_sessions$$) AS sessions;
-- which media is a session of which event is fixed
SELECT "as"('olga', 'UPDATE kroles.event_sessions SET event_id = 2 WHERE media_id = 2') AS "another event", "as"('olga', 'UPDATE kroles.event_sessions SET media_id = 3 WHERE media_id = 2') AS "another media";
-- removing one takes either
SELECT login, "as"(login, 'DELETE FROM kroles.event_sessions WHERE media_id = 1') AS removing, "as"(login, 'SELECT kroles_remove_session(1, 1)') AS "by function"
FROM unnest('{mod, att, stan, "", host}'::text[]) AS login;
SELECT "as"('olga', 'INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 1)') AS again, "as"('gorg', 'DELETE FROM kroles.event_sessions WHERE media_id = 4') AS "by an organizer";
SELECT "as"('olga', $$SELECT string_agg(media_id || '@' || position, ' ' ORDER BY position) FROM kroles.event_sessions$$) AS sessions;

--
-- 4. What being in the event comes to on the media of a session, and in its room
--
SELECT login, rights(login, 'media', 1) AS "on the media", "as"(login, $$SELECT kroles_role('media', 1)$$) AS "role there",
       rights(login, 'room', 1) AS "in its room", "as"(login, $$SELECT kroles_role('room', 1)$$) AS "role there"
FROM unnest('{otto, gorg, mod, vmod, spike, att, gus, stan, bea}'::text[]) AS login;
-- with the module off moderators of the event are none in its rooms; on the media they are
SELECT "as"('ada', 'UPDATE kroles.settings SET chat_and_collaboration = false') AS "off";
SELECT login, rights(login, 'media', 1) AS "on the media", rights(login, 'room', 1) AS "in its room" FROM unnest('{otto, mod, spike}'::text[]) AS login;
SELECT "as"('ada', 'UPDATE kroles.settings SET chat_and_collaboration = true') AS "on";
-- a room joined as an attendee, a speaker meanwhile
SELECT "as"('att', 'SELECT kroles_room_join(1)') AS joins, "as"('olga', $$UPDATE kroles.event_participants SET role = 'speaker' WHERE user_id = 7$$) AS change,
       rights('att', 'room', 1) AS "in the room", "as"('att', $$SELECT kroles_role('event', 1)$$) AS "in the event";
SELECT "as"('att', $$SELECT kroles_room_leave(1)$$) AS leaves, rights('att', 'room', 1) AS then, "as"('olga', $$UPDATE kroles.event_participants SET role = 'attendee' WHERE user_id = 7$$) AS change;
-- speakers: whoever moderates the event manages them, also hidden ones; attendees and speakers see the shown ones
SELECT "as"('mod', 'INSERT INTO kroles.media_speakers (media_id, user_id, visible) VALUES (1, 6, true), (1, 9, false)') AS moderator,
       "as"('spike', 'INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (1, 7)') AS speaker,
       "as"('vmod', 'INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (1, 7)') AS "moderator, viewer on the site";
SELECT login, "as"(login, 'SELECT array_agg(user_id ORDER BY position) FROM kroles.media_speakers') AS speakers
FROM unnest('{otto, mod, vmod, spike, att, gus, stan, vera}'::text[]) AS login;
-- moderators of the event edit nothing, nor its people but the speakers
SELECT "as"('mod', $$UPDATE kroles.media SET name = 'Mine' WHERE id = 1$$) AS media,
       "as"('mod', $$INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (1, 4, 'editor')$$) AS collaborators,
       "as"('mod', $$INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (1, 4, 'room_moderator')$$) AS moderators;
-- when the session goes, so does what came with it
SELECT "as"('host', 'DELETE FROM kroles.event_sessions') AS removing, rights('mod', 'media', 1) AS mod, rights('spike', 'room', 1) AS spike, rights('stan', 'media', 1) AS "speaker in their own name";
RESET SESSION AUTHORIZATION;
SELECT * FROM kroles_verify();
SET SESSION AUTHORIZATION regress_kroles_portal;

--
-- 5. Never without an organizer who is a user of their own and not blocked
--
SELECT * FROM organizers WHERE event_id = 1;
SELECT "as"('otto', 'DELETE FROM kroles.event_participants WHERE user_id = 3 AND event_id = 1') AS "one of two", "as"('olga', 'DELETE FROM kroles.event_participants WHERE user_id = 2') AS "the last",
       "as"('olga', $$UPDATE kroles.event_participants SET role = 'speaker' WHERE user_id = 2$$) AS demoted,
       "as"('otto', $$UPDATE kroles.event_participants SET user_id = 10 WHERE event_id = 2$$) AS "to one blocked",
       "as"('gorg', $$DELETE FROM kroles.event_participants WHERE role = 'organizer'$$) AS "all at once",
       "as"('ada', 'UPDATE kroles.users SET blocked = true WHERE id = 2') AS blocked, "as"('ada', 'DELETE FROM kroles.users WHERE id = 3') AS "deleted, of event 2";
SELECT * FROM organizers WHERE event_id = 1;
-- others go as they like, also those blocked and groups; and the organizer, once there is another
SELECT "as"('olga', $$DELETE FROM kroles.event_participants WHERE role = 'attendee' OR group_id IS NOT NULL OR user_id = 10$$) AS others,
       "as"('olga', $$UPDATE kroles.event_participants SET user_id = 3 WHERE role = 'organizer'$$) AS "made over", rights('olga', 'event', 1) AS olga, rights('otto', 'event', 1) AS otto;
-- events go with everything else that is handed over
SELECT "as"('ada', 'SELECT kroles_hand_over(3, 4)') AS "handed over", rights('mod', 'event', 2) AS mod, rights('otto', 'event', 1) AS otto,
       "as"('ada', 'UPDATE kroles.users SET blocked = true WHERE id = 3') AS "blocked now";
-- unblocked, one is an organizer again; an event is deleted with all that is in it
SELECT "as"('mod', $$UPDATE kroles.events SET created_by = 4 WHERE id = 1$$) AS "who made it", "as"('mod', $$UPDATE kroles.events SET id = 9 WHERE id = 1$$) AS "its id",
       "as"('spike', 'DELETE FROM kroles.events WHERE id = 1') AS speaker, "as"('mod', 'DELETE FROM kroles.events WHERE id = 1') AS organizer,
       "as"('mod', $$INSERT INTO kroles.events (id, name) VALUES (1, 'Another')$$) AS "its id again";
SELECT "as"('ada', 'SELECT count(*) FROM kroles.event_participants WHERE event_id = 1') AS left;

-- what was done there is in the log, for organizers and moderators of what is there
SELECT "as"('mod', $$SELECT string_agg(who || ' ' || what, E'\n' ORDER BY log_id) FROM kroles_history('event', 2)$$) AS mod, "as"('att', $$SELECT count(*) FROM kroles_history('event', 2)$$) AS att;
-- external ids
SELECT "as"('mod', $$UPDATE kroles.events SET external_id = 'ev-2' WHERE id = 2$$) AS naming, "as"('mod', $$SELECT kroles_id('event', 'ev-2')$$) AS mod, "as"('att', $$SELECT kroles_id('event', 'ev-2')$$) AS att;
-- finding people to add is for those who may add to an event, too
SELECT login, "as"(login, $$SELECT string_agg(name, ' ' ORDER BY name) FROM kroles_find_users('st')$$) AS found FROM unnest('{mod, vmod, spike}'::text[]) AS login;

RESET SESSION AUTHORIZATION;
-- A session without a person makes an event for others to organize; the doctor finds those that were forgotten
INSERT INTO kroles.events (id, name) VALUES (7, 'Forgotten'), (8, 'Given');
INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (8, 4, 'organizer'), (7, 10, 'organizer');
SELECT severity, subject FROM kroles_doctor() WHERE finding = 'event_without_organizer';

SELECT kroles_revoke_access('regress_kroles_portal');
DROP VIEW organizers;
DROP ROLE regress_kroles_portal;
DROP FUNCTION act, "as", rights;
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
