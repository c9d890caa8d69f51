/*
 * audit.c
 *		The audit log: a row a changed row, in the same transaction.
 *
 * A trigger after each statement logs all rows it changed with one INSERT from
 * the transition tables, run as the owner of our tables (identity/as_owner.c).  Rows that
 * come from a dump are not logged: the log comes from the dump as well.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "audience/upkeep.h"
#include "core/asker.h"
#include "decide/decide.h"
#include "guards/audit.h"
#include "identity/as_owner.h"
#include "identity/identity.h"
#include "store/catalog.h"
#include "store/trigger.h"

/* The statement of one trigger, prepared once a session. */
typedef struct AuditStatement
{
	Oid			trigger;		/* hash key, must be first */
	KrolesStatement statement;
} AuditStatement;

static HTAB *statements;

/* SQL for a member of the row as bigint; NULL where there is no such column. */
static void
append_id(StringInfo sql, const char *column)
{
	if (column[0] == '\0')
		appendStringInfoString(sql, "NULL::pg_catalog.int8");
	else
		appendStringInfo(sql, "pg_catalog.jsonb_object_field_text(COALESCE(n, o), %s)::pg_catalog.int8",
						 quote_literal_cstr(column));
}

/* SQL for the kind of the object: a space knows its own, as long as it is there. */
static void
append_kind(StringInfo sql, const char *kind, const char *id)
{
	if (strcmp(kind, "space") != 0)
	{
		appendStringInfoString(sql, quote_literal_cstr(kind));
		return;
	}
	appendStringInfoString(sql, "COALESCE(pg_catalog.jsonb_object_field_text(COALESCE(n, o), 'kind'), "
						   "(SELECT s.kind::pg_catalog.text FROM kroles.spaces s WHERE s.id OPERATOR(pg_catalog.=) ");
	append_id(sql, id);
	appendStringInfoString(sql, "), 'space')");
}

/* SQL for a row as jsonb, without what is derived from rows that are logged themselves. */
static const char *
row_as_json(TriggerData *trigger)
{
	if (kroles_table_id(RelationGetRelid(trigger->tg_relation)) == KROLES_T_MEDIA)
		return "pg_catalog.jsonb_delete(pg_catalog.to_jsonb(r), 'audience'::pg_catalog.text)";
	return "pg_catalog.to_jsonb(r)";
}

/* SQL for the changed rows, as o (before) and n (after); an UPDATE's pairs come in one order. */
static const char *
changed_rows(TriggerData *trigger)
{
	const char *row = row_as_json(trigger);

	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		return psprintf("(SELECT NULL::pg_catalog.jsonb AS o, %s AS n FROM new_rows r) c", row);
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		return psprintf("(SELECT %s AS o, NULL::pg_catalog.jsonb AS n FROM old_rows r) c", row);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		return psprintf("(SELECT b.o, a.n FROM"
						" (SELECT pg_catalog.row_number() OVER () AS i, %s AS o FROM old_rows r) b JOIN"
						" (SELECT pg_catalog.row_number() OVER () AS i, %s AS n FROM new_rows r) a"
						" ON a.i OPERATOR(pg_catalog.=) b.i WHERE NOT pg_catalog.jsonb_eq(b.o, a.n)) c", row, row);
	return "(SELECT NULL::pg_catalog.jsonb AS o, NULL::pg_catalog.jsonb AS n) c";
}

/* The INSERT that logs what such a trigger has seen. */
static char *
audit_sql(TriggerData *trigger)
{
	char	  **args = trigger->tg_trigger->tgargs;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql,
						   "INSERT INTO kroles.audit_log (actor, actor_role, db_role, operation, relation,"
						   " object_kind, object_id, space_id, before, after)"
						   " SELECT $1, $2::kroles.applicative_role, $3, $4, ");
	appendStringInfo(&sql, "%s, ", quote_literal_cstr(psprintf("kroles.%s", RelationGetRelationName(trigger->tg_relation))));
	append_kind(&sql, args[0], args[1]);
	appendStringInfoString(&sql, ", ");
	append_id(&sql, args[1]);
	appendStringInfoString(&sql, ", ");
	append_id(&sql, args[2]);
	/* the one secret there is */
	appendStringInfo(&sql, ", pg_catalog.jsonb_delete(o, 'key'::pg_catalog.text), pg_catalog.jsonb_delete(n, 'key'::pg_catalog.text) FROM %s",
					 changed_rows(trigger));
	return sql.data;
}

