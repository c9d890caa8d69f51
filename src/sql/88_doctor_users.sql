-- kroles_doctor(), continued: users.

CREATE FUNCTION kroles.doctor_users() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'warning', 'no_administrator', 'kroles.users',
           'no user who is not blocked is an administrator: nobody can manage the site but roles that bypass row-level security',
           'As such a role: UPDATE kroles.users SET administrator = true WHERE …; or kroles_unblock().'
    WHERE EXISTS (SELECT FROM kroles.users)
      AND NOT EXISTS (SELECT FROM kroles.users AS u WHERE u.administrator AND NOT u.blocked
                      AND NOT EXISTS (SELECT FROM kroles.user_blocks AS b WHERE b.user_id = u.id))
    UNION ALL
    SELECT 'warning', 'similar_logins', 'kroles.users',
           format('logins differ in case alone and are different users: %s', string_agg(a.logins, '; ' ORDER BY a.logins COLLATE "C") FILTER (WHERE a.n <= 10))
               || CASE WHEN count(*) > 10 THEN format(' and %s more', count(*) - 10) ELSE '' END,
           'Rename or delete all but one of each; then settings.case_insensitive_logins can be turned on.'
    FROM (SELECT s.logins, row_number() OVER (ORDER BY s.logins COLLATE "C") AS n
          FROM (SELECT string_agg(format('"%s"', u.login), ', ' ORDER BY u.login COLLATE "C") AS logins FROM kroles.users AS u
                GROUP BY lower(u.login) HAVING count(*) > 1) AS s) AS a
    HAVING count(*) > 0
$$;
COMMENT ON FUNCTION kroles.doctor_users() IS 'For kroles_doctor: a site without an administrator, and logins that differ in case alone';
REVOKE EXECUTE ON FUNCTION kroles.doctor_users() FROM PUBLIC;
