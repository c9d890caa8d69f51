/*
 * sufficient.c
 *		What alone would be enough for a right on media, in a room or in an event.
 *
 * Found by asking the rules about somebody of whom only that is known.
 */
#include "postgres.h"

#include "rules/sufficient.h"

/* The rights of somebody who stands so: on the media, in its room, or in the event. */
KrolesRights
kroles_rights_from_standing(const KrolesMatrices *m, const KrolesSubject *who, KrolesKind kind, const KrolesMediaStanding *standing)
{
	if (kind == KROLES_EVENT)
		return kroles_event_rights(m, who, standing->event_roles);
	return kind == KROLES_ROOM ? kroles_room_rights(m, who, standing) : kroles_media_rights(m, who, standing);
}

/* The rights on a space and the roles in an event by which somebody would have one of the rights wanted. */
KrolesSufficient
kroles_sufficient_grants(const KrolesMatrices *m, const KrolesSubject *who, KrolesKind kind, KrolesRights wanted)
{
	KrolesSufficient through = {0};

	for (int action = 0; action < KROLES_NACTIONS; action++)
	{
		KrolesMediaStanding approved = {.approved = KROLES_RIGHT(action)};
		KrolesMediaStanding pending = {.pending = KROLES_RIGHT(action)};

		if (kroles_rights_from_standing(m, who, kind, &approved) & wanted)
			through.approved |= KROLES_RIGHT(action);
		if (kroles_rights_from_standing(m, who, kind, &pending) & wanted)
			through.pending |= KROLES_RIGHT(action);
	}
	for (int role = 0; role < KROLES_NEVENTROLES; role++)
	{
		KrolesMediaStanding in_event = {.event_roles = KROLES_EVENT_ROLE(role)};

		if (kroles_rights_from_standing(m, who, kind, &in_event) & wanted)
			through.event_roles |= KROLES_EVENT_ROLE(role);
	}
	return through;
}
