-- Joining spaces: what can be joined, requests, answers, and who sees and changes what.
\ir lib/begin.psql

INSERT INTO kroles.users (id, login, name, applicative_role, administrator, email) VALUES
    (901, 'owner', 'Olga', 'admin', false, 'o@x.example'), (902, 'manager', 'Max', 'private_only', false, NULL), (903, 'moderator', 'Mona', 'viewer', false, NULL),
    (904, 'asker', 'Ann Asker', 'viewer', false, 'a@x.example'), (905, 'grouped', 'Gus', 'viewer', false, NULL), (906, 'expired', 'Eva', 'viewer', false, NULL),
    (907, 'coming', 'Cora', 'viewer', false, NULL), (908, 'blocked', 'Bob', 'viewer', false, NULL), (909, 'ada', 'Ada', 'viewer', true, NULL), (910, 'other', '', 'admin', false, NULL);
INSERT INTO kroles.groups (id, name) VALUES (901, 'Staff'), (902, 'Bosses');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (901, 905);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, joining) VALUES
    (901, 'channel', 'private', 'Lectures', 901, 'by_request'), (902, 'channel', 'private', 'Plaza', 901, 'open'), (903, 'channel', 'private', 'Hidden', 901, 'closed'),
    (904, 'channel', 'open', 'Commons', 901, 'closed'), (905, 'gallery', 'private', 'Arts', 901, 'open');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, joining, parent_id, inherits_members) VALUES (906, 'gallery', 'private', 'Arts/Film', 901, 'closed', 905, true),
    (907, 'gallery', 'private', 'Arts/Own', 901, 'open', 905, false);
INSERT INTO kroles.space_members (space_id, user_id, group_id, role, starts_at, expires_at) VALUES
    (901, 902, NULL, 'manager', NULL, NULL), (901, 903, NULL, 'moderator', NULL, NULL), (901, NULL, 901, 'contributor', NULL, NULL),
    (901, 906, NULL, 'moderator', NULL, now() - interval '1 hour'), (901, 907, NULL, 'manager', now() + interval '1 hour', NULL);
UPDATE kroles.users SET blocked = true WHERE id = 908;
\ir lib/says.psql

-- what can be joined
SELECT is(pg_temp.says('asker', 'SELECT * FROM kroles_joinable()'),
    E'(905,gallery,private,Arts,open,)\n(907,gallery,private,Arts/Own,open,)\n(901,channel,private,Lectures,by_request,)\n(902,channel,private,Plaza,open,)',
    'what is not closed, private ones too, by name');
SELECT is(pg_temp.says('asker', 'SELECT id FROM kroles.spaces'), '(904)', 'which shows nothing more of them');
SELECT is(pg_temp.says('asker', format('SELECT id FROM kroles_joinable(%L)', search)), answer, 'search: ' || search)
FROM (VALUES ('arts', E'(905)\n(907)'), (' LECT ', '(901)'), ('902', '(902)'), ('903', NULL), ('hidden', NULL), ('', E'(905)\n(907)\n(901)\n(902)')) AS t (search, answer);
SELECT is(pg_temp.says('asker', 'SELECT id FROM kroles_joinable(NULL, 1, 2)'), '(901)', 'a page');
SELECT is(pg_temp.says('asker', 'SELECT id FROM kroles_joinable(NULL, -1)'), '22023', 'of no negative length');
SELECT is(pg_temp.says(NULL, 'SELECT id FROM kroles_joinable()'), '28000', 'nobody is asked to log in');
SELECT is(pg_temp.says('blocked', 'SELECT id FROM kroles_joinable()'), NULL, 'a blocked user joins nothing');

