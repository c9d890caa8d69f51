-- One predicate, for rooms and events: in random worlds, what every function answers and which rows everybody reaches is what
-- a plain restatement of the rules says (reference/rules*.sql, reference/answers*.sql), also while people are in rooms.
\set ECHO none
\set QUIET on
\getenv here PG_ABS_SRCDIR
\if :{?here}
\else
    \set here .
\endif
\set reference :here '/sql/reference'
\set model_rls :here '/sql/model_rls'
\set here :here '/sql/model_events'
SET client_min_messages = warning;
SET jit = off;
DROP EXTENSION IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
\pset tuples_only on
\pset format unaligned
\set asked 0
\set different 0
\i :reference/rules.sql
\i :reference/rules_rooms.sql
\i :reference/answers.sql
\i :reference/answers_rooms.sql
\i :model_rls/pick.sql
\i :model_rls/rules.sql
\i :model_rls/acts.sql
\i :here/world.sql
\i :here/turn.sql
\i :here/people.sql
\i :here/compare.sql
\i :here/rows.sql
CREATE ROLE regress_kroles_model LOGIN;
SELECT FROM kroles_grant_access('regress_kroles_model');
SELECT FROM kroles_trust_gateway('regress_kroles_model');
GRANT USAGE ON SCHEMA reference TO regress_kroles_model;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA reference TO regress_kroles_model;

\echo
\echo Questions put to each function, by the superuser and by everybody in a session of their own, and how many answers differ
SELECT format('%-36s %7s %7s %6s %8s %8s %7s %7s %10s', 'world', 'can', 'rights', 'list', 'who_can', 'explain', 'people', 'rooms', 'different');
\set seed 1
\i :here/one.sql
\set seed 2
\i :here/one.sql
\set seed 3
\i :here/one.sql
\echo
SELECT format('%s compared, %s different', :asked, :different);
\echo
\echo What there was to find
SELECT format('%-8s %9s %9s', 'kind', 'asked', 'allowed');
TABLE found_share;

-- leave nothing behind
SET client_min_messages = error;
DROP SCHEMA reference CASCADE;
DROP EXTENSION kroles CASCADE;
DROP ROLE regress_kroles_model;
