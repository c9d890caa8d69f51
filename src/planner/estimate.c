/*
 * estimate.c
 *		How much of a table the current subject sees.
 *
 * ANALYZE keeps some of the audiences that it met with the statistics of the
 * column; judged for the current subject, they say what part of the rows is
 * seen.  The answer changes what a plan costs, never what it finds.
 *
 * Samples are kept per backend in one memory context until statistics change.
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
#include "planner/estimate.h"
#include "rls/filter.h"
#include "store/catalog.h"

/* The statistics' kind, from the range for private use. */
#define STATISTIC_KIND_AUDIENCES 10811

#define SAMPLE_SIZE KROLES_SAMPLE_SIZE	/* audiences kept by ANALYZE ... */
#define WIDEST_KEPT 1024		/* ... none of more bytes */
#define FEWEST_ASKED 50			/* of them, for an estimate */
#define ENOUGH_HITS 12			/* an estimate from that many is good enough */

/* What is assumed without statistics. */
#define UNKNOWN_FRACTION 0.05

/* ---- ANALYZE ---- */

/* Fills in the statistics of a column; in the memory that ANALYZE wants them in. */
static void
compute_stats(VacAttrStatsP stats, AnalyzeAttrFetchFunc fetch, int nrows, double totalrows)
{
	MemoryContext old = MemoryContextSwitchTo(stats->anl_context);
	Datum	   *kept = palloc(SAMPLE_SIZE * sizeof(Datum));
	int			wanted = Min(SAMPLE_SIZE, nrows);
	int			nkept = 0;
	int			nnull = 0;
	double		width = 0;

	for (int i = 0; i < nrows; i++)
	{
		bool		isnull;
		Datum		value = fetch(stats, i, &isnull);

		vacuum_delay_point();
		if (isnull)
		{
			nnull++;
			continue;
		}
		width += VARSIZE_ANY(DatumGetPointer(value));
		/* evenly over all rows, which come in the order of the table; a very wide one would not pay */
		if (toast_raw_datum_size(value) <= WIDEST_KEPT &&
			(int64) (i + 1) * wanted / nrows > nkept)
			kept[nkept++] = PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
	}
	MemoryContextSwitchTo(old);
	stats->stats_valid = nrows > 0;
	stats->stanullfrac = nrows > 0 ? (double) nnull / nrows : 0;
	stats->stawidth = nrows > nnull ? (int32) (width / (nrows - nnull)) : 0;
	stats->stadistinct = -1;
	if (nkept == 0)
		return;
	stats->stakind[0] = STATISTIC_KIND_AUDIENCES;
	stats->stavalues[0] = kept;
	stats->numvalues[0] = nkept;
}

/* kroles.audience_analyze(internal): what ANALYZE calls for columns of the type. */
PG_FUNCTION_INFO_V1(kroles_audience_analyze);
Datum
kroles_audience_analyze(PG_FUNCTION_ARGS)
{
	VacAttrStats *stats = (VacAttrStats *) PG_GETARG_POINTER(0);

	if (getBaseType(stats->attrtypid) != kroles_audience_type())
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("kroles.audience_analyze() is for columns of type kroles.audience")));
	if (stats->attr->attstattarget < 0)
		stats->attr->attstattarget = default_statistics_target;
	stats->compute_stats = compute_stats;
	stats->minrows = 300 * stats->attr->attstattarget;
	PG_RETURN_BOOL(stats->attr->attstattarget > 0);
}

/* ---- Samples ---- */

typedef struct Sample
{
	Oid			relid;
	AttrNumber	attno;
	int			n;
	Datum	   *audiences;
	uint64		view;			/* for which the fraction was worked out */
	double		fraction;
} Sample;

#define MAX_SAMPLES 16
static Sample samples[MAX_SAMPLES];
static int	nsamples;
static MemoryContext sample_context;

static void
statistics_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	nsamples = 0;
}

/* Makes the context of the samples and registers for new statistics; once a backend. */
void
kroles_estimate_init(void)
{
	sample_context = AllocSetContextCreate(CacheMemoryContext, "kroles samples", ALLOCSET_SMALL_SIZES);
	CacheRegisterSyscacheCallback(STATRELATTINH, statistics_changed, (Datum) 0);
}

static void
copy_values(Sample *sample, const AttStatsSlot *slot)
{
	MemoryContext old = MemoryContextSwitchTo(sample_context);

	sample->audiences = palloc(Max(1, slot->nvalues) * sizeof(Datum));
	for (int i = 0; i < slot->nvalues; i++)
		sample->audiences[i] = PointerGetDatum(PG_DETOAST_DATUM_COPY(slot->values[i]));
	sample->n = slot->nvalues;
	MemoryContextSwitchTo(old);
}

/* Reads the sample of a column; an empty one where it was not analyzed. */
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
		copy_values(sample, &slot);
		free_attstatsslot(&slot);
	}
	ReleaseSysCache(tuple);
}

static Sample *
sample_of(Oid relid, AttrNumber attno)
{
	Sample		found = {.relid = relid, .attno = attno};

	for (int i = 0; i < nsamples; i++)
		if (samples[i].relid == relid && samples[i].attno == attno)
			return &samples[i];
	if (nsamples == 0 || nsamples == MAX_SAMPLES)
	{
		nsamples = 0;
		MemoryContextReset(sample_context);
	}
	read_sample(&found);
	samples[nsamples] = found;
	return &samples[nsamples++];
}

/* Judges the sample, no more of it than an estimate takes. */
static double
judge_sample(const Sample *sample)
{
	Datum	   *audiences = sample->audiences;
	int			n = sample->n;
	int			seen = 0;
	int			i;

	for (i = 0; i < n && (i < FEWEST_ASKED || seen < ENOUGH_HITS); i++)
		seen += kroles_filter_estimate((struct varlena *) DatumGetPointer(audiences[i]));
	return seen > 0 ? (double) seen / i : KROLES_LEAST_FRACTION;
}

/*
 * The part of a table's rows that the current subject sees, by an audience
 * column of it.  May accept messages; raises an error only where asking who is
 * asking does.
 */
double
kroles_visible_fraction(Oid relid, AttrNumber attno)
{
	Sample	   *sample;
	double		fraction;

	if (!ActiveSnapshotSet())
		return UNKNOWN_FRACTION;
	(void) kroles_current_index_keys();		/* makes the subject view current */
	sample = sample_of(relid, attno);
	if (sample->n == 0)
		return kroles_open_index_keys(kroles_current_index_keys()).everything ? 1.0 : UNKNOWN_FRACTION;
	if (sample->view == kroles_view_number())
		return sample->fraction;
	fraction = judge_sample(sample);
	/* messages may have come, and with them another sample */
	sample = sample_of(relid, attno);
	sample->fraction = fraction;
	sample->view = kroles_view_number();
	return fraction;
}
