-- Events, who takes part and the sessions: every constraint, the bad row just outside it and the good row just inside.
\ir lib/begin.psql

INSERT INTO kroles.users (id, login) VALUES (901, 'alice'), (902, 'bob'), (903, 'carol');
INSERT INTO kroles.users (id, login, blocked) VALUES (904, 'dan', true);
INSERT INTO kroles.groups (id, name) VALUES (901, 'Biology');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (901, 903);
INSERT INTO kroles.media (id, type, name, owner_id) VALUES (901, 'room', 'Hall', 901), (902, 'video', 'Film', 901), (903, 'live', 'Show', 901);
INSERT INTO kroles.events (id, name, external_id, created_by) VALUES (901, 'Open day', 'event-1', 901), (902, 'Congress', NULL, 902);
INSERT INTO kroles.events (id, name) VALUES (903, 'Of nobody');
INSERT INTO kroles.event_participants (event_id, user_id, group_id, role) VALUES
    (901, 902, NULL, 'attendee'), (901, NULL, 901, 'organizer'), (901, 904, NULL, 'organizer');
INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (901, 901), (901, 902);
SELECT pg_temp.fingerprint() AS before \gset

-- events
SELECT pg_temp.refused(format('INSERT INTO kroles.events (name) VALUES (%L)', name), '23514', 'events_name_is_not_blank', what)
FROM (VALUES ('', 'an empty name of an event'), ('  ', 'a name of spaces'), (E'\t\n', 'a name of a tab and a new line')) AS bad (name, what);
SELECT pg_temp.refused('INSERT INTO kroles.events (name) VALUES (NULL)', '23502', '', 'an event has a name');
SELECT pg_temp.refused(format('UPDATE kroles.events SET external_id = %L WHERE id = 902', id), '23514', 'events_external_id_is_trimmed', what)
FROM (VALUES ('x ', 'an external id with a space behind it'), (U&'x\00A0', 'an external id with a no-break space behind it'),
             (U&'\FEFFx', 'an external id with a byte order mark before it'), (U&'x\2060', 'an external id with a word joiner behind it'))
    AS bad (id, what);
SELECT pg_temp.refused($$UPDATE kroles.events SET external_id = '' WHERE id = 902$$, '23514', 'events_external_id_is_not_empty', 'an empty external id');
SELECT pg_temp.refused($$UPDATE kroles.events SET external_id = 'event-1' WHERE id = 902$$, '23505', 'events_external_id_is_unique',
    'an external id that an event has');
SELECT pg_temp.refused($$INSERT INTO kroles.events (id, name) VALUES (901, 'x')$$, '23505', 'events_id_is_unique', 'an id that an event has');
SELECT pg_temp.refused('UPDATE kroles.events SET id = 999 WHERE id = 901', '23514', 'events_id_is_fixed', 'another id');
SELECT pg_temp.refused($$INSERT INTO kroles.events (name, created_by) VALUES ('x', -1)$$, '23503', 'events_creator_must_be_a_user',
    'an event made by nobody there is');
SELECT pg_temp.refused(format('UPDATE kroles.events SET created_by = %s WHERE id = 901', who), '23514', 'events_creator_is_fixed',
    'made by another afterwards: ' || who) FROM unnest('{902, -1, "NULL"}'::text[]) AS who;
SELECT pg_temp.refused('UPDATE kroles.events SET created_by = 901 WHERE id = 903', '23514', 'events_creator_is_fixed', 'made by somebody after all');
SELECT pg_temp.refused($$INSERT INTO kroles.events (name, created_by) VALUES ('x', 904)$$, '23514', 'events_keeps_an_organizer',
    'an event made by somebody who is blocked');

