-- Leaks by the bytes of an audience: wherever they can be had, they do not tell who is on a media or where it is pending. Dora
-- views eve's room (41) and does not manage it.
\set name attack_leak_audience_bytes
\ir lib/portal.psql
SELECT * FROM no_plan();
CREATE SCHEMA mallory AUTHORIZATION attack_dora;
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (41, 6, 'viewer');
INSERT INTO kroles.media (id, name, owner_id) SELECT n, 'film ' || n, 2 FROM generate_series(100, 140) AS n;
SELECT attack.login('dora', 'attack_dora'), attack.login('operator', current_user);
SELECT attack.control('f', attack.says('dora', 'SELECT kroles_can(''manage'', ''media'', 41)'), 'dora does not manage the room'),
       attack.control('41', attack.says('dora', 'SELECT id FROM kroles.media WHERE id = 41'), 'dora sees the room');

-- ---- In words ----
SELECT attack.attempt('hidden', attack.says('dora', format('SELECT %s FROM kroles.media m WHERE id = 41', words)), 'reading it as ' || words)
FROM unnest('{audience::text, audience, format(''%s''\, audience), concat(audience), "trim(quote_literal(audience), '''''''')",
    "trim(to_jsonb(audience)::text, ''\"'')", "to_jsonb(m) ->> ''audience''", "row_to_json(m) ->> ''audience''",
    "btrim(ARRAY[audience]::text, ''{}'')", "btrim(ROW(audience)::text, ''()'')", "(SELECT a::text FROM unnest(ARRAY[audience]) AS a)",
    "min(audience::text) OVER ()", "string_agg(audience::text, '''') OVER ()", "(xpath(''//text()'', xmlelement(name a, audience)))[1]::text"}'::text[]) AS words;
SELECT attack.attempt('no row', attack.says('dora', 'EXPLAIN (VERBOSE) SELECT audience FROM kroles.media WHERE audience IN (SELECT audience FROM kroles.media)',
    'SELECT 1 WHERE false'), 'EXPLAIN VERBOSE of a plan with it');
