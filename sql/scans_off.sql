-- Kinds of scans that a setting switches off (enable_seqscan, ...): every subject gets the same rows from whatever scans remain,
-- and no scan that is off runs where another one does. (PostgreSQL 18 counts what is off apart from the costs.)
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
\set SHOW_CONTEXT never

-- ---- 6,000 media for mia, eight of them for stan, and after them 500 drafts of dora; lessons on media, in two partitions ----
INSERT INTO kroles.users (id, login, administrator) VALUES (1, 'ada', true), (2, 'mia', false), (3, 'stan', false), (4, 'dora', false);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (1, 'channel', 'private', 'nearly everything', 1), (2, 'channel', 'private', 'little', 1);
INSERT INTO kroles.space_members (space_id, user_id) VALUES (1, 2), (2, 3);
INSERT INTO kroles.media (id, name, owner_id, created_at) SELECT n, 'film ' || n, CASE WHEN n > 6000 THEN 4 ELSE 1 END,
    timestamptz '2026-01-01' + n * interval '1 minute' FROM generate_series(1, 6500) AS n;
INSERT INTO kroles.publications (media_id, space_id, status) SELECT n, CASE WHEN n % 700 = 0 THEN 2 ELSE 1 END, 'approved' FROM generate_series(1, 6000) AS n;
CREATE INDEX ON kroles.media (created_at);
CREATE INDEX ON kroles.media (created_at) WHERE audience OPERATOR(kroles.&&) 'published';
CREATE TABLE lessons (id bigint NOT NULL, media_id bigint, grade int) PARTITION BY RANGE (id);
CREATE TABLE lessons_1 PARTITION OF lessons FOR VALUES FROM (0) TO (3000);
CREATE TABLE lessons_2 PARTITION OF lessons FOR VALUES FROM (3000) TO (9999);
INSERT INTO lessons SELECT n, n, n % 10 FROM generate_series(1, 6500) AS n;
CREATE INDEX ON lessons (media_id);
CREATE INDEX ON lessons (id);
CREATE INDEX ON lessons (grade);
SELECT kroles_protect('lessons', 'media', 'media_id');
VACUUM ANALYZE kroles.media, kroles.publications, lessons;
RESET client_min_messages;
CREATE ROLE regress_kroles_scans;
GRANT USAGE ON SCHEMA kroles TO regress_kroles_scans;
SELECT count(*) > 0 AS granted FROM kroles_grant_access('regress_kroles_scans');
GRANT SELECT ON lessons TO regress_kroles_scans;
SELECT kroles_trust_gateway('regress_kroles_scans');

CREATE FUNCTION switch(off text[]) RETURNS void LANGUAGE sql AS $$
    SELECT set_config(name, (NOT name = ANY (off))::text, false) FROM pg_settings
    WHERE name IN ('enable_seqscan', 'enable_indexscan', 'enable_indexonlyscan', 'enable_bitmapscan', 'enable_sort')
