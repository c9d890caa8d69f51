
CREATE FUNCTION kroles.audit() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_audit';
COMMENT ON FUNCTION kroles.audit() IS
    'Trigger: logs the rows that a statement changed; its arguments are the kind of the object and the columns with its id and its space';
REVOKE EXECUTE ON FUNCTION kroles.audit() FROM PUBLIC;

CREATE FUNCTION kroles.next_log_id() RETURNS bigint
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_next_log_id';
COMMENT ON FUNCTION kroles.next_log_id() IS
    'The id of a row of the audit log that the extension inserts; lastval() and currval() do not return it. For the extension only';

CREATE FUNCTION kroles.guard_audit() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_user <> (SELECT r.rolname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
                        WHERE c.oid = TG_RELID) THEN
        RAISE EXCEPTION 'the audit log cannot be changed' USING ERRCODE = 'insufficient_privilege',
            HINT = 'Only the owner of the extension may delete old rows.';
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION kroles.guard_audit() IS 'Trigger: only the owner of the extension can change the audit log';
REVOKE EXECUTE ON FUNCTION kroles.guard_audit() FROM PUBLIC;
