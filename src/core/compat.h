/*
 * compat.h
 *		Every test of PostgreSQL's version, and nothing else.
 */
#ifndef KROLES_COMPAT_H
#define KROLES_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "kroles needs PostgreSQL 15 or later"
#endif

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_class.h"
#include "nodes/pathnodes.h"
#include "nodes/plannodes.h"
#include "nodes/tidbitmap.h"
#include "optimizer/cost.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "storage/proc.h"
#include "utils/acl.h"
#include "utils/jsonb.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#endif
#include "commands/sequence.h"
#if PG_VERSION_NUM >= 190000
#include "commands/sequence_xlog.h"
#endif

/* Fills in the WAL record of a change of a sequence. */
#if PG_VERSION_NUM >= 160000
#define KROLES_SEQUENCE_RECORD(record, rel) ((record).locator = (rel)->rd_locator)
#else
#define KROLES_SEQUENCE_RECORD(record, rel) ((record).node = (rel)->rd_node)
#endif

/* The count of completed transactions in this cluster: changes whenever visibility does. */
#if PG_VERSION_NUM >= 170000
#define KROLES_COMPLETION_COUNT() (TransamVariables->xactCompletionCount)
#else
#define KROLES_COMPLETION_COUNT() (ShmemVariableCache->xactCompletionCount)
#endif

/* Whether a role owns a relation, directly, as a member of the owning role or as a superuser. */
#if PG_VERSION_NUM >= 160000
#define KROLES_OWNS_RELATION(relid, role) object_ownercheck(RelationRelationId, relid, role)
#else
#define KROLES_OWNS_RELATION(relid, role) pg_class_ownercheck(relid, role)
#endif

/* The local id of a backend's transaction, and of this one's; the backend that a virtual transaction id names, or NULL. */
#if PG_VERSION_NUM >= 170000
#define KROLES_PROC_LXID(proc) ((proc)->vxid.lxid)
#define KROLES_VXID_PROC(vxid) ProcNumberGetProc((vxid).procNumber)
#else
#define KROLES_PROC_LXID(proc) ((proc)->lxid)
#define KROLES_VXID_PROC(vxid) BackendIdGetProc((vxid).backendId)
#endif
#define KROLES_LXID() KROLES_PROC_LXID(MyProc)

/* A virtual transaction id of this backend's. */
#if PG_VERSION_NUM >= 170000
#define KROLES_VXID(lxid) ((VirtualTransactionId) {MyProcNumber, lxid})
#else
#define KROLES_VXID(lxid) ((VirtualTransactionId) {MyBackendId, lxid})
#endif

/* The parameters of ExecutorRun and its hook. */
#if PG_VERSION_NUM >= 180000
#define KROLES_EXECUTOR_RUN_PARAMETERS QueryDesc *desc, ScanDirection direction, uint64 count
#define KROLES_EXECUTE_ONCE false
#define KROLES_EXECUTOR_RUN(function, desc, direction, count, once) function(desc, direction, count)
#else
#define KROLES_EXECUTOR_RUN_PARAMETERS QueryDesc *desc, ScanDirection direction, uint64 count, bool execute_once
#define KROLES_EXECUTE_ONCE execute_once
#define KROLES_EXECUTOR_RUN(function, desc, direction, count, once) function(desc, direction, count, once)
#endif

/* Whether RelationGetPrimaryKeyIndex() returns one that is deferrable; earlier versions do. */
#if PG_VERSION_NUM >= 180000
#define KROLES_DEFERRABLE_TOO , true
#else
#define KROLES_DEFERRABLE_TOO
#endif

/* Begins a scan of an index, for rows or for a bitmap; the instrument, if there is one, is told of its searches. */
#if PG_VERSION_NUM >= 190000
#define KROLES_INDEX_BEGINSCAN(rel, index, snapshot, instrument, nkeys) \
	index_beginscan(rel, index, snapshot, instrument, nkeys, 0, SO_NONE)
