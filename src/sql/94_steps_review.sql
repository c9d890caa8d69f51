-- The step from 1.0.0, continued: auditors, and when users last saw objects.

CREATE FUNCTION kroles.upgrade_review() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $step$
BEGIN
    PERFORM kroles.make_review_tables();
    PERFORM kroles.complete_relation('auditors');
    PERFORM kroles.complete_relation('last_seen');
    ALTER POLICY read ON kroles.users
        USING (kroles.holds(id, NULL) OR kroles.can('administer', 'site') OR kroles.is_auditor());
    ALTER POLICY read ON kroles.user_blocks
        USING (kroles.can('administer', 'site') OR kroles.is_auditor());
    ALTER POLICY read ON kroles.groups
        USING (kroles.holds(NULL, id) OR kroles.can('administer', 'site') OR kroles.is_auditor());
    ALTER POLICY read ON kroles.group_members
        USING (kroles.holds(user_id, NULL) OR kroles.can('administer', 'site') OR kroles.is_auditor());
    ALTER POLICY read ON kroles.space_members
        USING (kroles.holds(user_id, group_id) OR kroles.space_can('manage_members', space_id)
            OR kroles.space_can('moderate', space_id) OR kroles.is_auditor());
    ALTER POLICY read ON kroles.media_collaborators
        USING (kroles.holds(user_id, group_id) OR kroles.can('manage', 'media', media_id) OR kroles.is_auditor());
    ALTER POLICY read ON kroles.media_moderators
        USING (kroles.holds(user_id, group_id) OR kroles.can('manage', 'media', media_id) OR kroles.is_auditor());
    ALTER POLICY read ON kroles.media_speakers
        USING ((visible AND kroles.can('view', 'media', media_id)) OR kroles.holds(user_id, NULL)
            OR kroles.can('manage_speakers', 'media', media_id) OR kroles.is_auditor());
    ALTER POLICY read ON kroles.event_participants
        USING (kroles.holds(user_id, group_id) OR kroles.can('manage_participants', 'event', event_id)
            OR kroles.can('moderate', 'event', event_id) OR kroles.is_auditor());
    ALTER POLICY read ON kroles.room_participants
        USING (kroles.holds(user_id, NULL) OR kroles.can('moderate_room', 'room', media_id)
            OR kroles.can('administer', 'site') OR kroles.is_auditor());
    ALTER POLICY read ON kroles.join_requests
        USING (kroles.holds(user_id, NULL) OR kroles.space_can('manage_members', space_id) OR kroles.is_auditor());
    ALTER POLICY read ON kroles.gateways USING (kroles.can('administer', 'site') OR kroles.is_auditor());
    ALTER POLICY read ON kroles.signing_keys USING (kroles.can('administer', 'site') OR kroles.is_auditor());
    ALTER POLICY read ON kroles.audit_log
        USING (kroles.can('administer', 'site')
            OR kroles.is_auditor() AND NOT (object_kind = 'user' AND relation IN ('kroles.playlists', 'kroles.playlist_items'))
            OR CASE WHEN relation = 'kroles.join_requests' THEN kroles.space_can('manage_members', object_id) ELSE
            CASE object_kind
                WHEN 'media' THEN kroles.can('manage', 'media', object_id)
                    OR kroles.can('moderate', 'media', object_id)
                WHEN 'channel' THEN kroles.space_can('manage', object_id) OR kroles.space_can('moderate', object_id)
                WHEN 'gallery' THEN kroles.space_can('manage', object_id) OR kroles.space_can('moderate', object_id)
                WHEN 'event' THEN kroles.can('manage', 'event', object_id) OR kroles.can('moderate', 'event', object_id)
                ELSE false END
            OR kroles.space_can('manage', space_id) OR kroles.space_can('moderate', space_id) END);
END $step$;
COMMENT ON FUNCTION kroles.upgrade_review() IS 'For the step from 1.0.0: auditors, and when users last saw objects';
REVOKE EXECUTE ON FUNCTION kroles.upgrade_review() FROM PUBLIC;
