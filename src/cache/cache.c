/*
 * cache.c
 *		Entries in memory: matrices, users, groups, spaces, media, events, stays.
 *
 * Each class has a hash table for each of two bases (see cache/question.c).  Entries
 * of the present stay until they are found changed, those of a statement's
 * snapshot leave with it; and in each the least recently used leave when the
 * setting kroles.cache_size is reached.  Nothing is freed while a question is
 * judged except an entry that is read anew at its first use in it, so pointers
 * to entries hold until the question ends.
 *
 * All of it lives in one memory context under CacheMemoryContext, which
 * pg_backend_memory_contexts shows as "kroles cache", with one below it for each
 * basis.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "cache/cache.h"
#include "cache/kinds.h"

/* What happened to the entries of a class, on both bases. */
typedef struct Counts
{
	int64		hits;
	int64		loads;
	int64		reloads;		/* of these, of entries that were stale */
	int64		evictions;
} Counts;

static Counts counts[KROLES_NCLASSES];

typedef struct EntryStore
{
	MemoryContext context;
	HTAB	   *entries[KROLES_NCLASSES];
	dlist_head	lru;			/* most recently used first */
	Size		bytes;
} EntryStore;

static MemoryContext cache_context;
static EntryStore stores[2];
static EntryStore *filling;			/* whose entry is being read */

/* What the hash table takes for an entry beside it: its header, and a place in the directory. */
#define HASH_OVERHEAD (MAXALIGN(sizeof(HASHELEMENT)) + sizeof(HASHELEMENT *))

/* Loads of a statement's snapshot are numbered apart, so that no number stands for two. */
#define PAST (UINT64CONST(1) << 63)
static uint64 past_loads;

/* Makes the context that holds everything; once a backend. */
void
kroles_cache_init(void)
{
	cache_context = AllocSetContextCreate(CacheMemoryContext, "kroles cache",
										  ALLOCSET_DEFAULT_SIZES);
}

/* A store is made at its first use, and again after it was forgotten. */
static EntryStore *
open_store(KrolesBasis basis)
{
	EntryStore	   *store = &stores[basis];

	if (store->context == NULL)
	{
		store->context = AllocSetContextCreate(cache_context, "kroles entries",
											   ALLOCSET_DEFAULT_SIZES);
		MemoryContextSetIdentifier(store->context, basis == KROLES_CURRENT ? "current" : "snapshot");
		memset(store->entries, 0, sizeof(store->entries));
		dlist_init(&store->lru);
		store->bytes = 0;
	}
	return store;
}

