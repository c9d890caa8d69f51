/*
 * tables.h
 *		Our tables, columns and indexes that C reads: one list each.
 *
 * Each list defines the constants (catalog.h) and the names that catalog.c looks
 * up.  Columns that C does not read are not listed.
 */
#ifndef KROLES_TABLES_H
#define KROLES_TABLES_H

/* X(KROLES_T_ constant, name, columns) */
#define KROLES_TABLES(X) \
	X(KROLES_T_SETTINGS, "settings", SETTINGS_COLUMNS) \
	X(KROLES_T_RIGHTS, "rights", RIGHTS_COLUMNS) \
	X(KROLES_T_BASELINE, "baseline_rights", BASELINE_COLUMNS) \
	X(KROLES_T_ROLE_RIGHTS, "role_rights", ROLE_RIGHTS_COLUMNS) \
	X(KROLES_T_CEILING, "ceiling_rights", CEILING_COLUMNS) \
	X(KROLES_T_GATEWAYS, "gateways", GATEWAYS_COLUMNS) \
	X(KROLES_T_SIGNING_KEYS, "signing_keys", SIGNING_KEYS_COLUMNS) \
	X(KROLES_T_USERS, "users", USERS_COLUMNS) \
	X(KROLES_T_USER_BLOCKS, "user_blocks", USER_BLOCKS_COLUMNS) \
	X(KROLES_T_GROUP_MEMBERS, "group_members", GROUP_MEMBERS_COLUMNS) \
	X(KROLES_T_SPACES, "spaces", SPACES_COLUMNS) \
	X(KROLES_T_SPACE_MEMBERS, "space_members", SPACE_MEMBERS_COLUMNS) \
	X(KROLES_T_MEDIA, "media", MEDIA_COLUMNS) \
	X(KROLES_T_PUBLICATIONS, "publications", PUBLICATIONS_COLUMNS) \
	X(KROLES_T_COLLABORATORS, "media_collaborators", PEOPLE_COLUMNS) \
	X(KROLES_T_MODERATORS, "media_moderators", MODERATORS_COLUMNS) \
	X(KROLES_T_SPEAKERS, "media_speakers", SPEAKERS_COLUMNS) \
	X(KROLES_T_EVENTS, "events", EVENTS_COLUMNS) \
	X(KROLES_T_EVENT_PARTICIPANTS, "event_participants", EVENT_PARTICIPANTS_COLUMNS) \
	X(KROLES_T_EVENT_SESSIONS, "event_sessions", EVENT_SESSIONS_COLUMNS) \
	X(KROLES_T_ROOM_PARTICIPANTS, "room_participants", ROOM_PARTICIPANTS_COLUMNS) \
	X(KROLES_T_SECRET, "secret", SECRET_COLUMNS) \
	X(KROLES_T_HEARTBEAT, "heartbeat", HEARTBEAT_COLUMNS) \
	X(KROLES_T_REPLICA, "replica", REPLICA_COLUMNS)

/*
 * The columns of each table: C(constant, name).  Tables of an earlier version lack
 * those with this before the name; their number is 0 then.
 */
#define KROLES_MAY_BE_MISSING "?"

#define SETTINGS_COLUMNS(C) \
	C(SETTINGS_ALLOW_ANONYMOUS, "allow_anonymous") \
	C(SETTINGS_CHAT_AND_COLLABORATION, "chat_and_collaboration") \
	C(SETTINGS_CREATION_TOOLS, "creation_tools") \
	C(SETTINGS_TOKEN_ISSUER, "token_issuer") \
	C(SETTINGS_TOKEN_AUDIENCE, "token_audience") \
	C(SETTINGS_TOKEN_LEEWAY, "token_leeway") \
	C(SETTINGS_ROOM_SESSION_LIMIT, "room_session_limit") \
	C(SETTINGS_ROOMS_SWITCHED, "rooms_switched") \
	C(SETTINGS_REPLICA_LEASE, "replica_lease") \
	C(SETTINGS_CASE_INSENSITIVE_LOGINS, KROLES_MAY_BE_MISSING "case_insensitive_logins") \
	C(SETTINGS_PEOPLE_SHOWN_TO, KROLES_MAY_BE_MISSING "people_shown_to") \
	C(SETTINGS_RECORD_ACCESS_CHANGES, KROLES_MAY_BE_MISSING "record_access_changes") \
	C(SETTINGS_ACCESS_CHANGE_ACTIONS, KROLES_MAY_BE_MISSING "access_change_actions")
