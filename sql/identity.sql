-- Who is asking: the login role, a trusted gateway's kroles.user, an operator, or nobody.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;

INSERT INTO kroles.users (id, login, applicative_role, administrator, blocked) VALUES
    (1, 'alice', 'admin', false, false),
    (2, 'bob', 'viewer', false, false),
    (3, 'boss', 'viewer', true, false),
    (4, 'blanche', 'admin', false, true);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES
    (1, 'channel', 'private', 'Alice''s own', 1),
    (2, 'channel', 'public_open', 'For all', 1);

CREATE ROLE regress_kroles_portal;              -- what the web application logs in as
CREATE ROLE regress_kroles_alice;               -- a person's own database login
CREATE ROLE regress_kroles_plain;               -- some other login
CREATE ROLE regress_kroles_dump BYPASSRLS;      -- a login for backups
GRANT regress_kroles_plain, regress_kroles_dump TO regress_kroles_portal;
GRANT regress_kroles_dump TO regress_kroles_plain;
CREATE ROLE regress_kroles_other;
GRANT regress_kroles_other TO regress_kroles_dump;
SELECT kroles_trust_gateway('regress_kroles_portal');
SELECT role FROM kroles.gateways;

-- Every answer below: the current user, and whether they see the private channel and the public one, and run the site.
\set whoami 'SELECT kroles_current_user() AS "user", kroles_can(''view'', ''channel'', 1) AS private, kroles_can(''view'', ''channel'', 2) AS public, kroles_can(''administer'', ''site'') AS site;'
CREATE FUNCTION whoami_as_definer(OUT "user" bigint, OUT private boolean, OUT public boolean, OUT site boolean)
    SECURITY DEFINER STABLE LANGUAGE sql
    BEGIN ATOMIC
        SELECT kroles_current_user(), kroles_can('view', 'channel', 1), kroles_can('view', 'channel', 2),
               kroles_can('administer', 'site');
    END;

--
-- 1. A gateway says who is asking
--
SET SESSION AUTHORIZATION regress_kroles_portal;
:whoami                                         -- it has said nothing: anonymous, and the site does not allow that
SET kroles."user" = 'alice';
:whoami
SET kroles."user" = 'bob';
:whoami
SET kroles."user" = 'boss';
:whoami
-- an administrator's word is what the database knows about the user, not what the user is called
SET kroles."user" = 'blanche';
:whoami                                         -- blocked: an identity without rights, no error
SET kroles."user" = '';
:whoami                                         -- '' says nothing

-- for one transaction, for one savepoint, and not at all
SET kroles."user" = 'alice';
BEGIN;
SET LOCAL kroles."user" = 'bob';
:whoami
COMMIT;
:whoami
BEGIN;
SET kroles."user" = 'bob';
SAVEPOINT s;
SET kroles."user" = 'boss';
:whoami
ROLLBACK TO s;
:whoami
ROLLBACK;
:whoami
SELECT set_config('kroles.user', 'bob', true);  -- is over with its own transaction
:whoami
SELECT set_config('kroles.user', 'bob', false);
:whoami
RESET kroles."user";
:whoami
SET kroles."user" = 'alice';
RESET ALL;
:whoami
-- after an error the transaction's person is gone with it
BEGIN;
SET LOCAL kroles."user" = 'boss';
SELECT 1 / 0;
ROLLBACK;
:whoami
-- a prepared statement with a plan of its own answers whoever asks now
SET plan_cache_mode = force_generic_plan;
PREPARE whoami AS SELECT kroles_current_user() AS "user", kroles_can('view', 'channel', 1) AS private;
SET kroles."user" = 'alice';
EXECUTE whoami;
SET kroles."user" = 'bob';
EXECUTE whoami;
DEALLOCATE whoami;
RESET plan_cache_mode;
-- a parallel worker knows what the leader knows
SELECT name AS parallel FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \gset
SET :parallel = on;
SET kroles."user" = 'alice';
EXPLAIN (COSTS OFF) SELECT kroles_current_user(), kroles_can('view', 'channel', 1) FROM kroles.settings;
SELECT kroles_current_user() AS "user", kroles_can('view', 'channel', 1) AS private FROM kroles.settings;
SET kroles."user" = 'bob';
SELECT kroles_current_user() AS "user", kroles_can('view', 'channel', 1) AS private FROM kroles.settings;
RESET :parallel;
RESET kroles."user";

