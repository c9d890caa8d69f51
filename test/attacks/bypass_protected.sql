-- Bypass of kroles_protect: an application's own tables under the rules, by every kind of statement, through partitions and
-- child tables, foreign keys between them, and moving rows.
\set name kroles_bypass_protected
\ir lib/campus.psql
SELECT * FROM no_plan();

SELECT 'CREATE ROLE campus_maker' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'campus_maker') \gexec
CREATE SCHEMA app AUTHORIZATION campus_maker;
GRANT USAGE ON SCHEMA app TO campus_gateway;
SET ROLE campus_maker;
-- a note belongs to a channel, a caption to a film; replies hang on notes
CREATE TABLE app.notes (id bigint PRIMARY KEY, channel bigint NOT NULL, note text, UNIQUE (id, channel));
CREATE TABLE app.replies (id bigint PRIMARY KEY, note_id bigint, channel bigint, FOREIGN KEY (note_id, channel) REFERENCES app.notes (id, channel) ON DELETE CASCADE);
CREATE TABLE app.log (id bigint, channel bigint, note text) PARTITION BY RANGE (id);
CREATE TABLE app.log_1 PARTITION OF app.log FOR VALUES FROM (0) TO (3);
CREATE TABLE app.log_2 PARTITION OF app.log FOR VALUES FROM (3) TO (100);
CREATE TABLE app.papers (id bigint, media bigint, note text);
CREATE TABLE app.old_papers () INHERITS (app.papers);
INSERT INTO app.notes VALUES (1, 1, 'in Lectures'), (2, 2, 'in the Seminar'), (3, 99, 'nowhere'), (4, 1, 'in Lectures too');
INSERT INTO app.replies VALUES (1, 1, 1), (2, 2, 2);
INSERT INTO app.log VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 1, 'c'), (4, 2, 'd');
INSERT INTO app.papers VALUES (1, 1, 'a'), (2, 2, 'b');
INSERT INTO app.old_papers VALUES (3, 1, 'c'), (4, 2, 'd');
SELECT FROM kroles_protect('app.notes', 'channel', 'channel');
SELECT FROM kroles_protect('app.replies', 'channel', 'channel');
SELECT FROM kroles_protect('app.log', 'channel', 'channel');
SELECT FROM kroles_protect('app.papers', 'media', 'media');
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA app TO campus_gateway;
RESET ROLE;

-- reading: Lectures everybody who is logged in, the Seminar its member
SELECT campus.tries(who, rows, 'reads ' || target, format('SELECT id FROM app.%s ORDER BY id', target))
FROM (VALUES ('notes', 'stranger', '1 4'), ('notes', 'member', '1 2 4'), ('notes', NULL, 'no row'), ('notes', 'blocked', 'no row'),
    ('log', 'stranger', '1 3'), ('log_1', 'stranger', '1'), ('log_2', 'stranger', '3'), ('log_2', 'member', '3 4'), ('log_1', NULL, 'no row'),
    ('papers', 'watcher', '1 3'), ('old_papers', 'watcher', '3'), ('papers', 'stranger', '1 2 3 4'), ('old_papers', 'blocked', 'no row'), ('replies', 'stranger', '1')) AS t (target, who, rows);
SELECT campus.tries('stranger', '1', 'reads ONLY the parent', 'SELECT id FROM ONLY app.papers WHERE media = 1');
SELECT campus.tries('stranger', '42501', 'reads with row_security off', 'SELECT id FROM app.notes', 'SET row_security = off');

