-- Joining a room and leaving it, each in a transaction of its own; beside a row in a table that has the same indexes, and under a
-- plain policy, which looks at whether they see the room.

CREATE OR REPLACE PROCEDURE screens.join_room(how text, runs integer)
LANGUAGE plpgsql AS $$
DECLARE
    scene screens.scene;
    started timestamptz;
    took float8;
BEGIN
    SELECT * INTO scene FROM screens.scene WHERE subject = current_setting('bench.subject');
    FOR run IN 0 .. runs LOOP
        COMMIT;
        started := clock_timestamp();
        FOR i IN 1 .. 100 LOOP
            IF how = 'kroles' THEN
                PERFORM kroles_room_join(scene.v_room);
                COMMIT;
                PERFORM kroles_room_leave(scene.v_room);
                COMMIT;
            ELSE
                INSERT INTO plain.room_participants (media_id, user_id, rights, rooms_switched)
                VALUES (scene.v_room, scene.v_me, '{join_room,interact}', 0);
                COMMIT;
                UPDATE plain.room_participants SET left_at = clock_timestamp()
                WHERE (media_id, user_id) = (scene.v_room, scene.v_me) AND left_at IS NULL;
                COMMIT;
            END IF;
        END LOOP;
        took := bench.seconds_since(started) / 100;
        IF run > 0 THEN
            INSERT INTO screens.results (screen, subject, variant, seconds)
            VALUES ('a room''s join, then leaving', current_setting('bench.subject'), how, took);
        END IF;
    END LOOP;
END $$;
CALL bench.become(:'subject');
TRUNCATE plain.room_participants;
VACUUM plain.room_participants, kroles.room_participants;
SELECT format('SET SESSION AUTHORIZATION %I', role), format('CALL screens.join_room(%L, %s)', variant, :runs), 'RESET SESSION AUTHORIZATION'
FROM screens.variants WHERE :full OR variant <> 'plain' ORDER BY n \gexec
SET session_replication_role = replica;
DELETE FROM kroles.room_participants;
