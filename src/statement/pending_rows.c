/*
 * pending_rows.c
 *		Pending rows: rows that a running query inserts.
 *
 * The row of a running INSERT is not in any snapshot yet, but policies are evaluated
 * on it: for WITH CHECK, for RETURNING, and for rows that the same statement
 * adds to the new object.  So each row that a query inserts is recorded with the query
 * (statement/running.c) and forgotten at the query's end.  The database or an
 * administrator assigned its id (guards/ids.c), so the id identifies no other object.
 * Memory grows with the number of the query's own rows, about 100 bytes each.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "core/compat.h"
#include "statement/pending_rows.h"
#include "statement/running.h"
#include "store/trigger.h"

typedef struct PendingKey
{
	int64		id;
	KrolesClass class;
	int			padding;		/* zero: the key is compared as bytes */
} PendingKey;

typedef struct PendingRow
{
	PendingKey	key;			/* hash key, must be first */
	KrolesPendingRow row;
} PendingRow;

static PendingKey
pending_key(KrolesClass class, int64 id)
{
	PendingKey	key;

	memset(&key, 0, sizeof(key));
	key.id = id;
	key.class = class;
	return key;
}

/*
 * The pending row of a query; NULL if it has no such row, or if its snapshot is not
 * of that command id: then the caller does not see the query's pending rows.
 */
static const KrolesPendingRow *
find_pending_row(QueryDesc *desc, CommandId cid, const PendingKey *key)
{
	KrolesQuery *query = desc->snapshot != NULL && desc->snapshot->curcid == cid ? kroles_find_query(desc) : NULL;
	PendingRow *row = query == NULL || query->pending == NULL ? NULL :
		hash_search(query->pending, key, HASH_FIND, NULL);

	return row == NULL ? NULL : &row->row;
}

/* A snapshot that shows what was before the transaction, and in which transaction; see kroles_hide_pending_rows(). */
static struct
{
	Snapshot	snapshot;
	LocalTransactionId lxid;
}			hidden;

/*
 * While that snapshot is the active one, there are no pending rows: it may have the command
 * id of a query, the first of the transaction, and be older than it.  NULL ends that.
 */
void
kroles_hide_pending_rows(Snapshot snapshot)
{
	hidden.snapshot = snapshot;
	hidden.lxid = KROLES_LXID();
}

static bool
are_hidden(void)
{
	return hidden.snapshot != NULL && hidden.snapshot == GetActiveSnapshot() && hidden.lxid == KROLES_LXID() &&
		hidden.snapshot->curcid == FirstCommandId;
}

/*
 * Returns the pending row with that id of a running query that has the command id of
 * the active snapshot; NULL if there is none.  Later commands, in functions that the
 * query calls, see the row itself.  The result lives until the query's end.
 */
const KrolesPendingRow *
kroles_pending_row(KrolesClass class, int64 id)
{
	PendingKey	key;

	if (kroles_running == NULL || !ActiveSnapshotSet() || are_hidden())
		return NULL;
	key = pending_key(class, id);
	for (KrolesRun *run = kroles_running; run != NULL; run = run->outer)
	{
		const KrolesPendingRow *row = find_pending_row(run->desc, GetActiveSnapshot()->curcid, &key);

		if (row != NULL)
			return row;
	}
	return NULL;
}

