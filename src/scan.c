/*
 * scan.c
 *		Direct index scans of our own tables.
 *
 * The snapshot is the caller's.  No row security applies and no SQL runs, so
 * what is read depends on nobody's search path, privileges or plans.  Locks on
 * tables and indexes are released as soon as a scan ends.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/pg_collation.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

#include "scan.h"

/* Opens a scan of every row. */
void
kroles_scan_all(KrolesScan *scan, KrolesTableId table, Snapshot snapshot)
{
	scan->table = *kroles_table(table);
	scan->rel = table_open(scan->table.oid, AccessShareLock);
	scan->desc = systable_beginscan(scan->rel, InvalidOid, false, snapshot, 0, NULL);
}

static void
scan_by_key(KrolesScan *scan, KrolesTableId table, KrolesIndexId index, int column,
			RegProcedure equals, Oid collation, Datum key, Snapshot snapshot)
{
	Oid			index_oid = kroles_index(index);
	ScanKeyData scankey;

	scan->table = *kroles_table(table);
	scan->rel = table_open(scan->table.oid, AccessShareLock);
	ScanKeyEntryInitialize(&scankey, 0, scan->table.column[column], BTEqualStrategyNumber,
						   InvalidOid, collation, equals, key);
	scan->desc = systable_beginscan(scan->rel, index_oid, true, snapshot, 1, &scankey);
}

/* Opens a scan of the rows whose bigint column, the index's first, holds the id. */
void
kroles_scan_by_id(KrolesScan *scan, KrolesTableId table, KrolesIndexId index, int column,
				  int64 id, Snapshot snapshot)
{
	scan_by_key(scan, table, index, column, F_INT8EQ, InvalidOid, Int64GetDatum(id), snapshot);
}

/* The same for a text column. */
void
kroles_scan_by_text(KrolesScan *scan, KrolesTableId table, KrolesIndexId index, int column,
					const char *text, Snapshot snapshot)
{
	scan_by_key(scan, table, index, column, F_TEXTEQ, DEFAULT_COLLATION_OID,
				CStringGetTextDatum(text), snapshot);
}

/* The same for a column of type name, which holds at most NAMEDATALEN - 1 bytes. */
void
kroles_scan_by_name(KrolesScan *scan, KrolesTableId table, KrolesIndexId index, int column,
					const char *name, Snapshot snapshot)
{
	NameData   *key = palloc(sizeof(NameData));

	namestrcpy(key, name);
	scan_by_key(scan, table, index, column, F_NAMEEQ, C_COLLATION_OID, NameGetDatum(key), snapshot);
}

/* Goes to the next row; false behind the last. */
bool
kroles_scan_next(KrolesScan *scan)
{
	scan->row = systable_getnext(scan->desc);
	return HeapTupleIsValid(scan->row);
}

void
kroles_scan_end(KrolesScan *scan)
{
	systable_endscan(scan->desc);
	table_close(scan->rel, AccessShareLock);
}

/* A column of the current row; points into it. */
Datum
kroles_scan_column(KrolesScan *scan, int column, bool *isnull)
{
	return heap_getattr(scan->row, scan->table.column[column], RelationGetDescr(scan->rel), isnull);
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
