/*
 * explain_event.c
 *		Why a subject has a right by a role in an event, or has not: on the event,
 *		on its sessions and in their rooms.
 */
#include "postgres.h"

#include "answers/explain_context.h"

/* Adds the roles of one grant in an event, which the judged holds, or a group if one is given. */
static void
add_event_grant(KrolesExplainContext *context, const KrolesEventGrant *grant, KrolesWindow window, const KrolesGroup *group)
{
	KrolesAudienceEntry entry = {KROLES_ENTRY_EVENT, grant->event_id};

	for (int role = 0; role < KROLES_NEVENTROLES; role++)
	{
		KrolesReason *reason;
		KrolesWhyNot why;

		if (!(grant->roles & KROLES_EVENT_ROLE(role)))
			continue;
		reason = kroles_add_reason(context, KROLES_IGNORED, KROLES_F_EVENT_ROLE);
		why = kroles_set_window(reason, window);
		if (why == KROLES_COUNTS)
			reason->effect = kroles_effect_of_entry(context, entry, KROLES_EVENT_ROLE(role), &why);
		reason->why = why;
		reason->role = role;
		reason->has_event = true;
		reason->event_id = grant->event_id;
		reason->by_group = group != NULL;
		reason->group_id = group == NULL ? 0 : group->head.id;
	}
}

/* Adds the grants in an event that one holder has. */
static void
add_event_grants(KrolesExplainContext *context, int64 event_id, const KrolesEventGrant *events, int n, KrolesWindow window,
				 const KrolesGroup *group)
{
	for (int at = kroles_lower_bound(events, n, sizeof(KrolesEventGrant), event_id);
		 at < n && events[at].event_id == event_id; at++)
		add_event_grant(context, &events[at], kroles_common_window(window, events[at].window), group);
}

/* Adds all roles of the judged in an event: their own and by groups. */
void
kroles_explain_via_event(KrolesExplainContext *context, int64 event_id)
{
	const KrolesUser *user = context->judged.user;

	if (user == NULL)
		return;
	add_event_grants(context, event_id, user->events, user->nevents, KROLES_ALWAYS, NULL);
	for (int i = 0; i < kroles_group_count(user); i++)
	{
		KrolesWindow window;
		const KrolesGroup *group = kroles_group_at(context, i, &window);

		add_event_grants(context, event_id, group->events, group->nevents, window, group);
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
