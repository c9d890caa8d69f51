-- Leaks by access reviews and AuthZEN: what hides behind the ways of one's own objects, behind helpers called by hand, reports of
-- use, tokens of pages, and requests that are no requests.
\set name attack_leak_review
\ir lib/portal.psql
SELECT * FROM no_plan();

-- Eve's film is a session of a hidden event, and published in a hidden channel, by which others see it.
INSERT INTO kroles.events (id, name, created_by, external_id) VALUES (777180, 'hidden event', 777001, 'hidden-event');
INSERT INTO kroles.event_participants (id, event_id, user_id, group_id, role) VALUES (777181, 777180, 2, NULL, 'moderator'), (777182, 777180, NULL, 777010, 'attendee');
INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (777180, 41);
INSERT INTO kroles.publications (media_id, space_id) VALUES (41, 777020);
INSERT INTO kroles.last_seen (user_id, kind, object_id, at) VALUES (777001, 'channel', 777020, '2024-01-01'), (4, 'room', 41, '2024-01-01'), (2, 'channel', 20, '2024-01-01');
SELECT attack.login('ada', 'attack_app', '-c kroles.token=' || attack.token('ada')), attack.login('eve', 'attack_app', '-c kroles.token=' || attack.token('eve')),
    attack.login('vera', 'attack_app', '-c kroles.token=' || attack.token('vera')), attack.login('hugo', 'attack_app', '-c kroles.token=' || attack.token('hugo')),
    attack.login('bob', 'attack_app', '-c kroles.token=' || attack.token('bob')), attack.login('nobody', 'attack_app');