-- who takes part
SELECT pg_temp.refused(format('INSERT INTO kroles.event_participants (event_id, user_id, group_id, role) VALUES (%s)', participant), code, rule, what)
FROM (VALUES ('901, 902, 901, ''speaker''', '23514', 'event_participants_either_a_user_or_a_group', 'a user and a group in one row'),
             ('901, NULL, NULL, ''speaker''', '23514', 'event_participants_either_a_user_or_a_group', 'neither'),
             ('901, 902, NULL, ''attendee''', '23505', 'event_participants_a_role_is_given_once', 'a role twice to a user'),
             ('901, NULL, 901, ''organizer''', '23505', 'event_participants_a_role_is_given_once', 'a role twice to a group'),
             ('-1, 902, NULL, ''speaker''', '23503', 'event_participants_event_must_exist', 'in no event'),
             ('901, -1, NULL, ''speaker''', '23503', 'event_participants_user_must_exist', 'no user'),
             ('901, -1, NULL, ''organizer''', '23503', 'event_participants_user_must_exist', 'no user as organizer'),
             ('901, NULL, -1, ''speaker''', '23503', 'event_participants_group_must_exist', 'no group'),
             ('NULL, 902, NULL, ''speaker''', '23502', '', 'in NULL'), ('901, 902, NULL, NULL', '23502', '', 'as NULL'),
             ('901, 902, NULL, ''emperor''', '22P02', '', 'as what is no role')) AS bad (participant, code, rule, what);
SELECT pg_temp.refused($$INSERT INTO kroles.event_participants (id, event_id, user_id) SELECT min(id), 902, 903 FROM kroles.event_participants$$, '23505',
    'event_participants_id_is_unique', 'an id that a participant has');

-- an organizer who is a user of their own and not blocked: alice is the only one of event 901, bob of 902
SELECT pg_temp.refused(statement, '23514', 'events_keeps_an_organizer', statement)
FROM unnest(ARRAY[
    'DELETE FROM kroles.event_participants WHERE user_id = 901', 'DELETE FROM kroles.event_participants WHERE event_id = 901', 'DELETE FROM kroles.event_participants',
    'UPDATE kroles.event_participants SET role = ''moderator'' WHERE user_id = 901', 'UPDATE kroles.event_participants SET user_id = 904 WHERE user_id = 902 AND event_id = 902',
    'UPDATE kroles.event_participants SET user_id = NULL, group_id = 901 WHERE user_id = 902 AND event_id = 902', 'UPDATE kroles.event_participants SET event_id = 902 WHERE user_id = 901',
    'WITH other AS (DELETE FROM kroles.event_participants WHERE user_id = 902) UPDATE kroles.event_participants SET role = ''speaker'' WHERE user_id = 901',
    'UPDATE kroles.users SET blocked = true WHERE id = 902', 'UPDATE kroles.users SET blocked = true', 'DELETE FROM kroles.users WHERE id = 902',
    'MERGE INTO kroles.event_participants p USING (VALUES (901)) v (id) ON p.user_id = v.id WHEN MATCHED THEN DELETE']) AS statement;

-- sessions
SELECT pg_temp.refused(format('INSERT INTO kroles.event_sessions (event_id, media_id, position) VALUES (%s)', session), code, rule, what)
FROM (VALUES ('901, 901, 9', '23505', 'event_sessions_a_media_is_a_session_once', 'the same media twice in an event'),
             ('901, 903, 2', '23505', 'event_sessions_one_session_a_position', 'two at one position'),
             ('901, 903, 0', '23514', 'event_sessions_position_counts_from_1', 'one at position 0'),
             ('-1, 903, 1', '23503', 'event_sessions_event_must_exist', 'a session of nothing'), ('-1, 903, NULL', '23503', 'event_sessions_event_must_exist', 'without a position either'),
             ('901, -1, 9', '23503', 'event_sessions_media_must_exist', 'no media'), ('901, -1, NULL', '23503', 'event_sessions_media_must_exist', 'without a position either'),
             ('NULL, 903, 9', '23502', '', 'a session of NULL'), ('901, NULL, 9', '23502', '', 'NULL as a session')) AS bad (session, code, rule, what);
SELECT pg_temp.refused(format('UPDATE kroles.event_sessions SET %s WHERE media_id = 901', change), code, rule, 'changed: ' || change)
FROM (VALUES ('event_id = 902', '23514', 'event_sessions_event_and_media_are_fixed'), ('media_id = 903', '23514', 'event_sessions_event_and_media_are_fixed'),
             ('event_id = 902, media_id = 903, position = 1', '23514', 'event_sessions_event_and_media_are_fixed'), ('event_id = NULL', '23502', ''),
             ('position = 2', '23505', 'event_sessions_one_session_a_position'), ('position = 0', '23514', 'event_sessions_position_counts_from_1'),
             ('position = NULL', '23502', '')) AS bad (change, code, rule);
