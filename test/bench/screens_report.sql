-- The screens of one subject.

\set title 'Screens of ' :subject ': milliseconds (medians), beside the same without row-level security and under plain policies'
\pset footer off
\pset null ''
\pset title :title
SELECT screen, screens.show_time(none) AS "no RLS, ms",
       CASE WHEN plain_cut THEN '> ' ELSE '' END || screens.show_ratio(plain / none) AS "plain policy, x",
       CASE WHEN kroles_cut THEN '> ' ELSE '' END || screens.show_time(kroles) AS "kroles, ms", screens.show_ratio(ratio) AS "x",
       goal_text AS goal, CASE WHEN met THEN 'ok' WHEN NOT met THEN 'MISS' END AS " "
FROM screens.figures WHERE subject = :'subject' ORDER BY n;
