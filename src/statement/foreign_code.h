/*
 * foreign_code.h
 *		Code of others that a change of our tables sets off.
 */
#ifndef KROLES_FOREIGN_CODE_H
#define KROLES_FOREIGN_CODE_H

#include "executor/execdesc.h"

extern bool kroles_foreign_code_runs;	/* as far as calls of the executor and of triggers tell */

/* While a foreign key's action on a table of others is planned, started or run. */
typedef struct KrolesForeignScope
{
	bool		entered;
	int			level;			/* of settings */
} KrolesForeignScope;

extern void kroles_foreign_code_init(void);
extern void kroles_foreign_code_enter(KrolesForeignScope *scope);
extern void kroles_foreign_code_leave(KrolesForeignScope *scope, bool failed);
extern bool kroles_acts_for_foreign_code(void);
extern bool kroles_nobody_asks(void);
extern void kroles_foreign_tables_reached(QueryDesc *desc);
extern void kroles_foreign_code_forget(void);

#endif
