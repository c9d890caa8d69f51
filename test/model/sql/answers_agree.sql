-- Functions of many answers, compared with kroles_can in a random world, for every kind, right and person: kroles_list gives
-- the ids for which kroles_can is true, kroles_who_can the users, kroles_explain that verdict, kroles_can_many the single
-- answers; pages add up to the whole list; the rows seen are the rows listed; kroles_access has the users and rights for which it
-- is true, with the reasons of kroles_explain that allow, and kroles_access_of the same. (kroles_can itself is compared with the
-- rules in reference.sql.)
\set ECHO none
\set QUIET on
\getenv model PG_ABS_SRCDIR
\i :model/lib/start.sql
\set schema agree
CREATE SCHEMA :schema;
SET search_path = :schema, public;

-- A hash picks everything, so the world is the same on every machine.
CREATE FUNCTION pick(n integer, VARIADIC what text[]) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT mod(hashtextextended(array_to_string(what, '/'), 7) & 1073741823, n)::integer
$$;
CREATE FUNCTION pick_of(of anyarray, VARIADIC what text[]) RETURNS anyelement LANGUAGE sql IMMUTABLE AS $$
    SELECT of[1 + pick(cardinality(of), VARIADIC what)]
$$;

-- 36 people, some of them administrators or blocked, in 6 groups; and the hoarder, who owns what comes before the rest.
INSERT INTO kroles.users (id, login, applicative_role, administrator)
SELECT n, 'user ' || n, pick_of('{viewer, private_only, admin, unmoderated_admin}'::kroles.applicative_role[], 'role', n::text), n IN (9, 18)
FROM generate_series(1, 36) AS n;
INSERT INTO kroles.users (id, login, applicative_role) VALUES (40, 'hoarder', 'private_only');
INSERT INTO kroles.groups (id, name) SELECT n, 'group ' || n FROM generate_series(1, 6) AS n;
-- windows: most are open on one side or both, some are over or to come
CREATE FUNCTION pick_start(VARIADIC what text[]) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT pick_of('{NULL, NULL, NULL, NULL, NULL, NULL, 2001-01-01, 2101-01-01, 2001-01-01, 2001-01-01, 2101-01-01}'::timestamptz[], VARIADIC what)
$$;
CREATE FUNCTION pick_end(VARIADIC what text[]) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT pick_of('{NULL, NULL, NULL, NULL, -infinity, 2101-01-01, NULL, infinity, 2101-01-01, 2002-01-01, 2102-01-01}'::timestamptz[], VARIADIC what)
$$;
INSERT INTO kroles.group_members (group_id, user_id, starts_at, expires_at)
SELECT g, u, pick_start('membership', g::text, u::text), pick_end('membership', g::text, u::text) FROM generate_series(1, 6) AS g, generate_series(1, 36) AS u WHERE pick(6, 'in', g::text, u::text) = 0;

-- 30 spaces after 1,100 private ones: 14 galleries, most below one another, and 16 channels.
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) SELECT n, 'channel', 'private', 'hoard', 40 FROM generate_series(1, 1100) AS n;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, moderated, parent_id, inherits_members)
SELECT 2000 + n, kind, pick_of(CASE kind WHEN 'gallery' THEN '{open, restricted, private}'::kroles.space_type[]
                               ELSE enum_range(NULL::kroles.space_type) END, 'type', n::text),
       'space ' || n, 1 + pick(36, 'owner', n::text), pick(2, 'moderated', n::text) = 0,
       CASE WHEN kind = 'gallery' AND n > 1 AND pick(4, 'child', n::text) > 0 THEN 2001 + pick(n - 1, 'parent', n::text) END,
       kind = 'gallery' AND pick(3, 'inherits', n::text) > 0
FROM generate_series(1, 30) AS n, LATERAL (SELECT CASE WHEN n > 14 THEN 'channel' ELSE 'gallery' END::kroles.space_kind) AS k (kind);
INSERT INTO kroles.space_members (space_id, user_id, group_id, role, starts_at, expires_at)
SELECT s.id, u, g, pick_of(enum_range(NULL::kroles.contextual_role), 'grant', s.id::text, u::text, g::text),
       pick_start('until', s.id::text, u::text, g::text), pick_end('until', s.id::text, u::text, g::text)
