/*
 * protect.c
 *		kroles_protect() and kroles_unprotect(), with their entries in the audit log.
 *
 * The change itself is SQL (src/sql/87_protect.sql) that runs as the caller, so
 * that PostgreSQL checks that the caller owns the table.  Only the log entry is
 * written as the owner of our tables, and only here, so that it cannot be forged.
 */
#include "postgres.h"

#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "core/compat.h"
#include "guards/audit.h"
#include "guards/log_ids.h"
#include "identity/as_owner.h"
#include "store/catalog.h"

/*
 * Runs a statement as the caller.  If result is not NULL, it gets the first column
 * of the first row, which must be of a type passed by reference; in the caller's
 * memory context.
 */
static void
run_as_caller(const char *sql, int nargs, Oid *types, Datum *args, const char *nulls, NullableDatum *result)
{
	SPI_connect();
	if (SPI_execute_with_args(sql, nargs, types, args, nulls, false, 0) < 0)
		elog(ERROR, "could not execute \"%s\"", sql);
	if (result != NULL)
	{
		result->value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &result->isnull);
		if (!result->isnull)
			result->value = SPI_datumTransfer(result->value, false, -1);
	}
	SPI_finish();
}

/* The present protection of a table as jsonb; null if it has none. */
static NullableDatum
protection_json(Datum relation)
{
	Oid			type = REGCLASSOID;
	NullableDatum result;

	run_as_caller("SELECT kroles.protection_as_json($1)", 1, &type, &relation, NULL, &result);
	return result;
}

/* Adds the log entry of a table whose protection was changed. */
static void
log_protection(const char *operation, Oid relid, NullableDatum before, NullableDatum after)
{
	static KrolesStatement insert = {
		.sql = "INSERT INTO kroles.audit_log (id, actor, actor_role, db_role, operation, relation, object_kind, before, after)"
		" VALUES ($8, $1, $2::kroles.applicative_role, $3, $4, $5, 'table', $6, $7)",
		.nargs = 8,
		.types = {INT8OID, TEXTOID, NAMEOID, TEXTOID, TEXTOID, JSONBOID, JSONBOID, INT8OID}
	};
	char	   *name = quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
												  get_rel_name(relid));
	Datum		args[8];
	char		nulls[9] = "        ";

	kroles_audit_actor(operation, args, nulls);
	args[4] = CStringGetTextDatum(name);
	args[5] = before.value;
	args[6] = after.value;
	args[7] = Int64GetDatum(kroles_next_log_value());
	nulls[5] = before.isnull ? 'n' : ' ';
	nulls[6] = after.isnull ? 'n' : ' ';
	(void) kroles_run_as_owner(&insert, args, nulls, NULL);
}

/* Runs a statement that changes the protection of the table in args[0], and logs the change. */
static void
change_protection(const char *operation, const char *sql, int nargs, Oid *types, Datum *args, const char *nulls)
{
	NullableDatum before;

	if (nulls[0] == 'n')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("table must not be null")));
	before = protection_json(args[0]);
	run_as_caller(sql, nargs, types, args, nulls, NULL);
	log_protection(operation, DatumGetObjectId(args[0]), before, protection_json(args[0]));
}

/* kroles_protect(relation, kind, id_column, four rights, keep_policies) */
PG_FUNCTION_INFO_V1(kroles_protect);
Datum
kroles_protect(PG_FUNCTION_ARGS)
{
	Oid			action = kroles_enum_type(KROLES_E_ACTION);
	Oid			types[8] = {REGCLASSOID, kroles_enum_type(KROLES_E_OBJECT_KIND), NAMEOID,
	action, action, action, action, BOOLOID};
	Datum		args[8];
	char		nulls[9] = "        ";

	for (int i = 0; i < lengthof(args); i++)
	{
		args[i] = PG_ARGISNULL(i) ? (Datum) 0 : PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	change_protection("PROTECT", "SELECT kroles.protect_table($1, $2, $3, $4, $5, $6, $7, $8)",
					  lengthof(args), types, args, nulls);
	PG_RETURN_VOID();
}

/* kroles_unprotect(relation) */
PG_FUNCTION_INFO_V1(kroles_unprotect);
Datum
kroles_unprotect(PG_FUNCTION_ARGS)
{
	Oid			type = REGCLASSOID;
	Datum		relation = PG_ARGISNULL(0) ? (Datum) 0 : PG_GETARG_DATUM(0);

	change_protection("UNPROTECT", "SELECT kroles.unprotect_table($1)",
					  1, &type, &relation, PG_ARGISNULL(0) ? "n" : " ");
	PG_RETURN_VOID();
}

/* Refuses a relation that does not exist, and one that the caller does not own. */
static void
check_table_owner(Oid relid)
{
	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	if (!KROLES_OWNS_RELATION(relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(get_rel_relkind(relid)), get_rel_name(relid));
}

/*
 * kroles.lock_tree(root): locks a table, its partitions and children in access
 * exclusive mode to the end of the transaction.  STRICT.
 */
PG_FUNCTION_INFO_V1(kroles_lock_tree);
Datum
kroles_lock_tree(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);

	check_table_owner(relid);	/* before the lock, so that only the owner can queue for it */
	LockRelationOid(relid, AccessExclusiveLock);
	check_table_owner(relid);	/* the owner may have changed during the wait */
	(void) find_all_inheritors(relid, AccessExclusiveLock, NULL);
	PG_RETURN_VOID();
}
