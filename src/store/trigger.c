/*
 * trigger.c
 *		Makes sure of what a trigger function is called as.
 *
 * The extension's script makes the triggers that fit; a superuser can make
 * others.  A function that reads rows, arguments or transition tables which are
 * not there crashes the server, and a guard that is fired at another time lets
 * pass what it is for.  So each asks here first, before it touches a row.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "store/trigger.h"

static void pg_attribute_noreturn() pg_attribute_printf(2, 3)
refuse(const char *function, const char *detail,...)
{
	va_list		args;
	char		buffer[512];

	va_start(args, detail);
	vsnprintf(buffer, sizeof(buffer), detail, args);
	va_end(args);
	ereport(ERROR,
			(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
			 errmsg("function kroles.%s() is not for this trigger", function),
			 errdetail_internal("%s", buffer),
			 errhint("CREATE EXTENSION kroles makes all triggers that take it.")));
}

/* The bit of what fired the trigger. */
static uint32
fired_as(TriggerEvent event)
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

static bool
is_one_of(Relation rel, const char *const *names)
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
is_named(Tuplestorestate *rows, const char *name, const char *wanted)
{
	return rows != NULL && name != NULL && strcmp(name, wanted) == 0;
}

/* Whether the trigger has the transition tables that its event can have. */
static bool
has_rows(TriggerData *trigger)
{
	const Trigger *definition = trigger->tg_trigger;

	if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		return true;
	return (TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ||
			is_named(trigger->tg_oldtable, definition->tgoldtable, "old_rows")) &&
		(TRIGGER_FIRED_BY_DELETE(trigger->tg_event) ||
		 is_named(trigger->tg_newtable, definition->tgnewtable, "new_rows"));
}

/*
 * What a trigger function is called with; an error where that is not a trigger
 * with so many arguments, fired in one of these ways, and at once, on one of
 * these relations of our schema.
 */
TriggerData *
kroles_trigger(FunctionCallInfo fcinfo, const char *function, int nargs, uint32 fired,
			   const char *const *relations)
{
	TriggerData *trigger;

	if (!CALLED_AS_TRIGGER(fcinfo))
		refuse(function, "It was not called by a trigger.");
	trigger = (TriggerData *) fcinfo->context;
	if (!is_one_of(trigger->tg_relation, relations))
		refuse(function, "It knows nothing of the relation \"%s\".", RelationGetRelationName(trigger->tg_relation));
	if ((fired & fired_as(trigger->tg_event)) == 0 || trigger->tg_trigger->tgdeferrable)
		refuse(function, "The trigger \"%s\" fires at another time, or for another event.",
			   trigger->tg_trigger->tgname);
	if (nargs == KROLES_PAIRS_OF_ARGUMENTS ? trigger->tg_trigger->tgnargs % 2 != 0 : trigger->tg_trigger->tgnargs != nargs)
		refuse(function, "The trigger \"%s\" has another number of arguments.", trigger->tg_trigger->tgname);
	if ((fired & KROLES_WITH_ROWS) != 0 && !has_rows(trigger))
		refuse(function, "The trigger \"%s\" lacks the transition tables old_rows and new_rows.",
			   trigger->tg_trigger->tgname);
	return trigger;
}

/* The same for a function without arguments that is fired in other ways on some relations than on others. */
TriggerData *
kroles_trigger_by_table(FunctionCallInfo fcinfo, const char *function, uint32 fired, const char *const *relations,
						uint32 else_fired, const char *const *else_relations)
{
	if (CALLED_AS_TRIGGER(fcinfo) && is_one_of(((TriggerData *) fcinfo->context)->tg_relation, relations))
		return kroles_trigger(fcinfo, function, 0, fired, relations);
	return kroles_trigger(fcinfo, function, 0, else_fired, else_relations);
}

/* The number of a column; an error where it is not there, or of another type. */
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
				 errhint("Tables of the extension keep the columns that it made.")));
	return attno;
}

/* The row that there is, or will be, once the trigger's event is over. */
HeapTuple
kroles_trigger_row(TriggerData *trigger)
{
	return TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
}

/* A column of a row of that table of ours, which the trigger is on. */
Datum
kroles_trigger_value(TriggerData *trigger, HeapTuple row, KrolesTableId table, int column, bool *isnull)
{
	return heap_getattr(row, kroles_table(table)->column[column], RelationGetDescr(trigger->tg_relation), isnull);
}

/* A column of the row that holds an id. */
Datum
kroles_trigger_id(TriggerData *trigger, HeapTuple row, const char *column, bool *isnull)
{
	return heap_getattr(row, kroles_trigger_column(trigger, column, INT8OID), RelationGetDescr(trigger->tg_relation),
						isnull);
}
