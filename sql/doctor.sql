-- kroles_doctor(): each weakness is planted in a transaction that is rolled back, and what it adds to the findings is
-- shown. Findings that were there before (other roles and databases of this server) are left out.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
CREATE TABLE known (LIKE kroles.weakness);
CREATE VIEW new_findings AS
    SELECT severity, finding, subject, replace(weakness, ' ' || quote_ident(current_user), ' me') AS weakness, remedy
    FROM (SELECT * FROM kroles_doctor() EXCEPT ALL SELECT * FROM known) AS d ORDER BY finding, subject COLLATE "C", d.weakness COLLATE "C";
\x on
\pset format unaligned
\pset footer off
\t on

-- In a new database there is nothing to find but that nobody can say who they are. (Roles and the server are not ours.)
SELECT * FROM kroles_doctor() WHERE finding NOT IN
    ('bypassing_login', 'bypass_by_membership', 'power_over_server', 'harmful_setting', 'outdated_server', 'definer_function');
-- and the one role that a server can't do without
SELECT d.severity, d.remedy FROM kroles_doctor() d JOIN pg_roles r ON r.rolname = d.subject AND r.oid = 10 WHERE finding = 'bypassing_login' AND r.rolcanlogin;

-- An application with everything as it should be adds nothing.
INSERT INTO known SELECT * FROM kroles_doctor();
CREATE ROLE regress_kroles_portal LOGIN;
CREATE ROLE regress_kroles_maker;
CREATE SCHEMA doctor AUTHORIZATION regress_kroles_maker;
SELECT kroles_trust_gateway('regress_kroles_portal');
SELECT kroles_grant_access('regress_kroles_portal');
SET ROLE regress_kroles_maker;
CREATE TABLE doctor.notices (channel_id bigint, note text);
CREATE TABLE doctor.log (channel text, year int) PARTITION BY LIST (year);
CREATE TABLE doctor.log_2025 PARTITION OF doctor.log FOR VALUES IN (2025);
GRANT SELECT, INSERT, UPDATE, DELETE ON doctor.notices, doctor.log, doctor.log_2025 TO regress_kroles_portal;
CREATE VIEW doctor.my_notices WITH (security_invoker = on) AS SELECT * FROM doctor.notices;
CREATE VIEW doctor.my_own WITH (security_invoker) AS SELECT * FROM doctor.my_notices;
SELECT kroles_protect('doctor.notices', 'channel', 'channel_id');
SELECT kroles_protect('doctor.log', 'channel', 'channel');
RESET ROLE;
INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('main', 'HS256', repeat('k', 32));
TABLE new_findings;
-- (and lacks nothing any more)
SELECT * FROM known EXCEPT SELECT * FROM kroles_doctor();
TRUNCATE known;
INSERT INTO known SELECT * FROM kroles_doctor();

--
-- 1. Roles
--
BEGIN;
CREATE ROLE regress_kroles_a LOGIN BYPASSRLS;
CREATE ROLE regress_kroles_b LOGIN SUPERUSER;
CREATE ROLE regress_kroles_c NOLOGIN BYPASSRLS;
TABLE new_findings;
ROLLBACK;

BEGIN;
CREATE ROLE regress_kroles_dump NOLOGIN BYPASSRLS;
CREATE ROLE regress_kroles_between NOLOGIN NOINHERIT IN ROLE regress_kroles_dump;
CREATE ROLE regress_kroles_a LOGIN IN ROLE regress_kroles_between;
TABLE new_findings;
ROLLBACK;

BEGIN;
CREATE ROLE regress_kroles_a LOGIN IN ROLE pg_execute_server_program, pg_read_server_files;
CREATE ROLE regress_kroles_b LOGIN REPLICATION;
TABLE new_findings;
CREATE ROLE regress_kroles_c LOGIN CREATEROLE;
SELECT count(*) = CASE WHEN current_setting('server_version_num')::int < 160000 THEN 1 ELSE 0 END FROM new_findings WHERE subject = 'regress_kroles_c';
ROLLBACK;

