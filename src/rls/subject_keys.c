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
	KrolesRights approved;		/* rights on a space that show media approved there */
	KrolesRights pending;		/* ... pending there */
	unsigned	event_roles;	/* roles in an event that show its sessions */
	Snapshot	snapshot;
	KrolesArray entries;
	KrolesArray standings;
	bool		too_many;
} KeySearch;

static void
add_key(KeySearch *search, int class, int64 id)
{
	if (search->entries.n >= KROLES_MAX_INDEX_KEYS)
		search->too_many = true;
	if (!search->too_many)
		*(KrolesAudienceEntry *) kroles_array_add(&search->entries) = (KrolesAudienceEntry) {class, id};
}

/* Viewers of a space see media approved there, moderators pending media. */
static void
add_space(KeySearch *search, int64 id, KrolesRights rights)
{
	if (rights & search->approved)
		add_key(search, KROLES_ENTRY_APPROVED, id);
	if (rights & search->pending)
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

static void
add_spaces_by_type(KeySearch *search)
{
	static const KrolesKind kinds[] = {KROLES_CHANNEL, KROLES_GALLERY};
	bool		kept = search->judged.basis == KROLES_CURRENT && search->approved == KROLES_RIGHT(KROLES_VIEW) &&
		search->pending == KROLES_RIGHT(KROLES_MODERATE);
	uint64		generation = by_type.stamp.generation;

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

			if (!(rights & (search->approved | search->pending)))
				continue;
			/* types that C does not know count as private, and are not found by that name */
			if (type == KROLES_PRIVATE)
				search->too_many = true;
			else
				add_spaces_of_type(search, kinds[i], type, rights);
		}
	if (kept && search->too_many && generation == by_type.stamp.generation)
		by_type.too_many[search->judged.subject.role] = true;
}

/* ---- Spaces where the subject has a role ---- */

/* A space, and the role that the subject has there. */
typedef struct Standing
{
	int64		space_id;
	KrolesContextualRole role;
} Standing;

static void
add_standing(KeySearch *search, int64 space_id, KrolesContextualRole role)
{
	if (search->standings.n >= KROLES_MAX_INDEX_KEYS)
		search->too_many = true;
	else
		*(Standing *) kroles_array_add(&search->standings) = (Standing) {space_id, role};
}

/* Adds the child galleries that inherit their members. */
static void
add_below(KeySearch *search, int64 space_id, KrolesContextualRole role)
{
	KrolesScan	scan;

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
		add_below(search, at.space_id, at.role);
	}
}

/* Grants on spaces that inherit their members do not count; of several grants on a space one counts. */
static void
add_granted_spaces(KeySearch *search, const KrolesGrant *grants, int n)
{
	for (int i = 0; i < n && !search->too_many; i++)
	{
		const KrolesSpace *space = kroles_space(search->judged.basis, grants[i].space_id);
		KrolesContextualRole role;

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
		if (events[i].roles & search->event_roles)
			add_key(search, KROLES_ENTRY_EVENT, events[i].event_id);
}

static void
add_person(KeySearch *search, const KrolesUser *user)
{
	add_key(search, KROLES_ENTRY_USER, user->head.id);
	add_events(search, user->events, user->nevents);
	add_owned_spaces(search, user->head.id);
	add_granted_spaces(search, user->grants, user->ngrants);
	for (int i = 0; i < user->ngroups && !search->too_many; i++)
	{
		const KrolesGroup *group = kroles_group(search->judged.basis, user->groups[i]);

		add_key(search, KROLES_ENTRY_GROUP, group->head.id);
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
	return kroles_subject_keys_by(basis, who, KROLES_RIGHT(KROLES_VIEW), KROLES_RIGHT(KROLES_MODERATE), KROLES_ANY_EVENT_ROLE);
}

/*
 * The same for another right on media, given by one of these rights on a space
 * where the media is approved or pending, or by one of these roles in an event
 * that it is a session of.
 */
struct varlena *
kroles_subject_keys_by(KrolesBasis basis, KrolesAsker who, KrolesRights approved, KrolesRights pending, unsigned event_roles)
{
	KeySearch		search = {
		.who = who,
		.approved = approved,
		.pending = pending,
		.event_roles = event_roles,
		.entries = {.size = sizeof(KrolesAudienceEntry)},
		.standings = {.size = sizeof(Standing)}
	};

	(void) kroles_ask_on(basis, &about_keys, NULL, &search);
	return kroles_make_index_keys(search.too_many, (KrolesAudienceEntry *) search.entries.items, search.entries.n);
}
