/*
 * upkeep.c
 *		Keeps kroles.media.audience: what people write is never what counts.
 *
 * On media itself a trigger puts the owner in.  Everybody else comes and goes
 * with rows of other tables: after each statement there, one UPDATE works the
 * audiences of all media concerned out anew, each on the newest version of its
 * row, locked in the order of ids.  So concurrent changes wait for one another
 * and none is lost; where an older snapshot forbids that, the UPDATE fails with a
 * serialization failure like any other.
 *
 * In logical replication media come with the audiences they have, so nothing is
 * done there.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "lib/qunique.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "audience/audience.h"
#include "audience/old_audience.h"
#include "audience/upkeep.h"
#include "core/array.h"
#include "identity/as_owner.h"
#include "rules/rules.h"
#include "store/catalog.h"
#include "store/trigger.h"

/* The tables that say whom media is for. */
#define BESIDE_MEDIA \
	KROLES_ON("publications", "media_collaborators", "media_moderators", "media_speakers", "event_sessions")

/* Whether the UPDATE of this file is running. */
static bool running;

/* ---- kroles.media ---- */

static struct varlena *
get_audience(TriggerData *trigger, HeapTuple row)
{
	bool		isnull;
	Datum		value = kroles_trigger_value(trigger, row, KROLES_T_MEDIA, MEDIA_AUDIENCE, &isnull);

	return isnull ? NULL : PG_DETOAST_DATUM_PACKED(value);
}

