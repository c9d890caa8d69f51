/*
 * planner.h
 *		Planner support for queries on protected tables.
 *
 *		planner/planner.c  the planner hooks
 *		planner/estimate.c the fraction of a table that the current subject sees
 *		planner/own_functions.c
 *						   which functions are the extension's own
 *		planner/search.c, planner/search_operand.c, planner/indexed_expression.c,
 *		planner/fixed_columns.c, planner/vetted_operators.c, planner/vetted_types.c
 *						   searches by their indexes
 *		planner/search_estimate.c
 *						   how many rows searches find
 *		planner/support.c  cost, selectivity and index condition of kroles.audience_can()
 *		planner/key_conditions.c, planner/key_fraction.c, planner/placeholders.c,
 *		planner/keyed_choice.c, planner/keyed_scan.c, planner/keyed_paths.c
 *						   the keyed scan, which finds rows by the ids that a subject may see
 *		planner/adaptive_scan.c, planner/adaptive_paths.c
 *						   the adaptive scan, which selects its plan when it starts
 *		planner/table_scan.c
 *						   a faster Seq Scan and Index Scan for it
 *		planner/barrier_views.c
 *						   joins with kroles.people by index
 *		planner/merged_paths.c
 *						   paths for it that leave out the drafts of others
 */
#ifndef KROLES_PLANNER_H
#define KROLES_PLANNER_H

#include "nodes/pathnodes.h"

extern Expr *kroles_index_condition(Node *audience, Oid opfamily);
extern Expr *kroles_keys_condition(Node *audience, Oid opfamily, Expr *keys);
extern Expr *kroles_draft_keys_call(void);
extern Var *kroles_policy_audience(Node *clause);
extern void kroles_adaptive_init(void);
extern void kroles_adaptive_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte);
extern Cost kroles_cost_with_penalties(const Path *path, Cost cost);
extern bool kroles_can_be_sorted(RelOptInfo *rel, List *pathkeys);
extern void kroles_keyed_paths(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte);
extern void kroles_open_views(Query *query);
extern void kroles_planner_init(void);
extern bool kroles_supports_choice(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte);
extern double kroles_rows_needed(PlannerInfo *root, RelOptInfo *rel);
extern void kroles_estimate_searches(PlannerInfo *root, List *policy_args);
extern void kroles_search_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte);

#endif
