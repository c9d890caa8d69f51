/*
 * end_transactions.c
 *		Ends transactions that hold a lock.
 *
 * The transaction of a backend is ended by the signal that pg_terminate_backend()
 * sends.  A prepared transaction is rolled back by a background worker, because that
 * cannot be done inside a transaction, and the caller is in one.
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

/* Milliseconds between checks for transactions that have ended. */
#define CHECK_INTERVAL 10

StaticAssertDecl(sizeof(KrolesEnding) <= BGW_EXTRALEN, "the locks must fit into a background worker's argument");
StaticAssertDecl(sizeof(LOCKTAG) == 16, "lock tags are compared byte by byte");

/* A transaction that holds a lock; a prepared one has process id 0. */
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
is_listed_holder(const Holders *holders, const Holder *wanted)
{
	for (int i = 0; i < holders->n; i++)
		if (holders->holder[i].pid == wanted->pid && holders->holder[i].lxid == wanted->lxid &&
			holders->holder[i].proc_number == wanted->proc_number)
			return true;
	return false;
}

/* Whether the lock is one of those that identify the transactions, and is held in its mode. */
static bool
identifies_holder(const KrolesEnding *ending, const LockInstanceData *lock)
{
	for (int i = 0; i < lengthof(ending->lock); i++)
		if (memcmp(&lock->locktag, &ending->lock[i].tag, sizeof(LOCKTAG)) == 0 &&
			(lock->holdMask & LOCKBIT_ON(ending->lock[i].mode)))
			return true;
	return false;
}

/*
 * Lists the transactions that hold the locks, except this session's, in the caller's
 * memory.  A lock that a parallel worker holds counts for its leader.
 */
static Holders
find_holders(const KrolesEnding *ending)
{
	LockData   *locks = GetLockStatusData();
	Holders		found = {.holder = palloc(sizeof(Holder) * Max(locks->nelements, 1))};

	for (int i = 0; i < locks->nelements; i++)
	{
		LockInstanceData *lock = &locks->locks[i];
		Holder		holder = {lock->pid == 0 ? 0 : lock->leaderPid, KROLES_LOCK_PROC_NUMBER(lock), KROLES_LOCK_LXID(lock)};

		if (identifies_holder(ending, lock) && holder.pid != MyProcPid && !is_listed_holder(&found, &holder))
			found.holder[found.n++] = holder;
	}
	if (locks->nelements > 0)
		pfree(locks->locks);
	pfree(locks);
	return found;
}

/*
 * Starts the background worker that rolls back the prepared transactions.  If none is
 * available, the transactions remain, and the caller of kroles_end_holders() has to
 * repeat the call or to warn.
 */
static void
start_rollback_worker(const KrolesEnding *ending)
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

/* Signals the backends, and starts the worker for prepared transactions.  Does not wait. */
static void
request_end(const KrolesEnding *ending, const Holders *holders)
{
	bool		prepared = false;

	for (int i = 0; i < holders->n; i++)
		if (holders->holder[i].pid == 0)
			prepared = true;
		else
			(void) kill(holders->holder[i].pid, SIGTERM);
	if (prepared)
		start_rollback_worker(ending);
}

/* The number of listed transactions that still hold the locks. */
static int
count_remaining(const KrolesEnding *ending, const Holders *holders)
{
	Holders		now = find_holders(ending);
	int			left = 0;

	for (int i = 0; i < holders->n; i++)
		left += is_listed_holder(&now, &holders->holder[i]);
	pfree(now.holder);
	return left;
}

/*
 * Ends the transactions of other sessions that hold one of the locks, and waits at most
 * that long for their end.  Returns the number of transactions found.  Sets *left to
 * the number of them that have not ended, or to 0 if milliseconds is 0.
 */
int
kroles_end_holders(const KrolesEnding *ending, int milliseconds, int *left)
{
	Holders		holders = find_holders(ending);
	TimestampTz until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), milliseconds);

	request_end(ending, &holders);
	*left = milliseconds > 0 ? holders.n : 0;
	while (*left > 0 && GetCurrentTimestamp() < until)
	{
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, CHECK_INTERVAL, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
		*left = count_remaining(ending, &holders);
	}
	pfree(holders.holder);
	return holders.n;
}

/* ---- The worker ---- */

/*
 * Query for the names of the prepared transactions that hold one lock.  In pg_locks, a
 * prepared transaction has no process, and holds the lock on its own transaction id.
 */
static const char *const prepared_sql =
	"SELECT p.gid FROM pg_catalog.pg_locks l"
	" JOIN pg_catalog.pg_locks x ON x.virtualtransaction = l.virtualtransaction AND x.pid IS NULL"
	" AND x.locktype = 'transactionid' AND x.mode = 'ExclusiveLock' AND x.granted"
	" JOIN pg_catalog.pg_prepared_xact() p ON p.transaction = x.transactionid"
	" WHERE l.pid IS NULL AND l.locktype = 'advisory' AND l.granted AND l.database = $1"
	" AND l.classid = $2 AND l.objid = $3 AND l.objsubid = $4 AND l.mode = $5";

/* Adds the names of the prepared transactions that hold that lock, allocated in that memory context. */
static void
add_prepared(const LOCKTAG *tag, LOCKMODE mode, MemoryContext context, List **names)
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

/* The names of the prepared transactions that hold one of the locks, in TopMemoryContext. */
static List *
find_prepared(const KrolesEnding *ending)
{
	List	   *names = NIL;

	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	SPI_connect();
	for (int i = 0; i < lengthof(ending->lock); i++)
		add_prepared(&ending->lock[i].tag, ending->lock[i].mode, TopMemoryContext, &names);
	SPI_finish();
	PopActiveSnapshot();
	CommitTransactionCommand();
	return names;
}

/*
 * The worker's main function: rolls each prepared transaction back in a transaction of
 * its own, as ROLLBACK PREPARED does.  An error, such as when another session is
 * ending the same transaction, ends the worker.
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
	names = find_prepared(&ending);
	foreach(cell, names)
	{
		StartTransactionCommand();
		FinishPreparedTransaction(lfirst(cell), false);
		CommitTransactionCommand();
	}
}
