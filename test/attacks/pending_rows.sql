-- Rows that the running query is creating: policies know them by what the query has recorded of them. Rows of no query, or of
-- another one, give no rights; and nothing of a row is remembered after its statement.
\set name kroles_pending_rows
\ir lib/campus.psql
\ir lib/congress.psql
SELECT * FROM no_plan();
SELECT FROM (SELECT setval(format('kroles.%s_id_seq', t), 300) FROM unnest('{spaces, media, events}'::text[]) AS t) AS s;
UPDATE kroles.media SET external_id = 'rivalry' WHERE id = 3;
UPDATE kroles.spaces SET external_id = 'seminar' WHERE id = 2;
UPDATE kroles.events SET external_id = 'fair' WHERE id = 2;
-- the next id, which the running statement's row gets
CREATE FUNCTION campus.next(tab text) RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
    answer bigint;
BEGIN
    EXECUTE format('SELECT last_value FROM kroles.%I_id_seq', tab) INTO answer;
    RETURN answer;
END $$;

-- ---- Rows that are not made after all ----
SELECT campus.tries('stranger', '23503', 'adds themselves to the film that ON CONFLICT DO NOTHING left out, under the id it would have had',
    'WITH m AS (INSERT INTO kroles.media (name, external_id) VALUES (''x'', ''rivalry'') ON CONFLICT DO NOTHING RETURNING id) INSERT INTO kroles.media_collaborators (media_id, user_id, permission) SELECT campus.next(''media''), 18, ''editor'' FROM (SELECT count(*) FROM m) AS n');
SELECT campus.tries('stranger', '42501', 'adds themselves to the film that ON CONFLICT DO NOTHING met',
    'WITH m AS (INSERT INTO kroles.media (name, external_id) VALUES (''x'', ''rivalry'') ON CONFLICT DO NOTHING RETURNING id) INSERT INTO kroles.media_collaborators (media_id, user_id, permission) SELECT 3, 18, ''editor'' FROM (SELECT count(*) FROM m) AS n');
SELECT campus.tries('organizer', '42501', 'takes part in the event that ON CONFLICT DO NOTHING met',
    'WITH e AS (INSERT INTO kroles.events (name, external_id) VALUES (''x'', ''fair'') ON CONFLICT DO NOTHING RETURNING id) INSERT INTO kroles.event_participants (event_id, user_id) SELECT 2, 31 FROM (SELECT count(*) FROM e) AS n');
SELECT campus.tries('trusted', '42501', 'joins the channel that ON CONFLICT DO NOTHING met',
    'WITH c AS (INSERT INTO kroles.channels (type, name, external_id) VALUES (''private'', ''x'', ''seminar'') ON CONFLICT DO NOTHING RETURNING id) INSERT INTO kroles.space_members (space_id, user_id) SELECT 2, 16 FROM (SELECT count(*) FROM c) AS n');
SELECT campus.tries('stranger', '42501', 'names a hidden film by its id, and adds themselves to it' || conflict,
    'WITH m AS (INSERT INTO kroles.media (id, name) VALUES (4, ''x'')' || conflict || ' RETURNING id) INSERT INTO kroles.media_collaborators (media_id, user_id, permission) SELECT 4, 18, ''editor'' FROM (SELECT count(*) FROM m) AS n')
FROM unnest('{"", " ON CONFLICT DO NOTHING", " ON CONFLICT (id) DO UPDATE SET name = media.name"}'::text[]) AS conflict;
SELECT campus.tries('stranger', '42501', 'names a film they see by its id, and adds themselves to it', 'WITH m AS (INSERT INTO kroles.media (id, name) VALUES (1, ''x'') ON CONFLICT DO NOTHING RETURNING id) INSERT INTO kroles.media_collaborators (media_id, user_id, permission) SELECT 1, 18, ''editor'' FROM (SELECT count(*) FROM m) AS n');
SELECT campus.tries('viewer', '42501', 'uploads, which viewers do not, and adds themselves to it', 'WITH m AS (INSERT INTO kroles.media (name) VALUES (''x'') RETURNING id) INSERT INTO kroles.media_collaborators (media_id, user_id, permission) SELECT id, 15, ''editor'' FROM m');
SELECT campus.tries('stranger', '42501', 'uploads in another''s name, and adds themselves to it', 'WITH m AS (INSERT INTO kroles.media (name, owner_id) VALUES (''x'', 19) RETURNING id) INSERT INTO kroles.media_collaborators (media_id, user_id, permission) SELECT id, 18, ''editor'' FROM m');

