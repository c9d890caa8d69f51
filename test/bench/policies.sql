-- Row-level security as people write it, three times, on the plain copy: a role each. They answer as kroles does for
-- people who are not blocked. Who is asking is told by two settings, as an application tells it from its session:
-- bench.user_id, and bench.role: the applicative role, "administrator", or nothing for anonymous.

CREATE FUNCTION plain.me() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT nullif(current_setting('bench.user_id', true), '')::bigint $$;

CREATE FUNCTION plain.role() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT coalesce(nullif(current_setting('bench.role', true), ''), 'anonymous') $$;

-- Who sees a space without any grant. The bench's site has taken that from viewers: they are guests.
CREATE FUNCTION plain.is_open(role text, kind kroles.space_kind, type kroles.space_type) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT role <> 'viewer' AND (type IN ('public_restricted', 'public_open') OR kind = 'gallery' AND type = 'open'
                                 OR role <> 'anonymous' AND type IN ('open', 'restricted'))
$$;

ALTER TABLE plain.media ENABLE ROW LEVEL SECURITY;
ALTER TABLE plain.captions ENABLE ROW LEVEL SECURITY;

-- 1. A function in PL/pgSQL, asked of each row. What is likely and cheap comes first.

CREATE FUNCTION plain.may_see_in(a_media bigint, me bigint, my_role text) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    place record;
    is_member boolean;
    direct kroles.contextual_role;
BEGIN
    FOR place IN
        SELECT s.*, p.status FROM plain.publications AS p JOIN plain.spaces AS s ON s.id = p.space_id
        WHERE p.media_id = a_media AND p.status <> 'rejected'
    LOOP
        IF place.status = 'approved' AND plain.is_open(my_role, place.kind, place.type)
           OR me IN (place.owner_id, place.grants_owner) THEN
            RETURN true;
        END IF;
        SELECT m.role INTO direct FROM plain.space_members AS m
        WHERE m.space_id = place.grants_from AND m.user_id = me AND (m.expires_at IS NULL OR m.expires_at > now());
        IF direct IS NOT NULL THEN
            is_member := place.status = 'approved' OR direct IN ('moderator', 'manager');
        ELSE
            is_member := EXISTS (
                SELECT FROM plain.space_members AS m JOIN plain.group_members AS g ON g.group_id = m.group_id
                WHERE m.space_id = place.grants_from AND g.user_id = me AND (m.expires_at IS NULL OR m.expires_at > now())
                  AND (place.status = 'approved' OR m.role IN ('moderator', 'manager')));
        END IF;
        IF is_member THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END $$;

