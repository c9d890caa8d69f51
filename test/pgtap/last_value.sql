-- lastval() after an INSERT is the id of the row that was inserted, as clients without RETURNING ask for it; whatever the
-- extension logs or adds by itself, and in whichever way it does.
\ir lib/begin.psql

INSERT INTO kroles.users (id, login, administrator) VALUES (901, 'last value', true);
-- no two sequences may be at the same value by chance
SELECT FROM (SELECT setval(c.oid, 1000 * row_number() OVER (ORDER BY relname)) FROM pg_class c
             WHERE relnamespace = 'kroles'::regnamespace AND relkind = 'S') AS s;
CREATE TABLE public.notes (id bigint GENERATED ALWAYS AS IDENTITY (START 500), media bigint, note text);
SELECT FROM kroles_protect('public.notes', 'media', 'media');
CREATE ROLE last_value_app LOGIN;
SELECT FROM kroles_grant_access('last_value_app'), kroles_trust_gateway('last_value_app');
GRANT INSERT, SELECT ON public.notes TO last_value_app;
GRANT USAGE ON SEQUENCE public.notes_id_seq TO last_value_app;
SET LOCAL kroles."user" = 'last value';
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO last_value_app;

-- Executes the statement as the application, and compares lastval() with the largest id of the table.
CREATE FUNCTION pg_temp.gives_id(relation regclass, statement text, what text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    given bigint;
    newest bigint;
BEGIN
    EXECUTE statement;
    given := lastval();
    EXECUTE format('SELECT max(id) FROM %s', relation) INTO newest;
    RETURN is(given, newest, what);
END $$;
-- Executes the statement after a row of the application's own table, whose id lastval() goes on returning.
CREATE FUNCTION pg_temp.leaves_id(statement text, what text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    mine bigint;
BEGIN
    INSERT INTO public.notes (media, note) VALUES (NULL, 'mine');
    mine := lastval();
    EXECUTE statement;
    RETURN is(lastval(), mine, what);
END $$;
ALTER TABLE public.notes DISABLE ROW LEVEL SECURITY;

CREATE FUNCTION pg_temp.all_tables(how text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT pg_temp.gives_id(relation::regclass, statement, how || ': ' || statement) FROM (VALUES
        (1, 'kroles.users', format('INSERT INTO kroles.users (login) VALUES (%L)', 'one ' || how)),
        (2, 'kroles.users', format('INSERT INTO kroles.users (login) VALUES (%L), (%L), (%L)', 'x ' || how, 'y ' || how, 'z ' || how)),
        (3, 'kroles.users', format('INSERT INTO kroles.user_import (login, name) VALUES (%L, ''Listed'')', 'listed ' || how)),
        (3, 'kroles.users', format('INSERT INTO kroles.user_import (login, groups) VALUES (%L, %L)', 'listed with groups ' || how, 'listed x ' || how || ', listed y ' || how)),
        (3, 'kroles.groups', format('INSERT INTO kroles.group_member_import (login, group_name) VALUES (%L, %L)', 'listed ' || how, 'listed z ' || how)),
        (4, 'kroles.groups', format('INSERT INTO kroles.groups (name) VALUES (%L)', how)),
        (5, 'kroles.spaces', 'INSERT INTO kroles.channels (type, name, owner_id) VALUES (''open'', ''Channel'', 901)'),
        (6, 'kroles.spaces', 'INSERT INTO kroles.spaces (kind, type, name, owner_id) VALUES (''gallery'', ''open'', ''Gallery'', 901)'),
        (7, 'kroles.space_members', 'INSERT INTO kroles.space_members (space_id, user_id) SELECT max(s.id), max(u.id) FROM kroles.spaces s, kroles.users u'),
        (8, 'kroles.media', 'INSERT INTO kroles.media (type, name, owner_id) VALUES (''room'', ''Media'', 901)'),
        (9, 'kroles.media', 'INSERT INTO kroles.media (name, owner_id) SELECT ''Media'', 901 FROM generate_series(1, 150)'),
        (10, 'kroles.media_collaborators', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) SELECT max(m.id), max(u.id), ''editor'' FROM kroles.media m, kroles.users u'),
        (11, 'kroles.media_moderators', 'INSERT INTO kroles.media_moderators (media_id, user_id, permission) SELECT max(m.id), max(u.id), ''chat_moderator'' FROM kroles.media m, kroles.users u'),
        (12, 'kroles.playlists', 'INSERT INTO kroles.playlists (space_id, name) SELECT max(id), ''Playlist'' FROM kroles.channels'),
        -- (a trigger adds its organizer, who is a row with an id of its own)
        (13, 'kroles.events', 'INSERT INTO kroles.events (name) VALUES (''Event'')'),
        (14, 'kroles.event_participants', 'INSERT INTO kroles.event_participants (event_id, user_id) SELECT max(e.id), max(u.id) FROM kroles.events e, kroles.users u'),
        (15, 'public.notes', 'INSERT INTO public.notes (media, note) SELECT max(id), ''Note'' FROM kroles.media'),
        (16, 'kroles.users', format('INSERT INTO kroles.users (login) VALUES (%L) ON CONFLICT (login) DO UPDATE SET name = ''Upserted''', 'upsert ' || how)),
        (17, 'kroles.users', format('WITH u AS (INSERT INTO kroles.users (login) VALUES (%L)) UPDATE kroles.groups SET name = name || ''!''', 'with ' || how))
    ) AS t (n, relation, statement) ORDER BY n
$$;

SET SESSION AUTHORIZATION last_value_app;
SET LOCAL kroles."user" = 'last value';
SELECT pg_temp.all_tables('as an application');

-- What adds no row of the caller's leaves it alone
SELECT pg_temp.leaves_id(statement, 'left: ' || statement) FROM (VALUES
    (1, 'UPDATE kroles.users SET name = ''Another'' WHERE id = 901'),
    (2, 'UPDATE kroles.media SET name = name || ''!'' WHERE id IN (SELECT id FROM kroles.media ORDER BY id LIMIT 130)'),
    (3, 'DELETE FROM kroles.playlists'),
    (4, 'SELECT kroles_publish((SELECT max(id) FROM kroles.media), (SELECT max(id) FROM kroles.channels))'),
    (5, 'SELECT kroles_set_permissions((SELECT min(id) FROM kroles.media), (SELECT max(id) FROM kroles.users), NULL, ''{viewer,editor,chat_moderator}'')'),
    (6, 'SELECT kroles_end_sessions((SELECT max(id) FROM kroles.users))'),
    (7, 'SELECT kroles_block((SELECT max(id) FROM kroles.users))'),
    (8, 'INSERT INTO kroles.publications (media_id, space_id) SELECT max(m.id), max(s.id) FROM kroles.media m, kroles.galleries s'),
    (9, 'INSERT INTO kroles.media_speakers (media_id, user_id) SELECT max(m.id), 901 FROM kroles.media m'),
    (10, 'INSERT INTO kroles.group_members (group_id, user_id) SELECT max(g.id), 901 FROM kroles.groups g')
) AS t (n, statement) ORDER BY n;
RESET SESSION AUTHORIZATION;
COPY kroles.groups (name) FROM stdin;
copied one
copied two
\.
SELECT is(lastval(), (SELECT max(id) FROM kroles.groups), 'COPY');
SELECT pg_temp.leaves_id(format('SELECT kroles_%s(''public.notes'')', what), 'left: ' || what || ' a table') FROM unnest('{unprotect}'::text[]) AS what;
SELECT pg_temp.leaves_id('SELECT kroles_protect(''public.notes'', ''media'', ''media'')', 'left: protect a table');
ALTER TABLE public.notes DISABLE ROW LEVEL SECURITY;

-- A log with a trigger of the site gets its rows by an INSERT
CREATE FUNCTION pg_temp.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER of_the_site BEFORE INSERT ON kroles.audit_log FOR EACH ROW EXECUTE FUNCTION pg_temp.nothing();
SELECT pg_temp.all_tables('with a trigger on the log');
DROP TRIGGER of_the_site ON kroles.audit_log;

-- The log's ids are those of its sequence, none twice, ascending, whoever draws them
SELECT is((SELECT last_value FROM kroles.audit_log_id_seq), (SELECT max(id) FROM kroles.audit_log), 'the sequence of the log is where its ids are');
SELECT nextval('kroles.audit_log_id_seq') AS drawn \gset
INSERT INTO kroles.groups (name) VALUES ('after one was drawn');
SELECT is((SELECT max(id) FROM kroles.audit_log), :drawn + 1::bigint, 'a value that something else has drawn is skipped');
SELECT FROM setval('kroles.audit_log_id_seq', 1000000, false);
INSERT INTO kroles.groups (name) VALUES ('after it was set'), ('and one more');
SELECT is((SELECT array_agg(id ORDER BY id) FROM kroles.audit_log WHERE id >= 1000000), '{1000000,1000001}'::bigint[], 'it goes on from what setval() says');
ALTER SEQUENCE kroles.audit_log_id_seq INCREMENT 10;
INSERT INTO kroles.groups (name) VALUES ('in tens'), ('and again');
SELECT is((SELECT array_agg(id ORDER BY id) FROM kroles.audit_log WHERE id > 1000001), '{1000011,1000021}'::bigint[], 'and by its increment');
ALTER SEQUENCE kroles.audit_log_id_seq INCREMENT 1 MAXVALUE 1000022;
INSERT INTO kroles.groups (name) VALUES ('the last one');
SELECT pg_temp.refused('INSERT INTO kroles.groups (name) VALUES (''one too many'')', '2200H', '', 'at its end an error, and no row that is not logged');
SELECT pg_temp.refused('SELECT kroles.next_log_id()', '42501', '', 'an id of the log is for the extension only');

SELECT * FROM finish();
ROLLBACK;
