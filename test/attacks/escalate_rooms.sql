-- Privilege escalation by rooms: joining without a right, keeping or changing frozen rights, staying after removal, block,
-- module and limit, and using a room's rights outside it.
\set name kroles_escalate_rooms
\ir lib/campus.psql
\ir lib/congress.psql
SELECT * FROM no_plan();

-- ---- Joining ----
SELECT campus.tries(who, expected, 'joins ' || room, format('SELECT kroles_room_join(%s)', id))
FROM (VALUES
    -- seen, and no more: in Lectures, which is restricted; whoever moderates where the Hall waits is none either
    ('viewer', '42501', 'the Symposium', '1'), ('stranger', '42501', 'the Symposium', '1'), ('trusted', '42501', 'the Symposium', '1'), ('retired', '42501', 'the Symposium', '1'), ('rival', '42501', 'the Symposium', '1'),
    -- hidden, absent, no room
    ('stranger', '42704', 'the Hall', '21'), ('viewer', '42704', 'the Hall', '21'), ('rival', '42704', 'the Hall', '21'), ('keeper', '42704', 'the Cellar', '23'), ('organizer', '42704', 'the Cellar', '23'), ('stranger', '42704', 'what does not exist', '99'),
    ('organizer', '42704', 'their Clip, which is no room', '22'), ('owner', '42704', 'their image', '7'), ('owner', '42704', 'nothing', 'NULL'), ('administrator', '42704', 'a film', '22'), ('administrator', '42704', 'what does not exist', '99'),
    ('blocked', '42704', 'the Symposium', '1'), ('banned', '42704', 'the Hall', '21'), (NULL, '28000', 'the Symposium', '1'), (NULL, '28000', 'the Hall', '21'), (NULL, '28000', 'what does not exist', '99')) AS t (who, expected, room, id);
SELECT campus.may(who, rights, 'joins', format('SELECT kroles_room_join(%s)', room))
FROM (VALUES ('member', 1, '{join_room,interact}'), ('lowered', 1, '{join_room,interact}'), ('manager', 1, '{join_room,start_room,interact}'), ('watcher', 1, '{join_room,interact}'), ('publisher', 1, '{join_room,interact}'), ('speaker', 1, '{join_room,interact}'),
    ('hidden speaker', 21, '{contribute,join_room,present,interact}'), ('attendee', 21, '{join_room,interact}'), ('delegate', 21, '{join_room,interact}'), ('lecturer', 21, '{contribute,join_room,present,interact}'),
    ('usher', 21, '{contribute,moderate,join_room,start_room,moderate_room,moderate_chat,present,interact}'), ('chair', 21, '{contribute,moderate,manage,join_room,start_room,moderate_room,moderate_chat,present,interact}')) AS t (who, room, rights);
-- browsing being allowed changes nothing
UPDATE kroles.settings SET allow_anonymous = true;
INSERT INTO kroles.media (id, type, name, owner_id) VALUES (24, 'room', 'Foyer', 19);
INSERT INTO kroles.publications (media_id, space_id) VALUES (24, 5);
SELECT campus.tries(NULL, '28000', 'joins a room in a public channel', 'SELECT kroles_room_join(24)');
SELECT campus.tries(NULL, '{view}', 'asks what they may there', 'SELECT kroles_rights(''room'', 24)');
SELECT campus.tries('blocked', '42704', 'joins a room in a public channel', 'SELECT kroles_room_join(24)');
UPDATE kroles.settings SET allow_anonymous = false;
-- joining writes
SELECT campus.tries('attendee', '25006', 'joins in a transaction that only reads', 'SELECT kroles_room_join(21)', 'SET TRANSACTION READ ONLY');

-- ---- The table: nobody writes it but by the functions ----
SELECT campus.tries_insert(who, '42501', 'enters themselves with all rights', 'kroles.room_participants', 'media_id, user_id, rights, role', format('%s, %s, ''{join_room,moderate_room,present}'', ''owner''', room, id))
FROM (VALUES ('landlord', 40, 21), ('organizer', 31, 21), ('keeper', 41, 21), ('guest', 43, 21), ('attendee', 36, 21), ('stranger', 18, 21), ('stranger', 18, 99), ('banned', 39, 21), (NULL, 18, 21)) AS t (who, id, room);
SELECT campus.tries_insert(who, '42501', 'enters a friend', 'kroles.room_participants', 'media_id, user_id, rights', '21, 18, ''{join_room}''') FROM unnest('{landlord, keeper, guest}'::text[]) AS who;
SELECT campus.tries_update(who, 'no row', what, 'kroles.room_participants', change, 't.user_id = ' || id || ' AND t.left_at IS NULL', false,
    format('(media_id, user_id, rights) VALUES (21, %s, ''{}'') ON CONFLICT (user_id, media_id) WHERE left_at IS NULL', id))
