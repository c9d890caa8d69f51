-- What everybody in the sample reaches: SELECT of everything, UPDATE of everything to what it is, DELETE of everything, in
-- the application's session; what is changed is rolled back at once.
CREATE TABLE got (me bigint, relation text, command text, key text);
-- what DELETE takes without reading a column
CREATE TABLE got_blindly (me bigint, relation text, n bigint);

CREATE TABLE act (relation text, key text, change text, deletes boolean);
INSERT INTO act VALUES
    ('users', 'id', 'name = name', false), ('groups', 'id', 'name = name', true), ('group_members', 'group_id || ''/'' || user_id', 'user_id = user_id', true),
    ('spaces', 'id', 'name = name', true), ('channels', 'id', 'name = name', false), ('galleries', 'id', 'name = name', false),
    ('space_members', 'id', 'role = role', true), ('media', 'id', 'name = name', true), ('publications', 'media_id || ''/'' || space_id', 'status = status', true),
    ('moderation_queue', 'media_id || ''/'' || space_id', NULL, false), ('media_collaborators', 'id', 'permission = permission', true),
    ('media_moderators', 'id', 'permission = permission', true), ('media_speakers', 'media_id || ''/'' || user_id', 'visible = visible', true),
    ('playlists', 'id', 'name = name', true), ('playlist_items', 'playlist_id || ''/'' || media_id', 'position = position', true),
    ('my_playlists', 'id', NULL, false), ('join_requests', 'id', NULL, true), ('people', 'id', NULL, false),
    ('settings', '1', 'allow_anonymous = allow_anonymous', false), ('audit_log', 'id', NULL, false);

-- The keys a statement returns to that person, or how many rows it touches; undone.
CREATE FUNCTION act_as(login text, statement text, OUT keys text[], OUT n bigint) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('kroles.user', login, true);
    SET SESSION AUTHORIZATION regress_kroles_model;
    IF statement LIKE 'DELETE %' THEN
        EXECUTE statement;
        GET DIAGNOSTICS n = ROW_COUNT;
    ELSE
        EXECUTE statement INTO keys;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'KR000';
EXCEPTION WHEN SQLSTATE 'KR000' THEN
    RETURN;
END $$;

-- What may be deleted as far as constraints go, as a condition: galleries with none in them, and nobody who organizes an event.
CREATE FUNCTION unbound(relation text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE relation WHEN 'spaces' THEN format(' WHERE id NOT IN (%s)', (SELECT string_agg(DISTINCT parent_id::text, ', ') FROM kroles.spaces WHERE parent_id IS NOT NULL))
        WHEN 'event_participants' THEN ' WHERE role <> ''organizer'' OR user_id IS NULL' ELSE '' END
$$;

-- Each act is a transaction of its own, as it would be in life.
CREATE PROCEDURE everybody_acts() LANGUAGE plpgsql AS $$
DECLARE
    person record;
    a record;
    answer record;
    chat boolean := chat_and_collaboration FROM kroles.settings;
BEGIN
    TRUNCATE got, got_blindly;
    FOR person IN SELECT * FROM sample ORDER BY me LOOP
        FOR a IN SELECT * FROM act WHERE person.me <> 0 OR relation <> 'my_playlists' LOOP
            answer := act_as(person.login, format('SELECT array_agg((%s)::text) FROM kroles.%s', a.key, a.relation));
            INSERT INTO got SELECT person.me, a.relation, 'read', unnest(answer.keys);
            COMMIT;
        END LOOP;
        -- where rooms and chat are off, nobody can be made a moderator by whatever statement
        FOR a IN SELECT * FROM act WHERE change IS NOT NULL AND (chat OR relation <> 'media_moderators') LOOP
            answer := act_as(person.login, format('WITH w AS (UPDATE kroles.%s SET %s RETURNING (%s)::text AS key) SELECT array_agg(key) FROM w', a.relation, a.change, a.key));
            INSERT INTO got SELECT person.me, a.relation, 'change', unnest(answer.keys);
            COMMIT;
        END LOOP;
        FOR a IN SELECT * FROM act WHERE deletes LOOP
            answer := act_as(person.login, format('WITH w AS (DELETE FROM kroles.%s%s RETURNING (%s)::text AS key) SELECT array_agg(key) FROM w', a.relation, unbound(a.relation), a.key));
            INSERT INTO got SELECT person.me, a.relation, 'delete', unnest(answer.keys);
            COMMIT;
            answer := act_as(person.login, format('DELETE FROM kroles.%s%s', a.relation, unbound(a.relation)));
            INSERT INTO got_blindly SELECT person.me, a.relation, answer.n;
            COMMIT;
        END LOOP;
    END LOOP;
    IF NOT chat THEN
        DELETE FROM wanted WHERE (relation, command) = ('media_moderators', 'change');
    END IF;
END $$;

-- What is hidden is not read, but it may be removed by a DELETE that reads nothing (as those with a condition do).
CREATE VIEW blind_wanted AS
    SELECT DISTINCT me, relation, key FROM wanted WHERE command = 'delete' OR (command = 'delete blindly' AND unbound(relation) = '');
CREATE VIEW row_difference AS
    SELECT 'not reached' AS how, d.* FROM (SELECT * FROM wanted WHERE command <> 'delete blindly' EXCEPT TABLE got) AS d
    UNION ALL
    SELECT 'reached', d.* FROM (TABLE got EXCEPT TABLE wanted) AS d
    UNION ALL
    SELECT 'blindly ' || n, me, relation, 'delete', count(wanted.key)::text
    FROM got_blindly LEFT JOIN blind_wanted AS wanted USING (me, relation)
    GROUP BY n, me, relation HAVING n <> count(wanted.key);
CREATE VIEW row_report AS
    SELECT relation, sum(n) FILTER (WHERE command = 'read') AS read, sum(n) FILTER (WHERE command = 'change') AS changed, sum(n) FILTER (WHERE command = 'delete') AS deleted,
           (SELECT count(*) FROM row_difference AS d WHERE d.relation = a.relation) AS differences
    FROM act AS a JOIN (SELECT relation, command, count(*) AS n FROM got GROUP BY relation, command) AS g USING (relation)
    GROUP BY relation;
