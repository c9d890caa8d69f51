-- kroles_doctor(), continued: the protection itself, who is asking, and the server.

CREATE FUNCTION kroles.doctor_security() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH guarded AS MATERIALIZED (SELECT * FROM kroles.guarded_tables()),
    protected AS MATERIALIZED (SELECT g.relation::oid, g.name FROM guarded g WHERE NOT g.ours)
    SELECT 'danger', 'security_off', g.name, 'row-level security is switched off',
           format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY;', g.name)
    FROM guarded g JOIN pg_class c ON c.oid = g.relation WHERE NOT c.relrowsecurity
    UNION ALL
    SELECT 'warning', 'security_not_forced', g.name,
           format('row-level security is not forced: its owner %I goes past it', pg_get_userbyid(g.owner)),
           format('ALTER TABLE %s FORCE ROW LEVEL SECURITY;', g.name)
    FROM guarded g JOIN pg_class c ON c.oid = g.relation WHERE NOT c.relforcerowsecurity
    UNION ALL
    SELECT CASE WHEN EXISTS (SELECT FROM aclexplode(c.relacl) AS a WHERE a.grantee <> c.relowner) THEN 'danger' ELSE 'warning' END,
           'unprotected_child', kroles.qualified_name(c.oid),
           format('is a %s of the protected table %s and not protected itself: a query of it alone goes past the rules',
                  CASE WHEN c.relispartition THEN 'partition' ELSE 'child' END, p.name),
           'Call kroles_protect() again on the table at the top, as it was called before.'
    FROM protected p JOIN pg_inherits i ON i.inhparent = p.relation JOIN pg_class c ON c.oid = i.inhrelid
    WHERE c.oid NOT IN (SELECT q.relation FROM protected q)
    UNION ALL
    SELECT 'danger', 'unprotected_parent', kroles.qualified_name(i.inhparent),
           format('is not protected, and a query of it shows the rows of the protected table %s', p.name),
           'Call kroles_protect() on the table at the top.'
    FROM protected p JOIN pg_inherits i ON i.inhrelid = p.relation
    WHERE i.inhparent NOT IN (SELECT q.relation FROM protected q)
    UNION ALL
    -- the triggers that tell the caches fire in logical replication too, the others in sessions only
    SELECT 'danger', 'disabled_trigger', g.name,
           format('trigger %I, which holds a rule, is not enabled as it was shipped', coalesce(k.conname, t.tgname)),
           format('ALTER TABLE %s ENABLE %sTRIGGER %I;', g.name, CASE f.shipped WHEN 'A' THEN 'ALWAYS ' ELSE '' END, t.tgname)
    FROM guarded g JOIN pg_trigger t ON t.tgrelid = g.relation
    LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint AND t.tgisinternal,
    LATERAL (SELECT CASE WHEN t.tgfoid = 'kroles.track()'::regprocedure THEN 'A' ELSE 'O' END) AS f (shipped)
    WHERE g.ours AND t.tgenabled <> f.shipped::"char" AND (f.shipped <> 'O' OR t.tgenabled <> 'A')
$$;
COMMENT ON FUNCTION kroles.doctor_security() IS 'For kroles_doctor: row-level security and triggers that are not as they should be';
REVOKE EXECUTE ON FUNCTION kroles.doctor_security() FROM PUBLIC;

