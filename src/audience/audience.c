/*
 * audience.c
 *		The type kroles.audience: reading, constructing and comparing values.
 *
 * An audience names people and spaces that a viewer of the media may not see.  So
 * its bytes are encrypted, in case they are read in another way than by its text and
 * binary forms (audience/audience_io.c).  Values are compared by the
 * media's id alone, so that DISTINCT and the like work on whole rows and reveal no
 * entries.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "lib/qunique.h"
#include "port/pg_bitutils.h"

#include "audience/audience.h"
#include "core/array.h"
#include "core/compat.h"
#include "rules/rules.h"

/* For qsort: by class, then by id; the class "available" first. */
static int
compare_entries(const void *x, const void *y)
{
	const KrolesAudienceEntry *a = x;
	const KrolesAudienceEntry *b = y;

	if (a->class != b->class)
		return a->class == KROLES_ENTRY_AVAILABLE || (b->class != KROLES_ENTRY_AVAILABLE && a->class < b->class) ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

StaticAssertDecl(offsetof(KrolesWindowedEntry, entry) == 0, "compare_entries() compares windowed entries too");

/* Sorts entries in place and removes duplicates; returns the number of those left. */
int
kroles_sort_entries(KrolesAudienceEntry *entries, int n)
{
	qsort(entries, n, sizeof(KrolesAudienceEntry), compare_entries);
	return qunique(entries, n, sizeof(KrolesAudienceEntry), compare_entries);
}

/* kroles_decrypt_word(), out of line for words after the second: few audiences have any. */
uint64
kroles_decrypt_later_word(KrolesSipState stream, const char *at, uint32 n)
{
	return kroles_decrypt_word(stream, at, n);
}

/* Reads a number in groups of seven bits. */
static int64
read_number(KrolesAudience *audience)
{
	if (audience->left <= (int) sizeof(uint64))
		(void) kroles_fill_window(audience);
	return kroles_read_long_id(audience);
}

/* Reads the rest of an entry whose class has a mark of a window, and removes the marks. */
KrolesWindow
kroles_read_window(KrolesAudience *audience, KrolesAudienceEntry *entry)
{
	KrolesWindow window = KROLES_ALWAYS;

	if (entry->class & KROLES_ENTRY_STARTS)
		window.starts_at = read_number(audience);
	if (entry->class & KROLES_ENTRY_EXPIRES)
		window.expires_at = read_number(audience);
	entry->class &= ~(KROLES_ENTRY_STARTS | KROLES_ENTRY_EXPIRES);
	return window;
}

/* Reads the next entry with its window; false if there is none. */
bool
kroles_read_entry(KrolesAudience *audience, KrolesWindowedEntry *entry)
{
	if (!kroles_next_entry(audience, &entry->entry))
		return false;
	entry->window = kroles_has_window(entry->entry) ? kroles_read_window(audience, &entry->entry) : KROLES_ALWAYS;
	return true;
}

/* The time in which the media with that audience, detoasted, is available. */
KrolesWindow
kroles_audience_available(struct varlena *value)
{
	KrolesAudience audience = kroles_open_audience(value);
	KrolesWindowedEntry entry;

	return kroles_read_entry(&audience, &entry) && entry.entry.class == KROLES_ENTRY_AVAILABLE ? entry.window : KROLES_ALWAYS;
}

/* ---- Constructing values ---- */

#define MAX_ENTRY_SIZE 31		/* bytes: the class, and three times 64 bits in groups of seven */
#define MAX_ENTRIES (1 << 23)	/* keeps all sizes below the limit of an allocation */

/* Writes a number in groups of seven bits; returns the byte after it. */
static char *
write_number(char *at, uint64 number)
{
	while (number >= 0x80)
	{
		*at++ = (char) (number | 0x80);
		number >>= 7;
	}
	*at++ = (char) number;
	return at;
}

/* Writes an entry in the format of audience.h; returns the byte after it. */
static char *
write_entry(char *at, const KrolesWindowedEntry *entry)
{
	uint8		marks = kroles_window_marks(entry->window);

	*at++ = (char) ((entry->entry.class + 1) | marks);
	at = write_number(at, entry->entry.id);
	if (marks & KROLES_ENTRY_STARTS)
		at = write_number(at, entry->window.starts_at);
	if (marks & KROLES_ENTRY_EXPIRES)
		at = write_number(at, entry->window.expires_at);
	return at;
}

/* The size, a multiple of eight, that a body of that size is padded to. */
static Size
padded_size(Size size)
{
	return size == 0 ? 0 : Max(KROLES_LEAST_BODY, pg_nextpower2_size_t(size));
}

/* Eight bytes of a body as a word, the first byte lowest. */
static uint64
word_at(const char *body)
{
	uint64		word = 0;

	for (int i = 0; i < (int) sizeof(word); i++)
		word |= (uint64) (uint8) body[i] << (8 * i);
	return word;
}

/* A nonce: a keyed hash of the contents, equal for equal contents, and the version of the format. */
static uint64
make_nonce(int64 media_id, const char *body, Size size, uint8 version)
{
	KrolesSipState state = kroles_sip_begin(kroles_key(KROLES_KEY_NONCE));
	uint64		nonce;

	kroles_sip_word(&state, (uint64) media_id);
	for (Size i = 0; i < size; i += sizeof(uint64))
		kroles_sip_word(&state, word_at(body + i));
	nonce = kroles_sip_end(state, 0, sizeof(media_id) + size);
	return (nonce & ~UINT64CONST(0xff)) | version;
}

/* Encrypts a body into another buffer of the same size, a multiple of eight. */
static void
encrypt_body(char *to, int64 media_id, uint64 nonce, const char *body, Size size)
{
	KrolesSipState stream = kroles_sip_begin(kroles_key(KROLES_KEY_STREAM));

	kroles_sip_word(&stream, (uint64) media_id);
	kroles_sip_word(&stream, nonce);
	for (Size i = 0; i < size; i += sizeof(uint64))
	{
		uint64		word = word_at(body + i) ^ kroles_audience_stream(stream, i / sizeof(uint64));

		memcpy(to + i, &word, sizeof(word));
	}
}

/*
 * An audience with these entries, which are sorted in place; in the current
 * memory context.  May read the secret: see kroles_key().
 */
struct varlena *
kroles_make_audience(int64 media_id, KrolesWindowedEntry *entries, int n)
{
	char	   *body;
	char	   *at;
	Size		size;
	uint8		version = KROLES_AUDIENCE_VERSION;
	uint64		nonce = 0;
	struct varlena *value;

	qsort(entries, n, sizeof(KrolesWindowedEntry), compare_entries);
	n = qunique(entries, n, sizeof(KrolesWindowedEntry), compare_entries);
	if (n > MAX_ENTRIES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("an audience cannot have more than %d entries", MAX_ENTRIES)));
	body = palloc0(padded_size((Size) n * MAX_ENTRY_SIZE));
	at = body;
	for (int i = 0; i < n; i++)
	{
		at = write_entry(at, &entries[i]);
		if (!kroles_is_always(entries[i].window))
			version = KROLES_AUDIENCE_VERSION_WINDOWS;
	}
	size = padded_size(at - body);
	value = palloc(VARHDRSZ + KROLES_AUDIENCE_HEAD + size);
	SET_VARSIZE(value, VARHDRSZ + KROLES_AUDIENCE_HEAD + size);
	if (size > 0)
	{
		nonce = make_nonce(media_id, body, size, version);
		encrypt_body(VARDATA(value) + KROLES_AUDIENCE_HEAD, media_id, nonce, body, size);
	}
	memcpy(VARDATA(value), &media_id, sizeof(int64));
	memcpy(VARDATA(value) + sizeof(int64), &nonce, sizeof(nonce));
	pfree(body);
	return value;
}

