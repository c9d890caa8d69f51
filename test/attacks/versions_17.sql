-- New in PostgreSQL 17: MERGE that returns rows, that changes views, and rows that the source has not; JSON_TABLE and functions
-- beside; COPY that goes on after errors; the privilege MAINTAIN and the role pg_maintain.
\set name kroles_versions_17
\ir lib/campus.psql
SELECT * FROM no_plan();
SELECT current_setting('server_version_num')::int >= 170000 AS has \gset
\if :has
\else
SELECT skip('PostgreSQL 17: MERGE that returns, of views and by source, JSON_TABLE, COPY over errors, MAINTAIN, SET EXPRESSION', 74);
SELECT * FROM finish();
\quit
\endif

-- ---- MERGE ... RETURNING: nothing of a hidden row comes back ----
CREATE FUNCTION campus.merges(what text, gets text) RETURNS text LANGUAGE sql AS $$
    SELECT format('WITH w AS (MERGE INTO kroles.media AS m USING (SELECT * FROM (VALUES (1), (2), (4)) AS v (id)) AS v ON m.id = v.id %s RETURNING %s AS r) SELECT r FROM w', what, gets)
$$;
SELECT campus.tries('stranger', answer, 'merges: ' || what || ' RETURNING ' || gets, campus.merges(what, gets))
FROM (VALUES
    ('Diary', 'WHEN MATCHED AND m.owner_id = 18 THEN DELETE', 'm.name'), ('UPDATE 2 x', 'WHEN MATCHED AND m.owner_id = 18 THEN UPDATE SET name = ''x''', 'concat_ws('' '', merge_action(), m.id, m.name)'),
    ('hidden', 'WHEN MATCHED AND m.owner_id = 18 THEN UPDATE SET name = ''x''', 'm.audience'), ('42501', 'WHEN MATCHED THEN UPDATE SET name = ''x''', 'm.name'),
    ('no row', 'WHEN MATCHED AND m.id = 4 THEN UPDATE SET name = ''x''', 'm.name'), ('no row', 'WHEN MATCHED THEN DO NOTHING', 'm.name'),
    ('42501', 'WHEN NOT MATCHED THEN INSERT (id, name, owner_id) VALUES (v.id, ''x'', 18)', 'm.name'), ('42501', 'WHEN NOT MATCHED THEN INSERT (name, owner_id) VALUES (''x'', 2)', 'm.id'),
    ('NULL', 'WHEN MATCHED AND m.owner_id = 18 THEN UPDATE SET external_id = (SELECT h.name FROM kroles.media AS h WHERE h.id = 4)', 'm.external_id')) AS t (answer, what, gets);
SELECT campus.tries('member', '42501', 'merges themselves into the managers', 'WITH w AS (MERGE INTO kroles.space_members AS m USING (VALUES (1, 6)) AS v (s, u) ON m.space_id = v.s AND m.user_id = v.u WHEN MATCHED THEN UPDATE SET role = ''manager'' RETURNING m.role) SELECT role FROM w');

-- ---- Rows that the source has not: hidden ones are none of them ----
SELECT campus.tries(who, answer, 'merges: ' || what, 'MERGE INTO kroles.media AS m USING (VALUES (1)) AS v (id) ON m.id = v.id ' || what)
FROM (VALUES
    ('stranger', '42501', 'WHEN NOT MATCHED BY SOURCE THEN DELETE'), ('stranger', '42501', 'WHEN NOT MATCHED BY SOURCE THEN UPDATE SET name = ''x'''),
    ('stranger', 'no row', 'WHEN NOT MATCHED BY SOURCE AND m.id IN (4, 6, 8) THEN DELETE'), ('stranger', '1 row', 'WHEN NOT MATCHED BY SOURCE AND m.owner_id = 18 THEN DELETE'),
    ('blocked', 'no row', 'WHEN NOT MATCHED BY SOURCE THEN DELETE'), (NULL, 'no row', 'WHEN NOT MATCHED BY SOURCE THEN DELETE'),
    ('stranger', '42501', 'WHEN NOT MATCHED BY SOURCE AND m.id = 3 THEN UPDATE SET owner_id = 18')) AS t (who, answer, what);

