/*
 * wait.c
 *		Positions, for clients that must see a change on another server.
 *
 * A client that has changed something takes the position on the primary, after the
 * commit, and waits for it on the server that it asks next.
 *
 * A wait does not delay replay.  A standby may have to remove row versions that the
 * snapshot of the waiting statement still sees, and would then wait for the
 * statement, which waits for it.  So the statement's snapshot is put away, and a
 * new one taken afterwards.  That is possible for a statement that reads no table
 * and is not within another one.
 *
 * That is not enough if the standby wanted to remove something at the very time at
 * which the statement had its snapshot: it waits for the transaction to end then,
 * which it knows by its virtual id.  So the transaction takes another such id, as
 * if it had ended and a new one begun; it has no snapshot, and on a standby nothing
 * else refers to the id.
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "access/xlog_internal.h"
#include "executor/execdesc.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "storage/latch.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "storage/sinvaladt.h"
#include "utils/builtins.h"
#include "utils/pg_lsn.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "core/compat.h"
#include "replicas/applied.h"
#include "statement/running.h"

#define LONGEST_WAIT (10 * USECS_PER_MINUTE)
#define SHORTEST_SLEEP 1		/* milliseconds */
#define LONGEST_SLEEP 50

/* ---- The position ---- */

/*
 * The end of the log that this primary has written, made durable: a commit that
 * has been reported lies before it.  Standbys and replicas get what is durable
 * only, so they reach it even if nothing more is written.
 */
static XLogRecPtr
written_position(void)
{
	XLogRecPtr	position = GetXLogInsertRecPtr();
	uint64		in_page = position % XLOG_BLCKSZ;
	bool		in_first_page = XLogSegmentOffset(position, wal_segment_size) < XLOG_BLCKSZ;

	/* if the next record begins a page, the position is behind the page's header, where nothing can be flushed to */
	if (in_page == (in_first_page ? SizeOfXLogLongPHD : SizeOfXLogShortPHD))
		position -= in_page;
	XLogFlush(position);
	return position;
}

/* kroles_position(): what is committed on the primary, or what this server has of it. */
PG_FUNCTION_INFO_V1(kroles_position);
Datum
kroles_position(PG_FUNCTION_ARGS)
{
	KrolesServer server = kroles_server();
	XLogRecPtr	position = server == KROLES_PRIMARY ? written_position() : kroles_applied_position(server);

	if (XLogRecPtrIsInvalid(position))
		PG_RETURN_NULL();
	PG_RETURN_LSN(position);
}

/* ---- The statement's snapshot ---- */

static void
refuse_statement(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("kroles_wait() must be a statement of its own"),
			 errdetail("It cannot be called within a function or another statement, in a statement that reads tables, or at another isolation level than READ COMMITTED: the snapshot would be older than the position."),
			 errhint("Use SELECT kroles_wait(position), not within EXECUTE or EXPLAIN; then ask in the next statement.")));
}

/* The query that is run, if it can do with a new snapshot. */
static QueryDesc *
get_own_statement(void)
{
	KrolesRun  *run = kroles_running;
	QueryDesc  *desc = run != NULL ? run->desc : NULL;

	if (desc == NULL || run->outer != NULL || run->level != GetCurrentTransactionNestLevel() ||
		IsolationUsesXactSnapshot() || desc->plannedstmt->relationOids != NIL ||
		desc->plannedstmt->commandType != CMD_SELECT || desc->snapshot == NULL ||
		desc->estate->es_snapshot != desc->snapshot || !ActiveSnapshotSet() || GetActiveSnapshot() != desc->snapshot)
		refuse_statement();
	return desc;
}

/* Gives up the snapshot of a query.  An error if this transaction needs another one too. */
static void
put_snapshot_away(QueryDesc *desc)
{
	UnregisterSnapshot(desc->estate->es_snapshot);
	UnregisterSnapshot(desc->snapshot);
	desc->estate->es_snapshot = desc->snapshot = InvalidSnapshot;
	PopActiveSnapshot();
	InvalidateCatalogSnapshot();
	if (HaveRegisteredOrActiveSnapshot())
		refuse_statement();
}

/* Lets a standby go that waits for this transaction, which has no snapshot any more. */
static void
take_another_virtual_id(void)
{
	LocalTransactionId lxid = GetNextLocalTransactionId();

	VirtualXactLockTableCleanup();
	VirtualXactLockTableInsert(KROLES_VXID(lxid));
	KROLES_LXID() = lxid;
}

/* Takes a new snapshot in its place. */
static void
take_snapshot_again(QueryDesc *desc)
{
	desc->snapshot = RegisterSnapshot(GetTransactionSnapshot());
	desc->estate->es_snapshot = RegisterSnapshot(desc->snapshot);
	PushActiveSnapshot(desc->snapshot);
}

/* ---- The wait ---- */

static bool
wait_until(KrolesAwaited *awaited, TimestampTz deadline)
{
	long		sleep = SHORTEST_SLEEP;

	while (!kroles_has_arrived(awaited))
	{
		TimestampTz now = GetCurrentTimestamp();

		if (now >= deadline)
			return false;
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
						 Min(sleep, TimestampDifferenceMilliseconds(now, deadline) + 1), PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
		sleep = Min(2 * sleep, LONGEST_SLEEP);
	}
	return true;
}

/* The argument "timeout" in microseconds. */
static int64
arg_timeout(FunctionCallInfo fcinfo)
{
	const Interval *timeout = PG_ARGISNULL(1) ? NULL : PG_GETARG_INTERVAL_P(1);

	if (timeout == NULL || timeout->month != 0 || timeout->day != 0 || timeout->time < 0 || timeout->time > LONGEST_WAIT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("timeout must be between 0 and 10 minutes"),
				 errhint("Ask again to wait for longer.")));
	return timeout->time;
}

/*
 * kroles_wait(position, timeout): waits until this server has what the primary had
 * committed at that position.  Returns whether it has.
 */
PG_FUNCTION_INFO_V1(kroles_wait);
Datum
kroles_wait(PG_FUNCTION_ARGS)
{
	int64		timeout = arg_timeout(fcinfo);
	KrolesAwaited awaited = {0};
	QueryDesc  *desc;
	bool		reached;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("position must not be null"),
				 errhint("Take it from kroles_position() on the primary, after the commit.")));
	awaited.position = PG_GETARG_LSN(0);
	awaited.server = kroles_server();
	if (awaited.server == KROLES_PRIMARY)
		PG_RETURN_BOOL(awaited.position <= GetXLogInsertRecPtr());
	desc = get_own_statement();
	put_snapshot_away(desc);
	if (awaited.server == KROLES_STANDBY)
		take_another_virtual_id();
	reached = wait_until(&awaited, GetCurrentTimestamp() + timeout);
	take_snapshot_again(desc);
	PG_RETURN_BOOL(reached);
}
