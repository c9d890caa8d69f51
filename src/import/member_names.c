/*
 * member_names.c
 *		Finding the users and groups that a list of a space's members names.
 *
 * A caller who manages the members of a space may name users and groups whose
 * rows they may not see.  Any other caller finds only their own user.  Names are
 * looked up by index scans under the statement's snapshot: an SQL statement for
 * each name would start a new command, and entitlements would be read again for
 * each.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_collation.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "cache/load.h"
#include "decide/decide.h"
#include "identity/identity.h"
#include "store/catalog.h"

/* Reads the id of the row with that text in a column that has that unique index; false if there is none. */
static bool
read_id_by_name(const char *table, const char *column, const char *index, Datum name, int64 *id)
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

/* Finds the user with that login, in any case where logins are case-insensitive. */
static bool
find_user(Datum login, int64 *id)
{
	const char *folded;

	if (read_id_by_name("users", "login", "users_login_is_unique", login, id))
		return true;
	folded = kroles_folded_login(TextDatumGetCString(login), GetActiveSnapshot());
	return folded != NULL && read_id_by_name("users", "login", "users_login_is_unique", CStringGetTextDatum(folded), id);
}

/* Whether the caller has the right to manage the members of the space. */
static bool
manages_members(KrolesAsker asker, int64 space_id)
{
	return (kroles_decide(asker, KROLES_ANY_SPACE, space_id).rights & KROLES_RIGHT(KROLES_MANAGE_MEMBERS)) != 0;
}

/* kroles.user_to_add(login, space_id): the user's id; null if unknown, or the caller may not add the user there. */
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
	if (!find_user(PG_GETARG_DATUM(0), &id) || !(manages || kroles_holds(asker, false, id)))
		PG_RETURN_NULL();
	PG_RETURN_INT64(id);
}

/* kroles.group_to_add(name, space_id): the group's id; null if unknown, or the caller may not add the group there. */
PG_FUNCTION_INFO_V1(kroles_group_to_add);
Datum
kroles_group_to_add(PG_FUNCTION_ARGS)
{
	int64		id;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (!manages_members(kroles_asker(), PG_GETARG_INT64(1)) ||
		!read_id_by_name("groups", "name", "groups_name_is_unique", PG_GETARG_DATUM(0), &id))
		PG_RETURN_NULL();
	PG_RETURN_INT64(id);
}
