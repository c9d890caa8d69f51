-- Invalid tokens: every defect is an error, SQLSTATE 28000; the session is never another user, and never silently without one.
\set name attack_identity_tokens
\ir lib/portal.psql
SELECT * FROM no_plan();

-- A second key that signs the same way, and a third whose tokens are for another algorithm.
INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES
    ('other', 'HS256', 'another secret of the tests, 32.'), ('long', 'HS512', 'a secret of the tests, 32 bytes.');
SELECT attack.login('app', 'attack_app');
CREATE FUNCTION pg_temp.who(token text) RETURNS text LANGUAGE sql AS $$ SELECT attack.who_within('app',
    format('SET LOCAL kroles.token = %L', token)) $$;

\set good '{"sub":"ada","exp":4102444800}'
\set head '{"alg":"HS256","kid":"main"}'
SELECT attack.base64url(convert_to(:'head', 'UTF8')) AS head64, attack.base64url(convert_to(:'good', 'UTF8')) AS good64,
       attack.sign(:'head', :'good') AS token \gset
SELECT split_part(:'token', '.', 3) AS signature \gset
SELECT attack.control('ada', pg_temp.who(:'token'), 'a good token');

-- ---- The header ----
SELECT attack.attempt(expected, pg_temp.who(attack.sign(header, :'good')), 'header ' || header)
FROM (VALUES
    ('28000', '{"alg":"none","kid":"main"}'),
    ('28000', '{"alg":"None","kid":"main"}'),
    ('28000', '{"alg":"NONE"}'),
    ('28000', '{"alg":"","kid":"main"}'),
    ('28000', '{"kid":"main"}'),
    ('28000', '{"alg":null,"kid":"main"}'),
    ('28000', '{"alg":256,"kid":"main"}'),
    ('28000', '{"alg":["HS256"],"kid":"main"}'),
    ('28000', '{"alg":"hs256","kid":"main"}'),
    ('28000', '{"alg":"HS256 ","kid":"main"}'),
    ('28000', '{"alg":"HS512","kid":"main"}'),
    ('28000', '{"alg":"RS256","kid":"main"}'),
    ('28000', '{"alg":"HS2560","kid":"main"}'),
    ('28000', '{"ALG":"HS256","kid":"main"}'),
    ('28000', '{"alg":"HS256","alg":"none","kid":"main"}'),
    ('28000', '{"alg":"HS256","kid":"unknown"}'),
    ('28000', '{"alg":"HS256","kid":"other"}'),
    ('28000', '{"alg":"HS256","kid":"MAIN"}'),
    ('28000', '{"alg":"HS256","kid":"main "}'),
    ('28000', '{"alg":"HS256","kid":""}'),
    ('28000', '{"alg":"HS256","kid":null}'),
    ('28000', '{"alg":"HS256","kid":1}'),
    ('28000', '{"alg":"HS256","kid":["main"]}'),
    ('28000', '{"alg":"HS256","kid":"main","kid":"other"}'),
    ('28000', '{"alg":"HS256","kid":"%"}'),
    ('28000', '{"alg":"HS256","kid":"'' OR true --"}'),
    ('28000', '{"alg":"HS256","kid":"../../dev/null"}'),
    ('28000', '{"alg":"HS256","kid":"main","crit":["exp"]}'),
    ('28000', '{"alg":"HS256","kid":"main","crit":[]}'),
    ('28000', '{"alg":"HS256","kid":"main","crit":null}'),
    ('28000', '{"alg":"HS256","kid":"main","crit":["b64"],"b64":false}'),
    ('28000', '["alg","HS256"]'),
    ('28000', '"HS256"'),
    ('28000', 'null'),
    ('28000', '{}'),
    ('28000', '{"alg":"HS256","kid":"main"'),
    ('28000', '{"alg":"HS256","kid":"main"} x'),
    ('28000', '{"alg":"HS256","kid":"main\u0000"}'), ('28000', '{"alg":"HS256\u0000","kid":"main"}')
) AS t (expected, header);
SELECT attack.control('ada', pg_temp.who(attack.sign(header, :'good')), 'header ' || header)
FROM (VALUES ('{"alg":"HS256","kid":"main","typ":"JWT"}'), ('{"alg":"HS256","kid":"main","typ":"at+jwt","cty":1}'),
    ('{"alg":"HS256"}'),
             ('{ "kid" : "ma\u0069n" , "alg" : "HS256" }'),
             ('{"alg":"HS256","kid":"main","x":{"kid":"other"}}')) AS t (header);
