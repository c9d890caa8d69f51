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
