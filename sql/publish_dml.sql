-- Publishing, approving and taking down by every kind of statement: INSERT of many rows, ON CONFLICT, MERGE, COPY,
-- UPDATE ... FROM, DELETE ... USING, WITH; and within transactions and savepoints.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;

INSERT INTO kroles.users (id, login, applicative_role) VALUES
    (1, 'olga', 'admin'),               -- owns both channels, may view films 4 and 5
    (2, 'mona', 'private_only'),        -- moderates Lectures
    (3, 'pia', 'private_only'),         -- contributes to Lectures; owns films 1 to 5
    (4, 'una', 'unmoderated_admin'),    -- contributes to Lectures, is a publisher of films 1 and 2
    (5, 'stan', 'private_only');        -- has no grant; owns film 6
INSERT INTO kroles.spaces (id, kind, type, moderated, name, owner_id) VALUES
    (1, 'channel', 'restricted', true, 'Lectures', 1), (2, 'channel', 'private', false, 'Seminar', 1);
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES
    (1, 2, 'moderator'), (1, 3, 'contributor'), (1, 4, 'contributor');
INSERT INTO kroles.media (id, name, owner_id) SELECT n, 'film ' || n, CASE n WHEN 6 THEN 5 ELSE 3 END FROM generate_series(1, 6) AS n;
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES
    (1, 4, 'publisher'), (2, 4, 'publisher'), (4, 1, 'viewer'), (5, 1, 'viewer');

CREATE ROLE regress_kroles_portal;
CREATE ROLE regress_kroles_loader BYPASSRLS;    -- the portal's loader: speaks for people too, and may use COPY FROM
SELECT kroles_grant_access(role), kroles_trust_gateway(role) FROM (VALUES ('regress_kroles_portal'::name), ('regress_kroles_loader')) AS r (role);

-- a view of the superuser's: it shows all, whoever asks
CREATE VIEW shelf AS
    SELECT p.media_id, p.space_id, p.status, publisher.login AS published_by, moderator.login AS moderated_by, p.reason
    FROM kroles.publications p LEFT JOIN kroles.users publisher ON publisher.id = p.published_by
    LEFT JOIN kroles.users moderator ON moderator.id = p.moderated_by
    ORDER BY p.media_id, p.space_id;
GRANT SELECT ON shelf TO regress_kroles_portal, regress_kroles_loader;
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'pia';

-- Several rows in one statement: all or none
INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 1), (2, 1), (3, 1) RETURNING media_id, status, published_by;
INSERT INTO kroles.publications (media_id, space_id) VALUES (4, 1), (4, 2);     -- to Seminar she does not contribute
INSERT INTO kroles.publications (media_id, space_id) SELECT id, 1 FROM generate_series(4, 6) AS id;      -- film 6 is Stan's
TABLE shelf;
INSERT INTO kroles.publications (media_id, space_id) VALUES (4, 1), (4, 1);     -- twice the same
TABLE shelf;

-- UPDATE ... FROM: as many as one moderator decides at once
UPDATE kroles.publications p SET status = d.status::kroles.publication_status, reason = d.reason
    FROM (VALUES (1, 'approved', NULL), (2, 'rejected', 'dark')) AS d (id, status, reason) WHERE p.media_id = d.id;
SET kroles."user" = 'mona';
UPDATE kroles.publications p SET status = d.status::kroles.publication_status, reason = d.reason
    FROM (VALUES (1, 'approved', NULL), (2, 'rejected', 'dark')) AS d (id, status, reason) WHERE p.media_id = d.id
    RETURNING p.media_id, p.status, p.moderated_by, p.moderated_at IS NOT NULL AS "then";
UPDATE kroles.publications SET status = 'rejected' WHERE space_id = 1;          -- film 1 is approved: none is rejected
TABLE shelf;

-- ON CONFLICT
SET kroles."user" = 'pia';
INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 1), (4, 1) ON CONFLICT DO NOTHING RETURNING media_id, status;
INSERT INTO kroles.publications (media_id, space_id) VALUES (5, 2) ON CONFLICT DO NOTHING;              -- not even so
INSERT INTO kroles.publications (media_id, space_id) VALUES (2, 1)
    ON CONFLICT (media_id, space_id) DO UPDATE SET status = 'pending' RETURNING media_id, status, published_by, reason;
INSERT INTO kroles.publications (media_id, space_id) VALUES (2, 1)
    ON CONFLICT (media_id, space_id) DO UPDATE SET status = 'approved';         -- that is the moderator's to say
