-- kroles_history(): what changed, when and by whom, in words; exactly the rows that the policy on the audit log shows.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;
\set SHOW_CONTEXT never

INSERT INTO kroles.users (id, login, name, applicative_role, administrator, blocked) VALUES
    (1, 'ada', 'Ada Root', 'viewer', true, false), (2, 'olga', 'Olga Owner', 'admin', false, false),
    (3, 'mona', 'Mona Moderator', 'private_only', false, false), (4, 'pia', 'Pia Publisher', 'private_only', false, false),
    (5, 'vera', 'Vera Lind', 'viewer', false, false), (6, 'stan', '', 'private_only', false, false), (7, 'bea', 'Bea Blocked', 'admin', false, false);
INSERT INTO kroles.groups (id, name) VALUES (1, 'Biology');
CREATE ROLE regress_kroles_portal;
SELECT kroles_grant_access('regress_kroles_portal');
SELECT kroles_trust_gateway('regress_kroles_portal');
SET SESSION AUTHORIZATION regress_kroles_portal;

-- A term on a campus
SET kroles."user" = 'olga';
INSERT INTO kroles.channels (type, name, moderated) VALUES ('restricted', 'Lectures', true), ('private', 'Board', false);
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 3, 'moderator'), (1, 4, 'contributor');
INSERT INTO kroles.space_members (space_id, group_id) VALUES (1, 1);
UPDATE kroles.space_members SET role = 'contributor' WHERE group_id = 1;
UPDATE kroles.space_members SET expires_at = '2030-01-01 00:00+00' WHERE user_id = 4;
UPDATE kroles.channels SET name = 'All lectures', moderated = true WHERE id = 1;
UPDATE kroles.channels SET name = 'All lectures' WHERE id = 1;      -- changes nothing
SET kroles."user" = 'pia';
INSERT INTO kroles.media (name) VALUES ('Cells'), ('Diary');
SELECT kroles_publish(1, 1);
SET kroles."user" = 'mona';
SELECT kroles_reject(1, 1, 'too dark');
SET kroles."user" = 'pia';
UPDATE kroles.media SET name = 'Cells, brighter' WHERE id = 1;
SELECT kroles_publish(1, 1);
SET kroles."user" = 'mona';
SELECT kroles_approve(1, 1);
SET kroles."user" = 'pia';
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (1, 5, 'viewer');
UPDATE kroles.media_collaborators SET permission = 'editor' WHERE user_id = 5;
INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (1, 6, 'room_moderator');
INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (1, 5), (1, 6);
SELECT kroles_move_speaker(1, 6, 1);
UPDATE kroles.media_speakers SET type = 'advanced', visible = false WHERE user_id = 5;
DELETE FROM kroles.media_speakers WHERE user_id = 5;
SELECT kroles_remove_user(1, 6);
SELECT kroles_take_down(1, 1);
SELECT kroles_transfer_ownership(1, 5);
SET kroles."user" = 'ada';
INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 5);
DELETE FROM kroles.group_members WHERE user_id = 5;
UPDATE kroles.users SET applicative_role = 'private_only' WHERE id = 5;
UPDATE kroles.users SET blocked = true WHERE id = 7;
UPDATE kroles.users SET blocked = false, title = 'Dr' WHERE id = 7;
UPDATE kroles.settings SET allow_anonymous = true;
UPDATE kroles.role_rights SET allowed = true WHERE (kind, role, action) = ('channel', 'member', 'contribute');
UPDATE kroles.role_labels SET label = 'Student' WHERE applicative_role = 'viewer';
DELETE FROM kroles.users WHERE id = 6;

