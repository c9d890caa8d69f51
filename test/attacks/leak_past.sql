-- The past: who may ask about it, what answers tell about objects and people that are hidden now, and who may trim the log.
\set name attack_leak_past
\ir lib/portal.psql
SELECT * FROM no_plan();

SELECT attack.login('eve', 'attack_app', '-c kroles.token=' || attack.token('eve')),
    attack.login('vera', 'attack_app', '-c kroles.token=' || attack.token('vera')),
    attack.login('bob', 'attack_app', '-c kroles.token=' || attack.token('bob')),
    attack.login('ada', 'attack_app', '-c kroles.token=' || attack.token('ada')),
    attack.login('nobody', 'attack_app'), attack.login('site', current_user);

-- Eve saw the hidden media for a while, and managed the hidden channel; nothing of it is left.
SELECT attack.says('site', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (777040, 3, ''editor'')'),
    attack.says('site', 'INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (777020, 3, ''manager'')');
SELECT pg_sleep(0.01) IS NULL AS slept \gset
SELECT clock_timestamp() AS then \gset
SELECT attack.says('site', 'DELETE FROM kroles.media_collaborators WHERE user_id = 3'),
    attack.says('site', 'DELETE FROM kroles.space_members WHERE (space_id, user_id) = (777020, 3)');

SELECT attack.control('t', attack.says('ada', format('SELECT kroles_could(3, ''edit'', ''media'', 777040, %L)', :'then')), 'an administrator asks about eve');
SELECT attack.control('f', attack.says('ada', 'SELECT kroles_could(3, ''edit'', ''media'', 777040, now())'), 'and for now');
SELECT attack.control('t', attack.says('eve', format('SELECT kroles_could(4, ''view'', ''media'', 41, %L)', :'then')), 'eve asks about what she manages');
SELECT attack.control('f', attack.says('eve', format('SELECT kroles_could(777001, ''edit'', ''media'', 41, %L)', :'then')), 'about anybody');

SELECT attack.attempt('42501', attack.tells_apart(session, format('SELECT kroles_could(kroles_current_user(), %L, %L, %%s, %L)', action, kind, at), hidden, absent),
    format('%s: what might I %s %s, %s?', session, action, kind, CASE WHEN at = 'now' THEN 'now' ELSE 'then' END))
FROM unnest('{eve, vera, bob, nobody}'::text[]) AS session, unnest(ARRAY[:'then', 'now']) AS at,
    (VALUES ('view', 'media', '777040', '888040'), ('edit', 'media', '777040', '888040'), ('view', 'channel', '777020', '888020'),
            ('manage', 'channel', '777020', '888020'), ('view', 'room', '777040', '888040')) AS q (action, kind, hidden, absent);
SELECT attack.attempt('42501', attack.tells_apart(session, format(question, :'then'), '777040', '888040'), session || ': ' || question)
FROM unnest('{eve, vera, bob, nobody}'::text[]) AS session,
    (VALUES ('SELECT user_id FROM kroles_could_who(''view'', ''media'', %%s, %L)'), ('SELECT reason FROM kroles_explain(3, ''view'', ''media'', %%s, %L)'),
            ('SELECT reason FROM kroles.explain_past(3, ''view'', ''media'', %%s, %L)'), ('SELECT kroles.explain(3, ''view'', ''media'', %%s, %L)'),
            ('SELECT kroles_could(3, ''view'', ''media'', %%s, %L)')) AS q (question);
-- An object that one manages names other objects only as far as one may ask about these.
SELECT attack.says('site', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (41, 777020)');
SELECT attack.attempt('no row', attack.says('eve', 'SELECT space_id FROM kroles_explain(777001, ''view'', ''media'', 41, now()) WHERE space_id = 777020'),
    'eve is told the hidden channel in which her film was published by others');
SELECT attack.control('777020', attack.says('ada', 'SELECT space_id FROM kroles_explain(777001, ''view'', ''media'', 41, now()) WHERE space_id = 777020'),
    'an administrator is');
-- Nor does it tell who gave what is granted on a hidden gallery above.
SELECT attack.says('site', 'INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id, inherits_members) VALUES (22, ''gallery'', ''private'', ''eve''''s'', 3, 777021, true)'),
    attack.says('site', 'INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (777021, 777001, ''contributor'')');
SELECT attack.attempt('no row', attack.says('eve', 'SELECT given_by_name FROM kroles_explain(777001, ''contribute'', ''gallery'', 22, now()) WHERE given_at IS NOT NULL'),
    'eve is told who granted what on a gallery above hers');
SELECT attack.control('t', attack.says('ada', 'SELECT given_by_name LIKE ''database role %'' FROM kroles_explain(777001, ''contribute'', ''gallery'', 22, now()) WHERE given_at IS NOT NULL'),
    'an administrator is');
-- Whoever manages an object now is told why they had no right on it then, as others are.
SELECT attack.says('site', 'INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (23, ''channel'', ''private'', ''new'', 2)');
SELECT pg_sleep(0.01) IS NULL AS slept, clock_timestamp() AS before_eve \gset
SELECT attack.says('site', 'UPDATE kroles.spaces SET owner_id = 3 WHERE id = 23');
SELECT attack.control('f lacks the applicative role private_only in a channel of type private: gives no "manage"',
    attack.says('eve', format('SELECT concat_ws('' '', allowed, effect, reason) FROM kroles_explain(3, ''manage'', ''channel'', 23, %L)', :'before_eve')), 'eve asks about herself');
-- Times that the log does not cover are refused only where one may ask.
SELECT attack.attempt('42501', attack.tells_apart('eve', 'SELECT kroles_could(3, ''view'', ''media'', %s, ''1999-01-01'')', '777040', '888040'), 'eve asks before the log begins');
SELECT attack.control('55000', attack.says('eve', 'SELECT kroles_could(3, ''view'', ''media'', 41, ''1999-01-01'')'), 'about her own film, she is told so');

-- After an error, and within a statement, answers are those of now.
SELECT attack.attempt('42501', attack.says('eve', format('SELECT count(*) FROM kroles.media WHERE kroles_could(3, ''view'', ''media'', id, %L)', :'then')),
    'eve asks for each row that she sees');
SELECT attack.attempt('no row', attack.says('eve', format('SELECT m.id FROM (SELECT kroles_could(3, ''view'', ''media'', 41, %L)) AS p, kroles.media AS m WHERE m.id = 777040', :'then')),
    'eve reads media in a statement that asks about then');
SELECT attack.attempt('f', attack.says('eve', format('SELECT kroles_could(3, ''edit'', ''media'', 41, %L) AND kroles_can(''view'', ''media'', 777040)', :'then')),
    'eve asks about then and now');
SELECT attack.attempt('f', attack.says('eve', 'SELECT kroles_can(''view'', ''media'', 777040)'), 'eve asks about now');

-- The log is trimmed by its owner alone.
SELECT attack.attempt('42501', attack.says(session, 'SELECT kroles_trim_audit(now())'), session || ' trims the log')
FROM unnest('{ada, eve, vera, bob, nobody}'::text[]) AS session;
SELECT attack.control('t', attack.says('site', 'SELECT kroles_trim_audit(now()) > 0'), 'its owner does');

SELECT * FROM finish();
