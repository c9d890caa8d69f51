/*
 * event.c
 *		An event always has an organizer who is a user, not a group, and not blocked.
 *
 * A transaction that removes an organizer locks the event's row and then reads
 * the latest committed data, not the transaction's snapshot: if two organizers
 * leave at the same time, one waits for the other.  It also takes a shared lock
 * on the standing of one remaining organizer (identity/user_locks.c), as creating
 * an event does on its creator.  Blocking that user takes the same lock in
 * exclusive mode: it either comes first, or waits and then finds that the user is
 * the only organizer.  Row locks would not do, because users can lock their own
 * row and those of their events, and hold up the block.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/rel.h"

#include "core/compat.h"
#include "guards/checks.h"
#include "identity/as_owner.h"
#include "identity/identity.h"
#include "identity/user_locks.h"

#define NOT_BLOCKED \
	" NOT u.blocked AND NOT EXISTS (SELECT FROM kroles.user_blocks b WHERE b.user_id OPERATOR(pg_catalog.=) u.id)"
#define ORGANIZERS \
	"SELECT p.user_id FROM kroles.event_participants p JOIN kroles.users u ON u.id OPERATOR(pg_catalog.=) p.user_id" \
	" WHERE p.role OPERATOR(pg_catalog.=) 'organizer'::kroles.event_role AND" NOT_BLOCKED

static KrolesStatement lock_event = {
	"SELECT 1 FROM kroles.events WHERE id OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE",
	.nargs = 1, .types = {INT8OID}, .sees_all = true
};
static KrolesStatement any_organizer = {
	ORGANIZERS " AND p.event_id OPERATOR(pg_catalog.=) $1 ORDER BY p.user_id LIMIT 1",
	.nargs = 1, .types = {INT8OID}, .sees_all = true
};
static KrolesStatement add_organizers = {
	"INSERT INTO kroles.event_participants (event_id, user_id, role)"
	" SELECT n.id, n.created_by, 'organizer'::kroles.event_role FROM new_rows n WHERE n.created_by IS NOT NULL"
};
static KrolesStatement rely_on_creators = {
	"SELECT kroles.rely_on(c.id) FROM (SELECT DISTINCT n.created_by FROM new_rows n WHERE n.created_by IS NOT NULL ORDER BY 1) c (id)"
};
static KrolesStatement any_blocked_creator = {
	"SELECT 1 FROM new_rows n JOIN kroles.users u ON u.id OPERATOR(pg_catalog.=) n.created_by WHERE NOT (" NOT_BLOCKED ") LIMIT 1",
	.sees_all = true
};
static KrolesStatement hold_standing = {"SELECT kroles.hold_standing($1)", .nargs = 1, .types = {INT8OID}, .sees_all = true};
static KrolesStatement any_sole_organizer = {
	"SELECT o.event_id FROM kroles.event_participants o WHERE o.user_id OPERATOR(pg_catalog.=) $1"
	" AND o.role OPERATOR(pg_catalog.=) 'organizer'::kroles.event_role"
	" AND NOT EXISTS (" ORGANIZERS " AND p.event_id OPERATOR(pg_catalog.=) o.event_id"
	" AND p.user_id OPERATOR(pg_catalog.<>) $1) LIMIT 1",
	.nargs = 1, .types = {INT8OID}, .sees_all = true
};

pg_noreturn static void
refuse_without_organizer(const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("an event needs an organizer who is a user, not a group, and not blocked"),
			 errhint("%s", hint),
			 err_generic_string(PG_DIAG_SCHEMA_NAME, "kroles"),
			 err_generic_string(PG_DIAG_TABLE_NAME, "events"),
			 err_generic_string(PG_DIAG_CONSTRAINT_NAME, "events_keeps_an_organizer")));
}

/* Refuses to block a user who is the only organizer of an event. */
static void
check_other_organizers(Datum user)
{
	if (kroles_run_as_owner(&any_sole_organizer, &user, NULL, NULL))
		refuse_without_organizer("Make another user an organizer of those events first. kroles_hand_over() transfers everything that a user has.");
}