INSERT INTO kroles.publications (media_id, space_id) VALUES (2, 1)
    ON CONFLICT (media_id, space_id) DO UPDATE SET published_by = 4;
INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 1)
    ON CONFLICT (media_id, space_id) DO UPDATE SET status = 'pending';          -- approved already
SET kroles."user" = 'una';
INSERT INTO kroles.publications AS p (media_id, space_id) VALUES (2, 1)
    ON CONFLICT (media_id, space_id) DO UPDATE SET status = EXCLUDED.status WHERE p.status <> 'approved'
    RETURNING media_id, status, published_by, moderated_by;
TABLE shelf;

-- MERGE: a list of what should be in Lectures; each branch by the rules
SET kroles."user" = 'pia';
MERGE INTO kroles.publications p USING (VALUES (3), (5)) AS want (id) ON p.media_id = want.id AND p.space_id = 1
    WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (media_id, space_id, status) VALUES (want.id, 1, 'approved');
TABLE shelf;
MERGE INTO kroles.publications p USING (VALUES (5), (6)) AS want (id) ON p.media_id = want.id AND p.space_id = 1
    WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (media_id, space_id) VALUES (want.id, 1);
MERGE INTO kroles.publications p USING (VALUES (5)) AS want (id) ON p.media_id = want.id AND p.space_id = 1
    WHEN MATCHED THEN UPDATE SET status = 'approved';
SET kroles."user" = 'stan';
MERGE INTO kroles.publications p USING (VALUES (1)) AS want (id) ON p.media_id = want.id AND p.space_id = 1
    WHEN MATCHED THEN DELETE;
SET kroles."user" = 'mona';
MERGE INTO kroles.publications p USING (VALUES (4, 'approved'), (5, 'rejected')) AS want (id, status)
    ON p.media_id = want.id AND p.space_id = 1
    WHEN MATCHED AND p.status = 'pending' THEN UPDATE SET status = want.status::kroles.publication_status
    WHEN MATCHED THEN DO NOTHING;
TABLE shelf;

-- DELETE ... USING, and RETURNING. Stan sees film 4, which is approved, but may take down nothing.
SET kroles."user" = 'stan';
DELETE FROM kroles.publications p USING kroles.media m WHERE m.id = p.media_id AND m.id IN (4, 5) RETURNING p.media_id, p.status;
SET kroles."user" = 'pia';
DELETE FROM kroles.publications p USING kroles.media m WHERE m.id = p.media_id AND m.id IN (4, 5) RETURNING p.media_id, p.status;
-- WITH: taken down here and published there, by one statement
SET kroles."user" = 'olga';
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (2, 3, 'contributor');
SET kroles."user" = 'pia';
WITH down AS (DELETE FROM kroles.publications WHERE media_id = 1 RETURNING media_id)
    INSERT INTO kroles.publications (media_id, space_id) SELECT media_id, 2 FROM down RETURNING media_id, space_id, status;
TABLE shelf;

-- COPY: PostgreSQL itself refuses it to a role that row-level security holds for. For a role that bypasses it, the client's
-- columns are overwritten here too, and what is refused stops all of it.
\copy kroles.publications (media_id, space_id) from '/dev/null'
SET SESSION AUTHORIZATION regress_kroles_loader;
SET kroles."user" = 'pia';
\copy kroles.publications (media_id, space_id, status, published_by, reason) from program 'printf "3\\t1\\tapproved\\t1\\tmine\\n4\\t1\\trejected\\t\\\\N\\t\\\\N\\n"'
\copy kroles.publications (media_id, space_id) from program 'printf "5,1\\n6,1\\n"' (format csv)
TABLE shelf;
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'pia';

-- A client that writes a whole row back, as many do, changes nothing and is told nothing
UPDATE kroles.publications SET media_id = media_id, space_id = space_id, status = status, published_by = published_by,
    published_at = published_at, moderated_by = moderated_by, moderated_at = moderated_at, reason = reason WHERE media_id = 3;
TABLE shelf;

