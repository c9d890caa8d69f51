-- More than one server: positions in the primary's log, and its heartbeat.

CREATE FUNCTION @extschema@.kroles_position() RETURNS pg_lsn
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_position';
COMMENT ON FUNCTION @extschema@.kroles_position() IS
    'On the primary: a position in its log that is later than every commit which has been reported; taken after a change, kroles_wait() waits for the change elsewhere. On a standby or replica: the position up to which it has the changes of its primary; NULL where none is known';

CREATE FUNCTION @extschema@.kroles_wait("position" pg_lsn, timeout interval DEFAULT '10 seconds') RETURNS boolean
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_wait';
COMMENT ON FUNCTION @extschema@.kroles_wait(pg_lsn, interval) IS
    'Waits on a standby or replica until it has every change that was committed on the primary at that position; true once it has, false after the timeout (0 to 10 minutes). Later statements see those changes. On the primary: whether its log has come to that position, at once. Must be a statement of its own, at READ COMMITTED (error 55000): it holds no snapshot while it waits';

CREATE FUNCTION kroles.is_replica() RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM kroles.replica)
        OR EXISTS (SELECT FROM pg_subscription_rel s WHERE s.srrelid IN ('kroles.rights'::regclass, 'kroles.heartbeat'::regclass))
$$;
COMMENT ON FUNCTION kroles.is_replica() IS 'Whether this database is a logical replica: set up by kroles_subscribe(), or by a subscription made by hand that brings the rights or the heartbeat of another kroles';

CREATE FUNCTION kroles.heartbeat() RETURNS timestamptz
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    written timestamptz;
BEGIN
    IF kroles.is_replica() THEN
        RAISE EXCEPTION 'a replica has no heartbeat of its own' USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Call kroles_heartbeat() on the primary. To make this database one of its own: DROP SUBSCRIPTION, then DELETE FROM kroles.replica.';
    END IF;
    INSERT INTO kroles.heartbeat AS h (at) VALUES (clock_timestamp())
    ON CONFLICT ON CONSTRAINT heartbeat_has_one_row DO UPDATE SET at = clock_timestamp(), caller = session_user
    RETURNING h.at INTO written;
    RETURN written;
END $$;
COMMENT ON FUNCTION kroles.heartbeat() IS 'Implementation of kroles_heartbeat()';
REVOKE EXECUTE ON FUNCTION kroles.heartbeat() FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_heartbeat() RETURNS timestamptz
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_heartbeat() IS
    'Writes the time into kroles.heartbeat, and returns it: call it on the primary several times within settings.replica_lease, in a transaction of its own, from a timer of the system or pg_cron. Grant EXECUTE to the role that the timer uses';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_heartbeat() FROM PUBLIC;
