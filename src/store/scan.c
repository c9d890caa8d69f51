/*
 * scan.c
 *		Direct index scans of our own tables.
 *
 * The snapshot is the caller's.  No row security applies and no SQL runs, so
 * what is read depends on nobody's search path, privileges or plans.  Locks on
 * tables and indexes are released as soon as a scan ends.
 *
 * Where the visibility map says that all of a page is visible and the index has
 * the columns asked for, the table is not read: the rows of one subject lie far
 * apart, those of the index side by side.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/visibilitymap.h"
#include "catalog/pg_collation.h"
#include "executor/tuptable.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

#include "store/scan.h"

/* Opens a scan of every row. */
void
kroles_scan_all(KrolesScan *scan, KrolesTableId table, Snapshot snapshot)
{
	memset(scan, 0, sizeof(*scan));
	scan->table = *kroles_table(table);
	scan->rel = table_open(scan->table.oid, AccessShareLock);
	scan->all = systable_beginscan(scan->rel, InvalidOid, false, snapshot, 0, NULL);
}

static void
scan_by_key(KrolesScan *scan, KrolesTableId table, KrolesIndexId index, int column, StrategyNumber strategy,
			RegProcedure compares, Oid collation, Datum key, Snapshot snapshot)
{
	Oid			index_oid = kroles_index(index);
	ScanKeyData scankey;

	memset(scan, 0, sizeof(*scan));
	scan->table = *kroles_table(table);
	scan->rel = table_open(scan->table.oid, AccessShareLock);
	scan->index = index_open(index_oid, AccessShareLock);
	scan->map = InvalidBuffer;
	ScanKeyEntryInitialize(&scankey, 0, 1, strategy, InvalidOid, collation, compares, key);
	scan->by_index = index_beginscan(scan->rel, scan->index, snapshot, 1, 0);
	scan->by_index->xs_want_itup = true;
	index_rescan(scan->by_index, &scankey, 1, NULL, 0);
}

/* Opens a scan of the rows whose bigint column, the index's first, holds the id. */
void
kroles_scan_by_id(KrolesScan *scan, KrolesTableId table, KrolesIndexId index, int column,
				  int64 id, Snapshot snapshot)
{
	scan_by_key(scan, table, index, column, BTEqualStrategyNumber, F_INT8EQ, InvalidOid, Int64GetDatum(id), snapshot);
}

/* The rows whose column is that or more, in its order. */
void
kroles_scan_from(KrolesScan *scan, KrolesTableId table, KrolesIndexId index, int column,
				 int64 from, Snapshot snapshot)
{
	scan_by_key(scan, table, index, column, BTGreaterEqualStrategyNumber, F_INT8GE, InvalidOid, Int64GetDatum(from),
				snapshot);
}

/* As kroles_scan_by_id(), for a column of an enum type. */
void
kroles_scan_by_enum(KrolesScan *scan, KrolesTableId table, KrolesIndexId index, int column,
					Oid value, Snapshot snapshot)
{
	scan_by_key(scan, table, index, column, BTEqualStrategyNumber, F_ENUM_EQ, InvalidOid, ObjectIdGetDatum(value),
				snapshot);
}

/* The same for a text column. */
void
kroles_scan_by_text(KrolesScan *scan, KrolesTableId table, KrolesIndexId index, int column,
					const char *text, Snapshot snapshot)
{
	scan_by_key(scan, table, index, column, BTEqualStrategyNumber, F_TEXTEQ, DEFAULT_COLLATION_OID,
				CStringGetTextDatum(text), snapshot);
}

/* The same for a column of type name, which holds at most NAMEDATALEN - 1 bytes. */
void
kroles_scan_by_name(KrolesScan *scan, KrolesTableId table, KrolesIndexId index, int column,
					const char *name, Snapshot snapshot)
{
	NameData   *key = palloc(sizeof(NameData));

	namestrcpy(key, name);
	scan_by_key(scan, table, index, column, BTEqualStrategyNumber, F_NAMEEQ, C_COLLATION_OID, NameGetDatum(key), snapshot);
}

