/*
 * end_transactions.h
 *		How transactions that hold a lock are ended.
 */
#ifndef KROLES_ENDING_H
#define KROLES_ENDING_H

#include "storage/lock.h"

/* By what transactions are known: that they hold one of these locks in its mode. */
typedef struct KrolesEnding
{
	Oid			database;
	struct
	{
		LOCKTAG		tag;
		LOCKMODE	mode;
	}			lock[2];
} KrolesEnding;

extern int	kroles_end_holders(const KrolesEnding *ending, int milliseconds, int *left);

#endif
