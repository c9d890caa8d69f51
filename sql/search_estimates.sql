-- How many rows PostgreSQL expects of a search under the policies: it knows how frequent a value is where an index has it, so a rare
-- value is looked up and a frequent one is not. Without an index it knows nothing.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE SCHEMA app;
SET search_path = app, public;
SET jit = off;
SET max_parallel_workers_per_gather = 0;

INSERT INTO kroles.users (id, login, applicative_role) VALUES (1, 'olga', 'admin'), (2, 'mia', 'private_only');
INSERT INTO kroles.media (id, name, owner_id, external_id) SELECT n, n, 1 + n % 2, n FROM generate_series(1, 60) AS n;
CREATE ROLE regress_kroles_portal;
SELECT kroles_trust_gateway('regress_kroles_portal');
GRANT ALL ON SCHEMA app TO regress_kroles_portal;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO regress_kroles_portal;

-- One row in a thousand is rare.
CREATE TYPE mood AS ENUM ('calm', 'odd', 'rare');
CREATE TABLE states (id int PRIMARY KEY, media_id bigint, at int, mood mood, mood_again mood, tags text[], attributes jsonb, attributes_again jsonb,
    title text, amounts numrange, by_part mood);
INSERT INTO states
SELECT n, 1 + n % 60, n, word::mood, word::mood, ARRAY[word], jsonb_build_object('mood', word), jsonb_build_object('mood', word), word || n, '[1e400,)', word::mood
FROM (SELECT n, CASE WHEN n % 1000 = 0 THEN 'rare' ELSE 'calm' END AS word FROM generate_series(1, 20000) AS n) AS s;
CREATE INDEX ON states (at);
CREATE INDEX ON states (mood);
CREATE INDEX ON states USING gin (tags);
CREATE INDEX ON states USING gin (attributes);
CREATE INDEX ON states (title text_pattern_ops);
CREATE INDEX ON states USING gist (amounts);
CREATE INDEX ON states (by_part) WHERE at > 100000;
SET default_statistics_target = 1000;
ANALYZE states;
SELECT kroles_protect('states', 'media', 'media_id');

CREATE FUNCTION plan_of(statement text, OUT rows int, OUT looks_up text) LANGUAGE plpgsql AS $$
DECLARE
    plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) ' || statement INTO plan;
    rows := plan -> 0 -> 'Plan' ->> 'Plan Rows';
    looks_up := coalesce((SELECT string_agg(q #>> '{}', '; ') FROM jsonb_path_query(plan, 'strict $.**."Index Cond"') AS q), 'nothing');
END $$;
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'mia';
-- The twenty first by another index: for a rare value, that would read the whole table.
SELECT (plan_of(format('SELECT FROM states WHERE %s', condition))).rows < 100 AS few,
    (plan_of(format('SELECT FROM states WHERE %s ORDER BY at LIMIT 20', condition))).looks_up, condition
FROM unnest(ARRAY[$$mood = 'rare'$$, $$mood = 'calm'$$, $$mood > 'odd'$$, $$mood IN ('odd', 'rare')$$, $$tags && '{rare}'$$, $$tags && '{calm}'$$,
    $$attributes @> '{"mood": "rare"}'$$, $$attributes @> '{"mood": "calm"}'$$, $$title LIKE 'rare%'$$, $$title LIKE 'calm%'$$,
    $$mood = 'rare' OR tags && '{rare}'$$]) AS condition;
-- Without an index, or with one that does not have the rows, a rare value and a frequent one are the same.
SELECT (plan_of(format('SELECT FROM states WHERE %s', format(condition, 'rare')))).rows
    = (plan_of(format('SELECT FROM states WHERE %s', format(condition, 'calm')))).rows AS same, condition
FROM unnest(ARRAY[$$mood_again = '%s'$$, $$attributes_again @> '{"mood": "%s"}'$$, $$by_part = '%s'$$, $$attributes @? '$.mood ? (@ == "%s")'$$]) AS condition;
-- Numbers that are too large for an estimate do not make it fail.
SELECT (plan_of('SELECT FROM states WHERE amounts && ''[5,6)''')).rows > 0 AS estimated;

RESET SESSION AUTHORIZATION;
SET client_min_messages = warning;
DROP SCHEMA app CASCADE;
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
DROP ROLE regress_kroles_portal;
