/*
 * past_log.h
 *		Changes of our tables that the audit log has since a time.
 */
#ifndef KROLES_PAST_LOG_H
#define KROLES_PAST_LOG_H

#include "access/transam.h"
#include "datatype/timestamp.h"
#include "utils/jsonb.h"
#include "utils/snapshot.h"

#include "core/array.h"
#include "store/catalog.h"

/* A changed row. */
typedef struct KrolesChange
{
	int64		log_id;			/* must be first: changes are sorted by it */
	Jsonb	   *before;			/* NULL for INSERT */
	Jsonb	   *after;			/* NULL for DELETE */
} KrolesChange;

extern KrolesArray kroles_changes_since(TimestampTz at, KrolesTableId table, int column, int64 id, Snapshot snapshot);
extern TimestampTz kroles_time_of_change(TimestampTz at, FullTransactionId txid);
extern void kroles_check_log_covers(TimestampTz at, Snapshot snapshot);
extern char *kroles_json_field(Jsonb *row, const char *name);

#endif