-- A header that brings a key of its own: only ours count.
SELECT attack.attempt('28000', pg_temp.who(attack.sign(header, :'good', 'a secret that only eve knows, yes')),
    'eve''s secret, header ' || header)
FROM (VALUES ('{"alg":"HS256","kid":"main"}'), ('{"alg":"HS256"}'),
    ('{"alg":"HS256","jwk":{"kty":"oct","k":"YSBzZWNyZXQgdGhhdCBvbmx5IGV2ZSBrbm93cywgeWVz"}}'),
             ('{"alg":"HS256","jku":"https://example.org/keys"}'),
             ('{"alg":"HS256","x5u":"https://example.org/keys","kid":"https://example.org/keys"}')) AS t (header);
SELECT attack.attempt('28000', pg_temp.who(attack.sign(:'head', :'good', secret)), 'signed with the secret ' || tried)
FROM (VALUES ('empty', ''), ('main', 'main'), ('cut by a byte', 'a secret of the tests, 32 bytes'),
    ('with a newline after', E'a secret of the tests, 32 bytes.\n'),
             ('of another key', 'another secret of the tests, 32.')) AS t (tried, secret);

-- ---- The claims ----
SELECT attack.control('ada', pg_temp.who(attack.sign(:'head', claims)), 'claims ' || left(claims, 80))
FROM (VALUES ('{"sub":"ada","exp":4102444800.5}'), ('{"sub":"ada","exp":1e300}'), ('{"sub":"ada","exp":1e400}'),
    ('{"sub":"ada","exp":9223372036854775807}'),
             ('{"sub":"\u0061da","exp":4102444800}'),
             ('{"sub":"ada","exp":4102444800,"nbf":0,"iat":-1e300,"jti":"1","admin":true}'),
             ('{"sub":"ada","exp":4102444800,"nbf":-1e400,"iss":"anybody","aud":["anything"]}')) AS t (claims);
