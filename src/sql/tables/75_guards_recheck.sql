-- Rights that are checked again after a wait for a lock.

-- DELETE: the policy is evaluated before a wait for the row's lock, and again only where the row was changed meanwhile. So a
-- trigger checks each row again after the wait, and skips it where the right was revoked. (For UPDATE, the policy's check of the
-- new row comes after the wait.)
DECLARE
    kept record;
BEGIN
    FOR kept IN
        SELECT * FROM (VALUES
            ('users', $q$kroles.can('administer', 'site')$q$),
            ('groups', $q$kroles.can('administer', 'site')$q$),
            ('group_members', $q$kroles.can('administer', 'site')$q$),
            ('spaces', $q$kroles.space_can('delete', OLD.id)$q$),
            ('space_members', $q$kroles.holds(OLD.user_id, NULL) OR kroles.space_can('manage_members', OLD.space_id)$q$),
            ('media', $q$kroles.can('delete', 'media', OLD.id)$q$),
            ('media_collaborators', $q$kroles.holds(OLD.user_id, NULL) OR kroles.can('manage_collaborators', 'media', OLD.media_id)$q$),
            ('media_moderators', $q$kroles.holds(OLD.user_id, NULL) OR kroles.can('manage_moderators', 'media', OLD.media_id)$q$),
            ('media_speakers', $q$kroles.holds(OLD.user_id, NULL) OR kroles.can('manage_speakers', 'media', OLD.media_id)$q$),
            ('join_requests', $q$(kroles.holds(OLD.user_id, NULL) AND OLD.status = 'pending') OR kroles.space_can('manage_members', OLD.space_id)$q$),
            ('playlists', $q$kroles.space_can('organize', OLD.space_id) OR kroles.holds(OLD.owner_id, NULL) OR (OLD.owner_id IS NOT NULL AND kroles.can('administer', 'site'))$q$),
            ('playlist_items', $q$kroles.space_can('organize', OLD.space_id) OR kroles.holds(OLD.owner_id, NULL) OR (OLD.owner_id IS NOT NULL AND kroles.can('administer', 'site'))$q$),
            ('events', $q$kroles.can('delete', 'event', OLD.id)$q$),
            ('event_participants', $q$kroles.holds(OLD.user_id, NULL) OR kroles.can('manage_participants', 'event', OLD.event_id)$q$),
            ('event_sessions', $q$kroles.can('manage', 'event', OLD.event_id) OR kroles.can('publish', 'media', OLD.media_id)$q$),
            ('room_participants', $q$kroles.can('administer', 'site')$q$)
        ) AS t (name, allowed)
    LOOP
        EXECUTE format('CREATE TRIGGER guard_remove BEFORE DELETE ON kroles.%I FOR EACH ROW
            WHEN (NOT kroles.beyond_policies() AND NOT (%s)) EXECUTE FUNCTION kroles.keep_row()', kept.name, kept.allowed);
    END LOOP;
END;

DECLARE
    asked record;
BEGIN
    FOR asked IN
        SELECT * FROM (VALUES
            ('users', 'INSERT', $q$kroles.can('administer', 'site')$q$),
            ('users', 'UPDATE OF login, db_role', $q$(NEW.login, NEW.db_role) IS NOT DISTINCT FROM (OLD.login, OLD.db_role) OR kroles.can('administer', 'site')$q$),
            ('groups', 'INSERT OR UPDATE', $q$kroles.can('administer', 'site')$q$),
            ('spaces', 'INSERT', $q$(kroles.holds(NEW.owner_id, NULL) OR kroles.can('administer', 'site'))
                AND CASE WHEN NEW.parent_id IS NOT NULL THEN kroles.space_can('create_subgallery', NEW.parent_id)
                         WHEN NEW.kind = 'channel' THEN kroles.can('create_channel', 'site')
                         WHEN NEW.kind = 'gallery' THEN kroles.can('create_gallery', 'site') ELSE false END$q$),
            ('media', 'INSERT', $q$kroles.can('upload', 'site') AND (kroles.holds(NEW.owner_id, NULL) OR kroles.can('administer', 'site'))$q$),
            ('events', 'INSERT', $q$kroles.can('create_event', 'site') AND (kroles.holds(NEW.created_by, NULL) OR kroles.can('administer', 'site'))$q$),
            ('spaces', 'UPDATE OF external_id', $q$kroles.space_can('manage', NEW.id)$q$),
            ('media', 'UPDATE OF external_id', $q$kroles.can('edit', 'media', NEW.id)$q$),
            ('events', 'UPDATE OF external_id', $q$kroles.can('manage', 'event', NEW.id)$q$),
            ('group_members', 'INSERT OR UPDATE', $q$kroles.can('administer', 'site')$q$),
            ('space_members', 'INSERT OR UPDATE', $q$kroles.space_can('manage_members', NEW.space_id)$q$),
            ('publications', 'INSERT', $q$kroles.publication_status(NEW.media_id, NEW.space_id) IN ('approved', NEW.status)$q$),
            ('media_collaborators', 'INSERT OR UPDATE', $q$kroles.can('manage_collaborators', 'media', NEW.media_id)$q$),
            ('media_moderators', 'INSERT OR UPDATE', $q$kroles.can('manage_moderators', 'media', NEW.media_id)$q$),
            ('media_speakers', 'UPDATE', $q$kroles.can('manage_speakers', 'media', NEW.media_id)$q$),
            ('event_participants', 'INSERT OR UPDATE', $q$kroles.can('manage_participants', 'event', NEW.event_id)$q$)
        ) AS t (name, change, allowed)
    LOOP
        EXECUTE format('CREATE TRIGGER ' || CASE WHEN asked.change LIKE 'INSERT%%' THEN 'guard_new' ELSE 'guard_changed' END || ' AFTER %1$s ON kroles.%2$I FOR EACH ROW
            WHEN (NOT kroles.beyond_policies() AND kroles.refuse_revoked(''kroles.%2$I'', %3$s))
            EXECUTE FUNCTION kroles.refuse()', asked.change, asked.name, asked.allowed);
    END LOOP;
END;
