-- Robustness: trigger functions used wrongly. A superuser puts each on tables that it does not know and on ours, at every time,
-- for every event and with any arguments, and fires it. A function written in C refuses with 39P01 every use that the
-- extension's own triggers do not make; none crashes the server.
\set name attack_code_triggers
\ir lib/portal.psql
SELECT * FROM no_plan();
CREATE SCHEMA mallory;

-- What is attacked: how a row comes, changes and goes.
CREATE TABLE mallory.media (id text, owner_id text, media_id text, user_id text, group_id text, space_id text, event_id text,
    kind text, type text, parent_id text, position text, status text, audience text, blocked text, external_id text);
CREATE TABLE mallory.bare ();
CREATE TABLE mallory.parted (id bigint, media_id bigint, user_id bigint) PARTITION BY LIST (id);
CREATE TABLE mallory.part PARTITION OF mallory.parted DEFAULT;
CREATE TABLE mallory.child () INHERITS (kroles.event_sessions);
CREATE VIEW mallory.view AS SELECT * FROM mallory.media;
CREATE FUNCTION mallory.instead() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN coalesce(NEW, OLD); END';
CREATE TRIGGER "~instead" INSTEAD OF INSERT OR UPDATE OR DELETE ON mallory.view FOR EACH ROW EXECUTE FUNCTION mallory.instead();
INSERT INTO mallory.media (id) VALUES ('x');
INSERT INTO mallory.bare DEFAULT VALUES;
INSERT INTO mallory.parted VALUES (1, 40, 3);
INSERT INTO mallory.child VALUES (80, 40, 1);
CREATE TEMP TABLE tables (name text, event text, statement text, PRIMARY KEY (name, event));
INSERT INTO tables VALUES
    ('mallory.media', 'INSERT', 'INSERT INTO mallory.media (id) VALUES (''y'')'),
    ('mallory.media', 'UPDATE', 'UPDATE mallory.media SET owner_id = ''y'''),
    ('mallory.media', 'DELETE', 'DELETE FROM mallory.media'),
    ('mallory.media', 'TRUNCATE', 'TRUNCATE mallory.media'),
    ('mallory.bare', 'INSERT', 'INSERT INTO mallory.bare DEFAULT VALUES'),
    ('mallory.bare', 'DELETE', 'DELETE FROM mallory.bare'),
    ('mallory.bare', 'TRUNCATE', 'TRUNCATE mallory.bare'),
    ('mallory.parted', 'INSERT', 'INSERT INTO mallory.parted VALUES (2, 40, 3)'),
    ('mallory.parted', 'UPDATE', 'UPDATE mallory.parted SET user_id = 4'),
    ('mallory.parted', 'DELETE', 'DELETE FROM mallory.parted'),
    ('mallory.parted', 'TRUNCATE', 'TRUNCATE mallory.parted'),
    ('mallory.child', 'INSERT', 'INSERT INTO mallory.child VALUES (80, 41, 1)'),
    ('mallory.child', 'UPDATE', 'UPDATE mallory.child SET position = 2'),
    ('mallory.view', 'INSERT', 'INSERT INTO mallory.view (id) VALUES (''y'')'),
    ('mallory.view', 'UPDATE', 'UPDATE mallory.view SET owner_id = ''y'''),
    ('mallory.view', 'DELETE', 'DELETE FROM mallory.view'),
    ('kroles.users', 'INSERT', 'INSERT INTO kroles.users (login, applicative_role) VALUES (''new'', ''viewer'')'),
    ('kroles.users', 'UPDATE', 'UPDATE kroles.users SET name = ''x'' WHERE id = 6'),
    ('kroles.users', 'DELETE', 'DELETE FROM kroles.users WHERE id = 6'),
    ('kroles.users', 'TRUNCATE', 'TRUNCATE kroles.users CASCADE'),
    ('kroles.spaces', 'INSERT', 'INSERT INTO kroles.spaces (kind, type, name, owner_id, parent_id) VALUES (''gallery'', ''open'', ''x'', 2, 777021)'),
    ('kroles.spaces', 'UPDATE', 'UPDATE kroles.spaces SET name = ''x'' WHERE id = 20'),
    ('kroles.spaces', 'DELETE', 'DELETE FROM kroles.spaces WHERE id = 20'),
    ('kroles.media', 'INSERT', 'INSERT INTO kroles.media (name, owner_id) VALUES (''x'', 3)'),
    ('kroles.media', 'UPDATE', 'UPDATE kroles.media SET name = ''x'' WHERE id = 40'),
    ('kroles.media', 'DELETE', 'DELETE FROM kroles.media WHERE id = 40'),
    ('kroles.media', 'TRUNCATE', 'TRUNCATE kroles.media CASCADE'),
    ('kroles.publications', 'INSERT', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (40, 21)'),
    ('kroles.publications', 'UPDATE', 'UPDATE kroles.publications SET reason = reason WHERE media_id = 40'),
    ('kroles.publications', 'DELETE', 'DELETE FROM kroles.publications WHERE media_id = 40'),
    ('kroles.publications', 'TRUNCATE', 'TRUNCATE kroles.publications'),
    ('kroles.event_participants', 'INSERT', 'INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (80, 6, ''attendee'')'),
    ('kroles.event_participants', 'UPDATE', 'UPDATE kroles.event_participants SET role = ''speaker'' WHERE id = 85'),
    ('kroles.event_participants', 'DELETE', 'DELETE FROM kroles.event_participants WHERE id = 85'),
    ('kroles.playlist_items', 'INSERT', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (70, 40)'),
    ('kroles.playlist_items', 'UPDATE', 'UPDATE kroles.playlist_items SET position = position WHERE playlist_id = 70'),
    ('kroles.playlist_items', 'DELETE', 'DELETE FROM kroles.playlist_items WHERE playlist_id = 70');

-- What a superuser gets who does that, all of it undone: the error's SQLSTATE, or "passes".
CREATE FUNCTION pg_temp.try(VARIADIC statements text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    statement text;
BEGIN
    FOREACH statement IN ARRAY statements LOOP
        EXECUTE statement;
    END LOOP;
    RAISE EXCEPTION USING ERRCODE = 'KR000';
EXCEPTION
    WHEN SQLSTATE 'KR000' THEN RETURN 'passes';
    WHEN OTHERS THEN RETURN SQLSTATE;
END $$;
SELECT attack.control('passes', pg_temp.try(statement), statement || ', as it is') FROM tables;

CREATE TEMP TABLE functions AS
    SELECT p.oid, p.proname AS name, format('kroles.%I', p.proname) AS called, l.lanname = 'c' AS is_c
    FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
    WHERE p.pronamespace = 'kroles'::regnamespace AND p.prorettype = 'trigger'::regtype;

-- How it fires. pg_trigger.tgtype has the same as bits.
CREATE TEMP TABLE times (written text, ending text, bits integer);
INSERT INTO times VALUES
    ('TRIGGER "!" BEFORE', 'ROW', 1 + 2), ('TRIGGER "!" AFTER', 'ROW', 1), ('TRIGGER "!" INSTEAD OF', 'ROW', 1 + 64),
    ('TRIGGER "!" BEFORE', 'STATEMENT', 2), ('TRIGGER "!" AFTER', 'STATEMENT', 0),
    ('CONSTRAINT TRIGGER "!" AFTER', 'ROW', NULL);
CREATE TEMP TABLE events AS SELECT * FROM (VALUES ('INSERT', 4), ('DELETE', 8), ('UPDATE', 16), ('TRUNCATE', 32)) AS e (event, bits);

CREATE TEMP TABLE tried AS
SELECT f.name AS fn, f.is_c, written || ' ' || t.event || ' ON ' || t.name || ' FOR EACH ' || ending || ' (' || arguments || ')' AS tried,
    -- whether the extension itself has such a trigger, without transition tables, on that table; the tracker is for any of ours
    EXISTS (SELECT FROM pg_trigger g WHERE g.tgfoid = f.oid AND g.tgtype & 67 = w.bits
        AND g.tgtype & e.bits <> 0 AND g.tgoldtable IS NULL AND g.tgnewtable IS NULL
        AND CASE f.name WHEN 'track' THEN t.name LIKE 'kroles.%' AND a.n % 2 = 0
            ELSE g.tgrelid = t.name::regclass AND g.tgnargs = a.n END) AS fits,
    pg_temp.try(format('CREATE %s %s ON %s %s FOR EACH %s EXECUTE FUNCTION %s(%s)', written, t.event, t.name,
        CASE WHEN w.bits IS NULL THEN 'DEFERRABLE INITIALLY DEFERRED' END, ending, f.called, arguments), t.statement,
        'SET CONSTRAINTS ALL IMMEDIATE') AS answer
FROM functions f, tables t, times w, events e,
    (VALUES (0, ''), (1, '''users'''), (2, '''user'', ''id'''), (3, '''media'', ''id'', ''''')) AS a (n, arguments)
WHERE e.event = t.event AND (t.event <> 'TRUNCATE' OR ending = 'STATEMENT')
    AND (ending = 'STATEMENT' OR (w.bits = 65) = (t.name = 'mallory.view')) AND NOT (t.name = 'mallory.view' AND w.bits IS NULL)
    AND (f.is_c OR t.name IN ('mallory.media', 'kroles.media'))
    AND (t.name = 'mallory.media' AND f.is_c OR a.n = CASE f.name WHEN 'track' THEN 2 WHEN 'audit' THEN 3 WHEN 'import_row' THEN 1 ELSE 0 END);
SELECT attack.control('t', (count(*) > 3000 AND bool_or(fits))::text::char::text, 'there are triggers of all kinds') FROM tried;
SELECT attack.attempt('39P01', coalesce(string_agg(answer || ' ' || tried, ', ') FILTER (WHERE answer <> '39P01'), '39P01'),
    'a superuser makes a trigger with kroles.' || fn || '() that the extension does not have: ' || count(*) || ' kinds')
FROM tried WHERE is_c AND NOT fits GROUP BY fn ORDER BY fn;
SELECT attack.attempt('an error of the documented kinds', coalesce(string_agg(answer || ' ' || tried, ', ')
    FILTER (WHERE answer !~ '^(passes|39P01|23\d{3}|22P02|22004|42\w{3}|0A000|20000|55000|P0001)$'), 'an error of the documented kinds'),
    'a superuser makes a trigger with kroles.' || fn || '() ' || CASE WHEN is_c THEN 'once more' ELSE 'anywhere' END)
FROM tried WHERE NOT is_c OR fits GROUP BY fn, is_c ORDER BY fn, is_c;
SELECT attack.attempt('39P01', pg_temp.try(trigger, statement), trigger)
FROM (VALUES
    ('CREATE TRIGGER t AFTER UPDATE ON kroles.media REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION kroles.audit(''media'', ''id'', '''')',
        'UPDATE kroles.media SET name = ''x'''),
    ('CREATE TRIGGER t AFTER UPDATE ON kroles.media REFERENCING OLD TABLE AS new_rows NEW TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION kroles.audit(''media'', ''id'', '''')',
        'UPDATE kroles.media SET name = ''x'''),
    ('CREATE TRIGGER t AFTER INSERT ON kroles.events REFERENCING NEW TABLE AS x FOR EACH STATEMENT EXECUTE FUNCTION kroles.make_organizers()',
        'INSERT INTO kroles.events (name, created_by) VALUES (''x'', 3)'),
    ('CREATE TRIGGER t AFTER DELETE ON kroles.playlist_items REFERENCING OLD TABLE AS x FOR EACH STATEMENT EXECUTE FUNCTION kroles.renumber_positions()',
        'DELETE FROM kroles.playlist_items'),
    ('CREATE TRIGGER t AFTER UPDATE ON kroles.publications REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION kroles.maintain_audiences()',
        'UPDATE kroles.publications SET reason = reason'),
    ('CREATE TRIGGER t BEFORE INSERT ON kroles.users FOR EACH ROW EXECUTE FUNCTION kroles.track(''user'')',
        'INSERT INTO kroles.users (login, applicative_role) VALUES (''new'', ''viewer'')'),
    ('DROP TRIGGER begin ON kroles.user_import', 'INSERT INTO kroles.user_import (login) VALUES (''new'')')
) AS t (trigger, statement);

-- ---- Our tables, not as the extension made them ----
-- A column is renamed, dropped or of another type; then rows come, change and go.
CREATE TEMP TABLE altered AS
SELECT alteration, pg_temp.try(alteration, t.statement) AS answer
FROM tables t JOIN pg_attribute a ON a.attrelid = t.name::regclass AND a.attnum > 0 AND NOT a.attisdropped,
    LATERAL (VALUES
        (format('ALTER TABLE %s RENAME COLUMN %I TO other', t.name, attname)),
        (format('ALTER TABLE %s DROP COLUMN %I CASCADE', t.name, attname)),
        (format('ALTER TABLE %s ALTER COLUMN %I TYPE text USING ''x''', t.name, attname)),
        (format('ALTER TABLE %s ALTER COLUMN %I TYPE bigint USING 1', t.name, attname)),
        (format('ALTER TABLE %s ALTER COLUMN %I TYPE boolean USING true', t.name, attname))
    ) AS l (alteration)
WHERE t.name LIKE 'kroles.%';
SELECT attack.control('t', (count(*) > 500)::text::char::text, 'there are tables to alter') FROM altered;
SELECT attack.attempt('an answer', coalesce(string_agg(alteration, ', ') FILTER (WHERE answer ~ '^(57|58|54)'), 'an answer'),
    'a superuser alters a column of ours, and its rows change: ' || count(*) || ' ways') FROM altered;
SELECT attack.control('passes', pg_temp.try(statement), statement || ', after all that') FROM tables;

SELECT * FROM finish();
