-- Publishing, approving, rejecting and taking down. The functions only change rows: the guard on kroles.publications checks the
-- rights, for these functions and for plain DML.

CREATE FUNCTION @extschema@.kroles_publish(media_id bigint, space_id bigint) RETURNS kroles.publication_status
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_publish';
COMMENT ON FUNCTION @extschema@.kroles_publish(bigint, bigint) IS
    'Publishes a media in a space, also again after a rejection, and returns the new status. An approved publication is not changed; a pending one becomes approved where a publication by the current user would be. Errors: 42501 not allowed, 42704 unknown or hidden';

CREATE FUNCTION @extschema@.kroles_approve(media_id bigint, space_id bigint) RETURNS kroles.publication_status
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_approve';
COMMENT ON FUNCTION @extschema@.kroles_approve(bigint, bigint) IS
    'Approves a pending publication and returns its status. Requires moderate on the space. Errors: 42501 not allowed, 42704 unknown or hidden, 55000 not pending';

CREATE FUNCTION @extschema@.kroles_reject(media_id bigint, space_id bigint, reason text DEFAULT NULL) RETURNS kroles.publication_status
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_reject';
COMMENT ON FUNCTION @extschema@.kroles_reject(bigint, bigint, text) IS
    'Rejects a pending publication, optionally with a reason, and returns its status. Requires moderate on the space. Errors as for kroles_approve';

CREATE FUNCTION @extschema@.kroles_take_down(media_id bigint, space_id bigint) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_take_down';
COMMENT ON FUNCTION @extschema@.kroles_take_down(bigint, bigint) IS
    'Takes a publication down, in any state. Requires publish on the media or delete_contributions on the space; the publisher may take it down too. Errors: 42501 not allowed, 42704 unknown or hidden';

CREATE FUNCTION kroles.publisher_name(media_id bigint, space_id bigint) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(nullif(btrim(u.name), ''), u.login) FROM kroles.publications p JOIN kroles.users u ON u.id = p.published_by
    WHERE (p.media_id, p.space_id) = ($1, $2) AND kroles.space_can('moderate', $2)
$$;
COMMENT ON FUNCTION kroles.publisher_name(bigint, bigint) IS 'Implementation of kroles_publisher_name()';
REVOKE EXECUTE ON FUNCTION kroles.publisher_name(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_publisher_name(media_id bigint, space_id bigint) RETURNS text
    LANGUAGE c STABLE COST 100 AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_publisher_name(bigint, bigint) IS
    'The name of the user who published the media in the space, or the login where the user has no name, for who may moderate the space; NULL for everybody else, and where a session without a user published it';

-- ---- Many at once ----

-- Runs as the caller, as the functions for one publication do. Publications are locked in the order of their keys, so that two
-- moderators who decide about the same ones do not wait for each other in a circle.
CREATE FUNCTION kroles.decide_many(media_ids bigint[], space_ids bigint[], approve boolean, reason text)
    RETURNS TABLE (media_id bigint, space_id bigint, status kroles.publication_status, "sqlstate" text, message text, hint text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    media constant bigint[] := ARRAY(SELECT unnest($1));
    spaces constant bigint[] := CASE WHEN cardinality($2) = 1 THEN array_fill(($2)[array_lower($2, 1)], ARRAY[cardinality(media)])
                                     ELSE ARRAY(SELECT unnest($2)) END;
    statuses kroles.publication_status[] := array_fill(NULL::kroles.publication_status, ARRAY[cardinality(media)]);
    codes text[] := array_fill(NULL::text, ARRAY[cardinality(media)]);
    messages text[] := codes;
    hints text[] := codes;
    code text;
    message text;
    hint text;
    n integer;
BEGIN
    IF $1 IS NULL OR $2 IS NULL THEN
        RETURN;
    END IF;
    IF cardinality(media) <> cardinality(spaces) THEN
        RAISE EXCEPTION 'there must be a space for each media, or one for all' USING ERRCODE = 'invalid_parameter_value',
            DETAIL = format('There are %s media and %s spaces.', cardinality(media), cardinality(spaces));
    END IF;
    PERFORM kroles.check_logged_in();
    FOR n IN SELECT k.n FROM unnest(media, spaces) WITH ORDINALITY AS k (media_id, space_id, n) ORDER BY k.media_id, k.space_id, k.n LOOP
        BEGIN
            statuses[n] := CASE WHEN $3 THEN @extschema@.kroles_approve(media[n], spaces[n])
                                ELSE @extschema@.kroles_reject(media[n], spaces[n], $4) END;
        EXCEPTION WHEN OTHERS THEN
            -- what the rules, a constraint or a trigger of the site refuses; not failures of the system or of the transaction
            IF left(SQLSTATE, 2) NOT IN ('22', '23', '42', '55', 'P0') THEN
                RAISE;
            END IF;
            GET STACKED DIAGNOSTICS code := RETURNED_SQLSTATE, message := MESSAGE_TEXT, hint := PG_EXCEPTION_HINT;
            codes[n] := code;
            messages[n] := message;
            hints[n] := nullif(hint, '');
        END;
    END LOOP;
    RETURN QUERY SELECT k.media_id, k.space_id, k.status, k.code, k.message, k.hint
    FROM unnest(media, spaces, statuses, codes, messages, hints) WITH ORDINALITY AS k (media_id, space_id, status, code, message, hint, n)
    ORDER BY k.n;
END $$;
COMMENT ON FUNCTION kroles.decide_many(bigint[], bigint[], boolean, text) IS
    'For kroles_approve_many() and kroles_reject_many(): decides about each publication in a savepoint of its own';

CREATE FUNCTION @extschema@.kroles_approve_many(media_ids bigint[], space_ids bigint[])
    RETURNS TABLE (media_id bigint, space_id bigint, status kroles.publication_status, "sqlstate" text, message text, hint text)
    LANGUAGE sql COST 10000 ROWS 20 SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM kroles.decide_many($1, $2, true, NULL)
$$;
COMMENT ON FUNCTION @extschema@.kroles_approve_many(bigint[], bigint[]) IS
    'Approves pending publications: those of each media in the space at the same position, or all in one space where space_ids has one element. A row for each, in the order of the arrays: its status, or the SQLSTATE, message and hint with which kroles_approve() refuses it; the others are approved all the same. No row where an array is NULL. Errors: 28000 not logged in, 22023 arrays of different lengths';

CREATE FUNCTION @extschema@.kroles_reject_many(media_ids bigint[], space_ids bigint[], reason text DEFAULT NULL)
    RETURNS TABLE (media_id bigint, space_id bigint, status kroles.publication_status, "sqlstate" text, message text, hint text)
    LANGUAGE sql COST 10000 ROWS 20 SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM kroles.decide_many($1, $2, false, $3)
$$;
COMMENT ON FUNCTION @extschema@.kroles_reject_many(bigint[], bigint[], text) IS
    'Rejects pending publications, with one reason for all; otherwise as kroles_approve_many()';
