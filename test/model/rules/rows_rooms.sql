-- Who reads and writes which row of events and rooms (of the rest: rows.sql).
INSERT INTO act VALUES
    ('events', 'id', 'name = name', true), ('event_participants', 'id', 'role = role', true),
    ('event_sessions', 'event_id || ''/'' || media_id', 'position = position', true), ('room_participants', 'id', 'left_at = left_at', true);

-- What one does not see one neither changes nor, reading a column, deletes.
CREATE FUNCTION see_first() RETURNS void LANGUAGE sql AS $$
    DELETE FROM wanted WHERE command = 'change' AND (me, relation, key) NOT IN (SELECT me, relation, key FROM wanted WHERE command = 'read');
    UPDATE wanted SET command = 'delete blindly'
    WHERE command = 'delete' AND (me, relation, key) NOT IN (SELECT me, relation, key FROM wanted WHERE command = 'read');
$$;

-- The sample's rights as the reference has them, and what they reach by them.
CREATE FUNCTION want_rows() RETURNS void LANGUAGE sql AS $$
    TRUNCATE can;
    INSERT INTO can SELECT me, CASE WHEN kind IN ('channel', 'gallery') THEN 'space' ELSE kind END, id, action::text FROM has JOIN sample ON me = user_id;
    ANALYZE can;
    SELECT want_everything();
    SELECT want('events', c, format('SELECT me, id AS key FROM can WHERE (kind, action) = (''event'', %L)', action))
    FROM (VALUES ('read', 'view'), ('change', 'manage'), ('delete', 'delete')) AS a (c, action);
    SELECT want('event_participants', 'read', 'SELECT me, p.id AS key FROM kroles.event_participants AS p JOIN can ON (kind, can.id) = (''event'', event_id) AND action IN (''manage_participants'', ''moderate'')
        UNION SELECT me, p.id FROM kroles.event_participants AS p JOIN own ON own.user_id = p.user_id OR own.group_id = p.group_id');
    SELECT want('event_participants', 'change', 'SELECT me, p.id AS key FROM kroles.event_participants AS p JOIN can ON (kind, can.id, action) = (''event'', event_id, ''manage_participants'')');
    SELECT want('event_participants', 'delete', 'SELECT me, p.id AS key FROM kroles.event_participants AS p JOIN can ON (kind, can.id, action) = (''event'', event_id, ''manage_participants'') WHERE p.user_id IS NULL OR role <> ''organizer''
        UNION SELECT me, p.id FROM kroles.event_participants AS p JOIN own ON own.user_id = p.user_id WHERE role <> ''organizer''');
    SELECT want('event_sessions', 'read', 'SELECT e.me, event_id || ''/'' || media_id AS key FROM kroles.event_sessions
        JOIN can AS e ON (e.kind, e.id, e.action) = (''event'', event_id, ''view'') JOIN can AS m ON (m.kind, m.id, m.action, m.me) = (''media'', media_id, ''view'', e.me)');
    SELECT want('event_sessions', 'change', 'SELECT me, event_id || ''/'' || media_id AS key FROM kroles.event_sessions JOIN can ON (kind, id) = (''event'', event_id) AND action IN (''manage'', ''moderate'')');
    SELECT want('event_sessions', 'delete', 'SELECT me, event_id || ''/'' || media_id AS key FROM kroles.event_sessions JOIN can ON (kind, id, action) IN ((''event'', event_id, ''manage''), (''media'', media_id, ''publish''))');
    SELECT want('room_participants', 'read', 'SELECT me, p.id AS key FROM kroles.room_participants AS p JOIN can ON (kind, can.id, action) = (''room'', media_id, ''moderate_room'')
        UNION SELECT me, p.id FROM kroles.room_participants AS p JOIN own ON own.user_id = p.user_id UNION SELECT me, id FROM kroles.room_participants, runs_the_site');
    SELECT want('room_participants', c, 'SELECT me, id AS key FROM kroles.room_participants, runs_the_site') FROM unnest('{change, delete}'::text[]) AS c;
    SELECT see_first();
$$;
