-- What an access review should look at first.

CREATE TYPE kroles.access_finding AS (finding text, detail text, user_id bigint, group_id bigint, kind kroles.object_kind, id bigint,
                                      object_name text, grant_table text, grant_id bigint, since timestamptz);
COMMENT ON TYPE kroles.access_finding IS 'A row of kroles_access_findings()';
COMMENT ON COLUMN kroles.access_finding.finding IS 'expired_grant: it gives nothing any more; blocked_user: a grant or membership of a user who is blocked; empty_group: a grant to a group without members who are not blocked, now or later; no_active_manager: a space whose owner is blocked, and which no other user manages who is not; blocked_owner: a blocked user who owns spaces or media';
COMMENT ON COLUMN kroles.access_finding.detail IS 'The finding as text';
COMMENT ON COLUMN kroles.access_finding.user_id IS 'The user concerned: the holder, or the owner; NULL for a group''s grant';
COMMENT ON COLUMN kroles.access_finding.group_id IS 'The group concerned, or whose member the user is; NULL for none';
COMMENT ON COLUMN kroles.access_finding.kind IS 'The kind of the object that the grant is on; NULL for memberships and owners';
COMMENT ON COLUMN kroles.access_finding.id IS 'The id of that object';
COMMENT ON COLUMN kroles.access_finding.object_name IS 'Its name';
COMMENT ON COLUMN kroles.access_finding.grant_table IS 'The table with the grant or membership, with its schema';
COMMENT ON COLUMN kroles.access_finding.grant_id IS 'The id of the row there; NULL for kroles.media_speakers and kroles.group_members, whose keys are the other columns';
COMMENT ON COLUMN kroles.access_finding.since IS 'Since when an expired grant gives nothing; else NULL';

CREATE FUNCTION kroles.blocked_users() RETURNS SETOF bigint
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT u.id FROM kroles.users u WHERE u.blocked UNION SELECT b.user_id FROM kroles.user_blocks b
$$;
COMMENT ON FUNCTION kroles.blocked_users() IS 'The users who are blocked, by either table; only rows that the caller sees';

CREATE FUNCTION kroles.all_grants()
    RETURNS TABLE (grant_table text, grant_id bigint, user_id bigint, group_id bigint, role text, kind kroles.object_kind, id bigint,
                   object_name text, expires_at timestamptz)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'kroles.space_members', m.id, m.user_id, m.group_id, m.role::text, s.kind::text::kroles.object_kind, s.id, s.name, m.expires_at
    FROM kroles.space_members m JOIN kroles.spaces s ON s.id = m.space_id
    UNION ALL
    SELECT 'kroles.media_collaborators', c.id, c.user_id, c.group_id, c.permission::text, 'media', m.id, m.name, c.expires_at
    FROM kroles.media_collaborators c JOIN kroles.media m ON m.id = c.media_id
    UNION ALL
    SELECT 'kroles.media_moderators', c.id, c.user_id, c.group_id, c.permission::text, 'media', m.id, m.name, c.expires_at
    FROM kroles.media_moderators c JOIN kroles.media m ON m.id = c.media_id
    UNION ALL
    SELECT 'kroles.media_speakers', NULL, c.user_id, NULL, 'speaker', 'media', m.id, m.name, NULL
    FROM kroles.media_speakers c JOIN kroles.media m ON m.id = c.media_id
    UNION ALL
    SELECT 'kroles.event_participants', p.id, p.user_id, p.group_id, p.role::text, 'event', e.id, e.name, p.expires_at
    FROM kroles.event_participants p JOIN kroles.events e ON e.id = p.event_id
    UNION ALL
    SELECT 'kroles.group_members', NULL, g.user_id, g.group_id, 'member', NULL, NULL, NULL, g.expires_at FROM kroles.group_members g
$$;
COMMENT ON FUNCTION kroles.all_grants() IS 'All grants to users and groups, and memberships in groups; only rows that the caller sees';

