/*
 * subject_keys.c
 *		The index keys of a subject: entries of everything that it may see.
 *
 * They may name more than the subject may see, never less: the policy judges
 * every row that the index finds.  Spaces are found by a type that lets the
 * subject in, by the subject's grants and ownership, and below galleries whose
 * members count further down.  Subjects with more than KROLES_MAX_INDEX_KEYS
 * keys, and administrators, get the one key of everything: an index is of no use
 * to them.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "cache/question.h"
#include "decide/subject.h"
#include "rls/subject_keys.h"
#include "store/scan.h"

typedef struct KeySearch
{
	KrolesAsker who;
	KrolesJudged judged;
	KrolesSufficient sufficient;	/* what shows media */
	int			max;			/* with more keys than this, the key of everything; fewer while they come from types */
	bool		shows[KROLES_NKINDS][KROLES_NCONTEXTUAL];	/* whether that role in a space of that kind can show media */
	Snapshot	snapshot;
	KrolesArray entries;
	KrolesArray standings;
	bool		too_many;
} KeySearch;

static void
add_key(KeySearch *search, int class, int64 id)
{
	if (search->entries.n >= search->max)
		search->too_many = true;
	if (!search->too_many)
		*(KrolesAudienceEntry *) kroles_array_add(&search->entries) = (KrolesAudienceEntry) {class, id};
}

/* Viewers of a space see media approved there, moderators pending media. */
static void
add_space(KeySearch *search, int64 id, KrolesRights rights)
{
	if (rights & search->sufficient.approved)
		add_key(search, KROLES_ENTRY_APPROVED, id);
	if (rights & search->sufficient.pending)
		add_key(search, KROLES_ENTRY_PENDING, id);
}

/* ---- Spaces of a type that lets the subject in ---- */

static void
add_spaces_of_type(KeySearch *search, KrolesKind kind, KrolesSpaceType type, KrolesRights rights)
{
	Oid			wanted = kroles_enum_value(KROLES_E_SPACE_KIND, kind);
	KrolesScan	scan;

	kroles_scan_by_enum(&scan, KROLES_T_SPACES, KROLES_I_SPACES_TYPE, SPACES_TYPE,
						kroles_enum_value(KROLES_E_SPACE_TYPE, type), search->snapshot);
	while (!search->too_many && kroles_scan_next(&scan))
		if (DatumGetObjectId(kroles_scan_value(&scan, SPACES_KIND)) == wanted)
			add_space(search, kroles_scan_id(&scan, SPACES_ID), rights);
	kroles_scan_end(&scan);
}

/*
 * The applicative roles that see too many spaces by their types alone; valid until
 * the site or a space changes.  Only results of the current basis are cached.
 */
static struct
{
	KrolesStamp stamp;
	bool		too_many[KROLES_NAPPLICATIVE];
}			by_type;

static void
forget_changed_types(void)
{
	if (kroles_still_true(&by_type.stamp, KROLES_C_SITE, 0) && kroles_class_still_true(&by_type.stamp, KROLES_C_SPACE))
		return;
	memset(by_type.too_many, 0, sizeof(by_type.too_many));
	by_type.stamp = kroles_now;
}

/* Adds the spaces of types that let the subject in; at most KROLES_MAX_INDEX_KEYS, as more are most of them. */
static void
add_spaces_by_type(KeySearch *search)
{
	static const KrolesKind kinds[] = {KROLES_CHANNEL, KROLES_GALLERY};
	KrolesRights wanted = search->sufficient.approved | search->sufficient.pending;
	bool		kept = search->judged.basis == KROLES_CURRENT &&
		search->sufficient.approved == KROLES_RIGHT(KROLES_VIEW) &&
		search->sufficient.pending == KROLES_RIGHT(KROLES_MODERATE);
	uint64		generation = by_type.stamp.generation;
	int			max = search->max;

	search->max = KROLES_MAX_INDEX_KEYS;
	if (kept)
	{
		forget_changed_types();
		generation = by_type.stamp.generation;
		search->too_many = by_type.too_many[search->judged.subject.role];
	}
	for (int i = 0; i < lengthof(kinds); i++)
		for (int type = 0; type < KROLES_NSPACETYPES && !search->too_many; type++)
		{
			KrolesRights rights = kroles_space_rights(search->judged.matrices, &search->judged.subject,
													  kinds[i], type, KROLES_NO_ROLE);

			if (!(rights & wanted))
				continue;
			/* types that C does not know count as private, and are not found by that name */
			if (type == KROLES_PRIVATE)
				search->too_many = true;
			else
				add_spaces_of_type(search, kinds[i], type, rights);
		}
	if (kept && search->too_many && generation == by_type.stamp.generation)
		by_type.too_many[search->judged.subject.role] = true;
	search->max = max;
}

