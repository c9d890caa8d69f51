-- kroles_doctor(), continued: checks of row-level security, triggers and policies, of identity, of events and of the server.

CREATE FUNCTION kroles.doctor_security() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH guarded AS MATERIALIZED (SELECT * FROM kroles.guarded_tables()),
    protected AS MATERIALIZED (SELECT g.relation::oid, g.name FROM guarded g WHERE NOT g.ours)
    SELECT 'danger', 'security_off', g.name, 'row-level security is disabled',
           format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY;', g.name)
    FROM guarded g JOIN pg_class c ON c.oid = g.relation WHERE NOT c.relrowsecurity
    UNION ALL
    SELECT 'warning', 'security_not_forced', g.name,
           format('row-level security is not forced: it does not apply to the owner %I', pg_get_userbyid(g.owner)),
           format('ALTER TABLE %s FORCE ROW LEVEL SECURITY;', g.name)
    FROM guarded g JOIN pg_class c ON c.oid = g.relation WHERE NOT c.relforcerowsecurity
    UNION ALL
    SELECT CASE WHEN EXISTS (SELECT FROM aclexplode(c.relacl) AS a WHERE a.grantee <> c.relowner) THEN 'danger' ELSE 'warning' END,
           'unprotected_child', kroles.qualified_name(c.oid),
           format('is a %s of the protected table %s and not protected itself: queries of it alone are not subject to the policies',
                  CASE WHEN c.relispartition THEN 'partition' ELSE 'child' END, p.name),
           'Call kroles_protect() again for the root table with the same arguments.'
    FROM protected p JOIN pg_inherits i ON i.inhparent = p.relation JOIN pg_class c ON c.oid = i.inhrelid
    WHERE c.oid NOT IN (SELECT q.relation FROM protected q)
    UNION ALL
    SELECT 'danger', 'unprotected_parent', kroles.qualified_name(i.inhparent),
           format('is not protected, and queries of it show the rows of the protected table %s', p.name),
           'Call kroles_protect() for the root table.'
    FROM protected p JOIN pg_inherits i ON i.inhrelid = p.relation
    WHERE i.inhparent NOT IN (SELECT q.relation FROM protected q)
    UNION ALL
    -- the triggers that invalidate caches fire in logical replication too, the others in sessions only
    SELECT 'danger', 'disabled_trigger', g.name,
           format('trigger %I, which enforces a rule, is not enabled as shipped', coalesce(k.conname, t.tgname)),
           format('ALTER TABLE %s ENABLE %sTRIGGER %I;', g.name, CASE f.shipped WHEN 'A' THEN 'ALWAYS ' ELSE '' END, t.tgname)
    FROM guarded g JOIN pg_trigger t ON t.tgrelid = g.relation
    LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint AND t.tgisinternal,
    LATERAL (SELECT CASE WHEN t.tgfoid = 'kroles.track()'::regprocedure THEN 'A' ELSE 'O' END) AS f (shipped)
    WHERE g.ours AND t.tgenabled <> f.shipped::"char" AND (f.shipped <> 'O' OR t.tgenabled <> 'A')
      -- a site's own triggers are its own business
      AND (t.tgisinternal OR EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'kroles'
                                     WHERE (d.classid, d.objid, d.refclassid, d.deptype) = ('pg_proc'::regclass, t.tgfoid, 'pg_extension'::regclass, 'e')))
    UNION ALL
    SELECT 'danger', 'altered_trigger', format('kroles.%I', s.relation),
           format('trigger %I was altered: it does not call a function of the extension', t.tgname),
           'Create it again, as in a new database.'
    FROM kroles.shipped_objects() s JOIN pg_trigger t ON t.tgrelid = to_regclass(format('kroles.%I', s.relation)) AND t.tgname = ANY (s.triggers)
    WHERE NOT EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'kroles'
                      WHERE (d.classid, d.objid, d.refclassid, d.deptype) = ('pg_proc'::regclass, t.tgfoid, 'pg_extension'::regclass, 'e'))
    UNION ALL
    -- (PostgreSQL 18 and later have the column conenforced; a constraint that is not enforced is not validated either)
    SELECT CASE WHEN k.contype = 'f' AND e.off THEN 'danger' ELSE 'warning' END,
           CASE WHEN e.off THEN 'unenforced_constraint' ELSE 'unvalidated_constraint' END, g.name,
           format('constraint %I ', k.conname) || CASE
               WHEN k.contype = 'f' AND e.off THEN 'is not enforced: rows may refer to what does not exist, and stay when it is deleted'
               WHEN e.off THEN 'is not enforced: rows may break it'
               ELSE 'is not validated: rows that were there before it may break it' END,
           CASE WHEN NOT e.off THEN format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', g.name, k.conname)
                WHEN k.contype = 'f' THEN format('ALTER TABLE %s ALTER CONSTRAINT %I ENFORCED;', g.name, k.conname)
                ELSE 'Drop it and create it again without NOT ENFORCED.' END
    FROM guarded g JOIN pg_constraint k ON k.conrelid = g.relation,
    LATERAL (SELECT coalesce(to_jsonb(k) ->> 'conenforced' = 'false', false)) AS e (off)
    WHERE g.ours AND NOT k.convalidated
