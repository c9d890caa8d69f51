-- Lists that have an order: from 1, without a gap, whatever is added, moved or removed, and by whom at once. (After the tables
-- of all lists; src/order.c knows them by name.)

CREATE FUNCTION kroles.place_last() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_place_last';
COMMENT ON FUNCTION kroles.place_last() IS 'Trigger: what comes waits for its turn, and without a position comes last';
REVOKE EXECUTE ON FUNCTION kroles.place_last() FROM PUBLIC;

CREATE FUNCTION kroles.close_ranks() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_close_ranks';
COMMENT ON FUNCTION kroles.close_ranks() IS 'Trigger: counts the rows of the lists concerned anew from 1, in the order that they have';
REVOKE EXECUTE ON FUNCTION kroles.close_ranks() FROM PUBLIC;

-- Whoever may add something waits here for others who change the list, before the policy is asked; without a place it gets the
-- last one. The row of anybody else is left as it is, and the policy refuses it next.
DO $$
DECLARE
    ordered record;
BEGIN
    FOR ordered IN
        SELECT * FROM (VALUES
            ('media_speakers', $q$kroles.can('manage_speakers', 'media', NEW.media_id)$q$),
            ('playlist_items', $q$kroles.space_can('organize', NEW.space_id) AND kroles.can('view', 'media', NEW.media_id)$q$),
            ('event_sessions', $q$kroles.can('manage', 'event', NEW.event_id) AND kroles.can('publish', 'media', NEW.media_id)$q$)
        ) AS t (name, may_add)
    LOOP
        EXECUTE format($sql$
            CREATE TRIGGER place BEFORE INSERT ON kroles.%1$I
                FOR EACH ROW WHEN (%2$s OR kroles.can('administer', 'site'))
                EXECUTE FUNCTION kroles.place_last();
            CREATE TRIGGER close_ranks_insert AFTER INSERT ON kroles.%1$I REFERENCING NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.close_ranks();
            CREATE TRIGGER close_ranks_update AFTER UPDATE ON kroles.%1$I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.close_ranks();
            CREATE TRIGGER close_ranks_delete AFTER DELETE ON kroles.%1$I REFERENCING OLD TABLE AS old_rows
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.close_ranks();
        $sql$, ordered.name, ordered.may_add);
    END LOOP;
END $$;

CREATE FUNCTION @extschema@.kroles_move_speaker(media_id bigint, user_id bigint, "position" integer) RETURNS integer
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_move_speaker';
COMMENT ON FUNCTION @extschema@.kroles_move_speaker(bigint, bigint, integer) IS
    'Moves a speaker to that place, counted from 1, and returns the place; beyond the end is last. The others make room and leave no gap. Takes manage_speakers. Errors: 28000, 42501 not allowed, 42704 unknown or hidden media, no speaker of it, 22023 a place below 1';

CREATE FUNCTION @extschema@.kroles_move_item(playlist_id bigint, media_id bigint, "position" integer) RETURNS integer
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_move_item';
COMMENT ON FUNCTION @extschema@.kroles_move_item(bigint, bigint, integer) IS
    'Moves a media in a playlist to that place, counted from 1, and returns the place; beyond the end is last. The others make room and leave no gap. Takes organize on the channel. Errors: 28000, 42501 not allowed, 42704 unknown or hidden playlist, unknown or hidden media, media that is not in it, 22023 a place below 1';

CREATE FUNCTION kroles.check_event_order(event_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT kroles.can('moderate', 'event', $1) THEN
        PERFORM kroles.check_right('manage', 'event', $1);
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_event_order(bigint) IS
    'Error 42501 for whoever has neither manage nor moderate on the event, and 42704 for whoever may not even view it or where there is none';

CREATE FUNCTION @extschema@.kroles_move_session(event_id bigint, media_id bigint, "position" integer) RETURNS integer
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_move_session';
COMMENT ON FUNCTION @extschema@.kroles_move_session(bigint, bigint, integer) IS
    'Moves a session of an event to that place, counted from 1, and returns the place; beyond the end is last. The others make room and leave no gap. Takes manage or moderate on the event. Errors: 28000, 42501 not allowed, 42704 unknown or hidden event, unknown or hidden media, media that is no session of it, 22023 a place below 1';
