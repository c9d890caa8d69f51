/*
 * list.c
 *		kroles_list(): every object for which the answer is yes, in the order of
 *		ids, a page at a time.
 *
 * Two ways lead there.  Going through the objects and asking about each is quick
 * for whoever may do it to many of them: the page is soon full.  For whoever may
 * do it to few, what they are somebody on tells where to look (rls/subject_keys.c).  Which
 * it is, is seldom known beforehand, so a page is begun the first way, and where
 * that has led past many objects, is finished the second.  In an event nobody has
 * a right but by a role there, and a person's are at hand.
 *
 * Objects are found as the statement sees them, and each is judged in both
 * bases, as ever: by the row's audience, as policies do, where somebody asks
 * about themselves; by kroles_decide() otherwise.
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

/* How many objects are gone through before one looks elsewhere, beside some for each row wanted. */
#define GO_THROUGH 1000
#define GO_THROUGH_A_ROW 10

static void
put_id(KrolesListing *listing, int64 id)
{
	Datum		value = Int64GetDatum(id);
	bool		isnull = false;

	kroles_put_row(&listing->page, &value, &isnull);
}

/* Puts an object on the page if the answer is yes. */
static void
judge_by_id(KrolesListing *listing, int64 id)
{
	if (kroles_decide(listing->who, listing->kind, id).rights & listing->right)
		put_id(listing, id);
}

/* The same for a media, with the audience that its row has. */
static void
judge_media(KrolesListing *listing, int64 id, Datum audience)
{
	struct varlena *value;

	if (!listing->own)
	{
		judge_by_id(listing, id);
		return;
	}
	value = PG_DETOAST_DATUM_PACKED(audience);
	if (kroles_filter_audience(listing->right, value))
		put_id(listing, id);
	if (PointerGetDatum(value) != audience)
		pfree(value);
}

/* ---- Going through ---- */

/* Goes through so many objects at most, in order; true if these were all. */
static bool
go_through(KrolesListing *listing, int64 most)
{
	const KrolesKindMethods *kind = &kroles_kinds[listing->kind];
	bool		more;
	KrolesScan	scan;

	kroles_scan_from(&scan, kind->table, kind->by_id, kind->id, listing->page.from, GetActiveSnapshot());
	while ((more = listing->page.left > 0 && most-- > 0) && kroles_scan_next(&scan))
	{
		int64		id = kroles_scan_id(&scan, kind->id);

		CHECK_FOR_INTERRUPTS();
		if (listing->kind == KROLES_MEDIA)
			judge_media(listing, id, kroles_scan_value(&scan, MEDIA_AUDIENCE));
		else
			judge_by_id(listing, id);
		kroles_page_passed(&listing->page, id);
	}
	kroles_scan_end(&scan);
	return more || listing->page.left == 0;
}

/* ---- Where the subject is somebody ---- */

typedef struct Ways
{
	const KrolesListing *listing;
	KrolesSufficient sufficient;
	KrolesArray joined;		/* rooms, whose rights may be all that is left */
} Ways;

/* A judge that finds out what to look for media by. */
static void
judge_ways(KrolesBasis basis, const void *about, void *answer)
{
	Ways	   *ways = answer;
	const KrolesListing *listing = ways->listing;
	KrolesJudged judged;

	ways->sufficient = (KrolesSufficient) {0};
	ways->joined.n = 0;
	if (!kroles_gather_subject(basis, listing->who, &judged))
		return;
	ways->sufficient = kroles_sufficient_grants(judged.matrices, &judged.subject, listing->kind, listing->right);
	if (listing->kind == KROLES_ROOM && judged.user != NULL)
	{
		const KrolesStays *stays = kroles_stays(basis, judged.user->head.id);

		for (int i = 0; i < stays->n; i++)
			*(Datum *) kroles_array_add(&ways->joined) = Int64GetDatum(stays->stays[i].media_id);
	}
}

static const KrolesQuestion about_ways = {.judge = judge_ways};

static void
look_at_spaces(KrolesListing *listing, struct varlena *wanted_keys)
{
	KrolesIndexKeys entries = kroles_open_index_keys(wanted_keys);

	for (int i = 0; i < entries.n && listing->page.left > 0; i++)
	{
		KrolesAudienceEntry entry = kroles_index_key(&entries, i);

		CHECK_FOR_INTERRUPTS();
		if (entry.class == KROLES_ENTRY_APPROVED && entry.id >= listing->page.from)
			judge_by_id(listing, entry.id);
	}
}

