-- A login that is freed and given to another user within one transaction: whoever had it is issued tokens until the commit, and none
-- of these is the next one's.
\set name attack_identity_given_within
\ir lib/portal.psql
SELECT * FROM no_plan();

SELECT count(attack.login(session, role)) FROM (VALUES ('app', 'attack_app'), ('gate', 'attack_gateway'), ('admin', current_user)) AS s (session, role);
CREATE FUNCTION pg_temp.who(token text) RETURNS text LANGUAGE sql AS $$ SELECT attack.says('app', 'BEGIN', format('SET LOCAL kroles.token = %L', token),
    'SELECT kroles_current_user()') || left(attack.says('app', 'ROLLBACK'), 0) $$;
CREATE FUNCTION pg_temp.who_by_claims(claims text) RETURNS text LANGUAGE sql AS $$ SELECT attack.says('gate', 'BEGIN', format('SET LOCAL request.jwt.claims = %L', claims),
    'SELECT kroles_current_user()') || left(attack.says('gate', 'ROLLBACK'), 0) $$;
-- another second has begun than the one that anything was before in
CREATE FUNCTION pg_temp.next_second() RETURNS void LANGUAGE sql AS $$ SELECT pg_sleep(1.02 - extract(epoch FROM clock_timestamp())::numeric % 1) $$;
CREATE FUNCTION pg_temp.begin_anew() RETURNS void LANGUAGE sql AS $$
    SELECT attack.says('admin', 'DELETE FROM kroles.users WHERE id IN (901, 902, 903, 904) OR login LIKE ''paul%''',
        'DELETE FROM kroles.retired_external_ids WHERE relation LIKE ''%users''', 'INSERT INTO kroles.users (id, login) VALUES (901, ''paul''), (902, ''paula'')') $$;

