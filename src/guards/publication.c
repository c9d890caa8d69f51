/*
 * publication.c
 *		The trigger on kroles.publications: checks who publishes, moderates and takes
 *		down, and records by whom and when.
 *
 * It applies to every statement that changes a row: INSERT, COPY, MERGE, ON
 * CONFLICT, and those of our functions (guards/publish.c).  Rights are those before
 * the statement.  The actions of foreign keys after the media, space or user of a
 * publication was deleted pass unchecked.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "utils/datum.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "core/clock.h"
#include "core/compat.h"
#include "decide/decide.h"
#include "identity/identity.h"
#include "store/trigger.h"

/* The columns of a row version that checks read. */
typedef struct PublicationRow
{
	int64		media_id;
	int64		space_id;
	KrolesPublicationStatus status;
	bool		unknown_publisher;
	int64		published_by;
} PublicationRow;

/* The attribute number of a column PUBLICATIONS_... */
static AttrNumber
publications_attno(int column)
{
	return kroles_table(KROLES_T_PUBLICATIONS)->column[column];
}

/* A column PUBLICATIONS_... of a row version. */
static Datum
column_value(TriggerData *trigger, HeapTuple tuple, int column, bool *isnull)
{
	return kroles_trigger_value(trigger, tuple, KROLES_T_PUBLICATIONS, column, isnull);
}

/* A column that must not be null; raises the SQLSTATE of a NOT NULL constraint if it is. */
static Datum
required_value(TriggerData *trigger, HeapTuple tuple, int column)
{
	bool		isnull;
	Datum		datum = column_value(trigger, tuple, column, &isnull);

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("a publication needs a media, a space and a status"),
				 errtablecol(trigger->tg_relation, publications_attno(column))));
	return datum;
}

/* Reads a row version; refuses one whose media, space or status is null. */
static PublicationRow
read_publication(TriggerData *trigger, HeapTuple tuple)
{
	PublicationRow row;
	Datum		publisher = column_value(trigger, tuple, PUBLICATIONS_PUBLISHED_BY, &row.unknown_publisher);

	row.media_id = DatumGetInt64(required_value(trigger, tuple, PUBLICATIONS_MEDIA));
	row.space_id = DatumGetInt64(required_value(trigger, tuple, PUBLICATIONS_SPACE));
	row.status = kroles_enum_code(KROLES_E_PUBLICATION_STATUS,
								  DatumGetObjectId(required_value(trigger, tuple, PUBLICATIONS_STATUS)));
	row.published_by = row.unknown_publisher ? 0 : DatumGetInt64(publisher);
	return row;
}

/* ---- Errors ---- */

pg_noreturn static void
refuse_without_right(const char *message, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("%s", message), errhint("%s", hint)));
}

pg_noreturn static void
refuse_in_status(const char *message, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("%s", message), errhint("%s", hint)));
}

/* Refuses a caller who may not publish. */
static void
check_may_publish(KrolesPublicationAnswer answer)
{
	if (!answer.may_publish)
		refuse_without_right("you may not publish this media in this space",
							 "It takes \"contribute\" on the space, and \"publish\" on the media or \"share\" on a shared repository it is in.");
}

/* ---- Columns that the trigger fills in ---- */

/* Column values to store in a row version. */
typedef struct ColumnChanges
{
	int			n;
	int			attnos[KROLES_MAX_COLUMNS];
	Datum		values[KROLES_MAX_COLUMNS];
	bool		nulls[KROLES_MAX_COLUMNS];
} ColumnChanges;

/* Adds a value to store. */
static void
set_column(ColumnChanges *changes, int column, Datum value, bool isnull)
{
	changes->attnos[changes->n] = publications_attno(column);
	changes->values[changes->n] = value;
	changes->nulls[changes->n] = isnull;
	changes->n++;
}

static void
set_status(ColumnChanges *changes, KrolesPublicationStatus status)
{
	set_column(changes, PUBLICATIONS_STATUS,
		   ObjectIdGetDatum(kroles_enum_value(KROLES_E_PUBLICATION_STATUS, status)), false);
}

/* Sets who publishes and when, and clears the columns about moderation. */
static void
set_publisher(ColumnChanges *changes, KrolesAsker asker)
{
	set_column(changes, PUBLICATIONS_PUBLISHED_BY, Int64GetDatum(asker.user_id),
		   asker.type != KROLES_PERSON);
	set_column(changes, PUBLICATIONS_PUBLISHED_AT,
		   TimestampTzGetDatum(kroles_time()), false);
	set_column(changes, PUBLICATIONS_MODERATED_BY, (Datum) 0, true);
	set_column(changes, PUBLICATIONS_MODERATED_AT, (Datum) 0, true);
	set_column(changes, PUBLICATIONS_REASON, (Datum) 0, true);
}