BEGIN;
ALTER ROLE regress_kroles_maker LOGIN;
GRANT regress_kroles_maker TO regress_kroles_portal;
TABLE new_findings;
ROLLBACK;

--
-- 2. Privileges
--
BEGIN;
GRANT TRUNCATE ON doctor.notices TO regress_kroles_portal;
GRANT TRIGGER, REFERENCES ON kroles.users TO PUBLIC;
GRANT REFERENCES (channel_id) ON doctor.notices TO PUBLIC;
TABLE new_findings;
ROLLBACK;

-- REFERENCES on a table of kroles, and foreign keys of whoever had it: those of the same owner are as good as the owner
BEGIN;
GRANT REFERENCES ON kroles.media TO regress_kroles_maker;
GRANT REFERENCES (id, login) ON kroles.users TO regress_kroles_maker;
CREATE TABLE doctor.of_owner (media_id bigint REFERENCES kroles.media);
SET ROLE regress_kroles_maker;
CREATE TABLE doctor.labels (media_id bigint REFERENCES kroles.media ON DELETE CASCADE, "by" text CONSTRAINT "the ""by"";" REFERENCES kroles.users (login));
CREATE TABLE doctor.parts (media_id bigint REFERENCES kroles.media) PARTITION BY RANGE (media_id);
CREATE TABLE doctor.part PARTITION OF doctor.parts DEFAULT;
CREATE TYPE doctor.disguise AS (id bigint);
CREATE FUNCTION doctor.undress(doctor.disguise) RETURNS bigint LANGUAGE sql RETURN ($1).id;
CREATE CAST (doctor.disguise AS bigint) WITH FUNCTION doctor.undress(doctor.disguise) AS IMPLICIT;
CREATE TABLE doctor.climbers (media doctor.disguise REFERENCES kroles.media);
RESET ROLE;
TABLE new_findings;
-- taken back too late: the keys stay
REVOKE REFERENCES ON kroles.media FROM regress_kroles_maker;
REVOKE REFERENCES (id, login) ON kroles.users FROM regress_kroles_maker;
SELECT finding, subject FROM new_findings;
ROLLBACK;

-- (who watches the database may be given these)
BEGIN;
GRANT EXECUTE ON FUNCTION kroles_cache_stats(), kroles_doctor(), kroles_heartbeat() TO regress_kroles_portal;
TABLE new_findings;
GRANT EXECUTE ON FUNCTION kroles_install(boolean) TO regress_kroles_portal;
GRANT EXECUTE ON FUNCTION kroles_subscribe(text, name, name, name), kroles.find_users(text, integer) TO regress_kroles_maker;
TABLE new_findings;
ROLLBACK;
BEGIN;
GRANT SELECT, DELETE ON kroles.media TO PUBLIC;
GRANT UPDATE ON kroles.settings TO PUBLIC;
GRANT EXECUTE ON FUNCTION kroles_trust_gateway(name) TO PUBLIC;
TABLE new_findings;
ROLLBACK;

BEGIN;
GRANT SELECT (kid, key) ON kroles.signing_keys TO regress_kroles_portal;
GRANT SELECT ON kroles.signing_keys TO regress_kroles_maker;
TABLE new_findings;
ROLLBACK;

BEGIN;
GRANT CREATE ON SCHEMA kroles TO regress_kroles_portal;
TABLE new_findings;
ROLLBACK;

-- a function that a call without the schema finds before ours: found with a superuser's search path, or fitting better
BEGIN;
SET ROLE regress_kroles_maker;
CREATE FUNCTION doctor.kroles_verify() RETURNS void LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION doctor.kroles_of_their_own() RETURNS void LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION pg_temp.kroles_verify() RETURNS void LANGUAGE plpgsql AS 'BEGIN END';
RESET ROLE;
TABLE new_findings;
ROLLBACK;

