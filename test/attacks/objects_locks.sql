-- Objects of other roles: the owner of an application's table can neither delay nor veto what others do with the portal. While
-- a transaction of mallory's has locked, renamed, emptied and rebuilt protected tables, everything else goes on at once.
\set name attack_objects_locks
\ir lib/portal.psql
SELECT * FROM no_plan();
SELECT 'CREATE ROLE attack_mallory LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'attack_mallory') \gexec
CREATE SCHEMA app AUTHORIZATION attack_mallory;
GRANT USAGE ON SCHEMA app TO PUBLIC;
SELECT attack.login('mallory', 'attack_mallory'), attack.login('other', 'attack_other', '-c lock_timeout=1000'), attack.login('operator', current_user, '-c lock_timeout=1000'),
       attack.login('eve', 'attack_app', '-c lock_timeout=1000 -c kroles.token=' || attack.token('eve')), attack.login('olga', 'attack_app', '-c lock_timeout=1000 -c kroles.token=' || attack.token('olga')),
       attack.login('ada', 'attack_app', '-c lock_timeout=1000 -c kroles.token=' || attack.token('ada'));
-- triggers that veto everything, where anything of theirs ran
SELECT is(attack.says('mallory', statement), answer, 'control: mallory prepares: ' || statement)
FROM (VALUES
    ('CREATE FUNCTION app.veto() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RAISE EXCEPTION ''''veto''''; END''', 'CREATE FUNCTION'),
    ('CREATE TABLE app.captions (id bigint GENERATED ALWAYS AS IDENTITY, media bigint, body text)', 'CREATE TABLE'), ('CREATE TABLE app.notes (channel bigint, body text)', 'CREATE TABLE'),
    ('CREATE TABLE app.seats (event bigint)', 'CREATE TABLE'), ('CREATE TABLE app.marks (room bigint)', 'CREATE TABLE'),
    ('INSERT INTO app.captions (media, body) VALUES (40, ''a''), (41, ''b''), (777040, ''c'')', 'INSERT 0 3'), ('INSERT INTO app.notes VALUES (20), (21)', 'INSERT 0 2'),
    ('INSERT INTO app.seats VALUES (80)', 'INSERT 0 1'), ('INSERT INTO app.marks VALUES (41)', 'INSERT 0 1'),
    ('SELECT count(kroles_protect(''app.captions'', ''media'', ''media''))', '1'), ('SELECT count(kroles_protect(''app.notes'', ''channel'', ''channel''))', '1'),
    ('SELECT count(kroles_protect(''app.seats'', ''event'', ''event''))', '1'), ('SELECT count(kroles_protect(''app.marks'', ''room'', ''room''))', '1'),
    ('CREATE TRIGGER veto BEFORE INSERT OR UPDATE OR DELETE ON app.captions FOR EACH ROW EXECUTE FUNCTION app.veto()', 'CREATE TRIGGER'),
    ('CREATE TRIGGER veto_all BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON app.captions FOR EACH STATEMENT EXECUTE FUNCTION app.veto()', 'CREATE TRIGGER')
) AS t (statement, answer);
CREATE SCHEMA others AUTHORIZATION attack_other;
SELECT is(attack.says('other', 'CREATE TABLE others.texts (media bigint)'), 'CREATE TABLE', 'control: somebody else has a table too');

-- Nothing of the extension's is bound to a table of others, nor the other way round.
SELECT is_empty($$SELECT t.tgrelid::regclass, t.tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE t.tgrelid::regclass::text !~ '^kroles\.' AND p.pronamespace = 'kroles'::regnamespace$$, 'none: triggers of kroles on tables of others');
SELECT is_empty($$SELECT t.tgrelid::regclass, t.tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE t.tgrelid::regclass::text ~ '^kroles\.' AND p.pronamespace NOT IN ('kroles'::regnamespace, 'pg_catalog'::regnamespace)$$, 'none: triggers of others on tables of kroles');
SELECT is_empty($$SELECT conrelid::regclass, conname FROM pg_constraint
    WHERE contype = 'f' AND (conrelid::regclass::text ~ '^kroles\.') <> (confrelid::regclass::text ~ '^kroles\.')$$, 'none: foreign keys between tables of kroles and others');

-- What mallory's open transaction does before the others act.
CREATE TEMP TABLE holds (n int GENERATED ALWAYS AS IDENTITY, what text, statements text[]);
INSERT INTO holds (what, statements) VALUES
    ('has locked the tables', '{"LOCK TABLE app.captions, app.notes, app.seats, app.marks IN ACCESS EXCLUSIVE MODE"}'),
    ('has renamed the columns', '{"ALTER TABLE app.captions RENAME media TO film","ALTER TABLE app.notes RENAME channel TO space","ALTER TABLE app.seats RENAME event TO e","ALTER TABLE app.marks RENAME room TO r"}'),
    ('has dropped the columns', '{"ALTER TABLE app.captions DROP media CASCADE","ALTER TABLE app.notes DROP channel CASCADE","ALTER TABLE app.seats DROP event CASCADE","ALTER TABLE app.marks DROP room CASCADE"}'),
    ('has disabled the triggers', '{"ALTER TABLE app.captions DISABLE TRIGGER ALL"}'),
    ('has put views in their places', '{"ALTER TABLE app.captions RENAME TO old_captions","CREATE VIEW app.captions AS SELECT 1/0 AS media","DROP TABLE app.notes, app.seats, app.marks"}'),
    ('has unprotected them', '{"SELECT kroles_unprotect(''app.captions'')","SELECT kroles_unprotect(''app.notes'')","SELECT kroles_unprotect(''app.seats'')","SELECT kroles_unprotect(''app.marks'')"}'),
    ('has protected them again', '{"SELECT kroles_protect(''app.captions'', ''media'', ''media'')","SELECT kroles_protect(''app.notes'', ''channel'', ''channel'')"}');

