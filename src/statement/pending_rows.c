/*
 * pending_rows.c
 *		Rows that a running query makes.
 *
 * The row of a running INSERT is in no snapshot yet, but policies ask about it:
 * for WITH CHECK, for RETURNING, and for what else the same statement adds to it.
 * So each row that a query makes is noted with the query (statement/running.c) and
 * forgotten with it.  Its id was given by the database or by an administrator
 * (guards/ids.c), so it names nothing else.  Memory grows with the query's own rows,
 * some 100 bytes each.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "cache/invalidation.h"
#include "statement/pending_rows.h"
#include "statement/running.h"
#include "store/catalog.h"
#include "store/trigger.h"

/* A row that a query makes. */
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
key_of(KrolesClass class, int64 id)
{
	PendingKey	key;

	memset(&key, 0, sizeof(key));
	key.id = id;
	key.class = class;
	return key;
}

/* What the query noted of such a row; NULL where the query made none, or the asker does not see what it makes. */
static const KrolesPendingRow *
find_in(QueryDesc *desc, CommandId cid, const PendingKey *key)
{
	KrolesQuery *query = desc->snapshot != NULL && desc->snapshot->curcid == cid ? kroles_find_query(desc) : NULL;
	PendingRow *row = query == NULL || query->pending == NULL ? NULL :
		hash_search(query->pending, key, HASH_FIND, NULL);

	return row == NULL ? NULL : &row->row;
}

/*
 * The row of that id that a running query makes whose snapshot is the active
 * one; NULL where none does.  Later commands, within functions that the query
 * calls, see the row itself.
 */
const KrolesPendingRow *
kroles_pending_row(KrolesClass class, int64 id)
{
	PendingKey	key;

	if (kroles_running == NULL || !ActiveSnapshotSet())
		return NULL;
	key = key_of(class, id);
	for (KrolesRun *run = kroles_running; run != NULL; run = run->outer)
	{
		const KrolesPendingRow *row = find_in(run->desc, GetActiveSnapshot()->curcid, &key);

		if (row != NULL)
			return row;
	}
	return NULL;
}

static HTAB *
open_pending(KrolesQuery *query)
{
	HASHCTL		control = {.keysize = sizeof(PendingKey), .entrysize = sizeof(PendingRow)};

	control.hcxt = kroles_query_context(query);
	if (query->pending == NULL)
		query->pending = hash_create("kroles pending rows", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return query->pending;
}

/* ---- Rows that a query names as existing: an upsert's ---- */

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

/* Notes that the running query names a row that is there. */
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

/* Whether the running query named that row as one that is there. */
bool
kroles_is_upsert(Oid relid, int64 id)
{
	KrolesQuery *query = kroles_running == NULL ? NULL : kroles_find_query(kroles_running->desc);
	UpsertKey	key = upsert_key(relid, id);

	return query != NULL && query->upserts != NULL && hash_search(query->upserts, &key, HASH_FIND, NULL) != NULL;
}

/* ---- The trigger ---- */

/* A column of the row. */
static Datum
get(TriggerData *trigger, KrolesTableId table, int column, bool *isnull)
{
	return kroles_trigger_value(trigger, trigger->tg_trigtuple, table, column, isnull);
}

/* Notes a row of the query that makes it.  What is not made by a query (COPY) nobody asks about before it is there. */
static void
note(TriggerData *trigger, KrolesClass class, int64 id, KrolesPendingRow row)
{
	PendingKey	key = key_of(class, id);
	QueryDesc  *desc = kroles_running == NULL ? NULL : kroles_running->desc;
	KrolesQuery *query;

	if (desc == NULL || !kroles_query_changes(desc, RelationGetRelid(trigger->tg_relation)) ||
		kroles_is_upsert(RelationGetRelid(trigger->tg_relation), id))
		return;
	query = kroles_note_query(desc);
	((PendingRow *) hash_search(open_pending(query), &key, HASH_ENTER, NULL))->row = row;
}

static void
note_media(TriggerData *trigger)
{
	bool		no_id;
	bool		no_owner;
	Datum		id = get(trigger, KROLES_T_MEDIA, MEDIA_ID, &no_id);
	Datum		owner = get(trigger, KROLES_T_MEDIA, MEDIA_OWNER, &no_owner);
	bool		no_type;
	Datum		type = get(trigger, KROLES_T_MEDIA, MEDIA_TYPE, &no_type);

	if (!no_id && !no_owner && !no_type)
		note(trigger, KROLES_C_MEDIA, DatumGetInt64(id),
			 (KrolesPendingRow) {.owner_id = DatumGetInt64(owner), .is_room = kroles_has_room(kroles_enum_code(KROLES_E_MEDIA_TYPE, DatumGetObjectId(type)))});
}

static void
note_event(TriggerData *trigger)
{
	bool		no_id;
	bool		no_creator;
	Datum		id = get(trigger, KROLES_T_EVENTS, EVENTS_ID, &no_id);
	Datum		creator = get(trigger, KROLES_T_EVENTS, EVENTS_CREATED_BY, &no_creator);

	if (!no_id && !no_creator)
		note(trigger, KROLES_C_EVENT, DatumGetInt64(id), (KrolesPendingRow) {.owner_id = DatumGetInt64(creator)});
}

static void
note_space(TriggerData *trigger)
{
	bool		isnull[5];
	Datum		id = get(trigger, KROLES_T_SPACES, SPACES_ID, &isnull[0]);
	Datum		owner = get(trigger, KROLES_T_SPACES, SPACES_OWNER, &isnull[1]);
	Datum		kind = get(trigger, KROLES_T_SPACES, SPACES_KIND, &isnull[2]);
	Datum		type = get(trigger, KROLES_T_SPACES, SPACES_TYPE, &isnull[3]);
	Datum		moderated = get(trigger, KROLES_T_SPACES, SPACES_MODERATED, &isnull[4]);
	KrolesPendingRow row = {0};

	if (isnull[0] || isnull[1] || isnull[2] || isnull[3] || isnull[4])
		return;
	row.owner_id = DatumGetInt64(owner);
	row.moderated = DatumGetBool(moderated);
	row.kind = kroles_enum_code(KROLES_E_SPACE_KIND, DatumGetObjectId(kind));
	row.type = kroles_enum_code(KROLES_E_SPACE_TYPE, DatumGetObjectId(type));
	if ((int) row.kind >= 0 && (int) row.type >= 0)
		note(trigger, KROLES_C_SPACE, DatumGetInt64(id), row);
}

/* kroles.note_new_row(): BEFORE INSERT on kroles.media, kroles.spaces and kroles.events, last of its kind. */
PG_FUNCTION_INFO_V1(kroles_note_new_row);
Datum
kroles_note_new_row(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "note_new_row", 0,
										  KROLES_BEFORE_ROW(KROLES_ON_INSERT),
										  KROLES_ON("spaces", "media", "events"));

	switch (kroles_table_id(RelationGetRelid(trigger->tg_relation)))
	{
		case KROLES_T_MEDIA:
			note_media(trigger);
			break;
		case KROLES_T_SPACES:
			note_space(trigger);
			break;
		case KROLES_T_EVENTS:
			note_event(trigger);
			break;
		default:
			elog(ERROR, "kroles.note_new_row(): the table is none of its own");
	}
	return PointerGetDatum(trigger->tg_trigtuple);
}