--
-- 3. Views and functions
--
BEGIN;
CREATE VIEW doctor.of_superuser AS SELECT * FROM doctor.notices;                -- by a superuser: nothing holds it back
CREATE VIEW doctor.around WITH (security_invoker = true) AS SELECT * FROM doctor.of_superuser;  -- itself as it should be
CREATE VIEW doctor.of_chain AS SELECT 1 FROM doctor.my_own;                     -- over two views that are as they should be
ALTER VIEW doctor.of_chain OWNER TO regress_kroles_maker;
CREATE VIEW doctor.people WITH (security_invoker = off) AS SELECT login FROM kroles.users;
ALTER VIEW kroles.channels RESET (security_invoker);
CREATE TABLE doctor.inbox (note text);
CREATE RULE pass_on AS ON INSERT TO doctor.inbox DO INSTEAD INSERT INTO doctor.notices VALUES (1, NEW.note);
TABLE new_findings;
ROLLBACK;

BEGIN;
CREATE MATERIALIZED VIEW doctor.copy AS SELECT * FROM doctor.my_notices;
TABLE new_findings;
ROLLBACK;

BEGIN;
CREATE FUNCTION doctor.count_notices() RETURNS bigint SECURITY DEFINER LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM doctor.notices; END;
CREATE FUNCTION doctor.do_something() RETURNS void SECURITY DEFINER LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION doctor.for_its_owner() RETURNS void SECURITY DEFINER LANGUAGE plpgsql AS 'BEGIN END';
REVOKE EXECUTE ON FUNCTION doctor.for_its_owner() FROM PUBLIC;
CREATE FUNCTION doctor.of_maker() RETURNS void SECURITY DEFINER LANGUAGE plpgsql AS 'BEGIN END';
ALTER FUNCTION doctor.of_maker() OWNER TO regress_kroles_maker;
TABLE new_findings;
ROLLBACK;

--
-- 4. Row-level security, policies and triggers
--
BEGIN;
ALTER TABLE doctor.notices DISABLE ROW LEVEL SECURITY;
ALTER TABLE kroles.media DISABLE ROW LEVEL SECURITY;
ALTER TABLE kroles.users NO FORCE ROW LEVEL SECURITY;
TABLE new_findings;
ROLLBACK;

BEGIN;
CREATE TABLE doctor.log_2026 PARTITION OF doctor.log FOR VALUES IN (2026);
CREATE TABLE doctor.old_notices () INHERITS (doctor.notices);
GRANT SELECT ON doctor.old_notices TO regress_kroles_portal;
CREATE TABLE doctor.everything (channel_id bigint, note text);
ALTER TABLE doctor.notices INHERIT doctor.everything;
TABLE new_findings;
ROLLBACK;

BEGIN;
CREATE POLICY open ON doctor.notices USING (true);
CREATE POLICY narrow ON doctor.notices AS RESTRICTIVE USING (note <> '');
CREATE POLICY open ON kroles.users FOR SELECT USING (true);
TABLE new_findings;
ROLLBACK;

BEGIN;
ALTER POLICY kroles_select ON doctor.notices USING (kroles_can('view', 'channel', channel_id) OR note = '');
ALTER POLICY kroles_insert ON doctor.log WITH CHECK (true);
ALTER POLICY read ON kroles.media USING (true);
DROP POLICY kroles_delete ON doctor.log_2025;
TABLE new_findings;
ROLLBACK;

BEGIN;
ALTER TABLE kroles.users DISABLE TRIGGER guard_own;
ALTER TABLE kroles.spaces ENABLE TRIGGER track_all;                             -- always enabled as shipped
ALTER TABLE kroles.media ENABLE REPLICA TRIGGER guard_type;
ALTER TABLE kroles.settings ENABLE ALWAYS TRIGGER guard_delete;                 -- more than as shipped is no weakness
TABLE new_findings;
ROLLBACK;
BEGIN;
ALTER TABLE kroles.group_members DISABLE TRIGGER ALL;
SELECT DISTINCT weakness FROM kroles_doctor() WHERE subject = 'kroles.group_members' AND weakness LIKE '%must_exist%' ORDER BY 1;
ROLLBACK;
BEGIN;
CREATE OR REPLACE TRIGGER guard_id BEFORE UPDATE OF id ON kroles.users FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
TABLE new_findings;
ROLLBACK;

