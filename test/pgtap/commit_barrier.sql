-- The lock by which other sessions know that a transaction changes entitlements: one for each of three barriers, held to the end of
-- the transaction, also when a savepoint is rolled back. (1 is that of the site, which CREATE EXTENSION changed.)
\ir lib/begin.psql

CREATE FUNCTION pg_temp.held() RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(objsubid::text, ' ' ORDER BY objsubid), 'none') FROM pg_locks
    WHERE pid = pg_backend_pid() AND locktype = 'object' AND classid = 'pg_namespace'::regclass AND objid = 'kroles'::regnamespace
      AND mode = 'RowExclusiveLock' AND objsubid BETWEEN 1 AND 3
$$;
SELECT is(pg_temp.held(), '1', 'no other lock before a change');
SAVEPOINT s;
INSERT INTO kroles.users (id, login) VALUES (901, 'alice');
SELECT is(pg_temp.held(), '1 2', 'a user: the lock of users, groups and spaces');
ROLLBACK TO s;
SELECT is(pg_temp.held(), '1 2', 'it is kept when the change is undone');
INSERT INTO kroles.users (id, login, applicative_role) SELECT n, 'u' || n, 'admin' FROM generate_series(901, 1900) AS n;
SELECT is(pg_temp.held(), '1 2', 'a thousand users: the same one');
SAVEPOINT s;
INSERT INTO kroles.media (id, name, owner_id) SELECT n, 'film', 901 FROM generate_series(1, 1000) AS n;
SELECT is(pg_temp.held(), '1 2 3', 'media: one more');
ROLLBACK TO s;
SELECT is(pg_temp.held(), '1 2 3', 'all are kept when the changes are undone');

SELECT * FROM finish();
ROLLBACK;
