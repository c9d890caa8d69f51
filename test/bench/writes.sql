-- Publishing, approving and changing memberships, beside the same on copies of the tables that have the same indexes
-- and neither triggers nor foreign keys ("plain") or foreign keys only ("keyed"). Each statement is committed.

SET client_min_messages = warning;

-- One publication a transaction: in the plain copy, the keyed one, by plain DML and by the function.
CREATE OR REPLACE PROCEDURE bench.publish_each(calls integer, runs integer)
LANGUAGE plpgsql AS $$
DECLARE
    m bigint[];
    s bigint[];
    started timestamptz;
    plain float8;
    keyed float8;
    dml float8;
    function float8;
BEGIN
    FOR run IN 0 .. runs LOOP
        SELECT array_agg(media_id ORDER BY n), array_agg(space_id ORDER BY n) INTO m, s
        FROM bench.stage WHERE n > 2 * calls * run AND n <= 2 * calls * (run + 1);
        COMMIT;
        started := clock_timestamp();
        FOR i IN 1 .. calls LOOP
            INSERT INTO plain.publications (media_id, space_id, status, published_by) VALUES (m[i], s[i], 'approved', 3);
            COMMIT;
        END LOOP;
        plain := bench.seconds_since(started);
        started := clock_timestamp();
        FOR i IN 1 .. calls LOOP
            INSERT INTO bench.keyed_publications (media_id, space_id, status, published_by) VALUES (m[i], s[i], 'approved', 3);
            COMMIT;
        END LOOP;
        keyed := bench.seconds_since(started);
        started := clock_timestamp();
        FOR i IN 1 .. calls LOOP
            INSERT INTO kroles.publications (media_id, space_id) VALUES (m[i], s[i]);
            COMMIT;
        END LOOP;
        dml := bench.seconds_since(started);
        started := clock_timestamp();
        FOR i IN calls + 1 .. 2 * calls LOOP
            PERFORM kroles_publish(m[i], s[i]);
            COMMIT;
        END LOOP;
        function := bench.seconds_since(started);
        IF run > 0 THEN
            INSERT INTO bench.samples (section, what, subject, calls, seconds, floor, goal)
            VALUES ('writes', 'INSERT INTO publications, one', 'plain', calls, dml, plain, NULL),
                   ('writes', 'INSERT INTO publications, one', 'keyed', calls, dml, keyed, 4),
                   ('writes', 'kroles_publish', 'plain', calls, function, plain, NULL),
                   ('writes', 'kroles_publish', 'keyed', calls, function, keyed, 4);
        END IF;
        COMMIT;
    END LOOP;
END $$;

-- Many publications in one statement.
CREATE OR REPLACE PROCEDURE bench.publish_many(first integer, calls integer, runs integer)
LANGUAGE plpgsql AS $$
DECLARE
    after integer;
    started timestamptz;
    plain float8;
    keyed float8;
    dml float8;
BEGIN
    FOR run IN 0 .. runs - 1 LOOP
        after := first + run * calls;
        started := clock_timestamp();
        INSERT INTO plain.publications (media_id, space_id, status, published_by)
        SELECT media_id, space_id, 'approved', 3 FROM bench.stage WHERE n > after AND n <= after + calls;
        COMMIT;
        plain := bench.seconds_since(started);
        started := clock_timestamp();
        INSERT INTO bench.keyed_publications (media_id, space_id, status, published_by)
        SELECT media_id, space_id, 'approved', 3 FROM bench.stage WHERE n > after AND n <= after + calls;
        COMMIT;
        keyed := bench.seconds_since(started);
        started := clock_timestamp();
        INSERT INTO kroles.publications (media_id, space_id)
        SELECT media_id, space_id FROM bench.stage WHERE n > after AND n <= after + calls;
        COMMIT;
        dml := bench.seconds_since(started);
        INSERT INTO bench.samples (section, what, subject, calls, seconds, floor, goal)
        VALUES ('writes', format('INSERT INTO publications, %s at once', calls), 'plain', calls, dml, plain, NULL),
               ('writes', format('INSERT INTO publications, %s at once', calls), 'keyed', calls, dml, keyed, 6);
        COMMIT;
    END LOOP;
END $$;

CREATE OR REPLACE PROCEDURE bench.approve_each(calls integer, runs integer)
LANGUAGE plpgsql AS $$
DECLARE
    waiting bench.queue;
    started timestamptz;
    plain float8;
    function float8;
BEGIN
    FOR run IN 0 .. runs LOOP
        plain := 0;
        function := 0;
        FOR i IN run * calls + 1 .. (run + 1) * calls LOOP
            SELECT * INTO waiting FROM bench.queue WHERE n = i;
            started := clock_timestamp();
            UPDATE plain.publications SET status = 'approved', moderated_by = 4, moderated_at = now()
            WHERE media_id = waiting.media_id AND space_id = waiting.space_id;
            COMMIT;
            plain := plain + bench.seconds_since(started);
            started := clock_timestamp();
            PERFORM kroles_approve(waiting.media_id, waiting.space_id);
            COMMIT;
            function := function + bench.seconds_since(started);
        END LOOP;
        IF run > 0 THEN
            INSERT INTO bench.samples (section, what, subject, calls, seconds, floor)
            VALUES ('writes', 'kroles_approve', 'plain', calls, function, plain);
        END IF;
        COMMIT;
    END LOOP;
