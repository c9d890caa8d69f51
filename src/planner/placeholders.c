/*
 * placeholders.c
 *		Replaces placeholders in plans, which stand for keys (planner/key_conditions.c),
 *		by the keys of the current subject.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/array.h"

#include "planner/key_conditions.h"
#include "planner/placeholders.h"

/* The ids of a term's keys as a constant. */
static Node *
make_ids(KrolesKeyTerm term, KrolesFilling *filling)
{
	KrolesKeyIds	keys = filling->execute ? kroles_find_keys(term) : (KrolesKeyIds) {.complete = true};
	Datum	   *ids = palloc(Max(1, keys.n) * sizeof(Datum));
	ArrayType  *array;

	filling->complete &= keys.complete;
	for (int i = 0; i < keys.n; i++)
		ids[i] = Int64GetDatum(keys.ids[i]);
	array = construct_array(ids, keys.n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
	return (Node *) makeConst(INT8ARRAYOID, -1, InvalidOid, -1, PointerGetDatum(array), false, false);
}

/* A mutator: replaces each placeholder by the keys of the current subject. */
static Node *
replace_placeholders(Node *node, void *filling)
{
	KrolesKeyTerm term;

	if (node == NULL)
		return NULL;
	if (kroles_is_key_placeholder(node, &term))
		return make_ids(term, filling);
	return expression_tree_mutator(node, replace_placeholders, filling);
}

/* Replaces the placeholders in a plan, of the kinds of nodes that planner/keyed_paths.c makes. */
void
kroles_fill_plan(Plan *plan, KrolesFilling *filling)
{
	ListCell   *cell;

	if (plan == NULL)
		return;
	if (IsA(plan, BitmapIndexScan))
		((BitmapIndexScan *) plan)->indexqual =
			(List *) replace_placeholders((Node *) ((BitmapIndexScan *) plan)->indexqual, filling);
	else if (IsA(plan, IndexOnlyScan))
	{
		IndexOnlyScan *scan = (IndexOnlyScan *) plan;

		scan->indexqual = (List *) replace_placeholders((Node *) scan->indexqual, filling);
		scan->recheckqual = (List *) replace_placeholders((Node *) scan->recheckqual, filling);
	}
	else if (IsA(plan, BitmapHeapScan))
		((BitmapHeapScan *) plan)->bitmapqualorig =
			(List *) replace_placeholders((Node *) ((BitmapHeapScan *) plan)->bitmapqualorig, filling);
	else if (IsA(plan, BitmapOr))
		foreach(cell, ((BitmapOr *) plan)->bitmapplans)
			kroles_fill_plan(lfirst(cell), filling);
	kroles_fill_plan(plan->lefttree, filling);
}

/* Puts back the placeholders that EXPLAIN shows; the keys have become scan keys when the plan was initialized. */
void
kroles_show_placeholders(Plan *filled, Plan *original)
{
	if (filled == NULL)
		return;
	if (IsA(filled, IndexOnlyScan))
		((IndexOnlyScan *) filled)->indexqual = ((IndexOnlyScan *) original)->indexqual;
	kroles_show_placeholders(filled->lefttree, original->lefttree);
}

/* kroles.keys(term): only for plans. */
PG_FUNCTION_INFO_V1(kroles_key_ids);
Datum
kroles_key_ids(PG_FUNCTION_ARGS)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("kroles.keys() is for the planner and cannot be called")));
	PG_RETURN_NULL();
}
