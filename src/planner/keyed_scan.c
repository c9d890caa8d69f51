/*
 * keyed_scan.c
 *		The keyed scan: a custom scan that runs one of two plans, by what the current
 *		subject may see.
 *
 * The "ordinary" plan reads the rows as PostgreSQL would.  The "keyed" plan reads
 * only rows that have one of the subject's keys (rls/keys.h), by indexes on the
 * columns that hold them.  Both have the complete policy in their filters, so the
 * choice cannot change the result, except that keys must be complete.
 *
 * If the query names the space whose rows it wants, that space is the "gate": where
 * the subject has a right there, rows are visible without keys, and the ordinary plan
 * runs; where it has none, the keyed plan finds the few that are visible all the same.
 * The gate may be another one in each rescan.  Without a gate, the choice is made
 * once, when the scan starts, by the number of keys and the statistics of the columns.
 *
 * The keyed plan holds placeholders.  When it starts, a copy of it is made that holds
 * the keys of the current subject, so a plan that was made for one subject is right
 * for every other.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "nodes/extensible.h"
#include "nodes/nodeFuncs.h"

#include "core/compat.h"
#include "planner/current_row.h"
#include "planner/keyed_scan.h"
#include "planner/placeholders.h"
#include "planner/planner.h"
#include "rls/filter.h"

/* ---- The plan ---- */

static CustomScanMethods scan_methods;

/* PlanCustomPath: makes the plan from a keyed path and the plans of its two paths. */
static Plan *
plan_keyed_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *tlist, List *clauses, List *plans)
{
	CustomScan *scan = makeNode(CustomScan);

	scan->scan.plan.targetlist = tlist;
	scan->scan.scanrelid = 0;
	scan->custom_scan_tlist = copyObject(((Plan *) linitial(plans))->targetlist);
	scan->custom_plans = plans;
	scan->custom_private = linitial(path->custom_private);
	scan->custom_exprs = copyObject(lsecond(path->custom_private));
	scan->methods = &scan_methods;
	return &scan->scan.plan;
}

static const CustomPathMethods path_methods = {
	.CustomName = "Kroles Keyed Scan",
	.PlanCustomPath = plan_keyed_scan
};

/*
 * Makes the path of a keyed scan from two paths that have the same order and
 * parameters.  Without a gate, it costs what the current subject's choice does.
 */
Path *
kroles_keyed_path(RelOptInfo *rel, Path *ordinary, Path *keyed, const KrolesKeyedChoice *choice)
{
	CustomPath *path = makeNode(CustomPath);
	List	   *packed = kroles_pack_choice(choice, ordinary);
	double		cost;

	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = rel->reltarget;
	path->path.param_info = ordinary->param_info;
	path->path.rows = ordinary->rows;
	path->path.pathkeys = ordinary->pathkeys;
	path->path.startup_cost = ordinary->startup_cost;
	path->path.total_cost = ordinary->total_cost;
	KROLES_COPY_DISABLED_NODES(&path->path, ordinary);
	if (choice->gate == NULL)
	{
		KrolesStoredChoice stored = kroles_unpack_choice(packed);

		if (kroles_keys_are_cheaper(&stored, &cost))
		{
			path->path.startup_cost = path->path.total_cost = cost;
			KROLES_COPY_DISABLED_NODES(&path->path, keyed);
		}
	}
	path->custom_paths = list_make2(ordinary, keyed);
	path->custom_private = list_make2(packed, choice->gate == NULL ? NIL : list_make1(choice->gate));
	path->methods = &path_methods;
	return &path->path;
}

/* ---- Execution ---- */

typedef enum Choice
{
	ORDINARY,
	KEYED,
	UNDECIDED
} Choice;

typedef struct KeyedState
{
	CustomScanState css;
	int			eflags;
	KrolesStoredChoice choice;
	ExprState  *gate;			/* NULL: there is none */
	Oid			gate_type;
	PlanState  *plans[2];		/* ORDINARY and KEYED; NULL until chosen */
	Choice		current;
	uint64		times[2];		/* how often each was chosen */
	bool		shows_each_row; /* the current row must be shown anew for each row */
} KeyedState;

/* Initializes a plan as the chosen one. */
static void
start_plan(KeyedState *state, Choice which, Plan *plan)
{
	state->plans[which] = ExecInitNode(plan, state->css.ss.ps.state, state->eflags);
	state->css.custom_ps = lappend(state->css.custom_ps, state->plans[which]);
}

/*
 * Initializes the keyed plan with the keys of the current subject, if it is not yet.
 * False if it must not run, because the keys have changed meanwhile.
 */
static bool
start_keyed(KeyedState *state)
{
	CustomScan *scan = (CustomScan *) state->css.ss.ps.plan;
	KrolesFilling filling = {!(state->eflags & EXEC_FLAG_EXPLAIN_ONLY), true};
	Plan	   *plan;

	if (state->plans[KEYED] != NULL)
		return true;
	plan = copyObject(list_nth(scan->custom_plans, KEYED));
	kroles_fill_plan(plan, &filling);
	if (filling.execute && (!filling.complete || !kroles_keys_serve()))
		return false;
	start_plan(state, KEYED, plan);
	kroles_show_placeholders(plan, list_nth(scan->custom_plans, KEYED));
	return true;
}

static void
start_ordinary(KeyedState *state)
{
	CustomScan *scan = (CustomScan *) state->css.ss.ps.plan;

	if (state->plans[ORDINARY] == NULL)
		start_plan(state, ORDINARY, list_nth(scan->custom_plans, ORDINARY));
}

