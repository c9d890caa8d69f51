/*
 * planner.h
 *		What we do while PostgreSQL plans a query on protected tables.
 *
 *		planner/planner.c  the hook, and the consumers it serves
 *		planner/search.c   full-text and trigram search through their indexes
 *		planner/support.c  what kroles.audience_can() costs, and its index
 *		planner/adaptive_scan.c, planner/adaptive_paths.c   a scan that chooses when it runs
 */
#ifndef KROLES_PLANNER_H
#define KROLES_PLANNER_H

#include "nodes/pathnodes.h"

extern Expr *kroles_index_condition(Node *audience, Oid opfamily);
extern Var *kroles_policy_audience(Node *clause);
extern void kroles_adaptive_init(void);
extern void kroles_adaptive_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte);
extern void kroles_planner_init(void);
extern void kroles_search_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte);

#endif
