/*
 * adaptive_paths.c
 *		Where PostgreSQL is offered a scan that chooses (planner/adaptive_scan.c): on kroles.media,
 *		which has audiences and an index of them.
 */
#include "postgres.h"

#include "optimizer/cost.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"

#include "store/catalog.h"
#include "planner/adaptive_scan.h"
#include "planner/planner.h"

/* Scans that cost less than this are not worth a choice. */
#define CHEAP 50.0

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
	KrolesCostInputs	inputs;
	Path	   *found;			/* finds by the index, in no order */
} Choosing;

/* The choice between going through in that way and finding by the index. */
static Path *
choice_path(const Choosing *choosing, Path *through)
{
	Path	   *found = choosing->found;

	if (through->pathkeys != NIL)
		found = (Path *) create_sort_path(choosing->root, choosing->rel, found, through->pathkeys,
										  choosing->inputs.wanted > 0 ? choosing->inputs.wanted : -1.0);
	return kroles_adaptive_path(choosing->rel, through, found, choosing->inputs);
}

static bool
is_worth_adapting(const Choosing *choosing, Path *path)
{
	return path->param_info == NULL && path->total_cost > CHEAP && !IsA(path, CustomPath) &&
		!rests_on_audience(path, choosing->inputs.attno) && can_be_sorted(choosing->rel, path->pathkeys);
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
		if (place_in_index(lfirst_node(IndexOptInfo, cell), choosing->inputs.attno) < 0)
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

		if (path->param_info == NULL && rests_on_audience(path, choosing->inputs.attno))
		{
			choosing->found = path;
			any = true;
		}
	}
	foreach(cell, choosing->rel->pathlist)
	{
		Path	   *path = lfirst(cell);

		if (path->param_info == NULL && rests_on_audience(path, choosing->inputs.attno))
			continue;
		unordered |= path->param_info == NULL && path->pathkeys == NIL;
		kept = lappend(kept, is_worth_adapting(choosing, path) ? choice_path(choosing, path) : path);
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

/* Lets the scans of kroles.media choose between its index of audiences and others. */
void
kroles_adaptive_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	Choosing	choosing = {root, rel, rti, rte};
	RestrictInfo *policy;
	Var		   *audience;

	if (!is_choosable(root, rel, rte) || (policy = find_policy(rel)) == NULL ||
		rte->relid != kroles_table(KROLES_T_MEDIA)->oid)
		return;
	audience = kroles_policy_audience((Node *) policy->clause);
	choosing.found = find_by_index(root, rel, policy, audience);
	if (choosing.found == NULL)
		return;
	choosing.inputs.relid = rte->relid;
	choosing.inputs.attno = audience->varattno;
	choosing.inputs.tuples = rel->tuples;
	choosing.inputs.rows = rel->rows / (policy->norm_selec > 0 ? policy->norm_selec : 1.0);
	choosing.inputs.wanted = rows_wanted(root, rel);
	replace_paths(&choosing);
}
