/*
 * adaptive_paths.c
 *		Adds adaptive scans (planner/adaptive_scan.c) to the paths of kroles.media, the
 *		table that has an audience column and an index on it.
 *
 * An "ordinary" path here is one that does not rely on an index on the audience
 * column; an "audience" path is a bitmap scan of such an index for what the
 * current subject may see.
 */
#include "postgres.h"

#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"

#include "core/compat.h"
#include "store/catalog.h"
#include "planner/adaptive_scan.h"
#include "planner/planner.h"

/* An ordinary path that costs less than this is left as it is. */
#define MIN_ADAPTIVE_COST 50.0

/* See prefer_order(). */
#define HARDLY_CHEAPER 1.2

static Cost
total_cost(const Path *path)
{
	return kroles_cost_with_penalties(path, path->total_cost);
}

/* Returns the policy's condition on the relation, if an index on the audience column can serve it; else NULL. */
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

/* Returns the column's position in an index that the query may use for a bitmap scan; -1 if there is none. */
static int
index_position(IndexOptInfo *index, AttrNumber attno)
{
	if (!index->amhasgetbitmap || (index->indpred != NIL && !index->predOK))
		return -1;
	for (int i = 0; i < index->nkeycolumns; i++)
		if (index->indexkeys[i] == attno)
			return i;
	return -1;
}

/*
 * Makes an audience path on that index; NULL if the index cannot serve the policy.
 * (The costs are simple ones: planner/choice.c estimates what an execution costs.
 * PostgreSQL's estimate for GIN collects the subject's keys again for each path.)
 */
static Path *
make_audience_path(PlannerInfo *root, RelOptInfo *rel, IndexOptInfo *index, RestrictInfo *policy, Var *audience)
{
	int			position = index_position(index, audience->varattno);
	Expr	   *condition = position < 0 ? NULL : kroles_index_condition((Node *) audience, index->opfamily[position]);
	IndexClause *clause;
	IndexPath  *path;

	if (condition == NULL)
		return NULL;
	clause = makeNode(IndexClause);
	clause->rinfo = policy;
	clause->indexquals = list_make1(make_simple_restrictinfo(root, condition));
	clause->lossy = true;
	clause->indexcol = position;
	clause->indexcols = NIL;
	path = makeNode(IndexPath);
	path->path.pathtype = T_IndexScan;
	path->path.parent = rel;
	path->path.pathtarget = rel->reltarget;
	path->path.parallel_safe = rel->consider_parallel;
	path->path.rows = rel->rows;
	path->indexinfo = index;
	path->indexclauses = list_make1(clause);
	path->indexscandir = ForwardScanDirection;
	path->indexselectivity = policy->norm_selec > 0 ? policy->norm_selec : 1.0;
	path->indextotalcost = path->path.total_cost = path->indexselectivity * rel->tuples * cpu_index_tuple_cost;
	return (Path *) create_bitmap_heap_path(root, rel, (Path *) path, rel->lateral_relids, 1.0, 0);
}

/* Makes an audience path on the first index that can serve the policy; NULL if there is none. */
static Path *
first_audience_path(PlannerInfo *root, RelOptInfo *rel, RestrictInfo *policy, Var *audience)
{
	ListCell   *cell;

	foreach(cell, rel->indexlist)
	{
		Path	   *path = make_audience_path(root, rel, lfirst_node(IndexOptInfo, cell), policy, audience);

		if (path != NULL)
			return path;
	}
	return NULL;
}

/*
 * Whether a path relies on an index on the audience column, and on no other column
 * of that index.  A BitmapAnd does if one of its paths does.
 */
static bool
relies_on_audience_index(Path *path, AttrNumber attno)
{
	IndexPath  *index = (IndexPath *) path;
	ListCell   *cell;

	if (IsA(path, BitmapHeapPath))
		return relies_on_audience_index(((BitmapHeapPath *) path)->bitmapqual, attno);
	if (IsA(path, BitmapAndPath))
		foreach(cell, ((BitmapAndPath *) path)->bitmapquals)
			if (relies_on_audience_index(lfirst(cell), attno))
				return true;
	if (!IsA(path, IndexPath) || index->indexclauses == NIL)
		return false;
	foreach(cell, index->indexclauses)
		if (index->indexinfo->indexkeys[lfirst_node(IndexClause, cell)->indexcol] != attno)
			return false;
	return true;
}

/*
 * Whether an audience path is one that suits subjects who see little.  A BitmapAnd with
 * another index, of which it reads more than what the subject sees, does not: it was
 * made for the subject of the plan and for a table that is not in memory.
 */
