/*
 * subject_view.h
 *		One subject in one world, as rls/filter.c keeps it: for rls/filter.c and side*.c alone.
 */
#ifndef KROLES_SIDE_H
#define KROLES_SIDE_H

#include "datatype/timestamp.h"

#include "decide/decide.h"

/*
 * The rights on the spaces met.  Only few sets of rights occur, so a space is one
 * byte: the number of its set.  Ids are small numbers as a rule, and then the
 * byte stands at the id's place in an array, which a processor keeps close by;
 * others are in a hash table.
 */
#define KROLES_MAX_SETS 255			/* beside 0, which is a space not met yet */

typedef struct KrolesSpacesMet
{
	int			nsets;			/* the one of number 0 included */
	KrolesRights sets[KROLES_MAX_SETS + 1];
	uint64		load;			/* highest number of the loads they rest on */
	int64		size;			/* of the array */
	uint8	   *near;
	struct far_hash *far;
} KrolesSpacesMet;

/* The subject in one world. */
typedef struct KrolesSide
{
	bool		ready;
	MemoryContext context;
	KrolesAsker who;
	bool		known;			/* there is such a subject */
	KrolesMatrices matrices;
	KrolesSubject subject;
	bool		same_everywhere;	/* of administrators, and of whoever is shut out */
	KrolesRights rights_everywhere; /* on media */
	int64		user_id;
	bool		is_person;
	int			ngroups;
	int64	   *groups;			/* ascending */
	int			nevents;
	KrolesEventGrant *events;	/* the user's own and the groups', ascending; one may come more than once */
	uint64		load;			/* highest number of the loads this rests on */
	KrolesSpacesMet spaces;
	struct varlena *sought;		/* what to look for in an index; NULL until asked */

	/* of "now": what it was made good for */
	TimestampTz made_at;
	TimestampTz expires_at;		/* when the next grant does */
	uint64		generation;
	uint64		epoch;
} KrolesSide;

extern KrolesSide kroles_sides[2];

/* ---- rls/subject_view.c ---- */

extern void kroles_make_side(KrolesWorld world, KrolesAsker who);
extern unsigned kroles_side_event_roles(const KrolesSide *side, int64 id);

/* ---- rls/space_rights.c ---- */

extern KrolesRights kroles_look_far(KrolesWorld world, int64 id);

/* The rights on a space. */
static inline KrolesRights
kroles_look_at_space(KrolesWorld world, int64 id)
{
	KrolesSpacesMet *spaces = &kroles_sides[world].spaces;

	if (likely((uint64) id < (uint64) spaces->size && spaces->near[id] != 0))
		return spaces->sets[spaces->near[id]];
	return kroles_look_far(world, id);
}

#endif
