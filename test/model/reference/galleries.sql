-- Sub-galleries: whose members and owners count where.
SELECT make_people() AS done \gset

-- Chains of three. On each level the people have nothing, a grant of their own, a group's, or person 2 is the owner.
CREATE TABLE level AS
    SELECT * FROM (VALUES (1, NULL, NULL, NULL), (2, 900002, NULL, NULL), (3, NULL, 'contributor', NULL),
                          (4, NULL, 'moderator', NULL), (5, NULL, NULL, 'contributor'), (6, NULL, NULL, 'manager'),
                          (7, NULL, 'member', 'manager')) AS level (n, owner, direct, one);
INSERT INTO plan (part, kind, type, owner, direct, one)
SELECT concat('chain ', a.n, b.n, c.n), 'gallery', 'private', l.owner, l.direct::kroles.contextual_role,
       l.one::kroles.contextual_role
FROM level AS a, level AS b, level AS c, unnest(ARRAY[a, b, c]) WITH ORDINALITY AS l (n, owner, direct, one, at)
ORDER BY a.n, b.n, c.n, at;
SELECT make_spaces() AS done \gset
-- plan's ids run through each chain: the root is 1 modulo 3
CREATE TABLE chain AS SELECT id, (id - 900001) % 3 AS depth FROM plan;
UPDATE kroles.spaces SET parent_id = spaces.id - 1 FROM chain WHERE chain.id = spaces.id AND depth > 0;
CREATE FUNCTION toggle(at integer) RETURNS void LANGUAGE sql AS $$
    UPDATE kroles.spaces SET inherits_members = NOT inherits_members FROM chain
    WHERE chain.id = spaces.id AND depth = at
$$;
CREATE TABLE grants_before AS SELECT * FROM kroles.space_members;

INSERT INTO ask SELECT u, 'gallery', id FROM chain, people(2) AS u WHERE u <> 0;
\set part '''galleries three deep, grants and owners on each level, every switch toggled'''
SELECT check_part(:part) AS done, toggle(2) \gset
SELECT check_part(:part) AS done, toggle(1) \gset
SELECT check_part(:part) AS done, toggle(2) \gset
SELECT check_part(:part) AS done, toggle(0) \gset
SELECT check_part(:part) AS done, toggle(2) \gset
SELECT check_part(:part) AS done, toggle(1) \gset
SELECT check_part(:part) AS done, toggle(2) \gset
SELECT check_part(:part) AS done \gset
-- toggling deletes and changes no grant
INSERT INTO difference
SELECT :part, lost::text, 'kept', 'lost' FROM (TABLE grants_before EXCEPT TABLE kroles.space_members) AS lost;
SELECT count_up(:part, 'grants kept', count(*)) AS done FROM grants_before \gset

-- Types are not inherited: every type on every level, every switch, and a role on the root.
CREATE TABLE typed AS
    SELECT row_number() OVER () AS n, types, role, switches FROM (
        SELECT ARRAY[a.type, b.type, c.type] AS types, role, switches
        FROM space_types AS a, space_types AS b, space_types AS c, roles, generate_series(0, 7) AS switches
        WHERE (a.kind, b.kind, c.kind) = ('gallery', 'gallery', 'gallery')
          AND (role IS NULL OR role IN ('member', 'contributor'))) AS every;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id, inherits_members)
SELECT 950000 + 3 * n + at, 'gallery', types[at]::kroles.space_type, 'typed', 900017,
       CASE WHEN at > 1 THEN 950000 + 3 * n + at - 1 END, (switches >> (at - 1)) & 1 = 1
FROM typed, generate_series(1, 3) AS at;
INSERT INTO kroles.space_members (space_id, user_id, role)
SELECT 950000 + 3 * n + 1, u, role FROM typed, people(4) AS u WHERE role IS NOT NULL AND u <> 0;
UPDATE kroles.settings SET allow_anonymous = true;
TRUNCATE ask;
INSERT INTO ask SELECT u, 'gallery', 950000 + 3 * n + at FROM typed, generate_series(1, 3) AS at, people(4) AS u;
SELECT check_part('galleries three deep, every type on every level') AS done \gset

-- Chains of seven with every setting of the switches, another grant and another owner on each level.
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id, inherits_members)
SELECT 970000 + 10 * switches + at, 'gallery', 'private', 'deep', 900000 + (at + 1) / 2,
       CASE WHEN at > 1 THEN 970000 + 10 * switches + at - 1 END, (switches >> (at - 1)) & 1 = 1
FROM generate_series(0, 127) AS switches, generate_series(1, 7) AS at;
INSERT INTO kroles.space_members (space_id, user_id, group_id, role)
SELECT 970000 + 10 * switches + at, u, g, role
FROM generate_series(0, 127) AS switches,
     (VALUES (1, 900005, NULL, 'member'), (2, 900001, NULL, 'contributor'), (3, 900003, NULL, 'moderator'),
             (4, NULL, 900001, 'manager'), (5, 900002, NULL, 'member'), (5, NULL, 900002, 'moderator'),
             (6, NULL, 900001, 'member'), (7, 900009, NULL, 'contributor')) AS g (at, u, g, role_name),
     LATERAL (SELECT role_name::kroles.contextual_role AS role) AS r;
TRUNCATE ask;
INSERT INTO ask SELECT u, 'gallery', 970000 + 10 * switches + at
FROM generate_series(0, 127) AS switches, generate_series(1, 7) AS at, people(9) AS u
WHERE u NOT IN (900006, 900007, 900008);
SELECT check_part('galleries seven deep, every setting of the switches') AS done \gset
-- and each chain taken apart in the middle, its lower half put under the root of the next
UPDATE kroles.spaces SET parent_id = 970000 + 10 * switches + 1
FROM generate_series(1, 127) AS switches WHERE id = 970000 + 10 * (switches - 1) + 4;
SELECT check_part('the same after moving sub-galleries') AS done \gset
