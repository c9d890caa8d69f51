/*
 * running.c
 *		Which queries the executor is running, and in whose name.
 *
 * PostgreSQL tells nobody which statement a trigger or a policy belongs to: a
 * command id does not, for cursors share it with later statements.  So each call
 * of the executor is noted on a stack, and what is known of a query's own rows
 * (statement/pending_rows.c) is kept until the executor ends it.
 *
 * What is noted of a query lives in a memory context below TopMemoryContext,
 * deleted at the query's end, or with the subtransaction that it began in.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/executor.h"
#include "parser/parsetree.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "core/asker.h"
#include "core/compat.h"
#include "statement/foreign_code.h"
#include "statement/running.h"

KrolesRun  *kroles_running;

static KrolesQuery *queries;

static ExecutorStart_hook_type previous_start;
static ExecutorRun_hook_type previous_run;
static ExecutorFinish_hook_type previous_finish;
static ExecutorEnd_hook_type previous_end;

/* ---- What is noted of queries ---- */

/* What is noted of a query; NULL where nothing is. */
KrolesQuery *
kroles_find_query(QueryDesc *desc)
{
	KrolesQuery *query = queries;

	while (query != NULL && query->desc != desc)
		query = query->next;
	return query;
}

/* The same, made where there is nothing yet. */
KrolesQuery *
kroles_note_query(QueryDesc *desc)
{
	KrolesQuery *query = kroles_find_query(desc);

	if (query == NULL)
	{
		query = MemoryContextAllocZero(TopMemoryContext, sizeof(KrolesQuery));
		query->desc = desc;
		query->level = GetCurrentTransactionNestLevel();
		query->next = queries;
		queries = query;
	}
	return query;
}

/* The memory for what is noted of a query's rows. */
MemoryContext
kroles_query_context(KrolesQuery *query)
{
	if (query->context == NULL)
		query->context = AllocSetContextCreate(TopMemoryContext, "kroles query", ALLOCSET_SMALL_SIZES);
	return query->context;
}

/* Forgets the queries of that description (NULL: any) and of that level of subtransactions or a deeper one. */
static void
forget_queries(QueryDesc *desc, int level)
{
	KrolesQuery **at = &queries;

	while (*at != NULL)
	{
		KrolesQuery *query = *at;

		if ((desc != NULL && query->desc != desc) || query->level < level)
		{
			at = &query->next;
			continue;
		}
		*at = query->next;
		if (query->context != NULL)
			MemoryContextDelete(query->context);
		pfree(query);
	}
}

/* A subtransaction of that level is released: what began in it goes on in the one around it. */
static void
hand_queries_up(int level)
{
	for (KrolesQuery *query = queries; query != NULL; query = query->next)
		if (query->level >= level)
			query->level = level - 1;
}

/* Whether a query changes that relation itself. */
bool
kroles_query_changes(QueryDesc *desc, Oid relid)
{
	ListCell   *cell;

	foreach(cell, desc->plannedstmt->resultRelations)
		if (rt_fetch(lfirst_int(cell), desc->plannedstmt->rtable)->relid == relid)
			return true;
	return false;
}

/*
 * The session states one asker throughout a statement that changes rows: it is
 * logged at its end, and what a function in RETURNING sets must not put it on
 * somebody else.  Who asks may still change by a revocation; the guards see to that.
 */
void
kroles_check_one_asker(KrolesAsker asker, uint64 times_stated)
{
	KrolesQuery *query;

	if (kroles_running == NULL || kroles_running->desc->plannedstmt->resultRelations == NIL)
		return;
	query = kroles_note_query(kroles_running->desc);
	if (!query->asked)
	{
		query->asked = true;
		query->times_stated = times_stated;
		query->asker = asker;
	}
	else if (query->times_stated != times_stated &&
			 (query->asker.type != asker.type || query->asker.user_id != asker.user_id))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("who is asking can't change while a statement changes rows"),
				 errhint("Set the token or the user before the statement.")));
}

/* ---- The executor's hooks ---- */

