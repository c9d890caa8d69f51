/*
 * predicates.c
 *		Small questions about the data, for checks of arguments and for guards.
 *
 * Their answers are not filtered by any subject's rights: the caller must not
 * disclose them.
 */
#include "postgres.h"

#include "decide/decide.h"

typedef struct SiteQuestion
{
	KrolesKind	kind;
	KrolesAction action;
	Oid			media_type;
} SiteQuestion;

static void
judge_right_exists(KrolesBasis basis, const void *arg, void *answer)
{
	const SiteQuestion *about = arg;

	*(bool *) answer = (kroles_site(basis)->matrices.exists[about->kind] & KROLES_RIGHT(about->action)) != 0;
}

static const KrolesQuestion about_right_exists = {sizeof(bool), judge_right_exists, kroles_meet_bool};

/* Whether the action is a right on that kind of object. */
bool
kroles_right_exists(KrolesKind kind, KrolesAction action)
{
	SiteQuestion	about = {.kind = kind, .action = action};
	bool		answer;

	kroles_ask(&about_right_exists, &about, &answer);
	return answer;
}

static void
judge_media_type(KrolesBasis basis, const void *arg, void *answer)
{
	const SiteQuestion *about = arg;
	const KrolesSite *site = kroles_site(basis);

	for (int i = 0; i < site->ntools; i++)
		if (site->tools[i] == about->media_type)
			*(bool *) answer = true;
}

static const KrolesQuestion about_media_type = {sizeof(bool), judge_media_type, kroles_meet_bool};

/* Whether the site's setting allows media of that type to be created. */
bool
kroles_media_type_made(Oid type)
{
	SiteQuestion	about = {.media_type = type};
	bool		answer;

	kroles_ask(&about_media_type, &about, &answer);
	return answer;
}

typedef struct AbsenceQuestion
{
	KrolesClass class;
	int64		id;
} AbsenceQuestion;

static void
judge_absence(KrolesBasis basis, const void *arg, void *answer)
{
	const AbsenceQuestion *about = arg;

	*(bool *) answer = !kroles_lookup(basis, about->class, about->id)->exists;
}

static const KrolesQuestion about_absence = {sizeof(bool), judge_absence, kroles_meet_bool};

/* Whether an object exists on neither basis: for guards. */
bool
kroles_object_gone(KrolesClass class, int64 id)
{
	AbsenceQuestion about = {class, id};
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

/* Whether a user is blocked, on either basis: for guards. */
bool
kroles_is_blocked(int64 user_id)
{
	bool		answer;

	kroles_ask(&about_unblocked, &user_id, &answer);
	return !answer;
}
