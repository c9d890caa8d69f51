-- Leaks by plans, statistics, sequences and catalogs.
\set name attack_leak_statistics
\ir lib/portal.psql
SELECT * FROM no_plan();
INSERT INTO kroles.media (id, name, owner_id) SELECT n, 'hidden', 777001 FROM generate_series(777100, 777199) AS n;
ANALYZE;
SELECT attack.login('eve', 'attack_app', '-c kroles.token=' || attack.token('eve'));

-- ---- Statistics ----
SELECT attack.attempt('0', attack.says('eve', format('SELECT count(*) FROM %s WHERE schemaname = ''kroles''', view)),
    view || ' of our tables')
FROM unnest('{pg_stats, pg_stats_ext, pg_stats_ext_exprs}'::text[]) AS view;
SELECT attack.attempt('42501', attack.says('eve', statement), statement)
FROM (VALUES ('SELECT count(*) FROM pg_statistic'), ('SELECT count(*) FROM pg_statistic_ext_data'),
    ('CREATE STATISTICS s (mcv) ON name, owner_id FROM kroles.media'), ('CREATE INDEX ON kroles.media (name)'),
             ('CREATE UNIQUE INDEX ON kroles.media (name)'),
             ('ALTER TABLE kroles.media ALTER COLUMN name SET STATISTICS 10000')) AS t (statement);
SELECT attack.attempt('same', CASE WHEN stats_reset_then IS NOT DISTINCT
    FROM attack.says('eve', 'ANALYZE kroles.media',
    'SELECT last_analyze FROM pg_stat_user_tables WHERE relid = ''kroles.media''::regclass') THEN 'same' ELSE 'analyzed' END,
    'ANALYZE kroles.media')
FROM (SELECT attack.says('eve', 'SELECT last_analyze FROM pg_stat_user_tables WHERE relid = ''kroles.media''::regclass')) AS t (stats_reset_then);
SELECT attack.attempt('42501', attack.says('eve', 'BEGIN', 'LOCK TABLE kroles.audit_log IN SHARE MODE'),
    'LOCK TABLE kroles.audit_log IN SHARE MODE'), attack.says('eve', 'ROLLBACK');
-- extended statistics of the owner are as closed as plain ones
CREATE STATISTICS kroles.media_names (mcv) ON name, owner_id FROM kroles.media;
ANALYZE kroles.media;
SELECT attack.control('1', (SELECT count(*)::text FROM pg_stats_ext WHERE most_common_vals IS NOT NULL
    AND statistics_schemaname = 'kroles'), 'the owner has extended statistics');
SELECT attack.attempt('0', attack.says('eve', 'SELECT count(*) FROM pg_stats_ext WHERE most_common_vals IS NOT NULL'),
    'extended statistics of the owner');

-- ---- Sequences ----
SELECT attack.attempt('42501', attack.says('eve', statement), statement)
FROM (VALUES ('SELECT last_value FROM kroles.media_id_seq'), ('SELECT setval(''kroles.media_id_seq'', 1)'),
    ('SELECT last_value FROM kroles.audit_log_id_seq'), ('SELECT nextval(''kroles.audit_log_id_seq'')'),
             ('ALTER SEQUENCE kroles.media_id_seq RESTART')) AS t (statement);
SELECT attack.attempt('55000', attack.says('eve', 'SELECT currval(''kroles.media_id_seq'')'),
    'SELECT currval(''kroles.media_id_seq'') of another session');

-- ---- Files, pages and transactions ----
CREATE EXTENSION pageinspect;
CREATE EXTENSION pgstattuple;
SELECT attack.attempt('42501', attack.says('eve', statement), statement)
FROM (VALUES ('SELECT count(*) FROM heap_page_items(get_raw_page(''kroles.media'', 0))'),
    ('SELECT count(*) FROM bt_page_items(''kroles.media_id_is_unique'', 1)'),
    ('SELECT tuple_count FROM pgstattuple(''kroles.media'')'),
             ('SELECT pg_read_file(pg_relation_filepath(''kroles.media''))'),
             ('COPY kroles.media TO PROGRAM ''cat'''),
             ('COPY kroles.media TO ''/tmp/x'''),
             ('SELECT lo_import(''/etc/passwd'')')) AS t (statement);
SELECT attack.attempt('no row', attack.says('eve', statement), statement)
FROM (VALUES
    ('SELECT xmin FROM kroles.media WHERE id = 777040'),
    ('SELECT ctid FROM kroles.media WHERE id > 777000'),
    ('SELECT tableoid FROM kroles.spaces WHERE id = 777020'),
    ('SELECT cmax FROM kroles.users WHERE id = 777001')
) AS t (statement);