SELECT attack.attempt(expected, pg_temp.who(attack.sign(:'head', claims)), 'claims ' || left(claims, 80))
FROM (VALUES
    ('28000', '{"exp":4102444800}'),
    ('28000', '{"sub":null,"exp":4102444800}'),
    ('28000', '{"sub":"","exp":4102444800}'),
    ('28000', '{"sub":1,"exp":4102444800}'),
    ('28000', '{"sub":true,"exp":4102444800}'),
    ('28000', '{"sub":["ada"],"exp":4102444800}'),
    ('28000', '{"sub":{"login":"ada"},"exp":4102444800}'),
    ('28000', '{"SUB":"ada","exp":4102444800}'),
    ('28000', '{"sub":"ada\u0000","exp":4102444800}'),
    ('28000', '{"sub":"ad\ud800a","exp":4102444800}'),
    ('28000', '{"sub":"' || repeat('a', 2000) || '","exp":4102444800}'),
    ('28000', '{"user_id":1,"admin":true,"exp":4102444800}'),
    ('28000', '{"sub":"ada"}'),
    ('28000', '{"sub":"ada","exp":null}'),
    ('28000', '{"sub":"ada","exp":"4102444800"}'),
    ('28000', '{"sub":"ada","exp":"2100-01-01"}'),
    ('28000', '{"sub":"ada","exp":true}'),
    ('28000', '{"sub":"ada","exp":[4102444800]}'),
    ('28000', '{"sub":"ada","exp":{}}'),
    ('28000', '{"sub":"ada","Exp":4102444800}'),
    ('28000', '{"sub":"ada","exp":0}'),
    ('28000', '{"sub":"ada","exp":-1}'),
    ('28000', '{"sub":"ada","exp":-4102444800}'),
    ('28000', '{"sub":"ada","exp":-1e400}'),
    ('28000', '{"sub":"ada","exp":-9223372036854775808}'),
    ('28000', '{"sub":"ada","exp":1e-400}'),
    ('28000', '{"sub":"ada","exp":NaN}'),
    ('28000', '{"sub":"ada","exp":Infinity}'),
    ('28000', '{"sub":"ada","exp":1e1000000}'),
    ('28000', '{"sub":"ada","exp":4102444800,"nbf":4102444800}'),
    ('28000', '{"sub":"ada","exp":4102444800,"nbf":1e400}'),
    ('28000', '{"sub":"ada","exp":4102444800,"nbf":"0"}'),
    ('28000', '{"sub":"ada","exp":4102444800,"nbf":null}'),
    ('28000', '{"sub":"ada","exp":4102444800,"iat":"0"}'),
    ('28000', '["sub","ada"]'),
    ('28000', '"ada"'),
    ('28000', 'ada'),
    ('28000', 'null'),
    ('28000', '1'),
    ('28000', '{}'),
    ('28000', '[{"sub":"ada","exp":4102444800}]'),
    ('28000', '{"sub":"ada","exp":4102444800'),
    ('28000', '{"sub":"ada","exp":4102444800}}'),
    ('28000', '{"sub":"ada","exp":4102444800}{}'),
    ('28000', '{''sub'':''ada'',''exp'':4102444800}'),
    ('28000', '{"sub":"ada","exp":4102444800,}'),
    ('28000', '{"sub":"ada" "exp":4102444800}'),
    ('28000', '{"claims":' || repeat('[', 5000) || '}')
) AS t (expected, claims);
-- Of a claim stated twice the last counts (RFC 7519, section 4): what another reader took it for is no matter.
SELECT attack.attempt(expected, pg_temp.who(attack.sign(:'head', claims)), 'claims ' || claims)
FROM (VALUES
    ('eve', '{"sub":"ada","exp":4102444800,"sub":"eve"}'),
    ('28000', '{"sub":"ada","exp":4102444800,"exp":0}'),
    ('28000', '{"sub":"ada","exp":4102444800,"sub":null}')
) AS t (expected, claims);
-- Not text at all
SELECT attack.attempt('28000', pg_temp.who(signed || '.' || attack.base64url(hmac(convert_to(signed, 'UTF8'),
    'a secret of the tests, 32 bytes.', 'sha256'))), tried)
FROM (SELECT tried, :'head64' || '.' || attack.base64url(claims)
      FROM (VALUES ('claims that are not UTF-8', '\x7b22737562223a22fffe222c22657870223a343130323434343830307d'::bytea),
                   ('claims in UTF-8 that is too long', '\x7b22737562223a22c1a16461222c22657870223a343130323434343830307d'),
                   ('claims with a zero byte', '\x7b22737562223a2261646100222c22657870223a343130323434343830307d'),
                   ('a zero byte after the claims', convert_to(:'good', 'UTF8') || '\x00'),
                   ('a byte order mark before the claims', '\xefbbbf' || convert_to(:'good', 'UTF8')),
                   ('claims in UTF-16', convert_to(:'good', 'UTF8') || '\x00ff'),
                   ('claims compressed by deflate',
                       '\x789cab562a2e4d52b252524a4c495452d2514aad2850b2323134303231313130a805007e3b0820')) AS t (tried,
                       claims)
     ) AS t (tried, signed);

