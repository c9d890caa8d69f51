/*
 * table_scan.c
 *		Reads kroles.media row by row under the policy, faster than a Seq Scan or an
 *		Index Scan does, and not farther than it is told to.
 *
 * Most of the time of such a scan is spent waiting for memory: a Seq Scan touches
 * each row only when it comes to it, and then each row is a cache miss.  The heap
 * knows in advance which rows of a page it is going to return.  So this file replaces
 * the function that returns the next row of a Seq Scan by one that asks for rows some
 * places ahead, and that calls the policy directly instead of through an expression;
 * that of an Index Scan by one that does the latter.  All else is PostgreSQL's: the
 * node, its start, rescan and end, the scan of the table, the other conditions, the
 * projection, and what EXPLAIN shows.
 *
 * A scan that filters nearly all rows would not return for long.  A caller of
 * kroles_next_row() sets a budget of rows; when it is used up, the scan returns an
 * empty slot, and goes on from there if it is called again.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/tableam.h"
#include "executor/executor.h"
#include "executor/instrument.h"
#include "executor/nodeIndexscan.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "core/compat.h"
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

/* ---- The next row of the table or the index ---- */

/* Stores the next row of a Seq Scan in its slot; false at the end. */
static inline bool
next_of_table(ScanState *node, TupleTableSlot *slot)
{
	if (node->ss_currentScanDesc == NULL)
		node->ss_currentScanDesc = KROLES_TABLE_BEGINSCAN(node->ss_currentRelation, node->ps.state->es_snapshot);
	if (!table_scan_getnextslot(node->ss_currentScanDesc, ForwardScanDirection, slot))
		return false;
	prefetch_rows((HeapScanDesc) node->ss_currentScanDesc);
	return true;
}

/* Begins the scan of the index. */
static void
begin_index(IndexScanState *node)
{
	node->iss_ScanDesc = KROLES_INDEX_BEGINSCAN(node->ss.ss_currentRelation, node->iss_RelationDesc, node->ss.ps.state->es_snapshot,
												KROLES_SCAN_INSTRUMENT(node), node->iss_NumScanKeys);
	if (node->iss_NumRuntimeKeys == 0 || node->iss_RuntimeKeysReady)
		index_rescan(node->iss_ScanDesc, node->iss_ScanKeys, node->iss_NumScanKeys, NULL, 0);
}

/* Stores the next row of an Index Scan in its slot; false at the end. */
static inline bool
next_of_index(IndexScanState *node, TupleTableSlot *slot)
{
	/* of an index without an order, indexorderdir is NoMovementScanDirection */
	ScanDirection direction = ScanDirectionIsBackward(((IndexScan *) node->ss.ps.plan)->indexorderdir) ?
		BackwardScanDirection : ForwardScanDirection;

	if (node->iss_ScanDesc == NULL)
		begin_index(node);
	while (index_getnext_slot(node->iss_ScanDesc, direction, slot))
	{
		CHECK_FOR_INTERRUPTS();
		if (likely(!node->iss_ScanDesc->xs_recheck))
			return true;
		node->ss.ps.ps_ExprContext->ecxt_scantuple = slot;
		if (ExecQualAndReset(node->indexqualorig, node->ss.ps.ps_ExprContext))
			return true;
		InstrCountFiltered2(node, 1);
	}
	node->iss_ReachedEnd = true;
	return false;
}

/* ---- The next row that is let through ---- */

/* An empty slot of the kind that the node returns. */
static TupleTableSlot *
no_row(PlanState *ps)
{
	return ExecClearTuple(ps->ps_ProjInfo != NULL ? ps->ps_ProjInfo->pi_state.resultslot :
						  ((ScanState *) ps)->ss_ScanTupleSlot);
}

/*
 * The next row that the policy and the other conditions (ps->qual) let through.  Stops
 * when *budget rows were read, unless that is NULL; *budget is what is left.
 */
static pg_attribute_always_inline TupleTableSlot *
next_row(PlanState *ps, bool by_index, uint64 *budget)
{
	TupleTableSlot *slot = ((ScanState *) ps)->ss_ScanTupleSlot;
	ExprContext *context = ps->ps_ExprContext;
	AttrNumber	column = kroles_table(KROLES_T_MEDIA)->column[MEDIA_AUDIENCE];

	ResetExprContext(context);
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (budget != NULL && (*budget)-- <= 1)
		{
			*budget = 0;
			return no_row(ps);
		}
		if (!(by_index ? next_of_index((IndexScanState *) ps, slot) : next_of_table((ScanState *) ps, slot)))
			return no_row(ps);
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

/* ExecProcNode of a Seq Scan. */
static TupleTableSlot *
next_in_table(PlanState *ps)
{
	return next_row(ps, false, NULL);
}

/* Computes the keys of an Index Scan that are not constant, if they are not yet.  May run InitPlans. */
static void
prepare_keys(IndexScanState *node)
{
	if (node->iss_NumRuntimeKeys != 0 && !node->iss_RuntimeKeysReady)
		ExecReScan(&node->ss.ps);
}

/* ExecProcNode of an Index Scan. */
static TupleTableSlot *
next_in_index(PlanState *ps)
{
	prepare_keys((IndexScanState *) ps);
	return next_row(ps, true, NULL);
}

/*
 * As ExecProcNode(), for a scan that kroles_speed_up_scan() has taken over, but returns
 * an empty slot when *budget rows were read.  *budget is what is left of them: more
 * than 0 at the end of the scan.
 */
TupleTableSlot *
kroles_next_row(PlanState *ps, uint64 *budget)
{
	bool		by_index = IsA(ps, IndexScanState);
	TupleTableSlot *slot;

	if (ps->chgParam != NULL)
		ExecReScan(ps);
	if (ps->instrument != NULL)
		InstrStartNode(ps->instrument);
	if (by_index)
		prepare_keys((IndexScanState *) ps);
	slot = by_index ? next_row(ps, true, budget) : next_row(ps, false, budget);
	if (ps->instrument != NULL)
		InstrStopNode(ps->instrument, TupIsNull(slot) ? 0.0 : 1.0);
	return slot;
}

/*
 * Makes an initialized Seq Scan or Index Scan on kroles.media return its rows by
 * next_row(), if the policy is the first of its conditions.  Leaves every other plan as
 * it is and returns false.
 */
bool
kroles_speed_up_scan(PlanState *ps)
{
	ScanState  *node = (ScanState *) ps;

	if ((!IsA(ps, SeqScanState) && !IsA(ps, IndexScanState)) || ps->plan->qual == NIL ||
		ps->state->es_epq_active != NULL || ps->plan->parallel_aware ||
		kroles_policy_audience(linitial(ps->plan->qual)) == NULL || !IsMVCCSnapshot(ps->state->es_snapshot) ||
		node->ss_currentRelation->rd_tableam != GetHeapamTableAmRoutine() ||
		RelationGetRelid(node->ss_currentRelation) != kroles_table(KROLES_T_MEDIA)->oid ||
		(IsA(ps, IndexScanState) && ((IndexScanState *) ps)->iss_NumOrderByKeys > 0))
		return false;
	ps->qual = ExecInitQual(list_copy_tail(ps->plan->qual, 1), ps);
	ExecSetExecProcNode(ps, IsA(ps, IndexScanState) ? next_in_index : next_in_table);
	return true;
}
