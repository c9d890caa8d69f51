-- What the parts build their worlds with. All ids are above 900000, out of the way of other tests.

-- A space as planned: its owner (NULL is the stranger), a grant to each of the people (in the part 'types' to all 16,
-- else to one of each sort), one each to groups 1 and 2.
CREATE TABLE plan (
    id bigint GENERATED ALWAYS AS IDENTITY (START 900001), part text, kind text, type text, owner bigint,
    moderated boolean DEFAULT false, direct kroles.contextual_role, direct_until text,
    one kroles.contextual_role, one_until text, two kroles.contextual_role, two_until text);

-- 16 people: each applicative role (1-4 plain, 5-8 blocked, 9-12 administrators, 13-16 blocked administrators).
-- 17 is a stranger who owns what nobody else owns. Groups 1 and 2 hold all 16, group 3 only the stranger.
CREATE FUNCTION make_people() RETURNS void LANGUAGE sql AS $$
    ALTER TABLE plan ALTER COLUMN id RESTART;
    INSERT INTO kroles.users (id, login, applicative_role, administrator, blocked)
    SELECT 900000 + row_number() OVER (ORDER BY administrator, blocked, role),
           concat_ws(' ', 'ref', role, CASE WHEN administrator THEN 'administrator' END,
                     CASE WHEN blocked THEN 'blocked' END), role, administrator, blocked
    FROM unnest('{viewer, private_only, admin, unmoderated_admin}'::kroles.applicative_role[]) AS role,
         (VALUES (false), (true)) AS a (administrator), (VALUES (false), (true)) AS b (blocked);
    INSERT INTO kroles.users (id, login, applicative_role) VALUES (900017, 'ref stranger', 'private_only');
    INSERT INTO kroles.groups (id, name) SELECT 900000 + n, 'ref group ' || n FROM generate_series(1, 3) AS n;
    INSERT INTO kroles.group_members (group_id, user_id)
    SELECT 900000 + n, 900000 + u FROM generate_series(1, 2) AS n, generate_series(1, 16) AS u
    UNION ALL SELECT 900003, 900017;
$$;

-- The people from 1 to n, and anonymous.
CREATE FUNCTION people(n integer) RETURNS SETOF bigint LANGUAGE sql AS $$
    SELECT 900000 + u FROM generate_series(1, n) AS u UNION ALL SELECT 0
$$;

-- Of the 16: the plain ones, the strongest blocked one, the weakest administrator, the strongest blocked administrator;
-- and anonymous.
CREATE FUNCTION one_of_each() RETURNS SETOF bigint LANGUAGE sql AS $$
    SELECT u FROM people(16) AS u WHERE u IN (0, 900001, 900002, 900003, 900004, 900008, 900009, 900016)
$$;

-- The nine types of spaces and the five standings a grant can make.
CREATE TABLE space_types AS SELECT kind, type FROM type_table;
CREATE TABLE roles AS
    SELECT role FROM unnest('{NULL, member, contributor, moderator, manager}'::kroles.contextual_role[]) AS role;

-- Ways for a window to end, and to begin. 'just' is after the transaction began and before any question is asked.
CREATE FUNCTION until(word text) RETURNS timestamptz LANGUAGE sql AS $$
    SELECT CASE word WHEN 'past' THEN now() - interval '1 day' WHEN 'just' THEN now() + interval '1 microsecond'
                     WHEN 'future' THEN now() + interval '1 day' WHEN 'infinity' THEN 'infinity'
                     WHEN '-infinity' THEN '-infinity'
                     WHEN 'over' THEN now() - interval '1 day' WHEN 'amid' THEN now() + interval '1 day'
                     WHEN 'coming' THEN now() + interval '2 days' WHEN 'always' THEN 'infinity' END
$$;
CREATE FUNCTION since(word text) RETURNS timestamptz LANGUAGE sql AS $$
    SELECT CASE word WHEN 'begun' THEN now() - interval '1 day' WHEN 'begins' THEN now() + interval '1 day'
                     WHEN 'just begun' THEN now() + interval '1 microsecond' WHEN 'never begins' THEN 'infinity'
                     WHEN 'over' THEN now() - interval '2 days' WHEN 'amid' THEN now() - interval '1 day'
                     WHEN 'coming' THEN now() + interval '1 day' WHEN 'always' THEN '-infinity' END
