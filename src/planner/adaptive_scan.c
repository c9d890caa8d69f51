/*
 * adaptive_scan.c
 *		The adaptive scan: a custom scan that selects one of several plans when it
 *		starts, by how much of the table the current subject sees.
 *
 * If the subject sees few of a million media, the index on the audience column
 * finds them fastest.  If the subject sees many, it is much faster to read the
 * table in the order of the query until there are enough rows; and if many of the
 * rows read so are drafts of others, what is published and the subject's drafts are
 * read apart and merged (planner/merged_paths.c).  PostgreSQL makes a plan for the
 * subject who is current at that time, but executes a generic plan for other subjects
 * as well.  So the plan contains all of them, and each execution selects the cheapest
 * (planner/choice.c).  A plan that reads the table in the order of the query is on
 * trial: if it has read far more rows than it should have needed, and returned none,
 * another one takes its place.
 *
 * All plans are PostgreSQL's own scans, each with the complete policy in its
 * filter, so the selection cannot change the result.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"

#include "core/compat.h"
#include "planner/adaptive_scan.h"
#include "planner/choice.h"
#include "planner/current_row.h"
#include "planner/planner.h"
#include "rls/filter.h"

/* ---- The plan ---- */

static CustomScanMethods scan_methods;

/* A node that stores a double, which is read without parsing. */
static Node *
make_double(double value)
{
	return (Node *) makeConst(FLOAT8OID, -1, InvalidOid, sizeof(float8), Float8GetDatum(value), false, FLOAT8PASSBYVAL);
}

static double
get_double(Node *node)
{
	return DatumGetFloat8(castNode(Const, node)->constvalue);
}

/* Packs the cost inputs into a list of nodes, so that they can be copied with the plan. */
static List *
pack_cost_inputs(const KrolesCostInputs *inputs)
{
	return list_make1(list_concat(list_make4(makeInteger((int) inputs->relid), makeInteger(inputs->attno),
											 make_double(inputs->tuples), make_double(inputs->startup)),
								  list_concat(list_make3(make_double(inputs->total), make_double(inputs->read),
														 make_double(inputs->rows)),
											  list_make3(make_double(inputs->rows_needed), makeInteger((int) inputs->index),
														 makeInteger(inputs->backward)))));
}

static KrolesCostInputs
unpack_cost_inputs(List *packed)
{
	List	   *items = linitial(packed);

	return (KrolesCostInputs) {
		.relid = (Oid) intVal(linitial(items)),
			.attno = intVal(lsecond(items)),
			.tuples = get_double(lthird(items)),
			.startup = get_double(lfourth(items)),
			.total = get_double(list_nth(items, 4)),
			.read = get_double(list_nth(items, 5)),
			.rows = get_double(list_nth(items, 6)),
			.rows_needed = get_double(list_nth(items, 7)),
			.index = (Oid) intVal(list_nth(items, 8)),
			.backward = intVal(list_nth(items, 9)) != 0
	};
}

/* PlanCustomPath: makes the plan from an adaptive path and the plans of its paths. */
static Plan *
plan_adaptive_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *tlist, List *clauses, List *plans)
{
	CustomScan *scan = makeNode(CustomScan);

	scan->scan.plan.targetlist = tlist;
	scan->scan.scanrelid = 0;
	scan->custom_scan_tlist = copyObject(((Plan *) linitial(plans))->targetlist);
	scan->custom_plans = plans;
	scan->custom_private = path->custom_private;
	scan->methods = &scan_methods;
	return &scan->scan.plan;
}

static const CustomPathMethods path_methods = {
	.CustomName = "Kroles Adaptive Scan",
	.PlanCustomPath = plan_adaptive_scan
};

/*
 * Makes the path of an adaptive scan from paths that return the same rows in the same
 * order; "merged" may be NULL.  It costs what the cheapest one costs for the current
 * subject.
 */
