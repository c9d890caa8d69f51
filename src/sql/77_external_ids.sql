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
