-- kroles_doctor(): ways to bypass the rules in this database that the catalog shows.
--
--   danger   the rules can be bypassed now
--   warning  one more step would bypass the rules, or something has stopped working
--   notice   possibly intended, but worth knowing
--
-- There is one function for each group of checks; each SELECT is one check, named in "finding". This piece has the checks of
-- roles, privileges, and of views and functions.

CREATE TYPE kroles.weakness AS (severity text, finding text, subject text, weakness text, remedy text);
COMMENT ON TYPE kroles.weakness IS 'A row of kroles_doctor()';
COMMENT ON COLUMN kroles.weakness.severity IS 'danger: the rules can be bypassed now; warning: one more step would bypass them; notice: worth knowing';
COMMENT ON COLUMN kroles.weakness.finding IS 'The name of the check, for filters';
COMMENT ON COLUMN kroles.weakness.subject IS 'The object or role that is affected';
COMMENT ON COLUMN kroles.weakness.weakness IS 'The weakness';
COMMENT ON COLUMN kroles.weakness.remedy IS 'The remedy';

CREATE FUNCTION kroles.guarded_tables(OUT relation regclass, OUT name text, OUT owner oid, OUT ours boolean)
    RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.oid, kroles.qualified_name(c.oid), c.relowner, c.relnamespace = 'kroles'::regnamespace
    FROM pg_class c
    WHERE (c.relnamespace = 'kroles'::regnamespace AND c.relkind IN ('r', 'p'))
       OR c.oid IN (SELECT p.relation FROM kroles.protected_tables p)
$$;
COMMENT ON FUNCTION kroles.guarded_tables() IS
    'The tables that the rules protect: those of kroles and those of kroles_protect';
REVOKE EXECUTE ON FUNCTION kroles.guarded_tables() FROM PUBLIC;

-- Roles to which row-level security does not apply

CREATE FUNCTION kroles.doctor_roles() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    -- the bootstrap superuser (its OID is 10 in every cluster) cannot be dropped
    SELECT CASE r.oid WHEN 10 THEN 'notice' ELSE 'warning' END, 'bypassing_login', r.rolname::text,
           CASE WHEN r.rolsuper THEN 'can log in and is a superuser: no rule applies to it'
                ELSE 'can log in and has BYPASSRLS: row-level security does not apply to it' END,
           CASE WHEN r.oid = 10 THEN 'Use it for server administration only, not for applications or users.'
                ELSE format('ALTER ROLE %I %s; or NOLOGIN. For administrators of the site, set administrator in kroles.users instead.',
                            r.rolname, CASE WHEN r.rolsuper THEN 'NOSUPERUSER' ELSE 'NOBYPASSRLS' END) END
    FROM pg_roles r WHERE r.rolcanlogin AND (r.rolsuper OR r.rolbypassrls)
    UNION ALL
    SELECT 'warning', 'bypass_by_membership', r.rolname::text,
           format('can log in and become %s with SET ROLE, to which row-level security does not apply',
                  string_agg(quote_ident(b.rolname), ', ' ORDER BY b.rolname)),
           string_agg(format('REVOKE %I FROM %I;', b.rolname, r.rolname), ' ' ORDER BY b.rolname)
               || ' (or from a role in between)'
    FROM pg_roles r JOIN pg_roles b ON (b.rolsuper OR b.rolbypassrls) AND b.oid <> r.oid AND pg_has_role(r.oid, b.oid, 'MEMBER')
    WHERE r.rolcanlogin AND NOT r.rolsuper  -- a superuser counts as a member of every role
    GROUP BY r.rolname
    UNION ALL
    SELECT 'warning', 'power_over_server', r.rolname::text,
           'can log in and ' || a.means || ', which allows bypassing every rule',
           format('Revoke it from %I, or do not use that login for applications and users.', r.rolname)
    FROM pg_roles r, LATERAL (
        SELECT string_agg(m.means, ' and ' ORDER BY m.means) FROM (
            SELECT 'has REPLICATION' WHERE r.rolreplication
            UNION ALL
            SELECT 'has CREATEROLE (before PostgreSQL 16 a membership in any role but superusers)'
            WHERE r.rolcreaterole AND current_setting('server_version_num')::integer < 160000
            UNION ALL
            SELECT 'is a member of ' || s.rolname FROM pg_roles s
            WHERE s.rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
              AND pg_has_role(r.oid, s.oid, 'MEMBER')) AS m (means)) AS a (means)
    WHERE r.rolcanlogin AND NOT r.rolsuper AND a.means IS NOT NULL
    UNION ALL
    -- a role of PostgreSQL 17 and later
    SELECT 'warning', 'maintenance_login', r.rolname::text,
           'can log in and is a member of pg_maintain, which allows locking every table against everybody, and replacing statistics',
           format('REVOKE pg_maintain FROM %I; (or from a role in between)', r.rolname)
    FROM pg_roles r JOIN pg_roles s ON s.rolname = 'pg_maintain' AND pg_has_role(r.oid, s.oid, 'MEMBER')
    WHERE r.rolcanlogin AND NOT r.rolsuper
    UNION ALL
    SELECT CASE WHEN r.rolname IN (SELECT g.role FROM kroles.gateways g) THEN 'danger' ELSE 'warning' END,
           'owner_login', r.rolname::text,
           format('can log in and owns %s (or is a member of the owner), so it can disable row-level security',
                  string_agg(t.name, ', ' ORDER BY t.name)),
           'ALTER TABLE … OWNER TO a role with NOLOGIN that has no member that can log in.'
    FROM pg_roles r JOIN kroles.guarded_tables() t ON pg_has_role(r.oid, t.owner, 'MEMBER')
    WHERE r.rolcanlogin AND NOT r.rolsuper
    GROUP BY r.rolname
