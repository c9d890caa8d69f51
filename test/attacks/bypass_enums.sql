-- Bypass by enum values added later: kroles never takes an unknown value for another one, in particular not for a stronger one;
-- nothing compares enum values by their order.
\set name kroles_bypass_enums
\ir lib/campus.psql
SELECT * FROM no_plan();

ALTER TYPE kroles.contextual_role ADD VALUE 'zz' AFTER 'manager';
ALTER TYPE kroles.contextual_role ADD VALUE 'mm' BEFORE 'manager';
ALTER TYPE kroles.contextual_role ADD VALUE 'aa' BEFORE 'member';
ALTER TYPE kroles.applicative_role ADD VALUE 'zz';
ALTER TYPE kroles.collaborator_permission ADD VALUE 'zz';
ALTER TYPE kroles.moderator_permission ADD VALUE 'zz';
ALTER TYPE kroles.speaker_type ADD VALUE 'zz';
ALTER TYPE kroles.publication_status ADD VALUE 'zz';
ALTER TYPE kroles.media_type ADD VALUE 'zz';
ALTER TYPE kroles.space_type ADD VALUE 'zz';
ALTER TYPE kroles.space_kind ADD VALUE 'zz';
ALTER TYPE kroles.object_kind ADD VALUE 'zz';
ALTER TYPE kroles.action ADD VALUE 'zz';

