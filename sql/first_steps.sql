-- What a team stumbles over on its first day: a setting that nothing reads, a schema that the application may not use, and a
-- report of the doctor that says one thing many times.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE SCHEMA first_steps_auth;
CREATE EXTENSION kroles SCHEMA first_steps_auth;
RESET client_min_messages;
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE ROLE regress_first_steps LOGIN;
CREATE ROLE regress_first_steps_gateway LOGIN;
INSERT INTO kroles.users (id, login, db_role) VALUES (1, 'ann', NULL), (2, 'bob', 'regress_first_steps');

-- ---- The schema of the functions ----
SELECT first_steps_auth.kroles_grant_access('regress_first_steps'), first_steps_auth.kroles_grant_access('regress_first_steps_gateway');
SET SESSION AUTHORIZATION regress_first_steps;
SELECT first_steps_auth.kroles_current_user(), first_steps_auth.kroles_can('view', 'channel', 1);
RESET SESSION AUTHORIZATION;
SELECT first_steps_auth.kroles_revoke_access('regress_first_steps');
SET SESSION AUTHORIZATION regress_first_steps;
SELECT first_steps_auth.kroles_current_user();
RESET SESSION AUTHORIZATION;
SELECT first_steps_auth.kroles_grant_access('regress_first_steps');

-- ---- A WARNING, once in a session, where kroles.user states nothing ----
-- in a session of the operator's
SET kroles."user" = 'ann';
SELECT first_steps_auth.kroles_current_user();
SELECT first_steps_auth.kroles_current_user();
SET kroles."user" = 'bob';
SELECT first_steps_auth.kroles_current_user();
-- in one of a user's own, and in a transaction
\c -
SET SESSION AUTHORIZATION regress_first_steps;
BEGIN;
SET LOCAL kroles."user" = 'ann';
SELECT first_steps_auth.kroles_current_user();
SELECT count(*) FROM kroles.media;
COMMIT;
-- where a policy asks first
\c -
SET SESSION AUTHORIZATION regress_first_steps_gateway;
SELECT set_config('kroles.user', 'ann', false);
SELECT count(*) FROM kroles.media;
SELECT count(*) FROM kroles.media;
-- none in a gateway's session, nor behind it, nor for an empty setting
\c -
SELECT first_steps_auth.kroles_trust_gateway('regress_first_steps_gateway');
SET SESSION AUTHORIZATION regress_first_steps_gateway;
SET kroles."user" = 'ann';
SELECT first_steps_auth.kroles_current_user();
RESET SESSION AUTHORIZATION;
SELECT first_steps_auth.kroles_current_user();
SET kroles."user" = '';
SELECT first_steps_auth.kroles_current_user();
-- nor where trust was withdrawn
\c -
SET SESSION AUTHORIZATION regress_first_steps_gateway;
SET kroles."user" = 'ann';
SELECT first_steps_auth.kroles_current_user();
RESET SESSION AUTHORIZATION;
SELECT first_steps_auth.kroles_distrust_gateway('regress_first_steps_gateway');
SET SESSION AUTHORIZATION regress_first_steps_gateway;
SELECT first_steps_auth.kroles_current_user();
RESET SESSION AUTHORIZATION;
RESET kroles."user";

-- ---- The doctor ----
-- one row for one GRANT
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA kroles TO regress_first_steps;
SELECT severity, finding, array_length(string_to_array(subject, ', '), 1) > 20 AS many, split_part(weakness, ':', 1) AS weakness, left(remedy, 40) AS remedy
FROM first_steps_auth.kroles_doctor() WHERE finding = 'unguarded_privilege';
-- its remedy, as it stands
SELECT remedy FROM first_steps_auth.kroles_doctor() WHERE finding = 'unguarded_privilege' \gset
:remedy
SELECT count(*) FROM first_steps_auth.kroles_doctor() WHERE finding = 'unguarded_privilege';
-- two grants are two rows
GRANT TRUNCATE ON kroles.media, kroles.users TO regress_first_steps;
GRANT TRIGGER ON kroles.spaces TO regress_first_steps_gateway;
SELECT subject, remedy FROM first_steps_auth.kroles_doctor() WHERE finding = 'unguarded_privilege' ORDER BY subject;
REVOKE TRUNCATE ON kroles.media, kroles.users FROM regress_first_steps;
REVOKE TRIGGER ON kroles.spaces FROM regress_first_steps_gateway;
-- what everybody got
GRANT SELECT ON ALL TABLES IN SCHEMA kroles TO PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA kroles TO PUBLIC;
SELECT count(*), bool_and(array_length(string_to_array(subject, ', '), 1) > 10) AS many FROM first_steps_auth.kroles_doctor() WHERE finding = 'public_privilege';
SELECT remedy FROM first_steps_auth.kroles_doctor() WHERE finding = 'public_privilege' AND remedy LIKE '%FUNCTION%' \gset
:remedy
SELECT split_part(remedy, ';', 1) AS remedy FROM first_steps_auth.kroles_doctor() WHERE finding = 'public_privilege' \gset
:remedy;
SELECT count(*) FROM first_steps_auth.kroles_doctor() WHERE finding = 'public_privilege';

-- tables of the application that refer to ours
CREATE SCHEMA first_steps;
CREATE TABLE first_steps.chapters (id int, film bigint REFERENCES kroles.media, reader bigint REFERENCES kroles.users);
CREATE TABLE first_steps.links (channel bigint REFERENCES kroles.spaces);
CREATE TABLE first_steps.guests (event bigint REFERENCES kroles.events) PARTITION BY LIST (event);
CREATE TABLE first_steps.guests_1 PARTITION OF first_steps.guests DEFAULT;
CREATE TABLE first_steps.own (film bigint REFERENCES kroles.media);
CREATE TABLE first_steps.policed (film bigint REFERENCES kroles.media);
ALTER TABLE first_steps.policed ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON first_steps.chapters, first_steps.links, first_steps.guests, first_steps.guests_1, first_steps.policed TO regress_first_steps;
GRANT INSERT (channel) ON first_steps.links TO PUBLIC;
SELECT severity, subject, weakness, remedy FROM first_steps_auth.kroles_doctor() WHERE finding = 'unprotected_table' ORDER BY subject, severity;
SELECT first_steps_auth.kroles_protect('first_steps.chapters', 'media', 'film'), first_steps_auth.kroles_protect('first_steps.guests', 'event', 'event');
SELECT severity, subject FROM first_steps_auth.kroles_doctor() WHERE finding = 'unprotected_table' ORDER BY subject, severity;

-- views that were made for names
CREATE VIEW first_steps.names AS SELECT id, name FROM kroles.users;
CREATE VIEW first_steps.owners AS SELECT m.id, u.name FROM kroles.media m JOIN kroles.users u ON u.id = m.owner_id;
CREATE VIEW first_steps.films AS SELECT id, name FROM kroles.media;
SELECT subject, remedy FROM first_steps_auth.kroles_doctor() WHERE finding = 'definer_view' ORDER BY subject;

SET client_min_messages = warning;
DROP SCHEMA kroles, first_steps, first_steps_auth CASCADE;
DROP OWNED BY regress_first_steps, regress_first_steps_gateway;
DROP ROLE regress_first_steps, regress_first_steps_gateway;
