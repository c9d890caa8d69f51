/*
 * predicates.c
 *		Small questions about the data, for arguments and for rules that guards
 *		hold.  They say nothing of what anybody may know.
 */
#include "postgres.h"

#include "decide/decide.h"

typedef struct AboutSite
{
	KrolesKind	kind;
	KrolesAction action;
	Oid			media_type;
} AboutSite;

static void
judge_right_exists(KrolesBasis basis, const void *arg, void *answer)
{
	const AboutSite *about = arg;

	*(bool *) answer = (kroles_site(basis)->matrices.exists[about->kind] & KROLES_RIGHT(about->action)) != 0;
}

static const KrolesQuestion about_right_exists = {sizeof(bool), judge_right_exists, kroles_meet_bool};

/* Whether there is such a right on that kind of object at all. */
bool
kroles_right_exists(KrolesKind kind, KrolesAction action)
{
	AboutSite	about = {.kind = kind, .action = action};
	bool		answer;

	kroles_ask(&about_right_exists, &about, &answer);
	return answer;
}

static void
judge_media_type(KrolesBasis basis, const void *arg, void *answer)
{
	const AboutSite *about = arg;
	const KrolesSite *site = kroles_site(basis);

	for (int i = 0; i < site->ntools; i++)
		if (site->tools[i] == about->media_type)
			*(bool *) answer = true;
}

static const KrolesQuestion about_media_type = {sizeof(bool), judge_media_type, kroles_meet_bool};

/* Whether the site's setting lets media of that type be made. */
bool
kroles_media_type_made(Oid type)
{
	AboutSite	about = {.media_type = type};
	bool		answer;

	kroles_ask(&about_media_type, &about, &answer);
	return answer;
}

typedef struct AboutAbsence
{
	KrolesClass class;
	int64		id;
} AboutAbsence;

static void
judge_absence(KrolesBasis basis, const void *arg, void *answer)
{
	const AboutAbsence *about = arg;

	*(bool *) answer = !kroles_lookup(basis, about->class, about->id)->exists;
}

static const KrolesQuestion about_absence = {sizeof(bool), judge_absence, kroles_meet_bool};

/* Whether an object is gone, for rules of the data: the statement sees none, and there is none now. */
bool
kroles_object_gone(KrolesClass class, int64 id)
{
	AboutAbsence about = {class, id};
	bool		answer;

	kroles_ask(&about_absence, &about, &answer);
	return answer;
}

static void
judge_unblocked(KrolesBasis basis, const void *arg, void *answer)
{
	*(bool *) answer = !kroles_user(basis, *(const int64 *) arg)->subject.blocked;
}

static const KrolesQuestion about_unblocked = {sizeof(bool), judge_unblocked, kroles_meet_bool};

/* Whether a user is blocked, now or for the statement: for rules of the data. */
bool
kroles_is_blocked(int64 user_id)
{
	bool		answer;

	kroles_ask(&about_unblocked, &user_id, &answer);
	return !answer;
}
