-- Import of users and of members of groups, by administrators.
--
-- A batch has from one to ten thousand rows, and the tables may be empty when the first batch is planned. So the plans must not
-- depend on statistics: each look-up is a subquery (OFFSET 0 prevents that it is pulled up) that uses the one suitable index;
-- rows are joined with the rows that they change by hashing, after these were found by an array of ids. The rows of the list are
-- a subquery too: PostgreSQL evaluates a condition before a policy, and so with an index, only where it compares a bare column.

CREATE FUNCTION kroles.group_words(cell text) RETURNS TABLE (name text, leaves boolean)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT DISTINCT CASE WHEN w LIKE '-%' THEN coalesce(kroles.cell(substr(w, 2)), '') ELSE w END, w LIKE '-%'
    FROM string_to_table(cell, ',') AS p (part), LATERAL kroles.cell(p.part) AS w
    WHERE w IS NOT NULL;
END;
COMMENT ON FUNCTION kroles.group_words(text) IS 'The groups in a cell, separated by commas; "-" before a name means that the user leaves the group';

CREATE FUNCTION kroles.user_rows(rows kroles.list_row[])
    RETURNS TABLE (line bigint, action text, login text, name text, email text, title text, bio text, avatar_url text,
                   applicative_role text, administrator text, blocked text, groups text, first_name text, last_name text)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT r.line, kroles.list_action(r.cells[1]), kroles.cell(r.cells[2]),
           coalesce(kroles.cell(r.cells[3]), kroles.cell(r.cells[12]) || ' ' || kroles.cell(r.cells[13]),
                    CASE WHEN kroles.cell(r.cells[12]) IS NULL AND kroles.cell(r.cells[13]) IS NULL THEN kroles.cell(r.cells[14]) END),
           kroles.cell(r.cells[4]), kroles.cell(r.cells[5]), kroles.cell(r.cells[6]), kroles.cell(r.cells[7]),
           kroles.list_label(kroles.list_applicative_role(r.cells[8]), (SELECT enum_range(NULL::kroles.applicative_role)::text[])),
           kroles.list_flag(r.cells[9]), kroles.list_flag(r.cells[10]),
           kroles.cell(r.cells[11]),
           CASE WHEN kroles.cell(r.cells[3]) IS NULL AND kroles.cell(r.cells[13]) IS NULL THEN kroles.cell(r.cells[12]) END,
           CASE WHEN kroles.cell(r.cells[3]) IS NULL AND kroles.cell(r.cells[12]) IS NULL THEN kroles.cell(r.cells[13]) END
    FROM unnest(rows) AS r OFFSET 0;
END;
COMMENT ON FUNCTION kroles.user_rows(kroles.list_row[]) IS
    'The rows of a list of users with their fields; first_name or last_name where it is the only part of the name that the row gives';

