-- Bypass by owning the tables: row security is forced, so it applies to the owner too. What kroles does for itself (publishing,
-- recording, cascades, the audit log) works although the owner bypasses nothing.
\set name kroles_bypass_owner
\ir lib/campus.psql
\ir lib/congress.psql
SELECT * FROM no_plan();

SELECT is_empty($$SELECT relname FROM pg_class WHERE relnamespace = 'kroles'::regnamespace AND relkind IN ('r', 'p')
    AND NOT (relrowsecurity AND relforcerowsecurity)$$, 'control: row security is enabled and forced on every table');
SELECT is_empty($$SELECT relname FROM pg_class WHERE relnamespace = 'kroles'::regnamespace AND relkind = 'v'
    AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)
    AND NOT (relname = 'people' AND reloptions @> '{security_barrier=true}')$$, 'control: every view is a security_invoker view; people is behind a barrier');

SELECT 'CREATE ROLE campus_owner LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'campus_owner') \gexec
INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('one', 'HS256', repeat('secret', 8));
SELECT format('ALTER %s %s OWNER TO campus_owner', CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, oid::regclass)
FROM pg_class WHERE relnamespace = 'kroles'::regnamespace AND relkind IN ('r', 'p', 'v') \gexec

-- ---- The owner in a session of its own, with no word about a person: anonymous ----
CREATE FUNCTION campus.owner_answer(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    n bigint := 0;
BEGIN
    BEGIN
        SET SESSION AUTHORIZATION campus_owner;
        IF statement ~* '^\s*select' THEN
            answer := campus.rows(statement);
        ELSE
            EXECUTE statement;
            GET DIAGNOSTICS n = ROW_COUNT;
            answer := CASE n WHEN 0 THEN 'no row' ELSE n || ' rows' END;
        END IF;
        RAISE EXCEPTION USING ERRCODE = 'KR000';
    EXCEPTION
        WHEN SQLSTATE 'KR000' THEN RETURN answer;
        WHEN OTHERS THEN RETURN SQLSTATE;
    END;
END $$;
GRANT USAGE ON SCHEMA campus TO campus_owner;

SELECT is(campus.owner_answer('SELECT 1 FROM ' || oid::regclass), 'no row', 'no row: the owner of the tables reads ' || oid::regclass)
FROM pg_class WHERE relnamespace = 'kroles'::regnamespace AND relkind IN ('r', 'v') AND relname !~ 'rights|settings|labels|version' ORDER BY relname;
SELECT is(campus.owner_answer('DELETE FROM ' || oid::regclass), answer, answer || ': the owner of the tables deletes all of ' || oid::regclass)
FROM pg_class, LATERAL (SELECT CASE relname WHEN 'secret' THEN '42501' ELSE 'no row' END) AS t (answer) WHERE relnamespace = 'kroles'::regnamespace AND relkind = 'r' AND relname !~ 'rights|settings|labels|version' ORDER BY relname;
SELECT is(campus.owner_answer(statement), answer, answer || ': the owner of the tables tries ' || statement)
FROM (VALUES
    ('no row', 'UPDATE kroles.users SET administrator = true'), ('no row', 'UPDATE kroles.media SET name = ''x'''),
    ('no row', 'UPDATE kroles.settings SET allow_anonymous = true'), ('no row', 'UPDATE kroles.role_rights SET allowed = true'),
    ('no row', 'UPDATE kroles.publications SET status = ''approved'''), ('no row', 'UPDATE kroles.signing_keys SET expires_at = now()'),
    ('no row', 'UPDATE kroles.audit_log SET actor = 18'),
    ('42501', 'INSERT INTO kroles.users (login, administrator) VALUES (''x'', true)'), ('42501', 'INSERT INTO kroles.group_members VALUES (2, 18)'),
    ('42501', 'INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (2, 18, ''manager'')'),
    ('42501', 'INSERT INTO kroles.media (name, owner_id) VALUES (''x'', 18)'), ('42501', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (2, 3)'),
    ('no row', 'UPDATE kroles.event_participants SET role = ''organizer'''), ('no row', 'UPDATE kroles.room_participants SET rights = ''{manage}'''), ('42501', 'INSERT INTO kroles.event_participants (event_id, user_id) VALUES (1, 18)'),
    ('42501', 'INSERT INTO kroles.events (name) VALUES (''x'')'), ('42501', 'INSERT INTO kroles.room_participants (media_id, user_id, rights) VALUES (21, 18, ''{}'')'), ('28000', 'SELECT kroles_room_join(21)'),
    ('42501', 'INSERT INTO kroles.gateways (role) VALUES (''campus_owner'')'),
    ('42501', 'INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES (''x'', ''HS256'', repeat(''x'', 32))'),
    ('42501', 'INSERT INTO kroles.audit_log (db_role, operation, relation, object_kind) VALUES (''x'', ''x'', ''x'', ''x'')'),
    ('42501', 'DELETE FROM kroles.settings'), ('42501', 'DELETE FROM kroles.role_rights'), ('42501', 'SELECT kroles_trust_gateway(''campus_owner'')')) AS t (answer, statement);
SELECT is(campus.owner_answer('SET kroles."user" = ''administrator''; UPDATE kroles.media SET name = ''x'''), 'no row',
    'no row: the owner of the tables, no gateway, says it is an administrator');
SELECT is(campus.owner_answer('SET row_security = off; UPDATE kroles.media SET name = ''x'''), '42501',
    '42501: the owner of the tables switches row_security off');
-- What owning a table means in PostgreSQL
SELECT is(campus.owner_answer(statement), 'no row', 'left open: the owner of the tables does ' || statement)
FROM unnest('{ALTER TABLE kroles.media NO FORCE ROW LEVEL SECURITY, ALTER TABLE kroles.media DISABLE TRIGGER audit_update,
    DROP POLICY read ON kroles.media, TRUNCATE kroles.media_speakers}'::text[]) AS statement;

-- ---- People, in the application's session: all as ever ----
SELECT campus.tries('stranger', '1 2 3 5 7', 'reads media', 'SELECT id FROM kroles.media ORDER BY id');
SELECT campus.tries('stranger', 'no row', 'renames all media but their own', 'UPDATE kroles.media SET name = ''x'' WHERE id <> 2');
SELECT campus.tries('contributor', '42501', 'approves their own', 'SELECT kroles_approve(4, 1)');
SELECT campus.tries('manager', '42501', 'makes themselves owner', 'UPDATE kroles.spaces SET owner_id = 3 WHERE id = 1');
SELECT campus.tries('viewer', '42501', 'makes themselves administrator', 'UPDATE kroles.users SET administrator = true');
SELECT campus.tries('moderator', '42501', 'makes a friend member', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (1, 18)');

CREATE FUNCTION campus.last_audit() RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', actor, operation, relation, object_kind, object_id) FROM kroles.audit_log ORDER BY id DESC LIMIT 1
$$;
SELECT campus.leads_to('contributor', '5 INSERT kroles.publications media 8', 'publishes by function, and it is logged',
    'SELECT kroles_publish(8, 1)', 'SELECT campus.last_audit()');
SELECT campus.leads_to('contributor', 'pending', 'publishes again by function', 'SELECT kroles_publish(6, 1)', 'SELECT status FROM kroles.publications WHERE media_id = 6');
SELECT campus.leads_to('moderator', '4 UPDATE kroles.publications media 4', 'approves by function, and it is logged',
    'SELECT kroles_approve(4, 1)', 'SELECT campus.last_audit()');
SELECT campus.leads_to('moderator', 'rejected 4 dull', 'rejects by function', 'SELECT kroles_reject(4, 1, ''dull'')',
    'SELECT concat_ws('' '', status, moderated_by, reason) FROM kroles.publications WHERE media_id = 4');
SELECT campus.leads_to('moderator', 'no row', 'takes down by function', 'SELECT kroles_take_down(1, 1)', 'SELECT 1 FROM kroles.publications WHERE media_id = 1');
SELECT campus.leads_to('owner', 'pending 2', 'publishes by DML as approved; the database decides',
    'INSERT INTO kroles.publications (media_id, space_id, status, published_by) VALUES (7, 5, ''rejected'', 3) RETURNING 1',
    'SELECT ''pending 2''');
SELECT campus.leads_to('editor', '3', 'adds a speaker, who comes last', 'INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (1, 18)',
    'SELECT position FROM kroles.media_speakers WHERE user_id = 18');
SELECT campus.leads_to('manager', '4 1', 'puts a film into a playlist, and it comes last there', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (1, 3)',
    'SELECT concat_ws('' '', position, space_id) FROM kroles.playlist_items WHERE (playlist_id, media_id) = (1, 3)');
SELECT campus.leads_to('manager', '7 1 4', 'moves one', 'SELECT kroles_move_item(1, 7, 1)', 'SELECT media_id FROM kroles.playlist_items WHERE playlist_id = 1 ORDER BY position');
SELECT campus.leads_to('manager', '4 1 7 2', 'takes one out', 'DELETE FROM kroles.playlist_items WHERE media_id = 1',
    'SELECT concat_ws('' '', media_id, position) FROM kroles.playlist_items WHERE playlist_id = 1 ORDER BY position');
SELECT campus.tries('moderator', '42501', 'puts a film into a playlist', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (1, 3)');
SELECT campus.tries('moderator', '42501', 'moves one', 'SELECT kroles_move_item(1, 7, 1)');
SELECT campus.leads_to('organizer', '31 organizer', 'makes an event, and organizes it', 'INSERT INTO kroles.events (name) VALUES (''Made anew'')',
    'SELECT concat_ws('' '', user_id, role) FROM kroles.event_participants AS p JOIN kroles.events AS e ON e.id = event_id WHERE e.name = ''Made anew''');
SELECT campus.leads_to('steward', '22 21', 'moves a session', 'SELECT kroles_move_session(1, 22, 1)', 'SELECT media_id FROM kroles.event_sessions WHERE event_id = 1 ORDER BY position');
SELECT campus.leads_to('landlord', '22', 'takes a session off', 'SELECT kroles_remove_session(1, 21)', 'SELECT media_id FROM kroles.event_sessions WHERE event_id = 1');
SELECT campus.tries('soloist', '23514', 'leaves their event to nobody', 'DELETE FROM kroles.event_participants WHERE user_id = 45');
SELECT campus.tries('administrator', '23514', 'blocks its only organizer', 'UPDATE kroles.users SET blocked = true WHERE id = 45');
SELECT campus.leads_to('attendee', '36 INSERT kroles.room_participants media 21', 'joins a room, and it is logged', 'SELECT kroles_room_join(21)', 'SELECT campus.last_audit()');
SELECT campus.leads_to('keeper', '42 43 44', 'leaves it', 'SELECT kroles_room_leave(21)', 'SELECT user_id FROM kroles.room_participants WHERE left_at IS NULL ORDER BY user_id');
SELECT campus.leads_to('keeper', '41 42 44', 'removes a guest', 'SELECT kroles_room_remove(21, 43)', 'SELECT user_id FROM kroles.room_participants WHERE left_at IS NULL ORDER BY user_id');
SELECT campus.tries('guest', '42501', 'removes the keeper', 'SELECT kroles_room_remove(21, 41)');
SELECT campus.leads_to('manager', 'by_request', 'opens a channel to requests', 'UPDATE kroles.spaces SET joining = ''by_request'' WHERE id = 1',
    'SELECT joining FROM kroles.spaces WHERE id = 1');
UPDATE kroles.spaces SET joining = 'by_request' WHERE id = 1;
UPDATE kroles.spaces SET joining = 'open' WHERE id = 3;
INSERT INTO kroles.join_requests (id, space_id, user_id) VALUES (200, 1, 15);
SELECT campus.tries('stranger', '1 3', 'lists what can be joined', 'SELECT id FROM kroles_joinable() ORDER BY id');
SELECT campus.leads_to('stranger', 'pending', 'asks to join', 'SELECT kroles_request_to_join(1)', 'SELECT status FROM kroles.join_requests WHERE user_id = 18');
SELECT campus.leads_to('stranger', 'member', 'joins an open channel', 'SELECT kroles_request_to_join(3)', 'SELECT role FROM kroles.space_members WHERE (space_id, user_id) = (3, 18)');
SELECT campus.tries('stranger', '42704', 'asks to join a hidden channel', 'SELECT kroles_request_to_join(2)');
SELECT campus.tries('manager', '15', 'lists requests', 'SELECT user_id FROM kroles_join_requests(1)');
SELECT campus.leads_to('manager', 'contributor', 'answers a request', 'SELECT kroles_answer_request(200, true, ''contributor'')',
    'SELECT role FROM kroles.space_members WHERE (space_id, user_id) = (1, 15)');
SELECT campus.tries('stranger', '42704', 'answers a request of others', 'SELECT kroles_answer_request(200, true)');
SELECT campus.tries('contributor', '42704', 'approves a request in a channel whose members they do not manage', 'SELECT kroles_answer_request(200, true)');
SELECT campus.tries('manager', '8', 'counts the people of a channel, page by page', 'SELECT count(*) FROM (SELECT FROM kroles_space_users(1, NULL, 3) UNION ALL SELECT FROM kroles_space_users(1, NULL, 5, 3)) AS p');
SELECT campus.tries('organizer', '3', 'lists the people of an event', 'SELECT count(*) FROM kroles_event_users(1, NULL, 3)');
SELECT campus.tries('manager', '1 row', 'counts what is in a channel', 'SELECT count(*) || '' row'' FROM kroles_space_counts(ARRAY[1])');
SELECT campus.leads_to('administrator', 'no row', 'switches rooms off, and nobody is in one', 'UPDATE kroles.settings SET chat_and_collaboration = false', 'SELECT user_id FROM kroles.room_participants WHERE left_at IS NULL');
SELECT campus.leads_to('administrator', '42 43 44', 'blocks who is in a room, and they are out', 'UPDATE kroles.users SET blocked = true WHERE id = 41', 'SELECT user_id FROM kroles.room_participants WHERE left_at IS NULL ORDER BY user_id');
SELECT campus.tries('owner', '23514', 'makes themselves collaborator', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (1, 2, ''viewer'')');
SELECT campus.leads_to('owner', 'no row', 'makes the editor owner, who is no collaborator then', 'UPDATE kroles.media SET owner_id = 8 WHERE id = 1',
    'SELECT 1 FROM kroles.media_collaborators WHERE (media_id, user_id) = (1, 8)');
SELECT campus.leads_to('owner', '0 0 0 0', 'deletes a film, and all that hangs on it goes', 'DELETE FROM kroles.media WHERE id = 1',
    'SELECT concat_ws('' '', (SELECT count(*) FROM kroles.publications WHERE media_id = 1), (SELECT count(*) FROM kroles.media_collaborators WHERE media_id = 1),
        (SELECT count(*) FROM kroles.media_moderators WHERE media_id = 1), (SELECT count(*) FROM kroles.media_speakers WHERE media_id = 1))');
SELECT campus.leads_to('manager', '0 0', 'deletes a channel, and all that hangs on it goes', 'DELETE FROM kroles.channels WHERE id = 1',
    'SELECT concat_ws('' '', (SELECT count(*) FROM kroles.publications WHERE space_id = 1), (SELECT count(*) FROM kroles.space_members WHERE space_id = 1))');
SELECT campus.leads_to('administrator', '1 1 0', 'deletes a user, whose publications stay', 'DELETE FROM kroles.users WHERE id = 4',
    'SELECT concat_ws('' '', (SELECT count(*) FROM kroles.publications WHERE media_id = 6), (SELECT count(*) FROM kroles.audit_log WHERE operation = ''DELETE'' AND relation = ''kroles.users'' AND actor = 1),
        (SELECT count(*) FROM kroles.space_members WHERE user_id = 4))');
SELECT campus.leads_to('administrator', '1 UPDATE kroles.settings site', 'changes the settings, and it is logged', 'UPDATE kroles.settings SET allow_anonymous = true', 'SELECT campus.last_audit()');
SELECT campus.may('administrator', '1 row', 'signs a user up', 'INSERT INTO kroles.users (login) VALUES (''new'')');
SELECT campus.may('owner', '1 row', 'makes a channel', 'INSERT INTO kroles.channels (type, name, owner_id) VALUES (''open'', ''x'', 2)');

-- ---- The application's own role owns the tables ----
SELECT format('ALTER %s %s OWNER TO campus_gateway', CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, oid::regclass)
FROM pg_class WHERE relnamespace = 'kroles'::regnamespace AND relkind IN ('r', 'p', 'v') \gexec
SELECT campus.tries('stranger', '1 2 3 5 7', 'reads media, the application being owner', 'SELECT id FROM kroles.media ORDER BY id');
SELECT campus.tries(NULL, 'no row', 'reads media, the application being owner', 'SELECT id FROM kroles.media');
SELECT campus.tries('stranger', '2', 'reads media as far as it is not in Lectures, the application being owner', 'SELECT id FROM kroles.media WHERE owner_id = 18');
SELECT campus.tries('stranger', 'no row', 'renames all media but their own, the application being owner', 'UPDATE kroles.media SET name = ''x'' WHERE id <> 2');
SELECT campus.tries('stranger', 'no row', 'joins a channel''s grants, the application being owner', 'UPDATE kroles.space_members SET user_id = 18');
SELECT campus.tries('stranger', '42501', 'joins a channel, the application being owner', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (2, 18)');
SELECT campus.tries('viewer', '42501', 'makes themselves administrator, the application being owner', 'UPDATE kroles.users SET administrator = true');
SELECT campus.tries('contributor', '42501', 'approves their own, the application being owner', 'UPDATE kroles.publications SET status = ''approved'' WHERE media_id = 4');
SELECT campus.tries(who, expected, what || ', the application being owner', statement)
FROM unnest('{administrator, stranger}'::text[]) AS who, (VALUES
    ('42501', 'writes the audit log', 'INSERT INTO kroles.audit_log (db_role, operation, relation, object_kind) VALUES (''x'', ''x'', ''x'', ''x'')'),
    ('no row', 'changes the audit log', 'UPDATE kroles.audit_log SET actor = 18'),
    ('no row', 'cleans the audit log', 'DELETE FROM kroles.audit_log'),
    ('42501', 'adds a key', 'INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES (''x'', ''HS256'', repeat(''x'', 32))'),
    ('42501', 'adds a gateway', 'INSERT INTO kroles.gateways (role) VALUES (''x'')')) AS t (expected, what, statement);
SELECT campus.tries('stranger', 'no row', 'reads the keys, the application being owner', 'SELECT key FROM kroles.signing_keys');
SELECT campus.left_open('administrator', 'true', 'reads the keys, the application being owner', 'SELECT key LIKE ''secret%'' FROM kroles.signing_keys');
SELECT campus.may('contributor', 'pending', 'publishes, the application being owner', 'SELECT kroles_publish(8, 1)');
SELECT campus.may('owner', '1 row', 'deletes a film, the application being owner', 'DELETE FROM kroles.media WHERE id = 1');

-- ---- The past, and the end of it ----
SELECT campus.tries('manager', 't f', 'asks what was', 'SELECT concat_ws('' '', kroles_could(kroles_current_user(), ''manage'', ''channel'', 1, now()), kroles_could(18, ''manage'', ''channel'', 1, now()))');
SELECT campus.tries('stranger', '42501', 'asks what was', 'SELECT kroles_could(18, ''manage'', ''channel'', 1, now())');
SELECT is(campus.owner_answer('SELECT kroles_trim_audit(now())'), '42501', 'the owner of the tables trims the log only where the owner of the extension lets them');
GRANT EXECUTE ON FUNCTION kroles_trim_audit(timestamptz) TO campus_owner;
SELECT cmp_ok(campus.owner_answer('SELECT kroles_trim_audit(now())')::integer, '>', 0, 'then rows are removed');
SELECT cmp_ok(kroles_trim_audit(now())::integer, '>', 0, 'the owner of the extension does so');
SELECT is((SELECT string_agg(DISTINCT operation, ' ' ORDER BY operation) FROM kroles.audit_log WHERE operation <> 'UPDATE'), 'INSERT TRIM', 'what is there was given, and that is all that remains');

SELECT * FROM finish();