-- ---- Time ----
-- A question about a hidden object is not of another order than one about none: the least of seven rounds of each, in turn, on a
-- machine that does other things meanwhile. (Small differences remain, and the first question reads what there is to read.)
CREATE SCHEMA mallory AUTHORIZATION attack_app;
SELECT attack.says('eve', 'CREATE FUNCTION mallory.longer(question text) RETURNS numeric LANGUAGE plpgsql AS $f$
    DECLARE
        started timestamptz;
        least numeric[] := ''{1e9, 1e9}'';
    BEGIN
        FOR round IN 1..14 LOOP
            started := clock_timestamp();
            EXECUTE format(''SELECT count(%s) FROM generate_series(1, 10000)'',
                replace(question, ''%s'', (ARRAY[''777040'', ''888040''])[1 + round % 2]));
            least[1 + round % 2] := least(least[1 + round % 2], extract(epoch FROM clock_timestamp() - started));
        END LOOP;
        RETURN greatest(least[1] / least[2], least[2] / least[1]);
    END $f$');
SELECT attack.attempt('alike', CASE WHEN attack.says('eve',
    format('SELECT mallory.longer(%L)', question))::numeric < 10 THEN 'alike' ELSE 'differs' END, 'the time of ' || question)
FROM (VALUES
    ('kroles_can(''view'', ''media'', %s)'),
    ('kroles_rights(''media'', %s)'),
    ('kroles_can_publish(%s, 20)'),
    ('kroles_can(''view'', ''channel'', %s - 20)')
) AS t (question);

-- ---- What PostgreSQL leaves ----
-- EXPLAIN ANALYZE counts the rows that a filter removed, policies included: of one row looked up by its key, that tells whether
-- it is there. Plans are made with statistics of all rows. Sizes and counters of a table are anybody's to read.
CREATE FUNCTION pg_temp.removed(statement text) RETURNS text LANGUAGE sql AS
$$ SELECT coalesce(substring(attack.says('eve',
    'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ' || statement) FROM 'Rows Removed by Filter: \d+'),
    'no rows removed') $$;
SELECT attack.says('eve', 'SET enable_seqscan = off');
SELECT attack.says('eve', 'SET enable_bitmapscan = off');    -- no row is removed where an index finds those that are seen
SELECT attack.left_open(expected, pg_temp.removed(statement), 'EXPLAIN ANALYZE ' || statement)
FROM (VALUES ('Rows Removed by Filter: 1', 'SELECT name FROM kroles.media WHERE id = 777040'),
    ('no rows removed', 'SELECT name FROM kroles.media WHERE id = 888040'),
             ('Rows Removed by Filter: 102', 'SELECT name FROM kroles.media WHERE owner_id = 777001'),
             ('Rows Removed by Filter: 102', 'SELECT name FROM kroles.media')) AS t (expected, statement);
SELECT attack.says('eve', 'RESET enable_seqscan');
CREATE FUNCTION pg_temp.estimate(statement text) RETURNS bigint LANGUAGE sql AS
$$ SELECT (attack.says('eve', 'EXPLAIN (FORMAT JSON) ' || statement)::jsonb -> 0 -> 'Plan' ->> 'Plan Rows')::bigint $$;
SELECT attack.left_open('more rows', CASE WHEN pg_temp.estimate('SELECT FROM kroles.media WHERE owner_id = 777001') > pg_temp.estimate('SELECT FROM kroles.media WHERE owner_id = 888001') THEN 'more rows' ELSE 'as many' END,
    'EXPLAIN estimates more media for a hidden owner who has many than for one who does not exist');
SELECT attack.left_open('more rows', CASE WHEN pg_temp.estimate('SELECT FROM kroles.media WHERE name = ''hidden''') > pg_temp.estimate('SELECT FROM kroles.media WHERE name = ''absent''') THEN 'more rows' ELSE 'as many' END,
    'EXPLAIN estimates more media for a name that hidden ones often have');
SELECT attack.left_open('104', attack.says('eve', 'SELECT reltuples FROM pg_class WHERE oid = ''kroles.media''::regclass'),
    'pg_class tells how many rows a table has');
SELECT attack.left_open('t', attack.says('eve', 'SELECT pg_relation_size(''kroles.media'') > 0'),
    'pg_relation_size tells how large a table is');
SELECT attack.left_open('1000000', attack.says('eve',
    'SELECT last_value FROM pg_sequences WHERE sequencename = ''media_id_seq'''),
    'pg_sequences tells the last id of a sequence that one may use');
SELECT attack.left_open('1000001', attack.says('eve', 'INSERT INTO kroles.media (name) VALUES (''x'') RETURNING id'),
    'the id of a row just made tells how many were made before');

SELECT * FROM finish();
