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
CREATE TRIGGER guard_channel AFTER INSERT ON kroles.playlists FOR EACH ROW EXECUTE FUNCTION kroles.guard_playlist();

CREATE TRIGGER guard_space BEFORE UPDATE OF space_id ON kroles.playlists
    FOR EACH ROW WHEN (OLD.space_id IS DISTINCT FROM NEW.space_id)
    EXECUTE FUNCTION kroles.refuse('the channel of a playlist cannot be changed', '23514', 'Create a new playlist there.', 'playlists_space_is_fixed');
CREATE TRIGGER guard_row BEFORE UPDATE ON kroles.playlist_items
    FOR EACH ROW WHEN (OLD.playlist_id IS DISTINCT FROM NEW.playlist_id OR OLD.media_id IS DISTINCT FROM NEW.media_id
        OR OLD.space_id IS DISTINCT FROM NEW.space_id)
    EXECUTE FUNCTION kroles.refuse('only the position of a playlist item can be changed', '23514', 'Delete the item and insert another one.',
        'playlist_items_only_position_changes');
CREATE TRIGGER fill_space BEFORE INSERT ON kroles.playlist_items
    FOR EACH ROW EXECUTE FUNCTION kroles.fill_space();
