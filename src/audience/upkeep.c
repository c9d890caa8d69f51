/*
 * upkeep.c
 *		Maintains kroles.media.audience with triggers, whatever statements write to it.
 *
 * The owner, and when the media is available, are set by a trigger on kroles.media.  The other entries follow from
 * rows of other tables: after each statement there, one UPDATE recomputes the
 * audiences of all media concerned, each on the latest version of its row, in the
 * order of ids.  So concurrent changes wait for one another and none is lost; in an
 * older snapshot the UPDATE can raise a serialization failure like any other.
 *
 * Logical replication copies the audiences with the media; the triggers do not fire
 * there.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "audience/audience.h"
#include "audience/old_audience.h"
#include "audience/upkeep.h"
#include "audience/verify.h"
#include "core/array.h"
#include "identity/as_owner.h"
#include "store/trigger.h"

/* The tables that audiences are derived from, beside kroles.media. */
#define SOURCE_TABLES \
	KROLES_ON("publications", "media_collaborators", "media_moderators", "media_speakers", "event_sessions")

/* Whether update_audiences() is running. */
static bool updating;

/* ---- kroles.media ---- */

/* The row's audience, detoasted; NULL if it is null. */
static struct varlena *
row_audience(TriggerData *trigger, HeapTuple row)
{
	bool		isnull;
	Datum		value = kroles_trigger_value(trigger, row, KROLES_T_MEDIA, MEDIA_AUDIENCE, &isnull);

	return isnull ? NULL : PG_DETOAST_DATUM_PACKED(value);
}

