/*
 * rules.c
 *		The decision formula:
 *
 *			allowed = (baseline + grants) within the ceiling
 *
 *		with two subjects outside it: an administrator has every right of the
 *		kind, a blocked user has none.
 */
#include "rules.h"

#define BIT KROLES_RIGHT

/* Roles are ranked here, never by the order of an enum's values. */
static const int contextual_rank[KROLES_NCONTEXTUAL + 1] = {
	[KROLES_NO_ROLE] = 0,
	[KROLES_MEMBER] = 1,
	[KROLES_CONTRIBUTOR] = 2,
	[KROLES_MODERATOR] = 3,
	[KROLES_MANAGER] = 4,
};

#define MODERATOR_ROLES \
	(KROLES_MEDIA_ROLE(KROLES_MEDIA_CHAT_MODERATOR) | \
	 KROLES_MEDIA_ROLE(KROLES_MEDIA_ROOM_MODERATOR))

/* Returns the stronger of two contextual roles; KROLES_NO_ROLE is the weakest. */
KrolesContextualRole
kroles_stronger_role(KrolesContextualRole a, KrolesContextualRole b)
{
	return contextual_rank[a] >= contextual_rank[b] ? a : b;
}

/* A grant counts up to the instant it expires, and not at it. */
bool
kroles_grant_counts(const KrolesGrant *grant, int64_t now)
{
	return grant->expires_at == INT64_MAX || now < grant->expires_at;
}

/* Whether anything at all can be allowed to this subject. */
static bool
shut_out(const KrolesMatrices *m, const KrolesSubject *who)
{
	return who->blocked ||
		(who->role == KROLES_ANONYMOUS && !who->administrator && !m->allow_anonymous);
}

/* Whether it makes no difference what the subject holds: administrators may do everything. */
bool
kroles_all_or_nothing(const KrolesMatrices *m, const KrolesSubject *who)
{
	return who->administrator || shut_out(m, who);
}

/* Applies what no formula reaches: blocked, administrator; then the ceiling. */
static KrolesRights
within_ceiling(const KrolesMatrices *m, const KrolesSubject *who, KrolesKind kind,
			   KrolesRights granted)
{
	if (shut_out(m, who))
		return 0;
	if (who->administrator)
		return m->exists[kind];
	return granted & m->ceiling[who->role][kind] & m->exists[kind];
}

/* Rights on the site itself. */
KrolesRights
kroles_site_rights(const KrolesMatrices *m, const KrolesSubject *who)
{
	return within_ceiling(m, who, KROLES_SITE, m->site[who->role]);
}

/*
 * Rights on a channel or gallery, for a subject whose one effective role there
 * is given.  Sharing is for shared repositories only, administrators included.
 */
KrolesRights
kroles_space_rights(const KrolesMatrices *m, const KrolesSubject *who,
					KrolesKind kind, KrolesSpaceType type, KrolesContextualRole role)
{
	KrolesRights granted = m->space[kind][type][who->role];

	if (role != KROLES_NO_ROLE)
		granted |= m->contextual[kind][role];
	granted = within_ceiling(m, who, kind, granted);
	if (kind != KROLES_CHANNEL || type != KROLES_SHARED_REPOSITORY)
		granted &= ~BIT(KROLES_SHARE);
	return granted;
}

/* The roles that count: moderators do not while their module is off. */
static unsigned
counting_roles(const KrolesMatrices *m, unsigned roles)
{
	return m->chat_and_collaboration ? roles : roles & ~MODERATOR_ROLES;
}

/* What the roles and the spaces give on a media, before the ceiling. */
static KrolesRights
media_grants(const KrolesMatrices *m, unsigned roles, const KrolesMediaStanding *standing)
{
	KrolesRights granted = 0;

	for (int role = 0; role < KROLES_NMEDIAROLES && (roles >> role) != 0; role++)
		if (roles & KROLES_MEDIA_ROLE(role))
			granted |= m->media[role];
	if ((standing->approved & BIT(KROLES_VIEW)) || (standing->pending & BIT(KROLES_MODERATE)))
		granted |= BIT(KROLES_VIEW);
	if ((standing->approved | standing->pending) & BIT(KROLES_EDIT_CONTRIBUTIONS))
		granted |= BIT(KROLES_EDIT);
	return granted;
}

