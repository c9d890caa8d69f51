-- The audit log is written in two ways: rows made in C and inserted directly, and, where the log is not as the extension made
-- it, by an INSERT that makes the same rows in SQL. Both log the same, byte for byte.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
\set VERBOSITY terse
\set SHOW_CONTEXT never

INSERT INTO kroles.users (id, login, administrator) VALUES (1, 'olga', false), (2, 'ada', true);
CREATE ROLE regress_kroles_portal;
SELECT kroles_trust_gateway('regress_kroles_portal'), kroles_grant_access('regress_kroles_portal');

-- columns of many types that the owner adds, one of them with a cast to json, one dropped
CREATE TYPE colour AS ENUM ('red', 'Green "g"');
CREATE FUNCTION colour_as_json(colour) RETURNS json LANGUAGE sql IMMUTABLE AS $$ SELECT json_build_object('is', $1::text) $$;
CREATE CAST (colour AS json) WITH FUNCTION colour_as_json(colour);
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN short AS varchar(10);
ALTER TABLE kroles.media
    ADD COLUMN gone int, ADD COLUMN tags text[], ADD COLUMN about jsonb, ADD COLUMN price numeric, ADD COLUMN day date, ADD COLUMN seen timestamp,
    ADD COLUMN span int4range, ADD COLUMN length interval, ADD COLUMN hue colour, ADD COLUMN two pair, ADD COLUMN code short,
    ADD COLUMN small smallint, ADD COLUMN real_one float8, ADD COLUMN old json, ADD COLUMN bytes bytea,
    ADD COLUMN words tsvector GENERATED ALWAYS AS (to_tsvector('simple', name)) STORED;
ALTER TABLE kroles.media DROP COLUMN gone;

-- Changes of every kind, which leave the tables as they were.
CREATE PROCEDURE changes() LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('kroles.user', '', false);
    INSERT INTO kroles.users (id, login, name, email, applicative_role, tokens_valid_after) VALUES
        (11, 'mia', E'M\u00efa "the \\ best"\n', NULL, 'admin', 'infinity'), (12, 'stan', '', '', 'viewer', '2020-02-03 04:05:06.789+00');
    INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('one', 'HS256', repeat('secret', 8));
    UPDATE kroles.signing_keys SET key = repeat('other!', 8) WHERE kid = 'one';
    UPDATE kroles.signing_keys SET expires_at = 'infinity' WHERE kid = 'one';
    DELETE FROM kroles.signing_keys WHERE kid = 'one';
    PERFORM set_config('kroles.user', 'ada', false);
    INSERT INTO kroles.groups (id, name) VALUES (11, 'Biology');
    INSERT INTO kroles.group_members (group_id, user_id) VALUES (11, 11), (11, 12);
    INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (11, 'channel', 'open', 'channel', 11), (12, 'gallery', 'private', 'gallery', 11);
    INSERT INTO kroles.space_members (id, space_id, user_id, group_id) VALUES (11, 11, 12, NULL), (12, 12, NULL, 11), (13, 12, 12, NULL);
    UPDATE kroles.space_members SET role = 'moderator', expires_at = CASE id WHEN 11 THEN timestamptz 'infinity' END WHERE id IN (11, 12, 13);
    UPDATE kroles.space_members SET role = CASE id WHEN 11 THEN 'member' ELSE role END;     -- two rows stay as they are
    UPDATE kroles.spaces SET name = name;                                                   -- nothing is logged
    INSERT INTO kroles.media (id, name, owner_id, external_id) VALUES (11, 'eleven', 11, 'x-11');
    INSERT INTO kroles.media (id, type, name, owner_id, tags, about, price, day, seen, span, length, hue, two, code, small, real_one, old, bytes) VALUES
        (12, 'room', repeat('long ', 1000), 11, ARRAY['a', NULL, 'b"c'], '{"k": [1, {"z": null}], "a": "x"}', 1.50, '2020-01-02', 'infinity',
         '[1,5)', '1 mon 2 days', 'Green "g"', ROW(1, NULL), 'short', 7, 'NaN', '{"b" : 1, "a":2}', '\x0102');
    INSERT INTO kroles.media (id, name, owner_id, price, about, hue) SELECT n, 'film ' || n, 11, n / 3.0, to_jsonb(n), 'red' FROM generate_series(1001, 1250) n;
    UPDATE kroles.media SET price = 1.5 WHERE id = 12;                                      -- another value, the same number
    UPDATE kroles.media SET name = 'Film ' || id, old = '{"a":1}' WHERE id > 1000 AND id % 2 = 0;
    INSERT INTO kroles.publications (media_id, space_id) VALUES (11, 11), (12, 12);
    UPDATE kroles.spaces SET moderated = true WHERE id = 11;
    INSERT INTO kroles.media_collaborators (id, media_id, user_id, permission) VALUES (11, 11, 12, 'viewer');
    INSERT INTO kroles.media_moderators (id, media_id, group_id, permission) VALUES (11, 11, 11, 'chat_moderator');
    INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (11, 12);
    INSERT INTO kroles.playlists (id, space_id, name) VALUES (11, 11, 'Term');
    INSERT INTO kroles.playlist_items (playlist_id, space_id, media_id) VALUES (11, 11, 11);
    INSERT INTO kroles.playlists (id, owner_id, name) VALUES (12, 11, 'Mine');
    INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (12, 11);
    INSERT INTO kroles.join_requests (id, space_id, user_id, message) VALUES (11, 11, 12, 'Please');
    INSERT INTO kroles.events (id, name) VALUES (11, 'Fair');
    INSERT INTO kroles.event_participants (id, event_id, user_id, role) VALUES (11, 11, 12, 'attendee');
    INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (11, 12);
    UPDATE kroles.settings SET creation_tools = '{video,room}', token_leeway = '1 min';
    UPDATE kroles.settings SET creation_tools = enum_range(NULL::kroles.media_type), token_leeway = '30 seconds';
    UPDATE kroles.role_rights SET allowed = NOT allowed WHERE (kind, role, action) = ('channel', 'member', 'contribute');
    UPDATE kroles.role_rights SET allowed = NOT allowed WHERE (kind, role, action) = ('channel', 'member', 'contribute');
    PERFORM set_config('kroles.user', 'mia', false);
    DELETE FROM kroles.spaces WHERE id = 11;                                                -- and what refers to it
    PERFORM set_config('kroles.user', 'ada', false);
    DELETE FROM kroles.events WHERE id = 11;
    DELETE FROM kroles.media WHERE owner_id = 11;
    DELETE FROM kroles.spaces WHERE id = 12;
    DELETE FROM kroles.groups WHERE id = 11;
    DELETE FROM kroles.users WHERE id IN (11, 12);
    PERFORM set_config('kroles.user', '', false);
    DELETE FROM kroles.retired_external_ids;
