-- One statement that creates objects and adds to them: the new rows are in no snapshot yet, and the rights of their creator
-- (the owner, or the first organizer) count all the same.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;
\set SHOW_CONTEXT never
INSERT INTO kroles.users (id, login, applicative_role) VALUES (1, 'ann', 'admin'), (2, 'ben', 'private_only'), (3, 'cleo', 'admin');
INSERT INTO kroles.media (id, type, external_id, name, owner_id) VALUES (100, 'room', NULL, 'Hall', 1), (101, 'room', 'cleo', 'Cleo''s', 3);
INSERT INTO kroles.events (id, name, created_by) VALUES (100, 'Fair', 1);
CREATE ROLE regress_kroles_portal;
SELECT kroles_grant_access('regress_kroles_portal');
SELECT kroles_trust_gateway('regress_kroles_portal');
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'ann';
-- an event, its session, its participants; media and its speakers, who come in order
WITH e AS (INSERT INTO kroles.events (name) VALUES ('Congress') RETURNING id),
     p AS (INSERT INTO kroles.event_participants (event_id, user_id, role) SELECT id, 2, 'speaker' FROM e)
INSERT INTO kroles.event_sessions (event_id, media_id) SELECT id, 100 FROM e RETURNING media_id, position;
WITH m AS (INSERT INTO kroles.media (name) VALUES ('Talk') RETURNING id)
INSERT INTO kroles.media_speakers (media_id, user_id) SELECT m.id, u FROM m, unnest('{2, 1}'::bigint[]) AS u RETURNING user_id, position;
WITH m AS (INSERT INTO kroles.media (type, name) VALUES ('live', 'Opening') RETURNING id)
INSERT INTO kroles.event_sessions (event_id, media_id) SELECT 100, id FROM m RETURNING position;
-- several at once, in whatever order their rows come
WITH e AS (INSERT INTO kroles.events (name) VALUES ('One'), ('Two'), ('Three') RETURNING id)
INSERT INTO kroles.event_participants (event_id, user_id) SELECT id, 2 FROM e ORDER BY id;
WITH m AS (INSERT INTO kroles.media (name) SELECT 'Part ' || n FROM generate_series(1, 5) AS n RETURNING id)
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) SELECT id, 2, 'viewer' FROM m ORDER BY id DESC;
-- a channel, with members and a playlist
WITH c AS (INSERT INTO kroles.channels (type, name) VALUES ('private', 'New') RETURNING id),
     m AS (INSERT INTO kroles.space_members (space_id, user_id) SELECT id, 2 FROM c)
INSERT INTO kroles.playlists (space_id, name) SELECT id, 'First' FROM c RETURNING name;
-- what is somebody else's stays so, beside what is new
WITH e AS (INSERT INTO kroles.events (name) VALUES ('Four') RETURNING id)
INSERT INTO kroles.event_sessions (event_id, media_id) SELECT id, 101 FROM e;
WITH m AS (INSERT INTO kroles.media (name) VALUES ('Mine') RETURNING id)
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) SELECT 101, 1, 'editor' FROM m;
-- a row that was not made after all gives nothing, under its own id or another's; and nobody chooses an id
WITH m AS (INSERT INTO kroles.media (external_id, name) VALUES ('cleo', 'Mine') ON CONFLICT DO NOTHING RETURNING id)
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) SELECT currval('kroles.media_id_seq'), 1, 'editor' FROM (SELECT count(*) FROM m) AS n;
WITH m AS (INSERT INTO kroles.media (external_id, name) VALUES ('cleo', 'Mine') ON CONFLICT DO NOTHING RETURNING id)
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) SELECT 101, 1, 'editor' FROM (SELECT count(*) FROM m) AS n;
WITH m AS (INSERT INTO kroles.media (id, name) VALUES (101, 'Mine') ON CONFLICT DO NOTHING RETURNING id)
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) SELECT 101, 1, 'editor' FROM (SELECT count(*) FROM m) AS n;
-- and in the next statement only what is there counts
SELECT kroles_can('edit', 'media', 101) AS "Cleo's";
RESET SESSION AUTHORIZATION;
SELECT kroles_revoke_access('regress_kroles_portal');
DROP ROLE regress_kroles_portal;
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
