-- The tables of access reviews. A new database and the step from 1.0.0 make them alike, by one function.

CREATE FUNCTION kroles.make_review_tables() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE TABLE kroles.auditors (
        role                name CONSTRAINT auditors_role_is_listed_once PRIMARY KEY,
        added_at            timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON TABLE kroles.auditors IS 'Login roles whose sessions may read all entitlements and the audit log, and change nothing; kroles_grant_audit() adds rows';
    COMMENT ON COLUMN kroles.auditors.role IS 'The name of the login role';
    COMMENT ON COLUMN kroles.auditors.added_at IS 'When the role was added';
    CREATE POLICY read ON kroles.auditors FOR SELECT
        USING (kroles.can('administer', 'site') OR kroles.is_auditor());

    CREATE TABLE kroles.last_seen (
        user_id             bigint NOT NULL
            CONSTRAINT last_seen_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
        kind                kroles.object_kind NOT NULL
            CONSTRAINT last_seen_site_is_no_object CHECK (kind <> 'site'),
        object_id           bigint NOT NULL,
        at                  timestamptz NOT NULL,
        -- (one of them is not null: the row goes with the object)
        space_id            bigint GENERATED ALWAYS AS (CASE WHEN kind IN ('channel', 'gallery') THEN object_id END) STORED
            CONSTRAINT last_seen_space_must_exist REFERENCES kroles.spaces ON DELETE CASCADE,
        media_id            bigint GENERATED ALWAYS AS (CASE WHEN kind IN ('media', 'room') THEN object_id END) STORED
            CONSTRAINT last_seen_media_must_exist REFERENCES kroles.media ON DELETE CASCADE,
        event_id            bigint GENERATED ALWAYS AS (CASE WHEN kind = 'event' THEN object_id END) STORED
            CONSTRAINT last_seen_event_must_exist REFERENCES kroles.events ON DELETE CASCADE,
        CONSTRAINT last_seen_one_row_a_user_and_object PRIMARY KEY (user_id, kind, object_id)
    );
    CREATE INDEX last_seen_space ON kroles.last_seen (space_id) WHERE space_id IS NOT NULL;
    CREATE INDEX last_seen_media ON kroles.last_seen (media_id) WHERE media_id IS NOT NULL;
    CREATE INDEX last_seen_event ON kroles.last_seen (event_id) WHERE event_id IS NOT NULL;
    COMMENT ON TABLE kroles.last_seen IS 'When users last used objects, as far as applications report it by kroles_seen(): one row a user and object. Not logged. Users see their own rows, administrators and auditors all';
    COMMENT ON COLUMN kroles.last_seen.user_id IS 'The user';
    COMMENT ON COLUMN kroles.last_seen.kind IS 'The kind of the object: channel, gallery, media, room or event';
    COMMENT ON COLUMN kroles.last_seen.object_id IS 'The id of the object';
    COMMENT ON COLUMN kroles.last_seen.at IS 'When it was reported; up to a minute may pass until it is again';
    COMMENT ON COLUMN kroles.last_seen.space_id IS 'The object, if it is a channel or gallery; derived from the other columns';
    COMMENT ON COLUMN kroles.last_seen.media_id IS 'The object, if it is a media or its room; derived likewise';
    COMMENT ON COLUMN kroles.last_seen.event_id IS 'The object, if it is an event; derived likewise';
    CREATE POLICY read ON kroles.last_seen FOR SELECT
        USING (kroles.holds(user_id, NULL) OR kroles.can('administer', 'site') OR kroles.is_auditor());
END $$;
COMMENT ON FUNCTION kroles.make_review_tables() IS 'Makes kroles.auditors and kroles.last_seen, for kroles.make_tables() and the step from 1.0.0';
REVOKE EXECUTE ON FUNCTION kroles.make_review_tables() FROM PUBLIC;
