-- A login that is given again: no token of the user who had it before is the next one's, however the login came free, in which
-- session the token is known, and whoever checked it.
\set name attack_identity_reused_logins
\ir lib/portal.psql
SELECT * FROM no_plan();

SELECT count(attack.login(session, role)) FROM (VALUES ('app', 'attack_app'), ('warm', 'attack_app'), ('gate', 'attack_gateway'), ('admin', current_user), ('other', current_user)) AS s (session, role);
CREATE FUNCTION pg_temp.who(token text) RETURNS text LANGUAGE sql AS $$ SELECT attack.who_within('app', format('SET LOCAL kroles.token = %L', token)) $$;
-- as PostgREST passes it on, which has checked it
CREATE FUNCTION pg_temp.who_by_claims(claims text) RETURNS text LANGUAGE sql AS $$
    SELECT attack.who_within('gate', format('SET LOCAL request.jwt.claims = %L', claims)) $$;
CREATE FUNCTION pg_temp.without_iat(login text) RETURNS text LANGUAGE sql AS $$
    SELECT attack.sign('{"alg":"HS256","kid":"main"}', format('{"sub":"%s","exp":4102444800}', login)) $$;
CREATE FUNCTION pg_temp.later(login text) RETURNS text LANGUAGE sql AS $$
    SELECT attack.token(login, format('{"iat":%s}', attack.epoch() + 1)::jsonb) $$;

-- ---- A login that nobody had before asks for nothing new ----
INSERT INTO kroles.users (id, login) VALUES (900, 'newcomer');
SELECT attack.control('newcomer', pg_temp.who(token), 'a login given for the first time: ' || tried) FROM (VALUES
    (pg_temp.without_iat('newcomer'), 'a token without iat'), (attack.token('newcomer', '{"iat":1000}'), 'a token that is older than the row'),
    (attack.token('newcomer'), 'a token of this second')) AS t (token, tried);
SELECT attack.control('newcomer', pg_temp.who_by_claims(claims), 'a login given for the first time: claims ' || claims)
FROM unnest('{"{\"sub\":\"newcomer\"}", "{\"sub\":\"newcomer\",\"iat\":1000}", "{\"sub\":\"newcomer\",\"exp\":4102444800}"}'::text[]) AS claims;
SELECT is(tokens_valid_after, NULL, 'control: and no time is set') FROM kroles.users WHERE id = 900;