/* Reads the row itself; false where it is not visible. */
static bool
fetch(KrolesScan *scan)
{
	if (scan->slot == NULL)
		scan->slot = table_slot_create(scan->rel, NULL);
	scan->fetched = index_fetch_heap(scan->by_index, scan->slot);
	return scan->fetched;
}

static bool
next_by_index(KrolesScan *scan)
{
	ItemPointer tid;

	while ((tid = index_getnext_tid(scan->by_index, ForwardScanDirection)) != NULL)
	{
		scan->fetched = false;
		if (VM_ALL_VISIBLE(scan->rel, ItemPointerGetBlockNumber(tid), &scan->map) || fetch(scan))
			return true;
	}
	return false;
}

/* Goes to the next row; false behind the last. */
bool
kroles_scan_next(KrolesScan *scan)
{
	if (scan->by_index != NULL)
		return next_by_index(scan);
	scan->row = systable_getnext(scan->all);
	return HeapTupleIsValid(scan->row);
}

void
kroles_scan_end(KrolesScan *scan)
{
	if (scan->by_index != NULL)
	{
		if (scan->map != InvalidBuffer)
			ReleaseBuffer(scan->map);
		if (scan->slot != NULL)
			ExecDropSingleTupleTableSlot(scan->slot);
		index_endscan(scan->by_index);
		index_close(scan->index, AccessShareLock);
	}
	else
		systable_endscan(scan->all);
	table_close(scan->rel, AccessShareLock);
}

/* The place of a column in the index, counted from 1; 0 where it is not in it. */
static int
place_in_index(KrolesScan *scan, AttrNumber attno)
{
	Form_pg_index index = scan->index->rd_index;

	for (int i = 0; i < index->indnatts; i++)
		if (index->indkey.values[i] == attno)
			return i + 1;
	return 0;
}

/* A column of the current row; points into it. */
Datum
kroles_scan_column(KrolesScan *scan, int column, bool *isnull)
{
	AttrNumber	attno = scan->table.column[column];
	int			place;

	if (scan->by_index == NULL)
		return heap_getattr(scan->row, attno, RelationGetDescr(scan->rel), isnull);
	if (!scan->fetched && (place = place_in_index(scan, attno)) > 0)
		return index_getattr(scan->by_index->xs_itup, place, scan->by_index->xs_itupdesc, isnull);
	if (!scan->fetched && !fetch(scan))
		elog(ERROR, "row of relation \"%s\" is not visible", RelationGetRelationName(scan->rel));
	return slot_getattr(scan->slot, attno, isnull);
}

/* A column that is never null. */
Datum
kroles_scan_value(KrolesScan *scan, int column)
{
	bool		isnull;
	Datum		datum = kroles_scan_column(scan, column, &isnull);

	if (isnull)
		elog(ERROR, "unexpected null in relation \"%s\"", RelationGetRelationName(scan->rel));
	return datum;
}

/* A bigint column that may be null, then 0. */
int64
kroles_scan_id(KrolesScan *scan, int column)
{
	bool		isnull;
	Datum		datum = kroles_scan_column(scan, column, &isnull);

	return isnull ? 0 : DatumGetInt64(datum);
}

bool
kroles_scan_flag(KrolesScan *scan, int column)
{
	return DatumGetBool(kroles_scan_value(scan, column));
}

/* The C constant of an enum column; -1 for a value C does not know. */
int
kroles_scan_enum(KrolesScan *scan, int column, KrolesEnum type)
{
	return kroles_enum_code(type, DatumGetObjectId(kroles_scan_value(scan, column)));
}

/* The C constant of a text column that holds a label; -1 for one C does not know. */
int
kroles_scan_label(KrolesScan *scan, int column, KrolesEnum type)
{
	char	   *label = TextDatumGetCString(kroles_scan_value(scan, column));
	int			code = kroles_label_code(type, label);

	pfree(label);
	return code;
}
