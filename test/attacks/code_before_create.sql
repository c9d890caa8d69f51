-- Robustness: objects made before CREATE EXTENSION by a role that may create objects where it is installed, and schemas with
-- hostile names.
\set name attack_code_before_create
\ir lib/attack.psql
\ir lib/hostile.psql
SELECT * FROM no_plan();
CREATE SCHEMA target AUTHORIZATION attack_app;
GRANT USAGE ON SCHEMA target TO PUBLIC;
CREATE SCHEMA trapped AUTHORIZATION attack_app;
GRANT USAGE ON SCHEMA trapped TO PUBLIC;
CALL attack.make_twins('trapped');
CALL attack.make_near_twins('trapped');

-- Creates the extension in a schema, in a session and a transaction of its own, after other statements; then asks something.
CREATE FUNCTION pg_temp.after_creating(schema text, questions text[],
    VARIADIC before text[] DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    PERFORM attack.login('super', current_user);
    answer := attack.says('super', VARIADIC '{BEGIN}'::text[] || before || format('CREATE EXTENSION kroles SCHEMA %I',
        schema));
    IF answer = 'CREATE EXTENSION' THEN
        answer := attack.says('super', VARIADIC questions);
    END IF;
    PERFORM attack.says('super', 'ROLLBACK');
    RETURN answer;
END $$;

-- A small portal, and rules of every kind at work in it: one that a policy holds, one of a guard, one of a constraint.
CREATE FUNCTION pg_temp.works(schema text) RETURNS text LANGUAGE sql AS $$ SELECT replace($q$
    DO $do$
    DECLARE
        report pg_catalog.text;
        statement pg_catalog.text;
    BEGIN
        INSERT INTO kroles.users (id, login, applicative_role) VALUES (1, 'eve', 'admin'), (2, 'vera', 'viewer');
        INSERT INTO kroles.spaces (id, kind, type, name, owner_id, moderated) VALUES (1, 'channel', 'open', 'x', 2, true),
            (2, 'gallery', 'private', 'y', 1, false);
        INSERT INTO kroles.space_members (space_id, user_id) VALUES (1, 1);
        INSERT INTO kroles.media (id, name, owner_id) VALUES (1, 'x', 1), (2, 'y', 2);
        INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (1, 1);
        INSERT INTO kroles.playlists (id, space_id, name) VALUES (1, 1, 'x');
        INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (1, 1), (1, 2);
        PERFORM SCHEMA.kroles_move_item(1, 2, 1);
        INSERT INTO kroles.events (id, name, created_by) VALUES (1, 'x', 1);
        INSERT INTO kroles.event_participants (event_id, user_id) VALUES (1, 2);
        INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 1), (1, 2);
        PERFORM SCHEMA.kroles_move_session(1, 2, 1);
        UPDATE kroles.media SET type = 'room';
        UPDATE kroles.settings SET allow_anonymous = true;
        PERFORM SCHEMA.kroles_trust_gateway('attack_gateway'), SCHEMA.kroles_grant_access('attack_gateway');
        SET LOCAL SESSION AUTHORIZATION attack_gateway;
        PERFORM pg_catalog.set_config('kroles.user', 'eve', true);
        report := pg_catalog.concat_ws(' ', SCHEMA.kroles_current_user(), SCHEMA.kroles_publish(1, 1),
            (SELECT pg_catalog.count(*) FROM kroles.media), SCHEMA.kroles_can('view', 'channel', 1), pg_catalog.cardinality(SCHEMA.kroles_room_join(2)));
        PERFORM SCHEMA.kroles_room_remove(1, 2), SCHEMA.kroles_room_leave(2);
        FOREACH statement IN ARRAY ARRAY['UPDATE kroles.users SET administrator = true',
            'INSERT INTO kroles.users (login) VALUES (''x'')',
            'UPDATE kroles.spaces SET parent_id = NULL, kind = ''channel''',
            'INSERT INTO kroles.publications (media_id, space_id) VALUES (2, 1)', 'DELETE FROM kroles.event_participants WHERE user_id OPERATOR(pg_catalog.=) 1', 'UPDATE kroles.event_sessions SET media_id = 1, event_id = 2',
                'INSERT INTO kroles.media_collaborators (media_id, user_id, group_id, permission) VALUES (1, 2, 2, ''editor'')', 'SELECT SCHEMA.kroles_trust_gateway(''attack_app'')'] LOOP
            BEGIN
                EXECUTE statement;
                report := pg_catalog.concat_ws(' ', report, 'done');
            EXCEPTION WHEN OTHERS THEN
                report := pg_catalog.concat_ws(' ', report, SQLSTATE);
            END;
        END LOOP;
        RESET SESSION AUTHORIZATION;
        PERFORM pg_catalog.set_config('attack.report', report, false);
    END $do$ $q$, 'SCHEMA', quote_ident(schema)) $$;
