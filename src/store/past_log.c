/*
 * past_log.c
 *		Changes of our tables that the audit log has since a time.
 *
 * The log has a row for each changed row.  (From when on a change counts: see
 * store/change_time.c.)  Rows of the log are found by indexes: by the object, or by the
 * user or group that the changed row has.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "access/stratnum.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_collation.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

#include "core/compat.h"
#include "store/change_time.h"
#include "store/past_log.h"

/* ---- Fields ---- */

static char *
json_text(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return pnstrdup(value->val.string.val, value->val.string.len);
		case jbvNumeric:
			return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
		case jbvBool:
			return pstrdup(value->val.boolean ? "true" : "false");
		default:
			return NULL;
	}
}

/* An array of labels or numbers as the input of an array type. */
static char *
json_array_text(JsonbContainer *array)
{
	StringInfoData text;
	JsonbIterator *iterator = JsonbIteratorInit(array);
	JsonbIteratorToken token;
	JsonbValue	value;

	initStringInfo(&text);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
		if (token == WJB_ELEM)
			appendStringInfo(&text, "%s%s", text.len == 0 ? "" : ",", json_text(&value));
	return psprintf("{%s}", text.data);
}

/* A field of a logged row as text, for the input function of the column's type; NULL for null, and where there is none. */
char *
kroles_json_field(Jsonb *row, const char *name)
{
	JsonbValue *value = getKeyJsonValueFromContainer(&row->root, name, strlen(name), NULL);

	if (value == NULL)
		return NULL;
	return value->type == jbvBinary ? json_array_text(value->val.binary.data) : json_text(value);
}

/* ---- Reading the log ---- */

typedef struct LogReader
{
	TimestampTz since;
	KrolesTable log;
	const char *relation;		/* as the log names it */
	Snapshot	snapshot;
	KrolesVisitChange visit;
	void	   *arg;
	MemoryContext context;		/* for one row of the log */
} LogReader;

static Datum
log_value(LogReader *reader, TupleTableSlot *slot, int column, bool *isnull)
{
	return slot_getattr(slot, reader->log.column[column], isnull);
}

static bool
log_text_is(LogReader *reader, TupleTableSlot *slot, int column, const char *wanted)
{
	bool		isnull;
	text	   *value = DatumGetTextPP(log_value(reader, slot, column, &isnull));

	return VARSIZE_ANY_EXHDR(value) == strlen(wanted) && memcmp(VARDATA_ANY(value), wanted, strlen(wanted)) == 0;
}

/* From when on the change in a row of the log counts. */
static TimestampTz
change_time(LogReader *reader, TupleTableSlot *slot)
{
	bool		isnull;
	Datum		at = log_value(reader, slot, AUDIT_LOG_AT, &isnull);
	Datum		txid = log_value(reader, slot, AUDIT_LOG_TXID, &isnull);
	Datum		xmin = slot_getsysattr(slot, MinTransactionIdAttributeNumber, &isnull);

	return kroles_time_of_change(DatumGetTimestampTz(at), DatumGetFullTransactionId(txid), DatumGetTransactionId(xmin));
}

static Jsonb *
log_json(LogReader *reader, TupleTableSlot *slot, int column)
{
	bool		isnull;
	Datum		value = log_value(reader, slot, column, &isnull);

	return isnull ? NULL : DatumGetJsonbP(value);
}

/* Tells of the change of a row of the log, if it is one of the table since that time. */
static void
visit_change(LogReader *reader, TupleTableSlot *slot)
{
	MemoryContext outer;
	bool		isnull;

	if (!log_text_is(reader, slot, AUDIT_LOG_RELATION, reader->relation) || change_time(reader, slot) <= reader->since)
		return;
	if (log_text_is(reader, slot, AUDIT_LOG_OPERATION, "TRUNCATE"))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the audit log does not have the rows of %s at that time", reader->relation),
				 errdetail("The table has been truncated since.")));
	if (log_text_is(reader, slot, AUDIT_LOG_OPERATION, "END SESSIONS"))	/* no change of a row */
		return;
	outer = MemoryContextSwitchTo(reader->context);
	reader->visit(reader->arg, DatumGetInt64(log_value(reader, slot, AUDIT_LOG_ID, &isnull)),
				  log_json(reader, slot, AUDIT_LOG_BEFORE), log_json(reader, slot, AUDIT_LOG_AFTER));
	MemoryContextSwitchTo(outer);
	MemoryContextReset(reader->context);
}

/* The index of the log; an error where the tables are those of a version without it. */
static Oid
log_index(KrolesIndexId index)
{
	Oid			found = kroles_find_index(index);

	if (!OidIsValid(found))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("an index of the audit log is missing"),
				 errhint("kroles_install() makes the tables of this version complete.")));
	return found;
}

