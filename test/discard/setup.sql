-- A portal of four people with one channel, a gateway, a signing key, a table of an application, and matrices with few rows.
SET client_min_messages = warning;
CREATE EXTENSION kroles;
CREATE EXTENSION pgcrypto;
CREATE ROLE portal LOGIN;
SELECT kroles_grant_access('portal'), kroles_trust_gateway('portal');
INSERT INTO kroles.users (login, name, applicative_role, administrator) VALUES
    ('maya', 'Maya Cohen', 'admin', false), ('tom', 'Tom Okafor', 'private_only', false), ('vera', 'Vera Lind', 'viewer', false),
    ('ada', 'Ada Byron', 'admin', true);
INSERT INTO kroles.groups (name) VALUES ('students');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 3);
INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('k', 'HS256', repeat('0123456789abcdef', 3));

-- A cell that is not there allows nothing. Triggers forbid it, as nobody but a test has a reason to take one out.
ALTER TABLE kroles.baseline_rights DISABLE TRIGGER USER;
ALTER TABLE kroles.role_rights DISABLE TRIGGER USER;
ALTER TABLE kroles.ceiling_rights DISABLE TRIGGER USER;
DELETE FROM kroles.baseline_rights WHERE NOT allowed;
DELETE FROM kroles.role_rights
WHERE NOT allowed OR action IN ('edit_contributions', 'view_analytics', 'start_room', 'share');
DELETE FROM kroles.ceiling_rights WHERE NOT allowed OR applicative_role IN ('unmoderated_admin', 'anonymous');

-- Maya's channel, where Tom's film is shown to the students; a second one waits.
SET SESSION AUTHORIZATION portal;
SET kroles."user" = 'maya';
INSERT INTO kroles.channels (type, name, moderated) VALUES ('private', 'Chemistry 101', true);
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 2, 'contributor');
INSERT INTO kroles.space_members (space_id, group_id) VALUES (1, 1);
SET kroles."user" = 'tom';
INSERT INTO kroles.media (name) VALUES ('Titration'), ('Distillation'), ('Other');
INSERT INTO kroles.media (name, type) VALUES ('Laboratory', 'room');
SELECT kroles_publish(1, 1), kroles_publish(2, 1);
SET kroles."user" = 'maya';
SELECT kroles_approve(1, 1);
RESET SESSION AUTHORIZATION;
RESET kroles."user";

CREATE TABLE notes (id integer PRIMARY KEY, media bigint, words tsvector);
CREATE INDEX ON notes USING gin (words);
INSERT INTO notes VALUES (1, 1, 'burette'), (2, 1, 'flask'), (3, NULL, 'burette');
GRANT SELECT ON notes TO portal;
ANALYZE;
