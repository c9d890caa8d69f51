/*
 * planner.h
 *		What we do while PostgreSQL plans a query on protected tables.
 *
 *		planner.c  the hook, and the consumers it serves
 *		search.c   full-text and trigram search through their indexes
 */
#ifndef KROLES_PLANNER_H
#define KROLES_PLANNER_H

#include "nodes/pathnodes.h"

extern void kroles_planner_init(void);
extern void kroles_search_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte);

#endif
