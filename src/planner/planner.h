/*
 * planner.h
 *		Planner support for queries on protected tables.
 *
 *		planner/planner.c  the planner hooks
 *		planner/estimate.c the fraction of a table that the current subject sees
 *		planner/search.c, planner/search_operand.c, planner/indexed_expression.c,
 *		planner/vetted_operators.c, planner/vetted_types.c
 *						   searches by their indexes
 *		planner/search_estimate.c
 *						   how many rows searches find
 *		planner/support.c  cost, selectivity and index condition of kroles.audience_can()
 *		planner/adaptive_scan.c, planner/adaptive_paths.c
 *						   the adaptive scan, which selects its plan when it starts
 */
#ifndef KROLES_PLANNER_H
#define KROLES_PLANNER_H

#include "nodes/pathnodes.h"

extern Expr *kroles_index_condition(Node *audience, Oid opfamily);
extern Var *kroles_policy_audience(Node *clause);
extern void kroles_adaptive_init(void);
extern void kroles_adaptive_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte);
extern void kroles_planner_init(void);
extern void kroles_estimate_searches(PlannerInfo *root, List *policy_args);
extern void kroles_search_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte);

#endif
