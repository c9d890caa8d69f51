/*
 * space_rights.c
 *		The rights of a side's subject on each space met.
 *
 * They live in the side's memory and are bounded by kroles.cache_size: where
 * there would be more, all are forgotten and met again.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "rls/subject_view.h"

#define MOST_NEAR (INT64CONST(1) << 28)	/* bytes of the array, whatever the setting */

typedef struct FarSpace
{
	int64		id;
	uint8		set;
	char		status;
} FarSpace;

#define SH_PREFIX far
#define SH_ELEMENT_TYPE FarSpace
#define SH_KEY_TYPE int64
#define SH_KEY id
#define SH_HASH_KEY(table, key) ((uint32) (((uint64) (key) * UINT64CONST(0x9E3779B97F4A7C15)) >> 32))
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct AboutSpace
{
	KrolesAsker who;
	int64		id;
} AboutSpace;

static void
judge_space(KrolesWorld world, void *arg, KrolesAnswer *answer)
{
	const AboutSpace *about = arg;
	KrolesContextualRole role;
	KrolesJudged judged;

	if (kroles_gather_subject(world, about->who, &judged))
		answer->rights = kroles_rights_in(&judged, kroles_space(world, about->id), &role);
}

/* How many bytes the spaces of a side may take. */
static int64
bound(void)
{
	return Min((int64) kroles_cache_size * 1024 / 4, MOST_NEAR);
}

static void
forget_spaces(KrolesSide *side)
{
	KrolesSpacesMet *spaces = &side->spaces;

	if (spaces->near != NULL)
		memset(spaces->near, 0, spaces->size);
	if (spaces->far != NULL)
		far_reset(spaces->far);
	spaces->nsets = 1;
}

/* The number of a set of rights; where there are too many, everything is forgotten first. */
static uint8
set_number(KrolesSide *side, KrolesRights rights)
{
	KrolesSpacesMet *spaces = &side->spaces;

	for (int i = 1; i < spaces->nsets; i++)
		if (spaces->sets[i] == rights)
			return i;
	if (spaces->nsets > KROLES_MAX_SETS)
		forget_spaces(side);
	spaces->sets[spaces->nsets] = rights;
	return spaces->nsets++;
}

/* Makes the array large enough for that id, which is within the bound. */
static void
grow_near(KrolesSide *side, int64 id)
{
	KrolesSpacesMet *spaces = &side->spaces;
	int64		size = Max(1024, spaces->size);
	uint8	   *larger;

	while (size <= id)
		size *= 2;
	larger = MemoryContextAllocZero(side->context, size);
	if (spaces->near != NULL)
	{
		memcpy(larger, spaces->near, spaces->size);
		pfree(spaces->near);
	}
	spaces->near = larger;
	spaces->size = size;
}

static void
keep_far(KrolesSide *side, int64 id, uint8 set)
{
	bool		found;

	if (side->spaces.far == NULL)
		side->spaces.far = far_create(side->context, 64, NULL);
	else if (side->spaces.far->members >= bound() / sizeof(FarSpace) / 2)
		far_reset(side->spaces.far);
	far_insert(side->spaces.far, id, &found)->set = set;
}

static void
keep_space(KrolesSide *side, int64 id, KrolesRights rights)
{
	uint8		set = set_number(side, rights);

	if (id < 0 || id >= bound())
	{
		keep_far(side, id, set);
		return;
	}
	if (id >= side->spaces.size)
		grow_near(side, id);
	side->spaces.near[id] = set;
}

/* Works out the rights on a space that was not met yet.  May leave the sides behind the present. */
static KrolesRights
meet_space(KrolesWorld world, int64 id)
{
	KrolesSide *side = &kroles_sides[world];
	AboutSpace	about = {side->who, id};
	KrolesAnswer answer;
	uint64		load = kroles_ask_in(world, judge_space, &about, &answer);

	side->spaces.load = Max(side->spaces.load, load);
	keep_space(side, id, answer.rights);
	return answer.rights;
}

/* The rights on a space that is not near at hand, or not met yet. */
KrolesRights
kroles_look_far(KrolesWorld world, int64 id)
{
	KrolesSpacesMet *spaces = &kroles_sides[world].spaces;
	FarSpace   *space = spaces->far == NULL ? NULL : far_lookup(spaces->far, id);

	return space == NULL ? meet_space(world, id) : spaces->sets[space->set];
}
