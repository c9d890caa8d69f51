/*
 * keyed_scan.c
 *		The keyed scan: a custom scan that runs one of two plans, by what the current
 *		subject may see.
 *
 * The "ordinary" plan reads the rows as PostgreSQL would.  The "keyed" plan reads
 * only rows that have one of the subject's keys (rls/keys.h), by indexes on the
 * columns that hold them.  Both have the complete policy in their filters, so the
 * choice cannot change the result, except that keys must be complete.
 *
 * If the query names the space whose rows it wants, that space is the "gate": where
 * the subject has a right there, rows are visible without keys, and the ordinary plan
 * runs; where it has none, the keyed plan finds the few that are visible all the same.
 * The gate may be another one in each rescan.  Without a gate, the choice is made
 * once, when the scan starts, by the number of keys and the statistics of the columns.
 *
 * The keyed plan holds placeholders.  When it starts, a copy of it is made that holds
 * the keys of the current subject, so a plan that was made for one subject is right
 * for every other.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/array.h"
#include "utils/snapmgr.h"

#include "audience/audience.h"
#include "cache/question.h"
#include "planner/estimate.h"
#include "planner/key_fraction.h"
#include "planner/keyed_scan.h"
#include "rls/filter.h"
#include "store/scan.h"

/* The cost of the keyed plan: for each key that is looked up, and for each row that is found. */
#define COST_PER_KEY 1.0
#define COST_PER_ROW 0.5

/* A subject with more keys than this runs the ordinary plan. */
#define MAX_KEYS 5000

/* ---- The choice ---- */

/* What is stored in the plan of a keyed scan. */
typedef struct StoredChoice
{
	Oid			relid;
	KrolesKeyTerm gate;
	double		startup;		/* costs of the ordinary path */
	double		total;
	double		rows;
	double		rows_needed;
	List	   *columns;		/* Integer: the column of each arm */
	List	   *terms;			/* String: the name of each arm's term */
} StoredChoice;

static Node *
make_double(double value)
{
	return (Node *) makeFloat(psprintf("%.17g", value));
}

/* Packs a choice into a list of nodes, which can be copied with the plan. */
static List *
pack_choice(const KrolesKeyedChoice *choice, const Path *ordinary)
{
	List	   *columns = NIL;
	List	   *terms = NIL;
	List	   *numbers;
	ListCell   *cell;

	foreach(cell, choice->arms)
	{
		KrolesKeyArm *arm = lfirst(cell);

		columns = lappend(columns, makeInteger(arm->column == NULL ? 0 : arm->column->varattno));
		terms = lappend(terms, makeString(kroles_key_term_name(arm->term)));
	}
	numbers = list_make5(makeInteger((int) choice->relid), make_double(ordinary->startup_cost), make_double(ordinary->total_cost),
						 make_double(choice->rows), make_double(choice->rows_needed));
	return list_make4(numbers, makeString(kroles_key_term_name((KrolesKeyTerm) {KROLES_KEYS_SPACES, choice->gate_rights})),
					  columns, terms);
}

static KrolesKeyTerm
unpack_term(Node *name)
{
	KrolesKeyTerm term;

	if (!kroles_parse_key_term(strVal(name), &term))
		elog(ERROR, "kroles: the plan has an unknown term \"%s\"", strVal(name));
	return term;
}

static StoredChoice
unpack_choice(List *packed)
{
	List	   *numbers = linitial(packed);

	return (StoredChoice) {
		.relid = (Oid) intVal(linitial(numbers)),
			.startup = floatVal(lsecond(numbers)),
			.total = floatVal(lthird(numbers)),
			.rows = floatVal(lfourth(numbers)),
			.rows_needed = floatVal(list_nth(numbers, 4)),
			.gate = unpack_term(lsecond(packed)),
			.columns = lthird(packed),
			.terms = lfourth(packed)
	};
}

/* Whether a subject probably sees more media than keys are made for, so that collecting them would be in vain. */
static bool
sees_too_many(KrolesKeyTerm term)
{
	const KrolesTable *media = kroles_table(KROLES_T_MEDIA);

	if (term.source != KROLES_KEYS_MEDIA)
		return false;
	return kroles_open_index_keys(kroles_current_index_keys()).everything ||
		kroles_visible_fraction(media->oid, media->column[MEDIA_AUDIENCE]) * kroles_table_rows(KROLES_T_MEDIA) > 2 * MAX_KEYS;
}

/* Whether what the subject sees is what it saw when the statement's snapshot was taken, so that keys serve for both. */
static bool
is_of_snapshot(void)
{
	if (!ActiveSnapshotSet())
		return false;
	(void) kroles_filter_view();
	return kroles_filter_covers() && kroles_question_quiet(KROLES_C_MEDIA);
}