FROM (VALUES ('keeper', 41), ('clerk', 42), ('guest', 43), ('former', 44)) AS p (who, id), (VALUES ('gives themselves more rights', 'rights = ''{join_room,moderate_room,moderate_chat,manage}'''), ('gives themselves another place', 'role = ''owner'''),
    ('stays longer', 'joined_at = now() + interval ''10 days'''), ('carries their stay to another room', 'media_id = 23'), ('to one that does not exist', 'media_id = 99'), ('gives it to another', 'user_id = 18')) AS t (what, change);
SELECT campus.tries_update('guest', 'no row', 'takes another''s stay', 'kroles.room_participants', 'user_id = 43', 't.user_id = 41', true);
SELECT campus.tries_update(who, 'no row', 'ends another''s stay without the function', 'kroles.room_participants', 'left_at = now()', 't.user_id = 43') FROM unnest('{landlord, organizer, keeper, former}'::text[]) AS who;
SELECT campus.tries(who, 'no row', 'opens their stay again', 'UPDATE kroles.room_participants SET left_at = NULL', 'SELECT kroles_room_leave(21)') FROM unnest('{keeper, guest, former}'::text[]) AS who;
SELECT campus.tries(who, 'no row', 'has left no trace', 'DELETE FROM kroles.room_participants') FROM unnest('{landlord, organizer, keeper, clerk, guest, former, banned, NULL}'::text[]) AS who;
SELECT campus.tries(who, 'no row', format('locks stays %s', strength), 'SELECT 1 FROM kroles.room_participants ' || strength)
FROM unnest('{landlord, keeper, guest}'::text[]) AS who, unnest('{FOR UPDATE, FOR NO KEY UPDATE, FOR SHARE, FOR KEY SHARE, FOR UPDATE SKIP LOCKED}'::text[]) AS strength;
SELECT campus.may('administrator', '4 rows', 'changes stays by hand', 'UPDATE kroles.room_participants SET role = NULL');
-- who reads them: oneself, and who moderates the room, by what they joined with
SELECT campus.tries(who, expected, 'reads who is in the Hall', 'SELECT user_id FROM kroles.room_participants ORDER BY user_id')
FROM (VALUES ('landlord', '41 42 43 44'), ('organizer', '41 42 43 44'), ('chair', '41 42 43 44'), ('steward', '41 42 43 44'), ('usher', '41 42 43 44'), ('keeper', '41 42 43 44'), ('former', '41 42 43 44'),
    ('clerk', '42'), ('guest', '43'), ('lecturer', 'no row'), ('attendee', 'no row'), ('hidden speaker', 'no row'), ('banned', 'no row'), ('stranger', 'no row'), (NULL, 'no row')) AS t (who, expected);
-- the functions behind are nobody's to call, the helpers do nothing that their caller could not
SELECT campus.tries(who, '42501', 'goes behind: ' || call, 'SELECT ' || call) FROM unnest('{keeper, landlord, administrator}'::text[]) AS who,
    unnest('{"kroles.room_join(21)", "kroles.room_leave(21)", "kroles.room_remove(21, 43)", kroles.end_stays(), kroles.end_run_out_stays(), kroles.lift_block(), kroles.guard_last_organizer(), kroles.guard_last_organizers(), kroles.make_organizers(), "kroles.remove_session(1, 21)"}'::text[]) AS call;
SELECT is(campus.answer(who, 'SELECT kroles.end_stay(21, 43)', NULL, 'SELECT count(*) FROM kroles.room_participants WHERE left_at IS NULL'), '4', '4: ' || who || ' ends a stay by hand, and it goes on')
FROM unnest('{landlord, keeper, guest, former}'::text[]) AS who;