SELECT is(pg_temp.fingerprint(), :'before', 'nothing that was refused left a trace');

-- Just inside
SELECT lives_ok($$INSERT INTO kroles.events (name) VALUES ('Open day')$$, 'a second event of the same name');
SELECT lives_ok($$UPDATE kroles.events SET id = 901, name = 'Night', external_id = 'event-2', created_by = 901 WHERE id = 901$$, 'another name and external id');
SELECT lives_ok($$INSERT INTO kroles.event_participants (event_id, user_id, group_id, role) VALUES (901, 902, NULL, 'speaker'), (901, 902, NULL, 'moderator'),
    (901, NULL, 901, 'attendee'), (902, 902, NULL, 'attendee')$$, 'several roles of one user, several of one group');
SELECT lives_ok('UPDATE kroles.event_sessions SET position = 3 - position, media_id = media_id WHERE event_id = 901', 'the order is turned round by one statement');
SELECT results_eq('SELECT media_id FROM kroles.event_sessions ORDER BY position', '{902, 901}'::bigint[], 'and is the other way round');
SELECT lives_ok('INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (902, 901), (902, 903)', 'the same media in another event');

-- Somebody is left
SELECT lives_ok('DELETE FROM kroles.event_participants WHERE event_id = 901 AND (group_id IS NOT NULL OR user_id = 904)', 'a group and a blocked user may go');
SELECT lives_ok('UPDATE kroles.event_participants SET user_id = 901 + 902 - user_id WHERE event_id = 901 AND role = ''organizer''', 'one who organizes for another');
INSERT INTO kroles.events (id, name, created_by) VALUES (904, 'Fair', 901);
INSERT INTO kroles.event_participants (event_id, user_id) VALUES (904, 903);
SELECT lives_ok($$UPDATE kroles.event_participants SET role = CASE role WHEN 'organizer' THEN 'attendee' ELSE 'organizer' END::kroles.event_role
    WHERE event_id = 904$$, 'the organizer steps back and another one forward by one statement');
INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (901, 903, 'organizer'), (902, 903, 'organizer');
SELECT lives_ok('DELETE FROM kroles.event_participants WHERE user_id = 902 AND role = ''organizer''', 'the other one is left');
SELECT lives_ok('UPDATE kroles.users SET blocked = true WHERE id = 902', 'who organizes nothing any more is blocked');
-- where there is none that counts there is none to keep
SELECT lives_ok('INSERT INTO kroles.event_participants (event_id, group_id, role) VALUES (903, 901, ''organizer'')', 'an event of nobody gets a group as organizer');
SELECT lives_ok('DELETE FROM kroles.event_participants WHERE event_id = 903', 'and loses it');

-- What goes when the other side goes
SELECT lives_ok('DELETE FROM kroles.media WHERE id = 901', 'media that is a session can be deleted');
SELECT results_eq('SELECT event_id, media_id, position FROM kroles.event_sessions ORDER BY 1, 3', 'VALUES (901::bigint, 902::bigint, 1), (902, 903, 1)', 'it leaves no gap');
SELECT lives_ok('DELETE FROM kroles.groups WHERE id = 901', 'so can a group that takes part');
SELECT lives_ok('DELETE FROM kroles.users WHERE id = 902', 'and who made an event but organizes none');
SELECT results_eq('SELECT id, created_by FROM kroles.events WHERE id IN (901, 902) ORDER BY id', 'VALUES (901::bigint, 901::bigint), (902, NULL)', 'the event stays, made by nobody known');
SELECT lives_ok('DELETE FROM kroles.events', 'events can be deleted, whoever is their last organizer');
SELECT is_empty('SELECT FROM kroles.event_participants', 'and nobody takes part any more');
SELECT is_empty('SELECT FROM kroles.event_sessions', 'nor is anything a session');
SELECT results_eq('SELECT id FROM kroles.media ORDER BY id', '{902, 903}'::bigint[], 'no media goes with an event');

SELECT * FROM finish();
ROLLBACK;