-- asking
SELECT is(pg_temp.says(NULL, 'SELECT kroles_request_to_join(901)'), '28000', 'nobody joins nothing');
SELECT is(pg_temp.says('blocked', 'SELECT kroles_request_to_join(901)'), '42704', 'nor does a blocked user');
SELECT is(pg_temp.says('asker', format('SELECT kroles_request_to_join(%s)', space)), '42704', 'closed, hidden or none: ' || space) FROM unnest('{903, 904, 906, 999, "NULL"}'::text[]) AS space;
SELECT is(pg_temp.says(who, 'SELECT kroles_request_to_join(901)'), '42710', who || ' has a role of their own') FROM unnest('{owner, manager, moderator}'::text[]) AS who;
SELECT is(pg_temp.says('asker', $$SELECT kroles_request_to_join(901, repeat('x', 2001))$$), '23514', 'no novel');
SELECT is(pg_temp.says('asker', $$SELECT kroles_request_to_join(901, '  Please  ')$$), '(pending)', 'a request');
SELECT is(pg_temp.says('asker', $$SELECT kroles_request_to_join(901, 'Again')$$), '(pending)', 'once more is the same');
SELECT is(pg_temp.says(who, 'SELECT kroles_request_to_join(901)'), '(pending)', who || ' asks, too') FROM unnest('{grouped, expired, coming, other}'::text[]) AS who;
SELECT is(pg_temp.says('asker', 'SELECT space_id, user_id, message, status, answered_by, answered_at, reason FROM kroles.join_requests'), '(901,904,Please,pending,,,)', 'the asker sees their own');
SELECT is(pg_temp.says('asker', 'SELECT id, request FROM kroles_joinable(''lectures'')'), '(901,pending)', 'and its state beside the space');
SELECT is(pg_temp.says(who, 'SELECT count(*) FROM kroles.join_requests'), n, who || ' sees ' || n) FROM (VALUES ('manager', '(5)'), ('owner', '(5)'), ('ada', '(5)'), ('moderator', '(0)'), ('blocked', '(0)'), ('other', '(1)')) AS t (who, n);
SELECT is(pg_temp.says('asker', 'SELECT kroles_can(''view'', ''channel'', 901)'), '(f)', 'asking gives nothing');
SELECT is(pg_temp.says('manager', 'SELECT user_id, name, initials, identifier, message, status, total FROM kroles_join_requests(901, max_rows => 2)'),
    E'(904,"Ann Asker",AA,a@x.example,Please,pending,5)\n(905,Gus,G,,,pending,5)', 'the page of who manages the members');
SELECT is(pg_temp.says('manager', 'SELECT count(*) FROM kroles_join_requests(901, ''approved'')'), '(0)', 'none is approved');
SELECT is(pg_temp.says(who, 'SELECT count(*) FROM kroles_join_requests(901)'), code, who || ' has no such page') FROM (VALUES ('moderator', '42501'), ('asker', '42704'), ('blocked', '42704')) AS t (who, code);
SELECT is(pg_temp.says(NULL, 'SELECT count(*) FROM kroles_join_requests(901)'), '28000', 'nobody has none');

-- withdrawing
SELECT is(pg_temp.says('other', 'DELETE FROM kroles.join_requests'), '1 rows', 'withdrawn: one''s own');
SELECT is(pg_temp.says('other', 'SELECT kroles_request_to_join(901)'), '(pending)', 'and asked again');
SELECT is(pg_temp.says('moderator', 'DELETE FROM kroles.join_requests'), '0 rows', 'a moderator deletes none');

