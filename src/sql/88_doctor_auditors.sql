-- kroles_doctor(), continued: auditors.

CREATE FUNCTION kroles.doctor_auditors() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'danger', 'writing_auditor', format('kroles.auditors %L', a.role),
           format('the auditor''s role %I can do more than read: it %s', a.role, string_agg(p.power, '; ' ORDER BY p.power)),
           string_agg(p.remedy, ' ' ORDER BY p.power)
    FROM kroles.auditors a, kroles.powers_of(a.role) AS p GROUP BY a.role
    UNION ALL
    SELECT 'warning', 'missing_role', format('kroles.auditors %L', a.role),
           format('there is no role %I, and one that somebody makes with this name would be an auditor', a.role),
           format('SELECT @extschema@.kroles_revoke_audit(%L);', a.role)
    FROM kroles.auditors a WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = a.role)
$$;
COMMENT ON FUNCTION kroles.doctor_auditors() IS 'For kroles_doctor: auditors that can do more than read, and roles that no longer exist';
REVOKE EXECUTE ON FUNCTION kroles.doctor_auditors() FROM PUBLIC;
