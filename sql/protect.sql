-- An application's own tables under the rules: kroles_protect() and kroles_unprotect().
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;
\set VERBOSITY terse
\set SHOW_CONTEXT never

INSERT INTO kroles.users (id, login, applicative_role, administrator, blocked) VALUES
    (1, 'olga', 'admin', false, false),         -- owns the channels, the gallery and the film
    (2, 'mona', 'private_only', false, false),  -- moderates the channel, is a publisher of the film
    (3, 'carl', 'private_only', false, false),  -- contributes to the channel and the gallery, is an editor of the film
    (4, 'mia', 'private_only', false, false),   -- is a member of the channel, a viewer of the film
    (5, 'stan', 'admin', false, false),         -- has no grant at all
    (6, 'blanche', 'admin', false, true),       -- manages the channel, and is blocked
    (7, 'ada', 'viewer', true, false);          -- runs the site
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, external_id) VALUES
    (1, 'channel', 'private', 'Lectures', 1, 'lec'), (2, 'gallery', 'private', 'Shelf', 1, 'shelf'),
    (3, 'channel', 'private', 'Board', 1, 'board'),
    (4, 'channel', 'private', 'By uuid', 1, '0f8fad5b-d9cb-469f-a165-70867728950e');
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES
    (1, 2, 'moderator'), (1, 3, 'contributor'), (1, 4, 'member'), (1, 6, 'manager'), (2, 3, 'contributor'), (4, 3, 'contributor');
INSERT INTO kroles.media (id, name, owner_id, external_id) VALUES (1, 'film', 1, '0_film'), (2, 'other film', 5, '0_other');
INSERT INTO kroles.events (id, name, created_by, external_id) VALUES (1, 'congress', 1, 'cong'), (2, 'meeting', 5, 'meet');
INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (1, 2, 'moderator'), (1, 3, 'speaker'), (1, 4, 'attendee');
INSERT INTO kroles.media (id, name, type, owner_id) VALUES (3, 'room', 'room', 1);
INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (3, 2, 'room_moderator');
INSERT INTO kroles.media_speakers (media_id, user_id, type) VALUES (3, 3, 'advanced'), (3, 4, 'simple');
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (1, 2, 'publisher'), (1, 3, 'editor'), (1, 4, 'viewer');

CREATE ROLE regress_kroles_portal;              -- what the application logs in as
CREATE ROLE regress_kroles_maker;               -- whoever owns the application's tables
SELECT kroles_trust_gateway('regress_kroles_portal');
CREATE SCHEMA app AUTHORIZATION regress_kroles_maker;
GRANT USAGE ON SCHEMA app TO regress_kroles_portal;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_kroles_maker IN SCHEMA app
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO regress_kroles_portal;
SET search_path = app, public;

