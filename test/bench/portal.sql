-- A portal of :users users, :spaces spaces, :groups groups and :media media, always the same for the same sizes.
-- Triggers, foreign keys included, are off meanwhile; kroles_verify computes afterwards what they would have kept.
--
-- Users 1 to 100 have parts to play: 1 administrator, 2 typical, 3 producer, 4 moderator, 5 narrow, 11 to 30 heavy.
-- The last 40 spaces are a stage that nobody else is on: the producer publishes there, the last is the moderator's.

SET client_min_messages = warning;
SELECT :spaces - 40 AS ordinary, :users - 100 AS crowd, ceil((:spaces - 40) * 0.6)::bigint AS channels \gset
SELECT :ordinary - :channels AS galleries \gset

-- Anonymous may browse; viewers are guests here, who see what they are granted and nothing else.
UPDATE kroles.settings SET allow_anonymous = true;
UPDATE kroles.baseline_rights SET allowed = false
WHERE applicative_role = 'viewer' AND action = 'view' AND kind IN ('channel', 'gallery');

CALL bench.set_aside('{kroles.users,kroles.groups,kroles.group_members,kroles.spaces,kroles.space_members,kroles.media,
    kroles.publications,kroles.media_collaborators,kroles.media_moderators,kroles.media_speakers,kroles.events,
    kroles.event_participants,kroles.event_sessions}');
-- Columns of an application: one media in ten has values there.
ALTER TABLE kroles.media ADD COLUMN tags text[], ADD COLUMN attributes jsonb, ADD COLUMN shown tstzrange;

SELECT clock_timestamp() AS started \gset
INSERT INTO kroles.users (id, login, name, email, applicative_role, administrator, blocked)
SELECT id,
       CASE WHEN id = 1 THEN 'administrator' WHEN id = 2 THEN 'typical' WHEN id = 3 THEN 'producer'
            WHEN id = 4 THEN 'moderator' WHEN id = 5 THEN 'narrow' WHEN id BETWEEN 11 AND 30 THEN 'heavy' || id - 10 ELSE 'user' || id END,
       'User ' || id, 'user' || id || '@campus.example',
       CASE WHEN id = 3 THEN 'unmoderated_admin' WHEN id = 5 THEN 'viewer' WHEN id <= 100 THEN 'admin'
            ELSE ('{viewer,viewer,viewer,viewer,viewer,viewer,viewer,viewer,viewer,viewer,viewer,private_only,private_only,private_only,private_only,admin,admin,admin,admin,unmoderated_admin}'::text[])
                 [bench.pick(20, id, 1)] END::kroles.applicative_role,
       id = 1, id > 100 AND bench.u(id, 2) < 0.001
FROM generate_series(1, :users) AS id;
SELECT bench.loaded('users', :ROW_COUNT, :'started');

SELECT clock_timestamp() AS started \gset
INSERT INTO kroles.groups (id, name) SELECT id, 'Group ' || id FROM generate_series(1, :groups) AS id;
SELECT bench.loaded('groups', :ROW_COUNT, :'started');

-- The first group is a fifth of the crowd, the next half of that, a third, a quarter and so on. Typical and heavy
-- subjects are in two, a big one and a small one.
CREATE TEMP TABLE drawn_group_members AS
SELECT DISTINCT g AS group_id, 100 + bench.pick(:crowd, g * 1000000::bigint + k, 3) AS user_id
FROM generate_series(1, :groups) AS g, generate_series(1, :crowd / 5 / g + 1) AS k
UNION ALL
SELECT unnest(ARRAY[3, :groups / 2]), id FROM generate_series(1, 30) AS id WHERE id = 2 OR id > 10;
SELECT clock_timestamp() AS started \gset
INSERT INTO kroles.group_members (group_id, user_id) SELECT group_id, user_id FROM drawn_group_members;
SELECT bench.loaded('group_members', :ROW_COUNT, :'started');

