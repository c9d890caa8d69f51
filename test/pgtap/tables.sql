-- The tables, views and columns that applications rely on, with their types and defaults.
\ir lib/begin.psql

CREATE TEMP TABLE wanted (tab text, col text, type text, not_null boolean) ON COMMIT DROP;
INSERT INTO wanted VALUES
    ('users', 'id', 'bigint', true),
    ('users', 'login', 'text', true),
    ('users', 'name', 'text', true),
    ('users', 'email', 'text', false),
    ('users', 'avatar_url', 'text', false),
    ('users', 'title', 'text', false),
    ('users', 'bio', 'text', false),
    ('users', 'applicative_role', 'kroles.applicative_role', true),
    ('users', 'administrator', 'boolean', true),
    ('users', 'blocked', 'boolean', true),
    ('users', 'db_role', 'name', false),
    ('users', 'tokens_valid_after', 'timestamp with time zone', false),
    ('user_blocks', 'user_id', 'bigint', true),
    ('user_blocks', 'created_at', 'timestamp with time zone', true),
    ('groups', 'id', 'bigint', true),
    ('groups', 'name', 'text', true),
    ('group_members', 'group_id', 'bigint', true),
    ('group_members', 'user_id', 'bigint', true),
    ('spaces', 'id', 'bigint', true),
    ('spaces', 'kind', 'kroles.space_kind', true),
    ('spaces', 'type', 'kroles.space_type', true),
    ('spaces', 'external_id', 'text', false),
    ('spaces', 'name', 'text', true),
    ('spaces', 'owner_id', 'bigint', true),
    ('spaces', 'moderated', 'boolean', true),
    ('spaces', 'parent_id', 'bigint', false),
    ('spaces', 'inherits_members', 'boolean', true),
    ('spaces', 'joining', 'kroles.joining_policy', true),
    ('space_members', 'space_id', 'bigint', true),
    ('space_members', 'user_id', 'bigint', false),
    ('space_members', 'group_id', 'bigint', false),
    ('space_members', 'role', 'kroles.contextual_role', true),
    ('space_members', 'expires_at', 'timestamp with time zone', false),
    ('media', 'id', 'bigint', true),
    ('media', 'external_id', 'text', false),
    ('media', 'type', 'kroles.media_type', true),
    ('media', 'name', 'text', true),
    ('media', 'owner_id', 'bigint', true),
    ('media', 'created_at', 'timestamp with time zone', true),
    ('publications', 'media_id', 'bigint', true),
    ('publications', 'space_id', 'bigint', true),
    ('publications', 'status', 'kroles.publication_status', true),
    ('publications', 'published_by', 'bigint', false),
    ('publications', 'published_at', 'timestamp with time zone', true),
    ('publications', 'moderated_by', 'bigint', false),
    ('publications', 'moderated_at', 'timestamp with time zone', false),
    ('publications', 'reason', 'text', false),
    ('media_collaborators', 'media_id', 'bigint', true),
    ('media_collaborators', 'user_id', 'bigint', false),
    ('media_collaborators', 'group_id', 'bigint', false),
    ('media_collaborators', 'permission', 'kroles.collaborator_permission', true),
    ('media_moderators', 'media_id', 'bigint', true),
    ('media_moderators', 'user_id', 'bigint', false),
    ('media_moderators', 'group_id', 'bigint', false),
    ('media_moderators', 'permission', 'kroles.moderator_permission', true),
    ('media_speakers', 'media_id', 'bigint', true),
    ('media_speakers', 'user_id', 'bigint', true),
    ('media_speakers', 'type', 'kroles.speaker_type', true),
    ('media_speakers', 'position', 'integer', true),
    ('media_speakers', 'visible', 'boolean', true),
    ('playlists', 'id', 'bigint', true),
    ('playlists', 'space_id', 'bigint', false),
    ('playlists', 'owner_id', 'bigint', false),
    ('playlists', 'name', 'text', true),
    ('playlist_items', 'playlist_id', 'bigint', true),
    ('playlist_items', 'media_id', 'bigint', true),
    ('playlist_items', 'position', 'integer', true),
    ('playlist_items', 'space_id', 'bigint', false),
    ('playlist_items', 'owner_id', 'bigint', false),
    ('events', 'id', 'bigint', true),
    ('events', 'external_id', 'text', false),
    ('events', 'name', 'text', true),
    ('events', 'created_by', 'bigint', false),
    ('events', 'created_at', 'timestamp with time zone', true),
    ('event_participants', 'event_id', 'bigint', true),
    ('event_participants', 'user_id', 'bigint', false),
    ('event_participants', 'group_id', 'bigint', false),
    ('event_participants', 'role', 'kroles.event_role', true),
    ('event_sessions', 'event_id', 'bigint', true),
    ('event_sessions', 'media_id', 'bigint', true),
    ('event_sessions', 'position', 'integer', true),
    ('room_participants', 'media_id', 'bigint', true),
    ('room_participants', 'user_id', 'bigint', true),
    ('room_participants', 'joined_at', 'timestamp with time zone', true),
    ('room_participants', 'left_at', 'timestamp with time zone', false),
    ('room_participants', 'rights', 'kroles.action[]', true),
    ('room_participants', 'role', 'text', false),
    ('room_participants', 'rooms_switched', 'integer', true),
    ('secret', 'only_row', 'boolean', true),
    ('secret', 'key', 'bytea', true),
    ('baseline_rights', 'allowed', 'boolean', true),
    ('role_rights', 'allowed', 'boolean', true),
    ('ceiling_rights', 'allowed', 'boolean', true),
    ('role_labels', 'applicative_role', 'kroles.applicative_role', true),
    ('role_labels', 'label', 'text', true),
    ('settings', 'allow_anonymous', 'boolean', true),
    ('settings', 'chat_and_collaboration', 'boolean', true),
    ('settings', 'creation_tools', 'kroles.media_type[]', true),
    ('settings', 'room_session_limit', 'interval', true),
    ('settings', 'rooms_switched', 'integer', true),
    ('settings', 'show_identifier', 'kroles.identifier', true),
    ('settings', 'token_issuer', 'text', false),
    ('settings', 'token_audience', 'text', false),
    ('settings', 'token_leeway', 'interval', true),
    ('settings', 'replica_lease', 'interval', false),
    ('settings', 'case_insensitive_logins', 'boolean', true),
    ('settings', 'people_shown_to', 'kroles.people_audience', true),
    ('settings', 'record_access_changes', 'boolean', true),
    ('settings', 'access_change_actions', 'kroles.action[]', false),
    ('join_requests', 'id', 'bigint', true),
    ('join_requests', 'space_id', 'bigint', true),
    ('join_requests', 'user_id', 'bigint', true),
    ('join_requests', 'message', 'text', false),
    ('join_requests', 'status', 'kroles.join_status', true),
    ('join_requests', 'requested_at', 'timestamp with time zone', true),
    ('join_requests', 'answered_by', 'bigint', false),
    ('join_requests', 'answered_at', 'timestamp with time zone', false),
    ('join_requests', 'reason', 'text', false),
    ('heartbeat', 'at', 'timestamp with time zone', true),
    ('heartbeat', 'caller', 'name', true),
    ('replica', 'subscription', 'name', true),
    ('replica', 'since', 'timestamp with time zone', true),
    ('signing_keys', 'kid', 'text', true),
    ('signing_keys', 'algorithm', 'text', true),
    ('signing_keys', 'key', 'text', true),
    ('signing_keys', 'expires_at', 'timestamp with time zone', false),
    ('audit_log', 'id', 'bigint', true),
    ('audit_log', 'at', 'timestamp with time zone', true),
    ('audit_log', 'actor', 'bigint', false),
    ('audit_log', 'actor_role', 'kroles.applicative_role', false),
    ('audit_log', 'db_role', 'name', true),
    ('audit_log', 'operation', 'text', true),
    ('audit_log', 'relation', 'text', true),
    ('audit_log', 'object_kind', 'text', true),
    ('audit_log', 'object_id', 'bigint', false),
    ('audit_log', 'space_id', 'bigint', false),
    ('audit_log', 'before', 'jsonb', false),
    ('audit_log', 'after', 'jsonb', false),
    ('audit_log', 'txid', 'xid8', true),
    ('access_changes', 'id', 'bigint', true),
    ('access_changes', 'txid', 'xid8', true),
    ('access_changes', 'at', 'timestamp with time zone', true),
    ('access_changes', 'user_id', 'bigint', false),
    ('access_changes', 'action', 'kroles.action', true),
    ('access_changes', 'kind', 'kroles.object_kind', true),
    ('access_changes', 'object_id', 'bigint', false),
    ('access_changes', 'allowed', 'boolean', true);

