/*
 * keyed_paths.c
 *		Adds keyed scans (planner/keyed_scan.c) to the paths of relations whose policy
 *		says which keys a visible row has (planner/key_conditions.c): our own tables
 *		beside kroles.media, which has an index of audiences, and protected tables.
 *
 * An "ordinary" path here is one of PostgreSQL's.  A "keyed" path is a bitmap scan of
 * one index for each arm of the condition, on the column that holds the key; or, for
 * one arm, an index-only scan.  The
 * query's own equalities on further columns of the index are used with it, where
 * PostgreSQL would use them before the policy too.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_am.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/restrictinfo.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "planner/keyed_scan.h"
#include "planner/planner.h"

/*
 * An ordinary path that costs less than this is left as it is.  A gate costs little,
 * and a generic plan does not know how large the space will be that it is asked about.
 */
#define MIN_KEYED_COST 50.0
#define MIN_GATED_COST 8.0

/* Of "column = ANY (keys)". */
#define ASSUMED_SELECTIVITY 0.001

/* What the keyed paths of a relation are made from. */
typedef struct KeyedContext
{
	PlannerInfo *root;
	RelOptInfo *rel;
	Oid			relid;
	RestrictInfo *condition;	/* that has the arms */
	List	   *arms;
} KeyedContext;

/* ---- The query's own equalities ---- */

/* "column = value" among the conditions of a path, where the value is the same for all rows that the path reads. */
typedef struct Equality
{
	AttrNumber	column;
	Node	   *value;
	RestrictInfo *condition;	/* with the column on the left */
} Equality;

/* The column of the relation that an operand is; 0 if it is none. */
static AttrNumber
operand_column(RelOptInfo *rel, Node *operand)
{
	while (IsA(operand, RelabelType))
		operand = (Node *) ((RelabelType *) operand)->arg;
	return IsA(operand, Var) && ((Var *) operand)->varno == rel->relid && ((Var *) operand)->varattno > 0 ?
		((Var *) operand)->varattno : 0;
}

/*
 * Whether a condition may be evaluated before the policy.  Comparing two values of an
 * enum type for equality compares their OIDs; the other one must be at hand.
 */
static bool
is_promotable(RelOptInfo *rel, RestrictInfo *condition, Node *value)
{
	while (IsA(value, RelabelType))
		value = (Node *) ((RelabelType *) value)->arg;
	return restriction_is_securely_promotable(condition, rel) ||
		(((OpExpr *) condition->clause)->opfuncid == F_ENUM_EQ && (IsA(value, Const) || IsA(value, Param)));
}

/* Whether the first operand of a comparison is a column of the relation, and the second the same for all its rows. */
static bool
compares_column(const KeyedContext *context, Node *column, Node *value)
{
	return operand_column(context->rel, column) != 0 && !bms_is_member(context->rel->relid, pull_varnos(context->root, value)) &&
		!contain_volatile_functions(value);
}

/* Adds the condition to the equalities if it is one. */
static List *
add_equality(const KeyedContext *context, List *equalities, RestrictInfo *condition)
{
	OpExpr	   *op = (OpExpr *) condition->clause;
	Equality   *equality;
	Oid			commuted;

	if (!IsA(op, OpExpr) || list_length(op->args) != 2 || condition->pseudoconstant ||
		!op_mergejoinable(op->opno, exprType(linitial(op->args))))
		return equalities;
	if (!compares_column(context, linitial(op->args), lsecond(op->args)))
	{
		commuted = get_commutator(op->opno);
		if (!OidIsValid(commuted) || !compares_column(context, lsecond(op->args), linitial(op->args)))
			return equalities;
		condition = commute_restrictinfo(condition, commuted);
		op = (OpExpr *) condition->clause;
	}
	if (!is_promotable(context->rel, condition, lsecond(op->args)))
		return equalities;
	equality = palloc(sizeof(Equality));
	*equality = (Equality) {operand_column(context->rel, linitial(op->args)), lsecond(op->args), condition};
	return lappend(equalities, equality);
}

