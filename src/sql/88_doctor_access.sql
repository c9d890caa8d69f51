-- kroles_doctor(): what in this database would let somebody round the rules, as far as the catalog shows it.
--
--   danger   a way round that is open now
--   warning  one step from it, or something that stops working
--   notice   nothing to repair perhaps, but to know
--
-- One function a group of checks; each SELECT is one check, named in "finding".

CREATE TYPE kroles.weakness AS (severity text, finding text, subject text, weakness text, remedy text);
COMMENT ON TYPE kroles.weakness IS 'A row of kroles_doctor()';
COMMENT ON COLUMN kroles.weakness.severity IS 'danger: a way round the rules that is open now; warning: one step from it; notice: to know';
COMMENT ON COLUMN kroles.weakness.finding IS 'Which check found it: a fixed word, to filter by';
COMMENT ON COLUMN kroles.weakness.subject IS 'The object or role it is about';
COMMENT ON COLUMN kroles.weakness.weakness IS 'What is wrong with it';
COMMENT ON COLUMN kroles.weakness.remedy IS 'What to do about it';

CREATE FUNCTION kroles.guarded_tables(OUT relation regclass, OUT name text, OUT owner oid, OUT ours boolean)
    RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.oid, kroles.qualified_name(c.oid), c.relowner, c.relnamespace = 'kroles'::regnamespace
    FROM pg_class c
    WHERE (c.relnamespace = 'kroles'::regnamespace AND c.relkind IN ('r', 'p'))
       OR c.oid IN (SELECT p.relation FROM kroles.protected_tables p)
$$;
COMMENT ON FUNCTION kroles.guarded_tables() IS
    'The tables that the rules guard: kroles''s own and those of kroles_protect';
REVOKE EXECUTE ON FUNCTION kroles.guarded_tables() FROM PUBLIC;

-- Roles that row-level security does not hold back

CREATE FUNCTION kroles.doctor_roles() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    -- the role that the cluster was made with (its oid is 10 everywhere) can't be done without
    SELECT CASE r.oid WHEN 10 THEN 'notice' ELSE 'warning' END, 'bypassing_login', r.rolname::text,
           CASE WHEN r.rolsuper THEN 'logs in and is a superuser: no rule holds it back'
                ELSE 'logs in and has BYPASSRLS: row-level security does not hold it back' END,
           CASE WHEN r.oid = 10 THEN 'Keep it for the care of the server; no application or person logs in with it.'
                ELSE format('ALTER ROLE %I %s; or NOLOGIN. Whoever runs the site is an administrator in kroles.users instead.',
                            r.rolname, CASE WHEN r.rolsuper THEN 'NOSUPERUSER' ELSE 'NOBYPASSRLS' END) END
    FROM pg_roles r WHERE r.rolcanlogin AND (r.rolsuper OR r.rolbypassrls)
    UNION ALL
    SELECT 'warning', 'bypass_by_membership', r.rolname::text,
           format('logs in and can become %s with SET ROLE, which row-level security does not hold back',
                  string_agg(quote_ident(b.rolname), ', ' ORDER BY b.rolname)),
           string_agg(format('REVOKE %I FROM %I;', b.rolname, r.rolname), ' ' ORDER BY b.rolname)
               || ' (or from the role between them)'
    FROM pg_roles r JOIN pg_roles b ON (b.rolsuper OR b.rolbypassrls) AND b.oid <> r.oid AND pg_has_role(r.oid, b.oid, 'MEMBER')
    WHERE r.rolcanlogin AND NOT r.rolsuper  -- a superuser counts as a member of every role
    GROUP BY r.rolname
    UNION ALL
    SELECT 'warning', 'power_over_server', r.rolname::text,
           'logs in and ' || a.means || ': that leads past every rule',
           format('Take it from %I, or keep that login from applications and people.', r.rolname)
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
    SELECT CASE WHEN r.rolname IN (SELECT g.role FROM kroles.gateways g) THEN 'danger' ELSE 'warning' END,
           'owner_login', r.rolname::text,
           format('logs in and owns %s (or is a member of the role that does), so it can switch row-level security off',
                  string_agg(t.name, ', ' ORDER BY t.name)),
           'ALTER TABLE … OWNER TO a role that nobody logs in as and that no login is a member of.'
    FROM pg_roles r JOIN kroles.guarded_tables() t ON pg_has_role(r.oid, t.owner, 'MEMBER')
    WHERE r.rolcanlogin AND NOT r.rolsuper
    GROUP BY r.rolname
