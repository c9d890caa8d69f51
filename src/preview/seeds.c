/*
 * seeds.c
 *		What a transaction changed that rights depend on: from its own rows of the
 *		audit log.
 *
 * All tables that rights depend on are logged, by the same transaction, and a savepoint
 * that is rolled back takes its rows of the log with it.  Which columns matter, the SQL
 * function kroles.changed_rights() says.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"

#include "guards/log_ids.h"
#include "identity/as_owner.h"
#include "preview/seeds.h"

#define SEED_NAME(constant, name) [constant] = name,

static const char *const names[] = {KROLES_SEED_TYPES(SEED_NAME)};

static KrolesSeedType
seed_type(const char *name)
{
	for (int type = 0; type < KROLES_NSEEDTYPES; type++)
		if (strcmp(names[type], name) == 0)
			return type;
	elog(ERROR, "kroles.changed_rights() returned \"%s\", which is not supported", name);
}

/* An id in a row of the result; 0 for null. */
static int64
result_id(uint64 row, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

/* Selects the changes that are logged from an id on, into SPI's result.  The plan is kept for the session. */
static void
select_changes(int64 first)
{
	static SPIPlanPtr plan;
	Oid			types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(first)};

	if (plan == NULL)
	{
		plan = SPI_prepare("SELECT what, a, b FROM kroles.changed_rights($1)", 1, types);
		if (plan == NULL || SPI_keepplan(plan) != 0)
			elog(ERROR, "could not prepare reading the changes of the transaction");
	}
	if (SPI_execute_plan(plan, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the changes of the transaction");
}

/* TRUNCATE leaves no rows that a snapshot could show, so what was before is not known. */
static void
refuse_truncated(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("what the changes of this transaction give and take is not known after TRUNCATE"),
			 errhint("Use DELETE, or turn off settings.record_access_changes if this happens on COMMIT.")));
}

/*
 * The changes of this transaction (KrolesSeed), each once, as far as the next command sees them; in
 * the current memory context.
 */
KrolesArray
kroles_read_seeds(void)
{
	KrolesArray seeds = {.size = sizeof(KrolesSeed)};
	MemoryContext outer = CurrentMemoryContext;
	KrolesCurrentUser was;
	int64		first;

	if (!kroles_first_log_id(&first))
		return seeds;
	was = kroles_become_owner();
	SPI_connect();
	select_changes(first);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		MemoryContext spi = MemoryContextSwitchTo(outer);
		KrolesSeed *seed = kroles_array_add(&seeds);

		MemoryContextSwitchTo(spi);
		seed->type = seed_type(SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1));
		if (seed->type == KROLES_SEED_TRUNCATED)
			refuse_truncated();
		seed->a = result_id(i, 2);
		seed->b = result_id(i, 3);
	}
	SPI_finish();
	kroles_become_again(was);
	return seeds;
}
