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
 * of the transaction, every trigger function that is not ours acts for nobody,
 * runs as its owner, and leaves all settings as they were.
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

static bool reached;			/* a table of somebody else, in this transaction */
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

/* ---- Whether a table of others is reached ---- */

/* Whether a foreign key of somebody else's table refers to the relation. */
static bool
is_referenced_by_others(Relation rel)
{
	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		Trigger    *trigger = &rel->trigdesc->triggers[i];

		if (trigger->tgisinternal && OidIsValid(trigger->tgconstrrelid) &&
			RI_FKey_trigger_type(trigger->tgfoid) == RI_TRIGGER_PK &&
			owner_of_relation(trigger->tgconstrrelid) != rel->rd_rel->relowner)
			return true;
	}
	return false;
}

/* Notes whether the query, which is about to fire its AFTER triggers, reaches tables of others. */
void
kroles_others_reached(QueryDesc *desc)
{
	Oid			schema = InvalidOid;
	ListCell   *cell;

	if (reached || desc->estate == NULL)
		return;
	foreach(cell, desc->estate->es_opened_result_relations)
	{
		Relation	rel = ((ResultRelInfo *) lfirst(cell))->ri_RelationDesc;

		if (!OidIsValid(schema))
			schema = get_namespace_oid("kroles", true);
		if (OidIsValid(schema) && RelationGetNamespace(rel) == schema && is_referenced_by_others(rel))
			reached = true;
	}
}

void
kroles_others_forget(void)
{
	reached = false;
}

/* ---- Trigger functions ---- */

/* Whether a function is a trigger's, and neither ours nor PostgreSQL's; then *owner is its owner. */
static bool
is_trigger_of_others(Oid function, Oid *owner)
{
	HeapTuple	tuple;
	Form_pg_proc form;
	bool		found;

	if (!reached || function < FirstNormalObjectId)
		return false;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_proc) GETSTRUCT(tuple);
	found = form->prorettype == TRIGGEROID && form->pronamespace != get_namespace_oid("kroles", true);
	*owner = form->proowner;
	ReleaseSysCache(tuple);
	return found;
}

static bool
needs_hook(Oid function)
{
	Oid			owner;

	return is_trigger_of_others(function, &owner) || (previous_needs && previous_needs(function));
}

/* A trigger function of others that is called by way of call_as_nobody(). */
typedef struct Called
{
	PGFunction	function;		/* the call handler of its language, say */
	Oid			owner;
	bool		as_nobody;		/* this time */
	Datum		previous;		/* of the hook before ours */
} Called;

static Called *calling;			/* what is called next */

/*
 * Whoever the function belongs to acts, unless that is a role beyond policies:
 * what such a role wrote acts with no more rights than it would have had.
 */
static void
become_owner(Oid owner)
{
	Oid			user;
	int			context;

	GetUserIdAndSecContext(&user, &context);
	if (!has_bypassrls_privilege(owner))
		SetUserIdAndSecContext(owner, context | SECURITY_LOCAL_USERID_CHANGE);
}

/*
 * Calls a trigger function of others for nobody.  All is put back in here, and
 * not by the hook: PostgreSQL calls that after it has put back what the function
 * itself says of its rights and settings.
 */
static Datum
call_as_nobody(PG_FUNCTION_ARGS)
{
	Called	   *called = calling;
	bool		others_act = kroles_others_act;
	Oid			user;
	int			context;
	int			level;
	Datum		result;

	if (!called->as_nobody)
		return called->function(fcinfo);
	GetUserIdAndSecContext(&user, &context);
	level = NewGUCNestLevel();
	kroles_others_act = true;
	PG_TRY();
	{
		become_owner(called->owner);
		result = called->function(fcinfo);
	}
	PG_FINALLY();
	{
		kroles_others_act = others_act;
	}
	PG_END_TRY();
	AtEOXact_GUC(false, level);
	SetUserIdAndSecContext(user, context);
	return result;
}

/* Has the function called by way of call_as_nobody(), from its first call on. */
static Called *
divert(FmgrInfo *function, Called *called, bool as_nobody, Oid owner)
{
	if (called == NULL)
	{
		called = MemoryContextAllocZero(function->fn_mcxt, sizeof(Called));
		called->function = function->fn_addr;
		function->fn_addr = call_as_nobody;
	}
	called->as_nobody = as_nobody;
	called->owner = owner;
	return called;
}

static void
call_hook(FmgrHookEventType event, FmgrInfo *function, Datum *private)
{
	Called	   *called = (Called *) DatumGetPointer(*private);
	Oid			owner = InvalidOid;

	if (event == FHET_START)
	{
		bool		as_nobody = is_trigger_of_others(function->fn_oid, &owner);

		if (as_nobody || called != NULL)
			called = divert(function, called, as_nobody, owner);
		*private = PointerGetDatum(called);
	}
	if (previous_hook)
		previous_hook(event, function, called != NULL ? &called->previous : private);
	if (event == FHET_START)
		calling = called;
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
