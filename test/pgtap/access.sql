-- kroles_grant_access(): what an application's role is given, and that it is no more than it needs; taken back to nothing.
\ir lib/begin.psql

-- All that a role itself has been given in and on the schema kroles, and of functions
CREATE FUNCTION pg_temp.given(role name) RETURNS TABLE (privilege text) LANGUAGE sql AS $$
    SELECT c.relname || ' ' || a.privilege_type || CASE WHEN a.is_grantable THEN ' with grant option' ELSE '' END
    FROM pg_class c, aclexplode(c.relacl) AS a WHERE c.relnamespace = 'kroles'::regnamespace AND a.grantee = quote_ident(role)::regrole
    UNION ALL
    SELECT format('%s.%s %s', c.relname, t.attname, a.privilege_type)
    FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) AS a
    WHERE c.relnamespace = 'kroles'::regnamespace AND a.grantee = quote_ident(role)::regrole
    UNION ALL
    SELECT n.nspname || ' ' || a.privilege_type FROM pg_namespace n, aclexplode(n.nspacl) AS a WHERE a.grantee = quote_ident(role)::regrole
    UNION ALL
    SELECT p.proname || ' ' || a.privilege_type FROM pg_proc p, aclexplode(p.proacl) AS a
    WHERE p.pronamespace <> pg_my_temp_schema() AND a.grantee = quote_ident(role)::regrole
$$;
CREATE TEMP TABLE wanted (privilege text) ON COMMIT DROP;
INSERT INTO wanted VALUES ('kroles USAGE');
INSERT INTO wanted SELECT rel || ' ' || privilege
    FROM unnest('{users, groups, group_members, spaces, space_members, media, publications, media_collaborators, media_moderators,
                  media_speakers, join_requests, playlists, playlist_items, events, event_participants, event_sessions, room_participants, channels, galleries, moderation_queue, my_playlists}'::text[]) AS rel,
         unnest('{SELECT, INSERT, UPDATE, DELETE}'::text[]) AS privilege;
INSERT INTO wanted SELECT rel || ' ' || privilege
    FROM unnest('{settings, baseline_rights, role_rights, ceiling_rights, role_labels}'::text[]) AS rel, unnest('{SELECT, UPDATE}'::text[]) AS privilege;
INSERT INTO wanted SELECT rel || ' SELECT' FROM unnest('{user_blocks, rights, gateways, audit_log, retired_external_ids, my_media, people}'::text[]) AS rel;
INSERT INTO wanted SELECT rel || ' ' || privilege
    FROM unnest('{user_import, group_member_import, space_member_import}'::text[]) AS rel, unnest('{SELECT, INSERT}'::text[]) AS privilege;
INSERT INTO wanted SELECT 'access_changes ' || privilege FROM unnest('{SELECT, DELETE}'::text[]) AS privilege;
INSERT INTO wanted SELECT format('signing_keys.%s SELECT', col) FROM unnest('{kid, algorithm, expires_at, created_at}'::text[]) AS col;
-- the ids of the log and of changes of rights are given by the database alone
INSERT INTO wanted SELECT relname || ' USAGE' FROM pg_class
    WHERE relnamespace = 'kroles'::regnamespace AND relkind = 'S' AND relname NOT IN ('audit_log_id_seq', 'access_changes_id_seq');

