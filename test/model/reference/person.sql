-- The random world again, asked by the people themselves through a trusted gateway: about themselves and each other.

-- Every other person, and anonymous, about a part of the objects.
TRUNCATE ask, ask_publish;
INSERT INTO ask
SELECT u, kind, o.id
FROM people(60) AS u, (SELECT 'site' AS kind, 0 AS id UNION ALL SELECT kind::text, id FROM kroles.spaces WHERE id % 3 = 0
                       UNION ALL SELECT 'media', id FROM kroles.media WHERE id % 10 = 0) AS o
WHERE u % 2 = 0;
INSERT INTO ask_publish
SELECT DISTINCT user_id, m.id, s.id FROM ask, kroles.media AS m, kroles.spaces AS s
WHERE m.id % 20 = 0 AND s.id % 2 = 0;
SELECT work_out() AS done \gset

-- What is asked by whom about whom (nobody: about oneself), and what the rules answer.
CREATE TABLE question (me bigint, about bigint, function text, action kroles.action, kind text, id bigint, space_id bigint,
                       reference text, kroles text);
INSERT INTO question (me, function, action, kind, id, reference)
SELECT user_id, 'kroles_can', action, kind, id, allowed::text FROM answer;
INSERT INTO question (me, function, kind, id, reference)
SELECT user_id, 'kroles_rights', kind, id, coalesce(array_agg(action ORDER BY action) FILTER (WHERE allowed), '{}')::text
FROM answer GROUP BY user_id, kind, id
UNION ALL SELECT user_id, 'kroles_role', kind, id, role FROM role_answer;
INSERT INTO question (me, function, id, space_id, reference)
SELECT user_id, 'kroles_can_publish', media_id, space_id, allowed::text FROM answer_publish;

-- Asking about another is for administrators and whoever has manage there; it is refused otherwise. For publishing
-- manage on the media or the space will do, if one may view the other: hidden is as absent.
CREATE TABLE manages AS
    SELECT user_id AS me, kind = 'media' AS media, id, action FROM answer WHERE action IN ('manage', 'view') AND allowed
    UNION ALL SELECT id, false, 0, 'manage' FROM subject WHERE administrator AND NOT has_nothing;
INSERT INTO question
SELECT asker.id, q.me, function, q.action, q.kind, q.id, q.space_id,
       CASE WHEN m.me IS NOT NULL OR p.me IS NOT NULL THEN reference ELSE 'refused' END
FROM question AS q JOIN subject AS asker ON asker.id % 10 = q.me % 10 AND asker.id % 2 = 0 AND asker.id <> q.me
LEFT JOIN manages AS m ON (m.me, m.media, m.id, m.action) = (asker.id, q.kind = 'media', q.id, 'manage')
LEFT JOIN (SELECT a.me, a.id, b.id AS space_id FROM manages AS a JOIN manages AS b USING (me)
           WHERE a.media AND NOT b.media
           GROUP BY a.me, a.id, b.id
           HAVING bool_or(a.action = 'view') AND bool_or(b.action = 'view')
              AND bool_or('manage' IN (a.action, b.action))) AS p
    ON (p.me, p.id, p.space_id) = (asker.id, q.id, q.space_id)
WHERE q.me <> 0 AND (q.action IS NULL OR q.action IN ('view', 'upload', 'manage'));
-- the status that publishing would get where it is not approved already
INSERT INTO question (me, function, id, space_id, reference)
SELECT user_id, 'kroles_publication_status', media_id, space_id, a.status
FROM answer_publish AS a LEFT JOIN kroles.publications AS p USING (media_id, space_id)
WHERE p.status IS DISTINCT FROM 'approved';
INSERT INTO question (me, function, reference) SELECT DISTINCT user_id, 'kroles_current_user', nullif(user_id, 0) FROM ask;

CREATE FUNCTION put_question(q question) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    of_kind kroles.object_kind := q.kind;
BEGIN
    IF q.about IS NULL THEN
        RETURN CASE q.function WHEN 'kroles_can' THEN kroles_can(q.action, of_kind, q.id)::text
            WHEN 'kroles_rights' THEN kroles_rights(of_kind, q.id)::text
            WHEN 'kroles_role' THEN kroles_role(of_kind, q.id)
            WHEN 'kroles_can_publish' THEN kroles_can_publish(q.id, q.space_id)::text
            WHEN 'kroles_publication_status' THEN kroles_publication_status(q.id, q.space_id)::text
            WHEN 'kroles_current_user' THEN kroles_current_user()::text END;
    END IF;
    RETURN CASE q.function WHEN 'kroles_can' THEN kroles_can(q.about, q.action, of_kind, q.id)::text
        WHEN 'kroles_rights' THEN kroles_rights(of_kind, q.id, q.about)::text
        WHEN 'kroles_role' THEN kroles_role(of_kind, q.id, q.about)
        WHEN 'kroles_can_publish' THEN kroles_can_publish(q.id, q.space_id, q.about)::text END;
EXCEPTION WHEN insufficient_privilege THEN RETURN 'refused';
END $$;

CREATE TABLE person AS SELECT id, login FROM kroles.users WHERE id % 2 = 0 UNION ALL SELECT 0, '';
CREATE INDEX ON question (me);
CREATE TABLE told (LIKE question);
CREATE FUNCTION ask_as_everybody() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    person record;
BEGIN
    FOR person IN SELECT * FROM reference.person ORDER BY id LOOP
        PERFORM set_config('kroles.user', person.login, false);
        INSERT INTO told
        SELECT me, about, function, action, kind, id, space_id, reference, put_question(q)
        FROM question AS q WHERE me = person.id;
    END LOOP;
END $$;

SELECT make_gateway() AS done \gset
SET SESSION AUTHORIZATION regress_kroles_model;
SELECT ask_as_everybody() AS done \gset
RESET SESSION AUTHORIZATION;
RESET kroles."user";

INSERT INTO difference
SELECT CASE WHEN about IS NULL THEN 'the same, asked by the people themselves'
            ELSE 'the same, asked by people about each other' END,
       format('%s asks about %s: %s %s', me, coalesce(about, me), function, concat_ws(' ', action, kind, id, space_id)),
       reference, kroles
FROM told WHERE reference IS DISTINCT FROM kroles;
SELECT count_up('the same, asked by the people themselves', 'asked', count(*) FILTER (WHERE about IS NULL)) AS done,
       count_up('the same, asked by people about each other', 'asked', count(*) FILTER (WHERE about IS NOT NULL)) AS done_too
FROM told \gset
