-- complain if the script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION kroles" to load this file. \quit

-- From here on a name without a schema is looked up in pg_catalog only, so that objects that already exist in the extension's
-- schema cannot be called in place of PostgreSQL's.
SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

-- The schema holds the site's tables, so it is no member of the extension. One that exists, as in the restore of a dump, must be
-- empty and closed: another role could have put objects into it.
DO $$
DECLARE
    existing oid := to_regnamespace('kroles');
BEGIN
    IF existing IS NULL THEN
        CREATE SCHEMA kroles;
        COMMENT ON SCHEMA kroles IS 'The tables, types, views and internal functions of the extension kroles';
        GRANT USAGE ON SCHEMA kroles TO PUBLIC;
        ALTER EXTENSION kroles DROP SCHEMA kroles;
        existing := to_regnamespace('kroles');
    ELSIF EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = existing)
        OR NOT EXISTS (SELECT FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner WHERE n.oid = existing AND r.rolsuper) THEN
        RAISE EXCEPTION 'schema "kroles" exists, and is not empty and closed' USING ERRCODE = 'duplicate_schema',
            HINT = 'Drop it, or drop what is in it; its owner must be a superuser, and no other role may create objects there.';
    END IF;
    -- (default privileges may have given something away)
    IF EXISTS (SELECT FROM pg_namespace n, aclexplode(n.nspacl) a
               LEFT JOIN pg_roles r ON r.oid = a.grantee
               WHERE n.oid = existing AND a.privilege_type = 'CREATE' AND r.rolsuper IS NOT TRUE) THEN
        RAISE EXCEPTION 'others than superusers can create objects in schema "kroles"' USING ERRCODE = 'duplicate_schema',
            HINT = 'REVOKE CREATE ON SCHEMA kroles from them, or change the default privileges.';
    END IF;
END $$;
