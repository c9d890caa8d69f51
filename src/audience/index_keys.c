/*
 * index_keys.c
 *		Index keys, the operator && and its operator class for GIN: which audiences
 *		have an entry that is among a subject's index keys?
 *
 * The index stores an entry as one bigint, without the role of a user or group;
 * ids beyond 2^60 may collide.  The policy checks the rows that the index finds.
 * Apart from the secret (kroles_key()), nothing here reads tables or processes
 * invalidation messages.
 */
#include "postgres.h"

#include "access/gin.h"
#include "access/stratnum.h"

#include "audience/audience.h"
#include "core/array.h"

/* The kinds of keys, in the lowest bits of a key. */
enum
{
	KEY_USER, KEY_GROUP, KEY_APPROVED, KEY_PENDING, KEY_EVENT, KEY_BITS = 3
};

/* The key that the index stores for an entry. */
static int64
entry_key(KrolesAudienceEntry entry)
{
	int			kind = entry.class < KROLES_ENTRY_GROUP ? KEY_USER :
		entry.class < KROLES_ENTRY_APPROVED ? KEY_GROUP :
		entry.class == KROLES_ENTRY_APPROVED ? KEY_APPROVED :
		entry.class == KROLES_ENTRY_PENDING ? KEY_PENDING : KEY_EVENT;

	return (int64) (((uint64) entry.id << KEY_BITS) | kind);
}

/* ---- Index keys as a value ---- */

/* Stored in place of the media's id and the nonce.  No media has that id. */
#define KEYS_MEDIA PG_INT64_MIN
#define KEYS_SOME UINT64CONST(0x6b726f6c6573736f)
#define KEYS_EVERYTHING UINT64CONST(0x6b726f6c65736576)

#define PACKED_ENTRY (1 + sizeof(int64))

/* Index keys of these entries, which are sorted in place, or of everything; in the current memory context. */
struct varlena *
kroles_make_index_keys(bool everything, KrolesAudienceEntry *entries, int n)
{
	int64		media_id = KEYS_MEDIA;
	uint64		mark = everything ? KEYS_EVERYTHING : KEYS_SOME;
	struct varlena *value;
	char	   *at;

	n = everything ? 0 : kroles_sort_entries(entries, n);
	value = palloc(VARHDRSZ + KROLES_AUDIENCE_HEAD + n * PACKED_ENTRY);
	SET_VARSIZE(value, VARHDRSZ + KROLES_AUDIENCE_HEAD + n * PACKED_ENTRY);
	at = VARDATA(value);
	memcpy(at, &media_id, sizeof(int64));
	memcpy(at + sizeof(int64), &mark, sizeof(mark));
	at += KROLES_AUDIENCE_HEAD;
	for (int i = 0; i < n; i++, at += PACKED_ENTRY)
	{
		*(uint8 *) at = entries[i].class;
		memcpy(at + 1, &entries[i].id, sizeof(int64));
	}
	return value;
}

/* Reads a detoasted value, which must outlive the result; is_index_keys is false for an audience. */
KrolesIndexKeys
kroles_open_index_keys(struct varlena *value)
{
	KrolesIndexKeys keys = {0};
	uint64		mark;

	if (VARSIZE_ANY_EXHDR(value) < KROLES_AUDIENCE_HEAD || kroles_audience_media(value) != KEYS_MEDIA)
		return keys;
	memcpy(&mark, VARDATA_ANY(value) + sizeof(int64), sizeof(mark));
	keys.everything = mark == KEYS_EVERYTHING;
	keys.is_index_keys = keys.everything || mark == KEYS_SOME;
	if (mark == KEYS_SOME)
		keys.n = (VARSIZE_ANY_EXHDR(value) - KROLES_AUDIENCE_HEAD) / PACKED_ENTRY;
	keys.entries = VARDATA_ANY(value) + KROLES_AUDIENCE_HEAD;
	return keys;
}

/* The i-th entry, from 0. */
KrolesAudienceEntry
kroles_index_key(const KrolesIndexKeys *keys, int i)
{
	const char *at = keys->entries + i * PACKED_ENTRY;
	KrolesAudienceEntry entry = {.class = *(const uint8 *) at};

	memcpy(&entry.id, at + 1, sizeof(int64));
	return entry;
}

