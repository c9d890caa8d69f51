/*
 * invalidation.c
 *		Which cached entries have changed.
 *
 * A change of an entitlement table queues PostgreSQL's own invalidation
 * messages (cache/track.c), so they follow transactions, savepoints, rollbacks,
 * two-phase commit and standbys.  Entries fall into buckets; the message for a
 * bucket is a relcache message about a relation that does not exist, with an
 * OID from the range that PostgreSQL reserves for patches in development and
 * never assigns in a release.
 *
 * The bucket of an object depends on the database's secret: pg_locks shows
 * every role which buckets are being changed (cache/commit_barrier.c), and must
 * not reveal which objects those are.  A hash cheaper than SipHash would not do:
 * users see the buckets of their own changes and could compute its key.
 *
 * Receiving a message stamps its bucket and frees nothing, so an entry that is
 * in use when a message arrives stays in memory; its next lookup finds it stale.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "utils/datum.h"
#include "utils/inval.h"
#include "utils/rel.h"

#include "cache/invalidation.h"
#include "cache/stamp.h"
#include "store/catalog.h"
#include "store/secret.h"

/* PostgreSQL reserves 8000 to 9999 for patches in development. */
StaticAssertDecl(KROLES_BUCKET_OID(KROLES_NBUCKETS) <= 10000, "buckets have OIDs that no release assigns");
StaticAssertDecl(KROLES_NCLASSES <= 8, "the memo of buckets holds eight classes at most");

#define FIRST_BUCKET(constant, buckets) constant##_BUCKET,
static const int first_bucket[KROLES_NCLASSES + 1] = {KROLES_CLASSES(FIRST_BUCKET) KROLES_NBUCKETS};

static uint64 changed_at[KROLES_NBUCKETS];
static uint64 class_changed_at[KROLES_NCLASSES];

/* The bucket that stands for a whole class. */
int
kroles_class_bucket(KrolesClass class)
{
	return first_bucket[class];
}

/* The key of the hash, and a memo of buckets computed recently. */
#define MEMO_SIZE 256
static KrolesSipKey bucket_key;
static bool bucket_prepared;	/* the key has been read */
static bool bucket_key_known;	/* and there was one */
static struct
{
	int64		id;
	int			class;			/* 0, the site's, in an unused element */
	int			bucket;
}			memo[MEMO_SIZE];

/*
 * Reads the key of the hash.  The first time in a backend, and after the cached
 * catalog was reset, this reads a table, which accepts messages; until then the
 * previous key stays in use.  If the key has changed, as after the extension was
 * created again, all entries become stale.  Without a key, objects fall into the
 * bucket of their class.
 */
void
kroles_bucket_prepare(void)
{
	bool		known = kroles_read_keys();
	KrolesSipKey key = {0};

	if (likely(known))
		key = kroles_key(KROLES_KEY_BUCKET);
	if (likely(bucket_prepared && known == bucket_key_known && key.k0 == bucket_key.k0 && key.k1 == bucket_key.k1))
		return;
	bucket_key = key;
	bucket_key_known = known;
	bucket_prepared = true;
	memset(memo, 0, sizeof(memo));
	kroles_inval_everything();
}

static int
compute_bucket(KrolesClass class, int64 id)
{
	uint32		size = first_bucket[class + 1] - first_bucket[class] - 1;
	KrolesSipState state = kroles_sip_begin(bucket_key);
	uint64		hash;

	kroles_sip_word(&state, (uint64) id);
	hash = kroles_sip_end(state, class, 9);
	return first_bucket[class] + 1 + (int) (((hash >> 32) * size) >> 32);
}

/* The bucket that an object falls into. */
int
kroles_bucket(KrolesClass class, int64 id)
{
	int			slot;

	if (unlikely(!bucket_prepared))
		kroles_bucket_prepare();
	if (class == KROLES_C_SITE || unlikely(!bucket_key_known))
		return first_bucket[class];
	/* Fibonacci hashing: ids that follow each other spread evenly */
	slot = ((((uint64) id * UINT64CONST(0x9E3779B97F4A7C15)) >> 56) ^ (class << 5)) % MEMO_SIZE;
	if (memo[slot].id != id || memo[slot].class != (int) class)
	{
		memo[slot].bucket = compute_bucket(class, id);
		memo[slot].class = class;
		memo[slot].id = id;
	}
	return memo[slot].bucket;
}

/* The class of a bucket. */
KrolesClass
kroles_bucket_class(int bucket)
{
	int			class = 0;

	while (bucket >= first_bucket[class + 1])
		class++;
	return class;
}

/*
 * Receives every relcache message.  InvalidOid means that messages were lost, so
 * anything may have changed.
 */
static void
relation_changed(Datum arg, Oid relid)
{
	kroles_catalog_relation_changed(relid);
	if (!OidIsValid(relid))
		kroles_inval_everything();
	else if (relid == KROLES_BUCKET_OID(KROLES_EVERY_BUCKET))
		kroles_inval_everything();
	else if (relid > KROLES_BUCKET_OID(KROLES_EVERY_BUCKET) && relid < KROLES_BUCKET_OID(KROLES_NBUCKETS))
	{
		changed_at[relid - KROLES_BUCKET_OID(0)] = ++kroles_now.generation;
		class_changed_at[kroles_bucket_class(relid - KROLES_BUCKET_OID(0))] = kroles_now.generation;
	}
}

/* Makes all entries stale. */
void
kroles_inval_everything(void)
{
	changed_at[KROLES_EVERY_BUCKET] = ++kroles_now.generation;
}

/* Registers the callbacks for messages.  Called once per backend. */
void
kroles_inval_init(void)
{
	kroles_catalog_init(kroles_inval_everything);
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
}

/* Whether a message about a bucket of a class arrived after that generation. */
bool
kroles_inval_changed(KrolesClass class, int bucket, uint64 since)
{
	return changed_at[bucket] > since || changed_at[first_bucket[class]] > since ||
		changed_at[KROLES_EVERY_BUCKET] > since;
}

/* Whether a message about any bucket of a class arrived after that generation. */
bool
kroles_inval_class_changed(KrolesClass class, uint64 since)
{
	return class_changed_at[class] > since || changed_at[KROLES_EVERY_BUCKET] > since;
}
