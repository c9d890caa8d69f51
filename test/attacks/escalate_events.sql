-- Privilege escalation by events: making oneself organizer, adding people and sessions without the right, leaving an event
-- without an organizer, and what being in an event gives on the media of its sessions.
\set name kroles_escalate_events
\ir lib/campus.psql
\ir lib/congress.psql
SELECT * FROM no_plan();

-- ---- Who takes part: only organizers say it; those in a group that organizes are some ----
CREATE VIEW campus.outsiders (who, id) AS VALUES ('steward', 33), ('usher', 34), ('lecturer', 35), ('attendee', 36), ('delegate', 37), ('banned', 39),
    ('landlord', 40), ('keeper', 41), ('guest', 43), ('rival', 19), ('soloist', 45), ('stranger', 18), ('trusted', 16), (NULL, 18);
SELECT campus.tries_insert(who, '42501', 'adds a friend to the Congress', 'kroles.event_participants', 'event_id, user_id', '1, 18') FROM campus.outsiders;
SELECT campus.tries_insert(who, '42501', 'makes themselves organizer', 'kroles.event_participants', 'event_id, user_id, role', format('1, %s, ''organizer''', id)) FROM campus.outsiders;
SELECT campus.tries_insert(who, '42501', 'makes their group organizer', 'kroles.event_participants', 'event_id, group_id, role', format('1, %s, ''organizer''', id))
FROM (VALUES ('delegate', 4), ('stranger', 3)) AS t (who, id);
SELECT campus.tries_update(who, 'no row', 'raises themselves', 'kroles.event_participants', 'role = ''organizer''', 't.user_id = ' || id, false,
    format('(event_id, user_id, role) VALUES (1, %s, ''%s'') ON CONFLICT ON CONSTRAINT event_participants_a_role_is_given_once', id, role))
FROM (VALUES ('steward', 33, 'moderator'), ('usher', 34, 'moderator'), ('lecturer', 35, 'speaker'), ('attendee', 36, 'attendee')) AS t (who, id, role);
SELECT campus.tries_update('delegate', 'no row', 'raises their group', 'kroles.event_participants', 'role = ''organizer''', 't.id = 16');
SELECT campus.tries_update('delegate', 'no row', 'makes the group''s row their own', 'kroles.event_participants', 'user_id = 37, group_id = NULL', 't.id = 16');
SELECT campus.tries_update('attendee', 'no row', 'takes an organizer''s place', 'kroles.event_participants', 'user_id = 36', 't.id = 11', true);
SELECT campus.tries_update('steward', 'no row', 'takes an organizer''s place', 'kroles.event_participants', 'user_id = 33', 't.id = 11');
SELECT campus.tries_update('steward', 'no row', 'lowers an organizer', 'kroles.event_participants', 'role = ''attendee''', 't.id = 11');
SELECT campus.tries_update('attendee', 'no row', 'carries their row to another event', 'kroles.event_participants', 'event_id = 2', 't.id = 15');
SELECT campus.tries_update('banned', 'no row', 'being an organizer who is blocked, raises a friend', 'kroles.event_participants', 'role = ''organizer''', 't.id = 15', true);
SELECT campus.tries_delete(who, 'no row', 'throws an attendee out', 'kroles.event_participants', 't.id = 15', hidden)
FROM (VALUES ('steward', false), ('usher', false), ('lecturer', true), ('delegate', true), ('rival', true), ('banned', true), ('landlord', true), (NULL, true)) AS t (who, hidden);
SELECT campus.tries_delete('delegate', 'no row', 'takes their group out', 'kroles.event_participants', 't.id = 16');
SELECT campus.tries('attendee', '2 rows', 'takes everybody out, reading nothing: only themselves', 'DELETE FROM kroles.event_participants');
SELECT campus.tries(who, 'no row', 'takes everybody out, reading nothing', 'DELETE FROM kroles.event_participants') FROM unnest('{delegate, banned, landlord, NULL}'::text[]) AS who;
-- carried to where one is no organizer: another's event, none
SELECT campus.tries_update('organizer', '42501', 'carries a participant to event ' || event, 'kroles.event_participants', 'event_id = ' || event, 't.id = 15')
FROM unnest('{2, 3, 4, 99, "NULL"}'::text[]) AS event;
SELECT campus.tries_insert('organizer', '42501', 'adds somebody to event ' || event, 'kroles.event_participants', 'event_id, user_id', event || ', 36') FROM unnest('{2, 3, 4, 99, "NULL"}'::text[]) AS event;
SELECT campus.tries('organizer', '42501', 'adds somebody to several events at once, one not the own', 'INSERT INTO kroles.event_participants (event_id, user_id) VALUES (1, 18), (2, 18)');
SELECT campus.may(who, '1 row', 'adds an organizer', 'INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (1, 18, ''organizer'')') FROM unnest('{organizer, co-organizer, chair, administrator}'::text[]) AS who;
SELECT campus.may('chair', '1 row', 'carries a participant among events of their group', 'UPDATE kroles.event_participants SET event_id = 4 WHERE id = 15');
SELECT campus.may('attendee', '2 rows', 'takes part no more', 'DELETE FROM kroles.event_participants WHERE user_id = 36');
SELECT campus.tries('organizer', '22P02', 'makes up a role', 'INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (1, 18, ''owner'')');

