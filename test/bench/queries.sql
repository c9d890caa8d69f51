-- The questions that are compared, who asks them and under which policies; and what times and checks one of them.

CREATE TABLE bench.variants (
    n           integer NOT NULL,
    variant     text PRIMARY KEY,
    role        name NOT NULL,
    path        text NOT NULL,      -- where it finds media and captions
    usual       boolean NOT NULL    -- one of the usual policies
);
INSERT INTO bench.variants VALUES
    (1, 'none', :'none', 'plain, public', false),
    (2, 'kroles', :'app', 'kroles, application, public', false),
    (3, 'plpgsql', :'plpgsql', 'plain, public', true),
    (4, 'exists', :'exists', 'plain, public', true),
    (5, 'any', :'any', 'plain, public', true);

CREATE TABLE bench.subjects (
    n           integer NOT NULL,
    subject     text PRIMARY KEY,
    login       text NOT NULL,
    user_id     text NOT NULL,
    role        text NOT NULL,
    checked_only boolean NOT NULL   -- compared, but not timed
);
INSERT INTO bench.subjects VALUES
    (1, 'typical', 'typical', '2', 'admin', false), (2, 'heavy', 'heavy1', '11', 'admin', false),
    (3, 'narrow', 'narrow', '5', 'viewer', false), (4, 'anonymous', '', '', '', true),
    (5, 'administrator', 'administrator', '1', 'administrator', true);

-- From now on this session's questions are asked by that subject, to kroles and to the usual policies.
CREATE PROCEDURE bench.become(who text)
LANGUAGE sql AS $$
    SELECT set_config('kroles.user', login, false), set_config('bench.user_id', user_id, false),
           set_config('bench.role', role, false), set_config('bench.subject', subject, false)
    FROM bench.subjects WHERE subject = who
$$;

-- SELECT list || body. "wanted" in the body is a number that is another in each loop. Goals are ratios to none.
CREATE TABLE bench.queries (
    n           integer PRIMARY KEY,
    question    text NOT NULL,
    list        text NOT NULL,      -- count(*): the answer is that count; else it is the number of rows
    id          text NOT NULL,      -- what is summed to tell whether the rows are the same
    body        text NOT NULL,
    wanted      text NOT NULL,
    loops       integer NOT NULL,
    prepared    boolean NOT NULL,
    full_scan   boolean NOT NULL,   -- whatever the plan; left out by --count-free
    goal        float8,
    goal_narrow float8              -- of the narrow subject, where it is another
);
SELECT '1 + i * 7919::bigint % ' || :media AS any_id, '1 + i * 7919::bigint % ' || (:media - :media / 100) AS any_start,
       (SELECT word FROM bench.words WHERE k = 20) AS common,
       (SELECT word FROM bench.words WHERE k = 10000) AS rare,
       (SELECT word FROM bench.words WHERE k = 12124) AS long_word,
       to_regclass('kroles.media_name_trigrams') IS NOT NULL AS trigrams,
       ' BETWEEN wanted AND wanted + ' || :media / 100 - 1 AS percent \gset
INSERT INTO bench.queries VALUES
    (1, 'count of all', 'count(*)', 'id', 'FROM media', '0', 1, false, true, 2, NULL),
    (2, 'newest 20, prepared', 'id, name', 'id', 'FROM media ORDER BY id DESC LIMIT 20', '0', 2000, true, false, 1.4, 5),
    (3, 'newest 20, unprepared', 'id, name', 'id', 'FROM media ORDER BY id DESC LIMIT 20', '0', 1000, false, false, 1.6, 5),
    (4, 'by id, prepared', 'id, name', 'id', 'FROM media WHERE id = wanted', :'any_id', 5000, true, false, 1.1, NULL),
    (5, 'by id, unprepared', 'id, name', 'id', 'FROM media WHERE id = wanted', :'any_id', 1000, false, false, 1.3, NULL),
    (6, 'count of a 1% range', 'count(*)', 'id', 'FROM media WHERE id' || :'percent', :'any_start', 20, false, false, 2, NULL),
    (7, 'full-text, a rare word', 'count(*)', 'id',
     format('FROM media WHERE search @@ to_tsquery(''simple'', %L)', :'rare'), '0', 100, false, false, 1.2, NULL),
    (8, 'full-text, a common word', 'count(*)', 'id',
     format('FROM media WHERE search @@ to_tsquery(''simple'', %L)', :'common'), '0', 20, false, false, 1.1, NULL),
    (9, 'trigrams, a word like it', 'count(*)', 'id', format('FROM media WHERE name %%> %L', :'long_word'), '0', 20, false, false, 1.2, NULL),
    (20, 'captions, count of all', 'count(*)', 'id', 'FROM captions', '0', 1, false, true, 15, 1),
    (21, 'captions and media, a 1% range', 'count(*)', 'c.id',
     'FROM media AS m JOIN captions AS c ON c.media_id = m.id WHERE m.id' || :'percent', :'any_start', 20, false, false, 1.7, NULL),
    (22, 'captions of a media, prepared', 'id, body', 'id',
     'FROM captions WHERE media_id = wanted', :'any_id', 5000, true, false, 1.3, NULL),
    -- with a parameter, so that PostgreSQL has a choice of plans: see generic.sql
    (101, 'newest 20 up to an id', 'id, name', 'id',
     'FROM media WHERE id <= wanted ORDER BY id DESC LIMIT 20', :'media', 50, true, false, NULL, NULL),
    (102, 'count up to an id', 'count(*)', 'id', 'FROM media WHERE id <= wanted', :'media', 1, true, true, NULL, NULL);
