-- Who is in which room: every constraint, the bad row just outside it and the good row just inside.
\ir lib/begin.psql

INSERT INTO kroles.users (id, login) VALUES (901, 'alice'), (902, 'bob'), (903, 'carol');
INSERT INTO kroles.media (id, type, name, owner_id) VALUES (901, 'room', 'Hall', 901), (902, 'live', 'Show', 901);
INSERT INTO kroles.room_participants (id, media_id, user_id, joined_at, left_at, rights, role) VALUES
    (901, 901, 902, '2026-01-01 10:00+00', '2026-01-01 11:00+00', '{join_room,interact}', 'participant'),
    (902, 901, 902, now(), NULL, '{join_room,interact}', 'participant'), (903, 901, 903, now(), NULL, '{}', NULL);
SELECT pg_temp.fingerprint() AS before \gset

SELECT pg_temp.refused(format('INSERT INTO kroles.room_participants (media_id, user_id, joined_at, left_at, rights) VALUES (%s)', stay), code, rule, what)
FROM (VALUES ('901, 902, now(), NULL, ''{}''', '23505', 'room_participants_a_user_is_in_a_room_once', 'somebody in a room twice'),
             ('901, 901, now(), now() - interval ''1 microsecond'', ''{}''', '23514', 'room_participants_nobody_leaves_before_joining', 'one who left before joining'),
             ('901, 901, ''infinity'', NULL, ''{}''', '23514', 'room_participants_joined_at_an_instant', 'one who never joined'),
             ('901, 901, ''-infinity'', NULL, ''{}''', '23514', 'room_participants_joined_at_an_instant', 'one who was always there'),
             ('901, 901, now(), NULL, ''{join_room,NULL}''', '23514', 'room_participants_rights_are_a_list_without_null', 'a right that is NULL'),
             ('901, 901, now(), NULL, ''{{join_room},{interact}}''', '23514', 'room_participants_rights_are_a_list_without_null', 'rights in two dimensions'),
             ('901, 901, now(), NULL, ''{fly}''', '22P02', '', 'a right that is none'),
             ('901, 901, now(), NULL, NULL', '23502', '', 'rights of NULL'), ('901, 901, NULL, NULL, ''{}''', '23502', '', 'a stay that did not begin'),
             ('-1, 901, now(), NULL, ''{}''', '23503', 'room_participants_room_must_exist', 'one in no room'), ('NULL, 901, now(), NULL, ''{}''', '23502', '', 'one in NULL'),
             ('901, -1, now(), NULL, ''{}''', '23503', 'room_participants_user_must_exist', 'no user in a room'), ('901, NULL, now(), NULL, ''{}''', '23502', '', 'NULL in a room')) AS bad (stay, code, rule, what);
SELECT pg_temp.refused(format('UPDATE kroles.room_participants SET %s', change), code, rule, 'changed: ' || change)
FROM (VALUES ('left_at = NULL', '23505', 'room_participants_a_user_is_in_a_room_once'), ('user_id = 903', '23505', 'room_participants_a_user_is_in_a_room_once'),
             ('left_at = joined_at - interval ''1 second''', '23514', 'room_participants_nobody_leaves_before_joining'), ('id = 901', '23505', 'room_participants_id_is_unique'),
             ('rights = NULL', '23502', ''), ('rooms_switched = NULL', '23502', ''), ('joined_at = ''infinity''', '23514', 'room_participants_joined_at_an_instant')) AS bad (change, code, rule);
SELECT is(pg_temp.fingerprint(), :'before', 'nothing that was refused left a trace');

-- Just inside
SELECT lives_ok($$INSERT INTO kroles.room_participants (media_id, user_id, joined_at, left_at, rights) VALUES
    (901, 902, '2026-01-01 10:00+00', '2026-01-01 10:00+00', '{}'), (901, 902, '2026-01-01 10:00+00', 'infinity', '{}')$$, 'any number of stays that are over');
SELECT lives_ok($$INSERT INTO kroles.room_participants (media_id, user_id, rights) VALUES (902, 902, '{view,manage,upload}')$$, 'somebody in two rooms');
SELECT lives_ok($$UPDATE kroles.room_participants SET left_at = joined_at WHERE left_at IS NULL$$, 'who left at once');
SELECT lives_ok($$INSERT INTO kroles.room_participants (media_id, user_id, rights) VALUES (901, 902, '{}'), (901, 901, '{}')$$, 'and is back');

-- What ends with the other side
SELECT lives_ok($$UPDATE kroles.users SET blocked = true WHERE id = 902$$, 'somebody who is in a room is blocked');
SELECT is_empty($$SELECT FROM kroles.room_participants WHERE user_id = 902 AND left_at IS NULL$$, 'and is in none any more');
SELECT results_eq('SELECT user_id FROM kroles.room_participants WHERE left_at IS NULL', '{901}'::bigint[], 'others are');
SELECT lives_ok($$INSERT INTO kroles.room_participants (media_id, user_id, rights) VALUES (902, 901, '{}')$$, 'somebody is in another room too');
SELECT lives_ok($$UPDATE kroles.media SET type = 'room' WHERE id = 902$$, 'which is made one of the other type');
SELECT results_eq('SELECT media_id FROM kroles.room_participants WHERE left_at IS NULL ORDER BY media_id', '{901,902}'::bigint[], 'and that ends nothing');
SELECT is((SELECT min(rooms_switched) FROM kroles.room_participants), (SELECT rooms_switched FROM kroles.settings), 'a stay says how often rooms were switched');
SELECT lives_ok($$UPDATE kroles.settings SET chat_and_collaboration = false$$, 'rooms are switched off');
SELECT is_empty($$SELECT FROM kroles.room_participants WHERE left_at IS NULL$$, 'and nobody is in one any more');
SELECT lives_ok($$DELETE FROM kroles.users WHERE id = 902$$, 'who was in a room is deleted');
SELECT lives_ok($$DELETE FROM kroles.media WHERE id = 901$$, 'so is a room');
SELECT is_empty($$SELECT FROM kroles.room_participants WHERE user_id = 902 OR media_id = 901$$, 'and of their stays nothing is left');

SELECT * FROM finish();
ROLLBACK;
