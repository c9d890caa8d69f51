/*
 * kinds.c
 *		The table of kinds of objects and the table of classes of cache entries.
 *
 * Everything that differs between kinds is listed here.  The columns are
 * described in cache/kinds.h.
 */
#include "postgres.h"

#include "answers/candidates.h"
#include "answers/explain_context.h"
#include "answers/list.h"
#include "audience/verify.h"
#include "cache/kinds.h"
#include "cache/load.h"
#include "decide/decide.h"
#include "rules/labels.h"

#define ARRAYS_OF(...) .narrays = lengthof(((Size []) {__VA_ARGS__})), .arrays = {__VA_ARGS__}

const KrolesClassMethods kroles_classes[KROLES_NCLASSES] = {
	[KROLES_C_SITE] = {
		"site", "site", sizeof(KrolesSite), 1, kroles_load_site,
		ARRAYS_OF(offsetof(KrolesSite, tools))
	},
	[KROLES_C_USER] = {
		"user", "users", sizeof(KrolesUser), 64, kroles_load_user,
		ARRAYS_OF(offsetof(KrolesUser, groups), offsetof(KrolesUser, grants), offsetof(KrolesUser, events),
				  offsetof(KrolesUser, memberships))
	},
	[KROLES_C_GROUP] = {
		"group", "groups", sizeof(KrolesGroup), 64, kroles_load_group,
		ARRAYS_OF(offsetof(KrolesGroup, grants), offsetof(KrolesGroup, events))
	},
	[KROLES_C_SPACE] = {"space", "spaces", sizeof(KrolesSpace), 64, kroles_load_space},
	[KROLES_C_MEDIA] = {
		"media", "media", sizeof(KrolesMedia), 64, kroles_load_media, kroles_load_past_media,
		ARRAYS_OF(offsetof(KrolesMedia, audience))
	},
	[KROLES_C_EVENT] = {"event", "events", sizeof(KrolesEvent), 64, kroles_load_event},
	[KROLES_C_STAYS] = {
		"stays", "stays", sizeof(KrolesStays), 16, kroles_load_stays,
		ARRAYS_OF(offsetof(KrolesStays, stays))
	},
	[KROLES_C_WINDOWS] = {
		"windows", "windows", sizeof(KrolesWindows), 16, kroles_load_windows,
		ARRAYS_OF(offsetof(KrolesWindows, windows))
	},
};

/* Channels and galleries are rows of one table. */
#define SPACE \
	.has_ids = true, .table = KROLES_T_SPACES, \
	.by_id = KROLES_I_SPACES_ID, .id = SPACES_ID, \
	.by_external_id = KROLES_I_SPACES_EXTERNAL, .external_id = SPACES_EXTERNAL, \
	.roles = kroles_contextual_role_labels, .nroles = KROLES_NCONTEXTUAL, .nremedies = KROLES_NCONTEXTUAL, \
	.product_roles = kroles_product_role_labels, \
	.list = kroles_list_objects, \
	.find_candidates = kroles_candidates_of_space, \
	.find = kroles_space_find, \
	.explain = kroles_space_explain, \
	.rights_with = kroles_space_rights_with

/* A room is a media of a type that has one. */
#define MEDIA \
	.has_ids = true, .table = KROLES_T_MEDIA, .id = MEDIA_ID, \
	.by_external_id = KROLES_I_MEDIA_EXTERNAL, .external_id = MEDIA_EXTERNAL, \
	.roles_on_media = true, \
	.list = kroles_list_objects, \
	.find_candidates = kroles_candidates_of_media, \
	.rights_with = kroles_media_rights_with

const KrolesKindMethods kroles_kinds[KROLES_NKINDS] = {
	[KROLES_SITE] = {
		.product_roles = kroles_product_role_labels,
		.judge = kroles_judge_site,
		.list = kroles_list_site,
		.find_candidates = kroles_candidates_of_site,
		.find = kroles_site_find,
		.explain = kroles_site_explain,
		.rights_with = kroles_site_rights_with
	},
	[KROLES_CHANNEL] = {
		SPACE,
		.judge = kroles_judge_channel,
		.made_with = KROLES_RIGHT(KROLES_CREATE_CHANNEL)
	},
	[KROLES_GALLERY] = {
		SPACE,
		.judge = kroles_judge_gallery,
		.made_with = KROLES_RIGHT(KROLES_CREATE_GALLERY)
	},
	[KROLES_MEDIA] = {
		MEDIA, .by_id = KROLES_I_MEDIA_ID,
		/* in kroles.role_rights an advanced speaker is a speaker */
		.roles = kroles_media_role_labels, .nroles = KROLES_MEDIA_ADVANCED_SPEAKER,
		.nremedies = KROLES_MEDIA_ADVANCED_SPEAKER,
		.product_roles = kroles_product_role_labels,
		.judge = kroles_judge_media,
		.find = kroles_media_find,
		.explain = kroles_media_explain,
		.made_with = KROLES_RIGHT(KROLES_UPLOAD)
	},
	[KROLES_ROOM] = {
		MEDIA, .by_id = KROLES_I_MEDIA_ROOMS,
		.roles = kroles_room_role_labels, .nroles = KROLES_NROOMROLES,
		.nremedies = KROLES_NMEDIAROLES,
		.product_roles = kroles_room_product_role_labels,
		.judge = kroles_judge_room,
		.find = kroles_room_find,
		.explain = kroles_room_explain
	},
	[KROLES_EVENT] = {
		.has_ids = true, .table = KROLES_T_EVENTS,
		.by_id = KROLES_I_EVENTS_ID, .id = EVENTS_ID,
		.by_external_id = KROLES_I_EVENTS_EXTERNAL, .external_id = EVENTS_EXTERNAL,
		.roles = kroles_event_role_labels, .nroles = KROLES_NEVENTROLES, .nremedies = KROLES_NEVENTROLES,
		.product_roles = kroles_event_product_role_labels,
		.judge = kroles_judge_event,
		.list = kroles_list_events,
		.find_candidates = kroles_candidates_of_event,
		.find = kroles_event_find,
		.explain = kroles_event_explain,
		.rights_with = kroles_event_rights_with,
		.made_with = KROLES_RIGHT(KROLES_CREATE_EVENT)
	},
};

/* Constants that must agree. */
StaticAssertDecl(KROLES_NACTIONS <= 64, "a set of rights has 64 bits");
StaticAssertDecl(KROLES_NCONTEXTUAL <= KROLES_MAX_ROLES && KROLES_NMEDIAROLES <= KROLES_MAX_ROLES &&
				 KROLES_NEVENTROLES <= KROLES_MAX_ROLES && KROLES_NROOMROLES <= KROLES_MAX_ROLES,
				 "each role of a kind has a slot in KrolesMatrices");
StaticAssertDecl(KROLES_ENTRY_USER + KROLES_NMEDIAROLES <= KROLES_ENTRY_GROUP &&
				 KROLES_ENTRY_GROUP + KROLES_NMEDIAROLES <= KROLES_ENTRY_APPROVED,
				 "each role on a media has a class of entries for users and one for groups");
