-- Privilege escalation by auditors: every write, every function, another identity; and becoming one. An auditor reads everything
-- and changes nothing.
\set name attack_escalate_auditor
\ir lib/portal.psql
SELECT * FROM no_plan();
SELECT format('CREATE ROLE %I LOGIN', role) FROM unnest('{attack_auditor, attack_colleague}'::name[]) AS role WHERE role NOT IN (SELECT rolname FROM pg_roles) \gexec
SELECT format('REVOKE attack_auditor FROM attack_colleague') WHERE pg_has_role('attack_colleague', 'attack_auditor', 'MEMBER') \gexec
SELECT kroles_grant_audit('attack_auditor') \g (tuples_only) /dev/null
SELECT attack.login('auditor', 'attack_auditor'), attack.login('eve', 'attack_app', '-c kroles.token=' || attack.token('eve')), attack.login('ada', 'attack_app', '-c kroles.token=' || attack.token('ada')),
    attack.login('operator', current_user), attack.login('nobody', 'attack_app');

-- All rows of all tables of kroles in one number.
CREATE FUNCTION attack.fingerprint() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    tab regclass;
    part text;
    total text := '';
BEGIN
    FOR tab IN SELECT oid FROM pg_class WHERE relnamespace = 'kroles'::regnamespace AND relkind = 'r' AND relname <> 'heartbeat' ORDER BY relname LOOP
        EXECUTE format('SELECT coalesce(string_agg(t::text, E''\n'' ORDER BY t::text), '''') FROM %s t', tab) INTO part;
        total := md5(total || part);
    END LOOP;
    RETURN total;
END $$;
CREATE TEMP TABLE before AS SELECT attack.fingerprint() AS fingerprint;

SELECT attack.control('t', attack.says('auditor', 'SELECT kroles.is_auditor()'), 'it is an auditor');
SELECT attack.control((SELECT count(*)::text FROM kroles.media), attack.says('auditor', 'SELECT count(*) FROM kroles.media'), 'who sees all media');
SELECT attack.control((SELECT count(*)::text FROM kroles.audit_log WHERE object_kind <> 'user' OR relation !~ 'playlist'), attack.says('auditor', 'SELECT count(*) FROM kroles.audit_log'), 'and the log, but for personal playlists');

-- ---- Every write ----
SELECT attack.attempt('42501', attack.says('auditor', format(statement, name, (SELECT quote_ident(a.attname) FROM pg_attribute a WHERE a.attrelid = format('kroles.%I', name)::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum LIMIT 1))), format(statement, name, 'x'))
FROM kroles.relations() r, unnest(ARRAY['INSERT INTO kroles.%1$I DEFAULT VALUES', 'UPDATE kroles.%1$I SET %2$s = %2$s', 'DELETE FROM kroles.%1$I', 'TRUNCATE kroles.%1$I', 'DO ''BEGIN LOCK TABLE kroles.%1$I IN ROW EXCLUSIVE MODE; END''', 'COPY kroles.%1$I FROM PROGRAM ''echo''',
    'SELECT 1 FROM kroles.%1$I FOR KEY SHARE', 'ALTER TABLE kroles.%1$I DISABLE ROW LEVEL SECURITY', 'DROP TABLE kroles.%1$I CASCADE']) AS statement
