/*
 * invalidation.c
 *		Which cached entries have changed.
 *
 * A change of an entitlement table queues PostgreSQL's own invalidation
 * messages, so they follow transactions, savepoints, rollbacks, two-phase
 * commit and standbys.  Entries fall into buckets; the message for a bucket
 * is a relcache message about a relation that does not exist, with an OID from
 * the range that PostgreSQL keeps for patches in development and never assigns
 * in a release.
 *
 * Which bucket an object falls into depends on the database's secret: pg_locks
 * shows everybody which buckets are being changed (cache/commit_barrier.c), and must not tell
 * whose they are.  A cheaper hash than SipHash would not do, as people see
 * which buckets their own changes fall into, and could solve it for its key.
 *
 * Receiving a message stamps its bucket and frees nothing, so an entry that is
 * in use when a message comes stays where it is; it is found stale at its next
 * lookup.
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
#include "core/compat.h"
#include "core/siphash.h"
#include "store/catalog.h"
#include "store/secret.h"
#include "store/trigger.h"

#define FIRST_BUCKET_OID ((Oid) 8000)
/*
 * Bucket 0 is everything.  The first bucket of each class is all of that class;
 * the others, up to the next class's, hold its objects.  (Of the site there is
 * but one, so its bucket is both.)
 */
static const int first_bucket[KROLES_NCLASSES + 1] = {1, 2, 66, 98, 171, 256, 272, KROLES_NBUCKETS};

/* Above so many messages in a transaction, those for whole classes take over. */
#define MAX_QUEUED 128

static uint64 generation;
static uint64 changed_at[KROLES_NBUCKETS];
static uint64 class_changed_at[KROLES_NCLASSES];

/* What this transaction's current command has queued already. */
static struct
{
	LocalTransactionId lxid;
	SubTransactionId subxid;
	CommandId	cid;
	int			total;			/* in the whole transaction */
	bool		bucket[KROLES_NBUCKETS];
}			queued;

/* The bucket that stands for all of a class. */
int
kroles_class_bucket(KrolesClass class)
{
	return first_bucket[class];
}

/* The key of the buckets, and the buckets of objects that were asked for lately. */
#define MEMO_SIZE 256
static KrolesSipKey bucket_key;
static bool bucket_prepared;	/* whether the key was looked for */
static bool bucket_key_known;	/* and was there */
static struct
{
	int64		id;
	int			class;			/* 0, the site's, where there is none */
	int			bucket;
}			memo[MEMO_SIZE];

/*
 * Makes sure of the key.  The first time in a backend, and after what is known
 * of the catalog was forgotten, that reads a table, which accepts messages.  (In
 * between, the key is the last one.)  Where it is another one now, as after the
 * extension was made anew, nothing read before is good.  Without one, objects fall
 * into the bucket of their class.
 */
void
kroles_bucket_prepare(void)
{
	bool		known = kroles_read_keys();
	KrolesSipKey key = {0};

	if (likely(known))
		key = kroles_key(KROLES_KEY_BUCKET);
	if (likely(bucket_prepared && known == bucket_key_known && key.k0 == bucket_key.k0 && key.k1 == bucket_key.k1))
		return;
	bucket_key = key;
	bucket_key_known = known;
	bucket_prepared = true;
	memset(memo, 0, sizeof(memo));
	kroles_inval_everything();
}

static int
work_out_bucket(KrolesClass class, int64 id)
{
	uint32		size = first_bucket[class + 1] - first_bucket[class] - 1;
	KrolesSipState state = kroles_sip_begin(bucket_key);
	uint64		hash;

	kroles_sip_word(&state, (uint64) id);
	hash = kroles_sip_end(state, class, 9);
	return first_bucket[class] + 1 + (int) (((hash >> 32) * size) >> 32);
}

/* The bucket that an object falls into. */
int
kroles_bucket(KrolesClass class, int64 id)
{
	int			place;

	if (unlikely(!bucket_prepared))
		kroles_bucket_prepare();
	if (class == KROLES_C_SITE || unlikely(!bucket_key_known))
		return first_bucket[class];
	/* Fibonacci hashing: ids that follow each other spread evenly */
	place = (((uint64) id * UINT64CONST(0x9E3779B97F4A7C15)) >> 56) ^ (class << 5);
	if (memo[place].id != id || memo[place].class != (int) class)
	{
		memo[place].bucket = work_out_bucket(class, id);
		memo[place].class = class;
		memo[place].id = id;
	}
	return memo[place].bucket;
}

/* The class that a bucket is of. */
KrolesClass
kroles_bucket_class(int bucket)
{
	int			class = 0;

	while (bucket >= first_bucket[class + 1])
		class++;
	return class;
}

/*
 * Receives every relcache message.  InvalidOid says that messages were lost,
 * so anything may have changed.
 */
static void
relation_changed(Datum arg, Oid relid)
{
	kroles_catalog_relation_changed(relid);
	if (!OidIsValid(relid))
		kroles_inval_everything();
	else if (relid == FIRST_BUCKET_OID + KROLES_EVERY_BUCKET)
		kroles_inval_everything();
	else if (relid > FIRST_BUCKET_OID && relid < FIRST_BUCKET_OID + KROLES_NBUCKETS)
	{
		changed_at[relid - FIRST_BUCKET_OID] = ++generation;
		class_changed_at[kroles_bucket_class(relid - FIRST_BUCKET_OID)] = generation;
	}
}

/* Everything may have changed. */
void
kroles_inval_everything(void)
{
	changed_at[KROLES_EVERY_BUCKET] = ++generation;
}

/* Registers for messages; once a backend. */
void
kroles_inval_init(void)
{
	kroles_catalog_init(kroles_inval_everything);
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
}

/* The number of the latest message.  Take it before the snapshot one loads with. */
uint64
kroles_inval_generation(void)
{
	return generation;
}

/* Whether a message about this object came after that generation. */
bool
kroles_inval_changed(KrolesClass class, int64 id, uint64 since)
{
	return changed_at[kroles_bucket(class, id)] > since ||
		changed_at[first_bucket[class]] > since || changed_at[KROLES_EVERY_BUCKET] > since;
}

/* Whether a message about any object of that class came after that generation. */
bool
kroles_inval_class_changed(KrolesClass class, uint64 since)
{
	return class_changed_at[class] > since || changed_at[KROLES_EVERY_BUCKET] > since;
}

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
	form->oid = FIRST_BUCKET_OID + bucket;
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
	int			bucket;

	/* from here on the key stays what it is */
	kroles_barrier_open(class);
	kroles_bucket_prepare();
	bucket = kroles_bucket(class, id);
	note_command();
	if (queued.bucket[bucket] || queued.bucket[first_bucket[class]])
		return;
	if (queued.total >= MAX_QUEUED)
		bucket = first_bucket[class];
	kroles_barrier_enter(bucket);
	queue_bucket(bucket);
}

/* The class that a trigger's argument names. */
static KrolesClass
class_by_name(const char *name)
{
	static const char *const names[KROLES_NCLASSES] = {"site", "user", "group", "space", "media", "event", "stays"};

	for (int class = 0; class < KROLES_NCLASSES; class++)
		if (strcmp(names[class], name) == 0)
			return class;
	elog(ERROR, "kroles.track(): unknown class \"%s\"", name);
}

/* Queues what one row version is about. */
static void
queue_row(TriggerData *trigger, HeapTuple row)
{
	char	  **args = trigger->tg_trigger->tgargs;

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
 * UPDATE that leaves alone what decisions rest on tells nobody.  Enabled
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
