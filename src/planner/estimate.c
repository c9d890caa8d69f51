/*
 * estimate.c
 *		Estimates the fraction of a table that the current subject sees.
 *
 * ANALYZE stores a sample of the audiences in the statistics of the column.  The
 * estimate is the fraction of the sample that the current subject may view.  It
 * changes the cost of a plan, never its result.
 *
 * Each backend caches the samples in one memory context until statistics change.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "catalog/pg_statistic.h"
#include "commands/vacuum.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "audience/audience.h"
#include "core/compat.h"
#include "planner/estimate.h"
#include "rls/filter.h"
#include "store/catalog.h"

/* The kind of statistics (pg_statistic.stakindN), from the range for private use. */
#define STATISTIC_KIND_AUDIENCES 10811

#define SAMPLE_SIZE KROLES_SAMPLE_SIZE
#define MAX_SAMPLED_BYTES 1024	/* wider audiences are left out of the sample */
#define ENOUGH_VISIBLE 12		/* visible audiences of the sample, to stop evaluating */
#define FEW_KEYS 64				/* with more index keys, to look for them takes longer than to evaluate */

/* What is assumed without statistics. */
#define UNKNOWN_FRACTION 0.05

/* ---- ANALYZE ---- */

/* Computes the statistics of a column, in the memory context that ANALYZE provides for them (anl_context). */
static void
compute_audience_stats(VacAttrStatsP stats, AnalyzeAttrFetchFunc fetch, int nrows, double totalrows)
{
	MemoryContext old = MemoryContextSwitchTo(stats->anl_context);
	Datum	   *sample = palloc(SAMPLE_SIZE * sizeof(Datum));
	int			wanted = Min(SAMPLE_SIZE, nrows);
	int			nsampled = 0;
	int			nnull = 0;
	double		width = 0;

	for (int i = 0; i < nrows; i++)
	{
		bool		isnull;
		Datum		value = fetch(stats, i, &isnull);

		KROLES_ANALYZE_DELAY_POINT();
		if (isnull)
		{
			nnull++;
			continue;
		}
		width += VARSIZE_ANY(DatumGetPointer(value));

		/*
		 * Rows arrive in the order of the table, so take them at even distances.
		 * A very wide audience would cost more than it improves the estimate.
		 */
		if (toast_raw_datum_size(value) <= MAX_SAMPLED_BYTES &&
			(int64) (i + 1) * wanted / nrows > nsampled)
			sample[nsampled++] = PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
	}
	MemoryContextSwitchTo(old);
	stats->stats_valid = nrows > 0;
	stats->stanullfrac = nrows > 0 ? (double) nnull / nrows : 0;
	stats->stawidth = nrows > nnull ? (int32) (width / (nrows - nnull)) : 0;
	stats->stadistinct = -1;
	if (nsampled == 0)
		return;
	stats->stakind[0] = STATISTIC_KIND_AUDIENCES;
	stats->stavalues[0] = sample;
	stats->numvalues[0] = nsampled;
}

/* kroles.audience_analyze(internal): the typanalyze function of type kroles.audience. */
PG_FUNCTION_INFO_V1(kroles_audience_analyze);
Datum
kroles_audience_analyze(PG_FUNCTION_ARGS)
{
	VacAttrStats *stats = (VacAttrStats *) PG_GETARG_POINTER(0);

	if (getBaseType(stats->attrtypid) != kroles_audience_type())
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("kroles.audience_analyze() can analyze only columns of type kroles.audience")));
	if (KROLES_STATISTICS_TARGET(stats) < 0)
		KROLES_STATISTICS_TARGET(stats) = default_statistics_target;
	stats->compute_stats = compute_audience_stats;
	stats->minrows = 300 * KROLES_STATISTICS_TARGET(stats);
	PG_RETURN_BOOL(KROLES_STATISTICS_TARGET(stats) > 0);
}

/* ---- Samples ---- */

#define FRACTIONS 64			/* that are kept of each sample */

typedef struct Sample
{
	Oid			relid;
	AttrNumber	attno;
	int			n;
	Datum	   *audiences;
	struct
	{
		uint64		view;		/* number of the subject view */
		double		fraction;
	}			computed[FRACTIONS];
} Sample;

#define MAX_SAMPLES 16
static Sample samples[MAX_SAMPLES];
static int	nsamples;
static uint32 forget_count;		/* counts calls of forget_samples() */
static MemoryContext sample_context;

/* Syscache callback: discards all samples. */
static void
forget_samples(Datum arg, int cacheid, uint32 hashvalue)
{
	nsamples = 0;
	forget_count++;
}

/* Creates the memory context of the samples and registers for changes of statistics.  Called once per backend. */
void
kroles_estimate_init(void)
{
	sample_context = AllocSetContextCreate(CacheMemoryContext, "kroles samples", ALLOCSET_SMALL_SIZES);
	CacheRegisterSyscacheCallback(STATRELATTINH, forget_samples, (Datum) 0);
}

