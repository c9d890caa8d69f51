/*
 * reasons.c
 *		Why somebody may do something with an object, or may not.
 *
 * Nothing is decided here.  The answer is that of decide.c, judged in the same
 * question; and whether a single fact gives a right, is found by asking the
 * rules (rules.c) about a subject of whom only that fact is known, and where it
 * does not, about one without ceilings, or with the module on.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/timestamp.h"

#include "gathering.h"

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

/* ---- Spaces ---- */

/* What a role in a space comes to, without what its type gives; or what the type alone does (no role). */
static KrolesEffect
effect_in(const KrolesGathering *g, const KrolesReason *about, KrolesContextualRole role, KrolesWhyNot *why)
{
	int			without = role == KROLES_NO_ROLE ? 0 : KROLES_NO_TYPES;

	*why = KROLES_COUNTS;
	if (about->right & kroles_space_rights(&g->variants[without], &g->judged.subject, about->space_kind,
										   about->space_type, role))
		return KROLES_ALLOWS;
	if (!(about->right & kroles_space_rights(&g->variants[without | KROLES_NO_CEILINGS], &g->judged.subject,
											 about->space_kind, about->space_type, role)))
		return KROLES_LACKS;
	*why = KROLES_ABOVE_CEILING;
	return KROLES_IGNORED;
}

/* Adds a role that the judged has there, or would have if it counted. */
static void
add_role(KrolesGathering *g, const KrolesReason *about, KrolesFact fact, KrolesContextualRole role, int64 holder_id,
		 KrolesWhyNot why)
{
	KrolesReason reason = *about;

	reason.fact = fact;
	reason.role = role;
	reason.holder_id = holder_id;
	reason.why = why;
	reason.effect = KROLES_IGNORED;
	if (why == KROLES_COUNTS)
		reason.effect = effect_in(g, about, role, &reason.why);
	/* of where a media is published, only what opens it is of interest */
	if (about->published == 0 || reason.effect == KROLES_ALLOWS)
		*kroles_add_reason(g, reason.effect, fact) = reason;
}

static void
add_grant(KrolesGathering *g, const KrolesReason *about, const KrolesGrant *grant, KrolesWhyNot why)
{
	KrolesReason reason = *about;

	if (grant->role == KROLES_NO_ROLE)
		return;
	reason.until = grant->expires_at;
	if (why == KROLES_COUNTS && !kroles_grant_counts(grant, GetCurrentStatementStartTimestamp()))
		why = KROLES_EXPIRED;
	add_role(g, &reason, KROLES_F_GRANT, grant->role, grant->space_id, why);
}

static bool
counts_now(const KrolesGrant *grant)
{
	return grant != NULL && grant->role != KROLES_NO_ROLE &&
		kroles_grant_counts(grant, GetCurrentStatementStartTimestamp());
}

/* The grants on one space, of which at most one decides: the role that is the judged one's there. */
static void
add_grants(KrolesGathering *g, const KrolesReason *about, int64 space_id, KrolesContextualRole role, KrolesWhyNot why)
{
	const KrolesUser *user = g->judged.user;
	const KrolesGrant *grant = kroles_find_grant(user->grants, user->ngrants, space_id);

	if (grant != NULL)
		add_grant(g, about, grant, why);
	if (why == KROLES_COUNTS && counts_now(grant))
		why = KROLES_DIRECT_COUNTS;
	for (int i = 0; i < user->ngroups; i++)
	{
		const KrolesGroup *group = kroles_group(g->judged.world, user->groups[i]);
		KrolesReason by_group = *about;

		by_group.by_group = true;
		by_group.group_id = group->head.id;
		grant = kroles_find_grant(group->grants, group->ngrants, space_id);
		if (grant == NULL)
			continue;
		if (why == KROLES_COUNTS && counts_now(grant) && grant->role != role)
			add_grant(g, &by_group, grant, KROLES_STRONGER_COUNTS);
		else
			add_grant(g, &by_group, grant, counts_now(grant) ? why : KROLES_EXPIRED);
	}
}

/* All that the judged is in a space, by owning it and by grants. */
static void
add_roles(KrolesGathering *g, const KrolesReason *about, const KrolesSpace *space)
{
	const KrolesSpace *members = kroles_members_space(g->judged.world, space);
	int64		user_id = g->judged.user->head.id;
	KrolesWhyNot why = KROLES_COUNTS;
	KrolesContextualRole role;

	(void) kroles_rights_in(&g->judged, space, &role);
	if (space->owner_id == user_id)
		add_role(g, about, KROLES_F_OWNER, KROLES_MANAGER, space->head.id, KROLES_COUNTS);
	if (members != space && members->owner_id == user_id)
		add_role(g, about, KROLES_F_OWNER, KROLES_MANAGER, members->head.id, KROLES_COUNTS);
	if (space->owner_id == user_id || members->owner_id == user_id)
		why = KROLES_OWNERSHIP_COUNTS;
	add_grants(g, about, members->head.id, role, why);
	if (members != space)
		add_grants(g, about, space->head.id, role, KROLES_INHERITS);
}

/*
 * Why the judged has one of the rights on a space, or none; "published" says how
 * a media that the question is about stands there.
 */
