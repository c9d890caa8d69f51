/*
 * pending_rows.h
 *		Rows that a running statement is making.
 */
#ifndef KROLES_PENDING_ROWS_H
#define KROLES_PENDING_ROWS_H

#include "cache/invalidation.h"
#include "rules/rules.h"

typedef struct KrolesPendingRow
{
	int64		owner_id;
	bool		is_room;		/* of media: its type has one */
	KrolesKind	kind;			/* of a space */
	KrolesSpaceType type;
	bool		moderated;
} KrolesPendingRow;

extern const KrolesPendingRow *kroles_pending_row(KrolesClass class, int64 id);
extern void kroles_note_upsert(Oid relid, int64 id);
extern bool kroles_is_upsert(Oid relid, int64 id);

#endif
