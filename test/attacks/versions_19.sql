-- New in PostgreSQL 19: ON CONFLICT DO SELECT, REPACK, WAIT FOR, COPY of partitioned tables and as JSON, COPY that makes errors NULL,
-- window functions that leave NULLs out, and advice to the planner.
\set name kroles_versions_19
\ir lib/campus.psql
SELECT * FROM no_plan();
SELECT current_setting('server_version_num')::int >= 190000 AS has \gset
\if :has
\else
SELECT skip('PostgreSQL 19: ON CONFLICT DO SELECT, REPACK, COPY of partitioned tables, as JSON and with NULL for errors, WAIT FOR, advice', 57);
SELECT * FROM finish();
\quit
\endif
UPDATE kroles.media SET external_id = 'ext-' || id;
CREATE SCHEMA own AUTHORIZATION campus_gateway;
SET ROLE campus_gateway;
CREATE FUNCTION own.tells(row_of text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'LEAK1', MESSAGE = row_of; END $$;
RESET ROLE;

-- ---- ON CONFLICT DO SELECT: what the policies show, and to lock what may be changed ----
SELECT campus.tries('stranger', answer, format('has media shown by its %s, %s', key, what), format('INSERT INTO kroles.media (name, owner_id, %s) VALUES (''x'', 18, %L) ON CONFLICT (%1$s) DO SELECT %3$s RETURNING name', key, value, what))
FROM (VALUES
    ('external_id', 'ext-4', '', '42501'), ('external_id', 'ext-4', 'FOR KEY SHARE', '42501'), ('external_id', 'ext-4', 'FOR UPDATE', '42501'), ('external_id', 'ext-4', 'WHERE false', '0A000'),
    ('external_id', 'ext-4', 'WHERE media.name = ''Draft''', '0A000'), ('external_id', 'ext-2', 'FOR UPDATE WHERE own.tells(media::text)', '0A000'), ('external_id', 'ext-1', '', 'Symposium'), ('external_id', 'ext-1', 'FOR UPDATE', '42501'), ('external_id', 'ext-2', 'FOR UPDATE', 'Diary'),
    ('id', '4', '', '42501'), ('id', '4', 'FOR UPDATE', '42501'), ('id', '99', '', '42501')) AS t (key, value, what, answer);
SELECT campus.tries('stranger', '0A000', 'has a condition asked of a hidden film', 'INSERT INTO kroles.media (name, owner_id, external_id) VALUES (''x'', 18, ''ext-4'') ON CONFLICT (external_id) DO SELECT WHERE 1 / (length(media.name) - 5) = 0 RETURNING name');
SELECT campus.tries('stranger', '0A000', 'has one asked in a part of a statement', 'WITH w AS (INSERT INTO kroles.media (name, owner_id, external_id) VALUES (''x'', 18, ''ext-4'') ON CONFLICT (external_id) DO SELECT WHERE own.tells(media::text) RETURNING name) SELECT name FROM w');
SELECT campus.may('stranger', 'Diary', 'asks it of what is returned', 'WITH w AS (INSERT INTO kroles.media (name, owner_id, external_id) VALUES (''x'', 18, ''ext-2'') ON CONFLICT (external_id) DO SELECT RETURNING name) SELECT name FROM w WHERE name <> ''x''');
-- as the first statement of a session, too
CREATE EXTENSION dblink;
CREATE FUNCTION campus.says_first(who text, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM dblink_connect('fresh', format('host=%s port=%s dbname=%s user=campus_gateway', current_setting('unix_socket_directories'), current_setting('port'), current_database())),
        dblink_exec('fresh', format('SET kroles."user" = %L', who));
    RETURN (SELECT string_agg(a, ' ') FROM dblink('fresh', statement) AS t (a text));
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
SELECT campus.says_first('stranger', 'INSERT INTO kroles.media (name, owner_id, external_id) VALUES (''x'', 18, ''ext-4'') ON CONFLICT (external_id) DO SELECT WHERE own.tells(media::text) RETURNING name') AS at_first \gset
SELECT is(:'at_first'::text, '0A000', '0A000: stranger has one asked by the first statement of a session');
SELECT campus.tries(who, answer, 'has ' || what || ' shown', statement)
FROM (VALUES
    ('administrator', 'a key', '42501', 'INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES (''main'', ''HS256'', repeat(''x'', 32)) ON CONFLICT (kid) DO SELECT RETURNING key'),
    ('member', 'who manages Lectures', '42501', 'INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 3, ''member'') ON CONFLICT ON CONSTRAINT space_members_one_grant_a_user_or_group DO SELECT RETURNING role'),
    ('member', 'themselves in Lectures', '42501', 'INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 6, ''manager'') ON CONFLICT ON CONSTRAINT space_members_one_grant_a_user_or_group DO SELECT RETURNING role'),
    ('stranger', 'a person', '42501', 'INSERT INTO kroles.users (login) VALUES (''rival'') ON CONFLICT (login) DO SELECT RETURNING id')) AS t (who, what, answer, statement);

-- ---- REPACK: not for an application; what it leaves is as before ----
SELECT campus.tries(who, '42501', statement, statement)
FROM unnest('{REPACK kroles.media,REPACK kroles.media USING INDEX media_id_is_unique}'::text[]) AS statement, unnest('{stranger, administrator}'::text[]) AS who;
REPACK kroles.media USING INDEX media_id_is_unique;
REPACK (CONCURRENTLY) kroles.media;
REPACK (ANALYZE) kroles.publications;
SELECT is((SELECT count(*) FROM kroles_verify()), 0::bigint, 'control: what is derived is right after REPACK');
SELECT campus.tries('stranger', '1 2 3 5 7', 'reads media after REPACK', 'SELECT id FROM kroles.media ORDER BY id');
SELECT campus.tries('stranger', '1 2 3 5 7', 'reads media after REPACK, by indexes', 'SELECT id FROM kroles.media ORDER BY id', 'SET enable_seqscan = off');

-- ---- An application's tables in partitions, COPY ----
SELECT 'CREATE ROLE campus_maker' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'campus_maker') \gexec
CREATE SCHEMA app AUTHORIZATION campus_maker;
GRANT USAGE ON SCHEMA app TO campus_gateway;
SET ROLE campus_maker;
CREATE TABLE app.log (id bigint, media bigint, n int) PARTITION BY RANGE (id);
CREATE TABLE app.log_1 PARTITION OF app.log FOR VALUES FROM (0) TO (3);
CREATE TABLE app.log_2 PARTITION OF app.log FOR VALUES FROM (3) TO (100);
INSERT INTO app.log VALUES (1, 1, 1), (2, 4, 7), (3, 3, NULL), (4, 6, 7), (5, 5, NULL);
SELECT FROM kroles_protect('app.log', 'media', 'media');
GRANT SELECT ON app.log TO campus_gateway;
RESET ROLE;
SET SESSION AUTHORIZATION campus_gateway;
SET kroles."user" = 'stranger';
COPY app.log TO STDOUT \g /dev/null
\set copied :ROW_COUNT
COPY app.log (id) TO STDOUT (FORMAT json) \g /dev/null
\set copied_json :ROW_COUNT
COPY kroles.media TO STDOUT (FORMAT json, FORCE_ARRAY) \g /dev/null
\set copied_media :ROW_COUNT
RESET kroles."user";
COPY app.log TO STDOUT \g /dev/null
\set copied_nobody :ROW_COUNT
\set ON_ERROR_STOP off
\set VERBOSITY sqlstate
SET kroles."user" = 'stranger';
COPY app.log_1 TO STDOUT;
\set copied_partition :LAST_ERROR_SQLSTATE
COPY kroles.media (name, owner_id, external_id) FROM STDIN (ON_ERROR set_null);
x	x	ext-4
\.
\set into_media :LAST_ERROR_SQLSTATE
RESET kroles."user";
RESET SESSION AUTHORIZATION;
SELECT 'CREATE ROLE campus_loader LOGIN BYPASSRLS' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'campus_loader') \gexec
SELECT FROM kroles_grant_access('campus_loader');
SELECT FROM kroles_trust_gateway('campus_loader');
SET SESSION AUTHORIZATION campus_loader;
SET kroles."user" = 'stranger';
COPY kroles.publications (media_id, space_id, status, published_by) FROM STDIN (ON_ERROR set_null);
2	3	approved	x
\.
\set loaded :LAST_ERROR_SQLSTATE
RESET kroles."user";
RESET SESSION AUTHORIZATION;
\set VERBOSITY default
\set ON_ERROR_STOP on
SELECT is(:'copied'::text, '3', '3: stranger copies a partitioned table out');
SELECT is(:'copied_json'::text, '3', '3: stranger copies it out as JSON');
SELECT is(:'copied_media'::text, '5', '5: stranger copies media out as JSON');
SELECT is(:'copied_nobody'::text, '0', 'no row: anonymous copies the partitioned table out');
SELECT is(:'copied_partition'::text, '42501', '42501: stranger copies a partition out');
SELECT is(:'into_media'::text, '0A000', '0A000: stranger copies into media, with NULL for errors');
SELECT is(:'loaded'::text, '42501', '42501: stranger, through a gateway that bypasses row security, copies a publication in, with NULL for errors');

