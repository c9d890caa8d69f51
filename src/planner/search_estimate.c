/*
 * search_estimate.c
 *		How many rows a search finds, as far as the planner may know it.
 *
 * PostgreSQL applies an operator to the statistics of a column under row-level
 * security only if the operator is marked leakproof, because statistics contain
 * values of hidden rows.  For other operators it assumes that all values are equally
 * frequent, or a constant.  With such an estimate a plan for "status = 'pending'",
 * true of one row in a thousand, would read the table in the order of another column
 * until it has twenty rows.
 *
 * This file has searches estimated as if their operators were marked leakproof, for
 * the reason for which their index conditions are evaluated before the policy: the
 * operator reveals nothing about a value.  It does so only for searches that an index
 * of the table can serve.  Estimates then tell less than EXPLAIN ANALYZE tells anyway,
 * the number of rows that the index finds, and without such an index they tell
 * nothing.
 *
 * PostgreSQL estimates the conditions on a relation one after the other, the policies
 * first, before it makes any path.  So the support function of a policy's function is
 * called at the right moment: it estimates the searches on the same relation, and
 * PostgreSQL finds their selectivity in the conditions when it comes to them.
 *
 * What is estimated
 *		Searches by operators of PostgreSQL, except @@, which PostgreSQL estimates by
 *		statistics in any case.  The estimators call, for values in the statistics, the
 *		operator, or the order of the type, its subtype or its elements.  That of ranges
 *		also calls the difference of two values of the subtype, which in some releases
 *		fails for huge numbers of type numeric: ranges of these are not estimated.
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "planner/planner.h"
#include "planner/search.h"

/* Whether the estimator of an operator fails on no value in the statistics. */
static bool
can_be_estimated(Oid operator, Node *left)
{
	Oid			function = get_opcode(operator);
	Oid			type = exprType(left);

	return operator < FirstNormalObjectId && function < FirstNormalObjectId && function != F_TS_MATCH_VQ &&
		function != F_TS_MATCH_QV && type != NUMRANGEOID && type != NUMMULTIRANGEOID;
}

/* Whether a search is to be estimated by the statistics. */
static bool
is_to_be_estimated(RelOptInfo *rel, RestrictInfo *search)
{
	Node	   *left;
	Node	   *right;
	Oid			operator;

	if (search->norm_selec >= 0 || !bms_equal(search->clause_relids, rel->relids) ||
		!kroles_get_sides((Node *) search->clause, &operator, &left, &right))
		return false;
	return can_be_estimated(operator, left) && can_be_estimated(operator, right) &&
		kroles_has_search_index(rel, operator, left, right, false);
}

/* The entry of the table that the query names, of which that one is a partition or child, or itself. */
static RangeTblEntry *
named_table(PlannerInfo *root, Index rti)
{
	while (root->append_rel_array != NULL && root->append_rel_array[rti] != NULL &&
		   planner_rt_fetch(root->append_rel_array[rti]->parent_relid, root)->rtekind == RTE_RELATION)
		rti = root->append_rel_array[rti]->parent_relid;
	return planner_rt_fetch(rti, root);
}

/*
 * Estimates searches on a relation, which keep their selectivity.  While it does,
 * PostgreSQL takes the table for one without policies.
 */
static void
estimate_by_statistics(PlannerInfo *root, Index rti, List *searches)
{
	RangeTblEntry *volatile table = named_table(root, rti);
	List	   *volatile policies = table->securityQuals;

	table->securityQuals = NIL;
	PG_TRY();
	{
		ListCell   *cell;

		foreach(cell, searches)
			(void) clause_selectivity(root, lfirst(cell), 0, JOIN_INNER, NULL);
	}
	PG_FINALLY();
	{
		table->securityQuals = policies;
	}
	PG_END_TRY();
}

/*
 * Estimates the searches on the relation whose policy has these arguments.  Called by
 * the support functions of policies when PostgreSQL estimates the policy.
 */
void
kroles_estimate_searches(PlannerInfo *root, List *policy_args)
{
	Relids		relids = root == NULL ? NULL : pull_varnos(root, (Node *) policy_args);
	List	   *searches = NIL;
	RelOptInfo *rel;
	int			rti;
	ListCell   *cell;

	if (!bms_get_singleton_member(relids, &rti) || rti >= root->simple_rel_array_size)
		return;
	rel = root->simple_rel_array[rti];
	if (rel == NULL || !IS_SIMPLE_REL(rel) || rel->indexlist == NIL)
		return;
	foreach(cell, kroles_allowed_searches(root, rel))
		if (is_to_be_estimated(rel, lfirst_node(RestrictInfo, cell)))
			searches = lappend(searches, lfirst(cell));
	if (searches != NIL)
		estimate_by_statistics(root, rti, searches);
}
