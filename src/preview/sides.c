/*
 * sides.c
 *		The two sides of a preview: without the transaction's own changes, and with
 *		them.
 *
 * Both are one snapshot, the latest, so what others commit meanwhile makes no
 * difference.  Before the first command, a transaction sees no row that it inserted
 * itself, and every row that it deleted itself: a snapshot with that command id shows
 * the present with the transaction's changes undone, those of its subtransactions
 * included.
 *
 * Questions are judged on the basis KROLES_SNAPSHOT (cache/question.c), which reads
 * with the active snapshot.  Its entries are dropped when another snapshot becomes
 * active, so everything is judged on one side first, then on the other.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/snapmgr.h"

#include "preview/sides.h"
#include "statement/pending_rows.h"

/* The snapshot of both sides; registered. */
Snapshot
kroles_open_sides(void)
{
	return RegisterSnapshot(GetLatestSnapshot());
}

void
kroles_close_sides(Snapshot base)
{
	UnregisterSnapshot(base);
}

/* Makes a side's snapshot the active one, until kroles_end_side().  Returns true. */
bool
kroles_begin_side(Snapshot base, KrolesSide side)
{
	PushCopiedSnapshot(base);
	if (side == KROLES_BEFORE)
	{
		GetActiveSnapshot()->curcid = FirstCommandId;
		kroles_hide_pending_rows(GetActiveSnapshot());
	}
	return true;
}

/* Ends a side; returns the next. */
KrolesSide
kroles_end_side(KrolesSide side)
{
	PopActiveSnapshot();
	kroles_hide_pending_rows(NULL);
	return side + 1;
}
