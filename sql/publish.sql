-- Publication and moderation, by the functions and by plain DML alike. People come through a gateway, in a role that has just
-- what kroles_grant_access() gives.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;
\set SHOW_CONTEXT never

INSERT INTO kroles.users (id, login, applicative_role, administrator, blocked) VALUES
    (1, 'ada', 'viewer', true, false),              -- the administrator
    (2, 'olga', 'admin', false, false),             -- owns every space
    (3, 'mona', 'private_only', false, false),      -- moderates
    (4, 'max', 'private_only', false, false),       -- manages
    (5, 'cora', 'private_only', false, false),      -- contributes
    (6, 'pia', 'private_only', false, false),       -- contributes, and made the film that the others work on
    (7, 'polo', 'private_only', false, false),      -- contributes, and is a publisher of that film
    (8, 'eddy', 'private_only', false, false),      -- contributes, and is an editor of it
    (9, 'una', 'unmoderated_admin', false, false),  -- contributes
    (10, 'andy', 'admin', false, false),            -- has no grant anywhere
    (11, 'vera', 'viewer', false, false),           -- contributes, were it not for her applicative role
    (12, 'bea', 'unmoderated_admin', false, true),  -- contributes, were she not blocked
    (13, 'stan', 'private_only', false, false),     -- has no grant anywhere
    (14, 'sam', 'private_only', false, false);      -- a member of the repository
INSERT INTO kroles.spaces (id, kind, type, moderated, name, owner_id) VALUES
    (1, 'channel', 'restricted', true, 'Lectures', 2),
    (2, 'channel', 'private', false, 'Seminar', 2),
    (3, 'channel', 'shared_repository', false, 'Archive', 2),
    (4, 'channel', 'public_open', false, 'Campus', 2),
    (5, 'gallery', 'open', true, 'Arts', 2);
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES
    (1, 3, 'moderator'), (1, 4, 'manager'), (1, 5, 'contributor'), (1, 6, 'contributor'), (1, 7, 'contributor'),
    (1, 8, 'contributor'), (1, 9, 'contributor'), (1, 11, 'contributor'), (1, 12, 'contributor'),
    (2, 6, 'contributor'), (2, 14, 'contributor'), (3, 6, 'contributor'), (3, 14, 'member'),
    (5, 3, 'moderator'), (5, 4, 'manager'), (5, 6, 'contributor'), (5, 14, 'contributor');
