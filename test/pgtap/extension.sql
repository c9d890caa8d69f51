-- The extension as a whole: its members, its home, and that it can go and come again in one session.
\ir lib/begin.psql

CREATE FUNCTION pg_temp.is_member(class regclass, object oid) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (SELECT FROM pg_depend WHERE classid = class AND objid = object AND deptype = 'e'
                   AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'kroles'))
$$;
SELECT set_eq($$SELECT relname FROM pg_class WHERE relnamespace = 'kroles'::regnamespace AND relkind IN ('r', 'v', 'S')
    AND pg_temp.is_member('pg_class', oid)$$, '{rights, secret, heartbeat, protected_tables}'::name[],
    'only what needs no dump is of the extension; every other table, view and sequence is the site''s own');
SELECT is_empty($$SELECT * FROM pg_init_privs i WHERE i.classoid = 'pg_class'::regclass AND NOT pg_temp.is_member('pg_class', i.objoid)
    AND i.objoid IN (SELECT oid FROM pg_class WHERE relnamespace = 'kroles'::regnamespace)$$, 'their privileges are dumped as a whole');
SELECT is_empty($$SELECT * FROM pg_init_privs WHERE objoid IN ('kroles.media'::regtype, 'kroles'::regnamespace)
    AND classoid IN ('pg_type'::regclass, 'pg_namespace'::regclass)$$, 'so are those on their row types and their schema');
SELECT is_empty($$SELECT typname FROM pg_type WHERE typnamespace = 'kroles'::regnamespace AND typtype = 'e'
    AND NOT pg_temp.is_member('pg_type', oid)$$, 'every type is of the extension');
SELECT is_empty($$SELECT oid::regprocedure FROM pg_proc WHERE proname ~ '^kroles_'
    AND NOT pg_temp.is_member('pg_proc', oid)$$, 'and every function kroles_*');
SELECT ok(NOT pg_temp.is_member('pg_namespace', 'kroles'::regnamespace), 'but not the schema, which has the site''s tables');
SELECT row_eq($$SELECT superuser, trusted, relocatable FROM pg_available_extension_versions
    WHERE name = 'kroles' AND installed$$, ROW (true, false, false), 'only a superuser may make it, and it stays where it is');
SELECT pg_temp.refused('DROP TABLE kroles.rights CASCADE', '2BP01', '', 'no table of the extension can be dropped alone');
SELECT throws_ok('ALTER EXTENSION kroles SET SCHEMA pg_temp', NULL, 'its functions cannot be moved');

-- Warm the session's memory of the first life, then end it.
INSERT INTO kroles.users (id, login, applicative_role) VALUES (901, 'alice', 'admin'), (902, 'bob', 'admin');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES
    (901, 'channel', 'private', 'Lectures', 901);
SELECT ok(kroles_can(901, 'manage', 'channel', 901), 'first life: alice manages her channel');
SELECT ok(NOT kroles_can(902, 'view', 'channel', 901), 'first life: bob does not see it');
SELECT pg_temp.refused('DROP EXTENSION kroles', '2BP01', '', 'the extension does not go while there are tables');
-- with CASCADE it goes, and the tables stay, closed
SET LOCAL client_min_messages = warning;
SAVEPOINT cascaded;
CREATE ROLE kroles_reader;
GRANT USAGE ON SCHEMA kroles TO kroles_reader;
GRANT SELECT ON kroles.users, kroles.media TO kroles_reader;
SELECT lives_ok('DROP EXTENSION kroles CASCADE', 'with CASCADE it does');
SELECT results_eq('SELECT id, login FROM kroles.users ORDER BY id', $$VALUES (901::bigint, 'alice'), (902, 'bob')$$, 'the rows are there');
SELECT is_empty($$SELECT relname FROM pg_class WHERE relnamespace = 'kroles'::regnamespace AND relkind = 'r' AND NOT (relrowsecurity AND relforcerowsecurity)$$, 'no table is open');
SELECT is_empty($$SELECT tablename, policyname, qual FROM pg_policies WHERE schemaname = 'kroles' AND qual <> 'true'$$, 'and no policy that asked the extension is left');
SET LOCAL ROLE kroles_reader;
SELECT is_empty('SELECT id FROM kroles.users', 'nobody else sees a row');
RESET ROLE;
ROLLBACK TO cascaded;
SET LOCAL client_min_messages = warning;
SELECT lives_ok('DROP SCHEMA kroles CASCADE', 'the schema can be dropped, with all');
SELECT is_empty($$SELECT FROM pg_extension WHERE extname = 'kroles'$$, 'and the extension with it');
SELECT is_empty($$SELECT oid::regprocedure FROM pg_proc WHERE proname ~ '^kroles_'$$, 'and its functions');