FROM kroles.spaces AS s, (SELECT n, NULL::integer FROM generate_series(1, 36) AS n UNION ALL SELECT NULL, n FROM generate_series(1, 6) AS n) AS w (u, g)
WHERE s.id > 2000 AND pick(CASE WHEN g IS NULL THEN 10 ELSE 5 END, 'member', s.id::text, u::text, g::text) = 0;

-- 100 media after 1,100 private ones; the people on them, and where they are published.
INSERT INTO kroles.media (id, name, owner_id) SELECT n, 'hoard', 40 FROM generate_series(1, 1100) AS n;
INSERT INTO kroles.media (id, name, owner_id, available_from, available_until)
SELECT 2000 + n, 'media ' || n, 1 + pick(36, 'media', n::text), CASE WHEN n % 2 = 0 THEN pick_start('there', n::text) END,
       CASE WHEN n % 2 = 0 THEN pick_end('there', n::text) END FROM generate_series(1, 100) AS n;
CREATE TABLE whom AS SELECT n AS u, NULL::integer AS g FROM generate_series(1, 36) AS n UNION ALL SELECT NULL, n FROM generate_series(1, 6) AS n;
INSERT INTO kroles.media_collaborators (media_id, user_id, group_id, permission, starts_at, expires_at)
SELECT m.id, u, g, p, pick_start(m.id::text, u::text, g::text, p::text), pick_end(m.id::text, u::text, g::text, p::text) FROM kroles.media AS m, whom, unnest(enum_range(NULL::kroles.collaborator_permission)) AS p
WHERE m.id > 2000 AND m.owner_id IS DISTINCT FROM u AND pick(80, 'collaborator', m.id::text, u::text, g::text, p::text) = 0;
INSERT INTO kroles.media_moderators (media_id, user_id, group_id, permission, starts_at, expires_at)
SELECT m.id, u, g, p, pick_start(m.id::text, u::text, g::text, p::text), pick_end(m.id::text, u::text, g::text, p::text) FROM kroles.media AS m, whom, unnest(enum_range(NULL::kroles.moderator_permission)) AS p
WHERE m.id > 2000 AND pick(80, 'moderator', m.id::text, u::text, g::text, p::text) = 0;
INSERT INTO kroles.media_speakers (media_id, user_id)
SELECT m.id, u FROM kroles.media AS m, whom WHERE m.id > 2000 AND g IS NULL AND pick(60, 'speaker', m.id::text, u::text) = 0;
SET session_replication_role = replica;     -- in any state
INSERT INTO kroles.publications (media_id, space_id, status, published_by)
SELECT m.id, s.id, pick_of(enum_range(NULL::kroles.publication_status), 'status', m.id::text, s.id::text), m.owner_id
FROM kroles.media AS m, kroles.spaces AS s WHERE m.id > 2000 AND s.id > 2000 AND pick(25, 'publish', m.id::text, s.id::text) = 0;
RESET session_replication_role;
UPDATE kroles.users SET blocked = true WHERE id IN (5, 18, 23);
ANALYZE kroles.users, kroles.spaces, kroles.media;

-- What kroles_can says: of each person (NULL: anonymous) and object, and every right of its kind.
CREATE TABLE person AS SELECT id FROM kroles.users UNION ALL SELECT NULL;
CREATE TABLE object AS
    SELECT 'site'::kroles.object_kind AS kind, NULL::bigint AS id
    UNION ALL SELECT kind::text::kroles.object_kind, id FROM kroles.spaces WHERE id > 2000 OR id IN (1, 600, 1100)
    UNION ALL SELECT 'media', id FROM kroles.media WHERE id > 2000 OR id IN (1, 600, 1100);
CREATE TABLE can (user_id bigint, action kroles.action, kind kroles.object_kind, id bigint, allowed boolean);

-- How often each function was compared with that, and how often it differed.
CREATE TABLE compared (world text, n integer, function text, asked bigint, differ bigint);

CREATE FUNCTION of_what(ids bigint[], kind kroles.object_kind) RETURNS bigint[] LANGUAGE sql AS $$
    SELECT coalesce(array_agg(i ORDER BY n) FILTER (WHERE i IS NULL OR i > 2000 OR i IN (1, 600, 1100)), '{}') FROM unnest(ids) WITH ORDINALITY AS u (i, n)