static void
explain_space(KrolesGathering *g, const KrolesSpace *space, KrolesRights right, int published)
{
	KrolesReason about = {
		.until = DT_NOEND, .space_id = space->head.id, .space_kind = space->kind, .space_type = space->type,
		.published = published, .right = right
	};

	if (g->judged.user != NULL)
		add_roles(g, &about, space);
	add_role(g, &about, KROLES_F_BASELINE, KROLES_NO_ROLE, space->head.id, KROLES_COUNTS);
}

/* ---- Media ---- */

/*
 * The rights on a space by each of which alone somebody would have what is
 * wanted on media that is approved, or pending, there.
 */
KrolesRights
kroles_rights_through(const KrolesMatrices *m, const KrolesSubject *who, KrolesRights wanted,
					  KrolesTokenClass published)
{
	KrolesRights through = 0;

	for (int action = 0; action < KROLES_NACTIONS; action++)
	{
		KrolesMediaStanding standing = {0};

		if (published == KROLES_TOKEN_APPROVED)
			standing.approved = KROLES_RIGHT(action);
		else
			standing.pending = KROLES_RIGHT(action);
		if (kroles_media_rights(m, who, &standing) & wanted)
			through |= KROLES_RIGHT(action);
	}
	return through;
}

/* Whether what one token says of the judged is enough. */
static bool
token_gives(const KrolesGathering *g, int variant, KrolesToken token)
{
	KrolesJudged judged = g->judged;
	KrolesMediaStanding standing = {0};

	judged.matrices = &g->variants[variant];
	kroles_add_standing(&standing, &judged, token);
	return (kroles_media_rights(judged.matrices, &judged.subject, &standing) & g->wanted) != 0;
}

static KrolesEffect
effect_of_token(const KrolesGathering *g, KrolesToken token, KrolesWhyNot *why)
{
	*why = KROLES_COUNTS;
	if (token_gives(g, 0, token))
		return KROLES_ALLOWS;
	if (token_gives(g, KROLES_NO_CEILINGS, token))
		*why = KROLES_ABOVE_CEILING;
	else if (token_gives(g, KROLES_NO_CEILINGS | KROLES_MODULE_ON, token))
		*why = KROLES_MODULE_OFF;
	return *why == KROLES_COUNTS ? KROLES_LACKS : KROLES_IGNORED;
}

/* A token that gives a role on the media, if it is one of the judged. */
static void
add_media_role(KrolesGathering *g, KrolesToken token)
{
	bool		by_group = token.class >= KROLES_TOKEN_GROUP;
	KrolesReason *reason;
	KrolesWhyNot why;

	if (g->judged.user == NULL ||
		!(by_group ? kroles_in_group(g->judged.user, token.id) : token.id == g->judged.user->head.id))
		return;
	reason = kroles_add_reason(g, effect_of_token(g, token, &why), KROLES_F_MEDIA_ROLE);
	reason->why = why;
	reason->role = token.class - (by_group ? KROLES_TOKEN_GROUP : KROLES_TOKEN_USER);
	reason->by_group = by_group;
	reason->group_id = by_group ? token.id : 0;
}

/* A token that says where the media is published. */
static void
explain_publication(KrolesGathering *g, KrolesToken token)
{
	const KrolesSpace *space = kroles_space(g->judged.world, token.id);
	KrolesRights through = kroles_rights_through(&g->variants[0], &g->judged.subject, g->wanted, token.class);
	KrolesWhyNot why;
	KrolesEffect effect = effect_of_token(g, token, &why);
	KrolesReason *reason;

	if (effect == KROLES_ALLOWS)
		explain_space(g, space, through, token.class);
	else if (space->head.exists && (through != 0 || effect == KROLES_IGNORED))
	{
		reason = kroles_add_reason(g, effect, KROLES_F_PUBLISHED);
		reason->why = why;
		reason->space_id = reason->holder_id = space->head.id;
		reason->space_kind = space->kind;
		reason->space_type = space->type;
		reason->published = token.class;
		reason->right = through;
	}
}

static void
explain_media(KrolesGathering *g)
{
	KrolesAudience audience = kroles_open_audience(g->media->audience);

	for (int i = 0; i < audience.n; i++)
	{
		KrolesToken token = kroles_token(&audience, i);

		if (token.class < KROLES_TOKEN_APPROVED)
			add_media_role(g, token);
		else
			explain_publication(g, token);
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

/* Whether there is such an object; notes which it is. */
static bool
find_object(KrolesGathering *g)
{
	const KrolesInquiry *inquiry = g->inquiry;

	if (inquiry->kind == KROLES_SITE)
		return true;
	if (inquiry->kind == KROLES_MEDIA)
	{
		g->media = kroles_media(g->judged.world, inquiry->id);
		return g->media->head.exists;
	}
	g->space = kroles_space(g->judged.world, inquiry->id);
	return g->space->head.exists && g->space->kind == inquiry->kind;
}

static void
explain_object(KrolesGathering *g)
{
	KrolesEffect effect;
	KrolesReason about = {.space_kind = KROLES_SITE, .right = g->wanted};

	if (g->media != NULL)
		explain_media(g);
	else if (g->space != NULL)
		explain_space(g, g->space, g->wanted, 0);
	else
	{
		effect = kroles_site_rights(g->judged.matrices, &g->judged.subject) & g->wanted ? KROLES_ALLOWS : KROLES_LACKS;
		about.until = DT_NOEND;
		about.effect = effect;
		about.fact = KROLES_F_BASELINE;
		*kroles_add_reason(g, effect, KROLES_F_BASELINE) = about;
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
	else if (g->judged.subject.administrator)
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
