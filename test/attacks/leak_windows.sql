-- What is not available, and who asks: media outside their time by every table and function, windows that open and close while
-- one session asks, and what is kept from one statement to the next.
\set name attack_leak_windows
\ir lib/portal.psql
SELECT * FROM no_plan();

-- Eve sees 777 in every way that there is, but only in its time. (That she speaks there she may always read.)
INSERT INTO kroles.media (id, type, name, owner_id, external_id) VALUES (777, 'room', 'in its time', 2, 'in-its-time');
INSERT INTO kroles.publications (media_id, space_id) VALUES (777, 20);
INSERT INTO kroles.playlists (id, space_id, name) VALUES (71, 20, 'list');
INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (71, 777), (71, 40);
INSERT INTO kroles.media_collaborators (id, media_id, user_id, group_id, permission) VALUES (777052, 777, 3, NULL, 'viewer'), (777053, 777, NULL, 10, 'viewer');
INSERT INTO kroles.media_moderators (id, media_id, user_id, permission) VALUES (777061, 777, 3, 'chat_moderator');
INSERT INTO kroles.media_speakers (media_id, user_id, visible) VALUES (777, 1, true), (777, 3, true);
INSERT INTO kroles.events (id, name, created_by) VALUES (81, 'olga''s', 2);
INSERT INTO kroles.event_participants (id, event_id, user_id, role) VALUES (86, 81, 3, 'attendee');
INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (81, 777);
CREATE TABLE public.comments (id bigint PRIMARY KEY, media_id bigint, said text);
INSERT INTO public.comments VALUES (1, 777, 'hidden'), (2, 40, 'open');
SELECT FROM kroles_protect('public.comments', 'media', 'media_id', 'view');
GRANT SELECT ON public.comments TO PUBLIC;

SELECT attack.login('eve', 'attack_app', '-c kroles.token=' || attack.token('eve')),
    attack.login('vera', 'attack_app', '-c kroles.token=' || attack.token('vera')),
    attack.login('olga', 'attack_app', '-c kroles.token=' || attack.token('olga')),
    attack.login('site', current_user);

CREATE FUNCTION pg_temp.media(change text) RETURNS text LANGUAGE sql AS
$$ SELECT attack.says('site', 'UPDATE kroles.media SET ' || change || ' WHERE id = 777') $$;
CREATE TEMP TABLE questions (what text, asked text, open text, closed text);
INSERT INTO questions VALUES
    ('the table', 'SELECT name FROM kroles.media WHERE id = 777', 'in its time', 'no row'),
    ('a count', 'SELECT count(*) FROM kroles.media WHERE external_id = ''in-its-time''', '1', '0'),
    ('its publications', 'SELECT space_id FROM kroles.publications WHERE media_id = 777', '20', 'no row'),
    ('all publications', 'SELECT count(*) FROM kroles.publications WHERE media_id = 777 OR media_id = 40', '2', '1'),
    ('playlists', 'SELECT count(*) FROM kroles.playlist_items WHERE playlist_id = 71', '2', '1'),
    ('sessions', 'SELECT count(*) FROM kroles.event_sessions', '2', '1'),
    ('speakers', 'SELECT user_id FROM kroles.media_speakers WHERE media_id = 777 ORDER BY 1', '1 3', '3'),
    ('speakers, by the function', 'SELECT user_id FROM kroles_speakers(777) ORDER BY 1', '1 3', '3'),
    ('a protected table', 'SELECT said FROM comments ORDER BY id', 'hidden open', 'open'),
    ('kroles_can', 'SELECT kroles_can(''view'', ''media'', 777)', 't', 'f'),
    ('kroles_can in the room', 'SELECT kroles_can(''join_room'', ''room'', 777)', 't', 'f'),
    ('kroles_can_many', 'SELECT allowed FROM kroles_can_many(''view'', ''media'', ''{777,777040}'')', 't f', 'f f'),
    ('kroles_rights in the room', 'SELECT kroles_rights(''room'', 777)', '{view,moderate,join_room,moderate_chat,interact}', '{}'),
    ('kroles_list', 'SELECT kroles_list(''view'', ''media'')', '40 41 777', '40 41'),
    ('kroles_list of rooms', 'SELECT kroles_list(''join_room'', ''room'')', '41 777', '41'),
    ('kroles_id', 'SELECT kroles_id(''media'', ''in-its-time'')', '777', 'NULL'),
    ('kroles_require', 'SELECT kroles_require(''view'', ''media'', 777)', '', '42704'),
    ('kroles_space_counts', 'SELECT media FROM kroles_space_counts(''{20}'')', '3', '2'),
    ('joining', 'SELECT kroles_room_join(777)', '{moderate,join_room,moderate_chat,interact}', '42704'),
    ('locking it', 'SELECT name FROM kroles.media WHERE id = 777 FOR UPDATE', 'no row', 'no row');
