-- Refusals: the messages that a portal's developer reads; and that a refused statement changes nothing.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;

INSERT INTO kroles.users (id, login, applicative_role, administrator, blocked) VALUES
    (1, 'ada', 'viewer', true, false), (2, 'olga', 'admin', false, false), (3, 'mona', 'private_only', false, false),
    (4, 'pia', 'private_only', false, false), (5, 'vera', 'viewer', false, false), (6, 'stan', 'private_only', false, false),
    (7, 'bea', 'admin', false, true), (8, 'max', 'private_only', false, false);
INSERT INTO kroles.groups (id, name) VALUES (1, 'Biology');
INSERT INTO kroles.spaces (id, kind, type, moderated, name, owner_id, parent_id) VALUES
    (1, 'channel', 'restricted', true, 'Lectures', 2, NULL), (2, 'channel', 'private', false, 'Secret', 2, NULL),
    (3, 'gallery', 'open', false, 'Arts', 2, NULL), (4, 'gallery', 'restricted', false, 'Film', 2, 3),
    (4242, 'channel', 'private', false, 'Secret too', 2, NULL);
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 3, 'moderator'), (1, 4, 'contributor'), (1, 5, 'contributor'), (3, 8, 'manager');
INSERT INTO kroles.media (id, type, name, owner_id) VALUES
    (1, 'video', 'Cells', 4), (2, 'video', 'Secret plans', 2), (3, 'room', 'Seminar room', 4), (4, 'video', 'Frogs', 4),
    (4242, 'video', 'More secret plans', 1);
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (1, 6, 'editor'), (1, 2, 'viewer');
INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (1, 6);
\getenv here PG_ABS_SRCDIR
\set lib :here/sql/lib
\i :lib/application.sql

-- Does a statement as a person; tells what came of it, in PostgreSQL's words. It is always undone.
CREATE FUNCTION outcome(person text, statement text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN state IS NULL THEN coalesce(answer, 'NULL')
                ELSE concat_ws(E'\n', state || ' ' || message, nullif(detail, ''), nullif(hint, '')) END
    FROM act(person, statement, undo => true)
$$;

-- All data in one number; the log is counted apart, for it keeps what was done and undone
CREATE FUNCTION fingerprint() RETURNS text SECURITY DEFINER LANGUAGE plpgsql AS $$
DECLARE
    relation name;
    rows text;
    sum text := '';
BEGIN
    FOR relation IN SELECT relname FROM pg_class WHERE relnamespace = 'kroles'::regnamespace AND relkind = 'r' AND relname <> 'audit_log' ORDER BY 1 LOOP
        EXECUTE format('SELECT string_agg(t::text, '','' ORDER BY t::text) FROM kroles.%I t', relation) INTO rows;
        sum := md5(concat_ws(' ', sum, relation, rows));
    END LOOP;
    RETURN sum;
END $$;
INSERT INTO kroles.publications (media_id, space_id) VALUES (2, 2), (4242, 4242);
SELECT fingerprint() AS before, (SELECT count(*) FROM kroles.audit_log) AS logged \gset

--
-- 1. Rules of the data: the constraint's name says the rule
--
\set VERBOSITY terse
INSERT INTO kroles.users (login) VALUES ('');
INSERT INTO kroles.users (id, login) VALUES (99, 'ada');
INSERT INTO kroles.users (id, login) VALUES (1, 'new');
INSERT INTO kroles.users (login, applicative_role) VALUES ('new', 'anonymous');
INSERT INTO kroles.users (login, applicative_role) VALUES ('new', 'emperor');
INSERT INTO kroles.users (login, db_role) VALUES ('new', '');
INSERT INTO kroles.groups (name) VALUES ('  ');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 99);
INSERT INTO kroles.spaces (kind, type, name, owner_id) VALUES ('gallery', 'public_open', 'x', 2);
INSERT INTO kroles.spaces (kind, type, name, owner_id) VALUES ('channel', 'open', ' ', 2);
INSERT INTO kroles.spaces (kind, type, name) VALUES ('channel', 'open', 'x');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (99, 'channel', 'open', 'x', 99);
INSERT INTO kroles.spaces (kind, type, name, owner_id, parent_id) VALUES ('channel', 'open', 'x', 2, 3);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id) VALUES (99, 'gallery', 'open', 'x', 2, 1);
UPDATE kroles.spaces SET inherits_members = true WHERE id = 1;
UPDATE kroles.spaces SET parent_id = 3 WHERE id = 3;
INSERT INTO kroles.space_members (space_id, user_id, group_id) VALUES (1, 6, 1);
INSERT INTO kroles.space_members (space_id) VALUES (1);
INSERT INTO kroles.space_members (space_id, user_id) VALUES (1, 3);
INSERT INTO kroles.media (name, owner_id) VALUES ('', 2);
INSERT INTO kroles.media (name, owner_id, external_id) VALUES ('x', 2, '');
INSERT INTO kroles.publications (media_id, space_id) VALUES (2, 2);
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (1, 6, 'editor');
INSERT INTO kroles.media_moderators (media_id, permission) VALUES (1, 'chat_moderator');
INSERT INTO kroles.media_speakers (media_id, user_id, position) VALUES (1, 5, 0);
INSERT INTO kroles.media_speakers (media_id, user_id, position) VALUES (1, 5, 1);
INSERT INTO kroles.settings DEFAULT VALUES;
DELETE FROM kroles.users WHERE id = 2;
DELETE FROM kroles.spaces WHERE id = 3;
-- those that triggers watch over say more
\set VERBOSITY default
\set SHOW_CONTEXT never
UPDATE kroles.spaces SET parent_id = 4 WHERE id = 3;
UPDATE kroles.spaces SET kind = 'channel' WHERE id = 4;
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (1, 4, 'viewer');
BEGIN;
UPDATE kroles.settings SET creation_tools = '{video}', chat_and_collaboration = false;
SAVEPOINT s;
INSERT INTO kroles.media (type, name, owner_id) VALUES ('live', 'x', 2);
ROLLBACK TO s;
INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (3, 6, 'room_moderator');
ROLLBACK;
DELETE FROM kroles.settings;
DELETE FROM kroles.baseline_rights WHERE NOT allowed;
INSERT INTO kroles.role_rights (kind, role, action, allowed, shipped) VALUES ('channel', 'emperor', 'view', true, true);
\set VERBOSITY sqlstate
UPDATE kroles.ceiling_rights SET action = 'share' WHERE action = 'view' AND kind = 'gallery';
BEGIN;
TRUNCATE kroles.role_rights;
ROLLBACK;
BEGIN;
TRUNCATE kroles.settings;
ROLLBACK;
\set VERBOSITY default
SELECT fingerprint() = :'before' AS "as before", (SELECT count(*) FROM kroles.audit_log) = :logged AS "nothing logged";

