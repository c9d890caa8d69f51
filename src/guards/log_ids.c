/*
 * log_ids.c
 *		The ids of rows of the audit log: of the next where an INSERT adds it
 *		(audit_insert.c takes ids itself), and of the first that this transaction added.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "fmgr.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "guards/log_ids.h"
#include "identity/as_owner.h"
#include "store/catalog.h"
#include "store/sequence.h"

/* The lowest id of a row that a transaction has logged. */
static struct
{
	LocalTransactionId lxid;
	int64		id;
}			first;

/* Notes the id of a row that this transaction logs. */
void
kroles_note_log_id(int64 id)
{
	if (first.lxid != KROLES_LXID() || id < first.id)
		first.id = id;
	first.lxid = KROLES_LXID();
}

/*
 * Whether this transaction has logged rows; sets an id that is no higher than those of all that
 * it has logged.  Rows that were rolled back with a savepoint may be counted.
 */
bool
kroles_first_log_id(int64 *id)
{
	*id = first.id;
	return first.lxid == KROLES_LXID();
}

/* The id of the next row, where an INSERT adds it; lastval() stays what it was.  An error if the sequence does not exist. */
int64
kroles_next_log_value(void)
{
	Oid			sequence = get_relname_relid("audit_log_id_seq", kroles_schema());
	int64		id;

	if (!OidIsValid(sequence))
		kroles_refuse_missing("sequence", "audit_log_id_seq");
	id = kroles_next_value_aside(sequence);
	kroles_note_log_id(id);
	return id;
}

/* kroles.next_log_id(): that id.  For the extension only. */
PG_FUNCTION_INFO_V1(kroles_next_log_id);
Datum
kroles_next_log_id(PG_FUNCTION_ARGS)
{
	kroles_check_internal_call("next_log_id", "Rows are logged by triggers.");
	PG_RETURN_INT64(kroles_next_log_value());
}

/* What an INSERT calls for it, in the script that this database has: that of 1.0.0 lacks the function. */
const char *
kroles_next_log_call(void)
{
	List	   *name = list_make2(makeString("kroles"), makeString("next_log_id"));

	return OidIsValid(LookupFuncName(name, 0, NULL, true)) ? "kroles.next_log_id()" : "pg_catalog.nextval('kroles.audit_log_id_seq')";
}
