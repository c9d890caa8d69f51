/*
 * audience_gin.c
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

#include "audience.h"

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

/* The last token of what is sought says so; a media's audience has no such token. */
static KrolesTokenClass
last_class(const KrolesAudience *audience)
{
	return audience->n == 0 ? KROLES_TOKEN_USER : kroles_token(audience, audience->n - 1).class;
}

/* Whether it is everything that is sought. */
bool
kroles_seeks_everything(struct varlena *value)
{
	KrolesAudience sought = kroles_open_audience(value);

	return last_class(&sought) == KROLES_TOKEN_EVERY;
}

/* What either seeks; in the caller's memory where that is more than one of them. */
struct varlena *
kroles_join_sought(struct varlena *a, struct varlena *b)
{
	KrolesAudience one = kroles_open_audience(a);
	KrolesAudience other = kroles_open_audience(b);
	KrolesToken *tokens;

	if (last_class(&one) == KROLES_TOKEN_EVERY || kroles_same_audience(a, b))
		return a;
	if (last_class(&other) == KROLES_TOKEN_EVERY)
		return b;
	tokens = palloc((one.n + other.n) * sizeof(KrolesToken));
	for (int i = 0; i < one.n; i++)
		tokens[i] = kroles_token(&one, i);
	for (int i = 0; i < other.n; i++)
		tokens[one.n + i] = kroles_token(&other, i);
	return kroles_make_audience(0, tokens, one.n + other.n);
}

static Datum *
keys_of(const KrolesAudience *audience, int32 *n)
{
	Datum	   *keys = palloc(Max(1, audience->n) * sizeof(Datum));

	*n = 0;
	for (int i = 0; i < audience->n; i++)
	{
		KrolesToken token = kroles_token(audience, i);

		if (token.class < KROLES_TOKEN_SOUGHT)
			keys[(*n)++] = Int64GetDatum(key_of(token));
	}
	return keys;
}

static bool
names_key(const KrolesAudience *audience, int64 key)
{
	for (int i = 0; i < audience->n; i++)
		if (key_of(kroles_token(audience, i)) == key)
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
	KrolesAudience audience = kroles_open_audience(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)));
	KrolesAudience sought = kroles_open_audience(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1)));

	if (last_class(&sought) != KROLES_TOKEN_SOUGHT)
		PG_RETURN_BOOL(last_class(&sought) == KROLES_TOKEN_EVERY);
	for (int i = 0; i < sought.n - 1; i++)
		if (names_key(&audience, key_of(kroles_token(&sought, i))))
			PG_RETURN_BOOL(true);
	PG_RETURN_BOOL(false);
}

/* kroles.audience_extract_value(audience, internal) */
PG_FUNCTION_INFO_V1(kroles_audience_extract_value);
Datum
kroles_audience_extract_value(PG_FUNCTION_ARGS)
{
	KrolesAudience audience = kroles_open_audience(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)));

	PG_RETURN_POINTER(keys_of(&audience, (int32 *) PG_GETARG_POINTER(1)));
}

/* kroles.audience_extract_query(audience, internal, smallint, internal, internal, internal, internal) */
PG_FUNCTION_INFO_V1(kroles_audience_extract_query);
Datum
kroles_audience_extract_query(PG_FUNCTION_ARGS)
{
	KrolesAudience sought = kroles_open_audience(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)));
	int32	   *n = (int32 *) PG_GETARG_POINTER(1);
	int32	   *mode = (int32 *) PG_GETARG_POINTER(6);

	*n = 0;
	if (last_class(&sought) == KROLES_TOKEN_SOUGHT)
		PG_RETURN_POINTER(keys_of(&sought, n));
	if (last_class(&sought) == KROLES_TOKEN_EVERY)
		*mode = GIN_SEARCH_MODE_ALL;
	PG_RETURN_POINTER(NULL);
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