$$;
-- The rows of a query as a person, with settings off: planned for that person, or a plan that was made for another.
CREATE FUNCTION rows_of(person text, query text, off text[] DEFAULT '{}', planned_for text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found text := '';
    line text;
BEGIN
    PERFORM switch(off), set_config('plan_cache_mode', CASE WHEN planned_for IS NULL THEN 'force_custom_plan' ELSE 'force_generic_plan' END, false);
    EXECUTE 'PREPARE asked AS ' || query;
    IF planned_for IS NOT NULL THEN
        PERFORM set_config('kroles.user', planned_for, false);
        FOR line IN EXECUTE 'EXPLAIN EXECUTE asked' LOOP END LOOP;
    END IF;
    PERFORM set_config('kroles.user', person, false);
    FOR line IN EXECUTE 'EXECUTE asked' LOOP
        found := found || ' ' || line;
    END LOOP;
    DEALLOCATE asked;
    PERFORM switch('{}');
    RETURN md5(found) || ' of ' || length(found);
END $$;
-- The scans that run.
CREATE FUNCTION scans_of(person text, query text, off text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found text := '';
    line text;
BEGIN
    PERFORM switch(off), set_config('plan_cache_mode', 'force_custom_plan', false), set_config('kroles.user', person, false);
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
        IF line ~ 'Scan' AND line !~ 'never executed' THEN
            found := concat_ws(', ', nullif(found, ''), substring(line, '([A-Z][A-Za-z ]*Scan)'));
        END IF;
    END LOOP;
    PERFORM switch('{}');
    RETURN found;
END $$;

CREATE TABLE queries (n serial, query text);
INSERT INTO queries (query) VALUES
    ('SELECT count(*) || '' '' || sum(id) FROM kroles.media'), ('SELECT id::text FROM kroles.media ORDER BY id DESC LIMIT 5'),
    ('SELECT id::text FROM kroles.media ORDER BY created_at DESC LIMIT 5'), ('SELECT id::text FROM kroles.media ORDER BY created_at LIMIT 5 OFFSET 5'),
    ('SELECT count(*)::text FROM kroles.media WHERE created_at < ''2026-01-03'''), ('SELECT count(*)::text FROM kroles.publications'),
    ('SELECT count(*)::text FROM kroles.publications WHERE space_id = 1'), ('SELECT media_id::text FROM kroles.publications WHERE space_id = 2 ORDER BY media_id'),
    ('SELECT count(*) || '' '' || sum(id) FROM lessons'), ('SELECT id::text FROM lessons ORDER BY id DESC LIMIT 5'), ('SELECT id::text FROM lessons ORDER BY id LIMIT 5'),
    ('SELECT count(*)::text FROM lessons WHERE grade = 3'), ('SELECT count(*)::text FROM lessons JOIN kroles.media ON media.id = media_id');
CREATE TABLE offs (off text[]);
INSERT INTO offs SELECT ARRAY[name] FROM unnest('{enable_seqscan, enable_indexscan, enable_indexonlyscan, enable_bitmapscan, enable_sort}'::text[]) AS name;
INSERT INTO offs SELECT ARRAY[a.off[1], b.off[1]] FROM offs AS a JOIN offs AS b ON a.off < b.off;
INSERT INTO offs VALUES ('{enable_seqscan, enable_indexscan, enable_indexonlyscan, enable_bitmapscan, enable_sort}');
GRANT SELECT ON queries, offs TO regress_kroles_scans;

SET SESSION AUTHORIZATION regress_kroles_scans;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
-- ---- Rows ----
SELECT person, count(*) AS compared, count(*) FILTER (WHERE rows_of(person, query, off, planned_for) <> expected) AS different
FROM unnest('{ada, mia, stan, dora, ""}'::text[]) AS person, queries, LATERAL (SELECT rows_of(person, query) AS expected OFFSET 0) AS e,
    offs, unnest('{NULL, mia, stan}'::text[]) AS planned_for
GROUP BY person ORDER BY person;

-- ---- Scans: none that is off, where another one does ----
SELECT off, person, scans_of(person, 'SELECT count(*) FROM kroles.media', off)
FROM unnest(ARRAY['{}', '{enable_seqscan}', '{enable_bitmapscan}']::text[]) AS o, LATERAL CAST(o AS text[]) AS off, unnest('{mia, stan}'::text[]) AS person ORDER BY off, person;
SELECT off, person, scans_of(person, 'SELECT id FROM kroles.media ORDER BY id LIMIT 3', off)
FROM unnest(ARRAY['{}', '{enable_indexscan}', '{enable_indexscan,enable_bitmapscan}', '{enable_indexscan,enable_seqscan}']::text[]) AS o,
    LATERAL CAST(o AS text[]) AS off, unnest('{mia, stan}'::text[]) AS person ORDER BY off, person;
SELECT off, person, scans_of(person, 'SELECT count(*) FROM lessons', off)
FROM unnest(ARRAY['{}', '{enable_seqscan}', '{enable_bitmapscan}']::text[]) AS o, LATERAL CAST(o AS text[]) AS off, unnest('{mia, stan}'::text[]) AS person ORDER BY off, person;
-- a partition is found by keys also where its rows are asked for in an order
SELECT off, person, scans_of(person, 'SELECT id FROM lessons ORDER BY id DESC LIMIT 5', off)
FROM unnest(ARRAY['{}', '{enable_indexscan}']::text[]) AS o, LATERAL CAST(o AS text[]) AS off, unnest('{mia, stan}'::text[]) AS person ORDER BY off, person;
RESET SESSION AUTHORIZATION;
DROP TABLE lessons;
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
DROP TABLE queries, offs;
DROP FUNCTION rows_of, scans_of, switch;
DROP ROLE regress_kroles_scans;
