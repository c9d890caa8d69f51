-- Auditors: what a role needs to be one, that it reads everything, and that it changes nothing.
\ir lib/begin.psql

CREATE ROLE auditor LOGIN;
INSERT INTO kroles.users (id, login, name, applicative_role, administrator) VALUES (901, 'owner', 'Olga', 'admin', false), (902, 'viewer', 'Vic', 'viewer', false),
    (903, 'ada', 'Ada', 'viewer', true), (904, 'blocked', 'Bob', 'viewer', false),
    (905, 'max', 'Max', 'private_only', false);
INSERT INTO kroles.groups (id, name) VALUES (901, 'Staff');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (901, 902);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, moderated) VALUES (901, 'channel', 'private', 'Board', 901, true), (902, 'gallery', 'private', 'Arts', 901, true);
INSERT INTO kroles.space_members (space_id, user_id, group_id, role) VALUES (901, NULL, 901, 'member'), (901, 905, NULL, 'contributor'), (902, 905, NULL, 'contributor');
INSERT INTO kroles.media (id, type, name, owner_id, available_until) VALUES (911, 'live', 'Seminar', 901, NULL), (912, 'video', 'Draft', 905, NULL), (913, 'video', 'Past', 901, '2001-01-01');
INSERT INTO kroles.publications (media_id, space_id) VALUES (911, 901);
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (911, 902, 'viewer');
INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (911, 902, 'chat_moderator');
INSERT INTO kroles.media_speakers (media_id, user_id, visible) VALUES (911, 902, false);
INSERT INTO kroles.events (id, name, created_by) VALUES (921, 'Day', 901);
INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (921, 902, 'attendee');
INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (921, 911);
INSERT INTO kroles.room_participants (media_id, user_id, rights) VALUES (911, 902, '{join_room}');
INSERT INTO kroles.join_requests (space_id, user_id) VALUES (902, 902);
INSERT INTO kroles.playlists (id, space_id, owner_id, name) VALUES (931, 901, NULL, 'Course'), (932, NULL, 902, 'Mine');
INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (931, 911), (932, 911);
INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('k', 'HS256', repeat('x', 32));
INSERT INTO kroles.last_seen (user_id, kind, object_id, at) VALUES (902, 'media', 911, now());
INSERT INTO kroles.user_blocks (user_id) VALUES (904);
INSERT INTO kroles.access_changes (user_id, action, kind, object_id, allowed) VALUES (902, 'view', 'media', 911, true);
\ir lib/says.psql
SELECT pg_temp.says('max', 'SELECT kroles_publish(912, 901), kroles_publish(912, 902)'), pg_temp.says('owner', 'SELECT kroles_reject(912, 902, ''No'')') \g (tuples_only) /dev/null

-- What a statement says in the session of a login role; as pg_temp.says().
CREATE FUNCTION pg_temp.reads(statement text, role name DEFAULT 'auditor') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    n bigint;
BEGIN
    EXECUTE format('SET LOCAL SESSION AUTHORIZATION %I', role);
    BEGIN
        IF statement ~ '^SELECT' THEN
            EXECUTE format('SELECT string_agg(t::text, E''\n'') FROM (%s) AS t', statement) INTO answer;
        ELSE
            EXECUTE statement;
            GET DIAGNOSTICS n = ROW_COUNT;
            answer := n || ' rows';
        END IF;
    EXCEPTION WHEN OTHERS THEN
        answer := SQLSTATE;
    END;
    SET LOCAL SESSION AUTHORIZATION DEFAULT;
    RETURN answer;
END $$;

