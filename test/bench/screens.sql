-- The screens of a portal: what each asks of the database, who asks it, and what it may cost. Run anew by each "screens", so that
-- a portal that is there can be asked new questions.

SET client_min_messages = warning;
DROP SCHEMA IF EXISTS screens CASCADE;
CREATE SCHEMA screens;

-- How the same is asked: without policies, of kroles, under the plain policies of screen_policies.sql.
CREATE TABLE screens.variants (n integer, variant text PRIMARY KEY, role name NOT NULL, path text NOT NULL);
INSERT INTO screens.variants VALUES
    (1, 'none', :'none', 'plain, public'), (2, 'kroles', :'app', 'kroles, application, public'), (3, 'plain', :'plain', 'plain, public');

-- Goals: of the typical, the heavy, the narrow subject, the administrator, the manager of a space; none where it is not asked.
CREATE TABLE screens.screens (
    n           integer PRIMARY KEY,
    screen      text NOT NULL,
    unit        text NOT NULL,          -- of the goal: "x" is a multiple of the same without policies, "ms" milliseconds
    goals       float8[] NOT NULL,
    prepared    boolean NOT NULL,
    grows       boolean NOT NULL,       -- with the portal: it counts
    body        text NOT NULL,          -- after SELECT; v_... are parameters: columns of screens.scene, and v_wanted
    none        text,                   -- the same without policies, where it is written otherwise
    plain       text,                   -- and under the plain ones; as without policies where NULL
    filtered    boolean NOT NULL DEFAULT false,     -- "none" has the filter that policies would add: the answers are the same
    by_hand     boolean NOT NULL DEFAULT false      -- measured in another way: screens.sh
);

CREATE TABLE screens.results (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    screen      text NOT NULL,
    subject     text NOT NULL,
    variant     text NOT NULL,
    seconds     float8 NOT NULL,
    timed_out   boolean NOT NULL DEFAULT false
);
CREATE TABLE screens.answers (n integer, subject text, variant text, answer text, PRIMARY KEY (n, subject, variant));

-- What is asked about: the same for all but the last columns.
CREATE TABLE screens.scene AS
WITH sizes AS (
    SELECT space_id AS id, s.kind, s.type, count(*) AS media
    FROM plain.publications AS p JOIN plain.spaces AS s ON s.id = space_id
    WHERE p.status = 'approved' AND s.kind = 'channel' GROUP BY 1, 2, 3
), seen AS (
    SELECT z.*, (SELECT count(*) FROM unnest('{2,11,5}'::bigint[]) AS u WHERE kroles_can(u, 'view', 'channel', z.id)) AS by,
           kroles_can(2, 'view', 'channel', z.id) AND kroles_can(11, 'view', 'channel', z.id) AS common
    FROM sizes AS z
)
SELECT s.n, s.subject, nullif(s.user_id, '')::bigint AS v_me, s.role = 'administrator' AS v_admin, s.role <> 'viewer' AS v_editor,
       (SELECT id FROM seen WHERE common ORDER BY abs(media - 2700), id LIMIT 1) AS v_channel,
       (SELECT id FROM seen WHERE by = 0 ORDER BY abs(media - 20000), id LIMIT 1) AS v_hidden,
       ARRAY(SELECT id FROM seen WHERE common ORDER BY abs(media - 8000), id LIMIT 3) AS v_three,
       (SELECT owner_id FROM plain.media WHERE owner_id > 100 GROUP BY 1 ORDER BY abs(count(*) - 60), 1 LIMIT 1) AS v_owner,
       (SELECT space_id FROM plain.space_members WHERE user_id IS NOT NULL GROUP BY 1 ORDER BY abs(count(*) - 20000), 1 LIMIT 1) AS v_space,
       1::bigint AS v_event, (SELECT media_id FROM plain.event_sessions WHERE event_id = 1 AND position = 1) AS v_room,
       (SELECT count(*) FROM plain.media) AS v_media,
       (SELECT tags[1] FROM plain.details ORDER BY media_id LIMIT 1) AS v_tag,
       (SELECT attributes - 'year' FROM plain.details ORDER BY media_id LIMIT 1) AS v_department,
       (SELECT tstzrange(lower(shown), lower(shown) + interval '1 hour') FROM plain.details
        WHERE media_id > (SELECT max(id) / 2 FROM plain.media) ORDER BY media_id LIMIT 1) AS v_window,
       '{}'::bigint[] AS v_page, '{}'::bigint[] AS v_moderated,
       ARRAY(SELECT group_id FROM plain.group_members WHERE user_id = nullif(s.user_id, '')::bigint) AS v_groups,
       CASE WHEN s.role <> 'administrator' THEN ARRAY(SELECT kroles_list('edit_contributions', 'channel', nullif(s.user_id, '')::bigint))
            ELSE '{}' END AS v_editing
FROM bench.subjects AS s WHERE s.subject IN ('typical', 'heavy', 'narrow', 'administrator');

-- The manager of the space with many people asks about these.
DELETE FROM bench.subjects WHERE subject = 'manager';
INSERT INTO bench.subjects (n, subject, login, user_id, role, checked_only)
SELECT 6, 'manager', u.login, u.id, u.applicative_role, true
FROM kroles.spaces AS s JOIN kroles.users AS u ON u.id = s.owner_id WHERE s.id = (SELECT v_space FROM screens.scene LIMIT 1);
INSERT INTO screens.scene
SELECT (jsonb_populate_record(s, jsonb_build_object('n', 6, 'subject', 'manager', 'v_me', m.user_id, 'v_admin', false))).*
FROM screens.scene AS s, bench.subjects AS m WHERE s.subject = 'typical' AND m.subject = 'manager';

GRANT USAGE ON SCHEMA screens TO PUBLIC;
GRANT SELECT, UPDATE ON screens.scene TO PUBLIC;
GRANT SELECT ON screens.screens TO PUBLIC;
GRANT SELECT, INSERT ON screens.results, screens.answers TO PUBLIC;
GRANT SELECT, INSERT, UPDATE ON plain.room_participants TO :none, :plain;

-- The spaces where each may moderate, and the first 20 channels that each is shown.
SELECT format('CALL bench.become(%L)', subject),
       format('UPDATE screens.scene SET v_moderated = plain.my_moderated() WHERE subject = %L', subject),
       format('SET SESSION AUTHORIZATION %I', :'app'),
       format('UPDATE screens.scene SET v_page = ARRAY(SELECT id FROM kroles.channels ORDER BY name LIMIT 20) WHERE subject = %L', subject),
       'RESET SESSION AUTHORIZATION'
FROM screens.scene ORDER BY n \gexec

-- Indexes that an application has for its screens: put on both tables alike, and taken away afterwards by screens_end.sql.
SELECT format('CREATE INDEX IF NOT EXISTS %s_%s ON %s.media USING %s', 'screen', replace(what, ' ', '_'), place, index)
FROM unnest('{plain,kroles}'::text[]) AS place,
     (VALUES ('tags', 'gin (tags)'), ('attributes', 'gin (attributes jsonb_path_ops)'), ('shown', 'gist (shown)'),
             ('name begins', 'btree (name text_pattern_ops)'), ('type', 'btree (type, id)')) AS i (what, index) \gexec
ANALYZE kroles.media, plain.media;
