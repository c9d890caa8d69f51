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

#include "store/catalog.h"

/* Is told of a changed row, NULL before an INSERT and after a DELETE; these are freed afterwards. */
typedef void (*KrolesVisitChange) (void *arg, int64 log_id, Jsonb *before, Jsonb *after);

extern void kroles_visit_changes(TimestampTz at, KrolesTableId table, int column, int64 id, Snapshot snapshot,
								 KrolesVisitChange visit, void *arg);
extern void kroles_check_log_covers(TimestampTz at, Snapshot snapshot);
extern char *kroles_json_field(Jsonb *row, const char *name);

#endif
