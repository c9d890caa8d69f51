-- The rows that the policies let a person read, change and delete, compared with kroles_can and the rules, in random worlds of
-- 320 people, 64 spaces and 2,000 media. Each person of a sample acts in an application's session, on every table; the rows
-- reached are compared with a plain restatement of "who reads and writes which table" (rules/rows.sql).
\set ECHO none
\set QUIET on
\getenv model PG_ABS_SRCDIR
\i :model/lib/start.sql
\set schema model_rls
CREATE SCHEMA :schema;
SET search_path = :schema, public;
\i :model/lib/role.sql
\i :model/lib/pick.sql
\i :model/model_rls/world.sql
\i :model/rules/windows.sql
\i :model/rules/rows.sql
\i :model/lib/acts.sql

\echo
\echo Rows reached by everybody in the sample, and by how many rows that differs from the rules
\set seed 1
\set people 40
\i :model/model_rls/one.sql
\set seed 2
\set people 20
\i :model/model_rls/one.sql
\set seed 3
\i :model/model_rls/one.sql

\i :model/lib/end.sql
