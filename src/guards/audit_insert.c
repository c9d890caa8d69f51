/*
 * audit_insert.c
 *		Inserts rows into the audit log without planning a statement.
 *
 * The log gets a row with almost every change.  An INSERT through SPI spends more time on
 * starting and ending an executor, and on preparing the expressions of the log's indexes
 * and defaults, than on the row.  So what has to be prepared is kept for the session, until a
 * relcache message about the log or one of its indexes arrives, and rows are inserted as
 * COPY does: table_multi_insert(), then the indexes.
 *
 * That is done only as long as the log is a table as the extension made it: with these
 * columns and no others, a default for each column that is not given, and nothing that is to
 * run for each row (triggers, rules, generated columns, deferred or exclusion constraints).
 * Otherwise the caller has to use an INSERT.  Its owner may add indexes and CHECK constraints.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "core/compat.h"
#include "guards/audit_insert.h"
#include "guards/log_ids.h"
#include "identity/as_owner.h"
#include "store/catalog.h"
#include "store/sequence.h"

/* So many rows are inserted at once. */
#define BATCH 100

/* The columns of the log. */
typedef enum LogColumn
{
	LOG_ID,						/* the first three have defaults */
	LOG_AT,
	LOG_TXID,
	LOG_ACTOR,
	LOG_ACTOR_ROLE,
	LOG_DB_ROLE,
	LOG_OPERATION,
	LOG_RELATION,
	LOG_OBJECT_KIND,
	LOG_OBJECT_ID,
	LOG_SPACE_ID,
	LOG_BEFORE,
	LOG_AFTER,
	LOG_COLUMNS
} LogColumn;

#define LOG_DEFAULTS LOG_ACTOR

static const struct
{
	const char *name;
	Oid			type;			/* InvalidOid: kroles.applicative_role */
}			log_columns[LOG_COLUMNS] = {
	[LOG_ID] = {"id", INT8OID},
	[LOG_AT] = {"at", TIMESTAMPTZOID},
	[LOG_TXID] = {"txid", XID8OID},
	[LOG_ACTOR] = {"actor", INT8OID},
	[LOG_ACTOR_ROLE] = {"actor_role", InvalidOid},
	[LOG_DB_ROLE] = {"db_role", NAMEOID},
	[LOG_OPERATION] = {"operation", TEXTOID},
	[LOG_RELATION] = {"relation", TEXTOID},
	[LOG_OBJECT_KIND] = {"object_kind", TEXTOID},
	[LOG_OBJECT_ID] = {"object_id", INT8OID},
	[LOG_SPACE_ID] = {"space_id", INT8OID},
	[LOG_BEFORE] = {"before", JSONBOID},
	[LOG_AFTER] = {"after", JSONBOID}
};

/* What is prepared: in a context of its own, for the session or until a message makes it stale. */
typedef struct PreparedLog
{
	MemoryContext context;
	Oid			relid;
	Oid			owner;
	bool		complete;		/* preparing did not fail */
	bool		usable;			/* the log is as the extension made it */
	int			at[LOG_COLUMNS];	/* positions of the columns in a row, from 0 */
	Oid			sequence;		/* the default of the id; InvalidOid if that is not a sequence's next value */
	ExprState  *defaults[LOG_DEFAULTS];
	EState	   *estate;
	ResultRelInfo *rel;			/* its relations are set while rows are inserted */
	Oid		   *indexes;
} PreparedLog;

static PreparedLog prepared;
static bool stale = true;
static bool in_use;

/* Relcache callback. */
static void
relation_changed(Datum arg, Oid relid)
{
	if (!OidIsValid(relid) || relid == prepared.relid)
		stale = true;
	for (int i = 0; !stale && prepared.rel != NULL && i < prepared.rel->ri_NumIndices; i++)
		stale = prepared.indexes[i] == relid;
}

/* ---- Preparing ---- */

/* Whether triggers or rules would take part in an INSERT. */
static bool
runs_code_on_insert(Relation rel)
{
	TriggerDesc *triggers = rel->trigdesc;

	return rel->rd_rel->relhasrules ||
		(triggers != NULL &&
		 (triggers->trig_insert_before_row || triggers->trig_insert_after_row || triggers->trig_insert_instead_row ||
		  triggers->trig_insert_before_statement || triggers->trig_insert_after_statement));
}

/* Finds the columns; false unless there are these and no others. */
static bool
find_columns(Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);
	int			found = 0;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);
		int			known = 0;

		if (column->attisdropped)
			continue;
		while (known < LOG_COLUMNS && strcmp(NameStr(column->attname), log_columns[known].name) != 0)
			known++;
		if (known == LOG_COLUMNS ||
			column->atttypid != (OidIsValid(log_columns[known].type) ? log_columns[known].type :
								 kroles_enum_type(KROLES_E_APPLICATIVE_ROLE)))
			return false;
		prepared.at[known] = i;
		found++;
	}
	return found == LOG_COLUMNS;
}

