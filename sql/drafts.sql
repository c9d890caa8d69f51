-- Pages in the order of an index, where the newest media are drafts of others: they are read from an index of what is published
-- and from the drafts of the subject. Every plan returns what the plain one returns.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;
\set VERBOSITY terse
\set SHOW_CONTEXT never

-- ---- A world by chance: 5,000 media, then 1,000 of which few are published, and 1,000 drafts of u21 to u24 ----
CREATE FUNCTION pick(n bigint, salt int, upto bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    'SELECT 1 + abs(hashint8extended(n, salt)) % upto';
INSERT INTO kroles.users (id, login, applicative_role, administrator, blocked) SELECT n, 'u' || n,
    CASE WHEN n % 5 = 0 THEN 'viewer' WHEN n % 5 = 1 THEN 'private_only' ELSE 'admin' END::kroles.applicative_role, n = 1, n = 24
    FROM generate_series(1, 24) AS n;
INSERT INTO kroles.groups (id, name) SELECT n, 'group ' || n FROM generate_series(1, 4) AS n;
INSERT INTO kroles.group_members (group_id, user_id) SELECT DISTINCT pick(n, 1, 4), pick(n, 2, 24) FROM generate_series(1, 30) AS n;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, moderated) SELECT n, 'channel',
    CASE WHEN n % 3 = 0 THEN 'open' ELSE 'private' END::kroles.space_type, 'space ' || n, pick(n, 3, 24), n % 4 = 0
    FROM generate_series(1, 12) AS n;
INSERT INTO kroles.space_members (space_id, user_id, role) SELECT DISTINCT ON (1, 2) pick(n, 4, 12), pick(n, 5, 24),
    CASE WHEN n % 7 = 0 THEN 'moderator' ELSE 'member' END::kroles.contextual_role FROM generate_series(1, 60) AS n;
INSERT INTO kroles.events (id, name, created_by) SELECT n, 'event ' || n, pick(n, 6, 24) FROM generate_series(1, 3) AS n;
INSERT INTO kroles.event_participants (event_id, user_id, role) SELECT DISTINCT ON (1, 2) pick(n, 7, 3), pick(n, 8, 24), 'attendee'
    FROM generate_series(1, 15) AS n ON CONFLICT DO NOTHING;
INSERT INTO kroles.media (id, name, owner_id, created_at) SELECT n, 'film ' || n, CASE WHEN n <= 6000 THEN pick(n, 9, 24) ELSE 20 + pick(n, 9, 4) END,
    timestamptz '2026-01-01' + n / 10 * interval '1 hour' FROM generate_series(1, 7000) AS n;
INSERT INTO kroles.publications (media_id, space_id, status) SELECT DISTINCT ON (1, 2) n, pick(n * 3 + k, 10, 12),
    CASE WHEN pick(n, 11, 9) = 1 THEN 'pending' ELSE 'approved' END::kroles.publication_status
    FROM generate_series(1, 6000) AS n, generate_series(1, 2) AS k WHERE pick(n * 2 + k, 12, CASE WHEN n <= 5000 THEN 2 ELSE 400 END) = 1;
INSERT INTO kroles.media_collaborators (media_id, user_id, group_id, permission)
    SELECT n, CASE WHEN n % 2 = 0 THEN pick(n, 13, 24) END, CASE WHEN n % 2 = 1 THEN pick(n, 14, 4) END, 'viewer'
    FROM generate_series(1, 6000) AS n WHERE pick(n, 15, 60) = 1 AND (n % 2 = 1 OR pick(n, 13, 24) <> pick(n, 9, 24));
INSERT INTO kroles.event_sessions (event_id, media_id) SELECT pick(n, 16, 3), n FROM generate_series(1, 6000) AS n WHERE pick(n, 17, 300) = 1;
CREATE INDEX media_published_by_time ON kroles.media (created_at) WHERE audience OPERATOR(kroles.&&) 'published';
CREATE INDEX media_by_time ON kroles.media (created_at);
VACUUM ANALYZE kroles.media;
SELECT count(*) AS media, count(*) FILTER (WHERE audience OPERATOR(kroles.&&) 'published') AS published,
       count(*) FILTER (WHERE audience::text ~ 'approved|pending|event') AS "by their text" FROM kroles.media;
CREATE ROLE regress_kroles_portal;
SELECT kroles_trust_gateway('regress_kroles_portal'), kroles_grant_access('regress_kroles_portal');

-- ---- The mark of what is published is written by nobody who is subject to the policies, and tells nobody anything ----
SELECT pg_get_indexdef('kroles.media_published'::regclass);
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'u2';
SELECT count(*) FROM kroles.media WHERE audience OPERATOR(kroles.&&) 'published';
SELECT count(*) FROM kroles.media WHERE audience OPERATOR(kroles.&&) kroles.draft_keys('hidden');
SELECT count(*) FROM kroles.media WHERE audience OPERATOR(kroles.&&) kroles.draft_keys(kroles.index_keys());
SELECT kroles.draft_keys(audience) FROM kroles.media LIMIT 1;
SELECT regexp_replace(pg_get_indexdef('kroles.media_published'::regclass), '.*WHERE', '') AS shown;