$$;
COMMENT ON FUNCTION kroles.doctor_roles() IS 'For kroles_doctor: roles to which row-level security does not apply';
REVOKE EXECUTE ON FUNCTION kroles.doctor_roles() FROM PUBLIC;

-- Privileges that row-level security does not restrict

CREATE FUNCTION kroles.doctor_privileges() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    -- (one row for what one GRANT may have given on many tables)
    SELECT h.severity, 'unguarded_privilege', string_agg(h.name, ', ' ORDER BY h.name), h.weakness,
           format('REVOKE %s ON %s FROM %s;', h.privileges, string_agg(h.name, ', ' ORDER BY h.name), h.grantee)
    FROM (
        SELECT t.name, g.grantee, string_agg(DISTINCT a.privilege_type, ', ') AS privileges,
               CASE WHEN bool_or(a.privilege_type <> 'MAINTAIN' AND (t.ours OR a.privilege_type <> 'REFERENCES')) THEN 'danger' ELSE 'warning' END AS severity,
               format('%s has %s, which no policy restricts: ', g.grantee, string_agg(DISTINCT a.privilege_type, ', ')) || concat_ws('; ',
                   CASE WHEN bool_or(a.privilege_type = 'TRUNCATE') THEN 'TRUNCATE empties the table' END,
                   CASE WHEN bool_or(a.privilege_type = 'TRIGGER') THEN 'TRIGGER runs the grantee''s code with the privileges of the role that changes a row' END,
                   CASE WHEN bool_or(a.privilege_type = 'MAINTAIN') THEN 'MAINTAIN allows locking the table against everybody, and replacing its statistics' END,
                   CASE WHEN bool_or(a.privilege_type = 'REFERENCES') THEN format('with REFERENCES the check of a foreign key runs the implicit cast from the type of the referencing column as %s, the owner of this table%s; the action of the key on deletion runs code of the referencing table''s owner in the session that deletes; and a key reveals which hidden rows exist, and can prevent their deletion',
                       quote_ident(o.rolname), CASE WHEN o.rolsuper THEN ', so that the grantee can become superuser' ELSE '' END) END) AS weakness
        FROM kroles.guarded_tables() t JOIN pg_roles o ON o.oid = t.owner,
        LATERAL (SELECT (aclexplode(c.relacl)).* FROM pg_class c WHERE c.oid = t.relation
                 UNION ALL
                 SELECT (aclexplode(c.attacl)).* FROM pg_attribute c WHERE c.attrelid = t.relation) AS a,
        LATERAL (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END) AS g (grantee)
        WHERE a.grantee <> t.owner AND a.privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')
        GROUP BY t.name, g.grantee, o.rolname, o.rolsuper) AS h
    GROUP BY h.severity, h.grantee, h.privileges, h.weakness
    UNION ALL
    SELECT 'danger', 'foreign_key', kroles.qualified_name(k.conrelid),
           format('its foreign key %I refers to %s, and %I owns it: ', k.conname, t.name, f.rolname)
               || CASE WHEN x.casts THEN format('its check may run a cast of that owner as %I; ', o.rolname) ELSE '' END
               || 'on deletion it runs code of that owner in the session that deletes, it can prevent deletions, and it reveals which hidden rows exist',
           format('ALTER TABLE %s DROP CONSTRAINT %I; store the id in a plain column, and delete rows without an object in a periodic job.',
                  kroles.qualified_name(k.conrelid), k.conname)
    FROM kroles.guarded_tables() t JOIN pg_constraint k ON k.confrelid = t.relation AND k.contype = 'f'
    JOIN pg_class c ON c.oid = k.conrelid JOIN pg_roles f ON f.oid = c.relowner JOIN pg_roles o ON o.oid = t.owner,
    LATERAL (SELECT EXISTS (
        SELECT FROM unnest(k.conkey, k.confkey) AS u (theirs, ours)
        JOIN pg_attribute a ON (a.attrelid, a.attnum) = (k.conrelid, u.theirs)
        JOIN pg_attribute b ON (b.attrelid, b.attnum) = (k.confrelid, u.ours)
        WHERE a.atttypid <> b.atttypid)) AS x (casts)
    WHERE t.ours AND c.relowner <> t.owner
      -- the key of a partition is reported with that of the partitioned table, where both have the same owner
      AND NOT EXISTS (SELECT FROM pg_constraint w JOIN pg_class p ON p.oid = w.conrelid WHERE w.oid = k.conparentid AND p.relowner = c.relowner)
    UNION ALL
    SELECT 'danger', 'readable_key', 'kroles.signing_keys',
           format('%s may read the column "key": a secret in it allows acting as any user', g.grantee),
           format('REVOKE SELECT ON kroles.signing_keys FROM %1$s; REVOKE SELECT (key) ON kroles.signing_keys FROM %1$s;', g.grantee)
    FROM pg_class c,
    LATERAL (SELECT (aclexplode(c.relacl)).*
             UNION
             SELECT (aclexplode(k.attacl)).* FROM pg_attribute k WHERE k.attrelid = c.oid AND k.attname = 'key') AS a,
    LATERAL (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END) AS g (grantee)
    WHERE c.oid = 'kroles.signing_keys'::regclass AND a.privilege_type = 'SELECT' AND a.grantee <> c.relowner
    GROUP BY g.grantee
    UNION ALL
    SELECT 'danger', 'schema_privilege', 'kroles',
           format('%s may create objects in the schema kroles, where the extension looks up its own', g.grantee),
           format('REVOKE CREATE ON SCHEMA kroles FROM %s;', g.grantee)
    FROM pg_namespace n, aclexplode(n.nspacl) AS a,
    LATERAL (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END) AS g (grantee)
    WHERE n.nspname = 'kroles' AND a.privilege_type = 'CREATE' AND a.grantee <> n.nspowner
    UNION ALL
    -- (functions in pg_temp are found only by a qualified name)
    SELECT 'danger', 'lookalike_function', p.oid::regprocedure::text,
           format('has the name of a function of kroles, and %I owns it: a call without the schema may run it, with the privileges of the caller', o.rolname),
           format('DROP FUNCTION %s; revoke CREATE on schemas that are on the search paths of other roles.', p.oid::regprocedure)
    FROM pg_proc p JOIN pg_roles o ON o.oid = p.proowner AND NOT o.rolsuper JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.proname LIKE 'kroles\_%' AND n.nspname NOT LIKE 'pg\_temp\_%' AND EXISTS (
        SELECT FROM pg_proc q JOIN pg_depend d ON (d.classid, d.objid, d.refclassid, d.deptype) = ('pg_proc'::regclass, q.oid, 'pg_extension'::regclass, 'e')
        JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'kroles' WHERE q.proname = p.proname)
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE (d.classid, d.objid, d.deptype) = ('pg_proc'::regclass, p.oid, 'e'))
$$;
COMMENT ON FUNCTION kroles.doctor_privileges() IS 'For kroles_doctor: privileges that row-level security does not restrict';
REVOKE EXECUTE ON FUNCTION kroles.doctor_privileges() FROM PUBLIC;

