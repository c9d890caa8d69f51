/*
 * explain_reasons.c
 *		Why a subject has a right on an object, or has not.  The reasons of the
 *		site are here, those of other kinds in answers/explain_<kind>.c.
 *
 * Nothing is decided here: the answer is that of decide/decide.c, judged in the
 * same question.  Whether a single fact gives the right is evaluated by the rules
 * (rules/rules.c) for a subject with that fact alone; if it does not, again
 * without ceilings or with the module on.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "answers/explain_context.h"
#include "cache/kinds.h"
#include "decide/decide.h"

/* Adds a reason, to be filled in by the caller before the next is added. */
KrolesReason *
kroles_add_reason(KrolesExplainContext *context, KrolesEffect effect, KrolesFact fact)
{
	KrolesReason *reason = kroles_array_add(&context->explanation->reasons);

	memset(reason, 0, sizeof(*reason));
	reason->effect = effect;
	reason->fact = fact;
	reason->from = DT_NOBEGIN;
	reason->until = DT_NOEND;
	return reason;
}

/* Makes the variants of the matrices, by flags. */
static void
make_matrix_variants(KrolesExplainContext *context)
{
	for (int flags = 0; flags < KROLES_NVARIANTS; flags++)
	{
		KrolesMatrices *m = &context->variants[flags];

		*m = *context->judged.matrices;
		if (flags & KROLES_NO_CEILINGS)
			memset(m->ceiling, 0xff, sizeof(m->ceiling));
		if (flags & KROLES_NO_TYPES)
			memset(m->space, 0, sizeof(m->space));
		if (flags & KROLES_MODULE_ON)
			m->chat_and_collaboration = true;
	}
}

/* ---- The subject ---- */

/* Whether the judged's roles and grants matter; if not, adds why. */
static bool
explain_subject(KrolesExplainContext *context, bool known)
{
	const KrolesSubject *subject = &context->judged.subject;

	if (!known)
		kroles_add_reason(context, KROLES_DENIES, KROLES_F_NO_USER);
	else if (subject->blocked)
	{
		kroles_add_reason(context, KROLES_DENIES, KROLES_F_BLOCKED);
		kroles_add_reason(context, KROLES_NEEDS, KROLES_F_UNBLOCKING);
	}
	else if (kroles_all_or_nothing(context->judged.matrices, subject) && !subject->administrator)
	{
		kroles_add_reason(context, KROLES_DENIES, KROLES_F_ANONYMOUS_OFF);
		kroles_add_reason(context, KROLES_NEEDS, KROLES_F_LOGIN);
	}
	else
		return true;
	return false;
}

/* ---- The site: see KrolesKindMethods ---- */

bool
kroles_site_find(KrolesExplainContext *context)
{
	return true;
}

KrolesRights
kroles_site_rights_with(const KrolesExplainContext *context, const KrolesSubject *subject, int role)
{
	return kroles_site_rights(context->judged.matrices, subject);
}

void
kroles_site_explain(KrolesExplainContext *context)
{
	bool		gives = (kroles_site_rights(context->judged.matrices, &context->judged.subject) & context->wanted) != 0;
	KrolesReason *reason = kroles_add_reason(context, gives ? KROLES_ALLOWS : KROLES_LACKS, KROLES_F_BASELINE);

	reason->space_kind = KROLES_SITE;
	reason->right = context->wanted;
}

/* ---- The question ---- */

static bool
any_above_ceiling(const KrolesExplanation *explanation)
{
	for (int i = 0; i < explanation->reasons.n; i++)
		if (KROLES_REASON(explanation, i)->why == KROLES_ABOVE_CEILING)
			return true;
	return false;
}

/*
 * Adds the reasons for the object of the explanation, and remedies if the right
 * is not allowed.
 */
static void
add_reasons(KrolesExplainContext *context, bool allowed)
{
	make_matrix_variants(context);
	if (!kroles_kinds[context->explanation->kind].find(context))
		kroles_add_reason(context, allowed ? KROLES_ALLOWS : KROLES_DENIES, allowed ? KROLES_F_NEW : KROLES_F_HIDDEN);
	else if (context->judged.subject.administrator && context->stay == NULL)
		kroles_add_reason(context, allowed ? KROLES_ALLOWS : KROLES_DENIES,
						  allowed ? KROLES_F_ADMINISTRATOR : KROLES_F_NOBODY_HAS);
	else
	{
		kroles_kinds[context->explanation->kind].explain(context);
		if (allowed)
			return;
		if (any_above_ceiling(context->explanation))
			kroles_add_reason(context, KROLES_DENIES, KROLES_F_CEILING);
		if (context->explanation->reasons.n == 0)
			kroles_add_reason(context, KROLES_LACKS, KROLES_F_NOTHING);
		kroles_add_remedies(context);
	}
}

/* The answer of one basis, and its reasons, unless it is the snapshot's. */
typedef struct ReasonedAnswer
{
	KrolesAnswer answer;
	KrolesExplanation explanation;
} ReasonedAnswer;

