/*
 * secret.h
 *		What is derived from the database's secret.
 */
#ifndef KROLES_SECRET_H
#define KROLES_SECRET_H

#include "siphash.h"

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

#endif
