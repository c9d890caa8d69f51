/*
 * read_only.h
 *		Whether the running queries change no rows.
 */
#ifndef KROLES_READ_ONLY_H
#define KROLES_READ_ONLY_H

#include "executor/execdesc.h"

#include "statement/running.h"

/*
 * Whether the executor runs a SELECT that changes no rows, and every query that it
 * runs within is one too.  Only then is every row that a policy asks about in the
 * statement's snapshot, or a newer version of one that was locked meanwhile: queries
 * that write ask about pending rows and old audiences too.
 */
static inline bool
kroles_query_reads_only(void)
{
	KrolesRun  *run = kroles_running;

	for (; run != NULL; run = run->outer)
	{
		PlannedStmt *plan = run->desc->plannedstmt;

		if (plan->commandType != CMD_SELECT || plan->hasModifyingCTE)
			return false;
	}
	return kroles_running != NULL;
}

#endif
