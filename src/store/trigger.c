/*
 * trigger.c
 *		Checks how a trigger function is called.
 *
 * The extension's script creates the matching triggers; a superuser can create
 * others.  Reading rows, arguments or transition tables that are missing would
 * crash the server, and a guard fired at another time would not guard.  So every
 * trigger function calls these checks before it reads a row.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "core/compat.h"
#include "store/trigger.h"

/* Raises the error that a function does not fit the trigger that calls it. */
pg_noreturn static void pg_attribute_printf(2, 3)
refuse_trigger(const char *function, const char *detail,...)
{
	va_list		args;
	char		buffer[512];

	va_start(args, detail);
	vsnprintf(buffer, sizeof(buffer), detail, args);
	va_end(args);
	ereport(ERROR,
			(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
			 errmsg("function kroles.%s() cannot be used in this trigger", function),
			 errdetail_internal("%s", buffer),
			 errhint("CREATE EXTENSION kroles creates all triggers that use this function.")));
}

/* The event and time that fired the trigger, as one of the bits in trigger.h. */
static uint32
get_fired_bit(TriggerEvent event)
{
	uint32		on = TRIGGER_FIRED_BY_INSERT(event) ? KROLES_ON_INSERT :
		TRIGGER_FIRED_BY_UPDATE(event) ? KROLES_ON_UPDATE :
		TRIGGER_FIRED_BY_DELETE(event) ? KROLES_ON_DELETE : KROLES_ON_TRUNCATE;

	if (TRIGGER_FIRED_INSTEAD(event))
		return KROLES_INSTEAD_OF_ROW(on);
	if (TRIGGER_FIRED_FOR_ROW(event))
		return TRIGGER_FIRED_BEFORE(event) ? KROLES_BEFORE_ROW(on) : KROLES_AFTER_ROW(on);
	return TRIGGER_FIRED_BEFORE(event) ? KROLES_BEFORE_STATEMENT(on) : KROLES_AFTER_STATEMENT(on);
}

/* Whether a relation is in our schema and in the list. */
static bool
is_relation_listed(Relation rel, const char *const *names)
{
	if (RelationGetNamespace(rel) != kroles_schema())
		return false;
	if (names == KROLES_ON_ANY_TABLE)
		return rel->rd_rel->relkind == RELKIND_RELATION;
	while (*names != NULL && strcmp(*names, RelationGetRelationName(rel)) != 0)
		names++;
	return *names != NULL;
}

static bool
has_transition_table(Tuplestorestate *rows, const char *name, const char *wanted)
{
	return rows != NULL && name != NULL && strcmp(name, wanted) == 0;
}

/* Whether the trigger has all transition tables that its event can have. */
static bool
has_transition_tables(TriggerData *trigger)
{
	const Trigger *definition = trigger->tg_trigger;

	if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		return true;
	return (TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ||
			has_transition_table(trigger->tg_oldtable, definition->tgoldtable, "old_rows")) &&
		(TRIGGER_FIRED_BY_DELETE(trigger->tg_event) ||
		 has_transition_table(trigger->tg_newtable, definition->tgnewtable, "new_rows"));
}

/*
 * The trigger data of a call.  An error unless the caller is a trigger with
 * "nargs" arguments, not deferrable, fired at one of the times and events
 * "fired", on one of these relations of our schema.
 */
TriggerData *
kroles_trigger(FunctionCallInfo fcinfo, const char *function, int nargs, uint32 fired,
			   const char *const *relations)
{
	TriggerData *trigger;

	if (!CALLED_AS_TRIGGER(fcinfo))
		refuse_trigger(function, "The function was not called by a trigger.");
	trigger = (TriggerData *) fcinfo->context;
	if (!is_relation_listed(trigger->tg_relation, relations))
		refuse_trigger(function, "The function does not support relation \"%s\".",
					   RelationGetRelationName(trigger->tg_relation));
	if ((fired & get_fired_bit(trigger->tg_event)) == 0 || trigger->tg_trigger->tgdeferrable)
		refuse_trigger(function, "Trigger \"%s\" fires at an unsupported time or for an unsupported event.",
					   trigger->tg_trigger->tgname);
	if (nargs == KROLES_PAIRS_OF_ARGUMENTS ? trigger->tg_trigger->tgnargs % 2 != 0 :
		trigger->tg_trigger->tgnargs != nargs)
		refuse_trigger(function, "Trigger \"%s\" has the wrong number of arguments.", trigger->tg_trigger->tgname);
	if ((fired & KROLES_WITH_ROWS) != 0 && !has_transition_tables(trigger))
		refuse_trigger(function, "Trigger \"%s\" lacks the transition tables old_rows and new_rows.",
					   trigger->tg_trigger->tgname);
	return trigger;
}

/* As kroles_trigger(), for a function without arguments whose times and events depend on the relation. */
TriggerData *
kroles_trigger_by_table(FunctionCallInfo fcinfo, const char *function, uint32 fired, const char *const *relations,
						uint32 else_fired, const char *const *else_relations)
{
	if (CALLED_AS_TRIGGER(fcinfo) && is_relation_listed(((TriggerData *) fcinfo->context)->tg_relation, relations))
		return kroles_trigger(fcinfo, function, 0, fired, relations);
	return kroles_trigger(fcinfo, function, 0, else_fired, else_relations);
}

/* The number of a column; an error if it does not exist or is of another type. */
int
kroles_trigger_column(TriggerData *trigger, const char *column, Oid type)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	int			attno = SPI_fnumber(desc, column);

	if (attno <= 0 || TupleDescAttr(desc, attno - 1)->atttypid != type)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("relation \"%s\" has no column \"%s\" of type %s",
						RelationGetRelationName(trigger->tg_relation), column, format_type_be(type)),
				 errhint("Do not drop, rename or alter columns of the extension's tables.")));
	return attno;
}

/* The row that the event inserts, the new version it updates to, or the row it deletes. */
HeapTuple
kroles_trigger_row(TriggerData *trigger)
{
	return TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
}

/* A column of a row of our table that the trigger is on. */
Datum
kroles_trigger_value(TriggerData *trigger, HeapTuple row, KrolesTableId table, int column, bool *isnull)
{
	AttrNumber	attno = kroles_table(table)->column[column];

	*isnull = true;
	if (attno == InvalidAttrNumber)	/* of a table of an earlier version */
		return (Datum) 0;
	return heap_getattr(row, attno, RelationGetDescr(trigger->tg_relation), isnull);
}

/* A bigint column of the row, by name. */
Datum
kroles_trigger_id(TriggerData *trigger, HeapTuple row, const char *column, bool *isnull)
{
	return heap_getattr(row, kroles_trigger_column(trigger, column, INT8OID), RelationGetDescr(trigger->tg_relation),
						isnull);
}
