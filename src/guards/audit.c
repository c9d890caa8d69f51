/*
 * audit.c
 *		The audit log: one row for each changed row, in the same transaction.
 *
 * A trigger after each statement logs all rows that the statement changed, from the
 * transition tables, as the owner of our tables.  The rows are made here and inserted
 * directly (guards/audit_insert.c); where that is not possible, and after TRUNCATE, one
 * INSERT makes and inserts the same rows.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "audience/upkeep.h"
#include "core/compat.h"
#include "decide/decide.h"
#include "guards/audit.h"
#include "guards/audit_insert.h"
#include "guards/audit_row.h"
#include "guards/log_ids.h"
#include "identity/as_owner.h"
#include "identity/identity.h"
#include "store/scan.h"
#include "store/trigger.h"

/* The event as the log names it. */
static const char *
operation_name(TriggerEvent event)
{
	return TRIGGER_FIRED_BY_INSERT(event) ? "INSERT" :
		TRIGGER_FIRED_BY_UPDATE(event) ? "UPDATE" :
		TRIGGER_FIRED_BY_DELETE(event) ? "DELETE" : "TRUNCATE";
}

/*
 * Fills in the first four columns of a log entry, and their nulls: the actor, the
 * actor's applicative role, the login role and the operation.
 */
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

/* ---- Logging by an INSERT ---- */

/* The INSERT of one trigger, prepared at most once in a session. */
typedef struct AuditStatement
{
	Oid			trigger;		/* hash key, must be first */
	KrolesStatement statement;
} AuditStatement;

/* In CacheMemoryContext, for the rest of the session. */
static HTAB *audit_statements;

#define OWNER_OF_ROW "pg_catalog.jsonb_object_field_text(COALESCE(n, o), 'owner_id')::pg_catalog.int8"

/* Appends SQL for a column of the row as bigint, or for NULL if the column has no name. */
static void
append_id(StringInfo sql, const char *column)
{
	if (column[0] == '\0')
		appendStringInfoString(sql, "NULL::pg_catalog.int8");
	else
		appendStringInfo(sql, "pg_catalog.jsonb_object_field_text(COALESCE(n, o), %s)::pg_catalog.int8",
						 quote_literal_cstr(column));
}

/*
 * Appends SQL for the kind of the object: of a space from the logged row or from
 * kroles.spaces, "space" if it is gone, and "user" for a row of a person instead.
 */
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
	appendStringInfoString(sql, "), CASE WHEN " OWNER_OF_ROW " IS NULL THEN 'space' ELSE 'user' END)");
}

/* SQL for a row as jsonb, without the audience: it is derived from rows that are logged themselves. */
static const char *
logged_row_sql(TriggerData *trigger)
{
	if (kroles_table_id(RelationGetRelid(trigger->tg_relation)) == KROLES_T_MEDIA)
		return "pg_catalog.jsonb_delete(pg_catalog.to_jsonb(r), 'audience'::pg_catalog.text)";
	return "pg_catalog.to_jsonb(r)";
}

/*
 * SQL for the changed rows, as o (before) and n (after).  Both transition tables
 * of an UPDATE have the same order, so old and new versions are joined by number.
 */
static const char *
changed_rows_sql(TriggerData *trigger)
{
	const char *row = logged_row_sql(trigger);

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

/* The INSERT that logs the rows of such a trigger; in the current memory context. */
static char *
audit_insert_sql(TriggerData *trigger)
{
	char	  **args = trigger->tg_trigger->tgargs;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "INSERT INTO kroles.audit_log (id, actor, actor_role, db_role, operation, relation,"
					 " object_kind, object_id, space_id, before, after)"
					 " SELECT %s, $1, $2::kroles.applicative_role, $3, $4, ", kroles_next_log_call());
	appendStringInfo(&sql, "%s, ", quote_literal_cstr(psprintf("kroles.%s", RelationGetRelationName(trigger->tg_relation))));
	append_kind(&sql, args[0], args[1]);
	appendStringInfoString(&sql, ", COALESCE(");
	append_id(&sql, args[1]);
	appendStringInfo(&sql, ", %s), ", strcmp(args[0], "space") == 0 ? OWNER_OF_ROW : "NULL");
	append_id(&sql, args[2]);
	/* the secret of a signing key must not be readable in the log */
	appendStringInfo(&sql, ", pg_catalog.jsonb_delete(o, 'key'::pg_catalog.text),"
					 " pg_catalog.jsonb_delete(n, 'key'::pg_catalog.text) FROM %s", changed_rows_sql(trigger));
	return sql.data;
}

