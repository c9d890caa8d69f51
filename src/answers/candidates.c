/*
 * candidates.c
 *		Who may be among those for whom the answer about an object is yes.
 *
 * They are found from the object: its owners, the people and groups on it or
 * granted a role there, the participants of an event, whoever has joined a room,
 * administrators, and those applicative roles that need no grant.  There may be
 * others among them, but nobody is missing.
 */
#include "postgres.h"

#include "utils/snapmgr.h"

#include "answers/candidates.h"
#include "store/scan.h"

static void
add_user(KrolesCircle *circle, int64 id)
{
	*(int64 *) kroles_add_item(&circle->users) = id;
}

static void
add_group(KrolesCircle *circle, int64 id)
{
	*(int64 *) kroles_add_item(&circle->groups) = id;
}

/* Adds the user or the group that the current row names. */
static void
add_holder(KrolesCircle *circle, KrolesScan *scan, int user, int group)
{
	bool		by_group;
	Datum		user_id = kroles_scan_column(scan, user, &by_group);

	if (by_group)
		add_group(circle, kroles_scan_id(scan, group));
	else
		add_user(circle, DatumGetInt64(user_id));
}

/* ---- From a space ---- */

/* What a role in a space (or none) comes to for an applicative role. */
static KrolesRights
rights_of(const KrolesCircle *circle, const KrolesSpace *space, KrolesApplicativeRole applicative, KrolesContextualRole role)
{
	KrolesSubject subject = {.role = applicative};

	return kroles_space_rights(circle->matrices, &subject, space->kind, space->type, role);
}

/* Whether a role there gives anybody one of the rights. */
static bool
role_is_of_use(const KrolesCircle *circle, const KrolesSpace *space, KrolesContextualRole role, KrolesRights wanted)
{
	for (int applicative = 0; applicative < KROLES_NAPPLICATIVE; applicative++)
		if (rights_of(circle, space, applicative, role) & wanted)
			return true;
	return false;
}

static void
add_grants(KrolesCircle *circle, int64 space_id, const bool *of_use)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_SPACE_MEMBERS, KROLES_I_SPACE_MEMBERS_SPACE, SPACE_MEMBERS_SPACE, space_id,
					  circle->snapshot);
	while (kroles_scan_next(&scan))
	{
		int			role = kroles_scan_enum(&scan, SPACE_MEMBERS_ROLE, KROLES_E_CONTEXTUAL_ROLE);

		if (role >= 0 && of_use[role])
			add_holder(circle, &scan, SPACE_MEMBERS_USER, SPACE_MEMBERS_GROUP);
	}
	kroles_scan_end(&scan);
}

/* Adds whoever has one of the rights there by being somebody. */
static void
add_people_of(KrolesCircle *circle, const KrolesSpace *space, KrolesRights wanted)
{
	const KrolesSpace *members = kroles_members_space(KROLES_THEN, space);
	bool		of_use[KROLES_NCONTEXTUAL];
	bool		any = false;

	for (int role = 0; role < KROLES_NCONTEXTUAL; role++)
		any |= of_use[role] = role_is_of_use(circle, space, role, wanted);
	if (of_use[KROLES_MANAGER])
	{
		add_user(circle, space->owner_id);
		add_user(circle, members->owner_id);
	}
	if (any)
		add_grants(circle, members->head.id, of_use);
}

static void
circle_of_space(KrolesCircle *circle)
{
	const KrolesSpace *space = kroles_space(KROLES_THEN, circle->id);
	KrolesRights wanted = KROLES_RIGHT(circle->action);

	if (!space->head.exists || space->kind != circle->kind)
		return;
	for (int applicative = 0; applicative < KROLES_NAPPLICATIVE; applicative++)
		circle->everybody[applicative] = (rights_of(circle, space, applicative, KROLES_NO_ROLE) & wanted) != 0;
	add_people_of(circle, space, wanted);
}

/* ---- From an event ---- */

/* Adds the participants whose role is one of these. */
static void
add_participants(KrolesCircle *circle, int64 event_id, unsigned of_use)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_EVENT_PARTICIPANTS, KROLES_I_EVENT_PARTICIPANTS_EVENT, EVENT_PARTICIPANTS_EVENT,
					  event_id, circle->snapshot);
	while (kroles_scan_next(&scan))
	{
		int			role = kroles_scan_enum(&scan, EVENT_PARTICIPANTS_ROLE, KROLES_E_EVENT_ROLE);

		if (role >= 0 && (of_use & KROLES_EVENT_ROLE(role)))
			add_holder(circle, &scan, EVENT_PARTICIPANTS_USER, EVENT_PARTICIPANTS_GROUP);
	}
	kroles_scan_end(&scan);
}

/* ---- From a media, or its room ---- */

static void
add_publication(KrolesCircle *circle, KrolesToken token)
{
	bool		approved = token.class == KROLES_TOKEN_APPROVED;
	KrolesRights through = approved ? circle->through.approved : circle->through.pending;
	const KrolesSpace *space = kroles_space(KROLES_THEN, token.id);

	if (!space->head.exists)
		return;
	for (int applicative = 0; applicative < KROLES_NAPPLICATIVE; applicative++)
	{
		KrolesRights rights = rights_of(circle, space, applicative, KROLES_NO_ROLE);

		if (approved)
			circle->without[applicative].approved |= rights;
		else
			circle->without[applicative].pending |= rights;
	}
	if (through != 0)
		add_people_of(circle, space, through);
}

