/*
 * support.c
 *		What the planner is told of kroles.audience_can(): what it costs, how many
 *		rows it lets through, and that an index can find them.
 *
 * Who is asking changes only costs.  The condition for the index names whatever
 * the subject who runs the plan may see, and the function stays as a filter, so
 * a plan that was made for one person is right for the next.
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "planner/estimate.h"
#include "planner/planner.h"
#include "rules/rules.h"
#include "store/catalog.h"

/* What a call costs, in operators. */
#define COST_IN_OPERATORS 4

/* Of the rows that are seen, a part may be changed. */
#define CHANGEABLE_FRACTION 0.1

/* Whether an expression is the audience of kroles.media. */
static bool
is_audience_of_media(PlannerInfo *root, Node *node)
{
	Var		   *var = (Var *) node;

	if (root == NULL || node == NULL || !IsA(node, Var) || var->varlevelsup != 0 || IS_SPECIAL_VARNO(var->varno))
		return false;
	return planner_rt_fetch(var->varno, root)->relid == kroles_table(KROLES_T_MEDIA)->oid &&
		var->varattno == kroles_table(KROLES_T_MEDIA)->column[MEDIA_AUDIENCE];
}

/* Whether an action is "view", the only one that the index can find rows for. */
static bool
is_view(Node *action)
{
	return IsA(action, Const) && !((Const *) action)->constisnull &&
		kroles_enum_code(KROLES_E_ACTION, DatumGetObjectId(((Const *) action)->constvalue)) == KROLES_VIEW;
}

static double
visible_part(PlannerInfo *root, Node *audience)
{
	const KrolesTable *media;

	if (!is_audience_of_media(root, audience))
		return 0.5;
	media = kroles_table(KROLES_T_MEDIA);
	return kroles_visible_fraction(media->oid, media->column[MEDIA_AUDIENCE]);
}

static Node *
selectivity(SupportRequestSelectivity *request)
{
	if (list_length(request->args) != 2)
		return NULL;
	request->selectivity = visible_part(request->root, lsecond(request->args));
	if (!is_view(linitial(request->args)))
		request->selectivity *= CHANGEABLE_FRACTION;
	CLAMP_PROBABILITY(request->selectivity);
	return (Node *) request;
}

static Node *
cost(SupportRequestCost *request)
{
	request->startup = 0;
	request->per_tuple = COST_IN_OPERATORS * cpu_operator_cost;
	return (Node *) request;
}

/* The function of ours with that name and those types of arguments. */
static Oid
our_function(const char *name, const Oid *types, int ntypes)
{
	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
						   PointerGetDatum(buildoidvector(types, ntypes)), ObjectIdGetDatum(kroles_schema()));
}

/* Whether it is kroles.audience_can(action, audience). */
static bool
is_audience_can(Oid function)
{
	Oid			types[2] = {kroles_enum_type(KROLES_E_ACTION), kroles_audience_type()};

	return function == our_function("audience_can", types, 2);
}

/*
 * The column of audiences that a policy's condition asks for "view"; NULL for
 * any other condition.
 */
Var *
kroles_policy_audience(Node *clause)
{
	FuncExpr   *call = (FuncExpr *) clause;

	if (!IsA(clause, FuncExpr) || list_length(call->args) != 2 || call->funcid < FirstNormalObjectId ||
		!IsA(lsecond(call->args), Var) || !IsA(linitial(call->args), Const) || get_func_support(call->funcid) == InvalidOid ||
		get_func_namespace(call->funcid) != get_namespace_oid("kroles", true))
		return NULL;
	if (!is_audience_can(call->funcid) || !is_view(linitial(call->args)))
		return NULL;
	return lsecond(call->args);
}

/* kroles.sought() */
static Oid
sought_function(void)
{
	return our_function("sought", NULL, 0);
}

/*
 * The condition "audience && kroles.sought()" for an index of that family; NULL
 * where it is not one of ours.
 */
Expr *
kroles_index_condition(Node *audience, Oid opfamily)
{
	Oid			type = kroles_audience_type();
	Oid			operator = get_opfamily_member(opfamily, type, type, 1);
	Oid			function = sought_function();

	if (!OidIsValid(operator) || !OidIsValid(function))
		return NULL;
	return make_opclause(operator, BOOLOID, false, (Expr *) audience,
						 (Expr *) makeFuncExpr(function, type, NIL, InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL),
						 InvalidOid, InvalidOid);
}

static Node *
index_condition(SupportRequestIndexCondition *request)
{
	FuncExpr   *call = (FuncExpr *) request->node;
	Expr	   *condition;

	if (!IsA(call, FuncExpr) || list_length(call->args) != 2 || request->indexarg != 1 || !is_view(linitial(call->args)) ||
		!is_audience_can(call->funcid))
		return NULL;
	condition = kroles_index_condition(lsecond(call->args), request->opfamily);
	if (condition == NULL)
		return NULL;
	request->lossy = true;
	return (Node *) list_make1(condition);
}

/* kroles.audience_support(internal) */
PG_FUNCTION_INFO_V1(kroles_audience_support);
Datum
kroles_audience_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	Node	   *answer = NULL;

	if (IsA(request, SupportRequestSelectivity))
		answer = selectivity((SupportRequestSelectivity *) request);
	else if (IsA(request, SupportRequestCost))
		answer = cost((SupportRequestCost *) request);
	else if (IsA(request, SupportRequestIndexCondition))
		answer = index_condition((SupportRequestIndexCondition *) request);
	PG_RETURN_POINTER(answer);
}

/* kroles.audience_overlaps_sel(internal, oid, internal, integer): how many rows "audience && sought" finds. */
PG_FUNCTION_INFO_V1(kroles_audience_overlaps_sel);
Datum
kroles_audience_overlaps_sel(PG_FUNCTION_ARGS)
{
	PlannerInfo *root = (PlannerInfo *) PG_GETARG_POINTER(0);
	List	   *args = (List *) PG_GETARG_POINTER(2);
	double		part = args != NIL ? visible_part(root, linitial(args)) : 0.5;

	PG_RETURN_FLOAT8(Min(part, 1.0));
}