/* The INSERT of this trigger, built at its first use. */
static KrolesStatement *
audit_statement(TriggerData *trigger)
{
	HASHCTL		control = {
		.keysize = sizeof(Oid),
		.entrysize = sizeof(AuditStatement),
		.hcxt = CacheMemoryContext
	};
	AuditStatement *entry;
	bool		found;

	if (audit_statements == NULL)
		audit_statements = hash_create("kroles audit", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	entry = hash_search(audit_statements, &trigger->tg_trigger->tgoid, HASH_ENTER, &found);
	if (!found)
		memset(&entry->statement, 0, sizeof(entry->statement));
	if (entry->statement.sql == NULL)
		entry->statement = (KrolesStatement) {
			.sql = MemoryContextStrdup(CacheMemoryContext, audit_insert_sql(trigger)),
			.nargs = 4,
			.types = {INT8OID, TEXTOID, NAMEOID, TEXTOID}
		};
	return &entry->statement;
}

/*
 * Whether an UPDATE changed many rows.  Old and new versions are joined, and a
 * cached plan for few rows would be a nested loop.
 */
static bool
updated_many_rows(TriggerData *trigger)
{
	return TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) &&
		tuplestore_tuple_count(trigger->tg_newtable) > 20;
}

/* Logs the rows by an INSERT. */
static void
log_by_statement(TriggerData *trigger, Datum *actor, const char *nulls)
{
	KrolesStatement *statement = audit_statement(trigger);

	statement->trigger = trigger;
	statement->planned_anew = updated_many_rows(trigger);
	(void) kroles_run_as_owner(statement, actor, nulls, NULL);
}

/* ---- Logging directly ---- */

/* The kinds of spaces that were looked up last. */
#define SPACES_REMEMBERED 64
typedef struct SpaceKind
{
	int64		space_id;
	const char *kind;			/* NULL: not looked up */
} SpaceKind;

/* The rows of a statement that are to be logged; in the memory context of the trigger's call. */
typedef struct ChangedRows
{
	TriggerData *trigger;
	MemoryContext context;
	KrolesLoggedTable *table;
	TupleTableSlot *old;		/* NULL for INSERT */
	TupleTableSlot *new;		/* NULL for DELETE */
	const char *kind;			/* the trigger's arguments: the kind of the object, */
	AttrNumber	id_column;		/* the column with its id, and that with its space; 0 for none */
	AttrNumber	space_column;
	AttrNumber	kind_column;	/* of the logged row, if its object is a space; 0 for none */
	AttrNumber	owner_column;	/* the same, for rows that belong to a person instead */
	SpaceKind	spaces[SPACES_REMEMBERED];
} ChangedRows;

/* The number of a column that a trigger's argument names; 0 for an empty name.  False if it is not bigint. */
static bool
find_id_column(Relation rel, const char *name, AttrNumber *column)
{
	*column = name[0] == '\0' ? InvalidAttrNumber : get_attnum(RelationGetRelid(rel), name);
	return name[0] == '\0' ||
		(*column != InvalidAttrNumber && TupleDescAttr(RelationGetDescr(rel), *column - 1)->atttypid == INT8OID);
}

