-- What questions about an earlier time cost, with a log of ten million rows: of a portal of 20,000 users and 50,000 media, in which
-- everything has changed since.
--   psql -Xf test/bench/past.sql [-v log=1000000]    as a superuser, in an empty database, of which it takes some 6 GB
\set QUIET on
\pset footer off
\if :{?log} \else \set log 10000000 \endif
SET client_min_messages = warning;
SET synchronous_commit = off;
CREATE EXTENSION kroles;
INSERT INTO kroles.users (id, login, applicative_role) SELECT n, 'user ' || n, 'private_only' FROM generate_series(1, 20000) AS n;
INSERT INTO kroles.groups (id, name) SELECT n, 'group ' || n FROM generate_series(1, 100) AS n;
INSERT INTO kroles.group_members (group_id, user_id) SELECT DISTINCT 1 + n * 7 % 100, 1 + n % 20000 FROM generate_series(1, 40000) AS n;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) SELECT n, 'channel', 'private', 'channel ' || n, 1 + n % 20000 FROM generate_series(1, 1000) AS n;
INSERT INTO kroles.space_members (space_id, user_id, role) SELECT DISTINCT 1 + n % 1000, 1 + n * 13 % 20000, 'member'::kroles.contextual_role FROM generate_series(1, 100000) AS n;
INSERT INTO kroles.space_members (space_id, group_id, role) SELECT DISTINCT 1 + n % 1000, 1 + n * 13 % 100, 'contributor'::kroles.contextual_role FROM generate_series(1, 2000) AS n;
INSERT INTO kroles.media (id, type, name, owner_id) SELECT n, 'video', 'media ' || n, 1 + n % 20000 FROM generate_series(1, 50000) AS n;
INSERT INTO kroles.publications (media_id, space_id) SELECT n, 1 + n % 1000 FROM generate_series(1, 50000) AS n;
SELECT clock_timestamp() AS then \gset

-- The log of the years since: grants that were changed, 4 in 10, and publications that were approved again
INSERT INTO kroles.audit_log (at, db_role, operation, relation, object_kind, object_id, before, after)
SELECT clock_timestamp(), 'bench', 'UPDATE', 'kroles.space_members', 'channel', (after ->> 'space_id')::bigint, jsonb_set(after, '{role}', '"moderator"'), after
FROM generate_series(1, :log * 4 / 10) AS n, LATERAL jsonb_build_object('id', 1000000 + n % 500000, 'space_id', 1 + n % 1000, 'user_id', 1 + n::bigint * 31 % 20000,
    'group_id', NULL, 'role', 'member', 'starts_at', NULL, 'expires_at', NULL) AS r (after);
INSERT INTO kroles.audit_log (at, db_role, operation, relation, object_kind, object_id, space_id, before, after)
SELECT clock_timestamp(), 'bench', 'UPDATE', 'kroles.publications', 'media', 1 + n % 50000, 1 + n % 1000, jsonb_set(after, '{status}', '"pending"'), after
FROM generate_series(1, :log * 6 / 10) AS n, LATERAL jsonb_build_object('media_id', 1 + n % 50000, 'space_id', 1 + n % 50000 % 1000, 'status', 'approved') AS r (after);
VACUUM (ANALYZE) kroles.audit_log;

CREATE TABLE question (n integer, what text, asked text);
INSERT INTO question VALUES
    (1, 'kroles_could: view a media', 'kroles_could(%1$s, ''view'', ''media'', %2$s, %4$L)'),
    (2, 'kroles_could: view a channel', 'kroles_could(%1$s, ''view'', ''channel'', %3$s, %4$L)'),
    (3, 'kroles_explain', '(SELECT count(*) FROM kroles_explain(%1$s, ''view'', ''media'', %2$s, %4$L))'),
    (4, 'kroles_could_who: view a channel', '(SELECT count(*) FROM kroles_could_who(''view'', ''channel'', %3$s, %4$L))');
CREATE FUNCTION milliseconds(asked text, i integer, at timestamptz) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
    begun timestamptz := clock_timestamp();
BEGIN
    EXECUTE 'SELECT ' || format(asked, 1 + i * 37 % 20000, 1 + i * 101 % 50000, 1 + i * 11 % 1000, at);
    RETURN extract(epoch FROM clock_timestamp() - begun) * 1000;
END $$;
\echo 'Milliseconds a question, each of other people and objects: before all changes, and as it is now'
SELECT what, percentile_disc('{0.5, 0.9}'::float8[]) WITHIN GROUP (ORDER BY milliseconds(asked, i, :'then')) AS "then: median, 90%",
       percentile_disc('{0.5, 0.9}'::float8[]) WITHIN GROUP (ORDER BY milliseconds(asked, i, clock_timestamp())) AS "now: median, 90%"
FROM question, generate_series(1, 300) AS i WHERE n < 4 OR i <= 20 GROUP BY n, what ORDER BY n;
SELECT count(*) AS "rows of the log", pg_size_pretty(pg_total_relation_size('kroles.audit_log')) AS size FROM kroles.audit_log;
