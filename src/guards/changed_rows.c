/*
 * changed_rows.c
 *		The rows that a statement changed, from its transition tables, one after
 *		another as rows of the audit log: for audit.c.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "core/compat.h"
#include "guards/changed_rows.h"
#include "store/scan.h"

/* The number of a column that a trigger's argument names; 0 for an empty name.  False if it is not bigint. */
static bool
find_id_column(Relation rel, const char *name, AttrNumber *column)
{
	*column = name[0] == '\0' ? InvalidAttrNumber : get_attnum(RelationGetRelid(rel), name);
	return name[0] == '\0' ||
		(*column != InvalidAttrNumber && TupleDescAttr(RelationGetDescr(rel), *column - 1)->atttypid == INT8OID);
}

/* A slot for rows of a transition table, at its beginning. */
static TupleTableSlot *
begin_reading(TriggerData *trigger, Tuplestorestate *rows)
{
	tuplestore_rescan(rows);
	return MakeSingleTupleTableSlot(RelationGetDescr(trigger->tg_relation), &TTSOpsMinimalTuple);
}

/* Prepares for reading the changed rows; false if they have to be logged by an INSERT. */
bool
kroles_open_changed_rows(KrolesChangedRows *rows, TriggerData *trigger)
{
	char	  **args = trigger->tg_trigger->tgargs;
	Relation	rel = trigger->tg_relation;

	memset(rows, 0, sizeof(*rows));
	if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event) ||
		!find_id_column(rel, args[1], &rows->id_column) || !find_id_column(rel, args[2], &rows->space_column))
		return false;
	rows->trigger = trigger;
	rows->context = CurrentMemoryContext;
	rows->kind = args[0];
	if (strcmp(rows->kind, "space") == 0)
	{
		(void) find_id_column(rel, "owner_id", &rows->owner_column);
		rows->kind_column = get_attnum(RelationGetRelid(rel), "kind");
		if (rows->kind_column != InvalidAttrNumber &&
			TupleDescAttr(RelationGetDescr(rel), rows->kind_column - 1)->atttypid != kroles_enum_type(KROLES_E_SPACE_KIND))
			return false;
	}
	if (!TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		rows->old = begin_reading(trigger, trigger->tg_oldtable);
	if (!TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		rows->new = begin_reading(trigger, trigger->tg_newtable);
	return true;
}

/* Frees the slots. */
void
kroles_close_changed_rows(KrolesChangedRows *rows)
{
	if (rows->old != NULL)
		ExecDropSingleTupleTableSlot(rows->old);
	if (rows->new != NULL)
		ExecDropSingleTupleTableSlot(rows->new);
}

/* The kind of a space as a command sees it that follows the changes; "space" if there is no such space. */
static const char *
look_up_space(int64 space_id)
{
	const char *kind = "space";
	Snapshot	snapshot;
	KrolesScan	scan;

	CommandCounterIncrement();
	snapshot = RegisterSnapshot(GetTransactionSnapshot());
	kroles_scan_by_id(&scan, KROLES_T_SPACES, KROLES_I_SPACES_ID, SPACES_ID, space_id, snapshot);
	if (kroles_scan_next(&scan))
		kind = kroles_enum_label(DatumGetObjectId(kroles_scan_value(&scan, SPACES_KIND)));
	kroles_scan_end(&scan);
	UnregisterSnapshot(snapshot);
	return kind;
}

/* The same, looked up once a statement for most spaces. */
static const char *
space_kind(KrolesChangedRows *rows, int64 space_id)
{
	KrolesSpaceKind  *known = &rows->spaces[(uint64) space_id % KROLES_SPACES_REMEMBERED];
	MemoryContext outer;

	if (known->kind != NULL && known->space_id == space_id)
		return known->kind;
	outer = MemoryContextSwitchTo(rows->context);
	known->kind = look_up_space(space_id);
	known->space_id = space_id;
	MemoryContextSwitchTo(outer);
	return known->kind;
}

/* Names the object that a changed row belongs to. */
static void
name_object(KrolesChangedRows *rows, TupleTableSlot *slot, KrolesLogRow *logged)
{
	bool		isnull = true;
	Datum		kind = (Datum) 0;

	logged->no_object = logged->no_space = true;
	if (rows->id_column != InvalidAttrNumber)
		logged->object_id = DatumGetInt64(slot_getattr(slot, rows->id_column, &logged->no_object));
	if (rows->space_column != InvalidAttrNumber)
		logged->space_id = DatumGetInt64(slot_getattr(slot, rows->space_column, &logged->no_space));
	logged->object_kind = rows->kind;
	if (strcmp(rows->kind, "space") != 0)
		return;
	if (rows->kind_column != InvalidAttrNumber)
		kind = slot_getattr(slot, rows->kind_column, &isnull);
	if (!isnull)
		logged->object_kind = kroles_enum_label(DatumGetObjectId(kind));
	else if (!logged->no_object)
		logged->object_kind = space_kind(rows, logged->object_id);
	else if (rows->owner_column != InvalidAttrNumber)
	{
		logged->object_kind = "user";
		logged->object_id = DatumGetInt64(slot_getattr(slot, rows->owner_column, &logged->no_object));
	}
}

/*
 * Reads the next row that was inserted, updated or deleted; false at the end.  A row that
 * comes from disk is allocated in memory of the slots, which free it, not in the batch's.
 */
static bool
read_next(KrolesChangedRows *rows)
{
	MemoryContext outer = MemoryContextSwitchTo((rows->old != NULL ? rows->old : rows->new)->tts_mcxt);
	bool		found = (rows->old == NULL || tuplestore_gettupleslot(rows->trigger->tg_oldtable, true, false, rows->old)) &&
		(rows->new == NULL || tuplestore_gettupleslot(rows->trigger->tg_newtable, true, false, rows->new));

	MemoryContextSwitchTo(outer);
	return found;
}

/* KrolesNextLogRow: the next changed row; an UPDATE that changes nothing of a row is not logged. */
bool
kroles_next_changed_row(void *arg, KrolesLogRow *logged)
{
	KrolesChangedRows *rows = arg;

	while (read_next(rows))
	{
		bool		updates = rows->old != NULL && rows->new != NULL;

		if (updates && kroles_same_row(rows->table, rows->old, rows->new))
			continue;
		logged->before = rows->old == NULL ? NULL : kroles_logged_row(rows->table, rows->old);
		logged->after = rows->new == NULL ? NULL : kroles_logged_row(rows->table, rows->new);
		if (updates && compareJsonbContainers(&logged->before->root, &logged->after->root) == 0)
			continue;
		logged->before = kroles_without_key(rows->table, logged->before);
		logged->after = kroles_without_key(rows->table, logged->after);
		name_object(rows, rows->new != NULL ? rows->new : rows->old, logged);
		return true;
	}
	return false;
}
