/*
 * filter.c
 *		What the current subject sees, for policies that ask of every row.
 *
 * A scan of a million media asks a million times what one subject may do with
 * few spaces.  So the subject and its rights on each space met are kept view by
 * view here, and a row costs a few comparisons and look-ups in one small table.
 * They are the same rights that decide/subject.c gathers and the same formula that
 * rules/rules.c holds, in the same two bases (see cache/question.c): what is true now, and
 * what the statement's snapshot says.
 *
 * The view of "now" outlives the statement, for as long as nothing changes that
 * it rests on: the asker, the site, the asker's user and groups, any space, and
 * until the next grant expires.  Which rows a media's own changes concern is
 * told by cache/question.c: for them, what is true now is read.
 *
 * One subject is kept at a time.  Everything lives in one memory context; what
 * is kept of spaces is bounded by kroles.cache_size.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "audience/audience.h"
#include "audience/old_audience.h"
#include "cache/cache.h"
#include "cache/commit_barrier.h"
#include "cache/invalidation.h"
#include "cache/question.h"
#include "core/asker.h"
#include "core/clock.h"
#include "core/compat.h"
#include "decide/decide.h"
#include "identity/identity.h"
#include "rls/filter.h"
#include "rls/subject_keys.h"
#include "rls/subject_view.h"
#include "rules/rules.h"
#include "statement/foreign_code.h"
#include "store/secret.h"

/* What the views were last found good for; where all of it still stands, so do they. */
static struct
{
	bool		valid;
	uint64		count;			/* of completed transactions */
	Snapshot	snapshot;
	TransactionId xmax;
	uint32		xcnt;
	int32		subxcnt;
	CommandId	cid;
	TimestampTz at;
	uint64		identity;
	uint64		generation;
	uint64		epoch;
	uint64		statement;
	bool		media_quiet;	/* no media has changed since the statement's snapshot */
}			good_for;

/* ---- Whether the views still stand ---- */

static bool
holds_for(KrolesClass class, int64 id)
{
	const KrolesSubjectView *now = &kroles_views[KROLES_CURRENT];

	return !kroles_inval_changed(class, id, now->generation) && !kroles_barrier_distrusted(class, id, now->epoch);
}

/* Whether the view of "now" still says what is true. */
static bool
still_true(KrolesAsker who)
{
	const KrolesSubjectView *now = &kroles_views[KROLES_CURRENT];
	TimestampTz at = kroles_time();

	if (!now->ready || now->who.type != who.type || now->who.user_id != who.user_id ||
		at < now->made_at || at >= now->expires_at)
		return false;
	if (!holds_for(KROLES_C_SITE, 0) || !holds_for(KROLES_C_USER, who.user_id) ||
		kroles_inval_class_changed(KROLES_C_SPACE, now->generation) ||
		kroles_barrier_class_distrusted(KROLES_C_SPACE, now->epoch))
		return false;
	for (int i = 0; i < now->ngroups; i++)
		if (!holds_for(KROLES_C_GROUP, now->groups[i]))
			return false;
	return true;
}

/*
 * Makes the view of "now" true at one instant, and returns who it is of.  The
 * instant is that of a completion count: messages that come while the view is
 * read are about what was visible then already, and was distrusted, or about
 * nothing that it rests on.  (Where every lock brings messages, as under
 * debug_discard_caches, waiting for none would never end.)
 */
static KrolesAsker
make_true(void)
{
	KrolesAsker who;

	do
	{
		CHECK_FOR_INTERRUPTS();
		who = kroles_asker();
		kroles_question_sync();
		good_for.count = kroles_barrier_count();
		good_for.generation = kroles_inval_generation();
		good_for.epoch = kroles_barrier_epoch();
		if (!still_true(who))
			kroles_make_view(KROLES_CURRENT, who);
	} while (good_for.count != kroles_barrier_count());
	return who;
}

