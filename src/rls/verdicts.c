/*
 * verdicts.c
 *		Memory for the verdicts of a subject view (verdicts.h).
 *
 * The table begins when a view has judged some rows, so that a session that shows a
 * page to one user after another has none, and doubles when as many were kept as it
 * has places.  It is bounded by kroles.cache_size.  A larger table begins empty.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "cache/cache.h"
#include "rls/verdicts.h"

#define FIRST_KEPT 256			/* rows judged before there is a table */
#define FIRST_SIZE 1024

/* The most places that a table may have. */
static uint64
largest_size(void)
{
	return Min((uint64) kroles_cache_size * 1024 / 2, MaxAllocHugeSize) / sizeof(uint64);
}

/* Makes the table larger, if it may be; called when as many verdicts were kept as it has places. */
void
kroles_grow_verdicts(KrolesVerdicts *verdicts, MemoryContext context)
{
	uint64		size = verdicts->size == 0 ? FIRST_SIZE : 2 * verdicts->size;
	uint64	   *larger;

	if (verdicts->kept < FIRST_KEPT || size > largest_size())
		return;
	larger = MemoryContextAllocExtended(context, size * sizeof(uint64), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	if (verdicts->slots != NULL)
		pfree(verdicts->slots);
	*verdicts = (KrolesVerdicts) {size, 0, larger};
}
