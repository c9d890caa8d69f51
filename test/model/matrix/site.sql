-- Site rights.
UPDATE kroles.settings SET allow_anonymous = true;
INSERT INTO cell (part, line, block, col, content)
SELECT 'site', action, '', who, x(array_agg(kroles_can(person, action::kroles.action, 'site', NULL)))
FROM unnest('{upload, create_event, create_channel, create_gallery, administer}'::text[]) WITH ORDINALITY AS a (action, n),
     (SELECT 0 AS at, NULL::bigint AS person, 'anonymous' AS who
      UNION ALL SELECT CASE sort WHEN 'plain' THEN id WHEN 'administrator' THEN 900001 ELSE 900002 END, id,
                       CASE sort WHEN 'plain' THEN role::text WHEN 'administrator' THEN sort ELSE 'blocked' END
      FROM person) AS p
GROUP BY a.n, action, at, who
ORDER BY a.n, at;
UPDATE kroles.settings SET allow_anonymous = false;
