/*
 * user_locks.c
 *		Locks that say whose transaction it is and who relies on whom, and how the
 *		transactions that hold them are ended.
 *
 * Whoever is to be blocked must not hold that up by what they have open.  So
 * there are two locks a user, both held to the end of the transaction:
 *
 *		asking: shared by every transaction in which the user has asked.  Those are
 *		found by it and ended; and whoever holds it alone keeps the user from
 *		asking anything until they commit.
 *
 *		standing: shared by every transaction that commits something which is right
 *		only while the user is not blocked: a stay in a room, an event whose last
 *		organizer they are.  Whoever blocks the user takes it alone.
 *
 * The locks are advisory ones, so that they work on standbys and pass into
 * prepared transactions, at a place among them where no function of SQL
 * reaches.  Their keys are keyed hashes of the user's id: pg_locks does not tell
 * whose they are.
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

/* So many users have locks of their own in a transaction; those of others are taken together. */
#define MAX_OWN_LOCKS 64

/* What is hashed beside a user's id. */
#define OF_A_USER 0
#define OF_MANY 1

/* Whom this transaction was last noted to ask as, and of how many it has been. */
static struct
{
	LocalTransactionId lxid;
	SubTransactionId subxid;
	int64		user_id;
	int			n;
}			noted;

/* Of how many users this transaction has taken the second lock. */
static struct
{
	LocalTransactionId lxid;
	int			n;
}			standing;

static LOCKTAG
tag_of(KrolesLocks locks, int64 user_id, int of_what)
{
	return kroles_lock_tag(locks, KROLES_KEY_SESSION, user_id, of_what);
}

/*
 * Notes that the user asks in this transaction.  Waits while somebody holds the
 * user's lock alone.  Of more than MAX_OWN_LOCKS users, those that come last are
 * held by one lock for all of them.
 */
void
kroles_lock_asker(int64 user_id)
{
	SubTransactionId subxid = GetCurrentSubTransactionId();
	LOCKTAG		tag;

	if (noted.user_id == user_id && noted.lxid == KROLES_LXID() && noted.subxid == subxid)
		return;
	if (noted.lxid != KROLES_LXID())
		noted.n = 0;
	tag = tag_of(KROLES_ASKING_LOCKS, user_id, OF_A_USER);
	if (LockAcquire(&tag, AccessShareLock, false, false) == LOCKACQUIRE_OK && ++noted.n > MAX_OWN_LOCKS)
	{
		LOCKTAG		many = tag_of(KROLES_ASKING_LOCKS, 0, OF_MANY);

		(void) LockAcquire(&many, AccessShareLock, false, false);
		(void) LockRelease(&tag, AccessShareLock, false);
	}
	noted.lxid = KROLES_LXID();
	noted.subxid = subxid;
	noted.user_id = user_id;
}

/* Whether the user is one too many for a lock of their own. */
static bool
stands_with_many(void)
{
	if (standing.lxid != KROLES_LXID())
		standing.n = 0;
	standing.lxid = KROLES_LXID();
	return standing.n >= MAX_OWN_LOCKS;
}

/*
 * Takes the user's standing, in that mode; before it the lock of all users',
 * in a mode that conflicts with whoever holds the standing of all.
 */
static void
take_standing(int64 user_id, LOCKMODE mode, LOCKMODE of_one, LOCKMODE of_all)
{
	bool		many = stands_with_many();
	LOCKTAG		tag;

	tag = tag_of(KROLES_STANDING_LOCKS, 0, OF_MANY);
	(void) LockAcquire(&tag, many ? of_all : of_one, false, false);
	if (many)
		return;
	tag = tag_of(KROLES_STANDING_LOCKS, user_id, OF_A_USER);
	if (LockAcquire(&tag, mode, false, false) == LOCKACQUIRE_OK)
		standing.n++;
}

/*
 * Relies on that user's not being blocked, to the end of the transaction.  Waits
 * for whoever is blocking them; look whether they are blocked afterwards.
 */
void
kroles_rely_on(int64 user_id)
{
	take_standing(user_id, ShareLock, RowShareLock, ShareLock);
}

/* A function that only statements of our own may call. */
static void
check_own_statement(void)
{
	if (!kroles_is_own_statement())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("locks on users are taken by the functions that need them"),
				 errhint("Use kroles_block(), kroles_unblock() or kroles_end_sessions().")));
}

/* kroles.rely_on(user_id): see kroles_rely_on(). */
PG_FUNCTION_INFO_V1(kroles_rely_on_user);
Datum
kroles_rely_on_user(PG_FUNCTION_ARGS)
{
	check_own_statement();
	kroles_rely_on(PG_GETARG_INT64(0));
	PG_RETURN_VOID();
}

/*
 * kroles.hold_user(user_id, standing): takes that lock of the user alone, to the
 * end of the transaction.  Who takes the standing of one user does so one after
 * the other.
 */
PG_FUNCTION_INFO_V1(kroles_hold_user);
Datum
kroles_hold_user(PG_FUNCTION_ARGS)
{
	int64		user_id = PG_GETARG_INT64(0);
	LOCKTAG		tag;

	check_own_statement();
	if (PG_GETARG_BOOL(1))
	{
		take_standing(user_id, ExclusiveLock, ShareRowExclusiveLock, ExclusiveLock);
		PG_RETURN_VOID();
	}
	tag = tag_of(KROLES_ASKING_LOCKS, user_id, OF_A_USER);
	(void) LockAcquire(&tag, AccessExclusiveLock, false, false);
	PG_RETURN_VOID();
}

/* The locks by which the transactions are known that are to be ended. */
static KrolesEnding
ending_of(int64 user_id, bool standing_too)
{
	KrolesLocks locks = standing_too ? KROLES_STANDING_LOCKS : KROLES_ASKING_LOCKS;
	KrolesEnding ending = {.database = MyDatabaseId};

	ending.lock[0].tag = tag_of(locks, user_id, OF_A_USER);
	ending.lock[1].tag = tag_of(locks, 0, OF_MANY);
	ending.lock[0].mode = standing_too ? ShareLock : AccessShareLock;
	ending.lock[1].mode = ending.lock[0].mode;
	return ending;
}

/*
 * kroles.end_transactions(user_id, standing, milliseconds): ends the other
 * transactions that share that lock of the user, and waits so long at most until
 * they are gone.  Returns how many have been ended; where it does not wait, are
 * being ended.
 */
PG_FUNCTION_INFO_V1(kroles_end_transactions);
Datum
kroles_end_transactions(PG_FUNCTION_ARGS)
{
	KrolesEnding ending;
	int			left = 0;
	int			n;

	check_own_statement();
	ending = ending_of(PG_GETARG_INT64(0), PG_GETARG_BOOL(1));
	n = kroles_end_holders(&ending, PG_GETARG_INT32(2), &left);
	if (left > 0)
		ereport(WARNING,
				(errmsg_plural("%d transaction could not be ended in time",
							   "%d transactions could not be ended in time", left, left),
				 errhint("Prepared transactions take a background worker (max_worker_processes); pg_locks and pg_prepared_xacts show what is left.")));
	PG_RETURN_INT32(n - left);
}