CREATE FUNCTION kroles.grant_called(role text, user_id bigint, group_id bigint, kind kroles.object_kind, object_name text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN kind IS NULL THEN format('%s, member of %s', kroles.person_called(user_id, NULL), kroles.person_called(NULL, group_id))
        ELSE format('%s, %s of %s "%s"', kroles.person_called(user_id, group_id), replace(role, '_', ' '), kind, object_name) END
$$;
COMMENT ON FUNCTION kroles.grant_called(text, bigint, bigint, kroles.object_kind, text) IS 'A grant or membership as text';

CREATE FUNCTION kroles.findings_of_grants() RETURNS SETOF kroles.access_finding
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH g AS MATERIALIZED (SELECT * FROM kroles.all_grants()),
    blocked AS MATERIALIZED (SELECT b.id FROM kroles.blocked_users() AS b (id)),
    peopled AS MATERIALIZED (
        SELECT DISTINCT m.group_id FROM kroles.group_members m
        WHERE coalesce(statement_timestamp() < m.expires_at, true) AND m.user_id NOT IN (SELECT b.id FROM blocked b))
    SELECT 'expired_grant', format('%s: expired at %s', kroles.grant_called(g.role, g.user_id, g.group_id, g.kind, g.object_name), g.expires_at),
           g.user_id, g.group_id, g.kind, g.id, g.object_name, g.grant_table, g.grant_id, g.expires_at
    FROM g WHERE g.expires_at <= statement_timestamp()
    UNION ALL
    SELECT 'blocked_user', format('%s: the user is blocked', kroles.grant_called(g.role, g.user_id, g.group_id, g.kind, g.object_name)),
           g.user_id, g.group_id, g.kind, g.id, g.object_name, g.grant_table, g.grant_id, NULL
    FROM g JOIN blocked b ON b.id = g.user_id
    UNION ALL
    SELECT 'empty_group', format('%s: the group has no members', kroles.grant_called(g.role, g.user_id, g.group_id, g.kind, g.object_name)),
           NULL, g.group_id, g.kind, g.id, g.object_name, g.grant_table, g.grant_id, NULL
    FROM g WHERE g.user_id IS NULL AND g.group_id NOT IN (SELECT p.group_id FROM peopled p)
$$;
COMMENT ON FUNCTION kroles.findings_of_grants() IS 'For kroles.access_findings(): grants that have expired, of blocked users, and of groups without members';

CREATE FUNCTION kroles.findings_of_owners() RETURNS SETOF kroles.access_finding
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH blocked AS MATERIALIZED (SELECT b.id FROM kroles.blocked_users() AS b (id))
    SELECT 'no_active_manager', format('%s "%s": the owner, %s, is blocked, and no other user manages it', s.kind, s.name, kroles.person_called(s.owner_id, NULL)),
           s.owner_id, NULL::bigint, s.kind::text::kroles.object_kind, s.id, s.name, 'kroles.spaces', s.id, NULL::timestamptz
    FROM kroles.spaces s JOIN blocked b ON b.id = s.owner_id
    WHERE NOT EXISTS (SELECT FROM @extschema@.kroles_who_can('manage', s.kind::text::kroles.object_kind, s.id) AS w
                      WHERE @extschema@.kroles_contextual_role(s.id, w.user_id) = 'manager')
    UNION ALL
    SELECT 'blocked_owner', format('%s is blocked and owns %s spaces and %s media', kroles.person_called(o.id, NULL), o.spaces, o.media),
           o.id, NULL, NULL, NULL, NULL, 'kroles.users', o.id, NULL
    FROM (SELECT b.id, (SELECT count(*) FROM kroles.spaces s WHERE s.owner_id = b.id) AS spaces,
                 (SELECT count(*) FROM kroles.media m WHERE m.owner_id = b.id) AS media FROM blocked b) AS o
    WHERE o.spaces + o.media > 0
$$;
COMMENT ON FUNCTION kroles.findings_of_owners() IS 'For kroles.access_findings(): spaces without an active manager, and blocked users who own something';

CREATE FUNCTION kroles.check_reviewer() RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF kroles.is_auditor() THEN
        RETURN;
    END IF;
    PERFORM kroles.check_logged_in();
    IF NOT kroles.can('administer', 'site') THEN
        RAISE EXCEPTION 'permission denied to review the access to the site' USING ERRCODE = 'insufficient_privilege',
            HINT = 'Administrators and auditors may.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_reviewer() IS 'Error 28000 for anonymous, 42501 for users who are no administrators; none for auditors';

CREATE FUNCTION kroles.access_findings() RETURNS SETOF kroles.access_finding
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM kroles.check_reviewer();
    RETURN QUERY
    SELECT f.* FROM (SELECT * FROM kroles.findings_of_grants() UNION ALL SELECT * FROM kroles.findings_of_owners()) AS f
    ORDER BY array_position('{no_active_manager, blocked_owner, blocked_user, empty_group, expired_grant}', f.finding),
             f.kind, f.id, f.grant_table COLLATE "C", f.group_id, f.user_id, f.grant_id;
END $$;
COMMENT ON FUNCTION kroles.access_findings() IS 'Implementation of kroles_access_findings()';
REVOKE EXECUTE ON FUNCTION kroles.access_findings() FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_access_findings() RETURNS SETOF kroles.access_finding
    LANGUAGE c STABLE COST 10000 ROWS 100 AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_access_findings() IS
    'What a review of access should look at first, a row a finding: spaces without an active manager, blocked users who own something, grants of blocked users, grants to groups without members, and expired grants. For administrators and auditors. Errors: 28000 not logged in, 42501';
