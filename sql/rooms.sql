-- Rooms: who may do what there, joining and the rights that it freezes, and all that ends a stay. People come through a
-- gateway, in a role that has just what kroles_grant_access() gives.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;
\set SHOW_CONTEXT never

INSERT INTO kroles.users (id, login, applicative_role, administrator, blocked) VALUES
    (1, 'ada', 'viewer', true, false),              -- the administrator
    (2, 'olga', 'private_only', false, false),      -- owns the seminar room
    (3, 'eddy', 'private_only', false, false),      -- an editor of it
    (4, 'polo', 'private_only', false, false),      -- a publisher of it
    (5, 'vera', 'viewer', false, false),            -- a viewer of it
    (6, 'rita', 'viewer', false, false),            -- a room moderator of it
    (7, 'carl', 'viewer', false, false),            -- a chat moderator of it
    (8, 'adam', 'viewer', false, false),            -- an advanced speaker
    (9, 'simo', 'viewer', false, false),            -- a simple speaker
    (10, 'mona', 'viewer', false, false),           -- a member of the channel it is in
    (11, 'max', 'viewer', false, false),            -- a manager of that channel
    (12, 'stan', 'private_only', false, false),     -- sees it, for the channel is open; and that is all
    (13, 'bea', 'private_only', false, true),       -- blocked, and an editor
    (14, 'gus', 'viewer', false, false),            -- in a group that moderates room and chat
    (15, 'pia', 'viewer', false, false),            -- member of a channel where it waits for approval, manager of a gallery it is in
    (16, 'ed2', 'viewer', false, false),            -- an editor, under the ceiling of a viewer
    (17, 'both', 'viewer', false, false);           -- moderates and speaks
INSERT INTO kroles.groups (id, name) VALUES (1, 'Stewards');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 14);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, moderated) VALUES
    (1, 'channel', 'open', 'Lectures', 1, false), (2, 'channel', 'private', 'Board', 1, true), (3, 'gallery', 'open', 'Arts', 1, false);
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES
    (1, 10, 'member'), (1, 11, 'manager'), (2, 15, 'member'), (3, 15, 'manager'), (2, 2, 'contributor');
INSERT INTO kroles.media (id, type, name, owner_id) VALUES
    (1, 'room', 'Seminar room', 2), (2, 'video', 'Film', 2), (3, 'live', 'Broadcast', 2), (4, 'room', 'Hidden room', 1);
INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 1), (1, 3);
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES
    (1, 3, 'editor'), (1, 4, 'publisher'), (1, 5, 'viewer'), (1, 13, 'editor'), (1, 16, 'editor');
INSERT INTO kroles.media_moderators (media_id, user_id, group_id, permission) VALUES
    (1, 6, NULL, 'room_moderator'), (1, 7, NULL, 'chat_moderator'), (1, NULL, 1, 'room_moderator'), (1, NULL, 1, 'chat_moderator'),
    (1, 17, NULL, 'chat_moderator');
INSERT INTO kroles.media_speakers (media_id, user_id, type) VALUES (1, 8, 'advanced'), (1, 9, 'simple'), (1, 17, 'advanced');

\getenv here PG_ABS_SRCDIR
\set lib :here/sql/lib
\i :lib/application.sql

-- Who is in which room, as a superuser's view shows it, whoever asks
CREATE VIEW stays AS SELECT p.media_id, u.login, p.role, p.left_at IS NULL AS "open", p.rights
    FROM kroles.room_participants p JOIN kroles.users u ON u.id = p.user_id ORDER BY p.id;
GRANT SELECT ON stays TO regress_kroles_portal;
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT "as"('olga', 'SELECT kroles_publish(1, 2)') AS "waits on the Board";