Path *
kroles_adaptive_path(RelOptInfo *rel, Path *ordinary, Path *audience_path, Path *merged, KrolesCostInputs inputs)
{
	CustomPath *path = makeNode(CustomPath);
	KrolesChoice choice;
	double		cost;

	inputs.startup = kroles_cost_with_penalties(ordinary, ordinary->startup_cost);
	inputs.total = kroles_cost_with_penalties(ordinary, ordinary->total_cost);
	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = rel->reltarget;
	path->path.rows = rel->rows;
	path->path.pathkeys = ordinary->pathkeys;
	path->path.startup_cost = ordinary->startup_cost;
	path->path.total_cost = ordinary->total_cost;
	choice = kroles_choose(&inputs, merged != NULL, &cost);
	if (choice != KROLES_ROW_BY_ROW)
		path->path.startup_cost = path->path.total_cost = cost;
	path->custom_paths = list_make2(ordinary, audience_path);
	if (merged != NULL)
		path->custom_paths = lappend(path->custom_paths, merged);
	KROLES_COPY_DISABLED_NODES(&path->path, (Path *) list_nth(path->custom_paths, choice));
	path->custom_private = pack_cost_inputs(&inputs);
	path->methods = &path_methods;
	return &path->path;
}

/* ---- Execution ---- */

typedef enum Phase
{
	STARTING,					/* no row was asked for since the start or a rescan */
	ON_TRIAL,					/* the selected plan reads within a budget */
	SELECTED					/* the selected plan stays */
} Phase;

typedef struct AdaptiveState
{
	CustomScanState css;
	KrolesCostInputs inputs;
	int			eflags;
	bool		by_choice;		/* false under EXPLAIN without ANALYZE */
	KrolesChoice choice;
	PlanState  *plan;			/* of the choice; the last of custom_ps */
	bool		stops;			/* it keeps to a budget */
	bool		shows_each_row; /* the current row must be shown anew for each row */
	Phase		phase;
	bool		returned;		/* it has returned a row since the start or a rescan */
	uint64		budget;
} AdaptiveState;

/* The number of plans that there are to select from. */
static int
number_of_plans(AdaptiveState *state)
{
	return list_length(((CustomScan *) state->css.ss.ps.plan)->custom_plans);
}

/* Initializes the plan of a choice, to be read from now on. */
static void
select_plan(AdaptiveState *state, KrolesChoice choice)
{
	CustomScan *scan = (CustomScan *) state->css.ss.ps.plan;
	EState	   *estate = state->css.ss.ps.state;
	MemoryContext old = MemoryContextSwitchTo(estate->es_query_cxt);

	state->choice = choice;
	state->plan = ExecInitNode(list_nth(scan->custom_plans, choice), estate, state->eflags);
	state->stops = kroles_speed_up_scan(state->plan);
	state->css.custom_ps = lappend(state->css.custom_ps, state->plan);
	state->shows_each_row = kroles_show_current_row(&state->css, state->plan);
	MemoryContextSwitchTo(old);
}

/* Decides, when the first row is asked for, whether the selected plan suits the subject and is on trial. */
static void
start_reading(AdaptiveState *state)
{
	/* another subject than the one it was selected for may be asking now */
	if (state->choice == KROLES_MERGED && !kroles_drafts_have_keys())
		select_plan(state, KROLES_ROW_BY_ROW);
	state->phase = SELECTED;
	if (state->choice != KROLES_ROW_BY_ROW || !state->stops)
		return;
	state->budget = kroles_walk_budget(&state->inputs, number_of_plans(state) > KROLES_MERGED);
	if (state->budget > 0)
		state->phase = ON_TRIAL;
}

/* The next row of a plan on trial.  If its budget is used up, another plan takes its place, unless it has returned a row. */
static TupleTableSlot *
next_on_trial(AdaptiveState *state)
{
	TupleTableSlot *slot;
	KrolesChoice choice;
	double		cost;

	slot = kroles_next_row(state->plan, &state->budget);
	if (!TupIsNull(slot))
	{
		state->returned = true;
		return slot;
	}
	state->phase = SELECTED;
	if (state->budget > 0)
		return slot;			/* the end */
	kroles_note_crowded(&state->inputs);
	choice = kroles_choose(&state->inputs, number_of_plans(state) > KROLES_MERGED, &cost);
	if (!state->returned && choice != KROLES_ROW_BY_ROW)
		select_plan(state, choice);
	return ExecProcNode(state->plan);
}

