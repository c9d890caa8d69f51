-- What the tables of screens are made from, and whether all answered alike.

CREATE OR REPLACE FUNCTION screens.show_time(seconds float8) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN seconds < 0.00001 THEN to_char(seconds * 1e3, 'FM0.0000') WHEN seconds < 0.001 THEN to_char(seconds * 1e3, 'FM0.000')
                WHEN seconds < 0.01 THEN to_char(seconds * 1e3, 'FM0.00') WHEN seconds < 0.1 THEN to_char(seconds * 1e3, 'FM990.0')
                ELSE to_char(seconds * 1e3, 'FM999,990') END
$$;
CREATE OR REPLACE FUNCTION screens.show_ratio(ratio float8) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN ratio < 10 THEN to_char(ratio, 'FM0.00') ELSE to_char(ratio, 'FM999,999,990') END
$$;

-- A line a screen and subject: medians in seconds, the goal and whether it is met.
CREATE OR REPLACE VIEW screens.figures AS
WITH medians AS (
    SELECT min(id) AS first, screen, subject, variant, bool_or(timed_out) AS cut, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS seconds
    FROM screens.results GROUP BY screen, subject, variant
), wanted AS (
    SELECT s.n, s.screen, s.unit, s.grows, w.subject, w.goal
    FROM screens.screens AS s, unnest('{typical,heavy,narrow,administrator,manager,50 people}'::text[], s.goals) AS w (subject, goal)
), lines AS (
    SELECT w.*, none.seconds AS none, plain.seconds AS plain, plain.cut AS plain_cut, kroles.seconds AS kroles, kroles.cut AS kroles_cut,
           kroles.seconds / none.seconds AS ratio,
           CASE w.unit WHEN 'x' THEN kroles.seconds / none.seconds WHEN 'ms' THEN kroles.seconds * 1e3
                       ELSE (kroles.seconds - none.seconds) * 1e3 END AS measured
    FROM wanted AS w
    JOIN medians AS kroles ON (kroles.screen, kroles.subject, kroles.variant) = (w.screen, w.subject, 'kroles')
    LEFT JOIN medians AS none ON (none.screen, none.subject, none.variant) = (w.screen, w.subject, 'none')
    LEFT JOIN medians AS plain ON (plain.screen, plain.subject, plain.variant) = (w.screen, w.subject, 'plain')
)
SELECT *, measured <= goal AND NOT kroles_cut AS met,
       CASE unit WHEN 'x' THEN goal || ' x' WHEN 'ms' THEN goal || ' ms' ELSE goal || ' ms more' END AS goal_text
FROM lines;


-- Answers: kroles and the plain policies show the same; so does what has the filter without policies, and all that an administrator asks.
CREATE OR REPLACE VIEW screens.differing AS
SELECT s.screen, k.subject, o.variant, k.answer AS kroles, o.answer AS other
FROM screens.answers AS k JOIN screens.answers AS o ON (o.n, o.subject) = (k.n, k.subject) AND k.variant = 'kroles'
JOIN screens.screens AS s ON s.n = k.n
WHERE o.answer <> k.answer AND (o.variant = 'plain' OR o.variant = 'none' AND (s.filtered OR k.subject = 'administrator'));
