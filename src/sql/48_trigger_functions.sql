-- Functions that the triggers of several tables call, in bodies and in conditions. A condition is evaluated with the privileges
-- of the role that changes the row, so PUBLIC may execute the functions that conditions call.

CREATE FUNCTION kroles.beyond_policies() RETURNS boolean
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'kroles_beyond_policies';
COMMENT ON FUNCTION kroles.beyond_policies() IS
    'Whether a change is not subject to policies: the action of a foreign key, or a statement of the extension itself';

CREATE FUNCTION kroles.refuse() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = TG_ARGV[1], HINT = TG_ARGV[2],
        SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = coalesce(TG_ARGV[3], '');
END $$;
COMMENT ON FUNCTION kroles.refuse() IS 'Trigger: refuses the row with the message, SQLSTATE, hint and constraint name given';
REVOKE EXECUTE ON FUNCTION kroles.refuse() FROM PUBLIC;

-- A right that is checked again after a wait is checked in the condition of an AFTER trigger, which is evaluated before
-- RETURNING. The trigger itself would fire after RETURNING, when a function there may have used the row. (Conditions are short:
-- every statement reads the stored form of those of its triggers.)
CREATE FUNCTION kroles.refuse_revoked(relation regclass, allowed boolean) RETURNS boolean
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'kroles_refuse_revoked';
COMMENT ON FUNCTION kroles.refuse_revoked(regclass, boolean) IS
    'For conditions of triggers: refuses the row unless the change is allowed or row-level security is not active for the table; otherwise false';

CREATE FUNCTION kroles.is_upsert(relation regclass, id bigint) RETURNS boolean
    LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'kroles_names_upsert';
COMMENT ON FUNCTION kroles.is_upsert(regclass, bigint) IS
    'For conditions of triggers: whether the running upsert named that row by its id';

CREATE FUNCTION kroles.refuse_upsert() RETURNS boolean
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'kroles_refuse_upsert';
COMMENT ON FUNCTION kroles.refuse_upsert() IS
    'For conditions of triggers: refuses a row that an upsert inserts because the row that it named was deleted';

CREATE FUNCTION kroles.keep_row() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN NULL;
END $$;
COMMENT ON FUNCTION kroles.keep_row() IS 'Trigger: skips the change of the row, as if a policy hid the row';
REVOKE EXECUTE ON FUNCTION kroles.keep_row() FROM PUBLIC;

-- Only administrators choose ids.
CREATE FUNCTION kroles.guard_new_id() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_new_id';
COMMENT ON FUNCTION kroles.guard_new_id() IS
    'Trigger: an id is assigned by the database or supplied by an administrator; an upsert may name an existing row that the user sees';
REVOKE EXECUTE ON FUNCTION kroles.guard_new_id() FROM PUBLIC;

-- The database records when an object was created.
CREATE FUNCTION kroles.record_creation() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.created_at := now();
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.record_creation() IS 'Trigger: overwrites created_at, whatever the client supplies';
REVOKE EXECUTE ON FUNCTION kroles.record_creation() FROM PUBLIC;

-- A row that the running statement inserts is not in its snapshot; policies decide about it from the tuple itself.
CREATE FUNCTION kroles.note_pending_row() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_note_pending_row';
COMMENT ON FUNCTION kroles.note_pending_row() IS 'Trigger: makes the row that a statement inserts known to policies in the same statement';
REVOKE EXECUTE ON FUNCTION kroles.note_pending_row() FROM PUBLIC;

CREATE FUNCTION kroles.track() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_track';
COMMENT ON FUNCTION kroles.track() IS
    'Trigger: invalidates the cache entries of all sessions that depend on the changed row';
REVOKE EXECUTE ON FUNCTION kroles.track() FROM PUBLIC;
