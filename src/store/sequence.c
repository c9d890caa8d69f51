/*
 * sequence.c
 *		Takes values from a sequence without a trace in the session.
 *
 * After an INSERT, many clients ask lastval() for the row's id.  lastval() returns what
 * the session received last, from any sequence; so the ids of rows that the extension
 * adds by itself, in the audit log above all, must not count.  PostgreSQL has no
 * function for that, and keeps what nextval() returned last to itself.  So the value
 * is taken here as nextval() takes it: on the sequence's page, logged ahead for some
 * values at once, with the same WAL record.  nextval() in other sessions, setval(),
 * dumps and standbys see no difference.
 *
 * That is done for a sequence as PostgreSQL makes it by default: increment 1, without a cycle.
 * Of any other, and at its end, nextval() takes the value.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "access/xloginsert.h"
#include "catalog/pg_sequence.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "core/compat.h"
#include "store/sequence.h"

/* So many values are logged ahead, as by nextval(): after a crash, they are skipped. */
#define LOGGED_AHEAD 32

/* Finds the largest value of a sequence; false if it is not one that ascends by 1. */
static bool
find_end(Oid sequence, int64 *end)
{
	HeapTuple	tuple = SearchSysCache1(SEQRELID, ObjectIdGetDatum(sequence));
	Form_pg_sequence form;
	bool		plain;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_sequence) GETSTRUCT(tuple);
	plain = form->seqincrement == 1 && !form->seqcycle;
	*end = form->seqmax;
	ReleaseSysCache(tuple);
	return plain;
}

/* Logs the sequence's only row as it will be when the values logged ahead are used up. */
static void
log_ahead(Relation rel, Buffer buffer, HeapTuple tuple, int64 last)
{
	Form_pg_sequence_data data = (Form_pg_sequence_data) GETSTRUCT(tuple);
	xl_seq_rec	record;
	XLogRecPtr	logged;

	data->last_value = last;
	data->is_called = true;
	data->log_cnt = 0;
	KROLES_SEQUENCE_RECORD(record, rel);
	XLogBeginInsert();
	XLogRegisterBuffer(0, buffer, REGBUF_WILL_INIT);
	XLogRegisterData((char *) &record, sizeof(record));
	XLogRegisterData((char *) tuple->t_data, tuple->t_len);
	logged = XLogInsert(RM_SEQ_ID, XLOG_SEQ_LOG);
	PageSetLSN(BufferGetPage(buffer), logged);
}

/* Takes the next value, on the page in the buffer, which is locked; false at the end of the sequence. */
static bool
take_value(Relation rel, Buffer buffer, int64 end, int64 *value)
{
	Page		page = BufferGetPage(buffer);
	ItemId		item = PageGetItemId(page, FirstOffsetNumber);
	HeapTupleData tuple = {.t_len = ItemIdGetLength(item), .t_data = (HeapTupleHeader) PageGetItem(page, item)};
	Form_pg_sequence_data data = (Form_pg_sequence_data) GETSTRUCT(&tuple);
	bool		needs_wal = RelationNeedsWAL(rel);
	bool		logs;
	int64		left;

	if (data->is_called && data->last_value >= end)
		return false;
	*value = data->is_called ? data->last_value + 1 : data->last_value;
	/* (as by nextval(), also if the page has not been logged since the last checkpoint) */
	logs = data->log_cnt < 1 || !data->is_called || PageGetLSN(page) <= GetRedoRecPtr();
	left = logs ? Min(LOGGED_AHEAD, end - *value) : data->log_cnt - 1;
	if (logs && needs_wal)
		GetTopTransactionId();
	START_CRIT_SECTION();
	MarkBufferDirty(buffer);
	if (logs && needs_wal)
		log_ahead(rel, buffer, &tuple, *value + left);
	data->last_value = *value;
	data->is_called = true;
	data->log_cnt = left;
	END_CRIT_SECTION();
	return true;
}

/*
 * The next value of a sequence of ours, which neither lastval() nor currval() will
 * return.  Checks no privilege.
 */
int64
kroles_next_value_aside(Oid sequence)
{
	int64		end;
	int64		value;
	bool		taken;
	Relation	rel;
	Buffer		buffer;

	if (!find_end(sequence, &end))
		return nextval_internal(sequence, false);
	rel = relation_open(sequence, RowExclusiveLock);
	PreventCommandIfReadOnly("nextval()");
	PreventCommandIfParallelMode("nextval()");
	buffer = ReadBuffer(rel, 0);
	LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
	taken = take_value(rel, buffer, end, &value);
	UnlockReleaseBuffer(buffer);
	relation_close(rel, NoLock);
	return taken ? value : nextval_internal(sequence, false);
}
