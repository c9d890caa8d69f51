/*
 * stamp.c
 *		Whether what is in memory is still true.
 */
#include "postgres.h"

#include "cache/commit_barrier.h"
#include "cache/invalidation.h"
#include "cache/stamp.h"

KrolesStamp kroles_now;

/* Whether what was read of one object at that stamp is still true. */
bool
kroles_still_true(const KrolesStamp *stamp, KrolesClass class, int64 id)
{
	int			bucket;

	if (stamp->generation == kroles_now.generation && stamp->epoch == kroles_now.epoch)
		return true;
	bucket = kroles_bucket(class, id);
	return !kroles_inval_changed(class, bucket, stamp->generation) &&
		!kroles_barrier_distrusted(class, bucket, stamp->epoch);
}

/* The same for whatever was read of objects of that class. */
bool
kroles_class_still_true(const KrolesStamp *stamp, KrolesClass class)
{
	return !kroles_inval_class_changed(class, stamp->generation) &&
		!kroles_barrier_class_distrusted(class, stamp->epoch);
}

/* Notes that another asker is possible from now on. */
void
kroles_another_asker(void)
{
	kroles_now.asker++;
}
