/*
 * running.h
 *		Tracks the queries that the executor runs, and the asker of each.
 */
#ifndef KROLES_RUNNING_H
#define KROLES_RUNNING_H

#include "executor/execdesc.h"
#include "utils/hsearch.h"

#include "core/asker.h"

/* The record of a query between its start and its end. */
typedef struct KrolesQuery
{
	QueryDesc  *desc;
	int			level;			/* of the subtransaction that it began in */
	bool		by_foreign_code;	/* foreign code started it */
	MemoryContext context;		/* of the two tables below; NULL before the first row */
	HTAB	   *pending;		/* its pending rows (statement/pending_rows.c); may be NULL */
	HTAB	   *upserts;		/* existing rows that it inserts again (guards/ids.c); may be NULL */
	bool		asked;			/* the asker was determined in it; then these are valid: */
	KrolesAsker asker;			/* the first asker, as whose the statement is logged */
	uint64		times_stated;	/* number of changes of the stated asker in the session before */
	struct KrolesQuery *next;
} KrolesQuery;

/* A call of the executor that has not returned yet; on the C stack. */
typedef struct KrolesRun
{
	QueryDesc  *desc;
	int			level;			/* of the subtransaction that the call was made in */
	bool		finishes;		/* in ExecutorFinish, which fires AFTER triggers */
	int			preparing;		/* queries within it that are being planned or started */
	struct KrolesRun *outer;
} KrolesRun;

extern KrolesRun *kroles_running;	/* the innermost; NULL outside of the executor */

/*
 * Notes that a query is being planned or started within the innermost run, which does
 * not ask anything itself meanwhile.  Returns that run for kroles_end_preparing(),
 * which must be called after an error too.
 */
static inline KrolesRun *
kroles_begin_preparing(void)
{
	if (kroles_running != NULL)
		kroles_running->preparing++;
	return kroles_running;
}

static inline void
kroles_end_preparing(KrolesRun *run)
{
	if (run != NULL)
		run->preparing--;
}

extern void kroles_running_init(void);
extern KrolesQuery *kroles_note_query(QueryDesc *desc);
extern KrolesQuery *kroles_find_query(QueryDesc *desc);
extern MemoryContext kroles_query_context(KrolesQuery *query);
extern bool kroles_query_changes(QueryDesc *desc, Oid relid);
extern void kroles_check_one_asker(KrolesAsker asker, uint64 times_stated);

#endif