CREATE TEMP TABLE wanted_view (view text, columns text[]) ON COMMIT DROP;
INSERT INTO wanted_view VALUES
    ('channels', '{id, kind, type, external_id, name, owner_id, moderated, created_at, joining}'),
    ('galleries', '{id, kind, type, external_id, name, owner_id, moderated, parent_id, inherits_members, created_at, joining}'),
    ('people', '{id, name, initials, avatar_url, title}'),
    ('my_playlists', '{id, name, created_at}'),
    ('my_media', '{id, external_id, type, name, owner_id, created_at, available_from, available_until}'),
    ('protected_tables', '{relation, kind, id_column, select_right, insert_right, update_right, delete_right, in_force}'),
    ('user_import', '{action, login, name, email, title, bio, avatar_url, applicative_role, administrator, blocked, groups}'),
    ('group_member_import', '{action, group_name, login, starts_at, expires_at}'),
    ('space_member_import', '{action, space_id, external_id, login, group_name, role, expires_at, starts_at}'),
    ('moderation_queue', '{media_id, space_id, status, published_by, published_at, reason, media_name, space_name, media_type, publisher_name, available_from, available_until}');
SELECT has_view('kroles', view, 'there is a view kroles.' || view) FROM wanted_view;
SELECT columns_are('kroles', view, columns::name[], 'the columns of kroles.' || view) FROM wanted_view;

