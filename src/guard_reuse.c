/*
 * guard_reuse.c
 *		An id is used once.
 *
 * Whoever makes a thing may say its id.  Under the id of something that is gone
 * they would, as its owner, inherit what is still said of the old one: its
 * history in the audit log, rows of applications.  So what the log knows is not
 * given again but by administrators.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/rel.h"

#include "owner.h"

static KrolesStatement known_space = {
	"SELECT 1 FROM kroles.audit_log WHERE object_kind OPERATOR(pg_catalog.=) ANY"
	" ('{channel, gallery, space}'::pg_catalog.text[]) AND object_id OPERATOR(pg_catalog.=) $1 LIMIT 1",
	.nargs = 1, .types = {INT8OID}, .sees_all = true
};
static KrolesStatement known_media = {
	"SELECT 1 FROM kroles.audit_log WHERE object_kind OPERATOR(pg_catalog.=) 'media'::pg_catalog.text"
	" AND object_id OPERATOR(pg_catalog.=) $1 LIMIT 1",
	.nargs = 1, .types = {INT8OID}, .sees_all = true
};

/*
 * kroles.guard_reuse(): AFTER INSERT of a space or a media, and so after its
 * policy.  The log has no row about this INSERT yet: that one comes at the end
 * of the statement.
 */
PG_FUNCTION_INFO_V1(kroles_guard_reuse);
Datum
kroles_guard_reuse(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	KrolesAsker asker;
	bool		is_media;
	bool		isnull;
	Datum		id;

	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "kroles.guard_reuse() is a trigger function");
	if (kroles_restoring())
		return PointerGetDatum(NULL);
	asker = kroles_asker();
	if (kroles_decide(asker, KROLES_SITE, 0).rights & KROLES_RIGHT(KROLES_ADMINISTER))
		return PointerGetDatum(NULL);
	is_media = RelationGetRelid(trigger->tg_relation) == kroles_table(KROLES_T_MEDIA)->oid;
	id = SPI_getbinval(trigger->tg_trigtuple, RelationGetDescr(trigger->tg_relation),
					   SPI_fnumber(RelationGetDescr(trigger->tg_relation), "id"), &isnull);
	if (kroles_run_as_owner(is_media ? &known_media : &known_space, &id, NULL, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("an id is used once"),
				 errhint("Leave the id out, and the database gives a new one."),
				 errtableconstraint(trigger->tg_relation,
									is_media ? "media_id_is_used_once" : "spaces_id_is_used_once")));
	return PointerGetDatum(NULL);
}
