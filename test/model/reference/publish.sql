-- Who may publish which media into which space.
SELECT make_people() AS done \gset

-- Where to: every type with each grant, and owned by each person. From where: repositories and private channels.
INSERT INTO plan (part, kind, type, owner, direct)
SELECT 'target', kind, type, NULL::bigint, role FROM space_types, roles
UNION ALL SELECT 'owned target', kind, type, u, NULL FROM space_types, people(16) AS u WHERE u <> 0
UNION ALL SELECT 'origin', 'channel', type, NULL, role
FROM unnest('{shared_repository, private}'::text[]) AS type, roles
UNION ALL SELECT 'owned origin', 'channel', 'shared_repository', u, NULL FROM people(16) AS u WHERE u <> 0;
SELECT make_spaces() AS done \gset

-- Media with each role on it, in no origin or in one, in each state; and media owned by each person.
CREATE TABLE item AS
    SELECT 910000 + row_number() OVER (ORDER BY owner, origin, state, role) AS id, *
    FROM (SELECT NULL::bigint AS owner, o.id AS origin, state, role
          FROM (SELECT id, unnest('{pending, approved, rejected}'::text[]) AS state FROM plan WHERE part = 'origin'
                UNION ALL SELECT NULL, NULL) AS o,
               unnest('{none, viewer, editor, publisher, group editor, group publisher}'::text[]) AS role
          UNION ALL SELECT owner, id, 'approved', 'none' FROM plan WHERE part = 'owned origin'
          UNION ALL SELECT u, NULL, NULL, 'owner' FROM people(16) AS u WHERE u <> 0) AS every;
INSERT INTO kroles.media (id, name, owner_id)
SELECT id, 'ref ' || id, CASE role WHEN 'owner' THEN owner ELSE 900017 END FROM item;
INSERT INTO kroles.media_collaborators (media_id, user_id, permission)
SELECT id, u, role::kroles.collaborator_permission FROM item, people(16) AS u
WHERE role IN ('viewer', 'editor', 'publisher') AND u <> 0;
INSERT INTO kroles.media_collaborators (media_id, group_id, permission)
SELECT id, 900001, split_part(role, ' ', 2)::kroles.collaborator_permission FROM item WHERE role LIKE 'group %';
SELECT put_publications(array_agg(id), array_agg(origin), array_agg(state)) AS done FROM item WHERE origin IS NOT NULL \gset

-- All about what the stranger owns, owners about their own.
INSERT INTO ask_publish
SELECT u, item.id, plan.id FROM item, plan, one_of_each() AS u WHERE part = 'target' AND item.owner IS NULL
UNION ALL SELECT item.owner, item.id, plan.id FROM item, plan WHERE part = 'target' AND item.owner IS NOT NULL
UNION ALL
SELECT plan.owner, item.id, plan.id FROM item, plan
WHERE part = 'owned target' AND (item.origin IS NULL OR item.owner = plan.owner);
SELECT check_part('publishing media with each role on it, into and out of spaces of every type') AS done \gset
UPDATE kroles.settings SET allow_anonymous = true;
TRUNCATE ask_publish;
INSERT INTO ask_publish SELECT 0, item.id, plan.id FROM item, plan;
SELECT check_part('publishing by anonymous, browsing on') AS done \gset