-- answering
CREATE FUNCTION pg_temp.of(login text) RETURNS bigint LANGUAGE sql AS $$ SELECT r.id FROM kroles.join_requests r JOIN kroles.users u ON u.id = r.user_id WHERE u.login = $1 $$;
SELECT is(pg_temp.says(who, format('SELECT kroles_answer_request(%s, true)', pg_temp.of('asker'))), code, coalesce(who, 'nobody') || ' does not answer')
FROM (VALUES ('asker', '42501'), ('moderator', '42704'), ('other', '42704'), ('blocked', '42704'), (NULL, '28000')) AS t (who, code);
SELECT is(pg_temp.says('manager', format('SELECT kroles_answer_request(%s)', answer)), code, 'no answer: ' || answer)
FROM (VALUES ('999, true', '42704'), ('NULL, true', '42704'), (pg_temp.of('asker') || ', NULL', '22023'), (pg_temp.of('asker') || ', true, NULL', '22023')) AS t (answer, code);
SELECT is(pg_temp.says('manager', format('SELECT kroles_answer_request(%s, true, ''contributor'', ''2001-01-01'', ''2999-01-01'', ''Welcome'')', pg_temp.of('asker'))), '(approved)', 'approved with a role and a time');
SELECT results_eq('SELECT role::text, starts_at, expires_at FROM kroles.space_members WHERE (space_id, user_id) = (901, 904)',
    $$VALUES ('contributor', '2001-01-01'::timestamptz, '2999-01-01'::timestamptz)$$, 'which is the grant');
SELECT results_eq('SELECT status::text, answered_by, answered_at = now(), reason FROM kroles.join_requests WHERE user_id = 904', $$VALUES ('approved', 902::bigint, true, 'Welcome')$$, 'and is recorded');
SELECT is(pg_temp.says('asker', 'SELECT kroles_can(''view'', ''channel'', 901)'), '(t)', 'who asked is in');
SELECT is(pg_temp.says('manager', format('SELECT kroles_answer_request(%s, false)', pg_temp.of('asker'))), '55000', 'it is answered once');
SELECT is(pg_temp.says('asker', 'DELETE FROM kroles.join_requests'), '0 rows', 'and is withdrawn no more');
SELECT is(pg_temp.says('asker', 'SELECT kroles_request_to_join(901)'), '42710', 'nor asked again');
SELECT is(pg_temp.says('manager', format('SELECT kroles_answer_request(%s, false, reason => ''Full'')', pg_temp.of('other'))), '(rejected)', 'rejected with a reason');
SELECT is(pg_temp.says('other', 'SELECT status, reason FROM kroles.join_requests'), '(rejected,Full)', 'which the asker sees');
SELECT is(pg_temp.says('other', 'SELECT kroles_request_to_join(901)'), '55000', 'a rejected request stands');
SELECT is(pg_temp.says('other', 'DELETE FROM kroles.join_requests'), '0 rows', 'and the asker does not delete it');
SELECT is(pg_temp.says('other', 'SELECT id, request FROM kroles_joinable(''lectures'')'), '(901,rejected)', 'it is shown beside the space');
SAVEPOINT rejected;
UPDATE kroles.spaces SET joining = 'open' WHERE id = 906;
SELECT is(pg_temp.says('asker', 'SELECT kroles_request_to_join(906)'), '(member)', 'which is joined like any other');
SELECT is((SELECT count(*) FROM kroles.space_members WHERE (space_id, user_id) = (906, 904)), 1::bigint, 'by a grant that counts when it inherits no more');
UPDATE kroles.spaces SET joining = 'open' WHERE id = 901;
SELECT is(pg_temp.says('other', 'SELECT kroles_request_to_join(901)'), '55000', 'also where everybody may join now');
ROLLBACK TO rejected;
SELECT is(pg_temp.says('manager', format('DELETE FROM kroles.join_requests WHERE id = %s', pg_temp.of('other'))), '1 rows', 'until a manager deletes it');
SELECT is(pg_temp.says('other', 'SELECT kroles_request_to_join(901)'), '(pending)', 'then it is asked again');

-- a grant outside its time is as if it were not there, and is replaced
SELECT is(pg_temp.says('manager', format('SELECT kroles_answer_request(%s, true)', pg_temp.of(who))), '(approved)', who || ' is approved')
FROM unnest('{expired, coming}'::text[]) AS who;
SELECT results_eq('SELECT user_id, role::text, starts_at, expires_at FROM kroles.space_members WHERE space_id = 901 AND user_id IN (906, 907) ORDER BY 1',
    $$VALUES (906::bigint, 'member', NULL::timestamptz, NULL::timestamptz), (907, 'member', NULL, NULL)$$, 'with the new grant alone');
