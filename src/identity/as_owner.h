/*
 * as_owner.h
 *		Runs the extension's own statements as the owner of its tables.
 */
#ifndef KROLES_AS_OWNER_H
#define KROLES_AS_OWNER_H

#include "executor/spi.h"

/* A statement, and its plan once it has been prepared. */
typedef struct KrolesStatement
{
	const char *sql;
	int			nargs;
	Oid			types[8];
	SPIPlanPtr	plan;			/* NULL before the first use */
	struct TriggerData *trigger;	/* whose transition tables it reads, or NULL; for one run */
	bool		sees_all;		/* runs with the latest snapshot, not the transaction's */
	bool		planned_anew;	/* makes a plan for this run only, instead of using the saved one */
} KrolesStatement;

/* The current user and security context that kroles_become_owner() has replaced. */
typedef struct KrolesCurrentUser
{
	Oid			user;
	int			context;
} KrolesCurrentUser;

extern KrolesCurrentUser kroles_become_owner(void);
extern void kroles_become_again(KrolesCurrentUser was);
extern bool kroles_run_as_owner(KrolesStatement *statement, Datum *args, const char *nulls,
								Datum *first);

extern bool kroles_run_as_caller(KrolesStatement *statement, Datum *args);
extern bool kroles_is_own_statement(void);
extern void kroles_check_internal_call(const char *function, const char *hint);

#endif
