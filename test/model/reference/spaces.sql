-- Channels and galleries: who has which right by type, applicative role and standing.
SELECT make_people() AS done \gset

-- On every type: a direct grant against a group's, two groups, ended and lasting direct grants, a group one is not in.
INSERT INTO plan (part, kind, type, direct, direct_until, one, one_until, two, two_until)
SELECT 'types', kind, type, g.*
FROM space_types, LATERAL (
    SELECT d.role, 'never', o.role, 'never', NULL::kroles.contextual_role, NULL FROM roles AS d, roles AS o
    UNION ALL SELECT NULL, NULL, o.role, 'never', t.role, 'never' FROM roles AS o, roles AS t
    WHERE o.role IS NOT NULL AND t.role IS NOT NULL
    UNION ALL SELECT d.role, word, o.role, 'never', NULL, NULL
    FROM roles AS d, roles AS o, unnest('{past, future, infinity}'::text[]) AS word WHERE d.role IS NOT NULL) AS g;
-- Owners, with and without grants that must not demote them.
INSERT INTO plan (part, kind, type, owner, direct, direct_until, one, one_until)
SELECT 'types', kind, type, u, d.role, 'never', o.role, 'never'
FROM space_types, people(16) AS u, roles AS d, roles AS o
WHERE u <> 0 AND (d.role IS NULL OR o.role IS NULL);
-- Every direct grant with every end against every group grant with every end.
INSERT INTO plan (part, kind, type, direct, direct_until, one, one_until)
SELECT 'ends', kind, 'private', d.role, d.word, o.role, o.word
FROM (VALUES ('channel'), ('gallery')) AS kinds (kind), any_grant AS d, any_grant AS o;
-- A direct grant and two groups', each live or ended.
INSERT INTO plan (part, kind, type, direct, direct_until, one, one_until, two, two_until)
SELECT 'three', 'channel', 'shared_repository', d.role, d.word, o.role, o.word, t.role, t.word
FROM any_grant AS d, any_grant AS o, any_grant AS t
WHERE d.word IN ('never', 'past') AND o.word IN ('never', 'past') AND t.word IN ('never', 'past');
SELECT make_spaces() AS done \gset
-- a group that nobody asked about is in changes nothing for them
INSERT INTO kroles.space_members (space_id, group_id, role) SELECT id, 900003, 'manager' FROM plan WHERE part = 'types';

INSERT INTO ask SELECT u, 'site', 0 FROM people(16) AS u;
SELECT check_part('the site, anonymous browsing off') AS done \gset
UPDATE kroles.settings SET allow_anonymous = true;
SELECT check_part('the site, anonymous browsing on') AS done \gset

TRUNCATE ask;
INSERT INTO ask SELECT u, kind, id FROM plan, people(16) AS u
WHERE part = 'types' AND (owner IS NULL OR u IN (0, owner));
SELECT check_part('spaces of every type, anonymous browsing on') AS done \gset
UPDATE kroles.settings SET allow_anonymous = false;
DELETE FROM ask WHERE user_id <> 0 AND id % 3 > 0;
SELECT check_part('spaces of every type, anonymous browsing off') AS done \gset

TRUNCATE ask;
INSERT INTO ask SELECT u, kind, id FROM plan, people(4) AS u WHERE part = 'ends'
UNION ALL SELECT 900009, kind, id FROM plan WHERE part = 'ends';
SELECT check_part('direct against group grant, each with every end') AS done \gset
TRUNCATE ask;
INSERT INTO ask SELECT u, kind, id FROM plan, people(4) AS u WHERE part = 'three' AND u <> 0;
SELECT check_part('direct grant and two groups, live and ended') AS done \gset

-- Grants that end while they are asked about, some between any two statements: the statement's time counts.
TRUNCATE ask;
INSERT INTO ask SELECT u, kind, id FROM plan, people(4) AS u WHERE part = 'ends' AND id % 5 = 0 AND u <> 0;
UPDATE kroles.space_members SET expires_at = clock_timestamp() + space_id % 100 * interval '3 milliseconds'
FROM plan WHERE plan.id = space_id AND part = 'ends' AND expires_at IS NULL;
\set part '''grants that end while they are asked about'''
SELECT check_part(:part) AS done, pg_sleep(0.05) AS slept \gset
SELECT check_part(:part) AS done, pg_sleep(0.05) AS slept \gset
SELECT check_part(:part) AS done, pg_sleep(0.05) AS slept \gset
SELECT check_part(:part) AS done, pg_sleep(0.2) AS slept \gset
SELECT check_part(:part) AS done \gset

-- Grants that end a microsecond before this very statement, with it and after it: from the instant on they are over.
CREATE FUNCTION end_grants(after_now interval) RETURNS void LANGUAGE sql AS $$
    UPDATE kroles.space_members SET expires_at = statement_timestamp() + after_now
    FROM plan WHERE plan.id = space_id AND part = 'ends' AND direct_until = 'never';
    SELECT check_part('grants that end at the instant they are asked about');
$$;
SELECT end_grants('-1 microsecond') AS done \gset
SELECT end_grants('0') AS done \gset
SELECT end_grants('1 microsecond') AS done \gset
