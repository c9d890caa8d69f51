/*
 * question.c
 *		One question, judged on both bases.
 *
 * Allowed means allowed at the statement's snapshot and now.  The current basis
 * is judged from cached entries that are still valid, and from a fresh snapshot
 * for those that have to be read; all of them stand for one instant, so that no
 * answer mixes an old grant with a new object.  If every entry used was read no
 * later than the statement's snapshot was taken, the statement's snapshot gives
 * the same answer and is not judged.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "cache/commit_barrier.h"
#include "cache/invalidation.h"
#include "cache/lease.h"
#include "cache/question.h"
#include "cache/snapshots.h"
#include "store/catalog.h"
#include "store/past.h"

/* The question being judged. */
static struct
{
	uint64		number;
	CommandId	cid;
	Snapshot	snapshot;		/* for reading the present; NULL until needed */
	KrolesStamp stamp;			/* of that snapshot */
	uint64		latest_used;	/* highest load number of the entries used */
	bool		moved;			/* something completed before that snapshot: judge again */
}			question;

/* The statement the last question belonged to. */
static struct
{
	bool		known;
	KrolesSnapshotMark mark;
	KrolesSnapshotKey key;
	uint64		horizon;		/* loads up to this one are no later than its snapshot */
	bool		dated;			/* "date" is known */
	KrolesStamp date;			/* messages and distrust known when its snapshot was taken */
}			statement;

/*
 * The stamps of instants whose snapshots may still be in use, as a transaction's
 * or a cursor's; the last used first.
 */
#define MAX_DATED 8
static struct
{
	KrolesSnapshotKey key;
	KrolesStamp date;
}			dated[MAX_DATED];
static int	ndated;

static uint64 loads;			/* number of the latest load of the present */
static KrolesSnapshotKey latest_load; /* its snapshot */

/* Puts a date first in the list; it replaces the one at that place, or the last one of a full list. */
static void
remember_date(int place, const KrolesSnapshotKey *key, KrolesStamp date)
{
	place = Min(place, MAX_DATED - 1);
	ndated = Max(ndated, place + 1);	/* without a gap: place is ndated at the most */
	memmove(&dated[1], &dated[0], place * sizeof(dated[0]));
	dated[0].key = *key;
	dated[0].date = date;
}

/*
 * Finds the latest date that is no later than the snapshot: all of its messages
 * were known when the snapshot was taken.  Returns whether it is the date of that
 * very instant.
 */
static bool
find_date(const KrolesSnapshotKey *key)
{
	statement.dated = false;
	for (int i = 0; i < ndated; i++)
	{
		if (kroles_same_instant(&dated[i].key, key))
		{
			statement.date = dated[i].date;
			statement.dated = true;
			remember_date(i, key, statement.date);
			return true;
		}
		if (kroles_no_later(&dated[i].key, key) &&
			(!statement.dated || dated[i].date.generation > statement.date.generation ||
			 dated[i].date.epoch > statement.date.epoch))
		{
			statement.date = dated[i].date;
			statement.dated = true;
		}
	}
	return false;
}

/*
 * Finds the date of the statement's snapshot; if nothing has completed since it
 * was taken, that is the present stamp.  Accepts messages.
 */
static void
date_statement(void)
{
	Snapshot	fresh;
	KrolesSnapshotKey key;

	if (find_date(&statement.key))
		return;
	fresh = GetCatalogSnapshot(kroles_table(KROLES_T_USERS)->oid);
	key = kroles_snapshot_key(fresh);
	if (!kroles_barrier_in_step(fresh->snapXactCompletionCount))
		kroles_barrier_sync(fresh->snapXactCompletionCount);
	remember_date(ndated, &key, kroles_now);
	if (kroles_same_instant(&key, &statement.key))
	{
		statement.date = kroles_now;
		statement.dated = true;
	}
}

/* Whether nothing of a class may have changed since the statement's snapshot was taken. */
bool
kroles_question_quiet(KrolesClass class)
{
	return statement.dated && kroles_class_still_true(&statement.date, class);
}

/*
 * Whether a media may have changed since the statement's snapshot was taken, so
 * that the row in that snapshot may be out of date.
 */
bool
kroles_question_outdated(int64 media_id)
{
	if (kroles_question_quiet(KROLES_C_MEDIA))
		return false;
	return !statement.dated || !kroles_still_true(&statement.date, KROLES_C_MEDIA, media_id);
}

/* Notes which statement is asking. */
static void
enter_statement(Snapshot snapshot)
{
	KrolesSnapshotMark mark = kroles_snapshot_mark(snapshot);

	if (statement.known && kroles_same_mark(&mark, &statement.mark))
		return;
	statement.known = true;
	kroles_now.statement++;
	statement.mark = mark;
	statement.key = kroles_snapshot_key(snapshot);
	statement.horizon = kroles_no_later(&latest_load, &statement.key) ? loads : 0;
	kroles_cache_forget(KROLES_SNAPSHOT);
	date_statement();
}

/* Forgets the statement; the next question is a new one's. */
void
kroles_question_reset(void)
{
	statement.known = false;
	question.snapshot = NULL;
	kroles_cache_forget(KROLES_SNAPSHOT);
}

/* The number of the question being judged. */
uint64
kroles_question_number(void)
{
	return question.number;
}

/* Notes that an entry of the present, read by that load, took part in the answer. */
void
kroles_question_used(uint64 load)
{
	question.latest_used = Max(question.latest_used, load);
}

/* Whether that load read what was true when the statement's snapshot was taken. */
bool
kroles_load_precedes_snapshot(uint64 load)
{
	return load <= statement.horizon;
}

