/*
 * differences.c
 *		All differences that the changes of a transaction make, object by object.
 *
 * First the site, spaces and events are compared; then the media of the spaces on which
 * somebody's rights differ, and those that were changed themselves.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "decide/decide.h"
#include "preview/differences.h"
#include "preview/seeds.h"

/* ---- The site, spaces and events ---- */

static void
add_object_case(KrolesCases *cases, KrolesKind kind, int64 id)
{
	KrolesCase *object = kroles_array_add(&cases->cases);
	KrolesPair *pair = kroles_array_add(&cases->pairs);

	*object = (KrolesCase) {.kind = kind, .id = id};
	memset(pair, 0, sizeof(*pair));
	pair->cases[KROLES_BEFORE] = pair->cases[KROLES_AFTER] = cases->cases.n - 1;
	pair->differences.size = pair->room_differences.size = sizeof(KrolesDifference);
}

/* Adds the targets to the cases of all users, or to those of the users of concern. */
static void
add_target_cases(const KrolesConcern *concern, HTAB *targets, KrolesCases *few, KrolesCases *all)
{
	HASH_SEQ_STATUS status;
	KrolesTarget *target;

	hash_seq_init(&status, targets);
	while ((target = hash_seq_search(&status)) != NULL)
		add_object_case(concern->everyone || target->everyone ? all : few, target->key.kind, target->key.id);
}

/* Differences that are to be shared, with their numbers. */
static KrolesShared *
share(KrolesDifferences *differences, KrolesArray *items)
{
	KrolesShared *shared = palloc0(sizeof(KrolesShared));

	shared->items = *items;
	for (int i = 0; i < items->n; i++)
	{
		const KrolesDifference *difference = &((KrolesDifference *) items->items)[i];
		KrolesRights before = difference->rights[KROLES_BEFORE];
		KrolesRights after = difference->rights[KROLES_AFTER];

		for (int action = 0; action < KROLES_NACTIONS; action++)
		{
			shared->gained[action] += (after & ~before & KROLES_RIGHT(action)) != 0;
			shared->lost[action] += (before & ~after & KROLES_RIGHT(action)) != 0;
		}
	}
	*(KrolesShared **) kroles_array_add(&differences->shared) = shared;
	return shared;
}

/* The media in a space on which rights differ become a concern, and those users. */
static void
spread_to_media(KrolesConcern *concern, const KrolesCase *object, const KrolesPair *pair)
{
	if (object->kind != KROLES_CHANNEL && object->kind != KROLES_GALLERY)
		return;
	for (int i = 0; i < pair->differences.n; i++)
		kroles_concern_user(concern, ((KrolesDifference *) pair->differences.items)[i].user_id);
	kroles_add_key(concern, KROLES_ENTRY_APPROVED, object->id);
	kroles_add_key(concern, KROLES_ENTRY_PENDING, object->id);
}

/* Compares objects for the users, and adds those that differ. */
static void
compare_objects(KrolesDifferences *differences, KrolesConcern *concern, const KrolesArray *users, KrolesCases *cases)
{
	bool	   *managed = NULL;

	kroles_compare(concern, users, cases);
	if (!differences->all_shown)
		managed = kroles_find_managed(differences->base, differences->asker, cases);
	for (int i = 0; i < cases->pairs.n; i++)
	{
		const KrolesCase *compared = &((KrolesCase *) cases->cases.items)[i];
		KrolesPair *pair = &((KrolesPair *) cases->pairs.items)[i];
		KrolesChangedObject *object;

		if (pair->differences.n == 0)
			continue;
		object = kroles_array_add(&differences->objects);
		*object = (KrolesChangedObject) {
			.kind = compared->kind, .id = compared->id, .shown = managed == NULL || managed[i],
			.shared = share(differences, &pair->differences)
		};
		spread_to_media(concern, compared, pair);
	}
}

static void
compare_targets(KrolesDifferences *differences, KrolesConcern *concern)
{
	KrolesCases few = kroles_no_cases();
	KrolesCases all = kroles_no_cases();

	add_target_cases(concern, concern->spaces, &few, &all);
	add_target_cases(concern, concern->events, &few, &all);
	if (concern->site)
		add_object_case(concern->everyone ? &all : &few, KROLES_SITE, 0);
	compare_objects(differences, concern, &concern->users, &few);
	if (all.cases.n > 0)
		compare_objects(differences, concern, kroles_all_users(concern), &all);
	kroles_settle_users(concern);
}

/* ---- Media ---- */

