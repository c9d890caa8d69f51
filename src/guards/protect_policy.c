/*
 * protect_policy.c
 *		Reads action, kind and id column from the expression of a policy that
 *		kroles_protect() has created.
 *
 * The expression is read as the node tree in the catalog.  Deparsing it as SQL
 * (pg_get_expr) would lock the table, so that the table's owner could block a
 * query about all protected tables; and a user-defined cast would look like a
 * built-in one.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "store/catalog.h"

/* The functions to look for, and the first call of one that was found. */
typedef struct CallSearch
{
	Oid			by_id;			/* kroles.can() */
	Oid			by_external_id; /* kroles.external_can() */
	FuncExpr   *call;
} CallSearch;

/* The function of our schema with the arguments (action, kind, id); InvalidOid if there is none. */
static Oid
policy_function(const char *name, Oid id_type)
{
	Oid			types[3] = {kroles_enum_type(KROLES_E_ACTION), kroles_enum_type(KROLES_E_OBJECT_KIND), id_type};

	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
						   PointerGetDatum(buildoidvector(types, 3)), ObjectIdGetDatum(kroles_schema()));
}

/* Walker that stops at the first call of one of the functions. */
static bool
find_policy_call(Node *node, void *context)
{
	CallSearch *search = context;
	FuncExpr   *call = (FuncExpr *) node;

	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr) && (call->funcid == search->by_id || call->funcid == search->by_external_id) &&
		list_length(call->args) >= 2)
	{
		search->call = call;
		return true;
	}
	return expression_tree_walker(node, find_policy_call, context);
}

/* The expression without PostgreSQL's own casts: relabelling, integer to bigint, uuid to text. */
static Node *
strip_casts(Node *node)
{
	for (;;)
	{
		if (IsA(node, RelabelType))
			node = (Node *) ((RelabelType *) node)->arg;
		else if (IsA(node, CoerceViaIO) && ((CoerceViaIO *) node)->resulttype == TEXTOID)
			node = (Node *) ((CoerceViaIO *) node)->arg;
		else if (IsA(node, FuncExpr) && (((FuncExpr *) node)->funcid == F_INT8_INT4 || ((FuncExpr *) node)->funcid == F_INT8_INT2))
			node = linitial(((FuncExpr *) node)->args);
		else
			return node;
	}
}

/* The id argument, if it is a column that kroles_protect() accepts; otherwise NULL. */
static Var *
id_column(const CallSearch *search)
{
	Var		   *var = list_length(search->call->args) == 3 ? (Var *) strip_casts(lthird(search->call->args)) : NULL;

	if (var == NULL || !IsA(var, Var) || var->varlevelsup != 0 || var->varattno <= 0)
		return NULL;
	switch (getBaseType(var->vartype))
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return search->call->funcid == search->by_id ? var : NULL;
		case TEXTOID:
		case VARCHAROID:
		case UUIDOID:
			return search->call->funcid == search->by_external_id ? var : NULL;
		default:
			return NULL;
	}
}

/* Stores an argument as a column of the result: null if it is not a constant. */
static void
store_constant(Node *arg, Datum *value, bool *isnull)
{
	Const	   *constant = (Const *) arg;

	*isnull = !IsA(arg, Const) || constant->constisnull;
	if (!*isnull)
		*value = constant->constvalue;
}

/*
 * kroles.policy_question(expression, OUT action, OUT kind, OUT id_column, OUT
 * exact): the arguments of the first call of kroles.can() or kroles.external_can()
 * in the expression.  "exact" is true if the whole expression is a call as
 * kroles_protect() writes it.  STRICT.
 */
PG_FUNCTION_INFO_V1(kroles_policy_question);
Datum
kroles_policy_question(PG_FUNCTION_ARGS)
{
	Node	   *expression = stringToNode(TextDatumGetCString(PG_GETARG_DATUM(0)));
	CallSearch	search = {policy_function("can", INT8OID), policy_function("external_can", TEXTOID)};
	Datum		values[4] = {0};
	bool		nulls[4] = {true, true, true, false};
	TupleDesc	desc;
	Var		   *id;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (find_policy_call(expression, &search))
	{
		bool		of_site;

		store_constant(linitial(search.call->args), &values[0], &nulls[0]);
		store_constant(lsecond(search.call->args), &values[1], &nulls[1]);
		id = id_column(&search);
		nulls[2] = id == NULL;
		if (id != NULL)
			values[2] = Int16GetDatum(id->varattno);
		of_site = !nulls[1] && kroles_enum_code(KROLES_E_OBJECT_KIND, DatumGetObjectId(values[1])) == KROLES_SITE;
		values[3] = BoolGetDatum((Node *) search.call == expression && !nulls[0] && !nulls[1] &&
								 (of_site ? list_length(search.call->args) == 2 : id != NULL));
	}
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}
