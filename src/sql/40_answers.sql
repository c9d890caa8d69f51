-- Questions about one object. All are STABLE: an answer is valid for the statement. None is LEAKPROOF: errors depend on
-- arguments.

CREATE FUNCTION @extschema@.kroles_current_user() RETURNS bigint
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_current_user';
COMMENT ON FUNCTION @extschema@.kroles_current_user() IS
    'The id of the current user; NULL for anonymous, and for a session that bypasses row-level security and states no identity. Error 28000 where the stated login belongs to no user';

CREATE FUNCTION @extschema@.kroles_can(action kroles.action, kind kroles.object_kind, id bigint DEFAULT NULL)
    RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_can';
COMMENT ON FUNCTION @extschema@.kroles_can(kroles.action, kroles.object_kind, bigint) IS
    'Whether the current subject has the right on the object. The site has no id. False for an object that is hidden or does not exist, and for a NULL id. Error 22023 for an action that the kind does not have';

CREATE FUNCTION @extschema@.kroles_can(user_id bigint, action kroles.action, kind kroles.object_kind, id bigint)
    RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_can_user';
COMMENT ON FUNCTION @extschema@.kroles_can(bigint, kroles.action, kroles.object_kind, bigint) IS
    'Whether that user (NULL: anonymous) has the right on the object. Allowed to administrators, to auditors, to users with manage on the object, and to every user about themselves; else error 42501';

CREATE FUNCTION @extschema@.kroles_rights(kind kroles.object_kind, id bigint DEFAULT NULL) RETURNS text[]
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_rights_text';
COMMENT ON FUNCTION @extschema@.kroles_rights(kroles.object_kind, bigint) IS
    'All rights of the current subject on the object, as text, in the order of kroles.action; empty where there are none, and where the object does not exist';

CREATE FUNCTION @extschema@.kroles_rights(kind kroles.object_kind, id bigint, user_id bigint) RETURNS text[]
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_rights_text_user';
COMMENT ON FUNCTION @extschema@.kroles_rights(kroles.object_kind, bigint, bigint) IS
    'All rights of that user (NULL: anonymous) on the object; allowed to the same users as kroles_can';

CREATE FUNCTION @extschema@.kroles_role(kind kroles.object_kind, id bigint) RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_role';
COMMENT ON FUNCTION @extschema@.kroles_role(kroles.object_kind, bigint) IS
    'The role of the current subject on the object, as a label for user interfaces: owner, presenter, moderator or viewer in a space and on media; owner, moderator, presenter or participant in a room; organizer, speaker, moderator or attendee in an event. The first that applies, in that order; NULL without a role';

CREATE FUNCTION @extschema@.kroles_role(kind kroles.object_kind, id bigint, user_id bigint) RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_role_user';
COMMENT ON FUNCTION @extschema@.kroles_role(kroles.object_kind, bigint, bigint) IS
    'The role of that user on the object; allowed to the same users as kroles_can';

CREATE FUNCTION @extschema@.kroles_contextual_role(space_id bigint) RETURNS kroles.contextual_role
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_contextual_role';
COMMENT ON FUNCTION @extschema@.kroles_contextual_role(bigint) IS
    'The role of the current subject in the channel or gallery: member, contributor, moderator or manager, by a grant of their own or else the strongest of their groups, and manager for the owner; with inherits_members, that of the gallery whose members count. NULL without a role, where kroles_role() may say viewer, and where the space does not exist';

CREATE FUNCTION @extschema@.kroles_contextual_role(space_id bigint, user_id bigint) RETURNS kroles.contextual_role
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_contextual_role_user';
COMMENT ON FUNCTION @extschema@.kroles_contextual_role(bigint, bigint) IS
    'The role of that user in the channel or gallery; allowed to administrators, to auditors, to users with manage on the space, and to every user about themselves; else error 42501';

CREATE FUNCTION @extschema@.kroles_can_publish(media_id bigint, space_id bigint) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_can_publish';
COMMENT ON FUNCTION @extschema@.kroles_can_publish(bigint, bigint) IS
    'Whether the current subject may publish the media in the space. Requires contribute on the space, and publish on the media or, for a channel, share on a shared repository where the media is approved';

CREATE FUNCTION @extschema@.kroles_can_publish(media_id bigint, space_id bigint, user_id bigint) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_can_publish_user';
COMMENT ON FUNCTION @extschema@.kroles_can_publish(bigint, bigint, bigint) IS
    'Whether that user (NULL: anonymous) may publish the media in the space. Allowed to administrators, to auditors, to users with manage on the media or the space, and to every user about themselves; else error 42501';

CREATE FUNCTION @extschema@.kroles_publication_status(media_id bigint, space_id bigint) RETURNS kroles.publication_status
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_publication_status';
COMMENT ON FUNCTION @extschema@.kroles_publication_status(bigint, bigint) IS
    'The status, approved or pending, that a publication of the media in the space by the current subject would have; NULL where it is not allowed';

CREATE FUNCTION @extschema@.kroles_cache_stats(OUT class text, OUT entries bigint, OUT hits bigint, OUT loads bigint,
        OUT reloads bigint, OUT evictions bigint, OUT bytes bigint) RETURNS SETOF record
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_cache_stats';
COMMENT ON FUNCTION @extschema@.kroles_cache_stats() IS
    'The entitlement cache of this session: one row for each class (site, users, groups, spaces, media, events, and stays: the rooms that a user is in) with the number of entries, of hits, of loads, of reloads of entries that had changed or might have, of evictions (kroles.cache_size), and the memory used in bytes. Allowed to members of pg_monitor, because the numbers reveal which objects a question reads';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_cache_stats() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION @extschema@.kroles_cache_stats() TO pg_monitor;
