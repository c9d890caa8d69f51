/*
 * filter.c
 *		The rls filter: what the current subject may see, for policies on every row.
 *
 * A scan of a million media asks a million times what one subject may do with
 * few spaces.  So the subject and its rights on each space are cached in a
 * subject view (subject_view.c), and a row costs a few comparisons and look-ups
 * in one small table.  They are the rights that decide/subject.c finds, judged
 * by the formula in rules/rules.c on the same two bases (cache/question.c).
 *
 * The current view outlives the statement, until something changes that it rests
 * on (the asker, the site, the asker's user and groups, any space) or the next of
 * its windows opens or closes: of grants, and of media that were judged.  If a media
 * may have changed since the snapshot, it is read anew (kroles_question_outdated()).
 *
 * Views of subjects who asked before are set aside.  Each view lives in a memory
 * context of its own, and is bounded by kroles.cache_size, as are all of them.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "audience/old_audience.h"
#include "cache/snapshots.h"
#include "core/clock.h"
#include "core/compat.h"
#include "decide/decide.h"
#include "identity/identity.h"
#include "rls/filter.h"
#include "rls/quick_audience.h"
#include "rls/subject_keys.h"
#include "rls/subject_view.h"
#include "statement/foreign_code.h"

/* What the views were last found current for; while it is unchanged, they are current. */
static struct
{
	bool		valid;
	KrolesStamp stamp;
	Snapshot	snapshot;
	KrolesSnapshotMark mark;	/* but for the sum of its transactions, which is slow to compute */
	TimestampTz at;
	bool		media_quiet;	/* no media has changed since the statement's snapshot */
	bool		quick;			/* kroles_quick_verdict() may answer: see is_quick() */
	uint64		spaces_load;	/* of the view when that was found out */
}			good_for;

/* ---- Whether the views are still true ---- */

/* Whether the current view is still true. */
static bool
is_still_true(KrolesAsker who)
{
	const KrolesSubjectView *view = &kroles_views[KROLES_CURRENT];
	TimestampTz at = kroles_time();

	if (!view->ready || !kroles_same_asker(view->who, who) || at < view->made_at || at >= view->expires_at ||
		!kroles_still_true(&view->stamp, KROLES_C_SITE, 0) ||
		!kroles_still_true(&view->stamp, KROLES_C_USER, who.user_id) ||
		!kroles_class_still_true(&view->stamp, KROLES_C_SPACE))
		return false;
	for (int i = 0; i < view->principals.ngroups; i++)
		if (!kroles_still_true(&view->stamp, KROLES_C_GROUP, view->principals.groups[i]))
			return false;
	return true;
}

/*
 * Makes the current view true at one instant, and returns its subject.  The
 * instant is that of a completion count.  Messages that arrive while the view is
 * built are about changes that were visible before, and so distrusted, or about
 * nothing that the view rests on; so the loop does not wait for them.  (Under
 * debug_discard_caches every lock brings messages.)
 */
static KrolesAsker
make_true(KrolesStamp *stamp)
{
	KrolesAsker who;

	do
	{
		CHECK_FOR_INTERRUPTS();
		who = kroles_asker();
		kroles_question_sync();
		*stamp = kroles_now;
		kroles_exchange_view(who);
		if (!is_still_true(who))
			kroles_make_view(KROLES_CURRENT, who);
	} while (stamp->completed != kroles_now.completed);
	return who;
}

/* Whether everything in the current view was the same at the statement's snapshot, so that the view decides alone. */
bool
kroles_filter_covers(void)
{
	return kroles_load_precedes_snapshot(Max(kroles_views[KROLES_CURRENT].load, kroles_views[KROLES_CURRENT].spaces.load));
}

/*
 * Whether the current view alone decides about media, because nothing has changed
 * since the statement's snapshot was taken.
 */
static bool
is_quick(void)
{
	return good_for.media_quiet && kroles_filter_covers() && !kroles_views[KROLES_CURRENT].same_everywhere;
}

