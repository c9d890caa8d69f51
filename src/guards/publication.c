/*
 * publication.c
 *		The guard of kroles.publications: who publishes, moderates and takes
 *		down, and what the database records of it.
 *
 * It holds for every way a row can change: INSERT, COPY, MERGE, ON CONFLICT,
 * the functions.  Rights are those before the statement.  Two things pass: rows
 * that come from a dump, and what foreign keys do after the media, space or
 * user behind a publication is gone.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "executor/spi.h"
#include "utils/datum.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "cache/invalidation.h"
#include "core/asker.h"
#include "core/clock.h"
#include "decide/decide.h"
#include "identity/identity.h"
#include "rules/rules.h"
#include "store/catalog.h"
#include "store/trigger.h"

/* A publication as a row version has it. */
typedef struct Row
{
	int64		media_id;
	int64		space_id;
	KrolesPublicationStatus status;
	bool		unknown_publisher;
	int64		published_by;
} Row;

static AttrNumber
attno(int column)
{
	return kroles_table(KROLES_T_PUBLICATIONS)->column[column];
}

static Datum
get(TriggerData *trigger, HeapTuple tuple, int column, bool *isnull)
{
	return kroles_trigger_value(trigger, tuple, KROLES_T_PUBLICATIONS, column, isnull);
}

/* A required column; the database's own NOT NULL message where it is not there. */
static Datum
get_required(TriggerData *trigger, HeapTuple tuple, int column)
{
	bool		isnull;
	Datum		datum = get(trigger, tuple, column, &isnull);

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("a publication needs a media, a space and a status"),
				 errtablecol(trigger->tg_relation, attno(column))));
	return datum;
}

static Row
read_row(TriggerData *trigger, HeapTuple tuple)
{
	Row			row;
	Datum		publisher = get(trigger, tuple, PUBLICATIONS_PUBLISHED_BY, &row.unknown_publisher);

	row.media_id = DatumGetInt64(get_required(trigger, tuple, PUBLICATIONS_MEDIA));
	row.space_id = DatumGetInt64(get_required(trigger, tuple, PUBLICATIONS_SPACE));
	row.status = kroles_enum_code(KROLES_E_PUBLICATION_STATUS,
								  DatumGetObjectId(get_required(trigger, tuple, PUBLICATIONS_STATUS)));
	row.published_by = row.unknown_publisher ? 0 : DatumGetInt64(publisher);
	return row;
}

/* ---- Errors ---- */

static void pg_attribute_noreturn()
refuse(const char *message, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("%s", message), errhint("%s", hint)));
}

static void pg_attribute_noreturn()
wrong_state(const char *message, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("%s", message), errhint("%s", hint)));
}

static void
check_may_publish(KrolesRights rights)
{
	if (!(rights & KROLES_MAY_PUBLISH))
		refuse("you may not publish this media in this space",
			   "It takes \"contribute\" on the space, and \"publish\" on the media or \"share\" on a shared repository it is in.");
}

/* ---- What the database records ---- */

/* Column values to write into a row version. */
typedef struct Record
{
	int			n;
	int			attnos[KROLES_MAX_COLUMNS];
	Datum		values[KROLES_MAX_COLUMNS];
	bool		nulls[KROLES_MAX_COLUMNS];
} Record;

static void
record(Record *record, int column, Datum value, bool isnull)
{
	record->attnos[record->n] = attno(column);
	record->values[record->n] = value;
	record->nulls[record->n] = isnull;
	record->n++;
}

static void
record_status(Record *what, KrolesPublicationStatus status)
{
	record(what, PUBLICATIONS_STATUS,
		   ObjectIdGetDatum(kroles_enum_value(KROLES_E_PUBLICATION_STATUS, status)), false);
}

/* Who publishes, and when; nobody has moderated that. */
static void
record_publisher(Record *what, KrolesAsker asker)
{
	record(what, PUBLICATIONS_PUBLISHED_BY, Int64GetDatum(asker.user_id),
		   asker.type != KROLES_PERSON);
	record(what, PUBLICATIONS_PUBLISHED_AT,
		   TimestampTzGetDatum(kroles_time()), false);
	record(what, PUBLICATIONS_MODERATED_BY, (Datum) 0, true);
	record(what, PUBLICATIONS_MODERATED_AT, (Datum) 0, true);
	record(what, PUBLICATIONS_REASON, (Datum) 0, true);
}

