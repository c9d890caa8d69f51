/*
 * kinds.h
 *		The table of kinds: all that differs between kinds of objects, and
 *		between the classes of entries that are read of them.
 *
 * The table is in src/kinds.c, above all folders, as it names functions of most.
 * A kind without a function has nothing to do there.
 */
#ifndef KROLES_KINDS_H
#define KROLES_KINDS_H

#include "utils/snapshot.h"

#include "cache/question.h"
#include "store/catalog.h"

struct KrolesJudged;
struct KrolesExplainContext;
struct KrolesCandidates;
struct KrolesListing;

#define KROLES_MAX_ARRAYS 4

/* A class of entries. */
typedef struct KrolesClassMethods
{
	const char *name;			/* in arguments of triggers */
	const char *plural;			/* in kroles_cache_stats() */
	Size		size;			/* of an entry */
	long		expected;		/* entries to make room for at first */
	void		(*load) (KrolesCacheEntry *entry, Snapshot snapshot);	/* reads the object; on error the entry is unusable */
	void		(*load_past) (KrolesCacheEntry *entry, Snapshot snapshot);	/* the same for how it was; NULL: "load" does both */
	int			narrays;
	Size		arrays[KROLES_MAX_ARRAYS];	/* offsets of pointers to arrays that the entry owns */
} KrolesClassMethods;

/* A kind of object. */
typedef struct KrolesKindMethods
{
	/* The table with its rows; none for the site, which has no ids. */
	bool		has_ids;
	KrolesTableId table;
	KrolesIndexId by_id;		/* an index of the rows of the kind, in the order of ids */
	int			id;				/* the column */
	KrolesIndexId by_external_id;
	int			external_id;	/* the column */

	/* The roles in kroles.role_rights, and the product's words for a role on an object. */
	const char *const *roles;
	int			nroles;
	const char *const *product_roles;

	/* decide: fills in what the judged may do; nothing for no object of that id and kind */
	void		(*judge) (const struct KrolesJudged *judged, int64 id, KrolesAnswer *answer);

	/* kroles_list(): lists the rest of the page */
	void		(*list) (struct KrolesListing *listing);

	/* kroles_who_can(): adds the users and groups who may have the right */
	void		(*find_candidates) (struct KrolesCandidates *candidates);

	/*
	 * kroles_explain(): finds the object; adds reasons; gives the rights of the
	 * judged as another subject with one more role (-1: none)
	 */
	bool		(*find) (struct KrolesExplainContext *context);
	void		(*explain) (struct KrolesExplainContext *context);
	KrolesRights (*rights_with) (const struct KrolesExplainContext *context, const KrolesSubject *subject, int role);
	int			nremedies;		/* roles that explanations propose */
	bool		roles_on_media; /* the roles that give a right there are those on the media */

	/* guards: one of these rights on the site is necessary to make one */
	KrolesRights made_with;
} KrolesKindMethods;

extern const KrolesClassMethods kroles_classes[KROLES_NCLASSES];
extern const KrolesKindMethods kroles_kinds[KROLES_NKINDS];

/* The label of a product role on an object of that kind; NULL for none. */
static inline const char *
kroles_product_role_label(KrolesKind kind, KrolesProductRole role)
{
	return kroles_kinds[kind].product_roles[role];
}

#endif
