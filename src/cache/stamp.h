/*
 * stamp.h
 *		Whether what is in memory is still true.
 *
 * Everything that is kept carries the stamp of the instant that it was read at.
 * It is true for as long as nothing that it rests on was named since by an
 * invalidation message (invalidation.c) or distrusted because a transaction was
 * changing it (commit_barrier.c).
 */
#ifndef KROLES_STAMP_H
#define KROLES_STAMP_H

#include "core/compat.h"
#include "cache/entries.h"

typedef struct KrolesStamp
{
	uint64		generation;		/* number of the latest message */
	uint64		epoch;			/* number of the latest distrust */
	uint64		completed;		/* completion count for which messages were accepted */
	uint64		statement;		/* number of the statement that asks */
	uint64		asker;			/* changes whenever another asker is possible */
} KrolesStamp;

/* The stamp of this instant.  Only invalidation.c, commit_barrier.c, question.c and kroles_another_asker() write it. */
extern KrolesStamp kroles_now;

extern bool kroles_still_true(const KrolesStamp *stamp, KrolesClass class, int64 id);
extern bool kroles_class_still_true(const KrolesStamp *stamp, KrolesClass class);
extern void kroles_another_asker(void);

/* Whether nothing at all has happened since: no message, no distrust, no commit, no other statement or asker. */
static inline bool
kroles_nothing_happened(const KrolesStamp *stamp)
{
	return stamp->completed == KROLES_COMPLETION_COUNT() &&
		stamp->generation == kroles_now.generation && stamp->epoch == kroles_now.epoch &&
		stamp->statement == kroles_now.statement && stamp->asker == kroles_now.asker;
}

#endif
