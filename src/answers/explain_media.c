/*
 * explain_media.c
 *		Why a subject has a right on a media, or in its room, or has not: entry by
 *		entry of the audience.
 */
#include "postgres.h"

#include "answers/explain_context.h"

/*
 * Whether one entry alone gives the judged the right by a variant of the
 * matrices.  Of the judged's roles in an event, only event_roles count.
 */
static bool
entry_is_sufficient(const KrolesExplainContext *context, int variant, bool unavailable, KrolesAudienceEntry entry,
					unsigned event_roles)
{
	KrolesJudged judged = context->judged;
	KrolesMediaStanding standing = {.unavailable = unavailable, .has_room = context->media != NULL && context->media->is_room};

	judged.matrices = &context->variants[variant];
	kroles_add_standing(&standing, &judged, entry);
	standing.event_roles &= event_roles;
	return (context->wanted &
			kroles_rights_from_standing(judged.matrices, &judged.subject, context->explanation->kind, &standing)) != 0;
}

/*
 * The effect of one entry for the judged, and why it does not count.  Of the
 * judged's roles in an event, only event_roles count.
 */
KrolesEffect
kroles_effect_of_entry(const KrolesExplainContext *context, KrolesAudienceEntry entry, unsigned event_roles,
					   KrolesWhyNot *why)
{
	*why = KROLES_COUNTS;
	if (entry_is_sufficient(context, 0, context->unavailable, entry, event_roles))
		return KROLES_ALLOWS;
	if (entry_is_sufficient(context, 0, false, entry, event_roles))
		*why = KROLES_MEDIA_UNAVAILABLE;
	else if (entry_is_sufficient(context, KROLES_NO_CEILINGS, false, entry, event_roles))
		*why = KROLES_ABOVE_CEILING;
	else if (entry_is_sufficient(context, KROLES_NO_CEILINGS | KROLES_MODULE_ON, false, entry, event_roles))
		*why = KROLES_MODULE_OFF;
	return *why == KROLES_COUNTS ? KROLES_LACKS : KROLES_IGNORED;
}

/*
 * Adds the role on the media of an entry, if the entry is the judged's or a
 * group's of theirs.
 */
static void
add_media_role(KrolesExplainContext *context, KrolesAudienceEntry entry, KrolesWindow window)
{
	bool		by_group = entry.class >= KROLES_ENTRY_GROUP;
	KrolesWindow membership = KROLES_ALWAYS;
	KrolesReason *reason;
	KrolesWhyNot why;

	if (context->judged.user == NULL ||
		!(by_group ? kroles_find_membership(context->judged.user, entry.id, &membership) :
		  entry.id == context->judged.principals.user_id))
		return;
	reason = kroles_add_reason(context, KROLES_IGNORED, KROLES_F_MEDIA_ROLE);
	why = kroles_set_window(reason, kroles_common_window(window, membership));
	if (why == KROLES_COUNTS)
		reason->effect = kroles_effect_of_entry(context, entry, 0, &why);
	reason->why = why;
	reason->role = entry.class - (by_group ? KROLES_ENTRY_GROUP : KROLES_ENTRY_USER);
	reason->by_group = by_group;
	reason->group_id = by_group ? entry.id : 0;
}

/*
 * Adds the reasons from an entry for a publication; sufficient has the rights on
 * the space of which each gives the right.
 */
static void
explain_publication(KrolesExplainContext *context, KrolesAudienceEntry entry, KrolesRights sufficient)
{
	const KrolesSpace *space = kroles_space(context->judged.basis, entry.id);
	KrolesWhyNot why;
	KrolesEffect effect = kroles_effect_of_entry(context, entry, 0, &why);
	KrolesReason *reason;

	if (effect == KROLES_ALLOWS)
		kroles_explain_via_space(context, space, sufficient, entry.class);
	else if (space->head.exists && (sufficient != 0 || effect == KROLES_IGNORED))
	{
		reason = kroles_add_reason(context, effect, KROLES_F_PUBLISHED);
		reason->why = why;
		reason->has_space = true;
		reason->space_id = reason->source_space_id = space->head.id;
		reason->space_kind = space->kind;
		reason->space_type = space->type;
		reason->published = entry.class;
		reason->right = sufficient;
	}
}

/* Adds that the media is not available, if anything would give the right otherwise. */
static void
add_unavailable(KrolesExplainContext *context)
{
	for (int i = 0; i < context->explanation->reasons.n; i++)
		if (KROLES_REASON(context->explanation, i)->why == KROLES_MEDIA_UNAVAILABLE)
		{
			kroles_add_reason(context, KROLES_DENIES, KROLES_F_UNAVAILABLE)->available =
				kroles_audience_available(context->media->audience);
			return;
		}
}

/* Adds the reasons from the media's audience, for it or its room. */
void
kroles_media_explain(KrolesExplainContext *context)
{
	KrolesSufficient sufficient = kroles_sufficient_grants(&context->variants[0], &context->judged.subject,
														  context->explanation->kind, context->wanted);
	KrolesAudience audience = kroles_open_audience(context->media->audience);
	KrolesWindowedEntry windowed;

	while (kroles_read_entry(&audience, &windowed))
	{
		KrolesAudienceEntry entry = windowed.entry;

		if (entry.class < KROLES_ENTRY_APPROVED)
			add_media_role(context, entry, windowed.window);
		else if (entry.class == KROLES_ENTRY_AVAILABLE)
			continue;
		else if (entry.class == KROLES_ENTRY_EVENT)
			kroles_explain_via_session(context, entry.id, &sufficient);
		else
			explain_publication(context, entry,
								entry.class == KROLES_ENTRY_APPROVED ? sufficient.approved : sufficient.pending);
	}
	add_unavailable(context);
}

/* ---- The table of kinds: see KrolesKindMethods ---- */

bool
kroles_media_find(KrolesExplainContext *context)
{
	KrolesMediaStanding standing;

	context->media = kroles_media(context->judged.basis, context->explanation->id);
	if (!context->media->head.exists)
		return false;
	standing = kroles_standing_to(&context->judged, context->media);
	context->unavailable = !kroles_is_open_to(context->judged.matrices, &context->judged.subject, &standing);
	return true;
}

/* The rights on the media, or in its room. */
KrolesRights
kroles_media_rights_with(const KrolesExplainContext *context, const KrolesSubject *subject, int role)
{
	KrolesJudged judged = context->judged;
	KrolesMediaStanding standing;

	judged.subject = *subject;
	standing = kroles_standing_to(&judged, context->media);
	standing.roles |= role < 0 ? 0 : KROLES_MEDIA_ROLE(role);
	return kroles_rights_from_standing(judged.matrices, subject, context->explanation->kind, &standing);
}