/*
 * Finds the keys of all terms for the current subject: how many there are, and which
 * fraction of the table they find.  False if they are too many, or not complete, or
 * if what the subject sees has changed since the statement's snapshot was taken.
 */
static bool
count_keys(const StoredChoice *choice, double *nkeys, double *fraction)
{
	ListCell   *name;
	ListCell   *column;

	*nkeys = *fraction = 0;
	if (!is_of_snapshot())
		return false;
	forboth(name, choice->terms, column, choice->columns)
	{
		KrolesKeyTerm term = unpack_term(lfirst(name));
		KrolesKeys	keys;

		if (sees_too_many(term))
			return false;
		keys = kroles_find_keys(term);
		*nkeys += keys.n;
		if (!keys.complete || *nkeys > MAX_KEYS)
			return false;
		*fraction += kroles_key_fraction(choice->relid, intVal(lfirst(column)), &keys);
	}
	*fraction = Min(*fraction, 1.0);
	return true;
}

/* Whether the keyed plan is the cheaper one for the current subject, where there is no gate. */
static bool
keyed_is_cheaper(const StoredChoice *choice, double *cost)
{
	double		nkeys;
	double		fraction;
	double		keyed;

	*cost = choice->total;
	if (!count_keys(choice, &nkeys, &fraction))
		return false;
	if (choice->rows_needed > 0 && choice->rows_needed < choice->rows * fraction)
		*cost = choice->startup + (choice->total - choice->startup) * choice->rows_needed / (choice->rows * fraction);
	keyed = nkeys * COST_PER_KEY + choice->rows * fraction * COST_PER_ROW;
	if (keyed >= *cost)
		return false;
	*cost = keyed;
	return true;
}

/* ---- The plan ---- */

static CustomScanMethods scan_methods;

/* PlanCustomPath: makes the plan from a keyed path and the plans of its two paths. */
static Plan *
plan_keyed_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *tlist, List *clauses, List *plans)
{
	CustomScan *scan = makeNode(CustomScan);

	scan->scan.plan.targetlist = tlist;
	scan->scan.scanrelid = 0;
	scan->custom_scan_tlist = copyObject(((Plan *) linitial(plans))->targetlist);
	scan->custom_plans = plans;
	scan->custom_private = linitial(path->custom_private);
	scan->custom_exprs = copyObject(lsecond(path->custom_private));
	scan->methods = &scan_methods;
	return &scan->scan.plan;
}

static const CustomPathMethods path_methods = {
	.CustomName = "Kroles Keyed Scan",
	.PlanCustomPath = plan_keyed_scan
};

/*
 * Makes the path of a keyed scan from two paths that have the same order and
 * parameters.  Without a gate, it costs what the current subject's choice does.
 */
Path *
kroles_keyed_path(RelOptInfo *rel, Path *ordinary, Path *keyed, const KrolesKeyedChoice *choice)
{
	CustomPath *path = makeNode(CustomPath);
	List	   *packed = pack_choice(choice, ordinary);
	double		cost;

	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = rel->reltarget;
	path->path.param_info = ordinary->param_info;
	path->path.rows = ordinary->rows;
	path->path.pathkeys = ordinary->pathkeys;
	path->path.startup_cost = ordinary->startup_cost;
	path->path.total_cost = ordinary->total_cost;
	if (choice->gate == NULL)
	{
		StoredChoice stored = unpack_choice(packed);

		if (keyed_is_cheaper(&stored, &cost))
			path->path.startup_cost = path->path.total_cost = cost;
	}
	path->custom_paths = list_make2(ordinary, keyed);
	path->custom_private = list_make2(packed, choice->gate == NULL ? NIL : list_make1(choice->gate));
	path->methods = &path_methods;
	return &path->path;
}

/* ---- Placeholders ---- */

typedef struct Filling
{
	bool		execute;		/* false: under EXPLAIN without ANALYZE, no keys are collected */
	bool		complete;		/* false: some keys are not complete, so the plan must not run */
} Filling;

