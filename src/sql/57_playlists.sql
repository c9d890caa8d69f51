
CREATE FUNCTION kroles.check_playlist(playlist_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    space bigint := (SELECT p.space_id FROM kroles.playlists p WHERE p.id = $1);
BEGIN
    IF kroles.space_can('organize', space) THEN
        RETURN;
    END IF;
    IF kroles.space_can('view', space) THEN
        RAISE EXCEPTION 'permission denied for the playlists of this channel' USING ERRCODE = 'insufficient_privilege',
            HINT = 'This requires "organize" on the channel.';
    END IF;
    RAISE EXCEPTION 'the playlist does not exist, or you may not view it' USING ERRCODE = 'undefined_object';
END $$;
COMMENT ON FUNCTION kroles.check_playlist(bigint) IS
    'Error 42501 where the current user views the channel of the playlist and lacks organize there, 42704 where the playlist is hidden or does not exist';

-- Guards of playlists: they belong to channels and stay there, and only the position of an item can be changed.

-- (an AFTER trigger, because before the policy the error would tell a hidden gallery from a hidden channel)
CREATE FUNCTION kroles.guard_playlist() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM kroles.spaces s WHERE s.id = NEW.space_id AND s.kind = 'channel') THEN
        RAISE EXCEPTION 'only channels can have playlists' USING ERRCODE = 'check_violation',
            SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = 'playlists_space_is_a_channel';
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION kroles.guard_playlist() IS 'Trigger: the space of a playlist must be a channel';
REVOKE EXECUTE ON FUNCTION kroles.guard_playlist() FROM PUBLIC;

-- (reads with the privileges of the current user: a hidden playlist has no space)
CREATE FUNCTION kroles.fill_space() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.space_id := (SELECT p.space_id FROM kroles.playlists p WHERE p.id = NEW.playlist_id);
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.fill_space() IS 'Trigger: fills in the space of the playlist';
REVOKE EXECUTE ON FUNCTION kroles.fill_space() FROM PUBLIC;