CREATE FUNCTION pg_temp.works_after(schema text, VARIADIC before text[] DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT CASE answer WHEN '1 pending 2 t 9 42501 42501 23514 42501 23514 23514 23514 42501' THEN 'it works' ELSE answer END
    FROM pg_temp.after_creating(schema, ARRAY[pg_temp.works(schema), 'SELECT pg_catalog.current_setting(''attack.report'')'],
        VARIADIC before) AS answer
$$;
SELECT attack.control('it works', pg_temp.works_after('target'), 'without anything made before');

-- ---- Objects in the way ----
SELECT attack.attempt(expected, pg_temp.works_after('target', statement), statement || '; CREATE EXTENSION')
FROM (VALUES
    ('42P06', 'CREATE SCHEMA kroles; CREATE FUNCTION kroles.can() RETURNS void LANGUAGE sql AS '''''),
    ('42P06', 'CREATE SCHEMA kroles; GRANT CREATE ON SCHEMA kroles TO attack_app'), ('42P06', 'CREATE SCHEMA kroles; GRANT ALL ON SCHEMA kroles TO PUBLIC'), ('42P06', 'CREATE SCHEMA kroles AUTHORIZATION attack_app'),
    ('42723', 'CREATE FUNCTION target.kroles_current_user() RETURNS bigint LANGUAGE sql AS ''SELECT 1::bigint'''),
    ('42723', 'CREATE FUNCTION target.kroles_login(text) RETURNS bigint LANGUAGE sql AS ''SELECT 1::bigint'''),
    ('42723', 'CREATE FUNCTION target.kroles_publish(bigint, bigint) RETURNS text LANGUAGE sql AS ''SELECT NULL'''),
    ('42723', 'CREATE FUNCTION target.kroles_trust_gateway(name) RETURNS void LANGUAGE sql AS ''SELECT'''),
    ('42723', 'CREATE FUNCTION target.kroles_grant_access(name) RETURNS void LANGUAGE sql AS ''SELECT'''),
    ('42723', 'CREATE PROCEDURE target.kroles_take_down(bigint, bigint) LANGUAGE sql AS '''''),
    ('it works', 'CREATE FUNCTION target.kroles_can(text, text) RETURNS boolean LANGUAGE sql AS ''SELECT true'''),
    ('it works', 'CREATE FUNCTION target.kroles_can_publish(integer, integer) RETURNS boolean LANGUAGE sql AS ''SELECT true'''),
    ('it works', 'CREATE FUNCTION target.kroles_can_publish(numeric, numeric) RETURNS boolean LANGUAGE sql AS ''SELECT true'''),
    ('it works', 'CREATE SCHEMA "Kroles"'),
    ('it works', 'CREATE TABLE target.users (id bigint)'),
    ('it works', 'CREATE TYPE target.action AS ENUM (''view'')'),
    ('it works', 'CREATE DOMAIN target.text AS bigint'),
    ('it works', 'CREATE DOMAIN target.name AS bigint'),
    ('it works', 'CREATE DOMAIN target.regclass AS text'),
    ('it works', 'CREATE TEMP TABLE users (id bigint)'),
    ('it works', 'CREATE TEMP TABLE media (id bigint)'),
    ('it works', 'CREATE TEMP TABLE pg_class (oid oid)'),
    ('it works', 'CREATE TEMP TABLE pg_roles (rolname name)'),
    ('it works', 'CREATE DOMAIN pg_temp.text AS bigint'),
    ('it works', 'CREATE DOMAIN pg_temp.jsonb AS bigint'),
    ('it works', 'CREATE FUNCTION pg_temp.kroles_can(action text, kind text, id bigint) RETURNS boolean LANGUAGE sql AS ''SELECT true'''),
    ('it works', 'SET LOCAL search_path = trapped, pg_temp, pg_catalog'),
    ('it works', 'SET LOCAL search_path = pg_temp'),
    ('it works', 'SET LOCAL search_path = '''''),
    ('it works', 'SET LOCAL check_function_bodies = off'),
    ('it works', 'SET LOCAL standard_conforming_strings = off'),
    ('it works', 'SET LOCAL backslash_quote = on'),
    ('it works', 'SET LOCAL quote_all_identifiers = on'),
    ('it works', 'SET LOCAL plpgsql.variable_conflict = use_column'),
    ('it works', 'SET LOCAL default_tablespace = '''''),
    ('it works', 'SET LOCAL kroles."user" = ''x'''),
    ('it works', 'SET LOCAL DateStyle = ''German''')
) AS t (expected, statement)
WHERE statement !~ 'standard_conforming' OR current_setting('server_version_num')::int < 190000;     -- which no longer has it

-- The same made afterwards, by whoever may make functions in that schema: what the extension asks itself is asked of its own.
SELECT attack.attempt('it works', CASE answer WHEN '1 pending 2 t 9 42501 42501 23514 42501 23514 23514 23514 42501' THEN 'it works' ELSE answer END, 'CREATE EXTENSION; ' || statement)
FROM (VALUES
    ('CREATE FUNCTION target.kroles_can(text, text) RETURNS boolean LANGUAGE sql AS ''SELECT true'''),
    ('CREATE FUNCTION target.kroles_can(kroles.action, kroles.object_kind) RETURNS boolean LANGUAGE sql AS ''SELECT true'''),
    ('CREATE FUNCTION target.kroles_can(text, kroles.object_kind) RETURNS boolean LANGUAGE sql AS ''SELECT true'''),
    ('CREATE FUNCTION target.kroles_can(anyelement, anyelement) RETURNS boolean LANGUAGE sql AS ''SELECT true'''),
    ('CREATE FUNCTION target.kroles_can(VARIADIC text[]) RETURNS boolean LANGUAGE sql AS ''SELECT true''')
) AS t (statement), LATERAL pg_temp.after_creating('target',
    ARRAY[statement, pg_temp.works('target'), 'SELECT pg_catalog.current_setting(''attack.report'')']) AS answer;

-- ---- Traps where it is installed ----
-- The script runs as a superuser: a trap that it steps on is the attacker's code run by one.
SELECT attack.attempt('it works', pg_temp.works_after('trapped'), 'a schema full of traps; CREATE EXTENSION there');
-- Nothing of the extension may lean on a function or operator in that schema that is not its own.
SELECT attack.attempt('nothing', pg_temp.after_creating('trapped', ARRAY[$q$
    SELECT coalesce(string_agg(DISTINCT pg_describe_object(d.classid, d.objid,
        0) || ' on ' || pg_describe_object(d.refclassid, d.refobjid, 0), ', '), 'nothing')
    FROM pg_depend d LEFT JOIN pg_constraint c ON c.oid = d.objid LEFT JOIN pg_policy p ON p.oid = d.objid LEFT JOIN pg_trigger t ON t.oid = d.objid LEFT JOIN pg_rewrite r ON r.oid = d.objid LEFT JOIN pg_attrdef a ON a.oid = d.objid
    WHERE EXISTS (SELECT FROM pg_depend m WHERE m.deptype = 'e'
        AND m.objid IN (d.objid, c.conrelid, p.polrelid, t.tgrelid, r.ev_class, a.adrelid))
      AND d.refobjid IN (SELECT oid FROM pg_proc WHERE pronamespace = 'trapped'::regnamespace UNION ALL SELECT oid
          FROM pg_operator WHERE oprnamespace = 'trapped'::regnamespace)
      AND NOT EXISTS (SELECT FROM pg_depend o WHERE o.objid = d.refobjid AND o.deptype = 'e')$q$]),
          'what the extension leans on in a schema full of traps');

-- ---- Hostile names of the schema ----
-- (PostgreSQL itself refuses names that could break out of where a script puts them: quotes, backslashes and dollar signs.)
SELECT attack.attempt(expected, pg_temp.works_after(schema, format('CREATE SCHEMA %I', schema),
    format('GRANT USAGE ON SCHEMA %I TO PUBLIC', schema)), 'CREATE EXTENSION SCHEMA ' || quote_ident(schema))
FROM (VALUES
    ('it works', 'two words'),
    ('it works', 'UPPER'),
    ('it works', 'select'),
    ('it works', 'user'),
    ('it works', 'semi;colon'),
    ('it works', '%s'),
    ('it works', '%I %1s %%'),
    ('it works', 'a.b'),
    ('it works', 'größe'),
    ('it works', repeat('x', 63)),
    ('it works', ' '),
    ('it works', '(x)'),
    ('it works', 'kroles.users'),
    ('22P02', 'quote''s'),
    ('22P02', 'quote"s'),
    ('22P02', 'back\slash'),
    ('22P02', 'dollar$'),
    ('22P02', '$$'),
    ('42P06', 'kroles')
) AS t (expected, schema);
SELECT attack.attempt('0A000', attack.says('super', 'BEGIN', 'CREATE EXTENSION kroles SCHEMA target',
    'ALTER EXTENSION kroles SET SCHEMA trapped'), 'ALTER EXTENSION kroles SET SCHEMA'), attack.says('super', 'ROLLBACK');
SELECT attack.attempt('42501', attack.says('app', 'CREATE EXTENSION kroles SCHEMA target'),
    'CREATE EXTENSION by the owner of the schema') FROM attack.login('app', 'attack_app');

SELECT * FROM finish();
