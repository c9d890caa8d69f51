-- The rules once more, in plain SQL: the tables of "who can do what" typed in as they are printed there, and a few
-- views that read them. It shares nothing with the extension but the data (people, spaces, media) and reads none of
-- its matrices. The person with id 0 is whoever is not logged in.
CREATE SCHEMA reference;
SET search_path = reference, public;

-- Rights on the site. 'x' is yes, '' is no; an administrator has all of them.
CREATE TABLE site_table (action text, anonymous text, viewer text, private_only text, admin text);
INSERT INTO site_table VALUES
    -- right            anonymous viewer private_only admin, unmoderated_admin
    ('upload',          '',       '',    'x',         'x'),
    ('create_event',    '',       '',    'x',         'x'),
    ('create_channel',  '',       '',    '',          'x'),
    ('create_gallery',  '',       '',    '',          ''),
    ('administer',      '',       '',    '',          '');

-- What each type of space gives without a grant.
CREATE TABLE type_table (kind text, type text, anonymous text, viewer text, private_only text, admin text);
INSERT INTO type_table VALUES
    -- kind      type                 anonymous viewer  private_only admin, unmoderated_admin
    ('channel', 'open',              '',       'view', 'view',      'view contribute'),
    ('channel', 'restricted',        '',       'view', 'view',      'view'),
    ('channel', 'private',           '',       '',     '',          ''),
    ('channel', 'shared_repository', '',       '',     '',          ''),
    ('channel', 'public_restricted', 'view',   'view', 'view',      'view'),
    ('channel', 'public_open',       'view',   'view', 'view',      'view contribute'),
    ('gallery', 'open',              'view',   'view', 'view',      'view contribute'),
    ('gallery', 'restricted',        '',       'view', 'view',      'view'),
    ('gallery', 'private',           '',       '',     '',          '');

-- What each contextual role gives; an owner is a manager. Of share, see space_answer below.
CREATE TABLE space_table (action text, member text, contributor text, moderator text, manager text);
INSERT INTO space_table VALUES
    -- right                  member          contributor     moderator       manager
    ('view',                 'x',            'x',            'x',            'x'),
    ('contribute',           '',             'x',            'x',            'x'),
    ('moderate',             '',             '',             'x',            'x'),
    ('edit_contributions',   '',             '',             'channel only', ''),
    ('delete_contributions', '',             '',             'channel only', 'x'),
    ('manage',               '',             '',             '',             'x'),
    ('manage_members',       '',             '',             '',             'x'),
    ('organize',             '',             '',             '',             'channel only'),
    ('view_analytics',       '',             '',             '',             'x'),
    ('create_subgallery',    '',             '',             '',             'gallery only'),
    ('delete',               '',             '',             '',             'x'),
    ('join_room',            'channel only', 'channel only', 'channel only', 'channel only'),
    ('start_room',           '',             '',             '',             'channel only'),
    ('share',                'x',            'x',            'x',            'x');

-- What each role on a media gives.
CREATE TABLE media_table (action text, owner text, editor text, publisher text, viewer text,
                          chat_moderator text, room_moderator text, speaker text);
INSERT INTO media_table VALUES
    -- right                  owner editor publisher viewer chat room speaker
    ('view',                 'x',  'x',   'x',      'x',   'x', 'x', 'x'),
    ('edit',                 'x',  'x',   '',       '',    '',  '',  ''),
    ('delete',               'x',  '',    '',       '',    '',  '',  ''),
    ('publish',              'x',  '',    'x',      '',    '',  '',  ''),
    ('manage_collaborators', 'x',  '',    '',       '',    '',  '',  ''),
    ('manage_moderators',    'x',  'x',   '',       '',    '',  '',  ''),
    ('manage_speakers',      'x',  'x',   '',       '',    '',  '',  ''),
    ('transfer_ownership',   'x',  '',    '',       '',    '',  '',  '');

-- The same, a row a cell.
CREATE TABLE baseline AS
    SELECT 'site' AS kind, 'site' AS type, role, action
    FROM site_table, LATERAL (VALUES ('anonymous', anonymous), ('viewer', viewer), ('private_only', private_only),
                                     ('admin', admin), ('unmoderated_admin', admin)) AS cell (role, content)
    WHERE content = 'x'
    UNION ALL
    SELECT kind, type, role, action
    FROM type_table, LATERAL (VALUES ('anonymous', anonymous), ('viewer', viewer), ('private_only', private_only),
                                     ('admin', admin), ('unmoderated_admin', admin)) AS cell (role, content),
         string_to_table(content, ' ') AS action;