/* Sets who moderates and when. */
static void
set_moderator(ColumnChanges *changes, KrolesAsker asker)
{
	set_column(changes, PUBLICATIONS_MODERATED_BY, Int64GetDatum(asker.user_id),
		   asker.type != KROLES_PERSON);
	set_column(changes, PUBLICATIONS_MODERATED_AT,
		   TimestampTzGetDatum(kroles_time()), false);
}

/* A copy of the row with the changes, in the current memory context. */
static HeapTuple
with_changes(TriggerData *trigger, HeapTuple tuple, ColumnChanges *changes)
{
	return heap_modify_tuple_by_cols(tuple, RelationGetDescr(trigger->tg_relation),
									 changes->n, changes->attnos, changes->values, changes->nulls);
}

/* The status of a new publication: approved if the caller needs no moderation. */
static KrolesPublicationStatus
status_on_publishing(KrolesPublicationAnswer answer)
{
	return answer.unmoderated ? KROLES_APPROVED : KROLES_PENDING;
}

/* ---- INSERT: publishing ---- */

/* Refuses a caller who may not publish; the status follows from the answer, whatever the row says. */
static HeapTuple
guard_insert(TriggerData *trigger)
{
	HeapTuple	tuple = trigger->tg_trigtuple;
	PublicationRow row = read_publication(trigger, tuple);
	KrolesAsker asker = kroles_asker();
	KrolesPublicationAnswer answer = kroles_decide_publication(asker, row.media_id, row.space_id);
	ColumnChanges changes = {0};

	check_may_publish(answer);
	set_status(&changes, status_on_publishing(answer));
	set_publisher(&changes, asker);
	return with_changes(trigger, tuple, &changes);
}

/* ---- UPDATE: moderating, or publishing again ---- */

/* Whether the UPDATE leaves the column as it is. */
static bool
is_unchanged(TriggerData *trigger, int column)
{
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(trigger->tg_relation), publications_attno(column) - 1);
	bool		old_null;
	bool		new_null;
	Datum		old_value = column_value(trigger, trigger->tg_trigtuple, column, &old_null);
	Datum		new_value = column_value(trigger, trigger->tg_newtuple, column, &new_null);

	if (old_null || new_null)
		return old_null == new_null;
	return datum_image_eq(old_value, new_value, att->attbyval, att->attlen);
}

/* Whether the column is set to null because its user has been deleted, as a foreign key does. */
static bool
loses_deleted_user(TriggerData *trigger, int column)
{
	bool		old_null;
	bool		new_null;
	Datum		old_value = column_value(trigger, trigger->tg_trigtuple, column, &old_null);

	(void) column_value(trigger, trigger->tg_newtuple, column, &new_null);
	return new_null && !old_null && kroles_object_gone(KROLES_C_USER, DatumGetInt64(old_value));
}

/* Refuses an UPDATE of a column that is fixed, or that this trigger fills in. */
static void
check_recorded_columns(TriggerData *trigger)
{
	static const int fixed[] = {
		PUBLICATIONS_MEDIA, PUBLICATIONS_SPACE, PUBLICATIONS_PUBLISHED_BY,
		PUBLICATIONS_PUBLISHED_AT, PUBLICATIONS_MODERATED_BY, PUBLICATIONS_MODERATED_AT
	};

	for (int i = 0; i < lengthof(fixed); i++)
	{
		if (is_unchanged(trigger, fixed[i]))
			continue;
		if ((fixed[i] == PUBLICATIONS_PUBLISHED_BY || fixed[i] == PUBLICATIONS_MODERATED_BY) &&
			loses_deleted_user(trigger, fixed[i]))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("column \"%s\" of a publication is recorded by the database",
						NameStr(TupleDescAttr(RelationGetDescr(trigger->tg_relation),
											  publications_attno(fixed[i]) - 1)->attname)),
				 errhint("Change status to approve, reject or publish again; to move media, take it down and publish it elsewhere.")));
	}
}

/* pending to approved: by a moderator, or by a user who may publish there without moderation. */
static void
approve(ColumnChanges *changes, KrolesAsker asker, KrolesPublicationAnswer answer)
{
	if (!answer.may_moderate && !(answer.may_publish && answer.unmoderated))
		refuse_without_right("you may not approve this publication", "It takes \"moderate\" on the space.");
	set_moderator(changes, asker);
	set_column(changes, PUBLICATIONS_REASON, (Datum) 0, true);
}