-- one that came meanwhile is not
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (901, 905, 'moderator');
SELECT is(pg_temp.says('manager', format('SELECT kroles_answer_request(%s, true)', pg_temp.of('grouped'))), '42710', 'who has a role meanwhile keeps it');
SELECT results_eq('SELECT status::text FROM kroles.join_requests WHERE user_id = 905', $$VALUES ('pending')$$, 'and the request is still there');
SELECT is(pg_temp.says('manager', format('SELECT kroles_answer_request(%s, false)', pg_temp.of('grouped'))), '(rejected)', 'to be rejected');
SAVEPOINT other;
UPDATE kroles.spaces SET owner_id = 910 WHERE id = 901;
SELECT is(pg_temp.says('ada', format('SELECT kroles_answer_request(%s, true)', pg_temp.of('other'))), '42710', 'the owner needs no grant');
ROLLBACK TO other;
UPDATE kroles.users SET blocked = true WHERE id = 910;
SELECT is(pg_temp.says('manager', format('SELECT kroles_answer_request(%s, true)', pg_temp.of('other'))), '55000', 'a blocked user is not let in');
SELECT is(pg_temp.says('manager', 'SELECT user_id FROM kroles_join_requests(901)'), '(910)', 'but shown');
ROLLBACK TO other;
UPDATE kroles.spaces SET joining = 'closed' WHERE id = 901;
SELECT is(pg_temp.says('manager', format('SELECT kroles_answer_request(%s, true)', pg_temp.of('other'))), '(approved)', 'what was asked is answered when the space has closed');
ROLLBACK TO other;
-- an approval is history once the grant is gone
SELECT pg_temp.of('asker') AS before \gset
SELECT is(pg_temp.says('asker', 'DELETE FROM kroles.space_members WHERE user_id = 904'), '1 rows', 'who leaves');
SELECT is(pg_temp.says('asker', 'SELECT kroles_request_to_join(901)'), '(pending)', 'may ask again');
SELECT cmp_ok(pg_temp.of('asker'), '>', :before::bigint, 'by another request');
SELECT is(pg_temp.says('manager', format('SELECT kroles_answer_request(%s, true)', :before)), '42704', 'so an answer to the old one is none to the new one');

-- open
SELECT is(pg_temp.says('asker', 'SELECT kroles_request_to_join(902, ''ignored'')'), '(member)', 'where it is open, a member at once');
SELECT results_eq('SELECT role::text, starts_at, expires_at FROM kroles.space_members WHERE (space_id, user_id) = (902, 904)', $$VALUES ('member', NULL::timestamptz, NULL::timestamptz)$$, 'by a grant');
SELECT is_empty('SELECT FROM kroles.join_requests WHERE space_id = 902', 'without a request');
SELECT is(pg_temp.says('asker', 'SELECT kroles_request_to_join(902)'), '42710', 'once');
SELECT is(pg_temp.says('asker', 'SELECT kroles_request_to_join(905)'), '(member)', 'a gallery');
SELECT is(pg_temp.says('asker', 'SELECT id FROM kroles.galleries ORDER BY id'), E'(905)\n(906)', 'and what inherits from it');
UPDATE kroles.spaces SET joining = 'open' WHERE id = 901;
SELECT is(pg_temp.says('other', 'SELECT kroles_request_to_join(901)'), '(member)', 'a pending request where it is open now');
SELECT is_empty('SELECT FROM kroles.join_requests WHERE user_id = 910', 'is gone');

