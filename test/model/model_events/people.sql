-- People act for themselves, each in an application's session: they join, leave and remove, and ask about themselves and
-- each other. What they are told is compared with what the rules answered before ("answer").
CREATE TABLE person AS SELECT id, login FROM kroles.users WITH NO DATA;
CREATE TABLE object (kind text, id bigint);
CREATE TABLE attempt (me bigint, act text, room bigint, whom bigint, reference text, kroles text);
-- an application's own tables, a row an object
CREATE TABLE kept_media (media_id bigint);
CREATE TABLE kept_room (room_id bigint);
CREATE TABLE kept_event (event_id bigint);
SELECT FROM kroles_protect('kept_media', 'media', 'media_id');
SELECT FROM kroles_protect('kept_room', 'room', 'room_id', select_right => 'join_room');
SELECT FROM kroles_protect('kept_event', 'event', 'event_id', select_right => 'moderate');
CREATE TABLE told (me bigint, function text, kind text, action kroles.action, ids bigint[]);
CREATE TABLE told_rights (me bigint, about bigint, kind text, id bigint, rights text, word text);
CREATE TABLE told_who (me bigint, action kroles.action, kind text, id bigint, users text);

-- "answer" once more: what is allowed, and all rights of each person on each object, with the product's word
CREATE TABLE has (user_id bigint, kind text, id bigint, action kroles.action);
CREATE INDEX ON has (user_id, kind, id);
CREATE TABLE summary (user_id bigint, kind text, id bigint, rights kroles.action[], word text);
CREATE INDEX ON summary (user_id, kind, id);
CREATE FUNCTION sum_up() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE has, summary;
    INSERT INTO has SELECT user_id, kind, id, action FROM answer WHERE allowed;
    INSERT INTO summary
    SELECT user_id, kind, id, rights, role
    FROM (SELECT user_id, kind, id, coalesce(array_agg(action ORDER BY action) FILTER (WHERE allowed), '{}') AS rights
          FROM answer GROUP BY user_id, kind, id) AS r JOIN role_answer USING (user_id, kind, id);
    ANALYZE has, summary;
END $$;

-- Some join: one in four of all who may, and a few who may not. (Whether somebody joins what they may join and not see, as
-- changed matrices may have it, is not asked.)
CREATE FUNCTION plan_joins(r text) RETURNS void LANGUAGE sql AS $$
    TRUNCATE attempt;
    INSERT INTO attempt
    SELECT user_id, 'join', id, NULL, CASE WHEN rights @> '{view, join_room}' THEN array_remove(rights, 'view')::text
                                           WHEN rights @> '{view}' THEN '42501' ELSE '42704' END
    FROM summary WHERE kind = 'room' AND user_id <> 0 AND (rights @> '{view}' OR NOT rights @> '{join_room}')
      AND pick(CASE WHEN rights @> '{join_room}' THEN 4 ELSE 30 END, r, 'joins', user_id::text, id::text) = 0;
$$;
-- Some leave, and some try to remove others: it takes moderate_room, as it is frozen for who is in.
CREATE FUNCTION plan_ends(r text) RETURNS void LANGUAGE sql AS $$
    TRUNCATE attempt;
    INSERT INTO attempt SELECT user_id, 'leave', id, NULL, 'out' FROM stay WHERE pick(6, r, 'leaves', user_id::text, id::text) = 0;
    INSERT INTO attempt
    SELECT a.user_id, 'remove', id, s.user_id, CASE WHEN a.rights @> '{moderate_room}' THEN 'out' WHEN a.rights @> '{view}' THEN '42501' ELSE '42704' END
    FROM stay AS s JOIN summary AS a USING (id)
    WHERE kind = 'room' AND a.user_id <> 0 AND pick(CASE WHEN a.rights @> '{moderate_room}' THEN 40 ELSE 150 END, r, 'removes', a.user_id::text, s.user_id::text, id::text) = 0
      AND (s.user_id, id) NOT IN (SELECT me, room FROM attempt);
    -- nobody removes others from a room that they have left or are removed from themselves
    DELETE FROM attempt AS a USING attempt AS b
    WHERE a.act = 'remove' AND b.reference = 'out' AND (coalesce(b.whom, b.me), b.room) = (a.me, a.room);
$$;
CREATE FUNCTION try(act text, room bigint, whom bigint) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    CASE act WHEN 'join' THEN RETURN kroles_room_join(room);
             WHEN 'leave' THEN PERFORM kroles_room_leave(room);
             WHEN 'remove' THEN PERFORM kroles_room_remove(room, whom); END CASE;
    RETURN 'out';
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
END $$;
CREATE FUNCTION try_everything() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    a record;
BEGIN
    FOR a IN SELECT * FROM attempt JOIN person ON id = me ORDER BY me, act, room, whom LOOP
        PERFORM set_config('kroles.user', a.login, true);
        UPDATE attempt SET kroles = try(a.act, a.room, a.whom) WHERE (me, act, room) = (a.me, a.act, a.room) AND whom IS NOT DISTINCT FROM a.whom;
    END LOOP;
