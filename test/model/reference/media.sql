-- Media: the people on it, and the spaces it is published in.
SELECT make_people() AS done \gset

-- Each of the five permissions given to nobody, to the person or to the person's group; no, a simple, an advanced speaker.
CREATE TABLE way AS SELECT * FROM unnest('{no, direct, group}'::text[]) AS ways (way);
CREATE TABLE people_on AS
    SELECT 910000 + row_number() OVER (ORDER BY v, p, e, c, r, speaker) AS id, v.way AS viewer, p.way AS publisher,
           e.way AS editor, c.way AS chat_moderator, r.way AS room_moderator, speaker
    FROM way AS v, way AS p, way AS e, way AS c, way AS r, unnest('{no, simple, advanced}'::text[]) AS speaker;
CREATE VIEW permission_on AS
    SELECT id, permission, way FROM people_on,
        LATERAL (VALUES ('viewer', viewer), ('publisher', publisher), ('editor', editor),
                        ('chat_moderator', chat_moderator), ('room_moderator', room_moderator)) AS cell (permission, way)
    WHERE way <> 'no';
INSERT INTO kroles.media (id, name, owner_id) SELECT id, 'ref ' || id, 900017 FROM people_on;
INSERT INTO kroles.media_collaborators (media_id, user_id, group_id, permission)
SELECT id, u, g, permission::kroles.collaborator_permission
FROM permission_on JOIN (SELECT 'direct' AS way, u, NULL AS g FROM one_of_each() AS u WHERE u <> 0
                         UNION ALL SELECT 'group', NULL, 900001) AS who USING (way)
WHERE permission NOT LIKE '%moderator';
INSERT INTO kroles.media_moderators (media_id, user_id, group_id, permission)
SELECT id, u, g, permission::kroles.moderator_permission
FROM permission_on JOIN (SELECT 'direct' AS way, u, NULL AS g FROM one_of_each() AS u WHERE u <> 0
                         UNION ALL SELECT 'group', NULL, 900002) AS who USING (way)
WHERE permission LIKE '%moderator';
INSERT INTO kroles.media_speakers (media_id, user_id, type, position)
SELECT id, u, speaker::kroles.speaker_type, u - 900000 FROM people_on, one_of_each() AS u
WHERE speaker <> 'no' AND u <> 0;

-- Owners, whose groups may be collaborators and moderators, who may moderate and speak themselves.
CREATE TABLE owned AS
    SELECT 920000 + row_number() OVER (ORDER BY owner, viewer, editor, publisher, moderator, speaker) AS id, *
    FROM people(16) AS owner,
         (VALUES (false), (true)) AS v (viewer), (VALUES (false), (true)) AS e (editor),
         (VALUES (false), (true)) AS p (publisher), (VALUES (false), (true)) AS m (moderator),
         (VALUES (false), (true)) AS s (speaker)
    WHERE owner <> 0;
INSERT INTO kroles.media (id, name, owner_id) SELECT id, 'ref ' || id, owner FROM owned;
INSERT INTO kroles.media_collaborators (media_id, group_id, permission)
SELECT id, 900001, permission::kroles.collaborator_permission
FROM owned, LATERAL (VALUES ('viewer', viewer), ('editor', editor), ('publisher', publisher)) AS cell (permission, yes)
WHERE yes;
INSERT INTO kroles.media_moderators (media_id, user_id, permission)
SELECT id, owner, 'chat_moderator' FROM owned WHERE moderator;
INSERT INTO kroles.media_speakers (media_id, user_id, position) SELECT id, owner, 1 FROM owned WHERE speaker;

INSERT INTO ask SELECT u, 'media', id FROM people_on, one_of_each() AS u
UNION ALL SELECT u, 'media', id FROM owned, people(16) AS u WHERE u IN (0, owner);
SELECT check_part('media, every set of permissions, own and by group') AS done \gset
UPDATE kroles.settings SET chat_and_collaboration = false, allow_anonymous = true;
TRUNCATE ask;
INSERT INTO ask SELECT u, 'media', id FROM people_on, people(4) AS u
UNION ALL SELECT owner, 'media', id FROM owned;
SELECT check_part('the same with chat and collaboration off') AS done \gset