/* Notes whether kroles_quick_verdict() may answer, and for which view. */
static void
note_quick(void)
{
	good_for.quick = is_quick();
	good_for.spaces_load = kroles_views[KROLES_CURRENT].spaces.load;
}

/* Whether it may still: rights on another space may have been read meanwhile, later than the snapshot was taken. */
static inline bool
may_be_quick(void)
{
	return good_for.quick && good_for.spaces_load == kroles_views[KROLES_CURRENT].spaces.load;
}

/* Makes the views current for the running statement and this instant.  Accepts messages. */
static void
make_current(void)
{
	KrolesSubjectView *of_snapshot = &kroles_views[KROLES_SNAPSHOT];
	KrolesStamp stamp;
	TimestampTz at = kroles_time();
	KrolesAsker who;

	good_for.valid = false;
	(void) kroles_read_keys();	/* reading them accepts messages: not while rows are judged */
	who = make_true(&stamp);
	kroles_views[KROLES_CURRENT].stamp = stamp;
	kroles_views[KROLES_CURRENT].made_at = at;	/* it is of no use at an earlier time, should the clock go back */
	if (good_for.stamp.statement != kroles_now.statement || good_for.at != at || !kroles_same_asker(of_snapshot->who, who))
		of_snapshot->ready = false;
	good_for.snapshot = GetActiveSnapshot();
	good_for.mark = kroles_snapshot_fields(good_for.snapshot);
	good_for.at = at;
	/* finding out who asks and which statement it is comes after the stamp of the data */
	stamp.statement = kroles_now.statement;
	stamp.asker = kroles_now.asker;
	good_for.stamp = stamp;
	good_for.media_quiet = kroles_question_quiet(KROLES_C_MEDIA);
	/* where foreign code acts as anonymous, another subject asks afterwards */
	good_for.valid = !kroles_nobody_asks();
	note_quick();
}

/* Whether data, statement and asker are what they were then. */
static inline bool
stands(void)
{
	Snapshot	snapshot = GetActiveSnapshot();

	return good_for.valid && good_for.snapshot == snapshot && kroles_nothing_happened(&good_for.stamp) &&
		kroles_has_fields(&good_for.mark, snapshot) && good_for.at == kroles_time();
}

/* Whether what was judged since the views were found current is of that one instant: see make_true(). */
static inline bool
same_instant(void)
{
	return good_for.stamp.completed == KROLES_COMPLETION_COUNT();
}

static inline void
ensure_current(void)
{
	if (unlikely(!ActiveSnapshotSet()))
		elog(ERROR, "kroles: a question needs an active snapshot");
	if (unlikely(!stands() || !kroles_asker_stands()))
		make_current();
}

/* The view of the statement's snapshot, made when it is first needed. */
static void
ensure_snapshot_view(void)
{
	if (!kroles_views[KROLES_SNAPSHOT].ready)
		kroles_make_view(KROLES_SNAPSHOT, kroles_views[KROLES_CURRENT].who);
}

/* ---- Media ---- */

static inline KrolesRights
space_rights_of(const void *view, int64 space_id)
{
	return kroles_view_space_rights((KrolesSubjectView *) view, space_id);
}

static inline unsigned
event_roles_of(const void *view, int64 event_id)
{
	return kroles_view_event_roles(view, event_id);
}

static const KrolesLookups view_lookups = {space_rights_of, event_roles_of};

/* The rights on media with that audience.  The view expires when the next of its windows opens or closes. */
static KrolesRights
rights_of_audience(KrolesBasis basis, struct varlena *value)
{
	KrolesSubjectView *view = &kroles_views[basis];
	KrolesMediaStanding standing;

	/* a media has an owner: an audience without entries is of none */
	if (kroles_is_hidden(value) || view->same_everywhere)
		return kroles_is_hidden(value) ? 0 : view->rights_everywhere;
	standing = kroles_evaluate_audience(value, &view->principals, kroles_time(), &view->expires_at, view_lookups, view);
	return kroles_media_rights(&view->matrices, &view->subject, &standing);
}

