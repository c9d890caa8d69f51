/*
 * external_ids.c
 *		The id of another system is used once.
 *
 * What belonged to an object by such an id, as rows of applications' tables do,
 * would belong to the next one that is given it.  So an external id that a row
 * loses is kept in kroles.retired_external_ids, and given to another object by
 * administrators alone.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"

#include "decide/decide.h"
#include "identity/as_owner.h"
#include "identity/identity.h"
#include "rules/rules.h"
#include "store/catalog.h"
#include "store/trigger.h"

#define KNOWN_ELSEWHERE KROLES_ON("spaces", "media", "events")

static KrolesStatement retire = {
	"INSERT INTO kroles.retired_external_ids (relation, external_id, object_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
	.nargs = 3, .types = {TEXTOID, TEXTOID, INT8OID}
};
static KrolesStatement was_of_another = {
	"SELECT 1 FROM kroles.retired_external_ids WHERE relation OPERATOR(pg_catalog.=) $1"
	" AND external_id OPERATOR(pg_catalog.=) $2 AND object_id OPERATOR(pg_catalog.<>) $3 LIMIT 1",
	.nargs = 3, .types = {TEXTOID, TEXTOID, INT8OID}, .sees_all = true
};

/* Table, external id and id of a row; false where it has no external id. */
static bool
read_key(TriggerData *trigger, HeapTuple row, Datum *key)
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

/* kroles.retire_external_id(): AFTER a row that had an external id loses it. */
PG_FUNCTION_INFO_V1(kroles_retire_external_id);
Datum
kroles_retire_external_id(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "retire_external_id", 0,
										  KROLES_AFTER_ROW(KROLES_ON_UPDATE | KROLES_ON_DELETE), KNOWN_ELSEWHERE);
	Datum		key[3];

	if (read_key(trigger, trigger->tg_trigtuple, key))
		(void) kroles_run_as_owner(&retire, key, NULL, NULL);
	return PointerGetDatum(NULL);
}

/* The rights on the site of which making such a row takes one. */
static KrolesRights
making_takes(Relation rel)
{
	switch (kroles_table_id(RelationGetRelid(rel)))
	{
		case KROLES_T_MEDIA:
			return KROLES_RIGHT(KROLES_UPLOAD);
		case KROLES_T_EVENTS:
			return KROLES_RIGHT(KROLES_CREATE_EVENT);
		default:
			return KROLES_RIGHT(KROLES_CREATE_CHANNEL) | KROLES_RIGHT(KROLES_CREATE_GALLERY);
	}
}

static void
check_not_retired(Relation rel, Datum *key)
{
	if (kroles_run_as_owner(&was_of_another, key, NULL, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("an external id that was another's is not given again"),
				 errhint("An administrator may give it."),
				 errtableconstraint(rel, psprintf("%s_external_id_is_used_once", RelationGetRelationName(rel)))));
}

/*
 * The row whose external id was found free last: it is asked about once more when
 * it is there.  About no other row, or the question would tell everybody which
 * external ids there were.
 */
static struct
{
	Oid			relid;
	int64		id;
	char	   *external_id;
}			found_free;

static void
note_found_free(Relation rel, Datum *key)
{
	if (found_free.external_id != NULL)
		pfree(found_free.external_id);
	found_free.external_id = NULL;
	found_free.external_id = MemoryContextStrdup(TopMemoryContext, TextDatumGetCString(key[1]));
	found_free.relid = RelationGetRelid(rel);
	found_free.id = DatumGetInt64(key[2]);
}

/*
 * kroles.external_id_is_free(relation, external id, id): in the condition of a
 * trigger, when the row is there, for the key's former row may have gone while it
 * was waited for.  An error where it has; else true.
 */
PG_FUNCTION_INFO_V1(kroles_external_id_is_free);
Datum
kroles_external_id_is_free(PG_FUNCTION_ARGS)
{
	Relation	rel;
	Datum		key[3] = {0, PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};

	if (found_free.external_id == NULL || found_free.relid != PG_GETARG_OID(0) || found_free.id != PG_GETARG_INT64(2) ||
		strcmp(found_free.external_id, TextDatumGetCString(key[1])) != 0)
		PG_RETURN_BOOL(true);
	rel = table_open(found_free.relid, AccessShareLock);
	key[0] = CStringGetTextDatum(RelationGetRelationName(rel));
	check_not_retired(rel, key);
	table_close(rel, AccessShareLock);
	PG_RETURN_BOOL(true);
}

/*
 * kroles.guard_external_id(): BEFORE a space, a media or an event comes, or its
 * external id changes.  Who may not make the row anyway is left to its policy,
 * and learns nothing of what there was.
 */
PG_FUNCTION_INFO_V1(kroles_guard_external_id);
Datum
kroles_guard_external_id(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "guard_external_id", 0,
										  KROLES_BEFORE_ROW(KROLES_ON_INSERT | KROLES_ON_UPDATE), KNOWN_ELSEWHERE);
	bool		inserts = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	HeapTuple	row = kroles_trigger_row(trigger);
	KrolesRights rights;
	Datum		key[3];

	if (kroles_restoring() || !read_key(trigger, row, key))
		return PointerGetDatum(row);
	rights = kroles_decide(kroles_asker(), KROLES_SITE, 0).rights;
	if ((rights & KROLES_RIGHT(KROLES_ADMINISTER)) ||
		(inserts && !(rights & making_takes(trigger->tg_relation)) &&
		 check_enable_rls(RelationGetRelid(trigger->tg_relation), InvalidOid, true) == RLS_ENABLED))
		return PointerGetDatum(row);
	check_not_retired(trigger->tg_relation, key);
	note_found_free(trigger->tg_relation, key);
	return PointerGetDatum(row);
}