static bool
take_media(void *arg, Datum *row)
{
	KrolesListing    *listing = arg;

	judge_media(listing, DatumGetInt64(row[0]), row[1]);
	return listing->page.left > 0;
}

static bool
take_room(void *arg, Datum *row)
{
	KrolesListing    *listing = arg;

	judge_by_id(listing, DatumGetInt64(row[0]));
	return listing->page.left > 0;
}

/* Reads a query whose first argument is an audience; that type is another one where the extension was made anew. */
static void
read_by_audience(KrolesStatement *statement, Datum *args, KrolesTakeRow take, KrolesListing *listing)
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
look_at_media(KrolesListing *listing, struct varlena *wanted_keys)
{
	static KrolesStatement statement = {
		.sql = "SELECT m.id, m.audience FROM kroles.media m "
		"WHERE m.audience OPERATOR(kroles.&&) $1 AND m.id OPERATOR(pg_catalog.>=) $2 "
		"ORDER BY m.id USING OPERATOR(pg_catalog.<)",
		.nargs = 2, .types = {InvalidOid, INT8OID}
	};
	Datum		args[2] = {PointerGetDatum(wanted_keys), Int64GetDatum(listing->page.from)};

	read_by_audience(&statement, args, take_media, listing);
}

static void
look_at_rooms(KrolesListing *listing, struct varlena *wanted_keys, const KrolesArray *joined)
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
	Datum		args[3] = {PointerGetDatum(wanted_keys), Int64GetDatum(listing->page.from), PointerGetDatum(rooms)};

	read_by_audience(&statement, args, take_room, listing);
}

/* Whether what is true now was true when the statement's snapshot was taken. */
static bool
is_quiet(void)
{
	for (int class = 0; class < KROLES_NCLASSES; class++)
		if (!kroles_question_quiet(class))
			return false;
	return true;
}

/* What to look for, on one basis. */
static struct varlena *
seek(const KrolesListing *listing, KrolesBasis basis, Ways *ways)
{
	if (listing->kind == KROLES_MEDIA || listing->kind == KROLES_ROOM)
		(void) kroles_ask_on(basis, &about_ways, NULL, ways);
	else
		ways->sufficient.approved = listing->right;
	return kroles_subject_keys_by(basis, listing->who, ways->sufficient.approved, ways->sufficient.pending, ways->sufficient.event_roles);
}

/*
 * Lists what is found where the subject is somebody: as the statement sees it,
 * for so are the rows.  What is true now is in the cache, and mostly the same.
 */
static void
look_around(KrolesListing *listing)
{
	Ways		ways = {.listing = listing, .joined = {.size = sizeof(Datum)}};
	struct varlena *wanted_keys = seek(listing, KROLES_CURRENT, &ways);

	if (!is_quiet())
		wanted_keys = seek(listing, KROLES_SNAPSHOT, &ways);
	if (kroles_open_index_keys(wanted_keys).everything)
		(void) go_through(listing, PG_INT64_MAX);
	else if (listing->kind == KROLES_MEDIA)
		look_at_media(listing, wanted_keys);
	else if (listing->kind == KROLES_ROOM)
		look_at_rooms(listing, wanted_keys, &ways.joined);
	else
		look_at_spaces(listing, wanted_keys);
}

/* ---- Events ---- */

/* The next events in which the subject has a role that may do. */
typedef struct Invitations
{
	KrolesAsker who;
	KrolesRights right;
	int64		from;
	int64		most;			/* that are wanted */
	bool		all;			/* whatever there is: it takes no role */
	unsigned	roles;
	KrolesArray events;
} Invitations;

static void
add_events(Invitations *next, const KrolesEventGrant *events, int n)
{
	int64		wanted = next->most;

	for (int i = kroles_lower_bound(events, n, sizeof(KrolesEventGrant), next->from); i < n && wanted > 0; i++)
	{
		if (!(events[i].roles & next->roles))
			continue;
		*(int64 *) kroles_array_add(&next->events) = events[i].event_id;
		wanted--;
	}
}

