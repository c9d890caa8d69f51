/*
 * block.c
 *		What goes with blocking users: lifting what blocks them apart.
 *
 * A block stands in kroles.users, or, where that row could not be had at once, in
 * kroles.user_blocks, which nobody but the extension writes.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/rel.h"

#include "guards/audit.h"
#include "identity/as_owner.h"
#include "store/trigger.h"

/* kroles.lift_block(): AFTER a user is unblocked in kroles.users, or deleted. */
PG_FUNCTION_INFO_V1(kroles_lift_block);
Datum
kroles_lift_block(PG_FUNCTION_ARGS)
{
	static KrolesStatement lift = {
		"DELETE FROM kroles.user_blocks WHERE user_id OPERATOR(pg_catalog.=) $1", .nargs = 1, .types = {INT8OID}
	};
	static KrolesStatement any = {
		"SELECT 1 FROM kroles.user_blocks WHERE user_id OPERATOR(pg_catalog.=) $1", .nargs = 1, .types = {INT8OID}
	};
	TriggerData *trigger = kroles_trigger(fcinfo, "lift_block", 0, KROLES_AFTER_ROW(KROLES_ON_UPDATE | KROLES_ON_DELETE),
										  KROLES_ON("users"));
	bool		isnull;
	Datum		user = kroles_trigger_id(trigger, trigger->tg_trigtuple, "id", &isnull);

	/* (nothing is written in vain, nor logged as by somebody who is gone) */
	if (kroles_run_as_owner(&any, &user, NULL, NULL))
		(void) kroles_run_as_owner(&lift, &user, NULL, NULL);
	return PointerGetDatum(NULL);
}

/* kroles.log_ending(user_id, ended): logs that so many transactions of the user were ended. */
PG_FUNCTION_INFO_V1(kroles_log_ending);
Datum
kroles_log_ending(PG_FUNCTION_ARGS)
{
	static KrolesStatement statement = {
		.sql = "INSERT INTO kroles.audit_log (actor, actor_role, db_role, operation, relation, object_kind, object_id, after)"
		" VALUES ($1, $2::kroles.applicative_role, $3, $4, 'kroles.users', 'user', $5,"
		" pg_catalog.jsonb_build_object('user_id', $5, 'ended', $6))",
		.nargs = 6,
		.types = {INT8OID, TEXTOID, NAMEOID, TEXTOID, INT8OID, INT4OID}
	};
	Datum		args[6];
	char		nulls[7] = "      ";

	if (!kroles_is_own_statement())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("the log is written by the functions that it tells of"),
				 errhint("Use kroles_end_sessions().")));
	kroles_audit_actor("END SESSIONS", args, nulls);
	args[4] = PG_GETARG_DATUM(0);
	args[5] = PG_GETARG_DATUM(1);
	(void) kroles_run_as_owner(&statement, args, nulls, NULL);
	PG_RETURN_VOID();
}