/* Makes the views good for the running statement and this instant.  Accepts messages. */
static void
make_good(void)
{
	KrolesSubjectView *then = &kroles_views[KROLES_SNAPSHOT];
	KrolesAsker who;
	Snapshot	snapshot;

	good_for.valid = false;
	(void) kroles_read_keys();	/* reading them accepts messages: not while rows are judged */
	who = make_true();
	kroles_views[KROLES_CURRENT].generation = good_for.generation;
	kroles_views[KROLES_CURRENT].epoch = good_for.epoch;
	if (good_for.statement != kroles_question_statement() ||
		good_for.at != kroles_time() || then->who.type != who.type ||
		then->who.user_id != who.user_id)
		then->ready = false;
	snapshot = GetActiveSnapshot();
	good_for.snapshot = snapshot;
	good_for.xmax = snapshot->xmax;
	good_for.xcnt = snapshot->xcnt;
	good_for.subxcnt = snapshot->subxcnt;
	good_for.cid = snapshot->curcid;
	good_for.at = kroles_time();
	good_for.identity = kroles_identity_number();
	good_for.statement = kroles_question_statement();
	good_for.media_quiet = kroles_question_quiet(KROLES_C_MEDIA);
	/* where nobody asks, somebody else asks afterwards */
	good_for.valid = !kroles_nobody_asks();
}

/* Whether everything about data and statement stands that the views were found good for. */
static inline bool
stands(void)
{
	Snapshot	snapshot = GetActiveSnapshot();

	return good_for.valid && good_for.snapshot == snapshot &&
		good_for.count == KROLES_COMPLETION_COUNT() &&
		good_for.xmax == snapshot->xmax && good_for.xcnt == snapshot->xcnt &&
		good_for.subxcnt == snapshot->subxcnt && good_for.cid == snapshot->curcid &&
		good_for.at == kroles_time() &&
		good_for.generation == kroles_inval_generation() && good_for.epoch == kroles_barrier_epoch() &&
		good_for.statement == kroles_question_statement() &&
		good_for.identity == kroles_identity_number();
}

/* Whether what was judged since the views were found good is of that one instant: see make_true(). */
static inline bool
same_instant(void)
{
	return good_for.count == KROLES_COMPLETION_COUNT();
}

static inline void
ensure(void)
{
	if (unlikely(!ActiveSnapshotSet()))
		elog(ERROR, "kroles: a question needs an active snapshot");
	if (unlikely(!stands() || !kroles_asker_stands()))
		make_good();
}

/* The view of the statement's snapshot, made when it is first needed. */
static void
ensure_snapshot_view(void)
{
	if (!kroles_views[KROLES_SNAPSHOT].ready)
		kroles_make_view(KROLES_SNAPSHOT, kroles_views[KROLES_CURRENT].who);
}

/* Whether everything that the view of "now" says was the same at the statement's snapshot. */
static inline bool
covers(void)
{
	return kroles_question_covers(Max(kroles_views[KROLES_CURRENT].load, kroles_views[KROLES_CURRENT].spaces.load));
}

/* ---- Media ---- */

