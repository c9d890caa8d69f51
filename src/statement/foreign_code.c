/*
 * foreign_code.c
 *		Code of others that a change of our tables sets off.
 *
 * A foreign key from somebody else's table to one of ours is enough: its action,
 * and the triggers, rules, casts and expressions of that table, run in the
 * session of the person who deletes.  There nobody asks: what such code does, it
 * does as anonymous.
 *
 * PostgreSQL runs the action itself as the owner of the referencing table, out of
 * force of row security, which tells it from everything else.  But the AFTER
 * triggers of that table run later, as whoever deletes.  So from the moment that
 * a change of one of our tables may reach a table of somebody else, until the end
 * of the transaction, every function that is not ours and is called by a trigger,
 * or where triggers are fired, acts for nobody, as the owner of that table, in a
 * security-restricted operation, and leaves all settings as they were.
 *
 * That a person writes to somebody else's table of their own accord, and so runs
 * its triggers, is PostgreSQL's own and not prevented.
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

/* The owners of tables that changes in this transaction may reach. */
#define MOST_OWNERS 64
static Oid	reached[MOST_OWNERS];
static int	nreached;

static needs_fmgr_hook_type previous_needs;
static fmgr_hook_type previous_hook;

static Oid
owner_of_relation(Oid relid)
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

	return OidIsValid(schema) ? owner_of_relation(get_relname_relid("users", schema)) : InvalidOid;
}

/* Whether what runs now is code of others that a change of ours set off, or a foreign key's action on a table of others. */
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

/* Whether nobody asks: there, and in a security-restricted operation, as of a superuser's ANALYZE. */
bool
kroles_nobody_asks(void)
{
	return kroles_acts_for_foreign_code() || InSecurityRestrictedOperation();
}

/*
 * Begins such an action, unless one has begun: nothing of what its code sets
 * stays.  Its plan is made for it, too, and that runs functions of constants.
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

/* Ends it.  Where it failed, the end of the transaction or savepoint puts settings back. */
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

/* ---- Which tables of others are reached ---- */

/* Notes that a table of that owner is reached. */
static void
note_owner(Oid owner)
{
	for (int i = 0; i < nreached; i++)
		if (reached[i] == owner)
			return;
	if (nreached == MOST_OWNERS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("foreign keys of more than %d roles refer to what is changed", MOST_OWNERS)));
	reached[nreached++] = owner;
}

/* Notes who else's foreign keys refer to the relation. */
static void
note_referencing(Relation rel, Oid our_owner)
{
	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		Trigger    *trigger = &rel->trigdesc->triggers[i];
		Oid			owner;

		if (!trigger->tgisinternal || !OidIsValid(trigger->tgconstrrelid) ||
			RI_FKey_trigger_type(trigger->tgfoid) != RI_TRIGGER_PK)
			continue;
		owner = owner_of_relation(trigger->tgconstrrelid);
		if (OidIsValid(owner) && owner != our_owner)
			note_owner(owner);
	}
}

/*
 * Notes which tables of others the query reaches, which is about to fire its
 * AFTER triggers: those that refer to our tables, and those that refer to what a
 * foreign key's action changes, whose table that may be.
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
			note_referencing(rel, owner);
	}
}

void
kroles_foreign_code_forget(void)
{
	nreached = 0;
}

/* ---- Functions ---- */

/*
 * Whether a call of the function would be one of code of others: it is neither
 * ours nor PostgreSQL's, and called by a trigger, or where triggers are fired,
 * which evaluate expressions of indexes too.  Then *owner is its owner.
 */
static bool
is_of_others(Oid function, Oid *owner)
{
	bool		anything;
	HeapTuple	tuple;
	Form_pg_proc form;
	bool		found;

	if (function < FirstNormalObjectId)
		return false;
	anything = kroles_acts_for_foreign_code();
	if (!anything && nreached == 0)
		return false;
	/* within a trigger's function that is fired at the end of a statement or transaction: PostgreSQL's own one for indexes, say */
	anything |= (kroles_running == NULL || kroles_running->finishes) && DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, 0)) > 0;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_proc) GETSTRUCT(tuple);
	found = (anything || form->prorettype == TRIGGEROID) && form->pronamespace != get_namespace_oid("kroles", true);
	*owner = form->proowner;
	ReleaseSysCache(tuple);
	return found;
}

static bool
needs_hook(Oid function)
{
	Oid			owner;

	return is_of_others(function, &owner) || (previous_needs && previous_needs(function));
}

/*
 * In whose name a function acts that is called where a person acts: that of the
 * owner of the table whose trigger it is.  PostgreSQL does not say which table
 * that is; where several owners' are reached, it must be a function of one of
 * them.  What belongs to the owner of our tables acts with the rights at hand.
 */
static Oid
acting_user(Oid function_owner, Oid user)
{
	if (function_owner == our_owner())
		return user;
	if (nreached == 1)
		return reached[0];
	for (int i = 0; i < nreached; i++)
		if (reached[i] == function_owner)
			return function_owner;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("trigger functions of \"%s\" are not called in this transaction", GetUserNameFromId(function_owner, true)),
			 errdetail("Foreign keys of several roles refer to what was changed, and none of them owns the function.")));
}

/* A function that is called by way of call_as_nobody(), or that only the hook before ours is about. */
typedef struct Called
{
	PGFunction	function;		/* the call handler of its language, say; NULL until it was diverted */
	Oid			owner;
	bool		as_nobody;		/* this time */
	Datum		previous;		/* of the hook before ours */
} Called;

static Called *calling;			/* what is called next */
static int	depth;				/* of such calls */

/*
 * Calls a function of others for nobody.  Nothing of the session is left changed,
 * and parallel workers know it too: a security-restricted operation makes no
 * temporary tables, prepared statements or cursors that last.
 *
 * All is put back in here, and not by the hook: PostgreSQL calls that after it has
 * put back what the function itself says of its rights and settings.
 */
static Datum
call_as_nobody(PG_FUNCTION_ARGS)
{
	Called	   *called = calling;
	bool		others_act = kroles_foreign_code_runs;
	KrolesPortals open = {0};
	Oid			user;
	int			context;
	int			level;
	Datum		result;

	if (!called->as_nobody)
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
		kroles_foreign_code_runs = others_act;
	}
	PG_END_TRY();
	AtEOXact_GUC(false, level);
	SetUserIdAndSecContext(user, context);
	if (depth == 0)
		kroles_close_portals_but(&open);
	return result;
}

static void
call_hook(FmgrHookEventType event, FmgrInfo *function, Datum *private)
{
	Called	   *called = (Called *) DatumGetPointer(*private);
	Oid			owner = InvalidOid;

	if (event == FHET_START)
	{
		bool		as_nobody = is_of_others(function->fn_oid, &owner);

		if (called == NULL && (as_nobody || previous_hook != NULL))
			called = MemoryContextAllocZero(function->fn_mcxt, sizeof(Called));
		*private = PointerGetDatum(called);
		if (as_nobody && called->function == NULL)
		{
			called->function = function->fn_addr;
			function->fn_addr = call_as_nobody;
		}
		if (called != NULL)
		{
			called->as_nobody = as_nobody;
			called->owner = owner;
		}
	}
	if (previous_hook != NULL)
		previous_hook(event, function, &called->previous);
	if (event == FHET_START)
		calling = called;
}

/* Sets the hooks of calls; once a backend. */
void
kroles_foreign_code_init(void)
{
	previous_needs = needs_fmgr_hook;
	needs_fmgr_hook = needs_hook;
	previous_hook = fmgr_hook;
	fmgr_hook = call_hook;
}
