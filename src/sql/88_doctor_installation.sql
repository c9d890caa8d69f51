-- The installation: versions, and what a restore may leave out.

CREATE FUNCTION kroles.doctor_installation() RETURNS SETOF kroles.weakness
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    tables text;
    missing text;
BEGIN
    IF kroles.library_version() <> kroles.script_version() THEN
        RETURN QUERY SELECT 'warning', 'versions_differ', 'extension kroles',
            format('its script is of version %s, the library in this session of version %s', kroles.script_version(), kroles.library_version()),
            'ALTER EXTENSION kroles UPDATE; and reconnect.';
    END IF;
    tables := kroles.version_of_tables();
    IF tables <> kroles.script_version() THEN
        RETURN QUERY SELECT 'danger', 'versions_differ', 'schema kroles',
            format('its tables are of version %s, the extension of version %s', tables, kroles.script_version()),
            'SELECT kroles_install();';
        RETURN;
    END IF;
    missing := (SELECT string_agg(format('kroles.%I', r.name), ', ') FROM kroles.relations() r
                WHERE to_regclass(format('kroles.%I', r.name)) IS NULL);
    IF missing IS NOT NULL THEN
        RETURN QUERY SELECT 'danger', 'missing_table', 'schema kroles', format('there is no %s', missing),
            'Finish the restore of the dump, or SELECT kroles_install();';
        RETURN;
    END IF;
    missing := (SELECT string_agg(t.name, ', ')
                FROM (VALUES ('kroles.settings', NOT EXISTS (SELECT FROM kroles.settings)),
                             ('kroles.baseline_rights', NOT EXISTS (SELECT FROM kroles.baseline_rights)),
                             ('kroles.role_rights', NOT EXISTS (SELECT FROM kroles.role_rights)),
                             ('kroles.ceiling_rights', NOT EXISTS (SELECT FROM kroles.ceiling_rights))) AS t (name, is_empty) WHERE t.is_empty);
    IF missing IS NOT NULL THEN
        RETURN QUERY SELECT 'danger', 'missing_rows', 'schema kroles', format('without rows in %s nobody has a right', missing),
            'Restore the data of the dump, or SELECT kroles_install();';
    END IF;
    RETURN QUERY
    SELECT CASE m.kind WHEN 'index' THEN 'warning' ELSE 'danger' END, 'missing_' || m.kind, format('kroles.%I', m.relation),
           format('the %s %I does not exist', m.kind, m.name),
           'Finish the restore of the dump; or create it again, as in a new database.'
    FROM kroles.missing_objects() m;
    RETURN QUERY
    SELECT 'warning', 'public_privilege', 'type kroles.media', 'PUBLIC may use it for columns and functions, which would contain audiences',
           'SELECT kroles_install(); after a restore: dumps leave this out.'
    FROM pg_type t, aclexplode(coalesce(t.typacl, acldefault('T', t.typowner))) AS a
    WHERE t.oid = to_regtype('kroles.media') AND a.grantee = 0;
    RETURN QUERY
    SELECT 'danger', 'owner_not_superuser', kroles.qualified_name(c.oid),
           format('it belongs to %s, which is no superuser and so could change who sees its rows', o.rolname),
           format('ALTER %s %s OWNER TO a superuser with NOLOGIN.', CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, kroles.qualified_name(c.oid))
    FROM kroles.relations() r JOIN pg_class c ON c.oid = to_regclass(format('kroles.%I', r.name)) JOIN pg_roles o ON o.oid = c.relowner
    WHERE NOT o.rolsuper;
END $$;
COMMENT ON FUNCTION kroles.doctor_installation() IS 'For kroles_doctor: versions that differ, and what a restore left out';
REVOKE EXECUTE ON FUNCTION kroles.doctor_installation() FROM PUBLIC;
