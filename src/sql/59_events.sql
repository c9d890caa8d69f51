-- Sessions of events, and the guards of events. A public function kroles_x() calls kroles.x(), as in the piece on the people of
-- media.

CREATE FUNCTION kroles.remove_session(event_id bigint, media_id bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM kroles.check_logged_in();
    IF NOT kroles.can('publish', 'media', $2) THEN
        PERFORM kroles.check_right('manage', 'event', $1);
    END IF;
    PERFORM FROM kroles.event_sessions s WHERE s.event_id = $1 AND s.media_id = $2 FOR UPDATE;
    IF NOT kroles.can('publish', 'media', $2) THEN
        PERFORM kroles.check_right('manage', 'event', $1);
    END IF;
    DELETE FROM kroles.event_sessions s WHERE s.event_id = $1 AND s.media_id = $2;
END $$;
COMMENT ON FUNCTION kroles.remove_session(bigint, bigint) IS 'Implementation of kroles_remove_session()';
REVOKE EXECUTE ON FUNCTION kroles.remove_session(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_remove_session(event_id bigint, media_id bigint) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_remove_session(bigint, bigint) IS
    'Removes a media from the sessions of an event, like DELETE on kroles.event_sessions, also where the current user does not see the event. Requires manage on the event or publish on the media. Does nothing where the media is not a session. Errors: 28000, 42501 not allowed, 42704 unknown or hidden event';

-- ---- Guards ----

CREATE FUNCTION kroles.make_organizers() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_make_organizers';
COMMENT ON FUNCTION kroles.make_organizers() IS 'Trigger: the user who creates an event becomes its first organizer';
REVOKE EXECUTE ON FUNCTION kroles.make_organizers() FROM PUBLIC;

CREATE FUNCTION kroles.guard_last_organizer() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_last_organizer';
COMMENT ON FUNCTION kroles.guard_last_organizer() IS
    'Trigger: an event that loses an organizer must have another one, a user, not a group, who is not blocked';
REVOKE EXECUTE ON FUNCTION kroles.guard_last_organizer() FROM PUBLIC;

CREATE FUNCTION kroles.guard_last_organizers() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_last_organizers';
COMMENT ON FUNCTION kroles.guard_last_organizers() IS
    'Trigger: the only organizer of an event cannot be blocked';
REVOKE EXECUTE ON FUNCTION kroles.guard_last_organizers() FROM PUBLIC;
