-- Rooms: who may do what in one by a role on the media, in an event and in a channel; and what joining freezes.
SELECT make_people() AS done \gset

-- Channels where the people have each grant, and a gallery, where none counts in a room.
INSERT INTO plan (part, kind, type, direct) SELECT 'in', 'channel', 'private', role FROM roles;
INSERT INTO plan (part, kind, type, direct)
VALUES ('in', 'channel', 'public_open', NULL), ('in', 'gallery', 'private', 'manager');
INSERT INTO plan (part, kind, type, one) VALUES ('in', 'channel', 'private', 'moderator');
SELECT make_spaces() AS done \gset
-- events where they have each role, or their group has
CREATE TABLE event_item AS
    SELECT 940000 + row_number() OVER (ORDER BY way, role) AS id, role, way
    FROM unnest(enum_range(NULL::kroles.event_role)) AS role, unnest('{direct, group}'::text[]) AS way;
INSERT INTO kroles.events (id, name) SELECT id, 'ref ' || id FROM event_item;
INSERT INTO kroles.event_participants (event_id, user_id, group_id, role)
SELECT id, 900017, NULL::bigint, 'organizer'::kroles.event_role FROM event_item
UNION ALL SELECT id, u, NULL, role FROM event_item, one_of_each() AS u WHERE u <> 0 AND way = 'direct'
UNION ALL SELECT id, NULL, 900001, role FROM event_item WHERE way = 'group';

-- A room of each role on the media, in no event or one, and nowhere or in one of those spaces in some state.
CREATE TABLE item AS
    SELECT 910000 + row_number() OVER (ORDER BY role, e.id, s.id, state) AS id, role, e.id AS event_id, s.id AS space_id, state
    FROM unnest('{no, owner, editor, publisher, viewer, chat_moderator, room_moderator, simple, advanced, group editor,
                  group publisher, group viewer, group chat_moderator, group room_moderator}'::text[]) AS role,
         (SELECT id FROM event_item UNION ALL SELECT NULL) AS e,
         (SELECT id, state FROM plan, unnest('{pending, approved, rejected}'::text[]) AS state UNION ALL SELECT NULL, NULL) AS s
    WHERE state = 'approved' OR state IS NULL OR (e.id IS NULL AND role IN ('no', 'publisher', 'chat_moderator'));
INSERT INTO kroles.media (id, type, name, owner_id)
SELECT id, CASE WHEN id % 3 = 0 THEN 'live' ELSE 'room' END::kroles.media_type, 'ref ' || id,
       CASE role WHEN 'owner' THEN 900002 ELSE 900017 END FROM item;
SELECT put_on_media(array_agg(id), array_agg(role)) AS done FROM item \gset
SELECT put_publications(array_agg(id), array_agg(space_id), array_agg(state)) AS done FROM item WHERE state IS NOT NULL \gset
INSERT INTO kroles.event_sessions (event_id, media_id, position)
SELECT event_id, id, id - 910000 FROM item WHERE event_id IS NOT NULL;

INSERT INTO ask SELECT u, 'room', id FROM item, one_of_each() AS u WHERE role <> 'owner' OR u IN (900002, 900009);
UPDATE kroles.settings SET chat_and_collaboration = false, allow_anonymous = true;
SELECT check_part('rooms, roles on the media, in events and channels, module off') AS done \gset
UPDATE kroles.settings SET chat_and_collaboration = true, allow_anonymous = false;
SELECT check_part('rooms, roles on the media, in events and channels, module on') AS done \gset

-- Everybody joins where they may, and tries to where they may not. Who does not see a room is told that there is none.
CREATE TABLE told (me bigint, id bigint, reference text, kroles text);
CREATE TABLE person AS SELECT id, login FROM kroles.users;
CREATE TABLE attempt AS
    SELECT user_id AS me, id, CASE WHEN bool_or(allowed AND action = 'join_room')
               THEN array_agg(action ORDER BY action) FILTER (WHERE allowed AND action <> 'view')::text
               WHEN bool_or(allowed AND action = 'view') THEN '42501' ELSE '42704' END AS reference
    FROM answer WHERE kind = 'room' AND user_id <> 0 GROUP BY user_id, id;
CREATE FUNCTION try_to_join(room bigint) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN kroles_room_join(room);
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
END $$;
CREATE FUNCTION everybody_joins() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    who record;
BEGIN
    FOR who IN SELECT * FROM person ORDER BY id LOOP
        PERFORM set_config('kroles.user', who.login, true);
        INSERT INTO told SELECT me, id, reference, try_to_join(id) FROM attempt WHERE me = who.id;
    END LOOP;
END $$;
CREATE FUNCTION everybody_leaves() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    who record;
BEGIN
    FOR who IN SELECT * FROM person ORDER BY id LOOP
        PERFORM set_config('kroles.user', who.login, true), kroles_room_leave(id) FROM attempt WHERE me = who.id;
    END LOOP;
END $$;
SELECT make_gateway() AS done \gset
SET SESSION AUTHORIZATION regress_kroles_model;
SELECT everybody_joins() AS done \gset
RESET SESSION AUTHORIZATION;
RESET kroles."user";
\set part '''joining, allowed or not'''
INSERT INTO difference
SELECT :part, format('%s joins %s', me, id), reference, kroles FROM told WHERE reference IS DISTINCT FROM kroles;
SELECT count_up(:part, 'joining', count(*)) AS done FROM told \gset
SELECT begin_stays(array_agg(user_id), array_agg(id)) AS done FROM answer WHERE (kind, action) = ('room', 'join_room') AND allowed \gset
SELECT check_part('rooms that people are in') AS done \gset

-- Then everything that let them in is taken away, and roles they had not are given.
CREATE FUNCTION turn_round() RETURNS void LANGUAGE sql AS $$
    DELETE FROM kroles.media_collaborators;
    DELETE FROM kroles.media_moderators;
    DELETE FROM kroles.media_speakers;
    DELETE FROM kroles.publications;
    DELETE FROM kroles.event_sessions;
    UPDATE kroles.media SET owner_id = 900017 WHERE id > 900000;
    UPDATE kroles.users SET administrator = false WHERE id = 900009;
    SELECT put_on_media(array_agg(id), array_agg(CASE role WHEN 'no' THEN 'editor' END)) FROM item WHERE id % 2 = 0;
$$;
SELECT turn_round() AS done \gset
SELECT check_part('the same, with what let them in taken away') AS done \gset
SET SESSION AUTHORIZATION regress_kroles_model;
SELECT everybody_leaves() AS done \gset
RESET SESSION AUTHORIZATION;
RESET kroles."user";
TRUNCATE stay;
SELECT check_part('the same, when they have left') AS done \gset

-- Only live and room are rooms: nobody has anything in another media, whatever they are on it.
TRUNCATE ask;
INSERT INTO ask SELECT u, 'room', id FROM item, one_of_each() AS u WHERE id % 7 = 0;
UPDATE kroles.media SET type = (enum_range(NULL::kroles.media_type))[1 + id % 6] WHERE id > 900000;
SELECT check_part('rooms that are no rooms') AS done \gset
