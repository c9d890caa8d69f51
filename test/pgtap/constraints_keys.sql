-- Signing keys: every constraint, the bad row just outside it and the good row just inside; and no error shows a key. The
-- audit log: only its owner changes it.
\ir lib/begin.psql

CREATE FUNCTION pg_temp.pem(label text DEFAULT 'PUBLIC KEY') RETURNS text LANGUAGE sql AS $$
    SELECT format(E'-----BEGIN %1$s-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END %1$s-----\n', label)
$$;
CREATE FUNCTION pg_temp.adding(kid text, algorithm text, key text) RETURNS text LANGUAGE sql AS $$
    SELECT format('INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES (%L, %L, %L)', kid, algorithm, key)
$$;
-- All that an error tells
CREATE FUNCTION pg_temp.told(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE statement;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' ', SQLERRM, detail, hint);
END $$;
INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('here', 'EdDSA', pg_temp.pem());
SELECT pg_temp.fingerprint() AS before \gset

-- the name
SELECT pg_temp.refused(pg_temp.adding(kid, 'EdDSA', pg_temp.pem()), '23514', 'signing_keys_kid_has_1_to_256_bytes', what)
FROM (VALUES (NULL, 'a key without a name'), ('', 'a key with an empty name'), (repeat('k', 257), 'a name of 257 bytes'),
             (repeat('ü', 129), 'a name of 129 letters of two bytes')) AS bad (kid, what);
SELECT pg_temp.refused(pg_temp.adding('here', 'HS256', repeat('x', 32)), '23505', 'signing_keys_kid_is_unique', 'a name that a key has');

-- the algorithm
SELECT pg_temp.refused(pg_temp.adding('new', algorithm, pg_temp.pem()), '23514', 'signing_keys_algorithm_is_known',
    'the algorithm ' || coalesce(quote_literal(algorithm), 'NULL'))
FROM unnest('{none, None, NONE, "", hs256, " EdDSA", Ed25519, PS256, ES256K, RS1, HS2560, NULL}'::text[]) AS algorithm;
SELECT pg_temp.refused($$UPDATE kroles.signing_keys SET algorithm = 'none'$$, '23514', 'signing_keys_algorithm_is_known',
    'a key turned into one for no algorithm');

-- a secret
SELECT pg_temp.refused(pg_temp.adding('new', algorithm, secret), '23514', 'signing_keys_secret_has_at_least_32_bytes',
    format('a secret of %s bytes for %s', octet_length(secret), algorithm))
FROM unnest('{HS256, HS384, HS512}'::text[]) AS algorithm, (VALUES (''), (repeat('x', 31))) AS bad (secret);
SELECT pg_temp.refused(pg_temp.adding('new', 'HS256', secret), '23514', 'signing_keys_secret_is_no_public_key', what)
FROM (VALUES (pg_temp.pem(), 'a public key, which everybody knows, as a secret'),
             (E' \n' || pg_temp.pem(), 'one with white space before it'),
             (pg_temp.pem('CERTIFICATE'), 'a certificate as a secret')) AS bad (secret, what);
SELECT pg_temp.refused($$UPDATE kroles.signing_keys SET algorithm = 'HS256'$$, '23514', 'signing_keys_secret_is_no_public_key',
    'a public key turned into a secret');
SELECT pg_temp.refused(pg_temp.adding('new', algorithm, NULL), '23502', '', 'no key for ' || algorithm)
FROM unnest('{HS256, RS256}'::text[]) AS algorithm;

-- a public key
SELECT pg_temp.refused(pg_temp.adding('new', algorithm, repeat('x', 64)), '23514', 'signing_keys_key_is_a_public_key_in_pem',
    'a secret as public key for ' || algorithm)
FROM unnest('{RS256, RS384, RS512, ES256, ES384, ES512, EdDSA}'::text[]) AS algorithm;
SELECT pg_temp.refused(pg_temp.adding('new', 'RS256', pg_temp.pem(label)), '23514', 'signing_keys_key_is_a_public_key_in_pem', label)
FROM unnest('{PRIVATE KEY, RSA PRIVATE KEY, EC PRIVATE KEY, ENCRYPTED PRIVATE KEY, CERTIFICATE, public key}'::text[]) AS label;
SELECT pg_temp.refused(pg_temp.adding('new', 'RS256', 'x' || pg_temp.pem()), '23514', 'signing_keys_key_is_a_public_key_in_pem',
    'a public key with something before it');