--
-- 2. A login that no user has is an error, never somebody else and never anonymous
--
\set SHOW_CONTEXT never
SET kroles."user" = 'mallory';
SELECT kroles_current_user();
SELECT kroles_can('view', 'channel', 2);
SELECT kroles_can('upload', 'site');
SELECT kroles_rights('channel', 2);
SELECT kroles_role('channel', 2);
SELECT kroles_can_publish(1, 2);
SELECT kroles_publish(1, 2);
\set VERBOSITY sqlstate
SET kroles."user" = 'Alice';                      -- other case
SELECT kroles_current_user();
SET kroles."user" = 'alice ';                     -- a space behind
SELECT kroles_current_user();
SET kroles."user" = ' alice';                     -- a space before
SELECT kroles_current_user();
SET kroles."user" = ' ';                          -- nothing but a space
SELECT kroles_current_user();
SET kroles."user" = 'аlice';                      -- the first letter is Cyrillic
SELECT kroles_current_user();
SET kroles."user" = E'alice\u200b';               -- an invisible character behind
SELECT kroles_current_user();
SET kroles."user" = '0';
SELECT kroles_current_user();
SET kroles."user" = '1';                          -- an id is no login
SELECT kroles_current_user();
SET kroles."user" = 'NULL';
SELECT kroles_current_user();
SELECT set_config('kroles.user', repeat('alice', 20000), false) IS NOT NULL AS "set";
SELECT kroles_current_user();
\set VERBOSITY default
SELECT set_config('kroles.user', NULL, false) AS "set";
:whoami
-- two people whose names differ in case are two people
RESET SESSION AUTHORIZATION;
INSERT INTO kroles.users (id, login) VALUES (5, 'ALICE');
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'ALICE';
:whoami
SET kroles."user" = 'alice';
:whoami

--
-- 3. What happens to a person meanwhile holds for the next statement
--
RESET SESSION AUTHORIZATION;
UPDATE kroles.users SET login = 'alice.smith' WHERE id = 1;
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT kroles_current_user();                   -- renamed: the old login is nobody's
SET kroles."user" = 'alice.smith';
:whoami
RESET SESSION AUTHORIZATION;
UPDATE kroles.users SET blocked = true WHERE id = 1;
SET SESSION AUTHORIZATION regress_kroles_portal;
:whoami
RESET SESSION AUTHORIZATION;
UPDATE kroles.users SET blocked = false, login = 'alice' WHERE id = 1;
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'bob';
:whoami
RESET SESSION AUTHORIZATION;
DELETE FROM kroles.users WHERE id = 2;
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT kroles_current_user();                   -- deleted
RESET SESSION AUTHORIZATION;
INSERT INTO kroles.users (id, login) VALUES (2, 'bob');
SET SESSION AUTHORIZATION regress_kroles_portal;
:whoami
-- a login that goes from one person to another names the other
RESET SESSION AUTHORIZATION;
BEGIN;
UPDATE kroles.users SET login = 'robert' WHERE id = 2;
UPDATE kroles.users SET login = 'bob' WHERE id = 3;
SET LOCAL SESSION AUTHORIZATION regress_kroles_portal;
SET LOCAL kroles."user" = 'bob';
:whoami
ROLLBACK;
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'bob';
:whoami

--
-- 4. Only a trusted gateway is believed
--
SET kroles."user" = 'boss';
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_kroles_plain;
SET kroles."user" = 'boss';
:whoami
SET kroles."user" = 'mallory';                    -- not even looked at
:whoami
SET SESSION AUTHORIZATION regress_kroles_alice;
SET kroles."user" = 'boss';
:whoami                                         -- a login that is nobody's yet
-- trust taken back, and given back, within one session of the gateway
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'boss';
:whoami
RESET SESSION AUTHORIZATION;
SELECT kroles_distrust_gateway('regress_kroles_portal');
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'boss';
:whoami
RESET SESSION AUTHORIZATION;
SELECT kroles_trust_gateway('regress_kroles_portal');
BEGIN;
SELECT kroles_distrust_gateway('regress_kroles_portal');
SET LOCAL SESSION AUTHORIZATION regress_kroles_portal;
SET LOCAL kroles."user" = 'boss';
:whoami
ROLLBACK;
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'boss';
:whoami