WHERE EXISTS (SELECT FROM pg_class c WHERE c.oid = to_regclass(format('kroles.%I', name)) AND c.relkind = 'r')
ORDER BY r.name, statement;
SELECT attack.attempt(code, attack.says('auditor', statement), statement) FROM (VALUES
    ('INSERT INTO kroles.channels (name, type) VALUES (''mine'', ''open'')', '42501'), ('UPDATE kroles.galleries SET type = ''open''', '42501'), ('UPDATE kroles.moderation_queue SET status = ''approved''', '42501'),
    ('INSERT INTO kroles.my_playlists (name) VALUES (''mine'')', '42501'), ('INSERT INTO kroles.user_import (action, login) VALUES (''add'', ''mine'')', '42501'), ('DELETE FROM kroles.people', '42501'),
    ('MERGE INTO kroles.media m USING (SELECT 40 AS id) AS o ON m.id = o.id WHEN MATCHED THEN DELETE', '42501'), ('WITH d AS (DELETE FROM kroles.media RETURNING id) SELECT count(*) FROM d', '42501'),
    ('INSERT INTO kroles.media (id, name) VALUES (40, ''x'') ON CONFLICT (id) DO UPDATE SET name = ''x''', '42501'), ('SELECT nextval(''kroles.media_id_seq'')', '42501'), ('SELECT setval(''kroles.media_id_seq'', 1)', '42501'),
    ('CREATE TABLE kroles.mine ()', '42501'), ('CREATE FUNCTION kroles.mine() RETURNS int LANGUAGE sql AS ''SELECT 1''', '42501'), ('CREATE OR REPLACE FUNCTION kroles.is_auditor() RETURNS boolean LANGUAGE sql AS ''SELECT true''', '42501'),
    ('CREATE POLICY mine ON kroles.media USING (true)', '42501'), ('CREATE TEMP TABLE mine (id bigint REFERENCES kroles.users)', '42P16'), ('CREATE RULE mine AS ON INSERT TO kroles.users DO INSTEAD NOTHING', '42501'),
    ('ALTER EXTENSION kroles UPDATE', '42501'), ('DROP EXTENSION kroles', '42501'), ('SELECT key FROM kroles.signing_keys', '42501'), ('SELECT * FROM kroles.secret', '42501'), ('SELECT (m).audience FROM kroles.media m WHERE id = 777040', 'hidden'),
    ('SELECT pg_read_file(''PG_VERSION'')', '42501')) AS t (statement, code);

-- ---- Every function ----
-- All that the auditor may call, with all mixtures of what its types have at their ends, each call in a transaction that is kept.
\ir lib/calls.psql
CREATE SCHEMA mallory AUTHORIZATION attack_auditor;
SELECT attack.says('auditor', 'CREATE PROCEDURE mallory.try(calls text[], INOUT done int) LANGUAGE plpgsql AS $f$
    DECLARE
        call text;
    BEGIN
        done := 0;
        FOREACH call IN ARRAY calls LOOP
            BEGIN
                EXECUTE call;
                done := done + 1;
            EXCEPTION WHEN OTHERS THEN NULL;
            END;
        END LOOP;
    END $f$', 'SET statement_timeout = ''20s''', 'SET lock_timeout = ''250ms''') \g (tuples_only) /dev/null
CREATE TEMP TABLE called AS
    SELECT fn, attack.says('auditor', format('CALL mallory.try(%L, 0)', (pg_temp.calls(fn))[1:60])) AS done, attack.fingerprint() AS fingerprint
    FROM functions JOIN pg_proc p ON p.oid = fn
    WHERE functions.prorettype <> 'trigger'::regtype AND p.provolatile = 'v' AND has_function_privilege('attack_auditor', fn, 'EXECUTE') AND p.proname NOT IN ('kroles_wait', 'keys');