static HTAB *
open_class(EntryStore *store, KrolesClass class)
{
	if (store->entries[class] == NULL)
	{
		HASHCTL		control = {
			.keysize = sizeof(int64),
			.entrysize = kroles_classes[class].size,
			.hcxt = store->context
		};

		store->entries[class] = hash_create(kroles_classes[class].plural, kroles_classes[class].expected,
											&control,
											HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	return store->entries[class];
}

/* Forgets what was read for a statement's snapshot. */
void
kroles_cache_forget_snapshot(void)
{
	EntryStore	   *store = &stores[KROLES_SNAPSHOT];

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
account(EntryStore *store, KrolesCacheEntry *entry, Size size)
{
	entry->bytes += size;
	store->bytes += size;
}

/* For loaders: copies an array into the cache, for the entry to own; NULL if it is empty. */
void *
kroles_cache_copy(KrolesCacheEntry *entry, const void *array, Size size)
{
	void	   *copy;

	if (size == 0)
		return NULL;
	copy = MemoryContextAlloc(filling->context, size);
	memcpy(copy, array, size);
	account(filling, entry, GetMemoryChunkSpace(copy));
	return copy;
}

static void
trim(EntryStore *store)
{
	Size		limit = (Size) kroles_cache_size * 1024;

	if (store->context == NULL)
		return;
	while (store->bytes > limit && !dlist_is_empty(&store->lru))
	{
		KrolesCacheEntry *entry = dlist_container(KrolesCacheEntry, lru, dlist_tail_node(&store->lru));

		counts[entry->class].evictions++;
		dlist_delete(&entry->lru);
		free_arrays(store, entry);
		(void) hash_search(store->entries[entry->class], &entry->id, HASH_REMOVE, NULL);
	}
}

/*
 * Lets the least recently used entries of each store go until the setting is
 * kept.  Called between questions only.
 */
void
kroles_cache_trim(void)
{
	trim(&stores[KROLES_CURRENT]);
	trim(&stores[KROLES_SNAPSHOT]);
}

/* Whether a cached entry may be used in the question being judged. */
static bool
entry_good(KrolesBasis basis, const KrolesCacheEntry *entry)
{
	if (!entry->complete)
		return false;
	if (basis == KROLES_SNAPSHOT || entry->question == kroles_question_number())
		return true;
	return kroles_still_true(&entry->stamp, entry->class, entry->id);
}

/* Reads an entry, or reads it anew; on error it stays incomplete. */
static void
fill_entry(EntryStore *store, KrolesBasis basis, KrolesCacheEntry *entry)
{
	Snapshot	snapshot;

	entry->complete = false;
	free_arrays(store, entry);
	memset(entry + 1, 0, kroles_classes[entry->class].size - sizeof(KrolesCacheEntry));
	snapshot = kroles_question_snapshot(basis);
	filling = store;
	kroles_classes[entry->class].load(entry, snapshot);
	account(store, entry, kroles_classes[entry->class].size + HASH_OVERHEAD);
	if (basis == KROLES_CURRENT)
	{
		entry->stamp = kroles_question_stamp();
		entry->load = kroles_number_load();
	}
	else
		entry->load = PAST | ++past_loads;
	entry->complete = true;
}

static void
start_entry(EntryStore *store, KrolesClass class, KrolesCacheEntry *entry)
{
	int64		id = entry->id;

	memset(entry, 0, kroles_classes[class].size);
	entry->id = id;
	entry->class = class;
	dlist_push_head(&store->lru, &entry->lru);
}

/*
 * An entry of the current basis that this question has found valid and that was
 * read no later than the statement's snapshot was taken holds for both bases.
 */
static KrolesCacheEntry *
same_in_both(KrolesClass class, int64 id)
{
	KrolesCacheEntry *entry = hash_search(open_class(open_store(KROLES_CURRENT), class), &id, HASH_FIND, NULL);

	if (entry != NULL && entry->complete && entry->question == kroles_question_number() &&
		kroles_load_precedes_snapshot(entry->load))
		return entry;
	return NULL;
}

/*
 * The entry of an object, read if it is not there or has changed.  It stays
 * where it is until the question ends.  Where no such object exists, the entry
 * says so.
 */
KrolesCacheEntry *
kroles_lookup(KrolesBasis basis, KrolesClass class, int64 id)
{
	EntryStore	   *store;
	bool		found;
	KrolesCacheEntry *entry = basis == KROLES_SNAPSHOT ? same_in_both(class, id) : NULL;

	if (entry != NULL)
		return entry;
	store = open_store(basis);
	entry = hash_search(open_class(store, class), &id, HASH_ENTER, &found);
	if (!found)
		start_entry(store, class, entry);
	else
		dlist_move_head(&store->lru, &entry->lru);
	if (entry_good(basis, entry))
		counts[class].hits++;
	else
	{
		counts[class].loads++;
		counts[class].reloads += found;
		fill_entry(store, basis, entry);
	}
	entry->question = kroles_question_number();
	if (basis == KROLES_CURRENT)
		kroles_question_used(entry->load);
	return entry;
}

/* ---- What there is ---- */

static int64
entries_of(KrolesClass class, int64 *bytes)
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

/* kroles_cache_stats(): a row a class of entries. */
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
		values[1] = Int64GetDatum(entries_of(class, &bytes));
		values[2] = Int64GetDatum(counts[class].hits);
		values[3] = Int64GetDatum(counts[class].loads);
		values[4] = Int64GetDatum(counts[class].reloads);
		values[5] = Int64GetDatum(counts[class].evictions);
		values[6] = Int64GetDatum(bytes);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
