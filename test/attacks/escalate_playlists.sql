-- Privilege escalation by playlists: changing those of a channel that one does not manage, moving one there, showing hidden
-- media.
\set name kroles_escalate_playlists
\ir lib/campus.psql
SELECT * FROM no_plan();

-- ---- Playlists of a channel that one may view, moderate or contribute to, but not manage ----
CREATE VIEW campus.outsiders AS
    SELECT unnest('{moderator, contributor, member, grouped, retired, lowered, editor, stranger, viewer, trusted, rival, blocked, NULL}'::text[]) AS who;
SELECT campus.tries_insert(who, '42501', 'makes a playlist', 'kroles.playlists', 'space_id, name', '1, ''Mine''') FROM campus.outsiders;
SELECT campus.tries_update(who, 'no row', 'renames a playlist', 'kroles.playlists', 'name = ''Mine''', 't.id = 1', who IS NULL OR who = 'blocked',
    '(id, space_id, name) VALUES (1, 1, ''Mine'') ON CONFLICT (id)') FROM campus.outsiders;
SELECT campus.tries_delete(who, 'no row', 'deletes a playlist', 'kroles.playlists', 't.id = 1', who IS NULL OR who = 'blocked') FROM campus.outsiders;
SELECT campus.tries_insert(who, '42501', 'puts a film into a playlist', 'kroles.playlist_items', 'playlist_id, media_id', '1, 3') FROM campus.outsiders;
SELECT campus.tries_insert(who, '42501', 'puts a film first', 'kroles.playlist_items', 'playlist_id, media_id, position', '1, 3, 1') FROM campus.outsiders;
SELECT campus.tries_update(who, 'no row', 'changes the order', 'kroles.playlist_items', 'position = 9', '(t.playlist_id, t.media_id) = (1, 7)', who IS NULL OR who = 'blocked',
    '(playlist_id, media_id) VALUES (1, 7) ON CONFLICT (playlist_id, media_id)') FROM campus.outsiders;
