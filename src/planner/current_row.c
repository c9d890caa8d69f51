/*
 * current_row.c
 *		Shows WHERE CURRENT OF the row that a custom scan has returned last.
 *
 * UPDATE … WHERE CURRENT OF takes the row from the scan in the cursor's plan.  Of a
 * custom scan PostgreSQL reads the relation and the slot with the row as the table has it,
 * as of any scan, but does not look below it.  So a custom scan that passes on the
 * rows of a plan of PostgreSQL's shows what the scan in that plan shows.  Where the
 * rows were sorted no scan is at the current row, and the command is an error, as
 * PostgreSQL has it.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "executor/executor.h"
#include "lib/binaryheap.h"
#include "utils/rel.h"

#include "core/compat.h"
#include "planner/current_row.h"

/* The scan that the plan's current row is from, or NULL; sets *varies if it may be another one for the next row. */
static ScanState *
find_scan(PlanState *plan, bool *varies)
{
	MergeAppendState *merge;

	while (plan != NULL)
		switch (nodeTag(plan))
		{
			case T_SeqScanState:
			case T_IndexScanState:
			case T_IndexOnlyScanState:
			case T_BitmapHeapScanState:
			case T_TidScanState:
			case T_TidRangeScanState:
				return (ScanState *) plan;
			case T_ResultState:
				plan = outerPlanState(plan);
				break;
			case T_MergeAppendState:
				*varies = true;
				merge = (MergeAppendState *) plan;
				if (!merge->ms_initialized || binaryheap_empty(merge->ms_heap))
					return NULL;
				plan = merge->mergeplans[DatumGetInt32(binaryheap_first(merge->ms_heap))];
				break;
			default:
				return NULL;
		}
	return NULL;
}

/* A slot with a row of nulls that has the position of the scan's current row: an index-only scan has no row of the table. */
static TupleTableSlot *
slot_at_position(CustomScanState *node, IndexOnlyScanState *scan)
{
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	Relation	rel = scan->ss.ss_currentRelation;
	TupleDesc	desc = RelationGetDescr(rel);
	HeapTuple	tuple;

	if (scan->ioss_ScanDesc == NULL || TupIsNull(scan->ss.ss_ScanTupleSlot))
		return scan->ss.ss_ScanTupleSlot;
	if (slot == NULL || !TTS_IS_HEAPTUPLE(slot) || slot->tts_tupleDescriptor != desc)
	{
		MemoryContext old = MemoryContextSwitchTo(node->ss.ps.state->es_query_cxt);
		bool	   *nulls = palloc(sizeof(bool) * desc->natts);

		memset(nulls, true, sizeof(bool) * desc->natts);
		slot = ExecInitExtraTupleSlot(node->ss.ps.state, desc, &TTSOpsHeapTuple);
		tuple = heap_form_tuple(desc, palloc0(sizeof(Datum) * desc->natts), nulls);
		tuple->t_tableOid = RelationGetRelid(rel);
		ExecStoreHeapTuple(tuple, slot, false);
		MemoryContextSwitchTo(old);
	}
	tuple = ((HeapTupleTableSlot *) slot)->tuple;
	tuple->t_self = slot->tts_tid = scan->ioss_ScanDesc->xs_heaptid;
	return slot;
}

/*
 * Has the node show the current row of the plan, which it passes on.  Returns whether
 * that has to be done for each row; otherwise it holds as long as the plan does.
 */
bool
kroles_show_current_row(CustomScanState *node, PlanState *plan)
{
	bool		varies = false;
	ScanState  *scan = find_scan(plan, &varies);

	node->ss.ss_currentRelation = scan != NULL ? scan->ss_currentRelation : NULL;
	if (scan == NULL)
		return varies;
	if (IsA(scan, IndexOnlyScanState))
	{
		node->ss.ss_ScanTupleSlot = slot_at_position(node, (IndexOnlyScanState *) scan);
		return true;
	}
	node->ss.ss_ScanTupleSlot = scan->ss_ScanTupleSlot;
	return varies;
}