$$;
COMMENT ON FUNCTION kroles.doctor_roles() IS 'For kroles_doctor: roles that row-level security does not hold back';
REVOKE EXECUTE ON FUNCTION kroles.doctor_roles() FROM PUBLIC;

-- Privileges that row-level security knows nothing of

CREATE FUNCTION kroles.doctor_privileges() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN bool_or(t.ours OR a.privilege_type <> 'REFERENCES') THEN 'danger' ELSE 'warning' END, 'unguarded_privilege', t.name,
           format('%s has %s, which no policy holds back: ', g.grantee, string_agg(DISTINCT a.privilege_type, ', ')) || concat_ws('; ',
               CASE WHEN bool_or(a.privilege_type = 'TRUNCATE') THEN 'TRUNCATE empties the table' END,
               CASE WHEN bool_or(a.privilege_type = 'TRIGGER') THEN 'TRIGGER runs code of its own as whoever changes a row' END,
               CASE WHEN bool_or(a.privilege_type = 'REFERENCES') THEN format('with REFERENCES a foreign key''s check runs the implicit cast from the referencing column''s type as %s, the owner of this table%s; what the key does on deletion runs code of the referencing table''s owner in the session of the person who deletes; and a key tells which hidden rows exist, and can block their deletion',
                   quote_ident(o.rolname), CASE WHEN o.rolsuper THEN ', so that its holder can become superuser' ELSE '' END) END),
           format('REVOKE %s ON %s FROM %s;', string_agg(DISTINCT a.privilege_type, ', '), t.name, g.grantee)
    FROM kroles.guarded_tables() t JOIN pg_roles o ON o.oid = t.owner,
    LATERAL (SELECT (aclexplode(c.relacl)).* FROM pg_class c WHERE c.oid = t.relation
             UNION ALL
             SELECT (aclexplode(c.attacl)).* FROM pg_attribute c WHERE c.attrelid = t.relation) AS a,
    LATERAL (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END) AS g (grantee)
    WHERE a.grantee <> t.owner AND a.privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER')
    GROUP BY t.name, g.grantee, o.rolname, o.rolsuper
    UNION ALL
    SELECT 'danger', 'foreign_key', kroles.qualified_name(k.conrelid),
           format('its foreign key %I refers to %s, and %I owns it: ', k.conname, t.name, f.rolname)
               || CASE WHEN x.casts THEN format('its check may run a cast of that owner''s as %I; ', o.rolname) ELSE '' END
               || 'on deletion it runs code of that owner in the session of the person who deletes, it can block deletions, and it tells which hidden rows exist',
           format('ALTER TABLE %s DROP CONSTRAINT %I; keep the id in a plain column, and delete by a job what belongs to no object any more.',
                  kroles.qualified_name(k.conrelid), k.conname)
    FROM kroles.guarded_tables() t JOIN pg_constraint k ON k.confrelid = t.relation AND k.contype = 'f'
    JOIN pg_class c ON c.oid = k.conrelid JOIN pg_roles f ON f.oid = c.relowner JOIN pg_roles o ON o.oid = t.owner,
    LATERAL (SELECT EXISTS (
        SELECT FROM unnest(k.conkey, k.confkey) AS u (theirs, ours)
        JOIN pg_attribute a ON (a.attrelid, a.attnum) = (k.conrelid, u.theirs)
        JOIN pg_attribute b ON (b.attrelid, b.attnum) = (k.confrelid, u.ours)
        WHERE a.atttypid <> b.atttypid)) AS x (casts)
    WHERE t.ours AND c.relowner <> t.owner
      -- a partition's key is told with that of the whole, where both have one owner
      AND NOT EXISTS (SELECT FROM pg_constraint w JOIN pg_class p ON p.oid = w.conrelid WHERE w.oid = k.conparentid AND p.relowner = c.relowner)
    UNION ALL
    SELECT 'danger', 'readable_key', 'kroles.signing_keys',
           format('%s may read the column "key": with a secret in it, one can be anybody', g.grantee),
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
           format('%s may make objects in the schema kroles, where the extension looks for its own', g.grantee),
           format('REVOKE CREATE ON SCHEMA kroles FROM %s;', g.grantee)
    FROM pg_namespace n, aclexplode(n.nspacl) AS a,
    LATERAL (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END) AS g (grantee)
    WHERE n.nspname = 'kroles' AND a.privilege_type = 'CREATE' AND a.grantee <> n.nspowner
    UNION ALL
    -- (nobody finds a function in pg_temp without naming that)
    SELECT 'danger', 'lookalike_function', p.oid::regprocedure::text,
           format('is named as a function of kroles, and %I owns it: a call without the schema may run it, as whoever calls', o.rolname),
           format('DROP FUNCTION %s; let nobody make objects in schemas on the search paths of others.', p.oid::regprocedure)
    FROM pg_proc p JOIN pg_roles o ON o.oid = p.proowner AND NOT o.rolsuper JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.proname LIKE 'kroles\_%' AND n.nspname NOT LIKE 'pg\_temp\_%' AND EXISTS (
        SELECT FROM pg_proc q JOIN pg_depend d ON (d.classid, d.objid, d.refclassid, d.deptype) = ('pg_proc'::regclass, q.oid, 'pg_extension'::regclass, 'e')
        JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'kroles' WHERE q.proname = p.proname)
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE (d.classid, d.objid, d.deptype) = ('pg_proc'::regclass, p.oid, 'e'))
$$;
COMMENT ON FUNCTION kroles.doctor_privileges() IS 'For kroles_doctor: privileges that row-level security knows nothing of';
REVOKE EXECUTE ON FUNCTION kroles.doctor_privileges() FROM PUBLIC;

