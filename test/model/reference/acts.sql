-- Publishing, approving, rejecting and taking down for real, each act undone before the next.
SELECT make_people() AS done \gset

-- A free and a moderated channel and a moderated gallery with each grant; in a repository everybody is a member.
INSERT INTO plan (part, kind, type, moderated, direct)
SELECT 'target', kind, 'private', moderated, role
FROM (VALUES ('channel', false), ('channel', true), ('gallery', true)) AS target (kind, moderated), roles;
INSERT INTO plan (part, kind, type, direct) VALUES ('repository', 'channel', 'shared_repository', 'member');
SELECT make_spaces() AS done \gset
-- Media with each standing, absent, pending, approved or rejected in the space, put there by person 2 or the stranger.
CREATE TABLE item AS
    SELECT 910000 + row_number() OVER (ORDER BY plan.id, role, state, publisher) AS id, plan.id AS space_id, role, state,
           publisher
    FROM plan, unnest('{none, viewer, publisher, repository, owner}'::text[]) AS role,
         (VALUES (NULL, NULL), ('pending', 900002), ('pending', 900017), ('approved', 900002), ('approved', 900017),
                 ('rejected', 900002), ('rejected', 900017)) AS s (state, publisher)
    WHERE part = 'target';
INSERT INTO kroles.media (id, name, owner_id)
SELECT id, 'ref ' || id, CASE role WHEN 'owner' THEN 900002 ELSE 900017 END FROM item;
INSERT INTO kroles.media_collaborators (media_id, user_id, permission)
SELECT id, u, role::kroles.collaborator_permission FROM item, people(16) AS u
WHERE role IN ('viewer', 'publisher') AND u <> 0;
SELECT put_publications(array_agg(id), array_agg(space_id), array_agg(state)) AS done FROM item WHERE state IS NOT NULL \gset
SELECT put_publications(array_agg(item.id), array_agg(plan.id), array_agg('approved'::text)) AS done
FROM item, plan WHERE role = 'repository' AND part = 'repository' \gset
SET LOCAL session_replication_role = replica;
UPDATE kroles.publications SET published_by = publisher FROM item
WHERE (media_id, publications.space_id) = (id, item.space_id);
SET LOCAL session_replication_role = origin;

-- What the rules say. hidden: 42704; visible and not allowed: 42501; allowed, but not in this state: 55000. Where
-- somebody may neither do it nor would it fit the state, either error will do.
-- For the blocked and for administrators it is all one which grant they have.
INSERT INTO ask_publish
SELECT u, item.id, space_id FROM item JOIN plan ON plan.id = space_id, one_of_each() AS u
WHERE u IN (900001, 900002, 900004) OR (u IN (900008, 900009) AND direct IS NULL);
SELECT work_out() AS done \gset
CREATE TABLE may AS
    SELECT p.user_id, p.media_id, p.space_id, p.allowed AS publish, p.status AS would_be, i.state, i.publisher,
           s.rights @> '{view}' AS sees_space, m.rights @> '{view}' AS sees_media, s.rights @> '{moderate}' AS moderate,
           m.rights @> '{publish}' OR s.rights @> '{delete_contributions}'
               OR (i.publisher = p.user_id AND NOT u.has_nothing) AS take_down
    FROM answer_publish AS p JOIN item AS i ON (i.id, i.space_id) = (p.media_id, p.space_id)
    JOIN subject AS u ON u.id = p.user_id
    JOIN (SELECT user_id, id, coalesce(array_agg(action) FILTER (WHERE allowed), '{}') AS rights FROM answer
          WHERE kind <> 'media' GROUP BY user_id, id) AS s ON (s.user_id, s.id) = (p.user_id, p.space_id)
    JOIN (SELECT user_id, id, coalesce(array_agg(action) FILTER (WHERE allowed), '{}') AS rights FROM answer
          WHERE kind = 'media' GROUP BY user_id, id) AS m ON (m.user_id, m.id) = (p.user_id, p.media_id);
