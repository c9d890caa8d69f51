-- UPDATE and DELETE … WHERE CURRENT OF a cursor change the row that was fetched last, whichever plan the cursor runs.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;
CREATE ROLE regress_current_of;
SELECT FROM kroles_grant_access('regress_current_of'), kroles_trust_gateway('regress_current_of');

INSERT INTO kroles.users (id, login, applicative_role, administrator) SELECT 900 + n, 'u' || n, 'private_only', n = 0 FROM generate_series(0, 20) AS n;
INSERT INTO kroles.media (id, name, owner_id) SELECT 100000 + n, 'm' || n, 901 + n % 20 FROM generate_series(1, 6000) AS n;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) SELECT 900 + n, 'channel', 'private', 's' || n, 901 + n % 20 FROM generate_series(1, 200) AS n;
INSERT INTO kroles.space_members (space_id, user_id) SELECT 900 + n, u FROM generate_series(1, 200) AS n, generate_series(901, 920) AS u;
ALTER TABLE kroles.publications DISABLE TRIGGER guard, DISABLE TRIGGER audit_insert;
INSERT INTO kroles.publications (media_id, space_id, status, published_by)
SELECT 100000 + n, 901 + n % 200, CASE WHEN n % 3 = 0 THEN 'approved' ELSE 'pending' END::kroles.publication_status, 901 + n % 20 FROM generate_series(1, 6000) AS n WHERE n % 7 > 0;
ALTER TABLE kroles.publications ENABLE TRIGGER guard, ENABLE TRIGGER audit_insert;
-- one who sees a few of all these rows
INSERT INTO kroles.users (id, login, applicative_role) VALUES (950, 'lone', 'private_only');
INSERT INTO kroles.media (id, name, owner_id) SELECT 200000 + n, 'lone m' || n, 950 FROM generate_series(1, 8) AS n;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (1950, 'channel', 'private', 'lone s', 950);
INSERT INTO kroles.space_members (space_id, user_id) SELECT 1950, 900 + n FROM generate_series(1, 5) AS n;
INSERT INTO kroles.publications (media_id, space_id) SELECT 200000 + n, 1950 FROM generate_series(1, 5) AS n;
CREATE TABLE public.notes (id bigint PRIMARY KEY, media bigint, note text);
INSERT INTO public.notes SELECT n, 100000 + n, 'note' FROM generate_series(1, 6000) AS n UNION ALL SELECT n, 1, 'of nobody' FROM generate_series(20000, 80000) AS n UNION ALL SELECT 9000 + n, 200000 + n, 'lone' FROM generate_series(1, 8) AS n;
CREATE INDEX notes_media ON public.notes (media) INCLUDE (id);
SELECT FROM kroles_protect('public.notes', 'media', 'media');
CREATE TABLE public.parts (id bigint, media bigint, note text) PARTITION BY RANGE (id);
CREATE TABLE public.parts_1 PARTITION OF public.parts FOR VALUES FROM (0) TO (3000);
CREATE TABLE public.parts_2 PARTITION OF public.parts FOR VALUES FROM (3000) TO (10000);
CREATE INDEX ON public.parts (media);
INSERT INTO public.parts SELECT id % 9000, media, note FROM public.notes WHERE id < 20000;
SELECT FROM kroles_protect('public.parts', 'media', 'media');
GRANT ALL ON public.notes, public.parts TO regress_current_of;
VACUUM ANALYZE;

