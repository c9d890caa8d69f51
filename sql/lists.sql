-- Lists: users, group members and space members from files, by COPY into views and by functions that take the file's text.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;
\getenv directory PG_ABS_SRCDIR

INSERT INTO kroles.users (id, login, applicative_role, administrator) VALUES
    (1, 'root', 'viewer', true),
    (2, 'mia', 'admin', false),         -- owns Lectures and Plants
    (3, 'bob', 'viewer', false), (4, 'carl', 'viewer', false), (5, 'dan', 'viewer', false);
INSERT INTO kroles.groups (id, name) VALUES (1, 'Old Hands');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 3), (1, 4);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, external_id) VALUES
    (1, 'channel', 'private', 'Lectures', 2, '4711'), (2, 'gallery', 'private', 'Plants', 2, 'REF-2'),
    (3, 'channel', 'private', 'Cellar', 1, 'hidden'), (4, 'channel', 'restricted', 'Hall', 1, 'seen');
SELECT FROM (SELECT setval('kroles.users_id_seq', 100), setval('kroles.groups_id_seq', 100), setval('kroles.space_members_id_seq', 100)) AS s;
CREATE ROLE regress_kroles_lists;
SELECT kroles_grant_access('regress_kroles_lists'), kroles_trust_gateway('regress_kroles_lists');
CREATE VIEW people AS
    SELECT u.login, u.name, u.email, u.applicative_role AS role, u.administrator AS adm, u.blocked,
           (SELECT string_agg(g.name, ',' ORDER BY g.name) FROM kroles.group_members m JOIN kroles.groups g ON g.id = m.group_id
            WHERE m.user_id = u.id) AS groups
    FROM kroles.users u ORDER BY u.login;
CREATE VIEW members AS
    SELECT s.name AS space, coalesce(u.login, '(' || g.name || ')') AS who, m.role, m.expires_at AT TIME ZONE 'UTC' AS until
    FROM kroles.space_members m JOIN kroles.spaces s ON s.id = m.space_id
    LEFT JOIN kroles.users u ON u.id = m.user_id LEFT JOIN kroles.groups g ON g.id = m.group_id ORDER BY 1, 2;
GRANT SELECT ON people, members TO regress_kroles_lists;
\set SHOW_CONTEXT never
SET SESSION AUTHORIZATION regress_kroles_lists;
SET kroles."user" = 'root';

-- Kaltura's own format: byte-order mark, CRLF, quotes, a line end in a cell, a row without anything
\set file :directory '/sql/lists/kaltura_users.csv'
\set csv `cat :'file'`
SELECT * FROM kroles_import_users(:'csv');
TABLE people;
SELECT length(name), position(E'\r\n' IN name) FROM kroles.users WHERE login = 'carl';
-- once more: ann is there, dan is not; the others are as they should be already
SELECT * FROM kroles_import_users(:'csv');
SELECT * FROM kroles_import_users(:'csv', 'report');

-- Our own columns, through the view, with some of them. A cell that is empty leaves what is there.
\copy kroles.user_import (login, name, applicative_role, groups) from stdin csv header
login,name,applicative_role,groups
eve,Eve,,"Lab, New"
bob,,admin,-Lab
\.
\copy kroles.user_import (login, email, blocked) from stdin with (format csv, header match)
login,email,blocked
bob,new@x.org,yes
\.
\copy kroles.user_import from stdin csv
delete,carl,,,,,,,,,
3,nobody,,,,,,,,,
\.
\copy kroles.user_import (action, login, administrator) from stdin csv
DELETE,carl,
upsert,eve,true
\.
INSERT INTO kroles.user_import (login, name) VALUES ('fay', 'Fay'), ('gus', 'Gus');
TABLE people;
SELECT * FROM kroles.user_import;

