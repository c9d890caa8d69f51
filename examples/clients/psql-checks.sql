-- psql as a client that checks itself: what is not as it should be is printed as "not ok". Run it as the application's role, with
-- tokens in the environment's ANNA, BEN and EXPIRED.
\set QUIET on
\pset format unaligned
\pset tuples_only on
\getenv anna ANNA
\getenv ben BEN
\getenv expired EXPIRED
\set names '(SELECT string_agg(name, \', \' ORDER BY id) FROM kroles.media)'
\set VERBOSITY terse

BEGIN;
SELECT kroles_login(:'anna') AS person \gset
SELECT 'not ok: anna reads ' || :names WHERE :names IS DISTINCT FROM 'Sorting in practice, Campus tour';
-- A media and its publication, from one statement to the next.
INSERT INTO kroles.media (name) VALUES ('Recursion') RETURNING id AS media, owner_id = :person AS hers \gset
INSERT INTO kroles.publications (media_id, space_id) VALUES (:media, 201) RETURNING status \gset
SELECT 'not ok: nested insert: ' || :'hers' || ' ' || :'status' WHERE (:'hers', :'status') <> ('t', 'approved');
-- The same grant twice: the second changes the first.
\set role member
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (201, 102, :'role')
ON CONFLICT (space_id, user_id, group_id) DO UPDATE SET role = excluded.role RETURNING id AS first \gset
\set role contributor
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (201, 102, :'role')
ON CONFLICT (space_id, user_id, group_id) DO UPDATE SET role = excluded.role RETURNING id AS again, role AS has \gset
SELECT 'not ok: upsert: ' || :'has' WHERE (:first, :'has') <> (:again, 'contributor');
COMMIT;

BEGIN;
SELECT kroles_login(:'ben') AS person \gset
INSERT INTO kroles.media (name) VALUES ('Kept');
\set ON_ERROR_STOP off
-- What fails behind a savepoint is undone alone, and the person stays. (psql makes such a savepoint for each statement with
-- \set ON_ERROR_ROLLBACK on.)
SAVEPOINT before;
INSERT INTO kroles.media (name, owner_id) VALUES ('Not his', 101) \g /dev/null
\set state :SQLSTATE
ROLLBACK TO before;
SELECT 'not ok: another person: ' || :'state' WHERE :'state' <> '42501';
INSERT INTO kroles.media (name, external_id) VALUES ('x', 'one'), ('y', 'one');
\set state :SQLSTATE
ROLLBACK TO before;
SELECT 'not ok: twice: ' || :'state' WHERE :'state' <> '23505';
INSERT INTO kroles.media (name) VALUES (' ');
\set state :SQLSTATE
ROLLBACK TO before;
SELECT 'not ok: blank: ' || :'state' WHERE :'state' <> '23514';
UPDATE kroles.media SET name = 'Mine' WHERE id = 303;
SELECT 'not ok: not his: rows ' || :ROW_COUNT WHERE :ROW_COUNT <> 0;
SELECT 'not ok: still ben: ' || kroles_current_user() WHERE kroles_current_user() IS DISTINCT FROM 102;
COMMIT;

BEGIN;
SELECT kroles_login(:'anna') AS person \gset
INSERT INTO kroles.space_members (space_id, user_id) VALUES (201, 999);
\set state :SQLSTATE
ROLLBACK;
SELECT 'not ok: nobody: ' || :'state' WHERE :'state' <> '23503';
BEGIN;
SELECT kroles_login(:'expired') AS person \gset
\set state :SQLSTATE
ROLLBACK;
SELECT 'not ok: expired: ' || :'state' WHERE :'state' <> '28000';
BEGIN;
SELECT kroles_login(:'ben') AS person \gset
SELECT 'not ok: kept: ' || :names WHERE position('Kept' in :names) = 0;
COMMIT;
SELECT 'not ok: afterwards ' || :names WHERE :names IS DISTINCT FROM 'Campus tour';
SELECT 'not ok: comments' WHERE obj_description('kroles.media'::regclass) IS NULL;
\echo 'psql: ok, 13 checks'