#define RIGHTS_COLUMNS(C) \
	C(RIGHTS_KIND, "kind") \
	C(RIGHTS_ACTION, "action")
#define BASELINE_COLUMNS(C) \
	C(BASELINE_KIND, "kind") \
	C(BASELINE_TYPE, "type") \
	C(BASELINE_APPLICATIVE, "applicative_role") \
	C(BASELINE_ACTION, "action") \
	C(BASELINE_ALLOWED, "allowed")
#define ROLE_RIGHTS_COLUMNS(C) \
	C(ROLE_RIGHTS_KIND, "kind") \
	C(ROLE_RIGHTS_ROLE, "role") \
	C(ROLE_RIGHTS_ACTION, "action") \
	C(ROLE_RIGHTS_ALLOWED, "allowed")
#define CEILING_COLUMNS(C) \
	C(CEILING_APPLICATIVE, "applicative_role") \
	C(CEILING_KIND, "kind") \
	C(CEILING_ACTION, "action") \
	C(CEILING_ALLOWED, "allowed")
#define GATEWAYS_COLUMNS(C) \
	C(GATEWAYS_ROLE, "role")
#define SIGNING_KEYS_COLUMNS(C) \
	C(SIGNING_KEYS_KID, "kid") \
	C(SIGNING_KEYS_ALGORITHM, "algorithm") \
	C(SIGNING_KEYS_KEY, "key") \
	C(SIGNING_KEYS_EXPIRES, "expires_at")
#define USERS_COLUMNS(C) \
	C(USERS_ID, "id") \
	C(USERS_LOGIN, "login") \
	C(USERS_APPLICATIVE, "applicative_role") \
	C(USERS_ADMINISTRATOR, "administrator") \
	C(USERS_BLOCKED, "blocked") \
	C(USERS_DB_ROLE, "db_role") \
	C(USERS_TOKENS_VALID_AFTER, "tokens_valid_after")
#define USER_BLOCKS_COLUMNS(C) \
	C(USER_BLOCKS_USER, "user_id")
#define GROUP_MEMBERS_COLUMNS(C) \
	C(GROUP_MEMBERS_USER, "user_id") \
	C(GROUP_MEMBERS_GROUP, "group_id") \
	C(GROUP_MEMBERS_STARTS, KROLES_MAY_BE_MISSING "starts_at") \
	C(GROUP_MEMBERS_EXPIRES, KROLES_MAY_BE_MISSING "expires_at")
#define SPACES_COLUMNS(C) \
	C(SPACES_ID, "id") \
	C(SPACES_KIND, "kind") \
	C(SPACES_TYPE, "type") \
	C(SPACES_OWNER, "owner_id") \
	C(SPACES_MODERATED, "moderated") \
	C(SPACES_PARENT, "parent_id") \
	C(SPACES_INHERITS, "inherits_members") \
	C(SPACES_EXTERNAL, "external_id") \
	C(SPACES_JOINING, KROLES_MAY_BE_MISSING "joining")
#define SPACE_MEMBERS_COLUMNS(C) \
	C(SPACE_MEMBERS_SPACE, "space_id") \
	C(SPACE_MEMBERS_USER, "user_id") \
	C(SPACE_MEMBERS_GROUP, "group_id") \
	C(SPACE_MEMBERS_ROLE, "role") \
	C(SPACE_MEMBERS_EXPIRES, "expires_at") \
	C(SPACE_MEMBERS_STARTS, KROLES_MAY_BE_MISSING "starts_at")
