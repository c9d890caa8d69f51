-- Publishing, approving, rejecting and taking down. The functions only say what is wanted: the guard on
-- kroles.publications decides, for them and for plain DML alike.

CREATE FUNCTION kroles.unknown_publication() RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'there is no such publication, or you may not see it' USING ERRCODE = 'undefined_object';
END $$;
COMMENT ON FUNCTION kroles.unknown_publication() IS 'Raises the one error (42704) for a publication that is hidden or does not exist';
REVOKE EXECUTE ON FUNCTION kroles.unknown_publication() FROM PUBLIC;

CREATE FUNCTION kroles.check_publishing(media_id bigint, space_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF @extschema@.kroles_can_publish($1, $2) THEN
        RETURN;
    END IF;
    IF NOT (@extschema@.kroles_can('view', 'media', $1)
            AND (@extschema@.kroles_can('view', 'channel', $2) OR @extschema@.kroles_can('view', 'gallery', $2))) THEN
        RAISE EXCEPTION 'there is no such media or space, or you may not see it' USING ERRCODE = 'undefined_object';
    END IF;
    RAISE EXCEPTION 'you may not publish this media in this space' USING ERRCODE = 'insufficient_privilege',
        HINT = 'It takes "contribute" on the space, and "publish" on the media or "share" on a shared repository it is in.';
END $$;
COMMENT ON FUNCTION kroles.check_publishing(bigint, bigint) IS
    'Raises the error for whoever may not publish: 42704 where the media or the space is hidden or does not exist, else 42501';
REVOKE EXECUTE ON FUNCTION kroles.check_publishing(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION kroles_publish(media_id bigint, space_id bigint) RETURNS kroles.publication_status
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_status kroles.publication_status;
BEGIN
    PERFORM kroles.check_publishing($1, $2);
    LOOP
        SELECT p.status INTO found_status FROM kroles.publications AS p
        WHERE p.media_id = $1 AND p.space_id = $2 FOR UPDATE;
        EXIT WHEN FOUND;
        INSERT INTO kroles.publications AS p (media_id, space_id) VALUES ($1, $2)
        ON CONFLICT ON CONSTRAINT publications_one_per_media_and_space DO NOTHING
        RETURNING p.status INTO found_status;
        IF FOUND THEN
            RETURN found_status;
        END IF;
        -- published by someone else meanwhile: look again
    END LOOP;
    IF found_status = 'rejected'
       OR found_status = 'pending' AND @extschema@.kroles_publication_status($1, $2) = 'approved' THEN
        UPDATE kroles.publications AS p SET status = @extschema@.kroles_publication_status($1, $2)
        WHERE p.media_id = $1 AND p.space_id = $2
        RETURNING p.status INTO found_status;
    END IF;
    RETURN found_status;
END $$;
COMMENT ON FUNCTION kroles_publish(bigint, bigint) IS
    'Publishes a media in a space, or again after a rejection, and returns the status it has now. Publishing what is approved changes nothing; what is pending becomes approved where this publisher''s would be. Errors: 42501 not allowed, 42704 unknown or hidden';

CREATE FUNCTION kroles.lock_pending(media_id bigint, space_id bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    publication kroles.publications;
BEGIN
    SELECT p.* INTO publication FROM kroles.publications AS p
    WHERE p.media_id = $1 AND p.space_id = $2 FOR UPDATE;
    IF NOT FOUND OR NOT kroles.may_see_publication($1, $2, publication.status, publication.published_by) THEN
        PERFORM kroles.unknown_publication();
    END IF;
    IF NOT (@extschema@.kroles_can('moderate', 'channel', $2) OR @extschema@.kroles_can('moderate', 'gallery', $2)) THEN
        RAISE EXCEPTION 'you may not moderate this space' USING ERRCODE = 'insufficient_privilege',
            HINT = 'It takes "moderate" on the space.';
    END IF;
    IF publication.status <> 'pending' THEN
        RAISE EXCEPTION 'this publication is %, not pending', publication.status
            USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = CASE publication.status WHEN 'approved' THEN 'kroles_take_down() takes it down.'
                ELSE 'kroles_publish() publishes it again.' END;
    END IF;
END $$;
COMMENT ON FUNCTION kroles.lock_pending(bigint, bigint) IS
    'Locks a publication that the current subject is about to moderate; raises 42704, 42501 or 55000 where that cannot be';
REVOKE EXECUTE ON FUNCTION kroles.lock_pending(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION kroles_approve(media_id bigint, space_id bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM kroles.lock_pending($1, $2);
    UPDATE kroles.publications AS p SET status = 'approved' WHERE p.media_id = $1 AND p.space_id = $2;
END $$;
COMMENT ON FUNCTION kroles_approve(bigint, bigint) IS
    'Approves a pending publication; takes moderate on the space. Errors: 42501 not allowed, 42704 unknown or hidden, 55000 not pending';

CREATE FUNCTION kroles_reject(media_id bigint, space_id bigint, reason text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM kroles.lock_pending($1, $2);
    UPDATE kroles.publications AS p SET status = 'rejected', reason = $3 WHERE p.media_id = $1 AND p.space_id = $2;
END $$;
COMMENT ON FUNCTION kroles_reject(bigint, bigint, text) IS
    'Rejects a pending publication, with a reason if one is given; takes moderate on the space. Errors as for kroles_approve';

CREATE FUNCTION kroles_take_down(media_id bigint, space_id bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    publication kroles.publications;
BEGIN
    SELECT p.* INTO publication FROM kroles.publications AS p
    WHERE p.media_id = $1 AND p.space_id = $2 FOR UPDATE;
    IF NOT FOUND OR NOT kroles.may_see_publication($1, $2, publication.status, publication.published_by) THEN
        PERFORM kroles.unknown_publication();
    END IF;
    DELETE FROM kroles.publications AS p WHERE p.media_id = $1 AND p.space_id = $2;
END $$;
COMMENT ON FUNCTION kroles_take_down(bigint, bigint) IS
    'Takes a publication down, in whatever state; takes publish on the media, delete_contributions on the space, or having published it. Errors: 42501 not allowed, 42704 unknown or hidden';