$$;
COMMENT ON FUNCTION kroles.doctor_security() IS
    'For kroles_doctor: row-level security and triggers that are disabled or altered, and constraints that are not enforced or not validated';
REVOKE EXECUTE ON FUNCTION kroles.doctor_security() FROM PUBLIC;

-- A permissive policy allows rows whatever the other ones say. On tables of kroles every policy is named after its command, and
-- calls a function of the extension unless PUBLIC reads the table.
CREATE FUNCTION kroles.doctor_policies() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH guarded AS MATERIALIZED (
        SELECT t.*, p.* FROM kroles.guarded_tables() t JOIN pg_policy p ON p.polrelid = t.relation AND p.polpermissive),
    made AS MATERIALIZED (SELECT * FROM kroles.protection_policies())
    SELECT CASE WHEN g.ours THEN 'danger' ELSE 'warning' END, 'further_policy', g.name,
           format('policy %I is permissive and does not belong to kroles: it allows rows that the policies of kroles do not', g.polname),
           format('DROP POLICY %I ON %s; or make it restrictive.', g.polname, g.name)
               || CASE WHEN g.ours THEN '' ELSE ' Keep it if that is intended.' END
    FROM guarded g
    WHERE CASE WHEN g.ours THEN (g.polname, g.polcmd) NOT IN (('read', 'r'), ('add', 'a'), ('change', 'w'), ('remove', 'd'))
          ELSE g.oid NOT IN (SELECT m.policy FROM made m) END
    UNION ALL
    SELECT 'danger', 'altered_policy', g.name,
           format('policy %I was altered: it does not call a function of the extension', g.polname),
           'Create it again as in the script of the extension.'
    FROM guarded g
    WHERE g.ours AND (g.polname, g.polcmd) IN (('read', 'r'), ('add', 'a'), ('change', 'w'), ('remove', 'd'))
      AND NOT EXISTS (
          SELECT FROM pg_depend d JOIN pg_depend e ON (e.classid, e.objid, e.deptype) = (d.refclassid, d.refobjid, 'e')
          WHERE (d.classid, d.objid, d.refclassid) = ('pg_policy'::regclass, g.oid, 'pg_proc'::regclass))
      AND NOT (g.polcmd = 'r' AND kroles.is_public(g.relation))
    UNION ALL
    SELECT 'danger', 'altered_policy', kroles.qualified_name(m.relation),
           format('policy %I was altered after kroles_protect() created it', m.name),
           'Call kroles_protect() again with the same arguments.'
    FROM made m WHERE NOT m.as_made
    UNION ALL
    SELECT 'warning', 'missing_policy', kroles.qualified_name(m.relation),
           'some commands have no policy, so that no role can use them',
           'Call kroles_protect() again with the same arguments.'
    FROM made m GROUP BY m.relation HAVING count(*) < 4
$$;
COMMENT ON FUNCTION kroles.doctor_policies() IS 'For kroles_doctor: policies on protected tables that do not belong to kroles or were altered';
REVOKE EXECUTE ON FUNCTION kroles.doctor_policies() FROM PUBLIC;

