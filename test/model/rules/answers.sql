-- What the rules answer, and the comparison with what the extension answers.

-- Whom and what a part asks about (0 is anonymous), filled by each part.
CREATE UNLOGGED TABLE ask (user_id bigint, kind text, id bigint);
CREATE UNLOGGED TABLE ask_publish (user_id bigint, media_id bigint, space_id bigint);

-- The answers of the rules: each person's effective role in each space that matters, their rights everywhere.
CREATE UNLOGGED TABLE place (user_id bigint, id bigint, kind text, type text, moderated boolean, role text);
CREATE UNLOGGED TABLE answer (user_id bigint, kind text, id bigint, action kroles.action, allowed boolean);
CREATE UNLOGGED TABLE answer_publish (user_id bigint, media_id bigint, space_id bigint, allowed boolean, status text);

-- The product's word for each person in each room that is asked about.
CREATE UNLOGGED TABLE room_answer (user_id bigint, id bigint, word text);

-- What has been asked, and where the two differ.
CREATE TABLE tally (n integer GENERATED ALWAYS AS IDENTITY, part text, function text, asked bigint, different bigint);
CREATE TABLE difference (part text, question text, reference text, kroles text);

-- allowed = (baseline + grants) within the ceiling, for every type, applicative role and role in the space
CREATE VIEW every_formula AS
    SELECT t.kind, t.type, a.role AS applicative_role, p.role, r.action,
           (b.action IS NOT NULL OR g.action IS NOT NULL) AND n.action IS NULL AS allowed
    FROM type_table AS t JOIN rights AS r USING (kind)
    CROSS JOIN unnest('{anonymous, viewer, private_only, admin, unmoderated_admin}'::text[]) AS a (role)
    CROSS JOIN unnest('{none, member, contributor, moderator, manager}'::text[]) AS p (role)
    LEFT JOIN baseline AS b ON (b.kind, b.type, b.role, b.action) = (t.kind, t.type, a.role, r.action::text)
    LEFT JOIN granted AS g ON (g.kind, g.role, g.action) = (t.kind, p.role, r.action::text)
    LEFT JOIN never AS n ON (n.role, n.kind, n.action) = (a.role, t.kind, r.action::text);
CREATE TABLE formula AS TABLE every_formula;

-- An administrator has everything, share only in a shared repository, whoever has_nothing has nothing.
CREATE FUNCTION answer_spaces() RETURNS void LANGUAGE sql AS $$
    INSERT INTO place
    SELECT user_id, space_id, s.kind::text, s.type::text, s.moderated, coalesce(t.role, 'none')
    FROM (SELECT user_id, id AS space_id FROM ask WHERE kind IN ('channel', 'gallery')
          UNION SELECT user_id, space_id FROM ask JOIN kroles.publications ON id = media_id WHERE kind IN ('media', 'room')
          UNION SELECT user_id, p.space_id FROM ask_publish JOIN kroles.publications AS p USING (media_id)
          UNION SELECT user_id, space_id FROM ask_publish) AS pair
    JOIN kroles.spaces AS s ON s.id = space_id LEFT JOIN standing AS t USING (user_id, space_id);
    INSERT INTO answer
    SELECT p.user_id, p.kind, p.id, f.action, NOT u.has_nothing
           AND (f.action <> 'share' OR p.type = 'shared_repository') AND (u.administrator OR f.allowed)
    FROM place AS p JOIN subject AS u ON u.id = p.user_id
    JOIN formula AS f ON (f.kind, f.type, f.applicative_role, f.role) = (p.kind, p.type, u.role, p.role);
$$;

CREATE FUNCTION answer_site() RETURNS void LANGUAGE sql AS $$
    INSERT INTO answer
    SELECT a.user_id, a.kind, a.id, r.action, NOT u.has_nothing
           AND (u.administrator OR (b.action IS NOT NULL AND n.action IS NULL))
    FROM ask AS a JOIN subject AS u ON u.id = a.user_id JOIN rights AS r USING (kind)
    LEFT JOIN baseline AS b ON (b.kind, b.role, b.action) = (a.kind, u.role, r.action::text)
    LEFT JOIN never AS n ON (n.role, n.kind, n.action) = (u.role, a.kind, r.action::text)
    WHERE a.kind = 'site';
