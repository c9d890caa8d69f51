-- Reading between the lines: what searching tells about rows that are hidden, now that a search is looked up in its index
-- before the policy is asked. (sql/search.sql has the rules of full-text search; here are trigrams, too.)
\set name attack_reading_search
\ir lib/portal.psql
CREATE EXTENSION pg_trgm;
SELECT * FROM no_plan();

-- What is hidden from eve has an id that begins with 777.
CREATE SCHEMA app;
CREATE TABLE app.texts (id bigint PRIMARY KEY, media_id bigint NOT NULL, body text,
    words tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED);
CREATE INDEX texts_words ON app.texts USING gin (words);
CREATE INDEX texts_body ON app.texts USING gin (body gin_trgm_ops);
CREATE INDEX texts_near ON app.texts USING gist (body gist_trgm_ops);
INSERT INTO app.texts VALUES (1, 40, 'An open lecture on titration'), (2, 41, 'Eve writes on titration'),
    (777001, 777040, 'A lecture on titration under embargo'), (777002, 777041, 'An embargo on titration');
INSERT INTO app.texts SELECT 777100 + n, 777040, 'Another embargo ' || n FROM generate_series(1, 50) AS n;
CREATE INDEX media_name ON kroles.media USING gin (name gin_trgm_ops);
SELECT FROM kroles_protect('app.texts', 'media', 'media_id');
GRANT USAGE ON SCHEMA app TO attack_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON app.texts TO attack_app;
ANALYZE;

SELECT attack.login('eve', 'attack_app', '-c jit=off -c enable_seqscan=off -c kroles.token=' || attack.token('eve')),
    attack.login('ada', 'attack_app', '-c jit=off -c enable_seqscan=off -c kroles.token=' || attack.token('ada'));

