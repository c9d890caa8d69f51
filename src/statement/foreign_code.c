/*
 * foreign_code.c
 *		Foreign code: code of others that a change of our tables causes to run.
 *
 * "Our" tables and functions are those of schema kroles.  A table of others is one that
 * the owner of our tables does not own.  A foreign key from a table of others to one of
 * ours is enough to run code of others: its action, and the triggers, rules, casts and
 * expressions of that table, run in the session of the user who deletes.  Foreign code
 * must not act with the identity of that user, so it acts as anonymous.
 *
 * PostgreSQL runs a foreign key's action as the owner of the referencing table, with
 * row security not forced (SECURITY_NOFORCE_RLS); no other statement runs in that way.
 * But the AFTER triggers of the referencing table run later, before PostgreSQL 18 as
 * the user who deletes.
 * So from the moment that a change of one of our tables may
 * reach a table of others until the end of the transaction, each function that is not
 * ours and is called as a trigger, or while triggers are fired, acts as anonymous,
 * with the rights of the owner of that table, in a security-restricted operation,
 * and every setting is restored when it returns.
 *
 * A user who writes to a table of others directly runs the triggers of that table as
 * well.  PostgreSQL allows that by itself, and this file does not prevent it.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "statement/foreign_code.h"
#include "statement/portals.h"
#include "statement/running.h"

bool		kroles_foreign_code_runs;

/* The owners of the tables of others that changes in this transaction may reach. */
#define MAX_OWNERS 64
static Oid	reached_owners[MAX_OWNERS];
static int	nreached;

static needs_fmgr_hook_type previous_needs_hook;
static fmgr_hook_type previous_fmgr_hook;

/* The owner of a relation; InvalidOid if it does not exist. */
static Oid
relation_owner(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
		ReleaseSysCache(tuple);
	}
	return owner;
}

/* The owner of our tables; InvalidOid in a database without the extension. */
static Oid
our_owner(void)
{
	Oid			schema = get_namespace_oid("kroles", true);

	return OidIsValid(schema) ? relation_owner(get_relname_relid("users", schema)) : InvalidOid;
}

/* Whether foreign code runs now, or a foreign key's action on a table of others. */
bool
kroles_acts_for_foreign_code(void)
{
	Oid			owner;

	if (kroles_foreign_code_runs)
		return true;
	if (!InNoForceRLSOperation())
		return false;
	owner = our_owner();
	return OidIsValid(owner) && owner != GetUserId();
}

/*
 * Whether the current subject is anonymous whatever the session states: for foreign
 * code, and in every security-restricted operation, such as a superuser's ANALYZE.
 */
bool
kroles_nobody_asks(void)
{
	return kroles_acts_for_foreign_code() || InSecurityRestrictedOperation();
}

/*
 * Begins a scope of foreign code if a foreign key's action on a table of others runs
 * and no such scope has begun yet.  Settings that are changed in the scope are
 * restored at its end.  Planning an action needs a scope, too, because it evaluates
 * functions of constants.
 */
void
kroles_foreign_code_enter(KrolesForeignScope *scope)
{
	scope->entered = !kroles_foreign_code_runs && kroles_acts_for_foreign_code();
	if (!scope->entered)
		return;
	scope->level = NewGUCNestLevel();
	kroles_foreign_code_runs = true;
}

/* Ends the scope, if it was entered.  After a failure the end of the transaction or savepoint restores the settings. */
void
kroles_foreign_code_leave(KrolesForeignScope *scope, bool failed)
{
	if (!scope->entered)
		return;
	scope->entered = false;
	kroles_foreign_code_runs = false;
	if (!failed)
		AtEOXact_GUC(false, scope->level);
}

/* ---- Reached tables of others ---- */