-- A permissive policy lets rows through that all others would hold back. Of kroles's own tables every policy is named
-- after its command, and asks the extension except where everybody reads the table.
CREATE FUNCTION kroles.doctor_policies() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH guarded AS MATERIALIZED (
        SELECT t.*, p.* FROM kroles.guarded_tables() t JOIN pg_policy p ON p.polrelid = t.relation AND p.polpermissive),
    made AS MATERIALIZED (SELECT * FROM kroles.protection_policies())
    SELECT CASE WHEN g.ours THEN 'danger' ELSE 'warning' END, 'further_policy', g.name,
           format('policy %I is permissive and not kroles''s: rows that it lets through, kroles can''t hold back', g.polname),
           format('DROP POLICY %I ON %s; or make it restrictive.', g.polname, g.name)
               || CASE WHEN g.ours THEN '' ELSE ' Leave it where that is what you want.' END
    FROM guarded g
    WHERE CASE WHEN g.ours THEN (g.polname, g.polcmd) NOT IN (('read', 'r'), ('add', 'a'), ('change', 'w'), ('remove', 'd'))
          ELSE g.oid NOT IN (SELECT m.policy FROM made m) END
    UNION ALL
    SELECT 'danger', 'altered_policy', g.name,
           format('policy %I is not as it was shipped: it does not ask the extension', g.polname),
           'Make it again as it stands in the extension''s script.'
    FROM guarded g
    WHERE g.ours AND (g.polname, g.polcmd) IN (('read', 'r'), ('add', 'a'), ('change', 'w'), ('remove', 'd'))
      AND NOT EXISTS (
          SELECT FROM pg_depend d JOIN pg_depend e ON (e.classid, e.objid, e.deptype) = (d.refclassid, d.refobjid, 'e')
          WHERE (d.classid, d.objid, d.refclassid) = ('pg_policy'::regclass, g.oid, 'pg_proc'::regclass))
      AND NOT (g.polcmd = 'r' AND EXISTS (
          SELECT FROM pg_init_privs i, aclexplode(i.initprivs) AS s
          WHERE (i.classoid, i.objoid, i.objsubid) = ('pg_class'::regclass, g.relation, 0)
            AND s.grantee = 0 AND s.privilege_type = 'SELECT'))
    UNION ALL
    SELECT 'danger', 'altered_policy', kroles.qualified_name(m.relation),
           format('policy %I is not as kroles_protect() made it', m.name),
           'Call kroles_protect() again as it was called before.'
    FROM made m WHERE NOT m.as_made
    UNION ALL
    SELECT 'warning', 'missing_policy', kroles.qualified_name(m.relation),
           'not every command has its policy: what has none is allowed to nobody',
           'Call kroles_protect() again as it was called before.'
    FROM made m GROUP BY m.relation HAVING count(*) < 4
$$;
COMMENT ON FUNCTION kroles.doctor_policies() IS 'For kroles_doctor: policies on guarded tables that are not kroles''s, or not as they were made';
REVOKE EXECUTE ON FUNCTION kroles.doctor_policies() FROM PUBLIC;

-- Who is asking

CREATE FUNCTION kroles.doctor_identity() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'warning', CASE WHEN k.expires_at <= statement_timestamp() THEN 'expired_key' ELSE 'expiring_key' END,
           format('kroles.signing_keys %L', k.kid),
           format(CASE WHEN k.expires_at <= statement_timestamp() THEN 'expired on %s: tokens that name it are refused'
                       ELSE 'expires on %s: tokens that name it are refused from then on' END, to_char(k.expires_at, 'YYYY-MM-DD')),
           'Add a key with a new kid, let the issuer sign with it, then delete this one.'
    FROM kroles.signing_keys k WHERE k.expires_at < statement_timestamp() + interval '30 days'
    UNION ALL
    SELECT 'notice', 'no_identity', 'kroles.signing_keys',
           'there is no signing key, no gateway and no user with a db_role: everybody is anonymous',
           'Add the key your tokens are verified with, or call kroles_trust_gateway().'
    WHERE NOT EXISTS (SELECT FROM kroles.signing_keys k) AND NOT EXISTS (SELECT FROM kroles.gateways g)
      AND NOT EXISTS (SELECT FROM kroles.users u WHERE u.db_role IS NOT NULL)
    UNION ALL
    SELECT 'warning', 'missing_role', format('kroles.gateways %L', g.role),
           'no role has that name any more: whoever is given it can say to be anybody',
           format('SELECT kroles_distrust_gateway(%L);', g.role)
    FROM kroles.gateways g WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = g.role)
    UNION ALL
    SELECT 'danger', 'bypassing_gateway', format('kroles.gateways %L', g.role),
           'row-level security does not hold that role back, whoever it says is asking',
           format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS; or name another role as the gateway.', g.role)
    FROM kroles.gateways g JOIN pg_roles r ON r.rolname = g.role WHERE r.rolsuper OR r.rolbypassrls
    UNION ALL
    SELECT 'warning', 'missing_role', format('kroles.users %L', u.login),
           format('db_role is %L, and no role has that name: whoever is given it is this person', u.db_role),
           format('UPDATE kroles.users SET db_role = NULL WHERE id = %s;', u.id)
    FROM kroles.users u WHERE u.db_role IS NOT NULL AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = u.db_role)
    UNION ALL
    SELECT 'danger', 'bypassing_person', format('kroles.users %L', u.login),
           format('db_role is %L, which row-level security does not hold back: the tables show this person everything', u.db_role),
           format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS; administrator = true in kroles.users if the person runs the site.', u.db_role)
    FROM kroles.users u JOIN pg_roles r ON r.rolname = u.db_role WHERE r.rolsuper OR r.rolbypassrls
