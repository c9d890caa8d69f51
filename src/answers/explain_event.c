/*
 * explain_event.c
 *		Why a subject has a right by a role in an event, or has not: on the event,
 *		on its sessions and in their rooms.
 */
#include "postgres.h"

#include "answers/explain_context.h"

/* Adds the roles in an event that the judged holds, or a group if one is given. */
static void
add_event_roles(KrolesExplainContext *context, int64 event_id, unsigned roles, const KrolesGroup *group)
{
	KrolesAudienceEntry entry = {KROLES_ENTRY_EVENT, event_id};

	for (int role = 0; role < KROLES_NEVENTROLES; role++)
	{
		KrolesReason *reason;
		KrolesWhyNot why;

		if (!(roles & KROLES_EVENT_ROLE(role)))
			continue;
		reason = kroles_add_reason(context, kroles_effect_of_entry(context, entry, KROLES_EVENT_ROLE(role), &why),
								   KROLES_F_EVENT_ROLE);
		reason->why = why;
		reason->role = role;
		reason->has_event = true;
		reason->event_id = event_id;
		reason->by_group = group != NULL;
		reason->group_id = group == NULL ? 0 : group->head.id;
	}
}

/* Adds all roles of the judged in an event: their own and by groups. */
void
kroles_explain_via_event(KrolesExplainContext *context, int64 event_id)
{
	const KrolesUser *user = context->judged.user;

	if (user == NULL)
		return;
	add_event_roles(context, event_id, kroles_roles_held(user->events, user->nevents, event_id), NULL);
	for (int i = 0; i < user->ngroups; i++)
	{
		const KrolesGroup *group = kroles_group(context->judged.basis, user->groups[i]);

		add_event_roles(context, event_id, kroles_roles_held(group->events, group->nevents, event_id), group);
	}
}

/*
 * Adds the roles of the judged in an event of which the media is a session.  If
 * there are none but some role would be sufficient, adds that it is a session.
 */
void
kroles_explain_via_session(KrolesExplainContext *context, int64 event_id, const KrolesSufficient *sufficient)
{
	int			nbefore = context->explanation->reasons.n;

	kroles_explain_via_event(context, event_id);
	if (context->explanation->reasons.n == nbefore && sufficient->event_roles != 0)
	{
		KrolesReason *reason = kroles_add_reason(context, KROLES_LACKS, KROLES_F_SESSION);

		reason->has_event = true;
		reason->event_id = event_id;
	}
}

/* ---- The table of kinds: see KrolesKindMethods ---- */

bool
kroles_event_find(KrolesExplainContext *context)
{
	context->event = kroles_event(context->judged.basis, context->explanation->id);
	return context->event->head.exists;
}

void
kroles_event_explain(KrolesExplainContext *context)
{
	kroles_explain_via_event(context, context->event->head.id);
}

KrolesRights
kroles_event_rights_with(const KrolesExplainContext *context, const KrolesSubject *subject, int role)
{
	KrolesMediaStanding standing = {
		.event_roles = kroles_event_roles(&context->judged, context->event->head.id) |
		(role < 0 ? 0 : KROLES_EVENT_ROLE(role))
	};

	return kroles_rights_from_standing(context->judged.matrices, subject, KROLES_EVENT, &standing);
}
