-- The screens. Goals are those of the project's plan: for the typical, the heavy, the narrow subject and the administrator.

SELECT (SELECT word FROM bench.words WHERE k = 20) AS common, (SELECT word FROM bench.words WHERE k = 10000) AS rare,
       (SELECT word FROM bench.words WHERE k = 1000) AS first_word,
       (SELECT word FROM bench.words WHERE k = 12124) AS long_word, count(*) AS media, count(*) / 100 AS percent
FROM plain.media \gset
SELECT format('1 + i * 7919::bigint %% %s', :media) AS any_id, format('1 + i * 7919::bigint %% %s', :media - :percent) AS any_start \gset

-- 1. Scans of media.
INSERT INTO screens.screens (n, screen, unit, goals, prepared, grows, body) VALUES
    (10, 'count of all', 'x', '{2,2,2,2}', false, true, 'count(*) FROM media'),
    (11, 'newest 20', 'x', '{1.4,1.4,5,1.4}', true, false, 'id, name FROM media ORDER BY id DESC LIMIT 20'),
    (12, 'newest 20, unprepared', 'x', '{1.6,1.6,5,1.6}', false, false, 'id, name FROM media ORDER BY id DESC LIMIT 20'),
    (13, 'by id', 'x', '{1.1,1.1,1.1,1.1}', true, false, 'id, name FROM media WHERE id = v_wanted'),
    (14, 'by id, unprepared', 'x', '{1.3,1.3,1.3,1.3}', false, false, 'id, name FROM media WHERE id = v_wanted'),
    (15, 'count of a 1% range', 'x', '{2,2,2,2}', false, true,
     format('count(*) FROM media WHERE id BETWEEN v_wanted AND v_wanted + %s', :percent - 1)),
    (16, 'full text, a rare word', 'x', '{1.2,1.2,1.2,1.2}', false, true,
     format('count(*) FROM media WHERE search @@ to_tsquery(''simple'', %L)', :'rare')),
    (17, 'full text, a common word', 'x', '{1.1,1.1,1.1,1.1}', false, true,
     format('count(*) FROM media WHERE search @@ to_tsquery(''simple'', %L)', :'common')),
    (18, 'trigrams, a word like it', 'x', '{1.2,1.2,1.2,1.2}', false, true,
     format('count(*) FROM media WHERE name %%> %L', :'long_word')),
    (23, 'trigrams, LIKE ''%x%''', 'x', '{1.2,1.2,1.2,1.2}', false, true,
     format('count(*) FROM media WHERE name LIKE %L', '%' || :'long_word' || '%')),
    (20, 'captions of a media', 'x', '{1.3,1.3,1.3,1.3}', true, false, 'id, body FROM captions WHERE media_id = v_wanted'),
    (21, 'captions, count of all', 'x', '{15,15,1,15}', false, true, 'count(*) FROM captions'),
    (22, 'captions and media, a 1% range', 'x', '{1.7,1.7,1.7,1.7}', false, true,
     format('count(*) FROM media AS m JOIN captions AS c ON c.media_id = m.id WHERE m.id BETWEEN v_wanted AND v_wanted + %s', :percent - 1));
DELETE FROM screens.screens WHERE screen LIKE 'trigrams%' AND to_regclass('kroles.media_name_trigrams') IS NULL;

