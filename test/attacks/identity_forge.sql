-- Forged identities: only a valid signature makes one, wherever a setting comes from.
\set name attack_identity_forge
\ir lib/portal.psql
SELECT * FROM no_plan();

-- What anybody can write down: "alg" is "none", "sub" is ada.
\set unsigned 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEiLCJleHAiOjQxMDI0NDQ4MDB9.'
SELECT attack.token('ada') AS ada, attack.token('eve') AS eve \gset

-- ---- SET, SET LOCAL, set_config ----
SELECT attack.login('app', 'attack_app');
SELECT attack.control('nobody', attack.who('app'), 'a session that states nothing');
SELECT attack.control('eve', attack.who_within('app', format('SET LOCAL kroles.token = %L', :'eve')), 'a signed token');

SELECT attack.attempt('nobody', attack.who('app', statement), statement)
FROM (VALUES
    ('SET kroles."user" = ''ada'''), ('SET SESSION kroles."user" = ''ada'''), ('SET kroles."user" = ''1'''),
    ('SET "KROLES"."USER" = ''ada'''), ('SELECT set_config(''kroles.user'', ''ada'', false)'),
    ('UPDATE pg_settings SET setting = ''ada'' WHERE name = ''kroles.user'''),
    ('SET request.jwt.claims = ''{"sub": "ada"}'''), ('SET request.jwt.claim.sub = ''ada'''),
    ('SET jwt.claims.user_id = 1'), ('SET kroles.administrator = true'), ('SET kroles.user_id = 1')
) AS t (statement);
SELECT attack.attempt('nobody', attack.who_within('app', statement), statement)
FROM (VALUES
    ('SET LOCAL kroles."user" = ''ada'''), ('SELECT set_config(''kroles.user'', ''ada'', true)'),
    ('SET LOCAL request.jwt.claims = ''{"sub": "ada"}''')
) AS t (statement);
SELECT attack.attempt('28000', attack.who_within('app', format(statement, token)), format(statement, tried))
FROM (VALUES ('SET kroles.token = %L'), ('SET LOCAL kroles.token = %L'),
             ('SELECT set_config(''kroles.token'', %L, true)'),
             ('SELECT set_config(''kroles.token'', %L, false)')) AS s (statement),
     (VALUES ('ada', 'ada'), ('"alg": "none"', :'unsigned'),
             ('signed with a secret of one''s own',
                 attack.sign('{"alg":"HS256","kid":"main"}', '{"sub":"ada","exp":4102444800}',
                 'a secret that only eve knows, yes')))
         AS t (tried, token);
SELECT attack.attempt('28000', attack.says('app', format('SELECT kroles_login(%L)', :'unsigned')),
    'kroles_login(''"alg": "none"'')');
SELECT attack.attempt('nobody', attack.who_within('app', format(
    'DO $do$ BEGIN PERFORM kroles_login(%L); EXCEPTION WHEN OTHERS THEN NULL; END $do$', :'unsigned')),
    'kroles_login(''"alg": "none"''), its error caught');

-- ---- Before the library is loaded ----
-- Settings are placeholders until then: anything can be written into them.
SELECT attack.control('eve', attack.who_logged_in('attack_app', '', format('SET kroles.token = %L', :'eve')),
    'a signed token, before the library loads');
SELECT attack.attempt(expected, attack.who_logged_in('attack_app', '', statement), statement || ', before the library loads')
FROM (VALUES
    ('nobody', 'SET kroles."user" = ''ada'''), ('28000', 'SET kroles.token = ''ada'''),
    ('nobody', 'SET request.jwt.claims = ''{"sub": "ada"}'''), ('nobody', 'SET kroles.administrator = true')
) AS t (expected, statement);
SELECT attack.login('app', 'attack_app');
SELECT attack.attempt('16MB', attack.says('app', 'SET kroles.cache_size = ''2TB''', 'SELECT kroles_current_user()',
    'SHOW kroles.cache_size'),
    'SET kroles.cache_size = ''2TB'', before the library loads');

-- ---- Options of the connection (PGOPTIONS) ----
SELECT attack.control('eve', attack.who_logged_in('attack_app', '-c kroles.token=' || :'eve'),
    'a signed token as an option');
