-- Privilege escalation by the page of people: its functions write as the tables' owner, outside the policies, and do so only
-- for people who may; and they tell nothing to others.
\set name kroles_escalate_people_page
\ir lib/campus.psql
SELECT * FROM no_plan();

-- Everybody whose rights on the Symposium (media 1) are no manage_collaborators: who may view it, and who may not
CREATE TABLE campus.viewing (who text);
INSERT INTO campus.viewing SELECT unnest('{publisher, watcher, chatter, host, speaker, hidden speaker, moderator, manager, contributor, member, viewer, stranger, rival, boss}'::text[]);
CREATE FUNCTION campus.refused(who text) RETURNS text LANGUAGE sql AS $$ SELECT CASE WHEN who IS NULL THEN '28000' WHEN who = 'blocked' THEN '42704' ELSE '42501' END $$;
CREATE VIEW campus.outsiders AS SELECT who FROM campus.viewing UNION ALL VALUES ('blocked'), (NULL);

-- ---- Giving permissions ----
SELECT campus.tries(who, campus.refused(who), 'gives ' || what, format('SELECT kroles_set_permissions(1, %s)', call))
FROM campus.outsiders, (VALUES ('a stranger all', '18, NULL, ''{editor, publisher, viewer}'''), ('a stranger the room', '18, NULL, ''{room_moderator}'''),
    ('the editor less', '8, NULL, ''{viewer}'''), ('a group all', 'NULL, 3, ''{editor, publisher}''')) AS c (what, call);
SELECT campus.tries(who, '42501', 'makes themselves editor', format('SELECT kroles_set_permissions(1, %s, NULL, ''{editor, publisher, viewer}'')', id))
FROM (VALUES ('publisher', 9), ('watcher', 10), ('chatter', 11), ('host', 12), ('speaker', 13), ('manager', 3), ('moderator', 4), ('viewer', 15)) AS t (who, id);
SELECT campus.tries('editor', '42501', what, format('SELECT kroles_set_permissions(1, %s)', call))
FROM (VALUES ('makes themselves publisher too', '8, NULL, ''{editor, publisher}'''), ('gives up being editor for publisher', '8, NULL, ''{publisher}'''),
    ('adds a collaborator', '18, NULL, ''{viewer}'''), ('adds a collaborator under a moderator', '18, NULL, ''{chat_moderator, viewer}'''),
    ('raises the watcher', '10, NULL, ''{viewer, editor}'''), ('drops the publisher for a moderator', '9, NULL, ''{chat_moderator}'''),
    ('gives a group', 'NULL, 1, ''{viewer}''')) AS t (what, call);
