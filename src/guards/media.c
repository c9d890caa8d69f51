/*
 * media.c
 *		Rules about media and the people on it that a constraint cannot express:
 *		the media's type, its collaborators, its moderators.
 *
 * The rules about people lock the row that they depend on to the end of the
 * transaction.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/rel.h"

#include "decide/decide.h"
#include "guards/checks.h"
#include "identity/as_owner.h"
#include "identity/identity.h"

static KrolesStatement lock_owner = {
	"SELECT owner_id FROM kroles.media WHERE id OPERATOR(pg_catalog.=) $1 FOR SHARE",
	1, {INT8OID}
};
static KrolesStatement drop_collaborator = {
	"DELETE FROM kroles.media_collaborators WHERE media_id OPERATOR(pg_catalog.=) $1 AND user_id OPERATOR(pg_catalog.=) $2",
	2, {INT8OID, INT8OID}
};
static KrolesStatement lock_module_setting = {
	"SELECT 1 FROM kroles.settings WHERE chat_and_collaboration FOR SHARE"
};

/*
 * kroles.guard_media_type(): BEFORE INSERT OR UPDATE of a media's type.  Allows
 * the types in the setting creation_tools.
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

	if (!isnull && !kroles_media_type_made(DatumGetObjectId(type)))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("media of this type cannot be created on this site"),
				 errhint("kroles.settings.creation_tools lists the types that can."),
				 errtableconstraint(trigger->tg_relation, "media_type_is_one_of_the_creation_tools")));
	return PointerGetDatum(row);
}

/* kroles.guard_collaborator(): BEFORE INSERT OR UPDATE of a collaborator.  Refuses the media's owner. */
PG_FUNCTION_INFO_V1(kroles_guard_collaborator);
Datum
kroles_guard_collaborator(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "guard_collaborator", 0, KROLES_BEFORE_ROW(KROLES_ON_INSERT | KROLES_ON_UPDATE),
										  KROLES_ON("media_collaborators"));
	HeapTuple	row = kroles_trigger_row(trigger);
	bool		no_media;
	bool		no_user;
	Datum		media = kroles_trigger_id(trigger, row, "media_id", &no_media);
	Datum		user = kroles_trigger_id(trigger, row, "user_id", &no_user);
	Datum		owner;

	/* the error would reveal the owner of a hidden media */
	if (!no_media && !no_user &&
		!kroles_policy_will_refuse(trigger->tg_relation, KROLES_MEDIA, DatumGetInt64(media), KROLES_RIGHT(KROLES_MANAGE_COLLABORATORS)) &&
		kroles_run_as_owner(&lock_owner, &media, NULL, &owner) &&
		DatumGetInt64(owner) == DatumGetInt64(user))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("the owner of a media is no collaborator of it"),
				 errhint("The owner has every permission already."),
				 errtableconstraint(trigger->tg_relation, "media_collaborators_owner_is_no_collaborator")));
	return PointerGetDatum(row);
}

/* kroles.drop_new_owners_permissions(): AFTER a media's owner changed.  Deletes the new owner's row as a collaborator. */
PG_FUNCTION_INFO_V1(kroles_drop_new_owners_permissions);
Datum
kroles_drop_new_owners_permissions(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "drop_new_owners_permissions", 0, KROLES_AFTER_ROW(KROLES_ON_UPDATE),
										  KROLES_ON("media"));
	HeapTuple	row = kroles_trigger_row(trigger);
	Datum		key[2] = {kroles_trigger_key(trigger, row, "id"), kroles_trigger_key(trigger, row, "owner_id")};

	(void) kroles_run_as_owner(&drop_collaborator, key, NULL, NULL);
	return PointerGetDatum(NULL);
}

/*
 * kroles.guard_moderators_module(): AFTER INSERT OR UPDATE of a media's
 * moderator.  Refuses the row while the module for rooms and chat is off.
 */
PG_FUNCTION_INFO_V1(kroles_guard_moderators_module);
Datum
kroles_guard_moderators_module(PG_FUNCTION_ARGS)
{
	(void) kroles_trigger(fcinfo, "guard_moderators_module", 0, KROLES_AFTER_ROW(KROLES_ON_INSERT | KROLES_ON_UPDATE),
						  KROLES_ON("media_moderators"));
	if (!kroles_run_as_owner(&lock_module_setting, NULL, NULL, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("rooms and chat are switched off on this site"),
				 errhint("kroles.settings.chat_and_collaboration switches them on.")));
	return PointerGetDatum(NULL);
}
