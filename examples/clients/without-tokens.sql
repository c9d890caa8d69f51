-- The two ways to say who asks that need no token: a gateway, and a login role. Run it as a superuser after setup.sql.
\set QUIET on

-- A gateway: whoever can log in as this role can ask in anybody's name.
CREATE ROLE backend LOGIN;
SELECT kroles_grant_access('backend'), kroles_trust_gateway('backend') \g (tuples_only) /dev/null
\set QUIET off
\connect - backend
BEGIN;
SET LOCAL kroles."user" = 'anna';
SELECT name FROM kroles.media ORDER BY id;
COMMIT;
SELECT name FROM kroles.media ORDER BY id;

-- A login role that is one person.
\connect - postgres
CREATE ROLE ben LOGIN;
SELECT kroles_grant_access('ben') \g (tuples_only) /dev/null
UPDATE kroles.users SET db_role = 'ben' WHERE login = 'ben';
\connect - ben
SELECT name FROM kroles.media ORDER BY id;
