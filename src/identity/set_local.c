/*
 * set_local.c
 *		Whether an identity was stated by the command SET LOCAL.
 *
 * Engines that run one statement on several servers, as Citus does, hand the
 * command SET LOCAL on to all of them, but not what functions and connection
 * options set: set_config() and kroles_login() change the server alone that they
 * run on, and the others go on answering as the user from before.  Where
 * kroles.identity_by is "set local", an identity that was stated in any other way
 * is therefore an error when it is used.
 *
 * A setting does not tell by which command it got its value.  So a hook notes that
 * the command is running, and the setting's check hook keeps that with the value:
 * PostgreSQL saves and restores it with the value at savepoints and the
 * transaction's end.  A value that was set before this library was loaded counts
 * as set otherwise.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "executor/executor.h"
#include "nodes/parsenodes.h"
#include "tcop/utility.h"
#include "utils/guc.h"

#include "core/compat.h"
#include "identity/set_local.h"

/* kroles.identity_by */
typedef enum IdentityBy
{
	IDENTITY_BY_ANY,
	IDENTITY_BY_SET_LOCAL
} IdentityBy;

static const struct config_enum_entry identity_by_options[] = {
	{"any", IDENTITY_BY_ANY, false},
	{"set local", IDENTITY_BY_SET_LOCAL, false},
	{NULL, 0, false}
};

static int	identity_by;

static bool running_set_local;	/* of kroles.token or kroles.user */

/* What a setting's value carries if the command set it. */
static const char set_local_mark = 'l';

static void (*changed) (void);
static bool (*is_stated_otherwise) (void);

static ProcessUtility_hook_type previous_utility;
static ExecutorStart_hook_type previous_start;

/* Check hooks call this: keeps with the new value whether the command sets it. */
void
kroles_note_statement(void **extra)
{
	/* a parallel worker gets the leader's values, which were checked before it was started */
	if (!running_set_local && !InitializingParallelWorker)
		return;
	*extra = KROLES_GUC_MALLOC(sizeof(set_local_mark));
	if (*extra != NULL)
		*(char *) *extra = set_local_mark;
}

/* Assign hooks call this: whether the command set the value. */
bool
kroles_was_set_local(const void *extra)
{
	return extra != NULL && *(const char *) extra == set_local_mark;
}

/* Whether identities must be stated by SET LOCAL. */
bool
kroles_demands_set_local(void)
{
	return identity_by == IDENTITY_BY_SET_LOCAL;
}

/* An error if an identity that is in use was stated otherwise where it must not be. */
void
kroles_refuse_unless_set_local(bool local, const char *setting)
{
	if (!kroles_demands_set_local() || local)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
			 errmsg("parameter \"%s\" was not set by the command SET LOCAL", setting),
			 errdetail("The parameter \"kroles.identity_by\" is \"set local\": other servers do not see what a function, SET or the connection sets."),
			 errhint("Use SET LOCAL kroles.token or kroles.\"user\" in the transaction that asks. The library must be loaded by then: see session_preload_libraries.")));
}

static void
identity_by_assigned(int newval, void *extra)
{
	changed();
}

/* Whether a command is SET LOCAL of an identity.  (In a function it is not one that a proxy or an engine in between sees.) */
static bool
is_set_local(Node *command)
{
	VariableSetStmt *set = (VariableSetStmt *) command;

	return IsA(command, VariableSetStmt) && set->is_local && set->name != NULL &&
		(pg_strcasecmp(set->name, "kroles.token") == 0 || pg_strcasecmp(set->name, "kroles.user") == 0);
}

/* ProcessUtility_hook: notes that the command is running. */
static void
process_utility(KROLES_UTILITY_PARAMETERS)
{
	bool		before = running_set_local;

	running_set_local = context == PROCESS_UTILITY_TOPLEVEL && is_set_local(pstmt->utilityStmt);
	PG_TRY();
	{
		if (previous_utility)
			KROLES_CALL_UTILITY(previous_utility);
		else
			KROLES_CALL_UTILITY(standard_ProcessUtility);
	}
	PG_FINALLY();
	{
		running_set_local = before;
	}
	PG_END_TRY();
}

/* ExecutorStart_hook: workers cannot tell how the leader's identity was stated, so the leader is asked before. */
static void
start_query(QueryDesc *desc, int eflags)
{
	if (desc->plannedstmt->parallelModeNeeded && kroles_demands_set_local() && !IsParallelWorker() && is_stated_otherwise())
		kroles_refuse_unless_set_local(false, "kroles.token");
	if (previous_start)
		previous_start(desc, eflags);
	else
		standard_ExecutorStart(desc, eflags);
}

/*
 * Defines the setting and installs the hooks; called once per backend, before the
 * settings of identities are defined.  "mode_changed" is called when the setting
 * changes; "stated_otherwise" tells whether an identity is stated otherwise now.
 */
void
kroles_set_local_init(void (*mode_changed) (void), bool (*stated_otherwise) (void))
{
	changed = mode_changed;
	is_stated_otherwise = stated_otherwise;
	DefineCustomEnumVariable("kroles.identity_by",
							 "Sets how a session may state the user that it acts for.",
							 "With \"set local\" an identity that was not set by the command SET LOCAL is an error when it is used.",
							 &identity_by, IDENTITY_BY_ANY, identity_by_options, PGC_SUSET, 0,
							 NULL, identity_by_assigned, NULL);
	previous_utility = ProcessUtility_hook;
	ProcessUtility_hook = process_utility;
	previous_start = ExecutorStart_hook;
	ExecutorStart_hook = start_query;
}
