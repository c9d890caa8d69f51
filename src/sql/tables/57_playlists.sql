-- Playlists: media in an order that organizers of a channel, or a person for themselves, choose. They give no right to the media.

CREATE TABLE kroles.playlists (
    id                  bigint DEFAULT kroles.next_id('kroles.playlists_id_seq') CONSTRAINT playlists_id_is_unique PRIMARY KEY,
    space_id            bigint
        CONSTRAINT playlists_space_must_exist REFERENCES kroles.spaces ON DELETE CASCADE,
    name                text NOT NULL
        CONSTRAINT playlists_name_is_not_blank CHECK (name ~ '[^[:space:]]'),
    created_at          timestamptz NOT NULL DEFAULT now(),
    owner_id            bigint
        CONSTRAINT playlists_owner_must_be_a_user REFERENCES kroles.users ON DELETE CASCADE,
    CONSTRAINT playlists_id_with_space_is_unique UNIQUE (id, space_id),
    CONSTRAINT playlists_id_with_owner_is_unique UNIQUE (id, owner_id),
    CONSTRAINT playlists_either_of_a_space_or_of_a_person CHECK (num_nonnulls(space_id, owner_id) = 1)
);
CREATE INDEX playlists_space ON kroles.playlists (space_id);
CREATE INDEX playlists_owner ON kroles.playlists (owner_id) WHERE owner_id IS NOT NULL;
COMMENT ON TABLE kroles.playlists IS 'The playlists of channels, and those of persons';
COMMENT ON COLUMN kroles.playlists.id IS 'The id of the playlist; assigned by the database (administrators may supply one) and fixed';
COMMENT ON COLUMN kroles.playlists.space_id IS 'The channel; fixed. NULL for a personal playlist';
COMMENT ON COLUMN kroles.playlists.name IS 'The display name';
COMMENT ON COLUMN kroles.playlists.created_at IS 'When the row was created';
COMMENT ON COLUMN kroles.playlists.owner_id IS 'The person whose playlist it is; fixed. Filled in by a trigger where INSERT names neither a channel nor a person; NULL for a playlist of a channel';

-- (space_id and owner_id repeat the playlist's, so that policies decide from the row alone. A trigger fills them in, so INSERT may
-- leave them out. One of them is not null, and its foreign key compares it with the playlist's.)
CREATE TABLE kroles.playlist_items (
    playlist_id         bigint NOT NULL,
    media_id            bigint NOT NULL
        CONSTRAINT playlist_items_media_must_exist REFERENCES kroles.media ON DELETE CASCADE,
    position            integer NOT NULL
        CONSTRAINT playlist_items_position_counts_from_1 CHECK (position >= 1),
    space_id            bigint,
    owner_id            bigint,
    CONSTRAINT playlist_items_a_media_is_in_a_playlist_once PRIMARY KEY (playlist_id, media_id),
    CONSTRAINT playlist_items_one_item_a_position UNIQUE (playlist_id, position) DEFERRABLE,
    CONSTRAINT playlist_items_playlist_must_exist
        FOREIGN KEY (playlist_id, space_id) REFERENCES kroles.playlists (id, space_id) ON DELETE CASCADE,
    CONSTRAINT playlist_items_personal_playlist_must_exist
        FOREIGN KEY (playlist_id, owner_id) REFERENCES kroles.playlists (id, owner_id) ON DELETE CASCADE,
    CONSTRAINT playlist_items_either_of_a_space_or_of_a_person CHECK (num_nonnulls(space_id, owner_id) = 1)
);
CREATE INDEX playlist_items_media ON kroles.playlist_items (media_id);
CREATE INDEX playlist_items_space ON kroles.playlist_items (space_id, playlist_id);
CREATE INDEX playlist_items_owner ON kroles.playlist_items (owner_id, playlist_id) WHERE owner_id IS NOT NULL;
COMMENT ON TABLE kroles.playlist_items IS 'The media in playlists, in order; only the position can be changed';
COMMENT ON COLUMN kroles.playlist_items.playlist_id IS 'The playlist';
COMMENT ON COLUMN kroles.playlist_items.media_id IS 'The media';
COMMENT ON COLUMN kroles.playlist_items.position IS 'The position, from 1; by default the last one';
COMMENT ON COLUMN kroles.playlist_items.space_id IS 'The channel of the playlist, filled in by a trigger, which overwrites the value that a client supplies';
COMMENT ON COLUMN kroles.playlist_items.owner_id IS 'The person whose playlist it is, filled in likewise';

CREATE POLICY read ON kroles.playlists FOR SELECT
    USING (kroles.space_can('view', space_id) OR kroles.holds(owner_id, NULL)
        OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));
