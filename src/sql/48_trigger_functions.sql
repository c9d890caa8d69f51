-- What triggers of several tables call, and ask in their conditions. PUBLIC executes what stands in conditions: they run as whoever
-- changes the row.

CREATE FUNCTION kroles.restoring() RETURNS boolean
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'kroles_is_restoring';
COMMENT ON FUNCTION kroles.restoring() IS
    'Whether rows come from a dump: row_security is off in a session whose own login role bypasses it, outside any definer function';

CREATE FUNCTION kroles.beyond_policies() RETURNS boolean
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'kroles_beyond_policies';
COMMENT ON FUNCTION kroles.beyond_policies() IS
    'Whether a change is not a person''s own: a foreign key''s action, a statement of the extension itself, or a restore';

CREATE FUNCTION kroles.refuse() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = TG_ARGV[1], HINT = TG_ARGV[2],
        SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = coalesce(TG_ARGV[3], '');
END $$;
COMMENT ON FUNCTION kroles.refuse() IS 'Trigger: refuses the row with the message, SQLSTATE, hint and constraint name given';
REVOKE EXECUTE ON FUNCTION kroles.refuse() FROM PUBLIC;

-- What is asked once more when a row is there, after a wait perhaps, is asked in the condition of an AFTER trigger, which is
-- evaluated before RETURNING. The trigger itself would fire after it, when a function there has acted on the row.
CREATE FUNCTION kroles.refuse_row(message text, sqlstate text, hint text, of_table text DEFAULT '', rule text DEFAULT '') RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%', message USING ERRCODE = sqlstate, HINT = hint, SCHEMA = 'kroles', TABLE = of_table, CONSTRAINT = rule;
END $$;
COMMENT ON FUNCTION kroles.refuse_row(text, text, text, text, text) IS
    'For conditions of triggers: refuses the row with that message, SQLSTATE, hint and constraint';

CREATE FUNCTION kroles.is_upsert(relation regclass, id bigint) RETURNS boolean
    LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'kroles_names_upsert';
COMMENT ON FUNCTION kroles.is_upsert(regclass, bigint) IS
    'For conditions of triggers: whether the running statement named that row as one that is there';

CREATE FUNCTION kroles.keep_row() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN NULL;
END $$;
COMMENT ON FUNCTION kroles.keep_row() IS 'Trigger: the row stays, as one does that a policy does not let be seen';
REVOKE EXECUTE ON FUNCTION kroles.keep_row() FROM PUBLIC;

-- Persons never choose ids: see src/ids.c.
CREATE FUNCTION kroles.guard_new_id() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_new_id';
COMMENT ON FUNCTION kroles.guard_new_id() IS
    'Trigger: an id is given by the database, or chosen by an administrator; an upsert may name a row that its person sees';
REVOKE EXECUTE ON FUNCTION kroles.guard_new_id() FROM PUBLIC;

-- When a thing was made, the database records.
CREATE FUNCTION kroles.record_creation() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.created_at := now();
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.record_creation() IS 'Trigger: what a client says of when a thing was made is overwritten';
REVOKE EXECUTE ON FUNCTION kroles.record_creation() FROM PUBLIC;

-- A row that is just being made is in no snapshot yet; policies judge it by what it says.
CREATE FUNCTION kroles.note_new_row() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_note_new_row';
COMMENT ON FUNCTION kroles.note_new_row() IS 'Trigger: tells the policies of the same statement about the row that it makes';
REVOKE EXECUTE ON FUNCTION kroles.note_new_row() FROM PUBLIC;

CREATE FUNCTION kroles.track() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_track';
COMMENT ON FUNCTION kroles.track() IS
    'Trigger: tells every cache which user, group, space, media or event a changed row is about';
REVOKE EXECUTE ON FUNCTION kroles.track() FROM PUBLIC;