-- Galleries are four deep: a quarter at the top, then 3/8, 2/8 and 1/8; half of the lower ones inherit.
CREATE TEMP TABLE drawn_spaces AS
WITH galleries AS (
    SELECT j,
           CASE WHEN j <= :galleries * 0.25 THEN NULL
                WHEN j <= :galleries * 0.625 THEN int8range(1, floor(:galleries * 0.25)::bigint, '[]')
                WHEN j <= :galleries * 0.875 THEN int8range(floor(:galleries * 0.25)::bigint + 1, floor(:galleries * 0.625)::bigint, '[]')
                ELSE int8range(floor(:galleries * 0.625)::bigint + 1, floor(:galleries * 0.875)::bigint, '[]') END AS above
    FROM generate_series(1, :galleries) AS j
)
SELECT id, 'channel'::kroles.space_kind AS kind,
       ('{open,open,open,open,restricted,restricted,restricted,restricted,private,private,private,private,private,private,private,shared_repository,public_restricted,public_restricted,public_open,public_open}'::kroles.space_type[])
       [bench.pick(20, id, 4)] AS type,
       NULL::bigint AS parent_id, false AS inherits_members
FROM generate_series(1, :channels) AS id
UNION ALL
SELECT :channels + j, 'gallery',
       ('{open,open,restricted,restricted,private,private,private,private}'::kroles.space_type[])[bench.pick(8, j, 5)],
       :channels + lower(above) - 1 + bench.pick(upper(above) - lower(above), j, 6),
       above IS NOT NULL AND bench.u(j, 7) < 0.5
FROM galleries
UNION ALL
SELECT id, 'channel', 'private', NULL, false FROM generate_series(:ordinary + 1, :spaces) AS id;
SELECT clock_timestamp() AS started \gset
INSERT INTO kroles.spaces (id, kind, type, external_id, name, owner_id, moderated, parent_id, inherits_members)
SELECT id, kind, type, CASE WHEN id <= :ordinary THEN 'cat' || id END, initcap(kind::text) || ' ' || id,
       CASE WHEN id > :ordinary THEN 1 ELSE 100 + bench.pick(:crowd, id, 8) END,
       id = :spaces OR id <= :ordinary AND bench.u(id, 9) < 0.2, parent_id, inherits_members
FROM drawn_spaces;
SELECT bench.loaded('spaces', :ROW_COUNT, :'started');

-- About 8 grants a user, some have one and some 60, and some spaces 15,000; groups have 8 each. They come in no order,
-- as over the years, so that the rows of one subject lie far apart.
CREATE TEMP TABLE drawn_space_members AS
WITH people AS (
    SELECT id, 1 + floor(-7.5 * ln(1 - bench.u(id, 10)))::bigint AS grants FROM generate_series(101, :users) AS id
), drawn AS (
    SELECT bench.pick_popular(:ordinary, id * 1000 + k, 11) AS space_id, id AS user_id, NULL::bigint AS group_id
    FROM people, generate_series(1, grants) AS k
    UNION ALL
    SELECT bench.pick_popular(:ordinary, g * 1000 + k, 12), NULL, g
    FROM generate_series(1, :groups) AS g, generate_series(1, 8) AS k
    UNION ALL
    (SELECT id, 2, NULL FROM drawn_spaces
     WHERE type = 'private' AND NOT inherits_members AND id <= :ordinary ORDER BY bench.u(id, 13) LIMIT 8)
    UNION ALL
    (SELECT id, 5, NULL FROM drawn_spaces
     WHERE type = 'private' AND NOT inherits_members AND id <= :ordinary ORDER BY bench.u(id, 35) LIMIT 8)
    UNION ALL
    SELECT 1 + (u + k * greatest(:ordinary / 2000, 2)) % :ordinary, u, NULL
    FROM generate_series(11, 30) AS u, generate_series(1, least(2000, :ordinary / 2)) AS k
    UNION ALL
    SELECT id, 3, NULL FROM generate_series(:ordinary + 1, :spaces - 1) AS id
    UNION ALL
    SELECT :spaces, 4, NULL
)
SELECT DISTINCT space_id, user_id, group_id, bench.u(space_id * 1000003 + coalesce(user_id, -group_id), 31) AS moment FROM drawn
ORDER BY moment;
SELECT clock_timestamp() AS started \gset
INSERT INTO kroles.space_members (space_id, user_id, group_id, role, expires_at)
SELECT space_id, user_id, group_id,
       CASE WHEN user_id = 3 THEN 'contributor' WHEN user_id = 4 THEN 'moderator'
            ELSE ('{member,member,member,member,member,member,member,contributor,contributor,contributor,contributor,moderator,manager}'::text[])
                 [bench.pick(13, space_id * 1000003 + coalesce(user_id, -group_id), 14)] END::kroles.contextual_role,
       CASE WHEN (user_id > 100 OR group_id IS NOT NULL) AND bench.u(space_id * 1000003 + coalesce(user_id, -group_id), 15) < 0.1
            THEN now() + (bench.u(space_id + user_id, 16) - 0.5) * interval '2 years' END