-- What a statement comes to for a person: how many rows, or the SQLSTATE. It changes nothing.
CREATE FUNCTION attempt(person text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    PERFORM set_config('kroles.user', person, true);
    EXECUTE statement;
    GET DIAGNOSTICS n = ROW_COUNT;
    RAISE EXCEPTION USING ERRCODE = 'ZZZZZ', MESSAGE = n;
EXCEPTION
    WHEN SQLSTATE 'ZZZZZ' THEN RETURN SQLERRM;
    WHEN OTHERS THEN RETURN SQLSTATE;
END $$;
-- The four commands for everybody, on the one row that belongs to the object in question.
CREATE FUNCTION attempts(tab text, id text, OUT person text, OUT sees text, OUT adds text, OUT changes text, OUT removes text)
RETURNS SETOF record LANGUAGE sql AS $$
    SELECT p, attempt(p, format('SELECT FROM %s WHERE id = %L', tab, id)),
        attempt(p, format('INSERT INTO %s (id, note) VALUES (%L, ''new'')', tab, id)),
        attempt(p, format('UPDATE %s SET note = ''changed'' WHERE id = %L', tab, id)),
        attempt(p, format('DELETE FROM %s WHERE id = %L', tab, id))
    FROM unnest('{olga, mona, carl, mia, stan, blanche, ada, NULL}'::text[]) AS p
$$;

--
-- 1. The default rights of each kind
--
SET SESSION AUTHORIZATION regress_kroles_maker;
CREATE TABLE notices (id bigint, note text);
CREATE TABLE labels (id bigint, note text);
CREATE TABLE captions (id bigint, note text);
CREATE TABLE reports (id bigint, note text);
INSERT INTO notices VALUES (1, 'of Lectures'), (3, 'of Board'), (2, 'of a gallery'), (99, 'of none'), (NULL, 'of none');
INSERT INTO labels VALUES (2, 'of Shelf');
INSERT INTO captions VALUES (1, 'of the film'), (2, 'of the other film');
INSERT INTO reports VALUES (1, 'of the site');
SELECT kroles_protect('notices', 'channel', 'id');
SELECT kroles_protect('labels', 'gallery', 'id');
SELECT kroles_protect('captions', 'media', 'id');
SELECT kroles_protect('reports', 'site', NULL);
SELECT * FROM kroles.protected_tables ORDER BY relation::text;
\d notices
SELECT p.polname, obj_description(p.oid, 'pg_policy') FROM pg_policy p WHERE p.polrelid = 'notices'::regclass ORDER BY 1;
SELECT count(*) FROM notices;                   -- not even their owner sees them

SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT * FROM attempts('notices', '1');
SELECT * FROM attempts('labels', '2');
SELECT * FROM attempts('captions', '1');
SELECT * FROM attempts('reports', '1');
SET kroles."user" = 'carl';
SELECT * FROM notices;                          -- of the channel only: not of an id that is a gallery, of none, of NULL
SELECT * FROM captions;
INSERT INTO notices VALUES (NULL, 'of none');
INSERT INTO notices VALUES (2, 'of a gallery');
INSERT INTO notices VALUES (99, 'of none');
SET kroles."user" = 'olga';
UPDATE notices SET id = 4 WHERE id = 1;         -- from one of hers to another
UPDATE notices SET id = 1 WHERE id = 4;
UPDATE notices SET id = 99 WHERE id = 1;        -- to none
UPDATE notices SET id = NULL WHERE id = 1;
SET kroles."user" = 'stan';
INSERT INTO captions VALUES (2, 'his own');
UPDATE captions SET id = 1;                     -- onto a film he has no right to
RESET kroles."user";

--
-- 2. Rights that are chosen
--
SET SESSION AUTHORIZATION regress_kroles_maker;
SELECT kroles_protect('notices', 'channel', 'id', update_right => 'edit_contributions', delete_right => 'delete_contributions');
SELECT select_right, insert_right, update_right, delete_right FROM kroles.protected_tables WHERE relation = 'notices'::regclass;
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT * FROM attempts('notices', '1');
SET SESSION AUTHORIZATION regress_kroles_maker;
SELECT kroles_protect('notices', 'channel', 'id', insert_right => 'publish');          -- a right of media
SELECT kroles_protect('reports', 'site', NULL, 'view');
SELECT kroles_protect('reports', 'site', NULL, 'upload');
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT * FROM attempts('reports', '1');

--
-- 3. External ids, and other types of ids
--
SET SESSION AUTHORIZATION regress_kroles_maker;
CREATE DOMAIN category AS varchar(40) CHECK (VALUE <> '');
CREATE DOMAIN subcategory AS category;
CREATE DOMAIN channel_number AS integer;
CREATE TABLE by_text (id text, note text);
CREATE TABLE by_varchar (id varchar(10), note text);
CREATE TABLE by_domain (id subcategory, note text);
CREATE TABLE by_uuid (id uuid, note text);
CREATE TABLE by_entry (id text, note text);
CREATE TABLE by_smallint (id smallint, note text);
CREATE TABLE by_number (id channel_number, note text);
INSERT INTO by_text VALUES ('lec', ''), ('LEC', ''), ('lec ', ''), ('board', ''), ('shelf', ''), ('none', ''), ('', ''), ('1', ''), (NULL, '');
INSERT INTO by_varchar VALUES ('lec', ''), ('board', '');
INSERT INTO by_domain VALUES ('lec', ''), ('board', '');
INSERT INTO by_uuid VALUES ('0F8FAD5B-D9CB-469F-A165-70867728950E', ''), ('00000000-0000-0000-0000-000000000000', '');
INSERT INTO by_entry VALUES ('0_film', ''), ('0_other', ''), ('lec', ''), (repeat('x', 100000), '');
INSERT INTO by_smallint VALUES (1, ''), (3, '');
INSERT INTO by_number VALUES (1, ''), (3, '');
SELECT kroles_protect(t, CASE t::text WHEN 'by_entry' THEN 'media' ELSE 'channel' END::kroles.object_kind, 'id')
FROM unnest('{by_text, by_varchar, by_domain, by_uuid, by_entry, by_smallint, by_number}'::regclass[]) AS t;
SELECT relation, pg_get_expr(polqual, polrelid) AS asks, in_force
FROM kroles.protected_tables JOIN pg_policy ON polrelid = relation AND polcmd = 'r' WHERE relation::text LIKE 'by%' ORDER BY relation::text;
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'carl';
SELECT id FROM by_text UNION ALL SELECT id FROM by_varchar UNION ALL SELECT id FROM by_domain UNION ALL SELECT id::text FROM by_uuid
UNION ALL SELECT id FROM by_entry UNION ALL SELECT id::text FROM by_smallint UNION ALL SELECT id::text FROM by_number;
SELECT * FROM attempts('by_text', 'lec');
SELECT * FROM attempts('by_entry', '0_film');
UPDATE by_entry SET id = '0_other';
RESET SESSION AUTHORIZATION;
-- a row follows its external id, not the object that had it
UPDATE kroles.spaces SET external_id = 'old' WHERE id = 1;
UPDATE kroles.spaces SET external_id = 'lec' WHERE id = 3;
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT person, sees FROM attempts('by_text', 'lec') WHERE sees = '1';
RESET SESSION AUTHORIZATION;
UPDATE kroles.spaces SET external_id = 'board' WHERE id = 3;
UPDATE kroles.spaces SET external_id = 'lec' WHERE id = 1;

-- Rows of events, by id or by external id, and of rooms: what is said to participants, speakers' slides, a room's whiteboard
SET SESSION AUTHORIZATION regress_kroles_maker;
CREATE TABLE agenda (id text, note text);
CREATE TABLE slides (id bigint, note text);
CREATE TABLE whiteboard (id bigint, note text);
SELECT kroles_protect('agenda', 'event', 'id'), kroles_protect('slides', 'event', 'id', insert_right => 'present'), kroles_protect('whiteboard', 'room', 'id');
RESET SESSION AUTHORIZATION;
INSERT INTO agenda VALUES ('cong'), ('meet'), ('none');
INSERT INTO slides VALUES (1), (2);
INSERT INTO whiteboard VALUES (3), (1);
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT * FROM attempts('agenda', 'cong');
SELECT * FROM attempts('slides', '1');
SELECT * FROM attempts('whiteboard', '3');
RESET SESSION AUTHORIZATION;
-- The question behind it gives nothing away: hidden, absent and NULL alike
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT kroles.external_can('view', 'channel', 'lec') AS own, kroles.external_can('view', 'channel', 'board') AS hidden,
    kroles.external_can('view', 'channel', 'none') AS absent, kroles.external_can('view', 'gallery', 'lec') AS other_kind,
    kroles.external_can('administer', 'site', 'lec') AS site, kroles.external_can('view', 'event', 'lec') AS event,
    kroles.external_can('view', 'channel', NULL) AS "null";

--
-- 4. Every kind of statement
--
SELECT * FROM notices;
INSERT INTO notices VALUES (1, 'one'), (3, 'two');                                      -- all or none
INSERT INTO notices VALUES (1, 'one') RETURNING *;
\copy notices from '/dev/null'
COPY notices TO STDOUT;
MERGE INTO notices n USING (VALUES (3, 'two')) AS v (id, note) ON n.id = v.id
    WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.note);        -- the row of 3 is not there for him