--
-- 5. The login role
--
RESET SESSION AUTHORIZATION;
UPDATE kroles.users SET db_role = 'regress_kroles_alice' WHERE id = 1;
SET SESSION AUTHORIZATION regress_kroles_alice;
:whoami
SET kroles."user" = 'boss';                       -- this login is no gateway
:whoami
RESET kroles."user";
RESET SESSION AUTHORIZATION;
-- trusted as a gateway too: what it says comes first, then whose login it is
SELECT kroles_trust_gateway('regress_kroles_alice');
SET SESSION AUTHORIZATION regress_kroles_alice;
:whoami
SET kroles."user" = 'boss';
:whoami
SET kroles."user" = 'mallory';
SELECT kroles_current_user();
SET kroles."user" = '';
:whoami
RESET SESSION AUTHORIZATION;
SELECT kroles_distrust_gateway('regress_kroles_alice');
UPDATE kroles.users SET db_role = NULL WHERE id = 1;
SET SESSION AUTHORIZATION regress_kroles_alice;
:whoami                                         -- the login is nobody's again
RESET SESSION AUTHORIZATION;
UPDATE kroles.users SET db_role = 'Regress_Kroles_Alice' WHERE id = 1;
SET SESSION AUTHORIZATION regress_kroles_alice;
:whoami                                         -- role names are compared exactly
RESET SESSION AUTHORIZATION;
UPDATE kroles.users SET db_role = NULL WHERE id = 1;

--
-- 6. A session that bypasses row-level security and states no identity acts as an administrator
--
:whoami
SET kroles."user" = 'bob';                        -- not trusted as a gateway: it has stated nothing
:whoami
RESET kroles."user";
SET SESSION AUTHORIZATION regress_kroles_dump;
:whoami
-- with an identity it is that person, no more
RESET SESSION AUTHORIZATION;
UPDATE kroles.users SET db_role = 'regress_kroles_dump' WHERE id = 2;
SET SESSION AUTHORIZATION regress_kroles_dump;
:whoami
RESET SESSION AUTHORIZATION;
UPDATE kroles.users SET db_role = NULL WHERE id = 2;
SELECT kroles_trust_gateway('regress_kroles_dump');
SET SESSION AUTHORIZATION regress_kroles_dump;
:whoami
SET kroles."user" = 'bob';
:whoami
SET kroles."user" = 'mallory';
SELECT kroles_current_user();
RESET kroles."user";
RESET SESSION AUTHORIZATION;
SELECT kroles_distrust_gateway('regress_kroles_dump');
-- SET ROLE to a role that does not bypass gives it up
SET ROLE regress_kroles_plain;
:whoami
SET ROLE regress_kroles_dump;
:whoami
RESET ROLE;
SET SESSION AUTHORIZATION regress_kroles_dump;
SET ROLE regress_kroles_other;
:whoami
RESET ROLE;
-- so does losing the attribute, at once
SET SESSION AUTHORIZATION regress_kroles_dump;
:whoami
RESET SESSION AUTHORIZATION;
BEGIN;
ALTER ROLE regress_kroles_dump NOBYPASSRLS;
SET LOCAL SESSION AUTHORIZATION regress_kroles_dump;
:whoami
ROLLBACK;
SET SESSION AUTHORIZATION regress_kroles_dump;
:whoami
-- and SET ROLE to one that does gives nothing to a login that does not
SET SESSION AUTHORIZATION regress_kroles_plain;
SET ROLE regress_kroles_dump;
:whoami
RESET ROLE;
-- the superuser who takes on the gateway's role is not the gateway
RESET SESSION AUTHORIZATION;
SET ROLE regress_kroles_portal;
SET kroles."user" = 'boss';
:whoami
RESET ROLE;
RESET kroles."user";