-- What the extension gave when it was created is in pg_init_privs. It never gives PUBLIC more than SELECT on a relation;
-- what is there beyond that came by default privileges or by hand.
CREATE FUNCTION kroles.doctor_public() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'warning', 'public_privilege', kroles.qualified_name(c.oid),
           format('everybody has %s on it', string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type)),
           format('REVOKE %s ON %s FROM PUBLIC; kroles_grant_access() gives a role what it needs.',
                  string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type), kroles.qualified_name(c.oid))
    FROM pg_class c, aclexplode(c.relacl) AS a
    WHERE c.relnamespace = 'kroles'::regnamespace AND a.grantee = 0
      AND a.privilege_type NOT IN ('TRUNCATE', 'REFERENCES', 'TRIGGER')
      AND (a.privilege_type <> 'SELECT' OR NOT EXISTS (
          SELECT FROM pg_init_privs i, aclexplode(i.initprivs) AS s
          WHERE (i.classoid, i.objoid, i.objsubid) = ('pg_class'::regclass, c.oid, 0) AND s.grantee = 0 AND s.privilege_type = 'SELECT'))
    GROUP BY c.oid
    UNION ALL
    SELECT 'warning', 'public_privilege', p.oid::regprocedure::text, 'everybody may execute it',
           format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC;', p.oid::regprocedure)
    FROM pg_proc p JOIN pg_init_privs i ON (i.classoid, i.objoid, i.objsubid) = ('pg_proc'::regclass, p.oid, 0),
    aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
    WHERE a.grantee = 0 AND NOT EXISTS (SELECT FROM aclexplode(i.initprivs) AS s WHERE s.grantee = 0)
      AND EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
                  WHERE (d.classid, d.objid, d.refclassid, d.deptype)
                      = ('pg_proc'::regclass, p.oid, 'pg_extension'::regclass, 'e') AND e.extname = 'kroles')
