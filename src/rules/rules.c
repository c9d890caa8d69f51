/*
 * rules.c
 *		The decision formula:
 *
 *			allowed = (baseline + grants) within the ceiling
 *
 *		with exceptions: an administrator has every right of the kind, an auditor
 *		the right to view, a blocked user none.
 */
#include "rules/rules.h"

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
#define SPEAKER_ROLES \
	(KROLES_MEDIA_ROLE(KROLES_MEDIA_SPEAKER) | \
	 KROLES_MEDIA_ROLE(KROLES_MEDIA_ADVANCED_SPEAKER))
#define PRESENTING_ROLES \
	(KROLES_MEDIA_ROLE(KROLES_MEDIA_EDITOR) | KROLES_MEDIA_ROLE(KROLES_MEDIA_PUBLISHER) | SPEAKER_ROLES)
#define ROOM_MODERATOR_ROLES \
	(KROLES_ROOM_ROLE(KROLES_ROOM_MODERATOR) | \
	 KROLES_ROOM_ROLE(KROLES_ROOM_CHAT_MODERATOR))

/* Returns the stronger of two contextual roles; KROLES_NO_ROLE is the weakest. */
KrolesContextualRole
kroles_stronger_role(KrolesContextualRole a, KrolesContextualRole b)
{
	return contextual_rank[a] >= contextual_rank[b] ? a : b;
}

/* Whether the subject is denied every right, whatever its grants. */
static bool
has_no_rights(const KrolesMatrices *m, const KrolesSubject *who)
{
	return who->blocked ||
		(who->role == KROLES_ANONYMOUS && !who->administrator && !m->allow_anonymous);
}

/* Whether the subject has all rights or none, whatever its grants. */
bool
kroles_all_or_nothing(const KrolesMatrices *m, const KrolesSubject *who)
{
	return who->administrator || has_no_rights(m, who);
}

/* Applies the exceptions (blocked, administrator, auditor), else the ceiling, to granted rights. */
static KrolesRights
apply_ceiling(const KrolesMatrices *m, const KrolesSubject *who, KrolesKind kind,
			  KrolesRights granted)
{
	if (has_no_rights(m, who))
		return 0;
	if (who->administrator)
		return who->auditor ? m->exists[kind] & BIT(KROLES_VIEW) : m->exists[kind];
	return granted & m->ceiling[who->role][kind] & m->exists[kind];
}

/* Rights on the site itself. */
KrolesRights
kroles_site_rights(const KrolesMatrices *m, const KrolesSubject *who)
{
	return apply_ceiling(m, who, KROLES_SITE, m->site[who->role]);
}

/*
 * Rights on a channel or gallery, for a subject with that effective role there.
 * "share" exists on shared repositories only, even for administrators.
 */
KrolesRights
kroles_space_rights(const KrolesMatrices *m, const KrolesSubject *who,
					KrolesKind kind, KrolesSpaceType type, KrolesContextualRole role)
{
	KrolesRights granted = m->space[kind][type][who->role];

	if (role != KROLES_NO_ROLE)
		granted |= m->role[kind][role];
	granted = apply_ceiling(m, who, kind, granted);
	if (kind != KROLES_CHANNEL || type != KROLES_SHARED_REPOSITORY)
		granted &= ~BIT(KROLES_SHARE);
	return granted;
}

/* The union of the rights of a set of roles. */
static KrolesRights
get_rights_of_roles(const KrolesRights *of_role, int n, unsigned roles)
{
	KrolesRights rights = 0;

	for (int role = 0; role < n && (roles >> role) != 0; role++)
		if (roles & (1u << role))
			rights |= of_role[role];
	return rights;
}

/* Rights on an event, for a subject with those roles in it. */
KrolesRights
kroles_event_rights(const KrolesMatrices *m, const KrolesSubject *who, unsigned event_roles)
{
	KrolesRights rights = get_rights_of_roles(m->role[KROLES_EVENT], KROLES_NEVENTROLES, event_roles);

	rights = apply_ceiling(m, who, KROLES_EVENT, rights);
	return (rights & BIT(KROLES_PRESENT)) ? rights | BIT(KROLES_CONTRIBUTE) : rights;
}

