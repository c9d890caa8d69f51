-- Events: every set of roles in one, own and by group, and what it does for the media that are its sessions.
SELECT make_people() AS done \gset

-- Each of the 16 sets of roles to a person, with each of them to the person's group. One person counts in each besides.
CREATE TABLE event_roles AS
    SELECT n, array_agg(role ORDER BY role) FILTER (WHERE role IS NOT NULL) AS roles
    FROM generate_series(0, 15) AS n LEFT JOIN LATERAL (
        SELECT role FROM unnest(enum_range(NULL::kroles.event_role)) WITH ORDINALITY AS r (role, bit)
        WHERE n & (1 << (bit - 1)::integer) > 0) AS r ON true GROUP BY n;
CREATE TABLE event_item AS
    SELECT 940000 + row_number() OVER (ORDER BY d.n, g.n) AS id, d.roles AS direct, g.roles AS one
    FROM event_roles AS d, event_roles AS g;
INSERT INTO kroles.events (id, name) SELECT id, 'ref ' || id FROM event_item;
INSERT INTO kroles.event_participants (event_id, user_id, group_id, role)
SELECT id, 900017, NULL::bigint, 'organizer'::kroles.event_role FROM event_item
UNION ALL SELECT id, u, NULL, unnest(direct) FROM event_item, one_of_each() AS u WHERE u <> 0
UNION ALL SELECT id, NULL, 900001, unnest(one) FROM event_item;

-- A media of every type in each event where people or groups have one role at most, with each role on it.
CREATE TABLE session_item AS
    SELECT 910000 + row_number() OVER (ORDER BY e.id, role) AS id, e.id AS event_id, role,
           (enum_range(NULL::kroles.media_type))[1 + row_number() OVER () % 6] AS type
    FROM event_item AS e, unnest('{no, owner, editor, publisher, viewer, chat_moderator, room_moderator, speaker}'::text[]) AS role
    WHERE coalesce(cardinality(direct), 0) < 2 AND coalesce(cardinality(one), 0) < 2;
INSERT INTO kroles.media (id, type, name, owner_id)
SELECT id, type, 'ref ' || id, CASE role WHEN 'owner' THEN 900002 ELSE 900017 END FROM session_item;
SELECT put_on_media(array_agg(id), array_agg(role)) AS done FROM session_item \gset
INSERT INTO kroles.event_sessions (event_id, media_id, position)
SELECT event_id, id, row_number() OVER (PARTITION BY event_id ORDER BY id) FROM session_item;

INSERT INTO ask SELECT u, 'event', id FROM event_item, one_of_each() AS u
UNION ALL SELECT u, 'event', id FROM event_item, people(16) AS u WHERE direct IS NULL AND cardinality(one) < 2;
SELECT check_part('events, every set of roles, own and by group') AS done \gset
TRUNCATE ask;
INSERT INTO ask SELECT u, 'media', id FROM session_item, one_of_each() AS u WHERE role <> 'owner' OR u = 900002;
SELECT check_part('media that are sessions of an event, with each role on them') AS done \gset
UPDATE kroles.settings SET chat_and_collaboration = false, allow_anonymous = true;
SELECT check_part('the same with chat and collaboration off') AS done \gset

-- Two events at once: each role in the one with each role in the other.
UPDATE kroles.settings SET chat_and_collaboration = true;
CREATE TABLE both_events AS
    SELECT 930000 + row_number() OVER (ORDER BY a.id, b.id) AS id, a.id AS a, b.id AS b
    FROM event_item AS a JOIN event_item AS b ON a.id < b.id
    WHERE coalesce(cardinality(a.direct), 0) + coalesce(cardinality(a.one), 0) < 2
      AND coalesce(cardinality(b.direct), 0) + coalesce(cardinality(b.one), 0) < 2;
INSERT INTO kroles.media (id, type, name, owner_id) SELECT id, 'room', 'ref ' || id, 900017 FROM both_events;
INSERT INTO kroles.event_sessions (event_id, media_id, position)
SELECT event_id, id, 1000 + id - 930000 FROM both_events, unnest(ARRAY[a, b]) AS event_id;
TRUNCATE ask;
INSERT INTO ask SELECT u, kind, id FROM both_events, one_of_each() AS u, unnest('{media, room}'::text[]) AS kind;
SELECT check_part('media and rooms in two events at once') AS done \gset
