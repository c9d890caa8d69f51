/*
 * scan.c
 *		Direct index scans of our own tables.
 *
 * The snapshot is the caller's.  No row security applies and no SQL runs, so
 * the result does not depend on a search path, privileges or plans.  Tables and
 * indexes are locked (AccessShareLock) until the scan ends.
 *
 * If a page is all-visible and the index has the column asked for, the heap is
 * not read: the rows of one subject are scattered over the heap, but adjacent in
 * the index.
 *
 * With the snapshot of a question about the past (store/past.c), the rows are those of then.
 *
 * Rows that another index has found (store/rows.c) are read in the order of the
 * table, or picked from an index scan.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/visibilitymap.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "core/compat.h"
#include "store/past.h"
#include "store/scan.h"

/* How many rows a table had when it was last analyzed or vacuumed; negative if it never was. */
double
kroles_table_rows(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	double		rows = -1;

	if (HeapTupleIsValid(tuple))
	{
		rows = ((Form_pg_class) GETSTRUCT(tuple))->reltuples;
		ReleaseSysCache(tuple);
	}
	return rows;
}

/* Opens a scan of rows as they were; the table is open. */
static void
begin_past_scan(KrolesScan *scan, const KrolesPastSearch *search)
{
	scan->is_past = true;
	scan->past = kroles_past_rows(search, scan->rel);
}

/* Opens a scan of every row.  A snapshot of NULL is one of the instant after the table was locked. */
void
kroles_scan_all(KrolesScan *scan, KrolesTableId table, Snapshot snapshot)
{
	memset(scan, 0, sizeof(*scan));
	scan->table = *kroles_table(table);
	scan->rel = table_open(scan->table.oid, AccessShareLock);
	if (kroles_is_past(snapshot) && kroles_has_past(table))
	{
		begin_past_scan(scan, &(KrolesPastSearch) {.table = table, .column = -1});
		return;
	}
	scan->all = systable_beginscan(scan->rel, InvalidOid, false, snapshot, 0, NULL);
}

/* Opens a scan of the rows whose column, the index's first, compares with the key as "strategy" says. */
static void
begin_index_scan(KrolesScan *scan, KrolesTableId table, KrolesIndexId index, int column, StrategyNumber strategy,
				 RegProcedure comparison, Oid collation, Datum key, Snapshot snapshot)
{
	ScanKeyData scankey;

	memset(scan, 0, sizeof(*scan));
	scan->table = *kroles_table(table);
	scan->rel = table_open(scan->table.oid, AccessShareLock);
	if (kroles_is_past(snapshot))
	{
		if (comparison != F_INT8EQ && comparison != F_INT8GE)
			elog(ERROR, "kroles: earlier rows of \"%s\" are found by ids alone", RelationGetRelationName(scan->rel));
		begin_past_scan(scan, &(KrolesPastSearch) {
			.table = table, .column = column, .from = strategy != BTEqualStrategyNumber, .id = DatumGetInt64(key),
			.has_index = true, .index = index
		});
		return;
	}
	/* (found under the table's lock, which an index that is being replaced concurrently waits for) */
	scan->index = index_open(kroles_index(index), AccessShareLock);
	scan->map = InvalidBuffer;
	ScanKeyEntryInitialize(&scankey, 0, 1, strategy, InvalidOid, collation, comparison, key);
	scan->by_index = KROLES_INDEX_BEGINSCAN(scan->rel, scan->index, snapshot, NULL, 1);
	scan->by_index->xs_want_itup = true;
	index_rescan(scan->by_index, &scankey, 1, NULL, 0);
}

/* Opens a scan of the rows whose bigint column, the index's first, holds the id. */
void
kroles_scan_by_id(KrolesScan *scan, KrolesTableId table, KrolesIndexId index, int column,
				  int64 id, Snapshot snapshot)
{
	begin_index_scan(scan, table, index, column, BTEqualStrategyNumber, F_INT8EQ, InvalidOid, Int64GetDatum(id), snapshot);
}

/* As kroles_scan_by_id(), for ids not less than "from", in ascending order. */
void
kroles_scan_from(KrolesScan *scan, KrolesTableId table, KrolesIndexId index, int column,
				 int64 from, Snapshot snapshot)
{
	begin_index_scan(scan, table, index, column, BTGreaterEqualStrategyNumber, F_INT8GE, InvalidOid, Int64GetDatum(from),
					 snapshot);
}

/* As kroles_scan_by_id(), for a column of an enum type. */
void
kroles_scan_by_enum(KrolesScan *scan, KrolesTableId table, KrolesIndexId index, int column,
					Oid value, Snapshot snapshot)
{
	begin_index_scan(scan, table, index, column, BTEqualStrategyNumber, F_ENUM_EQ, InvalidOid, ObjectIdGetDatum(value),
					 snapshot);
}

