-- The screens beside those of an earlier run, on a smaller portal: how their cost has grown. Counts are left out.

CREATE TEMP TABLE before (screen text, subject text, none float8, kroles float8);
\set copy '\\copy before FROM ' :'file' ' csv'
:copy
\pset footer off
\pset title 'Beside the earlier run: milliseconds, and the growth'
SELECT f.screen, f.subject, screens.show_time(b.none) AS "no RLS then", screens.show_time(f.none) AS "now", screens.show_time(b.kroles) AS "kroles then",
       screens.show_time(f.kroles) AS "now ", screens.show_ratio(f.kroles / b.kroles) AS "x", '1.3 x' AS goal,
       CASE WHEN f.kroles / b.kroles <= 1.3 THEN 'ok' ELSE 'MISS' END AS " "
FROM screens.figures AS f JOIN before AS b USING (screen, subject)
WHERE NOT f.grows ORDER BY array_position('{typical,heavy,narrow,administrator,manager,50 people}', f.subject), f.n;
