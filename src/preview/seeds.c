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

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "core/compat.h"
#include "guards/log_ids.h"
#include "identity/as_owner.h"
#include "preview/seeds.h"
#include "store/catalog.h"

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

/* What was before is not known where no snapshot can show it. */
static void
refuse_unknown_past(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("what the changes of this transaction give and take is not known after TRUNCATE, or after ALTER TABLE has rewritten a table"),
			 errhint("Use DELETE, or another transaction; or turn off settings.record_access_changes if this happens on COMMIT.")));
}

/* The tables that decisions are read from. */
static const KrolesTableId decisive[] = {
	KROLES_T_SETTINGS, KROLES_T_RIGHTS, KROLES_T_BASELINE, KROLES_T_ROLE_RIGHTS, KROLES_T_CEILING, KROLES_T_USERS,
	KROLES_T_USER_BLOCKS, KROLES_T_GROUP_MEMBERS, KROLES_T_SPACES, KROLES_T_SPACE_MEMBERS, KROLES_T_MEDIA, KROLES_T_EVENTS,
	KROLES_T_EVENT_PARTICIPANTS, KROLES_T_ROOM_PARTICIPANTS
};

/*
 * An error if a table has been rewritten in this transaction: all rows of its new file are inserted by the transaction,
 * so that none is there before it.  (A table that was made in this transaction had none.)
 */
static void
check_tables_are_kept(void)
{
	for (int i = 0; i < lengthof(decisive); i++)
	{
		Relation	rel = table_open(kroles_table(decisive[i])->oid, AccessShareLock);
		bool		rewritten = rel->rd_createSubid == InvalidSubTransactionId && KROLES_FILE_SUBID(rel) != InvalidSubTransactionId;

		table_close(rel, AccessShareLock);
		if (rewritten)
			refuse_unknown_past();
	}
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
			refuse_unknown_past();
		seed->a = result_id(i, 2);
		seed->b = result_id(i, 3);
	}
	SPI_finish();
	kroles_become_again(was);
	if (seeds.n > 0)
		check_tables_are_kept();
	return seeds;
}
