-- New in PostgreSQL 16: asking whether a value is one of a type, and plans without the values of parameters.
\set name kroles_versions_16
\ir lib/campus.psql
SELECT * FROM no_plan();
SELECT current_setting('server_version_num')::int >= 160000 AS has \gset
\if :has
\else
SELECT skip('PostgreSQL 16: pg_input_is_valid, EXPLAIN (GENERIC_PLAN)', 7);
SELECT * FROM finish();
\quit
\endif

-- ---- Whether a value is one of a type ----
SELECT campus.tries('stranger', answer, 'asks whether ' || quote_literal(value) || ' is an audience', format('SELECT pg_input_is_valid(%L, ''kroles.audience'')', value))
FROM (VALUES ('hidden', 'true'), ('published', '42501'), ('2 owner=18', '42501'), ('\x00', '42501')) AS t (value, answer);

-- ---- Plans without values ----
CREATE FUNCTION campus.generic_plan(who text, query text) RETURNS text LANGUAGE sql AS $$
    SELECT campus.answer(who, 'EXPLAIN (GENERIC_PLAN, VERBOSE) ' || query)
$$;
SELECT ok(campus.generic_plan('watcher', query) LIKE '%' || shows || '%' AND campus.generic_plan('watcher', query) !~ '\\x[0-9a-f]{8}', 'no bytes: watcher has a generic plan shown of ' || query)
FROM (VALUES ('SELECT name FROM kroles.media WHERE id = $1', 'media'), ('SELECT FROM kroles.media ORDER BY id LIMIT $1', 'media'),
    ('SELECT FROM kroles.publications WHERE space_id = $1', 'publications')) AS t (query, shows);

SELECT * FROM finish();