-- ---- How a login comes free, and is given again ----
-- Each way begins with a user "paul", and ends with another one of that login.
CREATE TABLE public.ways (n int, way text, statements text[]);
INSERT INTO public.ways VALUES
    (1, 'deleted, and inserted', '{DELETE FROM kroles.users WHERE id = 901, "INSERT INTO kroles.users (id, login) VALUES (902, ''paul'')"}'),
    (2, 'deleted, and inserted under the same id', '{DELETE FROM kroles.users WHERE id = 901, "INSERT INTO kroles.users (id, login) VALUES (901, ''paul'')"}'),
    (3, 'renamed, and inserted', '{UPDATE kroles.users SET login = ''paul.old'' WHERE id = 901, "INSERT INTO kroles.users (id, login) VALUES (902, ''paul'')"}'),
    (4, 'renamed, and another renamed', '{"INSERT INTO kroles.users (id, login) VALUES (902, ''paula'')", UPDATE kroles.users SET login = ''paul.old'' WHERE id = 901, UPDATE kroles.users SET login = ''paul'' WHERE id = 902}'),
    (5, 'deleted, and another renamed', '{"INSERT INTO kroles.users (id, login) VALUES (902, ''paula'')", DELETE FROM kroles.users WHERE id = 901, UPDATE kroles.users SET login = ''paul'' WHERE id = 902}'),
    (6, 'both renamed by one statement', '{"INSERT INTO kroles.users (id, login) VALUES (902, ''paula'')", UPDATE kroles.users SET login = CASE id WHEN 901 THEN ''paul.old'' ELSE ''paul'' END WHERE id BETWEEN 901 AND 902}'),
    (7, 'deleted and inserted by one statement', '{"WITH gone AS (DELETE FROM kroles.users WHERE id = 901 RETURNING login) INSERT INTO kroles.users (id, login) SELECT 902, login FROM gone"}'),
    (8, 'in one transaction', '{BEGIN, DELETE FROM kroles.users WHERE id = 901, "INSERT INTO kroles.users (id, login) VALUES (902, ''paul'')", COMMIT}'),
    (9, 'by lists', '{DELETE FROM kroles.users WHERE id = 901, "INSERT INTO kroles.user_import (login, name) VALUES (''paul'', ''Another'')"}'),
    (10, 'merged', '{DELETE FROM kroles.users WHERE id = 901, "MERGE INTO kroles.users u USING (VALUES (''paul'')) v (login) ON u.login = v.login WHEN NOT MATCHED THEN INSERT (login) VALUES (v.login)"}'),
    (11, 'upserted', '{DELETE FROM kroles.users WHERE id = 901, "INSERT INTO kroles.users (login) VALUES (''paul'') ON CONFLICT (login) DO UPDATE SET name = excluded.name"}'),
    (12, 'with a time of the administrator''s', '{DELETE FROM kroles.users WHERE id = 901, "INSERT INTO kroles.users (login, tokens_valid_after) VALUES (''paul'', ''-infinity'')"}'),
    (13, 'in another spelling, and renamed', '{DELETE FROM kroles.users WHERE id = 901, "INSERT INTO kroles.users (id, login) VALUES (902, ''Paul'')", UPDATE kroles.users SET login = ''paul'' WHERE id = 902}'),
    (14, 'by way of a third', '{UPDATE kroles.users SET login = ''paul.old'' WHERE id = 901, "INSERT INTO kroles.users (id, login) VALUES (902, ''paul'')", DELETE FROM kroles.users WHERE id = 902, "INSERT INTO kroles.users (id, login) VALUES (903, ''paul'')"}'),
    (15, 'and the time set back', '{DELETE FROM kroles.users WHERE id = 901, "INSERT INTO kroles.users (id, login) VALUES (902, ''paul'')", UPDATE kroles.users SET tokens_valid_after = NULL WHERE id = 902}'),
    (16, 'and the time set back by little', '{DELETE FROM kroles.users WHERE id = 901, "INSERT INTO kroles.users (id, login) VALUES (902, ''paul'')", UPDATE kroles.users SET tokens_valid_after = tokens_valid_after - interval ''1 hour'' WHERE id = 902}'),
    (17, 'and the time set to never and back', '{DELETE FROM kroles.users WHERE id = 901, "INSERT INTO kroles.users (id, login) VALUES (902, ''paul'')", UPDATE kroles.users SET tokens_valid_after = ''infinity'' WHERE id = 902, UPDATE kroles.users SET tokens_valid_after = NULL WHERE id = 902}'),
    (18, 'renamed away, another''s meanwhile, and renamed back', '{UPDATE kroles.users SET login = ''paul.old'' WHERE id = 901, "INSERT INTO kroles.users (id, login) VALUES (902, ''paul'')", UPDATE kroles.users SET login = ''paula'' WHERE id = 902, UPDATE kroles.users SET login = ''paul'' WHERE id = 901}'),
    (19, 'renamed, deleted, and the id and then the login given again', '{UPDATE kroles.users SET login = ''paul.old'' WHERE id = 901, DELETE FROM kroles.users WHERE id = 901, "INSERT INTO kroles.users (id, login) VALUES (901, ''paula'')", UPDATE kroles.users SET login = ''paul'' WHERE id = 901}');

