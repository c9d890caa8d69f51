/*
 * past.c
 *		Rows of our tables as they were at an earlier time.
 *
 * They are the rows of now, with the changes since that time undone: a row that was
 * changed since is as it was before the first of those changes, and was not there if
 * that was an INSERT.  So nothing has to be stored for it but the audit log, and only
 * changes since that time are read.
 *
 * While a question about the past is judged, one snapshot stands for it: whatever scans
 * our tables with that snapshot (store/scan.c) gets these rows.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "nodes/execnodes.h"
#include "rewrite/rewriteHandler.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "core/clock.h"
#include "store/past.h"
#include "store/past_log.h"
#include "store/scan.h"

/* Of the current resource owner; NULL outside questions about the past. */
static Snapshot past_snapshot;

/* A scan of the rows of now is being begun with that snapshot. */
static bool present_wanted;

/*
 * From now on, kroles_past_snapshot() and kroles_time() stand for that time.  An error
 * where the log does not cover it.  The caller sees to kroles_leave_past(), after
 * errors too.
 */
void
kroles_enter_past(TimestampTz at)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());

	past_snapshot = snapshot;
	present_wanted = false;
	kroles_check_log_covers(at, snapshot);
	kroles_past_time = at;
}

void
kroles_leave_past(void)
{
	kroles_past_time = 0;
	if (past_snapshot != NULL)
		UnregisterSnapshot(past_snapshot);
	past_snapshot = NULL;
}

Snapshot
kroles_past_snapshot(void)
{
	if (past_snapshot == NULL)
		elog(ERROR, "kroles: no time in the past is asked about");
	return past_snapshot;
}

/* Whether scans with that snapshot are for rows as they were. */
bool
kroles_is_past(Snapshot snapshot)
{
	return past_snapshot != NULL && snapshot == past_snapshot && !present_wanted;
}

/* Whether rows of the table differ over time.  (Which rights exist depends on the version of the extension alone.) */
bool
kroles_has_past(KrolesTableId table)
{
	return table != KROLES_T_RIGHTS;
}

/* ---- Keys ---- */

/* The names of the primary key's columns, in the current memory context. */
static List *
key_columns(Relation rel)
{
	Oid			index_id = RelationGetPrimaryKeyIndex(rel KROLES_DEFERRABLE_TOO);
	Relation	index;
	List	   *names = NIL;

	if (!OidIsValid(index_id))
		elog(ERROR, "relation \"%s\" has no primary key", RelationGetRelationName(rel));
	index = index_open(index_id, AccessShareLock);
	for (int i = 0; i < index->rd_index->indnkeyatts; i++)
		names = lappend(names, get_attname(RelationGetRelid(rel), index->rd_index->indkey.values[i], false));
	index_close(index, AccessShareLock);
	return names;
}

/* The key of a logged row. */
static char *
logged_key(List *columns, Jsonb *row)
{
	StringInfoData key;
	ListCell   *column;

	initStringInfo(&key);
	foreach(column, columns)
		appendStringInfo(&key, "%s\n", kroles_json_field(row, lfirst(column)));
	return key.data;
}

/* The key of a row; of bigint, text and enum columns alike it is what the log has. */
static char *
row_key(List *columns, Relation rel, HeapTuple row)
{
	StringInfoData key;
	ListCell   *column;

	initStringInfo(&key);
	foreach(column, columns)
	{
		AttrNumber	attno = get_attnum(RelationGetRelid(rel), lfirst(column));
		Oid			output;
		bool		is_varlena;
		bool		isnull;
		Datum		value = heap_getattr(row, attno, RelationGetDescr(rel), &isnull);

		getTypeOutputInfo(TupleDescAttr(RelationGetDescr(rel), attno - 1)->atttypid, &output, &is_varlena);
		appendStringInfo(&key, "%s\n", OidOutputFunctionCall(output, value));
	}
	return key.data;
}

/* ---- Rows ---- */