/* The ids of a term's keys as a constant. */
static Node *
make_ids(KrolesKeyTerm term, Filling *filling)
{
	KrolesKeys	keys = filling->execute ? kroles_find_keys(term) : (KrolesKeys) {.complete = true};
	Datum	   *ids = palloc(Max(1, keys.n) * sizeof(Datum));
	ArrayType  *array;

	filling->complete &= keys.complete;
	for (int i = 0; i < keys.n; i++)
		ids[i] = Int64GetDatum(keys.ids[i]);
	array = construct_array(ids, keys.n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
	return (Node *) makeConst(INT8ARRAYOID, -1, InvalidOid, -1, PointerGetDatum(array), false, false);
}

/* A mutator: replaces each placeholder by the keys of the current subject. */
static Node *
replace_placeholders(Node *node, void *filling)
{
	KrolesKeyTerm term;

	if (node == NULL)
		return NULL;
	if (kroles_is_key_placeholder(node, &term))
		return make_ids(term, filling);
	return expression_tree_mutator(node, replace_placeholders, filling);
}

/* Replaces the placeholders in a plan, of the kinds of nodes that planner/keyed_paths.c makes. */
static void
fill_plan(Plan *plan, Filling *filling)
{
	ListCell   *cell;

	if (plan == NULL)
		return;
	if (IsA(plan, BitmapIndexScan))
		((BitmapIndexScan *) plan)->indexqual =
			(List *) replace_placeholders((Node *) ((BitmapIndexScan *) plan)->indexqual, filling);
	else if (IsA(plan, IndexOnlyScan))
	{
		IndexOnlyScan *scan = (IndexOnlyScan *) plan;

		scan->indexqual = (List *) replace_placeholders((Node *) scan->indexqual, filling);
		scan->recheckqual = (List *) replace_placeholders((Node *) scan->recheckqual, filling);
	}
	else if (IsA(plan, BitmapHeapScan))
		((BitmapHeapScan *) plan)->bitmapqualorig =
			(List *) replace_placeholders((Node *) ((BitmapHeapScan *) plan)->bitmapqualorig, filling);
	else if (IsA(plan, BitmapOr))
		foreach(cell, ((BitmapOr *) plan)->bitmapplans)
			fill_plan(lfirst(cell), filling);
	fill_plan(plan->lefttree, filling);
}

/* Puts back the placeholders that EXPLAIN shows; the keys have become scan keys when the plan was initialized. */
static void
show_placeholders(Plan *filled, Plan *original)
{
	if (filled == NULL)
		return;
	if (IsA(filled, IndexOnlyScan))
		((IndexOnlyScan *) filled)->indexqual = ((IndexOnlyScan *) original)->indexqual;
	show_placeholders(filled->lefttree, original->lefttree);
}

/* kroles.keys(term): only for plans. */
PG_FUNCTION_INFO_V1(kroles_keys);
Datum
kroles_keys(PG_FUNCTION_ARGS)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("kroles.keys() is for the planner and cannot be called")));
	PG_RETURN_NULL();
}

/* ---- Execution ---- */

typedef enum Choice
{
	ORDINARY,
	KEYED,
	UNDECIDED
} Choice;

typedef struct KeyedState
{
	CustomScanState css;
	int			eflags;
	StoredChoice choice;
	ExprState  *gate;			/* NULL: there is none */
	Oid			gate_type;
	PlanState  *plans[2];		/* ORDINARY and KEYED; NULL until chosen */
	Choice		current;
	uint64		times[2];		/* how often each was chosen */
} KeyedState;

/* Initializes a plan as the chosen one. */
static void
start_plan(KeyedState *state, Choice which, Plan *plan)
{
	state->plans[which] = ExecInitNode(plan, state->css.ss.ps.state, state->eflags);
	state->css.custom_ps = lappend(state->css.custom_ps, state->plans[which]);
}

/*
 * Initializes the keyed plan with the keys of the current subject, if it is not yet.
 * False if it must not run, because the keys have changed meanwhile.
 */
static bool
start_keyed(KeyedState *state)
{
	CustomScan *scan = (CustomScan *) state->css.ss.ps.plan;
	Filling		filling = {!(state->eflags & EXEC_FLAG_EXPLAIN_ONLY), true};
	Plan	   *plan;

	if (state->plans[KEYED] != NULL)
		return true;
	plan = copyObject(list_nth(scan->custom_plans, KEYED));
	fill_plan(plan, &filling);
	if (filling.execute && (!filling.complete || !is_of_snapshot()))
		return false;
	start_plan(state, KEYED, plan);
	show_placeholders(plan, list_nth(scan->custom_plans, KEYED));
	return true;
}

static void
start_ordinary(KeyedState *state)
{
	CustomScan *scan = (CustomScan *) state->css.ss.ps.plan;

	if (state->plans[ORDINARY] == NULL)
		start_plan(state, ORDINARY, list_nth(scan->custom_plans, ORDINARY));
}

/* Whether the gate is open: the subject has a right on the space that shows rows there without keys. */
static bool
gate_is_open(KeyedState *state)
{
	ExprContext *context = state->css.ss.ps.ps_ExprContext;
	bool		isnull;
	Datum		value;
	int64		id;

	ResetExprContext(context);
	value = ExecEvalExprSwitchContext(state->gate, context, &isnull);
	if (isnull)
		return true;			/* no row has it, which the ordinary plan finds out at once */
	id = state->gate_type == INT8OID ? DatumGetInt64(value) :
		state->gate_type == INT4OID ? DatumGetInt32(value) : DatumGetInt16(value);
	return (kroles_filter_space(id) & state->choice.gate.rights) != 0;
}

