/*
 * pending_rows.h
 *		Pending rows: rows that a running query inserts.
 */
#ifndef KROLES_PENDING_ROWS_H
#define KROLES_PENDING_ROWS_H

#include "utils/snapshot.h"

#include "cache/entries.h"
#include "rules/rules.h"

/* What policies ask about a pending row. */
typedef struct KrolesPendingRow
{
	int64		owner_id;		/* of an event: its creator */
	bool		is_room;		/* of a media: its type has a room */
	KrolesKind	kind;			/* of a space */
	KrolesSpaceType type;		/* of a space */
	bool		moderated;		/* of a space */
} KrolesPendingRow;

extern const KrolesPendingRow *kroles_pending_row(KrolesClass class, int64 id);
extern void kroles_hide_pending_rows(Snapshot snapshot);
extern void kroles_note_upsert(Oid relid, int64 id);
extern bool kroles_is_upsert(Oid relid, int64 id);

#endif
