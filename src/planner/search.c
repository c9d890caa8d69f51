/*
 * search.c
 *		Searches by their indexes, under the policies.
 *
 * PostgreSQL evaluates a policy before a query's own conditions, so that no
 * condition can reveal anything about hidden rows.  Only a leakproof condition may
 * be evaluated before the policy, and an index condition is evaluated before it.
 * Few operators are marked leakproof: those of numbers, texts and times, but not those
 * of enums, arrays, JSON, ranges, words and patterns.  So under row-level security a
 * search by these reads the whole table.
 *
 * This file marks the conditions that are searches without leaks as leakproof, in
 * one relation at a time, only while PostgreSQL makes index paths for that relation
 * a second time.  Afterwards it removes the mark.  So the only change is that these
 * searches may become index conditions.  Filters keep their order, the policy first.
 * What PostgreSQL merges into equivalence classes or pushes into subqueries was decided
 * before, or depends on the label of the function in the catalog, which is not changed.
 * (Estimates: planner/search_estimate.c.)
 *
 * Which searches
 *		A comparison of two sides, or of one side with any element of an array, by a
 *		vetted operator (planner/vetted_operators.c) between values of listed types
 *		(planner/vetted_types.c), that an index of the relation may serve
 *		(planner/search_index.c).
 *
 * Which sides
 *		One that is read from a row must be a plain column, whose own type is listed:
 *		an expression that is computed from a column may fail on the column's value.
 *		It does not if an index has the same expression (planner/indexed_expression.c).
 *		One that is not read from a row may be evaluated for each candidate, before the
 *		policy.  planner/search_operand.c restricts what it may consist of, and makes
 *		the plan evaluate it once.
 *
 * Which indexes
 *		Any index that supports the operator.  Only superusers can create and change
 *		operator classes and families, so no support function belongs to another
 *		role.  An index's expressions and predicate belong to the owner of the table,
 *		who may read the table anyway.  (A scan evaluates a predicate only if the
 *		query has the same condition, and then only for whole pages of a lossy
 *		bitmap.)
 *
 * Which relations
 *		All conditions that would be evaluated before the search must be policies of
 *		kroles: calls of the extension's own C functions, combined by AND and OR, on
 *		columns and constants, with no casts except those that kroles_protect writes.
 *		If there is another policy, nothing is changed.  Nor is it if the conditions
 *		of a security barrier view have become the table's own, as in UPDATE through
 *		such a view.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "parser/parsetree.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "planner/fixed_columns.h"
#include "planner/indexed_expression.h"
#include "planner/own_functions.h"
#include "planner/planner.h"
#include "planner/search.h"
#include "planner/search_operand.h"
#include "planner/vetted_operators.h"

/* ---- Searches ---- */

/*
 * The operator and the two sides of a comparison, or of a comparison with any element
 * of an array.  Returns false for other conditions.  Sets opfuncid of the condition.
 */
bool
kroles_get_sides(Node *node, Oid *operator, Node **left, Node **right)
{
	List	   *args;

	if (IsA(node, OpExpr))
	{
		set_opfuncid((OpExpr *) node);
		*operator = ((OpExpr *) node)->opno;
		args = ((OpExpr *) node)->args;
	}
	else if (IsA(node, ScalarArrayOpExpr) && ((ScalarArrayOpExpr *) node)->useOr)
	{
		set_sa_opfuncid((ScalarArrayOpExpr *) node);
		*operator = ((ScalarArrayOpExpr *) node)->opno;
		args = ((ScalarArrayOpExpr *) node)->args;
	}
	else
		return false;
	if (list_length(args) != 2)
		return false;
	*left = linitial(args);
	*right = lsecond(args);
	return true;
}

