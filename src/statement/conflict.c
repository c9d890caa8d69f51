/*
 * conflict.c
 *		INSERT ... ON CONFLICT DO SELECT with a condition, which PostgreSQL 19 has.
 *
 * PostgreSQL evaluates the condition on the row that exists, and only then checks
 * whether the policies show that row.  (For DO UPDATE it is the other way round.)  So a
 * condition that fails, or that calls a function of the user's, would tell what a
 * hidden row contains.  Where a policy of ours should come first, the statement is
 * refused.  Without a condition the check of the policies comes first.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "statement/conflict.h"

/* For check_functions_in_node: whether a function is in that schema. */
static bool
is_in_schema(Oid function, void *schema)
{
	return get_func_namespace(function) == *(Oid *) schema;
}

/* A walker: whether an expression calls a function of that schema. */
static bool
calls_schema(Node *node, void *schema)
{
	if (node == NULL)
		return false;
	return check_functions_in_node(node, is_in_schema, schema) || expression_tree_walker(node, calls_schema, schema);
}

/* The policies of a schema that ON CONFLICT checks on the row that exists, as one of PostgreSQL's checks; NULL if there is none. */
static WithCheckOption *
find_check(ModifyTable *plan, Oid schema)
{
	ListCell   *list;
	ListCell   *cell;

	foreach(list, plan->withCheckOptionLists)
		foreach(cell, (List *) lfirst(list))
		{
			WithCheckOption *check = lfirst_node(WithCheckOption, cell);

			if (check->kind == WCO_RLS_CONFLICT_CHECK && calls_schema(check->qual, &schema))
				return check;
		}
	return NULL;
}

/* Refuses a condition of ON CONFLICT DO SELECT in a part of a statement. */
static void
check_part(Plan *part)
{
	WithCheckOption *check;
	Oid			schema;

	if (part == NULL || !IsA(part, ModifyTable) || kroles_conflict_select_condition((ModifyTable *) part) == NULL)
		return;
	schema = get_namespace_oid("kroles", true);
	check = OidIsValid(schema) ? find_check((ModifyTable *) part, schema) : NULL;
	if (check != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("ON CONFLICT DO SELECT with a condition is not supported on table \"%s\"", check->relname),
				 errdetail("PostgreSQL would evaluate the condition on rows that the policies hide."),
				 errhint("Put the INSERT into WITH, and the condition into the query that reads what it returns.")));
}

/* Refuses statements with such a condition.  Called before each query starts; data is changed at the top of a plan only. */
void
kroles_check_conflict_conditions(PlannedStmt *plan)
{
	ListCell   *cell;

	check_part(plan->planTree);
	foreach(cell, plan->subplans)
		check_part(lfirst(cell));
}
