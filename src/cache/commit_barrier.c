/*
 * commit_barrier.c
 *		When cached entries may be used.
 *
 * PostgreSQL makes a commit visible first and sends its invalidation messages
 * a moment later.  In between, a reader sees new rows with old entitlements.
 * So a transaction that changes an entitlement holds a lock of ours until its
 * end, which comes after the messages are sent, and a decision looks at the
 * shared count of completed transactions.  While the count stands still, nothing
 * new is visible and the cache stays valid.  When it has moved, the reader first
 * asks whether anyone holds the lock and then accepts messages: without a
 * holder, all messages about visible changes have come; with one, what was read
 * before is distrusted (a new epoch begins), and entries are read again on use.
 *
 * A standby has no such lock.  There the question is whether a WAL record is
 * just being replayed.
 *
 * A transaction that has itself changed entitlements adds one thing.  Its
 * changes are seen from the next command on, and its own messages are processed
 * just then; but an outer command that is still running does not see them.
 * Entries stay valid while the command counter only goes forward.  Entries that
 * are then read for an outer command are read behind the messages, and so are
 * valid for that command alone.  Only what the transaction changed can differ.
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "catalog/pg_namespace.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "utils/inval.h"
#include "utils/snapmgr.h"

#include "cache/commit_barrier.h"
#include "cache/invalidation.h"
#include "cache/question.h"
#include "store/catalog.h"

/*
 * The locks.  A transaction that changes something holds two: that of a barrier,
 * so that readers see with three look-ups whether there is any such transaction,
 * and that of the bucket that the change falls into, so that they need not
 * distrust the rest.
 */
typedef enum Barrier
{
	BARRIER_SITE,					/* what is the same for all subjects and objects */
	BARRIER_ENTITLEMENTS,			/* users, groups, spaces */
	BARRIER_MEDIA,
	NBARRIERS,
	LOCK_BUCKET = NBARRIERS			/* the first of the buckets' */
} Barrier;

/* The epoch at which a bucket was last distrusted: what was read of it before is not used. */
static uint64 distrusted_at[KROLES_NBUCKETS];
static uint64 class_distrusted_at[KROLES_NCLASSES];

/* The savepoint in which this transaction last took each lock. */
typedef struct Entered
{
	LocalTransactionId lxid;
	SubTransactionId subxid;
} Entered;

static Entered entered[LOCK_BUCKET + KROLES_NBUCKETS];

/* What this transaction has changed itself, and for which commands it has read since. */
static struct
{
	bool		any;
	bool		changed[KROLES_NBUCKETS];
	CommandId	read_for;		/* the last command that entries were read for */
	bool		behind;			/* that was an outer one, later ones having been completed */
}			own;

/* The lock: an object lock below our schema, with a sub-id no catalog row has. */
static void
lock_tag(LOCKTAG *tag, int lock)
{
	SET_LOCKTAG_OBJECT(*tag, MyDatabaseId, NamespaceRelationId, kroles_schema(), 1 + lock);
}

static Barrier
barrier_of(KrolesClass class)
{
	return class == KROLES_C_SITE ? BARRIER_SITE :
		class == KROLES_C_MEDIA ? BARRIER_MEDIA : BARRIER_ENTITLEMENTS;
}

/* Whether this transaction did not have the lock already. */
static bool
take(int lock)
{
	SubTransactionId subxid = GetCurrentSubTransactionId();
	LOCKTAG		tag;

	if (entered[lock].lxid == KROLES_LXID() && entered[lock].subxid == subxid)
		return false;
	lock_tag(&tag, lock);
	(void) LockAcquire(&tag, RowExclusiveLock, false, false);
	entered[lock].lxid = KROLES_LXID();
	entered[lock].subxid = subxid;
	return true;
}

/*
 * Takes the barrier's lock alone, before it is found out which bucket a change of
 * that class falls into.  May accept messages.
 */
void
kroles_barrier_open(KrolesClass class)
{
	if (take(barrier_of(class)))
		AcceptInvalidationMessages();
}

/*
 * Says that this transaction changes something that falls into that bucket (one
 * object's or a class's).  Must be called before the change.  Takes locks that
 * conflict with no other such, held to the end of the transaction (of the
 * savepoint, where that is rolled back).
 */
void
kroles_barrier_enter(int bucket)
{
	own.any = own.changed[bucket] = true;
	(void) take(barrier_of(kroles_bucket_class(bucket)));
	(void) take(LOCK_BUCKET + bucket);
}

