-- The rights that exist, and the rows that the tables of the site begin with: the cells of the three matrices, the labels of the
-- applicative roles, the settings.

INSERT INTO kroles.rights (kind, action, description) VALUES
    ('site', 'upload', 'make media, and have a My Media page'),
    ('site', 'create_event', 'make an event'),
    ('site', 'create_channel', 'make a channel'),
    ('site', 'create_gallery', 'make a top-level gallery'),
    ('site', 'administer', 'run the site: users, groups, settings, matrices'),
    ('channel', 'view', 'see the channel and what is approved in it'),
    ('channel', 'contribute', 'add content'),
    ('channel', 'moderate', 'see the queue, approve and reject'),
    ('channel', 'edit_contributions', 'edit anyone''s content there'),
    ('channel', 'delete_contributions', 'take anyone''s content down from there'),
    ('channel', 'manage', 'change the settings: name, type, moderation'),
    ('channel', 'manage_members', 'invite people and groups and set their roles'),
    ('channel', 'organize', 'arrange the content in playlists'),
    ('channel', 'view_analytics', 'see, print and save the analytics'),
    ('channel', 'delete', 'delete the channel'),
    ('channel', 'join_room', 'join live rooms'),
    ('channel', 'start_room', 'open and start live rooms'),
    ('channel', 'share', 'publish what is here to other channels; only in a shared repository'),
    ('gallery', 'view', 'see the gallery and what is approved in it'),
    ('gallery', 'contribute', 'add content'),
    ('gallery', 'moderate', 'see the queue, approve and reject'),
    ('gallery', 'delete_contributions', 'take anyone''s content down from there'),
    ('gallery', 'manage', 'change the settings: name, type, moderation, inheritance'),
    ('gallery', 'manage_members', 'invite people and groups and set their roles'),
    ('gallery', 'view_analytics', 'see the analytics'),
    ('gallery', 'create_subgallery', 'make a gallery inside this one'),
    ('gallery', 'delete', 'delete the gallery'),
    ('gallery', 'share', 'never: a gallery is no shared repository'),
    ('media', 'view', 'watch it'),
    ('media', 'edit', 'change details and metadata, trim, replace, edit captions, chapters and slides'),
    ('media', 'delete', 'delete it'),
    ('media', 'publish', 'publish it to channels and galleries one may contribute to'),
    ('media', 'transfer_ownership', 'make someone else its owner'),
    ('media', 'manage_collaborators', 'add, change and remove collaborators'),
    ('media', 'manage_moderators', 'add, change and remove moderators'),
    ('media', 'manage_speakers', 'add, order, change and remove speakers'),
    ('room', 'join_room', 'join it'),
    ('room', 'start_room', 'open and start it'),
    ('room', 'moderate_room', 'look after the participants, and say who speaks or presents'),
    ('room', 'moderate_chat', 'look after messages, questions and answers, and polls'),
    ('room', 'present', 'present, with more tools than a participant'),
    ('room', 'interact', 'take part in the chat, questions and polls'),
    ('event', 'view', 'see the event and its sessions'),
    ('event', 'interact', 'take part in it'),
    ('event', 'present', 'present in it'),
    ('event', 'moderate', 'look after its sessions: their rooms, chats and speakers'),
    ('event', 'manage', 'change its settings, add and remove sessions'),
    ('event', 'manage_participants', 'add, change and remove those who take part'),
    ('event', 'view_analytics', 'see the analytics'),
    ('event', 'delete', 'delete the event');
INSERT INTO kroles.rights (kind, action, summary, description) VALUES
    ('media', 'contribute', true, 'edit or publish it'),
    ('media', 'manage', true, 'manage its collaborators, moderators or speakers'),
    ('media', 'moderate', true, 'be its owner, editor, chat or room moderator, or moderate a space where it is pending or approved or an event it is a session of'),
    ('room', 'view', true, 'see its media'),
    ('room', 'contribute', true, 'present in it'),
    ('room', 'moderate', true, 'moderate the room or its chat'),
    ('room', 'manage', true, 'be a host of it'),
    ('event', 'contribute', true, 'present in it');

