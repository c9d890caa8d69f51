-- A random world, committed: everything in it is picked by a hash, so it is the same on every machine.
CREATE FUNCTION pick(n integer, VARIADIC what text[]) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT mod(hashtextextended(array_to_string(what, '/'), 15) & 1073741823, n)::integer
$$;
CREATE FUNCTION pick_of(of anyarray, VARIADIC what text[]) RETURNS anyelement LANGUAGE sql IMMUTABLE AS $$
    SELECT of[1 + pick(cardinality(of), VARIADIC what)]
$$;
CREATE FUNCTION pick_end(VARIADIC what text[]) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT until(pick_of('{never, never, never, past, future, begun, begins, over, amid, coming}'::text[], VARIADIC what))
$$;
CREATE FUNCTION pick_start(VARIADIC what text[]) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT since(pick_of('{never, never, never, past, future, begun, begins, over, amid, coming}'::text[], VARIADIC what))
$$;
CREATE FUNCTION pick_user(VARIADIC what text[]) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT 900001 + pick(60, VARIADIC what)
$$;

-- Nobody blocked is made an owner (owners may be blocked afterwards).
CREATE FUNCTION unblocked(person bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT id FROM kroles.users WHERE id = person AND NOT blocked
$$;

-- 60 people in 8 groups.
CREATE FUNCTION add_people() RETURNS void LANGUAGE sql AS $$
    INSERT INTO kroles.users (id, login) SELECT 900000 + n, 'ref ' || n FROM generate_series(1, 60) AS n;
    INSERT INTO kroles.groups (id, name) SELECT 900000 + n, 'ref ' || n FROM generate_series(1, 8) AS n;
$$;
CREATE FUNCTION change_people(r text) RETURNS void LANGUAGE sql AS $$
    UPDATE kroles.users SET
        applicative_role = pick_of('{viewer, private_only, admin, unmoderated_admin}'::kroles.applicative_role[],
                                   r, 'role', id::text),
        administrator = pick(15, r, 'administrator', id::text) = 0, blocked = pick(10, r, 'blocked', id::text) = 0
    WHERE id > 900000 AND pick(3, r, 'user', id::text) = 0;
    DELETE FROM kroles.group_members WHERE pick(4, r, 'leave', group_id::text, user_id::text) = 0;
    INSERT INTO kroles.group_members (group_id, user_id, starts_at, expires_at)
    SELECT g.id, u.id, pick_start(r, 'joined', g.id::text, u.id::text), pick_end(r, 'joined', g.id::text, u.id::text) FROM kroles.groups AS g, kroles.users AS u
    WHERE pick(12, r, 'join', g.id::text, u.id::text) = 0 ON CONFLICT DO NOTHING;
$$;

-- 22 channels and 18 galleries, two of three of these below another one.
CREATE FUNCTION add_spaces() RETURNS void LANGUAGE sql AS $$
    INSERT INTO kroles.spaces (id, kind, type, name, owner_id)
    SELECT 900000 + n, CASE WHEN n > 18 THEN 'channel' ELSE 'gallery' END::kroles.space_kind, 'private', 'ref ' || n,
           pick_user('owner', n::text)
    FROM generate_series(1, 40) AS n;
$$;
CREATE FUNCTION change_spaces(r text) RETURNS void LANGUAGE sql AS $$
    UPDATE kroles.spaces SET
        type = pick_of(CASE kind WHEN 'gallery' THEN '{open, restricted, private}'::kroles.space_type[]
                                 ELSE enum_range(NULL::kroles.space_type) END, r, 'type', id::text),
        owner_id = coalesce(unblocked(pick_user(r, 'owner', id::text)), owner_id),
        moderated = pick(2, r, 'moderated', id::text) = 0,
        inherits_members = kind = 'gallery' AND pick(2, r, 'inherits', id::text) = 0,
        parent_id = CASE WHEN kind = 'gallery' AND id > 900001 AND pick(3, r, 'child', id::text) > 0
                         THEN 900001 + pick((id - 900001)::integer, r, 'parent', id::text) END
    WHERE id > 900000 AND pick(2, r, 'space', id::text) = 0;
    DELETE FROM kroles.space_members WHERE pick(4, r, 'drop', space_id::text, user_id::text, group_id::text) = 0;
    UPDATE kroles.space_members SET
        role = pick_of(enum_range(NULL::kroles.contextual_role), r, space_id::text, user_id::text, group_id::text),
        starts_at = pick_start(r, 'end', space_id::text, user_id::text, group_id::text),
        expires_at = pick_end(r, 'end', space_id::text, user_id::text, group_id::text)
    WHERE pick(4, r, 'change', space_id::text, user_id::text, group_id::text) = 0;
    INSERT INTO kroles.space_members (space_id, user_id, group_id, role, starts_at, expires_at)
    SELECT s.id, w.u, w.g, pick_of(enum_range(NULL::kroles.contextual_role), r, 'grant', s.id::text, w.u::text, w.g::text),
           pick_start(r, 'until', s.id::text, w.u::text, w.g::text), pick_end(r, 'until', s.id::text, w.u::text, w.g::text)
    FROM kroles.spaces AS s, (SELECT id AS u, NULL::bigint AS g FROM kroles.users
                              UNION ALL SELECT NULL, id FROM kroles.groups) AS w
    WHERE pick(CASE WHEN g IS NULL THEN 12 ELSE 6 END, r, 'member', s.id::text, w.u::text, w.g::text) = 0
    ON CONFLICT DO NOTHING;
$$;

-- 200 media, the people on them, and where they are published.
CREATE FUNCTION add_media() RETURNS void LANGUAGE sql AS $$
    INSERT INTO kroles.media (id, type, name, owner_id)
    SELECT 900000 + n, pick_of(enum_range(NULL::kroles.media_type), 'media', n::text), 'ref ' || n,
           pick_user('media', n::text)
    FROM generate_series(1, 200) AS n;
$$;
CREATE FUNCTION change_media(r text) RETURNS void LANGUAGE sql AS $$
    UPDATE kroles.media AS m SET owner_id = new.owner
    FROM (SELECT id, unblocked(pick_user(r, 'owner', id::text)) AS owner FROM kroles.media) AS new
    WHERE new.id = m.id AND new.owner IS NOT NULL AND pick(5, r, 'transfer', m.id::text) = 0
      AND NOT EXISTS (SELECT FROM kroles.media_collaborators AS c WHERE c.media_id = m.id AND c.user_id = new.owner);
    UPDATE kroles.media SET available_from = CASE WHEN id % 2 = 0 THEN pick_start(r, 'there', id::text) END,
        available_until = CASE WHEN id % 2 = 0 THEN pick_end(r, 'there', id::text) END WHERE pick(3, r, 'there too', id::text) = 0;
    DELETE FROM kroles.media_collaborators
    WHERE pick(4, r, 'drop', media_id::text, user_id::text, group_id::text, permission::text) = 0;
    INSERT INTO kroles.media_collaborators (media_id, user_id, group_id, permission, starts_at, expires_at)
    SELECT m.id, w.u, w.g, p, pick_start(r, m.id::text, w.u::text, w.g::text, p::text), pick_end(r, m.id::text, w.u::text, w.g::text, p::text)
    FROM kroles.media AS m, (SELECT id AS u, NULL::bigint AS g FROM kroles.users
                             UNION ALL SELECT NULL, id FROM kroles.groups) AS w,
         unnest(enum_range(NULL::kroles.collaborator_permission)) AS p
    WHERE m.owner_id IS DISTINCT FROM w.u AND pick(120, r, 'collaborator', m.id::text, w.u::text, w.g::text, p::text) = 0
    ON CONFLICT DO NOTHING;
    DELETE FROM kroles.media_moderators
    WHERE pick(4, r, 'drop', media_id::text, user_id::text, group_id::text, permission::text) = 0;
    INSERT INTO kroles.media_moderators (media_id, user_id, group_id, permission, starts_at, expires_at)
    SELECT m.id, w.u, w.g, p, pick_start(r, m.id::text, w.u::text, w.g::text, p::text), pick_end(r, m.id::text, w.u::text, w.g::text, p::text)
    FROM kroles.media AS m, (SELECT id AS u, NULL::bigint AS g FROM kroles.users
                             UNION ALL SELECT NULL, id FROM kroles.groups) AS w,
         unnest(enum_range(NULL::kroles.moderator_permission)) AS p
    WHERE pick(120, r, 'moderator', m.id::text, w.u::text, w.g::text, p::text) = 0
    ON CONFLICT DO NOTHING;
    DELETE FROM kroles.media_speakers WHERE pick(3, r, 'silence', media_id::text, user_id::text) = 0;
    INSERT INTO kroles.media_speakers (media_id, user_id, type)
    SELECT m.id, u.id, pick_of(enum_range(NULL::kroles.speaker_type), r, m.id::text, u.id::text)
    FROM kroles.media AS m, kroles.users AS u
    WHERE pick(80, r, 'speaker', m.id::text, u.id::text) = 0 ON CONFLICT (media_id, user_id) DO NOTHING;
$$;
CREATE FUNCTION change_publications(r text) RETURNS void LANGUAGE sql AS $$
    DELETE FROM kroles.publications WHERE pick(3, r, 'take down', media_id::text, space_id::text) = 0;
    SELECT put_publications(array_agg(m.id), array_agg(s.id), array_agg(pick_of('{pending, approved, rejected}'::text[],
                            r, 'status', m.id::text, s.id::text)))
    FROM kroles.media AS m, kroles.spaces AS s
    WHERE pick(25, r, 'publish', m.id::text, s.id::text) = 0
      AND NOT EXISTS (SELECT FROM kroles.publications WHERE (media_id, space_id) = (m.id, s.id));
$$;

-- Changes about a quarter of everything, another quarter each time.
CREATE FUNCTION change_world(r text) RETURNS void LANGUAGE sql AS $$
    UPDATE kroles.settings SET chat_and_collaboration = true;
    SELECT change_people(r);
    SELECT change_spaces(r);
    SELECT change_media(r);
    SELECT change_publications(r);
    UPDATE kroles.settings SET allow_anonymous = pick(2, r, 'anonymous') = 0,
                               chat_and_collaboration = pick(3, r, 'chat') > 0;
$$;

-- One in n of all people, and anonymous, about everything; about publishing one media in ten.
CREATE FUNCTION ask_everything(n integer, round integer) RETURNS void LANGUAGE sql AS $$
    TRUNCATE ask, ask_publish;
    INSERT INTO ask
    SELECT u, kind, o.id
    FROM people(60) AS u, (SELECT 'site' AS kind, 0 AS id UNION ALL SELECT kind::text, id FROM kroles.spaces
                           UNION ALL SELECT kind, id FROM kroles.media, unnest('{media, room}'::text[]) AS kind) AS o
    WHERE (u + round) % n = 0 OR u = 0;
    INSERT INTO ask_publish
    SELECT user_id, m.id, s.id FROM (SELECT DISTINCT user_id FROM ask) AS u, kroles.media AS m, kroles.spaces AS s
    WHERE (m.id + round) % 10 = 0;
$$;

-- Several rounds, so that something has been changed and dropped.
SELECT add_people() AS done \gset
SELECT add_spaces() AS done \gset
SELECT add_media() AS done \gset
SELECT change_world('first') AS done \gset
SELECT change_world('second') AS done \gset
SELECT ask_everything(1, 0) AS done \gset
SELECT check_part('random world, committed') AS done \gset
SELECT change_world('third') AS done \gset
SELECT ask_everything(3, 1) AS done \gset
SELECT check_part('changed and committed') AS done \gset
\i :model/lib/report.sql

-- Within a transaction, and after going back.
BEGIN;
SELECT change_world('fourth') AS done \gset
SELECT ask_everything(3, 2) AS done \gset
SELECT check_part('changed, not committed') AS done \gset
\i :model/lib/report.sql
SAVEPOINT before;
SELECT change_world('fifth') AS done \gset
SELECT check_part('changed in a savepoint') AS done \gset
\i :model/lib/report.sql
ROLLBACK TO before;
SELECT check_part('rolled back to the savepoint') AS done \gset
\i :model/lib/report.sql
ROLLBACK;
BEGIN;
\i :model/reference/matrices.sql
\i :model/lib/report.sql
ROLLBACK;
SELECT check_part('rolled back') AS done \gset