END $$;

CREATE TABLE logged (n bigint, way text, LIKE kroles.audit_log);
CREATE PROCEDURE change_and_note(way text) LANGUAGE plpgsql AS $$
DECLARE
    upto bigint := (SELECT coalesce(max(id), 0) FROM kroles.audit_log);
BEGIN
    CALL changes();
    INSERT INTO logged SELECT row_number() OVER (ORDER BY l.id), $1, l.* FROM kroles.audit_log l WHERE l.id > upto;
END $$;

-- ---- Both ways, within one statement: the times are the same ----
DO $$
BEGIN
    CALL change_and_note('directly');
    CREATE TRIGGER another BEFORE INSERT ON kroles.audit_log FOR EACH STATEMENT EXECUTE FUNCTION pg_catalog.tsvector_update_trigger('a', 'b', 'c');
    ALTER TABLE kroles.audit_log DISABLE TRIGGER another;
    CALL change_and_note('by a statement');
    DROP TRIGGER another ON kroles.audit_log;
END $$;
SELECT way, count(*), count(DISTINCT relation) AS relations, count(DISTINCT txid) AS transactions FROM logged GROUP BY way ORDER BY way;
SELECT a.operation, a.relation, a.before, b.before, a.after, b.after
FROM (SELECT * FROM logged WHERE way = 'directly') AS a FULL JOIN (SELECT * FROM logged WHERE way <> 'directly') AS b ON a.n = b.n
WHERE (a.at, a.actor, a.actor_role, a.db_role, a.operation, a.relation, a.object_kind,
       a.object_id, a.space_id, a.before::text, a.after::text, a.txid)
    IS DISTINCT FROM (b.at, b.actor, b.actor_role, b.db_role, b.operation, b.relation, b.object_kind,
       b.object_id, b.space_id, b.before::text, b.after::text, b.txid)
   OR jsonb_send(a.before) IS DISTINCT FROM jsonb_send(b.before)
   OR jsonb_send(a.after) IS DISTINCT FROM jsonb_send(b.after)
   OR pg_column_size(a.before) <> pg_column_size(b.before) OR pg_column_size(a.after) <> pg_column_size(b.after);