SELECT has_table('kroles', tab, 'there is a table kroles.' || tab) FROM (SELECT DISTINCT tab FROM wanted) AS t ORDER BY tab;

SET LOCAL search_path = pg_catalog, public, pg_temp;   -- so that format_type names the schema kroles
SELECT is(format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
          w.type || CASE WHEN w.not_null THEN ' NOT NULL' ELSE '' END,
          format('kroles.%s.%s', w.tab, w.col))
FROM wanted w
LEFT JOIN pg_class c ON c.relnamespace = 'kroles'::regnamespace AND c.relname = w.tab
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = w.col AND NOT a.attisdropped
ORDER BY w.tab, w.col;

-- Ids are made by the database. Of users and groups, which administrators alone add, they may be given; else kroles.next_id() gives them.
SELECT is(a.attidentity::text, 'd', format('kroles.%s.id is made by the database unless it is given', w.tab))
FROM (VALUES ('users'), ('groups')) AS w (tab)
JOIN pg_attribute a ON a.attrelid = format('kroles.%I', w.tab)::regclass AND a.attname = 'id';
SELECT col_default_is('kroles', tab, 'id', format('kroles.next_id(''kroles.%s_id_seq''::regclass)', tab), format('kroles.%s.id is given by the database', tab))
FROM unnest('{spaces, space_members, media, media_collaborators, media_moderators, join_requests, playlists, events, event_participants}'::name[]) AS tab;
SELECT set_eq($$SELECT tgrelid::regclass::text, tgname::text FROM pg_trigger WHERE tgname LIKE '!guard%'$$,
    $$SELECT 'kroles.' || tab, name FROM unnest('{spaces, space_members, media, media_collaborators, media_moderators, join_requests, playlists, events, event_participants}'::text[]) AS tab,
        unnest('{!guard_new_id, !guard_made_id}'::text[]) AS name$$, 'and guarded');
