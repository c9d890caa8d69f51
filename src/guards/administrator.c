/*
 * administrator.c
 *		A site keeps an administrator who is not blocked.
 *
 * A user who demotes, blocks or deletes an administrator locks the row of settings
 * and then reads the latest committed data, not the transaction's snapshot: if two
 * administrators remove each other at the same time, one waits for the other, and
 * finds nobody left.  Sessions beyond policies may leave a site without one.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "guards/checks.h"
#include "identity/as_owner.h"
#include "identity/identity.h"

static KrolesStatement lock_settings = {"SELECT 1 FROM kroles.settings FOR NO KEY UPDATE", .sees_all = true};
static KrolesStatement any_administrator = {
	"SELECT 1 FROM kroles.users u WHERE u.administrator AND NOT u.blocked"
	" AND NOT EXISTS (SELECT FROM kroles.user_blocks b WHERE b.user_id OPERATOR(pg_catalog.=) u.id) LIMIT 1",
	.sees_all = true
};
static KrolesStatement is_administrator = {
	"SELECT 1 FROM kroles.users u WHERE u.administrator AND u.id OPERATOR(pg_catalog.=) $1",
	.nargs = 1, .types = {INT8OID}, .sees_all = true
};

/*
 * kroles.guard_last_administrator(): AFTER an administrator's row in kroles.users is
 * deleted or changed, or a user is blocked in kroles.user_blocks.  Raises an error
 * if no administrator is left, unless the session is beyond policies.
 */
PG_FUNCTION_INFO_V1(kroles_guard_last_administrator);
Datum
kroles_guard_last_administrator(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger_by_table(fcinfo, "guard_last_administrator",
												   KROLES_AFTER_ROW(KROLES_ON_UPDATE | KROLES_ON_DELETE), KROLES_ON("users"),
												   KROLES_AFTER_ROW(KROLES_ON_INSERT), KROLES_ON("user_blocks"));
	Datum		user;

	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
	{
		user = kroles_trigger_key(trigger, kroles_trigger_row(trigger), "user_id");
		if (!kroles_run_as_owner(&is_administrator, &user, NULL, NULL))
			return PointerGetDatum(NULL);
	}
	(void) kroles_run_as_owner(&lock_settings, NULL, NULL, NULL);
	/* (who is asking is not found any more where the last administrator is deleted) */
	if (!kroles_run_as_owner(&any_administrator, NULL, NULL, NULL) && kroles_asker().type != KROLES_OPERATOR)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("a site needs an administrator who is not blocked"),
				 errhint("Make another user an administrator first, or do this as a role that bypasses row-level security."),
				 err_generic_string(PG_DIAG_SCHEMA_NAME, "kroles"),
				 err_generic_string(PG_DIAG_TABLE_NAME, "users"),
				 err_generic_string(PG_DIAG_CONSTRAINT_NAME, "users_keeps_an_administrator")));
	return PointerGetDatum(NULL);
}
