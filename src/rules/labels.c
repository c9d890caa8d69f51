/*
 * labels.c
 *		The labels of the vocabularies in rules.h.
 */
#include <stddef.h>

#include "rules/labels.h"

#define LABEL(constant, label) [constant] = label,

const char *const kroles_action_labels[KROLES_NACTIONS] = {KROLES_ACTIONS(LABEL)};
const char *const kroles_kind_labels[KROLES_NKINDS] = {KROLES_KINDS(LABEL)};
const char *const kroles_applicative_role_labels[KROLES_NAPPLICATIVE] = {KROLES_APPLICATIVE_ROLES(LABEL)};
const char *const kroles_space_type_labels[KROLES_NSPACETYPES] = {KROLES_SPACE_TYPES(LABEL)};
const char *const kroles_contextual_role_labels[KROLES_NCONTEXTUAL] = {KROLES_CONTEXTUAL_ROLES(LABEL)};
const char *const kroles_publication_status_labels[KROLES_NSTATUSES] = {KROLES_PUBLICATION_STATUSES(LABEL)};
const char *const kroles_media_role_labels[KROLES_NMEDIAROLES] = {KROLES_MEDIA_ROLES(LABEL)};
const char *const kroles_event_role_labels[KROLES_NEVENTROLES] = {KROLES_EVENT_ROLES(LABEL)};
const char *const kroles_room_role_labels[KROLES_NROOMROLES] = {KROLES_ROOM_ROLES(LABEL)};
const char *const kroles_joining_policy_labels[KROLES_NJOININGPOLICIES] = {KROLES_JOINING_POLICIES(LABEL)};
const char *const kroles_people_audience_labels[KROLES_NPEOPLEAUDIENCES] = {KROLES_PEOPLE_AUDIENCES(LABEL)};

const char *const kroles_product_role_labels[KROLES_NPRODUCTROLES] = {
	[KROLES_PRODUCT_OWNER] = "owner",
	[KROLES_PRODUCT_PRESENTER] = "presenter",
	[KROLES_PRODUCT_MODERATOR] = "moderator",
	[KROLES_PRODUCT_VIEWER] = "viewer",
};
const char *const kroles_room_product_role_labels[KROLES_NPRODUCTROLES] = {
	[KROLES_PRODUCT_OWNER] = "owner",
	[KROLES_PRODUCT_MODERATOR] = "moderator",
	[KROLES_PRODUCT_ROOM_PRESENTER] = "presenter",
	[KROLES_PRODUCT_VIEWER] = "participant",
};
const char *const kroles_event_product_role_labels[KROLES_NPRODUCTROLES] = {
	[KROLES_PRODUCT_OWNER] = "organizer",
	[KROLES_PRODUCT_PRESENTER] = "speaker",
	[KROLES_PRODUCT_MODERATOR] = "moderator",
	[KROLES_PRODUCT_VIEWER] = "attendee",
};
