-- Ending a user's open transactions, so that the user cannot delay a revocation. A public function kroles_x() calls kroles.x(),
-- as in the piece on the people of media. PUBLIC may execute the other functions, as the owner of the tables need not be the
-- owner of the functions; those that lock refuse calls that do not come from the extension.

CREATE FUNCTION kroles.rely_on(user_id bigint) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_rely_on_user';
COMMENT ON FUNCTION kroles.rely_on(bigint) IS
    'Prevents that the user is blocked before the end of the transaction; waits for transactions that are blocking the user. Error 42501 where it is not called by the extension';

CREATE FUNCTION kroles.hold_user(user_id bigint, standing boolean) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_hold_user';
COMMENT ON FUNCTION kroles.hold_user(bigint, boolean) IS
    'Waits until no other transaction relies on the user (standing), or none acts as the user, and prevents new ones until the end of the transaction. Error 42501 where it is not called by the extension';

CREATE FUNCTION kroles.end_transactions(user_id bigint, standing boolean, milliseconds integer) RETURNS integer
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_end_transactions';
COMMENT ON FUNCTION kroles.end_transactions(bigint, boolean, integer) IS
    'Ends the transactions that act as the user, or (standing) that rely on the user: terminates backends and rolls back prepared transactions; waits for their end at most that long, and returns their number. Error 42501 where it is not called by the extension';

CREATE FUNCTION kroles.log_ending(user_id bigint, ended integer) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_log_ending';
COMMENT ON FUNCTION kroles.log_ending(bigint, integer) IS
    'Writes to the audit log that transactions of a user were ended. Error 42501 where it is not called by the extension';

-- Waits for the lock first if patience is positive, and then ends the transactions that hold it; later requests queue behind this
-- one.
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
            NULL;   -- (the subtransaction's rollback restores lock_timeout)
        END;
    END LOOP;
    RETURN false;
END $$;
COMMENT ON FUNCTION kroles.hold_soon(bigint, boolean, integer) IS
    'kroles.hold_user() with a bounded wait: after that many milliseconds it ends the transactions that hold the lock. False where the lock is still not available';

CREATE FUNCTION kroles.hold_standing(user_id bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT kroles.hold_soon($1, true, 5000) THEN
        RAISE EXCEPTION 'could not end all transactions that rely on this user' USING ERRCODE = 'lock_not_available',
            HINT = 'Use kroles_block() to block the user without waiting.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.hold_standing(bigint) IS
    'For blocking a user: waits until no transaction relies on the user, and ends those that still do after five seconds. Error 55P03 where that fails';

CREATE FUNCTION kroles.check_administrator(user_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF $1 IS NULL THEN
        RAISE EXCEPTION 'user must not be null' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM kroles.check_logged_in();
    IF NOT kroles.can('administer', 'site') THEN
        RAISE EXCEPTION 'only administrators can block users and end their sessions' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM kroles.check_exists($1, NULL);
END $$;
COMMENT ON FUNCTION kroles.check_administrator(bigint) IS
    'Errors: 22023 no user given, 28000 not logged in, 42501 not an administrator, 42704 unknown user';

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
COMMENT ON FUNCTION kroles.end_sessions(bigint) IS 'Implementation of kroles_end_sessions()';
REVOKE EXECUTE ON FUNCTION kroles.end_sessions(bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_end_sessions(user_id bigint) RETURNS integer
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_end_sessions(bigint) IS
    'Ends all open transactions in this database that have acted as the user: closes the connection, like pg_terminate_backend(), or rolls back the prepared transaction. Waits for their end at most five seconds and returns the number of ended ones; a WARNING counts the others. The caller''s own connection remains. Locks of the user are released; the user''s rights do not change (see kroles_block()). Transactions that have acted as more than 64 users are ended with any of them. For administrators. Errors: 28000, 42501, 42704 unknown user, 22023 no user given';