/* As kroles_scan_by_id(), for a text column. */
void
kroles_scan_by_text(KrolesScan *scan, KrolesTableId table, KrolesIndexId index, int column,
					const char *text, Snapshot snapshot)
{
	begin_index_scan(scan, table, index, column, BTEqualStrategyNumber, F_TEXTEQ, DEFAULT_COLLATION_OID,
					 CStringGetTextDatum(text), snapshot);
}

/* As kroles_scan_by_id(), for a column of type name; the key is cut to NAMEDATALEN - 1 bytes. */
void
kroles_scan_by_name(KrolesScan *scan, KrolesTableId table, KrolesIndexId index, int column,
					const char *name, Snapshot snapshot)
{
	NameData   *key = palloc(sizeof(NameData));

	namestrcpy(key, name);
	begin_index_scan(scan, table, index, column, BTEqualStrategyNumber, F_NAMEEQ, C_COLLATION_OID, NameGetDatum(key),
					 snapshot);
}

/* Opens a scan of rows that an index found, in their order in the table; the set must outlive the scan. */
void
kroles_scan_rows(KrolesScan *scan, KrolesTableId table, const KrolesRows *rows, Snapshot snapshot)
{
	memset(scan, 0, sizeof(*scan));
	scan->table = *kroles_table(table);
	scan->rel = table_open(scan->table.oid, AccessShareLock);
	scan->slot = table_slot_create(scan->rel, NULL);
	scan->by_row = KROLES_INDEX_FETCH_BEGIN(scan->rel);
	scan->rows = rows;
	scan->snapshot = snapshot;
}

/*
 * Limits an index scan to a set of rows, which must outlive it.  The scan ends
 * before more than "most" other rows have been passed: see
 * kroles_scan_gave_up().
 */
void
kroles_scan_only(KrolesScan *scan, const KrolesRows *rows, int64 most)
{
	scan->rows = rows;
	scan->passes = most;
}

/* Whether the scan has ended because it had passed too many other rows. */
bool
kroles_scan_gave_up(const KrolesScan *scan)
{
	return scan->passes < 0;
}

/* Reads the current row from the heap into the slot; false if it is not visible. */
static bool
fetch_heap_row(KrolesScan *scan)
{
	if (scan->slot == NULL)
		scan->slot = table_slot_create(scan->rel, NULL);
	scan->fetched = index_fetch_heap(scan->by_index, scan->slot);
	return scan->fetched;
}

static bool
get_next_by_index(KrolesScan *scan)
{
	ItemPointer tid;

	while ((tid = index_getnext_tid(scan->by_index, ForwardScanDirection)) != NULL)
	{
		scan->fetched = false;
		if (scan->rows != NULL && !kroles_has_row(scan->rows, tid))
		{
			CHECK_FOR_INTERRUPTS();
			if (--scan->passes < 0)
				return false;
			continue;
		}
		if (VM_ALL_VISIBLE(scan->rel, ItemPointerGetBlockNumber(tid), &scan->map) || fetch_heap_row(scan))
			return true;
	}
	return false;
}

static bool
get_next_by_row(KrolesScan *scan)
{
	scan->fetched = false;
	while (!scan->fetched && scan->next_row < scan->rows->n)
	{
		ItemPointerData tid = kroles_row_position(scan->rows, scan->next_row++);
		bool		call_again = false;

		scan->fetched = table_index_fetch_tuple(scan->by_row, &tid, scan->snapshot, scan->slot, &call_again, NULL);
	}
	return scan->fetched;
}

/* Moves to the next row; false after the last. */
bool
kroles_scan_next(KrolesScan *scan)
{
	if (scan->is_past)
	{
		scan->taken_apart = false;
		scan->row = scan->next_past < scan->past.n ? ((HeapTuple *) scan->past.items)[scan->next_past++] : NULL;
		return scan->row != NULL;
	}
	if (scan->by_row != NULL)
		return get_next_by_row(scan);
	if (scan->by_index != NULL)
		return get_next_by_index(scan);
	scan->row = systable_getnext(scan->all);
	scan->taken_apart = false;
	return HeapTupleIsValid(scan->row);
}

/* A copy of the current row of a scan of every row or by an index, in the current memory context. */
HeapTuple
kroles_scan_row(KrolesScan *scan)
{
	if (scan->by_index == NULL)
		return heap_copytuple(scan->row);
	if (!scan->fetched && !fetch_heap_row(scan))
		elog(ERROR, "row of relation \"%s\" is not visible", RelationGetRelationName(scan->rel));
	return ExecCopySlotHeapTuple(scan->slot);
}

