-- The table of figures: medians, with the least and the most of the runs.

CREATE OR REPLACE FUNCTION bench.show(us float8) RETURNS text
LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN abs(us) < 10 THEN round(us::numeric, 3) WHEN abs(us) < 1000 THEN round(us::numeric, 1) ELSE round(us::numeric) END::text $$;

\pset footer off
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
