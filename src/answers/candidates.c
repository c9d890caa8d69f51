/*
 * candidates.c
 *		Candidates: the users who may have a right on an object.
 *
 * They are found from the object: its owners, users and groups in its audience
 * or with a role on it, participants of an event, users who have joined a room,
 * administrators, and all users of applicative roles that need no grant.  The
 * candidates are a superset of the users who have the right.
 */
#include "postgres.h"

#include "utils/snapmgr.h"

#include "answers/candidates.h"
#include "cache/kinds.h"
#include "decide/subject.h"
#include "store/scan.h"

static void
add_user(KrolesCandidates *candidates, int64 id)
{
	*(int64 *) kroles_array_add(&candidates->users) = id;
}

static void
add_group(KrolesCandidates *candidates, int64 id)
{
	*(int64 *) kroles_array_add(&candidates->groups) = id;
}

/* Adds the user or the group of the current row. */
static void
add_holder(KrolesCandidates *candidates, KrolesScan *scan, int user, int group)
{
	bool		by_group;
	Datum		user_id = kroles_scan_column(scan, user, &by_group);

	if (by_group)
		add_group(candidates, kroles_scan_id(scan, group));
	else
		add_user(candidates, DatumGetInt64(user_id));
}

/* Sets the grants that are sufficient for at least one applicative role. */
static void
set_sufficient_grants(KrolesCandidates *candidates)
{
	for (int applicative = 0; applicative < KROLES_NAPPLICATIVE; applicative++)
	{
		KrolesSubject subject = {.role = applicative};
		KrolesSufficient sufficient = kroles_sufficient_grants(candidates->matrices, &subject, candidates->kind,
															  KROLES_RIGHT(candidates->action));

		candidates->sufficient.approved |= sufficient.approved;
		candidates->sufficient.pending |= sufficient.pending;
		candidates->sufficient.roles |= sufficient.roles;
		candidates->sufficient.event_roles |= sufficient.event_roles;
	}
}

/* ---- From a space ---- */

/* The rights of a role (or none) in a space for an applicative role. */
static KrolesRights
rights_by_role(const KrolesCandidates *candidates, const KrolesSpace *space, KrolesApplicativeRole applicative,
			   KrolesContextualRole role)
{
	KrolesSubject subject = {.role = applicative};

	return kroles_space_rights(candidates->matrices, &subject, space->kind, space->type, role);
}

/* Whether a role in a space gives a right to at least one applicative role. */
static bool
role_is_sufficient(const KrolesCandidates *candidates, const KrolesSpace *space, KrolesContextualRole role,
				   KrolesRights wanted)
{
	for (int applicative = 0; applicative < KROLES_NAPPLICATIVE; applicative++)
		if (rights_by_role(candidates, space, applicative, role) & wanted)
			return true;
	return false;
}

/* Adds the users and groups with a sufficient role in a space. */
static void
add_grantees(KrolesCandidates *candidates, int64 space_id, const bool *sufficient_roles)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_SPACE_MEMBERS, KROLES_I_SPACE_MEMBERS_SPACE, SPACE_MEMBERS_SPACE, space_id,
					  candidates->snapshot);
	while (kroles_scan_next(&scan))
	{
		int			role = kroles_scan_enum(&scan, SPACE_MEMBERS_ROLE, KROLES_E_CONTEXTUAL_ROLE);

		if (role >= 0 && sufficient_roles[role])
			add_holder(candidates, &scan, SPACE_MEMBERS_USER, SPACE_MEMBERS_GROUP);
	}
	kroles_scan_end(&scan);
}

/* Adds those to whom ownership or a grant gives one of the rights on a space. */
static void
add_space_users(KrolesCandidates *candidates, const KrolesSpace *space, KrolesRights wanted)
{
	const KrolesSpace *members = kroles_members_space(candidates->basis, space);
	bool		sufficient_roles[KROLES_NCONTEXTUAL];
	bool		any = false;

	for (int role = 0; role < KROLES_NCONTEXTUAL; role++)
		any |= sufficient_roles[role] = role_is_sufficient(candidates, space, role, wanted);
	if (sufficient_roles[KROLES_MANAGER])
	{
		add_user(candidates, space->owner_id);
		add_user(candidates, members->owner_id);
	}
	if (any)
		add_grantees(candidates, members->head.id, sufficient_roles);
}