-- 2. Pages of channels.
INSERT INTO screens.screens (n, screen, unit, goals, prepared, grows, body) VALUES
    (30, 'channel page, newest 20 of 2,700', 'x', '{1,1,1,1}', true, false,
     $$m.id, m.name, p.published_at FROM publications AS p JOIN media AS m ON m.id = p.media_id
       WHERE p.space_id = v_channel AND p.status = 'approved' ORDER BY p.published_at DESC LIMIT 20$$),
    (32, 'count of a channel of 2,700', 'x', '{3,3,3,3}', true, true,
     $$count(*) FROM publications WHERE space_id = v_channel AND status = 'approved'$$),
    (33, 'a channel of 20,000 hidden from them, newest 20', 'x', '{1,1,1}', true, false,
     $$m.id, m.name, p.published_at FROM publications AS p JOIN media AS m ON m.id = p.media_id
       WHERE p.space_id = v_hidden AND p.status = 'approved' ORDER BY p.published_at DESC LIMIT 20$$),
    (34, 'a channel of 20,000 hidden from them, count', 'x', '{1,1,1}', true, true,
     $$count(*) FROM publications WHERE space_id = v_hidden AND status = 'approved'$$),
    (35, 'channels by name, first 50', 'x', '{1.3,1.3,1.3,1.3}', true, false,
     $$id, name FROM spaces WHERE kind = 'channel' ORDER BY name LIMIT 50$$),
    (36, '20 channels with their counts', 'x', '{2,2,2,2}', true, true,
     $$s.id, s.name, (SELECT count(*) FROM publications AS p WHERE p.space_id = s.id AND p.status = 'approved') AS media
       FROM spaces AS s WHERE s.id = ANY (v_page)$$),
    (37, 'newest 20 with their channels', 'x', '{2,2,2,2}', true, false,
     $$m.id, m.name, s.id, s.name FROM (SELECT id, name FROM media ORDER BY id DESC LIMIT 20) AS m
       LEFT JOIN (publications AS p JOIN spaces AS s ON s.id = p.space_id) ON p.media_id = m.id AND p.status = 'approved'$$),
    (38, 'three channels, distinct newest 20', 'x', '{1.5,1.5,1.5,1.5}', true, false,
     $$DISTINCT m.id, m.name, m.created_at FROM publications AS p JOIN media AS m ON m.id = p.media_id
       WHERE p.space_id = ANY (v_three) AND p.status = 'approved' ORDER BY m.created_at DESC, m.id DESC LIMIT 20$$),
    (39, 'search in a channel', 'x', '{0.3,0.3,0.3,0.3}', true, false,
     format($$m.id, m.name FROM publications AS p JOIN media AS m ON m.id = p.media_id
       WHERE p.space_id = v_three[1] AND p.status = 'approved' AND m.search @@ to_tsquery('simple', %L)
       ORDER BY p.published_at DESC LIMIT 20$$, :'common'));
UPDATE screens.screens SET filtered = true WHERE n = 36;
INSERT INTO screens.screens (n, screen, unit, goals, prepared, grows, body)
SELECT 31, screen || ', unprepared', unit, goals, false, grows, body FROM screens.screens WHERE n = 30;

-- 3. Queues, own media, pages of media.
INSERT INTO screens.screens (n, screen, unit, goals, prepared, grows, body, none, plain, filtered) VALUES
    (40, 'moderation queue, first 20', 'ms', '{1,1,1,1}', true, false,
     'media_id, space_id, media_name, space_name, published_at FROM moderation_queue ORDER BY published_at LIMIT 20',
     $$p.media_id, p.space_id, m.name, s.name, p.published_at
       FROM publications AS p JOIN media AS m ON m.id = p.media_id JOIN spaces AS s ON s.id = p.space_id
       WHERE p.status = 'pending' AND p.space_id = ANY (v_moderated) ORDER BY p.published_at LIMIT 20$$,
     $$p.media_id, p.space_id, m.name, s.name, p.published_at
       FROM publications AS p JOIN media AS m ON m.id = p.media_id JOIN spaces AS s ON s.id = p.space_id
       WHERE p.status = 'pending' AND p.space_id = ANY ((SELECT my_moderated())::bigint[]) ORDER BY p.published_at LIMIT 20$$, true),
    (42, 'moderation queue, count', 'x', '{2,2,2,2}', true, true, 'count(*) FROM moderation_queue',
     $$count(*) FROM publications WHERE status = 'pending' AND space_id = ANY (v_moderated)$$,
     $$count(*) FROM publications WHERE status = 'pending' AND space_id = ANY ((SELECT my_moderated())::bigint[])$$, true);
