-- Full-text search under the policies through its index: which expressions may become an index condition, for which users, and
-- which never. (Trigrams take an extension that may not be there: test/attacks/leak_search.sql has them.)
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;
\set VERBOSITY terse
\set SHOW_CONTEXT never

INSERT INTO kroles.users (id, login, applicative_role, administrator, blocked) VALUES
    (1, 'olga', 'admin', false, false),         -- owns films 1 and 2
    (2, 'mia', 'private_only', false, false),   -- is a viewer of film 1
    (3, 'stan', 'private_only', false, false),  -- owns film 3
    (4, 'blanche', 'admin', false, true),       -- is a viewer of film 1, and blocked
    (5, 'ada', 'viewer', true, false);          -- runs the site
INSERT INTO kroles.media (id, name, owner_id, external_id) VALUES
    (1, 'one', 1, 'one'), (2, 'two', 1, 'two'), (3, 'three', 3, 'three');
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (1, 2, 'viewer'), (1, 4, 'viewer');

CREATE ROLE regress_kroles_portal;
SELECT kroles_trust_gateway('regress_kroles_portal');
CREATE SCHEMA app;
GRANT ALL ON SCHEMA app TO regress_kroles_portal;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT ALL ON TABLES TO regress_kroles_portal;
SET search_path = app, public;

CREATE TABLE captions (id int PRIMARY KEY, film bigint, body text,
    words tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED);
CREATE INDEX captions_words ON captions USING gin (words);
CREATE INDEX captions_expression ON captions USING gin (to_tsvector('english', body));
CREATE INDEX captions_pattern ON captions (body text_pattern_ops);
INSERT INTO captions VALUES
    (1, 1, 'Fill the burette'), (2, 1, 'The volcano erupts'), (3, 2, 'A burette in secret'), (4, 2, 'A volcano in secret'),
    (5, 3, 'Wash the burette'), (6, 99, 'A burette on no film');
SELECT kroles_protect('captions', 'media', 'film');

