-- Robustness: nested galleries, as deep as they may be and deeper, and attempted cycles.
\set name attack_code_galleries
\ir lib/portal.psql
SELECT * FROM no_plan();
SELECT attack.login('operator', current_user), attack.login('eve', 'attack_app',
    '-c statement_timeout=10000 -c kroles.token=' || attack.token('eve'));

-- From 1000, the root, down to 1031, the deepest there may be. All inherit their members; the owner of the root and olga own them all.
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id, inherits_members)
SELECT n, 'gallery', 'private', 'level ' || n, 2, nullif(n - 1, 999), n > 1000 FROM generate_series(1000, 1031) AS n;
SELECT attack.control('f', attack.says('eve', 'SELECT kroles_can(''view'', ''gallery'', 1031)'),
    'eve may not view the deepest');
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1000, 3, 'manager');
SELECT attack.attempt('t', attack.says('eve', 'SELECT kroles_can(''manage'', ''gallery'', 1031)'),
    'a manager of the root manages the deepest');
SELECT attack.attempt('32', attack.says('eve', 'SELECT count(*) FROM kroles.spaces WHERE id BETWEEN 1000 AND 1031'),
    'and sees them all');
INSERT INTO kroles.media (id, name, owner_id) VALUES (2000, 'deep', 2);
INSERT INTO kroles.publications (media_id, space_id) VALUES (2000, 1031);
SELECT attack.attempt('t', attack.says('eve', 'SELECT kroles_can(''view'', ''media'', 2000)'),
    'and the media in the deepest');
UPDATE kroles.spaces SET inherits_members = false WHERE id = 1015;
SELECT attack.attempt('f', attack.says('eve', 'SELECT kroles_can(''view'', ''gallery'', 1031)'),
    'but not when one in the middle stops inheriting'),
       attack.control('t', attack.says('eve', 'SELECT kroles_can(''view'', ''gallery'', 1014)'), 'those above still');
INSERT INTO kroles.space_members (space_id, user_id, role, expires_at) VALUES (1015, 3, 'member', '-infinity');
SELECT attack.attempt('f', attack.says('eve', 'SELECT kroles_can(''view'', ''gallery'', 1031)'),
    'nor with a grant there that has expired');
UPDATE kroles.spaces SET inherits_members = true WHERE id = 1015;
SELECT attack.attempt('f', attack.says('operator', 'SELECT kroles_can(4, ''view'', ''gallery'', 1031)'),
    'a member whose grant is on one that inherits')
FROM (SELECT attack.says('operator', 'INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1020, 4, ''manager'')')) AS grants;

-- ---- Cycles ----
SELECT attack.attempt(expected, attack.says('operator', 'ROLLBACK', 'BEGIN', statement), 'a superuser: ' || statement)
FROM (VALUES
    ('23514', 'UPDATE kroles.spaces SET parent_id = 1031 WHERE id = 1000'),
    ('23514', 'UPDATE kroles.spaces SET parent_id = 1001 WHERE id = 1000'),
    ('23514', 'UPDATE kroles.spaces SET parent_id = 1000 WHERE id = 1000'),
    ('23514', 'UPDATE kroles.spaces SET parent_id = 1031 WHERE id = 1015'),
    ('23514', 'INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id) VALUES (3001, ''gallery'', ''open'', ''x'', 2, 3001)'),
    ('23514', 'INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id) VALUES (3001, ''gallery'', ''open'', ''x'', 2, 3002), (3002, ''gallery'', ''open'', ''x'', 2, 3001)'),
    ('23514', 'INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id) VALUES (3000, ''gallery'', ''open'', ''x'', 2, 3001), (3001, ''gallery'', ''open'', ''x'', 2, 3002), (3002, ''gallery'', ''open'', ''x'', 2, 3001)'),
    ('23514', 'INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id) SELECT n, ''gallery'', ''open'', ''x'', 2, CASE n WHEN 3030 THEN 3000 ELSE n + 1 END FROM generate_series(3000, 3030) AS n'),
    ('23514', 'UPDATE kroles.spaces SET parent_id = CASE id WHEN 1030 THEN 1031 ELSE 1030 END WHERE id IN (1030, 1031)'),
    ('23514', 'UPDATE kroles.spaces SET parent_id = 2032 - id WHERE id BETWEEN 1000 AND 1031 AND parent_id IS NOT NULL'),
    ('UPDATE 1', 'UPDATE kroles.spaces SET parent_id = 1000 WHERE id = 1031'),
    ('UPDATE 1', 'UPDATE kroles.spaces SET parent_id = NULL WHERE id = 1015'),
    ('23503', 'DELETE FROM kroles.spaces WHERE id = 1000'),
    ('23503', 'DELETE FROM kroles.spaces WHERE id = 1015'),
    ('DELETE 1', 'DELETE FROM kroles.spaces WHERE id = 1031'),
    ('DELETE 32', 'DELETE FROM kroles.spaces WHERE id BETWEEN 1000 AND 1031')
) AS t (expected, statement);
SELECT attack.says('operator', 'ROLLBACK');