-- Every error of a list, and nothing of it goes in; "check" tells them as rows
\set csv 'action,login,applicative role,Administrator,blocked,groups,colour\n1,bob,,,,,\nadd,hal,king,perhaps,2,-,\n2,nobody,Anonymous,,,,\n1,ida,,,,\n1,jo,,,,,red\n6,jo,,,,,\nfly,kim,,,,,\n1,,viewer,,,,\n"1","lea\t",,,,,\n1,"bad\tlogin",,,,,'
SELECT * FROM kroles_import_users(:'csv');
SELECT * FROM kroles_import_users(:'csv', ignore => '{colour}');
SELECT * FROM kroles_import_users(:'csv', on_error => 'check', ignore => '{colour}');
SELECT count(*) FROM kroles.users WHERE login IN ('hal', 'ida', 'jo', 'lea');
SELECT line, code FROM kroles_import_users(:'csv', on_error => 'report', ignore => '{colour}');
SELECT login FROM kroles.users WHERE login IN ('hal', 'ida', 'jo', 'kim', 'lea') ORDER BY 1;
-- a user who owns something stays: found when it is done, among others that go
SELECT * FROM kroles_import_users(E'login,action\nmia,3\njo,3\nlea,3', 'report');
-- what is no list at all
SELECT * FROM kroles_import_users('');
SELECT * FROM kroles_import_users(NULL);
SELECT * FROM kroles_import_users(E'name,email\nx,y');
SELECT * FROM kroles_import_users(E'login,userId\nx,y');
SELECT * FROM kroles_import_users(E'login,name\nx,"y');
-- (before PostgreSQL 18 COPY ends at a line of \., and what comes behind must not be lost; from then on it is a cell)
CREATE FUNCTION pg_temp.check_list(list text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    RETURN (SELECT count(*) || ' errors' FROM kroles_import_users(list, 'check'));
EXCEPTION WHEN bad_copy_file_format THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN SQLERRM || '; ' || hint;
END $$;
SET client_min_messages = warning;
SELECT pg_temp.check_list(E'login\nx\n\\.\ny') = CASE WHEN current_setting('server_version_num')::int >= 180000 THEN '0 errors'
    ELSE 'the list continues after a line that is only "\."; Put the cell in quotes.' END AS as_documented,
    pg_temp.check_list(E'login\nx\n"\\."\ny') AS quoted;
DROP FUNCTION pg_temp.check_list(text);
RESET client_min_messages;
SELECT * FROM kroles_import_users('login', 'sometimes');
SELECT * FROM kroles_import_users('login');

-- Groups
\copy kroles.group_member_import (group_name, login) from stdin csv header
group_name,login
Chess,bob
Chess,eve
\.
SELECT * FROM kroles_import_group_members(E'Group,userId,action\n"Chess",bob,3\nChess,fay,1\n-Chess,eve,\n"a, b",gus,', 'stop');
SELECT * FROM kroles_import_group_members(E'group,login,action\nChess,fay,1\nChess,gus,2\nNone,gus,3\nChess,nobody,6\n,gus,6', 'check');
SELECT login, groups FROM people WHERE groups ~ 'Chess|a, b';

-- Members of spaces, by whoever manages them
SET kroles."user" = 'mia';
\set file :directory '/sql/lists/kaltura_category_users.csv'
\set csv `cat :'file'`
SELECT * FROM kroles_import_space_members(:'csv');
SELECT * FROM kroles_import_space_members(:'csv', 'report');
TABLE members;
\copy kroles.space_member_import (space_id, group_name, role, expires_at) from stdin csv header
space_id,group_name,role,expires_at
1,Lab,contributor,2020-01-01
2,Staff,member,2120-01-01 00:00+00
\.
\copy kroles.space_member_import (action, external_id, login, group_name) from stdin csv
update,REF-2,,Staff
delete,4711,bob,
\.
TABLE members;
-- an expired grant is given anew; "never" takes an end away
SELECT * FROM kroles_import_space_members(E'space_id,group_name,action,expires_at\n1,Lab,add,\n2,Staff,update,never');
TABLE members;
-- The same words about a space that is hidden and about none; another where it is seen and not managed
SELECT * FROM kroles_import_space_members(E'external_id,login,role\nhidden,bob,manager\nabsent,bob,manager\nseen,bob,manager\nseen,nobody,manager\n4711,nobody,manager\n4711,bob,owner\n4711,,\n4711,bob,', 'check');
\copy kroles.space_member_import (external_id, login) from stdin csv
hidden,bob
absent,bob
\.
-- Everybody may go, nobody may send another away
SET kroles."user" = 'ann';
SELECT * FROM kroles_import_space_members(E'space_id,login,action\n2,ann,3\n2,mia,3', 'report');
SET kroles."user" = 'eve';      -- an administrator by now
SELECT * FROM kroles_import_space_members(E'space_id,login\n3,fay');
TABLE members;

-- Lists of users and groups are an administrator's
SET kroles."user" = 'mia';
SELECT * FROM kroles_import_users(E'login,administrator\nmia,true', 'report');
SELECT * FROM kroles_import_group_members(E'group,login\nChess,mia', 'report');
\copy kroles.user_import (login, administrator) from stdin csv
mia,true
\.
SET kroles."user" = '';
SELECT * FROM kroles_import_space_members(E'space_id,login\n1,mia');
\copy kroles.space_member_import (space_id, login) from stdin csv
1,mia
\.

-- What is put by belongs to its statement: an error takes it away, savepoints too, and statements run in one another
SET kroles."user" = 'root';
BEGIN;
INSERT INTO kroles.user_import (login) VALUES ('one');
SAVEPOINT s;
INSERT INTO kroles.user_import (login) SELECT 'two' || 1 / n FROM generate_series(1, 0, -1) AS n;
ROLLBACK TO s;
WITH a AS (INSERT INTO kroles.user_import (login) VALUES ('three') RETURNING login)
INSERT INTO kroles.group_member_import (group_name, login) SELECT 'Chess', 'bob' FROM a;
COMMIT;
SELECT login FROM kroles.users WHERE login IN ('one', 'two1', 'three') ORDER BY 1;
RESET SESSION AUTHORIZATION;
SET client_min_messages = warning;
DROP VIEW people, members;
SELECT kroles_distrust_gateway('regress_kroles_lists'), kroles_revoke_access('regress_kroles_lists');
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
DROP ROLE regress_kroles_lists;