-- ---- Behind the ways ----
-- What a review of all that eve manages says, but for whom (she may know who has rights on her things).
CREATE FUNCTION pg_temp.review(session text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(attack.says(session, format('SELECT (to_jsonb(a) - ''{user_id, name, given_by}''::text[])::text FROM kroles_access(%s) a', about)), ' ')
    FROM unnest('{"''channel'', 21", "''media'', 41", "''room'', 41", "''event'', 80"}'::text[]) AS about
$$;
SELECT attack.control('t', (pg_temp.review('ada') ~ 'hidden')::text::char::text, 'the ways lead through what is hidden');
SELECT attack.control('t', (pg_temp.review('eve') ~ 'in an event of which you may not ask this')::text::char::text, 'eve is told that there are some');
SELECT attack.attempt('no name', CASE WHEN pg_temp.review('eve') ~ 'hidden|777' THEN 'a name' ELSE 'no name' END, 'eve reviews all that she manages');
SELECT attack.attempt('nothing', coalesce(nullif(attack.says('eve', format('SELECT concat_ws('' '', grant_table, grant_id, group_id, given_by, given_at, starts_at, shared) FROM kroles_access(''media'', 41) WHERE way ~ ''may not ask'' AND user_id = %s LIMIT 1', u)), ''), 'nothing'),
    'who gave it, when, to which group, where eve may not ask: user ' || u) FROM unnest('{2, 777001}'::bigint[]) AS u;
SELECT attack.attempt('NULL', attack.says('eve', 'SELECT DISTINCT given_by_name FROM kroles_access(''channel'', 21) WHERE grant_table = ''kroles.users'''), 'who made ada an administrator');
SELECT attack.control('t', attack.says('ada', 'SELECT DISTINCT given_by_name LIKE ''database role%'' FROM kroles_access(''channel'', 21) WHERE grant_table = ''kroles.users'''), 'the log says so');
SELECT attack.attempt('no name', CASE WHEN attack.says(who, 'SELECT to_jsonb(a)::text FROM kroles_access_of(kroles_current_user()) a') ~ 'hidden|777' THEN 'a name' ELSE 'no name' END, who || ' reviews what they have')
FROM unnest('{eve, vera, bob, nobody}'::text[]) AS who;
SELECT attack.attempt('42501', attack.says(who, 'SELECT count(*) FROM kroles_access_of(' || about || ')'), who || ' reviews what another has: ' || about)
FROM (VALUES ('eve', '4'), ('eve', '777001'), ('eve', '999'), ('eve', 'NULL'), ('vera', '3'), ('bob', '4'), ('nobody', '3'), ('nobody', '999')) AS t (who, about);
SELECT attack.attempt(code, attack.says(who, 'SELECT count(*) FROM kroles_access_findings()'), who || ' asks for findings') FROM (VALUES ('eve', '42501'), ('vera', '42501'), ('bob', '42501'), ('nobody', '28000')) AS t (who, code);

-- ---- Helpers called by hand: with the caller's privileges and under policies ----
SELECT attack.attempt('no name', CASE WHEN attack.says(who, 'SELECT to_jsonb(g)::text FROM ' || helper || ' g') ~ 'hidden|777|"user_id": 5|"user_id": 2,' THEN 'a name' ELSE 'no name' END, format('%s calls %s', who, helper))
FROM unnest('{eve, vera, bob, nobody}'::text[]) AS who, unnest('{kroles.all_grants(), kroles.findings_of_grants(), kroles.blocked_users()}'::text[]) AS helper;
SELECT attack.attempt('NULL', attack.says('eve', call), 'eve calls ' || call) FROM unnest(ARRAY[
    'SELECT (kroles.grant_given(''kroles.space_members'', 777030, ''manager'', 777020, 777001, NULL)).given_at', 'SELECT (kroles.grant_given(''kroles.users'', 1, NULL, 1, 1, NULL)).given_at',
    'SELECT kroles.grant_row(''kroles.space_members'', ''manager'', 777020, 777001, NULL)', 'SELECT (kroles.authzen_subject(''{"type": "user", "id": "hugo"}'')).user_id',
    'SELECT kroles.authzen_object(''{"type": "channel", "id": "hidden"}'')', 'SELECT kroles.authzen_object(''{"type": "event", "id": "hidden"}'')']) AS call;
SELECT attack.attempt('42501', attack.says(who, call), who || ' calls ' || call) FROM unnest('{eve, vera, nobody}'::text[]) AS who, unnest(ARRAY['SELECT count(*) FROM kroles.ways(true, ''channel'', 777020, NULL, NULL, 0)',
    'SELECT count(*) FROM kroles.ways(true, ''channel'', 21, NULL, NULL, 0)', 'SELECT count(*) FROM kroles.ways(false, NULL, NULL, 777001, NULL, 0)', 'SELECT count(*) FROM kroles.access(''channel'', 21, NULL, 0)',
    'SELECT kroles.seen(''channel'', 20)', 'SELECT kroles.authzen_evaluation(''{}'')']) AS call;

-- ---- Reports of use ----
SELECT attack.attempt(n, attack.says(who, 'SELECT user_id FROM kroles.last_seen ORDER BY 1'), who || ' reads what others used') FROM (VALUES ('eve', 'no row'), ('vera', '4'), ('bob', 'no row'), ('nobody', 'no row'), ('hugo', '777001')) AS t (who, n);
SELECT attack.attempt('42501', attack.says('eve', change), change) FROM unnest(ARRAY['INSERT INTO kroles.last_seen (user_id, kind, object_id, at) VALUES (4, ''channel'', 20, now())', 'UPDATE kroles.last_seen SET at = now()',
    'DELETE FROM kroles.last_seen', 'INSERT INTO kroles.last_seen (user_id, kind, object_id, at) VALUES (3, ''channel'', 777020, now()) ON CONFLICT DO NOTHING', 'COPY kroles.last_seen (user_id, kind, object_id, at) FROM PROGRAM ''echo''',
    'MERGE INTO kroles.last_seen l USING (SELECT 1) AS o ON true WHEN MATCHED THEN DELETE']) AS change;
SELECT attack.attempt('', attack.says('eve', format('SELECT kroles_seen(%s)', what)), 'eve reports the use of what she may not view: ' || what)
FROM unnest('{"''channel'', 777020", "''channel'', 888020", "''gallery'', 777021", "''media'', 777040", "''room'', 777040", "''event'', 777180", "''gallery'', 20", "''event'', -1"}'::text[]) AS what;
SELECT attack.attempt('0', (SELECT count(*)::text FROM kroles.last_seen WHERE user_id = 3), 'which leaves nothing');
SELECT attack.control('', attack.says('eve', 'SELECT kroles_seen(''media'', 40)'), 'what she views, she reports');
SELECT attack.control('1', (SELECT count(*)::text FROM kroles.last_seen WHERE user_id = 3), 'which is noted');
SELECT attack.control('', attack.says('eve', 'BEGIN READ ONLY', 'SELECT kroles_seen(''media'', 41)'), 'a transaction that only reads is no error');
SELECT attack.control('1', attack.says('eve', 'COMMIT', 'SELECT count(*) FROM kroles.last_seen'), 'and notes nothing');
-- whoever holds what is hidden keeps nobody waiting, and what eve reports in an open transaction keeps nobody else
SELECT attack.control('t', (attack.hold_what_is_hidden('eve', 'vera') > 20)::text::char::text, 'somebody holds what is hidden');
SELECT attack.attempt('', attack.says('eve', format('SELECT kroles_seen(%s)', what)), 'and eve does not wait for it: ' || what) FROM unnest('{"''channel'', 777020", "''media'', 777040", "''event'', 777180"}'::text[]) AS what;
SELECT attack.says('holder', 'ROLLBACK') \g (tuples_only) /dev/null
SELECT attack.attempt('', attack.says('eve', 'BEGIN', 'SELECT kroles_seen(''channel'', 20)'), 'eve reports a use and stays');
SELECT attack.attempt('', attack.says('vera', 'SET lock_timeout = 250', 'SELECT kroles_seen(''channel'', 20)'), 'vera does not wait for it');
SELECT attack.attempt('UPDATE 1', attack.says('ada', 'SET lock_timeout = 250', 'UPDATE kroles.spaces SET name = ''open still'' WHERE id = 20'), 'nor who changes the channel');
SELECT attack.says('eve', 'ROLLBACK') \g (tuples_only) /dev/null

-- ---- AuthZEN: tokens, and requests that are none ----
CREATE FUNCTION pg_temp.search(what text, page text) RETURNS text LANGUAGE sql AS $$
    SELECT format('SELECT kroles_authzen_search_%s(''{"subject": {"type": "user", "id": "hugo"}, "action": {"name": "view"}, "resource": {"type": "channel", "id": "777020"}, "page": %s}'') ->> ''results''', what, page)
$$;
SELECT attack.control('t', (attack.says('ada', pg_temp.search(what, '{}')) ~ CASE what WHEN 'subject' THEN 'hugo' WHEN 'resource' THEN '777020' ELSE 'manage_members' END)::text::char::text, 'there is something to find: ' || what)
FROM unnest('{subject, resource, action}'::text[]) AS what;
SELECT attack.attempt('[]', attack.says(who, pg_temp.search(what, page)), format('%s searches for a %s with %s', who, what, page))
FROM unnest('{eve, vera, bob, nobody}'::text[]) AS who, unnest('{subject, resource, action}'::text[]) AS what,
    unnest(ARRAY['{}', '{"token": "0"}', '{"token": "777000"}', '{"token": "n1", "limit": 1000}', '{"limit": 999999999}']) AS page;
SELECT attack.attempt('22023', attack.says('eve', pg_temp.search(what, page)), format('eve searches for a %s with %s', what, page))
FROM unnest('{subject, resource, action}'::text[]) AS what, unnest(ARRAY['{"token": "1 OR true"}', '{"token": "NaN"}', '{"token": "nn1"}', '{"token": {"after": 1}}', '{"limit": "all"}', '{"token": "99999999999999999999999999"}']) AS page;
SELECT attack.attempt(answer, attack.says('eve', format('SELECT kroles_authzen_evaluation(jsonb_build_object(''subject'', jsonb_build_object(''type'', ''user'', ''id'', %L), ''action'', ''{"name": "view"}''::jsonb, ''resource'', jsonb_build_object(''type'', %L, ''id'', %L)))->>''decision''', subject, kind, id)),
    format('eve, %s, %s %s', subject, kind, id))
FROM (VALUES ('eve', 'channel', '777020', 'false'), ('eve', 'channel', 'hidden', 'false'), ('hugo', 'channel', 'hidden', 'false'), ('ada', 'channel', 'hidden', 'false'), ('eve'' OR ''''=''', 'channel', '20', 'false'), ('EVE', 'channel', '20', 'false'), ('eve ', 'channel', '20', 'false'),
    ('eve', 'channel', '20'' OR true --', 'false'), ('3', 'channel', '20', 'false'), ('', 'channel', '20', '22023'), ('eve', '', '20', '22023'), ('eve', 'channel', '0000000000000000000000000020', 'false'), ('eve', 'channel', '２０', 'false'), ('eve', 'channel', '20', 'true')) AS t (subject, kind, id, answer);
-- one key twice: the last one counts, for the question and for who may ask it
SELECT attack.attempt('false', attack.says('eve', 'SELECT kroles_authzen_evaluation(''{"subject": {"type": "user", "id": "eve", "id": "hugo"}, "action": {"name": "view"}, "resource": {"type": "channel", "id": "20", "id": "777020"}}'')->>''decision'''), 'eve names two');
SELECT attack.attempt('{"evaluations": [false, false]}', attack.says('eve', 'SELECT jsonb_build_object(''evaluations'', jsonb_path_query_array(kroles_authzen_evaluations(''{"subject": {"type": "user", "id": "eve"}, "action": {"name": "view"}, "resource": {"type": "channel", "id": "20"},
    "evaluations": [{"resource": {"type": "channel", "id": "777020"}}, {"subject": {"type": "user", "id": "hugo"}}]}''), ''$.evaluations[*].decision''))'), 'defaults lend no rights');

SELECT * FROM finish();