static void
judge_invitations(KrolesBasis basis, const void *about, void *answer)
{
	Invitations *next = answer;
	KrolesJudged judged;

	next->events.n = 0;
	next->all = false;
	if (!kroles_gather_subject(basis, next->who, &judged) || judged.subject.blocked)
		return;
	next->all = judged.subject.administrator;
	if (next->all || judged.user == NULL)
		return;
	next->roles = kroles_sufficient_grants(judged.matrices, &judged.subject, KROLES_EVENT, next->right).event_roles;
	add_events(next, judged.user->events, judged.user->nevents);
	for (int i = 0; i < judged.user->ngroups; i++)
	{
		const KrolesGroup *group = kroles_group(basis, judged.user->groups[i]);

		add_events(next, group->events, group->nevents);
	}
	kroles_sort_ids(&next->events);
}

static const KrolesQuestion about_invitations = {.judge = judge_invitations};

/* Nobody has a right on an event but by a role there, and the roles of a person are at hand. */
void
kroles_list_events(KrolesListing *listing)
{
	Invitations next = {.who = listing->who, .right = listing->right, .events = {.size = sizeof(int64)}};
	int64		n;

	do
	{
		next.from = listing->page.from;
		next.most = listing->page.left;
		(void) kroles_ask_on(KROLES_CURRENT, &about_invitations, NULL, &next);
		n = Min(next.events.n, next.most);
		for (int64 i = 0; i < n; i++)
		{
			int64		id = ((int64 *) next.events.items)[i];

			CHECK_FOR_INTERRUPTS();
			judge_by_id(listing, id);
			kroles_page_passed(&listing->page, id);
		}
	} while (n == next.most && listing->page.left > 0);
	if (next.all)
		(void) go_through(listing, PG_INT64_MAX);
}

/* ---- The question ---- */

void
kroles_list_objects(KrolesListing *listing)
{
	if (listing->page.left < PG_INT64_MAX / GO_THROUGH_A_ROW - GO_THROUGH &&
		go_through(listing, GO_THROUGH + listing->page.left * GO_THROUGH_A_ROW))
		return;
	if (listing->page.left > 0)
		look_around(listing);
}

/* The site has no id: a NULL says that the answer is yes. */
void
kroles_list_site(KrolesListing *listing)
{
	Datum		value = (Datum) 0;
	bool		isnull = true;

	if (listing->page.whole && listing->page.left > 0 &&
		(kroles_decide(listing->who, KROLES_SITE, 0).rights & listing->right))
		kroles_put_row(&listing->page, &value, &isnull);
}

static void
list(KrolesListing *listing)
{
	listing->own = kroles_same_asker(kroles_asker(), listing->who);
	listing->right = KROLES_RIGHT(listing->action);
	kroles_kinds[listing->kind].list(listing);
}

/* kroles_list(action, kind [, after, max_rows]): of the current subject. */
PG_FUNCTION_INFO_V1(kroles_list);
Datum
kroles_list(PG_FUNCTION_ARGS)
{
	bool		paged = PG_NARGS() > 2;
	KrolesListing		listing = {
		.who = kroles_asker(), .action = kroles_arg_action(fcinfo, 0), .kind = kroles_arg_kind(fcinfo, 1)
	};

	kroles_check_right_exists(listing.kind, listing.action);
	kroles_open_page(&listing.page, fcinfo, paged ? 2 : 0, paged ? 3 : 0);
	list(&listing);
	return (Datum) 0;
}

/* kroles_list(action, kind, user_id, after, max_rows): of that user; by administrators, and about oneself. */
PG_FUNCTION_INFO_V1(kroles_list_user);
Datum
kroles_list_user(PG_FUNCTION_ARGS)
{
	KrolesListing		listing = {
		.action = kroles_arg_action(fcinfo, 0), .kind = kroles_arg_kind(fcinfo, 1), .who = kroles_arg_user(fcinfo, 2)
	};

	kroles_check_right_exists(listing.kind, listing.action);
	kroles_check_may_ask(listing.who, KROLES_SITE, 0);
	kroles_open_page(&listing.page, fcinfo, 3, 4);
	list(&listing);
	return (Datum) 0;
}
