-- A blocked user does nothing at all: the one here owns a channel and a film, is manager of Lectures in person and through
-- a group, editor of the Symposium, and would be an admin. Not even what anonymous may do is left.
\set name kroles_escalate_blocked
\ir lib/campus.psql
\ir lib/congress.psql
-- the blocked one organizes the Congress too, attends it through a group, and owns a room that they are in
INSERT INTO kroles.event_participants (id, event_id, user_id, role) VALUES (40, 1, 17, 'organizer');
INSERT INTO kroles.event_participants (event_id, group_id) VALUES (1, 2);
INSERT INTO kroles.media (id, type, name, owner_id) VALUES (25, 'room', 'Den', 17);
INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 25);
INSERT INTO kroles.room_participants (media_id, user_id, rights, role) VALUES (25, 17, '{join_room,moderate_room,present}', 'owner');
SELECT * FROM no_plan();
UPDATE kroles.settings SET allow_anonymous = true;

CREATE FUNCTION campus.readable() RETURNS SETOF regclass LANGUAGE sql AS $$
    SELECT unnest('{kroles.users, kroles.groups, kroles.group_members, kroles.spaces, kroles.channels, kroles.galleries, kroles.space_members,
        kroles.media, kroles.publications, kroles.moderation_queue, kroles.media_collaborators, kroles.media_moderators, kroles.media_speakers,
        kroles.playlists, kroles.playlist_items, kroles.events, kroles.event_participants, kroles.event_sessions, kroles.room_participants, kroles.gateways, kroles.audit_log}'::regclass[])
$$;
SELECT campus.tries('blocked', 'no row', 'reads ' || target, 'SELECT 1 FROM ' || target) FROM campus.readable() AS target;
SELECT campus.tries('blocked', '0', 'counts ' || target, 'SELECT count(*) FROM ' || target) FROM campus.readable() AS target;
SELECT campus.tries('blocked', 'no row', 'locks ' || target, 'SELECT 1 FROM ' || target || ' FOR UPDATE')
FROM campus.readable() AS target WHERE target::text !~ 'gateways|audit_log';
SELECT campus.tries('blocked', 'no row', 'deletes all of ' || target, 'DELETE FROM ' || target)
FROM campus.readable() AS target WHERE target::text !~ 'gateways|audit_log';
SELECT campus.tries_update('blocked', 'no row', 'changes what was theirs', target, change, condition, true)
FROM (VALUES
    ('kroles.users'::regclass, 'name = ''x''', 't.id = 17'), ('kroles.users', 'blocked = false', 't.id = 17'), ('kroles.spaces', 'name = ''x''', 't.id = 7'),
    ('kroles.spaces', 'name = ''x''', 't.id = 1'), ('kroles.channels', 'name = ''x''', 't.id = 7'), ('kroles.media', 'name = ''x''', 't.id = 5'),
    ('kroles.media', 'name = ''x''', 't.id = 1'), ('kroles.space_members', 'role = ''manager''', 't.id = 4'),
    ('kroles.publications', 'status = ''approved''', 't.media_id = 4'), ('kroles.moderation_queue', 'status = ''approved''', 't.media_id = 4'),
    ('kroles.events', 'name = ''x''', 't.id = 1'), ('kroles.event_participants', 'role = ''attendee''', 't.user_id = 17'), ('kroles.event_sessions', 'position = 9', 't.media_id = 25'), ('kroles.room_participants', 'left_at = now()', 't.user_id = 17'),
    ('kroles.playlists', 'name = ''x''', 't.id = 1'), ('kroles.playlist_items', 'position = 9', 't.playlist_id = 1'),
    ('kroles.media_speakers', 'visible = true', 't.media_id = 1'), ('kroles.media_collaborators', 'permission = ''publisher''', 't.user_id = 17')) AS t (target, change, condition);
SELECT campus.tries_delete('blocked', 'no row', 'deletes what was theirs', target, condition, true)
FROM (VALUES
    ('kroles.events'::regclass, 't.id = 1'), ('kroles.event_participants', 't.user_id = 17'), ('kroles.event_sessions', 't.media_id = 25'), ('kroles.room_participants', 't.user_id = 17'),
    ('kroles.playlists', 't.id = 1'), ('kroles.playlist_items', 't.playlist_id = 1'), ('kroles.spaces', 't.id = 7'), ('kroles.media', 't.id = 5'), ('kroles.publications', 't.published_by = 17'), ('kroles.space_members', 't.user_id = 17'),
    ('kroles.media_collaborators', 't.user_id = 17'), ('kroles.group_members', 't.user_id = 17'), ('kroles.users', 't.id = 17')) AS t (target, condition);
