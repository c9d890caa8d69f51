/*
 * list_by_keys.c
 *		The objects of a list by the subject's index keys: for subjects with the
 *		right on few objects.
 *
 * Only keys of grants that give this right are used (rules/sufficient.c).  Spaces
 * are in the keys themselves.  For media and rooms, the index of audiences finds
 * the positions of the rows that have one of the keys, in no order.  So a page goes
 * on scanning for as long as the search would take.  Then it picks the rows found
 * from a scan by id, as long as that costs no more than reading all of them would;
 * otherwise they are read in the order of the table and sorted.
 *
 * The keys name more than the subject may have, never less: each object is judged
 * as in answers/list.c.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "answers/list.h"
#include "audience/audience.h"
#include "cache/question.h"
#include "decide/subject.h"
#include "rls/subject_keys.h"
#include "rules/sufficient.h"
#include "store/rows.h"

/* A list may use more keys than a scan under policies: it searches the index for few of them at a time. */
#define MAX_KEYS 10000

/* How many keys one search has: the work of a search grows with their number for each row found. */
#define KEYS_AT_ONCE 4

/*
 * How many rows judged by their audiences cost what searching the index for a key
 * does, and looking one object up and judging it.
 */
#define ROWS_PER_KEY 25
#define ROWS_PER_LOOKUP 10

/* With few keys as many, so that by chance nobody is taken for one who has the right on few. */
#define SCAN_AT_LEAST 250

/* A page that is going to be full after scanning this many rows is not worth a search for thousands of them. */
#define SCAN_TO_END 10000

/* How many entries of the index by id cost what reading one row and sorting it does. */
#define ENTRIES_PER_ROW 10

/* From what the index keys of a list are made. */
typedef struct SearchTerms
{
	const KrolesListing *listing;
	KrolesSufficient sufficient;
	KrolesArray joined;			/* int64: rooms that the subject has joined, which the keys may lack */
} SearchTerms;

/* ---- The keys ---- */

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
			*(int64 *) kroles_array_add(&terms->joined) = stays->stays[i].media_id;
	}
}

static const KrolesQuestion about_terms = {.judge = collect_terms};

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
	return kroles_subject_keys_by(basis, listing->who, &terms->sufficient, MAX_KEYS);
}

/* ---- Spaces ---- */

static void
put_spaces(KrolesListing *listing, const KrolesIndexKeys *keys)
{
	for (int i = 0; i < keys->n && listing->page.left > 0; i++)
	{
		KrolesAudienceEntry entry = kroles_index_key(keys, i);

		CHECK_FOR_INTERRUPTS();
		if (entry.class == KROLES_ENTRY_APPROVED && entry.id >= listing->page.from)
			kroles_list_put_if_allowed(listing, entry.id);
	}
}

/* ---- Media and rooms ---- */

/* The rows of media that have one of the keys, in the caller's memory; false if the index cannot tell. */
static bool
find_rows(const KrolesIndexKeys *keys, KrolesRows *rows)
{
	KrolesRowSearch *search;

	*rows = (KrolesRows) {0};
	if (keys->n == 0)
		return true;
	search = kroles_begin_rows(KROLES_T_MEDIA, KROLES_I_MEDIA_AUDIENCE, kroles_audience_type(), GetActiveSnapshot());
	if (search == NULL)
		return false;
	for (int i = 0; i < keys->n; i += KEYS_AT_ONCE)
	{
		KrolesAudienceEntry some[KEYS_AT_ONCE];
		int			n = Min(keys->n - i, KEYS_AT_ONCE);

		CHECK_FOR_INTERRUPTS();
		for (int j = 0; j < n; j++)
			some[j] = kroles_index_key(keys, i + j);
		kroles_add_rows(search, PointerGetDatum(kroles_make_index_keys(false, some, n)));
	}
	return kroles_end_rows(search, rows);
}

/*
 * Picks the rows from a scan by id.  True if the page is done or no row is left;
 * false if that would have cost more than reading all of them.
 */
static bool
pick_media_by_id(KrolesListing *listing, const KrolesRows *rows)
{
	KrolesScan	scan;
	bool		done;

	kroles_scan_from(&scan, KROLES_T_MEDIA, KROLES_I_MEDIA_ID, MEDIA_ID, listing->page.from, GetActiveSnapshot());
	kroles_scan_only(&scan, rows, (int64) rows->n * ENTRIES_PER_ROW);
	while (listing->page.left > 0 && kroles_scan_next(&scan))
	{
		int64		id = kroles_scan_id(&scan, MEDIA_ID);

		if (kroles_list_allows_media(listing, &scan))
			kroles_list_put(listing, id);
		kroles_page_passed(&listing->page, id);
	}
	done = !kroles_scan_gave_up(&scan);
	kroles_scan_end(&scan);
	return done;
}