--
-- 7. The same person inside functions that run as their owner, and under SET ROLE
--
SELECT * FROM whoami_as_definer();
SET SESSION AUTHORIZATION regress_kroles_plain;
SELECT * FROM whoami_as_definer();              -- anonymous stays anonymous, though the owner is a superuser
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'alice';
SELECT * FROM whoami_as_definer();
SET ROLE regress_kroles_plain;
:whoami
SELECT * FROM whoami_as_definer();
SET ROLE regress_kroles_dump;                   -- not even a role that bypasses row-level security changes it
:whoami
RESET ROLE;
RESET kroles."user";
SET ROLE regress_kroles_dump;
:whoami
RESET ROLE;
RESET SESSION AUTHORIZATION;

--
-- 8. Anonymous browsing
--
UPDATE kroles.settings SET allow_anonymous = true;
SET SESSION AUTHORIZATION regress_kroles_plain;
:whoami
SET SESSION AUTHORIZATION regress_kroles_portal;
:whoami
SELECT kroles_rights('channel', 2) AS public, kroles_rights('channel', 1) AS private, kroles_rights('site', NULL) AS site,
    kroles_role('channel', 2) AS role;
SET kroles."user" = 'blanche';                    -- a blocked person has less than anonymous
:whoami
SET kroles."user" = 'mallory';                    -- and an unknown one is still an error
SELECT kroles_current_user();
RESET kroles."user";
RESET SESSION AUTHORIZATION;
UPDATE kroles.settings SET allow_anonymous = false;
SET SESSION AUTHORIZATION regress_kroles_plain;
:whoami
RESET SESSION AUTHORIZATION;

--
-- 9. Settings that come with a database, a role or a file make no identity; what the session itself is started with does
--
SELECT session_user AS me \gset
SELECT kroles_trust_gateway(:'me');
\c -
ALTER DATABASE :"DBNAME" SET kroles."user" = 'alice';
\c -
SELECT kroles_current_user();
SET kroles."user" = 'bob';                        -- the session's own word counts
SELECT kroles_current_user();
RESET kroles."user";
SELECT kroles_current_user();
ALTER DATABASE :"DBNAME" RESET kroles."user";
\c -
ALTER ROLE :"me" SET kroles."user" = 'alice';
\c -
SELECT kroles_current_user();
ALTER ROLE :"me" RESET kroles."user";
\c -
ALTER ROLE :"me" IN DATABASE :"DBNAME" SET kroles."user" = 'alice';
\c -
SELECT kroles_current_user();
DISCARD ALL;
SELECT kroles_current_user();
ALTER ROLE :"me" IN DATABASE :"DBNAME" RESET kroles."user";
\c -
-- the same once kroles has been used in the session
SELECT kroles_current_user();
ALTER DATABASE :"DBNAME" SET kroles."user" = 'alice';
ALTER ROLE :"me" SET kroles."user" = 'alice';
ALTER SYSTEM SET kroles."user" = 'alice';
\c -
SELECT kroles_current_user();
ALTER DATABASE :"DBNAME" RESET kroles."user";
ALTER ROLE :"me" RESET kroles."user";
-- a connection option, set before the extension's library is there
\c -reuse-previous=on "options='-c kroles.user=bob'"
SELECT kroles_current_user();
SET kroles."user" = 'alice';
SELECT kroles_current_user();
RESET kroles."user";                              -- back to what the session was started with
SELECT kroles_current_user();
\c -reuse-previous=on options=''
SELECT kroles_current_user();
-- a setting made before the library is there
\c -
SET kroles."user" = 'alice';
SELECT kroles_current_user();
DISCARD ALL;
SELECT kroles_current_user();
SELECT kroles_distrust_gateway(:'me');

DROP FUNCTION whoami_as_definer();
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
DROP ROLE regress_kroles_portal, regress_kroles_alice, regress_kroles_plain, regress_kroles_dump, regress_kroles_other;
