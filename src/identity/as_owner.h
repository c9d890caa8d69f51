/*
 * as_owner.h
 *		Statements that the extension runs for itself.
 */
#ifndef KROLES_OWNER_H
#define KROLES_OWNER_H

#include "executor/spi.h"

/* A statement, and its plan once it was prepared. */
typedef struct KrolesStatement
{
	const char *sql;
	int			nargs;
	Oid			types[8];
	SPIPlanPtr	plan;
	struct TriggerData *trigger;	/* whose transition tables it reads, or NULL */
	bool		sees_all;		/* reads what is committed by now, whatever the transaction's snapshot */
	bool		planned_anew;	/* this once, for so many rows that the kept plan may not suit */
} KrolesStatement;

extern bool kroles_run_as_owner(KrolesStatement *statement, Datum *args, const char *nulls,
								Datum *first);

extern bool kroles_run_as_caller(KrolesStatement *statement, Datum *args);

/* What is done with each row of a query; false when it was the last one wanted. */
typedef bool (*KrolesTakeRow) (void *arg, Datum *row);

extern void kroles_read_as_owner(KrolesStatement *statement, Datum *args, KrolesTakeRow take, void *arg);
extern bool kroles_is_own_statement(void);

#endif
