/*
 * room.c
 *		What ends stays in rooms: blocking the user, switching rooms off, and the
 *		limit.
 *
 * Whoever joins holds the rows of the user and of the settings (see
 * kroles.room_join()), so a change of these comes before joining or finds the
 * stay here.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/rel.h"

#include "owner.h"

/* A stay that has run out ended then, and not only now. */
#define END_STAYS \
	"UPDATE kroles.room_participants p SET left_at = GREATEST(p.joined_at, LEAST(pg_catalog.statement_timestamp()," \
	" kroles.stay_ends(p.joined_at))) WHERE p.left_at IS NULL"

static KrolesStatement end_stays_of = {
	END_STAYS " AND p.user_id OPERATOR(pg_catalog.=) $1", .nargs = 1, .types = {INT8OID}, .sees_all = true
};
static KrolesStatement end_all_stays = {END_STAYS, .sees_all = true};
static KrolesStatement end_run_out_stays = {
	END_STAYS " AND kroles.stay_ends(p.joined_at) OPERATOR(pg_catalog.<=) pg_catalog.statement_timestamp()", .sees_all = true
};

/* kroles.end_stays(): AFTER a user is blocked, or after rooms are switched off or on. */
PG_FUNCTION_INFO_V1(kroles_end_stays);
Datum
kroles_end_stays(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	Datum		user;
	bool		isnull;

	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "kroles.end_stays() is a trigger function");
	if (RelationGetRelid(trigger->tg_relation) != kroles_table(KROLES_T_USERS)->oid)
	{
		(void) kroles_run_as_owner(&end_all_stays, NULL, NULL, NULL);
		return PointerGetDatum(NULL);
	}
	desc = RelationGetDescr(trigger->tg_relation);
	user = SPI_getbinval(trigger->tg_newtuple, desc, SPI_fnumber(desc, "id"), &isnull);
	(void) kroles_run_as_owner(&end_stays_of, &user, NULL, NULL);
	return PointerGetDatum(NULL);
}

/* kroles.end_run_out_stays(): BEFORE the limit is raised, and so by the old one. */
PG_FUNCTION_INFO_V1(kroles_end_run_out_stays);
Datum
kroles_end_run_out_stays(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "kroles.end_run_out_stays() is a trigger function");
	(void) kroles_run_as_owner(&end_run_out_stays, NULL, NULL, NULL);
	return PointerGetDatum(trigger->tg_newtuple);
}
