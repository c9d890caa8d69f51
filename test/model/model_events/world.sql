-- A random world for rooms and events: 48 people, 8 groups, 24 spaces, 120 media of all types, 24 events. Made as a dump
-- would bring it. User 48 owns nothing, users 1 to 32 are never blocked: each event but the last two is kept by one of them.

CREATE FUNCTION make_people() RETURNS void LANGUAGE sql AS $$
    INSERT INTO kroles.users (id, login, applicative_role, administrator, blocked)
    SELECT n, 'user ' || n, pick_of('{viewer, private_only, admin, unmoderated_admin}'::kroles.applicative_role[], 'role', n::text),
           n IN (7, 46), n IN (44, 45, 46)
    FROM generate_series(1, 48) AS n;
    INSERT INTO kroles.groups (id, name) SELECT n, 'group ' || n FROM generate_series(1, 8) AS n;
    INSERT INTO kroles.group_members (group_id, user_id, starts_at, expires_at)
    SELECT g, u, pick_start('membership', g::text, u::text), pick_end('membership', g::text, u::text) FROM generate_series(1, 8) AS g, picks(8, 48, 'in', g::text) AS u;
$$;
-- 14 channels, then 10 galleries, two in three of them below an earlier one
CREATE FUNCTION make_spaces() RETURNS void LANGUAGE sql AS $$
    INSERT INTO kroles.spaces (id, kind, type, name, owner_id, moderated, parent_id, inherits_members)
    SELECT n, kind, pick_of(CASE kind WHEN 'gallery' THEN '{open, restricted, private}'::kroles.space_type[]
                            ELSE enum_range(NULL::kroles.space_type) END, 'type', n::text),
           'space ' || n, 1 + pick(47, 'owns', n::text), pick(2, 'moderated', n::text) = 0,
           CASE WHEN n > 15 AND pick(3, 'below', n::text) > 0 THEN 15 + pick(n - 15, 'parent', n::text) END,
           kind = 'gallery' AND pick(2, 'inherits', n::text) = 0
    FROM generate_series(1, 24) AS n, LATERAL (SELECT CASE WHEN n > 14 THEN 'gallery' ELSE 'channel' END::kroles.space_kind) AS k (kind)
    ORDER BY n;
    UPDATE kroles.spaces SET joining = pick_of('{closed, by_request, open}'::kroles.joining_policy[], 'joining', id::text);
    INSERT INTO kroles.playlists (id, space_id, name) SELECT n, 1 + n % 14, 'playlist ' || n FROM generate_series(1, 20) AS n;
$$;
CREATE FUNCTION make_media() RETURNS void LANGUAGE sql AS $$
    INSERT INTO kroles.media (id, type, name, owner_id, available_from, available_until)
    SELECT n, pick_of('{room, room, room, live, live, video, audio, image, document}'::kroles.media_type[], 'media', n::text),
           'media ' || n, 1 + pick(47, 'media', n::text), pick_from(n, 'available'), pick_until(n, 'available') FROM generate_series(1, 120) AS n;
    INSERT INTO kroles.playlist_items (playlist_id, media_id, position, space_id)
    SELECT p.id, m, m, space_id FROM kroles.playlists AS p, picks(5, 120, 'item', p.id::text) AS m;
$$;
CREATE FUNCTION make_events() RETURNS void LANGUAGE sql AS $$
    INSERT INTO kroles.events (id, name) SELECT n, 'event ' || n FROM generate_series(1, 24) AS n;
    INSERT INTO kroles.event_participants (event_id, user_id, role)
    SELECT n, 1 + pick(32, 'keeps', n::text), 'organizer'::kroles.event_role FROM generate_series(1, 22) AS n
    UNION ALL SELECT n, 44, 'organizer' FROM generate_series(1, 3) AS n;
    INSERT INTO kroles.event_participants (event_id, group_id, role) SELECT n, n - 20, 'organizer'::kroles.event_role FROM generate_series(23, 24) AS n;
