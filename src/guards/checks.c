/*
 * checks.c
 *		Checks that several guards make.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/rel.h"
#include "utils/rls.h"

#include "decide/decide.h"
#include "guards/checks.h"
#include "identity/as_owner.h"
#include "identity/identity.h"

/*
 * Whether the table's policy will refuse the row because the asker has none of
 * these rights on that object.  A BEFORE trigger fires before the policy is
 * checked; an error of the trigger would then reveal an object that the asker
 * may not see.  So the trigger lets such a row pass, and the policy refuses it.
 */
bool
kroles_policy_will_refuse(Relation rel, KrolesKind kind, int64 id, KrolesRights any_of)
{
	return !kroles_is_own_statement() &&
		check_enable_rls(RelationGetRelid(rel), InvalidOid, true) == RLS_ENABLED &&
		!(kroles_decide(kroles_asker(), kind, id).rights & any_of);
}

/*
 * kroles.refuse_revoked(relation, allowed): in the condition of an AFTER trigger, for a right
 * that may have been revoked while the statement waited.  False, unless the change is not
 * allowed and row security is active for the table: then an error.
 */
PG_FUNCTION_INFO_V1(kroles_refuse_revoked);
Datum
kroles_refuse_revoked(PG_FUNCTION_ARGS)
{
	bool		allowed = !PG_ARGISNULL(1) && PG_GETARG_BOOL(1);

	if (!allowed && !PG_ARGISNULL(0) && check_enable_rls(PG_GETARG_OID(0), InvalidOid, true) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission was revoked during the statement"),
				 errhint("The right to make this change was revoked while the statement waited."),
				 err_generic_string(PG_DIAG_SCHEMA_NAME, "kroles")));
	PG_RETURN_BOOL(false);
}
