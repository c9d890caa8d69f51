-- Import of space members: rights are checked for each row, with the privileges of the caller. The statements have the form that
-- the piece on users explains.

CREATE FUNCTION kroles.user_to_add(login text, space_id bigint) RETURNS bigint
    LANGUAGE c STABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'kroles_user_to_add';
COMMENT ON FUNCTION kroles.user_to_add(text, bigint) IS
    'The id of the user with that login, where the current user has manage_members on the space or is that user; else NULL';

CREATE FUNCTION kroles.group_to_add(name text, space_id bigint) RETURNS bigint
    LANGUAGE c STABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'kroles_group_to_add';
COMMENT ON FUNCTION kroles.group_to_add(text, bigint) IS
    'The id of the group with that name, where the current user has manage_members on the space; else NULL';

CREATE TYPE kroles.space_member_row AS (
    line bigint, action text, space text, space_field text, login text, group_name text, role text, expires_at text, status text,
    space_id bigint, manages boolean, user_id bigint, group_id bigint, member_id bigint, in_force boolean,
    starts_at text, new_start timestamptz, new_end timestamptz);
COMMENT ON TYPE kroles.space_member_row IS 'A row of a list of space members, with the ids of the objects that it names';
COMMENT ON COLUMN kroles.space_member_row.line IS 'The line of the file where the row begins';
COMMENT ON COLUMN kroles.space_member_row.action IS 'add, update, delete or upsert; else the content of the cell';
COMMENT ON COLUMN kroles.space_member_row.space IS 'The id or external id of the space, as in the cell';
COMMENT ON COLUMN kroles.space_member_row.space_field IS 'The field that contains it';
COMMENT ON COLUMN kroles.space_member_row.login IS 'The user''s login';
COMMENT ON COLUMN kroles.space_member_row.group_name IS 'The name of the group';
COMMENT ON COLUMN kroles.space_member_row.role IS 'The contextual role; else the content of the cell';
COMMENT ON COLUMN kroles.space_member_row.expires_at IS 'The expiry, as in the cell';
COMMENT ON COLUMN kroles.space_member_row.status IS 'The status of the member in Kaltura';
COMMENT ON COLUMN kroles.space_member_row.space_id IS 'The space; NULL where the current user sees none';
COMMENT ON COLUMN kroles.space_member_row.manages IS 'Whether the current user has manage_members there';
COMMENT ON COLUMN kroles.space_member_row.user_id IS 'The user; NULL where the current user may not know the id';
COMMENT ON COLUMN kroles.space_member_row.group_id IS 'The group; NULL where the current user may not know the id';
COMMENT ON COLUMN kroles.space_member_row.member_id IS 'The existing grant';
COMMENT ON COLUMN kroles.space_member_row.in_force IS 'Whether that grant is in force, that is, not expired';

COMMENT ON COLUMN kroles.space_member_row.starts_at IS 'The start, as in the cell';
COMMENT ON COLUMN kroles.space_member_row.new_start IS 'The start that the grant will have';
COMMENT ON COLUMN kroles.space_member_row.new_end IS 'The end that the grant will have';

CREATE FUNCTION kroles.space_member_rows(rows kroles.list_row[]) RETURNS SETOF kroles.space_member_row
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    roles text[] := enum_range(NULL::kroles.contextual_role);
BEGIN
    RETURN QUERY
    WITH said AS MATERIALIZED (
        SELECT r.line, kroles.list_action(r.cells[1]) AS action, kroles.cell(r.cells[2]) AS by_id,
               kroles.list_id(r.cells[2]) AS id,
               kroles.cell(r.cells[3]) AS external_id, kroles.cell(r.cells[4]) AS login, kroles.cell(r.cells[5]) AS group_name,
               kroles.list_label(kroles.list_contextual_role(r.cells[6]), roles) AS role, kroles.cell(r.cells[7]) AS expires_at,
               kroles.cell(r.cells[8]) AS starts_at, kroles.cell(r.cells[9]) AS reference_id, kroles.cell(r.cells[10]) AS status
        FROM unnest(rows) AS r
    ), placed AS (
        SELECT s.*, CASE WHEN s.by_id IS NOT NULL THEN (SELECT i.id FROM kroles.spaces AS i WHERE i.id = s.id)
            ELSE coalesce((SELECT e.id FROM kroles.spaces AS e WHERE e.external_id = s.external_id),
                          (SELECT f.id FROM kroles.spaces AS f WHERE f.external_id = s.reference_id)) END AS space_id
        FROM said AS s
    ), named AS MATERIALIZED (
        SELECT p.*, kroles.space_can('manage_members', p.space_id) AS manages,
               kroles.user_to_add(p.login, p.space_id) AS user_id, kroles.group_to_add(p.group_name, p.space_id) AS group_id
        FROM placed AS p
    )
    SELECT n.line, n.action, coalesce(n.by_id, n.external_id, n.reference_id),
           CASE WHEN n.by_id IS NOT NULL THEN 'space_id' WHEN n.external_id IS NOT NULL THEN 'external_id'
                WHEN n.reference_id IS NOT NULL THEN 'reference_id' ELSE 'space_id' END,
           n.login, n.group_name, n.role, n.expires_at, n.status,
           n.space_id, n.manages, n.user_id, n.group_id, m.id, f.in_force,
           n.starts_at, kroles.list_start(n.starts_at, CASE WHEN f.in_force OR n.action = 'update' THEN m.starts_at END),
           kroles.list_end(n.expires_at, CASE WHEN f.in_force OR n.action = 'update' THEN m.expires_at END)
    FROM named AS n
    LEFT JOIN LATERAL (
        SELECT u.id, u.starts_at, u.expires_at FROM kroles.space_members AS u WHERE (u.space_id, u.user_id) = (n.space_id, n.user_id)
        UNION ALL
        SELECT g.id, g.starts_at, g.expires_at FROM kroles.space_members AS g
        WHERE (g.space_id, g.group_id) = (n.space_id, n.group_id) AND g.user_id IS NULL AND n.user_id IS NULL
    ) AS m ON true
    CROSS JOIN LATERAL (SELECT m.id IS NOT NULL AND coalesce(m.expires_at > statement_timestamp(), true)) AS f (in_force);
