/*
 * copy_rows.c
 *		Rows of a list that come by COPY (or INSERT) into a view.
 *
 * One at a time they would cost a statement each.  So they are put by, and
 * brought in together, ten thousand at a time and the rest at the end of the
 * statement.  An error there undoes the whole statement.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "store/catalog.h"
#include "store/trigger.h"

#define PORTION 10000

#define LIST_VIEWS KROLES_ON("user_import", "group_member_import", "space_member_import")

/* The rows of one running statement; statements run inside one another, so this is a stack. */
typedef struct Copied
{
	struct Copied *outer;
	Oid			view;
	int			depth;			/* of the savepoint that the statement runs in */
	MemoryContext context;
	MemoryContext portion;		/* what is put by, until it is brought in */
	int64		seen;			/* rows so far */
	int			nrows;			/* of them, put by */
	Datum		rows[PORTION];
} Copied;

static Copied *innermost;

static void
drop_innermost(void)
{
	MemoryContext context = innermost->context;

	innermost = innermost->outer;
	MemoryContextDelete(context);
}

/* What a statement had put by that failed is gone with it. */
static void
transaction_ended(XactEvent event, void *arg)
{
	innermost = NULL;			/* its memory is the transaction's */
}

static void
savepoint_ended(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		while (innermost != NULL && innermost->depth >= GetCurrentTransactionNestLevel())
			drop_innermost();
}

static void
statement_begins(Oid view)
{
	static bool registered = false;
	MemoryContext context;
	Copied	   *copied;

	if (!registered)
	{
		RegisterXactCallback(transaction_ended, NULL);
		RegisterSubXactCallback(savepoint_ended, NULL);
		registered = true;
	}
	context = AllocSetContextCreate(TopTransactionContext, "kroles copied rows", ALLOCSET_DEFAULT_SIZES);
	copied = MemoryContextAllocZero(context, sizeof(Copied));
	copied->outer = innermost;
	copied->view = view;
	copied->depth = GetCurrentTransactionNestLevel();
	copied->context = context;
	copied->portion = AllocSetContextCreate(context, "kroles copied portion", ALLOCSET_DEFAULT_SIZES);
	innermost = copied;
}

/* The row's cells, all of them text, as a text[]. */
static Datum
cells_of(TriggerData *trigger)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	Datum	   *values = palloc(desc->natts * sizeof(Datum));
	bool	   *nulls = palloc(desc->natts * sizeof(bool));
	int			lower = 1;

	for (int i = 0; i < desc->natts; i++)
		if (TupleDescAttr(desc, i)->atttypid != TEXTOID)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" of a list is not of type text", NameStr(TupleDescAttr(desc, i)->attname))));
	heap_deform_tuple(trigger->tg_trigtuple, desc, values, nulls);
	return PointerGetDatum(construct_md_array(values, nulls, 1, &desc->natts, &lower,
											  TEXTOID, -1, false, TYPALIGN_INT));
}

static Oid
row_type(void)
{
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("list_row"),
						   ObjectIdGetDatum(kroles_schema()));
}

/* Puts the row by, as a kroles.list_row with its number in the place of a line's. */
static void
put_by(Copied *copied, TriggerData *trigger)
{
	MemoryContext old = MemoryContextSwitchTo(copied->portion);
	TupleDesc	desc = lookup_rowtype_tupdesc(row_type(), -1);
	Datum		values[2] = {Int64GetDatum(++copied->seen), cells_of(trigger)};
	bool		nulls[2] = {false, false};

	copied->rows[copied->nrows++] = HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
	ReleaseTupleDesc(desc);
	MemoryContextSwitchTo(old);
}

/* Brings in what was put by; an error where any of it is wrong. */
static void
bring_in(Copied *copied, const char *list)
{
	Oid			element = row_type();
	Oid			types[2] = {TEXTOID, get_array_type(element)};
	Datum		args[2];

	args[0] = CStringGetTextDatum(list);
	args[1] = PointerGetDatum(construct_array(copied->rows, copied->nrows, element, -1, false, TYPALIGN_DOUBLE));
	MemoryContextReset(copied->portion);
	copied->nrows = 0;
	SPI_connect();
	if (SPI_execute_with_args("SELECT kroles.import_copied($1, $2)", 2, types, args, NULL, false, 0) < 0)
		elog(ERROR, "could not bring in a list");
	SPI_finish();
	pfree(DatumGetPointer(args[1]));
}

/* The running statement on that view. */
static Copied *
running(Oid view)
{
	Copied	   *copied = innermost;

	while (copied != NULL && copied->view != view)
		copied = copied->outer;
	if (copied == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("no statement on this view has begun"),
				 errhint("Its trigger \"begin\" is missing or disabled.")));
	return copied;
}

/*
 * kroles.import_row(list): on a view that takes a list, before each statement,
 * instead of each row, and after each statement.
 */
PG_FUNCTION_INFO_V1(kroles_import_row);
Datum
kroles_import_row(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "import_row", 1,
										  KROLES_BEFORE_STATEMENT(KROLES_ON_INSERT) |
										  KROLES_INSTEAD_OF_ROW(KROLES_ON_INSERT) |
										  KROLES_AFTER_STATEMENT(KROLES_ON_INSERT),
										  LIST_VIEWS);
	const char *list;
	Copied	   *copied;
	Oid			view;

	view = RelationGetRelid(trigger->tg_relation);
	list = trigger->tg_trigger->tgargs[0];
	if (TRIGGER_FIRED_BEFORE(trigger->tg_event))
	{
		statement_begins(view);
		return PointerGetDatum(NULL);
	}
	copied = running(view);
	if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
	{
		put_by(copied, trigger);
		if (copied->nrows == PORTION)
			bring_in(copied, list);
		return PointerGetDatum(trigger->tg_trigtuple);
	}
	if (copied->nrows > 0)
		bring_in(copied, list);
	while (innermost != copied)
		drop_innermost();
	drop_innermost();
	return PointerGetDatum(NULL);
}