-- What somebody has put in the way beforehand stops it: nothing is built on what is not its own.
CREATE ROLE kroles_somebody;
CREATE SCHEMA kroles;
CREATE FUNCTION kroles.can() RETURNS void LANGUAGE sql AS '';
SELECT pg_temp.refused('CREATE EXTENSION kroles', '42P06', '', 'not into a schema kroles that has something in it');
DROP FUNCTION kroles.can();
GRANT CREATE ON SCHEMA kroles TO kroles_somebody;
SELECT pg_temp.refused('CREATE EXTENSION kroles', '42P06', '', 'nor where somebody may make something');
REVOKE CREATE ON SCHEMA kroles FROM kroles_somebody;
ALTER SCHEMA kroles OWNER TO kroles_somebody;
SELECT pg_temp.refused('CREATE EXTENSION kroles', '42P06', '', 'nor where it is somebody''s own');
ALTER SCHEMA kroles OWNER TO CURRENT_USER;
SAVEPOINT into_it;
SELECT lives_ok('CREATE EXTENSION kroles', 'into an empty and closed one, as a dump makes it');
ROLLBACK TO into_it;
DROP SCHEMA kroles;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO kroles_somebody;
SELECT pg_temp.refused('CREATE EXTENSION kroles', '42P06', '', 'nor where default privileges would let somebody make something');
ALTER DEFAULT PRIVILEGES REVOKE ALL ON SCHEMAS FROM kroles_somebody;
CREATE FUNCTION kroles_current_user() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
SELECT pg_temp.refused('CREATE EXTENSION kroles', '42723', '', 'not over somebody''s function');
DROP FUNCTION kroles_current_user();

-- Another home, with a name that needs quotes; the other person owns the same id there.
CREATE SCHEMA "My Portal";
SELECT lives_ok('CREATE EXTENSION kroles SCHEMA "My Portal"', 'it can be made again, in a schema of its own');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p
    WHERE proname ~ '^kroles_' AND pronamespace <> '"My Portal"'::regnamespace$$, 'all functions are in that schema');
INSERT INTO kroles.users (id, login, applicative_role) VALUES (901, 'alice', 'private_only'), (902, 'bob', 'private_only');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, moderated) VALUES
    (901, 'channel', 'private', 'Lectures', 902, true);
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (901, 901, 'contributor');
INSERT INTO kroles.media (id, name, owner_id) VALUES (901, 'Cells', 901);
SELECT ok(NOT "My Portal".kroles_can(901, 'manage', 'channel', 901), 'second life: alice does not manage the channel');
SELECT ok("My Portal".kroles_can(902, 'manage', 'channel', 901), 'second life: bob does');
SELECT is("My Portal".kroles_role('channel', 901, 902), 'owner', 'his role there');
SELECT ok('manage' = ANY ("My Portal".kroles_rights('channel', 901, 902)), 'his rights there');
SELECT ok("My Portal".kroles_can_publish(901, 901, 901), 'alice may publish there');

-- The functions find each other and their tables whatever the caller's search_path is.
CREATE ROLE kroles_portal;
SELECT lives_ok($$SELECT "My Portal".kroles_trust_gateway('kroles_portal')$$, 'a gateway is trusted');
GRANT USAGE ON SCHEMA "My Portal" TO kroles_portal;
SET LOCAL search_path = pg_temp;
SET LOCAL SESSION AUTHORIZATION kroles_portal;
SET LOCAL kroles."user" = 'alice';
SELECT "My Portal".kroles_current_user() AS alice, "My Portal".kroles_publish(901, 901) AS published \gset
SET LOCAL kroles."user" = 'bob';
SELECT "My Portal".kroles_approve(901, 901) \gset
SELECT "My Portal".kroles_can('view', 'media', 901) AS bob_sees \gset
SELECT "My Portal".kroles_take_down(901, 901) \gset
RESET SESSION AUTHORIZATION;
SET LOCAL search_path = DEFAULT;
SELECT is(:'alice'::text, '901', 'the gateway says who asks');
SELECT is(:'published'::text, 'pending', 'alice publishes, it waits');
SELECT is(:'bob_sees'::text, 't', 'bob approves and sees it');
SELECT is_empty('SELECT FROM kroles.publications', 'and takes it down');

