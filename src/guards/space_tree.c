/*
 * space_tree.c
 *		Galleries form trees, none of them deeper than KROLES_MOST_GALLERIES.
 *
 * Found out before the row is there: a ring that was refused only afterwards
 * would be one, for the rest of its statement, for everything that goes up from
 * a gallery.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

#include "core/array.h"
#include "decide/decide.h"
#include "decide/subject.h"
#include "identity/as_owner.h"
#include "identity/identity.h"
#include "rules/rules.h"
#include "store/catalog.h"
#include "store/scan.h"
#include "store/secret.h"
#include "store/trigger.h"

/*
 * A snapshot of everything committed up to now and everything this transaction
 * has done, the running command included.  Registered; the caller unregisters.
 */
static Snapshot
latest_snapshot(Oid relid)
{
	Snapshot	snapshot = RegisterSnapshot(GetCatalogSnapshot(relid));

	snapshot->curcid = GetCurrentCommandId(false) + 1;
	return snapshot;
}

/* The parent of a gallery; false for a root. */
static bool
read_parent(int64 id, Snapshot snapshot, int64 *parent)
{
	KrolesScan	scan;
	bool		is_root = true;

	kroles_scan_by_id(&scan, KROLES_T_SPACES, KROLES_I_SPACES_ID, SPACES_ID, id, snapshot);
	if (kroles_scan_next(&scan))
		*parent = DatumGetInt64(kroles_scan_column(&scan, SPACES_PARENT, &is_root));
	kroles_scan_end(&scan);
	return !is_root;
}

/* ---- Locks ---- */

/* The gallery at the top of the tree that a gallery is in, as things stand. */
static int64
root_of(int64 id, Oid relid)
{
	Snapshot	snapshot = latest_snapshot(relid);

	for (int depth = 0; depth < KROLES_MOST_GALLERIES && read_parent(id, snapshot, &id); depth++)
		CHECK_FOR_INTERRUPTS();
	UnregisterSnapshot(snapshot);
	return id;
}

static void
lock_root(int64 root, LOCKMODE mode)
{
	LOCKTAG		tag = kroles_lock_tag(KROLES_TREE_LOCKS, KROLES_KEY_TREE, root, 0);

	(void) LockAcquire(&tag, mode, false, false);
}

/*
 * Locks the tree that a gallery is in, to the end of the transaction: alone for
 * who moves one, with others for who adds one.
 */
static void
lock_tree(int64 id, Oid relid, LOCKMODE mode)
{
	int64		root = root_of(id, relid);
	int64		locked;

	do
	{
		lock_root(locked = root, mode);
		root = root_of(id, relid);
	} while (root != locked);
}

/* Locks two trees, in an order that is the same for everybody. */
static void
lock_trees(int64 id, int64 parent, Oid relid)
{
	bool		id_first = root_of(id, relid) < root_of(parent, relid);

	lock_tree(id_first ? id : parent, relid, ExclusiveLock);
	lock_tree(id_first ? parent : id, relid, ExclusiveLock);
	lock_tree(id_first ? id : parent, relid, ExclusiveLock);	/* it may have gone elsewhere meanwhile */
}

static void pg_attribute_noreturn()
refuse(TriggerData *trigger, const char *message, const char *constraint)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION), errmsg("%s", message),
			 errtableconstraint(trigger->tg_relation, constraint)));
}

static void
check_depth(TriggerData *trigger, int depth)
{
	if (depth > KROLES_MOST_GALLERIES)
		refuse(trigger, psprintf("galleries can't be more than %d deep", KROLES_MOST_GALLERIES),
			   "spaces_galleries_are_at_most_32_deep");
}

/* How many galleries there are from the root to the one that gets that parent.  Refuses a ring through it. */
static int
depth_below(TriggerData *trigger, int64 id, int64 parent, Snapshot snapshot)
{
	int			depth = 1;

	do
	{
		CHECK_FOR_INTERRUPTS();
		if (parent == id)
			refuse(trigger, "a gallery can't be inside itself", "spaces_galleries_form_a_tree");
		check_depth(trigger, ++depth);
	} while (read_parent(parent, snapshot, &parent));
	return depth;
}

/* The galleries right below these. */
static KrolesArray
children_of(const KrolesArray *parents, Snapshot snapshot)
{
	KrolesArray children = {.size = sizeof(int64)};

	for (int i = 0; i < parents->n; i++)
	{
		KrolesScan	scan;

		CHECK_FOR_INTERRUPTS();
		kroles_scan_by_id(&scan, KROLES_T_SPACES, KROLES_I_SPACES_PARENT, SPACES_PARENT,
						  ((int64 *) parents->items)[i], snapshot);
		while (kroles_scan_next(&scan))
			*(int64 *) kroles_array_add(&children) = kroles_scan_id(&scan, SPACES_ID);
		kroles_scan_end(&scan);
	}
	return children;
}

/*
 * Refuses a place so far down that what is below the gallery would be too deep.
 * (Below one that is just being made stands what the same statement made before.)
 */
static void
check_height(TriggerData *trigger, int64 id, int depth, Snapshot snapshot)
{
	KrolesArray level = {.size = sizeof(int64)};

	*(int64 *) kroles_array_add(&level) = id;
	while ((level = children_of(&level, snapshot)).n > 0)
		check_depth(trigger, ++depth);
}

/*
 * Who may not put a new gallery there is left to the policy, and learns nothing of
 * the tree.  (Who may not move one there was refused by kroles.guard_move().)
 */
static bool
policy_refuses(Relation rel, int64 parent)
{
	return !kroles_is_own_statement() &&
		check_enable_rls(RelationGetRelid(rel), InvalidOid, true) == RLS_ENABLED &&
		!(kroles_decide(kroles_asker(), KROLES_ANY_SPACE, parent).rights & KROLES_RIGHT(KROLES_CREATE_SUBGALLERY));
}

/*
 * kroles.guard_tree(): BEFORE a gallery comes, or gets another parent.
 *
 * Moves of galleries in one tree wait for one another, or two of them could close
 * a ring that neither sees; and who adds one waits for those who move.
 */
PG_FUNCTION_INFO_V1(kroles_guard_tree);
Datum
kroles_guard_tree(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "guard_tree", 0,
										  KROLES_BEFORE_ROW(KROLES_ON_INSERT | KROLES_ON_UPDATE), KROLES_ON("spaces"));
	bool		inserts = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	HeapTuple	row = kroles_trigger_row(trigger);
	Snapshot	snapshot;
	int64		id;
	int64		parent;
	bool		is_root;
	bool		no_id;
	int			depth;

	id = DatumGetInt64(kroles_trigger_value(trigger, row, KROLES_T_SPACES, SPACES_ID, &no_id));
	parent = DatumGetInt64(kroles_trigger_value(trigger, row, KROLES_T_SPACES, SPACES_PARENT, &is_root));
	if (no_id || (inserts && !is_root && policy_refuses(trigger->tg_relation, parent)))
		return PointerGetDatum(row);
	if (!is_root && inserts)
		lock_tree(parent, RelationGetRelid(trigger->tg_relation), RowExclusiveLock);
	else if (!is_root)
		lock_trees(id, parent, RelationGetRelid(trigger->tg_relation));
	snapshot = latest_snapshot(RelationGetRelid(trigger->tg_relation));
	depth = is_root ? 1 : depth_below(trigger, id, parent, snapshot);
	check_height(trigger, id, depth, snapshot);
	UnregisterSnapshot(snapshot);
	return PointerGetDatum(row);
}
