-- Further pages of people: those of spaces and events, and the speakers of a media as viewers see them. A public function
-- kroles_x() calls kroles.x(), as in the piece on the people of media, because in kroles.users a user sees only their own row.

CREATE FUNCTION kroles.space_users(space_id bigint, search text, max_rows integer, skip integer)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text, role kroles.contextual_role,
                   starts_at timestamptz, expires_at timestamptz, owner boolean, you boolean, found bigint, total bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    word text := lower(btrim(coalesce($2, '')));
    owning bigint;
    members bigint;     -- users and groups, without the owner
    first bigint[];     -- the users who may be on the page; NULL: all
BEGIN
    PERFORM kroles.check_page($3, $4);
    PERFORM kroles.check_logged_in();
    IF NOT (kroles.space_can('manage_members', $1) OR kroles.space_can('moderate', $1)) THEN
        IF kroles.space_can('view', $1) THEN
            RAISE EXCEPTION 'permission denied for the members of this space' USING ERRCODE = 'insufficient_privilege',
                HINT = 'This requires "manage_members" or "moderate" on the space.';
        END IF;
        RAISE EXCEPTION 'the space does not exist, or you may not view it' USING ERRCODE = 'undefined_object';
    END IF;
    IF word = '' THEN
        SELECT s.owner_id INTO owning FROM kroles.spaces s WHERE s.id = $1;
        SELECT count(*) INTO members FROM kroles.space_members m WHERE m.space_id = $1 AND m.user_id IS DISTINCT FROM owning;
        first := kroles.first_of_space($1, owning, members, $3::bigint + $4);
    END IF;
    IF first IS NOT NULL THEN
        RETURN QUERY
        WITH given (user_id, group_id, role, starts_at, expires_at, owner) AS (
            SELECT owning, NULL::bigint, 'manager'::kroles.contextual_role, NULL::timestamptz, NULL::timestamptz, true
            UNION ALL
            SELECT m.user_id, NULL, m.role, m.starts_at, m.expires_at, false
            FROM unnest(first) AS f (user_id) JOIN kroles.space_members m ON m.user_id = f.user_id AND m.space_id = $1
            WHERE m.user_id <> owning
            UNION ALL
            SELECT NULL, m.group_id, m.role, m.starts_at, m.expires_at, false FROM kroles.space_members m WHERE m.space_id = $1 AND m.user_id IS NULL
        )
        SELECT CASE WHEN g.group_id IS NULL THEN 'user' ELSE 'group' END, coalesce(g.user_id, g.group_id), p.name, kroles.initials(p.name),
               p.avatar_url, p.identifier, g.role, g.starts_at, g.expires_at, g.owner, coalesce(g.user_id = kroles.asker(), false), members + 1, members + 1
        FROM given g CROSS JOIN LATERAL kroles.shown_as(g.user_id, g.group_id) AS p
        ORDER BY g.owner DESC, lower(p.name), p.name COLLATE "C", g.group_id NULLS FIRST, g.user_id LIMIT $3 OFFSET $4;
        RETURN;
    END IF;
    RETURN QUERY
    WITH given (user_id, group_id, role, starts_at, expires_at, owner) AS (
        SELECT s.owner_id, NULL::bigint, 'manager'::kroles.contextual_role, NULL::timestamptz, NULL::timestamptz, true FROM kroles.spaces s WHERE s.id = $1
        UNION ALL
        SELECT m.user_id, m.group_id, m.role, m.starts_at, m.expires_at, false FROM kroles.space_members m JOIN kroles.spaces s ON s.id = m.space_id
        WHERE m.space_id = $1 AND m.user_id IS DISTINCT FROM s.owner_id
    ), shown AS (
        SELECT g.*, p.*, count(*) OVER () AS total FROM given g CROSS JOIN LATERAL kroles.shown_as(g.user_id, g.group_id) AS p
    )
    SELECT CASE WHEN s.group_id IS NULL THEN 'user' ELSE 'group' END, coalesce(s.user_id, s.group_id), s.name, kroles.initials(s.name),
           s.avatar_url, s.identifier, s.role, s.starts_at, s.expires_at, s.owner, coalesce(s.user_id = kroles.asker(), false),
           count(*) OVER (), s.total
    FROM shown s WHERE kroles.is_searched(s.searched, coalesce(s.user_id, s.group_id), word)
    ORDER BY s.owner DESC, lower(s.name), s.name COLLATE "C", s.group_id NULLS FIRST, s.user_id LIMIT $3 OFFSET $4;