/* Adds an entry to an array of KrolesWindowedEntry. */
void
kroles_add_windowed(KrolesArray *entries, int class, int64 id, KrolesWindow window)
{
	*(KrolesWindowedEntry *) kroles_array_add(entries) = (KrolesWindowedEntry) {{class, id}, window};
}

/* Adds the entries that come from the media's own row: its owner, and when it is available. */
void
kroles_add_row_entries(KrolesArray *entries, const KrolesMediaRow *row)
{
	kroles_add_windowed(entries, KROLES_ENTRY_USER + KROLES_MEDIA_OWNER, row->owner_id, KROLES_ALWAYS);
	if (!kroles_is_always(row->available))
		kroles_add_windowed(entries, KROLES_ENTRY_AVAILABLE, row->has_room ? KROLES_AVAILABLE_ROOM : KROLES_AVAILABLE_MEDIA,
							row->available);
}

/*
 * An audience with these entries of the media's own row, and the other entries of
 * "from" (NULL if there are none); in the current memory context.
 */
struct varlena *
kroles_audience_of_row(struct varlena *from, const KrolesMediaRow *row)
{
	KrolesArray entries = {.size = sizeof(KrolesWindowedEntry)};
	KrolesAudience old;
	KrolesWindowedEntry entry;

	kroles_add_row_entries(&entries, row);
	if (from != NULL)
	{
		old = kroles_open_audience(from);
		while (kroles_read_entry(&old, &entry))
			if (entry.entry.class != KROLES_ENTRY_USER + KROLES_MEDIA_OWNER && entry.entry.class != KROLES_ENTRY_AVAILABLE)
				*(KrolesWindowedEntry *) kroles_array_add(&entries) = entry;
	}
	return kroles_make_audience(row->media_id, (KrolesWindowedEntry *) entries.items, entries.n);
}