/* A bigint column of kroles.media; 0 for null, which a constraint refuses later. */
static int64
media_column_id(TriggerData *trigger, HeapTuple row, int column)
{
	bool		isnull;
	Datum		value = kroles_trigger_value(trigger, row, KROLES_T_MEDIA, column, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

/* A copy of the row with that audience, in the current memory context. */
static HeapTuple
with_audience(TriggerData *trigger, HeapTuple row, struct varlena *audience)
{
	int			attno = kroles_table(KROLES_T_MEDIA)->column[MEDIA_AUDIENCE];
	Datum		value = PointerGetDatum(audience);
	bool		isnull = false;

	return heap_modify_tuple_by_cols(row, RelationGetDescr(trigger->tg_relation), 1, &attno, &value, &isnull);
}

/* Refuses an UPDATE that writes an audience other than "hidden" or the present one. */
static void
check_not_written(TriggerData *trigger, struct varlena *old, struct varlena *new)
{
	if (new != NULL && (kroles_same_audience(old, new) || kroles_is_hidden(new)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("the audience of a media is maintained by the database"),
			 errhint("Change the media's owner, its people, its publications or its event sessions."),
			 errtablecol(trigger->tg_relation, kroles_table(KROLES_T_MEDIA)->column[MEDIA_AUDIENCE])));
}

/* What a row of kroles.media says about its audience.  May accept messages. */
static KrolesMediaRow
read_media_row(TriggerData *trigger, HeapTuple row)
{
	KrolesMediaRow read = {
		media_column_id(trigger, row, MEDIA_ID), media_column_id(trigger, row, MEDIA_OWNER), KROLES_ALWAYS
	};
	bool		isnull;
	Datum		value = kroles_trigger_value(trigger, row, KROLES_T_MEDIA, MEDIA_AVAILABLE_FROM, &isnull);

	if (!isnull)
		read.available.starts_at = DatumGetTimestampTz(value);
	value = kroles_trigger_value(trigger, row, KROLES_T_MEDIA, MEDIA_AVAILABLE_UNTIL, &isnull);
	if (!isnull)
		read.available.expires_at = DatumGetTimestampTz(value);
	value = kroles_trigger_value(trigger, row, KROLES_T_MEDIA, MEDIA_TYPE, &isnull);
	read.has_room = !isnull && kroles_has_room(kroles_enum_code(KROLES_E_MEDIA_TYPE, DatumGetObjectId(value)));
	return read;
}

/* Retains the old audience in the new row version, with what the row itself has in it if that changed. */
static HeapTuple
retain_audience(TriggerData *trigger)
{
	struct varlena *old = row_audience(trigger, trigger->tg_trigtuple);
	struct varlena *new = row_audience(trigger, trigger->tg_newtuple);
	KrolesMediaRow before = read_media_row(trigger, trigger->tg_trigtuple);
	KrolesMediaRow after = read_media_row(trigger, trigger->tg_newtuple);

	check_not_written(trigger, old, new);
	after.media_id = before.media_id;
	if (before.owner_id != after.owner_id || !kroles_same_window(before.available, after.available) ||
		(before.has_room != after.has_room && !kroles_is_always(after.available)))
	{
		kroles_remember_old_audience(before.media_id, old);
		return with_audience(trigger, trigger->tg_newtuple, kroles_audience_of_row(old, &after));
	}
	if (!kroles_same_audience(old, new))
		return with_audience(trigger, trigger->tg_newtuple, old);
	return trigger->tg_newtuple;
}

/* Whether the running statement is update_audiences()'s own UPDATE of kroles.media, not one that runs within it. */
bool
kroles_audience_upkeep_runs(void)
{
	return updating && kroles_is_own_statement();
}

/*
 * The row with its audience recomputed; NULL, which skips the row, if the audience
 * is right already.  The row version is the latest one and locked, and a
 * transaction that changes the source tables updates the row too: so a snapshot
 * taken now sees all changes that matter.
 */
static HeapTuple
recompute_audience(TriggerData *trigger)
{
	HeapTuple	row = trigger->tg_newtuple;
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	KrolesMediaRow read = read_media_row(trigger, row);
	struct varlena *computed = kroles_compute_audience(&read, snapshot);

	UnregisterSnapshot(snapshot);
	return kroles_same_audience(row_audience(trigger, trigger->tg_trigtuple), computed) ? NULL :
		with_audience(trigger, row, computed);
}

/*
 * kroles.maintain_audience(): BEFORE INSERT or UPDATE of a media, the last trigger but
 * one.  A new media's audience has only the owner, and when it is available.
 */
PG_FUNCTION_INFO_V1(kroles_maintain_audience);
Datum
kroles_maintain_audience(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "maintain_audience", 0,
										  KROLES_BEFORE_ROW(KROLES_ON_INSERT | KROLES_ON_UPDATE),
										  KROLES_ON("media"));
	KrolesMediaRow read;
	HeapTuple	row;

	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		return PointerGetDatum(kroles_audience_upkeep_runs() ? recompute_audience(trigger) : retain_audience(trigger));
	row = trigger->tg_trigtuple;
	read = read_media_row(trigger, row);
	return PointerGetDatum(with_audience(trigger, row, kroles_audience_of_row(NULL, &read)));
}

/* ---- The source tables ---- */

/* A bigint column of the slot; 0 if it is null. */
static int64
slot_id(TupleTableSlot *slot, AttrNumber column, bool *isnull)
{
	Datum		value = slot_getattr(slot, column, isnull);

	return *isnull ? 0 : DatumGetInt64(value);
}

/* The window of the slot's row, in two columns, which tables of an earlier version lack. */
static KrolesWindow
slot_window(TupleTableSlot *slot, AttrNumber starts_at, AttrNumber expires_at)
{
	bool		no_start;
	bool		no_end;
	Datum		start;
	Datum		end;

	if (starts_at == InvalidAttrNumber)
		return KROLES_ALWAYS;
	start = slot_getattr(slot, starts_at, &no_start);
	end = slot_getattr(slot, expires_at, &no_end);
	return kroles_make_window(no_start, DatumGetTimestampTz(start), no_end, DatumGetTimestampTz(end));
}

/* The entry for a publication; false for one that is neither approved nor pending. */
static bool
publication_entry(TupleTableSlot *slot, const KrolesTable *table, KrolesAudienceEntry *entry)
{
	bool		isnull;
	Datum		status = slot_getattr(slot, table->column[PUBLICATIONS_STATUS], &isnull);
	int			code = isnull ? -1 : kroles_enum_code(KROLES_E_PUBLICATION_STATUS, DatumGetObjectId(status));

	if (code != KROLES_APPROVED && code != KROLES_PENDING)
		return false;
	entry->class = code == KROLES_APPROVED ? KROLES_ENTRY_APPROVED : KROLES_ENTRY_PENDING;
	entry->id = slot_id(slot, table->column[PUBLICATIONS_SPACE], &isnull);
	return !isnull;
}

/* The entry for a collaborator or moderator, a user or a group; false for a permission that C does not know. */
static bool
permission_entry(TupleTableSlot *slot, const KrolesTable *table, KrolesEnum permissions, KrolesAudienceEntry *entry)
{
	bool		isnull;
	Datum		permission = slot_getattr(slot, table->column[PEOPLE_PERMISSION], &isnull);
	int			role = isnull ? -1 : kroles_enum_code(permissions, DatumGetObjectId(permission));

	if (role < 0)
		return false;
	entry->class = KROLES_ENTRY_USER + role;
	entry->id = slot_id(slot, table->column[PEOPLE_USER], &isnull);
	if (!isnull)
		return true;
	entry->class = KROLES_ENTRY_GROUP + role;
	entry->id = slot_id(slot, table->column[PEOPLE_GROUP], &isnull);
	return !isnull;
}

/* The entry for a speaker; false for a type that C does not know. */
static bool
speaker_entry(TupleTableSlot *slot, const KrolesTable *table, KrolesAudienceEntry *entry)
{
	bool		isnull;
	Datum		type = slot_getattr(slot, table->column[SPEAKERS_TYPE], &isnull);
	int			role = isnull ? -1 : kroles_enum_code(KROLES_E_SPEAKER_TYPE, DatumGetObjectId(type));

	if (role < 0)
		return false;
	entry->class = KROLES_ENTRY_USER + role;
	entry->id = slot_id(slot, table->column[SPEAKERS_USER], &isnull);
	return !isnull;
}

/* The entry for a row of one of SOURCE_TABLES; false if there is none. */
static bool
source_entry(TupleTableSlot *slot, KrolesTableId id, KrolesAudienceEntry *entry)
{
	KrolesTable copy = *kroles_table(id);	/* looking up an enum's value may process invalidation messages */
	const KrolesTable *table = &copy;
	bool		isnull;

	switch (id)
	{
		case KROLES_T_PUBLICATIONS:
			return publication_entry(slot, table, entry);
		case KROLES_T_COLLABORATORS:
			return permission_entry(slot, table, KROLES_E_COLLABORATOR_PERMISSION, entry);
		case KROLES_T_MODERATORS:
			return permission_entry(slot, table, KROLES_E_MODERATOR_PERMISSION, entry);
		case KROLES_T_SPEAKERS:
			return speaker_entry(slot, table, entry);
		case KROLES_T_EVENT_SESSIONS:
			entry->class = KROLES_ENTRY_EVENT;
			entry->id = slot_id(slot, table->column[EVENT_SESSIONS_EVENT], &isnull);
			return !isnull;
		default:
			elog(ERROR, "kroles: audiences are not derived from table %d", id);
	}
}

/* Adds the row's media, if the row adds an entry to its audience. */
static void
add_media(KrolesArray *media, TupleTableSlot *slot, KrolesTableId id)
{
	KrolesAudienceEntry entry;
	bool		isnull;

	if (source_entry(slot, id, &entry))
		*(int64 *) kroles_array_add(media) = slot_id(slot, kroles_table(id)->column[PEOPLE_MEDIA], &isnull);
}

/* Whether two versions of a row have the same window, if rows of the table have any. */
static bool
same_window(TupleTableSlot *old, TupleTableSlot *new, KrolesTableId id)
{
	const KrolesTable *table = kroles_table(id);

	return (id != KROLES_T_COLLABORATORS && id != KROLES_T_MODERATORS) ||
		kroles_same_window(slot_window(old, table->column[PEOPLE_STARTS], table->column[PEOPLE_EXPIRES]),
						   slot_window(new, table->column[PEOPLE_STARTS], table->column[PEOPLE_EXPIRES]));
}

/* Whether two versions of a row add the same entry to the same audience. */
static bool
same_entry(TupleTableSlot *old, TupleTableSlot *new, KrolesTableId id)
{
	AttrNumber	media = kroles_table(id)->column[PEOPLE_MEDIA];
	KrolesAudienceEntry before;
	KrolesAudienceEntry after;
	bool		isnull;

	if (!source_entry(old, id, &before) || !source_entry(new, id, &after))
		return false;
	return slot_id(old, media, &isnull) == slot_id(new, media, &isnull) &&
		before.class == after.class && before.id == after.id && same_window(old, new, id);
}

/* Adds the media of the rows that an UPDATE changed; both transition tables have the same order. */
static void
add_updated_media(KrolesArray *media, TriggerData *trigger, TupleTableSlot *old, TupleTableSlot *new, KrolesTableId id)
{
	tuplestore_rescan(trigger->tg_oldtable);
	tuplestore_rescan(trigger->tg_newtable);
	while (tuplestore_gettupleslot(trigger->tg_oldtable, true, false, old) &&
		   tuplestore_gettupleslot(trigger->tg_newtable, true, false, new))
	{
		if (same_entry(old, new, id))
			continue;
		add_media(media, old, id);
		add_media(media, new, id);
	}
}

/* Adds the media whose audiences a statement may have changed; with duplicates. */
static void
add_changed_media(KrolesArray *media, TriggerData *trigger, KrolesTableId id)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	TupleTableSlot *slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	TupleTableSlot *other = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	Tuplestorestate *rows = TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ? trigger->tg_newtable : trigger->tg_oldtable;

	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		add_updated_media(media, trigger, slot, other, id);
	else
	{
		tuplestore_rescan(rows);
		while (tuplestore_gettupleslot(rows, true, false, slot))
			add_media(media, slot, id);
	}
	ExecDropSingleTupleTableSlot(slot);
	ExecDropSingleTupleTableSlot(other);
}

