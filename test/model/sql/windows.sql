-- Windows that open and close while people ask: rights, lists, rows and stays in rooms, compared with the rules (rules/) statement
-- by statement, each of its own time. How many windows have passed when a statement begins depends on the machine, and no number
-- printed here does.
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
\i :model/windows/ask.sql
\i :model/windows/move.sql
\i :model/lib/role.sql

SELECT FROM make_world('4');
SELECT FROM choose_sample(16);
INSERT INTO pool TABLE sample;
\echo
\echo Questions put to each function, and how many answers differ
SELECT format('%-36s %7s %7s %6s %8s %8s %7s %7s %10s', 'world', 'can', 'rights', 'list', 'who_can', 'explain', 'people', 'rooms', 'different');

-- people join while windows stand still; hosts and moderators also where the room is not there for others
\set part 'people join'
SELECT FROM answer_everything();
SELECT FROM plan_joins('1');
\i :model/model_events/attempts.sql
SELECT begin_stays(array_agg(me), array_agg(room)) AS done FROM attempt WHERE reference LIKE '{%' \gset
SELECT FROM compare_stays(:'part');
\i :model/lib/report.sql

\set part 'when they have moved'
SELECT FROM move_and_ask(:'part');
CREATE TABLE first_answer AS TABLE answer;
SELECT count(*) AS first_stays FROM stay \gset
\i :model/lib/report.sql
\set part 'while they open and close'
SELECT format('SELECT FROM wait(%s)', n * 10), format('SELECT FROM ask_at_once(%L, %s)', :'part', n) FROM generate_series(1, 8) AS n \gexec
\i :model/lib/report.sql
\set part 'when all have passed'
SELECT FROM wait(102);
SELECT FROM ask_at_once(:'part');
CREATE TABLE last_answer AS TABLE answer;
SELECT count(*) AS last_stays FROM stay \gset
\i :model/lib/report.sql

-- stays that ended do not begin again when the media is there again; the others end when it is moved away
\set part 'there again'
SELECT FROM reopen_media();
SELECT FROM ask_at_once(:'part');
\i :model/lib/report.sql
\set part 'moved away'
SELECT FROM close_media();
SELECT FROM ask_at_once(:'part');
\i :model/lib/report.sql
\set part 'people join where it is left to them'
SELECT FROM answer_everything();
SELECT FROM plan_joins('2');
\i :model/model_events/attempts.sql
SELECT begin_stays(array_agg(me), array_agg(room)) AS done FROM attempt WHERE reference LIKE '{%' \gset
SELECT FROM compare_stays(:'part');
\i :model/lib/report.sql

\echo
SELECT format('%s compared, %s different', :asked, :different);
\echo
\echo What the time between first and last gave and took, for the rules
SELECT format('%-8s %9s %9s', 'kind', 'opened', 'closed');
SELECT format('%-8s %9s %9s', kind, count(*) FILTER (WHERE l.allowed AND NOT f.allowed), count(*) FILTER (WHERE f.allowed AND NOT l.allowed))
FROM first_answer AS f JOIN last_answer AS l USING (user_id, kind, id, action) GROUP BY kind ORDER BY kind COLLATE "C";
SELECT format('%-8s %9s %9s', 'stays', 0, :first_stays - :last_stays);

\i :model/lib/end.sql