-- writing: adding takes contribute, changing manage, deleting delete
SELECT campus.tries_insert('member', '42501', 'adds a note to Lectures', 'app.notes', 'id, channel', '10, 1');
SELECT campus.tries_insert('contributor', '42501', 'adds a note to the Seminar', 'app.notes', 'id, channel', '10, 2');
SELECT campus.tries_insert('contributor', '42501', 'adds a note to no channel', 'app.notes', 'id, channel', '10, 99');
SELECT campus.tries_insert('contributor', '42501', 'adds a line to the Seminar by its partition', 'app.log_1', 'id, channel', '0, 2');
SELECT campus.tries_insert('stranger', '42501', 'adds a caption to another''s film by the child', 'app.old_papers', 'id, media', '10, 1');
SELECT campus.tries_update('contributor', 'no row', 'changes a note in Lectures', 'app.notes', 'note = ''x''', 't.id = 1', false, '(id, channel) VALUES (1, 1) ON CONFLICT (id)');
SELECT campus.tries_update('stranger', 'no row', 'changes a note in the Seminar', 'app.notes', 'note = ''x''', 't.id = 2', true, '(id, channel) VALUES (2, 2) ON CONFLICT (id)');
SELECT campus.tries_update('contributor', 'no row', 'changes a line by its partition', 'app.log_1', 'note = ''x''', 't.id = 1');
SELECT campus.tries_update('manager', '42501', 'moves a note into the Seminar', 'app.notes', 'channel = 2', 't.id = 4', false, '(id, channel) VALUES (4, 1) ON CONFLICT (id)');
SELECT campus.tries_update('manager', '42501', 'moves a note into no channel', 'app.notes', 'channel = 99', 't.id = 4');
SELECT campus.tries_update('manager', '42501', 'moves a line to the Seminar and to another partition', 'app.log', 'id = 50, channel = 2', 't.id = 1');
SELECT campus.tries_delete('contributor', 'no row', 'deletes a note in Lectures', 'app.notes', 't.id = 4');
SELECT campus.tries_delete('moderator', 'no row', 'deletes a line by its partition', 'app.log_2', 't.id = 3');
SELECT campus.tries_delete('stranger', 'no row', 'deletes a note in the Seminar', 'app.notes', 't.id = 2', true);
SELECT campus.tries('member', 'no row', format('locks %s %s', target, strength), format('SELECT id FROM app.%s %s', target, strength))
FROM unnest('{notes, log, log_1, papers, old_papers}'::text[]) AS target, unnest('{FOR UPDATE, FOR KEY SHARE}'::text[]) AS strength;
SELECT campus.may('contributor', '1 row', 'adds a note to Lectures', 'INSERT INTO app.notes VALUES (10, 1)');
SELECT campus.may('manager', '2 rows', 'changes what is in Lectures', 'UPDATE app.notes SET note = ''x''');
SELECT campus.leads_to('manager', '2', 'deletes a note; the reply goes too', 'DELETE FROM app.notes WHERE id = 1', 'SELECT id FROM app.replies');
SELECT campus.may('editor', '2 rows', 'changes what is on their film, children too', 'UPDATE app.papers SET note = ''x''');

-- privileges and ownership
SELECT campus.tries('administrator', '42501', statement, statement)
FROM unnest(ARRAY['TRUNCATE app.notes', 'SELECT kroles_unprotect(''app.notes'')', 'SELECT kroles_protect(''app.notes'', ''channel'', ''id'')', 'DROP POLICY kroles_select ON app.notes', 'CREATE POLICY more ON app.notes USING (true)',
    'ALTER TABLE app.notes NO FORCE ROW LEVEL SECURITY', 'ALTER TABLE app.log DETACH PARTITION app.log_1', 'CREATE TABLE app.mine () INHERITS (app.notes)', 'SELECT kroles.drop_protection(''app.notes'')',
    'SELECT kroles.unprotect_table(''app.notes'')', 'SELECT kroles.protect_table(''app.notes'', ''channel'', ''id'', NULL, NULL, NULL, NULL, true)',
    'SELECT kroles.add_policy(''app.notes'', ''SELECT'', ''site'', NULL, ''view'')']) AS statement;
GRANT campus_maker TO campus_gateway;
SELECT campus.tries('stranger', '1 4', 'takes on the owner''s role, and reads', 'SELECT id FROM app.notes ORDER BY id', 'SET ROLE campus_maker');
SELECT campus.tries('stranger', 'no row', 'takes on the owner''s role, and changes', 'UPDATE app.notes SET note = ''x''', 'SET ROLE campus_maker');
SELECT campus.left_open('stranger', '1 2 3 4', 'takes on the owner''s role, and unprotects', 'SELECT id FROM app.notes ORDER BY id', 'SET ROLE campus_maker; SELECT kroles_unprotect(''app.notes'')');
REVOKE campus_maker FROM campus_gateway;
SET ROLE campus_maker;
CREATE TABLE app.log_3 PARTITION OF app.log FOR VALUES FROM (100) TO (200);
ALTER TABLE app.log_3 NO FORCE ROW LEVEL SECURITY;
INSERT INTO app.log_3 VALUES (100, 2, 'x');
GRANT SELECT ON app.log_3 TO campus_gateway;
RESET ROLE;
SELECT campus.tries('stranger', '1 3', 'reads through the parent a partition added since', 'SELECT id FROM app.log ORDER BY id');
SELECT campus.left_open('stranger', '100', 'reads a partition added since by its name', 'SELECT id FROM app.log_3');
SET ROLE campus_maker;
SELECT FROM kroles_protect('app.log', 'channel', 'channel');
RESET ROLE;
SELECT campus.tries('stranger', 'no row', 'reads it after kroles_protect was called again', 'SELECT id FROM app.log_3');

SELECT * FROM finish();