-- What the others do; each is rolled back.
CREATE TEMP TABLE acts (n int GENERATED ALWAYS AS IDENTITY, who text, answer text, statement text);
INSERT INTO acts (who, answer, statement) VALUES
    ('eve', 'approved', 'SELECT kroles_publish(41, 21)'), ('eve', 'INSERT 0 1', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (41, 21)'),
    ('eve', '1', 'SELECT count(kroles_take_down(41, 20))'), ('eve', 'DELETE 1', 'DELETE FROM kroles.publications WHERE media_id = 41'),
    ('olga', 'DELETE 1', 'DELETE FROM kroles.space_members WHERE id = 30'), ('olga', 'UPDATE 1', 'UPDATE kroles.space_members SET role = ''member'' WHERE id = 30'), ('olga', 'UPDATE 1', 'UPDATE kroles.spaces SET type = ''private'' WHERE id = 20'),
    ('eve', 'DELETE 1', 'DELETE FROM kroles.media_collaborators WHERE id = 50'), ('eve', '1', 'SELECT count(kroles_set_permissions(41, 2, NULL, ''{editor}''))'), ('eve', '1', 'SELECT count(kroles_transfer_ownership(41, 2))'),
    ('eve', 'DELETE 1', 'DELETE FROM kroles.event_participants WHERE id = 85'), ('eve', 'DELETE 1', 'DELETE FROM kroles.event_sessions WHERE event_id = 80'),
    ('eve', 'DELETE 1', 'DELETE FROM kroles.media WHERE id = 41'), ('eve', 'DELETE 1', 'DELETE FROM kroles.spaces WHERE id = 21'), ('eve', 'DELETE 1', 'DELETE FROM kroles.events WHERE id = 80'),
    ('ada', 'DELETE 1', 'DELETE FROM kroles.users WHERE id = 4'), ('ada', 'DELETE 1', 'DELETE FROM kroles.groups WHERE id = 10'), ('ada', 'UPDATE 1', 'UPDATE kroles.users SET blocked = true WHERE id = 4'),
    ('ada', '3', 'SELECT kroles_hand_over(3, 2)'), ('ada', 'UPDATE 1', 'UPDATE kroles.role_rights SET allowed = false WHERE (kind, role, action) = (''channel'', ''member'', ''view'')'),
    ('ada', 'UPDATE 1', 'UPDATE kroles.settings SET allow_anonymous = NOT allow_anonymous'), ('ada', '0', 'SELECT count(*) FROM kroles_import_space_members(E''space_id,login\n20,vera'')'), ('ada', '0', 'SELECT count(*) FROM kroles_import_group_members(E''group_name,login\nnew,vera'')'),
    ('ada', '40 41 777040 777041', 'SELECT id FROM kroles.media ORDER BY id'), ('ada', 'f', 'SELECT kroles_can(3, ''view'', ''media'', 777040)'),
    ('operator', 'TRUNCATE TABLE', 'TRUNCATE kroles.publications'), ('operator', '0', 'SELECT count(*) FROM kroles_verify(true)'), ('operator', 't', 'SELECT count(*) > 0 FROM kroles_doctor()'),
    ('operator', 't', 'SELECT count(*) >= 0 FROM kroles.protected_tables'), ('other', '1', 'SELECT count(kroles_protect(''others.texts'', ''media'', ''media''))'),
    ('operator', '1', 'SELECT count(kroles_protect(''others.texts'', ''channel'', ''media''))');
CREATE FUNCTION pg_temp.act(who text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text := attack.says(who, 'ROLLBACK', 'BEGIN', statement);
BEGIN
    PERFORM attack.says(who, 'ROLLBACK');
    RETURN answer;
END $$;
SELECT attack.control(answer, pg_temp.act(who, statement), who || ' does without mallory: ' || statement) FROM acts ORDER BY n;
CREATE FUNCTION pg_temp.hold(statements text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    statement text;
    answer text;
BEGIN
    PERFORM attack.says('mallory', 'ROLLBACK', 'BEGIN');
    FOREACH statement IN ARRAY statements LOOP
        answer := attack.says_all('mallory', statement);
        IF answer ~ '^[0-9A-Z]{5} / ' THEN
            RETURN answer;
        END IF;
    END LOOP;
    RETURN 'held';
END $$;
CREATE FUNCTION pg_temp.all_act(what text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT attack.attempt(answer, pg_temp.act(who, statement), format('mallory %s while %s: %s', what, who, statement)) FROM acts ORDER BY n
$$;
SELECT x FROM holds h, LATERAL (
    SELECT attack.control('held', pg_temp.hold(statements), 'mallory ' || what) UNION ALL SELECT pg_temp.all_act(what)) AS a (x) ORDER BY h.n;
-- and once it is done
SELECT attack.says('mallory', 'ROLLBACK') \g /dev/null
SELECT attack.control('held', pg_temp.hold(statements), 'mallory ' || what || ', for good') FROM holds WHERE n = 2;
SELECT attack.says('mallory', 'ALTER TABLE app.captions DISABLE TRIGGER ALL', 'COMMIT') \g /dev/null
SELECT pg_temp.all_act('has renamed columns and disabled triggers for good');
SELECT attack.control('a b', attack.says('eve', 'SELECT body FROM app.captions ORDER BY id'), 'policies have followed the columns') WHERE attack.says('mallory', 'GRANT SELECT ON app.captions TO attack_app') = 'GRANT';
SELECT * FROM finish();
