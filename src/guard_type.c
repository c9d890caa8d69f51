/*
 * guard_type.c
 *		Media is of a type that the site makes.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "utils/rel.h"

#include "kroles.h"
#include "trigger.h"

static Datum
get(TriggerData *trigger, HeapTuple tuple, KrolesTableId table, int column, bool *isnull)
{
	return heap_getattr(tuple, kroles_table(table)->column[column],
						RelationGetDescr(trigger->tg_relation), isnull);
}

/*
 * kroles.guard_media_type(): BEFORE INSERT OR UPDATE of a media's type.  The
 * site's setting creation_tools says what may be made; a dump may bring what
 * was made before.
 */
PG_FUNCTION_INFO_V1(kroles_guard_media_type);
Datum
kroles_guard_media_type(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "guard_media_type", 0,
										  KROLES_BEFORE_ROW(KROLES_ON_INSERT | KROLES_ON_UPDATE), KROLES_ON("media"));
	HeapTuple	row;
	Datum		type;
	bool		isnull;

	row = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
	type = get(trigger, row, KROLES_T_MEDIA, MEDIA_TYPE, &isnull);
	if (!isnull && !kroles_restoring() && !kroles_media_type_made(DatumGetObjectId(type)))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("media of this type can't be made on this site"),
				 errhint("kroles.settings.creation_tools lists the types that can."),
				 errtableconstraint(trigger->tg_relation, "media_type_is_one_of_the_creation_tools")));
	return PointerGetDatum(row);
}
