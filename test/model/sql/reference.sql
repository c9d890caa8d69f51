-- A second check of every answer, independent of the extension: the rules are typed in once more as plain tables
-- (rules/), every combination of what they depend on is made, the extension is asked about each, and
-- its answers are compared with what the tables say. Nothing here reads the extension's matrices.
\set ECHO none
\set QUIET on
\getenv model PG_ABS_SRCDIR
\i :model/lib/start.sql
\set summary report
\i :model/rules/rules.sql
\i :model/reference/worlds.sql

\echo
\echo The extension against a plain restatement of the rules. A line a part: how many questions were put to each function
\echo (kroles_can, kroles_rights, kroles_role, kroles_can_publish, and what else the part tries) and how many answers differ.
\echo
SELECT format('%-77s %8s %7s %7s %12s %6s %11s', 'part', 'can', 'rights', 'role', 'can_publish', 'other', 'differences');

-- parts that fill a transaction, ask in it and roll it back
BEGIN;
\i :model/reference/spaces.sql
\i :model/lib/report.sql
ROLLBACK;
BEGIN;
\i :model/reference/galleries.sql
\i :model/lib/report.sql
ROLLBACK;
BEGIN;
\i :model/reference/media.sql
\i :model/lib/report.sql
ROLLBACK;
BEGIN;
\i :model/reference/published.sql
\i :model/lib/report.sql
ROLLBACK;
BEGIN;
\i :model/reference/events.sql
\i :model/lib/report.sql
ROLLBACK;
BEGIN;
\i :model/reference/rooms.sql
\i :model/lib/report.sql
ROLLBACK;
BEGIN;
\i :model/reference/publish.sql
\i :model/lib/report.sql
ROLLBACK;
BEGIN;
\i :model/reference/acts.sql
\i :model/lib/report.sql
ROLLBACK;
BEGIN;
\i :model/reference/windows.sql
\i :model/lib/report.sql
ROLLBACK;
BEGIN;
\i :model/reference/absent.sql
\i :model/lib/report.sql
ROLLBACK;

-- parts that commit: 60 people, 8 groups, 40 spaces and 200 media at random
\i :model/reference/random.sql
\i :model/reference/person.sql
\i :model/lib/report.sql

\echo
SELECT format('%s combinations, %s differences', :asked, :different);

\set schema reference
\i :model/lib/end.sql