-- ---- The form ----
SELECT attack.attempt('28000', pg_temp.who(token), tried)
FROM (VALUES
    ('no signature', :'head64' || '.' || :'good64' || '.'),
    ('no third part', :'head64' || '.' || :'good64'),
    ('one part', :'head64'),
    ('two dots only', '..'),
    ('one dot', '.'),
    ('three dots', '...'),
    ('no header', '.' || :'good64' || '.' || :'signature'),
    ('no claims', :'head64' || '..' || :'signature'),
    ('a fourth part', :'token' || '.' || :'signature'),
    ('a dot after', :'token' || '.'),
    ('a dot before', '.' || :'token'),
    ('five parts, as an encrypted token has', :'token' || '.x.y'),
    ('a space before', ' ' || :'token'),
    ('a space after', :'token' || ' '),
    ('a newline after', :'token' || E'\n'),
    ('a newline inside', overlay(:'token' PLACING E'\n' FROM 10 FOR 0)),
    ('"Bearer" before', 'Bearer ' || :'token'),
    ('quotes around', '"' || :'token' || '"'),
    ('padding after', :'token' || '='),
    ('padding after the header', replace(:'token', :'head64' || '.', :'head64' || '=.')),
    ('padding after the claims', :'head64' || '.' || :'good64' || '=.' || :'signature'),
    ('+ and / for - and _', replace(replace(attack.sign(:'head', '{"sub":"ada","exp":4102444800,"x":"???>>>"}'), '-', '+'),
        '_', '/')),
    ('cut by a character', left(:'token', -1)),
    ('cut in half', left(:'token', length(:'token') / 2)),
    ('one character more', :'token' || 'A'),
    ('a changed signature', left(:'token', -3) || 'AAA'),
    ('the signature of other claims', :'head64' || '.' || :'good64' || '.' || split_part(attack.sign(:'head',
        '{"sub":"eve","exp":4102444800}'), '.', 3)),
    ('the signature in hexadecimal', :'head64' || '.' || :'good64' || '.' || encode(hmac(:'head64' || '.' || :'good64',
        'a secret of the tests, 32 bytes.', 'sha256'), 'hex')),
    ('half a signature, rightly so', :'head64' || '.' || :'good64' || '.' || left(:'signature', 22)),
    ('JSON serialization', format('{"protected":"%s","payload":"%s","signature":"%s"}', :'head64', :'good64', :'signature')),
    ('a thousand dots', repeat('.', 1000)),
    ('8 kilobytes of nothing', repeat('a', 8192)),
    ('a megabyte', repeat('a', 1048576)),
    ('a good one that is longer than 8192 bytes',
        attack.sign(:'head', '{"sub":"ada","exp":4102444800,"x":"' || repeat('x', 8192) || '"}')),
    ('JSON that is nested 5,900 times', attack.sign(:'head',
        '{"sub":"ada","exp":4102444800,"x":' || repeat('[', 2950) || repeat(']', 2950) || '} x'))
) AS t (tried, token);
SELECT attack.control('ada', pg_temp.who(attack.sign(:'head',
    '{"sub":"ada","exp":4102444800,"x":"' || repeat('x', 6000) || '"}')), 'a good token of nearly 8192 bytes');
SELECT attack.control('ada', pg_temp.who(attack.sign(:'head', '{"sub":"ada","exp":4102444800,"x":"???>>>"}')),
    'a good token with - and _');
SELECT attack.attempt('28000', attack.says('app', format('SELECT kroles_login(%L)', repeat('a', 1048576))),
    'kroles_login() of a megabyte');

