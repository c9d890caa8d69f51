-- Answers with many rows: why somebody may or may not, who may, what may be done, and a page of questions in one call.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS kroles;
CREATE EXTENSION kroles;
RESET client_min_messages;
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SET datestyle = 'ISO';

INSERT INTO kroles.users (id, login, applicative_role, administrator) VALUES
    (1, 'ada', 'viewer', true), (2, 'olga', 'admin', false), (3, 'mona', 'private_only', false), (4, 'pia', 'private_only', false),
    (5, 'vera', 'viewer', false), (6, 'stan', 'private_only', false), (7, 'bea', 'admin', false);
INSERT INTO kroles.groups (id, name) VALUES (1, 'Biology'), (2, 'Staff');
INSERT INTO kroles.group_members VALUES (1, 5), (1, 6), (2, 6);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, moderated) VALUES
    (1, 'channel', 'private', 'Lectures', 2, true), (2, 'channel', 'open', 'Commons', 3, false),
    (3, 'channel', 'private', 'Board', 2, false), (4, 'channel', 'shared_repository', 'Library', 2, false);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id, inherits_members) VALUES
    (10, 'gallery', 'private', 'Arts', 2, NULL, false), (11, 'gallery', 'private', 'Film', 3, 10, true);
INSERT INTO kroles.space_members (space_id, user_id, group_id, role, expires_at) VALUES
    (1, 4, NULL, 'contributor', NULL), (1, NULL, 1, 'moderator', '2101-01-01'), (1, NULL, 2, 'member', NULL),
    (1, 3, NULL, 'manager', '2001-01-01'), (10, 4, NULL, 'contributor', NULL), (10, NULL, 2, 'manager', NULL),
    (10, 6, NULL, 'member', NULL), (11, 5, NULL, 'manager', NULL), (3, 6, NULL, 'member', NULL), (4, 5, NULL, 'member', NULL);
INSERT INTO kroles.media (id, name, owner_id) VALUES (1, 'Cells', 4), (2, 'Diary', 6), (3, 'Minutes', 4);
INSERT INTO kroles.media_collaborators (media_id, user_id, group_id, permission) VALUES (1, 3, NULL, 'editor'), (1, NULL, 2, 'publisher');
INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (1, 7, 'chat_moderator');
SET row_security = off;     -- as a dump would bring them
INSERT INTO kroles.publications (media_id, space_id, status) VALUES (1, 1, 'pending'), (1, 3, 'approved'), (3, 2, 'rejected');
RESET row_security;
CREATE ROLE regress_kroles_portal;
SELECT kroles_grant_access('regress_kroles_portal');
SELECT kroles_trust_gateway('regress_kroles_portal');
SET SESSION AUTHORIZATION regress_kroles_portal;

--
-- 1. Why in a space
--
SET kroles."user" = 'ada';
-- by the direct grant
SELECT allowed, effect, reason, role, group_id, space_id, until FROM kroles_explain(4, 'contribute', 'channel', 1);
-- by the stronger group, until; the weaker group's does not count
SELECT allowed, effect, reason, role, group_id, space_id, until FROM kroles_explain(6, 'moderate', 'channel', 1);
-- an expired grant
SELECT allowed, effect, reason FROM kroles_explain(3, 'manage', 'channel', 1);
-- the type and the applicative role; and what it takes where they do not do
SELECT allowed, effect, reason FROM kroles_explain(2, 'contribute', 'channel', 2);
SELECT allowed, effect, reason FROM kroles_explain(4, 'contribute', 'channel', 2);
-- the ceiling
SELECT allowed, effect, reason FROM kroles_explain(5, 'contribute', 'channel', 1);
-- ownership, and that it counts above a grant
SELECT allowed, effect, reason FROM kroles_explain(2, 'delete', 'channel', 1);
-- an administrator; what not even an administrator has
SELECT allowed, effect, reason FROM kroles_explain(1, 'delete', 'channel', 1);
SELECT allowed, effect, reason FROM kroles_explain(1, 'share', 'channel', 1);
SELECT allowed, effect, reason FROM kroles_explain(5, 'share', 'channel', 4);
-- members from the gallery above; a direct grant holds lower than a group's; one's own grants do not count meanwhile
SELECT allowed, effect, reason, role, group_id, space_id FROM kroles_explain(4, 'view', 'gallery', 11);
SELECT allowed, effect, reason, role, group_id, space_id FROM kroles_explain(6, 'manage', 'gallery', 11);
SELECT allowed, effect, reason FROM kroles_explain(5, 'view', 'gallery', 11);
SELECT allowed, effect, reason FROM kroles_explain(2, 'manage', 'gallery', 11);

