-- Lists from files: the format's marks, headings, several lines about one thing. Whole files as Kaltura's help describes them, and
-- files that are wrong.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;
\getenv directory PG_ABS_SRCDIR
\set SHOW_CONTEXT never
\pset format unaligned
\pset footer off

INSERT INTO kroles.users (id, login, name, applicative_role, administrator) VALUES
    (1, 'root', 'Root', 'viewer', true), (2, 'mia', 'M.', 'admin', false), (3, 'bob', 'Bob Ray', 'viewer', false),
    (4, 'carl', '', 'viewer', false), (5, 'gone', '', 'viewer', false);
INSERT INTO kroles.groups (id, name) VALUES (1, 'Old Hands');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 3);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, external_id) VALUES
    (1, 'channel', 'private', 'Lectures', 2, '4711'), (2, 'gallery', 'private', 'Plants', 2, 'REF-2'),
    (3, 'channel', 'private', 'Cellar', 1, 'hidden');
SELECT FROM (SELECT setval('kroles.users_id_seq', 100), setval('kroles.groups_id_seq', 100), setval('kroles.space_members_id_seq', 100)) AS s;
CREATE ROLE regress_kroles_files;
SELECT FROM kroles_grant_access('regress_kroles_files'), kroles_trust_gateway('regress_kroles_files');
CREATE VIEW people AS
    SELECT u.login, u.name, u.email, u.applicative_role AS role,
           (SELECT string_agg(g.name, ',' ORDER BY g.name) FROM kroles.group_members m JOIN kroles.groups g ON g.id = m.group_id
            WHERE m.user_id = u.id) AS groups
    FROM kroles.users u ORDER BY u.login;
CREATE VIEW members AS
    SELECT s.name AS space, u.login, m.role FROM kroles.space_members m JOIN kroles.spaces s ON s.id = m.space_id JOIN kroles.users u ON u.id = m.user_id
    ORDER BY 1, 2;
GRANT SELECT ON people, members TO regress_kroles_files;
SET SESSION AUTHORIZATION regress_kroles_files;
SET kroles."user" = 'root';

--
-- 1. Whole files
--
\set file :directory '/sql/lists/kaltura_end_users.csv'
\set csv `cat :'file'`
SELECT * FROM kroles_import_users(:'csv');
TABLE people;
\set file :directory '/sql/lists/kaltura_user_groups.csv'
\set csv `cat :'file'`
SELECT * FROM kroles_import_users(:'csv');
TABLE people;
-- the same file is also one of members of groups, where 2 adds too; here all of it is done already
SELECT * FROM kroles_import_group_members(:'csv', 'check');
SET kroles."user" = 'mia';
\set file :directory '/sql/lists/kaltura_entitlements.csv'
\set csv `cat :'file'`
SELECT * FROM kroles_import_space_members(:'csv', 'report');
TABLE members;
SET kroles."user" = 'root';

--
-- 2. Marks of the format are no data
--
-- comments: before the header, behind it, with blanks before them, in quotes, with an open quote, at the end; and empty lines
SELECT * FROM kroles_import_users(E'# "open\n\n  #\t\n*userId,firstName,metadata::KMS_USERSCHEMA1_x::role\n#bigboss,Left in May,unmoderatedAdminRole\n"#x, y",,\n\u00a0#big"boss\nnora,Nora,viewerRole\n# end');
-- (in quotes, beside other cells, it may be a name)
SELECT * FROM kroles_import_users(E'userId,firstName\n"#bigboss",Left\n');
SELECT * FROM kroles_import_group_members(E'# who\r\n*group,userId\r\n#Lab,root\r\nLab,nora\r\n');
SELECT * FROM kroles_import_space_members(E'#space_id,login\nspace_id,login\n#1,nora\n1,nora\n#', 'check');
SELECT login FROM people WHERE login ~ '#|big';
-- a comment's mark within a cell of several lines is none
SELECT * FROM kroles_import_users(E'login,bio\nnora,"Likes\n# the mark\n"\n');
SELECT bio FROM kroles.users WHERE login = 'nora';
-- headers again: marked with other columns; unmarked where files were joined; with a byte order mark
SELECT * FROM kroles_import_users(E'*action,userId,firstName\n6,nora,Nora\n* userId , lastName,firstName\nola,Berg,Ola\n"*action",userId\n2,lena\n');
SELECT * FROM kroles_import_users(E'login,name\nnora,Nora\nlogin,name\nolga,Olga\n\uFEFFname,login\nPia,pia');
SELECT login, name FROM people WHERE login IN ('nora', 'ola', 'olga', 'pia', 'login');
SELECT * FROM kroles_import_group_members(E'group,login\nLab,ola\n*login,group\npia,Lab', 'check');
SELECT * FROM kroles_import_space_members(E'*space_id,login\n1,ola\n*login,space_id,role\npia,1,3', 'check');
-- a row as wide as the other header; a header that lacks what is required; one whose words are none
SELECT * FROM kroles_import_users(E'*action,userId,firstName\n6,nora\n*action,userId\n6,nora,Nora', 'check');
SELECT * FROM kroles_import_users(E'*action,userId\n6,nora\n*action,email\n6,nora');
SELECT * FROM kroles_import_users(E'login,name\n*boss,Boss');
SELECT * FROM kroles_import_users('# nothing else');
-- views: the marks are errors there, in each list
\copy kroles.user_import (login, applicative_role) from stdin csv
#bigboss,admin
login,applicative_role
*userId,role
\.
\copy kroles.group_member_import (group_name, login) from stdin csv
#Lab,nora
group_name,login
\.
\copy kroles.space_member_import (space_id, login) from stdin csv
#1,nora
*space_id,login
\.