-- ---- Issuer and audience ----
UPDATE kroles.settings SET token_issuer = 'https://id.example.org', token_audience = 'portal';
SELECT attack.control('ada', pg_temp.who(attack.token('ada', claims)), 'claims ' || claims::text)
FROM (VALUES
    ('{"iss":"https://id.example.org","aud":"portal"}'::jsonb),
    ('{"iss":"https://id.example.org","aud":["other","portal"]}')
) AS t (claims);
SELECT attack.attempt('28000', pg_temp.who(attack.token('ada', claims)), 'claims ' || claims::text)
FROM (VALUES ('{}'::jsonb), ('{"aud":"portal"}'), ('{"iss":"https://id.example.org"}'),
    ('{"iss":"https://id.example.org/","aud":"portal"}'), ('{"iss":"HTTPS://id.example.org","aud":"portal"}'),
             ('{"iss":"https://id.example.org.evil.org","aud":"portal"}'),
             ('{"iss":["https://id.example.org"],"aud":"portal"}'),
             ('{"iss":null,"aud":"portal"}'),
             ('{"iss":1,"aud":"portal"}'),
             ('{"iss":"","aud":""}'),
             ('{"iss":"https://id.example.org","aud":"other"}'),
             ('{"iss":"https://id.example.org","aud":"Portal"}'),
             ('{"iss":"https://id.example.org","aud":"portal2"}'),
             ('{"iss":"https://id.example.org","aud":"por"}'),
             ('{"iss":"https://id.example.org","aud":[]}'),
             ('{"iss":"https://id.example.org","aud":["other"]}'),
             ('{"iss":"https://id.example.org","aud":[["portal"]]}'),
             ('{"iss":"https://id.example.org","aud":{"portal":1}}'),
             ('{"iss":"https://id.example.org","aud":[{"portal":1}]}'),
             ('{"iss":"https://id.example.org","aud":null}'),
             ('{"iss":"https://id.example.org","aud":"other portal"}'),
             ('{"iss":"https://id.example.org","aud":"other,portal"}')
     ) AS t (claims);
SELECT attack.says('app', format('SET kroles.token = %L',
    attack.token('eve', '{"iss":"https://id.example.org","aud":"portal"}')));
SELECT attack.control('eve', attack.who('app'), 'a token of that issuer, remembered');
UPDATE kroles.settings SET token_issuer = 'https://new.example.org';
SELECT attack.attempt('28000', attack.who('app'), 'a remembered token, when the site changes its issuer');
UPDATE kroles.settings SET token_issuer = 'https://id.example.org', token_audience = 'other';
SELECT attack.attempt('28000', attack.who('app'), 'a remembered token, when the site changes its audience');
UPDATE kroles.settings SET token_issuer = NULL, token_audience = NULL;

-- ---- Time ----
-- Each of these is fine, or not, for two seconds, and is remembered from then. kroles_login() comes first in each transaction.
SELECT attack.epoch() + 2 AS soon \gset
INSERT INTO kroles.signing_keys (kid, algorithm, key, expires_at) VALUES
    ('brief', 'HS256', 'a secret of the tests, 32 bytes.', to_timestamp(:soon)),
    ('past', 'HS256', 'a secret of the tests, 32 bytes.', '2020-01-01'),
    ('never', 'HS256', 'a secret of the tests, 32 bytes.', '-infinity'),
    ('forever', 'HS256', 'a secret of the tests, 32 bytes.', 'infinity');
SELECT attack.sign(:'head', format('{"sub":"ada","exp":%s}', :soon)) AS brief,
    attack.sign(:'head', format('{"sub":"ada","exp":%s.25}', :soon)) AS brief_too,
       attack.sign(:'head', format('{"sub":"ada","exp":4102444800,"nbf":%s}', :soon)) AS later,
           attack.sign('{"alg":"HS256","kid":"brief"}', :'good') AS by_brief_key \gset
