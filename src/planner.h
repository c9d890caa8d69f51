/*
 * planner.h
 *		What we do while PostgreSQL plans a query on protected tables.
 *
 *		planner.c  the hook, and the consumers it serves
 *		search.c   full-text and trigram search through their indexes
 *		support.c  what kroles.audience_can() costs, and its index
 */
#ifndef KROLES_PLANNER_H
#define KROLES_PLANNER_H

#include "nodes/pathnodes.h"

extern Expr *kroles_index_condition(Node *audience, Oid opfamily);
extern void kroles_planner_init(void);
extern void kroles_search_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte);

#endif
