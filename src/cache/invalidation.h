/*
 * invalidation.h
 *		Which cached entries have changed: buckets, and the messages about them.
 */
#ifndef KROLES_INVALIDATION_H
#define KROLES_INVALIDATION_H

#include "cache/entries.h"

/* The OID in messages about a bucket, of a relation that never exists. */
#define KROLES_BUCKET_OID(bucket) ((Oid) 8000 + (bucket))

extern void kroles_inval_init(void);
extern int	kroles_bucket(KrolesClass class, int64 id);
extern int	kroles_class_bucket(KrolesClass class);
extern KrolesClass kroles_bucket_class(int bucket);
extern void kroles_inval_everything(void);
extern bool kroles_inval_changed(KrolesClass class, int bucket, uint64 since);
extern bool kroles_inval_class_changed(KrolesClass class, uint64 since);

#endif
