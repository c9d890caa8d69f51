/*
 * rows.h
 *		Rows of one of our tables that an index has found, by their positions.
 */
#ifndef KROLES_ROWS_H
#define KROLES_ROWS_H

#include "storage/itemptr.h"
#include "utils/snapshot.h"

#include "store/catalog.h"

/* A set of rows.  Those that the snapshot does not see may be among them. */
typedef struct KrolesRows
{
	int			n;
	uint64	   *positions;		/* ascending, as in the table: block and line */
} KrolesRows;

/* A position as a number. */
static inline uint64
kroles_position_number(ItemPointer tid)
{
	return (uint64) ItemPointerGetBlockNumberNoCheck(tid) << 16 | ItemPointerGetOffsetNumberNoCheck(tid);
}

/* The position of the i-th row, from 0. */
static inline ItemPointerData
kroles_row_position(const KrolesRows *rows, int i)
{
	ItemPointerData tid;

	ItemPointerSet(&tid, (BlockNumber) (rows->positions[i] >> 16), (OffsetNumber) (rows->positions[i] & 0xffff));
	return tid;
}

/* Whether the row at that position is in the set. */
static inline bool
kroles_has_row(const KrolesRows *rows, ItemPointer tid)
{
	uint64		wanted = kroles_position_number(tid);
	int			low = 0;
	int			high = rows->n;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (rows->positions[middle] < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low < rows->n && rows->positions[low] == wanted;
}

/* A search of an index: finds more rows with each call of kroles_add_rows(). */
typedef struct KrolesRowSearch KrolesRowSearch;

extern KrolesRowSearch *kroles_begin_rows(KrolesTableId table, KrolesIndexId index, Oid type, Snapshot snapshot);
extern void kroles_add_rows(KrolesRowSearch *search, Datum query);
extern bool kroles_end_rows(KrolesRowSearch *search, KrolesRows *rows);

#endif
