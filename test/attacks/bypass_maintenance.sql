-- Bypass by maintenance: code that an attacker leaves in an index, a materialised view, a default or a trigger of their own
-- table runs when a more privileged role maintains the table. PostgreSQL runs it as the attacker's role; kroles must not give
-- it the session's identity.
\set name kroles_bypass_maintenance
\ir lib/campus.psql
SELECT * FROM no_plan();
CREATE SCHEMA own AUTHORIZATION campus_gateway;

-- The attacker's: does everything that may be had, and notes what it was told.
SET SESSION AUTHORIZATION campus_gateway;
CREATE TABLE own.told (what text);
CREATE FUNCTION own.try(statement text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    EXECUTE statement;
    GET DIAGNOSTICS n = ROW_COUNT;
    INSERT INTO own.told VALUES (n || ' rows');
EXCEPTION WHEN OTHERS THEN
    INSERT INTO own.told VALUES (SQLSTATE);
END $$;
CREATE FUNCTION own.ask(query text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE query INTO answer;
    INSERT INTO own.told VALUES (answer);
EXCEPTION WHEN OTHERS THEN
    INSERT INTO own.told VALUES (SQLSTATE);
END $$;
CREATE FUNCTION own.attack() RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    PERFORM own.try('UPDATE kroles.users SET administrator = true WHERE login = ''stranger''');
    PERFORM own.try('INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (2, 18, ''manager'')');
    PERFORM own.try('INSERT INTO kroles.publications (media_id, space_id, status) VALUES (2, 3, ''approved'')');
    PERFORM own.try('UPDATE kroles.settings SET allow_anonymous = true');
    PERFORM own.try('DELETE FROM kroles.media WHERE id = 1');
    PERFORM own.ask('SELECT ''sees '' || count(*) FROM kroles.media');
    PERFORM own.ask('SELECT CASE WHEN public.kroles_can(''administer'', ''site'') THEN ''administers'' ELSE ''does not'' END');
    RETURN 1;
END $$;
-- says it is immutable, and attacks only where somebody else's session runs it
CREATE FUNCTION own.trap(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    IF session_user <> 'campus_gateway' THEN
        PERFORM own.attack();
    END IF;
    RETURN $1;
END $$;
CREATE TABLE own.bait (a integer);
INSERT INTO own.bait VALUES (1);
CREATE INDEX bait_trap ON own.bait (own.trap(a));
CREATE MATERIALIZED VIEW own.kept AS SELECT own.trap(a) FROM own.bait;
RESET SESSION AUTHORIZATION;

CREATE FUNCTION campus.what_came_of_it() RETURNS text LANGUAGE sql AS $$
    SELECT coalesce((SELECT string_agg(what, ' ') FROM own.told), 'did not run') || ', ' ||
        (SELECT count(*) FROM kroles.users WHERE administrator) || ' administrator, ' || (SELECT count(*) FROM kroles.media) || ' media'
$$;
-- In the session of a superuser who maintains the table, of one who has said something of a person before, and with
-- row_security off
BEGIN;
ANALYZE own.bait;
SELECT campus.what_came_of_it() AS by_analyze \gset
ROLLBACK;
BEGIN;
REINDEX TABLE own.bait;
SELECT campus.what_came_of_it() AS by_reindex \gset
ROLLBACK;
BEGIN;
REFRESH MATERIALIZED VIEW own.kept;
SELECT campus.what_came_of_it() AS by_refresh \gset
ROLLBACK;
BEGIN;
SELECT kroles_can('administer', 'site') AS administers \gset
CLUSTER own.bait USING bait_trap;
SELECT campus.what_came_of_it() AS by_cluster \gset
ROLLBACK;
BEGIN;
SET LOCAL row_security = off;
REINDEX TABLE own.bait;
SELECT campus.what_came_of_it() AS by_restore \gset
ROLLBACK;
BEGIN;
SET LOCAL SESSION AUTHORIZATION postgres;
CREATE INDEX ON own.bait (own.trap(a + 1));
SELECT campus.what_came_of_it() AS by_create_index \gset
ROLLBACK;
SELECT is(told::text, '0 rows 42501 42501 0 rows 0 rows sees 0 does not, 1 administrator, 8 media', 'no row: campus_gateway attacks from ' || place)
FROM (VALUES ('an index that a superuser analyses', :'by_analyze'), ('an index that a superuser rebuilds', :'by_reindex'),
             ('a materialised view that a superuser refreshes', :'by_refresh'), ('an index by which a superuser clusters', :'by_cluster'),
             ('an index that a superuser makes', :'by_create_index')) AS t (place, told);
SELECT is(:'by_restore'::text, '42501 42501 42501 42501 42501 42501 does not, 1 administrator, 8 media', '42501: campus_gateway attacks from an index that a superuser rebuilds with row_security off');
SELECT is(:'administers'::text, 't', 'control: the superuser administers');

SELECT * FROM finish();
