/*
 * audience.h
 *		Who a media is for, in one value: the owner and the people on it, the
 *		spaces where it is approved or pending, and the events it is a session of.
 */
#ifndef KROLES_AUDIENCE_H
#define KROLES_AUDIENCE_H

#include "fmgr.h"
#include "rules.h"

/* What a token says; a person's carries the role beside it. */
typedef enum KrolesTokenClass
{
	KROLES_TOKEN_USER = 0,		/* plus a KrolesMediaRole */
	KROLES_TOKEN_GROUP = 8,		/* plus a KrolesMediaRole */
	KROLES_TOKEN_APPROVED = 16, /* in the space */
	KROLES_TOKEN_PENDING,
	KROLES_TOKEN_EVENT,			/* that it is a session of */
	/* in what an index is searched for only */
	KROLES_TOKEN_SOUGHT = 32,	/* says that this is it */
	KROLES_TOKEN_EVERY			/* says that it is whatever there is */
} KrolesTokenClass;

typedef struct KrolesToken
{
	uint8		class;			/* a KrolesTokenClass, with the role */
	int64		id;
} KrolesToken;

/*
 * The value: after the varlena header the id of the media, then the tokens in
 * ascending order without repetition, packed, since a short varlena begins
 * anywhere.  The id makes the values of two media differ always.
 */
#define KROLES_TOKEN_SIZE (1 + sizeof(int64))
#define KROLES_AUDIENCE_SIZE(n) (VARHDRSZ + sizeof(int64) + (n) * KROLES_TOKEN_SIZE)

typedef struct KrolesAudience
{
	int64		media_id;
	int			n;
	const char *tokens;
} KrolesAudience;

static inline KrolesAudience
kroles_open_audience(struct varlena *value)
{
	KrolesAudience audience;
	const char *data = VARDATA_ANY(value);

	memcpy(&audience.media_id, data, sizeof(int64));
	audience.n = (VARSIZE_ANY_EXHDR(value) - sizeof(int64)) / KROLES_TOKEN_SIZE;
	audience.tokens = data + sizeof(int64);
	return audience;
}

static inline KrolesToken
kroles_token(const KrolesAudience *audience, int i)
{
	KrolesToken token;
	const char *at = audience->tokens + i * KROLES_TOKEN_SIZE;

	token.class = *(const uint8 *) at;
	memcpy(&token.id, at + 1, sizeof(int64));
	return token;
}

extern struct varlena *kroles_make_audience(int64 media_id, KrolesToken *tokens, int n);
extern struct varlena *kroles_audience_with_owner(struct varlena *from, int64 media_id, int64 owner_id);
extern bool kroles_same_audience(struct varlena *a, struct varlena *b);
extern struct varlena *kroles_join_sought(struct varlena *a, struct varlena *b);
extern bool kroles_seeks_everything(struct varlena *sought);

#endif
