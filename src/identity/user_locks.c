/*
 * user_locks.c
 *		Locks that mark a user's transactions, and transactions that rely on a user;
 *		and the functions that end the transactions that hold them.
 *
 * A user must not be able to delay being blocked by open transactions.  So each user
 * has two locks, both held to the end of the transaction:
 *
 *		asking: every transaction in which the user is the current subject holds it in
 *		shared mode.  The lock serves to find these transactions and to end them.  A
 *		transaction that holds it exclusively keeps the user from becoming the current
 *		subject of another transaction until it ends.
 *
 *		standing: every transaction that commits something which is correct only while
 *		the user is not blocked holds it in shared mode: a stay in a room, or an event
 *		whose last organizer the user is.  A transaction that blocks the user holds it
 *		exclusively.
 *
 * The locks are advisory locks, so that they work on standbys and remain held by
 * prepared transactions.  Their tags are in a part of the key space that no SQL function
 * reaches.  The keys are keyed hashes of the user's id, so pg_locks does not reveal
 * which user they belong to.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lock.h"

#include "core/compat.h"
#include "identity/as_owner.h"
#include "identity/end_transactions.h"
#include "identity/user_locks.h"
#include "store/secret.h"

/* A transaction keeps at most this many users' own locks of each kind; one common lock stands for all further users. */
#define MAX_OWN_LOCKS 64

/* Hashed together with the user's id: the user's own lock, or the common lock of all users. */
#define OWN_LOCK 0
#define COMMON_LOCK 1

/* The user whose lock "asking" this transaction took last, and the number of users whose lock it has taken. */
static struct
{
	LocalTransactionId lxid;
	SubTransactionId subxid;
	int64		user_id;
	int			n;
}			asking;

/* The number of users whose lock "standing" this transaction has taken. */
static struct
{
	LocalTransactionId lxid;
	int			n;
}			standing;

static LOCKTAG
user_lock_tag(KrolesLocks locks, int64 user_id, int which)
{
	return kroles_lock_tag(locks, KROLES_KEY_SESSION, user_id, which);
}

/*
 * Takes the user's lock "asking" in shared mode, to the end of the transaction.  Waits
 * while another transaction holds it exclusively.  After MAX_OWN_LOCKS users, holds the
 * common lock instead of the user's own, but still waits for the user's own.
 */
void
kroles_lock_asker(int64 user_id)
{
	SubTransactionId subxid = GetCurrentSubTransactionId();
	LOCKTAG		tag;

	if (asking.user_id == user_id && asking.lxid == KROLES_LXID() && asking.subxid == subxid)
		return;
	if (asking.lxid != KROLES_LXID())
		asking.n = 0;
	tag = user_lock_tag(KROLES_ASKING_LOCKS, user_id, OWN_LOCK);
	if (LockAcquire(&tag, AccessShareLock, false, false) == LOCKACQUIRE_OK && ++asking.n > MAX_OWN_LOCKS)
	{
		LOCKTAG		common = user_lock_tag(KROLES_ASKING_LOCKS, 0, COMMON_LOCK);

		(void) LockAcquire(&common, AccessShareLock, false, false);
		(void) LockRelease(&tag, AccessShareLock, false);
	}
	asking.lxid = KROLES_LXID();
	asking.subxid = subxid;
	asking.user_id = user_id;
}

/* Whether this transaction has taken MAX_OWN_LOCKS users' locks "standing", so that it takes the common one for others. */
static bool
uses_common_standing(void)
{
	if (standing.lxid != KROLES_LXID())
		standing.n = 0;
	standing.lxid = KROLES_LXID();
	return standing.n >= MAX_OWN_LOCKS;
}

/*
 * Takes the user's lock "standing" in that mode, to the end of the transaction.  Before
 * it, takes the common lock in mode common_with_own, which conflicts with transactions
 * that hold the common lock in place of users' own ones.  After MAX_OWN_LOCKS users,
 * takes only the common lock, in mode common_alone.
 */