/* ---- Spaces where the subject has a role ---- */

/* Finds which roles in channels and galleries of any type give one of the rights. */
static void
find_useful_roles(KeySearch *search)
{
	KrolesRights wanted = search->sufficient.approved | search->sufficient.pending;

	memset(search->shows, 0, sizeof(search->shows));
	for (int role = 0; role < KROLES_NCONTEXTUAL; role++)
		for (int type = 0; type < KROLES_NSPACETYPES; type++)
		{
			search->shows[KROLES_CHANNEL][role] |=
				(kroles_space_rights(search->judged.matrices, &search->judged.subject, KROLES_CHANNEL, type, role) & wanted) != 0;
			search->shows[KROLES_GALLERY][role] |=
				(kroles_space_rights(search->judged.matrices, &search->judged.subject, KROLES_GALLERY, type, role) & wanted) != 0;
		}
}

/* A space, and the role that the subject has there. */
typedef struct Standing
{
	int64		space_id;
	KrolesContextualRole role;
} Standing;

static void
add_standing(KeySearch *search, int64 space_id, KrolesContextualRole role)
{
	if (search->standings.n >= search->max)
		search->too_many = true;
	else
		*(Standing *) kroles_array_add(&search->standings) = (Standing) {space_id, role};
}

/* Adds the child galleries that inherit their members; channels have none. */
static void
add_below(KeySearch *search, const KrolesSpace *space, KrolesContextualRole role)
{
	int64		space_id = space->head.id;
	KrolesScan	scan;

	if (space->kind != KROLES_GALLERY || !search->shows[KROLES_GALLERY][role])
		return;
	kroles_scan_by_id(&scan, KROLES_T_SPACES, KROLES_I_SPACES_PARENT, SPACES_PARENT, space_id, search->snapshot);
	while (!search->too_many && kroles_scan_next(&scan))
		if (kroles_scan_flag(&scan, SPACES_INHERITS))
			add_standing(search, kroles_scan_id(&scan, SPACES_ID), role);
	kroles_scan_end(&scan);
}

/* Adds the keys of all spaces in the list, which grows by their child galleries. */
static void
add_spaces_by_standing(KeySearch *search)
{
	for (int i = 0; i < search->standings.n && !search->too_many; i++)
	{
		Standing	at = ((Standing *) search->standings.items)[i];
		const KrolesSpace *space = kroles_space(search->judged.basis, at.space_id);

		CHECK_FOR_INTERRUPTS();
		if (!space->head.exists)
			continue;
		add_space(search, at.space_id, kroles_space_rights(search->judged.matrices, &search->judged.subject,
															space->kind, space->type, at.role));
		add_below(search, space, at.role);
	}
}

/*
 * Grants on spaces that inherit their members do not count; of several grants on a
 * space one counts, and others need no look.
 */
static void
add_granted_spaces(KeySearch *search, const KrolesGrant *grants, int n)
{
	for (int i = 0; i < n && !search->too_many; i++)
	{
		const KrolesSpace *space;
		KrolesContextualRole role = grants[i].role;

		if (role == KROLES_NO_ROLE || !(search->shows[KROLES_CHANNEL][role] || search->shows[KROLES_GALLERY][role]))
			continue;
		space = kroles_space(search->judged.basis, grants[i].space_id);
		if (!space->head.exists || (space->inherits && !space->is_root))
			continue;
		(void) kroles_rights_in(&search->judged, space, &role);
		if (role != KROLES_NO_ROLE)
			add_standing(search, space->head.id, role);
	}
}