/* Visits the changes in rows of the log with that text in the index's first column and, unless NULL, the id in its second. */
static void
read_by_index(LogReader *reader, KrolesIndexId index_id, const char *first, const int64 *id)
{
	Relation	log = table_open(reader->log.oid, AccessShareLock);
	Relation	index = index_open(log_index(index_id), AccessShareLock);
	TupleTableSlot *slot = table_slot_create(log, NULL);
	int			nkeys = id == NULL ? 1 : 2;
	ScanKeyData keys[2];
	IndexScanDesc scan;

	ScanKeyEntryInitialize(&keys[0], 0, 1, BTEqualStrategyNumber, InvalidOid, DEFAULT_COLLATION_OID, F_TEXTEQ,
						   CStringGetTextDatum(first));
	if (id != NULL)
		ScanKeyEntryInitialize(&keys[1], 0, 2, BTEqualStrategyNumber, InvalidOid, InvalidOid, F_INT8EQ, Int64GetDatum(*id));
	scan = KROLES_INDEX_BEGINSCAN(log, index, reader->snapshot, NULL, nkeys);
	index_rescan(scan, keys, nkeys, NULL, 0);
	while (index_getnext_slot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		visit_change(reader, slot);
	}
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	index_close(index, AccessShareLock);
	table_close(log, AccessShareLock);
}

/* ---- Where the log has the changes of rows that a column finds ---- */

/* How rows of the log are found for rows of a table with an id in a column. */
typedef enum LogLookup
{
	OF_OBJECT,					/* the object of that kind; with no column, any */
	OF_OWN_ROW,					/* the same, of rows that are objects with many others */
	CONCERNING					/* the user or group */
} LogLookup;

#define ANY_COLUMN (-1)

static const struct
{
	KrolesTableId table;
	int			column;
	LogLookup	lookup;
	const char *kinds[3];
}			lookups[] = {
	{KROLES_T_SETTINGS, ANY_COLUMN, OF_OBJECT, {"site"}},
	{KROLES_T_BASELINE, ANY_COLUMN, OF_OBJECT, {"site"}},
	{KROLES_T_ROLE_RIGHTS, ANY_COLUMN, OF_OBJECT, {"site"}},
	{KROLES_T_CEILING, ANY_COLUMN, OF_OBJECT, {"site"}},
	{KROLES_T_USERS, ANY_COLUMN, OF_OBJECT, {"user"}},
	{KROLES_T_USERS, USERS_ID, OF_OBJECT, {"user"}},
	{KROLES_T_USER_BLOCKS, USER_BLOCKS_USER, OF_OBJECT, {"user"}},
	{KROLES_T_GROUP_MEMBERS, GROUP_MEMBERS_USER, CONCERNING, {"user"}},
	{KROLES_T_GROUP_MEMBERS, GROUP_MEMBERS_GROUP, OF_OBJECT, {"group"}},
	{KROLES_T_SPACES, SPACES_ID, OF_OWN_ROW, {"channel", "gallery", "space"}},
	{KROLES_T_SPACE_MEMBERS, SPACE_MEMBERS_SPACE, OF_OBJECT, {"channel", "gallery", "space"}},
	{KROLES_T_SPACE_MEMBERS, SPACE_MEMBERS_USER, CONCERNING, {"user"}},
	{KROLES_T_SPACE_MEMBERS, SPACE_MEMBERS_GROUP, CONCERNING, {"group"}},
	{KROLES_T_MEDIA, MEDIA_ID, OF_OBJECT, {"media"}},
	{KROLES_T_PUBLICATIONS, PUBLICATIONS_MEDIA, OF_OBJECT, {"media"}},
	{KROLES_T_COLLABORATORS, PEOPLE_MEDIA, OF_OBJECT, {"media"}},
	{KROLES_T_MODERATORS, PEOPLE_MEDIA, OF_OBJECT, {"media"}},
	{KROLES_T_SPEAKERS, SPEAKERS_MEDIA, OF_OBJECT, {"media"}},
	{KROLES_T_EVENTS, EVENTS_ID, OF_OWN_ROW, {"event"}},
	{KROLES_T_EVENT_PARTICIPANTS, EVENT_PARTICIPANTS_EVENT, OF_OBJECT, {"event"}},
	{KROLES_T_EVENT_PARTICIPANTS, EVENT_PARTICIPANTS_USER, CONCERNING, {"user"}},
	{KROLES_T_EVENT_PARTICIPANTS, EVENT_PARTICIPANTS_GROUP, CONCERNING, {"group"}},
	{KROLES_T_ROOM_PARTICIPANTS, ROOM_PARTICIPANTS_USER, CONCERNING, {"user"}},
	{KROLES_T_ROOM_PARTICIPANTS, ROOM_PARTICIPANTS_MEDIA, OF_OBJECT, {"media"}},
};

