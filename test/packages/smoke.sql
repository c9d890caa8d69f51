-- A portal of four people with an installed kroles: prints TAP. By a superuser, in an empty database, with -v version=…
\set ON_ERROR_STOP on
\set QUIET on
\pset tuples_only on
\pset format unaligned
SET client_min_messages = warning;

CREATE EXTENSION kroles;
CREATE FUNCTION public.ok(so boolean, what text) RETURNS text LANGUAGE sql AS
    $$ SELECT CASE WHEN so THEN 'ok - ' ELSE 'not ok - ' END || what $$;

SELECT ok(extversion = :'version', 'CREATE EXTENSION makes version ' || :'version') FROM pg_extension WHERE extname = 'kroles';

INSERT INTO kroles.users (login, name, applicative_role) VALUES
    ('maya', 'Maya Cohen', 'admin'), ('tom', 'Tom Okafor', 'private_only'), ('vera', 'Vera Lind', 'viewer'), ('zoe', 'Zoe Fox', 'viewer');
CREATE ROLE smoke_web LOGIN;
DO $$ BEGIN PERFORM kroles_grant_access('smoke_web'), kroles_trust_gateway('smoke_web'); END $$;

SET SESSION AUTHORIZATION smoke_web;
SET kroles."user" = 'maya';
INSERT INTO kroles.channels (type, name) VALUES ('private', 'Chemistry 101');
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 2, 'contributor'), (1, 3, 'member');

SET kroles."user" = 'tom';
INSERT INTO kroles.media (name) VALUES ('Titration'), ('Unfinished draft');
SELECT kroles_publish(1, 1) \g /dev/null
SELECT ok(array_agg(name ORDER BY name) = '{Titration,Unfinished draft}', 'the owner sees the published media and the draft')
FROM kroles.media;

SET kroles."user" = 'vera';
SELECT ok(array_agg(name) = '{Titration}', 'a member of the channel sees the published media alone') FROM kroles.media;
WITH changed AS (UPDATE kroles.media SET name = 'Mine now' RETURNING 1)
SELECT ok(count(*) = 0, 'and may change none') FROM changed;

SET kroles."user" = 'zoe';
SELECT ok(count(*) = 0, 'who is no member sees none') FROM kroles.media;

RESET kroles."user";
SELECT ok(count(*) = 0, 'nor does anonymous') FROM kroles.media;

SET kroles."user" = 'maya';
DELETE FROM kroles.space_members WHERE user_id = 3;
SET kroles."user" = 'vera';
SELECT ok(count(*) = 0, 'and the member no more, once the membership has ended') FROM kroles.media;

RESET SESSION AUTHORIZATION;
SELECT ok(count(*) = 0, 'the stored audiences are those that follow from the rules') FROM kroles_verify();
