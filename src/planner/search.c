/*
 * search.c
 *		Full-text and trigram search under the policies, through their indexes.
 *
 * PostgreSQL evaluates a policy before a query's own conditions, so that no
 * condition can tell about hidden rows.  Only a leakproof condition may go
 * first, and what an index looks up goes first.  No operator of search is marked
 * leakproof, so under row-level security every search reads the whole table.
 *
 * Here, for one relation at a time, searches that leak nothing are called
 * leakproof just while PostgreSQL makes index paths for it once more.  Then they
 * are what they were.  So the one thing that changes is that they may be index
 * conditions.  Filters keep their order, the policy first; what PostgreSQL
 * estimates, merges into equivalence classes or pushes into subqueries was
 * settled before, or asks the function's own label.  No catalog is changed.
 *
 * Which searches
 *		tsvector @@ tsquery and its mirror image (ts_match_vq, ts_match_qv),
 *		known by OID; pg_trgm's %, <%, %>, <<% and %>>, known by the C function
 *		behind the operator, which nobody but a superuser can have made.
 *
 *		The functions were read in PostgreSQL 15.  ts_match_vq walks the query
 *		and looks its words up in the tsvector by memcmp; its one error is about
 *		the query.  The trigram functions cut both texts into trigrams and count.
 *		They fail on text that is not valid in the database's encoding or that
 *		the locale can't fold, and on texts of some 200 MB; an index on the
 *		column has made the same cut of every text in it already, and would have
 *		refused it.  None raises a notice or a warning.  But the word similarities
 *		(all but %) add the lengths of both texts before they compare with that
 *		limit, so a query of that size would measure a hidden text: they must have
 *		a constant that is short.
 *
 *		What is left are exhausted resources: the stack, where a query is nested
 *		deeply enough, and time.  They can tell that some row matches part of a
 *		query, and so does EXPLAIN ANALYZE, which counts what an index finds;
 *		doc/search.md says what to do about it.
 *
 *		LIKE, regular expressions and text @@ are not among them: their errors
 *		and notices depend on the row.
 *
 * Which operands
 *		One that is read from a row must be a column as it is, of type tsvector,
 *		tsquery, text or varchar itself: anything computed from a column may fail on
 *		it.  One that is not read from a row may be evaluated for each candidate,
 *		before the policy: planner/search_operand.c says what it may be made of, and has it
 *		evaluated once.
 *
 * Which indexes
 *		Any that supports the operator.  Operator classes and families can be made
 *		and changed by superusers only, so no support function is another role's.
 *		An index's expressions and predicate are its table's owner's, who may read
 *		the table anyway.  (A scan evaluates a predicate only where the query has
 *		the same condition, and then for whole pages that a bitmap remembers.)
 *
 * Which relations
 *		All that would come before the search must be policies of kroles: calls of
 *		the extension's own C functions, joined by AND and OR, on columns and
 *		constants, with no casts but those that kroles_protect writes.  Beside
 *		another policy, or where a security barrier's conditions have become the
 *		table's own, as in UPDATE through such a view, nothing is changed.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "planner/planner.h"
#include "planner/search_operand.h"

#define LONGEST_WORDS 8192		/* bytes */

/* ---- Functions ---- */