$$;

-- Outside its window a media is left to its owner, its editors, those who moderate where it is approved or pending, and in a room
-- to hosts and room moderators: whoever of them had view, and what rests on it, still has it. (So have administrators.)
CREATE UNLOGGED TABLE left_to (user_id bigint, media_id bigint);
CREATE FUNCTION answer_left() RETURNS void LANGUAGE sql AS $$
    INSERT INTO left_to
    SELECT user_id, media_id FROM media_role WHERE role IN ('owner', 'editor')
    UNION
    SELECT a.user_id, p.media_id FROM answer AS a JOIN kroles.publications AS p ON p.space_id = a.id
    WHERE a.allowed AND a.kind IN ('channel', 'gallery') AND a.action = 'moderate' AND p.status IN ('approved', 'pending')
    UNION
    SELECT user_id, media_id FROM room_role WHERE room_role IN ('host', 'room_moderator');
$$;

CREATE FUNCTION answer_media() RETURNS void LANGUAGE sql AS $$
    INSERT INTO answer
    WITH asked AS (SELECT user_id, id FROM ask WHERE kind IN ('media', 'room')
                   UNION SELECT user_id, media_id FROM ask_publish),
    at_space AS (SELECT a.user_id, p.media_id, p.status::text, a.action::text
                 FROM answer AS a JOIN kroles.publications AS p ON p.space_id = a.id
                 WHERE a.allowed AND a.kind IN ('channel', 'gallery')),
    at_event AS (SELECT a.user_id, s.media_id, a.action::text
                 FROM answer AS a JOIN kroles.event_sessions AS s ON s.event_id = a.id WHERE a.allowed AND a.kind = 'event'),
    given AS (SELECT user_id, media_id, action FROM media_role JOIN granted USING (role) WHERE kind = 'media'
              UNION SELECT user_id, media_id, 'view' FROM at_space
              WHERE (status, action) IN (('approved', 'view'), ('pending', 'moderate'))
              UNION SELECT user_id, media_id, 'edit' FROM at_space
              WHERE (status, action) IN (('approved', 'edit_contributions'), ('pending', 'edit_contributions'))
              UNION SELECT user_id, media_id, 'moderate' FROM media_role
              WHERE role IN ('owner', 'editor', 'chat_moderator', 'room_moderator')
              UNION SELECT user_id, media_id, 'moderate' FROM at_space
              WHERE (status, action) IN (('approved', 'moderate'), ('pending', 'moderate'))
              UNION SELECT user_id, media_id, unnest(CASE action WHEN 'view' THEN '{view}'
                                                     WHEN 'moderate' THEN '{moderate, manage_speakers}' END::text[])
              FROM at_event)
    SELECT a.user_id, 'media', a.id, r.action,
           NOT u.has_nothing AND (u.administrator OR (g.action IS NOT NULL AND n.action IS NULL
               AND (r.action <> 'view' OR v.id IS NOT NULL OR l.media_id IS NOT NULL)))
    FROM asked AS a JOIN kroles.media AS m USING (id) JOIN subject AS u ON u.id = a.user_id
    JOIN rights AS r ON r.kind = 'media'
    LEFT JOIN available AS v ON v.id = a.id LEFT JOIN left_to AS l ON (l.user_id, l.media_id) = (a.user_id, a.id)
    LEFT JOIN given AS g ON (g.user_id, g.media_id, g.action) = (a.user_id, a.id, r.action::text)
    LEFT JOIN never AS n ON (n.role, n.kind, n.action) = (u.role, 'media', r.action::text);
$$;

-- The rights that are no cells of the matrices, and those of which one is enough; without any, it follows otherwise.
CREATE TABLE sums (kind text, action kroles.action, parts kroles.action[]);
INSERT INTO sums VALUES
    ('media', 'contribute', '{edit, publish}'),
    ('media', 'manage', '{manage_collaborators, manage_moderators, manage_speakers}'), ('media', 'moderate', '{}'),
    ('room', 'contribute', '{present}'), ('room', 'moderate', '{moderate_room, moderate_chat}'), ('room', 'manage', '{}'),
    ('room', 'view', '{}'), ('event', 'contribute', '{present}');