$$;
COMMENT ON FUNCTION kroles.doctor_public() IS 'For kroles_doctor: what PUBLIC may do on kroles''s own objects beyond what the extension gave';
REVOKE EXECUTE ON FUNCTION kroles.doctor_public() FROM PUBLIC;

-- Views and functions that read guarded tables with other rights than their caller's

CREATE FUNCTION kroles.guarded_readers(OUT relation oid, OUT through text) RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE guarded AS MATERIALIZED (SELECT * FROM kroles.guarded_tables()),
    reach (relation, base) AS (
        SELECT g.relation::oid, g.name FROM guarded g
        UNION
        SELECT w.ev_class, r.base
        FROM reach r
        JOIN pg_depend d ON (d.refclassid, d.refobjid, d.classid) = ('pg_class'::regclass, r.relation, 'pg_rewrite'::regclass)
        JOIN pg_rewrite w ON w.oid = d.objid)
    SELECT r.relation, string_agg(r.base, ', ' ORDER BY r.base) FROM reach r
    WHERE r.relation NOT IN (SELECT g.relation FROM guarded g)
    GROUP BY r.relation
$$;
COMMENT ON FUNCTION kroles.guarded_readers() IS
    'Views, materialized views and tables with rules that reach guarded tables, through others too, and which';
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
           format('%s %s with the rights of its owner %I', CASE r.relkind WHEN 'v' THEN 'reads' ELSE 'has a rule that uses' END,
                  r.through, r.owner) || CASE WHEN r.unheld THEN ', whom no policy holds back' ELSE '' END,
           CASE r.relkind WHEN 'v' THEN format('ALTER VIEW %s SET (security_invoker = true);', r.name)
                ELSE 'DROP RULE …; a trigger runs with the rights of whoever changes the row.' END
    FROM readers r
    WHERE r.relkind <> 'm' AND NOT EXISTS (
        SELECT FROM pg_options_to_table(r.reloptions) AS w WHERE w.option_name = 'security_invoker' AND w.option_value::boolean)
    UNION ALL
    SELECT 'danger', 'materialized_view', r.name, format('is a copy of rows of %s, which no policy covers', r.through),
           format('DROP MATERIALIZED VIEW %s; or let only its owner read it.', r.name)
    FROM readers r WHERE r.relkind = 'm'
    UNION ALL
    -- what a function's text reads is not in the catalog, unless it is in the SQL standard's form (BEGIN ATOMIC)
    SELECT CASE WHEN t.names IS NULL THEN 'notice' ELSE 'warning' END, 'definer_function', p.oid::regprocedure::text,
           format('is SECURITY DEFINER and runs as %I, whom no policy holds back: ', o.rolname)
               || coalesce('it uses ' || t.names, 'look whether it uses guarded tables'),
           format('ALTER FUNCTION %1$s SECURITY INVOKER; or OWNER TO a role that policies hold back; or take EXECUTE from whoever need not call it.',
                  p.oid::regprocedure)
    FROM pg_proc p JOIN pg_roles o ON o.oid = p.proowner AND (o.rolsuper OR o.rolbypassrls)
    LEFT JOIN touched t ON t.function = p.oid
    WHERE p.prosecdef
      AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a WHERE a.grantee <> p.proowner)
      AND p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE (d.classid, d.objid, d.deptype) = ('pg_proc'::regclass, p.oid, 'e'))
$$;
COMMENT ON FUNCTION kroles.doctor_readers() IS
    'For kroles_doctor: views and functions that read guarded tables with other rights than their caller''s';
REVOKE EXECUTE ON FUNCTION kroles.doctor_readers() FROM PUBLIC;