-- ---- Which plan is chosen ----
CREATE FUNCTION pg_temp.chosen(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || statement LOOP
        IF line ~ 'Chosen:|Scan|Merge Append' THEN RETURN NEXT regexp_replace(line, ' \(.*', ''); END IF;
    END LOOP;
END $$;
SET max_parallel_workers_per_gather = 0;
SET plan_cache_mode = force_generic_plan;
PREPARE newest AS SELECT id FROM kroles.media ORDER BY id DESC LIMIT 5;
PREPARE by_time (timestamptz) AS SELECT id FROM kroles.media WHERE created_at < $1 ORDER BY created_at DESC LIMIT 5;
SET kroles."user" = 'u1';               -- an administrator sees all
SELECT pg_temp.chosen('EXECUTE newest');
SET kroles."user" = 'u2';
SELECT pg_temp.chosen('EXECUTE newest');    -- begins row by row
SELECT pg_temp.chosen('EXECUTE newest');    -- and knows better the next time
SELECT pg_temp.chosen('EXECUTE by_time(''2030-01-01'')');
SELECT pg_temp.chosen('EXECUTE by_time(''2030-01-01'')');
SET kroles."user" = 'u1';
SELECT pg_temp.chosen('EXECUTE newest');
-- a cursor, read by somebody who sees all from its first row on
SET kroles."user" = 'u2';
BEGIN;
DECLARE page CURSOR FOR SELECT id FROM kroles.media ORDER BY id DESC LIMIT 3;
SET LOCAL kroles."user" = 'u1';
FETCH ALL FROM page;
COMMIT;

-- ---- The same rows for every subject, whoever the plan was made for ----
-- (Without bitmap scans there is but the plain plan, row by row.)
CREATE TEMP TABLE pages (n int, query text);
INSERT INTO pages VALUES
    (1, 'SELECT id FROM kroles.media WHERE $1 = $1 ORDER BY id DESC LIMIT 20'),
    (2, 'SELECT id, owner_id, name FROM kroles.media WHERE id < $1 ORDER BY id DESC LIMIT 10'),
    (3, 'SELECT id, name FROM kroles.media WHERE id > $1 ORDER BY id LIMIT 7 OFFSET 40'),
    (4, 'SELECT id FROM kroles.media WHERE id <> $1 AND name LIKE ''%7'' ORDER BY id DESC LIMIT 15'),
    (5, 'SELECT created_at FROM kroles.media WHERE id <> $1 ORDER BY created_at DESC LIMIT 25'),
    (6, 'SELECT created_at, name FROM kroles.media WHERE created_at < timestamptz ''2026-01-01'' + $1 * interval ''6 minutes'' ORDER BY created_at DESC, id DESC LIMIT 9'),
    (7, 'SELECT id FROM kroles.media WHERE owner_id = $1 % 24 ORDER BY id DESC LIMIT 5'),
    (8, 'SELECT count(*) FROM kroles.media WHERE id BETWEEN $1 - 2000 AND $1'),
    (9, 'SELECT type, count(*) FROM kroles.media WHERE name <> $1::text GROUP BY type ORDER BY type'),
    (10, 'SELECT id FROM (SELECT id, owner_id FROM kroles.media ORDER BY id DESC LIMIT $1 % 50) AS page WHERE owner_id > 3'),
    (11, 'SELECT u, (SELECT max(id) FROM kroles.media WHERE owner_id = u AND id < $1) FROM generate_series(1, 24) AS u'),
    (12, 'SELECT m.id FROM generate_series(100, $1::int, 2000) AS upto, LATERAL (SELECT id FROM kroles.media WHERE id < upto ORDER BY id DESC LIMIT 2) AS m');
CREATE FUNCTION pg_temp.answer(n int, query text, id bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    got text;
BEGIN
    -- the plan of a prepared statement stays as it was made for the first who executed it
    IF NOT EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'page_' || n) THEN
        EXECUTE format('PREPARE page_%s (bigint) AS SELECT string_agg(row::text, '' '' ORDER BY place) FROM (SELECT t AS row, row_number() OVER () AS place FROM (%s) AS t) AS r', n, query);
    END IF;
    EXECUTE format('EXECUTE page_%s(%s)', n, id) INTO got;
    RETURN coalesce(got, 'none');
END $$;
CREATE TEMP TABLE answers (round int, n int, person text, id bigint, answer text);
CREATE PROCEDURE pg_temp.ask_all(asked int) LANGUAGE plpgsql AS $$
DECLARE
    person text;
BEGIN
    FOR u IN 0 .. 24 LOOP
        -- others come first in other rounds
        person := CASE WHEN (u * 7 + asked * 13) % 25 = 0 THEN '' ELSE 'u' || (u * 7 + asked * 13) % 25 END;
        CONTINUE WHEN person = 'u24';       -- is blocked
        PERFORM set_config('kroles.user', person, false);
        INSERT INTO answers SELECT asked, p.n, person, id, pg_temp.answer(p.n, p.query, id)
        FROM pages AS p, unnest('{7000, 5200, 977}'::bigint[]) AS id;
    END LOOP;
END $$;
SET enable_bitmapscan = off;
CALL pg_temp.ask_all(0);
RESET enable_bitmapscan;
DEALLOCATE ALL;
CALL pg_temp.ask_all(1);
DEALLOCATE ALL;
CALL pg_temp.ask_all(2);
SELECT round, count(*), count(DISTINCT answer) > 200 AS "differ by subject" FROM answers GROUP BY round ORDER BY round;
SELECT a.round, a.n, a.person, a.id, plain.answer AS plain, a.answer
FROM answers AS a JOIN answers AS plain USING (n, person, id)
WHERE plain.round = 0 AND a.answer <> plain.answer ORDER BY 1, 2, 3, 4 LIMIT 5;

-- ---- What changes is found at once ----
SET kroles."user" = 'u2';
SELECT kroles_current_user() AS me, (SELECT max(id) FROM kroles.media) AS newest;
RESET SESSION AUTHORIZATION;
INSERT INTO kroles.media (id, name, owner_id) VALUES (7001, 'my draft', 2), (7002, 'a draft of another', 3);
SET SESSION AUTHORIZATION regress_kroles_portal;
PREPARE newest AS SELECT id FROM kroles.media ORDER BY id DESC LIMIT 2;
EXECUTE newest;
RESET SESSION AUTHORIZATION;
INSERT INTO kroles.publications (media_id, space_id) VALUES (7002, 3);
SET SESSION AUTHORIZATION regress_kroles_portal;
EXECUTE newest;
RESET SESSION AUTHORIZATION;
DELETE FROM kroles.publications WHERE media_id = 7002;
INSERT INTO kroles.publications (media_id, space_id) VALUES (7001, 3);
SET SESSION AUTHORIZATION regress_kroles_portal;
EXECUTE newest;
RESET SESSION AUTHORIZATION;
UPDATE kroles.media SET owner_id = 3 WHERE id = 7001;
DELETE FROM kroles.publications WHERE media_id = 7001;
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT pg_temp.chosen('EXECUTE newest');
EXECUTE newest;
RESET SESSION AUTHORIZATION;
SELECT * FROM kroles_verify();

-- ---- A scan within the scan does not use up its budget, and an error leaves nothing behind ----
SET SESSION AUTHORIZATION regress_kroles_portal;
SET enable_sort = off;
PREPARE from_found (text) AS SELECT count(*), min(id) >= (SELECT m.id FROM kroles.media AS m WHERE m.name = $1) AS ok
FROM (SELECT id FROM kroles.media WHERE id >= (SELECT x.id FROM kroles.media AS x WHERE x.name = $1) ORDER BY id LIMIT 3) AS page;
SELECT name AS found FROM kroles.media ORDER BY id DESC OFFSET 40 LIMIT 1 \gset
EXECUTE from_found (:'found');
SELECT id FROM kroles.media WHERE id >= (SELECT g FROM generate_series(1, 2) AS g) ORDER BY id LIMIT 3;
SELECT count(*) FROM kroles.media WHERE name = :'found';
EXECUTE from_found (:'found');
RESET enable_sort;
RESET SESSION AUTHORIZATION;

-- ---- An index without an order, on a column of the application's own ----
ALTER TABLE kroles.media ADD COLUMN pages int4range;
UPDATE kroles.media SET pages = int4range(id::int % 1000, id::int % 1000 + 3);
SET client_min_messages = warning;
CREATE INDEX media_pages ON kroles.media USING gist (pages);
RESET client_min_messages;
ANALYZE kroles.media;
SET SESSION AUTHORIZATION regress_kroles_portal;
SET enable_seqscan = off;
SET cpu_operator_cost = 1;
SET random_page_cost = 0.01;
EXPLAIN (COSTS OFF) SELECT count(*), sum(id) FROM kroles.media WHERE pages && int4range(500, 501);
SELECT count(*), sum(id) FROM kroles.media WHERE pages && int4range(500, 501);
RESET SESSION AUTHORIZATION;
SELECT count(*), sum(id) FROM kroles.media WHERE pages && int4range(500, 501) AND kroles_can(2, 'view', 'media', id);
RESET enable_seqscan;
RESET cpu_operator_cost;
RESET random_page_cost;

SET client_min_messages = warning;
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
DROP OWNED BY regress_kroles_portal;
DROP ROLE regress_kroles_portal;
DROP FUNCTION pick;
