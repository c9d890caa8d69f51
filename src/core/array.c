/*
 * array.c
 *		Sorting of ids.
 */
#include "postgres.h"

#include "lib/qunique.h"

#include "core/array.h"

/* Comparator of int64 for qsort() and bsearch(). */
int
kroles_compare_ids(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return (x > y) - (x < y);
}

/* Sorts ids ascending and removes duplicates. */
void
kroles_sort_ids(KrolesArray *ids)
{
	if (ids->n == 0)
		return;
	qsort(ids->items, ids->n, ids->size, kroles_compare_ids);
	ids->n = qunique(ids->items, ids->n, ids->size, kroles_compare_ids);
}
