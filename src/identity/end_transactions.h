/*
 * end_transactions.h
 *		Ends transactions that hold a lock.
 */
#ifndef KROLES_END_TRANSACTIONS_H
#define KROLES_END_TRANSACTIONS_H

#include "storage/lock.h"

/* Identifies the transactions to end: they hold one of these locks in its mode. */
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