/* The roles that count: those of moderators do not while chat and collaboration are off. */
static unsigned
get_counting_roles(const KrolesMatrices *m, unsigned roles)
{
	return m->chat_and_collaboration ? roles : roles & ~MODERATOR_ROLES;
}

/* The rights on a media from roles, from rights on its spaces and in its events; before the ceiling. */
static KrolesRights
get_media_grants(const KrolesMatrices *m, unsigned roles, const KrolesMediaStanding *standing, KrolesRights in_events)
{
	KrolesRights granted = get_rights_of_roles(m->role[KROLES_MEDIA], KROLES_NMEDIAROLES, roles);

	if ((standing->approved & BIT(KROLES_VIEW)) || (standing->pending & BIT(KROLES_MODERATE)) ||
		(in_events & BIT(KROLES_VIEW)))
		granted |= BIT(KROLES_VIEW);
	if ((standing->approved | standing->pending) & BIT(KROLES_EDIT_CONTRIBUTIONS))
		granted |= BIT(KROLES_EDIT);
	if (in_events & BIT(KROLES_MODERATE))
		granted |= BIT(KROLES_MANAGE_SPEAKERS);
	return granted;
}

/* Adds the summary rights (contribute, manage, moderate) that any of several other rights implies. */
static KrolesRights
add_media_summaries(KrolesRights rights, unsigned roles, const KrolesMediaStanding *standing, KrolesRights in_events)
{
	unsigned	moderating = MODERATOR_ROLES |
		KROLES_MEDIA_ROLE(KROLES_MEDIA_OWNER) | KROLES_MEDIA_ROLE(KROLES_MEDIA_EDITOR);

	if (rights & (BIT(KROLES_EDIT) | BIT(KROLES_PUBLISH)))
		rights |= BIT(KROLES_CONTRIBUTE);
	if (rights & (BIT(KROLES_MANAGE_COLLABORATORS) | BIT(KROLES_MANAGE_MODERATORS) |
				  BIT(KROLES_MANAGE_SPEAKERS)))
		rights |= BIT(KROLES_MANAGE);
	if ((roles & moderating) ||
		((standing->approved | standing->pending | in_events) & BIT(KROLES_MODERATE)))
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
	unsigned	roles = get_counting_roles(m, standing->roles);
	KrolesRights in_events = standing->event_roles == 0 ? 0 : kroles_event_rights(m, who, standing->event_roles);
	KrolesRights rights = apply_ceiling(m, who, KROLES_MEDIA, get_media_grants(m, roles, standing, in_events));

	if (has_no_rights(m, who))
		return 0;
	if (!kroles_is_open_to(m, who, standing))
		rights &= ~BIT(KROLES_VIEW);
	return add_media_summaries(rights, roles, standing, in_events);
}

/* ---- Rooms ---- */

/*
 * The roles in a room, as KROLES_ROOM_ROLE bits, of a subject with that standing
 * to its media.  Roles in an event that the media is a session of are included.
 */
