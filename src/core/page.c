/*
 * page.c
 *		Pages of set-returning functions.
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/tuplestore.h"

#include "core/page.h"

/*
 * Starts a page.  "after" and "max_rows" are numbers of arguments (0: none): a
 * null "after" starts at the first row, a null "max_rows" means no limit.
 */
void
kroles_open_page(KrolesPage *page, FunctionCallInfo fcinfo, int after, int max_rows)
{
	*page = (KrolesPage) {.whole = true, .from = PG_INT64_MIN, .left = PG_INT64_MAX};
	if (max_rows > 0 && !PG_ARGISNULL(max_rows))
		page->left = PG_GETARG_INT32(max_rows);
	if (page->left < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of rows must not be negative")));
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	page->result = (ReturnSetInfo *) fcinfo->resultinfo;
	if (after > 0 && !PG_ARGISNULL(after))
	{
		page->whole = false;
		kroles_page_passed(page, PG_GETARG_INT64(after));
	}
}

/* Continues the page after that id; ends it if no id can follow. */
void
kroles_page_passed(KrolesPage *page, int64 id)
{
	if (id == PG_INT64_MAX)
		page->left = 0;
	else
		page->from = id + 1;
}

/* Adds a row to the page, copying the values. */
void
kroles_put_row(KrolesPage *page, Datum *values, bool *nulls)
{
	tuplestore_putvalues(page->result->setResult, page->result->setDesc, values, nulls);
	page->left--;
}