--
-- 2. Why on media, and on the site
--
SELECT allowed, effect, reason, role, group_id, space_id, until FROM kroles_explain(6, 'view', 'media', 1);
SELECT allowed, effect, reason FROM kroles_explain(5, 'view', 'media', 1);
SELECT allowed, effect, reason FROM kroles_explain(5, 'edit', 'media', 1);
SELECT allowed, effect, reason FROM kroles_explain(3, 'publish', 'media', 1);
SELECT allowed, effect, reason FROM kroles_explain(7, 'moderate', 'media', 1);
UPDATE kroles.settings SET chat_and_collaboration = false;
SELECT allowed, effect, reason FROM kroles_explain(7, 'moderate', 'media', 1);
UPDATE kroles.settings SET chat_and_collaboration = true;
SELECT allowed, effect, reason FROM kroles_explain(5, 'view', 'media', 2);
SELECT allowed, effect, reason FROM kroles_explain(4, 'upload', 'site', NULL);
SELECT allowed, effect, reason FROM kroles_explain(5, 'upload', 'site', NULL);
SELECT allowed, effect, reason FROM kroles_explain(2, 'administer', 'site', NULL);

--
-- 3. Whoever has nothing
--
UPDATE kroles.users SET blocked = true WHERE id = 7;
SELECT allowed, effect, reason FROM kroles_explain(7, 'view', 'media', 1);
UPDATE kroles.users SET blocked = false WHERE id = 7;
SELECT allowed, effect, reason FROM kroles_explain(NULL, 'view', 'channel', 2);
UPDATE kroles.settings SET allow_anonymous = true;
SELECT allowed, effect, reason FROM kroles_explain(NULL, 'view', 'channel', 2);
UPDATE kroles.settings SET allow_anonymous = false;
SELECT allowed, effect, reason FROM kroles_explain(99, 'view', 'channel', 2);
SELECT allowed, effect, reason FROM kroles_explain(4, 'view', 'channel', 99);
SELECT allowed, effect, reason FROM kroles_explain(4, 'view', 'gallery', 2);     -- a channel
SELECT allowed, effect, reason FROM kroles_explain(4, 'view', 'media', NULL);

