-- Malformed identities: strings that look like a login, nearly are one, or were one, identify nobody.
\set name attack_identity_bend
\ir lib/portal.psql
SELECT * FROM no_plan();

-- Logins are compared exactly. Each of these is tried in every way to state one.
CREATE FUNCTION pg_temp.who_as(way text, login text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE way
        WHEN 'token' THEN attack.who_within('app', format('SET LOCAL kroles.token = %L', attack.token(login)))
        WHEN 'kroles.user' THEN attack.who_within('gateway', format('SET LOCAL kroles."user" = %L', login))
        WHEN 'claims' THEN attack.who_within('gateway',
            format('SET LOCAL request.jwt.claims = %L', jsonb_build_object('sub', login)))
    END
$$;
SELECT attack.login('app', 'attack_app');
SELECT attack.login('gateway', 'attack_gateway');
SELECT attack.control('ada', pg_temp.who_as(way, 'ada'), 'ada by ' || way)
    FROM unnest('{token, kroles.user, claims}'::text[]) AS way;
SELECT attack.attempt('28000', pg_temp.who_as(way, login), tried || ' by ' || way)
FROM unnest('{token, kroles.user, claims}'::text[]) AS way,
     (VALUES
    ('0', '0'),
    ('an id', '1'),
    ('other case', 'ADA'),
    ('a capital letter', 'Ada'),
    ('a space before', ' ada'),
    ('a space after', 'ada '),
    ('a newline after', E'ada\n'),
    ('a tab after', E'ada\t'),
    ('a no-break space after', U&'ada\00A0'),
    ('only a space', ' '),
    ('a Cyrillic a', U&'\0430da'),
    ('a full-width a', U&'\FF41da'),
    ('a combining accent', U&'ada\0301'),
    ('a zero-width joiner', U&'a\200Dda'),
    ('a right-to-left mark', U&'\200Fada'),
    ('a soft hyphen', U&'a\00ADda'),
    ('quotes', '"ada"'),
    ('a wildcard', '%'),
    ('a pattern', 'ad_'),
    ('a longer one', 'ada' || repeat('a', 1100)),
    ('SQL', 'x'' OR login = ''ada'),
    ('null', 'null'),
    ('NULL', 'NULL'),
    ('true', 'true'),
    ('a login nobody has', 'mallory')
) AS t (tried, login);
SELECT attack.attempt('28000', pg_temp.who_as('token', ''), 'an empty login by token');
SELECT attack.attempt('28000', pg_temp.who_as('claims', ''), 'an empty login by claims');
SELECT attack.attempt('nobody', pg_temp.who_as('kroles.user', ''), 'an empty kroles.user counts as unset');

-- What is not a text
SELECT attack.attempt(expected, attack.who_within('gateway', format('SET LOCAL request.jwt.claims = %L', claims)),
    'claims ' || claims)
FROM (VALUES ('nobody', '{}'), ('nobody', '{"Sub": "ada"}'), ('nobody', '{"user": "ada"}'),
    ('nobody', '{"role": "attack_bypass"}'),
             ('28000', '{"sub": null}'),
             ('28000', '{"sub": 1}'),
             ('28000', '{"sub": ["ada"]}'),
             ('28000', '{"sub": {"ada": 1}}'),
             ('28000', '{"sub": true}'),
             ('28000', '[]'),
             ('28000', '["sub", "ada"]'),
             ('28000', '"ada"'),
             ('28000', 'null'),
             ('28000', 'ada'),
             ('28000', '{"sub": "ada"'),
             ('28000', '{"sub": "ada"} x')
     ) AS t (expected, claims);

-- ---- Nothing at all ----
SELECT attack.attempt('28000', attack.says('app', statement), statement)
FROM (VALUES
    ('SELECT kroles_login('''')'),
    ('SELECT kroles_login(NULL)'),
    ('SELECT kroles_login('' '')'),
    ('SELECT kroles_login(''.'')')
) AS t (statement);
SELECT attack.attempt('nobody', attack.who('app', statement), statement)
FROM (VALUES
    ('SELECT set_config(''kroles.token'', NULL, false)'),
    ('SET kroles.token = '''''),
    ('SET kroles.token TO DEFAULT')
) AS t (statement);
SELECT attack.attempt('28000', attack.who_within('app', statement), statement)
FROM (VALUES
    ('SET LOCAL kroles.token = '' '''),
    ('SET LOCAL kroles.token = 0'),
    ('SET LOCAL kroles.token = ''NULL'''),
    ('SET LOCAL kroles.token = E''\n''')
) AS t (statement);

-- ---- A blocked user: an identity without any right, not even what nobody has ----
UPDATE kroles.settings SET allow_anonymous = true;
UPDATE kroles.spaces SET type = 'public_open' WHERE id = 20;
SELECT attack.token('bob') AS bob, attack.token('eve') AS eve, attack.token('vera') AS vera \gset
SELECT attack.login('app', 'attack_app');
SELECT attack.control('t', attack.says('app', 'SELECT kroles_can(''view'', ''channel'', 20)'),
    'nobody may view a public channel');
SELECT attack.attempt('bob', attack.who('app', format('SET kroles.token = %L', :'bob')), 'a blocked user');
SELECT attack.attempt(expected, attack.says('app', statement), 'a blocked user: ' || statement)
FROM (VALUES ('f', 'SELECT kroles_can(''view'', ''channel'', 20)'), ('{}', 'SELECT kroles_rights(''site'')'),
    ('NULL', 'SELECT kroles_role(''channel'', 20)'),
             ('no row', 'SELECT id FROM kroles.spaces'),
             ('no row', 'SELECT id FROM kroles.media'),
             ('no row', 'SELECT login FROM kroles.users'),
             ('no row', 'SELECT id FROM kroles.audit_log'),
             ('UPDATE 0', 'UPDATE kroles.users SET blocked = false'),
             ('UPDATE 0', 'UPDATE kroles.users SET bio = ''x'''),
             ('42501', 'INSERT INTO kroles.media (name, owner_id) VALUES (''x'', 5)'),
             ('42501', 'INSERT INTO kroles.spaces (kind, type, name, owner_id) VALUES (''channel'', ''open'', ''x'', 5)'),
             ('42704', 'SELECT kroles_publish(40, 20)'),
             ('42501', 'SELECT kroles_can(3, ''view'', ''channel'', 20)')) AS t (expected, statement);
SELECT attack.control('open', attack.says('app', 'RESET kroles.token', 'SELECT name FROM kroles.spaces'),
    'nobody sees the public channel');

-- ---- Blocked, deleted and renamed while logged in, with everything cached ----
SELECT attack.control('eve', attack.who('app', 'PREPARE names AS SELECT name FROM kroles.media ORDER BY id',
    format('SET kroles.token = %L', :'eve')), 'eve logs in'),
       attack.control('open eve''s', attack.says('app', 'EXECUTE names'), 'eve sees media');
-- (an event that she organizes keeps an organizer)
INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (80, 1, 'organizer');
UPDATE kroles.users SET blocked = true WHERE login = 'eve';
SELECT attack.attempt('no row', attack.says('app', 'EXECUTE names'), 'eve, blocked meanwhile');
UPDATE kroles.users SET blocked = false WHERE login = 'eve';
SELECT attack.control('open eve''s', attack.says('app', 'EXECUTE names'), 'eve, not blocked any more'),
       attack.control('open eve''s', attack.says('app', 'BEGIN ISOLATION LEVEL REPEATABLE READ', 'EXECUTE names'),
           'eve in a transaction with a snapshot');
UPDATE kroles.users SET blocked = true WHERE login = 'eve';
SELECT attack.attempt('no row', attack.says('app', 'EXECUTE names'),
    'eve, blocked meanwhile, in the transaction with the older snapshot');
UPDATE kroles.users SET blocked = false, login = 'evelyn' WHERE login = 'eve';
SELECT attack.attempt('28000', attack.says('app', 'EXECUTE names'),
    'eve, renamed meanwhile, in the transaction with the older snapshot');
SELECT attack.attempt('28000', attack.says('app', 'ROLLBACK', 'EXECUTE names'), 'eve, renamed meanwhile');
UPDATE kroles.users SET login = 'eve' WHERE login = 'evelyn';
SELECT attack.control('open eve''s', attack.says('app', 'EXECUTE names'), 'eve, with her old name');
SELECT attack.control('vera', attack.who('app', format('SET kroles.token = %L', :'vera')), 'vera logs in');
SELECT attack.control('vera', attack.who('gateway', 'SET kroles."user" = ''vera'''), 'vera logs in through a gateway');
DELETE FROM kroles.users WHERE login = 'vera';
SELECT attack.attempt('28000', attack.who('app'), 'vera, deleted meanwhile');
SELECT attack.attempt('28000', attack.says('app', 'EXECUTE names'), 'vera, deleted meanwhile, her prepared statement');
SELECT attack.attempt('28000', attack.who('gateway'), 'vera, deleted meanwhile, through a gateway');

-- ---- A gateway that is not trusted any more ----
SELECT attack.control('ada', attack.who('gateway', 'SET kroles."user" = ''ada'''), 'a gateway speaks for ada'),
       attack.control('ada', attack.who('gateway', 'BEGIN ISOLATION LEVEL REPEATABLE READ'),
           'the same in a transaction with a snapshot');
SELECT kroles_distrust_gateway('attack_gateway');
SELECT attack.attempt('nobody', attack.who('gateway'),
    'a gateway, distrusted meanwhile, in the transaction with the older snapshot');
SELECT attack.attempt('nobody', attack.who('gateway', 'ROLLBACK'), 'a gateway, distrusted meanwhile');
SELECT attack.attempt('nobody', attack.who('gateway', 'SET request.jwt.claims = ''{"sub": "ada"}'''),
    'a gateway, distrusted meanwhile, by claims');

-- ---- A login role that was a user ----
SELECT attack.login('dora', 'attack_dora');
SELECT attack.control('dora', attack.who('dora'), 'dora''s login role');
UPDATE kroles.users SET db_role = upper(db_role) WHERE login = 'dora';
SELECT attack.attempt('nobody', attack.who('dora'), 'a login role that differs from users.db_role in case');
UPDATE kroles.users SET db_role = 'attack_dora ' WHERE login = 'dora';
SELECT attack.attempt('nobody', attack.who('dora'), 'a login role that differs from users.db_role in a space');
UPDATE kroles.users SET db_role = 'attack_dora' WHERE login = 'dora';
SELECT attack.control('dora', attack.who('dora'), 'dora''s login role again');
UPDATE kroles.users SET blocked = true WHERE login = 'dora';
SELECT attack.attempt('f', attack.says('dora', 'SELECT kroles_can(''view'', ''channel'', 20)'),
    'dora, blocked, may view a public channel');
SELECT attack.attempt('28000', attack.who('dora', 'SET kroles.token = ''x'''),
    'a token that is not valid falls back to the login role');
DELETE FROM kroles.users WHERE login = 'dora';
SELECT attack.attempt('nobody', attack.who('dora', 'RESET kroles.token'), 'a login role whose user is deleted');

SELECT * FROM finish();
