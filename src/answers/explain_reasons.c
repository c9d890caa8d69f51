/*
 * explain_reasons.c
 *		Why somebody may do something with an object, or may not.  What there is to
 *		say of objects of each kind is in reasons_*.c.
 *
 * Nothing is decided here.  The answer is that of decide/decide.c, judged in the same
 * question; and whether a single fact gives a right, is found by asking the
 * rules (rules/rules.c) about a subject of whom only that fact is known, and where it
 * does not, about one without ceilings, or with the module on.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "answers/explain_context.h"

/* Adds a reason, to be filled in. */
KrolesReason *
kroles_add_reason(KrolesGathering *g, KrolesEffect effect, KrolesFact fact)
{
	KrolesReason *reason = kroles_add_item(&g->inquiry->reasons);

	memset(reason, 0, sizeof(*reason));
	reason->effect = effect;
	reason->fact = fact;
	reason->until = DT_NOEND;
	return reason;
}

static void
make_variants(KrolesGathering *g)
{
	for (int flags = 0; flags < KROLES_NVARIANTS; flags++)
	{
		KrolesMatrices *m = &g->variants[flags];

		*m = *g->judged.matrices;
		if (flags & KROLES_NO_CEILINGS)
			memset(m->ceiling, 0xff, sizeof(m->ceiling));
		if (flags & KROLES_NO_TYPES)
			memset(m->space, 0, sizeof(m->space));
		if (flags & KROLES_MODULE_ON)
			m->chat_and_collaboration = true;
	}
}

/* ---- One question ---- */

/* Whether it matters what the judged holds; else says why not. */
static bool
explain_subject(KrolesGathering *g, bool known)
{
	const KrolesSubject *subject = &g->judged.subject;

	if (!known)
		kroles_add_reason(g, KROLES_DENIES, KROLES_F_NO_USER);
	else if (subject->blocked)
	{
		kroles_add_reason(g, KROLES_DENIES, KROLES_F_BLOCKED);
		kroles_add_reason(g, KROLES_NEEDS, KROLES_F_UNBLOCKING);
	}
	else if (kroles_all_or_nothing(g->judged.matrices, subject) && !subject->administrator)
	{
		kroles_add_reason(g, KROLES_DENIES, KROLES_F_ANONYMOUS_OFF);
		kroles_add_reason(g, KROLES_NEEDS, KROLES_F_LOGIN);
	}
	else
		return true;
	return false;
}

/* Notes the room, and whether what is wanted there was read when the judged joined. */
static bool
find_room(KrolesGathering *g)
{
	g->media = kroles_media(g->judged.world, g->inquiry->id);
	if (!g->media->head.exists || !g->media->is_room)
		return false;
	if (g->wanted != KROLES_RIGHT(KROLES_VIEW))
		g->stay = kroles_find_stay(&g->judged, g->inquiry->id);
	g->inquiry->joined = g->stay != NULL;
	return true;
}

/* Whether there is such an object; notes which it is. */
static bool
find_object(KrolesGathering *g)
{
	const KrolesInquiry *inquiry = g->inquiry;

	switch (inquiry->kind)
	{
		case KROLES_SITE:
			return true;
		case KROLES_MEDIA:
			g->media = kroles_media(g->judged.world, inquiry->id);
			return g->media->head.exists;
		case KROLES_ROOM:
			return find_room(g);
		case KROLES_EVENT:
			g->event = kroles_event(g->judged.world, inquiry->id);
			return g->event->head.exists;
		default:
			g->space = kroles_space(g->judged.world, inquiry->id);
			return g->space->head.exists && g->space->kind == inquiry->kind;
	}
}

static void
explain_site(KrolesGathering *g)
{
	bool		gives = (kroles_site_rights(g->judged.matrices, &g->judged.subject) & g->wanted) != 0;
	KrolesReason *reason = kroles_add_reason(g, gives ? KROLES_ALLOWS : KROLES_LACKS, KROLES_F_BASELINE);

	reason->space_kind = KROLES_SITE;
	reason->right = g->wanted;
}

