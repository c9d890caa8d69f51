-- Leaks by locks: nobody locks rows that they do not see, or learns from waiting that such a row exists.
\set name attack_leak_locks
\ir lib/portal.psql
SELECT * FROM no_plan();
SELECT attack.login('eve', 'attack_app', '-c lock_timeout=100 -c kroles.token=' || attack.token('eve')),
    attack.login('ada', 'attack_app', '-c lock_timeout=100 -c kroles.token=' || attack.token('ada')),
       attack.login('nobody', 'attack_app', '-c lock_timeout=100');

-- ---- Locking hidden rows ----
-- Eve's transaction stays open after each attempt; ada then changes the row at once.
SELECT attack.attempt(expected, attack.says('eve', 'ROLLBACK', 'BEGIN', statement), statement),
       attack.attempt('UPDATE 1', attack.says('ada', 'BEGIN', change), 'after that, ada: ' || change),
           attack.says('ada', 'ROLLBACK')
FROM (VALUES
    ('no row', 'SELECT id FROM kroles.media WHERE id = 777040 FOR UPDATE',
        'UPDATE kroles.media SET name = ''x'' WHERE id = 777040'),
    ('no row', 'SELECT id FROM kroles.media WHERE external_id = ''hidden'' FOR SHARE',
        'UPDATE kroles.media SET name = ''x'' WHERE id = 777040'),
    ('no row', 'SELECT m.id FROM kroles.media m, kroles.spaces s WHERE m.id > 777000 AND s.id > 777000 FOR UPDATE OF m',
        'UPDATE kroles.media SET name = ''x'' WHERE id = 777040'),
    ('41', 'SELECT id FROM kroles.media FOR UPDATE', 'UPDATE kroles.media SET name = ''x'' WHERE id = 777040'),
    ('41', 'SELECT id FROM kroles.media ORDER BY id DESC LIMIT 1 FOR UPDATE',
        'UPDATE kroles.media SET name = ''x'' WHERE id = 777040'),
    ('no row', 'SELECT id FROM kroles.spaces WHERE id = 777020 FOR NO KEY UPDATE',
        'UPDATE kroles.spaces SET name = ''x'' WHERE id = 777020'),
    ('no row', 'SELECT id FROM kroles.channels WHERE id = 777020 FOR UPDATE',
        'UPDATE kroles.spaces SET name = ''x'' WHERE id = 777020'),
    ('no row', 'SELECT id FROM kroles.users WHERE id = 777001 FOR UPDATE',
        'UPDATE kroles.users SET name = ''x'' WHERE id = 777001'),
    ('no row', 'SELECT space_id FROM kroles.space_members WHERE space_id = 777020 FOR UPDATE',
        'UPDATE kroles.space_members SET role = ''member'' WHERE id = 777030'),
    ('no row', 'SELECT id FROM kroles.playlists WHERE id = 777070 FOR UPDATE', 'UPDATE kroles.playlists SET name = ''x'' WHERE id = 777070'),
    ('41', 'SELECT media_id FROM kroles.playlist_items FOR UPDATE', 'UPDATE kroles.playlist_items SET position = 9 WHERE (playlist_id, media_id) = (777070, 40)'),
    ('no row', 'SELECT id FROM kroles.events WHERE id = 777080 FOR UPDATE', 'UPDATE kroles.events SET name = ''x'' WHERE id = 777080'),
    ('3 4', 'SELECT user_id FROM kroles.event_participants ORDER BY user_id FOR UPDATE', 'UPDATE kroles.event_participants SET role = ''speaker'' WHERE id = 777085'),
    ('41', 'SELECT media_id FROM kroles.event_sessions FOR UPDATE', 'UPDATE kroles.event_sessions SET position = 9 WHERE event_id = 777080'),
    ('no row', 'SELECT media_id FROM kroles.room_participants FOR UPDATE', 'UPDATE kroles.room_participants SET role = ''x'' WHERE id = 777090'),
    ('UPDATE 0', 'UPDATE kroles.media SET name = ''x'' WHERE id = 777040',
        'UPDATE kroles.media SET name = ''x'' WHERE id = 777040'),
    ('DELETE 0', 'DELETE FROM kroles.spaces WHERE id > 777000', 'UPDATE kroles.spaces SET name = ''x'' WHERE id = 777020')
) AS t (expected, statement, change);
-- Attempts that fail lock nothing either, as long as their transaction stands.
SELECT attack.attempt(expected, attack.says('eve', 'ROLLBACK', 'BEGIN', 'SAVEPOINT s', statement), statement),
       attack.attempt('UPDATE 1', attack.says('ada', 'BEGIN', change), 'after that, ada: ' || change),
           attack.says('ada', 'ROLLBACK')