/* The vetting of a condition's operator.  One that takes only constants is not vetted for the elements of an array. */
static KrolesVetting
vet_condition(Node *node, Oid operator, Node *left)
{
	KrolesVetting vetting;

	if (IsA(node, OpExpr))
		return kroles_vet_operator(operator, ((OpExpr *) node)->opfuncid, ((OpExpr *) node)->inputcollid, exprType(left));
	vetting = kroles_vet_operator(operator, ((ScalarArrayOpExpr *) node)->opfuncid, ((ScalarArrayOpExpr *) node)->inputcollid,
								  exprType(left));
	return vetting == KROLES_ANY_OPERAND ? vetting : KROLES_NOT_VETTED;
}

/* Whether an expression that is read from a row of the relation, or of another one in a join, may be a side of a search. */
static bool
is_safe_column(RelOptInfo *rel, Node *node)
{
	return kroles_is_search_column(node) || kroles_is_indexed_expression(rel, node);
}

/* Whether an expression may be a side of a search whose other side is a column. */
static bool
is_safe_operand(RelOptInfo *rel, Node *node, KrolesVetting vetting)
{
	if (vetting != KROLES_ANY_OPERAND)
		return kroles_is_safe_constant(node, vetting);
	return is_safe_column(rel, node) || kroles_is_search_operand(node);
}

/* Whether a condition is a search that leaks nothing and that an index of the relation may serve.  Sets its opfuncid. */
static bool
is_safe_search(RelOptInfo *rel, Node *node)
{
	Node	   *left;
	Node	   *right;
	Oid			operator;
	KrolesVetting vetting;

	if (!kroles_get_sides(node, &operator, &left, &right) || !kroles_has_search_index(rel, operator, left, right, true))
		return false;
	vetting = vet_condition(node, operator, left);
	if (vetting == KROLES_NOT_VETTED)
		return false;
	return (is_safe_column(rel, left) && is_safe_operand(rel, right, vetting)) ||
		(is_safe_column(rel, right) && is_safe_operand(rel, left, vetting));
}

/* Adds the searches in a condition that would have to wait for a policy: the condition itself, or branches of its OR. */
static void
add_searches(RelOptInfo *rel, Node *node, List **found)
{
	if (IsA(node, RestrictInfo))
	{
		RestrictInfo *condition = (RestrictInfo *) node;

		if (condition->orclause != NULL)
			add_searches(rel, (Node *) condition->orclause, found);
		else if (condition->security_level > 0 && !condition->leakproof &&
				 is_safe_search(rel, (Node *) condition->clause))
			*found = lappend(*found, condition);
	}
	else if (IsA(node, BoolExpr))
	{
		ListCell   *branch;

		foreach(branch, ((BoolExpr *) node)->args)
			add_searches(rel, lfirst(branch), found);
	}
}

/* ---- Policies ---- */

/* Whether a function is one that policies call: a C function of the extension, in its schema. */
static bool
is_kroles_function(Oid function)
{
	return kroles_own_function(function) != KROLES_FOREIGN_FUNCTION;
}

/* For check_functions_in_node: true for every function except the casts of an id column to bigint. */
static bool
is_not_id_cast(Oid function, void *context)
{
	return function != F_INT8_INT4 && function != F_INT8_INT2;
}

/* A walker: true if an argument is more than a column or a constant with the casts that kroles_protect writes. */
static bool
is_not_plain_argument(Node *node, void *context)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_List:
		case T_Var:
		case T_Const:
		case T_RelabelType:
			break;
		case T_FuncExpr:
			if (check_functions_in_node(node, is_not_id_cast, NULL))
				return true;
			break;
		case T_CoerceViaIO:
			if (getBaseType(exprType((Node *) ((CoerceViaIO *) node)->arg)) != UUIDOID ||
				((CoerceViaIO *) node)->resulttype != TEXTOID)
				return true;
			break;
		default:
			return true;
	}
	return expression_tree_walker(node, is_not_plain_argument, context);
}