SELECT campus.tries('editor', '23514', 'makes the owner a mere viewer', 'SELECT kroles_set_permissions(1, 2, NULL, ''{viewer}'')');
SELECT campus.tries('owner', '23514', 'makes themselves a mere viewer', 'SELECT kroles_set_permissions(1, 2, NULL, ''{viewer}'')');
SELECT campus.tries('owner', '22023', 'leaves a person without permission', format('SELECT kroles_set_permissions(1, 8, NULL, %L::text[])', p))
FROM unnest('{"{}", NULL, "{NULL}"}'::text[]) AS p;
SELECT campus.tries('owner', '22023', 'gives what is no permission', format('SELECT kroles_set_permissions(1, 8, NULL, %L::text[])', p))
FROM unnest('{"{owner}", "{speaker}", "{manager}", "{\"\"}", "{editor,transfer_ownership}", "{EDITOR}", "{\"editor \"}"}'::text[]) AS p;
SELECT campus.tries('viewer', '42501', 'being an editor above their ceiling, makes a moderator', 'SELECT kroles_set_permissions(3, 18, NULL, ''{room_moderator}'')');
SELECT campus.tries('grouped', '42501', 'makes the own group publisher', 'SELECT kroles_set_permissions(7, NULL, 1, ''{editor, publisher, room_moderator}'')');
SELECT campus.leads_to('owner', 'publisher', 'sets an editor', 'SELECT kroles_set_permissions(1, 8, NULL, ''{publisher}'')', 'SELECT permission FROM kroles.media_collaborators WHERE (media_id, user_id) = (1, 8)');
SELECT campus.leads_to('editor', 'room_moderator', 'makes a moderator', 'SELECT kroles_set_permissions(1, 18, NULL, ''{room_moderator}'')', 'SELECT permission FROM kroles.media_moderators WHERE user_id = 18');
-- what was refused by half is refused as a whole
SELECT is((SELECT campus.answer('owner', format('DO $d$BEGIN PERFORM set_config(''kroles.user'', ''editor'', true);
    PERFORM kroles_set_permissions(1, 18, NULL, ''{chat_moderator, viewer}''); EXCEPTION WHEN insufficient_privilege THEN NULL; END$d$'), NULL,
    'SELECT count(*) FROM kroles.media_moderators WHERE user_id = 18')), '0', '0: the editor is refused the one permission, and keeps the other');

-- ---- Removing ----
SELECT campus.tries(who, campus.refused(who), 'removes ' || what, call)
FROM campus.outsiders, (VALUES ('the editor', 'SELECT kroles_remove_user(1, 8)'), ('nobody who is there', 'SELECT kroles_remove_user(1, 19999)'), ('a group', 'SELECT kroles_remove_group(1, 1)')) AS c (what, call);
SELECT campus.tries('editor', '42501', 'removes ' || what, call)
FROM (VALUES ('the publisher', 'SELECT kroles_remove_user(1, 9)'), ('the watcher', 'SELECT kroles_remove_user(1, 10)')) AS c (what, call);
SELECT campus.tries('grouped', '42501', 'removes the own group', 'SELECT kroles_remove_group(7, 1)');
SELECT campus.tries(who, '23514', 'removes the owner', 'SELECT kroles_remove_user(1, 2)') FROM unnest('{administrator, owner}'::text[]) AS who;
SELECT campus.tries('editor', '23514', 'removes the owner', 'SELECT kroles_remove_user(1, 2)');
SELECT campus.tries('blocked', '42704', 'removes themselves', 'SELECT kroles_remove_user(1, 17)');
SELECT campus.leads_to(who, 'no row', 'removes themselves', format('SELECT kroles_remove_user(1, %s)', id),
    format('SELECT user_id FROM kroles.media_collaborators WHERE media_id = 1 AND user_id = %1$s UNION ALL SELECT user_id FROM kroles.media_moderators WHERE media_id = 1 AND user_id = %1$s UNION ALL SELECT user_id FROM kroles.media_speakers WHERE media_id = 1 AND user_id = %1$s', id))
FROM (VALUES ('editor', 8), ('watcher', 10), ('host', 12), ('hidden speaker', 14)) AS t (who, id);

-- ---- Ownership ----
SELECT campus.tries(who, campus.refused(who), 'makes ' || what, format('SELECT kroles_transfer_ownership(1, %s, true)', id))
FROM (SELECT who FROM campus.outsiders UNION ALL VALUES ('editor')) AS o, (VALUES ('the editor owner', 8), ('a stranger owner', 18), ('the owner owner', 2)) AS t (what, id);
SELECT campus.tries('owner', '55000', 'makes a blocked user owner', 'SELECT kroles_transfer_ownership(1, 17, true)');
SELECT campus.tries('owner', '42501', 'takes it back', 'SELECT kroles_transfer_ownership(1, 2)', 'SELECT kroles_transfer_ownership(1, 8)');
SELECT campus.tries('owner', '42501', 'as the collaborator who stayed, takes it back', 'SELECT kroles_transfer_ownership(1, 2)', 'SELECT kroles_transfer_ownership(1, 8, true)');
SELECT campus.tries(who, CASE WHEN who IS NULL THEN '28000' ELSE '42501' END, 'hands over ' || what, format('SELECT kroles_hand_over(%s)', pair))
FROM unnest('{owner, editor, manager, rival, blocked, NULL}'::text[]) AS who, (VALUES ('all to themselves', '2, 8'), ('all of nobody', '999, 2'), ('what is their own', '19, 3')) AS t (what, pair);
SELECT campus.tries('administrator', '55000', 'hands over to a blocked user', 'SELECT kroles_hand_over(2, 17)');
SELECT campus.may('administrator', '5', 'hands over', 'SELECT kroles_hand_over(2, 3)');

-- ---- Speakers ----
SELECT campus.tries(who, campus.refused(who), 'moves a speaker', 'SELECT kroles_move_speaker(1, 14, 1)') FROM campus.outsiders;
SELECT campus.tries('speaker', '42501', 'moves themselves', 'SELECT kroles_move_speaker(1, 13, 2)');
SELECT campus.tries('editor', '42704', 'moves who is no speaker', 'SELECT kroles_move_speaker(1, 18, 1)');
SELECT campus.leads_to('hidden speaker', '13 1', 'withdraws, and there is no gap', 'DELETE FROM kroles.media_speakers', 'SELECT concat_ws('' '', user_id, position) FROM kroles.media_speakers WHERE media_id = 1');
SELECT campus.leads_to('speaker', '14 1', 'withdraws, and who comes after moves up', 'DELETE FROM kroles.media_speakers WHERE user_id = 13', 'SELECT concat_ws('' '', user_id, position) FROM kroles.media_speakers WHERE media_id = 1');

-- ---- A hidden film and none ----
SELECT campus.tries(who, '42704', 'on media ' || id || ': ' || call, replace(call, '%', id))
FROM unnest('{owner, editor, manager, trusted}'::text[]) AS who, unnest('{2, 999}'::text[]) AS id,
     unnest('{SELECT name FROM kroles_media_users(%), "SELECT kroles_set_permissions(%, 18, NULL, ''{editor}'')", "SELECT kroles_set_permissions(%, 18, NULL, ''{chat_moderator}'')",
         "SELECT kroles_remove_user(%, 18)", "SELECT kroles_remove_group(%, 1)", "SELECT kroles_transfer_ownership(%, 2)", "SELECT kroles_move_speaker(%, 13, 1)"}'::text[]) AS call;

-- ---- What it tells ----
SELECT campus.tries(who, campus.refused(who), 'reads the page', 'SELECT name FROM kroles_media_users(1)') FROM campus.outsiders;
SELECT campus.tries(who, campus.refused(who), 'searches the page', 'SELECT 1 FROM kroles_media_users(1, ''e'', ''editor'', 1)') FROM campus.outsiders;
SELECT campus.may('editor', '9', 'reads the page', 'SELECT count(*) FROM kroles_media_users(1)');
SELECT campus.tries(who, 'no row', 'looks for people', 'SELECT name FROM kroles_find_users(''s'')')
FROM unnest('{publisher, watcher, chatter, host, speaker, moderator, member, viewer, retired, lowered, blocked, NULL}'::text[]) AS who;
SELECT campus.may(who, 'speaker', 'looks for people', 'SELECT name FROM kroles_find_users(''speak'')')
FROM unnest('{administrator, owner, manager, editor, contributor, grouped, boss, stranger, visiting manager}'::text[]) AS who;
SELECT campus.tries('owner', 'no row', 'finds whoever is blocked', 'SELECT name FROM kroles_find_users(''blocked'')');
SELECT campus.tries('owner', 'no row', 'finds by a pattern', format('SELECT name FROM kroles_find_users(%L)', word)) FROM unnest('{%, _, "%e", "\\", "", " "}'::text[]) AS word;
SELECT campus.tries(who, 'no row', 'reads the history of ' || what, format('SELECT what FROM kroles_history(%s)', call))
FROM unnest('{publisher, watcher, speaker, member, stranger, blocked, NULL}'::text[]) AS who,
     (VALUES ('the Symposium', '''media'', 1'), ('the Lectures', '''channel'', 1'), ('a person', '''user'', 2'), ('themselves', '''user'', kroles_current_user()'), ('a group', '''group'', 1'), ('the site', '''site'', NULL')) AS t (what, call);
SELECT campus.tries(who, 'no row', 'reads the history of a person', 'SELECT what FROM kroles_history(''user'', 2)') FROM unnest('{owner, editor, manager}'::text[]) AS who;
SELECT campus.tries(who, '42501', 'goes behind: ' || call, 'SELECT ' || call)
FROM unnest('{owner, administrator}'::text[]) AS who, unnest('{"kroles.set_permissions(2, 18, NULL, ''{editor}'', NULL, NULL)", "kroles.remove_user(1, 8)", "kroles.remove_group(1, 1)", "kroles.transfer_ownership(2, 2, true)",
    "kroles.hand_over(2, 3)", "kroles.media_users(2, NULL, NULL, NULL, 0)", "kroles.find_users(''a'', 1)", "kroles.id(''media'', ''x'')", "kroles.history(''media'', 2, NULL, 1)"}'::text[]) AS call;
-- helpers that everybody may call do nothing that their caller could not
SELECT campus.tries('stranger', 'NULL', 'locks people by hand', 'SELECT kroles.lock_people(1, 8, NULL)');
SELECT campus.tries('stranger', 'user 8', 'asks for a name by hand', 'SELECT kroles.person_called(8, NULL)');
SELECT campus.tries('stranger', 'no row', 'reads the log by hand', 'SELECT l FROM kroles.log_about(''media'', 1, NULL, NULL) AS l');
SELECT campus.tries('stranger', 'space 2', 'asks for a space by hand', 'SELECT kroles.object_called(''space'', 2)');

-- ---- My Media, labels ----
SELECT campus.tries('visiting manager', 'no row', 'has a My Media page', 'SELECT name FROM kroles.my_media');
SELECT campus.tries('blocked', 'no row', 'has a My Media page', 'SELECT name FROM kroles.my_media');
SELECT campus.tries('rival', '42501', 'writes through My Media', 'UPDATE kroles.my_media SET owner_id = 2');
SELECT campus.may('stranger', 'Diary', 'sees their own', 'SELECT name FROM kroles.my_media');
SELECT campus.tries_update(who, 'no row', 'renames a role', 'kroles.role_labels', 'label = ''x''', 'true') FROM unnest('{owner, trusted, blocked, NULL}'::text[]) AS who;
SELECT campus.tries_insert(who, '42501', 'adds a label', 'kroles.role_labels', 'applicative_role, label, shipped', '''viewer'', ''x'', ''x''') FROM unnest('{owner, administrator, NULL}'::text[]) AS who;
SELECT campus.tries_delete(who, '42501', 'removes a label', 'kroles.role_labels', 'true') FROM unnest('{owner, administrator, NULL}'::text[]) AS who;
SELECT campus.may('administrator', '1 row', 'renames a role', 'UPDATE kroles.role_labels SET label = ''Student'' WHERE applicative_role = ''viewer''');

-- ---- The owner of the tables, who can't bypass anything, is what these run as; and they work ----
SELECT 'CREATE ROLE campus_owner LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'campus_owner') \gexec
SELECT format('ALTER %s %s OWNER TO campus_owner', CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, oid::regclass)
FROM pg_class WHERE relnamespace = 'kroles'::regnamespace AND relkind IN ('r', 'p', 'v') \gexec
SELECT campus.may('editor', '9', 'reads the page', 'SELECT count(*) FROM kroles_media_users(1)');
SELECT campus.leads_to('owner', 'publisher', 'sets an editor', 'SELECT kroles_set_permissions(1, 8, NULL, ''{publisher}'')', 'SELECT permission FROM kroles.media_collaborators WHERE (media_id, user_id) = (1, 8)');
SELECT campus.leads_to('owner', '3', 'transfers and stays', 'SELECT kroles_transfer_ownership(1, 18, true)', 'SELECT count(*) FROM kroles.media_collaborators WHERE (media_id, user_id) = (1, 2)');
SELECT campus.leads_to('editor', '14 13', 'moves a speaker', 'SELECT kroles_move_speaker(1, 14, 1)', 'SELECT user_id FROM kroles.media_speakers WHERE media_id = 1 ORDER BY position');
SELECT campus.leads_to('speaker', '14 1', 'withdraws', 'SELECT kroles_remove_user(1, 13)', 'SELECT concat_ws('' '', user_id, position) FROM kroles.media_speakers WHERE media_id = 1');
SELECT campus.may('owner', 'speaker', 'looks for people', 'SELECT name FROM kroles_find_users(''speak'')');
SELECT campus.may('administrator', '5', 'hands over', 'SELECT kroles_hand_over(2, 3)');
SELECT campus.may('administrator', 'made user owner', 'reads a history', 'SELECT what FROM kroles_history(''user'', 2) WHERE what LIKE ''%user%''');

SELECT * FROM finish();
