/*
 * snapshots.c
 *		Which of two snapshots was taken first, and whether they see the same.
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "utils/builtins.h"

#include "cache/snapshots.h"

/* The mark of a snapshot. */
KrolesSnapshotMark
kroles_snapshot_mark(Snapshot snapshot)
{
	KrolesSnapshotMark mark = kroles_snapshot_fields(snapshot);

	for (uint32 i = 0; i < snapshot->xcnt; i++)
		mark.xids += snapshot->xip[i];
	return mark;
}

/* Whether two marks are of one snapshot. */
bool
kroles_same_mark(const KrolesSnapshotMark *a, const KrolesSnapshotMark *b)
{
	return a->xmax == b->xmax && a->xcnt == b->xcnt && a->subxcnt == b->subxcnt &&
		a->xids == b->xids && a->cid == b->cid;
}

/* How many distinct transactions, not our own, a snapshot of a primary saw in progress. */
static uint32
count_in_progress(Snapshot snapshot)
{
	TransactionId *xids;
	uint32		count = 0;

	if (snapshot->xcnt == 0)
		return 0;
	xids = palloc(snapshot->xcnt * sizeof(TransactionId));
	memcpy(xids, snapshot->xip, snapshot->xcnt * sizeof(TransactionId));
	qsort(xids, snapshot->xcnt, sizeof(TransactionId), xidComparator);
	for (uint32 i = 0; i < snapshot->xcnt; i++)
		if ((i == 0 || xids[i] != xids[i - 1]) && !TransactionIdIsCurrentTransactionId(xids[i]))
			count++;
	pfree(xids);
	return count;
}

/* The key of a snapshot. */
KrolesSnapshotKey
kroles_snapshot_key(Snapshot snapshot)
{
	KrolesSnapshotKey key;

	key.xmax = snapshot->xmax;
	key.in_progress = snapshot->takenDuringRecovery ? snapshot->subxcnt : count_in_progress(snapshot);
	key.cid = snapshot->curcid;
	key.recovery = snapshot->takenDuringRecovery;
	return key;
}

/* Whether two snapshots see the same, for the same command. */
bool
kroles_same_key(const KrolesSnapshotKey *a, const KrolesSnapshotKey *b)
{
	return a->xmax == b->xmax && a->in_progress == b->in_progress && a->cid == b->cid &&
		a->recovery == b->recovery;
}

/*
 * Whether snapshot a was taken no later than b.  Snapshots of one cluster are
 * in one order: xmax only grows, and under the same xmax the transactions still
 * in progress only become fewer.
 */
bool
kroles_no_later(const KrolesSnapshotKey *a, const KrolesSnapshotKey *b)
{
	if (a->recovery != b->recovery)
		return false;
	if (a->xmax != b->xmax)
		return TransactionIdPrecedes(a->xmax, b->xmax);
	return a->in_progress >= b->in_progress;
}

/* Whether two snapshots see the same of others; the command may be another one. */
bool
kroles_same_instant(const KrolesSnapshotKey *a, const KrolesSnapshotKey *b)
{
	return a->xmax == b->xmax && a->in_progress == b->in_progress && a->recovery == b->recovery;
}