DELETE FROM bench.queries WHERE question LIKE 'trigrams%' AND NOT :'trigrams';

CREATE TABLE bench.results (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    question    text NOT NULL,
    subject     text NOT NULL,
    variant     text NOT NULL,
    seconds     float8 NOT NULL,    -- of one
    answer      bigint,             -- of the first loop
    goal        float8,
    timed_out   boolean NOT NULL DEFAULT false
);

-- A function for each question, which asks it so many times: as a prepared statement is (PL/pgSQL keeps the plan, with
-- "wanted" as its parameter), or parsed and planned each time.
CREATE PROCEDURE bench.make_timer(q bench.queries)
LANGUAGE plpgsql AS $$
DECLARE
    counts boolean := q.list = 'count(*)';
    statement text := CASE
        WHEN q.prepared AND counts THEN format('SELECT %s INTO got %s', q.list, q.body)
        WHEN q.prepared THEN format('PERFORM %s %s', q.list, q.body)
        ELSE format('EXECUTE replace(%L, ''wanted'', wanted::text)', format('SELECT %s %s', q.list, q.body))
             || CASE WHEN counts THEN ' INTO got' ELSE '' END END;
BEGIN
    EXECUTE format($f$
        CREATE FUNCTION bench.ask_%1$s(loops integer, OUT seconds float8, OUT answer bigint) LANGUAGE plpgsql AS $timer$
        DECLARE
            started timestamptz := clock_timestamp();
            wanted bigint;
            got bigint;
        BEGIN
            FOR i IN 1 .. loops LOOP
                wanted := %2$s;
                %3$s;
                %4$s
                answer := coalesce(answer, got);
            END LOOP;
            seconds := bench.seconds_since(started) / loops;
        END $timer$ $f$, q.n, q.wanted, statement, CASE WHEN counts THEN '' ELSE 'GET DIAGNOSTICS got = ROW_COUNT;' END);
END $$;
DO $$
DECLARE
    q bench.queries;
BEGIN
    FOR q IN SELECT * FROM bench.queries LOOP
        CALL bench.make_timer(q);
    END LOOP;
END $$;

CREATE FUNCTION bench.ask_once(query integer, loops integer, OUT seconds float8, OUT answer bigint)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT * FROM bench.ask_%s($1)', query) INTO seconds, answer USING loops;
END $$;

-- One run, as whoever the session is. What takes two seconds is asked once in all; where statement_timeout ends it, the
-- time until then is noted.
CREATE PROCEDURE bench.measure(query integer, how text)
LANGUAGE plpgsql AS $$
DECLARE
    q bench.queries;
    took float8;
    got bigint;
    started timestamptz := clock_timestamp();
    timed_out boolean := false;
BEGIN
    SELECT * INTO q FROM bench.queries WHERE n = query;
    IF EXISTS (SELECT FROM bench.results AS r
               WHERE (r.question, r.subject, r.variant) = (q.question, current_setting('bench.subject'), how)
                 AND r.seconds >= 2) THEN
        RETURN;
    END IF;
    BEGIN
        SELECT seconds, answer INTO took, got FROM bench.ask_once(query, 1);
        IF took < 2 THEN
            took := (SELECT seconds FROM bench.ask_once(query, greatest(1, least(q.loops, (0.3 / took)::integer))));
        END IF;
    EXCEPTION WHEN query_canceled THEN
        timed_out := true;
        took := bench.seconds_since(started);
    END;
    INSERT INTO bench.results (question, subject, variant, seconds, answer, goal, timed_out)
    VALUES (q.question, current_setting('bench.subject'), how, took, got,
            CASE current_setting('bench.subject') WHEN 'narrow' THEN coalesce(q.goal_narrow, q.goal) ELSE q.goal END, timed_out);
END $$;

GRANT USAGE ON SCHEMA bench TO :none, :plpgsql, :exists, :any;
GRANT SELECT ON bench.queries, bench.subjects TO :app, :none, :plpgsql, :exists, :any;
GRANT SELECT, INSERT ON bench.results TO :app, :none, :plpgsql, :exists, :any;
