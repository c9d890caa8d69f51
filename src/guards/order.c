/*
 * order.c
 *		Ordered lists: positions are numbered from 1 without a gap.
 *
 * A row that is inserted without a position becomes the last.  After any statement
 * that inserted, updated or deleted rows, the rows of the lists concerned are
 * renumbered from 1 in their present order.  With the constraint deferred, clients
 * change positions by several statements, and two rows may have the same one meanwhile:
 * such a list is left as it is, until a statement ends that, or the constraint refuses
 * it.  Renumbering would choose an order that nobody asked for.  The row that a list belongs to is
 * locked first, and then the latest committed data is read, not the transaction's
 * snapshot: so no two transactions number a list at the same time.
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
#define NEXT_POSITION(table, list) \
	"SELECT COALESCE(pg_catalog.max(position), 0) OPERATOR(pg_catalog.+) 1 FROM kroles." table \
	" WHERE " list " OPERATOR(pg_catalog.=) $1"
#define RENUMBER(table, list, member, chosen) \
	"UPDATE kroles." table " t SET position = c.position FROM" \
	" (SELECT o." list ", o." member ", pg_catalog.row_number() OVER" \
	"   (PARTITION BY o." list " ORDER BY o.position, o." member ") AS position" \
	"  FROM kroles." table " o WHERE o." list " OPERATOR(pg_catalog.=) ANY (" chosen ")" \
	"  AND o." list " OPERATOR(pg_catalog.<>) ALL (ARRAY(SELECT d." list " FROM kroles." table " d" \
	"   WHERE d." list " OPERATOR(pg_catalog.=) ANY (" chosen ")" \
	"   GROUP BY d." list ", d.position HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 1))) c" \
	" WHERE t." list " OPERATOR(pg_catalog.=) c." list " AND t." member " OPERATOR(pg_catalog.=) c." member \
	" AND t.position OPERATOR(pg_catalog.<>) c.position"

#define OLD_LISTS(list)		"SELECT " list " FROM old_rows"
#define NEW_LISTS(list)		"SELECT " list " FROM new_rows"
#define BOTH_LISTS(list)	"(" OLD_LISTS(list) " UNION " NEW_LISTS(list) ")"

#define LOCK_ROWS(table, list, member) \
	"SELECT 1 FROM kroles." table " t WHERE t." list " OPERATOR(pg_catalog.=) $1 ORDER BY t." member " FOR UPDATE"
#define TARGET_POSITION(table, list, member, shown) \
	"SELECT LEAST($3, pg_catalog.count(*))::pg_catalog.int4 FROM kroles." table " t" \
	" WHERE t." list " OPERATOR(pg_catalog.=) $1" \
	" HAVING pg_catalog.bool_or(t." member " OPERATOR(pg_catalog.=) $2) AND " shown
#define MOVE(table, list, member) \
	"UPDATE kroles." table " t SET position = c.position FROM" \
	" (SELECT $2 AS member, $3::pg_catalog.int8 AS position UNION ALL" \
	"  SELECT o.member, o.rank OPERATOR(pg_catalog.+) (o.rank OPERATOR(pg_catalog.>=) $3)::pg_catalog.int4 FROM" \
	"   (SELECT r." member ", pg_catalog.row_number() OVER (ORDER BY r.position, r." member ") FROM kroles." table " r" \
	"    WHERE r." list " OPERATOR(pg_catalog.=) $1 AND r." member " OPERATOR(pg_catalog.<>) $2) o (member, rank)) c" \
	" WHERE t." list " OPERATOR(pg_catalog.=) $1 AND t." member " OPERATOR(pg_catalog.=) c.member" \
	" AND t.position OPERATOR(pg_catalog.<>) c.position"

/* What follows an INSERT, UPDATE or DELETE, in this order. */
typedef struct Renumbering
{
	KrolesStatement any_row;	/* whether a row was changed at all */
	KrolesStatement lock_lists;
	KrolesStatement renumber;
} Renumbering;

#define RENUMBERING(table, list, member, parent, changed) \
	{{.sql = changed " LIMIT 1"}, \
	 {.sql = LOCK_LISTS(parent, "ARRAY(" changed ")"), .sees_all = true}, \
	 {.sql = RENUMBER(table, list, member, "ARRAY(" changed ")"), .sees_all = true}}

