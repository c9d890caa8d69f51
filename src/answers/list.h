/*
 * list.h
 *		kroles_list(): one page, and the functions in the table of kinds.
 */
#ifndef KROLES_LIST_H
#define KROLES_LIST_H

#include "core/asker.h"
#include "core/page.h"
#include "rules/rules.h"

typedef struct KrolesListing
{
	KrolesPage	page;
	KrolesAsker who;
	bool		own;			/* the asker asks about themselves */
	KrolesKind	kind;
	KrolesAction action;
	KrolesRights right;
} KrolesListing;

/* One per kind: see KrolesKindMethods.list. */
extern void kroles_list_site(KrolesListing *listing);
extern void kroles_list_objects(KrolesListing *listing);
extern void kroles_list_events(KrolesListing *listing);

#endif
