-- Identities left behind: on a connection that a pooler hands on, the next client has no user until it identifies itself.
\set name attack_identity_left_behind
\ir lib/portal.psql
SELECT * FROM no_plan();
SELECT attack.token('ada') AS ada, attack.token('eve') AS eve \gset
SELECT format('SELECT kroles_login(%L)', :'ada') AS log_in,
    format('SELECT set_config(''kroles.token'', %L, true)', :'ada') AS set_config,
       format('SET LOCAL kroles.token = %L', :'ada') AS set_local,
           format('SET kroles.token = %L', :'ada') AS set_session \gset

-- ---- The end of a transaction ----
SELECT attack.login('pool', 'attack_app');
SELECT attack.control('ada', attack.who('pool', 'BEGIN', statement), 'in a transaction after ' || tried),
       attack.attempt('nobody', attack.who('pool', ending), tried || ', then ' || ending)
FROM (VALUES
    ('kroles_login()', :'log_in'),
    ('set_config(..., true)', :'set_config'),
    ('SET LOCAL', :'set_local')
) AS t (tried, statement),
     (VALUES ('COMMIT'), ('ROLLBACK'), ('END'), ('ABORT'), ('COMMIT AND CHAIN'), ('ROLLBACK AND CHAIN')) AS e (ending)
WHERE attack.says('pool', 'ROLLBACK') = 'ROLLBACK';
SELECT attack.says('pool', 'ROLLBACK');
SELECT attack.attempt('nobody', attack.who('pool', statement), tried || ' outside a transaction')
FROM (VALUES
    ('kroles_login()', :'log_in'),
    ('set_config(..., true)', :'set_config'),
    ('SET LOCAL', :'set_local')
) AS t (tried, statement);
SELECT attack.attempt('nobody', attack.who('pool', 'BEGIN', :'set_session', 'ROLLBACK'), 'SET, then ROLLBACK');
SELECT attack.attempt('nobody', attack.who('pool', 'BEGIN', :'log_in', error, 'ROLLBACK'),
    'kroles_login(), an error (' || error || '), then ROLLBACK')
FROM (VALUES
    ('SELECT 1 / 0'),
    ('SELEC'),
    ('SELECT kroles_can(NULL, ''site'')'),
    ('SELECT kroles_login(''x'')')
) AS e (error);
SELECT attack.attempt('nobody', attack.who('pool', 'BEGIN', :'log_in', 'SELECT 1 / 0', 'COMMIT'),
    'kroles_login(), an error, then COMMIT');
SELECT attack.attempt('25P02', attack.who('pool', 'BEGIN', :'log_in', 'SELECT 1 / 0'),
    'kroles_login(), an error, asked in the failed transaction');
SELECT attack.attempt('nobody', attack.who('pool', 'ROLLBACK', 'BEGIN', :'log_in', 'PREPARE TRANSACTION ''left'''),
    'kroles_login(), then PREPARE TRANSACTION');
SELECT attack.attempt('nobody', attack.who('pool', 'COMMIT PREPARED ''left'''), 'the same, then COMMIT PREPARED');

-- ---- Parts of a transaction ----
SELECT attack.attempt('nobody', attack.who('pool', 'BEGIN', 'SAVEPOINT s', :'log_in', 'ROLLBACK TO s'),
    'kroles_login(), then ROLLBACK TO a savepoint before it');
SELECT attack.attempt('eve', attack.who('pool', 'ROLLBACK', 'BEGIN', format('SELECT kroles_login(%L)', :'eve'),
    'SAVEPOINT s', :'log_in', 'ROLLBACK TO s'),
    'eve''s kroles_login(), ada''s after a savepoint, then ROLLBACK TO it');
SELECT attack.attempt('nobody', attack.who('pool', 'ROLLBACK', 'BEGIN', format(
    'DO $do$ BEGIN PERFORM kroles_login(%L); RAISE EXCEPTION ''x''; EXCEPTION WHEN OTHERS THEN NULL; END $do$', :'ada')),
    'kroles_login() in a block that fails');
SELECT attack.says('pool', 'ROLLBACK');

-- ---- The connection is cleaned ----
SELECT attack.control('ada', attack.who('pool', :'set_session'), 'SET for the session'),
       attack.attempt('nobody', attack.who('pool', clean), 'SET for the session, then ' || clean)
FROM (VALUES ('DISCARD ALL'), ('RESET ALL'), ('RESET kroles.token'), ('SET kroles.token TO DEFAULT'),
    ('SET kroles.token = '''''),
             ('SELECT set_config(''kroles.token'', NULL, false)')) AS c (clean);
SELECT attack.login('gateway', 'attack_gateway');
SELECT attack.control('ada', attack.who('gateway', 'SET kroles."user" = ''ada'''),
    'a gateway states the user for the session'),
       attack.attempt('nobody', attack.who('gateway', clean), 'a gateway''s SET kroles.user, then ' || clean)
