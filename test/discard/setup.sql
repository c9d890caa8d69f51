-- Four people, a gateway, a signing key, a table of an application, and matrices with few rows.
SET client_min_messages = warning;
CREATE EXTENSION kroles;
CREATE EXTENSION pgcrypto;
INSERT INTO kroles.users (login, name, applicative_role) VALUES
    ('maya', 'Maya Cohen', 'admin'), ('tom', 'Tom Okafor', 'private_only'), ('vera', 'Vera Lind', 'viewer');
INSERT INTO kroles.groups (name) VALUES ('students');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 3);
INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('k', 'HS256', repeat('0123456789abcdef', 3));
CREATE ROLE :role LOGIN;
SELECT kroles_grant_access(:'role');
SELECT kroles_trust_gateway(:'role');

-- A cell that is not there allows nothing. Triggers forbid it, as nobody but a test has a reason to take one out.
ALTER TABLE kroles.baseline_rights DISABLE TRIGGER USER;
ALTER TABLE kroles.role_rights DISABLE TRIGGER USER;
ALTER TABLE kroles.ceiling_rights DISABLE TRIGGER USER;
DELETE FROM kroles.baseline_rights WHERE NOT allowed;
DELETE FROM kroles.role_rights
WHERE NOT allowed OR action IN ('edit_contributions', 'organize', 'view_analytics', 'join_room', 'start_room', 'share');
DELETE FROM kroles.ceiling_rights WHERE NOT allowed OR applicative_role IN ('unmoderated_admin', 'anonymous');

CREATE TABLE notes (id integer PRIMARY KEY, media bigint, words tsvector);
CREATE INDEX ON notes USING gin (words);
INSERT INTO notes VALUES (1, 1, 'burette'), (2, 1, 'flask'), (3, NULL, 'burette');
GRANT SELECT ON notes TO :role;