SELECT pg_temp.refused($$UPDATE kroles.signing_keys SET key = 'x'$$, '23514', 'signing_keys_key_is_a_public_key_in_pem',
    'a key changed to what is none');
SELECT is(pg_temp.fingerprint(), :'before', 'nothing that was refused left a trace');

-- no error shows the key that it is about
SELECT unalike(pg_temp.told(statement), '%TopSecret%', 'not told: ' || what)
FROM (VALUES (pg_temp.adding('', 'HS256', repeat('TopSecret', 4)), 'the secret of a key without a name'),
             (pg_temp.adding('new', 'none', repeat('TopSecret', 4)), 'that for no algorithm'),
             (pg_temp.adding('new', 'HS256', 'TopSecret'), 'a short one'),
             (pg_temp.adding('new', 'RS256', repeat('TopSecret', 4)), 'a secret for a public key'),
             (pg_temp.adding('here', 'HS256', repeat('TopSecret', 4)), 'that for a name that is taken'),
             (pg_temp.adding(NULL, NULL, repeat('TopSecret', 4)), 'that without anything'),
             (replace(pg_temp.adding('new', 'HS256', repeat('TopSecret', 4)), 'VALUES (''new''', 'SELECT (''new'''), 'that in a statement that is wrong'),
             ('INSERT INTO kroles.signing_keys (kid, algorithm, key, created_at) VALUES (''new'', ''HS256'', repeat(''TopSecret'', 4), NULL)',
              'that of no time')) AS bad (statement, what);

-- Just inside
SELECT lives_ok(pg_temp.adding(kid, 'EdDSA', pg_temp.pem()), what)
FROM (VALUES ('k', 'a name of one byte'), (repeat('k', 256), 'a name of 256 bytes'), (repeat('ü', 128), 'a name of 128 letters of two bytes'),
             (' ', 'a name of a space'), ('HERE', 'a name that differs in case only')) AS good (kid, what);
SELECT lives_ok(pg_temp.adding(algorithm, algorithm, repeat('x', 32)), 'a secret of 32 bytes for ' || algorithm)
FROM unnest('{HS256, HS384, HS512}'::text[]) AS algorithm;
SELECT lives_ok(pg_temp.adding('umlauts', 'HS256', repeat('ü', 16)), 'a secret of 16 letters of two bytes');
SELECT lives_ok(pg_temp.adding(algorithm, algorithm, pg_temp.pem()), 'a public key in PEM for ' || algorithm)
FROM unnest('{RS256, RS384, RS512, ES256, ES384, ES512, EdDSA}'::text[]) AS algorithm;
SELECT lives_ok(pg_temp.adding('indented', 'EdDSA', E'\n  ' || pg_temp.pem()), 'a public key with white space before it');
SELECT lives_ok($$UPDATE kroles.signing_keys SET expires_at = now() WHERE kid = 'k'$$, 'a key that expires');
SELECT lives_ok($$DELETE FROM kroles.signing_keys$$, 'keys are removed');
SELECT is_empty($$SELECT id FROM kroles.audit_log WHERE concat(before - 'kid', after - 'kid') ~ 'MCowBQ|xxxxxxxx|üüüüüüüü'$$, 'the audit log holds no key');

-- The audit log: the owner of the extension removes old rows; another superuser does not.
SELECT isnt((SELECT count(*) FROM kroles.audit_log), 0::bigint, 'the log has something to lose');
CREATE ROLE kroles_other SUPERUSER;
SET LOCAL ROLE kroles_other;
SELECT pg_temp.refused(statement, '42501', '', statement)
FROM (VALUES ('DELETE FROM kroles.audit_log'), ('DELETE FROM kroles.audit_log WHERE false'), ('TRUNCATE kroles.audit_log'),
             ('UPDATE kroles.audit_log SET actor = NULL')) AS s (statement);
RESET ROLE;
SELECT lives_ok('DELETE FROM kroles.audit_log WHERE at < now() - interval ''1 year''', 'the owner removes old rows');
SELECT lives_ok('TRUNCATE kroles.audit_log', 'or all of them');

SELECT * FROM finish();
ROLLBACK;
