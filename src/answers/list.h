/*
 * list.h
 *		kroles_list(): one page, and the functions in the table of kinds.
 */
#ifndef KROLES_LIST_H
#define KROLES_LIST_H

#include "core/array.h"
#include "core/asker.h"
#include "core/page.h"
#include "rules/rules.h"
#include "store/scan.h"

typedef struct KrolesListing
{
	KrolesPage	page;
	KrolesAsker who;
	bool		own;			/* the asker asks about themselves */
	KrolesKind	kind;
	KrolesAction action;
	KrolesRights right;
	int64		scanned;		/* objects that were passed in order ... */
	int64		found;			/* ... and of these on the page */
	KrolesArray *ids;			/* collects the ids; NULL: they are rows of the page */
} KrolesListing;

/* One per kind: see KrolesKindMethods.list. */
extern void kroles_list_site(KrolesListing *listing);
extern void kroles_list_objects(KrolesListing *listing);
extern void kroles_list_events(KrolesListing *listing);

extern void kroles_list_ids(KrolesAsker who, KrolesAction action, KrolesKind kind, KrolesArray *ids);

/* ---- For list.c and list_by_keys.c ---- */

/* Whether a page is to be filled, not a whole list. */
static inline bool
kroles_list_is_page(const KrolesListing *listing)
{
	return listing->page.left < PG_INT32_MAX;
}

extern void kroles_list_put(KrolesListing *listing, int64 id);
extern void kroles_list_put_if_allowed(KrolesListing *listing, int64 id);
extern bool kroles_list_allows_media(KrolesListing *listing, KrolesScan *scan);
extern bool kroles_list_scan(KrolesListing *listing, int64 max);
extern void kroles_list_by_keys(KrolesListing *listing);

#endif