-- ---- MERGE through views (the campus tries it with every change of a view, too) ----
SELECT campus.tries(who, answer, 'merges into ' || what, 'MERGE INTO ' || what)
FROM (VALUES
    ('stranger', '42501', 'kroles.channels AS t USING (VALUES (1)) AS v (id) ON t.id = v.id WHEN MATCHED THEN UPDATE SET name = ''x'''),
    ('stranger', '42501', 'kroles.channels AS t USING (VALUES (1)) AS v (id) ON t.id = v.id WHEN MATCHED THEN DELETE'),
    ('stranger', 'no row', 'kroles.channels AS t USING (VALUES (2)) AS v (id) ON t.id = v.id WHEN MATCHED THEN UPDATE SET name = ''x'''),
    ('viewer', '42501', 'kroles.channels AS t USING (VALUES (99)) AS v (id) ON t.id = v.id WHEN NOT MATCHED THEN INSERT (type, name, owner_id) VALUES (''open'', ''x'', 2)'),
    ('manager', '1 row', 'kroles.channels AS t USING (VALUES (1)) AS v (id) ON t.id = v.id WHEN MATCHED THEN UPDATE SET name = ''x''')) AS t (who, answer, what);

-- ---- JSON_TABLE and functions beside ----
SELECT campus.tries('stranger', answer, query, query)
FROM (VALUES
    ('1 2 3 5 7', 'SELECT j.id FROM kroles.media AS m, JSON_TABLE(to_jsonb(m), ''$'' COLUMNS (id bigint PATH ''$.id'')) AS j ORDER BY j.id'),
    ('1 2 3 5 7', 'SELECT id FROM kroles.media AS m WHERE JSON_EXISTS(to_jsonb(m), ''$ ? (@.name like_regex ".")'') ORDER BY id'),
    ('hidden', 'SELECT DISTINCT JSON_VALUE(to_jsonb(m), ''$.audience'') FROM kroles.media AS m'),
    ('no row', 'SELECT JSON_QUERY(to_jsonb(m), ''$.name'') FROM kroles.media AS m WHERE id = 4'),
    -- the error would come from a hidden row
    ('0', 'SELECT count(*) FROM kroles.media AS m WHERE id IN (4, 6, 8) AND JSON_VALUE(to_jsonb(m), ''$.name'' RETURNING int ERROR ON ERROR) > 0'),
    ('0', 'SELECT count(*) FROM kroles.media AS m WHERE id IN (4, 6, 8) AND JSON_SERIALIZE(JSON_SCALAR(name) RETURNING varchar(1)) IS NOT NULL'),
    ('0', 'SELECT count(*) FROM kroles.media AS m, JSON_TABLE(to_jsonb(m), ''$'' COLUMNS (n int PATH ''$.name'' ERROR ON ERROR)) AS j WHERE m.id IN (4, 6, 8)')) AS t (answer, query);

-- ---- COPY that goes on after errors: over none of ours ----
\set ON_ERROR_STOP off
\set VERBOSITY sqlstate
SET SESSION AUTHORIZATION campus_gateway;
SET kroles."user" = 'stranger';
COPY kroles.media (name, owner_id) FROM STDIN (ON_ERROR ignore);
x	x
\.
\set into_media :LAST_ERROR_SQLSTATE
COPY kroles.user_import (login, administrator) FROM STDIN (ON_ERROR ignore, LOG_VERBOSITY verbose);
stranger	true
\.
\set into_list :LAST_ERROR_SQLSTATE
RESET kroles."user";
RESET SESSION AUTHORIZATION;
SELECT 'CREATE ROLE campus_loader LOGIN BYPASSRLS' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'campus_loader') \gexec
SELECT FROM kroles_grant_access('campus_loader');
SELECT FROM kroles_trust_gateway('campus_loader');
SET SESSION AUTHORIZATION campus_loader;
SET kroles."user" = 'stranger';
COPY kroles.publications (media_id, space_id, status) FROM STDIN (ON_ERROR ignore);
2	3	approved
x	y	z
\.
\set loaded :LAST_ERROR_SQLSTATE
COPY kroles.media (id, name, owner_id, audience) FROM STDIN (ON_ERROR ignore);
x	x	18	published
\.
\set audience_loaded :ROW_COUNT
RESET kroles."user";
RESET SESSION AUTHORIZATION;
\set VERBOSITY default
\set ON_ERROR_STOP on
SELECT is(:'into_media'::text, '0A000', '0A000: stranger copies into media, and over errors');
SELECT is(:'into_list'::text, '42501', '42501: stranger copies a list of people in, and over errors');
SELECT is(:'loaded'::text, '42501', '42501: stranger, through a gateway that bypasses row security, copies a publication in, and over errors');
SELECT is(:'audience_loaded'::text, '0', 'no row: stranger, through such a gateway, copies an audience in behind an error');
SELECT is((SELECT count(*) FROM kroles.publications WHERE media_id = 2), 0::bigint, 'control: nothing of it is there');

