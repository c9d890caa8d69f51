-- Ending what a user has open, so that nobody who is to be revoked holds it up. What a function kroles_x() here does is in
-- kroles.x(), as in 52; src/sessions.c says which locks there are. (What is not behind one is for everybody, as the owner of our
-- tables need not be that of our functions; the locks themselves are for statements of our own only.)

CREATE FUNCTION kroles.rely_on(user_id bigint) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_rely_on_user';
COMMENT ON FUNCTION kroles.rely_on(bigint) IS
    'Keeps others from blocking that user, to the end of the transaction; waits for those who are just doing it. Error 42501 for whoever calls it by hand';

CREATE FUNCTION kroles.hold_user(user_id bigint, standing boolean) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_hold_user';
COMMENT ON FUNCTION kroles.hold_user(bigint, boolean) IS
    'Waits until nobody relies on that user (standing), or the user asks nothing in any other transaction, and keeps it so to the end of the transaction. Error 42501 for whoever calls it by hand';

CREATE FUNCTION kroles.end_transactions(user_id bigint, standing boolean, milliseconds integer) RETURNS integer
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_end_transactions';
COMMENT ON FUNCTION kroles.end_transactions(bigint, boolean, integer) IS
    'Ends the transactions in which that user asks, or (standing) that rely on the user: their backends are terminated, prepared ones rolled back; waits at most so long until they are gone, and returns how many there were. Error 42501 for whoever calls it by hand';

CREATE FUNCTION kroles.log_ending(user_id bigint, ended integer) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_log_ending';
COMMENT ON FUNCTION kroles.log_ending(bigint, integer) IS
    'Writes into the log that a user''s transactions were ended. Error 42501 for whoever calls it by hand';

-- Waits first where there is patience, and then ends whatever is in the way; whoever comes meanwhile stands behind in the queue.
CREATE FUNCTION kroles.hold_soon(user_id bigint, standing boolean, patience integer) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    usual text := current_setting('lock_timeout');
    most integer := nullif(extract(epoch FROM usual::interval) * 1000, 0);
BEGIN
    FOR round IN 1..5 LOOP
        IF round > 1 OR patience = 0 THEN
            PERFORM kroles.end_transactions($1, $2, 0);
        END IF;
        BEGIN
            PERFORM set_config('lock_timeout', least(most, CASE WHEN round = 1 AND patience > 0 THEN patience ELSE 1000 END)::text, true);
            PERFORM kroles.hold_user($1, $2);
            PERFORM set_config('lock_timeout', usual, true);
            RETURN true;
        EXCEPTION WHEN lock_not_available THEN
            NULL;   -- (which puts lock_timeout back too)
        END;
    END LOOP;
    RETURN false;
END $$;
COMMENT ON FUNCTION kroles.hold_soon(bigint, boolean, integer) IS
    'kroles.hold_user() that waits for a bounded time: after so many milliseconds it ends the transactions that are in the way. False where that did not help';

CREATE FUNCTION kroles.hold_standing(user_id bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT kroles.hold_soon($1, true, 5000) THEN
        RAISE EXCEPTION 'transactions that rely on this user stay open' USING ERRCODE = 'lock_not_available',
            HINT = 'kroles_block() blocks all the same.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.hold_standing(bigint) IS
    'For whoever blocks a user: waits until nobody relies on the user, and ends the transactions of those who do after five seconds. Error 55P03 where that did not help';

CREATE FUNCTION kroles.check_administrator(user_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF $1 IS NULL THEN
        RAISE EXCEPTION 'a user is wanted' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM kroles.check_logged_in();
    IF NOT kroles.can('administer', 'site') THEN
        RAISE EXCEPTION 'only administrators block users and end their sessions' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM kroles.check_exists($1, NULL);
END $$;
COMMENT ON FUNCTION kroles.check_administrator(bigint) IS
    'Errors 22023 for no user given, 28000 not logged in, 42501 for whoever is no administrator, 42704 an unknown user';

CREATE FUNCTION kroles.end_sessions(user_id bigint) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ended integer;
BEGIN
    PERFORM kroles.check_administrator($1);
    ended := kroles.end_transactions($1, false, 5000);
    IF NOT pg_is_in_recovery() THEN
        PERFORM kroles.log_ending($1, ended);
    END IF;
    RETURN ended;
END $$;
COMMENT ON FUNCTION kroles.end_sessions(bigint) IS 'Behind kroles_end_sessions()';
REVOKE EXECUTE ON FUNCTION kroles.end_sessions(bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_end_sessions(user_id bigint) RETURNS integer
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_end_sessions(bigint) IS
    'Ends every open transaction in which that user has asked anything, in this database: the connection is closed, as by pg_terminate_backend(), and a prepared transaction is rolled back. Waits five seconds at most until they are gone, and returns how many are; a WARNING counts the others. The caller''s own connection stays. So what the user holds locked is free; what they may do is as before (kroles_block() takes that). Transactions in which more than 64 users ask are ended with any of them. For administrators. Errors: 28000, 42501, 42704 unknown user, 22023 no user given';
