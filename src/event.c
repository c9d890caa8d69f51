/*
 * event.c
 *		An event is never left without an organizer who is a user of their own and
 *		not blocked.
 *
 * Whatever takes an organizer away locks the event's row first and then reads
 * everything committed by then, whatever the transaction's snapshot: so two
 * organizers who leave at once wait for one another.  Whoever makes an organizer
 * holds the user's row: so whoever blocks the user comes before, or waits and
 * finds the user organizing.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/rel.h"

#include "owner.h"
#include "trigger.h"

#define ORGANIZERS \
	"SELECT 1 FROM kroles.event_participants p JOIN kroles.users u ON u.id OPERATOR(pg_catalog.=) p.user_id" \
	" WHERE p.role OPERATOR(pg_catalog.=) 'organizer'::kroles.event_role AND NOT u.blocked"

static KrolesStatement lock_event = {
	"SELECT 1 FROM kroles.events WHERE id OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE",
	.nargs = 1, .types = {INT8OID}, .sees_all = true
};
static KrolesStatement any_organizer = {
	ORGANIZERS " AND p.event_id OPERATOR(pg_catalog.=) $1 LIMIT 1",
	.nargs = 1, .types = {INT8OID}, .sees_all = true
};
static KrolesStatement add_organizers = {
	"INSERT INTO kroles.event_participants (event_id, user_id, role)"
	" SELECT n.id, n.created_by, 'organizer'::kroles.event_role FROM new_rows n WHERE n.created_by IS NOT NULL"
};
static KrolesStatement any_blocked_creator = {
	"SELECT 1 FROM new_rows n JOIN kroles.users u ON u.id OPERATOR(pg_catalog.=) n.created_by WHERE u.blocked LIMIT 1",
	.sees_all = true
};
static KrolesStatement hold_user = {
	"SELECT 1 FROM kroles.users WHERE id OPERATOR(pg_catalog.=) $1 FOR SHARE",
	.nargs = 1, .types = {INT8OID}, .sees_all = true
};
static KrolesStatement lock_events_of = {
	"SELECT 1 FROM kroles.events e WHERE e.id OPERATOR(pg_catalog.=) ANY (ARRAY("
	"SELECT p.event_id FROM kroles.event_participants p WHERE p.user_id OPERATOR(pg_catalog.=) $1"
	" AND p.role OPERATOR(pg_catalog.=) 'organizer'::kroles.event_role)) ORDER BY e.id FOR NO KEY UPDATE",
	.nargs = 1, .types = {INT8OID}, .sees_all = true
};
static KrolesStatement any_left_alone = {
	"SELECT o.event_id FROM kroles.event_participants o WHERE o.user_id OPERATOR(pg_catalog.=) $1"
	" AND o.role OPERATOR(pg_catalog.=) 'organizer'::kroles.event_role"
	" AND NOT EXISTS (" ORGANIZERS " AND p.event_id OPERATOR(pg_catalog.=) o.event_id) LIMIT 1",
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

/* kroles.hold_organizer(): AFTER somebody is made an organizer.  Holds the user to the end of the transaction. */
PG_FUNCTION_INFO_V1(kroles_hold_organizer);
Datum
kroles_hold_organizer(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "hold_organizer", 0, KROLES_AFTER_ROW(KROLES_ON_INSERT | KROLES_ON_UPDATE),
										  KROLES_ON("event_participants"));
	HeapTuple	row = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
	Datum		user = get(trigger, row, "user_id");

	(void) kroles_run_as_owner(&hold_user, &user, NULL, NULL);
	return PointerGetDatum(NULL);
}

/* kroles.make_organizers(): AFTER a statement that made events: whoever made one organizes it. */
PG_FUNCTION_INFO_V1(kroles_make_organizers);
Datum
kroles_make_organizers(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "make_organizers", 0, KROLES_WITH_ROWS | KROLES_AFTER_STATEMENT(KROLES_ON_INSERT),
										  KROLES_ON("events"));

	add_organizers.trigger = any_blocked_creator.trigger = trigger;
	(void) kroles_run_as_owner(&add_organizers, NULL, NULL, NULL);
	if (kroles_run_as_owner(&any_blocked_creator, NULL, NULL, NULL))
		refuse("A blocked user can't make an event.");
	return PointerGetDatum(NULL);
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

	if (kroles_run_as_owner(&lock_event, &event, NULL, NULL) &&
		!kroles_run_as_owner(&any_organizer, &event, NULL, NULL))
		refuse("Make someone else an organizer first. kroles_hand_over() gives all that a user has to another.");
	return PointerGetDatum(NULL);
}

/* kroles.keep_organizers(): AFTER a user is blocked.  Locks the events the user organizes. */
PG_FUNCTION_INFO_V1(kroles_keep_organizers);
Datum
kroles_keep_organizers(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "keep_organizers", 0, KROLES_AFTER_ROW(KROLES_ON_UPDATE),
										  KROLES_ON("users"));
	Datum		user = get(trigger, trigger->tg_newtuple, "id");

	if (kroles_restoring())
		return PointerGetDatum(NULL);
	(void) kroles_run_as_owner(&lock_events_of, &user, NULL, NULL);
	if (kroles_run_as_owner(&any_left_alone, &user, NULL, NULL))
		refuse("Make someone else an organizer of the user's events first. kroles_hand_over() gives all that a user has to another.");
	return PointerGetDatum(NULL);
}