$$;
COMMENT ON FUNCTION kroles.doctor_identity() IS 'For kroles_doctor: keys, gateways and login roles that say who is asking';
REVOKE EXECUTE ON FUNCTION kroles.doctor_identity() FROM PUBLIC;

-- Events that nobody runs: made by a session without a person, or what TRUNCATE left.

CREATE FUNCTION kroles.doctor_events() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'warning', 'event_without_organizer', format('kroles.events %s', e.id),
           format('event "%s" has no organizer who is a user of their own and not blocked: where no group organizes it, only administrators can change it', e.name),
           format('INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (%s, …, ''organizer'');', e.id)
    FROM kroles.events e
    WHERE NOT EXISTS (SELECT FROM kroles.event_participants p JOIN kroles.users u ON u.id = p.user_id
                      WHERE p.event_id = e.id AND p.role = 'organizer' AND NOT u.blocked
                        AND NOT EXISTS (SELECT FROM kroles.user_blocks b WHERE b.user_id = u.id))
$$;
COMMENT ON FUNCTION kroles.doctor_events() IS 'For kroles_doctor: events without an organizer';
REVOKE EXECUTE ON FUNCTION kroles.doctor_events() FROM PUBLIC;

-- The server

-- The newest minor releases that were known when this version of kroles was made; brought up to date with every release.
CREATE FUNCTION kroles.newer_minor(server_version_num integer) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('%s.%s', k.major, k.minor) FROM (VALUES (15, 20), (16, 15), (17, 11), (18, 5)) AS k (major, minor)
    WHERE k.major = server_version_num / 10000 AND k.minor > server_version_num % 10000
$$;
COMMENT ON FUNCTION kroles.newer_minor(integer) IS
    'The newest minor release of that major version known when this kroles was made, if it is newer than that; a yet newer one may have come since';
REVOKE EXECUTE ON FUNCTION kroles.newer_minor(integer) FROM PUBLIC;

CREATE FUNCTION kroles.judge_setting(setting text, value text, OUT severity text, OUT weakness text)
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT j.severity, j.weakness FROM (VALUES
        ('row_security', lower(value) IN ('off', 'false', 'no', '0'), 'warning',
            'row_security is off: queries end in errors where a policy would hold rows back, and of whoever bypasses row-level security every row is taken for one from a dump, which the rules of the data let pass'),
        ('session_replication_role', lower(value) <> 'origin', 'danger',
            'session_replication_role is not origin: the triggers that hold the rules, and foreign keys, do not fire'),
        ('request.jwt.claims', true, 'danger',
            'request.jwt.claims is set: in a gateway''s sessions that says who is asking until something else is said'),
        ('kroles.token', true, 'warning',
            'kroles.token is set: only a session can state an identity, so it is refused, but somebody meant it to count'),
        ('kroles.user', true, 'warning',
            'kroles.user is set: only a session can state an identity, so it is refused, but somebody meant it to count')
    ) AS j (setting, harmful, severity, weakness)
    WHERE j.setting = lower($1) AND j.harmful AND value <> ''
