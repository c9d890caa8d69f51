-- The portal for revocations. Rita moderates one channel, and so sees and edits the film in it; the secret is published nowhere. A round takes
-- that away and publishes the secret and writes over the film, in one transaction; another gives it back when both are hidden
-- again. Whatever Rita asks, at whatever instant: the secret is never hers to see.
INSERT INTO kroles.users (id, login, applicative_role) VALUES (1, 'olga', 'admin'), (2, 'rita', 'private_only');
INSERT INTO kroles.groups (id, name) VALUES (1, 'readers');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (1, 'channel', 'private', 'Seminar', 1);
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 2, 'moderator');
INSERT INTO kroles.media (id, name, owner_id) VALUES (1, 'film', 1), (2, 'secret', 1);
INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 1);
INSERT INTO kroles.events (id, name, created_by) VALUES (1, 'Congress', 1);
INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 1);
CREATE TABLE note (media_id bigint, text text);
INSERT INTO note VALUES (1, 'film'), (2, 'secret');
SELECT kroles_protect('note', 'media', 'media_id') \g /dev/null
GRANT SELECT, UPDATE ON note TO :"app";

-- What Rita sees by a grant, through the group, because the channel is open, or as somebody who takes part in an event
CREATE PROCEDURE give(way integer) LANGUAGE plpgsql AS $$
BEGIN
    CASE way
        WHEN 1 THEN
            INSERT INTO kroles.space_members (space_id, group_id, role) VALUES (1, 1, 'moderator');
            INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 2);
        WHEN 2 THEN
            UPDATE kroles.spaces SET type = 'open' WHERE id = 1;
        WHEN 3 THEN
            UPDATE kroles.users SET blocked = false WHERE id = 2;
            INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 2, 'moderator');
        WHEN 4 THEN
            INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (1, 2, 'moderator');
        ELSE
            INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 2, 'moderator');
    END CASE;
END $$;
CREATE PROCEDURE take(way integer) LANGUAGE plpgsql AS $$
BEGIN
    CASE way
        WHEN 1 THEN
            DELETE FROM kroles.group_members;
        WHEN 2 THEN
            UPDATE kroles.spaces SET type = 'private' WHERE id = 1;
        WHEN 3 THEN
            UPDATE kroles.users SET blocked = true WHERE id = 2;
        WHEN 4 THEN
            DELETE FROM kroles.event_participants WHERE user_id = 2;
        ELSE
            DELETE FROM kroles.space_members WHERE space_id = 1;
    END CASE;
END $$;

CREATE TABLE round (n bigint, over boolean NOT NULL DEFAULT false);
INSERT INTO round VALUES (0);
GRANT SELECT ON round TO :"app";
CREATE TABLE asked (shape text, times bigint, leaks bigint, seen bigint);
GRANT INSERT ON asked TO :"app";

-- Most rounds by a grant of her own; every tenth by one of the other ways.
CREATE PROCEDURE revoke(rounds bigint) LANGUAGE plpgsql AS $$
DECLARE
    way integer;
    next_way integer := 0;
BEGIN
    FOR n IN 1 .. rounds LOOP
        way := next_way;
        next_way := CASE WHEN n % 10 = 9 THEN 1 + (n / 10) % 4 ELSE 0 END;
        CALL take(way);
        INSERT INTO kroles.publications (media_id, space_id) VALUES (2, 1);
        INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 2);
        UPDATE kroles.media SET name = 'secret' WHERE id = 1;
        UPDATE note SET text = 'secret' WHERE media_id = 1;
        COMMIT;
        DELETE FROM kroles.publications WHERE media_id = 2;
        DELETE FROM kroles.event_sessions WHERE media_id = 2;
        UPDATE kroles.media SET name = 'film' WHERE id = 1;
        UPDATE note SET text = 'film' WHERE media_id = 1;
        IF way > 0 THEN
            DELETE FROM kroles.space_members WHERE space_id = 1;
            UPDATE kroles.users SET blocked = false WHERE id = 2 AND blocked;
        END IF;
        CALL give(next_way);
        COMMIT;
    END LOOP;
    UPDATE round SET n = rounds, over = true;
END $$;

-- A reader asks in one way after another until the writer is done, with a pause between if told so, and notes how often it
-- asked, how often it was shown the film, and how often the secret. (In each transaction three times, at the session's level.)
CREATE PROCEDURE read(pause double precision) LANGUAGE plpgsql AS $$
DECLARE
    shapes text[] := '{count, by id, newest, custom plan, kroles_can, publications, protected table, FOR SHARE, FOR UPDATE of a protected table}';
    times bigint[] := array_fill(0, '{9}');
    leaks bigint[] := array_fill(0, '{9}');
    seen bigint[] := array_fill(0, '{9}');
    shown text;
    over boolean := false;
BEGIN
    COMMIT;
    WHILE NOT over LOOP
        FOR shape IN 1 .. cardinality(shapes) LOOP
            BEGIN
                FOR again IN 1 .. 3 LOOP
                    shown := NULL;
                    CASE shape
                        WHEN 1 THEN SELECT CASE count(*) WHEN 0 THEN NULL WHEN 1 THEN max(name) ELSE 'secret' END INTO shown FROM kroles.media;
                        WHEN 2 THEN SELECT string_agg(name, ' ') INTO shown FROM kroles.media WHERE id = 1 + again % 2;
                        WHEN 3 THEN SELECT name INTO shown FROM kroles.media ORDER BY id DESC LIMIT 1;
                        WHEN 4 THEN EXECUTE 'SELECT string_agg(name, '' '') FROM kroles.media WHERE id IN (1, 2)' INTO shown;
                        WHEN 5 THEN shown := CASE WHEN kroles_can('view', 'media', 2) THEN 'secret' WHEN kroles_can('view', 'media', 1) THEN 'film' END;
                        WHEN 6 THEN SELECT CASE max(media_id) WHEN 2 THEN 'secret' WHEN 1 THEN 'film' END INTO shown FROM kroles.publications;
                        WHEN 7 THEN SELECT string_agg(text, ' ') INTO shown FROM note;
                        WHEN 8 THEN SELECT name INTO shown FROM kroles.media WHERE id IN (1, 2) FOR SHARE;
                        WHEN 9 THEN SELECT text INTO shown FROM note WHERE media_id IN (1, 2) FOR UPDATE;
                    END CASE;
                    times[shape] := times[shape] + 1;
                    leaks[shape] := leaks[shape] + (coalesce(shown, '') LIKE '%secret%')::int;
                    seen[shape] := seen[shape] + (shown = 'film' IS TRUE)::int;
                END LOOP;
            EXCEPTION WHEN serialization_failure OR deadlock_detected OR insufficient_privilege THEN
                NULL;
            END;
            COMMIT;
            PERFORM pg_sleep(pause) WHERE pause > 0;
            COMMIT;
        END LOOP;
        SELECT r.over INTO over FROM round AS r;
        COMMIT;
    END LOOP;
    FOR shape IN 1 .. cardinality(shapes) LOOP
        INSERT INTO asked VALUES (current_setting('transaction_isolation') || ', ' || shapes[shape], times[shape], leaks[shape], seen[shape]);
    END LOOP;
END $$;
