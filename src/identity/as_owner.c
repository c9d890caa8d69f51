/*
 * as_owner.c
 *		Statements that the extension runs for itself.
 *
 * They run as the owner of our tables and outside row security, in the way that
 * foreign keys do, so that they work whether or not that owner may bypass it.
 * Who is asking stays who it is: the guards judge the person.  Statements name
 * everything with its schema, operators too, so no search path matters.
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

/* Of a query that is read row by row. */
#define MAX_READ_COLUMNS 2
#define ROWS_AT_ONCE 1000

/* The owner of kroles.users, and so of all our tables. */
static Oid
table_owner(void)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(kroles_table(KROLES_T_USERS)->oid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "relation \"kroles.users\" is missing");
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/* The kept plan, made at the statement's first use; or one for this once. */
static SPIPlanPtr
plan_of(KrolesStatement *statement)
{
	SPIPlanPtr	plan;

	if (statement->plan != NULL && !statement->planned_anew)
		return statement->plan;
	plan = SPI_prepare(statement->sql, statement->nargs, statement->types);
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
execute(KrolesStatement *statement, Datum *args, const char *nulls)
{
	SPIPlanPtr	plan = plan_of(statement);

	if (statement->sees_all)
		return SPI_execute_snapshot(plan, args, nulls, GetLatestSnapshot(), InvalidSnapshot,
									false, true, 0);
	return SPI_execute_plan(plan, args, nulls, false, 0);
}

/*
 * Runs a statement, prepared at its first use in the session.  Returns whether
 * it had a row; *first is then that row's first column, which must be of a type
 * passed by value and not null.
 */
bool
kroles_run_as_owner(KrolesStatement *statement, Datum *args, const char *nulls, Datum *first)
{
	Oid			user;
	int			context;
	bool		any;
	bool		isnull;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(table_owner(), context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	SPI_connect();
	if (statement->trigger != NULL)
		SPI_register_trigger_data(statement->trigger);
	if (execute(statement, args, nulls) < 0)
		elog(ERROR, "could not execute \"%s\"", statement->sql);
	any = SPI_processed > 0;
	if (any && first != NULL)
		*first = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	SPI_finish();
	statement->trigger = NULL;
	SetUserIdAndSecContext(user, context);
	return any;
}

/* Runs a query as the person who runs the statement, under row security and with its snapshot.  Whether there is a row. */
bool
kroles_run_as_caller(KrolesStatement *statement, Datum *args)
{
	bool		any;

	SPI_connect();
	if (SPI_execute_plan(plan_of(statement), args, NULL, true, 1) < 0)
		elog(ERROR, "could not execute \"%s\"", statement->sql);
	any = SPI_processed > 0;
	SPI_finish();
	return any;
}

/* Hands on the rows of a portal until its taker has enough. */
static void
hand_on(Portal portal, KrolesTakeRow take, void *arg)
{
	bool		more = true;

	while (more)
	{
		SPI_cursor_fetch(portal, true, ROWS_AT_ONCE);
		if (SPI_processed == 0)
			break;
		for (uint64 i = 0; i < SPI_processed && more; i++)
		{
			Datum		row[MAX_READ_COLUMNS];
			bool		isnull;

			for (int column = 0; column < SPI_tuptable->tupdesc->natts; column++)
				row[column] = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, column + 1, &isnull);
			more = take(arg, row);
		}
		SPI_freetuptable(SPI_tuptable);
	}
}

/*
 * Reads a query of at most MAX_READ_COLUMNS columns, none of them null, as the
 * running statement sees the data, and hands on its rows until the taker
 * returns false.  The taker runs as whoever asks, not as the owner.
 */
void
kroles_read_as_owner(KrolesStatement *statement, Datum *args, KrolesTakeRow take, void *arg)
{
	Oid			user;
	int			context;
	Portal		portal;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(table_owner(), context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	SPI_connect();
	portal = SPI_cursor_open(NULL, plan_of(statement), args, NULL, true);
	SetUserIdAndSecContext(user, context);
	hand_on(portal, take, arg);
	SPI_cursor_close(portal);
	SPI_finish();
}

/* The function of our schema that kroles_x() hands over to: kroles.x(), of the same arguments. */
static Oid
inner_function(Oid outer)
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
		elog(ERROR, "%s() has no function of the schema kroles behind it", NameStr(form->proname));
	ReleaseSysCache(tuple);
	return inner;
}

/*
 * kroles_x(), for functions that are written in PL/pgSQL: calls kroles.x() with
 * the same arguments as the tables' owner and outside row security.  What is
 * behind has to judge the person itself; nobody else can reach it.
 */
PG_FUNCTION_INFO_V1(kroles_as_owner);
Datum
kroles_as_owner(PG_FUNCTION_ARGS)
{
	LOCAL_FCINFO(inner, FUNC_MAX_ARGS);
	FmgrInfo   *function = fcinfo->flinfo->fn_extra;
	Oid			user;
	int			context;
	Datum		result;

	if (function == NULL)
	{
		function = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(FmgrInfo));
		fmgr_info_cxt(inner_function(fcinfo->flinfo->fn_oid), function, fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = function;
	}
	InitFunctionCallInfoData(*inner, function, fcinfo->nargs, fcinfo->fncollation, NULL, fcinfo->resultinfo);
	memcpy(inner->args, fcinfo->args, fcinfo->nargs * sizeof(NullableDatum));
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(table_owner(), context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	result = FunctionCallInvoke(inner);
	SetUserIdAndSecContext(user, context);
	fcinfo->isnull = inner->isnull;
	return result;
}

/*
 * Whether the running statement is the extension's own, or a foreign key's
 * action on our tables: those run as the tables' owner with row security out of
 * force, which nobody can bring about by SQL.  What code of others does in the
 * course of one is neither (statement/foreign_code.c).
 */
bool
kroles_is_own_statement(void)
{
	return InNoForceRLSOperation() && GetUserId() == table_owner() && !kroles_nobody_asks();
}

/* kroles.beyond_policies(): whether a change is not a person's own. */
PG_FUNCTION_INFO_V1(kroles_beyond_policies);
Datum
kroles_beyond_policies(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(kroles_restoring() || kroles_is_own_statement());
}
