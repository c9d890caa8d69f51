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
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"

#include "audience/audience.h"
#include "core/compat.h"
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

/* Whether two indexes have the same key columns, sorted in the same way. */
static bool
have_same_keys(IndexOptInfo *a, IndexOptInfo *b)
{
	if (a->relam != b->relam || a->nkeycolumns != b->nkeycolumns || a->indexprs != NIL || b->indexprs != NIL)
		return false;
	for (int i = 0; i < a->nkeycolumns; i++)
		if (a->indexkeys[i] != b->indexkeys[i] || a->indexcollations[i] != b->indexcollations[i] ||
			a->opfamily[i] != b->opfamily[i] || a->opcintype[i] != b->opcintype[i] ||
			a->reverse_sort[i] != b->reverse_sort[i] || a->nulls_first[i] != b->nulls_first[i])
			return false;
	return true;
}

/* The index of what is published anywhere that has the keys of another index; NULL if there is none. */
static IndexOptInfo *
find_published(RelOptInfo *rel, IndexOptInfo *like, AttrNumber attno)
{
	ListCell   *cell;

	foreach(cell, rel->indexlist)
	{
		IndexOptInfo *index = lfirst_node(IndexOptInfo, cell);

		if (index->indpred != NIL && index->sortopfamily != NULL && like->sortopfamily != NULL &&
			have_same_keys(index, like) && has_all_published(index, attno))
			return index;
	}
	return NULL;
}

/* A copy of the audience path that finds the subject's drafts alone; NULL if there is no such condition. */
static Path *
make_drafts_path(PlannerInfo *root, BitmapHeapPath *audience_path)
{
	IndexPath  *by_keys = makeNode(IndexPath);
	BitmapHeapPath *drafts = makeNode(BitmapHeapPath);
	IndexClause *clause = makeNode(IndexClause);
	Expr	   *condition;
	Var		   *audience;

	*drafts = *audience_path;
	*by_keys = *castNode(IndexPath, audience_path->bitmapqual);
	*clause = *linitial_node(IndexClause, by_keys->indexclauses);
	audience = kroles_policy_audience((Node *) clause->rinfo->clause);
	if (audience == NULL || list_length(by_keys->indexclauses) != 1)
		return NULL;
	condition = kroles_keys_condition((Node *) audience, by_keys->indexinfo->opfamily[clause->indexcol],
									  kroles_draft_keys_call());
	if (condition == NULL)
		return NULL;
	clause->indexquals = list_make1(make_simple_restrictinfo(root, condition));
	by_keys->indexclauses = list_make1(clause);
	drafts->bitmapqual = &by_keys->path;
	return &drafts->path;
}

/*
 * Makes the merged path in the order of an ordinary path, from that and the unordered
 * path by the subject's keys; NULL if no index of what is published has the keys of the
 * ordinary path's index.  (Copying the paths is cheaper than having PostgreSQL make
 * them; nothing asks for the costs of the copies.)
 */
Path *
kroles_merged_path(PlannerInfo *root, RelOptInfo *rel, Path *ordinary, Path *audience_path, KrolesCostInputs inputs)
{
	IndexOptInfo *index = IsA(ordinary, IndexPath) && ordinary->pathtype == T_IndexScan ?
		find_published(rel, ((IndexPath *) ordinary)->indexinfo, inputs.attno) : NULL;
	IndexPath  *published;
	Path	   *drafts;

	if (index == NULL || inputs.rows_needed <= 0 || !IsA(audience_path, BitmapHeapPath) ||
		!IsA(((BitmapHeapPath *) audience_path)->bitmapqual, IndexPath))
		return NULL;
	drafts = make_drafts_path(root, (BitmapHeapPath *) audience_path);
	if (drafts == NULL)
		return NULL;
	published = makeNode(IndexPath);
	*published = *(IndexPath *) ordinary;
	published->indexinfo = index;
	drafts = (Path *) create_sort_path(root, rel, drafts, ordinary->pathkeys, inputs.rows_needed);
	return (Path *) KROLES_MERGE_APPEND_PATH(root, rel, list_make2(published, drafts), ordinary->pathkeys);
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