CREATE FUNCTION kroles.is_public(relation oid) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM kroles.relations() r WHERE 'public' = ANY (r.traits) AND to_regclass(format('kroles.%I', r.name)) = relation)
$$;
COMMENT ON FUNCTION kroles.is_public(oid) IS 'Whether kroles grants SELECT on a table or view to PUBLIC';
REVOKE EXECUTE ON FUNCTION kroles.is_public(oid) FROM PUBLIC;

-- PUBLIC has at most SELECT on a relation, and of functions (pg_init_privs) what the extension granted when it was created; any
-- other privilege came from default privileges or a later GRANT. No other role needs a function that PUBLIC may not execute,
-- but those that watch the database: the figures of the cache, the doctor, and the heartbeat.
CREATE FUNCTION kroles.doctor_public() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'warning', 'public_privilege', string_agg(h.name, ', ' ORDER BY h.name),
           format('PUBLIC has %s on %s', h.privileges, CASE count(*) WHEN 1 THEN 'it' ELSE 'them' END),
           format('REVOKE %s ON %s FROM PUBLIC; use kroles_grant_access() for the role of an application.',
                  h.privileges, string_agg(h.name, ', ' ORDER BY h.name))
    FROM (
        SELECT kroles.qualified_name(c.oid) AS name, string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges
        FROM pg_class c, aclexplode(c.relacl) AS a
        WHERE c.relnamespace = 'kroles'::regnamespace AND a.grantee = 0
          AND a.privilege_type NOT IN ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')
          AND (a.privilege_type <> 'SELECT' OR NOT kroles.is_public(c.oid))
        GROUP BY c.oid) AS h
    GROUP BY h.privileges
    UNION ALL
    SELECT 'warning', 'public_privilege', string_agg(h.name, ', ' ORDER BY h.name),
           format('PUBLIC may execute %s', CASE count(*) WHEN 1 THEN 'it' ELSE 'them' END),
           format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC;', string_agg(h.name, ', ' ORDER BY h.name))
    FROM (
        SELECT p.oid::regprocedure::text AS name, p.pronamespace
        FROM pg_proc p JOIN pg_init_privs i ON (i.classoid, i.objoid, i.objsubid) = ('pg_proc'::regclass, p.oid, 0),
        aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
        WHERE a.grantee = 0 AND NOT EXISTS (SELECT FROM aclexplode(i.initprivs) AS s WHERE s.grantee = 0)
          AND EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
                      WHERE (d.classid, d.objid, d.refclassid, d.deptype)
                          = ('pg_proc'::regclass, p.oid, 'pg_extension'::regclass, 'e') AND e.extname = 'kroles')) AS h
    GROUP BY h.pronamespace
    UNION ALL
    -- default privileges that were in force at CREATE EXTENSION are among what the extension granted
    SELECT 'warning', 'granted_function', r.rolname::text,
           format('may execute %s: meant for superusers, and for kroles itself',
                  (array_agg(p.oid::regprocedure::text ORDER BY p.oid::regprocedure::text))[1] || CASE WHEN count(*) > 1 THEN format(' and %s more', count(*) - 1) ELSE '' END),
           concat_ws(' ', CASE WHEN bool_or(p.pronamespace = 'kroles'::regnamespace) THEN format('REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA kroles FROM %I;', r.rolname) END,
               format('REVOKE EXECUTE ON FUNCTION %s FROM %I;', string_agg(p.oid::regprocedure::text, ', ' ORDER BY p.oid::regprocedure::text)
                          FILTER (WHERE p.pronamespace <> 'kroles'::regnamespace), r.rolname))
    FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'kroles'
    JOIN pg_proc p ON (d.classid, d.refclassid, d.deptype) = ('pg_proc'::regclass, 'pg_extension'::regclass, 'e') AND p.oid = d.objid,
    aclexplode(p.proacl) AS a JOIN pg_roles r ON r.oid = a.grantee
    WHERE a.grantee <> p.proowner AND NOT r.rolsuper
      AND NOT EXISTS (SELECT FROM aclexplode(p.proacl) AS s WHERE s.grantee = 0)
      AND p.proname NOT IN ('kroles_cache_stats', 'kroles_doctor', 'kroles_heartbeat')
    GROUP BY r.rolname
