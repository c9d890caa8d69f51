-- What rooms and events cost: an event of ten people beside one of 100,000, asked about by those in it, at first and again.
--   psql -Xf test/bench/events.sql    as a superuser, in a database that has nothing of the extension; it leaves nothing
\set QUIET on
\pset footer off
SET client_min_messages = warning;
BEGIN;
CREATE EXTENSION kroles;
INSERT INTO kroles.users (id, login) SELECT n, 'user' || n FROM generate_series(1, 101000) AS n;
INSERT INTO kroles.media (id, type, name, owner_id) VALUES (1, 'room', 'Small', 101000), (2, 'room', 'Large', 101000), (3, 'room', 'No event', 101000);
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) SELECT 3, n, 'viewer' FROM generate_series(1, 10) AS n;
INSERT INTO kroles.events (id, name, created_by) VALUES (1, 'Small', 101000), (2, 'Large', 101000);
INSERT INTO kroles.event_sessions (event_id, media_id, position) VALUES (1, 1, 1), (2, 2, 1);
INSERT INTO kroles.event_participants (event_id, user_id) SELECT 1, n FROM generate_series(1, 10) AS n;
INSERT INTO kroles.event_participants (event_id, user_id) SELECT 2, n FROM generate_series(1, 100000) AS n;
ANALYZE;

-- Microseconds a question: of "people" who are asked about for the first time, and of one who is asked about again.
CREATE FUNCTION pg_temp.cost(question text, people integer, times integer) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
    begun timestamptz;
BEGIN
    begun := clock_timestamp();
    -- (the question takes a column of both, so that it is asked for each pair)
    EXECUTE format('SELECT count(*) FROM (SELECT n + 0 * t FROM generate_series(1, %s) AS n, generate_series(1, %s) AS t) AS p (who) WHERE %s',
                   people, times, question);
    RETURN round((extract(epoch FROM clock_timestamp() - begun) * 1e6 / people / times)::numeric, 2);
END $$;
CREATE TEMP TABLE question (n integer, what text, asked text);
INSERT INTO question VALUES
    (1, 'nothing asked', 'who IS NOT NULL'),
    (2, 'view an event of 10', 'kroles_can(who, ''view'', ''event'', 1)'),
    (3, 'view an event of 100,000', 'kroles_can(who, ''view'', ''event'', 2)'),
    (4, 'view a session of the event of 10', 'kroles_can(who, ''view'', ''media'', 1)'),
    (5, 'view a session of the event of 100,000', 'kroles_can(who, ''view'', ''media'', 2)'),
    (6, 'join a room as one of its viewers', 'kroles_can(who, ''join_room'', ''room'', 3)'),
    (7, 'join a room of the event of 10', 'kroles_can(who, ''join_room'', ''room'', 1)'),
    (8, 'join a room of the event of 100,000', 'kroles_can(who, ''join_room'', ''room'', 2)');
\echo 'Microseconds a question'
SELECT what, percentile_disc(0.5) WITHIN GROUP (ORDER BY pg_temp.cost(asked, 1, 100000)) AS "asked again"
FROM question, generate_series(1, 5) GROUP BY n, what ORDER BY n;
\echo 'About each of 10,000 people for the first time; by the second question the people are known'
SELECT what, pg_temp.cost(asked, 10000, 1) AS "asked first" FROM question WHERE n IN (3, 5, 8) ORDER BY n;
ROLLBACK;
