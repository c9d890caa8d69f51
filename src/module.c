/*
 * module.c
 *		Loading of the module: settings and registrations.
 */
#include "postgres.h"

#include <limits.h>

#include "fmgr.h"
#include "utils/guc.h"

#include "cache/cache.h"
#include "cache/commit_barrier.h"
#include "cache/invalidation.h"
#include "cache/lease.h"
#include "identity/identity.h"
#include "planner/estimate.h"
#include "planner/planner.h"
#include "preview/record.h"
#include "rls/filter.h"
#include "rls/keys.h"
#include "rls/object_filter.h"
#include "statement/running.h"

PG_MODULE_MAGIC;

int			kroles_cache_size;

PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	DefineCustomIntVariable("kroles.cache_size",
							"Sets the memory that a backend uses to cache entitlements.",
							"Entries that were not used for long are evicted first. A single decision may exceed the limit while it runs.",
							&kroles_cache_size, 16 * 1024, 64, MAX_KILOBYTES,
							PGC_SUSET, GUC_UNIT_KB, NULL, NULL, NULL);
	kroles_identity_init();
	MarkGUCPrefixReserved("kroles");

	kroles_cache_init();
	kroles_view_init();
	kroles_keys_init();
	kroles_object_filter_init();
	kroles_estimate_init();
	kroles_inval_init();
	kroles_barrier_init();
	kroles_lease_init();
	kroles_planner_init();
	kroles_running_init();
	kroles_record_init();
}
