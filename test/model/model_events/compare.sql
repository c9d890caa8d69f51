-- What the extension answers, compared with "answer".

-- how much was asked, and how much allowed
CREATE TABLE found (kind text, asked bigint, allowed bigint);

-- Everybody about every object; a room is asked about of every media. Rows about what is gone stay in the kept tables.
CREATE FUNCTION answer_everything() RETURNS void LANGUAGE sql AS $$
    TRUNCATE ask, object, person, told, told_rights, told_who;
    INSERT INTO object SELECT kind::text, id FROM kroles.spaces UNION ALL SELECT kind, id FROM kroles.media, unnest('{media, room}'::text[]) AS kind
        UNION ALL SELECT 'event', id FROM kroles.events;
    INSERT INTO person SELECT id, login FROM kroles.users UNION ALL SELECT 0, '';
    INSERT INTO kept_media (media_id) SELECT id FROM kroles.media EXCEPT SELECT media_id FROM kept_media;
    INSERT INTO kept_room SELECT id FROM kroles.media EXCEPT TABLE kept_room;
    INSERT INTO kept_event SELECT id FROM kroles.events EXCEPT TABLE kept_event;
    INSERT INTO ask SELECT p.id, kind, o.id FROM person AS p, object AS o;
    SELECT work_out();
    SELECT sum_up();
    INSERT INTO found SELECT kind, count(*), count(*) FILTER (WHERE allowed) FROM answer GROUP BY kind;
$$;