--
-- 2. Operations that are refused
--
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'pia';
INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 3);     -- sees the gallery, contributes not
INSERT INTO kroles.publications (media_id, space_id) VALUES (2, 1);     -- someone else's media
INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 2);     -- a channel that she does not see
INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 99);    -- one that is not there: the same words
INSERT INTO kroles.publications (media_id, space_id) VALUES (99, 1);
SELECT kroles_publish(1, 3);
SELECT kroles_publish(2, 1);
SELECT kroles_publish(1, 2);
SELECT kroles_publish(1, 99);
SELECT kroles_publish(99, 1);
SELECT kroles_publish(1, 1);
SELECT kroles_approve(1, 1);
SELECT kroles_reject(1, 1, 'no');
UPDATE kroles.publications SET status = 'approved' WHERE (media_id, space_id) = (1, 1);
UPDATE kroles.publications SET published_by = 1 WHERE (media_id, space_id) = (1, 1);
UPDATE kroles.publications SET space_id = 3 WHERE (media_id, space_id) = (1, 1);
SET kroles."user" = 'vera';
SELECT kroles_approve(1, 1);                                            -- it waits: she does not see it
SELECT kroles_take_down(1, 1);
SET kroles."user" = 'mona';
SELECT kroles_approve(4, 1);                                            -- not published there
SELECT kroles_approve(1, 1);
SELECT kroles_approve(1, 1);                                            -- twice
SELECT kroles_reject(1, 1);
UPDATE kroles.publications SET status = 'rejected' WHERE (media_id, space_id) = (1, 1);
UPDATE kroles.publications SET status = 'pending' WHERE (media_id, space_id) = (1, 1);
SET kroles."user" = 'stan';
SELECT kroles_take_down(1, 1);                                          -- he sees it now
DELETE FROM kroles.publications WHERE (media_id, space_id) = (1, 1) RETURNING media_id;     -- no row that he may
SET kroles."user" = 'bea';
SELECT kroles_take_down(1, 1);
RESET kroles."user";
INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 3);     -- nobody is logged in
\set VERBOSITY sqlstate
SELECT kroles_publish(1, 1);
SELECT kroles_approve(1, 1);
SELECT kroles_reject(1, 1);
SELECT kroles_take_down(1, 1);
\set VERBOSITY default
SELECT kroles_trust_gateway('regress_kroles_portal');
SELECT kroles_distrust_gateway('regress_kroles_portal');
SET kroles."user" = 'ada';
SELECT kroles_trust_gateway('regress_kroles_portal');                   -- not even an administrator's: it is the database's
SET kroles."user" = 'pia';
SELECT kroles_take_down(1, 1);
RESET SESSION AUTHORIZATION;
SELECT fingerprint() = :'before' AS "as before";
SELECT kroles_trust_gateway('regress_kroles_nobody');
SELECT kroles_trust_gateway(NULL);
SELECT kroles_distrust_gateway('regress_kroles_nobody');