#define KROLES_BITMAP_BEGINSCAN(index, snapshot, nkeys) index_beginscan_bitmap(index, snapshot, NULL, nkeys)
#define KROLES_SCAN_INSTRUMENT(node) ((node)->iss_Instrument)
#elif PG_VERSION_NUM >= 180000
#define KROLES_INDEX_BEGINSCAN(rel, index, snapshot, instrument, nkeys) index_beginscan(rel, index, snapshot, instrument, nkeys, 0)
#define KROLES_BITMAP_BEGINSCAN(index, snapshot, nkeys) index_beginscan_bitmap(index, snapshot, NULL, nkeys)
#define KROLES_SCAN_INSTRUMENT(node) (&(node)->iss_Instrument)
#else
#define KROLES_INDEX_BEGINSCAN(rel, index, snapshot, instrument, nkeys) index_beginscan(rel, index, snapshot, nkeys, 0)
#define KROLES_BITMAP_BEGINSCAN(index, snapshot, nkeys) index_beginscan_bitmap(index, snapshot, nkeys)
#define KROLES_SCAN_INSTRUMENT(node) NULL
#endif

/* Begins a scan of a whole table, and the reading of its rows by their positions. */
#if PG_VERSION_NUM >= 190000
#define KROLES_TABLE_BEGINSCAN(rel, snapshot) table_beginscan(rel, snapshot, 0, NULL, SO_NONE)
#define KROLES_INDEX_FETCH_BEGIN(rel) table_index_fetch_begin(rel, SO_NONE)
#else
#define KROLES_TABLE_BEGINSCAN(rel, snapshot) table_beginscan(rel, snapshot, 0, NULL)
#define KROLES_INDEX_FETCH_BEGIN(rel) table_index_fetch_begin(rel)
#endif

/* Enters a new row into all indexes of its table. */
#if PG_VERSION_NUM >= 190000
#define KROLES_INSERT_INDEX_ENTRIES(rel, slot, estate) (void) ExecInsertIndexTuples(rel, estate, 0, slot, NIL, NULL)
#elif PG_VERSION_NUM >= 160000
#define KROLES_INSERT_INDEX_ENTRIES(rel, slot, estate) \
	(void) ExecInsertIndexTuples(rel, slot, estate, false, false, NULL, NIL, false)
#else
#define KROLES_INSERT_INDEX_ENTRIES(rel, slot, estate) (void) ExecInsertIndexTuples(rel, slot, estate, false, false, NULL, NIL)
#endif

/* The parameters of the planner and its hook. */
#if PG_VERSION_NUM >= 190000
#define KROLES_PLANNER_PARAMETERS Query *query, const char *text, int options, ParamListInfo parameters, ExplainState *explain
#define KROLES_CALL_PLANNER(function) function(query, text, options, parameters, explain)
#else
#define KROLES_PLANNER_PARAMETERS Query *query, const char *text, int options, ParamListInfo parameters
#define KROLES_CALL_PLANNER(function) function(query, text, options, parameters)
#endif

/* The parameters of ProcessUtility's hook. */
#define KROLES_UTILITY_PARAMETERS PlannedStmt *pstmt, const char *text, bool read_only_tree, ProcessUtilityContext context, \
	ParamListInfo parameters, QueryEnvironment *environment, DestReceiver *receiver, QueryCompletion *completion
#define KROLES_CALL_UTILITY(function) \
	function(pstmt, text, read_only_tree, context, parameters, environment, receiver, completion)

/* Memory for what a setting's value carries; NULL if there is none. */
#if PG_VERSION_NUM >= 160000
#define KROLES_GUC_MALLOC(size) guc_malloc(LOG, size)
#else
#define KROLES_GUC_MALLOC(size) malloc(size)
#endif

/* How many parts of a path a setting switches off, where this is not part of its costs. */
#if PG_VERSION_NUM >= 180000
#define KROLES_DISABLED_NODES(path) ((path)->disabled_nodes)
#define KROLES_COPY_DISABLED_NODES(path, of) ((path)->disabled_nodes = (of)->disabled_nodes)
#else
#define KROLES_DISABLED_NODES(path) 0
#define KROLES_COPY_DISABLED_NODES(path, of) ((void) 0)
#endif

