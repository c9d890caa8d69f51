-- Whether all answer alike. What EXISTS lets a subject see of the whole table is taken down, and every question is then
-- answered from that, without policies; kroles must show the same rows, and so must the others where that is quick.
-- (The counts that are timed are compared with it as well: see report.sql.)

SET pg_trgm.word_similarity_threshold = 0.8;
CREATE TABLE IF NOT EXISTS bench.seen (subject text NOT NULL, media_id bigint NOT NULL);
CREATE TABLE IF NOT EXISTS bench.answers (
    query       integer NOT NULL,
    subject     text NOT NULL,
    variant     text NOT NULL,
    answer      text NOT NULL
);
TRUNCATE bench.seen, bench.answers;
DROP INDEX IF EXISTS bench.seen_media;
GRANT SELECT, INSERT ON bench.seen, bench.answers TO :app, :none, :plpgsql, :exists, :any;

SELECT format('CALL bench.become(%L)', subject), format('SET SESSION AUTHORIZATION %I', :'exists'),
       format('INSERT INTO bench.seen SELECT %L, id FROM plain.media', subject), 'RESET SESSION AUTHORIZATION'
FROM bench.subjects WHERE :full OR NOT checked_only ORDER BY n \gexec
CREATE UNIQUE INDEX seen_media ON bench.seen (media_id, subject);
ANALYZE bench.seen;

CREATE SCHEMA IF NOT EXISTS expected;
CREATE OR REPLACE VIEW expected.media AS
SELECT m.* FROM plain.media AS m
WHERE EXISTS (SELECT FROM bench.seen AS s WHERE s.media_id = m.id AND s.subject = current_setting('bench.subject'));
CREATE OR REPLACE VIEW expected.captions AS
SELECT c.* FROM plain.captions AS c
WHERE EXISTS (SELECT FROM bench.seen AS s WHERE s.media_id = c.media_id AND s.subject = current_setting('bench.subject'));

-- The rows of an answer as their number and the sum of hashes of their ids; of each of the first few, where "wanted" differs.
CREATE OR REPLACE PROCEDURE bench.note_answer(query integer, how text)
LANGUAGE plpgsql AS $$
DECLARE
    q bench.queries;
    wanted bigint;
    one text;
    answer text := '';
BEGIN
    SELECT * INTO q FROM bench.queries WHERE n = query;
    FOR i IN 1 .. CASE WHEN q.body LIKE '%wanted%' THEN least(q.loops / 4, 50) ELSE 1 END LOOP
        EXECUTE format('SELECT %s', replace(q.wanted, 'i *', i || ' *')) INTO wanted;
        EXECUTE format('SELECT count(*) || '' '' || coalesce(sum(hashint8extended(id, 0)), 0) FROM (SELECT %s AS id %s) AS x',
                       q.id, replace(q.body, 'wanted', wanted::text)) INTO one;
        answer := answer || one || E'\n';
    END LOOP;
    INSERT INTO bench.answers VALUES (query, current_setting('bench.subject'), how, answer);
END $$;

SELECT format('CALL bench.become(%L)', subject), 'SET search_path = expected, public',
       format('CALL bench.note_answer(%s, ''expected'')', q.n)
FROM bench.subjects AS s, bench.queries AS q WHERE (:full OR NOT checked_only AND NOT full_scan) AND q.n < 100
ORDER BY s.n, q.n \gexec
SELECT format('CALL bench.become(%L)', subject), format('SET search_path = %s', v.path),
       format('SET SESSION AUTHORIZATION %I', v.role), format('CALL bench.note_answer(%s, %L)', q.n, variant), 'RESET SESSION AUTHORIZATION'
FROM bench.subjects AS s, bench.queries AS q, bench.variants AS v
WHERE (:full OR NOT checked_only AND NOT full_scan) AND q.n < 100 AND variant <> 'none'
  AND (NOT usual OR :full AND q.body LIKE '%= wanted')
ORDER BY s.n, q.n, v.n \gexec
RESET search_path;
