-- One predicate: what the policies let a person read, change and delete is what kroles_can and the rules say, in random
-- worlds of 320 people, 64 spaces and 2,000 media. Everybody in a sample acts in an application's session, on every table;
-- the rows reached are compared with a plain restatement of "who reads and writes which table" (model_rls/rules.sql).
\set ECHO none
\set QUIET on
\getenv here PG_ABS_SRCDIR
\if :{?here}
\else
    \set here .
\endif
\set here :here '/sql/model_rls'
SET client_min_messages = warning;
SET jit = off;
DROP EXTENSION IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
\pset tuples_only on
\pset format unaligned
CREATE SCHEMA model_rls;
SET search_path = model_rls, public;
CREATE ROLE regress_kroles_model LOGIN;
SELECT FROM kroles_grant_access('regress_kroles_model');
SELECT FROM kroles_trust_gateway('regress_kroles_model');
\i :here/pick.sql
\i :here/world.sql
\i :here/rules.sql
\i :here/acts.sql

\echo
\echo Rows reached by everybody in the sample, and by how many rows that differs from the rules
\set seed 1
\set people 40
\i :here/one.sql
\set seed 2
\set people 20
\i :here/one.sql
\set seed 3
\i :here/one.sql

-- leave nothing behind
SET client_min_messages = error;
DROP SCHEMA model_rls CASCADE;
DROP EXTENSION kroles CASCADE;
DROP ROLE regress_kroles_model;