/* Whether the scan's current row can be on the page; what is judged by the row is judged here. */
static bool
is_candidate(KrolesListing *listing, KrolesScan *scan)
{
	if (listing->kind == KROLES_ROOM)
		return kroles_has_room(kroles_scan_enum(scan, MEDIA_TYPE, KROLES_E_MEDIA_TYPE));
	return !listing->own || kroles_list_allows_media(listing, scan);
}

/* Adds the ids of the rows that can be on the page. */
static void
collect_ids(KrolesListing *listing, const KrolesRows *rows, KrolesArray *ids)
{
	KrolesScan	scan;

	kroles_scan_rows(&scan, KROLES_T_MEDIA, rows, GetActiveSnapshot());
	while (kroles_scan_next(&scan))
	{
		int64		id = kroles_scan_id(&scan, MEDIA_ID);

		CHECK_FOR_INTERRUPTS();
		if (id >= listing->page.from && is_candidate(listing, &scan))
			*(int64 *) kroles_array_add(ids) = id;
	}
	kroles_scan_end(&scan);
}

/* Reads all rows, adds the rooms that the subject has joined, and puts what is allowed on the page by id. */
static void
put_sorted(KrolesListing *listing, const KrolesRows *rows, const KrolesArray *joined)
{
	bool		judged = listing->kind == KROLES_MEDIA && listing->own;
	KrolesArray ids = {.size = sizeof(int64)};

	collect_ids(listing, rows, &ids);
	for (int i = 0; i < joined->n; i++)
		*(int64 *) kroles_array_add(&ids) = ((int64 *) joined->items)[i];
	kroles_sort_ids(&ids);
	for (int i = kroles_lower_bound(ids.items, ids.n, ids.size, listing->page.from); i < ids.n && listing->page.left > 0; i++)
	{
		int64		id = ((int64 *) ids.items)[i];

		CHECK_FOR_INTERRUPTS();
		if (judged)
			kroles_list_put(listing, id);
		else
			kroles_list_put_if_allowed(listing, id);
	}
}

/*
 * Scans on for as long as searching for the keys would take, and to the end of the
 * page if that is near by what has been found.  True if the page is done or no row
 * is left.
 */
static bool
scan_instead(KrolesListing *listing, int nkeys)
{
	int			cost = listing->own && listing->kind == KROLES_MEDIA ? 1 : ROWS_PER_LOOKUP;
	int64		rest;

	if (nkeys == 0)
		return false;
	if (kroles_list_scan(listing, Max((int64) nkeys * ROWS_PER_KEY, SCAN_AT_LEAST) / cost))
		return true;
	if (listing->found == 0)
		return false;
	/* as many more as the rest should take, and as much again, as they come by chance */
	rest = listing->scanned * listing->page.left / listing->found;
	return rest < SCAN_TO_END / cost && kroles_list_scan(listing, 2 * rest);
}

static void
put_media(KrolesListing *listing, const KrolesIndexKeys *keys, const KrolesArray *joined)
{
	KrolesRows	rows;

	if (kroles_list_is_page(listing) && scan_instead(listing, keys->n))
		return;
	if (!find_rows(keys, &rows))
		(void) kroles_list_scan(listing, PG_INT64_MAX);
	else if (listing->kind == KROLES_ROOM || !kroles_list_is_page(listing) || !pick_media_by_id(listing, &rows))
		put_sorted(listing, &rows, joined);
}

/* ---- The page ---- */

/*
 * Adds the objects that the index keys match.  Rows come from the statement's
 * snapshot, so the keys are made for it too; those of the current basis, which
 * is cached, serve if nothing has changed since.
 */
void
kroles_list_by_keys(KrolesListing *listing)
{
	SearchTerms terms = {.listing = listing, .joined = {.size = sizeof(int64)}};
	struct varlena *value = make_index_keys(listing, KROLES_CURRENT, &terms);
	KrolesIndexKeys keys;

	if (!snapshot_is_current())
		value = make_index_keys(listing, KROLES_SNAPSHOT, &terms);
	keys = kroles_open_index_keys(value);
	if (keys.everything)
		(void) kroles_list_scan(listing, PG_INT64_MAX);
	else if (listing->kind == KROLES_MEDIA || listing->kind == KROLES_ROOM)
		put_media(listing, &keys, &terms.joined);
	else
		put_spaces(listing, &keys);
}
