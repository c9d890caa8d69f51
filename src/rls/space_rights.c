/*
 * space_rights.c
 *		The rights of a view's subject on spaces.
 *
 * They live in the view's memory and are bounded by kroles.cache_size: when the
 * bound is reached, all are discarded and worked out again.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "cache/question.h"
#include "decide/subject.h"
#include "rls/subject_view.h"

#define MAX_ARRAY_BYTES (INT64CONST(1) << 28)	/* whatever the setting */

typedef struct LargeIdSpace
{
	int64		id;
	uint8		set;
	char		status;
} LargeIdSpace;

#define SH_PREFIX large_ids
#define SH_ELEMENT_TYPE LargeIdSpace
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

/* The most bytes that the rights on spaces of a view may take. */
static int64
max_array_bytes(void)
{
	return Min((int64) kroles_cache_size * 1024 / 4, MAX_ARRAY_BYTES);
}

static void
forget_spaces(KrolesSubjectView *view)
{
	KrolesSpaceRights *spaces = &view->spaces;

	if (spaces->by_small_id != NULL)
		memset(spaces->by_small_id, 0, spaces->size);
	if (spaces->by_large_id != NULL)
		large_ids_reset(spaces->by_large_id);
	spaces->nsets = 1;
}

/* The number of a set of rights; if there are too many sets, all rights are discarded first. */
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
	spaces->from_approved[spaces->nsets] = kroles_media_rights(&view->matrices, &view->subject,
															   &(KrolesMediaStanding) {.approved = rights});
	spaces->from_pending[spaces->nsets] = kroles_media_rights(&view->matrices, &view->subject,
															  &(KrolesMediaStanding) {.pending = rights});
	return spaces->nsets++;
}

/* Makes the array large enough for that id, which is within the bound. */
static void
grow_array(KrolesSubjectView *view, int64 id)
{
	KrolesSpaceRights *spaces = &view->spaces;
	int64		size = Max(1024, spaces->size);
	uint8	   *larger;

	while (size <= id)
		size *= 2;
	larger = MemoryContextAllocZero(view->context, size);
	if (spaces->by_small_id != NULL)
	{
		memcpy(larger, spaces->by_small_id, spaces->size);
		pfree(spaces->by_small_id);
	}
	spaces->by_small_id = larger;
	spaces->size = size;
}

static void
cache_large_id(KrolesSubjectView *view, int64 id, uint8 set)
{
	bool		found;

	if (view->spaces.by_large_id == NULL)
		view->spaces.by_large_id = large_ids_create(view->context, 64, NULL);
	else if (view->spaces.by_large_id->members >= max_array_bytes() / sizeof(LargeIdSpace) / 2)
		large_ids_reset(view->spaces.by_large_id);
	large_ids_insert(view->spaces.by_large_id, id, &found)->set = set;
}

static void
cache_space(KrolesSubjectView *view, int64 id, KrolesRights rights)
{
	uint8		set = set_number(view, rights);

	if (id < 0 || id >= max_array_bytes())
	{
		cache_large_id(view, id, set);
		return;
	}
	if (id >= view->spaces.size)
		grow_array(view, id);
	view->spaces.by_small_id[id] = set;
}

static const KrolesQuestion about_space = {sizeof(KrolesRights), judge_space};

/* Works out the rights on a space.  Accepts messages, so the views may be out of date afterwards. */
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

/* The rights on a space that is not in the array, or was not looked up yet. */
KrolesRights
kroles_find_space_rights(KrolesSubjectView *view, int64 id)
{
	KrolesSpaceRights *spaces = &view->spaces;
	LargeIdSpace *space = spaces->by_large_id == NULL ? NULL : large_ids_lookup(spaces->by_large_id, id);

	return space == NULL ? work_out_space(view, id) : spaces->sets[space->set];
}
