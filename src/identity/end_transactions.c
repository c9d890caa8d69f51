/*
 * end_transactions.c
 *		How transactions that hold a lock are ended.
 *
 * A backend gets the signal that pg_terminate_backend() sends.  A prepared
 * transaction is rolled back, by a background worker: that can't be done inside
 * a transaction, which the caller's is.
 */
#include "postgres.h"

#include <signal.h>

#include "access/twophase.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "core/compat.h"
#include "identity/end_transactions.h"

/* How often it is looked whether transactions are gone, in milliseconds. */
#define LOOK_EVERY 10

StaticAssertDecl(sizeof(KrolesEnding) <= BGW_EXTRALEN, "what a worker is told must fit");
StaticAssertDecl(sizeof(LOCKTAG) == 16, "lock tags are compared byte by byte");

/* A transaction; a prepared one has no process. */
typedef struct Holder
{
	int			pid;
	int			proc_number;
	LocalTransactionId lxid;
} Holder;

typedef struct Holders
{
	int			n;
	Holder	   *holder;
} Holders;

static bool
is_in(const Holders *holders, const Holder *wanted)
{
	for (int i = 0; i < holders->n; i++)
		if (holders->holder[i].pid == wanted->pid && holders->holder[i].lxid == wanted->lxid &&
			holders->holder[i].proc_number == wanted->proc_number)
			return true;
	return false;
}

/* Whether that is one of the locks, and held. */
static bool
is_wanted(const KrolesEnding *ending, const LockInstanceData *lock)
{
	for (int i = 0; i < lengthof(ending->lock); i++)
		if (memcmp(&lock->locktag, &ending->lock[i].tag, sizeof(LOCKTAG)) == 0 &&
			(lock->holdMask & LOCKBIT_ON(ending->lock[i].mode)))
			return true;
	return false;
}

/* Who holds the locks, but for this session.  A parallel worker stands for its leader. */
static Holders
find_holders(const KrolesEnding *ending)
{
	LockData   *locks = GetLockStatusData();
	Holders		found = {.holder = palloc(sizeof(Holder) * Max(locks->nelements, 1))};

	for (int i = 0; i < locks->nelements; i++)
	{
		LockInstanceData *lock = &locks->locks[i];
		Holder		holder = {lock->pid == 0 ? 0 : lock->leaderPid, KROLES_LOCK_PROC_NUMBER(lock), KROLES_LOCK_LXID(lock)};

		if (is_wanted(ending, lock) && holder.pid != MyProcPid && !is_in(&found, &holder))
			found.holder[found.n++] = holder;
	}
	if (locks->nelements > 0)
		pfree(locks->locks);
	pfree(locks);
	return found;
}

/* Starts the worker that rolls back what is prepared; where there is none to be had, somebody asks again or warns. */
static void
start_worker(const KrolesEnding *ending)
{
	BackgroundWorker worker = {
		.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION,
		.bgw_start_time = BgWorkerStart_RecoveryFinished,
		.bgw_restart_time = BGW_NEVER_RESTART
	};

	strlcpy(worker.bgw_name, "kroles: rolling back prepared transactions", BGW_MAXLEN);
	strlcpy(worker.bgw_type, "kroles", BGW_MAXLEN);
	strlcpy(worker.bgw_library_name, "$libdir/kroles", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, "kroles_roll_back_prepared", BGW_MAXLEN);
	memcpy(worker.bgw_extra, ending, sizeof(KrolesEnding));
	(void) RegisterDynamicBackgroundWorker(&worker, NULL);
}

/* Ends them; what is prepared, soon. */
static void
end_them(const KrolesEnding *ending, const Holders *holders)
{
	bool		prepared = false;

	for (int i = 0; i < holders->n; i++)
		if (holders->holder[i].pid == 0)
			prepared = true;
		else
			(void) kill(holders->holder[i].pid, SIGTERM);
	if (prepared)
		start_worker(ending);
}

