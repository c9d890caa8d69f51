-- The tables of figures. First the one that compares: medians, as multiples of the same without row-level security.

CREATE OR REPLACE FUNCTION bench.show_time(seconds float8) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN seconds < 0.001 THEN to_char(seconds * 1e6, 'FM99990.0') || ' us'
                WHEN seconds < 10 THEN to_char(seconds * 1e3, 'FM99990.00') || ' ms'
                ELSE to_char(seconds, 'FM99990.0') || ' s' END
$$;

CREATE OR REPLACE FUNCTION bench.show_ratio(ratio float8, at_least boolean) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN at_least THEN '> ' ELSE '' END
           || CASE WHEN ratio < 10 THEN to_char(ratio, 'FM0.00') ELSE to_char(ratio, 'FM999,999,990') END
$$;

-- One line a run, whichever way it was measured; the goals are ratios, but for kroles_can, whose goal is a time.
CREATE OR REPLACE VIEW bench.runs AS
SELECT id, question, subject, variant, seconds, goal, timed_out FROM bench.results
UNION ALL
SELECT 1000000 + id, CASE WHEN section = 'writes' THEN what ELSE format('%s kroles_can, %s', calls, what) END,
       CASE WHEN section = 'writes' THEN 'producer' ELSE subject END, variant,
       CASE WHEN section = 'writes' THEN seconds / calls ELSE seconds END, CASE section WHEN 'writes' THEN goal END, false
FROM (SELECT id, section, what, subject, calls, 'kroles' AS variant, seconds, goal FROM bench.samples
      UNION ALL SELECT id, section, what, subject, calls, 'none', floor, goal FROM bench.samples) AS s
WHERE section = 'writes' AND subject = CASE WHEN what ~ 'publi' THEN 'keyed' ELSE 'plain' END OR section = 'many objects' AND what LIKE '%media%';

\pset footer off
\pset null ''
\pset title 'The same without row-level security, under the usual policies and with kroles: multiples of the first (medians)'
WITH medians AS (
    SELECT min(id) AS first, question, subject, variant, bool_or(timed_out) AS timed_out, max(goal) AS goal,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS seconds
    FROM bench.runs GROUP BY question, subject, variant
), ratios AS (
    SELECT m.*, none.first AS place, none.seconds AS base, m.seconds / none.seconds AS ratio
    FROM medians AS m JOIN medians AS none ON (none.question, none.subject, none.variant) = (m.question, m.subject, 'none')
), lines AS (
    SELECT min(place) AS place, question, subject, min(base) AS base,
           max(bench.show_ratio(ratio, timed_out)) FILTER (WHERE variant = 'plpgsql') AS plpgsql,
           max(bench.show_ratio(ratio, timed_out)) FILTER (WHERE variant = 'exists') AS exists,
           max(bench.show_ratio(ratio, timed_out)) FILTER (WHERE variant = 'any') AS any,
           max(seconds) FILTER (WHERE variant = 'kroles') AS seconds,
           max(ratio) FILTER (WHERE variant = 'kroles') AS ratio, max(goal) AS goal
    FROM ratios GROUP BY question, subject
)
SELECT question, subject, bench.show_time(base) AS "no RLS", plpgsql, exists AS "EXISTS", "any" AS "= ANY",
       bench.show_time(seconds) AS kroles, bench.show_ratio(ratio, false) AS "x",
       CASE WHEN question LIKE '1000000 kroles_can, 1,000%' THEN '< 500 ms' ELSE '<= ' || goal END AS goal,
       CASE WHEN question LIKE '1000000 kroles_can, 1,000%' THEN CASE WHEN seconds < 0.5 THEN 'ok' ELSE 'miss' END
            WHEN ratio <= goal THEN 'ok' WHEN ratio > goal THEN 'miss' END AS " "
FROM lines ORDER BY place;

SELECT to_regclass('bench.plans') IS NOT NULL AS plans, to_regclass('bench.changes') IS NOT NULL AS changes,
       to_regclass('bench.answers') IS NOT NULL AS answers,
       to_regclass('kroles.media_name_trigrams') IS NULL AS no_trigrams \gset
\if :no_trigrams
    \echo 'pg_trgm is not available here: the search by trigrams is left out.\n'
\endif

\if :plans
\pset title 'Plans made for one person and executed for another: times of kroles (medians), beside those without row-level security'
WITH medians AS (
    SELECT min(id) AS first, question, subject, variant, made_for,
           bench.show_time(percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)) AS t
    FROM bench.plans GROUP BY question, subject, variant, made_for
)
SELECT question, subject AS "asked by", max(t) FILTER (WHERE variant = 'none' AND made_for = 'custom') AS "no RLS, custom",
       max(t) FILTER (WHERE variant = 'none' AND made_for <> 'custom') AS "no RLS, generic",
       max(t) FILTER (WHERE variant = 'kroles' AND made_for = 'custom') AS "custom",
       max(t) FILTER (WHERE variant = 'kroles' AND made_for = 'typical') AS "made for typical",
       max(t) FILTER (WHERE variant = 'kroles' AND made_for = 'heavy') AS "for heavy",
       max(t) FILTER (WHERE variant = 'kroles' AND made_for = 'narrow') AS "for narrow"