--
-- 3. Headings
--
-- the action column is known: after byte order marks, in quotes, between blanks of all kinds
SELECT what, (SELECT string_agg(e.message, '; ') FROM kroles_import_users(heading || E',login\n3,absent', 'check') AS e) AS message
FROM (VALUES
    ('byte order mark', E'\uFEFFaction'), ('two of them', E'\uFEFF\uFEFFaction'), ('in quotes', E'"\uFEFFaction"'),
    ('before quotes', E'\uFEFF\uFEFF"*action"'), ('no-break space behind', E'action\u00a0'), ('and before', E'\u00a0*\u00a0action'),
    ('zero-width space', E'ac\u200btion'), ('word joiner', E'action\u2060'), ('ideographic space', E'\u3000ACTION\u3000'),
    ('in capitals', 'ACTION'), ('marks', '** Action *')) AS t (what, heading);
-- a near one, or an unknown one, is an error, which says what may be meant; the list makes nobody
SELECT * FROM kroles_import_users(E'actions,userId\n3,nora');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM kroles_import_users(E'*Aktion,userId,fistName\n3,nora,');
SELECT * FROM kroles_import_users(E'operation,userId\n3,nora');
SELECT * FROM kroles_import_users(E'action;userId\n3;nora');
SELECT * FROM kroles_import_users(E'userId,metadata::KMS_USERSCHEMA1_1::roles\nnora,adminRole');
SELECT * FROM kroles_import_group_members(E'action:,group,userId\n3,Lab,nora');
SELECT * FROM kroles_import_space_members(E'acton,categoryID,userId,permission level,permisions\n3,4711,nora,,');
SELECT * FROM kroles_import_users(E'login,' || (SELECT string_agg('c' || n, ',') FROM generate_series(1, 30) AS n) || E'\nx');
-- ignored on request, and where Kaltura has them; never the action; not a column whose heading is missing
SELECT * FROM kroles_import_users(E'login,Colour,"shoe size"\nnora,red,38', 'check', '{colour, "Shoe size", other}');
SELECT * FROM kroles_import_users(E'login,tags,metadata::SITE_1::campus\nnora,red,north', 'check');
SELECT * FROM kroles_import_group_members(E'login,group,colour\nnora,Lab,red', ignore => '{colour}', on_error => 'check');
SELECT * FROM kroles_import_space_members(E'login,space_id,updateMethod,colour\nnora,1,1,red', 'check', ignore => '{colour}');
SELECT * FROM kroles_import_users(E'login,action\nnora,3', ignore => '{" Action"}');
SELECT * FROM kroles_import_users(E'login,name,,\nnora,Nora,,\nola,Ola,,x', 'check');

--
-- 4. One row a thing
--
SELECT * FROM kroles_import_users(E'login,email,groups\nnora,,Lab\nnora,nora@example.org,\nnora,other@example.org,Chess\nnora,,Lab\nnora,,-Lab\nola,,"Lab,-Lab"', 'check');
SELECT * FROM kroles_import_users(E'action,login,groups\n3,nora,\n6,nora,Lab\n1,uma,Lab\n1,uma,Chess\n6,vic,Lab\n1,vic,Chess\n2,nobody,Lab\n6,nobody,Chess', 'check');
SELECT * FROM kroles_import_users(E'login,groups\n"nora ",Chess\n"\u00a0nora",Go\n"nora\u200b",Chess', 'check');
INSERT INTO kroles.user_import (login, groups) VALUES ('nora', 'Chess'), (' nora', 'Go');
SELECT groups FROM people WHERE login = 'nora';
SELECT * FROM kroles_import_group_members(E'action,group,login\n2,Chess,ola\n6,Chess,"ola "\n3,Chess,nora\n6,-Chess,nora', 'check');
-- a space by its id and by its external ids; what cannot be seen is not told apart from what is not there
SET kroles."user" = 'mia';
SELECT * FROM kroles_import_space_members(E'space_id,external_id,categoryReferenceId,login\n1,,,nora\n,4711,,nora\n01,,,"nora\u00a0"\n2,,,ola\n,,REF-2,ola\n,hidden,,ola\n,absent,,ola\n3,,,ola', 'check');
\copy kroles.space_member_import (space_id, external_id, login, role) from stdin csv
1,,nora,manager
,4711,nora,member
\.
SET kroles."user" = 'root';
-- a part of the name does not erase the other
SELECT * FROM kroles_import_users(E'login,firstName,lastName\nnora,Eleonora,\nola,,Bergen\npia,Pia,\nbob,,Ray\nlena,,\nquin,Quin,', 'report');
SELECT login, name FROM people WHERE login IN ('nora', 'ola', 'pia', 'bob', 'lena', 'quin');
SELECT * FROM kroles_import_users(E'login,firstName,lastName\nnora,,Noonan\nola,,Von Bergen\nlena,L.,\nquin,,Quist\nbob,Robert,', 'check');

RESET SESSION AUTHORIZATION;
SET client_min_messages = warning;
DROP VIEW people, members;
SELECT FROM kroles_distrust_gateway('regress_kroles_files'), kroles_revoke_access('regress_kroles_files');
DROP SCHEMA kroles CASCADE;
DROP ROLE regress_kroles_files;
