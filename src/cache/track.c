/*
 * track.c
 *		Tells all sessions which entries a change of our tables makes stale.
 *
 * A trigger on every entitlement table queues PostgreSQL's own invalidation
 * messages, so they follow transactions, savepoints, rollbacks, two-phase
 * commit and standbys.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "utils/datum.h"
#include "utils/inval.h"
#include "utils/rel.h"

#include "cache/commit_barrier.h"
#include "cache/invalidation.h"
#include "cache/kinds.h"
#include "store/trigger.h"

/* Above so many messages in a transaction, those for whole classes take over. */
#define MAX_QUEUED 128

/* What this transaction's current command has queued already. */
static struct
{
	LocalTransactionId lxid;
	SubTransactionId subxid;
	CommandId	cid;
	int			total;			/* in the whole transaction */
	bool		bucket[KROLES_NBUCKETS];
}			queued;

/*
 * Queues the message of one bucket with the current transaction.  The only way
 * in for an OID without a catalog row is a tuple of pg_class, of which nothing
 * but the OID and relisshared is read.
 */
static void
queue_message(int bucket)
{
	union
	{
		HeapTupleHeaderData header;
		char		space[MAXALIGN(SizeofHeapTupleHeader) + sizeof(FormData_pg_class)];
	}			row;
	HeapTupleData tuple = {.t_len = sizeof(row), .t_data = &row.header};
	Form_pg_class form;

	memset(&row, 0, sizeof(row));
	row.header.t_hoff = MAXALIGN(SizeofHeapTupleHeader);
	form = (Form_pg_class) GETSTRUCT(&tuple);
	form->oid = KROLES_BUCKET_OID(bucket);
	CacheInvalidateRelcacheByTuple(&tuple);
}

/* Starts a new count where the transaction, savepoint or command is a new one. */
static void
note_command(void)
{
	CommandId	cid = GetCurrentCommandId(false);
	SubTransactionId subxid = GetCurrentSubTransactionId();

	if (queued.lxid != KROLES_LXID())
		queued.total = 0;
	else if (queued.subxid == subxid && queued.cid == cid)
		return;
	queued.lxid = KROLES_LXID();
	queued.subxid = subxid;
	queued.cid = cid;
	memset(queued.bucket, 0, sizeof(queued.bucket));
}

/* Queues a bucket's message once a command. */
static void
queue_bucket(int bucket)
{
	if (queued.bucket[bucket])
		return;
	queue_message(bucket);
	queued.bucket[bucket] = true;
	queued.total++;
}

static void
queue_object(KrolesClass class, int64 id)
{
	int			bucket = kroles_bucket(class, id);

	note_command();
	if (queued.bucket[bucket] || queued.bucket[kroles_class_bucket(class)])
		return;
	if (queued.total >= MAX_QUEUED)
		bucket = kroles_class_bucket(class);
	kroles_barrier_enter(bucket);
	queue_bucket(bucket);
}

/* The class that a trigger's argument names. */
static KrolesClass
class_by_name(const char *name)
{
	for (int class = 0; class < KROLES_NCLASSES; class++)
		if (strcmp(kroles_classes[class].name, name) == 0)
			return class;
	elog(ERROR, "kroles.track(): unknown class \"%s\"", name);
}

/* Queues the range of a media that is not always available: few are, so the table's trigger does not name the class. */
static void
queue_window(TriggerData *trigger, HeapTuple row)
{
	bool		from_open;
	bool		until_open;
	bool		isnull;
	Datum		id = kroles_trigger_id(trigger, row, "id", &isnull);

	(void) kroles_trigger_value(trigger, row, KROLES_T_MEDIA, MEDIA_AVAILABLE_FROM, &from_open);
	(void) kroles_trigger_value(trigger, row, KROLES_T_MEDIA, MEDIA_AVAILABLE_UNTIL, &until_open);
	if (!isnull && !(from_open && until_open))
		queue_object(KROLES_C_WINDOWS, kroles_window_range(DatumGetInt64(id)));
}

/* Queues what one row version is about. */
static void
queue_row(TriggerData *trigger, HeapTuple row)
{
	char	  **args = trigger->tg_trigger->tgargs;

	if (RelationGetRelid(trigger->tg_relation) == kroles_table(KROLES_T_MEDIA)->oid)
		queue_window(trigger, row);

	for (int i = 0; i + 1 < trigger->tg_trigger->tgnargs; i += 2)
	{
		KrolesClass class = class_by_name(args[i]);
		bool		isnull;
		Datum		id = kroles_trigger_id(trigger, row, args[i + 1], &isnull);

		if (!isnull)
			queue_object(class, DatumGetInt64(id));
	}
}

/*
 * Whether an UPDATE leaves alone everything that decisions rest on.  A table
 * that none of them reads (kroles.groups) is never found unchanged.
 */
static bool
nothing_read_changed(TriggerData *trigger)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	const KrolesTable *known = kroles_table_of(RelationGetRelid(trigger->tg_relation));
	KrolesTable table;

	if (known == NULL)
		return false;
	table = *known;				/* comparing may fetch toasted values, and accept messages */
	for (int i = 0; i < KROLES_MAX_COLUMNS && table.column[i] != InvalidAttrNumber; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, table.column[i] - 1);
		bool		old_null;
		bool		new_null;
		Datum		old_value = heap_getattr(trigger->tg_trigtuple, table.column[i], desc, &old_null);
		Datum		new_value = heap_getattr(trigger->tg_newtuple, table.column[i], desc, &new_null);

		if (old_null != new_null ||
			(!old_null && !datum_image_eq(old_value, new_value, att->attbyval, att->attlen)))
			return false;
	}
	return true;
}

/*
 * kroles.track(class, column, ...): the trigger on every entitlement table.
 *
 * Called BEFORE each row's change, so that the message is queued before the
 * change can be seen by anyone, the same transaction's later commands included.
 * Without arguments the row is the site's; for TRUNCATE everything changes.  An
 * UPDATE of columns that no decision reads queues nothing.  Enabled
 * ALWAYS: logical replication's apply fires it too.  Takes the barrier's lock,
 * held to the end of the transaction.
 */
PG_FUNCTION_INFO_V1(kroles_track);
Datum
kroles_track(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "track", KROLES_PAIRS_OF_ARGUMENTS,
										  KROLES_BEFORE_ROW(KROLES_ON_INSERT | KROLES_ON_UPDATE | KROLES_ON_DELETE) |
										  KROLES_BEFORE_STATEMENT(KROLES_ON_TRUNCATE),
										  KROLES_ON_ANY_TABLE);

	if (!TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
	{
		note_command();
		kroles_barrier_enter_all();
		queue_bucket(KROLES_EVERY_BUCKET);
		return PointerGetDatum(NULL);
	}
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) && nothing_read_changed(trigger))
		return PointerGetDatum(trigger->tg_newtuple);
	if (trigger->tg_trigger->tgnargs == 0)
		queue_object(KROLES_C_SITE, 0);
	queue_row(trigger, trigger->tg_trigtuple);
	if (!TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		return PointerGetDatum(trigger->tg_trigtuple);
	queue_row(trigger, trigger->tg_newtuple);
	return PointerGetDatum(trigger->tg_newtuple);
}