/* The equalities that hold for all rows of a path. */
static List *
find_equalities(const KeyedContext *context, Path *path)
{
	List	   *found = NIL;
	ListCell   *cell;

	foreach(cell, context->rel->baserestrictinfo)
		found = add_equality(context, found, lfirst(cell));
	if (path->param_info != NULL)
		foreach(cell, path->param_info->ppi_clauses)
			found = add_equality(context, found, lfirst(cell));
	return found;
}

/* The equality on a column of an index; NULL if there is none that the index can serve. */
static Equality *
equality_on(List *equalities, IndexOptInfo *index, int position)
{
	ListCell   *cell;

	foreach(cell, equalities)
	{
		Equality   *equality = lfirst(cell);

		if (index->indexkeys[position] == equality->column &&
			get_op_opfamily_strategy(((OpExpr *) equality->condition->clause)->opno, index->opfamily[position]) ==
			BTEqualStrategyNumber)
			return equality;
	}
	return NULL;
}

/* ---- Index paths ---- */

/* "column = ANY (keys)", for an index with that operator family; NULL if it has no such operator. */
static Expr *
make_key_condition(const KrolesKeyArm *arm, Oid opfamily)
{
	ScalarArrayOpExpr *condition = makeNode(ScalarArrayOpExpr);
	Expr	   *keys = kroles_key_placeholder(arm->term);

	condition->opno = get_opfamily_member(opfamily, arm->column->vartype, INT8OID, BTEqualStrategyNumber);
	if (!OidIsValid(condition->opno) || keys == NULL)
		return NULL;
	condition->opfuncid = get_opcode(condition->opno);
	condition->useOr = true;
	condition->args = list_make2(copyObject(arm->column), keys);
	condition->location = -1;
	return (Expr *) condition;
}

static IndexClause *
make_clause(RestrictInfo *condition, RestrictInfo *index_condition, int position, bool lossy)
{
	IndexClause *clause = makeNode(IndexClause);

	clause->rinfo = condition;
	clause->indexquals = list_make1(index_condition);
	clause->lossy = lossy;
	clause->indexcol = position;
	return clause;
}

/* The condition on the key for index clauses.  Its selectivity is assumed: there is nothing to estimate it from. */
static RestrictInfo *
make_key_restriction(const KeyedContext *context, Expr *key)
{
	RestrictInfo *restriction = make_simple_restrictinfo(context->root, key);

	restriction->norm_selec = restriction->outer_selec = ASSUMED_SELECTIVITY;
	return restriction;
}

/* What an index can do for an arm. */
typedef struct ArmIndex
{
	IndexOptInfo *index;
	List	   *clauses;		/* NIL: it cannot serve the arm */
} ArmIndex;

/* The clauses for an arm on a B-tree: its key, and the equalities on the columns before and behind. */
static ArmIndex
try_index(const KeyedContext *context, const KrolesKeyArm *arm, List *equalities, IndexOptInfo *index)
{
	ArmIndex	result = {index, NIL};
	bool		has_key = false;
	bool		serves = false;	/* its predicate, if any, holds for all rows with a key */

	if (index->relam != BTREE_AM_OID || !index->amhasgetbitmap)
		return result;
	for (int i = 0; i < index->nkeycolumns; i++)
	{
		Equality   *equality = equality_on(equalities, index, i);
		Expr	   *key = !has_key && index->indexkeys[i] == arm->column->varattno ?
			make_key_condition(arm, index->opfamily[i]) : NULL;

		if (key != NULL)
		{
			result.clauses = lappend(result.clauses, make_clause(context->condition, make_key_restriction(context, key), i, true));
			has_key = true;
		}
		else if (equality != NULL)
			result.clauses = lappend(result.clauses, make_clause(equality->condition, equality->condition, i, false));
		else
			break;
		serves |= key != NULL && (index->indpred == NIL || index->predOK || predicate_implied_by(index->indpred, list_make1(key), false));
	}
	if (!serves)
		result.clauses = NIL;
	return result;
}