-- (Triggers do not fire: neither the guards, for which shipped values are fixed, nor the log, because nobody changes anything.)
CREATE FUNCTION kroles.fill_rows() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET session_replication_role = replica AS $$
BEGIN
    -- Baseline: the rights of applicative roles without a grant.
    WITH granted (kind, type, applicative_role, actions) AS (VALUES
        ('site', 'site', 'private_only', '{upload, create_event}'),
        ('site', 'site', 'admin', '{upload, create_event, create_channel}'),
        ('site', 'site', 'unmoderated_admin', '{upload, create_event, create_channel}'),
        ('channel', 'open', 'viewer', '{view}'),
        ('channel', 'open', 'private_only', '{view}'),
        ('channel', 'open', 'admin', '{view, contribute}'),
        ('channel', 'open', 'unmoderated_admin', '{view, contribute}'),
        ('channel', 'restricted', 'viewer', '{view}'),
        ('channel', 'restricted', 'private_only', '{view}'),
        ('channel', 'restricted', 'admin', '{view}'),
        ('channel', 'restricted', 'unmoderated_admin', '{view}'),
        ('channel', 'public_restricted', 'anonymous', '{view}'),
        ('channel', 'public_restricted', 'viewer', '{view}'),
        ('channel', 'public_restricted', 'private_only', '{view}'),
        ('channel', 'public_restricted', 'admin', '{view}'),
        ('channel', 'public_restricted', 'unmoderated_admin', '{view}'),
        ('channel', 'public_open', 'anonymous', '{view}'),
        ('channel', 'public_open', 'viewer', '{view}'),
        ('channel', 'public_open', 'private_only', '{view}'),
        ('channel', 'public_open', 'admin', '{view, contribute}'),
        ('channel', 'public_open', 'unmoderated_admin', '{view, contribute}'),
        ('gallery', 'open', 'anonymous', '{view}'),
        ('gallery', 'open', 'viewer', '{view}'),
        ('gallery', 'open', 'private_only', '{view}'),
        ('gallery', 'open', 'admin', '{view, contribute}'),
        ('gallery', 'open', 'unmoderated_admin', '{view, contribute}'),
        ('gallery', 'restricted', 'viewer', '{view}'),
        ('gallery', 'restricted', 'private_only', '{view}'),
        ('gallery', 'restricted', 'admin', '{view}'),
        ('gallery', 'restricted', 'unmoderated_admin', '{view}')
    ), types (kind, type) AS (
        SELECT 'site', 'site'
        UNION ALL SELECT 'channel', unnest(enum_range(NULL::kroles.space_type))::text
        UNION ALL SELECT 'gallery', unnest('{open, restricted, private}'::text[])
    )
    INSERT INTO kroles.baseline_rights AS cells (kind, type, applicative_role, action, allowed, shipped)
    SELECT t.kind, t.type, a.role, r.action, cell.allowed, cell.allowed
    FROM types t
    JOIN kroles.rights r ON r.kind = t.kind AND NOT r.summary
    CROSS JOIN unnest(enum_range(NULL::kroles.applicative_role)) AS a (role)
    CROSS JOIN LATERAL (SELECT EXISTS (
        SELECT FROM granted g
        WHERE (g.kind, g.type, g.applicative_role) = (t.kind, t.type, a.role::text)
          AND r.action = ANY (g.actions::text[])) AS allowed) AS cell
    ORDER BY 1, 2, 3, r.action::kroles.action
    ON CONFLICT (kind, type, applicative_role, action) DO UPDATE SET shipped = excluded.shipped,
        allowed = CASE WHEN cells.allowed = cells.shipped THEN excluded.shipped ELSE cells.allowed END
    WHERE cells.shipped <> excluded.shipped;

    -- Grants: the rights of each role on the object.
    WITH granted (kind, role, actions) AS (VALUES
        ('channel', 'member', '{view, join_room, share}'),
        ('channel', 'contributor', '{view, contribute, join_room, share}'),
        ('channel', 'moderator', '{view, contribute, moderate, edit_contributions, delete_contributions, join_room, share}'),
        ('channel', 'manager', '{view, contribute, moderate, delete_contributions, manage, manage_members, organize, view_analytics, delete, join_room, start_room, share}'),
        ('gallery', 'member', '{view}'),
        ('gallery', 'contributor', '{view, contribute}'),
        ('gallery', 'moderator', '{view, contribute, moderate}'),
        ('gallery', 'manager', '{view, contribute, moderate, delete_contributions, manage, manage_members, view_analytics, create_subgallery, delete}'),
        ('media', 'owner', '{view, edit, delete, publish, manage_collaborators, manage_moderators, manage_speakers, transfer_ownership}'),
        ('media', 'editor', '{view, edit, manage_moderators, manage_speakers}'),
        ('media', 'publisher', '{view, publish}'),
        ('media', 'viewer', '{view}'),
        ('media', 'chat_moderator', '{view}'),
        ('media', 'room_moderator', '{view}'),
        ('media', 'speaker', '{view}'),
        ('room', 'host', '{join_room, start_room, moderate_room, moderate_chat, present, interact}'),
        ('room', 'room_moderator', '{join_room, start_room, moderate_room, present, interact}'),
        ('room', 'chat_moderator', '{join_room, moderate_chat, interact}'),
        ('room', 'advanced_speaker', '{join_room, present, interact}'),
        ('room', 'simple_speaker', '{join_room, interact}'),
        ('room', 'participant', '{join_room, interact}'),
        ('event', 'organizer', '{view, interact, present, moderate, manage, manage_participants, view_analytics, delete}'),
        ('event', 'moderator', '{view, interact, present, moderate}'),
        ('event', 'speaker', '{view, interact, present}'),
        ('event', 'attendee', '{view, interact}')
    )
    INSERT INTO kroles.role_rights AS cells (kind, role, action, allowed, shipped)
    SELECT g.kind, g.role, r.action, cell.allowed, cell.allowed
    FROM granted g
    JOIN kroles.rights r ON r.kind = g.kind AND NOT r.summary
    CROSS JOIN LATERAL (SELECT r.action = ANY (g.actions::text[]) AS allowed) AS cell
    ORDER BY 1, 2, r.action::kroles.action
    ON CONFLICT (kind, role, action) DO UPDATE SET shipped = excluded.shipped,
        allowed = CASE WHEN cells.allowed = cells.shipped THEN excluded.shipped ELSE cells.allowed END
    WHERE cells.shipped <> excluded.shipped;

    -- Ceilings: the rights that an applicative role never has.
    WITH never (applicative_role, kind, actions) AS (VALUES
        ('viewer', 'channel', '{contribute, edit_contributions}'),
        ('viewer', 'gallery', '{contribute, create_subgallery}'),
        ('viewer', 'media', '{edit, delete, publish, transfer_ownership, manage_collaborators, manage_moderators, manage_speakers}')
    )
    INSERT INTO kroles.ceiling_rights AS cells (applicative_role, kind, action, allowed, shipped)
    SELECT a.role, r.kind, r.action, cell.allowed, cell.allowed
    FROM kroles.rights r
    CROSS JOIN unnest(enum_range(NULL::kroles.applicative_role)) AS a (role)
    CROSS JOIN LATERAL (SELECT CASE WHEN a.role = 'anonymous' THEN r.action = 'view'
        ELSE NOT EXISTS (SELECT FROM never n
                         WHERE (n.applicative_role, n.kind) = (a.role::text, r.kind)
                           AND r.action = ANY (n.actions::text[])) END AS allowed) AS cell
    WHERE NOT r.summary
    ORDER BY 1, 2, r.action::kroles.action
    ON CONFLICT (applicative_role, kind, action) DO UPDATE SET shipped = excluded.shipped,
        allowed = CASE WHEN cells.allowed = cells.shipped THEN excluded.shipped ELSE cells.allowed END
    WHERE cells.shipped <> excluded.shipped;

    -- Labels: the names of the roles in words.
    INSERT INTO kroles.role_labels AS labels (applicative_role, label, shipped)
    SELECT r.role, l.label, l.label
    FROM unnest(enum_range(NULL::kroles.applicative_role)) AS r (role),
    LATERAL (SELECT upper(left(r.role::text, 1)) || replace(substr(r.role::text, 2), '_', ' ')) AS l (label)
    ON CONFLICT (applicative_role) DO UPDATE SET shipped = excluded.shipped,
        label = CASE WHEN labels.label = labels.shipped THEN excluded.shipped ELSE labels.label END
    WHERE labels.shipped <> excluded.shipped;

    INSERT INTO kroles.settings DEFAULT VALUES ON CONFLICT DO NOTHING;
END $$;
COMMENT ON FUNCTION kroles.fill_rows() IS
    'Adds the rows that this version ships and the tables lack, and gives cells and labels that the site did not change their shipped value; repeatable';
REVOKE EXECUTE ON FUNCTION kroles.fill_rows() FROM PUBLIC;
