/*
 * index_keys.c
 *		Index keys, the operator && and its operator class for GIN: which audiences
 *		have an entry that is among a subject's index keys?
 *
 * The index stores an entry as one bigint, without the role of a user or group
 * and without the window; ids beyond 2^60 may collide.  The policy checks the rows that the index finds.
 * The users and groups on a draft, a media that is published nowhere, have keys of
 * their own kinds, so that a subject's drafts can be found without the rest of what
 * the subject is on: a page in order reads what is published anywhere from an index
 * in that order, and the drafts from this one (planner/merged_paths.c).
 * Apart from the secret (kroles_key()), nothing here reads tables or processes
 * invalidation messages.
 */
#include "postgres.h"

#include "access/gin.h"
#include "access/stratnum.h"

#include "audience/audience.h"
#include "core/array.h"
#include "core/compat.h"

/* The kinds of keys, in the lowest bits of a key. */
enum
{
	KEY_USER, KEY_GROUP, KEY_APPROVED, KEY_PENDING, KEY_EVENT, KEY_DRAFT_USER, KEY_DRAFT_GROUP, KEY_BITS = 3
};

/* The key that the index stores for an entry of an audience that is, or is not, that of a draft. */
static int64
entry_key(KrolesAudienceEntry entry, bool draft)
{
	int			kind = entry.class < KROLES_ENTRY_GROUP ? (draft ? KEY_DRAFT_USER : KEY_USER) :
		entry.class < KROLES_ENTRY_APPROVED ? (draft ? KEY_DRAFT_GROUP : KEY_GROUP) :
		entry.class == KROLES_ENTRY_APPROVED ? KEY_APPROVED :
		entry.class == KROLES_ENTRY_PENDING ? KEY_PENDING : KEY_EVENT;

	return (int64) (((uint64) entry.id << KEY_BITS) | kind);
}

/* Whether the media with that audience is published nowhere. */
static bool
is_draft(struct varlena *value)
{
	KrolesAudience audience = kroles_open_audience(value);
	KrolesWindowedEntry entry;

	while (kroles_read_entry(&audience, &entry))
		if (kroles_is_published_entry(entry.entry))
			return false;
	return true;
}

/* ---- Index keys as a value ---- */

/* Stored in place of the media's id and the nonce.  No media has that id. */
#define KEYS_MEDIA PG_INT64_MIN
#define KEYS_SOME UINT64CONST(0x6b726f6c6573736f)
#define KEYS_EVERYTHING UINT64CONST(0x6b726f6c65736576)
#define KEYS_DRAFTS UINT64CONST(0x6b726f6c65736472)
#define KEYS_PUBLISHED UINT64CONST(0x6b726f6c65737075)

#define PACKED_ENTRY (1 + sizeof(int64))

/* A value with that mark and these entries, which are sorted in place; in the current memory context. */
static struct varlena *
make_keys(uint64 mark, KrolesAudienceEntry *entries, int n)
{
	int64		media_id = KEYS_MEDIA;
	struct varlena *value;
	char	   *at;

	n = n == 0 ? 0 : kroles_sort_entries(entries, n);
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

/* Index keys of these entries, which are sorted in place, or of everything; in the current memory context. */
struct varlena *
kroles_make_index_keys(bool everything, KrolesAudienceEntry *entries, int n)
{
	return make_keys(everything ? KEYS_EVERYTHING : KEYS_SOME, entries, everything ? 0 : n);
}

/* The same of the drafts that have one of these entries, of users and groups. */
struct varlena *
kroles_make_draft_keys(KrolesAudienceEntry *entries, int n)
{
	return make_keys(KEYS_DRAFTS, entries, n);
}

/*
 * The right side of && that matches the audience of every media that is published
 * anywhere, for the predicates of indexes; in the current memory context.
 */
struct varlena *
kroles_published_mark(void)
{
	return make_keys(KEYS_PUBLISHED, NULL, 0);
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
	keys.drafts = mark == KEYS_DRAFTS;
	keys.published = mark == KEYS_PUBLISHED;
	keys.is_index_keys = keys.everything || keys.drafts || keys.published || mark == KEYS_SOME;
	if (mark == KEYS_SOME || keys.drafts)
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

/* The keys as GIN wants them: of an entry of a user or group, those of both kinds; in the current memory context. */
static Datum *
gin_keys(const KrolesIndexKeys *keys, int32 *n)
{
	Datum	   *datums = palloc(Max(1, 2 * keys->n) * sizeof(Datum));

	*n = 0;
	for (int i = 0; i < keys->n; i++)
	{
		KrolesAudienceEntry entry = kroles_index_key(keys, i);

		if (!keys->drafts)
			datums[(*n)++] = Int64GetDatum(entry_key(entry, false));
		if (!kroles_is_published_entry(entry))
			datums[(*n)++] = Int64GetDatum(entry_key(entry, true));
	}
	return datums;
}

/* Whether an entry, in whichever role, is among the index keys. */
static bool
has_key(const KrolesIndexKeys *keys, KrolesAudienceEntry entry)
{
	if (entry.class == KROLES_ENTRY_AVAILABLE)
		return false;
	for (int i = 0; i < keys->n; i++)
		if (entry_key(kroles_index_key(keys, i), false) == entry_key(entry, false))
			return true;
	return false;
}

/* Whether a detoasted audience has an entry that the index keys look for. */
bool
kroles_has_index_key(struct varlena *value, const KrolesIndexKeys *keys)
{
	KrolesAudience audience;
	KrolesWindowedEntry entry;

	if (!keys->is_index_keys || keys->everything || kroles_open_index_keys(value).is_index_keys)
		return keys->everything;
	if (keys->drafts && !is_draft(value))
		return false;
	audience = kroles_open_audience(value);
	while (kroles_read_entry(&audience, &entry))
		if (keys->published ? kroles_is_published_entry(entry.entry) : has_key(keys, entry.entry))
			return true;
	return false;
}

/*
 * kroles.audience_overlaps(audience, index keys), the operator &&.  False if the
 * second argument was not returned by kroles.index_keys() or kroles.draft_keys(), nor
 * is the mark of published media, which people cannot write: comparing the audiences
 * of two rows would reveal entries.
 */
PG_FUNCTION_INFO_V1(kroles_audience_overlaps);
Datum
kroles_audience_overlaps(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	KrolesIndexKeys keys = kroles_open_index_keys(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1)));

	PG_RETURN_BOOL(kroles_has_index_key(value, &keys));
}

/* kroles.audience_extract_value(audience, internal): GIN, the keys of an audience */
PG_FUNCTION_INFO_V1(kroles_audience_extract_value);
Datum
kroles_audience_extract_value(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	KrolesAudience audience = kroles_open_audience(value);
	KrolesArray keys = {.size = sizeof(Datum)};
	KrolesWindowedEntry entry;
	bool		draft = is_draft(value);

	while (kroles_read_entry(&audience, &entry))
		if (entry.entry.class != KROLES_ENTRY_AVAILABLE)
			*(Datum *) kroles_array_add(&keys) = Int64GetDatum(entry_key(entry.entry, draft));
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
	if (keys.everything || keys.published)	/* both read the whole index; kroles_audience_consistent() has rows rechecked */
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

	*recheck = kroles_open_index_keys(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(2))).published;
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

	if (kroles_open_index_keys(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(2))).published)
		answer = GIN_MAYBE;
	for (int32 i = 0; i < n && answer != GIN_TRUE; i++)
		if (check[i] != GIN_FALSE)
			answer = check[i];
	PG_RETURN_GIN_TERNARY_VALUE(answer);
}
