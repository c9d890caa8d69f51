-- Protected tables against kroles_can() on a random portal: what each command does to each row is what the right behind
-- it says, for ids and external ids, in serial and in parallel plans.
\ir lib/begin.psql

SELECT has_function(name, args, name || ' is there')
FROM (VALUES ('kroles_protect', '{regclass, kroles.object_kind, name, kroles.action, kroles.action, kroles.action, kroles.action, boolean}'::text[]),
             ('kroles_unprotect', '{regclass}'), ('kroles_doctor', '{}')) AS f (name, args);
SELECT results_eq($$SELECT provolatile, proparallel, proleakproof, prosecdef FROM pg_proc WHERE oid = 'kroles.external_can(kroles.action, kroles.object_kind, text)'::regprocedure$$,
    $$VALUES ('s'::"char", 's'::"char", false, false)$$, 'external_can is stable, parallel safe, not leakproof and no definer function');
SELECT is_empty($$SELECT oid::regprocedure FROM pg_proc WHERE prosecdef AND oid IN (SELECT objid FROM pg_depend WHERE classid = 'pg_proc'::regclass AND deptype = 'e'
        AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'kroles'))
    AND NOT (proname = 'kroles_doctor' AND proconfig = '{"search_path=pg_catalog, pg_temp"}')$$,
    'no definer function but the doctor, whose search path is pinned');
SELECT ok(NOT has_function_privilege('public', 'kroles_doctor()', 'EXECUTE'), 'the doctor is not for everybody');

-- The portal
SELECT setseed(0.20251120);
INSERT INTO kroles.users (id, login, applicative_role, administrator, blocked)
    SELECT n, 'u' || n, (enum_range(NULL::kroles.applicative_role))[2 + (random() * 3)::int], n = 1, n = 2 FROM generate_series(1, 12) AS n;
INSERT INTO kroles.groups (id, name) SELECT n, 'g' || n FROM generate_series(1, 3) AS n;
INSERT INTO kroles.group_members SELECT g, u FROM generate_series(1, 3) AS g, generate_series(1, 12) AS u WHERE random() < 0.3;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, external_id)
    SELECT n, CASE WHEN n % 3 = 0 THEN 'gallery' ELSE 'channel' END::kroles.space_kind,
           (enum_range(NULL::kroles.space_type))[1 + (random() * CASE WHEN n % 3 = 0 THEN 2 ELSE 5 END)::int], 's' || n, 1 + n % 12, 'x' || (n * 7) % 31
    FROM generate_series(1, 30) AS n;
INSERT INTO kroles.space_members (space_id, user_id, role)
    SELECT s, u, (enum_range(NULL::kroles.contextual_role))[1 + (random() * 3)::int] FROM generate_series(1, 30) AS s, generate_series(1, 12) AS u WHERE random() < 0.2;
INSERT INTO kroles.space_members (space_id, group_id, role)
    SELECT s, g, (enum_range(NULL::kroles.contextual_role))[1 + (random() * 3)::int] FROM generate_series(1, 30) AS s, generate_series(1, 3) AS g WHERE random() < 0.2;
INSERT INTO kroles.media (id, name, owner_id, external_id) SELECT n, 'm' || n, 1 + n % 12, 'x' || (n * 11) % 31 FROM generate_series(1, 30) AS n;
INSERT INTO kroles.media_collaborators (media_id, user_id, permission)
    SELECT m, u, p FROM generate_series(1, 30) AS m, generate_series(1, 12) AS u, unnest(enum_range(NULL::kroles.collaborator_permission)) AS p
    WHERE random() < 0.1 AND u <> 1 + m % 12;
INSERT INTO kroles.publications (media_id, space_id) SELECT m, s FROM generate_series(1, 30) AS m, generate_series(1, 30) AS s WHERE random() < 0.05;
UPDATE kroles.settings SET allow_anonymous = true;
CREATE ROLE regress_kroles_portal;
SELECT kroles_trust_gateway('regress_kroles_portal');

-- A table a kind and a form of ids, a row an object, and rows of no object; and the right behind each command
CREATE TABLE pg_temp.objects AS
    SELECT kind::text::kroles.object_kind AS kind, id, external_id FROM kroles.spaces UNION ALL SELECT 'media', id, external_id FROM kroles.media;
CREATE TABLE pg_temp.tables AS
    SELECT format('%s_by_%s', kind, form) AS name, kind::kroles.object_kind, form FROM unnest('{channel, gallery, media}'::text[]) AS kind, unnest('{id, external_id}'::text[]) AS form;