FROM (VALUES
    ('42501', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (777040, 20)',
        'UPDATE kroles.media SET name = ''x'' WHERE id = 777040'),
    ('42501', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (777040, 3, ''editor'')',
        'UPDATE kroles.media SET name = ''x'' WHERE id = 777040'),
    ('42501', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (777040, 777001, ''editor'')',
        'UPDATE kroles.media SET name = ''x'' WHERE id = 777040'),
    ('42501', 'INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (777040, 3)',
        'UPDATE kroles.media SET name = ''x'' WHERE id = 777040'),
    ('42501', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (777020, 3)',
        'UPDATE kroles.spaces SET name = ''x'' WHERE id = 777020'),
    ('42501', 'INSERT INTO kroles.playlists (space_id, name) VALUES (777020, ''x'')', 'UPDATE kroles.spaces SET name = ''x'' WHERE id = 777020'),
    ('42501', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (777070, 41)', 'UPDATE kroles.playlists SET name = ''x'' WHERE id = 777070'),
    ('42501', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (70, 777040)', 'UPDATE kroles.media SET name = ''x'' WHERE id = 777040'),
    ('42501', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (70, 777040)', 'UPDATE kroles.playlists SET name = ''x'' WHERE id = 70'),
    ('42704', 'SELECT kroles_move_item(777070, 40, 1)', 'UPDATE kroles.playlists SET name = ''x'' WHERE id = 777070'),
    ('42501', 'INSERT INTO kroles.event_participants (event_id, user_id) VALUES (777080, 3)', 'UPDATE kroles.events SET name = ''x'' WHERE id = 777080'),
    ('42501', 'INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (777080, 777001, ''organizer'')', 'UPDATE kroles.users SET name = ''x'' WHERE id = 777001'),
    ('42501', 'INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (80, 777040)', 'UPDATE kroles.media SET name = ''x'' WHERE id = 777040'),
    ('42501', 'INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (80, 777040)', 'UPDATE kroles.events SET name = ''x'' WHERE id = 80'),
    ('42501', 'INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (777080, 41)', 'UPDATE kroles.events SET name = ''x'' WHERE id = 777080'),
    ('42704', 'SELECT kroles_move_session(777080, 777040, 1)', 'UPDATE kroles.events SET name = ''x'' WHERE id = 777080'),
    ('42704', 'SELECT kroles_remove_session(777080, 777040)', 'UPDATE kroles.event_sessions SET position = 9 WHERE event_id = 777080'),
    ('42704', 'SELECT kroles_room_join(777040)', 'UPDATE kroles.users SET name = ''x'' WHERE id = 3'),
    ('42704', 'SELECT kroles_room_remove(777040, 777001)', 'UPDATE kroles.users SET name = ''x'' WHERE id = 777001'),
    ('42501', 'SELECT kroles.lock_stay(777040, 777001)', 'UPDATE kroles.users SET name = ''x'' WHERE id = 777001'),
    ('', 'SELECT kroles_room_leave(777040)', 'UPDATE kroles.users SET name = ''x'' WHERE id = 3'),
    ('42704', 'SELECT kroles_take_down(777040, 777020)', 'UPDATE kroles.media SET name = ''x'' WHERE id = 777040')
) AS t (expected, statement, change);
SELECT attack.says('eve', 'ROLLBACK');

-- ---- Waiting for hidden rows ----
-- Ada holds the rows; who asks about what they may not see gets the answer at once, and never waits (55P03 after 0.1 s).
SELECT attack.control('777040', attack.says('ada', 'BEGIN',
    'UPDATE kroles.publications SET reason = reason WHERE media_id = 777040',
    'SELECT id FROM kroles.media WHERE id = 777040 FOR UPDATE'), 'ada holds hidden media'),
       attack.control('777020', attack.says('ada', 'SELECT id FROM kroles.spaces WHERE id = 777020 FOR UPDATE'),
           'ada holds a hidden space'),
       attack.control('777040', attack.says('ada',
           'SELECT media_id FROM kroles.publications WHERE media_id = 777040 FOR UPDATE'), 'ada holds its publication'),
       attack.control('777001', attack.says('ada', 'SELECT id FROM kroles.users WHERE id = 777001 FOR UPDATE'),
           'ada holds a hidden user'),
       attack.control('777070', attack.says('ada', 'SELECT id FROM kroles.playlists WHERE id = 777070 FOR UPDATE'), 'ada holds a hidden playlist'),
       attack.control('777080', attack.says('ada', 'SELECT id FROM kroles.events WHERE id = 777080 FOR UPDATE'), 'ada holds a hidden event'),
       attack.control('777090', attack.says('ada', 'SELECT id FROM kroles.room_participants WHERE id = 777090 FOR UPDATE'), 'ada holds a hidden stay');
SELECT attack.attempt(CASE session WHEN 'nobody' THEN nobodys ELSE expected END, attack.says(session, statement),
    session || ': ' || statement || ', while its row is locked')
FROM unnest('{eve, nobody}'::text[]) AS session, (VALUES
    ('no row', 'no row', 'SELECT id FROM kroles.media WHERE id = 777040 FOR UPDATE'),
    ('no row', 'no row', 'SELECT id FROM kroles.media WHERE id = 777040 FOR UPDATE NOWAIT'),
    ('no row', 'no row', 'SELECT id FROM kroles.spaces WHERE id = 777020 FOR SHARE'),
    ('UPDATE 0', 'UPDATE 0', 'UPDATE kroles.media SET name = ''x'' WHERE id = 777040'),
    ('DELETE 0', 'DELETE 0', 'DELETE FROM kroles.spaces WHERE id = 777020'),
    ('UPDATE 0', 'UPDATE 0', 'UPDATE kroles.publications SET status = ''approved'' WHERE media_id = 777040'),
    ('UPDATE 0', 'UPDATE 0', 'UPDATE kroles.users SET name = ''x'' WHERE id = 777001'),
    ('f', 'f', 'SELECT kroles_can(''view'', ''media'', 777040)'),
    ('f', 'f', 'SELECT kroles_can_publish(777040, 20)'),
    ('42704', '28000', 'SELECT kroles_publish(777040, 20)'),
    ('42704', '28000', 'SELECT kroles_publish(777040, 777020)'),
    ('42704', '28000', 'SELECT kroles_publish(41, 777020)'),
    ('42704', '28000', 'SELECT kroles_approve(777040, 777020)'),
    ('42704', '28000', 'SELECT kroles_reject(777040, 777020)'),
    ('42704', '28000', 'SELECT kroles_take_down(777040, 777020)'),
    ('42501', '42501', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (777040, 20)'),
    ('42501', '42501', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (777040, 777020) ON CONFLICT DO NOTHING'),
    ('42501', '42501', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (777020, 3)'),
    ('42501', '42501', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (777040, 3, ''viewer'')'),
    ('42501', '42501', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (777040, 777001, ''viewer'')'),
    ('42501', '42501', 'INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (777040, 3, ''room_moderator'')'),
    ('42501', '42501', 'INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (777040, 3)'),
    ('42501', '42501', 'INSERT INTO kroles.media_speakers (media_id, user_id, position) VALUES (777040, 3, 1)'),
    ('no row', 'no row', 'SELECT id FROM kroles.playlists WHERE id = 777070 FOR UPDATE'),
    ('DELETE 0', 'DELETE 0', 'DELETE FROM kroles.playlists WHERE id = 777070'),
    ('42704', '28000', 'SELECT kroles_move_item(777070, 40, 1)'),
    ('42501', '42501', 'INSERT INTO kroles.playlists (space_id, name) VALUES (777020, ''x'')'),
    ('42501', '42501', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (777070, 41)'),
    ('42501', '42501', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (70, 777040)'),
    ('42501', '42501', 'INSERT INTO kroles.playlist_items (playlist_id, media_id, position) VALUES (70, 777040, 9) ON CONFLICT DO NOTHING'),
    ('no row', 'no row', 'SELECT id FROM kroles.events WHERE id = 777080 FOR UPDATE'),
    ('DELETE 0', 'DELETE 0', 'DELETE FROM kroles.events WHERE id = 777080'),
    ('42704', '28000', 'SELECT kroles_move_session(777080, 777040, 1)'),
    ('42704', '28000', 'SELECT kroles_remove_session(777080, 777040)'),
    ('42704', '28000', 'SELECT kroles_event_users(777080)'),
    ('42704', '28000', 'SELECT kroles_room_join(777040)'),
    ('42704', '28000', 'SELECT kroles_room_remove(777040, 777001)'),
    ('42501', '42501', 'SELECT kroles.lock_stay(777040, 777001)'),
    ('no row', 'no row', 'SELECT id FROM kroles.room_participants WHERE media_id = 777040 FOR UPDATE'),
    ('42501', '42501', 'INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (777080, 777001, ''organizer'')'),
    ('42501', '42501', 'INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (777080, 41)'),
    ('42501', '42501', 'INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (80, 777040)'),
    ('42501', '42501', 'INSERT INTO kroles.spaces (kind, type, name, parent_id, owner_id) VALUES (''gallery'', ''open'', ''x'', 777021, 3)')
) AS t (expected, nobodys, statement);
SELECT attack.control('55P03', attack.says('eve',
    'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (41, 777001, ''viewer'')'),
    'who may see an object does wait');
SELECT attack.says('ada', 'ROLLBACK');

-- A publication that is pending is hidden, though its media and its space are not: it does not wait, whatever is done to it.
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, moderated) OVERRIDING SYSTEM VALUE VALUES (28, 'channel', 'public_open', 'open', 1, false), (29, 'channel', 'public_open', 'moderated', 1, true);
INSERT INTO kroles.media (id, name, owner_id) OVERRIDING SYSTEM VALUE VALUES (49, 'shown', 1);
ALTER TABLE kroles.publications DISABLE TRIGGER guard;  -- or an administrator's publication is approved at once
INSERT INTO kroles.publications (media_id, space_id, status, published_by) VALUES (49, 28, 'approved', 1), (49, 29, 'pending', 1);
ALTER TABLE kroles.publications ENABLE TRIGGER guard;
SELECT attack.control('t', attack.says('eve', 'SELECT kroles_can(''view'', ''media'', 49) AND kroles_can(''view'', ''channel'', 29)'), 'eve sees the media and the channel');
SELECT attack.control('UPDATE 1', attack.says('ada', 'BEGIN', 'UPDATE kroles.publications SET status = ''rejected'' WHERE (media_id, space_id) = (49, 29)'), 'ada rejects the publication');
SELECT attack.attempt('42704', attack.says('eve', statement), statement || ', a hidden one that is locked')
FROM unnest('{"SELECT kroles_take_down(49, 29)", "SELECT kroles_approve(49, 29)", "SELECT kroles_reject(49, 29)"}'::text[]) AS statement;
SELECT attack.says('ada', 'ROLLBACK');

-- ---- What pg_locks shows ----
-- Everybody reads it. Who knows ids must not find out by their hashes whose rights are being changed, or who enters which room.
SELECT attack.says('eve', 'CREATE FUNCTION pg_temp.le(bigint) RETURNS text LANGUAGE sql AS $f$
    SELECT string_agg(substr(lpad(to_hex($1), 16, ''0''), 15 - 2 * i, 2), '''' ORDER BY i) FROM generate_series(0, 7) i $f$');
SELECT attack.control('joined', attack.says('ada', 'BEGIN', 'SELECT CASE WHEN kroles_room_join(777040) IS NOT NULL THEN ''joined'' END'),
    'ada enters a hidden room');
SELECT attack.control('t', attack.says('eve', 'SELECT count(*) > 0 FROM pg_locks WHERE locktype = ''advisory'' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())'), 'eve sees a lock for it');
SELECT attack.attempt('no row', attack.says('eve', 'SELECT concat(u, '' in '', m) FROM unnest(''{1,3,777001}''::bigint[]) u, unnest(''{41,777040,777041}''::bigint[]) m,
    LATERAL (SELECT uuid_hash_extended((pg_temp.le(m) || pg_temp.le(u))::uuid, 0)) h (h), pg_locks l
    WHERE l.locktype = ''advisory'' AND (l.classid::bigint << 32 | l.objid::bigint) = h.h'), 'who enters which room, by the hash of its lock');
SELECT attack.says('ada', 'ROLLBACK');
-- That media are being made shows, as one lock, however many they are.
SELECT attack.control('INSERT 0 20', attack.says('ada', 'BEGIN',
    'INSERT INTO kroles.media (id, name, owner_id) SELECT 777100 + n, ''hidden'', 777001 FROM generate_series(1, 20) n'), 'ada makes hidden media');
SELECT attack.attempt('3', attack.says('eve', 'SELECT string_agg(DISTINCT objsubid::text, '' '') FROM pg_locks WHERE locktype = ''object'' AND classid = 2615
    AND objid = ''kroles''::regnamespace AND mode = ''RowExclusiveLock'''), 'which media somebody is making, by locks');
SELECT attack.says('ada', 'ROLLBACK');

-- ---- What the cache shows ----
SELECT attack.attempt('42501', attack.says(session, 'SELECT loads FROM kroles_cache_stats()'), session || ': what this session''s cache has met')
FROM unnest('{eve, ada, nobody}'::text[]) AS session;
SELECT attack.attempt('42501', attack.says('eve', 'SELECT count(*) FROM pg_backend_memory_contexts'), 'what memory it takes');
GRANT pg_monitor TO attack_other;
SELECT attack.login('monitor', 'attack_other');
SELECT attack.control('8', attack.says('monitor', 'SELECT count(*) FROM kroles_cache_stats()'), 'a member of pg_monitor reads it');
REVOKE pg_monitor FROM attack_other;

-- ---- What PostgreSQL leaves ----
SELECT attack.left_open('LOCK TABLE', attack.says('eve', 'BEGIN', 'LOCK TABLE kroles.media IN ACCESS EXCLUSIVE MODE'),
    'whoever may UPDATE some rows of a table may lock the table'), attack.says('eve', 'ROLLBACK');

SELECT * FROM finish();
