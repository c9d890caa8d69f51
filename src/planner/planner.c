/*
 * planner.c
 *		The hooks into PostgreSQL's planner.
 *
 * PostgreSQL calls set_rel_pathlist_hook once for each relation that a query
 * scans, after it has added its own paths.  An error there would fail queries that
 * do not concern kroles.  So the functions called from it raise none, except if
 * the current subject cannot be determined: an invalid token fails as early as
 * planning.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/guc.h"

#include "core/compat.h"
#include "planner/keyed_scan.h"
#include "planner/own_functions.h"
#include "planner/planner.h"
#include "statement/foreign_code.h"
#include "statement/running.h"

static set_rel_pathlist_hook_type previous_hook = NULL;
static planner_hook_type previous_planner = NULL;

/* set_rel_pathlist_hook: adds the paths of kroles to those of a relation. */
static void
add_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	if (previous_hook != NULL)
		previous_hook(root, rel, rti, rte);
	kroles_search_paths(root, rel, rti, rte);
	kroles_adaptive_paths(root, rel, rti, rte);
	kroles_keyed_paths(root, rel, rte);
}

/*
 * Switches debug_print_plan off for a role that is subject to row-level security.
 * A printed plan shows the bytes of its constants, and a value that the role can
 * pass on but not read, such as an audience, becomes a constant of the role's next
 * plan.
 */
static void
disable_plan_printing(void)
{
	if (!Debug_print_plan || has_bypassrls_privilege(GetUserId()))
		return;
	(void) set_config_option("debug_print_plan", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SET, true, 0, false);
	ereport(WARNING,
			(errmsg("debug_print_plan has been switched off"),
			 errdetail("Printed plans contain values that must not be shown to roles that are subject to row-level security."),
			 errhint("Use EXPLAIN instead.")));
}

static PlannedStmt *
call_planner(KROLES_PLANNER_PARAMETERS)
{
	return previous_planner != NULL ? KROLES_CALL_PLANNER(previous_planner) : KROLES_CALL_PLANNER(standard_planner);
}

/* planner_hook: plans a query, the one of a foreign key's action in a scope of foreign code (statement/foreign_code.c). */
static PlannedStmt *
plan_query(KROLES_PLANNER_PARAMETERS)
{
	PlannedStmt *volatile plan = NULL;
	KrolesRun  *outer;
	KrolesForeignScope scope;

	kroles_foreign_code_enter(&scope);
	outer = kroles_begin_preparing();
	PG_TRY();
	{
		kroles_open_views(query);
		plan = KROLES_CALL_PLANNER(call_planner);
	}
	PG_FINALLY();
	{
		kroles_end_preparing(outer);
		kroles_foreign_code_leave(&scope, plan == NULL);
	}
	PG_END_TRY();
	disable_plan_printing();
	return plan;
}

/* Installs the hooks.  Called once per backend. */
void
kroles_planner_init(void)
{
	kroles_adaptive_init();
	kroles_keyed_init();
	kroles_own_functions_init();
	previous_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = add_paths;
	previous_planner = planner_hook;
	planner_hook = plan_query;
}