--
-- 1. In words, newest first; with the columns that changed
--
SET kroles."user" = 'vera';      -- who owns it now
SELECT who, what, before - 'published_at' - 'moderated_at' - 'created_at' AS before, after - 'published_at' - 'moderated_at' - 'created_at' AS after
FROM kroles_history('media', 1);
SET kroles."user" = 'olga';
SELECT who, what, before, after - 'created_at' AS after FROM kroles_history('channel', 1) WHERE what !~ 'Cells|media 1';
-- publications are in the history of the channel too; Olga sees not the media any more, so it has no name
SELECT who, what FROM kroles_history('channel', 1) WHERE before ? 'media_id' OR after ? 'media_id' OR after ? 'status';
-- a person, a group, the site: for administrators
SET kroles."user" = 'ada';
SELECT regexp_replace(who, '^(database role ).*', '\1...') AS who, what FROM kroles_history('user', 5);
SELECT regexp_replace(who, '^(database role ).*', '\1...') AS who, what FROM kroles_history('user', 7);
SELECT regexp_replace(who, '^(database role ).*', '\1...') AS who, what FROM kroles_history('user', 6);
SELECT regexp_replace(who, '^(database role ).*', '\1...') AS who, what FROM kroles_history('group', 1);
SELECT who, what, before - 'only_row' AS before, after - 'only_row' AS after FROM kroles_history('site', NULL, NULL, 3);
--
-- 2. In pages
--
SET kroles."user" = 'vera';
SELECT array_agg(log_id ORDER BY log_id DESC) AS all_rows, count(*) AS n FROM kroles_history('media', 1) \gset
WITH RECURSIVE page AS (
    SELECT array_agg(log_id) AS ids, 1 AS n FROM kroles_history('media', 1, NULL, 5)
    UNION ALL SELECT (SELECT array_agg(log_id) FROM kroles_history('media', 1, page.ids[cardinality(page.ids)], 5)), n + 1 FROM page WHERE cardinality(page.ids) = 5
) SELECT count(*) > 3 AS "several pages", (SELECT array_agg(id ORDER BY n, i) FROM page AS p, unnest(p.ids) WITH ORDINALITY AS u (id, i)) = :'all_rows' AS "are the whole" FROM page;
SELECT count(*) FROM kroles_history('media', 1, NULL, 0);
SELECT count(*) FROM kroles_history('media', 1, 0);
SELECT count(*) = :n AS "NULL is all" FROM kroles_history('media', 1, NULL, NULL);
SELECT count(*) FROM kroles_history('media', 1, NULL, -1);

--
-- 3. For whom: exactly the rows that the log itself shows
--
CREATE FUNCTION pg_temp.compare(person text, kind text, kinds text[], id bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    PERFORM set_config('kroles.user', person, true);
    SELECT format('%s%s', count(h.log_id), CASE WHEN count(*) = count(h.log_id) AND count(*) = count(l.id) THEN '' ELSE ' <> ' || count(l.id) END) INTO answer
    FROM kroles_history($2, $4, NULL, NULL) AS h
    FULL JOIN (SELECT a.id FROM kroles.audit_log a WHERE (a.object_kind = ANY ($3) AND a.object_id = $4 OR kind = 'channel' AND a.space_id = $4)
                  AND (a.operation <> 'UPDATE' OR a.before <> a.after)) AS l ON l.id = h.log_id;
    RETURN answer;
END $$;
SELECT who, pg_temp.compare(who, 'media', '{media}', 1) AS media_1, pg_temp.compare(who, 'room', '{media}', 1) AS room_1, pg_temp.compare(who, 'media', '{media}', 2) AS media_2,
    pg_temp.compare(who, 'media', '{media}', 99) AS media_99, pg_temp.compare(who, 'channel', '{channel, space}', 1) AS channel_1,
    pg_temp.compare(who, 'channel', '{channel, space}', 2) AS channel_2
FROM unnest('{ada, olga, mona, pia, vera, bea, ""}'::text[]) AS who;
-- users, groups and the site, and kinds that do not fit
SELECT who, pg_temp.compare(who, kind, '{none}', id)
FROM unnest('{olga, pia, ""}'::text[]) AS who, (VALUES ('user', 4), ('group', 1), ('site', NULL), ('gallery', 1), ('event', 1), ('media', NULL)) AS k (kind, id);
SET kroles."user" = 'ada';
SELECT count(*) FROM kroles_history('gallery', 1);
SELECT count(*) FROM kroles_history('space', 1);
SELECT count(*) FROM kroles_history(NULL, 1);

--
-- 4. What is gone still has a history, for administrators
--
SET kroles."user" = 'olga';
DELETE FROM kroles.spaces WHERE id = 1;
SELECT count(*) FROM kroles_history('channel', 1);
SET kroles."user" = 'ada';
SELECT who, what FROM kroles_history('channel', 1, NULL, 4);

RESET SESSION AUTHORIZATION;
RESET kroles."user";
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
DROP OWNED BY regress_kroles_portal;
DROP ROLE regress_kroles_portal;
