-- One effective role of a person in a space, told for a plain private_only person.
CREATE TABLE grant_kind AS
    SELECT * FROM (VALUES (1, 'none', NULL, NULL), (2, 'member', 'member', NULL), (3, 'contributor', 'contributor', NULL),
                          (4, 'moderator', 'moderator', NULL), (5, 'manager', 'manager', NULL),
                          (6, 'manager until tomorrow', 'manager', 'tomorrow'),
                          (7, 'manager until yesterday', 'manager', 'yesterday')) AS g (n, name, role, until);
CREATE TABLE pair AS
    SELECT 830000 + row_number() OVER (ORDER BY part, a.n, b.n) AS id, part, a.n AS a, b.n AS b
    FROM unnest('{direct, groups}'::text[]) AS part, grant_kind AS a, grant_kind AS b;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) SELECT id, 'channel', 'private', 'matrix', 800099 FROM pair;
INSERT INTO kroles.space_members (space_id, user_id, group_id, role, expires_at)
SELECT pair.id, CASE part WHEN 'direct' THEN 800014 END, CASE part WHEN 'groups' THEN 800001 END,
       role::kroles.contextual_role, until::timestamptz
FROM pair JOIN grant_kind AS g ON g.n = a WHERE role IS NOT NULL
UNION ALL
SELECT pair.id, NULL, 800002, role::kroles.contextual_role, until::timestamptz
FROM pair JOIN grant_kind AS g ON g.n = b WHERE role IS NOT NULL;
INSERT INTO cell (part, line, block, col, content)
SELECT part, one.name, '', other.name, effective(800014, 'channel', id)
FROM pair JOIN grant_kind AS one ON one.n = a JOIN grant_kind AS other ON other.n = b ORDER BY pair.id;

-- Galleries three deep, each with its own owner: 800101 to 800103; 800014 has a grant on each.
INSERT INTO kroles.users (id, login, applicative_role)
SELECT 800100 + n, 'matrix owner ' || n, 'private_only' FROM generate_series(1, 3) AS n;
CREATE TABLE nest AS
    SELECT switches, depth, 840000 + 10 * switches + depth AS id
    FROM generate_series(0, 7) AS switches, generate_series(1, 3) AS depth;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id, inherits_members)
SELECT id, 'gallery', 'private', 'matrix', 800100 + depth, CASE WHEN depth > 1 THEN id - 1 END,
       (switches >> (3 - depth)) & 1 = 1
FROM nest;
INSERT INTO kroles.space_members (space_id, user_id, role)
SELECT id, 800014, ('{contributor, moderator, member}'::kroles.contextual_role[])[depth] FROM nest;
INSERT INTO cell (part, line, block, col, content)
SELECT 'inheritance', CASE switches WHEN 0 THEN 'none inherits' ELSE concat_ws(', ', CASE WHEN switches & 4 > 0 THEN 'first' END,
                          CASE WHEN switches & 2 > 0 THEN 'second' END, CASE WHEN switches & 1 > 0 THEN 'third' END) END,
       who, ('{first, second, third}'::text[])[depth], effective(person, 'gallery', nest.id)
FROM nest, (VALUES (800014, 'the person'), (800101, 'owner of the first'), (800102, 'owner of the second'),
                   (800103, 'owner of the third')) AS p (person, who)
ORDER BY switches, person, depth;