-- A user has one name. Which part of it a first or last name alone would replace is known where the name has two words.
CREATE FUNCTION kroles.with_part_of_name(name text, first_name text, last_name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN coalesce(first_name, last_name) IS NULL OR name = coalesce(first_name, last_name)
            OR starts_with(name, first_name || ' ') OR right(name, length(last_name) + 1) = ' ' || last_name THEN name
        WHEN kroles.cell(name) IS NULL THEN coalesce(first_name, last_name)
        WHEN name ~ '^[^ ]+ [^ ]+$' THEN coalesce(first_name, split_part(name, ' ', 1)) || ' ' || coalesce(last_name, split_part(name, ' ', 2)) END;
COMMENT ON FUNCTION kroles.with_part_of_name(text, text, text) IS
    'A name with its first or its last name replaced, whichever is given; NULL where it is not clear which part of the name that is';

CREATE FUNCTION kroles.user_list_errors(rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    roles text[] := enum_range(NULL::kroles.applicative_role);
    which_roles text := 'the roles are ' || kroles.list_sentence(array_remove(roles, 'anonymous'));
BEGIN
    RETURN QUERY
    SELECT r.line, e.column_name, kroles.shown(e.value), e.code, e.message
    FROM kroles.user_rows(rows) AS r
    LEFT JOIN LATERAL (SELECT u.id, u.name FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u ON true
    CROSS JOIN LATERAL (VALUES
        ('action', r.action, '22023', 'action must be add (1), update (2), delete (3) or upsert (6)',
            r.action NOT IN ('add', 'update', 'delete', 'upsert')),
        ('login', r.login, '23502', 'login must not be blank', r.login IS NULL),
        ('login', r.login, '23505', 'user with this login already exists', r.action = 'add' AND u.id IS NOT NULL),
        ('login', r.login, '42704', 'user with this login does not exist',
            r.action IN ('update', 'delete') AND r.login IS NOT NULL AND u.id IS NULL),
        ('applicative_role', r.applicative_role, '22P02', which_roles, r.applicative_role <> ALL (roles)),
        ('applicative_role', r.applicative_role, '23514', 'applicative role of a user must not be anonymous', r.applicative_role = 'anonymous'),
        ('administrator', r.administrator, '22P02', 'value must be true or false', r.administrator NOT IN ('true', 'false')),
        ('blocked', r.blocked, '22P02', 'value must be true or false', r.blocked NOT IN ('true', 'false')),
        ('groups', r.groups, '22023', 'group name after "-" is missing',
            r.groups LIKE '%-%' AND EXISTS (SELECT FROM kroles.group_words(r.groups) AS g WHERE g.name = '')),
        ('groups', r.groups, '22023', 'the user cannot be in a group and leave it',
            r.groups LIKE '%-%' AND EXISTS (SELECT FROM kroles.group_words(r.groups) AS g WHERE g.name <> '' GROUP BY g.name HAVING count(*) > 1)),
        (CASE WHEN r.first_name IS NULL THEN 'last_name' ELSE 'first_name' END, coalesce(r.first_name, r.last_name), '22023',
            'it is not clear which part of the present name this is: give first and last name',
            r.action IN ('update', 'upsert') AND u.id IS NOT NULL AND kroles.with_part_of_name(u.name, r.first_name, r.last_name) IS NULL)
    ) AS e (column_name, value, code, message, wrong)
    WHERE e.wrong;
END $$;
COMMENT ON FUNCTION kroles.user_list_errors(kroles.list_row[]) IS 'Errors in rows of a list of users, before any change';

CREATE FUNCTION kroles.add_groups(rows kroles.list_row[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    names text[] := ARRAY(SELECT DISTINCT r.group_name FROM kroles.group_member_rows(rows) AS r
        WHERE r.action IN ('add', 'upsert') AND (SELECT g.id FROM kroles.groups AS g WHERE g.name = r.group_name) IS NULL);
BEGIN
    IF names <> '{}' THEN
        INSERT INTO kroles.groups (name) SELECT n FROM unnest(names) AS n ORDER BY n;
    END IF;
END $$;
COMMENT ON FUNCTION kroles.add_groups(kroles.list_row[]) IS 'Creates the groups that rows of a list of group members add to and that do not exist';

CREATE FUNCTION kroles.apply_users(rows kroles.list_row[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    gone bigint[] := ARRAY(SELECT u.id FROM kroles.user_rows(rows) AS r,
        LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u WHERE r.action = 'delete');
    there bigint[] := ARRAY(SELECT u.id FROM kroles.user_rows(rows) AS r,
        LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u WHERE r.action IN ('update', 'upsert'));
    memberships kroles.list_row[];
BEGIN
    memberships := ARRAY(SELECT ROW(r.line, ARRAY[CASE WHEN g.leaves THEN 'delete' ELSE 'upsert' END, g.name, r.login])::kroles.list_row
                         FROM kroles.user_rows(rows) AS r, kroles.group_words(r.groups) AS g WHERE r.action <> 'delete');
    IF memberships <> '{}' THEN     -- before the users: lastval() after an INSERT into the view is a user's id
        PERFORM kroles.add_groups(memberships);
    END IF;
    -- The rights of the current user must last until the last statement: an own row comes alone (kroles.import_rows()), and here
    -- changes of users come last.
    INSERT INTO kroles.users (login, name, email, title, bio, avatar_url, applicative_role, administrator, blocked)
    SELECT r.login, coalesce(r.name, r.first_name, r.last_name, ''), r.email, r.title, r.bio, r.avatar_url,
           coalesce(r.applicative_role, 'viewer')::kroles.applicative_role,
           coalesce(r.administrator::boolean, false), coalesce(r.blocked::boolean, false)
    FROM kroles.user_rows(rows) AS r
    WHERE r.action IN ('add', 'upsert') AND (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login) IS NULL;
    IF memberships <> '{}' THEN
        PERFORM kroles.apply_group_members(memberships);
    END IF;
    PERFORM @extschema@.kroles_unblock(u.id)
    FROM kroles.user_rows(rows) AS r JOIN kroles.users AS u ON u.login = r.login
    WHERE u.id = ANY (there) AND r.action IN ('update', 'upsert') AND NOT r.blocked::boolean
      AND u.id = ANY (ARRAY(SELECT b.user_id FROM kroles.user_blocks AS b));
    IF there <> '{}' THEN
        UPDATE kroles.users AS u
        SET name = coalesce(r.name, kroles.with_part_of_name(u.name, r.first_name, r.last_name), u.name), email = coalesce(r.email, u.email), title = coalesce(r.title, u.title),
            bio = coalesce(r.bio, u.bio), avatar_url = coalesce(r.avatar_url, u.avatar_url),
            applicative_role = coalesce(r.applicative_role::kroles.applicative_role, u.applicative_role),
            administrator = coalesce(r.administrator::boolean, u.administrator),
            blocked = coalesce(r.blocked::boolean, u.blocked)
        FROM kroles.user_rows(rows) AS r
        WHERE u.id = ANY (there) AND u.login = r.login AND r.action IN ('update', 'upsert')
          AND NOT (coalesce(r.name = u.name, coalesce(r.first_name, r.last_name) IS NULL) AND coalesce(r.email = u.email, r.email IS NULL)
                   AND coalesce(r.title = u.title, r.title IS NULL) AND coalesce(r.bio = u.bio, r.bio IS NULL)
                   AND coalesce(r.avatar_url = u.avatar_url, r.avatar_url IS NULL)
                   AND coalesce(r.applicative_role::kroles.applicative_role = u.applicative_role, true)
                   AND coalesce(r.administrator::boolean = u.administrator, true)
                   AND coalesce(r.blocked::boolean = u.blocked, true));
    END IF;
    IF gone <> '{}' THEN
        DELETE FROM kroles.users AS u WHERE u.id = ANY (gone);
    END IF;
END $$;
COMMENT ON FUNCTION kroles.apply_users(kroles.list_row[]) IS
    'Applies the rows of a list of users. A blank cell leaves the value unchanged; groups that do not exist are created';

-- ---- Members of groups ----

CREATE FUNCTION kroles.group_member_rows(rows kroles.list_row[])
    RETURNS TABLE (line bigint, action text, group_name text, login text, starts_at text, expires_at text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT r.line, CASE WHEN kroles.cell(r.cells[2]) LIKE '-%' THEN 'delete' WHEN kroles.list_action(r.cells[1]) = 'update' THEN 'upsert'
                        ELSE kroles.list_action(r.cells[1]) END,
           kroles.cell(CASE WHEN kroles.cell(r.cells[2]) LIKE '-%' THEN substr(kroles.cell(r.cells[2]), 2) ELSE r.cells[2] END),
           kroles.cell(r.cells[3]), kroles.cell(r.cells[4]), kroles.cell(r.cells[5])
    FROM unnest(rows) AS r OFFSET 0;
END;
COMMENT ON FUNCTION kroles.group_member_rows(kroles.list_row[]) IS
    'The rows of a list of group members with their fields; "-" before the group means the action delete, and update (of Kaltura''s user) is upsert';

CREATE FUNCTION kroles.group_member_list_errors(rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
BEGIN
    RETURN QUERY
    SELECT r.line, e.column_name, kroles.shown(e.value), e.code, e.message
    FROM kroles.group_member_rows(rows) AS r
    LEFT JOIN LATERAL (SELECT g.id FROM kroles.groups AS g WHERE g.name = r.group_name OFFSET 0) AS g ON true
    LEFT JOIN LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u ON true
    LEFT JOIN LATERAL (SELECT m.user_id, m.starts_at, m.expires_at, coalesce(m.expires_at > statement_timestamp(), true) AS in_force
                       FROM kroles.group_members AS m WHERE m.user_id = u.id AND m.group_id + 0 = g.id OFFSET 0) AS m ON true
    CROSS JOIN LATERAL (VALUES
        ('action', r.action, '22023', 'action must be add (1), update (2), delete (3) or upsert (6)',
            r.action NOT IN ('add', 'update', 'delete', 'upsert')),
        ('group_name', r.group_name, '23502', 'group name must not be blank', r.group_name IS NULL),
        ('group_name', r.group_name, '42704', 'group with this name does not exist',
            r.action = 'delete' AND r.group_name IS NOT NULL AND g.id IS NULL),
        ('login', r.login, '23502', 'login must not be blank', r.login IS NULL),
        ('login', r.login, '42704', 'user with this login does not exist', r.login IS NOT NULL AND u.id IS NULL),
        ('login', r.login, '23505', 'user is already a member of the group', r.action = 'add' AND m.in_force),
        ('login', r.login, '42704', 'user is not a member of the group',
            r.action = 'delete' AND g.id IS NOT NULL AND u.id IS NOT NULL AND m.user_id IS NULL)
    ) AS e (column_name, value, code, message, wrong)
    WHERE e.wrong
    UNION ALL
    SELECT r.line, w.column_name, kroles.shown(w.value), w.code, w.message
    FROM kroles.group_member_rows(rows) AS r
    LEFT JOIN LATERAL (SELECT g.id FROM kroles.groups AS g WHERE g.name = r.group_name OFFSET 0) AS g ON true
    LEFT JOIN LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u ON true
    LEFT JOIN LATERAL (SELECT m.starts_at, m.expires_at FROM kroles.group_members AS m
                       WHERE m.user_id = u.id AND m.group_id + 0 = g.id AND coalesce(m.expires_at > statement_timestamp(), true) OFFSET 0) AS m ON true
    CROSS JOIN LATERAL kroles.window_errors(r.starts_at, r.expires_at, kroles.list_start(r.starts_at, m.starts_at),
                                            kroles.list_end(r.expires_at, m.expires_at)) AS w
    WHERE num_nonnulls(r.starts_at, r.expires_at) > 0 AND r.action <> 'delete';
END $$;
COMMENT ON FUNCTION kroles.group_member_list_errors(kroles.list_row[]) IS
    'Errors in rows of a list of group members, before any change';

CREATE FUNCTION kroles.apply_group_members(rows kroles.list_row[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    leavers bigint[] := ARRAY(SELECT u.id FROM kroles.group_member_rows(rows) AS r,
        LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u WHERE r.action = 'delete');
    expired bigint[] := ARRAY(SELECT m.user_id FROM kroles.group_members AS m WHERE m.expires_at <= statement_timestamp());
    timed bigint[] := ARRAY(SELECT u.id FROM kroles.group_member_rows(rows) AS r,     -- whose memberships get other times
        LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u
        WHERE r.action IN ('add', 'upsert') AND (num_nonnulls(r.starts_at, r.expires_at) > 0 OR u.id = ANY (expired)));
BEGIN
    PERFORM kroles.add_groups(rows);
    IF timed <> '{}' THEN
        UPDATE kroles.group_members AS m
        SET starts_at = n.starts_at, expires_at = n.expires_at
        FROM kroles.group_member_rows(rows) AS r,
             LATERAL (SELECT g.id FROM kroles.groups AS g WHERE g.name = r.group_name OFFSET 0) AS g,
             LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u,
             -- (an expired membership is replaced)
             LATERAL (SELECT o.starts_at, o.expires_at, coalesce(o.expires_at > statement_timestamp(), true) AS in_force
                      FROM kroles.group_members AS o WHERE o.user_id = u.id AND o.group_id + 0 = g.id OFFSET 0) AS o,
             LATERAL (SELECT kroles.list_start(r.starts_at, CASE WHEN o.in_force THEN o.starts_at END) AS starts_at,
                             kroles.list_end(r.expires_at, CASE WHEN o.in_force THEN o.expires_at END) AS expires_at) AS n
        WHERE m.user_id = ANY (timed) AND u.id = ANY (timed) AND r.action IN ('add', 'upsert') AND m.user_id = u.id AND m.group_id = g.id
          AND (o.starts_at, o.expires_at) IS DISTINCT FROM (n.starts_at, n.expires_at);
    END IF;
    INSERT INTO kroles.group_members (group_id, user_id, starts_at, expires_at)
    SELECT g.id, u.id, CASE WHEN r.starts_at IS NOT NULL THEN kroles.list_start(r.starts_at, NULL) END,
           CASE WHEN r.expires_at IS NOT NULL THEN kroles.list_end(r.expires_at, NULL) END
    FROM kroles.group_member_rows(rows) AS r,
         LATERAL (SELECT g.id FROM kroles.groups AS g WHERE g.name = r.group_name OFFSET 0) AS g,
         LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u
    WHERE r.action IN ('add', 'upsert')
    ON CONFLICT ON CONSTRAINT group_members_a_user_is_in_a_group_once DO NOTHING;
    IF leavers <> '{}' THEN
        DELETE FROM kroles.group_members AS m
        USING kroles.group_member_rows(rows) AS r,
              LATERAL (SELECT g.id FROM kroles.groups AS g WHERE g.name = r.group_name OFFSET 0) AS g,
              LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u
        WHERE m.user_id = ANY (leavers) AND r.action = 'delete' AND m.user_id = u.id AND m.group_id = g.id;
    END IF;
END $$;
COMMENT ON FUNCTION kroles.apply_group_members(kroles.list_row[]) IS
    'Applies the rows of a list of group members; groups that do not exist are created, and expired memberships are replaced';
