-- Transfer of media, spaces and events. UPDATE of owner_id alone is a transfer; these functions also change collaborators, or
-- many objects at once. The guard on owner_id checks the right here too.

CREATE FUNCTION kroles.transfer_ownership(media_id bigint, to_user bigint, keep_as_collaborator boolean) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    former bigint;
BEGIN
    PERFORM kroles.check_one_person($2, NULL);
    PERFORM kroles.check_logged_in();
    PERFORM kroles.check_media('transfer_ownership', $1);
    former := kroles.lock_people($1, $2, NULL);
    PERFORM kroles.check_media('transfer_ownership', $1);
    PERFORM kroles.check_exists($2, NULL);
    IF former = $2 THEN
        RETURN;
    END IF;
    UPDATE kroles.media m SET owner_id = $2 WHERE m.id = $1;
    IF $3 THEN
        INSERT INTO kroles.media_collaborators (media_id, user_id, permission)
        SELECT $1, former, p FROM unnest(enum_range(NULL::kroles.collaborator_permission)) AS p ON CONFLICT DO NOTHING;
    END IF;
END $$;
COMMENT ON FUNCTION kroles.transfer_ownership(bigint, bigint, boolean) IS 'Implementation of kroles_transfer_ownership()';
REVOKE EXECUTE ON FUNCTION kroles.transfer_ownership(bigint, bigint, boolean) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_transfer_ownership(media_id bigint, to_user bigint,
                                                      keep_as_collaborator boolean DEFAULT false) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_transfer_ownership(bigint, bigint, boolean) IS
    'Makes another user the owner of a media. The new owner ceases to be a collaborator; the former owner becomes one, with all three permissions, if keep_as_collaborator is true, and remains moderator or speaker in any case. Does nothing where the user is the owner already. Requires transfer_ownership. Errors: 28000, 42501 not allowed, 42704 unknown or hidden media, unknown user, 55000 a blocked user';

CREATE FUNCTION kroles.hand_over(from_user bigint, to_user bigint) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    spaces bigint;
    media bigint;
    events bigint;
BEGIN
    IF from_user IS NULL OR to_user IS NULL OR from_user = to_user THEN
        RAISE EXCEPTION 'two different users must be given' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM kroles.check_logged_in();
    IF NOT kroles.can('administer', 'site') THEN
        RAISE EXCEPTION 'only administrators can hand over the objects of another user' USING ERRCODE = 'insufficient_privilege',
            HINT = 'Use kroles_transfer_ownership() to transfer your own media, and UPDATE of owner_id to transfer a space.';
    END IF;
    PERFORM kroles.check_exists($1, NULL), kroles.check_exists($2, NULL);
    IF EXISTS (SELECT FROM kroles.users u WHERE u.id = $2 AND u.blocked) OR EXISTS (SELECT FROM kroles.user_blocks b WHERE b.user_id = $2) THEN
        RAISE EXCEPTION 'a blocked user cannot become an owner' USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'An administrator can unblock the user first.';
    END IF;
    PERFORM FROM kroles.spaces s WHERE s.owner_id = $1 ORDER BY s.id FOR NO KEY UPDATE;
    PERFORM FROM kroles.media m WHERE m.owner_id = $1 ORDER BY m.id FOR NO KEY UPDATE;
    PERFORM FROM kroles.events e WHERE e.id IN (
        SELECT p.event_id FROM kroles.event_participants p WHERE p.user_id = $1 AND p.role = 'organizer')
    ORDER BY e.id FOR NO KEY UPDATE;
    UPDATE kroles.spaces s SET owner_id = $2 WHERE s.owner_id = $1;
    GET DIAGNOSTICS spaces = ROW_COUNT;
    UPDATE kroles.media m SET owner_id = $2 WHERE m.owner_id = $1;
    GET DIAGNOSTICS media = ROW_COUNT;
    INSERT INTO kroles.event_participants (event_id, user_id, role)
    SELECT p.event_id, $2, p.role FROM kroles.event_participants p WHERE p.user_id = $1 AND p.role = 'organizer'
    ORDER BY p.event_id ON CONFLICT DO NOTHING;
    DELETE FROM kroles.event_participants p WHERE p.user_id = $1 AND p.role = 'organizer';
    GET DIAGNOSTICS events = ROW_COUNT;
    RETURN spaces + media + events;
END $$;
COMMENT ON FUNCTION kroles.hand_over(bigint, bigint) IS 'Implementation of kroles_hand_over()';
REVOKE EXECUTE ON FUNCTION kroles.hand_over(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_hand_over(from_user bigint, to_user bigint) RETURNS bigint
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_hand_over(bigint, bigint) IS
    'Makes to_user the owner of all spaces and media of from_user, and organizer of all events that from_user organizes, in place of from_user, so that from_user can be blocked or deleted. Returns the number of objects. As in a transfer, the new owner ceases to be a collaborator of the media, and the other roles of the former owner remain. For administrators. Errors: 28000, 42501 not allowed, 42704 unknown user, 22023 the same user, 55000 a blocked user';
