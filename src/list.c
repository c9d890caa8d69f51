/*
 * list.c
 *		kroles_list(): every object for which the answer is yes, in the order of
 *		ids, a page at a time.
 *
 * Two ways lead there.  Going through the objects and asking about each is quick
 * for whoever may do it to many of them: the page is soon full.  For whoever may
 * do it to few, what they are somebody on tells where to look (seek.c).  Which
 * it is, is seldom known beforehand, so a page is begun the first way, and where
 * that has led past many objects, is finished the second.
 *
 * Objects are found as the statement sees them, and each is judged in both
 * worlds, as ever: by the row's audience, as policies do, where somebody asks
 * about themselves; by kroles_decide() otherwise.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"

#include "asking.h"
#include "owner.h"
#include "page.h"
#include "reasons.h"
#include "scan.h"
#include "sight.h"

/* How many objects are gone through before one looks elsewhere, beside some for each row wanted. */
#define GO_THROUGH 1000
#define GO_THROUGH_A_ROW 10

typedef struct Listing
{
	KrolesPage	page;
	KrolesAsker who;
	bool		own;			/* somebody asks about themselves */
	KrolesKind	kind;
	KrolesAction action;
	KrolesRights right;
} Listing;

static void
put_id(Listing *listing, int64 id)
{
	Datum		value = Int64GetDatum(id);
	bool		isnull = false;

	kroles_put_row(&listing->page, &value, &isnull);
}

/* Puts an object on the page if the answer is yes. */
static void
judge_by_id(Listing *listing, int64 id)
{
	if (kroles_decide(listing->who, listing->kind, id).rights & listing->right)
		put_id(listing, id);
}

/* The same for a media, with the audience that its row has. */
static void
judge_media(Listing *listing, int64 id, Datum audience)
{
	struct varlena *value;

	if (!listing->own)
	{
		judge_by_id(listing, id);
		return;
	}
	value = PG_DETOAST_DATUM_PACKED(audience);
	if (kroles_sees(listing->right, value))
		put_id(listing, id);
	if (PointerGetDatum(value) != audience)
		pfree(value);
}

/* ---- Going through ---- */

