/*
 * secret.h
 *		What is derived from the database's secret.
 */
#ifndef KROLES_SECRET_H
#define KROLES_SECRET_H

#include "storage/lock.h"

#include "core/siphash.h"

/* What a key is for.  Each use has a key of its own, so that no hash of one says anything of another. */
typedef enum KrolesKeyUse
{
	KROLES_KEY_STREAM,			/* what audiences are encrypted with */
	KROLES_KEY_NONCE,			/* what names an audience's contents */
	KROLES_KEY_STAY,			/* locks on a stay in a room: media, user */
	KROLES_KEY_BUCKET,			/* which bucket of messages and locks an object falls into */
	KROLES_KEY_SESSION,			/* locks that say whose transaction it is: user */
	KROLES_KEY_TREE,			/* locks on a tree of galleries: its root */
	KROLES_NKEYS
} KrolesKeyUse;

extern void kroles_forget_secret(void);
extern bool kroles_read_keys(void);
extern KrolesSipKey kroles_key(KrolesKeyUse use);
extern uint64_t kroles_keyed_hash(KrolesKeyUse use, int64_t a, int64_t b);

/*
 * Kinds of locks that are named by keyed hashes, since everybody reads pg_locks:
 * places among advisory locks where no function of SQL reaches (those of SQL are 1 and 2).
 */
typedef enum KrolesLocks
{
	KROLES_STAY_LOCKS = 10811,
	KROLES_ASKING_LOCKS,
	KROLES_STANDING_LOCKS,
	KROLES_TREE_LOCKS
} KrolesLocks;

extern LOCKTAG kroles_lock_tag(KrolesLocks locks, KrolesKeyUse use, int64_t a, int64_t b);

#endif
