/*
 * subject.c
 *		What is known of a subject, gathered from cache entries: its user, its
 *		roles in spaces and events, its standing to a media.
 *
 * Everything is read through kroles_lookup(), so the same code serves both
 * bases, CURRENT and SNAPSHOT.  Pointers returned here point into entries.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/timestamp.h"

#include "core/clock.h"
#include "decide/subject.h"

/* Finds out which of the user's memberships count at that time, and until when; in the entry, which has room for all. */
static void
find_groups(KrolesUser *user, TimestampTz now)
{
	user->ngroups = 0;
	user->groups_window = (KrolesWindow) {now, INT64_MAX};
	for (int i = 0; i < user->nmemberships; i++)
	{
		const KrolesMembership *membership = &user->memberships[i];
		TimestampTz changes = kroles_window_changes(membership->window, now);

		if (kroles_in_window(membership->window, now))
			user->groups[user->ngroups++] = membership->group_id;
		user->groups_window.expires_at = Min(user->groups_window.expires_at, changes);
	}
}

/* The user's entry, with the groups that count now. */
static const KrolesUser *
get_user(KrolesBasis basis, int64 id)
{
	KrolesUser *user = kroles_user(basis, id);

	if (unlikely(user->nmemberships > 0 && !kroles_in_window(user->groups_window, kroles_time())))
		find_groups(user, kroles_time());
	return user;
}

/* Fills in the subject; false for a user who does not exist. */
bool
kroles_gather_subject(KrolesBasis basis, KrolesAsker who, KrolesJudged *judged)
{
	judged->basis = basis;
	judged->matrices = &kroles_site(basis)->matrices;
	judged->subject = (KrolesSubject) {.role = KROLES_ANONYMOUS};
	judged->user = NULL;
	judged->principals = (KrolesPrincipals) {0};
	judged->subject.auditor = who.type == KROLES_AUDITOR;
	if (who.type == KROLES_OPERATOR || who.type == KROLES_AUDITOR)
		judged->subject.administrator = true;
	if (who.type != KROLES_PERSON)
		return true;
	judged->user = get_user(basis, who.user_id);
	judged->subject = judged->user->subject;
	judged->principals = (KrolesPrincipals) {true, who.user_id, judged->user->ngroups, judged->user->groups};
	return judged->user->head.exists;
}

/* A holder's grant on a space; NULL if there is none. */
const KrolesGrant *
kroles_find_grant(const KrolesGrant *grants, int n, int64 space_id)
{
	int			at = kroles_lower_bound(grants, n, sizeof(KrolesGrant), space_id);

	return at < n && grants[at].space_id == space_id ? &grants[at] : NULL;
}

/*
 * The one role that grants on a space give a user: that of the direct grant,
 * even if a group's is stronger; else the strongest of the groups' roles.
 */
static KrolesContextualRole
get_granted_role(const KrolesJudged *judged, int64 space_id)
{
	const KrolesUser *user = judged->user;
	TimestampTz now = kroles_time();
	const KrolesGrant *grant = kroles_find_grant(user->grants, user->ngrants, space_id);
	KrolesContextualRole role = KROLES_NO_ROLE;

	if (grant != NULL && grant->role != KROLES_NO_ROLE && kroles_in_window(grant->window, now))
		return grant->role;
	for (int i = 0; i < user->ngroups; i++)
	{
		const KrolesGroup *group = kroles_group(judged->basis, user->groups[i]);

		grant = kroles_find_grant(group->grants, group->ngrants, space_id);
		if (grant != NULL && kroles_in_window(grant->window, now))
			role = kroles_stronger_role(role, grant->role);
	}
	return role;
}

/*
 * The space whose members count: itself, or the nearest ancestor that does not
 * inherit.  If there is none within the permitted depth (data that bypassed the
 * guards), returns a dummy without owner and members.
 */
const KrolesSpace *
kroles_members_space(KrolesBasis basis, const KrolesSpace *space)
{
	static const KrolesSpace none = {.head.id = PG_INT64_MIN, .owner_id = PG_INT64_MIN};

	for (int depth = 0; depth < KROLES_MOST_GALLERIES; depth++)
	{
		if (!space->inherits || space->is_root)
			return space;
		space = kroles_space(basis, space->parent_id);
	}
	return &none;
}