$$;

-- All pages of a list, put together.
CREATE FUNCTION paged(action kroles.action, kind kroles.object_kind, who bigint, rows integer) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    whole bigint[] := '{}';
    page bigint[];
    last bigint;
BEGIN
    LOOP
        page := ARRAY(SELECT kroles_list(action, kind, who, after => last, max_rows => rows));
        whole := whole || page;
        EXIT WHEN cardinality(page) < rows OR kind = 'site';
        last := page[rows];
    END LOOP;
    RETURN whole;
END $$;
CREATE FUNCTION who_paged(action kroles.action, kind kroles.object_kind, id bigint, rows integer) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    whole bigint[] := '{}';
    page bigint[];
BEGIN
    LOOP
        page := ARRAY(SELECT user_id FROM kroles_who_can(action, kind, id, after => whole[cardinality(whole)], max_rows => rows));
        whole := whole || page;
        EXIT WHEN cardinality(page) < rows;
    END LOOP;
    RETURN whole;
END $$;

CREATE TABLE way OF kroles.access_way;
CREATE TABLE way_of OF kroles.access_way;
CREATE FUNCTION compare(world text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE can;
    INSERT INTO can
    SELECT p.id, r.action::kroles.action, o.kind, o.id, kroles_can(p.id, r.action::kroles.action, o.kind, o.id)
    FROM person AS p, object AS o JOIN kroles.rights AS r ON r.kind = o.kind::text;

    -- lists, whole and by pages that end early, that are filled by going through, and that are filled otherwise
    INSERT INTO compared
    SELECT world, 1, 'kroles_list', count(*), count(*) FILTER (WHERE of_what(ARRAY(SELECT kroles_list(action, kind, user_id)), kind) <> expected)
    FROM (SELECT user_id, action, kind, coalesce(array_agg(id ORDER BY id) FILTER (WHERE allowed), '{}') AS expected FROM can GROUP BY 1, 2, 3) AS c;
    INSERT INTO compared
    SELECT world, 2, 'kroles_list, in pages of ' || rows, count(*), count(*) FILTER (WHERE of_what(paged(action, kind, user_id, rows), kind) <> expected)
    FROM (SELECT user_id, action, kind, coalesce(array_agg(id ORDER BY id) FILTER (WHERE allowed), '{}') AS expected FROM can
          WHERE user_id % 3 = 0 OR user_id = 40 GROUP BY 1, 2, 3) AS c, (VALUES (7), (200)) AS r (rows) GROUP BY rows;

    INSERT INTO compared
    SELECT world, 3, 'kroles_who_can', count(*), count(*) FILTER (WHERE ARRAY(SELECT w.user_id FROM kroles_who_can(action, kind, id) AS w) <> expected
        OR EXISTS (SELECT FROM kroles_who_can(action, kind, id) AS w JOIN kroles.users AS u ON u.id = w.user_id WHERE w.login <> u.login OR w.via = ''))
    FROM (SELECT action, kind, id, coalesce(array_agg(user_id ORDER BY user_id) FILTER (WHERE allowed AND user_id IS NOT NULL), '{}') AS expected
          FROM can GROUP BY 1, 2, 3) AS c;
    INSERT INTO compared
    SELECT world, 4, 'kroles_who_can, in pages of 3', count(*), count(*) FILTER (WHERE who_paged(action, kind, id, 3) <> expected)
    FROM (SELECT action, kind, id, coalesce(array_agg(user_id ORDER BY user_id) FILTER (WHERE allowed AND user_id IS NOT NULL), '{}') AS expected
          FROM can WHERE id % 5 = 0 OR kind = 'site' GROUP BY 1, 2, 3) AS c;

    -- there is a reason always, of the kind that fits the verdict
    INSERT INTO compared
    SELECT world, 5, 'kroles_explain', count(*), count(*) FILTER (WHERE n IS DISTINCT FROM n_fitting OR n = 0 OR (allowed AND allows = 0) OR (NOT allowed AND (allows > 0 OR why_not = 0)))
    FROM can, LATERAL (SELECT count(*), count(*) FILTER (WHERE e.allowed = can.allowed AND e.reason <> ''), count(*) FILTER (WHERE effect = 'allows'),
                              count(*) FILTER (WHERE effect IN ('denies', 'ignored', 'lacks', 'needs'))
                       FROM kroles_explain(user_id, action, kind, id) AS e) AS e (n, n_fitting, allows, why_not);

    -- reviews: of each object who has which right, by the reasons that allow it, each with the row that gives it; of each person the same
    TRUNCATE way;
    INSERT INTO way SELECT a.* FROM object AS o, kroles_access(o.kind, o.id) AS a;
    INSERT INTO compared
    SELECT world, 8, 'kroles_access, objects', count(*), count(*) FILTER (WHERE (SELECT array_agg(DISTINCT concat_ws(' ', w.user_id, w.action)) FROM way AS w
               WHERE w.kind = o.kind AND w.id IS NOT DISTINCT FROM o.id)
        IS DISTINCT FROM (SELECT array_agg(DISTINCT concat_ws(' ', c.user_id, c.action)) FROM can AS c WHERE c.kind = o.kind AND c.id IS NOT DISTINCT FROM o.id AND c.allowed))
    FROM object AS o;
    INSERT INTO compared
    SELECT world, 9, 'kroles_access, ways of people', count(*), count(*) FILTER (WHERE p.differ)
    FROM (SELECT bool_or(w.ways <> ARRAY(SELECT concat_ws(' ', e.reason, e.group_id, e.until) FROM kroles_explain(w.user_id, w.action, w.kind, w.id) AS e
                                         WHERE e.effect = 'allows' ORDER BY 1)
                         OR w.without_row) AS differ
          FROM (SELECT user_id, action, kind, id, array_agg(concat_ws(' ', way, group_id, expires_at) ORDER BY concat_ws(' ', way, group_id, expires_at)) AS ways,
                       bool_or((grant_table IS NULL) <> (way LIKE '%the applicative role%') OR grant_id IS NULL AND grant_table <> 'kroles.media_speakers') AS without_row
                FROM way GROUP BY 1, 2, 3, 4) AS w
          GROUP BY user_id) AS p;
    TRUNCATE way_of;
    INSERT INTO way_of SELECT a.* FROM person AS p, kroles_access_of(p.id) AS a WHERE a.kind = 'site' OR a.id > 2000 OR a.id IN (1, 600, 1100);
    INSERT INTO compared
    SELECT world, 10, 'kroles_access_of, as kroles_access', count(*), count(d.user_id)
    FROM person AS p LEFT JOIN (
        SELECT DISTINCT coalesce(user_id, 0) AS user_id
        FROM ((TABLE way EXCEPT ALL TABLE way_of) UNION ALL (TABLE way_of EXCEPT ALL TABLE way)) AS w) AS d ON d.user_id = coalesce(p.id, 0);
END $$;

-- Everybody asks about themselves, in a session of their own: batches and lists, and what they see under the policies.
CREATE TABLE told (user_id bigint, function text, action kroles.action, kind kroles.object_kind, ids bigint[]);
\i :model/lib/role.sql
CREATE FUNCTION everybody_asks() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    who record;
    batch bigint[] := (SELECT array_agg(id ORDER BY id DESC) || '{NULL, 99999}' FROM object WHERE id % 4 = 0) || 2004::bigint;
BEGIN
    FOR who IN SELECT p.id, login FROM person AS p LEFT JOIN (SELECT n AS id, 'user ' || n AS login FROM generate_series(1, 36) AS n
                                                              UNION ALL SELECT 40, 'hoarder') AS l USING (id) LOOP
        PERFORM set_config('kroles.user', coalesce(who.login, ''), false);
        INSERT INTO told
        SELECT coalesce(who.id, 0), 'list', action, kind, ARRAY(SELECT kroles_list(action, kind))
        FROM (SELECT DISTINCT action, kind FROM can) AS q;
        INSERT INTO told
        SELECT coalesce(who.id, 0), 'page', action, kind, ARRAY(SELECT kroles_list(action, kind, after => 600, max_rows => 20))
        FROM (SELECT DISTINCT action, kind FROM can WHERE kind <> 'site') AS q;
        INSERT INTO told
        SELECT coalesce(who.id, 0), 'many', action, kind, ARRAY(SELECT CASE WHEN allowed THEN coalesce(id, 0) END FROM kroles_can_many(action, kind, batch))
        FROM (SELECT DISTINCT action, kind FROM can) AS q;
        INSERT INTO told
        SELECT coalesce(who.id, 0), 'single', action, kind, ARRAY(SELECT CASE WHEN kroles_can(action, kind, b) THEN coalesce(b, 0) END
                                                     FROM unnest(batch) WITH ORDINALITY AS u (b, n) ORDER BY n)
        FROM (SELECT DISTINCT action, kind FROM can) AS q;
        INSERT INTO told VALUES (coalesce(who.id, 0), 'seen', 'view', 'media', ARRAY(SELECT id FROM kroles.media ORDER BY id)),
            (coalesce(who.id, 0), 'seen', 'view', 'channel', ARRAY(SELECT id FROM kroles.channels ORDER BY id)),
            (coalesce(who.id, 0), 'seen', 'view', 'gallery', ARRAY(SELECT id FROM kroles.galleries ORDER BY id));
    END LOOP;
    PERFORM set_config('kroles.user', '', false);
END $$;
CREATE FUNCTION compare_told(world text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO compared
    SELECT $1, 6, 'kroles_list about oneself', count(*), count(*) FILTER (WHERE of_what(ids, t.kind) <> expected)
    FROM told AS t JOIN (SELECT coalesce(user_id, 0) AS user_id, action, kind, coalesce(array_agg(id ORDER BY id) FILTER (WHERE allowed), '{}') AS expected
                         FROM can GROUP BY 1, 2, 3) AS c USING (user_id, action, kind)
    WHERE function = 'list';
    INSERT INTO compared
    SELECT $1, 7, what, count(*), count(*) FILTER (WHERE a.ids IS DISTINCT FROM CASE one WHEN 'page' THEN
        ARRAY(SELECT i FROM unnest(b.ids) AS i WHERE i > 600 ORDER BY i LIMIT 20) ELSE b.ids END)
    FROM (VALUES ('page', 'list', 'a page about oneself is a part of the list'), ('many', 'single', 'kroles_can_many, as single calls'),
                 ('seen', 'list', 'rows seen, as kroles_list')) AS w (one, other, what)
    JOIN told AS a ON a.function = w.one
    LEFT JOIN told AS b ON (b.function, b.user_id, b.action, b.kind) = (w.other, a.user_id, a.action, a.kind)
    GROUP BY what;
    TRUNCATE told;
$$;

DO $$ BEGIN PERFORM compare('as it ships'); END $$;
SET SESSION AUTHORIZATION regress_kroles_model;
DO $$ BEGIN PERFORM everybody_asks(); END $$;
RESET SESSION AUTHORIZATION;
DO $$ BEGIN PERFORM compare_told('as it ships'); END $$;

-- Another site: anonymous browsing on, the module off, and the matrices turned about at random.
UPDATE kroles.settings SET allow_anonymous = true, chat_and_collaboration = false;
UPDATE kroles.role_rights SET allowed = NOT allowed WHERE pick(12, 'role', kind::text, role::text, action::text) = 0;
UPDATE kroles.baseline_rights SET allowed = NOT allowed WHERE pick(12, 'baseline', kind::text, type::text, applicative_role::text, action::text) = 0;
UPDATE kroles.ceiling_rights SET allowed = NOT allowed WHERE pick(8, 'ceiling', kind::text, applicative_role::text, action::text) = 0;
DO $$ BEGIN PERFORM compare('turned about'); END $$;
SET SESSION AUTHORIZATION regress_kroles_model;
DO $$ BEGIN PERFORM everybody_asks(); END $$;
RESET SESSION AUTHORIZATION;
DO $$ BEGIN PERFORM compare_told('turned about'); END $$;

\pset tuples_only off
\pset format aligned
\echo
\echo How many questions were compared, and how many answers differ
SELECT world, function, asked, differ FROM compared ORDER BY world COLLATE "C", n, function COLLATE "C";
\echo What there was to find: whether at least one in fifty is allowed, and at least one in fifty is not
SELECT kind, count(*) AS asked, count(*) FILTER (WHERE allowed) > count(*) / 50 AS some, count(*) FILTER (WHERE NOT allowed) > count(*) / 50 AS not_all
FROM can GROUP BY kind ORDER BY kind;

\i :model/lib/end.sql
