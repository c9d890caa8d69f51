/*
 * clock.h
 *		The time that decisions are made for.
 */
#ifndef KROLES_CLOCK_H
#define KROLES_CLOCK_H

#include "access/xact.h"
#include "utils/timestamp.h"

/*
 * The time at which grants, stays and tokens are evaluated: the start of the
 * client's statement or, in a procedure that has committed since, of the
 * transaction.
 */
static inline TimestampTz
kroles_time(void)
{
	return Max(GetCurrentStatementStartTimestamp(), GetCurrentTransactionStartTimestamp());
}

#endif