SELECT attack.attempt(expected, attack.who_logged_in('attack_app', option), 'option ' || left(option, 40))
FROM (VALUES
    ('nobody', '-c kroles.user=ada'), ('nobody', '-c kroles.user=1'), ('nobody', '--kroles.user=ada'),
    ('28000', '-c kroles.token=ada'), ('28000', '-c kroles.token=' || :'unsigned'),
    ('nobody', '-c request.jwt.claims={"sub":"ada"}'), ('nobody', '-c row_security=off'),
    ('no session', '-c role=attack_gateway'), ('no session', '-c session_authorization=attack_dora')
) AS t (expected, option);

-- ---- ALTER ROLE and ALTER DATABASE ... SET ----
-- By the attacker: where the library is loaded, the setting itself refuses, and PostgreSQL where it is not.
SELECT attack.login('app', 'attack_app');
SELECT attack.attempt('42501', attack.says('app', statement), statement || ', before the library loads')
FROM (VALUES ('ALTER ROLE attack_app SET kroles."user" = ''ada'''), ('ALTER ROLE attack_app SET kroles.token = ''x'''),
             ('ALTER ROLE attack_gateway SET kroles."user" = ''ada'''), ('ALTER SYSTEM SET kroles."user" = ''ada'''),
             (format('ALTER DATABASE %s SET kroles."user" = ''ada''', :'name'))) AS t (statement);
SELECT attack.control('nobody', attack.who('app'), 'the library loads');
SELECT attack.attempt(expected, attack.says('app', statement), left(statement, 60))
FROM (VALUES ('55P02', 'ALTER ROLE attack_app SET kroles."user" = ''ada'''),
             ('55P02', format('ALTER ROLE attack_app SET kroles.token = %L', :'ada')),
             ('42501', 'ALTER ROLE attack_gateway SET kroles."user" = ''ada'''),
             ('42501', 'ALTER SYSTEM SET kroles."user" = ''ada'''),
             ('42501', format('ALTER DATABASE %s SET kroles."user" = ''ada''', :'name'))) AS t (expected, statement);

