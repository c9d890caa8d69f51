/*
 * running.h
 *		Which queries the executor is running, and in whose name.
 */
#ifndef KROLES_RUNNING_H
#define KROLES_RUNNING_H

#include "executor/execdesc.h"
#include "utils/hsearch.h"

#include "core/asker.h"

/* A query between its start and its end, of which something is noted. */
typedef struct KrolesQuery
{
	QueryDesc  *desc;
	int			level;			/* of subtransactions, where it began */
	bool		by_others;		/* was begun while others act */
	MemoryContext context;		/* of what is noted of its rows; NULL until there is something */
	HTAB	   *pending;		/* statement/pending_rows.c: rows that it makes */
	HTAB	   *upserts;		/* guards/ids.c: rows that it names as being there */
	bool		asked;			/* somebody has asked in it ... */
	KrolesAsker asker;			/* ... who is the one that it is logged of ... */
	uint64		times_stated;	/* ... when the session had stated so often who asks */
	struct KrolesQuery *next;
} KrolesQuery;

/* A call of the executor that has not returned yet; on the C stack. */
typedef struct KrolesRun
{
	QueryDesc  *desc;
	bool		finishes;		/* fires AFTER triggers */
	struct KrolesRun *outer;
} KrolesRun;

extern KrolesRun *kroles_running;	/* the innermost; NULL outside of the executor */

extern void kroles_running_init(void);
extern KrolesQuery *kroles_note_query(QueryDesc *desc);
extern KrolesQuery *kroles_find_query(QueryDesc *desc);
extern MemoryContext kroles_query_context(KrolesQuery *query);
extern bool kroles_query_changes(QueryDesc *desc, Oid relid);
extern void kroles_check_one_asker(KrolesAsker asker, uint64 times_stated);

#endif