static void
read_lookup(LogReader *reader, LogLookup lookup, const char *const *kinds, const int64 *id)
{
	for (int i = 0; i < 3 && kinds[i] != NULL; i++)
		if (lookup == CONCERNING)
		{
			char	   *whom = psprintf("%s " INT64_FORMAT, kinds[i], *id);

			read_by_index(reader, KROLES_I_AUDIT_LOG_CONCERNED_BEFORE, whom, NULL);
			read_by_index(reader, KROLES_I_AUDIT_LOG_CONCERNED_AFTER, whom, NULL);
		}
		else
			read_by_index(reader, lookup == OF_OWN_ROW ? KROLES_I_AUDIT_LOG_OWN_ROWS : KROLES_I_AUDIT_LOG_OBJECT, kinds[i], id);
}

/* A reader of the changes since that time of the table that the log names so. */
static LogReader
open_reader(TimestampTz since, const char *relation, Snapshot snapshot, KrolesVisitChange visit, void *arg)
{
	return (LogReader) {
		.since = since, .log = *kroles_table(KROLES_T_AUDIT_LOG), .relation = relation, .snapshot = snapshot,
		.visit = visit, .arg = arg, .context = AllocSetContextCreate(CurrentMemoryContext, "kroles log row", ALLOCSET_DEFAULT_SIZES)
	};
}

/*
 * Visits the changes since that time, in no order, of rows of the table that had the id in
 * the column before or after; for a column of -1, of all rows.  Some of other rows may be
 * among them, and some twice.  An error where the table was truncated since.
 */
void
kroles_visit_changes(TimestampTz at, KrolesTableId table, int column, int64 id, Snapshot snapshot,
					 KrolesVisitChange visit, void *arg)
{
	LogReader	reader = open_reader(at, psprintf("kroles.%s", get_rel_name(kroles_table(table)->oid)), snapshot, visit, arg);
	bool		known = false;

	if (table == KROLES_T_EVENT_SESSIONS && column == EVENT_SESSIONS_MEDIA)
	{
		read_by_index(&reader, KROLES_I_AUDIT_LOG_SESSIONS, psprintf(INT64_FORMAT, id), NULL);
		known = true;
	}
	for (int i = 0; i < lengthof(lookups) && !known; i++)
		if (lookups[i].table == table && lookups[i].column == column)
		{
			read_lookup(&reader, lookups[i].lookup, lookups[i].kinds, column == ANY_COLUMN ? NULL : &id);
			known = true;
		}
	if (!known)
		elog(ERROR, "kroles: earlier rows of \"%s\" cannot be found by column %d", reader.relation, column);
	/* rows that moved from one object to another are logged with the second; and TRUNCATE */
	read_by_index(&reader, KROLES_I_AUDIT_LOG_MOVED, reader.relation, NULL);
	MemoryContextDelete(reader.context);
}

/* ---- What the log covers ---- */

static void
refuse_uncovered(TimestampTz begins)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("the audit log does not cover that time"),
			 errdetail("It covers what was from %s on.", timestamptz_to_str(begins))));
}

/* The visitor of rows of the log that say up to when it was trimmed: an error for an earlier time. */
static void
check_trimmed(void *arg, int64 log_id, Jsonb *before, Jsonb *after)
{
	char	   *trimmed = kroles_json_field(after, "before");
	TimestampTz begins = DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in, CStringGetDatum(trimmed),
																ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));

	if (*(TimestampTz *) arg < begins)
		refuse_uncovered(begins);
}

/* An error for a time that has not come, and for one before the log begins or up to which it was trimmed. */
void
kroles_check_log_covers(TimestampTz at, Snapshot snapshot)
{
	LogReader	reader = open_reader(DT_NOBEGIN, "kroles.audit_log", snapshot, check_trimmed, &at);
	Relation	log;
	Relation	index;
	TupleTableSlot *slot;
	IndexScanDesc scan;
	bool		isnull;
	TimestampTz begins = DT_NOEND;

	if (at > GetCurrentTimestamp())
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the time has not come yet"),
				 errhint("kroles_can() and kroles_explain() answer for now.")));
	log = table_open(reader.log.oid, AccessShareLock);
	index = index_open(log_index(KROLES_I_AUDIT_LOG_ID), AccessShareLock);
	slot = table_slot_create(log, NULL);
	scan = KROLES_INDEX_BEGINSCAN(log, index, snapshot, NULL, 0);
	index_rescan(scan, NULL, 0, NULL, 0);
	if (index_getnext_slot(scan, ForwardScanDirection, slot))
		begins = DatumGetTimestampTz(log_value(&reader, slot, AUDIT_LOG_AT, &isnull));
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	index_close(index, AccessShareLock);
	table_close(log, AccessShareLock);
	if (at < begins)
		refuse_uncovered(begins);
	read_by_index(&reader, KROLES_I_AUDIT_LOG_MOVED, reader.relation, NULL);
	MemoryContextDelete(reader.context);
}