SELECT attack.login(session, 'attack_app') FROM unnest('{statement, prepared, transaction, cursor, later, key, caught}'::text[]) AS session;
SELECT attack.control('ada', attack.who('statement', format('SET kroles.token = %L', :'brief')),
    'a token that expires in two seconds'),
       attack.control('open eve''s hidden hidden too',
           attack.says('prepared', format('SET kroles.token = %L', :'brief_too'),
           'PREPARE names AS SELECT name FROM kroles.media ORDER BY id', 'EXECUTE names'),
           'the same, in a prepared statement'),
       attack.control('ada', attack.who('transaction', 'BEGIN', format('SELECT kroles_login(%L)', :'brief')),
           'the same, in a transaction'),
       attack.control('open', attack.says('cursor', 'BEGIN', format('SELECT kroles_login(%L)', :'brief'),
           'DECLARE c CURSOR FOR SELECT name FROM kroles.media ORDER BY id', 'FETCH c'), 'the same, in a cursor'),
       attack.attempt('28000', attack.who('later', format('SET kroles.token = %L', :'later')),
           'a token that is valid in two seconds only'),
       attack.control('ada', attack.who('key', format('SET kroles.token = %L', :'by_brief_key')),
           'a token whose key expires in two seconds'),
       attack.control('open eve''s hidden hidden too', attack.sees('caught', format('SET kroles.token = %L', :'brief')),
           'a token that expires in two seconds, reading media');
SELECT attack.control('ada', pg_temp.who(attack.sign('{"alg":"HS256","kid":"forever"}', :'good')),
    'a key that expires at infinity');
SELECT attack.attempt('28000', pg_temp.who(attack.sign(format('{"alg":"HS256","kid":%s}', to_json(kid)), :'good')),
    'a key that expired at ' || expires_at)
FROM kroles.signing_keys WHERE kid IN ('past', 'never');
SELECT pg_sleep(:soon + 0.3 - extract(epoch FROM clock_timestamp()));
SELECT attack.attempt('28000', attack.who('statement'), 'a remembered token that has expired'),
       attack.attempt('28000', attack.says('prepared', 'EXECUTE names'),
           'a remembered token that has expired, in a prepared statement'),
       attack.attempt('28000', attack.who('transaction'), 'a remembered token that has expired, in the same transaction'),
       attack.attempt('28000', attack.says('cursor', 'FETCH c'),
           'a remembered token that has expired, in a cursor opened before'),
       attack.control('ada', attack.who('later'), 'a token whose time has come'),
       attack.attempt('28000', attack.who('key'), 'a remembered token whose key has expired'),
       attack.attempt('28000', attack.sees('caught'), 'a remembered token that has expired, reading media'),
       attack.attempt('28000', attack.says('caught', 'INSERT INTO kroles.media (name) VALUES (''x'')'),
           'a remembered token that has expired, writing media'),
       attack.attempt('28000', attack.says('caught',
           'DO $$ BEGIN PERFORM kroles_current_user(); EXCEPTION WHEN OTHERS THEN NULL; END $$',
           'SELECT name FROM kroles.media'), 'a remembered token that has expired, its error caught'),
       attack.attempt('28000', attack.says('caught', 'SELECT kroles_can(''view'', ''channel'', 20)'),
           'a remembered token that has expired, a question that nobody may ask too'),
       attack.attempt('28000', attack.says('transaction', 'ROLLBACK', format('SELECT kroles_login(%L)', :'brief')),
           'logging in again with an expired token');
-- within the leeway, and not beyond
UPDATE kroles.settings SET token_leeway = '1 minute';
SELECT attack.control('ada', attack.who('statement'), 'a token that has expired by less than the leeway');
SELECT attack.control('ada', pg_temp.who(attack.token('ada', format('{"nbf":%s}', attack.epoch() + 30)::jsonb)),
    'a token that is valid in less than the leeway');
SELECT attack.attempt('28000', pg_temp.who(attack.token('ada', format('{"exp":%s}', attack.epoch() - 61)::jsonb)),
    'a token that has expired by more than the leeway');
SELECT attack.attempt('28000', pg_temp.who(attack.token('ada', format('{"nbf":%s}', attack.epoch() + 70)::jsonb)),
    'a token that is valid in more than the leeway');