SELECT lives_ok('DROP SCHEMA kroles CASCADE', 'it can be dropped again');
-- In a dump's session the tables come afterwards; by hand kroles_install() makes them.
SET LOCAL row_security = off;
SELECT lives_ok('CREATE EXTENSION kroles', 'and made a third time, as by a dump');
SELECT is_empty($$SELECT relname FROM pg_class WHERE relnamespace = 'kroles'::regnamespace AND relkind IN ('r', 'v', 'S')
    AND NOT pg_temp.is_member('pg_class', oid)$$, 'without the site''s tables');
SELECT pg_temp.refused($$SELECT kroles_can(901, 'view', 'media', 1)$$, '55000', '', 'nothing is answered without them');
SELECT results_eq('SELECT finding FROM kroles_doctor()', '{missing_table}'::text[], 'which the doctor says');
SELECT is(kroles_install(), (SELECT extversion FROM pg_extension WHERE extname = 'kroles'), 'kroles_install() makes them');
SELECT is(kroles_install(), kroles.script_version(), 'and again does nothing');
SELECT is(kroles.library_version(), kroles.script_version(), 'the library is of the same version');
RESET row_security;
-- an unknown version answers nothing
SAVEPOINT unknown;
CREATE OR REPLACE FUNCTION kroles.script_version() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$SELECT '99.0'::text$$;
SELECT pg_temp.refused($$SELECT kroles_can(901, 'view', 'media', 1)$$, '55000', '', 'a script that the library does not know gets no answer');
SELECT pg_temp.refused('SELECT kroles_install()', '55000', '', 'nor are tables of another version touched');
ROLLBACK TO unknown;
-- what somebody else's view says is not read: it would run code as a superuser
SAVEPOINT theirs;
ALTER VIEW kroles.tables_version OWNER TO kroles_somebody;
SELECT pg_temp.refused('SELECT kroles_install()', '55000', '', 'nothing is done with a view that is somebody else''s');
SELECT ok(EXISTS (SELECT FROM kroles_doctor() WHERE finding = 'owner_not_superuser' AND subject = 'kroles.tables_version'), 'which the doctor says');
ROLLBACK TO theirs;
SAVEPOINT opened;
GRANT CREATE ON SCHEMA kroles TO kroles_somebody;
SELECT pg_temp.refused('SELECT kroles_install()', '55000', '', 'nor where somebody may make objects in the schema');
ROLLBACK TO opened;
SAVEPOINT unguarded;
ALTER TABLE kroles.media DISABLE ROW LEVEL SECURITY;
SELECT pg_temp.refused('SELECT kroles_install()', '55000', '', 'nor where a restore is not finished');
ROLLBACK TO unguarded;
SAVEPOINT as_somebody;
GRANT EXECUTE ON FUNCTION kroles_install(boolean) TO kroles_somebody;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_temp TO kroles_somebody;
SET LOCAL ROLE kroles_somebody;
SELECT pg_temp.refused('SELECT kroles_install()', '42501', '', 'nor by somebody who may execute it');
ROLLBACK TO as_somebody;
-- of some tables alone nothing is made
SAVEPOINT incomplete;
DROP VIEW kroles.tables_version;
SELECT pg_temp.refused('SELECT kroles_install()', '55000', '', 'tables of which some are missing are left as they are');
ROLLBACK TO incomplete;
SELECT is(to_regproc('kroles_publish')::text, 'kroles_publish', 'in the first schema of the search path');
SELECT ok(kroles_can('administer', 'site'), 'and answers');

SELECT * FROM finish();
ROLLBACK;
