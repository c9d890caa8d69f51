/*
 * kroles_commit_window.c
 *		Holds open, for tests, the moment between a commit that everybody sees
 *		and the invalidation messages about it.
 *
 * In PostgreSQL that moment lasts microseconds.  Here it lasts until the
 * statement is cancelled (pg_cancel_backend), at most kroles_commit_window.hold
 * milliseconds; meanwhile pg_stat_activity shows the session waiting for an
 * extension.
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lwlock.h"
#include "utils/guc.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

static int	hold;				/* milliseconds; 0: not at all */

/* Waits for the cancellation, which then counts as served. */
static void
hold_open(void)
{
	TimestampTz end = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), hold);

	pgstat_report_wait_start(PG_WAIT_EXTENSION);
	while (!QueryCancelPending && GetCurrentTimestamp() < end)
		pg_usleep(1000);
	pgstat_report_wait_end();
	QueryCancelPending = false;
}

/* PostgreSQL calls this when the commit is visible and before it sends the messages. */
static void
transaction_ended(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_COMMIT && hold > 0)
		hold_open();
}

/*
 * kroles_commit_window_hold_init_file(): keeps the lock of the relcache init file.
 *
 * COMMIT PREPARED calls nobody in its moment.  But where the prepared
 * transaction changed a system catalog's own row, it takes that lock there.
 */
PG_FUNCTION_INFO_V1(kroles_commit_window_hold_init_file);
Datum
kroles_commit_window_hold_init_file(PG_FUNCTION_ARGS)
{
	LWLockAcquire(RelCacheInitLock, LW_EXCLUSIVE);
	hold_open();
	LWLockRelease(RelCacheInitLock);
	PG_RETURN_VOID();
}

void
_PG_init(void)
{
	DefineCustomIntVariable("kroles_commit_window.hold",
							"How long a commit is held between being seen and sending its messages.",
							NULL, &hold, 0, 0, INT_MAX, PGC_SUSET, GUC_UNIT_MS, NULL, NULL, NULL);
	MarkGUCPrefixReserved("kroles_commit_window");
	RegisterXactCallback(transaction_ended, NULL);
}
