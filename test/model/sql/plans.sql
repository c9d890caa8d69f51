-- Plans that find rows by what a subject may see, compared with plans that read all rows: the same rows for every subject, also
-- where a generic plan was made for another one. In a random world of 320 people, 64 spaces and 2,000 media, with protected
-- tables of media, rooms, spaces and events. (Costs are raised, so that the small tables of this world are worth it.)
\set ECHO none
\set QUIET on
\getenv model PG_ABS_SRCDIR
\i :model/lib/start.sql
\set schema plans
CREATE SCHEMA :schema;
SET search_path = :schema, public;
\i :model/lib/role.sql
\i :model/lib/pick.sql
\i :model/model_rls/world.sql
\i :model/rules/windows.sql
\i :model/rules/rows.sql
SELECT FROM make_world('1');
\i :model/plans/tables.sql
\i :model/plans/questions.sql

SELECT FROM choose_sample(12);
ANALYZE;
SELECT FROM answer_all();

\echo
\echo Questions, those whose plan has a keyed scan, subjects, answers of generic plans compared, and those that differ
SELECT count(DISTINCT question), count(DISTINCT question) FILTER (WHERE keyed), count(DISTINCT subject), count(*),
       count(*) FILTER (WHERE answer IS DISTINCT FROM expected)
FROM answers;
SELECT format('  %s, planned for %s, asked by %s: %s, not %s', question, planner, subject, answer, expected)
FROM answers WHERE answer IS DISTINCT FROM expected ORDER BY 1 LIMIT 10;
\echo
\echo Questions that find rows for somebody, and with a keyed scan
SELECT question, bool_or(answer <> '0/0'), bool_or(keyed) FROM answers GROUP BY question ORDER BY question;

\i :model/lib/end.sql