-- Identity

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
           'there is no signing key, no gateway and no user with a db_role, so that every session is anonymous',
           'Add the key that verifies your tokens, or call kroles_trust_gateway().'
    WHERE NOT EXISTS (SELECT FROM kroles.signing_keys k) AND NOT EXISTS (SELECT FROM kroles.gateways g)
      AND NOT EXISTS (SELECT FROM kroles.users u WHERE u.db_role IS NOT NULL)
    UNION ALL
    SELECT 'warning', 'missing_role', format('kroles.gateways %L', g.role),
           'the role does not exist: a new role with that name could act as any user',
           format('SELECT kroles_distrust_gateway(%L);', g.role)
    FROM kroles.gateways g WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = g.role)
    UNION ALL
    SELECT 'danger', 'bypassing_gateway', format('kroles.gateways %L', g.role),
           'row-level security does not apply to that role, whatever identity it states',
           format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS; or name another role as the gateway.', g.role)
    FROM kroles.gateways g JOIN pg_roles r ON r.rolname = g.role WHERE r.rolsuper OR r.rolbypassrls
    UNION ALL
    SELECT 'warning', 'missing_role', format('kroles.users %L', u.login),
           format('db_role is %L, which does not exist: a new role with that name would act as this user', u.db_role),
           format('UPDATE kroles.users SET db_role = NULL WHERE id = %s;', u.id)
    FROM kroles.users u WHERE u.db_role IS NOT NULL AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = u.db_role)
    UNION ALL
    SELECT 'danger', 'bypassing_person', format('kroles.users %L', u.login),
           format('db_role is %L, to which row-level security does not apply: this user sees all rows', u.db_role),
           format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS; for an administrator of the site, set administrator in kroles.users.', u.db_role)
    FROM kroles.users u JOIN pg_roles r ON r.rolname = u.db_role WHERE r.rolsuper OR r.rolbypassrls
$$;
COMMENT ON FUNCTION kroles.doctor_identity() IS 'For kroles_doctor: signing keys, gateways and login roles of users';
REVOKE EXECUTE ON FUNCTION kroles.doctor_identity() FROM PUBLIC;

-- Events without an organizer, created by a session without a user, or left by TRUNCATE.

CREATE FUNCTION kroles.doctor_events() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'warning', 'event_without_organizer', format('kroles.events %s', e.id),
           format('event "%s" has no organizer who is a user, not a group, and not blocked: unless a group organizes it, only administrators can change it', e.name),
           format('INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (%s, …, ''organizer'');', e.id)
    FROM kroles.events e
    WHERE NOT EXISTS (SELECT FROM kroles.event_participants p JOIN kroles.users u ON u.id = p.user_id
                      WHERE p.event_id = e.id AND p.role = 'organizer' AND NOT u.blocked
                        AND NOT EXISTS (SELECT FROM kroles.user_blocks b WHERE b.user_id = u.id))
$$;
COMMENT ON FUNCTION kroles.doctor_events() IS 'For kroles_doctor: events without an organizer';
REVOKE EXECUTE ON FUNCTION kroles.doctor_events() FROM PUBLIC;

-- The server

-- The newest minor releases known when this version of kroles was released; updated with every release.
CREATE FUNCTION kroles.newer_minor(server_version_num integer) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('%s.%s', k.major, k.minor) FROM (VALUES (15, 20), (16, 15), (17, 12), (18, 6)) AS k (major, minor)
    WHERE k.major = server_version_num / 10000 AND k.minor > server_version_num % 10000
$$;
COMMENT ON FUNCTION kroles.newer_minor(integer) IS
    'The newest minor release of the major version known when this version of kroles was released, if it is newer than the given version; later ones may exist';
REVOKE EXECUTE ON FUNCTION kroles.newer_minor(integer) FROM PUBLIC;