/* A slot for rows of a transition table, at its beginning. */
static TupleTableSlot *
begin_reading(TriggerData *trigger, Tuplestorestate *rows)
{
	tuplestore_rescan(rows);
	return MakeSingleTupleTableSlot(RelationGetDescr(trigger->tg_relation), &TTSOpsMinimalTuple);
}

/* Prepares for reading the changed rows; false if they have to be logged by an INSERT. */
static bool
open_changed_rows(ChangedRows *rows, TriggerData *trigger)
{
	char	  **args = trigger->tg_trigger->tgargs;
	Relation	rel = trigger->tg_relation;

	*rows = (ChangedRows) {.trigger = trigger, .context = CurrentMemoryContext, .kind = args[0]};
	if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event) ||
		!find_id_column(rel, args[1], &rows->id_column) || !find_id_column(rel, args[2], &rows->space_column))
		return false;
	if (strcmp(rows->kind, "space") == 0)
	{
		(void) find_id_column(rel, "owner_id", &rows->owner_column);
		rows->kind_column = get_attnum(RelationGetRelid(rel), "kind");
		if (rows->kind_column != InvalidAttrNumber &&
			TupleDescAttr(RelationGetDescr(rel), rows->kind_column - 1)->atttypid != kroles_enum_type(KROLES_E_SPACE_KIND))
			return false;
	}
	if (!TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		rows->old = begin_reading(trigger, trigger->tg_oldtable);
	if (!TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		rows->new = begin_reading(trigger, trigger->tg_newtable);
	return true;
}

static void
close_changed_rows(ChangedRows *rows)
{
	if (rows->old != NULL)
		ExecDropSingleTupleTableSlot(rows->old);
	if (rows->new != NULL)
		ExecDropSingleTupleTableSlot(rows->new);
}

/* The kind of a space as a command sees it that follows the changes; "space" if there is no such space. */
static const char *
look_up_space(int64 space_id)
{
	const char *kind = "space";
	Snapshot	snapshot;
	KrolesScan	scan;

	CommandCounterIncrement();
	snapshot = RegisterSnapshot(GetTransactionSnapshot());
	kroles_scan_by_id(&scan, KROLES_T_SPACES, KROLES_I_SPACES_ID, SPACES_ID, space_id, snapshot);
	if (kroles_scan_next(&scan))
		kind = kroles_enum_label(DatumGetObjectId(kroles_scan_value(&scan, SPACES_KIND)));
	kroles_scan_end(&scan);
	UnregisterSnapshot(snapshot);
	return kind;
}

/* The same, looked up once a statement for most spaces. */
static const char *
space_kind(ChangedRows *rows, int64 space_id)
{
	SpaceKind  *known = &rows->spaces[(uint64) space_id % SPACES_REMEMBERED];
	MemoryContext outer;

	if (known->kind != NULL && known->space_id == space_id)
		return known->kind;
	outer = MemoryContextSwitchTo(rows->context);
	known->kind = look_up_space(space_id);
	known->space_id = space_id;
	MemoryContextSwitchTo(outer);
	return known->kind;
}

/* Names the object that a changed row belongs to. */
static void
name_object(ChangedRows *rows, TupleTableSlot *slot, KrolesLogRow *logged)
{
	bool		isnull = true;
	Datum		kind = (Datum) 0;

	logged->no_object = logged->no_space = true;
	if (rows->id_column != InvalidAttrNumber)
		logged->object_id = DatumGetInt64(slot_getattr(slot, rows->id_column, &logged->no_object));
	if (rows->space_column != InvalidAttrNumber)
		logged->space_id = DatumGetInt64(slot_getattr(slot, rows->space_column, &logged->no_space));
	logged->object_kind = rows->kind;
	if (strcmp(rows->kind, "space") != 0)
		return;
	if (rows->kind_column != InvalidAttrNumber)
		kind = slot_getattr(slot, rows->kind_column, &isnull);
	if (!isnull)
		logged->object_kind = kroles_enum_label(DatumGetObjectId(kind));
	else if (!logged->no_object)
		logged->object_kind = space_kind(rows, logged->object_id);
	else if (rows->owner_column != InvalidAttrNumber)
	{
		logged->object_kind = "user";
		logged->object_id = DatumGetInt64(slot_getattr(slot, rows->owner_column, &logged->no_object));
	}
}

/* Reads the next row that was inserted, updated or deleted; false at the end. */
static bool
read_next(ChangedRows *rows)
{
	return (rows->old == NULL || tuplestore_gettupleslot(rows->trigger->tg_oldtable, true, false, rows->old)) &&
		(rows->new == NULL || tuplestore_gettupleslot(rows->trigger->tg_newtable, true, false, rows->new));
}

/* KrolesNextLogRow: the next changed row; an UPDATE that changes nothing of a row is not logged. */
static bool
next_changed_row(void *arg, KrolesLogRow *logged)
{
	ChangedRows *rows = arg;

	while (read_next(rows))
	{
		bool		updates = rows->old != NULL && rows->new != NULL;

		if (updates && kroles_same_row(rows->table, rows->old, rows->new))
			continue;
		logged->before = rows->old == NULL ? NULL : kroles_logged_row(rows->table, rows->old);
		logged->after = rows->new == NULL ? NULL : kroles_logged_row(rows->table, rows->new);
		if (updates && compareJsonbContainers(&logged->before->root, &logged->after->root) == 0)
			continue;
		logged->before = kroles_without_key(rows->table, logged->before);
		logged->after = kroles_without_key(rows->table, logged->after);
		name_object(rows, rows->new != NULL ? rows->new : rows->old, logged);
		return true;
	}
	return false;
}

/* The value of kroles.applicative_role with that label, as text. */
static Datum
role_value(Datum label)
{
	text	   *string = DatumGetTextPP(label);
	int			code = kroles_label_code(KROLES_E_APPLICATIVE_ROLE, VARDATA_ANY(string), VARSIZE_ANY_EXHDR(string));

	return ObjectIdGetDatum(kroles_enum_value(KROLES_E_APPLICATIVE_ROLE, code));
}

/* Logs the rows directly; false if that is not possible. */
static bool
log_directly(TriggerData *trigger, Datum *actor, const char *nulls)
{
	ChangedRows rows;
	KrolesLogRow common = {0};
	bool		logged;

	if (!open_changed_rows(&rows, trigger))
		return false;
	for (int i = 0; i < lengthof(common.actor); i++)
	{
		common.actor[i] = actor[i];
		common.no_actor[i] = nulls[i] == 'n';
	}
	if (!common.no_actor[1])	/* a label, which the INSERT casts */
		common.actor[1] = role_value(actor[1]);
	common.relation = CStringGetTextDatum(psprintf("kroles.%s", RelationGetRelationName(trigger->tg_relation)));
	rows.table = kroles_logged_table(trigger->tg_relation);
	logged = kroles_insert_log_rows(next_changed_row, &rows, &common);
	close_changed_rows(&rows);
	return logged;
}

/* ---- The trigger ---- */

/*
 * kroles.audit(kind, id column, space column): AFTER each statement.  Logs its
 * rows, but not the extension's own updates of audiences.
 */
PG_FUNCTION_INFO_V1(kroles_audit);
Datum
kroles_audit(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "audit", 3,
										  KROLES_WITH_ROWS |
										  KROLES_AFTER_STATEMENT(KROLES_ON_INSERT | KROLES_ON_UPDATE |
																 KROLES_ON_DELETE | KROLES_ON_TRUNCATE),
										  KROLES_ON_ANY_TABLE);
	Datum		actor[4];
	char		nulls[5] = "    ";

	if (kroles_audience_upkeep_runs())
		return PointerGetDatum(NULL);
	kroles_audit_actor(operation_name(trigger->tg_event), actor, nulls);
	if (!log_directly(trigger, actor, nulls))
		log_by_statement(trigger, actor, nulls);
	return PointerGetDatum(NULL);
}
