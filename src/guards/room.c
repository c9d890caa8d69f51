/*
 * room.c
 *		Ending stays in rooms: when the user is blocked, when rooms are switched off,
 *		and when a stay exceeds its limit.
 *
 * kroles.room_join() takes a shared lock on the user's standing
 * (identity/user_locks.c), which blocking takes in exclusive mode: so blocking
 * either comes before the user joins, or finds the stay and ends it.  Joining,
 * leaving and removing a participant also lock the stay (kroles.lock_stay()), and
 * the room in shared mode: closing it by its media's time takes that in exclusive
 * mode, and so comes before a stay begins, or finds it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/rel.h"

#include "guards/checks.h"
#include "identity/as_owner.h"
#include "store/secret.h"

/* When a stay reaches its limit; in tables of 1.0.0 media are always available. */
#define LIMIT \
	"LEAST(kroles.stay_ends(p.joined_at), CASE WHEN p.began_available THEN (SELECT m.available_until FROM kroles.media m" \
	" WHERE m.id OPERATOR(pg_catalog.=) p.media_id) END)"
#define LIMIT_OF_1_0_0 "kroles.stay_ends(p.joined_at)"

/* A stay that has exceeded the limit ends at the time of the limit, not now. */
#define END_STAYS(limit, condition) \
	"UPDATE kroles.room_participants p SET left_at = GREATEST(p.joined_at, LEAST(pg_catalog.statement_timestamp(), " limit "))" \
	" WHERE p.left_at IS NULL" condition

/* A statement for the tables as they are, and one for those of 1.0.0: see end_stays(). */
#define STATEMENTS(condition, ...) \
	{{END_STAYS(LIMIT, condition), .sees_all = true, __VA_ARGS__}, {END_STAYS(LIMIT_OF_1_0_0, condition), .sees_all = true, __VA_ARGS__}}
#define OF_ID .nargs = 1, .types = {INT8OID}

static KrolesStatement end_stays_of[] = STATEMENTS(" AND p.user_id OPERATOR(pg_catalog.=) $1", OF_ID);
/* Skips the stays whose rows others have locked. */
static KrolesStatement end_unlocked_stays_of[] =
STATEMENTS(" AND p.id OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT f.id FROM kroles.room_participants f"
		   " WHERE f.user_id OPERATOR(pg_catalog.=) $1 AND f.left_at IS NULL FOR NO KEY UPDATE SKIP LOCKED))", OF_ID);
static KrolesStatement end_all_stays[] = STATEMENTS("", .nargs = 0);
static KrolesStatement end_expired_stays[] = {
	{END_STAYS(LIMIT, " AND " LIMIT " OPERATOR(pg_catalog.<=) pg_catalog.statement_timestamp()"), .sees_all = true},
	{END_STAYS(LIMIT_OF_1_0_0, " AND " LIMIT_OF_1_0_0 " OPERATOR(pg_catalog.<=) pg_catalog.statement_timestamp()"), .sees_all = true}
};
static KrolesStatement end_available_stays_in[] = STATEMENTS(" AND p.media_id OPERATOR(pg_catalog.=) $1 AND p.began_available", OF_ID);

/* Runs the statement for the tables that are there. */
static void
end_stays(KrolesStatement *statements, Datum *id)
{
	bool		of_1_0_0 = kroles_table(KROLES_T_ROOM_PARTICIPANTS)->column[ROOM_PARTICIPANTS_BEGAN_AVAILABLE] == InvalidAttrNumber;

	(void) kroles_run_as_owner(&statements[of_1_0_0 ? 1 : 0], id, NULL, NULL);
}

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
		end_stays(end_all_stays, NULL);
		return PointerGetDatum(NULL);
	}
	user = kroles_trigger_key(trigger, kroles_trigger_row(trigger), table == KROLES_T_USERS ? "id" : "user_id");
	end_stays(TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ? end_unlocked_stays_of : end_stays_of, &user);
	return PointerGetDatum(NULL);
}

/* Locks a room, for those who begin stays or for one who ends all of them, to the end of the transaction. */
static void
lock_room(int64 media_id, LOCKMODE mode)
{
	LOCKTAG		tag = kroles_lock_tag(KROLES_STAY_LOCKS, KROLES_KEY_STAY, media_id, 0);

	(void) LockAcquire(&tag, mode, false, false);
}

/*
 * kroles.end_run_out_stays(): BEFORE the limit is raised: ends the stays that have
 * exceeded the old one.  BEFORE the time changes in which a media is available, if
 * the old time or the new one leaves out this instant: ends the stays that began
 * while it was available.  (The old one: in an older snapshot, closing does not see
 * who has joined.)
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
		end_stays(end_expired_stays, NULL);
		return PointerGetDatum(trigger->tg_newtuple);
	}
	media = kroles_trigger_key(trigger, trigger->tg_trigtuple, "id");
	lock_room(DatumGetInt64(media), ExclusiveLock);
	end_stays(end_available_stays_in, &media);
	return PointerGetDatum(trigger->tg_newtuple);
}

/*
 * kroles.lock_stay(media_id, user_id): locks that pair in exclusive mode and the room
 * in shared mode to the end of the transaction.  For the functions that begin and end stays only.
 */
PG_FUNCTION_INFO_V1(kroles_lock_stay);
Datum
kroles_lock_stay(PG_FUNCTION_ARGS)
{
	LOCKTAG		tag;

	kroles_check_internal_call("lock_stay", "Use kroles_room_join(), kroles_room_leave() or kroles_room_remove().");
	lock_room(PG_GETARG_INT64(0), ShareLock);
	tag = kroles_lock_tag(KROLES_STAY_LOCKS, KROLES_KEY_STAY, PG_GETARG_INT64(0), PG_GETARG_INT64(1));
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
	PG_RETURN_VOID();
}
