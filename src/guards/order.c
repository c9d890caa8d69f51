/*
 * order.c
 *		Lists that have an order: places count from 1 without a gap.
 *
 * A row that comes without a position comes last.  After any statement that
 * added, moved or removed rows, those of the lists concerned are counted anew
 * from 1, in the order that they have.  The row that a list belongs to is locked
 * first and everything committed by then is read, whatever the transaction's
 * snapshot: so no two transactions count at once.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/rel.h"

#include "identity/as_owner.h"
#include "identity/identity.h"
#include "store/trigger.h"

#define LOCK_LISTS(parent, chosen) \
	"SELECT 1 FROM kroles." parent " p WHERE p.id OPERATOR(pg_catalog.=) ANY (" chosen ")" \
	" ORDER BY p.id FOR NO KEY UPDATE"
#define NEXT_PLACE(table, list) \
	"SELECT COALESCE(pg_catalog.max(position), 0) OPERATOR(pg_catalog.+) 1 FROM kroles." table \
	" WHERE " list " OPERATOR(pg_catalog.=) $1"
#define COUNT_ANEW(table, list, member, chosen) \
	"UPDATE kroles." table " t SET position = c.place FROM" \
	" (SELECT o." list ", o." member ", pg_catalog.row_number() OVER" \
	"   (PARTITION BY o." list " ORDER BY o.position, o." member ") AS place" \
	"  FROM kroles." table " o WHERE o." list " OPERATOR(pg_catalog.=) ANY (" chosen ")) c" \
	" WHERE t." list " OPERATOR(pg_catalog.=) c." list " AND t." member " OPERATOR(pg_catalog.=) c." member \
	" AND t.position OPERATOR(pg_catalog.<>) c.place"

#define OLD_LISTS(list)		"SELECT " list " FROM old_rows"
#define NEW_LISTS(list)		"SELECT " list " FROM new_rows"
#define BOTH_LISTS(list)	"(" OLD_LISTS(list) " UNION " NEW_LISTS(list) ")"

#define LOCK_ROWS(table, list, member) \
	"SELECT 1 FROM kroles." table " t WHERE t." list " OPERATOR(pg_catalog.=) $1 ORDER BY t." member " FOR UPDATE"
#define PLACE_WITHIN(table, list, member, shown) \
	"SELECT LEAST($3, pg_catalog.count(*))::pg_catalog.int4 FROM kroles." table " t" \
	" WHERE t." list " OPERATOR(pg_catalog.=) $1" \
	" HAVING pg_catalog.bool_or(t." member " OPERATOR(pg_catalog.=) $2) AND " shown
#define MOVE(table, list, member) \
	"UPDATE kroles." table " t SET position = c.place FROM" \
	" (SELECT $2 AS member, $3::pg_catalog.int8 AS place UNION ALL" \
	"  SELECT o.member, o.rank OPERATOR(pg_catalog.+) (o.rank OPERATOR(pg_catalog.>=) $3)::pg_catalog.int4 FROM" \
	"   (SELECT r." member ", pg_catalog.row_number() OVER (ORDER BY r.position) FROM kroles." table " r" \
	"    WHERE r." list " OPERATOR(pg_catalog.=) $1 AND r." member " OPERATOR(pg_catalog.<>) $2) o (member, rank)) c" \
	" WHERE t." list " OPERATOR(pg_catalog.=) $1 AND t." member " OPERATOR(pg_catalog.=) c.member" \
	" AND t.position OPERATOR(pg_catalog.<>) c.place"

/* The statements for a kind of change; "any" tells whether it changed a row. */
typedef struct Recount
{
	KrolesStatement any;
	KrolesStatement lock;
	KrolesStatement count;
} Recount;

#define RECOUNT(table, list, member, parent, changed) \
	{{.sql = changed " LIMIT 1"}, \
	 {.sql = LOCK_LISTS(parent, "ARRAY(" changed ")"), .sees_all = true}, \
	 {.sql = COUNT_ANEW(table, list, member, "ARRAY(" changed ")"), .sees_all = true}}

/* A table of lists in an order. */
typedef struct Order
{
	const char *table;
	const char *list;			/* the column that says which list a row is in */
	const char *missing;		/* what is said where there is nothing to move */
	KrolesStatement lock;
	KrolesStatement next_place;
	Recount		after_insert;
	Recount		after_update;
	Recount		after_delete;
	KrolesStatement check_mover;
	KrolesStatement lock_rows;
	KrolesStatement place;
	KrolesStatement move;
} Order;

/*
 * "member" is the column with what is in the list, "parent" the table of what
 * the lists belong to.  Of moving: "check" refuses whoever may not in list $1,
 * "shown" says whether they may see member $2, "missing" is said where they do not.
 */
#define ORDER(table, list, member, parent, check, shown, missing) \
	{table, list, missing, \
	 {.sql = LOCK_LISTS(parent, "ARRAY[$1]"), .nargs = 1, .types = {INT8OID}, .sees_all = true}, \
	 {.sql = NEXT_PLACE(table, list), .nargs = 1, .types = {INT8OID}, .sees_all = true}, \
	 RECOUNT(table, list, member, parent, NEW_LISTS(list)), \
	 RECOUNT(table, list, member, parent, BOTH_LISTS(list)), \
	 RECOUNT(table, list, member, parent, OLD_LISTS(list)), \
	 {.sql = "SELECT " check, .nargs = 1, .types = {INT8OID}}, \
	 {.sql = LOCK_ROWS(table, list, member), .nargs = 1, .types = {INT8OID}}, \
	 {.sql = PLACE_WITHIN(table, list, member, shown), .nargs = 3, .types = {INT8OID, INT8OID, INT4OID}}, \
	 {.sql = MOVE(table, list, member), .nargs = 3, .types = {INT8OID, INT8OID, INT4OID}, .sees_all = true}}