/* Adds the rights that hold because one of their parts does. */
static KrolesRights
with_media_summaries(KrolesRights rights, unsigned roles, const KrolesMediaStanding *standing)
{
	unsigned	moderating = MODERATOR_ROLES |
		KROLES_MEDIA_ROLE(KROLES_MEDIA_OWNER) | KROLES_MEDIA_ROLE(KROLES_MEDIA_EDITOR);

	if (rights & (BIT(KROLES_EDIT) | BIT(KROLES_PUBLISH)))
		rights |= BIT(KROLES_CONTRIBUTE);
	if (rights & (BIT(KROLES_MANAGE_COLLABORATORS) | BIT(KROLES_MANAGE_MODERATORS) |
				  BIT(KROLES_MANAGE_SPEAKERS)))
		rights |= BIT(KROLES_MANAGE);
	if ((roles & moderating) ||
		((standing->approved | standing->pending) & BIT(KROLES_MODERATE)))
		rights |= BIT(KROLES_MODERATE);
	return rights;
}

/*
 * Rights on a media.  The rights on spaces in "standing" are already within
 * their own ceilings.
 */
KrolesRights
kroles_media_rights(const KrolesMatrices *m, const KrolesSubject *who,
					const KrolesMediaStanding *standing)
{
	unsigned	roles = counting_roles(m, standing->roles);
	KrolesRights rights = within_ceiling(m, who, KROLES_MEDIA, media_grants(m, roles, standing));

	if (shut_out(m, who))
		return 0;
	return with_media_summaries(rights, roles, standing);
}

/*
 * Whether what this subject publishes is approved at once, given the rights on
 * the space it goes to.
 */
bool
kroles_bypasses_moderation(const KrolesSubject *who, bool moderated, KrolesRights on_space)
{
	return !moderated || who->role == KROLES_UNMODERATED_ADMIN ||
		(on_space & BIT(KROLES_MODERATE)) != 0;
}

/* The place in a space: by role; else whoever may view is a viewer. */
KrolesPlace
kroles_space_place(const KrolesSubject *who, KrolesContextualRole role, KrolesRights rights)
{
	if (who->blocked)
		return KROLES_NO_PLACE;
	switch (role)
	{
		case KROLES_MANAGER:
			return KROLES_PLACE_OWNER;
		case KROLES_MODERATOR:
			return KROLES_PLACE_MODERATOR;
		case KROLES_CONTRIBUTOR:
			return KROLES_PLACE_PRESENTER;
		case KROLES_MEMBER:
			break;
		case KROLES_NO_ROLE:
			/* an administrator sees everything, which is no place in it */
			if (who->administrator)
				return KROLES_NO_PLACE;
			break;
	}
	return (rights & BIT(KROLES_VIEW)) ? KROLES_PLACE_VIEWER : KROLES_NO_PLACE;
}

/* The place on a media: the strongest of the roles; else whoever may view. */
KrolesPlace
kroles_media_place(const KrolesMatrices *m, const KrolesSubject *who, unsigned roles,
				   KrolesRights rights)
{
	unsigned	presenting = KROLES_MEDIA_ROLE(KROLES_MEDIA_EDITOR) |
		KROLES_MEDIA_ROLE(KROLES_MEDIA_PUBLISHER) | KROLES_MEDIA_ROLE(KROLES_MEDIA_SPEAKER);

	if (who->blocked)
		return KROLES_NO_PLACE;
	roles = counting_roles(m, roles);
	if (roles & KROLES_MEDIA_ROLE(KROLES_MEDIA_OWNER))
		return KROLES_PLACE_OWNER;
	if (roles & presenting)
		return KROLES_PLACE_PRESENTER;
	if (roles & MODERATOR_ROLES)
		return KROLES_PLACE_MODERATOR;
	return (rights & BIT(KROLES_VIEW)) ? KROLES_PLACE_VIEWER : KROLES_NO_PLACE;
}