/* Who moderates, and when. */
static void
record_moderator(Record *what, KrolesAsker asker)
{
	record(what, PUBLICATIONS_MODERATED_BY, Int64GetDatum(asker.user_id),
		   asker.type != KROLES_PERSON);
	record(what, PUBLICATIONS_MODERATED_AT,
		   TimestampTzGetDatum(kroles_time()), false);
}

static HeapTuple
recorded(TriggerData *trigger, HeapTuple tuple, Record *what)
{
	return heap_modify_tuple_by_cols(tuple, RelationGetDescr(trigger->tg_relation),
									 what->n, what->attnos, what->values, what->nulls);
}

static KrolesPublicationStatus
status_on_publishing(KrolesRights rights)
{
	return rights & KROLES_UNMODERATED ? KROLES_APPROVED : KROLES_PENDING;
}

/* ---- INSERT publishes ---- */

static HeapTuple
guard_insert(TriggerData *trigger)
{
	HeapTuple	tuple = trigger->tg_trigtuple;
	Row			row = read_row(trigger, tuple);
	KrolesAsker asker = kroles_asker();
	KrolesRights rights = kroles_decide_publication(asker, row.media_id, row.space_id);
	Record		what = {0};

	check_may_publish(rights);
	record_status(&what, status_on_publishing(rights));
	record_publisher(&what, asker);
	return recorded(trigger, tuple, &what);
}

/* ---- UPDATE moderates, or publishes again ---- */

static bool
unchanged(TriggerData *trigger, int column)
{
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(trigger->tg_relation), attno(column) - 1);
	bool		old_null;
	bool		new_null;
	Datum		old_value = get(trigger, trigger->tg_trigtuple, column, &old_null);
	Datum		new_value = get(trigger, trigger->tg_newtuple, column, &new_null);

	if (old_null || new_null)
		return old_null == new_null;
	return datum_image_eq(old_value, new_value, att->attbyval, att->attlen);
}

/* Whether a column only loses a user who has been deleted. */
static bool
user_is_gone(TriggerData *trigger, int column)
{
	bool		old_null;
	bool		new_null;
	Datum		old_value = get(trigger, trigger->tg_trigtuple, column, &old_null);

	(void) get(trigger, trigger->tg_newtuple, column, &new_null);
	return new_null && !old_null && kroles_object_gone(KROLES_C_USER, DatumGetInt64(old_value));
}

/* Refuses an UPDATE of what is fixed or recorded by the database. */
static void
check_recorded_columns(TriggerData *trigger)
{
	static const int fixed[] = {
		PUBLICATIONS_MEDIA, PUBLICATIONS_SPACE, PUBLICATIONS_PUBLISHED_BY,
		PUBLICATIONS_PUBLISHED_AT, PUBLICATIONS_MODERATED_BY, PUBLICATIONS_MODERATED_AT
	};

	for (int i = 0; i < lengthof(fixed); i++)
	{
		if (unchanged(trigger, fixed[i]))
			continue;
		if ((fixed[i] == PUBLICATIONS_PUBLISHED_BY || fixed[i] == PUBLICATIONS_MODERATED_BY) &&
			user_is_gone(trigger, fixed[i]))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("column \"%s\" of a publication is recorded by the database",
						NameStr(TupleDescAttr(RelationGetDescr(trigger->tg_relation),
											  attno(fixed[i]) - 1)->attname)),
				 errhint("Change status to approve, reject or publish again; to move media, take it down and publish it elsewhere.")));
	}
}

/* pending to approved: by a moderator, or by a publisher who needs none. */
static void
approve(Record *what, KrolesAsker asker, KrolesRights rights)
{
	KrolesRights publishing = KROLES_MAY_PUBLISH | KROLES_UNMODERATED;

	if (!(rights & KROLES_MAY_MODERATE) && (rights & publishing) != publishing)
		refuse("you may not approve this publication", "It takes \"moderate\" on the space.");
	record_moderator(what, asker);
	record(what, PUBLICATIONS_REASON, (Datum) 0, true);
}

