/*
 * foreign_code.h
 *		Foreign code: code of others that a change of our tables causes to run.
 */
#ifndef KROLES_FOREIGN_CODE_H
#define KROLES_FOREIGN_CODE_H

#include "executor/execdesc.h"

extern bool kroles_foreign_code_runs;	/* set in a scope of foreign code and in calls of foreign functions */

/* A scope of foreign code: a foreign key's action on a table of others is planned, started or run. */
typedef struct KrolesForeignScope
{
	bool		entered;
	int			level;			/* nest level of settings (guc.c) */
} KrolesForeignScope;

extern void kroles_foreign_code_init(void);
extern void kroles_foreign_code_enter(KrolesForeignScope *scope);
extern void kroles_foreign_code_leave(KrolesForeignScope *scope, bool failed);
extern bool kroles_acts_for_foreign_code(void);
extern bool kroles_nobody_asks(void);
extern void kroles_foreign_tables_reached(QueryDesc *desc);
extern void kroles_foreign_code_forget(void);

#endif
