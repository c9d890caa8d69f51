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
-- (the name sorts after those of the audit triggers, so that the log records the event before its organizer)
CREATE TRIGGER make_organizers AFTER INSERT ON kroles.events REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT WHEN (NOT kroles.restoring()) EXECUTE FUNCTION kroles.make_organizers();

CREATE FUNCTION kroles.guard_last_organizer() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_last_organizer';
COMMENT ON FUNCTION kroles.guard_last_organizer() IS
    'Trigger: an event that loses an organizer must have another one, a user, not a group, who is not blocked';
REVOKE EXECUTE ON FUNCTION kroles.guard_last_organizer() FROM PUBLIC;
CREATE TRIGGER guard_last_organizer AFTER DELETE ON kroles.event_participants
    FOR EACH ROW WHEN (OLD.role = 'organizer' AND OLD.user_id IS NOT NULL) EXECUTE FUNCTION kroles.guard_last_organizer();
CREATE TRIGGER keep_organizer_still AFTER UPDATE ON kroles.event_participants
    FOR EACH ROW WHEN (OLD.role = 'organizer' AND OLD.user_id IS NOT NULL
        AND (OLD.event_id, OLD.user_id, OLD.role) IS DISTINCT FROM (NEW.event_id, NEW.user_id, NEW.role))
    EXECUTE FUNCTION kroles.guard_last_organizer();

CREATE FUNCTION kroles.guard_last_organizers() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_last_organizers';
COMMENT ON FUNCTION kroles.guard_last_organizers() IS
    'Trigger: the only organizer of an event cannot be blocked';
REVOKE EXECUTE ON FUNCTION kroles.guard_last_organizers() FROM PUBLIC;
CREATE TRIGGER guard_last_organizers AFTER UPDATE OF blocked ON kroles.users
    FOR EACH ROW WHEN (NEW.blocked AND NOT OLD.blocked) EXECUTE FUNCTION kroles.guard_last_organizers();
CREATE TRIGGER guard_last_organizers AFTER INSERT ON kroles.user_blocks FOR EACH ROW EXECUTE FUNCTION kroles.guard_last_organizers();

CREATE TRIGGER guard_creator BEFORE UPDATE OF created_by ON kroles.events
    FOR EACH ROW WHEN (OLD.created_by IS DISTINCT FROM NEW.created_by AND NOT kroles.beyond_policies())
    EXECUTE FUNCTION kroles.refuse('the creator of an event cannot be changed', '23514',
        'Change the organizers in kroles.event_participants.', 'events_creator_is_fixed');
CREATE TRIGGER guard_keys BEFORE UPDATE OF event_id, media_id ON kroles.event_sessions
    FOR EACH ROW WHEN ((OLD.event_id, OLD.media_id) <> (NEW.event_id, NEW.media_id))
    EXECUTE FUNCTION kroles.refuse('event and media of a session cannot be changed', '23514',
        'Delete the session and insert another one.', 'event_sessions_event_and_media_are_fixed');
