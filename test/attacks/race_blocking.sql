-- Races: a person who is to be blocked or removed delays that by open transactions and locks. kroles_block() ends them;
-- removals wait for rows, and kroles_end_sessions() ends that wait.
\set name attack_race_blocking
\ir lib/portal.psql
SELECT * FROM no_plan();
INSERT INTO kroles.media_collaborators (id, media_id, user_id, permission) VALUES (51, 40, 3, 'editor');
INSERT INTO kroles.media_moderators (id, media_id, user_id, permission) VALUES (61, 40, 3, 'room_moderator');
INSERT INTO kroles.event_participants (id, event_id, user_id, role) VALUES (86, 80, 2, 'organizer');
SELECT attack.login('ada', 'attack_app', '-c lock_timeout=2000 -c kroles.token=' || attack.token('ada')),
       attack.login('vera', 'attack_app', '-c kroles.token=' || attack.token('vera')),
       attack.login('nobody', 'attack_app'), attack.login('holder', 'postgres');
CREATE PROCEDURE attack.eve_comes(session text DEFAULT 'eve', options text DEFAULT '') LANGUAGE sql AS
$$ SELECT attack.login(session, 'attack_app', '-c lock_timeout=300 -c kroles.token=' || attack.token('eve') || ' ' || options) $$;
CALL attack.eve_comes();

-- What eve may see and do, in a session of her own; once she is blocked, nothing.
CREATE FUNCTION attack.eve() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    CALL attack.eve_comes('later');
    RETURN attack.says('later', 'SELECT concat_ws('' '', kroles_can(''view'', ''media'', 40), kroles_can(''edit'', ''media'', 41),
        kroles_can(''moderate'', ''channel'', 21), kroles_can(''manage'', ''event'', 80), kroles_can(''upload'', ''site'', NULL),
        (SELECT count(*) FROM kroles.media), (SELECT count(*) FROM kroles.users))');
END $$;
SELECT attack.control('t t t t t 2 1', attack.eve(), 'what eve may');