/*
 * kroles.make_organizers(): AFTER INSERT of events.  Makes the creator of each an
 * organizer.  Locks the creators' standing to the end of the transaction; refuses
 * a creator who turns out to be blocked.
 */
PG_FUNCTION_INFO_V1(kroles_make_organizers);
Datum
kroles_make_organizers(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "make_organizers", 0, KROLES_WITH_ROWS | KROLES_AFTER_STATEMENT(KROLES_ON_INSERT),
										  KROLES_ON("events"));

	rely_on_creators.trigger = add_organizers.trigger = any_blocked_creator.trigger = trigger;
	(void) kroles_run_as_owner(&rely_on_creators, NULL, NULL, NULL);
	(void) kroles_run_as_owner(&add_organizers, NULL, NULL, NULL);
	if (kroles_run_as_owner(&any_blocked_creator, NULL, NULL, NULL))
		refuse_without_organizer("A blocked user cannot create an event.");
	return PointerGetDatum(NULL);
}

/*
 * Locks the standing of an organizer of the event to the end of the transaction,
 * so that the user is not blocked meanwhile.  False if the event has no organizer
 * who is not blocked.
 */
static bool
rely_on_an_organizer(Datum event)
{
	Datum		locked;
	Datum		first;

	if (!kroles_run_as_owner(&any_organizer, &event, NULL, &first))
		return false;
	do
	{
		locked = first;
		kroles_rely_on(DatumGetInt64(locked));
		/* the query skips an organizer who was blocked while this waited, so the loop ends */
		if (!kroles_run_as_owner(&any_organizer, &event, NULL, &first))
			return false;
	} while (DatumGetInt64(first) != DatumGetInt64(locked));
	return true;
}

/*
 * kroles.guard_last_organizer(): AFTER an organizer's row is deleted or changed.  Locks
 * the event to the end of the transaction, and refuses to leave it without an
 * organizer, unless the event is deleted too.
 */
PG_FUNCTION_INFO_V1(kroles_guard_last_organizer);
Datum
kroles_guard_last_organizer(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "guard_last_organizer", 0, KROLES_AFTER_ROW(KROLES_ON_UPDATE | KROLES_ON_DELETE),
										  KROLES_ON("event_participants"));
	Datum		event = kroles_trigger_key(trigger, trigger->tg_trigtuple, "event_id");

	if (kroles_run_as_owner(&lock_event, &event, NULL, NULL) && !rely_on_an_organizer(event))
		refuse_without_organizer("Make another user an organizer first. kroles_hand_over() transfers everything that a user has.");
	return PointerGetDatum(NULL);
}

/*
 * kroles.guard_last_organizers(): AFTER a user is blocked.  Refuses it if the user is the
 * only organizer of an event.  For a block in kroles.users it takes the exclusive
 * lock on the user's standing first; the functions that write kroles.user_blocks
 * have tried to take it already.
 */
PG_FUNCTION_INFO_V1(kroles_guard_last_organizers);
Datum
kroles_guard_last_organizers(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger_by_table(fcinfo, "guard_last_organizers", KROLES_AFTER_ROW(KROLES_ON_UPDATE), KROLES_ON("users"),
												   KROLES_AFTER_ROW(KROLES_ON_INSERT), KROLES_ON("user_blocks"));
	bool		is_user = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
	Datum		user = kroles_trigger_key(trigger, kroles_trigger_row(trigger), is_user ? "id" : "user_id");

	if (is_user)
		(void) kroles_run_as_owner(&hold_standing, &user, NULL, NULL);
	check_other_organizers(user);
	return PointerGetDatum(NULL);
}

/*
 * kroles.check_organizes_alone(user_id): raises the error of kroles.guard_last_organizers()
 * before the user is blocked.  For the extension only.
 */
PG_FUNCTION_INFO_V1(kroles_check_organizes_alone);
Datum
kroles_check_organizes_alone(PG_FUNCTION_ARGS)
{
	kroles_check_internal_call("check_organizes_alone", "Use kroles_block().");
	check_other_organizers(PG_GETARG_DATUM(0));
	PG_RETURN_VOID();
}
