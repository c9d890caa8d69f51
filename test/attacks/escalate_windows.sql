-- Privilege escalation by windows: beginning early, staying on, prolonging one's own grant, acting on one that is over, opening
-- media that are not available, and stays in rooms that outlive the time in which they began.
\set name kroles_escalate_windows
\ir lib/campus.psql
\ir lib/congress.psql
SELECT * FROM no_plan();

-- grants that have not begun, and some that end tomorrow
INSERT INTO kroles.space_members (id, space_id, user_id, role, starts_at) VALUES (300, 1, 18, 'manager', now() + interval '1 day');
INSERT INTO kroles.group_members (group_id, user_id, starts_at) VALUES (2, 18, now() + interval '1 day');
INSERT INTO kroles.media_collaborators (id, media_id, user_id, permission, starts_at) VALUES (300, 1, 18, 'editor', now() + interval '1 day');
INSERT INTO kroles.media_moderators (id, media_id, user_id, permission, starts_at) VALUES (300, 1, 18, 'room_moderator', now() + interval '1 day');
INSERT INTO kroles.event_participants (id, event_id, user_id, role, starts_at) VALUES (300, 1, 18, 'moderator', now() + interval '1 day');
UPDATE kroles.space_members SET expires_at = now() + interval '1 day' WHERE id IN (2, 3, 4, 5);
UPDATE kroles.group_members SET expires_at = now() + interval '1 day' WHERE user_id IN (7, 23);
UPDATE kroles.media_collaborators SET expires_at = now() + interval '1 day' WHERE id IN (1, 2, 3);
UPDATE kroles.media_moderators SET expires_at = now() + interval '1 day' WHERE id IN (1, 2);
UPDATE kroles.event_participants SET expires_at = now() + interval '1 day' WHERE id IN (12, 15);