CREATE ROLE "kroles app";
SELECT is_empty($$SELECT pg_temp.given('kroles app')$$, 'before, the role has nothing');
SELECT lives_ok($$SELECT kroles_grant_access('kroles app')$$, 'it is given access');
SELECT bag_eq($$SELECT pg_temp.given('kroles app')$$, 'SELECT privilege FROM wanted', 'and has what it needs, and no more');
SELECT lives_ok($$SELECT kroles_grant_access('kroles app')$$, 'once more');
SELECT bag_eq($$SELECT pg_temp.given('kroles app')$$, 'SELECT privilege FROM wanted', 'which changes nothing');
SELECT is_empty($$SELECT c.oid::regclass, p FROM pg_class c, unnest('{TRUNCATE, REFERENCES, TRIGGER}'::text[]) AS p
    WHERE c.relnamespace = 'kroles'::regnamespace AND c.relkind IN ('r', 'v') AND has_table_privilege('kroles app', c.oid, p)
    UNION ALL
    SELECT c.oid::regclass, 'REFERENCES' FROM pg_class c
    WHERE c.relnamespace = 'kroles'::regnamespace AND c.relkind IN ('r', 'v') AND has_any_column_privilege('kroles app', c.oid, 'REFERENCES')$$,
    'TRUNCATE, REFERENCES and TRIGGER on nothing, nor on a column');
SELECT ok(NOT has_column_privilege('kroles app', 'kroles.signing_keys', 'key', 'SELECT'), 'the keys themselves are not shown');
SELECT row_eq($$SELECT rolsuper, rolbypassrls, rolcreaterole, rolcanlogin FROM pg_roles WHERE rolname = 'kroles app'$$,
    ROW (false, false, false, false), 'the role is made no more than it was');

-- In use: row-level security says what a person does with it
INSERT INTO kroles.users (id, login, applicative_role, administrator) VALUES
    (901, 'alice', 'admin', false), (902, 'bob', 'viewer', false), (903, 'boss', 'viewer', true);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (901, 'channel', 'private', 'Bob''s', 902);
INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('secret', 'HS256', repeat('x', 32));
SELECT lives_ok($$SELECT kroles_trust_gateway('kroles app')$$, 'the role is trusted as a gateway');
-- the tests' own
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_temp TO "kroles app";
GRANT ALL ON ALL TABLES IN SCHEMA pg_temp TO "kroles app";
GRANT ALL ON ALL SEQUENCES IN SCHEMA pg_temp TO "kroles app";
SET LOCAL SESSION AUTHORIZATION "kroles app";
SET LOCAL kroles."user" = 'alice';
SELECT lives_ok(statement, statement)
FROM (VALUES (1, $$INSERT INTO kroles.channels (type, name) VALUES ('private', 'Lectures')$$),
             (2, $$INSERT INTO kroles.media (name) VALUES ('Cells')$$),
             (3, $$INSERT INTO kroles.publications (media_id, space_id) SELECT m.id, c.id FROM kroles.media m, kroles.channels c$$),
             (4, $$INSERT INTO kroles.space_members (space_id, user_id) SELECT id, 902 FROM kroles.channels$$),
             (5, $$INSERT INTO kroles.media_collaborators (media_id, user_id, permission) SELECT id, 902, 'editor' FROM kroles.media$$),
             (6, $$INSERT INTO kroles.media_moderators (media_id, user_id, permission) SELECT id, 902, 'chat_moderator' FROM kroles.media$$),
             (7, $$INSERT INTO kroles.media_speakers (media_id, user_id) SELECT id, 902 FROM kroles.media$$),
             (8, $$INSERT INTO kroles.playlists (space_id, name) SELECT id, 'Term' FROM kroles.channels$$),
             (9, $$INSERT INTO kroles.playlist_items (playlist_id, media_id) SELECT p.id, m.id FROM kroles.playlists p, kroles.media m$$),
             (10, $$UPDATE kroles.users SET bio = 'I publish.' WHERE id = 901$$),
             (11, $$UPDATE kroles.channels SET moderated = true$$),
             (12, $$INSERT INTO kroles.events (name) VALUES ('Open day')$$),
             (13, $$INSERT INTO kroles.event_participants (event_id, user_id) SELECT id, 902 FROM kroles.events$$),
             (14, $$INSERT INTO kroles.media (name, type) VALUES ('Hall', 'room')$$),
             (15, $$INSERT INTO kroles.event_sessions (event_id, media_id) SELECT e.id, m.id FROM kroles.events e, kroles.media m WHERE m.type = 'room'$$),
             (16, $$SELECT kroles_room_join(id) FROM kroles.media WHERE type = 'room'$$),
             (17, $$SELECT kroles_room_leave(media_id) FROM kroles.room_participants$$)) AS work (n, statement) ORDER BY n;
