/*
 * cache.c
 *		Entries in memory: matrices, users, groups, spaces, media, events, stays.
 *
 * Each class has a hash table in each of two bases (see cache/question.c).  Entries
 * of the present stay until they are found changed, those of a statement's
 * snapshot leave with it; and in each the least recently used leave when the
 * setting kroles.cache_size is reached.  Nothing is freed while a question is
 * judged except an entry that is read anew at its first use in it, so pointers
 * to entries hold until the question ends.
 *
 * All of it lives in one memory context under CacheMemoryContext, which
 * pg_backend_memory_contexts shows as "kroles cache", with one below it a basis.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "cache/cache.h"
#include "cache/commit_barrier.h"
#include "cache/invalidation.h"
#include "cache/load.h"
#include "cache/question.h"

/* What happened to the entries of a class, on both bases. */
typedef struct Counts
{
	int64		hits;
	int64		loads;
	int64		reloads;		/* of these, of entries that were there but not believed any more */
	int64		evictions;
} Counts;

static Counts counts[KROLES_NCLASSES];

typedef struct Basis
{
	MemoryContext context;
	HTAB	   *entries[KROLES_NCLASSES];
	dlist_head	lru;			/* most recently used first */
	Size		bytes;
} Basis;

static MemoryContext cache_context;
static Basis bases[2];
static Basis *filling;			/* whose entry is being read */

/* What the hash table takes for an entry beside it: its header, and a place in the directory. */
#define HASH_OVERHEAD (MAXALIGN(sizeof(HASHELEMENT)) + sizeof(HASHELEMENT *))

/* Loads of a statement's snapshot are numbered apart, so that no number stands for two. */
#define PAST (UINT64CONST(1) << 63)
static uint64 past_loads;

static const struct
{
	const char *name;
	Size		size;
	long		expected;		/* entries to make room for at first */
}			classes[KROLES_NCLASSES] =
{
	[KROLES_C_SITE] = {"kroles site", sizeof(KrolesSite), 1},
	[KROLES_C_USER] = {"kroles users", sizeof(KrolesUser), 64},
	[KROLES_C_GROUP] = {"kroles groups", sizeof(KrolesGroup), 64},
	[KROLES_C_SPACE] = {"kroles spaces", sizeof(KrolesSpace), 64},
	[KROLES_C_MEDIA] = {"kroles media", sizeof(KrolesMedia), 64},
	[KROLES_C_EVENT] = {"kroles events", sizeof(KrolesEvent), 64},
	[KROLES_C_STAYS] = {"kroles stays", sizeof(KrolesStays), 16},
};

/* Makes the context that holds everything; once a backend. */
void
kroles_cache_init(void)
{
	cache_context = AllocSetContextCreate(CacheMemoryContext, "kroles cache",
										  ALLOCSET_DEFAULT_SIZES);
}

/* A basis is made on first use, and again after it was forgotten. */
static Basis *
open_basis(KrolesBasis which)
{
	Basis	   *basis = &bases[which];

	if (basis->context == NULL)
	{
		basis->context = AllocSetContextCreate(cache_context, "kroles basis",
											   ALLOCSET_DEFAULT_SIZES);
		MemoryContextSetIdentifier(basis->context, which == KROLES_CURRENT ? "now" : "then");
		memset(basis->entries, 0, sizeof(basis->entries));
		dlist_init(&basis->lru);
		basis->bytes = 0;
	}
	return basis;
}

