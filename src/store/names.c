/*
 * names.c
 *		Names of objects, read from their rows.
 *
 * No decision depends on a name, so names are not cached and changing one sends
 * no message.  They are read with the active snapshot and without any check:
 * the caller has decided that the asker may know them.  Results are palloc'd.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "store/catalog.h"
#include "store/names.h"

/* A text column of the row with that id, found by the table's index on it; NULL if there is no row. */
static char *
read_name(const char *table, const char *index, const char *column, int64 id)
{
	Relation	rel = table_open(get_relname_relid(table, kroles_schema()), AccessShareLock);
	AttrNumber	attno = get_attnum(RelationGetRelid(rel), column);
	char	   *name = NULL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	row;
	bool		isnull = true;

	ScanKeyInit(&key, get_attnum(RelationGetRelid(rel), "id"), BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(id));
	scan = systable_beginscan(rel, get_relname_relid(index, kroles_schema()), true, GetActiveSnapshot(), 1, &key);
	row = systable_getnext(scan);
	if (HeapTupleIsValid(row))
	{
		Datum		value = heap_getattr(row, attno, RelationGetDescr(rel), &isnull);

		if (!isnull)
			name = TextDatumGetCString(value);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return name;
}

/* The name of a channel or gallery; NULL if it has none or does not exist. */
char *
kroles_space_name(int64 id)
{
	return read_name("spaces", "spaces_id_is_unique", "name", id);
}

/* The name of an event; NULL if it has none or does not exist. */
char *
kroles_event_name(int64 id)
{
	return read_name("events", "events_id_is_unique", "name", id);
}

/* The name of a group; NULL if it does not exist. */
char *
kroles_group_name(int64 id)
{
	return read_name("groups", "groups_id_is_unique", "name", id);
}

/* The login of a user; NULL if the user does not exist. */
char *
kroles_user_login(int64 id)
{
	return read_name("users", "users_id_is_unique", "login", id);
}

/* The display name of a user, which may be empty; NULL if the user does not exist. */
char *
kroles_user_name(int64 id)
{
	return read_name("users", "users_id_is_unique", "name", id);
}
