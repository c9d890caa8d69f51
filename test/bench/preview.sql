-- What previews cost: changes in a channel of 20,000 media and 14,000 members, of a portal with 20,000 users and 60,000 media.
--   psql -Xf test/bench/preview.sql    as a superuser, in a database that has nothing of the extension; it leaves nothing
\set QUIET on
\pset footer off
SET client_min_messages = warning;
CREATE EXTENSION kroles;
CREATE SCHEMA preview_bench;
SELECT setseed(0.5) \gset ignored_
INSERT INTO kroles.users (id, login, applicative_role)
SELECT n, 'user' || n, (ARRAY['viewer', 'private_only', 'admin'])[1 + n % 3]::kroles.applicative_role FROM generate_series(1, 20000) AS n;
UPDATE kroles.users SET administrator = true WHERE id = 20000;
INSERT INTO kroles.groups (id, name) SELECT n, 'group' || n FROM generate_series(1, 100) AS n;
INSERT INTO kroles.group_members (group_id, user_id) SELECT DISTINCT 1 + (n * 7919) % 100, n FROM generate_series(1, 20000) AS n;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id)
SELECT n, 'channel', CASE WHEN n = 1 THEN 'private' ELSE (ARRAY['open', 'restricted', 'private'])[1 + n % 3] END::kroles.space_type, 'space' || n, 1 + n
FROM generate_series(1, 1000) AS n;
INSERT INTO kroles.space_members (space_id, user_id, role)
SELECT 1, n, CASE WHEN n % 1000 = 0 THEN 'manager' WHEN n % 50 = 0 THEN 'contributor' ELSE 'member' END::kroles.contextual_role FROM generate_series(2001, 16000) AS n;
INSERT INTO kroles.space_members (space_id, user_id) SELECT DISTINCT 2 + (n * 31 + k * 577) % 998, n FROM generate_series(1, 20000) AS n, generate_series(1, 5) AS k;
INSERT INTO kroles.media (id, name, owner_id) SELECT n, 'media' || n, 1 + (n * 7919) % 20000 FROM generate_series(1, 60000) AS n;
INSERT INTO kroles.publications (media_id, space_id, status) SELECT n, 1, CASE WHEN n % 100 = 0 THEN 'pending' ELSE 'approved' END::kroles.publication_status FROM generate_series(1, 20000) AS n;
INSERT INTO kroles.publications (media_id, space_id, status) SELECT n, 2 + n % 998, 'approved' FROM generate_series(1, 60000) AS n WHERE n > 20000 OR n % 10 = 0;
VACUUM ANALYZE kroles.users, kroles.group_members, kroles.spaces, kroles.space_members, kroles.media, kroles.publications;

-- Milliseconds of counts, of a page of 100, of recording on COMMIT, and how many rows there are: after a change, which is undone.
CREATE TABLE preview_bench.change (n integer, what text, change text, undo text, rows bigint, counts numeric[], page numeric[], commits numeric[], recorded numeric[]);
INSERT INTO preview_bench.change (n, what, change, undo) VALUES
    (1, 'a new member of the channel', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (1, 17000)', 'DELETE FROM kroles.space_members WHERE (space_id, user_id) = (1, 17000)'),
    (2, 'a member becomes a manager', 'UPDATE kroles.space_members SET role = ''manager'' WHERE (space_id, user_id) = (1, 2001)', 'UPDATE kroles.space_members SET role = ''member'' WHERE (space_id, user_id) = (1, 2001)'),
    (3, 'a group of 200 becomes members', 'INSERT INTO kroles.space_members (space_id, group_id) VALUES (1, 7)', 'DELETE FROM kroles.space_members WHERE (space_id, group_id) = (1, 7)'),
    (4, 'the channel becomes restricted', 'UPDATE kroles.spaces SET type = ''restricted'' WHERE id = 1', 'UPDATE kroles.spaces SET type = ''private'' WHERE id = 1'),
    (5, 'a media is published in the channel', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (50000, 1)', 'DELETE FROM kroles.publications WHERE (media_id, space_id) = (50000, 1)'),
    (6, 'a new collaborator on a media', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (50000, 17000, ''editor'')', 'DELETE FROM kroles.media_collaborators WHERE (media_id, user_id) = (50000, 17000)'),
    (7, 'a user is blocked', 'UPDATE kroles.users SET blocked = true WHERE id = 2001', 'UPDATE kroles.users SET blocked = false WHERE id = 2001'),
    (8, 'a renamed user', 'UPDATE kroles.users SET name = ''x'' WHERE id = 2001', 'UPDATE kroles.users SET name = '''' WHERE id = 2001');
CREATE FUNCTION preview_bench.milliseconds(since timestamptz) RETURNS numeric LANGUAGE sql AS $$
    SELECT round((extract(epoch FROM clock_timestamp() - since) * 1000)::numeric, 2)
$$;
CREATE PROCEDURE preview_bench.measure(runs integer, slow integer) LANGUAGE plpgsql AS $$
DECLARE
    c record;
    begun timestamptz;
    took numeric;
BEGIN
    FOR c IN SELECT * FROM preview_bench.change ORDER BY n LOOP
        FOR run IN 1 .. CASE WHEN c.n IN (3, 4) THEN slow ELSE runs END LOOP
            EXECUTE c.change;
            begun := clock_timestamp();
            PERFORM count(*) FROM kroles_preview_counts();
            UPDATE preview_bench.change SET counts = counts || preview_bench.milliseconds(begun) WHERE n = c.n;
            begun := clock_timestamp();
            UPDATE preview_bench.change SET rows = coalesce((SELECT max(total) FROM kroles_preview()), 0) WHERE n = c.n;
            UPDATE preview_bench.change SET page = page || preview_bench.milliseconds(begun) WHERE n = c.n;
            EXECUTE c.undo;
            begun := clock_timestamp();
            COMMIT;
            took := preview_bench.milliseconds(begun);
            UPDATE preview_bench.change SET commits = commits || took WHERE n = c.n;
            COMMIT;
        END LOOP;
    END LOOP;
END $$;
CREATE PROCEDURE preview_bench.measure_recording(runs integer) LANGUAGE plpgsql AS $$
DECLARE
    c record;
    begun timestamptz;
    took numeric;
BEGIN
    UPDATE kroles.settings SET record_access_changes = true;
    COMMIT;
    FOR c IN SELECT * FROM preview_bench.change WHERE n NOT IN (3, 4) ORDER BY n LOOP
        FOR run IN 1 .. runs LOOP
            EXECUTE c.change;
            begun := clock_timestamp();
            COMMIT;
            took := preview_bench.milliseconds(begun);
            UPDATE preview_bench.change SET recorded = recorded || took WHERE n = c.n;
            EXECUTE c.undo;
            COMMIT;
        END LOOP;
    END LOOP;
    UPDATE kroles.settings SET record_access_changes = false;
    COMMIT;
END $$;
CALL preview_bench.measure(5, 1);
CALL preview_bench.measure_recording(3);
\echo 'Milliseconds (medians), and rows of the preview'
SELECT what, rows, (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY t) FROM unnest(counts) AS t) AS counts,
       (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY t) FROM unnest(page) AS t) AS "page of 100",
       (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY t) FROM unnest(commits) AS t) AS "commit",
       (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY t) FROM unnest(recorded) AS t) AS "commit that records"
FROM preview_bench.change ORDER BY n;
SET client_min_messages = error;
DROP SCHEMA preview_bench CASCADE;
DROP SCHEMA kroles CASCADE;