-- Seeing a publication: whoever may take it down or moderate it; approved, also whoever sees both.
CREATE TABLE act AS
    SELECT may.*, act, CASE
        WHEN act = 'publish' AND NOT publish THEN CASE WHEN sees_space AND sees_media THEN '42501' ELSE '42704' END
        WHEN act = 'publish' AND state = 'approved' THEN format('approved, by %s', publisher)
        WHEN act = 'publish' AND state = 'pending' THEN
            CASE would_be WHEN 'approved' THEN format('approved, by %s, moderated by %s', publisher, user_id)
                          ELSE format('pending, by %s', publisher) END
        WHEN act = 'publish' THEN format('%s, by %s', would_be, user_id)
        WHEN NOT sees THEN '42704'
        WHEN act = 'take down' THEN CASE WHEN take_down THEN 'gone' ELSE '42501' END
        WHEN NOT moderate THEN CASE state WHEN 'pending' THEN '42501' ELSE '42501 or 55000' END
        WHEN state <> 'pending' THEN '55000'
        WHEN act = 'reject' THEN format('rejected, by %s, moderated by %s', publisher, user_id)
        WHEN act = 'approve' THEN format('approved, by %s, moderated by %s', publisher, user_id) END AS reference
    FROM (SELECT *, state IS NOT NULL AND (take_down OR moderate OR (state = 'approved' AND sees_space AND sees_media))
                    AS sees FROM may) AS may, unnest('{publish, approve, reject, take down}'::text[]) AS act;

-- what became of it; the definer sees also what the person may not
CREATE FUNCTION outcome(media bigint, space bigint) RETURNS text
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT coalesce((SELECT format('%s, by %s', status, published_by) || coalesce(', moderated by ' || moderated_by, '')
                     FROM kroles.publications WHERE (media_id, space_id) = (media, space)), 'gone')
$$;
CREATE FUNCTION try_act(act text, media bigint, space bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text := 'gone';
BEGIN
    CASE act WHEN 'publish' THEN answer := kroles_publish(media, space);
             WHEN 'approve' THEN answer := kroles_approve(media, space);
             WHEN 'reject' THEN answer := kroles_reject(media, space, 'because');
             WHEN 'take down' THEN PERFORM kroles_take_down(media, space); END CASE;
    RAISE EXCEPTION USING ERRCODE = 'UNDO0', MESSAGE = concat(outcome(media, space),
        CASE WHEN NOT starts_with(outcome(media, space), answer) THEN ', but answered ' || answer END);
EXCEPTION
    WHEN SQLSTATE 'UNDO0' THEN RETURN SQLERRM;
    WHEN OTHERS THEN RETURN SQLSTATE;
END $$;
CREATE TABLE told (user_id bigint, act text, media_id bigint, space_id bigint, reference text, kroles text);
CREATE TABLE person AS SELECT id, login FROM kroles.users WHERE id IN (SELECT user_id FROM may);
CREATE FUNCTION act_as_everybody() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    me record;
BEGIN
    FOR me IN SELECT * FROM person ORDER BY id LOOP
        PERFORM set_config('kroles.user', me.login, false);
        INSERT INTO told
        SELECT user_id, act, media_id, space_id, reference, try_act(act, media_id, space_id) FROM act WHERE user_id = me.id;
    END LOOP;
END $$;
SELECT make_gateway() AS done \gset
SET SESSION AUTHORIZATION regress_kroles_model;
SELECT act_as_everybody() AS done \gset
RESET SESSION AUTHORIZATION;
RESET kroles."user";

INSERT INTO difference
SELECT 'publish, approve, reject and take down', format('%s: %s %s in %s', user_id, act, media_id, space_id), reference, kroles
FROM told WHERE reference IS DISTINCT FROM kroles AND NOT (reference = '42501 or 55000' AND kroles IN ('42501', '55000'));
SELECT count_up('publish, approve, reject and take down', 'acts', count(*)) AS done FROM told \gset
