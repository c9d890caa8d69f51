/*
 * import_names.c
 *		Whom a list of a space's members may name.
 *
 * Who manages the members of a space names people and groups they may not see
 * as rows.  Whoever does not manage there learns of nobody but themselves.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"

#include "owner.h"

static KrolesStatement user_named = {
	"SELECT id FROM kroles.users WHERE login OPERATOR(pg_catalog.=) $1",
	.nargs = 1, .types = {TEXTOID}
};
static KrolesStatement group_named = {
	"SELECT id FROM kroles.groups WHERE name OPERATOR(pg_catalog.=) $1",
	.nargs = 1, .types = {TEXTOID}
};

static bool
manages_members(KrolesAsker asker, int64 space_id)
{
	return (kroles_decide(asker, KROLES_ANY_SPACE, space_id).rights & KROLES_RIGHT(KROLES_MANAGE_MEMBERS)) != 0;
}

/* kroles.user_to_add(login, space_id): the user's id; NULL for whoever may not add them there. */
PG_FUNCTION_INFO_V1(kroles_user_to_add);
Datum
kroles_user_to_add(PG_FUNCTION_ARGS)
{
	KrolesAsker asker;
	bool		manages;
	Datum		login;
	Datum		id;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	asker = kroles_asker();
	manages = manages_members(asker, PG_GETARG_INT64(1));
	login = PG_GETARG_DATUM(0);
	if (!kroles_run_as_owner(&user_named, &login, NULL, &id) ||
		!(manages || kroles_holds(asker, false, DatumGetInt64(id))))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(id);
}

/* kroles.group_to_add(name, space_id): the group's id; NULL for whoever may not add it there. */
PG_FUNCTION_INFO_V1(kroles_group_to_add);
Datum
kroles_group_to_add(PG_FUNCTION_ARGS)
{
	Datum		name;
	Datum		id;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	name = PG_GETARG_DATUM(0);
	if (!manages_members(kroles_asker(), PG_GETARG_INT64(1)) ||
		!kroles_run_as_owner(&group_named, &name, NULL, &id))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(id);
}