END $$;
COMMENT ON FUNCTION kroles.space_member_rows(kroles.list_row[]) IS
    'The rows of a list of space members with the ids of their spaces, users, groups and grants, where the current user may know them';

CREATE FUNCTION kroles.space_member_list_errors(rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    roles text[] := enum_range(NULL::kroles.contextual_role);
    which_roles text := 'the roles are ' || kroles.list_sentence(roles);
BEGIN
    RETURN QUERY
    SELECT r.line, e.column_name, kroles.shown(e.value), e.code, e.message
    FROM kroles.space_member_rows(rows) AS r
    CROSS JOIN LATERAL (SELECT r.manages OR r.action = 'delete' AND kroles.holds(r.user_id, NULL) AS allowed) AS a
    CROSS JOIN LATERAL (VALUES
        ('action', r.action, '22023', 'action must be add (1), update (2), delete (3) or upsert (6)',
            r.action NOT IN ('add', 'update', 'delete', 'upsert')),
        ('role', r.role, '22P02', which_roles, r.role <> ALL (roles)),
        ('status', r.status, '22023', 'status must be active (1); use the action delete to remove a member', lower(r.status) NOT IN ('1', 'active')),
        ('login', r.login, '23514', 'a row must name either a user or a group', num_nonnulls(r.login, r.group_name) <> 1),
        (r.space_field, r.space, '42704', 'there is no such space', r.space_id IS NULL),
        (r.space_field, r.space, '42501', 'permission denied to manage the members of this space', r.space_id IS NOT NULL AND NOT a.allowed),
        ('login', r.login, '42704', 'user with this login does not exist', r.manages AND r.login IS NOT NULL AND r.user_id IS NULL),
        ('group_name', r.group_name, '42704', 'group with this name does not exist',
            r.manages AND r.group_name IS NOT NULL AND r.group_id IS NULL),
        (CASE WHEN r.group_name IS NULL THEN 'login' ELSE 'group_name' END, coalesce(r.group_name, r.login), '23505',
            'already a member of the space', a.allowed AND r.action = 'add' AND r.in_force),
        (CASE WHEN r.group_name IS NULL THEN 'login' ELSE 'group_name' END, coalesce(r.group_name, r.login), '42704',
            'not a member of the space',
            a.allowed AND r.action IN ('update', 'delete') AND r.member_id IS NULL AND num_nonnulls(r.user_id, r.group_id) = 1)
    ) AS e (column_name, value, code, message, wrong)
    WHERE e.wrong
    UNION ALL
    SELECT r.line, w.column_name, kroles.shown(w.value), w.code, w.message
    FROM kroles.space_member_rows(rows) AS r CROSS JOIN LATERAL kroles.window_errors(r.starts_at, r.expires_at, r.new_start, r.new_end) AS w
    WHERE num_nonnulls(r.starts_at, r.expires_at) > 0;
END $$;
COMMENT ON FUNCTION kroles.space_member_list_errors(kroles.list_row[]) IS
    'Errors in rows of a list of space members, before any change, for the current user. An unknown space and a hidden one have the same error';

CREATE FUNCTION kroles.apply_space_members(rows kroles.list_row[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    wanted bigint;
    done bigint;
BEGIN
    -- one statement, so that the rights before it decide about all rows
    WITH r AS MATERIALIZED (
        SELECT DISTINCT ON (m.space_id, m.user_id, m.group_id) m.* FROM kroles.space_member_rows(rows) AS m
        ORDER BY m.space_id, m.user_id, m.group_id, m.line DESC
    ), gone AS (
        DELETE FROM kroles.space_members AS m USING r
        WHERE m.id = ANY (ARRAY(SELECT k.member_id FROM r AS k)) AND m.id = r.member_id AND r.action = 'delete' RETURNING 1
    ), changed AS (
        UPDATE kroles.space_members AS m
        SET role = CASE WHEN r.in_force OR r.action = 'update' THEN coalesce(r.role::kroles.contextual_role, m.role)
                        ELSE coalesce(r.role, 'member')::kroles.contextual_role END,
            starts_at = r.new_start, expires_at = r.new_end
        FROM r WHERE m.id = ANY (ARRAY(SELECT k.member_id FROM r AS k)) AND m.id = r.member_id AND r.action <> 'delete'
        RETURNING 1
    ), added AS (
        INSERT INTO kroles.space_members (space_id, user_id, group_id, role, starts_at, expires_at)
        SELECT r.space_id, r.user_id, r.group_id, coalesce(r.role, 'member')::kroles.contextual_role, r.new_start, r.new_end
        FROM r WHERE r.member_id IS NULL AND r.action IN ('add', 'upsert') RETURNING 1
    )
    SELECT (SELECT count(*) FROM r),
           (SELECT count(*) FROM gone) + (SELECT count(*) FROM changed) + (SELECT count(*) FROM added) INTO wanted, done;
    IF done < wanted THEN
        RAISE EXCEPTION 'permission denied to manage the members of this space' USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.apply_space_members(kroles.list_row[]) IS
    'Applies the rows of a list of space members. A blank cell leaves the value unchanged; an expired grant is replaced';
