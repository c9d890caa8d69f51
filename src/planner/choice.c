/*
 * choice.c
 *		Which plan of an adaptive scan is the cheapest for the current subject.
 *
 * The estimate rests on the fraction of the table that the subject sees by a sample
 * (planner/estimate.c).  Two things can be far from it: of a subject who sees little
 * the sample shows too few, and visible media may lie unevenly, as where the newest
 * ones are drafts of others.  So reading row by row has a budget; an index on which a
 * scan used it up is crowded, and is noted here for the next scans.
 */
#include "postgres.h"

#include <math.h>

#include "audience/audience.h"
#include "planner/choice.h"
#include "planner/estimate.h"
#include "rls/filter.h"

/* The cost of the index: for each row that it finds, and for each key that is looked up in it. */
#define COST_PER_ROW 0.4
#define COST_PER_KEY 0.5

/* The cost of finding and sorting a subject's drafts. */
#define COST_OF_DRAFTS 10.0

/* A subject who sees fewer audiences of the sample sees too few for a reliable estimate. */
#define FEWEST_RELIABLE 4

/* A scan that reads this many rows, and this many times what it should have needed, is in a crowded place. */
#define LEAST_BUDGET 256
#define BUDGET_FACTOR 4

/* ---- Crowded places ---- */

/* A direction of an index where a scan has used up its budget. */
typedef struct Crowded
{
	Oid			index;
	bool		backward;
	uint64		view;			/* the subject view that it was crowded for; 0: for all */
	int			uses;			/* how often it may be used before the place is tried again */
} Crowded;

#define MAX_CROWDED 16
#define CROWDED_USES 1000
static Crowded crowded[MAX_CROWDED];
static int	next_crowded;

static bool
is_crowded(const KrolesCostInputs *inputs)
{
	for (int i = 0; i < MAX_CROWDED; i++)
		if (crowded[i].uses > 0 && crowded[i].index == inputs->index && crowded[i].backward == inputs->backward &&
			(crowded[i].view == 0 || crowded[i].view == kroles_view_number()))
		{
			crowded[i].uses--;
			return true;
		}
	return false;
}

/* Whether the sample shows enough of what the current subject sees. */
static bool
is_reliable(double fraction)
{
	return fraction * KROLES_SAMPLE_SIZE >= FEWEST_RELIABLE;
}

/*
 * Notes that a scan in the order of the index has used up its budget.  If the estimate
 * for its subject is reliable, the place is crowded for others as well.
 */
void
kroles_note_crowded(const KrolesCostInputs *inputs)
{
	double		fraction = kroles_visible_fraction(inputs->relid, inputs->attno);

	crowded[next_crowded] = (Crowded) {
		inputs->index, inputs->backward, is_reliable(fraction) ? 0 : kroles_view_number(), CROWDED_USES
	};
	next_crowded = (next_crowded + 1) % MAX_CROWDED;
}

/* ---- Costs ---- */

/*
 * The fraction of the rows read that the current subject is assumed to see.  If the
 * subject sees few audiences of the sample, the real fraction may be far smaller.
 * Then the ordinary path would read most of the table before it has the rows that the
 * query needs.  So a smaller fraction is assumed.
 */
static double
assumed_fraction(double fraction)
{
	return is_reliable(fraction) ? fraction : fraction * fraction * KROLES_SAMPLE_SIZE / (2 * FEWEST_RELIABLE);
}

/* What reading row by row costs until the query has the rows that it needs. */
static double
ordinary_cost(const KrolesCostInputs *inputs, double fraction)
{
	double		found = inputs->rows * assumed_fraction(fraction);

	if (inputs->rows_needed <= 0 || inputs->rows_needed >= found)
		return inputs->total;
	return inputs->startup + (inputs->total - inputs->startup) * inputs->rows_needed / found;
}

/*
 * The plan that is cheapest for the current subject; "can_merge": there is a merged
 * plan.  *cost is its cost.  May accept invalidation messages.
 */
KrolesChoice
kroles_choose(const KrolesCostInputs *inputs, bool can_merge, double *cost)
{
	KrolesIndexKeys keys = kroles_open_index_keys(kroles_current_index_keys());
	int			nkeys = keys.everything ? -1 : keys.n;
	double		fraction = kroles_visible_fraction(inputs->relid, inputs->attno);
	double		costs[] = {ordinary_cost(inputs, fraction), INFINITY, INFINITY};
	KrolesChoice choice = KROLES_ROW_BY_ROW;

	if (nkeys >= 0)
		costs[KROLES_BY_AUDIENCE] = nkeys * COST_PER_KEY + fraction * inputs->tuples * COST_PER_ROW;
	if (OidIsValid(inputs->index) && is_crowded(inputs))
	{
		if (can_merge && kroles_drafts_have_keys())
			costs[KROLES_MERGED] = costs[KROLES_ROW_BY_ROW] + COST_OF_DRAFTS;
		if (costs[KROLES_MERGED] < INFINITY || costs[KROLES_BY_AUDIENCE] < INFINITY)
			costs[KROLES_ROW_BY_ROW] = INFINITY;
	}
	for (int i = KROLES_BY_AUDIENCE; i <= KROLES_MERGED; i++)
		if (costs[i] < costs[choice])
			choice = i;
	*cost = costs[choice];
	return choice;
}

/*
 * How many rows a scan row by row may read before it is compared with the other plans
 * again; 0: any number, as the query needs all rows or there is no other plan.
 */
uint64
kroles_walk_budget(const KrolesCostInputs *inputs, bool can_merge)
{
	double		fraction,
				needed;

	if (inputs->rows_needed <= 0 || !OidIsValid(inputs->index) ||
		(!can_merge && kroles_open_index_keys(kroles_current_index_keys()).everything))
		return 0;
	fraction = assumed_fraction(kroles_visible_fraction(inputs->relid, inputs->attno));
	needed = inputs->rows_needed / fraction * Max(inputs->read, inputs->rows) / Max(inputs->rows, 1);
	return (uint64) Min(Max(LEAST_BUDGET, BUDGET_FACTOR * needed), 1e15);
}
