/*
 * keyed_choice.c
 *		Which plan a keyed scan (planner/keyed_scan.c) runs for the current subject: by
 *		the number of its keys, and the statistics of the columns that hold them.
 *
 * The choice is a matter of cost, but for two things.  Keys that are not complete must
 * not be used; and what the subject sees must be what it saw when the statement's
 * snapshot was taken, since keys are collected for one instant only.
 */
#include "postgres.h"

#include "utils/snapmgr.h"

#include "audience/audience.h"
#include "cache/question.h"
#include "planner/estimate.h"
#include "planner/key_fraction.h"
#include "planner/keyed_choice.h"
#include "planner/planner.h"
#include "rls/filter.h"
#include "store/scan.h"

/* The cost of the keyed plan: for each key that is looked up, and for each row that is found. */
#define COST_PER_KEY 1.0
#define COST_PER_ROW 0.5

/* A subject with more keys than this runs the ordinary plan. */
#define MAX_KEYS 5000

static Node *
make_double(double value)
{
	return (Node *) makeFloat(psprintf("%.17g", value));
}

/* Packs a choice into a list of nodes, which can be copied with the plan. */
List *
kroles_pack_choice(const KrolesKeyedChoice *choice, const Path *ordinary)
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
	numbers = list_make5(makeInteger((int) choice->relid),
						 make_double(kroles_cost_with_penalties(ordinary, ordinary->startup_cost)),
						 make_double(kroles_cost_with_penalties(ordinary, ordinary->total_cost)),
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

KrolesStoredChoice
kroles_unpack_choice(List *packed)
{
	List	   *numbers = linitial(packed);
	List	   *names = lfourth(packed);
	KrolesKeyTerm *terms = palloc(Max(1, list_length(names)) * sizeof(KrolesKeyTerm));

	for (int i = 0; i < list_length(names); i++)
		terms[i] = unpack_term(list_nth(names, i));
	return (KrolesStoredChoice) {
		.relid = (Oid) intVal(linitial(numbers)),
			.startup = floatVal(lsecond(numbers)),
			.total = floatVal(lthird(numbers)),
			.rows = floatVal(lfourth(numbers)),
			.rows_needed = floatVal(list_nth(numbers, 4)),
			.gate = unpack_term(lsecond(packed)),
			.columns = lthird(packed),
			.terms = terms
	};
}

/* Whether a subject probably sees more media than keys are made for, so that collecting them would be in vain. */
static bool
sees_too_many(KrolesKeyTerm term)
{
	KrolesTable media;

	if (term.source != KROLES_KEYS_MEDIA)
		return false;
	if (kroles_open_index_keys(kroles_current_index_keys()).everything)
		return true;
	media = *kroles_table(KROLES_T_MEDIA);
	return kroles_visible_fraction(media.oid, media.column[MEDIA_AUDIENCE]) * kroles_table_rows(media.oid) > 2 * MAX_KEYS;
}

/* Whether what the subject sees is what it saw when the statement's snapshot was taken, so that keys serve for both. */
bool
kroles_keys_serve(void)
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
count_keys(const KrolesStoredChoice *choice, double *nkeys, double *fraction)
{

	*nkeys = *fraction = 0;
	if (!kroles_keys_serve())
		return false;
	for (int i = 0; i < list_length(choice->columns); i++)
	{
		KrolesKeyTerm term = choice->terms[i];
		KrolesKeyIds	keys;

		if (sees_too_many(term))
			return false;
		keys = kroles_find_keys(term);
		*nkeys += keys.n;
		if (!keys.complete || *nkeys > MAX_KEYS)
			return false;
		*fraction += kroles_key_fraction(choice->relid, intVal(list_nth(choice->columns, i)), &keys);
	}
	*fraction = Min(*fraction, 1.0);
	return true;
}

/* Whether the keyed plan is the cheaper one for the current subject, where there is no gate. */
bool
kroles_keys_are_cheaper(const KrolesStoredChoice *choice, double *cost)
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

/* Whether the current subject has few keys, where there is a gate. */
bool
kroles_keys_are_few(const KrolesStoredChoice *choice)
{
	double		nkeys;
	double		fraction;

	return count_keys(choice, &nkeys, &fraction);
}
