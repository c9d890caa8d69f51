/*
 * change_time.c
 *		From when on a change in the audit log counts: from the commit of its
 *		transaction where the server has recorded that, else from its beginning.
 */
#include "postgres.h"

#include "access/commit_ts.h"
#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_control.h"
#include "common/controldata_utils.h"
#include "miscadmin.h"
#include "storage/lwlock.h"
#include "utils/timestamp.h"

#include "store/change_time.h"

/*
 * Whether a standby has times of commits: those of its primary, whatever its own
 * setting is.  Read from the control file, once in a statement.
 */
static bool
standby_has_commit_times(void)
{
	static TimestampTz read_at;
	static bool has_them;
	ControlFileData *control;
	bool		is_sound;

	if (read_at == GetCurrentStatementStartTimestamp())
		return has_them;
	LWLockAcquire(ControlFileLock, LW_SHARED);
	control = get_controlfile(DataDir, &is_sound);
	LWLockRelease(ControlFileLock);
	has_them = is_sound && control->track_commit_timestamp;
	pfree(control);
	read_at = GetCurrentStatementStartTimestamp();
	return has_them;
}

static bool
find_commit(TransactionId xid, TimestampTz *committed)
{
	return TransactionIdIsNormal(xid) && TransactionIdGetCommitTsData(xid, committed, NULL);
}

/*
 * From when on a change counts, of a row of the log that "inserted_by" inserted: the
 * transaction or one of its savepoints, which have the same time of commit.  If the row
 * was put in by another transaction, as from a dump, the ids may be another server's, and
 * say nothing here.
 */
TimestampTz
kroles_time_of_change(TimestampTz at, FullTransactionId txid, TransactionId inserted_by)
{
	uint64		age = U64FromFullTransactionId(ReadNextFullTransactionId()) - U64FromFullTransactionId(txid);
	TransactionId xid = XidFromFullTransactionId(txid);
	TimestampTz committed;
	TimestampTz inserted;

	if (!(RecoveryInProgress() ? standby_has_commit_times() : track_commit_timestamp) ||
		age >= PG_INT32_MAX || !find_commit(xid, &committed))
		return at;
	if (xid != inserted_by && !(find_commit(inserted_by, &inserted) && inserted == committed))
		return at;
	return committed;
}
