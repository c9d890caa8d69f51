/*
 * indexed_expression.c
 *		Searches by an expression that is computed from a row, such as
 *		attributes ->> 'course' or tstzrange(starts, ends).
 *
 * An expression that is computed from a hidden row may fail on it.  It does not, if
 * an index has the same expression: then it has been computed from each row of the
 * table, in the same way, without failing.  A row for which it fails cannot be
 * inserted; an index in whose making it failed does not exist.  So an expression is
 * admitted if
 *		a valid index of the table, which is not partial, has it as a column (an
 *		invalid one, or one that a program only pretends to have, proves nothing; the
 *		planner has no index that may lack the versions that the snapshot sees);
 *		it consists only of the functions below, plain columns of the row and
 *		constants, of listed types (planner/vetted_types.c).
 *
 * The functions are immutable functions of PostgreSQL in C.  They raise no notice,
 * and whether they fail on a value depends on that value alone, not on a setting or an
 * object that can have changed since.  lower() and upper() depend on the locale, too,
 * which is the database's: only plain collations are admitted.  Parsing into words
 * (to_tsvector) depends on dictionaries that their owner can change.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/paths.h"
#include "utils/fmgroids.h"

#include "planner/indexed_expression.h"
#include "planner/search_operand.h"
#include "planner/vetted_operators.h"

static const Oid expression_functions[] = {
	/* ->, ->>, #> and #>> */
	F_JSONB_OBJECT_FIELD, F_JSONB_OBJECT_FIELD_TEXT, F_JSONB_ARRAY_ELEMENT, F_JSONB_ARRAY_ELEMENT_TEXT,
	F_JSONB_EXTRACT_PATH, F_JSONB_EXTRACT_PATH_TEXT,

	F_LOWER_TEXT, F_UPPER_TEXT,

	F_INT4RANGE_INT4_INT4, F_INT4RANGE_INT4_INT4_TEXT, F_INT8RANGE_INT8_INT8, F_INT8RANGE_INT8_INT8_TEXT,
	F_NUMRANGE_NUMERIC_NUMERIC, F_NUMRANGE_NUMERIC_NUMERIC_TEXT, F_DATERANGE_DATE_DATE, F_DATERANGE_DATE_DATE_TEXT,
	F_TSRANGE_TIMESTAMP_TIMESTAMP, F_TSRANGE_TIMESTAMP_TIMESTAMP_TEXT,
	F_TSTZRANGE_TIMESTAMPTZ_TIMESTAMPTZ, F_TSTZRANGE_TIMESTAMPTZ_TIMESTAMPTZ_TEXT
};

/* For check_functions_in_node: true for a function that is not listed. */
static bool
is_unlisted(Oid function, void *context)
{
	for (int i = 0; i < lengthof(expression_functions); i++)
		if (expression_functions[i] == function)
			return false;
	return true;
}

/* Whether a function that folds case does so by a collation that a role has created. */
static bool
uses_other_collation(Node *node)
{
	FuncExpr   *call = (FuncExpr *) node;

	return IsA(node, FuncExpr) && (call->funcid == F_LOWER_TEXT || call->funcid == F_UPPER_TEXT) &&
		!kroles_is_plain_collation(call->inputcollid);
}

/* Whether a conversion is from text to a type whose values are read in the same way under all settings. */
static bool
is_steady_conversion(CoerceViaIO *node)
{
	Oid			to = node->resulttype;

	return exprType((Node *) node->arg) == TEXTOID &&
		(to == INT4OID || to == INT8OID || to == NUMERICOID || to == UUIDOID || to == BOOLOID);
}

/* A walker: true for every expression that is not admitted in an index. */
static bool
is_unsafe(Node *node, void *context)
{
	bool		safe = false;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_List:
			return expression_tree_walker(node, is_unsafe, context);
		case T_Var:
		case T_Const:
		case T_RelabelType:
			safe = true;
			break;
		case T_FuncExpr:
		case T_OpExpr:
			safe = !check_functions_in_node(node, is_unlisted, NULL) && !uses_other_collation(node);
			break;
		case T_CoerceViaIO:
			safe = is_steady_conversion((CoerceViaIO *) node);
			break;
		default:
			break;
	}
	return !safe || !kroles_is_search_type(exprType(node)) || expression_tree_walker(node, is_unsafe, context);
}

/*
 * Whether an expression has been computed from every row of a relation for an index.
 * Not so for plain columns, which need no proof.
 */
bool
kroles_is_indexed_expression(RelOptInfo *rel, Node *node)
{
	ListCell   *cell;

	if (IsA(kroles_strip_relabel(node), Var) || is_unsafe(node, NULL))
		return false;
	foreach(cell, rel->indexlist)
	{
		IndexOptInfo *index = lfirst_node(IndexOptInfo, cell);

		if (index->indexprs == NIL || index->indpred != NIL || index->hypothetical)
			continue;
		for (int i = 0; i < index->nkeycolumns; i++)
			if (match_index_to_operand(node, i, index))
				return true;
	}
	return false;
}