-- ---- Windows, aggregates before joins ----
SELECT campus.tries('stranger', answer, query, query)
FROM (VALUES ('NULL 1 1', 'SELECT lag(n) IGNORE NULLS OVER (ORDER BY id) FROM app.log ORDER BY id'), ('1', 'SELECT last_value(n) IGNORE NULLS OVER () FROM app.log LIMIT 1'),
    ('5 5', 'SELECT count(*) FROM kroles.media AS m CROSS JOIN (VALUES (1), (2)) AS v (n) GROUP BY n'), ('1', 'SELECT sum(n) FROM app.log JOIN kroles.media AS m ON m.id = media')) AS t (answer, query);

-- ---- Waiting for a position of the log ----
SELECT campus.tries('stranger', answer, statement, statement)
FROM (VALUES ('0A000', 'WAIT FOR LSN ''0/1'''), ('42501', 'SELECT pg_switch_wal()')) AS t (answer, statement);

-- ---- Advice: which scan is made, not which rows it finds ----
SELECT EXISTS (SELECT FROM pg_ls_dir((SELECT setting FROM pg_config() WHERE name = 'PKGLIBDIR')) AS f WHERE f = 'pg_plan_advice.so') AS has_advice \gset
\if :has_advice
LOAD 'pg_plan_advice';
SELECT campus.tries(who, rows, 'reads media with the advice ' || advice, 'SELECT id FROM kroles.media ORDER BY id', format('SET pg_plan_advice.advice = %L', advice))
FROM unnest('{SEQ_SCAN(media),INDEX_SCAN(media kroles.media_id_is_unique),INDEX_ONLY_SCAN(media kroles.media_id_is_unique),BITMAP_HEAP_SCAN(media),DO_NOT_SCAN(media)}'::text[]) AS advice,
    (VALUES ('stranger', '1 2 3 5 7'), ('blocked', 'no row'), ('administrator', '1 2 3 4 5 6 7 8')) AS p (who, rows);
SELECT campus.tries('stranger', rows, 'reads publications with the advice ' || advice, 'SELECT media_id FROM kroles.publications ORDER BY media_id', format('SET pg_plan_advice.advice = %L', advice))
FROM unnest('{SEQ_SCAN(publications),BITMAP_HEAP_SCAN(publications)}'::text[]) AS advice, (SELECT campus.answer('stranger', 'SELECT media_id FROM kroles.publications ORDER BY media_id')) AS p (rows);
\else
SELECT skip('PostgreSQL without pg_plan_advice: advice', 17);
\endif

SELECT * FROM finish();