CREATE TABLE granted AS
    SELECT kind, role, action
    FROM (VALUES ('channel'), ('gallery')) AS kinds (kind), space_table,
         LATERAL (VALUES ('member', member), ('contributor', contributor), ('moderator', moderator),
                         ('manager', manager)) AS cell (role, content)
    WHERE content IN ('x', kind || ' only')
    UNION ALL
    SELECT 'media', role, action
    FROM media_table, LATERAL (VALUES ('owner', owner), ('editor', editor), ('publisher', publisher),
        ('viewer', viewer), ('chat_moderator', chat_moderator), ('room_moderator', room_moderator),
        ('speaker', speaker)) AS cell (role, content)
    WHERE content = 'x';

-- Each kind has the rights of its table and no other; media has three more that sum others up.
CREATE TABLE rights AS
    SELECT 'site' AS kind, action::kroles.action FROM site_table
    UNION ALL SELECT DISTINCT kind, action::kroles.action FROM granted
    UNION ALL SELECT 'media', unnest('{contribute, manage, moderate}'::kroles.action[]);

-- Ceilings. Nothing for private_only, admin and unmoderated_admin.
CREATE TABLE never AS
    SELECT 'anonymous' AS role, kind, action::text FROM rights WHERE action <> 'view'
    UNION ALL
    SELECT 'viewer', kind, action
    FROM (VALUES ('channel'), ('gallery')) AS kinds (kind),
         unnest('{contribute, edit_contributions, create_subgallery}'::text[]) AS action
    UNION ALL
    SELECT 'viewer', 'media', unnest('{edit, delete, publish, transfer_ownership, manage_collaborators,
                                       manage_moderators, manage_speakers}'::text[]);

\i :model/rules/windows.sql

-- Who there is. A blocked person has nothing, nor has anonymous where the site does not allow browsing.
CREATE VIEW subject AS
    SELECT id, applicative_role::text AS role, administrator, blocked AS has_nothing FROM kroles.users
    UNION ALL
    SELECT 0, 'anonymous', false, NOT allow_anonymous FROM kroles.settings;

-- A gallery that inherits takes its grants from the nearest one above that does not; a root never inherits.
CREATE VIEW source AS
    WITH RECURSIVE climb (space_id, at) AS (
        SELECT id, id FROM kroles.spaces
        UNION ALL
        SELECT space_id, parent_id FROM climb JOIN kroles.spaces ON id = at
        WHERE inherits_members AND parent_id IS NOT NULL)
    SELECT space_id, at AS source_id FROM climb JOIN kroles.spaces ON id = at
    WHERE NOT (inherits_members AND parent_id IS NOT NULL);

-- One effective role. The owner's comes first, then the person's own grant, then the strongest of the groups'.
CREATE VIEW standing AS
    WITH grants AS (SELECT space_id, user_id, group_id, role::text FROM kroles.space_members WHERE in_force(starts_at, expires_at)),
         strength (role, place) AS (VALUES ('manager', 2), ('moderator', 3), ('contributor', 4), ('member', 5)),
         claims (user_id, space_id, role, place) AS (
             SELECT owner_id, id, 'manager', 0 FROM kroles.spaces
             UNION ALL
             SELECT owner_id, space_id, 'manager', 0 FROM source JOIN kroles.spaces ON id = source_id
             UNION ALL
             SELECT user_id, source.space_id, role, 1 FROM source JOIN grants ON grants.space_id = source_id
             WHERE user_id IS NOT NULL
             UNION ALL
             SELECT members.user_id, source.space_id, role, place
             FROM source JOIN grants ON grants.space_id = source_id
             JOIN membership AS members USING (group_id) JOIN strength USING (role))
    SELECT DISTINCT ON (user_id, space_id) user_id, space_id, role FROM claims ORDER BY user_id, space_id, place;

-- Every role a person has on a media (or, of a group without members now, nobody); moderators only while the module is on.
CREATE VIEW media_role AS
    SELECT owner_id AS user_id, id AS media_id, 'owner' AS role FROM kroles.media
    UNION
    SELECT coalesce(c.user_id, members.user_id), media_id, permission::text
    FROM kroles.media_collaborators AS c LEFT JOIN membership AS members USING (group_id) WHERE in_force(starts_at, expires_at)
    UNION
    SELECT coalesce(m.user_id, members.user_id), media_id, permission::text
    FROM kroles.media_moderators AS m LEFT JOIN membership AS members USING (group_id)
    WHERE in_force(starts_at, expires_at) AND (SELECT chat_and_collaboration FROM kroles.settings)
    UNION
    SELECT user_id, media_id, 'speaker' FROM kroles.media_speakers;
