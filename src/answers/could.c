/*
 * could.c
 *		What users could do at an earlier time: kroles_could(), kroles_could_who() and
 *		the explanation for it.
 *
 * The same rules and the same judges decide, from the rows as they were (store/past.c).
 * Who may ask is decided for now.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

#include "answers/arguments.h"
#include "answers/could.h"
#include "cache/cache.h"
#include "cache/lease.h"
#include "decide/decide.h"
#include "store/change_time.h"
#include "store/past.h"

static void
leave_past(void)
{
	kroles_leave_past();
	kroles_cache_forget(KROLES_PAST);
}

/* The log stays on the primary; what a replica logs itself says nothing of the rows that it gets from there. */
static void
refuse_replica(void)
{
	if (kroles_is_replica())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a logical replica has no audit log of its primary"),
				 errhint("Ask about earlier times on the primary, or on a standby.")));
}

/* Asks a question while kroles_time() and the basis KROLES_PAST stand for that time.  An error on a logical replica. */
void
kroles_ask_in_past(TimestampTz at, void (*ask) (void *question), void *question)
{
	refuse_replica();
	PG_TRY();
	{
		kroles_enter_past(at);
		ask(question);
	}
	PG_CATCH();
	{
		leave_past();
		PG_RE_THROW();
	}
	PG_END_TRY();
	leave_past();
}

/* The time in an argument, which must not be null. */
TimestampTz
kroles_arg_past(FunctionCallInfo fcinfo, int n)
{
	TimestampTz at = PG_ARGISNULL(n) ? DT_NOBEGIN : PG_GETARG_TIMESTAMPTZ(n);

	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the time must be given, and finite")));
	return at;
}

typedef struct PastQuestion
{
	KrolesAsker who;
	KrolesKind	kind;
	int64		id;
	KrolesRights rights;		/* the answer */
} PastQuestion;

static void
decide_in_past(void *arg)
{
	PastQuestion *question = arg;

	question->rights = kroles_decide_past(question->who, question->kind, question->id).rights;
}

/* kroles_could(user_id, action, kind, id, at): might that user, then? */
PG_FUNCTION_INFO_V1(kroles_could);
Datum
kroles_could(PG_FUNCTION_ARGS)
{
	KrolesAction action = kroles_arg_action(fcinfo, 1);
	PastQuestion question = {
		.who = kroles_arg_user(fcinfo, 0), .kind = kroles_arg_kind(fcinfo, 2), .id = kroles_arg_id(fcinfo, 3)
	};
	TimestampTz at = kroles_arg_past(fcinfo, 4);

	kroles_check_right_exists(question.kind, action);
	if (question.kind == KROLES_SITE)
		question.id = 0;
	kroles_check_may_ask_about_others(question.kind, question.id);
	if (PG_ARGISNULL(3) && question.kind != KROLES_SITE)
		PG_RETURN_BOOL(false);
	kroles_ask_in_past(at, decide_in_past, &question);
	PG_RETURN_BOOL((question.rights & KROLES_RIGHT(action)) != 0);
}

/*
 * kroles.change_time(at, txid, xmin): from when on a change counts whose transaction
 * began at that time.
 */
PG_FUNCTION_INFO_V1(kroles_change_time);
Datum
kroles_change_time(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(kroles_time_of_change(PG_GETARG_TIMESTAMPTZ(0), PG_GETARG_FULLTRANSACTIONID(1),
												PG_GETARG_TRANSACTIONID(2)));
}
