/*
 * record.c
 *		Records who gains and loses what in kroles.access_changes, in the transaction
 *		that makes the changes, if the site wants that (settings.record_access_changes).
 *
 * The rows are made before the transaction commits or is prepared, when its triggers have
 * run, from the differences that kroles_preview() shows.  Two transactions that run at the
 * same time do not see each other's changes, and a difference may come of both together.  So
 * one transaction at a time records: it takes a lock of ours, and then the snapshot by
 * which it compares, and holds the lock to its end.  A transaction that has waited for the
 * lock sees all that was recorded before.  Hence also ids ascend in the order of commits.
 *
 * What was changed is read from the log before that, by a query that the session's settings
 * can make slow; and a transaction that has changed nothing that rights depend on does not
 * take the lock.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/async.h"
#include "commands/trigger.h"
#include "storage/lock.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "cache/question.h"
#include "core/compat.h"
#include "guards/log_ids.h"
#include "identity/as_owner.h"
#include "preview/differences.h"
#include "preview/record.h"
#include "preview/seeds.h"
#include "store/catalog.h"
#include "store/secret.h"

#define CHANNEL "kroles_access_changes"

/* Rows that one INSERT adds. */
#define BATCH 10000

/* Rows that are to be inserted, as arrays. */
typedef struct Batch
{
	KrolesRights recorded;		/* which rights are */
	int			n;
	int64		latest;			/* the highest id inserted; 0: none yet */
	Datum		users[BATCH];
	bool		anonymous[BATCH];
	Datum		actions[BATCH];
	Datum		kinds[BATCH];
	Datum		ids[BATCH];
	bool		no_ids[BATCH];
	Datum		allowed[BATCH];
	Datum		action_labels[KROLES_NACTIONS];
	Datum		kind_labels[KROLES_NKINDS];
} Batch;

/* ---- Rows ---- */

static Datum
make_array(Datum *values, bool *nulls, int n, Oid type, int16 length, bool by_value, char alignment)
{
	int			dims[] = {n};
	int			bounds[] = {1};

	return PointerGetDatum(construct_md_array(values, nulls, 1, dims, bounds, type, length, by_value, alignment));
}