-- Fetches n rows from a cursor for the query, whose first column is "what", and changes the last one: what was fetched and what was
-- changed, or the SQLSTATE. All is undone.
CREATE FUNCTION public.changes(query text, n integer, change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    c refcursor := 'c';
    fetched text;
    changed text;
BEGIN
    BEGIN
        EXECUTE 'DECLARE c CURSOR FOR ' || query;
        FOR i IN 1 .. n LOOP
            FETCH c INTO fetched;
        END LOOP;
        EXECUTE change INTO changed;
        RAISE SQLSTATE 'ZZ000';
    EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
        RETURN CASE WHEN fetched = changed THEN 'the row' ELSE format('fetched %s, changed %s', fetched, changed) END;
    WHEN OTHERS THEN
        RETURN SQLSTATE;
    END;
END $$;
CREATE FUNCTION public.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    plan text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
        plan := plan || line || E'\n';
    END LOOP;
    RETURN plan;
END $$;

CREATE TABLE public.tried (who text, n int, plan text, query text, change text);
INSERT INTO tried VALUES
    ('u7', 1, 'Adaptive.*row by row', 'SELECT id FROM kroles.media WHERE owner_id = 907', 'UPDATE kroles.media SET name = ''changed'' WHERE CURRENT OF c RETURNING id'),
    ('u7', 2, 'Adaptive.*row by row', 'SELECT id, name FROM kroles.media WHERE owner_id = 907 AND name LIKE ''m%6''', 'DELETE FROM kroles.media WHERE CURRENT OF c RETURNING id'),
    ('u7', 3, 'Keyed.*row by row', 'SELECT media_id FROM kroles.publications WHERE published_by = 907', 'DELETE FROM kroles.publications WHERE CURRENT OF c RETURNING media_id'),
    ('u7', 4, 'Keyed', 'SELECT media_id FROM kroles.publications WHERE space_id = 906', 'DELETE FROM kroles.publications WHERE CURRENT OF c RETURNING media_id'),
    ('lone', 5, 'by audience.*Bitmap', 'SELECT id FROM kroles.media', 'UPDATE kroles.media SET name = ''changed'' WHERE CURRENT OF c RETURNING id'),
    ('lone', 6, 'by audience.*Bitmap', 'SELECT name, id FROM kroles.media WHERE name LIKE ''lone%'' LIMIT 7', 'DELETE FROM kroles.media WHERE CURRENT OF c RETURNING name'),
    ('lone', 7, 'by keys', 'SELECT id FROM kroles.space_members', 'DELETE FROM kroles.space_members WHERE CURRENT OF c RETURNING id'),
    ('lone', 8, 'by keys', 'SELECT media_id FROM kroles.publications', 'DELETE FROM kroles.publications WHERE CURRENT OF c RETURNING media_id'),
    ('lone', 9, 'by keys', 'SELECT note || id FROM public.notes', 'UPDATE public.notes SET note = note WHERE CURRENT OF c RETURNING note || id'),
    ('lone', 10, 'Keyed', 'SELECT id FROM public.parts', 'UPDATE public.parts SET note = ''changed'' WHERE CURRENT OF c RETURNING id');
GRANT SELECT ON public.tried TO regress_current_of;
SET SESSION AUTHORIZATION regress_current_of;
SET max_parallel_workers_per_gather = 0;

-- The plans. (Each statement is a transaction of its own: keys are not used for what a transaction has changed itself.)
SELECT format('SET kroles."user" = %L', who), format('SELECT %s AS n, public.plan(%L) ~ %L AS expected', n, query, plan) FROM public.tried ORDER BY n \gexec
-- The rows
SELECT format('SET kroles."user" = %L', who), format('SELECT %s AS n, %s AS row, public.changes(%3$L, %2$s, %4$L)', n, rows, query, change)
FROM public.tried, unnest('{1,2,5}'::int[]) AS rows ORDER BY n, rows \gexec
-- With FOR UPDATE
SELECT format('SET kroles."user" = %L', who), format('SELECT %s AS n, public.changes(%L, 2, %L)', n, query || ' FOR UPDATE', change) FROM public.tried
WHERE n NOT IN (3, 8) ORDER BY n \gexec
-- Before the first row, and behind the last
SELECT format('SET kroles."user" = %L', who), format('SELECT %s AS n, public.changes(%L, %s, %L)', n, query, rows, change)
FROM public.tried, unnest('{0,100000}'::int[]) AS rows ORDER BY n, rows \gexec
-- An index-only scan
SET kroles."user" = 'lone';
SELECT public.plan('SELECT media FROM public.notes') ~ 'by keys.*Index Only Scan' AS expected;
SELECT format('SELECT %s AS row, public.changes(''SELECT media FROM public.notes'', %1$s, ''UPDATE public.notes SET note = note WHERE CURRENT OF c RETURNING media'')', rows)
FROM generate_series(1, 8) AS rows \gexec
-- In an order, where PostgreSQL promises nothing: the row, or an error
SELECT format('SET kroles."user" = %L', who), format('SELECT %s AS n, %s AS row, public.changes(%3$L, %2$s, %4$L) IN (''the row'', ''24000'') AS expected', n, rows, query || ' ORDER BY 1 DESC', change)
FROM public.tried, unnest('{1,2,5}'::int[]) AS rows WHERE n <> 6 ORDER BY n, rows \gexec
SET kroles."user" = 'u7';
SELECT format('SELECT %s AS row, public.changes(''SELECT id FROM kroles.media WHERE owner_id = 907 ORDER BY id DESC LIMIT 10'', %1$s, ''UPDATE kroles.media SET name = name WHERE CURRENT OF c RETURNING id'') IN (''the row'', ''24000'') AS expected', rows)
FROM generate_series(1, 10) AS rows \gexec
-- A row that may be viewed, and not changed, stays as it is.
SELECT public.changes('SELECT id FROM kroles.media WHERE owner_id = 903', 1, 'UPDATE kroles.media SET name = name WHERE CURRENT OF c RETURNING id') ~ '^fetched [0-9]+, changed $' AS expected;
SET kroles."user" = 'u0';
SELECT format('SELECT %s AS n, public.changes(%L, 2, %L) AS "by an administrator"', n, query, change) FROM public.tried ORDER BY n \gexec

RESET SESSION AUTHORIZATION;
RESET max_parallel_workers_per_gather;
RESET kroles."user";
DROP TABLE public.tried, public.notes, public.parts;
DROP FUNCTION public.changes(text, integer, text), public.plan(text);
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
DROP OWNED BY regress_current_of;
DROP ROLE regress_current_of;
