/*
 * cache.c
 *		Entries in memory: matrices, users, groups, spaces, media, events, stays.
 *
 * Each class has one hash table per basis (see cache/question.c).  Entries of
 * the current basis stay until a lookup finds them stale; entries of the
 * snapshot basis are dropped with the statement, those of the past with the question.  In each basis, entries that
 * were not used for long are evicted above kroles.cache_size.  While a question
 * is judged, nothing is freed except a stale entry's arrays at its first use
 * in that question, so pointers to entries hold until the question ends.
 *
 * All of it lives in one memory context under CacheMemoryContext, which
 * pg_backend_memory_contexts shows as "kroles cache", with one child context
 * per basis.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "cache/cache.h"
#include "cache/kinds.h"

/* Statistics of one class, on all bases together. */
typedef struct Counts
{
	int64		hits;
	int64		loads;
	int64		reloads;		/* loads that replaced a stale entry */
	int64		evictions;
} Counts;

static Counts counts[KROLES_NCLASSES];

typedef struct EntryStore
{
	MemoryContext context;
	HTAB	   *entries[KROLES_NCLASSES];
	dlist_head	lru;			/* latest loaded or spared first */
	Size		bytes;
} EntryStore;

static MemoryContext cache_context;
static EntryStore stores[KROLES_NBASES];
static const char *const store_names[KROLES_NBASES] = {"current", "snapshot", "past"};
static EntryStore *loading_store;	/* store of the entry being loaded */

/* The hash table's own memory per entry: the element's header and a bucket pointer. */
#define HASH_OVERHEAD (MAXALIGN(sizeof(HASHELEMENT)) + sizeof(HASHELEMENT *))

/* Loads of the snapshot basis have this bit set, so that their numbers differ from the current basis's. */
#define SNAPSHOT_LOAD (UINT64CONST(1) << 63)
static uint64 snapshot_loads;

/* Creates the cache's memory context.  Called once per backend. */
void
kroles_cache_init(void)
{
	cache_context = AllocSetContextCreate(CacheMemoryContext, "kroles cache",
										  ALLOCSET_DEFAULT_SIZES);
}

/* The store of a basis, created at its first use and after it was deleted. */
static EntryStore *
open_store(KrolesBasis basis)
{
	EntryStore	   *store = &stores[basis];

	if (store->context == NULL)
	{
		store->context = AllocSetContextCreate(cache_context, "kroles entries",
											   ALLOCSET_DEFAULT_SIZES);
		MemoryContextSetIdentifier(store->context, store_names[basis]);
		memset(store->entries, 0, sizeof(store->entries));
		dlist_init(&store->lru);
		store->bytes = 0;
	}
	return store;
}

/* Hashing and comparing of ids, for dynahash: shorter than those for any bytes. */
static uint32
hash_id(const void *key, Size size)
{
	uint64		id = *(const uint64 *) key;

	id = (id ^ id >> 33) * UINT64CONST(0xff51afd7ed558ccd);
	return (uint32) (id ^ id >> 33);
}

static int
compare_ids(const void *a, const void *b, Size size)
{
	return *(const int64 *) a != *(const int64 *) b;
}

