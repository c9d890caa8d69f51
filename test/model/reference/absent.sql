-- Objects that are not there, people that are not there, and questions that make no sense.
SELECT make_people() AS done \gset
INSERT INTO plan (part, kind, type) VALUES ('one', 'channel', 'public_open'), ('one', 'gallery', 'open');
SELECT make_spaces() AS done \gset
INSERT INTO kroles.media (id, name, owner_id) VALUES (910001, 'ref', 900017);

-- Every action on every kind of object. 900001 is the channel, 900002 the gallery, 910001 the media; the site has no id.
-- Administrators have everything that is there, viewers view the two open spaces; nobody has what is not there.
CREATE TABLE question AS
    SELECT u AS user_id, k.kind, a.action, o.id, CASE
        WHEN r.action IS NULL THEN '22023'
        WHEN k.kind <> 'site' AND NOT there THEN 'false'
        WHEN u = 900009 THEN (r.action <> 'share')::text
        WHEN u = 900001 THEN (r.action = 'view' AND k.kind <> 'media')::text
        ELSE 'false' END AS reference
    FROM unnest('{0, 900001, 900005, 900009, 999999}'::bigint[]) AS u
    CROSS JOIN unnest(enum_range(NULL::kroles.object_kind)::text[]) AS k (kind)
    CROSS JOIN unnest('{900001, 900002, 910001, 999999, NULL}'::bigint[]) AS o (id)
    CROSS JOIN LATERAL (SELECT coalesce((k.kind, o.id) IN (('channel', 900001), ('gallery', 900002), ('media', 910001)),
                                        false) AS there) AS t
    CROSS JOIN unnest(enum_range(NULL::kroles.action)) AS a (action)
    LEFT JOIN rights AS r ON (r.kind, r.action) = (k.kind, a.action);
CREATE TABLE told (part text, question text, reference text, kroles text);

CREATE FUNCTION ask_about(u bigint, action kroles.action, kind text, id bigint) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN kroles_can(nullif(u, 0), action, kind::kroles.object_kind, id);
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
END $$;
CREATE FUNCTION ask_myself(action kroles.action, kind text, id bigint) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN kroles_can(action, kind::kroles.object_kind, id);
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
END $$;
CREATE FUNCTION ask_as_everybody() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    me record;
BEGIN
    FOR me IN SELECT * FROM person ORDER BY id LOOP
        PERFORM set_config('kroles.user', me.login, false);
        INSERT INTO told
        SELECT 'absent and senseless, asked by oneself', format('%s: kroles_can(%s, %s, %s)', user_id, action, kind, id),
               reference, ask_myself(action, kind, id)
        FROM question WHERE user_id = me.id;
        -- nobody but an administrator may ask about a stranger, and who may not learns nothing more
        INSERT INTO told
        SELECT 'absent and senseless, asked about another',
               format('%s asks about 900017: %s on %s %s', me.id, action, kind, id),
               CASE WHEN reference = '22023' THEN reference ELSE '42501' END, ask_about(900017, action, kind, id)
        FROM question WHERE user_id = me.id AND me.id <> 900009;
    END LOOP;
END $$;
CREATE TABLE person AS
    SELECT id, login FROM kroles.users WHERE id IN (900001, 900005, 900009) UNION ALL SELECT 0, '';

INSERT INTO told
SELECT 'absent and senseless, asked by the superuser', format('kroles_can(%s, %s, %s, %s)', user_id, action, kind, id),
       reference, ask_about(user_id, action, kind, id)
FROM question
-- a session that bypasses row-level security and says nobody's name acts as an administrator
UNION ALL
SELECT 'absent and senseless, asked by the superuser', format('superuser: kroles_can(%s, %s, %s)', action, kind, id),
       reference, ask_myself(action, kind, id)
FROM question WHERE user_id = 900009;
INSERT INTO told
SELECT 'absent and senseless, asked by the superuser', format('%s, %s', kind, id), '{}, -, f, f',
       concat_ws(', ', kroles_rights(kind::kroles.object_kind, id, nullif(user_id, 0)),
                 coalesce(kroles_role(kind::kroles.object_kind, id, nullif(user_id, 0)), '-'),
                 kroles_can_publish(id, 900001, nullif(user_id, 0)), kroles_can_publish(910001, id, nullif(user_id, 0)))
FROM (SELECT DISTINCT user_id, kind, id FROM question
      WHERE kind IN ('channel', 'gallery', 'media') AND (id NOT IN (900001, 900002, 910001) OR id IS NULL)) AS absent;
SELECT make_gateway() AS done \gset
SET SESSION AUTHORIZATION regress_kroles_model;
SELECT ask_as_everybody() AS done \gset
RESET SESSION AUTHORIZATION;
RESET kroles."user";

INSERT INTO difference SELECT * FROM told WHERE reference IS DISTINCT FROM kroles;
SELECT count_up(part, 'errors', count(*)) AS done FROM told GROUP BY part ORDER BY part DESC \g /dev/null