--
-- 5. Who is asking
--
BEGIN;
INSERT INTO kroles.signing_keys (kid, algorithm, key, expires_at) VALUES
    ('old', 'HS256', repeat('k', 32), '2020-02-29'), ('new', 'HS256', repeat('k', 32), now() + interval '31 days'),
    ('forever', 'HS256', repeat('k', 32), 'infinity');
TABLE new_findings;
UPDATE kroles.signing_keys SET expires_at = now() + interval '29 days' WHERE kid = 'new';
SELECT severity, finding, subject, weakness LIKE 'expires on 2%: tokens that name it are refused from then on' FROM kroles_doctor() WHERE subject LIKE '%new%';
ROLLBACK;

BEGIN;
CREATE ROLE regress_kroles_gone;
SELECT kroles_trust_gateway('regress_kroles_gone');
INSERT INTO kroles.users (id, login, db_role) VALUES (1, 'al''ice', 'regress_kroles_a'), (2, 'bob', 'regress_kroles_gone');
DROP ROLE regress_kroles_gone;
TABLE new_findings;
ROLLBACK;

BEGIN;
CREATE ROLE regress_kroles_a BYPASSRLS;
SELECT kroles_trust_gateway('regress_kroles_a');
INSERT INTO kroles.users (id, login, db_role) VALUES (1, 'alice', 'regress_kroles_a');
TABLE new_findings;
ROLLBACK;

BEGIN;
DELETE FROM kroles.gateways;
DELETE FROM kroles.signing_keys;
TABLE new_findings;
INSERT INTO kroles.users (id, login, db_role) VALUES (1, 'alice', 'regress_kroles_maker');
TABLE new_findings;
ROLLBACK;

--
-- 6. Settings and versions
--
\c -
SET client_min_messages = warning;
BEGIN;
ALTER ROLE regress_kroles_portal SET row_security = off;
ALTER ROLE regress_kroles_maker SET row_security = on;
ALTER ROLE regress_kroles_portal SET session_replication_role = replica;
ALTER ROLE regress_kroles_maker SET session_replication_role = origin;
ALTER ROLE regress_kroles_portal SET request.jwt.claims = '{"sub": "alice", "a": "b=c"}';
TABLE new_findings;
ROLLBACK;
-- (a session that has the library loaded would refuse these)
\c -
SET client_min_messages = warning;
BEGIN;
ALTER ROLE regress_kroles_portal SET kroles."user" = 'alice';
ALTER ROLE regress_kroles_portal IN DATABASE postgres SET kroles."user" = 'alice';      -- not this database
DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET kroles.token = %L', current_database(), 'x'); END$$;
SELECT severity, finding, replace(subject, current_database(), 'this'), weakness, replace(remedy, current_database(), 'this')
FROM (SELECT * FROM kroles_doctor() EXCEPT ALL SELECT * FROM known) AS d ORDER BY 3;
ROLLBACK;

SELECT kroles.newer_minor(150001) > '15.', kroles.newer_minor(150099), kroles.newer_minor(140001), kroles.newer_minor(990001);
BEGIN;
UPDATE pg_extension SET extversion = '0.0.0' WHERE extname = 'kroles';
SELECT severity, finding, subject, weakness LIKE 'version % is available on this server', remedy FROM kroles_doctor() WHERE finding = 'outdated_extension';
ROLLBACK;

--
-- 7. Who may ask
--
SET ROLE regress_kroles_portal;
SELECT count(*) FROM kroles_doctor();
RESET ROLE;
CREATE ROLE regress_kroles_watch;
GRANT EXECUTE ON FUNCTION kroles_doctor() TO regress_kroles_watch;
SET ROLE regress_kroles_watch;
SELECT count(*) > 0 FROM kroles_doctor();       -- it needs nothing else
RESET ROLE;

DROP TABLE known CASCADE;
DROP SCHEMA doctor CASCADE;
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
DROP ROLE regress_kroles_portal, regress_kroles_maker, regress_kroles_watch;