SELECT results_eq('SELECT name FROM kroles.channels', '{Lectures}'::text[], 'she sees her channel, not Bob''s');
SELECT results_eq('SELECT id FROM kroles.users', '{901}'::bigint[], 'of people, herself');
SELECT is_empty('SELECT kid FROM kroles.signing_keys', 'of keys, none');
SELECT is_empty('SELECT role FROM kroles.gateways', 'of gateways, none');
SELECT isnt_empty('SELECT id FROM kroles.audit_log', 'of the log, what is about hers');
SELECT pg_temp.refused('SELECT key FROM kroles.signing_keys', '42501', '', 'no key');
SELECT pg_temp.refused('SELECT * FROM kroles.signing_keys', '42501', '', 'nor keys with all that is about them');
SET LOCAL row_security = off;
SELECT pg_temp.refused('SELECT FROM kroles.' || rel, '42501', '', 'with row_security off, nothing of ' || rel)
FROM unnest('{users, media, publications, channels, audit_log}'::text[]) AS rel;
RESET row_security;
SET LOCAL kroles."user" = 'boss';
SELECT lives_ok(statement, 'an administrator: ' || statement)
FROM (VALUES ('UPDATE kroles.settings SET allow_anonymous = true'), ('UPDATE kroles.role_rights SET allowed = allowed'),
    ('INSERT INTO kroles.groups (name) VALUES (''Biology'')'), ('INSERT INTO kroles.users (login) VALUES (''carol'')')) AS s (statement);
SELECT results_eq('SELECT kid FROM kroles.signing_keys', '{secret}'::text[], 'an administrator sees which keys there are');
SELECT pg_temp.refused(statement, '42501', '', 'not even an administrator: ' || statement)
FROM (VALUES ('SELECT key FROM kroles.signing_keys'), ('DELETE FROM kroles.signing_keys'), ('UPDATE kroles.signing_keys SET expires_at = NULL'),
    ('INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES (''mine'', ''HS256'', repeat(''y'', 32))'),
    ('INSERT INTO kroles.gateways (role) VALUES (''mine'')'), ('DELETE FROM kroles.audit_log'), ('UPDATE kroles.audit_log SET actor = 901'),
    ('INSERT INTO kroles.audit_log DEFAULT VALUES'), ('TRUNCATE kroles.users'), ('INSERT INTO kroles.settings DEFAULT VALUES'),
    ('DELETE FROM kroles.role_rights'), ('UPDATE kroles.rights SET summary = true'),
    ('SELECT kroles_grant_access(''kroles app'')'), ('SELECT kroles_revoke_access(''kroles app'')'),
    ('SELECT kroles_trust_gateway(''kroles app'')'),
    ('SELECT nextval(''kroles.audit_log_id_seq'')'), ('SELECT setval(''kroles.users_id_seq'', 1)')) AS s (statement);
RESET SESSION AUTHORIZATION;

-- Taken back
SELECT lives_ok($$SELECT kroles_revoke_access('kroles app')$$, 'it is taken back');
SELECT is_empty($$SELECT pg_temp.given('kroles app')$$, 'and nothing is left');
SELECT lives_ok($$SELECT kroles_revoke_access('kroles app')$$, 'once more');
SELECT pg_temp.refused($$SELECT kroles_grant_access('kroles nobody')$$, '42704', '', 'no access for a role that is not there');
SELECT pg_temp.refused($$SELECT kroles_grant_access(NULL)$$, '42704', '', 'nor for none');
SELECT pg_temp.refused($$SELECT kroles_revoke_access('kroles nobody')$$, '42704', '', 'nothing to take from a role that is not there');

SELECT * FROM finish();
ROLLBACK;
