/*
 * verdicts.h
 *		The verdicts on audiences that were judged for a subject view: for filter.c.
 *
 * A page that is shown again, or the next count, asks about the same audiences.  The
 * nonce of an audience is a keyed hash of the media's id and all entries, so equal
 * nonces are equal audiences, and nobody can make another audience of that nonce.
 * So a verdict is one bit, kept with the other 63 bits of the nonce at the place that
 * the media's id maps to.  They live in the view's memory and end with it.
 */
#ifndef KROLES_VERDICTS_H
#define KROLES_VERDICTS_H

#include "audience/audience.h"
#include "core/compat.h"

typedef struct KrolesVerdicts
{
	uint64		size;			/* a power of two; 0 before there are any */
	uint64		kept;			/* how many were kept since the table got this size */
	uint64	   *slots;
} KrolesVerdicts;

extern void kroles_grow_verdicts(KrolesVerdicts *verdicts, MemoryContext context);

/* The nonce of a detoasted value that is not "hidden". */
static inline uint64
kroles_audience_nonce(struct varlena *value)
{
	uint64		nonce;

	memcpy(&nonce, VARDATA_ANY(value) + sizeof(int64), sizeof(nonce));
	return nonce;
}

/* Finds the verdict on a value that is not "hidden"; false if there is none. */
static inline bool
kroles_find_verdict(const KrolesVerdicts *verdicts, struct varlena *value, bool *allowed)
{
	uint64		slot;

	if (verdicts->size == 0)
		return false;
	slot = verdicts->slots[(uint64) kroles_audience_media(value) & (verdicts->size - 1)];
	*allowed = slot & 1;
	return ((slot ^ kroles_audience_nonce(value)) & ~UINT64CONST(1)) == 0;
}

/* Keeps a verdict on a value that is not "hidden". */
static inline void
kroles_keep_verdict(KrolesVerdicts *verdicts, MemoryContext context, struct varlena *value, bool allowed)
{
	if (unlikely(verdicts->kept++ >= verdicts->size))
		kroles_grow_verdicts(verdicts, context);
	if (verdicts->size > 0)
		verdicts->slots[(uint64) kroles_audience_media(value) & (verdicts->size - 1)] =
			(kroles_audience_nonce(value) & ~UINT64CONST(1)) | allowed;
}

#endif