--
-- 1. Who may do what in the room (before anybody has joined), and what they are
--
SELECT login, "as"(login, $$SELECT kroles_role('room', 1)$$) AS role, rights(login, 'room', 1) AS rights
FROM unnest('{olga, eddy, ed2, rita, carl, gus, both, adam, simo, polo, vera, mona, max, stan, pia, bea, ada, ""}'::text[]) AS login;
-- a moderator of the room never edits the media, nor its people
SELECT login, rights(login, 'media', 1) AS rights FROM unnest('{rita, carl, adam}'::text[]) AS login;
-- the rights of the kind are those of the table; other media is no room, nor is one that is hidden or does not exist
SELECT kind, array_agg(action || CASE WHEN summary THEN '*' ELSE '' END ORDER BY action::kroles.action) FROM kroles.rights
WHERE kind = 'room' GROUP BY kind;
SELECT question, "as"('olga', question) AS answer FROM unnest(ARRAY[
    $$SELECT kroles_can('edit', 'room', 1)$$, $$SELECT kroles_can('join_room', 'media', 1)$$,
    $$SELECT kroles_can('join_room', 'room', 2)$$, $$SELECT kroles_can('view', 'room', 2)$$, $$SELECT kroles_rights('room', 2)$$,
    $$SELECT kroles_can('join_room', 'room', 3)$$, $$SELECT kroles_can('join_room', 'room', 4)$$, $$SELECT kroles_can('join_room', 'room', 99)$$,
    $$SELECT kroles_can('join_room', 'room', NULL)$$,
    -- asking about others is for hosts and administrators
    $$SELECT kroles_can(5, 'join_room', 'room', 1)$$, $$SELECT kroles_can(12, 'join_room', 'room', 1)$$]) AS question;
SELECT login, "as"(login, $$SELECT kroles_can(5, 'join_room', 'room', 1)$$) AS answer FROM unnest('{rita, eddy, ada}'::text[]) AS login;

--
-- 2. Joining, twice, and from where one may not
--
SELECT login, "as"(login, 'SELECT kroles_room_join(1)') AS joining
FROM unnest('{rita, mona, carl, stan, pia, bea, ""}'::text[]) AS login;
SELECT "as"('olga', 'SELECT kroles_room_join(2)') AS "a film", "as"('olga', 'SELECT kroles_room_join(4)') AS hidden,
       "as"('olga', 'SELECT kroles_room_join(99)') AS absent, "as"('olga', 'SELECT kroles_room_join(NULL)') AS nothing;
SELECT * FROM stays;
-- what each sees of who is in: oneself; all, with moderate_room
SELECT login, "as"(login, 'SELECT array_agg(user_id ORDER BY user_id) FROM kroles.room_participants') AS sees
FROM unnest('{mona, carl, rita, olga, gus, max, stan, ada}'::text[]) AS login;
-- nobody writes there but by the functions; the administrator may
SELECT login, "as"(login, statement) AS answer, statement FROM unnest('{mona, rita, olga}'::text[]) AS login,
    unnest(ARRAY[$$INSERT INTO kroles.room_participants (media_id, user_id, rights) VALUES (1, 5, '{present}')$$,
                 $$UPDATE kroles.room_participants SET rights = '{present}'$$, $$UPDATE kroles.room_participants SET left_at = NULL$$,
                 $$DELETE FROM kroles.room_participants$$]) AS statement;

--
-- 3. What changes meanwhile reaches nobody who is in: neither what is taken nor what is given
--
-- rita is taken off, carl is taken off and made a viewer, mona becomes a room moderator
SELECT "as"('olga', 'DELETE FROM kroles.media_moderators WHERE user_id IN (6, 7)') AS taken,
       "as"('olga', $$INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (1, 10, 'room_moderator')$$) AS given;
SELECT login, "as"(login, $$SELECT kroles_role('room', 1)$$) AS role, rights(login, 'room', 1) AS rights,
       "as"(login, 'SELECT kroles_room_join(1)') AS "joining again", rights(login, 'media', 1) AS "on the media"