--
-- 3. Arguments that make no sense: the same error for everybody, an administrator or nobody
--
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'olga';
SELECT kroles_can('organize', 'gallery', 3);
SELECT kroles_can('emperor', 'gallery', 3);
SELECT kroles_can('view', 'planet', 3);
SELECT kroles_can(NULL, 'gallery'::kroles.object_kind, 3);
SELECT kroles_can('view'::kroles.action, NULL, 3);
SELECT kroles_rights(NULL, 3);
SELECT kroles_role(NULL, 3);
SELECT statement, count(DISTINCT answer) AS answers, split_part(min(answer), E'\n', 1) AS answer
FROM (VALUES
    ($$SELECT kroles_can('organize', 'gallery', 3)$$), ($$SELECT kroles_can('organize', 'gallery', 99)$$),
    ($$SELECT kroles_can('organize', 'gallery', NULL::bigint)$$), ($$SELECT kroles_can('upload', 'channel', 1)$$),
    ($$SELECT kroles_can('view', 'site')$$), ($$SELECT kroles_can('share', 'media', 1)$$),
    ($$SELECT kroles_can('edit', 'room', 3)$$), ($$SELECT kroles_can('publish', 'room', 3)$$),
    ($$SELECT kroles_can('organize', 'event', 1)$$), ($$SELECT kroles_can('edit_contributions', 'gallery', 3)$$),
    ($$SELECT kroles_can('create_subgallery', 'channel', 1)$$), ($$SELECT kroles_can(99, 'organize', 'gallery', 3)$$),
    ($$SELECT kroles_can(NULL::kroles.action, 'gallery', 3)$$), ($$SELECT kroles_can('view', NULL::kroles.object_kind, 3)$$))
    AS question (statement), unnest('{ada, olga, vera, stan, bea, NULL}'::text[]) AS person,
    outcome(coalesce(person, ''), statement) AS answer
GROUP BY statement ORDER BY statement COLLATE "C";
-- a NULL where an id is wanted is no object, and of the site there is only one
SELECT kroles_can('view', 'channel', NULL::bigint) AS channel, kroles_can('upload', 'site', NULL::bigint) AS site,
    kroles_can('upload', 'site', 99) AS "any site", kroles_can('upload', 'site') AS upload,
    kroles_rights('media', NULL) AS rights, kroles_role('media', NULL) AS role,
    kroles_can_publish(NULL, 1) AS "nothing", kroles_can_publish(1, NULL) AS nowhere,
    kroles_publication_status(NULL, NULL) AS status;
SELECT kroles_role('site', NULL) AS "role on the site", kroles_rights('site', 99) AS "rights on the site";
SELECT kroles_publish(NULL, 1);
SELECT kroles_publish(1, NULL);
SELECT kroles_approve(NULL, NULL);
SELECT kroles_take_down(NULL, 1);
-- a NULL user is anonymous
SELECT kroles_can(NULL::bigint, 'view', 'gallery', 3) AS off;
RESET SESSION AUTHORIZATION;
BEGIN;
UPDATE kroles.settings SET allow_anonymous = true;
SELECT kroles_can(NULL::bigint, 'view', 'gallery', 3) AS "on", kroles_can(NULL::bigint, 'contribute', 'gallery', 3) AS contribute,
    kroles_rights('gallery', 3, NULL) AS rights, kroles_role('gallery', 3, NULL) AS role, kroles_can_publish(1, 3, NULL) AS publish;
ROLLBACK;