/* Inserts the rows of a batch, and empties it. */
static void
insert_batch(Batch *batch)
{
	static KrolesStatement statement = {
		.sql = "WITH added AS (INSERT INTO kroles.access_changes AS c (user_id, action, kind, object_id, allowed)"
		" SELECT u.user_id, u.action::kroles.action, u.kind::kroles.object_kind, u.object_id, u.allowed"
		" FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4),"
		" pg_catalog.unnest($5)) AS u (user_id, action, kind, object_id, allowed) RETURNING c.id)"
		" SELECT pg_catalog.max(id) FROM added",
		.nargs = 5,
		.types = {INT8ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID, BOOLARRAYOID}
	};
	Datum		args[5];
	Datum		latest = (Datum) 0;

	if (batch->n == 0)
		return;
	args[0] = make_array(batch->users, batch->anonymous, batch->n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
	args[1] = make_array(batch->actions, NULL, batch->n, TEXTOID, -1, false, TYPALIGN_INT);
	args[2] = make_array(batch->kinds, NULL, batch->n, TEXTOID, -1, false, TYPALIGN_INT);
	args[3] = make_array(batch->ids, batch->no_ids, batch->n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
	args[4] = make_array(batch->allowed, NULL, batch->n, BOOLOID, sizeof(bool), true, TYPALIGN_CHAR);
	(void) kroles_run_as_owner(&statement, args, NULL, &latest);
	batch->latest = DatumGetInt64(latest);
	for (int i = 0; i < lengthof(args); i++)
		pfree(DatumGetPointer(args[i]));
	batch->n = 0;
}

/* KrolesDifferenceVisitor: adds the rows of a user and object. */
static bool
add_to_batch(void *arg, const KrolesChangedObject *object, const KrolesDifference *difference)
{
	Batch	   *batch = arg;
	KrolesRights after = difference->rights[KROLES_AFTER];
	KrolesRights changed = (difference->rights[KROLES_BEFORE] ^ after) & batch->recorded;

	for (int action = 0; action < KROLES_NACTIONS; action++)
	{
		int			i = batch->n;

		if (!(changed & KROLES_RIGHT(action)))
			continue;
		batch->users[i] = Int64GetDatum(difference->user_id);
		batch->anonymous[i] = difference->user_id == KROLES_ANONYMOUS_ID;
		batch->actions[i] = batch->action_labels[action];
		batch->kinds[i] = batch->kind_labels[object->kind];
		batch->ids[i] = Int64GetDatum(object->id);
		batch->no_ids[i] = object->kind == KROLES_SITE;
		batch->allowed[i] = BoolGetDatum((after & KROLES_RIGHT(action)) != 0);
		if (++batch->n == BATCH)
			insert_batch(batch);
	}
	return true;
}

/* Inserts all differences that the changes make; returns the highest id, 0 if there are none. */
static int64
insert_differences(KrolesArray seeds, KrolesRights recorded)
{
	KrolesDifferences *differences = kroles_find_differences(NULL, seeds);
	Batch	   *batch = palloc0(sizeof(Batch));

	batch->recorded = recorded;
	for (int action = 0; action < KROLES_NACTIONS; action++)
		batch->action_labels[action] = CStringGetTextDatum(kroles_label(KROLES_E_ACTION, action));
	for (int kind = 0; kind < KROLES_NKINDS; kind++)
		batch->kind_labels[kind] = CStringGetTextDatum(kroles_label(KROLES_E_OBJECT_KIND, kind));
	for (int i = 0; i < differences->objects.n; i++)
		(void) kroles_visit_differences(differences, &((KrolesChangedObject *) differences->objects.items)[i], add_to_batch,
										batch);
	insert_batch(batch);
	kroles_end_differences(differences);
	return batch->latest;
}

/* ---- At the end of a transaction ---- */

/* The judge of recorded_question. */
static void
judge_recorded(KrolesBasis basis, const void *about, void *answer)
{
	*(KrolesRights *) answer = kroles_site(basis)->recorded;
}

static const KrolesQuestion recorded_question = {sizeof(KrolesRights), judge_recorded};

/* Whether this transaction may have changed rights, and the extension and the table for it exist still. */
static bool
may_have_changes(void)
{
	int64		first;
	Oid			schema;

	if (!kroles_first_log_id(&first))
		return false;
	schema = get_namespace_oid("kroles", true);
	return OidIsValid(schema) && OidIsValid(get_relname_relid("access_changes", schema)) &&
		SearchSysCacheExists2(TYPENAMENSP, CStringGetDatum("action"), ObjectIdGetDatum(schema));
}

/*
 * Begins recording: from here on to the end of this transaction, no other records.  Nobody
 * must be able to make that long.  A client that does not read what it is sent would, so it
 * is sent nothing but errors.
 */
static void
begin_recording(void)
{
	LOCKTAG		tag = kroles_lock_tag(KROLES_RECORD_LOCKS, KROLES_KEY_SESSION, 0, 0);

	(void) set_config_option("client_min_messages", "error", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
}

/*
 * Tells listeners, unless the server's queue of notices is nearly full: PostgreSQL would refuse the commit, and who
 * listens and does not read fills it.
 */
static void
notify(int64 latest)
{
	if (DatumGetFloat8(OidFunctionCall0(F_PG_NOTIFICATION_QUEUE_USAGE)) < 0.9)
		Async_Notify(CHANNEL, psprintf(INT64_FORMAT, latest));
}

/* Records what the changes of this transaction give and take, if they are of anything that rights depend on. */
static void
record_differences(KrolesRights recorded, bool commits)
{
	KrolesArray seeds = kroles_read_seeds();
	bool		read_only = XactReadOnly;
	int64		latest;

	if (seeds.n == 0)
		return;
	begin_recording();
	/* SET TRANSACTION READ ONLY may have followed the changes */
	XactReadOnly = false;
	latest = insert_differences(seeds, recorded);
	AfterTriggerFireDeferred(); /* the site's on the rows, if any: the others have fired */
	XactReadOnly = read_only;
	if (latest > 0 && commits)
		notify(latest);
}

/* Records the changes of this transaction, if the site wants that; notifies listeners if the transaction commits now. */
static void
record_changes(bool commits)
{
	KrolesRights recorded;

	if (!may_have_changes())
		return;
	PushActiveSnapshot(GetTransactionSnapshot());
	(void) kroles_ask_on(KROLES_CURRENT, &recorded_question, NULL, &recorded);
	if (recorded != 0)
	{
		MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "kroles access changes", ALLOCSET_DEFAULT_SIZES);
		MemoryContext outer = MemoryContextSwitchTo(context);

		record_differences(recorded, commits);
		MemoryContextSwitchTo(outer);
		MemoryContextDelete(context);
	}
	PopActiveSnapshot();
}

static void
transaction_ends(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE)
		record_changes(event == XACT_EVENT_PRE_COMMIT);
}

/* Registers the callback for the ends of transactions.  Called once per backend. */
void
kroles_record_init(void)
{
	RegisterXactCallback(transaction_ends, NULL);
}
