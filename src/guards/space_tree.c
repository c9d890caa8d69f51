/*
 * space_tree.c
 *		Galleries form trees, none of them deeper than KROLES_MOST_GALLERIES.
 *
 * A BEFORE trigger checks it, because everything that walks from a gallery to its
 * root would find a cycle for the rest of the statement if the row were refused
 * only afterwards.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "core/compat.h"
#include "decide/decide.h"
#include "decide/subject.h"
#include "guards/checks.h"
#include "store/scan.h"

/*
 * A snapshot of everything committed up to now and everything that this
 * transaction has done, the running command included.  It is registered; the
 * caller unregisters it.
 */
static Snapshot
latest_snapshot(Oid relid)
{
	Snapshot	snapshot = RegisterSnapshot(GetCatalogSnapshot(relid));

	snapshot->curcid = GetCurrentCommandId(false) + 1;
	return snapshot;
}

/* Reads the parent of a gallery; false for a root, and for a gallery that does not exist. */
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

/* The root of the gallery's tree, in the latest snapshot. */
static int64
root_of(int64 id, Oid relid)
{
	Snapshot	snapshot = latest_snapshot(relid);

	for (int depth = 0; depth < KROLES_MOST_GALLERIES && read_parent(id, snapshot, &id); depth++)
		CHECK_FOR_INTERRUPTS();
	UnregisterSnapshot(snapshot);
	return id;
}

/* Takes the lock of the tree with that root, to the end of the transaction. */
static void
lock_root(int64 root, LOCKMODE mode)
{
	LOCKTAG		tag = kroles_lock_tag(KROLES_TREE_LOCKS, KROLES_KEY_TREE, root, 0);

	(void) LockAcquire(&tag, mode, false, false);
}

/*
 * Locks the tree of a gallery to the end of the transaction: in exclusive mode to
 * move a gallery, in row exclusive mode, which does not conflict with itself, to
 * add one.  Repeats if the gallery was moved to another tree during the wait.
 */
static void
lock_gallery_tree(int64 id, Oid relid, LOCKMODE mode)
{
	int64		root = root_of(id, relid);
	int64		locked;

	do
	{
		lock_root(locked = root, mode);
		root = root_of(id, relid);
	} while (root != locked);
}

/* Locks the trees of two galleries in exclusive mode, in the order of their roots to avoid deadlocks. */
static void
lock_gallery_trees(int64 id, int64 parent, Oid relid)
{
	bool		id_first = root_of(id, relid) < root_of(parent, relid);

	lock_gallery_tree(id_first ? id : parent, relid, ExclusiveLock);
	lock_gallery_tree(id_first ? parent : id, relid, ExclusiveLock);
	/* the first may have been moved to another tree during the second wait */
	lock_gallery_tree(id_first ? id : parent, relid, ExclusiveLock);
}

/* ---- Checks ---- */

pg_noreturn static void
refuse_parent(TriggerData *trigger, const char *message, const char *constraint)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION), errmsg("%s", message),
			 errtableconstraint(trigger->tg_relation, constraint)));
}

/* Refuses a gallery at that depth, where a root has depth 1, if it is too deep. */
static void
check_depth(TriggerData *trigger, int depth)
{
	if (depth > KROLES_MOST_GALLERIES)
		refuse_parent(trigger, psprintf("galleries cannot be nested more than %d deep", KROLES_MOST_GALLERIES),
					  "spaces_galleries_are_at_most_32_deep");
}

/* The depth of a gallery that gets that parent.  Refuses a cycle through the gallery, and a depth beyond the limit. */
static int
depth_below(TriggerData *trigger, int64 id, int64 parent, Snapshot snapshot)
{
	int			depth = 1;

	do
	{
		CHECK_FOR_INTERRUPTS();
		if (parent == id)
			refuse_parent(trigger, "a gallery cannot be inside itself", "spaces_galleries_form_a_tree");
		check_depth(trigger, ++depth);
	} while (read_parent(parent, snapshot, &parent));
	return depth;
}

/* The direct children of these galleries; in the current memory context. */
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
 * Refuses a depth of the gallery at which its descendants would be too deep.  (A
 * gallery that is being inserted can have descendants too: rows that the same
 * statement has inserted before.)
 */
static void
check_height(TriggerData *trigger, int64 id, int depth, Snapshot snapshot)
{
	KrolesArray level = {.size = sizeof(int64)};

	*(int64 *) kroles_array_add(&level) = id;
	while ((level = children_of(&level, snapshot)).n > 0)
		check_depth(trigger, ++depth);
}

/* The new row's parent and tree are within the limits; the trees must be locked. */
static void
check_tree(TriggerData *trigger, int64 id, bool is_root, int64 parent)
{
	Snapshot	snapshot = latest_snapshot(RelationGetRelid(trigger->tg_relation));
	int			depth = is_root ? 1 : depth_below(trigger, id, parent, snapshot);

	check_height(trigger, id, depth, snapshot);
	UnregisterSnapshot(snapshot);
}

/*
 * kroles.guard_tree(): BEFORE INSERT of a gallery, or UPDATE of its parent.  Locks
 * the trees concerned to the end of the transaction.
 *
 * Moves within a tree wait for one another, because two of them could close a
 * cycle that neither sees; inserting waits for moves.  An INSERT that the policy
 * will refuse is not checked, so that the error does not reveal the tree;
 * kroles.guard_move() has refused such a move already.
 */
PG_FUNCTION_INFO_V1(kroles_guard_tree);
Datum
kroles_guard_tree(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "guard_tree", 0,
										  KROLES_BEFORE_ROW(KROLES_ON_INSERT | KROLES_ON_UPDATE), KROLES_ON("spaces"));
	bool		inserts = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	HeapTuple	row = kroles_trigger_row(trigger);
	Oid			relid = RelationGetRelid(trigger->tg_relation);
	int64		id;
	int64		parent;
	bool		is_root;
	bool		no_id;

	id = DatumGetInt64(kroles_trigger_value(trigger, row, KROLES_T_SPACES, SPACES_ID, &no_id));
	parent = DatumGetInt64(kroles_trigger_value(trigger, row, KROLES_T_SPACES, SPACES_PARENT, &is_root));
	if (no_id || (inserts && !is_root &&
				  kroles_policy_will_refuse(trigger->tg_relation, KROLES_ANY_SPACE, parent, KROLES_RIGHT(KROLES_CREATE_SUBGALLERY))))
		return PointerGetDatum(row);
	if (!is_root && inserts)
		lock_gallery_tree(parent, relid, RowExclusiveLock);
	else if (!is_root)
		lock_gallery_trees(id, parent, relid);
	check_tree(trigger, id, is_root, parent);
	return PointerGetDatum(row);
}