/* The default of a column that the log does not have for the row, which is of an earlier version of the table. */
static Datum
default_value(Relation rel, AttrNumber attno, bool *isnull)
{
	Node	   *expression = build_column_default(rel, attno);
	EState	   *estate;
	Datum		value;
	Form_pg_attribute column = TupleDescAttr(RelationGetDescr(rel), attno - 1);

	if (expression == NULL)
		elog(ERROR, "column \"%s\" of relation \"%s\" has no default", NameStr(column->attname), RelationGetRelationName(rel));
	estate = CreateExecutorState();
	value = ExecEvalExpr(ExecPrepareExpr((Expr *) expression, estate), GetPerTupleExprContext(estate), isnull);
	if (!*isnull)
		value = datumCopy(value, column->attbyval, column->attlen);
	FreeExecutorState(estate);
	return value;
}

/* A logged row as a row of the table, with the columns that C reads and the log has; the others are null. */
static HeapTuple
form_row(KrolesTableId id, const KrolesTable *table, Relation rel, Jsonb *logged)
{
	TupleDesc	desc = RelationGetDescr(rel);
	Datum	   *values = palloc0(desc->natts * sizeof(Datum));
	bool	   *nulls = palloc(desc->natts * sizeof(bool));

	memset(nulls, true, desc->natts * sizeof(bool));
	for (int i = 0; i < KROLES_MAX_COLUMNS; i++)
	{
		AttrNumber	attno = table->column[i];
		Form_pg_attribute column;
		char	   *field;
		Oid			input;
		Oid			ioparam;

		if (attno == InvalidAttrNumber || (id == KROLES_T_MEDIA && i == MEDIA_AUDIENCE))
			continue;
		column = TupleDescAttr(desc, attno - 1);
		field = kroles_json_field(logged, NameStr(column->attname));
		if (field == NULL)
		{
			if (column->attnotnull)
				values[attno - 1] = default_value(rel, attno, &nulls[attno - 1]);
			continue;
		}
		getTypeInputInfo(column->atttypid, &input, &ioparam);
		values[attno - 1] = OidInputFunctionCall(input, field, ioparam, column->atttypmod);
		nulls[attno - 1] = false;
	}
	return heap_form_tuple(desc, values, nulls);
}

/* Longer than any key: ids, or labels of kinds, types, roles and actions. */
#define KEY_SIZE 320

typedef struct PastKey
{
	char		key[KEY_SIZE];	/* hash key, must be first */
	int64		log_id;			/* of the first change */
	Jsonb	   *before;			/* the row as it was; NULL if it was not there */
} PastKey;

/* The rows that were changed since, by their keys. */
typedef struct PastKeys
{
	MemoryContext context;
	List	   *columns;		/* of the key */
	HTAB	   *keys;
} PastKeys;

/* Notes how a row was before a change of its key; the first change counts. */
static void
note_key(PastKeys *changed, const char *key, int64 log_id, Jsonb *before)
{
	bool		found;
	PastKey    *noted = hash_search(changed->keys, key, HASH_ENTER, &found);

	if (found && noted->log_id <= log_id)
		return;
	if (found && noted->before != NULL)
		pfree(noted->before);
	noted->log_id = log_id;
	noted->before = NULL;
	if (before != NULL)
	{
		noted->before = MemoryContextAlloc(changed->context, VARSIZE(before));
		memcpy(noted->before, before, VARSIZE(before));
	}
}

/* The visitor of changes.  (A row that keeps its key is noted as it was before.) */
static void
note_change(void *arg, int64 log_id, Jsonb *before, Jsonb *after)
{
	PastKeys   *changed = arg;

	if (before != NULL)
		note_key(changed, logged_key(changed->columns, before), log_id, before);
	if (after != NULL)
		note_key(changed, logged_key(changed->columns, after), log_id, NULL);
}