SELECT attack.control('t', (count(*) > 60)::text::char::text, 'functions that are not only to be read were called') FROM called;
SELECT attack.attempt('unchanged', CASE WHEN c.fingerprint = b.fingerprint THEN 'unchanged' ELSE 'changed' END, format('calls %s (%s without an error)', fn, done)) FROM called c, before b ORDER BY fn::text;
-- with what the portal has
SELECT attack.attempt(code, attack.says('auditor', 'SELECT ' || call), call) FROM (VALUES
    ('kroles_publish(41, 20)', '42501'), ('kroles_take_down(40, 20)', '42501'), ('kroles_take_down(777040, 777020)', '42501'), ('kroles_approve(41, 21)', '42704'), ('kroles_transfer_ownership(40, 3)', '28000'), ('kroles_set_permissions(40, 3, NULL, ''{editor}'')', '28000'),
    ('kroles_remove_user(41, 4)', '28000'), ('kroles_remove_group(777040, 777010)', '28000'), ('kroles_hand_over(2, 3)', '28000'), ('kroles_block(2)', '28000'), ('kroles_unblock(5)', '28000'), ('kroles_end_sessions(3)', '28000'),
    ('kroles_move_speaker(41, 4, 1)', '28000'), ('kroles_move_item(70, 41, 1)', '28000'), ('kroles_move_session(80, 41, 1)', '28000'), ('kroles_remove_session(80, 41)', '28000'), ('kroles_room_join(41)', '28000'), ('kroles_room_remove(41, 4)', '28000'),
    ('kroles_request_to_join(20)', '28000'), ('kroles_answer_request(777095, true)', '28000'), ('kroles_grant_access(''attack_auditor'')', '42501'), ('kroles_trust_gateway(''attack_auditor'')', '42501'), ('kroles_grant_audit(''attack_app'')', '42501'),
    ('kroles_revoke_audit(''attack_auditor'')', '42501'), ('kroles_install()', '42501'), ('kroles_doctor()', '42501'), ('kroles_verify(true)', '42501'), ('kroles_heartbeat()', '42501'), ('kroles_protect(''kroles.users'', ''media'', ''id'')', '42809'), ('kroles_import_users(''login,action'')', '28000'),
    ('kroles.set_access(''attack_auditor'', true)', '42501'), ('kroles.powers_of(''attack_auditor'')', '42501'), ('kroles.audit_statements(''attack_auditor'', true)', '42501'), ('kroles.seen(''media'', 40)', '42501'), ('kroles_seen(''media'', 40)', '')) AS t (call, code);
SELECT attack.attempt('unchanged', CASE WHEN attack.fingerprint() = b.fingerprint THEN 'unchanged' ELSE 'changed' END, 'after all of that') FROM before b;
-- nor where it got the privileges of an application
SELECT kroles_grant_access('attack_auditor') \g (tuples_only) /dev/null
SELECT attack.attempt(answer, attack.says('auditor', statement), 'with the privileges of an application: ' || statement) FROM (VALUES
    ('UPDATE kroles.users SET administrator = true', 'UPDATE 0'), ('UPDATE kroles.media SET owner_id = 3', 'UPDATE 0'), ('DELETE FROM kroles.space_members', 'DELETE 0'), ('UPDATE kroles.spaces SET type = ''open''', 'UPDATE 0'), ('DELETE FROM kroles.publications', 'DELETE 0'),
    ('UPDATE kroles.settings SET allow_anonymous = true', 'UPDATE 0'), ('DELETE FROM kroles.join_requests', 'DELETE 0'), ('UPDATE kroles.ceiling_rights SET allowed = true', 'UPDATE 0'), ('DELETE FROM kroles.room_participants', 'DELETE 0'), ('DELETE FROM kroles.playlists', 'DELETE 0'),
    ('SELECT count(*) FROM (SELECT 1 FROM kroles.media FOR UPDATE) AS m', '0'), ('SELECT count(*) FROM (SELECT 1 FROM kroles.users FOR UPDATE) AS m', '0'),
    ('INSERT INTO kroles.users (login) VALUES (''mine'')', '42501'), ('INSERT INTO kroles.spaces (kind, type, name, owner_id) VALUES (''channel'', ''open'', ''x'', 2)', '42501'), ('INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (20, 4, ''manager'')', '42501'),
    ('INSERT INTO kroles.publications (media_id, space_id) VALUES (41, 21)', '42501'), ('INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (70, 40)', '42501'), ('INSERT INTO kroles.playlists (name) VALUES (''mine'')', '42501'), ('INSERT INTO kroles.user_import (action, login) VALUES (''add'', ''mine'')', '28000')) AS t (statement, answer);
