/*
 * carry.c
 *		Applications' tables that carry the audience of the media their rows belong
 *		to.
 *
 * On such a table a trigger fetches the audience whenever a row comes or belongs
 * to another media, and holds the media's row until the transaction ends; so
 * whoever changes the audience meanwhile waits, and then finds the new row.
 * After a change of audiences a trigger on kroles.media has the rows fetch them
 * again.  That UPDATE runs as the owner of the application's table, outside row
 * security, as a security-restricted operation: triggers on the table get no
 * rights that its owner has not, can't act in the name of whoever published, and
 * leave no setting behind.
 *
 * Which tables carry audiences is read from the catalog each time: those with
 * our trigger.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

#include "audience.h"
#include "growing.h"
#include "owner.h"
#include "scan.h"

#define COLUMN "kroles_audience"

/* ---- On the application's table ---- */

/* Whether the UPDATE that fetches audiences again is running. */
static bool spreading;

static Datum
get(TriggerData *trigger, HeapTuple row, const char *column, bool *isnull)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	int			attno = SPI_fnumber(desc, column);

	if (attno <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("table \"%s\" has no column \"%s\" any more",
						RelationGetRelationName(trigger->tg_relation), column),
				 errhint("Call kroles_protect() again.")));
	return SPI_getbinval(row, desc, attno, isnull);
}

/* The id of the media that a row belongs to, from a column of any integer type. */
static int64
media_id_of(TriggerData *trigger, HeapTuple row, bool *isnull)
{
	const char *column = trigger->tg_trigger->tgargs[0];
	Datum		id = get(trigger, row, column, isnull);

	if (*isnull)
		return 0;
	switch (getBaseType(SPI_gettypeid(RelationGetDescr(trigger->tg_relation),
									  SPI_fnumber(RelationGetDescr(trigger->tg_relation), column))))
	{
		case INT2OID:
			return DatumGetInt16(id);
		case INT4OID:
			return DatumGetInt32(id);
		default:
			return DatumGetInt64(id);
	}
}

/* The newest audience of a media, whose row stays as it is until the transaction ends; nobody's where there is none. */
static struct varlena *
fetch_audience(int64 media_id)
{
	static KrolesStatement hold = {
		"SELECT 1 FROM kroles.media WHERE id OPERATOR(pg_catalog.=) $1 FOR SHARE",
		.nargs = 1, .types = {INT8OID}
	};
	Datum		id = Int64GetDatum(media_id);
	struct varlena *audience = kroles_make_audience(media_id, NULL, 0);
	Snapshot	snapshot;
	KrolesScan	scan;

	if (!kroles_run_as_owner(&hold, &id, NULL, NULL))
		return audience;
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	kroles_scan_by_id(&scan, KROLES_T_MEDIA, KROLES_I_MEDIA_ID, MEDIA_ID, media_id, snapshot);
	if (kroles_scan_next(&scan))
		audience = PG_DETOAST_DATUM_COPY(kroles_scan_value(&scan, MEDIA_AUDIENCE));
	kroles_scan_end(&scan);
	UnregisterSnapshot(snapshot);
	return audience;
}

/* Whether an UPDATE leaves the row with the media it belongs to, and the audience as it is. */
static bool
stays_as_it_is(TriggerData *trigger, int64 media_id)
{
	bool		isnull;
	bool		old_null;
	Datum		old = get(trigger, trigger->tg_trigtuple, COLUMN, &old_null);
	Datum		new = get(trigger, trigger->tg_newtuple, COLUMN, &isnull);

	return !old_null && !isnull && media_id == media_id_of(trigger, trigger->tg_trigtuple, &isnull) && !isnull &&
		kroles_same_audience(PG_DETOAST_DATUM_PACKED(old), PG_DETOAST_DATUM_PACKED(new));
}

/*
 * kroles.carry_audience(id column): BEFORE a row of a table that carries
 * audiences comes or changes.  Whatever was written into the column is replaced.
 */
PG_FUNCTION_INFO_V1(kroles_carry_audience);
Datum
kroles_carry_audience(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	HeapTuple	row;
	int64		media_id;
	Datum		audience;
	bool		no_media;
	bool		isnull = false;
	int			attno;

	if (!CALLED_AS_TRIGGER(fcinfo) || trigger->tg_trigger->tgnargs != 1)
		elog(ERROR, "kroles.carry_audience() is a trigger function");
	row = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
	media_id = media_id_of(trigger, row, &no_media);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) && !spreading && !no_media && stays_as_it_is(trigger, media_id))
		return PointerGetDatum(row);
	audience = PointerGetDatum(no_media ? kroles_make_audience(0, NULL, 0) : fetch_audience(media_id));
	attno = SPI_fnumber(RelationGetDescr(trigger->tg_relation), COLUMN);
	return PointerGetDatum(heap_modify_tuple_by_cols(row, RelationGetDescr(trigger->tg_relation), 1, &attno,
													 &audience, &isnull));
}

