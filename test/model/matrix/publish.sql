-- Publishing.

-- Into private spaces, by standing there and role on the media.
INSERT INTO cell (part, line, block, col, content)
SELECT 'publish ' || kind, r.role, p.role, s.short, x(kroles_can_publish(media.id, space.id, p.id))
FROM person AS p JOIN media ON media.person = p.id JOIN role AS r ON r.n = role_n
JOIN space ON space.person = p.id AND NOT moderated JOIN type AS t ON t.n = type_n
JOIN standing AS s ON s.n = standing_n
WHERE sort = 'plain' AND t.type = 'private'
ORDER BY kind, r.n, p.role, standing_n;

-- One's own media without a grant, by type.
INSERT INTO cell (part, line, block, col, content)
SELECT 'publish by type', concat(kind, ' ', t.type), '',
       CASE sort WHEN 'plain' THEN p.role::text ELSE split_part(sort, ' ', 1) END,
       x(array_agg(kroles_can_publish(media.id, space.id, p.id)))
FROM person AS p JOIN media ON media.person = p.id JOIN role AS r ON r.n = role_n AND r.role = 'owner'
JOIN space ON space.person = p.id AND NOT moderated AND standing_n = 1 JOIN type AS t ON t.n = type_n
GROUP BY t.n, kind, t.type, 4 ORDER BY t.n, min(CASE sort WHEN 'plain' THEN p.id - 100 ELSE p.id END);

-- What is in a repository or another channel where one is a member, published where one is a contributor.
INSERT INTO cell (part, line, block, col, content)
SELECT 'republish', concat(status, ' in a ', o.type, ' channel'), p.role, 'into a ' || t.kind,
       x(kroles_can_publish(item.id, target.id, p.id))
FROM item JOIN space AS origin ON origin.id = item.space AND origin.standing_n = 2
JOIN type AS o ON o.n = origin.type_n AND o.kind = 'channel' AND o.type IN ('shared_repository', 'private')
JOIN person AS p ON p.id = origin.person AND sort = 'plain'
JOIN space AS target ON target.person = p.id AND target.standing_n = 3 AND NOT target.moderated
JOIN type AS t ON t.n = target.type_n AND t.type = 'private'
ORDER BY o.type DESC, status = 'approved' DESC, status, p.role, t.kind;

-- The status that one's own media would get, asked by each person through a trusted gateway.
CREATE TABLE asker AS SELECT id, login, role FROM person JOIN kroles.users USING (id) WHERE sort = 'plain';
CREATE FUNCTION ask_status() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    me record;
BEGIN
    FOR me IN SELECT * FROM asker ORDER BY id LOOP
        PERFORM set_config('kroles.user', me.login, true);
        INSERT INTO cell (part, line, block, col, content)
        SELECT 'status', me.role, CASE WHEN moderated THEN 'moderated' ELSE 'not moderated' END, s.standing,
               coalesce(kroles_publication_status(media.id, space.id)::text, '')
        FROM space JOIN type AS t ON t.n = type_n JOIN standing AS s ON s.n = standing_n
        JOIN media ON media.person = space.person AND role_n = 2
        WHERE space.person = me.id AND (t.kind, t.type) = ('channel', 'private')
        ORDER BY moderated, s.n;
    END LOOP;
END $$;
CREATE ROLE regress_kroles_matrix LOGIN;
SELECT kroles_trust_gateway('regress_kroles_matrix') AS done \gset
GRANT USAGE ON SCHEMA matrix TO regress_kroles_matrix;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA matrix TO regress_kroles_matrix;
SET SESSION AUTHORIZATION regress_kroles_matrix;
SELECT ask_status() AS done \gset
RESET SESSION AUTHORIZATION;
