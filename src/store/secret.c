/*
 * secret.c
 *		The database's secret, and the keys derived from it.
 *
 * The extension's script makes one at random (kroles.new_secret()).  Only the
 * extension's owner can read it, and dumps exclude it: a restored database has
 * another.  A backend reads it once and caches the derived keys in static memory
 * until the catalog rows behind it change.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "core/compat.h"
#include "store/scan.h"
#include "store/secret.h"

KrolesKeys	kroles_keys;
static uint32 forget_count;		/* counts calls of kroles_forget_secret() */

/* Forgets the keys; they are read again at their next use. */
void
kroles_forget_secret(void)
{
	kroles_keys.known = false;
	forget_count++;
}

static void
derive_keys(KrolesSipKey secret)
{
	for (int use = 0; use < KROLES_NKEYS; use++)
	{
		kroles_keys.key[use].k0 = kroles_sip_end(kroles_sip_begin(secret), 2 * use, 1);
		kroles_keys.key[use].k1 = kroles_sip_end(kroles_sip_begin(secret), 2 * use + 1, 1);
	}
}

/* Reads the secret; false if there is no valid one.  Sets whether a message was accepted that the read is older than. */
static bool
read_secret(KrolesSipKey *secret, bool *changed)
{
	KrolesScan	scan;
	uint32		before;
	bytea	   *value = NULL;

	kroles_scan_all(&scan, KROLES_T_SECRET, NULL);
	before = forget_count;		/* the snapshot is newer than the messages that came with the table's lock */
	if (kroles_scan_next(&scan))
		value = DatumGetByteaPCopy(kroles_scan_value(&scan, SECRET_KEY));
	kroles_scan_end(&scan);
	if (value == NULL || VARSIZE_ANY_EXHDR(value) != sizeof(*secret))
		return false;
	memcpy(secret, VARDATA_ANY(value), sizeof(*secret));
	pfree(value);
	*changed = before != forget_count;
	return true;
}

/*
 * Reads the keys if they are not known; false if there is no valid secret.
 * Reading locks the table briefly and accepts invalidation messages.  The keys
 * are those of the instant of reading: where a message arrives meanwhile, they
 * are used, and read again at the next use.
 */
bool
kroles_read_keys(void)
{
	KrolesSipKey secret;
	bool		changed;

	if (kroles_keys.known)
		return true;
	if (!read_secret(&secret, &changed))
		return false;
	derive_keys(secret);
	kroles_keys.known = !changed;
	return true;
}

/* Reads the keys if they are not known; an error if there is no secret. */
void
kroles_require_keys(void)
{
	if (!kroles_read_keys())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the database's secret is missing from table \"kroles.secret\""),
				 errhint("Restore a dump into a database where the extension was newly created.")));
}

/* A hash of two numbers that discloses nothing about them without the secret. */
uint64
kroles_keyed_hash(KrolesKeyUse use, int64 a, int64 b)
{
	KrolesSipState state = kroles_sip_begin(kroles_key(use));

	kroles_sip_word(&state, (uint64) a);
	kroles_sip_word(&state, (uint64) b);
	return kroles_sip_end(state, 0, 16);
}

/* The tag of an advisory lock on an object named by two numbers, hashed. */
LOCKTAG
kroles_lock_tag(KrolesLocks locks, KrolesKeyUse use, int64 a, int64 b)
{
	uint64		key = kroles_keyed_hash(use, a, b);
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) (key >> 32), (uint32) key, locks);
	return tag;
}

/* kroles.new_secret(): sixteen random bytes. */
PG_FUNCTION_INFO_V1(kroles_new_secret);
Datum
kroles_new_secret(PG_FUNCTION_ARGS)
{
	bytea	   *secret = palloc(VARHDRSZ + sizeof(KrolesSipKey));

	SET_VARSIZE(secret, VARHDRSZ + sizeof(KrolesSipKey));
	if (!pg_strong_random(VARDATA(secret), sizeof(KrolesSipKey)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate a random secret")));
	PG_RETURN_BYTEA_P(secret);
}