/* Says that this transaction changes everything. */
void
kroles_barrier_enter_all(void)
{
	for (int class = 0; class < KROLES_NCLASSES; class++)
		kroles_barrier_enter(kroles_class_bucket(class));
}

/* Whether a transaction other than this one holds the lock. */
static bool
others_hold(int lock)
{
	LOCKTAG		tag;

	lock_tag(&tag, lock);
	return LockWaiterCount(&tag) > (LockHeldByMe(&tag, RowExclusiveLock) ? 1 : 0);
}

/* What was read of that bucket is not believed any more. */
static void
distrust(int bucket)
{
	distrusted_at[bucket] = ++kroles_now.epoch;
	class_distrusted_at[kroles_bucket_class(bucket)] = kroles_now.epoch;
}

static void
distrust_class(KrolesClass class)
{
	distrust(kroles_class_bucket(class));
}

/* Distrusts what others are changing behind a barrier. */
static void
distrust_others(Barrier barrier)
{
	for (int bucket = KROLES_EVERY_BUCKET + 1; bucket < KROLES_NBUCKETS; bucket++)
		if (barrier_of(kroles_bucket_class(bucket)) == barrier && others_hold(LOCK_BUCKET + bucket))
			distrust(bucket);
}

/*
 * Whether a record is just being replayed, so that a commit may be visible
 * before its messages are sent.  The end of what is replayed must be read first.
 */
static bool
replay_in_flight(void)
{
	XLogRecPtr	replayed = GetXLogReplayRecPtr(NULL);

	return GetCurrentReplayRecPtr(NULL) != replayed;
}

/*
 * Makes the cache valid for everything visible at that completion count, which
 * the caller has read before.  Accepts invalidation messages.
 */
void
kroles_barrier_sync(uint64 count)
{
	if (RecoveryInProgress())
	{
		if (replay_in_flight())
			for (int class = 0; class < KROLES_NCLASSES; class++)
				distrust_class(class);
	}
	else
	{
		for (int barrier = 0; barrier < NBARRIERS; barrier++)
			if (others_hold(barrier))
				distrust_others(barrier);
	}
	AcceptInvalidationMessages();
	kroles_now.completed = count;
}

/* Whether the cache is valid for that completion count. */
bool
kroles_barrier_in_step(uint64 count)
{
	return kroles_now.completed == count;
}

/* Whether what was read of the objects of a bucket under that count is distrusted. */
bool
kroles_barrier_distrusted(KrolesClass class, int bucket, uint64 since)
{
	return distrusted_at[bucket] > since ||
		distrusted_at[kroles_class_bucket(class)] > since;
}

/* Whether that holds of any object of the class. */
bool
kroles_barrier_class_distrusted(KrolesClass class, uint64 since)
{
	return class_distrusted_at[class] > since;
}

/* Distrusts what this transaction has changed. */
static void
distrust_own(void)
{
	for (int bucket = 0; bucket < KROLES_NBUCKETS; bucket++)
		if (own.changed[bucket])
			distrust(bucket);
	own.behind = false;
	own.read_for = 0;
}

/*
 * To be called with the command id of the statement's snapshot before anything
 * is decided: see at the top.
 */
void
kroles_barrier_command(CommandId cid)
{
	if (own.any && (cid < own.read_for || (own.behind && cid != own.read_for)))
		distrust_own();
}

/* To be called before anything is read for that command. */
void
kroles_barrier_reading(CommandId cid)
{
	own.read_for = cid;
	own.behind = cid < GetCurrentCommandId(false);
}

/*
 * At the end of a transaction or the rollback of a savepoint.  The messages
 * about own changes have been processed here or will be; only what was read
 * behind them is left over.
 */
static void
own_changes_ended(bool whole_transaction)
{
	if (own.any && own.behind)
		distrust_own();
	if (whole_transaction)
		memset(&own, 0, sizeof(own));
	kroles_question_reset();
}

static void
transaction_ended(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_PARALLEL_ABORT:
			own_changes_ended(true);
			break;
		default:
			break;
	}
}

static void
savepoint_ended(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		own_changes_ended(false);
}

/* Registers for the ends of transactions; once a backend. */
void
kroles_barrier_init(void)
{
	RegisterXactCallback(transaction_ended, NULL);
	RegisterSubXactCallback(savepoint_ended, NULL);
}
