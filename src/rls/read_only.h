/*
 * read_only.h
 *		Whether the running query changes no rows.
 */
#ifndef KROLES_READ_ONLY_H
#define KROLES_READ_ONLY_H

#include "executor/execdesc.h"

#include "statement/running.h"

/*
 * Whether the innermost query that the executor runs is a SELECT that changes no
 * rows.  Only then is every row that a policy asks about in the statement's
 * snapshot: a query that writes asks about pending rows and old audiences too.
 */
static inline bool
kroles_query_reads_only(void)
{
	PlannedStmt *plan = kroles_running == NULL ? NULL : kroles_running->desc->plannedstmt;

	return plan != NULL && plan->commandType == CMD_SELECT && !plan->hasModifyingCTE;
}

#endif