/* Whether a condition calls only functions of kroles. */
static bool
is_kroles_policy(Node *node)
{
	ListCell   *part;

	if (IsA(node, FuncExpr))
		return is_kroles_function(((FuncExpr *) node)->funcid) &&
			!is_not_plain_argument((Node *) ((FuncExpr *) node)->args, NULL);
	if (IsA(node, OpExpr))
		return is_kroles_function(get_opcode(((OpExpr *) node)->opno)) &&
			!is_not_plain_argument((Node *) ((OpExpr *) node)->args, NULL);
	if (!IsA(node, BoolExpr) || ((BoolExpr *) node)->boolop == NOT_EXPR)
		return false;
	foreach(part, ((BoolExpr *) node)->args)
		if (!is_kroles_policy(lfirst(part)))
			return false;
	return true;
}

/* Whether only policies of kroles are evaluated before conditions of that security level. */
static bool
has_only_kroles_policies_before(RelOptInfo *rel, Index level)
{
	ListCell   *cell;

	foreach(cell, rel->baserestrictinfo)
	{
		RestrictInfo *condition = lfirst_node(RestrictInfo, cell);

		if (condition->security_level < level && !is_kroles_policy((Node *) condition->clause))
			return false;
	}
	return true;
}

/* Whether a statement changes the relation through a view, whose conditions may be among the relation's own. */
static bool
is_changed_through_view(PlannerInfo *root, Index rti)
{
	ListCell   *cell;

	if (!bms_is_member(rti, root->all_result_relids))
		return false;
	foreach(cell, root->parse->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, cell);

		if (rte->rtekind == RTE_RELATION && rte->relkind == RELKIND_VIEW)
			return true;
	}
	return false;
}

/* ---- Paths ---- */

/*
 * The searches on a relation that its indexes may serve, including those in join
 * conditions, that have only policies of kroles before them.
 */
List *
kroles_allowed_searches(PlannerInfo *root, RelOptInfo *rel)
{
	List	   *found = NIL;
	List	   *allowed = NIL;
	ListCell   *cell;

	foreach(cell, rel->baserestrictinfo)
		add_searches(rel, lfirst(cell), &found);
	foreach(cell, rel->joininfo)
		add_searches(rel, lfirst(cell), &found);
	foreach(cell, found)
		if (has_only_kroles_policies_before(rel, lfirst_node(RestrictInfo, cell)->security_level))
			allowed = lappend(allowed, lfirst(cell));
	return allowed == NIL || is_changed_through_view(root, rel->relid) ? NIL : allowed;
}

/*
 * Replaces the operands of a search by expressions that are evaluated once in a
 * statement.  Changes the condition in place, so that everything that refers to it
 * has the same operands.
 */
static void
evaluate_operands_once(PlannerInfo *root, Expr *search)
{
	ListCell   *operand;

	foreach(operand, IsA(search, OpExpr) ? castNode(OpExpr, search)->args : castNode(ScalarArrayOpExpr, search)->args)
		lfirst(operand) = kroles_search_evaluate_once(root, lfirst(operand));
}

/*
 * Adds index paths for the searches on a relation that kroles protects.  Returns at
 * once if the query has no policies.
 */
void
kroles_search_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	List	   *searches;
	List	   *fixed;
	ListCell   *cell;

	if (root->qual_security_level == 0 || rel->indexlist == NIL || rte->rtekind != RTE_RELATION || rte->inh ||
		rte->tablesample != NULL || IS_DUMMY_REL(rel))
		return;
	searches = kroles_allowed_searches(root, rel);
	if (searches == NIL)
		return;
	foreach(cell, searches)
	{
		evaluate_operands_once(root, lfirst_node(RestrictInfo, cell)->clause);
		lfirst_node(RestrictInfo, cell)->leakproof = true;
	}
	fixed = kroles_fix_columns(root, rel, searches);
	create_index_paths(root, rel);
	kroles_release_columns(fixed);
	foreach(cell, searches)
		lfirst_node(RestrictInfo, cell)->leakproof = false;
}
