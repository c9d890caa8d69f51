/*
 * search.c
 *		Full-text and trigram searches by their indexes, under the policies.
 *
 * PostgreSQL evaluates a policy before a query's own conditions, so that no
 * condition can reveal anything about hidden rows.  Only a leakproof condition may
 * be evaluated before the policy, and an index condition is evaluated before it.
 * No search operator is marked leakproof, so under row-level security every search
 * reads the whole table.
 *
 * This file marks the conditions that are searches without leaks as leakproof, in
 * one relation at a time, only while PostgreSQL makes index paths for that relation
 * a second time.  Afterwards it removes the mark.  So the only change is that these
 * searches may become index conditions.  Filters keep their order, the policy first.
 * What PostgreSQL estimates, merges into equivalence classes or pushes into
 * subqueries was decided before, or depends on the label of the function in the
 * catalog, which is not changed.
 *
 * Which searches
 *		tsvector @@ tsquery and its commutator (ts_match_vq, ts_match_qv),
 *		identified by OID; pg_trgm's %, <%, %>, <<% and %>>, identified by the C
 *		function of the operator, which only a superuser can have created.
 *
 *		These functions were reviewed in PostgreSQL 15.  ts_match_vq traverses the
 *		query and looks up its words in the tsvector by memcmp; its only error is
 *		about the query.  The trigram functions split both texts into trigrams and
 *		count them.  They fail on text that is invalid in the database's encoding or
 *		that the locale cannot fold, and on texts of about 200 MB; an index on the
 *		column has split every text in the column in the same way, and would have
 *		rejected such a text.  None of the functions raises a notice or a warning.
 *		But the word similarities (all operators except %) compare the sum of the
 *		lengths of both texts with that size limit, so a query of that size would
 *		measure the length of a hidden text.  Therefore their operand must be a
 *		short constant.
 *
 *		The remaining errors are exhausted resources: the stack, if a query is nested
 *		deeply enough, and time.  They can reveal that some row matches part of a
 *		query.  So can EXPLAIN ANALYZE, which shows the number of rows that an index
 *		finds; doc/search.md describes what to do about it.
 *
 *		LIKE, regular expressions and text @@ are not included, because their errors
 *		and notices depend on the row.
 *
 * Which operands
 *		An operand that is read from a row must be a plain column, whose own type is
 *		tsvector, tsquery, text or varchar: an expression that is computed from a
 *		column may fail on the column's value.  An operand that is not read from a
 *		row may be evaluated for each candidate, before the policy.
 *		planner/search_operand.c restricts what it may consist of, and makes the plan
 *		evaluate it once.
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

#include "access/detoast.h"
#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "planner/own_functions.h"
#include "planner/planner.h"
#include "planner/search_operand.h"

#define MAX_SHORT_TEXT 8192		/* bytes */

/* ---- Functions ---- */

/* What is known of an operator's function. */
typedef enum Search
{
	NO_SEARCH,					/* not a reviewed function */
	SEARCH,
	SEARCH_FOR_WORDS			/* its error depends on the sum of the lengths of both texts */
} Search;

static const struct
{
	const char *symbol;
	Search		search;
}			trigram_functions[] = {
	{"similarity_op", SEARCH},
	{"word_similarity_op", SEARCH_FOR_WORDS},
	{"word_similarity_commutator_op", SEARCH_FOR_WORDS},
	{"strict_word_similarity_op", SEARCH_FOR_WORDS},
	{"strict_word_similarity_commutator_op", SEARCH_FOR_WORDS},
};

/* A text column of a pg_proc row, copied into the caller's memory; "" if it is null. */
static char *
get_proc_text(HeapTuple tuple, AttrNumber column)
{
	bool		isnull;
	Datum		value = SysCacheGetAttr(PROCOID, tuple, column, &isnull);

	return isnull ? "" : TextDatumGetCString(value);
}

/* Classifies a C function: pg_trgm's are identified by library and symbol, which determine the code that runs. */
static Search
trigram_search(HeapTuple tuple)
{
	char	   *library = get_proc_text(tuple, Anum_pg_proc_probin);
	char	   *symbol = get_proc_text(tuple, Anum_pg_proc_prosrc);

	if (strcmp(library, "$libdir/pg_trgm") != 0 && strcmp(library, "pg_trgm") != 0)
		return NO_SEARCH;
	for (int i = 0; i < lengthof(trigram_functions); i++)
		if (strcmp(symbol, trigram_functions[i].symbol) == 0)
			return trigram_functions[i].search;
	return NO_SEARCH;
}