/* The rights by the row's audience, judged in the current view at one instant. */
static KrolesRights
rights_now(struct varlena *audience)
{
	KrolesRights rights;

	do
	{
		ensure_current();
		rights = rights_of_audience(KROLES_CURRENT, audience);
	} while (unlikely(!same_instant()));
	return rights;
}

/* Decides as kroles_filter_audience() promises, on both bases where it must, and for old audiences too. */
static bool
judge_audience(KrolesRights wanted, struct varlena *value)
{
	int64		media_id = kroles_audience_media(value);
	struct varlena *before = kroles_old_audience(media_id);
	KrolesRights rights;

	if (unlikely(before != NULL))
		value = before;
	rights = rights_now(value);
	note_quick();				/* looking up a space may have read what is newer than the snapshot */
	if (unlikely(!good_for.media_quiet) && kroles_question_outdated(media_id) &&
		!(kroles_decide(kroles_views[KROLES_CURRENT].who, KROLES_MEDIA, media_id).rights & wanted))
		return false;
	if (likely(kroles_filter_covers()))
	{
		if (before == NULL && may_be_quick())
			kroles_keep_quick_verdict(&kroles_views[KROLES_CURRENT], wanted, value, (rights & wanted) != 0);
		return (rights & wanted) != 0;
	}
	/* the subject or a space was read later than the statement's snapshot was taken */
	if (!kroles_question_outdated(media_id) && !(rights & wanted))
		return false;
	ensure_snapshot_view();
	return (rights_of_audience(KROLES_SNAPSHOT, value) & wanted) != 0;
}

/*
 * Whether the current subject has one of those rights on the media with that
 * audience, at the statement's snapshot and now.  The audience must be detoasted.
 * Its contents cannot cause an error.
 */
bool
kroles_filter_audience(KrolesRights wanted, struct varlena *value)
{
	if (likely(ActiveSnapshotSet() && stands() && may_be_quick() && !kroles_old_audience_kept && kroles_asker_stands()))
	{
		KrolesVerdict verdict = kroles_quick_verdict(&kroles_views[KROLES_CURRENT], wanted, value);

		if (likely(verdict != KROLES_UNDECIDED && same_instant() && may_be_quick()))
			return verdict == KROLES_ALLOWED;
	}
	return judge_audience(wanted, value);
}

/*
 * Whether the current subject has one of those rights on every media, at the
 * statement's snapshot and now, so that no audience needs to be read.  (False may
 * mean that this is not known.)
 */
bool
kroles_filter_everything(KrolesRights wanted)
{
	const KrolesSubjectView *view = &kroles_views[KROLES_CURRENT];
	bool		all;

	do
	{
		ensure_current();
		all = view->same_everywhere && (view->rights_everywhere & wanted) != 0;
	} while (unlikely(!same_instant()));
	return all && good_for.media_quiet && kroles_filter_covers();
}

/* Whether a media with that audience would probably be seen: for estimates. */
bool
kroles_filter_estimate(struct varlena *value)
{
	return (rights_now(value) & KROLES_RIGHT(KROLES_VIEW)) != 0;
}

/* ---- One space ---- */

/*
 * The rights of the current subject on a channel or gallery, at the statement's
 * snapshot and now; none if there is no such space.
 */
KrolesRights
kroles_filter_space(int64 id)
{
	KrolesRights rights;

	do
	{
		ensure_current();
		rights = kroles_view_space_rights(&kroles_views[KROLES_CURRENT], id);
	} while (unlikely(!same_instant()));
	if (rights == 0 || likely(kroles_filter_covers()))
		return rights;
	ensure_snapshot_view();
	return rights & kroles_view_space_rights(&kroles_views[KROLES_SNAPSHOT], id);
}