void
kroles_candidates_of_space(KrolesCandidates *candidates)
{
	const KrolesSpace *space = kroles_space(candidates->basis, candidates->id);
	KrolesRights wanted = KROLES_RIGHT(candidates->action);

	if (!space->head.exists || space->kind != candidates->kind)
		return;
	for (int applicative = 0; applicative < KROLES_NAPPLICATIVE; applicative++)
		candidates->everybody[applicative] = (wanted &
											  rights_by_role(candidates, space, applicative, KROLES_NO_ROLE)) != 0;
	add_space_users(candidates, space, wanted);
}

/* ---- From an event ---- */

/* Adds the participants with a sufficient role in an event. */
static void
add_participants(KrolesCandidates *candidates, int64 event_id, unsigned sufficient_roles)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_EVENT_PARTICIPANTS, KROLES_I_EVENT_PARTICIPANTS_EVENT, EVENT_PARTICIPANTS_EVENT,
					  event_id, candidates->snapshot);
	while (kroles_scan_next(&scan))
	{
		int			role = kroles_scan_enum(&scan, EVENT_PARTICIPANTS_ROLE, KROLES_E_EVENT_ROLE);

		if (role >= 0 && (sufficient_roles & KROLES_EVENT_ROLE(role)))
			add_holder(candidates, &scan, EVENT_PARTICIPANTS_USER, EVENT_PARTICIPANTS_GROUP);
	}
	kroles_scan_end(&scan);
}

void
kroles_candidates_of_event(KrolesCandidates *candidates)
{
	set_sufficient_grants(candidates);
	add_participants(candidates, candidates->id, candidates->sufficient.event_roles);
}

/* ---- From a media, or its room ---- */

/*
 * Adds those who have a sufficient right on the space of an entry, and its
 * rights without a grant.
 */
static void
add_publication_users(KrolesCandidates *candidates, KrolesAudienceEntry entry)
{
	bool		approved = entry.class == KROLES_ENTRY_APPROVED;
	KrolesRights sufficient = approved ? candidates->sufficient.approved : candidates->sufficient.pending;
	const KrolesSpace *space = kroles_space(candidates->basis, entry.id);

	if (!space->head.exists)
		return;
	for (int applicative = 0; applicative < KROLES_NAPPLICATIVE; applicative++)
	{
		KrolesRights rights = rights_by_role(candidates, space, applicative, KROLES_NO_ROLE);

		if (approved)
			candidates->without[applicative].approved |= rights;
		else
			candidates->without[applicative].pending |= rights;
	}
	if (sufficient != 0)
		add_space_users(candidates, space, sufficient);
}

static void
add_entry_users(KrolesCandidates *candidates, KrolesAudienceEntry entry)
{
	if (entry.class < KROLES_ENTRY_GROUP)
	{
		if (candidates->sufficient.roles & KROLES_MEDIA_ROLE(entry.class - KROLES_ENTRY_USER))
			add_user(candidates, entry.id);
	}
	else if (entry.class < KROLES_ENTRY_APPROVED)
	{
		if (candidates->sufficient.roles & KROLES_MEDIA_ROLE(entry.class - KROLES_ENTRY_GROUP))
			add_group(candidates, entry.id);
	}
	else if (entry.class == KROLES_ENTRY_AVAILABLE)
		return;
	else if (entry.class == KROLES_ENTRY_EVENT)
		add_participants(candidates, entry.id, candidates->sufficient.event_roles);
	else
		add_publication_users(candidates, entry);
}

/*
 * Adds the users who have joined the room: the rights read on joining may be
 * their only ones.  The partial index holds no other participants.
 */
static void
add_joined_users(KrolesCandidates *candidates)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_ROOM_PARTICIPANTS, KROLES_I_ROOM_PARTICIPANTS_MEDIA, ROOM_PARTICIPANTS_MEDIA,
					  candidates->id, candidates->snapshot);
	while (kroles_scan_next(&scan))
		add_user(candidates, kroles_scan_id(&scan, ROOM_PARTICIPANTS_USER));
	kroles_scan_end(&scan);
}

void
kroles_candidates_of_media(KrolesCandidates *candidates)
{
	const KrolesMedia *media = kroles_media(candidates->basis, candidates->id);
	KrolesAudience audience;
	KrolesWindowedEntry entry;

	set_sufficient_grants(candidates);
	if (!media->head.exists || (candidates->kind == KROLES_ROOM && !media->is_room))
		return;
	audience = kroles_open_audience(media->audience);
	while (kroles_read_entry(&audience, &entry))
		add_entry_users(candidates, entry.entry);
	if (candidates->kind == KROLES_ROOM)
		add_joined_users(candidates);
	for (int applicative = 0; applicative < KROLES_NAPPLICATIVE; applicative++)
	{
		KrolesSubject subject = {.role = applicative};

		candidates->everybody[applicative] = (KROLES_RIGHT(candidates->action) &
											  kroles_rights_from_standing(candidates->matrices, &subject,
																		  candidates->kind,
																		  &candidates->without[applicative])) != 0;
	}
}

