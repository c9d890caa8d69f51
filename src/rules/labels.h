/*
 * labels.h
 *		The labels of the vocabularies in rules.h.
 */
#ifndef KROLES_LABELS_H
#define KROLES_LABELS_H

#include "rules/rules.h"

/* Indexed by the vocabulary's constants. */
extern const char *const kroles_action_labels[KROLES_NACTIONS];
extern const char *const kroles_kind_labels[KROLES_NKINDS];
extern const char *const kroles_applicative_role_labels[KROLES_NAPPLICATIVE];
extern const char *const kroles_space_type_labels[KROLES_NSPACETYPES];
extern const char *const kroles_contextual_role_labels[KROLES_NCONTEXTUAL];
extern const char *const kroles_publication_status_labels[KROLES_NSTATUSES];
extern const char *const kroles_media_role_labels[KROLES_NMEDIAROLES];
extern const char *const kroles_event_role_labels[KROLES_NEVENTROLES];
extern const char *const kroles_room_role_labels[KROLES_NROOMROLES];
extern const char *const kroles_joining_policy_labels[KROLES_NJOININGPOLICIES];
extern const char *const kroles_people_audience_labels[KROLES_NPEOPLEAUDIENCES];

/* The labels of product roles, by kind of object; NULL for a role that does not exist there. */
extern const char *const kroles_product_role_labels[KROLES_NPRODUCTROLES];
extern const char *const kroles_room_product_role_labels[KROLES_NPRODUCTROLES];
extern const char *const kroles_event_product_role_labels[KROLES_NPRODUCTROLES];

#endif