INSERT INTO screens.screens (n, screen, unit, goals, prepared, grows, body) VALUES
    (43, 'media of an owner, newest 20', 'x', '{2,2,2,2}', true, false,
     'id, name FROM media WHERE owner_id = v_owner ORDER BY id DESC LIMIT 20'),
    (44, 'newest 20 rooms', 'x', '{2,2,2,2}', true, false, $$id, name FROM media WHERE type = 'room' ORDER BY id DESC LIMIT 20$$),
    (47, 'page at offset 10,000', 'x', '{2,2,2,2}', true, false, 'id, name FROM media ORDER BY id DESC OFFSET 10000 LIMIT 20');
INSERT INTO screens.screens (n, screen, unit, goals, prepared, grows, body, none, plain, filtered)
SELECT n + CASE n WHEN 40 THEN 1 ELSE 2 END, screen || ', unprepared', unit, goals, false, grows, body, none, plain, filtered
FROM screens.screens WHERE n IN (40, 43, 44);

-- 4. Lists and people.
INSERT INTO screens.screens (n, screen, unit, goals, prepared, grows, body, none, plain, filtered) VALUES
    (50, 'kroles_list(''edit'', ''media'')', 'ms', '{2,20,0.1,500}', true, true, $$count(*) FROM kroles_list('edit', 'media')$$,
     $$CASE WHEN v_admin THEN (SELECT count(*) FROM media) WHEN v_editor THEN (SELECT count(*) FROM (
           SELECT id FROM media WHERE owner_id = v_me
           UNION SELECT media_id FROM media_collaborators
                 WHERE permission = 'editor' AND (user_id = v_me OR group_id = ANY (v_groups))
           UNION SELECT media_id FROM publications WHERE status <> 'rejected' AND space_id = ANY (v_editing)) AS x) ELSE 0 END$$,
     '', true),
    (51, 'kroles_space_users, first 20 of 20,000', 'ms', '{NULL,NULL,NULL,3,3}', true, false,
     'count(*) FROM kroles_space_users(v_space, max_rows => 20)',
     $$count(*) FROM (SELECT m.role, u.id, u.name, count(*) OVER () FROM space_members AS m JOIN users AS u ON u.id = m.user_id
       WHERE m.space_id = v_space ORDER BY lower(u.name) LIMIT 20) AS page$$,
     $$count(*) FROM (SELECT role, id, name, count(*) OVER () FROM space_people
       WHERE space_id = v_space ORDER BY lower(name) LIMIT 20) AS page$$, true);

-- 5. Columns of the application, by their indexes: planned for the values, as without them PostgreSQL takes no index on most.
INSERT INTO screens.screens (n, screen, unit, goals, prepared, grows, body) VALUES
    (60, 'media of a tag, a column of media', 'x', '{1.5,1.5,1.5,1.5}', false, false,
     'id, name FROM media WHERE tags @> ARRAY[v_tag] ORDER BY id DESC LIMIT 20'),
    (61, 'media of a tag, in a table of the application', 'x', '{1.5,1.5,1.5,1.5}', false, false,
     'm.id, m.name FROM details AS d JOIN media AS m ON m.id = d.media_id WHERE d.tags @> ARRAY[v_tag] ORDER BY m.id DESC LIMIT 20'),
    (62, 'media of a JSON attribute, a column of media', 'x', '{1.5,1.5,1.5,1.5}', false, false,
     'id, name FROM media WHERE attributes @> v_department ORDER BY id DESC LIMIT 20'),
    (63, 'media of a JSON attribute, in a table of the application', 'x', '{1.5,1.5,1.5,1.5}', false, false,
     'm.id, m.name FROM details AS d JOIN media AS m ON m.id = d.media_id WHERE d.attributes @> v_department ORDER BY m.id DESC LIMIT 20'),
    (64, 'media whose name begins so (LIKE ''x%'')', 'x', '{1.5,1.5,1.5,1.5}', false, false,
     format('id, name FROM media WHERE name LIKE %L ORDER BY name LIMIT 20', :'first_word' || ' %')),
    (65, 'media of a time range (&&)', 'x', '{1.5,1.5,1.5,1.5}', false, false,
     'id, name FROM media WHERE shown && v_window ORDER BY lower(shown), id LIMIT 20'),
    (66, 'media of a type, an older page', 'x', '{1.5,1.5,1.5,1.5}', false, false,
     $$id, name FROM media WHERE type = 'image' AND id < v_media / 2 ORDER BY id DESC LIMIT 20$$);

