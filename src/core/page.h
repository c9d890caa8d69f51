/*
 * page.h
 *		Pages of set-returning functions: the rows after an id, up to a limit.
 */
#ifndef KROLES_PAGE_H
#define KROLES_PAGE_H

#include "fmgr.h"
#include "nodes/execnodes.h"
#include "utils/builtins.h"

typedef struct KrolesPage
{
	bool		whole;			/* starts at the first row */
	int64		from;			/* the lowest id that may be on it */
	int64		left;			/* rows still wanted; 0: the page is complete */
	ReturnSetInfo *result;
} KrolesPage;

extern void kroles_open_page(KrolesPage *page, FunctionCallInfo fcinfo, int after, int max_rows);
extern void kroles_page_passed(KrolesPage *page, int64 id);
extern void kroles_put_row(KrolesPage *page, Datum *values, bool *nulls);

#endif