static bool
suits_few(Path *path, AttrNumber attno)
{
	double		of_audience = 1;
	double		of_others = 0;
	ListCell   *cell;

	path = IsA(path, BitmapHeapPath) ? ((BitmapHeapPath *) path)->bitmapqual : path;
	if (!IsA(path, BitmapAndPath))
		return true;
	foreach(cell, ((BitmapAndPath *) path)->bitmapquals)
	{
		Path	   *part = lfirst(cell);
		Cost		cost;
		Selectivity fraction;

		cost_bitmap_tree_node(part, &cost, &fraction);
		if (relies_on_audience_index(part, attno))
			of_audience = fraction;
		else
			of_others = Max(of_others, fraction);
	}
	return of_others <= of_audience;
}

/* A cost of a path, with what PostgreSQL adds for each part that a setting switches off (in its costs, or counted apart). */
Cost
kroles_cost_with_penalties(const Path *path, Cost cost)
{
	return cost + KROLES_DISABLED_NODES(path) * disable_cost;
}

/* Whether the columns that the relation outputs are enough to sort its rows by the path keys. */
bool
kroles_can_be_sorted(RelOptInfo *rel, List *pathkeys)
{
	ListCell   *cell;

	foreach(cell, pathkeys)
	{
		EquivalenceClass *class = lfirst_node(PathKey, cell)->pk_eclass;
		ListCell   *member;
		bool		found = false;

		foreach(member, kroles_class_members(class, rel))
			if (list_member(rel->reltarget->exprs, lfirst_node(EquivalenceMember, member)->em_expr))
				found = true;
		if (!found)
			return false;
	}
	return true;
}

/* How many rows the query needs, if it has a LIMIT and reads no other relation; else 0. */
double
kroles_rows_needed(PlannerInfo *root, RelOptInfo *rel)
{
	if (root->limit_tuples <= 0 || !bms_equal(root->all_baserels, rel->relids))
		return 0;
	return root->limit_tuples;
}

/* What all adaptive paths of a relation have in common. */
typedef struct AdaptiveContext
{
	PlannerInfo *root;
	RelOptInfo *rel;
	Index		rti;
	RangeTblEntry *rte;
	KrolesCostInputs inputs;
	Path	   *audience_path;	/* unordered */
} AdaptiveContext;

/* Makes an adaptive path from an ordinary path and the audience path, which is sorted if the ordinary path has an order. */
static Path *
make_adaptive_path(const AdaptiveContext *context, Path *ordinary)
{
	Path	   *audience_path = context->audience_path;
	Path	   *merged = NULL;
	KrolesCostInputs inputs = context->inputs;

	inputs.read = inputs.tuples;
	if (IsA(ordinary, IndexPath))
	{
		inputs.read = ((IndexPath *) ordinary)->indexselectivity * inputs.tuples;
		inputs.index = ((IndexPath *) ordinary)->indexinfo->indexoid;
		inputs.backward = ScanDirectionIsBackward(((IndexPath *) ordinary)->indexscandir);
	}
	if (ordinary->pathkeys != NIL)
		merged = kroles_merged_path(context->root, context->rel, ordinary, audience_path, inputs);
	if (ordinary->pathkeys != NIL)
		audience_path = (Path *) create_sort_path(context->root, context->rel, audience_path, ordinary->pathkeys,
												  context->inputs.rows_needed > 0 ? context->inputs.rows_needed : -1.0);
	return kroles_adaptive_path(context->rel, ordinary, audience_path, merged, inputs);
}

/* Whether a path is to become the ordinary path of an adaptive one. */
static bool
is_worth_adapting(const AdaptiveContext *context, Path *path)
{
	return path->param_info == NULL && total_cost(path) > MIN_ADAPTIVE_COST && !IsA(path, CustomPath) &&
		!relies_on_audience_index(path, context->inputs.attno) && kroles_can_be_sorted(context->rel, path->pathkeys);
}

/*
 * Makes the cheapest ordinary path, in case PostgreSQL discarded all of them as
 * more expensive than an audience path.  The relation's own lists are unchanged
 * afterwards.
 */
static Path *
cheapest_ordinary_path(const AdaptiveContext *context)
{
	RelOptInfo *rel = context->rel;
	List	   *indexes = rel->indexlist;
	List	   *paths = rel->pathlist;
	List	   *partial_paths = rel->partial_pathlist;
	Path	   *best = NULL;
	ListCell   *cell;

	rel->indexlist = rel->pathlist = rel->partial_pathlist = NIL;
	foreach(cell, indexes)
		if (index_position(lfirst_node(IndexOptInfo, cell), context->inputs.attno) < 0)
			rel->indexlist = lappend(rel->indexlist, lfirst(cell));
	add_path(rel, create_seqscan_path(context->root, rel, NULL, 0));
	create_index_paths(context->root, rel);
	kroles_search_paths(context->root, rel, context->rti, context->rte);
	foreach(cell, rel->pathlist)
	{
		Path	   *path = lfirst(cell);

		if (path->param_info == NULL && (best == NULL || total_cost(path) < total_cost(best)))
			best = path;
	}
	rel->indexlist = indexes;
	rel->pathlist = paths;
	rel->partial_pathlist = partial_paths;
	return best;
}

