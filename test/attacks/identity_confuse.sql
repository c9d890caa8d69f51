-- Roles against persons: whichever role runs a statement, the rights of the session's person apply.
\set name attack_identity_confuse
\ir lib/portal.psql
SELECT * FROM no_plan();
SELECT attack.token('ada') AS ada, attack.token('eve') AS eve \gset
\set administers 'SELECT kroles_can(''administer'', ''site'')'

-- The attacker's login role is a member of everything that is not a superuser.
GRANT attack_gateway, attack_dora, attack_other TO attack_member;
ALTER ROLE attack_bypass BYPASSRLS;
SELECT kroles_grant_access('attack_bypass');

-- ---- SET ROLE ----
SELECT attack.login('app', 'attack_member');
SELECT attack.attempt('nobody', attack.who('app', statement), statement)
FROM (VALUES
    ('SET ROLE attack_dora'),
    ('SET ROLE attack_gateway'),
    ('SET LOCAL ROLE attack_dora'),
    ('SET ROLE NONE')
) AS t (statement);
SELECT attack.attempt('nobody', attack.who('app', 'SET ROLE attack_gateway', statement),
    'SET ROLE to a gateway, then ' || statement)
FROM (VALUES ('SET kroles."user" = ''ada'''), ('SET request.jwt.claims = ''{"sub": "ada"}''')) AS t (statement);
SELECT attack.says('app', 'RESET ROLE', 'RESET ALL', format('SET kroles.token = %L', :'eve'));
SELECT attack.attempt('eve', attack.who('app', statement), 'eve: ' || statement)
FROM (VALUES ('SET ROLE attack_dora'), ('SET ROLE attack_gateway'), ('SET kroles."user" = ''ada'''),
    ('SET request.jwt.claims = ''{"sub": "ada"}'''),
             ('RESET ROLE'), ('SET ROLE NONE')) AS t (statement);
SELECT attack.login('dora', 'attack_dora');
GRANT attack_gateway, attack_other TO attack_dora;
SELECT attack.control('dora', attack.who('dora'), 'a login role that is a user');
SELECT attack.attempt('dora', attack.who('dora', statement), 'dora: ' || statement)
FROM (VALUES
    ('SET ROLE attack_other'),
    ('SET ROLE attack_gateway'),
    ('SET kroles."user" = ''ada'''),
    ('SET ROLE NONE')
) AS t (statement);

-- A token comes before a gateway's word, and a gateway's word before the login role.
UPDATE kroles.users SET db_role = 'attack_gateway' WHERE login = 'vera';
SELECT attack.login('gateway', 'attack_gateway');
SELECT attack.control('vera', attack.who('gateway'), 'a gateway''s login role that is a user too'),
       attack.attempt('ada', attack.who('gateway', 'SET kroles."user" = ''ada'''), 'the same, speaking for ada'),
       attack.attempt('ada', attack.who('gateway', 'SET request.jwt.claims = ''{"sub": "olga"}'''),
           'kroles.user and claims that differ'),
       attack.attempt('eve', attack.who('gateway', format('SET kroles.token = %L', :'eve')),
           'eve''s token in a gateway''s session that speaks for ada'),
       attack.attempt('28000', attack.who('gateway', 'SET kroles.token = ''x'''),
           'a token that is not valid in a gateway''s session that speaks for ada'),
       attack.attempt('olga', attack.who('gateway', 'RESET kroles.token', 'RESET kroles."user"'),
           'without both, the claims count'),
       attack.attempt('vera', attack.who('gateway', 'SET request.jwt.claims = ''{"role": "anon"}'''),
           'claims that name nobody leave the login role');
UPDATE kroles.users SET db_role = NULL WHERE login = 'vera';

-- ---- SET SESSION AUTHORIZATION ----
SELECT attack.login('app', 'attack_member');
SELECT attack.attempt('42501', attack.says('app', 'SET SESSION AUTHORIZATION ' || role),
    'SET SESSION AUTHORIZATION ' || role)
