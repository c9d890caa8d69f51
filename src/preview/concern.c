/*
 * concern.c
 *		Whom and what the changes of a transaction could concern.
 *
 * A change names users, groups and objects (preview/seeds.c).  From there it spreads, on
 * both sides: from a group to its members, and to what is granted to it; from a space to
 * the sub-galleries that take their members from it; from an event to its sessions.
 * Media in a space follow later, if somebody's rights on the space differ
 * (preview/differences.c).
 */
#include "postgres.h"

#include <limits.h>

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "cache/question.h"
#include "preview/compare.h"
#include "preview/concern.h"
#include "preview/seeds.h"
#include "rls/subject_keys.h"
#include "store/scan.h"

/* ---- Objects ---- */

/* Adds an entry of an audience: all media that have it. */
void
kroles_add_key(KrolesConcern *concern, int class, int64 id)
{
	KrolesAudienceEntry *key = kroles_array_add(&concern->keys);

	memset(key, 0, sizeof(*key));
	key->class = class;
	key->id = id;
}

static KrolesTarget *
add_target(HTAB *targets, KrolesKind kind, int64 id, bool *added)
{
	bool		found;
	KrolesTarget *target = hash_search(targets, &id, HASH_ENTER, &found);

	if (!found)
		memset((char *) target + sizeof(int64), 0, sizeof(*target) - sizeof(int64));
	target->kind = kind;
	*added = !found;
	return target;
}

/* Adds a space, if it exists on this side.  Returns NULL if not. */
static KrolesTarget *
add_space(KrolesConcern *concern, int64 id)
{
	const KrolesSpace *space = kroles_space(KROLES_SNAPSHOT, id);
	KrolesTarget *target;
	bool		added;

	if (!space->head.exists)
		return NULL;
	target = add_target(concern->spaces, space->kind, id, &added);
	if (added)
		*(int64 *) kroles_array_add(&concern->queue) = id;
	return target;
}

/* Adds an event, and its sessions. */
static void
add_event(KrolesConcern *concern, int64 id)
{
	bool		added;

	(void) add_target(concern->events, KROLES_EVENT, id, &added);
	if (added)
		kroles_add_key(concern, KROLES_ENTRY_EVENT, id);
}

static void
add_media(KrolesConcern *concern, int64 id)
{
	*(int64 *) kroles_array_add(&concern->media) = id;
}

/* Adds the sub-galleries that take their members from the spaces of the queue, and those below them. */
static void
add_inheriting(KrolesConcern *concern)
{
	for (int i = 0; i < concern->queue.n; i++)
	{
		KrolesScan	scan;

		CHECK_FOR_INTERRUPTS();
		kroles_scan_by_id(&scan, KROLES_T_SPACES, KROLES_I_SPACES_PARENT, SPACES_PARENT, ((int64 *) concern->queue.items)[i],
						  GetActiveSnapshot());
		while (kroles_scan_next(&scan))
			if (kroles_scan_flag(&scan, SPACES_INHERITS))
				(void) add_space(concern, kroles_scan_id(&scan, SPACES_ID));
		kroles_scan_end(&scan);
	}
}

/* ---- From a change ---- */

/* A user whose own row was changed: the rooms where the user is; for what else the user has, see add_reach_of_user(). */
static void
spread_from_user(KrolesConcern *concern, int64 user_id)
{
	const KrolesStays *stays = kroles_stays(KROLES_SNAPSHOT, user_id);

	kroles_concern_user(concern, user_id);
	concern->site = true;
	for (int i = 0; i < stays->n; i++)
		add_media(concern, stays->stays[i].media_id);
}

/* What is granted to a group that a user joins or leaves. */
static void
spread_from_group(KrolesConcern *concern, int64 group_id)
{
	const KrolesGroup *group = kroles_group(KROLES_SNAPSHOT, group_id);

	for (int i = 0; i < group->ngrants; i++)
		(void) add_space(concern, group->grants[i].space_id);
	for (int i = 0; i < group->nevents; i++)
		add_event(concern, group->events[i].event_id);
	kroles_add_key(concern, KROLES_ENTRY_GROUP, group_id);
}

/* A space whose own row was inserted, changed or deleted: whom that concerns. */
static void
spread_from_space(KrolesConcern *concern, int64 space_id, KrolesSide side)
{
	KrolesTarget *target = add_space(concern, space_id);

	if (target == NULL)
		return;
	target->changed = true;
	target->states[side] = (KrolesSpaceState) {
		.exists = true, .type = kroles_space(KROLES_SNAPSHOT, space_id)->type, .open = kroles_space_is_open(space_id)
	};
	kroles_concern_people_of_space(concern, space_id);
}