-- ---- Ways to give it ----
-- User 901 is "paul" before; what comes behind "-" happens after a token was issued to 901.
CREATE TABLE public.ways (n int, way text, statements text[]);
INSERT INTO public.ways VALUES
    (1, 'deleted, and inserted', '{BEGIN, DELETE FROM kroles.users WHERE id = 901, "INSERT INTO kroles.users (id, login) VALUES (903, ''paul'')", -, COMMIT}'),
    (2, 'renamed, and inserted', '{BEGIN, UPDATE kroles.users SET login = ''paul.old'' WHERE id = 901, "INSERT INTO kroles.users (id, login) VALUES (903, ''paul'')", -, COMMIT}'),
    (3, 'renamed, and another renamed', '{BEGIN, UPDATE kroles.users SET login = ''paul.old'' WHERE id = 901, UPDATE kroles.users SET login = ''paul'' WHERE id = 902, -, COMMIT}'),
    (4, 'freed before, and given after', '{BEGIN, DELETE FROM kroles.users WHERE id = 901, -, "INSERT INTO kroles.users (id, login) VALUES (903, ''paul'')", COMMIT}'),
    (5, 'SET CONSTRAINTS ALL IMMEDIATE after it', '{BEGIN, DELETE FROM kroles.users WHERE id = 901, "INSERT INTO kroles.users (id, login) VALUES (903, ''paul'')", SET CONSTRAINTS ALL IMMEDIATE, -, COMMIT}'),
    (6, 'within a savepoint', '{BEGIN, SAVEPOINT s, DELETE FROM kroles.users WHERE id = 901, "INSERT INTO kroles.users (id, login) VALUES (903, ''paul'')", RELEASE s, -, SAVEPOINT t, ROLLBACK TO t, COMMIT}'),
    (7, 'rolled back to a savepoint, and given again', '{BEGIN, DELETE FROM kroles.users WHERE id = 901, SAVEPOINT s, "INSERT INTO kroles.users (id, login) VALUES (903, ''paul'')", ROLLBACK TO s, UPDATE kroles.users SET login = ''paul'' WHERE id = 902, -, COMMIT}'),
    (8, 'and the time taken away', '{BEGIN, DELETE FROM kroles.users WHERE id = 901, "INSERT INTO kroles.users (id, login, tokens_valid_after) VALUES (903, ''paul'', ''-infinity'')", -, UPDATE kroles.users SET tokens_valid_after = NULL WHERE id = 903, COMMIT}'),
    (9, 'and the time set back', '{BEGIN, DELETE FROM kroles.users WHERE id = 901, "INSERT INTO kroles.users (id, login) VALUES (903, ''paul'')", -, UPDATE kroles.users SET tokens_valid_after = tokens_valid_after - interval ''1 hour'' WHERE id = 903, COMMIT}'),
    (10, 'and the time set to that of the transaction', '{BEGIN, DELETE FROM kroles.users WHERE id = 901, "INSERT INTO kroles.users (id, login) VALUES (903, ''paul'')", -, UPDATE kroles.users SET tokens_valid_after = now() WHERE id = 903, COMMIT}'),
    (11, 'by a list', '{BEGIN, DELETE FROM kroles.users WHERE id = 901, "SELECT kroles_import_users(E''login\\npaul\\n'')", -, COMMIT}'),
    (12, 'by way of a third', '{BEGIN, UPDATE kroles.users SET login = ''paul.old'' WHERE id = 901, UPDATE kroles.users SET login = ''paul'' WHERE id = 902, DELETE FROM kroles.users WHERE id = 902, "INSERT INTO kroles.users (id, login) VALUES (903, ''paul'')", -, COMMIT}'),
    (13, 'by way of another login', '{BEGIN, DELETE FROM kroles.users WHERE id = 901, "INSERT INTO kroles.users (id, login) VALUES (903, ''paul'')", UPDATE kroles.users SET login = ''paul.new'' WHERE id = 903, -, UPDATE kroles.users SET login = ''paul'' WHERE id = 903, COMMIT}'),
    (14, 'at REPEATABLE READ', '{BEGIN ISOLATION LEVEL REPEATABLE READ, DELETE FROM kroles.users WHERE id = 901, "INSERT INTO kroles.users (id, login) VALUES (903, ''paul'')", -, COMMIT AND CHAIN, COMMIT}'),
    (15, 'at SERIALIZABLE', '{BEGIN ISOLATION LEVEL SERIALIZABLE, DELETE FROM kroles.users WHERE id = 901, "INSERT INTO kroles.users (id, login) VALUES (903, ''paul'')", -, COMMIT}'),
    (16, 'while logins become case-insensitive', '{"INSERT INTO kroles.users (id, login) VALUES (903, ''PAUL'')", BEGIN, DELETE FROM kroles.users WHERE id = 901, UPDATE kroles.settings SET case_insensitive_logins = true, -, UPDATE kroles.settings SET case_insensitive_logins = false, COMMIT}');

