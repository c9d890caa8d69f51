-- A second check of every answer, independent of the extension: the rules are typed in once more as plain tables
-- (reference/rules*.sql), every combination of what they depend on is made, the extension is asked about each, and
-- its answers are compared with what the tables say. Nothing here reads the extension's matrices.
\set ECHO none
\set QUIET on
\getenv here PG_ABS_SRCDIR
\if :{?here}
\else
    \set here .
\endif
\set here :here '/sql/reference'
SET client_min_messages = warning;
SET jit = off;
CREATE EXTENSION IF NOT EXISTS kroles;
\pset tuples_only on
\pset format unaligned
\set asked 0
\set different 0
\i :here/rules.sql
\i :here/rules_rooms.sql
\i :here/answers.sql
\i :here/answers_rooms.sql
\i :here/worlds.sql

\echo
\echo The extension against a plain restatement of the rules. A line a part: how many questions were put to each function
\echo (kroles_can, kroles_rights, kroles_role, kroles_can_publish, and what else the part tries) and how many answers differ.
\echo
SELECT format('%-77s %8s %7s %7s %12s %6s %11s', 'part', 'can', 'rights', 'role', 'can_publish', 'other', 'differences');

-- parts that fill a transaction, ask in it and roll it back
BEGIN;
\i :here/spaces.sql
\i :here/report.sql
ROLLBACK;
BEGIN;
\i :here/galleries.sql
\i :here/report.sql
ROLLBACK;
BEGIN;
\i :here/media.sql
\i :here/report.sql
ROLLBACK;
BEGIN;
\i :here/published.sql
\i :here/report.sql
ROLLBACK;
BEGIN;
\i :here/events.sql
\i :here/report.sql
ROLLBACK;
BEGIN;
\i :here/rooms.sql
\i :here/report.sql
ROLLBACK;
BEGIN;
\i :here/publish.sql
\i :here/report.sql
ROLLBACK;
BEGIN;
\i :here/acts.sql
\i :here/report.sql
ROLLBACK;
BEGIN;
\i :here/absent.sql
\i :here/report.sql
ROLLBACK;

-- parts that commit: 60 people, 8 groups, 40 spaces and 200 media at random
\i :here/random.sql
\i :here/person.sql
\i :here/report.sql

\echo
SELECT format('%s combinations, %s differences', :asked, :different);

-- leave nothing behind
SELECT kroles_distrust_gateway('regress_kroles_reference') AS done \gset
UPDATE kroles.settings SET allow_anonymous = false, chat_and_collaboration = true;
DELETE FROM kroles.media WHERE id > 900000;
DELETE FROM kroles.spaces WHERE id > 900000;
DELETE FROM kroles.users WHERE id > 900000;
DELETE FROM kroles.groups WHERE id > 900000;
DROP OWNED BY regress_kroles_reference;
DROP ROLE regress_kroles_reference;
DROP SCHEMA reference CASCADE;