CREATE FUNCTION kroles.judge_setting(setting text, value text, OUT severity text, OUT weakness text)
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT j.severity, j.weakness FROM (VALUES
        ('row_security', lower(value) IN ('off', 'false', 'no', '0'), 'warning',
            'row_security is off: queries fail where a policy would hide rows, and rows that are written past row-level security are treated as restored from a dump, so that guards do not check them'),
        ('session_replication_role', lower(value) <> 'origin', 'danger',
            'session_replication_role is not origin: the triggers that enforce rules and foreign keys do not fire'),
        ('request.jwt.claims', true, 'danger',
            'request.jwt.claims is set: in sessions of a gateway it states the current user until another value is set'),
        ('kroles.token', true, 'warning',
            'kroles.token is set: it is refused, because only a session itself can state its identity, but it was probably set on purpose'),
        ('kroles.user', true, 'warning',
            'kroles.user is set: it is refused, because only a session itself can state its identity, but it was probably set on purpose')
    ) AS j (setting, harmful, severity, weakness)
    WHERE j.setting = lower($1) AND j.harmful AND value <> ''
$$;
COMMENT ON FUNCTION kroles.judge_setting(text, text) IS 'The weakness that an initial setting of sessions causes; NULL for none';
REVOKE EXECUTE ON FUNCTION kroles.judge_setting(text, text) FROM PUBLIC;

CREATE FUNCTION kroles.doctor_server() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT j.severity, 'harmful_setting', w.whom, 'in the sessions concerned, ' || j.weakness,
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
           format('Remove it from %s.', coalesce(s.sourcefile, 'the server''s options'))
    FROM pg_settings s, kroles.judge_setting(s.name, s.setting) AS j
    WHERE s.source IN ('configuration file', 'command line', 'environment variable') AND j.severity IS NOT NULL
    UNION ALL
    SELECT 'warning', 'outdated_server', 'PostgreSQL ' || current_setting('server_version'),
           format('minor release %s of this major version exists; minor releases fix vulnerabilities', n.newer),
           'Install the newest minor release; see www.postgresql.org/support/security.'
    FROM kroles.newer_minor(current_setting('server_version_num')::integer) AS n (newer) WHERE n.newer IS NOT NULL
    UNION ALL
    SELECT 'warning', 'outdated_extension', 'kroles ' || a.installed_version,
           format('version %s is available on this server', a.default_version), 'ALTER EXTENSION kroles UPDATE;'
    FROM pg_available_extensions a WHERE a.name = 'kroles' AND a.installed_version <> a.default_version
$$;
COMMENT ON FUNCTION kroles.doctor_server() IS 'For kroles_doctor: initial settings of sessions, and versions';
REVOKE EXECUTE ON FUNCTION kroles.doctor_server() FROM PUBLIC;

-- Runs as the owner of the extension, because a caller who saw only some rows would get an incomplete report. Where tables are
-- missing, nothing else can be found out.
CREATE FUNCTION @extschema@.kroles_doctor() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH installation AS MATERIALIZED (SELECT * FROM kroles.doctor_installation()),
    rules AS (
        SELECT * FROM kroles.doctor_roles() UNION ALL SELECT * FROM kroles.doctor_privileges()
        UNION ALL SELECT * FROM kroles.doctor_public() UNION ALL SELECT * FROM kroles.doctor_readers()
        UNION ALL SELECT * FROM kroles.doctor_referring()
        UNION ALL SELECT * FROM kroles.doctor_security() UNION ALL SELECT * FROM kroles.doctor_policies()
        UNION ALL SELECT * FROM kroles.doctor_identity() UNION ALL SELECT * FROM kroles.doctor_events() UNION ALL SELECT * FROM kroles.doctor_server()
        UNION ALL SELECT * FROM kroles.doctor_users() UNION ALL SELECT * FROM kroles.doctor_auditors() UNION ALL SELECT * FROM kroles.doctor_subscriptions() UNION ALL SELECT * FROM kroles.doctor_heartbeat())
    SELECT w.* FROM (
        SELECT * FROM installation
        UNION ALL SELECT * FROM rules WHERE (SELECT count(*) FROM installation i WHERE i.finding = 'missing_table') = 0) AS w
    ORDER BY array_position('{danger, warning, notice}', w.severity), w.finding, w.subject COLLATE "C", w.weakness COLLATE "C"
$$;
COMMENT ON FUNCTION @extschema@.kroles_doctor() IS
    'The weaknesses in this database with their remedies, one row for each; danger first. It reads the catalog: it does not analyze the bodies of functions, nor anything outside the database. As the report helps an attacker, only the owner of the extension may execute it; grant EXECUTE to a role that monitors the database, not to an application';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_doctor() FROM PUBLIC;