CREATE FUNCTION pg_temp.tries(way text, statements text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    token text;
    claims text;
    at int := array_position(statements, '-');
BEGIN
    PERFORM pg_temp.begin_anew(), attack.says('admin', VARIADIC statements[: at - 1]), pg_temp.next_second();
    token := attack.token('paul');
    claims := format('{"sub":"paul","iat":%s}', attack.epoch());
    RETURN NEXT attack.control('901', pg_temp.who(token), format('%s: before the commit, the token is that of the one who has the login', way));
    PERFORM attack.says('admin', VARIADIC statements[at + 1 :]);
    RETURN NEXT attack.attempt('28000', pg_temp.who(token), format('%s: the token after it', way));
    RETURN NEXT attack.attempt('28000', pg_temp.who_by_claims(claims), format('%s: its claims', way));
    RETURN NEXT attack.control((SELECT id::text FROM kroles.users WHERE login = 'paul' AND id <> 901), pg_temp.who(attack.token('paul', format('{"iat":%s}', attack.epoch() + 1)::jsonb)),
        format('%s: a new token', way));
END $$;
SELECT t FROM public.ways, pg_temp.tries(way, statements) AS t ORDER BY n;

-- ---- PREPARE TRANSACTION: its end is not known ----
SELECT pg_temp.begin_anew();
SELECT attack.attempt('0A000', attack.says('admin', 'BEGIN', 'DELETE FROM kroles.users WHERE id = 901', 'INSERT INTO kroles.users (id, login) VALUES (903, ''paul'')', 'PREPARE TRANSACTION ''given'''),
    'a transaction that gives a login is prepared');
SELECT attack.control('901', (SELECT id::text FROM kroles.users WHERE login = 'paul'), 'which rolls it back');
SELECT attack.control('PREPARE TRANSACTION', attack.says('admin', 'BEGIN', 'DELETE FROM kroles.users WHERE id = 901', 'INSERT INTO kroles.users (id, login) VALUES (903, ''paul'')',
    'UPDATE kroles.users SET tokens_valid_after = ''infinity'' WHERE id = 903', 'PREPARE TRANSACTION ''given'''), 'with no valid tokens at all it can be');
SELECT pg_temp.next_second();
SELECT attack.token('paul') AS token \gset
SELECT attack.says('admin', 'COMMIT PREPARED ''given''');
SELECT attack.attempt('28000', pg_temp.who(:'token'), 'a token that was issued before COMMIT PREPARED');
SELECT attack.says('admin', 'UPDATE kroles.users SET tokens_valid_after = NULL WHERE id = 903');
SELECT attack.attempt('28000', pg_temp.who(:'token'), 'and once tokens are valid again');
SELECT attack.control('PREPARE TRANSACTION', attack.says('admin', 'BEGIN', 'SAVEPOINT s', 'UPDATE kroles.users SET login = ''paul.new'' WHERE id = 903', 'UPDATE kroles.users SET login = ''paul'' WHERE id = 902',
    'ROLLBACK TO s', 'PREPARE TRANSACTION ''given'''), 'one that took it back to a savepoint can be prepared');
SELECT attack.says('admin', 'ROLLBACK PREPARED ''given''');

-- ---- Whoever keeps a login keeps the tokens ----
CREATE FUNCTION pg_temp.keeps(what text, before text[], after text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    token text;
    time timestamptz;
BEGIN
    PERFORM pg_temp.begin_anew(), attack.says('admin', 'DELETE FROM kroles.users WHERE id = 901', 'INSERT INTO kroles.users (id, login) VALUES (901, ''paul''), (904, ''pauline'')'), pg_temp.next_second();
    time := (SELECT u.tokens_valid_after FROM kroles.users u WHERE u.id = 901);
    PERFORM attack.says('admin', VARIADIC before), pg_temp.next_second();
    token := attack.token('paul');
    PERFORM attack.says('admin', VARIADIC after);
    RETURN NEXT attack.control('901', pg_temp.who(token), what);
    RETURN NEXT is((SELECT u.tokens_valid_after FROM kroles.users u WHERE u.id = 901), time, 'control: and the time stays: ' || what);
END $$;
SELECT pg_temp.keeps('the login was given in a transaction before, and this one changes something else', '{BEGIN, UPDATE kroles.users SET name = ''Paul'' WHERE id = 901}', '{COMMIT}');
SELECT pg_temp.keeps('it is rolled back', '{BEGIN, UPDATE kroles.users SET login = ''paul.old'' WHERE id = 901, UPDATE kroles.users SET login = ''paul'' WHERE id = 902}', '{ROLLBACK}');
SELECT pg_temp.keeps('it is rolled back to a savepoint', '{BEGIN, SAVEPOINT s, UPDATE kroles.users SET login = ''paul.old'' WHERE id = 901, UPDATE kroles.users SET login = ''paul'' WHERE id = 902, ROLLBACK TO s}', '{COMMIT}');
SELECT pg_temp.keeps('the same user gets it anew within a savepoint that is rolled back', '{BEGIN, SAVEPOINT s, UPDATE kroles.users SET login = ''paul.old'' WHERE id = 901, UPDATE kroles.users SET login = ''paul'' WHERE id = 901, ROLLBACK TO s}', '{COMMIT}');
SELECT pg_temp.keeps('others get logins that nobody had', '{BEGIN, "INSERT INTO kroles.users (id, login) VALUES (903, ''pauls'')", UPDATE kroles.users SET login = ''paulette'' WHERE id = 904}', '{COMMIT}');
SELECT is(count(*), 2::bigint, 'control: whose tokens are valid from no time on') FROM kroles.users WHERE id IN (903, 904) AND tokens_valid_after IS NULL;

-- ---- The time ----
SELECT pg_temp.begin_anew();
SELECT attack.says('admin', 'BEGIN', 'DELETE FROM kroles.users WHERE id = 901', 'INSERT INTO kroles.users (id, login) VALUES (903, ''paul'')', 'UPDATE kroles.users SET tokens_valid_after = ''2100-01-01 12:00 UTC'' WHERE id = 903');
SELECT pg_temp.next_second();
SELECT attack.says('admin', 'COMMIT');
SELECT is(tokens_valid_after, '2100-01-01 12:00 UTC', 'control: a later time that is set within the transaction stays') FROM kroles.users WHERE id = 903;
SELECT pg_temp.begin_anew(), attack.says('admin', 'DELETE FROM kroles.users WHERE id = 901', 'INSERT INTO kroles.users (id, login) VALUES (903, ''paul'')');
SELECT is(tokens_valid_after, date_trunc('second', tokens_valid_after), 'control: it is a whole second, as tokens are issued at') FROM kroles.users WHERE id = 903;
SELECT ok(tokens_valid_after >= max(l.at), 'control: not before the change itself') FROM kroles.users u, kroles.audit_log l
WHERE u.id = 903 AND l.relation = 'kroles.users' AND l.operation = 'INSERT' AND l.object_id = 903 GROUP BY tokens_valid_after;
SELECT attack.attempt('28000', pg_temp.who(attack.token('paul', jsonb_build_object('iat', extract(epoch FROM tokens_valid_after)::bigint - 1))), 'a token of the second in which it was given') FROM kroles.users WHERE id = 903;
SELECT attack.attempt('28000', pg_temp.who(attack.token('paul', jsonb_build_object('iat', extract(epoch FROM tokens_valid_after) - 0.000001))), 'a token of a microsecond before') FROM kroles.users WHERE id = 903;
SELECT attack.control('903', pg_temp.who(attack.token('paul', jsonb_build_object('iat', extract(epoch FROM tokens_valid_after)::bigint))), 'a token of the second after it') FROM kroles.users WHERE id = 903;
-- Wherever the commit is, and whatever else waits for it
CREATE TABLE public.deferred (note text);
CREATE FUNCTION public.notes_deferred() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.deferred VALUES (NEW.tokens_valid_after::text); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER of_the_site AFTER UPDATE ON kroles.users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.id = 903) EXECUTE FUNCTION public.notes_deferred();
SELECT pg_temp.begin_anew();
SELECT attack.says('admin', 'DO $$ BEGIN DELETE FROM kroles.users WHERE id = 901; INSERT INTO kroles.users (id, login) VALUES (903, ''paul''); PERFORM pg_sleep(1.1); COMMIT; END $$');
SELECT ok(u.tokens_valid_after >= max(l.at) + '1 second', 'control: a commit within a procedure is one') FROM kroles.users u, kroles.audit_log l
WHERE u.id = 903 AND l.relation = 'kroles.users' AND l.operation = 'INSERT' AND l.object_id = 903 GROUP BY u.tokens_valid_after;
SELECT is(array_agg(d.note), array_agg(u.tokens_valid_after::text), 'control: a deferred trigger of the site fires once, for the change at the commit') FROM public.deferred d, kroles.users u WHERE u.id = 903;
DROP TRIGGER of_the_site ON kroles.users;
-- The log says what is in the row, and who changed it.
SELECT pg_temp.begin_anew();
SELECT attack.says('admin', 'BEGIN', 'DELETE FROM kroles.users WHERE id = 901', 'INSERT INTO kroles.users (id, login) VALUES (903, ''paul'')');
SELECT pg_temp.next_second();
SELECT attack.says('admin', 'COMMIT');
SELECT is((array_agg(l.after->>'tokens_valid_after' ORDER BY l.id DESC))[1]::timestamptz, u.tokens_valid_after, 'control: the log has the time that is in the row')
FROM kroles.users u, kroles.audit_log l WHERE u.id = 903 AND l.relation = 'kroles.users' AND l.object_id = 903 GROUP BY u.tokens_valid_after;

SELECT * FROM finish();