FROM drawn_space_members;
SELECT bench.loaded('space_members', :ROW_COUNT, :'started');

SELECT clock_timestamp() AS started \gset
INSERT INTO kroles.media (id, external_id, type, name, owner_id, created_at, tags, attributes, shown)
SELECT id, '0_' || lpad(to_hex(id), 8, '0'),
       ('{video,video,video,video,video,video,video,video,video,video,video,video,video,video,audio,audio,image,document,live,room}'::kroles.media_type[])
       [bench.pick(20, id, 17)],
       concat_ws(' ', w1.word, w2.word, w3.word, w4.word, w5.word),
       CASE WHEN id % 50 = 0 THEN 3 ELSE 100 + bench.pick_popular(:crowd, id, 18) END,
       '2026-01-01'::timestamptz - (:media - id) * interval '3 minutes',
       CASE WHEN bench.u(id, 50) < 0.1 THEN ARRAY['tag' || bench.pick(:media / 500, id, 51), 'tag' || bench.pick(:media / 500, id, 52)] END,
       CASE WHEN bench.u(id, 50) < 0.1 THEN jsonb_build_object('department', 'd' || bench.pick(:media / 1000, id, 53),
                                                               'year', 2010 + bench.pick(15, id, 54)) END,
       CASE WHEN bench.u(id, 50) < 0.1 THEN tstzrange('2026-01-01'::timestamptz - (:media - id) * interval '3 minutes',
            '2026-01-01'::timestamptz - (:media - id) * interval '3 minutes' + bench.u(id, 55) * interval '2 days') END
FROM generate_series(1, :media) AS id
JOIN bench.words AS w1 ON w1.k = bench.pick_word(id, 41) JOIN bench.words AS w2 ON w2.k = bench.pick_word(id, 42)
JOIN bench.words AS w3 ON w3.k = bench.pick_word(id, 43) JOIN bench.words AS w4 ON w4.k = bench.pick_word(id, 44)
JOIN bench.words AS w5 ON w5.k = bench.pick_word(id, 45);
SELECT bench.loaded('media', :ROW_COUNT, :'started');

-- 15% are published nowhere, half once, the others twice or three times; where moderated, 15% wait and 3% are
-- rejected. The moderator's queue is full.
CREATE TEMP TABLE drawn_publications AS
SELECT DISTINCT m AS media_id, bench.pick_popular(:ordinary, m * 4 + k, 20) AS space_id
FROM generate_series(1, :media) AS m,
     generate_series(1, ('{0,0,0,1,1,1,1,1,1,1,1,1,1,2,2,2,2,2,3,3}'::integer[])[bench.pick(20, m, 19)]) AS k
UNION ALL
SELECT m, :spaces FROM generate_series(1, least(20000, :media / 2)) AS m
ORDER BY media_id, space_id;
SELECT clock_timestamp() AS started \gset
INSERT INTO kroles.publications (media_id, space_id, status, published_by, published_at, moderated_by, moderated_at)
SELECT d.media_id, d.space_id, state.status, m.owner_id, m.created_at,
       CASE WHEN s.moderated AND state.status <> 'pending' THEN s.owner_id END,
       CASE WHEN s.moderated AND state.status <> 'pending' THEN m.created_at + interval '1 hour' END
FROM drawn_publications AS d
JOIN kroles.media AS m ON m.id = d.media_id
JOIN kroles.spaces AS s ON s.id = d.space_id
CROSS JOIN LATERAL (SELECT CASE
    WHEN d.space_id = :spaces OR s.moderated AND bench.u(d.media_id * 31 + d.space_id, 21) < 0.15 THEN 'pending'
    WHEN s.moderated AND bench.u(d.media_id * 31 + d.space_id, 21) < 0.18 THEN 'rejected'
    ELSE 'approved' END::kroles.publication_status) AS state (status);
