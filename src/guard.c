/*
 * guard.c
 *		Rules of the data that take more than a constraint: the tree of
 *		galleries has no cycle; media is of a type that the site makes.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "kroles.h"
#include "scan.h"
#include "trigger.h"

static Datum
get(TriggerData *trigger, HeapTuple tuple, KrolesTableId table, int column, bool *isnull)
{
	return heap_getattr(tuple, kroles_table(table)->column[column],
						RelationGetDescr(trigger->tg_relation), isnull);
}

/*
 * A snapshot of everything committed up to now and everything this transaction
 * has done, the running command included.  Registered; the caller unregisters.
 */
static Snapshot
latest_snapshot(Oid relid)
{
	Snapshot	snapshot = RegisterSnapshot(GetCatalogSnapshot(relid));

	snapshot->curcid = GetCurrentCommandId(false) + 1;
	return snapshot;
}

/* The parent of a gallery; false for a root. */
static bool
read_parent(int64 id, Snapshot snapshot, int64 *parent)
{
	KrolesScan	scan;
	bool		is_root = true;

	kroles_scan_by_id(&scan, KROLES_T_SPACES, KROLES_I_SPACES_ID, SPACES_ID, id, snapshot);
	if (kroles_scan_next(&scan))
		*parent = DatumGetInt64(kroles_scan_column(&scan, SPACES_PARENT, &is_root));
	kroles_scan_end(&scan);
	return !is_root;
}

/*
 * kroles.guard_tree(): AFTER INSERT OR UPDATE of a space's parent.
 *
 * Walks up and refuses a ring, wherever on the way it is. Moves of galleries wait for
 * one another, or two of them could close a cycle that neither sees.
 */
PG_FUNCTION_INFO_V1(kroles_guard_tree);
Datum
kroles_guard_tree(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "guard_tree", 0,
										  KROLES_AFTER_ROW(KROLES_ON_INSERT | KROLES_ON_UPDATE),
										  KROLES_ON("spaces"));
	HeapTuple	row;
	Snapshot	snapshot;
	int64		start;
	int64		at;
	int64		landmark;
	uint64		steps = 0;
	bool		isnull;

	row = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
	start = at = landmark = DatumGetInt64(get(trigger, row, KROLES_T_SPACES, SPACES_ID, &isnull));
	(void) get(trigger, row, KROLES_T_SPACES, SPACES_PARENT, &isnull);
	if (isnull)
		return PointerGetDatum(NULL);

	kroles_gate_serialize_tree();
	snapshot = latest_snapshot(RelationGetRelid(trigger->tg_relation));
	while (read_parent(at, snapshot, &at))
	{
		CHECK_FOR_INTERRUPTS();
		/* whoever goes round meets a landmark that is set ever more rarely */
		if (at == landmark)
			ereport(ERROR,
					(errcode(ERRCODE_CHECK_VIOLATION),
					 errmsg("a gallery can't be inside itself"),
					 errdetail("Going up from gallery %lld goes round in a ring.", (long long) start),
					 errtableconstraint(trigger->tg_relation, "spaces_galleries_form_a_tree")));
		steps++;
		if ((steps & (steps - 1)) == 0)
			landmark = at;
	}
	UnregisterSnapshot(snapshot);
	return PointerGetDatum(NULL);
}

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
										  KROLES_BEFORE_ROW(KROLES_ON_INSERT | KROLES_ON_UPDATE),
										  KROLES_ON("media"));
	HeapTuple	row;
	Datum		type;
	bool		isnull;

	row = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
	type = get(trigger, row, KROLES_T_MEDIA, MEDIA_TYPE, &isnull);
	if (!isnull && !kroles_restoring() && !kroles_media_type_made(DatumGetObjectId(type)))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("media of this type can't be made on this site"),
				 errhint("kroles.settings.creation_tools lists the types that can."),
				 errtableconstraint(trigger->tg_relation, "media_type_is_one_of_the_creation_tools")));
	return PointerGetDatum(row);
}
