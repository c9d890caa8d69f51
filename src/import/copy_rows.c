/*
 * copy_rows.c
 *		Importing a list by COPY (or INSERT) into a view.
 *
 * A list is judged as a whole: by the rights before it, and one row a thing wherever it
 * stands.  So the rows are buffered until the end of the statement, and imported together.
 * A row takes the memory of its text and about 100 bytes, three times over while the
 * list is imported.  An error rolls the whole statement back.
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

#include "store/trigger.h"

/* The longest list, in bytes: an array may have 1 GB, and cleaned cells are not longer. */
#define MAX_LIST ((Size) 512 * 1024 * 1024)

#define IMPORT_VIEWS KROLES_ON("user_import", "group_member_import", "space_member_import")

/* A running statement on a view, and its buffered rows; statements can nest, so this is a stack. */
typedef struct RunningImport
{
	struct RunningImport *outer;
	Oid			view;
	int			nest_level;		/* of the subtransaction that the statement runs in */
	MemoryContext context;		/* of this struct and the rows, below TopTransactionContext */
	int			nrows;			/* buffered rows */
	int			size;			/* for so many there is space */
	Size		bytes;			/* of the rows */
	Datum	   *rows;
} RunningImport;

static RunningImport *innermost;

/* Pops the innermost import and frees its memory. */
static void
pop_import(void)
{
	MemoryContext context = innermost->context;

	innermost = innermost->outer;
	MemoryContextDelete(context);
}

/* Pops that import, and those within it. */
static void
pop_imports(RunningImport *import)
{
	while (innermost != import)
		pop_import();
	pop_import();
}

/* At the end of a transaction TopTransactionContext is freed, and the imports with it. */
static void
forget_imports(XactEvent event, void *arg)
{
	innermost = NULL;
}

/* The imports of a subtransaction that is rolled back are dropped. */
static void
pop_aborted_imports(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		while (innermost != NULL && innermost->nest_level >= GetCurrentTransactionNestLevel())
			pop_import();
}

/* Pushes an import for a statement on the view. */
static void
push_import(Oid view)
{
	static bool registered = false;
	MemoryContext context;
	RunningImport *import;

	if (!registered)
	{
		RegisterXactCallback(forget_imports, NULL);
		RegisterSubXactCallback(pop_aborted_imports, NULL);
		registered = true;
	}
	context = AllocSetContextCreate(TopTransactionContext, "kroles import", ALLOCSET_DEFAULT_SIZES);
	import = MemoryContextAllocZero(context, sizeof(RunningImport));
	import->outer = innermost;
	import->view = view;
	import->nest_level = GetCurrentTransactionNestLevel();
	import->context = context;
	import->size = 1024;
	import->rows = MemoryContextAlloc(context, import->size * sizeof(Datum));
	innermost = import;
}

/* The row's columns, which must be of type text, as a text[]; in the current memory context. */
static Datum
row_cells(TriggerData *trigger)
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

/* The type kroles.list_row. */
static Oid
list_row_type(void)
{
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("list_row"),
						   ObjectIdGetDatum(kroles_schema()));
}

/* Buffers the row as a kroles.list_row, with the number of the row as its line. */
static void
buffer_row(RunningImport *import, TriggerData *trigger)
{
	MemoryContext old = MemoryContextSwitchTo(import->context);
	TupleDesc	desc = lookup_rowtype_tupdesc(list_row_type(), -1);
	Datum		values[2] = {Int64GetDatum(import->nrows + 1), row_cells(trigger)};
	bool		nulls[2] = {false, false};
	HeapTuple	row = heap_form_tuple(desc, values, nulls);

	pfree(DatumGetPointer(values[1]));
	ReleaseTupleDesc(desc);
	import->bytes += MAXALIGN(row->t_len);
	if (import->bytes > MAX_LIST)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the list is too long to be imported by one statement"),
				 errdetail("Its first %d rows have more than %d MB.", import->nrows, (int) (MAX_LIST / (1024 * 1024))),
				 errhint("Import it in parts.")));
	if (import->nrows == import->size)
	{
		import->size *= 2;
		import->rows = repalloc_huge(import->rows, import->size * sizeof(Datum));
	}
	import->rows[import->nrows++] = HeapTupleGetDatum(row);
	MemoryContextSwitchTo(old);
}

/* Imports the buffered rows; an error if any of them is wrong.  Ends the import. */
static void
import_buffered(RunningImport *import, const char *list)
{
	Oid			element = list_row_type();
	Oid			types[2] = {TEXTOID, get_array_type(element)};
	Datum		args[2];

	if (import->nrows == 0)
	{
		pop_imports(import);
		return;
	}
	args[0] = CStringGetTextDatum(list);
	args[1] = PointerGetDatum(construct_array(import->rows, import->nrows, element, -1, false, TYPALIGN_DOUBLE));
	pop_imports(import);
	SPI_connect();
	if (SPI_execute_with_args("SELECT kroles.import_copied($1, $2)", 2, types, args, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not import a list");
	SPI_finish();
	pfree(DatumGetPointer(args[1]));
}

/* The innermost running import into that view; an error if there is none. */
static RunningImport *
find_import(Oid view)
{
	RunningImport *import = innermost;

	while (import != NULL && import->view != view)
		import = import->outer;
	if (import == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("the BEFORE STATEMENT trigger of this view has not fired"),
				 errhint("Its trigger \"begin\" is missing or disabled.")));
	return import;
}

/*
 * kroles.import_row(list): BEFORE INSERT, INSTEAD OF each row, and AFTER INSERT on
 * a view that imports that list.  Begins an import, buffers a row, imports the rows.
 */
PG_FUNCTION_INFO_V1(kroles_import_row);
Datum
kroles_import_row(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "import_row", 1,
										  KROLES_BEFORE_STATEMENT(KROLES_ON_INSERT) |
										  KROLES_INSTEAD_OF_ROW(KROLES_ON_INSERT) |
										  KROLES_AFTER_STATEMENT(KROLES_ON_INSERT),
										  IMPORT_VIEWS);
	const char *list;
	RunningImport *import;
	Oid			view;

	view = RelationGetRelid(trigger->tg_relation);
	list = trigger->tg_trigger->tgargs[0];
	if (TRIGGER_FIRED_BEFORE(trigger->tg_event))
	{
		push_import(view);
		return PointerGetDatum(NULL);
	}
	import = find_import(view);
	if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
	{
		buffer_row(import, trigger);
		return PointerGetDatum(trigger->tg_trigtuple);
	}
	import_buffered(import, list);
	return PointerGetDatum(NULL);
}