#define MEDIA_COLUMNS(C) \
	C(MEDIA_ID, "id") \
	C(MEDIA_OWNER, "owner_id") \
	C(MEDIA_TYPE, "type") \
	C(MEDIA_EXTERNAL, "external_id") \
	C(MEDIA_AUDIENCE, "audience") \
	C(MEDIA_AVAILABLE_FROM, KROLES_MAY_BE_MISSING "available_from") \
	C(MEDIA_AVAILABLE_UNTIL, KROLES_MAY_BE_MISSING "available_until")
#define PUBLICATIONS_COLUMNS(C) \
	C(PUBLICATIONS_MEDIA, "media_id") \
	C(PUBLICATIONS_SPACE, "space_id") \
	C(PUBLICATIONS_STATUS, "status") \
	C(PUBLICATIONS_PUBLISHED_BY, "published_by") \
	C(PUBLICATIONS_PUBLISHED_AT, "published_at") \
	C(PUBLICATIONS_MODERATED_BY, "moderated_by") \
	C(PUBLICATIONS_MODERATED_AT, "moderated_at") \
	C(PUBLICATIONS_REASON, "reason")
#define PEOPLE_COLUMNS(C) \
	C(PEOPLE_MEDIA, "media_id") \
	C(PEOPLE_USER, "user_id") \
	C(PEOPLE_GROUP, "group_id") \
	C(PEOPLE_PERMISSION, "permission") \
	C(PEOPLE_STARTS, KROLES_MAY_BE_MISSING "starts_at") \
	C(PEOPLE_EXPIRES, KROLES_MAY_BE_MISSING "expires_at")
/* the same positions as PEOPLE_COLUMNS, so that code for both uses those constants */
#define MODERATORS_COLUMNS(C) \
	C(MODERATORS_MEDIA, "media_id") \
	C(MODERATORS_USER, "user_id") \
	C(MODERATORS_GROUP, "group_id") \
	C(MODERATORS_PERMISSION, "permission") \
	C(MODERATORS_STARTS, KROLES_MAY_BE_MISSING "starts_at") \
	C(MODERATORS_EXPIRES, KROLES_MAY_BE_MISSING "expires_at")
#define SPEAKERS_COLUMNS(C) \
	C(SPEAKERS_MEDIA, "media_id") \
	C(SPEAKERS_USER, "user_id") \
	C(SPEAKERS_TYPE, "type")
#define EVENTS_COLUMNS(C) \
	C(EVENTS_ID, "id") \
	C(EVENTS_CREATED_BY, "created_by") \
	C(EVENTS_EXTERNAL, "external_id")
#define EVENT_PARTICIPANTS_COLUMNS(C) \
	C(EVENT_PARTICIPANTS_EVENT, "event_id") \
	C(EVENT_PARTICIPANTS_USER, "user_id") \
	C(EVENT_PARTICIPANTS_GROUP, "group_id") \
	C(EVENT_PARTICIPANTS_ROLE, "role") \
	C(EVENT_PARTICIPANTS_STARTS, KROLES_MAY_BE_MISSING "starts_at") \
	C(EVENT_PARTICIPANTS_EXPIRES, KROLES_MAY_BE_MISSING "expires_at")
#define EVENT_SESSIONS_COLUMNS(C) \
	C(EVENT_SESSIONS_MEDIA, "media_id") \
	C(EVENT_SESSIONS_EVENT, "event_id")
#define ROOM_PARTICIPANTS_COLUMNS(C) \
	C(ROOM_PARTICIPANTS_USER, "user_id") \
	C(ROOM_PARTICIPANTS_MEDIA, "media_id") \
	C(ROOM_PARTICIPANTS_JOINED, "joined_at") \
	C(ROOM_PARTICIPANTS_LEFT, "left_at") \
	C(ROOM_PARTICIPANTS_RIGHTS, "rights") \
	C(ROOM_PARTICIPANTS_ROLE, "role") \
	C(ROOM_PARTICIPANTS_SWITCHED, "rooms_switched") \
	C(ROOM_PARTICIPANTS_BEGAN_AVAILABLE, KROLES_MAY_BE_MISSING "began_available")
#define SECRET_COLUMNS(C) \
	C(SECRET_KEY, "key")