-- ---- Too deep ----
SELECT attack.attempt('23514', attack.says('operator', 'ROLLBACK', 'BEGIN', statement), 'a superuser: ' || statement)
FROM (VALUES
    ('INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id) VALUES (3001, ''gallery'', ''open'', ''x'', 2, 1031)'),
    ('INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id) SELECT n, ''gallery'', ''open'', ''x'', 2, nullif(n, 3000) - 1 FROM generate_series(3000, 3032) AS n'),
    -- those further down first
    ('INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id) SELECT n, ''gallery'', ''open'', ''x'', 2, nullif(n, 3000) - 1 FROM generate_series(3032, 3000, -1) AS n'),
    ('INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (3001, ''gallery'', ''open'', ''x'', 2); UPDATE kroles.spaces SET parent_id = 3001 WHERE id = 1000')
) AS t (statement);
SELECT attack.control(expected, attack.says('operator', 'ROLLBACK', 'BEGIN', statement), 'a superuser: ' || statement)
FROM (VALUES
    ('INSERT 0 32', 'INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id) SELECT n, ''gallery'', ''open'', ''x'', 2, nullif(n, 3000) - 1 FROM generate_series(3031, 3000, -1) AS n'),
    ('UPDATE 1', 'INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (3001, ''gallery'', ''open'', ''x'', 2); UPDATE kroles.spaces SET parent_id = 3001 WHERE id = 1001')
) AS t (expected, statement);
SELECT attack.says('operator', 'ROLLBACK');
-- By their manager, who may move what they manage, but not into a ring.
SELECT attack.attempt(expected, attack.says('eve', 'ROLLBACK', 'BEGIN', statement), 'their manager: ' || statement)
FROM (VALUES ('23514', 'UPDATE kroles.spaces SET parent_id = 1031 WHERE id = 1001'),
    ('23514', 'UPDATE kroles.galleries SET parent_id = 1031 WHERE id = 1001'),
    ('42501', 'UPDATE kroles.spaces SET parent_id = 777021 WHERE id = 1031'),
    ('42501', 'UPDATE kroles.spaces SET parent_id = NULL WHERE id = 1001'),
             ('UPDATE 1', 'UPDATE kroles.spaces SET parent_id = 1000 WHERE id = 1031')) AS t (expected, statement);
SELECT attack.says('eve', 'ROLLBACK');
-- Two that move towards each other: the second waits for the first, and then finds the ring.
SELECT attack.login('other', current_user, '-c lock_timeout=200');
SELECT attack.control('UPDATE 1', attack.says('operator', 'BEGIN',
    'UPDATE kroles.spaces SET parent_id = 1025 WHERE id = 777021'), 'one is moved under another, not committed'),
       attack.attempt('55P03', attack.says('other',
           'UPDATE kroles.spaces SET parent_id = 777021, inherits_members = true WHERE id = 1000'),
           'meanwhile the other''s root under the one'),
       attack.control('COMMIT', attack.says('operator', 'COMMIT'), 'committed'),
       attack.attempt('23514', attack.says('other',
           'UPDATE kroles.spaces SET parent_id = 777021, inherits_members = true WHERE id = 1000'), 'and again afterwards');

SELECT * FROM finish();
