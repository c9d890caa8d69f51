-- Playlists and what is in them: every constraint, the bad row just outside it and the good row just inside.
\ir lib/begin.psql

INSERT INTO kroles.users (id, login) VALUES (901, 'alice'), (902, 'bob');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES
    (901, 'channel', 'open', 'Lectures', 901), (902, 'channel', 'open', 'Seminars', 901), (903, 'gallery', 'open', 'Arts', 901);
INSERT INTO kroles.media (id, name, owner_id) VALUES (901, 'Cells', 901), (902, 'Birds', 901), (903, 'Fish', 901);
INSERT INTO kroles.playlists (id, space_id, name) VALUES (901, 901, 'First'), (902, 901, 'Second'), (903, 902, 'Third');
INSERT INTO kroles.playlists (id, owner_id, name) VALUES (904, 901, 'Mine');
INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (904, 902);
INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (901, 901), (901, 902);
SELECT pg_temp.fingerprint() AS before \gset

-- playlists
SELECT pg_temp.refused(format('INSERT INTO kroles.playlists (space_id, name) VALUES (901, %L)', name), '23514', 'playlists_name_is_not_blank', what)
FROM (VALUES ('', 'an empty name of a playlist'), ('  ', 'a name of spaces'), (E'\t\n', 'a name of a tab and a new line')) AS bad (name, what);
SELECT pg_temp.refused('INSERT INTO kroles.playlists (space_id, name) VALUES (901, NULL)', '23502', '', 'a playlist has a name');
SELECT pg_temp.refused($$INSERT INTO kroles.playlists (space_id, name) VALUES (NULL, 'x')$$, '23514', 'playlists_either_of_a_space_or_of_a_person',
    'and a channel or a person, where no user is asking');
SELECT pg_temp.refused(format('INSERT INTO kroles.playlists (space_id, owner_id, name) VALUES (%s, ''x'')', whose), code, rule, what)
FROM (VALUES ('901, 901', '23514', 'playlists_either_of_a_space_or_of_a_person', 'a playlist of both'),
             ('NULL, -1', '23503', 'playlists_owner_must_be_a_user', 'a playlist of no user')) AS bad (whose, code, rule, what);
SELECT pg_temp.refused($$INSERT INTO kroles.playlists (space_id, name) VALUES (-1, 'x')$$, '23503', 'playlists_space_must_exist', 'a playlist of nothing');
SELECT pg_temp.refused($$INSERT INTO kroles.playlists (space_id, name) VALUES (903, 'x')$$, '23514', 'playlists_space_is_a_channel', 'a playlist of a gallery');
SELECT pg_temp.refused($$INSERT INTO kroles.playlists (space_id, name) VALUES (901, 'x'), (903, 'x')$$, '23514', 'playlists_space_is_a_channel',
    'one among others');
SELECT pg_temp.refused($$INSERT INTO kroles.playlists (id, space_id, name) VALUES (901, 901, 'x')$$, '23505', 'playlists_id_is_unique',
    'an id that a playlist has');
SELECT pg_temp.refused(format('UPDATE kroles.playlists SET space_id = %s WHERE id = 901', space), '23514', 'playlists_space_is_fixed', what)
FROM (VALUES ('902', 'a playlist moved to another channel'), ('903', 'to a gallery'), ('-1', 'to nothing'), ('NULL', 'to no channel')) AS bad (space, what);
SELECT pg_temp.refused(format('UPDATE kroles.playlists SET owner_id = %s WHERE id = %s', owner, id), '23514', 'playlists_owner_is_fixed', what)
FROM (VALUES ('902', 904, 'a playlist given to another person'), ('NULL', 904, 'to nobody'), ('901', 901, 'one of a channel given to a person')) AS bad (owner, id, what);
SELECT pg_temp.refused('UPDATE kroles.playlists SET space_id = 901, owner_id = NULL WHERE id = 904', '23514', 'playlists_owner_is_fixed', 'a playlist given to a channel');
SELECT pg_temp.refused('UPDATE kroles.playlists SET id = 999 WHERE id = 901', '23514', 'playlists_id_is_fixed', 'another id');

-- what is in them
SELECT pg_temp.refused(format('INSERT INTO kroles.playlist_items (playlist_id, media_id, position) VALUES (%s)', item), code, rule, what)
FROM (VALUES ('901, 901, 9', '23505', 'playlist_items_a_media_is_in_a_playlist_once', 'the same media twice in a playlist'),
             ('901, 903, 2', '23505', 'playlist_items_one_item_a_position', 'two at one position'),
             ('901, 903, 0', '23514', 'playlist_items_position_counts_from_1', 'one at position 0'),
             ('-1, 903, 1', '23503', 'playlist_items_playlist_must_exist', 'one in no playlist'),
             ('-1, 903, NULL', '23503', 'playlist_items_playlist_must_exist', 'without a position either'),
             ('901, -1, 9', '23503', 'playlist_items_media_must_exist', 'no media in a playlist'),
             ('901, -1, NULL', '23503', 'playlist_items_media_must_exist', 'without a position either'),
             ('NULL, 903, 9', '23502', '', 'one in NULL'), ('901, NULL, 9', '23502', '', 'NULL in one')) AS bad (item, code, rule, what);