static void
explain_object(KrolesGathering *g)
{
	switch (g->inquiry->kind)
	{
		case KROLES_SITE:
			explain_site(g);
			break;
		case KROLES_MEDIA:
			kroles_explain_media(g);
			break;
		case KROLES_ROOM:
			kroles_explain_room(g);
			break;
		case KROLES_EVENT:
			kroles_explain_event(g, g->event->head.id);
			break;
		default:
			kroles_explain_space(g, g->space, g->wanted, 0);
			break;
	}
}

static bool
any_above_ceiling(const KrolesInquiry *inquiry)
{
	for (int i = 0; i < inquiry->reasons.n; i++)
		if (KROLES_REASON(inquiry, i)->why == KROLES_ABOVE_CEILING)
			return true;
	return false;
}

static void
gather(KrolesGathering *g, bool allowed)
{
	make_variants(g);
	if (!find_object(g))
		kroles_add_reason(g, allowed ? KROLES_ALLOWS : KROLES_DENIES, allowed ? KROLES_F_NEW : KROLES_F_HIDDEN);
	else if (g->judged.subject.administrator && g->stay == NULL)
		kroles_add_reason(g, allowed ? KROLES_ALLOWS : KROLES_DENIES, allowed ? KROLES_F_ADMINISTRATOR : KROLES_F_NOBODY_HAS);
	else
	{
		explain_object(g);
		if (allowed)
			return;
		if (any_above_ceiling(g->inquiry))
			kroles_add_reason(g, KROLES_DENIES, KROLES_F_CEILING);
		if (g->inquiry->reasons.n == 0)
			kroles_add_reason(g, KROLES_LACKS, KROLES_F_NOTHING);
		kroles_add_needs(g);
	}
}

static void
judge_with_reasons(KrolesWorld world, void *about, KrolesAnswer *answer)
{
	KrolesInquiry *inquiry = about;
	KrolesGathering  *g;
	bool		known;

	kroles_judge_object(world, inquiry->who, inquiry->kind, inquiry->id, answer);
	if (world != KROLES_NOW)
		return;
	g = palloc0(sizeof(KrolesGathering));
	g->inquiry = inquiry;
	g->wanted = KROLES_RIGHT(inquiry->action);
	inquiry->reasons.n = 0;
	inquiry->joined = false;
	known = kroles_gather_subject(world, inquiry->who, &g->judged);
	inquiry->applicative = g->judged.subject.role;
	inquiry->allowed = (answer->rights & g->wanted) != 0;
	if (explain_subject(g, known))
		gather(g, inquiry->allowed);
	pfree(g);
}

/* In the order of effects, else as they were found; what only lacks is of no interest where it is allowed. */
static void
put_in_order(KrolesInquiry *inquiry)
{
	KrolesGrowing ordered = {.size = sizeof(KrolesReason)};

	for (int effect = KROLES_ALLOWS; effect <= KROLES_NEEDS; effect++)
		for (int i = 0; i < inquiry->reasons.n; i++)
			if (KROLES_REASON(inquiry, i)->effect == effect && !(inquiry->allowed && effect == KROLES_LACKS))
				*(KrolesReason *) kroles_add_item(&ordered) = *KROLES_REASON(inquiry, i);
	inquiry->reasons = ordered;
}

static void
add_not_yet(KrolesInquiry *inquiry)
{
	KrolesGathering g = {.inquiry = inquiry};

	inquiry->reasons.n = 0;
	kroles_add_reason(&g, KROLES_DENIES, KROLES_F_NOT_YET);
}

/*
 * Whether it is allowed, and why: who, kind, id and action must be set.  Where
 * somebody asks about themselves and has no right at all there, the reasons are
 * those of an object that does not exist.
 */
void
kroles_inquire(KrolesInquiry *inquiry)
{
	KrolesAnswer answer;
	bool		allowed_now;

	inquiry->reasons = (KrolesGrowing) {.size = sizeof(KrolesReason)};
	answer = kroles_ask(judge_with_reasons, inquiry);
	allowed_now = inquiry->allowed;
	inquiry->allowed = (answer.rights & KROLES_RIGHT(inquiry->action)) != 0;
	if (allowed_now && !inquiry->allowed)
		add_not_yet(inquiry);
	put_in_order(inquiry);
	kroles_keep_to_oneself(inquiry, answer.rights != 0);
}