FROM unnest('{rita, carl, mona}'::text[]) AS login;
-- a host who asks about them is told what holds
SELECT "as"('olga', $$SELECT kroles_can(6, 'moderate_room', 'room', 1)$$) AS rita, "as"('olga', $$SELECT kroles_can(10, 'moderate_room', 'room', 1)$$) AS mona;
-- view is the media's, and goes at once: for rita and carl, who see it by the open channel only now, with that closed
SELECT "as"('ada', $$UPDATE kroles.spaces SET type = 'private' WHERE id IN (1, 3)$$);
SELECT login, rights(login, 'room', 1) AS rights, "as"(login, 'SELECT count(*) FROM kroles.media WHERE id = 1') AS "sees it"
FROM unnest('{rita, mona}'::text[]) AS login;
SELECT "as"('ada', $$UPDATE kroles.spaces SET type = 'open' WHERE id IN (1, 3)$$);
-- leaving and joining again reads what is so now
SELECT login, "as"(login, 'SELECT kroles_room_leave(1)') AS leaving, "as"(login, 'SELECT kroles_room_join(1)') AS joining
FROM unnest('{rita, mona}'::text[]) AS login;
-- to leave where one is not in changes nothing, whatever is there
SELECT id, "as"('rita', format('SELECT kroles_room_leave(%L)', id)) AS leaving FROM unnest('{1, 2, 4, 99, NULL}'::text[]) AS id;
SELECT "as"('', 'SELECT kroles_room_leave(1)') AS anonymous;

--
-- 4. Removal: by a host or whoever moderates the room, as they joined; the grant stays
--
-- carl moderates the chat by what he joined with; mona the room; vera and stan nothing
SELECT "as"('vera', 'SELECT kroles_room_join(1)') AS vera, "as"('adam', 'SELECT kroles_room_join(1)') AS adam;
SELECT login, "as"(login, 'SELECT kroles_room_remove(1, 5)') AS removing FROM unnest('{carl, adam, max, stan, ""}'::text[]) AS login;
SELECT "as"('stan', 'SELECT kroles_room_remove(4, 5)') AS hidden, "as"('mona', 'SELECT kroles_room_remove(1, NULL)') AS nobody;
SELECT "as"('mona', 'SELECT kroles_room_remove(1, 5)') AS "a room moderator", "as"('mona', 'SELECT kroles_room_remove(1, 5)') AS again,
       "as"('olga', 'SELECT kroles_room_remove(1, 8)') AS "a host", "as"('ada', 'SELECT kroles_room_remove(1, 7)') AS "the administrator";
SELECT * FROM stays WHERE login IN ('vera', 'adam', 'carl');
-- vera is a viewer still and may join; carl has nothing left
SELECT "as"('vera', 'SELECT kroles_room_join(1)') AS vera, "as"('carl', 'SELECT kroles_room_join(1)') AS carl;
-- a moderator who has lost that while in the room removes people still; one who was made it meanwhile does not
SELECT "as"('olga', 'DELETE FROM kroles.media_moderators WHERE user_id = 10') AS taken,
       "as"('olga', $$INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (1, 5, 'room_moderator')$$) AS given,
       "as"('adam', 'SELECT kroles_room_join(1)') AS adam;
SELECT "as"('vera', 'SELECT kroles_room_remove(1, 8)') AS vera, "as"('mona', 'SELECT kroles_room_remove(1, 8)') AS mona;

--
-- 5. What ends stays at once: blocking and deleting the user, deleting the media, the module, the limit
--
SELECT login, "as"(login, 'SELECT kroles_room_join(1)') AS joining FROM unnest('{olga, gus, simo, both}'::text[]) AS login;
SELECT "as"('ada', 'UPDATE kroles.users SET blocked = true WHERE login = $$simo$$') AS blocking, rights('simo', 'room', 1) AS simo;
SELECT "as"('ada', 'UPDATE kroles.users SET blocked = false WHERE login = $$simo$$') AS unblocking;
SELECT "as"('ada', 'UPDATE kroles.media_speakers SET type = $$advanced$$ WHERE user_id = 9') AS promoting, rights('simo', 'room', 1) AS simo;
SELECT * FROM stays WHERE login = 'simo';
-- the module off: whoever is in is out, and moderators are none, until it is on and they join again
SELECT "as"('ada', 'UPDATE kroles.settings SET chat_and_collaboration = false') AS "off";
SELECT login, "as"(login, $$SELECT kroles_role('room', 1)$$) AS role, rights(login, 'room', 1) AS rights
FROM unnest('{olga, gus, both, vera}'::text[]) AS login;
SELECT count(*) FILTER (WHERE "open") AS "open" FROM stays;
SELECT "as"('olga', $$INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (1, 12, 'chat_moderator')$$) AS "a new moderator";
SELECT "as"('ada', 'UPDATE kroles.settings SET chat_and_collaboration = true') AS "on";
SELECT login, "as"(login, $$SELECT kroles_role('room', 1)$$) AS role, rights(login, 'room', 1) AS rights
FROM unnest('{gus, both, vera}'::text[]) AS login;
-- the limit: what was joined before it counts no more, and what is joined then is a stay of its own
SELECT "as"('vera', 'SELECT kroles_room_join(1)') AS vera;
SELECT "as"('olga', 'DELETE FROM kroles.media_moderators WHERE user_id = 5') AS taken, rights('vera', 'room', 1) AS vera;
SELECT "as"('ada', $$UPDATE kroles.room_participants SET joined_at = joined_at - interval '11 hours 59 minutes' WHERE left_at IS NULL$$) AS "a minute before",
       rights('vera', 'room', 1) AS vera;
