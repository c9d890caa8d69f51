-- Pages of long lists: each is the same part of the whole list, whichever way it is found.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;

-- 400 users, of whom every eighth has another's name and others have none; every second is in the space, and in the event; and so
-- are groups with names of users.
INSERT INTO kroles.users (id, login, name, email, applicative_role, blocked)
SELECT id, 'user' || id,
       CASE WHEN id % 50 = 0 THEN '  ' WHEN id % 50 = 1 THEN '' WHEN id % 8 = 0 THEN ' Sam Same ' ELSE (ARRAY['Xu', 'xu', 'Åse', 'Bo'])[id % 4 + 1] || ' ' || id END,
       CASE WHEN id % 100 <> 0 THEN 'mail' || id || '@campus.example' END, 'private_only', id % 9 = 0 AND id > 20
FROM generate_series(1, 400) AS id;
INSERT INTO kroles.groups (id, name) VALUES (1, 'Sam Same'), (2, 'Bo 7'), (3, 'zz'), (4, 'SAM SAME');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (1, 'channel', 'private', 'Big', 8), (2, 'channel', 'private', 'Small', 1);
INSERT INTO kroles.space_members (space_id, user_id, role)
SELECT 1, id, CASE id % 3 WHEN 0 THEN 'member' ELSE 'contributor' END::kroles.contextual_role FROM generate_series(2, 400, 2) AS id;
INSERT INTO kroles.space_members (space_id, user_id) VALUES (1, 51), (2, 50);
INSERT INTO kroles.space_members (space_id, group_id) VALUES (1, 1), (1, 2), (1, 4), (2, 3);
INSERT INTO kroles.events (id, name, created_by) VALUES (1, 'Fair', 8);
INSERT INTO kroles.event_participants (event_id, user_id, role) SELECT 1, id, 'attendee' FROM generate_series(2, 400, 2) AS id;
INSERT INTO kroles.event_participants (event_id, user_id, role) SELECT 1, id, 'speaker' FROM generate_series(4, 400, 4) AS id;
INSERT INTO kroles.event_participants (event_id, group_id, role) VALUES (1, 1, 'attendee'), (1, 2, 'attendee'), (1, 4, 'moderator');

\getenv here PG_ABS_SRCDIR
\set lib :here/sql/lib
\i :lib/application.sql

--
-- 1. People: which pages differ from the same part of the whole list? (None.) And which are found by a walk along the names?
--
CREATE FUNCTION pg_temp.wrong_pages(question text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    whole text[];
    page text[];
    wrong text := '';
BEGIN
    EXECUTE format('SELECT array_agg(p::text) FROM %s AS p', format(question, 'NULL', 0)) INTO whole;
    FOR size IN 0 .. 45 LOOP
        FOR skip IN 0 .. 200 BY 13 LOOP
            EXECUTE format('SELECT coalesce(array_agg(p::text), ''{}'') FROM %s AS p', format(question, size, skip)) INTO page;
            IF page IS DISTINCT FROM coalesce(whole[skip + 1 : skip + size], '{}') THEN
                wrong := wrong || format(' %s+%s', skip, size);
            END IF;
        END LOOP;
    END LOOP;
    RETURN cardinality(whole) || ' rows, wrong:' || wrong;
END $$;
CREATE FUNCTION pg_temp.walks() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s: %s, %s', wanted, kroles.first_of_space(1, 8, 203, wanted) IS NOT NULL,
                             kroles.first_of_event(1, 203, wanted) IS NOT NULL), '; ' ORDER BY wanted)
    FROM unnest('{1,20,150,203,null}'::bigint[]) AS wanted
$$;
SELECT pg_temp.walks();
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'user8';
SELECT pg_temp.wrong_pages('kroles_space_users(1, NULL, %s, %s)') AS space, pg_temp.wrong_pages('kroles_space_users(1, ''sam'', %s, %s)') AS searched,
       pg_temp.wrong_pages('kroles_event_users(1, NULL, %s, %s)') AS event;
SET kroles."user" = 'user1';
SELECT kind, id, name FROM kroles_space_users(2, max_rows => 2);
RESET SESSION AUTHORIZATION;
ANALYZE kroles.users;
SELECT pg_temp.walks();
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'user8';
SELECT pg_temp.wrong_pages('kroles_space_users(1, NULL, %s, %s)') AS space, pg_temp.wrong_pages('kroles_event_users(1, NULL, %s, %s)') AS event;
SELECT name FROM kroles_space_users(1, max_rows => 8);
RESET SESSION AUTHORIZATION;
-- many users without a name: all members are read
UPDATE kroles.users SET name = '' WHERE id > 250;
SELECT pg_temp.walks();
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT pg_temp.wrong_pages('kroles_space_users(1, NULL, %s, %s)') AS space, pg_temp.wrong_pages('kroles_event_users(1, NULL, %s, %s)') AS event;
RESET SESSION AUTHORIZATION;

