/*
 * placeholders.h
 *		Placeholders in plans, which stand for keys: see planner/placeholders.c.
 */
#ifndef KROLES_PLACEHOLDERS_H
#define KROLES_PLACEHOLDERS_H

#include "nodes/plannodes.h"

typedef struct KrolesFilling
{
	bool		execute;		/* false: under EXPLAIN without ANALYZE, no keys are collected */
	bool		complete;		/* false: some keys are not complete, so the plan must not run */
} KrolesFilling;

extern void kroles_fill_plan(Plan *plan, KrolesFilling *filling);
extern void kroles_show_placeholders(Plan *filled, Plan *original);

#endif