static void
spread_from_event(KrolesConcern *concern, int64 event_id)
{
	add_event(concern, event_id);
	kroles_concern_participants(concern, event_id);
}

/* What one change concerns on the active side. */
static void
spread_from_seed(KrolesConcern *concern, const KrolesSeed *seed, KrolesSide side)
{
	switch (seed->type)
	{
		case KROLES_SEED_SITE:
			concern->everyone = concern->everything = true;
			break;
		case KROLES_SEED_ANONYMOUS:
			kroles_concern_user(concern, KROLES_ANONYMOUS_ID);
			concern->everything = true;
			break;
		case KROLES_SEED_ROLE:
			kroles_concern_users_of_role(concern, (KrolesApplicativeRole) seed->a);
			concern->everything = true;
			break;
		case KROLES_SEED_USER:
			spread_from_user(concern, seed->a);
			break;
		case KROLES_SEED_MEMBERSHIP:
			kroles_concern_user(concern, seed->a);
			spread_from_group(concern, seed->b);
			break;
		case KROLES_SEED_USER_GRANT:
			kroles_concern_user(concern, seed->a);
			(void) add_space(concern, seed->b);
			break;
		case KROLES_SEED_GROUP_GRANT:
			kroles_concern_members(concern, seed->a);
			(void) add_space(concern, seed->b);
			break;
		case KROLES_SEED_SPACE:
			spread_from_space(concern, seed->a, side);
			kroles_concern_administrators(concern);
			break;
		case KROLES_SEED_SPACE_OWNER:
			(void) add_space(concern, seed->a);
			kroles_concern_owners_of_space(concern, seed->a);
			break;
		case KROLES_SEED_MEDIA:
			add_media(concern, seed->a);
			break;
		case KROLES_SEED_EVENT:
			spread_from_event(concern, seed->a);
			kroles_concern_administrators(concern);
			break;
		case KROLES_SEED_USER_ROLE:
			kroles_concern_user(concern, seed->a);
			add_event(concern, seed->b);
			break;
		case KROLES_SEED_GROUP_ROLE:
			kroles_concern_members(concern, seed->a);
			add_event(concern, seed->b);
			break;
		case KROLES_SEED_STAY:
			kroles_concern_user(concern, seed->a);
			add_media(concern, seed->b);
			break;
		case KROLES_SEED_TRUNCATED:
		case KROLES_NSEEDTYPES:
			break;
	}
}

/* ---- What a user has ---- */

/*
 * Adds, as keys, everything on which a user has a right on the active side; everything there is, for
 * an administrator.  Not within a question.
 */
static void
add_reach_of_user(KrolesConcern *concern, int64 user_id)
{
	static const KrolesSufficient any = {
		.approved = ~(KrolesRights) 0, .pending = ~(KrolesRights) 0, .roles = ~0u, .event_roles = KROLES_ANY_EVENT_ROLE
	};
	struct varlena *value = kroles_subject_keys_by(KROLES_SNAPSHOT, kroles_concerned_asker(user_id), &any, INT_MAX);
	KrolesIndexKeys keys = kroles_open_index_keys(value);

	concern->everything |= keys.everything;
	for (int i = 0; i < keys.n; i++)
	{
		KrolesAudienceEntry entry = kroles_index_key(&keys, i);

		kroles_add_key(concern, entry.class, entry.id);
		if (entry.class == KROLES_ENTRY_APPROVED)
			*(int64 *) kroles_array_add(&concern->reached_spaces) = entry.id;
		else if (entry.class == KROLES_ENTRY_EVENT)
			add_event(concern, entry.id);
	}
	pfree(value);
}

static void
add_reach_of_users(KrolesConcern *concern)
{
	for (int i = 0; i < concern->seeds.n && !concern->everything; i++)
	{
		const KrolesSeed *seed = &((KrolesSeed *) concern->seeds.items)[i];

		if (seed->type == KROLES_SEED_USER)
			add_reach_of_user(concern, seed->a);
	}
}

/* ---- Everything, and everyone ---- */

static void
add_all_of(KrolesConcern *concern, KrolesTableId table, KrolesIndexId index, int id, void (*add) (KrolesConcern *, int64))
{
	KrolesScan	scan;

	kroles_scan_from(&scan, table, index, id, PG_INT64_MIN, GetActiveSnapshot());
	while (kroles_scan_next(&scan))
	{
		CHECK_FOR_INTERRUPTS();
		add(concern, kroles_scan_id(&scan, id));
	}
	kroles_scan_end(&scan);
}

