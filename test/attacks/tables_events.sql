-- Who reads and writes events, who takes part, sessions and who is in which room: every person of the campus and the congress,
-- cell by cell; and what being in an event lets them read and write of the media that are its sessions.
\set name kroles_tables_events
\ir lib/campus.psql
\ir lib/congress.psql
\ir lib/cells.psql
SELECT * FROM no_plan();

-- ---- SELECT ----
SELECT campus.reads('kroles.events', 'id', 'no row', '
    administrator: 1 2 3 4
    organizer, steward, usher, lecturer, delegate: 1
    attendee: 1 3
    co-organizer: 1 4
    chair: 1 3 4
    soloist: 3
    rival, viewer: 2');
-- own and groups' rows; all for manage_participants or moderate
SELECT campus.reads('kroles.event_participants', 'id', 'no row', '
    administrator: 1 2 3 4 11 12 13 14 15 16 17 18 19 20 21 22
    organizer, steward, usher: 1 11 12 13 14 15 16 17 18
    co-organizer: 1 4 11 12 13 14 15 16 17 18 22
    chair: 1 3 4 11 12 13 14 15 16 17 18 20 21 22
    soloist: 3 20 21
    lecturer: 14
    attendee: 15 21
    delegate: 16
    rival: 2 19
    viewer: 19');
-- view on event and media
SELECT campus.reads('kroles.event_sessions', 'event_id || ''/'' || media_id', 'no row', '
    administrator: 1/21 1/22 2/3
    organizer, co-organizer, chair, steward, usher, lecturer, attendee, delegate: 1/21 1/22
    rival, viewer: 2/3');
-- own; all for moderate_room
SELECT campus.reads('kroles.room_participants', 'user_id', 'no row', '
    administrator, landlord, organizer, co-organizer, chair, steward, usher, keeper, former: 41 42 43 44
    clerk: 42
    guest: 43');
-- of the media: those of the Hall to whoever is in the Congress, or on it; those on media to whoever manages something there
SELECT campus.reads('kroles.media', 'id', '1 3 5 7', '
    administrator: 1 2 3 4 5 6 7 8 21 22 23
    owner, manager, moderator, visiting manager: 1 3 4 5 7 8
    boss: 1 3 4 5 7
    contributor: 1 3 4 5 6 7 8
    stranger: 1 2 3 5 7
    organizer, co-organizer, chair, steward, usher, lecturer, attendee, delegate: 1 3 5 7 21 22
    keeper, clerk, guest, speaker, hidden speaker: 1 3 5 7 21
    landlord: 1 3 5 7 21 23
    banned: no row');
SELECT campus.reads('kroles.media_collaborators', 'id', 'no row', '
    administrator: 1 2 3 4 5 6 21 22
    owner: 1 2 3 4 5
    editor: 1 2 3 4
    publisher: 2
    watcher: 3
    grouped: 5
    viewer, rival: 6
    landlord, organizer, co-organizer, chair, steward: 21 22
    guest: 22');
SELECT campus.reads('kroles.media_moderators', 'id', 'no row', '
    administrator: 1 2 3 21 22 23
    owner: 1 2 3
    editor: 1 2
    chatter: 1
    host: 2
    grouped: 3
    landlord, organizer, co-organizer, chair, steward: 21 22 23
    keeper: 21
    clerk: 22');
SELECT campus.reads('kroles.media_speakers', 'media_id || ''/'' || user_id', '1/13', '
    administrator: 1/13 1/14 21/13 21/14
    owner, editor: 1/13 1/14
    hidden speaker: 1/13 1/14 21/13 21/14
    landlord, organizer, co-organizer, chair, steward: 1/13 21/13 21/14
    usher, lecturer, attendee, delegate, keeper, clerk, guest, speaker: 1/13 21/13
    banned: no row');
SELECT campus.tries_all(login, answer, 'reads of ' || kind || ' in the log', format('SELECT DISTINCT object_id FROM kroles.audit_log WHERE object_kind = %L AND object_id NOT BETWEEN %s ORDER BY 1', kind, CASE kind WHEN 'media' THEN '1 AND 8' ELSE '5 AND 999' END))
FROM (VALUES ('event', '
    administrator: 1 2 3 4
    organizer, steward, usher: 1
    co-organizer: 1 4
    chair: 1 3 4
    soloist: 3
    rival: 2'), ('media', '
    administrator: 21 22 23
    organizer, co-organizer, chair, steward, usher: 21 22
    landlord: 21 23
    keeper, clerk: 21')) AS cell (kind, list), campus.answers('no row', list);

-- ---- UPDATE ----
SELECT campus.changes('kroles.events', 'id', 'name = ''x''', 'no row', '
    administrator: 1 2 3 4
    organizer: 1
    co-organizer: 1 4
    chair: 1 3 4
    soloist: 3
    rival: 2');
SELECT campus.changes('kroles.event_participants', 'id', 'role = role', 'no row', '
    administrator: 1 2 3 4 11 12 13 14 15 16 17 18 19 20 21 22
    organizer: 1 11 12 13 14 15 16 17 18
    co-organizer: 1 4 11 12 13 14 15 16 17 18 22
    chair: 1 3 4 11 12 13 14 15 16 17 18 20 21 22
    soloist: 3 20 21
    rival: 2 19');
SELECT campus.changes('kroles.event_sessions', 'media_id', 'position = position', 'no row', '
    administrator: 3 21 22
    organizer, co-organizer, chair, steward, usher: 21 22
    rival: 3');
SELECT campus.changes('kroles.room_participants', 'user_id', 'left_at = now()', 'no row', 'administrator: 41 42 43 44');
SELECT campus.changes('kroles.media_speakers', 'media_id || ''/'' || user_id', 'type = ''advanced''', 'no row', '
    administrator: 1/13 1/14 21/13 21/14
    owner, editor: 1/13 1/14
    landlord, organizer, co-organizer, chair, steward: 21/13 21/14');
SELECT campus.changes('kroles.media', 'id', 'name = ''x''', 'no row', '
    administrator: 1 2 3 4 5 6 7 8 21 22 23
    owner: 1 7
    moderator: 1 4 5
    contributor: 4 6 8
    grouped: 7
    editor: 1
    stranger: 2
    rival: 3
    organizer: 22
    landlord: 21 23');

-- ---- DELETE: the own direct row besides; sessions also by whoever publishes the media, where they see them ----
SELECT campus.removes('kroles.events', 'id', 'no row', '
    administrator: 1 2 3 4
    organizer: 1
    co-organizer: 1 4
    chair: 1 3 4
    soloist: 3
    rival: 2');
SELECT campus.tries(login, answer, 'deletes from kroles.event_participants but organizers', 'WITH w AS (DELETE FROM kroles.event_participants WHERE role <> ''organizer'' OR group_id IS NOT NULL OR id = 18 RETURNING id) SELECT id FROM w ORDER BY 1')
FROM campus.answers('no row', '
    administrator: 12 13 14 15 16 17 18 19 20 21 22
    organizer: 12 13 14 15 16 17 18
    co-organizer: 12 13 14 15 16 17 18 22
    chair: 12 13 14 15 16 17 18 20 21 22
    soloist: 20 21
    rival: 19
    steward: 12
    usher: 13
    lecturer: 14
    attendee: 15 21
    viewer: 19');
SELECT campus.tries(login, answer, 'deletes from kroles.event_sessions', 'WITH w AS (DELETE FROM kroles.event_sessions RETURNING media_id) SELECT media_id FROM w ORDER BY 1')
FROM campus.answers('no row', '
    administrator: 3 21 22
    organizer, co-organizer, chair: 21 22
    rival: 3');
SELECT campus.tries(login, CASE n WHEN '0' THEN 'no row' WHEN '1' THEN '1 row' ELSE n || ' rows' END, 'deletes blindly from kroles.event_sessions', 'DELETE FROM kroles.event_sessions')
FROM campus.answers('0', '
    administrator: 3
    organizer, co-organizer, chair: 2
    landlord, rival: 1
    blocked, anonymous: 0') AS a (id, login, n);
SELECT campus.removes('kroles.room_participants', 'user_id', 'no row', 'administrator: 41 42 43 44');
SELECT campus.removes('kroles.media_speakers', 'media_id || ''/'' || user_id', 'no row', '
    administrator: 1/13 1/14 21/13 21/14
    owner, editor: 1/13 1/14
    landlord, organizer, co-organizer, chair, steward: 21/13 21/14
    speaker: 1/13 21/13
    hidden speaker: 1/14 21/14');

-- ---- INSERT ----
SELECT campus.adds('an event of their own', 'INSERT INTO kroles.events (name, created_by) VALUES (''new'', %1$s)', (SELECT string_agg(login, ', ') FROM kroles.users WHERE NOT blocked AND (applicative_role <> 'viewer' OR administrator)));
SELECT campus.adds('an event of another', 'INSERT INTO kroles.events (name, created_by) VALUES (''new'', 20)', 'administrator, retired');
SELECT campus.adds('an event of nobody', 'INSERT INTO kroles.events (name, created_by) VALUES (''new'', NULL)', 'administrator');
SELECT campus.adds('an attendee to the Congress', 'INSERT INTO kroles.event_participants (event_id, user_id) VALUES (1, 18)', 'administrator, organizer, co-organizer, chair');
SELECT campus.adds('an organizer to the Concert', 'INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (3, 18, ''organizer'')', 'administrator, soloist, chair');
SELECT campus.adds('a group to the Fair', 'INSERT INTO kroles.event_participants (event_id, group_id) VALUES (2, 3)', 'administrator, rival');
SELECT campus.adds('the Clip to the Workshop', 'INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (4, 22)', 'administrator');
SELECT campus.adds('the Cellar to the Congress', 'INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 23)', 'administrator');
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (23, 31, 'publisher'), (23, 33, 'publisher'), (23, 34, 'publisher');
INSERT INTO kroles.media_collaborators (media_id, group_id, permission) VALUES (23, 5, 'publisher');
SELECT campus.adds('the Cellar to the Congress, several of whom publish it', 'INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 23)', 'administrator, organizer, chair');
SELECT campus.adds('a stay', 'INSERT INTO kroles.room_participants (media_id, user_id, rights) VALUES (21, %1$s, ''{}'') ON CONFLICT (user_id, media_id) WHERE left_at IS NULL DO NOTHING', 'administrator');
SELECT campus.adds('a speaker to the Hall', 'INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (21, 18)', 'administrator, landlord, organizer, co-organizer, chair, steward');

SELECT * FROM finish();
