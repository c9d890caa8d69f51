-- The numbers that a page shows beside a channel or gallery. A public function kroles_x() calls kroles.x(), as in the piece on the
-- people of media.

-- (Whoever has a contextual role, and is not blocked. The setting people_shown_to is for names and numbers alike.)
CREATE FUNCTION kroles.members_of(space_id bigint) RETURNS bigint
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE above (id, owner_id, parent_id, inherits_members, depth) AS (
        SELECT s.id, s.owner_id, s.parent_id, s.inherits_members, 0 FROM kroles.spaces s WHERE s.id = $1
        UNION ALL
        SELECT s.id, s.owner_id, s.parent_id, s.inherits_members, a.depth + 1
        FROM above a JOIN kroles.spaces s ON s.id = a.parent_id WHERE a.inherits_members AND a.depth < 32
    ), source AS (
        SELECT a.id, a.owner_id FROM above a WHERE NOT a.inherits_members OR a.parent_id IS NULL
    ), granted AS (
        SELECT m.user_id, m.group_id FROM source s JOIN kroles.space_members m ON m.space_id = s.id
        WHERE kroles.in_window(m.starts_at, m.expires_at)
    ), people (id) AS (
        SELECT a.owner_id FROM above a WHERE a.depth = 0
        UNION SELECT s.owner_id FROM source s
        UNION SELECT g.user_id FROM granted g WHERE g.user_id IS NOT NULL
        UNION SELECT m.user_id FROM granted g JOIN kroles.group_members m ON m.group_id = g.group_id AND kroles.in_window(m.starts_at, m.expires_at)
    )
    SELECT count(*) FROM people p JOIN kroles.users u ON u.id = p.id
    WHERE NOT u.blocked AND NOT EXISTS (SELECT FROM kroles.user_blocks b WHERE b.user_id = u.id)
$$;
COMMENT ON FUNCTION kroles.members_of(bigint) IS 'The number of users who have a contextual role in a space and are not blocked';

CREATE FUNCTION kroles.space_counts(ids bigint[]) RETURNS TABLE (id bigint, media bigint, members bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    shown boolean := kroles.shows_people();
BEGIN
    RETURN QUERY
    SELECT a.id,
           (SELECT count(*) FROM kroles.publications p
            WHERE p.space_id = a.id AND p.status = 'approved' AND kroles.can('view', 'media', p.media_id)),
           CASE WHEN shown OR kroles.space_can('manage_members', a.id) THEN kroles.members_of(a.id) END
    FROM unnest($1) WITH ORDINALITY AS a (id, n) WHERE kroles.space_can('view', a.id) ORDER BY a.n;
END $$;
COMMENT ON FUNCTION kroles.space_counts(bigint[]) IS 'Implementation of kroles_space_counts()';
REVOKE EXECUTE ON FUNCTION kroles.space_counts(bigint[]) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_space_counts(ids bigint[]) RETURNS TABLE (id bigint, media bigint, members bigint)
    LANGUAGE c STABLE COST 2000 ROWS 100 AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_space_counts(bigint[]) IS
    'For a page of channels and galleries: the number of media that are approved there and that the current subject may view, and the number of users who have a role there, by a grant, by a group or as the owner, and are not blocked. In the order of the array, without those that the subject may not view or that do not exist. members is NULL where the subject may not see who the people of the site are: for anonymous sessions, unless they have manage_members there';