typedef enum Search
{
	NO_SEARCH,
	SEARCH,
	SEARCH_FOR_WORDS			/* limits the lengths of both texts together */
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

/* A text column of a function's catalog row. */
static char *
proc_text(HeapTuple tuple, AttrNumber column)
{
	bool		isnull;
	Datum		value = SysCacheGetAttr(PROCOID, tuple, column, &isnull);

	return isnull ? "" : TextDatumGetCString(value);
}

/* What a C function searches for, if it is pg_trgm's: known by library and symbol, which are what runs. */
static Search
trigram_search(HeapTuple tuple)
{
	char	   *library = proc_text(tuple, Anum_pg_proc_probin);
	char	   *symbol = proc_text(tuple, Anum_pg_proc_prosrc);

	if (strcmp(library, "$libdir/pg_trgm") != 0 && strcmp(library, "pg_trgm") != 0)
		return NO_SEARCH;
	for (int i = 0; i < lengthof(trigram_functions); i++)
		if (strcmp(symbol, trigram_functions[i].symbol) == 0)
			return trigram_functions[i].search;
	return NO_SEARCH;
}

/* What a function searches for; NO_SEARCH for all that are not vetted. */
static Search
search_of(Oid function)
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

/* A constant text that is short. */
static bool
is_short(Node *node)
{
	Const	   *constant = (Const *) kroles_search_bare(node);

	return IsA(constant, Const) && kroles_search_type(constant->consttype) && constant->constlen == -1 &&
		(constant->constisnull || toast_raw_datum_size(constant->constvalue) <= LONGEST_WORDS);
}

static bool
is_operand(Node *node, Search search)
{
	if (kroles_search_column(node))
		return true;
	return search == SEARCH_FOR_WORDS ? is_short(node) : kroles_search_operand(node);
}

/* Whether a condition is a search that leaks nothing. */
static bool
is_search(Node *node)
{
	OpExpr	   *op = (OpExpr *) node;
	Search		search;

	if (!IsA(node, OpExpr) || list_length(op->args) != 2)
		return false;
	set_opfuncid(op);
	search = search_of(op->opfuncid);
	if (search == NO_SEARCH)
		return false;
	if (search == SEARCH_FOR_WORDS && kroles_search_column(linitial(op->args)) && kroles_search_column(lsecond(op->args)))
		return false;
	return is_operand(linitial(op->args), search) && is_operand(lsecond(op->args), search);
}

/* Adds the searches in a condition that must wait for others: itself, or branches of its OR. */
static void
find_searches(Node *node, List **found)
{
	if (IsA(node, RestrictInfo))
	{
		RestrictInfo *condition = (RestrictInfo *) node;

		if (condition->orclause != NULL)
			find_searches((Node *) condition->orclause, found);
		else if (condition->security_level > 0 && !condition->leakproof &&
				 is_search((Node *) condition->clause))
			*found = lappend(*found, condition);
	}
	else if (IsA(node, BoolExpr))
	{
		ListCell   *branch;

		foreach(branch, ((BoolExpr *) node)->args)
			find_searches(lfirst(branch), found);
	}
}

/* ---- Policies ---- */

/* Whether a function is one that policies ask: a C function of the extension, in its schema. */
static bool
is_ours(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	bool		ours;

	if (!HeapTupleIsValid(tuple))
		return false;
	ours = ((Form_pg_proc) GETSTRUCT(tuple))->prolang == ClanguageId &&
		((Form_pg_proc) GETSTRUCT(tuple))->pronamespace == get_namespace_oid("kroles", true);
	ReleaseSysCache(tuple);
	return ours && getExtensionOfObject(ProcedureRelationId, function) == get_extension_oid("kroles", true);
}

/* For check_functions_in_node: true for all but the casts of a column that holds ids to bigint. */
static bool
is_no_cast(Oid function, void *context)
{
	return function != F_INT8_INT4 && function != F_INT8_INT2;
}

/* A walker, true where an argument is more than a column or a constant with the casts that kroles_protect writes. */
static bool
asks_others(Node *node, void *context)
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
			if (check_functions_in_node(node, is_no_cast, NULL))
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
	return expression_tree_walker(node, asks_others, context);
}

/* Whether a condition asks kroles and nobody else. */
static bool
is_our_policy(Node *node)
{
	ListCell   *part;

	if (IsA(node, FuncExpr))
		return is_ours(((FuncExpr *) node)->funcid) &&
			!asks_others((Node *) ((FuncExpr *) node)->args, NULL);
	if (IsA(node, OpExpr))
		return is_ours(get_opcode(((OpExpr *) node)->opno)) &&
			!asks_others((Node *) ((OpExpr *) node)->args, NULL);
	if (!IsA(node, BoolExpr) || ((BoolExpr *) node)->boolop == NOT_EXPR)
		return false;
	foreach(part, ((BoolExpr *) node)->args)
		if (!is_our_policy(lfirst(part)))
			return false;
	return true;
}

/* Whether only our policies come before conditions of that level. */
static bool
only_ours_before(RelOptInfo *rel, Index level)
{
	ListCell   *cell;

	foreach(cell, rel->baserestrictinfo)
	{
		RestrictInfo *condition = lfirst_node(RestrictInfo, cell);

		if (condition->security_level < level && !is_our_policy((Node *) condition->clause))
			return false;
	}
	return true;
}

/* Whether a statement changes the relation by way of a view, whose conditions the relation may carry. */
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

/* The searches on a relation, joins' included, that have only our policies before them. */
static List *
searches_on(RelOptInfo *rel)
{
	List	   *found = NIL;
	List	   *allowed = NIL;
	ListCell   *cell;

	foreach(cell, rel->baserestrictinfo)
		find_searches(lfirst(cell), &found);
	foreach(cell, rel->joininfo)
		find_searches(lfirst(cell), &found);
	foreach(cell, found)
		if (only_ours_before(rel, lfirst_node(RestrictInfo, cell)->security_level))
			allowed = lappend(allowed, lfirst(cell));
	return allowed;
}

/* Has the operands of a search evaluated once.  Whatever else refers to the condition sees the same node. */
static void
evaluate_once(PlannerInfo *root, Expr *search)
{
	ListCell   *operand;

	foreach(operand, castNode(OpExpr, search)->args)
		lfirst(operand) = kroles_search_once(root, lfirst(operand));
}

/*
 * Adds index paths for searches on a relation that kroles protects.  Costs next
 * to nothing where a query has no policies.
 */
void
kroles_search_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	List	   *searches;
	ListCell   *cell;

	if (root->qual_security_level == 0 || rel->indexlist == NIL || rte->rtekind != RTE_RELATION || rte->inh ||
		rte->tablesample != NULL || IS_DUMMY_REL(rel))
		return;
	searches = searches_on(rel);
	if (searches == NIL || is_changed_through_view(root, rti))
		return;
	foreach(cell, searches)
	{
		evaluate_once(root, lfirst_node(RestrictInfo, cell)->clause);
		lfirst_node(RestrictInfo, cell)->leakproof = true;
	}
	create_index_paths(root, rel);
	foreach(cell, searches)
		lfirst_node(RestrictInfo, cell)->leakproof = false;
}