-- By a superuser, for whoever logs in, with a valid token too and for a gateway: who asks is a session's own word.
CREATE FUNCTION pg_temp.who_after(statement text, role text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    -- a session that has not loaded the library, where the statement goes through
    PERFORM attack.login('super', current_user);
    IF attack.says('super', statement) NOT LIKE 'ALTER %' THEN
        RETURN 'the statement is refused';
    END IF;
    answer := attack.who_logged_in(role, '');
    PERFORM attack.says('super', regexp_replace(statement, ' SET .*', ' RESET ALL'));
    RETURN answer;
END $$;
SELECT attack.attempt('nobody', pg_temp.who_after(format(statement, role), role),
    format(left(statement, 60), role) || ', in a session of ' || role)
FROM (VALUES ('ALTER ROLE %s SET kroles."user" = ''ada'''), (format('ALTER ROLE %%s SET kroles.token = %L', :'ada')),
             (format('ALTER ROLE %%s SET kroles.token = %L', :'unsigned')),
             ('ALTER ROLE %s IN DATABASE ' || :'name' || ' SET kroles."user" = ''ada'''),
             ('ALTER DATABASE ' || :'name' || ' SET kroles."user" = ''ada'''),
             ('ALTER ROLE ALL SET kroles."user" = ''ada''')) AS s (statement),
     (VALUES ('attack_app'), ('attack_gateway')) AS r (role);
SELECT attack.attempt('nobody', pg_temp.who_after('ALTER ROLE ALL SET request.jwt.claims = ''{"sub": "ada"}''',
    'attack_app'),
    'ALTER ROLE ALL SET request.jwt.claims, in a session of attack_app');
SELECT attack.login('super', current_user);
SELECT attack.who('super');
SELECT attack.attempt('55P02', attack.says('super', statement), left(statement, 60) || ', by a superuser')
FROM (VALUES ('ALTER ROLE attack_gateway SET kroles."user" = ''ada'''), ('ALTER ROLE ALL SET kroles.token = ''x'''),
             ('ALTER SYSTEM SET kroles."user" = ''ada'''),
             (format('ALTER SYSTEM SET kroles.token = %L', :'ada'))) AS t (statement);

-- ---- A function's SET clause ----
CREATE SCHEMA mallory AUTHORIZATION attack_app;
GRANT USAGE ON SCHEMA mallory TO PUBLIC;
\set function 'CREATE OR REPLACE FUNCTION mallory.who() RETURNS bigint LANGUAGE sql SET %s = %L AS ''SELECT kroles_current_user()'''
SELECT attack.login('app', 'attack_app');
SELECT attack.attempt('42501', attack.says('app', format(:'function', 'kroles."user"', 'ada')),
    'a function with SET kroles.user, before the library loads');
SELECT attack.who('app');
SELECT attack.attempt('55P02', attack.says('app', format(:'function', 'kroles."user"', 'ada')),
    'a function with SET kroles.user');
SELECT attack.attempt('55P02', attack.says('app', format(:'function', 'kroles.token', :'ada')),
    'a function with SET kroles.token, a valid one');
SELECT attack.login('super', current_user);
SELECT attack.control('CREATE FUNCTION', attack.says('super', format(:'function', 'kroles."user"', 'ada')),
    'a superuser makes one, before the library loads');
SELECT attack.attempt('NULL', attack.says('app', 'SELECT mallory.who()'), 'a superuser''s function with SET kroles.user');
SELECT attack.attempt('NULL', attack.says('app', 'SELECT (SELECT kroles_current_user()) FROM mallory.who()'),
    'the same, asked beside it');
SELECT attack.says('super', format(:'function', 'kroles.token', :'unsigned'));
SELECT attack.attempt('28000', attack.says('app', 'SELECT mallory.who()'),
    'a superuser''s function with SET kroles.token, unsigned');
SELECT attack.control('nobody', attack.who('app'), 'afterwards');

-- ---- Making oneself believed ----
SELECT attack.says('app', format('SET kroles.token = %L', :'eve'));
SELECT attack.attempt(expected, attack.says('app', statement), statement || ', as eve')
FROM (VALUES
    ('42501', 'INSERT INTO kroles.gateways (role) VALUES (''attack_app'')'),
    ('42501', 'SELECT kroles_trust_gateway(''attack_app'')'),
    ('42501', 'INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES (''mine'', ''HS256'', repeat(''x'', 32))'),
    ('42501', 'UPDATE kroles.signing_keys SET key = repeat(''x'', 32)'),
    ('42501', 'DELETE FROM kroles.signing_keys'),
    ('42501', 'UPDATE kroles.users SET db_role = ''attack_app'' WHERE login = ''eve'''),
    ('42501', 'UPDATE kroles.users SET login = ''ada'' WHERE login = ''eve'''),
    ('42501', 'UPDATE kroles.users SET tokens_valid_after = ''-infinity'' WHERE login = ''eve'''),
    ('23514', 'UPDATE kroles.users SET id = 1000 WHERE login = ''eve'''),
    ('UPDATE 0', 'UPDATE kroles.users SET login = ''adam'' WHERE login = ''ada'''),
    ('42501', 'INSERT INTO kroles.users (login, db_role, administrator) VALUES (''mallory'', ''attack_app'', true)'),
    ('UPDATE 0', 'UPDATE kroles.settings SET token_leeway = ''10 minutes''')
) AS t (expected, statement);
SELECT attack.says('app', format('SET kroles.token = %L', :'ada'));
SELECT attack.attempt('42501', attack.says('app', statement), statement || ', as the administrator ada')
FROM (VALUES
    ('INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES (''mine'', ''HS256'', repeat(''x'', 32))'),
    ('UPDATE kroles.signing_keys SET expires_at = ''infinity'''),
    ('INSERT INTO kroles.gateways (role) VALUES (''attack_app'')'),
    ('SELECT kroles_trust_gateway(''attack_app'')')
) AS t (statement);

-- ---- Taking another's token ----
SELECT attack.login('victim', 'attack_app');
SELECT attack.says('victim', format('SET kroles.token = %L', :'ada'));
SELECT attack.login('other', 'attack_other');
SELECT attack.attempt('no row', attack.says('victim', 'SELECT setting FROM pg_settings WHERE name = ''kroles.token'''),
    'pg_settings shows the token');
SELECT attack.says('victim', format('SET kroles.token = %L', :'ada'));
\set activity 'SELECT count(*) FROM pg_stat_activity WHERE query LIKE ''SET kroles.token = ''''ey%'''
SELECT attack.attempt('0', attack.says('other', :'activity'),
    'pg_stat_activity shows the token to a session of another role');
SELECT attack.login('app', 'attack_app');
SELECT attack.left_open('1', attack.says('app', :'activity'),
    'a token written as a literal shows in pg_stat_activity to sessions of the same role');

SELECT * FROM finish();