-- A sum holds when one of its parts does, each after the ceiling.
CREATE FUNCTION answer_sums() RETURNS void LANGUAGE sql AS $$
    UPDATE answer AS a SET allowed = true FROM sums AS s, answer AS part
    WHERE (s.kind, s.action) = (a.kind, a.action) AND NOT a.allowed
      AND (part.user_id, part.kind, part.id) = (a.user_id, a.kind, a.id) AND part.allowed AND part.action = ANY (s.parts);
$$;

CREATE FUNCTION answer_publish() RETURNS void LANGUAGE sql AS $$
    -- contribute on S, and publish on M or an approved M in a repository that one may share from, S being a channel
    INSERT INTO answer_publish
    WITH has AS (SELECT user_id, kind, id, action::text FROM answer WHERE allowed AND kind <> 'site'),
    shares AS (SELECT DISTINCT user_id, media_id FROM kroles.publications AS p JOIN has ON has.id = p.space_id
               WHERE (kind, action) = ('channel', 'share') AND status = 'approved')
    SELECT q.user_id, q.media_id, q.space_id,
           c.id IS NOT NULL AND (o.id IS NOT NULL OR (s.media_id IS NOT NULL AND place.kind = 'channel')),
           -- approved, unless S is moderated and the publisher neither is unmoderated_admin nor moderates there
           CASE WHEN place.moderated AND u.role <> 'unmoderated_admin' AND m.id IS NULL THEN 'pending'
                ELSE 'approved' END
    FROM ask_publish AS q JOIN subject AS u ON u.id = q.user_id
    JOIN place ON (place.user_id, place.id) = (q.user_id, q.space_id)
    LEFT JOIN has AS c ON (c.user_id, c.id, c.action) = (q.user_id, q.space_id, 'contribute') AND c.kind IN ('channel', 'gallery')
    LEFT JOIN has AS o ON (o.user_id, o.id, o.action, o.kind) = (q.user_id, q.media_id, 'publish', 'media')
    LEFT JOIN shares AS s ON (s.user_id, s.media_id) = (q.user_id, q.media_id)
    LEFT JOIN has AS m ON (m.user_id, m.id, m.action) = (q.user_id, q.space_id, 'moderate') AND m.kind IN ('channel', 'gallery');
    UPDATE answer_publish SET status = NULL WHERE NOT allowed;
$$;

-- The person's role label. (In a room it is worked out before.)
CREATE VIEW role_answer AS
    WITH held AS (SELECT user_id, kind, id, '{}'::text[] || role AS roles FROM place WHERE role <> 'none'
                  UNION ALL
                  SELECT user_id, 'media', media_id, array_agg(role) FROM media_role GROUP BY user_id, media_id
                  UNION ALL
                  SELECT user_id, 'event', event_id, array_agg(role) FROM event_role GROUP BY user_id, event_id)
    SELECT user_id, kind, id, CASE
        WHEN has_nothing OR kind = 'site' THEN NULL
        WHEN kind = 'room' THEN word
        WHEN kind = 'event' THEN (SELECT role FROM unnest('{organizer, speaker, moderator, attendee}'::text[]) WITH ORDINALITY
                                  AS r (role, n) WHERE role = ANY (roles) ORDER BY n LIMIT 1)
        WHEN roles && '{owner, manager}' THEN 'owner'
        WHEN roles && '{editor, publisher, speaker, contributor}' THEN 'presenter'
        WHEN roles && '{chat_moderator, room_moderator, moderator}' THEN 'moderator'
        WHEN administrator AND kind <> 'media' AND roles IS NULL THEN NULL
        WHEN may_view THEN 'viewer' END AS role
    FROM (SELECT user_id, kind, id, bool_or(allowed AND action = 'view') AS may_view
          FROM answer GROUP BY user_id, kind, id) AS a
    JOIN (SELECT id AS user_id, administrator, has_nothing FROM subject) AS u USING (user_id)
    LEFT JOIN held USING (user_id, kind, id)
    LEFT JOIN (SELECT user_id, 'room' AS kind, id, word FROM room_answer) AS w USING (user_id, kind, id);