-- ---- The last organizer: of the Concert the soloist, whatever group organizes it too ----
SELECT campus.tries_delete(who, '23514', 'takes the last organizer out', 'kroles.event_participants', 't.event_id = 3 AND t.user_id = 45') FROM unnest('{soloist, chair, administrator}'::text[]) AS who;
SELECT campus.tries_update(who, '23514', what, 'kroles.event_participants', change, 't.event_id = 3 AND t.user_id = 45')
FROM unnest('{soloist, chair, administrator}'::text[]) AS who,
    (VALUES ('lowers the last organizer', 'role = ''moderator'''), ('replaces the last organizer by one who is blocked', 'user_id = 39'), ('by a group', 'user_id = NULL, group_id = 4')) AS t (what, change);
SELECT campus.tries_update('chair', '23514', 'carries the last organizer to another event', 'kroles.event_participants', 'event_id = 4', 't.event_id = 3 AND t.user_id = 45');
SELECT campus.tries(who, '23514', 'is rid of the last organizer: ' || statement, statement)
FROM unnest('{soloist, chair, administrator}'::text[]) AS who, unnest(ARRAY['DELETE FROM kroles.event_participants WHERE event_id = 3',
    'MERGE INTO kroles.event_participants AS p USING (VALUES (36), (45)) AS v (id) ON p.event_id = 3 AND p.user_id = v.id WHEN MATCHED AND p.role = ''organizer'' THEN UPDATE SET role = ''attendee'' WHEN MATCHED THEN DELETE']) AS statement;
SELECT campus.tries('soloist', '23514', 'leaves all events, reading nothing', 'DELETE FROM kroles.event_participants');
SELECT campus.tries('administrator', '23514', what, statement)
FROM (VALUES ('blocks the last organizer', 'UPDATE kroles.users SET blocked = true WHERE id = 45'), ('blocks everybody', 'UPDATE kroles.users SET blocked = true WHERE NOT administrator'),
    ('blocks the last organizer by MERGE', 'MERGE INTO kroles.users AS u USING (VALUES (45)) AS v (id) ON u.id = v.id WHEN MATCHED THEN UPDATE SET blocked = true'),
    ('blocks the last organizer by ON CONFLICT', 'INSERT INTO kroles.users (login) VALUES (''soloist'') ON CONFLICT (login) DO UPDATE SET blocked = true'),
    ('blocks the last organizer by a list', 'SELECT kroles_import_users(E''action,login,blocked\nupdate,soloist,true'')'),
    ('deletes the last organizer', 'DELETE FROM kroles.users WHERE id = 45'), ('deletes the last organizer by a CTE', 'WITH w AS (DELETE FROM kroles.users WHERE id = 45 RETURNING 1) SELECT 1 FROM w')) AS t (what, statement);
