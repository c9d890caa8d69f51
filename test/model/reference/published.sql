-- Media in spaces: what a publication in each state lets the people of the space do.
SELECT make_people() AS done \gset

-- Spaces of every type with each grant, own or by group, and owned by each person.
INSERT INTO plan (part, kind, type, owner, direct, one)
SELECT 'shared', kind, type, NULL::bigint, role, NULL FROM space_types, roles
UNION ALL SELECT 'shared', kind, type, NULL, NULL, role FROM space_types, roles WHERE role IS NOT NULL
UNION ALL SELECT 'owned', kind, type, u, NULL, NULL FROM space_types, people(16) AS u WHERE u <> 0;
SELECT make_spaces() AS done \gset
CREATE TABLE state AS SELECT * FROM unnest('{no, pending, approved, rejected}'::text[]) AS states (state);

-- Media that its people have no role on, once in each state in each of the spaces.
CREATE TABLE item AS
    SELECT 910000 + row_number() OVER (ORDER BY plan.id, state) AS id, plan.id AS space_id, part, owner, state
    FROM plan, state;
INSERT INTO kroles.media (id, name, owner_id) SELECT id, 'ref ' || id, 900017 FROM item;
SELECT put_publications(array_agg(id), array_agg(space_id), array_agg(state)) AS done FROM item WHERE state <> 'no' \gset
INSERT INTO ask SELECT u, 'media', id FROM item, one_of_each() AS u WHERE owner IS NULL
UNION ALL SELECT u, 'media', id FROM item, people(16) AS u WHERE u IN (0, owner) AND owner IS NOT NULL;
SELECT check_part('media published in a space of every type, anonymous browsing off') AS done \gset
UPDATE kroles.settings SET allow_anonymous = true;
SELECT check_part('media published in a space of every type, anonymous browsing on') AS done \gset

-- A role on the media besides; person 2 owns some.
CREATE TABLE held AS
    SELECT 930000 + row_number() OVER (ORDER BY plan.id, state, role) AS id, plan.id AS space_id, state, role
    FROM plan, state, unnest('{owner, editor, publisher, viewer, chat_moderator, room_moderator, speaker}'::text[]) AS role
    WHERE part = 'shared' AND state <> 'no';
INSERT INTO kroles.media (id, name, owner_id)
SELECT id, 'ref ' || id, CASE role WHEN 'owner' THEN 900002 ELSE 900017 END FROM held;
INSERT INTO kroles.media_collaborators (media_id, user_id, permission)
SELECT id, u, role::kroles.collaborator_permission FROM held, people(4) AS u
WHERE role IN ('editor', 'publisher', 'viewer') AND u <> 0;
INSERT INTO kroles.media_moderators (media_id, user_id, permission)
SELECT id, u, role::kroles.moderator_permission FROM held, people(4) AS u WHERE role LIKE '%moderator' AND u <> 0;
INSERT INTO kroles.media_speakers (media_id, user_id, position)
SELECT id, u, u - 900000 FROM held, people(4) AS u WHERE role = 'speaker' AND u <> 0;
SELECT put_publications(array_agg(id), array_agg(space_id), array_agg(state)) AS done FROM held \gset
TRUNCATE ask;
INSERT INTO ask SELECT u, 'media', id FROM held, people(4) AS u WHERE u <> 0;
SELECT check_part('the same with a role on the media') AS done \gset
UPDATE kroles.settings SET chat_and_collaboration = false;
SELECT check_part('the same with chat and collaboration off') AS done \gset

-- Two spaces at once: four types, three standings and three states in each.
CREATE TABLE side AS
    SELECT plan.id, state FROM plan, state
    WHERE part = 'shared' AND one IS NULL AND (direct IS NULL OR direct IN ('member', 'moderator')) AND state <> 'no'
      AND ((kind, type) = ('gallery', 'open') OR kind = 'channel' AND type IN ('private', 'shared_repository', 'public_open'));
CREATE TABLE two AS
    SELECT 960000 + row_number() OVER (ORDER BY a.id, b.id, a.state, b.state) AS id, a.id AS a, b.id AS b,
           a.state AS a_state, b.state AS b_state
    FROM side AS a JOIN side AS b ON a.id <> b.id;
INSERT INTO kroles.media (id, name, owner_id) SELECT id, 'ref ' || id, 900017 FROM two;
SELECT put_publications(array_agg(id), array_agg(a), array_agg(a_state)) AS done FROM two \gset
SELECT put_publications(array_agg(id), array_agg(b), array_agg(b_state)) AS done FROM two \gset
TRUNCATE ask;
INSERT INTO ask SELECT u, 'media', id FROM two, people(4) AS u;
SELECT check_part('media in two spaces at once') AS done \gset