-- ---- Being in the room: what one joined with, whatever is given or taken meanwhile ----
-- the guest is made room moderator, and an organizer of the Congress; the clerk an editor
INSERT INTO kroles.media_moderators (id, media_id, user_id, permission) VALUES (50, 21, 43, 'room_moderator');
INSERT INTO kroles.event_participants (id, event_id, user_id, role) VALUES (50, 1, 43, 'organizer');
INSERT INTO kroles.media_collaborators (id, media_id, user_id, permission) VALUES (50, 21, 42, 'editor');
SELECT campus.tries('guest', '{view,join_room,interact}', 'uses what they are made meanwhile', 'SELECT kroles_rights(''room'', 21)');
SELECT campus.tries('guest', '{join_room,interact}', 'joins again for it', 'SELECT kroles_room_join(21)');
SELECT campus.tries('guest', '42501', 'removes another by it', 'SELECT kroles_room_remove(21, 42)');
SELECT campus.tries('clerk', '42501', 'removes another, being made editor meanwhile', 'SELECT kroles_room_remove(21, 43)');
SELECT campus.may('guest', '{contribute,moderate,manage,join_room,start_room,moderate_room,moderate_chat,present,interact}', 'leaves, and joins with what they are now', 'SELECT kroles_room_join(21)', 'SELECT kroles_room_leave(21)');
SELECT campus.may('clerk', '1 row', 'edits the Hall: that is not of the room', 'UPDATE kroles.media SET name = ''x'' WHERE id = 21');
DELETE FROM kroles.media_moderators WHERE id = 50;
DELETE FROM kroles.event_participants WHERE id = 50;
DELETE FROM kroles.media_collaborators WHERE id = 50;
-- the former has the room's rights still, and nothing outside it
SELECT campus.may('former', '{contribute,moderate,join_room,start_room,moderate_room,present,interact}', 'has in the room what they joined with', 'SELECT kroles_rights(''room'', 21)');
SELECT campus.may('former', 'moderator', 'is what they were when they joined', 'SELECT kroles_role(''room'', 21)');
SELECT campus.may('former', '{contribute,moderate,join_room,start_room,moderate_room,present,interact}', 'joins again', 'SELECT kroles_room_join(21)');
SELECT campus.leads_to('former', '41 42 44', 'removes a guest, by what they joined with', 'SELECT kroles_room_remove(21, 43)', 'SELECT user_id FROM kroles.room_participants WHERE left_at IS NULL ORDER BY user_id');
SELECT campus.tries('former', expected, what, statement)
FROM (VALUES
    ('{}', 'asks what they may on the media', 'SELECT kroles_rights(''media'', 21)'), ('NULL', 'asks what they are there', 'SELECT kroles_role(''media'', 21)'), ('false', 'asks to view the room', 'SELECT kroles_can(''view'', ''room'', 21)'),
    ('no row', 'reads the media', 'SELECT name FROM kroles.media WHERE id = 21'), ('no row', 'reads its speakers', 'SELECT user_id FROM kroles.media_speakers WHERE media_id = 21'), ('no row', 'reads their cards', 'SELECT user_id FROM kroles_speakers(21)'),
    ('no row', 'reads of its people', 'SELECT id FROM kroles.media_moderators'), ('no row', 'reads where it is published', 'SELECT space_id FROM kroles.publications WHERE media_id = 21'), ('no row', 'reads of what it is a session', 'SELECT event_id FROM kroles.event_sessions'),
    ('no row', 'reads its event', 'SELECT name FROM kroles.events'), ('no row', 'reads its history', 'SELECT what FROM kroles_history(''room'', 21)'), ('no row', 'reads the log', 'SELECT id FROM kroles.audit_log'),
    ('42704', 'reads the page of its people', 'SELECT kroles_media_users(21)'), ('42704', 'removes themselves from it', 'SELECT kroles_remove_user(21, 44)'), ('NULL', 'asks for its id', 'SELECT kroles_id(''room'', ''hall'')'),
    ('no row', 'renames it', 'UPDATE kroles.media SET name = ''x'' WHERE id = 21'), ('42501', 'makes a speaker', 'INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (21, 44)'), ('42501', 'makes themselves moderator again', 'INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (21, 44, ''room_moderator'')'),
    ('42501', 'publishes it', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (21, 3)'), ('42501', 'makes it a session', 'INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 21)'), ('42501', 'asks what others may in the room', 'SELECT kroles_rights(''room'', 21, 43)')) AS t (expected, what, statement);
SELECT campus.tries('former', '42704', 'leaves, and joins again', 'SELECT kroles_room_join(21)', 'SELECT kroles_room_leave(21)');
SELECT campus.tries('former', '{}', 'leaves, and goes on', 'SELECT kroles_rights(''room'', 21)', 'SELECT kroles_room_leave(21)');
SELECT campus.tries('former', '42704', 'leaves, and removes a guest', 'SELECT kroles_room_remove(21, 43)', 'SELECT kroles_room_leave(21)');
-- what one gives up oneself
SELECT campus.may('guest', '{join_room,interact}', 'is in the room still, having dropped their own row', 'SELECT kroles_rights(''room'', 21)', 'DELETE FROM kroles.media_collaborators WHERE user_id = 43');
SELECT campus.tries('guest', 'no row', 'reads the media, having dropped their own row', 'SELECT name FROM kroles.media WHERE id = 21', 'DELETE FROM kroles.media_collaborators WHERE user_id = 43');
-- an administrator, whatever they joined as
INSERT INTO kroles.users (id, login, applicative_role) VALUES (46, 'promoted', 'viewer');
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (21, 46, 'viewer');
CALL campus.joins('promoted', 21);
UPDATE kroles.users SET administrator = true WHERE id = 46;
SELECT campus.may('promoted', '{join_room,interact}', 'made administrator meanwhile, has what they joined with', 'SELECT kroles_room_join(21)');
SELECT campus.leads_to('promoted', '41 42 44 46', 'removes a guest, as administrator', 'SELECT kroles_room_remove(21, 43)', 'SELECT user_id FROM kroles.room_participants WHERE left_at IS NULL ORDER BY user_id');
SELECT campus.tries('promoted', '42704', 'removes somebody from what does not exist', 'SELECT kroles_room_remove(99, 43)');
DELETE FROM kroles.users WHERE id = 46;

-- ---- Removing: hosts and room moderators, and nobody else ----
SELECT campus.tries(who, expected, 'removes ' || whom, format('SELECT kroles_room_remove(%s)', whom))
FROM (VALUES ('clerk', '21, 43', '42501'), ('guest', '21, 41', '42501'), ('lecturer', '21, 43', '42501'), ('attendee', '21, 43', '42501'), ('delegate', '21, 43', '42501'), ('hidden speaker', '21, 43', '42501'),
    ('speaker', '1, 43', '42501'), ('publisher', '1, 43', '42501'), ('manager', '1, 43', '42501'), ('chatter', '1, 43', '42501'), ('viewer', '1, 43', '42501'), ('stranger', '21, 43', '42704'), ('keeper', '23, 43', '42704'), ('keeper', '99, 43', '42704'), ('keeper', 'NULL, 43', '42704'),
    ('keeper', '1, 43', '42501'), ('organizer', '22, 43', '42704'), ('banned', '21, 43', '42704'), (NULL, '21, 43', '28000'), ('keeper', '21, NULL', '22023'), (NULL, '21, NULL', '22023')) AS t (who, whom, expected);
SELECT campus.leads_to(who, '41 42 44', 'removes a guest', 'SELECT kroles_room_remove(21, 43)', 'SELECT user_id FROM kroles.room_participants WHERE left_at IS NULL ORDER BY user_id')
FROM unnest('{landlord, organizer, co-organizer, chair, steward, usher, keeper, administrator}'::text[]) AS who;
SELECT campus.leads_to('keeper', '41 42 43 44', 'removes one who is not in', format('SELECT kroles_room_remove(21, %s)', whom), 'SELECT user_id FROM kroles.room_participants WHERE left_at IS NULL ORDER BY user_id') FROM unnest('{18, 99}'::bigint[]) AS whom;
-- removed: the grant is left, what was frozen is not
SELECT kroles_room_remove(21, 41), kroles_room_remove(21, 44), kroles_room_remove(21, 43) \g /dev/null
SELECT campus.tries('former', '{}', 'removed, uses what was frozen', 'SELECT kroles_rights(''room'', 21)');
SELECT campus.tries('former', '42704', 'removed, joins again', 'SELECT kroles_room_join(21)');
SELECT campus.tries('former', '42704', 'removed, removes another', 'SELECT kroles_room_remove(21, 42)');
SELECT campus.tries('former', '44', 'removed, reads who is in the Hall', 'SELECT user_id FROM kroles.room_participants');
SELECT campus.may('keeper', '{contribute,moderate,join_room,start_room,moderate_room,present,interact}', 'removed, joins again by what was granted', 'SELECT kroles_room_join(21)');

-- ---- A room moderator is none of the media ----
SELECT campus.tries_update(who, 'no row', 'changes ' || change || ' of the Hall', 'kroles.media', change, 't.id = 21') FROM unnest('{keeper, clerk}'::text[]) AS who, unnest('{name = ''x'', owner_id = 41, external_id = ''x'', type = ''video''}'::text[]) AS change;
SELECT campus.tries_delete('keeper', 'no row', 'deletes the Hall', 'kroles.media', 't.id = 21');
SELECT campus.tries_insert('keeper', '42501', what, target, columns, row)
FROM (VALUES ('adds a collaborator', 'kroles.media_collaborators'::regclass, 'media_id, user_id, permission', '21, 18, ''viewer'''), ('makes themselves editor', 'kroles.media_collaborators', 'media_id, user_id, permission', '21, 41, ''editor'''),
    ('makes another moderator', 'kroles.media_moderators', 'media_id, user_id, permission', '21, 18, ''chat_moderator'''), ('makes themselves chat moderator too', 'kroles.media_moderators', 'media_id, user_id, permission', '21, 41, ''chat_moderator'''),
    ('makes a speaker', 'kroles.media_speakers', 'media_id, user_id', '21, 18'), ('publishes the Hall', 'kroles.publications', 'media_id, space_id', '21, 3'), ('makes it a session', 'kroles.event_sessions', 'event_id, media_id', '1, 21')) AS t (what, target, columns, row);
SELECT campus.tries_update('keeper', 'no row', 'shows the hidden speaker', 'kroles.media_speakers', 'visible = true', 't.user_id = 14', true);
SELECT campus.tries('keeper', expected, what, statement)
FROM (VALUES ('42501', 'sets permissions', 'SELECT kroles_set_permissions(21, 43, NULL, ''{editor}'')'), ('42501', 'removes a viewer from the media', 'SELECT kroles_remove_user(21, 43)'), ('42501', 'reads the page of its people', 'SELECT kroles_media_users(21)'),
    ('42501', 'has it transferred', 'SELECT kroles_transfer_ownership(21, 41)'), ('42501', 'moves a speaker', 'SELECT kroles_move_speaker(21, 13, 2)'), ('21', 'reads of its people', 'SELECT id FROM kroles.media_moderators'), ('13', 'reads its speakers', 'SELECT user_id FROM kroles.media_speakers WHERE media_id = 21'),
    ('42501', 'asks what others may there', 'SELECT kroles_rights(''room'', 21, 43)')) AS t (expected, what, statement);

-- ---- Blocked ----
CALL campus.joins('keeper', 21);
CALL campus.joins('guest', 21);
UPDATE kroles.users SET blocked = true WHERE login = 'keeper';
SELECT campus.tries('keeper', expected, 'blocked while in the room, ' || what, statement)
FROM (VALUES ('{}', 'asks what they may', 'SELECT kroles_rights(''room'', 21)'), ('NULL', 'asks what they are', 'SELECT kroles_role(''room'', 21)'), ('42704', 'joins', 'SELECT kroles_room_join(21)'), ('42704', 'removes a guest', 'SELECT kroles_room_remove(21, 43)'),
    ('no row', 'reads their own stay', 'SELECT id FROM kroles.room_participants')) AS t (expected, what, statement);
UPDATE kroles.users SET blocked = false WHERE login = 'keeper';
DELETE FROM kroles.media_moderators WHERE user_id = 41;
SELECT campus.tries('keeper', '{}', 'blocked and unblocked, uses what was frozen', 'SELECT kroles_rights(''room'', 21)');
INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (21, 41, 'room_moderator');

-- ---- The module off: nobody is made a moderator, moderators are none, and whoever was in is out ----
CALL campus.joins('keeper', 21);
CALL campus.joins('steward', 21);
CALL campus.joins('organizer', 21);
UPDATE kroles.settings SET chat_and_collaboration = false;
SELECT is((SELECT count(*) FROM kroles.room_participants WHERE left_at IS NULL), 0::bigint, 'no row: anybody in a room, the module being off');
SELECT campus.tries_insert(who, '55000', 'makes a moderator, the module being off', 'kroles.media_moderators', 'media_id, user_id, permission', '21, 18, ''room_moderator''') FROM unnest('{landlord, administrator}'::text[]) AS who;
SELECT campus.tries_update(who, '55000', 'makes a chat moderator one of the room, the module being off', 'kroles.media_moderators', 'permission = ''room_moderator''', 't.user_id = 42') FROM unnest('{landlord, administrator}'::text[]) AS who;
SELECT campus.tries('landlord', '55000', 'makes a moderator by function, the module being off', 'SELECT kroles_set_permissions(21, 18, NULL, ''{room_moderator}'')');
SELECT campus.tries_insert('keeper', '42501', 'makes a moderator, the module being off', 'kroles.media_moderators', 'media_id, user_id, permission', '21, 18, ''room_moderator''');
SELECT campus.tries(who, rights, 'asks what they may in the Hall, the module being off', 'SELECT kroles_rights(''room'', 21)')
FROM (VALUES ('keeper', '{}'), ('clerk', '{}'), ('steward', '{view}'), ('usher', '{view}'), ('former', '{}'), ('guest', '{view,join_room,interact}'), ('attendee', '{view,join_room,interact}'), ('lecturer', '{view,contribute,join_room,present,interact}')) AS t (who, rights);
SELECT campus.tries(who, expected, 'joins the Hall, the module being off', 'SELECT kroles_room_join(21)') FROM (VALUES ('keeper', '42704'), ('clerk', '42704'), ('steward', '42501'), ('usher', '42501'), ('former', '42704'), ('guest', '{join_room,interact}')) AS t (who, expected);
SELECT campus.tries(who, expected, 'removes a guest, the module being off', 'SELECT kroles_room_remove(21, 43)') FROM (VALUES ('keeper', '42704'), ('steward', '42501'), ('usher', '42501'), ('former', '42704')) AS t (who, expected);
SELECT campus.tries(who, 'no row', 'reads who was in the Hall, the module being off', 'SELECT user_id FROM kroles.room_participants WHERE user_id <> kroles_current_user()') FROM unnest('{keeper, steward, usher, former}'::text[]) AS who;
SELECT campus.may('steward', '{view,moderate,manage,manage_speakers}', 'moderates the media of a session, the module being off', 'SELECT kroles_rights(''media'', 21)');
SELECT campus.may('organizer', '1 row', 'makes a moderator of the Congress, who is none in its rooms, the module being off', 'INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (1, 18, ''moderator'')');
SELECT campus.may('landlord', '2 rows', 'takes moderators away, the module being off', 'DELETE FROM kroles.media_moderators WHERE media_id = 21 AND user_id IN (41, 42)');
-- who joins while it is off has what is so at any time, and what they joined with is not kept for when it is on
CALL campus.joins('guest', 21);
DELETE FROM kroles.media_collaborators WHERE user_id = 43;
SELECT campus.tries('guest', '{}', 'who joined while the module was off, uses what was granted then', 'SELECT kroles_rights(''room'', 21)');
UPDATE kroles.settings SET chat_and_collaboration = true;
SELECT campus.tries('guest', '{}', 'who joined while the module was off, uses it when it is on', 'SELECT kroles_rights(''room'', 21)');
SELECT campus.tries('former', '42704', 'joins again, the module being on again', 'SELECT kroles_room_join(21)');
SELECT campus.may('keeper', '{contribute,moderate,join_room,start_room,moderate_room,present,interact}', 'joins again, the module being on again', 'SELECT kroles_room_join(21)');
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (21, 43, 'viewer');

-- ---- The limit: an hour, of which a minute is left, and none ----
SELECT campus.may('administrator', '1 row', 'makes the limit an hour', 'UPDATE kroles.settings SET room_session_limit = ''1 hour''');
UPDATE kroles.settings SET room_session_limit = '1 hour';
CALL campus.joins('keeper', 21);
CALL campus.joins('guest', 21);
DELETE FROM kroles.media_moderators WHERE user_id = 41;
UPDATE kroles.room_participants SET joined_at = now() - interval '59 minutes' WHERE left_at IS NULL;
SELECT campus.may('keeper', '{contribute,moderate,join_room,start_room,moderate_room,present,interact}', 'has a minute left of what was frozen', 'SELECT kroles_rights(''room'', 21)');
UPDATE kroles.room_participants SET joined_at = now() - interval '1 hour' WHERE left_at IS NULL;
SELECT campus.tries('keeper', expected, 'at the very end, ' || what, statement)
FROM (VALUES ('{}', 'asks what they may', 'SELECT kroles_rights(''room'', 21)'), ('NULL', 'asks what they are', 'SELECT kroles_role(''room'', 21)'), ('42704', 'joins again', 'SELECT kroles_room_join(21)'), ('42704', 'removes a guest', 'SELECT kroles_room_remove(21, 43)'),
    ('41', 'reads who is in the Hall', 'SELECT DISTINCT user_id FROM kroles.room_participants')) AS t (expected, what, statement);
SELECT campus.may('guest', '{join_room,interact}', 'whose stay has run out, begins another', 'SELECT kroles_room_join(21)');
SELECT campus.leads_to('guest', '01:00:00 NULL', 'begins another; the one before lasted an hour', 'SELECT kroles_room_join(21)',
    'SELECT coalesce(lasted::text, ''NULL'') FROM (SELECT id, left_at - joined_at AS lasted FROM kroles.room_participants WHERE user_id = 43 ORDER BY id DESC LIMIT 2) AS s ORDER BY id');
SELECT campus.leads_to('guest', '01:00:00', 'leaves what has run out: it lasted an hour', 'SELECT kroles_room_leave(21)', 'SELECT (left_at - joined_at)::text FROM kroles.room_participants WHERE user_id = 43 AND joined_at < now() - interval ''59 minutes''');
-- raised afterwards, it brings nobody back
UPDATE kroles.room_participants SET joined_at = now() - interval '2 hours' WHERE left_at IS NULL AND user_id = 41;
UPDATE kroles.settings SET room_session_limit = '3 hours';
SELECT campus.tries('keeper', '{}', 'whose stay had run out, uses a limit that was raised', 'SELECT kroles_rights(''room'', 21)');
SELECT campus.tries('keeper', '42704', 'whose stay had run out, joins by a limit that was raised', 'SELECT kroles_room_join(21)');
SELECT is((SELECT (left_at - joined_at)::text FROM kroles.room_participants WHERE user_id = 41 ORDER BY id DESC LIMIT 1), '01:00:00', 'control: a stay that had run out ended by the limit of then');
-- whoever sets it sets it for all
SELECT campus.tries_update(who, 'no row', 'raises the limit', 'kroles.settings', 'room_session_limit = ''30 days''', 't.only_row') FROM unnest('{landlord, organizer, keeper, guest, NULL}'::text[]) AS who;
SELECT campus.tries('administrator', '23514', 'makes the limit ' || most, format('UPDATE kroles.settings SET room_session_limit = %L', most)) FROM unnest('{0, -1 hour, 31 days, 1 mon 1 second, 10 years, -1 mon 60 days 1 second}'::text[]) AS most;
-- a day has 24 hours, also when clocks change; a month 30 days
SET TimeZone = 'Europe/Berlin';
UPDATE kroles.settings SET room_session_limit = '1 day';
SELECT is(kroles.stay_ends('2026-03-28 12:00')::text, '2026-03-29 13:00:00+02', 'control: a day over the change of clocks');
UPDATE kroles.settings SET room_session_limit = '1 mon';
SELECT is(kroles.stay_ends('2026-01-31 12:00')::text, '2026-03-02 12:00:00+01', 'control: a month from the last of one');
CALL campus.joins('guest', 21);
UPDATE kroles.room_participants SET joined_at = now() - interval '720 hours' WHERE left_at IS NULL AND user_id = 43;
DELETE FROM kroles.media_collaborators WHERE user_id = 43;
SELECT campus.tries('guest', '{}', 'is in the room after 30 days', 'SELECT kroles_rights(''room'', 21)');
SELECT campus.tries('guest', '42704', 'joins again after 30 days', 'SELECT kroles_room_join(21)');
UPDATE kroles.settings SET room_session_limit = '12 hours';
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (21, 43, 'viewer');
INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (21, 41, 'room_moderator');

-- ---- In one transaction ----
SELECT campus.may('attendee', '{join_room,interact}', 'joins, leaves the Congress, and is in the room still', 'SELECT kroles_rights(''room'', 21)', 'SELECT kroles_room_join(21); DELETE FROM kroles.event_participants WHERE user_id = 36');
SELECT campus.tries('attendee', '{}', 'joins, leaves the Congress and the room, and goes on', 'SELECT kroles_rights(''room'', 21)', 'SELECT kroles_room_join(21); DELETE FROM kroles.event_participants WHERE user_id = 36; SELECT kroles_room_leave(21)');
SELECT campus.tries('attendee', '42704', 'leaves the Congress, and joins', 'SELECT kroles_room_join(21)', 'DELETE FROM kroles.event_participants WHERE user_id = 36');
BEGIN;
SET LOCAL SESSION AUTHORIZATION campus_gateway;
SET LOCAL kroles."user" = 'attendee';
SAVEPOINT s;
SELECT kroles_room_join(21) AS joined \gset
ROLLBACK TO s;
RESET SESSION AUTHORIZATION;
DELETE FROM kroles.event_participants WHERE user_id = 36;
SET LOCAL SESSION AUTHORIZATION campus_gateway;
SELECT kroles_rights('room', 21) AS rights \gset
ROLLBACK;
SELECT is(:'joined' || ' ' || :'rights', '{join_room,interact} {}', '{}: attendee, taken out of the Congress, uses a stay that was rolled back');

-- ---- What is no room any more ----
CALL campus.joins('keeper', 21);
UPDATE kroles.media SET type = 'video' WHERE id = 21;
SELECT campus.tries(who, '{}', 'asks what they may in what is a video now', 'SELECT kroles_rights(''room'', 21)') FROM unnest('{keeper, landlord, administrator, attendee}'::text[]) AS who;
SELECT campus.tries(who, '42704', 'joins what is a video now', 'SELECT kroles_room_join(21)') FROM unnest('{keeper, landlord, administrator}'::text[]) AS who;
SELECT campus.tries(who, '42704', 'removes somebody from what is a video now', 'SELECT kroles_room_remove(21, 41)') FROM unnest('{keeper, landlord}'::text[]) AS who;
SELECT campus.tries('landlord', 'no row', 'reads who is in what is a video now', 'SELECT user_id FROM kroles.room_participants');
SELECT campus.leads_to('keeper', 'false', 'leaves what is a video now', 'SELECT kroles_room_leave(21)', 'SELECT left_at IS NULL FROM kroles.room_participants WHERE user_id = 41 ORDER BY id DESC LIMIT 1');
DELETE FROM kroles.media_moderators WHERE user_id = 41;
UPDATE kroles.media SET type = 'room' WHERE id = 21;
-- (another type is none of what ends a stay)
SELECT campus.may('keeper', '{contribute,moderate,join_room,start_room,moderate_room,present,interact}', 'is in what is a room again', 'SELECT kroles_rights(''room'', 21)');
UPDATE kroles.media SET type = 'live' WHERE id = 21;
SELECT campus.may('keeper', '{contribute,moderate,join_room,start_room,moderate_room,present,interact}', 'is in what is live now', 'SELECT kroles_rights(''room'', 21)');
-- how often rooms were switched is not for people to say
UPDATE kroles.settings SET chat_and_collaboration = false;
UPDATE kroles.settings SET chat_and_collaboration = true;
SELECT campus.leads_to('administrator', 'true', 'turns back how often rooms were switched', 'UPDATE kroles.settings SET rooms_switched = rooms_switched - 2', 'SELECT rooms_switched >= 2 FROM kroles.settings');
SELECT campus.tries('keeper', '{}', 'uses a stay from before, with what the administrator turned back', 'SELECT kroles_rights(''room'', 21)');
SELECT campus.tries('keeper', '42501', 'counts switches', 'SELECT kroles.count_switch()');
SELECT campus.tries(who, '42501', 'locks a stay by hand', 'SELECT kroles.lock_stay(21, 41)') FROM unnest('{keeper, landlord, administrator, NULL}'::text[]) AS who;
SELECT campus.tries_insert('keeper', '42501', 'enters themselves, with a number of their own', 'kroles.room_participants', 'media_id, user_id, rights, rooms_switched', '21, 41, ''{}'', 99');

SELECT * FROM finish();