--
-- 2. Objects: 4,000 media, of which a user may edit three of their own, some as a collaborator, and 40 in a channel that they
--    moderate (44 in all, as two of theirs are there); rooms among them. All pages together are the whole list, and that is what kroles_can() says.
--
INSERT INTO kroles.media (id, type, name, owner_id)
SELECT id, CASE id % 10 WHEN 0 THEN 'live' ELSE 'video' END::kroles.media_type, 'Media ' || id, CASE WHEN id IN (5, 2000, 4000) THEN 2 ELSE 4 END
FROM generate_series(1, 4000) AS id;
SELECT setval('kroles.media_id_seq', 4000);
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (70, 2, 'editor'), (71, 2, 'viewer'), (3990, 2, 'editor');
INSERT INTO kroles.media_collaborators (media_id, group_id, permission) VALUES (80, 1, 'editor'), (81, 1, 'viewer');
INSERT INTO kroles.group_members VALUES (1, 2), (1, 6);
UPDATE kroles.space_members SET role = 'moderator' WHERE space_id = 1 AND user_id = 2;
INSERT INTO kroles.publications (media_id, space_id, status) SELECT id, 1, 'approved' FROM generate_series(100, 4000, 100) AS id;

CREATE FUNCTION pg_temp.all_pages(action kroles.action, kind kroles.object_kind, size integer) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    listed bigint[] := '{}';
    page bigint[];
BEGIN
    LOOP
        page := ARRAY(SELECT id FROM kroles_list($1, $2, listed[cardinality(listed)], size) AS id);
        EXIT WHEN page = '{}';
        listed := listed || page;
    END LOOP;
    RETURN listed;
END $$;
CREATE FUNCTION pg_temp.check_lists() RETURNS TABLE (login text, action kroles.action, kind kroles.object_kind, n integer, pages text, can boolean)
LANGUAGE plpgsql AS $$
DECLARE
    whole bigint[];
BEGIN
    FOREACH login IN ARRAY '{user2, user6, user3, user4}'::text[] LOOP
        PERFORM set_config('kroles.user', login, false);
        FOR action, kind IN VALUES ('view'::kroles.action, 'media'::kroles.object_kind), ('edit', 'media'), ('delete', 'media'), ('moderate_room', 'room'), ('join_room', 'room') LOOP
            whole := ARRAY(SELECT id FROM kroles_list(action, kind) AS id);
            n := cardinality(whole);
            SELECT string_agg(size::text, ', ' ORDER BY size) INTO pages FROM unnest('{1, 7, 40, 1000}'::integer[]) AS size
            WHERE (size > 1 OR n < 100) AND pg_temp.all_pages(action, kind, size) IS DISTINCT FROM whole;
            can := whole = ARRAY(SELECT i FROM generate_series(1::bigint, 4001) AS i WHERE kroles_can(action, kind, i));
            RETURN NEXT;
        END LOOP;
    END LOOP;
END $$;
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT * FROM pg_temp.check_lists();
-- the edges of pages
SET kroles."user" = 'user2';
SELECT ARRAY(SELECT kroles_list('edit', 'media', NULL, 3)) AS "first", ARRAY(SELECT kroles_list('edit', 'media', 3990, 3)) AS "last",
       ARRAY(SELECT kroles_list('edit', 'media', 4000, 3)) AS "after", ARRAY(SELECT kroles_list('edit', 'media', 9223372036854775807, 3)) AS highest,
       ARRAY(SELECT kroles_list('edit', 'media', NULL, 0)) AS nothing;
-- a list in a transaction that has changed media sees its own changes
BEGIN;
INSERT INTO kroles.media (type, name) VALUES ('video', 'New');
SELECT count(*) FROM kroles_list('edit', 'media');
ROLLBACK;
-- where the index of audiences is missing, the objects are scanned
RESET SESSION AUTHORIZATION;
BEGIN;
DROP INDEX kroles.media_audience;
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT * FROM pg_temp.check_lists() WHERE login = 'user2';
ROLLBACK;

RESET SESSION AUTHORIZATION;
SELECT kroles_revoke_access('regress_kroles_portal');
DROP ROLE regress_kroles_portal;
DROP FUNCTION act, "as", rights, pg_temp.all_pages, pg_temp.check_lists;
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