#define HEARTBEAT_COLUMNS(C) \
	C(HEARTBEAT_AT, "at")
#define REPLICA_COLUMNS(C) \
	C(REPLICA_SUBSCRIPTION, "subscription")

/* Indexes: X(KROLES_I_ constant, name) */
#define KROLES_INDEXES(X) \
	X(KROLES_I_GATEWAYS_ROLE, "gateways_role_is_trusted_once") \
	X(KROLES_I_USERS_ID, "users_id_is_unique") \
	X(KROLES_I_USERS_LOGIN, "users_login_is_unique") \
	X(KROLES_I_USERS_DB_ROLE, "users_db_role_belongs_to_one_user") \
	X(KROLES_I_USERS_ADMINISTRATOR, "users_administrator") \
	X(KROLES_I_USER_BLOCKS_USER, "user_blocks_a_user_is_blocked_once") \
	X(KROLES_I_GROUP_MEMBERS_USER, "group_members_a_user_is_in_a_group_once") \
	X(KROLES_I_GROUP_MEMBERS_GROUP, "group_members_group") \
	X(KROLES_I_GROUP_MEMBERS_WINDOWS, "group_members_windows") \
	X(KROLES_I_SPACES_ID, "spaces_id_is_unique") \
	X(KROLES_I_SPACES_EXTERNAL, "spaces_external_id_is_unique") \
	X(KROLES_I_SPACES_TYPE, "spaces_type") \
	X(KROLES_I_SPACES_OWNER, "spaces_owner") \
	X(KROLES_I_SPACES_PARENT, "spaces_parent") \
	X(KROLES_I_SPACE_MEMBERS_SPACE, "space_members_one_grant_a_user_or_group") \
	X(KROLES_I_SPACE_MEMBERS_USER, "space_members_user") \
	X(KROLES_I_SPACE_MEMBERS_GROUP, "space_members_group") \
	X(KROLES_I_MEDIA_ID, "media_id_is_unique") \
	X(KROLES_I_MEDIA_OWNER, "media_owner") \
	X(KROLES_I_MEDIA_AUDIENCE, "media_audience") \
	X(KROLES_I_MEDIA_EXTERNAL, "media_external_id_is_unique") \
	X(KROLES_I_PUBLICATIONS_MEDIA, "publications_one_per_media_and_space") \
	X(KROLES_I_COLLABORATORS_MEDIA, "media_collaborators_a_permission_is_given_once") \
	X(KROLES_I_COLLABORATORS_USER, "media_collaborators_user") \
	X(KROLES_I_COLLABORATORS_GROUP, "media_collaborators_group") \
	X(KROLES_I_MODERATORS_MEDIA, "media_moderators_a_permission_is_given_once") \
	X(KROLES_I_MODERATORS_USER, "media_moderators_user") \
	X(KROLES_I_MODERATORS_GROUP, "media_moderators_group") \
	X(KROLES_I_SPEAKERS_MEDIA, "media_speakers_a_user_speaks_once") \
	X(KROLES_I_SPEAKERS_USER, "media_speakers_user") \
	X(KROLES_I_MEDIA_ROOMS, "media_rooms") \
	X(KROLES_I_MEDIA_WINDOWS, "media_windows") \
	X(KROLES_I_EVENTS_ID, "events_id_is_unique") \
	X(KROLES_I_EVENTS_EXTERNAL, "events_external_id_is_unique") \
	X(KROLES_I_EVENT_PARTICIPANTS_EVENT, "event_participants_a_role_is_given_once") \
	X(KROLES_I_EVENT_PARTICIPANTS_USER, "event_participants_user") \
	X(KROLES_I_EVENT_PARTICIPANTS_GROUP, "event_participants_group") \
	X(KROLES_I_EVENT_SESSIONS_MEDIA, "event_sessions_media") \
	X(KROLES_I_ROOM_PARTICIPANTS_MEDIA, "room_participants_now") \
	X(KROLES_I_ROOM_PARTICIPANTS_USER, "room_participants_a_user_is_in_a_room_once")

#endif