MERGE INTO notices n USING (VALUES (1, 'merged')) AS v (id, note) ON n.id = v.id
    WHEN MATCHED THEN UPDATE SET note = v.note;
WITH gone AS (DELETE FROM notices RETURNING id) SELECT count(*) FROM gone;
SELECT * FROM notices FOR UPDATE;               -- takes the right to change
TRUNCATE notices;
-- through a view of a role that policies hold back (kroles_doctor() names those of others)
SET SESSION AUTHORIZATION regress_kroles_maker;
CREATE UNIQUE INDEX ON labels (id);
CREATE VIEW makers_view AS SELECT * FROM notices;
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'mia';
SELECT DISTINCT id FROM makers_view;
SET kroles."user" = 'carl';
INSERT INTO labels VALUES (2, 'again') ON CONFLICT (id) DO NOTHING;
INSERT INTO labels VALUES (2, 'again') ON CONFLICT (id) DO UPDATE SET note = 'changed'; -- he may add, not change
RESET kroles."user";

--
-- 5. Partitions and children
--
SET SESSION AUTHORIZATION regress_kroles_maker;
CREATE TABLE log (id bigint, note text, year int) PARTITION BY LIST (year);
CREATE TABLE log_2024 PARTITION OF log FOR VALUES IN (2024);
CREATE TABLE log_2025 PARTITION OF log FOR VALUES IN (2025) PARTITION BY RANGE (id);
CREATE TABLE log_2025_a PARTITION OF log_2025 FOR VALUES FROM (MINVALUE) TO (3);
CREATE TABLE log_2025_b (year int, note text, id bigint);                               -- its columns in another order
ALTER TABLE log_2025 ATTACH PARTITION log_2025_b FOR VALUES FROM (3) TO (MAXVALUE);
INSERT INTO log SELECT id, '', year FROM generate_series(1, 4) AS id, generate_series(2024, 2025) AS year;
CREATE TABLE papers (id bigint, note text);
CREATE TABLE papers_old (archived date) INHERITS (papers);
INSERT INTO papers VALUES (1, ''), (3, '');
INSERT INTO papers_old VALUES (1, ''), (3, '');
SELECT kroles_protect('log_2024', 'channel', 'id');
SELECT kroles_protect('log_2025', 'channel', 'id');
SELECT kroles_protect('papers_old', 'channel', 'id');
SELECT kroles_protect('log', 'channel', 'id');
SELECT kroles_protect('papers', 'channel', 'id');
SELECT relation, kind, id_column, in_force FROM kroles.protected_tables
WHERE relation::text LIKE 'log%' OR relation::text LIKE 'papers%' ORDER BY relation::text;
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'mia';
SELECT t, attempt('mia', 'SELECT FROM ' || t) AS "mia sees", attempt('olga', 'SELECT FROM ' || t) AS "olga sees"
FROM unnest('{log, log_2024, log_2025, log_2025_a, log_2025_b, papers, papers_old}'::text[]) AS t;
SELECT t, attempt('mia', format('INSERT INTO %s (id) VALUES (1)', t)) AS "mia adds", attempt('carl', format('INSERT INTO %s (id) VALUES (1)', t)) AS "carl adds"
FROM unnest('{papers, papers_old}'::text[]) AS t
UNION ALL
SELECT t, attempt('mia', format('INSERT INTO %s (id, year) VALUES (1, 2025)', t)), attempt('carl', format('INSERT INTO %s (id, year) VALUES (1, 2025)', t))
FROM unnest('{log, log_2025, log_2025_a}'::text[]) AS t;
SELECT tableoid::regclass, id FROM log ORDER BY 1, 2;
SELECT tableoid::regclass, id FROM papers ORDER BY 1, 2;
-- a new partition is open until kroles_protect is called again
SET SESSION AUTHORIZATION regress_kroles_maker;
CREATE TABLE log_2026 PARTITION OF log FOR VALUES IN (2026);
SELECT count(*) FILTER (WHERE relation = 'log_2026'::regclass) FROM kroles.protected_tables;
SELECT kroles_protect('log', 'channel', 'id');
SELECT relation, in_force FROM kroles.protected_tables WHERE relation::text LIKE 'log%' ORDER BY relation::text;
-- one that is detached stays protected, and then is a table of its own
SELECT kroles_unprotect('log_2024');
ALTER TABLE log DETACH PARTITION log_2026;
SELECT kroles_unprotect('log_2026');
SELECT kroles_unprotect('log');
SELECT kroles_unprotect('papers');
SELECT relname, relrowsecurity, relforcerowsecurity, (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) AS policies
FROM pg_class c WHERE relname LIKE 'log%' OR relname LIKE 'papers%' ORDER BY 1;