/* Goes through so many objects at most, in order; true if these were all. */
static bool
go_through(Listing *listing, int64 most)
{
	bool		media = listing->kind == KROLES_MEDIA;
	bool		more;
	KrolesScan	scan;

	kroles_scan_from(&scan, media ? KROLES_T_MEDIA : KROLES_T_SPACES, media ? KROLES_I_MEDIA_ID : KROLES_I_SPACES_ID,
					 media ? MEDIA_ID : SPACES_ID, listing->page.from, GetActiveSnapshot());
	while ((more = listing->page.left > 0 && most-- > 0) && kroles_scan_next(&scan))
	{
		int64		id = kroles_scan_id(&scan, media ? MEDIA_ID : SPACES_ID);

		CHECK_FOR_INTERRUPTS();
		if (media)
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
	KrolesAsker who;
	KrolesRights right;
	KrolesRights approved;
	KrolesRights pending;
} Ways;

static void
judge_ways(KrolesWorld world, void *about, KrolesAnswer *answer)
{
	Ways	   *ways = about;
	KrolesJudged judged;

	ways->approved = ways->pending = 0;
	if (!kroles_gather_subject(world, ways->who, &judged))
		return;
	ways->approved = kroles_rights_through(judged.matrices, &judged.subject, ways->right, KROLES_TOKEN_APPROVED);
	ways->pending = kroles_rights_through(judged.matrices, &judged.subject, ways->right, KROLES_TOKEN_PENDING);
}

/* What to look for: tokens of every object for which the answer may be yes now. */
static struct varlena *
seek(const Listing *listing)
{
	Ways		ways = {.who = listing->who, .right = listing->right};
	KrolesAnswer ignored;

	if (listing->kind != KROLES_MEDIA)
		return kroles_seek_by(KROLES_NOW, listing->who, listing->right, 0, 0);
	(void) kroles_ask_in(KROLES_NOW, judge_ways, &ways, &ignored);
	return kroles_seek_by(KROLES_NOW, listing->who, ways.approved, ways.pending, KROLES_ANY_EVENT_ROLE);
}

static void
look_at_spaces(Listing *listing, struct varlena *sought)
{
	KrolesAudience tokens = kroles_open_audience(sought);

	for (int i = 0; i < tokens.n && listing->page.left > 0; i++)
	{
		KrolesToken token = kroles_token(&tokens, i);

		CHECK_FOR_INTERRUPTS();
		if (token.class == KROLES_TOKEN_APPROVED && token.id >= listing->page.from)
			judge_by_id(listing, token.id);
	}
}

static bool
take_media(void *arg, Datum *row)
{
	Listing    *listing = arg;

	judge_media(listing, DatumGetInt64(row[0]), row[1]);
	return listing->page.left > 0;
}

static void
look_at_media(Listing *listing, struct varlena *sought)
{
	static KrolesStatement statement = {
		.sql = "SELECT m.id, m.audience FROM kroles.media m "
		"WHERE m.audience OPERATOR(kroles.&&) $1 AND m.id OPERATOR(pg_catalog.>=) $2 "
		"ORDER BY m.id USING OPERATOR(pg_catalog.<)",
		.nargs = 2
	};
	Datum		args[2] = {PointerGetDatum(sought), Int64GetDatum(listing->page.from)};
	Oid			type = kroles_audience_type();

	/* the type is another one where the extension was made anew */
	if (statement.plan != NULL && statement.types[0] != type)
	{
		SPI_freeplan(statement.plan);
		statement.plan = NULL;
	}
	statement.types[0] = type;
	statement.types[1] = INT8OID;
	kroles_read_as_owner(&statement, args, take_media, listing);
}

/* ---- The question ---- */

static void
list_objects(Listing *listing)
{
	struct varlena *sought;

	if (listing->page.left < PG_INT64_MAX / GO_THROUGH_A_ROW - GO_THROUGH &&
		go_through(listing, GO_THROUGH + listing->page.left * GO_THROUGH_A_ROW))
		return;
	if (listing->page.left == 0)
		return;
	sought = seek(listing);
	if (kroles_seeks_everything(sought))
		(void) go_through(listing, PG_INT64_MAX);
	else if (listing->kind == KROLES_MEDIA)
		look_at_media(listing, sought);
	else
		look_at_spaces(listing, sought);
}

/* The site has no id: a NULL says that the answer is yes. */
static void
list_site(Listing *listing)
{
	Datum		value = (Datum) 0;
	bool		isnull = true;

	if (listing->page.whole && listing->page.left > 0 &&
		(kroles_decide(listing->who, KROLES_SITE, 0).rights & listing->right))
		kroles_put_row(&listing->page, &value, &isnull);
}

static void
list(Listing *listing)
{
	listing->own = kroles_same_asker(kroles_asker(), listing->who);
	listing->right = KROLES_RIGHT(listing->action);
	if (listing->kind == KROLES_SITE)
		list_site(listing);
	else
		list_objects(listing);
}

/* kroles_list(action, kind [, after, max_rows]): of the current subject. */
PG_FUNCTION_INFO_V1(kroles_list);
Datum
kroles_list(PG_FUNCTION_ARGS)
{
	bool		paged = PG_NARGS() > 2;
	Listing		listing = {
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
	Listing		listing = {
		.action = kroles_arg_action(fcinfo, 0), .kind = kroles_arg_kind(fcinfo, 1), .who = kroles_arg_user(fcinfo, 2)
	};

	kroles_check_right_exists(listing.kind, listing.action);
	kroles_check_may_ask(listing.who, KROLES_SITE, 0);
	kroles_open_page(&listing.page, fcinfo, 3, 4);
	list(&listing);
	return (Datum) 0;
}