-- ---- Ways to hold it up ----
CREATE TEMP TABLE ways AS SELECT * FROM (VALUES
    (1, 'locks a media she edits FOR SHARE', 'SELECT id FROM kroles.media WHERE id = 40 FOR SHARE'),
    (2, 'locks it FOR UPDATE', 'SELECT id FROM kroles.media WHERE id = 40 FOR UPDATE'),
    (3, 'changes it', 'UPDATE kroles.media SET name = ''x'' WHERE id = 40'),
    (4, 'locks what she owns', 'SELECT s.id FROM kroles.spaces s, kroles.media m WHERE (s.id, m.id) = (21, 41) FOR UPDATE'),
    (5, 'locks her user FOR SHARE', 'SELECT id FROM kroles.users FOR SHARE'),
    (6, 'locks her user FOR UPDATE', 'SELECT id FROM kroles.users FOR UPDATE'),
    (7, 'changes her user', 'UPDATE kroles.users SET bio = ''x'''),
    (8, 'joins a room', 'SELECT kroles_room_join(41)'),
    (9, 'makes an event', 'INSERT INTO kroles.events (name) VALUES (''mine'')'),
    (10, 'locks her event', 'SELECT id FROM kroles.events WHERE id = 80 FOR UPDATE'),
    (11, 'takes the other organizer off', 'DELETE FROM kroles.event_participants WHERE id = 86'),
    (12, 'leaves her event', 'DELETE FROM kroles.event_participants WHERE event_id = 80 AND user_id = 3'),
    (13, 'leaves a room', 'SELECT kroles_room_leave(41)'),
    (14, 'adds somebody to a media', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (41, 6, ''viewer'')'),
    (15, 'takes advisory locks', 'SELECT count(pg_advisory_xact_lock(3)) + count(pg_advisory_xact_lock(0, 3)) FROM kroles.users')
) AS w (n, way, statement);

-- Her transaction stays open, or prepared; she has seen to it that it is not ended for being idle. An administrator blocks her,
-- who waits for no lock longer than two seconds.
CREATE FUNCTION attack.blocked(statement text, ending text, blocking text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    since timestamptz;
BEGIN
    CALL attack.eve_comes();
    PERFORM attack.says('eve', 'SET idle_in_transaction_session_timeout = 0', 'SET statement_timeout = 0', 'BEGIN');
    answer := attack.says('eve', statement);
    IF answer ~ '^[0-9A-Z]{5}$' THEN
        RETURN 'eve fails: ' || answer;
    END IF;
    PERFORM attack.says('eve', ending);
    since := clock_timestamp();
    answer := attack.says('ada', blocking);
    RETURN concat_ws(', ', CASE answer WHEN '' THEN 'blocked' ELSE answer END,
        CASE WHEN clock_timestamp() - since > '2 s' THEN 'late' END, 'eve: ' || attack.eve(),
        (SELECT 'in rooms: ' || count(*) FROM kroles.room_participants WHERE user_id = 3 AND left_at IS NULL HAVING count(*) > 0),
        (SELECT 'prepared: ' || count(*) FROM pg_prepared_xacts WHERE database = current_database() HAVING count(*) > 0),
        (SELECT 'events left: ' || count(*) FROM kroles.doctor_events() HAVING count(*) > 0),
        (SELECT 'apart' FROM kroles.user_blocks));
END $$;
SELECT attack.attempt('blocked, eve: f f f f f 0 0', attack.blocked(statement, ending, 'SELECT kroles_block(3)'), format('eve %s, %s, and is blocked', way, what)),
       attack.says('ada', 'SELECT kroles_unblock(3)')
FROM ways, (VALUES ('SELECT 1', 'leaves it open'), ('PREPARE TRANSACTION ''eve''', 'prepares it'), ('SELECT * FROM kroles.nothing', 'fails')) AS e (ending, what) ORDER BY what, n;
SELECT attack.control('t t t t t 2 1', attack.eve(), 'unblocked, eve may what she might');

-- The plain UPDATE waits for her row alone; for what else rests on her it does not wait for long.
SELECT attack.left_open('55P03, late, eve: t t t t t 2 1', attack.blocked(statement, 'SELECT 1', 'UPDATE kroles.users SET blocked = true WHERE id = 3'), format('eve %s, and is blocked by UPDATE', way))
FROM ways WHERE way ~ 'her user' ORDER BY n;
SELECT attack.attempt('1 UPDATE 1 f f f f f 0 0', concat_ws(' ', attack.says('ada', 'SELECT kroles_end_sessions(3)'), attack.says('ada', 'UPDATE kroles.users SET blocked = true WHERE id = 3'), attack.eve()),
    'her sessions are ended, and then eve is blocked by UPDATE'),
    attack.says('ada', 'UPDATE kroles.users SET blocked = false WHERE id = 3');
SELECT attack.attempt('UPDATE 1, eve: f f f f f 0 0', replace(attack.blocked(statement, 'SELECT 1', 'UPDATE kroles.users SET blocked = true WHERE id = 3'), ' late,', ''), format('eve %s, and is blocked by UPDATE', way)),
       attack.says('ada', 'UPDATE kroles.users SET blocked = false WHERE id = 3')
FROM ways WHERE way !~ 'her user|joins a room|leaves a room' ORDER BY n;

-- ---- A loop of making events ----
SELECT attack.says('ada', 'SELECT kroles_unblock(3)');
CREATE PROCEDURE attack.eve_loops() LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1..4 LOOP
        CALL attack.eve_comes('loop' || n);
        PERFORM dblink_send_query('loop' || n, 'DO $d$ BEGIN LOOP INSERT INTO kroles.events (name) VALUES (''loop''); COMMIT; END LOOP; END $d$');
    END LOOP;
    PERFORM pg_sleep(0.2);
END $$;
CALL attack.eve_loops();
SELECT attack.control('t', ((SELECT count(*) FROM kroles.events WHERE name = 'loop') > 4)::text::char::text, 'eve makes events in a loop'),
       attack.attempt('23514', attack.says('ada', 'SELECT kroles_block(3)'), 'blocked as their only organizer'),
       attack.control('t', (SELECT bool_or(dblink_is_busy('loop' || n) = 1) FROM generate_series(1, 4) AS n)::text::char::text, 'which ends nothing of hers');
SELECT attack.attempt('blocked', CASE attack.says('ada', 'SELECT kroles_block(3, 2)') WHEN '' THEN 'blocked' ELSE 'not blocked' END, 'eve makes events in a loop, and is blocked, another taking over'),
       attack.attempt('f f f f f 0 0', attack.eve(), 'and may nothing'),
       attack.attempt('0', (SELECT count(*) FROM kroles.doctor_events())::text, 'no event is left without an organizer');
SELECT pg_sleep(0.2);
SELECT attack.attempt('no loop', CASE WHEN EXISTS (SELECT FROM generate_series(1, 4) AS n WHERE dblink_is_busy('loop' || n) = 1) THEN 'a loop' ELSE 'no loop' END, 'none of the loops goes on'),
       attack.attempt('2', (SELECT string_agg(DISTINCT user_id::text, ' ') FROM kroles.event_participants p JOIN kroles.events e ON e.id = p.event_id WHERE e.name = 'loop'), 'they are organized by who took over'),
       attack.attempt('2 2', (SELECT concat_ws(' ', m.owner_id, s.owner_id) FROM kroles.media m, kroles.spaces s WHERE (m.id, s.id) = (41, 21)), 'who owns what was hers'),
       attack.attempt('42501', attack.says('later', 'INSERT INTO kroles.events (name) VALUES (''loop'')'), 'eve makes another');
SELECT attack.says('ada', 'SELECT kroles_unblock(3)');
UPDATE kroles.media SET owner_id = 3 WHERE id = 41;
UPDATE kroles.spaces SET owner_id = 3 WHERE id = 21;
INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (80, 3, 'organizer');
DELETE FROM kroles.events WHERE name IN ('loop', 'mine');
SELECT attack.control('t t t t t 2 1', attack.eve(), 'all is as it was');

-- ---- While it is being done ----
CALL attack.eve_comes();
SELECT attack.says('ada', 'BEGIN', 'SELECT kroles_block(3)');
CALL attack.eve_comes();
SELECT attack.attempt('55P03', attack.says('eve', statement), 'eve, who is just being blocked: ' || statement)
FROM unnest('{SELECT count(*) FROM kroles.media, SELECT id FROM kroles.media FOR SHARE, "SELECT kroles_can(''view'', ''media'', 40)", "INSERT INTO kroles.events (name) VALUES (''x'')"}'::text[]) AS statement;
SELECT attack.control('2', attack.says('vera', 'SELECT count(*) FROM kroles.media'), 'others go on'),
       attack.control('1', attack.says('nobody', 'SELECT 1'), 'so does who is nobody');
SELECT attack.says('ada', 'ROLLBACK');
SELECT attack.control('t t t t t 2 1', attack.eve(), 'it is rolled back');
SELECT attack.attempt('blocked', CASE attack.says('ada', 'BEGIN ISOLATION LEVEL ' || level, 'SELECT count(*) FROM kroles.users', 'SELECT kroles_block(3)') WHEN '' THEN 'blocked' ELSE 'not blocked' END, 'eve is blocked at ' || level),
    attack.says('ada', 'COMMIT'), attack.attempt('f f f f f 0 0', attack.eve(), 'and may nothing'), attack.says('ada', 'SELECT kroles_unblock(3)')
FROM unnest('{READ COMMITTED, REPEATABLE READ, SERIALIZABLE}'::text[]) AS level;

-- ---- Somebody else holds her row ----
SELECT attack.says('holder', 'BEGIN', 'SELECT id FROM kroles.users WHERE id = 3 FOR UPDATE');
SELECT attack.attempt('blocked, eve: f f f f f 0 0, apart', attack.blocked('SELECT id FROM kroles.media WHERE id = 40 FOR SHARE', 'SELECT 1', 'SELECT kroles_block(3)'), 'her row is held by another transaction, and eve is blocked');
SELECT attack.says('holder', 'COMMIT');
SELECT attack.attempt('no row', attack.says('ada', 'SELECT name FROM kroles_find_users(''eve'') WHERE kind = ''user'''), 'eve is suggested to others'),
       attack.attempt('55000', attack.says('ada', 'SELECT kroles_hand_over(2, 3)'), 'eve is handed over to'),
       attack.attempt('55000', attack.says('ada', 'UPDATE kroles.media SET owner_id = 3 WHERE id = 40'), 'eve is made an owner'),
       attack.attempt('23514', attack.says('ada', 'DELETE FROM kroles.event_participants WHERE id IN (86, 87) OR event_id = 80 AND user_id = 2'), 'an event is left to her'),
       attack.control('3', attack.says('ada', 'SELECT user_id FROM kroles.user_blocks'), 'an administrator sees that she is'),
       attack.attempt('no row', attack.says('vera', 'SELECT user_id FROM kroles.user_blocks'), 'others do not'),
       attack.attempt('42501', attack.says('ada', 'DELETE FROM kroles.user_blocks'), 'nobody takes it away by hand'),
       attack.attempt('42501', attack.says('vera', 'SELECT user_id FROM kroles.user_blocks FOR UPDATE'), 'nor holds it'),
       attack.attempt('42501', attack.says('ada', 'INSERT INTO kroles.user_blocks (user_id) VALUES (2)'), 'nor adds to it');
SELECT attack.control('blocked user eve', (SELECT split_part(string_agg(what, ', ' ORDER BY log_id DESC), ', ', 1) FROM kroles_history('user', 3)), 'the history tells of it');
SELECT attack.says('ada', 'SELECT kroles_unblock(3)');
SELECT attack.control('0', (SELECT count(*) FROM kroles.user_blocks)::text, 'she is unblocked');

-- ---- Somebody else's transaction rests on her ----
SELECT attack.login('olga', 'attack_app', '-c kroles.token=' || attack.token('olga'));
SELECT attack.control('DELETE 1', attack.says('olga', 'BEGIN', 'DELETE FROM kroles.event_participants WHERE event_id = 80 AND user_id = 2'), 'olga leaves the event to eve');
SELECT attack.attempt('blocked', CASE attack.says('ada', 'SELECT kroles_block(3)') WHEN '' THEN 'blocked' ELSE 'not blocked' END, 'olga leaves that open, and eve is blocked'),
       attack.attempt('0', (SELECT count(*) FROM kroles.doctor_events())::text, 'no event is left without an organizer');
SELECT attack.says('ada', 'SELECT kroles_unblock(3)');

-- ---- Removals ----
-- They take effect at their commit; what they wait for can be ended.
CREATE FUNCTION attack.removed(statement text, ending text, removal text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    CALL attack.eve_comes();
    PERFORM attack.says('eve', 'SET idle_in_transaction_session_timeout = 0', 'BEGIN', statement, ending);
    answer := attack.says('ada', 'SET lock_timeout = 100', 'BEGIN', removal);
    PERFORM attack.says('ada', 'ROLLBACK', 'SET lock_timeout = 2000');
    answer := concat_ws(', ', answer, attack.says('ada', 'SELECT kroles_end_sessions(3)'), attack.says('ada', 'BEGIN', removal));
    PERFORM attack.says('ada', 'ROLLBACK');
    RETURN answer;
END $$;
SELECT attack.attempt('55P03, 1, DELETE 1', attack.removed(statement, ending, 'DELETE FROM kroles.media_collaborators WHERE id = 51'), format('eve %s, %s, and is taken off the editors when her sessions are ended', way, what))
FROM ways, (VALUES ('SELECT 1', 'leaves it open'), ('PREPARE TRANSACTION ''eve''', 'prepares it')) AS e (ending, what) WHERE n IN (1, 2, 3) ORDER BY what, n;
SELECT attack.attempt('55P03, 1, DELETE 1', attack.removed('SELECT id FROM kroles.media WHERE id = 40 FOR SHARE', 'SELECT 1', 'DELETE FROM kroles.media_moderators WHERE id = 61'), 'eve is taken off the moderators'),
       attack.attempt('55P03, 1, DELETE 1', attack.removed('SELECT id FROM kroles.events WHERE id = 80 FOR UPDATE', 'SELECT 1', 'DELETE FROM kroles.event_participants WHERE event_id = 80 AND user_id = 3'), 'eve is taken off the organizers'),
       attack.attempt('DELETE 1, 1, DELETE 1', attack.removed('SELECT id FROM kroles.spaces FOR SHARE', 'SELECT 1', 'DELETE FROM kroles.space_members WHERE id = 30'), 'eve is taken off a space');

-- ---- Whose sessions are ended ----
CALL attack.eve_comes('eve');
CALL attack.eve_comes('eve2');
SELECT attack.says('eve', 'BEGIN', 'SELECT count(*) FROM kroles.media'), attack.says('eve2', 'BEGIN', 'SET LOCAL kroles.token = ''''', 'SELECT kroles_current_user()');
SELECT attack.attempt('NULL', attack.says('eve2', 'SELECT kroles_current_user()'), 'eve asks as nobody in another session');
SELECT attack.says('vera', 'BEGIN', 'SELECT count(*) FROM kroles.media');
SELECT attack.control('1', attack.says('ada', 'SELECT kroles_end_sessions(3)'), 'the one is ended in which she has asked'),
       attack.control('NULL', attack.says('eve2', 'SELECT kroles_current_user()'), 'not another'),
       attack.control('2', attack.says('vera', 'SELECT count(*) FROM kroles.media'), 'nor somebody else''s'),
       attack.control('0', attack.says('ada', 'SELECT kroles_end_sessions(3)'), 'there is no more to end'),
       attack.control('1 END SESSIONS 3 1', (SELECT concat_ws(' ', actor, operation, object_id, after ->> 'ended') FROM kroles.audit_log WHERE operation = 'END SESSIONS' ORDER BY id DESC OFFSET 1 LIMIT 1), 'and all of it is logged');
SELECT attack.says('vera', 'COMMIT');
-- she has asked as somebody else afterwards, in a savepoint that was rolled back, or not at all but as one of many
CALL attack.eve_comes('eve');
SELECT attack.says('eve', 'BEGIN', 'SELECT count(*) FROM kroles.media', 'SET LOCAL kroles.token = ' || quote_literal(attack.token('vera')), 'SELECT count(*) FROM kroles.media');
SELECT attack.attempt('1', attack.says('ada', 'SELECT kroles_end_sessions(3)'), 'eve asks, and then as somebody else');
CALL attack.eve_comes('eve');
SELECT attack.says('eve', 'BEGIN', 'SAVEPOINT s', 'SELECT count(*) FROM kroles.media', 'ROLLBACK TO s', 'SELECT count(*) FROM kroles.media', 'SAVEPOINT s', 'SELECT count(*) FROM kroles.media', 'ROLLBACK TO s');
SELECT attack.attempt('1', attack.says('ada', 'SELECT kroles_end_sessions(3)'), 'eve asks around savepoints');
INSERT INTO kroles.users (id, login) SELECT 1000 + n, 'member' || n FROM generate_series(1, 70) AS n;
SELECT attack.login('many', 'attack_gateway');
SELECT attack.says('many', 'BEGIN', 'DO $$ BEGIN FOR n IN 1..70 LOOP PERFORM set_config(''kroles.user'', ''member'' || n, true), kroles_can(''view'', ''media'', 40); END LOOP;
    PERFORM set_config(''kroles.user'', ''eve'', true), kroles_can(''view'', ''media'', 40); END $$', 'SELECT id FROM kroles.media WHERE id = 40 FOR SHARE');
SELECT attack.control('65', (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 10812 AND pid <> pg_backend_pid())::text, 'a transaction of 71 people takes 65 locks'),
       attack.attempt('1', attack.says('ada', 'SELECT kroles_end_sessions(3)'), 'eve asks as one of many');
-- an administrator's own session stays, another one of theirs is ended
SELECT attack.login('ada2', 'attack_app', '-c kroles.token=' || attack.token('ada'));
SELECT attack.says('ada2', 'BEGIN', 'SELECT count(*) FROM kroles.media');
SELECT attack.control('1', attack.says('ada', 'BEGIN', 'SELECT kroles_end_sessions(1)'), 'an administrator ends their own sessions'),
       attack.control('1', attack.says('ada', 'SELECT kroles_current_user()'), 'but not the one they ask in'),
       attack.says('ada', 'COMMIT');

-- ---- Who may ----
CALL attack.eve_comes('eve');
SELECT attack.attempt(expected, attack.says(who, 'SELECT ' || call), format('%s: %s', who, call))
FROM (VALUES ('eve', '42501'), ('vera', '42501'), ('nobody', '28000')) AS w (who, expected),
     unnest('{kroles_end_sessions(4), kroles_end_sessions(3), kroles_end_sessions(999), kroles_block(4), kroles_block(3), kroles_block(999), "kroles_block(3, 4)", kroles_unblock(5), kroles_unblock(999)}'::text[]) AS call;
SELECT attack.attempt(expected, attack.says('ada', 'SELECT ' || call), 'ada: ' || call)
FROM (VALUES ('22023', 'kroles_end_sessions(NULL)'), ('42704', 'kroles_end_sessions(999)'), ('22023', 'kroles_block(NULL)'), ('42704', 'kroles_block(999)'), ('42704', 'kroles_block(3, 999)'),
             ('22023', 'kroles_block(3, 3)'), ('55000', 'kroles_block(3, 5)'), ('22023', 'kroles_unblock(NULL)'), ('42704', 'kroles_unblock(999)')) AS t (expected, call);
SELECT attack.attempt('42501', attack.says(who, 'SELECT ' || call), format('%s, by hand: %s', who, call))
FROM unnest('{eve, ada}'::text[]) AS who,
     unnest('{"kroles.end_transactions(4, false, 0)", "kroles.hold_user(4, false)", "kroles.hold_user(4, true)", kroles.rely_on(4), "kroles.hold_soon(4, false, 0)", kroles.hold_standing(4), "kroles.log_ending(4, 9)",
        kroles.end_sessions(4), "kroles.block(4, NULL)", kroles.unblock(5), kroles.check_organizes_alone(4)}'::text[]) AS call;

-- ---- What pg_locks tells ----
SELECT attack.says('eve', 'BEGIN', 'SELECT count(*) FROM kroles.media'), attack.says('vera', 'BEGIN', 'SELECT count(*) FROM kroles.media');
CALL attack.eve_comes('eve2');
SELECT attack.says('eve2', 'BEGIN', 'SELECT count(*) FROM kroles.media');
CREATE TEMP TABLE seen AS
    SELECT session, l.classid::bigint, l.objid::bigint, l.objsubid FROM unnest('{eve, eve2, vera}'::text[]) AS session,
        LATERAL (SELECT attack.says(session, 'SELECT pg_backend_pid()')::integer AS pid) AS s JOIN pg_locks l USING (pid) WHERE l.locktype = 'advisory';
SELECT attack.control('eve eve2 vera', (SELECT string_agg(session, ' ' ORDER BY session) FROM seen), 'each has a lock'),
       attack.attempt('2', (SELECT count(DISTINCT (classid, objid)) FROM seen)::text, 'two people have two locks, one has one'),
       attack.attempt('no id', CASE WHEN EXISTS (SELECT FROM seen WHERE classid IN (0, 3, 4) OR objid IN (0, 3, 4)) THEN 'an id' ELSE 'no id' END, 'the id in a lock');
SELECT format('DROP DATABASE IF EXISTS %I', :'name' || '_too') \gexec
SELECT format('CREATE DATABASE %I TEMPLATE template0', :'name' || '_too') \gexec
SELECT dblink_connect('too', format('host=%s port=%s dbname=%s user=postgres', current_setting('unix_socket_directories'), current_setting('port'), :'name' || '_too'));
SELECT attack.says('too', 'SET client_min_messages = error', 'CREATE EXTENSION kroles', 'INSERT INTO kroles.users (id, login) VALUES (3, ''eve'')', 'SELECT kroles_trust_gateway(''postgres'')', 'BEGIN', 'SET kroles."user" = ''eve''', 'SELECT kroles_current_user()');
SELECT attack.attempt('another', CASE WHEN EXISTS (SELECT FROM pg_locks l JOIN seen s ON (l.classid, l.objid) = (s.classid, s.objid) WHERE l.database <> (SELECT oid FROM pg_database WHERE datname = current_database()))
           THEN 'the same' ELSE 'another' END, 'the lock of the same id in another database'),
       attack.control('1', (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = :'name' || '_too'))::text, 'which there is');
SELECT dblink_disconnect('too');
SELECT format('DROP DATABASE %I', :'name' || '_too') \gexec
-- Nobody takes such a lock by SQL, and so keeps somebody from asking.
SELECT attack.says('nobody', format('SELECT concat(pg_advisory_lock(%s, %s), pg_advisory_lock(%s))',
    classid::bit(32)::integer, objid::bit(32)::integer, (classid::bit(32) || objid::bit(32))::bit(64)::bigint::text)) FROM seen WHERE session = 'eve';
SELECT attack.says('eve', 'COMMIT');
SELECT attack.attempt('2', attack.says('eve', 'SELECT count(*) FROM kroles.media'), 'somebody takes the advisory locks of the same numbers, and eve asks');

SELECT * FROM finish();