END $$;
COMMENT ON FUNCTION kroles.space_users(bigint, text, integer, integer) IS 'Implementation of kroles_space_users()';
REVOKE EXECUTE ON FUNCTION kroles.space_users(bigint, text, integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_space_users(space_id bigint, search text DEFAULT NULL, max_rows integer DEFAULT NULL,
                                               skip integer DEFAULT 0)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text, role kroles.contextual_role,
                   starts_at timestamptz, expires_at timestamptz, owner boolean, you boolean, found bigint, total bigint)
    LANGUAGE c STABLE COST 1000 ROWS 20 AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_space_users(bigint, text, integer, integer) IS
    'The users and groups of a channel or gallery with their names, the owner first, then by name; the grants of the space itself with their time (from starts_at until before expires_at), those not in force included, also where inherits_members is true. search, found and total as for kroles_media_users(). Requires manage_members or moderate on the space. Errors: 28000 not logged in, 42501 not allowed, 42704 unknown or hidden, 22023 a negative number of rows';

CREATE FUNCTION kroles.event_users(event_id bigint, search text, max_rows integer, skip integer)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text, roles text[],
                   starts_at timestamptz[], expires_at timestamptz[], you boolean, found bigint, total bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    word text := lower(btrim(coalesce($2, '')));
    members bigint;
    first bigint[];     -- as in kroles.space_users()
BEGIN
    PERFORM kroles.check_page($3, $4);
    PERFORM kroles.check_logged_in();
    IF NOT kroles.can('moderate', 'event', $1) THEN
        PERFORM kroles.check_right('manage_participants', 'event', $1);
    END IF;
    IF word = '' THEN
        SELECT count(*) INTO members FROM (SELECT DISTINCT p.user_id, p.group_id FROM kroles.event_participants p WHERE p.event_id = $1) AS p;
        first := kroles.first_of_event($1, members, $3::bigint + $4);
    END IF;
    IF first IS NOT NULL THEN
        RETURN QUERY
        WITH given (user_id, group_id, role, starts_at, expires_at) AS (
            SELECT p.user_id, NULL::bigint, p.role, p.starts_at, p.expires_at
            FROM unnest(first) AS f (user_id) JOIN kroles.event_participants p ON p.user_id = f.user_id AND p.event_id = $1
            UNION ALL
            SELECT NULL, p.group_id, p.role, p.starts_at, p.expires_at FROM kroles.event_participants p WHERE p.event_id = $1 AND p.user_id IS NULL
        ), listed AS (
            SELECT g.user_id, g.group_id, array_agg(g.role ORDER BY o.n)::text[] AS roles,
                   array_agg(g.starts_at ORDER BY o.n) AS starts_at, array_agg(g.expires_at ORDER BY o.n) AS expires_at
            FROM given g CROSS JOIN LATERAL (SELECT array_position(enum_range(NULL::kroles.event_role), g.role)) AS o (n)
            GROUP BY g.user_id, g.group_id
        )
        SELECT CASE WHEN l.group_id IS NULL THEN 'user' ELSE 'group' END, coalesce(l.user_id, l.group_id), p.name, kroles.initials(p.name),
               p.avatar_url, p.identifier, l.roles, l.starts_at, l.expires_at, coalesce(l.user_id = kroles.asker(), false), members, members
        FROM listed l CROSS JOIN LATERAL kroles.shown_as(l.user_id, l.group_id) AS p
        ORDER BY lower(p.name), p.name COLLATE "C", l.group_id NULLS FIRST, l.user_id LIMIT $3 OFFSET $4;
        RETURN;
    END IF;
    RETURN QUERY
    WITH listed AS (
        SELECT p.user_id, p.group_id, array_agg(p.role ORDER BY o.n)::text[] AS roles,
               array_agg(p.starts_at ORDER BY o.n) AS starts_at, array_agg(p.expires_at ORDER BY o.n) AS expires_at
        FROM kroles.event_participants p
        CROSS JOIN LATERAL (SELECT array_position(enum_range(NULL::kroles.event_role), p.role)) AS o (n)
        WHERE p.event_id = $1 GROUP BY p.user_id, p.group_id
    ), shown AS (
        SELECT l.*, p.*, count(*) OVER () AS total FROM listed l CROSS JOIN LATERAL kroles.shown_as(l.user_id, l.group_id) AS p
    )
    SELECT CASE WHEN s.group_id IS NULL THEN 'user' ELSE 'group' END, coalesce(s.user_id, s.group_id), s.name, kroles.initials(s.name),
           s.avatar_url, s.identifier, s.roles, s.starts_at, s.expires_at, coalesce(s.user_id = kroles.asker(), false), count(*) OVER (), s.total
    FROM shown s WHERE kroles.is_searched(s.searched, coalesce(s.user_id, s.group_id), word)
    ORDER BY lower(s.name), s.name COLLATE "C", s.group_id NULLS FIRST, s.user_id LIMIT $3 OFFSET $4;
