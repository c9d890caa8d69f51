/*
 * support.c
 *		Planner support for the functions in policies: for kroles.audience_can() its
 *		cost, its selectivity, and the condition by which an index finds its rows; for
 *		others the selectivity.
 *
 * A plan that was made for one subject is correct for every other one.  The
 * current subject influences only costs: the index condition calls
 * kroles.index_keys(), which returns the index keys of the subject that executes the
 * plan, and kroles.audience_can() remains as a filter.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"

#include "planner/estimate.h"
#include "planner/own_functions.h"
#include "planner/planner.h"
#include "store/catalog.h"

/* The cost of a call, in units of cpu_operator_cost. */
#define COST_IN_OPERATORS 4

/* The fraction of the visible rows that actions other than "view" are assumed to be allowed on. */
#define CHANGEABLE_FRACTION 0.1

/* Whether an expression is the audience column of kroles.media. */
static bool
is_audience_of_media(PlannerInfo *root, Node *node)
{
	Var		   *var = (Var *) node;

	if (root == NULL || node == NULL || !IsA(node, Var) || var->varlevelsup != 0 || IS_SPECIAL_VARNO(var->varno))
		return false;
	return planner_rt_fetch(var->varno, root)->relid == kroles_table(KROLES_T_MEDIA)->oid &&
		var->varattno == kroles_table(KROLES_T_MEDIA)->column[MEDIA_AUDIENCE];
}

/* Whether an action is the constant "view", the only one that the index supports. */
static bool
is_view(Node *action)
{
	return IsA(action, Const) && !((Const *) action)->constisnull &&
		kroles_enum_code(KROLES_E_ACTION, DatumGetObjectId(((Const *) action)->constvalue)) == KROLES_VIEW;
}

/* The fraction of rows that the current subject sees, by that audience; 0.5 for a column that is not kroles.media's. */
static double
visible_fraction(PlannerInfo *root, Node *audience)
{
	const KrolesTable *media;

	if (!is_audience_of_media(root, audience))
		return 0.5;
	media = kroles_table(KROLES_T_MEDIA);
	return kroles_visible_fraction(media->oid, media->column[MEDIA_AUDIENCE]);
}

static Node *
estimate_selectivity(SupportRequestSelectivity *request)
{
	if (list_length(request->args) != 2)
		return NULL;
	request->selectivity = visible_fraction(request->root, lsecond(request->args));
	if (!is_view(linitial(request->args)))
		request->selectivity *= CHANGEABLE_FRACTION;
	CLAMP_PROBABILITY(request->selectivity);
	return (Node *) request;
}

static Node *
estimate_cost(SupportRequestCost *request)
{
	request->startup = 0;
	request->per_tuple = COST_IN_OPERATORS * cpu_operator_cost;
	return (Node *) request;
}

/*
 * If a condition is kroles.audience_can('view', column), returns the column; else
 * NULL.  The result is part of the condition.
 */
Var *
kroles_policy_audience(Node *clause)
{
	FuncExpr   *call = (FuncExpr *) clause;

	if (!IsA(clause, FuncExpr) || list_length(call->args) != 2 || !IsA(lsecond(call->args), Var) ||
		!IsA(linitial(call->args), Const) || kroles_own_function(call->funcid) != KROLES_OWN_AUDIENCE_CAN ||
		!is_view(linitial(call->args)))
		return NULL;
	return lsecond(call->args);
}

/* The condition "audience && keys" for an index with that operator family; NULL if there are no keys or no such operator. */
Expr *
kroles_keys_condition(Node *audience, Oid opfamily, Expr *keys)
{
	Oid			type = kroles_audience_type();
	Oid			operator = get_opfamily_member(opfamily, type, type, 1);

	if (!OidIsValid(operator) || keys == NULL)
		return NULL;
	return make_opclause(operator, BOOLOID, false, (Expr *) audience, keys, InvalidOid, InvalidOid);
}

/*
 * Makes the condition "audience && kroles.index_keys()" for an index with that operator
 * family; NULL if the family is not for type kroles.audience.
 */
Expr *
kroles_index_condition(Node *audience, Oid opfamily)
{
	Oid			function = kroles_index_keys_function();

	if (!OidIsValid(function))
		return NULL;
	return kroles_keys_condition(audience, opfamily,
								 (Expr *) makeFuncExpr(function, kroles_audience_type(), NIL, InvalidOid, InvalidOid,
													   COERCE_EXPLICIT_CALL));
}

