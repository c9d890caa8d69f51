/*
 * counts.c
 *		Visiting and counting differences.
 *
 * Many media share the differences of many users; where counts suffice, shared ones are
 * counted once, not once for each media.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/hsearch.h"

#include "preview/differences.h"

/* The place of a user among differences by user; -1: the user is not among them. */
static int
find_user(const KrolesDifference *items, int n, int64 user_id)
{
	int			at = kroles_lower_bound(items, n, sizeof(KrolesDifference), user_id);

	return at < n && items[at].user_id == user_id ? at : -1;
}

/* The same among the differences that an object shares. */
static int
find_shared(const KrolesChangedObject *object, int64 user_id)
{
	return object->shared == NULL ? -1 :
		find_user((KrolesDifference *) object->shared->items.items, object->shared->items.n, user_id);
}

static bool
is_difference(const KrolesDifference *difference)
{
	return difference->rights[KROLES_BEFORE] != difference->rights[KROLES_AFTER];
}

/* The asker's own difference on an object; NULL if there is none. */
static const KrolesDifference *
find_askers(const KrolesDifferences *differences, const KrolesChangedObject *object)
{
	int			at = find_user(object->own, object->nown, differences->asker);

	if (at >= 0)
		return is_difference(&object->own[at]) ? &object->own[at] : NULL;
	at = find_shared(object, differences->asker);
	return at < 0 ? NULL : &((KrolesDifference *) object->shared->items.items)[at];
}

/* Visits the differences of an object that are shown, by user.  False if the visitor wants no more. */
bool
kroles_visit_differences(const KrolesDifferences *differences, const KrolesChangedObject *object,
						 KrolesDifferenceVisitor visit, void *arg)
{
	const KrolesDifference *shared = object->shared == NULL ? NULL : (KrolesDifference *) object->shared->items.items;
	int			nshared = object->shared == NULL ? 0 : object->shared->items.n;

	if (!object->shown)
	{
		const KrolesDifference *own = find_askers(differences, object);

		return own == NULL || visit(arg, object, own);
	}
	for (int i = 0, j = 0; i < nshared || j < object->nown;)
	{
		const KrolesDifference *next;

		CHECK_FOR_INTERRUPTS();
		if (j == object->nown || (i < nshared && shared[i].user_id < object->own[j].user_id))
			next = &shared[i++];
		else
		{
			next = &object->own[j++];
			if (i < nshared && shared[i].user_id == next->user_id)
				i++;
		}
		if (is_difference(next) && !visit(arg, object, next))
			return false;
	}
	return true;
}

/* ---- Counting ---- */

static void
count_rights(const KrolesDifference *difference, int sign, int64 *gained, int64 *lost)
{
	KrolesRights gains = difference->rights[KROLES_AFTER] & ~difference->rights[KROLES_BEFORE];
	KrolesRights losses = difference->rights[KROLES_BEFORE] & ~difference->rights[KROLES_AFTER];

	for (; gains != 0; gains &= gains - 1)
		gained[pg_rightmost_one_pos64(gains)] += sign;
	for (; losses != 0; losses &= losses - 1)
		lost[pg_rightmost_one_pos64(losses)] += sign;
}

/* How many users gain and lose each right on an object, of those who are shown. */
static void
count_object(const KrolesDifferences *differences, const KrolesChangedObject *object, int64 *gained, int64 *lost)
{
	memset(gained, 0, sizeof(int64) * KROLES_NACTIONS);
	memset(lost, 0, sizeof(int64) * KROLES_NACTIONS);
	if (!object->shown)
	{
		const KrolesDifference *own = find_askers(differences, object);

		if (own != NULL)
			count_rights(own, 1, gained, lost);
		return;
	}
	if (object->shared != NULL)
	{
		memcpy(gained, object->shared->gained, sizeof(int64) * KROLES_NACTIONS);
		memcpy(lost, object->shared->lost, sizeof(int64) * KROLES_NACTIONS);
	}
	for (int i = 0; i < object->nown; i++)
	{
		int			at = find_shared(object, object->own[i].user_id);

		if (at >= 0)
			count_rights(&((KrolesDifference *) object->shared->items.items)[at], -1, gained, lost);
		count_rights(&object->own[i], 1, gained, lost);
	}
}

/* How many rows an object has, one a user and action of the set. */
int64
kroles_count_rows(const KrolesDifferences *differences, const KrolesChangedObject *object, KrolesRights actions)
{
	int64		gained[KROLES_NACTIONS];
	int64		lost[KROLES_NACTIONS];
	int64		rows = 0;

	count_object(differences, object, gained, lost);
	for (int action = 0; action < KROLES_NACTIONS; action++)
		if (actions & KROLES_RIGHT(action))
			rows += gained[action] + lost[action];
	return rows;
}

