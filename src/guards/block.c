/*
 * block.c
 *		Consequences of blocking and unblocking users.
 *
 * A block is stored in kroles.users or, if that row could not be locked at once,
 * in kroles.user_blocks, which only the extension writes.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/rel.h"

#include "guards/audit.h"
#include "guards/log_ids.h"
#include "guards/checks.h"
#include "identity/as_owner.h"

/*
 * kroles.lift_block(): AFTER a user is unblocked in kroles.users, or deleted.
 * Deletes the user's row in kroles.user_blocks.
 */
PG_FUNCTION_INFO_V1(kroles_lift_block);
Datum
kroles_lift_block(PG_FUNCTION_ARGS)
{
	static KrolesStatement delete_block = {
		"DELETE FROM kroles.user_blocks WHERE user_id OPERATOR(pg_catalog.=) $1", .nargs = 1, .types = {INT8OID}
	};
	static KrolesStatement any_block = {
		"SELECT 1 FROM kroles.user_blocks WHERE user_id OPERATOR(pg_catalog.=) $1", .nargs = 1, .types = {INT8OID}
	};
	TriggerData *trigger = kroles_trigger(fcinfo, "lift_block", 0, KROLES_AFTER_ROW(KROLES_ON_UPDATE | KROLES_ON_DELETE),
										  KROLES_ON("users"));
	Datum		user = kroles_trigger_key(trigger, trigger->tg_trigtuple, "id");

	/* only if there is a block: the DELETE's audit trigger looks up its actor, who may be the deleted user */
	if (kroles_run_as_owner(&any_block, &user, NULL, NULL))
		(void) kroles_run_as_owner(&delete_block, &user, NULL, NULL);
	return PointerGetDatum(NULL);
}

/* kroles.log_ending(user_id, ended): logs how many transactions of the user were ended.  For the extension only. */
PG_FUNCTION_INFO_V1(kroles_log_ending);
Datum
kroles_log_ending(PG_FUNCTION_ARGS)
{
	static KrolesStatement insert = {
		.sql = "INSERT INTO kroles.audit_log (id, actor, actor_role, db_role, operation, relation, object_kind, object_id, after)"
		" VALUES ($7, $1, $2::kroles.applicative_role, $3, $4, 'kroles.users', 'user', $5,"
		" pg_catalog.jsonb_build_object('user_id', $5, 'ended', $6))",
		.nargs = 7,
		.types = {INT8OID, TEXTOID, NAMEOID, TEXTOID, INT8OID, INT4OID, INT8OID}
	};
	Datum		args[7];
	char		nulls[8] = "       ";

	kroles_check_internal_call("log_ending", "Use kroles_end_sessions().");
	kroles_audit_actor("END SESSIONS", args, nulls);
	args[4] = PG_GETARG_DATUM(0);
	args[5] = PG_GETARG_DATUM(1);
	args[6] = Int64GetDatum(kroles_next_log_value());
	(void) kroles_run_as_owner(&insert, args, nulls, NULL);
	PG_RETURN_VOID();
}
