-- Privilege escalation by a reused id: an object created with the id of a deleted one is a different object. Its creator learns
-- nothing of the old one, neither from the audit log nor from application tables.
\set name kroles_escalate_reuse
\ir lib/campus.psql
SELECT * FROM no_plan();

DELETE FROM kroles.spaces WHERE id IN (2, 12);  -- the rival's Seminar and Attic
DELETE FROM kroles.media WHERE id = 2;          -- the stranger's Diary
CREATE TABLE public.notes (channel bigint, media bigint, note text);
INSERT INTO public.notes VALUES (2, NULL, 'of the Seminar'), (NULL, 2, 'of the Diary');
SELECT FROM kroles_protect('public.notes', 'channel', 'channel');
GRANT SELECT ON public.notes TO campus_gateway;

-- An error where making it is refused, else what is read afterwards.
CREATE FUNCTION campus.learns(who text, what text, making text, query text) RETURNS text LANGUAGE sql AS $$
    SELECT matches(campus.answer(who, query, making), '^(no row|42501|23514)$', 'no row: ' || who || ' ' || what)
$$;
SELECT campus.learns(who, 'makes a channel under the id of one that is gone, and reads ' || what, making, query)
FROM unnest('{trusted, owner}'::text[]) AS who,
     LATERAL (SELECT format('INSERT INTO kroles.channels (id, type, name, owner_id) VALUES (2, ''private'', ''mine'', %s)', (SELECT id FROM kroles.users WHERE login = who)) AS making) AS m,
     (VALUES ('its history', 'SELECT 1 FROM kroles.audit_log WHERE concat(before, after) ~ ''Seminar'''),
             ('who was in it', 'SELECT 1 FROM kroles.audit_log WHERE relation = ''kroles.space_members'''),
             ('what was published there', 'SELECT 1 FROM kroles.audit_log WHERE relation = ''kroles.publications'''),
             ('notes that belonged to it', 'SELECT 1 FROM public.notes')) AS t (what, query);
SELECT campus.learns(who, 'uploads under the id of a film that is gone, and reads ' || what, making, query)
FROM unnest('{member, manager}'::text[]) AS who,
     LATERAL (SELECT format('INSERT INTO kroles.media (id, name, owner_id) VALUES (2, ''mine'', %s)', (SELECT id FROM kroles.users WHERE login = who)) AS making) AS m,
     (VALUES ('its history', 'SELECT 1 FROM kroles.audit_log WHERE concat(before, after) ~ ''Diary''')) AS t (what, query);
SELECT campus.learns('manager', 'makes a sub-gallery under the id of a gallery that is gone, and reads its history',
    'INSERT INTO kroles.galleries (id, type, name, owner_id, parent_id) VALUES (12, ''private'', ''mine'', 3, 10)', 'SELECT 1 FROM kroles.audit_log WHERE concat(before, after) ~ ''Attic''');
SELECT campus.learns('trusted', 'makes a channel under the id of a gallery that is gone, and reads its history',
    'INSERT INTO kroles.channels (id, type, name, owner_id) VALUES (12, ''private'', ''mine'', 16)', 'SELECT 1 FROM kroles.audit_log WHERE concat(before, after) ~ ''Attic''');
SELECT campus.learns('rival', 'makes a channel and deletes it, and makes another''s under its id',
    'INSERT INTO kroles.channels (id, type, name, owner_id) VALUES (2, ''private'', ''mine'', 19)', 'SELECT 1 FROM kroles.audit_log WHERE operation = ''DELETE'' AND concat(before, after) ~ ''Seminar''');
SELECT campus.may('owner', '1 row', 'makes a channel without saying its id', 'INSERT INTO kroles.channels (type, name, owner_id) VALUES (''private'', ''mine'', 2)');
SELECT campus.may('administrator', '1 row', 'makes a channel under an id of its own', 'INSERT INTO kroles.channels (id, type, name, owner_id) VALUES (5000, ''private'', ''mine'', 2)');

-- Events: their history, who took part, rows of an application.
INSERT INTO kroles.events (id, name, created_by, external_id) VALUES (5, 'Gala', 19, 'gala'), (6, 'Ball', 19, 'ball');
INSERT INTO kroles.event_participants (event_id, user_id) VALUES (5, 15);
DELETE FROM kroles.events WHERE id = 5;
CREATE TABLE public.guests (event bigint, gala text, note text);
INSERT INTO public.guests VALUES (5, 'gala', 'of the Gala');
SELECT FROM kroles_protect('public.guests', 'event', 'event');
GRANT SELECT ON public.guests TO campus_gateway;
SELECT campus.learns(who, 'makes an event under the id of one that is gone, and reads ' || what, 'INSERT INTO kroles.events (id, name) VALUES (5, ''mine'')', query)
FROM unnest('{member, trusted}'::text[]) AS who, (VALUES ('its history', 'SELECT 1 FROM kroles.audit_log WHERE concat(before, after) ~ ''Gala'''), ('who took part', 'SELECT 1 FROM kroles.audit_log WHERE relation = ''kroles.event_participants'''),
    ('that by function', 'SELECT 1 FROM kroles_history(''event'', 5)'), ('guests that belonged to it', 'SELECT 1 FROM public.guests')) AS t (what, query);
