/*
 * list.c
 *		kroles_list(): all objects on which a subject has a right, ordered by id,
 *		a page at a time.
 *
 * Scanning the objects and judging each fills the page soon if the subject has
 * the right on many of them.  If on few, the subject's index keys locate them
 * (answers/list_by_keys.c).  Which case applies is seldom known, so a page starts
 * with a short scan, and goes on with the index keys.  Events are listed from the
 * subject's roles, which are in the cache, as only those give rights on events.
 *
 * Rows come from the statement's snapshot, and each object is judged on both
 * bases: media by the row's audience, as in policies, if the asker asks about
 * themselves; all else by kroles_decide().
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/snapmgr.h"

#include "answers/arguments.h"
#include "answers/list.h"
#include "cache/kinds.h"
#include "core/clock.h"
#include "decide/decide.h"
#include "decide/subject.h"
#include "identity/identity.h"
#include "rls/filter.h"
#include "rules/sufficient.h"
#include "store/scan.h"

/* Adds an object to the page, or to the ids. */
void
kroles_list_put(KrolesListing *listing, int64 id)
{
	Datum		value = Int64GetDatum(id);
	bool		isnull = false;

	if (listing->ids != NULL)
	{
		*(int64 *) kroles_array_add(listing->ids) = id;
		listing->page.left--;
		return;
	}
	kroles_put_row(&listing->page, &value, &isnull);
}

/* Adds an object to the page if the subject has the right. */
void
kroles_list_put_if_allowed(KrolesListing *listing, int64 id)
{
	if (kroles_decide(listing->who, listing->kind, id).rights & listing->right)
		kroles_list_put(listing, id);
}

/* Whether the subject has the right on the media in the scan's current row. */
bool
kroles_list_allows_media(KrolesListing *listing, KrolesScan *scan)
{
	Datum		audience;
	struct varlena *value;
	bool		allowed;

	if (!listing->own)
		return (kroles_decide(listing->who, KROLES_MEDIA, kroles_scan_id(scan, MEDIA_ID)).rights & listing->right) != 0;
	if (kroles_filter_everything(listing->right))
		return true;
	audience = kroles_scan_value(scan, MEDIA_AUDIENCE);
	value = PG_DETOAST_DATUM_PACKED(audience);
	allowed = kroles_filter_audience(listing->right, value);
	if (PointerGetDatum(value) != audience)
		pfree(value);
	return allowed;
}

/* ---- By scanning the objects ---- */

/*
 * Scans at most max objects, by id; true if the page is done or no object is
 * left.
 */
bool
kroles_list_scan(KrolesListing *listing, int64 max)
{
	const KrolesKindMethods *kind = &kroles_kinds[listing->kind];
	int64		left = listing->page.left;
	bool		more;
	KrolesScan	scan;

	kroles_scan_from(&scan, kind->table, kind->by_id, kind->id, listing->page.from, GetActiveSnapshot());
	while ((more = listing->page.left > 0 && max-- > 0) && kroles_scan_next(&scan))
	{
		int64		id = kroles_scan_id(&scan, kind->id);

		CHECK_FOR_INTERRUPTS();
		if (listing->kind != KROLES_MEDIA)
			kroles_list_put_if_allowed(listing, id);
		else if (kroles_list_allows_media(listing, &scan))
			kroles_list_put(listing, id);
		kroles_page_passed(&listing->page, id);
		listing->scanned++;
	}
	kroles_scan_end(&scan);
	listing->found += left - listing->page.left;
	return more || listing->page.left == 0;
}

/* ---- Events ---- */

/* A search for the next events in which the subject has a sufficient role. */
typedef struct EventSearch
{
	KrolesAsker who;
	KrolesRights right;
	int64		from;
	int64		max;			/* events from one array */
	bool		all;			/* no role is needed: scan all events */
	unsigned	roles;
	KrolesArray events;
} EventSearch;

/* Adds the next events with a sufficient role now from one array of event grants, each once. */
static void
add_events(EventSearch *search, const KrolesEventGrant *events, int n)
{
	int64		left = search->max;
	int64		added = PG_INT64_MIN;

	for (int i = kroles_lower_bound(events, n, sizeof(KrolesEventGrant), search->from); i < n && left > 0; i++)
	{
		if (!(events[i].roles & search->roles) || !kroles_in_window(events[i].window, kroles_time()) ||
			(events[i].event_id == added && left < search->max))
			continue;
		added = events[i].event_id;
		*(int64 *) kroles_array_add(&search->events) = added;
		left--;
	}
}