-- Whether a statement looks the search up: by an index, or row by row behind the policy.
CREATE FUNCTION pg_temp.looks_up(session text, statement text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN attack.says(session, 'EXPLAIN (COSTS OFF) ' || statement) ~ 'Index Cond: [^:]*(%|@@|~|>=)' THEN 'by an index' ELSE 'row by row' END
$$;

-- ---- A session's very first query, the library not being loaded yet ----
CREATE FUNCTION pg_temp.first_query(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM attack.login('fresh', 'attack_app', '-c jit=off -c enable_seqscan=off');
    RETURN pg_temp.looks_up('fresh', statement);
END $$;
SELECT attack.control('by an index', pg_temp.first_query(statement), 'a fresh session, ' || statement)
FROM unnest(ARRAY['SELECT FROM app.texts WHERE words @@ ''titrat''', 'SELECT FROM app.texts WHERE body % ''titration''',
    'SELECT id FROM kroles.media WHERE name % ''hidden''']) AS statement;

-- ---- The searches, and what is found ----
CREATE TEMP TABLE searches AS SELECT * FROM (VALUES
    (1, 'words @@ ''titrat'''), (2, '''titrat'' @@ words'), (3, 'body % ''lecture on titration'''), (4, '''lecture on titration'' % body'),
    (5, '''titration'' <% body'), (6, 'body %> ''titration'''), (7, '''titration'' <<% body'), (8, 'body %>> ''titration'''),
    (9, 'body % (SELECT ''lecture on titration'')'), (10, 'body % lower(''LECTURE on titration'') OR words @@ ''titrat''')) AS s (n, search);
SELECT attack.control('by an index', pg_temp.looks_up('eve', 'SELECT FROM app.texts WHERE ' || search), search) FROM searches ORDER BY n;
SELECT attack.attempt('1 2', attack.says('eve', 'SELECT id FROM app.texts WHERE ' || search || ' ORDER BY id'), search)
FROM searches ORDER BY n;
SELECT attack.control('1 2 777001 777002', attack.says('ada', 'SELECT id FROM app.texts WHERE ' || search || ' ORDER BY id'),
    'an administrator, ' || search)
FROM searches ORDER BY n;
SELECT attack.attempt('no row', attack.says('eve', 'SELECT id FROM app.texts WHERE ' || search), search)
FROM unnest(ARRAY['words @@ ''embargo''', 'words @@ ''embarg:*''', 'body % ''embargo''', 'body %> ''embargo''', '''embargo'' <<% body',
    'words @@ ''embargo'' OR body % ''an embargo''']) AS search;
SELECT attack.attempt('no row', attack.says('eve', 'SELECT name FROM kroles.media WHERE name % ''hidden'''), 'media by its name');

-- ---- Counts, ranks, words ----
SELECT attack.attempt(expected, attack.says('eve', statement), statement)
FROM (VALUES
    ('0', 'SELECT count(*) FROM app.texts WHERE words @@ ''embargo'''),
    ('2', 'SELECT count(*) FROM app.texts WHERE words @@ ''titrat'''),
    ('1 2', 'SELECT rank() OVER (ORDER BY ts_rank(words, ''lectur'') DESC) FROM app.texts WHERE words @@ ''titrat'''),
    ('1', 'SELECT id FROM app.texts ORDER BY body <-> ''lecture under embargo'' LIMIT 1'),
    ('no row', 'SELECT word FROM ts_stat(''SELECT words FROM app.texts'') WHERE word = ''embargo'''),
    ('2', 'SELECT ndoc FROM ts_stat(''SELECT words FROM app.texts'') WHERE word = ''titrat'''),
    ('no row', 'SELECT ts_headline(body, ''embargo'') FROM app.texts WHERE words @@ ''embargo'''),
    ('no row', 'UPDATE app.texts SET body = body WHERE words @@ ''embargo'' RETURNING id'),
    ('no row', 'DELETE FROM app.texts WHERE body % ''an embargo'' RETURNING id'),
    ('no row', 'SELECT id FROM app.texts WHERE words @@ ''embargo'' FOR UPDATE')) AS t (expected, statement);

-- ---- What might fail or speak on a hidden row is not looked up ----
SELECT attack.attempt('row by row', pg_temp.looks_up('eve', 'SELECT FROM app.texts WHERE ' || condition), condition)
FROM unnest(ARRAY['body LIKE ''%embargo%''', 'body ILIKE ''%embargo%''', 'body ~ ''embargo''', 'body ~* ''embargo''', 'similarity(body, ''x'') > 0.1',
    'lower(body) % ''embargo''', '(body || '''') % ''embargo''', 'body % (1 / (media_id - 777040))::text',
    'body % body', 'body <-> ''embargo'' < 0.5']) AS condition;
-- Word similarity fails where both texts together are too long, so a long query would measure the text: it must be short, and
-- seen to be.
SELECT attack.control('by an index', pg_temp.looks_up('eve', format('SELECT FROM app.texts WHERE body %%> %L', repeat('embargo ', 1000))), 'a query of 8 kB');
SELECT attack.attempt('row by row', pg_temp.looks_up('eve', format('SELECT FROM app.texts WHERE body %s %L', operator, repeat('embargo ', 1024))), operator || ' with more than 8 kB')
FROM unnest('{%>, %>>}'::text[]) AS operator;
SELECT attack.attempt('row by row', pg_temp.looks_up('eve', 'SELECT FROM app.texts WHERE body %> ' || query), 'body %> ' || query)
FROM unnest(ARRAY['(SELECT repeat(''embargo '', 1000000))', 'current_setting(''application_name'')']) AS query;
SELECT attack.attempt('row by row', (SELECT pg_temp.looks_up('eve', 'EXECUTE words_like (''embargo'')') FROM attack.says('eve', 'SET plan_cache_mode = force_generic_plan', 'PREPARE words_like (text) AS SELECT FROM app.texts WHERE body %> $1')), 'body %> $1, planned for any query');
SELECT attack.control('by an index', (SELECT pg_temp.looks_up('eve', 'EXECUTE like_that (''embargo'')') FROM attack.says('eve', 'PREPARE like_that (text) AS SELECT FROM app.texts WHERE body % $1')), 'body % $1, planned for any query');
SELECT attack.says('eve', 'RESET plan_cache_mode');

-- ---- An attacker's own functions and operators beside a search are given no hidden row ----
CREATE SCHEMA mallory AUTHORIZATION attack_app;
SELECT attack.says('eve', statement) FROM (VALUES
    (1, 'CREATE FUNCTION mallory.leak(line text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 0.0000001 AS $$
         BEGIN IF line ~ ''embargo'' THEN RAISE EXCEPTION ''%'', line USING ERRCODE = ''LEAK1''; END IF; RETURN true; END $$'),
    (2, 'CREATE FUNCTION mallory.similarity_op(line text, other text) RETURNS boolean LANGUAGE sql IMMUTABLE AS ''SELECT mallory.leak(line)'''),
    (3, 'CREATE OPERATOR mallory.% (LEFTARG = text, RIGHTARG = text, FUNCTION = mallory.similarity_op, RESTRICT = matchingsel)'),
    (4, 'CREATE FUNCTION mallory.ask() RETURNS text LANGUAGE plpgsql STABLE COST 0.0000001 AS ''BEGIN RETURN ''''embargo''''; END'''))
    AS t (n, statement);
SELECT attack.control('LEAK1', attack.says('ada', 'SELECT id FROM app.texts WHERE mallory.leak(body)'), 'the function leaks what it is given');
SELECT attack.attempt('0', attack.says('eve', 'SELECT count(*) FROM app.texts WHERE ' || condition), condition)
FROM unnest(ARRAY['words @@ ''embargo'' AND mallory.leak(body)', 'mallory.leak(body) AND body % ''an embargo''',
    'body OPERATOR(mallory.%) ''x'' AND words @@ ''embargo''', 'words @@ ''embargo'' AND 1 / (media_id - 777040) < 1',
    'words @@ ''embargo'' AND substring(body FROM ''\d+'')::int / 0 < 1',
    'words @@ ''embargo'' AND (words @@ ''lectur'' OR mallory.leak(body))', '(words @@ ''embargo'' AND mallory.leak(body)) OR body % ''under embargo''']) AS condition;
SELECT attack.attempt('row by row', pg_temp.looks_up('eve', 'SELECT FROM app.texts WHERE ' || condition), condition)
FROM unnest(ARRAY['body OPERATOR(mallory.%) ''embargo''', 'body % mallory.ask()', 'mallory.ask() % body']) AS condition;
SELECT attack.attempt('42501', attack.says('eve', statement), statement)
FROM (VALUES
    ('CREATE OPERATOR CLASS mallory.ops FOR TYPE text USING gin AS OPERATOR 1 mallory.%(text, text), STORAGE int4'),
    ('ALTER OPERATOR FAMILY gin_trgm_ops USING gin ADD OPERATOR 1 mallory.%(text, text)'),
    ('CREATE FUNCTION mallory.similarity_op_too(text, text) RETURNS boolean LANGUAGE c AS ''$libdir/pg_trgm'', ''similarity_op'''),
    ('ALTER EXTENSION pg_trgm ADD FUNCTION mallory.leak(text)'),
    ('CREATE FUNCTION kroles.can(bigint) RETURNS boolean LANGUAGE sql AS ''SELECT true''')) AS t (statement);

-- ---- What PostgreSQL leaves ----
-- EXPLAIN ANALYZE tells how many rows an index finds, before the policy and for any query: so, word by word, what a text says.
-- So does the time a search takes, and an estimate tells of words that are frequent. (An index of the audience and the words
-- together finds what the person sees: doc/search.md.)
CREATE FUNCTION pg_temp.index_rows(statement text) RETURNS text LANGUAGE sql AS $$
    SELECT substring(attack.says('eve', 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ' || statement)
        FROM 'Bitmap Index Scan[^(]*\(actual rows=(\d+)')
$$;
SELECT attack.says('eve', 'SET enable_indexscan = off');
SELECT attack.left_open(expected, pg_temp.index_rows('SELECT FROM app.texts WHERE ' || condition), 'EXPLAIN ANALYZE tells how many texts match ' || condition)
FROM (VALUES ('52', 'words @@ ''embargo'''), ('0', 'words @@ ''absent'''), ('1', 'words @@ ''embargo & lectur'''),
    ('0', 'words @@ ''embargo & lectur & !titrat''')) AS t (expected, condition);
CREATE FUNCTION pg_temp.estimate(statement text) RETURNS bigint LANGUAGE sql AS
$$ SELECT (attack.says('eve', 'EXPLAIN (FORMAT JSON) ' || statement)::jsonb -> 0 -> 'Plan' ->> 'Plan Rows')::bigint $$;
SELECT attack.left_open('more rows', CASE WHEN pg_temp.estimate('SELECT FROM app.texts WHERE words @@ ''embargo''') > pg_temp.estimate('SELECT FROM app.texts WHERE words @@ ''absent''') THEN 'more rows' ELSE 'as many' END,
    'EXPLAIN estimates more texts for a word that hidden ones often have');
-- The contents of statistics stay closed.
SELECT attack.attempt('0', attack.says('eve', 'SELECT count(most_common_elems) FROM pg_stats WHERE tablename = ''texts'''), 'the frequent words in pg_stats');

SELECT * FROM finish();
