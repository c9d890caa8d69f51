/*
 * explain_remedies.c
 *		What would have to be, for something to be allowed that is not.
 *
 * The rules are asked about the same person with one more role, or another
 * applicative role; then with both.
 */
#include "postgres.h"

#include "answers/explain_context.h"
#include "cache/kinds.h"

/* Whether the right would be allowed to the judged as another subject, with one more role if one is given. */
static bool
would_do(const KrolesExplainContext *context, KrolesSubject subject, int role)
{
	return (kroles_kinds[context->explanation->kind].rights_with(context, &subject, role) & context->wanted) != 0;
}

/* The roles there that would do, for somebody of that applicative role. */
static unsigned
roles_that_would_do(const KrolesExplainContext *context, KrolesApplicativeRole applicative)
{
	KrolesSubject subject = {.role = applicative};
	unsigned	roles = 0;

	for (int role = 0; role < kroles_kinds[context->explanation->kind].nremedies; role++)
		if (would_do(context, subject, role))
			roles |= 1u << role;
	return roles;
}

/* What of one kind alone would do: a role there, another applicative role; false for nothing. */
static bool
add_one_change(KrolesExplainContext *context)
{
	unsigned	roles = context->judged.user == NULL ? 0 : roles_that_would_do(context, context->judged.subject.role);
	unsigned	applicative = 0;

	for (int role = KROLES_ANONYMOUS + 1; role < KROLES_NAPPLICATIVE; role++)
		if (would_do(context, (KrolesSubject) {.role = role}, -1))
			applicative |= 1u << role;
	if (roles != 0)
		kroles_add_reason(context, KROLES_NEEDS, KROLES_F_ROLE)->roles = roles;
	if (applicative != 0)
		kroles_add_reason(context, KROLES_NEEDS, KROLES_F_APPLICATIVE)->applicative = applicative;
	return roles != 0 || applicative != 0;
}

/* The applicative roles with which a role there would do, and these; false for none. */
static bool
add_two_changes(KrolesExplainContext *context)
{
	unsigned	roles = 0;
	unsigned	applicative = 0;
	KrolesReason *reason;

	for (int role = KROLES_ANONYMOUS + 1; role < KROLES_NAPPLICATIVE; role++)
	{
		unsigned	with = roles_that_would_do(context, role);

		roles |= with;
		applicative |= with != 0 ? 1u << role : 0;
	}
	if (roles == 0)
		return false;
	reason = kroles_add_reason(context, KROLES_NEEDS, KROLES_F_BOTH);
	reason->roles = roles;
	reason->applicative = applicative;
	return true;
}

/* Adds where the media would have to be. */
static void
add_places(KrolesExplainContext *context, KrolesSufficient sufficient)
{
	if (sufficient.approved != 0)
		kroles_add_reason(context, KROLES_NEEDS, KROLES_F_PUBLICATION)->right = sufficient.approved;
	if (sufficient.event_roles != 0)
		kroles_add_reason(context, KROLES_NEEDS, KROLES_F_PARTICIPATION)->roles = sufficient.event_roles;
}

/* Adds what would have to be for it to be allowed, or that nothing would do. */
void
kroles_add_remedies(KrolesExplainContext *context)
{
	KrolesSufficient sufficient = {0};

	if (!would_do(context, (KrolesSubject) {.administrator = true}, -1))
	{
		kroles_add_reason(context, KROLES_DENIES, KROLES_F_NOBODY_HAS);
		return;
	}
	if (context->stay != NULL && would_do(context, context->judged.subject, -1))
	{
		kroles_add_reason(context, KROLES_NEEDS, KROLES_F_REJOINING);
		return;
	}
	if (context->media != NULL)
		sufficient = kroles_sufficient_grants(context->judged.matrices, &context->judged.subject, context->explanation->kind, context->wanted);
	/* nobody who is not logged in takes part in an event */
	if (context->judged.user == NULL)
		sufficient.event_roles = 0;
	if (!add_one_change(context) && sufficient.approved == 0 && sufficient.event_roles == 0 && !add_two_changes(context))
		kroles_add_reason(context, KROLES_NEEDS, KROLES_F_ADMINISTERING);
	add_places(context, sufficient);
}