SELECT attack.control('danger', (SELECT severity FROM kroles_doctor() WHERE finding = 'writing_auditor'), 'which the doctor reports');
SELECT kroles_revoke_access('attack_auditor'), kroles_grant_audit('attack_auditor') \g (tuples_only) /dev/null
SELECT attack.attempt('unchanged', CASE WHEN attack.fingerprint() = b.fingerprint THEN 'unchanged' ELSE 'changed' END, 'after that') FROM before b;

-- ---- Another identity ----
SELECT attack.attempt('nobody', attack.who_within('auditor', statement), 'acts as ada: ' || statement) FROM unnest(ARRAY['SET LOCAL kroles."user" = ''ada''', 'SELECT set_config(''request.jwt.claims'', ''{"sub": "ada"}'', true)', 'SET LOCAL request.jwt.claims = ''{"sub": "ada", "role": "ada"}''',
    'SET LOCAL kroles.token = ''''']) AS statement;
SELECT attack.attempt('28000', attack.who_within('auditor', format('SET LOCAL kroles.token = %L', token)), 'with a token that is none') FROM unnest(ARRAY['ada', attack.sign('{"alg":"none"}', '{"sub":"ada"}'), attack.token('ada') || 'x']) AS token;
SELECT attack.attempt('42501', attack.says('auditor', statement), statement) FROM unnest('{SET ROLE attack_app, SET ROLE attack_bypass, SET SESSION AUTHORIZATION attack_gateway, ALTER ROLE attack_auditor CREATEROLE, ALTER ROLE attack_auditor BYPASSRLS, GRANT attack_gateway TO attack_auditor}'::text[]) AS statement;
-- with a good token it is that person, and an auditor no more
SELECT attack.attempt('f', attack.says('auditor', 'BEGIN', format('SELECT kroles_login(%L)', attack.token('vera')), 'SELECT kroles.is_auditor()'), 'an auditor with vera''s token');
SELECT attack.attempt('4', attack.says('auditor', 'SELECT id FROM kroles.users'), 'sees what vera sees');
SELECT attack.attempt('42501', attack.says('auditor', 'SELECT count(*) FROM kroles_access_of(3)'), 'asks what vera may ask');
SELECT attack.says('auditor', 'ROLLBACK') \g (tuples_only) /dev/null
SELECT attack.control('t', attack.says('auditor', 'SELECT kroles.is_auditor()'), 'afterwards it is an auditor again');
-- parallel workers see the leader's identity
SELECT attack.attempt((SELECT count(*)::text FROM kroles.users), attack.says('auditor', format('SET %s = on', name), 'SET parallel_setup_cost = 0', 'SET min_parallel_table_scan_size = 0', 'SELECT count(*) FROM kroles.users'), 'in parallel workers')
FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');

-- ---- Becoming one ----
SELECT attack.attempt('42501', attack.says(who, statement), format('%s: %s', who, statement)) FROM unnest('{eve, ada, nobody}'::text[]) AS who, unnest(ARRAY['SELECT kroles_grant_audit(''attack_app'')', 'INSERT INTO kroles.auditors (role) VALUES (''attack_app'')',
    'UPDATE kroles.auditors SET role = ''attack_app''', 'DELETE FROM kroles.auditors', 'SELECT kroles_revoke_audit(''attack_auditor'')', 'SET SESSION AUTHORIZATION attack_auditor', 'SET ROLE attack_auditor']) AS statement;
SELECT attack.attempt(CASE who WHEN 'ada' THEN 'attack_auditor' ELSE 'no row' END, attack.says(who, 'SELECT role FROM kroles.auditors'), who || ' lists the auditors') FROM unnest('{eve, ada, nobody}'::text[]) AS who;
SELECT attack.attempt('f', attack.says('eve', 'BEGIN', 'CREATE TEMP TABLE auditors (role name)', 'INSERT INTO auditors VALUES (''attack_app'')', 'CREATE FUNCTION pg_temp.is_auditor() RETURNS boolean LANGUAGE sql AS ''SELECT true''',
    'SET LOCAL search_path = pg_temp, kroles, public', 'SELECT kroles.is_auditor()'), 'eve makes a list and a function of her own');
