-- The id of another system is used once, whatever becomes of the log: what belonged to the one object by it would belong to the other.

CREATE TABLE kroles.retired_external_ids (
    relation            text NOT NULL,
    external_id         text NOT NULL,
    object_id           bigint NOT NULL,
    CONSTRAINT retired_external_ids_are_kept_once PRIMARY KEY (relation, external_id, object_id)
);
COMMENT ON TABLE kroles.retired_external_ids IS
    'External ids that spaces, media and events had and have no more, kept by the database: administrators alone may give them to another object. Seen by administrators';
COMMENT ON COLUMN kroles.retired_external_ids.relation IS 'The table: spaces, media or events';
COMMENT ON COLUMN kroles.retired_external_ids.external_id IS 'The external id';
COMMENT ON COLUMN kroles.retired_external_ids.object_id IS 'The id of the object that had it';

CREATE FUNCTION kroles.guard_external_id() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_external_id';
COMMENT ON FUNCTION kroles.guard_external_id() IS
    'Trigger: an external id that was another object''s is given again by administrators only, or its new owner would inherit what is said of the old one';
REVOKE EXECUTE ON FUNCTION kroles.guard_external_id() FROM PUBLIC;
CREATE FUNCTION kroles.retire_external_id() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_retire_external_id';
COMMENT ON FUNCTION kroles.retire_external_id() IS 'Trigger: keeps the external id that an object loses';
REVOKE EXECUTE ON FUNCTION kroles.retire_external_id() FROM PUBLIC;

CREATE FUNCTION kroles.external_id_is_free(relation regclass, external_id text, id bigint) RETURNS boolean
    LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'kroles_external_id_is_free';
COMMENT ON FUNCTION kroles.external_id_is_free(regclass, text, bigint) IS
    'For conditions of triggers, about the row that was guarded last: an error where its external id has become another''s former one while the row was waited for; else true';
-- PUBLIC executes it: triggers' conditions run as whoever changes the row

CREATE FUNCTION kroles.id(kind kroles.object_kind, external_id text) RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CASE
        WHEN kind IN ('channel', 'gallery') THEN
            RETURN (SELECT s.id FROM kroles.spaces s WHERE s.external_id = $2 AND kroles.can('view', $1, s.id));
        WHEN kind IN ('media', 'room') THEN
            RETURN (SELECT m.id FROM kroles.media m WHERE m.external_id = $2 AND kroles.can('view', 'media', m.id)
                    AND (kind = 'media' OR m.type IN ('live', 'room')));
        WHEN kind = 'event' THEN
            RETURN (SELECT e.id FROM kroles.events e WHERE e.external_id = $2 AND kroles.can('view', $1, e.id));
        ELSE
            RAISE EXCEPTION 'a kind of object with external ids is wanted' USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Channels, galleries, media, rooms and events have them.';
    END CASE;
END $$;
COMMENT ON FUNCTION kroles.id(kroles.object_kind, text) IS 'Behind kroles_id()';
REVOKE EXECUTE ON FUNCTION kroles.id(kroles.object_kind, text) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_id(kind kroles.object_kind, external_id text) RETURNS bigint
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_id(kroles.object_kind, text) IS
    'The id of the channel, gallery, media, room (media of type live or room) or event that another system knows by that external id; NULL where there is none or the caller may not view it. Error 22023 for NULL and for the site';
