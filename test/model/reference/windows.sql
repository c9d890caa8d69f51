-- Windows of every grant and of media: open, begun, to come, over; those of a group's grant beside those of membership.
SELECT make_people() AS done \gset
CREATE TABLE word AS SELECT * FROM unnest('{begun, begins, just begun, never begins, over, amid, coming, always}'::text[]) AS words (word);
CREATE TABLE some_word AS SELECT * FROM unnest('{never, begun, begins, over}'::text[]) AS words (word);
CREATE FUNCTION some_people() RETURNS SETOF bigint LANGUAGE sql AS $$
    SELECT u FROM people(16) AS u WHERE u IN (0, 900001, 900002, 900004, 900008, 900009)
$$;

-- A direct grant with every window against a group's with every window, in channels and galleries.
INSERT INTO plan (part, kind, type, direct, direct_until, one, one_until)
SELECT 'windows', CASE row_number() OVER (ORDER BY d.role, d.word, o.role, o.word) % 2 WHEN 0 THEN 'gallery' ELSE 'channel' END, 'private',
       d.role, d.word, o.role, o.word
FROM (SELECT role, word FROM word, unnest('{member, manager}'::kroles.contextual_role[]) AS role UNION ALL SELECT NULL, 'never') AS d,
     (SELECT role, word FROM word, unnest('{contributor, moderator}'::kroles.contextual_role[]) AS role UNION ALL SELECT NULL, 'never') AS o;
-- where the people have each standing; what is asked about media is published there
INSERT INTO plan (part, kind, type, direct) SELECT 'in', 'channel', 'private', role FROM roles;
INSERT INTO plan (part, kind, type, direct) VALUES ('in', 'gallery', 'private', 'moderator'), ('in', 'channel', 'public_open', NULL);
INSERT INTO plan (part, kind, type, direct, direct_until) VALUES ('in', 'channel', 'private', 'moderator', 'over'), ('in', 'channel', 'private', 'manager', 'amid');
-- and spaces of groups in which they are for a while
INSERT INTO plan (part, kind, type, direct, direct_until)
SELECT 'membership', 'channel', 'private', role, until
FROM word, (VALUES (NULL::kroles.contextual_role, NULL), ('member', 'never'), ('member', 'begins'), ('manager', 'over')) AS d (role, until) ORDER BY word, role, until;
SELECT make_spaces() AS done \gset
INSERT INTO kroles.groups (id, name) SELECT 900010 + row_number() OVER (ORDER BY word), 'ref ' || word FROM word;
INSERT INTO kroles.group_members (group_id, user_id, starts_at, expires_at)
SELECT g.id, u, since(word), until(word) FROM word JOIN kroles.groups AS g ON name = 'ref ' || word, people(16) AS u WHERE u <> 0;
INSERT INTO kroles.space_members (space_id, group_id, role, starts_at)
SELECT p.id, 900011 + p.n / 4, 'moderator', CASE WHEN p.n % 3 = 0 THEN since('begun') END
FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM plan WHERE part = 'membership') AS p;

-- Events where they have each role for a while, in their own name or a group's.
CREATE TABLE event_item AS
    SELECT 940000 + row_number() OVER (ORDER BY role, way, word) AS id, role, way, word
    FROM unnest(enum_range(NULL::kroles.event_role)) AS role, unnest('{direct, group}'::text[]) AS way, some_word
    WHERE role <> 'organizer' OR word = 'never';
INSERT INTO kroles.events (id, name) SELECT id, 'ref ' || id FROM event_item;
INSERT INTO kroles.event_participants (event_id, user_id, group_id, role, starts_at, expires_at)
SELECT id, 900017, NULL::bigint, 'organizer'::kroles.event_role, NULL::timestamptz, NULL::timestamptz FROM event_item
UNION ALL SELECT id, u, NULL, role, since(word), until(word) FROM event_item, one_of_each() AS u WHERE u <> 0 AND way = 'direct'
UNION ALL SELECT id, NULL, 900001, role, since(word), until(word) FROM event_item WHERE way = 'group';

-- Media and rooms with every window, with each role on them for a while, in a space or an event or nowhere.
CREATE TABLE item AS
    SELECT 910000 + row_number() OVER (ORDER BY there, role, word, type, space_id, state, event_id) AS id, *
    FROM (SELECT there, role, some_word.word, type, NULL::bigint AS space_id, NULL AS state, NULL::bigint AS event_id
          FROM (SELECT word FROM word UNION ALL SELECT 'never') AS w (there), some_word, unnest('{room, video}'::kroles.media_type[]) AS type,
               unnest('{no, owner, editor, publisher, viewer, chat_moderator, room_moderator, simple, advanced, group editor, group publisher,
                        group viewer, group chat_moderator, group room_moderator}'::text[]) AS role
          WHERE some_word.word = 'never' OR (role NOT IN ('no', 'owner', 'simple', 'advanced') AND there IN ('never', 'begins', 'amid', 'over'))
          UNION ALL
          SELECT there, role, 'never', CASE WHEN role = 'viewer' THEN 'video' ELSE 'live' END::kroles.media_type, id, state, NULL
          FROM unnest('{never, begins, amid, over}'::text[]) AS there, unnest('{no, viewer, publisher, chat_moderator}'::text[]) AS role, plan,
               unnest('{approved, pending, rejected}'::text[]) AS state
          WHERE part = 'in'
          UNION ALL
          SELECT there, role, 'never', type, NULL, NULL, id
          FROM unnest('{never, amid, over}'::text[]) AS there, unnest('{no, chat_moderator}'::text[]) AS role,
               unnest('{room, video}'::kroles.media_type[]) AS type, event_item AS e (id, event_role, way, event_word)) AS every;
