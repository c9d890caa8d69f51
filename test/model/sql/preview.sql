-- Previews of random changes in a random world, compared with who may do what before and after, asked one by one: rows, counts,
-- pages, what is shown to one person, and what is recorded on COMMIT. Changes are made in savepoints, of which some are given up;
-- every other transaction is committed.
\set ECHO none
\set QUIET on
\getenv model PG_ABS_SRCDIR
\i :model/lib/start.sql
SET timezone = 'UTC';
\set schema preview
CREATE SCHEMA :schema;
SET search_path = :schema, public;
\i :model/lib/pick.sql
\i :model/preview/world.sql
\i :model/preview/change.sql
\i :model/preview/compare.sql
\i :model/lib/role.sql
GRANT DELETE ON ALL TABLES IN SCHEMA :schema TO regress_kroles_model;

INSERT INTO seed VALUES ('1');
SET session_replication_role = replica;
SELECT FROM make_world();
RESET session_replication_role;
UPDATE kroles.settings SET record_access_changes = true;
CALL take_steps('one change', 80, 1);
CALL take_steps('some changes', 80, 4);
SELECT FROM enter_room(1, 3);
CALL take_steps('with people in rooms', 40, 3);

\echo
\echo Transactions, those that change what somebody may do, rows of previews compared, and what is wrong
SELECT format('%-24s %12s %8s %8s %8s', 'part', 'transactions', 'changing', 'rows', 'wrong');
SELECT format('%-24s %12s %8s %8s %8s', part, steps, changes, rows, wrong) FROM tally ORDER BY part;
SELECT format('  %s: %s: %s', part, statements, problem) FROM all_differences ORDER BY 1 LIMIT 20;

\i :model/lib/end.sql
