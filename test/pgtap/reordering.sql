-- Drag and drop by UPDATEs of single rows, as ORMs send them: what is exchanged is exchanged, or an error; never nothing in silence.
\ir lib/begin.psql

INSERT INTO kroles.users (id, login) SELECT 900 + n, 'user ' || n FROM generate_series(1, 5) AS n;
INSERT INTO kroles.media (id, name, owner_id) SELECT 900 + n, 'media ' || n, 901 FROM generate_series(1, 5) AS n;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (901, 'channel', 'open', 'Channel', 901);
INSERT INTO kroles.playlists (id, space_id, name) VALUES (901, 901, 'Playlist'), (902, 901, 'Another');
INSERT INTO kroles.events (id, name) VALUES (901, 'Event');
INSERT INTO kroles.media_speakers (media_id, user_id) SELECT 901, id FROM kroles.users WHERE id > 900 ORDER BY id;
INSERT INTO kroles.playlist_items (playlist_id, media_id) SELECT 901, id FROM kroles.media WHERE id > 900 ORDER BY id;
INSERT INTO kroles.playlist_items (playlist_id, media_id) SELECT 902, id FROM kroles.media WHERE id > 900 ORDER BY id;
INSERT INTO kroles.event_sessions (event_id, media_id) SELECT 901, id FROM kroles.media WHERE id > 900 ORDER BY id;

CREATE FUNCTION pg_temp.listed(name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format('SELECT string_agg((%1$s - 900) || CASE WHEN position = n THEN '''' ELSE ''@'' || position END, '' '' ORDER BY position, %1$s)
                    FROM (SELECT t.*, row_number() OVER (ORDER BY position, %1$s) AS n FROM kroles.%2$I t WHERE %3$s = 901) AS t',
        CASE name WHEN 'media_speakers' THEN 'user_id' ELSE 'media_id' END, name,
        CASE name WHEN 'media_speakers' THEN 'media_id' WHEN 'playlist_items' THEN 'playlist_id' ELSE 'event_id' END) INTO answer;
    RETURN answer;
END $$;

-- Runs an UPDATE for each (member, position), then what a COMMIT checks: the list, or the SQLSTATE. All is undone.
CREATE FUNCTION pg_temp.reorder(name text, mode text, changes text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    change text[];
    answer text;
BEGIN
    BEGIN
        EXECUTE 'SET CONSTRAINTS ALL ' || mode;
        FOR change IN SELECT regexp_split_to_array(c, '>') FROM regexp_split_to_table(changes, ' ') AS c LOOP
            EXECUTE format('UPDATE kroles.%I SET position = %s WHERE %s = 901 AND %s = 900 + %s', name, change[2],
                CASE name WHEN 'media_speakers' THEN 'media_id' WHEN 'playlist_items' THEN 'playlist_id' ELSE 'event_id' END,
                CASE name WHEN 'media_speakers' THEN 'user_id' ELSE 'media_id' END, change[1]);
        END LOOP;
        SET CONSTRAINTS ALL IMMEDIATE;
        answer := pg_temp.listed(name);
        RAISE SQLSTATE 'ZZ000';
    EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
        RETURN answer;
    WHEN OTHERS THEN
        RETURN SQLSTATE;
    END;
END $$;

SELECT is(pg_temp.listed(name), '1 2 3 4 5', name || ': as added') FROM unnest('{media_speakers, playlist_items, event_sessions}'::text[]) AS name;
SELECT is(pg_temp.reorder(name, mode, changes), expected, format('%s, %s: %s', name, lower(mode), changes))
FROM unnest('{media_speakers, playlist_items, event_sessions}'::text[]) AS name, (VALUES
    -- two that are neighbours, in either order of statements
    ('DEFERRED', '1>2 2>1', '2 1 3 4 5'), ('DEFERRED', '2>1 1>2', '2 1 3 4 5'),
    ('IMMEDIATE', '1>2 2>1', '23505'), ('IMMEDIATE', '2>1 1>2', '23505'),
    -- two that are far apart
    ('DEFERRED', '1>5 5>1', '5 2 3 4 1'), ('DEFERRED', '5>1 1>5', '5 2 3 4 1'), ('DEFERRED', '2>4 4>2', '1 4 3 2 5'),
    ('IMMEDIATE', '4>2 2>4', '23505'),
    -- one moved across others, each of which is sent; in an order of the client's
    ('DEFERRED', '1>3 2>1 3>2', '2 3 1 4 5'), ('DEFERRED', '3>2 2>1 1>3', '2 3 1 4 5'), ('DEFERRED', '2>1 1>3 3>2', '2 3 1 4 5'),
    -- all anew
    ('DEFERRED', '1>5 2>4 3>3 4>2 5>1', '5 4 3 2 1'), ('DEFERRED', '3>1 1>4 5>2 2>5 4>3', '3 5 4 1 2'),
    -- half of an exchange
    ('DEFERRED', '1>2', '23505'), ('DEFERRED', '5>1', '23505'), ('IMMEDIATE', '1>2', '23505'),
    -- to the end, with a gap that closes
    ('DEFERRED', '1>100', '2 3 4 5 1'), ('IMMEDIATE', '1>100', '2 3 4 5 1')
) AS t (mode, changes, expected);

-- Exchanged by one statement
SELECT lives_ok('UPDATE kroles.playlist_items SET position = 6 - position WHERE playlist_id = 901', 'an order is turned round by one statement');
SELECT is(pg_temp.listed('playlist_items'), '5 4 3 2 1', 'and is turned round');

-- A list with two at one position stays as it is; another list that the statement changes is numbered. A move ends it.
SET CONSTRAINTS ALL DEFERRED;
UPDATE kroles.playlist_items SET position = 2 WHERE (playlist_id, media_id) = (901, 905);
DELETE FROM kroles.playlist_items WHERE (playlist_id, media_id) IN ((901, 903), (902, 903));
SELECT is(pg_temp.listed('playlist_items'), '4@2 5 2@4 1@5', 'two at one position, while the constraint is deferred');
SELECT is(array_agg(position ORDER BY position), '{1,2,3,4}', 'the other list is numbered without gaps') FROM kroles.playlist_items WHERE playlist_id = 902;
SELECT FROM kroles_move_item(901, 901, 1);
SELECT is(pg_temp.listed('playlist_items'), '1 4 5 2', 'a move numbers the list');
SELECT lives_ok('SET CONSTRAINTS ALL IMMEDIATE', 'and the constraint is fulfilled');

SELECT * FROM finish();
ROLLBACK;