-- ---- Maintenance: an application has no privilege for it ----
SELECT campus.tries(who, '42501', statement, statement)
FROM unnest(ARRAY['REINDEX TABLE kroles.media', 'REINDEX INDEX kroles.media_audience', 'CLUSTER kroles.media USING media_id_is_unique', 'GRANT pg_maintain TO campus_gateway']) AS statement, unnest('{stranger, administrator}'::text[]) AS who;
SELECT is(campus.answer('administrator', 'GRANT MAINTAIN ON kroles.media TO campus_gateway', NULL, 'SELECT has_table_privilege(''campus_gateway'', ''kroles.media'', ''MAINTAIN'')'),
    'false', 'false: administrator grants the application MAINTAIN on media (a warning)');
CREATE FUNCTION campus.analyzed() RETURNS text LANGUAGE sql AS $$ SELECT count(*)::text FROM pg_statistic WHERE starelid = 'kroles.media'::regclass $$;
SELECT is(campus.answer('administrator', 'ANALYZE kroles.media', NULL, 'SELECT campus.analyzed()'), '0', '0: administrator analyses media (a warning)');

CREATE EXTENSION dblink;
CREATE FUNCTION campus.rewrites(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    was oid := pg_relation_filenode('kroles.media');
BEGIN
    PERFORM dblink_connect('person', format('host=%s port=%s dbname=%s user=campus_gateway options=%L', current_setting('unix_socket_directories'), current_setting('port'), current_database(),
        '-c client_min_messages=error')), dblink_exec('person', statement), dblink_disconnect('person');
    RETURN CASE WHEN was = pg_relation_filenode('kroles.media') THEN 'as before' ELSE 'rewritten' END;
END $$;
SELECT is(campus.rewrites(statement), 'as before', 'as before: media after an application''s ' || statement || ' (a warning)')
FROM unnest('{VACUUM FULL kroles.media,"VACUUM (FULL, ANALYZE) kroles.media"}'::text[]) AS statement;

-- a materialised view of another role that may be refreshed: filled as its owner, for whom nobody asks
SELECT 'CREATE ROLE campus_maker' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'campus_maker') \gexec
SELECT FROM kroles_grant_access('campus_maker');
CREATE SCHEMA app AUTHORIZATION campus_maker;
GRANT USAGE ON SCHEMA app TO campus_gateway;
SET ROLE campus_maker;
CREATE MATERIALIZED VIEW app.copied AS SELECT id, name FROM kroles.media;
GRANT SELECT, MAINTAIN ON app.copied TO campus_gateway;
RESET ROLE;
SELECT campus.tries(who, '0', 'refreshes a view of media, and counts what is in it', 'SELECT count(*) FROM app.copied', 'REFRESH MATERIALIZED VIEW app.copied')
FROM unnest('{administrator, owner}'::text[]) AS who;

-- ---- A role that may maintain sees and changes no row by it ----
SELECT 'CREATE ROLE campus_maintainer LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'campus_maintainer') \gexec
SELECT FROM kroles_grant_access('campus_maintainer');
SELECT FROM kroles_trust_gateway('campus_maintainer');
SELECT is((SELECT count(*) FROM kroles_doctor() WHERE finding IN ('maintenance_login', 'unguarded_privilege')), 0::bigint, 'control: kroles_doctor() finds no role that maintains');
GRANT pg_maintain TO campus_maintainer;
GRANT MAINTAIN ON kroles.media TO campus_maintainer;
SELECT is((SELECT string_agg(severity || ' ' || finding || ' ' || subject, ', ' ORDER BY finding) FROM kroles_doctor() WHERE finding IN ('maintenance_login', 'unguarded_privilege')),
    'warning maintenance_login campus_maintainer, warning unguarded_privilege kroles.media', 'control: kroles_doctor() finds the role, and the privilege on the table');
