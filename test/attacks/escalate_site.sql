-- Privilege escalation through the site's own tables: settings, matrices, rights, keys, gateways, the audit log; and the
-- functions that give access.
\set name kroles_escalate_site
\ir lib/campus.psql
SELECT * FROM no_plan();
INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('one', 'HS256', repeat('secret', 8));

CREATE FUNCTION campus.people() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT unnest('{owner, manager, moderator, trusted, viewer, blocked, NULL}'::text[])
$$;

-- ---- Settings and matrices ----
SELECT campus.tries_update(who, 'no row', 'lets anonymous browse', 'kroles.settings', 'allow_anonymous = true', 't.only_row')
FROM campus.people() AS who;
SELECT campus.tries_update(who, 'no row', 'lets everyone have everything', 'kroles.ceiling_rights', 'allowed = true', 't.kind = ''media''')
FROM campus.people() AS who;
SELECT campus.tries_update(who, 'no row', 'opens private channels', 'kroles.baseline_rights', 'allowed = true', '(t.type, t.action) = (''private'', ''view'')')
FROM campus.people() AS who;
SELECT campus.tries_update(who, 'no row', 'makes members managers', 'kroles.role_rights', 'allowed = true', '(t.kind, t.role) = (''channel'', ''member'')')
FROM campus.people() AS who;
SELECT campus.tries_insert(who, '42501', 'adds a cell', 'kroles.role_rights', 'kind, role, action, allowed, shipped', '''channel'', ''member'', ''manage'', true, true')
FROM unnest('{owner, administrator, NULL}'::text[]) AS who;
SELECT campus.tries_insert(who, '42501', 'adds settings', 'kroles.settings', 'allow_anonymous', 'true') FROM unnest('{owner, administrator, NULL}'::text[]) AS who;
SELECT campus.tries_delete(who, '42501', 'deletes ' || target, target, 'true')
FROM unnest('{owner, administrator, NULL}'::text[]) AS who, unnest('{kroles.settings, kroles.baseline_rights, kroles.role_rights, kroles.ceiling_rights, kroles.rights}'::regclass[]) AS target;
SELECT campus.tries_update(who, '42501', 'changes which rights exist', 'kroles.rights', 'summary = true', 't.kind = ''media''')
FROM unnest('{owner, administrator, NULL}'::text[]) AS who;
SELECT campus.tries_update('administrator', '42501', 'changes what a cell is about', 'kroles.role_rights', 'role = ''manager''', '(t.kind, t.role, t.action) = (''channel'', ''member'', ''view'')');
SELECT campus.tries_update('administrator', '42501', 'changes what was shipped', 'kroles.role_rights', 'shipped = NOT shipped', '(t.kind, t.role, t.action) = (''channel'', ''member'', ''view'')');
SELECT campus.may('administrator', '1 row', 'lets anonymous browse', 'UPDATE kroles.settings SET allow_anonymous = true');
SELECT campus.may('administrator', '1 row', 'lets members contribute', 'UPDATE kroles.role_rights SET allowed = true WHERE (kind, role, action) = (''channel'', ''member'', ''contribute'')');

-- ---- Keys and gateways: only a role that bypasses row security writes them ----
SELECT campus.tries(who, '42501', 'reads the keys', 'SELECT key FROM kroles.signing_keys') FROM unnest('{owner, administrator, NULL}'::text[]) AS who;
SELECT campus.tries(who, '42501', 'reads the keys as whole rows', 'SELECT k::text FROM kroles.signing_keys AS k') FROM unnest('{owner, administrator, NULL}'::text[]) AS who;
SELECT campus.tries('administrator', '42501', 'guesses at the keys', 'SELECT kid FROM kroles.signing_keys WHERE key LIKE ''s%''');
SELECT campus.tries('administrator', '42501', 'orders by the keys', 'SELECT kid FROM kroles.signing_keys ORDER BY key');
SELECT campus.tries('administrator', '42501', 'joins on the keys', 'SELECT kid FROM kroles.signing_keys JOIN (VALUES (''x'')) AS v (key) USING (key)');
SELECT campus.tries('administrator', '42501', 'turns the keys into XML', 'SELECT query_to_xml(''TABLE kroles.signing_keys'', true, true, '''')::text');
SELECT campus.tries('administrator', '42501', 'turns the keys into XML as a table', 'SELECT table_to_xml(''kroles.signing_keys'', true, true, '''')::text');
SELECT campus.tries('administrator', 'no row', 'looks for keys in statistics', 'SELECT most_common_vals::text FROM pg_stats WHERE tablename = ''signing_keys''');
SELECT campus.tries('administrator', 'no row', 'looks for keys in the audit log', 'SELECT 1 FROM kroles.audit_log AS a WHERE a::text LIKE ''%secretsecret%''');
SELECT campus.tries(who, 'no row', 'lists the keys', 'SELECT kid FROM kroles.signing_keys') FROM campus.people() AS who;
SELECT campus.may('administrator', 'one', 'lists the keys', 'SELECT kid FROM kroles.signing_keys');
SELECT campus.tries_insert(who, '42501', 'adds a key', 'kroles.signing_keys', 'kid, algorithm, key', '''mine'', ''HS256'', repeat(''x'', 32)')
FROM unnest('{owner, administrator, NULL}'::text[]) AS who;
SELECT campus.tries_update(who, '42501', 'changes a key', 'kroles.signing_keys', 'key = repeat(''x'', 32)', 't.kid = ''one''') FROM unnest('{owner, administrator, NULL}'::text[]) AS who;
SELECT campus.tries_update(who, '42501', 'prolongs a key', 'kroles.signing_keys', 'expires_at = NULL', 'true') FROM unnest('{owner, administrator, NULL}'::text[]) AS who;
SELECT campus.tries_delete(who, '42501', 'removes a key', 'kroles.signing_keys', 'true') FROM unnest('{owner, administrator, NULL}'::text[]) AS who;
SELECT campus.tries_insert(who, '42501', 'makes a gateway', 'kroles.gateways', 'role', '''postgres''') FROM unnest('{owner, administrator, NULL}'::text[]) AS who;
SELECT campus.tries_update(who, '42501', 'makes another role the gateway', 'kroles.gateways', 'role = ''postgres''', 'true') FROM unnest('{owner, administrator, NULL}'::text[]) AS who;
SELECT campus.tries_delete(who, '42501', 'removes a gateway', 'kroles.gateways', 'true') FROM unnest('{owner, administrator, NULL}'::text[]) AS who;
SELECT campus.tries(who, 'no row', 'lists the gateways', 'SELECT role FROM kroles.gateways') FROM campus.people() AS who;
SELECT campus.may('administrator', 'campus_gateway', 'lists the gateways', 'SELECT role FROM kroles.gateways');

