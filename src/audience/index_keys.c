/*
 * index_keys.c
 *		The operator && and its operator class for GIN: which audiences name
 *		anything that is sought?
 *
 * In the index a token is one bigint.  Which role a person has on the media is
 * not told apart, and ids beyond 2^60 may meet: what the index finds is judged
 * by the policy again.  Nothing here reads tables or accepts messages.
 */
#include "postgres.h"

#include "access/gin.h"
#include "access/stratnum.h"

#include "audience/audience.h"
#include "core/array.h"

/* The kinds of keys. */
enum
{
	KEY_USER, KEY_GROUP, KEY_APPROVED, KEY_PENDING, KEY_EVENT, KEY_BITS = 3
};

static int64
key_of(KrolesToken token)
{
	int			kind = token.class < KROLES_TOKEN_GROUP ? KEY_USER :
		token.class < KROLES_TOKEN_APPROVED ? KEY_GROUP :
		token.class == KROLES_TOKEN_APPROVED ? KEY_APPROVED :
		token.class == KROLES_TOKEN_PENDING ? KEY_PENDING : KEY_EVENT;

	return (int64) (((uint64) token.id << KEY_BITS) | kind);
}

/* ---- What is sought ---- */

/* In place of a media's id and of a nonce; no media has the one, and no nonce is likely to be the other. */
#define SOUGHT_MEDIA PG_INT64_MIN
#define SOUGHT_SOME UINT64CONST(0x6b726f6c6573736f)
#define SOUGHT_EVERYTHING UINT64CONST(0x6b726f6c65736576)

#define PACKED_TOKEN (1 + sizeof(int64))

/* What is searched for; the tokens are put in order.  In the caller's memory. */
struct varlena *
kroles_make_sought(bool everything, KrolesToken *tokens, int n)
{
	int64		media_id = SOUGHT_MEDIA;
	uint64		mark = everything ? SOUGHT_EVERYTHING : SOUGHT_SOME;
	struct varlena *value;
	char	   *at;

	n = everything ? 0 : kroles_put_tokens_in_order(tokens, n);
	value = palloc(VARHDRSZ + KROLES_AUDIENCE_HEAD + n * PACKED_TOKEN);
	SET_VARSIZE(value, VARHDRSZ + KROLES_AUDIENCE_HEAD + n * PACKED_TOKEN);
	at = VARDATA(value);
	memcpy(at, &media_id, sizeof(int64));
	memcpy(at + sizeof(int64), &mark, sizeof(mark));
	at += KROLES_AUDIENCE_HEAD;
	for (int i = 0; i < n; i++, at += PACKED_TOKEN)
	{
		*(uint8 *) at = tokens[i].class;
		memcpy(at + 1, &tokens[i].id, sizeof(int64));
	}
	return value;
}

/* Reads a detoasted value as what is sought; one that is not says so. */
KrolesSought
kroles_open_sought(struct varlena *value)
{
	KrolesSought sought = {0};
	uint64		mark;

	if (VARSIZE_ANY_EXHDR(value) < KROLES_AUDIENCE_HEAD || kroles_audience_media(value) != SOUGHT_MEDIA)
		return sought;
	memcpy(&mark, VARDATA_ANY(value) + sizeof(int64), sizeof(mark));
	sought.everything = mark == SOUGHT_EVERYTHING;
	sought.is_sought = sought.everything || mark == SOUGHT_SOME;
	if (mark == SOUGHT_SOME)
		sought.n = (VARSIZE_ANY_EXHDR(value) - KROLES_AUDIENCE_HEAD) / PACKED_TOKEN;
	sought.tokens = VARDATA_ANY(value) + KROLES_AUDIENCE_HEAD;
	return sought;
}

KrolesToken
kroles_sought_token(const KrolesSought *sought, int i)
{
	const char *at = sought->tokens + i * PACKED_TOKEN;
	KrolesToken token = {.class = *(const uint8 *) at};

	memcpy(&token.id, at + 1, sizeof(int64));
	return token;
}

/* What either seeks; in the caller's memory where that is more than one of them. */
struct varlena *
kroles_join_sought(struct varlena *a, struct varlena *b)
{
	KrolesSought one = kroles_open_sought(a);
	KrolesSought other = kroles_open_sought(b);
	KrolesToken *tokens;

	if (one.everything || kroles_same_audience(a, b))
		return a;
	if (other.everything)
		return b;
	tokens = palloc(Max(1, one.n + other.n) * sizeof(KrolesToken));
	for (int i = 0; i < one.n; i++)
		tokens[i] = kroles_sought_token(&one, i);
	for (int i = 0; i < other.n; i++)
		tokens[one.n + i] = kroles_sought_token(&other, i);
	return kroles_make_sought(false, tokens, one.n + other.n);
}

