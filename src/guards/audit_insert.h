/*
 * audit_insert.h
 *		Inserts rows into the audit log without planning a statement.
 */
#ifndef KROLES_AUDIT_INSERT_H
#define KROLES_AUDIT_INSERT_H

#include "utils/jsonb.h"

/* The columns of kroles.audit_log that have no default. */
typedef struct KrolesLogRow
{
	Datum		actor[4];		/* see kroles_audit_actor() */
	bool		no_actor[4];
	Datum		relation;		/* text */
	const char *object_kind;
	bool		no_object;
	int64		object_id;
	bool		no_space;
	int64		space_id;
	Jsonb	   *before;			/* NULL for null */
	Jsonb	   *after;
} KrolesLogRow;

/*
 * Fills in the next row, in the current memory context, which lives until the row is
 * inserted; false if there are no more.  What is the same in all rows is filled in already.
 */
typedef bool (*KrolesNextLogRow) (void *arg, KrolesLogRow *row);

extern bool kroles_insert_log_rows(KrolesNextLogRow next, void *arg, const KrolesLogRow *common);

#endif
