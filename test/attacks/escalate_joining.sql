-- Privilege escalation and leaks by joining: forging requests and answers, answering one's own or another space's, raising the role,
-- asking into what is hidden, names through kroles.people.
\set name kroles_escalate_joining
\ir lib/campus.psql
SELECT * FROM no_plan();

UPDATE kroles.spaces SET joining = 'by_request' WHERE id IN (1, 2);
UPDATE kroles.spaces SET joining = 'open' WHERE id IN (5, 10);
-- the stranger asks the manager of Lectures, the watcher the rival's Seminar
INSERT INTO kroles.join_requests (id, space_id, user_id, message) VALUES (1, 1, 18, 'Please'), (2, 2, 10, 'Me, too'), (3, 1, 15, 'And me'), (4, 1, 17, 'Once more');
UPDATE kroles.join_requests SET status = 'rejected', answered_by = 3, answered_at = now(), reason = 'Full' WHERE id = 3;
SELECT setval('kroles.join_requests_id_seq', 100) AS next \gset

-- ---- Forging requests: nobody writes the table ----
CREATE VIEW campus.persons AS
    SELECT unnest('{owner, manager, moderator, contributor, member, stranger, viewer, watcher, trusted, rival, blocked, NULL}'::text[]) AS who;
SELECT campus.tries_insert(who, '42501', what, 'kroles.join_requests', 'space_id, user_id, status', row)
FROM campus.persons, (VALUES ('asks for another', '1, 19, ''pending'''), ('is approved', '2, 18, ''approved'''), ('asks into a hidden space', '12, 18, ''pending'''), ('into none', '99, 18, ''pending''')) AS t (what, row);
SELECT campus.tries_insert('stranger', '42501', 'asks long ago', 'kroles.join_requests', 'space_id, user_id, requested_at', '2, 18, ''2000-01-01''');
SELECT campus.tries_update(who, 'no row', what, 'kroles.join_requests', change, 't.id = 1', who NOT IN ('owner', 'manager', 'stranger'),
    '(id, space_id, user_id) VALUES (1, 1, 18) ON CONFLICT (id)')
FROM unnest('{owner, manager, moderator, stranger, viewer, rival, blocked, NULL}'::text[]) AS who, (VALUES ('approves by hand', 'status = ''approved'''),
    ('says who answered', 'answered_by = 2, answered_at = now()'), ('asks for another', 'user_id = 19'), ('carries it to another space', 'space_id = 2'), ('asks long ago', 'requested_at = ''2000-01-01'''), ('says something else', 'message = ''x''')) AS t (what, change);
SELECT campus.tries_update('viewer', 'no row', 'lifts a rejection', 'kroles.join_requests', 'status = ''pending''', 't.id = 3');
SELECT campus.tries_delete('viewer', 'no row', 'deletes a rejection', 'kroles.join_requests', 't.id = 3');
SELECT campus.tries_delete(who, 'no row', 'deletes another''s request', 'kroles.join_requests', 't.id = 1', true) FROM unnest('{moderator, viewer, rival, watcher, blocked, NULL}'::text[]) AS who;
SELECT campus.tries('stranger', '1 row', 'deletes all, reading nothing: their own', 'DELETE FROM kroles.join_requests');
SELECT campus.tries('rival', '1 row', 'deletes all, reading nothing: that of their space', 'DELETE FROM kroles.join_requests');
SELECT campus.tries('moderator', 'no row', 'deletes all, reading nothing', 'DELETE FROM kroles.join_requests');
SELECT campus.tries('manager', '42501', 'copies requests in', 'COPY kroles.join_requests (space_id, user_id, status) FROM PROGRAM ''echo 1 19 approved''');
SELECT campus.tries('manager', '42501', 'empties the table', 'TRUNCATE kroles.join_requests');
SELECT campus.may('stranger', '1 row', 'withdraws their own', 'DELETE FROM kroles.join_requests WHERE id = 1');
SELECT campus.may('manager', '1 row', 'deletes a rejection', 'DELETE FROM kroles.join_requests WHERE id = 3');