/* The owner of a space is its manager, and that of galleries below that inherit its members. */
static void
add_owned_spaces(KeySearch *search, int64 user_id)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_SPACES, KROLES_I_SPACES_OWNER, SPACES_OWNER, user_id, search->snapshot);
	while (!search->too_many && kroles_scan_next(&scan))
		add_standing(search, kroles_scan_id(&scan, SPACES_ID), KROLES_MANAGER);
	kroles_scan_end(&scan);
}

static void
add_events(KeySearch *search, const KrolesEventGrant *events, int n)
{
	for (int i = 0; i < n && !search->too_many; i++)
		if (events[i].roles & search->sufficient.event_roles)
			add_key(search, KROLES_ENTRY_EVENT, events[i].event_id);
}

/* The roles on media that only users have. */
#define ROLES_OF_USERS (KROLES_MEDIA_ROLE(KROLES_MEDIA_OWNER) | KROLES_MEDIA_ROLE(KROLES_MEDIA_SPEAKER) | \
						KROLES_MEDIA_ROLE(KROLES_MEDIA_ADVANCED_SPEAKER))

static void
add_person(KeySearch *search, const KrolesUser *user)
{
	bool		by_space = (search->sufficient.approved | search->sufficient.pending) != 0;

	find_useful_roles(search);
	if (search->sufficient.roles != 0)
		add_key(search, KROLES_ENTRY_USER, user->head.id);
	add_events(search, user->events, user->nevents);
	if (by_space)
	{
		add_owned_spaces(search, user->head.id);
		add_granted_spaces(search, user->grants, user->ngrants);
	}
	for (int i = 0; i < user->ngroups && !search->too_many; i++)
	{
		const KrolesGroup *group = kroles_group(search->judged.basis, user->groups[i]);

		if (search->sufficient.roles & ~ROLES_OF_USERS)
			add_key(search, KROLES_ENTRY_GROUP, group->head.id);
		if (by_space)
			add_granted_spaces(search, group->grants, group->ngrants);
		add_events(search, group->events, group->nevents);
	}
	add_spaces_by_standing(search);
}

static void
judge_keys(KrolesBasis basis, const void *about, void *answer)
{
	KeySearch  *search = answer;

	search->entries.n = search->standings.n = 0;
	search->too_many = false;
	if (!kroles_gather_subject(basis, search->who, &search->judged))
		return;
	if (kroles_all_or_nothing(search->judged.matrices, &search->judged.subject))
	{
		search->too_many = search->judged.subject.administrator && !search->judged.subject.blocked;
		return;
	}
	search->snapshot = kroles_question_snapshot(basis);
	add_spaces_by_type(search);
	if (search->judged.user != NULL && !search->too_many)
		add_person(search, search->judged.user);
}

static const KrolesQuestion about_keys = {.judge = judge_keys};

/* The index keys of everything that the subject may view, on one basis; in the caller's memory. */
struct varlena *
kroles_subject_keys(KrolesBasis basis, KrolesAsker who)
{
	static const KrolesSufficient to_view = {
		.approved = KROLES_RIGHT(KROLES_VIEW),
		.pending = KROLES_RIGHT(KROLES_MODERATE),
		.roles = ~0u,
		.event_roles = KROLES_ANY_EVENT_ROLE
	};

	return kroles_subject_keys_by(basis, who, &to_view, KROLES_MAX_INDEX_KEYS);
}

/*
 * The same for another right on media, which each of these grants gives.  With
 * more than "max" keys, the key of everything.
 */
struct varlena *
kroles_subject_keys_by(KrolesBasis basis, KrolesAsker who, const KrolesSufficient *sufficient, int max)
{
	KeySearch		search = {
		.who = who,
		.sufficient = *sufficient,
		.max = max,
		.entries = {.size = sizeof(KrolesAudienceEntry)},
		.standings = {.size = sizeof(Standing)}
	};

	(void) kroles_ask_on(basis, &about_keys, NULL, &search);
	return kroles_make_index_keys(search.too_many, (KrolesAudienceEntry *) search.entries.items, search.entries.n);
}
