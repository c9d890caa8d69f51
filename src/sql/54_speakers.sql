-- The order of the speakers of a media: from 1, without a gap, whatever is added, moved or removed, and by whom at once.

CREATE FUNCTION kroles.close_ranks() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_close_ranks';
COMMENT ON FUNCTION kroles.close_ranks() IS 'Trigger: counts the speakers of the media concerned anew from 1, in the order that they have';
REVOKE EXECUTE ON FUNCTION kroles.close_ranks() FROM PUBLIC;
CREATE TRIGGER close_ranks_insert AFTER INSERT ON kroles.media_speakers
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION kroles.close_ranks();
CREATE TRIGGER close_ranks_update AFTER UPDATE ON kroles.media_speakers
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION kroles.close_ranks();
CREATE TRIGGER close_ranks_delete AFTER DELETE ON kroles.media_speakers
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION kroles.close_ranks();

CREATE FUNCTION kroles.move_speaker(media_id bigint, user_id bigint, "position" integer) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    place integer;
BEGIN
    PERFORM kroles.check_one_person($2, NULL);
    IF $3 IS NULL OR $3 < 1 THEN
        RAISE EXCEPTION 'positions count from 1' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM kroles.check_logged_in();
    PERFORM kroles.check_media('manage_speakers', $1);
    PERFORM kroles.lock_people($1, NULL, NULL);
    PERFORM FROM kroles.media_speakers s WHERE s.media_id = $1 ORDER BY s.user_id FOR UPDATE;
    PERFORM kroles.check_media('manage_speakers', $1);
    SELECT least($3, count(*)) INTO place FROM kroles.media_speakers s
    WHERE s.media_id = $1 HAVING bool_or(s.user_id = $2);
    IF place IS NULL THEN
        RAISE EXCEPTION 'there is no such speaker on this media' USING ERRCODE = 'undefined_object';
    END IF;
    UPDATE kroles.media_speakers s SET "position" = o.place
    FROM (SELECT $2 AS user_id, place AS place
          UNION ALL
          SELECT w.user_id, w.rank + (w.rank >= place)::integer
          FROM (SELECT t.user_id, row_number() OVER (ORDER BY t."position") FROM kroles.media_speakers t
                WHERE t.media_id = $1 AND t.user_id <> $2) AS w (user_id, rank)) AS o (user_id, place)
    WHERE s.media_id = $1 AND s.user_id = o.user_id AND s."position" <> o.place;
    RETURN place;
END $$;
COMMENT ON FUNCTION kroles.move_speaker(bigint, bigint, integer) IS 'Behind kroles_move_speaker()';
REVOKE EXECUTE ON FUNCTION kroles.move_speaker(bigint, bigint, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_move_speaker(media_id bigint, user_id bigint, "position" integer) RETURNS integer
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_move_speaker(bigint, bigint, integer) IS
    'Moves a speaker to that place, counted from 1, and returns the place; beyond the end is last. The others make room and leave no gap. Takes manage_speakers. Errors: 28000, 42501 not allowed, 42704 unknown or hidden media, no speaker of it, 22023 a place below 1';
