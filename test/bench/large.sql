-- A portal of ten million media, of which people see little or much: what the same questions cost as it grows.
--
--   test/server run psql -X -f test/bench/large.sql                       (KROLES_SETTINGS='shared_buffers = 4GB')
--   ... -v media=1000000 -v users=100000                                  the same at a tenth of the size
--
-- Loading takes a quarter of an hour and 12 GB at full size. Audiences are written along with the media, triggers being off,
-- and kroles_verify() looks at a sample of them in the end. Timed are prepared statements, each for one person against the
-- same statement without row-level security, in turn; medians of 15.
\set QUIET on
\set ON_ERROR_STOP on
\if :{?media} \else \set media 10000000 \endif
\if :{?users} \else \set users 1000000 \endif
\set spaces 20000
SET client_min_messages = warning;
SET synchronous_commit = off;
SET maintenance_work_mem = '1GB';
SET max_parallel_workers_per_gather = 0;
CREATE EXTENSION IF NOT EXISTS kroles;
CREATE ROLE kroles_large_app;
CREATE ROLE kroles_large_none BYPASSRLS;
SELECT kroles_grant_access('kroles_large_app'), kroles_grant_access('kroles_large_none'), kroles_trust_gateway('kroles_large_app') \g /dev/null
UPDATE kroles.baseline_rights SET allowed = false WHERE action = 'view' AND applicative_role = 'viewer';   -- who sees by grants alone