$$;
COMMENT ON FUNCTION kroles.judge_setting(text, text) IS 'What is wrong with a setting that sessions start with; NULL where nothing is';
REVOKE EXECUTE ON FUNCTION kroles.judge_setting(text, text) FROM PUBLIC;

CREATE FUNCTION kroles.doctor_server() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT j.severity, 'harmful_setting', w.whom, 'in sessions that start so, ' || j.weakness,
           format('ALTER %s RESET %s;', w.alter, replace(s.name, 'kroles.user', 'kroles."user"'))
    FROM pg_db_role_setting d LEFT JOIN pg_roles r ON r.oid = d.setrole LEFT JOIN pg_database b ON b.oid = d.setdatabase,
    unnest(d.setconfig) AS c (line),
    LATERAL (SELECT split_part(c.line, '=', 1), substr(c.line, strpos(c.line, '=') + 1)) AS s (name, value),
    LATERAL (SELECT CASE WHEN d.setrole = 0 THEN format('database %I', b.datname) ELSE format('role %I', r.rolname) END,
                    CASE WHEN d.setrole = 0 THEN format('DATABASE %I', b.datname)
                         ELSE format('ROLE %I', r.rolname) || coalesce(' IN DATABASE ' || quote_ident(b.datname), '') END) AS w (whom, alter),
    kroles.judge_setting(s.name, s.value) AS j
    WHERE d.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())) AND j.severity IS NOT NULL
    UNION ALL
    SELECT j.severity, 'harmful_setting', 'server', 'in all sessions, ' || j.weakness,
           format('Take it out of %s.', coalesce(s.sourcefile, 'the server''s options'))
    FROM pg_settings s, kroles.judge_setting(s.name, s.setting) AS j
    WHERE s.source IN ('configuration file', 'command line', 'environment variable') AND j.severity IS NOT NULL
    UNION ALL
    SELECT 'warning', 'outdated_server', 'PostgreSQL ' || current_setting('server_version'),
           format('when this kroles was made, %s was the newest minor release known of this major version; they close holes', n.newer),
           'Install the newest minor release; see www.postgresql.org/support/security.'
    FROM kroles.newer_minor(current_setting('server_version_num')::integer) AS n (newer) WHERE n.newer IS NOT NULL
    UNION ALL
    SELECT 'warning', 'outdated_extension', 'kroles ' || a.installed_version,
           format('version %s is installed on this server', a.default_version), 'ALTER EXTENSION kroles UPDATE;'
    FROM pg_available_extensions a WHERE a.name = 'kroles' AND a.installed_version <> a.default_version
$$;
COMMENT ON FUNCTION kroles.doctor_server() IS 'For kroles_doctor: settings that sessions start with, and versions';
REVOKE EXECUTE ON FUNCTION kroles.doctor_server() FROM PUBLIC;

-- Runs as the owner of the extension: whoever saw only some of the rows would take few findings for few weaknesses.
CREATE FUNCTION @extschema@.kroles_doctor() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT w.* FROM (
        SELECT * FROM kroles.doctor_roles() UNION ALL SELECT * FROM kroles.doctor_privileges()
        UNION ALL SELECT * FROM kroles.doctor_public() UNION ALL SELECT * FROM kroles.doctor_readers()
        UNION ALL SELECT * FROM kroles.doctor_security() UNION ALL SELECT * FROM kroles.doctor_policies()
        UNION ALL SELECT * FROM kroles.doctor_identity() UNION ALL SELECT * FROM kroles.doctor_events() UNION ALL SELECT * FROM kroles.doctor_server()) AS w
    ORDER BY array_position('{danger, warning, notice}', w.severity), w.finding, w.subject COLLATE "C", w.weakness COLLATE "C"
$$;
COMMENT ON FUNCTION @extschema@.kroles_doctor() IS
    'A row a weakness found in this database, with what to do about it; danger first. It sees what the catalog shows: not what the text of a function does, nor what happens outside the database. As it tells an attacker where to look, only the owner of the extension may execute it; grant that to the role that watches the database, not to an application';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_doctor() FROM PUBLIC;