--
-- 4. What is told to whom
--
-- Pia owns the media. She may ask who views it; of the board, where it is published, she is told nothing, and of
-- Lectures, which she does not manage, neither.
SET kroles."user" = 'pia';
SELECT allowed, effect, reason, group_id, space_id FROM kroles_explain(6, 'view', 'media', 1);
SELECT allowed, effect, reason, group_id, space_id FROM kroles_explain(2, 'view', 'media', 1);
-- of herself; and Stan of himself, by the places where he is somebody
SELECT allowed, effect, reason, space_id FROM kroles_explain(4, 'view', 'media', 1);
SET kroles."user" = 'stan';
SELECT allowed, effect, reason, group_id, space_id FROM kroles_explain(6, 'view', 'media', 1);
SET kroles."user" = 'pia';
-- a media that is hidden, and none, are the same; so are a hidden channel and none
SELECT allowed, effect, reason FROM kroles_explain(4, 'view', 'media', 2);
SELECT allowed, effect, reason FROM kroles_explain(4, 'view', 'media', 99);
SELECT allowed, effect, reason FROM kroles_explain(4, 'contribute', 'channel', 3);
-- others only where she manages
SELECT * FROM kroles_explain(6, 'view', 'channel', 1);
SELECT * FROM kroles_explain(6, 'view', 'media', 2);
SELECT * FROM kroles_explain(6, 'view', 'media', 99);
-- Mona owns the sub-gallery, but not the one whose members count there: the role is told, not how it comes about
SET kroles."user" = 'mona';
SELECT allowed, effect, reason, role, group_id, space_id, until FROM kroles_explain(4, 'view', 'gallery', 11);
SELECT allowed, effect, reason, role, group_id, space_id FROM kroles_explain(6, 'manage', 'gallery', 11);
SELECT allowed, effect, reason, role, group_id, space_id FROM kroles_explain(3, 'manage', 'gallery', 11);
-- an editor manages the media (its moderators and speakers), and so may ask
SELECT allowed, effect, reason, group_id, space_id FROM kroles_explain(5, 'view', 'media', 1);
-- not logged in
SET kroles."user" = '';
SELECT allowed, effect, reason FROM kroles_explain(NULL, 'view', 'media', 1);
SELECT * FROM kroles_explain(4, 'view', 'media', 1);

--
-- 5. Who may
--
SET kroles."user" = 'ada';
SELECT * FROM kroles_who_can('view', 'media', 1);
SELECT * FROM kroles_who_can('contribute', 'channel', 1);
SELECT * FROM kroles_who_can('manage', 'gallery', 11);
SELECT * FROM kroles_who_can('create_channel', 'site');
SELECT user_id FROM kroles_who_can('view', 'channel', 2, max_rows => 3);
SELECT user_id FROM kroles_who_can('view', 'channel', 2, after => 3, max_rows => 3);
SELECT user_id FROM kroles_who_can('view', 'channel', 2, after => 7);
SELECT user_id FROM kroles_who_can('view', 'channel', 2, max_rows => 0);
SELECT user_id FROM kroles_who_can('view', 'channel', 99);
SELECT user_id FROM kroles_who_can('view', 'channel', NULL);
-- whoever manages there, and is told what they could ask; nobody else
SET kroles."user" = 'pia';
SELECT * FROM kroles_who_can('view', 'media', 1);
SELECT * FROM kroles_who_can('view', 'channel', 1);
SELECT * FROM kroles_who_can('view', 'channel', 3);
SELECT * FROM kroles_who_can('view', 'channel', 99);
SELECT * FROM kroles_who_can('upload', 'site');
SET kroles."user" = '';
SELECT * FROM kroles_who_can('view', 'media', 1);

--
-- 6. What may be done
--
SET kroles."user" = 'stan';
SELECT array_agg(l) FROM kroles_list('view', 'channel') AS l;
SELECT array_agg(l) FROM kroles_list('view', 'gallery') AS l;
SELECT array_agg(l) FROM kroles_list('view', 'media') AS l;
SELECT array_agg(l) FROM kroles_list('publish', 'media') AS l;
SELECT array_agg(l) FROM kroles_list('edit', 'media') AS l;
SELECT count(*), count(l) FROM kroles_list('upload', 'site') AS l;              -- a NULL for the site
SELECT count(*) FROM kroles_list('administer', 'site') AS l;
SELECT kroles_list('view', 'channel', after => NULL, max_rows => 2);
SELECT kroles_list('view', 'channel', after => 2, max_rows => 2);
SELECT kroles_list('view', 'channel', after => 3, max_rows => NULL);
SELECT kroles_list('view', 'channel', after => 9223372036854775807, max_rows => NULL);
SELECT kroles_list('view', 'channel', after => NULL, max_rows => 0);
SELECT count(*) FROM kroles_list('upload', 'site', after => NULL, max_rows => 0);
-- of oneself by id; of others by administrators only
SELECT array_agg(l) FROM kroles_list('view', 'media', user_id => 6) AS l;
SELECT kroles_list('view', 'media', user_id => 4);
SELECT kroles_list('view', 'media', user_id => 99);
SELECT kroles_list('view', 'media', user_id => NULL);
SET kroles."user" = 'olga';      -- who manages the channel, but not all channels
SELECT kroles_list('view', 'channel', user_id => 4);
SET kroles."user" = 'ada';
SELECT array_agg(l) FROM kroles_list('view', 'channel', user_id => 4) AS l;
SELECT array_agg(l) FROM kroles_list('share', 'channel', user_id => 1) AS l;
SELECT array_agg(l) FROM kroles_list('view', 'media', user_id => 2, after => NULL, max_rows => 1) AS l;
SELECT array_agg(l) FROM kroles_list('view', 'media', user_id => 99) AS l;
SELECT array_agg(l) FROM kroles_list('view', 'channel', user_id => NULL) AS l;
-- a session that bypasses row security and states nobody is an administrator
RESET SESSION AUTHORIZATION;
SET kroles."user" = '';
SELECT array_agg(l) FROM kroles_list('edit', 'media') AS l;
SET SESSION AUTHORIZATION regress_kroles_portal;