/* The index that serves an arm best: with the most clauses.  Its clauses are NIL if there is none. */
static ArmIndex
find_index(const KeyedContext *context, const KrolesKeyArm *arm, List *equalities)
{
	ArmIndex	best = {NULL, NIL};
	ListCell   *cell;

	foreach(cell, context->rel->indexlist)
	{
		ArmIndex	candidate = try_index(context, arm, equalities, lfirst(cell));

		if (list_length(candidate.clauses) > list_length(best.clauses))
			best = candidate;
	}
	return best;
}

/* Whether an index holds all columns of the relation that the query uses. */
static bool
holds_all_columns(const KeyedContext *context, IndexOptInfo *index)
{
	RelOptInfo *rel = context->rel;
	Bitmapset  *used = NULL;
	Bitmapset  *held = NULL;
	ListCell   *cell;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &used);
	foreach(cell, rel->baserestrictinfo)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, cell)->clause, rel->relid, &used);
	foreach(cell, rel->joininfo)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, cell)->clause, rel->relid, &used);
	for (int i = 0; i < index->ncolumns; i++)
		if (index->canreturn[i] && index->indexkeys[i] != 0)
			held = bms_add_member(held, index->indexkeys[i] - FirstLowInvalidHeapAttributeNumber);
	return bms_is_subset(used, held);
}

static Path *
make_index_path(const KeyedContext *context, ArmIndex found, Relids outer, bool index_only)
{
	return (Path *) create_index_path(context->root, found.index, found.clauses, NIL, NIL, NIL, ForwardScanDirection, index_only,
									  outer, 1.0, false);
}

/*
 * The keyed path for those arms; NULL if some arm has no index.  A single index that
 * holds all columns is read without the table.
 */
static Path *
make_keyed_path(const KeyedContext *context, List *arms, List *equalities, Relids outer)
{
	List	   *paths = NIL;
	ArmIndex	found = {NULL, NIL};
	Path	   *bitmap;
	ListCell   *cell;

	foreach(cell, arms)
	{
		KrolesKeyArm *arm = lfirst(cell);

		if (arm->column == NULL)
			continue;
		found = find_index(context, arm, equalities);
		if (found.clauses == NIL)
			return NULL;
		paths = lappend(paths, make_index_path(context, found, outer, false));
	}
	if (paths == NIL)
		return NULL;
	if (list_length(paths) == 1 && outer == NULL && KROLES_INDEX_ONLY_SCANS_ON(context->rel) && holds_all_columns(context, found.index))
		return make_index_path(context, found, outer, true);
	bitmap = list_length(paths) == 1 ? linitial(paths) : (Path *) create_bitmap_or_path(context->root, context->rel, paths);
	return (Path *) create_bitmap_heap_path(context->root, context->rel, bitmap, outer, 1.0, 0);
}

/* ---- Wrapping ---- */

/* The equality that names the space which the rows are in; NULL if there is none. */
static Equality *
find_gate(const KeyedContext *context, List *equalities)
{
	ListCell   *arm_cell;
	ListCell   *cell;

	foreach(arm_cell, context->arms)
		foreach(cell, equalities)
		{
			KrolesKeyArm *arm = lfirst(arm_cell);
			Equality   *equality = lfirst(cell);
			Oid			type = exprType(equality->value);

			if (arm->term.source == KROLES_KEYS_SPACES && arm->column->varattno == equality->column &&
				get_op_opfamily_strategy(((OpExpr *) equality->condition->clause)->opno, INTEGER_BTREE_FAM_OID) ==
				BTEqualStrategyNumber && (type == INT8OID || type == INT4OID || type == INT2OID))
				return equality;
		}
	return NULL;
}