static void
start(QueryDesc *desc, int eflags)
{
	KrolesForeignScope scope;
	volatile bool failed = true;

	if (kroles_acts_for_foreign_code())
		kroles_note_query(desc)->by_others = true;
	kroles_foreign_code_enter(&scope);
	PG_TRY();
	{
		if (previous_start)
			previous_start(desc, eflags);
		else
			standard_ExecutorStart(desc, eflags);
		failed = false;
	}
	PG_FINALLY();
	{
		kroles_foreign_code_leave(&scope, failed);
	}
	PG_END_TRY();
}

/* Nobody fetches from a query that was begun in another name: a cursor of the session's, say. */
static void
check_same_name(QueryDesc *desc)
{
	KrolesQuery *query = kroles_find_query(desc);

	if (kroles_acts_for_foreign_code() != (query != NULL && query->by_others))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("a cursor can't be read by code that acts for somebody else than the statement that opened it")));
}

typedef struct RunArgs
{
	ScanDirection direction;
	uint64		count;
	bool		once;
	bool		finish;			/* finishing, not running */
} RunArgs;

static void
call_executor(QueryDesc *desc, const RunArgs *args)
{
	if (args->finish && previous_finish)
		previous_finish(desc);
	else if (args->finish)
		standard_ExecutorFinish(desc);
	else if (previous_run)
		KROLES_EXECUTOR_RUN(previous_run, desc, args->direction, args->count, args->once);
	else
		KROLES_EXECUTOR_RUN(standard_ExecutorRun, desc, args->direction, args->count, args->once);
}

/* Calls the executor, on the stack.  Settings that others change in it are as they were afterwards. */
static void
run_noted(QueryDesc *desc, const RunArgs *args)
{
	KrolesRun	run = {.desc = desc, .finishes = args->finish, .outer = kroles_running};
	KrolesForeignScope scope;
	volatile bool failed = true;

	if (!args->finish)			/* closing a cursor finishes its query, and must not fail */
		check_same_name(desc);
	kroles_foreign_code_enter(&scope);
	kroles_running = &run;
	PG_TRY();
	{
		call_executor(desc, args);
		failed = false;
	}
	PG_FINALLY();
	{
		kroles_running = run.outer;
		kroles_foreign_code_leave(&scope, failed);
	}
	PG_END_TRY();
}

static void
run(KROLES_EXECUTOR_RUN_PARAMETERS)
{
	RunArgs		args = {.direction = direction, .count = count, .once = KROLES_EXECUTE_ONCE};

	run_noted(desc, &args);
}

static void
finish(QueryDesc *desc)
{
	RunArgs		args = {.finish = true};

	kroles_foreign_tables_reached(desc);
	run_noted(desc, &args);
}

static void
end(QueryDesc *desc)
{
	forget_queries(desc, 0);
	if (previous_end)
		previous_end(desc);
	else
		standard_ExecutorEnd(desc);
}

/* ---- Ends of transactions ---- */

static void
transaction_ended(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_PARALLEL_ABORT:
			forget_queries(NULL, 0);
			kroles_foreign_code_forget();
			break;
		default:
			break;
	}
}

static void
savepoint_ended(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		forget_queries(NULL, GetCurrentTransactionNestLevel());
	else if (event == SUBXACT_EVENT_COMMIT_SUB)
		hand_queries_up(GetCurrentTransactionNestLevel());
}

/* Sets the hooks; once a backend. */
void
kroles_running_init(void)
{
	previous_start = ExecutorStart_hook;
	ExecutorStart_hook = start;
	previous_run = ExecutorRun_hook;
	ExecutorRun_hook = run;
	previous_finish = ExecutorFinish_hook;
	ExecutorFinish_hook = finish;
	previous_end = ExecutorEnd_hook;
	ExecutorEnd_hook = end;
	RegisterXactCallback(transaction_ended, NULL);
	RegisterSubXactCallback(savepoint_ended, NULL);
	kroles_foreign_code_init();
}