/* pending to rejected: by a moderator, who may give a reason. */
static void
reject(ColumnChanges *changes, KrolesAsker asker, KrolesPublicationAnswer answer)
{
	if (!answer.may_moderate)
		refuse_without_right("you may not reject this publication", "It takes \"moderate\" on the space.");
	set_moderator(changes, asker);
}

/* rejected to pending: publishing again; approved at once if the caller needs no moderation. */
static void
publish_again(ColumnChanges *changes, KrolesAsker asker, KrolesPublicationAnswer answer, KrolesPublicationStatus wanted)
{
	KrolesPublicationStatus status = status_on_publishing(answer);

	check_may_publish(answer);
	if (wanted == KROLES_APPROVED && status != KROLES_APPROVED)
		refuse_in_status("a rejected publication cannot be approved",
						 "Publish it again to make it pending.");
	set_status(changes, status);
	set_publisher(changes, asker);
}

/* Checks and records a change of status. */
static void
change_status(ColumnChanges *changes, const PublicationRow *old, const PublicationRow *new)
{
	KrolesAsker asker = kroles_asker();
	KrolesPublicationAnswer answer = kroles_decide_publication(asker, old->media_id, old->space_id);

	if (old->status == KROLES_PENDING && new->status == KROLES_APPROVED)
		approve(changes, asker, answer);
	else if (old->status == KROLES_PENDING && new->status == KROLES_REJECTED)
		reject(changes, asker, answer);
	else if (old->status == KROLES_REJECTED)
		publish_again(changes, asker, answer, new->status);
	else
		refuse_in_status("an approved publication stays approved until it is taken down",
						 "DELETE takes it down.");
}

/* Checks a change of status.  No other column may change, apart from the reason of a rejection. */
static HeapTuple
guard_update(TriggerData *trigger)
{
	PublicationRow old = read_publication(trigger, trigger->tg_trigtuple);
	PublicationRow new = read_publication(trigger, trigger->tg_newtuple);
	ColumnChanges changes = {0};

	check_recorded_columns(trigger);
	if (old.status != new.status)
	{
		change_status(&changes, &old, &new);
		return with_changes(trigger, trigger->tg_newtuple, &changes);
	}
	if (!is_unchanged(trigger, PUBLICATIONS_REASON))
		refuse_without_right("the reason can be given only with the rejection",
							 "Set status to 'rejected' and reason in one UPDATE.");
	return trigger->tg_newtuple;
}

/* ---- DELETE: taking down ---- */

/* Refuses a caller who may not take the publication down. */
static HeapTuple
guard_delete(TriggerData *trigger)
{
	PublicationRow row = read_publication(trigger, trigger->tg_trigtuple);
	KrolesAsker asker = kroles_asker();
	KrolesPublicationAnswer answer = kroles_decide_publication(asker, row.media_id, row.space_id);

	/* a foreign key deletes the publications of a deleted media or space */
	if (!kroles_may_take_down_as(asker, &answer, row.unknown_publisher, row.published_by) &&
		!kroles_object_gone(KROLES_C_MEDIA, row.media_id) &&
		!kroles_object_gone(KROLES_C_SPACE, row.space_id))
		refuse_without_right("you may not take this publication down",
							 "It takes \"publish\" on the media, \"delete_contributions\" on the space, or having published it.");
	return trigger->tg_trigtuple;
}

/*
 * kroles.guard_publication(): BEFORE INSERT, UPDATE or DELETE of a publication.
 * Returns the row with the columns that it fills in.  Raises 42501 if the caller
 * lacks the right, 55000 if the present status does not permit the change.
 */
PG_FUNCTION_INFO_V1(kroles_guard_publication);
Datum
kroles_guard_publication(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "guard_publication", 0,
										  KROLES_BEFORE_ROW(KROLES_ON_INSERT | KROLES_ON_UPDATE | KROLES_ON_DELETE),
										  KROLES_ON("publications"));
	TriggerEvent event = trigger->tg_event;

	if (TRIGGER_FIRED_BY_INSERT(event))
		return PointerGetDatum(guard_insert(trigger));
	if (TRIGGER_FIRED_BY_UPDATE(event))
		return PointerGetDatum(guard_update(trigger));
	return PointerGetDatum(guard_delete(trigger));
}
