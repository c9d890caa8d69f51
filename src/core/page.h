/*
 * page.h
 *		A page of an answer that may be long: what comes after an id, up to so
 *		many rows.
 */
#ifndef KROLES_PAGE_H
#define KROLES_PAGE_H

#include "fmgr.h"
#include "nodes/execnodes.h"
#include "utils/builtins.h"

typedef struct KrolesPage
{
	bool		whole;			/* from the very first row */
	int64		from;			/* the lowest id that may be on it */
	int64		left;			/* rows that are still wanted; 0 when it is done */
	ReturnSetInfo *result;
} KrolesPage;

extern void kroles_open_page(KrolesPage *page, FunctionCallInfo fcinfo, int after, int max_rows);
extern void kroles_page_passed(KrolesPage *page, int64 id);
extern void kroles_put_row(KrolesPage *page, Datum *values, bool *nulls);

#endif