FROM medians GROUP BY question, subject ORDER BY min(first);
\endif

\if :changes
\pset title 'What a change writes: medians of its time and its WAL, and the rows of kroles.media that were written'
SELECT change, variant, bench.show_time(percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)) AS time,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY wal) AS "WAL bytes", max(media) AS "media rows"
FROM bench.changes GROUP BY change, variant ORDER BY min(id);
\endif

CREATE OR REPLACE FUNCTION bench.show(us float8) RETURNS text
LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN abs(us) < 10 THEN round(us::numeric, 3) WHEN abs(us) < 1000 THEN round(us::numeric, 1) ELSE round(us::numeric) END::text $$;

\pset title 'Questions: microseconds a call above the floor (median, least .. most of the runs), the floor itself, and the whole as a multiple of it'
WITH figures AS (
    SELECT min(id) AS first, section, what, subject, calls, goal,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY (seconds - floor) / calls) * 1e6 AS us,
           min((seconds - floor) / calls) * 1e6 AS least,
           max((seconds - floor) / calls) * 1e6 AS most,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY floor / calls) * 1e6 AS floor,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds / floor) AS ratio
    FROM bench.samples WHERE section <> 'writes' GROUP BY section, what, subject, calls, goal
)
SELECT section, what AS question, subject, calls,
       bench.show(us) AS "us a call", bench.show(least) || ' .. ' || bench.show(most) AS "least .. most",
       bench.show(floor) AS floor, round(ratio::numeric, 1) || ' x' AS ratio,
       coalesce('< ' || goal, '') AS goal,
       CASE WHEN us < goal THEN 'ok' WHEN us >= goal THEN 'miss' ELSE '' END AS " "
FROM figures ORDER BY first;

\pset title 'Writes: microseconds each, beside the same on a copy of the table with the same indexes (plain) and with foreign keys too (keyed)'
WITH figures AS (
    SELECT min(id) AS first, what, subject, calls, goal,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds / calls) * 1e6 AS us,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY floor / calls) * 1e6 AS floor,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds / floor) AS ratio,
           min(seconds / floor) AS least, max(seconds / floor) AS most
    FROM bench.samples WHERE section = 'writes' GROUP BY what, subject, calls, goal
)
SELECT what AS write, calls, bench.show(us) AS "us each", subject AS "beside", bench.show(floor) AS "its us",
       round(ratio::numeric, 2) || ' x' AS ratio, round(least::numeric, 2) || ' .. ' || round(most::numeric, 2) AS "least .. most",
       coalesce('< ' || goal || ' x', '') AS goal,
       CASE WHEN ratio < goal THEN 'ok' WHEN ratio >= goal THEN 'miss' ELSE '' END AS " "
FROM figures ORDER BY first;

\pset title 'Memory of the caches in one backend, after'
SELECT session AS after, pg_size_pretty(max(bytes)) AS allocated, pg_size_pretty(max(used)) AS used
FROM bench.memory GROUP BY session ORDER BY min(id);

\if :answers
\pset title 'What each subject sees, and what the searches find of it'
SELECT subject, count(*) AS "media seen", (
    SELECT string_agg(format('%s: %s', question, r.answer), ', ' ORDER BY n)
    FROM (SELECT DISTINCT question, subject, answer FROM bench.results WHERE variant = 'kroles') AS r
    JOIN bench.queries AS q USING (question)
    WHERE r.subject = seen.subject AND (question LIKE 'full-text%' OR question LIKE 'trigram%')) AS found
FROM bench.seen GROUP BY subject ORDER BY 2 DESC;
CREATE TEMP VIEW differing AS
SELECT question, a.subject, a.variant, split_part(e.answer, E'\n', 1) AS expected, split_part(a.answer, E'\n', 1) AS answered
FROM bench.answers AS a JOIN bench.answers AS e ON (e.query, e.subject, e.variant) = (a.query, a.subject, 'expected')
JOIN bench.queries AS q ON q.n = a.query
WHERE a.answer <> e.answer
UNION ALL
SELECT DISTINCT question, r.subject, r.variant, split_part(e.answer, ' ', 1), r.answer::text
FROM bench.results AS r JOIN bench.queries AS q USING (question)
JOIN bench.answers AS e ON (e.query, e.subject, e.variant) = (q.n, r.subject, 'expected')
WHERE r.variant <> 'none' AND r.answer::text <> split_part(e.answer, ' ', 1);
\pset title 'Answers that differ'
SELECT count(*) > 0 AS differ FROM differing \gset
\if :differ
SELECT * FROM differing;
DO $$ BEGIN RAISE 'kroles and the policies do not answer alike: the figures mean nothing'; END $$;
\endif
SELECT format('All alike: %s sums over ids and %s counts compared', (SELECT count(*) FROM bench.answers WHERE variant <> 'expected'),
    (SELECT count(*) FROM bench.results WHERE variant <> 'none' AND answer IS NOT NULL)) AS alike \gset
\echo :alike
\endif
