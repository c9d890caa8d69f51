-- Ordered lists: positions count from 1 without gaps, whatever is inserted, moved or deleted, also by concurrent transactions.

CREATE FUNCTION kroles.append_position() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_append_position';
COMMENT ON FUNCTION kroles.append_position() IS 'Trigger: locks the list; a new row without a position becomes the last one';
REVOKE EXECUTE ON FUNCTION kroles.append_position() FROM PUBLIC;

CREATE FUNCTION kroles.renumber_positions() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_renumber_positions';
COMMENT ON FUNCTION kroles.renumber_positions() IS 'Trigger: renumbers the changed lists from 1, in their present order';
REVOKE EXECUTE ON FUNCTION kroles.renumber_positions() FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_move_speaker(media_id bigint, user_id bigint, "position" integer) RETURNS integer
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_move_speaker';
COMMENT ON FUNCTION @extschema@.kroles_move_speaker(bigint, bigint, integer) IS
    'Moves a speaker to a position, counted from 1, and returns the position; one beyond the end means the last. The other speakers are renumbered. Requires manage_speakers. Errors: 28000, 42501 not allowed, 42704 unknown or hidden media, not a speaker of it, 22023 a position below 1';

CREATE FUNCTION @extschema@.kroles_move_item(playlist_id bigint, media_id bigint, "position" integer) RETURNS integer
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_move_item';
COMMENT ON FUNCTION @extschema@.kroles_move_item(bigint, bigint, integer) IS
    'Moves a media in a playlist to a position, counted from 1, and returns the position; one beyond the end means the last. The other items are renumbered. Requires organize on the channel; a person moves items of their own playlists. Errors: 28000, 42501 not allowed, 42704 unknown or hidden playlist, unknown or hidden media, media that is not in it, 22023 a position below 1';

CREATE FUNCTION kroles.check_event_order(event_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT kroles.can('moderate', 'event', $1) THEN
        PERFORM kroles.check_right('manage', 'event', $1);
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_event_order(bigint) IS
    'Error 42501 where the current user views the event and has neither manage nor moderate there, 42704 where the event is hidden or does not exist';

CREATE FUNCTION @extschema@.kroles_move_session(event_id bigint, media_id bigint, "position" integer) RETURNS integer
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_move_session';
COMMENT ON FUNCTION @extschema@.kroles_move_session(bigint, bigint, integer) IS
    'Moves a session of an event to a position, counted from 1, and returns the position; one beyond the end means the last. The other sessions are renumbered. Requires manage or moderate on the event. Errors: 28000, 42501 not allowed, 42704 unknown or hidden event, unknown or hidden media, media that is not a session of it, 22023 a position below 1';