-- of the Congress there are two, one who is blocked, and a group: one may go, both not, in whatever way at once
SELECT campus.tries(who, '23514', 'is rid of all organizers: ' || statement, statement)
FROM unnest('{organizer, chair}'::text[]) AS who, unnest(ARRAY['DELETE FROM kroles.event_participants WHERE event_id = 1 AND user_id IN (31, 32)', 'UPDATE kroles.event_participants SET role = ''speaker'' WHERE event_id = 1 AND user_id IN (31, 32)',
    'WITH one AS (DELETE FROM kroles.event_participants WHERE event_id = 1 AND user_id = 31 RETURNING 1) UPDATE kroles.event_participants SET role = ''speaker'' WHERE event_id = 1 AND user_id = 32',
    'WITH one AS (DELETE FROM kroles.event_participants WHERE event_id = 1 AND user_id = 31 RETURNING 1), other AS (DELETE FROM kroles.event_participants WHERE event_id = 1 AND user_id = 32 RETURNING 1) SELECT 1 FROM one, other']) AS statement;
SELECT campus.tries('organizer', '23514', 'leaves after the other one', 'DELETE FROM kroles.event_participants WHERE user_id = 31', 'DELETE FROM kroles.event_participants WHERE user_id = 32 AND event_id = 1');
SELECT campus.tries('administrator', '23514', 'blocks one organizer after the other', 'UPDATE kroles.users SET blocked = true WHERE id = 31', 'UPDATE kroles.users SET blocked = true WHERE id = 32 AND EXISTS (SELECT FROM kroles.event_participants)');
SELECT campus.may('organizer', '1 row', 'leaves to the other one', 'DELETE FROM kroles.event_participants WHERE user_id = 31');
SELECT campus.may('organizer', '1 row', 'makes their place over to another', 'UPDATE kroles.event_participants SET user_id = 36 WHERE user_id = 31', 'DELETE FROM kroles.event_participants WHERE user_id = 32');
SELECT campus.may('administrator', '1 row', 'blocks one of two organizers', 'UPDATE kroles.users SET blocked = true WHERE id = 31');
SELECT campus.may('organizer', '2 rows', 'takes out one who is blocked, and a group', 'DELETE FROM kroles.event_participants WHERE id IN (17, 18)');
SELECT campus.leads_to('administrator', '32 NULL', 'hands over what the soloist has; the Concert has another organizer then', 'SELECT kroles_hand_over(45, 32)', 'SELECT concat_ws('' '', user_id, ''NULL'') FROM kroles.event_participants WHERE event_id = 3 AND role = ''organizer'' AND user_id IS NOT NULL');
SELECT campus.may('soloist', '1 row', 'deletes the Concert with themselves in it', 'DELETE FROM kroles.events WHERE id = 3');
SELECT campus.tries_delete(who, 'no row', 'deletes the Congress', 'kroles.events', 't.id = 1') FROM unnest('{steward, usher, lecturer, attendee, delegate}'::text[]) AS who;
SELECT campus.tries_delete(who, 'no row', 'deletes the Congress', 'kroles.events', 't.id = 1', true) FROM unnest('{banned, landlord, rival, stranger, NULL}'::text[]) AS who;

