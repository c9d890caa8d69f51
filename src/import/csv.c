/*
 * csv.c
 *		Comma-separated values as rows.
 *
 * PostgreSQL's own COPY reads them, so quotes, line ends and encodings are what
 * they are there (RFC 4180).
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "commands/copy.h"
#include "commands/copyfrom_internal.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "store/catalog.h"

/* What is being read: COPY asks for it by a function without an argument of ours. */
static struct
{
	const char *at;
	size_t		left;
}			source;

static int
next_bytes(void *buffer, int minread, int maxread)
{
	int			n = Min((size_t) maxread, source.left);

	memcpy(buffer, source.at, n);
	source.at += n;
	source.left -= n;
	return n;
}

/*
 * Makes the text the source, without the mark that some programs put before
 * UTF-8, and without half of a line end: psql takes the newline off what `cat`
 * prints, but not the carriage return before it.
 */
static void
set_source(text *csv)
{
	source.at = VARDATA_ANY(csv);
	source.left = VARSIZE_ANY_EXHDR(csv);
	if (GetDatabaseEncoding() == PG_UTF8 && source.left >= 3 && memcmp(source.at, "\xEF\xBB\xBF", 3) == 0)
	{
		source.at += 3;
		source.left -= 3;
	}
	if (source.left > 0 && source.at[source.left - 1] == '\r' && memchr(source.at, '\n', source.left) != NULL)
		source.left--;
}

/* Tells where in the text an error was found. */
static void
say_line(void *copy)
{
	errcontext("line %llu of the list", (unsigned long long) ((CopyFromState) copy)->cur_lineno);
}

/* Starts to read.  COPY wants a relation, for its columns; which one does not matter to raw fields. */
static CopyFromState
begin(Relation rel)
{
	List	   *options = list_make2(makeDefElem("format", (Node *) makeString("csv"), -1),
									 makeDefElem("encoding", (Node *) makeString(unconstify(char *, GetDatabaseEncodingName())), -1));

	return BeginCopyFrom(NULL, rel, NULL, NULL, false, next_bytes, NIL, options);
}

static Datum
as_array(char **fields, int nfields)
{
	Datum	   *values = palloc(Max(nfields, 1) * sizeof(Datum));
	bool	   *nulls = palloc(Max(nfields, 1) * sizeof(bool));
	int			lower = 1;

	for (int i = 0; i < nfields; i++)
	{
		nulls[i] = fields[i] == NULL;
		values[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(fields[i]);
	}
	return PointerGetDatum(construct_md_array(values, nulls, 1, &nfields, &lower,
											  TEXTOID, -1, false, TYPALIGN_INT));
}

/* Reads at most that many records into the result, each with the number of the line it begins on. */
static void
read_records(CopyFromState copy, int most, ReturnSetInfo *result)
{
	MemoryContext each = AllocSetContextCreate(CurrentMemoryContext, "kroles list", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	uint64		line = copy->cur_lineno + 1;
	char	  **fields;
	int			nfields;

	while (most-- > 0 && NextCopyFromRawFields(copy, &fields, &nfields))
	{
		Datum		values[2];
		bool		nulls[2] = {false, false};

		CHECK_FOR_INTERRUPTS();
		old = MemoryContextSwitchTo(each);
		values[0] = Int64GetDatum(line);
		values[1] = as_array(fields, nfields);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		MemoryContextSwitchTo(old);
		MemoryContextReset(each);
		line = copy->cur_lineno + 1;
	}
	MemoryContextDelete(each);
	/* COPY takes a line of \. alone for the end; nobody's rows are to be left out in silence */
	if (most >= 0 && (source.left > 0 || INPUT_BUF_BYTES(copy) > 0))
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("the list goes on after a line of \"\\.\" alone"),
				 errhint("Put the cell in quotes.")));
}

/*
 * kroles.csv_rows(csv, most): the records of the text, empty ones too, with the
 * lines that they begin on.  A cell that is empty is NULL, unless it is quoted.
 */
PG_FUNCTION_INFO_V1(kroles_csv_rows);
Datum
kroles_csv_rows(PG_FUNCTION_ARGS)
{
	ErrorContextCallback context;
	CopyFromState copy;
	Relation	rel;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	set_source(PG_GETARG_TEXT_PP(0));
	rel = table_open(kroles_table(KROLES_T_RIGHTS)->oid, AccessShareLock);
	copy = begin(rel);

	context.callback = say_line;
	context.arg = copy;
	context.previous = error_context_stack;
	error_context_stack = &context;
	read_records(copy, PG_ARGISNULL(1) ? PG_INT32_MAX : PG_GETARG_INT32(1), (ReturnSetInfo *) fcinfo->resultinfo);
	error_context_stack = context.previous;

	EndCopyFrom(copy);
	table_close(rel, AccessShareLock);
	return (Datum) 0;
}
