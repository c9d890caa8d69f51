-- Privilege escalation by imported lists: importing without the right, learning from errors, and files that are no lists.
\set name kroles_escalate_lists
\ir lib/campus.psql
SELECT * FROM no_plan();

-- ---- Lists of users and groups, by everybody but administrators ----
SELECT campus.tries(who, coalesce(code, '42501'), 'makes themselves administrator by ' || way, statement)
FROM (VALUES ('owner', NULL), ('manager', NULL), ('trusted', NULL), ('viewer', NULL), ('blocked', NULL), (NULL, '28000')) AS w (who, code),
     (VALUES ('a file', format('SELECT line FROM kroles_import_users(%L)', E'login,administrator\nowner,true\nviewer,true')),
             ('a file in report', format('SELECT line FROM kroles_import_users(%L, ''report'')', E'userId,Administrator\nowner,1')),
             ('a file in check', format('SELECT line FROM kroles_import_users(%L, ''check'')', E'userId,Administrator\nowner,1')),
             ('the view', 'INSERT INTO kroles.user_import (login, administrator) VALUES (''owner'', ''true'')'),
             ('what the view does', $$SELECT kroles.import_copied('users', ARRAY[ROW(1, '{6,owner,NULL,NULL,NULL,NULL,NULL,NULL,true}')::kroles.list_row])$$),
             ('what applies lists', $$SELECT kroles.apply_list('users', ARRAY[ROW(1, '{1,newcomer,NULL,NULL,NULL,NULL,NULL,NULL,true}')::kroles.list_row])$$))
        AS s (way, statement)
WHERE who IS NOT NULL OR way <> 'what applies lists';
SELECT campus.tries('owner', '42501', 'changes the own role by what applies lists',
    $$SELECT kroles.apply_users(ARRAY[ROW(1, '{6,owner,NULL,NULL,NULL,NULL,NULL,NULL,true}')::kroles.list_row])$$);
SELECT campus.tries(who, '42501', 'puts themselves into a group by ' || way, statement)
FROM unnest('{stranger, grouped, boss, blocked}'::text[]) AS who,
     (VALUES ('a file', $$SELECT line FROM kroles_import_group_members(E'group,login\nBosses,stranger')$$),
             ('the view', $$INSERT INTO kroles.group_member_import (group_name, login) VALUES ('Bosses', 'stranger')$$)) AS s (way, statement);
SELECT campus.tries('stranger', 'no row', 'throws another out of a group by what applies lists, and the row stays',
    $$SELECT 1 FROM kroles.apply_group_members(ARRAY[ROW(1, '{3,Bosses,boss}')::kroles.list_row]), kroles.group_members WHERE user_id = 23$$);
SELECT campus.may('administrator', 't', 'makes another administrator',
    $$INSERT INTO kroles.user_import (login, administrator) VALUES ('owner', 'true') RETURNING administrator::boolean::text::char$$);
SELECT campus.leads_to('administrator', 'true', 'makes another administrator by a list',
    $$INSERT INTO kroles.user_import (login, administrator) VALUES ('owner', 'true')$$,
    $$SELECT administrator::text FROM kroles.users WHERE login = 'owner'$$);

-- ---- Members of spaces, by who does not manage them ----
SELECT campus.tries(who, '42501', 'makes themselves manager of Lectures by ' || way, statement)
FROM unnest('{moderator, contributor, member, grouped, retired, lowered, stranger}'::text[]) AS who,
     LATERAL (VALUES ('a file', format('SELECT line FROM kroles_import_space_members(%L)', E'space_id,login,role\n1,' || who || ',0')),
                     ('the view', format('INSERT INTO kroles.space_member_import (space_id, login, role) VALUES (1, %L, 0)', who))) AS s (way, statement);
SELECT campus.tries('manager', '42704', 'makes themselves manager of a hidden channel by ' || way, statement)
FROM (VALUES ('a file', $$SELECT line FROM kroles_import_space_members(E'space_id,login,role\n1,stranger,3\n2,manager,0')$$),
             ('the view', $$INSERT INTO kroles.space_member_import (space_id, login, role) VALUES (1, 'stranger', 3), (2, 'manager', 0)$$)) AS s (way, statement);
SELECT campus.tries('manager', '42501', 'makes themselves manager of a channel that all see',
    $$SELECT line FROM kroles_import_space_members(E'space_id,login,role\n3,manager,0')$$);
SELECT campus.tries('manager', '1 there is no such space 2 there is no such space', 'asks by a list which channels there are',
    $$SELECT row_number() OVER (ORDER BY line) || ' ' || message FROM kroles_import_space_members(E'space_id,login\n2,stranger\n99,stranger', 'check')$$);
SELECT campus.tries('contributor', '42501 42501', 'asks by a list which logins there are',
    $$SELECT code FROM kroles_import_space_members(E'space_id,login\n1,stranger\n1,nobody at all', 'check')$$);
SELECT campus.tries(who, 'NULL NULL', 'asks for a person''s and a group''s id',
    $$SELECT v::text FROM unnest(ARRAY[kroles.user_to_add('owner', 1), kroles.group_to_add('Staff', 1)]) AS v$$)
FROM unnest('{moderator, contributor, stranger, blocked, NULL}'::text[]) AS who;
SELECT campus.tries('member', '42501', 'throws another out of Lectures',
    $$SELECT line FROM kroles_import_space_members(E'space_id,login,action\n1,contributor,3')$$);
SELECT campus.tries('moderator', '42501', 'throws another out of Lectures by what applies lists',
    $$SELECT kroles.apply_space_members(ARRAY[ROW(1, '{3,1,NULL,contributor}')::kroles.list_row])$$);
