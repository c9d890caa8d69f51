/*
 * newrow.c
 *		What is just being made.
 *
 * (What is just being given away: an UPDATE's new row is judged by what the old
 * one said, since rights are those before the statement.)
 *
 * The row of a running INSERT is in no snapshot yet, but policies ask about it:
 * for WITH CHECK, for RETURNING, and for what else the same statement adds to it.
 * So the last rows that a statement made in each table are remembered, in static
 * memory, for as long as it runs: which one it is, its snapshot's command says,
 * whatever commands its triggers run meanwhile.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "keep.h"
#include "kroles.h"
#include "trigger.h"

#define MOST_MADE 256

/* The rows that one statement has made in one table, the last MOST_MADE of them. */
typedef struct Made
{
	LocalTransactionId lxid;
	SubTransactionId subxid;
	CommandId	cid;
	int			n;				/* how many it has made */
	struct
	{
		int64		id;
		KrolesNewRow row;
	}			rows[MOST_MADE];	/* the n-th at n modulo MOST_MADE */
} Made;

static Made made[KROLES_NCLASSES];

static bool
of_running_statement(const Made *rows)
{
	return rows->lxid == KROLES_LXID() && ActiveSnapshotSet() && rows->cid == GetActiveSnapshot()->curcid &&
		rows->subxid == GetCurrentSubTransactionId();
}

/* The row of that id that the running statement has made; NULL where it has made none. */
const KrolesNewRow *
kroles_new_row(KrolesClass class, int64 id)
{
	Made	   *rows = &made[class];

	if (!of_running_statement(rows))
		return NULL;
	for (int i = rows->n - 1; i >= 0 && i >= rows->n - MOST_MADE; i--)
		if (rows->rows[i % MOST_MADE].id == id)
			return &rows->rows[i % MOST_MADE].row;
	return NULL;
}

/* The audience that a media had before the running command gave it to another owner. */
static struct
{
	LocalTransactionId lxid;
	SubTransactionId subxid;
	CommandId	cid;
	int64		media_id;
	struct varlena *audience;
	Size		room;			/* in static memory, as large as was needed once */
}			old;

/* Keeps a copy of it. */
void
kroles_note_old_audience(int64 media_id, struct varlena *audience)
{
	Size		size = VARSIZE_ANY(audience);

	old.lxid = InvalidLocalTransactionId;
	if (size > old.room)
	{
		if (old.audience != NULL)
			pfree(old.audience);
		old.audience = NULL;
		old.room = 0;
		old.audience = MemoryContextAlloc(CacheMemoryContext, size);
		old.room = size;
	}
	memcpy(old.audience, audience, size);
	old.media_id = media_id;
	old.cid = GetCurrentCommandId(false);
	old.subxid = GetCurrentSubTransactionId();
	old.lxid = KROLES_LXID();
}

/* The audience that the media had before the running command; NULL where it is as it was. */
struct varlena *
kroles_old_audience(int64 media_id)
{
	if (old.lxid == InvalidLocalTransactionId)
		return NULL;
	if (old.lxid != KROLES_LXID() || old.subxid != GetCurrentSubTransactionId() ||
		old.cid != GetCurrentCommandId(false))
	{
		old.lxid = InvalidLocalTransactionId;
		return NULL;
	}
	return old.media_id == media_id ? old.audience : NULL;
}

/* A column of the row. */
static Datum
get(TriggerData *trigger, KrolesTableId table, int column, bool *isnull)
{
	return heap_getattr(trigger->tg_trigtuple, kroles_table(table)->column[column],
						RelationGetDescr(trigger->tg_relation), isnull);
}

static void
note(KrolesClass class, int64 id, KrolesNewRow row)
{
	Made	   *rows = &made[class];

	if (!of_running_statement(rows))
	{
		rows->lxid = KROLES_LXID();
		rows->subxid = GetCurrentSubTransactionId();
		rows->cid = GetActiveSnapshot()->curcid;
		rows->n = 0;
	}
	rows->rows[rows->n % MOST_MADE].id = id;
	rows->rows[rows->n % MOST_MADE].row = row;
	/* (once all places are taken, they stay so) */
	rows->n = rows->n + 1 < 2 * MOST_MADE ? rows->n + 1 : MOST_MADE;
}

static void
note_media(TriggerData *trigger)
{
	bool		no_id;
	bool		no_owner;
	Datum		id = get(trigger, KROLES_T_MEDIA, MEDIA_ID, &no_id);
	Datum		owner = get(trigger, KROLES_T_MEDIA, MEDIA_OWNER, &no_owner);

	if (!no_id && !no_owner)
		note(KROLES_C_MEDIA, DatumGetInt64(id),
			 (KrolesNewRow) {.owner_id = DatumGetInt64(owner)});
}

static void
note_event(TriggerData *trigger)
{
	bool		no_id;
	bool		no_creator;
	Datum		id = get(trigger, KROLES_T_EVENTS, EVENTS_ID, &no_id);
	Datum		creator = get(trigger, KROLES_T_EVENTS, EVENTS_CREATED_BY, &no_creator);

	if (!no_id && !no_creator)
		note(KROLES_C_EVENT, DatumGetInt64(id), (KrolesNewRow) {.owner_id = DatumGetInt64(creator)});
}

static void
note_space(TriggerData *trigger)
{
	bool		isnull[4];
	Datum		id = get(trigger, KROLES_T_SPACES, SPACES_ID, &isnull[0]);
	Datum		owner = get(trigger, KROLES_T_SPACES, SPACES_OWNER, &isnull[1]);
	Datum		kind = get(trigger, KROLES_T_SPACES, SPACES_KIND, &isnull[2]);
	Datum		type = get(trigger, KROLES_T_SPACES, SPACES_TYPE, &isnull[3]);
	KrolesNewRow row;

	if (isnull[0] || isnull[1] || isnull[2] || isnull[3])
		return;
	row.owner_id = DatumGetInt64(owner);
	row.kind = kroles_enum_code(KROLES_E_SPACE_KIND, DatumGetObjectId(kind));
	row.type = kroles_enum_code(KROLES_E_SPACE_TYPE, DatumGetObjectId(type));
	if ((int) row.kind >= 0 && (int) row.type >= 0)
		note(KROLES_C_SPACE, DatumGetInt64(id), row);
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
