-- Being in a room. What a function kroles_x() here does is in kroles.x(), as in 52.

CREATE FUNCTION kroles.check_right(action kroles.action, kind kroles.object_kind, id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF kroles.can($1, $2, $3) THEN
        RETURN;
    END IF;
    IF kroles.can('view', $2, $3) THEN
        RAISE EXCEPTION 'you may not do this in this %', $2 USING ERRCODE = 'insufficient_privilege',
            HINT = format('It takes "%s" on the %s.', $1, $2);
    END IF;
    RAISE EXCEPTION 'there is no such %, or you may not see it', $2 USING ERRCODE = 'undefined_object';
END $$;
COMMENT ON FUNCTION kroles.check_right(kroles.action, kroles.object_kind, bigint) IS
    'Error 42501 for whoever has not that right on the object, and 42704 for whoever may not even view it or where there is none';

-- The user who is asking, of whom something is to be kept.
CREATE FUNCTION kroles.person_asking() RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF kroles.asker() IS NULL THEN
        RAISE EXCEPTION 'you are not logged in' USING ERRCODE = 'invalid_authorization_specification',
            HINT = 'Log in first, with kroles_login() for instance.';
    END IF;
    RETURN kroles.asker();
END $$;
COMMENT ON FUNCTION kroles.person_asking() IS 'The current user; error 28000 for anonymous and for a session without a person';

CREATE FUNCTION kroles.stay_ends(joined_at timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    -- (in seconds, as decisions count: a day has 24 hours here, also when clocks change)
    SELECT $1 + extract(epoch FROM s.room_session_limit) * interval '1 second' FROM kroles.settings s
$$;
COMMENT ON FUNCTION kroles.stay_ends(timestamptz) IS 'When a stay that began then counts no more, by settings.room_session_limit';

CREATE FUNCTION kroles.rooms_switched() RETURNS integer
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.rooms_switched FROM kroles.settings s
$$;
COMMENT ON FUNCTION kroles.rooms_switched() IS 'How often rooms were switched off or on, for stays that begin now';
ALTER TABLE kroles.room_participants ALTER COLUMN rooms_switched SET DEFAULT kroles.rooms_switched();

CREATE FUNCTION kroles.stay_counts(stay kroles.room_participants) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT stay.left_at IS NULL AND stay.rooms_switched = kroles.rooms_switched()
        AND kroles.stay_ends(stay.joined_at) > statement_timestamp()
$$;
COMMENT ON FUNCTION kroles.stay_counts(kroles.room_participants) IS
    'Whether a stay counts: it has not ended, rooms were not switched off since, and the limit is not reached';

CREATE FUNCTION kroles.lock_stay(media_id bigint, user_id bigint) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_lock_stay';
COMMENT ON FUNCTION kroles.lock_stay(bigint, bigint) IS
    'Keeps others from beginning or ending that user''s stay in that room, to the end of the transaction. Error 42501 for whoever calls it by hand';

-- ---- Join ----

CREATE FUNCTION kroles.room_join(media_id bigint) RETURNS kroles.action[]
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    me bigint := kroles.person_asking();
    frozen kroles.action[] := (SELECT p.rights FROM kroles.room_participants p JOIN kroles.media m ON m.id = p.media_id
        WHERE p.media_id = $1 AND p.user_id = me AND kroles.stay_counts(p) AND m.type IN ('live', 'room') AND kroles.holds(me, NULL));
BEGIN
    IF frozen IS NOT NULL THEN
        RETURN frozen;
    END IF;
    PERFORM kroles.check_right('join_room', 'room', $1);
    -- Whoever blocks or deletes the user comes before this, or waits for it and ends the stay; and so do those who leave this
    -- room in another session, or take the user out of it.
    PERFORM kroles.rely_on(me);
    PERFORM FROM kroles.users u WHERE u.id = me FOR KEY SHARE;
    PERFORM kroles.lock_stay($1, me);
    PERFORM kroles.check_right('join_room', 'room', $1);
    PERFORM kroles.end_stay(p.media_id, p.user_id) FROM kroles.room_participants p
    WHERE p.media_id = $1 AND p.user_id = me AND p.left_at IS NULL AND NOT kroles.stay_counts(p);
    INSERT INTO kroles.room_participants (media_id, user_id, rights, role)
    VALUES ($1, me, array_remove(kroles.all_rights('room', $1), 'view'), kroles.place('room', $1))
    ON CONFLICT (user_id, media_id) WHERE left_at IS NULL DO NOTHING;
    RETURN (SELECT p.rights FROM kroles.room_participants p WHERE p.media_id = $1 AND p.user_id = me AND p.left_at IS NULL);
END $$;
COMMENT ON FUNCTION kroles.room_join(bigint) IS 'Behind kroles_room_join()';
REVOKE EXECUTE ON FUNCTION kroles.room_join(bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_room_join(media_id bigint) RETURNS kroles.action[]
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_room_join(bigint) IS
    'Joins a room, and returns the rights that the current user has there until the stay ends: those of now, whatever is granted or taken meanwhile (view is not among them: it is always that of the media). Joined already, in whatever session, it returns what was read then. A stay ends by kroles_room_leave() or kroles_room_remove(), by blocking or deleting the user, deleting the media, switching settings.chat_and_collaboration off, and after settings.room_session_limit. Takes join_room. Errors: 28000 not logged in, 42501 not allowed, 42704 unknown or hidden';

-- ---- Leave, and be removed ----

CREATE FUNCTION kroles.end_stay(media_id bigint, user_id bigint) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE kroles.room_participants p
    SET left_at = greatest(p.joined_at, least(statement_timestamp(), kroles.stay_ends(p.joined_at)))
    WHERE p.media_id = $1 AND p.user_id = $2 AND p.left_at IS NULL
$$;
COMMENT ON FUNCTION kroles.end_stay(bigint, bigint) IS 'Ends a user''s stay in a room, if there is one, as far as its caller may';

CREATE FUNCTION kroles.room_leave(media_id bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me bigint := kroles.person_asking();
BEGIN
    -- (a wait for somebody who is just taking them out would tell a stranger that the room is there)
    IF kroles.can('view', 'room', $1)
        OR EXISTS (SELECT FROM kroles.room_participants p WHERE p.media_id = $1 AND p.user_id = me AND p.left_at IS NULL) THEN
        PERFORM kroles.lock_stay($1, me);
        PERFORM kroles.end_stay($1, me);
    END IF;
END $$;
COMMENT ON FUNCTION kroles.room_leave(bigint) IS 'Behind kroles_room_leave()';
REVOKE EXECUTE ON FUNCTION kroles.room_leave(bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_room_leave(media_id bigint) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_room_leave(bigint) IS
    'Leaves a room, in all sessions of the current user; the next kroles_room_join() reads the rights anew. For whoever is not in it, and where there is no such room, it does nothing. Error 28000 not logged in';

CREATE FUNCTION kroles.check_may_end_stays(media_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- (an administrator who is in the room has there what was read on joining, and is an administrator all the same)
    PERFORM kroles.check_right(CASE WHEN kroles.can('administer', 'site') THEN 'view' ELSE 'moderate_room' END::kroles.action,
                               'room', $1);
END $$;
COMMENT ON FUNCTION kroles.check_may_end_stays(bigint) IS
    'Error 42501 for whoever neither moderates the room nor is an administrator, and 42704 for whoever may not even view it or where there is none';

CREATE FUNCTION kroles.room_remove(media_id bigint, user_id bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF $2 IS NULL THEN
        RAISE EXCEPTION 'a user is wanted' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM kroles.check_logged_in();
    PERFORM kroles.check_may_end_stays($1);
    PERFORM kroles.lock_stay($1, $2);
    PERFORM kroles.check_may_end_stays($1);
    PERFORM kroles.end_stay($1, $2);
END $$;
COMMENT ON FUNCTION kroles.room_remove(bigint, bigint) IS 'Behind kroles_room_remove()';
REVOKE EXECUTE ON FUNCTION kroles.room_remove(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_room_remove(media_id bigint, user_id bigint) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_room_remove(bigint, bigint) IS
    'Takes a participant out of a room. What was granted stays: take that away too, or the user may join again. For whoever is not in it it does nothing. Takes moderate_room, which hosts and room moderators have, or administer on the site. Errors: 28000 not logged in, 42501 not allowed, 42704 unknown or hidden, 22023 no user given';

-- What ends stays in rooms beside leaving and being removed.

CREATE FUNCTION kroles.end_stays() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_end_stays';
COMMENT ON FUNCTION kroles.end_stays() IS
    'Trigger: ends the stays in rooms of a user who is blocked or unblocked, or of everybody when rooms are switched off, or on again';
REVOKE EXECUTE ON FUNCTION kroles.end_stays() FROM PUBLIC;
-- (a name after keep_organizers: that one waits for those who are just joining)
CREATE TRIGGER leave_rooms AFTER UPDATE OF blocked ON kroles.users
    FOR EACH ROW WHEN (NEW.blocked <> OLD.blocked) EXECUTE FUNCTION kroles.end_stays();
CREATE TRIGGER leave_rooms AFTER INSERT OR DELETE ON kroles.user_blocks
    FOR EACH ROW WHEN (NOT kroles.restoring()) EXECUTE FUNCTION kroles.end_stays();
-- (Who joins while they are off has what is so at any time; when they are on again it would be what was so then.)
CREATE TRIGGER end_stays AFTER UPDATE OF chat_and_collaboration ON kroles.settings
    FOR EACH ROW WHEN (OLD.chat_and_collaboration <> NEW.chat_and_collaboration AND NOT kroles.restoring()) EXECUTE FUNCTION kroles.end_stays();

CREATE FUNCTION kroles.end_run_out_stays() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_end_run_out_stays';
COMMENT ON FUNCTION kroles.end_run_out_stays() IS 'Trigger: stays that have run out are over, also when the limit is raised afterwards';
REVOKE EXECUTE ON FUNCTION kroles.end_run_out_stays() FROM PUBLIC;
-- (before, so that the limit that they have run out by is the old one)
CREATE TRIGGER end_run_out_stays BEFORE UPDATE OF room_session_limit ON kroles.settings
    FOR EACH ROW WHEN (OLD.room_session_limit < NEW.room_session_limit AND NOT kroles.restoring()) EXECUTE FUNCTION kroles.end_run_out_stays();

-- A stay that began before rooms were switched off counts no more, also one that was not to be seen then: so nobody who joins
-- has to hold the settings.
CREATE FUNCTION kroles.count_switch() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.rooms_switched := OLD.rooms_switched + (OLD.chat_and_collaboration <> NEW.chat_and_collaboration)::integer;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.count_switch() IS 'Trigger: counts how often rooms are switched off or on';
REVOKE EXECUTE ON FUNCTION kroles.count_switch() FROM PUBLIC;
CREATE TRIGGER count_switch BEFORE UPDATE OF chat_and_collaboration, rooms_switched ON kroles.settings
    FOR EACH ROW WHEN (NOT kroles.restoring()) EXECUTE FUNCTION kroles.count_switch();