CREATE FUNCTION plain.may_view(a_media bigint, owner_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    me bigint := plain.me();
    my_role text := plain.role();
BEGIN
    IF my_role = 'administrator' OR owner_id = me OR plain.may_see_in(a_media, me, my_role) THEN
        RETURN true;
    END IF;
    RETURN me IS NOT NULL AND (
        EXISTS (SELECT FROM plain.media_collaborators AS c WHERE c.media_id = a_media AND (c.user_id = me
                OR c.group_id IN (SELECT g.group_id FROM plain.group_members AS g WHERE g.user_id = me)))
        OR EXISTS (SELECT FROM plain.media_moderators AS c WHERE c.media_id = a_media AND (c.user_id = me
                OR c.group_id IN (SELECT g.group_id FROM plain.group_members AS g WHERE g.user_id = me)))
        OR EXISTS (SELECT FROM plain.media_speakers AS c WHERE c.media_id = a_media AND c.user_id = me)
        OR EXISTS (SELECT FROM plain.event_sessions AS e JOIN plain.event_participants AS p ON p.event_id = e.event_id
                   WHERE e.media_id = a_media AND p.user_id = me));
END $$;

CREATE POLICY by_function ON plain.media FOR SELECT TO :plpgsql USING (plain.may_view(id, owner_id));
CREATE POLICY by_function ON plain.captions FOR SELECT TO :plpgsql
    USING (EXISTS (SELECT FROM plain.media AS m WHERE m.id = media_id));

-- 2. EXISTS, with the function that says who is asking in every condition.

CREATE POLICY by_exists ON plain.media FOR SELECT TO :exists USING (
    plain.role() = 'administrator'
    OR owner_id = plain.me()
    OR EXISTS (SELECT FROM plain.media_collaborators AS c WHERE c.media_id = media.id AND (c.user_id = plain.me()
               OR c.group_id IN (SELECT g.group_id FROM plain.group_members AS g WHERE g.user_id = plain.me())))
    OR EXISTS (SELECT FROM plain.media_moderators AS c WHERE c.media_id = media.id AND (c.user_id = plain.me()
               OR c.group_id IN (SELECT g.group_id FROM plain.group_members AS g WHERE g.user_id = plain.me())))
    OR EXISTS (SELECT FROM plain.media_speakers AS c WHERE c.media_id = media.id AND c.user_id = plain.me())
    OR EXISTS (SELECT FROM plain.event_sessions AS e JOIN plain.event_participants AS p ON p.event_id = e.event_id
               WHERE e.media_id = media.id AND p.user_id = plain.me())
    OR EXISTS (
        SELECT FROM plain.publications AS p JOIN plain.spaces AS s ON s.id = p.space_id
        WHERE p.media_id = media.id AND (
            p.status = 'approved' AND plain.is_open(plain.role(), s.kind, s.type)
            OR p.status <> 'rejected' AND plain.me() IN (s.owner_id, s.grants_owner)
            OR p.status = 'approved' AND EXISTS (
                SELECT FROM plain.space_members AS m
                WHERE m.space_id = s.grants_from AND m.user_id = plain.me() AND (m.expires_at IS NULL OR m.expires_at > now()))
            OR p.status = 'approved' AND EXISTS (
                SELECT FROM plain.group_members AS g JOIN plain.space_members AS m ON m.group_id = g.group_id
                WHERE g.user_id = plain.me() AND m.space_id = s.grants_from AND (m.expires_at IS NULL OR m.expires_at > now()))
            OR p.status = 'pending' AND EXISTS (
                SELECT FROM plain.space_members AS m
                WHERE m.space_id = s.grants_from AND m.user_id = plain.me() AND (m.expires_at IS NULL OR m.expires_at > now())
                  AND m.role IN ('moderator', 'manager'))
            OR p.status = 'pending' AND EXISTS (
                SELECT FROM plain.group_members AS g JOIN plain.space_members AS m ON m.group_id = g.group_id
                WHERE g.user_id = plain.me() AND m.space_id = s.grants_from AND (m.expires_at IS NULL OR m.expires_at > now())
                  AND m.role IN ('moderator', 'manager'))
               AND NOT EXISTS (
                SELECT FROM plain.space_members AS m
                WHERE m.space_id = s.grants_from AND m.user_id = plain.me() AND (m.expires_at IS NULL OR m.expires_at > now())))));
CREATE POLICY by_exists ON plain.captions FOR SELECT TO :exists
    USING (EXISTS (SELECT FROM plain.media AS m WHERE m.id = media_id));

-- 3. = ANY ((SELECT array)): what the person has is worked out once a statement.

-- The spaces whose grants reach this person and, of those, the ones where that makes a moderator.
CREATE FUNCTION plain.my_spaces(moderating boolean) RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH granted AS (
        SELECT space_id, role, true AS direct FROM plain.space_members AS m
        WHERE user_id = plain.me() AND (m.expires_at IS NULL OR m.expires_at > now())
        UNION ALL
        SELECT space_id, role, false FROM plain.group_members AS g JOIN plain.space_members AS m USING (group_id)
        WHERE g.user_id = plain.me() AND (m.expires_at IS NULL OR m.expires_at > now())
    )
    SELECT coalesce(array_agg(DISTINCT space_id), '{}') FROM granted AS r
    WHERE NOT moderating OR role IN ('moderator', 'manager')
      AND (direct OR NOT EXISTS (SELECT FROM granted AS d WHERE d.direct AND d.space_id = r.space_id))
$$;

CREATE FUNCTION plain.my_media() RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(media_id), '{}') FROM (
        SELECT media_id FROM plain.media_collaborators WHERE user_id = plain.me()
        UNION SELECT media_id FROM plain.media_moderators WHERE user_id = plain.me()
        UNION SELECT media_id FROM plain.media_speakers WHERE user_id = plain.me()
        UNION SELECT media_id FROM plain.event_participants JOIN plain.event_sessions USING (event_id) WHERE user_id = plain.me()
        UNION SELECT media_id FROM plain.group_members AS g JOIN plain.media_collaborators USING (group_id) WHERE g.user_id = plain.me()
        UNION SELECT media_id FROM plain.group_members AS g JOIN plain.media_moderators USING (group_id) WHERE g.user_id = plain.me()
    ) AS mine
$$;

CREATE POLICY by_array ON plain.media FOR SELECT TO :any USING (
    (SELECT plain.role()) = 'administrator'
    OR owner_id = (SELECT plain.me())
    OR id = ANY ((SELECT plain.my_media())::bigint[])
    OR EXISTS (
        SELECT FROM plain.publications AS p JOIN plain.spaces AS s ON s.id = p.space_id
        WHERE p.media_id = media.id AND (
            p.status = 'approved' AND (plain.is_open((SELECT plain.role()), s.kind, s.type)
                                       OR s.grants_from = ANY ((SELECT plain.my_spaces(false))::bigint[]))
            OR p.status <> 'rejected' AND (SELECT plain.me()) IN (s.owner_id, s.grants_owner)
            OR p.status = 'pending' AND s.grants_from = ANY ((SELECT plain.my_spaces(true))::bigint[]))));
CREATE POLICY by_array ON plain.captions FOR SELECT TO :any
    USING (EXISTS (SELECT FROM plain.media AS m WHERE m.id = media_id));

-- The role "none" bypasses row-level security; the others are ordinary.
GRANT USAGE ON SCHEMA plain, kroles TO :none, :plpgsql, :exists, :any;
GRANT SELECT ON ALL TABLES IN SCHEMA plain TO :none, :plpgsql, :exists, :any;
