/*
 * media.c
 *		Rules about media and the people on it that take more than a constraint.
 *
 * Each locks the row that its rule depends on until the transaction ends.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/rel.h"
#include "utils/rls.h"

#include "decide/decide.h"
#include "identity/as_owner.h"
#include "identity/identity.h"
#include "rules/rules.h"
#include "store/trigger.h"

static KrolesStatement lock_owner = {
	"SELECT owner_id FROM kroles.media WHERE id OPERATOR(pg_catalog.=) $1 FOR SHARE",
	1, {INT8OID}
};
static KrolesStatement drop_collaborator = {
	"DELETE FROM kroles.media_collaborators WHERE media_id OPERATOR(pg_catalog.=) $1 AND user_id OPERATOR(pg_catalog.=) $2",
	2, {INT8OID, INT8OID}
};
static KrolesStatement lock_module = {
	"SELECT 1 FROM kroles.settings WHERE chat_and_collaboration FOR SHARE"
};

/* Whether a policy refuses a collaborator of that media next: before it, an error would tell who owns a hidden one. */
static bool
policy_refuses(Relation rel, int64 media_id)
{
	return !kroles_is_own_statement() &&
		check_enable_rls(RelationGetRelid(rel), InvalidOid, true) == RLS_ENABLED &&
		!(kroles_decide(kroles_asker(), KROLES_MEDIA, media_id).rights & KROLES_RIGHT(KROLES_MANAGE_COLLABORATORS));
}

/* kroles.guard_collaborator(): BEFORE a collaborator comes: the owner is none. */
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

	if (!no_media && !no_user && !policy_refuses(trigger->tg_relation, DatumGetInt64(media)) &&
		kroles_run_as_owner(&lock_owner, &media, NULL, &owner) &&
		DatumGetInt64(owner) == DatumGetInt64(user))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("the owner of a media is no collaborator of it"),
				 errhint("The owner has every permission already."),
				 errtableconstraint(trigger->tg_relation, "media_collaborators_owner_is_no_collaborator")));
	return PointerGetDatum(row);
}

/* kroles.drop_new_owners_permissions(): AFTER a media's owner changed. */
PG_FUNCTION_INFO_V1(kroles_drop_new_owners_permissions);
Datum
kroles_drop_new_owners_permissions(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "drop_new_owners_permissions", 0, KROLES_AFTER_ROW(KROLES_ON_UPDATE),
										  KROLES_ON("media"));
	HeapTuple	row = kroles_trigger_row(trigger);
	bool		isnull;
	Datum		key[2];

	key[0] = kroles_trigger_id(trigger, row, "id", &isnull);
	key[1] = kroles_trigger_id(trigger, row, "owner_id", &isnull);
	(void) kroles_run_as_owner(&drop_collaborator, key, NULL, NULL);
	return PointerGetDatum(NULL);
}

/* kroles.guard_moderators_module(): AFTER somebody is made a moderator of media. */
PG_FUNCTION_INFO_V1(kroles_guard_moderators_module);
Datum
kroles_guard_moderators_module(PG_FUNCTION_ARGS)
{
	(void) kroles_trigger(fcinfo, "guard_moderators_module", 0, KROLES_AFTER_ROW(KROLES_ON_INSERT | KROLES_ON_UPDATE),
						  KROLES_ON("media_moderators"));
	if (!kroles_restoring() && !kroles_run_as_owner(&lock_module, NULL, NULL, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("rooms and chat are switched off on this site"),
				 errhint("kroles.settings.chat_and_collaboration switches them on.")));
	return PointerGetDatum(NULL);
}
