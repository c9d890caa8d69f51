/*
 * lease.c
 *		Whether a standby or replica may still answer.
 *
 * A standby or a logical replica that is cut off from its primary answers as of
 * the last change that came, for ever.  So the site may set a lease: the primary
 * writes a heartbeat (kroles.heartbeat), and where that is older than the lease,
 * every question is an error.  A server that has a heartbeat has every change that
 * was committed before it.  So a revocation is in force everywhere, or nothing is
 * answered, once the lease has passed since; give or take the difference between
 * the clocks.
 *
 * A logical replica also answers nothing before its first copy is complete: some
 * tables would be older than others then.
 *
 * The lease, and whether this is a replica, are kept as entries are (stamp.h).  The
 * heartbeat is read again only when the last one that was read is too old, as a
 * later one only allows more: no message is necessary, and no cache is
 * invalidated by heartbeats.
 *
 * The time is that of the clock, not the statement's: a function that asks for
 * hours is within one statement.
 */
#include "postgres.h"

#include "access/xlog.h"
#include "catalog/pg_subscription_rel.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/inval.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "cache/lease.h"
#include "cache/load.h"
#include "store/catalog.h"
#include "store/scan.h"

static struct
{
	bool		known;
	uint64		changes;		/* counts messages about subscriptions */
	KrolesStamp stamp;			/* when the following were read */
	int64		length;			/* settings.replica_lease in microseconds; 0 for none */
	bool		replica;		/* this database is a logical replica ... */
	bool		incomplete;		/* ... and its first copy has not ended */

	bool		heard;			/* there was a heartbeat ... */
	TimestampTz heartbeat;		/* ... when it was last read */
} lease;

/* Syscache callback: a table was added to a subscription, has been copied or was removed. */
static void
forget_subscriptions(Datum arg, int cacheid, uint32 hashvalue)
{
	lease.known = false;
	lease.changes++;
}

/* Registers for changes of subscriptions.  Called once per backend. */
void
kroles_lease_init(void)
{
	CacheRegisterSyscacheCallback(SUBSCRIPTIONRELMAP, forget_subscriptions, (Datum) 0);
}

/* ---- What is known ---- */

/* Notes whether a table of ours comes by a subscription; returns whether it does. */
static bool
note_subscriptions(KrolesTableId table)
{
	CatCList   *list = SearchSysCacheList1(SUBSCRIPTIONRELMAP, ObjectIdGetDatum(kroles_table(table)->oid));
	bool		subscribed = list->n_members > 0;

	for (int i = 0; i < list->n_members; i++)
	{
		HeapTuple	row = &list->members[i]->tuple;

		if (((Form_pg_subscription_rel) GETSTRUCT(row))->srsubstate != SUBREL_STATE_READY)
			lease.incomplete = true;
	}
	ReleaseSysCacheList(list);
	lease.replica |= subscribed;
	return subscribed;
}

/*
 * Finds out whether this is a replica: by the mark of kroles_subscribe(), which
 * stays when the subscription is dropped, or by a subscription made by hand.  That
 * brings what nothing but another kroles has; users alone may come from elsewhere.
 */
static void
read_replica(Snapshot snapshot)
{
	KrolesScan	scan;

	kroles_scan_all(&scan, KROLES_T_REPLICA, snapshot);
	lease.replica = kroles_scan_next(&scan);
	kroles_scan_end(&scan);
	lease.incomplete = false;
	if (note_subscriptions(KROLES_T_RIGHTS) | note_subscriptions(KROLES_T_HEARTBEAT))
		for (int table = 0; table < KROLES_NTABLES; table++)
			(void) note_subscriptions(table);
}

static void
read_length(Snapshot snapshot)
{
	KrolesScan	scan;
	bool		isnull = true;
	Datum		value = 0;

	kroles_scan_all(&scan, KROLES_T_SETTINGS, snapshot);
	if (kroles_scan_next(&scan))
		value = kroles_scan_column(&scan, SETTINGS_REPLICA_LEASE, &isnull);
	lease.length = isnull ? 0 : kroles_interval_length(value);
	kroles_scan_end(&scan);
}

/* A snapshot of this instant, to be unregistered. */
static Snapshot
take_snapshot(void)
{
	return RegisterSnapshot(GetCatalogSnapshot(kroles_table(KROLES_T_SETTINGS)->oid));
}

static void
read_lease(void)
{
	/* messages that come while reading count as later ones */
	KrolesStamp stamp = kroles_now;
	uint64		changes = lease.changes;
	Snapshot	snapshot = take_snapshot();

	lease.known = false;
	read_length(snapshot);
	read_replica(snapshot);
	UnregisterSnapshot(snapshot);
	lease.stamp = stamp;
	lease.known = changes == lease.changes;
}

static void
read_heartbeat(void)
{
	Snapshot	snapshot = take_snapshot();
	KrolesScan	scan;

	kroles_scan_all(&scan, KROLES_T_HEARTBEAT, snapshot);
	lease.heard = kroles_scan_next(&scan);
	if (lease.heard)
		lease.heartbeat = DatumGetTimestampTz(kroles_scan_value(&scan, HEARTBEAT_AT));
	kroles_scan_end(&scan);
	UnregisterSnapshot(snapshot);
}

/* ---- Answers ---- */

/* Whether this database is a logical replica. */
bool
kroles_is_replica(void)
{
	read_lease();
	return lease.replica;
}

/* Whether the lease counts on this server. */
static inline bool
in_force(void)
{
	return lease.length > 0 && (lease.replica || RecoveryInProgress());
}

/* Whether the last heartbeat that was read covers this instant; one from the future by more than a lease covers nothing. */
static bool
is_covered(void)
{
	TimestampTz now = GetCurrentTimestamp();

	return lease.heard && now - lease.heartbeat <= lease.length && lease.heartbeat - now <= lease.length;
}

/*
 * Raises an error if this server must not answer.  Called for every question, when
 * stamps have been brought up to date.
 */
void
kroles_check_lease(void)
{
	if (unlikely(!lease.known || !kroles_still_true(&lease.stamp, KROLES_C_SITE, 0)))
		read_lease();
	if (unlikely(lease.replica && lease.incomplete))
		ereport(ERROR,
				(errcode(KROLES_ERRCODE_NO_LEASE),
				 errmsg("this replica has not copied all entitlements yet"),
				 errhint("Ask the primary, or wait until every table of the subscription is ready (pg_subscription_rel).")));
	if (likely(!in_force()) || is_covered())
		return;
	read_heartbeat();
	if (!is_covered())
		ereport(ERROR,
				(errcode(KROLES_ERRCODE_NO_LEASE),
				 errmsg("this server has not heard from its primary for longer than the lease allows"),
				 errdetail("Entitlements may have been revoked meanwhile."),
				 errhint("Ask the primary. Replication or the calls of kroles_heartbeat() have stopped, or the clocks of the servers differ.")));
}

/*
 * Called when the executor runs another query: if the lease may be over, filters
 * do not go on as they were within the same statement of the client.
 */
void
kroles_lease_new_query(void)
{
	if (unlikely(lease.known && in_force() && !is_covered()))
		kroles_another_asker();
}
