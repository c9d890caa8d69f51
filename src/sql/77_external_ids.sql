
CREATE FUNCTION kroles.guard_external_id() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_external_id';
COMMENT ON FUNCTION kroles.guard_external_id() IS
    'Trigger: only administrators may assign a former external id of another object, because data that refers to that object by it would then belong to the new one';
REVOKE EXECUTE ON FUNCTION kroles.guard_external_id() FROM PUBLIC;
CREATE FUNCTION kroles.retire_external_id() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_retire_external_id';
COMMENT ON FUNCTION kroles.retire_external_id() IS 'Trigger: records the former external id of an object';
REVOKE EXECUTE ON FUNCTION kroles.retire_external_id() FROM PUBLIC;

CREATE FUNCTION kroles.external_id_is_free(relation regclass, external_id text, id bigint) RETURNS boolean
    LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'kroles_external_id_is_free';
COMMENT ON FUNCTION kroles.external_id_is_free(regclass, text, bigint) IS
    'For conditions of triggers, about the row that was guarded last: an error where its external id became a former one of another object while the statement waited; else true';
-- PUBLIC may execute it, as the condition of a trigger is evaluated with the privileges of the role that changes the row.

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
            RAISE EXCEPTION 'objects of this kind have no external ids' USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Channels, galleries, media, rooms and events have them.';
    END CASE;
END $$;
COMMENT ON FUNCTION kroles.id(kroles.object_kind, text) IS 'Implementation of kroles_id()';
REVOKE EXECUTE ON FUNCTION kroles.id(kroles.object_kind, text) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_id(kind kroles.object_kind, external_id text) RETURNS bigint
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_id(kroles.object_kind, text) IS
    'The id of the channel, gallery, media, room (media of type live or room) or event with that external id; NULL where none exists that the current user may view. Error 22023 for NULL and for the site';
