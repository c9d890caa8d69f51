-- A random world: everything in it is picked (lib/pick.sql).
CREATE FUNCTION make_people() RETURNS void LANGUAGE sql AS $$
    INSERT INTO kroles.users (id, login, applicative_role, administrator, blocked)
    SELECT n, 'user ' || n, pick_of('{viewer, private_only, admin, unmoderated_admin}'::kroles.applicative_role[], 'role', n::text),
           pick(50, 'administrator', n::text) = 0, pick(15, 'blocked', n::text) = 0
    FROM generate_series(1, 320) AS n;
    INSERT INTO kroles.groups (id, name) SELECT n, 'group ' || n FROM generate_series(1, 16) AS n;
    INSERT INTO kroles.group_members (group_id, user_id, starts_at, expires_at)
    SELECT g, u, pick_start('membership', g::text, u::text), pick_end('membership', g::text, u::text) FROM generate_series(1, 16) AS g, picks(30, 320, 'in', g::text) AS u;
$$;
-- 38 channels, then 26 galleries, two in three of them below an earlier one
CREATE FUNCTION make_spaces() RETURNS void LANGUAGE sql AS $$
    INSERT INTO kroles.spaces (id, kind, type, name, owner_id, moderated)
    SELECT n, 'channel', pick_of(enum_range(NULL::kroles.space_type), 'type', n::text), 'channel ' || n, 1 + pick(320, 'owns', n::text), pick(2, 'moderated', n::text) = 0
    FROM generate_series(1, 38) AS n;
    INSERT INTO kroles.spaces (id, kind, type, name, owner_id, moderated, parent_id, inherits_members)
    SELECT n, 'gallery', pick_of('{open, restricted, private}'::kroles.space_type[], 'type', n::text), 'gallery ' || n, 1 + pick(320, 'owns', n::text), pick(2, 'moderated', n::text) = 0,
           CASE WHEN n > 39 AND pick(3, 'below', n::text) > 0 THEN 39 + pick(n - 39, 'parent', n::text) END, pick(2, 'inherits', n::text) = 0
    FROM generate_series(39, 64) AS n ORDER BY n;
    INSERT INTO kroles.space_members (space_id, user_id, role, starts_at, expires_at)
    SELECT s, u, pick_of(enum_range(NULL::kroles.contextual_role), 'grant', s::text, u::text), pick_start('ends', s::text, u::text), pick_end('ends', s::text, u::text)
    FROM generate_series(1, 64) AS s, picks(25, 320, 'member', s::text) AS u ORDER BY s, u;
    INSERT INTO kroles.space_members (space_id, group_id, role, starts_at, expires_at)
    SELECT s, g, pick_of(enum_range(NULL::kroles.contextual_role), 'group', s::text, g::text), pick_start('group ends', s::text, g::text), pick_end('group ends', s::text, g::text)
    FROM generate_series(1, 64) AS s, picks(2, 16, 'group member', s::text) AS g ORDER BY s, g;
$$;
CREATE FUNCTION make_media() RETURNS void LANGUAGE sql AS $$
    INSERT INTO kroles.media (id, type, name, owner_id, available_from, available_until)
    SELECT n, pick_of(enum_range(NULL::kroles.media_type), 'media', n::text), 'media ' || n, 1 + pick(320, 'media', n::text),
           pick_from(n, 'available'), pick_until(n, 'available') FROM generate_series(1, 2000) AS n;
    INSERT INTO kroles.media_collaborators (media_id, user_id, permission, starts_at, expires_at)
    SELECT id, u, pick_of(enum_range(NULL::kroles.collaborator_permission), 'on', id::text, u::text),
           pick_start('on until', id::text, u::text), pick_end('on until', id::text, u::text)
    FROM kroles.media, picks(pick(3, 'people', id::text), 320, 'person', id::text) AS u WHERE u <> owner_id ORDER BY id, u;
    INSERT INTO kroles.media_collaborators (media_id, group_id, permission, starts_at, expires_at)
    SELECT id, g, pick_of(enum_range(NULL::kroles.collaborator_permission), 'on too', id::text, g::text),
           pick_start('on too until', id::text, g::text), pick_end('on too until', id::text, g::text)
    FROM kroles.media, picks(pick(12, 'groups', id::text) / 11, 16, 'group', id::text) AS g ORDER BY id, g;
    INSERT INTO kroles.media_moderators (media_id, user_id, permission, starts_at, expires_at)
    SELECT id, u, pick_of(enum_range(NULL::kroles.moderator_permission), 'moderates', id::text, u::text),
           pick_start('moderates until', id::text, u::text), pick_end('moderates until', id::text, u::text)
    FROM kroles.media, picks(pick(4, 'moderators', id::text) / 3, 320, 'moderator', id::text) AS u ORDER BY id, u;
    INSERT INTO kroles.media_moderators (media_id, group_id, permission, starts_at, expires_at)
    SELECT id, g, 'room_moderator', pick_start('moderate until', id::text, g::text), pick_end('moderate until', id::text, g::text) FROM kroles.media, picks(pick(20, 'moderating', id::text) / 19, 16, 'moderators', id::text) AS g ORDER BY id, g;
    INSERT INTO kroles.media_speakers (media_id, user_id, visible, position)
    SELECT id, u, pick(3, 'shown', id::text, u::text) > 0, u
    FROM kroles.media, picks(pick(4, 'speakers', id::text) / 2, 320, 'speaker', id::text) AS u ORDER BY id, u;
