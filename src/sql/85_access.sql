-- What an application's database role needs, and no more. Row-level security decides the rest.

CREATE FUNCTION kroles.access_statements(role name, giving boolean) RETURNS SETOF text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(CASE WHEN giving THEN 'GRANT %s ON %s TO %I' ELSE 'REVOKE %s ON %s FROM %I' END, privileges, object, role)
    FROM (
        SELECT 'USAGE', 'SCHEMA kroles'
        UNION ALL
        SELECT r.application, string_agg(format('kroles.%I', r.name), ', ') FROM kroles.relations() r
        WHERE r.application IS NOT NULL GROUP BY r.application
        UNION ALL
        SELECT 'USAGE', 'SEQUENCE ' || string_agg(format('kroles.%I', c.relname), ', ') FROM kroles.relations() r
        JOIN pg_class c ON c.oid = to_regclass(format('kroles.%I', r.name || '_id_seq')) WHERE r.application LIKE '%INSERT%'
    ) AS wanted (privileges, object)
$$;
COMMENT ON FUNCTION kroles.access_statements(name, boolean) IS
    'The GRANT (or REVOKE) statements behind kroles_grant_access and kroles_revoke_access';
REVOKE EXECUTE ON FUNCTION kroles.access_statements(name, boolean) FROM PUBLIC;

CREATE FUNCTION kroles.set_access(role name, giving boolean) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    statement text;
BEGIN
    IF role IS NULL OR NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = role) THEN
        RAISE EXCEPTION 'role "%" does not exist', role USING ERRCODE = 'undefined_object';
    END IF;
    FOR statement IN SELECT * FROM kroles.access_statements(role, giving) LOOP
        EXECUTE statement;
    END LOOP;
END $$;
COMMENT ON FUNCTION kroles.set_access(name, boolean) IS 'Gives or takes what kroles.access_statements lists';
REVOKE EXECUTE ON FUNCTION kroles.set_access(name, boolean) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_grant_access(role name) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT kroles.set_access($1, true)
$$;
COMMENT ON FUNCTION @extschema@.kroles_grant_access(name) IS
    'Gives an application''s database role the privileges it needs on the kroles tables: plain DML, which row-level security holds to what the person may; never TRUNCATE, REFERENCES or TRIGGER, nor the keys';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_grant_access(name) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_revoke_access(role name) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT kroles.set_access($1, false)
$$;
COMMENT ON FUNCTION @extschema@.kroles_revoke_access(name) IS 'Takes back what kroles_grant_access gave';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_revoke_access(name) FROM PUBLIC;