$$;
COMMENT ON FUNCTION kroles.doctor_public() IS 'For kroles_doctor: privileges on objects of kroles that the extension does not grant, of PUBLIC, and on functions of others';
REVOKE EXECUTE ON FUNCTION kroles.doctor_public() FROM PUBLIC;

-- Views and functions that read protected tables with other privileges than those of their caller

CREATE FUNCTION kroles.guarded_readers(OUT relation oid, OUT through text) RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE guarded AS MATERIALIZED (SELECT * FROM kroles.guarded_tables()),
    reach (relation, base) AS (
        SELECT g.relation::oid, g.name FROM guarded g
        UNION
        SELECT w.ev_class, r.base
        FROM reach r
        JOIN pg_depend d ON (d.refclassid, d.refobjid, d.classid) = ('pg_class'::regclass, r.relation, 'pg_rewrite'::regclass)
        JOIN pg_rewrite w ON w.oid = d.objid
        -- (kroles.people says itself to whom it shows names; not without its barrier)
        JOIN pg_class c ON c.oid = w.ev_class AND NOT (coalesce(c.oid = to_regclass('kroles.people'), false) AND coalesce(c.reloptions, '{}') @> '{security_barrier=true}'))
    SELECT r.relation, string_agg(r.base, ', ' ORDER BY r.base) FROM reach r
    WHERE r.relation NOT IN (SELECT g.relation FROM guarded g)
    GROUP BY r.relation
