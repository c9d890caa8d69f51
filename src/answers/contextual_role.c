/*
 * contextual_role.c
 *		kroles_contextual_role(): the one role that a subject has in a space, by a
 *		grant of their own, by groups or as the owner.
 */
#include "postgres.h"

#include "fmgr.h"

#include "answers/arguments.h"
#include "cache/question.h"
#include "decide/decide.h"
#include "decide/subject.h"
#include "identity/identity.h"
#include "store/catalog.h"

typedef struct RoleQuestion
{
	KrolesAsker who;
	int64		space_id;
} RoleQuestion;

/* An answer of 0 is no role. */
typedef struct RoleAnswer
{
	int			role_and_1;
} RoleAnswer;

static void
judge_role(KrolesBasis basis, const void *arg, void *answer)
{
	const RoleQuestion *about = arg;
	KrolesJudged judged;
	KrolesContextualRole role;

	if (!kroles_gather_subject(basis, about->who, &judged) || judged.subject.blocked)
		return;
	(void) kroles_rights_in(&judged, kroles_space(basis, about->space_id), &role);
	((RoleAnswer *) answer)->role_and_1 = role == KROLES_NO_ROLE ? 0 : role + 1;
}

/* The weaker role of two. */
static void
meet_role(void *answer, const void *other)
{
	RoleAnswer *mine = answer;
	const RoleAnswer *its = other;

	if (mine->role_and_1 == 0 || its->role_and_1 == 0)
		mine->role_and_1 = 0;
	else if (kroles_stronger_role(mine->role_and_1 - 1, its->role_and_1 - 1) == mine->role_and_1 - 1)
		mine->role_and_1 = its->role_and_1;
}

static const KrolesQuestion about_role = {sizeof(RoleAnswer), judge_role, meet_role};

/* The value of kroles.contextual_role for the subject's role in the space of the first argument; NULL for none. */
static Datum
role_in_space(FunctionCallInfo fcinfo, KrolesAsker who)
{
	RoleQuestion about = {.who = who};
	RoleAnswer	answer;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	about.space_id = PG_GETARG_INT64(0);
	kroles_ask(&about_role, &about, &answer);
	if (answer.role_and_1 == 0)
		PG_RETURN_NULL();
	PG_RETURN_OID(kroles_enum_value(KROLES_E_CONTEXTUAL_ROLE, answer.role_and_1 - 1));
}

/* kroles_contextual_role(space_id): of the current subject. */
PG_FUNCTION_INFO_V1(kroles_contextual_role);
Datum
kroles_contextual_role(PG_FUNCTION_ARGS)
{
	return role_in_space(fcinfo, kroles_asker());
}

/* kroles_contextual_role(space_id, user_id): of that user. */
PG_FUNCTION_INFO_V1(kroles_contextual_role_user);
Datum
kroles_contextual_role_user(PG_FUNCTION_ARGS)
{
	KrolesAsker who = kroles_arg_user(fcinfo, 1);

	kroles_check_may_ask(who, KROLES_ANY_SPACE, kroles_arg_id(fcinfo, 0));
	return role_in_space(fcinfo, who);
}
