-- Questions and answers of one statement: the rules, the functions and the rows that people read are all of its time, however long
-- it takes.

-- rows read by plans that stay, of the extension's tables and of an application's own
CREATE FUNCTION seen(relation text) RETURNS text[] LANGUAGE plpgsql AS $$
BEGIN
    CASE relation WHEN 'media' THEN RETURN (SELECT array_agg(id::text) FROM kroles.media);
                  WHEN 'kept_media' THEN RETURN (SELECT array_agg(media_id::text) FROM kept_media);
                  WHEN 'kept_room' THEN RETURN (SELECT array_agg(room_id::text) FROM kept_room);
                  WHEN 'kept_event' THEN RETURN (SELECT array_agg(event_id::text) FROM kept_event); END CASE;
END $$;
CREATE TABLE kept (relation text, kind text, action text);
INSERT INTO kept VALUES ('media', 'media', 'view'), ('kept_media', 'media', 'view'), ('kept_room', 'room', 'join_room'), ('kept_event', 'event', 'moderate');

-- What the people in the sample read, and what they should.
CREATE FUNCTION compare_rows(part text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    person record;
    a record;
BEGIN
    PERFORM sum_up(), want_rows();
    PERFORM want('plan of ' || relation, 'read', format('SELECT me, id AS key FROM can WHERE (kind, action) = (%L, %L)', kind, action)) FROM kept;
    TRUNCATE got, got_blindly;
    FOR person IN SELECT * FROM sample ORDER BY me LOOP
        FOR a IN SELECT relation, format('SELECT array_agg((%s)::text) FROM kroles.%s', key, relation) AS statement
                 FROM act WHERE person.me <> 0 OR relation <> 'my_playlists'
                 UNION ALL SELECT 'plan of ' || relation, format('SELECT seen(%L)', relation) FROM kept LOOP
            INSERT INTO got SELECT person.me, a.relation, 'read', unnest((act_as(person.login, a.statement)).keys);
        END LOOP;
    END LOOP;
    INSERT INTO difference
    SELECT part, format('rows of %s: %s, %s', relation, me, key), (how = 'not reached')::text, (how = 'reached')::text FROM row_difference WHERE command = 'read';
    PERFORM count_up(part, 'rows', (SELECT count(*) FROM sample, act) + (SELECT count(*) FROM sample, kept));
END $$;

-- Those of the pool whose turn it is, about everything; everybody where there is no turn.
CREATE TABLE pool AS TABLE sample;
CREATE FUNCTION ask_at_once(part text, turn integer DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE sample, ask;
    INSERT INTO sample SELECT me, login, administrator, blocked
    FROM (SELECT *, row_number() OVER (ORDER BY me) AS n FROM pool) AS p WHERE turn IS NULL OR n % 4 = turn % 4;
    INSERT INTO ask SELECT me, kind, id FROM sample, object;
    PERFORM work_out();
    PERFORM compare(part);
    PERFORM compare_list(part);
    PERFORM compare_rows(part);
    PERFORM compare_stays(part);
END $$;