#define VIEWS_MEDIA "kroles.can('view', 'media', $2)"

static Order speakers = ORDER("media_speakers", "media_id", "user_id", "media",
							  "kroles.check_media('manage_speakers', $1)", "true",
							  "there is no such speaker on this media");
static Order items = ORDER("playlist_items", "playlist_id", "media_id", "playlists",
						   "kroles.check_playlist($1)", VIEWS_MEDIA,
						   "there is no such media in this playlist, or you may not see it");
static Order sessions = ORDER("event_sessions", "event_id", "media_id", "events",
							  "kroles.check_event_order($1)", VIEWS_MEDIA,
							  "there is no such session in this event, or you may not see it");

static Order *const orders[] = {&speakers, &items, &sessions};

static KrolesStatement check_logged_in = {"SELECT kroles.check_logged_in()"};

#define LISTS KROLES_ON("media_speakers", "playlist_items", "event_sessions")

/* The order of the table that a trigger was fired on, one of LISTS. */
static Order *
order_of(TriggerData *trigger)
{
	Order	   *const *order = orders;

	while (strcmp((*order)->table, RelationGetRelationName(trigger->tg_relation)) != 0)
		order++;
	return *order;
}

/* kroles.place_last(): BEFORE a row comes, with a position or without. */
PG_FUNCTION_INFO_V1(kroles_place_last);
Datum
kroles_place_last(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "place_last", 0, KROLES_BEFORE_ROW(KROLES_ON_INSERT), LISTS);
	Order	   *order = order_of(trigger);
	HeapTuple	row = trigger->tg_trigtuple;
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	int			position = kroles_trigger_column(trigger, "position", INT4OID);
	bool		no_list;
	bool		no_place;
	Datum		list = kroles_trigger_id(trigger, row, order->list, &no_list);
	Datum		place = SPI_getbinval(row, desc, position, &no_place);

	if (no_list || (!no_place && kroles_restoring()))
		return PointerGetDatum(row);
	/* one at a time: two must not take the same place */
	(void) kroles_run_as_owner(&order->lock, &list, NULL, NULL);
	if (!no_place)
		return PointerGetDatum(row);
	(void) kroles_run_as_owner(&order->next_place, &list, NULL, &place);
	no_place = false;
	return PointerGetDatum(heap_modify_tuple_by_cols(row, desc, 1, &position, &place, &no_place));
}

static bool
run(KrolesStatement *statement, TriggerData *trigger)
{
	statement->trigger = trigger;
	return kroles_run_as_owner(statement, NULL, NULL, NULL);
}

/*
 * kroles.close_ranks(): AFTER each statement that changes lists.  Counting anew
 * fires it once more; that time nothing changes, and then nobody is asked.
 * Rows of a dump come as they were.
 */
PG_FUNCTION_INFO_V1(kroles_close_ranks);
Datum
kroles_close_ranks(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "close_ranks", 0, KROLES_WITH_ROWS |
										  KROLES_AFTER_STATEMENT(KROLES_ON_INSERT | KROLES_ON_UPDATE | KROLES_ON_DELETE),
										  LISTS);
	Order	   *order = order_of(trigger);
	Recount    *recount = TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ? &order->after_insert :
		TRIGGER_FIRED_BY_DELETE(trigger->tg_event) ? &order->after_delete : &order->after_update;

	if (kroles_restoring() || !run(&recount->any, trigger))
		return PointerGetDatum(NULL);
	(void) run(&recount->lock, trigger);
	(void) run(&recount->count, trigger);
	return PointerGetDatum(NULL);
}

/*
 * Moves what $2 is in list $1 to place $3, or the last, and returns the place.
 * Judges the person before it locks anything, and once more when it holds the
 * locks, for a right may have gone meanwhile.  What they may not see is not there.
 * (In an older snapshot, to lock a row that was changed since is an error; rows
 * that came since make room like the others.)
 */
static Datum
move(FunctionCallInfo fcinfo, Order *order)
{
	Datum		args[3] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};
	const char *nulls = PG_ARGISNULL(0) ? "n" : NULL;

	if (PG_ARGISNULL(1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("something to move is wanted")));
	if (PG_ARGISNULL(2) || PG_GETARG_INT32(2) < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("positions count from 1")));
	(void) kroles_run_as_owner(&check_logged_in, NULL, NULL, NULL);
	(void) kroles_run_as_owner(&order->check_mover, args, nulls, NULL);
	(void) kroles_run_as_owner(&order->lock, args, NULL, NULL);
	(void) kroles_run_as_owner(&order->lock_rows, args, NULL, NULL);
	(void) kroles_run_as_owner(&order->check_mover, args, NULL, NULL);
	if (!kroles_run_as_owner(&order->place, args, NULL, &args[2]))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("%s", order->missing)));
	(void) kroles_run_as_owner(&order->move, args, NULL, NULL);
	return args[2];
}

PG_FUNCTION_INFO_V1(kroles_move_speaker);
Datum
kroles_move_speaker(PG_FUNCTION_ARGS)
{
	return move(fcinfo, &speakers);
}

PG_FUNCTION_INFO_V1(kroles_move_item);
Datum
kroles_move_item(PG_FUNCTION_ARGS)
{
	return move(fcinfo, &items);
}

PG_FUNCTION_INFO_V1(kroles_move_session);
Datum
kroles_move_session(PG_FUNCTION_ARGS)
{
	return move(fcinfo, &sessions);
}
