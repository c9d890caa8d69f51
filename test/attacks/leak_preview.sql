-- What previews and recorded changes tell, and whom: rows about others, counts, reasons, what others change meanwhile, and the
-- table of recorded changes.
\set name attack_leak_preview
\ir lib/portal.psql
SELECT * FROM no_plan();

-- eve's channel has her film, one of olga's and one that is hidden from her; her film is in a hidden channel, too
DELETE FROM kroles.publications WHERE space_id = 20;
INSERT INTO kroles.publications (media_id, space_id) VALUES (40, 21), (41, 21), (777041, 21), (41, 777020);
UPDATE kroles.publications SET status = 'approved' WHERE status = 'pending';
SELECT attack.login(login, 'attack_app', '-c kroles.token=' || attack.token(login)) FROM unnest('{eve, vera, bob, olga, hugo, ada}'::text[]) AS login;
SELECT attack.login('nobody', 'attack_app'), attack.login('site', current_user);

-- What a session answers after a change in a transaction, which is rolled back.
CREATE FUNCTION pg_temp.after(session text, change text, VARIADIC questions text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    PERFORM attack.says(session, 'BEGIN', change);
    answer := attack.says(session, VARIADIC questions);
    PERFORM attack.says(session, 'ROLLBACK');
    RETURN answer;
END $$;
\set rows 'SELECT concat(coalesce(user_id::text, \'anonymous\'), CASE WHEN after THEN \'+\' ELSE \'-\' END, action, \':\', kind, \':\', id) FROM kroles_preview(actions => \'{view}\')'
\set whys 'SELECT DISTINCT replace(why, \' \', \'_\') FROM kroles_preview() ORDER BY 1'
\set counts 'SELECT concat(kind, \':\', gained, \'/\', lost, \'/\', users, \'/\', objects) FROM kroles_preview_counts(actions => \'{view}\')'

-- ---- Rows about others ----
-- eve makes dora a member of her channel; what of that concerns the media of others there, she is not told
SELECT attack.control('6+view:channel:21 6+view:media:40 6+view:media:41 6+view:media:777041 6+view:room:41',
    pg_temp.after('site', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (21, 6)', :'rows'), 'what there is');
SELECT attack.attempt('6+view:channel:21 6+view:media:41 6+view:room:41',
    pg_temp.after('eve', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (21, 6)', :'rows'), 'eve sees who gains what on what others publish in her channel');
SELECT attack.attempt('channel:1/0/1/1 media:1/0/1/1 room:1/0/1/1',
    pg_temp.after('eve', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (21, 6)', :'counts'), 'she counts it');
SELECT attack.attempt('3 1', pg_temp.after('eve', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (21, 6)',
    'SELECT concat(max(total), '' '', count(*)) FROM kroles_preview(actions => ''{view}'', max_rows => 1, skip => 2)'), 'she counts it by the total of a page');
SELECT attack.attempt('no row', pg_temp.after('eve', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (21, 6)',
    'SELECT id FROM kroles_preview() WHERE id IN (40, 777041)'), 'she asks for the others');
-- vera leaves the channel: what she loses herself, and no more
SELECT attack.attempt('4-view:channel:21 4-view:media:40 4-view:media:777041', pg_temp.after('vera', 'DELETE FROM kroles.space_members WHERE id = 31', :'rows'), 'vera is told of her own loss');
SELECT attack.attempt('no row', pg_temp.after(session, 'UPDATE kroles.users SET name = ''x''', question), session || ' after a change of nothing: ' || left(question, 30))
FROM unnest('{eve, vera, bob, nobody}'::text[]) AS session, unnest(ARRAY[:'rows', :'counts']) AS question;
SELECT attack.attempt('no row', pg_temp.after(session, 'DELETE FROM kroles.space_members', 'SELECT user_id FROM kroles_preview() WHERE user_id IS DISTINCT FROM kroles_current_user() AND id NOT IN (21, 41)'),
    session || ' drops all grants that they may')
FROM unnest('{eve, vera, bob, nobody, hugo}'::text[]) AS session;

-- ---- Reasons ----
SELECT attack.attempt('no row', pg_temp.after('eve', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (41, 777001, ''editor''); DELETE FROM kroles.publications WHERE space_id = 21',
    'SELECT why FROM kroles_preview() WHERE why ~* ''hidden|7770'''), 'eve reads in reasons where her film is published besides');
SELECT attack.attempt('no row', pg_temp.after('eve', 'UPDATE kroles.media SET owner_id = 2 WHERE id = 41',
    'SELECT why FROM kroles_preview() WHERE why ~* ''hidden|7770'''), 'or when she gives it away');
SELECT attack.control('6_manager_of_channel_"eve''s"', pg_temp.after('eve', 'INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (21, 6, ''manager'')',
    'SELECT concat(user_id, ''_'', replace(why, '' '', ''_'')) FROM kroles_preview(kinds => ''{channel}'', actions => ''{manage}'')'), 'a reason');

-- ---- Others' changes ----
SELECT FROM attack.says('olga', 'BEGIN', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (777020, 3)');
SELECT attack.attempt('no row', pg_temp.after('eve', 'SELECT 1', :'rows'), 'eve previews what olga has not committed');
SELECT attack.attempt('no row', pg_temp.after('eve', 'UPDATE kroles.media SET name = ''x'' WHERE id = 41', :'rows'), 'after a change of her own');
SELECT FROM attack.says('eve', 'BEGIN', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (21, 6)') AS a, attack.says('olga', 'COMMIT');
SELECT attack.attempt('6+view:channel:21 6+view:media:41 6+view:room:41', attack.says('eve', :'rows'), 'eve previews what olga has committed meanwhile');
SELECT FROM attack.says('eve', 'ROLLBACK', 'BEGIN ISOLATION LEVEL REPEATABLE READ', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (21, 6)') AS a, attack.says('olga', 'DELETE FROM kroles.space_members WHERE space_id = 777020 AND user_id = 3');
SELECT attack.attempt('6+view:channel:21 6+view:media:41 6+view:room:41', attack.says('eve', :'rows'), 'the same in an older snapshot');
SELECT FROM attack.says('eve', 'ROLLBACK');
-- rights that the asker has lost meanwhile do not show others' rows
SELECT FROM attack.says('eve', 'BEGIN ISOLATION LEVEL REPEATABLE READ', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (41, 6, ''viewer'')') AS a, attack.says('ada', 'UPDATE kroles.users SET applicative_role = ''viewer'' WHERE id = 3');
SELECT attack.attempt('6+view:room:41', attack.says('eve', :'rows'), 'eve, who has nothing but the room since, previews what she did in an older snapshot');
SELECT FROM attack.says('eve', 'ROLLBACK') AS a, attack.says('ada', 'UPDATE kroles.users SET applicative_role = ''private_only'' WHERE id = 3');

-- ---- Another asker of the same transaction ----
SELECT attack.attempt('no row', pg_temp.after('eve', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (21, 6)', format('SELECT set_config(''kroles.token'', %L, true)', attack.token(login)), :'rows'),
    login || ' asks in eve''s transaction')
FROM unnest('{vera, bob}'::text[]) AS login;
SELECT attack.attempt('no row', pg_temp.after('eve', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (21, 6)', 'SET LOCAL kroles.token = ''''', :'rows'), 'nobody asks in it');

-- ---- Inner functions ----
SELECT attack.attempt('42501', pg_temp.after('eve', 'SELECT 1', call), call)
FROM unnest('{SELECT kroles.preview(NULL\, NULL\, 1\, 0),SELECT kroles.preview_counts(NULL\, NULL)}'::text[]) AS call;
SELECT attack.attempt('no row', pg_temp.after(session, 'UPDATE kroles.users SET name = ''x''', 'SELECT kroles.changed_rights(0)'), session || ' reads the changes of others from the log')
FROM unnest('{eve, vera, bob, nobody}'::text[]) AS session;

-- ---- Recorded changes ----
UPDATE kroles.settings SET record_access_changes = true;
SELECT attack.control('INSERT 0 1', attack.says('eve', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (21, 6)'), 'eve makes changes');
SELECT attack.control('5', (SELECT count(*) FROM kroles.access_changes WHERE action = 'view')::text, 'which are recorded');
SELECT attack.attempt('no row', attack.says(session, 'SELECT id FROM kroles.access_changes'), session || ' reads what is recorded')
FROM unnest('{eve, vera, bob, olga, hugo, nobody}'::text[]) AS session;
SELECT attack.attempt(expected, attack.says(session, statement), session || ': ' || statement)
FROM unnest('{eve, olga, bob, nobody}'::text[]) AS session, (VALUES ('DELETE 0', 'DELETE FROM kroles.access_changes'), ('42501', 'INSERT INTO kroles.access_changes (action, kind, allowed) VALUES (''view'', ''site'', true)'),
    ('42501', 'UPDATE kroles.access_changes SET allowed = false'), ('42501', 'TRUNCATE kroles.access_changes'), ('42501', 'SELECT nextval(''kroles.access_changes_id_seq'')'),
    ('42501', 'UPDATE kroles.settings SET record_access_changes = false RETURNING 1'), ('42501', 'COPY kroles.access_changes (action, kind, allowed) FROM PROGRAM ''true''')) AS t (expected, statement)
WHERE statement !~ 'settings';
SELECT attack.attempt('UPDATE 0', attack.says(session, 'UPDATE kroles.settings SET record_access_changes = false'), session || ' turns recording off') FROM unnest('{eve, olga, bob, nobody}'::text[]) AS session;
SELECT attack.control('t', (SELECT count(*) > 0 FROM kroles.access_changes)::text::"char"::text, 'all of it is there still');
-- who holds locks that SQL can take does not stop recording
SELECT FROM attack.says('vera', 'BEGIN', 'SELECT pg_advisory_lock_shared(x) FROM generate_series(-1, 1) AS x');
SELECT attack.attempt('DELETE 1', attack.says('eve', 'SET lock_timeout = ''2s''', 'DELETE FROM kroles.space_members WHERE space_id = 21 AND user_id = 6'), 'vera holds up what eve commits');
SELECT FROM attack.says('vera', 'ROLLBACK');
-- while olga's commit is recorded, others wait whose changes rights depend on, and no others
BEGIN;
LOCK TABLE kroles.access_changes IN SHARE MODE;
SELECT FROM dblink_send_query('olga', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (777020, 3)');
DO $$
BEGIN
    WHILE NOT EXISTS (SELECT FROM pg_locks WHERE relation = 'kroles.access_changes'::regclass AND NOT granted) LOOP
        PERFORM pg_sleep(0.01);
    END LOOP;
END $$;
SELECT attack.attempt('UPDATE 1', attack.says('eve', 'SET lock_timeout = ''2s''', 'UPDATE kroles.users SET title = ''Dr.'' WHERE id = 3'), 'olga holds up what gives and takes nothing');
SELECT attack.control('55P03', attack.says('eve', 'SET lock_timeout = ''10ms''', 'INSERT INTO kroles.media (name) VALUES (''waits'')'), 'who makes a media, waits');
COMMIT;
SELECT FROM dblink_get_result('olga') AS r (status text);
SELECT FROM dblink_get_result('olga') AS r (status text);
-- Notices are PostgreSQL's: any session may listen, and send one. They carry the highest id, and nothing of the rows.
SELECT attack.left_open('LISTEN', attack.says('vera', 'LISTEN kroles_access_changes'), 'vera listens');
SELECT FROM attack.says('eve', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (21, 6)');
SELECT attack.left_open((SELECT max(id)::text FROM kroles.access_changes), (SELECT n.extra FROM (SELECT attack.says('vera', 'SELECT 1')) AS s, dblink_get_notify('vera') AS n LIMIT 1), 'and hears that there is a row of that id');
SELECT * FROM finish();
