
-- The roles through which the matrices could give the current user a right to add people. Objects on which the user has none of
-- them need no further check.
CREATE FUNCTION kroles.roles_that_add(OUT kind text, OUT role text) RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT DISTINCT r.kind, r.role FROM kroles.role_rights r
    JOIN kroles.users u ON u.id = kroles.asker()
    JOIN kroles.ceiling_rights c ON (c.applicative_role, c.kind, c.action) = (u.applicative_role, r.kind, r.action)
    WHERE r.allowed AND c.allowed AND r.kind <> 'room'
      AND r.action IN ('manage_collaborators', 'manage_moderators', 'manage_speakers', 'manage_members', 'manage_participants')
$$;
COMMENT ON FUNCTION kroles.roles_that_add() IS
    'The roles on spaces, media and events through which, by the matrices, the current user could add people there; empty for callers that do not see the row of the current user';

CREATE FUNCTION kroles.may_add_to_a_media() RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off    -- one row suffices, but where there is none, a sequential scan would read the whole table
AS $$
    WITH mine AS MATERIALIZED (SELECT g.group_id FROM kroles.group_members g WHERE g.user_id = kroles.asker()),
    adding AS MATERIALIZED (SELECT r.role FROM kroles.roles_that_add() r WHERE r.kind = 'media'),
    -- read until the first match, and only for roles that suffice
    candidate (id) AS MATERIALIZED (
        SELECT m.id FROM kroles.media m
        WHERE m.owner_id = kroles.asker() AND EXISTS (SELECT FROM adding a WHERE a.role = 'owner')
        UNION ALL
        SELECT c.media_id FROM kroles.media_collaborators c
        WHERE c.user_id = kroles.asker() AND c.permission::text IN (SELECT a.role FROM adding a)
        UNION ALL
        SELECT c.media_id FROM mine g JOIN kroles.media_collaborators c USING (group_id)
        WHERE c.permission::text IN (SELECT a.role FROM adding a)
        UNION ALL
        SELECT d.media_id FROM kroles.media_moderators d
        WHERE d.user_id = kroles.asker() AND d.permission::text IN (SELECT a.role FROM adding a)
        UNION ALL
        SELECT d.media_id FROM mine g JOIN kroles.media_moderators d USING (group_id)
        WHERE d.permission::text IN (SELECT a.role FROM adding a)
        UNION ALL
        SELECT s.media_id FROM kroles.media_speakers s
        WHERE s.user_id = kroles.asker() AND EXISTS (SELECT FROM adding a WHERE a.role = 'speaker')
        UNION ALL
        -- sessions of events where the user is a moderator, who manages the speakers of sessions
        SELECT t.media_id FROM kroles.event_participants p JOIN kroles.event_sessions t USING (event_id)
        WHERE p.user_id = kroles.asker() AND kroles.can('moderate', 'event', p.event_id)
        UNION ALL
        SELECT t.media_id FROM mine g JOIN kroles.event_participants p USING (group_id) JOIN kroles.event_sessions t USING (event_id)
        WHERE kroles.can('moderate', 'event', p.event_id)
    )
    SELECT EXISTS (SELECT FROM candidate c WHERE kroles.can('manage', 'media', c.id))
$$;
COMMENT ON FUNCTION kroles.may_add_to_a_media() IS
    'Whether the current user may add people to any media; for kroles.find_users(), as it reads only rows that its caller sees';

CREATE FUNCTION kroles.may_add_to_a_space() RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off    -- one row suffices, but where there is none, a sequential scan would read the whole table
AS $$
    WITH adding AS MATERIALIZED (SELECT r.kind, r.role FROM kroles.roles_that_add() r WHERE r.kind IN ('channel', 'gallery')),
    granted (space_id, role) AS (
        SELECT m.space_id, m.role::text FROM kroles.space_members m WHERE m.user_id = kroles.asker()
        UNION ALL
        SELECT m.space_id, m.role::text FROM kroles.group_members g JOIN kroles.space_members m USING (group_id)
        WHERE g.user_id = kroles.asker()
        UNION ALL
        SELECT s.id, 'manager' FROM kroles.spaces s WHERE s.owner_id = kroles.asker()
    ), candidate (id) AS MATERIALIZED (
        SELECT s.id FROM granted g JOIN kroles.spaces s ON s.id = g.space_id
        JOIN adding a ON (a.kind, a.role) = (s.kind::text, g.role)
        UNION ALL
        -- where the baseline gives the right without a grant
        SELECT s.id FROM kroles.baseline_rights b
        JOIN kroles.users u ON u.id = kroles.asker() AND u.applicative_role = b.applicative_role
        JOIN kroles.spaces s ON (s.kind::text, s.type::text) = (b.kind, b.type)
        WHERE b.allowed AND b.action = 'manage_members'
    )
    SELECT EXISTS (SELECT FROM candidate c WHERE kroles.space_can('manage_members', c.id))