SELECT attack.attempt('3', attack.says('eve', 'SELECT id FROM kroles.users'), 'and sees herself');
SELECT attack.says('eve', 'ROLLBACK') \g (tuples_only) /dev/null
-- a member of the role has what it may read by privilege, and sees no row by it
GRANT attack_auditor TO attack_colleague;
SELECT attack.login('colleague', 'attack_colleague') \g (tuples_only) /dev/null
SELECT attack.attempt('0', attack.says('colleague', statement, 'SELECT count(*) FROM kroles.users'), 'a member of the auditor''s role: ' || statement) FROM unnest('{SELECT 1, SET ROLE attack_auditor}'::text[]) AS statement;
REVOKE attack_auditor FROM attack_colleague;
-- and an auditor's functions do not lend anyone its eyes
SELECT attack.says('auditor', 'CREATE FUNCTION mallory.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS ''SELECT count(*) FROM kroles.users''', 'CREATE VIEW mallory.seen AS SELECT count(*) AS n FROM kroles.users', 'GRANT USAGE ON SCHEMA mallory TO PUBLIC', 'GRANT SELECT ON mallory.seen TO PUBLIC') \g (tuples_only) /dev/null
SELECT attack.attempt('1', attack.says('eve', call), 'eve through what an auditor made: ' || call) FROM unnest('{SELECT mallory.peek(), SELECT n FROM mallory.seen}'::text[]) AS call;

-- ---- No longer one, and not yet ----
SELECT attack.says('auditor', 'PREPARE q AS SELECT count(*) FROM kroles.users', 'EXECUTE q', 'EXECUTE q', 'EXECUTE q', 'EXECUTE q', 'EXECUTE q', 'EXECUTE q', 'BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT count(*) FROM kroles.media') \g (tuples_only) /dev/null
DELETE FROM kroles.auditors WHERE role = 'attack_auditor';
SELECT attack.attempt('0', attack.says('auditor', statement), 'struck from the list, in a transaction with an older snapshot: ' || statement) FROM unnest('{EXECUTE q, SELECT count(*) FROM kroles.media, SELECT count(*) FROM kroles.audit_log, "SELECT count(*) FROM kroles_list(''view'', ''media'')"}'::text[]) AS statement;
SELECT attack.attempt('f', attack.says('auditor', 'SELECT kroles.is_auditor()'), 'it is none');
SELECT attack.attempt('42501', attack.says('auditor', 'SELECT kroles_can(3, ''view'', ''media'', 40)'), 'and asks about nobody');
SELECT attack.attempt('0', attack.says('auditor', 'ROLLBACK', 'EXECUTE q'), 'nor afterwards');
SELECT attack.says('auditor', 'BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT count(*) FROM kroles.users') \g (tuples_only) /dev/null
INSERT INTO kroles.auditors (role) VALUES ('attack_auditor');
SELECT attack.attempt('0', attack.says('auditor', statement), 'on the list again, in a transaction with an older snapshot: ' || statement) FROM unnest('{EXECUTE q, SELECT count(*) FROM kroles.media}'::text[]) AS statement;
SELECT attack.control((SELECT count(*)::text FROM kroles.users), attack.says('auditor', 'ROLLBACK', 'EXECUTE q'), 'afterwards it is one');
SELECT attack.says('operator', 'BEGIN', 'SELECT kroles_revoke_audit(''attack_auditor'')', 'ROLLBACK') \g (tuples_only) /dev/null
SELECT attack.control((SELECT count(*)::text FROM kroles.users), attack.says('auditor', 'EXECUTE q'), 'a revocation that is rolled back');
SELECT kroles_revoke_audit('attack_auditor') \g (tuples_only) /dev/null
SELECT attack.attempt('42501', attack.says('auditor', 'EXECUTE q'), 'revoked, with a prepared statement');
SELECT attack.attempt('f', attack.says('auditor', 'SELECT kroles_can(''view'', ''media'', 40)'), 'and the open channel''s media');

SELECT * FROM finish();
