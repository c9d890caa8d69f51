/*
 * seeds.h
 *		What a transaction changed that rights depend on.
 */
#ifndef KROLES_SEEDS_H
#define KROLES_SEEDS_H

#include "core/array.h"

/*
 * X(constant, name in kroles.changed_rights()).  The columns a and b there are the ids that
 * the names name, in that order; of an applicative role, its KrolesApplicativeRole.
 */
#define KROLES_SEED_TYPES(X) \
	X(KROLES_SEED_SITE, "site") \
	X(KROLES_SEED_ANONYMOUS, "anonymous") \
	X(KROLES_SEED_ROLE, "applicative role") \
	X(KROLES_SEED_USER, "user") \
	X(KROLES_SEED_MEMBERSHIP, "user in group") \
	X(KROLES_SEED_USER_GRANT, "user in space") \
	X(KROLES_SEED_GROUP_GRANT, "group in space") \
	X(KROLES_SEED_SPACE, "space") \
	X(KROLES_SEED_SPACE_OWNER, "owner of space") \
	X(KROLES_SEED_MEDIA, "media") \
	X(KROLES_SEED_EVENT, "event") \
	X(KROLES_SEED_USER_ROLE, "user in event") \
	X(KROLES_SEED_GROUP_ROLE, "group in event") \
	X(KROLES_SEED_STAY, "user in room") \
	X(KROLES_SEED_TRUNCATED, "truncated")

#define KROLES_ENUMERATE_SEED(constant, name) constant,

typedef enum KrolesSeedType
{
	KROLES_SEED_TYPES(KROLES_ENUMERATE_SEED)
	KROLES_NSEEDTYPES
} KrolesSeedType;

/* One change. */
typedef struct KrolesSeed
{
	KrolesSeedType type;
	int64		a;
	int64		b;
} KrolesSeed;

extern KrolesArray kroles_read_seeds(void);

#endif