INSERT INTO kroles.media (id, type, name, owner_id, available_from, available_until)
SELECT id, type, 'ref ' || id, CASE role WHEN 'owner' THEN 900002 ELSE 900017 END, since(there), until(there) FROM item;
SELECT put_on_media(array_agg(id), array_agg(role)) AS done FROM item \gset
UPDATE kroles.media_collaborators AS c SET starts_at = since(word), expires_at = until(word) FROM item WHERE item.id = media_id AND word <> 'never';
UPDATE kroles.media_moderators AS m SET starts_at = since(word), expires_at = until(word) FROM item WHERE item.id = media_id AND word <> 'never';
SELECT put_publications(array_agg(id), array_agg(space_id), array_agg(state)) AS done FROM item WHERE state IS NOT NULL \gset
INSERT INTO kroles.event_sessions (event_id, media_id, position) SELECT event_id, id, id - 910000 FROM item WHERE event_id IS NOT NULL;

INSERT INTO ask SELECT u, kind, id FROM plan, some_people() AS u WHERE part IN ('windows', 'membership');
SELECT check_part('spaces, every window of a direct and a group grant and of membership') AS done \gset
TRUNCATE ask;
INSERT INTO ask SELECT u, kind, id FROM item, unnest('{media, room}'::text[]) AS kind, some_people() AS u
WHERE (role <> 'owner' OR u IN (900002, 900009)) AND (kind = 'media' OR type <> 'video')
UNION ALL SELECT u, 'event', id FROM event_item, some_people() AS u;
UPDATE kroles.settings SET allow_anonymous = true;
SELECT check_part('media, rooms and events, every window of media and of grants') AS done \gset
UPDATE kroles.settings SET chat_and_collaboration = false;
DELETE FROM ask WHERE id % 3 > 0;
SELECT check_part('the same with chat and collaboration off') AS done \gset
UPDATE kroles.settings SET chat_and_collaboration = true, allow_anonymous = false;

-- Publishing what is not there now: where they contribute, out of a repository, out of nowhere.
TRUNCATE ask;
INSERT INTO plan (part, kind, type, direct) VALUES ('target', 'channel', 'private', 'contributor');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) SELECT id, 'channel', 'private', 'ref target', 900017 FROM plan WHERE part = 'target';
INSERT INTO kroles.space_members (space_id, user_id, role) SELECT id, u, 'contributor' FROM plan, people(16) AS u WHERE part = 'target' AND u <> 0;
UPDATE kroles.spaces SET type = 'shared_repository' FROM plan WHERE plan.id = spaces.id AND part = 'in' AND plan.kind = 'channel' AND direct = 'member';
INSERT INTO ask_publish SELECT u, item.id, plan.id FROM item, plan, some_people() AS u WHERE part = 'target' AND event_id IS NULL AND there = 'over' AND role IN ('no', 'owner', 'publisher');
SELECT check_part('publishing media outside its window') AS done \gset
TRUNCATE ask_publish;

-- All windows that have an end get it a microsecond before this very statement, with it and after it, and all others begin so.
CREATE FUNCTION move_windows(after_now interval) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    t record;
BEGIN
    FOR t IN SELECT * FROM (VALUES ('group_members', 'starts_at', 'expires_at'), ('space_members', 'starts_at', 'expires_at'),
                 ('media_collaborators', 'starts_at', 'expires_at'), ('media_moderators', 'starts_at', 'expires_at'),
                 ('event_participants', 'starts_at', 'expires_at'), ('media', 'available_from', 'available_until')) AS t (name, starts, ends) LOOP
        EXECUTE format('UPDATE kroles.%1$I SET %2$I = CASE WHEN %3$I IS NULL THEN statement_timestamp() + $1 END,
                                               %3$I = CASE WHEN %3$I IS NOT NULL THEN statement_timestamp() + $1 END
                        WHERE %2$I IS NOT NULL OR %3$I IS NOT NULL', t.name, t.starts, t.ends) USING after_now;
    END LOOP;
    PERFORM check_part('windows that begin and end at the instant they are asked about');
END $$;
INSERT INTO ask SELECT u, kind, id FROM plan, some_people() AS u WHERE part IN ('windows', 'membership') AND id % 3 = 0
UNION ALL SELECT u, kind, id FROM item, unnest('{media, room}'::text[]) AS kind, some_people() AS u WHERE id % 4 = 0 AND (role <> 'owner' OR u = 900002)
UNION ALL SELECT u, 'event', id FROM event_item, some_people() AS u;
SELECT move_windows('-1 microsecond') AS done \gset
SELECT move_windows('0') AS done \gset
SELECT move_windows('1 microsecond') AS done \gset