/* The union of two index keys: one of them, or a value in the current memory context. */
struct varlena *
kroles_join_index_keys(struct varlena *a, struct varlena *b)
{
	KrolesIndexKeys one = kroles_open_index_keys(a);
	KrolesIndexKeys other = kroles_open_index_keys(b);
	KrolesAudienceEntry *entries;

	if (one.everything || kroles_same_audience(a, b))
		return a;
	if (other.everything)
		return b;
	entries = palloc(Max(1, one.n + other.n) * sizeof(KrolesAudienceEntry));
	for (int i = 0; i < one.n; i++)
		entries[i] = kroles_index_key(&one, i);
	for (int i = 0; i < other.n; i++)
		entries[one.n + i] = kroles_index_key(&other, i);
	return kroles_make_index_keys(false, entries, one.n + other.n);
}

/* ---- The operator and its operator class ---- */

/* The keys as GIN wants them; in the current memory context. */
static Datum *
gin_keys(const KrolesIndexKeys *keys, int32 *n)
{
	Datum	   *datums = palloc(Max(1, keys->n) * sizeof(Datum));

	*n = keys->n;
	for (int i = 0; i < keys->n; i++)
		datums[i] = Int64GetDatum(entry_key(kroles_index_key(keys, i)));
	return datums;
}

/* Whether a key of the index is among the index keys. */
static bool
has_key(const KrolesIndexKeys *keys, int64 key)
{
	for (int i = 0; i < keys->n; i++)
		if (entry_key(kroles_index_key(keys, i)) == key)
			return true;
	return false;
}

/*
 * kroles.audience_overlaps(audience, index keys), the operator &&.  False if the
 * second argument was not returned by kroles.index_keys(): comparing the audiences of
 * two rows would reveal entries.
 */
PG_FUNCTION_INFO_V1(kroles_audience_overlaps);
Datum
kroles_audience_overlaps(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	KrolesIndexKeys keys = kroles_open_index_keys(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1)));
	KrolesAudience audience;
	KrolesAudienceEntry entry;

	if (!keys.is_index_keys || keys.everything || kroles_open_index_keys(value).is_index_keys)
		PG_RETURN_BOOL(keys.everything);
	audience = kroles_open_audience(value);
	while (kroles_next_entry(&audience, &entry))
		if (has_key(&keys, entry_key(entry)))
			PG_RETURN_BOOL(true);
	PG_RETURN_BOOL(false);
}

/* kroles.audience_extract_value(audience, internal): GIN, the keys of an audience */
PG_FUNCTION_INFO_V1(kroles_audience_extract_value);
Datum
kroles_audience_extract_value(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	KrolesAudience audience = kroles_open_audience(value);
	KrolesArray keys = {.size = sizeof(Datum)};
	KrolesAudienceEntry entry;

	while (kroles_next_entry(&audience, &entry))
		*(Datum *) kroles_array_add(&keys) = Int64GetDatum(entry_key(entry));
	*(int32 *) PG_GETARG_POINTER(1) = keys.n;
	PG_RETURN_POINTER(keys.items);
}

/* kroles.audience_extract_query(audience, internal, smallint, internal, internal, internal, internal): GIN, the keys to search for */
PG_FUNCTION_INFO_V1(kroles_audience_extract_query);
Datum
kroles_audience_extract_query(PG_FUNCTION_ARGS)
{
	KrolesIndexKeys keys = kroles_open_index_keys(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)));
	int32	   *n = (int32 *) PG_GETARG_POINTER(1);
	int32	   *mode = (int32 *) PG_GETARG_POINTER(6);

	*n = 0;
	if (keys.everything)
		*mode = GIN_SEARCH_MODE_ALL;
	PG_RETURN_POINTER(keys.n == 0 ? NULL : gin_keys(&keys, n));
}

/* kroles.audience_consistent(internal, smallint, audience, integer, internal, internal, internal, internal): any key matches */
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

/* kroles.audience_triconsistent(internal, smallint, audience, integer, internal, internal, internal): the same with unknowns */
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
