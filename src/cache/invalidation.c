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

/* PostgreSQL reserves 8000 to 9999 for patches in development. */
StaticAssertDecl(KROLES_BUCKET_OID(KROLES_NBUCKETS) <= 10000, "buckets have OIDs that no release assigns");

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

/* The bucket that an object falls into.  (Fibonacci hashing: ids that follow each other spread evenly.) */
int
kroles_bucket(KrolesClass class, int64 id)
{
	uint32		size = first_bucket[class + 1] - first_bucket[class] - 1;
	uint64		hash = (uint64) id * UINT64CONST(0x9E3779B97F4A7C15);

	return class == KROLES_C_SITE ? first_bucket[class] : first_bucket[class] + 1 + (int) (((hash >> 32) * size) >> 32);
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
