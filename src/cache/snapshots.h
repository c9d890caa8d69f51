/*
 * snapshots.h
 *		What tells snapshots apart: for cache/question.c.
 */
#ifndef KROLES_SNAPSHOTS_H
#define KROLES_SNAPSHOTS_H

#include "utils/snapshot.h"

/*
 * What tells two snapshots apart.  Under the same xmax the set of transactions
 * in progress can only lose members, so its size names it: the number of
 * distinct ones that are not our own.  (One that is being prepared stands in
 * the array twice; a parallel worker's own snapshot holds the leader's.)
 */
typedef struct KrolesSnapshotKey
{
	TransactionId xmax;
	uint32		in_progress;
	CommandId	cid;
	bool		recovery;
} KrolesSnapshotKey;

/* What is cheap to compare for every question: differs for every other snapshot. */
typedef struct KrolesSnapshotMark
{
	TransactionId xmax;
	uint32		xcnt;
	int32		subxcnt;
	uint64		xids;			/* their sum */
	CommandId	cid;
} KrolesSnapshotMark;

/* The fields of a snapshot that are at hand; the sum is left out. */
static inline KrolesSnapshotMark
kroles_snapshot_fields(Snapshot snapshot)
{
	return (KrolesSnapshotMark) {snapshot->xmax, snapshot->xcnt, snapshot->subxcnt, 0, snapshot->curcid};
}

/* Whether a snapshot has these fields. */
static inline bool
kroles_has_fields(const KrolesSnapshotMark *mark, Snapshot snapshot)
{
	return mark->xmax == snapshot->xmax && mark->xcnt == snapshot->xcnt &&
		mark->subxcnt == snapshot->subxcnt && mark->cid == snapshot->curcid;
}

extern KrolesSnapshotMark kroles_snapshot_mark(Snapshot snapshot);
extern bool kroles_same_mark(const KrolesSnapshotMark *a, const KrolesSnapshotMark *b);
extern KrolesSnapshotKey kroles_snapshot_key(Snapshot snapshot);
extern bool kroles_same_key(const KrolesSnapshotKey *a, const KrolesSnapshotKey *b);
extern bool kroles_no_later(const KrolesSnapshotKey *a, const KrolesSnapshotKey *b);
extern bool kroles_same_instant(const KrolesSnapshotKey *a, const KrolesSnapshotKey *b);

#endif