-- What a statement looks up in indexes. (PostgreSQL 17 has another name for a subselect's parameter.)
CREATE FUNCTION looks_up(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    found text[];
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || statement LOOP
        found := found || regexp_match(regexp_replace(line, '\(InitPlan (1|expr_1)\)\.col1', '$0'), 'Index Cond: \((.*)\)');
    END LOOP;
    RETURN coalesce(array_to_string(found, '; '), 'nothing');
END $$;
-- The ids that a person finds, by indexes or without.
CREATE FUNCTION finds(person text, query text, indexed boolean DEFAULT true) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    PERFORM set_config('kroles.user', person, true), set_config('enable_bitmapscan', indexed::text, true),
        set_config('enable_seqscan', (NOT indexed)::text, true);
    EXECUTE format('SELECT string_agg(id::text, '' '' ORDER BY id) FROM (%s) AS q', query) INTO found;
    RETURN found;
END $$;

--
-- 1. The very first query of a session, the library not being loaded yet
--
\c
SET search_path = app, public;
SET enable_seqscan = off;
SET jit = off;
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'mia';
EXPLAIN (COSTS OFF) SELECT id FROM captions WHERE words @@ to_tsquery('english', 'burette');
SELECT id FROM captions WHERE words @@ to_tsquery('english', 'burette');

--
-- 2. Everybody finds what they see
--
CREATE TEMP TABLE people AS SELECT * FROM unnest('{olga, mia, stan, blanche, ada, ""}'::text[]) WITH ORDINALITY AS p (person, n);
SELECT person, finds(person, $$SELECT id FROM captions WHERE words @@ 'burett'$$) AS burette,
    finds(person, $$SELECT id FROM captions WHERE words @@ 'burett | volcano'$$) AS either,
    finds(person, $$SELECT id FROM captions WHERE words @@ 'secret & !volcano'$$) AS secret
FROM people ORDER BY n;

--
-- 3. The forms of a search that are looked up (the last, a prefix, by PostgreSQL itself: it is leakproof)
--
CREATE TABLE queries (q tsquery);
SELECT condition, looks_up('SELECT FROM captions WHERE ' || condition) FROM (VALUES
    (1, $$words @@ 'burett'$$),
    (2, $$'burett'::tsquery @@ words$$),
    (3, $$words @@ to_tsquery('burette')$$),
    (4, $$words @@ (plainto_tsquery('burette') || 'volcano')$$),
    (5, $$words @@ current_setting('kroles.user')::tsquery$$),
    (6, $$words @@ (SELECT to_tsquery('burette'))$$),
    (7, $$words @@ 'burett' AND id = 1$$),
    (8, $$words @@ 'burett' OR words @@ 'volcano'$$),
    (9, $$words @@ 'burett' OR id = 2$$),
    (10, $$body ^@ 'Fill'$$)) AS c (n, condition) ORDER BY n;
SELECT looks_up($$SELECT FROM captions, websearch_to_tsquery('burette') AS query WHERE query @@ words$$) AS joined;
SELECT looks_up($$SELECT FROM (SELECT words AS w FROM captions) AS s WHERE w @@ 'burett'$$) AS subquery;
SELECT looks_up($$SELECT FROM queries WHERE EXISTS (SELECT FROM captions WHERE words @@ q)$$) AS semijoin,
    looks_up($$SELECT (SELECT count(*) FROM captions WHERE words @@ q) FROM queries$$) AS correlated;
SELECT looks_up($$UPDATE captions SET body = body WHERE words @@ 'burett'$$) AS updated,
    looks_up($$DELETE FROM captions WHERE words @@ 'burett'$$) AS deleted,
    looks_up($$SELECT FROM captions WHERE words @@ 'burett' FOR UPDATE$$) AS locked;

--
-- 4. What is not: it might fail or speak on a row that is hidden
--
CREATE FUNCTION asked() RETURNS tsquery LANGUAGE plpgsql STABLE AS $$ BEGIN RAISE NOTICE 'asked'; RETURN 'burett'; END $$;
CREATE FUNCTION asked_volatile() RETURNS tsquery LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN 'burett'; END $$;
CREATE FUNCTION is_told(words tsvector, query tsquery) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0001 AS $$
BEGIN
    RAISE NOTICE 'told %', words;
    RETURN words @@ query;
END $$;
CREATE OPERATOR @@ (LEFTARG = tsvector, RIGHTARG = tsquery, FUNCTION = is_told, RESTRICT = tsmatchsel);
CREATE DOMAIN query AS tsquery CHECK (asked_volatile() IS NOT NULL);
SELECT condition, looks_up('SELECT FROM captions WHERE ' || condition) FROM (VALUES
    (1, $$to_tsvector('english', body) @@ 'burett'$$),
    (2, $$body @@ 'burett'::tsquery$$),
    (3, $$body ILIKE 'Fill%'$$),
    (4, $$body ~ '^Fill'$$),
    (5, $$words OPERATOR(app.@@) 'burett'$$),
    (6, $$words @@ asked()$$),
    (7, $$words @@ asked_volatile()$$),
    (8, $$words @@ ts_rewrite('burett', 'SELECT q, q FROM app.queries')$$),
    (9, $$words @@ 'burett'::text::query$$),
    (10, $$words @@ to_tsquery(body)$$),
    (11, $$strip(words) @@ 'burett'$$),
    (12, $$words @@ 'burett' IS NOT FALSE$$),
    (13, $$words @@ array_to_string('{burett}'::text::query[], '')::tsquery$$)) AS c (n, condition) ORDER BY n;
SELECT looks_up($$SELECT FROM captions TABLESAMPLE SYSTEM (100) WHERE words @@ 'burett'$$) AS sampled;
-- One that is asked once is a parameter.
SELECT looks_up($$SELECT FROM captions WHERE words @@ (SELECT asked())$$) AS asked_once;
-- Leaky conditions are shown no hidden row, however cheap they say they are.
SET kroles."user" = 'mia';
SELECT id FROM captions WHERE words @@ 'burett' AND words OPERATOR(app.@@) 'burett';
SELECT id FROM captions WHERE words OPERATOR(app.@@) 'volcano' OR words @@ 'burett' ORDER BY id;
SELECT id FROM captions WHERE words @@ 'burett' AND 1 / (id - 3) <> 7;

--
-- 5. Prepared statements, parallel ones, partitions, children
--
SET plan_cache_mode = force_generic_plan;
PREPARE search (tsquery) AS SELECT id FROM captions WHERE words @@ $1;
SELECT looks_up($$EXECUTE search ('burett')$$);
SET kroles."user" = 'olga';
EXECUTE search ('burett');
SET kroles."user" = 'stan';
EXECUTE search ('burett');
RESET plan_cache_mode;

SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT count(*) FROM captions WHERE words @@ 'burett | volcano';
SELECT person, finds(person, $$SELECT count(*) AS id FROM captions WHERE words @@ 'burett | volcano'$$) FROM people ORDER BY n;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

RESET SESSION AUTHORIZATION;
CREATE TABLE lines (id int, film text, words tsvector) PARTITION BY RANGE (id);
CREATE TABLE lines_1 PARTITION OF lines FOR VALUES FROM (0) TO (3);
CREATE TABLE lines_2 (words tsvector, dropped int, film text, id int NOT NULL);
ALTER TABLE lines_2 DROP COLUMN dropped;
ALTER TABLE lines ATTACH PARTITION lines_2 FOR VALUES FROM (3) TO (9);
CREATE INDEX lines_words ON lines USING gin (words);
INSERT INTO lines VALUES (1, 'one', 'burett'), (2, 'two', 'burett'), (3, 'one', 'burett'), (4, 'three', 'burett'), (5, NULL, 'burett');
CREATE TABLE papers (LIKE captions INCLUDING ALL);
CREATE TABLE old_papers () INHERITS (papers);
CREATE INDEX old_papers_words ON old_papers USING gin (words);
INSERT INTO papers SELECT id, film, body FROM captions;
INSERT INTO old_papers SELECT id + 10, film, body FROM captions;
SELECT kroles_protect('lines', 'media', 'film'), kroles_protect('papers', 'media', 'film');
SET SESSION AUTHORIZATION regress_kroles_portal;
EXPLAIN (COSTS OFF) SELECT id FROM lines WHERE words @@ 'burett';
SELECT looks_up($$SELECT FROM papers WHERE words @@ 'burett'$$) AS children,
    looks_up($$SELECT FROM lines_2 WHERE words @@ 'burett'$$) AS partition,
    looks_up($$SELECT FROM lines, to_tsquery('burette') AS query WHERE words @@ query$$) AS joined;
SELECT person, finds(person, $$SELECT id FROM lines WHERE words @@ 'burett'$$) AS lines,
    finds(person, $$SELECT id FROM papers WHERE words @@ 'burett'$$) AS papers FROM people ORDER BY n;

--
-- 6. Beside other policies, nothing is looked up: what they protect is not ours to show to any function
--
RESET SESSION AUTHORIZATION;
CREATE TABLE notes (id int, film bigint, tenant int, body text,
    words tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED);
CREATE INDEX notes_words ON notes USING gin (words);
CREATE FUNCTION look_up_notes() RETURNS text LANGUAGE sql AS $$ SELECT looks_up('SELECT FROM notes WHERE words @@ ''burett''') $$;
SELECT kroles_protect('notes', 'media', 'film');
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT look_up_notes() AS alone;
RESET SESSION AUTHORIZATION;
CREATE POLICY tenant ON notes AS RESTRICTIVE FOR SELECT USING (tenant = 1);
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT look_up_notes() AS beside_a_restrictive_one;
RESET SESSION AUTHORIZATION;
DROP POLICY tenant ON notes;
CREATE POLICY tenant ON notes FOR SELECT USING (tenant = 1);
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT look_up_notes() AS beside_a_permissive_one;
RESET SESSION AUTHORIZATION;
DROP POLICY tenant ON notes;
CREATE POLICY tenant ON notes AS RESTRICTIVE FOR SELECT USING (EXISTS (SELECT FROM people WHERE n = tenant));
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT look_up_notes() AS beside_a_subquery;
RESET SESSION AUTHORIZATION;
DROP POLICY tenant ON notes;
CREATE FUNCTION film_of(bigint) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN $1; END $$;
CREATE POLICY tenant ON notes AS RESTRICTIVE FOR SELECT USING (kroles.can('view', 'media', film_of(film)));
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT look_up_notes() AS beside_one_that_asks_kroles_something_else;
RESET SESSION AUTHORIZATION;
DROP POLICY tenant ON notes;
CREATE POLICY tenant ON notes AS RESTRICTIVE FOR SELECT USING (kroles.can('view', 'media', film / tenant));
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT look_up_notes() AS beside_one_that_computes;
RESET SESSION AUTHORIZATION;
DROP POLICY tenant ON notes;
CREATE POLICY tenant ON notes AS RESTRICTIVE FOR SELECT USING (kroles.can('view', 'media', body::bigint));
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT look_up_notes() AS beside_one_that_converts;
RESET SESSION AUTHORIZATION;
DROP POLICY tenant ON notes;
CREATE FUNCTION kroles.can(bigint) RETURNS boolean LANGUAGE c STABLE AS 'kroles', 'kroles_external_can';
CREATE POLICY tenant ON notes AS RESTRICTIVE FOR SELECT USING (kroles.can(film));
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT look_up_notes() AS beside_a_function_put_beside_ours;
RESET SESSION AUTHORIZATION;
DROP POLICY tenant ON notes;
DROP FUNCTION kroles.can(bigint);
CREATE POLICY tenant ON notes AS RESTRICTIVE FOR SELECT USING (kroles.can('edit', 'media', film));
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT look_up_notes() AS beside_another_one_that_asks_kroles;
RESET SESSION AUTHORIZATION;
DROP POLICY tenant ON notes;
SELECT kroles_unprotect('notes');
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON notes USING (tenant = 1);
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT look_up_notes() AS without_kroles;
-- One table's policy does not open another's rows, whichever is asked first.
SELECT looks_up($$SELECT FROM captions c JOIN notes n ON n.words @@ 'burett' AND c.words @@ 'volcano'$$) AS each_by_its_own,
    looks_up($$SELECT FROM notes n, captions c JOIN queries ON c.words @@ q WHERE n.words @@ q$$) AS joined;

--
-- 7. Views
--
RESET SESSION AUTHORIZATION;
CREATE VIEW shown WITH (security_invoker) AS SELECT * FROM captions WHERE id < 9;
CREATE VIEW fenced WITH (security_barrier, security_invoker) AS SELECT * FROM captions WHERE id < 9;
CREATE VIEW fenced_by_kroles WITH (security_barrier, security_invoker) AS
    SELECT * FROM captions WHERE kroles.can('edit', 'media', film);
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT target, looks_up(format('SELECT FROM %s WHERE words @@ ''burett''', target)) AS selected,
    looks_up(format('UPDATE %s SET body = body WHERE words @@ ''burett''', target)) AS updated,
    looks_up(format('DELETE FROM %s WHERE words @@ ''burett''', target)) AS deleted
FROM unnest('{shown, fenced, fenced_by_kroles}'::text[]) AS target;
SELECT person, finds(person, $$SELECT id FROM shown WHERE words @@ 'burett'$$) AS shown,
    finds(person, $$SELECT id FROM fenced_by_kroles WHERE words @@ 'burett'$$) AS fenced FROM people ORDER BY n;

--
-- 8. The same answers without the index
--
SELECT person, bool_and(finds(person, statement) IS NOT DISTINCT FROM finds(person, statement, false)) AS same
FROM people, (VALUES ('burett'), ('!burett'), ('volcano | secret'), ('burett <-> secret'), ('bur:*'), ('bur:*A')) AS q (query),
    LATERAL (SELECT format('SELECT id FROM captions WHERE words @@ %L', query)) AS s (statement)
GROUP BY person, n ORDER BY n;

--
-- 9. What a search looks for is evaluated once, in whatever statement: what it says, or fails with, is told once
--
CREATE TABLE checked (id int, film bigint, words tsvector);
CREATE INDEX checked_words ON checked USING gist (words);  -- has every candidate checked
INSERT INTO checked SELECT n, CASE WHEN n > 3 THEN 99 ELSE n END, 'burett' FROM generate_series(1, 50) AS n;
INSERT INTO checked SELECT n, 1, 'stone' FROM generate_series(51, 400) AS n;
SELECT kroles_protect('checked', 'media', 'film');
ANALYZE checked;
CREATE TABLE asked_words (word text);
INSERT INTO asked_words VALUES ('burette'), ('stone');
CREATE FUNCTION checked_ids(query text) RETURNS SETOF int LANGUAGE plpgsql AS $$
DECLARE
    id int;
BEGIN
    FOR id IN SELECT c.id FROM checked c WHERE words @@ to_tsquery(query) LOOP
        RETURN NEXT id;
    END LOOP;
END $$;
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'mia';
SELECT looks_up($$SELECT FROM checked WHERE words @@ to_tsquery('burette')$$) AS checked,
    looks_up($$SELECT FROM lines WHERE words @@ to_tsquery('burette')$$) AS in_partitions;
-- (The planner says it, too, for its estimate.)
SELECT id FROM checked WHERE words @@ (to_tsquery('the') || 'burett');
SELECT id FROM checked WHERE words @@ to_tsquery('the') OR words @@ 'burett';
SELECT id FROM checked WHERE words @@ plainto_tsquery('burette ' || repeat('x', 3000));
SELECT id FROM checked WHERE words @@ (to_tsquery('burette') || (SELECT to_tsquery('volcano')));
SELECT id FROM checked WHERE words @@ to_tsquery((SELECT 'burette'));
SELECT word, (SELECT count(*) FROM checked WHERE words @@ to_tsquery(word)) AS correlated,
    (SELECT count(*) FROM checked WHERE words @@ (to_tsquery('the') || to_tsquery(word))) AS noisy
FROM asked_words ORDER BY word;
SELECT word, n.* FROM asked_words, LATERAL (SELECT count(*), min(id) FROM checked WHERE words @@ to_tsquery(word)) AS n ORDER BY word;
SELECT looks_up($$SELECT (SELECT count(*) FROM checked WHERE words @@ to_tsquery(word)) FROM asked_words$$) ~ 'tsquery' AS once_a_candidate;
SELECT min(id), max(id) FROM captions WHERE words @@ to_tsquery('burette | volcano');
SELECT id FROM lines WHERE words @@ to_tsquery('burette') UNION ALL SELECT id FROM checked WHERE words @@ to_tsquery('burette') ORDER BY id;
WITH RECURSIVE r (id) AS (SELECT id FROM checked WHERE words @@ to_tsquery('burette') UNION SELECT c.id FROM r, checked c WHERE words @@ to_tsquery('burette') AND c.id > r.id)
SELECT id FROM r;
SET kroles."user" = 'olga';
WITH changed AS (UPDATE captions SET body = body WHERE words @@ to_tsquery('burette') RETURNING id) SELECT id FROM changed;
SELECT id FROM checked WHERE words @@ to_tsquery('burette') FOR SHARE;
SELECT * FROM checked_ids('burette');
SET plan_cache_mode = force_generic_plan;
PREPARE search_for (regconfig, text) AS SELECT id FROM checked WHERE words @@ to_tsquery($1, $2);
SELECT looks_up($$EXECUTE search_for ('english', 'burette')$$);
EXECUTE search_for ('english', 'burette');
EXECUTE search_for ('english', NULL);
RESET plan_cache_mode;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT person, finds(person, $$SELECT count(*) AS id FROM captions WHERE words @@ to_tsquery('burette | volcano')$$) FROM people ORDER BY n;
SELECT count(*) FROM (SELECT id FROM checked WHERE words @@ to_tsquery('burette') OFFSET 0) AS c JOIN captions USING (id);

RESET SESSION AUTHORIZATION;
SET client_min_messages = warning;
DROP SCHEMA app CASCADE;
DROP TABLE people;
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
DROP ROLE regress_kroles_portal;