/* Classifies a function; NO_SEARCH for every function that was not reviewed. */
static Search
classify_function(Oid function)
{
	HeapTuple	tuple;
	Search		search = NO_SEARCH;

	if (function == F_TS_MATCH_VQ || function == F_TS_MATCH_QV)
		return SEARCH;
	if (function < FirstNormalObjectId)
		return NO_SEARCH;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		return NO_SEARCH;
	if (((Form_pg_proc) GETSTRUCT(tuple))->prolang == ClanguageId)
		search = trigram_search(tuple);
	ReleaseSysCache(tuple);
	return search;
}

/* ---- Searches ---- */

/* Whether an operand is a constant text of at most MAX_SHORT_TEXT bytes. */
static bool
is_short_constant(Node *node)
{
	Const	   *constant = (Const *) kroles_strip_relabel(node);

	return IsA(constant, Const) && kroles_is_search_type(constant->consttype) && constant->constlen == -1 &&
		(constant->constisnull || toast_raw_datum_size(constant->constvalue) <= MAX_SHORT_TEXT);
}

/* Whether an expression may be an operand of that kind of search. */
static bool
is_safe_operand(Node *node, Search search)
{
	if (kroles_is_search_column(node))
		return true;
	return search == SEARCH_FOR_WORDS ? is_short_constant(node) : kroles_is_search_operand(node);
}

/* Whether a condition is a search that leaks nothing.  Sets opfuncid of the condition. */
static bool
is_safe_search(Node *node)
{
	OpExpr	   *op = (OpExpr *) node;
	Search		search;

	if (!IsA(node, OpExpr) || list_length(op->args) != 2)
		return false;
	set_opfuncid(op);
	search = classify_function(op->opfuncid);
	if (search == NO_SEARCH)
		return false;
	if (search == SEARCH_FOR_WORDS && kroles_is_search_column(linitial(op->args)) && kroles_is_search_column(lsecond(op->args)))
		return false;
	return is_safe_operand(linitial(op->args), search) && is_safe_operand(lsecond(op->args), search);
}

/* Adds the searches in a condition that would have to wait for a policy: the condition itself, or branches of its OR. */
static void
add_searches(Node *node, List **found)
{
	if (IsA(node, RestrictInfo))
	{
		RestrictInfo *condition = (RestrictInfo *) node;

		if (condition->orclause != NULL)
			add_searches((Node *) condition->orclause, found);
		else if (condition->security_level > 0 && !condition->leakproof &&
				 is_safe_search((Node *) condition->clause))
			*found = lappend(*found, condition);
	}
	else if (IsA(node, BoolExpr))
	{
		ListCell   *branch;

		foreach(branch, ((BoolExpr *) node)->args)
			add_searches(lfirst(branch), found);
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

/* The searches on a relation, including those in join conditions, that have only policies of kroles before them. */
static List *
allowed_searches(RelOptInfo *rel)
{
	List	   *found = NIL;
	List	   *allowed = NIL;
	ListCell   *cell;

	foreach(cell, rel->baserestrictinfo)
		add_searches(lfirst(cell), &found);
	foreach(cell, rel->joininfo)
		add_searches(lfirst(cell), &found);
	foreach(cell, found)
		if (has_only_kroles_policies_before(rel, lfirst_node(RestrictInfo, cell)->security_level))
			allowed = lappend(allowed, lfirst(cell));
	return allowed;
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

	foreach(operand, castNode(OpExpr, search)->args)
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
	ListCell   *cell;

	if (root->qual_security_level == 0 || rel->indexlist == NIL || rte->rtekind != RTE_RELATION || rte->inh ||
		rte->tablesample != NULL || IS_DUMMY_REL(rel))
		return;
	searches = allowed_searches(rel);
	if (searches == NIL || is_changed_through_view(root, rti))
		return;
	foreach(cell, searches)
	{
		evaluate_operands_once(root, lfirst_node(RestrictInfo, cell)->clause);
		lfirst_node(RestrictInfo, cell)->leakproof = true;
	}
	create_index_paths(root, rel);
	foreach(cell, searches)
		lfirst_node(RestrictInfo, cell)->leakproof = false;
}
