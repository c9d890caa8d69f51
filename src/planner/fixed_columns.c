/*
 * fixed_columns.c
 *		Columns that have one value in all rows that a search finds.
 *
 * With status = 'approved', an index on (space_id, status, published_at) returns the
 * rows of a space in the order of published_at.  PostgreSQL knows this for conditions
 * that are leakproof, from which it makes equivalence classes; a column in a class
 * with a constant does not count in the order of an index.  Searches are not
 * leakproof when these classes are made.  So while PostgreSQL makes index paths for
 * them a second time (planner/search.c), the class of such a column is marked as one
 * with a constant.  That affects the order that these paths say they have, and which
 * of them PostgreSQL derives for joins on that column, for which those that it made the
 * first time remain.  Classes that are made here stay, with one member each, and have
 * no effect without the mark.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_am.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "planner/fixed_columns.h"
#include "planner/search_operand.h"

/* The equivalence class of a column of an index, made if necessary. */
static EquivalenceClass *
class_of_column(PlannerInfo *root, IndexOptInfo *index, int position, Expr *column)
{
	Oid			equality = get_opfamily_member(index->sortopfamily[position], index->opcintype[position],
											   index->opcintype[position], BTEqualStrategyNumber);

	if (!OidIsValid(equality))
		return NULL;
	return KROLES_EQUIVALENCE_CLASS(root, column, get_mergejoin_opfamilies(equality), index->opcintype[position],
									index->indexcollations[position], index->rel->relids);
}

/* The column that a search fixes: that of "column = value", where the value is the same for all rows; NULL if it is none. */
static Var *
fixed_column(PlannerInfo *root, OpExpr *search)
{
	Node	   *column;

	if (!IsA(search, OpExpr) || list_length(search->args) != 2)
		return NULL;
	column = kroles_strip_relabel(linitial(search->args));
	if (!IsA(column, Var) || !bms_is_empty(pull_varnos(root, lsecond(search->args))))
		return NULL;
	return (Var *) column;
}

/* Marks the class of a column in each index that finds its value; adds it to the list if it had no constant. */
static List *
fix_column(PlannerInfo *root, RelOptInfo *rel, Var *column, Oid operator, List *fixed)
{
	ListCell   *cell;

	foreach(cell, rel->indexlist)
	{
		IndexOptInfo *index = lfirst_node(IndexOptInfo, cell);

		for (int i = 0; index->relam == BTREE_AM_OID && i < index->nkeycolumns; i++)
		{
			EquivalenceClass *class;

			if (index->indexkeys[i] != column->varattno ||
				get_op_opfamily_strategy(operator, index->opfamily[i]) != BTEqualStrategyNumber)
				continue;
			class = class_of_column(root, index, i, list_nth_node(TargetEntry, index->indextlist, i)->expr);
			if (class == NULL || class->ec_has_const)
				continue;
			class->ec_has_const = true;
			fixed = lappend(fixed, class);
		}
	}
	return fixed;
}

/* Marks the columns that searches (RestrictInfos) on a relation fix.  Returns what kroles_release_columns() undoes. */
List *
kroles_fix_columns(PlannerInfo *root, RelOptInfo *rel, List *searches)
{
	List	   *fixed = NIL;
	ListCell   *cell;

	foreach(cell, searches)
	{
		OpExpr	   *search = (OpExpr *) lfirst_node(RestrictInfo, cell)->clause;
		Var		   *column;

		/* a branch of an OR fixes nothing */
		if (!list_member_ptr(rel->baserestrictinfo, lfirst(cell)))
			continue;
		column = fixed_column(root, search);
		if (column != NULL && column->varno == rel->relid)
			fixed = fix_column(root, rel, column, search->opno, fixed);
	}
	return fixed;
}

/* Removes the marks. */
void
kroles_release_columns(List *fixed)
{
	ListCell   *cell;

	foreach(cell, fixed)
		lfirst_node(EquivalenceClass, cell)->ec_has_const = false;
}
