/*
 * array.h
 *		A growing array, and binary search.
 */
#ifndef KROLES_ARRAY_H
#define KROLES_ARRAY_H

#include "utils/palloc.h"

/* The items live in the memory context current at the first addition.  Initialize with the size alone. */
typedef struct KrolesArray
{
	char	   *items;
	Size		size;			/* of one item */
	int			n;
	int			room;			/* items that fit before the array grows */
} KrolesArray;

/* Adds an item at the end, uninitialized; the pointer is valid until the next addition. */
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
 * The index of the first of n items, ascending by id, whose id is not less than
 * "id"; n if there is none.  The id, an int64, is an item's first member.
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
