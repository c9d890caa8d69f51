-- A small random world of everything that rights depend on: who may do what in it is worked out whole, again and again.
CREATE TABLE whom AS SELECT n::bigint AS u, NULL::bigint AS g FROM generate_series(1, 14) AS n UNION ALL SELECT NULL, n FROM generate_series(1, 4) AS n;
CREATE FUNCTION make_world() RETURNS void LANGUAGE sql AS $$
    INSERT INTO kroles.users (id, login, name, applicative_role, administrator, blocked)
    SELECT n, 'user ' || n, CASE WHEN n % 4 > 0 THEN 'User ' || n ELSE '' END,
           pick_of('{viewer, private_only, admin, unmoderated_admin}'::kroles.applicative_role[], 'role', n::text), n IN (5, 9), n IN (6, 9)
    FROM generate_series(1, 14) AS n;
    INSERT INTO kroles.user_blocks VALUES (7);
    INSERT INTO kroles.groups (id, name) SELECT n, 'group ' || n FROM generate_series(1, 4) AS n;
    INSERT INTO kroles.group_members (group_id, user_id, starts_at, expires_at)
    SELECT g, u, pick_start('in', g::text, u::text), pick_end('in', g::text, u::text)
    FROM generate_series(1, 4) AS g, generate_series(1, 14) AS u WHERE pick(4, 'in', g::text, u::text) = 0;
    -- galleries 1 to 6, most in one another, and channels
    INSERT INTO kroles.spaces (id, kind, type, name, owner_id, moderated, parent_id, inherits_members)
    SELECT n, kind, pick_of(CASE kind WHEN 'gallery' THEN '{open, restricted, private}'::kroles.space_type[]
                                      ELSE enum_range(NULL::kroles.space_type) END, 'type', n::text),
           'space ' || n, 1 + pick(14, 'owner', n::text), n % 3 = 0,
           CASE WHEN kind = 'gallery' AND n > 1 AND n % 5 > 0 THEN 1 + pick(n - 1, 'parent', n::text) END, kind = 'gallery' AND n % 3 > 0
    FROM generate_series(1, 12) AS n, LATERAL (SELECT CASE WHEN n > 6 THEN 'channel' ELSE 'gallery' END::kroles.space_kind) AS k (kind);
    INSERT INTO kroles.space_members (space_id, user_id, group_id, role, starts_at, expires_at)
    SELECT s, u, g, pick_of(enum_range(NULL::kroles.contextual_role), 'grant', s::text, u::text, g::text),
           pick_start('until', s::text, u::text, g::text), pick_end('until', s::text, u::text, g::text)
    FROM generate_series(1, 12) AS s, whom WHERE pick(CASE WHEN g IS NULL THEN 7 ELSE 4 END, 'member', s::text, u::text, g::text) = 0;
    INSERT INTO kroles.media (id, type, name, owner_id, available_from, available_until)
    SELECT n, CASE n % 3 WHEN 0 THEN 'room' WHEN 1 THEN 'live' ELSE 'video' END::kroles.media_type, 'media ' || n, 1 + pick(14, 'media', n::text),
           pick_from(n, 'there'), pick_until(n, 'there')
    FROM generate_series(1, 16) AS n;
    INSERT INTO kroles.publications (media_id, space_id, status)
    SELECT m, s, pick_of(enum_range(NULL::kroles.publication_status), 'status', m::text, s::text)
    FROM generate_series(1, 14) AS m, generate_series(1, 12) AS s WHERE pick(7, 'published', m::text, s::text) = 0;
    INSERT INTO kroles.media_collaborators (media_id, user_id, group_id, permission, starts_at, expires_at)
    SELECT m.id, u, g, p, pick_start(m.id::text, u::text, g::text, p::text), pick_end(m.id::text, u::text, g::text, p::text)
    FROM kroles.media AS m, whom, unnest(enum_range(NULL::kroles.collaborator_permission)) AS p
    WHERE m.owner_id IS DISTINCT FROM u AND pick(30, 'collaborator', m.id::text, u::text, g::text, p::text) = 0;
    INSERT INTO kroles.media_moderators (media_id, user_id, group_id, permission)
    SELECT m, u, g, p FROM generate_series(1, 16) AS m, whom, unnest(enum_range(NULL::kroles.moderator_permission)) AS p
    WHERE pick(30, 'moderator', m::text, u::text, g::text, p::text) = 0;
    INSERT INTO kroles.media_speakers (media_id, user_id, type, position)
    SELECT m, u, pick_of(enum_range(NULL::kroles.speaker_type), m::text, u::text), row_number() OVER (PARTITION BY m)
    FROM generate_series(1, 16) AS m, generate_series(1, 14) AS u WHERE pick(15, 'speaker', m::text, u::text) = 0;
    INSERT INTO kroles.events (id, name) SELECT n, 'event ' || n FROM generate_series(1, 3) AS n;
    INSERT INTO kroles.event_participants (event_id, user_id, group_id, role, starts_at, expires_at)
    SELECT e, u, g, r, CASE WHEN r <> 'organizer' THEN pick_start('takes part', e::text, u::text, g::text) END,
           CASE WHEN r <> 'organizer' THEN pick_end('takes part', e::text, u::text, g::text) END
    FROM generate_series(1, 3) AS e, whom, unnest(enum_range(NULL::kroles.event_role)) AS r
    WHERE pick(9, 'participant', e::text, u::text, g::text, r::text) = 0 OR (r = 'organizer' AND u = e);
    INSERT INTO kroles.event_sessions (event_id, media_id, position)
    SELECT 1 + m % 3, m, row_number() OVER (PARTITION BY m % 3) FROM generate_series(1, 16) AS m WHERE pick(3, 'session', m::text) > 0;
$$;

-- People in rooms, with the rights that they have there now.
CREATE FUNCTION enter_room(person bigint, room bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO kroles.room_participants (media_id, user_id, rights, role, rooms_switched)
    SELECT room, person, r::kroles.action[], kroles_role('room', room, person), s.rooms_switched
    FROM kroles.settings AS s, kroles_rights('room', room, person) AS r WHERE r && '{join_room}' ON CONFLICT DO NOTHING
$$;