static void
add_token(KrolesCircle *circle, KrolesToken token)
{
	if (token.class < KROLES_TOKEN_GROUP)
		add_user(circle, token.id);
	else if (token.class < KROLES_TOKEN_APPROVED)
		add_group(circle, token.id);
	else if (token.class == KROLES_TOKEN_EVENT)
		add_participants(circle, token.id, circle->through.event_roles);
	else
		add_publication(circle, token);
}

/* Adds whoever is in the room: what was read on joining may be all that they have.  (The index has no others.) */
static void
add_joined(KrolesCircle *circle)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_ROOM_PARTICIPANTS, KROLES_I_ROOM_PARTICIPANTS_MEDIA, ROOM_PARTICIPANTS_MEDIA,
					  circle->id, circle->snapshot);
	while (kroles_scan_next(&scan))
		add_user(circle, kroles_scan_id(&scan, ROOM_PARTICIPANTS_USER));
	kroles_scan_end(&scan);
}

static void
circle_of_media(KrolesCircle *circle)
{
	const KrolesMedia *media = kroles_media(KROLES_THEN, circle->id);
	KrolesAudience audience;
	KrolesToken token;

	if (!media->head.exists || (circle->kind == KROLES_ROOM && !media->is_room))
		return;
	audience = kroles_open_audience(media->audience);
	while (kroles_next_token(&audience, &token))
		add_token(circle, token);
	if (circle->kind == KROLES_ROOM)
		add_joined(circle);
	for (int applicative = 0; applicative < KROLES_NAPPLICATIVE; applicative++)
	{
		KrolesSubject subject = {.role = applicative};

		circle->everybody[applicative] = (KROLES_RIGHT(circle->action) &
										  kroles_rights_by(circle->matrices, &subject, circle->kind,
														   &circle->without[applicative])) != 0;
	}
}

/* ---- The circle ---- */

static void
circle_of_site(KrolesCircle *circle)
{
	for (int applicative = 0; applicative < KROLES_NAPPLICATIVE; applicative++)
	{
		KrolesSubject subject = {.role = applicative};

		circle->everybody[applicative] = (KROLES_RIGHT(circle->action) &
										  kroles_site_rights(circle->matrices, &subject)) != 0;
	}
}

static void
add_administrators(KrolesCircle *circle)
{
	KrolesScan	scan;

	kroles_scan_from(&scan, KROLES_T_USERS, KROLES_I_USERS_ADMINISTRATOR, USERS_ID, PG_INT64_MIN, circle->snapshot);
	while (kroles_scan_next(&scan))
		add_user(circle, kroles_scan_id(&scan, USERS_ID));
	kroles_scan_end(&scan);
}

static void
add_members(KrolesCircle *circle, int64 group_id)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_GROUP_MEMBERS, KROLES_I_GROUP_MEMBERS_GROUP, GROUP_MEMBERS_GROUP, group_id,
					  circle->snapshot);
	while (kroles_scan_next(&scan))
		add_user(circle, kroles_scan_id(&scan, GROUP_MEMBERS_USER));
	kroles_scan_end(&scan);
}

/* Notes by what of the object anybody, of whichever applicative role, would have the right. */
static void
find_through(KrolesCircle *circle)
{
	for (int applicative = 0; applicative < KROLES_NAPPLICATIVE; applicative++)
	{
		KrolesSubject subject = {.role = applicative};
		KrolesThrough through = kroles_rights_through(circle->matrices, &subject, circle->kind,
													  KROLES_RIGHT(circle->action));

		circle->through.approved |= through.approved;
		circle->through.pending |= through.pending;
		circle->through.event_roles |= through.event_roles;
	}
}

static void
circle_of_object(KrolesCircle *circle)
{
	switch (circle->kind)
	{
		case KROLES_SITE:
			circle_of_site(circle);
			break;
		case KROLES_MEDIA:
		case KROLES_ROOM:
			find_through(circle);
			circle_of_media(circle);
			break;
		case KROLES_EVENT:
			find_through(circle);
			add_participants(circle, circle->id, circle->through.event_roles);
			break;
		default:
			circle_of_space(circle);
			break;
	}
}

/* A judge that finds the circle in the statement's world. */
static void
judge_circle(KrolesWorld world, void *about, KrolesAnswer *answer)
{
	KrolesCircle *circle = about;

	circle->snapshot = GetActiveSnapshot();
	circle->matrices = &kroles_site(world)->matrices;
	circle_of_object(circle);
	kroles_put_ids_in_order(&circle->groups);
	for (int i = 0; i < circle->groups.n; i++)
		add_members(circle, ((int64 *) circle->groups.items)[i]);
	add_administrators(circle);
	kroles_put_ids_in_order(&circle->users);
}

/* Finds the circle of an object, of which kind, id and action are given; in the caller's memory. */
void
kroles_find_circle(KrolesCircle *circle)
{
	KrolesAnswer ignored;

	circle->users.size = circle->groups.size = sizeof(int64);
	(void) kroles_ask_in(KROLES_THEN, judge_circle, circle, &ignored);
}

/* Whether that user is in it. */
bool
kroles_in_circle(const KrolesCircle *circle, int64 user_id)
{
	return circle->users.n > 0 &&
		bsearch(&user_id, circle->users.items, circle->users.n, circle->users.size, kroles_compare_ids) != NULL;
}