/* Finds the rows that were changed since; in a context of their own. */
static PastKeys
find_changed(const KrolesPastSearch *search, List *columns)
{
	PastKeys	changed = {
		AllocSetContextCreate(CurrentMemoryContext, "kroles earlier rows", ALLOCSET_DEFAULT_SIZES), columns
	};
	HASHCTL		control = {.keysize = KEY_SIZE, .entrysize = sizeof(PastKey), .hcxt = changed.context};

	changed.keys = hash_create("kroles earlier rows", 16, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	kroles_visit_changes(kroles_past_time, search->table, search->from ? -1 : search->column, search->id, past_snapshot,
						 note_change, &changed);
	return changed;
}

/* Whether the row is one that the search is for, and the index has. */
static bool
is_searched(const KrolesPastSearch *search, Relation rel, ExprState *predicate, ExprContext *context, HeapTuple row)
{
	bool		isnull = false;
	Datum		value;

	if (search->column >= 0)
	{
		value = heap_getattr(row, kroles_table(search->table)->column[search->column], RelationGetDescr(rel), &isnull);
		if (isnull || (search->from ? DatumGetInt64(value) < search->id : DatumGetInt64(value) != search->id))
			return false;
	}
	ExecForceStoreHeapTuple(row, context->ecxt_scantuple, false);
	return ExecQual(predicate, context);
}

/* Adds those of the changed rows that the search is for. */
static void
add_undone(KrolesArray *rows, const KrolesPastSearch *search, Relation rel, HTAB *keys)
{
	HASH_SEQ_STATUS status;
	PastKey    *noted;
	KrolesTable table = *kroles_table(search->table);
	EState	   *estate = CreateExecutorState();
	ExprContext *context = GetPerTupleExprContext(estate);
	ExprState  *predicate = NULL;

	context->ecxt_scantuple = MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsHeapTuple);
	if (search->has_index)
	{
		Relation	index = index_open(kroles_index(search->index), AccessShareLock);

		predicate = ExecPrepareQual(RelationGetIndexPredicate(index), estate);
		index_close(index, AccessShareLock);
	}
	hash_seq_init(&status, keys);
	while ((noted = hash_seq_search(&status)) != NULL)
	{
		HeapTuple	row = noted->before == NULL ? NULL : form_row(search->table, &table, rel, noted->before);

		if (row != NULL && is_searched(search, rel, predicate, context, row))
			*(HeapTuple *) kroles_array_add(rows) = row;
	}
	ExecDropSingleTupleTableSlot(context->ecxt_scantuple);
	FreeExecutorState(estate);
}

/* A scan of the rows of now. */
static void
begin_present_scan(KrolesScan *scan, const KrolesPastSearch *search)
{
	present_wanted = true;
	if (search->column < 0)
		kroles_scan_all(scan, search->table, past_snapshot);
	else if (search->from)
		kroles_scan_from(scan, search->table, search->index, search->column, search->id, past_snapshot);
	else
		kroles_scan_by_id(scan, search->table, search->index, search->column, search->id, past_snapshot);
	present_wanted = false;
}

/* Adds the rows of now that were not changed since. */
static void
add_unchanged(KrolesArray *rows, const KrolesPastSearch *search, Relation rel, const PastKeys *changed)
{
	KrolesScan	scan;

	begin_present_scan(&scan, search);
	while (kroles_scan_next(&scan))
	{
		HeapTuple	row = kroles_scan_row(&scan);

		if (hash_get_num_entries(changed->keys) == 0 ||
			hash_search(changed->keys, row_key(changed->columns, rel, row), HASH_FIND, NULL) == NULL)
			*(HeapTuple *) kroles_array_add(rows) = row;
	}
	kroles_scan_end(&scan);
}

/* How rows are put in order: by a column of bigint. */
typedef struct RowOrder
{
	TupleDesc	desc;
	AttrNumber	attno;
} RowOrder;

static int
compare_rows(const void *a, const void *b, void *arg)
{
	const RowOrder *order = arg;
	bool		isnull;
	int64		one = DatumGetInt64(heap_getattr(*(HeapTuple *) a, order->attno, order->desc, &isnull));
	int64		other = DatumGetInt64(heap_getattr(*(HeapTuple *) b, order->attno, order->desc, &isnull));

	return one < other ? -1 : one > other;
}

/*
 * The rows that the search is for as they were, HeapTuples in the current memory context;
 * those from an id on in ascending order.
 */
KrolesArray
kroles_past_rows(const KrolesPastSearch *search, Relation rel)
{
	KrolesArray rows = {.size = sizeof(HeapTuple)};
	PastKeys	changed = find_changed(search, key_columns(rel));

	add_undone(&rows, search, rel, changed.keys);
	add_unchanged(&rows, search, rel, &changed);
	MemoryContextDelete(changed.context);
	if (search->from && rows.n > 1)
	{
		RowOrder	order = {RelationGetDescr(rel), kroles_table(search->table)->column[search->column]};

		qsort_arg(rows.items, rows.n, rows.size, compare_rows, &order);
	}
	return rows;
}
