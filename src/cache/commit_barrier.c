/*
 * commit_barrier.c
 *		When cached entries are valid while other sessions commit.
 *
 * PostgreSQL makes a commit visible first and sends its invalidation messages
 * a moment later.  In between, a reader would see new rows with old
 * entitlements.  Therefore a transaction that changes an entitlement holds a
 * lock until it ends, which is after its messages are sent, and a reader
 * compares the shared count of completed transactions.  While the count is the
 * same, nothing new is visible and the cache stays valid.  When it has changed,
 * the reader first checks whether another transaction holds the lock and then
 * accepts messages.  Without a holder, all messages about visible changes have
 * arrived.  Nor does a holder matter that is still in progress, because nothing
 * of it is visible.  With a holder that is neither, the entries that it may have
 * changed are distrusted (a new epoch begins) and loaded again on use.  So is
 * everything while a transaction is prepared that changed an entitlement,
 * because its holder looks the same before and after COMMIT PREPARED.
 *
 * A standby has no such lock.  There the reader checks whether a WAL record is
 * being replayed.
 *
 * A transaction sees its own changes from the next command on, and processes
 * its own messages at the same point; but an outer command that is still
 * running does not see them.  Entries stay valid while the command counter only
 * increases.  Entries loaded for an outer command after later commands have
 * completed are older than messages already processed, so they are valid for
 * that command alone.  Only what the transaction itself changed can differ.
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "catalog/pg_namespace.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "storage/sinvaladt.h"
#include "utils/inval.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "cache/commit_barrier.h"
#include "cache/invalidation.h"
#include "cache/question.h"
#include "core/compat.h"
#include "store/catalog.h"

/* The locks.  A writer holds that of each barrier to whose objects it makes changes. */
typedef enum Barrier
{
	BARRIER_SITE,					/* matrices and settings */
	BARRIER_ENTITLEMENTS,			/* users, groups, spaces */
	BARRIER_MEDIA,
	NBARRIERS
} Barrier;

/* The epoch in which a bucket or class was last distrusted: entries of earlier epochs are stale. */
static uint64 distrusted_at[KROLES_NBUCKETS];
static uint64 class_distrusted_at[KROLES_NCLASSES];

/* The transaction in which this backend last took each lock. */
static LocalTransactionId lock_taken[NBARRIERS];

/* What this transaction has changed, and the command for which it last loaded entries. */
static struct
{
	bool		any;
	bool		changed[KROLES_NBUCKETS];
	CommandId	read_for;		/* the last command that entries were loaded for */
	bool		read_outer;		/* that was an outer command, after later ones had completed */
}			own;

/* The tag of an object lock on the schema kroles, with a sub-id that no catalog row has. */
static void
lock_tag(LOCKTAG *tag, Barrier barrier)
{
	SET_LOCKTAG_OBJECT(*tag, MyDatabaseId, NamespaceRelationId, kroles_schema(), 1 + barrier);
}

static Barrier
barrier_of_class(KrolesClass class)
{
	return class == KROLES_C_SITE ? BARRIER_SITE :
		class == KROLES_C_MEDIA ? BARRIER_MEDIA : BARRIER_ENTITLEMENTS;
}

/*
 * Takes a barrier's lock until the end of the transaction.  Not until the rollback of a
 * savepoint: a transaction that gave it up and took it again could be listed twice as a
 * holder, and not be one in between (others_in_progress()).
 */
static void
take_lock(Barrier barrier)
{
	ResourceOwner owner = CurrentResourceOwner;
	LOCKTAG		tag;

	if (lock_taken[barrier] == KROLES_LXID())
		return;
	lock_tag(&tag, barrier);
	CurrentResourceOwner = TopTransactionResourceOwner;
	PG_TRY();
	{
		(void) LockAcquire(&tag, RowExclusiveLock, false, false);
	}
	PG_FINALLY();
	{
		CurrentResourceOwner = owner;
	}
	PG_END_TRY();
	lock_taken[barrier] = KROLES_LXID();
}

/*
 * Notes that this transaction changes something in a bucket (one object's or a
 * whole class's).  Must be called before the change.  Takes the barrier's lock,
 * which does not conflict between writers.
 */
void
kroles_barrier_enter(int bucket)
{
	own.any = own.changed[bucket] = true;
	take_lock(barrier_of_class(kroles_bucket_class(bucket)));
}

