/*
 * speakers.c
 *		The order of speakers has no gap.
 *
 * After any statement that added, moved or removed speakers, those of the media
 * concerned are counted anew from 1, in the order that they have.  The media's
 * row is locked first and everything committed by then is read, whatever the
 * transaction's snapshot: so no two transactions count at once.
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "utils/rel.h"

#include "owner.h"

#define LOCK_MEDIA(changed) \
	"SELECT 1 FROM kroles.media m WHERE m.id OPERATOR(pg_catalog.=) ANY (ARRAY(" changed "))" \
	" ORDER BY m.id FOR NO KEY UPDATE"
#define COUNT_ANEW(changed) \
	"UPDATE kroles.media_speakers s SET position = c.place FROM" \
	" (SELECT o.media_id, o.user_id, pg_catalog.row_number() OVER" \
	"   (PARTITION BY o.media_id ORDER BY o.position, o.user_id) AS place" \
	"  FROM kroles.media_speakers o WHERE o.media_id OPERATOR(pg_catalog.=) ANY (ARRAY(" changed "))) c" \
	" WHERE s.media_id OPERATOR(pg_catalog.=) c.media_id AND s.user_id OPERATOR(pg_catalog.=) c.user_id" \
	" AND s.position OPERATOR(pg_catalog.<>) c.place"

#define OLD_MEDIA	"SELECT media_id FROM old_rows"
#define NEW_MEDIA	"SELECT media_id FROM new_rows"

/* The statements for a kind of change; "any" tells whether it changed a row. */
typedef struct Recount
{
	KrolesStatement any;
	KrolesStatement lock;
	KrolesStatement count;
} Recount;

#define RECOUNT(changed) \
	{{.sql = changed " LIMIT 1"}, \
	 {.sql = LOCK_MEDIA(changed), .sees_all = true}, {.sql = COUNT_ANEW(changed), .sees_all = true}}

static Recount after_insert = RECOUNT(NEW_MEDIA);
static Recount after_delete = RECOUNT(OLD_MEDIA);
static Recount after_update = RECOUNT("(" OLD_MEDIA " UNION " NEW_MEDIA ")");

static bool
run(KrolesStatement *statement, TriggerData *trigger)
{
	statement->trigger = trigger;
	return kroles_run_as_owner(statement, NULL, NULL, NULL);
}

/*
 * kroles.close_ranks(): AFTER each statement that changes speakers.  Counting
 * anew fires it once more; that time nothing changes, and then nobody is asked.
 * Rows of a dump come as they were.
 */
PG_FUNCTION_INFO_V1(kroles_close_ranks);
Datum
kroles_close_ranks(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Recount    *recount;

	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "kroles.close_ranks() is a trigger function");
	recount = TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ? &after_insert :
		TRIGGER_FIRED_BY_DELETE(trigger->tg_event) ? &after_delete : &after_update;
	if (kroles_restoring() || !run(&recount->any, trigger))
		return PointerGetDatum(NULL);
	(void) run(&recount->lock, trigger);
	(void) run(&recount->count, trigger);
	return PointerGetDatum(NULL);
}
