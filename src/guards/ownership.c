/*
 * ownership.c
 *		Who may make someone else the owner of a media or a space.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "utils/rel.h"

#include "core/asker.h"
#include "decide/decide.h"
#include "identity/identity.h"
#include "rules/rules.h"
#include "store/catalog.h"
#include "store/trigger.h"

static int64
get(TriggerData *trigger, HeapTuple row, const char *column)
{
	bool		isnull;

	return DatumGetInt64(kroles_trigger_id(trigger, row, column, &isnull));
}

/* A media is transferred by right, a space by its owner; both by administrators. */
static bool
may_transfer(KrolesAsker asker, bool is_media, int64 id, int64 owner_id)
{
	if (is_media)
		return kroles_decide(asker, KROLES_MEDIA, id).rights & KROLES_RIGHT(KROLES_TRANSFER_OWNERSHIP);
	return kroles_holds(asker, false, owner_id) ||
		(kroles_decide(asker, KROLES_SITE, 0).rights & KROLES_RIGHT(KROLES_ADMINISTER));
}

/*
 * kroles.guard_ownership(): BEFORE a change of owner_id, which the trigger's
 * condition has found.  Judged by the rights before the statement.
 */
PG_FUNCTION_INFO_V1(kroles_guard_ownership);
Datum
kroles_guard_ownership(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "guard_ownership", 0,
										  KROLES_BEFORE_ROW(KROLES_ON_UPDATE),
										  KROLES_ON("media", "spaces"));
	bool		is_media;

	if (kroles_restoring())
		return PointerGetDatum(trigger->tg_newtuple);
	is_media = RelationGetRelid(trigger->tg_relation) == kroles_table(KROLES_T_MEDIA)->oid;
	if (!may_transfer(kroles_asker(), is_media, get(trigger, trigger->tg_trigtuple, "id"),
					  get(trigger, trigger->tg_trigtuple, "owner_id")))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("you may not transfer ownership of this"),
				 errhint("The owner may, and administrators.")));
	if (kroles_is_blocked(get(trigger, trigger->tg_newtuple, "owner_id")))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a blocked user can't become an owner"),
				 errhint("An administrator may unblock the user first.")));
	return PointerGetDatum(trigger->tg_newtuple);
}