SELECT attack.attempt('hidden', attack.says('dora', 'DO $$ DECLARE m kroles.media; a kroles.audience; BEGIN SELECT * INTO m FROM kroles.media WHERE id = 41; a := m.audience;
    PERFORM set_config(''attack.seen'', a::text, false); END $$', 'SELECT current_setting(''attack.seen'')'), 'a variable of PL/pgSQL');

-- ---- In bytes ----
-- send is what binary COPY and a binary protocol call: nothing but zeros
SELECT attack.attempt('42501', attack.says('dora', 'SELECT kroles.audience_send(audience) FROM kroles.media'), 'calling the binary output');
-- A type of one's own cannot be made of it, nor can it be kept.
SELECT attack.attempt('42501', attack.says('dora', statement), statement)
FROM (VALUES
    ('CREATE TABLE mallory.t (a kroles.audience)'), ('CREATE TEMP TABLE t (a kroles.audience)'),
    ('CREATE TABLE mallory.t AS SELECT audience FROM kroles.media'), ('SELECT audience INTO TEMP t FROM kroles.media'),
    ('CREATE VIEW mallory.v AS SELECT audience FROM kroles.media'), ('CREATE MATERIALIZED VIEW mallory.v AS SELECT audience FROM kroles.media'),
    ('CREATE TABLE mallory.t (a kroles.audience[]) PARTITION BY LIST (a)'), ('CREATE DOMAIN mallory.d AS kroles.audience'),
    ('CREATE TYPE mallory.c AS (a kroles.audience)'), ('CREATE TABLE mallory.t (m kroles.media)'), ('CREATE TABLE mallory.t (m kroles.media[])'),
    ('CREATE TEMP TABLE t AS SELECT m FROM kroles.media m'), ('CREATE VIEW mallory.v AS SELECT m FROM kroles.media m'), ('CREATE DOMAIN mallory.d AS kroles.media'),
    ('CREATE FUNCTION mallory.f(kroles.media) RETURNS text LANGUAGE sql AS ''SELECT NULL::text'''), ('CREATE TYPE mallory.r AS RANGE (SUBTYPE = kroles.audience)'),
    ('CREATE FUNCTION mallory.f(kroles.audience) RETURNS bytea LANGUAGE sql AS ''SELECT NULL::bytea'''),
    ('CREATE FUNCTION mallory.f() RETURNS kroles.audience LANGUAGE sql AS ''SELECT NULL::kroles.audience'''),
    ('CREATE FUNCTION mallory.f(a bytea) RETURNS TABLE (a kroles.audience) LANGUAGE sql AS ''SELECT NULL::kroles.audience''')
) AS t (statement);
SELECT attack.attempt('42846', attack.says('dora', 'SELECT audience::' || type || ' FROM kroles.media'), 'casting it to ' || type)
FROM unnest('{bytea, bigint, json, "kroles.media", polygon, uuid, "bigint[]"}'::text[]) AS type;
SELECT attack.attempt('42501', attack.says('dora', statement), statement)
FROM unnest('{"SELECT ''41 owner=3''::kroles.audience", "SELECT jsonb_populate_record(NULL::kroles.media, ''{\"audience\": \"41 owner=3\"}'')"}'::text[]) AS statement;

-- The size is the same whoever is on it, within reason.
CREATE FUNCTION pg_temp.size() RETURNS text LANGUAGE sql AS $$ SELECT attack.says('dora', 'SELECT pg_column_size(audience) FROM kroles.media WHERE id = 41') $$;
CREATE FUNCTION pg_temp.after(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before text := pg_temp.size();
BEGIN
    PERFORM attack.says('operator', change);
    RETURN CASE pg_temp.size() WHEN before THEN 'same' ELSE before || ' ' || pg_temp.size() END;
END $$;
SELECT attack.attempt('same', pg_temp.after(change), 'pg_column_size() after ' || change)
FROM unnest('{"INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (41, 2, ''editor'')",
    "INSERT INTO kroles.publications (media_id, space_id) VALUES (41, 777020)", "DELETE FROM kroles.media_speakers WHERE media_id = 41",
    "DELETE FROM kroles.media_collaborators WHERE media_id = 41 AND user_id = 2", "DELETE FROM kroles.publications WHERE media_id = 41"}'::text[]) AS change;

-- ---- In plans ----
-- PostgreSQL prints the bytes of a plan's constants. Dora's plans are not printed once kroles is there.
SELECT attack.attempt('off', attack.says('dora', 'SET client_min_messages = error', 'DO $$ DECLARE a kroles.audience; BEGIN SELECT audience INTO a FROM kroles.media WHERE id = 41;
    SET LOCAL debug_print_plan = on; EXECUTE ''SELECT $1'' USING a; PERFORM set_config(''attack.seen'', current_setting(''debug_print_plan''), false); END $$',
    'SELECT current_setting(''attack.seen'')'), 'printing a plan with an audience in it');
SELECT attack.attempt('off', attack.says('dora', 'SET debug_print_plan = on', 'SELECT ''hidden'' = audience::text FROM kroles.media WHERE id = 41', 'SHOW debug_print_plan'), 'printing all plans');

-- ---- As stored ----
-- (read by a superuser, in place of somebody who has come by the bytes in a way that nobody thought of)
CREATE EXTENSION pageinspect;
CREATE FUNCTION pg_temp.bytes(of_media bigint) RETURNS text LANGUAGE sql AS $$
    SELECT encode(a.t_attrs[5], 'hex') FROM generate_series(0, pg_relation_size('kroles.media') / 8192 - 1) AS p,
    LATERAL heap_page_item_attrs(get_raw_page('kroles.media', p::int), 'kroles.media') AS a
    WHERE a.t_ctid::text = (SELECT ctid::text FROM kroles.media WHERE id = of_media) AND a.lp = substring(a.t_ctid::text, ',(\d+)')::int
      AND p = substring(a.t_ctid::text, '\((\d+)')::int
$$;
SELECT attack.control('true', (length(pg_temp.bytes(41)) > 60)::text, 'its bytes are found');
SELECT attack.attempt('no', CASE WHEN strpos(pg_temp.bytes(41), pattern) > 0 THEN 'yes' ELSE 'no' END, 'the bytes hold ' || what)
FROM (VALUES ('040000000000000', 'vera''s id as bigint'), ('030000000000000', 'eve''s'), ('0106', 'dora as viewer')) AS t (pattern, what)
WHERE pg_temp.bytes(41) IS NOT NULL;
SELECT attack.attempt('41', count(DISTINCT substr(pg_temp.bytes(n), 20))::text, 'media of one owner and nobody else are told to be alike')
FROM generate_series(100, 140) AS n;
SELECT is(pg_temp.bytes(41), old, 'control: the same people are the same bytes')
FROM (SELECT pg_temp.bytes(41) AS old, attack.says('operator', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (41, 2, ''editor'')',
    'DELETE FROM kroles.media_collaborators WHERE media_id = 41 AND user_id = 2')) AS t;

-- ---- The secret ----
SELECT attack.attempt('42501', attack.says('dora', statement), statement)
FROM unnest('{SELECT key FROM kroles.secret, TABLE kroles.secret, SELECT kroles.new_secret(), COPY kroles.secret TO STDOUT,
    INSERT INTO kroles.secret DEFAULT VALUES, UPDATE kroles.secret SET key = key, DELETE FROM kroles.secret, TRUNCATE kroles.secret}'::text[]) AS statement;
GRANT pg_read_all_data TO attack_dora;
SELECT attack.attempt('no row', attack.says('dora', 'SELECT key FROM kroles.secret'), 'reading the secret as a member of pg_read_all_data');
REVOKE pg_read_all_data FROM attack_dora;
SELECT attack.attempt('42501', attack.says('operator', statement), 'a superuser: ' || statement)
FROM unnest('{UPDATE kroles.secret SET key = kroles.new_secret(), DELETE FROM kroles.secret, TRUNCATE kroles.secret}'::text[]) AS statement;

-- ---- What is sought in an index ----
SELECT attack.attempt('hidden', attack.says('dora', 'SELECT kroles.index_keys()'), 'reading what is sought for dora'),
       attack.attempt('f', attack.says('dora', 'SELECT audience OPERATOR(kroles.&&) audience FROM kroles.media WHERE id = 41'), 'comparing two audiences'),
       attack.attempt('f', attack.says('dora', 'SELECT kroles.audience_can(''view'', kroles.index_keys())'), 'asking about what is sought as if it were a media''s');

-- ---- Whether a media is published where one may not look: only the extension's own plans may ask ----
SELECT attack.attempt('42501', attack.says('dora', statement), statement)
FROM unnest(ARRAY['SELECT ''published''::kroles.audience',
    'SELECT id FROM kroles.media WHERE audience OPERATOR(kroles.&&) ''published''',
    'PREPARE mark (kroles.audience) AS SELECT count(*)::text FROM kroles.media WHERE audience OPERATOR(kroles.&&) $1; EXECUTE mark(''published'')',
    'CREATE TEMP TABLE mine (LIKE kroles.media INCLUDING ALL)']) AS statement;
SELECT attack.attempt(expected, attack.says('dora', statement), statement)
FROM (VALUES ('0', 'SELECT count(*)::text FROM kroles.media WHERE audience OPERATOR(kroles.&&) kroles.draft_keys(''hidden'')'),
    ('0', 'SELECT count(*)::text FROM kroles.media WHERE audience OPERATOR(kroles.&&) kroles.draft_keys(kroles.index_keys())'),
    ('0', 'SELECT count(*)::text FROM kroles.media WHERE audience OPERATOR(kroles.&&) kroles.draft_keys(audience)'),
    ('(audience OPERATOR(kroles.&&) ''hidden''::kroles.audience)',
     'SELECT pg_get_expr(indpred, indrelid) FROM pg_index WHERE indexrelid = ''kroles.media_published''::regclass')) AS t (expected, statement);
SELECT * FROM finish();
