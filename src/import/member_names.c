/*
 * member_names.c
 *		Whom a list of a space's members may name.
 *
 * Who manages the members of a space names people and groups they may not see
 * as rows.  Whoever does not manage there learns of nobody but themselves.
 * Names are looked up by index scans under the statement's snapshot: an SQL
 * statement for each would start a new command, and entitlements would be read
 * again for each.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_collation.h"
#include "fmgr.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "core/asker.h"
#include "decide/decide.h"
#include "identity/identity.h"
#include "rules/rules.h"
#include "store/catalog.h"

/* Whether there is a row whose column, with the unique index, is that text; its id. */
static bool
find(const char *table, const char *column, const char *index, Datum name, int64 *id)
{
	Oid			relid = get_relname_relid(table, kroles_schema());
	Relation	rel = table_open(relid, AccessShareLock);
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple	row;
	bool		isnull;

	ScanKeyEntryInitialize(&key, 0, get_attnum(relid, column), BTEqualStrategyNumber, InvalidOid,
						   DEFAULT_COLLATION_OID, F_TEXTEQ, name);
	scan = systable_beginscan(rel, get_relname_relid(index, kroles_schema()), true, GetActiveSnapshot(), 1, &key);
	row = systable_getnext(scan);
	if (HeapTupleIsValid(row))
		*id = DatumGetInt64(heap_getattr(row, get_attnum(relid, "id"), RelationGetDescr(rel), &isnull));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return HeapTupleIsValid(row);
}

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
	int64		id;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	asker = kroles_asker();
	manages = manages_members(asker, PG_GETARG_INT64(1));
	if (!find("users", "login", "users_login_is_unique", PG_GETARG_DATUM(0), &id) ||
		!(manages || kroles_holds(asker, false, id)))
		PG_RETURN_NULL();
	PG_RETURN_INT64(id);
}

/* kroles.group_to_add(name, space_id): the group's id; NULL for whoever may not add it there. */
PG_FUNCTION_INFO_V1(kroles_group_to_add);
Datum
kroles_group_to_add(PG_FUNCTION_ARGS)
{
	int64		id;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (!manages_members(kroles_asker(), PG_GETARG_INT64(1)) ||
		!find("groups", "name", "groups_name_is_unique", PG_GETARG_DATUM(0), &id))
		PG_RETURN_NULL();
	PG_RETURN_INT64(id);
}
