/*
 * invalidation.h
 *		Which cached entries have changed: classes of entries, and the buckets that
 *		messages name.
 */
#ifndef KROLES_INVALIDATION_H
#define KROLES_INVALIDATION_H

#include "c.h"

typedef enum KrolesClass
{
	KROLES_C_SITE,				/* matrices, settings, gateways: one entry, id 0 */
	KROLES_C_USER,
	KROLES_C_GROUP,
	KROLES_C_SPACE,
	KROLES_C_MEDIA,
	KROLES_C_EVENT,
	KROLES_C_STAYS,				/* of a user, in rooms */
	KROLES_NCLASSES
} KrolesClass;

#define KROLES_EVERY_BUCKET 0	/* means all of them */
#define KROLES_NBUCKETS 320

extern void kroles_inval_init(void);
extern void kroles_bucket_prepare(void);
extern int	kroles_bucket(KrolesClass class, int64 id);
extern int	kroles_class_bucket(KrolesClass class);
extern KrolesClass kroles_bucket_class(int bucket);
extern void kroles_inval_everything(void);
extern uint64 kroles_inval_generation(void);
extern bool kroles_inval_changed(KrolesClass class, int64 id, uint64 since);
extern bool kroles_inval_class_changed(KrolesClass class, uint64 since);

#endif