--
-- 7. Many questions in one
--
SET kroles."user" = 'stan';
SELECT * FROM kroles_can_many('view', 'channel', '{3, 1, NULL, 99, 4, 1}');
SELECT * FROM kroles_can_many('view', 'channel', '{{11, 2}, {3, 10}}');         -- galleries are no channels
SELECT * FROM kroles_can_many('upload', 'site', '{NULL, 7}');
SELECT * FROM kroles_can_many('view', 'channel', '{}');
SELECT * FROM kroles_can_many('view', 'channel', NULL);

--
-- 8. One's own changes, and what is wrong
--
SET kroles."user" = 'olga';
BEGIN;
DELETE FROM kroles.space_members WHERE space_id = 1 AND user_id = 4;
SELECT allowed, effect, reason FROM kroles_explain(4, 'view', 'channel', 1);
SELECT count(*) FROM kroles_who_can('view', 'channel', 1) WHERE user_id = 4;
ROLLBACK;
SELECT count(*) FROM kroles_who_can('view', 'channel', 1) WHERE user_id = 4;
SELECT * FROM kroles_explain(2, 'organize', 'gallery', 10);
SELECT * FROM kroles_explain(2, 'view', 'room', 1);
SELECT * FROM kroles_explain(2, NULL, 'channel', 1);
SELECT * FROM kroles_explain(2, 'view', NULL, 1);
SELECT * FROM kroles_list('view', 'event');
SELECT * FROM kroles_list('view', NULL);
SELECT * FROM kroles_list(NULL, 'media');
SELECT * FROM kroles_list('view', 'media', after => NULL, max_rows => -1);
SELECT * FROM kroles_who_can('present', 'media', 1);
SELECT * FROM kroles_who_can('view', 'channel', 1, max_rows => -1);
SELECT * FROM kroles_can_many('share', 'gallery', '{}');
SELECT * FROM kroles_can_many('organize', 'gallery', '{}');
SELECT * FROM kroles_can_many(NULL, 'gallery', '{}');

RESET SESSION AUTHORIZATION;
--
-- 9. The extension made anew in the same session
--
SET client_min_messages = error;
DROP EXTENSION kroles;
CREATE EXTENSION kroles;
INSERT INTO kroles.users (id, login, applicative_role) VALUES (1, 'ada', 'admin'), (2, 'olga', 'viewer');
INSERT INTO kroles.media (id, name, owner_id) VALUES (1, 'Cells', 1), (2, 'Diary', 2);
SELECT kroles_list('edit', 'media', user_id => 1);
SELECT * FROM kroles_who_can('edit', 'media', 1);
SELECT allowed, effect, reason FROM kroles_explain(2, 'edit', 'media', 2);
DROP EXTENSION kroles;
DROP OWNED BY regress_kroles_portal;
DROP ROLE regress_kroles_portal;
