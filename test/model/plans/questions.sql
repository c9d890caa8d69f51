-- Each question is a query of one parameter; its answer is the number of rows and a sum that tells which they are.
CREATE TABLE questions (question text PRIMARY KEY, query text NOT NULL, n integer NOT NULL);
INSERT INTO questions VALUES
    ('publications', 'SELECT count(*), sum(media_id * 100 + space_id) FROM kroles.publications WHERE $1 > 0', 1),
    ('publications of a space', 'SELECT count(*), sum(media_id) FROM kroles.publications WHERE space_id = $1', 6),
    ('publications beyond a space', 'SELECT count(*), sum(media_id * 100 + space_id) FROM kroles.publications WHERE space_id > $1', 6),
    ('publications of other spaces', 'SELECT count(*), sum(media_id * 100 + space_id) FROM kroles.publications WHERE space_id <> $1', 6),
    ('publications between spaces', 'SELECT count(*), sum(media_id * 100 + space_id) FROM kroles.publications WHERE space_id BETWEEN $1 AND $1 + 30', 6),
    ('publications of a space, twice', 'SELECT count(*), sum(media_id) FROM kroles.publications WHERE space_id > $1 AND space_id = $1 + 1', 6),
    ('members joined by order', 'SELECT count(*), sum(m.id) FROM kroles.spaces AS s JOIN kroles.space_members AS m ON m.space_id < s.id WHERE s.id = $1', 6),
    ('media from one found on', 'SELECT count(*), sum(id) FROM (SELECT id FROM kroles.media WHERE id >= (SELECT x.id FROM kroles.media AS x WHERE x.name = ''media '' || 50 * $1) ORDER BY id LIMIT 5) AS m', 6),
    ('notices of other channels', 'SELECT count(*), sum(id) FROM notices WHERE channel_id > $1', 6),
    ('approved in a space', 'SELECT count(*), sum(media_id) FROM kroles.publications WHERE space_id = $1 AND status = ''approved''', 6),
    ('pending', 'SELECT count(*), sum(media_id * 100 + space_id) FROM kroles.publications WHERE status = ''pending'' AND $1 > 0', 1),
    ('publications by a user', 'SELECT count(*), sum(media_id * 100 + space_id) FROM kroles.publications WHERE published_by = $1', 6),
    ('page of a space', 'SELECT count(*), sum(media_id * place) FROM (SELECT media_id, row_number() OVER () AS place FROM (SELECT media_id FROM kroles.publications
        WHERE space_id = $1 AND status = ''approved'' ORDER BY published_at DESC, media_id LIMIT 5) AS p) AS q', 6),
    ('media of a space', 'SELECT count(*), sum(m.id) FROM kroles.publications AS p JOIN kroles.media AS m ON m.id = p.media_id WHERE p.space_id = $1', 6),
    ('spaces and counts', 'SELECT count(*), sum(s.id * n) FROM kroles.spaces AS s, LATERAL (SELECT count(*) AS n FROM kroles.publications AS p WHERE p.space_id = s.id) AS c WHERE $1 > 0', 1),
    ('queue', 'SELECT count(*), sum(media_id * 100 + space_id) FROM kroles.moderation_queue WHERE $1 > 0', 1),
    ('queue of a space', 'SELECT count(*), sum(media_id) FROM kroles.moderation_queue WHERE space_id = $1', 6),
    ('oldest in the queue', 'SELECT count(*), sum(media_id) FROM (SELECT media_id FROM kroles.moderation_queue WHERE $1 > 0 ORDER BY published_at, media_id, space_id LIMIT 7) AS q', 1),
    ('channels', 'SELECT count(*), sum(id) FROM kroles.channels WHERE $1 > 0', 1),
    ('members', 'SELECT count(*), sum(id) FROM kroles.space_members WHERE $1 > 0', 1),
    ('members of a space', 'SELECT count(*), sum(id) FROM kroles.space_members WHERE space_id = $1', 6),
    ('groups', 'SELECT count(*), sum(group_id * 1000 + user_id) FROM kroles.group_members WHERE $1 > 0', 1),
    ('users', 'SELECT count(*), sum(id) FROM kroles.users WHERE $1 > 0', 1),
    ('collaborators', 'SELECT count(*), sum(id) FROM kroles.media_collaborators WHERE $1 > 0', 1),
    ('speakers', 'SELECT count(*), sum(media_id * 1000 + user_id) FROM kroles.media_speakers WHERE $1 > 0', 1),
    ('playlists of a space', 'SELECT count(*), sum(id) FROM kroles.playlists WHERE space_id = $1', 6),
    ('playlist items', 'SELECT count(*), sum(media_id) FROM kroles.playlist_items WHERE $1 > 0', 1),
    ('events', 'SELECT count(*), sum(id) FROM kroles.events WHERE $1 > 0', 1),
    ('participants', 'SELECT count(*), sum(id) FROM kroles.event_participants WHERE $1 > 0', 1),
    ('sessions', 'SELECT count(*), sum(media_id) FROM kroles.event_sessions WHERE $1 > 0', 1),
    ('captions', 'SELECT count(*), sum(id) FROM captions WHERE $1 > 0', 1),
    ('captions of a media', 'SELECT count(*), sum(id) FROM captions WHERE media_id = $1', 6),
    ('newest captions', 'SELECT count(*), sum(id) FROM (SELECT id FROM captions WHERE id <= 100 * $1 ORDER BY id DESC LIMIT 9) AS c', 6),
    ('captions in a space', 'SELECT count(*), sum(c.id) FROM captions AS c JOIN kroles.media AS m ON m.id = c.media_id JOIN kroles.publications AS p ON p.media_id = m.id
        WHERE p.space_id = $1', 6),
    ('ratings', 'SELECT count(*), sum(media_id * 10 + stars) FROM ratings WHERE stars >= $1', 3),
    ('messages', 'SELECT count(*), sum(id) FROM messages WHERE $1 > 0', 1),
    ('notices', 'SELECT count(*), sum(id) FROM notices WHERE $1 > 0', 1),
    ('shelves', 'SELECT count(*), sum(id) FROM shelves WHERE $1 > 0', 1),
    ('papers', 'SELECT count(*), sum(id) FROM papers WHERE $1 > 0', 1),
    ('parts', 'SELECT count(*), sum(id) FROM parts WHERE $1 > 0', 1);

CREATE TABLE answers (question text, planner text, subject text, parameter integer, keyed boolean, answer text, expected text);
GRANT SELECT ON questions, sample TO regress_kroles_model;
GRANT INSERT ON answers TO regress_kroles_model;

-- The answer of a prepared question. (EXECUTE of PL/pgSQL cannot be given parameters of a prepared statement.)
CREATE FUNCTION ask(parameter integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
    total numeric;
BEGIN
    EXECUTE format('EXECUTE question (%s)', parameter) INTO n, total;
    RETURN n || '/' || coalesce(total, 0);
END $$;

CREATE FUNCTION has_keyed_scan() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN EXECUTE question (1)' LOOP
        IF line LIKE '%Kroles Keyed Scan%' THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END $$;

-- The answers that plans without bitmap scans give, which find nothing by keys: made for each subject and parameter.
CREATE FUNCTION expect(q questions) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    subject record;
BEGIN
    FOR subject IN SELECT * FROM sample ORDER BY me LOOP
        PERFORM set_config('kroles.user', subject.login, true);
        INSERT INTO answers SELECT q.question, 'expected', subject.login, i, false, NULL, ask(i) FROM generate_series(1, q.n) AS i;
    END LOOP;
END $$;

-- The answers of one generic plan, made while one subject asks.
CREATE FUNCTION answer(q questions, planner text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    subject record;
    keyed boolean;
BEGIN
    PERFORM set_config('kroles.user', planner, true);
    EXECUTE 'PREPARE question (bigint) AS ' || q.query;
    keyed := has_keyed_scan();
    PERFORM ask(1);
    FOR subject IN SELECT * FROM sample ORDER BY me LOOP
        PERFORM set_config('kroles.user', subject.login, true);
        INSERT INTO answers SELECT q.question, planner, subject.login, i, keyed, ask(i) FROM generate_series(1, q.n) AS i;
    END LOOP;
    DEALLOCATE question;
END $$;

CREATE FUNCTION answer_as_application() RETURNS void LANGUAGE plpgsql
    SET cpu_operator_cost = 1 SET random_page_cost = 100 SET search_path = plans, public AS $$
DECLARE
    q questions;
    planner text;
BEGIN
    FOR q IN SELECT * FROM questions ORDER BY question LOOP
        SET LOCAL plan_cache_mode = force_custom_plan;
        SET LOCAL enable_bitmapscan = off;
        EXECUTE 'PREPARE question (bigint) AS ' || q.query;
        PERFORM expect(q);
        DEALLOCATE question;
        SET LOCAL plan_cache_mode = force_generic_plan;
        SET LOCAL enable_bitmapscan = on;
        -- an administrator, a blocked user, anonymous, and another
        FOR planner IN (SELECT login FROM sample WHERE administrator AND NOT blocked) UNION (SELECT min(login) FROM sample WHERE blocked)
                       UNION SELECT '' UNION (SELECT login FROM sample WHERE NOT administrator AND NOT blocked ORDER BY me DESC LIMIT 1) ORDER BY 1 LOOP
            PERFORM answer(q, planner);
        END LOOP;
    END LOOP;
END $$;

CREATE FUNCTION answer_all() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    SET SESSION AUTHORIZATION regress_kroles_model;
    PERFORM answer_as_application();
    RESET SESSION AUTHORIZATION;
    UPDATE answers AS a SET expected = e.expected FROM answers AS e
    WHERE e.planner = 'expected' AND a.planner <> 'expected' AND (e.question, e.subject, e.parameter) = (a.question, a.subject, a.parameter);
    DELETE FROM answers WHERE planner = 'expected';
END $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA plans TO regress_kroles_model;
