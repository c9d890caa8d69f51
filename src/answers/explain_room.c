/*
 * explain_room.c
 *		Why a subject has a right in a room, or has not.
 *
 * Rights follow from the room's media (answers/explain_media.c).  But a user who
 * has joined has the rights read on joining; everything else counts when they
 * join again.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "answers/explain_context.h"

/* Adds that the judged has joined, and whether the rights read then allow. */
static void
add_stay(KrolesExplainContext *context)
{
	KrolesMediaStanding nothing = {.unavailable = context->unavailable};
	KrolesRights frozen = kroles_frozen_room_rights(context->judged.matrices, &context->judged.subject,
													context->stay->rights, &nothing);
	KrolesReason *reason = kroles_add_reason(context, frozen & context->wanted ? KROLES_ALLOWS : KROLES_DENIES,
											 KROLES_F_JOINED);

	reason->joined_at = context->stay->joined_at;
	if (!TIMESTAMP_NOT_FINITE(reason->joined_at))
		reason->until = reason->joined_at + kroles_site(context->judged.basis)->room_session_limit;
}

/* The room roles that a reason's fact gives, with the module on. */
static unsigned
room_roles_by(const KrolesExplainContext *context, const KrolesReason *reason)
{
	KrolesMediaStanding standing = {0};

	if (reason->fact == KROLES_F_MEDIA_ROLE)
		standing.roles = KROLES_MEDIA_ROLE(reason->role);
	else if (reason->fact == KROLES_F_EVENT_ROLE)
		standing.event_roles = KROLES_EVENT_ROLE(reason->role);
	else if (reason->published == KROLES_ENTRY_APPROVED && reason->effect == KROLES_ALLOWS)
		standing.approved = reason->right;
	return kroles_room_roles(&context->variants[KROLES_MODULE_ON], &standing);
}

/*
 * Adds the reasons for the right in the room.  Viewing the room is viewing its
 * media.
 */
void
kroles_room_explain(KrolesExplainContext *context)
{
	int			first;

	if (context->stay != NULL)
		add_stay(context);
	first = context->explanation->reasons.n;
	if (context->judged.subject.administrator)
		kroles_add_reason(context, KROLES_ALLOWS, KROLES_F_ADMINISTRATOR);
	else
		kroles_media_explain(context);
	for (int i = first; i < context->explanation->reasons.n; i++)
	{
		KrolesReason *reason = KROLES_REASON(context->explanation, i);

		if (context->wanted != KROLES_RIGHT(KROLES_VIEW))
			reason->room_roles = room_roles_by(context, reason);
		if (context->stay == NULL || reason->effect != KROLES_ALLOWS)
			continue;
		reason->effect = KROLES_IGNORED;
		reason->why = KROLES_HAS_JOINED;
	}
}

/* ---- The table of kinds: see KrolesKindMethods ---- */

/*
 * Finds the room, and the stay of the judged if the right is one of those read
 * on joining.
 */
bool
kroles_room_find(KrolesExplainContext *context)
{
	if (!kroles_media_find(context) || !context->media->is_room)
		return false;
	if (context->wanted != KROLES_RIGHT(KROLES_VIEW))
		context->stay = kroles_find_stay(&context->judged, context->media);
	context->explanation->joined = context->stay != NULL;
	return true;
}
