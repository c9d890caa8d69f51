/*
 * explain_redaction.c
 *		What reasons tell whom.
 *
 * Whoever may ask about somebody on one object learns by the reasons of others:
 * the spaces where a media is published, the events it is a session of, and the
 * gallery whose members count.  Of these they are told what they could ask there
 * as well: about themselves where they have any right, about others where they
 * manage.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "answers/arguments.h"
#include "answers/explain.h"
#include "decide/decide.h"
#include "identity/identity.h"

/* Whether the asker may be told how the judged stands to that object. */
static bool
may_know(const KrolesExplanation *explanation, KrolesKind kind, int64 id)
{
	if (kroles_same_asker(kroles_asker(), explanation->who))
		return kroles_decide(explanation->who, kind, id).rights != 0;
	return kroles_may_ask_about_others(kind, id);
}

/* A reason without what tells of the gallery above that it is from; false where nothing is left. */
static bool
redact_holder(const KrolesExplanation *explanation, KrolesReason *reason)
{
	if (reason->holder_id == reason->space_id || may_know(explanation, KROLES_ANY_SPACE, reason->holder_id))
		return true;
	if (reason->effect == KROLES_IGNORED && reason->why != KROLES_ABOVE_CEILING)
		return false;
	reason->holder_id = 0;
	reason->by_group = false;
	reason->group_id = 0;
	reason->until = DT_NOEND;
	return true;
}

/* What may be told of a reason; false for nothing, or nothing that was said before. */
static bool
redact(const KrolesExplanation *explanation, KrolesReason *reason, unsigned *said)
{
	bool		in_event = explanation->kind != KROLES_EVENT &&
		(reason->fact == KROLES_F_EVENT_ROLE || reason->fact == KROLES_F_SESSION);
	KrolesFact	instead = in_event ? KROLES_F_IN_SOME_EVENT : KROLES_F_SOMEWHERE;

	if (in_event ? may_know(explanation, KROLES_EVENT, reason->event_id) :
		reason->published == 0 || may_know(explanation, KROLES_ANY_SPACE, reason->space_id))
		return redact_holder(explanation, reason);
	if (reason->effect != KROLES_ALLOWS || (*said & (1u << instead)))
		return false;
	*said |= 1u << instead;
	*reason = (KrolesReason) {.effect = KROLES_ALLOWS, .fact = instead, .until = DT_NOEND};
	return true;
}

/* Whether the reasons are of the asker's own making out, and would be the same for any object. */
static bool
about_subject(const KrolesReason *reason)
{
	return reason->fact == KROLES_F_NO_USER || reason->fact == KROLES_F_BLOCKED ||
		reason->fact == KROLES_F_ANONYMOUS_OFF;
}

/* Where all that is left is what would have to be, says so as of somebody of whom there was no more to tell. */
static void
add_nothing(KrolesExplanation *explanation)
{
	KrolesReason *first = KROLES_REASON(explanation, 0);

	if (explanation->reasons.n > 0 && first->effect != KROLES_NEEDS)
		return;
	memmove(first + 1, first, explanation->reasons.n * sizeof(KrolesReason));
	*first = (KrolesReason) {.effect = KROLES_LACKS, .fact = KROLES_F_NOTHING, .until = DT_NOEND};
	explanation->reasons.n++;
}

/*
 * Takes out of the reasons what is not for the asker, who may ask the question
 * itself.  To whoever asks about themselves and has no right there, an object
 * is one that does not exist.
 */
void
kroles_redact_reasons(KrolesExplanation *explanation, bool any_right)
{
	int			all = explanation->reasons.n;
	unsigned	said = 0;
	int			n = 0;

	if (!any_right && explanation->kind != KROLES_SITE && !about_subject(KROLES_REASON(explanation, 0)) &&
		kroles_same_asker(kroles_asker(), explanation->who))
	{
		*KROLES_REASON(explanation, 0) =
			(KrolesReason) {.effect = KROLES_DENIES, .fact = KROLES_F_HIDDEN, .until = DT_NOEND};
		explanation->reasons.n = 1;
		return;
	}
	for (int i = 0; i < all; i++)
	{
		KrolesReason reason = *KROLES_REASON(explanation, i);

		if (redact(explanation, &reason, &said))
			*KROLES_REASON(explanation, n++) = reason;
	}
	explanation->reasons.n = n;
	if (n < all)
		add_nothing(explanation);
}