/* Records that a table of that owner is reached. */
static void
add_reached_owner(Oid owner)
{
	for (int i = 0; i < nreached; i++)
		if (reached_owners[i] == owner)
			return;
	if (nreached == MAX_OWNERS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("tables changed in this transaction are referenced by foreign keys of more than %d roles", MAX_OWNERS)));
	reached_owners[nreached++] = owner;
}

/* Records the owners of tables of others whose foreign keys refer to the relation. */
static void
add_referencing_owners(Relation rel, Oid kroles_owner)
{
	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		Trigger    *trigger = &rel->trigdesc->triggers[i];
		Oid			owner;

		if (!trigger->tgisinternal || !OidIsValid(trigger->tgconstrrelid) ||
			RI_FKey_trigger_type(trigger->tgfoid) != RI_TRIGGER_PK)
			continue;
		owner = relation_owner(trigger->tgconstrrelid);
		if (OidIsValid(owner) && owner != kroles_owner)
			add_reached_owner(owner);
	}
}

/*
 * Records which tables of others a query reaches.  Called before the query fires its
 * AFTER triggers.  Reached are tables whose foreign keys refer to one of our tables
 * that the query changes; if the query is a foreign key's action, those that refer to
 * any table that it changes.
 */
void
kroles_foreign_tables_reached(QueryDesc *desc)
{
	Oid			schema;
	Oid			owner;
	bool		in_action = InNoForceRLSOperation() || kroles_acts_for_foreign_code();
	ListCell   *cell;

	if (desc->estate == NULL || desc->estate->es_opened_result_relations == NIL)
		return;
	schema = get_namespace_oid("kroles", true);
	owner = our_owner();
	foreach(cell, desc->estate->es_opened_result_relations)
	{
		Relation	rel = ((ResultRelInfo *) lfirst(cell))->ri_RelationDesc;

		if (OidIsValid(schema) && (in_action || RelationGetNamespace(rel) == schema))
			add_referencing_owners(rel, owner);
	}
}

/* Forgets the reached tables, at the end of the transaction. */
void
kroles_foreign_code_forget(void)
{
	nreached = 0;
}

/* ---- Function calls ---- */

/*
 * Whether a call of the function now would be foreign code: the function is neither
 * ours nor PostgreSQL's, and it is called by foreign code, as a trigger, or while
 * triggers are fired, which evaluates index expressions, too.  If so, sets *owner to the
 * owner of the function.
 */
static bool
is_foreign_call(Oid function, Oid *owner)
{
	bool		any_function;	/* is foreign code, not only trigger functions */
	HeapTuple	tuple;
	Form_pg_proc form;
	bool		found;

	if (function < FirstNormalObjectId)
		return false;
	any_function = kroles_acts_for_foreign_code();
	if (!any_function && nreached == 0)
		return false;
	/* inside a trigger function at the end of a statement or transaction, such as PostgreSQL's own one for unique indexes */
	any_function |= (kroles_running == NULL || kroles_running->finishes) &&
		DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, 0)) > 0;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_proc) GETSTRUCT(tuple);
	found = (any_function || form->prorettype == TRIGGEROID) && form->pronamespace != get_namespace_oid("kroles", true);
	*owner = form->proowner;
	ReleaseSysCache(tuple);
	return found;
}

/* needs_fmgr_hook: whether set_up_call() must be called for calls of the function. */
static bool
needs_call_hook(Oid function)
{
	Oid			owner;

	return is_foreign_call(function, &owner) || (previous_needs_hook && previous_needs_hook(function));
}

/*
 * The role whose rights a foreign function gets that is called while the session's
 * user acts: the owner of the table whose trigger it is.  PostgreSQL does not tell
 * the hook which table that is.  So if tables of several owners are reached, one of
 * them must own the function.  A function that belongs to the owner of our tables
 * keeps the rights of the current user.
 */