static void
add_one_space(KrolesConcern *concern, int64 id)
{
	(void) add_space(concern, id);
}

static void
add_to_all_users(KrolesConcern *concern, int64 id)
{
	*(int64 *) kroles_array_add(&concern->all_users) = id;
}

/* All users of either side, sorted, and anonymous. */
KrolesArray *
kroles_all_users(KrolesConcern *concern)
{
	MemoryContext outer = MemoryContextSwitchTo(concern->context);

	if (concern->all_users.n == 0)
	{
		KROLES_FOR_EACH_SIDE(side, concern->base)
			add_all_of(concern, KROLES_T_USERS, KROLES_I_USERS_ID, USERS_ID, add_to_all_users);
		add_to_all_users(concern, KROLES_ANONYMOUS_ID);
		kroles_sort_ids(&concern->all_users);
	}
	MemoryContextSwitchTo(outer);
	return &concern->all_users;
}

/* Sorts the users, after some were added. */
void
kroles_settle_users(KrolesConcern *concern)
{
	kroles_sort_ids(&concern->users);
}

/* ---- The concern ---- */

typedef struct Spreading
{
	KrolesConcern *concern;
	KrolesSide	side;
} Spreading;

/* The judge of spreading: adds what the changes concern on the active side. */
static void
spread(KrolesBasis basis, const void *about, void *answer)
{
	const Spreading *spreading = about;
	KrolesConcern *concern = spreading->concern;

	for (int i = 0; i < concern->seeds.n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		spread_from_seed(concern, &((KrolesSeed *) concern->seeds.items)[i], spreading->side);
	}
	for (int i = 0; i < concern->reached_spaces.n; i++)
		(void) add_space(concern, ((int64 *) concern->reached_spaces.items)[i]);
	if (concern->everything)
	{
		add_all_of(concern, KROLES_T_SPACES, KROLES_I_SPACES_ID, SPACES_ID, add_one_space);
		add_all_of(concern, KROLES_T_EVENTS, KROLES_I_EVENTS_ID, EVENTS_ID, add_event);
	}
	else
		add_inheriting(concern);
	kroles_settle_users(concern);
}

static const KrolesQuestion spreading_question = {.judge = spread};

/* Where a space's type has changed, or the space was made or deleted: whether that concerns all users. */
static void
decide_whom_spaces_concern(KrolesConcern *concern)
{
	HASH_SEQ_STATUS status;
	KrolesTarget *target;

	hash_seq_init(&status, concern->spaces);
	while ((target = hash_seq_search(&status)) != NULL)
	{
		const KrolesSpaceState *before = &target->states[KROLES_BEFORE];
		const KrolesSpaceState *after = &target->states[KROLES_AFTER];

		if (target->changed && (before->open || after->open) &&
			(before->exists != after->exists || before->type != after->type))
			target->everyone = true;
	}
}

static HTAB *
make_targets(const char *name)
{
	HASHCTL		control = {.keysize = sizeof(int64), .entrysize = sizeof(KrolesTarget), .hcxt = CurrentMemoryContext};

	return hash_create(name, 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Whether all changes are of media. */
static bool
changes_only_media(const KrolesArray *seeds)
{
	for (int i = 0; i < seeds->n; i++)
		if (((KrolesSeed *) seeds->items)[i].type != KROLES_SEED_MEDIA)
			return false;
	return true;
}

/* The users and objects that the changes could concern, but for media in spaces; in the current memory context. */
KrolesConcern *
kroles_find_concern(Snapshot base, KrolesArray seeds)
{
	KrolesConcern *concern = palloc0(sizeof(KrolesConcern));

	concern->context = CurrentMemoryContext;
	concern->base = base;
	concern->seeds = seeds;
	concern->only_media = changes_only_media(&seeds);
	concern->users.size = concern->all_users.size = concern->media.size = concern->queue.size =
		concern->reached_spaces.size = sizeof(int64);
	concern->keys.size = sizeof(KrolesAudienceEntry);
	concern->spaces = make_targets("kroles preview spaces");
	concern->events = make_targets("kroles preview events");
	KROLES_FOR_EACH_SIDE(side, base)
	{
		Spreading	spreading = {concern, side};

		add_reach_of_users(concern);
		(void) kroles_ask_on(KROLES_SNAPSHOT, &spreading_question, &spreading, concern);
	}
	decide_whom_spaces_concern(concern);
	concern->site |= concern->everything;
	kroles_sort_ids(&concern->media);
	return concern;
}
