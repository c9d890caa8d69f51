/*
 * predicates.c
 *		Small questions about the data, for arguments and for rules that guards
 *		hold.  They say nothing of what anybody may know.
 */
#include "postgres.h"

#include "cache/cache.h"
#include "cache/invalidation.h"
#include "cache/question.h"
#include "decide/decide.h"
#include "rules/rules.h"

typedef struct AboutSite
{
	KrolesKind	kind;
	KrolesAction action;
	Oid			media_type;
} AboutSite;

static void
judge_right_exists(KrolesBasis basis, void *arg, KrolesAnswer *answer)
{
	const AboutSite *about = arg;

	answer->rights = kroles_site(basis)->matrices.exists[about->kind] & KROLES_RIGHT(about->action);
}

/* Whether there is such a right on that kind of object at all. */
bool
kroles_right_exists(KrolesKind kind, KrolesAction action)
{
	AboutSite	about = {.kind = kind, .action = action};

	return kroles_ask(judge_right_exists, &about).rights != 0;
}

static void
judge_media_type(KrolesBasis basis, void *arg, KrolesAnswer *answer)
{
	const AboutSite *about = arg;
	const KrolesSite *site = kroles_site(basis);

	for (int i = 0; i < site->ntools; i++)
		if (site->tools[i] == about->media_type)
			answer->rights = 1;
}

/* Whether the site's setting lets media of that type be made. */
bool
kroles_media_type_made(Oid type)
{
	AboutSite	about = {.media_type = type};

	return kroles_ask(judge_media_type, &about).rights != 0;
}

typedef struct AboutAbsence
{
	KrolesClass class;
	int64		id;
} AboutAbsence;

static void
judge_absence(KrolesBasis basis, void *arg, KrolesAnswer *answer)
{
	const AboutAbsence *about = arg;

	answer->rights = !kroles_lookup(basis, about->class, about->id)->exists;
}

/* Whether an object is gone, for rules of the data: the statement sees none, and there is none now. */
bool
kroles_object_gone(KrolesClass class, int64 id)
{
	AboutAbsence about = {class, id};

	return kroles_ask(judge_absence, &about).rights != 0;
}

static void
judge_unblocked(KrolesBasis basis, void *arg, KrolesAnswer *answer)
{
	answer->rights = !kroles_user(basis, *(int64 *) arg)->subject.blocked;
}

/* Whether a user is blocked, now or for the statement: for rules of the data. */
bool
kroles_is_blocked(int64 user_id)
{
	return kroles_ask(judge_unblocked, &user_id).rights == 0;
}
