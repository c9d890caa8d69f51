-- Logins whose case does not matter, and administrators: a site keeps one.

CREATE FUNCTION kroles.fold_login() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (SELECT s.case_insensitive_logins FROM kroles.settings AS s) THEN
        NEW.login := lower(NEW.login);
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.fold_login() IS 'Trigger: stores a login in lower case where logins are case-insensitive';
REVOKE EXECUTE ON FUNCTION kroles.fold_login() FROM PUBLIC;

CREATE FUNCTION kroles.fold_logins() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    alike text;
BEGIN
    -- no login that was written before the setting remains
    LOCK TABLE kroles.users IN SHARE ROW EXCLUSIVE MODE;
    alike := (SELECT string_agg(s.logins, '; ') FROM (
        SELECT string_agg(format('"%s"', u.login), ', ' ORDER BY u.login COLLATE "C") AS logins FROM kroles.users AS u
        GROUP BY lower(u.login) HAVING count(*) > 1 ORDER BY 1 LIMIT 10) AS s);
    IF alike IS NOT NULL THEN
        RAISE EXCEPTION 'logins cannot become case-insensitive, because some differ in case alone' USING ERRCODE = 'unique_violation',
            DETAIL = format('These do: %s.', alike), HINT = 'Rename or delete all but one of each.',
            SCHEMA = 'kroles', TABLE = 'users', CONSTRAINT = 'users_login_is_unique';
    END IF;
    UPDATE kroles.users AS u SET login = lower(u.login) WHERE u.login <> lower(u.login);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION kroles.fold_logins() IS
    'Trigger: when logins become case-insensitive, changes them to lower case; refuses it where they differ in case alone';
REVOKE EXECUTE ON FUNCTION kroles.fold_logins() FROM PUBLIC;

CREATE FUNCTION kroles.guard_last_administrator() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_last_administrator';
COMMENT ON FUNCTION kroles.guard_last_administrator() IS
    'Trigger: users must not leave the site without an administrator who is not blocked; sessions beyond policies may';
REVOKE EXECUTE ON FUNCTION kroles.guard_last_administrator() FROM PUBLIC;
