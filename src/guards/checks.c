/*
 * checks.c
 *		Checks that several guards make.
 */
#include "postgres.h"

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