--
-- 6. What is refused, and why
--
\set VERBOSITY default
SELECT kroles_protect(NULL, 'channel', 'id');
SELECT kroles_protect('labels', NULL, 'id');
SELECT kroles_protect('labels', 'channel', NULL);
SELECT kroles_protect('labels', 'channel', 'nothing');
SELECT kroles_protect('labels', 'channel', 'ctid');
SELECT kroles_protect('labels', 'site', 'id');
CREATE TABLE odd (a numeric, b boolean, c bigint[], d char(10), e kroles.object_kind, f text);
SELECT kroles_protect('odd', 'channel', 'a');
SELECT kroles_protect('odd', 'media', 'd');
SELECT kroles_protect('odd', 'event', 'b');
ALTER TABLE odd DROP COLUMN f;
SELECT kroles_protect('odd', 'channel', 'f');
SELECT kroles_protect('odd', 'channel', 'e', 'join_room', 'upload');
CREATE SEQUENCE numbers;
CREATE VIEW seen AS SELECT * FROM odd;
CREATE MATERIALIZED VIEW copied AS SELECT 1::bigint AS id;
SELECT kroles_protect('seen', 'channel', 'a');
SELECT kroles_protect('copied', 'channel', 'id');
SELECT kroles_protect('numbers', 'channel', 'last_value');
SELECT kroles_protect('pg_class', 'channel', 'oid');
SELECT kroles_protect('information_schema.sql_parts', 'channel', 'feature_id');
SELECT kroles_protect('kroles.media', 'media', 'id');
SELECT kroles_protect('kroles.channels', 'channel', 'id');
SELECT kroles_unprotect('kroles.media');
SELECT kroles_unprotect('odd');
SELECT kroles_unprotect(12345678::regclass);
SELECT kroles_protect(12345678::regclass, 'channel', 'id');
SELECT kroles_unprotect(NULL);
-- another's child of two tables: the second shows its rows
CREATE TABLE mother (id bigint);
CREATE TABLE father (id bigint);
CREATE TABLE child () INHERITS (mother, father);
SELECT kroles_protect('mother', 'channel', 'id');
DROP TABLE child;
-- another's table below
RESET SESSION AUTHORIZATION;
CREATE TABLE child () INHERITS (mother);
SET SESSION AUTHORIZATION regress_kroles_maker;
SELECT kroles_protect('mother', 'channel', 'id');
RESET SESSION AUTHORIZATION;
DROP TABLE child;
-- a foreign table below
CREATE FOREIGN DATA WRAPPER regress_kroles_fdw;
CREATE SERVER regress_kroles_server FOREIGN DATA WRAPPER regress_kroles_fdw;
CREATE FOREIGN TABLE far (id bigint) INHERITS (mother) SERVER regress_kroles_server;
SELECT kroles_protect('mother', 'channel', 'id');
ALTER FOREIGN TABLE far NO INHERIT mother;
SELECT kroles_protect('far', 'channel', 'id');
DROP FOREIGN DATA WRAPPER regress_kroles_fdw CASCADE;
-- whoever does not own it
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT kroles_protect('mother', 'channel', 'id');
SELECT kroles_unprotect('notices');
SET SESSION AUTHORIZATION regress_kroles_maker;

