-- What kroles_protect costs on a partitioned table: queries of one month of two years, of a media and of everything, beside the same
-- table without policies, and how many partitions each reads. Makes its own portal:
--
--   test/server run psql -X -f test/bench/partitions.sql
\set ON_ERROR_STOP on
\set QUIET on
\pset footer off
SET client_min_messages = warning;
CREATE EXTENSION kroles;
CREATE ROLE bench_app LOGIN;
SELECT kroles_grant_access('bench_app'), kroles_trust_gateway('bench_app') \g /dev/null
INSERT INTO kroles.users (id, login, applicative_role) SELECT n, 'u' || n, 'private_only' FROM generate_series(1, 1000) AS n;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) SELECT n, 'channel', 'private', 'channel ' || n, 1 FROM generate_series(1, 200) AS n;
-- the reader is a member of half of the channels
INSERT INTO kroles.space_members (space_id, user_id, role) SELECT n, 2, 'member' FROM generate_series(1, 200, 2) AS n;
INSERT INTO kroles.media (id, name, owner_id) SELECT n, 'film ' || n, 1 FROM generate_series(1, 20000) AS n;
INSERT INTO kroles.publications (media_id, space_id) SELECT n, 1 + n % 200 FROM generate_series(1, 20000) AS n;

CREATE TABLE views (media_id bigint NOT NULL, at timestamptz NOT NULL, seconds integer) PARTITION BY RANGE (at);
SELECT format('CREATE TABLE views_%s PARTITION OF views FOR VALUES FROM (%L) TO (%L)', to_char(m, 'YYYY_MM'), m, m + interval '1 month')
FROM generate_series(timestamptz '2024-01-01 UTC', '2025-12-01 UTC', '1 month') AS m \gexec
INSERT INTO views SELECT 1 + (n::bigint * 7919) % 20000, timestamptz '2024-01-01 UTC' + n * interval '730 days' / 1000000, n % 3600 FROM generate_series(0, 999999) AS n;
CREATE INDEX ON views (at);
CREATE INDEX ON views (media_id);
CREATE TABLE plain_views (LIKE views) PARTITION BY RANGE (at);
SELECT format('CREATE TABLE plain_views_%s PARTITION OF plain_views FOR VALUES FROM (%L) TO (%L)', to_char(m, 'YYYY_MM'), m, m + interval '1 month')
FROM generate_series(timestamptz '2024-01-01 UTC', '2025-12-01 UTC', '1 month') AS m \gexec
INSERT INTO plain_views SELECT * FROM views;
CREATE INDEX ON plain_views (at);
CREATE INDEX ON plain_views (media_id);
SELECT kroles_protect('views', 'media', 'media_id') \g /dev/null
GRANT SELECT ON views, plain_views TO bench_app;
VACUUM ANALYZE;

CREATE TABLE results (question text, variant text, seconds float8, partitions integer, rows bigint);
GRANT INSERT ON results TO bench_app;
CREATE PROCEDURE measure(question text, query text) LANGUAGE plpgsql AS $$
DECLARE
    began timestamptz;
    variant text;
    plan text;
    line text;
    counted bigint;
BEGIN
    FOR run IN 0 .. 5 LOOP
        FOREACH variant IN ARRAY '{views, plain_views}'::text[] LOOP
            plan := '';
            FOR line IN EXECUTE format('EXPLAIN (COSTS OFF) ' || query, variant) LOOP plan := plan || line || E'\n'; END LOOP;
            began := clock_timestamp();
            EXECUTE format('SELECT count(*) FROM (' || query || ') AS q', variant) INTO counted;
            IF run > 0 THEN
                INSERT INTO results VALUES (question, variant, extract(epoch FROM clock_timestamp() - began),
                    (SELECT count(DISTINCT m) FROM regexp_matches(plan, 'views_\d+_\d+ ', 'g') AS m), counted);
            END IF;
        END LOOP;
    END LOOP;
END $$;
SET SESSION AUTHORIZATION bench_app;
SET kroles."user" = 'u2';
SET max_parallel_workers_per_gather = 0;
CALL measure('one month, all rows', 'SELECT seconds FROM %I v WHERE at >= ''2025-03-01 UTC'' AND at < ''2025-04-01 UTC''');
CALL measure('newest 20 of a month', 'SELECT seconds FROM %I v WHERE at >= ''2025-03-01 UTC'' AND at < ''2025-04-01 UTC'' ORDER BY at DESC LIMIT 20');
CALL measure('newest 20', 'SELECT seconds FROM %I v ORDER BY at DESC LIMIT 20');
CALL measure('a media that one sees', 'SELECT seconds FROM %I v WHERE media_id = 2');
CALL measure('a media that one does not see', 'SELECT seconds FROM %I v WHERE media_id = 1');
CALL measure('everything', 'SELECT seconds FROM %I v');
RESET SESSION AUTHORIZATION;
WITH medians AS (
    SELECT question, variant, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) * 1000 AS ms, max(partitions) AS partitions, max(rows) AS rows
    FROM results GROUP BY question, variant)
SELECT p.question, n.partitions AS "partitions read without", p.partitions AS "with policies", n.rows AS "rows without", p.rows AS "with policies",
       round(n.ms::numeric, 2) AS "ms without", round(p.ms::numeric, 2) AS "with policies", round((p.ms / n.ms)::numeric, 2) AS ratio
FROM medians p JOIN medians n USING (question) WHERE p.variant = 'views' AND n.variant = 'plain_views' ORDER BY n.rows, p.question;
