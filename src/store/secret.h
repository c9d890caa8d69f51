/*
 * secret.h
 *		Keys, hashes and lock tags derived from the database's secret.
 */
#ifndef KROLES_SECRET_H
#define KROLES_SECRET_H

#include "storage/lock.h"

#include "core/siphash.h"

/* The uses of keys.  Each has a key of its own, so that hashes of one use disclose nothing about another's. */
typedef enum KrolesKeyUse
{
	KROLES_KEY_STREAM,			/* encrypts audiences */
	KROLES_KEY_NONCE,			/* an audience's nonce, from its contents */
	KROLES_KEY_STAY,			/* locks on a stay in a room: media, user */
	KROLES_KEY_SESSION,			/* locks on the user that a transaction acts for: user */
	KROLES_KEY_TREE,			/* locks on a tree of galleries: its root */
	KROLES_NKEYS
} KrolesKeyUse;

/* The keys, for kroles_key() alone. */
typedef struct KrolesKeys
{
	bool		known;
	KrolesSipKey key[KROLES_NKEYS];
} KrolesKeys;

extern KrolesKeys kroles_keys;

extern void kroles_forget_secret(void);
extern bool kroles_read_keys(void);
extern void kroles_require_keys(void);

/* The key for a use, read if necessary (kroles_read_keys()); an error if there is no secret. */
static inline KrolesSipKey
kroles_key(KrolesKeyUse use)
{
	if (unlikely(!kroles_keys.known))
		kroles_require_keys();
	return kroles_keys.key[use];
}

extern uint64_t kroles_keyed_hash(KrolesKeyUse use, int64_t a, int64_t b);

/*
 * Kinds of advisory locks: values of locktag_field4 that no SQL function uses
 * (those use 1 and 2).  The locks are named by keyed hashes, as every role can
 * read pg_locks.
 */
typedef enum KrolesLocks
{
	KROLES_STAY_LOCKS = 10811,
	KROLES_ASKING_LOCKS,
	KROLES_STANDING_LOCKS,
	KROLES_TREE_LOCKS,
	KROLES_RECORD_LOCKS
} KrolesLocks;

extern LOCKTAG kroles_lock_tag(KrolesLocks locks, KrolesKeyUse use, int64_t a, int64_t b);

#endif