/* pending to rejected: by a moderator, who may give a reason. */
static void
reject(Record *what, KrolesAsker asker, KrolesRights rights)
{
	if (!(rights & KROLES_MAY_MODERATE))
		refuse("you may not reject this publication", "It takes \"moderate\" on the space.");
	record_moderator(what, asker);
}

/* rejected to pending: publishing again, approved where the rule says so. */
static void
publish_again(Record *what, KrolesAsker asker, KrolesRights rights, KrolesPublicationStatus wanted)
{
	KrolesPublicationStatus status = status_on_publishing(rights);

	check_may_publish(rights);
	if (wanted == KROLES_APPROVED && status != KROLES_APPROVED)
		wrong_state("a rejected publication can't be approved",
					"Publish it again; it is pending then.");
	record_status(what, status);
	record_publisher(what, asker);
}

static void
change_status(Record *what, const Row *old, const Row *new)
{
	KrolesAsker asker = kroles_asker();
	KrolesRights rights = kroles_decide_publication(asker, old->media_id, old->space_id);

	if (old->status == KROLES_PENDING && new->status == KROLES_APPROVED)
		approve(what, asker, rights);
	else if (old->status == KROLES_PENDING && new->status == KROLES_REJECTED)
		reject(what, asker, rights);
	else if (old->status == KROLES_REJECTED)
		publish_again(what, asker, rights, new->status);
	else
		wrong_state("an approved publication stays approved until it is taken down",
					"DELETE takes it down.");
}

static HeapTuple
guard_update(TriggerData *trigger)
{
	Row			old = read_row(trigger, trigger->tg_trigtuple);
	Row			new = read_row(trigger, trigger->tg_newtuple);
	Record		what = {0};

	check_recorded_columns(trigger);
	if (old.status != new.status)
	{
		change_status(&what, &old, &new);
		return recorded(trigger, trigger->tg_newtuple, &what);
	}
	if (!unchanged(trigger, PUBLICATIONS_REASON))
		refuse("the reason is given with the rejection",
			   "UPDATE status to 'rejected' and reason in one statement.");
	return trigger->tg_newtuple;
}

/* ---- DELETE takes down ---- */

static HeapTuple
guard_delete(TriggerData *trigger)
{
	Row			row = read_row(trigger, trigger->tg_trigtuple);
	KrolesAsker asker = kroles_asker();
	KrolesRights rights = kroles_decide_publication(asker, row.media_id, row.space_id);

	/* a publication goes with its media or its space */
	if (!kroles_may_take_down_as(asker, rights, row.unknown_publisher, row.published_by) &&
		!kroles_object_gone(KROLES_C_MEDIA, row.media_id) &&
		!kroles_object_gone(KROLES_C_SPACE, row.space_id))
		refuse("you may not take this publication down",
			   "It takes \"publish\" on the media, \"delete_contributions\" on the space, or having published it.");
	return trigger->tg_trigtuple;
}

/*
 * kroles.guard_publication(): BEFORE each row's change.  Returns the row with
 * what the database records; raises 42501 for what is not allowed, 55000 for
 * what the present status does not permit.
 */
PG_FUNCTION_INFO_V1(kroles_guard_publication);
Datum
kroles_guard_publication(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "guard_publication", 0,
										  KROLES_BEFORE_ROW(KROLES_ON_INSERT | KROLES_ON_UPDATE | KROLES_ON_DELETE),
										  KROLES_ON("publications"));
	TriggerEvent event;

	event = trigger->tg_event;
	if (kroles_restoring())
		return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(event) ? trigger->tg_newtuple :
							   trigger->tg_trigtuple);
	if (TRIGGER_FIRED_BY_INSERT(event))
		return PointerGetDatum(guard_insert(trigger));
	if (TRIGGER_FIRED_BY_UPDATE(event))
		return PointerGetDatum(guard_update(trigger));
	return PointerGetDatum(guard_delete(trigger));
}