FROM (VALUES ('attack_dora'), ('attack_gateway'), (current_user::text)) AS t (role);
SELECT attack.login('super', current_user);
SELECT attack.control('t', attack.says('super', :'administers'), 'a superuser who states no identity administers');
SELECT attack.attempt('f', attack.says('super', statement, :'administers'),
    'a superuser after ' || statement || ' administers')
FROM (VALUES
    ('SET ROLE attack_other'),
    ('SET SESSION AUTHORIZATION attack_other'),
    ('SET SESSION AUTHORIZATION attack_dora')
) AS t (statement);
SELECT attack.attempt('dora', attack.who('super'), 'a superuser after SET SESSION AUTHORIZATION attack_dora');
SELECT attack.attempt('dora', attack.who('super', 'SET ROLE attack_gateway', 'SET kroles."user" = ''ada'''),
    'the same, then SET ROLE to a gateway and kroles.user');
SELECT attack.attempt('eve', attack.who('super', 'RESET SESSION AUTHORIZATION', 'RESET ROLE',
    format('SET kroles.token = %L', :'eve')), 'a superuser with eve''s token');
SELECT attack.attempt('f', attack.says('super', :'administers'), 'a superuser with eve''s token administers');
SELECT attack.login('bypass', 'attack_bypass');
SELECT attack.control('t', attack.says('bypass', :'administers'),
    'a role with BYPASSRLS that states no identity administers');
SELECT attack.attempt('f', attack.says('bypass', format('SET kroles.token = %L', :'eve'), :'administers'),
    'the same with eve''s token administers');
SELECT attack.left_open('open eve''s hidden hidden too', attack.sees('bypass'),
    'a login with BYPASSRLS reads every row, whosever token it has');

-- ---- Functions that run as another ----
-- Definer functions of three owners, each calling the one before: who is asking, and does that person administer?
CREATE FUNCTION attack.superusers() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS
$$ BEGIN RETURN concat_ws(' ', coalesce(kroles_current_user()::text, 'nobody'), kroles_can('administer', 'site')); END $$;
CREATE FUNCTION attack.gateways() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM set_config('kroles.user', 'ada', true), set_config('request.jwt.claims', '{"sub": "ada"}', true);
    RETURN attack.superusers();
END $$;
CREATE FUNCTION attack.others() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RETURN attack.gateways(); END $$;
CREATE FUNCTION attack.superusers_again() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RETURN attack.others(); END $$;
GRANT USAGE, CREATE ON SCHEMA attack TO attack_gateway, attack_other, attack_member;
ALTER FUNCTION attack.gateways() OWNER TO attack_gateway;
ALTER FUNCTION attack.others() OWNER TO attack_other;
SELECT attack.login('app', 'attack_member');
SELECT attack.login('dora', 'attack_dora');
SELECT attack.login('super', current_user);
SELECT attack.attempt(expected, attack.says(session, 'SELECT attack.' || f || '()'),
    'definer function ' || f || ' called in the session ' || session)
FROM (VALUES ('nobody f', 'app'), ('6 f', 'dora'), ('nobody t', 'super')) AS s (expected, session),
     (VALUES ('superusers'), ('gateways'), ('others'), ('superusers_again')) AS t (f);
SELECT attack.says('app', format('SET kroles.token = %L', :'eve'));
SELECT attack.attempt('3 f', attack.says('app', 'SELECT attack.' || f || '()'), 'definer function ' || f || ' called by eve')
FROM (VALUES ('superusers'), ('gateways'), ('others'), ('superusers_again')) AS t (f);
SELECT attack.attempt('3 f', attack.says('super', format('SET kroles.token = %L', :'eve'), 'SELECT attack.' || f || '()'),
    'definer function ' || f || ' called by a superuser with eve''s token')
FROM (VALUES ('superusers'), ('gateways'), ('others'), ('superusers_again')) AS t (f);