--
-- 4. An object that one may not see and one that is not there: the same answer, word for word but for the id
--
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT replace(call, '#', 'id') AS call, count(*) AS people, count(*) FILTER (WHERE hidden = absent) AS same,
    string_agg(DISTINCT left(absent, 5), ', ') AS answers
FROM (VALUES
    ($$SELECT kroles_can('view', 'channel', #)$$), ($$SELECT kroles_can('manage', 'channel', #)$$),
    ($$SELECT kroles_can('view', 'gallery', #)$$), ($$SELECT kroles_can('view', 'media', #)$$),
    ($$SELECT kroles_can('moderate', 'media', #)$$), ($$SELECT kroles_can(1, 'view', 'channel', #)$$),
    ($$SELECT kroles_can(1, 'view', 'media', #)$$), ($$SELECT kroles_rights('channel', #)$$), ($$SELECT kroles_rights('media', #)$$),
    ($$SELECT kroles_rights('media', #, 1)$$), ($$SELECT kroles_role('channel', #)$$), ($$SELECT kroles_role('media', #)$$),
    ($$SELECT kroles_role('media', #, 1)$$), ($$SELECT kroles_can_publish(1, #)$$), ($$SELECT kroles_can_publish(#, 1)$$),
    ($$SELECT kroles_can_publish(#, #, 1)$$), ($$SELECT kroles_can_publish(1, #, 1)$$), ($$SELECT kroles_can_publish(#, 3, 1)$$),
    ($$SELECT kroles_publication_status(#, #)$$), ($$SELECT kroles_publish(1, #)$$), ($$SELECT kroles_publish(#, 1)$$),
    ($$SELECT kroles_publish(#, #)$$), ($$SELECT kroles_approve(#, #)$$), ($$SELECT kroles_reject(#, #)$$),
    ($$SELECT kroles_take_down(#, #)$$), ($$SELECT kroles_take_down(1, #)$$), ($$SELECT kroles_take_down(#, 1)$$),
    ($$INSERT INTO kroles.publications (media_id, space_id) VALUES (1, #) RETURNING status$$),
    ($$INSERT INTO kroles.publications (media_id, space_id) VALUES (#, 1) RETURNING status$$)) AS calls (call),
    -- the owner of film 1, the moderator of channel 1, a manager of gallery 3, an editor of film 1, the blocked one, nobody
    unnest('{pia, mona, max, stan, bea, NULL}'::text[]) AS person,
    LATERAL (SELECT replace(outcome(coalesce(person, ''), replace(call, '#', '4242')), '4242', '4343'),
                    outcome(coalesce(person, ''), replace(call, '#', '4343'))) AS answers (hidden, absent)
GROUP BY call ORDER BY call COLLATE "C";
-- a channel is no gallery, and a gallery no channel; a huge, a negative and a zero id are just not there
SET kroles."user" = 'ada';
SELECT kroles_can('view', 'gallery', 1) AS "channel as gallery", kroles_can('view', 'channel', 3) AS "gallery as channel",
    kroles_rights('gallery', 1) AS rights, kroles_role('channel', 3) AS role, kroles_can('view', 'channel', 1) AS channel,
    kroles_can('view', 'gallery', 3) AS gallery;
SELECT id, kroles_can('view', 'channel', id), kroles_can('view', 'media', id), kroles_rights('media', id)
FROM unnest('{0, -1, 9223372036854775807, -9223372036854775808}'::bigint[]) AS id;

--
-- 5. Asking about another: administrators, and whoever manages the object; everybody about themselves
--
SELECT person, left(outcome(person, $$SELECT kroles_can(4, 'contribute', 'channel', 1)$$), 5) AS "about Pia in Lectures",
    left(outcome(person, $$SELECT kroles_can(4, 'edit', 'media', 1)$$), 5) AS "about Pia and her film",
    left(outcome(person, $$SELECT kroles_can_publish(1, 1, 4)$$), 5) AS "may Pia publish it there"
FROM unnest('{ada, olga, mona, pia, vera, stan, bea, NULL}'::text[]) WITH ORDINALITY AS p (name, n), coalesce(name, '') AS person
ORDER BY n;
SET kroles."user" = 'stan';
SELECT kroles_can(4, 'contribute', 'channel', 1);
SELECT kroles_can(4, 'upload', 'site', NULL);
SELECT kroles_can(4, 'view', 'channel', 2);             -- hidden: the same words
SELECT kroles_can(4, 'view', 'channel', 99);            -- not there: the same words
SELECT kroles_can(99, 'view', 'channel', 1);            -- nor does it tell who exists
SELECT kroles_can(NULL::bigint, 'view', 'channel', 1);  -- anonymous is another too
SELECT kroles_rights('channel', 1, 4);
SELECT kroles_role('channel', 1, 4);
SELECT kroles_can_publish(1, 1, 4);                     -- the editor has manage on the film, though
SELECT kroles_can_publish(4, 1, 4);
SELECT kroles_can(6, 'view', 'channel', 1) AS oneself, kroles_rights('channel', 1, 6) AS rights, kroles_role('channel', 1, 6) AS role,
    kroles_can_publish(1, 1, 6) AS publish;
SET kroles."user" = 'olga';
SELECT kroles_can(99, 'view', 'channel', 1) AS nobody, kroles_rights('channel', 1, 99) AS rights, kroles_role('channel', 1, 99) AS role,
    kroles_can_publish(1, 1, 99) AS publish;
SET kroles."user" = 'bea';
SELECT kroles_can(7, 'view', 'channel', 1) AS "oneself, blocked", kroles_rights('channel', 1, 7) AS rights, kroles_role('channel', 1, 7) AS role;

--
-- 6. Ways round the guards that are none
--
SET kroles."user" = 'stan';
-- row_security is for dumps by roles that bypass it: PostgreSQL stops others before they come to the guard
SET row_security = off;
INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 1);
RESET row_security;
-- a function that runs as a superuser keeps the person
SET kroles."user" = 'pia';
INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 1), (4, 1);
SET kroles."user" = 'mona';
UPDATE kroles.publications SET status = 'approved' WHERE (media_id, space_id) = (4, 1);
SET kroles."user" = 'stan';
RESET SESSION AUTHORIZATION;
CREATE FUNCTION as_owner(statement text) RETURNS void SECURITY DEFINER SET row_security = off LANGUAGE plpgsql AS $$BEGIN EXECUTE statement; END$$;
SET SESSION AUTHORIZATION regress_kroles_portal;
SELECT as_owner('INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 3)');
SELECT as_owner('DELETE FROM kroles.publications WHERE media_id = 4');
SELECT as_owner('UPDATE kroles.publications SET published_by = 6 WHERE media_id = 4');
-- a change from inside somebody's own trigger is no cascade
CREATE TEMP TABLE bait (statement text);
CREATE FUNCTION pg_temp.spring() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN EXECUTE NEW.statement; RETURN NULL; END$$;
CREATE TRIGGER spring AFTER INSERT ON bait FOR EACH ROW EXECUTE FUNCTION pg_temp.spring();
INSERT INTO bait VALUES ('DELETE FROM kroles.publications WHERE media_id = 4');
INSERT INTO bait VALUES ('INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 3)');
SET kroles."user" = 'mona';                             -- she moderates: it is a row that she may update
INSERT INTO bait VALUES ('UPDATE kroles.publications SET published_by = NULL WHERE media_id = 4');
INSERT INTO bait VALUES ('UPDATE kroles.publications SET moderated_by = NULL WHERE media_id = 4');
SET kroles."user" = 'stan';
-- nor do a prepared statement, or look-alikes of a table and a function in the search path
PREPARE down AS DELETE FROM kroles.publications WHERE media_id = 4;
EXECUTE down;
DEALLOCATE down;
CREATE TEMP TABLE users AS SELECT id, login, true AS administrator FROM kroles.users;
CREATE FUNCTION pg_temp.kroles_can(text, text, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true';
SET search_path = pg_temp, public;
DELETE FROM kroles.publications WHERE media_id = 4;
SELECT kroles_take_down(4, 1);
RESET search_path;
DROP TABLE users, bait;
SELECT media_id, space_id, status, published_by, moderated_by FROM kroles.publications WHERE media_id IN (1, 4);
RESET SESSION AUTHORIZATION;
RESET kroles."user";
-- a superuser who has become another role is no restore
SET row_security = off;
SET ROLE regress_kroles_portal;
INSERT INTO kroles.publications (media_id, space_id, status) VALUES (1, 3, 'approved');
RESET ROLE;
RESET row_security;
DELETE FROM kroles.publications WHERE media_id IN (1, 4);
SELECT fingerprint() = :'before' AS "as before";

DROP FUNCTION as_owner(text), act, "as", rights, outcome(text, text), fingerprint();
DROP OWNED BY regress_kroles_portal;
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
DROP ROLE regress_kroles_portal;
