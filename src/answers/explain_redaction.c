/*
 * explain_redaction.c
 *		Which reasons the asker may know.
 *
 * The reasons about one object name others: the spaces where a media is
 * published, the events of which it is a session, and the gallery whose members
 * count.  A reason may name such an object if the asker could ask about it as
 * well: about themselves with any right there, about others with "manage".
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "answers/arguments.h"
#include "answers/explain.h"
#include "decide/decide.h"
#include "identity/identity.h"

/* Whether the asker may know the judged's rights on another object. */
static bool
may_know(const KrolesExplanation *explanation, KrolesKind kind, int64 id)
{
	if (kroles_same_asker(kroles_asker(), explanation->who))
		return kroles_decide(explanation->who, kind, id).rights != 0;
	return kroles_may_ask_about_others(kind, id);
}

/*
 * Removes from a reason what the asker may not know of the gallery above; false
 * to drop the reason.
 */
static bool
redact_source(const KrolesExplanation *explanation, KrolesReason *reason)
{
	if (reason->source_space_id == reason->space_id || may_know(explanation, KROLES_ANY_SPACE, reason->source_space_id))
		return true;
	if (reason->effect == KROLES_IGNORED && reason->why != KROLES_ABOVE_CEILING)
		return false;
	reason->source_hidden = true;
	reason->by_group = false;
	reason->group_id = 0;
	reason->until = DT_NOEND;
	return true;
}

/*
 * Redacts a reason; false to drop it.  If it allows and names an object that the
 * asker may not know, it is replaced by a fact without a name, each once:
 * replaced has the bits of those facts.
 */
static bool
redact_reason(const KrolesExplanation *explanation, KrolesReason *reason, unsigned *replaced)
{
	bool		in_event = explanation->kind != KROLES_EVENT &&
		(reason->fact == KROLES_F_EVENT_ROLE || reason->fact == KROLES_F_SESSION);
	KrolesFact	instead = in_event ? KROLES_F_IN_SOME_EVENT : KROLES_F_SOMEWHERE;

	if (in_event ? may_know(explanation, KROLES_EVENT, reason->event_id) :
		reason->published == 0 || may_know(explanation, KROLES_ANY_SPACE, reason->space_id))
		return redact_source(explanation, reason);
	if (reason->effect != KROLES_ALLOWS || (*replaced & (1u << instead)))
		return false;
	*replaced |= 1u << instead;
	*reason = (KrolesReason) {.effect = KROLES_ALLOWS, .fact = instead, .until = DT_NOEND};
	return true;
}

/*
 * Whether a reason is about the subject alone, and so is the same for every
 * object.
 */
static bool
is_about_subject(const KrolesReason *reason)
{
	return reason->fact == KROLES_F_NO_USER || reason->fact == KROLES_F_BLOCKED ||
		reason->fact == KROLES_F_ANONYMOUS_OFF;
}

/*
 * If redaction leaves only remedies, prepends "nothing", so that redaction
 * cannot be told from absence.
 */
static void
prepend_nothing(KrolesExplanation *explanation)
{
	KrolesReason *first = KROLES_REASON(explanation, 0);

	if (explanation->reasons.n > 0 && first->effect != KROLES_NEEDS)
		return;
	memmove(first + 1, first, explanation->reasons.n * sizeof(KrolesReason));
	*first = (KrolesReason) {.effect = KROLES_LACKS, .fact = KROLES_F_NOTHING, .until = DT_NOEND};
	explanation->reasons.n++;
}

/*
 * Removes from the reasons what the asker may not know.  any_right: the judged has
 * a right on the object; if not, and the asker is the judged, the reasons become
 * those of an object that does not exist.
 */
void
kroles_redact_reasons(KrolesExplanation *explanation, bool any_right)
{
	int			all = explanation->reasons.n;
	unsigned	replaced = 0;
	int			n = 0;

	if (!any_right && explanation->kind != KROLES_SITE && !is_about_subject(KROLES_REASON(explanation, 0)) &&
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

		if (redact_reason(explanation, &reason, &replaced))
			*KROLES_REASON(explanation, n++) = reason;
	}
	explanation->reasons.n = n;
	if (n < all)
		prepend_nothing(explanation);
}
