-- See run. Every statement is planned and executed under the setting; each part of the engine has one at least.
\set QUIET 1
\pset tuples_only on
\pset format unaligned
\set VERBOSITY terse
SET client_min_messages = warning;

-- a token for Tom
SELECT rtrim(translate(encode(convert_to('{"alg":"HS256","kid":"k"}', 'UTF8'), 'base64'), '+/', '-_'), '=') || '.' ||
    rtrim(translate(encode(convert_to('{"sub":"tom","exp":4102444800}', 'UTF8'), 'base64'), '+/', '-_'), '=') AS signed \gset
SELECT :'signed' || '.' || rtrim(translate(encode(hmac(:'signed', repeat('0123456789abcdef', 3), 'sha256'), 'base64'), '+/', '-_'),
    '=') AS token \gset

SET debug_discard_caches = :discard;
SET SESSION AUTHORIZATION :role;
\echo make
SET kroles."user" = 'maya';
INSERT INTO kroles.channels (type, name, moderated) VALUES ('private', 'Chemistry 101', true) RETURNING id, name, owner_id;
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 2, 'contributor');
\echo contribute
SET kroles."user" = 'tom';
INSERT INTO kroles.media (name) VALUES ('Titration'), ('Other') RETURNING id, name, owner_id;
SELECT kroles_publish(1, 1);
\echo moderate
SET kroles."user" = 'maya';
SELECT media_id, media_name, space_name FROM kroles.moderation_queue;
SELECT kroles_approve(1, 1);
INSERT INTO kroles.space_members (space_id, group_id) VALUES (1, 1);
\echo view
SET kroles."user" = 'vera';
SELECT id, name FROM kroles.media;
UPDATE kroles.media SET name = 'Mine now' RETURNING id;
INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 1);
SELECT kroles_can('view', 'media', 1), kroles_can('edit', 'media', 1), kroles_role('media', 1);
\echo people
SET kroles."user" = 'tom';
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (1, 1, 'viewer'), (1, 3, 'publisher');
SELECT kroles_set_permissions(1, 1, NULL, '{editor, chat_moderator}');
SELECT kroles_transfer_ownership(1, 1, keep_as_collaborator => true);
\echo token
SET kroles."user" = '';
BEGIN;
SELECT kroles_login(:'token');
SELECT id, name FROM kroles.media ORDER BY id;
COMMIT;
\echo protect
RESET SESSION AUTHORIZATION;
SELECT kroles_protect('notes', 'media', 'media');
ANALYZE kroles.media;
SET SESSION AUTHORIZATION :role;
SET kroles."user" = 'tom';
SELECT id FROM notes WHERE words @@ 'burette' ORDER BY id;
\echo roll back
BEGIN;
SAVEPOINT before;
DELETE FROM kroles.publications WHERE media_id = 1;
ROLLBACK TO before;
SELECT kroles_can('view', 'media', 1);
COMMIT;
\echo nobody
SET kroles."user" = 'whoever';
SELECT count(*) FROM kroles.media;
\echo verify
RESET SESSION AUTHORIZATION;
RESET kroles."user";
SELECT relation, id FROM kroles_verify();
\echo delete
SET SESSION AUTHORIZATION :role;
SET kroles."user" = 'maya';
DELETE FROM kroles.channels WHERE id = 1 RETURNING id;
SET kroles."user" = 'vera';
SELECT id, name FROM kroles.media;
\echo done