/* A table of ordered lists, with its statements. */
typedef struct OrderedTable
{
	const char *table;
	const char *list;			/* the column with the id of a row's list */
	const char *missing;		/* the error if there is no row to move, or the caller may not see it */
	KrolesStatement lock_list;
	KrolesStatement next_position;
	Renumbering after_insert;
	Renumbering after_update;
	Renumbering after_delete;
	/* for moving $2 in list $1 to position $3: */
	KrolesStatement check_mover;
	KrolesStatement lock_rows;
	KrolesStatement target_position;
	KrolesStatement move;
} OrderedTable;

/*
 * "member" is the column with the id of what is listed, "parent" the table of what
 * the lists belong to.  For moving: "check" is an expression that raises an error
 * if the caller may not reorder list $1, "shown" one that is true if the caller may
 * see member $2.
 */
#define ORDERED_TABLE(table, list, member, parent, check, shown, missing) \
	{table, list, missing, \
	 {.sql = LOCK_LISTS(parent, "ARRAY[$1]"), .nargs = 1, .types = {INT8OID}, .sees_all = true}, \
	 {.sql = NEXT_POSITION(table, list), .nargs = 1, .types = {INT8OID}, .sees_all = true}, \
	 RENUMBERING(table, list, member, parent, NEW_LISTS(list)), \
	 RENUMBERING(table, list, member, parent, BOTH_LISTS(list)), \
	 RENUMBERING(table, list, member, parent, OLD_LISTS(list)), \
	 {.sql = "SELECT " check, .nargs = 1, .types = {INT8OID}}, \
	 {.sql = LOCK_ROWS(table, list, member), .nargs = 1, .types = {INT8OID}}, \
	 {.sql = TARGET_POSITION(table, list, member, shown), .nargs = 3, .types = {INT8OID, INT8OID, INT4OID}}, \
	 {.sql = MOVE(table, list, member), .nargs = 3, .types = {INT8OID, INT8OID, INT4OID}, .sees_all = true}}

#define VIEWS_MEDIA "kroles.can('view', 'media', $2)"

static OrderedTable speakers = ORDERED_TABLE("media_speakers", "media_id", "user_id", "media",
							  "kroles.check_media('manage_speakers', $1)", "true",
							  "there is no such speaker on this media");
static OrderedTable items = ORDERED_TABLE("playlist_items", "playlist_id", "media_id", "playlists",
						   "kroles.check_playlist($1)", VIEWS_MEDIA,
						   "there is no such media in this playlist, or you may not see it");
static OrderedTable sessions = ORDERED_TABLE("event_sessions", "event_id", "media_id", "events",
							  "kroles.check_event_order($1)", VIEWS_MEDIA,
							  "there is no such session in this event, or you may not see it");

static OrderedTable *const ordered_tables[] = {&speakers, &items, &sessions};

static KrolesStatement check_logged_in = {"SELECT kroles.check_logged_in()"};

#define TABLES_WITH_ORDER KROLES_ON("media_speakers", "playlist_items", "event_sessions")

/* The table that a trigger was fired on, which is one of TABLES_WITH_ORDER. */
static OrderedTable *
trigger_table(TriggerData *trigger)
{
	OrderedTable *const *ordered = ordered_tables;

	while (strcmp((*ordered)->table, RelationGetRelationName(trigger->tg_relation)) != 0)
		ordered++;
	return *ordered;
}

/*
 * kroles.append_position(): BEFORE INSERT.  Locks the list to the end of the
 * transaction, and fills in the last position if there is none.
 */
PG_FUNCTION_INFO_V1(kroles_append_position);
Datum
kroles_append_position(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "append_position", 0, KROLES_BEFORE_ROW(KROLES_ON_INSERT), TABLES_WITH_ORDER);
	OrderedTable *ordered = trigger_table(trigger);
	HeapTuple	row = trigger->tg_trigtuple;
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	int			attno = kroles_trigger_column(trigger, "position", INT4OID);
	bool		no_list;
	bool		no_position;
	Datum		list = kroles_trigger_id(trigger, row, ordered->list, &no_list);
	Datum		position = SPI_getbinval(row, desc, attno, &no_position);

	if (no_list)
		return PointerGetDatum(row);
	/* no two transactions may take the same position */
	(void) kroles_run_as_owner(&ordered->lock_list, &list, NULL, NULL);
	if (!no_position)
		return PointerGetDatum(row);
	(void) kroles_run_as_owner(&ordered->next_position, &list, NULL, &position);
	no_position = false;
	return PointerGetDatum(heap_modify_tuple_by_cols(row, desc, 1, &attno, &position, &no_position));
}