/*
 * Takes the snapshot through which this question reads the present: all commits
 * up to this instant, and of this transaction's own changes those that the
 * statement sees.
 */
static void
take_snapshot(void)
{
	Oid			ours = kroles_table(KROLES_T_USERS)->oid;
	Snapshot	fresh;
	uint64		count;

	kroles_barrier_reading(question.cid);
	question.stamp = kroles_now;	/* messages that come with the snapshot count as later ones */
	fresh = GetCatalogSnapshot(ours);
	count = fresh->snapXactCompletionCount;
	question.snapshot = RegisterSnapshot(fresh);	/* a copy, without the count */
	question.snapshot->curcid = question.cid;
	if (!kroles_barrier_in_step(count))
	{
		kroles_barrier_sync(count);
		question.moved = true;
	}
	question.stamp.epoch = kroles_now.epoch;
}

/* The snapshot to read with.  Registered until the question ends. */
Snapshot
kroles_question_snapshot(KrolesBasis basis)
{
	if (basis == KROLES_SNAPSHOT)
		return GetActiveSnapshot();
	if (basis == KROLES_PAST)
		return kroles_past_snapshot();
	if (question.snapshot == NULL)
		take_snapshot();
	return question.snapshot;
}

/* The stamp for entries that are read through the question's snapshot, which must have been taken. */
KrolesStamp
kroles_question_stamp(void)
{
	return question.stamp;
}

/*
 * Numbers a load of the present.  Where nothing completed since the statement's
 * snapshot was taken, the load counts as one before it.
 */
uint64
kroles_number_load(void)
{
	KrolesSnapshotKey key = kroles_snapshot_key(question.snapshot);

	loads++;
	latest_load = key;
	if (kroles_same_key(&key, &statement.key))
		statement.horizon = loads;
	return loads;
}

/*
 * Makes the cache valid for this instant and the running statement.  Accepts
 * invalidation messages where anything has completed since the last time.  An
 * error on a standby or replica whose lease is over.
 */
void
kroles_question_sync(void)
{
	uint64		count;

	if (!ActiveSnapshotSet())
		elog(ERROR, "kroles: a question needs an active snapshot");
	(void) kroles_schema();		/* checks that the library knows the script, on standbys too */
	kroles_barrier_command(GetActiveSnapshot()->curcid);
	count = KROLES_COMPLETION_COUNT();
	if (!kroles_barrier_in_step(count))
		kroles_barrier_sync(count);
	kroles_check_lease();
	enter_statement(GetActiveSnapshot());
}

static void
begin_question(void)
{
	kroles_question_sync();
	question.snapshot = NULL;
	question.latest_used = 0;
	question.cid = GetActiveSnapshot()->curcid;
	kroles_cache_trim();
}

static void
end_question(void)
{
	if (question.snapshot != NULL)
		UnregisterSnapshot(question.snapshot);
	question.snapshot = NULL;
}

/* ---- Answers ---- */

/* Leaves the rights that both answers allow, and the weaker role. */
void
kroles_meet_answer(void *answer, const void *other)
{
	KrolesAnswer *mine = answer;
	const KrolesAnswer *its = other;

	mine->rights &= its->rights;
	mine->role = Min(mine->role, its->role);
}

/* The same for answers of yes and no. */
void
kroles_meet_bool(void *answer, const void *other)
{
	*(bool *) answer = *(bool *) answer && *(const bool *) other;
}

static bool
says_nothing(const void *answer, Size size)
{
	const char *bytes = answer;

	for (Size i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

/* Judges what is true now, from entries that all stand for one instant. */
static void
judge_current(const KrolesQuestion *kind, const void *about, void *answer)
{
	do
	{
		/* at most twice: the second time, the snapshot is there already */
		question.moved = false;
		question.number++;
		memset(answer, 0, kind->size);
		kind->judge(KROLES_CURRENT, about, answer);
	} while (question.moved);
}

/*
 * Judges a question on both bases and leaves in the answer what both say.  Reads
 * with a fresh snapshot of its own; keeps what it read in the cache; holds no
 * lock afterwards.  An error leaves the cache sound.
 */
void
kroles_ask(const KrolesQuestion *kind, const void *about, void *answer)
{
	if (kind->size == 0 || kind->size > KROLES_MAX_ANSWER)
		elog(ERROR, "kroles: an answer of %zu bytes cannot be judged on both bases", kind->size);
	begin_question();
	judge_current(kind, about, answer);
	if (!kroles_load_precedes_snapshot(question.latest_used) &&
		!says_nothing(answer, kind->deciding > 0 ? kind->deciding : kind->size))
	{
		union
		{
			char		bytes[KROLES_MAX_ANSWER];
			int64		align;
		}			other;

		memset(&other, 0, kind->size);
		kind->judge(KROLES_SNAPSHOT, about, &other);
		kind->meet(answer, &other);
	}
	end_question();
}

/*
 * Judges a question on one basis alone, for callers that join the two
 * themselves, or ask about the past.  Returns the highest load number used; 0 on
 * another basis than the current one.
 */
uint64
kroles_ask_on(KrolesBasis basis, const KrolesQuestion *kind, const void *about, void *answer)
{
	begin_question();
	if (basis == KROLES_CURRENT)
		judge_current(kind, about, answer);
	else
	{
		question.number++;
		memset(answer, 0, kind->size);
		kind->judge(basis, about, answer);
		question.latest_used = 0;
	}
	end_question();
	return question.latest_used;
}
