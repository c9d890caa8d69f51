/*
 * explain_window.c
 *		The windows of grants and memberships, for explanations: what has not begun or
 *		has expired is named, but does not count.
 */
#include "postgres.h"

#include "answers/explain_context.h"
#include "core/array.h"
#include "core/clock.h"

/* How many groups a user is in, memberships that do not count now included. */
int
kroles_group_count(const KrolesUser *user)
{
	return user->nmemberships > 0 ? user->nmemberships : user->ngroups;
}

/* One of the judged's groups, and the window of the membership. */
const KrolesGroup *
kroles_group_at(const KrolesExplainContext *context, int i, KrolesWindow *window)
{
	const KrolesUser *user = context->judged.user;

	*window = user->nmemberships > 0 ? user->memberships[i].window : KROLES_ALWAYS;
	return kroles_group(context->judged.basis, user->nmemberships > 0 ? user->memberships[i].group_id : user->groups[i]);
}

/* Whether a user is in a group, at any time, and the window of the membership. */
bool
kroles_find_membership(const KrolesUser *user, int64 group_id, KrolesWindow *window)
{
	int			at;

	*window = KROLES_ALWAYS;
	if (user->nmemberships == 0)
		return kroles_is_in_group(&(KrolesPrincipals) {.ngroups = user->ngroups, .groups = user->groups}, group_id);
	at = kroles_lower_bound(user->memberships, user->nmemberships, sizeof(KrolesMembership), group_id);
	if (at == user->nmemberships || user->memberships[at].group_id != group_id)
		return false;
	*window = user->memberships[at].window;
	return true;
}

/* Fills in the times of a reason; returns whether it counts now, as far as they go. */
KrolesWhyNot
kroles_set_window(KrolesReason *reason, KrolesWindow window)
{
	reason->from = window.starts_at;
	reason->until = window.expires_at;
	if (kroles_in_window(window, kroles_time()))
		return KROLES_COUNTS;
	return window.starts_at > kroles_time() && window.starts_at < window.expires_at ? KROLES_NOT_BEGUN : KROLES_EXPIRED;
}
