/*
 * changed_rows.h
 *		The rows that a statement changed, for the audit log.
 */
#ifndef KROLES_CHANGED_ROWS_H
#define KROLES_CHANGED_ROWS_H

#include "guards/audit_insert.h"
#include "guards/audit_row.h"
#include "store/trigger.h"

/* The kinds of spaces that were looked up last. */
#define KROLES_SPACES_REMEMBERED 64
typedef struct KrolesSpaceKind
{
	int64		space_id;
	const char *kind;			/* NULL: not looked up */
} KrolesSpaceKind;

/* The rows of a statement that are to be logged; in the memory context of the trigger's call. */
typedef struct KrolesChangedRows
{
	TriggerData *trigger;
	MemoryContext context;
	KrolesLoggedTable *table;
	TupleTableSlot *old;		/* NULL for INSERT */
	TupleTableSlot *new;		/* NULL for DELETE */
	const char *kind;			/* the trigger's arguments: the kind of the object, */
	AttrNumber	id_column;		/* the column with its id, and that with its space; 0 for none */
	AttrNumber	space_column;
	AttrNumber	kind_column;	/* of the logged row, if its object is a space; 0 for none */
	AttrNumber	owner_column;	/* the same, for rows that belong to a person instead */
	KrolesSpaceKind	spaces[KROLES_SPACES_REMEMBERED];
} KrolesChangedRows;

extern bool kroles_open_changed_rows(KrolesChangedRows *rows, TriggerData *trigger);
extern void kroles_close_changed_rows(KrolesChangedRows *rows);
extern bool kroles_next_changed_row(void *arg, KrolesLogRow *logged);

#endif
