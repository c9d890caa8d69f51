-- PostgREST's claims change without a statement that kroles sees: the user is the one they name now, within a statement too.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;
INSERT INTO kroles.users (id, login, applicative_role) VALUES (1, 'olga', 'admin'), (2, 'bert', 'private_only');
INSERT INTO kroles.media (id, name, owner_id) SELECT n, 'film ' || n, 1 FROM generate_series(1, 100) AS n;
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (1, 2, 'viewer'), (2, 2, 'viewer');
CREATE ROLE regress_kroles_gate;
SELECT kroles_trust_gateway('regress_kroles_gate'), kroles_grant_access('regress_kroles_gate');
SET SESSION AUTHORIZATION regress_kroles_gate;
DO $$
DECLARE
    person text;
    seen bigint;
BEGIN
    FOREACH person IN ARRAY '{olga, bert, "", olga, bert}'::text[] LOOP
        PERFORM set_config('request.jwt.claims', CASE person WHEN '' THEN '' ELSE jsonb_build_object('sub', person)::text END, true);
        SELECT count(*) INTO seen FROM kroles.media;
        RAISE NOTICE '"%" sees % and may view %', person, seen, (SELECT count(*) FROM generate_series(1, 100) AS n WHERE kroles_can('view', 'media', n));
    END LOOP;
END $$;
SELECT set_config('request.jwt.claims', '{"sub": "olga"}', false) \g /dev/null
SELECT (SELECT count(*) FROM kroles.media) AS olga, set_config('request.jwt.claims', '{"sub": "bert"}', false) IS NOT NULL AS then,
       (SELECT count(*) FROM kroles.media m WHERE m.id > 0) AS bert;
RESET SESSION AUTHORIZATION;
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
DROP OWNED BY regress_kroles_gate;
DROP ROLE regress_kroles_gate;