$$;

-- Who is what on what: a tenth of all there could be, as the round picks it. Rows that are there stay as they are.
CREATE FUNCTION give_grants(r text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO kroles.group_members (group_id, user_id, starts_at, expires_at)
    SELECT g.id, u, pick_start(r, 'joined', g.id::text, u::text), pick_end(r, 'joined', g.id::text, u::text) FROM kroles.groups AS g, picks(2, 47, r, 'join', g.id::text) AS u ON CONFLICT DO NOTHING;
    INSERT INTO kroles.space_members (space_id, user_id, role, starts_at, expires_at)
    SELECT s.id, u, pick_of(enum_range(NULL::kroles.contextual_role), r, 'grant', s.id::text, u::text), pick_start(r, 'ends', s.id::text, u::text), pick_end(r, 'ends', s.id::text, u::text)
    FROM kroles.spaces AS s, picks(6, 47, r, 'member', s.id::text) AS u ON CONFLICT DO NOTHING;
    INSERT INTO kroles.space_members (space_id, group_id, role, starts_at, expires_at)
    SELECT s.id, g, pick_of(enum_range(NULL::kroles.contextual_role), r, 'group', s.id::text, g::text), pick_start(r, 'group ends', s.id::text, g::text), pick_end(r, 'group ends', s.id::text, g::text)
    FROM kroles.spaces AS s, picks(1, 8, r, 'group member', s.id::text) AS g ON CONFLICT DO NOTHING;
    INSERT INTO kroles.media_collaborators (media_id, user_id, permission, starts_at, expires_at)
    SELECT id, u, pick_of(enum_range(NULL::kroles.collaborator_permission), r, 'on', id::text, u::text),
           pick_start(r, 'on until', id::text, u::text), pick_end(r, 'on until', id::text, u::text)
    FROM kroles.media, picks(pick(3, r, 'people', id::text), 47, r, 'person', id::text) AS u WHERE u <> owner_id ON CONFLICT DO NOTHING;
    INSERT INTO kroles.media_collaborators (media_id, group_id, permission, starts_at, expires_at)
    SELECT id, 1 + pick(8, r, 'group', id::text), pick_of(enum_range(NULL::kroles.collaborator_permission), r, 'on too', id::text),
           pick_start(r, 'on too until', id::text), pick_end(r, 'on too until', id::text)
    FROM kroles.media WHERE pick(8, r, 'groups', id::text) = 0 ON CONFLICT DO NOTHING;
    INSERT INTO kroles.media_moderators (media_id, user_id, permission, starts_at, expires_at)
    SELECT id, u, pick_of(enum_range(NULL::kroles.moderator_permission), r, 'moderates', id::text, u::text),
           pick_start(r, 'moderates until', id::text, u::text), pick_end(r, 'moderates until', id::text, u::text)
    FROM kroles.media, picks(pick(3, r, 'moderators', id::text), 47, r, 'moderator', id::text) AS u ON CONFLICT DO NOTHING;
    INSERT INTO kroles.media_moderators (media_id, group_id, permission, starts_at, expires_at)
    SELECT id, 1 + pick(8, r, 'moderators', id::text), pick_of(enum_range(NULL::kroles.moderator_permission), r, 'moderate', id::text),
           pick_start(r, 'moderate until', id::text), pick_end(r, 'moderate until', id::text)
    FROM kroles.media WHERE pick(10, r, 'moderating', id::text) = 0 ON CONFLICT DO NOTHING;
    INSERT INTO kroles.media_speakers (media_id, user_id, type, visible, position)
    SELECT id, u, pick_of(enum_range(NULL::kroles.speaker_type), r, 'speaks', id::text, u::text), pick(3, r, 'shown', id::text, u::text) > 0,
           u + 100 * length(r)
    FROM kroles.media, picks(pick(3, r, 'speakers', id::text), 47, r, 'speaker', id::text) AS u ON CONFLICT (media_id, user_id) DO NOTHING;
    INSERT INTO kroles.event_participants (event_id, user_id, role, starts_at, expires_at)
    SELECT e.id, u, role, CASE WHEN role <> 'organizer' THEN pick_start(r, 'takes part until', e.id::text, u::text) END,
           CASE WHEN role <> 'organizer' THEN pick_end(r, 'takes part until', e.id::text, u::text) END
    FROM kroles.events AS e, picks(5, 48, r, 'participant', e.id::text) AS u,
         LATERAL (SELECT pick_of(enum_range(NULL::kroles.event_role), r, 'takes part', e.id::text, u::text) AS role) AS p
    WHERE u IN (SELECT id FROM kroles.users) ON CONFLICT DO NOTHING;
    -- another role for some who have one
    INSERT INTO kroles.event_participants (event_id, user_id, role)
    SELECT event_id, user_id, pick_of(enum_range(NULL::kroles.event_role), r, 'and', event_id::text, user_id::text)
    FROM kroles.event_participants WHERE user_id IS NOT NULL AND pick(3, r, 'more', event_id::text, user_id::text) = 0 ON CONFLICT DO NOTHING;
    INSERT INTO kroles.event_participants (event_id, group_id, role, starts_at, expires_at)
    SELECT e.id, g, role, CASE WHEN role <> 'organizer' THEN pick_start(r, 'take part until', e.id::text, g::text) END,
           CASE WHEN role <> 'organizer' THEN pick_end(r, 'take part until', e.id::text, g::text) END
    FROM kroles.events AS e, picks(pick(3, r, 'participants', e.id::text), 8, r, 'participants', e.id::text) AS g,
         LATERAL (SELECT pick_of(enum_range(NULL::kroles.event_role), r, 'take part', e.id::text, g::text) AS role) AS p ON CONFLICT DO NOTHING;
    INSERT INTO kroles.event_sessions (event_id, media_id, position)
    SELECT e.id, m, m + 200 * length(r) FROM kroles.events AS e, picks(6, 120, r, 'session', e.id::text) AS m
    WHERE m IN (SELECT id FROM kroles.media) ON CONFLICT (event_id, media_id) DO NOTHING;
$$;
-- and who asks to be let in, in every state
CREATE FUNCTION ask_to_join(r text) RETURNS void LANGUAGE sql SET session_replication_role = replica AS $$
    INSERT INTO kroles.join_requests (id, space_id, user_id, status, requested_at, answered_by, answered_at, reason)
    SELECT 1000000 * r::integer + row_number() OVER (ORDER BY s.id, u), s.id, u, status, now(), CASE WHEN status <> 'pending' THEN 1 END,
           CASE WHEN status <> 'pending' THEN now() END, CASE WHEN status = 'rejected' THEN 'because' END
    FROM kroles.spaces AS s, picks(5, 47, r, 'asks', s.id::text) AS u,
         LATERAL (SELECT pick_of('{pending, pending, approved, rejected}'::kroles.join_status[], r, 'answer', s.id::text, u::text) AS status) AS a
    WHERE joining <> 'closed' ON CONFLICT DO NOTHING;
$$;
-- Everybody in three has a list, of whatever media, also what they do not see (as an administrator may put in).
CREATE FUNCTION make_own_playlists() RETURNS void LANGUAGE sql AS $$
    INSERT INTO kroles.playlists (id, owner_id, name) SELECT 1000 + id, id, 'own list ' || id FROM kroles.users WHERE id % 3 = 0 ORDER BY id;
    INSERT INTO kroles.playlist_items (playlist_id, media_id, position)
    SELECT id, m, m FROM kroles.playlists, picks(8, 120, 'own item', id::text) AS m WHERE owner_id IS NOT NULL ORDER BY id, m;
$$;
-- in every state, by anybody
CREATE FUNCTION publish_media(r text) RETURNS void LANGUAGE sql SET session_replication_role = replica AS $$
    INSERT INTO kroles.publications (media_id, space_id, status, published_by)
    SELECT id, s, pick_of('{approved, approved, pending, rejected}'::kroles.publication_status[], r, 'status', id::text, s::text),
           nullif(pick(48, r, 'publisher', id::text, s::text), 0)
    FROM kroles.media, picks(pick(3, r, 'published', id::text), 24, r, 'in', id::text) AS s ON CONFLICT DO NOTHING;
$$;
-- A fourth of it is taken away, but for the organizers that events must have.
CREATE FUNCTION take_grants(r text) RETURNS void LANGUAGE sql AS $$
    DELETE FROM kroles.group_members WHERE pick(4, r, 'out', group_id::text, user_id::text) = 0;
    DELETE FROM kroles.space_members WHERE pick(4, r, 'drop', space_id::text, user_id::text, group_id::text) = 0;
    DELETE FROM kroles.publications WHERE pick(4, r, 'down', media_id::text, space_id::text) = 0;
    DELETE FROM kroles.media_collaborators WHERE pick(4, r, 'drop', media_id::text, user_id::text, group_id::text) = 0;
    DELETE FROM kroles.media_moderators WHERE pick(4, r, 'drop', media_id::text, user_id::text, group_id::text) = 0;
    DELETE FROM kroles.media_speakers WHERE pick(4, r, 'silence', media_id::text, user_id::text) = 0;
    DELETE FROM kroles.event_participants
    WHERE pick(4, r, 'drop', event_id::text, user_id::text, group_id::text) = 0 AND (role <> 'organizer' OR user_id IS NULL);
    DELETE FROM kroles.event_sessions WHERE pick(4, r, 'session', event_id::text, media_id::text) = 0;
    DELETE FROM kroles.playlist_items WHERE pick(4, r, 'item', playlist_id::text, media_id::text) = 0;
    UPDATE kroles.media_speakers SET type = CASE type WHEN 'simple' THEN 'advanced' ELSE 'simple' END::kroles.speaker_type, visible = NOT visible
    WHERE pick(4, r, 'speaks', media_id::text, user_id::text) = 0;
    DELETE FROM kroles.join_requests WHERE pick(4, r, 'asked', space_id::text, user_id::text) = 0;
    UPDATE kroles.space_members SET role = pick_of(enum_range(NULL::kroles.contextual_role), r, space_id::text, user_id::text, group_id::text)
    WHERE pick(4, r, 'change', space_id::text, user_id::text, group_id::text) = 0;
$$;
-- A fifth of the windows is moved, in which those that are open may be closed and the other way round.
CREATE FUNCTION move_windows(r text) RETURNS void LANGUAGE sql AS $$
    UPDATE kroles.group_members SET starts_at = pick_start(r, group_id::text, user_id::text), expires_at = pick_end(r, group_id::text, user_id::text)
    WHERE pick(5, r, 'moved', group_id::text, user_id::text) = 0;
    UPDATE kroles.space_members SET starts_at = pick_start(r, space_id::text, user_id::text, group_id::text),
        expires_at = pick_end(r, space_id::text, user_id::text, group_id::text) WHERE pick(5, r, 'moved', space_id::text, user_id::text, group_id::text) = 0;
    UPDATE kroles.media_collaborators SET starts_at = pick_start(r, media_id::text, user_id::text, group_id::text),
        expires_at = pick_end(r, media_id::text, user_id::text, group_id::text) WHERE pick(5, r, 'moved', media_id::text, user_id::text, group_id::text) = 0;
    UPDATE kroles.media_moderators SET starts_at = pick_start(r, media_id::text, user_id::text, group_id::text),
        expires_at = pick_end(r, media_id::text, user_id::text, group_id::text) WHERE pick(5, r, 'moved', media_id::text, user_id::text, group_id::text) = 0;
    UPDATE kroles.event_participants SET starts_at = pick_start(r, event_id::text, user_id::text, group_id::text, role::text),
        expires_at = pick_end(r, event_id::text, user_id::text, group_id::text, role::text)
    WHERE role <> 'organizer' AND pick(5, r, 'moved', event_id::text, user_id::text, group_id::text, role::text) = 0;
    UPDATE kroles.media SET available_from = pick_from(id, r), available_until = pick_until(id, r) WHERE pick(3, r, 'moved', id::text) = 0;
$$;
-- People, media, spaces and events themselves change, and some go.
CREATE FUNCTION change_things(r text) RETURNS void LANGUAGE sql AS $$
    UPDATE kroles.users SET applicative_role = pick_of('{viewer, private_only, admin, unmoderated_admin}'::kroles.applicative_role[], r, 'role', id::text)
    WHERE pick(4, r, 'user', id::text) = 0;
    UPDATE kroles.users SET administrator = NOT administrator WHERE id IN (7, 8);
    UPDATE kroles.users SET blocked = true WHERE id > 32 AND pick(5, r, 'blocked', id::text) = 0;
    UPDATE kroles.media AS m SET owner_id = 1 + pick(32, r, 'transfer', id::text)
    WHERE pick(6, r, 'given', id::text) = 0 AND NOT EXISTS (SELECT FROM kroles.media_collaborators AS c
        WHERE c.media_id = m.id AND c.user_id = 1 + pick(32, r, 'transfer', m.id::text));
    UPDATE kroles.media SET type = pick_of(enum_range(NULL::kroles.media_type), r, 'type', id::text) WHERE pick(12, r, 'retyped', id::text) = 0;
    UPDATE kroles.spaces SET joining = pick_of(enum_range(NULL::kroles.joining_policy), r, 'joining', id::text) WHERE pick(5, r, 'joins', id::text) = 0;
    UPDATE kroles.settings SET people_shown_to = (enum_range(NULL::kroles.people_audience))[1 + r::integer % 3];
    UPDATE kroles.spaces SET type = 'private', inherits_members = kind = 'gallery' WHERE pick(5, r, 'space', id::text) = 0;
    DELETE FROM kroles.media WHERE pick(30, r, 'gone', id::text) = 0;
    DELETE FROM kroles.events WHERE pick(12, r, 'gone', id::text) = 0;
    DELETE FROM kroles.users WHERE id = 48;
$$;

CREATE FUNCTION clear_away() RETURNS void LANGUAGE sql AS $$
    UPDATE kroles.settings SET chat_and_collaboration = true;
    DELETE FROM kroles.events;
    DELETE FROM kroles.media;
    UPDATE kroles.spaces SET parent_id = NULL;
    DELETE FROM kroles.spaces;
    DELETE FROM kroles.users;
    DELETE FROM kroles.groups;
    DELETE FROM kroles.audit_log;
    TRUNCATE stay, run_out, kept_media, kept_room, kept_event;
$$;
CREATE FUNCTION make_things() RETURNS void LANGUAGE sql SET session_replication_role = replica AS $$
    SELECT make_people();
    SELECT make_spaces();
    SELECT make_media();
    SELECT make_events();
    SELECT give_grants('1');
    SELECT publish_media('1');
    SELECT ask_to_join('1');
$$;
CREATE FUNCTION make_world(seed text) RETURNS void LANGUAGE sql AS $$
    DELETE FROM seed;
    INSERT INTO seed VALUES (seed);
    SELECT clear_away();
    SELECT make_things();
    SELECT make_own_playlists();
$$;
CREATE FUNCTION change_world(r text) RETURNS void LANGUAGE sql AS $$
    SELECT take_grants(r);
    SELECT give_grants(r);
    SELECT move_windows(r);
    SELECT publish_media(r);
    SELECT ask_to_join(r);
    SELECT change_things(r);
    SELECT end_stays();
$$;