/* Runs a statement that reads the trigger's transition tables; whether it had a row. */
static bool
run_on_changed_rows(KrolesStatement *statement, TriggerData *trigger)
{
	statement->trigger = trigger;
	return kroles_run_as_owner(statement, NULL, NULL, NULL);
}

/*
 * kroles.renumber_positions(): AFTER each statement that changes lists.  Locks the lists
 * to the end of the transaction and renumbers them.  The renumbering itself fires
 * the trigger again; an UPDATE of no row ends the recursion.
 */
PG_FUNCTION_INFO_V1(kroles_renumber_positions);
Datum
kroles_renumber_positions(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "renumber_positions", 0, KROLES_WITH_ROWS |
										  KROLES_AFTER_STATEMENT(KROLES_ON_INSERT | KROLES_ON_UPDATE | KROLES_ON_DELETE),
										  TABLES_WITH_ORDER);
	OrderedTable *ordered = trigger_table(trigger);
	Renumbering *renumbering = TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ? &ordered->after_insert :
		TRIGGER_FIRED_BY_DELETE(trigger->tg_event) ? &ordered->after_delete : &ordered->after_update;

	if (!run_on_changed_rows(&renumbering->any_row, trigger))
		return PointerGetDatum(NULL);
	(void) run_on_changed_rows(&renumbering->lock_lists, trigger);
	(void) run_on_changed_rows(&renumbering->renumber, trigger);
	return PointerGetDatum(NULL);
}

/*
 * Moves member $2 of list $1 to position $3, or to the last position if $3 is
 * beyond it, and returns the new position.  Locks the list and its rows to the end
 * of the transaction.  Checks the caller's right before it locks anything, and
 * again when it has the locks, because the right may have been revoked meanwhile.
 * A member that the caller may not see gets the error of one that does not exist.
 * (In an older snapshot, locking a row that was changed since is a serialization
 * failure; rows inserted since are renumbered with the others.)
 */
static Datum
move_in_list(FunctionCallInfo fcinfo, OrderedTable *ordered)
{
	Datum		args[3] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};
	const char *nulls = PG_ARGISNULL(0) ? "n" : NULL;

	if (PG_ARGISNULL(1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("item to move must not be null")));
	if (PG_ARGISNULL(2) || PG_GETARG_INT32(2) < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("position must be at least 1")));
	(void) kroles_run_as_owner(&check_logged_in, NULL, NULL, NULL);
	(void) kroles_run_as_owner(&ordered->check_mover, args, nulls, NULL);
	(void) kroles_run_as_owner(&ordered->lock_list, args, NULL, NULL);
	(void) kroles_run_as_owner(&ordered->lock_rows, args, NULL, NULL);
	(void) kroles_run_as_owner(&ordered->check_mover, args, NULL, NULL);
	if (!kroles_run_as_owner(&ordered->target_position, args, NULL, &args[2]))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("%s", ordered->missing)));
	(void) kroles_run_as_owner(&ordered->move, args, NULL, NULL);
	return args[2];
}

/* kroles_move_speaker(media_id, user_id, position) */
PG_FUNCTION_INFO_V1(kroles_move_speaker);
Datum
kroles_move_speaker(PG_FUNCTION_ARGS)
{
	return move_in_list(fcinfo, &speakers);
}

/* kroles_move_item(playlist_id, media_id, position) */
PG_FUNCTION_INFO_V1(kroles_move_item);
Datum
kroles_move_item(PG_FUNCTION_ARGS)
{
	return move_in_list(fcinfo, &items);
}

/* kroles_move_session(event_id, media_id, position) */
PG_FUNCTION_INFO_V1(kroles_move_session);
Datum
kroles_move_session(PG_FUNCTION_ARGS)
{
	return move_in_list(fcinfo, &sessions);
}
