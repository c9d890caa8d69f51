-- Leaks by searching: what a search tells about hidden rows, as its index is searched before the policy is checked.
-- (sql/search.sql has the rules of full-text search; here are trigrams, too.)
\set name attack_leak_search
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
    (9, 'body % (SELECT ''lecture on titration'')'), (10, 'body % lower(''LECTURE on titration'') OR words @@ ''titrat'''),
    (11, 'body LIKE ''%titration%''')) AS s (n, search);
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
FROM unnest(ARRAY['body LIKE ''%embargo\''', 'body LIKE (SELECT ''%embargo%'')', 'body ILIKE ''%embargo%''', 'body ~ ''embargo''', 'body ~* ''embargo''', 'similarity(body, ''x'') > 0.1',
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

-- ---- What a search looks for calls nothing of an attacker's ----
-- GiST has every candidate checked again, before the policy, and what the search looks for is then evaluated anew. A function
-- of an attacker's in there would count the hidden texts that have a word. Of these texts eve sees the first; a hundred of
-- the others say embargo.
CREATE TABLE app.hidden (media_id bigint NOT NULL, body text, words tsvector GENERATED ALWAYS AS (to_tsvector('simple', body)) STORED);
INSERT INTO app.hidden SELECT 41, 'mine';
INSERT INTO app.hidden SELECT 777040, CASE WHEN n % 4 = 0 THEN 'embargo ' ELSE 'other ' END || n FROM generate_series(1, 400) AS n;
CREATE INDEX hidden_words ON app.hidden USING gist (words);
CREATE INDEX hidden_body ON app.hidden USING gist (body gist_trgm_ops);
SELECT FROM kroles_protect('app.hidden', 'media', 'media_id');
GRANT SELECT ON app.hidden TO attack_app;
ANALYZE app.hidden;
SELECT attack.control('mine', attack.says('eve', 'SELECT body FROM app.hidden'), 'eve sees one text');
SELECT attack.says('eve', 'SET pg_trgm.similarity_threshold = 0.2', 'SET default_text_search_config = ''simple''',
    'SET mallory.nothing = ''''', 'SET mallory.query = ''x''');

-- What eve counts with: a function that says it is immutable and draws from a sequence, and what calls it unnamed.
SELECT attack.control(expected, attack.says('eve', statement), 'eve makes ' || statement) FROM (VALUES
    ('CREATE SEQUENCE', 'CREATE SEQUENCE mallory.calls'),
    ('CREATE FUNCTION', 'CREATE FUNCTION mallory.count(word text) RETURNS text LANGUAGE plpgsql IMMUTABLE COST 0.0000001 AS $$
     BEGIN PERFORM nextval(''mallory.calls''); RETURN word; END $$'),
    ('CREATE TYPE', 'CREATE TYPE mallory.mood AS ENUM (''embargo'', ''absent'')'),
    ('CREATE FUNCTION', 'CREATE FUNCTION mallory.mood_json(mallory.mood) RETURNS json LANGUAGE plpgsql IMMUTABLE AS $$
     BEGIN PERFORM nextval(''mallory.calls''); RETURN CASE WHEN enum_cmp($1, ''absent'') < 0 THEN ''"embargo"'' ELSE ''"absent"'' END; END $$'),
    ('CREATE FUNCTION', 'CREATE FUNCTION mallory.mood_text(mallory.mood) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
     BEGIN PERFORM nextval(''mallory.calls''); RETURN CASE WHEN enum_cmp($1, ''absent'') < 0 THEN ''embargo'' ELSE ''absent'' END; END $$'),
    ('CREATE CAST', 'CREATE CAST (mallory.mood AS json) WITH FUNCTION mallory.mood_json(mallory.mood)'),
    ('CREATE CAST', 'CREATE CAST (mallory.mood AS text) WITH FUNCTION mallory.mood_text(mallory.mood) AS IMPLICIT'),
    ('CREATE TYPE', 'CREATE TYPE mallory.grade AS ENUM (''embargo'', ''absent'')'),
    ('CREATE FUNCTION', 'CREATE FUNCTION mallory.grade_text(mallory.grade) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
     BEGIN PERFORM nextval(''mallory.calls''); RETURN CASE WHEN enum_cmp($1, ''absent'') < 0 THEN ''embargo'' ELSE ''absent'' END; END $$'),
    ('CREATE CAST', 'CREATE CAST (mallory.grade AS text) WITH FUNCTION mallory.grade_text(mallory.grade)'),
    ('CREATE DOMAIN', 'CREATE DOMAIN mallory.checked AS text CHECK (mallory.count(VALUE) IS NOT NULL)'),
    ('CREATE DOMAIN', 'CREATE DOMAIN mallory.checked_query AS tsquery CHECK (mallory.count(VALUE::text) IS NOT NULL)'),
    ('CREATE TYPE', 'CREATE TYPE mallory.pair AS (word mallory.mood, checked mallory.checked)'),
    ('CREATE VIEW', 'CREATE VIEW mallory.embargo AS SELECT mallory.count(''embargo'') AS c'),
    ('CREATE VIEW', 'CREATE VIEW mallory.absent AS SELECT mallory.count(''absent'') AS c'),
    ('CREATE FUNCTION', 'CREATE FUNCTION mallory.concat(text, mallory.mood) RETURNS text LANGUAGE sql IMMUTABLE AS ''SELECT $1 || $2::text'''),
    ('CREATE OPERATOR', 'CREATE OPERATOR mallory.|| (LEFTARG = text, RIGHTARG = mallory.mood, FUNCTION = mallory.concat)'),
    ('CREATE FUNCTION', 'CREATE FUNCTION mallory.lower(varchar) RETURNS text LANGUAGE sql IMMUTABLE AS ''SELECT mallory.count($1)'''),
    ('CREATE FUNCTION', 'CREATE FUNCTION mallory.match(tsvector, tsquery) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0000001 AS $$
     BEGIN PERFORM nextval(''mallory.calls''); RETURN $1 OPERATOR(pg_catalog.@@) $2; END $$'),
    ('CREATE OPERATOR', 'CREATE OPERATOR mallory.@@ (LEFTARG = tsvector, RIGHTARG = tsquery, FUNCTION = mallory.match, RESTRICT = tsmatchsel)'),
    ('CREATE FUNCTION', 'CREATE FUNCTION mallory.like(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0000001 AS $$
     BEGIN PERFORM nextval(''mallory.calls''); RETURN true; END $$'),
    ('CREATE OPERATOR', 'CREATE OPERATOR mallory.<<% (LEFTARG = text, RIGHTARG = text, FUNCTION = mallory.like, RESTRICT = matchingsel)'),
    ('CREATE TEXT SEARCH CONFIGURATION', 'CREATE TEXT SEARCH CONFIGURATION mallory.config (COPY = simple)'),
    ('CREATE COLLATION', 'CREATE COLLATION mallory.folding (LOCALE = ''C'')'),
    ('CREATE AGGREGATE', 'CREATE AGGREGATE mallory.gather(text) (SFUNC = textcat, STYPE = text, INITCOND = '''')'),
    ('PREPARE', 'PREPARE of_mood (mallory.mood) AS SELECT count(*) FROM app.hidden WHERE words @@ plainto_tsquery($1::json #>> ''{}'')'),
    ('PREPARE', 'PREPARE of_mood_text (mallory.mood) AS SELECT count(*) FROM app.hidden WHERE words @@ plainto_tsquery($1)'),
    ('PREPARE', 'PREPARE of_moods (mallory.mood[]) AS SELECT count(*) FROM app.hidden WHERE words @@ plainto_tsquery(to_json($1) ->> 0)'),
    ('PREPARE', 'PREPARE of_pair (mallory.pair) AS SELECT count(*) FROM app.hidden WHERE words @@ plainto_tsquery(row_to_json($1) ->> ''word'')'),
    ('PREPARE', 'PREPARE of_checked (mallory.checked) AS SELECT count(*) FROM app.hidden WHERE words @@ plainto_tsquery($1)'),
    ('PREPARE', 'PREPARE of_checked_query (text) AS SELECT count(*) FROM app.hidden WHERE words @@ $1::mallory.checked_query'),
    ('SET', 'SET plan_cache_mode = force_generic_plan')) AS t (expected, statement);
-- How often a statement calls them for a word that hidden texts have, and for one that none has: %s in the statement.
CREATE FUNCTION pg_temp.calls(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text := attack.says('eve', 'SELECT setval(''mallory.calls'', 1)', statement);
BEGIN
    RETURN CASE WHEN answer ~ '^[0-9A-Z]{5}$' THEN answer ELSE attack.says('eve', 'SELECT last_value FROM mallory.calls') || ' calls' END;
END $$;
CREATE FUNCTION pg_temp.counts(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    present text := pg_temp.calls(replace(statement, '%s', 'embargo'));
    absent text := pg_temp.calls(replace(statement, '%s', 'absent'));
BEGIN
    RETURN CASE WHEN present <> absent THEN format('%s of a word that there is, %s of another', present, absent)
        WHEN present ~ 'calls' THEN 'the same' ELSE present END;
END $$;
SELECT attack.attempt('the same', pg_temp.counts('SELECT count(*) FROM app.hidden WHERE ' || condition), condition)
FROM unnest(ARRAY[
    -- a type of hers in a record, an array, a domain, or as it is, to a function that takes any
    $$words @@ plainto_tsquery(row_to_json((SELECT r FROM (SELECT '%s'::mallory.mood AS x OFFSET 0) AS r)) ->> 'x')$$,
    $$words @@ plainto_tsquery('simple'::regconfig, row_to_json((SELECT r FROM (SELECT '%s'::mallory.mood AS x OFFSET 0) AS r)) ->> 'x')$$,
    $$words @@ plainto_tsquery(to_json((SELECT r FROM (SELECT '%s'::mallory.mood AS x OFFSET 0) AS r)) ->> 'x')$$,
    $$words @@ plainto_tsquery(to_jsonb((SELECT r FROM (SELECT '%s'::mallory.mood AS x OFFSET 0) AS r)) ->> 'x')$$,
    $$words @@ plainto_tsquery(json_build_object('x', (SELECT r FROM (SELECT '%s'::mallory.mood AS x OFFSET 0) AS r)) -> 'x' ->> 'x')$$,
    $$words @@ plainto_tsquery(jsonb_build_array((SELECT r FROM (SELECT '%s'::mallory.mood AS x OFFSET 0) AS r)) -> 0 ->> 'x')$$,
    $$words @@ plainto_tsquery(array_to_json((SELECT ARRAY[r] FROM (SELECT '%s'::mallory.mood AS x OFFSET 0) AS r)) -> 0 ->> 'x')$$,
    $$words @@ plainto_tsquery(to_json((SELECT ARRAY['%s'::mallory.mood])) ->> 0)$$,
    $$words @@ plainto_tsquery(to_json((SELECT '%s'::mallory.mood)) #>> '{}')$$,
    $$words @@ plainto_tsquery((SELECT '%s'::mallory.mood)::json #>> '{}')$$,
    $$words @@ plainto_tsquery((SELECT '%s'::mallory.mood))$$,
    $$words @@ plainto_tsquery(array_to_string((SELECT ARRAY['%s'::mallory.mood]), ' '))$$,
    $$words @@ plainto_tsquery(array_to_string((SELECT ARRAY['%s'::mallory.mood])::text[], ' '))$$,
    $$words @@ plainto_tsquery(array_to_string(string_to_array('%s', ' ')::mallory.checked[], ' '))$$,
    $$words @@ plainto_tsquery(format('%1$s', (SELECT '%s'::mallory.mood)))$$,
    $$words @@ plainto_tsquery(concat('', (SELECT '%s'::mallory.mood)))$$,
    $$words @@ plainto_tsquery(concat_ws(' ', (SELECT '%s'::mallory.mood), '%s'::text::mallory.checked))$$,
    $$words @@ plainto_tsquery(''::text OPERATOR(mallory.||) (SELECT '%s'::mallory.mood))$$,
    $$words @@ plainto_tsquery(quote_literal((SELECT '%s'::mallory.grade)))$$,
    $$words @@ plainto_tsquery(quote_nullable((SELECT '%s'::mallory.grade)))$$,
    $$words @@ plainto_tsquery(mallory.lower('%s'))$$,
    $$words @@ plainto_tsquery('%s'::text::mallory.checked)$$,
    $$words @@ ('%s'::tsquery::mallory.checked_query)$$,
    $$words @@ plainto_tsquery((jsonb_populate_record((SELECT NULL::mallory.pair), '{"checked": "%s"}')).checked)$$,
    $$words @@ plainto_tsquery(jsonb_populate_record((SELECT NULL::mallory.pair), '{"checked": "%s"}')::text)$$,
    $$words @@ plainto_tsquery((('(,%s)'::text || current_setting('mallory.nothing'))::mallory.pair)::text)$$,
    $$words @@ plainto_tsquery(xmlforest((SELECT '%s'::mallory.mood) AS x)::text)$$,
    $$words @@ plainto_tsquery(coalesce((SELECT '%s'::mallory.mood)::text, ''))$$,
    $$words @@ plainto_tsquery(nullif((SELECT '%s'::mallory.mood)::text, ''))$$,
    $$words @@ plainto_tsquery(CASE WHEN mallory.count(current_setting('server_version')) <> '' THEN '%s' END)$$,
    $$words @@ plainto_tsquery(greatest('%s'::text::mallory.checked, ''))$$,
    $$words @@ plainto_tsquery(lower((SELECT '%s'::mallory.mood)))$$,
    -- her functions
    $$words @@ plainto_tsquery(mallory.count('%s'))$$,
    $$words @@ plainto_tsquery(mallory.count('%s' || current_setting('mallory.nothing')))$$,
    $$words @@ (plainto_tsquery('%s') || plainto_tsquery(mallory.count(current_setting('server_version'))))$$,
    $$words @@ plainto_tsquery('%s') OR words @@ plainto_tsquery(mallory.count(current_setting('server_version')))$$,
    $$words @@ plainto_tsquery('mallory.config', '%s') OR words @@ plainto_tsquery('mallory.config', mallory.count(current_setting('server_version')))$$,
    $$body % mallory.count('%s' || current_setting('mallory.nothing'))$$,
    $$body % (SELECT '%s'::mallory.mood)$$,
    $$body % row_to_json((SELECT r FROM (SELECT '%s'::mallory.mood AS x OFFSET 0) AS r))::text$$,
    $$body % lower('%s'::text::mallory.checked)$$,
    $$body % lower((SELECT '%s'::mallory.mood)::text COLLATE mallory.folding)$$,
    -- PostgreSQL's, that run a query or read a view
    $$words @@ plainto_tsquery(substring(table_to_xml('mallory.%s', true, false, '')::text FROM 'embargo|absent'))$$,
    $$words @@ plainto_tsquery(substring(table_to_xml_and_xmlschema('mallory.%s', true, false, '')::text FROM '<c>(embargo|absent)</c>'))$$,
    $$words @@ plainto_tsquery(substring(schema_to_xml('mallory', true, false, '')::text FROM '%s'))$$,
    $$words @@ plainto_tsquery(substring(schema_to_xml_and_xmlschema('mallory', true, false, '')::text FROM '%s'))$$,
    $$words @@ plainto_tsquery(substring(query_to_xml('SELECT mallory.count(''%s'')', true, false, '')::text FROM 'embargo|absent'))$$,
    $$words @@ ts_rewrite('x', 'SELECT ''x''::tsquery, mallory.count(''%s'')::tsquery')$$,
    $$words @@ plainto_tsquery((SELECT string_agg(word, ' ') FROM ts_stat('SELECT to_tsvector(mallory.count(''%s''))')))$$,
    -- a subselect that asks for the row, and others that are no parameters
    $$words @@ (SELECT plainto_tsquery(mallory.count('%s')) WHERE media_id IS NOT NULL)$$,
    $$words @@ (SELECT plainto_tsquery(mallory.gather(mallory.count('%s'))) WHERE media_id > 0)$$,
    $$words @@ ANY (ARRAY[plainto_tsquery(mallory.count('%s'))])$$,
    $$words @@ ANY (SELECT plainto_tsquery(mallory.count('%s')))$$,
    -- her operators
    $$words OPERATOR(mallory.@@) '%s'$$, $$'%s' OPERATOR(mallory.<<%) body$$]) AS condition;
SELECT attack.says('eve', 'SET search_path = mallory, pg_catalog, public');
SELECT attack.attempt('the same', pg_temp.counts('SELECT count(*) FROM app.hidden WHERE ' || condition), 'with operators and functions of the same names first in the search path, ' || condition)
FROM unnest(ARRAY[$$words @@ '%s'$$, $$words @@ plainto_tsquery('%s')$$, $$'%s' <<% body$$,
    $$words OPERATOR(pg_catalog.@@) plainto_tsquery(lower('%s'::varchar))$$]) AS condition;
SELECT attack.says('eve', 'RESET search_path');
-- Parameters: of prepared statements, and plpgsql's variables, which are parameters of any type.
CREATE FUNCTION pg_temp.with_variable(type text, value text, condition text) RETURNS text LANGUAGE sql AS $$
    SELECT format('DO %L', format('DECLARE v %s := %s; BEGIN PERFORM FROM app.hidden WHERE %s; END', type, value, condition))
$$;
SELECT attack.attempt('the same', pg_temp.counts(statement), statement)
FROM unnest(ARRAY['EXECUTE of_mood (''%s'')', 'EXECUTE of_mood_text (''%s'')', 'EXECUTE of_moods (''{%s}'')', 'EXECUTE of_pair (''(%s,x)'')',
    'EXECUTE of_checked (''%s'')', 'EXECUTE of_checked_query (''%s'')',
    pg_temp.with_variable('mallory.mood', '''%s''', 'words @@ plainto_tsquery(v)'),
    pg_temp.with_variable('mallory.pair', 'row(''%s'', ''x'')::mallory.pair', 'words @@ plainto_tsquery(row_to_json(v) ->> ''word'')'),
    pg_temp.with_variable('mallory.pair', 'row(''%s'', ''x'')::mallory.pair', 'words @@ plainto_tsquery(v.word)'),
    pg_temp.with_variable('record', 'row(''%s''::mallory.mood)', 'words @@ plainto_tsquery(to_json(v) ->> ''f1'')'),
    pg_temp.with_variable('record', 'row(''%s''::mallory.mood)', 'words @@ plainto_tsquery(v.f1)'),
    pg_temp.with_variable('mallory.mood[]', '''{%s}''', 'words @@ plainto_tsquery(array_to_string(v::text[], '' ''))'),
    pg_temp.with_variable('mallory.mood[]', '''{%s}''', 'words @@ plainto_tsquery(v[1])'),
    pg_temp.with_variable('mallory.checked', '''%s''', 'words @@ plainto_tsquery(v::mallory.checked)'),
    pg_temp.with_variable('text', '''%s''', 'words @@ plainto_tsquery(v::mallory.checked)'),
    pg_temp.with_variable('text', '''%s''', 'words @@ plainto_tsquery(mallory.count(v))')]) AS statement;
-- Nothing of hers is called here, but the function does more than to tell the same each time, or reads the row.
SELECT attack.attempt('row by row', pg_temp.looks_up('eve', 'SELECT FROM app.hidden WHERE ' || condition), condition)
FROM unnest(ARRAY[
    $$words @@ plainto_tsquery(nextval('mallory.calls')::text)$$, $$words @@ plainto_tsquery(setval('mallory.calls', 1)::text)$$,
    $$words @@ plainto_tsquery(pg_try_advisory_lock(1)::text)$$, $$words @@ plainto_tsquery(pg_sleep(1)::text)$$,
    $$words @@ plainto_tsquery(set_config('a.b', 'embargo', false))$$, $$words @@ plainto_tsquery(pg_notify('a', 'b')::text)$$,
    $$words @@ plainto_tsquery(clock_timestamp()::text)$$, $$words @@ plainto_tsquery(random()::text)$$,
    $$words @@ plainto_tsquery(txid_current()::text)$$, $$words @@ plainto_tsquery(pg_get_viewdef('mallory.embargo'::regclass))$$,
    $$words @@ plainto_tsquery(to_regclass('mallory.embargo')::text)$$, $$words @@ plainto_tsquery('mallory.embargo'::text::regclass::text)$$,
    $$words @@ plainto_tsquery(obj_description('mallory.embargo'::regclass, 'pg_class'))$$,
    $$words @@ plainto_tsquery(has_table_privilege('mallory.embargo', 'SELECT')::text)$$,
    $$words @@ plainto_tsquery(pg_get_expr((SELECT conbin FROM pg_constraint WHERE conbin IS NOT NULL LIMIT 1), 'mallory.embargo'::regclass))$$,
    $$words @@ plainto_tsquery(cursor_to_xml('c', 1, true, false, '')::text)$$,
    $$words @@ plainto_tsquery(database_to_xml(true, false, '')::text)$$, $$words @@ plainto_tsquery(table_to_xmlschema('mallory.embargo', true, false, '')::text)$$,
    $$words @@ plainto_tsquery(now()::text)$$, $$words @@ plainto_tsquery(convert_from((SELECT 'x'::bytea), 'SQL_ASCII'))$$,
    $$words @@ plainto_tsquery(current_schemas(true)::text)$$, $$words @@ plainto_tsquery(pg_read_file('PG_VERSION'))$$,
    $$words @@ plainto_tsquery((SELECT dblink_connect('nowhere') OFFSET media_id - media_id))$$,
    $$words @@ plainto_tsquery(body)$$, $$words @@ (plainto_tsquery('embargo') || plainto_tsquery(media_id::text))$$,
    $$words @@ (SELECT plainto_tsquery(media_id::text))$$, $$body % lower(body)$$, $$body COLLATE "C" % (media_id::text)$$]) AS condition;

-- ---- What a search looks for is evaluated once ----
-- Making a tsquery says something where all words are too common or one is too long, and fails where a setting or a
-- configuration has changed since: each time, it would count the candidates.
CREATE FUNCTION pg_temp.evaluated(statement text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN attack.says('eve', 'EXPLAIN (COSTS OFF) ' || statement) ~ '(Index|Recheck) Cond: [^:]*(tsquery|lower|current_setting)\(' THEN 'each time' ELSE 'once' END
$$;
SELECT attack.control('by an index', pg_temp.looks_up('eve', 'SELECT FROM app.hidden WHERE ' || condition), condition),
    attack.attempt('once', pg_temp.evaluated('SELECT FROM app.hidden WHERE ' || condition), condition)
FROM unnest(ARRAY[$$words @@ plainto_tsquery('embargo')$$, $$words @@ to_tsquery('the') OR words @@ 'embargo'$$,
    $$words @@ (to_tsquery('the') || 'embargo')$$, $$words @@ websearch_to_tsquery(current_setting('application_name'))$$,
    $$words @@ current_setting('mallory.query')::tsquery$$]) AS condition;
-- A cursor goes on after the setting that it reads holds no query any more.
CREATE FUNCTION pg_temp.cursor_says(query text) RETURNS text LANGUAGE sql AS $$
    SELECT attack.says('eve', format('SET mallory.query = %L', query), 'BEGIN',
        'DECLARE c CURSOR FOR SELECT body FROM app.hidden WHERE words @@ current_setting(''mallory.query'')::tsquery') || ', ' ||
        attack.says('eve', 'FETCH c') || ', ' || attack.says('eve', 'SET mallory.query = ''&''', 'FETCH c')
    FROM attack.says('eve', 'ROLLBACK')
$$;
SELECT attack.attempt('DECLARE CURSOR, mine, no row', pg_temp.cursor_says(query), 'a cursor for ' || query || ' that goes on with no query')
FROM unnest('{embargo | mine, absent | mine}'::text[]) AS query;
SELECT attack.says('eve', 'ROLLBACK', 'RESET plan_cache_mode', 'RESET pg_trgm.similarity_threshold', 'RESET default_text_search_config');

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