/* Prepares the defaults; false if one is missing. */
static bool
prepare_defaults(Relation rel)
{
	for (int i = 0; i < LOG_DEFAULTS; i++)
	{
		Node	   *expression = build_column_default(rel, prepared.at[i] + 1);

		if (expression == NULL)
			return false;
		if (i == LOG_ID && IsA(expression, NextValueExpr))
			prepared.sequence = ((NextValueExpr *) expression)->seqid;
		prepared.defaults[i] = ExecPrepareExpr((Expr *) expression, prepared.estate);
	}
	return true;
}

/* Prepares the indexes; false if one is deferrable or an exclusion constraint. */
static bool
prepare_indexes(Relation rel)
{
	List	   *indexes = RelationGetIndexList(rel);
	ResultRelInfo *info = prepared.rel;
	ListCell   *cell;

	prepared.indexes = palloc0(sizeof(Oid) * list_length(indexes));
	info->ri_IndexRelationDescs = palloc0(sizeof(Relation) * list_length(indexes));
	info->ri_IndexRelationInfo = palloc0(sizeof(IndexInfo *) * list_length(indexes));
	foreach(cell, indexes)
	{
		int			i = info->ri_NumIndices++;
		Relation	index = index_open(lfirst_oid(cell), RowExclusiveLock);
		bool		immediate = index->rd_index->indimmediate && !index->rd_index->indisexclusion;

		prepared.indexes[i] = lfirst_oid(cell);
		info->ri_IndexRelationInfo[i] = BuildIndexInfo(index);
		index_close(index, NoLock);
		if (!immediate)
			return false;
	}
	return true;
}

/* Prepares everything for the log, which the caller has opened and locked, as its owner. */
static void
prepare(Relation rel)
{
	MemoryContext outer;

	if (prepared.context != NULL)
		MemoryContextDelete(prepared.context);
	memset(&prepared, 0, sizeof(prepared));
	prepared.context = AllocSetContextCreate(CacheMemoryContext, "kroles audit log", ALLOCSET_SMALL_SIZES);
	prepared.relid = RelationGetRelid(rel);
	stale = false;
	outer = MemoryContextSwitchTo(prepared.context);
	prepared.estate = CreateExecutorState();
	prepared.rel = makeNode(ResultRelInfo);
	prepared.owner = rel->rd_rel->relowner;
	prepared.usable = rel->rd_rel->relkind == RELKIND_RELATION && !rel->rd_rel->relispartition &&
		!runs_code_on_insert(rel) &&
		(rel->rd_att->constr == NULL || !rel->rd_att->constr->has_generated_stored) &&
		find_columns(rel) && prepare_defaults(rel) && prepare_indexes(rel);
	prepared.complete = true;
	MemoryContextSwitchTo(outer);
}

/*
 * Opens the log and its indexes, as its owner.  Returns NULL if the rows have to be inserted
 * by an INSERT.
 */
static Relation
open_log(void)
{
	static bool registered;
	Relation	rel;

	if (!registered)
		CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	registered = true;
	rel = table_open(get_relname_relid("audit_log", kroles_schema()), RowExclusiveLock);
	/* (looking things up may accept messages) */
	for (int attempt = 0; (stale || !prepared.complete) && attempt < 3; attempt++)
		prepare(rel);
	if (stale || prepared.relid != RelationGetRelid(rel) || !prepared.usable || prepared.owner != GetUserId())
	{
		table_close(rel, NoLock);
		return NULL;
	}
	prepared.rel->ri_RelationDesc = rel;
	for (int i = 0; i < prepared.rel->ri_NumIndices; i++)
	{
		prepared.rel->ri_IndexRelationDescs[i] = index_open(prepared.indexes[i], RowExclusiveLock);
		/* an index access method may keep something there for the rest of a statement */
		prepared.rel->ri_IndexRelationInfo[i]->ii_AmCache = NULL;
		prepared.rel->ri_IndexRelationInfo[i]->ii_Context = CurrentMemoryContext;
	}
	return rel;
}

/* Closes them; the locks are kept to the end of the transaction, as for an INSERT. */
static void
close_log(Relation rel)
{
	for (int i = 0; i < prepared.rel->ri_NumIndices; i++)
		index_close(prepared.rel->ri_IndexRelationDescs[i], RowExclusiveLock);
	table_close(rel, NoLock);
}

/* ---- Rows ---- */

/* The value of a default.  The id is taken so that lastval() stays what it was for the caller's own INSERT. */
static Datum
default_value(LogColumn column, bool *isnull)
{
	Datum		value;

	*isnull = false;
	if (column == LOG_ID && OidIsValid(prepared.sequence))
		value = Int64GetDatum(kroles_next_value_aside(prepared.sequence));
	else
		value = ExecEvalExprSwitchContext(prepared.defaults[column], GetPerTupleExprContext(prepared.estate), isnull);
	if (column == LOG_ID && !*isnull)
		kroles_note_log_id(DatumGetInt64(value));
	return value;
}

static void
set_value(TupleTableSlot *slot, LogColumn column, Datum value, bool isnull)
{
	slot->tts_values[prepared.at[column]] = value;
	slot->tts_isnull[prepared.at[column]] = isnull;
}

StaticAssertDecl(FLOAT8PASSBYVAL, "defaults of the log are passed by value, and outlive the memory that they are computed in");

