/*
 * choice.h
 *		Which plan an adaptive scan selects: from planner/choice.c for
 *		planner/adaptive_scan.c.
 */
#ifndef KROLES_CHOICE_H
#define KROLES_CHOICE_H

#include "planner/adaptive_scan.h"

/* The plans, as places in the list of the scan's plans. */
typedef enum KrolesChoice
{
	KROLES_ROW_BY_ROW,
	KROLES_BY_AUDIENCE,
	KROLES_MERGED
} KrolesChoice;

extern KrolesChoice kroles_choose(const KrolesCostInputs *inputs, bool can_merge, double *cost);
extern uint64 kroles_walk_budget(const KrolesCostInputs *inputs, bool can_merge);
extern void kroles_note_crowded(const KrolesCostInputs *inputs);

#endif