/* ---- Counting users ---- */

/* A user, and the rights that the user gains or loses on some object of the kind. */
typedef struct ChangedUser
{
	int64		id;				/* hash key, must be first */
	KrolesRights rights;
} ChangedUser;

static void
note_user(HTAB *users, const KrolesDifference *difference)
{
	bool		found;
	ChangedUser *user = hash_search(users, &difference->user_id, HASH_ENTER, &found);

	if (!found)
		user->rights = 0;
	user->rights |= difference->rights[KROLES_BEFORE] ^ difference->rights[KROLES_AFTER];
}

/* Notes that an object uses shared differences, and for which users it does not. */
static void
note_use(const KrolesChangedObject *object)
{
	KrolesShared *shared = object->shared;

	if (shared->overridden == NULL)
		shared->overridden = palloc0(sizeof(int) * shared->items.n);
	shared->uses++;
	for (int i = 0; i < object->nown; i++)
	{
		int			at = find_shared(object, object->own[i].user_id);

		if (at >= 0)
			shared->overridden[at]++;
	}
}

/* Notes the users of an object, but for those of shared differences. */
static void
note_users(const KrolesDifferences *differences, const KrolesChangedObject *object, HTAB *users)
{
	if (!object->shown)
	{
		const KrolesDifference *own = find_askers(differences, object);

		if (own != NULL)
			note_user(users, own);
		return;
	}
	if (object->shared != NULL)
		note_use(object);
	for (int i = 0; i < object->nown; i++)
		if (is_difference(&object->own[i]))
			note_user(users, &object->own[i]);
}

/* Notes the users of shared differences that some object uses for them, and forgets the uses. */
static void
note_shared_users(const KrolesDifferences *differences, HTAB *users)
{
	for (int i = 0; i < differences->shared.n; i++)
	{
		KrolesShared *shared = ((KrolesShared **) differences->shared.items)[i];

		CHECK_FOR_INTERRUPTS();
		for (int j = 0; shared->uses > 0 && j < shared->items.n; j++)
			if (shared->uses > shared->overridden[j])
				note_user(users, &((KrolesDifference *) shared->items.items)[j]);
		shared->uses = 0;
		if (shared->overridden != NULL)
			memset(shared->overridden, 0, sizeof(int) * shared->items.n);
	}
}

/* Counts the objects of one kind, of which the first is differences->objects[first]; returns the next kind's first. */
static int
count_kind(const KrolesDifferences *differences, int first, KrolesCount *counts)
{
	HASHCTL		control = {.keysize = sizeof(int64), .entrysize = sizeof(ChangedUser), .hcxt = CurrentMemoryContext};
	HTAB	   *users = hash_create("kroles preview users", 256, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	const KrolesChangedObject *objects = (const KrolesChangedObject *) differences->objects.items;
	HASH_SEQ_STATUS status;
	ChangedUser *user;
	int			i;

	for (i = first; i < differences->objects.n && objects[i].kind == objects[first].kind; i++)
	{
		int64		gained[KROLES_NACTIONS];
		int64		lost[KROLES_NACTIONS];

		CHECK_FOR_INTERRUPTS();
		count_object(differences, &objects[i], gained, lost);
		note_users(differences, &objects[i], users);
		for (int action = 0; action < KROLES_NACTIONS; action++)
		{
			counts[action].gained += gained[action];
			counts[action].lost += lost[action];
			counts[action].objects += gained[action] + lost[action] > 0;
		}
	}
	note_shared_users(differences, users);
	hash_seq_init(&status, users);
	while ((user = hash_seq_search(&status)) != NULL)
		for (KrolesRights rights = user->rights; rights != 0; rights &= rights - 1)
			counts[pg_rightmost_one_pos64(rights)].users++;
	hash_destroy(users);
	return i;
}

/* Counts what is gained and lost, by kind and action, of the kinds that are wanted; counts must be zeros. */
void
kroles_count_differences(const KrolesDifferences *differences, const bool *kinds, KrolesCount (*counts)[KROLES_NACTIONS])
{
	const KrolesChangedObject *objects = (const KrolesChangedObject *) differences->objects.items;

	for (int i = 0; i < differences->objects.n;)
	{
		KrolesKind	kind = objects[i].kind;

		if (kinds[kind])
			i = count_kind(differences, i, counts[kind]);
		else
			while (i < differences->objects.n && objects[i].kind == kind)
				i++;
	}
}
