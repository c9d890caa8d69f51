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
#include "miscadmin.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/guc.h"

#include "planner/planner.h"
#include "statement/foreign_code.h"

static set_rel_pathlist_hook_type previous_hook = NULL;
static planner_hook_type previous_planner = NULL;

static void
add_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	if (previous_hook != NULL)
		previous_hook(root, rel, rti, rte);
	kroles_search_paths(root, rel, rti, rte);
	kroles_adaptive_paths(root, rel, rti, rte);
}

/*
 * A plan that PostgreSQL prints shows the bytes of its constants.  What a role
 * that policies hold back is handed, an audience say, becomes a constant of its
 * next plan; so its plans are not printed.
 */
static void
keep_from_printing(void)
{
	if (!Debug_print_plan || has_bypassrls_privilege(GetUserId()))
		return;
	(void) set_config_option("debug_print_plan", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SET, true, 0, false);
	ereport(WARNING,
			(errmsg("debug_print_plan is switched off"),
			 errdetail("Plans show values that are not shown to roles which row-level security holds back."),
			 errhint("Use EXPLAIN.")));
}

static PlannedStmt *
call_planner(Query *query, const char *text, int options, ParamListInfo parameters)
{
	return previous_planner != NULL ? previous_planner(query, text, options, parameters) :
		standard_planner(query, text, options, parameters);
}

static PlannedStmt *
plan_query(Query *query, const char *text, int options, ParamListInfo parameters)
{
	PlannedStmt *volatile plan = NULL;
	KrolesForeignScope scope;

	kroles_foreign_code_enter(&scope);
	PG_TRY();
	{
		plan = call_planner(query, text, options, parameters);
	}
	PG_FINALLY();
	{
		kroles_foreign_code_leave(&scope, plan == NULL);
	}
	PG_END_TRY();
	keep_from_printing();
	return plan;
}

void
kroles_planner_init(void)
{
	kroles_adaptive_init();
	previous_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = add_paths;
	previous_planner = planner_hook;
	planner_hook = plan_query;
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