SELECT campus.tries_delete(who, 'no row', 'takes a film out', 'kroles.playlist_items', '(t.playlist_id, t.media_id) = (1, 7)', who IS NULL OR who = 'blocked') FROM campus.outsiders;
SELECT campus.tries(who, 'no row', 'takes out all, reading nothing', 'DELETE FROM kroles.playlist_items') FROM campus.outsiders WHERE who <> 'rival';
SELECT campus.tries('rival', '2 rows', 'takes out all, reading nothing: those of their own channels', 'DELETE FROM kroles.playlist_items');
SELECT campus.tries(who, CASE WHEN who IS NULL THEN '28000' WHEN who = 'blocked' THEN '42704' ELSE '42501' END, 'moves a film', 'SELECT kroles_move_item(1, 7, 1)') FROM campus.outsiders;
-- their own film they may take out of a playlist as little as another's
SELECT campus.tries_delete('contributor', 'no row', 'takes their own film out', 'kroles.playlist_items', '(t.playlist_id, t.media_id) = (1, 4)');
SELECT campus.may(who, '1 row', 'makes a playlist', 'INSERT INTO kroles.playlists (space_id, name) VALUES (1, ''Mine'')') FROM unnest('{owner, manager, visiting manager, boss, administrator}'::text[]) AS who;
SELECT campus.may(who, '1 row', 'puts a film into a playlist', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (1, 3)') FROM unnest('{owner, manager, visiting manager, boss, administrator}'::text[]) AS who;
SELECT campus.may('visiting manager', '1', 'moves a film', 'SELECT kroles_move_item(1, 7, 1)');
SELECT campus.leads_to('manager', '7 1 4', 'moves a film', 'SELECT kroles_move_item(1, 7, 1)', 'SELECT media_id FROM kroles.playlist_items WHERE playlist_id = 1 ORDER BY position');

-- ---- Of another's channel: seen (Commons, Plaza), hidden (Seminar), none, a gallery ----
SELECT campus.tries_insert('manager', '42501', 'makes a playlist in ' || space, 'kroles.playlists', 'space_id, name', space || ', ''Mine''')
FROM unnest('{3, 5, 2, 99, 10, 12}'::text[]) AS space;
SELECT campus.tries_insert('manager', '42501', 'puts a film into playlist ' || list, 'kroles.playlist_items', 'playlist_id, media_id', list || ', 1')
FROM unnest('{3, 2, 99, "NULL"}'::text[]) AS list;
SELECT campus.tries_insert('manager', '42501', 'puts a film into another''s playlist, as if it were of their channel', 'kroles.playlist_items', 'playlist_id, media_id, space_id', list || ', 1, 1')
FROM unnest('{3, 2, 99}'::text[]) AS list;
SELECT campus.tries('manager', '42501', 'puts films into several playlists at once, one not the own', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (1, 3), (3, 1)');
SELECT campus.tries_update('manager', 'no row', 'renames another''s playlist', 'kroles.playlists', 'name = ''x''', 't.id = 3', false, '(id, space_id, name) VALUES (3, 1, ''x'') ON CONFLICT (id)');
SELECT campus.tries_update('manager', 'no row', 'renames a hidden playlist', 'kroles.playlists', 'name = ''x''', 't.id = 2', true, '(id, space_id, name) VALUES (2, 1, ''x'') ON CONFLICT (id)');
SELECT campus.tries_update('manager', 'no row', 'takes another''s playlist into their channel', 'kroles.playlists', 'space_id = 1', 't.id = 3');
SELECT campus.tries_update('manager', 'no row', 'changes the order of a hidden playlist', 'kroles.playlist_items', 'position = 9', '(t.playlist_id, t.media_id) = (2, 3)', true);
SELECT campus.tries_delete('manager', 'no row', 'deletes another''s playlist', 'kroles.playlists', 't.id = 3');
SELECT campus.tries_delete('manager', 'no row', 'deletes a hidden playlist', 'kroles.playlists', 't.id = 2', true);
SELECT campus.tries_delete('manager', 'no row', 'empties another''s playlist', 'kroles.playlist_items', 't.playlist_id = 3');
SELECT campus.tries('manager', '42501', 'moves a film in another''s playlist', 'SELECT kroles_move_item(3, 3, 1)');
SELECT campus.tries('manager', '42704', 'moves a film in playlist ' || list, format('SELECT kroles_move_item(%s, 3, 1)', list)) FROM unnest('{2, 99, "NULL"}'::text[]) AS list;

-- ---- Carrying rows ----
SELECT campus.tries_update(who, '23514', 'carries a playlist to ' || space, 'kroles.playlists', 'space_id = ' || space, 't.id = 1', false,
    '(id, space_id, name) VALUES (1, 1, ''x'') ON CONFLICT (id)') FROM unnest('{owner, manager, administrator}'::text[]) AS who, unnest('{3, 2, 99, 10, "NULL"}'::text[]) AS space;
SELECT campus.tries_update('manager', '23514', 'gives a playlist another id', 'kroles.playlists', 'id = 50', 't.id = 1');
SELECT campus.tries_update('manager', '23514', what, 'kroles.playlist_items', change, '(t.playlist_id, t.media_id) = (1, 7)', false, '(playlist_id, media_id) VALUES (1, 7) ON CONFLICT (playlist_id, media_id)')
FROM (VALUES ('carries a film to another''s playlist', 'playlist_id = 3, space_id = 5'), ('carries it to a hidden playlist', 'playlist_id = 2, space_id = 2'), ('carries it to none', 'playlist_id = 99'),
             ('puts another film in its place', 'media_id = 3'), ('puts a hidden film in its place', 'media_id = 2'), ('puts none in its place', 'media_id = 99'),
             ('has its row judged by another channel', 'space_id = 3'), ('has its row judged by none', 'space_id = NULL'), ('hides that among others', 'position = 9, space_id = 3')) AS t (what, change);
SELECT campus.may('manager', '1 row', 'says again where a film is', 'UPDATE kroles.playlist_items SET playlist_id = 1, media_id = 7, space_id = 1, position = 9 WHERE media_id = 7');

-- ---- Hidden films ----
SELECT campus.tries_insert('manager', '42501', 'puts into a playlist film ' || film, 'kroles.playlist_items', 'playlist_id, media_id', '1, ' || film) FROM unnest('{2, 6, 99, "NULL"}'::text[]) AS film;
SELECT campus.tries('manager', '42704', 'moves film ' || film, format('SELECT kroles_move_item(1, %s, 1)', film)) FROM unnest('{2, 3, 99}'::text[]) AS film;
SELECT campus.tries('manager', '22023', 'moves nothing', 'SELECT kroles_move_item(1, NULL, 1)');
SELECT campus.tries('manager', '22023', 'moves a film to ' || place, format('SELECT kroles_move_item(1, 7, %s)', place)) FROM unnest('{0, -1, -2147483648, "NULL"}'::text[]) AS place;
-- a film in a playlist is shown to nobody for that: the stranger's, by the administrator, in a playlist that all see
INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (3, 2);
SELECT campus.tries(who, expected, 'reads the films of that playlist', 'SELECT media_id FROM kroles.playlist_items WHERE playlist_id = 3 ORDER BY position')
FROM (VALUES ('rival', '3'), ('manager', '3'), ('viewer', '3'), ('stranger', '3 2'), ('administrator', '3 2'), ('blocked', 'no row'), (NULL, 'no row')) AS t (who, expected);
SELECT campus.tries('rival', '1 3 5 7', 'reads the films', 'SELECT id FROM kroles.media ORDER BY id');
SELECT campus.tries('rival', 'false', 'asks about it', 'SELECT kroles_can(''view'', ''media'', 2)');
SELECT campus.tries('rival', '42704', 'moves what is hidden in their own playlist', 'SELECT kroles_move_item(3, 2, 1)');
SELECT campus.tries_update('rival', 'no row', 'moves it', 'kroles.playlist_items', 'position = 9', '(t.playlist_id, t.media_id) = (3, 2)', true,
    '(playlist_id, media_id) VALUES (3, 2) ON CONFLICT (playlist_id, media_id)');
SELECT campus.tries_delete('rival', 'no row', 'takes it out', 'kroles.playlist_items', '(t.playlist_id, t.media_id) = (3, 2)', true);
SELECT campus.tries_insert('rival', '42501', 'finds out whether it is there', 'kroles.playlist_items', 'playlist_id, media_id', '3, 2');
SELECT campus.may('rival', '1 row', 'is rid of it with the whole playlist', 'DELETE FROM kroles.playlists WHERE id = 3');

-- ---- In mid-transaction: a right that has gone counts no more ----
BEGIN;
SET LOCAL SESSION AUTHORIZATION campus_gateway;
SET LOCAL kroles."user" = 'manager';
INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (1, 3);
\set before :ROW_COUNT
RESET SESSION AUTHORIZATION;
UPDATE kroles.space_members SET role = 'moderator' WHERE id = 1;
SET LOCAL SESSION AUTHORIZATION campus_gateway;
DELETE FROM kroles.playlist_items WHERE playlist_id = 1;
\set after :ROW_COUNT
ROLLBACK;
SELECT is(:'before' || ' ' || :'after', '1 0', 'no row: manager, lowered meanwhile in the same transaction, empties a playlist');

-- ---- Helpers that everybody may call do nothing that their caller could not ----
SELECT campus.tries(who, expected, 'asks the check by hand about playlist ' || list, format('SELECT kroles.check_playlist(%s)', list))
FROM (VALUES ('stranger', 1, '42501'), ('stranger', 2, '42704'), ('stranger', 99, '42704'), ('blocked', 1, '42704'), (NULL, 1, '42704')) AS t (who, list, expected);
SELECT campus.tries('stranger', 'removed media 4 from playlist 2', 'asks for the name of a hidden playlist by hand',
    'SELECT kroles.history_text_item(''DELETE'', ''{"media_id": 4, "playlist_id": 2, "space_id": 2}'', NULL)');
SELECT campus.tries('administrator', '42501', 'calls what is a trigger: ' || call, 'SELECT ' || call)
FROM unnest('{kroles.fill_space(), kroles.guard_playlist(), kroles.append_position(), kroles.renumber_positions()}'::text[]) AS call;

SELECT * FROM finish();
