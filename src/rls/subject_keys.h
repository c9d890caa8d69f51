/*
 * subject_keys.h
 *		The index keys of everything that a subject may see.
 */
#ifndef KROLES_SUBJECT_KEYS_H
#define KROLES_SUBJECT_KEYS_H

#include "cache/cache.h"
#include "core/asker.h"
#include "rules/sufficient.h"

#define KROLES_MAX_INDEX_KEYS 1000	/* a subject with more gets the key of everything */

extern struct varlena *kroles_subject_keys(KrolesBasis basis, KrolesAsker who);
extern struct varlena *kroles_subject_keys_by(KrolesBasis basis, KrolesAsker who, const KrolesSufficient *sufficient,
											  int max);

#endif
