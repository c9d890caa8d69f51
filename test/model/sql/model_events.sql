-- Rooms and events in random worlds: what every function answers and which rows each person reaches, compared with a plain
-- restatement of the rules (rules/), also while people are in rooms.
\set ECHO none
\set QUIET on
\getenv model PG_ABS_SRCDIR
\i :model/lib/start.sql
\set summary compared
\set schema reference
\i :model/rules/rules.sql
\i :model/lib/pick.sql
\i :model/rules/rows.sql
\i :model/lib/acts.sql
\i :model/model_events/world.sql
\i :model/model_events/turn.sql
\i :model/model_events/people.sql
\i :model/model_events/compare.sql
\i :model/rules/rows_rooms.sql
\i :model/lib/role.sql

\echo
\echo Questions put to each function, by the superuser and by everybody in a session of their own, and how many answers differ
SELECT format('%-36s %7s %7s %6s %8s %8s %7s %7s %10s', 'world', 'can', 'rights', 'list', 'who_can', 'explain', 'people', 'rooms', 'different');
\set seed 1
\i :model/model_events/one.sql
\set seed 2
\i :model/model_events/one.sql
\set seed 3
\i :model/model_events/one.sql
\echo
SELECT format('%s compared, %s different', :asked, :different);
\echo
\echo What there was to find
SELECT format('%-8s %9s %9s', 'kind', 'asked', 'allowed');
TABLE found_share;

\i :model/lib/end.sql