/* ---- For the other filters ---- */

/* The view of the current subject, made current for the running statement and this instant. */
const KrolesSubjectView *
kroles_filter_view(void)
{
	ensure_current();
	return &kroles_views[KROLES_CURRENT];
}

/*
 * Whether a media may have changed since the statement's snapshot was taken.  Only
 * after a call of kroles_filter_view() or another filter in the same statement.
 */
bool
kroles_filter_outdated(int64 media_id)
{
	return unlikely(!good_for.media_quiet) && kroles_question_outdated(media_id);
}

/* ---- What to look for in an index ---- */

/* Caches index keys in the view of their basis. */
static struct varlena *
cache_index_keys(KrolesSubjectView *view, struct varlena *found)
{
	view->index_keys = MemoryContextAlloc(view->context, VARSIZE(found));
	return memcpy(view->index_keys, found, VARSIZE(found));
}

/*
 * The current index keys.  While they are collected, other transactions commit;
 * that matters only if it replaces the view.  After three such attempts the key
 * of everything is used.
 */
static struct varlena *
index_keys_now(void)
{
	KrolesSubjectView *view = &kroles_views[KROLES_CURRENT];

	for (int tries = 0; tries < 3; tries++)
	{
		struct varlena *found;
		uint64		number;

		ensure_current();
		if (view->index_keys != NULL)
			return view->index_keys;
		number = kroles_view_number();
		found = kroles_subject_keys(KROLES_CURRENT, view->who);
		ensure_current();
		if (number == kroles_view_number())
			return cache_index_keys(view, found);
	}
	return cache_index_keys(view, kroles_make_index_keys(true, NULL, 0));
}

/* The index keys of both bases together: in an old snapshot a row may be visible by former rights. */
static struct varlena *
index_keys_on_both(struct varlena *now)
{
	KrolesSubjectView *view = &kroles_views[KROLES_SNAPSHOT];

	ensure_snapshot_view();
	if (view->index_keys == NULL)
		cache_index_keys(view, kroles_subject_keys(KROLES_SNAPSHOT, view->who));
	return kroles_join_index_keys(now, view->index_keys);
}

/*
 * The index keys of the current subject: at least one of them is in the audience
 * of each media that it may see.  Cached with the views; valid until messages are
 * accepted.
 */
struct varlena *
kroles_current_index_keys(void)
{
	struct varlena *now = index_keys_now();

	return likely(kroles_filter_covers()) ? now : index_keys_on_both(now);
}

/* ---- Drafts: media that are published nowhere ---- */

/* Whether a subject sees every draft. */
static inline bool
sees_all(const KrolesSubjectView *view)
{
	return view->same_everywhere && (view->rights_everywhere & KROLES_RIGHT(KROLES_VIEW));
}

/*
 * Whether the current subject sees only those drafts that the subject is on, at the
 * statement's snapshot and now: then kroles_current_draft_keys() finds all of them.
 */
bool
kroles_drafts_have_keys(void)
{
	ensure_current();
	if (sees_all(&kroles_views[KROLES_CURRENT]))
		return false;
	if (likely(kroles_filter_covers()))
		return true;
	ensure_snapshot_view();
	return !sees_all(&kroles_views[KROLES_SNAPSHOT]);
}

/* The index keys of the drafts that the current subject is on, on either basis; in the current memory context. */
struct varlena *
kroles_current_draft_keys(void)
{
	KrolesArray entries = {.size = sizeof(KrolesAudienceEntry)};

	ensure_current();
	kroles_add_view_principals(&kroles_views[KROLES_CURRENT], &entries);
	if (!kroles_filter_covers())
	{
		ensure_snapshot_view();
		kroles_add_view_principals(&kroles_views[KROLES_SNAPSHOT], &entries);
	}
	return kroles_make_draft_keys((KrolesAudienceEntry *) entries.items, entries.n);
}