StaticAssertDecl(sizeof(ReasonedAnswer) <= KROLES_MAX_ANSWER, "reasons are found on both bases");

/* The judge of about_reasons. */
static void
judge_with_reasons(KrolesBasis basis, const void *about, void *result)
{
	ReasonedAnswer *reasoned = result;
	KrolesExplanation *explanation = &reasoned->explanation;
	KrolesExplainContext *context;
	bool		known;

	*explanation = *(const KrolesExplanation *) about;
	kroles_judge_object(basis, explanation->who, explanation->kind, explanation->id, &reasoned->answer);
	if (basis == KROLES_SNAPSHOT)
		return;
	context = palloc0(sizeof(KrolesExplainContext));
	context->explanation = explanation;
	context->wanted = KROLES_RIGHT(explanation->action);
	explanation->joined = false;
	known = kroles_gather_subject(basis, explanation->who, &context->judged);
	explanation->applicative = context->judged.subject.role;
	explanation->allowed = (reasoned->answer.rights & context->wanted) != 0;
	if (explain_subject(context, known))
		add_reasons(context, explanation->allowed);
	pfree(context);
}

static void
meet_reasoned_answers(void *answer, const void *other)
{
	kroles_meet_answer(&((ReasonedAnswer *) answer)->answer, &((const ReasonedAnswer *) other)->answer);
}

static const KrolesQuestion about_reasons = {
	sizeof(ReasonedAnswer), judge_with_reasons, meet_reasoned_answers, .deciding = sizeof(KrolesAnswer)
};

/*
 * Sorts the reasons by effect, stably; if the right is allowed, drops those
 * that merely lack it.
 */
static void
sort_reasons(KrolesExplanation *explanation)
{
	KrolesArray ordered = {.size = sizeof(KrolesReason)};

	for (int effect = KROLES_ALLOWS; effect <= KROLES_NEEDS; effect++)
		for (int i = 0; i < explanation->reasons.n; i++)
			if (KROLES_REASON(explanation, i)->effect == effect && !(explanation->allowed && effect == KROLES_LACKS))
				*(KrolesReason *) kroles_array_add(&ordered) = *KROLES_REASON(explanation, i);
	explanation->reasons = ordered;
}

/*
 * Replaces all reasons by one: what allows on the current basis is not in the
 * statement's snapshot.
 */
static void
replace_by_not_yet(KrolesExplanation *explanation)
{
	KrolesExplainContext context = {.explanation = explanation};

	explanation->reasons.n = 0;
	kroles_add_reason(&context, KROLES_DENIES, KROLES_F_NOT_YET);
}

/* Drops the remedies: the past cannot be changed. */
static void
drop_remedies(KrolesExplanation *explanation)
{
	int			n = 0;

	for (int i = 0; i < explanation->reasons.n; i++)
		if (KROLES_REASON(explanation, i)->effect != KROLES_NEEDS)
			*KROLES_REASON(explanation, n++) = *KROLES_REASON(explanation, i);
	explanation->reasons.n = n;
}

/*
 * Finds all reasons at the time in the past that is being asked about; who, kind, id
 * and action must be set.  In the caller's memory; kroles_finish_reasons() follows when
 * the past has been left.
 */
void
kroles_find_past_reasons(void *arg)
{
	KrolesExplanation *explanation = arg;
	ReasonedAnswer reasoned;

	explanation->reasons = (KrolesArray) {.size = sizeof(KrolesReason)};
	(void) kroles_ask_on(KROLES_PAST, &about_reasons, explanation, &reasoned);
	*explanation = reasoned.explanation;
	explanation->any_right = true;	/* the object is not hidden from the asker: see kroles_redact_reasons() */
	drop_remedies(explanation);
}

/* Sorts the reasons and leaves those that the asker may know. */
void
kroles_finish_reasons(KrolesExplanation *explanation)
{
	sort_reasons(explanation);
	kroles_redact_reasons(explanation, explanation->any_right);
}

/*
 * Decides whether the right is allowed, and finds the reasons that the asker may
 * know; who, kind, id and action must be set.  The reasons are in the caller's
 * memory.  If the asker asks about themselves and has no right on the object, they
 * are those of an object that does not exist.
 */
void
kroles_find_reasons(KrolesExplanation *explanation)
{
	ReasonedAnswer reasoned;
	bool		allowed_on_current;

	explanation->reasons = (KrolesArray) {.size = sizeof(KrolesReason)};
	kroles_ask(&about_reasons, explanation, &reasoned);
	*explanation = reasoned.explanation;
	explanation->any_right = reasoned.answer.rights != 0;
	allowed_on_current = explanation->allowed;
	explanation->allowed = (reasoned.answer.rights & KROLES_RIGHT(explanation->action)) != 0;
	if (allowed_on_current && !explanation->allowed)
		replace_by_not_yet(explanation);
	kroles_finish_reasons(explanation);
}
