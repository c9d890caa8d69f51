-- Publishing, approving, rejecting and taking down. The functions only say what is wanted: the guard on
-- kroles.publications decides, for them and for plain DML alike.

CREATE FUNCTION @extschema@.kroles_publish(media_id bigint, space_id bigint) RETURNS kroles.publication_status
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_publish';
COMMENT ON FUNCTION @extschema@.kroles_publish(bigint, bigint) IS
    'Publishes a media in a space, or again after a rejection, and returns the status it has now. Publishing what is approved changes nothing; what is pending becomes approved where this publisher''s would be. Errors: 42501 not allowed, 42704 unknown or hidden';

CREATE FUNCTION @extschema@.kroles_approve(media_id bigint, space_id bigint) RETURNS kroles.publication_status
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_approve';
COMMENT ON FUNCTION @extschema@.kroles_approve(bigint, bigint) IS
    'Approves a pending publication and returns its status; takes moderate on the space. Errors: 42501 not allowed, 42704 unknown or hidden, 55000 not pending';

CREATE FUNCTION @extschema@.kroles_reject(media_id bigint, space_id bigint, reason text DEFAULT NULL) RETURNS kroles.publication_status
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_reject';
COMMENT ON FUNCTION @extschema@.kroles_reject(bigint, bigint, text) IS
    'Rejects a pending publication, with a reason if one is given, and returns its status; takes moderate on the space. Errors as for kroles_approve';

CREATE FUNCTION @extschema@.kroles_take_down(media_id bigint, space_id bigint) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_take_down';
COMMENT ON FUNCTION @extschema@.kroles_take_down(bigint, bigint) IS
    'Takes a publication down, in whatever state; takes publish on the media, delete_contributions on the space, or having published it. Errors: 42501 not allowed, 42704 unknown or hidden';
