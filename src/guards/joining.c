/*
 * joining.c
 *		Who may join a space, for kroles_joinable() and kroles_request_to_join().
 */
#include "postgres.h"

#include "fmgr.h"

#include "decide/decide.h"
#include "identity/as_owner.h"
#include "store/catalog.h"

/* kroles.joining(space_id): a value of kroles.joining_policy, for the extension's own statements alone. */
PG_FUNCTION_INFO_V1(kroles_joining);
Datum
kroles_joining(PG_FUNCTION_ARGS)
{
	kroles_check_internal_call("joining", "Call kroles_joinable().");
	PG_RETURN_OID(kroles_enum_value(KROLES_E_JOINING_POLICY,
									PG_ARGISNULL(0) ? KROLES_JOINING_CLOSED : kroles_joining_policy(PG_GETARG_INT64(0))));
}