SELECT is_empty($$SELECT 1 FROM pg_trigger a JOIN pg_trigger b ON b.tgrelid = a.tgrelid AND b.tgtype & 2 = 2 AND NOT b.tgisinternal
    WHERE a.tgname = '!guard_new_id' AND b.tgname < a.tgname$$, 'before any other trigger');
SELECT set_eq($$SELECT d.refobjid::regclass::text, s.oid::regclass::text FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype = 'a' AND d.classid = 'pg_class'::regclass
    WHERE s.relkind = 'S' AND s.relnamespace = 'kroles'::regnamespace$$,
    $$SELECT 'kroles.' || tab, format('kroles.%s_id_seq', tab) FROM unnest('{spaces, space_members, media, media_collaborators, media_moderators, join_requests, playlists, events, event_participants}'::text[]) AS tab$$,
    'the sequences go with the columns');

SELECT is((SELECT count(*) FROM kroles.settings), 1::bigint, 'the settings have one row');
SELECT is((SELECT allow_anonymous FROM kroles.settings), false, 'anonymous browsing is off by default');
SELECT is((SELECT chat_and_collaboration FROM kroles.settings), true, 'chat and collaboration are on by default');
SELECT set_eq('SELECT unnest(creation_tools) FROM kroles.settings',
    'SELECT unnest(enum_range(NULL::kroles.media_type))', 'all types of media may be made by default');
SELECT is((SELECT show_identifier::text FROM kroles.settings), 'email', 'lists show the email by default');
SELECT is((SELECT people_shown_to::text FROM kroles.settings), 'logged_in', 'names are shown to logged-in users by default');
SELECT is((SELECT record_access_changes FROM kroles.settings), false, 'changes of rights are not recorded by default');
SELECT is((SELECT access_change_actions FROM kroles.settings), NULL, 'and where they are, those of all rights');
SELECT is((SELECT room_session_limit FROM kroles.settings), interval '12 hours', 'a stay in a room lasts 12 hours at most by default');
SELECT row_eq('SELECT token_issuer, token_audience, token_leeway FROM kroles.settings', ROW (NULL::text, NULL::text, interval '30 seconds'),
    'tokens of any issuer for any audience by default, with clocks that differ by 30 seconds');

-- Defaults that the rules of the rules state
INSERT INTO kroles.users (id, login) VALUES (901, 'defaults');
SELECT row_eq($$SELECT applicative_role::text, administrator, blocked FROM kroles.users WHERE id = 901$$,
    ROW ('viewer'::text, false, false), 'a new user is a viewer, no administrator, not blocked');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (901, 'gallery', 'open', 'defaults', 901);
SELECT row_eq($$SELECT moderated, parent_id, inherits_members FROM kroles.spaces WHERE id = 901$$,
    ROW (false, NULL::bigint, false), 'a new space is unmoderated, at the top, with members of its own');
INSERT INTO kroles.media (id, name, owner_id) VALUES (901, 'defaults', 901);
INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (901, 901);
SELECT row_eq($$SELECT type::text, position, visible FROM kroles.media_speakers WHERE media_id = 901$$,
    ROW ('simple'::text, 1, true), 'a new speaker is simple, the last in the order, and shown');
SELECT is_empty($$SELECT media_id FROM kroles.moderation_queue$$, 'nothing waits where nothing is published');
INSERT INTO kroles.events (id, name) VALUES (901, 'defaults');
SELECT row_eq($$SELECT external_id, created_by, created_at = now() FROM kroles.events WHERE id = 901$$, ROW (NULL::text, NULL::bigint, true),
    'a new event is made by nobody where nobody asks');