SELECT pg_temp.refused(format('UPDATE kroles.playlist_items SET %s WHERE media_id = 901', change), code, rule, 'changed: ' || change)
FROM (VALUES ('playlist_id = 902', '23514', 'playlist_items_only_position_changes'), ('media_id = 903', '23514', 'playlist_items_only_position_changes'),
             ('space_id = 902', '23514', 'playlist_items_only_position_changes'), ('space_id = NULL', '23514', 'playlist_items_only_position_changes'),
             ('playlist_id = 903, space_id = 902', '23514', 'playlist_items_only_position_changes'), ('position = 2', '23505', 'playlist_items_one_item_a_position'),
             ('owner_id = 901', '23514', 'playlist_items_only_position_changes'),
             ('position = 0', '23514', 'playlist_items_position_counts_from_1'), ('position = NULL', '23502', '')) AS bad (change, code, rule);
SELECT is(pg_temp.fingerprint(), :'before', 'nothing that was refused left a trace');
-- the space is the playlist's, also where nothing guards: the key holds it
ALTER TABLE kroles.playlist_items DISABLE TRIGGER USER;
SELECT pg_temp.refused(format('INSERT INTO kroles.playlist_items (playlist_id, media_id, position, space_id, owner_id) VALUES (%s, 901, 1, %s)', list, whose), code, rule,
    format('without triggers, a row of playlist %s that says it is of %s', list, whose))
FROM (VALUES (902, '902, NULL', '23503', 'playlist_items_playlist_must_exist'), (902, '-1, NULL', '23503', 'playlist_items_playlist_must_exist'),
             (902, 'NULL, NULL', '23514', 'playlist_items_either_of_a_space_or_of_a_person'), (902, '901, 901', '23514', 'playlist_items_either_of_a_space_or_of_a_person'),
             (902, 'NULL, 901', '23503', 'playlist_items_personal_playlist_must_exist'), (904, 'NULL, 902', '23503', 'playlist_items_personal_playlist_must_exist'),
             (904, '901, NULL', '23503', 'playlist_items_playlist_must_exist')) AS bad (list, whose, code, rule);
SELECT lives_ok('INSERT INTO kroles.playlist_items (playlist_id, media_id, position, space_id) VALUES (902, 901, 7, 901)', 'without triggers, a row of the playlist''s space');
SELECT results_eq('SELECT position, space_id FROM kroles.playlist_items WHERE playlist_id = 902', 'VALUES (7, 901::bigint)', 'and it is as it was');
ALTER TABLE kroles.playlist_items ENABLE TRIGGER USER;

-- Just inside
SELECT lives_ok($$INSERT INTO kroles.playlists (space_id, name) VALUES (901, 'First')$$, 'a second playlist of the same name');
SELECT lives_ok($$UPDATE kroles.playlists SET name = 'Autumn', space_id = 901, id = 901 WHERE id = 901$$, 'another name');
SELECT lives_ok('INSERT INTO kroles.playlist_items (playlist_id, media_id, space_id) VALUES (903, 901, 901), (903, 903, NULL)', 'the same media in another playlist');
SELECT results_eq('SELECT media_id, position, space_id FROM kroles.playlist_items WHERE playlist_id = 903 ORDER BY position',
    'VALUES (901::bigint, 1, 902::bigint), (903, 2, 902)', 'new ones come last, in the order they were added, and are in the space of the playlist');
SELECT lives_ok('UPDATE kroles.playlist_items SET position = 3 - position, media_id = media_id, space_id = space_id WHERE playlist_id = 903',
    'the order is turned round by one statement');
SELECT results_eq('SELECT media_id FROM kroles.playlist_items WHERE playlist_id = 903 ORDER BY position', '{903, 901}'::bigint[], 'and is the other way round');

-- What goes when the other side goes
SELECT lives_ok('DELETE FROM kroles.media WHERE id = 901', 'media in playlists can be deleted');
SELECT results_eq('SELECT playlist_id, media_id, position FROM kroles.playlist_items ORDER BY 1, 3', 'VALUES (901::bigint, 902::bigint, 1), (903, 903, 1), (904, 902, 1)',
    'it leaves no gap');
SELECT lives_ok('DELETE FROM kroles.playlists WHERE id = 901', 'a playlist with something in it can be deleted');
SELECT lives_ok('DELETE FROM kroles.spaces WHERE id = 902', 'so can a channel with playlists');
SELECT results_eq('SELECT playlist_id, space_id, owner_id FROM kroles.playlist_items', 'VALUES (904::bigint, NULL::bigint, 901::bigint)',
    'and all that was in them is gone; the person''s own is there');
SELECT results_eq('SELECT id FROM kroles.media ORDER BY id', '{902, 903}'::bigint[], 'no media goes with a playlist');
SELECT lives_ok('DELETE FROM kroles.media; DELETE FROM kroles.spaces; DELETE FROM kroles.users WHERE id = 901', 'a user with playlists can be deleted');
SELECT is_empty('SELECT FROM kroles.playlists', 'and they go with the user');
SELECT lives_ok('TRUNCATE kroles.playlists, kroles.playlist_items', 'playlists can be emptied');
SELECT results_eq($$SELECT operation, object_kind, object_id FROM kroles.audit_log WHERE operation = 'TRUNCATE' ORDER BY relation$$,
    $$VALUES ('TRUNCATE', 'space', NULL::bigint), ('TRUNCATE', 'space', NULL)$$, 'which is logged');

SELECT * FROM finish();
ROLLBACK;
