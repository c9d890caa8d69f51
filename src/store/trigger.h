/*
 * trigger.h
 *		Checks of how a trigger function is called.
 */
#ifndef KROLES_TRIGGER_H
#define KROLES_TRIGGER_H

#include "commands/trigger.h"
#include "fmgr.h"

#include "store/catalog.h"

/* Events. */
#define KROLES_ON_INSERT	1
#define KROLES_ON_UPDATE	2
#define KROLES_ON_DELETE	4
#define KROLES_ON_TRUNCATE	8

/* The times of firing, each for a set of events; combined by "|". */
#define KROLES_BEFORE_ROW(events)		((uint32) (events))
#define KROLES_AFTER_ROW(events)		((uint32) (events) << 4)
#define KROLES_INSTEAD_OF_ROW(events)	((uint32) (events) << 8)
#define KROLES_BEFORE_STATEMENT(events)	((uint32) (events) << 12)
#define KROLES_AFTER_STATEMENT(events)	((uint32) (events) << 16)

/* Requires the transition tables old_rows and new_rows, except for TRUNCATE. */
#define KROLES_WITH_ROWS	((uint32) 1 << 20)

/* The relations of our schema that a function supports. */
#define KROLES_ON(...)		((const char *const []) {__VA_ARGS__, NULL})
#define KROLES_ON_ANY_TABLE	NULL

/* Instead of a number of arguments: any even number. */
#define KROLES_PAIRS_OF_ARGUMENTS	(-1)

extern TriggerData *kroles_trigger(FunctionCallInfo fcinfo, const char *function, int nargs,
								   uint32 fired, const char *const *relations);
extern TriggerData *kroles_trigger_by_table(FunctionCallInfo fcinfo, const char *function,
											uint32 fired, const char *const *relations,
											uint32 else_fired, const char *const *else_relations);
extern int	kroles_trigger_column(TriggerData *trigger, const char *column, Oid type);
extern HeapTuple kroles_trigger_row(TriggerData *trigger);
extern Datum kroles_trigger_value(TriggerData *trigger, HeapTuple row, KrolesTableId table, int column, bool *isnull);
extern Datum kroles_trigger_id(TriggerData *trigger, HeapTuple row, const char *column, bool *isnull);

#endif