$$;
COMMENT ON FUNCTION kroles.may_add_to_a_space() IS
    'Whether the current user may add people to any space; for kroles.find_users(), as it reads only rows that its caller sees';

CREATE FUNCTION kroles.may_add_to_an_event() RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off    -- as above
AS $$
    WITH adding AS MATERIALIZED (SELECT r.role FROM kroles.roles_that_add() r WHERE r.kind = 'event'),
    candidate (id) AS MATERIALIZED (
        SELECT p.event_id FROM kroles.event_participants p
        WHERE p.user_id = kroles.asker() AND p.role::text IN (SELECT a.role FROM adding a)
        UNION ALL
        SELECT p.event_id FROM kroles.group_members g JOIN kroles.event_participants p USING (group_id)
        WHERE g.user_id = kroles.asker() AND p.role::text IN (SELECT a.role FROM adding a)
    )
    SELECT EXISTS (SELECT FROM candidate c WHERE kroles.can('manage_participants', 'event', c.id))
$$;
COMMENT ON FUNCTION kroles.may_add_to_an_event() IS
    'Whether the current user may add people to any event; for kroles.find_users(), as it reads only rows that its caller sees';

CREATE FUNCTION kroles.find_users(search text, max_rows integer)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan     -- the indexes can be used where the planner knows the prefix
    SET jit = off       -- compilation would take longer than execution
AS $$
#variable_conflict use_column
DECLARE
    word text := left(lower(btrim(coalesce($1, ''))), 100);
    most integer := least(coalesce($2, 10), 100);
    apart bigint[] := ARRAY(SELECT b.user_id FROM kroles.user_blocks b);    -- blocked in kroles.user_blocks only
BEGIN
    PERFORM kroles.check_page($2, 0);
    IF word = '' OR NOT (kroles.can('administer', 'site') OR kroles.may_add_to_a_media() OR kroles.may_add_to_a_space()
                         OR kroles.may_add_to_an_event()) THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH hit (user_id, group_id, place, said) AS (
        (SELECT u.id, NULL::bigint, 1, left(lower(u.name), 100) FROM kroles.users u
         WHERE left(lower(u.name), 100) ^@ word AND NOT u.blocked AND u.id <> ALL (apart) ORDER BY left(lower(u.name), 100) USING ~<~, u.id LIMIT most)
        UNION ALL
        (SELECT NULL, g.id, 1, left(lower(g.name), 100) FROM kroles.groups g
         WHERE left(lower(g.name), 100) ^@ word ORDER BY left(lower(g.name), 100) USING ~<~, g.id LIMIT most)
        UNION ALL
        (SELECT u.id, NULL, 2, left(lower(u.email), 100) FROM kroles.users u
         WHERE left(lower(u.email), 100) ^@ word AND NOT u.blocked AND u.id <> ALL (apart) ORDER BY left(lower(u.email), 100) USING ~<~, u.id LIMIT most)
        UNION ALL
        (SELECT u.id, NULL, 3, left(lower(u.login), 100) FROM kroles.users u
         WHERE left(lower(u.login), 100) ^@ word AND NOT u.blocked AND u.id <> ALL (apart) ORDER BY left(lower(u.login), 100) USING ~<~, u.id LIMIT most)
    ), best AS (
        SELECT DISTINCT ON (h.user_id, h.group_id) h.* FROM hit h ORDER BY h.user_id, h.group_id, h.place
    )
    SELECT CASE WHEN b.group_id IS NULL THEN 'user' ELSE 'group' END, coalesce(b.user_id, b.group_id),
           p.name, kroles.initials(p.name), p.avatar_url, p.identifier
    FROM best b CROSS JOIN LATERAL kroles.shown_as(b.user_id, b.group_id) AS p
    ORDER BY b.place, b.said COLLATE "C", b.group_id NULLS FIRST, b.user_id LIMIT most;
END $$;
COMMENT ON FUNCTION kroles.find_users(text, integer) IS 'Implementation of kroles_find_users()';
REVOKE EXECUTE ON FUNCTION kroles.find_users(text, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_find_users(search text, max_rows integer DEFAULT 10)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text)
    LANGUAGE c STABLE COST 1000 ROWS 10 AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_find_users(text, integer) IS
    'The auto-suggest list for adding people: users and groups whose name, email or login begins with the search text, compared without case; matches of names first, then of emails, then of logins, each sorted. With the email or the login (settings.show_identifier). At most 100 rows, without blocked users. Empty for a blank search, and where the current user may add people to no media, space or event';