/* ---- Which tables carry audiences ---- */

typedef struct Carrier
{
	Oid			relid;
	char	   *id_column;
} Carrier;

/* Adds the table of one of our triggers; a partition's is done with its parent's. */
static void
add_carrier(KrolesGrowing *carriers, Oid trigger_oid)
{
	Relation	triggers = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	row;

	ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(trigger_oid));
	scan = systable_beginscan(triggers, TriggerOidIndexId, true, NULL, 1, &key);
	row = systable_getnext(scan);
	if (HeapTupleIsValid(row) && !OidIsValid(((Form_pg_trigger) GETSTRUCT(row))->tgparentid) &&
		((Form_pg_trigger) GETSTRUCT(row))->tgnargs == 1)
	{
		bool		isnull;
		bytea	   *args = DatumGetByteaPP(heap_getattr(row, Anum_pg_trigger_tgargs, RelationGetDescr(triggers), &isnull));
		Carrier    *carrier = kroles_add_item(carriers);

		carrier->relid = ((Form_pg_trigger) GETSTRUCT(row))->tgrelid;
		carrier->id_column = pstrdup(VARDATA_ANY(args));
	}
	systable_endscan(scan);
	table_close(triggers, AccessShareLock);
}

/* Finds the tables with our trigger; in the caller's memory. */
static void
find_carriers(KrolesGrowing *carriers)
{
	Oid			function = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("carry_audience"),
										   PointerGetDatum(buildoidvector(NULL, 0)), ObjectIdGetDatum(kroles_schema()));
	Relation	depend = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	row;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(ProcedureRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(function));
	scan = systable_beginscan(depend, DependReferenceIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(row = systable_getnext(scan)))
		if (((Form_pg_depend) GETSTRUCT(row))->classid == TriggerRelationId)
			add_carrier(carriers, ((Form_pg_depend) GETSTRUCT(row))->objid);
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
}

/* ---- On kroles.media ---- */

static void
add_id(KrolesGrowing *ids, TupleTableSlot *slot)
{
	bool		isnull;

	*(Datum *) kroles_add_item(ids) = slot_getattr(slot, kroles_table(KROLES_T_MEDIA)->column[MEDIA_ID], &isnull);
}

static bool
same_audience(TupleTableSlot *old, TupleTableSlot *new)
{
	int			attno = kroles_table(KROLES_T_MEDIA)->column[MEDIA_AUDIENCE];
	bool		isnull;

	return kroles_same_audience(PG_DETOAST_DATUM_PACKED(slot_getattr(old, attno, &isnull)),
								PG_DETOAST_DATUM_PACKED(slot_getattr(new, attno, &isnull)));
}

static TupleTableSlot *
make_slot(TriggerData *trigger)
{
	return MakeSingleTupleTableSlot(RelationGetDescr(trigger->tg_relation), &TTSOpsMinimalTuple);
}

/* Adds the media in one transition table. */
static void
add_all(KrolesGrowing *ids, TriggerData *trigger, Tuplestorestate *rows)
{
	TupleTableSlot *slot = make_slot(trigger);

	tuplestore_rescan(rows);
	while (tuplestore_gettupleslot(rows, true, false, slot))
		add_id(ids, slot);
	ExecDropSingleTupleTableSlot(slot);
}

/* Adds the media whose audience an UPDATE has changed; both tables are in one order. */
static void
add_changed(KrolesGrowing *ids, TriggerData *trigger)
{
	TupleTableSlot *old = make_slot(trigger);
	TupleTableSlot *new = make_slot(trigger);

	tuplestore_rescan(trigger->tg_oldtable);
	tuplestore_rescan(trigger->tg_newtable);
	while (tuplestore_gettupleslot(trigger->tg_oldtable, true, false, old) &&
		   tuplestore_gettupleslot(trigger->tg_newtable, true, false, new))
		if (!same_audience(old, new))
			add_id(ids, new);
	ExecDropSingleTupleTableSlot(old);
	ExecDropSingleTupleTableSlot(new);
}

static void
add_media(KrolesGrowing *ids, TriggerData *trigger)
{
	bool		isnull;

	if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		*(Datum *) kroles_add_item(ids) = heap_getattr(trigger->tg_trigtuple, kroles_table(KROLES_T_MEDIA)->column[MEDIA_ID],
													   RelationGetDescr(trigger->tg_relation), &isnull);
	else if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		add_changed(ids, trigger);
	else
		add_all(ids, trigger, TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ? trigger->tg_newtable : trigger->tg_oldtable);
}