-- Questions of administrators (the superuser, here) about everybody.
CREATE FUNCTION compare_list(part text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO difference
    SELECT part, format('kroles_list(%s, %s, %s)', action, kind, user_id), ids::text, list::text
    FROM (SELECT *, ARRAY(SELECT kroles_list(action, kind::kroles.object_kind, nullif(user_id, 0))) AS list
          FROM (SELECT user_id, action, kind, coalesce(array_agg(id ORDER BY id) FILTER (WHERE allowed), '{}') AS ids FROM answer GROUP BY user_id, action, kind) AS a) AS a
    WHERE ids <> list;
    PERFORM count_up(part, 'kroles_list', (SELECT count(*) FROM (SELECT DISTINCT user_id, action, kind FROM answer) AS a));
END $$;
CREATE FUNCTION compare_lists(part text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM compare_list(part);
    INSERT INTO difference
    SELECT part, format('kroles_who_can(%s, %s, %s)', action, kind, id), users::text, who::text
    FROM (SELECT *, ARRAY(SELECT w.user_id FROM kroles_who_can(action, kind::kroles.object_kind, id) AS w JOIN kroles.users AS u ON (u.id, u.login) = (w.user_id, w.login)
                          WHERE via <> '' ORDER BY w.user_id) AS who
          FROM (SELECT action, kind, id, coalesce(array_agg(user_id ORDER BY user_id) FILTER (WHERE allowed AND user_id <> 0), '{}') AS users
                FROM answer GROUP BY action, kind, id) AS a) AS a
    WHERE users <> who;
    PERFORM count_up(part, 'kroles_who_can', (SELECT count(*) FROM (SELECT DISTINCT action, kind, id FROM answer) AS a));
    -- one verdict in every row, and a reason that is enough alone where it is yes
    INSERT INTO difference
    SELECT part, format('kroles_explain(%s, %s, %s, %s)', user_id, action, kind, id), allowed::text, concat_ws('; ', VARIADIC reasons)
    FROM (SELECT answer.*, e.* FROM answer, LATERAL (SELECT count(*) AS n, bool_and(x.allowed = answer.allowed AND reason <> '') AS fitting, count(*) FILTER (WHERE effect = 'allows') AS allows,
                 array_agg(concat_ws(' ', x.allowed, effect, reason)) AS reasons
          FROM kroles_explain(nullif(user_id, 0), action, kind::kroles.object_kind, id) AS x) AS e
          WHERE kind IN ('media', 'room', 'event') AND (id + user_id) % 5 = 0) AS e
    WHERE n = 0 OR NOT fitting OR (allows > 0) <> allowed;
    PERFORM count_up(part, 'kroles_explain', (SELECT count(*) FROM answer WHERE kind IN ('media', 'room', 'event') AND (id + user_id) % 5 = 0));
END $$;

CREATE FUNCTION compare_attempts(part text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO difference SELECT part, concat_ws(' ', me, act, room, whom), reference, kroles FROM attempt WHERE reference IS DISTINCT FROM kroles;
    SELECT count_up(part, 'acts', (SELECT count(*) FROM attempt));
$$;
-- who is in which room, with which rights, by the rules and by the table
CREATE FUNCTION compare_stays(part text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO difference
    SELECT part, format('%s in room %s', user_id, id), concat_ws(' ', s.word, s.rights), concat_ws(' ', p.role, p.rights)
    FROM stay AS s FULL JOIN (SELECT user_id, media_id AS id, rights, role FROM kroles.room_participants
                              WHERE left_at IS NULL AND joined_at + (SELECT room_session_limit FROM kroles.settings) > statement_timestamp()
                                AND ((user_id, media_id) IN (SELECT user_id, id FROM stay) OR (user_id, media_id) NOT IN (TABLE run_out))) AS p USING (user_id, id)
    WHERE (s.rights, s.word) IS DISTINCT FROM (p.rights, p.role);
    SELECT count_up(part, 'stays', (SELECT count(*) FROM stay) + (SELECT count(*) FROM run_out));
$$;

-- What people were told about themselves and each other. Who may ask about another, and who can: administrators, and
-- whoever manages the object.
CREATE FUNCTION compare_told(part text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO difference
    SELECT part, format('%s: %s asks about %s, %s', function, me, action, kind), coalesce(right_ids, '{}')::text, ids::text
    FROM told LEFT JOIN (SELECT user_id AS me, kind, action, array_agg(id ORDER BY id) AS right_ids FROM has GROUP BY user_id, kind, action) AS h USING (me, kind, action)
    WHERE ids IS DISTINCT FROM coalesce(right_ids, '{}');
    PERFORM count_up(part, 'in sessions', (SELECT count(*) FROM told));
    ANALYZE told, told_rights, told_who;
    INSERT INTO difference
    SELECT part, format('kroles_rights and kroles_role: %s asks about %s on %s %s', t.me, coalesce(t.about, t.me), t.kind, t.id), concat_ws(', ', s.rights, s.word), concat_ws(', ', t.rights, t.word)
    FROM told_rights AS t JOIN summary AS s ON (s.user_id, s.kind, s.id) = (coalesce(about, me), t.kind, t.id)
    LEFT JOIN kroles.users AS u ON u.id = me LEFT JOIN has AS m ON (m.user_id, m.kind, m.id, m.action) = (me, t.kind, t.id, 'manage')
    WHERE CASE WHEN about IS NULL OR (u.administrator AND NOT u.blocked) OR m.id IS NOT NULL
               THEN (t.rights, t.word) IS DISTINCT FROM (s.rights::text, s.word) ELSE t.rights <> 'refused' END;
    PERFORM count_up(part, 'rights in sessions', (SELECT count(*) FROM told_rights));
    INSERT INTO difference
    SELECT part, format('kroles_who_can: %s asks about %s, %s %s', me, t.action, t.kind, t.id), reference, users
    FROM told_who AS t LEFT JOIN kroles.users AS u ON u.id = me LEFT JOIN has AS m ON (m.user_id, m.kind, m.id, m.action) = (me, t.kind, t.id, 'manage'),
         LATERAL (SELECT CASE WHEN (u.administrator AND NOT u.blocked) OR m.id IS NOT NULL
             THEN ARRAY(SELECT user_id FROM has AS h WHERE (h.kind, h.id, h.action) = (t.kind, t.id, t.action) AND user_id <> 0 ORDER BY user_id)::text ELSE 'refused' END) AS r (reference)
    WHERE users IS DISTINCT FROM reference;
    PERFORM count_up(part, 'who_can in sessions', (SELECT count(*) FROM told_who));
END $$;

-- A line a part. The last columns: what people are told in sessions of their own, and what they try and come to in rooms.
CREATE VIEW compared AS
    SELECT format('%-36s %7s %7s %6s %8s %8s %7s %7s %10s', part, sum(asked) FILTER (WHERE function = 'kroles_can'),
        sum(asked) FILTER (WHERE function IN ('kroles_rights', 'kroles_role')), sum(asked) FILTER (WHERE function = 'kroles_list'),
        sum(asked) FILTER (WHERE function = 'kroles_who_can'), sum(asked) FILTER (WHERE function = 'kroles_explain'),
        sum(asked) FILTER (WHERE function IN ('in sessions', 'rights in sessions', 'who_can in sessions')),
        sum(asked) FILTER (WHERE function IN ('acts', 'stays')), sum(different)) AS line
    FROM tally WHERE asked > 0 GROUP BY part ORDER BY min(n);
-- what there was to find
CREATE VIEW found_share AS
    SELECT format('%-8s %9s %9s', kind, sum(asked), sum(allowed)) AS line FROM found GROUP BY kind ORDER BY kind COLLATE "C";
