/*
 * search_operand.c
 *		What a search looks for: which operands are vetted, and their evaluation.
 *
 * An operand that is no column is evaluated while an index is scanned, and again
 * for each candidate that the scan must check, all before the policy.  If it
 * called a function of another role's, that function would count hidden rows.  So
 * it is made of what is listed here and of nothing else: functions by OID, and
 * values of the types by OID.  No listed function takes a pseudotype (record,
 * anyelement, "any"), because those look up casts and output functions when they
 * run, and no listed type is or holds a type that a role can make.
 *
 * That is not enough.  Making a tsquery may send a notice (all words are stop
 * words, a word is too long), and it may fail on its second evaluation where it
 * did not on its first (a setting that it reads or its configuration has changed,
 * as a cursor allows).  Either, once for each candidate, tells how many there are.
 * So an operand that calls anything is made the output of an InitPlan, as a
 * subselect without references to rows is: it is evaluated once in a statement,
 * when the scan begins, whether there are candidates or not.
 *
 * What a listed function reaches that roles can make:
 *		Text search configurations and dictionaries.  Their parsers and templates
 *		are C functions that only a superuser can make (both need type internal).
 *		A dictionary's options name files and other dictionaries, nothing to run.
 *		Collations.  Only lower(), upper() and regular expressions use them, in the
 *		C library or ICU; the operators fold by the database's own locale.
 *		Settings.  Their show hooks are C functions of loaded libraries.
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

#include "planner/search_operand.h"

/* ---- What is vetted ---- */

static const Oid types[] = {TEXTOID, VARCHAROID, TSVECTOROID, TSQUERYOID, REGCONFIGOID};

static const Oid functions[] = {
	/* a tsquery from text: by a configuration, which is C code all through (see above) */
	F_TO_TSQUERY_TEXT, F_TO_TSQUERY_REGCONFIG_TEXT,
	F_PLAINTO_TSQUERY_TEXT, F_PLAINTO_TSQUERY_REGCONFIG_TEXT,
	F_PHRASETO_TSQUERY_TEXT, F_PHRASETO_TSQUERY_REGCONFIG_TEXT,
	F_WEBSEARCH_TO_TSQUERY_TEXT, F_WEBSEARCH_TO_TSQUERY_REGCONFIG_TEXT,

	/* &&, ||, !! and <->: they only copy the trees of their arguments */
	F_TSQUERY_AND, F_TSQUERY_OR, F_TSQUERY_NOT, F_TSQUERY_PHRASE_TSQUERY_TSQUERY,

	/* text from text: they look at bytes and, by the collation, at letters */
	F_TEXTCAT, F_LOWER_TEXT, F_UPPER_TEXT, F_BTRIM_TEXT, F_REPLACE,
	F_REGEXP_REPLACE_TEXT_TEXT_TEXT, F_REGEXP_REPLACE_TEXT_TEXT_TEXT_TEXT,

	/* a setting, as applications pass values: they are text already */
	F_CURRENT_SETTING_TEXT
};

static bool
is_listed(Oid oid, const Oid *list, int length)
{
	for (int i = 0; i < length; i++)
		if (list[i] == oid)
			return true;
	return false;
}

/* Whether a type is one of those that searches are made of. */
bool
kroles_search_type(Oid type)
{
	return is_listed(type, types, lengthof(types));
}

/* For check_functions_in_node: true for a function that is not listed. */
static bool
is_other_function(Oid function, void *context)
{
	return !is_listed(function, functions, lengthof(functions));
}

/* Whether text is read as a tsquery or as the name of a configuration: by C functions, with no other type in between. */
static bool
is_vetted_conversion(CoerceViaIO *node)
{
	Oid			from = exprType((Node *) node->arg);

	return (from == TEXTOID || from == VARCHAROID) &&
		(node->resulttype == TSQUERYOID || node->resulttype == REGCONFIGOID);
}

