/*
 * adaptive_scan.c
 *		The adaptive scan: a custom scan that selects one of two plans when it
 *		starts, by how much of the table the current subject sees.
 *
 * If the subject sees few of a million media, the index on the audience column
 * finds them fastest.  If the subject sees many, it is much faster to read the
 * table in the order of the query until there are enough rows.  PostgreSQL makes
 * a plan for the subject who is current at that time, but executes a generic plan
 * for other subjects as well.  So the plan contains both, and each execution
 * selects the cheaper one.
 *
 * Both plans are PostgreSQL's own scans, each with the complete policy in its
 * filter, so the selection cannot change the result.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"

#include "audience/audience.h"
#include "planner/adaptive_scan.h"
#include "planner/estimate.h"
#include "planner/planner.h"
#include "rls/filter.h"

/* The cost of the index: for each row that it finds, and for each key that is looked up in it. */
#define COST_PER_ROW 0.4
#define COST_PER_KEY 0.5

/* A subject who sees fewer audiences of the sample sees too few for a reliable estimate. */
#define FEWEST_RELIABLE 4

/* Whether the audience path is the cheaper one for the current subject.  *cost is the cost of the cheaper path. */
static bool
index_is_cheaper(const KrolesCostInputs *inputs, double *cost)
{
	KrolesIndexKeys keys = kroles_open_index_keys(kroles_current_index_keys());
	double		fraction;
	double		ordinary_cost = inputs->total;
	double		index_cost;

	*cost = ordinary_cost;
	if (keys.everything)
		return false;
	index_cost = keys.n * COST_PER_KEY;
	fraction = kroles_visible_fraction(inputs->relid, inputs->attno);
	index_cost += fraction * inputs->tuples * COST_PER_ROW;

	/*
	 * If the subject sees few audiences of the sample, the real fraction may be
	 * far smaller.  Then the ordinary path would read most of the table before it
	 * has the rows that the query needs.  So assume a smaller fraction.
	 */
	if (fraction * KROLES_SAMPLE_SIZE < FEWEST_RELIABLE)
		fraction *= fraction * KROLES_SAMPLE_SIZE / (2 * FEWEST_RELIABLE);
	if (inputs->rows_needed > 0 && inputs->rows_needed < inputs->rows * fraction)
		ordinary_cost = inputs->startup +
			(ordinary_cost - inputs->startup) * inputs->rows_needed / (inputs->rows * fraction);
	*cost = Min(index_cost, ordinary_cost);
	return index_cost < ordinary_cost;
}

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
								  list_make3(make_double(inputs->total), make_double(inputs->rows),
											 make_double(inputs->rows_needed))));
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
			.rows = get_double(list_nth(items, 5)),
			.rows_needed = get_double(list_nth(items, 6))
	};
}

/* PlanCustomPath: makes the plan from an adaptive path and the plans of its two paths. */
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
 * Makes the path of an adaptive scan from two paths that return the same rows in
 * the same order.  It costs what the cheaper one costs for the current subject.
 */
Path *
kroles_adaptive_path(RelOptInfo *rel, Path *ordinary, Path *audience_path, KrolesCostInputs inputs)
{
	CustomPath *path = makeNode(CustomPath);
	double		cost;

	inputs.startup = ordinary->startup_cost;
	inputs.total = ordinary->total_cost;
	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = rel->reltarget;
	path->path.rows = rel->rows;
	path->path.pathkeys = ordinary->pathkeys;
	path->path.startup_cost = ordinary->startup_cost;
	path->path.total_cost = ordinary->total_cost;
	if (index_is_cheaper(&inputs, &cost))
		path->path.startup_cost = path->path.total_cost = cost;
	path->custom_paths = list_make2(ordinary, audience_path);
	path->custom_private = pack_cost_inputs(&inputs);
	path->methods = &path_methods;
	return &path->path;
}

/* ---- Execution ---- */

typedef struct AdaptiveState
{
	CustomScanState css;
	bool		selected;		/* false under EXPLAIN without ANALYZE */
	bool		by_index;		/* the audience path was selected */
} AdaptiveState;

static TupleTableSlot *
next_row(CustomScanState *node)
{
	return ExecProcNode(linitial(node->custom_ps));
}

/*
 * BeginCustomScan: starts the plan that is cheaper for the current subject.  Under
 * EXPLAIN without ANALYZE, starts both, so that both are shown.
 */
static void
begin_adaptive_scan(CustomScanState *node, EState *estate, int eflags)
{
	AdaptiveState *state = (AdaptiveState *) node;
	CustomScan *scan = (CustomScan *) node->ss.ps.plan;
	KrolesCostInputs inputs = unpack_cost_inputs(scan->custom_private);
	double		cost;

	node->ss.ps.resultopsset = true;
	node->ss.ps.resultopsfixed = false;
	node->ss.ps.resultops = NULL;
	if (!(eflags & EXEC_FLAG_EXPLAIN_ONLY))
	{
		state->by_index = index_is_cheaper(&inputs, &cost);
		state->selected = true;
		node->custom_ps = list_make1(ExecInitNode(list_nth(scan->custom_plans, state->by_index ? 1 : 0), estate, eflags));
		kroles_speed_up_scan(linitial(node->custom_ps));
		return;
	}
	node->custom_ps = list_make2(ExecInitNode(linitial(scan->custom_plans), estate, eflags),
								 ExecInitNode(lsecond(scan->custom_plans), estate, eflags));
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
	PlanState  *plan = linitial(node->custom_ps);

	if (node->ss.ps.chgParam != NULL)
		UpdateChangedParamSet(plan, node->ss.ps.chgParam);
	if (plan->chgParam == NULL)
		ExecReScan(plan);
}

/* ExplainCustomScan: shows which plan was selected. */
static void
explain_adaptive_scan(CustomScanState *node, List *ancestors, ExplainState *es)
{
	if (((AdaptiveState *) node)->selected)
		ExplainPropertyText("Chosen", ((AdaptiveState *) node)->by_index ? "by audience" : "row by row", es);
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
