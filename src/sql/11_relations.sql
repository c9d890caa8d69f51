-- The tables and views of kroles: the one list from which sequences, triggers, audit and privileges are made. Policies are not
-- made from it: they are written out, beside the rule that they hold.
--
-- The list is a function, not a table: a function has no rows that a role could change, needs no policy and no trigger, is
-- not in dumps, and an upgrade script replaces it as a whole. It stays in the database because kroles_grant_access(),
-- kroles_verify(), kroles_history() and tests read it. It contains nothing that the catalog does not show to all roles, and
-- functions of the tables' owner call it, so PUBLIC may execute it.

CREATE FUNCTION kroles.relations()
    RETURNS TABLE (name text, tracked text[], audited text[], application text, traits text[], noun text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 40
BEGIN ATOMIC
    VALUES
    -- name,                 tracked,                             audited,                       application, traits, noun
    ('baseline_rights',      '{}'::text[],                        '{site}'::text[],
        'SELECT, UPDATE', '{matrix, public}'::text[], NULL),
    ('role_rights',          '{}',                                '{site}',
        'SELECT, UPDATE', '{matrix, public}', NULL),
    ('ceiling_rights',       '{}',                                '{site}',
        'SELECT, UPDATE', '{matrix, public}', NULL),
    ('role_labels',          NULL,                                '{site}',
        'SELECT, UPDATE', '{public}', NULL),
    ('settings',             '{}',                                '{site}',
        'SELECT, UPDATE', '{public}', NULL),
    ('users',                '{user, id}',                        '{user, id}',
        'SELECT, INSERT, UPDATE, DELETE', '{fixed_id}', NULL),
    ('user_blocks',          '{user, user_id}',                   '{user, user_id}',
        'SELECT', '{}', NULL),
    ('groups',               '{group, id}',                       '{group, id}',
        'SELECT, INSERT, UPDATE, DELETE', '{fixed_id}', 'group'),
    ('group_members',        '{user, user_id}',                   '{group, group_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{people}', NULL),
    ('spaces',               '{space, id}',                       '{space, id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, pending, created_at, external_id}', NULL),
    ('space_members',        '{user, user_id, group, group_id}',  '{space, space_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, people}', NULL),
    ('media',                '{media, id}',                       '{media, id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, pending, created_at, external_id}', 'media'),
    -- (the audience of a media, and so the media's own row, changes with these five: they need not be tracked themselves)
    ('publications',         NULL,                                '{media, media_id, space_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{audience}', NULL),
    ('media_collaborators',  NULL,                                '{media, media_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, audience, people}', NULL),
    ('media_moderators',     NULL,                                '{media, media_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, audience, people}', NULL),
    ('media_speakers',       NULL,                                '{media, media_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{audience, people}', NULL),
    ('join_requests',        NULL,                                '{space, space_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id}', NULL),
    ('playlists',            NULL,                                '{space, space_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, created_at}', 'playlist'),
    ('playlist_items',       NULL,                                '{space, space_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{}', NULL),
    ('events',               '{event, id}',                       '{event, id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, pending, created_at, external_id}', 'event'),
    ('event_participants',   '{user, user_id, group, group_id}',  '{event, event_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, people}', NULL),
    ('event_sessions',       NULL,                                '{event, event_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{audience}', NULL),
    ('room_participants',    '{stays, user_id}',                  '{media, media_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{}', NULL),
    ('gateways',             '{}',                                '{site}',
        'SELECT', '{}', NULL),
    ('signing_keys',         '{}',                                '{site}',
        'SELECT (kid, algorithm, expires_at, created_at)', '{}', NULL),
    ('audit_log',            NULL,                                NULL,
        'SELECT', '{}', NULL),
    ('access_changes',       NULL,                                NULL,
        'SELECT, DELETE', '{}', NULL),
    ('retired_external_ids', NULL,                                NULL,
        'SELECT', '{}', NULL),
    ('replica',              '{}',                                NULL,
        NULL, '{local}', NULL),
    -- members of the extension: their rows come with it or with time, and dumps leave them out
    ('heartbeat',            NULL,                                NULL,
        NULL, '{entitlement, member}', NULL),
    ('rights',               '{}',                                '{site}',
        'SELECT', '{public, member}', NULL),
    ('secret',               NULL,                                NULL,
        NULL, '{local, member}', NULL),
    -- views
    ('channels',             NULL, NULL, 'SELECT, INSERT, UPDATE, DELETE', '{}', NULL),
    ('galleries',            NULL, NULL, 'SELECT, INSERT, UPDATE, DELETE', '{}', NULL),
    ('moderation_queue',     NULL, NULL, 'SELECT, INSERT, UPDATE, DELETE', '{}', NULL),
    ('my_media',             NULL, NULL, 'SELECT', '{}', NULL),
    ('people',               NULL, NULL, 'SELECT', '{}', NULL),
    ('my_playlists',         NULL, NULL, 'SELECT, INSERT, UPDATE, DELETE', '{}', NULL),
    ('user_import',          NULL, NULL, 'SELECT, INSERT', '{}', NULL),
    ('group_member_import',  NULL, NULL, 'SELECT, INSERT', '{}', NULL),
    ('space_member_import',  NULL, NULL, 'SELECT, INSERT', '{}', NULL),
    ('tables_version',       NULL, NULL, NULL, '{public}', NULL),
    ('protected_tables',     NULL, NULL, NULL, '{public, member}', NULL);
END;
COMMENT ON FUNCTION kroles.relations() IS
    'The tables and views of kroles. tracked: the arguments of kroles.track(): classes of cache entries, each with the column that holds the key; empty where a row concerns every entry, NULL where caches do not depend on the table. audited: the arguments of kroles.audit(): the kind of the object and the columns with its id and its space; NULL where changes are not logged. application: the privileges of kroles_grant_access(), NULL for none. noun: how kroles_history() calls a row that has a name. traits: given_id (the id comes from kroles.next_id() and is fixed), fixed_id (the id is fixed), pending (policies judge a new row by kroles.note_pending_row()), created_at and external_id (columns of those names are guarded), audience (audiences of media are derived from it), people (grants or members), matrix, public (PUBLIC may read it), member (a member of the extension; the others are the site''s own objects), entitlement (replicas need it too, beside all that is tracked or has an audience), local (never replicated)';
