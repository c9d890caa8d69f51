-- The people, spaces and media that matrix.sql asks about. All ids are above 800000, out of the way of other tests.

-- Four people of each sort: plain, administrators, blocked, blocked administrators.
CREATE TABLE person AS
    SELECT 800000 + row_number() OVER (ORDER BY sort, role) AS id, role, sort::text
    FROM unnest('{viewer, private_only, admin, unmoderated_admin}'::kroles.applicative_role[]) AS role,
         unnest('{administrator, blocked, blocked administrator, plain}'::text[]) AS sort;
INSERT INTO kroles.users (id, login, applicative_role, administrator, blocked)
SELECT id, 'matrix ' || id, role, sort LIKE '%administrator', sort LIKE 'blocked%' FROM person;
INSERT INTO kroles.users (id, login) VALUES (800099, 'matrix stranger');
INSERT INTO kroles.groups (id, name) VALUES (800001, 'matrix one'), (800002, 'matrix two');
INSERT INTO kroles.group_members (group_id, user_id) SELECT g.id, person.id FROM kroles.groups AS g, person WHERE g.id > 800000;

CREATE TABLE type AS
    SELECT n, kind::kroles.object_kind AS kind, type
    FROM (VALUES (1, 'channel', 'open'), (2, 'channel', 'restricted'), (3, 'channel', 'private'),
                 (4, 'channel', 'shared_repository'), (5, 'channel', 'public_restricted'), (6, 'channel', 'public_open'),
                 (7, 'gallery', 'open'), (8, 'gallery', 'restricted'), (9, 'gallery', 'private')) AS t (n, kind, type);
CREATE TABLE standing AS
    SELECT * FROM (VALUES (1, 'none', 'no'), (2, 'member', 'me'), (3, 'contributor', 'co'), (4, 'moderator', 'mo'),
                          (5, 'manager', 'ma'), (6, 'owner', 'ow')) AS s (n, standing, short);

-- A space of each type for each person and standing; those numbered from 20 wait for moderators.
CREATE TABLE space AS
    SELECT 800000 + row_number() OVER (ORDER BY t.n, s.n, person.id, moderated) AS id, t.n AS type_n, s.n AS standing_n,
           person.id AS person, moderated
    FROM type AS t, standing AS s, person, (VALUES (false), (true)) AS m (moderated);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, moderated)
SELECT space.id, t.kind::text::kroles.space_kind, t.type::kroles.space_type, 'matrix',
       CASE s.standing WHEN 'owner' THEN person ELSE 800099 END, moderated
FROM space JOIN type AS t ON t.n = type_n JOIN standing AS s ON s.n = standing_n;
INSERT INTO kroles.space_members (space_id, user_id, role)
SELECT space.id, person, s.standing::kroles.contextual_role
FROM space JOIN standing AS s ON s.n = standing_n WHERE s.standing NOT IN ('none', 'owner');

-- A media for each person and role on it.
CREATE TABLE role AS
    SELECT * FROM (VALUES (1, 'none', 'no'), (2, 'owner', 'ow'), (3, 'editor', 'ed'), (4, 'publisher', 'pu'),
                          (5, 'viewer', 'vi'), (6, 'chat_moderator', 'ch'), (7, 'room_moderator', 'ro'),
                          (8, 'speaker', 'sp')) AS r (n, role, short);
CREATE TABLE media AS
    SELECT 800000 + row_number() OVER (ORDER BY r.n, person.id) AS id, r.n AS role_n, person.id AS person
    FROM role AS r, person;
INSERT INTO kroles.media (id, name, owner_id)
SELECT media.id, 'matrix', CASE r.role WHEN 'owner' THEN person ELSE 800099 END
FROM media JOIN role AS r ON r.n = role_n;
INSERT INTO kroles.media_collaborators (media_id, user_id, permission)
SELECT id, person, r.role::kroles.collaborator_permission
FROM media JOIN role AS r ON r.n = role_n WHERE r.role IN ('editor', 'publisher', 'viewer');
INSERT INTO kroles.media_moderators (media_id, user_id, permission)
SELECT id, person, r.role::kroles.moderator_permission
FROM media JOIN role AS r ON r.n = role_n WHERE r.role LIKE '%moderator';
INSERT INTO kroles.media_speakers (media_id, user_id, position)
SELECT id, person, 1 FROM media JOIN role AS r ON r.n = role_n WHERE r.role = 'speaker';

-- In every space that is not moderated one media a status, on which nobody but the stranger has a role; put in
-- without the guard.
CREATE TABLE item AS
    SELECT 810000 + row_number() OVER (ORDER BY space.id, status) AS id, space.id AS space, status
    FROM space, unnest(enum_range(NULL::kroles.publication_status)) AS status WHERE NOT moderated;
INSERT INTO kroles.media (id, name, owner_id) SELECT id, 'matrix', 800099 FROM item;
SET LOCAL session_replication_role = replica;
INSERT INTO kroles.publications (media_id, space_id, status) SELECT id, space, status FROM item;
SET LOCAL session_replication_role = origin;
