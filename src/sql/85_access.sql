-- The privileges that the database role of an application needs. Row-level security restricts them to the rights of the current
-- user.

CREATE FUNCTION kroles.access_statements(role name, giving boolean) RETURNS SETOF text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(CASE WHEN giving THEN 'GRANT %s ON %s TO %I' ELSE 'REVOKE %s ON %s FROM %I' END, privileges, object, role)
    FROM (
        SELECT 'USAGE', 'SCHEMA kroles'
        UNION ALL
        -- (the schema of the functions; the schema public is not taken away, where the site may have granted it for its own tables)
        SELECT 'USAGE', 'SCHEMA @extschema@' WHERE CASE WHEN '@extschema@' <> 'public' THEN true
            ELSE giving AND NOT has_schema_privilege(role, 'public', 'USAGE') END
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
COMMENT ON FUNCTION kroles.set_access(name, boolean) IS 'Executes the statements of kroles.access_statements';
REVOKE EXECUTE ON FUNCTION kroles.set_access(name, boolean) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_grant_access(role name) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT kroles.set_access($1, true)
$$;
COMMENT ON FUNCTION @extschema@.kroles_grant_access(name) IS
    'Grants the database role of an application the privileges that it needs on the tables of kroles: plain DML, which row-level security restricts to the rights of the current user; never TRUNCATE, REFERENCES or TRIGGER, nor access to the keys';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_grant_access(name) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_revoke_access(role name) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT kroles.set_access($1, false)
$$;
COMMENT ON FUNCTION @extschema@.kroles_revoke_access(name) IS 'Revokes the privileges that kroles_grant_access granted';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_revoke_access(name) FROM PUBLIC;