/* ExecCustomScan: the next row. */
static TupleTableSlot *
next_row(CustomScanState *node)
{
	AdaptiveState *state = (AdaptiveState *) node;
	TupleTableSlot *slot;

	if (unlikely(state->phase == STARTING))
		start_reading(state);
	slot = state->phase == ON_TRIAL ? next_on_trial(state) : ExecProcNode(state->plan);
	if (unlikely(state->shows_each_row))
		(void) kroles_show_current_row(node, state->plan);
	return slot;
}

/*
 * BeginCustomScan: starts the plan that is cheapest for the current subject.  Under
 * EXPLAIN without ANALYZE, starts all, so that all are shown.
 */
static void
begin_adaptive_scan(CustomScanState *node, EState *estate, int eflags)
{
	AdaptiveState *state = (AdaptiveState *) node;
	CustomScan *scan = (CustomScan *) node->ss.ps.plan;
	ListCell   *cell;
	double		cost;

	node->ss.ps.resultopsset = true;
	node->ss.ps.resultopsfixed = false;
	node->ss.ps.resultops = NULL;
	state->inputs = unpack_cost_inputs(scan->custom_private);
	state->eflags = eflags;
	if (!(eflags & EXEC_FLAG_EXPLAIN_ONLY))
	{
		state->by_choice = true;
		select_plan(state, kroles_choose(&state->inputs, number_of_plans(state) > KROLES_MERGED, &cost));
		return;
	}
	foreach(cell, scan->custom_plans)
		node->custom_ps = lappend(node->custom_ps, ExecInitNode(lfirst(cell), estate, eflags));
}

static void
end_adaptive_scan(CustomScanState *node)
{
	ListCell   *cell;

	foreach(cell, node->custom_ps)
		ExecEndNode(lfirst(cell));
}

static void
rescan_adaptive_scan(CustomScanState *node)
{
	AdaptiveState *state = (AdaptiveState *) node;

	if (node->ss.ps.chgParam != NULL)
		UpdateChangedParamSet(state->plan, node->ss.ps.chgParam);
	if (state->plan->chgParam == NULL)
		ExecReScan(state->plan);
	state->phase = STARTING;
	state->returned = false;
}

/* ExplainCustomScan: shows which plan was selected last. */
static void
explain_adaptive_scan(CustomScanState *node, List *ancestors, ExplainState *es)
{
	static const char *const names[] = {
		[KROLES_ROW_BY_ROW] = "row by row",
		[KROLES_BY_AUDIENCE] = "by audience",
		[KROLES_MERGED] = "published and own drafts"
	};

	if (((AdaptiveState *) node)->by_choice)
		ExplainPropertyText("Chosen", names[((AdaptiveState *) node)->choice], es);
}

static const CustomExecMethods exec_methods = {
	.CustomName = "Kroles Adaptive Scan",
	.BeginCustomScan = begin_adaptive_scan,
	.ExecCustomScan = next_row,
	.EndCustomScan = end_adaptive_scan,
	.ReScanCustomScan = rescan_adaptive_scan,
	.ExplainCustomScan = explain_adaptive_scan
};

static Node *
create_adaptive_state(CustomScan *scan)
{
	AdaptiveState *state = (AdaptiveState *) newNode(sizeof(AdaptiveState), T_CustomScanState);

	state->css.methods = &exec_methods;
	return (Node *) state;
}

static CustomScanMethods scan_methods = {
	.CustomName = "Kroles Adaptive Scan",
	.CreateCustomScanState = create_adaptive_state
};

/* Registers the custom scan, so that plans that contain it can be copied and read.  Called once per backend. */
void
kroles_adaptive_init(void)
{
	RegisterCustomScanMethods(&scan_methods);
}
