-- A campus portal: 32 people, 4 groups, 8 channels, 8 galleries and 40 media, from the CSV files in examples/portal/.
-- Run it as a superuser in an empty database, from the top folder: psql -d DATABASE -f examples/portal.sql
-- The people of the files are made up; people, groups and spaces are spoken of by login, name and external id.
\set ON_ERROR_STOP on
\set QUIET on

CREATE EXTENSION IF NOT EXISTS kroles;

-- The application connects as this login role and says in kroles.user for whom it asks.
SELECT 'CREATE ROLE campus_portal LOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'campus_portal') \gexec
SELECT kroles_trust_gateway('campus_portal'), kroles_grant_access('campus_portal') \g (tuples_only) /dev/null

BEGIN;

-- Whoever is not logged in may look at what is public.
UPDATE kroles.settings SET allow_anonymous = true;

CREATE TEMP TABLE people (login text, name text, title text, applicative_role kroles.applicative_role,
    administrator boolean, blocked boolean) ON COMMIT DROP;
\copy people FROM 'examples/portal/users.csv' (FORMAT csv, HEADER)
INSERT INTO kroles.users (login, name, email, title, applicative_role, administrator, blocked)
SELECT login, name, login || '@campus.example', title, applicative_role, administrator, blocked FROM people;

CREATE TEMP TABLE membership (name text, member text) ON COMMIT DROP;
\copy membership FROM 'examples/portal/groups.csv' (FORMAT csv, HEADER)
INSERT INTO kroles.groups (name)
SELECT DISTINCT name FROM membership ORDER BY name;
INSERT INTO kroles.group_members (group_id, user_id)
SELECT g.id, u.id
FROM membership m
JOIN kroles.groups g USING (name)
JOIN kroles.users u ON u.login = m.member;

-- The file has a gallery before its sub-galleries; ids are given in that order, so a parent's id is known.
CREATE TEMP TABLE place (nr bigint GENERATED ALWAYS AS IDENTITY, external_id text, kind kroles.space_kind,
    type kroles.space_type, name text, owner text, moderated boolean, parent text, inherits_members boolean)
    ON COMMIT DROP;
\copy place (external_id, kind, type, name, owner, moderated, parent, inherits_members) FROM 'examples/portal/spaces.csv' (FORMAT csv, HEADER)
INSERT INTO kroles.spaces (external_id, kind, type, name, owner_id, moderated)
SELECT p.external_id, p.kind, p.type, p.name, u.id, p.moderated
FROM place p
JOIN kroles.users u ON u.login = p.owner
ORDER BY p.nr;
UPDATE kroles.spaces s
SET parent_id = parent.id, inherits_members = p.inherits_members
FROM place p
JOIN kroles.spaces parent ON parent.external_id = p.parent
WHERE s.external_id = p.external_id;

-- The file says for how long a grant holds from now on, so that some are always about to expire and one has expired.
CREATE TEMP TABLE invited (space text, "user" text, "group" text, role kroles.contextual_role, expires_in interval)
    ON COMMIT DROP;
\copy invited FROM 'examples/portal/space_members.csv' (FORMAT csv, HEADER)
INSERT INTO kroles.space_members (space_id, user_id, group_id, role, expires_at)
SELECT s.id, u.id, g.id, i.role, now() + i.expires_in
FROM invited i
JOIN kroles.spaces s ON s.external_id = i.space
LEFT JOIN kroles.users u ON u.login = i."user"
LEFT JOIN kroles.groups g ON g.name = i."group";

CREATE TEMP TABLE upload (nr bigint GENERATED ALWAYS AS IDENTITY, external_id text, type kroles.media_type, name text,
    owner text) ON COMMIT DROP;
\copy upload (external_id, type, name, owner) FROM 'examples/portal/media.csv' (FORMAT csv, HEADER)
INSERT INTO kroles.media (external_id, type, name, owner_id)
SELECT m.external_id, m.type, m.name, u.id
FROM upload m
JOIN kroles.users u ON u.login = m.owner
ORDER BY m.nr;

CREATE TEMP TABLE helper (media text, "user" text, "group" text, permission text) ON COMMIT DROP;
\copy helper FROM 'examples/portal/media_collaborators.csv' (FORMAT csv, HEADER)
INSERT INTO kroles.media_collaborators (media_id, user_id, group_id, permission)
SELECT m.id, u.id, g.id, h.permission::kroles.collaborator_permission
FROM helper h
JOIN kroles.media m ON m.external_id = h.media
LEFT JOIN kroles.users u ON u.login = h."user"
LEFT JOIN kroles.groups g ON g.name = h."group";

TRUNCATE helper;
\copy helper FROM 'examples/portal/media_moderators.csv' (FORMAT csv, HEADER)
INSERT INTO kroles.media_moderators (media_id, user_id, group_id, permission)
SELECT m.id, u.id, g.id, h.permission::kroles.moderator_permission
FROM helper h
JOIN kroles.media m ON m.external_id = h.media
LEFT JOIN kroles.users u ON u.login = h."user"
LEFT JOIN kroles.groups g ON g.name = h."group";

CREATE TEMP TABLE speaker (media text, "user" text, type kroles.speaker_type, position integer, visible boolean)
    ON COMMIT DROP;
\copy speaker FROM 'examples/portal/media_speakers.csv' (FORMAT csv, HEADER)
INSERT INTO kroles.media_speakers (media_id, user_id, type, position, visible)
SELECT m.id, u.id, s.type, s.position, s.visible
FROM speaker s
JOIN kroles.media m ON m.external_id = s.media
JOIN kroles.users u ON u.login = s."user";

COMMIT;

-- From here on the people act themselves, through the portal: whether a publication is approved, waits or is refused,
-- and who published and moderated it, is for the database to decide and record. The ids are looked up before: each of the
-- people sees only a part of the portal.
BEGIN;
CREATE TEMP TABLE told (step integer, person text, action text, media text, space text, reason text) ON COMMIT DROP;
\copy told FROM 'examples/portal/publications.csv' (FORMAT csv, HEADER)
CREATE TEMP TABLE deed ON COMMIT DROP AS
SELECT told.*, m.id AS media_id, s.id AS space_id
FROM told
JOIN kroles.media m ON m.external_id = told.media
JOIN kroles.spaces s ON s.external_id = told.space;
GRANT SELECT ON deed TO campus_portal;
SET LOCAL SESSION AUTHORIZATION campus_portal;
DO $$
DECLARE
    d record;
BEGIN
    FOR d IN SELECT * FROM deed ORDER BY step LOOP
        PERFORM set_config('kroles.user', d.person, true);
        CASE d.action
            WHEN 'publish' THEN PERFORM kroles_publish(d.media_id, d.space_id);
            WHEN 'approve' THEN PERFORM kroles_approve(d.media_id, d.space_id);
            WHEN 'reject' THEN PERFORM kroles_reject(d.media_id, d.space_id, d.reason);
            WHEN 'take_down' THEN PERFORM kroles_take_down(d.media_id, d.space_id);
        END CASE;
    END LOOP;
END $$;
COMMIT;
\set QUIET off
