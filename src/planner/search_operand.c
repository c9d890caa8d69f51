/*
 * search_operand.c
 *		The operands of searches: which expressions are allowed, and how they are
 *		evaluated.
 *
 * An operand that is not a column is evaluated while an index is scanned, and again
 * for each candidate that the scan must recheck, always before the policy.  If it
 * called a function of another role, that function would count hidden rows.  So an
 * operand may consist only of what is listed here: functions, identified by OID, and
 * values of the types that planner/vetted_types.c lists.  No listed function takes a
 * pseudotype (record, anyelement, "any"), because such a function looks up casts and
 * output functions when it runs.  No listed type is, or contains, a type with code of
 * the role that created it: an enum has none, and a domain or composite type is not
 * listed.
 *
 * These restrictions are not sufficient.  Making a tsquery may send a notice (all
 * words are stop words, a word is too long), and its second evaluation may fail
 * although its first did not (a setting that it reads, or its configuration, has
 * changed in between, which a cursor makes possible).  If either happened once for
 * each candidate, it would reveal the number of candidates.  So an operand that
 * calls a function becomes the output of an InitPlan, as an uncorrelated subselect
 * does: it is evaluated once in a statement, when the scan begins, whether or not
 * there are candidates.
 *
 * What a listed function uses that roles can create or change:
 *		Text search configurations and dictionaries.  Their parsers and templates
 *		are C functions that only a superuser can create (both need type internal).
 *		The options of a dictionary name files and other dictionaries, nothing that
 *		is executed.
 *		Collations.  Only lower(), upper() and regular expressions use them, in the
 *		C library or ICU; the search operators fold case by the database's own
 *		locale.
 *		Settings.  Their show hooks are C functions of loaded libraries.
 *		Enum types.  Their values are read and written by PostgreSQL's functions.  A
 *		role can create casts for them, but a cast is another function, not listed.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/plannodes.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/subselect.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "planner/search_operand.h"
#include "planner/vetted_operators.h"

/* ---- Allowed expressions ---- */

static const Oid allowed_functions[] = {
	/* a tsquery from text: by a configuration, all of whose code is in C (see above) */
	F_TO_TSQUERY_TEXT, F_TO_TSQUERY_REGCONFIG_TEXT,
	F_PLAINTO_TSQUERY_TEXT, F_PLAINTO_TSQUERY_REGCONFIG_TEXT,
	F_PHRASETO_TSQUERY_TEXT, F_PHRASETO_TSQUERY_REGCONFIG_TEXT,
	F_WEBSEARCH_TO_TSQUERY_TEXT, F_WEBSEARCH_TO_TSQUERY_REGCONFIG_TEXT,

	/* &&, ||, !! and <->: they only copy the trees of their arguments */
	F_TSQUERY_AND, F_TSQUERY_OR, F_TSQUERY_NOT, F_TSQUERY_PHRASE_TSQUERY_TSQUERY,

	/* text from text: they examine bytes and, by the collation, letters */
	F_TEXTCAT, F_LOWER_TEXT, F_UPPER_TEXT, F_BTRIM_TEXT, F_REPLACE,
	F_REGEXP_REPLACE_TEXT_TEXT_TEXT, F_REGEXP_REPLACE_TEXT_TEXT_TEXT_TEXT,

	/* a setting, by which applications pass values: every setting's value is text */
	F_CURRENT_SETTING_TEXT,

	/* numbers of other types */
	F_INT4_INT2, F_INT8_INT2, F_INT8_INT4, F_NUMERIC_INT4, F_NUMERIC_INT8,

	/* times before and after the current one (CURRENT_DATE and the like are no functions), by the session's time zone */
	F_NOW, F_TIMESTAMPTZ_PL_INTERVAL, F_TIMESTAMPTZ_MI_INTERVAL, F_TIMESTAMP_PL_INTERVAL, F_TIMESTAMP_MI_INTERVAL,
	F_DATE_PLI, F_DATE_MII, F_DATE_PL_INTERVAL, F_DATE_MI_INTERVAL,
	F_TIMESTAMPTZ_DATE, F_TIMESTAMPTZ_TIMESTAMP, F_TIMESTAMP_DATE, F_DATE_TIMESTAMPTZ, F_DATE_TIMESTAMP,

	/* ranges from their bounds */
	F_INT4RANGE_INT4_INT4, F_INT4RANGE_INT4_INT4_TEXT, F_INT8RANGE_INT8_INT8, F_INT8RANGE_INT8_INT8_TEXT,
	F_NUMRANGE_NUMERIC_NUMERIC, F_NUMRANGE_NUMERIC_NUMERIC_TEXT, F_DATERANGE_DATE_DATE, F_DATERANGE_DATE_DATE_TEXT,
	F_TSRANGE_TIMESTAMP_TIMESTAMP, F_TSRANGE_TIMESTAMP_TIMESTAMP_TEXT,
	F_TSTZRANGE_TIMESTAMPTZ_TIMESTAMPTZ, F_TSTZRANGE_TIMESTAMPTZ_TIMESTAMPTZ_TEXT
};

/* For check_functions_in_node: true for a function that is not allowed. */
static bool
is_disallowed_function(Oid function, void *context)
{
	for (int i = 0; i < lengthof(allowed_functions); i++)
		if (allowed_functions[i] == function)
			return false;
	return true;
}