/* The index condition that stands for a call of kroles.audience_can(); NULL if the index cannot serve the call. */
static Node *
make_index_condition(SupportRequestIndexCondition *request)
{
	FuncExpr   *call = (FuncExpr *) request->node;
	Expr	   *condition;

	if (!IsA(call, FuncExpr) || list_length(call->args) != 2 || request->indexarg != 1 || !is_view(linitial(call->args)) ||
		kroles_own_function(call->funcid) != KROLES_OWN_AUDIENCE_CAN)
		return NULL;
	if (kroles_sees_too_much())
		return NULL;
	condition = kroles_index_condition(lsecond(call->args), request->opfamily);
	if (condition == NULL)
		return NULL;
	request->lossy = true;
	return (Node *) list_make1(condition);
}

/* kroles.audience_support(internal): the support function of kroles.audience_can(). */
PG_FUNCTION_INFO_V1(kroles_audience_support);
Datum
kroles_audience_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	Node	   *answer = NULL;

	if (IsA(request, SupportRequestSelectivity))
	{
		kroles_estimate_searches(((SupportRequestSelectivity *) request)->root, ((SupportRequestSelectivity *) request)->args);
		answer = estimate_selectivity((SupportRequestSelectivity *) request);
	}
	else if (IsA(request, SupportRequestCost))
		answer = estimate_cost((SupportRequestCost *) request);
	else if (IsA(request, SupportRequestIndexCondition))
		answer = make_index_condition((SupportRequestIndexCondition *) request);
	PG_RETURN_POINTER(answer);
}

/* kroles.audience_overlaps_sel(internal, oid, internal, integer): the selectivity of "audience && kroles.index_keys()". */
PG_FUNCTION_INFO_V1(kroles_audience_overlaps_sel);
Datum
kroles_audience_overlaps_sel(PG_FUNCTION_ARGS)
{
	PlannerInfo *root = (PlannerInfo *) PG_GETARG_POINTER(0);
	List	   *args = (List *) PG_GETARG_POINTER(2);
	double		fraction = args != NIL ? visible_fraction(root, linitial(args)) : 0.5;

	PG_RETURN_FLOAT8(Min(fraction, 1.0));
}

/* ---- The other functions in policies ---- */

/* Whether a call of kroles.can() asks whether a media or room may be viewed. */
static bool
asks_to_view_media(List *args)
{
	Const	   *kind = lsecond(args);
	int			code = IsA(kind, Const) && !kind->constisnull ?
		kroles_enum_code(KROLES_E_OBJECT_KIND, DatumGetObjectId(kind->constvalue)) : -1;

	return is_view(linitial(args)) && (code == KROLES_MEDIA || code == KROLES_ROOM);
}

/*
 * The fraction of the rows of a protected table, or of the publications, that the
 * current subject sees is about that of all media.  Of other conditions nothing is
 * known.
 */
static Node *
estimate_policy_selectivity(SupportRequestSelectivity *request)
{
	KrolesOwnFunction function = kroles_own_function(request->funcid);
	const KrolesTable *media;

	if (function != KROLES_OWN_MAY_SEE_PUBLICATION &&
		!(function == KROLES_OWN_CAN && list_length(request->args) == 3 && asks_to_view_media(request->args)))
		return NULL;
	media = kroles_table(KROLES_T_MEDIA);
	request->selectivity = kroles_visible_fraction(media->oid, media->column[MEDIA_AUDIENCE]);
	CLAMP_PROBABILITY(request->selectivity);
	return (Node *) request;
}

/*
 * kroles.policy_support(internal): the support function of the functions in policies.
 * PostgreSQL calls it when it simplifies the conditions of a query, before it makes
 * any path, and the call loads this library.  So the first query of a session is
 * planned with the hooks, too.  When PostgreSQL estimates the policy, the searches on
 * the same relation are estimated as well.
 */
PG_FUNCTION_INFO_V1(kroles_policy_support);
Datum
kroles_policy_support(PG_FUNCTION_ARGS)
{
	SupportRequestSelectivity *request = (SupportRequestSelectivity *) PG_GETARG_POINTER(0);

	if (!IsA(request, SupportRequestSelectivity))
		PG_RETURN_POINTER(NULL);
	kroles_estimate_searches(request->root, request->args);
	PG_RETURN_POINTER(estimate_policy_selectivity(request));
}