/* The statement of this trigger, made at its first use. */
static KrolesStatement *
statement_of(TriggerData *trigger)
{
	HASHCTL		control = {
		.keysize = sizeof(Oid),
		.entrysize = sizeof(AuditStatement),
		.hcxt = CacheMemoryContext
	};
	AuditStatement *entry;
	bool		found;

	if (statements == NULL)
		statements = hash_create("kroles audit", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	entry = hash_search(statements, &trigger->tg_trigger->tgoid, HASH_ENTER, &found);
	if (!found)
		memset(&entry->statement, 0, sizeof(entry->statement));
	if (entry->statement.sql == NULL)
		entry->statement = (KrolesStatement) {
			.sql = MemoryContextStrdup(CacheMemoryContext, audit_sql(trigger)),
			.nargs = 4,
			.types = {INT8OID, TEXTOID, NAMEOID, TEXTOID}
		};
	return &entry->statement;
}

static const char *
operation_of(TriggerEvent event)
{
	return TRIGGER_FIRED_BY_INSERT(event) ? "INSERT" :
		TRIGGER_FIRED_BY_UPDATE(event) ? "UPDATE" :
		TRIGGER_FIRED_BY_DELETE(event) ? "DELETE" : "TRUNCATE";
}

/* Fills in who changes something: $1 to $4 of the statement. */
void
kroles_audit_actor(const char *operation, Datum *args, char *nulls)
{
	KrolesAsker asker = kroles_asker();
	NameData   *db_role = palloc(sizeof(NameData));

	namestrcpy(db_role, GetUserNameFromId(GetSessionUserId(), false));
	memset(nulls, ' ', 4);
	args[0] = Int64GetDatum(asker.user_id);
	if (asker.type != KROLES_PERSON)
		nulls[0] = 'n';
	if (asker.type == KROLES_OPERATOR)
		nulls[1] = 'n';
	else
		args[1] = CStringGetTextDatum(kroles_label(KROLES_E_APPLICATIVE_ROLE, kroles_applicative_role(asker)));
	args[2] = NameGetDatum(db_role);
	args[3] = CStringGetTextDatum(operation);
}

/*
 * Whether an UPDATE changed many rows.  Its pairs are joined, and a plan made
 * for a few would loop over all rows for each.
 */
static bool
changes_many(TriggerData *trigger)
{
	return TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) &&
		tuplestore_tuple_count(trigger->tg_newtable) > 20;
}

/* kroles.audit(kind, id column, space column): AFTER each statement. */
PG_FUNCTION_INFO_V1(kroles_audit);
Datum
kroles_audit(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "audit", 3,
										  KROLES_WITH_ROWS |
										  KROLES_AFTER_STATEMENT(KROLES_ON_INSERT | KROLES_ON_UPDATE | KROLES_ON_DELETE | KROLES_ON_TRUNCATE),
										  KROLES_ON_ANY_TABLE);
	KrolesStatement *statement;
	Datum		args[4];
	char		nulls[5] = "    ";

	if (kroles_restoring() || kroles_audience_upkeep_runs())
		return PointerGetDatum(NULL);
	kroles_audit_actor(operation_of(trigger->tg_event), args, nulls);
	statement = statement_of(trigger);
	statement->trigger = trigger;
	statement->planned_anew = changes_many(trigger);
	(void) kroles_run_as_owner(statement, args, nulls, NULL);
	return PointerGetDatum(NULL);
}