SELECT operation, relation, object_kind, count(*) FROM logged WHERE way = 'directly' GROUP BY 1, 2, 3 ORDER BY 2, 1, 3;
SELECT after ? 'audience' AS audience, after -> 'hue' AS hue, after -> 'real_one' AS real, after -> 'two' AS two, after ? 'gone' AS gone
FROM logged WHERE way = 'directly' AND relation = 'kroles.media' AND operation = 'INSERT' AND object_id = 12;

-- ---- What the owner does to the log ----
-- another index is filled, and a CHECK constraint is obeyed
CREATE INDEX by_actor ON kroles.audit_log (actor, upper(relation)) WHERE actor IS NULL;
INSERT INTO kroles.groups (id, name) VALUES (1, 'One'), (2, 'Two');
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT after ->> 'name' FROM kroles.audit_log WHERE actor IS NULL AND upper(relation) = 'KROLES.GROUPS' AND object_id = 1 AND operation = 'INSERT';
SELECT after ->> 'name' FROM kroles.audit_log WHERE actor IS NULL AND upper(relation) = 'KROLES.GROUPS' AND object_id = 1 AND operation = 'INSERT';
RESET enable_seqscan;
ALTER TABLE kroles.audit_log ADD CONSTRAINT no_threes CHECK (after ->> 'name' <> 'Three');
INSERT INTO kroles.groups (id, name) VALUES (3, 'Three');
ALTER TABLE kroles.audit_log DROP CONSTRAINT no_threes;
DROP INDEX kroles.by_actor;
-- a further column, a default, a unique index
ALTER TABLE kroles.audit_log ADD COLUMN note text DEFAULT 'noted';
INSERT INTO kroles.groups (id, name) VALUES (4, 'Four');
SELECT after ->> 'name', note FROM kroles.audit_log ORDER BY id DESC LIMIT 1;
ALTER TABLE kroles.audit_log DROP COLUMN note;
ALTER TABLE kroles.audit_log ALTER COLUMN txid SET DEFAULT '7';
INSERT INTO kroles.groups (id, name) VALUES (5, 'Five');
SELECT after ->> 'name', txid FROM kroles.audit_log ORDER BY id DESC LIMIT 1;
ALTER TABLE kroles.audit_log ALTER COLUMN txid SET DEFAULT pg_current_xact_id();
CREATE UNIQUE INDEX one_a_name ON kroles.audit_log ((after ->> 'name')) WHERE relation = 'kroles.groups' AND operation = 'INSERT' AND object_id > 100;
INSERT INTO kroles.groups (id, name) VALUES (106, 'Six');
DELETE FROM kroles.groups WHERE id = 106;
INSERT INTO kroles.groups (id, name) VALUES (107, 'Six');
DROP INDEX kroles.one_a_name;
-- a trigger sees each row
CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'seen: %', NEW.after ->> 'name'; RETURN NEW; END $$;
CREATE TRIGGER see BEFORE INSERT ON kroles.audit_log FOR EACH ROW EXECUTE FUNCTION see();
INSERT INTO kroles.groups (id, name) VALUES (8, 'Eight'), (9, 'Nine');
DROP TRIGGER see ON kroles.audit_log;
-- a savepoint that is rolled back takes its rows along, and what was prepared with it
BEGIN;
SAVEPOINT a;
ALTER TABLE kroles.audit_log ADD COLUMN note text DEFAULT 'gone';
INSERT INTO kroles.groups (id, name) VALUES (10, 'Ten');
ROLLBACK TO a;
INSERT INTO kroles.groups (id, name) VALUES (10, 'Ten again');
COMMIT;
SELECT after ->> 'name' FROM kroles.audit_log WHERE relation = 'kroles.groups' AND object_id = 10;

DROP TABLE logged;
DROP PROCEDURE changes, change_and_note;
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
DROP FUNCTION see;
DROP CAST (colour AS json);
DROP FUNCTION colour_as_json;
DROP TYPE colour, pair;
DROP DOMAIN short;
DROP ROLE regress_kroles_portal;