SELECT campus.tries(who, '42501', 'calls ' || call, 'SELECT ' || call)
FROM unnest('{owner, administrator, NULL}'::text[]) AS who,
     unnest(ARRAY['kroles_trust_gateway(''pg_monitor'')', 'kroles_distrust_gateway(''campus_gateway'')', 'kroles_grant_access(''campus_gateway'')',
        'kroles_revoke_access(''campus_gateway'')', 'kroles.set_access(''campus_gateway'', true)']) AS call;
-- trigger functions do nothing but as triggers
SELECT campus.tries('administrator', '42501', 'calls ' || oid::regprocedure, 'SELECT ' || oid::regprocedure)
FROM pg_proc WHERE pronamespace = 'kroles'::regnamespace AND prorettype = 'trigger'::regtype ORDER BY proname;

-- ---- The audit log ----
SELECT campus.tries_insert(who, '42501', 'writes the audit log', 'kroles.audit_log', 'db_role, operation, relation, object_kind', '''postgres'', ''INSERT'', ''kroles.users'', ''user''')
FROM unnest('{owner, administrator, NULL}'::text[]) AS who;
SELECT campus.tries_update(who, '42501', 'changes the audit log', 'kroles.audit_log', 'actor = 18', 'true') FROM unnest('{owner, administrator, NULL}'::text[]) AS who;
SELECT campus.tries_delete(who, '42501', 'cleans the audit log', 'kroles.audit_log', 'true') FROM unnest('{owner, administrator, NULL}'::text[]) AS who;
SELECT campus.tries('administrator', '42501', 'truncates the audit log', 'TRUNCATE kroles.audit_log');
SELECT campus.tries('administrator', '42501', 'winds the audit log''s ids on', 'SELECT setval(''kroles.audit_log_id_seq'', 1)');
SELECT campus.tries('administrator', '42501', 'drops the trigger that logs', 'DROP TRIGGER audit_insert ON kroles.users');
SELECT campus.tries('administrator', '42501', 'switches the trigger that logs off', 'ALTER TABLE kroles.users DISABLE TRIGGER audit_insert');
SELECT campus.tries('administrator', '42501', 'switches all triggers off', 'SET session_replication_role = replica');

-- even whoever has the privileges, short of the owner
CREATE ROLE campus_auditor;
GRANT INSERT, UPDATE, DELETE, TRUNCATE ON kroles.audit_log TO campus_auditor;
GRANT campus_auditor TO campus_gateway;
SELECT campus.tries_insert('administrator', '42501', 'writes the audit log, having been given the privilege', 'kroles.audit_log', 'db_role, operation, relation, object_kind', '''postgres'', ''INSERT'', ''kroles.users'', ''user''');
SELECT campus.tries_update('administrator', '42501', 'changes the audit log, having been given the privilege', 'kroles.audit_log', 'actor = 18', 't.id = 1');
SELECT campus.tries_delete('administrator', '42501', 'cleans the audit log, having been given the privilege', 'kroles.audit_log', 't.id = 1');
SELECT campus.tries('administrator', '42501', 'truncates the audit log, having been given the privilege', 'TRUNCATE kroles.audit_log');
DROP OWNED BY campus_auditor;
DROP ROLE campus_auditor;

SELECT * FROM finish();
