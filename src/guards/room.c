/*
 * room.c
 *		What ends stays in rooms: blocking the user, switching rooms off, and the
 *		limit.
 *
 * Whoever joins relies on not being blocked (see kroles.room_join() and
 * identity/user_locks.c), so blocking comes before joining or finds the stay here; and takes
 * the stay's own lock, which those take as well who leave or take somebody out.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/rel.h"

#include "identity/as_owner.h"
#include "store/catalog.h"
#include "store/secret.h"
#include "store/trigger.h"

/* A stay that has run out ended then, and not only now. */
#define END_STAYS \
	"UPDATE kroles.room_participants p SET left_at = GREATEST(p.joined_at, LEAST(pg_catalog.statement_timestamp()," \
	" kroles.stay_ends(p.joined_at))) WHERE p.left_at IS NULL"

static KrolesStatement end_stays_of = {
	END_STAYS " AND p.user_id OPERATOR(pg_catalog.=) $1", .nargs = 1, .types = {INT8OID}, .sees_all = true
};
static KrolesStatement end_free_stays_of = {
	END_STAYS " AND p.id OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT f.id FROM kroles.room_participants f"
	" WHERE f.user_id OPERATOR(pg_catalog.=) $1 AND f.left_at IS NULL FOR NO KEY UPDATE SKIP LOCKED))",
	.nargs = 1, .types = {INT8OID}, .sees_all = true
};
static KrolesStatement end_all_stays = {END_STAYS, .sees_all = true};
static KrolesStatement end_run_out_stays = {
	END_STAYS " AND kroles.stay_ends(p.joined_at) OPERATOR(pg_catalog.<=) pg_catalog.statement_timestamp()", .sees_all = true
};

/*
 * kroles.end_stays(): AFTER a user is blocked or unblocked, or rooms are switched
 * off or on.  A stay that blocking could not wait for ends with the block.
 */
PG_FUNCTION_INFO_V1(kroles_end_stays);
Datum
kroles_end_stays(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger_by_table(fcinfo, "end_stays", KROLES_AFTER_ROW(KROLES_ON_UPDATE), KROLES_ON("users", "settings"),
												   KROLES_AFTER_ROW(KROLES_ON_INSERT | KROLES_ON_DELETE), KROLES_ON("user_blocks"));
	HeapTuple	row;
	Datum		user;
	bool		is_user;
	bool		isnull;

	if (kroles_table_id(RelationGetRelid(trigger->tg_relation)) == KROLES_T_SETTINGS)
	{
		(void) kroles_run_as_owner(&end_all_stays, NULL, NULL, NULL);
		return PointerGetDatum(NULL);
	}
	row = kroles_trigger_row(trigger);
	is_user = kroles_table_id(RelationGetRelid(trigger->tg_relation)) == KROLES_T_USERS;
	user = kroles_trigger_id(trigger, row, is_user ? "id" : "user_id", &isnull);
	(void) kroles_run_as_owner(TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ? &end_free_stays_of : &end_stays_of,
							   &user, NULL, NULL);
	return PointerGetDatum(NULL);
}

/* kroles.end_run_out_stays(): BEFORE the limit is raised, and so by the old one. */
PG_FUNCTION_INFO_V1(kroles_end_run_out_stays);
Datum
kroles_end_run_out_stays(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "end_run_out_stays", 0,
										  KROLES_BEFORE_ROW(KROLES_ON_UPDATE),
										  KROLES_ON("settings"));

	(void) kroles_run_as_owner(&end_run_out_stays, NULL, NULL, NULL);
	return PointerGetDatum(trigger->tg_newtuple);
}

/*
 * kroles.lock_stay(media_id, user_id): for the functions that begin and end
 * stays.  Takes a lock on that pair, in exclusive mode, to the end of the
 * transaction.
 */
PG_FUNCTION_INFO_V1(kroles_lock_stay);
Datum
kroles_lock_stay(PG_FUNCTION_ARGS)
{
	LOCKTAG		tag;

	if (!kroles_is_own_statement())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("a stay is locked by the functions that begin and end it"),
				 errhint("Use kroles_room_join(), kroles_room_leave() or kroles_room_remove().")));
	tag = kroles_lock_tag(KROLES_STAY_LOCKS, KROLES_KEY_STAY, PG_GETARG_INT64(0), PG_GETARG_INT64(1));
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
	PG_RETURN_VOID();
}
