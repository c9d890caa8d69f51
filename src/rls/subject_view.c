/*
 * subject_view.c
 *		Copies a subject and its rights for the rls filter.
 *
 * A view is a copy of the entries of the user and the user's groups, so that it
 * outlives the question; it lives in a memory context of its own.
 *
 * A pooler gives one session many subjects in turn.  So the current view is set aside
 * when another subject asks, and becomes the current one again when its subject does.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"

#include "cache/question.h"
#include "core/clock.h"
#include "decide/subject.h"
#include "rls/filter.h"
#include "rls/subject_view.h"

KrolesSubjectView kroles_views[2];

static MemoryContext view_context;
static uint64 last_number;

/* Makes the context that holds everything; once a backend. */
void
kroles_view_init(void)
{
	view_context = AllocSetContextCreate(CacheMemoryContext, "kroles subject views", ALLOCSET_DEFAULT_SIZES);
}

/* The number of the current view: another one for each subject, and after a change of any of its rights. */
uint64
kroles_view_number(void)
{
	return kroles_views[KROLES_CURRENT].number;
}

static void
reset_view(KrolesSubjectView *view)
{
	MemoryContext context = view->context;

	if (context == NULL)
		context = AllocSetContextCreate(view_context, "kroles subject view", ALLOCSET_DEFAULT_SIZES);
	else
		MemoryContextReset(context);
	memset(view, 0, sizeof(*view));
	view->context = context;
	view->spaces.nsets = 1;
}

/* Notes when a window opens or closes that the view rests on. */
static void
note_window(KrolesSubjectView *view, KrolesWindow window)
{
	view->expires_at = Min(view->expires_at, kroles_window_changes(window, view->made_at));
}

static void
note_grants(KrolesSubjectView *view, const KrolesGrant *grants, int n)
{
	for (int i = 0; i < n; i++)
		note_window(view, grants[i].window);
}

/* Adds those that count now. */
static void
add_events(KrolesSubjectView *view, const KrolesEventGrant *events, int n)
{
	for (int i = 0; i < n; i++)
	{
		note_window(view, events[i].window);
		if (kroles_in_window(events[i].window, view->made_at))
			view->events[view->nevents++] = events[i];
	}
}

/* Copies the events that the user and the user's groups are in. */
static void
copy_events(KrolesSubjectView *view, KrolesBasis basis, const KrolesUser *user)
{
	int64		n = user->nevents;

	for (int i = 0; i < user->ngroups; i++)
		n += kroles_group(basis, user->groups[i])->nevents;
	if (n == 0)
		return;
	view->events = MemoryContextAllocHuge(view->context, n * sizeof(KrolesEventGrant));
	add_events(view, user->events, user->nevents);
	for (int i = 0; i < user->ngroups; i++)
		add_events(view, kroles_group(basis, user->groups[i])->events, kroles_group(basis, user->groups[i])->nevents);
	qsort(view->events, view->nevents, sizeof(KrolesEventGrant), kroles_compare_ids);
}

/* Copies the entry of a user, and finds when a window opens or closes. */
static void
copy_user(KrolesSubjectView *view, KrolesBasis basis, const KrolesUser *user)
{
	int64	   *groups = MemoryContextAlloc(view->context, Max(1, user->ngroups) * sizeof(int64));

	if (user->ngroups > 0)
		memcpy(groups, user->groups, user->ngroups * sizeof(int64));
	view->principals = (KrolesPrincipals) {true, user->head.id, user->ngroups, groups};
	note_window(view, user->groups_window);
	note_grants(view, user->grants, user->ngrants);
	for (int i = 0; i < user->ngroups; i++)
		note_grants(view, kroles_group(basis, user->groups[i])->grants, kroles_group(basis, user->groups[i])->ngrants);
	copy_events(view, basis, user);
}

/* The judge of the question that builds a view. */
static void
judge_view(KrolesBasis basis, const void *about, void *answer)
{
	KrolesSubjectView *view = answer;
	KrolesAsker who = *(const KrolesAsker *) about;
	KrolesMediaStanding nothing = {0};
	KrolesJudged judged;

	reset_view(view);
	view->basis = basis;
	view->who = who;
	view->made_at = kroles_time();
	view->expires_at = DT_NOEND;
	view->stamp = kroles_now;
	view->known = kroles_gather_subject(basis, who, &judged);
	view->matrices = *judged.matrices;
	view->subject = judged.subject;
	if (judged.user != NULL)
		copy_user(view, basis, judged.user);
	for (int role = 0; role < KROLES_NMEDIAROLES; role++)
		view->from_role[role] = kroles_media_rights(&view->matrices, &view->subject,
													&(KrolesMediaStanding) {.roles = KROLES_MEDIA_ROLE(role)});
	view->same_everywhere = !view->known || kroles_all_or_nothing(&view->matrices, &view->subject);
	view->rights_everywhere = view->known ? kroles_media_rights(&view->matrices, &view->subject, &nothing) : 0;
}