-- What they do is judged by the person, too: rows by whose function it is, as PostgreSQL has it, rules by who asks.
CREATE FUNCTION attack.names() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS $$ SELECT name FROM kroles.media
    ORDER BY id $$;
CREATE FUNCTION attack.names_unsecured() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER SET row_security = off AS $$ SELECT name FROM kroles.media $$;
SELECT attack.left_open('open eve''s hidden hidden too', attack.says('app', 'SELECT attack.names()'),
    'a superuser''s definer function reads every row for its caller');
ALTER FUNCTION attack.names() OWNER TO attack_other;
ALTER FUNCTION attack.names_unsecured() OWNER TO attack_other;
SELECT attack.attempt('open eve''s', attack.says('app', 'SELECT attack.names()'),
    'eve: rows in an ordinary role''s definer function');
SELECT attack.attempt('42501', attack.says('app', 'SELECT attack.names_unsecured()'),
    'eve: rows in an ordinary role''s definer function with row_security off');
CREATE FUNCTION attack.does(statement text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN EXECUTE statement; RETURN 'done'; END $$;
SELECT attack.attempt(expected, attack.says('app', format('SELECT attack.does(%L)', statement)),
    'eve: a superuser''s definer function does ' || statement)
FROM (VALUES ('42704', 'SELECT kroles_publish(777040, 20)'),
    ('42501', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (777040, 20)'),
             ('42501', 'UPDATE kroles.media SET owner_id = 3 WHERE id = 777040'),
             ('42501', 'UPDATE kroles.spaces SET owner_id = 3 WHERE id = 777020'),
             ('42501', 'DELETE FROM kroles.publications WHERE media_id = 777040'),
             ('42501', 'UPDATE kroles.users SET administrator = true WHERE id = 3')
     ) AS t (expected, statement);
ALTER FUNCTION attack.does(text) OWNER TO attack_gateway;
SELECT attack.attempt('open eve''s', attack.says('app', 'SELECT attack.does(''SET ROLE attack_dora'')',
    'SELECT name FROM kroles.media ORDER BY id'), 'eve: SET ROLE inside a definer function');

-- ---- In the middle of a statement ----
-- A statement that changes who asks while it runs: each row is judged for whoever asks then, and an identity that is none is an
-- error at the next row.
SELECT attack.attempt(expected, attack.says('app', format('SET kroles.token = %L', :'eve'), statement),
    'eve: ' || left(statement, 90))
FROM (VALUES
    ('28000', 'SELECT name FROM kroles.media WHERE set_config(''kroles.token'', ''x'', true) IS NOT NULL ORDER BY id'),
    ('28000', 'SELECT kroles_can(''view'', ''media'', m.id) FROM (VALUES (41), (40)) m (id) WHERE set_config(''kroles.token'', ''x'', true) IS NOT NULL'),
    ('open eve''s', 'SELECT name FROM kroles.media WHERE set_config(''kroles.user'', ''ada'', true) IS NOT NULL ORDER BY id'),
    ('open eve''s', 'WITH w AS MATERIALIZED (SELECT set_config(''request.jwt.claims'', ''{"sub": "ada"}'', true)) SELECT name FROM w, kroles.media ORDER BY id')
) AS t (expected, statement);

-- ---- The attacker's own definer function, run by somebody who may more ----
-- The person stays ada, who runs it: it can do in her name what she may, so nobody should run what they do not trust.
SELECT attack.says('app', 'CREATE FUNCTION attack.trojan() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS ''SELECT kroles_current_user()''');
SELECT attack.login('other', 'attack_other');
SELECT attack.attempt('1', attack.says('other', format('SET kroles.token = %L', :'ada'), 'SELECT attack.trojan()'),
    'ada in a definer function of the attacker');
SELECT attack.attempt('eve', attack.who('app'), 'the attacker''s own session meanwhile');

SELECT * FROM finish();
