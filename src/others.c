/*
 * others.c
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
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "running.h"

bool		kroles_others_act;

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
kroles_acts_for_others(void)
{
	Oid			owner;

	if (kroles_others_act)
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
	return kroles_acts_for_others() || InSecurityRestrictedOperation();
}

/*
 * Begins such an action, unless one has begun: nothing of what its code sets
 * stays.  Its plan is made for it, too, and that runs functions of constants.
 */
void
kroles_others_enter(KrolesOthersScope *scope)
{
	scope->entered = !kroles_others_act && kroles_acts_for_others();
	if (!scope->entered)
		return;
	scope->level = NewGUCNestLevel();
	kroles_others_act = true;
}

/* Ends it.  Where it failed, the end of the transaction or savepoint puts settings back. */
void
kroles_others_leave(KrolesOthersScope *scope, bool failed)
{
	if (!scope->entered)
		return;
	scope->entered = false;
	kroles_others_act = false;
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

/* Notes whose foreign keys refer to the relation. */
static void
note_referencing(Relation rel)
{
	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		Trigger    *trigger = &rel->trigdesc->triggers[i];
		Oid			owner;

		if (!trigger->tgisinternal || !OidIsValid(trigger->tgconstrrelid) ||
			RI_FKey_trigger_type(trigger->tgfoid) != RI_TRIGGER_PK)
			continue;
		owner = owner_of_relation(trigger->tgconstrrelid);
		if (OidIsValid(owner) && owner != our_owner())
			note_owner(owner);
	}
}

/*
 * Notes which tables of others the query reaches, which is about to fire its
 * AFTER triggers: those that refer to our tables, and those that refer to these.
 */
void
kroles_others_reached(QueryDesc *desc)
{
	Oid			schema = InvalidOid;
	bool		by_others = kroles_acts_for_others();
	ListCell   *cell;

	if (desc->estate == NULL || desc->estate->es_opened_result_relations == NIL)
		return;
	schema = get_namespace_oid("kroles", true);
	foreach(cell, desc->estate->es_opened_result_relations)
	{
		Relation	rel = ((ResultRelInfo *) lfirst(cell))->ri_RelationDesc;

		if (OidIsValid(schema) && (by_others || RelationGetNamespace(rel) == schema))
			note_referencing(rel);
	}
}

void
kroles_others_forget(void)
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
	anything = kroles_acts_for_others();
	if (!anything && nreached == 0)
		return false;
	anything |= kroles_running == NULL || kroles_running->finishes;
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

/* What is put back after code of others. */
typedef struct Before
{
	bool		entered;		/* code of others, not only for the hook before ours */
	int			level;
	bool		others_act;
	Oid			user;
	int			context;
	Datum		previous;		/* of the hook before ours */
} Before;

/*
 * Nothing of the session is left changed, and parallel workers know it too: a
 * security-restricted operation makes no temporary tables, prepared statements or
 * cursors that last.
 */
static Before *
enter(Oid owner)
{
	Before	   *before = palloc0(sizeof(Before));
	Oid			user;

	GetUserIdAndSecContext(&before->user, &before->context);
	before->entered = true;
	user = kroles_acts_for_others() ? before->user : acting_user(owner, before->user);
	before->others_act = kroles_others_act;
	before->level = NewGUCNestLevel();
	SetUserIdAndSecContext(user, before->context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	kroles_others_act = true;
	return before;
}

static void
leave(Before *before, bool failed)
{
	kroles_others_act = before->others_act;
	if (!failed)
	{
		AtEOXact_GUC(false, before->level);
		SetUserIdAndSecContext(before->user, before->context);
	}
}

static void
call_hook(FmgrHookEventType event, FmgrInfo *function, Datum *private)
{
	Before	   *before;
	Oid			owner;

	if (event == FHET_START)
		*private = PointerGetDatum(is_of_others(function->fn_oid, &owner) ? enter(owner) :
								   previous_hook != NULL ? palloc0(sizeof(Before)) : NULL);
	before = (Before *) DatumGetPointer(*private);
	if (before != NULL && before->entered && event != FHET_START)
		leave(before, event == FHET_ABORT);
	if (previous_hook != NULL)
		previous_hook(event, function, &before->previous);
}

/* Sets the hooks of calls; once a backend. */
void
kroles_others_init(void)
{
	previous_needs = needs_fmgr_hook;
	needs_fmgr_hook = needs_hook;
	previous_hook = fmgr_hook;
	fmgr_hook = call_hook;
}