/* Ends the scan and releases its locks. */
void
kroles_scan_end(KrolesScan *scan)
{
	if (scan->slot != NULL)
		ExecDropSingleTupleTableSlot(scan->slot);
	if (scan->by_row != NULL)
		table_index_fetch_end(scan->by_row);
	else if (scan->by_index != NULL)
	{
		if (scan->map != InvalidBuffer)
			ReleaseBuffer(scan->map);
		index_endscan(scan->by_index);
		index_close(scan->index, AccessShareLock);
	}
	else if (scan->all != NULL)
		systable_endscan(scan->all);
	if (scan->values != NULL)
	{
		pfree(scan->values);
		pfree(scan->nulls);
	}
	table_close(scan->rel, AccessShareLock);
}

/* The position of a column in the index, counted from 1; 0 if the index does not have it. */
static int
index_position(KrolesScan *scan, AttrNumber attno)
{
	Form_pg_index index = scan->index->rd_index;

	for (int i = 0; i < index->indnatts; i++)
		if (index->indkey.values[i] == attno)
			return i + 1;
	return 0;
}

/* A column of the current row of a scan of every row: the row is taken apart once for all of its columns. */
static Datum
column_of_row(KrolesScan *scan, AttrNumber attno, bool *isnull)
{
	TupleDesc	desc = RelationGetDescr(scan->rel);

	if (scan->values == NULL)
	{
		scan->values = palloc(desc->natts * sizeof(Datum));
		scan->nulls = palloc(desc->natts * sizeof(bool));
	}
	if (!scan->taken_apart)
		heap_deform_tuple(scan->row, desc, scan->values, scan->nulls);
	scan->taken_apart = true;
	*isnull = scan->nulls[attno - 1];
	return scan->values[attno - 1];
}

/* A column of the current row; the datum points into the row, and is valid until the next. */
Datum
kroles_scan_column(KrolesScan *scan, int column, bool *isnull)
{
	AttrNumber	attno = scan->table.column[column];
	int			position;

	*isnull = true;
	if (attno == InvalidAttrNumber)	/* of a table of an earlier version */
		return (Datum) 0;
	if (scan->all != NULL || scan->is_past)
		return column_of_row(scan, attno, isnull);
	if (!scan->fetched && (position = index_position(scan, attno)) > 0)
		return index_getattr(scan->by_index->xs_itup, position, scan->by_index->xs_itupdesc, isnull);
	if (!scan->fetched && !fetch_heap_row(scan))
		elog(ERROR, "row of relation \"%s\" is not visible", RelationGetRelationName(scan->rel));
	return slot_getattr(scan->slot, attno, isnull);
}

/* As kroles_scan_column(), for a column that is never null. */
Datum
kroles_scan_value(KrolesScan *scan, int column)
{
	bool		isnull;
	Datum		datum = kroles_scan_column(scan, column, &isnull);

	if (isnull)
		elog(ERROR, "unexpected null in relation \"%s\"", RelationGetRelationName(scan->rel));
	return datum;
}

/* A bigint column; 0 for null. */
int64
kroles_scan_id(KrolesScan *scan, int column)
{
	bool		isnull;
	Datum		datum = kroles_scan_column(scan, column, &isnull);

	return isnull ? 0 : DatumGetInt64(datum);
}

/* A window, of two columns: null for open. */
KrolesWindow
kroles_scan_window(KrolesScan *scan, int starts_at, int expires_at)
{
	bool		no_start;
	bool		no_end;
	Datum		start = kroles_scan_column(scan, starts_at, &no_start);
	Datum		end = kroles_scan_column(scan, expires_at, &no_end);

	return kroles_make_window(no_start, DatumGetTimestampTz(start), no_end, DatumGetTimestampTz(end));
}

/* A boolean column that is never null. */
bool
kroles_scan_flag(KrolesScan *scan, int column)
{
	return DatumGetBool(kroles_scan_value(scan, column));
}

/* The C constant of an enum column; -1 for a value that C does not know. */
int
kroles_scan_enum(KrolesScan *scan, int column, KrolesEnum type)
{
	return kroles_enum_code(type, DatumGetObjectId(kroles_scan_value(scan, column)));
}

/* The C constant of a text column that holds a label; -1 for a label that C does not know. */
int
kroles_scan_label(KrolesScan *scan, int column, KrolesEnum type)
{
	text	   *label = DatumGetTextPP(kroles_scan_value(scan, column));

	return kroles_label_code(type, VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label));
}
