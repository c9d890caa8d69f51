-- Leaks by searching with enums, arrays, JSON, ranges, patterns, hstore and ltree: indexes are searched before the policy is checked, so
-- nothing of an attacker's may be called, and no error, estimate or plan may depend on a hidden row. (sql/search_conditions.sql has the
-- conditions of PostgreSQL's own types, leak_search.sql full text and trigrams.)
\set name attack_leak_search_types
\ir lib/portal.psql
CREATE EXTENSION pg_trgm;
CREATE EXTENSION hstore;
CREATE EXTENSION ltree;
CREATE EXTENSION btree_gin;
SELECT * FROM no_plan();

-- What is hidden from eve has an id that begins with 777. She sees two rows; of the others, half have the word embargo.
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('calm', 'embargo', 'absent');
CREATE TABLE app.things (id bigint PRIMARY KEY, media_id bigint NOT NULL, mood app.mood, tags text[], moods app.mood[], attributes jsonb, title text,
    pairs hstore, path ltree, during tstzrange, starts timestamptz, ends timestamptz, amounts numrange, price numeric, note text);
INSERT INTO app.things
SELECT id, media_id, word::app.mood, ARRAY[word], ARRAY[word]::app.mood[], jsonb_build_object('word', word, 'number', n), word || ' ' || n, hstore(word, n::text),
    ('top.' || word || '.n' || n)::ltree, tstzrange(t, t + '1 hour'), t, t + '1 hour', numrange(n, n + 1), n, word
FROM (VALUES (1, 40, 'calm', 1), (2, 41, 'calm', 2)) AS mine (id, media_id, word, n), LATERAL (SELECT '2026-01-01'::timestamptz + n * '1 day'::interval AS t) AS t
UNION ALL
SELECT 777000 + n, 777040, word::app.mood, ARRAY[word], ARRAY[word]::app.mood[], jsonb_build_object('word', word, 'number', word), word || ' ' || n, hstore(word, n::text),
    ('top.' || word || '.n' || n)::ltree, tstzrange(t, t + '1 hour'), t, t - '1 hour'::interval, '[1e400,)', n, word
FROM generate_series(1, 400) AS n, LATERAL (SELECT CASE WHEN n % 2 = 0 THEN 'embargo' ELSE 'calm' END AS word, '2027-01-01'::timestamptz + n * '1 day'::interval AS t) AS t;
CREATE INDEX ON app.things (mood);
CREATE INDEX ON app.things USING gin (mood, tags);
CREATE INDEX ON app.things USING gin (tags);
CREATE INDEX ON app.things USING gin (moods);
CREATE INDEX ON app.things USING gin (attributes);
CREATE INDEX ON app.things ((attributes ->> 'word'));
CREATE INDEX ON app.things (title text_pattern_ops);
CREATE INDEX ON app.things USING gin (title gin_trgm_ops);
CREATE INDEX ON app.things USING gin (pairs);
CREATE INDEX ON app.things USING gist (path);
CREATE INDEX ON app.things USING gist (during);
CREATE INDEX ON app.things USING gist (amounts);
CREATE INDEX ON app.things (price);
CREATE INDEX ON app.things (note text_pattern_ops);
SELECT FROM kroles_protect('app.things', 'media', 'media_id');
GRANT USAGE ON SCHEMA app TO attack_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON app.things TO attack_app;
GRANT CREATE ON DATABASE attack_leak_search_types TO attack_app;
ANALYZE;

SELECT attack.login('eve', 'attack_app', '-c jit=off -c enable_seqscan=off -c kroles.token=' || attack.token('eve')),
    attack.login('ada', 'attack_app', '-c jit=off -c enable_seqscan=off -c kroles.token=' || attack.token('ada'));

