/*
 * list.c
 *		kroles_list(): all objects on which a subject has a right, ordered by id,
 *		a page at a time.
 *
 * Scanning the objects and judging each fills the page soon if the subject has
 * the right on many of them.  If on few, the subject's index keys
 * (rls/subject_keys.c) locate them.  Which case applies is seldom known, so a page
 * starts with a scan and, if that has passed many objects, goes on with the index
 * keys.  Events are listed from the subject's roles, which are in the cache, as
 * only those give rights on events.
 *
 * Rows come from the statement's snapshot, and each object is judged on both
 * bases: media by the row's audience, as in policies, if the asker asks about
 * themselves; all else by kroles_decide().
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/snapmgr.h"

#include "answers/arguments.h"
#include "answers/list.h"
#include "cache/kinds.h"
#include "decide/decide.h"
#include "decide/subject.h"
#include "identity/as_owner.h"
#include "identity/identity.h"
#include "rls/filter.h"
#include "rls/subject_keys.h"
#include "rules/sufficient.h"
#include "store/scan.h"

/*
 * How many objects are scanned before the index keys are used: a minimum, and
 * more for each row of the page.
 */
#define SCAN_AT_LEAST 1000
#define SCAN_PER_ROW 10

static void
put_id(KrolesListing *listing, int64 id)
{
	Datum		value = Int64GetDatum(id);
	bool		isnull = false;

	kroles_put_row(&listing->page, &value, &isnull);
}

/* Adds an object to the page if the subject has the right. */
static void
put_object_if_allowed(KrolesListing *listing, int64 id)
{
	if (kroles_decide(listing->who, listing->kind, id).rights & listing->right)
		put_id(listing, id);
}

/*
 * Adds a media to the page if the subject has the right; audience is that of
 * the row.
 */
static void
put_media_if_allowed(KrolesListing *listing, int64 id, Datum audience)
{
	struct varlena *value;

	if (!listing->own)
	{
		put_object_if_allowed(listing, id);
		return;
	}
	value = PG_DETOAST_DATUM_PACKED(audience);
	if (kroles_filter_audience(listing->right, value))
		put_id(listing, id);
	if (PointerGetDatum(value) != audience)
		pfree(value);
}

/* ---- By scanning the objects ---- */

/*
 * Scans at most max objects, by id; true if the page is done or no object is
 * left.
 */
static bool
scan_objects(KrolesListing *listing, int64 max)
{
	const KrolesKindMethods *kind = &kroles_kinds[listing->kind];
	bool		more;
	KrolesScan	scan;

	kroles_scan_from(&scan, kind->table, kind->by_id, kind->id, listing->page.from, GetActiveSnapshot());
	while ((more = listing->page.left > 0 && max-- > 0) && kroles_scan_next(&scan))
	{
		int64		id = kroles_scan_id(&scan, kind->id);

		CHECK_FOR_INTERRUPTS();
		if (listing->kind == KROLES_MEDIA)
			put_media_if_allowed(listing, id, kroles_scan_value(&scan, MEDIA_AUDIENCE));
		else
			put_object_if_allowed(listing, id);
		kroles_page_passed(&listing->page, id);
	}
	kroles_scan_end(&scan);
	return more || listing->page.left == 0;
}

/* ---- By the subject's index keys ---- */

/* From what the index keys of a list of media or rooms are made. */
typedef struct SearchTerms
{
	const KrolesListing *listing;
	KrolesSufficient sufficient;
	KrolesArray joined;			/* Datums: rooms that the subject has joined, which the keys may lack */
} SearchTerms;

/* The judge of about_terms. */
static void
collect_terms(KrolesBasis basis, const void *about, void *answer)
{
	SearchTerms *terms = answer;
	const KrolesListing *listing = terms->listing;
	KrolesJudged judged;

	terms->sufficient = (KrolesSufficient) {0};
	terms->joined.n = 0;
	if (!kroles_gather_subject(basis, listing->who, &judged))
		return;
	terms->sufficient = kroles_sufficient_grants(judged.matrices, &judged.subject, listing->kind, listing->right);
	if (listing->kind == KROLES_ROOM && judged.user != NULL)
	{
		const KrolesStays *stays = kroles_stays(basis, judged.user->head.id);

		for (int i = 0; i < stays->n; i++)
			*(Datum *) kroles_array_add(&terms->joined) = Int64GetDatum(stays->stays[i].media_id);
	}
}

static const KrolesQuestion about_terms = {.judge = collect_terms};

static void
put_spaces_by_keys(KrolesListing *listing, struct varlena *index_keys)
{
	KrolesIndexKeys keys = kroles_open_index_keys(index_keys);

	for (int i = 0; i < keys.n && listing->page.left > 0; i++)
	{
		KrolesAudienceEntry entry = kroles_index_key(&keys, i);

		CHECK_FOR_INTERRUPTS();
		if (entry.class == KROLES_ENTRY_APPROVED && entry.id >= listing->page.from)
			put_object_if_allowed(listing, entry.id);
	}
}

/* A row of the query for media; true for more. */
static bool
put_media_row(void *arg, Datum *row)
{
	KrolesListing *listing = arg;

	put_media_if_allowed(listing, DatumGetInt64(row[0]), row[1]);
	return listing->page.left > 0;
}

/* A row of the query for rooms; true for more. */
static bool
put_room_row(void *arg, Datum *row)
{
	KrolesListing *listing = arg;

	put_object_if_allowed(listing, DatumGetInt64(row[0]));
	return listing->page.left > 0;
}