--
-- 7. Policies of the table's own
--
CREATE POLICY friends ON mother USING (true);
CREATE POLICY kroles_select ON mother FOR SELECT USING (true);   -- a name of ours, but not made by us
SELECT kroles_protect('mother', 'channel', 'id');
DROP POLICY kroles_select ON mother;
CREATE POLICY narrower ON mother AS RESTRICTIVE USING (id < 100);
SELECT kroles_protect('mother', 'channel', 'id', keep_policies => true);
SELECT kroles_unprotect('mother');
SELECT polname, relrowsecurity, relforcerowsecurity FROM pg_policy JOIN pg_class c ON c.oid = polrelid WHERE polrelid = 'mother'::regclass ORDER BY 1;
DROP POLICY friends ON mother;
SELECT kroles_protect('mother', 'channel', 'id');       -- one that narrows may stay
-- what somebody altered is seen, and put right
ALTER POLICY kroles_select ON mother USING (true);
SELECT relation, select_right, in_force FROM kroles.protected_tables WHERE relation = 'mother'::regclass;
SELECT kroles_protect('mother', 'channel', 'id');
SELECT relation, select_right, in_force FROM kroles.protected_tables WHERE relation = 'mother'::regclass;
-- so are a policy that is missing, and row-level security switched off
DROP POLICY kroles_update ON mother;
SELECT in_force FROM kroles.protected_tables WHERE relation = 'mother'::regclass;
SELECT kroles_protect('mother', 'channel', 'id');
ALTER TABLE mother NO FORCE ROW LEVEL SECURITY;
SELECT in_force FROM kroles.protected_tables WHERE relation = 'mother'::regclass;
SELECT kroles_protect('mother', 'channel', 'id');
SELECT in_force FROM kroles.protected_tables WHERE relation = 'mother'::regclass;
-- without its comments, as pg_dump --no-comments leaves it
COMMENT ON POLICY kroles_select ON mother IS NULL;
COMMENT ON POLICY kroles_insert ON mother IS NULL;
SELECT in_force FROM kroles.protected_tables WHERE relation = 'mother'::regclass;
-- the column follows a new name, and stays as long as a policy asks for it
ALTER TABLE mother RENAME id TO channel;
SELECT id_column, in_force FROM kroles.protected_tables WHERE relation = 'mother'::regclass;
ALTER TABLE mother DROP COLUMN channel;
SELECT kroles_unprotect('mother');