SELECT campus.tries_insert('blocked', '42501', 'adds a row', target, columns, "values")
FROM (VALUES
    ('kroles.users'::regclass, 'login', '''x'''), ('kroles.groups', 'name', '''x'''), ('kroles.group_members', 'group_id, user_id', '3, 17'),
    ('kroles.spaces', 'kind, type, name, owner_id', '''channel'', ''open'', ''x'', 17'), ('kroles.channels', 'type, name, owner_id', '''open'', ''x'', 17'),
    ('kroles.space_members', 'space_id, user_id', '7, 18'), ('kroles.media', 'name, owner_id', '''x'', 17'), ('kroles.publications', 'media_id, space_id', '5, 7'),
    ('kroles.media_collaborators', 'media_id, user_id, permission', '5, 18, ''viewer'''), ('kroles.media_moderators', 'media_id, user_id, permission', '5, 18, ''room_moderator'''),
    ('kroles.events', 'name, created_by', '''x'', 17'), ('kroles.event_participants', 'event_id, user_id', '1, 18'), ('kroles.event_sessions', 'event_id, media_id', '1, 5'), ('kroles.room_participants', 'media_id, user_id, rights', '25, 17, ''{}'''),
    ('kroles.playlists', 'space_id, name', '7, ''x'''), ('kroles.playlist_items', 'playlist_id, media_id', '1, 5'),
    ('kroles.media_speakers', 'media_id, user_id', '5, 18')) AS t (target, columns, "values");
SELECT campus.tries('blocked', expected, 'asks ' || question, 'SELECT ' || question)
FROM (VALUES
    ('false', 'kroles_can(''view'', ''channel'', 5)'), ('false', 'kroles_can(''view'', ''channel'', 7)'), ('false', 'kroles_can(''view'', ''media'', 5)'),
    ('false', 'kroles_can(''upload'', ''site'')'), ('{}', 'kroles_rights(''channel'', 7)'), ('{}', 'kroles_rights(''site'')'),
    ('NULL', 'kroles_role(''channel'', 7)'), ('false', 'kroles_can_publish(5, 7)'), ('NULL', 'kroles_publication_status(5, 7)'),
    ('{}', 'kroles_rights(''event'', 1)'), ('NULL', 'kroles_role(''event'', 1)'), ('{}', 'kroles_rights(''room'', 25)'), ('NULL', 'kroles_role(''room'', 25)'), ('false', 'kroles_can(''view'', ''room'', 25)'),
    ('42704', 'kroles_room_join(25)'), ('42704', 'kroles_room_remove(25, 17)'), ('42704', 'kroles_move_session(1, 25, 1)'), ('42704', 'kroles_remove_session(1, 25)'), ('42704', 'kroles_event_users(1)'), ('no row', 'kroles_speakers(25)'),
    ('42704', 'kroles_move_item(1, 7, 1)'), ('42704', 'kroles_publish(5, 7)'), ('42704', 'kroles_take_down(5, 1)'), ('42704', 'kroles_approve(4, 1)'), ('42704', 'kroles_reject(4, 1)'),
    ('42501', 'kroles_can(18, ''view'', ''channel'', 7)')) AS t (expected, question);
-- the rules of the site are everyone's to read
SELECT campus.may('blocked', 'true', 'reads ' || target, 'SELECT count(*) > 0 FROM ' || target)
FROM unnest('{kroles.settings, kroles.rights, kroles.baseline_rights, kroles.role_rights, kroles.ceiling_rights}'::regclass[]) AS target;
SELECT campus.may(NULL, '5 6', 'sees what is public', 'SELECT id FROM kroles.channels ORDER BY id');

-- Blocked in mid-transaction: from the next statement on
BEGIN;
SET LOCAL SESSION AUTHORIZATION campus_gateway;
SET LOCAL kroles."user" = 'owner';
SELECT count(*) AS before FROM kroles.media \gset
RESET SESSION AUTHORIZATION;
UPDATE kroles.users SET blocked = true WHERE login = 'owner';
SET LOCAL SESSION AUTHORIZATION campus_gateway;
SELECT count(*) AS after FROM kroles.media \gset
ROLLBACK;
SELECT is(:'before' || ' ' || :'after', '6 0', '0: owner, blocked meanwhile in the same transaction, counts media');

-- An administrator who is blocked
UPDATE kroles.users SET administrator = true WHERE login = 'blocked';
SELECT campus.tries('blocked', 'no row', 'being administrator too, reads ' || target, 'SELECT 1 FROM ' || target) FROM campus.readable() AS target;
SELECT campus.tries('blocked', 'no row', 'being administrator too, unblocks themselves', 'UPDATE kroles.users SET blocked = false WHERE id = 17');
SELECT campus.tries('blocked', 'no row', 'being administrator too, changes a matrix', 'UPDATE kroles.role_rights SET allowed = true');

SELECT * FROM finish();
