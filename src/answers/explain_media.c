/*
 * explain_media.c
 *		Why somebody has a right on media, or in its room, or has not: token by
 *		token of its audience.
 */
#include "postgres.h"

#include "answers/explain_context.h"

/* Whether what one token says of the judged, as far as these event roles go, is enough. */
static bool
token_gives(const KrolesGathering *g, int variant, KrolesToken token, unsigned event_roles)
{
	KrolesJudged judged = g->judged;
	KrolesMediaStanding standing = {0};

	judged.matrices = &g->variants[variant];
	kroles_add_standing(&standing, &judged, token);
	standing.event_roles &= event_roles;
	return (kroles_rights_by(judged.matrices, &judged.subject, g->inquiry->kind, &standing) & g->wanted) != 0;
}

/* What one token comes to, and why it does not count; of one that names an event, what these of the roles there do. */
KrolesEffect
kroles_effect_of_token(const KrolesGathering *g, KrolesToken token, unsigned event_roles, KrolesWhyNot *why)
{
	*why = KROLES_COUNTS;
	if (token_gives(g, 0, token, event_roles))
		return KROLES_ALLOWS;
	if (token_gives(g, KROLES_NO_CEILINGS, token, event_roles))
		*why = KROLES_ABOVE_CEILING;
	else if (token_gives(g, KROLES_NO_CEILINGS | KROLES_MODULE_ON, token, event_roles))
		*why = KROLES_MODULE_OFF;
	return *why == KROLES_COUNTS ? KROLES_LACKS : KROLES_IGNORED;
}

/* A token that gives a role on the media, if it is one of the judged. */
static void
add_media_role(KrolesGathering *g, KrolesToken token)
{
	bool		by_group = token.class >= KROLES_TOKEN_GROUP;
	KrolesReason *reason;
	KrolesWhyNot why;

	if (g->judged.user == NULL ||
		!(by_group ? kroles_in_group(g->judged.user, token.id) : token.id == g->judged.user->head.id))
		return;
	reason = kroles_add_reason(g, kroles_effect_of_token(g, token, 0, &why), KROLES_F_MEDIA_ROLE);
	reason->why = why;
	reason->role = token.class - (by_group ? KROLES_TOKEN_GROUP : KROLES_TOKEN_USER);
	reason->by_group = by_group;
	reason->group_id = by_group ? token.id : 0;
}

/* A token that says where the media is published; "through" are the rights there that would do. */
static void
explain_publication(KrolesGathering *g, KrolesToken token, KrolesRights through)
{
	const KrolesSpace *space = kroles_space(g->judged.world, token.id);
	KrolesWhyNot why;
	KrolesEffect effect = kroles_effect_of_token(g, token, 0, &why);
	KrolesReason *reason;

	if (effect == KROLES_ALLOWS)
		kroles_explain_space(g, space, through, token.class);
	else if (space->head.exists && (through != 0 || effect == KROLES_IGNORED))
	{
		reason = kroles_add_reason(g, effect, KROLES_F_PUBLISHED);
		reason->why = why;
		reason->space_id = reason->holder_id = space->head.id;
		reason->space_kind = space->kind;
		reason->space_type = space->type;
		reason->published = token.class;
		reason->right = through;
	}
}

/* Why the judged has what is wanted on the media, or in its room, or has not. */
void
kroles_explain_media(KrolesGathering *g)
{
	KrolesThrough through = kroles_rights_through(&g->variants[0], &g->judged.subject, g->inquiry->kind, g->wanted);
	KrolesAudience audience = kroles_open_audience(g->media->audience);
	KrolesToken token;

	while (kroles_next_token(&audience, &token))
	{
		if (token.class < KROLES_TOKEN_APPROVED)
			add_media_role(g, token);
		else if (token.class == KROLES_TOKEN_EVENT)
			kroles_explain_session(g, token.id, &through);
		else
			explain_publication(g, token, token.class == KROLES_TOKEN_APPROVED ? through.approved : through.pending);
	}
}
