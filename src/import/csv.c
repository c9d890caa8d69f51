/*
 * csv.c
 *		Reading comma-separated values (RFC 4180) as rows.
 *
 * PostgreSQL's COPY parses the text, so quotes, line ends and encodings are treated
 * as COPY does.
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
#include "utils/tuplestore.h"

#include "core/compat.h"
#include "import/blanks.h"
#include "store/catalog.h"

/* The unread part of the text.  Static, because COPY passes no argument to its data source callback. */
static struct
{
	const char *next;
	size_t		left;
}			source;

/* COPY's data source callback. */
static int
read_source(void *buffer, int minread, int maxread)
{
	int			n = Min((size_t) maxread, source.left);

	memcpy(buffer, source.next, n);
	source.next += n;
	source.left -= n;
	return n;
}

/*
 * Cuts the lines that begin with "#" down to that character: a comment may have
 * quotes, which COPY would take for the beginning of a cell of several lines.
 * Blanks may stand before the "#".  Writes over the text.
 */
static void
cut_comments(char *text, size_t *length)
{
	char	   *end = text + *length;
	char	   *to = text;
	bool		in_quotes = false;
	bool		in_comment = false;
	bool		at_start = true;	/* of a line that is not within quotes */

	for (char *from = text; from < end; from++)
	{
		if (at_start)
		{
			char	   *p = from;
			int			blank;

			while (p < end && *p != '\n' && *p != '\r' && (blank = kroles_blank_length(p, end)) > 0)
				p += blank;
			at_start = false;
			if (p < end && *p == '#')
			{
				*to++ = '#';
				in_comment = true;
			}
		}
		if (*from == '"' && !in_comment)
			in_quotes = !in_quotes;
		if ((*from == '\n' || *from == '\r') && !in_quotes)
		{
			in_comment = false;
			at_start = true;
		}
		if (!in_comment)
			*to++ = *from;
	}
	*length = to - text;
}

/*
 * Makes the text the source, without byte order marks at the beginning, without
 * what stands in comments, and without a carriage return at the end of a text of
 * several lines: psql removes the newline at the end of what `cat` prints, but not
 * a carriage return before it.
 */
static void
set_source(text *csv)
{
	size_t		length = VARSIZE_ANY_EXHDR(csv);
	char	   *copy = MemoryContextAllocHuge(CurrentMemoryContext, length + 1);

	memcpy(copy, VARDATA_ANY(csv), length);
	source.next = copy;
	while (GetDatabaseEncoding() == PG_UTF8 && length >= 3 && memcmp(source.next, "\xEF\xBB\xBF", 3) == 0)
	{
		source.next += 3;
		length -= 3;
	}
	cut_comments(unconstify(char *, source.next), &length);
	source.left = length;
	if (source.left > 0 && source.next[source.left - 1] == '\r' && memchr(source.next, '\n', source.left) != NULL)
		source.left--;
}

/* Error context callback: the line at which an error was found. */
static void
add_line_context(void *copy)
{
	errcontext("line %llu of the list", (unsigned long long) ((CopyFromState) copy)->cur_lineno);
}

/* Starts COPY.  It needs a relation for its columns, but any will do to read raw fields. */
static CopyFromState
begin_csv(Relation rel)
{
	List	   *options = list_make2(makeDefElem("format", (Node *) makeString("csv"), -1),
									 makeDefElem("encoding", (Node *) makeString(unconstify(char *, GetDatabaseEncodingName())), -1));

	return BeginCopyFrom(NULL, rel, NULL, NULL, false, read_source, NIL, options);
}

/* The fields as a text[]; in the current memory context. */
static Datum
fields_array(char **fields, int nfields)
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

/* Reads at most that many records into the result, each with the number of its first line. */
static void
read_records(CopyFromState copy, int max_records, ReturnSetInfo *result)
{
	MemoryContext row_context = AllocSetContextCreate(CurrentMemoryContext, "kroles list", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	uint64		line = copy->cur_lineno + 1;
	char	  **fields;
	int			nfields;

	while (max_records-- > 0 && NextCopyFromRawFields(copy, &fields, &nfields))
	{
		Datum		values[2];
		bool		nulls[2] = {false, false};

		CHECK_FOR_INTERRUPTS();
		old = MemoryContextSwitchTo(row_context);
		values[0] = Int64GetDatum(line);
		values[1] = fields_array(fields, nfields);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		MemoryContextSwitchTo(old);
		MemoryContextReset(row_context);
		line = copy->cur_lineno + 1;
	}
	MemoryContextDelete(row_context);
	/* COPY ends at a line that is only "\."; the rest must not be ignored silently */
	if (max_records >= 0 && (source.left > 0 || INPUT_BUF_BYTES(copy) > 0))
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("the list continues after a line that is only \"\\.\""),
				 errhint("Put the cell in quotes.")));
}

/*
 * kroles.csv_rows(csv, most): the first records of the text, empty ones too, each
 * with the number of its first line.  An empty cell is null unless it is quoted.
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
	copy = begin_csv(rel);

	context.callback = add_line_context;
	context.arg = copy;
	context.previous = error_context_stack;
	error_context_stack = &context;
	read_records(copy, PG_ARGISNULL(1) ? PG_INT32_MAX : PG_GETARG_INT32(1), (ReturnSetInfo *) fcinfo->resultinfo);
	error_context_stack = context.previous;

	EndCopyFrom(copy);
	table_close(rel, AccessShareLock);
	return (Datum) 0;
}