SELECT bench.loaded('publications', :ROW_COUNT, :'started');

SELECT clock_timestamp() AS started \gset
INSERT INTO kroles.media_collaborators (media_id, user_id, group_id, permission)
SELECT m.id, CASE WHEN k = 1 THEN 100 + bench.pick(:crowd, m.id, 23) END,
       CASE WHEN k = 2 THEN bench.pick(:groups, m.id, 24) END,
       ('{viewer,viewer,publisher,editor}'::kroles.collaborator_permission[])[bench.pick(4, m.id * 2 + k, 25)]
FROM kroles.media AS m, generate_series(1, 2) AS k
WHERE bench.u(m.id * 2 + k, 22) < 0.02 AND (k = 2 OR m.owner_id <> 100 + bench.pick(:crowd, m.id, 23));
SELECT bench.loaded('media_collaborators', :ROW_COUNT, :'started');

SELECT clock_timestamp() AS started \gset
INSERT INTO kroles.media_moderators (media_id, user_id, permission)
SELECT m, 100 + bench.pick(:crowd, m, 27), ('{chat_moderator,room_moderator}'::kroles.moderator_permission[])[bench.pick(2, m, 28)]
FROM generate_series(1, :media) AS m WHERE bench.u(m, 26) < 0.01;
SELECT bench.loaded('media_moderators', :ROW_COUNT, :'started');

SELECT clock_timestamp() AS started \gset
INSERT INTO kroles.media_speakers (media_id, user_id, type, position)
SELECT m, 101 + (bench.pick(:crowd, m, 30) + k) % :crowd, CASE WHEN k = 1 THEN 'advanced' ELSE 'simple' END::kroles.speaker_type, k
FROM generate_series(1, :media) AS m, generate_series(1, 2) AS k
WHERE bench.u(m, 29) < 0.02;
SELECT bench.loaded('media_speakers', :ROW_COUNT, :'started');

-- Events of ten sessions, which are rooms, and of some hundred people; in the first one everybody with a part to play.
SELECT clock_timestamp() AS started \gset
INSERT INTO kroles.events (id, name, created_by)
SELECT id, 'Event ' || id, 100 + bench.pick(:crowd, id, 60) FROM generate_series(1, greatest(:media / 10000, 5)) AS id;
INSERT INTO kroles.event_participants (event_id, user_id, role)
SELECT id, created_by, 'organizer' FROM kroles.events
UNION
SELECT e.id, 100 + bench.pick(:crowd, e.id * 1000 + k, 61),
       ('{attendee,attendee,attendee,attendee,attendee,attendee,attendee,attendee,moderator,speaker}'::kroles.event_role[])[1 + k % 10]
FROM kroles.events AS e, generate_series(1, 300) AS k
UNION
SELECT 1, id, 'attendee' FROM kroles.users WHERE id BETWEEN 2 AND 30;
INSERT INTO kroles.event_sessions (event_id, media_id, position)
SELECT 1 + n / 10, id, 1 + n % 10
FROM (SELECT id, row_number() OVER (ORDER BY bench.u(id, 62)) - 1 AS n FROM kroles.media
      WHERE type = 'room' ORDER BY n LIMIT 10 * greatest(:media / 10000, 5)) AS rooms;
INSERT INTO kroles.media_speakers (media_id, user_id, type, position)
SELECT s.media_id, 101 + (bench.pick(:crowd, s.media_id, 63) + k) % :crowd, 'advanced', 10 + k
FROM kroles.event_sessions AS s, generate_series(1, 3) AS k
ON CONFLICT (media_id, user_id) DO NOTHING;
SELECT bench.loaded('events', (SELECT count(*) FROM kroles.event_participants), :'started');

CALL bench.bring_back(false);
SELECT clock_timestamp() AS started \gset
CALL bench.bring_back(true, 'kroles.media');
SELECT bench.loaded('indexes', NULL, :'started');

-- The rows came with their ids; what comes after goes on from there.
SELECT setval(pg_get_serial_sequence('kroles.' || t, 'id'), n)
FROM (VALUES ('users', :users), ('groups', :groups), ('spaces', :spaces), ('media', :media),
             ('events', greatest(:media / 10000, 5))) AS v (t, n) \g /dev/null