--
-- 8. Names that want quoting, and objects in the way
--
CREATE TABLE "Wh""at's; DROP TABLE notices" ("i""d; --" bigint, "''$$" uuid);
SELECT kroles_protect('"Wh""at''s; DROP TABLE notices"', 'channel', 'i"d; --');
SELECT kroles_protect('"Wh""at''s; DROP TABLE notices"', 'media', '''''$$');
SELECT relation, kind, id_column, in_force FROM kroles.protected_tables WHERE relation::text LIKE '"Wh%';
SELECT kroles_unprotect('"Wh""at''s; DROP TABLE notices"');
CREATE TEMP TABLE pg_class (id bigint);
CREATE FUNCTION pg_temp.lower(text) RETURNS text LANGUAGE sql AS $$ SELECT 'hijacked' $$;
CREATE FUNCTION app.format(text, VARIADIC text[]) RETURNS text LANGUAGE sql AS $$ SELECT 'hijacked' $$;
SET search_path = app, pg_temp, public, pg_catalog;
SELECT kroles_protect('pg_temp.pg_class', 'channel', 'id');
SELECT relation::regclass::text LIKE 'pg_%' AS temporary, kind, in_force FROM kroles.protected_tables WHERE id_column = 'id' AND relation = 'pg_temp.pg_class'::regclass;
SELECT kroles_unprotect('pg_temp.pg_class');
DROP TABLE pg_temp.pg_class;
DROP FUNCTION pg_temp.lower(text), app.format(text, text[]);
SET search_path = app, public;

--
-- 9. In the audit log, by whom, before and after
--
SELECT kroles_unprotect('notices');
RESET SESSION AUTHORIZATION;
SELECT db_role, operation, relation, before - 'tables' - 'kind' - 'in_force' AS before, after - 'tables' - 'kind' - 'in_force' AS after
FROM kroles.audit_log WHERE object_kind = 'table' AND relation = 'app.notices' ORDER BY id;
SELECT operation, after -> 'tables' AS tables FROM kroles.audit_log WHERE relation = 'app.log' ORDER BY id;

--
-- 10. The extension does not go without what it protects
--
SET client_min_messages = warning;
DROP TABLE labels, notices, reports, by_text, by_varchar, by_domain, by_uuid, by_smallint, by_number, agenda, slides, whiteboard, odd CASCADE;
\set VERBOSITY terse
DROP EXTENSION kroles;
DROP SCHEMA kroles CASCADE;
SELECT relname, relrowsecurity, relforcerowsecurity, (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) AS policies
FROM pg_class c WHERE relname = 'captions';       -- shown to nobody
DROP SCHEMA app CASCADE;
DROP ROLE regress_kroles_portal, regress_kroles_maker;