/* The pairs of signatures that are compared for the same users. */
typedef struct SignaturePairs
{
	KrolesCases cases;
	int		   *case_of;		/* by signature; -1: none yet */
	HTAB	   *known;			/* PairOfSignatures */
	KrolesShared **shared;		/* by pair */
	KrolesShared **room_shared;
} SignaturePairs;

typedef struct PairOfSignatures
{
	int			signatures[KROLES_NSIDES];	/* hash key, must be first */
	int			pair;
} PairOfSignatures;

static SignaturePairs
no_pairs(const KrolesConcernedMedia *media)
{
	HASHCTL		control = {
		.keysize = sizeof(((PairOfSignatures *) 0)->signatures), .entrysize = sizeof(PairOfSignatures),
		.hcxt = CurrentMemoryContext
	};
	SignaturePairs pairs = {.cases = kroles_no_cases()};

	pairs.case_of = palloc_extended(sizeof(int) * Max(1, media->signatures.n), MCXT_ALLOC_HUGE);
	memset(pairs.case_of, 0xff, sizeof(int) * media->signatures.n);
	pairs.known = hash_create("kroles preview pairs", 256, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return pairs;
}

/* The case of a signature, added if it is new; -1 for none. */
static int
case_of_signature(SignaturePairs *pairs, const KrolesConcernedMedia *media, int signature)
{
	KrolesCase *added;

	if (signature < 0)
		return -1;
	if (pairs->case_of[signature] >= 0)
		return pairs->case_of[signature];
	added = kroles_array_add(&pairs->cases.cases);
	*added = (KrolesCase) {.kind = KROLES_MEDIA, .media = &((KrolesSignature *) media->signatures.items)[signature].media};
	return pairs->case_of[signature] = pairs->cases.cases.n - 1;
}

/* The number of the pair of an item's signatures, added if it is new. */
static int
pair_of_item(SignaturePairs *pairs, const KrolesConcernedMedia *media, const KrolesMediaItem *item)
{
	int			signatures[KROLES_NSIDES] = {item->states[0].signature, item->states[1].signature};
	bool		found;
	PairOfSignatures *entry = hash_search(pairs->known, signatures, HASH_ENTER, &found);
	KrolesPair *pair;

	if (found)
		return entry->pair;
	entry->pair = pairs->cases.pairs.n;
	pair = kroles_array_add(&pairs->cases.pairs);
	memset(pair, 0, sizeof(*pair));
	for (int side = 0; side < KROLES_NSIDES; side++)
		pair->cases[side] = case_of_signature(pairs, media, signatures[side]);
	pair->differences.size = pair->room_differences.size = sizeof(KrolesDifference);
	return entry->pair;
}

/* Shares the differences of all pairs. */
static void
share_pairs(KrolesDifferences *differences, SignaturePairs *pairs)
{
	int			n = pairs->cases.pairs.n;

	pairs->shared = palloc0(sizeof(KrolesShared *) * Max(1, n));
	pairs->room_shared = palloc0(sizeof(KrolesShared *) * Max(1, n));
	for (int i = 0; i < n; i++)
	{
		KrolesPair *pair = &((KrolesPair *) pairs->cases.pairs.items)[i];

		if (pair->differences.n > 0)
			pairs->shared[i] = share(differences, &pair->differences);
		if (pair->room_differences.n > 0)
			pairs->room_shared[i] = share(differences, &pair->room_differences);
	}
}

static int
compare_by_item(const void *a, const void *b)
{
	const KrolesNamed *x = a;
	const KrolesNamed *y = b;

	if (x->item != y->item)
		return x->item < y->item ? -1 : 1;
	return (x->user_id > y->user_id) - (x->user_id < y->user_id);
}

/* Adds a media, or its room, with the differences of n users who are named; none if nobody's rights differ. */
static void
add_media_object(KrolesDifferences *differences, const KrolesMediaItem *item, bool room, KrolesShared *shared,
				 const KrolesNamed *named, int n)
{
	const KrolesMediaState *before = &item->states[KROLES_BEFORE];
	bool		existed = before->exists && (before->is_room || !room);
	bool		shown = differences->all_shown;
	bool		differs = shared != NULL;
	KrolesDifference *own = n > 0 ? palloc(sizeof(KrolesDifference) * n) : NULL;

	for (int i = 0; i < n; i++)
	{
		const KrolesRights *rights = room ? named[i].room_rights : named[i].rights;

		own[i].user_id = named[i].user_id;
		memcpy(own[i].rights, rights, sizeof(own[i].rights));
		differs |= rights[KROLES_BEFORE] != rights[KROLES_AFTER];
		if (!shown && named[i].user_id == differences->asker)
			shown = kroles_is_managed(rights, existed);
	}
	if (differs)
		*(KrolesChangedObject *) kroles_array_add(&differences->objects) = (KrolesChangedObject) {
			.kind = room ? KROLES_ROOM : KROLES_MEDIA, .id = item->id, .shown = shown,
			.shared = shared, .own = own, .nown = n
		};
	else if (own != NULL)
		pfree(own);
}

/* Adds all media that differ, and their rooms. */
static void
add_media_objects(KrolesDifferences *differences, const KrolesConcern *concern, KrolesConcernedMedia *media,
				  SignaturePairs *few, SignaturePairs *all)
{
	KrolesNamed *named = (KrolesNamed *) media->named.items;
	int			at = 0;

	if (media->named.n > 0)
		qsort(named, media->named.n, sizeof(KrolesNamed), compare_by_item);
	for (int i = 0; i < media->items.n; i++)
	{
		const KrolesMediaItem *item = &((KrolesMediaItem *) media->items.items)[i];
		SignaturePairs *pairs = concern->everyone || item->everyone ? all : few;
		int			pair = pair_of_item(pairs, media, item);
		int			first = at;

		CHECK_FOR_INTERRUPTS();
		while (at < media->named.n && named[at].item == i)
			at++;
		add_media_object(differences, item, false, pairs->shared[pair], &named[first], at - first);
		if (item->states[KROLES_BEFORE].is_room || item->states[KROLES_AFTER].is_room)
			add_media_object(differences, item, true, pairs->room_shared[pair], &named[first], at - first);
	}
}

static void
compare_media(KrolesDifferences *differences, KrolesConcern *concern)
{
	KrolesConcernedMedia *media;
	SignaturePairs few;
	SignaturePairs all;

	if (!concern->everything && concern->keys.n == 0 && concern->media.n == 0)
		return;
	media = kroles_load_media_of(concern);
	kroles_spread_from_media(concern, media);
	kroles_add_signatures(media);
	kroles_add_named(concern, media, differences->all_shown ? NULL : &differences->asker);
	few = no_pairs(media);
	all = no_pairs(media);
	for (int i = 0; i < media->items.n; i++)
	{
		const KrolesMediaItem *item = &((KrolesMediaItem *) media->items.items)[i];

		(void) pair_of_item(concern->everyone || item->everyone ? &all : &few, media, item);
	}
	kroles_compare(concern, &concern->users, &few.cases);
	if (all.cases.cases.n > 0)
		kroles_compare(concern, kroles_all_users(concern), &all.cases);
	kroles_compare_named(differences->base, media);
	share_pairs(differences, &few);
	share_pairs(differences, &all);
	add_media_objects(differences, concern, media, &few, &all);
}

/* ---- All of them ---- */

static int
compare_objects_by_id(const void *a, const void *b)
{
	const KrolesChangedObject *x = a;
	const KrolesChangedObject *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* Whether the asker may see all differences: an operator or auditor, or an administrator before the changes or now. */
static bool
sees_all(Snapshot base, KrolesAsker asker)
{
	bool		administers = asker.type == KROLES_OPERATOR || asker.type == KROLES_AUDITOR;

	if (asker.type == KROLES_PERSON)
		KROLES_FOR_EACH_SIDE(side, base)
			administers |= (kroles_decide(asker, KROLES_SITE, 0).rights & KROLES_RIGHT(KROLES_ADMINISTER)) != 0;
	return administers;
}

/*
 * All differences that the changes of this transaction (kroles_read_seeds()) make, with those that
 * may be shown to the asker marked (NULL: all of them); in the current memory context.
 */
KrolesDifferences *
kroles_find_differences(const KrolesAsker *asker, KrolesArray seeds)
{
	KrolesDifferences *differences = palloc0(sizeof(KrolesDifferences));
	KrolesConcern *concern;

	differences->objects.size = sizeof(KrolesChangedObject);
	differences->shared.size = sizeof(KrolesShared *);
	differences->base = kroles_open_sides();
	differences->all_shown = asker == NULL || sees_all(differences->base, *asker);
	if (!differences->all_shown)
		differences->asker = asker->type == KROLES_PERSON ? asker->user_id : KROLES_ANONYMOUS_ID;
	if (seeds.n == 0)
		return differences;
	concern = kroles_find_concern(differences->base, seeds);
	compare_targets(differences, concern);
	compare_media(differences, concern);
	if (differences->objects.n > 0)
		qsort(differences->objects.items, differences->objects.n, differences->objects.size, compare_objects_by_id);
	return differences;
}

/* Ends the use of the sides' snapshot; the differences stay. */
void
kroles_end_differences(KrolesDifferences *differences)
{
	kroles_close_sides(differences->base);
	differences->base = NULL;
}
