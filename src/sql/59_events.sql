-- Sessions of events, for whoever may take one away without seeing the event. What a function kroles_x() here does is in
-- kroles.x(), as in 52.

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
COMMENT ON FUNCTION kroles.remove_session(bigint, bigint) IS 'Behind kroles_remove_session()';
REVOKE EXECUTE ON FUNCTION kroles.remove_session(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_remove_session(event_id bigint, media_id bigint) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_remove_session(bigint, bigint) IS
    'Takes a media off the sessions of an event, as DELETE on kroles.event_sessions does, also where one does not see the event: takes manage on the event or publish on the media. What is no session is left so. Errors: 28000, 42501 not allowed, 42704 unknown or hidden event';
