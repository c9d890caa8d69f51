-- What the rules answer about events and rooms.

-- Of the events asked about and those that the media asked about are sessions of.
CREATE FUNCTION answer_events() RETURNS void LANGUAGE sql AS $$
    INSERT INTO answer
    SELECT a.user_id, 'event', a.id, r.action,
           NOT u.has_nothing AND (u.administrator OR (g.action IS NOT NULL AND n.action IS NULL))
    FROM (SELECT user_id, id FROM ask WHERE kind = 'event'
          UNION SELECT user_id, event_id FROM ask JOIN kroles.event_sessions ON id = media_id WHERE kind IN ('media', 'room')
          UNION SELECT user_id, event_id FROM ask_publish JOIN kroles.event_sessions USING (media_id)) AS a
    JOIN kroles.events AS e USING (id) JOIN subject AS u ON u.id = a.user_id JOIN rights AS r ON r.kind = 'event'
    LEFT JOIN (SELECT DISTINCT user_id, event_id, action FROM event_role JOIN granted USING (role) WHERE kind = 'event') AS g
        ON (g.user_id, g.event_id, g.action) = (a.user_id, a.id, r.action::text)
    LEFT JOIN never AS n ON (n.role, n.kind, n.action) = (u.role, 'event', r.action::text);
$$;

-- A room has rights where its media is a room, and no other media has one. Who has join_room on a channel where
-- it is approved is a participant; start_room there is start_room here. Its host manages it. view is the media's. Outside its
-- window there is nothing for those to whom it is not left.
CREATE FUNCTION answer_rooms() RETURNS void LANGUAGE sql AS $$
    INSERT INTO answer
    WITH asked AS (SELECT DISTINCT a.user_id, a.id, room.id IS NOT NULL AS is_room, v.id IS NOT NULL OR l.media_id IS NOT NULL AS open
                   FROM ask AS a JOIN kroles.media USING (id) LEFT JOIN room USING (id) LEFT JOIN available AS v USING (id)
                   LEFT JOIN left_to AS l ON (l.user_id, l.media_id) = (a.user_id, a.id) WHERE kind = 'room'),
    at_channel AS (SELECT a.user_id, p.media_id, a.action::text
                   FROM answer AS a JOIN kroles.publications AS p ON p.space_id = a.id
                   WHERE a.allowed AND a.kind = 'channel' AND p.status = 'approved'),
    held AS (SELECT user_id, media_id, room_role AS role FROM room_role
             UNION SELECT user_id, media_id, 'participant' FROM at_channel WHERE action = 'join_room'),
    given AS (SELECT user_id, media_id, action FROM held JOIN granted USING (role) WHERE kind = 'room'
              UNION SELECT user_id, media_id, action FROM at_channel WHERE action = 'start_room'
              UNION SELECT user_id, media_id, 'manage' FROM held WHERE role = 'host')
    SELECT a.user_id, 'room', a.id, r.action, a.is_room AND NOT u.has_nothing AND CASE r.action
               WHEN 'view' THEN v.allowed ELSE u.administrator OR (g.action IS NOT NULL AND n.action IS NULL AND a.open) END
    FROM asked AS a JOIN subject AS u ON u.id = a.user_id JOIN rights AS r ON r.kind = 'room'
    JOIN answer AS v ON (v.user_id, v.kind, v.id, v.action) = (a.user_id, 'media', a.id, 'view')
    LEFT JOIN given AS g ON (g.user_id, g.media_id, g.action) = (a.user_id, a.id, r.action::text)
    LEFT JOIN never AS n ON (n.role, n.kind, n.action) = (u.role, 'room', r.action::text);
$$;

-- Joining freezes: who is in a room has what they joined with, but for view. In a room a moderator comes before a
-- presenter, and whoever else may join is a participant.
CREATE FUNCTION answer_stays() RETURNS void LANGUAGE sql AS $$
    INSERT INTO room_answer
    SELECT user_id, id, CASE WHEN 'owner' = ANY (words) THEN 'owner' WHEN 'moderator' = ANY (words) THEN 'moderator'
                             WHEN 'presenter' = ANY (words) THEN 'presenter' WHEN allowed THEN 'participant' END
    FROM answer JOIN room USING (id)
    LEFT JOIN (SELECT user_id, media_id AS id, array_agg(word) AS words FROM room_role GROUP BY user_id, media_id) AS w
        USING (user_id, id)
    WHERE (kind, action) = ('room', 'join_room');
    UPDATE answer AS a SET allowed = a.action = ANY (s.rights) FROM stay AS s JOIN room USING (id)
    WHERE (s.user_id, 'room', s.id) = (a.user_id, a.kind, a.id) AND a.action <> 'view';
    UPDATE room_answer AS a SET word = s.word FROM stay AS s WHERE (s.user_id, s.id) = (a.user_id, a.id);
$$;

-- Who joins a room now, or is in it, has there what the rules answer.
CREATE FUNCTION begin_stays(users bigint[], rooms bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO stay
    SELECT user_id, id, array_agg(action ORDER BY action) FILTER (WHERE allowed AND action <> 'view'), word, id IN (TABLE available)
    FROM (SELECT DISTINCT * FROM unnest(users, rooms) AS u (user_id, id)) AS who JOIN answer USING (user_id, id)
    JOIN room_answer USING (user_id, id) WHERE kind = 'room' GROUP BY user_id, id, word
    ON CONFLICT DO NOTHING;
$$;
-- They are out when they are blocked or deleted, the media is deleted, or rooms and chat are switched off; and who joined within
-- the room's window when that has ended or is moved away: for good, also if there is another window later.
CREATE FUNCTION end_stays() RETURNS void LANGUAGE sql AS $$
    WITH over AS (DELETE FROM stay WHERE began_within AND id NOT IN (TABLE available) RETURNING user_id, id)
    INSERT INTO run_out TABLE over ON CONFLICT DO NOTHING;
    DELETE FROM stay WHERE user_id NOT IN (SELECT id FROM kroles.users WHERE NOT blocked)
        OR id NOT IN (SELECT id FROM kroles.media) OR NOT (SELECT chat_and_collaboration FROM kroles.settings);
$$;
