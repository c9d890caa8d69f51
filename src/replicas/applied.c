/*
 * applied.c
 *		How much of the primary's changes this server has.
 *
 * A position is a place in the primary's write-ahead log.  A primary has what it
 * has written; a standby what it has replayed.
 *
 * A logical replica has what all subscriptions of our tables have applied.  The
 * origin of a subscription tells where its last transaction was committed.  A
 * primary also writes what is not replicated, so the last that it wrote may lie
 * beyond any such commit; then the apply worker knows: when it takes a keepalive
 * message from the stream, it has applied all that came before, and it notes the
 * position that the message names (reply_lsn, latest_end_lsn of
 * pg_stat_subscription).
 */
#include "postgres.h"

#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "catalog/pg_subscription_rel.h"
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

/* What a subscription has applied; invalid for nothing. */
static XLogRecPtr
subscription_position(Oid subscription)
{
	char		name[NAMEDATALEN];
	XLogRecPtr	committed = InvalidXLogRecPtr;
	uint16		origin;

	snprintf(name, sizeof(name), "pg_%u", subscription);
	origin = replorigin_by_name(name, true);
	if (origin != InvalidRepOriginId)
		committed = replorigin_get_progress(origin, false);
	return Max(committed, worker_position(subscription));
}

/* Lowers the position to what the subscriptions of a table have applied: none before it was copied. */
static XLogRecPtr
lower_to_table(KrolesTableId table, XLogRecPtr position)
{
	CatCList   *list = SearchSysCacheList1(SUBSCRIPTIONRELMAP, ObjectIdGetDatum(kroles_table(table)->oid));

	for (int i = 0; i < list->n_members; i++)
	{
		Form_pg_subscription_rel row = (Form_pg_subscription_rel) GETSTRUCT(&list->members[i]->tuple);
		XLogRecPtr	applied = InvalidXLogRecPtr;

		if (row->srsubstate == SUBREL_STATE_READY)
			applied = subscription_position(row->srsubid);
		position = Min(position, applied);
	}
	ReleaseSysCacheList(list);
	return position;
}

/* What all subscriptions of our tables have applied; invalid if there is none. */
static XLogRecPtr
replica_position(void)
{
	XLogRecPtr	position = PG_UINT64_MAX;

	AcceptInvalidationMessages();
	for (int table = 0; table < KROLES_NTABLES; table++)
		position = lower_to_table(table, position);
	InvalidateCatalogSnapshot();
	return position == PG_UINT64_MAX ? InvalidXLogRecPtr : position;
}

/*
 * The position up to which a standby or replica has the primary's changes; invalid
 * if none is known.  Leaves no snapshot.
 */
XLogRecPtr
kroles_applied_position(KrolesServer server)
{
	/* (a standby that is promoted while somebody waits has what it had replayed) */
	return server == KROLES_REPLICA ? replica_position() : GetXLogReplayRecPtr(NULL);
}
