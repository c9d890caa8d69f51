/*
 * clock.h
 *		The time that decisions are made for.
 */
#ifndef KROLES_CLOCK_H
#define KROLES_CLOCK_H

#include "access/xact.h"
#include "utils/timestamp.h"

/* The time that is asked about, while a question about the past is judged (store/past.c); else 0. */
extern TimestampTz kroles_past_time;

/*
 * The time at which grants, stays and tokens are evaluated: the start of the
 * client's statement or, in a procedure that has committed since, of the
 * transaction.
 */
static inline TimestampTz
kroles_time(void)
{
	if (unlikely(kroles_past_time != 0))
		return kroles_past_time;
	return Max(GetCurrentStatementStartTimestamp(), GetCurrentTransactionStartTimestamp());
}

#endif