SELECT "as"('ada', $$UPDATE kroles.room_participants SET joined_at = joined_at - interval '1 minute' WHERE left_at IS NULL$$) AS "12 hours after",
       rights('vera', 'room', 1) AS vera, "as"('vera', 'SELECT kroles_room_join(1)') AS joining;
SELECT login, role, "open", rights FROM stays WHERE login = 'vera' AND "open";
RESET SESSION AUTHORIZATION;
SELECT left_at - joined_at AS lasted FROM kroles.room_participants WHERE user_id = 5 AND left_at - joined_at >= interval '1 hour';
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT setting, "as"('ada', format('UPDATE kroles.settings SET room_session_limit = %L', setting)) AS answer
FROM unnest('{0, -1 hour, 31 days, 30 days, 12 hours}'::text[]) AS setting;
-- deleting the user, and the media
SELECT "as"('vera', 'SELECT kroles_room_join(1)') AS vera, "as"('ada', 'DELETE FROM kroles.users WHERE login = $$vera$$') AS deleting;
SELECT count(*) FROM stays WHERE login = 'vera';
SELECT "as"('mona', 'SELECT kroles_room_join(1)') AS mona, "as"('olga', 'DELETE FROM kroles.media WHERE id = 1') AS deleting,
       rights('mona', 'room', 1) AS mona;
SELECT count(*) FROM stays;

--
-- 6. A broadcast is a room too; administrators join like others, with everything
--
SELECT "as"('olga', 'SELECT kroles_room_join(3)') AS olga, "as"('ada', 'SELECT kroles_room_join(3)') AS ada;
SELECT "as"('ada', $$SELECT kroles_role('room', 3)$$) AS "the administrator, who has no place of her own but may join";
-- transferring the media meanwhile: the old owner stays the host whom they joined as, the new one is one who joins now
SELECT "as"('olga', 'SELECT kroles_transfer_ownership(3, 3)') AS transfer, rights('olga', 'room', 3) AS olga, rights('eddy', 'room', 3) AS eddy;
SELECT "as"('eddy', 'SELECT kroles_room_remove(3, 2)') AS removing, rights('olga', 'room', 3) AS olga;

-- who was let in, and who ended it, is in the log
SELECT "as"('eddy', $$SELECT string_agg(who || ' ' || what, E'\n' ORDER BY log_id) FROM kroles_history('room', 3)$$);

-- the limit passes within a transaction: the next statement of the client knows
SELECT "as"('eddy', 'SELECT kroles_room_join(3)') AS eddy, "as"('eddy', 'SELECT kroles_transfer_ownership(3, 1)') AS transfer;
RESET SESSION AUTHORIZATION;
UPDATE kroles.room_participants SET joined_at = clock_timestamp() - interval '1 hour' + interval '3 seconds' WHERE left_at IS NULL;
UPDATE kroles.settings SET room_session_limit = '1 hour';
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'eddy';
BEGIN;
SELECT kroles_can('interact', 'room', 3) FROM (VALUES (1)) AS v;
DO $$BEGIN PERFORM pg_sleep(3.2); END$$;
SELECT kroles_can('interact', 'room', 3) FROM (VALUES (1)) AS v;
COMMIT;
RESET kroles."user";

RESET SESSION AUTHORIZATION;
SELECT kroles_revoke_access('regress_kroles_portal');
DROP VIEW stays;
DROP ROLE regress_kroles_portal;
DROP FUNCTION act, "as", rights;
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