/* Stores a row in a slot, with the defaults; refers to the row's values. */
static void
store_row(TupleTableSlot *slot, const KrolesLogRow *row)
{
	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts * sizeof(bool));
	for (int i = 0; i < LOG_DEFAULTS; i++)
	{
		bool		isnull;
		Datum		value = default_value(i, &isnull);

		set_value(slot, i, value, isnull);
	}
	for (int i = 0; i < lengthof(row->actor); i++)
		set_value(slot, LOG_ACTOR + i, row->actor[i], row->no_actor[i]);
	set_value(slot, LOG_RELATION, row->relation, false);
	set_value(slot, LOG_OBJECT_KIND, CStringGetTextDatum(row->object_kind), false);
	set_value(slot, LOG_OBJECT_ID, Int64GetDatum(row->object_id), row->no_object);
	set_value(slot, LOG_SPACE_ID, Int64GetDatum(row->space_id), row->no_space);
	set_value(slot, LOG_BEFORE, PointerGetDatum(row->before), row->before == NULL);
	set_value(slot, LOG_AFTER, PointerGetDatum(row->after), row->after == NULL);
	ExecStoreVirtualTuple(slot);
	if (slot->tts_tupleDescriptor->constr != NULL)
		ExecConstraints(prepared.rel, slot, prepared.estate);
}

/* Inserts the rows of n slots, at least one. */
static void
insert_slots(Relation rel, TupleTableSlot **slots, int n)
{
	CommandId	cid = GetCurrentCommandId(true);

	if (n == 1)
		table_tuple_insert(rel, slots[0], cid, 0, NULL);
	else
		table_multi_insert(rel, slots, n, cid, 0, NULL);
	for (int i = 0; i < n; i++)
	{
		ResetPerTupleExprContext(prepared.estate);
		(void) KROLES_INSERT_INDEX_ENTRIES(prepared.rel, slots[i], prepared.estate);
	}
}

/* A slot for a row of the log, in that memory context. */
static TupleTableSlot *
make_slot(Relation rel, MemoryContext context)
{
	MemoryContext outer = MemoryContextSwitchTo(context);
	TupleTableSlot *slot = table_slot_create(rel, NULL);

	MemoryContextSwitchTo(outer);
	return slot;
}

/*
 * Fills slots with the next rows and inserts them; false if these were the last.  Creates
 * slots that are missing in the context "slots_in".
 */
static bool
insert_batch(Relation rel, TupleTableSlot **slots, MemoryContext slots_in, KrolesNextLogRow next, void *arg,
			 const KrolesLogRow *common)
{
	int			n = 0;
	bool		more = true;
	KrolesLogRow row = *common;

	while (n < BATCH && (more = next(arg, &row)))
	{
		if (slots[n] == NULL)
			slots[n] = make_slot(rel, slots_in);
		ResetPerTupleExprContext(prepared.estate);
		store_row(slots[n++], &row);
		row = *common;
	}
	if (n > 0)
		insert_slots(rel, slots, n);
	for (int i = 0; i < n; i++)
		ExecClearTuple(slots[i]);
	return more;
}

/* Inserts all rows into the log, which is open. */
static void
insert_rows(Relation rel, KrolesNextLogRow next, void *arg, const KrolesLogRow *common)
{
	MemoryContext outer = CurrentMemoryContext;
	MemoryContext batch = AllocSetContextCreate(outer, "kroles audit rows", ALLOCSET_DEFAULT_SIZES);
	TupleTableSlot **slots = palloc0(sizeof(TupleTableSlot *) * BATCH);
	bool		more = true;

	while (more)
	{
		MemoryContextSwitchTo(batch);
		more = insert_batch(rel, slots, outer, next, arg, common);
		MemoryContextSwitchTo(outer);
		MemoryContextReset(batch);
	}
	for (int i = 0; i < BATCH && slots[i] != NULL; i++)
		ExecDropSingleTupleTableSlot(slots[i]);
	MemoryContextDelete(batch);
}

/* As kroles_insert_log_rows(), run by the owner. */
static bool
open_and_insert(KrolesNextLogRow next, void *arg, const KrolesLogRow *common)
{
	Relation	rel = open_log();

	if (rel == NULL)
		return false;
	insert_rows(rel, next, arg, common);
	close_log(rel);
	return true;
}

/*
 * Inserts into the audit log the rows that "next" fills in, as the owner of our tables;
 * "next" runs as the owner, too.  Returns false, and has done nothing, if the log is not as the
 * extension made it, or if this is called while rows are inserted: then use an INSERT.
 */
bool
kroles_insert_log_rows(KrolesNextLogRow next, void *arg, const KrolesLogRow *common)
{
	volatile bool inserted = false;
	KrolesCurrentUser	was;

	if (in_use)
		return false;
	was = kroles_become_owner();
	in_use = true;
	PG_TRY();
	{
		inserted = open_and_insert(next, arg, common);
	}
	PG_FINALLY();
	{
		in_use = false;
	}
	PG_END_TRY();
	kroles_become_again(was);
	return inserted;
}
