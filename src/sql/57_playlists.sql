
CREATE FUNCTION kroles.check_playlist(playlist_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    space bigint;
    owner bigint;
BEGIN
    SELECT p.space_id, p.owner_id INTO space, owner FROM kroles.playlists p WHERE p.id = $1;
    IF kroles.space_can('organize', space) OR kroles.holds(owner, NULL)
       OR owner IS NOT NULL AND kroles.can('administer', 'site') THEN
        RETURN;
    END IF;
    IF kroles.space_can('view', space) THEN
        RAISE EXCEPTION 'permission denied for the playlists of this channel' USING ERRCODE = 'insufficient_privilege',
            HINT = 'This requires "organize" on the channel.';
    END IF;
    RAISE EXCEPTION 'the playlist does not exist, or you may not view it' USING ERRCODE = 'undefined_object';
END $$;
COMMENT ON FUNCTION kroles.check_playlist(bigint) IS
    'Error 42501 where the current user views the channel of the playlist and lacks organize there, 42704 where the playlist is hidden, another person''s, or does not exist';

-- Guards of playlists: they belong to channels or persons and stay there, and only the position of an item can be changed.

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

CREATE FUNCTION kroles.fill_owner() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.owner_id := kroles.asker();
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.fill_owner() IS 'Trigger: a playlist of no channel is the current user''s';
REVOKE EXECUTE ON FUNCTION kroles.fill_owner() FROM PUBLIC;

-- (Reads with the privileges of the current user: a hidden playlist has neither space nor owner, and the policy refuses the item.
-- Where no policy applies, the constraint would not say what is missing.)
CREATE FUNCTION kroles.fill_space() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    SELECT p.space_id, p.owner_id INTO NEW.space_id, NEW.owner_id FROM kroles.playlists p WHERE p.id = NEW.playlist_id;
    IF NOT FOUND AND NEW.playlist_id IS NOT NULL AND NOT row_security_active(TG_RELID) THEN
        RAISE EXCEPTION 'the playlist does not exist' USING ERRCODE = 'foreign_key_violation',
            SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = 'playlist_items_playlist_must_exist';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.fill_space() IS 'Trigger: fills in the space or the owner of the playlist';
REVOKE EXECUTE ON FUNCTION kroles.fill_space() FROM PUBLIC;

-- ---- My Playlists ----

CREATE FUNCTION kroles.my_playlists(max_rows integer, skip integer)
    RETURNS TABLE (id bigint, name text, created_at timestamptz, items bigint, total bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM kroles.check_page($1, $2);
    PERFORM kroles.check_logged_in();
    RETURN QUERY
    WITH mine AS MATERIALIZED (
        SELECT p.id, p.name, p.created_at, count(*) OVER () AS total FROM kroles.playlists p
        WHERE p.owner_id = kroles.asker() AND kroles.holds(p.owner_id, NULL)
        ORDER BY lower(p.name), p.name COLLATE "C", p.id LIMIT $1 OFFSET $2
    )
    SELECT m.id, m.name, m.created_at,
           (SELECT count(*) FROM kroles.playlist_items i WHERE i.playlist_id = m.id AND kroles.can('view', 'media', i.media_id)), m.total
    FROM mine m ORDER BY lower(m.name), m.name COLLATE "C", m.id;
END $$;
COMMENT ON FUNCTION kroles.my_playlists(integer, integer) IS 'Implementation of kroles_my_playlists()';
REVOKE EXECUTE ON FUNCTION kroles.my_playlists(integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_my_playlists(max_rows integer DEFAULT NULL, skip integer DEFAULT 0)
    RETURNS TABLE (id bigint, name text, created_at timestamptz, items bigint, total bigint)
    LANGUAGE c STABLE COST 1000 ROWS 20 AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_my_playlists(integer, integer) IS
    'The page My Playlists: the personal playlists of the current user by name, each with the number of its items that the user may view, and the number of all playlists (total). Errors: 28000 not logged in, so that an application shows its login page; 22023 a negative number of rows';