$$;
-- in every state, by anybody
CREATE FUNCTION make_publications() RETURNS void LANGUAGE sql AS $$
    INSERT INTO kroles.publications (media_id, space_id, status, published_by)
    SELECT id, s, pick_of('{approved, approved, pending, rejected}'::kroles.publication_status[], 'status', id::text, s::text),
           nullif(pick(321, 'publisher', id::text, s::text), 0)
    FROM kroles.media, picks(pick(4, 'published', id::text), 64, 'in', id::text) AS s ORDER BY id, s;
$$;
-- two a channel, of whatever media
CREATE FUNCTION make_playlists() RETURNS void LANGUAGE sql AS $$
    INSERT INTO kroles.playlists (id, space_id, name) SELECT n, 1 + n / 2, 'playlist ' || n FROM generate_series(0, 75) AS n;
    INSERT INTO kroles.playlist_items (playlist_id, media_id, position, space_id)
    SELECT id, m, row_number() OVER (PARTITION BY id ORDER BY m), space_id FROM kroles.playlists, picks(12, 2000, 'item', id::text) AS m ORDER BY id, m;
$$;
-- a list of everybody in four, of whatever media, also what its owner does not see (as an administrator may put in)
CREATE FUNCTION make_own_playlists() RETURNS void LANGUAGE sql AS $$
    INSERT INTO kroles.playlists (id, owner_id, name) SELECT 1000 + id, id, 'own list ' || id FROM kroles.users WHERE id % 4 = 0 ORDER BY id;
    INSERT INTO kroles.playlist_items (playlist_id, media_id, position)
    SELECT id, m, row_number() OVER (PARTITION BY id ORDER BY m) FROM kroles.playlists, picks(12, 2000, 'own item', id::text) AS m
    WHERE owner_id IS NOT NULL ORDER BY id, m;
$$;
-- requests in every state, also of who is a member by now
CREATE FUNCTION make_requests() RETURNS void LANGUAGE sql AS $$
    UPDATE kroles.spaces SET joining = pick_of('{closed, closed, by_request, open}'::kroles.joining_policy[], 'joining', id::text);
    INSERT INTO kroles.join_requests (id, space_id, user_id, status, requested_at, answered_by, answered_at, reason)
    SELECT row_number() OVER (ORDER BY s.id, u), s.id, u, status, now(), CASE WHEN status <> 'pending' THEN 1 END,
           CASE WHEN status <> 'pending' THEN now() END, CASE WHEN status = 'rejected' THEN 'because' END
    FROM kroles.spaces AS s, picks(10, 320, 'asks', s.id::text) AS u,
         LATERAL (SELECT pick_of('{pending, pending, approved, rejected}'::kroles.join_status[], 'answer', s.id::text, u::text) AS status) AS r
    WHERE joining <> 'closed';
$$;
-- something for the log
CREATE FUNCTION change_something() RETURNS void LANGUAGE sql AS $$
    DELETE FROM kroles.publications WHERE pick(12, 'down', media_id::text, space_id::text) = 0;
    DELETE FROM kroles.space_members WHERE pick(20, 'left', space_id::text, user_id::text, group_id::text) = 0;
    DELETE FROM kroles.media_collaborators WHERE pick(20, 'off', media_id::text, user_id::text, group_id::text) = 0;
    DELETE FROM kroles.group_members WHERE pick(20, 'out', group_id::text, user_id::text) = 0;
    UPDATE kroles.spaces SET name = name || '!' WHERE pick(3, 'renamed', id::text) = 0;
    UPDATE kroles.media SET name = name || '!' WHERE pick(12, 'renamed', id::text) = 0;
    DELETE FROM kroles.playlist_items WHERE pick(12, 'item', playlist_id::text, media_id::text) = 0;
    UPDATE kroles.playlists SET name = name || '!' WHERE pick(3, 'renamed list', id::text) = 0;
    UPDATE kroles.space_members SET starts_at = pick_start('moved', space_id::text, user_id::text, group_id::text),
        expires_at = pick_end('moved', space_id::text, user_id::text, group_id::text) WHERE pick(8, 'moved too', space_id::text, user_id::text, group_id::text) = 0;
    UPDATE kroles.media SET available_from = pick_from(id, 'moved'), available_until = pick_until(id, 'moved') WHERE pick(12, 'moved too', id::text) = 0;
    UPDATE kroles.users SET title = 'Dr' WHERE pick(12, 'titled', id::text) = 0;
$$;

CREATE FUNCTION clear_away() RETURNS void LANGUAGE sql AS $$
    DELETE FROM kroles.media;
    UPDATE kroles.spaces SET parent_id = NULL;
    DELETE FROM kroles.spaces;
    DELETE FROM kroles.users;
    DELETE FROM kroles.groups;
    DELETE FROM kroles.audit_log;
$$;
CREATE FUNCTION make_things() RETURNS void LANGUAGE sql SET session_replication_role = replica AS $$
    SELECT make_people();
    SELECT make_spaces();
    SELECT make_media();
    SELECT make_publications();
    SELECT make_playlists();
    SELECT make_requests();
$$;

-- A world; what the whole site shares is switched by the seed.
CREATE FUNCTION make_world(seed text) RETURNS void LANGUAGE sql AS $$
    DELETE FROM seed;
    INSERT INTO seed VALUES (seed);
    UPDATE kroles.settings SET chat_and_collaboration = true;
    SELECT clear_away();
    SELECT make_things();
    SELECT make_own_playlists();
    SELECT change_something();
    UPDATE kroles.settings SET allow_anonymous = seed <> '2', chat_and_collaboration = seed <> '3',
        people_shown_to = (enum_range(NULL::kroles.people_audience))[1 + seed::integer % 3];
$$;