/* ---- The candidates ---- */

void
kroles_candidates_of_site(KrolesCandidates *candidates)
{
	for (int applicative = 0; applicative < KROLES_NAPPLICATIVE; applicative++)
	{
		KrolesSubject subject = {.role = applicative};

		candidates->everybody[applicative] = (KROLES_RIGHT(candidates->action) &
											  kroles_site_rights(candidates->matrices, &subject)) != 0;
	}
}

static void
add_administrators(KrolesCandidates *candidates)
{
	KrolesScan	scan;

	kroles_scan_from(&scan, KROLES_T_USERS, KROLES_I_USERS_ADMINISTRATOR, USERS_ID, PG_INT64_MIN, candidates->snapshot);
	while (kroles_scan_next(&scan))
		add_user(candidates, kroles_scan_id(&scan, USERS_ID));
	kroles_scan_end(&scan);
}

static void
add_group_members(KrolesCandidates *candidates, int64 group_id)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_GROUP_MEMBERS, KROLES_I_GROUP_MEMBERS_GROUP, GROUP_MEMBERS_GROUP, group_id,
					  candidates->snapshot);
	while (kroles_scan_next(&scan))
		add_user(candidates, kroles_scan_id(&scan, GROUP_MEMBERS_USER));
	kroles_scan_end(&scan);
}

/* The judge of about_candidates. */
static void
collect_candidates(KrolesBasis basis, const void *about, void *answer)
{
	KrolesCandidates *candidates = answer;

	candidates->users.n = candidates->groups.n = 0;
	candidates->snapshot = kroles_question_snapshot(basis);
	candidates->matrices = &kroles_site(basis)->matrices;
	kroles_kinds[candidates->kind].find_candidates(candidates);
	kroles_sort_ids(&candidates->groups);
	for (int i = 0; i < candidates->groups.n; i++)
		add_group_members(candidates, ((int64 *) candidates->groups.items)[i]);
	add_administrators(candidates);
	kroles_sort_ids(&candidates->users);
}

static const KrolesQuestion about_candidates = {.judge = collect_candidates};

/*
 * Finds the candidates for an object on a basis; kind, id, action and basis must be
 * set.  The arrays are in the caller's memory.
 */
void
kroles_find_candidates(KrolesCandidates *candidates)
{
	candidates->users.size = candidates->groups.size = sizeof(int64);
	(void) kroles_ask_on(candidates->basis, &about_candidates, NULL, candidates);
}

/* Whether the user is a candidate by id, not by applicative role. */
static bool
is_candidate(const KrolesCandidates *candidates, int64 user_id)
{
	return candidates->users.n > 0 &&
		bsearch(&user_id, candidates->users.items, candidates->users.n, candidates->users.size,
				kroles_compare_ids) != NULL;
}

/*
 * Visits the candidates by ascending id, from an id on, until "visit" returns false.  Where
 * some applicative role needs no grant, all users are scanned for those who have it.
 */
void
kroles_visit_candidates(const KrolesCandidates *candidates, int64 from, bool (*visit) (void *arg, int64 user_id), void *arg)
{
	const int64 *users = (const int64 *) candidates->users.items;
	bool		any = false;
	bool		more = true;
	KrolesScan	scan;

	for (int role = 0; role < KROLES_NAPPLICATIVE; role++)
		any |= candidates->everybody[role];
	if (!any)
	{
		for (int i = kroles_lower_bound(users, candidates->users.n, sizeof(int64), from); i < candidates->users.n && more; i++)
			more = visit(arg, users[i]);
		return;
	}
	kroles_scan_from(&scan, KROLES_T_USERS, KROLES_I_USERS_ID, USERS_ID, from, candidates->snapshot);
	while (more && kroles_scan_next(&scan))
	{
		int64		id = kroles_scan_id(&scan, USERS_ID);
		int			role = kroles_scan_enum(&scan, USERS_APPLICATIVE, KROLES_E_APPLICATIVE_ROLE);

		if (candidates->everybody[role < 0 ? KROLES_ANONYMOUS : role] || is_candidate(candidates, id))
			more = visit(arg, id);
	}
	kroles_scan_end(&scan);
}
