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

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "owner.h"
#include "trigger.h"

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
static KrolesStatement known_event = {
	"SELECT 1 FROM kroles.audit_log WHERE object_kind OPERATOR(pg_catalog.=) 'event'::pg_catalog.text"
	" AND object_id OPERATOR(pg_catalog.=) $1 LIMIT 1",
	.nargs = 1, .types = {INT8OID}, .sees_all = true
};

static KrolesStatement former_external_id = {
	"SELECT 1 FROM kroles.audit_log WHERE relation OPERATOR(pg_catalog.=) $1"
	" AND (before OPERATOR(pg_catalog.->>) 'external_id'::pg_catalog.text) OPERATOR(pg_catalog.=) $2"
	" AND object_id OPERATOR(pg_catalog.<>) $3 LIMIT 1",
	.nargs = 3, .types = {TEXTOID, TEXTOID, INT8OID}, .sees_all = true
};

static void pg_attribute_noreturn()
refuse(TriggerData *trigger, const char *message, const char *hint, const char *rule)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION), errmsg("%s", message), errhint("%s", hint),
			 errtableconstraint(trigger->tg_relation,
								psprintf("%s_%s", RelationGetRelationName(trigger->tg_relation), rule))));
}

/* An id that the log knows. */
static void
check_id(TriggerData *trigger, Datum id)
{
	KrolesTableId table = kroles_table_id(RelationGetRelid(trigger->tg_relation));
	KrolesStatement *known = table == KROLES_T_MEDIA ? &known_media :
		table == KROLES_T_EVENTS ? &known_event : &known_space;

	if (kroles_run_as_owner(known, &id, NULL, NULL))
		refuse(trigger, "an id is used once", "Leave the id out, and the database gives a new one.",
			   "id_is_used_once");
}

/* An external id that was another object's. */
static void
check_external_id(TriggerData *trigger, HeapTuple row, Datum id)
{
	Datum		args[3];
	bool		isnull;

	args[1] = heap_getattr(row, kroles_trigger_column(trigger, "external_id", TEXTOID),
						   RelationGetDescr(trigger->tg_relation), &isnull);
	if (isnull)
		return;
	args[0] = CStringGetTextDatum(psprintf("kroles.%s", RelationGetRelationName(trigger->tg_relation)));
	args[2] = id;
	if (kroles_run_as_owner(&former_external_id, args, NULL, NULL))
		refuse(trigger, "an external id that was another's is not given again",
			   "An administrator may give it.", "external_id_is_used_once");
}

/*
 * kroles.guard_reuse(): AFTER INSERT of a space, a media or an event or UPDATE of
 * its external id, and so after its policy.  The log has no row about this INSERT yet: that one comes at the end
 * of the statement.
 */
PG_FUNCTION_INFO_V1(kroles_guard_reuse);
Datum
kroles_guard_reuse(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "guard_reuse", 0,
										  KROLES_AFTER_ROW(KROLES_ON_INSERT | KROLES_ON_UPDATE),
										  KROLES_ON("spaces", "media", "events"));
	KrolesAsker asker;
	HeapTuple	row;
	bool		isnull;
	Datum		id;

	if (kroles_restoring())
		return PointerGetDatum(NULL);
	asker = kroles_asker();
	if (kroles_decide(asker, KROLES_SITE, 0).rights & KROLES_RIGHT(KROLES_ADMINISTER))
		return PointerGetDatum(NULL);
	row = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
	id = kroles_trigger_id(trigger, row, "id", &isnull);
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		check_id(trigger, id);
	check_external_id(trigger, row, id);
	return PointerGetDatum(NULL);
}