unsigned
kroles_room_roles(const KrolesMatrices *m, const KrolesMediaStanding *standing)
{
	static const struct
	{
		unsigned	media;
		unsigned	event;
		KrolesRights approved;
		KrolesRoomRole role;
	}			sources[] = {
		{KROLES_MEDIA_ROLE(KROLES_MEDIA_OWNER) | KROLES_MEDIA_ROLE(KROLES_MEDIA_EDITOR),
			KROLES_EVENT_ROLE(KROLES_EVENT_ORGANIZER), 0, KROLES_ROOM_HOST},
		{KROLES_MEDIA_ROLE(KROLES_MEDIA_ROOM_MODERATOR),
			KROLES_EVENT_ROLE(KROLES_EVENT_MODERATOR), 0, KROLES_ROOM_MODERATOR},
		{KROLES_MEDIA_ROLE(KROLES_MEDIA_CHAT_MODERATOR),
			KROLES_EVENT_ROLE(KROLES_EVENT_MODERATOR), 0, KROLES_ROOM_CHAT_MODERATOR},
		{KROLES_MEDIA_ROLE(KROLES_MEDIA_ADVANCED_SPEAKER),
			KROLES_EVENT_ROLE(KROLES_EVENT_SPEAKER), 0, KROLES_ROOM_ADVANCED_SPEAKER},
		{KROLES_MEDIA_ROLE(KROLES_MEDIA_SPEAKER), 0, 0, KROLES_ROOM_SIMPLE_SPEAKER},
		{KROLES_MEDIA_ROLE(KROLES_MEDIA_VIEWER) | KROLES_MEDIA_ROLE(KROLES_MEDIA_PUBLISHER),
			KROLES_EVENT_ROLE(KROLES_EVENT_ATTENDEE), BIT(KROLES_JOIN_ROOM), KROLES_ROOM_PARTICIPANT},
	};
	unsigned	roles = 0;

	for (unsigned i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if ((standing->roles & sources[i].media) || (standing->event_roles & sources[i].event) ||
			(standing->approved & sources[i].approved))
			roles |= KROLES_ROOM_ROLE(sources[i].role);
	return m->chat_and_collaboration ? roles : roles & ~ROOM_MODERATOR_ROLES;
}

/*
 * Whether a media is open to the subject.  While it is not available, it is only to
 * its owner, its editors, who moderates it in a space, and administrators; if it has
 * a room, to hosts and room moderators too, who prepare it.
 */
bool
kroles_is_open_to(const KrolesMatrices *m, const KrolesSubject *who, const KrolesMediaStanding *standing)
{
	static const unsigned preparing = KROLES_ROOM_ROLE(KROLES_ROOM_HOST) | KROLES_ROOM_ROLE(KROLES_ROOM_MODERATOR);

	return !standing->unavailable || who->administrator ||
		(standing->roles & (KROLES_MEDIA_ROLE(KROLES_MEDIA_OWNER) | KROLES_MEDIA_ROLE(KROLES_MEDIA_EDITOR))) != 0 ||
		((standing->approved | standing->pending) & BIT(KROLES_MODERATE)) != 0 ||
		(standing->has_room && (kroles_room_roles(m, standing) & preparing) != 0);
}

/* The right to view a room: that to view its media, never frozen. */
static KrolesRights
get_room_view(const KrolesMatrices *m, const KrolesSubject *who, const KrolesMediaStanding *standing)
{
	return kroles_media_rights(m, who, standing) & BIT(KROLES_VIEW);
}

/* Rights in a room, for a subject with that standing to its media that has not joined the room. */
KrolesRights
kroles_room_rights(const KrolesMatrices *m, const KrolesSubject *who, const KrolesMediaStanding *standing)
{
	unsigned	roles = kroles_room_roles(m, standing);
	KrolesRights rights = get_rights_of_roles(m->role[KROLES_ROOM], KROLES_NROOMROLES, roles);

	rights |= standing->approved & BIT(KROLES_START_ROOM);
	rights = apply_ceiling(m, who, KROLES_ROOM, rights);
	if (has_no_rights(m, who) || !kroles_is_open_to(m, who, standing))
		return 0;
	if (rights & BIT(KROLES_PRESENT))
		rights |= BIT(KROLES_CONTRIBUTE);
	if (rights & (BIT(KROLES_MODERATE_ROOM) | BIT(KROLES_MODERATE_CHAT)))
		rights |= BIT(KROLES_MODERATE);
	if (roles & KROLES_ROOM_ROLE(KROLES_ROOM_HOST))
		rights |= BIT(KROLES_MANAGE);
	return rights | get_room_view(m, who, standing);
}

/*
 * Rights in a room, for a subject that has joined it: those frozen on joining.  (A stay
 * that began while its media was available ends when it no longer is: who is in the room
 * then prepares it.)
 */
KrolesRights
kroles_frozen_room_rights(const KrolesMatrices *m, const KrolesSubject *who, KrolesRights frozen,
						  const KrolesMediaStanding *standing)
{
	if (has_no_rights(m, who))
		return 0;
	return (frozen & m->exists[KROLES_ROOM] & ~BIT(KROLES_VIEW)) | get_room_view(m, who, standing);
}

/* Whether the subject may know the names of people who are not blocked; everyone who is not blocked may know their own. */
bool
kroles_shows_people(const KrolesMatrices *m, const KrolesSubject *who)
{
	if (has_no_rights(m, who))
		return false;
	if (who->administrator)
		return true;
	return who->role == KROLES_ANONYMOUS ? m->people_shown_to == KROLES_PEOPLE_TO_EVERYONE :
		m->people_shown_to != KROLES_PEOPLE_TO_NOBODY;
}

/* ---- Product roles ---- */

/*
 * Whether the subject's publications to a space are approved at once, given its
 * rights there.
 */
bool
kroles_bypasses_moderation(const KrolesSubject *who, bool moderated, KrolesRights on_space)
{
	return !moderated || who->role == KROLES_UNMODERATED_ADMIN ||
		(on_space & BIT(KROLES_MODERATE)) != 0;
}

/* The product role in a space: from the contextual role, else viewer with the right to view. */
KrolesProductRole
kroles_space_product_role(const KrolesSubject *who, KrolesContextualRole role, KrolesRights rights)
{
	if (who->blocked)
		return KROLES_NO_PRODUCT_ROLE;
	switch (role)
	{
		case KROLES_MANAGER:
			return KROLES_PRODUCT_OWNER;
		case KROLES_MODERATOR:
			return KROLES_PRODUCT_MODERATOR;
		case KROLES_CONTRIBUTOR:
			return KROLES_PRODUCT_PRESENTER;
		case KROLES_MEMBER:
			break;
		case KROLES_NO_ROLE:
			/* an administrator may view every space: that is not a product role */
			if (who->administrator)
				return KROLES_NO_PRODUCT_ROLE;
			break;
	}
	return (rights & BIT(KROLES_VIEW)) ? KROLES_PRODUCT_VIEWER : KROLES_NO_PRODUCT_ROLE;
}

/* The product role on a media: that of the strongest role, else viewer with the right to view. */
KrolesProductRole
kroles_media_product_role(const KrolesMatrices *m, const KrolesSubject *who, unsigned roles, KrolesRights rights)
{
	if (who->blocked)
		return KROLES_NO_PRODUCT_ROLE;
	roles = get_counting_roles(m, roles);
	if (roles & KROLES_MEDIA_ROLE(KROLES_MEDIA_OWNER))
		return KROLES_PRODUCT_OWNER;
	if (roles & PRESENTING_ROLES)
		return KROLES_PRODUCT_PRESENTER;
	if (roles & MODERATOR_ROLES)
		return KROLES_PRODUCT_MODERATOR;
	return (rights & BIT(KROLES_VIEW)) ? KROLES_PRODUCT_VIEWER : KROLES_NO_PRODUCT_ROLE;
}

/* The product role in an event: that of the strongest role there. */
KrolesProductRole
kroles_event_product_role(const KrolesSubject *who, unsigned event_roles)
{
	if (who->blocked)
		return KROLES_NO_PRODUCT_ROLE;
	if (event_roles & KROLES_EVENT_ROLE(KROLES_EVENT_ORGANIZER))
		return KROLES_PRODUCT_OWNER;
	if (event_roles & KROLES_EVENT_ROLE(KROLES_EVENT_SPEAKER))
		return KROLES_PRODUCT_PRESENTER;
	if (event_roles & KROLES_EVENT_ROLE(KROLES_EVENT_MODERATOR))
		return KROLES_PRODUCT_MODERATOR;
	return event_roles != 0 ? KROLES_PRODUCT_VIEWER : KROLES_NO_PRODUCT_ROLE;
}

/*
 * The product role in a room: from roles on its media and in its events, a
 * moderator before a presenter; else viewer with the right to join.
 */
KrolesProductRole
kroles_room_product_role(const KrolesMatrices *m, const KrolesSubject *who, const KrolesMediaStanding *standing,
						 KrolesRights rights)
{
	if (who->blocked)
		return KROLES_NO_PRODUCT_ROLE;
	if ((standing->roles & KROLES_MEDIA_ROLE(KROLES_MEDIA_OWNER)) ||
		(standing->event_roles & KROLES_EVENT_ROLE(KROLES_EVENT_ORGANIZER)))
		return KROLES_PRODUCT_OWNER;
	if (kroles_room_roles(m, standing) & ROOM_MODERATOR_ROLES)
		return KROLES_PRODUCT_MODERATOR;
	if ((standing->roles & PRESENTING_ROLES) ||
		(standing->event_roles & KROLES_EVENT_ROLE(KROLES_EVENT_SPEAKER)))
		return KROLES_PRODUCT_ROOM_PRESENTER;
	return (rights & BIT(KROLES_JOIN_ROOM)) ? KROLES_PRODUCT_VIEWER : KROLES_NO_PRODUCT_ROLE;
}