/* The query's table of pending rows, created if necessary. */
static HTAB *
open_pending_rows(KrolesQuery *query)
{
	HASHCTL		control = {.keysize = sizeof(PendingKey), .entrysize = sizeof(PendingRow)};

	control.hcxt = kroles_query_context(query);
	if (query->pending == NULL)
		query->pending = hash_create("kroles pending rows", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return query->pending;
}

/* ---- Upserts: existing rows that a query inserts again ---- */

typedef struct UpsertKey
{
	int64		id;
	Oid			relid;
	Oid			padding;		/* zero: the key is compared as bytes */
} UpsertKey;

static UpsertKey
upsert_key(Oid relid, int64 id)
{
	UpsertKey	key = {.id = id, .relid = relid};

	return key;
}

/* Records that the running query inserts a row with the id of an existing row. */
void
kroles_note_upsert(Oid relid, int64 id)
{
	KrolesQuery *query = kroles_note_query(kroles_running->desc);
	HASHCTL		control = {.keysize = sizeof(UpsertKey), .entrysize = sizeof(UpsertKey)};
	UpsertKey	key = upsert_key(relid, id);

	control.hcxt = kroles_query_context(query);
	if (query->upserts == NULL)
		query->upserts = hash_create("kroles upserts", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	(void) hash_search(query->upserts, &key, HASH_ENTER, NULL);
}

/* Whether the running query inserted a row with the id of that existing row. */
bool
kroles_is_upsert(Oid relid, int64 id)
{
	KrolesQuery *query = kroles_running == NULL ? NULL : kroles_find_query(kroles_running->desc);
	UpsertKey	key = upsert_key(relid, id);

	return query != NULL && query->upserts != NULL && hash_search(query->upserts, &key, HASH_FIND, NULL) != NULL;
}

/* ---- The trigger ---- */

/* A column of the row that the trigger was fired for. */
static Datum
get_new_value(TriggerData *trigger, KrolesTableId table, int column, bool *isnull)
{
	return kroles_trigger_value(trigger, trigger->tg_trigtuple, table, column, isnull);
}

/*
 * Records a row as pending.  Does not record a row that is inserted without a query (by
 * COPY), because no policy is evaluated on it before it exists, or a row that exists,
 * which an upsert inserts again.
 */
static void
add_pending_row(TriggerData *trigger, KrolesClass class, int64 id, KrolesPendingRow row)
{
	PendingKey	key = pending_key(class, id);
	QueryDesc  *desc = kroles_running == NULL ? NULL : kroles_running->desc;
	KrolesQuery *query;

	if (desc == NULL || !kroles_query_changes(desc, RelationGetRelid(trigger->tg_relation)) ||
		kroles_is_upsert(RelationGetRelid(trigger->tg_relation), id))
		return;
	query = kroles_note_query(desc);
	((PendingRow *) hash_search(open_pending_rows(query), &key, HASH_ENTER, NULL))->row = row;
}

static void
add_pending_media(TriggerData *trigger)
{
	bool		no_id;
	bool		no_owner;
	Datum		id = get_new_value(trigger, KROLES_T_MEDIA, MEDIA_ID, &no_id);
	Datum		owner = get_new_value(trigger, KROLES_T_MEDIA, MEDIA_OWNER, &no_owner);
	bool		no_type;
	Datum		type = get_new_value(trigger, KROLES_T_MEDIA, MEDIA_TYPE, &no_type);

	if (!no_id && !no_owner && !no_type)
		add_pending_row(trigger, KROLES_C_MEDIA, DatumGetInt64(id),
			 (KrolesPendingRow) {.owner_id = DatumGetInt64(owner), .is_room = kroles_has_room(kroles_enum_code(KROLES_E_MEDIA_TYPE, DatumGetObjectId(type)))});
}

static void
add_pending_event(TriggerData *trigger)
{
	bool		no_id;
	bool		no_creator;
	Datum		id = get_new_value(trigger, KROLES_T_EVENTS, EVENTS_ID, &no_id);
	Datum		creator = get_new_value(trigger, KROLES_T_EVENTS, EVENTS_CREATED_BY, &no_creator);

	if (!no_id && !no_creator)
		add_pending_row(trigger, KROLES_C_EVENT, DatumGetInt64(id), (KrolesPendingRow) {.owner_id = DatumGetInt64(creator)});
}

static void
add_pending_space(TriggerData *trigger)
{
	bool		isnull[5];
	Datum		id = get_new_value(trigger, KROLES_T_SPACES, SPACES_ID, &isnull[0]);
	Datum		owner = get_new_value(trigger, KROLES_T_SPACES, SPACES_OWNER, &isnull[1]);
	Datum		kind = get_new_value(trigger, KROLES_T_SPACES, SPACES_KIND, &isnull[2]);
	Datum		type = get_new_value(trigger, KROLES_T_SPACES, SPACES_TYPE, &isnull[3]);
	Datum		moderated = get_new_value(trigger, KROLES_T_SPACES, SPACES_MODERATED, &isnull[4]);
	KrolesPendingRow row = {0};

	if (isnull[0] || isnull[1] || isnull[2] || isnull[3] || isnull[4])
		return;
	row.owner_id = DatumGetInt64(owner);
	row.moderated = DatumGetBool(moderated);
	row.kind = kroles_enum_code(KROLES_E_SPACE_KIND, DatumGetObjectId(kind));
	row.type = kroles_enum_code(KROLES_E_SPACE_TYPE, DatumGetObjectId(type));
	if ((int) row.kind >= 0 && (int) row.type >= 0)
		add_pending_row(trigger, KROLES_C_SPACE, DatumGetInt64(id), row);
}

/* kroles.note_pending_row(): the last BEFORE INSERT trigger on kroles.media, kroles.spaces and kroles.events. */
PG_FUNCTION_INFO_V1(kroles_note_pending_row);
Datum
kroles_note_pending_row(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "note_pending_row", 0,
										  KROLES_BEFORE_ROW(KROLES_ON_INSERT),
										  KROLES_ON("spaces", "media", "events"));

	switch (kroles_table_id(RelationGetRelid(trigger->tg_relation)))
	{
		case KROLES_T_MEDIA:
			add_pending_media(trigger);
			break;
		case KROLES_T_SPACES:
			add_pending_space(trigger);
			break;
		case KROLES_T_EVENTS:
			add_pending_event(trigger);
			break;
		default:
			elog(ERROR, "kroles.note_pending_row() called for an unexpected table");
	}
	return PointerGetDatum(trigger->tg_trigtuple);
}