CREATE FUNCTION pg_temp.make_tables() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    t record;
BEGIN
    FOR t IN SELECT * FROM pg_temp.tables LOOP
        EXECUTE format('CREATE TABLE %I AS SELECT %I AS id, NULL::text AS note FROM pg_temp.objects', t.name, t.form);
        EXECUTE format('INSERT INTO %I VALUES (NULL), (''77'')', t.name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO regress_kroles_portal', t.name);
        PERFORM kroles_protect(t.name::regclass, t.kind, 'id');
    END LOOP;
END $$;
SELECT pg_temp.make_tables();
CREATE TABLE pg_temp.is (name text, person text, command text, id text);
CREATE TABLE pg_temp.wanted (LIKE pg_temp.is);
GRANT ALL ON ALL TABLES IN SCHEMA pg_temp TO regress_kroles_portal;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_temp TO regress_kroles_portal;

-- What the statement changes, an id a row; it is rolled back.
CREATE FUNCTION pg_temp.does(statement text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    ids text[];
BEGIN
    EXECUTE format('WITH done AS (%s RETURNING id) SELECT array_agg(id::text) FROM done', statement) INTO ids;
    RAISE EXCEPTION USING ERRCODE = 'ZZZZZ', MESSAGE = coalesce(ids, '{}');
EXCEPTION
    WHEN SQLSTATE 'ZZZZZ' THEN RETURN SQLERRM::text[];
    WHEN insufficient_privilege THEN RETURN '{}';
END $$;
CREATE FUNCTION pg_temp.compare() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    t record;
    p record;
BEGIN
    SET LOCAL SESSION AUTHORIZATION regress_kroles_portal;
    FOR p IN SELECT '' AS login UNION ALL SELECT 'u' || n FROM generate_series(1, 12) AS n LOOP
        PERFORM set_config('kroles.user', p.login, true);
        FOR t IN SELECT * FROM pg_temp.tables LOOP
            EXECUTE format('INSERT INTO pg_temp.is SELECT %L, %L, ''SELECT'', id::text FROM %I', t.name, p.login, t.name);
            INSERT INTO pg_temp.is SELECT t.name, p.login, 'UPDATE', unnest(pg_temp.does(format('UPDATE %I SET note = ''''', t.name)));
            INSERT INTO pg_temp.is SELECT t.name, p.login, 'DELETE', unnest(pg_temp.does(format('DELETE FROM %I', t.name)));
            INSERT INTO pg_temp.is SELECT t.name, p.login, 'INSERT', unnest(pg_temp.does(format('INSERT INTO %I VALUES (%L)', t.name, CASE t.form WHEN 'id' THEN o.id::text ELSE o.external_id END)))
                FROM (SELECT * FROM pg_temp.objects UNION ALL VALUES (NULL::kroles.object_kind, NULL::bigint, NULL), (NULL, 77, '77')) AS o WHERE o.kind IS NULL OR o.kind = t.kind;
            INSERT INTO pg_temp.wanted SELECT t.name, p.login, c, CASE t.form WHEN 'id' THEN o.id::text ELSE o.external_id END
                FROM pg_temp.objects o, unnest('{SELECT, INSERT, UPDATE, DELETE}'::text[]) AS c
                WHERE o.kind = t.kind AND kroles_can(kroles.default_right(t.kind, c), t.kind, o.id);
        END LOOP;
    END LOOP;
    RESET SESSION AUTHORIZATION;
END $$;
SELECT pg_temp.compare();
-- an id of one kind may be that of another kind too: a row of objects for each, of which one counts
CREATE VIEW pg_temp.differences AS
    SELECT name, command, count(*) FROM ((SELECT DISTINCT * FROM pg_temp.is EXCEPT SELECT * FROM pg_temp.wanted)
        UNION ALL (SELECT * FROM pg_temp.wanted EXCEPT SELECT * FROM pg_temp.is)) AS d GROUP BY 1, 2;
SELECT is_empty('TABLE pg_temp.differences', 'every command does what the right behind it says');
SELECT cmp_ok(count(*), '>', 20::bigint, format('%s by %s: there was something to compare', command, name))
FROM pg_temp.wanted GROUP BY command, name ORDER BY name, command;
SELECT is(count(DISTINCT (name, command))::int, 24, 'all four commands on all six tables') FROM pg_temp.wanted;

-- Parallel plans
CREATE TABLE big AS SELECT 'x' || n % 40 AS id, n FROM generate_series(1, 20000) AS n;
ANALYZE big;
GRANT SELECT ON big TO regress_kroles_portal;
SELECT kroles_protect('big', 'media', 'id');
CREATE FUNCTION pg_temp.answer(workers int, OUT parallel boolean, OUT answer text) LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    SET LOCAL SESSION AUTHORIZATION regress_kroles_portal;
    PERFORM set_config('kroles.user', 'u5', true), set_config('parallel_setup_cost', '0', true), set_config('parallel_tuple_cost', '0', true),
        set_config('min_parallel_table_scan_size', '0', true), set_config('max_parallel_workers_per_gather', workers::text, true);
    parallel := false;
    FOR line IN EXPLAIN (COSTS off) SELECT count(*), sum(n) FROM big LOOP
        parallel := parallel OR line LIKE '%Gather%';
    END LOOP;
    SELECT (count(*), sum(n))::text FROM big INTO answer;
    RESET SESSION AUTHORIZATION;
END $$;
SELECT is(parallel, false, 'a serial plan') FROM pg_temp.answer(0);
SELECT is(parallel, true, 'a parallel plan') FROM pg_temp.answer(2);
SELECT is(p.answer, s.answer, 'answers the same') FROM pg_temp.answer(2) p, pg_temp.answer(0) s;
SELECT isnt(answer, '(0,)', 'and something') FROM pg_temp.answer(0);

-- In a schema whose name wants quoting
DROP SCHEMA kroles CASCADE;
CREATE SCHEMA "Hostile %s; schema";
CREATE EXTENSION kroles SCHEMA "Hostile %s; schema";
CREATE TABLE notices (id bigint);
SELECT lives_ok($$SELECT "Hostile %s; schema".kroles_protect('notices', 'channel', 'id')$$, 'protects from any schema');
SELECT results_eq('SELECT relation::text, in_force FROM kroles.protected_tables', $$VALUES ('notices', true)$$, 'and knows its own');
SELECT results_eq($$SELECT finding FROM "Hostile %s; schema".kroles_doctor() WHERE subject LIKE '%notices%'$$, 'SELECT NULL::text LIMIT 0', 'so does the doctor');
SELECT lives_ok($$SELECT "Hostile %s; schema".kroles_unprotect('notices')$$, 'and undoes it');
SELECT is_empty('SELECT FROM kroles.protected_tables', 'all of it');

SELECT * FROM finish();
ROLLBACK;