/*
 * Replaces the relation's paths that suit only some subjects.  An ordinary path that
 * is worth it becomes an adaptive one.  In the place of audience paths that PostgreSQL
 * made itself comes an adaptive one of the cheapest ordinary path, which PostgreSQL may
 * have dropped in their favour.
 */
static void
replace_paths(AdaptiveContext *context)
{
	List	   *new_paths = NIL;
	bool		any_audience_path = false;
	Path	   *suitable = NULL;	/* the cheapest of those that suit */
	ListCell   *cell;

	foreach(cell, context->rel->pathlist)
	{
		Path	   *path = lfirst(cell);

		if (path->param_info == NULL && relies_on_audience_index(path, context->inputs.attno))
		{
			any_audience_path = true;
			if (suits_few(path, context->inputs.attno) && (suitable == NULL || path->total_cost < suitable->total_cost))
				suitable = path;
		}
	}
	if (suitable != NULL)
		context->audience_path = suitable;
	foreach(cell, context->rel->pathlist)
	{
		Path	   *path = lfirst(cell);

		if (path->param_info == NULL && relies_on_audience_index(path, context->inputs.attno))
			continue;
		new_paths = lappend(new_paths, is_worth_adapting(context, path) ? make_adaptive_path(context, path) : path);
	}
	if (any_audience_path)
	{
		Path	   *path = cheapest_ordinary_path(context);

		new_paths = lappend(new_paths, kroles_can_be_sorted(context->rel, path->pathkeys) ? make_adaptive_path(context, path) : path);
	}
	context->rel->pathlist = new_paths;
}

/* Whether a path reads rows as the query asks for them, and not by the audiences of the current subject. */
static bool
is_row_by_row(Path *path)
{
	return !IsA(path, CustomPath) || total_cost(path) >= total_cost(linitial(((CustomPath *) path)->custom_paths));
}

/*
 * If the query needs few rows in an order, removes unordered paths that are hardly
 * cheaper than one in that order.  Reading in order stops early, sorting does not; how
 * many rows there are to sort is an estimate, and in a generic plan a bad one.
 */
static void
prefer_order(const AdaptiveContext *context)
{
	RelOptInfo *rel = context->rel;
	Path	   *ordered;
	ListCell   *cell;

	if (context->inputs.rows_needed <= 0 || context->root->query_pathkeys == NIL)
		return;
	ordered = get_cheapest_path_for_pathkeys(rel->pathlist, context->root->query_pathkeys, NULL, TOTAL_COST, false);
	if (ordered == NULL || !is_row_by_row(ordered))
		return;
	foreach(cell, rel->pathlist)
	{
		Path	   *path = lfirst(cell);

		if (path->param_info == NULL && path->pathkeys == NIL && total_cost(path) * HARDLY_CHEAPER > total_cost(ordered))
			rel->pathlist = foreach_delete_current(rel->pathlist, cell);
	}
}

/* Whether the query reads the relation under row-level security, in a way that our custom scans support. */
bool
kroles_supports_choice(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte)
{
	return KROLES_BITMAP_SCANS_ON(rel) && root->qual_security_level > 0 && rel->indexlist != NIL && rte->rtekind == RTE_RELATION && !rte->inh &&
		rte->tablesample == NULL && root->parse->commandType == CMD_SELECT && root->parse->rowMarks == NIL &&
		rel->lateral_relids == NULL && !IS_DUMMY_REL(rel);
}

/*
 * Replaces paths of kroles.media by adaptive ones.  Leaves other relations alone,
 * and queries that an adaptive scan does not support.
 */
void
kroles_adaptive_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	AdaptiveContext context = {root, rel, rti, rte};
	RestrictInfo *policy;
	Var		   *audience;

	if (!kroles_supports_choice(root, rel, rte) || (policy = find_policy(rel)) == NULL ||
		rte->relid != kroles_table(KROLES_T_MEDIA)->oid)
		return;
	audience = kroles_policy_audience((Node *) policy->clause);
	context.audience_path = first_audience_path(root, rel, policy, audience);
	if (context.audience_path == NULL)
		return;
	context.inputs.relid = rte->relid;
	context.inputs.attno = audience->varattno;
	context.inputs.tuples = rel->tuples;
	context.inputs.rows = rel->rows / (policy->norm_selec > 0 ? policy->norm_selec : 1.0);
	context.inputs.rows_needed = kroles_rows_needed(root, rel);
	replace_paths(&context);
	prefer_order(&context);
}
