/*
 * subject_view.h
 *		One subject on one basis: for the files of this folder alone.
 */
#ifndef KROLES_SUBJECT_VIEW_H
#define KROLES_SUBJECT_VIEW_H

#include "datatype/timestamp.h"

#include "cache/cache.h"
#include "core/asker.h"
#include "decide/standing.h"
#include "rls/verdicts.h"

/*
 * The rights on spaces that were looked up.  Only few sets of rights occur, so a
 * space is one byte: the number of its set.  Small ids, the rule, are indexes into
 * an array, which stays in the processor's cache; large ids are in a hash table.
 */
#define KROLES_MAX_SETS 255			/* beside 0, a space that was not looked up yet */

typedef struct KrolesSpaceRights
{
	int			nsets;			/* the one of number 0 included */
	KrolesRights sets[KROLES_MAX_SETS + 1];
	KrolesRights from_approved[KROLES_MAX_SETS + 1];	/* rights on media approved in a space with that set */
	KrolesRights from_pending[KROLES_MAX_SETS + 1]; /* ... pending there */
	uint64		load;			/* highest number of the loads they rest on */
	int64		size;			/* of the array */
	uint8	   *by_small_id;
	struct large_ids_hash *by_large_id;
} KrolesSpaceRights;

/* The subject on one basis. */
typedef struct KrolesSubjectView
{
	bool		ready;
	uint64		number;			/* of the current basis: of this view alone */
	KrolesBasis basis;
	MemoryContext context;
	KrolesAsker who;
	bool		known;			/* there is such a subject */
	KrolesMatrices matrices;
	KrolesSubject subject;
	bool		same_everywhere;	/* administrators have all rights, and blocked users none */
	KrolesRights rights_everywhere; /* on media */
	KrolesRights from_role[KROLES_ENTRY_GROUP]; /* rights on media from a role on it */
	KrolesPrincipals principals;
	int			nevents;
	KrolesEventGrant *events;	/* the user's own and the groups', ascending; one may come more than once */
	uint64		load;			/* highest number of the loads this rests on */
	KrolesSpaceRights spaces;
	KrolesVerdicts verdicts;	/* on audiences: whether the subject may view the media */
	struct varlena *index_keys;		/* what to look for in an index; NULL until asked */

	/* of the current basis: until when it is true */
	KrolesStamp stamp;
	TimestampTz made_at;
	TimestampTz expires_at;		/* when the next of the windows that it rests on opens or closes */
} KrolesSubjectView;

extern KrolesSubjectView kroles_views[2];

/* ---- rls/subject_view.c ---- */

extern void kroles_make_view(KrolesBasis basis, KrolesAsker who);
extern void kroles_exchange_view(KrolesAsker who);
extern void kroles_add_view_principals(const KrolesSubjectView *view, KrolesArray *entries);
extern unsigned kroles_view_event_roles(const KrolesSubjectView *view, int64 id);

/* ---- rls/space_rights.c ---- */

extern KrolesRights kroles_find_space_rights(KrolesSubjectView *view, int64 id);

/* The rights on a space. */
static inline KrolesRights
kroles_view_space_rights(KrolesSubjectView *view, int64 id)
{
	KrolesSpaceRights *spaces = &view->spaces;

	if (likely((uint64) id < (uint64) spaces->size && spaces->by_small_id[id] != 0))
		return spaces->sets[spaces->by_small_id[id]];
	return kroles_find_space_rights(view, id);
}

#endif