-- ---- Before it begins, nothing counts ----
SELECT campus.tries('stranger', expected, 'before their time ' || what, statement) FROM (VALUES
    ('no row', 'renames Lectures', 'UPDATE kroles.spaces SET name = ''x'' WHERE id = 1'),
    ('42501', 'makes a friend member', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (1, 15)'),
    ('no row', 'edits the Symposium', 'UPDATE kroles.media SET name = ''x'' WHERE id = 1'),
    ('42501', 'makes themselves speaker', 'INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (1, 18)'),
    ('42501', 'joins the Symposium', 'SELECT kroles_room_join(1)'),
    ('42704', 'joins the Hall', 'SELECT kroles_room_join(21)'),
    ('no row', 'sees the Congress', 'SELECT name FROM kroles.events WHERE id = 1'),
    ('{}', 'asks what they may there', 'SELECT kroles_rights(''event'', 1)'),
    ('{view}', 'asks what they may in Lectures', 'SELECT kroles_rights(''channel'', 1)'),
    ('{view}', 'asks what they may on the Symposium', 'SELECT kroles_rights(''media'', 1)'),
    ('no row', 'is in Bosses', 'SELECT name FROM kroles.groups WHERE id = 2')) AS t (expected, what, statement);
SELECT campus.tries_update('stranger', 'no row', 'begins now ' || name, name, 'starts_at = NULL', 't.' || id, false, '(' || columns || ') ON CONFLICT ' || target)
FROM (VALUES ('kroles.space_members'::regclass, 'id = 300', 'space_id, user_id) VALUES (1, 18', 'ON CONSTRAINT space_members_one_grant_a_user_or_group'),
    ('kroles.group_members', 'user_id = 18', 'group_id, user_id) VALUES (2, 18', '(user_id, group_id)'),
    ('kroles.media_collaborators', 'id = 300', 'media_id, user_id, permission) VALUES (1, 18, ''editor''', 'ON CONSTRAINT media_collaborators_a_permission_is_given_once'),
    ('kroles.media_moderators', 'id = 300', 'media_id, user_id, permission) VALUES (1, 18, ''room_moderator''', 'ON CONSTRAINT media_moderators_a_permission_is_given_once'),
    ('kroles.event_participants', 'id = 300', 'event_id, user_id, role) VALUES (1, 18, ''moderator''', 'ON CONSTRAINT event_participants_a_role_is_given_once')) AS t (name, id, columns, target);
SELECT campus.tries_insert('stranger', '42501', 'begins beside it', name, columns, "values") FROM (VALUES
    ('kroles.space_members'::regclass, 'space_id, user_id, role, starts_at', '1, 18, ''manager'', now() - interval ''1 day'''),
    ('kroles.group_members', 'group_id, user_id, starts_at', '5, 18, now() - interval ''1 day'''),
    ('kroles.media_collaborators', 'media_id, user_id, permission, expires_at', '1, 18, ''viewer'', now() + interval ''1 day'''),
    ('kroles.media_moderators', 'media_id, user_id, permission, expires_at', '1, 18, ''chat_moderator'', now() + interval ''1 day''')) AS t (name, columns, "values");
-- they may renounce it
SELECT campus.may('stranger', '1 row', 'renounces what has not begun', 'DELETE FROM kroles.space_members WHERE id = 300');

-- ---- One's own grant, longer ----
SELECT campus.tries_update(who, 'no row', 'prolongs their grant', 'kroles.space_members', change, 't.id = ' || id)
FROM (VALUES ('moderator', 2), ('contributor', 3), ('member', 4), ('grouped', 5)) AS t (who, id), unnest('{expires_at = NULL, "expires_at = ''infinity''", "expires_at = now() + interval ''1 year''"}'::text[]) AS change;
SELECT campus.tries_update(who, 'no row', 'prolongs their membership', 'kroles.group_members', 'expires_at = NULL', 't.user_id = ' || id) FROM (VALUES ('grouped', 7), ('boss', 23)) AS t (who, id);
SELECT campus.tries_update('manager', 'no row', 'prolongs what another has as a member of Staff', 'kroles.group_members', 'expires_at = NULL', 't.user_id = 7', true);
SELECT campus.tries_update(who, 'no row', 'prolongs their permission', 'kroles.media_collaborators', 'expires_at = NULL', 't.id = ' || id) FROM (VALUES ('editor', 1), ('publisher', 2), ('watcher', 3)) AS t (who, id);
SELECT campus.tries_update(who, 'no row', 'prolongs another''s permission', 'kroles.media_collaborators', 'expires_at = NULL', 't.id = 3', who <> 'editor') FROM unnest('{editor, publisher, chatter, moderator, stranger}'::text[]) AS who;
SELECT campus.tries_update(who, 'no row', 'prolongs their permission', 'kroles.media_moderators', 'expires_at = NULL', 't.id = ' || id) FROM (VALUES ('chatter', 1), ('host', 2)) AS t (who, id);
SELECT campus.tries_update(who, 'no row', 'prolongs their role', 'kroles.event_participants', 'expires_at = NULL', 't.id = ' || id) FROM (VALUES ('steward', 12), ('attendee', 15)) AS t (who, id);
-- by the function
SELECT campus.tries(who, expected, 'prolongs ' || what, format('SELECT kroles_set_permissions(1, %s, NULL, %L, NULL, ''infinity'')', id, permissions)) FROM (VALUES
    ('editor', '42501', 'their permission', 8, '{editor}'), ('editor', '42501', 'a moderator''s and makes them editor', 11, '{chat_moderator, editor}'), ('publisher', '42501', 'their permission', 9, '{publisher}'), ('chatter', '42501', 'their permission', 11, '{chat_moderator}'),
    ('stranger', '42501', 'what has not begun', 18, '{editor}'), ('moderator', '42501', 'their editing by one of their own', 4, '{editor}'), (NULL, '28000', 'somebody''s', 8, '{editor}')) AS t (who, expected, what, id, permissions);
SELECT campus.tries('owner', '23514', 'gives no time', 'SELECT kroles_set_permissions(1, 8, NULL, ''{editor}'', now(), now())');
SELECT campus.tries('stranger', '42704', 'gives time on what is hidden, or absent', format('SELECT kroles_set_permissions(%s, 18, NULL, ''{editor}'', NULL, now())', media)) FROM unnest('{21, 99}'::int[]) AS media;
-- who may
SELECT campus.may(who, '1 row', 'prolongs', format('UPDATE %s SET expires_at = NULL WHERE id = %s', name, id)) FROM (VALUES ('manager', 'kroles.space_members', 2), ('owner', 'kroles.space_members', 5), ('owner', 'kroles.media_collaborators', 1),
    ('editor', 'kroles.media_moderators', 1), ('organizer', 'kroles.event_participants', 12), ('chair', 'kroles.event_participants', 12), ('administrator', 'kroles.media_collaborators', 1)) AS t (who, name, id);
SELECT campus.may('administrator', '1 row', 'prolongs a membership', 'UPDATE kroles.group_members SET expires_at = NULL WHERE user_id = 7');

-- ---- Windows that are none ----
SELECT campus.tries('administrator', '23514', 'makes an empty window: ' || change, 'UPDATE ' || name || ' SET ' || change) FROM unnest('{space_members, group_members, media_collaborators, media_moderators, event_participants}'::text[]) AS t, LATERAL (SELECT 'kroles.' || t) AS n (name),
    unnest('{"starts_at = now(), expires_at = now()", "starts_at = now(), expires_at = now() - interval ''1 second''", "starts_at = ''infinity'', expires_at = ''infinity''", "starts_at = ''-infinity'', expires_at = ''-infinity''"}'::text[]) AS change;
SELECT campus.tries('owner', '23514', 'makes an empty window of media', 'UPDATE kroles.media SET available_from = now(), available_until = now() WHERE id = 1');
SELECT campus.tries(who, '23514', 'gives an organizer an end', 'UPDATE kroles.event_participants SET ' || change) FROM unnest('{organizer, chair, administrator}'::text[]) AS who,
    unnest('{"expires_at = now() + interval ''1 day'' WHERE id = 11", "starts_at = now() WHERE id = 17", "role = ''organizer'' WHERE id = 12"}'::text[]) AS change;

-- ---- What is over ----
UPDATE kroles.space_members SET expires_at = now() - interval '1 hour' WHERE id IN (1, 9);
UPDATE kroles.group_members SET expires_at = now() - interval '1 hour' WHERE user_id IN (7, 23, 38);
UPDATE kroles.media_collaborators SET expires_at = now() - interval '1 hour' WHERE id IN (1, 2);
UPDATE kroles.media_moderators SET expires_at = now() - interval '1 hour' WHERE id IN (1, 2);
UPDATE kroles.event_participants SET expires_at = now() - interval '1 hour' WHERE id IN (12, 13, 14);
SELECT campus.tries(who, expected, 'after their time ' || what, statement) FROM (VALUES
    ('manager', 'no row', 'prolongs their grant', 'UPDATE kroles.space_members SET expires_at = NULL WHERE id = 1'),
    ('manager', '42501', 'makes a friend member', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (1, 15)'),
    ('manager', 'no row', 'renames Lectures', 'UPDATE kroles.spaces SET name = ''x'' WHERE id = 1'),
    ('boss', '42501', 'makes themselves manager in person', 'INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 23, ''manager'')'),
    ('boss', 'no row', 'prolongs the grant of Bosses', 'UPDATE kroles.space_members SET expires_at = NULL WHERE id = 6'),
    ('grouped', 'no row', 'edits the Poster', 'UPDATE kroles.media SET name = ''x'' WHERE id = 7'),
    ('grouped', '42501', 'publishes to Lectures', 'INSERT INTO kroles.publications (media_id, space_id) SELECT id, 1 FROM kroles.media WHERE id = 7 UNION ALL SELECT 7, 1 LIMIT 1'),
    ('editor', 'no row', 'edits the Symposium', 'UPDATE kroles.media SET name = ''x'' WHERE id = 1'),
    ('editor', '42501', 'makes themselves moderator', 'INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (1, 8, ''room_moderator'')'),
    ('publisher', '42501', 'publishes the Symposium', 'SELECT kroles_publish(1, 3)'),
    ('chatter', '42501', 'joins', 'SELECT kroles_room_join(1)'),
    ('host', '42501', 'joins', 'SELECT kroles_room_join(1)'),
    ('steward', 'no row', 'prolongs their role', 'UPDATE kroles.event_participants SET expires_at = NULL WHERE id = 12'),
    ('steward', '42704', 'joins the Hall', 'SELECT kroles_room_join(21)'),
    ('usher', 'no row', 'sees the Congress', 'SELECT name FROM kroles.events WHERE id = 1'),
    ('lecturer', 'no row', 'sees the Hall', 'SELECT name FROM kroles.media WHERE id = 21'),
    ('chair', 'no row', 'manages the Congress', 'UPDATE kroles.events SET name = ''x'' WHERE id = 1'),
    ('chair', '42501', 'makes themselves organizer', 'INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (1, 38, ''organizer'')')) AS t (who, expected, what, statement);
-- what hid a group's grant hides it no more
SELECT campus.may('lowered', 'manager', 'is what Bosses are, when their own grant is over', 'SELECT kroles_contextual_role(1)');

-- ---- Media that are not available ----
SELECT campus.tries(who, 'no row', 'changes when the Symposium is available', 'UPDATE kroles.media SET ' || change || ' WHERE id = 1') FROM unnest('{editor, publisher, watcher, chatter, host, speaker, hidden speaker, contributor, member, stranger, viewer, rival, blocked, NULL}'::text[]) AS who,
    unnest('{available_from = NULL, "available_until = now()"}'::text[]) AS change;
SELECT campus.may(who, '1 row', 'changes when the Symposium is available', 'UPDATE kroles.media SET available_until = now() WHERE id = 1') FROM unnest('{owner, moderator, administrator}'::text[]) AS who;
SELECT campus.tries(who, '42501', 'forges the time by the audience', 'UPDATE kroles.media SET audience = ''1 owner=2 available=0@..1'' WHERE id = 1') FROM unnest('{owner, moderator}'::text[]) AS who;
UPDATE kroles.media SET available_from = now() + interval '1 day' WHERE id IN (1, 21);
SELECT campus.tries(who, 'no row', 'opens it themselves', 'UPDATE kroles.media SET available_from = NULL WHERE id = 1') FROM unnest('{editor, publisher, watcher, chatter, host, speaker, contributor, member, stranger, viewer, rival, NULL}'::text[]) AS who;
SELECT campus.tries(who, '42704', 'joins a room before its time', format('SELECT kroles_room_join(%s)', room)) FROM (VALUES ('watcher', 1), ('member', 1), ('speaker', 1), ('clerk', 21), ('guest', 21), ('attendee', 21), ('delegate', 21), ('hidden speaker', 21), ('stranger', 21)) AS t (who, room);
SELECT campus.may(who, '{contribute,moderate,join_room,start_room,moderate_room,present,interact}', 'prepares it', 'SELECT kroles_room_join(21)') FROM unnest('{keeper}'::text[]) AS who;
SELECT campus.tries(who, '{}', 'asks what they may in it', 'SELECT kroles_rights(''room'', 21)') FROM unnest('{clerk, guest, former, attendee, hidden speaker, stranger}'::text[]) AS who;

SELECT campus.tries(who, expected, 'opens it through a view that is not for that: ' || name, format('UPDATE kroles.%s SET available_from = NULL', name)) FROM unnest('{owner, moderator, editor, stranger}'::text[]) AS who,
    (VALUES ('42501', 'my_media'), ('0A000', 'moderation_queue')) AS t (expected, name);
SELECT campus.tries(who, '42501', 'opens what they know the id of by ' || way, statement) FROM unnest('{contributor, member, stranger}'::text[]) AS who, (VALUES
    ('ON CONFLICT', 'INSERT INTO kroles.media (name, owner_id, external_id) SELECT ''x'', id, ''hall'' FROM kroles.users ON CONFLICT (external_id) DO UPDATE SET available_from = NULL'),
    ('ON CONFLICT through their view', 'INSERT INTO kroles.my_media (name, owner_id, external_id) SELECT ''x'', id, ''hall'' FROM kroles.users ON CONFLICT (external_id) DO UPDATE SET available_from = NULL')) AS t (way, statement);
SELECT campus.tries(who, '42501', 'uploads a list of who is in Bosses from when', 'COPY kroles.group_members (group_id, user_id, starts_at) FROM PROGRAM ''echo''') FROM unnest('{manager, stranger}'::text[]) AS who;

-- ---- Stays end with the time in which they began, however that ends ----
UPDATE kroles.media SET available_from = NULL WHERE id = 21;
UPDATE kroles.room_participants SET left_at = NULL;
DELETE FROM kroles.media_collaborators WHERE user_id = 43;
SELECT campus.may('guest', '{join_room,interact}', 'is in the Hall, though nothing lets them in any more', 'SELECT kroles_rights(''room'', 21)');
CREATE FUNCTION campus.stays(change text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'UPDATE kroles.media SET ' || change || ' WHERE id = 21';
    UPDATE kroles.media SET available_from = NULL, available_until = NULL WHERE id = 21;
    RETURN campus.answer('guest', 'SELECT kroles_rights(''room'', 21)') || campus.answer('former', 'SELECT kroles_rights(''room'', 21)') || campus.answer('landlord', 'SELECT user_id FROM kroles_room_users(21)');
END $$;
CREATE FUNCTION campus.undone(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    answer := campus.stays(change);
    RAISE EXCEPTION USING ERRCODE = 'KR001';
EXCEPTION WHEN SQLSTATE 'KR001' THEN
    RETURN answer;
END $$;
SELECT skipping.judge('{}{}no row', campus.undone(change), '{}{}no row: those in the Hall are in it again after ' || change, change)
FROM unnest('{"available_until = now()", "available_until = now() - interval ''1 day''", "available_from = now() + interval ''1 hour''", "available_from = ''2999-01-01''"}'::text[]) AS change;
SELECT is(campus.undone(change), '{join_room,interact}{contribute,moderate,join_room,start_room,moderate_room,present,interact}42 44 43 41', 'control: those in the Hall stay after ' || change)
FROM unnest('{"available_until = now() + interval ''1 hour''", "available_from = now() - interval ''1 year''", "name = ''Great Hall''"}'::text[]) AS change;

-- A stay that the closing did not see, because the user was joining, does not come back when the time is opened again.
UPDATE kroles.media SET available_from = now() + interval '1 hour', available_until = NULL WHERE id = 1;
DELETE FROM kroles.room_participants;
INSERT INTO kroles.room_participants (media_id, user_id, rights, rooms_switched, began_available)
SELECT 1, 6, '{join_room,interact}', s.rooms_switched, true FROM kroles.settings s;
UPDATE kroles.media SET available_from = NULL WHERE id = 1;
SELECT is((SELECT count(*) FROM kroles.room_participants WHERE left_at IS NULL), 0::bigint, 'a stay that was not seen when its media closed has ended when it opens');

SELECT * FROM finish();