-- ---- Who made it ----
SELECT campus.tries_update(who, '23514', 'says that another made the Congress', 'kroles.events', 'created_by = ' || maker, 't.id = 1') FROM unnest('{organizer, chair, administrator}'::text[]) AS who, unnest('{36, 39, 99, "NULL"}'::text[]) AS maker;
SELECT campus.tries_update('organizer', '23514', 'gives the Congress another id', 'kroles.events', 'id = 50', 't.id = 1');
SELECT campus.tries_update(who, 'no row', 'renames the Congress', 'kroles.events', 'name = ''x''', 't.id = 1', hidden)
FROM (VALUES ('steward', false), ('lecturer', false), ('attendee', false), ('delegate', false), ('banned', true), ('rival', true), ('landlord', true), (NULL, true)) AS t (who, hidden);
SELECT campus.tries_insert(who, '42501', 'makes an event', 'kroles.events', 'name, created_by', '''x'', ' || id) FROM (VALUES ('usher', 34), ('delegate', 37), ('viewer', 15), ('banned', 39), (NULL, 18)) AS t (who, id);
SELECT campus.tries_insert('organizer', '42501', 'makes an event in the name of ' || maker, 'kroles.events', 'name, created_by', '''x'', ' || maker) FROM unnest('{36, 1, 99, "NULL"}'::text[]) AS maker;
SELECT campus.tries('administrator', '23514', 'makes an event in the name of one who is blocked', 'INSERT INTO kroles.events (name, created_by) VALUES (''x'', 39)');
SELECT campus.leads_to('organizer', '31 organizer', 'makes an event, and organizes it', 'INSERT INTO kroles.events (name) VALUES (''Made anew'')', 'SELECT concat_ws('' '', user_id, role) FROM kroles.event_participants AS p JOIN kroles.events AS e ON e.id = event_id WHERE e.name = ''Made anew''');
SELECT campus.leads_to('administrator', '36 organizer', 'makes an event for another, who organizes it', 'INSERT INTO kroles.events (id, name, created_by) VALUES (1000, ''x'', 36)', 'SELECT concat_ws('' '', user_id, role) FROM kroles.event_participants WHERE event_id = 1000');
SELECT campus.may('organizer', 'true', 'sees what they are just making', 'INSERT INTO kroles.events (name) VALUES (''x'') RETURNING kroles_can(''manage'', ''event'', id)');
SELECT campus.leads_to('administrator', 'NULL 32', 'deletes who made an event; another organizes it', 'INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (3, 32, ''organizer''); DELETE FROM kroles.users WHERE id = 45', 'SELECT concat_ws('' '', coalesce(created_by::text, ''NULL''), user_id) FROM kroles.events AS e JOIN kroles.event_participants AS p ON p.event_id = e.id WHERE e.id = 3 AND user_id = 32');

-- ---- Sessions: adding one takes both, manage on the event and publish on the media ----
SELECT campus.tries_insert(who, '42501', what, 'kroles.event_sessions', 'event_id, media_id', session)
FROM (VALUES
    ('organizer', 'makes a film a session that they only see', '1, 3'), ('organizer', 'makes a hidden film one', '1, 2'), ('organizer', 'makes one that does not exist', '1, 99'), ('organizer', 'makes none one', '1, NULL'),
    ('organizer', 'makes the Cellar one, publishing only the Hall', '1, 23'), ('organizer', 'makes their Clip a session of the Fair', '2, 22'), ('organizer', 'makes it one of an event that does not exist', '99, 22'),
    ('landlord', 'makes their Cellar a session of the Congress', '1, 23'), ('landlord', 'of the Fair', '2, 23'), ('landlord', 'of an event that does not exist', '99, 23'), ('landlord', 'of none', 'NULL, 23'),
    ('steward', 'makes the Hall once more a session', '1, 21'), ('co-organizer', 'makes the Hall once more a session, not publishing it', '1, 21'), ('chair', 'makes the Hall a session of the Workshop', '4, 21'),
    ('rival', 'makes the Hall a session of the Fair', '2, 21'), ('rival', 'makes their film a session of the Congress', '1, 3'), ('attendee', 'makes a session', '1, 3'), ('lecturer', 'makes a session', '1, 21'),
    ('banned', 'makes a session', '1, 21'), (NULL, 'makes a session', '1, 22')) AS t (who, what, session);
SELECT campus.tries_insert('organizer', '42501', 'makes a hidden film the first session', 'kroles.event_sessions', 'event_id, media_id, position', '1, 2, 1');
SELECT campus.tries('organizer', '42501', 'makes sessions of their own and of another''s', 'INSERT INTO kroles.event_sessions (event_id, media_id) SELECT 1, id FROM kroles.media WHERE id IN (3, 22)', 'DELETE FROM kroles.event_sessions WHERE media_id = 22');
-- an organizer who edits or views the media only, a viewer on the site who is publisher
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (23, 31, 'editor'), (23, 31, 'viewer'), (23, 34, 'publisher');
INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (2, 34, 'organizer');
SELECT campus.tries_insert('organizer', '42501', 'makes the Cellar a session, editing it only', 'kroles.event_sessions', 'event_id, media_id', '1, 23');
SELECT campus.tries_insert('usher', '42501', 'being publisher above their ceiling, makes the Cellar a session of the event that they organize', 'kroles.event_sessions', 'event_id, media_id', '2, 23');
DELETE FROM kroles.media_collaborators WHERE media_id = 23;
DELETE FROM kroles.event_participants WHERE event_id = 2 AND user_id = 34;
SELECT campus.may('organizer', '1 row', 'makes the Hall a session, publishing it', 'INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 21)', 'DELETE FROM kroles.event_sessions WHERE media_id = 21');
SELECT campus.may('organizer', '1 row', 'makes a film a session that they upload', 'INSERT INTO kroles.event_sessions (event_id, media_id) SELECT 1, id FROM kroles.media WHERE name = ''x''', 'INSERT INTO kroles.media (name) VALUES (''x'')');
SELECT campus.may('administrator', '1 row', 'makes whatever film a session', 'INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 2)');

-- carried to another event or media it is another session
SELECT campus.tries_update(who, '23514', what, 'kroles.event_sessions', change, 't.media_id = 21', false, '(event_id, media_id, position) VALUES (1, 21, 1) ON CONFLICT (event_id, media_id)')
FROM unnest('{organizer, administrator}'::text[]) AS who, (VALUES ('carries the Hall to the Fair', 'event_id = 2'), ('carries it to an event that does not exist', 'event_id = 99'), ('puts the Cellar in its place', 'media_id = 23'),
    ('puts a hidden film in its place', 'media_id = 2'), ('puts none in its place', 'media_id = 99'), ('hides that among others', 'position = 9, event_id = 2')) AS t (what, change);
SELECT campus.tries_update('steward', '23514', 'carries the Hall to the Fair', 'kroles.event_sessions', 'event_id = 2', 't.media_id = 21');
SELECT campus.tries_update(who, 'no row', 'changes the order', 'kroles.event_sessions', 'position = 9', 't.media_id = 21', hidden)
FROM (VALUES ('lecturer', false), ('attendee', false), ('delegate', false), ('landlord', true), ('guest', true), ('banned', true), ('rival', true), (NULL, true)) AS t (who, hidden);
SELECT campus.tries(who, expected, 'moves a session', 'SELECT kroles_move_session(1, 22, 1)')
FROM (VALUES ('lecturer', '42501'), ('attendee', '42501'), ('delegate', '42501'), ('landlord', '42704'), ('guest', '42704'), ('banned', '42704'), ('rival', '42704'), (NULL, '28000')) AS t (who, expected);
SELECT campus.tries('steward', expected, 'moves ' || session, format('SELECT kroles_move_session(%s)', session))
FROM (VALUES ('1, 99, 1', '42704'), ('1, 3, 1', '42704'), ('1, 23, 1', '42704'), ('2, 3, 1', '42704'), ('99, 3, 1', '42704'), ('NULL, 3, 1', '42704'), ('1, NULL, 1', '22023'), ('1, 22, 0', '22023'), ('1, 22, NULL', '22023')) AS t (session, expected);
SELECT campus.leads_to(who, '22 21', 'moves a session', 'SELECT kroles_move_session(1, 22, 1)', 'SELECT media_id FROM kroles.event_sessions WHERE event_id = 1 ORDER BY position') FROM unnest('{organizer, chair, steward, usher, administrator}'::text[]) AS who;
-- taken away by whoever manages the event or publishes the media, and by nobody else
SELECT campus.tries_delete(who, 'no row', 'takes the Hall off', 'kroles.event_sessions', 't.media_id = 21', hidden)
FROM (VALUES ('steward', false), ('usher', false), ('lecturer', false), ('attendee', false), ('delegate', false), ('keeper', true), ('guest', true), ('banned', true), ('rival', true), (NULL, true)) AS t (who, hidden);
SELECT campus.tries(who, expected, 'takes the Hall off by function', 'SELECT kroles_remove_session(1, 21)')
FROM (VALUES ('steward', '42501'), ('lecturer', '42501'), ('attendee', '42501'), ('keeper', '42704'), ('guest', '42704'), ('banned', '42704'), ('rival', '42704'), (NULL, '28000')) AS t (who, expected);
SELECT campus.leads_to(who, '22', 'takes the Hall off', 'SELECT kroles_remove_session(1, 21)', 'SELECT media_id FROM kroles.event_sessions WHERE event_id = 1') FROM unnest('{organizer, co-organizer, chair, landlord, administrator}'::text[]) AS who;
SELECT campus.leads_to('landlord', '22', 'takes all off, reading nothing: what they publish', 'DELETE FROM kroles.event_sessions', 'SELECT media_id FROM kroles.event_sessions WHERE event_id = 1');

-- ---- What it gives on the media of its sessions: view, and to moderators the speakers; and nothing any more when it is over ----
SELECT campus.tries(who, seen, 'reads the films of the Congress and the Cellar', 'SELECT name FROM kroles.media WHERE id BETWEEN 21 AND 23 ORDER BY id')
FROM (VALUES ('steward', 'Hall Clip'), ('usher', 'Hall Clip'), ('lecturer', 'Hall Clip'), ('attendee', 'Hall Clip'), ('delegate', 'Hall Clip'), ('chair', 'Hall Clip'), ('co-organizer', 'Hall Clip'),
    ('viewer', 'no row'), ('soloist', 'no row'), ('rival', 'no row'), ('banned', 'no row'), (NULL, 'no row')) AS t (who, seen);
SELECT campus.tries(who, 'Clip', 'reads the films when the Hall is no session', 'SELECT name FROM kroles.media WHERE id BETWEEN 21 AND 23', 'DELETE FROM kroles.event_sessions WHERE media_id = 21') FROM unnest('{chair, co-organizer}'::text[]) AS who;
SELECT campus.tries('attendee', 'no row', 'reads the films, taking part no more', 'SELECT name FROM kroles.media WHERE id BETWEEN 21 AND 23', 'DELETE FROM kroles.event_participants WHERE user_id = 36');
SELECT campus.tries(who, speakers, 'reads the speakers of the Hall', 'SELECT user_id FROM kroles.media_speakers WHERE media_id = 21 ORDER BY user_id')
FROM (VALUES ('attendee', '13'), ('delegate', '13'), ('lecturer', '13'), ('usher', '13'), ('keeper', '13'), ('guest', '13'), ('rival', 'no row'), ('banned', 'no row'), ('steward', '13 14'), ('organizer', '13 14'), ('chair', '13 14'), ('hidden speaker', '13 14')) AS t (who, speakers);
SELECT campus.tries(who, speakers, 'reads their cards', 'SELECT user_id FROM kroles_speakers(21) ORDER BY user_id')
FROM (VALUES ('attendee', '13'), ('delegate', '13'), ('lecturer', '13'), ('usher', '13'), ('rival', 'no row'), ('banned', 'no row'), (NULL, 'no row'), ('steward', '13 14'), ('chair', '13 14'), ('hidden speaker', '13 14')) AS t (who, speakers);
SELECT campus.tries_insert(who, '42501', 'makes a speaker of the Hall', 'kroles.media_speakers', 'media_id, user_id', '21, 18') FROM unnest('{usher, lecturer, attendee, delegate, keeper, clerk, banned, NULL}'::text[]) AS who;
SELECT campus.tries_update(who, 'no row', 'shows the hidden speaker', 'kroles.media_speakers', 'visible = true', 't.user_id = 14', true) FROM unnest('{usher, lecturer, attendee, delegate}'::text[]) AS who;
SELECT campus.tries_insert('steward', '42501', what, target, columns, row)
FROM (VALUES ('makes a speaker of what is no session', 'kroles.media_speakers'::regclass, 'media_id, user_id', '23, 33'), ('makes themselves editor of the Hall', 'kroles.media_collaborators', 'media_id, user_id, permission', '21, 33, ''editor'''),
    ('makes themselves room moderator of the Hall in their own name', 'kroles.media_moderators', 'media_id, user_id, permission', '21, 33, ''room_moderator'''), ('publishes the Hall', 'kroles.publications', 'media_id, space_id', '21, 3')) AS t (what, target, columns, row);
SELECT campus.tries_update(who, 'no row', 'renames the Hall', 'kroles.media', 'name = ''x''', 't.id = 21') FROM unnest('{steward, usher, lecturer, attendee, chair, co-organizer}'::text[]) AS who;
SELECT campus.tries_delete(who, 'no row', 'deletes the Hall', 'kroles.media', 't.id = 21') FROM unnest('{organizer, chair, steward, lecturer}'::text[]) AS who;
SELECT campus.tries(who, '42501', 'has the Hall transferred to them', format('SELECT kroles_transfer_ownership(21, %s)', id)) FROM (VALUES ('organizer', 31), ('steward', 33), ('chair', 38)) AS t (who, id);
SELECT campus.may(who, '1 row', 'makes a speaker of the Hall', 'INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (21, 18)') FROM unnest('{organizer, co-organizer, chair, steward, landlord}'::text[]) AS who;
-- a speaker of the session is none of the event, nor the other way round
SELECT campus.tries('speaker', 'NULL', 'has a place in the Congress', 'SELECT kroles_role(''event'', 1)');
SELECT campus.tries('lecturer', 'viewer', 'is a speaker of the Hall', 'SELECT kroles_role(''media'', 21)');

-- ---- What one knows of an event ----
SELECT campus.tries(who, expected, 'reads the page of the people of the Congress', 'SELECT count(*) FROM kroles_event_users(1)')
FROM (VALUES ('organizer', '9'), ('steward', '9'), ('usher', '9'), ('chair', '9'), ('administrator', '9'), ('lecturer', '42501'), ('attendee', '42501'), ('delegate', '42501'), ('banned', '42704'), ('landlord', '42704'), ('rival', '42704'), (NULL, '28000')) AS t (who, expected);
SELECT campus.tries(who, expected, 'asks what the attendee may do there', 'SELECT kroles_rights(''event'', 1, 36)')
FROM (VALUES ('steward', '42501'), ('usher', '42501'), ('lecturer', '42501'), ('delegate', '42501'), ('landlord', '42501'), ('rival', '42501'), ('banned', '42501'), (NULL, '42501'), ('organizer', '{view,interact}'), ('attendee', '{view,interact}')) AS t (who, expected);
SELECT campus.tries(who, 'no row', 'reads the history of the Congress', 'SELECT 1 FROM kroles_history(''event'', 1)') FROM unnest('{lecturer, attendee, delegate, landlord, rival, banned, NULL}'::text[]) AS who;
SELECT campus.may(who, 'true', 'reads the history of the Congress', 'SELECT count(*) > 10 FROM kroles_history(''event'', 1)') FROM unnest('{organizer, chair, steward, usher}'::text[]) AS who;

-- ---- In mid-transaction: a right that has gone counts no more; what one makes oneself counts at once ----
SELECT campus.tries('organizer', 'no row', 'having left, renames the Congress', 'UPDATE kroles.events SET name = ''x'' WHERE id = 1', 'DELETE FROM kroles.event_participants WHERE user_id = 31');
SELECT campus.tries('organizer', '42501', 'having left, adds themselves again', 'INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (1, 31, ''organizer'')', 'DELETE FROM kroles.event_participants WHERE user_id = 31');
SELECT campus.may('organizer', '1 row', 'steps down, by the right that it costs them', 'UPDATE kroles.event_participants SET role = ''attendee'' WHERE user_id = 31');
SELECT campus.may('organizer', '2 rows', 'lowers themselves and another at once', 'UPDATE kroles.event_participants SET role = CASE user_id WHEN 31 THEN ''moderator'' ELSE ''organizer'' END::kroles.event_role WHERE user_id = 31 OR id = 14');

SELECT * FROM finish();