/* ---- The UPDATE ---- */

static KrolesStatement update_one = {
	"UPDATE kroles.media SET audience = audience WHERE id OPERATOR(pg_catalog.=) $1",
	.nargs = 1, .types = {INT8OID}
};
static KrolesStatement update_some = {
	"UPDATE kroles.media SET audience = audience WHERE id OPERATOR(pg_catalog.=) ANY ($1)",
	.nargs = 1, .types = {INT8ARRAYOID}
};
static KrolesStatement update_all = {"UPDATE kroles.media SET audience = audience"};

/*
 * Recomputes the audiences of the media that the statement finds, as the owner of our
 * tables.  Locks their rows to the end of the transaction.
 */
static void
update_audiences(KrolesStatement *statement, Datum *ids)
{
	bool		outer = updating;

	updating = true;
	PG_TRY();
	{
		(void) kroles_run_as_owner(statement, ids, NULL, NULL);
	}
	PG_FINALLY();
	{
		updating = outer;
	}
	PG_END_TRY();
}

/* Recomputes the audiences of these media, an array of n ids. */
static void
update_many(Datum ids, int n)
{
	/* (the saved plan is one for few) */
	update_some.planned_anew = n > 1000;
	update_audiences(&update_some, &ids);
}

/* kroles.maintain_audiences(): AFTER INSERT, UPDATE or DELETE on a source table.  Recomputes the audiences of the media concerned. */
PG_FUNCTION_INFO_V1(kroles_maintain_audiences);
Datum
kroles_maintain_audiences(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "maintain_audiences", 0,
										  KROLES_WITH_ROWS |
										  KROLES_AFTER_STATEMENT(KROLES_ON_INSERT | KROLES_ON_UPDATE | KROLES_ON_DELETE),
										  SOURCE_TABLES);
	KrolesArray media = {.size = sizeof(int64)};
	Datum		ids;

	add_changed_media(&media, trigger, kroles_table_id(RelationGetRelid(trigger->tg_relation)));
	if (media.n == 0)
		return PointerGetDatum(NULL);
	kroles_sort_ids(&media);
	if (media.n == 1)
		update_audiences(&update_one, (Datum *) media.items);
	else
	{
		ids = PointerGetDatum(construct_array((Datum *) media.items, media.n, INT8OID, sizeof(int64), true, TYPALIGN_DOUBLE));
		update_many(ids, media.n);
	}
	return PointerGetDatum(NULL);
}

/* kroles.recompute_audiences(media_ids): recomputes the audiences of these media. */
PG_FUNCTION_INFO_V1(kroles_recompute_audiences);
Datum
kroles_recompute_audiences(PG_FUNCTION_ARGS)
{
	ArrayType  *ids;

	if (PG_ARGISNULL(0))
		PG_RETURN_VOID();
	ids = PG_GETARG_ARRAYTYPE_P(0);
	update_many(PointerGetDatum(ids), ArrayGetNItems(ARR_NDIM(ids), ARR_DIMS(ids)));
	PG_RETURN_VOID();
}

/* kroles.recompute_all_audiences(): AFTER TRUNCATE of a source table.  Recomputes all audiences. */
PG_FUNCTION_INFO_V1(kroles_recompute_all_audiences);
Datum
kroles_recompute_all_audiences(PG_FUNCTION_ARGS)
{
	(void) kroles_trigger(fcinfo, "recompute_all_audiences", 0, KROLES_AFTER_STATEMENT(KROLES_ON_TRUNCATE), SOURCE_TABLES);
	update_audiences(&update_all, NULL);
	return PointerGetDatum(NULL);
}
