/*
 * running.c
 *		Tracks the queries that the executor runs, and the asker of each.
 *
 * PostgreSQL does not tell a trigger or a policy which statement it belongs to.  A
 * command id does not identify the statement, because cursors share it with later
 * statements.  So each call of the executor is recorded on a stack, and the record of
 * a query, with its pending rows (statement/pending_rows.c), is kept until the
 * executor ends the query.
 *
 * The rows recorded for a query live in a memory context below TopMemoryContext.  It
 * is deleted, together with the record, at the query's end or when the subtransaction
 * aborts in which the query began.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/executor.h"
#include "parser/parsetree.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "cache/lease.h"
#include "core/compat.h"
#include "statement/conflict.h"
#include "statement/foreign_code.h"
#include "statement/running.h"

KrolesRun  *kroles_running;

static KrolesQuery *queries;

static ExecutorStart_hook_type previous_start;
static ExecutorRun_hook_type previous_run;
static ExecutorFinish_hook_type previous_finish;
static ExecutorEnd_hook_type previous_end;

/* ---- Records of queries ---- */

/* Returns the record of a query; NULL if it has none. */
KrolesQuery *
kroles_find_query(QueryDesc *desc)
{
	KrolesQuery *query = queries;

	while (query != NULL && query->desc != desc)
		query = query->next;
	return query;
}

/* Returns the record of a query, created if necessary.  It lives until the query's end. */
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

/* Returns the memory context for the rows recorded for a query, created if necessary. */
MemoryContext
kroles_query_context(KrolesQuery *query)
{
	if (query->context == NULL)
		query->context = AllocSetContextCreate(TopMemoryContext, "kroles query", ALLOCSET_SMALL_SIZES);
	return query->context;
}

/* Deletes the records of that query (NULL: of all queries) that began at that subtransaction level or a deeper one. */
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

/* A subtransaction of that level is released: assigns the queries that began in it to its parent. */
static void
assign_queries_to_parent(int level)
{
	for (KrolesQuery *query = queries; query != NULL; query = query->next)
		if (query->level >= level)
			query->level = level - 1;
}

/* Whether the relation is a target of the query itself, not of its triggers or functions. */
bool
kroles_query_changes(QueryDesc *desc, Oid relid)
{
	int			rti = 0;

	while ((rti = kroles_next_target(desc->plannedstmt, rti)) > 0)
		if (rt_fetch(rti, desc->plannedstmt->rtable)->relid == relid)
			return true;
	return false;
}

/*
 * Raises an error if the session states another asker during a statement that changes
 * rows.  The audit log records the statement at its end, and a function in RETURNING
 * that sets the user must not make it record another one.  The asker may still change
 * by a revocation, without a new statement of the session; the guards handle that.
 * A query that is being planned or started within the statement asks for itself: the
 * asker matters when it runs.
 */
void
kroles_check_one_asker(KrolesAsker asker, uint64 times_stated)
{
	KrolesQuery *query;

	if (kroles_running == NULL || kroles_running->preparing > 0 || kroles_next_target(kroles_running->desc->plannedstmt, 0) == 0)
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
				 errmsg("cannot change the current subject while a statement changes rows"),
				 errhint("Set the token or the user before the statement.")));
}

/* ---- The executor's hooks ---- */

/* ExecutorStart_hook: starts a query, and records whether foreign code started it. */
static void
start_query(QueryDesc *desc, int eflags)
{
	KrolesForeignScope scope;
	KrolesRun  *outer;
	volatile bool failed = true;

	kroles_check_conflict_conditions(desc->plannedstmt);
	if (kroles_acts_for_foreign_code())
		kroles_note_query(desc)->by_foreign_code = true;
	kroles_foreign_code_enter(&scope);
	outer = kroles_begin_preparing();
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
		kroles_end_preparing(outer);
		kroles_foreign_code_leave(&scope, failed);
	}
	PG_END_TRY();
}

/*
 * Raises an error if foreign code fetches from a query that it did not start, such as
 * a cursor of the session, or if other code fetches from one that it did start.
 */
static void
check_started_by_same_code(QueryDesc *desc)
{
	KrolesQuery *query = kroles_find_query(desc);

	if (kroles_acts_for_foreign_code() != (query != NULL && query->by_foreign_code))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("cannot fetch from a cursor that was opened on behalf of another subject")));
}

/* The arguments of ExecutorRun or ExecutorFinish. */
typedef struct RunArgs
{
	ScanDirection direction;
	uint64		count;
	bool		once;
	bool		finish;			/* ExecutorFinish; the other members are not used */
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

/* Calls the executor, recorded on the stack; in a scope of foreign code if it runs a foreign key's action. */
static void
run_on_stack(QueryDesc *desc, const RunArgs *args)
{
	KrolesRun	run = {.desc = desc, .level = GetCurrentTransactionNestLevel(), .finishes = args->finish, .outer = kroles_running};
	KrolesForeignScope scope;
	volatile bool failed = true;

	if (!args->finish)			/* closing a cursor calls ExecutorFinish, and must not fail */
		check_started_by_same_code(desc);
	kroles_lease_new_query();
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
run_query(KROLES_EXECUTOR_RUN_PARAMETERS)
{
	RunArgs		args = {.direction = direction, .count = count, .once = KROLES_EXECUTE_ONCE};

	run_on_stack(desc, &args);
}

static void
finish_query(QueryDesc *desc)
{
	RunArgs		args = {.finish = true};

	kroles_foreign_tables_reached(desc);
	run_on_stack(desc, &args);
}

static void
end_query(QueryDesc *desc)
{
	forget_queries(desc, 0);
	if (previous_end)
		previous_end(desc);
	else
		standard_ExecutorEnd(desc);
}

/* ---- Ends of transactions ---- */

static void
forget_at_transaction_end(XactEvent event, void *arg)
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
adjust_at_subtransaction_end(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		forget_queries(NULL, GetCurrentTransactionNestLevel());
	else if (event == SUBXACT_EVENT_COMMIT_SUB)
		assign_queries_to_parent(GetCurrentTransactionNestLevel());
}

/* Installs the hooks.  Called once per backend. */
void
kroles_running_init(void)
{
	previous_start = ExecutorStart_hook;
	ExecutorStart_hook = start_query;
	previous_run = ExecutorRun_hook;
	ExecutorRun_hook = run_query;
	previous_finish = ExecutorFinish_hook;
	ExecutorFinish_hook = finish_query;
	previous_end = ExecutorEnd_hook;
	ExecutorEnd_hook = end_query;
	RegisterXactCallback(forget_at_transaction_end, NULL);
	RegisterSubXactCallback(adjust_at_subtransaction_end, NULL);
	kroles_foreign_code_init();
}
