/*
 * given_logins.c
 *		A login that is given again: its tokens are valid from the end of the transaction.
 *
 * Until a transaction commits, others see the former user with the login, and tokens are
 * issued to that user.  So the time that guards/logins.c sets when a user gets such a
 * login is set again just before the commit, if another second has begun.  This is
 * not left to a deferred trigger, as SET CONSTRAINTS would fire it earlier.  A
 * transaction that does so cannot be prepared: when COMMIT PREPARED will come is not
 * known.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/array.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "guards/given_logins.h"
#include "identity/as_owner.h"

/* The users, in TopTransactionContext; also those whose change is rolled back to a savepoint. */
static ArrayBuildState *given;

/* The earliest time that was set for one of them. */
static TimestampTz earliest;

/* Only rows with a time of this transaction have such a login from it. */
#define GIVEN_HERE \
	" FROM kroles.users u WHERE u.id OPERATOR(pg_catalog.=) ANY ($1) AND u.tokens_valid_after OPERATOR(pg_catalog.>=) $2" \
	" AND u.tokens_valid_after OPERATOR(pg_catalog.<) $3 AND " KROLES_FORMER_USER("u.login", "u.id")

static KrolesStatement any_given = {
	"SELECT 1" GIVEN_HERE " LIMIT 1",
	.nargs = 3, .types = {INT8ARRAYOID, TIMESTAMPTZOID, TIMESTAMPTZOID}
};
static KrolesStatement set_time_again = {
	"UPDATE kroles.users SET tokens_valid_after = $3 WHERE id OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT u.id" GIVEN_HERE "))",
	.nargs = 3, .types = {INT8ARRAYOID, TIMESTAMPTZOID, TIMESTAMPTZOID}
};

/* The present, rounded up to the second. */
TimestampTz
kroles_next_second(void)
{
	return (GetCurrentTimestamp() + USECS_PER_SEC - 1) / USECS_PER_SEC * USECS_PER_SEC;
}

/* Runs a statement about the users; returns whether it returned or changed a row. */
static bool
run_for_given(KrolesStatement *statement, TimestampTz before)
{
	Datum		args[3] = {makeArrayResult(given, CurrentMemoryContext), TimestampTzGetDatum(earliest), TimestampTzGetDatum(before)};
	bool		any;

	PushActiveSnapshot(GetTransactionSnapshot());
	any = kroles_run_as_owner(statement, args, NULL, NULL);
	PopActiveSnapshot();
	return any;
}

/* Sets the time again before a commit, and forgets the users at the transaction's end. */
static void
at_transaction_end(XactEvent event, void *arg)
{
	TimestampTz now;

	if (given == NULL)
		return;
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
			now = kroles_next_second();
			if (now > earliest && run_for_given(&set_time_again, now))
				AfterTriggerFireDeferred(); /* of the site's, if any: the others have fired */
			break;
		case XACT_EVENT_PRE_PREPARE:
			if (run_for_given(&any_given, DT_NOEND))
				ereport(ERROR,
						(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						 errmsg("cannot prepare a transaction that gives a former user's login to another user"),
						 errdetail("Tokens are valid from its end, which is not known before COMMIT PREPARED."),
						 errhint("Use COMMIT, or set tokens_valid_after of that user to \"infinity\" until then.")));
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			given = NULL;
			break;
		default:
			break;
	}
}

/* Notes that this transaction gives the user such a login. */
void
kroles_note_given_login(int64 user_id, TimestampTz valid_after)
{
	static bool registered = false;

	if (!registered)
	{
		RegisterXactCallback(at_transaction_end, NULL);
		registered = true;
	}
	earliest = given == NULL ? valid_after : Min(earliest, valid_after);
	given = accumArrayResult(given, Int64GetDatum(user_id), false, INT8OID, TopTransactionContext);
}