CREATE POLICY add ON kroles.playlists FOR INSERT
    WITH CHECK (kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
        OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));
CREATE POLICY change ON kroles.playlists FOR UPDATE
    USING (kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
        OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));
CREATE POLICY remove ON kroles.playlists FOR DELETE
    USING (kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
        OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));

CREATE POLICY read ON kroles.playlist_items FOR SELECT
    USING ((kroles.space_can('view', space_id) OR kroles.holds(owner_id, NULL)
            OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')))
        AND kroles.can('view', 'media', media_id));
-- (the policy refuses hidden and missing media alike, before the foreign key could tell them apart)
CREATE POLICY add ON kroles.playlist_items FOR INSERT
    WITH CHECK ((kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
            OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')))
        AND kroles.can('view', 'media', media_id));
CREATE POLICY change ON kroles.playlist_items FOR UPDATE
    USING (kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
        OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));
CREATE POLICY remove ON kroles.playlist_items FOR DELETE
    USING (kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
        OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));
CREATE TRIGGER fill_owner BEFORE INSERT ON kroles.playlists
    FOR EACH ROW WHEN (NEW.space_id IS NULL AND NEW.owner_id IS NULL) EXECUTE FUNCTION kroles.fill_owner();
CREATE TRIGGER guard_channel AFTER INSERT ON kroles.playlists
    FOR EACH ROW WHEN (NEW.space_id IS NOT NULL) EXECUTE FUNCTION kroles.guard_playlist();

CREATE TRIGGER guard_space BEFORE UPDATE OF space_id ON kroles.playlists
    FOR EACH ROW WHEN (OLD.space_id IS DISTINCT FROM NEW.space_id)
    EXECUTE FUNCTION kroles.refuse('the channel of a playlist cannot be changed', '23514', 'Create a new playlist there.', 'playlists_space_is_fixed');
CREATE TRIGGER guard_owner BEFORE UPDATE OF owner_id ON kroles.playlists
    FOR EACH ROW WHEN (OLD.owner_id IS DISTINCT FROM NEW.owner_id)
    EXECUTE FUNCTION kroles.refuse('the owner of a playlist cannot be changed', '23514', 'Create a new playlist.', 'playlists_owner_is_fixed');
CREATE TRIGGER guard_row BEFORE UPDATE ON kroles.playlist_items
    FOR EACH ROW WHEN (OLD.playlist_id IS DISTINCT FROM NEW.playlist_id OR OLD.media_id IS DISTINCT FROM NEW.media_id
        OR OLD.space_id IS DISTINCT FROM NEW.space_id OR OLD.owner_id IS DISTINCT FROM NEW.owner_id)
    EXECUTE FUNCTION kroles.refuse('only the position of a playlist item can be changed', '23514', 'Delete the item and insert another one.',
        'playlist_items_only_position_changes');
CREATE TRIGGER fill_space BEFORE INSERT ON kroles.playlist_items
    FOR EACH ROW EXECUTE FUNCTION kroles.fill_space();

CREATE VIEW kroles.my_playlists WITH (security_invoker = true) AS
    SELECT id, name, created_at FROM kroles.playlists WHERE owner_id = kroles.asker();
COMMENT ON VIEW kroles.my_playlists IS
    'The personal playlists of the current user; empty without a user. INSERT makes one, UPDATE of name and DELETE as on kroles.playlists. kroles_my_playlists() is for pages: without a user it raises an error';
COMMENT ON COLUMN kroles.my_playlists.id IS 'The id of the playlist; assigned by the database (administrators may supply one) and fixed';
COMMENT ON COLUMN kroles.my_playlists.name IS 'The display name';
COMMENT ON COLUMN kroles.my_playlists.created_at IS 'When the row was created';