INSERT INTO kroles.event_participants (event_id, user_id) VALUES (901, 901);
SELECT results_eq($$SELECT role FROM kroles.event_participants WHERE event_id = 901$$, $$VALUES ('attendee'::kroles.event_role)$$,
    'who takes part in an event is an attendee');
INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (901, 901);
SELECT results_eq('SELECT position FROM kroles.event_sessions', '{1}'::int[], 'a new session is the last in the order');
SELECT row_eq($$INSERT INTO kroles.room_participants (media_id, user_id, rights) VALUES (901, 901, '{}')
    RETURNING joined_at = statement_timestamp(), left_at, role$$, ROW (true, NULL::timestamptz, NULL::text), 'a stay begins now and goes on');
DELETE FROM kroles.events;
DELETE FROM kroles.room_participants;

-- The views make their own kind and no other
INSERT INTO kroles.channels (id, type, name, owner_id) VALUES (902, 'open', 'defaults', 901);
INSERT INTO kroles.galleries (id, type, name, owner_id) VALUES (903, 'open', 'defaults', 901);
SELECT results_eq('SELECT id, kind::text FROM kroles.spaces WHERE id > 901 ORDER BY id',
    $$VALUES (902::bigint, 'channel'), (903, 'gallery')$$, 'a channel and a gallery');
SELECT pg_temp.refused($$INSERT INTO kroles.channels (kind, type, name, owner_id) VALUES ('gallery', 'open', 'x', 901)$$, '44000', '',
    'a gallery through the channels');
SELECT pg_temp.refused($$INSERT INTO kroles.galleries (kind, type, name, owner_id) VALUES ('channel', 'open', 'x', 901)$$, '44000', '',
    'a channel through the galleries');
SELECT results_eq('SELECT id FROM kroles.channels ORDER BY id', '{902}'::bigint[], 'the channels are channels');
SELECT results_eq('SELECT id FROM kroles.galleries ORDER BY id', '{901, 903}'::bigint[], 'the galleries are galleries');

-- Whoever makes a space or a media owns it; a session without a person says who does.
CREATE ROLE kroles_maker;
SELECT lives_ok($$SELECT kroles_grant_access('kroles_maker')$$, 'a role is given access');
UPDATE kroles.users SET applicative_role = 'admin', db_role = 'kroles_maker' WHERE id = 901;
SET LOCAL SESSION AUTHORIZATION kroles_maker;
INSERT INTO kroles.spaces (kind, type, name) VALUES ('channel', 'private', 'made') RETURNING owner_id AS space_owner \gset
INSERT INTO kroles.channels (type, name, owner_id) VALUES ('private', 'made', DEFAULT) RETURNING owner_id AS channel_owner \gset
INSERT INTO kroles.media (name) VALUES ('made') RETURNING owner_id AS media_owner \gset
INSERT INTO kroles.events (name) VALUES ('made') RETURNING created_by AS event_creator \gset
RESET SESSION AUTHORIZATION;
SELECT is(:'space_owner'::text, '901', 'a new space is owned by the current user');
SELECT is(:'channel_owner'::text, '901', 'so is a new channel');
SELECT is(:'media_owner'::text, '901', 'and a new media');
SELECT is(:'event_creator'::text, '901', 'and a new event is made by the current user');
SELECT results_eq($$SELECT user_id, role::text FROM kroles.event_participants$$, $$VALUES (901::bigint, 'organizer')$$,
    'who is its first organizer, by a row of their own');
SELECT pg_temp.refused($$INSERT INTO kroles.spaces (kind, type, name) VALUES ('channel', 'private', 'x')$$, '23502', '',
    'a session without a person names the owner of a new space');
SELECT pg_temp.refused($$INSERT INTO kroles.media (name) VALUES ('x')$$, '23502', '',
    'a session without a person names the owner of a new media');

SELECT * FROM finish();
ROLLBACK;
