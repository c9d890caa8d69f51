-- Playlists: media in an order that organizers of a channel choose. They give no right to the media.

CREATE TABLE kroles.playlists (
    id                  bigint DEFAULT kroles.next_id('kroles.playlists_id_seq') CONSTRAINT playlists_id_is_unique PRIMARY KEY,
    space_id            bigint NOT NULL
        CONSTRAINT playlists_space_must_exist REFERENCES kroles.spaces ON DELETE CASCADE,
    name                text NOT NULL
        CONSTRAINT playlists_name_is_not_blank CHECK (name ~ '[^[:space:]]'),
    created_at          timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT playlists_id_with_space_is_unique UNIQUE (id, space_id)
);
CREATE INDEX playlists_space ON kroles.playlists (space_id);
COMMENT ON TABLE kroles.playlists IS 'The playlists of channels';
COMMENT ON COLUMN kroles.playlists.id IS 'The id of the playlist; assigned by the database (administrators may supply one) and fixed';
COMMENT ON COLUMN kroles.playlists.space_id IS 'The channel; fixed';
COMMENT ON COLUMN kroles.playlists.name IS 'The display name';
COMMENT ON COLUMN kroles.playlists.created_at IS 'When the row was created';

-- (space_id repeats the playlist's space, so that policies decide from the row alone. A trigger fills it in, so INSERT may leave
-- it out; it stays null where the playlist does not exist, which MATCH FULL refuses.)
CREATE TABLE kroles.playlist_items (
    playlist_id         bigint NOT NULL,
    media_id            bigint NOT NULL
        CONSTRAINT playlist_items_media_must_exist REFERENCES kroles.media ON DELETE CASCADE,
    position            integer NOT NULL
        CONSTRAINT playlist_items_position_counts_from_1 CHECK (position >= 1),
    space_id            bigint,
    CONSTRAINT playlist_items_a_media_is_in_a_playlist_once PRIMARY KEY (playlist_id, media_id),
    CONSTRAINT playlist_items_one_item_a_position UNIQUE (playlist_id, position) DEFERRABLE,
    CONSTRAINT playlist_items_playlist_must_exist
        FOREIGN KEY (playlist_id, space_id) REFERENCES kroles.playlists (id, space_id) MATCH FULL ON DELETE CASCADE
);
CREATE INDEX playlist_items_media ON kroles.playlist_items (media_id);
CREATE INDEX playlist_items_space ON kroles.playlist_items (space_id, playlist_id);
COMMENT ON TABLE kroles.playlist_items IS 'The media in playlists, in order; only the position can be changed';
COMMENT ON COLUMN kroles.playlist_items.playlist_id IS 'The playlist';
COMMENT ON COLUMN kroles.playlist_items.media_id IS 'The media';
COMMENT ON COLUMN kroles.playlist_items.position IS 'The position, from 1; by default the last one';
COMMENT ON COLUMN kroles.playlist_items.space_id IS 'The channel of the playlist, filled in by a trigger, which overwrites the value that a client supplies';

CREATE POLICY read ON kroles.playlists FOR SELECT
    USING (kroles.space_can('view', space_id));
CREATE POLICY add ON kroles.playlists FOR INSERT
    WITH CHECK (kroles.space_can('organize', space_id));
CREATE POLICY change ON kroles.playlists FOR UPDATE
    USING (kroles.space_can('organize', space_id));
CREATE POLICY remove ON kroles.playlists FOR DELETE
    USING (kroles.space_can('organize', space_id));

CREATE POLICY read ON kroles.playlist_items FOR SELECT
    USING (kroles.space_can('view', space_id) AND kroles.can('view', 'media', media_id));
-- (the policy refuses hidden and missing media alike, before the foreign key could tell them apart)
CREATE POLICY add ON kroles.playlist_items FOR INSERT
    WITH CHECK (kroles.space_can('organize', space_id) AND kroles.can('view', 'media', media_id));
CREATE POLICY change ON kroles.playlist_items FOR UPDATE
    USING (kroles.space_can('organize', space_id));
CREATE POLICY remove ON kroles.playlist_items FOR DELETE
    USING (kroles.space_can('organize', space_id));

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
CREATE TRIGGER guard_channel AFTER INSERT ON kroles.playlists FOR EACH ROW EXECUTE FUNCTION kroles.guard_playlist();

CREATE TRIGGER guard_space BEFORE UPDATE OF space_id ON kroles.playlists
    FOR EACH ROW WHEN (OLD.space_id IS DISTINCT FROM NEW.space_id)
    EXECUTE FUNCTION kroles.refuse('the channel of a playlist cannot be changed', '23514', 'Create a new playlist there.', 'playlists_space_is_fixed');
CREATE TRIGGER guard_row BEFORE UPDATE ON kroles.playlist_items
    FOR EACH ROW WHEN ((OLD.playlist_id, OLD.media_id, OLD.space_id) IS DISTINCT FROM (NEW.playlist_id, NEW.media_id, NEW.space_id))
    EXECUTE FUNCTION kroles.refuse('only the position of a playlist item can be changed', '23514', 'Delete the item and insert another one.',
        'playlist_items_only_position_changes');

-- (reads with the privileges of the current user: a hidden playlist has no space)
CREATE FUNCTION kroles.fill_space() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.space_id := (SELECT p.space_id FROM kroles.playlists p WHERE p.id = NEW.playlist_id);
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.fill_space() IS 'Trigger: fills in the space of the playlist';
REVOKE EXECUTE ON FUNCTION kroles.fill_space() FROM PUBLIC;
CREATE TRIGGER fill_space BEFORE INSERT ON kroles.playlist_items
    FOR EACH ROW WHEN (NOT kroles.restoring()) EXECUTE FUNCTION kroles.fill_space();
