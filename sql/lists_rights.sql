-- Lists and the rights of those who import them: a list is judged as it stood before. The last administrator. Logins: invisible
-- characters, and case.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;
\set SHOW_CONTEXT never
\pset format unaligned
\pset footer off

INSERT INTO kroles.users (id, login, applicative_role, administrator) VALUES
    (1, 'root', 'viewer', true), (2, 'rosa', 'viewer', true), (3, 'rolf', 'viewer', true), (4, 'ruth', 'viewer', true),
    (5, 'mia', 'admin', false), (6, 'max', 'admin', false), (7, 'bob', 'viewer', false);
INSERT INTO kroles.groups (id, name) VALUES (1, 'Staff');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 6);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, external_id) VALUES
    (1, 'channel', 'private', 'Lectures', 2, 'lectures'), (2, 'channel', 'private', 'Plants', 2, 'plants');
INSERT INTO kroles.space_members (space_id, user_id, group_id, role) VALUES
    (1, 5, NULL, 'manager'), (2, 5, NULL, 'manager'), (1, NULL, 1, 'manager');
SELECT FROM (SELECT setval('kroles.users_id_seq', 100), setval('kroles.space_members_id_seq', 100)) AS s;
CREATE ROLE regress_kroles_lists_rights;
SELECT FROM kroles_grant_access('regress_kroles_lists_rights'), kroles_trust_gateway('regress_kroles_lists_rights');
CREATE VIEW people AS
    SELECT login, applicative_role AS role, administrator AS adm, blocked,
           (SELECT string_agg(g.name, ',' ORDER BY g.name) FROM kroles.group_members m JOIN kroles.groups g ON g.id = m.group_id
            WHERE m.user_id = u.id) AS groups
    FROM kroles.users u ORDER BY login;
CREATE VIEW members AS
    SELECT s.name AS space, coalesce(u.login, '(' || g.name || ')') AS who, m.role
    FROM kroles.space_members m JOIN kroles.spaces s ON s.id = m.space_id
    LEFT JOIN kroles.users u ON u.id = m.user_id LEFT JOIN kroles.groups g ON g.id = m.group_id ORDER BY 1, 2;
GRANT SELECT ON people, members TO regress_kroles_lists_rights;
SET SESSION AUTHORIZATION regress_kroles_lists_rights;

--
-- 1. Administrators who demote, block and delete themselves at the beginning of their list
--
SET kroles."user" = 'root';
SELECT * FROM kroles_import_users(E'action,login,administrator,groups\n2,root,no,"Staff,New"\n1,ann,,New\n2,bob,,Staff\n3,max,,');
SELECT * FROM kroles_import_users(E'login\nanything');
SET kroles."user" = 'rosa';
INSERT INTO kroles.user_import (login, blocked, groups) VALUES ('rosa', 'true', 'New'), ('ben', NULL, 'New'), ('bob', NULL, '-Staff');
SELECT count(*) FROM kroles.users;
SET kroles."user" = 'rolf';
SELECT * FROM kroles_import_users(E'action,login,groups\n3,rolf,\n1,cleo,New\n2,bob,New', 'report');
SELECT kroles_current_user();
SET kroles."user" = 'ruth';
TABLE people;
-- a list that makes another one's rights and takes the own ones, in any order; checked only, nothing is changed
SELECT * FROM kroles_import_users(E'action,login,administrator\n2,ruth,no\n2,ann,yes\n1,dora,yes', 'check');
-- the groups of one's own row, and others', are in force still for the rest of the list
SELECT * FROM kroles_import_group_members(E'action,group,login\n6,Staff,ruth\n3,New,bob');

--
-- 2. Managers who do so
--
SET kroles."user" = 'mia';
SELECT * FROM kroles_import_space_members(E'action,space_id,login,role\n2,1,mia,member\n6,1,bob,contributor\n3,2,mia,\n6,2,ann,moderator');
INSERT INTO kroles.space_member_import (space_id, login) VALUES (1, 'ann');
TABLE members;
SET kroles."user" = 'ruth';
SELECT * FROM kroles_import_users(E'login,applicative_role,groups\nmax,admin,Staff');
-- by a group of theirs
SET kroles."user" = 'max';
INSERT INTO kroles.space_member_import (action, external_id, login, group_name, role) VALUES
    ('2', 'lectures', NULL, 'Staff', 'member'), ('6', 'lectures', 'cleo', NULL, 'moderator'), ('2', 'lectures', 'bob', NULL, 'member');
INSERT INTO kroles.space_member_import (space_id, login) VALUES (1, 'ben');
SET kroles."user" = 'ruth';
TABLE members;

