/*
 * array.h
 *		An array that grows in the caller's memory.
 */
#ifndef KROLES_GROWING_H
#define KROLES_GROWING_H

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

/* ---- core/array.c: ids (int64) in such arrays ---- */

extern int	kroles_compare_ids(const void *a, const void *b);
extern void kroles_sort_ids(KrolesArray *ids);

#endif