SELECT campus.learns('rival', 'makes an event under the id of one that was theirs, and reads its history', 'INSERT INTO kroles.events (id, name) VALUES (5, ''mine'')', 'SELECT 1 FROM kroles.audit_log WHERE operation = ''DELETE'' AND concat(before, after) ~ ''Gala''');
SELECT campus.learns('rival', 'gives an event the external id of one that is gone, and reads its history', 'UPDATE kroles.events SET external_id = ''gala'' WHERE id = 6', 'SELECT 1 FROM kroles.audit_log WHERE operation = ''DELETE'' AND concat(before, after) ~ ''Gala''');
SELECT campus.may('administrator', '1 row', 'makes an event under the id of one that is gone', 'INSERT INTO kroles.events (id, name) VALUES (5, ''mine'')');
SELECT campus.may('member', '1 row', 'makes an event under an external id of its own', 'INSERT INTO kroles.events (name, external_id) VALUES (''mine'', ''mine'')');
SELECT campus.tries('member', '42501', 'makes an event under an id of its own', 'INSERT INTO kroles.events (id, name) VALUES (5000, ''mine'')');
SELECT campus.may('rival', '1 row', 'says again what the external id of an event is', 'UPDATE kroles.events SET external_id = ''ball'' WHERE id = 6');
-- a room is its media
INSERT INTO kroles.media (id, type, name, owner_id) VALUES (30, 'room', 'Studio', 18);
INSERT INTO kroles.room_participants (media_id, user_id, rights) VALUES (30, 10, '{join_room,moderate_room}');
DELETE FROM kroles.media WHERE id = 30;
SELECT campus.learns('manager', 'uploads a room under the id of one that is gone, and reads who was in it', 'INSERT INTO kroles.media (id, type, name, owner_id) VALUES (30, ''room'', ''mine'', 3)', 'SELECT 1 FROM kroles.audit_log WHERE relation = ''kroles.room_participants''');

-- By the external id of what is gone: a protected table may name that.
CREATE TABLE public.grades (course text, film text, grade text);
INSERT INTO public.grades VALUES ('seminar', NULL, 'of the Seminar'), (NULL, 'diary', 'of the Diary');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, external_id) VALUES (20, 'channel', 'private', 'Seminar II', 19, 'seminar');
INSERT INTO kroles.media (id, name, owner_id, external_id) VALUES (20, 'Diary II', 18, 'diary');
SELECT FROM kroles_protect('public.grades', 'channel', 'course');
GRANT SELECT ON public.grades TO campus_gateway;
DELETE FROM kroles.spaces WHERE id = 20;
SELECT campus.learns('trusted', 'makes a channel under the external id of one that is gone, and reads grades that belonged to it',
    'INSERT INTO kroles.spaces (kind, type, name, owner_id, external_id) VALUES (''channel'', ''private'', ''mine'', 16, ''seminar'')', 'SELECT 1 FROM public.grades');
SELECT campus.learns('owner', 'gives a channel the external id of one that is gone, and reads grades that belonged to it',
    'UPDATE kroles.spaces SET external_id = ''seminar'' WHERE id = 1', 'SELECT 1 FROM public.grades');
SELECT FROM kroles_unprotect('public.grades');
SELECT FROM kroles_protect('public.grades', 'media', 'film');
DELETE FROM kroles.media WHERE id = 20;
SELECT campus.learns('member', 'uploads under the external id of a film that is gone, and reads grades that belonged to it',
    'INSERT INTO kroles.media (name, owner_id, external_id) VALUES (''mine'', 6, ''diary'')', 'SELECT 1 FROM public.grades');
SELECT campus.learns('editor', 'gives a film the external id of one that is gone, and reads grades that belonged to it',
    'UPDATE kroles.media SET external_id = ''diary'' WHERE id = 1', 'SELECT 1 FROM public.grades');

-- In an old transaction, which does not see that there was anything: two sessions of the application.
CREATE EXTENSION dblink;
SELECT FROM unnest('{attacker, victim}'::text[]) AS session, dblink_connect(session, format('host=%s port=%s dbname=%s user=campus_gateway',
    current_setting('unix_socket_directories'), current_setting('port'), current_database()));
CREATE FUNCTION campus.does(session text, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN dblink_exec(session, statement);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
SELECT FROM campus.does('victim', 'SET kroles."user" = ''rival''');
SELECT FROM campus.does('attacker', 'SET kroles."user" = ''trusted''');
CREATE FUNCTION campus.makes_anew(level text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    id bigint;
BEGIN
    PERFORM campus.does('attacker', 'BEGIN ISOLATION LEVEL ' || level);
    PERFORM FROM dblink('attacker', 'SELECT count(*) FROM kroles.spaces') AS t (n bigint);
    SELECT t.id INTO id FROM dblink('victim', 'INSERT INTO kroles.channels (type, name, owner_id) VALUES (''private'', ''Secret'', 19) RETURNING id') AS t (id bigint);
    PERFORM campus.does('victim', 'DELETE FROM kroles.channels WHERE id = ' || id);
    answer := campus.does('attacker', format('INSERT INTO kroles.channels (id, type, name, owner_id) VALUES (%s, ''private'', ''mine'', 16)', id));
    PERFORM campus.does('attacker', 'COMMIT');
    RETURN answer;
END $$;
SELECT is(campus.makes_anew(level), '42501', '42501: trusted makes a channel under the id of one made and deleted meanwhile, at ' || level)
FROM unnest('{READ COMMITTED, REPEATABLE READ, SERIALIZABLE}'::text[]) AS t (level);
SELECT is((SELECT count(*) FROM dblink('attacker', 'SELECT 1 FROM kroles.audit_log WHERE concat(before, after) ~ ''Secret''') AS t (n int)), 0::bigint,
    'no row: trusted reads the history of those channels');

SELECT * FROM finish();
