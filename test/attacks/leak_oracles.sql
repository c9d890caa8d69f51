-- Leaks by oracles: statements that might distinguish a hidden object from an absent one. Where the answer is the same to the
-- word, the test is named by it; every statement is tried with both, and rolled back.
\set name attack_leak_oracles
\ir lib/portal.psql
SELECT * FROM no_plan();

-- A gallery of eve's, to move; media with many people, where positions and grants could collide
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (22, 'gallery', 'private', 'eve''s', 3);
SELECT attack.login('eve', 'attack_app', '-c kroles.token=' || attack.token('eve')),
    attack.login('vera', 'attack_app', '-c kroles.token=' || attack.token('vera')),
       attack.login('nobody', 'attack_app');

-- ---- Eve, who may write much ----
CREATE TEMP TABLE asked (n integer GENERATED ALWAYS AS IDENTITY, session text, expected text, statement text, hidden text, absent text);
INSERT INTO asked (session, expected, statement, hidden, absent)
SELECT 'eve', t.* FROM (VALUES
    -- foreign keys and unique constraints are asked after the policy
    ('42501', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (%s, 20)', '777040', '888040'),
    ('42501', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (%s, 777020)', '777040', '888040'),
    ('42501', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (41, %s)', '777020', '888020'),
    ('42501', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (%s, 20) ON CONFLICT DO NOTHING', '777040',
        '888040'),
    ('42501', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (%s, 777020) ON CONFLICT DO NOTHING', '777040',
        '888040'),
    ('42501', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (%s, 777020) ON CONFLICT (media_id, space_id) DO UPDATE SET reason = NULL', '777040', '888040'),
    ('42501', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (%s, 3)', '777020', '888020'),
    ('42501', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (%s, 777001)', '777020', '888020'),
    ('42501', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (777020, %s)', '777001', '888001'),
    ('42501', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (%s, 777001) ON CONFLICT DO NOTHING', '777020',
        '888020'),
    ('42501', 'INSERT INTO kroles.space_members (space_id, group_id) VALUES (%s, 777010) ON CONFLICT DO NOTHING', '777020',
        '888020'),
    ('42501', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (%s, 3, ''editor'')', '777040',
        '888040'),
    ('42501', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (%s, 777001, ''editor'')',
        '777040', '888040'),
    ('42501', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (777040, %s, ''editor'')',
        '777001', '888001'),
    ('42501', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (%s, 2, ''editor'') ON CONFLICT DO NOTHING', '777040', '888040'),
    ('42501', 'INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (%s, 2, ''room_moderator'')',
        '777040', '888040'),
    ('42501', 'INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (%s, 2, ''room_moderator'') ON CONFLICT DO NOTHING', '777040', '888040'),
    ('42501', 'INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (%s, 3)', '777040', '888040'),
    ('42501', 'INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (%s, 2)', '777040', '888040'),
    ('42501', 'INSERT INTO kroles.media_speakers (media_id, user_id, position) VALUES (%s, 3, 1)', '777040', '888040'),
    ('42501', 'INSERT INTO kroles.media_speakers (media_id, user_id, position) VALUES (%s, 2, 1) ON CONFLICT DO NOTHING',
        '777040', '888040'),
    ('42501', 'INSERT INTO kroles.playlists (space_id, name) VALUES (%s, ''x'')', '777020', '888020'),
    ('42501', 'INSERT INTO kroles.playlists (space_id, name) VALUES (%s, ''x'')', '777021', '888021'),
    ('42501', 'INSERT INTO kroles.playlists (id, space_id, name) VALUES (%s, 777020, ''x'')', '777070', '888070'),
    ('42501', 'INSERT INTO kroles.playlists (id, space_id, name) VALUES (%s, 20, ''x'') ON CONFLICT DO NOTHING', '777070', '888070'),
    ('42501', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (%s, 41)', '777070', '888070'),
    ('42501', 'INSERT INTO kroles.playlist_items (playlist_id, media_id, position) VALUES (%s, 40, 1)', '777070', '888070'),
    ('42501', 'INSERT INTO kroles.playlist_items (playlist_id, media_id, space_id) VALUES (%s, 41, 21)', '777070', '888070'),
    ('42501', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (%s, 40) ON CONFLICT DO NOTHING', '777070', '888070'),
    ('42501', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (70, %s)', '777040', '888040'),
    ('42501', 'INSERT INTO kroles.playlist_items (playlist_id, media_id, position) VALUES (70, %s, 9)', '777040', '888040'),
    ('42501', 'INSERT INTO kroles.playlist_items (playlist_id, media_id, position) VALUES (70, %s, 1) ON CONFLICT DO NOTHING', '777040', '888040'),
    -- one that is in it, but hidden
    ('42501', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (70, %s)', '777041', '888041'),
    ('42501', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (70, %s) ON CONFLICT DO NOTHING', '777041', '888041'),
    ('42501', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (70, %s) ON CONFLICT (playlist_id, media_id) DO UPDATE SET position = 9', '777041', '888041'),
    ('42501', 'INSERT INTO kroles.events (id, name, created_by) VALUES (%s, ''x'', 2)', '777080', '888080'),
    ('42501', 'INSERT INTO kroles.events (external_id, name, created_by) VALUES (''%s'', ''x'', 2)', 'hidden', 'absent'),
    ('42501', 'INSERT INTO kroles.events (name, created_by) VALUES (''x'', %s)', '777001', '888001'),
    ('42501', 'INSERT INTO kroles.event_participants (event_id, user_id) VALUES (%s, 3)', '777080', '888080'),
    ('42501', 'INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (%s, 777001, ''moderator'')', '777080', '888080'),
    ('42501', 'INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (%s, 777001, ''moderator'') ON CONFLICT DO NOTHING', '777080', '888080'),
    ('42501', 'INSERT INTO kroles.event_participants (event_id, group_id) VALUES (%s, 777010) ON CONFLICT DO NOTHING', '777080', '888080'),
    ('42501', 'INSERT INTO kroles.event_participants (event_id, user_id) VALUES (777080, %s)', '777001', '888001'),
    ('42501', 'INSERT INTO kroles.event_participants (id, event_id, user_id) VALUES (%s, 777080, 3)', '777085', '888085'),
    ('42501', 'INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (80, %s)', '777040', '888040'),
    ('42501', 'INSERT INTO kroles.event_sessions (event_id, media_id, position) VALUES (80, %s, 1)', '777040', '888040'),
    ('42501', 'INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (80, %s) ON CONFLICT DO NOTHING', '777040', '888040'),
    ('42501', 'INSERT INTO kroles.event_sessions (event_id, media_id, position) VALUES (80, %s, 9) ON CONFLICT (event_id, media_id) DO UPDATE SET position = 1', '777040', '888040'),
    ('42501', 'INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (%s, 41)', '777080', '888080'),
    ('42501', 'INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (%s, 777040) ON CONFLICT DO NOTHING', '777080', '888080'),
    ('42501', 'INSERT INTO kroles.room_participants (media_id, user_id, rights) VALUES (%s, 3, ''{}'')', '777040', '888040'),
    ('42501', 'INSERT INTO kroles.room_participants (media_id, user_id, rights) VALUES (%s, 777001, ''{}'') ON CONFLICT DO NOTHING', '777040', '888040'),
    ('42501', 'INSERT INTO kroles.room_participants (media_id, user_id, rights) VALUES (41, %s, ''{}'')', '777001', '888001'),
    ('42501', 'INSERT INTO kroles.spaces (kind, type, name, parent_id) VALUES (''gallery'', ''open'', ''x'', %s)', '777021',
        '888021'),
    ('42501', 'INSERT INTO kroles.spaces (kind, type, name, parent_id) VALUES (''gallery'', ''open'', ''x'', %s)', '777020',
        '888020'),
    ('42501', 'INSERT INTO kroles.spaces (id, kind, type, name) VALUES (%s, ''channel'', ''open'', ''x'')', '777020',
        '888020'),
    ('42501', 'INSERT INTO kroles.channels (external_id, type, name) VALUES (''%s'', ''open'', ''x'')', 'hidden', 'absent'),
    ('42501', 'INSERT INTO kroles.media (name, owner_id) VALUES (''x'', %s)', '777001', '888001'),
    ('42501', 'INSERT INTO kroles.media (id, name, owner_id) VALUES (%s, ''x'', 777001)', '777040', '888040'),
    ('42501', 'INSERT INTO kroles.media (external_id, name, owner_id) VALUES (''%s'', ''x'', 777001)', 'hidden', 'absent'),
    ('42501', 'INSERT INTO kroles.users (login) VALUES (''%s'')', 'hugo', 'hans'),
    ('42501', 'INSERT INTO kroles.users (id, login) VALUES (%s, ''x'')', '777001', '888001'),
    ('42501', 'INSERT INTO kroles.users (login) VALUES (''%s'') ON CONFLICT DO NOTHING', 'hugo', 'hans'),
    ('42501', 'INSERT INTO kroles.users (login, db_role) VALUES (''x'', ''%s'')', 'attack_dora', 'attack_none'),
    ('42501', 'INSERT INTO kroles.groups (name) VALUES (''%s'')', 'hidden', 'absent'),
    ('42501', 'INSERT INTO kroles.groups (name) VALUES (''%s'') ON CONFLICT DO NOTHING', 'hidden', 'absent'),
    ('42501', 'INSERT INTO kroles.group_members (group_id, user_id) VALUES (%s, 3)', '777010', '888010'),
    ('42501', 'INSERT INTO kroles.group_members (group_id, user_id) VALUES (%s, 777001) ON CONFLICT DO NOTHING', '777010',
        '888010'),
    ('42501', 'INSERT INTO kroles.audit_log (id, db_role, operation, relation, object_kind) VALUES (%s, ''x'', ''x'', ''x'', ''x'')', '11', '888001'),
    -- rows that may be changed, but not into these
    ('42501', 'UPDATE kroles.space_members SET space_id = %s WHERE id = 31', '777020', '888020'),
    ('42501', 'UPDATE kroles.space_members SET space_id = %s, user_id = 777001 WHERE id = 31', '777020', '888020'),
    ('42501', 'UPDATE kroles.media_collaborators SET media_id = %s WHERE id = 50', '777040', '888040'),
    ('42501', 'UPDATE kroles.media_collaborators SET media_id = %s, user_id = 777001 WHERE id = 50', '777040', '888040'),
    ('42501', 'UPDATE kroles.media_moderators SET media_id = %s WHERE id = 60', '777040', '888040'),
    ('42501', 'UPDATE kroles.media_speakers SET media_id = %s WHERE media_id = 41', '777040', '888040'),
    ('42501', 'UPDATE kroles.publications SET media_id = %s WHERE media_id = 41', '777040', '888040'),
    ('42501', 'UPDATE kroles.publications SET space_id = %s WHERE media_id = 41', '777020', '888020'),
    ('23514', 'UPDATE kroles.playlists SET space_id = %s WHERE id = 70', '777020', '888020'),
    ('23514', 'UPDATE kroles.playlists SET id = %s WHERE id = 70', '777070', '888070'),
    ('23514', 'UPDATE kroles.playlist_items SET playlist_id = %s WHERE media_id = 41', '777070', '888070'),
    ('23514', 'UPDATE kroles.playlist_items SET media_id = %s WHERE media_id = 41', '777040', '888040'),
    ('23514', 'UPDATE kroles.playlist_items SET media_id = %s WHERE media_id = 41', '777041', '888041'),
    ('23514', 'UPDATE kroles.playlist_items SET space_id = %s WHERE media_id = 41', '777020', '888020'),
    ('42501', 'UPDATE kroles.spaces SET parent_id = %s WHERE id = 22', '777021', '888021'),
    ('42501', 'UPDATE kroles.spaces SET parent_id = %s WHERE id = 22', '777020', '888020'),
    ('42501', 'UPDATE kroles.galleries SET parent_id = %s WHERE id = 22', '777021', '888021'),
    ('42501', 'UPDATE kroles.event_participants SET event_id = %s WHERE id = 85', '777080', '888080'),
    ('42501', 'UPDATE kroles.event_participants SET event_id = %s, user_id = 777001, role = ''moderator'' WHERE id = 85', '777080', '888080'),
    ('23514', 'UPDATE kroles.event_sessions SET event_id = %s WHERE event_id = 80', '777080', '888080'),
    ('23514', 'UPDATE kroles.event_sessions SET media_id = %s WHERE event_id = 80', '777040', '888040'),
    ('23514', 'UPDATE kroles.events SET created_by = %s WHERE id = 80', '777001', '888001'),
    ('23514', 'UPDATE kroles.events SET id = %s WHERE id = 80', '777080', '888080'),
    ('23514', 'UPDATE kroles.media SET id = %s WHERE id = 41', '777040', '888040'),
    ('23514', 'UPDATE kroles.spaces SET id = %s WHERE id = 21', '777020', '888020'),
    ('42501', 'UPDATE kroles.users SET login = ''%s'' WHERE id = 3', 'hugo', 'hans'),
    ('42501', 'UPDATE kroles.users SET db_role = ''%s'' WHERE id = 3', 'attack_dora', 'attack_none'),
    -- rows that are not seen are not there
    ('UPDATE 0', 'UPDATE kroles.media SET name = ''x'' WHERE id = %s', '777040', '888040'),
    ('UPDATE 0', 'UPDATE kroles.events SET name = ''x'' WHERE id = %s', '777080', '888080'),
    ('DELETE 0', 'DELETE FROM kroles.events WHERE id = %s', '777080', '888080'),
    ('UPDATE 0', 'UPDATE kroles.event_participants SET role = ''organizer'' WHERE event_id = %s', '777080', '888080'),
    ('DELETE 0', 'DELETE FROM kroles.event_participants WHERE event_id = %s', '777080', '888080'),
    ('UPDATE 0', 'UPDATE kroles.event_sessions SET position = 9 WHERE event_id = %s', '777080', '888080'),
    ('DELETE 0', 'DELETE FROM kroles.event_sessions WHERE media_id = %s', '777040', '888040'),
    ('UPDATE 0', 'UPDATE kroles.room_participants SET left_at = now() WHERE media_id = %s', '777040', '888040'),
    ('DELETE 0', 'DELETE FROM kroles.room_participants WHERE user_id = %s', '777001', '888001'),
    ('no row', 'SELECT 1 FROM kroles.events WHERE id = %s FOR UPDATE NOWAIT', '777080', '888080'),
    ('no row', 'SELECT 1 FROM kroles.room_participants WHERE media_id = %s FOR SHARE', '777040', '888040'),
    ('42501', 'MERGE INTO kroles.event_participants p USING (VALUES (%s)) v (id) ON p.event_id = v.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (event_id, user_id) VALUES (v.id, 3)', '777080', '888080'),
    ('42501', 'MERGE INTO kroles.event_sessions s USING (VALUES (%s)) v (id) ON s.media_id = v.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (event_id, media_id) VALUES (80, v.id)', '777040', '888040'),
    ('MERGE 0', 'MERGE INTO kroles.events e USING (VALUES (%s)) v (id) ON e.id = v.id WHEN MATCHED THEN UPDATE SET name = ''x''', '777080', '888080'),
    ('DELETE 0', 'DELETE FROM kroles.media WHERE id = %s', '777040', '888040'),
    ('UPDATE 0', 'UPDATE kroles.spaces SET name = ''x'' WHERE id = %s', '777020', '888020'),
    ('DELETE 0', 'DELETE FROM kroles.spaces WHERE id = %s', '777020', '888020'),
    ('UPDATE 0', 'UPDATE kroles.channels SET name = ''x'' WHERE id = %s', '777020', '888020'),
    ('DELETE 0', 'DELETE FROM kroles.galleries WHERE id = %s', '777021', '888021'),
    ('UPDATE 0', 'UPDATE kroles.users SET name = ''x'' WHERE id = %s', '777001', '888001'),
    ('DELETE 0', 'DELETE FROM kroles.users WHERE id = %s', '777001', '888001'),
    ('UPDATE 0', 'UPDATE kroles.space_members SET role = ''manager'' WHERE space_id = %s', '777020', '888020'),
    ('DELETE 0', 'DELETE FROM kroles.space_members WHERE space_id = %s', '777020', '888020'),
    ('UPDATE 0', 'UPDATE kroles.publications SET status = ''approved'' WHERE media_id = %s', '777040', '888040'),
    ('DELETE 0', 'DELETE FROM kroles.publications WHERE media_id = %s', '777040', '888040'),
    ('UPDATE 0', 'UPDATE kroles.moderation_queue SET status = ''approved'' WHERE media_id = %s', '777040', '888040'),
    ('DELETE 0', 'DELETE FROM kroles.media_collaborators WHERE media_id = %s', '777040', '888040'),
    ('UPDATE 0', 'UPDATE kroles.playlists SET name = ''x'' WHERE id = %s', '777070', '888070'),
    ('DELETE 0', 'DELETE FROM kroles.playlists WHERE id = %s', '777070', '888070'),
    ('UPDATE 0', 'UPDATE kroles.playlist_items SET position = 9 WHERE playlist_id = %s', '777070', '888070'),
    ('DELETE 0', 'DELETE FROM kroles.playlist_items WHERE playlist_id = %s', '777070', '888070'),
    ('UPDATE 0', 'UPDATE kroles.playlist_items SET position = 9 WHERE media_id = %s', '777041', '888041'),
    ('DELETE 0', 'DELETE FROM kroles.playlist_items WHERE media_id = %s', '777041', '888041'),
    ('MERGE 0', 'MERGE INTO kroles.playlist_items i USING (VALUES (%s)) v (id) ON i.playlist_id = 70 AND i.media_id = v.id WHEN MATCHED THEN DELETE', '777041', '888041'),
    ('42501', 'MERGE INTO kroles.playlist_items i USING (VALUES (%s)) v (id) ON i.playlist_id = 70 AND i.media_id = v.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (playlist_id, media_id) VALUES (70, v.id)', '777041', '888041'),
    ('DELETE 0', 'DELETE FROM kroles.group_members WHERE group_id = %s', '777010', '888010'),
    ('no row', 'SELECT 1 FROM kroles.media WHERE id = %s FOR UPDATE NOWAIT', '777040', '888040'),
    ('no row', 'SELECT 1 FROM kroles.spaces WHERE id = %s FOR KEY SHARE', '777020', '888020'),
    ('42501', 'MERGE INTO kroles.publications p USING (VALUES (%s)) v (id) ON p.media_id = v.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (media_id, space_id) VALUES (v.id, 20)', '777040', '888040'),
    ('42501', 'MERGE INTO kroles.space_members m USING (VALUES (%s)) v (id) ON m.space_id = v.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (space_id, user_id) VALUES (v.id, 777001)', '777020', '888020'),
    ('MERGE 0', 'MERGE INTO kroles.media m USING (VALUES (%s)) v (id) ON m.id = v.id WHEN MATCHED THEN DELETE', '777040',
        '888040'),
    ('MERGE 0', 'MERGE INTO kroles.spaces s USING (VALUES (%s)) v (id) ON s.id = v.id WHEN MATCHED THEN UPDATE SET name = ''x''', '777020', '888020')
) AS t (expected, statement, hidden, absent);

-- ---- A viewer, and nobody, who may make nothing ----
INSERT INTO asked (session, expected, statement, hidden, absent)
SELECT session, '42501', t.* FROM (VALUES ('vera'), ('nobody')) AS s (session), (VALUES
    ('INSERT INTO kroles.media (id, name, owner_id) VALUES (%s, ''x'', 4)', '777040', '888040'),
    ('INSERT INTO kroles.media (external_id, name, owner_id) VALUES (''%s'', ''x'', 4)', 'hidden', 'absent'),
    ('INSERT INTO kroles.media (id, name, owner_id) VALUES (%s, ''x'', 4) ON CONFLICT DO NOTHING', '777040', '888040'),
    ('INSERT INTO kroles.media (id, name, owner_id) VALUES (%s, ''x'', 4) ON CONFLICT (id) DO UPDATE SET name = ''x''',
        '777040', '888040'),
    ('INSERT INTO kroles.media (external_id, name, owner_id) VALUES (''%s'', ''x'', 4) ON CONFLICT (external_id) DO NOTHING',
        'hidden', 'absent'),
    ('INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (%s, ''channel'', ''open'', ''x'', 4) ON CONFLICT DO NOTHING', '777020', '888020'),
    ('INSERT INTO kroles.channels (external_id, type, name, owner_id) VALUES (''%s'', ''open'', ''x'', 4)', 'hidden',
        'absent'),
    ('INSERT INTO kroles.publications (media_id, space_id) VALUES (%s, 20)', '777040', '888040'),
    ('INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (%s, 777001, ''editor'')', '777040',
        '888040'),
    ('INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (%s, 4)', '777040', '888040'),
    ('INSERT INTO kroles.space_members (space_id, user_id) VALUES (%s, 777001)', '777020', '888020'),
    ('INSERT INTO kroles.events (id, name, created_by) VALUES (%s, ''x'', 4)', '777080', '888080'),
    ('INSERT INTO kroles.events (external_id, name, created_by) VALUES (''%s'', ''x'', 4) ON CONFLICT DO NOTHING', 'hidden', 'absent'),
    ('INSERT INTO kroles.event_participants (event_id, user_id) VALUES (%s, 4)', '777080', '888080'),
    ('INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (80, %s)', '777040', '888040'),
    ('INSERT INTO kroles.room_participants (media_id, user_id, rights) VALUES (%s, 4, ''{}'')', '777040', '888040'),
    ('INSERT INTO kroles.playlists (space_id, name) VALUES (%s, ''x'')', '777020', '888020'),
    ('INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (%s, 40)', '777070', '888070'),
    ('INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (70, %s)', '777040', '888040'),
    ('MERGE INTO kroles.media m USING (VALUES (%s)) v (id) ON m.id = v.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id, name, owner_id) VALUES (v.id, ''x'', 4)', '777040', '888040')
) AS t (statement, hidden, absent);

-- ---- While nobody does anything, and while somebody holds all that is hidden ----
SELECT attack.attempt(expected, attack.tells_apart(session, statement, hidden, absent), session || ': ' || statement) FROM asked ORDER BY n;
SELECT attack.control('t', (attack.hold_what_is_hidden('eve', 'vera', 'nobody') > 20)::text::char::text, 'somebody holds what is hidden');
SELECT attack.attempt(expected, attack.tells_apart(session, statement, hidden, absent), session || ': ' || statement || ', which somebody holds') FROM asked ORDER BY n;
SELECT attack.says('holder', 'ROLLBACK');

-- ---- What PostgreSQL leaves ----
-- Whoever may make an object learns from a unique constraint that its id or external id is taken; whoever may give a right to a
-- user or group learns from a foreign key that there is one. Without a unique constraint ids would not be ids.
CREATE FUNCTION pg_temp.both(statement text, hidden text, absent text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    about_hidden text := attack.says('eve', 'BEGIN', replace(statement, '%s', hidden));
    about_absent text := attack.says('eve', 'ROLLBACK', 'BEGIN', replace(statement, '%s', absent));
BEGIN
    PERFORM attack.says('eve', 'ROLLBACK');
    RETURN about_hidden || ' or ' || about_absent;
END $$;
SELECT attack.left_open(expected, pg_temp.both(statement, hidden, absent), statement)
FROM (VALUES
    ('23505 or INSERT 0 1', 'INSERT INTO kroles.media (external_id, name) VALUES (''%s'', ''x'')', 'hidden', 'absent'),
    ('INSERT 0 0 or INSERT 0 1', 'INSERT INTO kroles.media (external_id, name) VALUES (''%s'', ''x'') ON CONFLICT DO NOTHING', 'hidden', 'absent'),
    ('42501 or INSERT 0 1', 'INSERT INTO kroles.media (external_id, name) VALUES (''%s'', ''x'') ON CONFLICT (external_id) DO UPDATE SET name = ''x''', 'hidden', 'absent'),
    ('23505 or UPDATE 1', 'UPDATE kroles.media SET external_id = ''%s'' WHERE id = 41', 'hidden', 'absent'),
    ('23505 or UPDATE 1', 'UPDATE kroles.spaces SET external_id = ''%s'' WHERE id = 21', 'hidden', 'absent'),
    ('INSERT 0 1 or 23503', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (21, %s)', '777001', '888001'),
    ('INSERT 0 1 or 23503', 'INSERT INTO kroles.space_members (space_id, group_id) VALUES (21, %s)', '777010', '888010'),
    ('INSERT 0 1 or 23503', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (41, %s, ''viewer'')', '777001', '888001'),
    ('23505 or INSERT 0 1', 'INSERT INTO kroles.events (external_id, name) VALUES (''%s'', ''x'')', 'hidden', 'absent'),
    ('INSERT 0 1 or 23503', 'INSERT INTO kroles.event_participants (event_id, user_id) VALUES (80, %s)', '777001', '888001'),
    ('INSERT 0 1 or 23503', 'INSERT INTO kroles.event_participants (event_id, group_id) VALUES (80, %s)', '777010', '888010'),
    ('UPDATE 1 or 23503', 'UPDATE kroles.media SET owner_id = %s WHERE id = 41', '777001', '888001')
) AS t (expected, statement, hidden, absent);
SELECT attack.attempt('23505 / duplicate key value violates unique constraint "media_external_id_is_unique"',
    attack.says_all('eve', 'INSERT INTO kroles.media (external_id, name) VALUES (''hidden'', ''x'')'),
        'the error for a taken external id shows no value of the row');
-- ids tell nothing: none is anybody's to choose, whether there is a row or not
SELECT attack.attempt('42501', attack.tells_apart('eve', format('INSERT INTO kroles.%s VALUES (%%s, %s)%s', columns, "values", conflict), hidden, absent), columns || conflict)
FROM (VALUES
    ('media (id, name)', '''x''', '777040', '888040'), ('events (id, name)', '''x''', '777080', '888080'), ('playlists (id, space_id, name)', '21, ''x''', '777070', '888070')
) AS t (columns, "values", hidden, absent), unnest(ARRAY['', ' ON CONFLICT DO NOTHING', ' ON CONFLICT (id) DO UPDATE SET name = ''x''']) AS conflict;

SELECT * FROM finish();
