/*
 * choice.c
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
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"

#include "planner.h"
#include "sight.h"

/* Scans that cost less than this are not worth a choice. */
#define CHEAP 50.0

/* What finding one row by the index costs, and one more thing to look for in it. */
#define COST_OF_ROW 0.4
#define COST_OF_TOKEN 0.5

/* How many audiences of the sample a subject should see for an estimate to be relied on. */
#define FEW 4

/* What both ways cost depends on; kept with the plan. */
typedef struct Prospect
{
	Oid			relid;
	AttrNumber	attno;			/* of the audience */
	double		tuples;			/* of the table */
	double		startup;		/* of going through */
	double		total;
	double		rows;			/* that come before the policy, if one goes through to the end */
	double		wanted;			/* how many are enough; 0 for all */
} Prospect;

/* Whether the index is the quicker way for the current subject.  *cost is that of the way chosen. */
static bool
by_index(const Prospect *prospect, double *cost)
{
	struct varlena *sought = kroles_sought();
	double		part;
	double		through = prospect->total;
	double		by_index;

	*cost = through;
	if (kroles_seeks_everything(sought))
		return false;
	by_index = kroles_open_audience(sought).n * COST_OF_TOKEN;
	part = kroles_visible_fraction(prospect->relid, prospect->attno);
	by_index += part * prospect->tuples * COST_OF_ROW;
	/* where few of the sample are seen, or none, it may be far less; going through would find out too late */
	if (part * KROLES_SAMPLE_SIZE < FEW)
		part *= part * KROLES_SAMPLE_SIZE / (2 * FEW);
	if (prospect->wanted > 0 && prospect->wanted < prospect->rows * part)
		through = prospect->startup + (through - prospect->startup) * prospect->wanted / (prospect->rows * part);
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
pack(const Prospect *prospect)
{
	return list_make1(list_concat(list_make4(makeInteger((int) prospect->relid), makeInteger(prospect->attno),
											 number(prospect->tuples), number(prospect->startup)),
								  list_make3(number(prospect->total), number(prospect->rows),
											 number(prospect->wanted))));
}

static Prospect
unpack(List *packed)
{
	List	   *items = linitial(packed);

	return (Prospect) {
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
plan_choice(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *tlist, List *clauses, List *ways)
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
	.PlanCustomPath = plan_choice
};

/* ---- Paths ---- */

/* The policy's condition on a relation, if it is one that an index can serve. */
static RestrictInfo *
find_policy(RelOptInfo *rel)
{
	ListCell   *cell;

	foreach(cell, rel->baserestrictinfo)
	{
		RestrictInfo *condition = lfirst_node(RestrictInfo, cell);

		if (kroles_policy_audience((Node *) condition->clause) != NULL)
			return condition;
	}
	return NULL;
}

/* The place of a column in an index that PostgreSQL may use for the query; -1 where it has none. */
static int
place_in_index(IndexOptInfo *index, AttrNumber attno)
{
	if (!index->amhasgetbitmap || (index->indpred != NIL && !index->predOK))
		return -1;
	for (int i = 0; i < index->nkeycolumns; i++)
		if (index->indexkeys[i] == attno)
			return i;
	return -1;
}

/* The scan that finds by one index of audiences what the current subject sees; NULL where it can't. */
static Path *
index_path(PlannerInfo *root, RelOptInfo *rel, IndexOptInfo *index, RestrictInfo *policy, Var *audience)
{
	int			place = place_in_index(index, audience->varattno);
	Expr	   *condition = place < 0 ? NULL : kroles_index_condition((Node *) audience, index->opfamily[place]);
	IndexClause *clause;
	IndexPath  *path;

	if (condition == NULL)
		return NULL;
	clause = makeNode(IndexClause);
	clause->rinfo = policy;
	clause->indexquals = list_make1(make_simple_restrictinfo(root, condition));
	clause->lossy = true;
	clause->indexcol = place;
	clause->indexcols = NIL;
	path = create_index_path(root, index, list_make1(clause), NIL, NIL, NIL, ForwardScanDirection, false, NULL, 1.0, false);
	return (Path *) create_bitmap_heap_path(root, rel, (Path *) path, rel->lateral_relids, 1.0, 0);
}

static Path *
find_by_index(PlannerInfo *root, RelOptInfo *rel, RestrictInfo *policy, Var *audience)
{
	ListCell   *cell;

	foreach(cell, rel->indexlist)
	{
		Path	   *path = index_path(root, rel, lfirst_node(IndexOptInfo, cell), policy, audience);

		if (path != NULL)
			return path;
	}
	return NULL;
}

/* Whether a scan rests on an index of audiences, and on nothing else in that index. */
static bool
rests_on_audience(Path *path, AttrNumber attno)
{
	IndexPath  *index = (IndexPath *) path;
	ListCell   *cell;

	if (IsA(path, BitmapHeapPath))
		return rests_on_audience(((BitmapHeapPath *) path)->bitmapqual, attno);
	if (IsA(path, BitmapAndPath))
		foreach(cell, ((BitmapAndPath *) path)->bitmapquals)
			if (rests_on_audience(lfirst(cell), attno))
				return true;
	if (!IsA(path, IndexPath) || index->indexclauses == NIL)
		return false;
	foreach(cell, index->indexclauses)
		if (index->indexinfo->indexkeys[lfirst_node(IndexClause, cell)->indexcol] != attno)
			return false;
	return true;
}

/* Whether the rows can be put in that order from what the relation gives. */
static bool
can_be_sorted(RelOptInfo *rel, List *pathkeys)
{
	ListCell   *cell;

	foreach(cell, pathkeys)
	{
		EquivalenceClass *class = lfirst_node(PathKey, cell)->pk_eclass;
		ListCell   *member;
		bool		found = false;

		foreach(member, class->ec_members)
			if (list_member(rel->reltarget->exprs, lfirst_node(EquivalenceMember, member)->em_expr))
				found = true;
		if (!found)
			return false;
	}
	return true;
}

/* How many rows are enough, where that is a matter of this relation alone. */
static double
rows_wanted(PlannerInfo *root, RelOptInfo *rel)
{
	if (root->limit_tuples <= 0 || !bms_equal(root->all_baserels, rel->relids))
		return 0;
	return root->limit_tuples;
}

/* What is the same for all choices on a relation. */
typedef struct Choosing
{
	PlannerInfo *root;
	RelOptInfo *rel;
	Index		rti;
	RangeTblEntry *rte;
	Prospect	prospect;
	Path	   *found;			/* finds by the index, in no order */
} Choosing;

/* The choice between going through in that way and finding by the index. */
static Path *
choice_path(const Choosing *choosing, Path *through)
{
	RelOptInfo *rel = choosing->rel;
	Prospect	prospect = choosing->prospect;
	Path	   *found = choosing->found;
	CustomPath *path = makeNode(CustomPath);
	double		cost;

	if (through->pathkeys != NIL)
		found = (Path *) create_sort_path(choosing->root, rel, found, through->pathkeys,
										  prospect.wanted > 0 ? prospect.wanted : -1.0);
	prospect.startup = through->startup_cost;
	prospect.total = through->total_cost;
	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = rel->reltarget;
	path->path.rows = rel->rows;
	path->path.pathkeys = through->pathkeys;
	path->path.startup_cost = through->startup_cost;
	path->path.total_cost = through->total_cost;
	if (by_index(&prospect, &cost))
		path->path.startup_cost = path->path.total_cost = cost;
	path->custom_paths = list_make2(through, found);
	path->custom_private = pack(&prospect);
	path->methods = &path_methods;
	return &path->path;
}

static bool
is_worth_a_choice(const Choosing *choosing, Path *path)
{
	return path->param_info == NULL && path->total_cost > CHEAP && !IsA(path, CustomPath) &&
		!rests_on_audience(path, choosing->prospect.attno) && can_be_sorted(choosing->rel, path->pathkeys);
}

/* The best scan that does without the indexes of audiences, where PostgreSQL has kept none. */
static Path *
scan_without_audience(const Choosing *choosing)
{
	RelOptInfo *rel = choosing->rel;
	List	   *indexes = rel->indexlist;
	List	   *paths = rel->pathlist;
	List	   *partial_paths = rel->partial_pathlist;
	Path	   *best = NULL;
	ListCell   *cell;

	rel->indexlist = rel->pathlist = rel->partial_pathlist = NIL;
	foreach(cell, indexes)
		if (place_in_index(lfirst_node(IndexOptInfo, cell), choosing->prospect.attno) < 0)
			rel->indexlist = lappend(rel->indexlist, lfirst(cell));
	add_path(rel, create_seqscan_path(choosing->root, rel, NULL, 0));
	create_index_paths(choosing->root, rel);
	kroles_search_paths(choosing->root, rel, choosing->rti, choosing->rte);
	foreach(cell, rel->pathlist)
	{
		Path	   *path = lfirst(cell);

		if (path->param_info == NULL && (best == NULL || path->total_cost < best->total_cost))
			best = path;
	}
	rel->indexlist = indexes;
	rel->pathlist = paths;
	rel->partial_pathlist = partial_paths;
	return best;
}

/*
 * Puts choices in the place of scans that suit one person or the other: of those
 * that go through, and of those that rest on the index.
 */
static void
replace_paths(Choosing *choosing)
{
	List	   *kept = NIL;
	bool		unordered = false;
	bool		any = false;
	ListCell   *cell;

	foreach(cell, choosing->rel->pathlist)
	{
		Path	   *path = lfirst(cell);

		if (path->param_info == NULL && rests_on_audience(path, choosing->prospect.attno))
		{
			choosing->found = path;
			any = true;
		}
	}
	foreach(cell, choosing->rel->pathlist)
	{
		Path	   *path = lfirst(cell);

		if (path->param_info == NULL && rests_on_audience(path, choosing->prospect.attno))
			continue;
		unordered |= path->param_info == NULL && path->pathkeys == NIL;
		kept = lappend(kept, is_worth_a_choice(choosing, path) ? choice_path(choosing, path) : path);
	}
	if (any && !unordered)
		kept = lappend(kept, choice_path(choosing, scan_without_audience(choosing)));
	choosing->rel->pathlist = kept;
}

/* What an index of audiences would find, where going through would cost more than a little. */
static bool
is_choosable(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte)
{
	return enable_bitmapscan && root->qual_security_level > 0 && rel->indexlist != NIL && rte->rtekind == RTE_RELATION && !rte->inh &&
		rte->tablesample == NULL && root->parse->commandType == CMD_SELECT && root->parse->rowMarks == NIL &&
		rel->lateral_relids == NULL && !IS_DUMMY_REL(rel);
}

/* Lets the scans of a relation choose, where it carries audiences and has an index of them. */
void
kroles_choice_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	Choosing	choosing = {root, rel, rti, rte};
	RestrictInfo *policy;
	Var		   *audience;

	if (!is_choosable(root, rel, rte) || (policy = find_policy(rel)) == NULL)
		return;
	audience = kroles_policy_audience((Node *) policy->clause);
	choosing.found = find_by_index(root, rel, policy, audience);
	if (choosing.found == NULL)
		return;
	choosing.prospect.relid = rte->relid;
	choosing.prospect.attno = audience->varattno;
	choosing.prospect.tuples = rel->tuples;
	choosing.prospect.rows = rel->rows / (policy->norm_selec > 0 ? policy->norm_selec : 1.0);
	choosing.prospect.wanted = rows_wanted(root, rel);
	replace_paths(&choosing);
}

/* ---- Running it ---- */

typedef struct ChoiceState
{
	CustomScanState css;
	bool		by_index;
	bool		chosen;
} ChoiceState;

static TupleTableSlot *
next_row(CustomScanState *node)
{
	return ExecProcNode(linitial(node->custom_ps));
}

/* Starts the way that suits who is asking; both, where the plan is only to be shown. */
static void
begin(CustomScanState *node, EState *estate, int eflags)
{
	ChoiceState *state = (ChoiceState *) node;
	CustomScan *scan = (CustomScan *) node->ss.ps.plan;
	Prospect	prospect = unpack(scan->custom_private);
	double		cost;

	node->ss.ps.resultopsset = true;
	node->ss.ps.resultopsfixed = false;
	node->ss.ps.resultops = NULL;
	if (!(eflags & EXEC_FLAG_EXPLAIN_ONLY))
	{
		state->by_index = by_index(&prospect, &cost);
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
	if (((ChoiceState *) node)->chosen)
		ExplainPropertyText("Chosen", ((ChoiceState *) node)->by_index ? "by audience" : "row by row", es);
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
	ChoiceState *state = (ChoiceState *) newNode(sizeof(ChoiceState), T_CustomScanState);

	state->css.methods = &exec_methods;
	return (Node *) state;
}

static CustomScanMethods scan_methods = {
	.CustomName = "Kroles Choice",
	.CreateCustomScanState = create_state
};

/* Registers the scan, so that plans with it can be copied and read; once a backend. */
void
kroles_choice_init(void)
{
	RegisterCustomScanMethods(&scan_methods);
}