END $$;

-- The subject's role changes, and the subject asks: after the commit, and before it.
CREATE OR REPLACE PROCEDURE bench.change_and_ask(who text, calls integer, runs integer)
LANGUAGE plpgsql AS $$
DECLARE
    roles CONSTANT kroles.contextual_role[] := '{member,moderator}';
    a bench.cast;
    started timestamptz;
    plain float8;
    change float8;
    idle float8;
    asked float8;
    asked_before float8;
BEGIN
    FOR run IN 0 .. runs LOOP
        SELECT * INTO a FROM bench.cast WHERE subject = who;
        plain := 0; change := 0; idle := 0; asked := 0; asked_before := 0;
        FOR i IN 1 .. calls LOOP
            started := clock_timestamp();
            UPDATE plain.space_members SET role = roles[1 + i % 2] WHERE id = a.grant_id;
            COMMIT;
            plain := plain + bench.seconds_since(started);
            started := clock_timestamp();
            PERFORM in_range(a.space_id, 0::bigint, 0::bigint, true, false);
            idle := idle + bench.seconds_since(started);
            started := clock_timestamp();
            UPDATE kroles.space_members SET role = roles[1 + i % 2] WHERE id = a.grant_id;
            change := change + bench.seconds_since(started);
            started := clock_timestamp();
            PERFORM kroles_can(a.user_id, 'view', a.kind::text::kroles.object_kind, a.space_id);
            asked_before := asked_before + bench.seconds_since(started);
            started := clock_timestamp();
            COMMIT;
            change := change + bench.seconds_since(started);
            started := clock_timestamp();
            PERFORM kroles_can(a.user_id, 'view', a.kind::text::kroles.object_kind, a.space_id);
            asked := asked + bench.seconds_since(started);
        END LOOP;
        IF run > 0 THEN
            INSERT INTO bench.samples (section, what, subject, calls, seconds, floor, goal)
            VALUES ('writes', 'UPDATE of a space_members row, ' || who, 'plain', calls, change, plain, 2),
                   ('a statement each', 'a space, after an own change, not committed', who, calls, asked_before, idle, NULL),
                   ('a statement each', 'a space, after an own change, committed', who, calls, asked, idle, NULL);
        END IF;
        COMMIT;
    END LOOP;
END $$;

-- The stage is emptied and the queue is as it was loaded.
CREATE OR REPLACE PROCEDURE bench.put_back()
LANGUAGE plpgsql AS $$
DECLARE
    target regclass;
BEGIN
    FOREACH target IN ARRAY '{kroles.publications,plain.publications,bench.keyed_publications}'::regclass[] LOOP
        EXECUTE format('DELETE FROM %s WHERE space_id BETWEEN (SELECT min(space_id) FROM bench.stage)
                                                          AND (SELECT max(space_id) FROM bench.queue)', target);
        EXECUTE format('INSERT INTO %s (media_id, space_id, status, published_by, published_at)
                        SELECT media_id, space_id, status, published_by, published_at FROM bench.queue', target);
    END LOOP;
END $$;

CALL bench.put_back();
VACUUM (ANALYZE) kroles.publications, plain.publications, bench.keyed_publications, kroles.media;
SELECT least(:calls / 1000, (SELECT count(*) FROM bench.queue) / (:runs + 1)) AS few,
       least(:calls / 10, (SELECT count(*) FROM bench.stage) * 9 / 10 / :runs) AS many,
       (SELECT count(*) FROM bench.stage) / 10 AS after_few \gset

SET SESSION AUTHORIZATION :app;
SET kroles."user" = 'producer';
CALL bench.publish_each(least(:few, :after_few / 2 / (:runs + 1))::integer, :runs);
RESET SESSION AUTHORIZATION;
CALL bench.note_memory('publishing one by one');
SET SESSION AUTHORIZATION :app;
CALL bench.publish_many(:after_few, :many, :runs);
RESET SESSION AUTHORIZATION;
CALL bench.note_memory('publishing ' || :many || ' at once');
SET SESSION AUTHORIZATION :app;
SET kroles."user" = 'moderator';
CALL bench.approve_each(:few, :runs);
RESET SESSION AUTHORIZATION;
RESET kroles."user";
CALL bench.change_and_ask('typical', :few, :runs);
CALL bench.change_and_ask('heavy', :few, :runs);

CALL bench.put_back();
VACUUM (ANALYZE) kroles.publications, plain.publications, bench.keyed_publications, kroles.media;