static const KrolesQuestion about_view = {.judge = judge_view};

/* Builds the view of a basis for that subject. */
void
kroles_make_view(KrolesBasis basis, KrolesAsker who)
{
	KrolesSubjectView *view = &kroles_views[basis];

	view->ready = false;
	view->load = kroles_ask_on(basis, &about_view, &who, view);
	view->ready = true;
	if (basis == KROLES_CURRENT)
		view->number = ++last_number;
}

/* ---- Views of other subjects, set aside ---- */

#define MAX_ASIDE 64

static struct
{
	KrolesSubjectView *view;	/* NULL until the place is used */
	uint64		last_use;
}			aside[MAX_ASIDE];

static uint64 uses;

static Size
memory_of(const KrolesSubjectView *view)
{
	return view == NULL || view->context == NULL ? 0 : MemoryContextMemAllocated(view->context, true);
}

/* Frees what the view in a place rests on, and the place for the next one. */
static void
discard(int place)
{
	MemoryContextDelete(aside[place].view->context);
	memset(aside[place].view, 0, sizeof(KrolesSubjectView));
	aside[place].last_use = 0;
}

/*
 * Keeps the views set aside to their share of kroles.cache_size: the latest is discarded
 * if it takes much of it alone, and then those that were not used for longest.
 */
static void
keep_to_limit(int latest)
{
	Size		limit = (Size) kroles_cache_size * 1024 / 4;
	Size		total = 0;

	if (memory_of(aside[latest].view) > limit / 4)
		discard(latest);
	for (int i = 0; i < MAX_ASIDE; i++)
		total += memory_of(aside[i].view);
	while (total > limit)
	{
		int			oldest = -1;

		for (int i = 0; i < MAX_ASIDE; i++)
			if (memory_of(aside[i].view) > 0 && (oldest < 0 || aside[i].last_use < aside[oldest].last_use))
				oldest = i;
		total -= memory_of(aside[oldest].view);
		discard(oldest);
	}
}

/* The place of the view of that subject; if there is none, a free one, or the one that was not used for longest. */
static int
find_aside(KrolesAsker who)
{
	int			place = 0;

	for (int i = 0; i < MAX_ASIDE; i++)
	{
		if (aside[i].view != NULL && aside[i].view->ready && kroles_same_asker(aside[i].view->who, who))
			return i;
		if (aside[i].last_use < aside[place].last_use)
			place = i;
	}
	if (aside[place].view == NULL)
		aside[place].view = MemoryContextAllocZero(view_context, sizeof(KrolesSubjectView));
	return place;
}

/*
 * Sets the current view aside, if it is of another subject than that, and makes the view
 * of that subject the current one.  It may be out of date, or be none.
 */
void
kroles_exchange_view(KrolesAsker who)
{
	KrolesSubjectView *current = &kroles_views[KROLES_CURRENT];
	KrolesSubjectView leaving;
	int			place;

	if (!current->ready || kroles_same_asker(current->who, who))
		return;
	place = find_aside(who);
	leaving = *current;
	*current = *aside[place].view;
	*aside[place].view = leaving;
	aside[place].last_use = ++uses;
	keep_to_limit(place);
}

/* ---- Parts of a view ---- */

/* Adds the entries that name the subject: of the user and of the user's groups, whatever the role. */
void
kroles_add_view_principals(const KrolesSubjectView *view, KrolesArray *entries)
{
	const KrolesPrincipals *principals = &view->principals;

	if (!principals->is_person)
		return;
	*(KrolesAudienceEntry *) kroles_array_add(entries) = (KrolesAudienceEntry) {KROLES_ENTRY_USER, principals->user_id};
	for (int i = 0; i < principals->ngroups; i++)
		*(KrolesAudienceEntry *) kroles_array_add(entries) = (KrolesAudienceEntry) {KROLES_ENTRY_GROUP, principals->groups[i]};
}

/* The roles in an event. */
unsigned
kroles_view_event_roles(const KrolesSubjectView *view, int64 id)
{
	unsigned	roles = 0;
	int			at = kroles_lower_bound(view->events, view->nevents, sizeof(KrolesEventGrant), id);

	for (; at < view->nevents && view->events[at].event_id == id; at++)
		roles |= view->events[at].roles;
	return roles;
}