/* Whether a conversion is from text: by the C function that reads the type's values (which types: see is_disallowed). */
static bool
is_allowed_conversion(CoerceViaIO *node)
{
	Oid			from = exprType((Node *) node->arg);

	return from == TEXTOID || from == VARCHAROID;
}

/* A walker: true for every expression that is not allowed. */
static bool
is_disallowed(Node *node, void *context)
{
	bool		allowed = false;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_List:
			return expression_tree_walker(node, is_disallowed, context);
		case T_Const:
		case T_RelabelType:
		case T_ArrayExpr:
		case T_SQLValueFunction:
			allowed = true;
			break;
		case T_Param:
			allowed = ((Param *) node)->paramkind == PARAM_EXTERN || ((Param *) node)->paramkind == PARAM_EXEC;
			break;
		case T_FuncExpr:
		case T_OpExpr:
			allowed = !check_functions_in_node(node, is_disallowed_function, NULL);
			break;
		case T_CoerceViaIO:
			allowed = is_allowed_conversion((CoerceViaIO *) node);
			break;
		default:
			break;
	}
	return !allowed || !kroles_is_search_type(exprType(node)) || expression_tree_walker(node, is_disallowed, context);
}

/* An expression without the nodes on top of it that only relabel its type.  The result is part of the expression. */
Node *
kroles_strip_relabel(Node *node)
{
	while (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node;
}

/*
 * Whether an expression is a plain column, of any relation in the query, and of an
 * allowed type itself, not a domain over one.  An array must not be relabelled: it
 * holds the type of its elements.
 */
bool
kroles_is_search_column(Node *node)
{
	Node	   *bare = kroles_strip_relabel(node);
	Oid			type = IsA(bare, Var) ? ((Var *) bare)->vartype : InvalidOid;

	return OidIsValid(type) && ((Var *) bare)->varlevelsup == 0 && kroles_is_search_type(type) &&
		(bare == node || !OidIsValid(get_element_type(type)));
}

/* Whether an operand that is not a column is allowed. */
bool
kroles_is_search_operand(Node *node)
{
	return !is_disallowed(node, NULL);
}

/* ---- Evaluation once in a statement ---- */

/* The expression of an InitPlan that does nothing but evaluate one; NULL for other InitPlans. */
static Node *
initplan_expression(PlannerInfo *root, SubPlan *initplan)
{
	Plan	   *plan = list_nth(root->glob->subplans, initplan->plan_id - 1);

	if (initplan->subLinkType != EXPR_SUBLINK || !IsA(plan, Result) || plan->lefttree != NULL ||
		plan->initPlan != NIL || ((Result *) plan)->resconstantqual != NULL || list_length(plan->targetlist) != 1)
		return NULL;
	return (Node *) linitial_node(TargetEntry, plan->targetlist)->expr;
}

/* The output of an existing InitPlan for the same expression, which searches in partitions share; NULL if there is none. */
static Param *
find_initplan_output(PlannerInfo *root, Node *expr)
{
	ListCell   *cell;

	foreach(cell, root->init_plans)
	{
		SubPlan    *initplan = lfirst_node(SubPlan, cell);
		Param	   *output;

		if (!equal(initplan_expression(root, initplan), expr))
			continue;
		output = makeNode(Param);
		output->paramkind = PARAM_EXEC;
		output->paramid = linitial_int(initplan->setParam);
		output->paramtype = exprType(expr);
		output->paramtypmod = exprTypmod(expr);
		output->paramcollid = exprCollation(expr);
		output->location = -1;
		return output;
	}
	return NULL;
}

/* Makes a plan that evaluates an expression. */
static Plan *
make_expression_plan(PlannerInfo *root, Node *expr)
{
	Result	   *result = makeNode(Result);
	QualCost	cost;

	cost_qual_eval_node(&cost, expr, root);
	result->plan.total_cost = cost.startup + cost.per_tuple + cpu_tuple_cost;
	result->plan.plan_rows = 1;
	result->plan.targetlist = list_make1(makeTargetEntry((Expr *) expr, 1, NULL, false));
	return &result->plan;
}

/* Makes a query level below that of root, for a plan without relations. */
static PlannerInfo *
make_lower_level(PlannerInfo *root)
{
	PlannerInfo *level = makeNode(PlannerInfo);

	level->parse = makeNode(Query);
	level->parse->commandType = CMD_SELECT;
	level->glob = root->glob;
	level->query_level = root->query_level + 1;
	level->parent_root = root;
	level->planner_cxt = root->planner_cxt;
	level->wt_param_id = -1;
	KROLES_NAME_LEVEL(level);
	SS_identify_outer_params(level);
	return level;
}

/*
 * Returns an operand as it is if it calls no function or is computed from a row.  For
 * any other one, returns the output of an InitPlan of root that evaluates the operand once in a statement.
 */
Node *
kroles_search_evaluate_once(PlannerInfo *root, Node *operand)
{
	Node	   *bare = kroles_strip_relabel(operand);
	Param	   *output;

	if (IsA(bare, Const) || IsA(bare, Param) || contain_var_clause(bare))
		return operand;
	output = find_initplan_output(root, operand);
	if (output == NULL)
	{
		output = SS_make_initplan_output_param(root, exprType(operand), exprTypmod(operand), exprCollation(operand));
		SS_make_initplan_from_plan(root, make_lower_level(root), make_expression_plan(root, operand), output);
	}
	return (Node *) output;
}
