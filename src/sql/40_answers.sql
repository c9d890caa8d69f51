-- The questions. All are STABLE: an answer holds for the statement. None is LEAKPROOF: a wrong argument is an error.

CREATE FUNCTION @extschema@.kroles_current_user() RETURNS bigint
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_current_user';
COMMENT ON FUNCTION @extschema@.kroles_current_user() IS
    'The id of the user who is asking; NULL for anonymous, and for a session that bypasses row security and states no identity. Error 28000 for a stated login that no user has';

CREATE FUNCTION @extschema@.kroles_can(action kroles.action, kind kroles.object_kind, id bigint DEFAULT NULL)
    RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_can';
COMMENT ON FUNCTION @extschema@.kroles_can(kroles.action, kroles.object_kind, bigint) IS
    'May the current subject? The site has no id. False for an object that is hidden or does not exist and for a NULL id. Error 22023 for an action that the kind does not have';

CREATE FUNCTION @extschema@.kroles_can(user_id bigint, action kroles.action, kind kroles.object_kind, id bigint)
    RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_can_user';
COMMENT ON FUNCTION @extschema@.kroles_can(bigint, kroles.action, kroles.object_kind, bigint) IS
    'May that user (NULL: anonymous)? Asked by administrators, by whoever has manage on the object, and by everyone about themselves; else error 42501';

CREATE FUNCTION @extschema@.kroles_rights(kind kroles.object_kind, id bigint DEFAULT NULL) RETURNS kroles.action[]
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_rights';
COMMENT ON FUNCTION @extschema@.kroles_rights(kroles.object_kind, bigint) IS
    'All rights of the current subject on the object, in the order of kroles.action; empty where there are none or no such object';

CREATE FUNCTION @extschema@.kroles_rights(kind kroles.object_kind, id bigint, user_id bigint) RETURNS kroles.action[]
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_rights_user';
COMMENT ON FUNCTION @extschema@.kroles_rights(kroles.object_kind, bigint, bigint) IS
    'All rights of that user (NULL: anonymous) on the object; who may ask is as for kroles_can';

CREATE FUNCTION @extschema@.kroles_role(kind kroles.object_kind, id bigint) RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_role';
COMMENT ON FUNCTION @extschema@.kroles_role(kroles.object_kind, bigint) IS
    'The current subject''s place on the object in the product''s own words: owner, presenter, moderator or viewer in a space and on media; owner, moderator, presenter or participant in a room; organizer, speaker, moderator or attendee in an event. The strongest, in that order; NULL without a place';

CREATE FUNCTION @extschema@.kroles_role(kind kroles.object_kind, id bigint, user_id bigint) RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_role_user';
COMMENT ON FUNCTION @extschema@.kroles_role(kroles.object_kind, bigint, bigint) IS
    'That user''s place on the object; who may ask is as for kroles_can';

CREATE FUNCTION @extschema@.kroles_can_publish(media_id bigint, space_id bigint) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_can_publish';
COMMENT ON FUNCTION @extschema@.kroles_can_publish(bigint, bigint) IS
    'May the current subject publish that media in that space: contribute there, and publish on the media or share on a shared repository it is approved in, for a channel';

CREATE FUNCTION @extschema@.kroles_can_publish(media_id bigint, space_id bigint, user_id bigint) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_can_publish_user';
COMMENT ON FUNCTION @extschema@.kroles_can_publish(bigint, bigint, bigint) IS
    'May that user (NULL: anonymous)? Asked by administrators, by whoever has manage on the media or the space, and by everyone about themselves; else error 42501';

CREATE FUNCTION @extschema@.kroles_publication_status(media_id bigint, space_id bigint) RETURNS kroles.publication_status
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_publication_status';
COMMENT ON FUNCTION @extschema@.kroles_publication_status(bigint, bigint) IS
    'What a new publication of that media in that space would come to for the current subject, approved or pending; NULL where it is not allowed';

CREATE FUNCTION @extschema@.kroles_cache_stats(OUT class text, OUT entries bigint, OUT hits bigint, OUT loads bigint,
        OUT reloads bigint, OUT evictions bigint, OUT bytes bigint) RETURNS SETOF record
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_cache_stats';
COMMENT ON FUNCTION @extschema@.kroles_cache_stats() IS
    'What this session keeps of entitlements: a row a class (site, users, groups, spaces, media, events, and stays: the rooms a user is in) with the entries there are, how often one was there and good, was read, was read again because it had changed or might have, and left for want of room (kroles.cache_size), and the bytes they take. For monitoring: members of pg_monitor, for the numbers tell which objects a question met';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_cache_stats() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION @extschema@.kroles_cache_stats() TO pg_monitor;
