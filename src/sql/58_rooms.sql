-- Stays in rooms. A public function kroles_x() calls kroles.x(), as in the piece on the people of media.

-- For functions that store the current user.
CREATE FUNCTION kroles.person_asking() RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF kroles.asker() IS NULL THEN
        RAISE EXCEPTION 'you are not logged in' USING ERRCODE = 'invalid_authorization_specification',
            HINT = 'Log in first, with kroles_login() for instance.';
    END IF;
    RETURN kroles.asker();
END $$;
COMMENT ON FUNCTION kroles.person_asking() IS 'The current user; error 28000 for anonymous and for a session without a user';

CREATE FUNCTION kroles.stay_ends(joined_at timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    -- (in seconds, as in decisions: a day has 24 hours, also when daylight saving time begins or ends)
    SELECT $1 + extract(epoch FROM s.room_session_limit) * interval '1 second' FROM kroles.settings s
$$;
COMMENT ON FUNCTION kroles.stay_ends(timestamptz) IS 'When a stay that began at that time reaches settings.room_session_limit';

-- (in PL/pgSQL, which keeps the plans)
CREATE FUNCTION kroles.stay_ends(media_id bigint, joined_at timestamptz, began_available boolean) RETURNS timestamptz
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN least($2 + extract(epoch FROM (SELECT s.room_session_limit FROM kroles.settings s)) * interval '1 second',
                 CASE WHEN $3 THEN (SELECT m.available_until FROM kroles.media m WHERE m.id = $1) END);
END $$;
COMMENT ON FUNCTION kroles.stay_ends(bigint, timestamptz, boolean) IS
    'The same for a stay in that room, or the end of the time in which the media is available, if it began in that and that is earlier';

CREATE FUNCTION kroles.rooms_switched() RETURNS integer
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.rooms_switched FROM kroles.settings s
$$;
COMMENT ON FUNCTION kroles.rooms_switched() IS 'settings.rooms_switched, for stays that begin now';

CREATE FUNCTION kroles.is_available(media_id bigint) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT kroles.in_window(m.available_from, m.available_until) FROM kroles.media m WHERE m.id = $1
$$;
COMMENT ON FUNCTION kroles.is_available(bigint) IS 'Whether a media, which the caller sees, is available at the time of the statement; NULL where there is none';

CREATE FUNCTION kroles.stay_counts(media_id bigint, joined_at timestamptz, left_at timestamptz, rooms_switched integer,
                                   began_available boolean) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT $3 IS NULL AND $4 = kroles.rooms_switched() AND (NOT $5 OR kroles.is_available($1))
       AND kroles.stay_ends($1, $2, $5) > statement_timestamp()
$$;
COMMENT ON FUNCTION kroles.stay_counts(bigint, timestamptz, timestamptz, integer, boolean) IS
    'Whether a stay is in force: it has not ended, rooms were not switched off since it began, its limit is not reached, and the media is available if it was then';

CREATE FUNCTION kroles.lock_stay(media_id bigint, user_id bigint) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_lock_stay';
COMMENT ON FUNCTION kroles.lock_stay(bigint, bigint) IS
    'Locks the stay of that user in that room until the end of the transaction, and that room against its being closed by its media''s time. Error 42501 where it is not called by the extension';

-- ---- Join ----

CREATE FUNCTION kroles.room_join(media_id bigint) RETURNS text[]
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    me bigint := kroles.person_asking();
    frozen kroles.action[] := (SELECT p.rights FROM kroles.room_participants p JOIN kroles.media m ON m.id = p.media_id
        WHERE p.media_id = $1 AND p.user_id = me AND p.left_at IS NULL AND kroles.stay_counts(p.media_id, p.joined_at, p.left_at, p.rooms_switched, p.began_available) AND m.type IN ('live', 'room') AND kroles.holds(me, NULL));
BEGIN
    IF frozen IS NOT NULL THEN
        RETURN frozen::text[];
    END IF;
    PERFORM kroles.check_right('join_room', 'room', $1);
    -- Transactions that block or delete the user, leave the room in another session, or remove the user from it, either commit
    -- before this point or wait for this transaction and end the stay.
    PERFORM kroles.rely_on(me);
    PERFORM FROM kroles.users u WHERE u.id = me FOR KEY SHARE;
    PERFORM kroles.lock_stay($1, me);
    PERFORM kroles.check_right('join_room', 'room', $1);
    PERFORM kroles.end_stay(p.media_id, p.user_id) FROM kroles.room_participants p
    WHERE p.media_id = $1 AND p.user_id = me AND p.left_at IS NULL AND NOT kroles.stay_counts(p.media_id, p.joined_at, p.left_at, p.rooms_switched, p.began_available);
    INSERT INTO kroles.room_participants (media_id, user_id, rights, role, began_available)
    VALUES ($1, me, array_remove(kroles.all_rights('room', $1), 'view'), kroles.role('room', $1),
            (SELECT kroles.in_window(m.available_from, m.available_until) FROM kroles.media m WHERE m.id = $1))
    ON CONFLICT (user_id, media_id) WHERE left_at IS NULL DO NOTHING;
    RETURN (SELECT p.rights::text[] FROM kroles.room_participants p WHERE p.media_id = $1 AND p.user_id = me AND p.left_at IS NULL);
END $$;
COMMENT ON FUNCTION kroles.room_join(bigint) IS 'Implementation of kroles_room_join()';
REVOKE EXECUTE ON FUNCTION kroles.room_join(bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_room_join(media_id bigint) RETURNS text[]
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_room_join(bigint) IS
    'Joins a room, and returns the rights that the current user has there until the stay ends, whatever is granted or revoked meanwhile (without view, which is always decided anew). For a user who has joined already, in any session, it returns the rights that were read then. A stay ends by kroles_room_leave() or kroles_room_remove(), when the user is blocked or deleted, when the media is deleted, when settings.chat_and_collaboration is switched off, when the time ends in which the media is available and in which the user joined, and after settings.room_session_limit. Requires join_room. Errors: 28000 not logged in, 42501 not allowed, 42704 unknown or hidden';

-- ---- Leave and remove ----

CREATE FUNCTION kroles.end_stay(media_id bigint, user_id bigint) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE kroles.room_participants p
    SET left_at = greatest(p.joined_at, least(statement_timestamp(), kroles.stay_ends(p.media_id, p.joined_at, p.began_available)))
    WHERE p.media_id = $1 AND p.user_id = $2 AND p.left_at IS NULL
$$;
COMMENT ON FUNCTION kroles.end_stay(bigint, bigint) IS 'Ends a user''s stay in a room, if there is one that the caller may update';

CREATE FUNCTION kroles.room_leave(media_id bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me bigint := kroles.person_asking();
BEGIN
    -- (waiting for a transaction that removes the user would reveal to others that the room exists)
    IF kroles.can('view', 'room', $1)
        OR EXISTS (SELECT FROM kroles.room_participants p WHERE p.media_id = $1 AND p.user_id = me AND p.left_at IS NULL) THEN
        PERFORM kroles.lock_stay($1, me);
        PERFORM kroles.end_stay($1, me);
    END IF;
END $$;
COMMENT ON FUNCTION kroles.room_leave(bigint) IS 'Implementation of kroles_room_leave()';
REVOKE EXECUTE ON FUNCTION kroles.room_leave(bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_room_leave(media_id bigint) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_room_leave(bigint) IS
    'Leaves a room, in all sessions of the current user; the next kroles_room_join() reads the rights anew. Does nothing where the user is not in the room or the room does not exist. Error 28000 not logged in';

CREATE FUNCTION kroles.check_may_end_stays(media_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- (in a room that they have joined, administrators have the rights that were read on joining, and are still administrators)
    PERFORM kroles.check_right(CASE WHEN kroles.can('administer', 'site') THEN 'view' ELSE 'moderate_room' END::kroles.action,
                               'room', $1);
END $$;
COMMENT ON FUNCTION kroles.check_may_end_stays(bigint) IS
    'Error 42501 where the current user views the room and is neither its moderator nor an administrator, 42704 where the room is hidden or does not exist';

CREATE FUNCTION kroles.room_remove(media_id bigint, user_id bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF $2 IS NULL THEN
        RAISE EXCEPTION 'user must not be null' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM kroles.check_logged_in();
    PERFORM kroles.check_may_end_stays($1);
    PERFORM kroles.lock_stay($1, $2);
    PERFORM kroles.check_may_end_stays($1);
    PERFORM kroles.end_stay($1, $2);
END $$;
COMMENT ON FUNCTION kroles.room_remove(bigint, bigint) IS 'Implementation of kroles_room_remove()';
REVOKE EXECUTE ON FUNCTION kroles.room_remove(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_room_remove(media_id bigint, user_id bigint) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_room_remove(bigint, bigint) IS
    'Removes a participant from a room. Grants remain: unless they are revoked, the user may join again. Does nothing where the user is not in the room. Requires moderate_room, which hosts and room moderators have, or administer on the site. Errors: 28000 not logged in, 42501 not allowed, 42704 unknown or hidden, 22023 no user given';

-- ---- Triggers that end stays ----

CREATE FUNCTION kroles.end_stays() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_end_stays';
COMMENT ON FUNCTION kroles.end_stays() IS
    'Trigger: ends the stays of a user who is blocked or unblocked, and all stays when rooms are switched off or on';
REVOKE EXECUTE ON FUNCTION kroles.end_stays() FROM PUBLIC;

CREATE FUNCTION kroles.end_run_out_stays() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_end_run_out_stays';
COMMENT ON FUNCTION kroles.end_run_out_stays() IS
    'Trigger: stays that have reached the limit, or began in a time in which the media was available and that is over by now or by this change, end, so that a later limit or time does not renew them';
REVOKE EXECUTE ON FUNCTION kroles.end_run_out_stays() FROM PUBLIC;

-- A stay that began before rooms were switched off is not in force, also where the transaction that switched them did not see it.
-- So joining need not lock the settings.
CREATE FUNCTION kroles.count_switch() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.rooms_switched := OLD.rooms_switched + (OLD.chat_and_collaboration <> NEW.chat_and_collaboration)::integer;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.count_switch() IS 'Trigger: counts how often rooms are switched off or on';
REVOKE EXECUTE ON FUNCTION kroles.count_switch() FROM PUBLIC;

-- ---- Who is there ----

CREATE FUNCTION kroles.room_users(media_id bigint, search text, max_rows integer, skip integer)
    RETURNS TABLE (user_id bigint, name text, initials text, avatar_url text, identifier text, role text, rights text[],
                   joined_at timestamptz, you boolean, found bigint, total bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    word text := lower(btrim(coalesce($2, '')));
BEGIN
    PERFORM kroles.check_page($3, $4);
    PERFORM kroles.check_logged_in();
    PERFORM kroles.check_may_end_stays($1);
    RETURN QUERY
    WITH shown AS (
        SELECT p.user_id, p.role, p.rights, p.joined_at, w.*, count(*) OVER () AS total
        FROM kroles.room_participants p CROSS JOIN LATERAL kroles.shown_as(p.user_id, NULL) AS w
        WHERE p.media_id = $1 AND p.left_at IS NULL AND kroles.stay_counts(p.media_id, p.joined_at, p.left_at, p.rooms_switched, p.began_available)
          AND (SELECT s.chat_and_collaboration FROM kroles.settings s)
    )
    SELECT s.user_id, s.name, kroles.initials(s.name), s.avatar_url, s.identifier, s.role, s.rights::text[], s.joined_at,
           coalesce(s.user_id = kroles.asker(), false), count(*) OVER (), s.total
    FROM shown s WHERE kroles.is_searched(s.searched, s.user_id, word)
    ORDER BY lower(s.name), s.name COLLATE "C", s.user_id LIMIT $3 OFFSET $4;
END $$;
COMMENT ON FUNCTION kroles.room_users(bigint, text, integer, integer) IS 'Implementation of kroles_room_users()';
REVOKE EXECUTE ON FUNCTION kroles.room_users(bigint, text, integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_room_users(media_id bigint, search text DEFAULT NULL, max_rows integer DEFAULT NULL,
                                              skip integer DEFAULT 0)
    RETURNS TABLE (user_id bigint, name text, initials text, avatar_url text, identifier text, role text, rights text[],
                   joined_at timestamptz, you boolean, found bigint, total bigint)
    LANGUAGE c STABLE COST 1000 ROWS 20 AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_room_users(bigint, text, integer, integer) IS
    'The users who are in a room, by name, each with the role and the rights that were read on joining, for who moderates the room. search, found and total as for kroles_media_users(). Requires moderate_room on the room; administrators may too. Errors: 28000 not logged in, 42501 not allowed, 42704 unknown or hidden, 22023 a negative number of rows';
