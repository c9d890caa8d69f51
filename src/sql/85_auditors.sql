-- Auditors: login roles that read all entitlements and the audit log, and change nothing. A session of such a role that states no
-- user has, in the engine, the right to view every object and no other; the policies for SELECT on the tables of entitlements let
-- it read all rows (kroles.is_auditor()); and it has no privilege but SELECT.

CREATE FUNCTION kroles.audit_statements(role name, giving boolean) RETURNS SETOF text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(CASE WHEN giving THEN 'GRANT %s ON %s TO %I' ELSE 'REVOKE %s ON %s FROM %I' END, privileges, object, role)
    FROM (
        SELECT 'USAGE', 'SCHEMA kroles'
        UNION ALL
        -- (the schema of the functions, as in kroles.access_statements())
        SELECT 'USAGE', 'SCHEMA @extschema@' WHERE CASE WHEN '@extschema@' <> 'public' THEN true
            ELSE giving AND NOT has_schema_privilege(role, 'public', 'USAGE') END
        UNION ALL
        SELECT r.reading, string_agg(format('kroles.%I', r.name), ', ')
        FROM (SELECT l.name, CASE WHEN l.application LIKE 'SELECT (%' THEN l.application ELSE 'SELECT' END
              FROM kroles.relations() l WHERE l.application IS NOT NULL AND l.name NOT LIKE '%\_import') AS r (name, reading)
        GROUP BY r.reading
    ) AS wanted (privileges, object)
$$;
COMMENT ON FUNCTION kroles.audit_statements(name, boolean) IS 'The GRANT (or REVOKE) statements behind kroles_grant_audit and kroles_revoke_audit';
REVOKE EXECUTE ON FUNCTION kroles.audit_statements(name, boolean) FROM PUBLIC;

CREATE FUNCTION kroles.powers_of(role name, OUT power text, OUT remedy text) RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'bypasses row-level security', format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS;', r.rolname)
    FROM pg_roles r WHERE r.rolname = $1 AND (r.rolsuper OR r.rolbypassrls)
    UNION ALL
    SELECT format('can become %s, which bypasses row-level security', quote_ident(b.rolname)), format('REVOKE %I FROM %I; (or from a role in between)', b.rolname, r.rolname)
    FROM pg_roles r JOIN pg_roles b ON (b.rolsuper OR b.rolbypassrls) AND b.oid <> r.oid AND pg_has_role(r.oid, b.oid, 'MEMBER')
    WHERE r.rolname = $1 AND NOT r.rolsuper
    UNION ALL
    SELECT format('is a member of %s', b.rolname), format('REVOKE %I FROM %I; (or from a role in between)', b.rolname, r.rolname)
    FROM pg_roles r JOIN pg_roles b ON b.rolname IN ('pg_write_server_files', 'pg_read_server_files', 'pg_execute_server_program')
        AND pg_has_role(r.oid, b.oid, 'MEMBER')
    WHERE r.rolname = $1 AND NOT r.rolsuper
    UNION ALL
    SELECT 'is trusted as a gateway, so its sessions can act as any user', format('SELECT @extschema@.kroles_distrust_gateway(%L);', g.role)
    FROM kroles.gateways g WHERE g.role = $1
    UNION ALL
    SELECT format('acts as user %s', u.id), format('UPDATE kroles.users SET db_role = NULL WHERE id = %s;', u.id)
    FROM kroles.users u WHERE u.db_role = $1
    UNION ALL
    -- (whoever reads a secret there signs tokens for anyone)
    SELECT 'may read the keys of tokens, kroles.signing_keys.key', format('REVOKE SELECT ON kroles.signing_keys FROM %1$I; and revoke pg_read_all_data, or what else gives it, from %1$I.', r.rolname)
    FROM pg_roles r WHERE r.rolname = $1 AND has_column_privilege(r.oid, 'kroles.signing_keys', 'key', 'SELECT')
      AND NOT EXISTS (SELECT FROM pg_roles b WHERE (b.rolsuper OR b.rolbypassrls) AND pg_has_role(r.oid, b.oid, 'MEMBER'))
    UNION ALL
    SELECT format('has %s on %s', string_agg(DISTINCT p.privilege, ', '), string_agg(DISTINCT format('kroles.%I', c.relname), ', ')),
           format('SELECT @extschema@.kroles_revoke_access(%L); and revoke what was granted otherwise, to it or to roles that it is a member of.', r.rolname)
    FROM pg_roles r, pg_class c, unnest('{INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER}'::text[]) AS p (privilege)
    WHERE r.rolname = $1 AND c.relnamespace = 'kroles'::regnamespace AND c.relkind IN ('r', 'p', 'v')
      AND NOT EXISTS (SELECT FROM pg_roles b WHERE (b.rolsuper OR b.rolbypassrls) AND pg_has_role(r.oid, b.oid, 'MEMBER'))
      AND CASE WHEN p.privilege IN ('INSERT', 'UPDATE') THEN has_any_column_privilege(r.oid, c.oid, p.privilege)
               ELSE has_table_privilege(r.oid, c.oid, p.privilege) END
    GROUP BY r.rolname
$$;
COMMENT ON FUNCTION kroles.powers_of(name) IS
    'What a database role can do beside reading what is for auditors, each with its remedy: for kroles_grant_audit() and kroles_doctor()';
REVOKE EXECUTE ON FUNCTION kroles.powers_of(name) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_grant_audit(role name) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    powers record;
    statement text;
BEGIN
    IF role IS NULL OR NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = $1) THEN
        RAISE EXCEPTION 'role "%" does not exist', role USING ERRCODE = 'undefined_object';
    END IF;
    SELECT string_agg(p.power, '; ' ORDER BY p.power) AS power, string_agg(p.remedy, ' ' ORDER BY p.power) AS remedy
    INTO powers FROM kroles.powers_of($1) AS p;
    IF powers.power IS NOT NULL THEN
        RAISE EXCEPTION 'role "%" can do more than read', role USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = format('It %s.', powers.power), HINT = 'Create a role for auditors alone; or: ' || powers.remedy;
    END IF;
    FOR statement IN SELECT * FROM kroles.audit_statements($1, true) LOOP
        EXECUTE statement;
    END LOOP;
    INSERT INTO kroles.auditors AS a (role) VALUES ($1) ON CONFLICT ON CONSTRAINT auditors_role_is_listed_once DO NOTHING;
END $$;
COMMENT ON FUNCTION @extschema@.kroles_grant_audit(name) IS
    'Makes a login role an auditor: its sessions, unless they state a user by a token, view every object, read all tables of entitlements (personal playlists and the keys of tokens excepted), the audit log and access reviews, and change nothing. Error 55000 for a role that can do more than read: one that bypasses row-level security, is a gateway, acts as a user, may read the keys of tokens, or may change tables of kroles; 42704 unknown role. kroles_doctor() reports an auditor that gets more later';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_grant_audit(name) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_revoke_audit(role name) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    statement text;
BEGIN
    DELETE FROM kroles.auditors AS a WHERE a.role = $1;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = $1) THEN
        FOR statement IN SELECT * FROM kroles.audit_statements($1, false) LOOP
            EXECUTE statement;
        END LOOP;
    END IF;
END $$;
COMMENT ON FUNCTION @extschema@.kroles_revoke_audit(name) IS
    'Makes a role no auditor any more, from the next statement on in all sessions, and revokes the privileges that kroles_grant_audit granted. Also for a role that no longer exists';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_revoke_audit(name) FROM PUBLIC;