/* Whether bitmap scans, and index-only scans, of a relation are switched on. */
#if PG_VERSION_NUM >= 190000
#define KROLES_BITMAP_SCANS_ON(rel) (((rel)->pgs_mask & PGS_BITMAPSCAN) != 0)
#define KROLES_INDEX_ONLY_SCANS_ON(rel) \
	(((rel)->pgs_mask & (PGS_INDEXONLYSCAN | PGS_CONSIDER_INDEXONLY)) == (PGS_INDEXONLYSCAN | PGS_CONSIDER_INDEXONLY))
#else
#define KROLES_BITMAP_SCANS_ON(rel) enable_bitmapscan
#define KROLES_INDEX_ONLY_SCANS_ON(rel) (enable_indexscan && enable_indexonlyscan)
#endif

/* The members of an equivalence class that a relation can be sorted by: those of a partition or child are apart from 18 on. */
static inline List *
kroles_class_members(EquivalenceClass *class, RelOptInfo *rel)
{
#if PG_VERSION_NUM >= 180000
	EquivalenceMemberIterator iterator;
	EquivalenceMember *member;
	List	   *members = NIL;

	setup_eclass_member_iterator(&iterator, class, rel->relids);
	while ((member = eclass_member_iterator_next(&iterator)) != NULL)
		members = lappend(members, member);
	return members;
#else
	return class->ec_members;
#endif
}

/* Names a query level that becomes an InitPlan, for EXPLAIN. */
#if PG_VERSION_NUM >= 190000
#define KROLES_NAME_LEVEL(level) ((level)->plan_name = (level)->alternative_plan_name = choose_plan_name((level)->glob, "expr", true))
#else
#define KROLES_NAME_LEVEL(level) ((void) 0)
#endif

/* A path that merges ordered ones. */
#if PG_VERSION_NUM >= 190000
#define KROLES_MERGE_APPEND_PATH(root, rel, paths, keys) create_merge_append_path(root, rel, paths, NIL, keys, NULL)
#else
#define KROLES_MERGE_APPEND_PATH(root, rel, paths, keys) create_merge_append_path(root, rel, paths, keys, NULL)
#endif

/* The first relation that the statement changes after that one, by its number in the range table; 0 if there is none. */
static inline int
kroles_next_target(PlannedStmt *plan, int after)
{
#if PG_VERSION_NUM >= 190000
	return Max(0, bms_next_member(plan->resultRelationRelids, after));
#else
	int			next = 0;
	ListCell   *cell;

	foreach(cell, plan->resultRelations)
		if (lfirst_int(cell) > after && (next == 0 || lfirst_int(cell) < next))
			next = lfirst_int(cell);
	return next;
#endif
}

/* The condition of ON CONFLICT DO SELECT; NULL if there is none. */
static inline Node *
kroles_conflict_select_condition(ModifyTable *plan)
{
#if PG_VERSION_NUM >= 190000
	return plan->onConflictAction == ONCONFLICT_SELECT ? plan->onConflictWhere : NULL;
#else
	return NULL;
#endif
}

/* Makes JSON value by value; the result is there after the last one. */
#if PG_VERSION_NUM >= 190000
typedef JsonbInState KrolesJson;
#define kroles_push_json(json, token, value) pushJsonbValue(json, token, value)
#else
typedef struct KrolesJson
{
	JsonbParseState *state;
	JsonbValue *result;
} KrolesJson;
#define kroles_push_json(json, token, value) ((json)->result = pushJsonbValue(&(json)->state, token, value))
#endif

/* The equivalence class of an expression, made if necessary. */
#if PG_VERSION_NUM >= 160000
#define KROLES_EQUIVALENCE_CLASS(root, expression, families, type, collation, relids) \
	get_eclass_for_sort_expr(root, expression, families, type, collation, 0, relids, true)
#else
#define KROLES_EQUIVALENCE_CLASS(root, expression, families, type, collation, relids) \
	get_eclass_for_sort_expr(root, expression, NULL, families, type, collation, 0, relids, true)
#endif

