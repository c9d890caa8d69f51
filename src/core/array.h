/*
 * array.h
 *		An array that grows in the caller's memory.
 */
#ifndef KROLES_ARRAY_H
#define KROLES_ARRAY_H

#include "utils/palloc.h"

typedef struct KrolesArray
{
	char	   *items;
	Size		size;			/* of one item */
	int			n;
	int			room;
} KrolesArray;

/* Room for one more item, at the end. */
static inline void *
kroles_array_add(KrolesArray *array)
{
	if (array->n == array->room)
	{
		array->room = Max(16, array->room * 2);
		array->items = array->items == NULL ?
			palloc_extended(array->size * array->room, MCXT_ALLOC_HUGE) :
			repalloc_huge(array->items, array->size * array->room);
	}
	return array->items + array->size * array->n++;
}

/*
 * The index of the first item, in an array of n in ascending order, whose id is
 * at least that; n if there is none.  The id is an item's first member.
 */
static inline int
kroles_lower_bound(const void *items, int n, Size size, int64 id)
{
	int			low = 0;
	int			high = n;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (*(const int64 *) ((const char *) items + size * middle) < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* ---- core/array.c: ids (int64) in such arrays ---- */

extern int	kroles_compare_ids(const void *a, const void *b);
extern void kroles_sort_ids(KrolesArray *ids);

#endif