$$;
COMMENT ON FUNCTION kroles.guarded_readers() IS
    'Views, materialized views and tables with rules that read protected tables, directly or through others, and the names of those tables';
REVOKE EXECUTE ON FUNCTION kroles.guarded_readers() FROM PUBLIC;

CREATE FUNCTION kroles.doctor_readers() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH readers AS MATERIALIZED (
        SELECT v.through, c.*, kroles.qualified_name(c.oid) AS name, o.rolname AS owner, o.rolsuper OR o.rolbypassrls AS unheld
        FROM kroles.guarded_readers() v JOIN pg_class c ON c.oid = v.relation JOIN pg_roles o ON o.oid = c.relowner),
    touched AS MATERIALIZED (
        SELECT d.objid AS function, string_agg(DISTINCT g.name, ', ') AS names
        FROM (SELECT t.relation::oid, t.name FROM kroles.guarded_tables() t
              UNION ALL SELECT r.oid, r.name FROM readers r) AS g (relation, name)
        JOIN pg_depend d ON (d.refclassid, d.refobjid, d.classid) = ('pg_class'::regclass, g.relation, 'pg_proc'::regclass)
        GROUP BY d.objid)
    SELECT CASE WHEN r.unheld THEN 'danger' ELSE 'warning' END, 'definer_view', r.name,
           format('%s %s with the privileges of its owner %I', CASE r.relkind WHEN 'v' THEN 'reads' ELSE 'has a rule that uses' END,
                  r.through, r.owner) || CASE WHEN r.unheld THEN ', to whom no policy applies' ELSE '' END,
           -- (of kroles.users a user sees only their own row)
           CASE WHEN r.relkind = 'v' AND r.through = 'kroles.users' THEN
                    'If it is there for names: let it have only columns that whoever may read it may know of every user, such as id and name, and no login or email. (security_invoker would leave only one''s own row.)'
                WHEN r.relkind = 'v' AND r.through ~ '\mkroles\.users\M' THEN
                    format('If it is there for names: take them from a view of its own with only such columns as id and name, and then ALTER VIEW %s SET (security_invoker = true). (Alone, that would leave only one''s own name.)', r.name)
                WHEN r.relkind = 'v' THEN format('ALTER VIEW %s SET (security_invoker = true);', r.name)
                ELSE 'DROP RULE …; a trigger runs with the privileges of the role that changes the row.' END
    FROM readers r
    WHERE r.relkind <> 'm' AND NOT EXISTS (
        SELECT FROM pg_options_to_table(r.reloptions) AS w WHERE w.option_name = 'security_invoker' AND w.option_value::boolean)
    UNION ALL
    SELECT 'danger', 'materialized_view', r.name, format('is a copy of rows of %s, to which no policy applies', r.through),
           format('DROP MATERIALIZED VIEW %s; or allow only its owner to read it.', r.name)
    FROM readers r WHERE r.relkind = 'm'
    UNION ALL
    -- the catalog has the tables that a function reads only where its body is in the form of the SQL standard (BEGIN ATOMIC)
    SELECT CASE WHEN t.names IS NULL THEN 'notice' ELSE 'warning' END, 'definer_function', p.oid::regprocedure::text,
           format('is SECURITY DEFINER and runs as %I, to whom no policy applies: ', o.rolname)
               || coalesce('it uses ' || t.names, 'check whether it uses protected tables'),
           format('ALTER FUNCTION %1$s SECURITY INVOKER; or OWNER TO a role to which policies apply; or revoke EXECUTE from roles that need not call it.',
                  p.oid::regprocedure)
    FROM pg_proc p JOIN pg_roles o ON o.oid = p.proowner AND (o.rolsuper OR o.rolbypassrls)
    LEFT JOIN touched t ON t.function = p.oid
    WHERE p.prosecdef
      AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a WHERE a.grantee <> p.proowner)
      AND p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE (d.classid, d.objid, d.deptype) = ('pg_proc'::regclass, p.oid, 'e'))