-- ---- Contextual roles: the stranger gets each in a private channel; the boss, manager through a group, in person ----
INSERT INTO kroles.space_members (id, space_id, user_id, role) VALUES (900, 2, 18, 'zz'), (901, 1, 23, 'zz');
SELECT campus.tries('stranger', answer, format('with the grant "%s" %s', role, what), statement, format('RESET SESSION AUTHORIZATION; UPDATE kroles.space_members SET role = %L WHERE id = 900; SET SESSION AUTHORIZATION campus_gateway', role))
FROM unnest('{zz, mm, aa}'::text[]) AS role, (VALUES
    ('no row', 'reads the channel', 'SELECT id FROM kroles.spaces WHERE id = 2'), ('no row', 'reads what is in it', 'SELECT space_id FROM kroles.publications WHERE space_id = 2'),
    ('{}', 'asks for their rights', 'SELECT kroles_rights(''channel'', 2)'), ('NULL', 'asks for their role', 'SELECT kroles_role(''channel'', 2)'),
    ('false', 'asks whether they manage it', 'SELECT kroles_can(''manage'', ''channel'', 2)'), ('false', 'asks whether they see it', 'SELECT kroles_can(''view'', ''channel'', 2)'),
    ('no row', 'renames it', 'UPDATE kroles.spaces SET name = ''x'' WHERE id = 2'), ('42501', 'invites', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (2, 5)'),
    ('no row', 'makes their grant a manager''s', 'UPDATE kroles.space_members SET role = ''manager'' WHERE space_id = 2'),
    ('42501', 'publishes there', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (2, 2)')) AS t (answer, what, statement);
SELECT campus.may('stranger', 'zz', 'sees that grant', 'SELECT role FROM kroles.space_members WHERE space_id = 2');
SELECT campus.may('stranger', '1 row', 'gives it up', 'DELETE FROM kroles.space_members WHERE space_id = 2');
SELECT campus.may('boss', '1 row', 'is manager through the group all the same', 'UPDATE kroles.spaces SET name = ''x'' WHERE id = 1');
SELECT campus.may('rival', '1 row', 'gives such a grant', 'INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (2, 5, ''zz'')');
-- among several groups it is not the strongest
INSERT INTO kroles.groups (id, name) VALUES (50, 'Strange'), (51, 'Plain');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (50, 5), (51, 5);
INSERT INTO kroles.space_members (space_id, group_id, role) VALUES (2, 50, 'zz'), (2, 51, 'member');
SELECT campus.tries('contributor', 'no row', 'in a group with such a grant and in one of members, renames the channel', 'UPDATE kroles.spaces SET name = ''x'' WHERE id = 2');
SELECT campus.may('contributor', '2', 'being member through the other group, reads the channel', 'SELECT id FROM kroles.spaces WHERE id = 2');

-- ---- Applicative roles ----
UPDATE kroles.users SET applicative_role = 'zz' WHERE login IN ('manager', 'viewer', 'stranger');
SELECT campus.tries(who, answer, format('with the applicative role "zz" %s', what), statement)
FROM (VALUES
    ('viewer', 'no row', 'reads spaces', 'SELECT id FROM kroles.spaces'), ('viewer', 'no row', 'reads media', 'SELECT id FROM kroles.media'),
    ('stranger', '42501', 'uploads', 'INSERT INTO kroles.media (name, owner_id) VALUES (''x'', 18)'), ('viewer', '42501', 'makes a channel', 'INSERT INTO kroles.channels (type, name, owner_id) VALUES (''open'', ''x'', 15)'),
    ('manager', 'no row', 'renames their channel', 'UPDATE kroles.spaces SET name = ''x'''), ('stranger', 'no row', 'renames their film', 'UPDATE kroles.media SET name = ''x'''),
    ('stranger', '{}', 'asks for site rights', 'SELECT kroles_rights(''site'')'), ('manager', '42501', 'invites', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (1, 15)')) AS t (who, answer, what, statement);
UPDATE kroles.users SET applicative_role = 'private_only' WHERE login IN ('manager', 'viewer', 'stranger');

-- ---- Permissions on media ----
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (4, 18, 'zz');
INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (4, 18, 'zz');
SELECT campus.tries('stranger', answer, format('with permissions "zz" on a film %s', what), statement)
FROM (VALUES
    ('no row', 'reads it', 'SELECT id FROM kroles.media WHERE id = 4'), ('no row', 'renames it', 'UPDATE kroles.media SET name = ''x'' WHERE id = 4'), ('no row', 'deletes it', 'DELETE FROM kroles.media WHERE id = 4'),
    ('{}', 'asks for their rights', 'SELECT kroles_rights(''media'', 4)'), ('NULL', 'asks for their role', 'SELECT kroles_role(''media'', 4)'),
    ('42501', 'adds a speaker', 'INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (4, 18)'), ('42501', 'publishes it', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (4, 3)')) AS t (answer, what, statement);
SELECT campus.may('stranger', '1 row', 'gives the permission up', 'DELETE FROM kroles.media_collaborators WHERE media_id = 4');

-- ---- States of publications ----
ALTER TABLE kroles.publications DISABLE TRIGGER guard;
UPDATE kroles.publications SET status = 'zz' WHERE (media_id, space_id) IN ((4, 1), (3, 5));
ALTER TABLE kroles.publications ENABLE TRIGGER guard;
SELECT campus.tries(who, answer, format('with a publication in the state "zz" %s', what), statement)
FROM (VALUES
    ('stranger', 'no row', 'reads it', 'SELECT media_id FROM kroles.publications WHERE status = ''zz'''), ('stranger', 'no row', 'reads the films', 'SELECT id FROM kroles.media WHERE id IN (3, 4)'),
    ('moderator', 'no row', 'finds the film, moderating the channel', 'SELECT id FROM kroles.media WHERE id = 4'), ('moderator', 'no row', 'finds it in the queue', 'SELECT media_id FROM kroles.moderation_queue WHERE media_id = 4'),
    ('moderator', '55000', 'approves it', 'UPDATE kroles.publications SET status = ''approved'' WHERE (media_id, space_id) = (4, 1)'), ('moderator', '55000', 'approves it by function', 'SELECT kroles_approve(4, 1)'),
    ('contributor', '55000', 'approves it', 'UPDATE kroles.publications SET status = ''approved'' WHERE (media_id, space_id) = (4, 1)'),
    ('owner', '55000', 'gives an approved one that state', 'UPDATE kroles.publications SET status = ''zz'' WHERE (media_id, space_id) = (1, 1)'),
    ('moderator', '55000', 'gives a pending one that state', 'UPDATE kroles.publications SET status = ''zz'' WHERE (media_id, space_id) = (8, 10)'),
    ('owner', 'pending', 'publishes in that state', 'INSERT INTO kroles.publications (media_id, space_id, status) VALUES (7, 1, ''zz'') RETURNING ''pending''')) AS t (who, answer, what, statement);
SELECT campus.may('contributor', '1 row', 'takes it down', 'DELETE FROM kroles.publications WHERE (media_id, space_id) = (4, 1)');
SELECT campus.leads_to('owner', 'approved', 'publishes in that state: the database decides', 'INSERT INTO kroles.publications (media_id, space_id, status) VALUES (7, 1, ''zz'')',
    'SELECT status FROM kroles.publications WHERE (media_id, space_id) = (7, 1)');

-- ---- Types and kinds ----
SELECT campus.tries('manager', '23514', 'uploads media of a new type', 'INSERT INTO kroles.media (name, owner_id, type) VALUES (''x'', 3, ''zz'')');
SELECT campus.tries('administrator', '23514', 'makes a gallery of a new type', 'INSERT INTO kroles.galleries (type, name, owner_id) VALUES (''zz'', ''x'', 1)');
SELECT campus.tries('owner', '42501', 'makes a space of a new kind', 'INSERT INTO kroles.spaces (kind, type, name, owner_id) VALUES (''zz'', ''open'', ''x'', 2)');
SELECT campus.tries('administrator', '22023', 'asks for a new right', 'SELECT kroles_can(''zz'', ''channel'', 1)');
SELECT campus.tries('administrator', '22023', 'asks about a new kind', 'SELECT kroles_can(''view'', ''zz'', 1)');
SELECT campus.tries('administrator', '22023', 'asks for all rights on a new kind', 'SELECT kroles_rights(''zz'', 1)');
-- a channel of a new type is private, and is no harm to others
UPDATE kroles.spaces SET type = 'zz' WHERE id = 3;
SELECT campus.tries(who, 'no row', 'reads a channel of a new type', 'SELECT id FROM kroles.spaces WHERE id = 3') FROM unnest('{stranger, trusted, owner}'::text[]) AS who;
SELECT campus.tries('trusted', '42501', 'publishes in a channel of a new type', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (2, 3)');
SELECT campus.may('member', '1 2', 'reads the other channels', 'SELECT id FROM kroles.spaces WHERE id IN (1, 2, 3) ORDER BY id');
SELECT campus.may('rival', '3', 'being its owner, reads a channel of a new type', 'SELECT id FROM kroles.spaces WHERE id = 3');
SELECT campus.may('rival', '1 row', 'makes it open again', 'UPDATE kroles.spaces SET type = ''open'' WHERE id = 3');

SELECT * FROM finish();
