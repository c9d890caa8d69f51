/*
 * explain_space.c
 *		Why a subject has a right on a channel or gallery, or has not.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/timestamp.h"

#include "answers/explain_context.h"
#include "core/clock.h"

/*
 * The effect of a role in a space, without the rights that the space's type
 * gives; for KROLES_NO_ROLE, the effect of the type alone.
 */
static KrolesEffect
effect_of_role(const KrolesExplainContext *context, const KrolesReason *about, KrolesContextualRole role,
			   KrolesWhyNot *why)
{
	int			without = role == KROLES_NO_ROLE ? 0 : KROLES_NO_TYPES;

	*why = KROLES_COUNTS;
	if (about->right & kroles_space_rights(&context->variants[without], &context->judged.subject, about->space_kind,
										   about->space_type, role))
		return KROLES_ALLOWS;
	if (!(about->right & kroles_space_rights(&context->variants[without | KROLES_NO_CEILINGS], &context->judged.subject,
											 about->space_kind, about->space_type, role)))
		return KROLES_LACKS;
	*why = KROLES_ABOVE_CEILING;
	return KROLES_IGNORED;
}

/* Adds a role of the judged in the space; why says whether it counts. */
static void
add_space_role(KrolesExplainContext *context, const KrolesReason *about, KrolesFact fact, KrolesContextualRole role,
			   int64 source_space_id, KrolesWhyNot why)
{
	KrolesReason reason = *about;

	reason.fact = fact;
	reason.role = role;
	reason.source_space_id = source_space_id;
	reason.why = why;
	reason.effect = KROLES_IGNORED;
	if (why == KROLES_COUNTS)
		reason.effect = effect_of_role(context, about, role, &reason.why);
	/* of spaces where a media is published, only sufficient roles are reported */
	if (about->published == 0 || reason.effect == KROLES_ALLOWS)
		*kroles_add_reason(context, reason.effect, fact) = reason;
}

/* Adds the role of a grant in its window; a grant that has not begun or has expired does not count. */
static void
add_grant(KrolesExplainContext *context, const KrolesReason *about, const KrolesGrant *grant, KrolesWindow window,
		  KrolesWhyNot why)
{
	KrolesReason reason = *about;
	KrolesWhyNot outside = kroles_set_window(&reason, window);

	if (grant->role == KROLES_NO_ROLE)
		return;
	add_space_role(context, &reason, KROLES_F_GRANT, grant->role, grant->space_id, outside != KROLES_COUNTS ? outside : why);
}

/* Whether there is a grant, with a role, in its window. */
static bool
is_current_grant(const KrolesGrant *grant, KrolesWindow window)
{
	return grant != NULL && grant->role != KROLES_NO_ROLE && kroles_in_window(window, kroles_time());
}

/*
 * Adds the judged's and their groups' grants on one space.  At most one counts:
 * that of the judged's role there.
 */
static void
add_grants_on_space(KrolesExplainContext *context, const KrolesReason *about, int64 space_id, KrolesContextualRole role,
					KrolesWhyNot why)
{
	const KrolesUser *user = context->judged.user;
	const KrolesGrant *grant = kroles_find_grant(user->grants, user->ngrants, space_id);

	if (grant != NULL)
		add_grant(context, about, grant, grant->window, why);
	if (why == KROLES_COUNTS && grant != NULL && is_current_grant(grant, grant->window))
		why = KROLES_DIRECT_COUNTS;
	for (int i = 0; i < kroles_group_count(user); i++)
	{
		KrolesWindow window;
		const KrolesGroup *group = kroles_group_at(context, i, &window);
		KrolesReason by_group = *about;

		by_group.by_group = true;
		by_group.group_id = group->head.id;
		grant = kroles_find_grant(group->grants, group->ngrants, space_id);
		if (grant == NULL)
			continue;
		window = kroles_common_window(window, grant->window);
		if (why == KROLES_COUNTS && is_current_grant(grant, window) && grant->role != role)
			add_grant(context, &by_group, grant, window, KROLES_STRONGER_COUNTS);
		else
			add_grant(context, &by_group, grant, window, why);
	}
}

/* Adds all roles of the judged in a space: by ownership and by grants. */
static void
add_space_roles(KrolesExplainContext *context, const KrolesReason *about, const KrolesSpace *space)
{
	const KrolesSpace *members = kroles_members_space(context->judged.basis, space);
	int64		user_id = context->judged.user->head.id;
	KrolesWhyNot why = KROLES_COUNTS;
	KrolesContextualRole role;

	(void) kroles_rights_in(&context->judged, space, &role);
	if (space->owner_id == user_id)
		add_space_role(context, about, KROLES_F_OWNER, KROLES_MANAGER, space->head.id, KROLES_COUNTS);
	if (members != space && members->owner_id == user_id)
		add_space_role(context, about, KROLES_F_OWNER, KROLES_MANAGER, members->head.id, KROLES_COUNTS);
	if (space->owner_id == user_id || members->owner_id == user_id)
		why = KROLES_OWNERSHIP_COUNTS;
	add_grants_on_space(context, about, members->head.id, role, why);
	if (members != space)
		add_grants_on_space(context, about, space->head.id, role, KROLES_INHERITS);
}

/*
 * Adds the reasons for one of the rights on a space.  published is the status of
 * the media there if the object is a media, else 0.
 */
void
kroles_explain_via_space(KrolesExplainContext *context, const KrolesSpace *space, KrolesRights right, int published)
{
	KrolesReason about = {
		.until = DT_NOEND, .has_space = true, .space_id = space->head.id, .space_kind = space->kind,
		.space_type = space->type, .published = published, .right = right
	};

	if (context->judged.user != NULL)
		add_space_roles(context, &about, space);
	add_space_role(context, &about, KROLES_F_BASELINE, KROLES_NO_ROLE, space->head.id, KROLES_COUNTS);
}

/* ---- The table of kinds: see KrolesKindMethods ---- */

bool
kroles_space_find(KrolesExplainContext *context)
{
	context->space = kroles_space(context->judged.basis, context->explanation->id);
	return context->space->head.exists && context->space->kind == context->explanation->kind;
}

void
kroles_space_explain(KrolesExplainContext *context)
{
	kroles_explain_via_space(context, context->space, context->wanted, 0);
}

/*
 * The rights with a role in the space instead of the judged's own (-1: with
 * their own).
 */
KrolesRights
kroles_space_rights_with(const KrolesExplainContext *context, const KrolesSubject *subject, int role)
{
	KrolesJudged judged = context->judged;
	KrolesContextualRole own;

	judged.subject = *subject;
	return role < 0 ? kroles_rights_in(&judged, context->space, &own) :
		kroles_space_rights(judged.matrices, subject, context->space->kind, context->space->type, role);
}
