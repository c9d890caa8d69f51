-- Blocking users without waiting for their transactions. A public function kroles_x() calls kroles.x(), as in the piece on the
-- people of media.

CREATE FUNCTION kroles.check_organizes_alone(user_id bigint) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_check_organizes_alone';
COMMENT ON FUNCTION kroles.check_organizes_alone(bigint) IS
    'Error 23514 for a user who is the only organizer of an event, 42501 where it is not called by the extension';

CREATE FUNCTION kroles.block(user_id bigint, hand_over_to bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    nobody_relies boolean;
BEGIN
    PERFORM kroles.check_administrator($1);
    IF $1 = $2 THEN
        RAISE EXCEPTION 'two different users must be given' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM kroles.check_exists($2, NULL);
    IF $2 IS NULL THEN
        PERFORM kroles.check_organizes_alone($1);
    END IF;
    -- From here on the user has no open transaction, and new ones wait until this transaction commits.
    PERFORM kroles.hold_soon($1, false, 0);
    PERFORM kroles.end_transactions($1, false, 1000);
    nobody_relies := kroles.hold_soon($1, true, 2000);
    IF NOT nobody_relies THEN
        RAISE WARNING 'could not end all transactions that rely on this user'
            USING HINT = 'The block is in force nevertheless; kroles_doctor() lists events that are left without an organizer.';
    END IF;
    IF $2 IS NOT NULL THEN
        PERFORM @extschema@.kroles_hand_over($1, $2);
    END IF;
    IF nobody_relies AND current_setting('transaction_isolation') IN ('read committed', 'read uncommitted') THEN
        PERFORM FROM kroles.users u WHERE u.id = $1 FOR NO KEY UPDATE SKIP LOCKED;
        IF FOUND THEN
            UPDATE kroles.users u SET blocked = true WHERE u.id = $1 AND NOT u.blocked;
            RETURN;
        END IF;
    END IF;
    INSERT INTO kroles.user_blocks (user_id) VALUES ($1) ON CONFLICT DO NOTHING;
END $$;
COMMENT ON FUNCTION kroles.block(bigint, bigint) IS 'Implementation of kroles_block()';
REVOKE EXECUTE ON FUNCTION kroles.block(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_block(user_id bigint, hand_over_to bigint DEFAULT NULL) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_block(bigint, bigint) IS
    'Blocks a user without waiting for the user''s transactions: ends those that have acted as the user (like kroles_end_sessions()) and makes new ones wait until this transaction ends. After its commit the user has no right on any object. hand_over_to: the user who receives all that the blocked user owns and organizes, as by kroles_hand_over(). Where another transaction has locked the user''s row, the block is stored in kroles.user_blocks instead of users.blocked. For administrators. Errors: 28000, 42501, 42704 unknown user, 22023 no user given or the same one, 23514 the only organizer of an event without hand_over_to, 55000 handed over to a blocked user';

CREATE FUNCTION kroles.unblock(user_id bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM kroles.check_administrator($1);
    -- (after the wait, a stay that began while the block was made is visible, and ends)
    PERFORM kroles.hold_standing($1);
    DELETE FROM kroles.user_blocks b WHERE b.user_id = $1;
    UPDATE kroles.users u SET blocked = false WHERE u.id = $1 AND u.blocked;
END $$;
COMMENT ON FUNCTION kroles.unblock(bigint) IS 'Implementation of kroles_unblock()';
REVOKE EXECUTE ON FUNCTION kroles.unblock(bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_unblock(user_id bigint) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_unblock(bigint) IS
    'Unblocks a user, whether blocked in users.blocked or in kroles.user_blocks. The user''s stays in rooms have ended. For administrators. Errors: 28000, 42501, 42704 unknown user, 22023 no user given';

CREATE FUNCTION kroles.lift_block() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_lift_block';
COMMENT ON FUNCTION kroles.lift_block() IS 'Trigger: removes a user who is unblocked or deleted from kroles.user_blocks';
REVOKE EXECUTE ON FUNCTION kroles.lift_block() FROM PUBLIC;
