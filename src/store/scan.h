/*
 * scan.h
 *		Direct index scans of our own tables.
 */
#ifndef KROLES_SCAN_H
#define KROLES_SCAN_H

#include "access/genam.h"
#include "access/htup.h"
#include "executor/tuptable.h"
#include "storage/buf.h"
#include "utils/relcache.h"

#include "core/array.h"
#include "store/catalog.h"
#include "store/rows.h"

/* A scan of one table; its columns are named by the constants of store/tables.h. */
typedef struct KrolesScan
{
	KrolesTable table;			/* a copy: invalidation messages may be accepted while the scan is open */
	Relation	rel;
	SysScanDesc all;			/* a scan of every row ... */
	HeapTuple	row;
	Datum	   *values;			/* of the row's columns, once one was asked for ... */
	bool	   *nulls;
	bool		taken_apart;	/* ... of the current row */
	Relation	index;			/* ... or by an index */
	IndexScanDesc by_index;
	TupleTableSlot *slot;		/* the heap row, if it was fetched */
	bool		fetched;		/* the slot holds the current row */
	Buffer		map;			/* page of the visibility map */
	const KrolesRows *rows;		/* only these; NULL for all */
	int64		passes;			/* how many other rows may still be passed */
	struct IndexFetchTableData *by_row;	/* ... or of these rows in their order */
	int			next_row;
	Snapshot	snapshot;
	bool		is_past;		/* ... or of rows as they were, which "row" goes through */
	KrolesArray past;
	int			next_past;
} KrolesScan;

extern void kroles_scan_all(KrolesScan *scan, KrolesTableId table, Snapshot snapshot);
extern void kroles_scan_by_id(KrolesScan *scan, KrolesTableId table, KrolesIndexId index,
							  int column, int64 id, Snapshot snapshot);
extern void kroles_scan_from(KrolesScan *scan, KrolesTableId table, KrolesIndexId index, int column,
							 int64 from, Snapshot snapshot);
extern void kroles_scan_by_enum(KrolesScan *scan, KrolesTableId table, KrolesIndexId index,
								int column, Oid value, Snapshot snapshot);
extern void kroles_scan_by_text(KrolesScan *scan, KrolesTableId table, KrolesIndexId index,
								int column, const char *text, Snapshot snapshot);
extern void kroles_scan_by_name(KrolesScan *scan, KrolesTableId table, KrolesIndexId index,
								int column, const char *name, Snapshot snapshot);
extern double kroles_table_rows(Oid relid);
extern void kroles_scan_rows(KrolesScan *scan, KrolesTableId table, const KrolesRows *rows, Snapshot snapshot);
extern void kroles_scan_only(KrolesScan *scan, const KrolesRows *rows, int64 most);
extern bool kroles_scan_gave_up(const KrolesScan *scan);
extern bool kroles_scan_next(KrolesScan *scan);
extern HeapTuple kroles_scan_row(KrolesScan *scan);
extern void kroles_scan_end(KrolesScan *scan);

extern Datum kroles_scan_column(KrolesScan *scan, int column, bool *isnull);
extern Datum kroles_scan_value(KrolesScan *scan, int column);
extern int64 kroles_scan_id(KrolesScan *scan, int column);
extern KrolesWindow kroles_scan_window(KrolesScan *scan, int starts_at, int expires_at);
extern bool kroles_scan_flag(KrolesScan *scan, int column);
extern int	kroles_scan_enum(KrolesScan *scan, int column, KrolesEnum type);
extern int	kroles_scan_label(KrolesScan *scan, int column, KrolesEnum type);

#endif