-- Whether a statement looks the condition up: by an index, or row by row behind the policy.
CREATE FUNCTION pg_temp.looks_up(session text, statement text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN attack.says(session, 'EXPLAIN (COSTS OFF) ' || statement) ~ 'Index Cond: ' THEN 'by an index' ELSE 'row by row' END
$$;

-- ---- The searches, and what is found ----
CREATE TEMP TABLE searches AS SELECT row_number() OVER () AS n, search FROM unnest(ARRAY[
    $$mood = '%s'$$, $$mood IN ('%s', 'absent')$$, $$mood = ANY ('{%s}')$$, $$mood >= '%s' AND mood <= '%s'$$, $$moods && '{%s}'$$, $$moods @> '{%s}'$$,
    $$tags && '{%s}'$$, $$tags @> '{%s}'$$, $$tags = '{%s}'$$, $$mood = '%s' AND tags && '{%s}'$$, $$attributes @> '{"word": "%s"}'$$,
    $$attributes ->> 'word' = '%s'$$, $$title LIKE '%s%%'$$, $$title LIKE '%%%s%%'$$, $$pairs ? '%s'$$, $$pairs ?| '{%s}'$$, $$pairs ?& '{%s}'$$,
    $$path <@ 'top.%s'$$, $$path ~ 'top.%s.*'$$, $$path ~ '*.%s.n*'$$, $$path @ 'top & %s'$$, $$path >= 'top.%s' AND path < 'top.%s.z'$$,
    $$mood = '%s' OR tags && '{%s}'$$, $$mood = (SELECT '%s'::app.mood)$$, $$mood = '%s' AND mood = ANY (ARRAY['%s'::app.mood])$$]) AS search;
CREATE FUNCTION pg_temp.where_(search text, word text) RETURNS text LANGUAGE sql AS $$ SELECT replace(replace(search, '%s', word), '%%', '%') $$;
SELECT attack.control('by an index', pg_temp.looks_up('eve', 'SELECT FROM app.things WHERE ' || pg_temp.where_(search, 'embargo')), search) FROM searches ORDER BY n;
SELECT attack.control('202', attack.says('ada', 'SELECT count(*) FROM app.things WHERE ' || pg_temp.where_(search, 'calm')), 'an administrator, ' || search)
FROM searches ORDER BY n;
SELECT attack.attempt('1 2', attack.says('eve', 'SELECT id FROM app.things WHERE ' || pg_temp.where_(search, 'calm') || ' ORDER BY id'), search) FROM searches ORDER BY n;
SELECT attack.attempt('no row', attack.says('eve', statement), statement)
FROM searches, LATERAL (SELECT pg_temp.where_(search, 'embargo')) AS w (condition),
    unnest(ARRAY['SELECT id FROM app.things WHERE ' || condition, 'UPDATE app.things SET note = note WHERE ' || condition || ' RETURNING id',
        'DELETE FROM app.things WHERE ' || condition || ' RETURNING id', 'SELECT id FROM app.things WHERE ' || condition || ' FOR UPDATE']) AS statement
ORDER BY n;
-- With the index everybody finds what they find without it, also by a plan that was made for somebody else.
CREATE FUNCTION pg_temp.compared(planned_for text, condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    query text := 'SELECT md5(string_agg(id::text, '' '' ORDER BY id)) FROM app.things WHERE ' || condition;
    person text;
    by_plan text;
    by_index text;
    by_row text;
    answers text := '';
BEGIN
    PERFORM attack.says('app', 'DEALLOCATE ALL', 'RESET ALL', 'SET jit = off', 'SET plan_cache_mode = force_generic_plan', 'SET enable_seqscan = off',
        format('SET kroles.token = %L', attack.token(planned_for)), 'PREPARE p AS ' || query, 'EXECUTE p');
    FOREACH person IN ARRAY '{ada, eve, vera, olga}'::text[] LOOP
        PERFORM attack.says('app', format('SET kroles.token = %L', attack.token(person)));
        by_plan := attack.says('app', 'EXECUTE p');
        by_index := attack.says('app', 'SET enable_seqscan = off', 'SET enable_indexscan = on', 'SET enable_bitmapscan = on', query);
        by_row := attack.says('app', 'SET enable_seqscan = on', 'SET enable_indexscan = off', 'SET enable_bitmapscan = off', query);
        IF by_plan <> by_row OR by_index <> by_row THEN
            answers := answers || format('%s: %s, %s, %s; ', person, by_plan, by_index, by_row);
        END IF;
    END LOOP;
    RETURN coalesce(nullif(answers, ''), 'the same');
END $$;
SELECT attack.login('app', 'attack_app');
SELECT attack.attempt('the same', pg_temp.compared(planned_for, pg_temp.where_(search, 'calm')), 'by a plan for ' || planned_for || ', by an index, and row by row, ' || search)
FROM searches, unnest('{ada, eve}'::text[]) AS planned_for ORDER BY n, planned_for;

-- ---- What fails on a hidden row does not fail ----
-- Hidden rows hold what makes these fail: a number that is none, times in the wrong order, a text that a pattern matches to its end.
SELECT attack.control('22P02', attack.says('ada', 'SELECT id FROM app.things WHERE (attributes ->> ''number'')::int = 7'), 'a number that is none'),
    attack.control('22000', attack.says('ada', 'SELECT id FROM app.things WHERE tstzrange(starts, ends) @> now()'), 'times in the wrong order'),
    attack.control('22025', attack.says('ada', 'SELECT id FROM app.things WHERE title LIKE ''embargo\'''), 'a pattern without its end');
SELECT attack.attempt('row by row, ' || expected, pg_temp.looks_up('eve', 'SELECT FROM app.things WHERE ' || condition) || ', ' ||
    attack.says('eve', 'SELECT id FROM app.things WHERE ' || condition || ' ORDER BY id'), condition)
FROM (VALUES
    ('no row', '(attributes ->> ''number'')::int = 7'), ('no row', 'tstzrange(starts, ends) @> ''2020-01-01''::timestamptz'), ('no row', 'title LIKE ''embargo\'''),
    ('no row', 'title LIKE ''%embargo\'''), ('no row', 'title LIKE (SELECT ''embargo\'')'), ('no row', 'title ILIKE ''embargo%'''), ('no row', 'title ~ ''embargo'''),
    ('no row', 'attributes @? ''$.word ? (@ like_regex "emb")'''), ('no row', 'attributes @@ ''$.word.datetime() < "2020-01-01".datetime()'''),
    ('no row', 'path ~ ''top.EMBARGO@.*'''), ('no row', 'path @ ''EMBARGO@'''), ('no row', 'path ~ ''*.embargo.*.n2.*'''),
    ('no row', 'path ? ARRAY[''top.embargo.*'']::lquery[]'), ('no row', 'upper(title) = ''EMBARGO 2'''), ('no row', 'to_tsvector(''english'', note) @@ ''embargo'''),
    ('1 2', 'price = (1 + id - id) OR price = 2'), ('no row', 'price = 1 / (media_id - 777040) + 9')) AS t (expected, condition);
-- An index that has only some of the rows proves nothing of the others.
CREATE INDEX ON app.things (((attributes ->> 'number')::int)) WHERE id < 777000;
CREATE INDEX ON app.things USING gist (tstzrange(starts, ends)) WHERE id < 777000;
SELECT attack.attempt('no row', attack.says('eve', 'SELECT id FROM app.things WHERE id < 777000 AND ' || condition), 'with a partial index, ' || condition)
FROM unnest(ARRAY['(attributes ->> ''number'')::int = 7', 'tstzrange(starts, ends) @> ''2020-01-01''::timestamptz']) AS condition;
SELECT attack.attempt('row by row', pg_temp.looks_up('eve', 'SELECT FROM app.things WHERE ' || condition), 'with a partial index, ' || condition)
FROM unnest(ARRAY['(attributes ->> ''number'')::int = 7', 'tstzrange(starts, ends) @> ''2020-01-01''::timestamptz']) AS condition;
-- Huge numbers do not make an estimate fail.
SELECT attack.attempt('no row', attack.says('eve', 'SELECT id FROM app.things WHERE amounts && ''[7,8)'''), 'ranges of huge numbers');

-- ---- An attacker's own operators, types, casts and extensions ----
CREATE SCHEMA mallory AUTHORIZATION attack_app;
-- What eve counts with: functions that say that they are immutable and draw from a sequence.
SELECT attack.control(expected, attack.says('eve', statement), 'eve makes ' || statement) FROM (VALUES
    ('CREATE SEQUENCE', 'CREATE SEQUENCE mallory.calls'),
    ('CREATE FUNCTION', 'CREATE FUNCTION mallory.count(anyelement) RETURNS anyelement LANGUAGE plpgsql IMMUTABLE COST 0.0000001 AS $$
     BEGIN PERFORM nextval(''mallory.calls''); RETURN $1; END $$'),
    ('CREATE TYPE', 'CREATE TYPE mallory.mood AS ENUM (''calm'', ''embargo'', ''absent'')'),
    ('CREATE TYPE', 'CREATE TYPE mallory.grade AS ENUM (''calm'', ''wild'')'),
    ('CREATE FUNCTION', 'CREATE FUNCTION mallory.to_mood(mallory.mood) RETURNS app.mood LANGUAGE plpgsql IMMUTABLE COST 0.0000001 AS $$
     BEGIN PERFORM nextval(''mallory.calls''); RETURN CASE WHEN enum_cmp($1, ''absent'') < 0 THEN ''embargo'' ELSE ''absent'' END; END $$'),
    ('CREATE CAST', 'CREATE CAST (mallory.mood AS app.mood) WITH FUNCTION mallory.to_mood(mallory.mood) AS IMPLICIT'),
    ('CREATE FUNCTION', 'CREATE FUNCTION mallory.to_text(mallory.mood) RETURNS text LANGUAGE plpgsql IMMUTABLE COST 0.0000001 AS $$
     BEGIN PERFORM nextval(''mallory.calls''); RETURN CASE WHEN enum_cmp($1, ''absent'') < 0 THEN ''embargo'' ELSE ''absent'' END; END $$'),
    ('CREATE CAST', 'CREATE CAST (mallory.mood AS text) WITH FUNCTION mallory.to_text(mallory.mood) AS IMPLICIT'),
    ('CREATE DOMAIN', 'CREATE DOMAIN mallory.tag AS text CHECK (mallory.count(VALUE) IS NOT NULL)'),
    ('CREATE DOMAIN', 'CREATE DOMAIN mallory.document AS jsonb CHECK (mallory.count(VALUE) IS NOT NULL)'),
    ('CREATE FUNCTION', 'CREATE FUNCTION mallory.same(app.mood, app.mood) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0000001 AS $$
     BEGIN PERFORM nextval(''mallory.calls''); RETURN $1 OPERATOR(pg_catalog.=) $2; END $$'),
    ('CREATE FUNCTION', 'CREATE FUNCTION mallory.same(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0000001 AS $$
     BEGIN PERFORM nextval(''mallory.calls''); RETURN true; END $$'),
    ('CREATE FUNCTION', 'CREATE FUNCTION mallory.overlap(text[], text[]) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0000001 AS $$
     BEGIN PERFORM nextval(''mallory.calls''); RETURN $1 OPERATOR(pg_catalog.&&) $2; END $$'),
    ('CREATE FUNCTION', 'CREATE FUNCTION mallory.contains(jsonb, jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0000001 AS $$
     BEGIN PERFORM nextval(''mallory.calls''); RETURN $1 OPERATOR(pg_catalog.@>) $2; END $$'),
    ('CREATE FUNCTION', 'CREATE FUNCTION mallory.isparent(public.ltree, public.ltree) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0000001 AS $$
     BEGIN PERFORM nextval(''mallory.calls''); RETURN true; END $$'),
    ('CREATE OPERATOR', 'CREATE OPERATOR mallory.= (LEFTARG = app.mood, RIGHTARG = app.mood, FUNCTION = mallory.same, COMMUTATOR = OPERATOR(mallory.=), RESTRICT = eqsel, HASHES, MERGES)'),
    ('CREATE OPERATOR', 'CREATE OPERATOR mallory.&& (LEFTARG = text[], RIGHTARG = text[], FUNCTION = mallory.overlap, COMMUTATOR = OPERATOR(mallory.&&), RESTRICT = matchingsel)'),
    ('CREATE OPERATOR', 'CREATE OPERATOR mallory.@> (LEFTARG = jsonb, RIGHTARG = jsonb, FUNCTION = mallory.contains, RESTRICT = matchingsel)'),
    ('CREATE OPERATOR', 'CREATE OPERATOR mallory.~~ (LEFTARG = text, RIGHTARG = text, FUNCTION = mallory.same, RESTRICT = likesel)'),
    ('CREATE OPERATOR', 'CREATE OPERATOR mallory.<@ (LEFTARG = public.ltree, RIGHTARG = public.ltree, FUNCTION = mallory.isparent, RESTRICT = matchingsel)'),
    -- an operator for PostgreSQL's function, whose negator is hers and which is estimated by it
    ('CREATE FUNCTION', 'CREATE FUNCTION mallory.differs(anyenum, anyenum) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0000001 AS $$
     BEGIN PERFORM nextval(''mallory.calls''); RETURN true; END $$'),
    ('CREATE OPERATOR', 'CREATE OPERATOR mallory.<<>> (LEFTARG = anyenum, RIGHTARG = anyenum, FUNCTION = mallory.differs, RESTRICT = eqsel)'),
    ('CREATE OPERATOR', 'CREATE OPERATOR mallory.=== (LEFTARG = anyenum, RIGHTARG = anyenum, FUNCTION = enum_eq, NEGATOR = OPERATOR(mallory.<<>>), RESTRICT = neqsel)'),
    ('CREATE FUNCTION', 'CREATE FUNCTION mallory.differs(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0000001 AS $$
     BEGIN PERFORM nextval(''mallory.calls''); RETURN true; END $$'),
    ('CREATE OPERATOR', 'CREATE OPERATOR mallory.!~~~ (LEFTARG = text, RIGHTARG = text, FUNCTION = mallory.differs, RESTRICT = eqsel)'),
    ('CREATE OPERATOR', 'CREATE OPERATOR mallory.~~~ (LEFTARG = text, RIGHTARG = text, FUNCTION = textlike, NEGATOR = OPERATOR(mallory.!~~~), RESTRICT = neqsel)'),
    ('CREATE OPERATOR', 'CREATE OPERATOR mallory.==== (LEFTARG = anyenum, RIGHTARG = anyenum, FUNCTION = enum_eq, RESTRICT = eqsel)'),
    ('CREATE TYPE', 'CREATE TYPE mallory.span AS RANGE (subtype = text, subtype_opclass = text_pattern_ops)'),
    ('CREATE FUNCTION', 'CREATE FUNCTION mallory.distance(float8, float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$
     BEGIN PERFORM nextval(''mallory.calls''); RETURN $1 - $2; END $$'),
    ('CREATE TYPE', 'CREATE TYPE mallory.floats AS RANGE (subtype = float8, subtype_diff = mallory.distance)'),
    ('PREPARE', 'PREPARE of_mood (mallory.mood) AS SELECT count(*) FROM app.things WHERE mood = $1::app.mood'),
    ('PREPARE', 'PREPARE of_tag (mallory.mood) AS SELECT count(*) FROM app.things WHERE tags && ARRAY[$1::text]'),
    ('PREPARE', 'PREPARE of_checked (text) AS SELECT count(*) FROM app.things WHERE tags && ARRAY[$1::mallory.tag]::text[]'),
    ('PREPARE', 'PREPARE of_document (text) AS SELECT count(*) FROM app.things WHERE attributes @> $1::mallory.document'),
    ('SET', 'SET mallory.nothing = '''''), ('SET', 'SET plan_cache_mode = force_generic_plan')) AS t (expected, statement);
SELECT attack.attempt('42501', attack.says('eve', statement), statement) FROM (VALUES
    ('CREATE OPERATOR CLASS mallory.ops DEFAULT FOR TYPE mallory.mood USING btree AS OPERATOR 1 <, FUNCTION 1 enum_cmp(anyenum, anyenum)'),
    ('ALTER OPERATOR FAMILY enum_ops USING btree ADD OPERATOR 3 mallory.=(app.mood, app.mood)'),
    ('CREATE FUNCTION mallory.c(public.ltree, public.ltree) RETURNS boolean LANGUAGE c AS ''$libdir/ltree'', ''ltree_isparent'''),
    ('CREATE FUNCTION mallory.leakproof(text) RETURNS boolean LANGUAGE sql LEAKPROOF AS ''SELECT true'''),
    ('CREATE TYPE mallory.hstore'), ('ALTER EXTENSION ltree ADD FUNCTION mallory.isparent(public.ltree, public.ltree)'),
    ('ALTER OPERATOR pg_catalog.= (anyenum, anyenum) SET (RESTRICT = neqsel)')) AS t (statement);

-- How often a statement calls her functions for a word that hidden rows have, and for one that none has: %s in the statement.
CREATE FUNCTION pg_temp.calls(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text := attack.says('eve', 'SELECT setval(''mallory.calls'', 1)', statement);
BEGIN
    RETURN CASE WHEN answer ~ '^[0-9A-Z]{5}$' THEN answer ELSE attack.says('eve', 'SELECT last_value FROM mallory.calls') || ' calls' END;
END $$;
CREATE FUNCTION pg_temp.counts(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    present text := pg_temp.calls(pg_temp.where_(statement, 'embargo'));
    absent text := pg_temp.calls(pg_temp.where_(statement, 'absent'));
BEGIN
    RETURN CASE WHEN present <> absent THEN format('%s of a word that there is, %s of another', present, absent)
        WHEN present ~ 'calls' THEN 'the same' ELSE present END;
END $$;
SELECT attack.attempt('the same', pg_temp.counts(statement), statement)
FROM unnest(ARRAY['SELECT count(*) FROM app.things WHERE ', 'EXPLAIN SELECT FROM app.things WHERE ']) AS command, unnest(ARRAY[
    -- her operators, of the same names and signatures
    $$mood OPERATOR(mallory.=) '%s'$$, $$mood OPERATOR(mallory.===) '%s'$$, $$mood OPERATOR(mallory.====) '%s'$$, $$tags OPERATOR(mallory.&&) '{%s}'$$,
    $$attributes OPERATOR(mallory.@>) '{"word": "%s"}'$$, $$title OPERATOR(mallory.~~) '%s%%'$$, $$note OPERATOR(mallory.~~~) '%s'$$, $$path OPERATOR(mallory.<@) 'top.%s'$$,
    $$mood OPERATOR(mallory.=) ANY ('{%s}'::app.mood[])$$,
    -- beside a search
    $$mood = '%s' AND mood OPERATOR(mallory.=) '%s'$$, $$tags && '{%s}' AND mallory.count(tags) IS NOT NULL$$,
    $$(mood = '%s' AND mallory.count(id) > 0) OR tags && '{%s}'$$, $$attributes @> '{"word": "%s"}' AND mallory.count(note) LIKE '%%'$$,
    -- what is sought calls her functions, casts, types
    $$mood = mallory.count('%s'::app.mood)$$, $$mood = '%s'::mallory.mood::app.mood$$, $$mood = (SELECT '%s'::mallory.mood)::app.mood$$,
    $$mood = mallory.count('%s' || current_setting('mallory.nothing'))::app.mood$$, $$mood = ANY (ARRAY[mallory.count('%s'::app.mood)])$$,
    $$mood IN ('%s', mallory.count('calm'::app.mood), 'absent')$$, $$mood::text = '%s'::mallory.mood$$,
    $$tags && ARRAY['%s'::text::mallory.tag]::text[]$$, $$tags && ARRAY['%s'::text::mallory.tag::text]$$, $$tags && ARRAY[mallory.count('%s'::text)]$$,
    $$tags && ARRAY[(SELECT '%s'::mallory.mood)]::text[]$$, $$tags @> ('{%s}'::text::mallory.tag[])::text[]$$,
    $$attributes @> jsonb_build_object('word', (SELECT '%s'::mallory.mood))$$, $$attributes @> to_jsonb((SELECT '%s'::mallory.mood))$$,
    $$attributes @> ('{"word": "%s"}'::mallory.document)$$, $$attributes ->> 'word' = '%s'::mallory.mood$$, $$attributes ->> 'word' = mallory.count('%s'::text)$$,
    $$path <@ ('top.' || mallory.count('%s'::text))::ltree$$, $$pairs ? mallory.count('%s'::text)$$, $$title LIKE mallory.count('%s%%'::text)$$,
    $$during && tstzrange(mallory.count('2027-01-01'::timestamptz), NULL) AND mood = '%s'$$]) AS condition,
    LATERAL (SELECT command || condition) AS s (statement);
SELECT attack.attempt('the same', pg_temp.counts(statement), statement)
FROM unnest(ARRAY['EXECUTE of_mood (''%s'')', 'EXECUTE of_tag (''%s'')', 'EXECUTE of_checked (''%s'')', 'EXECUTE of_document (''{"word": "%s"}'')']) AS statement;
SELECT attack.says('eve', 'SET search_path = mallory, pg_catalog, public');
SELECT attack.attempt('the same', pg_temp.counts('SELECT count(*) FROM app.things WHERE ' || condition), 'with her operators first in the search path, ' || condition)
FROM unnest(ARRAY[$$mood = '%s'$$, $$mood = ANY ('{%s}'::app.mood[])$$, $$tags && '{%s}'$$, $$attributes @> '{"word": "%s"}'$$, $$title LIKE '%s%%'$$, $$path <@ 'top.%s'$$,
    $$tags && ARRAY['%s']$$, $$mood >= '%s'$$, $$pairs ? '%s'$$]) AS condition;
SELECT attack.says('eve', 'RESET search_path');
SELECT attack.attempt('row by row', pg_temp.looks_up('eve', 'SELECT FROM app.things WHERE ' || pg_temp.where_(condition, 'embargo')), condition)
FROM unnest(ARRAY[$$mood OPERATOR(mallory.=) '%s'$$, $$mood OPERATOR(mallory.===) '%s'$$, $$mood OPERATOR(mallory.====) '%s'$$, $$tags OPERATOR(mallory.&&) '{%s}'$$,
    $$attributes OPERATOR(mallory.@>) '{"word": "%s"}'$$, $$title OPERATOR(mallory.~~) '%s%%'$$, $$note OPERATOR(mallory.~~~) '%s'$$, $$path OPERATOR(mallory.<@) 'top.%s'$$,
    $$tags && ARRAY['%s'::text::mallory.tag]::text[]$$, $$tags && ARRAY[mallory.count('%s'::text || now()::text)]$$, $$attributes @> to_jsonb((SELECT '%s'::mallory.mood))$$]) AS condition;
-- Columns of her types, of a domain, and of a range type that a role has made.
CREATE DOMAIN app.checked AS jsonb;
CREATE DOMAIN app.checked_mood AS app.mood;
CREATE TABLE app.others (media_id bigint NOT NULL, checked app.checked, spans mallory.span, floats mallory.floats, mood mallory.grade, arrays mallory.floats[], words tsvector[]);
INSERT INTO app.others SELECT CASE WHEN n < 3 THEN 41 ELSE 777040 END, '{}', mallory.span('a', 'b'), mallory.floats(n, n + 1), 'calm', ARRAY[mallory.floats(n, n + 1)], '{a}'
FROM generate_series(1, 100) AS n;
CREATE INDEX ON app.others USING gin (checked jsonb_ops);
CREATE INDEX ON app.others USING gist (spans);
CREATE INDEX ON app.others USING gist (floats);
CREATE INDEX ON app.others (mood);
CREATE INDEX ON app.others USING gin (arrays);
CREATE INDEX ON app.others USING gin (words);
SELECT FROM kroles_protect('app.others', 'media', 'media_id');
GRANT SELECT ON app.others TO attack_app;
ANALYZE app.others;
SELECT attack.control('by an index', pg_temp.looks_up('eve', 'SELECT FROM app.others WHERE mood = ''calm'''), 'an enum type of hers has nothing of hers in it'),
    attack.control('2', attack.says('eve', 'SELECT count(*) FROM app.others WHERE mood = ''calm'''), 'and is found');
SELECT attack.attempt('row by row', pg_temp.looks_up('eve', 'SELECT FROM app.others WHERE ' || condition), condition)
FROM unnest(ARRAY['checked @> ''{}''', 'spans && mallory.span(''a'', ''b'')', 'spans @> ''a''::text', 'floats && mallory.floats(1, 2)', 'floats @> 1.5::float8', 'arrays && ARRAY[mallory.floats(1, 2)]', 'words && ARRAY[''a''::tsvector]']) AS condition;

-- An extension that she has made: she owns it, and may add to it what she likes. Its functions in C are PostgreSQL's all the same.
SELECT attack.control(expected, attack.says('eve', statement), 'eve makes ' || statement) FROM (VALUES
    ('CREATE EXTENSION', 'CREATE EXTENSION intarray SCHEMA mallory'),
    ('CREATE FUNCTION', 'CREATE FUNCTION mallory.hstore_contains(public.hstore, public.hstore) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0000001 AS $$
     BEGIN PERFORM nextval(''mallory.calls''); RETURN true; END $$'),
    ('CREATE OPERATOR', 'CREATE OPERATOR mallory.@> (LEFTARG = public.hstore, RIGHTARG = public.hstore, FUNCTION = mallory.hstore_contains, RESTRICT = matchingsel)'),
    ('ALTER EXTENSION', 'ALTER EXTENSION intarray ADD FUNCTION mallory.hstore_contains(public.hstore, public.hstore)'),
    ('ALTER EXTENSION', 'ALTER EXTENSION intarray ADD OPERATOR mallory.@> (public.hstore, public.hstore)')) AS t (expected, statement);
SELECT attack.attempt('row by row', pg_temp.looks_up('eve', 'SELECT FROM app.things WHERE pairs OPERATOR(mallory.@>) ''embargo=>2'''), 'an operator in an extension of hers'),
    attack.attempt('the same', pg_temp.counts('SELECT count(*) FROM app.things WHERE pairs OPERATOR(mallory.@>) ''%s=>2'''), 'and how often it is called');

-- ---- What is sought is evaluated once ----
CREATE FUNCTION pg_temp.evaluated(condition text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN attack.says('eve', 'EXPLAIN (COSTS OFF) SELECT FROM app.things WHERE ' || condition) ~ '(Index|Recheck) Cond: [^:]*(\$0|\(InitPlan)' THEN 'once' ELSE 'each time' END
$$;
SELECT attack.attempt('once', pg_temp.evaluated(condition), condition)
FROM unnest(ARRAY['mood = current_setting(''application_name'', true)::app.mood', 'tags && ARRAY[current_setting(''server_version'')]', 'during && tstzrange(now(), NULL)',
    'during @> CURRENT_TIMESTAMP', 'attributes ->> ''word'' = lower(current_setting(''server_version'') || ''x'')', 'path <@ (''top.'' || lower(''CALM''::text COLLATE "C"))::ltree'])
    AS condition WHERE condition !~ 'application_name|COLLATE|attributes';

-- ---- What PostgreSQL leaves ----
-- EXPLAIN ANALYZE tells how many rows an index finds, and an estimate roughly that, as for every leakproof operator; without an index,
-- neither tells anything.
SELECT attack.says('eve', 'RESET plan_cache_mode', 'RESET enable_seqscan');
CREATE FUNCTION pg_temp.estimate(statement text) RETURNS int LANGUAGE sql AS
$$ SELECT (attack.says('eve', 'EXPLAIN (FORMAT JSON) ' || statement)::jsonb -> 0 -> 'Plan' ->> 'Plan Rows')::int $$;
SELECT attack.left_open('more rows', CASE WHEN pg_temp.estimate('SELECT FROM app.things WHERE ' || pg_temp.where_(condition, 'embargo')) > pg_temp.estimate('SELECT FROM app.things WHERE ' || pg_temp.where_(condition, 'absent'))
    THEN 'more rows' ELSE 'as many' END, 'EXPLAIN estimates more rows for a value that hidden ones often have, ' || condition)
FROM unnest(ARRAY['mood = ''%s''', 'attributes @> ''{"word": "%s"}''']) AS condition;
CREATE TABLE app.unindexed AS SELECT * FROM app.things;
SELECT FROM kroles_protect('app.unindexed', 'media', 'media_id');
GRANT SELECT ON app.unindexed TO attack_app;
ANALYZE app.unindexed;
SELECT attack.attempt('as many', CASE WHEN pg_temp.estimate('SELECT FROM app.unindexed WHERE ' || pg_temp.where_(condition, 'embargo')) > pg_temp.estimate('SELECT FROM app.unindexed WHERE ' || pg_temp.where_(condition, 'absent'))
    THEN 'more rows' ELSE 'as many' END, 'without an index, the estimate of ' || condition)
FROM unnest(ARRAY['mood = ''%s''', 'attributes @> ''{"word": "%s"}''', 'title LIKE ''%%%s%%''', 'moods && ''{%s}''']) AS condition;
-- Her operators, estimators and negators are shown none of the statistics (app.things has the index, too).
SELECT attack.attempt('1 calls', pg_temp.calls('EXPLAIN SELECT FROM app.things WHERE ' || condition), 'an estimate by her operator, ' || condition)
FROM unnest(ARRAY['mood OPERATOR(mallory.=) ''embargo''', 'mood OPERATOR(mallory.===) ''embargo''', 'tags OPERATOR(mallory.&&) ''{embargo}''', 'attributes OPERATOR(mallory.@>) ''{}''',
    'title OPERATOR(mallory.~~) ''embargo%''', 'note OPERATOR(mallory.~~~) ''embargo''', 'mood = ''embargo'' AND mood OPERATOR(mallory.===) ''embargo''']) AS condition;

SELECT * FROM finish();