-- 6. A person's home page, and an event's, in one statement each. (These have no goal in the plan: what a page of media has.)
INSERT INTO screens.screens (n, screen, unit, goals, prepared, grows, body, none, plain, filtered) VALUES
    (70, 'a person''s home page', 'x', '{2,2,2,2}', true, true, '', NULL, NULL, false);
UPDATE screens.screens SET body = format(page, 'my_media WHERE owner_id = v_me', 'moderation_queue'),
    none = format(page, 'media WHERE owner_id = v_me', 'publications WHERE status = ''pending'' AND space_id = ANY (v_moderated)'),
    plain = format(page, 'media WHERE owner_id = v_me',
                   'publications WHERE status = ''pending'' AND space_id = ANY ((SELECT my_moderated())::bigint[])')
FROM (VALUES ($$
    (SELECT json_agg(n) FROM (
        SELECT m.id, m.name, (SELECT string_agg(s.name, ', ' ORDER BY s.name) FROM publications AS p JOIN spaces AS s ON s.id = p.space_id
                              WHERE p.media_id = m.id AND p.status = 'approved') AS channels
        FROM media AS m ORDER BY m.id DESC LIMIT 20) AS n) AS newest,
    (SELECT json_agg(o) FROM (SELECT id, name FROM %s ORDER BY id DESC LIMIT 5) AS o) AS own,
    (SELECT count(*) FROM %s) AS waiting,
    (SELECT json_agg(c) FROM (SELECT s.id, s.name FROM spaces AS s JOIN space_members AS m ON m.space_id = s.id
                              WHERE m.user_id = v_me ORDER BY s.name LIMIT 20) AS c) AS channels$$)) AS p (page)
WHERE n = 70;
INSERT INTO screens.screens (n, screen, unit, goals, prepared, grows, body) VALUES
    (71, 'an event''s page', 'x', '{2,2,2,2}', true, false, $$e.id, e.name, (
        SELECT json_agg(x ORDER BY x.position) FROM (
            SELECT s.position, m.id, m.name, m.type, (
                SELECT json_agg(p.user_id ORDER BY p.position) FROM media_speakers AS p WHERE p.media_id = m.id AND p.visible) AS speakers
            FROM event_sessions AS s JOIN media AS m ON m.id = s.media_id WHERE s.event_id = e.id) AS x) AS sessions
       FROM events AS e WHERE e.id = v_event$$);

-- 7. Measured in other ways: see screens.sh. The body is the name there.
INSERT INTO screens.screens (n, screen, unit, goals, prepared, grows, by_hand, body) VALUES
    (19, 'newest 20 under 100,000 newer drafts of others', 'x', '{3,3,3,3}', true, false, true, ''),
    (72, 'a room''s join, then leaving', 'x', '{4,4,4,4}', true, false, true, ''),
    (80, 'first statement of a session', 'more', '{1,1,1,1}', false, false, true, 'first query of a session, newest 20'),
    (81, 'a user a transaction, simple', 'x', '{NULL,NULL,NULL,NULL,NULL,1.15}', false, false, true, 'a user a transaction, simple'),
    (82, 'a user a transaction, extended', 'x', '{NULL,NULL,NULL,NULL,NULL,1.15}', false, false, true, 'a user a transaction, extended'),
    (83, 'a user a transaction, pooled', 'x', '{NULL,NULL,NULL,NULL,NULL,1.15}', false, false, true, 'a user a transaction, extended, pooled'),
    (90, 'newest 20 while memberships change', 'x', '{NULL,NULL,NULL,NULL,NULL,1.11}', true, false, true, 'newest'),
    (91, 'channel page while memberships change', 'x', '{NULL,NULL,NULL,NULL,NULL,1.11}', true, false, true, 'channel');