/* Has the rows of one table fetch their audiences again: those of these media, or all. */
static void
spread(const Carrier *carrier, Datum *ids)
{
	char	   *table = get_rel_name(carrier->relid);
	char	   *schema = table == NULL ? NULL : get_namespace_name(get_rel_namespace(carrier->relid));
	StringInfoData sql;
	Oid			type = INT8ARRAYOID;
	SPIPlanPtr	plan;

	if (schema == NULL)
		return;					/* dropped just now */

	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE %s SET " COLUMN " = " COLUMN, quote_qualified_identifier(schema, table));
	if (ids != NULL)
		appendStringInfo(&sql, " WHERE %s OPERATOR(pg_catalog.=) ANY ($1)", quote_identifier(carrier->id_column));
	SPI_connect();
	plan = SPI_prepare(sql.data, ids != NULL ? 1 : 0, &type);
	if (plan == NULL)
		elog(ERROR, "could not prepare \"%s\"", sql.data);
	/* rows that came since this transaction's snapshot too */
	if (SPI_execute_snapshot(plan, ids, NULL, GetLatestSnapshot(), InvalidSnapshot, false, true, 0) < 0)
		elog(ERROR, "could not execute \"%s\"", sql.data);
	SPI_finish();
}

/* Takes out of the settings who is asking, until the level ends that the caller has begun. */
static void
ask_as_nobody(void)
{
	static const char *const settings[] = {"kroles.token", "kroles.user", "request.jwt.claims"};

	for (int i = 0; i < lengthof(settings); i++)
		if (GetConfigOption(settings[i], true, false) != NULL)
			(void) set_config_option(settings[i], "", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

static void
tell_of_carrier(void *arg)
{
	const Carrier *carrier = arg;

	errcontext("fetching the audiences that rows of table \"%s\" carry", get_rel_name(carrier->relid));
}

/*
 * Runs that as the table's owner, in nobody's name.  Whatever triggers do to
 * settings is undone.
 */
static void
spread_as_owner(Carrier *carrier, Datum *ids)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(carrier->relid));
	ErrorContextCallback told = {.callback = tell_of_carrier, .arg = carrier, .previous = error_context_stack};
	bool		outer = spreading;
	int			level;
	Oid			user;
	int			context;

	if (!HeapTupleIsValid(tuple))
		return;
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(((Form_pg_class) GETSTRUCT(tuple))->relowner,
						   context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION | SECURITY_NOFORCE_RLS);
	ReleaseSysCache(tuple);
	level = NewGUCNestLevel();
	ask_as_nobody();
	spreading = true;
	error_context_stack = &told;
	PG_TRY();
	{
		spread(carrier, ids);
	}
	PG_FINALLY();
	{
		spreading = outer;
	}
	PG_END_TRY();
	error_context_stack = told.previous;
	AtEOXact_GUC(false, level);
	SetUserIdAndSecContext(user, context);
}

/* kroles.spread_audiences(): AFTER audiences changed, or media came or went. */
PG_FUNCTION_INFO_V1(kroles_spread_audiences);
Datum
kroles_spread_audiences(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	KrolesGrowing carriers = {.size = sizeof(Carrier)};
	KrolesGrowing ids = {.size = sizeof(Datum)};
	bool		everything;
	Datum		array;

	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "kroles.spread_audiences() is a trigger function");
	find_carriers(&carriers);
	if (carriers.n == 0)
		return PointerGetDatum(NULL);
	everything = TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event);
	if (!everything)
		add_media(&ids, trigger);
	if (!everything && ids.n == 0)
		return PointerGetDatum(NULL);
	if (!everything)
		array = PointerGetDatum(construct_array((Datum *) ids.items, ids.n, INT8OID, sizeof(int64), true, TYPALIGN_DOUBLE));
	for (int i = 0; i < carriers.n; i++)
		spread_as_owner(&((Carrier *) carriers.items)[i], everything ? NULL : &array);
	return PointerGetDatum(NULL);
}

/*
 * kroles.fetch_audiences(relation): has all rows of a table fetch their audience
 * anew.  As the caller, who must own it.
 */
PG_FUNCTION_INFO_V1(kroles_fetch_audiences);
Datum
kroles_fetch_audiences(PG_FUNCTION_ARGS)
{
	Carrier		carrier = {.relid = PG_GETARG_OID(0)};

	if (!pg_class_ownercheck(carrier.relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, get_rel_name(carrier.relid));
	spread_as_owner(&carrier, NULL);
	PG_RETURN_VOID();
}