-- who chooses
SELECT is(pg_temp.says('moderator', 'UPDATE kroles.spaces SET joining = ''closed'' WHERE id = 901'), '0 rows', 'a moderator does not choose who may join');
SELECT is(pg_temp.says('manager', 'UPDATE kroles.channels SET joining = ''closed'' WHERE id = 901'), '1 rows', 'a manager does');

-- the log
SELECT set_eq($$SELECT what FROM kroles_history('channel', 901) WHERE what ~ 'join' AND what ~ 'Ann'$$,
    '{"asked for Ann Asker to join \"Lectures\"", "approved the request of Ann Asker to join \"Lectures\"", "deleted the request of Ann Asker to join \"Lectures\""}'::text[], 'the history of the space');
SELECT is((SELECT count(*) FROM kroles.audit_log r JOIN kroles.audit_log g ON g.txid = r.txid AND g.relation = 'kroles.space_members'
           AND g.after ->> 'user_id' = r.after ->> 'user_id' AND g.after ->> 'space_id' = r.after ->> 'space_id' AND g.actor = r.actor
           WHERE r.relation = 'kroles.join_requests' AND r.operation = 'UPDATE' AND r.after ->> 'status' = 'approved' AND g.id > r.id AND r.after ->> 'user_id' = '904'), 1::bigint,
    'an approval is logged with its grant');
SELECT is(pg_temp.says('manager', $$SELECT count(*) > 0 FROM kroles.audit_log WHERE relation = 'kroles.join_requests'$$), '(t)', 'who manages the members reads of it in the log');
SELECT is(pg_temp.says('moderator', $$SELECT count(*) FROM kroles.audit_log WHERE relation = 'kroles.join_requests'$$), '(0)', 'who moderates does not');
SELECT is(pg_temp.says('moderator', $$SELECT count(*) FROM kroles_history('channel', 901) WHERE what ~ 'to join'$$), '(0)', 'nor in the history');
SELECT is(pg_temp.says('moderator', $$SELECT count(*) > 0 FROM kroles_history('channel', 901) WHERE what ~ 'Ann Asker'$$), '(t)', 'but of the grants');

-- they go with the space and with the user
INSERT INTO kroles.join_requests (space_id, user_id, status, answered_by) VALUES (904, 904, 'approved', 903), (904, 910, 'pending', NULL);
SELECT lives_ok('DELETE FROM kroles.users WHERE id = 903', 'who answered can be deleted');
SELECT lives_ok('DELETE FROM kroles.users WHERE id = 904', 'who asked can be deleted');
SELECT results_eq('SELECT user_id FROM kroles.join_requests WHERE space_id = 904', '{910}'::bigint[], 'and the requests go');
SELECT lives_ok('DELETE FROM kroles.spaces WHERE id = 904', 'so can the space');
SELECT is_empty('SELECT FROM kroles.join_requests WHERE space_id = 904', 'and the requests go');

-- constraints
SELECT pg_temp.refused(format('INSERT INTO kroles.join_requests (space_id, user_id, message) VALUES (%s)', bad), code, rule, rule)
FROM (VALUES ('999, 905, NULL', '23503', 'join_requests_space_must_exist'), ('902, 999, NULL', '23503', 'join_requests_user_must_exist'),
             ('901, 905, NULL', '23505', 'join_requests_one_a_user_and_space'), ('902, 905, repeat(''x'', 2001)', '23514', 'join_requests_message_is_short')) AS t (bad, code, rule);
SELECT lives_ok('INSERT INTO kroles.join_requests (space_id, user_id, message) VALUES (902, 905, repeat(''x'', 2000))', 'just short enough');
SELECT pg_temp.refused('UPDATE kroles.join_requests SET answered_by = 999', '23503', 'join_requests_answerer_must_be_a_user', 'answered by nobody there is');
SELECT pg_temp.refused('UPDATE kroles.join_requests SET id = 999', '23514', 'join_requests_id_is_fixed', 'another id');

SELECT * FROM finish();
ROLLBACK;
