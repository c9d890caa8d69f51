-- Rights on media.
CREATE TABLE media_right AS
    SELECT n, action::kroles.action
    FROM unnest('{view, edit, delete, publish, manage_collaborators, manage_moderators, manage_speakers,
                  transfer_ownership, contribute, manage, moderate}'::text[]) WITH ORDINALITY AS a (action, n);

CREATE FUNCTION ask_media(part text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO cell (part, line, block, col, content)
    SELECT part, action, p.role, short, x(kroles_can(person, action, 'media', media.id))
    FROM media JOIN person AS p ON p.id = person JOIN role AS r ON r.n = role_n, media_right AS a
    WHERE sort = 'plain' ORDER BY a.n, p.role, r.n
$$;
SELECT ask_media('media') AS done \gset
UPDATE kroles.settings SET chat_and_collaboration = false;
SELECT ask_media('module off') AS done \gset
UPDATE kroles.settings SET chat_and_collaboration = true;
INSERT INTO cell (part, line, block, col, content)
SELECT 'media administrator', action, '', split_part(sort, ' ', 1),
       x(array_agg(kroles_can(person, action, 'media', media.id)))
FROM media JOIN person AS p ON p.id = person, media_right AS a
WHERE sort <> 'plain' GROUP BY a.n, action, split_part(sort, ' ', 1) ORDER BY a.n, 4;

-- Media in a private space, by standing there. The rights that nobody has are one line.
INSERT INTO cell (part, line, block, col, content)
SELECT concat(kind, ' ', status), line, p.role, short, x(array_agg(kroles_can(person, action, 'media', item.id)))
FROM item JOIN space ON space.id = item.space JOIN type ON type.n = type_n AND type.type = 'private'
JOIN standing AS s ON s.n = standing_n JOIN person AS p ON p.id = person AND sort = 'plain', media_right AS a,
LATERAL (SELECT CASE WHEN action IN ('view', 'edit', 'contribute', 'moderate') THEN action::text
                     ELSE 'anything else' END) AS l (line)
GROUP BY kind, status, line, p.role, s.n, short
ORDER BY kind, status, array_position('{view, edit, contribute, moderate}', line), p.role, s.n;

-- Approved media in a space of each type, without any grant; anonymous with browsing off and on.
CREATE TABLE unrelated AS
    SELECT type.n AS t, concat(kind, ' ', type.type) AS type, status, p.role, p.id AS person, item.id
    FROM item JOIN space ON space.id = item.space JOIN type ON type.n = type_n
    JOIN person AS p ON p.id = person AND sort = 'plain' WHERE standing_n = 1;
CREATE TABLE browsing AS
    SELECT t, type, status, 1 AS n, 'anonymous, browsing off' AS who, kroles_can(NULL, 'view', 'media', id) AS can
    FROM unrelated WHERE role = 'viewer';
UPDATE kroles.settings SET allow_anonymous = true;
INSERT INTO browsing
SELECT t, type, status, 2, 'and on', kroles_can(NULL, 'view', 'media', id) FROM unrelated WHERE role = 'viewer';
UPDATE kroles.settings SET allow_anonymous = false;
INSERT INTO browsing
SELECT t, type, status, 1 + array_position(enum_range(NULL::kroles.applicative_role), role), role::text,
       kroles_can(person, 'view', 'media', id)
FROM unrelated;
INSERT INTO cell (part, line, block, col, content)
SELECT 'media by type', type, status, CASE status WHEN 'approved' THEN who ELSE 'everyone' END, x(array_agg(can))
FROM browsing GROUP BY t, type, status, 4 ORDER BY t, status = 'approved' DESC, status, min(n);
