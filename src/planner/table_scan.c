/*
 * table_scan.c
 *		Reads kroles.media row by row under the policy, faster than a Seq Scan does.
 *
 * Most of the time of such a scan is spent waiting for memory: a Seq Scan touches
 * each row only when it comes to it, and then each row is a cache miss.  The heap
 * knows in advance which rows of a page it is going to return.  So this file replaces
 * the function that returns the next row of a Seq Scan by one that asks for rows some
 * places ahead, and that calls the policy directly instead of through an expression.
 * All else is PostgreSQL's: the node, its start, rescan and end, the scan of the
 * table, the other conditions, the projection, and what EXPLAIN shows.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/tableam.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "planner/adaptive_scan.h"
#include "planner/planner.h"
#include "rls/filter.h"
#include "store/catalog.h"

#define ROWS_AHEAD 8
#define CACHE_LINE 64

/*
 * Asks the processor to read the start of the page's i-th visible row, which has the
 * audience.  (Must be inlined: gcc removes calls of a function that only prefetches.)
 */
static pg_attribute_always_inline void
prefetch_row(HeapScanDesc scan, Page page, int i)
{
	const char *row;

	if (i >= scan->rs_ntuples)
		return;
	row = (const char *) PageGetItem(page, PageGetItemId(page, scan->rs_vistuples[i]));
	__builtin_prefetch(row);
	__builtin_prefetch(row + CACHE_LINE);
}

/* The same for the rows ahead of the current one, which are as many at the start of a page. */
static pg_attribute_always_inline void
prefetch_rows(HeapScanDesc scan)
{
	Page		page = BufferGetPage(scan->rs_cbuf);

	if (scan->rs_cindex == 0)
		for (int i = 1; i < ROWS_AHEAD; i++)
			prefetch_row(scan, page, i);
	prefetch_row(scan, page, scan->rs_cindex + ROWS_AHEAD);
}

/* Whether the current subject may view the row in the slot.  May use per-tuple memory. */
static inline bool
is_visible(TupleTableSlot *slot, AttrNumber column, ExprContext *context)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, column, &isnull);
	struct varlena *audience = (struct varlena *) DatumGetPointer(value);

	if (isnull)
		return false;
	if (unlikely(VARATT_IS_COMPRESSED(audience) || VARATT_IS_EXTERNAL(audience)))
	{
		MemoryContext old = MemoryContextSwitchTo(context->ecxt_per_tuple_memory);

		ResetExprContext(context);	/* of the rows before */
		audience = PG_DETOAST_DATUM_PACKED(value);
		MemoryContextSwitchTo(old);
	}
	return kroles_filter_audience(KROLES_RIGHT(KROLES_VIEW), audience);
}

/* The scan of the table, begun when the first row is asked for. */
static TableScanDesc
get_scan(ScanState *node)
{
	if (node->ss_currentScanDesc == NULL)
		node->ss_currentScanDesc = table_beginscan(node->ss_currentRelation, node->ps.state->es_snapshot, 0, NULL);
	return node->ss_currentScanDesc;
}

/* ExecProcNode: the next row that the policy and the other conditions (ps->qual) let through. */
static TupleTableSlot *
next_row(PlanState *ps)
{
	ScanState  *node = (ScanState *) ps;
	TupleTableSlot *slot = node->ss_ScanTupleSlot;
	ExprContext *context = ps->ps_ExprContext;
	TableScanDesc scan = get_scan(node);
	AttrNumber	column = kroles_table(KROLES_T_MEDIA)->column[MEDIA_AUDIENCE];

	ResetExprContext(context);
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (!table_scan_getnextslot(scan, ps->state->es_direction, slot))
			return ExecClearTuple(ps->ps_ProjInfo != NULL ? ps->ps_ProjInfo->pi_state.resultslot : slot);
		prefetch_rows((HeapScanDesc) scan);
		context->ecxt_scantuple = slot;
		if (is_visible(slot, column, context))
		{
			if (ExecQual(ps->qual, context))
				return ps->ps_ProjInfo != NULL ? ExecProject(ps->ps_ProjInfo) : slot;
			ResetExprContext(context);
		}
		InstrCountFiltered1(ps, 1);
	}
}

/*
 * Makes an initialized Seq Scan on kroles.media return its rows by next_row(), if the
 * policy is the first of its conditions.  Leaves every other plan as it is.
 */
void
kroles_speed_up_scan(PlanState *ps)
{
	ScanState  *node = (ScanState *) ps;

	if (!IsA(ps, SeqScanState) || ps->plan->qual == NIL || ps->state->es_epq_active != NULL || ps->plan->parallel_aware ||
		kroles_policy_audience(linitial(ps->plan->qual)) == NULL || !IsMVCCSnapshot(ps->state->es_snapshot) ||
		node->ss_currentRelation->rd_tableam != GetHeapamTableAmRoutine() ||
		RelationGetRelid(node->ss_currentRelation) != kroles_table(KROLES_T_MEDIA)->oid)
		return;
	ps->qual = ExecInitQual(list_copy_tail(ps->plan->qual, 1), ps);
	ExecSetExecProcNode(ps, next_row);
}