static HTAB *
open_class(Basis *basis, KrolesClass class)
{
	if (basis->entries[class] == NULL)
	{
		HASHCTL		control = {
			.keysize = sizeof(int64),
			.entrysize = classes[class].size,
			.hcxt = basis->context
		};

		basis->entries[class] = hash_create(classes[class].name, classes[class].expected,
											&control,
											HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	return basis->entries[class];
}

/* Forgets what was read for a statement's snapshot. */
void
kroles_cache_forget_snapshot(void)
{
	Basis	   *basis = &bases[KROLES_SNAPSHOT];

	if (basis->context != NULL)
	{
		MemoryContextDelete(basis->context);
		basis->context = NULL;
	}
}

/* The arrays that an entry owns. */
static int
entry_arrays(KrolesCacheEntry *entry, void ***arrays)
{
	int			n = 0;

	switch (entry->class)
	{
		case KROLES_C_SITE:
			arrays[n++] = (void **) &((KrolesSite *) entry)->tools;
			break;
		case KROLES_C_USER:
			arrays[n++] = (void **) &((KrolesUser *) entry)->groups;
			arrays[n++] = (void **) &((KrolesUser *) entry)->grants;
			arrays[n++] = (void **) &((KrolesUser *) entry)->events;
			break;
		case KROLES_C_GROUP:
			arrays[n++] = (void **) &((KrolesGroup *) entry)->grants;
			arrays[n++] = (void **) &((KrolesGroup *) entry)->events;
			break;
		case KROLES_C_SPACE:
		case KROLES_C_EVENT:
			break;
		case KROLES_C_MEDIA:
			arrays[n++] = (void **) &((KrolesMedia *) entry)->audience;
			break;
		case KROLES_C_STAYS:
			arrays[n++] = (void **) &((KrolesStays *) entry)->stays;
			break;
		case KROLES_NCLASSES:
			break;
	}
	return n;
}

static void
free_arrays(Basis *basis, KrolesCacheEntry *entry)
{
	void	  **arrays[3];
	int			n = entry_arrays(entry, arrays);

	for (int i = 0; i < n; i++)
	{
		if (*arrays[i] != NULL)
			pfree(*arrays[i]);
		*arrays[i] = NULL;
	}
	basis->bytes -= entry->bytes;
	entry->bytes = 0;
}

static void
account(Basis *basis, KrolesCacheEntry *entry, Size size)
{
	entry->bytes += size;
	basis->bytes += size;
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
trim(Basis *basis)
{
	Size		limit = (Size) kroles_cache_size * 1024;

	if (basis->context == NULL)
		return;
	while (basis->bytes > limit && !dlist_is_empty(&basis->lru))
	{
		KrolesCacheEntry *entry = dlist_container(KrolesCacheEntry, lru, dlist_tail_node(&basis->lru));

		counts[entry->class].evictions++;
		dlist_delete(&entry->lru);
		free_arrays(basis, entry);
		(void) hash_search(basis->entries[entry->class], &entry->id, HASH_REMOVE, NULL);
	}
}

/*
 * Lets the least recently used entries of each basis go until the setting is
 * kept.  Called between questions only.
 */
void
kroles_cache_trim(void)
{
	trim(&bases[KROLES_CURRENT]);
	trim(&bases[KROLES_SNAPSHOT]);
}

/* Whether what is cached may be believed in the question being judged. */
static bool
entry_good(KrolesBasis which, const KrolesCacheEntry *entry)
{
	if (!entry->complete)
		return false;
	if (which == KROLES_SNAPSHOT || entry->question == kroles_question_number())
		return true;
	return !kroles_barrier_distrusted(entry->class, entry->id, entry->epoch) &&
		!kroles_inval_changed(entry->class, entry->id, entry->generation);
}

/* Reads an entry, or reads it anew; on error it stays incomplete. */
static void
fill_entry(Basis *basis, KrolesBasis which, KrolesCacheEntry *entry)
{
	uint64		generation = 0;
	Snapshot	snapshot;

	entry->complete = false;
	free_arrays(basis, entry);
	memset(entry + 1, 0, classes[entry->class].size - sizeof(KrolesCacheEntry));
	snapshot = kroles_question_snapshot(which, &generation);
	filling = basis;
	kroles_load(entry, snapshot);
	account(basis, entry, classes[entry->class].size + HASH_OVERHEAD);
	if (which == KROLES_CURRENT)
	{
		entry->generation = generation;
		entry->epoch = kroles_barrier_epoch();
		entry->sequence = kroles_question_loaded();
	}
	else
		entry->sequence = PAST | ++past_loads;
	entry->complete = true;
}

static void
start_entry(Basis *basis, KrolesClass class, KrolesCacheEntry *entry)
{
	int64		id = entry->id;

	memset(entry, 0, classes[class].size);
	entry->id = id;
	entry->class = class;
	dlist_push_head(&basis->lru, &entry->lru);
}

/*
 * An entry of the present that this question has found good and that was read
 * no later than the statement's snapshot says the same in the statement's snapshot.
 */
static KrolesCacheEntry *
same_in_both(KrolesClass class, int64 id)
{
	KrolesCacheEntry *entry = hash_search(open_class(open_basis(KROLES_CURRENT), class), &id, HASH_FIND, NULL);

	if (entry != NULL && entry->complete && entry->question == kroles_question_number() &&
		kroles_question_covers(entry->sequence))
		return entry;
	return NULL;
}

/*
 * The entry of an object, read if it is not there or has changed.  It stays
 * where it is until the question ends.  Where no such object exists, the entry
 * says so.
 */
KrolesCacheEntry *
kroles_lookup(KrolesBasis which, KrolesClass class, int64 id)
{
	Basis	   *basis;
	bool		found;
	KrolesCacheEntry *entry = which == KROLES_SNAPSHOT ? same_in_both(class, id) : NULL;

	if (entry != NULL)
		return entry;
	basis = open_basis(which);
	entry = hash_search(open_class(basis, class), &id, HASH_ENTER, &found);
	if (!found)
		start_entry(basis, class, entry);
	else
		dlist_move_head(&basis->lru, &entry->lru);
	if (entry_good(which, entry))
		counts[class].hits++;
	else
	{
		counts[class].loads++;
		counts[class].reloads += found;
		fill_entry(basis, which, entry);
	}
	entry->question = kroles_question_number();
	if (which == KROLES_CURRENT)
		kroles_question_used(entry->sequence);
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
	for (int which = 0; which < lengthof(bases); which++)
	{
		if (bases[which].context == NULL || bases[which].entries[class] == NULL)
			continue;
		hash_seq_init(&status, bases[which].entries[class]);
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

		values[0] = CStringGetTextDatum(classes[class].name + strlen("kroles "));
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
