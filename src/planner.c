/*
 * planner.c
 *		The hook into PostgreSQL's planner, and the consumers it serves.
 *
 * It is called once for each relation that a query scans, after PostgreSQL has
 * found its own ways to scan it; ours can only be added.  An error here would
 * end queries that are none of our business, so consumers raise none but what
 * asking who asks does: a token that is not valid fails while planning already.
 */
#include "postgres.h"

#include "fmgr.h"
#include "optimizer/paths.h"

#include "planner.h"

static set_rel_pathlist_hook_type previous_hook = NULL;

static void
add_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	if (previous_hook != NULL)
		previous_hook(root, rel, rti, rte);
	kroles_search_paths(root, rel, rti, rte);
	kroles_choice_paths(root, rel, rti, rte);
}

void
kroles_planner_init(void)
{
	kroles_choice_init();
	previous_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = add_paths;
}

/*
 * kroles.policy_support(internal): the support function of what policies ask.
 * It has no opinion.  But PostgreSQL asks it while it simplifies a query's
 * conditions, before any path is made, and that loads this library: so a
 * session's very first query is planned with our hook, too.
 */
PG_FUNCTION_INFO_V1(kroles_policy_support);
Datum
kroles_policy_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(NULL);
}
