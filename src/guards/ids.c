/*
 * ids.c
 *		Ids are given by the database.
 *
 * An id that a person chose could be one that the sequence would give next, so
 * that others' INSERTs fail, or one that something else had once, of which the
 * audit log and applications' tables still tell.  So an INSERT takes its id from
 * the column's default, kroles.next_id(), which remembers what it gave and to
 * which session; any other id takes an administrator.
 *
 * Clients that upsert send the key.  An id that a row has which the person sees
 * passes, and is refused when a row is made of it all the same, because the other
 * one was deleted meanwhile.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "decide/decide.h"
#include "identity/as_owner.h"
#include "identity/identity.h"
#include "rules/rules.h"
#include "statement/pending_rows.h"
#include "statement/running.h"
#include "store/catalog.h"
#include "store/trigger.h"

#define GIVEN_IDS \
	KROLES_ON("spaces", "space_members", "media", "media_collaborators", "media_moderators", "playlists", "events", \
			  "event_participants")

/* ---- What was given ---- */

/* So many ids may be drawn before the first of them is used. */
#define MOST_GIVEN 1024

static struct
{
	Oid			sequence;
	int64		id;
}			given[MOST_GIVEN];	/* in this session and not used yet, each written over the oldest */
static uint32 ngiven;

/*
 * kroles.next_id(sequence): the next value of a sequence of ours, for the default
 * of an id.  Takes USAGE on it, as nextval() does.
 */
PG_FUNCTION_INFO_V1(kroles_next_id);
Datum
kroles_next_id(PG_FUNCTION_ARGS)
{
	Oid			sequence = PG_GETARG_OID(0);
	int64		id;

	if (get_rel_namespace(sequence) != kroles_schema())
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("only sequences of kroles give ids here"),
				 errhint("Use nextval() for others.")));
	id = nextval_internal(sequence, true);
	given[ngiven % MOST_GIVEN].sequence = sequence;
	given[ngiven % MOST_GIVEN].id = id;
	ngiven++;
	PG_RETURN_INT64(id);
}

/* Uses an id up; false where it was not given to this session, or is used already. */
static bool
use_id(Oid sequence, int64 id)
{
	uint32		n = Min(ngiven, MOST_GIVEN);

	for (uint32 i = 1; i <= n; i++)
	{
		uint32		at = (ngiven - i) % MOST_GIVEN;

		if (given[at].sequence == sequence && given[at].id == id)
		{
			given[at].sequence = InvalidOid;
			return true;
		}
	}
	return false;
}

/* ---- Upserts ---- */

/* Whether the person who runs the statement sees a row of that id, by the table's own policy. */
static bool
sees_row(Relation rel, Datum id)
{
	KrolesStatement statement = {
		.sql = psprintf("SELECT 1 FROM %s WHERE id OPERATOR(pg_catalog.=) $1",
						quote_qualified_identifier("kroles", RelationGetRelationName(rel))),
		.nargs = 1, .types = {INT8OID}, .planned_anew = true
	};

	return kroles_run_as_caller(&statement, &id);
}

/* ---- The guards ---- */

static void pg_attribute_noreturn()
refuse(TriggerData *trigger)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("ids are given by the database"),
			 errdetail("The id is neither one that was just given by the default of the column nor that of a row that may be seen."),
			 errhint("Leave \"id\" out. An id of one's own takes an administrator; the key of another system goes into \"external_id\" where there is one."),
			 err_generic_string(PG_DIAG_SCHEMA_NAME, "kroles"),
			 err_generic_string(PG_DIAG_TABLE_NAME, RelationGetRelationName(trigger->tg_relation)),
			 err_generic_string(PG_DIAG_COLUMN_NAME, "id")));
}

static Oid
sequence_of(Relation rel)
{
	return get_relname_relid(psprintf("%s_id_seq", RelationGetRelationName(rel)), RelationGetNamespace(rel));
}

/* Whether the one who asks may choose ids: an administrator, a restore, and the extension itself. */
static bool
may_choose(void)
{
	return kroles_restoring() || kroles_is_own_statement() ||
		(kroles_decide(kroles_asker(), KROLES_SITE, 0).rights & KROLES_RIGHT(KROLES_ADMINISTER));
}

/* kroles.guard_new_id(): BEFORE a row comes, the first of its kind.  An id that is missing a constraint refuses. */
PG_FUNCTION_INFO_V1(kroles_guard_new_id);
Datum
kroles_guard_new_id(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "guard_new_id", 0, KROLES_BEFORE_ROW(KROLES_ON_INSERT), GIVEN_IDS);
	bool		isnull;
	Datum		id;

	id = kroles_trigger_id(trigger, trigger->tg_trigtuple, "id", &isnull);
	if (isnull || use_id(sequence_of(trigger->tg_relation), DatumGetInt64(id)) || may_choose())
		return PointerGetDatum(trigger->tg_trigtuple);
	if (kroles_running == NULL || !sees_row(trigger->tg_relation, id))
		refuse(trigger);
	kroles_note_upsert(RelationGetRelid(trigger->tg_relation), DatumGetInt64(id));
	return PointerGetDatum(trigger->tg_trigtuple);
}

/*
 * kroles.is_upsert(relation, id): whether the running statement named that row as
 * one that is there.  Asked when the row came: then it is not that one.
 */
PG_FUNCTION_INFO_V1(kroles_names_upsert);
Datum
kroles_names_upsert(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(kroles_is_upsert(PG_GETARG_OID(0), PG_GETARG_INT64(1)));
}
