/*
 * past.h
 *		Rows of our tables as they were at an earlier time.
 */
#ifndef KROLES_PAST_H
#define KROLES_PAST_H

#include "access/htup.h"
#include "datatype/timestamp.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "core/array.h"
#include "store/catalog.h"

/* The rows that a scan is for: those whose column, the index's first, has the id, or an id not less; or all (column -1). */
typedef struct KrolesPastSearch
{
	KrolesTableId table;
	int			column;
	bool		from;
	int64		id;
	bool		has_index;
	KrolesIndexId index;
} KrolesPastSearch;

extern void kroles_enter_past(TimestampTz at);
extern void kroles_leave_past(void);
extern Snapshot kroles_past_snapshot(void);
extern bool kroles_is_past(Snapshot snapshot);
extern bool kroles_has_past(KrolesTableId table);
extern KrolesArray kroles_past_rows(const KrolesPastSearch *search, Relation rel);

#endif