/* A walker, true for all that is not vetted. */
static bool
is_not_vetted(Node *node, void *context)
{
	bool		vetted = false;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_List:
			return expression_tree_walker(node, is_not_vetted, context);
		case T_Const:
		case T_RelabelType:
			vetted = true;
			break;
		case T_Param:
			vetted = ((Param *) node)->paramkind == PARAM_EXTERN || ((Param *) node)->paramkind == PARAM_EXEC;
			break;
		case T_FuncExpr:
		case T_OpExpr:
			vetted = !check_functions_in_node(node, is_other_function, NULL);
			break;
		case T_CoerceViaIO:
			vetted = is_vetted_conversion((CoerceViaIO *) node);
			break;
		default:
			break;
	}
	return !vetted || !kroles_search_type(exprType(node)) || expression_tree_walker(node, is_not_vetted, context);
}

/* An expression without what only relabels its type. */
Node *
kroles_search_bare(Node *node)
{
	while (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node;
}

/* A column as it is, of whatever relation, of a listed type and no domain over it. */
bool
kroles_search_column(Node *node)
{
	node = kroles_search_bare(node);
	return IsA(node, Var) && ((Var *) node)->varlevelsup == 0 && kroles_search_type(((Var *) node)->vartype);
}

/* Whether an operand that is no column is vetted. */
bool
kroles_search_operand(Node *node)
{
	return !is_not_vetted(node, NULL);
}

/* ---- Evaluating it once ---- */

/* What an InitPlan that only evaluates an expression evaluates; NULL for other InitPlans. */
static Node *
evaluated_by(PlannerInfo *root, SubPlan *initplan)
{
	Plan	   *plan = list_nth(root->glob->subplans, initplan->plan_id - 1);

	if (initplan->subLinkType != EXPR_SUBLINK || !IsA(plan, Result) || plan->lefttree != NULL ||
		plan->initPlan != NIL || ((Result *) plan)->resconstantqual != NULL || list_length(plan->targetlist) != 1)
		return NULL;
	return (Node *) linitial_node(TargetEntry, plan->targetlist)->expr;
}

/* The output of an InitPlan that there is for the same expression: partitions' searches share one. */
static Param *
known_output(PlannerInfo *root, Node *expr)
{
	ListCell   *cell;

	foreach(cell, root->init_plans)
	{
		SubPlan    *initplan = lfirst_node(SubPlan, cell);
		Param	   *output;

		if (!equal(evaluated_by(root, initplan), expr))
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

/* A plan that evaluates an expression. */
static Plan *
plan_of(PlannerInfo *root, Node *expr)
{
	Result	   *result = makeNode(Result);
	QualCost	cost;

	cost_qual_eval_node(&cost, expr, root);
	result->plan.total_cost = cost.startup + cost.per_tuple + cpu_tuple_cost;
	result->plan.plan_rows = 1;
	result->plan.targetlist = list_make1(makeTargetEntry((Expr *) expr, 1, NULL, false));
	return &result->plan;
}

/* A level of planning below another, for a plan without relations. */
static PlannerInfo *
level_below(PlannerInfo *root)
{
	PlannerInfo *level = makeNode(PlannerInfo);

	level->parse = makeNode(Query);
	level->parse->commandType = CMD_SELECT;
	level->glob = root->glob;
	level->query_level = root->query_level + 1;
	level->parent_root = root;
	level->planner_cxt = root->planner_cxt;
	level->wt_param_id = -1;
	SS_identify_outer_params(level);
	return level;
}

/*
 * An operand that is evaluated once in a statement: itself where it calls nothing,
 * else the output of an InitPlan.
 */
Node *
kroles_search_once(PlannerInfo *root, Node *operand)
{
	Node	   *bare = kroles_search_bare(operand);
	Param	   *output;

	if (IsA(bare, Var) || IsA(bare, Const) || IsA(bare, Param))
		return operand;
	output = known_output(root, operand);
	if (output == NULL)
	{
		output = SS_make_initplan_output_param(root, exprType(operand), exprTypmod(operand), exprCollation(operand));
		SS_make_initplan_from_plan(root, level_below(root), plan_of(root, operand), output);
	}
	return (Node *) output;
}
