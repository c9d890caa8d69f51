/*
 * room.c
 *		Ending stays in rooms: when the user is blocked, when rooms are switched off,
 *		and when a stay exceeds its limit.
 *
 * kroles.room_join() takes a shared lock on the user's standing
 * (identity/user_locks.c), which blocking takes in exclusive mode: so blocking
 * either comes before the user joins, or finds the stay and ends it.  Joining,
 * leaving and removing a participant also lock the stay (kroles.lock_stay()).
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/rel.h"

#include "guards/checks.h"
#include "identity/as_owner.h"
#include "store/secret.h"

/* A stay that has exceeded the limit ends at the time of the limit, not now. */
#define END_STAYS \
	"UPDATE kroles.room_participants p SET left_at = GREATEST(p.joined_at, LEAST(pg_catalog.statement_timestamp()," \
	" kroles.stay_ends(p.media_id, p.joined_at, p.began_available))) WHERE p.left_at IS NULL"

static KrolesStatement end_stays_of = {
	END_STAYS " AND p.user_id OPERATOR(pg_catalog.=) $1", .nargs = 1, .types = {INT8OID}, .sees_all = true
};
/* Skips the stays whose rows others have locked. */
static KrolesStatement end_unlocked_stays_of = {
	END_STAYS " AND p.id OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT f.id FROM kroles.room_participants f"
	" WHERE f.user_id OPERATOR(pg_catalog.=) $1 AND f.left_at IS NULL FOR NO KEY UPDATE SKIP LOCKED))",
	.nargs = 1, .types = {INT8OID}, .sees_all = true
};
static KrolesStatement end_all_stays = {END_STAYS, .sees_all = true};
static KrolesStatement end_expired_stays = {
	END_STAYS " AND kroles.stay_ends(p.media_id, p.joined_at, p.began_available) OPERATOR(pg_catalog.<=)"
	" pg_catalog.statement_timestamp()", .sees_all = true
};
static KrolesStatement end_available_stays_in = {
	END_STAYS " AND p.media_id OPERATOR(pg_catalog.=) $1 AND p.began_available", .nargs = 1, .types = {INT8OID}, .sees_all = true
};

/*
 * kroles.end_stays(): AFTER a user is blocked or unblocked, or rooms are switched
 * off or on.  Ends the stays of that user, or all stays.  A row in
 * kroles.user_blocks must not wait: stays that others have locked are skipped, and
 * end when that row is deleted.
 */
PG_FUNCTION_INFO_V1(kroles_end_stays);
Datum
kroles_end_stays(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger_by_table(fcinfo, "end_stays", KROLES_AFTER_ROW(KROLES_ON_UPDATE), KROLES_ON("users", "settings"),
												   KROLES_AFTER_ROW(KROLES_ON_INSERT | KROLES_ON_DELETE), KROLES_ON("user_blocks"));
	KrolesTableId table = kroles_table_id(RelationGetRelid(trigger->tg_relation));
	Datum		user;

	if (table == KROLES_T_SETTINGS)
	{
		(void) kroles_run_as_owner(&end_all_stays, NULL, NULL, NULL);
		return PointerGetDatum(NULL);
	}
	user = kroles_trigger_key(trigger, kroles_trigger_row(trigger), table == KROLES_T_USERS ? "id" : "user_id");
	(void) kroles_run_as_owner(TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ? &end_unlocked_stays_of : &end_stays_of,
							   &user, NULL, NULL);
	return PointerGetDatum(NULL);
}

/*
 * kroles.end_run_out_stays(): BEFORE the limit is raised: ends the stays that have
 * exceeded the old one.  BEFORE the time changes in which a media is available, if
 * the old time or the new one leaves out this instant: ends the stays that began
 * while it was available.  (The old one: who was joining when it closed, unseen.)
 */
PG_FUNCTION_INFO_V1(kroles_end_run_out_stays);
Datum
kroles_end_run_out_stays(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "end_run_out_stays", 0,
										  KROLES_BEFORE_ROW(KROLES_ON_UPDATE),
										  KROLES_ON("settings", "media"));
	Datum		media;

	if (kroles_table_id(RelationGetRelid(trigger->tg_relation)) == KROLES_T_SETTINGS)
	{
		(void) kroles_run_as_owner(&end_expired_stays, NULL, NULL, NULL);
		return PointerGetDatum(trigger->tg_newtuple);
	}
	media = kroles_trigger_key(trigger, trigger->tg_trigtuple, "id");
	(void) kroles_run_as_owner(&end_available_stays_in, &media, NULL, NULL);
	return PointerGetDatum(trigger->tg_newtuple);
}

/*
 * kroles.lock_stay(media_id, user_id): locks that pair in exclusive mode to the end
 * of the transaction.  For the functions that begin and end stays only.
 */
PG_FUNCTION_INFO_V1(kroles_lock_stay);
Datum
kroles_lock_stay(PG_FUNCTION_ARGS)
{
	LOCKTAG		tag;

	kroles_check_internal_call("lock_stay", "Use kroles_room_join(), kroles_room_leave() or kroles_room_remove().");
	tag = kroles_lock_tag(KROLES_STAY_LOCKS, KROLES_KEY_STAY, PG_GETARG_INT64(0), PG_GETARG_INT64(1));
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
	PG_RETURN_VOID();
}