-- Numbers that look like chance and are always the same.
CREATE FUNCTION pg_temp.pick(n bigint, salt int, upto bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    'SELECT 1 + abs(hashint8extended(n, salt)) % upto';

ALTER TABLE kroles.space_members DISABLE TRIGGER ALL;
ALTER TABLE kroles.media DISABLE TRIGGER ALL;
ALTER TABLE kroles.publications DISABLE TRIGGER ALL;
ALTER TABLE kroles.users DISABLE TRIGGER ALL;
INSERT INTO kroles.users (id, login, applicative_role) SELECT n, 'u' || n, CASE WHEN n % 2 = 0 THEN 'admin' ELSE 'viewer' END::kroles.applicative_role
    FROM generate_series(1, :users) AS n;
-- u2 sees what is open to everybody, u3 the media of three quiet channels, u4 a tenth of all
INSERT INTO kroles.spaces (id, kind, type, name, owner_id)
    SELECT n, 'channel', CASE WHEN n % 4 = 0 THEN 'open' ELSE 'private' END::kroles.space_type, 's' || n, pg_temp.pick(n, 1, :users)
    FROM generate_series(1, :spaces) AS n;
INSERT INTO kroles.space_members (space_id, user_id)
    SELECT DISTINCT pg_temp.pick(n, 2, :spaces), pg_temp.pick(n, 3, :users) FROM generate_series(1, 2 * :users) AS n;
DELETE FROM kroles.space_members WHERE user_id IN (2, 3, 4);
INSERT INTO kroles.space_members (space_id, user_id) SELECT n, 3 FROM generate_series(19997, 20000) AS n WHERE n % 4 <> 0
    UNION ALL SELECT n, 4 FROM generate_series(1, 2000) AS n;
-- the last ten channels get one media in ten thousand, the others all the rest
DROP INDEX kroles.media_audience, kroles.media_owner, kroles.publications_space, kroles.publications_publisher, kroles.publications_moderator;
CREATE FUNCTION pg_temp.space(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    $$ SELECT CASE WHEN pg_temp.pick(n, 4, 10000) = 1 THEN 19990 + pg_temp.pick(n, 5, 10) ELSE pg_temp.pick(n, 6, 19990) END $$;
ALTER TABLE kroles.media ADD COLUMN search tsvector;
INSERT INTO kroles.media (id, owner_id, name, search, audience, created_at)
    SELECT n, pg_temp.pick(n, 7, :users), 'film ' || n,
           format('word%s rare%s', n % 100, pg_temp.pick(n, 8, :media / 100))::tsvector,
           format('%s owner=%s approved=%s', n, pg_temp.pick(n, 7, :users), pg_temp.space(n))::kroles.audience,
           timestamptz '2026-01-01' + n * interval '1 second'
    FROM generate_series(1, :media) AS n;
INSERT INTO kroles.publications (media_id, space_id, status) SELECT n, pg_temp.space(n), 'approved' FROM generate_series(1, :media) AS n;
CREATE INDEX media_owner ON kroles.media (owner_id);
CREATE INDEX media_audience ON kroles.media USING gin (audience) WITH (fastupdate = off);
CREATE INDEX media_search ON kroles.media USING gin (search);
VACUUM (ANALYZE) kroles.media;
VACUUM (ANALYZE) kroles.spaces;
VACUUM (ANALYZE) kroles.space_members;
ANALYZE kroles.users;
ALTER TABLE kroles.space_members ENABLE TRIGGER ALL;
ALTER TABLE kroles.media ENABLE TRIGGER ALL;
ALTER TABLE kroles.publications ENABLE TRIGGER ALL;
ALTER TABLE kroles.users ENABLE TRIGGER ALL;
SELECT format('%s media, %s users; database %s; audiences of a sample that are not what they should be: %s', count(*), :users,
    pg_size_pretty(pg_database_size(current_database())),
    (SELECT count(kroles.recomputed_audience(m.id, m.owner_id, m.audience)) FROM kroles.media m TABLESAMPLE system (0.01))) AS loaded
FROM kroles.media;

CREATE TEMP TABLE figures (question text, person text, who text, n int, seconds float8, rows bigint);
GRANT ALL ON figures TO PUBLIC;
CREATE PROCEDURE pg_temp.time_it(asked text, person text, statement text, ids bigint[]) LANGUAGE plpgsql AS $$
DECLARE
    began timestamptz;
    found bigint;
    role text;
BEGIN
    FOR n IN 0..15 LOOP
        FOREACH role IN ARRAY '{kroles_large_none, kroles_large_app}'::text[] LOOP
            PERFORM set_config('kroles.user', CASE role WHEN 'kroles_large_app' THEN person ELSE '' END, false);
            EXECUTE format('SET SESSION AUTHORIZATION %I', role);
            began := clock_timestamp();
            EXECUTE format('EXECUTE %s(%s)', statement, ids[1 + n % cardinality(ids)]) INTO found;
            INSERT INTO figures VALUES (asked, person, role, n, extract(epoch FROM clock_timestamp() - began), found);
            RESET SESSION AUTHORIZATION;
        END LOOP;
    END LOOP;
END $$;
PREPARE newest (bigint) AS SELECT count(*) FROM (SELECT id, name FROM kroles.media ORDER BY id DESC LIMIT 20) AS page WHERE $1 > 0;
PREPARE by_id (bigint) AS SELECT count(*) FROM kroles.media WHERE id = $1;
PREPARE rare (bigint) AS SELECT count(*) FROM kroles.media WHERE search @@ ('rare' || $1)::tsquery;
SET plan_cache_mode = force_generic_plan;
SELECT format('CALL pg_temp.time_it(%L, %L, %L, %L)', asked, person, statement, ids)
FROM (VALUES ('newest 20', 'newest', '{1}'::bigint[]), ('by id', 'by_id', ARRAY[7, 70007, :media - 5, :media / 3]),
             ('a word that 100 media have', 'rare', '{17, 171, 1717}')) AS q (asked, statement, ids),
     (VALUES ('u2'), ('u3'), ('u4')) AS p (person) \gexec
SELECT question, CASE person WHEN 'u2' THEN 'sees a quarter' WHEN 'u3' THEN 'sees some hundred' ELSE 'sees a tenth and more' END AS person,
       round((1e6 * percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE who LIKE '%none'))::numeric, 1) AS "no RLS, us",
       round((1e6 * percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE who LIKE '%app'))::numeric, 1) AS "kroles, us",
       round((percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE who LIKE '%app')
              / percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE who LIKE '%none'))::numeric, 2) AS ratio,
       max(rows) FILTER (WHERE who LIKE '%app') AS rows
FROM figures WHERE n > 0 GROUP BY question, person ORDER BY question, person;