-- everybody has a film, numbered as they are
INSERT INTO kroles.media (id, name, owner_id) SELECT id, login || '''s film', id FROM kroles.users;
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (6, 7, 'publisher'), (6, 8, 'editor');

\getenv here PG_ABS_SRCDIR
\set lib :here/sql/lib
\i :lib/application.sql

-- Everybody and everything to ask about; of kroles' own tables each person sees only a part.
CREATE TABLE person AS SELECT id, login FROM kroles.users;
CREATE TABLE place AS SELECT id, name FROM kroles.spaces;
-- What the database recorded, with names instead of ids, and whether a time stands there instead of the time. A view of
-- the superuser's: it shows all, whoever asks.
CREATE VIEW shelf AS
    SELECT m.name AS media, s.name AS space, p.status, publisher.login AS published_by, p.published_at IS NOT NULL AS "when",
        moderator.login AS moderated_by, p.moderated_at IS NOT NULL AS "then", p.reason
    FROM kroles.publications p JOIN kroles.media m ON m.id = p.media_id JOIN kroles.spaces s ON s.id = p.space_id
    LEFT JOIN kroles.users publisher ON publisher.id = p.published_by
    LEFT JOIN kroles.users moderator ON moderator.id = p.moderated_by
    ORDER BY p.space_id, p.media_id;

-- What would come of it, did that person do this? It is always undone.
CREATE FUNCTION would(person text, statement text) RETURNS text LANGUAGE sql AS
    $$ SELECT coalesce(state, answer, '-') FROM act(person, statement, undo => true) $$;
GRANT SELECT ON shelf, person, place TO regress_kroles_portal;
SET SESSION AUTHORIZATION regress_kroles_portal;

--
-- 1. Who may publish, and what becomes of it. 42501: not allowed; 42704: no such thing, as far as this person can see;
--    -: no row that this person may change.
--
-- each a film of their own, by INSERT
SELECT u.login AS person, s.name AS space,
    would(u.login, format('INSERT INTO kroles.publications (media_id, space_id) VALUES (%s, %s) RETURNING status', u.id, s.id))
FROM person u, place s ORDER BY u.id, s.id \crosstabview
-- the same by kroles_publish
SELECT u.login AS person, s.name AS space, would(u.login, format('SELECT kroles_publish(%s, %s)', u.id, s.id))
FROM person u, place s ORDER BY u.id, s.id \crosstabview
-- kroles_can_publish and kroles_publication_status say so beforehand
SELECT count(*) AS asked,
    count(*) FILTER (WHERE (did ~ '^[a-z]') IS DISTINCT FROM (may = 'true')) AS "can_publish says otherwise",
    count(*) FILTER (WHERE CASE WHEN did ~ '^[a-z]' THEN did ELSE '-' END <> becomes) AS "publication_status says otherwise"
FROM person u, place s, person m, LATERAL (SELECT
    would(u.login, format('INSERT INTO kroles.publications (media_id, space_id) VALUES (%s, %s) RETURNING status', m.id, s.id)) AS did,
    would(u.login, format('SELECT kroles_can_publish(%s, %s)::text', m.id, s.id)) AS may,
    would(u.login, format('SELECT kroles_publication_status(%s, %s)', m.id, s.id)) AS becomes) AS answers;
-- Pia's film in Lectures: owner, publisher, editor, others, and people who have never heard of it
SELECT u.login AS person,
    would(u.login, 'INSERT INTO kroles.publications (media_id, space_id) VALUES (6, 1) RETURNING status') AS "INSERT",
    would(u.login, 'SELECT kroles_publish(6, 1)') AS kroles_publish
FROM person u ORDER BY u.id;
-- nobody is logged in
SELECT would('', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (6, 4) RETURNING status') AS "INSERT",
    would('', 'SELECT kroles_publish(6, 4)') AS kroles_publish;

--
-- 2. The database decides the status and records who and when, whatever the client supplies
--
SET kroles."user" = 'pia';
SELECT clock_timestamp() AS start \gset
INSERT INTO kroles.publications (media_id, space_id, status, published_by, published_at, moderated_by, moderated_at, reason)
    VALUES (6, 1, 'approved', 1, '2001-01-01', 3, '2001-01-01', 'because')
    RETURNING status, published_by, published_at BETWEEN :'start' AND clock_timestamp() AS "when", moderated_by, moderated_at, reason;
INSERT INTO kroles.publications (media_id, space_id, status, published_by, reason) VALUES (6, 2, 'rejected', 1, 'x');
TABLE shelf;
-- an operator of the database is nobody: the publication is, like an administrator's, approved
RESET SESSION AUTHORIZATION;
INSERT INTO kroles.publications (media_id, space_id, status, published_by) VALUES (5, 1, 'pending', 5)
    RETURNING status, published_by;
DELETE FROM kroles.publications WHERE media_id = 5;
SET SESSION AUTHORIZATION regress_kroles_portal;
-- nor are those columns the client's to change
UPDATE kroles.publications SET published_by = 1 WHERE (media_id, space_id) = (6, 1);
UPDATE kroles.publications SET published_by = NULL WHERE (media_id, space_id) = (6, 1);
UPDATE kroles.publications SET published_at = now() - interval '1 year' WHERE (media_id, space_id) = (6, 1);
UPDATE kroles.publications SET moderated_by = 6 WHERE (media_id, space_id) = (6, 1);
UPDATE kroles.publications SET moderated_at = now() WHERE (media_id, space_id) = (6, 1);
UPDATE kroles.publications SET media_id = 5 WHERE (media_id, space_id) = (6, 1);
UPDATE kroles.publications SET space_id = 4 WHERE (media_id, space_id) = (6, 1);
SET kroles."user" = 'ada';
UPDATE kroles.publications SET published_by = 1 WHERE (media_id, space_id) = (6, 1);
UPDATE kroles.publications SET space_id = 4 WHERE (media_id, space_id) = (6, 1);
TABLE shelf;

--
-- 3. Pia's film waits in Lectures: who sees that, and who may approve and reject it
--
\set seen 'SELECT status FROM kroles.publications WHERE (media_id, space_id) = (6, 1)'
SELECT u.login AS person, would(u.login, :'seen') AS "SELECT", would(u.login, 'SELECT kroles_approve(6, 1)') AS kroles_approve,
    would(u.login, $$UPDATE kroles.publications SET status = 'approved' WHERE (media_id, space_id) = (6, 1) RETURNING status$$) AS "UPDATE approved",
    would(u.login, $$SELECT kroles_reject(6, 1, 'too long')$$) AS kroles_reject,
    would(u.login, $$UPDATE kroles.publications SET status = 'rejected' WHERE (media_id, space_id) = (6, 1) RETURNING status$$) AS "UPDATE rejected"
FROM person u ORDER BY u.id;
SELECT would('', :'seen') AS "SELECT", would('', 'SELECT kroles_approve(6, 1)') AS kroles_approve,
    would('', $$UPDATE kroles.publications SET status = 'approved' WHERE (media_id, space_id) = (6, 1) RETURNING status$$) AS "UPDATE approved";
-- for real: mona rejects it, with a reason
SET kroles."user" = 'mona';
SELECT kroles_reject(6, 1, 'too long');
SELECT * FROM shelf WHERE space = 'Lectures';
SELECT moderated_at BETWEEN :'start' AND clock_timestamp() AS "when" FROM kroles.publications WHERE (media_id, space_id) = (6, 1);
-- what is not pending is neither approved nor rejected
SELECT kroles_reject(6, 1, 'really too long');
SELECT kroles_approve(6, 1);
-- Polo publishes again: it waits again, in his name
SET kroles."user" = 'polo';
SELECT kroles_publish(6, 1);
SELECT * FROM shelf WHERE space = 'Lectures';
SET kroles."user" = 'mona';
SELECT kroles_approve(6, 1);
SELECT * FROM shelf WHERE space = 'Lectures';
SELECT kroles_approve(6, 1);
SELECT kroles_reject(6, 1, 'on second thoughts');
SELECT * FROM shelf WHERE space = 'Lectures';
-- the same by UPDATE: a reason may come along with a rejection
SET kroles."user" = 'cora';
INSERT INTO kroles.publications (media_id, space_id) VALUES (5, 1);
SET kroles."user" = 'mona';
UPDATE kroles.publications SET status = 'rejected', reason = 'no sound' WHERE (media_id, space_id) = (5, 1);
SELECT * FROM shelf WHERE space = 'Lectures';
SET kroles."user" = 'cora';
UPDATE kroles.publications SET status = 'pending' WHERE (media_id, space_id) = (5, 1) RETURNING status, reason;
SET kroles."user" = 'mona';
UPDATE kroles.publications SET status = 'approved' WHERE (media_id, space_id) = (5, 1) RETURNING status;
SELECT * FROM shelf WHERE space = 'Lectures';
SET kroles."user" = 'ada';
DELETE FROM kroles.publications;

--
-- 4. Every transition, by UPDATE and by publishing again. Pia published three films, Una is a publisher of each.
--
RESET SESSION AUTHORIZATION;
INSERT INTO kroles.media (id, name, owner_id) VALUES (21, 'pending', 6), (22, 'approved', 6), (23, 'rejected', 6);
INSERT INTO kroles.media_collaborators (media_id, user_id, permission)
    SELECT media, person, 'publisher' FROM generate_series(21, 23) AS media, unnest('{7, 9}'::int[]) AS person;
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'pia';
INSERT INTO kroles.publications (media_id, space_id) VALUES (21, 1), (22, 1), (23, 1);
SET kroles."user" = 'mona';
SELECT kroles_approve(22, 1), kroles_reject(23, 1, 'dark');
TABLE shelf;
SELECT was.status || ' to ' || becomes AS "UPDATE", person,
    would(person, format('UPDATE kroles.publications SET status = %L WHERE (media_id, space_id) = (%s, 1) RETURNING status', becomes, media_id))
FROM kroles.publications was, unnest('{pending, approved, rejected}'::text[]) WITH ORDINALITY AS b (becomes, bth),
    unnest('{ada, mona, pia, polo, una, cora, stan}'::text[]) WITH ORDINALITY AS w (person, wth)
WHERE becomes <> was.status::text ORDER BY media_id, bth, wth \crosstabview
SELECT 'publishing what is ' || was.status AS "kroles_publish", person, would(person, format('SELECT kroles_publish(%s, 1)', media_id))
FROM kroles.publications was, unnest('{ada, mona, pia, polo, una, cora, stan}'::text[]) WITH ORDINALITY AS w (person, wth)
ORDER BY media_id, wth \crosstabview
-- what is already approved stays as it is, what waits goes on waiting: same people, same times
CREATE TEMP TABLE before AS TABLE kroles.publications;
SET kroles."user" = 'polo';
SELECT kroles_publish(21, 1), kroles_publish(22, 1);
SET kroles."user" = 'una';
SELECT kroles_publish(22, 1);
SELECT count(*) AS "changed" FROM (TABLE kroles.publications EXCEPT TABLE before) AS changed;
-- pending, published by someone whose publications are approved: that approves it; Pia remains who published it
SELECT kroles_publish(21, 1);
-- rejected: a new publisher; nobody has moderated it yet
SET kroles."user" = 'polo';
SELECT kroles_publish(23, 1);
TABLE shelf;
SELECT p.media_id, p.published_at = b.published_at AS "same time" FROM kroles.publications p JOIN before b USING (media_id, space_id) ORDER BY 1;
SET kroles."user" = 'mona';
SELECT kroles_reject(23, 1, 'still dark');
-- rejected, published again by someone whose publications are approved
SET kroles."user" = 'una';
SELECT kroles_publish(23, 1);
TABLE shelf;
DROP TABLE before;

--
-- 5. Taking down. Polo's publication of Pia's film in Lectures (pending, approved, rejected) and in the gallery Arts
--
SET kroles."user" = 'ada';
DELETE FROM kroles.publications;
SET kroles."user" = 'polo';
SELECT kroles_publish(6, 1);
\set take_down 'SELECT u.login AS person, would(u.login, :''seen'') AS "SELECT", would(u.login, ''SELECT kroles_take_down(6, 1)'') AS kroles_take_down, would(u.login, ''DELETE FROM kroles.publications WHERE (media_id, space_id) = (6, 1) RETURNING 1'') AS "DELETE" FROM person u ORDER BY u.id;'
:take_down
SET kroles."user" = 'mona';
SELECT kroles_approve(6, 1);
-- everybody who is not blocked sees it now: kroles_take_down tells who may not; for DELETE there is no row that they may
:take_down
-- Polo is no publisher of it any more, and contributes no more; he published it
SET kroles."user" = 'pia';
DELETE FROM kroles.media_collaborators WHERE media_id = 6 AND user_id = 7;
SET kroles."user" = 'max';
DELETE FROM kroles.space_members WHERE space_id = 1 AND user_id = 7;
SELECT would('polo', 'SELECT kroles_take_down(6, 1)') AS kroles_take_down,
    would('polo', 'DELETE FROM kroles.publications WHERE (media_id, space_id) = (6, 1) RETURNING 1') AS "DELETE",
    would('polo', 'SELECT kroles_publish(6, 1)') AS kroles_publish;
-- that outlasts a lowered applicative role, but not being blocked
SET kroles."user" = 'ada';
BEGIN;
UPDATE kroles.users SET applicative_role = 'viewer' WHERE id = 7;
SELECT would('polo', 'SELECT kroles_take_down(6, 1)') AS "Polo, a viewer";
UPDATE kroles.users SET blocked = true WHERE id = 7;
SELECT would('polo', 'SELECT kroles_take_down(6, 1)') AS "Polo, blocked",
    would('polo', 'DELETE FROM kroles.publications WHERE (media_id, space_id) = (6, 1) RETURNING 1') AS "DELETE";
ROLLBACK;
-- in a gallery, moderators reject but do not take down
SET kroles."user" = 'pia';
SELECT kroles_publish(6, 5);
SELECT u.login AS person, would(u.login, 'SELECT kroles_take_down(6, 5)') AS kroles_take_down,
    would(u.login, 'DELETE FROM kroles.publications WHERE (media_id, space_id) = (6, 5) RETURNING 1') AS "DELETE"
FROM person u WHERE login IN ('ada', 'olga', 'mona', 'max', 'pia', 'stan') ORDER BY u.id;
-- for real
SELECT kroles_take_down(6, 5);
SET kroles."user" = 'polo';
DELETE FROM kroles.publications WHERE (media_id, space_id) = (6, 1);
TABLE shelf;
SELECT count(*) AS "Polo sees" FROM kroles.media WHERE id = 6;
SELECT kroles_take_down(6, 1);                      -- what is not there cannot be taken down
SET kroles."user" = 'pia';
SELECT name FROM kroles.media WHERE id = 6;         -- the media stays
SET kroles."user" = 'ada';
SELECT kroles_take_down(6, 1);
RESET SESSION AUTHORIZATION;
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (6, 7, 'publisher');
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 7, 'contributor');
SET SESSION AUTHORIZATION regress_kroles_portal;

--
-- 6. Shared repositories: who may share from one publishes to other channels what is approved there
--
SET kroles."user" = 'pia';
\set sam 'SELECT would(''sam'', ''SELECT kroles_publish(6, 2)'') AS "into Seminar", would(''sam'', ''SELECT kroles_publish(6, 5)'') AS "into Arts", would(''sam'', ''SELECT kroles_publish(6, 1)'') AS "into Lectures", would(''sam'', ''SELECT kroles_publish(6, 3)'') AS "into Archive", would(''sam'', $$SELECT kroles_can(''share'', ''channel'', 3)::text$$) AS share;'
:sam
SELECT kroles_publish(6, 3);
-- Sam contributes to the channel Seminar and to the gallery Arts; to Lectures he does not, in Archive he is a member
:sam
-- Stan is not in the repository; Vera is, but is a viewer of the site
SET kroles."user" = 'olga';
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (3, 11, 'manager'), (2, 11, 'contributor'), (2, 13, 'contributor');
SELECT would('stan', 'SELECT kroles_publish(6, 2)') AS stan, would('vera', 'SELECT kroles_publish(6, 2)') AS vera;
-- pending in the repository is not yet to be shared
UPDATE kroles.spaces SET moderated = true WHERE id = 3;
SET kroles."user" = 'pia';
SELECT kroles_take_down(6, 3), kroles_publish(6, 3);
:sam
SET kroles."user" = 'olga';
SELECT kroles_approve(6, 3);
UPDATE kroles.spaces SET moderated = false WHERE id = 3;
:sam
-- in a channel of another type nothing is shared
UPDATE kroles.spaces SET type = 'private' WHERE id = 3;
:sam
UPDATE kroles.spaces SET type = 'shared_repository' WHERE id = 3;
-- through a group it is the same; and as moderation of the other channel has it
SET kroles."user" = 'ada';
INSERT INTO kroles.groups (id, name) VALUES (1, 'Librarians');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 13);
INSERT INTO kroles.space_members (space_id, group_id, role) VALUES (3, 1, 'member');
UPDATE kroles.spaces SET moderated = true WHERE id = 2;
SELECT would('stan', 'SELECT kroles_publish(6, 2)') AS stan;
SET kroles."user" = 'sam';
SELECT kroles_publish(6, 2);
SELECT * FROM shelf;
-- Sam published it: he may take it down there, but not in the repository
SELECT would('sam', 'SELECT kroles_take_down(6, 2)') AS there, would('sam', 'SELECT kroles_take_down(6, 3)') AS "in the repository";
-- taken down from the repository, it stays where it was shared to, and cannot be shared again
SET kroles."user" = 'pia';
SELECT kroles_take_down(6, 3);
SELECT * FROM shelf;
SELECT kroles_take_down(6, 2);
:sam

--
-- 7. Turning moderation off leaves pending what is pending; publishing it again approves it
--
SELECT kroles_publish(6, 1);
SET kroles."user" = 'olga';
UPDATE kroles.spaces SET moderated = false WHERE id = 1;
SELECT * FROM shelf;
SELECT would('cora', 'SELECT kroles_publish(5, 1)') AS "publishing now", would('mona', 'SELECT kroles_reject(6, 1)') AS "Mona rejects",
    would('mona', 'SELECT kroles_approve(6, 1)') AS "Mona approves", would('polo', 'SELECT kroles_publish(6, 1)') AS "Polo publishes";
SET kroles."user" = 'pia';
SELECT kroles_publish(6, 1);
SELECT * FROM shelf;
-- turning it on again does not bring back what is approved
SET kroles."user" = 'olga';
UPDATE kroles.spaces SET moderated = true WHERE id = 1;
SELECT * FROM shelf;

--
-- 8. What goes along when something is deleted
--
SET kroles."user" = 'una';
SELECT kroles_publish(9, 1), kroles_publish(9, 4);
SET kroles."user" = 'mona';
SELECT kroles_publish(3, 1), kroles_publish(3, 5);
SET kroles."user" = 'cora';
SELECT kroles_publish(5, 1);
SET kroles."user" = 'mona';
SELECT kroles_approve(5, 1);
TABLE shelf;
-- a media: by its owner
SET kroles."user" = 'una';
DELETE FROM kroles.media WHERE id = 9;
TABLE shelf;
-- a moderator and a publisher: what they did stays, without their names
SET kroles."user" = 'ada';
UPDATE kroles.media SET owner_id = 1 WHERE owner_id IN (3, 5);
DELETE FROM kroles.users WHERE login IN ('mona', 'cora');
TABLE shelf;
-- a space: its publications go, whoever published them; the media stays
SET kroles."user" = 'olga';
DELETE FROM kroles.spaces WHERE id = 1;
TABLE shelf;
SET kroles."user" = 'ada';
SELECT count(*) AS "media left" FROM kroles.media WHERE id IN (3, 5, 6);
-- everything at once, by a statement with several parts
WITH spaces AS (DELETE FROM kroles.spaces WHERE id = 5), media AS (DELETE FROM kroles.media WHERE id = 3)
    SELECT 1 AS done;
TABLE shelf;

RESET SESSION AUTHORIZATION;
RESET kroles."user";
DROP VIEW shelf;
DROP TABLE person, place;
DROP FUNCTION act, "as", rights, would(text, text);
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
DROP ROLE regress_kroles_portal;