-- ---- What is asked within the statement, by functions of every kind ----
CREATE FUNCTION campus.asks_stable(action kroles.action, kind kroles.object_kind, id bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN kroles_can(action, kind, id); END $$;
CREATE FUNCTION campus.asks_volatile(action kroles.action, kind kroles.object_kind, id bigint) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN kroles_can(action, kind, id); END $$;
CREATE FUNCTION campus.asks_failing(action kroles.action, kind kroles.object_kind, id bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        INSERT INTO kroles.media (name) VALUES ('inner');
        RAISE EXCEPTION 'back';
    EXCEPTION WHEN raise_exception THEN
    END;
    RETURN kroles_can(action, kind, id);
END $$;
CREATE FUNCTION campus.asks_sql(action kroles.action, kind kroles.object_kind, id bigint) RETURNS boolean LANGUAGE sql AS 'SELECT kroles_can($1, $2, $3)';
-- (a volatile function sees the event itself, and not yet the organizer whom it gets at the end of the statement)
SELECT campus.may(who, CASE WHEN kind = 'event' AND asks IN ('asks_volatile', 'asks_failing') THEN 'false' ELSE 'true' END, format('asks about %s in the making by %s()', kind, asks),
    format('INSERT INTO kroles.%s (%s) VALUES (%s) RETURNING campus.%s(''manage'', %L, id)', tab, columns, "values", asks, kind))
FROM unnest('{asks_stable, asks_volatile, asks_failing, asks_sql}'::text[]) AS asks,
    (VALUES ('owner', 'media', 'media', 'name', '''x'''), ('owner', 'media', 'room', 'type, name', '''room'', ''x'''), ('owner', 'channels', 'channel', 'type, name', '''private'', ''x'''), ('organizer', 'events', 'event', 'name', '''x''')) AS t (who, tab, kind, columns, "values");
SELECT campus.tries('owner', 'false', 'asks about a film as of a room', 'INSERT INTO kroles.media (name) VALUES (''x'') RETURNING kroles_can(''join_room'', ''room'', id)');
SELECT campus.may('owner', 'true', 'asks about a room as of a room', 'INSERT INTO kroles.media (type, name) VALUES (''room'', ''x'') RETURNING kroles_can(''join_room'', ''room'', id)');
SELECT campus.tries('owner', 'false', 'asks about a channel as of a gallery', 'INSERT INTO kroles.channels (type, name) VALUES (''private'', ''x'') RETURNING kroles_can(''manage'', ''gallery'', id)');
SELECT campus.tries('owner', 'false', 'asks about ' || what, 'INSERT INTO kroles.media (name) VALUES (''x'') RETURNING kroles_can(''view'', ''media'', ' || id || ')')
FROM (VALUES ('the row before theirs', 'id - 1'), ('the row after theirs', 'id + 1'), ('a hidden one', '2')) AS t (what, id);
CREATE FUNCTION campus.uploads(n int, tab text, columns text, "values" text, kind text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format('WITH m AS (INSERT INTO kroles.%s (%s) SELECT %s FROM generate_series(1, %s) RETURNING id, kroles_can(''manage'', %L, id) AS mine)
        SELECT count(*) FILTER (WHERE mine) || '' of '' || count(*) FROM m', tab, columns, "values", n, kind) INTO answer;
    RETURN answer;
END $$;
SELECT campus.may(who, n || ' of ' || n, format('makes %s %s at once and asks about each', n, tab), format('SELECT campus.uploads(%s, %L, %L, %L, %L)', n, tab, columns, "values", kind))
FROM unnest('{300, 5000}'::int[]) AS n,
    (VALUES ('owner', 'media', 'name', '''x''', 'media'), ('owner', 'channels', 'type, name', '''private'', ''x''', 'channel'), ('organizer', 'events', 'name', '''x''', 'event')) AS t (who, tab, columns, "values", kind);
SELECT campus.may('owner', '5000 rows', 'uploads 5000 and adds an editor to each, the last first', 'WITH m AS (INSERT INTO kroles.media (name) SELECT ''x'' FROM generate_series(1, 5000) RETURNING id) INSERT INTO kroles.media_collaborators (media_id, user_id, permission) SELECT id, 18, ''editor'' FROM m ORDER BY id DESC');

-- ---- Media and publication in one statement, as in two ----
CREATE FUNCTION campus.at_once(who text, space bigint, afterwards text) RETURNS text LANGUAGE sql AS $$
    SELECT campus.answer(who, format('WITH m AS (INSERT INTO kroles.media (name) VALUES (''x'') RETURNING id) INSERT INTO kroles.publications (media_id, space_id) SELECT id, %s FROM m', space), NULL, afterwards)
$$;
CREATE FUNCTION campus.in_two(who text, space bigint, afterwards text) RETURNS text LANGUAGE sql AS $$
    SELECT campus.answer(who, format('INSERT INTO kroles.publications (media_id, space_id) VALUES (currval(''kroles.media_id_seq''), %s)', space), 'INSERT INTO kroles.media (name) VALUES (''x'')', afterwards)
$$;
SELECT is(campus.at_once(who, space, afterwards), campus.in_two(who, space, afterwards), format('the same: %s uploads to %s at once and in two statements', who, space))
FROM unnest('{owner, manager, moderator, contributor, member, stranger, trusted, rival, lowered, visiting manager, viewer, blocked, administrator}'::text[]) AS who, unnest('{1, 2, 3, 4, 5, 6, 10, 11, 12, 13}'::bigint[]) AS space,
    (SELECT 'SELECT concat_ws('' '', p.status, p.published_by, p.moderated_by) FROM kroles.publications AS p JOIN kroles.media AS m ON m.id = media_id WHERE m.name = ''x''') AS a (afterwards);
SELECT is(campus.at_once(who, space, 'SELECT status FROM kroles.publications AS p JOIN kroles.media AS m ON m.id = media_id WHERE m.name = ''x'''), answer, CASE WHEN answer = '42501' THEN '42501: ' ELSE 'control: ' END || format('%s uploads to %s at once: %s', who, space, what))
FROM (VALUES ('contributor', 1, 'pending', 'moderated'), ('manager', 1, 'approved', 'moderated, by a manager'), ('rival', 2, 'approved', 'their private one'), ('trusted', 3, 'approved', 'unmoderated'),
    ('stranger', 2, '42501', 'somebody else''s private channel'), ('member', 1, '42501', 'where they add nothing'), ('viewer', 3, '42501', 'viewers upload nothing')) AS t (who, space, answer, what);
SELECT campus.tries('contributor', '42501', 'uploads as approved by a moderator', 'WITH m AS (INSERT INTO kroles.media (name) VALUES (''x'') RETURNING id), p AS (INSERT INTO kroles.publications (media_id, space_id) SELECT id, 1 FROM m RETURNING media_id) INSERT INTO kroles.publications (media_id, space_id) SELECT media_id, 2 FROM p');
SELECT campus.tries('stranger', '42501', 'publishes a hidden film beside a new one', 'WITH m AS (INSERT INTO kroles.media (name) VALUES (''x'') RETURNING id) INSERT INTO kroles.publications (media_id, space_id) SELECT 4, 3 FROM m');
SELECT is(campus.answer(who, statement, NULL, 'SELECT p.status FROM kroles.publications AS p JOIN kroles.spaces AS s ON s.id = space_id WHERE s.name = ''Anew'''), answer, 'control: ' || who || ' ' || what)
FROM (VALUES ('trusted', 'approved', 'makes a channel, uploads and publishes at once', 'WITH c AS (INSERT INTO kroles.channels (type, name) VALUES (''private'', ''Anew'') RETURNING id), m AS (INSERT INTO kroles.media (name) VALUES (''x'') RETURNING id) INSERT INTO kroles.publications (media_id, space_id) SELECT m.id, c.id FROM m, c'),
    ('owner', 'approved', 'makes a moderated channel, which they moderate, and publishes at once', 'WITH c AS (INSERT INTO kroles.channels (type, name, moderated) VALUES (''private'', ''Anew'', true) RETURNING id) INSERT INTO kroles.publications (media_id, space_id) SELECT 7, c.id FROM c')) AS t (who, answer, what, statement);
SELECT campus.tries('trusted', '42501', 'publishes somebody else''s film in a channel that they are just making', 'WITH c AS (INSERT INTO kroles.channels (type, name) VALUES (''private'', ''x'') RETURNING id) INSERT INTO kroles.publications (media_id, space_id) SELECT 2, id FROM c');
SELECT campus.tries('trusted', '42501', 'makes a channel for another, and publishes there', 'WITH c AS (INSERT INTO kroles.channels (type, name, owner_id) VALUES (''private'', ''x'', 19) RETURNING id), m AS (INSERT INTO kroles.media (name) VALUES (''x'') RETURNING id) INSERT INTO kroles.publications (media_id, space_id) SELECT m.id, c.id FROM m, c');
-- event and session
SELECT campus.may('landlord', '1 row', 'makes an event, a room, and its session at once', 'WITH e AS (INSERT INTO kroles.events (name) VALUES (''x'') RETURNING id), m AS (INSERT INTO kroles.media (type, name) VALUES (''room'', ''x'') RETURNING id) INSERT INTO kroles.event_sessions (event_id, media_id) SELECT e.id, m.id FROM e, m');
SELECT campus.tries('stranger', '42501', 'makes an event and takes somebody else''s room for its session', 'WITH e AS (INSERT INTO kroles.events (name) VALUES (''x'') RETURNING id) INSERT INTO kroles.event_sessions (event_id, media_id) SELECT id, 21 FROM e');
SELECT campus.tries('stranger', '42501', 'makes a room and a session of somebody else''s event', 'WITH m AS (INSERT INTO kroles.media (type, name) VALUES (''room'', ''x'') RETURNING id) INSERT INTO kroles.event_sessions (event_id, media_id) SELECT 2, id FROM m');

-- ---- Protected tables, of kind room and of kind media ----
CREATE TABLE public.doors (room bigint, note text);
CREATE TABLE public.captions (film bigint, note text);
SELECT FROM kroles_protect('public.doors', 'room', 'room');
SELECT FROM kroles_protect('public.captions', 'media', 'film');
GRANT ALL ON public.doors, public.captions TO campus_gateway;
SELECT campus.may('owner', '1 row', 'uploads a room and writes on its door and its captions', 'WITH m AS (INSERT INTO kroles.media (type, name) VALUES (''room'', ''x'') RETURNING id), d AS (INSERT INTO public.doors SELECT id, ''x'' FROM m RETURNING room) INSERT INTO public.captions SELECT room, ''x'' FROM d');
SELECT campus.may('owner', 'x', 'and reads what they wrote', 'SELECT campus.rows(''WITH m AS (INSERT INTO kroles.media (type, name) VALUES (''''live'''', ''''x'''') RETURNING id), d AS (INSERT INTO public.doors SELECT id, ''''x'''' FROM m RETURNING note) SELECT note FROM d'')');
SELECT campus.tries('owner', '42501', 'uploads a film and writes on its door', 'WITH m AS (INSERT INTO kroles.media (name) VALUES (''x'') RETURNING id) INSERT INTO public.doors SELECT id, ''x'' FROM m');
SELECT campus.tries('owner', '42501', 'uploads a room and writes on another''s', 'WITH m AS (INSERT INTO kroles.media (type, name) VALUES (''room'', ''x'') RETURNING id) INSERT INTO public.doors SELECT 21, ''x'' FROM m');
SELECT campus.tries('owner', '42501', 'writes on the door of what ON CONFLICT DO NOTHING left out', 'WITH m AS (INSERT INTO kroles.media (type, name, external_id) VALUES (''room'', ''x'', ''rivalry'') ON CONFLICT DO NOTHING RETURNING id) INSERT INTO public.doors SELECT 3, ''x'' FROM (SELECT count(*) FROM m) AS n');

-- ---- Nothing is known after the statement ----
-- (a row that was not made, or was taken back: its id, asked about by the very next statement of the same transaction)
SELECT campus.tries('owner', 'false', 'asks afterwards about a row that ' || what, 'SELECT kroles_can(''view'', ''media'', campus.next(''media''))', before)
FROM (VALUES ('ON CONFLICT DO NOTHING left out', 'INSERT INTO kroles.media (name, external_id) VALUES (''x'', ''rivalry'') ON CONFLICT DO NOTHING'),
    ('was refused', 'DO $$ BEGIN INSERT INTO kroles.media (name, owner_id) VALUES (''x'', 19); EXCEPTION WHEN insufficient_privilege THEN END $$'),
    ('was taken back with its savepoint', 'DO $$ BEGIN INSERT INTO kroles.media (name) VALUES (''x''); RAISE EXCEPTION ''back''; EXCEPTION WHEN raise_exception THEN END $$'),
    ('failed after it was noted', 'DO $$ BEGIN INSERT INTO kroles.media (name) SELECT ''x'' FROM generate_series(1, 9) AS n WHERE 1 / (9 - n) >= 0; EXCEPTION WHEN division_by_zero THEN END $$'),
    ('was deleted', 'INSERT INTO kroles.media (name) VALUES (''x''); DELETE FROM kroles.media WHERE id = currval(''kroles.media_id_seq'')')) AS t (what, before);
SELECT campus.tries('stranger', '42501', 'writes afterwards on the door of a room that was not made', 'INSERT INTO public.doors VALUES (campus.next(''media''), ''x'')', 'INSERT INTO kroles.media (type, name, external_id) VALUES (''room'', ''x'', ''rivalry'') ON CONFLICT DO NOTHING');
-- cursors: of a statement before, and of one after, with the same command id
CREATE FUNCTION campus.by_cursor(opened_before boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    asks CURSOR FOR SELECT kroles_can('view', 'media', campus.next('media') + n) FROM generate_series(0, 2) AS n;
    answer boolean;
    answers text := '';
BEGIN
    IF opened_before THEN
        OPEN asks;
    END IF;
    INSERT INTO kroles.media (name, external_id) VALUES ('x', 'rivalry') ON CONFLICT DO NOTHING;
    IF NOT opened_before THEN
        OPEN asks;
    END IF;
    LOOP
        FETCH asks INTO answer;
        EXIT WHEN NOT FOUND;
        answers := answers || answer::text || ' ';
    END LOOP;
    RETURN rtrim(answers);
END $$;
SELECT campus.tries('owner', 'false false false', 'asks by a cursor that was opened ' || CASE WHEN before THEN 'before' ELSE 'after' END, format('SELECT campus.by_cursor(%L)', before)) FROM unnest('{true, false}'::boolean[]) AS before;
-- a cursor that is read while the row is in the making, by a command that is the cursor's too: it is told of the row, which is theirs
CREATE FUNCTION campus.fetches() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    asks refcursor := 'asks';
    answer text;
BEGIN
    FETCH asks INTO answer;
    RETURN answer;
END $$;
SELECT campus.may('owner', 'true', 'reads in RETURNING a cursor of before that asks about what comes', 'INSERT INTO kroles.media (name) VALUES (''x'') RETURNING campus.fetches()', 'DECLARE asks CURSOR FOR SELECT kroles_can(''view'', ''media'', campus.next(''media''))');
-- a function that the statement calls makes rows of its own: known in its own statements, and not to the others
CREATE FUNCTION campus.makes() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    answer bigint;
BEGIN
    INSERT INTO kroles.media (name, external_id) VALUES ('inner', 'rivalry') ON CONFLICT DO NOTHING;
    answer := currval('kroles.media_id_seq');
    RETURN answer;
END $$;
SELECT campus.tries('owner', 'false', 'asks about a row that a function of the statement did not make', 'INSERT INTO kroles.media (name) VALUES (''x'') RETURNING kroles_can(''view'', ''media'', campus.makes())');

-- ---- Savepoints around ----
CREATE FUNCTION campus.around() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    film bigint;
    answers text := '';
BEGIN
    BEGIN
        INSERT INTO kroles.media (name) VALUES ('first') RETURNING id INTO film;
        answers := answers || kroles_can('manage', 'media', film)::text;
        RAISE EXCEPTION 'back';
    EXCEPTION WHEN raise_exception THEN
        answers := answers || ' ' || kroles_can('manage', 'media', film)::text;
    END;
    WITH m AS (INSERT INTO kroles.media (name) VALUES ('second') RETURNING id, kroles_can('manage', 'media', id) AS mine, kroles_can('manage', 'media', film) AS gone)
    SELECT answers || ' ' || m.mine || ' ' || m.gone INTO answers FROM m;
    RETURN answers;
END $$;
SELECT campus.may('owner', 'true false true false', 'makes a film, takes it back, makes another, and asks about both', 'SELECT campus.around()');
SELECT is((SELECT count(*) FROM kroles_verify()), 0::bigint, 'control: what is derived is right');
SELECT * FROM finish();
