/*
 * merged_paths.c
 *		Paths that read kroles.media in the order of an index, without the drafts of
 *		others.
 *
 * A portal has many drafts, media that are published nowhere, and those of others are
 * invisible to everyone but administrators.  A page in the order of an index would read
 * all of them that come before its rows.  So an index can leave them out:
 *
 *		CREATE INDEX ON kroles.media (...) WHERE audience OPERATOR(kroles.&&) 'published'
 *
 * The merged path appends, in order, (1) such an index and (2) the drafts that the
 * subject is on, found by their keys in the index on the audience column and sorted.
 * A media is either published or a draft, so no row comes twice; a draft that the
 * subject sees although not an administrator is one that the subject is on, so no row is
 * missing; and both parts have the policy in their filter.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "utils/lsyscache.h"

#include "audience/audience.h"
#include "planner/adaptive_scan.h"
#include "planner/own_functions.h"
#include "planner/planner.h"
#include "store/catalog.h"

/* Whether an expression is the constant that is the mark of published media. */
static bool
is_published_mark(Node *node)
{
	Const	   *constant = (Const *) node;

	return IsA(node, Const) && !constant->constisnull && constant->consttype == kroles_audience_type() &&
		kroles_open_index_keys(PG_DETOAST_DATUM_PACKED(constant->constvalue)).published;
}

/* Whether an index has exactly what is published anywhere, by its predicate. */
static bool
has_all_published(IndexOptInfo *index, AttrNumber attno)
{
	OpExpr	   *op = list_length(index->indpred) == 1 ? linitial(index->indpred) : NULL;
	Var		   *column;

	if (op == NULL || !IsA(op, OpExpr) || list_length(op->args) != 2 || index->predOK)
		return false;
	column = linitial(op->args);
	return IsA(column, Var) && column->varattno == attno && is_published_mark(lsecond(op->args)) &&
		kroles_own_function(get_opcode(op->opno)) == KROLES_OWN_OVERLAPS;
}

/*
 * The paths that PostgreSQL makes on the indexes of what is published anywhere, as if
 * the query asked for that alone.  The relation's own lists are unchanged afterwards.
 */
List *
kroles_published_paths(PlannerInfo *root, RelOptInfo *rel, AttrNumber attno)
{
	List	   *indexes = rel->indexlist;
	List	   *paths = rel->pathlist;
	List	   *partial_paths = rel->partial_pathlist;
	List	   *found = NIL;
	ListCell   *cell;

	rel->indexlist = rel->pathlist = rel->partial_pathlist = NIL;
	foreach(cell, indexes)
		if (has_all_published(lfirst_node(IndexOptInfo, cell), attno))
			rel->indexlist = lappend(rel->indexlist, lfirst(cell));
	if (rel->indexlist != NIL)
	{
		foreach(cell, rel->indexlist)
			lfirst_node(IndexOptInfo, cell)->predOK = true;
		create_index_paths(root, rel);
		foreach(cell, rel->indexlist)
			lfirst_node(IndexOptInfo, cell)->predOK = false;
		found = rel->pathlist;
	}
	rel->indexlist = indexes;
	rel->pathlist = paths;
	rel->partial_pathlist = partial_paths;
	return found;
}

/* The cheapest of these paths that is an index scan in that order; NULL if there is none. */
static Path *
find_ordered(List *published, List *pathkeys)
{
	Path	   *best = NULL;
	ListCell   *cell;

	foreach(cell, published)
	{
		Path	   *path = lfirst(cell);

		if (IsA(path, IndexPath) && path->param_info == NULL && pathkeys_contained_in(pathkeys, path->pathkeys) &&
			(best == NULL || path->total_cost < best->total_cost))
			best = path;
	}
	return best;
}

/*
 * Makes the merged path in the order of an ordinary path, from the paths of what is
 * published and the unordered path of the subject's drafts; NULL if no index of what is
 * published has that order.
 */
Path *
kroles_merged_path(PlannerInfo *root, RelOptInfo *rel, List *pathkeys, List *published, Path *drafts, double rows_needed)
{
	Path	   *ordered = find_ordered(published, pathkeys);

	if (ordered == NULL || drafts == NULL)
		return NULL;
	drafts = (Path *) create_sort_path(root, rel, drafts, pathkeys, rows_needed > 0 ? rows_needed : -1.0);
	return (Path *) create_merge_append_path(root, rel, list_make2(ordered, drafts), pathkeys, NULL);
}

/* The right side of the condition that finds the drafts of the subject who executes the plan: kroles.draft_keys(mark). */
Expr *
kroles_draft_keys_call(void)
{
	Oid			type = kroles_audience_type();
	Oid			function = kroles_draft_keys_function();
	Const	   *mark = makeConst(type, -1, InvalidOid, -1, PointerGetDatum(kroles_published_mark()), false, false);

	return OidIsValid(function) ?
		(Expr *) makeFuncExpr(function, type, list_make1(mark), InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL) : NULL;
}