/* The subject's one effective role in a space. */
static KrolesContextualRole
get_effective_role(const KrolesJudged *judged, const KrolesSpace *space)
{
	const KrolesSpace *members;

	if (judged->user == NULL)
		return KROLES_NO_ROLE;
	members = kroles_members_space(judged->basis, space);
	if (space->owner_id == judged->user->head.id || members->owner_id == judged->user->head.id)
		return KROLES_MANAGER;
	return get_granted_role(judged, members->head.id);
}

/* Rights and role on a space; none if it does not exist. */
KrolesRights
kroles_rights_in(const KrolesJudged *judged, const KrolesSpace *space, KrolesContextualRole *role)
{
	*role = KROLES_NO_ROLE;
	if (!space->head.exists)
		return 0;
	*role = get_effective_role(judged, space);
	return kroles_space_rights(judged->matrices, &judged->subject, space->kind, space->type, *role);
}

/* The roles that one holder has in an event now. */
static unsigned
roles_held(const KrolesEventGrant *events, int n, int64 event_id)
{
	unsigned	roles = 0;

	for (int at = kroles_lower_bound(events, n, sizeof(KrolesEventGrant), event_id);
		 at < n && events[at].event_id == event_id; at++)
		if (kroles_in_window(events[at].window, kroles_time()))
			roles |= events[at].roles;
	return roles;
}

/* All of the subject's roles in an event: the user's own and those of the user's groups. */
unsigned
kroles_event_roles(const KrolesJudged *judged, int64 event_id)
{
	const KrolesUser *user = judged->user;
	unsigned	roles;

	if (user == NULL)
		return 0;
	roles = roles_held(user->events, user->nevents, event_id);
	for (int i = 0; i < user->ngroups; i++)
	{
		const KrolesGroup *group = kroles_group(judged->basis, user->groups[i]);

		roles |= roles_held(group->events, group->nevents, event_id);
	}
	return roles;
}

/* ---- Audiences ---- */

static KrolesRights
lookup_space_rights(const void *judged, int64 space_id)
{
	KrolesContextualRole role;

	return kroles_rights_in(judged, kroles_space(((const KrolesJudged *) judged)->basis, space_id), &role);
}

static unsigned
lookup_event_roles(const void *judged, int64 event_id)
{
	return kroles_event_roles(judged, event_id);
}

static const KrolesLookups entry_lookups = {lookup_space_rights, lookup_event_roles};

/* Adds what one entry of an audience gives the subject. */
void
kroles_add_standing(KrolesMediaStanding *standing, const KrolesJudged *judged, KrolesAudienceEntry entry)
{
	kroles_add_entry(standing, entry, &judged->principals, entry_lookups, judged);
}

/* The subject's standing to a media. */
KrolesMediaStanding
kroles_standing_to(const KrolesJudged *judged, const KrolesMedia *media)
{
	int64		changes_at = INT64_MAX;

	return kroles_evaluate_audience(media->audience, &judged->principals, kroles_time(), &changes_at, entry_lookups, judged);
}

/* ---- Stays in rooms ---- */

/*
 * Whether a stay is within the site's time limit, rooms were not switched off since
 * it began, and the media, if it was available then, still is.
 */
static bool
is_stay_valid(const KrolesSite *site, const KrolesStay *stay, KrolesWindow available)
{
	return stay->rooms_switched == site->rooms_switched &&
		kroles_time() - stay->joined_at < site->room_session_limit &&
		(!stay->began_available || kroles_in_window(available, kroles_time()));
}

/* The subject's valid stay in the room of a media; NULL if there is none, or if rooms are switched off. */
const KrolesStay *
kroles_find_stay(const KrolesJudged *judged, const KrolesMedia *media)
{
	int64		media_id = media->head.id;
	const KrolesStays *stays;
	const KrolesStay *stay;
	int			at;

	if (judged->user == NULL || !judged->matrices->chat_and_collaboration)
		return NULL;
	stays = kroles_stays(judged->basis, judged->user->head.id);
	at = kroles_lower_bound(stays->stays, stays->n, sizeof(KrolesStay), media_id);
	if (at == stays->n)
		return NULL;
	stay = &stays->stays[at];
	return stay->media_id == media_id &&
		is_stay_valid(kroles_site(judged->basis), stay, kroles_audience_available(media->audience)) ? stay : NULL;
}