END $$;
COMMENT ON FUNCTION kroles.event_users(bigint, text, integer, integer) IS 'Implementation of kroles_event_users()';
REVOKE EXECUTE ON FUNCTION kroles.event_users(bigint, text, integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_event_users(event_id bigint, search text DEFAULT NULL, max_rows integer DEFAULT NULL,
                                               skip integer DEFAULT 0)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text, roles text[],
                   starts_at timestamptz[], expires_at timestamptz[], you boolean, found bigint, total bigint)
    LANGUAGE c STABLE COST 1000 ROWS 20 AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_event_users(bigint, text, integer, integer) IS
    'The users and groups that take part in an event with their names and all their roles, by name; starts_at and expires_at have the time of each role, in the order of roles. search, found and total as for kroles_media_users(). Requires manage_participants or moderate on the event. Errors: 28000 not logged in, 42501 not allowed, 42704 unknown or hidden, 22023 a negative number of rows';

CREATE FUNCTION kroles.speakers(media_id bigint)
    RETURNS TABLE ("position" integer, user_id bigint, name text, initials text, avatar_url text, title text, bio text,
                   type kroles.speaker_type, visible boolean)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    views boolean := kroles.can('view', 'media', $1);
    manages boolean := kroles.can('manage_speakers', 'media', $1);
BEGIN
    RETURN QUERY
    SELECT s."position", s.user_id, nullif(btrim(u.name), ''), kroles.initials(u.name), u.avatar_url, u.title, u.bio, s.type, s.visible
    FROM kroles.media_speakers s JOIN kroles.users u ON u.id = s.user_id
    WHERE s.media_id = $1 AND (manages OR views AND s.visible OR kroles.holds(s.user_id, NULL)) ORDER BY s."position";
END $$;
COMMENT ON FUNCTION kroles.speakers(bigint) IS 'Implementation of kroles_speakers()';
REVOKE EXECUTE ON FUNCTION kroles.speakers(bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_speakers(media_id bigint)
    RETURNS TABLE ("position" integer, user_id bigint, name text, initials text, avatar_url text, title text, bio text,
                   type kroles.speaker_type, visible boolean)
    LANGUAGE c STABLE COST 1000 ROWS 5 AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_speakers(bigint) IS
    'The speakers of a media with the data for their cards, in order: visible speakers for users who view the media, all for users with manage_speakers, and the current user in any case. Without email and login. No row where the media is hidden or does not exist';