static inline bool
has_group(const KrolesSubjectView *view, int64 id)
{
	int			low = 0;
	int			high = view->ngroups;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (view->groups[middle] == id)
			return true;
		if (view->groups[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* The rights on media for which that is the audience. */
static KrolesRights
rights_of_audience(KrolesBasis basis, struct varlena *value)
{
	const KrolesSubjectView *view = &kroles_views[basis];
	KrolesMediaStanding standing = {0};
	KrolesAudience audience;
	KrolesAudienceEntry entry;

	/* a media has an owner: what names nobody is of none */
	if (kroles_is_hidden(value))
		return 0;
	if (view->same_everywhere)
		return view->rights_everywhere;
	audience = kroles_open_audience(value);
	while (kroles_next_entry(&audience, &entry))
	{
		if (entry.class < KROLES_ENTRY_GROUP)
		{
			if (view->is_person && entry.id == view->user_id)
				standing.roles |= KROLES_MEDIA_ROLE(entry.class - KROLES_ENTRY_USER);
			continue;
		}
		if (entry.class < KROLES_ENTRY_APPROVED)
		{
			if (has_group(view, entry.id))
				standing.roles |= KROLES_MEDIA_ROLE(entry.class - KROLES_ENTRY_GROUP);
			continue;
		}
		if (entry.class == KROLES_ENTRY_APPROVED)
			standing.approved |= kroles_view_space_rights(basis, entry.id);
		else if (entry.class == KROLES_ENTRY_PENDING)
			standing.pending |= kroles_view_space_rights(basis, entry.id);
		else if (entry.class == KROLES_ENTRY_EVENT)
			standing.event_roles |= kroles_view_event_roles(view, entry.id);
	}
	return kroles_media_rights(&view->matrices, &view->subject, &standing);
}

/* The rights as the row's audience says, judged in the view of "now" at one instant. */
static KrolesRights
rights_now(struct varlena *audience)
{
	KrolesRights rights;

	do
	{
		ensure();
		rights = rights_of_audience(KROLES_CURRENT, audience);
	} while (unlikely(!same_instant()));
	return rights;
}

/*
 * Whether the current subject holds one of those rights on the media that the
 * row with that audience is (or is a part of), at the statement's snapshot and
 * now.  The audience must be detoasted.  Raises no error because of what is in
 * it.
 */
bool
kroles_filter_audience(KrolesRights wanted, struct varlena *value)
{
	int64		media_id = kroles_audience_media(value);
	struct varlena *before = kroles_old_audience(media_id);
	KrolesRights rights;

	if (unlikely(before != NULL))
		value = before;
	rights = rights_now(value);
	if (unlikely(!good_for.media_quiet) && kroles_question_outdated(media_id) &&
		!(kroles_decide(kroles_views[KROLES_CURRENT].who, KROLES_MEDIA, media_id).rights & wanted))
		return false;
	if (likely(covers()))
		return (rights & wanted) != 0;
	/* the subject or a space was read later than the statement's snapshot was taken */
	if (!kroles_question_outdated(media_id) && !(rights & wanted))
		return false;
	ensure_snapshot_view();
	return (rights_of_audience(KROLES_SNAPSHOT, value) & wanted) != 0;
}

/* Whether a media with that audience would probably be seen: for estimates. */
bool
kroles_filter_estimate(struct varlena *value)
{
	return (rights_now(value) & KROLES_RIGHT(KROLES_VIEW)) != 0;
}

/* ---- One space ---- */

/*
 * The rights of the current subject on a space of whichever kind, at the
 * statement's snapshot and now; none where there is no such space.
 */
KrolesRights
kroles_filter_space(int64 id)
{
	KrolesRights rights;

	do
	{
		ensure();
		rights = kroles_view_space_rights(KROLES_CURRENT, id);
	} while (unlikely(!same_instant()));
	if (rights == 0 || likely(covers()))
		return rights;
	ensure_snapshot_view();
	return rights & kroles_view_space_rights(KROLES_SNAPSHOT, id);
}

/* ---- What to look for in an index ---- */

/* Keeps with a view what is sought in its basis. */
static struct varlena *
keep_index_keys(KrolesSubjectView *view, struct varlena *found)
{
	view->index_keys = MemoryContextAlloc(view->context, VARSIZE(found));
	return memcpy(view->index_keys, found, VARSIZE(found));
}

/*
 * What is sought now.  KeySearch takes a while, in which others commit; that
 * matters only where it makes the view another one.  After a few such it is
 * everything.
 */
static struct varlena *
index_keys_now(void)
{
	KrolesSubjectView *view = &kroles_views[KROLES_CURRENT];

	for (int tries = 0; tries < 3; tries++)
	{
		struct varlena *found;
		uint64		number;

		ensure();
		if (view->index_keys != NULL)
			return view->index_keys;
		number = kroles_view_number();
		found = kroles_subject_keys(KROLES_CURRENT, view->who);
		ensure();
		if (number == kroles_view_number())
			return keep_index_keys(view, found);
	}
	return keep_index_keys(view, kroles_make_index_keys(true, NULL, 0));
}

/* What is sought in either basis: in an old snapshot a row may be seen by what was then. */
static struct varlena *
index_keys_on_both(struct varlena *now)
{
	KrolesSubjectView *view = &kroles_views[KROLES_SNAPSHOT];

	ensure_snapshot_view();
	if (view->index_keys == NULL)
		keep_index_keys(view, kroles_subject_keys(KROLES_SNAPSHOT, view->who));
	return kroles_join_index_keys(now, view->index_keys);
}

/*
 * The audience that holds an entry of every media that the current subject may
 * see, and perhaps of others.  Kept with the views; valid until messages are
 * accepted.
 */
struct varlena *
kroles_current_index_keys(void)
{
	struct varlena *now = index_keys_now();

	return likely(covers()) ? now : index_keys_on_both(now);
}
