-- The figures of search.md: 200,000 texts on 20,000 media, searched by somebody who sees a tenth of them.
--
--   test/server run psql -Xqf doc/search.sql
SET client_min_messages = warning;
CREATE EXTENSION kroles;
CREATE EXTENSION pg_trgm;
SET kroles."user" = '';
INSERT INTO kroles.users (id, login, applicative_role) SELECT n, 'person ' || n, 'private_only' FROM generate_series(1, 10) AS n;
INSERT INTO kroles.media (id, name, owner_id) SELECT n, 'media ' || n, 1 + n % 10 FROM generate_series(1, 20000) AS n;

-- Titles of three invented words, one in a hundred of them a lecture.
CREATE FUNCTION word(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg(substr('bakolimerunosadetivuhapezoguficywexarejonidulypavomesi', 1 + 2 * (x % 27)::int, 2), '')
    FROM (VALUES (n), (n / 27), (n / 729)) AS s (x)
$$;
CREATE TABLE texts (id bigint PRIMARY KEY, media_id bigint NOT NULL, title text NOT NULL,
    words tsvector GENERATED ALWAYS AS (to_tsvector('english', title)) STORED);
INSERT INTO texts SELECT n, 1 + n % 20000, concat_ws(' ', CASE WHEN n % 100 = n / 20000 THEN 'lecture' END, word(n * 7919 % 19683), word(n * 104729 % 19683), word(n * 15485863 % 19683))
FROM generate_series(1::bigint, 200000) AS n;
CREATE INDEX texts_words ON texts USING gin (words);
CREATE INDEX texts_title ON texts USING gin (title gin_trgm_ops);
VACUUM ANALYZE texts;
CREATE ROLE searcher;
SELECT kroles_trust_gateway(session_user), kroles_protect('texts', 'media', 'media_id') \g /dev/null
GRANT SELECT ON texts TO searcher;

-- The median time of a statement in milliseconds, planned anew each time.
CREATE FUNCTION median_ms(statement text, runs int) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
    started timestamptz;
    times float8[];
BEGIN
    FOR run IN 0..runs LOOP
        started := clock_timestamp();
        EXECUTE statement;
        IF run > 0 THEN
            times := times || extract(epoch FROM clock_timestamp() - started)::float8 * 1000;
        END IF;
    END LOOP;
    RETURN (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t) FROM unnest(times) AS t)::numeric;
END $$;
CREATE TABLE figures (n int, search text, condition text, matches int, seen int, free numeric, policy numeric, by_row numeric);
GRANT ALL ON figures TO searcher;
INSERT INTO figures (n, search, condition) SELECT n, search, condition FROM (VALUES
    (1, 'a rare word', format('words @@ %L', (SELECT split_part(title, ' ', 1) FROM texts WHERE id = 4711)::text)),
    (2, 'a word in one of a hundred', 'words @@ ''lectur'''),
    (3, 'a title, misspelt', format('title %% %L', (SELECT overlay(title PLACING 'q' FROM 4) FROM texts WHERE id = 4711)))) AS s (n, search, condition);
CREATE FUNCTION measure(n int, runs int, OUT matches int, OUT ms numeric) LANGUAGE plpgsql AS $$
DECLARE
    statement text := 'SELECT count(*) FROM texts WHERE ' || (SELECT f.condition FROM figures f WHERE f.n = measure.n);
BEGIN
    EXECUTE statement INTO matches;
    ms := median_ms(statement, runs);
END $$;
UPDATE figures f SET (matches, free) = (SELECT * FROM measure(f.n, 101));
SET kroles."user" = 'person 3';
SET ROLE searcher;
UPDATE figures f SET (seen, policy) = (SELECT * FROM measure(f.n, 101));
SET enable_bitmapscan = off;
SET enable_indexscan = off;
UPDATE figures f SET by_row = (SELECT ms FROM measure(f.n, 7));
SELECT search, matches, seen, round(free, 3) AS "no policy, ms", round(policy, 3) AS "kroles, ms", round(policy / free, 2) AS "ratio",
    round(by_row, 1) AS "row by row, ms", round(by_row / free) AS "ratio"
FROM figures ORDER BY n;
