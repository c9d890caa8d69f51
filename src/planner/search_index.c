/*
 * search_index.c
 *		Whether an index of a relation can look up a search.
 *
 * PostgreSQL decides that itself when it makes index paths.  This file asks the same
 * earlier and more roughly, so that conditions without an index cost nothing more,
 * and are estimated as without this extension (planner/search_estimate.c).
 */
#include "postgres.h"

#include "optimizer/paths.h"
#include "utils/lsyscache.h"

#include "planner/search.h"

/* Whether an index may look up "left operator right" by that column. */
static bool
column_serves(IndexOptInfo *index, int column, Oid operator, Node *left, Node *right)
{
	Oid			family = index->opfamily[column];
	Oid			commutator;

	if (match_index_to_operand(left, column, index))
		return op_in_opfamily(operator, family) || OidIsValid(get_func_support(get_opcode(operator)));
	if (!match_index_to_operand(right, column, index))
		return false;
	commutator = get_commutator(operator);
	return (OidIsValid(commutator) && op_in_opfamily(commutator, family)) || OidIsValid(get_func_support(get_opcode(operator)));
}

/*
 * Whether a column of an index of the relation has the operator for these sides, or the
 * operator's function derives conditions for an index.  Of the partial indexes, counts
 * those whose predicate the query implies, or all of them.
 */
bool
kroles_has_search_index(RelOptInfo *rel, Oid operator, Node *left, Node *right, bool all)
{
	ListCell   *cell;

	foreach(cell, rel->indexlist)
	{
		IndexOptInfo *index = lfirst_node(IndexOptInfo, cell);

		if (index->hypothetical || (index->indpred != NIL && !index->predOK && !all))
			continue;
		for (int i = 0; i < index->nkeycolumns; i++)
			if (column_serves(index, i, operator, left, right))
				return true;
	}
	return false;
}
