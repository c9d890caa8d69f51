/*
 * external_ids.c
 *		An external id, the id of another system, is not reused.
 *
 * Rows of applications' tables may refer to an object by its external id; they
 * would belong to the next object with the same one.  So an external id that an
 * object loses is retained in kroles.retired_external_ids, and only administrators
 * may give it to another object.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "cache/kinds.h"
#include "decide/decide.h"
#include "guards/checks.h"
#include "identity/as_owner.h"
#include "identity/identity.h"

#define TABLES_WITH_EXTERNAL_ID KROLES_ON("spaces", "media", "events")

static KrolesStatement insert_retired = {
	"INSERT INTO kroles.retired_external_ids (relation, external_id, object_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
	.nargs = 3, .types = {TEXTOID, TEXTOID, INT8OID}
};
static KrolesStatement any_other_object = {
	"SELECT 1 FROM kroles.retired_external_ids WHERE relation OPERATOR(pg_catalog.=) $1"
	" AND external_id OPERATOR(pg_catalog.=) $2 AND object_id OPERATOR(pg_catalog.<>) $3 LIMIT 1",
	.nargs = 3, .types = {TEXTOID, TEXTOID, INT8OID}, .sees_all = true
};

/* Reads the table's name, the external id and the id of a row; false if either id is null. */
static bool
read_external_key(TriggerData *trigger, HeapTuple row, Datum *key)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	int			external = kroles_trigger_column(trigger, "external_id", TEXTOID);
	bool		no_external;
	bool		no_id;

	key[0] = CStringGetTextDatum(RelationGetRelationName(trigger->tg_relation));
	key[1] = heap_getattr(row, external, desc, &no_external);
	key[2] = kroles_trigger_id(trigger, row, "id", &no_id);
	return !no_external && !no_id;
}

/* kroles.retire_external_id(): AFTER a row with an external id is deleted, or gets another external id. */
PG_FUNCTION_INFO_V1(kroles_retire_external_id);
Datum
kroles_retire_external_id(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "retire_external_id", 0,
										  KROLES_AFTER_ROW(KROLES_ON_UPDATE | KROLES_ON_DELETE), TABLES_WITH_EXTERNAL_ID);
	Datum		key[3];

	if (read_external_key(trigger, trigger->tg_trigtuple, key))
		(void) kroles_run_as_owner(&insert_retired, key, NULL, NULL);
	return PointerGetDatum(NULL);
}

/* The site's rights that allow creating a row of the table; one of them is enough. */
static KrolesRights
creation_rights(Relation rel)
{
	KrolesTableId table = kroles_table_id(RelationGetRelid(rel));
	KrolesRights rights = 0;

	for (int kind = 0; kind < KROLES_NKINDS; kind++)
		if (kroles_kinds[kind].has_ids && kroles_kinds[kind].table == table)
			rights |= kroles_kinds[kind].made_with;
	return rights;
}

/* Refuses an external id that another object of the table has had. */
static void
check_not_retired(Relation rel, Datum *key)
{
	if (kroles_run_as_owner(&any_other_object, key, NULL, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("external id has belonged to another object"),
				 errhint("Only an administrator may reuse an external id."),
				 errtableconstraint(rel, psprintf("%s_external_id_is_used_once", RelationGetRelationName(rel)))));
}

/*
 * The row whose external id kroles.guard_external_id() has accepted last; the id
 * in TopMemoryContext.  kroles.external_id_is_free(), which PUBLIC can call,
 * checks no other row: otherwise it would reveal retired external ids.
 */
static struct
{
	Oid			relid;
	int64		id;
	char	   *external_id;
}			accepted;

/* Stores the accepted row in place of the previous one. */
static void
remember_accepted(Relation rel, Datum *key)
{
	if (accepted.external_id != NULL)
		pfree(accepted.external_id);
	accepted.external_id = NULL;
	accepted.external_id = MemoryContextStrdup(TopMemoryContext, TextDatumGetCString(key[1]));
	accepted.relid = RelationGetRelid(rel);
	accepted.id = DatumGetInt64(key[2]);
}

/*
 * kroles.external_id_is_free(relation, external id, id): called in the condition
 * of an AFTER trigger.  Checks the accepted row once more, because the INSERT may
 * have waited for a row with the same external id that was then deleted.  Raises
 * an error if that external id is retired now; otherwise true.
 */
PG_FUNCTION_INFO_V1(kroles_external_id_is_free);
Datum
kroles_external_id_is_free(PG_FUNCTION_ARGS)
{
	Relation	rel;
	Datum		key[3] = {0, PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};

	if (accepted.external_id == NULL || accepted.relid != PG_GETARG_OID(0) || accepted.id != PG_GETARG_INT64(2) ||
		strcmp(accepted.external_id, TextDatumGetCString(key[1])) != 0)
		PG_RETURN_BOOL(true);
	rel = table_open(accepted.relid, AccessShareLock);
	key[0] = CStringGetTextDatum(RelationGetRelationName(rel));
	check_not_retired(rel, key);
	table_close(rel, AccessShareLock);
	PG_RETURN_BOOL(true);
}

/*
 * kroles.guard_external_id(): BEFORE INSERT of a space, media or event, or UPDATE
 * of its external id.  Refuses a retired external id, except to administrators.
 * A row that its policy will refuse is not checked, so that the error does not
 * reveal external ids.
 */
PG_FUNCTION_INFO_V1(kroles_guard_external_id);
Datum
kroles_guard_external_id(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "guard_external_id", 0,
										  KROLES_BEFORE_ROW(KROLES_ON_INSERT | KROLES_ON_UPDATE), TABLES_WITH_EXTERNAL_ID);
	bool		inserts = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	HeapTuple	row = kroles_trigger_row(trigger);
	Datum		key[3];

	if (!read_external_key(trigger, row, key) ||
		(kroles_decide(kroles_asker(), KROLES_SITE, 0).rights & KROLES_RIGHT(KROLES_ADMINISTER)) ||
		(inserts && kroles_policy_will_refuse(trigger->tg_relation, KROLES_SITE, 0, creation_rights(trigger->tg_relation))))
		return PointerGetDatum(row);
	check_not_retired(trigger->tg_relation, key);
	remember_accepted(trigger->tg_relation, key);
	return PointerGetDatum(row);
}