/* Splits off the arms that the gate stands for, and adds up their rights. */
static List *
arms_beside_gate(const KeyedContext *context, const Equality *gate, KrolesRights *rights)
{
	List	   *others = NIL;
	ListCell   *cell;

	foreach(cell, context->arms)
	{
		KrolesKeyArm *arm = lfirst(cell);

		if (arm->term.source == KROLES_KEYS_SPACES && arm->column->varattno == gate->column)
			*rights |= arm->term.rights;
		else
			others = lappend(others, arm);
	}
	return others;
}

/* Whether an equality names the key of the only arm, so that there are few rows anyway. */
static bool
is_point(const KeyedContext *context, List *equalities)
{
	KrolesKeyArm *arm = linitial(context->arms);
	ListCell   *cell;

	if (list_length(context->arms) > 1 || arm->column == NULL)
		return false;
	foreach(cell, equalities)
		if (((Equality *) lfirst(cell))->column == arm->column->varattno)
			return true;
	return false;
}

/* Fills in what the scan chooses by, and makes the keyed path; NULL if there is none. */
static Path *
make_choice(const KeyedContext *context, Path *ordinary, KrolesKeyedChoice *choice)
{
	List	   *equalities = find_equalities(context, ordinary);
	Equality   *gate = find_gate(context, equalities);
	RelOptInfo *rel = context->rel;

	*choice = (KrolesKeyedChoice) {.relid = context->relid, .arms = context->arms};
	if (is_point(context, equalities) || (gate == NULL && kroles_cost_with_penalties(ordinary, ordinary->total_cost) < MIN_KEYED_COST))
		return NULL;
	if (gate != NULL)
	{
		choice->gate = gate->value;
		choice->arms = arms_beside_gate(context, gate, &choice->gate_rights);
	}
	choice->rows = ordinary->rows / (context->condition->norm_selec > 0 ? context->condition->norm_selec : 1.0);
	choice->rows_needed = kroles_rows_needed(context->root, rel);
	return make_keyed_path(context, choice->arms, equalities, PATH_REQ_OUTER(ordinary));
}

/* Makes a keyed scan from an ordinary path; returns that path if it is better left alone. */
static Path *
wrap_path(const KeyedContext *context, Path *ordinary)
{
	KrolesKeyedChoice choice;
	Path	   *keyed;

	if (kroles_cost_with_penalties(ordinary, ordinary->total_cost) < MIN_GATED_COST || IsA(ordinary, CustomPath) || !kroles_can_be_sorted(context->rel, ordinary->pathkeys))
		return ordinary;
	keyed = make_choice(context, ordinary, &choice);
	if (keyed == NULL)
		return ordinary;
	if (ordinary->pathkeys != NIL)
		keyed = (Path *) create_sort_path(context->root, context->rel, keyed, ordinary->pathkeys,
										  choice.rows_needed > 0 ? choice.rows_needed : -1.0);
	return kroles_keyed_path(context->rel, ordinary, keyed, &choice);
}

/* Finds the condition with the fewest arms. */
static void
find_condition(KeyedContext *context)
{
	ListCell   *cell;

	foreach(cell, context->rel->baserestrictinfo)
	{
		List	   *arms = kroles_key_arms(lfirst(cell));

		if (arms != NIL && (context->arms == NIL || list_length(arms) < list_length(context->arms)))
		{
			context->arms = arms;
			context->condition = lfirst(cell);
		}
	}
}

/*
 * Replaces paths of a relation by keyed scans.  Leaves relations alone whose policies
 * have no keys, and queries that a keyed scan does not support.
 */
void
kroles_keyed_paths(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte)
{
	KeyedContext context = {.root = root, .rel = rel, .relid = rte->relid};
	ListCell   *cell;

	if (!kroles_supports_choice(root, rel, rte))
		return;
	find_condition(&context);
	if (context.arms == NIL)
		return;
	foreach(cell, rel->pathlist)
		lfirst(cell) = wrap_path(&context, lfirst(cell));
}
