/*
 * space_rights.c
 *		The rights of a view's subject on each space met.
 *
 * They live in the view's memory and are bounded by kroles.cache_size: where
 * there would be more, all are forgotten and met again.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "cache/question.h"
#include "decide/subject.h"
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
judge_space(KrolesBasis basis, const void *arg, void *rights)
{
	const AboutSpace *about = arg;
	KrolesContextualRole role;
	KrolesJudged judged;

	if (kroles_gather_subject(basis, about->who, &judged))
		*(KrolesRights *) rights = kroles_rights_in(&judged, kroles_space(basis, about->id), &role);
}

/* How many bytes the spaces of a view may take. */
static int64
bound(void)
{
	return Min((int64) kroles_cache_size * 1024 / 4, MOST_NEAR);
}

static void
forget_spaces(KrolesSubjectView *view)
{
	KrolesSpaceRights *spaces = &view->spaces;

	if (spaces->near != NULL)
		memset(spaces->near, 0, spaces->size);
	if (spaces->far != NULL)
		far_reset(spaces->far);
	spaces->nsets = 1;
}

/* The number of a set of rights; where there are too many, everything is forgotten first. */
static uint8
set_number(KrolesSubjectView *view, KrolesRights rights)
{
	KrolesSpaceRights *spaces = &view->spaces;

	for (int i = 1; i < spaces->nsets; i++)
		if (spaces->sets[i] == rights)
			return i;
	if (spaces->nsets > KROLES_MAX_SETS)
		forget_spaces(view);
	spaces->sets[spaces->nsets] = rights;
	return spaces->nsets++;
}

/* Makes the array large enough for that id, which is within the bound. */
static void
grow_near(KrolesSubjectView *view, int64 id)
{
	KrolesSpaceRights *spaces = &view->spaces;
	int64		size = Max(1024, spaces->size);
	uint8	   *larger;

	while (size <= id)
		size *= 2;
	larger = MemoryContextAllocZero(view->context, size);
	if (spaces->near != NULL)
	{
		memcpy(larger, spaces->near, spaces->size);
		pfree(spaces->near);
	}
	spaces->near = larger;
	spaces->size = size;
}

static void
cache_far(KrolesSubjectView *view, int64 id, uint8 set)
{
	bool		found;

	if (view->spaces.far == NULL)
		view->spaces.far = far_create(view->context, 64, NULL);
	else if (view->spaces.far->members >= bound() / sizeof(FarSpace) / 2)
		far_reset(view->spaces.far);
	far_insert(view->spaces.far, id, &found)->set = set;
}

static void
cache_space(KrolesSubjectView *view, int64 id, KrolesRights rights)
{
	uint8		set = set_number(view, rights);

	if (id < 0 || id >= bound())
	{
		cache_far(view, id, set);
		return;
	}
	if (id >= view->spaces.size)
		grow_near(view, id);
	view->spaces.near[id] = set;
}

static const KrolesQuestion about_space = {sizeof(KrolesRights), judge_space};

/* Works out the rights on a space that was not met yet.  May leave the views behind the present. */
static KrolesRights
work_out_space(KrolesSubjectView *view, int64 id)
{
	AboutSpace	about = {view->who, id};
	KrolesRights rights;
	uint64		load = kroles_ask_on(view->basis, &about_space, &about, &rights);

	view->spaces.load = Max(view->spaces.load, load);
	cache_space(view, id, rights);
	return rights;
}

/* The rights on a space that is not near at hand, or not met yet. */
KrolesRights
kroles_find_space_rights(KrolesSubjectView *view, int64 id)
{
	KrolesSpaceRights *spaces = &view->spaces;
	FarSpace   *space = spaces->far == NULL ? NULL : far_lookup(spaces->far, id);

	return space == NULL ? work_out_space(view, id) : spaces->sets[space->set];
}