/* The statistics target of a column that ANALYZE reads, and where ANALYZE waits for its cost limit. */
#if PG_VERSION_NUM >= 170000
#define KROLES_STATISTICS_TARGET(stats) ((stats)->attstattarget)
#else
#define KROLES_STATISTICS_TARGET(stats) ((stats)->attr->attstattarget)
#endif
#if PG_VERSION_NUM >= 180000
#define KROLES_ANALYZE_DELAY_POINT() vacuum_delay_point(true)
#else
#define KROLES_ANALYZE_DELAY_POINT() vacuum_delay_point()
#endif

/* The worker that applies a subscription's changes, if it runs; include replication/worker_internal.h. */
#if PG_VERSION_NUM >= 190000
#define KROLES_FIND_APPLY_WORKER(subscription) logicalrep_worker_find(WORKERTYPE_APPLY, subscription, InvalidOid, true)
#else
#define KROLES_FIND_APPLY_WORKER(subscription) logicalrep_worker_find(subscription, InvalidOid, true)
#endif

/* Whether this backend holds the lock in that mode. */
#if PG_VERSION_NUM >= 170000
#define KROLES_HOLDS_LOCK(tag, mode) LockHeldByMe(tag, mode, false)
#else
#define KROLES_HOLDS_LOCK(tag, mode) LockHeldByMe(tag, mode)
#endif

/* Reads a bitmap page by page. */
#if PG_VERSION_NUM >= 180000
typedef TBMPrivateIterator KrolesBitmapIterator;
#define kroles_bitmap_begin(bitmap) tbm_begin_private_iterate(bitmap)
#define kroles_bitmap_end(iterator) tbm_end_private_iterate(iterator)
#else
typedef TBMIterator KrolesBitmapIterator;
#define kroles_bitmap_begin(bitmap) tbm_begin_iterate(bitmap)
#define kroles_bitmap_end(iterator) tbm_end_iterate(iterator)
#endif

typedef struct KrolesBitmapPage
{
	BlockNumber block;
	int			n;				/* of its rows; -1 if the bitmap does not know which */
	OffsetNumber offsets[MaxHeapTuplesPerPage];
} KrolesBitmapPage;

/* The next page of a bitmap; false at the end. */
static inline bool
kroles_bitmap_next(KrolesBitmapIterator *iterator, KrolesBitmapPage *page)
{
#if PG_VERSION_NUM >= 180000
	TBMIterateResult found;

	if (!tbm_private_iterate(iterator, &found))
		return false;
	page->block = found.blockno;
	page->n = found.lossy ? -1 : tbm_extract_page_tuple(&found, page->offsets, MaxHeapTuplesPerPage);
#else
	TBMIterateResult *found = tbm_iterate(iterator);

	if (found == NULL)
		return false;
	page->block = found->blockno;
	page->n = found->ntuples;
	if (page->n > 0)
		memcpy(page->offsets, found->offsets, page->n * sizeof(OffsetNumber));
#endif
	return true;
}

/* The collation "POSIX", which has no name in newer headers. */
#if PG_VERSION_NUM >= 180000
#define POSIX_COLLATION_OID 951
#endif

/* What pg_b64_decode() decodes to. */
#if PG_VERSION_NUM >= 180000
typedef uint8 KrolesBase64Bytes;
#else
typedef char KrolesBase64Bytes;
#endif

/* Marks a function that does not return; before its declaration. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/* The virtual transaction id of an element of GetLockStatusData(). */
#if PG_VERSION_NUM >= 170000
#define KROLES_LOCK_PROC_NUMBER(lock) ((lock)->vxid.procNumber)
#define KROLES_LOCK_LXID(lock) ((lock)->vxid.localTransactionId)
#else
#define KROLES_LOCK_PROC_NUMBER(lock) ((lock)->backend)
#define KROLES_LOCK_LXID(lock) ((lock)->lxid)
#endif

/* The subtransaction in which a relation of an earlier transaction got its present file; none: not in this transaction. */
#if PG_VERSION_NUM >= 160000
#define KROLES_FILE_SUBID(rel) ((rel)->rd_firstRelfilelocatorSubid)
#else
#define KROLES_FILE_SUBID(rel) ((rel)->rd_firstRelfilenodeSubid)
#endif

#endif
