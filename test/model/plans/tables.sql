-- Tables of an application, whose rows are visible with a media, a room, a space or an event.
INSERT INTO kroles.events (id, name, created_by)
SELECT n, 'event ' || n, (SELECT id FROM kroles.users WHERE NOT blocked AND id > pick(300, 'event', n::text) ORDER BY id LIMIT 1) FROM generate_series(1, 60) AS n;
INSERT INTO kroles.event_participants (event_id, user_id, role)
SELECT e, u, pick_of('{attendee, speaker, moderator}'::kroles.event_role[], 'takes part', e::text, u::text)
FROM generate_series(1, 60) AS e, picks(6, 320, 'participant', e::text) AS u ORDER BY e, u;
INSERT INTO kroles.event_participants (event_id, group_id, role)
SELECT e, g, 'attendee' FROM generate_series(1, 60) AS e, picks(pick(4, 'groups', e::text) / 3, 16, 'group takes part', e::text) AS g ORDER BY e, g;
INSERT INTO kroles.event_sessions (event_id, media_id) SELECT e, m FROM generate_series(1, 60) AS e, picks(3, 2000, 'session', e::text) AS m ORDER BY e, m;

CREATE TABLE captions (id bigint PRIMARY KEY, media_id bigint NOT NULL, body text NOT NULL);
INSERT INTO captions SELECT n, 1 + pick(2000, 'caption', n::text), 'caption ' || n FROM generate_series(1, 4000) AS n;
CREATE INDEX ON captions (media_id);
-- (no index on the id column, and a narrower type)
CREATE TABLE ratings (media_id integer NOT NULL, stars integer NOT NULL);
INSERT INTO ratings SELECT 1 + pick(2000, 'rated', n::text), pick(6, 'stars', n::text) FROM generate_series(1, 3000) AS n;
CREATE TABLE messages (id bigint PRIMARY KEY, room_id integer NOT NULL, body text NOT NULL);
INSERT INTO messages SELECT n, m.id, 'message ' || n FROM generate_series(1, 6) AS k, kroles.media AS m, LATERAL (SELECT m.id * 10 + k) AS i (n)
WHERE m.type IN ('live', 'room');
CREATE INDEX ON messages (room_id);
CREATE TABLE notices (id bigint PRIMARY KEY, channel_id bigint NOT NULL);
INSERT INTO notices SELECT n, 1 + pick(38, 'notice', n::text) FROM generate_series(1, 2000) AS n;
CREATE INDEX ON notices (channel_id);
CREATE TABLE shelves (id bigint PRIMARY KEY, gallery_id bigint NOT NULL);
INSERT INTO shelves SELECT n, 39 + pick(26, 'shelf', n::text) FROM generate_series(1, 2000) AS n;
CREATE INDEX ON shelves (gallery_id);
CREATE TABLE papers (id bigint PRIMARY KEY, event_id bigint NOT NULL);
INSERT INTO papers SELECT n, 1 + pick(60, 'paper', n::text) FROM generate_series(1, 2000) AS n;
CREATE INDEX ON papers (event_id);
CREATE TABLE parts (id bigint, media_id bigint NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (1000);
CREATE TABLE parts_high PARTITION OF parts FOR VALUES FROM (1000) TO (5000);
INSERT INTO parts SELECT n, 1 + pick(2000, 'part', n::text) FROM generate_series(1, 3000) AS n;
CREATE INDEX ON parts (media_id);

SELECT FROM kroles_protect('captions', 'media', 'media_id');
SELECT FROM kroles_protect('ratings', 'media', 'media_id');
SELECT FROM kroles_protect('messages', 'room', 'room_id');
SELECT FROM kroles_protect('notices', 'channel', 'channel_id');
SELECT FROM kroles_protect('shelves', 'gallery', 'gallery_id');
SELECT FROM kroles_protect('papers', 'event', 'event_id');
SELECT FROM kroles_protect('parts', 'media', 'media_id');
GRANT SELECT ON captions, ratings, messages, notices, shelves, papers, parts TO regress_kroles_model;