static HTAB *
open_class_table(EntryStore *store, KrolesClass class)
{
	if (store->entries[class] == NULL)
	{
		HASHCTL		control = {
			.keysize = sizeof(int64),
			.entrysize = kroles_classes[class].size,
			.hash = hash_id,
			.match = compare_ids,
			.hcxt = store->context
		};

		store->entries[class] = hash_create(kroles_classes[class].plural, kroles_classes[class].expected,
											&control,
											HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
	}
	return store->entries[class];
}

/* Drops all entries of a basis other than the current one. */
void
kroles_cache_forget(KrolesBasis basis)
{
	EntryStore *store = &stores[basis];

	if (store->context != NULL)
	{
		MemoryContextDelete(store->context);
		store->context = NULL;
	}
}

static void
free_arrays(EntryStore *store, KrolesCacheEntry *entry)
{
	const KrolesClassMethods *methods = &kroles_classes[entry->class];

	for (int i = 0; i < methods->narrays; i++)
	{
		void	  **array = (void **) ((char *) entry + methods->arrays[i]);

		if (*array != NULL)
			pfree(*array);
		*array = NULL;
	}
	store->bytes -= entry->bytes;
	entry->bytes = 0;
}

static void
add_bytes(EntryStore *store, KrolesCacheEntry *entry, Size size)
{
	entry->bytes += size;
	store->bytes += size;
}

/* For loaders: a copy of an array, in the memory of the entry, which owns it; NULL if it is empty. */
void *
kroles_cache_copy(KrolesCacheEntry *entry, const void *array, Size size)
{
	void	   *copy;

	if (size == 0)
		return NULL;
	copy = MemoryContextAlloc(loading_store->context, size);
	memcpy(copy, array, size);
	add_bytes(loading_store, entry, GetMemoryChunkSpace(copy));
	return copy;
}

/*
 * Evicts entries that were not used since they were last looked at for eviction,
 * the oldest first.  Those that were used are spared once for it.  (To keep them in
 * the order of use would cost two more cache lines at each look-up.)
 */
static void
evict_unused(EntryStore *store)
{
	Size		limit = (Size) kroles_cache_size * 1024;

	if (store->context == NULL)
		return;
	while (store->bytes > limit && !dlist_is_empty(&store->lru))
	{
		KrolesCacheEntry *entry = dlist_container(KrolesCacheEntry, lru, dlist_tail_node(&store->lru));

		dlist_delete(&entry->lru);
		if (entry->spared != entry->question)
		{
			entry->spared = entry->question;
			dlist_push_head(&store->lru, &entry->lru);
			continue;
		}
		counts[entry->class].evictions++;
		free_arrays(store, entry);
		(void) hash_search(store->entries[entry->class], &entry->id, HASH_REMOVE, NULL);
	}
}

/*
 * Evicts entries until each store is within
 * kroles.cache_size.  Called between questions only.
 */
void
kroles_cache_trim(void)
{
	for (int basis = 0; basis < KROLES_NBASES; basis++)
		evict_unused(&stores[basis]);
}

/* Whether the question being judged may use an entry without loading it again. */
static bool
is_entry_valid(KrolesBasis basis, const KrolesCacheEntry *entry)
{
	if (!entry->complete)
		return false;
	if (basis != KROLES_CURRENT || entry->question == kroles_question_number())
		return true;
	return kroles_still_true(&entry->stamp, entry->class, entry->id);
}

/* Loads an entry from its rows; on error it stays incomplete. */
static void
load_entry(EntryStore *store, KrolesBasis basis, KrolesCacheEntry *entry)
{
	Snapshot	snapshot;

	entry->complete = false;
	free_arrays(store, entry);
	memset(entry + 1, 0, kroles_classes[entry->class].size - sizeof(KrolesCacheEntry));
	snapshot = kroles_question_snapshot(basis);
	loading_store = store;
	if (basis == KROLES_PAST && kroles_classes[entry->class].load_past != NULL)
		kroles_classes[entry->class].load_past(entry, snapshot);
	else
		kroles_classes[entry->class].load(entry, snapshot);
	add_bytes(store, entry, kroles_classes[entry->class].size + HASH_OVERHEAD);
	if (basis == KROLES_CURRENT)
	{
		entry->stamp = kroles_question_stamp();
		entry->load = kroles_number_load();
	}
	else
		entry->load = SNAPSHOT_LOAD | ++snapshot_loads;
	entry->complete = true;
}

static void
init_entry(EntryStore *store, KrolesClass class, KrolesCacheEntry *entry)
{
	int64		id = entry->id;

	memset(entry, 0, kroles_classes[class].size);
	entry->id = id;
	entry->class = class;
	dlist_push_head(&store->lru, &entry->lru);
}

/*
 * The object's entry of the current basis, if it also holds for the statement's
 * snapshot: this question has found it valid, and it was loaded no later than
 * the snapshot was taken.  Otherwise NULL.
 */
static KrolesCacheEntry *
current_entry_for_snapshot(KrolesClass class, int64 id)
{
	KrolesCacheEntry *entry = hash_search(open_class_table(open_store(KROLES_CURRENT), class), &id, HASH_FIND, NULL);

	if (entry != NULL && entry->complete && entry->question == kroles_question_number() &&
		kroles_load_precedes_snapshot(entry->load))
		return entry;
	return NULL;
}

/*
 * The entry of an object, loaded if it is missing or stale.  The pointer is
 * valid until the question ends.  If there is no such object, the entry's
 * "exists" is false.
 */
KrolesCacheEntry *
kroles_lookup(KrolesBasis basis, KrolesClass class, int64 id)
{
	EntryStore	   *store;
	bool		found;
	KrolesCacheEntry *entry = basis == KROLES_SNAPSHOT ? current_entry_for_snapshot(class, id) : NULL;

	if (entry != NULL)
		return entry;
	store = open_store(basis);
	entry = hash_search(open_class_table(store, class), &id, HASH_ENTER, &found);
	if (!found)
		init_entry(store, class, entry);
	if (is_entry_valid(basis, entry))
		counts[class].hits++;
	else
	{
		counts[class].loads++;
		counts[class].reloads += found;
		load_entry(store, basis, entry);
	}
	entry->question = kroles_question_number();
	if (!found)
		entry->spared = entry->question;	/* the load is not a use */
	if (basis == KROLES_CURRENT)
		kroles_question_used(entry->load);
	return entry;
}

/* ---- Statistics ---- */

/* How many entries of a class there are, and their size in bytes. */
static int64
count_entries(KrolesClass class, int64 *bytes)
{
	HASH_SEQ_STATUS status;
	KrolesCacheEntry *entry;
	int64		n = 0;

	*bytes = 0;
	for (int basis = 0; basis < lengthof(stores); basis++)
	{
		if (stores[basis].context == NULL || stores[basis].entries[class] == NULL)
			continue;
		hash_seq_init(&status, stores[basis].entries[class]);
		while ((entry = hash_seq_search(&status)) != NULL)
		{
			n++;
			*bytes += entry->bytes;
		}
	}
	return n;
}

/* kroles_cache_stats(): one row per class of entries. */
PG_FUNCTION_INFO_V1(kroles_cache_stats);
Datum
kroles_cache_stats(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int class = 0; class < KROLES_NCLASSES; class++)
	{
		int64		bytes;
		Datum		values[7];
		bool		nulls[7] = {false};

		values[0] = CStringGetTextDatum(kroles_classes[class].plural);
		values[1] = Int64GetDatum(count_entries(class, &bytes));
		values[2] = Int64GetDatum(counts[class].hits);
		values[3] = Int64GetDatum(counts[class].loads);
		values[4] = Int64GetDatum(counts[class].reloads);
		values[5] = Int64GetDatum(counts[class].evictions);
		values[6] = Int64GetDatum(bytes);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
