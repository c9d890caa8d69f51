-- What policies cannot say of playlists: they are of channels, and stay there; of what is in them, only the place changes.

-- (after the policy: before it, the error would tell a stranger a hidden gallery from a hidden channel)
CREATE FUNCTION kroles.guard_playlist() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM kroles.spaces s WHERE s.id = NEW.space_id AND s.kind = 'channel') THEN
        RAISE EXCEPTION 'only a channel has playlists' USING ERRCODE = 'check_violation',
            SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = 'playlists_space_is_a_channel';
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION kroles.guard_playlist() IS 'Trigger: a playlist is of a channel';
REVOKE EXECUTE ON FUNCTION kroles.guard_playlist() FROM PUBLIC;
CREATE TRIGGER guard_channel AFTER INSERT ON kroles.playlists FOR EACH ROW EXECUTE FUNCTION kroles.guard_playlist();

CREATE TRIGGER guard_space BEFORE UPDATE OF space_id ON kroles.playlists
    FOR EACH ROW WHEN (OLD.space_id IS DISTINCT FROM NEW.space_id)
    EXECUTE FUNCTION kroles.refuse('a playlist stays in its channel', '23514', 'Make a new playlist there.', 'playlists_space_is_fixed');
CREATE TRIGGER guard_row BEFORE UPDATE ON kroles.playlist_items
    FOR EACH ROW WHEN ((OLD.playlist_id, OLD.media_id, OLD.space_id) IS DISTINCT FROM (NEW.playlist_id, NEW.media_id, NEW.space_id))
    EXECUTE FUNCTION kroles.refuse('only the position of an item changes', '23514', 'Remove the item and add another.',
        'playlist_items_only_position_changes');

-- (as far as whoever adds the item sees the playlist: a hidden one is none)
CREATE FUNCTION kroles.fill_space() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.space_id := (SELECT p.space_id FROM kroles.playlists p WHERE p.id = NEW.playlist_id);
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.fill_space() IS 'Trigger: an item is in the space of its playlist';
REVOKE EXECUTE ON FUNCTION kroles.fill_space() FROM PUBLIC;
CREATE TRIGGER fill_space BEFORE INSERT ON kroles.playlist_items
    FOR EACH ROW WHEN (NOT kroles.restoring()) EXECUTE FUNCTION kroles.fill_space();