/* Whether the gate is open: the subject has a right on the space that shows rows there without keys. */
static bool
gate_is_open(KeyedState *state)
{
	ExprContext *context = state->css.ss.ps.ps_ExprContext;
	bool		isnull;
	Datum		value;
	int64		id;

	ResetExprContext(context);
	value = ExecEvalExprSwitchContext(state->gate, context, &isnull);
	if (isnull)
		return true;			/* no row has it, which the ordinary plan finds out at once */
	id = state->gate_type == INT8OID ? DatumGetInt64(value) :
		state->gate_type == INT4OID ? DatumGetInt32(value) : DatumGetInt16(value);
	return (kroles_filter_space(id) & state->choice.gate.rights) != 0;
}

/* Whether this scan is to run the keyed plan. */
static bool
prefers_keys(KeyedState *state)
{
	double		cost;

	if (state->gate == NULL)
		return kroles_keys_are_cheaper(&state->choice, &cost);
	return !gate_is_open(state) && (state->plans[KEYED] != NULL || kroles_keys_are_few(&state->choice));
}

/* Chooses the plan for this scan, and makes sure that it is initialized. */
static void
choose(KeyedState *state)
{
	MemoryContext old = MemoryContextSwitchTo(state->css.ss.ps.ps_ExprContext->ecxt_per_tuple_memory);
	bool		keyed = prefers_keys(state);

	MemoryContextSwitchTo(state->css.ss.ps.state->es_query_cxt);
	state->current = keyed && start_keyed(state) ? KEYED : ORDINARY;
	if (state->current == ORDINARY)
		start_ordinary(state);
	state->times[state->current]++;
	state->shows_each_row = kroles_show_current_row(&state->css, state->plans[state->current]);
	MemoryContextSwitchTo(old);
}

/*
 * BeginCustomScan.  Without a gate, chooses now; with one, when the first row is
 * wanted.  Under EXPLAIN without ANALYZE, starts both plans, so that both are shown.
 */
static void
begin_keyed_scan(CustomScanState *node, EState *estate, int eflags)
{
	KeyedState *state = (KeyedState *) node;
	CustomScan *scan = (CustomScan *) node->ss.ps.plan;

	node->ss.ps.resultopsset = true;
	node->ss.ps.resultopsfixed = false;
	node->ss.ps.resultops = NULL;
	state->eflags = eflags;
	state->current = UNDECIDED;
	state->choice = kroles_unpack_choice(scan->custom_private);
	if (scan->custom_exprs != NIL)
	{
		state->gate = ExecInitExpr(linitial(scan->custom_exprs), &node->ss.ps);
		state->gate_type = exprType(linitial(scan->custom_exprs));
	}
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
	{
		start_ordinary(state);
		(void) start_keyed(state);
	}
	else if (state->gate == NULL)
		choose(state);
}

static TupleTableSlot *
next_row(CustomScanState *node)
{
	KeyedState *state = (KeyedState *) node;
	TupleTableSlot *slot;

	if (unlikely(state->current == UNDECIDED))
		choose(state);
	slot = ExecProcNode(state->plans[state->current]);
	if (unlikely(state->shows_each_row))
		(void) kroles_show_current_row(node, state->plans[state->current]);
	return slot;
}

static void
end_keyed_scan(CustomScanState *node)
{
	ListCell   *cell;

	foreach(cell, node->custom_ps)
		ExecEndNode(lfirst(cell));
}

static void
rescan_keyed_scan(CustomScanState *node)
{
	KeyedState *state = (KeyedState *) node;
	ListCell   *cell;

	foreach(cell, node->custom_ps)
	{
		PlanState  *plan = lfirst(cell);

		if (node->ss.ps.chgParam != NULL)
			UpdateChangedParamSet(plan, node->ss.ps.chgParam);
		if (plan->chgParam == NULL)
			ExecReScan(plan);
	}
	if (state->gate != NULL)
		state->current = UNDECIDED;
}

/* ExplainCustomScan: shows which plan was chosen. */
static void
explain_keyed_scan(CustomScanState *node, List *ancestors, ExplainState *es)
{
	KeyedState *state = (KeyedState *) node;

	if (state->times[ORDINARY] > 0 && state->times[KEYED] > 0)
		ExplainPropertyText("Chosen", "row by row, and by keys", es);
	else if (state->times[ORDINARY] + state->times[KEYED] > 0)
		ExplainPropertyText("Chosen", state->times[KEYED] > 0 ? "by keys" : "row by row", es);
}

static const CustomExecMethods exec_methods = {
	.CustomName = "Kroles Keyed Scan",
	.BeginCustomScan = begin_keyed_scan,
	.ExecCustomScan = next_row,
	.EndCustomScan = end_keyed_scan,
	.ReScanCustomScan = rescan_keyed_scan,
	.ExplainCustomScan = explain_keyed_scan
};

static Node *
create_keyed_state(CustomScan *scan)
{
	KeyedState *state = (KeyedState *) newNode(sizeof(KeyedState), T_CustomScanState);

	state->css.methods = &exec_methods;
	return (Node *) state;
}

static CustomScanMethods scan_methods = {
	.CustomName = "Kroles Keyed Scan",
	.CreateCustomScanState = create_keyed_state
};

/* Registers the custom scan, so that plans that contain it can be copied and read.  Called once per backend. */
void
kroles_keyed_init(void)
{
	RegisterCustomScanMethods(&scan_methods);
}
