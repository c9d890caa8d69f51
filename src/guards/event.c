/*
 * event.c
 *		An event is never left without an organizer who is a user of their own and
 *		not blocked.
 *
 * Whatever takes an organizer away locks the event's row first and then reads
 * everything committed by then, whatever the transaction's snapshot: so two
 * organizers who leave at once wait for one another.  It relies on one who is
 * left (identity/user_locks.c), as making an event relies on its maker: so whoever blocks
 * that user comes before, or waits and finds the user organizing alone.  No row
 * is locked for it, as users can lock their own and those of their events.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/rel.h"

#include "identity/as_owner.h"
#include "identity/identity.h"
#include "identity/user_locks.h"
#include "store/trigger.h"

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
static KrolesStatement any_left_alone = {
	"SELECT o.event_id FROM kroles.event_participants o WHERE o.user_id OPERATOR(pg_catalog.=) $1"
	" AND o.role OPERATOR(pg_catalog.=) 'organizer'::kroles.event_role"
	" AND NOT EXISTS (" ORGANIZERS " AND p.event_id OPERATOR(pg_catalog.=) o.event_id"
	" AND p.user_id OPERATOR(pg_catalog.<>) $1) LIMIT 1",
	.nargs = 1, .types = {INT8OID}, .sees_all = true
};

static Datum
get(TriggerData *trigger, HeapTuple row, const char *column)
{
	bool		isnull;

	return kroles_trigger_id(trigger, row, column, &isnull);
}

static void pg_attribute_noreturn()
refuse(const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("an event keeps an organizer who is a user of their own and not blocked"),
			 errhint("%s", hint),
			 err_generic_string(PG_DIAG_SCHEMA_NAME, "kroles"),
			 err_generic_string(PG_DIAG_TABLE_NAME, "events"),
			 err_generic_string(PG_DIAG_CONSTRAINT_NAME, "events_keeps_an_organizer")));
}

/* Refuses what leaves events to a user alone who is blocked. */
static void
refuse_if_left_alone(Datum user)
{
	if (kroles_run_as_owner(&any_left_alone, &user, NULL, NULL))
		refuse("Make someone else an organizer of the user's events first. kroles_hand_over() gives all that a user has to another.");
}

/* kroles.make_organizers(): AFTER a statement that made events: whoever made one organizes it. */
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
		refuse("A blocked user can't make an event.");
	return PointerGetDatum(NULL);
}

/* Relies on an organizer of the event; false where there is none to rely on. */
static bool
rely_on_an_organizer(Datum event)
{
	Datum		found;
	Datum		now;

	if (!kroles_run_as_owner(&any_organizer, &event, NULL, &found))
		return false;
	for (;;)
	{
		kroles_rely_on(DatumGetInt64(found));
		/* who was being blocked meanwhile is passed over, and so this ends */
		if (!kroles_run_as_owner(&any_organizer, &event, NULL, &now))
			return false;
		if (DatumGetInt64(now) == DatumGetInt64(found))
			return true;
		found = now;
	}
}

/*
 * kroles.keep_organizer(): AFTER an organizer's row went or changed.  Locks the
 * event to the end of the transaction.  Of an event that is gone too, nothing is
 * asked.
 */
PG_FUNCTION_INFO_V1(kroles_keep_organizer);
Datum
kroles_keep_organizer(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "keep_organizer", 0, KROLES_AFTER_ROW(KROLES_ON_UPDATE | KROLES_ON_DELETE),
										  KROLES_ON("event_participants"));
	Datum		event = get(trigger, trigger->tg_trigtuple, "event_id");

	if (kroles_run_as_owner(&lock_event, &event, NULL, NULL) && !rely_on_an_organizer(event))
		refuse("Make someone else an organizer first. kroles_hand_over() gives all that a user has to another.");
	return PointerGetDatum(NULL);
}

/*
 * kroles.keep_organizers(): AFTER a user is blocked.  Of a user in kroles.users it takes the standing first; whoever writes
 * into kroles.user_blocks has done what could be done.
 */
PG_FUNCTION_INFO_V1(kroles_keep_organizers);
Datum
kroles_keep_organizers(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger_by_table(fcinfo, "keep_organizers", KROLES_AFTER_ROW(KROLES_ON_UPDATE), KROLES_ON("users"),
												   KROLES_AFTER_ROW(KROLES_ON_INSERT), KROLES_ON("user_blocks"));
	bool		is_user = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
	Datum		user = get(trigger, is_user ? trigger->tg_newtuple : trigger->tg_trigtuple, is_user ? "id" : "user_id");

	if (kroles_restoring())
		return PointerGetDatum(NULL);
	if (is_user)
		(void) kroles_run_as_owner(&hold_standing, &user, NULL, NULL);
	refuse_if_left_alone(user);
	return PointerGetDatum(NULL);
}

/* kroles.check_organizes_alone(user_id): refuses as if the user were blocked, before they are. */
PG_FUNCTION_INFO_V1(kroles_check_organizes_alone);
Datum
kroles_check_organizes_alone(PG_FUNCTION_ARGS)
{
	if (!kroles_is_own_statement())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("who organizes an event alone is looked for by the functions that block users")));
	refuse_if_left_alone(PG_GETARG_DATUM(0));
	PG_RETURN_VOID();
}