/* Whether two detoasted values have the same bytes. */
bool
kroles_same_audience(struct varlena *a, struct varlena *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

/* ---- Comparison, by the media's id alone ---- */

/* The media's id of the n-th argument. */
static int64
argument_media(FunctionCallInfo fcinfo, int n)
{
	return kroles_audience_media(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n)));
}

#define COMPARISON(name, operator) \
	PG_FUNCTION_INFO_V1(kroles_audience_##name); \
	Datum \
	kroles_audience_##name(PG_FUNCTION_ARGS) \
	{ \
		PG_RETURN_BOOL(argument_media(fcinfo, 0) operator argument_media(fcinfo, 1)); \
	}

COMPARISON(lt, <)
COMPARISON(le, <=)
COMPARISON(eq, ==)
COMPARISON(ne, !=)
COMPARISON(ge, >=)
COMPARISON(gt, >)

/* kroles.audience_cmp(audience, audience): the comparison of the btree operator class. */
PG_FUNCTION_INFO_V1(kroles_audience_cmp);
Datum
kroles_audience_cmp(PG_FUNCTION_ARGS)
{
	int64		a = argument_media(fcinfo, 0);
	int64		b = argument_media(fcinfo, 1);

	PG_RETURN_INT32((a > b) - (a < b));
}

/* kroles.audience_hash(audience): of the hash operator class. */
PG_FUNCTION_INFO_V1(kroles_audience_hash);
Datum
kroles_audience_hash(PG_FUNCTION_ARGS)
{
	int64		id = argument_media(fcinfo, 0);

	return hash_any((unsigned char *) &id, sizeof(id));
}

/* kroles.audience_hash_extended(audience, seed): of the hash operator class. */
PG_FUNCTION_INFO_V1(kroles_audience_hash_extended);
Datum
kroles_audience_hash_extended(PG_FUNCTION_ARGS)
{
	int64		id = argument_media(fcinfo, 0);

	return hash_any_extended((unsigned char *) &id, sizeof(id), PG_GETARG_INT64(1));
}
