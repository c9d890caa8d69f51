-- Robustness: the functions' volatility, parallel and leakproof labels are true, and internal functions cannot be called by
-- everybody.
\set name attack_code_labels
\ir lib/portal.psql
SELECT * FROM no_plan();
\ir lib/calls.psql
SELECT attack.login('ada', 'attack_app', '-c kroles.token=' || attack.token('ada')),
    attack.login('eve', 'attack_app', '-c kroles.token=' || attack.token('eve'));
ALTER TABLE functions ADD volatility "char", ADD parallel "char";
UPDATE functions SET volatility = provolatile, parallel = proparallel FROM pg_proc WHERE oid = fn;

-- ---- EXECUTE ----
-- As an administrator of the site, through an application: no right on the site is one in the database.
SELECT attack.attempt('42501', attack.says('ada', (pg_temp.calls(fn))[1]), 'an administrator calls ' || fn)
FROM functions WHERE NOT has_function_privilege('public', fn, 'EXECUTE') AND prorettype <> 'trigger'::regtype
    ORDER BY fn::text;
SELECT set_has($$SELECT fn::text FROM functions WHERE NOT has_function_privilege('public', fn, 'EXECUTE')$$,
    $$VALUES ('kroles_trust_gateway(name)'), ('kroles_distrust_gateway(name)'), ('kroles_grant_access(name)'),
        ('kroles_revoke_access(name)'), ('kroles_doctor()')$$,
    'control: those that change or tell what the database is');

-- ---- STABLE and IMMUTABLE: nothing is written ----
CREATE FUNCTION pg_temp.answers(session text, setting text, statements text[]) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(attack.says(session, 'ROLLBACK', 'BEGIN', setting, statement) ORDER BY n)
        FROM unnest(statements) WITH ORDINALITY AS s (statement, n)
$$;
SELECT attack.attempt('nothing is written', CASE WHEN '25006' = ANY (pg_temp.answers('ada', 'SET TRANSACTION READ ONLY',
    (pg_temp.calls(fn))[1:20])) THEN 'it writes' ELSE 'nothing is written' END,
    fn || ', not volatile, in a read-only transaction')
FROM functions WHERE volatility <> 'v' AND prorettype <> 'trigger'::regtype
    AND has_function_privilege('public', fn, 'EXECUTE') ORDER BY fn::text;
SELECT attack.control('25006', attack.says('eve', 'ROLLBACK', 'BEGIN READ ONLY', 'SELECT kroles_publish(41, 21)'),
    'publishing is volatile, and writes');

-- ---- PARALLEL SAFE: the same in a worker ----
SELECT name AS parallel FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \gset
SELECT attack.control('t', (attack.says('ada', 'ROLLBACK', 'BEGIN', 'SET LOCAL ' || :'parallel' || ' = on',
    'EXPLAIN SELECT kroles_can(''view'', ''media'', 40)') ~ 'Single Copy: true')::text::char::text, 'a call in a worker');
SELECT attack.attempt('the same', CASE WHEN pg_temp.answers('ada', 'SET LOCAL ' || :'parallel' || ' = on',
    calls) = pg_temp.answers('ada', 'SET LOCAL ' || :'parallel' || ' = off', calls) THEN 'the same' ELSE 'another answer' END,
    fn || ', parallel safe, in a worker')
FROM functions, LATERAL (SELECT (pg_temp.calls(fn))[1:8]) AS c (calls)
WHERE parallel = 's' AND prorettype <> 'trigger'::regtype AND has_function_privilege('public', fn, 'EXECUTE')
    ORDER BY fn::text;

-- ---- LEAKPROOF: none but those on audiences, as every other one has errors that tell of its arguments ----
SELECT attack.attempt('0', (SELECT count(*)::text FROM functions JOIN pg_proc ON oid = fn WHERE proleakproof
        AND NOT 'kroles.audience'::regtype = ANY (proargtypes)),
    'functions that may see rows before the policy');
SELECT attack.attempt('0', (SELECT count(*)::text FROM functions JOIN pg_proc ON oid = fn
    WHERE proleakproof AND NOT proname ~ '^audience_(can|overlaps|lt|le|eq|ne|ge|gt|cmp|hash|hash_extended)$'),
    'functions on audiences that show them');

SELECT * FROM finish();