/* Copies a sample from the statistics into the memory context of the samples. */
static void
copy_sample(Sample *sample, const AttStatsSlot *slot)
{
	MemoryContext old = MemoryContextSwitchTo(sample_context);

	sample->audiences = palloc(Max(1, slot->nvalues) * sizeof(Datum));
	sample->n = Min(slot->nvalues, SAMPLE_SIZE);
	for (int i = 0; i < sample->n; i++)
		sample->audiences[i] = PointerGetDatum(PG_DETOAST_DATUM_COPY(slot->values[i]));
	MemoryContextSwitchTo(old);
}

/* Reads the sample of a column; an empty one if the column has not been analyzed. */
static void
read_sample(Sample *sample)
{
	HeapTuple	tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(sample->relid),
										Int16GetDatum(sample->attno), BoolGetDatum(false));
	AttStatsSlot slot;

	sample->n = 0;
	if (!HeapTupleIsValid(tuple))
		return;
	if (get_attstatsslot(&slot, tuple, STATISTIC_KIND_AUDIENCES, InvalidOid, ATTSTATSSLOT_VALUES))
	{
		copy_sample(sample, &slot);
		free_attstatsslot(&slot);
	}
	ReleaseSysCache(tuple);
}

/* The cached sample of a column, read if necessary.  Valid until statistics change or another sample is read. */
static Sample *
get_sample(Oid relid, AttrNumber attno)
{
	uint32		before = forget_count;
	Sample		new_sample;
	Sample	   *kept;

	for (int i = 0; i < nsamples; i++)
		if (samples[i].relid == relid && samples[i].attno == attno)
			return &samples[i];
	if (nsamples == 0 || nsamples == MAX_SAMPLES)
	{
		nsamples = 0;
		MemoryContextReset(sample_context);
	}
	new_sample = (Sample) {
		.relid = relid, .attno = attno
	};
	read_sample(&new_sample);
	kept = &samples[nsamples];
	*kept = new_sample;
	if (before == forget_count)	/* else it is good for this call alone */
		nsamples++;
	return kept;
}

/*
 * Collects the audiences of a sample that have one of the current subject's index keys, since no other
 * can be visible; all of them if the keys are many.  Returns how many.
 */
static int
audiences_with_key(const Sample *sample, struct varlena **audiences)
{
	KrolesIndexKeys keys = kroles_open_index_keys(kroles_current_index_keys());
	int			n = 0;

	for (int i = 0; i < sample->n; i++)
	{
		struct varlena *audience = (struct varlena *) DatumGetPointer(sample->audiences[i]);

		if (keys.everything || keys.n > FEW_KEYS || kroles_has_index_key(audience, &keys))
			audiences[n++] = audience;
	}
	return n;
}

/*
 * The fraction of a sample that the current subject may view.  Stops when enough audiences were
 * visible: the estimate is then about right, however many were evaluated.  In a new session,
 * and for another subject, each audience costs the reading of the spaces that it names; so those
 * that cannot be visible are left out first, by the subject's index keys.
 */
static double
visible_fraction_of_sample(const Sample *sample)
{
	struct varlena *audiences[SAMPLE_SIZE];
	int			n = audiences_with_key(sample, audiences);
	double		share = (double) n / sample->n;
	int			visible = 0;
	int			i;

	for (i = 0; i < n && visible < ENOUGH_VISIBLE; i++)
		visible += kroles_filter_estimate(audiences[i]);
	return visible > 0 ? share * visible / i : KROLES_LEAST_FRACTION;
}

/*
 * Whether the current subject sees so much that no index of audiences is of use, so
 * that no path need be made on one.  The same subject decides about the other costs.
 */
bool
kroles_sees_too_much(void)
{
	return ActiveSnapshotSet() && kroles_open_index_keys(kroles_current_index_keys()).everything;
}

/*
 * The fraction of a table's rows that the current subject sees, by an audience
 * column of the table.  May accept invalidation messages.  Raises an error only if
 * the current subject cannot be determined.
 */
double
kroles_visible_fraction(Oid relid, AttrNumber attno)
{
	Sample	   *sample;
	double		fraction;
	int			at;

	if (!ActiveSnapshotSet())
		return UNKNOWN_FRACTION;
	(void) kroles_current_index_keys();		/* makes the subject view current */
	sample = get_sample(relid, attno);
	if (sample->n == 0)
		return kroles_open_index_keys(kroles_current_index_keys()).everything ? 1.0 : UNKNOWN_FRACTION;
	at = kroles_view_number() % FRACTIONS;
	if (sample->computed[at].view == kroles_view_number())
		return sample->computed[at].fraction;
	fraction = visible_fraction_of_sample(sample);
	/* evaluating may have accepted invalidation messages, which discard samples, and views */
	sample = get_sample(relid, attno);
	at = kroles_view_number() % FRACTIONS;
	sample->computed[at].fraction = fraction;
	sample->computed[at].view = kroles_view_number();
	return fraction;
}
