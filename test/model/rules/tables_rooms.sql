-- Rooms and events, typed in as the other rules are (tables.sql).
CREATE TABLE room_table (action text, host text, room_moderator text, chat_moderator text, advanced_speaker text,
                         simple_speaker text, participant text);
INSERT INTO room_table VALUES
    -- right          host room chat advanced simple participant
    ('join_room',     'x', 'x', 'x', 'x',     'x',   'x'),
    ('start_room',    'x', 'x', '',  '',      '',    ''),
    ('moderate_room', 'x', 'x', '',  '',      '',    ''),
    ('moderate_chat', 'x', '',  'x', '',      '',    ''),
    ('present',       'x', 'x', '',  'x',     '',    ''),
    ('interact',      'x', 'x', 'x', 'x',     'x',   'x');
CREATE TABLE event_table (action text, organizer text, moderator text, speaker text, attendee text);
INSERT INTO event_table VALUES
    -- right                organizer moderator speaker attendee
    ('view',                'x',      'x',      'x',    'x'),
    ('interact',            'x',      'x',      'x',    'x'),
    ('present',             'x',      'x',      'x',    ''),
    ('moderate',            'x',      'x',      '',     ''),
    ('manage',              'x',      '',       '',     ''),
    ('manage_participants', 'x',      '',       '',     ''),
    ('view_analytics',      'x',      '',       '',     ''),
    ('delete',              'x',      '',       '',     '');

-- The same, a row a cell.
INSERT INTO granted
    SELECT 'room', role, action
    FROM room_table, LATERAL (VALUES ('host', host), ('room_moderator', room_moderator), ('chat_moderator', chat_moderator),
        ('advanced_speaker', advanced_speaker), ('simple_speaker', simple_speaker), ('participant', participant)) AS cell (role, content)
    WHERE content = 'x'
    UNION ALL
    SELECT 'event', role, action
    FROM event_table, LATERAL (VALUES ('organizer', organizer), ('moderator', moderator), ('speaker', speaker),
                                      ('attendee', attendee)) AS cell (role, content)
    WHERE content = 'x';

-- In a room view is the media's, and three rights sum others up; in an event one does.
INSERT INTO rights
    SELECT 'room', action::kroles.action FROM room_table
    UNION ALL SELECT 'room', unnest('{view, contribute, moderate, manage}'::kroles.action[])
    UNION ALL SELECT 'event', action::kroles.action FROM event_table
    UNION ALL SELECT 'event', 'contribute';

-- The ceiling: anonymous has nothing but view.
INSERT INTO never SELECT 'anonymous', kind, action::text FROM rights WHERE kind IN ('room', 'event') AND action <> 'view';

-- Media that is a room.
CREATE VIEW room AS SELECT id FROM kroles.media WHERE type IN ('room', 'live');

-- Every role a person has in an event, in their own name or a group's. They add up.
CREATE VIEW event_role AS
    SELECT DISTINCT coalesce(p.user_id, members.user_id) AS user_id, event_id, role::text
    FROM kroles.event_participants AS p LEFT JOIN membership AS members USING (group_id) WHERE in_force(starts_at, expires_at);

-- What a role on the media, or in an event of which it is a session, makes of somebody in the room, and the product's
-- word for it; where there is none, who may join is a participant.
CREATE TABLE room_name (origin text, role text, room_role text, word text);
INSERT INTO room_name VALUES
    ('media', 'owner', 'host', 'owner'), ('media', 'editor', 'host', 'presenter'),
    ('media', 'publisher', 'participant', 'presenter'), ('media', 'viewer', 'participant', NULL),
    ('media', 'room_moderator', 'room_moderator', 'moderator'), ('media', 'chat_moderator', 'chat_moderator', 'moderator'),
    ('speaker', 'advanced', 'advanced_speaker', 'presenter'), ('speaker', 'simple', 'simple_speaker', 'presenter'),
    ('event', 'organizer', 'host', 'owner'), ('event', 'moderator', 'room_moderator', 'moderator'),
    ('event', 'moderator', 'chat_moderator', 'moderator'), ('event', 'speaker', 'advanced_speaker', 'presenter'),
    ('event', 'attendee', 'participant', NULL);

-- Every role a person has in a room, but for members of channels. Off, the module takes the moderators, also an event's.
CREATE VIEW room_role AS
    WITH held (origin, user_id, media_id, role) AS (
        SELECT 'media', user_id, media_id, role FROM media_role
        UNION ALL SELECT 'speaker', user_id, media_id, type::text FROM kroles.media_speakers
        UNION ALL SELECT 'event', user_id, media_id, role FROM event_role JOIN kroles.event_sessions USING (event_id))
    SELECT DISTINCT user_id, media_id, room_role, word
    FROM held JOIN room_name USING (origin, role) JOIN room ON room.id = media_id
    WHERE room_role NOT IN ('room_moderator', 'chat_moderator') OR (SELECT chat_and_collaboration FROM kroles.settings);

-- Who is in which room, with the rights and the word that were theirs when they joined, and whether the room was there for
-- everybody then. Filled by the parts that join.
CREATE TABLE stay (user_id bigint, id bigint, rights kroles.action[], word text, began_within boolean, PRIMARY KEY (user_id, id));
-- Stays that have ended with the room's window. (Time ends them, and nobody writes that down in the extension's table.)
CREATE TABLE run_out (user_id bigint, id bigint, PRIMARY KEY (user_id, id));
