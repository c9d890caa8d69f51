-- The screens of all subjects in one table, in Markdown.

\pset null ''
\t on
\pset format unaligned
\echo '| screen | goal | without RLS, ms | typical | heavy | narrow | administrator | plain policies, typical |'
\echo '|---|---|---|---|---|---|---|---|'
SELECT format('| %s | %s | %s | %s | %s | %s | %s | %s |', screen, coalesce(string_agg(DISTINCT goal_text, ' / '), ''),
       screens.show_time(max(none) FILTER (WHERE place = 1)),
       max(cell) FILTER (WHERE subject IN ('typical', '50 people')), max(cell) FILTER (WHERE subject = 'heavy'),
       max(cell) FILTER (WHERE subject = 'narrow'),
       coalesce(max(cell) FILTER (WHERE subject = 'administrator'), max(cell) FILTER (WHERE subject = 'manager')),
       max(CASE WHEN plain_cut THEN '> ' ELSE '' END || screens.show_ratio(plain / none) || ' x') FILTER (WHERE subject = 'typical'))
FROM (SELECT *, row_number() OVER (PARTITION BY n ORDER BY array_position('{typical,heavy,narrow,administrator,manager,50 people}', subject)) AS place,
             CASE WHEN kroles_cut THEN '> ' ELSE '' END || CASE unit WHEN 'x' THEN screens.show_ratio(ratio) || ' x'
                       WHEN 'ms' THEN screens.show_time(kroles) || ' ms' ELSE screens.show_time(kroles - none) || ' ms more' END
             || CASE WHEN NOT met THEN ' **miss**' ELSE '' END AS cell
      FROM screens.figures) AS f
GROUP BY n, screen ORDER BY n;
