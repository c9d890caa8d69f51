/*
 * media_type.c
 *		Media is of a type that the site makes.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "utils/rel.h"

#include "decide/decide.h"
#include "identity/identity.h"
#include "store/catalog.h"
#include "store/trigger.h"

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
	HeapTuple	row = kroles_trigger_row(trigger);
	bool		isnull;
	Datum		type = kroles_trigger_value(trigger, row, KROLES_T_MEDIA, MEDIA_TYPE, &isnull);

	if (!isnull && !kroles_restoring() && !kroles_media_type_made(DatumGetObjectId(type)))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("media of this type can't be made on this site"),
				 errhint("kroles.settings.creation_tools lists the types that can."),
				 errtableconstraint(trigger->tg_relation, "media_type_is_one_of_the_creation_tools")));
	return PointerGetDatum(row);
}
