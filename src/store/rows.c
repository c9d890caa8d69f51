/*
 * rows.c
 *		Searches of our GIN indexes.
 *
 * PostgreSQL returns what such an index finds as a bitmap of positions of rows,
 * not in the order of any column.  The positions are kept in an array, and a
 * scan (store/scan.c) reads those rows, or picks them from a scan by another
 * index.  The snapshot is the caller's, no row security applies, and no SQL
 * runs, as in store/scan.c.
 *
 * Whoever asks must do without the index if it cannot be used: when it was
 * dropped or is not yet valid, and when it was built after changes that an
 * older snapshot still has to see (pg_index.indcheckxmin).
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/pg_am.h"
#include "miscadmin.h"
#include "nodes/tidbitmap.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "core/array.h"
#include "core/compat.h"
#include "store/rows.h"

/* With less memory than this the bitmap would soon hold whole pages in place of rows. */
#define LEAST_BITMAP ((Size) 64 * 1024 * 1024)

struct KrolesRowSearch
{
	Relation	rel;
	Relation	index;
	RegProcedure comparison;
	IndexScanDesc scan;
	TIDBitmap  *found;
};

/* The function of the first operator for that type, if the index can be used in this transaction; else InvalidOid. */
static RegProcedure
usable_operator(Relation index, Oid table, Oid type)
{
	Form_pg_index form = index->rd_index;

	if (index->rd_rel->relam != GIN_AM_OID || !form->indisvalid || form->indrelid != table ||
		index->rd_opcintype[0] != type)
		return InvalidOid;
	if (form->indcheckxmin &&
		!TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data), TransactionXmin))
		return InvalidOid;
	return get_opcode(get_opfamily_member(index->rd_opfamily[0], type, type, 1));
}

/*
 * Starts a search of a GIN index whose first column is of that type.  Locks table and
 * index (AccessShareLock) until it ends.  NULL if the index cannot be used.
 */
KrolesRowSearch *
kroles_begin_rows(KrolesTableId table, KrolesIndexId index, Oid type, Snapshot snapshot)
{
	KrolesRowSearch search = {.rel = table_open(kroles_table(table)->oid, AccessShareLock)};
	Oid			index_oid = kroles_find_index(index);	/* under the table's lock, as in store/scan.c */

	if (OidIsValid(index_oid))
	{
		search.index = index_open(index_oid, AccessShareLock);
		search.comparison = usable_operator(search.index, RelationGetRelid(search.rel), type);
		if (!RegProcedureIsValid(search.comparison))
			index_close(search.index, AccessShareLock);
	}
	if (!RegProcedureIsValid(search.comparison))
	{
		table_close(search.rel, AccessShareLock);
		return NULL;
	}
	search.scan = KROLES_BITMAP_BEGINSCAN(search.index, snapshot, 1);
	search.found = tbm_create(Max((Size) work_mem * 1024, LEAST_BITMAP), NULL);
	return memcpy(palloc(sizeof(search)), &search, sizeof(search));
}

/* Adds the rows that match a query by the first operator of the index. */
void
kroles_add_rows(KrolesRowSearch *search, Datum query)
{
	ScanKeyData key;

	ScanKeyEntryInitialize(&key, 0, 1, 1, InvalidOid, InvalidOid, search->comparison, query);
	index_rescan(search->scan, &key, 1, NULL, 0);
	(void) index_getbitmap(search->scan, search->found);
}

/* The positions in the bitmap, in the current memory context; false if it lacks some. */
static bool
read_bitmap(TIDBitmap *found, KrolesArray *positions)
{
	KrolesBitmapIterator *iterator = kroles_bitmap_begin(found);
	KrolesBitmapPage page;
	bool		complete = true;

	while (complete && kroles_bitmap_next(iterator, &page))
	{
		CHECK_FOR_INTERRUPTS();
		complete = page.n >= 0;
		for (int i = 0; i < page.n; i++)
			*(uint64 *) kroles_array_add(positions) = (uint64) page.block << 16 | page.offsets[i];
	}
	kroles_bitmap_end(iterator);
	return complete;
}

/*
 * Ends the search.  The rows found are in the current memory context; false if
 * they are too many to remember each.
 */
bool
kroles_end_rows(KrolesRowSearch *search, KrolesRows *rows)
{
	KrolesArray positions = {.size = sizeof(uint64)};
	bool		complete = read_bitmap(search->found, &positions);

	tbm_free(search->found);
	index_endscan(search->scan);
	index_close(search->index, AccessShareLock);
	table_close(search->rel, AccessShareLock);
	pfree(search);
	*rows = (KrolesRows) {.n = positions.n, .positions = (uint64 *) positions.items};
	return complete;
}