$$;

-- Every grant there can be: none, or a role and its end.
CREATE TABLE ends AS SELECT * FROM unnest('{never, past, just, future, infinity, -infinity}'::text[]) AS ends (word);
CREATE VIEW any_grant AS
    SELECT role, word FROM roles CROSS JOIN ends WHERE role IS NOT NULL OR word = 'never';

CREATE FUNCTION make_spaces() RETURNS void LANGUAGE sql AS $$
    INSERT INTO kroles.spaces (id, kind, type, name, owner_id, moderated)
    SELECT id, kind::kroles.space_kind, type::kroles.space_type, 'ref ' || id, coalesce(owner, 900017), moderated
    FROM plan;
    INSERT INTO kroles.space_members (space_id, user_id, role, starts_at, expires_at)
    SELECT id, u, direct, since(direct_until), until(direct_until) FROM plan, people(16) AS u
    WHERE direct IS NOT NULL AND u <> 0 AND (part = 'types' OR u IN (SELECT one_of_each()));
    INSERT INTO kroles.space_members (space_id, group_id, role, starts_at, expires_at)
    SELECT id, 900001, one, since(one_until), until(one_until) FROM plan WHERE one IS NOT NULL
    UNION ALL SELECT id, 900002, two, since(two_until), until(two_until) FROM plan WHERE two IS NOT NULL;
$$;

-- Publications in any state.
CREATE FUNCTION put_publications(media bigint[], spaces bigint[], states text[]) RETURNS void
    LANGUAGE sql SET session_replication_role = replica AS $$
    INSERT INTO kroles.publications (media_id, space_id, status, published_by)
    SELECT m, s, state::kroles.publication_status, 900017 FROM unnest(media, spaces, states) AS put (m, s, state);
$$;

-- A trusted gateway's login role, which may read and write what a part compares.
-- GRANT writes the tables' rows of pg_class without a lock on the tables: autovacuum, which holds one, would wait for this transaction
-- to end before it writes there too, while a TRUNCATE here waits for autovacuum. With the lock first, neither begins.
CREATE FUNCTION make_gateway() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    each_table regclass;
BEGIN
    FOR each_table IN SELECT oid FROM pg_class WHERE relnamespace = 'reference'::regnamespace AND relkind = 'r' ORDER BY oid LOOP
        EXECUTE format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE', each_table);
    END LOOP;
    CREATE ROLE regress_kroles_model LOGIN;
    PERFORM kroles_trust_gateway('regress_kroles_model');
    GRANT USAGE ON SCHEMA reference TO regress_kroles_model;
    GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA reference TO regress_kroles_model;
END $$;

-- The people with a role on media each, as is said: in their own name, or by group 1. "no" and owner take no row.
CREATE FUNCTION put_on_media(media bigint[], roles text[]) RETURNS void LANGUAGE sql AS $$
    WITH put AS (SELECT m, u, g, word FROM unnest(media, roles) AS put (m, role),
                 LATERAL (SELECT u, NULL::bigint, role FROM one_of_each() AS u WHERE role NOT LIKE 'group %' AND u <> 0
                          UNION ALL SELECT NULL, 900001, split_part(role, ' ', 2) WHERE role LIKE 'group %') AS w (u, g, word)),
    collaborators AS (INSERT INTO kroles.media_collaborators (media_id, user_id, group_id, permission)
                      SELECT m, u, g, word::kroles.collaborator_permission FROM put WHERE word IN ('editor', 'publisher', 'viewer')),
    moderators AS (INSERT INTO kroles.media_moderators (media_id, user_id, group_id, permission)
                   SELECT m, u, g, word::kroles.moderator_permission FROM put WHERE word IN ('chat_moderator', 'room_moderator'))
    INSERT INTO kroles.media_speakers (media_id, user_id, type, position)
    SELECT m, u, CASE word WHEN 'advanced' THEN word ELSE 'simple' END::kroles.speaker_type, u - 900000
    FROM put WHERE word IN ('speaker', 'simple', 'advanced');
$$;
