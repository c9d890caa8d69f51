/*
 * adaptive_scan.c
 *		A scan that chooses, when it runs, how to find the rows that the person
 *		sees who runs it.
 *
 * For whoever sees few of a million media, the index of audiences finds them;
 * for whoever sees many, going through them in the order that is wanted, until
 * there are enough, is quicker by far.  PostgreSQL plans for the person who is
 * there while it plans, but a generic plan serves whoever comes next.  So where
 * a table has such an index, both ways are planned, and each run takes the one
 * that suits.
 *
 * Both are PostgreSQL's own scans, each complete with the policy in its filter:
 * the choice can't change what is found.
 */
#include "postgres.h"

#include "commands/explain.h"
#include "executor/executor.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"

#include "audience/audience.h"
#include "planner/adaptive_scan.h"
#include "planner/estimate.h"
#include "planner/planner.h"
#include "rls/filter.h"

/* What finding one row by the index costs, and one more thing to look for in it. */
#define COST_OF_ROW 0.4
#define COST_OF_TOKEN 0.5

/* How many audiences of the sample a subject should see for an estimate to be relied on. */
#define FEW 4

/* Whether the index is the quicker way for the current subject.  *cost is that of the way chosen. */
static bool
by_index(const KrolesCostInputs *inputs, double *cost)
{
	KrolesIndexKeys wanted_keys = kroles_open_index_keys(kroles_current_index_keys());
	double		part;
	double		through = inputs->total;
	double		by_index;

	*cost = through;
	if (wanted_keys.everything)
		return false;
	by_index = wanted_keys.n * COST_OF_TOKEN;
	part = kroles_visible_fraction(inputs->relid, inputs->attno);
	by_index += part * inputs->tuples * COST_OF_ROW;
	/* where few of the sample are seen, or none, it may be far less; going through would find out too late */
	if (part * KROLES_SAMPLE_SIZE < FEW)
		part *= part * KROLES_SAMPLE_SIZE / (2 * FEW);
	if (inputs->wanted > 0 && inputs->wanted < inputs->rows * part)
		through = inputs->startup + (through - inputs->startup) * inputs->wanted / (inputs->rows * part);
	*cost = Min(by_index, through);
	return by_index < through;
}

/* ---- The plan ---- */

static CustomScanMethods scan_methods;

static Node *
number(double value)
{
	return (Node *) makeFloat(psprintf("%.17g", value));
}

static List *
pack(const KrolesCostInputs *inputs)
{
	return list_make1(list_concat(list_make4(makeInteger((int) inputs->relid), makeInteger(inputs->attno),
											 number(inputs->tuples), number(inputs->startup)),
								  list_make3(number(inputs->total), number(inputs->rows),
											 number(inputs->wanted))));
}

static KrolesCostInputs
unpack(List *packed)
{
	List	   *items = linitial(packed);

	return (KrolesCostInputs) {
		.relid = (Oid) intVal(linitial(items)),
			.attno = intVal(lsecond(items)),
			.tuples = floatVal(lthird(items)),
			.startup = floatVal(lfourth(items)),
			.total = floatVal(list_nth(items, 4)),
			.rows = floatVal(list_nth(items, 5)),
			.wanted = floatVal(list_nth(items, 6))
	};
}

static Plan *
plan_adaptive(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *tlist, List *clauses, List *ways)
{
	CustomScan *scan = makeNode(CustomScan);

	scan->scan.plan.targetlist = tlist;
	scan->scan.scanrelid = 0;
	scan->custom_scan_tlist = copyObject(((Plan *) linitial(ways))->targetlist);
	scan->custom_plans = ways;
	scan->custom_private = path->custom_private;
	scan->methods = &scan_methods;
	return &scan->scan.plan;
}

static const CustomPathMethods path_methods = {
	.CustomName = "Kroles Choice",
	.PlanCustomPath = plan_adaptive
};

/* The path of a choice between going through and finding by the index, both in the same order. */
Path *
kroles_adaptive_path(RelOptInfo *rel, Path *through, Path *found, KrolesCostInputs inputs)
{
	CustomPath *path = makeNode(CustomPath);
	double		cost;

	inputs.startup = through->startup_cost;
	inputs.total = through->total_cost;
	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = rel->reltarget;
	path->path.rows = rel->rows;
	path->path.pathkeys = through->pathkeys;
	path->path.startup_cost = through->startup_cost;
	path->path.total_cost = through->total_cost;
	if (by_index(&inputs, &cost))
		path->path.startup_cost = path->path.total_cost = cost;
	path->custom_paths = list_make2(through, found);
	path->custom_private = pack(&inputs);
	path->methods = &path_methods;
	return &path->path;
}

/* ---- Running it ---- */

typedef struct AdaptiveState
{
	CustomScanState css;
	bool		by_index;
	bool		chosen;
} AdaptiveState;

static TupleTableSlot *
next_row(CustomScanState *node)
{
	return ExecProcNode(linitial(node->custom_ps));
}

/* Starts the way that suits who is asking; both, where the plan is only to be shown. */
static void
begin(CustomScanState *node, EState *estate, int eflags)
{
	AdaptiveState *state = (AdaptiveState *) node;
	CustomScan *scan = (CustomScan *) node->ss.ps.plan;
	KrolesCostInputs	inputs = unpack(scan->custom_private);
	double		cost;

	node->ss.ps.resultopsset = true;
	node->ss.ps.resultopsfixed = false;
	node->ss.ps.resultops = NULL;
	if (!(eflags & EXEC_FLAG_EXPLAIN_ONLY))
	{
		state->by_index = by_index(&inputs, &cost);
		state->chosen = true;
		node->custom_ps = list_make1(ExecInitNode(list_nth(scan->custom_plans, state->by_index ? 1 : 0), estate, eflags));
		return;
	}
	node->custom_ps = list_make2(ExecInitNode(linitial(scan->custom_plans), estate, eflags),
								 ExecInitNode(lsecond(scan->custom_plans), estate, eflags));
}

static void
end(CustomScanState *node)
{
	ListCell   *cell;

	foreach(cell, node->custom_ps)
		ExecEndNode(lfirst(cell));
}

static void
rescan(CustomScanState *node)
{
	PlanState  *way = linitial(node->custom_ps);

	if (node->ss.ps.chgParam != NULL)
		UpdateChangedParamSet(way, node->ss.ps.chgParam);
	if (way->chgParam == NULL)
		ExecReScan(way);
}

static void
explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	if (((AdaptiveState *) node)->chosen)
		ExplainPropertyText("Chosen", ((AdaptiveState *) node)->by_index ? "by audience" : "row by row", es);
}

static const CustomExecMethods exec_methods = {
	.CustomName = "Kroles Choice",
	.BeginCustomScan = begin,
	.ExecCustomScan = next_row,
	.EndCustomScan = end,
	.ReScanCustomScan = rescan,
	.ExplainCustomScan = explain
};

static Node *
create_state(CustomScan *scan)
{
	AdaptiveState *state = (AdaptiveState *) newNode(sizeof(AdaptiveState), T_CustomScanState);

	state->css.methods = &exec_methods;
	return (Node *) state;
}

static CustomScanMethods scan_methods = {
	.CustomName = "Kroles Choice",
	.CreateCustomScanState = create_state
};

/* Registers the scan, so that plans with it can be copied and read; once a backend. */
void
kroles_adaptive_init(void)
{
	RegisterCustomScanMethods(&scan_methods);
}
