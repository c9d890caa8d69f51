/*
 * explain_remedies.c
 *		What would have to be, for something to be allowed that is not.
 *
 * The rules are asked about the same person with one more role, or another
 * applicative role; then with both.
 */
#include "postgres.h"

#include "answers/explain_context.h"

/* Whether it would be allowed to the judged as another subject, with one more role if one is given. */
static bool
would_do(const KrolesGathering *g, KrolesSubject subject, int role)
{
	KrolesJudged judged = g->judged;
	KrolesContextualRole has;
	KrolesMediaStanding standing = {0};
	KrolesRights rights;

	judged.subject = subject;
	if (g->space != NULL)
		rights = role < 0 ? kroles_rights_in(&judged, g->space, &has) :
			kroles_space_rights(judged.matrices, &subject, g->space->kind, g->space->type, role);
	else if (g->event != NULL)
	{
		standing.event_roles = kroles_event_roles(&judged, g->event->head.id) | (role < 0 ? 0 : KROLES_EVENT_ROLE(role));
		rights = kroles_rights_by(judged.matrices, &subject, KROLES_EVENT, &standing);
	}
	else if (g->media != NULL)
	{
		standing = kroles_standing_to(&judged, g->media);
		standing.roles |= role < 0 ? 0 : KROLES_MEDIA_ROLE(role);
		rights = kroles_rights_by(judged.matrices, &subject, g->inquiry->kind, &standing);
	}
	else
		rights = kroles_site_rights(judged.matrices, &subject);
	return (rights & g->wanted) != 0;
}

/* How many roles there are.  (On media itself an advanced speaker is a speaker.) */
static int
roles_there(const KrolesGathering *g)
{
	switch (g->inquiry->kind)
	{
		case KROLES_SITE:
			return 0;
		case KROLES_MEDIA:
			return KROLES_MEDIA_ADVANCED_SPEAKER;
		case KROLES_ROOM:
			return KROLES_NMEDIAROLES;
		case KROLES_EVENT:
			return KROLES_NEVENTROLES;
		default:
			return KROLES_NCONTEXTUAL;
	}
}

/* The roles there that would do, for somebody of that applicative role. */
static unsigned
roles_that_would_do(const KrolesGathering *g, KrolesApplicativeRole applicative)
{
	KrolesSubject subject = {.role = applicative};
	unsigned	roles = 0;

	for (int role = 0; role < roles_there(g); role++)
		if (would_do(g, subject, role))
			roles |= 1u << role;
	return roles;
}

/* What of one kind alone would do: a role there, another applicative role; false for nothing. */
static bool
add_one_change(KrolesGathering *g)
{
	unsigned	roles = g->judged.user == NULL ? 0 : roles_that_would_do(g, g->judged.subject.role);
	unsigned	applicative = 0;

	for (int role = KROLES_ANONYMOUS + 1; role < KROLES_NAPPLICATIVE; role++)
		if (would_do(g, (KrolesSubject) {.role = role}, -1))
			applicative |= 1u << role;
	if (roles != 0)
		kroles_add_reason(g, KROLES_NEEDS, KROLES_F_ROLE)->roles = roles;
	if (applicative != 0)
		kroles_add_reason(g, KROLES_NEEDS, KROLES_F_APPLICATIVE)->applicative = applicative;
	return roles != 0 || applicative != 0;
}

/* The applicative roles with which a role there would do, and these; false for none. */
static bool
add_two_changes(KrolesGathering *g)
{
	unsigned	roles = 0;
	unsigned	applicative = 0;
	KrolesReason *reason;

	for (int role = KROLES_ANONYMOUS + 1; role < KROLES_NAPPLICATIVE; role++)
	{
		unsigned	with = roles_that_would_do(g, role);

		roles |= with;
		applicative |= with != 0 ? 1u << role : 0;
	}
	if (roles == 0)
		return false;
	reason = kroles_add_reason(g, KROLES_NEEDS, KROLES_F_BOTH);
	reason->roles = roles;
	reason->applicative = applicative;
	return true;
}

/* Adds where the media would have to be. */
static void
add_places(KrolesGathering *g, KrolesThrough through)
{
	if (through.approved != 0)
		kroles_add_reason(g, KROLES_NEEDS, KROLES_F_PUBLICATION)->right = through.approved;
	if (through.event_roles != 0)
		kroles_add_reason(g, KROLES_NEEDS, KROLES_F_PARTICIPATION)->roles = through.event_roles;
}

/* Adds what would have to be for it to be allowed, or that nothing would do. */
void
kroles_add_needs(KrolesGathering *g)
{
	KrolesThrough through = {0};

	if (!would_do(g, (KrolesSubject) {.administrator = true}, -1))
	{
		kroles_add_reason(g, KROLES_DENIES, KROLES_F_NOBODY_HAS);
		return;
	}
	if (g->stay != NULL && would_do(g, g->judged.subject, -1))
	{
		kroles_add_reason(g, KROLES_NEEDS, KROLES_F_REJOINING);
		return;
	}
	if (g->media != NULL)
		through = kroles_rights_through(g->judged.matrices, &g->judged.subject, g->inquiry->kind, g->wanted);
	/* nobody who is not logged in takes part in an event */
	if (g->judged.user == NULL)
		through.event_roles = 0;
	if (!add_one_change(g) && through.approved == 0 && through.event_roles == 0 && !add_two_changes(g))
		kroles_add_reason(g, KROLES_NEEDS, KROLES_F_ADMINISTERING);
	add_places(g, through);
}