/*
 * Reads a query whose first argument is of the audience type.  If the extension
 * was recreated, the type's OID has changed and the plan is made anew.
 */
static void
read_by_index_keys(KrolesStatement *statement, Datum *args, KrolesTakeRow take, KrolesListing *listing)
{
	Oid			type = kroles_audience_type();

	if (statement->plan != NULL && statement->types[0] != type)
	{
		SPI_freeplan(statement->plan);
		statement->plan = NULL;
	}
	statement->types[0] = type;
	kroles_read_as_owner(statement, args, take, listing);
}

static void
put_media_by_keys(KrolesListing *listing, struct varlena *index_keys)
{
	static KrolesStatement statement = {
		.sql = "SELECT m.id, m.audience FROM kroles.media m "
		"WHERE m.audience OPERATOR(kroles.&&) $1 AND m.id OPERATOR(pg_catalog.>=) $2 "
		"ORDER BY m.id USING OPERATOR(pg_catalog.<)",
		.nargs = 2, .types = {InvalidOid, INT8OID}
	};
	Datum		args[2] = {PointerGetDatum(index_keys), Int64GetDatum(listing->page.from)};

	read_by_index_keys(&statement, args, put_media_row, listing);
}

static void
put_rooms_by_keys(KrolesListing *listing, struct varlena *index_keys, const KrolesArray *joined)
{
	static KrolesStatement statement = {
		.sql = "SELECT m.id FROM kroles.media m "
		"WHERE (m.audience OPERATOR(kroles.&&) $1 OR m.id OPERATOR(pg_catalog.=) ANY ($3)) "
		"AND m.id OPERATOR(pg_catalog.>=) $2 "
		"AND m.type OPERATOR(pg_catalog.=) ANY ('{live, room}'::kroles.media_type[]) "
		"ORDER BY m.id USING OPERATOR(pg_catalog.<)",
		.nargs = 3, .types = {InvalidOid, INT8OID, INT8ARRAYOID}
	};
	ArrayType  *rooms = construct_array((Datum *) joined->items, joined->n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
										TYPALIGN_DOUBLE);
	Datum		args[3] = {PointerGetDatum(index_keys), Int64GetDatum(listing->page.from), PointerGetDatum(rooms)};

	read_by_index_keys(&statement, args, put_room_row, listing);
}

/*
 * Whether no class of entries has changed since the statement's snapshot was
 * taken.
 */
static bool
snapshot_is_current(void)
{
	for (int class = 0; class < KROLES_NCLASSES; class++)
		if (!kroles_question_quiet(class))
			return false;
	return true;
}

/*
 * The subject's index keys for the right on one basis, in the caller's memory;
 * also sets the terms.
 */
static struct varlena *
make_index_keys(const KrolesListing *listing, KrolesBasis basis, SearchTerms *terms)
{
	if (listing->kind == KROLES_MEDIA || listing->kind == KROLES_ROOM)
		(void) kroles_ask_on(basis, &about_terms, NULL, terms);
	else
		terms->sufficient.approved = listing->right;
	return kroles_subject_keys_by(basis, listing->who, terms->sufficient.approved, terms->sufficient.pending,
								  terms->sufficient.event_roles);
}

/*
 * Adds the objects that the index keys match.  Rows come from the statement's
 * snapshot, so the keys are made for it too; those of the current basis, which
 * is cached, serve if nothing has changed since.
 */
static void
put_objects_by_keys(KrolesListing *listing)
{
	SearchTerms terms = {.listing = listing, .joined = {.size = sizeof(Datum)}};
	struct varlena *index_keys = make_index_keys(listing, KROLES_CURRENT, &terms);

	if (!snapshot_is_current())
		index_keys = make_index_keys(listing, KROLES_SNAPSHOT, &terms);
	if (kroles_open_index_keys(index_keys).everything)
		(void) scan_objects(listing, PG_INT64_MAX);
	else if (listing->kind == KROLES_MEDIA)
		put_media_by_keys(listing, index_keys);
	else if (listing->kind == KROLES_ROOM)
		put_rooms_by_keys(listing, index_keys, &terms.joined);
	else
		put_spaces_by_keys(listing, index_keys);
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

/* Adds the next events with a sufficient role from one array of event grants. */
static void
add_events(EventSearch *search, const KrolesEventGrant *events, int n)
{
	int64		left = search->max;

	for (int i = kroles_lower_bound(events, n, sizeof(KrolesEventGrant), search->from); i < n && left > 0; i++)
	{
		if (!(events[i].roles & search->roles))
			continue;
		*(int64 *) kroles_array_add(&search->events) = events[i].event_id;
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
			put_object_if_allowed(listing, id);
			kroles_page_passed(&listing->page, id);
		}
	} while (n == search.max && listing->page.left > 0);
	if (search.all)
		(void) scan_objects(listing, PG_INT64_MAX);
}

/* ---- The page ---- */

/* Lists spaces, media or rooms. */
void
kroles_list_objects(KrolesListing *listing)
{
	if (listing->page.left < PG_INT64_MAX / SCAN_PER_ROW - SCAN_AT_LEAST &&
		scan_objects(listing, SCAN_AT_LEAST + listing->page.left * SCAN_PER_ROW))
		return;
	if (listing->page.left > 0)
		put_objects_by_keys(listing);
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
