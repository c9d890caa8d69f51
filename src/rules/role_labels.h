/*
 * role_labels.h
 *		The words for places and roles that no enum type has.
 */
#ifndef KROLES_PLACES_H
#define KROLES_PLACES_H

#include "rules/rules.h"

extern const char *const kroles_media_role_names[KROLES_NMEDIAROLES];
extern const char *const kroles_room_role_names[KROLES_NROOMROLES];

extern const char *kroles_role_label(KrolesKind kind, KrolesProductRole place);
extern KrolesProductRole kroles_role_of_label(KrolesKind kind, const char *word);

#endif