$$;
COMMENT ON FUNCTION kroles.doctor_readers() IS
    'For kroles_doctor: views and functions that read protected tables with other privileges than those of their caller';
REVOKE EXECUTE ON FUNCTION kroles.doctor_readers() FROM PUBLIC;

-- Tables of an application that refer to ours, and show their rows to everybody whom the application lets in

CREATE FUNCTION kroles.doctor_referring() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN k.kind IS NULL THEN 'notice' ELSE 'warning' END, 'unprotected_table', kroles.qualified_name(c.oid),
           format('its foreign key %I refers to %s, %s may use it, and it has no row-level security: its rows are shown and changed whoever may view the object',
                  f.conname, kroles.qualified_name(f.confrelid), g.grantees),
           CASE WHEN k.kind IS NULL THEN format('If its rows are not for everybody: ALTER TABLE %s ENABLE ROW LEVEL SECURITY; and policies of your own, with kroles_current_user() for instance.', kroles.qualified_name(c.oid))
                ELSE format('SELECT kroles_protect(%L, %L, %L);%s', kroles.qualified_name(c.oid), k.kind, a.attname,
                            CASE k.kind WHEN 'channel' THEN ' or ''gallery'', if it is about galleries' ELSE '' END) END
    FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class t ON t.oid = f.confrelid
    JOIN pg_attribute a ON (a.attrelid, a.attnum) = (f.conrelid, f.conkey[1]),
    LATERAL (SELECT CASE t.relname WHEN 'spaces' THEN 'channel' WHEN 'media' THEN 'media' WHEN 'events' THEN 'event' END) AS k (kind),
    LATERAL (SELECT string_agg(DISTINCT CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END, ', ')
             FROM (SELECT (aclexplode(c.relacl)).*
                   UNION ALL SELECT (aclexplode(w.attacl)).* FROM pg_attribute w WHERE w.attrelid = c.oid) AS x
             LEFT JOIN pg_roles r ON r.oid = x.grantee
             WHERE x.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE') AND x.grantee <> c.relowner
               AND r.rolsuper IS NOT TRUE AND r.rolbypassrls IS NOT TRUE) AS g (grantees)
    WHERE f.contype = 'f' AND t.relnamespace = 'kroles'::regnamespace AND c.relnamespace <> 'kroles'::regnamespace
      AND NOT c.relrowsecurity AND NOT c.relispartition AND g.grantees IS NOT NULL
      AND c.oid NOT IN (SELECT p.relation FROM kroles.guarded_tables() p)
$$;
COMMENT ON FUNCTION kroles.doctor_referring() IS
    'For kroles_doctor: tables with a foreign key to a table of kroles that roles may use, and that have no row-level security';
REVOKE EXECUTE ON FUNCTION kroles.doctor_referring() FROM PUBLIC;
