/*
 * sufficient.c
 *		Which single grants are sufficient for a right on a media, in a room or
 *		in an event.
 *
 * Found by applying the rules to a standing that consists of the grant alone.
 */
#include "postgres.h"

#include "rules/sufficient.h"

/* Rights on the media, in its room or in the event (by "kind") for that standing. */
KrolesRights
kroles_rights_from_standing(const KrolesMatrices *m, const KrolesSubject *who, KrolesKind kind,
							const KrolesMediaStanding *standing)
{
	if (kind == KROLES_EVENT)
		return kroles_event_rights(m, who, standing->event_roles);
	return kind == KROLES_ROOM ? kroles_room_rights(m, who, standing) : kroles_media_rights(m, who, standing);
}

/*
 * The rights on a space, roles on the media and roles in an event each of which
 * alone gives the subject one of the rights wanted.
 */
KrolesSufficient
kroles_sufficient_grants(const KrolesMatrices *m, const KrolesSubject *who, KrolesKind kind,
						 KrolesRights wanted)
{
	KrolesSufficient sufficient = {0};

	for (int action = 0; action < KROLES_NACTIONS; action++)
	{
		KrolesMediaStanding approved = {.approved = KROLES_RIGHT(action)};
		KrolesMediaStanding pending = {.pending = KROLES_RIGHT(action)};

		if (kroles_rights_from_standing(m, who, kind, &approved) & wanted)
			sufficient.approved |= KROLES_RIGHT(action);
		if (kroles_rights_from_standing(m, who, kind, &pending) & wanted)
			sufficient.pending |= KROLES_RIGHT(action);
	}
	for (int role = 0; role < KROLES_NMEDIAROLES; role++)
	{
		KrolesMediaStanding on_media = {.roles = KROLES_MEDIA_ROLE(role)};

		if (kroles_rights_from_standing(m, who, kind, &on_media) & wanted)
			sufficient.roles |= KROLES_MEDIA_ROLE(role);
	}
	for (int role = 0; role < KROLES_NEVENTROLES; role++)
	{
		KrolesMediaStanding in_event = {.event_roles = KROLES_EVENT_ROLE(role)};

		if (kroles_rights_from_standing(m, who, kind, &in_event) & wanted)
			sufficient.event_roles |= KROLES_EVENT_ROLE(role);
	}
	return sufficient;
}
