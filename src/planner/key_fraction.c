/*
 * key_fraction.c
 *		Estimates which fraction of a table's rows has one of some keys in a column,
 *		from the statistics that ANALYZE keeps: the most common values, and the number
 *		of distinct ones.
 *
 * The result decides which of two plans runs, never what they return.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "planner/key_fraction.h"
#include "store/scan.h"

/* What is assumed of a key without statistics. */
#define UNKNOWN_FRACTION 0.001

/* An id from the statistics of a bigint, integer or smallint column. */
static int64
id_of(Datum value, Oid type)
{
	return type == INT8OID ? DatumGetInt64(value) : type == INT4OID ? DatumGetInt32(value) : DatumGetInt16(value);
}

/* The fraction of rows with one of the keys, from the statistics of the column. */
static double
fraction_from_statistics(HeapTuple tuple, Oid relid, const KrolesKeyIds *keys)
{
	Form_pg_statistic statistic = (Form_pg_statistic) GETSTRUCT(tuple);
	double		distinct = statistic->stadistinct >= 0 ? statistic->stadistinct : -statistic->stadistinct * Max(0, kroles_table_rows(relid));
	double		common = 0;
	double		fraction = 0;
	int			ncommon = 0;
	int			nfound = 0;
	AttStatsSlot slot;

	if (get_attstatsslot(&slot, tuple, STATISTIC_KIND_MCV, InvalidOid, ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS))
	{
		ncommon = slot.nvalues;
		for (int i = 0; i < slot.nvalues; i++)
		{
			common += slot.numbers[i];
			if (kroles_has_key(keys, id_of(slot.values[i], slot.valuetype)))
			{
				fraction += slot.numbers[i];
				nfound++;
			}
		}
		free_attstatsslot(&slot);
	}
	if (distinct > ncommon)
		fraction += (keys->n - nfound) * Max(0, 1 - common - statistic->stanullfrac) / (distinct - ncommon);
	return fraction;
}

/*
 * The fraction of a table's rows that have one of the keys in a column, which is of
 * type bigint, integer or smallint.
 */
double
kroles_key_fraction(Oid relid, AttrNumber column, const KrolesKeyIds *keys)
{
	HeapTuple	tuple;
	double		fraction;

	if (keys->n == 0)
		return 0;
	tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(relid), Int16GetDatum(column), BoolGetDatum(false));
	if (!HeapTupleIsValid(tuple))
		return keys->n * UNKNOWN_FRACTION;
	fraction = fraction_from_statistics(tuple, relid, keys);
	ReleaseSysCache(tuple);
	return fraction;
}