/* A bigint column; 0 for NULL, which a constraint refuses later. */
static int64
get_id(TriggerData *trigger, HeapTuple row, int column)
{
	bool		isnull;
	Datum		value = kroles_trigger_value(trigger, row, KROLES_T_MEDIA, column, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

static HeapTuple
with_audience(TriggerData *trigger, HeapTuple row, struct varlena *audience)
{
	int			attno = kroles_table(KROLES_T_MEDIA)->column[MEDIA_AUDIENCE];
	Datum		value = PointerGetDatum(audience);
	bool		isnull = false;

	return heap_modify_tuple_by_cols(row, RelationGetDescr(trigger->tg_relation), 1, &attno, &value, &isnull);
}

/* What somebody wrote there: nothing, what is there already, or more than they may. */
static void
check_not_written(TriggerData *trigger, struct varlena *old, struct varlena *new)
{
	if (new != NULL && (kroles_same_audience(old, new) || kroles_is_hidden(new)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("the audience of a media is kept by the database"),
			 errhint("Change the owner, the people on it, or where it is published."),
			 errtablecol(trigger->tg_relation, kroles_table(KROLES_T_MEDIA)->column[MEDIA_AUDIENCE])));
}

static HeapTuple
keep_on_update(TriggerData *trigger)
{
	struct varlena *old = get_audience(trigger, trigger->tg_trigtuple);
	struct varlena *new = get_audience(trigger, trigger->tg_newtuple);
	int64		media_id = get_id(trigger, trigger->tg_trigtuple, MEDIA_ID);
	int64		owner_id = get_id(trigger, trigger->tg_newtuple, MEDIA_OWNER);

	check_not_written(trigger, old, new);
	if (owner_id != get_id(trigger, trigger->tg_trigtuple, MEDIA_OWNER))
	{
		kroles_remember_old_audience(media_id, old);
		return with_audience(trigger, trigger->tg_newtuple, kroles_audience_with_owner(old, media_id, owner_id));
	}
	if (!kroles_same_audience(old, new))
		return with_audience(trigger, trigger->tg_newtuple, old);
	return trigger->tg_newtuple;
}

/* Whether the running UPDATE of kroles.media is the keeper's own, and nobody's inside it. */
bool
kroles_audience_upkeep_runs(void)
{
	return running && kroles_is_own_statement();
}

/*
 * Works the row's audience out anew.  The row is locked and the newest there is,
 * and whoever changes what it is made of locks it too: so a snapshot taken now
 * sees all that counts.  An audience that is as it should be is left alone.
 */
static HeapTuple
work_out(TriggerData *trigger)
{
	HeapTuple	row = trigger->tg_newtuple;
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	struct varlena *computed = kroles_compute_audience(get_id(trigger, row, MEDIA_ID), get_id(trigger, row, MEDIA_OWNER), snapshot);

	UnregisterSnapshot(snapshot);
	return kroles_same_audience(get_audience(trigger, trigger->tg_trigtuple), computed) ? NULL :
		with_audience(trigger, row, computed);
}

/*
 * kroles.keep_audience(): BEFORE each row of kroles.media comes or changes, the
 * one before last of its kind.  A new media has its owner alone.
 */
PG_FUNCTION_INFO_V1(kroles_keep_audience);
Datum
kroles_keep_audience(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "keep_audience", 0,
										  KROLES_BEFORE_ROW(KROLES_ON_INSERT | KROLES_ON_UPDATE),
										  KROLES_ON("media"));
	HeapTuple	row;

	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		return PointerGetDatum(kroles_audience_upkeep_runs() ? work_out(trigger) : keep_on_update(trigger));
	row = trigger->tg_trigtuple;
	return PointerGetDatum(with_audience(trigger, row,
										 kroles_audience_with_owner(NULL, get_id(trigger, row, MEDIA_ID),
																	get_id(trigger, row, MEDIA_OWNER))));
}

/* ---- The tables beside it ---- */

static int64
slot_id(TupleTableSlot *slot, AttrNumber column, bool *isnull)
{
	Datum		value = slot_getattr(slot, column, isnull);

	return *isnull ? 0 : DatumGetInt64(value);
}

/* The entry of a publication; false for one that says nothing of who sees the media. */
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

/* The entry of a person or a group on the media; false for a permission that C does not know. */
static bool
person_entry(TupleTableSlot *slot, const KrolesTable *table, KrolesEnum permissions, KrolesAudienceEntry *entry)
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

/* The entry of a speaker; false for a type that C does not know. */
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

/* What a row of one of the tables says; false where that is nothing. */
static bool
row_entry(TupleTableSlot *slot, KrolesTableId id, KrolesAudienceEntry *entry)
{
	KrolesTable copy = *kroles_table(id);	/* looking up an enum's value may accept messages */
	const KrolesTable *table = &copy;
	bool		isnull;

	switch (id)
	{
		case KROLES_T_PUBLICATIONS:
			return publication_entry(slot, table, entry);
		case KROLES_T_COLLABORATORS:
			return person_entry(slot, table, KROLES_E_COLLABORATOR_PERMISSION, entry);
		case KROLES_T_MODERATORS:
			return person_entry(slot, table, KROLES_E_MODERATOR_PERMISSION, entry);
		case KROLES_T_SPEAKERS:
			return speaker_entry(slot, table, entry);
		case KROLES_T_EVENT_SESSIONS:
			entry->class = KROLES_ENTRY_EVENT;
			entry->id = slot_id(slot, table->column[EVENT_SESSIONS_EVENT], &isnull);
			return !isnull;
		default:
			elog(ERROR, "kroles: table %d is not about the audience of media", id);
	}
}

/* Adds the media of a row, if the row says anything of whom it is for. */
static void
add_media(KrolesArray *media, TupleTableSlot *slot, KrolesTableId id)
{
	KrolesAudienceEntry entry;
	bool		isnull;

	if (row_entry(slot, id, &entry))
		*(Datum *) kroles_array_add(media) = Int64GetDatum(slot_id(slot, kroles_table(id)->column[PEOPLE_MEDIA], &isnull));
}

/* Whether two versions of a row say the same of the same media. */
static bool
say_the_same(TupleTableSlot *old, TupleTableSlot *new, KrolesTableId id)
{
	AttrNumber	media = kroles_table(id)->column[PEOPLE_MEDIA];
	KrolesAudienceEntry before;
	KrolesAudienceEntry after;
	bool		isnull;

	if (!row_entry(old, id, &before) || !row_entry(new, id, &after))
		return false;
	return slot_id(old, media, &isnull) == slot_id(new, media, &isnull) &&
		before.class == after.class && before.id == after.id;
}

/* Adds the media of what an UPDATE changed; both transition tables are in one order. */
static void
add_updated(KrolesArray *media, TriggerData *trigger, TupleTableSlot *old, TupleTableSlot *new, KrolesTableId id)
{
	tuplestore_rescan(trigger->tg_oldtable);
	tuplestore_rescan(trigger->tg_newtable);
	while (tuplestore_gettupleslot(trigger->tg_oldtable, true, false, old) &&
		   tuplestore_gettupleslot(trigger->tg_newtable, true, false, new))
	{
		if (say_the_same(old, new, id))
			continue;
		add_media(media, old, id);
		add_media(media, new, id);
	}
}

/* Adds the media that a statement concerns; one may come more than once. */
static void
add_changed(KrolesArray *media, TriggerData *trigger, KrolesTableId id)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	TupleTableSlot *slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	TupleTableSlot *other = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	Tuplestorestate *rows = TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ? trigger->tg_newtable : trigger->tg_oldtable;

	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		add_updated(media, trigger, slot, other, id);
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

/* Has the audiences of these media (an array of bigint; NULL for all) worked out anew. */
static void
run_update(Datum *ids)
{
	static KrolesStatement some = {
		"UPDATE kroles.media SET audience = audience WHERE id OPERATOR(pg_catalog.=) ANY ($1)",
		.nargs = 1, .types = {INT8ARRAYOID}
	};
	static KrolesStatement all = {"UPDATE kroles.media SET audience = audience"};
	bool		outer = running;

	running = true;
	PG_TRY();
	{
		(void) kroles_run_as_owner(ids != NULL ? &some : &all, ids, NULL, NULL);
	}
	PG_FINALLY();
	{
		running = outer;
	}
	PG_END_TRY();
}

static int
compare_ids(const void *x, const void *y)
{
	int64		a = DatumGetInt64(*(const Datum *) x);
	int64		b = DatumGetInt64(*(const Datum *) y);

	return (a > b) - (a < b);
}

/* kroles.keep_audiences(): AFTER each statement on a table that says who media is for. */
PG_FUNCTION_INFO_V1(kroles_keep_audiences);
Datum
kroles_keep_audiences(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "keep_audiences", 0,
										  KROLES_WITH_ROWS |
										  KROLES_AFTER_STATEMENT(KROLES_ON_INSERT | KROLES_ON_UPDATE | KROLES_ON_DELETE),
										  BESIDE_MEDIA);
	KrolesArray media = {.size = sizeof(Datum)};
	Datum		ids;

	add_changed(&media, trigger, kroles_table_id(RelationGetRelid(trigger->tg_relation)));
	if (media.n == 0)
		return PointerGetDatum(NULL);
	qsort(media.items, media.n, sizeof(Datum), compare_ids);
	media.n = qunique(media.items, media.n, sizeof(Datum), compare_ids);
	ids = PointerGetDatum(construct_array((Datum *) media.items, media.n, INT8OID, sizeof(int64), true, TYPALIGN_DOUBLE));
	run_update(&ids);
	return PointerGetDatum(NULL);
}

/* kroles.amend_audiences(media_ids): works the audiences of these media out anew. */
PG_FUNCTION_INFO_V1(kroles_amend_audiences);
Datum
kroles_amend_audiences(PG_FUNCTION_ARGS)
{
	Datum		ids;

	if (PG_ARGISNULL(0))
		PG_RETURN_VOID();
	ids = PG_GETARG_DATUM(0);
	run_update(&ids);
	PG_RETURN_VOID();
}

/* kroles.amend_all_audiences(): AFTER a table that they are derived from was emptied. */
PG_FUNCTION_INFO_V1(kroles_amend_all_audiences);
Datum
kroles_amend_all_audiences(PG_FUNCTION_ARGS)
{
	(void) kroles_trigger(fcinfo, "amend_all_audiences", 0, KROLES_AFTER_STATEMENT(KROLES_ON_TRUNCATE), BESIDE_MEDIA);
	run_update(NULL);
	return PointerGetDatum(NULL);
}