CREATE FUNCTION campus.maintains(statement text, then_asks text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    PERFORM set_config('kroles.user', 'stranger', true);
    SET SESSION AUTHORIZATION campus_maintainer;
    EXECUTE statement;
    answer := campus.rows(then_asks);
    RAISE EXCEPTION USING ERRCODE = 'KR000';
EXCEPTION
    WHEN SQLSTATE 'KR000' THEN RETURN answer;
    WHEN OTHERS THEN RETURN SQLSTATE;
END $$;
GRANT USAGE ON SCHEMA campus TO campus_maintainer;
SELECT is(campus.maintains(statement, 'SELECT id FROM kroles.media ORDER BY id'), '1 2 3 5 7', '1 2 3 5 7: a stranger who may maintain reads media after ' || statement)
FROM unnest(ARRAY['ANALYZE kroles.media', 'REINDEX TABLE kroles.media', 'CLUSTER kroles.media USING media_id_is_unique', 'REINDEX INDEX kroles.media_audience',
    'LOCK TABLE kroles.media IN ACCESS EXCLUSIVE MODE']) AS statement;
SELECT is(campus.maintains('ANALYZE kroles.media, kroles.users', query), answer, answer || ': a stranger who may maintain asks, after ANALYZE, ' || query)
FROM (VALUES
    ('no row', 'SELECT most_common_vals FROM pg_stats WHERE schemaname = ''kroles'' AND tablename IN (''media'', ''users'')'), ('42501', 'SELECT stavalues1 FROM pg_statistic'),
    ('no row', 'SELECT login FROM kroles.users WHERE login = ''rival'''), ('no row', 'UPDATE kroles.media SET name = ''x'' WHERE id = 4 RETURNING 1')) AS t (answer, query);
SELECT is(campus.maintains(query, 'SELECT 1'), '42501', '42501: a stranger who may maintain: ' || query)
FROM unnest(ARRAY['TRUNCATE kroles.media', 'ALTER TABLE kroles.media DISABLE ROW LEVEL SECURITY', 'ALTER TABLE kroles.media DISABLE TRIGGER ALL', 'DROP INDEX kroles.media_audience',
    'CREATE INDEX ON kroles.media (name)', 'SELECT * FROM kroles_verify()', 'CREATE STATISTICS kroles.mine ON id, name FROM kroles.media']) AS query;
REVOKE pg_maintain FROM campus_maintainer;
REVOKE MAINTAIN ON kroles.media FROM campus_maintainer;

-- ---- Code of an attacker's that maintenance runs finds no name but in pg_catalog; our own indexes need none ----
SELECT is(campus.maintains(statement, 'SELECT 1'), '42501', '42501: without the privilege: ' || statement) FROM unnest('{REINDEX TABLE kroles.media,CLUSTER kroles.users USING users_id_is_unique}'::text[]) AS statement;
REINDEX TABLE kroles.media;
ANALYZE;
SELECT is((SELECT count(*) FROM kroles_verify()), 0::bigint, 'control: what is derived is right after all of it');

-- ---- The expression of a column with the id: its owner alone changes it, and the rows with it ----
SET ROLE campus_maker;
CREATE TABLE app.notes (id bigint, n bigint, media bigint GENERATED ALWAYS AS (n) STORED);
INSERT INTO app.notes (id, n) VALUES (1, 1), (4, 4);
SELECT FROM kroles_protect('app.notes', 'media', 'media');
GRANT SELECT, INSERT, UPDATE, DELETE ON app.notes TO campus_gateway;
RESET ROLE;
SELECT campus.tries('stranger', '1', 'reads notes by a stored id', 'SELECT id FROM app.notes');
SELECT campus.tries('stranger', '42501', 'gives the id another expression', 'ALTER TABLE app.notes ALTER COLUMN media SET EXPRESSION AS (2)');
SELECT campus.tries('stranger', '42501', 'adds a note on a hidden film by the expression', 'INSERT INTO app.notes (id, n) VALUES (5, 4)');
SELECT campus.tries('stranger', 'no row', 'changes what the expression is made from', 'UPDATE app.notes SET n = 2');
SET ROLE campus_maker;
ALTER TABLE app.notes ALTER COLUMN media SET EXPRESSION AS (n * 100);
RESET ROLE;
SELECT campus.tries('stranger', 'no row', 'reads notes after the owner changed the expression', 'SELECT id FROM app.notes');

SELECT * FROM finish();
