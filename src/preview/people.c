/*
 * people.c
 *		Whom a grant, a role or ownership gives rights, on the active side.
 *
 * All of these are called within a question on the basis KROLES_SNAPSHOT, and read
 * with the active snapshot.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/snapmgr.h"

#include "cache/cache.h"
#include "decide/subject.h"
#include "preview/concern.h"
#include "store/scan.h"

/* Users are made unique when there are twice as many as after the last time, and at first when there are so many. */
#define FIRST_SETTLED 65536

/* Adds a user. */
void
kroles_concern_user(KrolesConcern *concern, int64 id)
{
	if (concern->users.n >= Max(concern->settled, FIRST_SETTLED))
	{
		kroles_sort_ids(&concern->users);
		concern->settled = 2 * concern->users.n;
	}
	*(int64 *) kroles_array_add(&concern->users) = id;
}

/* The members of a group; those too whose membership is not in force. */
void
kroles_concern_members(KrolesConcern *concern, int64 group_id)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_GROUP_MEMBERS, KROLES_I_GROUP_MEMBERS_GROUP, GROUP_MEMBERS_GROUP, group_id,
					  GetActiveSnapshot());
	while (kroles_scan_next(&scan))
		kroles_concern_user(concern, kroles_scan_id(&scan, GROUP_MEMBERS_USER));
	kroles_scan_end(&scan);
}

/* The user, or the members of the group, in the current row. */
static void
add_holder(KrolesConcern *concern, KrolesScan *scan, int user, int group)
{
	bool		by_group;
	Datum		user_id = kroles_scan_column(scan, user, &by_group);

	if (by_group)
		kroles_concern_members(concern, kroles_scan_id(scan, group));
	else
		kroles_concern_user(concern, DatumGetInt64(user_id));
}

/* The owner of a space, and the owner of the gallery whose members count there. */
void
kroles_concern_owners_of_space(KrolesConcern *concern, int64 space_id)
{
	const KrolesSpace *space = kroles_space(KROLES_SNAPSHOT, space_id);

	if (!space->head.exists)
		return;
	kroles_concern_user(concern, space->owner_id);
	kroles_concern_user(concern, kroles_members_space(KROLES_SNAPSHOT, space)->owner_id);
}

/* Everyone who has a role in a space. */
void
kroles_concern_people_of_space(KrolesConcern *concern, int64 space_id)
{
	const KrolesSpace *space = kroles_space(KROLES_SNAPSHOT, space_id);
	KrolesScan	scan;

	if (!space->head.exists)
		return;
	kroles_concern_owners_of_space(concern, space_id);
	kroles_scan_by_id(&scan, KROLES_T_SPACE_MEMBERS, KROLES_I_SPACE_MEMBERS_SPACE, SPACE_MEMBERS_SPACE,
					  kroles_members_space(KROLES_SNAPSHOT, space)->head.id, GetActiveSnapshot());
	while (kroles_scan_next(&scan))
		add_holder(concern, &scan, SPACE_MEMBERS_USER, SPACE_MEMBERS_GROUP);
	kroles_scan_end(&scan);
}

/* Everyone who has a role in an event. */
void
kroles_concern_participants(KrolesConcern *concern, int64 event_id)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_EVENT_PARTICIPANTS, KROLES_I_EVENT_PARTICIPANTS_EVENT, EVENT_PARTICIPANTS_EVENT,
					  event_id, GetActiveSnapshot());
	while (kroles_scan_next(&scan))
		add_holder(concern, &scan, EVENT_PARTICIPANTS_USER, EVENT_PARTICIPANTS_GROUP);
	kroles_scan_end(&scan);
}

void
kroles_concern_administrators(KrolesConcern *concern)
{
	KrolesScan	scan;

	kroles_scan_from(&scan, KROLES_T_USERS, KROLES_I_USERS_ADMINISTRATOR, USERS_ID, PG_INT64_MIN, GetActiveSnapshot());
	while (kroles_scan_next(&scan))
		kroles_concern_user(concern, kroles_scan_id(&scan, USERS_ID));
	kroles_scan_end(&scan);
}

/* All users of an applicative role; with anonymous, those of a role that C does not know. */
void
kroles_concern_users_of_role(KrolesConcern *concern, KrolesApplicativeRole role)
{
	KrolesScan	scan;

	if (role == KROLES_ANONYMOUS)
		kroles_concern_user(concern, KROLES_ANONYMOUS_ID);
	kroles_scan_from(&scan, KROLES_T_USERS, KROLES_I_USERS_ID, USERS_ID, PG_INT64_MIN, GetActiveSnapshot());
	while (kroles_scan_next(&scan))
	{
		int			code = kroles_scan_enum(&scan, USERS_APPLICATIVE, KROLES_E_APPLICATIVE_ROLE);

		CHECK_FOR_INTERRUPTS();
		if ((code < 0 ? KROLES_ANONYMOUS : code) == role)
			kroles_concern_user(concern, kroles_scan_id(&scan, USERS_ID));
	}
	kroles_scan_end(&scan);
}

/* Whether the type of a space gives a right there to at least one applicative role; false if there is no such space. */
bool
kroles_space_is_open(int64 space_id)
{
	const KrolesSpace *space = kroles_space(KROLES_SNAPSHOT, space_id);
	const KrolesMatrices *matrices = &kroles_site(KROLES_SNAPSHOT)->matrices;

	for (int role = 0; space->head.exists && role < KROLES_NAPPLICATIVE; role++)
	{
		KrolesSubject subject = {.role = role};

		if (kroles_space_rights(matrices, &subject, space->kind, space->type, KROLES_NO_ROLE) != 0)
			return true;
	}
	return false;
}