/* Notes that this transaction changes objects of every class. */
void
kroles_barrier_enter_all(void)
{
	for (int class = 0; class < KROLES_NCLASSES; class++)
		kroles_barrier_enter(kroles_class_bucket(class));
}

/* How many transactions other than this one hold the lock. */
static int
count_others(const LOCKTAG *tag)
{
	return LockWaiterCount(tag) - (KROLES_HOLDS_LOCK(tag, RowExclusiveLock) ? 1 : 0);
}

/* Whether a transaction is the one that its backend is in. */
static bool
is_in_progress(VirtualTransactionId transaction)
{
	PGPROC	   *proc = KROLES_VXID_PROC(transaction);

	return proc != NULL && KROLES_PROC_LXID(proc) == transaction.localTransactionId;
}

/*
 * Whether all other transactions that hold the lock are in progress, so that nothing
 * of them is visible at a completion count read before.
 *
 * PostgreSQL lists the holders; one that has completed and not sent its messages yet is
 * not among them, and of a prepared one the id is no backend's any more.  Where the same
 * ones are listed before and after all are counted, they held the lock in between, and
 * there is no other if their number is that of all.  (A transaction that completes after
 * the first list is visible at a later count only.)
 */
static bool
others_in_progress(const LOCKTAG *tag)
{
	VirtualTransactionId *first;
	VirtualTransactionId *again;
	int			nfirst;
	int			nagain;
	int			all;
	bool		same;

	/* what completed transactions did to the list before the count rose is visible here with their lock */
	LWLockAcquire(ProcArrayLock, LW_SHARED);
	LWLockRelease(ProcArrayLock);
	first = GetLockConflicts(tag, ShareLock, &nfirst);
	all = count_others(tag);
	again = GetLockConflicts(tag, ShareLock, &nagain);
	same = nfirst == all && nagain == all;
	for (int i = 0; same && i < all; i++)
		same = is_in_progress(first[i]) && VirtualTransactionIdEquals(first[i], again[i]);
	pfree(first);
	pfree(again);
	return same;
}

/* Makes entries of a bucket stale. */
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

/* Distrusts the classes of a barrier. */
static void
distrust_barrier(Barrier barrier)
{
	for (int class = 0; class < KROLES_NCLASSES; class++)
		if (barrier_of_class(class) == barrier)
			distrust_class(class);
}

/*
 * Whether a WAL record is being replayed, so that a commit may be visible before
 * its messages are sent.  The end of the replayed WAL must be read first.
 */
static bool
replay_in_flight(void)
{
	XLogRecPtr	replayed = GetXLogReplayRecPtr(NULL);

	return GetCurrentReplayRecPtr(NULL) != replayed;
}

/*
 * Makes the cache valid for everything visible at a completion count, which the
 * caller has read before.  Accepts invalidation messages.
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
		{
			LOCKTAG		tag;

			lock_tag(&tag, barrier);
			if (count_others(&tag) > 0 && !others_in_progress(&tag))
				distrust_barrier(barrier);
		}
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

/* Whether a bucket of a class was distrusted after that epoch. */
bool
kroles_barrier_distrusted(KrolesClass class, int bucket, uint64 since)
{
	return distrusted_at[bucket] > since ||
		distrusted_at[kroles_class_bucket(class)] > since;
}

/* Whether any bucket of a class was distrusted after that epoch. */
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
	own.read_outer = false;
	own.read_for = 0;
}

/*
 * Distrusts this transaction's own changes if entries may hold for another of its
 * commands only: see the head of the file.  Called with the command id of the
 * statement's snapshot before a question is judged.
 */
void
kroles_barrier_command(CommandId cid)
{
	if (own.any && (cid < own.read_for || (own.read_outer && cid != own.read_for)))
		distrust_own();
}

/* Notes that entries are loaded for a command.  Called before they are. */
void
kroles_barrier_reading(CommandId cid)
{
	own.read_for = cid;
	own.read_outer = cid < GetCurrentCommandId(false);
}

/*
 * Called at the end of a transaction and at the rollback of a savepoint.
 * PostgreSQL processes the messages about own changes here; only entries that
 * were loaded for an outer command need distrust.
 */
static void
own_changes_ended(bool whole_transaction)
{
	if (own.any && own.read_outer)
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

/* Registers the callbacks for the ends of transactions.  Called once per backend. */
void
kroles_barrier_init(void)
{
	RegisterXactCallback(transaction_ended, NULL);
	RegisterSubXactCallback(savepoint_ended, NULL);
}
