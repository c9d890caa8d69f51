/*
 * ownership.c
 *		Transferring the ownership of a media or a space.
 */
#include "postgres.h"

#include "utils/rel.h"

#include "decide/decide.h"
#include "guards/checks.h"
#include "identity/identity.h"

/* Transferring a media takes the right to; a space is transferred by its owner and by administrators. */
static bool
may_transfer(KrolesAsker asker, bool is_media, int64 id, int64 owner_id)
{
	if (is_media)
		return kroles_decide(asker, KROLES_MEDIA, id).rights & KROLES_RIGHT(KROLES_TRANSFER_OWNERSHIP);
	return kroles_holds(asker, false, owner_id) ||
		(kroles_decide(asker, KROLES_SITE, 0).rights & KROLES_RIGHT(KROLES_ADMINISTER));
}

/*
 * kroles.guard_ownership(): BEFORE an UPDATE that changes owner_id, as the
 * trigger's condition has checked.  Refuses a caller without the right to transfer
 * before the statement, and a blocked new owner.
 */
PG_FUNCTION_INFO_V1(kroles_guard_ownership);
Datum
kroles_guard_ownership(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "guard_ownership", 0,
										  KROLES_BEFORE_ROW(KROLES_ON_UPDATE),
										  KROLES_ON("media", "spaces"));
	HeapTuple	old = trigger->tg_trigtuple;
	bool		is_media;

	is_media = RelationGetRelid(trigger->tg_relation) == kroles_table(KROLES_T_MEDIA)->oid;
	if (!may_transfer(kroles_asker(), is_media, DatumGetInt64(kroles_trigger_key(trigger, old, "id")),
					  DatumGetInt64(kroles_trigger_key(trigger, old, "owner_id"))))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("you may not transfer ownership of this object"),
				 errhint("The owner and administrators may.")));
	if (kroles_is_blocked(DatumGetInt64(kroles_trigger_key(trigger, trigger->tg_newtuple, "owner_id"))))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a blocked user cannot become an owner"),
				 errhint("An administrator may unblock the user first.")));
	return PointerGetDatum(trigger->tg_newtuple);
}