CREATE FUNCTION pg_temp.tries(n int, way text, statements text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    token text;
    older text := attack.token('paul', '{"iat":1700000000}');
    no_iat text := pg_temp.without_iat('paul');
BEGIN
    PERFORM attack.says('admin', 'DELETE FROM kroles.retired_external_ids WHERE relation LIKE ''%users''',
        'DELETE FROM kroles.users WHERE id IN (901, 902, 903) OR lower(login) IN (''paul'', ''paul.old'')',
        'DELETE FROM kroles.retired_external_ids WHERE relation LIKE ''%users''', 'INSERT INTO kroles.users (id, login) VALUES (901, ''paul'')');
    token := attack.token('paul');
    IF n = 1 THEN
        RETURN NEXT attack.control('paul', attack.who('warm', format('SET kroles.token = %L', token)), 'paul''s token is paul''s, and a session remembers it');
    END IF;
    PERFORM attack.who('warm', format('SET kroles.token = %L', token));
    PERFORM attack.says('admin', VARIADIC statements);
    RETURN NEXT attack.attempt('28000', attack.who('warm'), format('%s: the token that a session remembers', way));
    RETURN NEXT attack.attempt('28000', pg_temp.who(token), format('%s: the token', way));
    RETURN NEXT attack.attempt('28000', pg_temp.who(older), format('%s: an older token', way));
    RETURN NEXT attack.attempt('28000', pg_temp.who(no_iat), format('%s: a token without iat', way));
    RETURN NEXT attack.attempt('28000', pg_temp.who_by_claims(format('{"sub":"paul","iat":%s}', attack.epoch() - 1)), format('%s: its claims', way));
    RETURN NEXT attack.attempt('28000', pg_temp.who_by_claims('{"sub":"paul","exp":4102444800}'), format('%s: claims without iat', way));
    RETURN NEXT attack.attempt('28000', pg_temp.who_by_claims('{"sub":"paul","nbf":1000}'), format('%s: claims with nbf alone', way));
    RETURN NEXT attack.attempt('28000', pg_temp.who_by_claims('{"sub":"paul","jti":"a","iss":"b"}'), format('%s: claims with jti and iss', way));
    RETURN NEXT attack.control('paul', pg_temp.who(pg_temp.later('paul')), format('%s: a new token', way));
    RETURN NEXT attack.control('paul', pg_temp.who_by_claims(format('{"sub":"paul","iat":%s}', attack.epoch() + 1)), format('%s: new claims', way));
    RETURN NEXT attack.attempt('28000', pg_temp.who_by_claims('{"sub":"paul","role":"web"}'), format('%s: claims with nothing but a role, as of a token that never expires', way));
    RETURN NEXT attack.control('paul', pg_temp.who_by_claims('{"sub":"paul"}'), format('%s: claims that are no token''s, as these have a role', way));
    RETURN NEXT attack.control('paul', attack.who_within('gate', 'SET LOCAL kroles."user" = ''paul'''), format('%s: what a gateway states itself', way));
END $$;
SELECT t FROM public.ways, pg_temp.tries(n, way, statements) AS t ORDER BY n;
SELECT attack.control('2', attack.says('admin', 'TRUNCATE kroles.users CASCADE', 'INSERT INTO kroles.users (id, login, administrator) VALUES (1, ''paul'', true), (2, ''eve'', false)',
    'SELECT count(tokens_valid_after) FROM kroles.users'), 'all users are gone, and two of the logins given again');
INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('main', 'HS256', 'a secret of the tests, 32 bytes.') ON CONFLICT DO NOTHING;
SELECT attack.attempt('28000', pg_temp.who(attack.token('eve', '{"iat":1700000000}')), 'a token from before TRUNCATE');

-- Claims with a time that is none are undated.
SELECT attack.says('admin', 'DELETE FROM kroles.users WHERE login = ''eve''', 'INSERT INTO kroles.users (login) VALUES (''eve'')') \g /dev/null
SELECT attack.attempt('28000', pg_temp.who_by_claims(format('{"sub":"eve","iat":%s}', iat)), 'claims issued at ' || iat)
FROM unnest('{null,"\"\"",-1,0,true,[],-1e400,"\"4102444800\""}'::text[]) AS iat;
SELECT attack.control('eve', attack.who_within('gate', 'SET LOCAL kroles."user" = ''eve'''), 'a gateway that names the user itself');
-- Where an administrator ended a user's sessions, the same holds.
SELECT attack.says('admin', 'INSERT INTO kroles.users (login) VALUES (''ended'')', 'UPDATE kroles.users SET tokens_valid_after = ''2020-01-01'' WHERE login = ''ended''') \g /dev/null
SELECT attack.attempt('28000', pg_temp.who_by_claims(claims), 'sessions were ended: claims ' || claims) FROM unnest('{"{\"sub\":\"ended\",\"role\":\"web\"}","{\"sub\":\"ended\",\"iat\":1500000000}"}'::text[]) AS claims;
SELECT attack.control('ended', pg_temp.who_by_claims('{"sub":"ended","iat":1600000000}'), 'sessions were ended: claims issued since');

-- A user who gets an own login back is the same person.
INSERT INTO kroles.users (id, login) VALUES (920, 'sam');
SELECT attack.token('sam', '{"iat":1700000000}') AS sam \gset
UPDATE kroles.users SET login = 'samuel' WHERE id = 920;
SELECT attack.attempt('28000', pg_temp.who(:'sam'), 'a token with a login that nobody has');
UPDATE kroles.users SET login = 'sam' WHERE id = 920;
SELECT attack.control('sam', pg_temp.who(:'sam'), 'renamed and renamed back, nobody else in between');

-- ---- At the same time ----
-- Whoever gives the login waits for the transaction that frees it, and the time is that of its end.
CREATE FUNCTION pg_temp.meanwhile(level text, frees text, gives text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    token text;
    given text;
BEGIN
    PERFORM attack.says('admin', 'DELETE FROM kroles.users WHERE lower(login) LIKE ''paul%''', 'DELETE FROM kroles.retired_external_ids WHERE relation LIKE ''%users''',
        'INSERT INTO kroles.users (id, login) VALUES (901, ''paul''), (902, ''paula'')');
    PERFORM attack.says('other', 'BEGIN ISOLATION LEVEL ' || level, 'SELECT count(*) FROM kroles.users');
    PERFORM attack.says('admin', 'BEGIN', frees);
    PERFORM dblink_send_query('other', gives);
    PERFORM pg_sleep(1.2);
    token := attack.token('paul', format('{"iat":%s}', attack.epoch() - 1)::jsonb);
    PERFORM attack.says('admin', 'COMMIT');
    BEGIN
        LOOP
            EXIT WHEN NOT EXISTS (SELECT FROM dblink_get_result('other') AS t (a text));
        END LOOP;
        given := 'given';
    EXCEPTION WHEN OTHERS THEN
        given := SQLSTATE;
        PERFORM FROM dblink_get_result('other') AS t (a text);
    END;
    PERFORM attack.says('other', 'COMMIT');
    RETURN given || ', token ' || pg_temp.who(token);
END $$;
SELECT attack.attempt(CASE level WHEN 'READ COMMITTED' THEN 'given, token 28000' ELSE '40001, token 28000' END, pg_temp.meanwhile(level, frees, gives), format('at %s: %s; %s', level, frees, gives))
FROM unnest('{READ COMMITTED,REPEATABLE READ}'::text[]) AS level,
     unnest('{DELETE FROM kroles.users WHERE id = 901,UPDATE kroles.users SET login = ''paul.old'' WHERE id = 901}'::text[]) AS frees,
     unnest('{"INSERT INTO kroles.users (id, login) VALUES (905, ''paul'')",UPDATE kroles.users SET login = ''paul'' WHERE id = 902}'::text[]) AS gives;

-- ---- Nobody else can set it back, or learn from it ----
INSERT INTO kroles.users (id, login) VALUES (910, 'quentin'), (911, 'rosa') ON CONFLICT DO NOTHING;
DELETE FROM kroles.users WHERE id = 910;
INSERT INTO kroles.users (id, login) VALUES (912, 'quentin');
SELECT attack.attempt('42501', attack.says('gate', 'SET kroles."user" = ''quentin''', 'UPDATE kroles.users SET tokens_valid_after = NULL WHERE login = ''quentin'''), 'one''s own time');
SELECT attack.attempt('no row', attack.says('gate', 'SELECT external_id FROM kroles.retired_external_ids WHERE relation LIKE ''%users'''), 'the former logins');
SELECT attack.attempt('42501', attack.says('gate', format('INSERT INTO kroles.users (login) VALUES (%L)', login)), 'a user with the login ' || login) FROM unnest('{quentin,rosa,nobody.ever}'::text[]) AS login;
SELECT attack.attempt('42501', attack.says('gate', 'DELETE FROM kroles.retired_external_ids'), 'the former logins are deleted');

SELECT * FROM finish();