/* The judge of about_events. */
static void
collect_events(KrolesBasis basis, const void *about, void *answer)
{
	EventSearch *search = answer;
	KrolesJudged judged;

	search->events.n = 0;
	search->all = false;
	if (!kroles_gather_subject(basis, search->who, &judged) || judged.subject.blocked)
		return;
	search->all = judged.subject.administrator;
	if (search->all || judged.user == NULL)
		return;
	search->roles = kroles_sufficient_grants(judged.matrices, &judged.subject, KROLES_EVENT, search->right).event_roles;
	add_events(search, judged.user->events, judged.user->nevents);
	for (int i = 0; i < judged.user->ngroups; i++)
	{
		const KrolesGroup *group = kroles_group(basis, judged.user->groups[i]);

		add_events(search, group->events, group->nevents);
	}
	kroles_sort_ids(&search->events);
}

static const KrolesQuestion about_events = {.judge = collect_events};

/* Lists events from the subject's roles; for administrators, by scanning all. */
void
kroles_list_events(KrolesListing *listing)
{
	EventSearch search = {.who = listing->who, .right = listing->right, .events = {.size = sizeof(int64)}};
	int64		n;

	do
	{
		search.from = listing->page.from;
		search.max = listing->page.left;
		(void) kroles_ask_on(KROLES_CURRENT, &about_events, NULL, &search);
		n = Min(search.events.n, search.max);
		for (int64 i = 0; i < n; i++)
		{
			int64		id = ((int64 *) search.events.items)[i];

			CHECK_FOR_INTERRUPTS();
			kroles_list_put_if_allowed(listing, id);
			kroles_page_passed(&listing->page, id);
		}
	} while (n == search.max && listing->page.left > 0);
	if (search.all)
		(void) kroles_list_scan(listing, PG_INT64_MAX);
}

/* ---- The page ---- */

/* How many objects are scanned for each row of a page before the index keys are made. */
#define SCAN_PER_ROW 5

/* Lists spaces, media or rooms. */
void
kroles_list_objects(KrolesListing *listing)
{
	if (listing->page.left == 0 ||
		(kroles_list_is_page(listing) && kroles_list_scan(listing, listing->page.left * SCAN_PER_ROW)))
		return;
	kroles_list_by_keys(listing);
}

/* Lists the site, which has no id: a row with NULL if the subject has the right. */
void
kroles_list_site(KrolesListing *listing)
{
	Datum		value = (Datum) 0;
	bool		isnull = true;

	if (listing->page.whole && listing->page.left > 0 &&
		(kroles_decide(listing->who, KROLES_SITE, 0).rights & listing->right))
		kroles_put_row(&listing->page, &value, &isnull);
}

/* Sets what follows from the arguments, and fills the page. */
static void
fill_page(KrolesListing *listing)
{
	listing->own = kroles_same_asker(kroles_asker(), listing->who);
	listing->right = KROLES_RIGHT(listing->action);
	kroles_kinds[listing->kind].list(listing);
}

/* Adds to an array of int64 the ids of all objects of a kind, which is not the site, on which the subject has the right. */
void
kroles_list_ids(KrolesAsker who, KrolesAction action, KrolesKind kind, KrolesArray *ids)
{
	KrolesListing listing = {
		.page = {.whole = true, .from = PG_INT64_MIN, .left = PG_INT64_MAX},
		.who = who, .action = action, .kind = kind, .ids = ids
	};

	fill_page(&listing);
}

/* kroles_list(action, kind [, after, max_rows]): the current subject's objects. */
PG_FUNCTION_INFO_V1(kroles_list);
Datum
kroles_list(PG_FUNCTION_ARGS)
{
	bool		paged = PG_NARGS() > 2;
	KrolesListing listing = {
		.who = kroles_asker(), .action = kroles_arg_action(fcinfo, 0), .kind = kroles_arg_kind(fcinfo, 1)
	};

	kroles_check_right_exists(listing.kind, listing.action);
	kroles_open_page(&listing.page, fcinfo, paged ? 2 : 0, paged ? 3 : 0);
	fill_page(&listing);
	return (Datum) 0;
}

/*
 * kroles_list(action, kind, user_id, after, max_rows): that user's objects; for
 * administrators, and about oneself.
 */
PG_FUNCTION_INFO_V1(kroles_list_user);
Datum
kroles_list_user(PG_FUNCTION_ARGS)
{
	KrolesListing listing = {
		.action = kroles_arg_action(fcinfo, 0), .kind = kroles_arg_kind(fcinfo, 1), .who = kroles_arg_user(fcinfo, 2)
	};

	kroles_check_right_exists(listing.kind, listing.action);
	kroles_check_may_ask(listing.who, KROLES_SITE, 0);
	kroles_open_page(&listing.page, fcinfo, 3, 4);
	fill_page(&listing);
	return (Datum) 0;
}
