-- Many subjects in turn in one session, more than it sets aside: each sees its own media each time, and what is set aside keeps
-- within its bounds.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;
INSERT INTO kroles.users (id, login, applicative_role) SELECT n, 'u' || n, 'admin' FROM generate_series(1, 80) AS n;
INSERT INTO kroles.media (id, name, owner_id) SELECT n, 'media ' || n, n FROM generate_series(1, 80) AS n;
CREATE ROLE regress_kroles_portal;
DO $$BEGIN PERFORM kroles_trust_gateway('regress_kroles_portal'); PERFORM kroles_grant_access('regress_kroles_portal'); END$$;

-- how many of the subjects see exactly their own media
CREATE FUNCTION ask_in_turn() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    good integer := 0;
BEGIN
    FOR n IN 1 .. 80 LOOP
        PERFORM set_config('kroles.user', 'u' || n, false);
        good := good + (SELECT coalesce(array_agg(id), '{}') = ARRAY[n]::bigint[] FROM kroles.media)::integer;
    END LOOP;
    PERFORM set_config('kroles.user', '', false);
    RETURN good;
END $$;

SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT ask_in_turn(), ask_in_turn() AS again;
RESET SESSION AUTHORIZATION;
-- 64 and the current one
SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'kroles subject view';

-- a quarter of 64 kB is room for one or two, of at least 8 kB each, beside the current one
SET kroles.cache_size = '64kB';
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT ask_in_turn(), ask_in_turn() AS again;
RESET SESSION AUTHORIZATION;
SELECT count(*) <= 3 AS few FROM pg_backend_memory_contexts WHERE name = 'kroles subject view';
RESET kroles.cache_size;

-- what one of them loses meanwhile is gone when it asks again, and what it gains is there
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT ask_in_turn();
RESET SESSION AUTHORIZATION;
UPDATE kroles.media SET owner_id = 3 WHERE id = 40;
UPDATE kroles.users SET blocked = true WHERE id = 50;
SET SESSION AUTHORIZATION regress_kroles_portal;
-- all but 3, who has two, 40, who has none, and 50, who is blocked
SELECT ask_in_turn();
RESET SESSION AUTHORIZATION;

SET client_min_messages = warning;
DROP FUNCTION ask_in_turn;
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
DROP OWNED BY regress_kroles_portal;
DROP ROLE regress_kroles_portal;