FROM (VALUES
    ('DISCARD ALL'),
    ('RESET ALL'),
    ('RESET kroles."user"'),
    ('SET kroles."user" = '''''),
    ('SELECT set_config(''kroles.user'', NULL, false)')
) AS c (clean);
SELECT attack.control('ada', attack.who('gateway', 'SET request.jwt.claims = ''{"sub": "ada"}'''),
    'a gateway passes claims for the session'),
       attack.attempt('nobody', attack.who('gateway', clean), 'a gateway''s request.jwt.claims, then ' || clean)
FROM (VALUES
    ('DISCARD ALL'),
    ('RESET ALL'),
    ('SET request.jwt.claims = '''''),
    ('SET request.jwt.claims = ''{"role": "anon"}''')
) AS c (clean);
SELECT attack.attempt('nobody', attack.who('gateway', 'BEGIN',
    'SELECT set_config(''request.jwt.claims'', ''{"sub": "ada"}'', true)',
    'SELECT kroles_current_user()', ending), 'a gateway''s request.jwt.claims in a transaction, then ' || ending)
FROM (VALUES ('COMMIT'), ('ROLLBACK')) AS e (ending);
SELECT attack.attempt('nobody', attack.who('gateway', 'BEGIN', 'SET LOCAL kroles."user" = ''ada''',
    'SELECT kroles_current_user()', ending),
    'a gateway''s SET LOCAL kroles.user, then ' || ending)
FROM (VALUES ('COMMIT'), ('ROLLBACK')) AS e (ending);

-- ---- What was made under another identity ----
-- Statements prepared, plans kept, cursors and functions of the client before give the next one's answers.
SELECT attack.control('ada', attack.who('pool', 'DISCARD ALL', 'BEGIN', :'log_in'), 'ada prepares');
SELECT attack.says('pool', statement)
FROM (VALUES (1, 'SET plan_cache_mode = force_generic_plan'),
    (2, 'PREPARE names AS SELECT name FROM kroles.media ORDER BY id'),
             (3, 'PREPARE can AS SELECT kroles_can(''view'', ''media'', 777040)'),
             (4, 'PREPARE who AS SELECT kroles_current_user()'),
             (5, 'CREATE FUNCTION pg_temp.names() RETURNS SETOF text LANGUAGE plpgsql AS ''BEGIN RETURN QUERY SELECT name FROM kroles.media ORDER BY id; END''')
     ) AS t (n, statement);
SELECT attack.control('open eve''s hidden hidden too', attack.says('pool', statement), 'ada: ' || statement)
FROM (VALUES ('EXECUTE names'), ('SELECT pg_temp.names()')) AS t (statement);
SELECT attack.control('t', attack.says('pool', 'EXECUTE can'), 'ada: EXECUTE can');
SELECT attack.says('pool', 'COMMIT');
SELECT attack.attempt('no row', attack.says('pool', statement), 'nobody after ada''s COMMIT: ' || statement)
FROM (VALUES ('EXECUTE names'), ('SELECT pg_temp.names()')) AS t (statement);
SELECT attack.attempt('f', attack.says('pool', 'EXECUTE can'), 'nobody after ada''s COMMIT: EXECUTE can');
SELECT attack.attempt('NULL', attack.says('pool', 'EXECUTE who'), 'nobody after ada''s COMMIT: EXECUTE who');
SELECT attack.says('pool', 'BEGIN', format('SELECT kroles_login(%L)', :'eve'));
SELECT attack.attempt('open eve''s', attack.says('pool', statement), 'eve after ada: ' || statement)
FROM (VALUES ('EXECUTE names'), ('SELECT pg_temp.names()')) AS t (statement);
SELECT attack.attempt('f', attack.says('pool', 'EXECUTE can'), 'eve after ada: EXECUTE can');
SELECT attack.attempt('3', attack.says('pool', 'EXECUTE who'), 'eve after ada: EXECUTE who');
SELECT attack.says('pool', 'ROLLBACK');

-- What a client reads out and leaves in the session is the session's: a cursor WITH HOLD holds rows, a temporary table keeps
-- them. Poolers in transaction mode do not clean up (DISCARD ALL would).
SELECT attack.says('pool', statement)
FROM (VALUES (1, 'BEGIN'), (2, :'log_in'), (3, 'DECLARE held CURSOR WITH HOLD FOR SELECT name FROM kroles.media ORDER BY id'),
             (4, 'CREATE TEMP TABLE copied AS SELECT name FROM kroles.media ORDER BY id'),
             (5, 'COMMIT')) AS t (n, statement);
SELECT attack.left_open('open eve''s hidden hidden too', attack.says('pool', 'FETCH ALL FROM held'),
    'rows in a cursor WITH HOLD of the client before');
SELECT attack.left_open('open eve''s hidden hidden too', attack.says('pool', 'SELECT name FROM copied'),
    'rows in a temporary table of the client before');
SELECT attack.attempt('34000', attack.says('pool', 'DISCARD ALL', 'FETCH ALL FROM held'), 'the cursor, after DISCARD ALL');
SELECT attack.attempt('42P01', attack.says('pool', 'SELECT name FROM copied'), 'the temporary table, after DISCARD ALL');

SELECT * FROM finish();