-- ---- Reading requests ----
SELECT campus.tries(who, expected, 'reads requests', 'SELECT id FROM kroles.join_requests ORDER BY id')
FROM (VALUES ('moderator', 'no row'), ('contributor', 'no row'), ('viewer', '3'), ('watcher', '2'), ('rival', '2'), ('blocked', 'no row'), (NULL, 'no row')) AS t (who, expected);
SELECT campus.tries(who, 'no row', 'reads of requests in the log', 'SELECT id FROM kroles.audit_log WHERE relation = ''kroles.join_requests''')
FROM unnest('{moderator, contributor, stranger, watcher, blocked, NULL}'::text[]) AS who;
SELECT campus.tries('rival', 'no row', 'reads of those of another space in the log', 'SELECT id FROM kroles.audit_log WHERE relation = ''kroles.join_requests'' AND object_id <> 2');
SELECT campus.tries('moderator', 'no row', 'reads of requests in the history', 'SELECT log_id FROM kroles_history(''channel'', 1) WHERE what ~ ''request|asked''');
SELECT campus.may('manager', '1 3 4', 'reads requests', 'SELECT id FROM kroles.join_requests ORDER BY id');

-- ---- Answering ----
SELECT campus.tries(who, expected, 'answers a request', 'SELECT kroles_answer_request(1, true)')
FROM (VALUES ('stranger', '42501'), ('moderator', '42704'), ('contributor', '42704'), ('viewer', '42704'), ('rival', '42704'), ('trusted', '42704'), ('blocked', '42704'), (NULL, '28000')) AS t (who, expected);
SELECT campus.tries('rival', '42704', 'answers request ' || request, format('SELECT kroles_answer_request(%s, true, ''manager'')', request)) FROM unnest('{1, 3, 99, "NULL"}'::text[]) AS request;
SELECT campus.tries('manager', '42704', 'answers one of the rival''s space', 'SELECT kroles_answer_request(2, true)');
SELECT campus.tries('manager', '55000', 'answers one that is answered', 'SELECT kroles_answer_request(3, true)');
SELECT campus.tries('manager', '55000', 'lets a blocked user in', 'SELECT kroles_answer_request(4, true)');
SELECT campus.tries('manager', '55000', 'answers twice', 'SELECT kroles_answer_request(1, true)', 'SELECT kroles_answer_request(1, false)');
SELECT campus.tries('manager', '55000', 'lets in who was rejected before', 'SELECT kroles_answer_request(1, true)', 'SELECT kroles_answer_request(1, false)');
-- (helpers run with the caller's privileges, and under policies: of a person whom the manager does not see there is nothing to give)
SELECT campus.tries('manager', answer, 'calls what implements it', 'SELECT kroles.' || call)
FROM (VALUES ('42501', 'answer_request(1, true, ''manager'', NULL, NULL, NULL)'), ('42710', 'approve_request(1, 18, ''manager'', NULL, NULL)'), ('false', 'grant_on_joining(2, 3, ''manager'', NULL, NULL)'),
    ('42501', 'request_to_join(2, NULL)'), ('42501', 'joining(12)'), ('42501', 'check_joinable(12)'), ('42501', 'joinable(NULL, NULL, 0)'), ('42501', 'join_requests(2, NULL, NULL, 0)'),
    ('42704', 'check_answers_request(2)')) AS t (answer, call);
SELECT campus.may('manager', 'approved', 'lets the stranger in', 'SELECT kroles_answer_request(1, true)');
SELECT campus.leads_to('manager', 'contributor', 'lets the stranger in with a role', 'SELECT kroles_answer_request(1, true, ''contributor'')', 'SELECT role FROM kroles.space_members WHERE user_id = 18');

-- ---- Asking: nothing is told of what is closed, hidden, absent, or none ----
SELECT campus.tries(who, '42704', 'asks into ' || space, format('SELECT kroles_request_to_join(%s)', space))
FROM unnest('{stranger, viewer, rival, moderator}'::text[]) AS who, unnest('{3, 4, 7, 11, 12, 13, 99, "NULL", "-1", "9223372036854775807"}'::text[]) AS space;
SELECT campus.tries('blocked', '42704', 'asks into ' || space, format('SELECT kroles_request_to_join(%s)', space)) FROM unnest('{1, 2, 5, 12, 99}'::text[]) AS space;
SELECT campus.tries(NULL, '28000', 'asks into ' || space, format('SELECT kroles_request_to_join(%s)', space)) FROM unnest('{1, 2, 5, 12, 99}'::text[]) AS space;
-- to the word, and with whatever else is wrong
CREATE FUNCTION campus.whole_error(who text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    code text;
    message text;
    detail text;
    hint text;
    context text;
    place text;
BEGIN
    PERFORM set_config('kroles.user', coalesce(who, ''), true);
    SET SESSION AUTHORIZATION campus_gateway;
    BEGIN
        EXECUTE statement;
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT, place = CONSTRAINT_NAME;
    END;
    SET SESSION AUTHORIZATION DEFAULT;
    RETURN concat_ws(' / ', code, message, detail, hint, regexp_replace(context, '\(\d+', '(n', 'g'), place);
END $$;
SELECT skipping.judge(campus.whole_error('stranger', 'SELECT kroles_request_to_join(99' || more || ')'), campus.whole_error('stranger', format('SELECT kroles_request_to_join(%s%s)', space, more)),
    format('the same error: stranger asks into %s%s, or into none', space, left(more, 20)), '')
FROM unnest('{3, 7, 11, 12}'::text[]) AS space, unnest(ARRAY['', ', ''x''', ', repeat(''x'', 3000)', ', NULL']) AS more;
SELECT campus.tries('stranger', '1 Lectures by_request pending 2 Seminar by_request NULL 5 Plaza open NULL 10 Arts open NULL', 'lists what can be joined: no more',
    'SELECT concat_ws('' '', id, name, joining, coalesce(request::text, ''NULL'')) FROM kroles_joinable() ORDER BY id');
SELECT campus.tries('stranger', 'no row', 'searches for ' || word, format('SELECT id FROM kroles_joinable(%L)', word)) FROM unnest('{Attic, Library, 12, %, _, Film}'::text[]) AS word;
SELECT campus.tries('watcher', 'NULL', 'sees whether others asked', 'SELECT request FROM kroles_joinable(''Lectures'')');
SELECT campus.tries('stranger', 'no row', 'sees a space for having asked', 'SELECT id FROM kroles.spaces WHERE id = 2', 'SELECT kroles_request_to_join(2)');
SELECT campus.tries('stranger', 'false', 'has rights for having asked', 'SELECT bool_or(kroles_can(a, ''channel'', 2)) FROM unnest(''{view,contribute,moderate,manage_members}''::kroles.action[]) AS a', 'SELECT kroles_request_to_join(2)');
-- a request in a space that has closed, that one sees no more, or that is gone
SELECT campus.tries('viewer', '55000', 'asks again after a rejection', 'SELECT kroles_request_to_join(1)');
UPDATE kroles.spaces SET joining = 'open' WHERE id = 1;
SELECT campus.tries('viewer', '55000', 'walks in after a rejection, where it is open now', 'SELECT kroles_request_to_join(1)');
UPDATE kroles.spaces SET joining = 'closed' WHERE id = 1;
SELECT campus.tries('stranger', '42704', 'asks on after it has closed', 'SELECT kroles_request_to_join(1)');
UPDATE kroles.spaces SET joining = 'by_request', type = 'private' WHERE id = 1;
SELECT campus.may('stranger', 'pending', 'asks into a space that is private now, as its manager has it', 'SELECT kroles_request_to_join(1)');
SELECT campus.leads_to('grouped', 'pending', 'a group''s member asks for a role of their own', 'SELECT kroles_request_to_join(1)', 'SELECT status FROM kroles.join_requests WHERE user_id = 7');
SELECT campus.tries('lowered', '42710', 'asks for another role than the one they have', 'SELECT kroles_request_to_join(1)');
SELECT campus.leads_to('retired', 'member', 'of an open space, in place of a grant that has ended', 'SELECT kroles_request_to_join(5)', 'SELECT role FROM kroles.space_members WHERE (space_id, user_id) = (5, 20)');
SELECT campus.tries('boss', 'member', 'joins where they are more by a group: a member', 'SELECT kroles_request_to_join(10)');
-- who may choose
SELECT campus.tries_update('moderator', 'no row', 'opens a channel', 'kroles.spaces', 'joining = ''open''', 't.id = 1', false, '(id, kind, type, name, owner_id) VALUES (1, ''channel'', ''open'', ''x'', 4) ON CONFLICT (id)');
SELECT campus.tries_update('stranger', 'no row', 'opens a hidden channel', 'kroles.spaces', 'joining = ''open''', 't.id = 2', true, '(id, kind, type, name, owner_id) VALUES (2, ''channel'', ''open'', ''x'', 18) ON CONFLICT (id)');

-- ---- Names ----
CREATE FUNCTION campus.leak(said text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE EXCEPTION 'it says %', said USING ERRCODE = 'LK001'; END $$;
CREATE FUNCTION campus.leak(said bigint) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE EXCEPTION 'it says %', said USING ERRCODE = 'LK001'; END $$;
GRANT EXECUTE ON FUNCTION campus.leak(text), campus.leak(bigint) TO campus_gateway;
UPDATE kroles.users SET name = initcap(login), title = 'T' || id, avatar_url = id || '.png';
INSERT INTO kroles.user_blocks (user_id) VALUES (20);
CREATE VIEW campus.queries AS
    SELECT format('SELECT 1 FROM kroles.people p WHERE p.id = %s AND campus.leak(p.%s)', id, col) AS query FROM unnest('{17, 20}'::int[]) AS id, unnest('{id, name, initials, avatar_url, title}'::text[]) AS col
    UNION ALL SELECT format('SELECT 1 FROM kroles.people p WHERE p.id = %s AND 1 / (p.id - %1$s) = 0', id) FROM unnest('{17, 20}'::int[]) AS id
    UNION ALL SELECT format('SELECT 1 FROM kroles.people p JOIN kroles.people q ON q.id = p.id AND campus.leak(q.name) WHERE p.id = %s', id) FROM unnest('{17, 20}'::int[]) AS id
    UNION ALL SELECT format('SELECT 1 FROM (VALUES (%s::bigint)) AS v (id) LEFT JOIN kroles.people p ON p.id = v.id AND campus.leak(p.title) WHERE p.id IS NOT NULL', id) FROM unnest('{17, 20}'::int[]) AS id
    UNION ALL SELECT format('SELECT 1 FROM (VALUES (%s::bigint)) AS v (id), LATERAL (SELECT p.name FROM kroles.people p WHERE p.id = v.id OFFSET 0) AS n WHERE campus.leak(n.name)', id) FROM unnest('{17, 20}'::int[]) AS id
    UNION ALL SELECT format('WITH p AS (SELECT * FROM kroles.people) SELECT 1 FROM p WHERE id = %s AND campus.leak(name)', id) FROM unnest('{17, 20}'::int[]) AS id
    UNION ALL SELECT format('SELECT 1 FROM kroles.people p WHERE p.id = %s FOR UPDATE', id) FROM unnest('{17, 20}'::int[]) AS id;
SELECT campus.tries('stranger', CASE WHEN query ~ 'FOR UPDATE' THEN '42501' ELSE 'no row' END, 'runs code on the name of a blocked user: ' || query, query) FROM campus.queries;
SELECT campus.may('stranger', 'LK001', 'runs code on a name that is shown', 'SELECT 1 FROM kroles.people p WHERE p.id = 19 AND campus.leak(p.name)');
SELECT campus.tries('stranger', '42703', 'reads ' || col, format('SELECT %s FROM kroles.people', col)) FROM unnest('{login, email, bio, db_role, applicative_role, administrator, blocked, tokens_valid_after, ctid, xmin, tableoid}'::text[]) AS col;
SELECT campus.tries(who, expected, 'counts the names', 'SELECT count(*) FROM kroles.people') FROM (VALUES ('stranger', '21'), ('blocked', '0'), ('retired', '0'), (NULL, '0')) AS t (who, expected);
SELECT campus.tries('stranger', '42501', 'writes names: ' || statement, statement)
FROM unnest(ARRAY['UPDATE kroles.people SET title = ''x'' WHERE id = 18', 'DELETE FROM kroles.people', 'INSERT INTO kroles.people (id) VALUES (99)',
    'MERGE INTO kroles.people p USING (VALUES (18)) AS v (id) ON p.id = v.id WHEN MATCHED THEN DELETE']) AS statement WHERE statement !~ 'MERGE' OR campus.has_merge('kroles.people');
UPDATE kroles.settings SET people_shown_to = 'nobody', allow_anonymous = true;
SELECT campus.tries('stranger', 'no row', 'runs code on another''s name, of which none is shown', 'SELECT 1 FROM kroles.people p WHERE p.id <> 18 AND campus.leak(p.name)');
SELECT campus.tries('stranger', '18', 'sees their own', 'SELECT id FROM kroles.people');
SELECT campus.tries(NULL, 'no row', 'runs code on names', 'SELECT 1 FROM kroles.people p WHERE campus.leak(p.name)');
-- the same with a plan that was made while names were shown
UPDATE kroles.settings SET people_shown_to = 'everyone';
SET SESSION AUTHORIZATION campus_gateway;
SET kroles."user" = 'stranger';
PREPARE names AS SELECT count(*) FROM kroles.people p WHERE p.id <> 18;
EXECUTE names \gset before_
EXECUTE names \gset before_
EXECUTE names \gset before_
EXECUTE names \gset before_
EXECUTE names \gset before_
EXECUTE names \gset before_
RESET SESSION AUTHORIZATION;
RESET kroles."user";
UPDATE kroles.settings SET people_shown_to = 'nobody';
SET SESSION AUTHORIZATION campus_gateway;
SET kroles."user" = 'stranger';
EXECUTE names \gset after_
RESET SESSION AUTHORIZATION;
RESET kroles."user";
SELECT skipping.judge('20 0', :'before_count' || ' ' || :'after_count', 'no names: stranger runs a plan that was made when they were shown', '');

-- ---- Personal playlists ----
INSERT INTO kroles.playlists (id, owner_id, name) VALUES (50, 18, 'Diaries'), (51, 19, 'Rivalries');
INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (50, 2), (51, 3);
CREATE VIEW campus.others AS SELECT unnest('{owner, manager, viewer, watcher, trusted, rival, blocked, NULL}'::text[]) AS who;
SELECT campus.tries(who, 'no row', 'reads a personal playlist', 'SELECT name FROM kroles.playlists WHERE id = 50') FROM campus.others;
SELECT campus.tries(who, 'no row', 'reads what is in it', 'SELECT media_id FROM kroles.playlist_items WHERE playlist_id = 50') FROM campus.others;
SELECT campus.tries_update(who, 'no row', 'renames it', 'kroles.playlists', 'name = ''x''', 't.id = 50', true, '(id, owner_id, name) VALUES (50, 18, ''x'') ON CONFLICT (id)') FROM campus.others;
SELECT campus.tries_delete(who, 'no row', 'deletes it', 'kroles.playlists', 't.id = 50', true) FROM campus.others;
SELECT campus.tries_delete(who, 'no row', 'empties it', 'kroles.playlist_items', 't.playlist_id = 50', true) FROM campus.others;
SELECT campus.tries_insert(who, '42501', 'puts media in', 'kroles.playlist_items', 'playlist_id, media_id, owner_id', '50, 1, ' || coalesce((SELECT id::text FROM kroles.users WHERE login = who), 'NULL')) FROM campus.others;
SELECT campus.tries_insert(who, '42501', 'makes a playlist of another', 'kroles.playlists', 'owner_id, name', '18, ''x''') FROM campus.others;
SELECT campus.tries(who, CASE WHEN who IS NULL THEN '28000' ELSE '42704' END, 'moves something in it', 'SELECT kroles_move_item(50, 2, 1)') FROM campus.others;
SELECT campus.tries_update('stranger', '23514', what, 'kroles.playlists', change, 't.id = 50', false, '(id, owner_id, name) VALUES (50, 18, ''x'') ON CONFLICT (id)')
FROM (VALUES ('gives it to another', 'owner_id = 19'), ('to nobody', 'owner_id = NULL'), ('to a channel that all see', 'space_id = 5, owner_id = NULL'), ('to a hidden channel', 'space_id = 2'), ('to none', 'space_id = 99'), ('to both', 'space_id = 1')) AS t (what, change);
SELECT campus.tries_insert('stranger', '23514', 'makes one of their own in channel ' || space, 'kroles.playlists', 'space_id, owner_id, name', space || ', 18, ''x''') FROM unnest('{1, 2, 5, 12, 99}'::text[]) AS space;
SELECT campus.tries_insert('stranger', '42501', 'puts in media ' || film, 'kroles.playlist_items', 'playlist_id, media_id', '50, ' || film) FROM unnest('{4, 6, 8, 99}'::text[]) AS film;
SELECT campus.tries_insert('stranger', '42501', 'puts media into a channel''s playlist, as if it were their own', 'kroles.playlist_items', 'playlist_id, media_id, owner_id', list || ', 2, 18') FROM unnest('{1, 2, 3, 51, 99}'::text[]) AS list;
SELECT campus.tries_update('stranger', '23514', what, 'kroles.playlist_items', change, '(t.playlist_id, t.media_id) = (50, 2)', false, '(playlist_id, media_id) VALUES (50, 2) ON CONFLICT (playlist_id, media_id)')
FROM (VALUES ('carries an item to another''s', 'playlist_id = 51, owner_id = 19'), ('has it judged by a channel', 'space_id = 5, owner_id = NULL'), ('puts hidden media in its place', 'media_id = 4')) AS t (what, change);
SELECT campus.tries('stranger', 'no row', 'reads of personal playlists in the log', 'SELECT id FROM kroles.audit_log WHERE relation ~ ''playlist''');
SELECT campus.tries('rival', 'removed media 2 from playlist 50', 'asks for the name of a personal playlist by hand', 'SELECT kroles.history_text_item(''DELETE'', ''{"media_id": 2, "playlist_id": 50, "owner_id": 18}'', NULL)');
SELECT campus.may('stranger', '1 row', 'takes it out', 'DELETE FROM kroles.playlist_items WHERE playlist_id = 50');

SELECT * FROM finish();