UPDATE kroles.settings SET token_leeway = '0';
SELECT attack.attempt('28000', attack.who('statement'),
    'a remembered token that has expired, when the leeway is taken away');
SELECT attack.attempt('28000', pg_temp.who(attack.token('ada', format('{"exp":%s}', attack.epoch())::jsonb)),
    'a token that expires this second');

-- ---- More tokens than a session remembers ----
SELECT attack.login('many', 'attack_app');
SELECT attack.control('600', attack.says('many',
    format('DO $do$ DECLARE t text; BEGIN FOREACH t IN ARRAY %L::text[] LOOP PERFORM set_config(''attack.n'', (coalesce(nullif(current_setting(''attack.n'', true), ''''), ''0'')::int + (kroles_login(t) = 3)::int)::text, false); END LOOP; END $do$',
    (SELECT array_agg(attack.token('eve', jsonb_build_object('jti', n))) FROM generate_series(1, 600) AS n)),
        'SELECT current_setting(''attack.n'')'), 'six hundred tokens of eve''s');
SELECT attack.attempt('28000', pg_temp.who(attack.sign(:'head', format('{"sub":"eve","exp":4102444800,"jti":%s}', n),
    'a secret that only eve knows, yes')), 'a forged token after six hundred good ones, ' || n) FROM (VALUES
    (1),
    (600)
) AS t (n);
SELECT attack.control('ada', attack.who('many', format('SET kroles.token = %L', :'token')),
    'another''s good token after them');

-- ---- A person's sessions are ended ----
SELECT attack.token('eve') AS eve, attack.sign(:'head', '{"sub":"eve","exp":4102444800}') AS no_iat \gset
SELECT attack.control('eve', attack.who('app', format('SET kroles.token = %L', :'eve')), 'eve logs in');
UPDATE kroles.users SET tokens_valid_after = now() + interval '1 second' WHERE login = 'eve';
SELECT attack.attempt('28000', attack.who('app'), 'a remembered token from before tokens_valid_after');
SELECT attack.attempt('28000', pg_temp.who(:'no_iat'),
    'a token that does not tell when it was issued, after tokens_valid_after');
SELECT attack.control('eve', pg_temp.who(attack.token('eve', format('{"iat":%s}', attack.epoch() + 5)::jsonb)),
    'a token issued after tokens_valid_after');
SELECT attack.control('ada', pg_temp.who(:'token'), 'another person''s token');
UPDATE kroles.users SET tokens_valid_after = 'infinity' WHERE login = 'eve';
SELECT attack.attempt('28000', pg_temp.who(token), tried || ', tokens_valid_after infinity')
FROM (VALUES ('a token', :'eve'), ('a token without iat', :'no_iat')) AS t (tried, token);
UPDATE kroles.users SET tokens_valid_after = '-infinity' WHERE login = 'eve';
SELECT attack.control('eve', pg_temp.who(token), tried || ', tokens_valid_after -infinity') FROM (VALUES
    ('a token', :'eve'),
    ('a token without iat', :'no_iat')
) AS t (tried, token);
UPDATE kroles.users SET tokens_valid_after = NULL WHERE login = 'eve';

-- ---- Keys come and go ----
INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('new', 'HS256', 'the next secret of the tests, 32');
SELECT attack.sign('{"alg":"HS256","kid":"new"}', :'good', 'the next secret of the tests, 32') AS by_new_key,
    attack.sign('{"alg":"HS256"}', :'good', 'the next secret of the tests, 32') AS by_any_key \gset
SELECT attack.login(session, 'attack_app') FROM unnest('{old, new, any, snapshot}'::text[]) AS session;
SELECT attack.control('ada', attack.who(session, format('SET kroles.token = %L', token)),
    'two keys valid at once: ' || session)
FROM (VALUES ('old', :'token'), ('new', :'by_new_key'), ('any', :'by_any_key')) AS t (session, token);
SELECT attack.control('ada', attack.who('snapshot', 'BEGIN ISOLATION LEVEL REPEATABLE READ',
    format('SELECT kroles_login(%L)', :'by_new_key')), 'the new key, in a transaction with a snapshot');
DELETE FROM kroles.signing_keys WHERE kid = 'new';
SELECT attack.attempt('28000', attack.who(session), 'a removed key, its token remembered: ' || session)
    FROM unnest('{new, any, snapshot}'::text[]) AS session;
SELECT attack.control('ada', attack.who('old'), 'the other key stays');
INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('new', 'HS256', 'quite another secret for the kid');
SELECT attack.attempt('28000', attack.who('new'), 'a removed key, another one of its kid');
UPDATE kroles.signing_keys SET key = 'the next secret of the tests, 32' WHERE kid = 'new';
SELECT attack.control('ada', attack.who('new'), 'the removed key is back');
UPDATE kroles.signing_keys SET kid = 'renamed' WHERE kid = 'new';
SELECT attack.attempt('28000', attack.who('new'), 'a renamed key, its token remembered');
UPDATE kroles.signing_keys SET kid = 'new', algorithm = 'HS512' WHERE kid = 'renamed';
SELECT attack.attempt('28000', attack.who('new'), 'a key whose algorithm changed, its token remembered');
TRUNCATE kroles.signing_keys;
SELECT attack.attempt('28000', attack.who('old'), 'all keys removed, a token remembered');

-- Keys that are none, or too weak: refused when they come
SELECT throws_matching(format('INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES (%L, %L, %L)', kid, algorithm,
    key), rule, '23514: ' || tried)
FROM (VALUES
    ('', 'HS256', repeat('x', 32), 'kid_has_1_to_256_bytes', 'a key without a name'),
    (repeat('x', 257), 'HS256', repeat('x', 32), 'kid_has_1_to_256_bytes', 'a key with an endless name'),
    ('k', 'HS256', repeat('x', 31), 'at_least_32_bytes', 'a secret of 31 bytes'),
    ('k', 'HS512', '', 'at_least_32_bytes', 'an empty secret'),
    ('k', 'none', repeat('x', 32), 'algorithm_is_known', 'a key for "none"'),
    ('k', 'hs256', repeat('x', 32), 'algorithm_is_known', 'a key for "hs256"'),
    ('k', 'HS1', repeat('x', 32), 'algorithm_is_known', 'a key for HS1'),
    ('k', 'PS256', E'-----BEGIN PUBLIC KEY-----\nx', 'algorithm_is_known', 'a key for PS256, which is not implemented'),
    ('k', 'HS256', E'-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKC\n-----END PUBLIC KEY-----',
        'is_no_public_key', 'a public key as a secret'),
    ('k', 'HS256', E'-----BEGIN CERTIFICATE-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKC\n-----END CERTIFICATE-----',
        'is_no_public_key', 'a certificate as a secret'),
    ('k', 'RS256', E'-----BEGIN PRIVATE KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKC\n-----END PRIVATE KEY-----',
        'is_a_public_key_in_pem', 'a private key'),
    ('k', 'RS256', E'-----BEGIN RSA PRIVATE KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKC\n-----END RSA PRIVATE KEY-----', 'is_a_public_key_in_pem', 'a private key in the older form'),
    ('k', 'ES256', E'-----BEGIN EC PRIVATE KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKC\n-----END EC PRIVATE KEY-----',
        'is_a_public_key_in_pem', 'a private key of an elliptic curve'),
    ('k', 'EdDSA', 'MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=', 'is_a_public_key_in_pem',
        'a public key without its armour'),
    ('k', 'RS256', repeat('x', 32), 'is_a_public_key_in_pem', 'a secret for RS256'),
    ('k', 'RS256', '', 'is_a_public_key_in_pem', 'nothing for RS256')
) AS t (kid, algorithm, key, rule, tried);

SELECT * FROM finish();