/* How many of them still hold the locks. */
static int
count_left(const KrolesEnding *ending, const Holders *holders)
{
	Holders		now = find_holders(ending);
	int			left = 0;

	for (int i = 0; i < holders->n; i++)
		left += is_in(&now, &holders->holder[i]);
	pfree(now.holder);
	return left;
}

/*
 * Ends the transactions of others that hold one of the locks, and waits so long
 * at most until they are gone.  Returns how many there were; *left is how many
 * of them there still are, 0 where it does not wait.
 */
int
kroles_end_holders(const KrolesEnding *ending, int milliseconds, int *left)
{
	Holders		holders = find_holders(ending);
	TimestampTz until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), milliseconds);

	end_them(ending, &holders);
	*left = milliseconds > 0 ? holders.n : 0;
	while (*left > 0 && GetCurrentTimestamp() < until)
	{
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, LOOK_EVERY, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
		*left = count_left(ending, &holders);
	}
	pfree(holders.holder);
	return holders.n;
}

/* ---- The worker ---- */

/*
 * The prepared transactions that hold one of the locks, by name.  In pg_locks
 * such a transaction has no process, and holds the lock on its own number.
 */
static const char *const prepared_sql =
	"SELECT p.gid FROM pg_catalog.pg_locks l"
	" JOIN pg_catalog.pg_locks x ON x.virtualtransaction = l.virtualtransaction AND x.pid IS NULL"
	" AND x.locktype = 'transactionid' AND x.mode = 'ExclusiveLock' AND x.granted"
	" JOIN pg_catalog.pg_prepared_xact() p ON p.transaction = x.transactionid"
	" WHERE l.pid IS NULL AND l.locktype = 'advisory' AND l.granted AND l.database = $1"
	" AND l.classid = $2 AND l.objid = $3 AND l.objsubid = $4 AND l.mode = $5";

static void
find_prepared(const LOCKTAG *tag, LOCKMODE mode, MemoryContext context, List **names)
{
	Oid			types[5] = {OIDOID, OIDOID, OIDOID, INT4OID, TEXTOID};
	Datum		args[5] = {ObjectIdGetDatum(tag->locktag_field1), ObjectIdGetDatum(tag->locktag_field2),
		ObjectIdGetDatum(tag->locktag_field3), Int32GetDatum(tag->locktag_field4),
	CStringGetTextDatum(GetLockmodeName(tag->locktag_lockmethodid, mode))};

	if (SPI_execute_with_args(prepared_sql, lengthof(args), types, args, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not look for prepared transactions");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *name = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);
		MemoryContext former = MemoryContextSwitchTo(context);

		*names = lappend(*names, pstrdup(name));
		MemoryContextSwitchTo(former);
	}
}

static List *
find_all_prepared(const KrolesEnding *ending)
{
	List	   *names = NIL;

	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	SPI_connect();
	for (int i = 0; i < lengthof(ending->lock); i++)
		find_prepared(&ending->lock[i].tag, ending->lock[i].mode, TopMemoryContext, &names);
	SPI_finish();
	PopActiveSnapshot();
	CommitTransactionCommand();
	return names;
}

/*
 * The worker's main function.  Each is rolled back in a transaction of its own,
 * as ROLLBACK PREPARED is; an error (somebody else is just ending it) ends the
 * worker.
 */
extern PGDLLEXPORT void kroles_roll_back_prepared(Datum arg);
void
kroles_roll_back_prepared(Datum arg)
{
	KrolesEnding ending;
	List	   *names;
	ListCell   *cell;

	memcpy(&ending, MyBgworkerEntry->bgw_extra, sizeof(ending));
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(ending.database, InvalidOid, 0);
	SetConfigOption("search_path", "pg_catalog, pg_temp", PGC_SUSET, PGC_S_OVERRIDE);
	names = find_all_prepared(&ending);
	foreach(cell, names)
	{
		StartTransactionCommand();
		FinishPreparedTransaction(lfirst(cell), false);
		CommitTransactionCommand();
	}
}