END $$;

CREATE FUNCTION kind_ids(of_kind text) RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(id ORDER BY id) FROM object WHERE kind = of_kind
$$;
CREATE FUNCTION paged(action kroles.action, kind kroles.object_kind) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    whole bigint[] := '{}';
    page bigint[];
BEGIN
    LOOP
        page := ARRAY(SELECT kroles_list(action, kind, after => whole[cardinality(whole)], max_rows => 5));
        whole := whole || page;
        EXIT WHEN cardinality(page) < 5;
    END LOOP;
    RETURN whole;
END $$;
CREATE FUNCTION ask_rights(of_kind kroles.object_kind, id bigint, about bigint, OUT rights text, OUT word text) LANGUAGE plpgsql AS $$
BEGIN
    rights := kroles_rights(of_kind, id, about);
    word := kroles_role(of_kind, id, about);
EXCEPTION WHEN insufficient_privilege THEN
    rights := 'refused';
END $$;
CREATE FUNCTION ask_who(action kroles.action, of_kind kroles.object_kind, id bigint) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN ARRAY(SELECT user_id FROM kroles_who_can(action, of_kind, id));
EXCEPTION WHEN insufficient_privilege THEN
    RETURN 'refused';
END $$;

-- Everybody asks everything about themselves, and some things about one other person.
CREATE FUNCTION everybody_asks() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    who record;
BEGIN
    FOR who IN SELECT * FROM person ORDER BY id LOOP
        PERFORM set_config('kroles.user', who.login, true);
        INSERT INTO told
        SELECT who.id, function, kind, action, CASE function
            WHEN 'kroles_can, about oneself' THEN ARRAY(SELECT i FROM unnest(kind_ids(kind)) AS i WHERE kroles_can(action, kind::kroles.object_kind, i) ORDER BY i)
            WHEN 'kroles_can_many' THEN ARRAY(SELECT id FROM kroles_can_many(action, kind::kroles.object_kind, kind_ids(kind)) WHERE allowed ORDER BY id)
            WHEN 'kroles_list, about oneself' THEN ARRAY(SELECT kroles_list(action, kind::kroles.object_kind))
            WHEN 'kroles_list, page by page' THEN paged(action, kind::kroles.object_kind) END
        FROM rights, unnest('{"kroles_can, about oneself", kroles_can_many, "kroles_list, about oneself", "kroles_list, page by page"}'::text[]) AS function
        WHERE kind IN ('media', 'room', 'event');
        INSERT INTO told VALUES (who.id, 'rows seen', 'media', 'view', ARRAY(SELECT id FROM kroles.media ORDER BY id)),
            (who.id, 'rows seen', 'room', 'view', ARRAY(SELECT id FROM kroles.media WHERE type IN ('room', 'live') ORDER BY id)),
            (who.id, 'rows seen', 'event', 'view', ARRAY(SELECT id FROM kroles.events ORDER BY id)),
            (who.id, 'rows seen of its own', 'media', 'view', ARRAY(SELECT media_id FROM kept_media ORDER BY media_id)),
            (who.id, 'rows seen of its own', 'room', 'join_room', ARRAY(SELECT room_id FROM kept_room ORDER BY room_id)),
            (who.id, 'rows seen of its own', 'event', 'moderate', ARRAY(SELECT event_id FROM kept_event ORDER BY event_id));
        INSERT INTO told_rights SELECT who.id, NULL, kind, id, kroles_rights(kind::kroles.object_kind, id)::kroles.action[], kroles_role(kind::kroles.object_kind, id)
        FROM object WHERE kind IN ('media', 'room', 'event');
        INSERT INTO told_rights SELECT who.id, other, kind, object.id, a.*
        FROM object, LATERAL (SELECT 1 + (who.id * 7 + object.id) % 47 AS other) AS o, LATERAL ask_rights(kind::kroles.object_kind, object.id, other) AS a
        WHERE kind IN ('media', 'room', 'event') AND other <> who.id;
        INSERT INTO told_who SELECT who.id, action, kind, id, ask_who(action, kind::kroles.object_kind, id)
        FROM object JOIN rights USING (kind) WHERE kind IN ('media', 'room', 'event') AND (id * 3 + who.id) % 16 = 0 AND action IN ('view', 'join_room', 'moderate');
    END LOOP;
END $$;