CREATE FUNCTION count_up(part text, function text, asked bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO tally (part, function, asked, different)
    SELECT $1, $2, $3, (SELECT count(*) FROM difference AS d WHERE d.part = $1)
                     - (SELECT coalesce(sum(different), 0) FROM tally AS t WHERE t.part = $1);
$$;

-- Works out the answers to everything asked, and to what they depend on.
CREATE FUNCTION work_out() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    ANALYZE ask, ask_publish, kroles.users, kroles.group_members, kroles.spaces, kroles.space_members, kroles.media,
            kroles.publications, kroles.media_collaborators, kroles.media_moderators, kroles.media_speakers,
            kroles.event_participants, kroles.event_sessions;
    TRUNCATE place, answer, answer_publish, room_answer, left_to;
    PERFORM end_stays();
    PERFORM answer_site();
    PERFORM answer_spaces();
    PERFORM answer_events();
    ANALYZE place, answer;
    PERFORM answer_left();
    ANALYZE left_to;
    PERFORM answer_media();
    ANALYZE answer;
    PERFORM answer_rooms();
    PERFORM answer_sums();
    ANALYZE answer;
    PERFORM answer_stays();
    PERFORM answer_publish();
END $$;

-- Puts every question to the extension, in one statement a function.
CREATE FUNCTION compare(part text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO difference
    SELECT part, format('kroles_can(%s, %s, %s, %s)', user_id, action, kind, id), allowed::text, can::text
    FROM (SELECT *, kroles_can(nullif(user_id, 0), action, kind::kroles.object_kind, id) AS can FROM answer) AS a
    WHERE can IS DISTINCT FROM allowed;
    PERFORM count_up(part, 'kroles_can', (SELECT count(*) FROM answer));

    INSERT INTO difference
    SELECT part, format('kroles_rights(%s, %s, %s)', kind, id, user_id), allowed::text, rights::text
    FROM (SELECT *, kroles_rights(kind::kroles.object_kind, id, nullif(user_id, 0))::kroles.action[] AS rights
          FROM (SELECT user_id, kind, id, coalesce(array_agg(action ORDER BY action) FILTER (WHERE allowed), '{}')
                       AS allowed FROM answer GROUP BY user_id, kind, id) AS set) AS a
    WHERE rights IS DISTINCT FROM allowed;
    PERFORM count_up(part, 'kroles_rights', (SELECT count(*) FROM role_answer));

    INSERT INTO difference
    SELECT part, format('kroles_role(%s, %s, %s)', kind, id, user_id), role, answered
    FROM (SELECT *, kroles_role(kind::kroles.object_kind, id, nullif(user_id, 0)) AS answered FROM role_answer) AS a
    WHERE answered IS DISTINCT FROM role;
    PERFORM count_up(part, 'kroles_role', (SELECT count(*) FROM role_answer));

    INSERT INTO difference
    SELECT part, format('kroles_can_publish(%s, %s, %s)', media_id, space_id, user_id), allowed::text, can::text
    FROM (SELECT *, kroles_can_publish(media_id, space_id, nullif(user_id, 0)) AS can FROM answer_publish) AS a
    WHERE can IS DISTINCT FROM allowed;
    PERFORM count_up(part, 'kroles_can_publish', (SELECT count(*) FROM answer_publish));
END $$;

CREATE FUNCTION check_part(part text) RETURNS void LANGUAGE sql AS $$
    SELECT work_out();
    SELECT compare(part);
$$;

-- What a part prints at its end: a line for its place in the table that the driver has begun.
CREATE VIEW report AS
    SELECT format('%-77s %8s %7s %7s %12s %6s %11s', part,
                  sum(asked) FILTER (WHERE function = 'kroles_can'),
                  sum(asked) FILTER (WHERE function = 'kroles_rights'),
                  sum(asked) FILTER (WHERE function = 'kroles_role'),
                  sum(asked) FILTER (WHERE function = 'kroles_can_publish'),
                  sum(asked) FILTER (WHERE function NOT LIKE 'kroles%'), sum(different)) AS line
    FROM tally WHERE asked > 0 GROUP BY part ORDER BY min(n);