/* ---- The operator and its operator class ---- */

static Datum *
keys_sought(const KrolesSought *sought, int32 *n)
{
	Datum	   *keys = palloc(Max(1, sought->n) * sizeof(Datum));

	*n = sought->n;
	for (int i = 0; i < sought->n; i++)
		keys[i] = Int64GetDatum(key_of(kroles_sought_token(sought, i)));
	return keys;
}

static bool
is_sought(const KrolesSought *sought, int64 key)
{
	for (int i = 0; i < sought->n; i++)
		if (key_of(kroles_sought_token(sought, i)) == key)
			return true;
	return false;
}

/*
 * audience && sought.  False for what was not made by kroles.sought(): two rows'
 * audiences are not to be compared.
 */
PG_FUNCTION_INFO_V1(kroles_audience_overlaps);
Datum
kroles_audience_overlaps(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	KrolesSought sought = kroles_open_sought(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1)));
	KrolesAudience audience;
	KrolesToken token;

	if (!sought.is_sought || sought.everything || kroles_open_sought(value).is_sought)
		PG_RETURN_BOOL(sought.everything);
	audience = kroles_open_audience(value);
	while (kroles_next_token(&audience, &token))
		if (is_sought(&sought, key_of(token)))
			PG_RETURN_BOOL(true);
	PG_RETURN_BOOL(false);
}

/* kroles.audience_extract_value(audience, internal) */
PG_FUNCTION_INFO_V1(kroles_audience_extract_value);
Datum
kroles_audience_extract_value(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	KrolesAudience audience = kroles_open_audience(value);
	KrolesGrowing keys = {.size = sizeof(Datum)};
	KrolesToken token;

	while (kroles_next_token(&audience, &token))
		*(Datum *) kroles_add_item(&keys) = Int64GetDatum(key_of(token));
	*(int32 *) PG_GETARG_POINTER(1) = keys.n;
	PG_RETURN_POINTER(keys.items);
}

/* kroles.audience_extract_query(audience, internal, smallint, internal, internal, internal, internal) */
PG_FUNCTION_INFO_V1(kroles_audience_extract_query);
Datum
kroles_audience_extract_query(PG_FUNCTION_ARGS)
{
	KrolesSought sought = kroles_open_sought(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)));
	int32	   *n = (int32 *) PG_GETARG_POINTER(1);
	int32	   *mode = (int32 *) PG_GETARG_POINTER(6);

	*n = 0;
	if (sought.everything)
		*mode = GIN_SEARCH_MODE_ALL;
	PG_RETURN_POINTER(sought.n == 0 ? NULL : keys_sought(&sought, n));
}

/* kroles.audience_consistent(internal, smallint, audience, integer, internal, internal, internal, internal) */
PG_FUNCTION_INFO_V1(kroles_audience_consistent);
Datum
kroles_audience_consistent(PG_FUNCTION_ARGS)
{
	bool	   *check = (bool *) PG_GETARG_POINTER(0);
	int32		n = PG_GETARG_INT32(3);
	bool	   *recheck = (bool *) PG_GETARG_POINTER(5);

	*recheck = false;
	for (int32 i = 0; i < n; i++)
		if (check[i])
			PG_RETURN_BOOL(true);
	PG_RETURN_BOOL(n == 0);
}

/* kroles.audience_triconsistent(internal, smallint, audience, integer, internal, internal, internal) */
PG_FUNCTION_INFO_V1(kroles_audience_triconsistent);
Datum
kroles_audience_triconsistent(PG_FUNCTION_ARGS)
{
	GinTernaryValue *check = (GinTernaryValue *) PG_GETARG_POINTER(0);
	int32		n = PG_GETARG_INT32(3);
	GinTernaryValue answer = n == 0 ? GIN_TRUE : GIN_FALSE;

	for (int32 i = 0; i < n && answer != GIN_TRUE; i++)
		if (check[i] != GIN_FALSE)
			answer = check[i];
	PG_RETURN_GIN_TERNARY_VALUE(answer);
}