static void
lock_standing(int64 user_id, LOCKMODE mode, LOCKMODE common_with_own, LOCKMODE common_alone)
{
	bool		only_common = uses_common_standing();
	LOCKTAG		tag;

	tag = user_lock_tag(KROLES_STANDING_LOCKS, 0, COMMON_LOCK);
	(void) LockAcquire(&tag, only_common ? common_alone : common_with_own, false, false);
	if (only_common)
		return;
	tag = user_lock_tag(KROLES_STANDING_LOCKS, user_id, OWN_LOCK);
	if (LockAcquire(&tag, mode, false, false) == LOCKACQUIRE_OK)
		standing.n++;
}

/*
 * Keeps that user from being blocked until the end of the transaction.  Waits for a
 * transaction that is blocking the user; so the caller must check afterwards whether
 * the user is blocked.
 */
void
kroles_rely_on(int64 user_id)
{
	lock_standing(user_id, ShareLock, RowShareLock, ShareLock);
}

#define USE_INSTEAD "Use kroles_block(), kroles_unblock(), or kroles_end_sessions()."

/* kroles.rely_on(user_id): see kroles_rely_on(). */
PG_FUNCTION_INFO_V1(kroles_rely_on_user);
Datum
kroles_rely_on_user(PG_FUNCTION_ARGS)
{
	kroles_check_internal_call("rely_on", USE_INSTEAD);
	kroles_rely_on(PG_GETARG_INT64(0));
	PG_RETURN_VOID();
}

/*
 * kroles.hold_user(user_id, standing): takes the user's lock "standing" or "asking"
 * exclusively, to the end of the transaction.  Waits for all other holders.  Transactions
 * that take "standing" do so one after the other, whichever users they are for.
 */
PG_FUNCTION_INFO_V1(kroles_hold_user);
Datum
kroles_hold_user(PG_FUNCTION_ARGS)
{
	int64		user_id = PG_GETARG_INT64(0);
	LOCKTAG		tag;

	kroles_check_internal_call("hold_user", USE_INSTEAD);
	if (PG_GETARG_BOOL(1))
	{
		lock_standing(user_id, ExclusiveLock, ShareRowExclusiveLock, ExclusiveLock);
		PG_RETURN_VOID();
	}
	tag = user_lock_tag(KROLES_ASKING_LOCKS, user_id, OWN_LOCK);
	(void) LockAcquire(&tag, AccessExclusiveLock, false, false);
	PG_RETURN_VOID();
}

/* The locks that identify the transactions to end: those that share the user's lock "standing" or "asking". */
static KrolesEnding
make_ending(int64 user_id, bool by_standing)
{
	KrolesLocks locks = by_standing ? KROLES_STANDING_LOCKS : KROLES_ASKING_LOCKS;
	KrolesEnding ending = {.database = MyDatabaseId};

	ending.lock[0].tag = user_lock_tag(locks, user_id, OWN_LOCK);
	ending.lock[1].tag = user_lock_tag(locks, 0, COMMON_LOCK);
	ending.lock[0].mode = by_standing ? ShareLock : AccessShareLock;
	ending.lock[1].mode = ending.lock[0].mode;
	return ending;
}

/*
 * kroles.end_transactions(user_id, standing, milliseconds): ends the other
 * transactions that share the user's lock "standing" or "asking", and waits at most
 * that long for their end.  Returns the number of transactions that have ended; if
 * milliseconds is 0, the number that were told to end.
 */
PG_FUNCTION_INFO_V1(kroles_end_transactions);
Datum
kroles_end_transactions(PG_FUNCTION_ARGS)
{
	KrolesEnding ending;
	int			left = 0;
	int			n;

	kroles_check_internal_call("end_transactions", USE_INSTEAD);
	ending = make_ending(PG_GETARG_INT64(0), PG_GETARG_BOOL(1));
	n = kroles_end_holders(&ending, PG_GETARG_INT32(2), &left);
	if (left > 0)
		ereport(WARNING,
				(errmsg_plural("could not end %d transaction in time",
							   "could not end %d transactions in time", left, left),
				 errhint("Ending a prepared transaction requires a free background worker (\"max_worker_processes\"). See pg_locks and pg_prepared_xacts for the remaining transactions.")));
	PG_RETURN_INT32(n - left);
}
