-- Rights in spaces: every right of the kind, by type, applicative role and standing.
CREATE TABLE space_right AS
    SELECT 'channel'::kroles.object_kind AS kind, n, action::kroles.action
    FROM unnest('{view, contribute, moderate, edit_contributions, delete_contributions, manage, manage_members, organize,
                  view_analytics, delete, join_room, start_room, share}'::text[]) WITH ORDINALITY AS a (action, n)
    UNION ALL
    SELECT 'gallery', n, action::kroles.action
    FROM unnest('{view, contribute, moderate, delete_contributions, manage, manage_members, view_analytics,
                  create_subgallery, delete, share}'::text[]) WITH ORDINALITY AS a (action, n);
CREATE TABLE space_answer AS
    SELECT t.n AS t, kind, t.type, s.n AS s, short, p.role, p.sort, a.n AS a, action,
           kroles_can(person, action, kind, space.id) AS can
    FROM space JOIN type AS t ON t.n = type_n
    JOIN standing AS s ON s.n = standing_n JOIN person AS p ON p.id = person JOIN space_right AS a USING (kind)
    WHERE NOT moderated;

INSERT INTO cell (part, line, block, col, content)
SELECT kind || ' ' || type, action, role, short, x(can) FROM space_answer WHERE sort = 'plain' ORDER BY t, a, role, s;
INSERT INTO cell (part, line, block, col, content)
SELECT 'administrator ' || kind, action, '', type, x(array_agg(can))
FROM space_answer WHERE sort = 'administrator' GROUP BY kind, type, action, a, t ORDER BY a, t;
INSERT INTO cell (part, line, block, col, content)
SELECT 'blocked ' || kind, action, '', type, x(array_agg(can))
FROM space_answer WHERE sort LIKE 'blocked%' GROUP BY kind, type, action, a, t ORDER BY a, t;

-- Anonymous, with anonymous browsing off and on.
CREATE FUNCTION ask_anonymous(what text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO cell (part, line, block, col, content)
    SELECT 'anonymous', kind || ' ' || type, what, CASE action WHEN 'view' THEN 'view' ELSE 'anything else' END,
           x(array_agg(kroles_can(NULL, action, kind, space.id)))
    FROM space JOIN type ON type.n = type_n JOIN space_right USING (kind)
    WHERE person = 800001 AND standing_n = 1
    GROUP BY type.n, kind, type.type, 4 ORDER BY type.n, 4 DESC
$$;
SELECT ask_anonymous('browsing off') AS done \gset
UPDATE kroles.settings SET allow_anonymous = true;
SELECT ask_anonymous('browsing on') AS done \gset
UPDATE kroles.settings SET allow_anonymous = false;
