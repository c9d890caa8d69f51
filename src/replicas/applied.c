/*
 * applied.c
 *		How much of the primary's changes this server has.
 *
 * A position is a place in the primary's write-ahead log.  A primary has what it
 * has written; a standby what it has replayed.
 *
 * A logical replica has what all subscriptions of our tables have applied.  The
 * origin of a subscription records where its last transaction was committed on the
 * primary.  A primary also writes what is not replicated, so the last that it wrote
 * may lie beyond any such commit; then the apply worker knows: when it takes a
 * keepalive message from the stream, it has applied all that came before, and it
 * notes the position that the message names (reply_lsn, latest_end_lsn of
 * pg_stat_subscription).  A primary with much to send sends none, so both are used.
 *
 * The origin's record comes a moment before the commit can be seen.  A transaction
 * that changes our tables holds locks on them until its commit can be seen; so once
 * the record has come to a position, the transactions that hold such locks then must
 * have ended.
 */
#include "postgres.h"

#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "catalog/pg_subscription_rel.h"
#include "miscadmin.h"
#include "replication/origin.h"
#include "replication/worker_internal.h"
#include "storage/lwlock.h"
#include "utils/catcache.h"
#include "utils/inval.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "cache/lease.h"
#include "core/compat.h"
#include "replicas/applied.h"
#include "store/catalog.h"

/* What this server is.  An error where no position of the primary can be known. */
KrolesServer
kroles_server(void)
{
	bool		replica = kroles_is_replica();
	bool		standby = RecoveryInProgress();

	if (replica && standby)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a standby of a logical replica has no position of the primary"),
				 errdetail("It replays the log of the replica, and positions are places in that of the primary."),
				 errhint("Ask the replica itself.")));
	return replica ? KROLES_REPLICA : standby ? KROLES_STANDBY : KROLES_PRIMARY;
}

/* What the subscription's worker, if it runs, has applied. */
static XLogRecPtr
worker_position(Oid subscription)
{
	XLogRecPtr	position = InvalidXLogRecPtr;
	LogicalRepWorker *worker;

	LWLockAcquire(LogicalRepWorkerLock, LW_SHARED);
	worker = KROLES_FIND_APPLY_WORKER(subscription);
	if (worker != NULL)
		position = worker->reply_lsn;
	LWLockRelease(LogicalRepWorkerLock);
	return position;
}

#define NO_ORIGIN 0				/* PostgreSQL's own name of it differs by version */

/* What a subscription has committed, though perhaps not visibly yet. */
static XLogRecPtr
recorded_position(Oid subscription)
{
	char		name[NAMEDATALEN];
	uint16		origin;

	snprintf(name, sizeof(name), "pg_%u", subscription);
	origin = replorigin_by_name(name, true);
	return origin == NO_ORIGIN ? InvalidXLogRecPtr : replorigin_get_progress(origin, false);
}

/* How far subscriptions are: what can be seen, and what has been recorded at least. */
typedef struct Progress
{
	bool		any;			/* there is a subscription */
	XLogRecPtr	seen;
	XLogRecPtr	recorded;
} Progress;

/* Lowers the progress to that of the subscriptions of a table: none before it was copied. */
static void
lower_to_table(KrolesTableId table, Progress *progress)
{
	CatCList   *list = SearchSysCacheList1(SUBSCRIPTIONRELMAP, ObjectIdGetDatum(kroles_table(table)->oid));

	for (int i = 0; i < list->n_members; i++)
	{
		Form_pg_subscription_rel row = (Form_pg_subscription_rel) GETSTRUCT(&list->members[i]->tuple);
		bool		ready = row->srsubstate == SUBREL_STATE_READY;
		XLogRecPtr	recorded = ready ? recorded_position(row->srsubid) : InvalidXLogRecPtr;
		XLogRecPtr	seen = ready ? worker_position(row->srsubid) : InvalidXLogRecPtr;

		progress->any = true;
		progress->seen = Min(progress->seen, seen);
		progress->recorded = Min(progress->recorded, Max(seen, recorded));
	}
	ReleaseSysCacheList(list);
}

/* The progress of all subscriptions of our tables.  Leaves no snapshot. */
static Progress
get_progress(void)
{
	Progress	progress = {.seen = PG_UINT64_MAX, .recorded = PG_UINT64_MAX};

	AcceptInvalidationMessages();
	for (int table = 0; table < KROLES_NTABLES; table++)
		lower_to_table(table, &progress);
	InvalidateCatalogSnapshot();
	if (!progress.any)
		progress.seen = progress.recorded = InvalidXLogRecPtr;
	return progress;
}

/* Adds the transactions that hold a lock for changes of a table. */
static void
note_writers(KrolesAwaited *awaited, KrolesTableId table)
{
	LOCKTAG		tag;
	int			n;
	VirtualTransactionId *holders;

	SET_LOCKTAG_RELATION(tag, MyDatabaseId, kroles_table(table)->oid);
	holders = GetLockConflicts(&tag, ShareLock, &n);
	if (n > 0)
	{
		Size		size = (awaited->nwriters + n) * sizeof(VirtualTransactionId);

		awaited->writers = awaited->writers ? repalloc(awaited->writers, size) : palloc(size);
		memcpy(awaited->writers + awaited->nwriters, holders, n * sizeof(VirtualTransactionId));
		awaited->nwriters += n;
	}
	pfree(holders);
}

/* Whether all commits that have been recorded can be seen; notes at the first call whose those are. */
static bool
have_writers_ended(KrolesAwaited *awaited)
{
	if (!awaited->recorded)
		for (int table = 0; table < KROLES_NTABLES; table++)
			note_writers(awaited, table);
	awaited->recorded = true;
	while (awaited->nwriters > 0 && VirtualXactLock(awaited->writers[awaited->nwriters - 1], false))
		awaited->nwriters--;
	return awaited->nwriters == 0;
}

static XLogRecPtr
replica_position(void)
{
	Progress	progress = get_progress();
	KrolesAwaited unused = {0};

	return have_writers_ended(&unused) ? progress.recorded : progress.seen;
}

/*
 * The position up to which a standby or replica has the primary's changes; invalid
 * if none is known.
 */
XLogRecPtr
kroles_applied_position(KrolesServer server)
{
	return server == KROLES_REPLICA ? replica_position() : GetXLogReplayRecPtr(NULL);
}

/* Whether a standby or replica has come to the position.  Leaves no snapshot. */
bool
kroles_has_arrived(KrolesAwaited *awaited)
{
	Progress	progress;

	/* (a standby that is promoted during the wait has what it had replayed) */
	if (awaited->server != KROLES_REPLICA)
		return GetXLogReplayRecPtr(NULL) >= awaited->position;
	progress = get_progress();
	return progress.seen >= awaited->position ||
		(progress.recorded >= awaited->position && have_writers_ended(awaited));
}