CREATE FUNCTION pg_temp.code(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;

-- ---- Becoming one ----
SELECT is(pg_temp.code('SELECT kroles_grant_audit(''nobody_there'')'), '42704', 'a role that does not exist is none');
SELECT is(pg_temp.code('SELECT kroles_grant_audit(NULL)'), '42704', 'nor is NULL');
CREATE ROLE bypassing LOGIN BYPASSRLS;
CREATE ROLE climbing LOGIN IN ROLE bypassing;
CREATE ROLE acting LOGIN;
CREATE ROLE writing LOGIN;
CREATE ROLE inheriting LOGIN IN ROLE writing;
CREATE ROLE of_column LOGIN;
CREATE ROLE all_reading LOGIN IN ROLE pg_read_all_data;
CREATE ROLE key_reading LOGIN;
CREATE ROLE triggering LOGIN;
GRANT TRIGGER ON kroles.media TO triggering;
CREATE ROLE of_server LOGIN IN ROLE pg_execute_server_program;
CREATE ROLE of_files LOGIN IN ROLE pg_write_server_files;
GRANT SELECT (key) ON kroles.signing_keys TO key_reading;
SELECT FROM kroles_grant_access('writing');
GRANT UPDATE (name) ON kroles.media TO of_column;
UPDATE kroles.users SET db_role = 'acting' WHERE id = 902;
SELECT is(pg_temp.code(format('SELECT kroles_grant_audit(%L)', role)), '55000', 'nor is one that can do more than read: ' || role)
FROM unnest('{bypassing, climbing, acting, writing, inheriting, of_column, all_reading, key_reading, triggering, of_server, of_files, says_app}'::text[]) AS role;
SELECT is_empty('SELECT FROM kroles.auditors', 'which makes none of them one');
SELECT is(pg_temp.reads('SELECT count(*) FROM kroles.users'), '42501', 'a role without privileges reads nothing');
SELECT is(pg_temp.says('ada', call), '42501', 'an administrator of the site makes none: ' || call)
FROM unnest('{"SELECT kroles_grant_audit(''auditor'')", "SELECT kroles_revoke_audit(''auditor'')", "INSERT INTO kroles.auditors (role) VALUES (''says_app'')"}'::text[]) AS call;
SELECT FROM kroles_grant_audit('auditor'), kroles_grant_audit('auditor') AS again;
SELECT results_eq('SELECT role FROM kroles.auditors', 'VALUES (''auditor''::name)', 'one that reads alone is one, once');
SELECT is((SELECT count(*) FROM kroles.audit_log WHERE relation = 'kroles.auditors'), 1::bigint, 'which is logged');
SELECT is(pg_temp.code('SELECT kroles_trust_gateway(''auditor'')'), '55000', 'an auditor becomes no gateway');
SELECT is_empty($$SELECT FROM kroles_doctor() WHERE finding = 'writing_auditor'$$, 'the doctor has nothing to say of it');

-- ---- Its privileges ----
SELECT set_eq($$SELECT c.relname || ' ' || a.privilege_type FROM pg_class c, aclexplode(c.relacl) a WHERE a.grantee = 'auditor'::regrole$$,
    $$SELECT r.name || ' SELECT' FROM kroles.relations() r WHERE r.application IS NOT NULL AND r.name !~ '_import$|^signing_keys$'$$, 'it may read tables and views, and no more');
SELECT set_eq($$SELECT t.attname || ' ' || a.privilege_type FROM pg_attribute t, aclexplode(t.attacl) a WHERE a.grantee = 'auditor'::regrole$$,
    '{kid SELECT, algorithm SELECT, expires_at SELECT, created_at SELECT}'::text[], 'of the keys, not the keys');

-- ---- It reads everything ----
CREATE FUNCTION pg_temp.rows_of(relation text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    n text;
BEGIN
    EXECUTE format('SELECT ''('' || count(*) || '')'' FROM kroles.%I', relation) INTO n;
    RETURN n;
END $$;
SELECT isnt(pg_temp.rows_of(name), '(0)', 'there is something in ' || name) FROM kroles.relations()
WHERE application IS NOT NULL AND name !~ '_import$|^my_|^moderation_queue$|^retired_external_ids$' ORDER BY name;
SELECT is(pg_temp.reads(format('SELECT count(%s) FROM kroles.%I', CASE name WHEN 'signing_keys' THEN 'kid' ELSE '*' END, name)), CASE name WHEN 'playlists' THEN '(1)' WHEN 'playlist_items' THEN '(1)'
    WHEN 'audit_log' THEN (SELECT format('(%s)', count(*)) FROM kroles.audit_log WHERE object_kind <> 'user' OR relation !~ 'playlist')
    WHEN 'my_media' THEN '(0)' WHEN 'my_playlists' THEN '(0)' WHEN 'moderation_queue' THEN '(0)' ELSE pg_temp.rows_of(name) END,
    CASE WHEN name ~ '^playlist|^audit_log' THEN 'what is not personal in ' WHEN name ~ '^my_|queue$' THEN 'nothing of its own in ' ELSE 'every row of ' END || name)
FROM kroles.relations() WHERE application IS NOT NULL AND name !~ '_import$|^retired' ORDER BY name;
SELECT is(pg_temp.reads('SELECT key FROM kroles.signing_keys'), '42501', 'no key of tokens');
SELECT is(pg_temp.reads('SELECT name FROM kroles.users WHERE id = 902'), '(Vic)', 'one user');
SELECT is(pg_temp.reads('SELECT role FROM kroles.space_members WHERE space_id = 901 AND group_id = 901'), '(member)', 'the grants on one space');
SELECT is(pg_temp.reads('SELECT status FROM kroles.publications WHERE media_id = 912 ORDER BY space_id'), E'(pending)\n(rejected)', 'publications in every state');
SELECT is(pg_temp.reads('SELECT media_id FROM kroles.media_speakers WHERE user_id = 902'), '(911)', 'hidden speakers');

-- ---- Rows visible = kroles_list = kroles_can ----
CREATE TEMP TABLE objects AS SELECT s.kind::text::kroles.object_kind AS kind, s.id FROM kroles.spaces s UNION ALL SELECT 'media', m.id FROM kroles.media m
    UNION ALL SELECT 'event', e.id FROM kroles.events e UNION ALL VALUES ('room'::kroles.object_kind, 911::bigint);
SELECT is(pg_temp.reads(format('SELECT kroles_rights(%L, %s)', kind, id)), '({view})', format('of all rights, to view %s %s', kind, id)) FROM objects;
SELECT is(pg_temp.reads('SELECT kroles_rights(''site'')'), '({})', 'none on the site');
SELECT is(pg_temp.reads(format('SELECT kroles_can(%L, %L, %s)', r.action, o.kind, o.id)), CASE r.action WHEN 'view' THEN '(t)' ELSE '(f)' END, format('%s %s %s', r.action, o.kind, o.id))
FROM objects o JOIN kroles.rights r ON r.kind::text = o.kind::text;
SELECT is(pg_temp.reads(format('SELECT kroles_list(''view'', %L)', kind)), string_agg('(' || id || ')', E'\n' ORDER BY id), 'the list of each ' || kind) FROM objects GROUP BY kind;
SELECT is(pg_temp.reads(format('SELECT count(*) FROM kroles_list(%L, %L)', action, kind)), '(0)', format('none to %s %s', action, kind)) FROM kroles.rights WHERE action::text <> 'view';
SELECT is(pg_temp.reads('SELECT kroles_can(''view'', ''media'', 999)'), '(f)', 'nor what does not exist');
SELECT is(pg_temp.reads('SELECT kroles_current_user()'), '()', 'it is no user');
SELECT is(pg_temp.reads('SELECT kroles_role(''channel'', 901), kroles_contextual_role(901)'), '(,)', 'and has no role');
SELECT is(pg_temp.reads('SELECT array_agg(allowed) FROM kroles_can_many(''view'', ''media'', ''{911, 912, 913, 999}'')'), '("{t,t,t,f}")', 'also many at once');

-- ---- It asks about others ----
SELECT is(pg_temp.reads(question), answer, question) FROM (VALUES
    ('SELECT kroles_can(902, ''view'', ''channel'', 901)', '(t)'), ('SELECT kroles_can(902, ''manage'', ''channel'', 901)', '(f)'),
    ('SELECT kroles_can(NULL, ''view'', ''channel'', 901)', '(f)'), ('SELECT kroles_rights(''gallery'', 902, 902)', '({})'),
    ('SELECT kroles_can_publish(912, 902, 905)', '(t)'), ('SELECT kroles_list(''view'', ''channel'', 902)', '(901)'), ('SELECT kroles_contextual_role(901, 902)', '(member)'),
    ('SELECT user_id, via FROM kroles_who_can(''manage'', ''channel'', 901)', E'(901,"owner of channel ""Board""")\n(903,"administrator: every right on everything")'),
    ('SELECT effect, reason FROM kroles_explain(902, ''view'', ''channel'', 901)', '(allows,"member of channel ""Board"", by group ""Staff""")'),
    ('SELECT user_id, way, given_by_name FROM kroles_access(''channel'', 901) WHERE user_id = 902 AND action = ''view''', format('(902,"member of channel ""Board"", by group ""Staff""","database role %s")', session_user)),
    ('SELECT way FROM kroles_access(''media'', 911) WHERE user_id = 902 AND action = ''view''', E'("viewer of the media")\n("chat_moderator of the media")\n("speaker of the media")\n("approved in channel ""Board"": member there, by group ""Staff""")\n("attendee of event ""Day"", of which it is a session")'),
    ('SELECT kroles_could(902, ''view'', ''channel'', 901, now())', '(t)'), ('SELECT count(*) > 0 FROM kroles_could_who(''manage'', ''channel'', 901, now())', '(t)'),
    ('SELECT count(*) > 1 FROM kroles_access_of(903)', '(t)'), ('SELECT count(*) FROM kroles_access(''site'') WHERE user_id = 902', '(0)'),
    ('SELECT count(*) > 0 FROM kroles_access(''site'')', '(t)'),
    ('SELECT count(*) FROM kroles_access_findings() WHERE finding = ''blocked_user''', '(0)'),
    ('SELECT what FROM kroles_history(''channel'', 901) WHERE what LIKE ''made group%''', '("made group Staff member of ""Board""")'),
    ('SELECT count(*) > 0 FROM kroles_history(''user'', 902)', '(t)'), ('SELECT count(*) > 0 FROM kroles_history(''site'', NULL)', '(t)'),
    ('SELECT count(*) FROM kroles_history(''gallery'', 902) WHERE what LIKE ''asked%''', '(1)')) AS q (question, answer);

-- Personal playlists are of nobody's concern, neither in their tables nor in the log.
SELECT is((SELECT count(*) FROM kroles.audit_log WHERE relation ~ 'playlist'), 4::bigint, 'the log has both playlists and their items');
SELECT is(pg_temp.reads('SELECT relation, object_kind, object_id FROM kroles.audit_log WHERE relation ~ ''playlist'' ORDER BY relation'),
    E'(kroles.playlist_items,channel,901)\n(kroles.playlists,channel,901)', 'of which an auditor reads that of the channel');
SELECT is(pg_temp.reads('SELECT count(*) FROM kroles.audit_log WHERE before::text ~ ''Mine'' OR after::text ~ ''Mine'''), '(0)', 'and not what people call theirs');
SELECT is(pg_temp.reads('SELECT count(*) FROM kroles_history(''user'', 902, NULL, 1000) WHERE what ~ ''playlist'''), '(0)', 'the history of a user has none');
SELECT is(pg_temp.says('ada', 'SELECT count(*) FROM kroles_history(''user'', 902, NULL, 1000) WHERE what ~ ''playlist'''), '(2)', 'but for administrators');
SELECT is(pg_temp.reads('SELECT count(*) > 0 FROM kroles_history(''channel'', 901, NULL, 1000) WHERE what ~ ''playlist'''), '(t)', 'that of a channel does');

-- ---- It changes nothing ----
SELECT is(pg_temp.reads(change), code, change) FROM (VALUES
    ('INSERT INTO kroles.users (login) VALUES (''mine'')', '42501'), ('UPDATE kroles.users SET name = ''x''', '42501'), ('DELETE FROM kroles.space_members', '42501'),
    ('INSERT INTO kroles.auditors (role) VALUES (''says_app'')', '42501'), ('DELETE FROM kroles.audit_log', '42501'), ('TRUNCATE kroles.audit_log', '42501'),
    ('SELECT id FROM kroles.media FOR UPDATE', '42501'), ('LOCK TABLE kroles.media IN SHARE MODE', '42501'), ('SELECT kroles_grant_audit(''says_app'')', '42501'),
    ('SELECT kroles_publish(912, 901)', '42501'), ('SELECT kroles_approve(912, 901)', '42704'), ('SELECT kroles_block(902)', '28000'),
    ('SELECT kroles_request_to_join(902)', '28000'), ('SELECT kroles_remove_user(911, 902)', '28000'), ('SELECT kroles_room_join(911)', '28000')) AS c (change, code);
SELECT is(pg_temp.reads('SELECT kroles_seen(''media'', 911)'), '("")', 'nor does its reading leave a trace');
SELECT is((SELECT count(*) FROM kroles.last_seen), 1::bigint, 'of last use');
-- not even with the privileges of an application
GRANT ALL ON ALL TABLES IN SCHEMA kroles TO auditor;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA kroles TO auditor;
SELECT is(pg_temp.reads(change), answer, 'with every privilege: ' || change) FROM (VALUES
    ('UPDATE kroles.users SET name = ''x''', '0 rows'), ('UPDATE kroles.spaces SET type = ''open''', '0 rows'), ('UPDATE kroles.media SET name = ''x''', '0 rows'),
    ('UPDATE kroles.space_members SET role = ''manager''', '0 rows'), ('DELETE FROM kroles.space_members', '0 rows'), ('DELETE FROM kroles.media', '0 rows'),
    ('DELETE FROM kroles.publications', '0 rows'), ('UPDATE kroles.publications SET status = ''approved''', '0 rows'), ('DELETE FROM kroles.events', '0 rows'),
    ('DELETE FROM kroles.event_participants', '0 rows'), ('DELETE FROM kroles.join_requests', '0 rows'), ('DELETE FROM kroles.last_seen', '0 rows'), ('DELETE FROM kroles.auditors', '0 rows'),
    ('UPDATE kroles.settings SET allow_anonymous = true', '0 rows'), ('UPDATE kroles.role_rights SET allowed = true', '0 rows'), ('DELETE FROM kroles.gateways', '0 rows'),
    ('INSERT INTO kroles.users (login) VALUES (''mine'')', '42501'), ('INSERT INTO kroles.media (name, owner_id) VALUES (''x'', 901)', '42501'),
    ('INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (901, 902, ''manager'')', '42501'), ('INSERT INTO kroles.publications (media_id, space_id) VALUES (911, 902)', '42501'),
    ('INSERT INTO kroles.gateways (role) VALUES (''auditor'')', '42501'), ('INSERT INTO kroles.playlists (name, space_id) VALUES (''x'', 901)', '42501')) AS c (change, answer);
SELECT is((SELECT string_agg(severity || ' ' || finding || ' ' || subject, ', ') FROM kroles_doctor() WHERE finding = 'writing_auditor'), 'danger writing_auditor kroles.auditors ''auditor''', 'and the doctor reports it');
REVOKE ALL ON ALL TABLES IN SCHEMA kroles FROM auditor;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA kroles FROM auditor;
SELECT FROM kroles_grant_audit('auditor');
SELECT is_empty($$SELECT FROM kroles_doctor() WHERE finding = 'writing_auditor'$$, 'until it is taken back');
UPDATE kroles.users SET db_role = 'auditor' WHERE id = 902;
SELECT is((SELECT weakness FROM kroles_doctor() WHERE finding = 'writing_auditor'), 'the auditor''s role auditor can do more than read: it acts as user 902', 'an auditor that is a user is reported');
SELECT is(pg_temp.reads('SELECT kroles_current_user(), kroles.is_auditor(), count(*) FROM kroles.users'), '(902,f,1)', 'and acts as that user');
UPDATE kroles.users SET db_role = NULL WHERE id = 902;
INSERT INTO kroles.gateways (role) VALUES ('auditor');
SELECT matches((SELECT weakness FROM kroles_doctor() WHERE finding = 'writing_auditor'), 'trusted as a gateway', 'as is one that is a gateway');
DELETE FROM kroles.gateways WHERE role = 'auditor';
GRANT pg_read_all_data TO auditor;
SELECT matches((SELECT weakness FROM kroles_doctor() WHERE finding = 'writing_auditor'), 'may read the keys', 'or that may read keys');
REVOKE pg_read_all_data FROM auditor;

-- ---- Who is one: the login role, not the current one ----
CREATE ROLE colleague LOGIN IN ROLE auditor;
SELECT is(pg_temp.reads('SELECT kroles.is_auditor(), count(*) FROM kroles.users', 'colleague'), '(f,0)', 'a member of the role is none');
SELECT is(pg_temp.says('ada', 'SELECT kroles.is_auditor()'), '(f)', 'an administrator is none');
SELECT is(pg_temp.says(NULL, 'SELECT kroles.is_auditor()'), '(f)', 'nor is anonymous');
SELECT ok(NOT kroles.is_auditor(), 'nor a superuser');
SELECT set_config('kroles.user', 'ada', true) \g (tuples_only) /dev/null
SET LOCAL client_min_messages = error;
SELECT is(pg_temp.reads('SELECT kroles_current_user(), kroles_can(''administer'', ''site'')'), '(,f)', 'an auditor states no user');
SET LOCAL client_min_messages = warning;
SELECT set_config('kroles.user', '', true) \g (tuples_only) /dev/null

-- ---- No longer one ----
SELECT FROM kroles_revoke_audit('auditor');
SELECT is(pg_temp.reads('SELECT count(*) FROM kroles.users'), '42501', 'a former auditor reads nothing');
SELECT is(pg_temp.reads('SELECT kroles_can(''view'', ''media'', 911)'), '(f)', 'and is anonymous');
SELECT is_empty($$SELECT FROM pg_class c, aclexplode(c.relacl) a WHERE a.grantee = 'auditor'::regrole$$, 'with no privilege');
GRANT SELECT ON kroles.users TO auditor;
SELECT is(pg_temp.reads('SELECT count(*) FROM kroles.users'), '(0)', 'nor any row');
SELECT lives_ok('SELECT kroles_revoke_audit(''auditor'')', 'revoking twice is no error');
REVOKE SELECT ON kroles.users FROM auditor;
INSERT INTO kroles.auditors (role) VALUES ('nobody_there');
SELECT is((SELECT severity || ' ' || subject FROM kroles_doctor() WHERE finding = 'missing_role' AND subject LIKE '%auditors%'), 'warning kroles.auditors ''nobody_there''', 'a role that is gone is reported');
SELECT FROM kroles_revoke_audit('nobody_there');
SELECT is_empty('SELECT FROM kroles.auditors', 'and can be taken from the list');

SELECT * FROM finish();
ROLLBACK;