-- Within one transaction, one's own changes count from the next statement on, and until they are rolled back
SET kroles."user" = 'olga';
BEGIN;
SELECT kroles_can_publish(5, 1, 3) AS "Pia may";
DELETE FROM kroles.space_members WHERE space_id = 1 AND user_id = 3;
SELECT kroles_can_publish(5, 1, 3) AS "Pia may";
SET LOCAL kroles."user" = 'pia';
SAVEPOINT refused;
INSERT INTO kroles.publications (media_id, space_id) VALUES (5, 1);
ROLLBACK TO refused;
SET LOCAL kroles."user" = 'olga';
SAVEPOINT again;
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 3, 'moderator');
SELECT kroles_can_publish(5, 1, 3) AS "Pia may";
SET LOCAL kroles."user" = 'pia';
INSERT INTO kroles.publications (media_id, space_id) VALUES (5, 1) RETURNING status;    -- she moderates now
ROLLBACK TO again;
SELECT kroles_can_publish(5, 1) AS "Pia may";
SAVEPOINT third;
INSERT INTO kroles.publications (media_id, space_id) VALUES (5, 1);
ROLLBACK;
SELECT kroles_can_publish(5, 1, 3) AS "Pia may";
SET kroles."user" = 'pia';
INSERT INTO kroles.publications (media_id, space_id) VALUES (5, 1) RETURNING status;    -- as before all that

-- Just so in a transaction whose snapshot stands still: one's own changes are seen in it
SET kroles."user" = 'olga';
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT kroles_role('channel', 1, 3) AS "Pia is", kroles_can_publish(4, 1, 5) AS "Stan may";
UPDATE kroles.space_members SET role = 'manager' WHERE space_id = 1 AND user_id = 3;
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 5, 'moderator');
SELECT kroles_role('channel', 1, 3) AS "Pia is", kroles_role('channel', 1, 5) AS "Stan is";
SAVEPOINT s;
DELETE FROM kroles.space_members WHERE space_id = 1;
SELECT kroles_role('channel', 1, 3) AS "Pia is", kroles_role('channel', 1, 5) AS "Stan is";
ROLLBACK TO s;
SELECT kroles_role('channel', 1, 3) AS "Pia is", kroles_role('channel', 1, 5) AS "Stan is";
ROLLBACK;
SELECT kroles_role('channel', 1, 3) AS "Pia is", kroles_role('channel', 1, 5) AS "Stan is";

-- What a film is seen by follows its publication at once: approved, rolled back, approved, taken down
SET kroles."user" = 'stan';
SELECT kroles_can('view', 'media', 5);
SET kroles."user" = 'mona';
BEGIN;
SELECT kroles_approve(5, 1);
SET LOCAL kroles."user" = 'stan';
SELECT kroles_can('view', 'media', 5);
ROLLBACK;
SET kroles."user" = 'stan';
SELECT kroles_can('view', 'media', 5);
SET kroles."user" = 'mona';
BEGIN;
SAVEPOINT s;
SELECT kroles_approve(5, 1);
RELEASE s;
COMMIT;
SET kroles."user" = 'stan';
SELECT kroles_can('view', 'media', 5);
SET kroles."user" = 'pia';
SELECT kroles_take_down(5, 1);
SET kroles."user" = 'stan';
SELECT kroles_can('view', 'media', 5);

-- Inside one statement, all is judged by the rights before it: a change takes effect on the next
SET kroles."user" = 'olga';
WITH gone AS (DELETE FROM kroles.space_members WHERE space_id = 1 AND user_id = 3 RETURNING user_id)
    SELECT kroles_can('contribute', 'channel', 1) AS olga, kroles_can(user_id, 'contribute', 'channel', 1) AS "Pia, in the statement" FROM gone;
SELECT kroles_can(3, 'contribute', 'channel', 1) AS "Pia, after it";

-- Prepared statements and functions with plans of their own are judged anew each time
SET kroles."user" = 'olga';
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 3, 'contributor');
SET plan_cache_mode = force_generic_plan;
PREPARE may AS SELECT kroles_can_publish(5, $1::bigint, 3) AS "Pia may";
EXECUTE may (1);
UPDATE kroles.space_members SET role = 'member' WHERE space_id = 1 AND user_id = 3;
EXECUTE may (1);
UPDATE kroles.space_members SET role = 'contributor', expires_at = now() + interval '1 day' WHERE space_id = 1 AND user_id = 3;
EXECUTE may (1);
UPDATE kroles.space_members SET expires_at = now() WHERE space_id = 1 AND user_id = 3;
EXECUTE may (1);
DEALLOCATE may;

RESET SESSION AUTHORIZATION;
RESET kroles."user";
DROP VIEW shelf;
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
DROP ROLE regress_kroles_portal, regress_kroles_loader;
