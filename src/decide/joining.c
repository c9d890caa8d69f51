/*
 * joining.c
 *		Small questions about what the site and its spaces show to people without
 *		a grant: names, and which spaces can be joined.
 */
#include "postgres.h"

#include "decide/decide.h"
#include "decide/subject.h"

static void
judge_people(KrolesBasis basis, const void *arg, void *answer)
{
	KrolesJudged judged;

	if (kroles_gather_subject(basis, *(const KrolesAsker *) arg, &judged))
		*(bool *) answer = kroles_shows_people(judged.matrices, &judged.subject);
}

static const KrolesQuestion about_people = {sizeof(bool), judge_people, kroles_meet_bool};

/* Whether the names of people who are not blocked are shown to the subject. */
bool
kroles_may_know_people(KrolesAsker who)
{
	bool		answer;

	kroles_ask(&about_people, &who, &answer);
	return answer;
}

static void
judge_joining(KrolesBasis basis, const void *arg, void *answer)
{
	const KrolesSpace *space = kroles_space(basis, *(const int64 *) arg);

	if (space->head.exists)
		*(KrolesJoiningPolicy *) answer = space->joining;
}

/* The stricter of two policies. */
static void
meet_joining(void *answer, const void *other)
{
	*(KrolesJoiningPolicy *) answer = Min(*(KrolesJoiningPolicy *) answer, *(const KrolesJoiningPolicy *) other);
}

static const KrolesQuestion about_joining = {sizeof(KrolesJoiningPolicy), judge_joining, meet_joining};

/*
 * Who may join a space: the stricter of what the statement's snapshot says and
 * what holds now; closed for one that does not exist.  The caller must not
 * disclose it to subjects who may not join anything.
 */
KrolesJoiningPolicy
kroles_joining_policy(int64 space_id)
{
	KrolesJoiningPolicy answer;

	kroles_ask(&about_joining, &space_id, &answer);
	return answer;
}
