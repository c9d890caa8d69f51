/*
 * sides.h
 *		The two sides of a preview: without the transaction's own changes, and with
 *		them.
 */
#ifndef KROLES_SIDES_H
#define KROLES_SIDES_H

#include "utils/snapshot.h"

typedef enum KrolesSide
{
	KROLES_BEFORE,				/* the transaction's changes undone */
	KROLES_AFTER
} KrolesSide;

#define KROLES_NSIDES 2

/* A loop over both sides; the body runs with the side's snapshot as the active one. */
#define KROLES_FOR_EACH_SIDE(side, base) \
	for (KrolesSide side = KROLES_BEFORE; side < KROLES_NSIDES && kroles_begin_side(base, side); \
		 side = kroles_end_side(side))

extern Snapshot kroles_open_sides(void);
extern void kroles_close_sides(Snapshot base);
extern bool kroles_begin_side(Snapshot base, KrolesSide side);
extern KrolesSide kroles_end_side(KrolesSide side);

#endif