/* Whether this scan is to run the keyed plan. */
static bool
prefers_keys(KeyedState *state)
{
	double		cost;
	double		nkeys;
	double		fraction;

	if (state->gate == NULL)
		return keyed_is_cheaper(&state->choice, &cost);
	return !gate_is_open(state) && (state->plans[KEYED] != NULL || count_keys(&state->choice, &nkeys, &fraction));
}

/* Chooses the plan for this scan, and makes sure that it is initialized. */
static void
choose(KeyedState *state)
{
	MemoryContext old = MemoryContextSwitchTo(state->css.ss.ps.state->es_query_cxt);

	state->current = prefers_keys(state) && start_keyed(state) ? KEYED : ORDINARY;
	if (state->current == ORDINARY)
		start_ordinary(state);
	state->times[state->current]++;
	MemoryContextSwitchTo(old);
}

/*
 * BeginCustomScan.  Without a gate, chooses now; with one, when the first row is
 * wanted.  Under EXPLAIN without ANALYZE, starts both plans, so that both are shown.
 */
static void
begin_keyed_scan(CustomScanState *node, EState *estate, int eflags)
{
	KeyedState *state = (KeyedState *) node;
	CustomScan *scan = (CustomScan *) node->ss.ps.plan;

	node->ss.ps.resultopsset = true;
	node->ss.ps.resultopsfixed = false;
	node->ss.ps.resultops = NULL;
	state->eflags = eflags;
	state->current = UNDECIDED;
	state->choice = unpack_choice(scan->custom_private);
	if (scan->custom_exprs != NIL)
	{
		state->gate = ExecInitExpr(linitial(scan->custom_exprs), &node->ss.ps);
		state->gate_type = exprType(linitial(scan->custom_exprs));
	}
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
	{
		start_ordinary(state);
		(void) start_keyed(state);
	}
	else if (state->gate == NULL)
		choose(state);
}

static TupleTableSlot *
next_row(CustomScanState *node)
{
	KeyedState *state = (KeyedState *) node;

	if (unlikely(state->current == UNDECIDED))
		choose(state);
	return ExecProcNode(state->plans[state->current]);
}

static void
end_keyed_scan(CustomScanState *node)
{
	ListCell   *cell;

	foreach(cell, node->custom_ps)
		ExecEndNode(lfirst(cell));
}

static void
rescan_keyed_scan(CustomScanState *node)
{
	KeyedState *state = (KeyedState *) node;
	ListCell   *cell;

	foreach(cell, node->custom_ps)
	{
		PlanState  *plan = lfirst(cell);

		if (node->ss.ps.chgParam != NULL)
			UpdateChangedParamSet(plan, node->ss.ps.chgParam);
		if (plan->chgParam == NULL)
			ExecReScan(plan);
	}
	if (state->gate != NULL)
		state->current = UNDECIDED;
}

/* ExplainCustomScan: shows which plan was chosen. */
static void
explain_keyed_scan(CustomScanState *node, List *ancestors, ExplainState *es)
{
	KeyedState *state = (KeyedState *) node;

	if (state->times[ORDINARY] > 0 && state->times[KEYED] > 0)
		ExplainPropertyText("Chosen", "row by row, and by keys", es);
	else if (state->times[ORDINARY] + state->times[KEYED] > 0)
		ExplainPropertyText("Chosen", state->times[KEYED] > 0 ? "by keys" : "row by row", es);
}

static const CustomExecMethods exec_methods = {
	.CustomName = "Kroles Keyed Scan",
	.BeginCustomScan = begin_keyed_scan,
	.ExecCustomScan = next_row,
	.EndCustomScan = end_keyed_scan,
	.ReScanCustomScan = rescan_keyed_scan,
	.ExplainCustomScan = explain_keyed_scan
};

static Node *
create_keyed_state(CustomScan *scan)
{
	KeyedState *state = (KeyedState *) newNode(sizeof(KeyedState), T_CustomScanState);

	state->css.methods = &exec_methods;
	return (Node *) state;
}

static CustomScanMethods scan_methods = {
	.CustomName = "Kroles Keyed Scan",
	.CreateCustomScanState = create_keyed_state
};

/* Registers the custom scan, so that plans that contain it can be copied and read.  Called once per backend. */
void
kroles_keyed_init(void)
{
	RegisterCustomScanMethods(&scan_methods);
}
