/*
 * checks.h
 *		Checks that several guards make, and reading the ids of a row.
 */
#ifndef KROLES_CHECKS_H
#define KROLES_CHECKS_H

#include "store/trigger.h"

extern bool kroles_policy_will_refuse(Relation rel, KrolesKind kind, int64 id, KrolesRights any_of);

/* An id in a column that is never null. */
static inline Datum
kroles_trigger_key(TriggerData *trigger, HeapTuple row, const char *column)
{
	bool		isnull;

	return kroles_trigger_id(trigger, row, column, &isnull);
}

#endif
