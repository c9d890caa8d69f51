/*
 * fixed_columns.h
 *		Columns that have one value in all rows that a search finds: see planner/fixed_columns.c.
 */
#ifndef KROLES_FIXED_COLUMNS_H
#define KROLES_FIXED_COLUMNS_H

#include "nodes/pathnodes.h"

extern List *kroles_fix_columns(PlannerInfo *root, RelOptInfo *rel, List *searches);
extern void kroles_release_columns(List *fixed);

#endif
