/*
 * arguments.c
 *		Arguments of the SQL functions, and the permission to ask about others.
 *
 * Administrators and auditors may ask about other users, and so may users with "manage"
 * on the object.  A refusal does not tell whether the object exists.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "answers/arguments.h"
#include "decide/decide.h"
#include "identity/identity.h"
#include "store/catalog.h"

/* The kind in an argument; an error for NULL and for a value unknown to C. */
KrolesKind
kroles_arg_kind(FunctionCallInfo fcinfo, int n)
{
	int			kind = PG_ARGISNULL(n) ? -1 :
		kroles_enum_code(KROLES_E_OBJECT_KIND, PG_GETARG_OID(n));

	if (kind < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 PG_ARGISNULL(n) ? errmsg("object kind must not be null") :
				 errmsg("object kind is not supported by kroles"),
				 errhint("The kinds are the values of kroles.object_kind.")));
	return kind;
}

/* The action in an argument; an error for NULL and for a value unknown to C. */
KrolesAction
kroles_arg_action(FunctionCallInfo fcinfo, int n)
{
	int			action = PG_ARGISNULL(n) ? -1 :
		kroles_enum_code(KROLES_E_ACTION, PG_GETARG_OID(n));

	if (action < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 PG_ARGISNULL(n) ? errmsg("action must not be null") :
				 errmsg("action is not supported by kroles"),
				 errhint("The actions are the values of kroles.action.")));
	return action;
}

/* The user in an argument; NULL means anonymous. */
KrolesAsker
kroles_arg_user(FunctionCallInfo fcinfo, int n)
{
	if (PG_ARGISNULL(n))
		return (KrolesAsker) {KROLES_NOBODY, 0};
	return (KrolesAsker) {KROLES_PERSON, PG_GETARG_INT64(n)};
}

/* Raises the error for a question about another user. */
void
kroles_refuse_asking(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to ask about other users"),
			 errhint("Administrators may, and so may users with \"manage\" on the object.")));
}

/* Whether the current subject may ask about other users' rights on an object. */
bool
kroles_may_ask_about_others(KrolesKind kind, int64 id)
{
	KrolesAsker asker = kroles_asker();

	return asker.type == KROLES_AUDITOR ||
		(kroles_decide(asker, KROLES_SITE, 0).rights & KROLES_RIGHT(KROLES_ADMINISTER)) ||
		(kroles_decide(asker, kind, id).rights & KROLES_RIGHT(KROLES_MANAGE));
}

/* An error unless the current subject may ask about all users of an object. */
void
kroles_check_may_ask_about_others(KrolesKind kind, int64 id)
{
	if (!kroles_may_ask_about_others(kind, id))
		kroles_refuse_asking();
}

/*
 * An error unless the current subject may ask about that user; anyone may ask
 * about themselves.
 */
void
kroles_check_may_ask(KrolesAsker about, KrolesKind kind, int64 id)
{
	if (!kroles_same_asker(kroles_asker(), about))
		kroles_check_may_ask_about_others(kind, id);
}

/* An error for an action that the kind does not have, regardless of the asker. */
void
kroles_check_right_exists(KrolesKind kind, KrolesAction action)
{
	if (!kroles_right_exists(kind, action))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no right \"%s\" on objects of kind \"%s\"",
						kroles_label(KROLES_E_ACTION, action),
						kroles_label(KROLES_E_OBJECT_KIND, kind)),
				 errhint("kroles.rights lists the rights of each kind.")));
}

/* The object's id in an argument; 0 for NULL. */
int64
kroles_arg_id(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? 0 : PG_GETARG_INT64(n);
}