SELECT campus.leads_to('member', 'no row', 'leaves Lectures', $$SELECT line FROM kroles_import_space_members(E'space_id,login,action\n1,member,3')$$,
    'SELECT id FROM kroles.space_members WHERE space_id = 1 AND user_id = 6');
SELECT campus.leads_to('manager', 'moderator', 'makes a stranger moderator of Lectures',
    $$SELECT line FROM kroles_import_space_members(E'space_id,login,role\n1,stranger,1')$$,
    'SELECT role::text FROM kroles.space_members WHERE space_id = 1 AND user_id = 18');
SELECT campus.leads_to('manager', 'member no row', 'brings in what is right, and no more',
    $$SELECT line FROM kroles_import_space_members(E'space_id,login,role\n2,manager,0\n1,stranger,3', 'report')$$,
    $$SELECT concat(role, CASE WHEN count(*) OVER () = 1 THEN ' no row' END) FROM kroles.space_members
      WHERE (space_id, user_id) IN ((1, 18), (2, 3))$$);

-- A list is judged by the rights before it, which neither makes more of them, nor gives those that are lost back.
SELECT campus.tries('manager', '42501', 'makes themselves manager elsewhere in a list that gives up the own right',
    $$SELECT line FROM kroles_import_space_members(E'space_id,login,role\n1,manager,3\n3,manager,0')$$);
SELECT campus.tries('manager', '42501', 'uses the right that the list before has taken',
    $$SELECT line FROM kroles_import_space_members(E'space_id,login,role\n1,manager,3')
      UNION ALL SELECT line FROM kroles_import_space_members(E'space_id,login,role\n1,stranger,3')$$);
SELECT campus.tries('moderator', '42501', 'makes themselves manager in the last row of a list',
    $$SELECT line FROM kroles_import_space_members(E'action,space_id,login,role\n3,1,contributor,\n6,1,moderator,0')$$);
-- The same space by its id and by its external id: repeated rows tell nothing to those who do not see it.
SELECT campus.tries('manager', '42704 42704 42704', 'asks by repeated rows which external ids there are',
    $$SELECT code FROM kroles_import_space_members(E'space_id,external_id,login\n2,,stranger\n,nothing,stranger\n99,,stranger', 'check')$$);

-- ---- What stands in cells is text ----
SELECT campus.leads_to('administrator', cell, 'brings in a cell as it stands: ' || cell,
    format('SELECT line FROM kroles_import_users(%L)', 'login,name' || E'\n' || 'newcomer,"' || replace(cell, '"', '""') || '"'),
    $$SELECT name FROM kroles.users WHERE login = 'newcomer'$$)
FROM unnest(ARRAY['=HYPERLINK("http://example.org")', '+1+1', '@SUM(A1)', '''; DROP TABLE kroles.users; --', '$1', '%s', '\x41', 'a\nb', '{a,b}', '(1,2)', 'NULL']) AS cell;
SELECT campus.tries('administrator', '?]0;x?', 'brings in an escape sequence, which the error does not repeat',
    $$SELECT value FROM kroles_import_users(E'login,applicative_role\nx,"\x1b]0;x\x07"', 'check')$$);

-- ---- Files that are no lists ----
SELECT campus.tries('administrator', expected, 'brings in ' || what, format('SELECT line FROM kroles_import_users(%s)', list))
FROM (VALUES
    ('22023', 'nothing', $$''$$), ('22023', 'a byte-order mark alone', $$U&'\FEFF'$$), ('22P04', 'an open quote', $$E'login,name\nx,"y'$$),
    ('22P04', 'two kinds of line ends', $$E'login\r\nx\ny\r\n'$$),
    (CASE WHEN current_setting('server_version_num')::int >= 180000 THEN 'no row' ELSE '22P04' END, 'rows behind a \.', $$E'login\nx\n\\.\ny'$$),
    ('22P04', 'a row with a cell more', $$E'login,name\nx,y,true'$$), ('22P04', 'a row with a cell less', $$E'login,name\nx'$$),
    ('42701', 'a column twice', $$E'login,userId\nx,y'$$), ('42703', 'a million columns', $$repeat('c,', 1000000) || E'c\nx'$$),
    ('no row', 'two hundred thousand columns beside the login', $$repeat('c,', 200000) || E'login\n' || repeat(',', 200000) || 'newcomer', ignore => '{c}'$$),
    ('42703', 'two hundred thousand columns that are not to be ignored', $$repeat('c,', 200000) || E'login\n' || repeat(',', 200000) || 'newcomer'$$),
    ('22023', 'a hundred thousand comments', $$repeat(E'#"\n', 100000)$$),
    ('no row', 'fifty thousand headers', $$repeat(E'*action,login\n', 50000) || '6,newcomer'$$),
    ('42703', 'a deletion whose action is not known', $$E'actions,login\n3,owner'$$),
    ('23514', 'a login of 96,000 characters', $$E'login\n' || (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 3000) AS n)$$),
    ('no row', 'a name of a million characters', $$E'login,name\nnewcomer,' || repeat('n', 1000000)$$)) AS t (expected, what, list);
SELECT campus.tries('administrator', '22021', 'brings in a byte that is no character', $$SELECT line FROM kroles_import_users(convert_from('\x6c6f67696e0aff', 'UTF8'))$$);
SELECT campus.tries('administrator', '54000', 'brings in a NUL', $$SELECT line FROM kroles_import_users('login' || chr(10) || 'a' || chr(0))$$);
SELECT * FROM finish();
