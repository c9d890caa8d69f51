/*
 * barrier_views.c
 *		Lets kroles.people be joined by index.
 *
 * The view reads kroles.users with the privileges of its owner, and is a security
 * barrier: its condition holds before any function of the query sees a row.  The
 * planner does not merge such a view with the query around it, so a join would
 * read all users.  A condition of row-level security has the same effect, and is
 * merged: it stands with the table, and the planner knows that nothing leaky may
 * precede it.  So the view's condition becomes one of the table.
 *
 * A view of somebody else with the same condition over one table is treated alike;
 * what it shows does not change.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parsetree.h"

#include "planner/own_functions.h"
#include "planner/planner.h"

/* Whether an expression calls kroles.shows_people(). */
static bool
asks_for_people(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr) && kroles_own_function(((FuncExpr *) node)->funcid) == KROLES_OWN_SHOWS_PEOPLE)
		return true;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, asks_for_people, context, 0);
	return expression_tree_walker(node, asks_for_people, context);
}

/* The one table that a view selects from, without anything but a condition; NULL if there is more to it. */
static RangeTblEntry *
only_table(Query *view)
{
	RangeTblEntry *rte;

	if (view->commandType != CMD_SELECT || view->hasAggs || view->hasWindowFuncs || view->hasTargetSRFs ||
		view->groupClause != NIL || view->groupingSets != NIL || view->havingQual != NULL || view->distinctClause != NIL ||
		view->sortClause != NIL || view->limitOffset != NULL || view->limitCount != NULL || view->setOperations != NULL ||
		view->cteList != NIL || view->rowMarks != NIL ||
		list_length(view->jointree->fromlist) != 1 || !IsA(linitial(view->jointree->fromlist), RangeTblRef))
		return NULL;
	rte = rt_fetch(((RangeTblRef *) linitial(view->jointree->fromlist))->rtindex, view->rtable);
	return rte->rtekind == RTE_RELATION && rte->relkind == RELKIND_RELATION && rte->tablesample == NULL &&
		rte->securityQuals == NIL ? rte : NULL;
}

/* Makes the condition of a view of people one of its table. */
static void
open_view(RangeTblEntry *rte)
{
	Query	   *view = rte->subquery;
	RangeTblEntry *table;

	if (!asks_for_people(view->jointree->quals, NULL))
		return;
	table = only_table(view);
	if (table == NULL)
		return;
	table->securityQuals = list_make1(view->jointree->quals);
	view->jointree->quals = NULL;
	rte->security_barrier = false;
}

static bool
open_views(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		RangeTblEntry *rte = (RangeTblEntry *) node;

		if (rte->rtekind == RTE_SUBQUERY && rte->security_barrier)
			open_view(rte);
		return false;			/* the walker goes on to what the entry contains */
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, open_views, context, QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, open_views, context);
}

/* Changes the views of people in a query that is about to be planned. */
void
kroles_open_views(Query *query)
{
	(void) query_tree_walker(query, open_views, NULL, QTW_EXAMINE_RTES_BEFORE);
}
