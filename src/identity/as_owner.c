/*
 * as_owner.c
 *		Runs the extension's own statements as the owner of its tables.
 *
 * They run with row security not forced (SECURITY_NOFORCE_RLS), as foreign keys do, so
 * that they work whether or not the owner of the tables has BYPASSRLS.  They do not
 * change the current subject, so the guards decide for the subject that caused them.
 * The statements qualify every name, operators included, with its schema, so the
 * search path does not matter.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "identity/as_owner.h"
#include "identity/identity.h"
#include "statement/foreign_code.h"
#include "store/catalog.h"

/* The owner of kroles.users, who owns all tables of the extension. */
static Oid
table_owner(void)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(kroles_table(KROLES_T_USERS)->oid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		kroles_refuse_missing("relation", "users");
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/* Becomes the owner of the tables, with row security not forced; returns who the current user was. */
KrolesCurrentUser
kroles_become_owner(void)
{
	KrolesCurrentUser	was;

	GetUserIdAndSecContext(&was.user, &was.context);
	SetUserIdAndSecContext(table_owner(), was.context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	return was;
}

/* Becomes again who the current user was.  After an error, the end of the transaction or savepoint does so. */
void
kroles_become_again(KrolesCurrentUser was)
{
	SetUserIdAndSecContext(was.user, was.context);
}

/*
 * The statement's saved plan, made at its first use in the session; or, with
 * planned_anew, a plan for these arguments that lives until SPI_finish().  The saved
 * plan is generic, so that no run plans again: the statements find rows by keys, and
 * the values make no difference.
 */
static SPIPlanPtr
get_plan(KrolesStatement *statement)
{
	SPIPlanPtr	plan;

	if (statement->plan != NULL && !statement->planned_anew)
		return statement->plan;
	plan = SPI_prepare_cursor(statement->sql, statement->nargs, statement->types,
							  statement->planned_anew ? 0 : CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL)
		elog(ERROR, "could not prepare \"%s\"", statement->sql);
	if (!statement->planned_anew)
	{
		SPI_keepplan(plan);
		statement->plan = plan;
	}
	return plan;
}

static int
execute_statement(KrolesStatement *statement, Datum *args, const char *nulls)
{
	SPIPlanPtr	plan = get_plan(statement);

	if (statement->sees_all)
		return SPI_execute_snapshot(plan, args, nulls, GetLatestSnapshot(), InvalidSnapshot,
									false, true, 0);
	return SPI_execute_plan(plan, args, nulls, false, 0);
}

/*
 * Runs a statement as the owner of the tables.  Returns whether it returned or changed
 * a row.  If it returned one and "first" is not NULL, sets *first to the first column
 * of the first row, which must be of a type passed by value and not null.
 */
bool
kroles_run_as_owner(KrolesStatement *statement, Datum *args, const char *nulls, Datum *first)
{
	KrolesCurrentUser	was = kroles_become_owner();
	bool		any;
	bool		isnull;

	SPI_connect();
	if (statement->trigger != NULL)
		SPI_register_trigger_data(statement->trigger);
	if (execute_statement(statement, args, nulls) < 0)
		elog(ERROR, "could not execute \"%s\"", statement->sql);
	any = SPI_processed > 0;
	if (any && first != NULL)
		*first = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	SPI_finish();
	statement->trigger = NULL;
	kroles_become_again(was);
	return any;
}

/*
 * Runs a query as the current user, under row security and with the snapshot of the
 * running statement.  Returns whether there is a row.
 */
bool
kroles_run_as_caller(KrolesStatement *statement, Datum *args)
{
	bool		any;

	SPI_connect();
	if (SPI_execute_plan(get_plan(statement), args, NULL, true, 1) < 0)
		elog(ERROR, "could not execute \"%s\"", statement->sql);
	any = SPI_processed > 0;
	SPI_finish();
	return any;
}

/* For a function kroles_x(), the function kroles.x() with the same argument types. */
static Oid
find_inner_function(Oid outer)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(outer));
	Form_pg_proc form;
	const char *name;
	Oid			inner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", outer);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	name = strncmp(NameStr(form->proname), "kroles_", 7) == 0 ? NameStr(form->proname) + 7 : "";
	inner = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
							PointerGetDatum(&form->proargtypes), ObjectIdGetDatum(kroles_schema()));
	if (!OidIsValid(inner))
		elog(ERROR, "function %s() has no counterpart in schema kroles", NameStr(form->proname));
	ReleaseSysCache(tuple);
	return inner;
}

/*
 * The C function of each kroles_x() whose implementation kroles.x() is written in
 * PL/pgSQL: calls kroles.x() with the same arguments, as the owner of the tables and with
 * row security not forced.  kroles.x() must check the rights of the current subject
 * itself; users cannot call it directly.
 */
PG_FUNCTION_INFO_V1(kroles_as_owner);
Datum
kroles_as_owner(PG_FUNCTION_ARGS)
{
	LOCAL_FCINFO(inner, FUNC_MAX_ARGS);
	FmgrInfo   *function = fcinfo->flinfo->fn_extra;
	KrolesCurrentUser	was;
	Datum		result;

	if (function == NULL)
	{
		function = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(FmgrInfo));
		fmgr_info_cxt(find_inner_function(fcinfo->flinfo->fn_oid), function, fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = function;
	}
	InitFunctionCallInfoData(*inner, function, fcinfo->nargs, fcinfo->fncollation, NULL, fcinfo->resultinfo);
	memcpy(inner->args, fcinfo->args, fcinfo->nargs * sizeof(NullableDatum));
	was = kroles_become_owner();
	result = FunctionCallInvoke(inner);
	kroles_become_again(was);
	fcinfo->isnull = inner->isnull;
	return result;
}

/*
 * Whether the running statement is the extension's own, or a foreign key's action on
 * our tables.  Both run as the owner of the tables with row security not forced, which
 * cannot be achieved by SQL.  Foreign code that runs during such a statement is neither
 * (statement/foreign_code.c).
 */
bool
kroles_is_own_statement(void)
{
	return InNoForceRLSOperation() && GetUserId() == table_owner() && !kroles_nobody_asks();
}

/* Refuses a call of kroles.function() by any statement other than the extension's own. */
void
kroles_check_internal_call(const char *function, const char *hint)
{
	if (!kroles_is_own_statement())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("function kroles.%s() can be called only by the extension", function),
				 errhint("%s", hint)));
}

/* kroles.beyond_policies(): whether policies do not apply to a change, because it is the extension's own. */
PG_FUNCTION_INFO_V1(kroles_beyond_policies);
Datum
kroles_beyond_policies(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(kroles_is_own_statement());
}
