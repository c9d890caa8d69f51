-- What is asked about, and a copy of the publications with foreign keys alone, to which publishing is compared.

-- Who and what the figures are about. Everything in it is seen through one grant in one private space.
CREATE TABLE bench.cast AS
SELECT u.id AS user_id, u.login AS subject, grants.space_id, grants.kind, seen.media_id, hidden.media_id AS hidden_id,
       grants.id AS grant_id
FROM kroles.users AS u
CROSS JOIN LATERAL (
    SELECT m.id, m.space_id, s.kind FROM kroles.space_members AS m JOIN kroles.spaces AS s ON s.id = m.space_id
    WHERE m.user_id = u.id AND s.type = 'private' AND NOT s.inherits_members AND s.id <= :spaces - 40
      AND EXISTS (SELECT FROM kroles.publications AS p WHERE p.space_id = s.id AND p.status = 'approved')
    ORDER BY m.id LIMIT 1) AS grants
CROSS JOIN LATERAL (
    SELECT p.media_id FROM kroles.publications AS p
    WHERE p.space_id = grants.space_id AND p.status = 'approved' ORDER BY p.media_id LIMIT 1) AS seen
CROSS JOIN LATERAL (
    -- published twice, both times where this subject has no place, and nobody is on it
    SELECT p.media_id
    FROM kroles.publications AS p
    JOIN kroles.spaces AS s ON s.id = p.space_id
    JOIN kroles.media AS m ON m.id = p.media_id
    WHERE m.owner_id > 100 AND NOT EXISTS (SELECT FROM kroles.media_collaborators AS c WHERE c.media_id = m.id)
    GROUP BY p.media_id
    HAVING count(*) = 2 AND bool_and(s.type = 'private' AND NOT s.inherits_members AND NOT EXISTS (
        SELECT FROM kroles.space_members AS sm
        WHERE sm.space_id = s.id
          AND (sm.user_id = u.id
               OR sm.group_id IN (SELECT g.group_id FROM kroles.group_members AS g WHERE g.user_id = u.id))))
    ORDER BY p.media_id LIMIT 1) AS hidden
WHERE u.id IN (2, 11);
UPDATE bench.cast SET subject = 'heavy' WHERE user_id = 11;

-- Strangers: each line is a user and objects that no other line has.
CREATE TABLE bench.cold AS
SELECT n::integer, 101 + n::bigint * 7919 % (:users - 100) AS user_id, 1 + n::bigint * 104729 % :media AS media_id, s.id AS space_id,
       s.kind::text::kroles.object_kind AS kind
FROM generate_series(1, least(:spaces - 40, :users - 100, :media)) AS n
JOIN kroles.spaces AS s ON s.id = 1 + n::bigint * 7919 % (:spaces - 40)
ORDER BY n;
CREATE UNIQUE INDEX ON bench.cold (n);

CREATE TABLE bench.all_media AS SELECT id FROM kroles.media ORDER BY id LIMIT 1000000;
CREATE TABLE bench.all_spaces AS
SELECT id, kind::text::kroles.object_kind AS kind FROM kroles.spaces WHERE id <= :spaces - 40 ORDER BY id;
CREATE TABLE bench.some_media AS SELECT media_id AS id FROM bench.cold WHERE n <= 1000 ORDER BY n;
CREATE TABLE bench.some_spaces AS SELECT space_id AS id, kind FROM bench.cold WHERE n <= 1000 ORDER BY n;

-- The producer's: every fiftieth media is theirs, and the stage is where they contribute.
CREATE TABLE bench.stage AS
SELECT row_number() OVER (ORDER BY bench.u(m * 50 + s, 33))::integer AS n, m * 50 AS media_id, s AS space_id
FROM generate_series(1, least(:media / 50, 20000)) AS m, generate_series(:spaces - 39, :spaces - 1) AS s
ORDER BY n;
CREATE UNIQUE INDEX ON bench.stage (n);

-- What waits for the moderator, to be put back before each measuring.
CREATE TABLE bench.queue AS
SELECT row_number() OVER (ORDER BY bench.u(media_id, 34))::integer AS n, p.*
FROM kroles.publications AS p WHERE space_id = :spaces;
CREATE UNIQUE INDEX ON bench.queue (n);

-- The same columns, checks, defaults, indexes and rows, with foreign keys alone; the schema "plain" has none.
CREATE TABLE bench.keyed_publications (LIKE kroles.publications INCLUDING ALL EXCLUDING INDEXES);
INSERT INTO bench.keyed_publications SELECT * FROM kroles.publications;
CALL bench.copy_indexes('publications', 'bench.keyed_publications');
ALTER TABLE bench.keyed_publications
    ADD FOREIGN KEY (media_id) REFERENCES kroles.media ON DELETE CASCADE,
    ADD FOREIGN KEY (space_id) REFERENCES kroles.spaces ON DELETE CASCADE,
    ADD FOREIGN KEY (published_by) REFERENCES kroles.users ON DELETE SET NULL,
    ADD FOREIGN KEY (moderated_by) REFERENCES kroles.users ON DELETE SET NULL;
-- no vacuum in the middle of a measurement
ALTER TABLE plain.publications SET (autovacuum_enabled = off);
ALTER TABLE bench.keyed_publications SET (autovacuum_enabled = off);
ALTER TABLE kroles.publications SET (autovacuum_enabled = off);

CREATE TABLE bench.unrelated (n bigint NOT NULL);
INSERT INTO bench.unrelated VALUES (0);

GRANT USAGE ON SCHEMA bench, plain TO :app;
GRANT SELECT, INSERT, UPDATE ON plain.publications, plain.space_members, plain.spaces TO :app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA bench TO :app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA bench TO :app;
GRANT pg_read_all_stats TO :app;
