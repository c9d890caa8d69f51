-- Leaks of keys: only the owner of the extension reads the keys that sign tokens.
\set name attack_leak_keys
\ir lib/portal.psql
SELECT * FROM no_plan();
SELECT attack.login('eve', 'attack_app', '-c kroles.token=' || attack.token('eve')),
    attack.login('ada', 'attack_app', '-c kroles.token=' || attack.token('ada')), attack.login('nobody', 'attack_app');

-- ---- Reading ----
SELECT attack.control('main HS256 t', attack.says('ada',
    'SELECT kid || '' '' || algorithm || '' '' || (expires_at IS NULL)::text::char FROM kroles.signing_keys'),
    'an administrator sees which keys there are');
SELECT attack.attempt('no row', attack.says(session, 'SELECT kid FROM kroles.signing_keys'),
    session || ': SELECT kid FROM kroles.signing_keys') FROM unnest('{eve, nobody}'::text[]) AS session;
SELECT attack.attempt('42501', attack.says(session, statement), session || ': ' || statement)
FROM unnest('{ada, eve}'::text[]) AS session, (VALUES
    ('SELECT key FROM kroles.signing_keys'),
    ('SELECT * FROM kroles.signing_keys'),
    ('SELECT k FROM kroles.signing_keys k'),
    ('SELECT k::text FROM kroles.signing_keys k'),
    ('SELECT to_jsonb(k) FROM kroles.signing_keys k'),
    ('SELECT length(key) FROM kroles.signing_keys'),
    ('SELECT kid FROM kroles.signing_keys WHERE key LIKE ''a%'''),
    ('SELECT kid FROM kroles.signing_keys ORDER BY key'),
    ('SELECT count(DISTINCT key) FROM kroles.signing_keys'),
    ('SELECT kid FROM kroles.signing_keys GROUP BY kid, key'),
    ('SELECT a.kid FROM kroles.signing_keys a JOIN kroles.signing_keys b USING (key)'),
    ('SELECT kid FROM kroles.signing_keys NATURAL JOIN (VALUES (''x'')) v (key)'),
    ('SELECT pg_column_size(key) FROM kroles.signing_keys'),
    ('TABLE kroles.signing_keys'),
    ('WITH k AS (SELECT * FROM kroles.signing_keys) SELECT kid FROM k'),
    ('SELECT xpath(''.'', table_to_xml(''kroles.signing_keys'', true, false, ''''))'),
    ('SELECT query_to_xml(''SELECT key FROM kroles.signing_keys'', true, false, '''')'),
    ('COPY kroles.signing_keys TO STDOUT'),
    ('COPY kroles.signing_keys (key) TO STDOUT'),
    ('COPY (SELECT key FROM kroles.signing_keys) TO STDOUT'),
    ('SELECT kid FROM kroles.signing_keys FOR UPDATE'),
    ('UPDATE kroles.signing_keys SET expires_at = now() RETURNING key'),
    ('DELETE FROM kroles.signing_keys RETURNING key'),
    ('INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES (''main'', ''HS256'', ''x'') ON CONFLICT DO NOTHING'),
    ('INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES (''main'', ''HS256'', ''x'') ON CONFLICT (kid) DO UPDATE SET kid = signing_keys.key'),
    ('EXPLAIN SELECT key FROM kroles.signing_keys'),
    ('CREATE TEMP TABLE k AS SELECT * FROM kroles.signing_keys'),
    ('CREATE TABLE pg_temp.k (LIKE kroles.signing_keys) INHERITS (kroles.signing_keys)'),
    ('CREATE TRIGGER t BEFORE INSERT ON kroles.signing_keys EXECUTE FUNCTION suppress_redundant_updates_trigger()'),
    ('ALTER TABLE kroles.signing_keys OWNER TO attack_app'),
    ('GRANT SELECT ON kroles.signing_keys TO attack_app'),
    ('TRUNCATE kroles.signing_keys'),
    ('CREATE POLICY p ON kroles.signing_keys USING (true)'),
    ('ALTER TABLE kroles.signing_keys DISABLE ROW LEVEL SECURITY')
) AS t (statement);
SELECT attack.attempt('42501', attack.says('ada', 'CREATE VIEW pg_temp.v AS SELECT * FROM kroles.signing_keys',
    'SELECT key FROM v'), 'ada: a view of one''s own over the keys');

-- ---- Between the lines ----
ANALYZE kroles.signing_keys;
SELECT attack.attempt('0', attack.says('ada', 'SELECT count(*) FROM pg_stats WHERE tablename = ''signing_keys'''),
    'ada: pg_stats of the keys');
-- The whole of the log, of the server's catalogs that anybody reads, and of what is known of the statements
INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('second', 'HS512', 'the second secret, of 32 bytes...');
UPDATE kroles.signing_keys SET key = 'the third secret, of 32 bytes....' WHERE kid = 'second';
UPDATE kroles.signing_keys SET expires_at = '2100-01-01' WHERE kid = 'second';
DELETE FROM kroles.signing_keys WHERE kid = 'second';
SELECT attack.control('5', (SELECT count(*)::text FROM kroles.audit_log WHERE relation = 'kroles.signing_keys'),
    'the log has the changes of keys');
SELECT attack.attempt('f', (SELECT bool_or(l::text ~ 'secret')::text::char::text FROM kroles.audit_log l),
    'a secret in the audit log, as its owner sees it');
SELECT attack.attempt('f', (SELECT bool_or(l::text ~ '"key"')::text::char::text FROM kroles.audit_log l
    WHERE relation = 'kroles.signing_keys'), 'even the name of the column in the audit log');
SELECT attack.attempt('0', attack.says('eve', 'SELECT count(*) FROM kroles.audit_log WHERE relation = ''kroles.signing_keys'''), 'eve: which keys there are, from the audit log');
SELECT attack.attempt('f', (attack.says_all('ada', format('SELECT kroles_login(%L)', token)) ~ 'secret')::text::char::text,
    'a secret in the error for a token: ' || tried)
FROM (VALUES ('wrong signature', attack.sign('{"alg":"HS256","kid":"main"}', '{"sub":"ada","exp":4102444800}', 'x')),
    ('wrong algorithm', attack.sign('{"alg":"HS512","kid":"main"}', '{"sub":"ada","exp":4102444800}')),
             ('expired', attack.token('ada', '{"exp": 1}')), ('nonsense', 'x')) AS t (tried, token);
SELECT attack.attempt('f', (attack.says_all('eve',
    format('SELECT kroles_login(%L)', attack.token('eve',
    '{"exp": 1, "email": "private"}'))) ~ '(private|eyJ)')::text::char::text, 'a token or its claims in the error for it');
SELECT attack.attempt('f', (SELECT bool_or(o::text ~ 'secret of the tests')::text::char::text
    FROM (SELECT obj_description(oid, 'pg_class') FROM pg_class UNION ALL SELECT extconfig::text || extcondition::text
    FROM pg_extension) AS o), 'a secret in comments or in the extension''s catalog row');

-- ---- What PostgreSQL leaves ----
GRANT pg_read_all_data TO attack_bypass;
SELECT attack.login('reader', 'attack_bypass', '-c kroles.token=' || attack.token('ada'));
SELECT attack.left_open('a secret of the tests, 32 bytes.', attack.says('reader', 'SELECT key FROM kroles.signing_keys'),
    'a member of pg_read_all_data reads every column of the rows it sees');
REVOKE pg_read_all_data FROM attack_bypass;

SELECT * FROM finish();
