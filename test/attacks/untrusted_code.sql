-- Code of other roles that a change of kroles's tables runs: a role that may refer to kroles.media has triggers, rules,
-- defaults and expressions run in the session of the person who deletes. This code runs without a user; the deletion succeeds;
-- the person's session is unchanged.
\set name kroles_untrusted_code
\ir lib/campus.psql
SELECT * FROM no_plan();
CREATE EXTENSION dblink;

SELECT format('CREATE ROLE %I LOGIN', role) FROM unnest('{campus_foreigner, campus_foreign_helper}'::name[]) AS role WHERE role NOT IN (SELECT rolname FROM pg_roles) \gexec
SELECT FROM unnest('{campus_foreigner, campus_foreign_helper}'::name[]) AS role, kroles_grant_access(role);
GRANT REFERENCES ON kroles.media, kroles.users, kroles.spaces, kroles.events TO campus_foreigner;
CREATE SCHEMA maker AUTHORIZATION campus_foreigner;
GRANT USAGE, CREATE ON SCHEMA maker TO PUBLIC;
SET ROLE campus_foreigner;
CREATE TABLE maker.log (n serial, how text, got text, role name DEFAULT current_user);
GRANT ALL ON maker.log, maker.log_n_seq TO PUBLIC;

-- What the attacker's code tries, wherever it runs. What it gets it writes down; and that it was there.
CREATE FUNCTION maker.gets(how text, what text, statement text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    n bigint;
BEGIN
    IF statement ~ '^SELECT' THEN
        EXECUTE statement INTO answer;
        IF coalesce(answer, '') NOT IN ('', '0', 'false', '(set)') THEN
            INSERT INTO maker.log (how, got) VALUES (how, what || ': ' || answer);
        END IF;
    ELSE
        EXECUTE statement;
        GET DIAGNOSTICS n = ROW_COUNT;
        IF n > 0 THEN
            INSERT INTO maker.log (how, got) VALUES (how, what || ': ' || n || ' rows');
        END IF;
    END IF;
EXCEPTION WHEN OTHERS THEN
END $$;
CREATE FUNCTION maker.tries_all(how text, stage text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM maker.gets(how, stage || 'who asks', 'SELECT kroles_current_user()'),
        maker.gets(how, stage || 'reads media', 'SELECT count(*) FROM kroles.media'), maker.gets(how, stage || 'reads people', 'SELECT count(*) FROM kroles.users'),
        maker.gets(how, stage || 'reads the log', 'SELECT count(*) FROM kroles.audit_log'),
        maker.gets(how, stage || 'makes an administrator', 'UPDATE kroles.users SET administrator = true WHERE id = 18'),
        maker.gets(how, stage || 'makes an editor', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (1, 18, ''editor'')'),
        maker.gets(how, stage || 'makes a manager', 'INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 18, ''manager'')'),
        maker.gets(how, stage || 'uploads', 'INSERT INTO kroles.media (name, owner_id) VALUES (''x'', 2)'), maker.gets(how, stage || 'deletes', 'DELETE FROM kroles.media WHERE id = 1'),
        maker.gets(how, stage || 'publishes', 'SELECT kroles_publish(7, 3)'), maker.gets(how, stage || 'may view', 'SELECT kroles_can(''view'', ''media'', 1)'),
        maker.gets(how, stage || 'trusts itself', 'SELECT 1 FROM kroles_trust_gateway(''campus_foreigner'')'), maker.gets(how, stage || 'reads keys', 'SELECT count(key) FROM kroles.signing_keys'),
        maker.gets(how, stage || 'reads the secret', 'SELECT count(key) FROM kroles.secret'), maker.gets(how, stage || 'reads the token', 'SELECT current_setting(''kroles.token'', true)');
END $$;
CREATE FUNCTION maker.tries(how text) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO maker.log (how, got) VALUES (how, 'was there');
    PERFORM maker.tries_all(how, '');
    PERFORM set_config('kroles.user', 'administrator', false), set_config('search_path', 'maker', false), set_config('request.jwt.claims', '{"sub": "administrator"}', false), set_config('row_security', 'off', false);
    PERFORM maker.tries_all(how, 'then ');
    PERFORM set_config('row_security', 'on', false);
    PERFORM maker.gets(how, 'session', 'SET SESSION AUTHORIZATION campus_gateway'), maker.gets(how, 'role', 'SET ROLE campus_gateway'), maker.gets(how, 'reset role', 'RESET ROLE');
    PERFORM maker.tries_all(how, 'as another ');
    RESET kroles.token;
    PERFORM maker.tries_all(how, 'after RESET ');
    PERFORM set_config('kroles.token', 'x', false), set_config('kroles.user', 'administrator', true);
    RESET ALL;
    RETURN 1;
END $$;
CREATE FUNCTION maker.t() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM maker.tries(TG_ARGV[0]); RETURN coalesce(NEW, OLD); END $$;
CREATE FUNCTION maker.t_definer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN PERFORM maker.tries(TG_ARGV[0]); RETURN coalesce(NEW, OLD); END $$;
CREATE FUNCTION maker.once(how text, id bigint) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN PERFORM maker.tries(how); RETURN id; END $$;
CREATE FUNCTION maker.lies(how text, id bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM maker.tries(how); RETURN id; END $$;
CREATE TABLE maker.sink (n bigint);
SET ROLE campus_foreign_helper;
CREATE FUNCTION maker.t_of_helper() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM maker.tries(TG_ARGV[0]); RETURN coalesce(NEW, OLD); END $$;
RESET ROLE;
CREATE FUNCTION maker.t_of_superuser() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM maker.tries(TG_ARGV[0]); RETURN coalesce(NEW, OLD); END $$;

-- Each way is a table that refers to a film of its own, of id 1001 and so on, and what is hung on it. "what" is what the person does with the film.
CREATE TABLE campus.ways (id int, how text, ddl text, what text DEFAULT 'DELETE FROM kroles.media WHERE id = %s');
INSERT INTO campus.ways (id, how, ddl)
SELECT 1000 + row_number() OVER (), format('%s %s trigger, %s, of %s', timing, level, action, function),
    format('CREATE TABLE %%1$s (n int, media_id bigint REFERENCES kroles.media %s); CREATE TRIGGER t %s %s ON %%1$s FOR EACH %s EXECUTE FUNCTION %s(%%2$L)',
        action, timing, CASE WHEN action ~ 'CASCADE' THEN 'DELETE' ELSE 'UPDATE' END, level, function)
FROM unnest('{BEFORE, AFTER}'::text[]) AS timing, unnest('{ROW, STATEMENT}'::text[]) AS level, unnest('{ON DELETE CASCADE, ON DELETE SET NULL, ON DELETE SET DEFAULT}'::text[]) AS action,
    unnest('{maker.t, maker.t_definer, maker.t_of_helper, maker.t_of_superuser}'::text[]) AS function
WHERE function = 'maker.t' OR action = 'ON DELETE CASCADE';
INSERT INTO campus.ways (id, how, ddl) SELECT 1100 + n, how, ddl FROM (VALUES
    (1, 'a deferred constraint trigger', 'CREATE TABLE %1$s (n int, media_id bigint REFERENCES kroles.media ON DELETE CASCADE); CREATE CONSTRAINT TRIGGER t AFTER DELETE ON %1$s DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION maker.t(%2$L)'),
    (2, 'the same of a definer function', 'CREATE TABLE %1$s (n int, media_id bigint REFERENCES kroles.media ON DELETE CASCADE); CREATE CONSTRAINT TRIGGER t AFTER DELETE ON %1$s DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION maker.t_definer(%2$L)'),
    (3, 'the same of a superuser''s function', 'CREATE TABLE %1$s (n int, media_id bigint REFERENCES kroles.media ON DELETE CASCADE); CREATE CONSTRAINT TRIGGER t AFTER DELETE ON %1$s DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION maker.t_of_superuser(%2$L)'),
    (4, 'a rule', 'CREATE TABLE %1$s (n int, media_id bigint REFERENCES kroles.media ON DELETE CASCADE); CREATE RULE r AS ON DELETE TO %1$s DO ALSO INSERT INTO maker.sink VALUES (maker.tries(%2$L))'),
    (5, 'a default', 'CREATE TABLE %1$s (n int, media_id bigint DEFAULT maker.once(%2$L, NULL) REFERENCES kroles.media ON DELETE SET DEFAULT)'),
    (6, 'a default that is worked out beforehand', 'CREATE TABLE %1$s (n int, media_id bigint DEFAULT maker.lies(%2$L, NULL) REFERENCES kroles.media ON DELETE SET DEFAULT)'),
    (7, 'a generated column', 'CREATE TABLE %1$s (n int, media_id bigint REFERENCES kroles.media ON DELETE SET NULL, g bigint GENERATED ALWAYS AS (maker.lies(%2$L, media_id)) STORED)'),
    (8, 'a check constraint', 'CREATE TABLE %1$s (n int, media_id bigint REFERENCES kroles.media ON DELETE SET NULL CHECK (maker.lies(%2$L, media_id) IS DISTINCT FROM 0))'),
    (9, 'an index expression', 'CREATE TABLE %1$s (n int, media_id bigint REFERENCES kroles.media ON DELETE SET NULL); CREATE INDEX ON %1$s (maker.lies(%2$L, media_id))'),
    (10, 'an index predicate', 'CREATE TABLE %1$s (n int, media_id bigint REFERENCES kroles.media ON DELETE SET NULL); CREATE INDEX ON %1$s (media_id) WHERE maker.lies(%2$L, media_id) > 0'),
    (11, 'a partitioned table''s triggers', 'CREATE TABLE %1$s (n int, media_id bigint REFERENCES kroles.media ON DELETE CASCADE) PARTITION BY LIST (n); CREATE TABLE %1$s_1 PARTITION OF %1$s DEFAULT; CREATE TRIGGER t AFTER DELETE ON %1$s FOR EACH ROW EXECUTE FUNCTION maker.t(%2$L); CREATE TRIGGER u BEFORE DELETE ON %1$s_1 FOR EACH ROW EXECUTE FUNCTION maker.t(%2$L)'),
    (12, 'a row that moves to another partition', 'CREATE TABLE %1$s (n int, media_id bigint REFERENCES kroles.media ON DELETE SET NULL) PARTITION BY LIST (media_id); CREATE TABLE %1$s_1 PARTITION OF %1$s FOR VALUES IN (NULL); CREATE TABLE %1$s_2 PARTITION OF %1$s DEFAULT; CREATE TRIGGER t AFTER INSERT OR UPDATE OR DELETE ON %1$s FOR EACH ROW EXECUTE FUNCTION maker.t(%2$L)'),
    (13, 'a chain of two tables', 'CREATE TABLE %1$s (n int PRIMARY KEY, media_id bigint REFERENCES kroles.media ON DELETE CASCADE); CREATE TABLE %1$s_2 (n int REFERENCES %1$s ON DELETE CASCADE); INSERT INTO %1$s_2 SELECT 1 WHERE false; CREATE TRIGGER t AFTER DELETE ON %1$s_2 FOR EACH STATEMENT EXECUTE FUNCTION maker.t(%2$L)'),
    (14, 'a table that is written to by a trigger', 'CREATE TABLE %1$s (n int, media_id bigint REFERENCES kroles.media ON DELETE CASCADE); CREATE TABLE %1$s_2 (n int); CREATE TRIGGER t AFTER INSERT ON %1$s_2 FOR EACH ROW EXECUTE FUNCTION maker.t(%2$L); CREATE FUNCTION %1$s_f() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN INSERT INTO %1$s_2 VALUES (1); RETURN NULL; END''; CREATE TRIGGER t AFTER DELETE ON %1$s FOR EACH ROW EXECUTE FUNCTION %1$s_f()'),
    (15, 'a deferred trigger on what a rule writes to', 'CREATE TABLE %1$s (n int, media_id bigint REFERENCES kroles.media ON DELETE CASCADE); CREATE TABLE %1$s_2 (n int); CREATE CONSTRAINT TRIGGER t AFTER INSERT ON %1$s_2 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION maker.t(%2$L); CREATE RULE r AS ON DELETE TO %1$s DO ALSO INSERT INTO %1$s_2 VALUES (1)'),
    (16, 'a trigger''s condition', 'CREATE TABLE %1$s (n int, media_id bigint REFERENCES kroles.media ON DELETE CASCADE); CREATE TRIGGER t AFTER DELETE ON %1$s FOR EACH ROW WHEN (maker.once(%2$L, OLD.media_id) > 0) EXECUTE FUNCTION maker.t(%2$L)'),
    (17, 'a trigger with transition tables', 'CREATE TABLE %1$s (n int, media_id bigint REFERENCES kroles.media ON DELETE CASCADE); CREATE TRIGGER t AFTER DELETE ON %1$s REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION maker.t(%2$L)'),
    (18, 'policies of the table', 'CREATE TABLE %1$s (n int, media_id bigint REFERENCES kroles.media ON DELETE CASCADE); ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON %1$s USING (maker.once(%2$L, media_id) > 0); CREATE TRIGGER t AFTER DELETE ON %1$s FOR EACH ROW EXECUTE FUNCTION maker.t(%2$L)')
) AS t (n, how, ddl);
-- what a trigger function says of itself is put back before PostgreSQL tells that it has ended
INSERT INTO campus.ways (id, how, ddl)
SELECT 1050 + row_number() OVER (), format('%s %s trigger of a function, %s', timing, level, says), format('CREATE TABLE %%1$s (n int, media_id bigint REFERENCES kroles.media ON DELETE CASCADE); CREATE FUNCTION %%1$s_f() RETURNS trigger LANGUAGE plpgsql %s AS ''BEGIN PERFORM maker.tries(TG_ARGV[0]); RETURN OLD; END''; CREATE TRIGGER t %s DELETE ON %%1$s FOR EACH %s EXECUTE FUNCTION %%1$s_f(%%2$L)', says, timing, level)
FROM unnest('{BEFORE, AFTER}'::text[]) AS timing, unnest('{ROW, STATEMENT}'::text[]) AS level, unnest(ARRAY['SET work_mem = 1000', 'SECURITY DEFINER SET search_path = maker', 'SET row_security = off']) AS says;
INSERT INTO campus.ways VALUES
    (1201, 'a change of the external id', 'CREATE TABLE %1$s (n int, media_id bigint, ext text REFERENCES kroles.media (external_id) ON UPDATE CASCADE); CREATE TRIGGER t AFTER UPDATE ON %1$s FOR EACH ROW EXECUTE FUNCTION maker.t(%2$L); CREATE TRIGGER u BEFORE UPDATE ON %1$s FOR EACH ROW EXECUTE FUNCTION maker.t(%2$L)', 'UPDATE kroles.media SET external_id = ''new %s'' WHERE id = %1$s'),
    (1202, 'a change of the external id, with a generated column', 'CREATE TABLE %1$s (n int, media_id bigint, ext text REFERENCES kroles.media (external_id) ON UPDATE CASCADE, g bigint GENERATED ALWAYS AS (maker.lies(%2$L, length(ext))) STORED)', 'UPDATE kroles.media SET external_id = ''new %s'' WHERE id = %1$s'),
    (1203, 'a change of the login', 'CREATE TABLE %1$s (n int, media_id bigint, ext text REFERENCES kroles.users (login) ON UPDATE CASCADE); CREATE TRIGGER t AFTER UPDATE ON %1$s FOR EACH ROW EXECUTE FUNCTION maker.t(%2$L); CREATE TRIGGER u BEFORE UPDATE ON %1$s FOR EACH ROW EXECUTE FUNCTION maker.t(%2$L)', 'UPDATE kroles.users SET login = ''new %s'' WHERE id = %1$s'),
    (1204, 'a media that goes with its owner''s account', 'CREATE TABLE %1$s (n int, media_id bigint, ext text REFERENCES kroles.users (login) ON DELETE CASCADE); CREATE TRIGGER t AFTER DELETE ON %1$s FOR EACH ROW EXECUTE FUNCTION maker.t(%2$L)', 'DELETE FROM kroles.users WHERE id = %s'),
    (1205, 'a publication', 'CREATE TABLE %1$s (n int, media_id bigint, space_id bigint DEFAULT 3, FOREIGN KEY (media_id, space_id) REFERENCES kroles.publications ON DELETE CASCADE); CREATE TRIGGER t AFTER DELETE ON %1$s FOR EACH ROW EXECUTE FUNCTION maker.t(%2$L)', 'DELETE FROM kroles.media WHERE id = %s');
GRANT REFERENCES ON kroles.publications TO campus_foreigner;
INSERT INTO kroles.media (id, name, owner_id, external_id) SELECT id, 'film ' || id, 1, 'old ' || id FROM campus.ways;
INSERT INTO kroles.users (id, login) SELECT id, 'old ' || id FROM campus.ways WHERE id IN (1203, 1204);
INSERT INTO kroles.publications (media_id, space_id) VALUES (1205, 3);
-- (in a session of the attacker's own, for some of the code runs when rows come)
SELECT FROM dblink_connect('maker', format('host=%s port=%s dbname=%s user=campus_foreigner options=%L', current_setting('unix_socket_directories'), current_setting('port'), current_database(), '-c client_min_messages=error'));
SELECT FROM (SELECT dblink_exec('maker', format(ddl, 'maker.way_' || id, how)) FROM campus.ways ORDER BY id) AS s;
SELECT FROM (SELECT dblink_exec('maker', format(CASE WHEN id BETWEEN 1201 AND 1204 THEN 'INSERT INTO maker.way_%1$s (n, ext) VALUES (1, ''old %1$s'')' ELSE 'INSERT INTO maker.way_%1$s (n, media_id) VALUES (1, %1$s)' END, id)) FROM campus.ways) AS s;
SELECT FROM dblink_exec('maker', 'INSERT INTO maker.way_1113_2 VALUES (1)');
DELETE FROM maker.log;

-- ---- A person changes what is theirs, in a session of their own ----
SELECT FROM dblink_connect('person', format('host=%s port=%s dbname=%s user=campus_gateway options=%L', current_setting('unix_socket_directories'), current_setting('port'), current_database(), '-c client_min_messages=error'));
CREATE FUNCTION campus.says(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    SELECT string_agg(coalesce(a, 'NULL'), ' ') INTO answer FROM dblink('person', statement) AS t (a text);
    RETURN coalesce(answer, 'no row');
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT FROM campus.says('SET kroles."user" = ''administrator''');
SELECT FROM campus.says('SET request.jwt.claims = ''mine''');
-- what the session is: who asks, what is set, its cursor, its prepared statement
CREATE FUNCTION campus.session() RETURNS text LANGUAGE sql AS $$
    SELECT campus.says('SELECT concat_ws('', '', kroles_current_user(), current_user, current_setting(''kroles.user''), current_setting(''kroles.token''), current_setting(''search_path''), current_setting(''request.jwt.claims''), current_setting(''row_security''))')
$$;
SELECT campus.session() AS before \gset
SELECT is(:'before'::text, '1, campus_gateway, administrator, , "$user", public, mine, on', 'control: the session before');
CREATE FUNCTION campus.changes(way campus.ways) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    answers text[];
BEGIN
    answers := ARRAY[campus.says('BEGIN'), campus.says('DECLARE mine CURSOR FOR SELECT name FROM kroles.media WHERE id IN (1, 2) ORDER BY id'), campus.says('FETCH mine'), campus.says(format(way.what, way.id)), campus.session(), campus.says('FETCH mine'), campus.says('COMMIT'), campus.session()];
    RETURN NEXT is(answers[4], CASE WHEN way.what ~ '^UPDATE' THEN 'UPDATE 1' ELSE 'DELETE 1' END, 'control: what is done goes through, with ' || way.how);
    RETURN NEXT is(answers[7], 'COMMIT', 'control: and is committed, with ' || way.how);
    RETURN NEXT is(answers[6], 'Diary', 'control: the cursor goes on, with ' || way.how);
    RETURN NEXT is(answers[5], answers[8], 'as before: the session within the transaction, with ' || way.how);
    RETURN NEXT is(answers[8], '1, campus_gateway, administrator, , "$user", public, mine, on', 'as before: the session afterwards, with ' || way.how);
    RETURN NEXT ok((SELECT count(*) > 0 FROM maker.log AS l WHERE l.how = way.how AND got = 'was there'), 'control: its code was run, with ' || way.how);
    RETURN NEXT is((SELECT string_agg(DISTINCT got, ', ') FROM maker.log AS l WHERE l.how = way.how AND got <> 'was there'), NULL, 'nothing: what its code gets, with ' || way.how);
    -- (before PostgreSQL 18 AFTER triggers run as the role that deletes, from then on as the owner of the table that refers)
    RETURN NEXT is((SELECT string_agg(DISTINCT role::text, ', ') FROM maker.log AS l WHERE l.how = way.how AND role NOT IN ('campus_foreigner', 'campus_foreign_helper')),
        CASE WHEN way.how ~ 'superuser' AND way.how !~ 'BEFORE' AND current_setting('server_version_num')::int < 180000 THEN 'campus_gateway' END, 'not the person''s: the role that its code runs as, with ' || way.how);
END $$;
SELECT campus.changes(w) FROM campus.ways AS w ORDER BY id;
SELECT is((SELECT count(*) FROM kroles.users WHERE administrator), 1::bigint, 'control: there is one administrator still');
SELECT is((SELECT count(*) FROM kroles_verify()), 0::bigint, 'control: what is derived is right');

-- ---- A superuser who deletes ----
CREATE FUNCTION campus.superuser_deletes(function text, kind text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    way text := format('a superuser deletes, %s %s', kind, function);
BEGIN
    INSERT INTO kroles.media (id, name, owner_id) VALUES (2000, 'x', 1);
    SET LOCAL ROLE campus_foreigner;
    EXECUTE 'CREATE TABLE maker.of_super (media_id bigint REFERENCES kroles.media ON DELETE CASCADE)';
    EXECUTE format(CASE kind WHEN 'deferred' THEN 'CREATE CONSTRAINT TRIGGER t AFTER DELETE ON maker.of_super DEFERRABLE INITIALLY DEFERRED' ELSE 'CREATE TRIGGER t %2$s DELETE ON maker.of_super' END || ' FOR EACH ROW EXECUTE FUNCTION %1$s(%3$L)', function, kind, way);
    EXECUTE 'INSERT INTO maker.of_super VALUES (2000)';
    RESET ROLE;
    DELETE FROM kroles.media WHERE id = 2000;
    SET CONSTRAINTS ALL IMMEDIATE;
    RETURN NEXT is((SELECT string_agg(DISTINCT got, ', ') FROM maker.log WHERE how = way), 'was there', 'nothing: what code gets when ' || way);
    RETURN NEXT is((SELECT string_agg(DISTINCT role::text, ', ') FROM maker.log WHERE how = way), 'campus_foreigner', 'not the superuser: the role of the code when ' || way);
    EXECUTE 'DROP TABLE maker.of_super';
END $$;
SELECT campus.superuser_deletes(function, kind) FROM unnest('{maker.t, maker.t_definer, maker.t_of_helper}'::text[]) AS function, unnest('{BEFORE, AFTER, deferred}'::text[]) AS kind;

-- ---- The person's cursors ----
SET ROLE campus_foreigner;
CREATE FUNCTION maker.t_fetch() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    theirs refcursor := 'mine';
    answer text;
BEGIN
    FETCH theirs INTO answer;
    INSERT INTO maker.log (how, got) VALUES (TG_ARGV[0], answer);
    RETURN OLD;
EXCEPTION WHEN OTHERS THEN
    INSERT INTO maker.log (how, got) VALUES (TG_ARGV[0], SQLSTATE);
    RETURN OLD;
END $$;
CREATE TABLE maker.fetches_before (media_id bigint REFERENCES kroles.media ON DELETE CASCADE);
CREATE TRIGGER t BEFORE DELETE ON maker.fetches_before FOR EACH ROW EXECUTE FUNCTION maker.t_fetch('fetches before');
CREATE TABLE maker.fetches_after (media_id bigint REFERENCES kroles.media ON DELETE CASCADE);
CREATE TRIGGER t AFTER DELETE ON maker.fetches_after FOR EACH ROW EXECUTE FUNCTION maker.t_fetch('fetches after');
RESET ROLE;
INSERT INTO kroles.media (id, name, owner_id) VALUES (2001, 'x', 1), (2002, 'x', 1);
SET ROLE campus_foreigner;
INSERT INTO maker.fetches_before VALUES (2001);
INSERT INTO maker.fetches_after VALUES (2002);
RESET ROLE;
SELECT FROM (SELECT campus.says('BEGIN'), campus.says('DECLARE mine CURSOR FOR SELECT name FROM kroles.media ORDER BY id'), campus.says('DELETE FROM kroles.media WHERE id = 2001'), campus.says('COMMIT')) AS s;
SELECT FROM (SELECT campus.says('BEGIN'), campus.says('DECLARE mine CURSOR FOR SELECT name FROM kroles.media ORDER BY id'), campus.says('DELETE FROM kroles.media WHERE id = 2002'), campus.says('COMMIT')) AS s;
SELECT is((SELECT got FROM maker.log WHERE how = 'fetches ' || timing), '42501', '42501: a trigger reads the cursor of the person who deletes, ' || timing) FROM unnest('{before, after}'::text[]) AS timing;
SELECT is((SELECT count(*) FROM kroles.media WHERE id IN (2001, 2002)), 0::bigint, 'control: what they delete is gone all the same');

-- ---- The token of a session, by a connection option ----
SELECT dblink_disconnect('person');
INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('campus', 'HS256', repeat('campus', 8));
CREATE EXTENSION pgcrypto;
SELECT signed || '.' || translate(encode(hmac(signed, repeat('campus', 8), 'sha256'), 'base64'), E'+/=\n', '-_') AS token
FROM (SELECT string_agg(translate(encode(convert_to(part, 'UTF8'), 'base64'), E'+/=\n', '-_'), '.' ORDER BY n) AS signed
      FROM (VALUES (1, '{"alg":"HS256","kid":"campus"}'), (2, format('{"sub":"administrator","exp":%s}', floor(extract(epoch FROM now()))::bigint + 3600))) AS p (n, part)) AS t \gset
INSERT INTO kroles.media (id, name, owner_id) VALUES (2003, 'x', 1), (2004, 'x', 1);
SET ROLE campus_foreigner;
CREATE TABLE maker.with_token (media_id bigint REFERENCES kroles.media ON DELETE CASCADE);
CREATE TRIGGER t BEFORE DELETE ON maker.with_token FOR EACH ROW EXECUTE FUNCTION maker.t('with a token, before');
CREATE TRIGGER u AFTER DELETE ON maker.with_token FOR EACH ROW EXECUTE FUNCTION maker.t('with a token, after');
INSERT INTO maker.with_token VALUES (2003), (2004);
RESET ROLE;
SELECT FROM dblink_connect('person', format('host=%s port=%s dbname=%s user=campus_gateway options=%L', current_setting('unix_socket_directories'), current_setting('port'), current_database(), '-c client_min_messages=error -c kroles.token=' || :'token'));
SELECT FROM campus.says('SET request.jwt.claims = ''mine''');
SELECT is(campus.session(), '1, campus_gateway, , (set), "$user", public, mine, on', 'control: a session that began with a token');
SELECT is(campus.says('DELETE FROM kroles.media WHERE id = 2003'), 'DELETE 1', 'control: deletes');
SELECT is(campus.session(), '1, campus_gateway, , (set), "$user", public, mine, on', 'as before: the session afterwards');
SELECT FROM campus.says('RESET kroles.token');
SELECT is(campus.session(), '1, campus_gateway, , (set), "$user", public, mine, on', 'control: RESET gives the token back');
SELECT is(campus.says('DELETE FROM kroles.media WHERE id = 2004'), 'DELETE 1', 'control: deletes again');
SELECT is((SELECT string_agg(DISTINCT concat_ws(': ', how, got), ', ') FROM maker.log WHERE how ~ 'with a token' AND got <> 'was there'), NULL, 'nothing: what code gets of a session with a token');
SELECT is(campus.says(read), answer, answer || ': a person reads the token by ' || read)
FROM (VALUES ('SHOW kroles.token', '(set)'), ('SELECT current_setting(''kroles.token'')', '(set)'), ('SELECT setting FROM pg_settings WHERE name = ''kroles.token''', 'no row'),
    ('SELECT concat(setting, reset_val, boot_val) FROM pg_settings WHERE name = ''kroles.token''', 'no row'), ('SELECT set_config(''kroles.token'', NULL, true)', '(set)'), ('SELECT count(*) FROM pg_show_all_settings() AS s WHERE concat(s.setting, s.reset_val) ~ ''eyJ''', '0')) AS t (read, answer);

-- ---- What PostgreSQL leaves open ----
-- Whoever writes to a table of somebody else of their own accord runs its triggers in their own name: as with any trigger.
SET ROLE campus_foreigner;
CREATE TABLE maker.guestbook (line text);
GRANT ALL ON maker.guestbook TO PUBLIC;
CREATE FUNCTION maker.t_guestbook() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO maker.log (how, got) VALUES ('guestbook', (SELECT kroles_current_user()));
    UPDATE kroles.users SET title = 'was here' WHERE id = 18;
    RETURN NEW;
END $$;
CREATE TRIGGER t BEFORE INSERT ON maker.guestbook FOR EACH ROW EXECUTE FUNCTION maker.t_guestbook();
RESET ROLE;
SELECT is(campus.says('INSERT INTO maker.guestbook VALUES (''hello'')'), 'INSERT 0 1', 'left open: the administrator writes to a table of somebody else');
SELECT is((SELECT concat_ws(' ', got, role) FROM maker.log WHERE how = 'guestbook'), '1 campus_gateway', 'left open: whose trigger acts as the administrator, and in their session''s role');
SELECT is((SELECT title FROM kroles.users WHERE id = 18), 'was here', 'left open: and changes what they may change');
-- What such code would leave behind in a session is not there when the person comes to it: a prepared statement, a cursor that is
-- begun when it is read. And a deferred exclusion constraint works its expression out once more, without any trigger of others.
SET ROLE campus_foreigner;
CREATE FUNCTION maker.notes(how text) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO maker.log (how, got) VALUES (how, coalesce((SELECT kroles_current_user()::text), 'nobody'));
    RETURN 1;
END $$;
GRANT INSERT, SELECT ON maker.sink TO PUBLIC;
CREATE FUNCTION maker.t_replaces() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    theirs refcursor := 'mine';
BEGIN
    BEGIN
        CLOSE theirs;
        OPEN theirs FOR EXECUTE 'INSERT INTO maker.sink SELECT maker.notes(''a cursor in the place of another'') RETURNING n';
    EXCEPTION WHEN OTHERS THEN NULL; END;
    BEGIN
        DEALLOCATE mine;
        PREPARE mine AS SELECT maker.notes('a prepared statement in the place of another');
    EXCEPTION WHEN OTHERS THEN NULL; END;
    BEGIN
        CREATE TEMP VIEW captions AS SELECT maker.notes('a temporary view');
    EXCEPTION WHEN OTHERS THEN NULL; END;
    BEGIN
        EXECUTE 'DECLARE lasting CURSOR WITH HOLD FOR SELECT maker.notes(''a cursor that is read at the end'')';
    EXCEPTION WHEN OTHERS THEN NULL; END;
    BEGIN
        RAISE EXCEPTION 'rolls back';
    EXCEPTION WHEN OTHERS THEN NULL; END;
    PERFORM set_config(name, 'on', true) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
    PERFORM maker.notes('a parallel worker sees ' || coalesce((SELECT string_agg(name, '') FROM kroles.media), 'nothing'));
    RETURN NULL;
END $$;
CREATE FUNCTION maker.differs(n int, film bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF film IS NULL THEN
        IF NOT EXISTS (SELECT FROM maker.log AS l WHERE l.how = 'an exclusion constraint') THEN
            PERFORM maker.notes('an exclusion constraint');
            RETURN -2;  -- as the other row, which is looked at once more therefore
        END IF;
        PERFORM maker.notes('an exclusion constraint');
        RETURN 7;
    END IF;
    RETURN -n;
END $$;
CREATE TABLE maker.replaces (media_id bigint REFERENCES kroles.media ON DELETE CASCADE);
CREATE TRIGGER t AFTER DELETE ON maker.replaces FOR EACH ROW EXECUTE FUNCTION maker.t_replaces();
CREATE TABLE maker.excludes (n int, media_id bigint REFERENCES kroles.media ON DELETE SET NULL, EXCLUDE USING btree (maker.differs(n, media_id) WITH =) DEFERRABLE INITIALLY DEFERRED);
RESET ROLE;
INSERT INTO kroles.media (id, name, owner_id) VALUES (2005, 'x', 1), (2006, 'x', 1), (2007, 'x', 1);
SET ROLE campus_foreigner;
INSERT INTO maker.replaces VALUES (2005);
INSERT INTO maker.excludes VALUES (1, 2006), (2, 2007);
RESET ROLE;
SELECT FROM campus.says('PREPARE mine AS SELECT 1');
SELECT FROM (SELECT campus.says('BEGIN'), campus.says('DECLARE mine CURSOR FOR SELECT 1'), campus.says('DELETE FROM kroles.media WHERE id = 2005'), campus.says('SAVEPOINT s'), campus.says('FETCH mine'), campus.says('ROLLBACK TO s'), campus.says('COMMIT'), campus.says('EXECUTE mine'), campus.says('SELECT * FROM captions')) AS s;
SELECT is(campus.says('DELETE FROM kroles.media WHERE id = 2006'), 'DELETE 1', 'control: a deletion goes through that an exclusion constraint of others looks at');
SELECT is((SELECT string_agg(got, ' ' ORDER BY n) FROM maker.log WHERE log.how = ways.how), answer, coalesce(answer, 'nobody') || ': whom ' || ways.how || ' acts for')
FROM (VALUES ('a cursor in the place of another', NULL), ('a prepared statement in the place of another', NULL), ('a temporary view', NULL),
             ('a cursor that is read at the end', NULL), ('a parallel worker sees nothing', 'nobody'), ('an exclusion constraint', 'nobody nobody')) AS ways (how, answer);
-- What the person calls of their own accord afterwards is their own.
CREATE TABLE public.called (who text);
GRANT INSERT ON public.called TO PUBLIC;
CREATE PROCEDURE public.of_the_application() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.called VALUES (coalesce(kroles_current_user()::text, 'nobody')); END $$;
INSERT INTO kroles.media (id, name, owner_id) VALUES (2009, 'x', 1);
SELECT FROM (SELECT campus.says('BEGIN'), campus.says('DELETE FROM kroles.media WHERE id = 2009'), campus.says('CALL public.of_the_application()'), campus.says('COMMIT')) AS s;
SELECT is((SELECT string_agg(who, ' ') FROM public.called), '1', 'control: a procedure of the application, in a transaction that reached tables of others');
-- A chain whose first table is of our own tables' owner.
CREATE TABLE public.of_our_owner (n int PRIMARY KEY, media_id bigint REFERENCES kroles.media ON DELETE CASCADE);
GRANT REFERENCES ON public.of_our_owner TO campus_foreigner;
INSERT INTO kroles.media (id, name, owner_id) VALUES (2010, 'x', 1);
INSERT INTO public.of_our_owner VALUES (1, 2010);
SET ROLE campus_foreigner;
CREATE FUNCTION maker.t_end() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM maker.notes('the end of a chain'); RETURN OLD; END $$;
CREATE TABLE maker.at_the_end (n int REFERENCES public.of_our_owner ON DELETE CASCADE);
CREATE TRIGGER t AFTER DELETE ON maker.at_the_end FOR EACH ROW EXECUTE FUNCTION maker.t_end();
CREATE TRIGGER u BEFORE DELETE ON maker.at_the_end FOR EACH ROW EXECUTE FUNCTION maker.t_end();
INSERT INTO maker.at_the_end VALUES (1);
RESET ROLE;
SELECT is(campus.says('DELETE FROM kroles.media WHERE id = 2010'), 'DELETE 1', 'control: a deletion goes through a chain of tables');
SELECT is((SELECT string_agg(got, ' ' ORDER BY n) FROM maker.log WHERE how = 'the end of a chain'), 'nobody nobody',
    'nobody: whom triggers at the end of a chain act for that begins with a table of our owner');
SELECT * FROM finish();