CREATE FUNCTION pg_temp.asks(who text, question text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text := attack.says(who, 'BEGIN', question);
BEGIN
    PERFORM attack.says(who, 'ROLLBACK');
    RETURN answer;
END $$;

SELECT attack.control(open, pg_temp.asks('eve', asked), what || ' in its time') FROM questions;
SELECT pg_temp.media('available_from = now() + interval ''1 day''');
SELECT attack.attempt(closed, pg_temp.asks('eve', asked), what || ' before its time') FROM questions;
SELECT pg_temp.media('available_from = NULL, available_until = now() - interval ''1 day''');
SELECT attack.attempt(closed, pg_temp.asks('eve', asked), what || ' after its time') FROM questions;
SELECT pg_temp.media('available_from = ''2999-01-01'', available_until = NULL');
SELECT attack.attempt(closed, pg_temp.asks('eve', asked), what || ' where it never comes') FROM questions;
SELECT attack.control('in its time', attack.says('olga', 'SELECT name FROM kroles.media WHERE id = 777'), 'its owner sees it');
SELECT pg_temp.media('available_from = ''-infinity'', available_until = ''infinity''');
SELECT attack.control(open, pg_temp.asks('eve', asked), what || ' where it never ends') FROM questions;
-- to Vera, who sees it by its channel alone, what is not available is what is absent
SELECT pg_temp.media('available_from = now() + interval ''1 day'', available_until = NULL');
SELECT attack.attempt(attack.says_all('vera', replace(asked, '777', '999')), attack.says_all('vera', asked), 'the same as what is absent: ' || asked)
FROM unnest('{"SELECT kroles_room_join(777)", "SELECT kroles_publish(777, 20)", "SELECT kroles_require(''view'', ''media'', 777)", "SELECT count(*) FROM kroles_speakers(777)",
    "SELECT count(*) FROM kroles_media_users(777)", "SELECT count(*) FROM kroles_history(''media'', 777)", "SELECT kroles_transfer_ownership(777, 4)", "SELECT count(*) FROM kroles_who_can(''view'', ''media'', 777)", "SELECT kroles_set_permissions(777, 4, NULL, ''{viewer}'')"}'::text[]) AS asked;

-- ---- Caches: the same session, the same plan, while the window moves ----
SELECT attack.says('eve', format('PREPARE q%s AS %s', n, asked)) FROM (SELECT row_number() OVER () AS n, asked FROM questions WHERE asked !~ 'join\(|FOR UPDATE|require') AS q;
CREATE TEMP TABLE prepared AS SELECT row_number() OVER () AS n, * FROM questions WHERE asked !~ 'join\(|FOR UPDATE|require';
CREATE FUNCTION pg_temp.all_at_once() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(coalesce(attack.says('eve', 'EXECUTE q' || n), 'NULL'), ',' ORDER BY n) FROM prepared WHERE what !~ 'function$' $$;
CREATE TEMP TABLE wanted AS SELECT string_agg(open, ',' ORDER BY n) AS open, string_agg(closed, ',' ORDER BY n) AS closed FROM prepared WHERE what !~ 'function$';
SELECT attack.says('eve', 'SET plan_cache_mode = force_generic_plan', 'BEGIN');
SELECT attack.attempt(closed, pg_temp.all_at_once(), 'prepared, in one transaction, before its time') FROM wanted;
SELECT pg_temp.media('available_from = now() - interval ''1 day''');
SELECT attack.control(open, pg_temp.all_at_once(), 'prepared, in the same transaction, in its time') FROM wanted;
SELECT pg_temp.media('available_until = now()');
SELECT attack.attempt(closed, pg_temp.all_at_once(), 'prepared, in the same transaction, after its time') FROM wanted;
SELECT attack.says('eve', 'COMMIT');

-- time alone: nothing changes but the clock, in a session that has just been answered
-- (where the machine is so slow that the time came while the first half asked, all of it is done again)
CREATE FUNCTION pg_temp.sets(change text, soon timestamptz) RETURNS void LANGUAGE sql AS $$
    SELECT pg_temp.media('available_from = NULL, available_until = NULL'), attack.says('site', replace(change, 'SOON', quote_literal(soon)))
$$;
CREATE FUNCTION pg_temp.answers() RETURNS text LANGUAGE sql AS $$
    SELECT attack.says('eve', 'SELECT count(*) FROM kroles.media WHERE id = 777') || attack.says('eve', 'SELECT count(*) FROM kroles.publications WHERE media_id = 777')
        || attack.says('eve', 'SELECT count(*) FROM comments WHERE media_id = 777') || attack.says('eve', 'SELECT kroles_can(''view'', ''media'', 777)')
$$;
CREATE FUNCTION pg_temp.by_the_clock(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    soon timestamptz;
    before text;
BEGIN
    FOR try IN 1..10 LOOP
        soon := clock_timestamp() + interval '0.5 s';
        PERFORM pg_temp.sets(change, soon), attack.says('eve', 'ROLLBACK'), attack.says('eve', 'BEGIN');
        before := pg_temp.answers();
        EXIT WHEN clock_timestamp() < soon;
    END LOOP;
    PERFORM pg_sleep(extract(epoch FROM soon - clock_timestamp()) + 0.01);
    before := before || ' ' || pg_temp.answers();
    PERFORM attack.says('eve', 'COMMIT');
    RETURN before;
END $$;
SELECT attack.attempt('111t 000f', pg_temp.by_the_clock('UPDATE kroles.media SET available_until = SOON WHERE id = 777'), 'a media, when its time ends');
SELECT attack.attempt('000f 111t', pg_temp.by_the_clock('UPDATE kroles.media SET available_from = SOON WHERE id = 777'), 'a media, until its time begins');
-- by one grant alone: a group's
SELECT attack.says('site', 'DELETE FROM kroles.publications WHERE media_id = 777', 'DELETE FROM kroles.event_sessions WHERE media_id = 777', 'DELETE FROM kroles.media_moderators WHERE media_id = 777', 'DELETE FROM kroles.media_speakers WHERE media_id = 777', 'DELETE FROM kroles.media_collaborators WHERE id = 777052');
SELECT attack.attempt('101t 000f', pg_temp.by_the_clock('UPDATE kroles.group_members SET expires_at = SOON WHERE user_id = 3'), 'a membership, when its time ends');
SELECT attack.attempt('000f 101t', pg_temp.by_the_clock('UPDATE kroles.group_members SET expires_at = NULL, starts_at = SOON WHERE user_id = 3'), 'a membership, until its time begins');
SELECT attack.attempt('101t 000f', pg_temp.by_the_clock('UPDATE kroles.media_collaborators SET expires_at = SOON WHERE id = 777053'), 'a collaborator, when its time ends');
SELECT attack.attempt('000f 101t', pg_temp.by_the_clock('UPDATE kroles.media_collaborators SET expires_at = NULL, starts_at = SOON WHERE id = 777053'), 'a collaborator, until its time begins');
-- a cursor, the rows that are fetched after the end
SELECT pg_temp.sets('UPDATE kroles.media_collaborators SET expires_at = SOON WHERE id = 777053', clock_timestamp() + interval '0.5 s');
SELECT attack.says('eve', 'BEGIN', 'SET LOCAL enable_sort = off', 'SET LOCAL enable_bitmapscan = off', 'DECLARE c CURSOR FOR SELECT id FROM kroles.media ORDER BY id', 'DECLARE p CURSOR FOR SELECT media_id FROM comments ORDER BY id');
SELECT attack.control('40', attack.says('eve', 'FETCH 1 FROM c'), 'a cursor, its first row');
SELECT pg_sleep(0.6);
SELECT attack.attempt('41', attack.says('eve', 'FETCH ALL FROM c'), 'a cursor, when the time of a collaborator ends');
SELECT attack.attempt('40', attack.says('eve', 'FETCH ALL FROM p'), 'a cursor on a protected table, opened before');
SELECT attack.says('eve', 'COMMIT');
-- a procedure that commits: the time of its transactions
SELECT attack.says('site', 'UPDATE kroles.media_collaborators SET starts_at = NULL, expires_at = NULL WHERE id = 777053', 'CREATE SCHEMA mallory AUTHORIZATION attack_app');
SELECT attack.says('eve', $$CREATE PROCEDURE mallory.waits(INOUT seen text) LANGUAGE plpgsql AS 'BEGIN
    seen := (SELECT count(*) FROM kroles.media WHERE id = 777) || '' '' || kroles_can(''view'', ''media'', 777); COMMIT; PERFORM pg_sleep(0.6); COMMIT;
    seen := seen || '' '' || (SELECT count(*) FROM kroles.media WHERE id = 777) || '' '' || kroles_can(''view'', ''media'', 777) || '' '' || (SELECT count(*) FROM comments WHERE media_id = 777); END'$$);
CREATE FUNCTION pg_temp.waits() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    FOR try IN 1..10 LOOP
        PERFORM pg_temp.sets('UPDATE kroles.media_collaborators SET expires_at = SOON WHERE id = 777053', clock_timestamp() + interval '0.5 s');
        answer := attack.says('eve', 'CALL mallory.waits(NULL)');
        EXIT WHEN answer ~ '^1 true';
    END LOOP;
    RETURN answer;
END $$;
SELECT attack.attempt('1 true 0 false 0', pg_temp.waits(), 'a procedure that waits and commits');

-- ---- The transaction that changes it, rolled back and not ----
SELECT attack.says('site', 'UPDATE kroles.media_collaborators SET starts_at = NULL, expires_at = NULL WHERE id = 777053', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (777, 20)',
    'CREATE FUNCTION public.open_from(timestamptz) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS ''UPDATE kroles.media SET available_from = $1 WHERE id = 777''');
CREATE FUNCTION pg_temp.sees(VARIADIC before text[]) RETURNS text LANGUAGE sql AS $$
    SELECT attack.says('eve', VARIADIC before || 'SELECT (SELECT count(*) FROM kroles.media WHERE id = 777) || '' '' || (SELECT count(*) FROM kroles.publications WHERE media_id = 777) || '' '' || (SELECT count(*) FROM comments WHERE media_id = 777) || '' '' || kroles_can(''view'', ''media'', 777)'::text)
$$;
SELECT attack.control('1 1 1 true', pg_temp.sees('BEGIN'), 'before the change');
SELECT attack.attempt('0 0 0 false', pg_temp.sees('SAVEPOINT a', 'SELECT open_from(''2999-01-01'')'), 'after the change, in the transaction that makes it');
SELECT attack.control('1 1 1 true', pg_temp.sees('ROLLBACK TO a'), 'after the rollback to before');
SELECT attack.attempt('0 0 0 false', pg_temp.sees('SELECT open_from(''2999-01-01'')'), 'again');
SELECT attack.control('1 1 1 true', pg_temp.sees('ROLLBACK'), 'after the rollback');
SELECT attack.says('eve', 'BEGIN', 'DECLARE c CURSOR FOR SELECT media_id FROM kroles.publications ORDER BY media_id', 'FETCH 1 FROM c', 'SELECT open_from(''2999-01-01'')', 'FETCH ALL FROM c');
SELECT attack.attempt('0 0 0 false', pg_temp.sees('COMMIT'), 'after a cursor that began before the change went on');
SELECT pg_temp.media('available_from = NULL');
-- the table emptied, and an id made again
SELECT pg_temp.media('available_from = ''2999-01-01''');
SELECT attack.attempt('0 0 0 false', pg_temp.sees('SELECT 1'), 'before it is made again');
SELECT attack.says('site', 'DELETE FROM kroles.media WHERE id = 777', 'INSERT INTO kroles.media (id, name, owner_id) VALUES (777, ''again'', 2)', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (777, 20)');
SELECT attack.control('1 1 1 true', pg_temp.sees('SELECT 1'), 'after it is made again, without a window');
SELECT attack.says('site', 'DELETE FROM kroles.media WHERE id = 777', 'INSERT INTO kroles.media (id, name, owner_id, available_until) VALUES (777, ''again'', 2, now())', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (777, 20)');
SELECT attack.attempt('0 0 0 false', pg_temp.sees('SELECT 1'), 'after it is made again, with one');

-- ---- Ids at the ends of ranges, and beyond ----
CREATE TEMP TABLE ends AS SELECT id FROM unnest('{-9223372036854775808, -4097, -4096, -1, 4095, 4096, 8191, 8192, 268435455, 268435456, 67108864, 1000000000000, 9223372036854775807}'::bigint[]) AS id;
INSERT INTO kroles.media (id, name, owner_id, available_until) SELECT id, 'end', 2, now() FROM ends;
INSERT INTO kroles.media (id, name, owner_id) SELECT id + 2, 'beside', 2 FROM ends WHERE id < 9223372036854775807;
INSERT INTO kroles.publications (media_id, space_id) SELECT id, 20 FROM kroles.media WHERE name IN ('end', 'beside');
SELECT attack.attempt('0 0', attack.says('eve', 'SELECT count(*) || '' '' || (SELECT count(*) FROM kroles.media WHERE name = ''end'') FROM kroles.publications WHERE media_id IN (' || (SELECT string_agg(id::text, ',') FROM ends) || ')'), 'media with ids at the ends of ranges');
SELECT attack.control('12 12', attack.says('eve', 'SELECT count(*) || '' '' || (SELECT count(*) FROM kroles.media WHERE name = ''beside'') FROM kroles.publications WHERE media_id IN (' || (SELECT string_agg((id + 2)::text, ',') FROM ends WHERE id < 9223372036854775807) || ')'), 'media beside them');

-- ---- The bytes: what a value of one format says is said by a dump of it, and audiences are right ----
CREATE TEMP TABLE copied (id bigint, audience kroles.audience);
COPY (SELECT id, audience FROM kroles.media) TO '/dev/null' (FORMAT binary);
INSERT INTO copied SELECT id, audience::text::kroles.audience FROM kroles.media;
SELECT is((SELECT count(*) FROM copied c JOIN kroles.media m USING (id) WHERE c.audience::text <> m.audience::text), 0::bigint, 'control: audiences with windows are read as they are written');
SELECT is((SELECT count(*) FROM kroles_verify()), 0::bigint, 'control: every audience is right');
SELECT attack.attempt('hidden', attack.says('eve', 'SELECT audience FROM kroles.media WHERE id = 40'), 'reading when media are available from the audience');
SELECT attack.attempt('42501', attack.says('eve', 'SELECT ''40 available=0@..1 owner=3''::kroles.audience'), 'writing an audience with a window');
SELECT attack.attempt(state, attack.says('site', format('SELECT %L::kroles.audience', value)), 'a malformed audience: ' || value)
FROM (VALUES ('22P02', '1 owner=1@'), ('22P02', '1 owner=1@1'), ('22P02', '1 owner=1@x..'), ('22P02', '1 owner=1@1..2..3'), ('22P02', '1 @1..2'), ('22P02', '1 owner@1..2'), ('22003', '1 owner=1@1..9223372036854775808'),
    ('1 owner=1', '1 owner=1@..'), ('1 available=0', '1 available=0'), ('1 available=5@1..2 owner=1', '1 owner=1 available=5@1..2')) AS t (state, value);

SELECT * FROM finish();