static Oid
acting_user(Oid function_owner, Oid user)
{
	if (function_owner == our_owner())
		return user;
	if (nreached == 1)
		return reached_owners[0];
	for (int i = 0; i < nreached; i++)
		if (reached_owners[i] == function_owner)
			return function_owner;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("cannot call trigger functions of role \"%s\" in this transaction", GetUserNameFromId(function_owner, true)),
			 errdetail("Foreign keys of several roles refer to tables changed in this transaction, and none of these roles owns the function.")));
}

/*
 * The hook's state of one FmgrInfo, in its memory context: of a function that is
 * called by way of call_as_anonymous(), or that only the previous hook needs.
 */
typedef struct HookedCall
{
	PGFunction	function;		/* what call_as_anonymous() replaced, such as a language's call handler; NULL before */
	Oid			owner;
	bool		as_anonymous;	/* in the current call */
	Datum		previous;		/* the previous hook's state */
} HookedCall;

static HookedCall *next_call;	/* the function that is called next */
static int	depth;				/* nesting of calls as anonymous */

/*
 * Calls a foreign function, which acts as anonymous.  So do its parallel workers: they
 * inherit the security context, which kroles_nobody_asks() tests.  The call leaves
 * nothing of the session changed: a security-restricted operation makes no temporary
 * tables, prepared statements or cursors that last, settings are restored, and cursors
 * that the function opened are closed.
 *
 * The user and the settings are restored here and not in the hook, because PostgreSQL
 * calls the hook only after it has restored the user and the settings that the
 * function's own definition (SECURITY DEFINER, SET) had changed.
 */
static Datum
call_as_anonymous(PG_FUNCTION_ARGS)
{
	HookedCall *called = next_call;
	bool		was_running = kroles_foreign_code_runs;
	KrolesPortals open = {0};
	Oid			user;
	int			context;
	int			level;
	Datum		result;

	if (!called->as_anonymous)
		return called->function(fcinfo);
	if (depth == 0)
		open = kroles_open_portals();
	GetUserIdAndSecContext(&user, &context);
	level = NewGUCNestLevel();
	SetUserIdAndSecContext(kroles_acts_for_foreign_code() ? user : acting_user(called->owner, user),
						   context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	kroles_foreign_code_runs = true;
	depth++;
	PG_TRY();
	{
		result = called->function(fcinfo);
	}
	PG_FINALLY();
	{
		depth--;
		kroles_foreign_code_runs = was_running;
	}
	PG_END_TRY();
	AtEOXact_GUC(false, level);
	SetUserIdAndSecContext(user, context);
	if (depth == 0)
		kroles_close_portals_but(&open);
	return result;
}

/* fmgr_hook: at the start of a call, arranges that a foreign function is called by call_as_anonymous(). */
static void
set_up_call(FmgrHookEventType event, FmgrInfo *function, Datum *private)
{
	HookedCall *called = (HookedCall *) DatumGetPointer(*private);
	Oid			owner = InvalidOid;

	if (event == FHET_START)
	{
		bool		as_anonymous = is_foreign_call(function->fn_oid, &owner);

		if (called == NULL && (as_anonymous || previous_fmgr_hook != NULL))
			called = MemoryContextAllocZero(function->fn_mcxt, sizeof(HookedCall));
		*private = PointerGetDatum(called);
		if (as_anonymous && called->function == NULL)
		{
			called->function = function->fn_addr;
			function->fn_addr = call_as_anonymous;
		}
		if (called != NULL)
		{
			called->as_anonymous = as_anonymous;
			called->owner = owner;
		}
	}
	if (previous_fmgr_hook != NULL)
		previous_fmgr_hook(event, function, &called->previous);
	if (event == FHET_START)
		next_call = called;
}

/* Installs the hooks of function calls.  Called once per backend. */
void
kroles_foreign_code_init(void)
{
	previous_needs_hook = needs_fmgr_hook;
	needs_fmgr_hook = needs_call_hook;
	previous_fmgr_hook = fmgr_hook;
	fmgr_hook = set_up_call;
}
