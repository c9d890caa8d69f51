/*
 * explain_remedies.c
 *		Remedies: what would give a right that is not allowed.
 *
 * The rules are evaluated for the same subject with one more role, or another
 * applicative role; then with both.
 */
#include "postgres.h"

#include "answers/explain_context.h"
#include "cache/kinds.h"

/*
 * Whether the judged would have the right as another subject, with one more
 * role (-1: none).
 */
static bool
would_allow(const KrolesExplainContext *context, KrolesSubject subject, int role)
{
	return (kroles_kinds[context->explanation->kind].rights_with(context, &subject, role) & context->wanted) != 0;
}

/*
 * The roles on the object, as bits, that are sufficient for a user of an
 * applicative role.
 */
static unsigned
sufficient_roles(const KrolesExplainContext *context, KrolesApplicativeRole applicative)
{
	KrolesSubject subject = {.role = applicative};
	unsigned	roles = 0;

	for (int role = 0; role < kroles_kinds[context->explanation->kind].nremedies; role++)
		if (would_allow(context, subject, role))
			roles |= 1u << role;
	return roles;
}

/*
 * Adds the roles on the object and the applicative roles that are sufficient
 * alone; false for none.
 */
static bool
add_single_remedies(KrolesExplainContext *context)
{
	unsigned	roles = context->judged.user == NULL ? 0 : sufficient_roles(context, context->judged.subject.role);
	unsigned	applicative = 0;

	for (int role = KROLES_ANONYMOUS + 1; role < KROLES_NAPPLICATIVE; role++)
		if (would_allow(context, (KrolesSubject) {.role = role}, -1))
			applicative |= 1u << role;
	if (roles != 0)
		kroles_add_reason(context, KROLES_NEEDS, KROLES_F_ROLE)->roles = roles;
	if (applicative != 0)
		kroles_add_reason(context, KROLES_NEEDS, KROLES_F_APPLICATIVE)->applicative = applicative;
	return roles != 0 || applicative != 0;
}

/*
 * Adds the roles on the object that are sufficient with another applicative
 * role, and these; false for none.
 */
static bool
add_combined_remedy(KrolesExplainContext *context)
{
	unsigned	roles = 0;
	unsigned	applicative = 0;
	KrolesReason *reason;

	for (int role = KROLES_ANONYMOUS + 1; role < KROLES_NAPPLICATIVE; role++)
	{
		unsigned	with = sufficient_roles(context, role);

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

/* Adds the publications and event roles that are sufficient on a media. */
static void
add_media_remedies(KrolesExplainContext *context, KrolesSufficient sufficient)
{
	if (sufficient.approved != 0)
		kroles_add_reason(context, KROLES_NEEDS, KROLES_F_PUBLICATION)->right = sufficient.approved;
	if (sufficient.event_roles != 0)
		kroles_add_reason(context, KROLES_NEEDS, KROLES_F_PARTICIPATION)->roles = sufficient.event_roles;
}

/* Adds the remedies, or that not even an administrator has the right. */
void
kroles_add_remedies(KrolesExplainContext *context)
{
	KrolesSufficient sufficient = {0};

	if (!would_allow(context, (KrolesSubject) {.administrator = true}, -1))
	{
		kroles_add_reason(context, KROLES_DENIES, KROLES_F_NOBODY_HAS);
		return;
	}
	if (context->stay != NULL && would_allow(context, context->judged.subject, -1))
	{
		kroles_add_reason(context, KROLES_NEEDS, KROLES_F_REJOINING);
		return;
	}
	if (context->media != NULL)
		sufficient = kroles_sufficient_grants(context->judged.matrices, &context->judged.subject,
											  context->explanation->kind, context->wanted);
	/* (what shows a media does not while it is unavailable) */
	if (context->unavailable)
		sufficient.approved = sufficient.event_roles = 0;
	/* anonymous users have no roles in events */
	if (context->judged.user == NULL)
		sufficient.event_roles = 0;
	if (!add_single_remedies(context) && sufficient.approved == 0 && sufficient.event_roles == 0 &&
		!add_combined_remedy(context))
		kroles_add_reason(context, KROLES_NEEDS, KROLES_F_ADMINISTERING);
	add_media_remedies(context, sufficient);
}