--
-- 3. The last administrator
--
UPDATE kroles.users SET administrator = false WHERE login = 'ruth';
\echo :LAST_ERROR_SQLSTATE
UPDATE kroles.users SET blocked = true WHERE administrator;
DELETE FROM kroles.users WHERE login = 'ruth';
SELECT kroles_block(4);
SELECT * FROM kroles_import_users(E'action,login,administrator\n2,ruth,no\n1,dora,');
SELECT * FROM kroles_import_users(E'action,login\n3,ruth\n1,dora', 'report');
INSERT INTO kroles.user_import (login, blocked) VALUES ('ruth', 'yes');
-- rosa is blocked, and so does not count; in one statement or one list the right can be handed on
UPDATE kroles.users SET administrator = (login = 'ann') WHERE login IN ('ann', 'ruth');
SET kroles."user" = 'ann';
SELECT * FROM kroles_import_users(E'login,administrator\nann,no\nruth,yes');
SET kroles."user" = 'ruth';
SELECT login FROM people WHERE adm ORDER BY login;
-- a block that kroles_block() has put by counts too: ann is an administrator again, and then ruth is the only one
SELECT * FROM kroles_import_users(E'login,administrator\nann,yes');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT FROM kroles_block((SELECT id FROM kroles.users WHERE login = 'ann'));
UPDATE kroles.users SET administrator = false WHERE login = 'ruth';
ROLLBACK;
UPDATE kroles.users SET administrator = false WHERE login = 'ann';
-- a role beyond policies may, and the doctor says so
RESET SESSION AUTHORIZATION;
RESET kroles."user";
BEGIN;
UPDATE kroles.users SET administrator = false;
SELECT severity, finding, subject FROM kroles_doctor() WHERE finding = 'no_administrator';
ROLLBACK;
SELECT count(*) FROM kroles_doctor() WHERE finding = 'no_administrator';
BEGIN;
DELETE FROM kroles.users WHERE login = 'ruth';
SELECT severity, finding, subject FROM kroles_doctor() WHERE finding = 'no_administrator';
ROLLBACK;
SET SESSION AUTHORIZATION regress_kroles_lists_rights;
SET kroles."user" = 'ruth';

--
-- 4. Cells between blanks of all kinds, and logins with some in them
--
SELECT * FROM kroles_import_users(E'login,groups\n"\u00a0paul\u200b","\u2003Chess\u2060,\u3000-New\ufeff"\n"\ufeffpaula\u2060",\nbo\u200bb,\nal\u00a0ice,', 'report');
SELECT login, groups FROM people WHERE login ~ '^paul';
SELECT * FROM kroles_import_group_members(E'group,login\n\u00a0Chess\u200b,paula\u00a0\n"Chess","\u200epaula"', 'report');
SELECT * FROM kroles_import_space_members(E'action\u200b,external_id,login,role\n1\u00a0,\u2060lectures\u00a0,paul\u180e,\u00a0Member\u200b', 'check');
SELECT count(*) FROM kroles.groups WHERE name ~ 'Chess';
INSERT INTO kroles.users (login) VALUES (U&'paul\00A0');
INSERT INTO kroles.groups (name) VALUES (U&'Chess\200B');
UPDATE kroles.spaces SET external_id = U&'lectures\2060' WHERE id = 1;

--
-- 5. Logins that differ in case alone
--
SELECT * FROM kroles_import_users(E'login\nPaul\nPAULA\nzoe');
SELECT * FROM kroles_import_users(E'login\nZoe\nzOe\nPaul', 'check');
INSERT INTO kroles.user_import (login) VALUES ('ZOE');
RESET SESSION AUTHORIZATION;
SELECT severity, finding, weakness FROM kroles_doctor() WHERE finding = 'similar_logins';
SET SESSION AUTHORIZATION regress_kroles_lists_rights;
UPDATE kroles.settings SET case_insensitive_logins = true;
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM kroles_import_users(E'action,login\n3,paul\n3,PAULA\n3,zoe');
UPDATE kroles.settings SET case_insensitive_logins = true;
SELECT login FROM people WHERE login ~* '^(paul|zoe)' ORDER BY login COLLATE "C";
-- they are one now: for INSERT and UPDATE, for lists, and for gateways
INSERT INTO kroles.users (login) VALUES ('PAUL');
UPDATE kroles.users SET login = 'Zoe' WHERE login = 'paul';
INSERT INTO kroles.users (login) VALUES ('Quentin');
SELECT * FROM kroles_import_users(E'login,name\nQUENTIN,Quentin Q.\nquentin,Q. Q.\nRuth,Ruth R.', 'report');
SELECT * FROM kroles_import_group_members(E'group,login\nChess,QUENTIN\nChess,Quentin', 'report');
SELECT * FROM kroles_import_space_members(E'space_id,login\n1,QUENTIN\n1,quentin', 'report');
SELECT login, name FROM kroles.users WHERE login ~* '^(quentin|ruth)$' ORDER BY login;
SET kroles."user" = 'QuenTin';
SELECT u.login FROM kroles.users u WHERE u.id = kroles_current_user();
SET kroles."user" = 'ruth';
UPDATE kroles.settings SET case_insensitive_logins = false;
SET kroles."user" = 'QuenTin';
SELECT kroles_current_user();
SET kroles."user" = 'ruth';
INSERT INTO kroles.users (login) VALUES ('Quentin');
SELECT login FROM people WHERE login ~* '^quentin$' ORDER BY login COLLATE "C";

RESET SESSION AUTHORIZATION;
RESET kroles."user";
SET client_min_messages = warning;
DROP VIEW people, members;
SELECT FROM kroles_distrust_gateway('regress_kroles_lists_rights'), kroles_revoke_access('regress_kroles_lists_rights');
DROP SCHEMA kroles CASCADE;
DROP ROLE regress_kroles_lists_rights;
