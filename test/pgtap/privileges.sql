-- What everybody may do without a grant: read the rights, the matrices, the settings, which tables are protected and of which
-- version the tables are (the catalog tells that anyway); nothing else.
\ir lib/begin.psql

SELECT set_eq($$
    SELECT c.relname || ' ' || a.privilege_type
    FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))) AS a
    WHERE c.relnamespace = 'kroles'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p', 'f', 'S') AND a.grantee = 0$$,
    '{rights SELECT, baseline_rights SELECT, role_rights SELECT, ceiling_rights SELECT, settings SELECT, role_labels SELECT, protected_tables SELECT, tables_version SELECT}'::text[],
    'everybody may read the rights, the three matrices, the settings, the labels of roles, which tables are protected and their version; that is all');
SELECT is_empty($$SELECT attrelid::regclass, attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    WHERE c.relnamespace = 'kroles'::regnamespace AND attacl IS NOT NULL$$, 'no column has privileges of its own');
SELECT set_eq($$
    SELECT a.privilege_type FROM pg_namespace n, aclexplode(n.nspacl) AS a WHERE n.nspname = 'kroles' AND a.grantee = 0$$,
    '{USAGE}'::text[], 'everybody may name what is in the schema kroles, and make nothing there');
SELECT is_empty($$
    SELECT c.relname, a.grantee::regrole, a.privilege_type FROM pg_class c, aclexplode(c.relacl) AS a
    WHERE c.relnamespace = 'kroles'::regnamespace AND a.grantee NOT IN (0, c.relowner)$$,
    'no other role has been given anything');

-- As a role that has nothing but that
CREATE ROLE kroles_nobody;
-- the tests' own functions
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_temp TO kroles_nobody;
SET LOCAL ROLE kroles_nobody;
SELECT lives_ok('SELECT * FROM kroles.' || tab, 'reads ' || tab)
FROM unnest('{rights, baseline_rights, role_rights, ceiling_rights, settings, role_labels, protected_tables, tables_version}'::text[]) AS tab;
SELECT pg_temp.refused(statement, '42501', '', statement)
FROM unnest('{users, user_blocks, groups, group_members, spaces, space_members, media, publications, media_collaborators,
              media_moderators, media_speakers, join_requests, playlists, playlist_items, events, event_participants, event_sessions, room_participants, gateways, signing_keys, secret, heartbeat, replica, retired_external_ids, audit_log}'::text[]) AS tab,
     LATERAL (VALUES (format('SELECT * FROM kroles.%I', tab)), (format('INSERT INTO kroles.%I DEFAULT VALUES', tab)),
                     (format('DELETE FROM kroles.%I', tab)), (format('TRUNCATE kroles.%I', tab)),
                     (format('LOCK TABLE kroles.%I', tab))) AS s (statement);
SELECT pg_temp.refused(statement, '42501', '', statement)
FROM unnest('{rights, baseline_rights, role_rights, ceiling_rights, settings, role_labels}'::text[]) AS tab,
     LATERAL (VALUES (format('INSERT INTO kroles.%I DEFAULT VALUES', tab)), (format('DELETE FROM kroles.%I', tab)),
                     (format('TRUNCATE kroles.%I', tab)),
                     (format('LOCK TABLE kroles.%I IN EXCLUSIVE MODE', tab))) AS s (statement);
SELECT pg_temp.refused(statement, '42501', '', statement)
FROM (VALUES
    ('UPDATE kroles.users SET administrator = true'), ('UPDATE kroles.settings SET allow_anonymous = true'),
    ('UPDATE kroles.baseline_rights SET allowed = true'), ('UPDATE kroles.role_rights SET allowed = true'),
    ('UPDATE kroles.ceiling_rights SET allowed = true'), ('UPDATE kroles.role_labels SET label = ''x'''), ('UPDATE kroles.rights SET summary = true'),
    ('SELECT kroles_trust_gateway(current_user)'), ('SELECT kroles_distrust_gateway(current_user)'),
    ('SELECT kroles_heartbeat()'), ('SELECT kroles.heartbeat()'), ('SELECT kroles.is_replica()'), ('SELECT kroles_publish_entitlements()'),
    ('SELECT kroles_subscribe(''host=nowhere'', ''s'')'), ('SELECT kroles.empty_for_replica()'), ('SET kroles.identity_by = ''set local'''),
    ('SELECT kroles_grant_access(current_user)'), ('SELECT kroles_revoke_access(current_user)'),
    ('SELECT kroles.set_access(current_user, true)'), ('SELECT kroles.access_statements(current_user, true)'),
    ('SELECT kroles.new_secret()'), ('SELECT kroles.next_id(''kroles.media_id_seq'')'), ('SELECT kroles.room_join(1)'), ('SELECT kroles.room_leave(1)'), ('SELECT kroles.room_remove(1, 1)'),
    ('SELECT nextval(''kroles.room_participants_id_seq'')'), ('SELECT nextval(''kroles.events_id_seq'')'),
    ('SELECT * FROM kroles.channels'), ('SELECT * FROM kroles.galleries'), ('SELECT * FROM kroles.moderation_queue'), ('SELECT * FROM kroles.my_media'),
    ('INSERT INTO kroles.channels DEFAULT VALUES'), ('DELETE FROM kroles.galleries'),
    ('SELECT * FROM kroles.user_import'), ('INSERT INTO kroles.user_import (login) VALUES (''mine'')'),
    ('INSERT INTO kroles.group_member_import DEFAULT VALUES'), ('INSERT INTO kroles.space_member_import DEFAULT VALUES'),
    ('UPDATE kroles.moderation_queue SET status = ''approved'''), ('SELECT kid FROM kroles.signing_keys'),
    ('ALTER TABLE kroles.users DISABLE ROW LEVEL SECURITY'), ('ALTER TABLE kroles.users NO FORCE ROW LEVEL SECURITY'),
    ('DROP POLICY read ON kroles.users'), ('CREATE POLICY mine ON kroles.users USING (true)'),
    ('CREATE TABLE kroles.mine (a int)'), ('CREATE TABLE pg_temp.child () INHERITS (kroles.users)'),
    ('ALTER TABLE kroles.users DISABLE TRIGGER ALL'), ('DROP EXTENSION kroles'),
    ('SELECT nextval(''kroles.users_id_seq'')')) AS s (statement);
SELECT pg_temp.refused(
    format('CREATE TRIGGER mine BEFORE INSERT ON kroles.%I EXECUTE FUNCTION suppress_redundant_updates_trigger()', tab),
    '42501', '', 'a trigger of one''s own on ' || tab)
FROM unnest('{publications, settings}'::text[]) AS tab;
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
