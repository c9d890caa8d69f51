/*
 * audience.c
 *		The type kroles.audience: how values are made and changed, and how they
 *		are read and written as text.
 *
 * An audience names people and spaces that whoever sees the media may know
 * nothing about.  So it shows itself to roles that bypass row security alone,
 * for dumps and for kroles_verify(); to everybody else every audience reads
 * "hidden", and "hidden" is all that they can write.  Their bytes are encrypted,
 * for whoever comes by them in another way (audience/audience.h).  Two values are compared
 * by the media they are of, so that DISTINCT and its like work on whole rows and
 * tell nothing of who is in them.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "lib/qunique.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "replication/walsender.h"
#include "port/pg_bitutils.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "audience/audience.h"
#include "core/array.h"
#include "core/siphash.h"
#include "rules/rules.h"
#include "store/secret.h"

#define HIDDEN "hidden"

static int
compare_entries(const void *x, const void *y)
{
	const KrolesAudienceEntry *a = x;
	const KrolesAudienceEntry *b = y;

	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

/* Puts entries in ascending order without repetition; returns how many there are then. */
int
kroles_sort_entries(KrolesAudienceEntry *entries, int n)
{
	qsort(entries, n, sizeof(KrolesAudienceEntry), compare_entries);
	return qunique(entries, n, sizeof(KrolesAudienceEntry), compare_entries);
}

/* ---- Making values ---- */

#define LONGEST_ENTRY 11		/* bytes: the class, and 64 bits by seven */
#define MOST_ENTRIES (1 << 24)	/* so that no size that follows from it is more than can be had */

static char *
append_entry(char *at, KrolesAudienceEntry entry)
{
	uint64		id = (uint64) entry.id;

	*at++ = (char) (entry.class + 1);
	while (id >= 0x80)
	{
		*at++ = (char) (id | 0x80);
		id >>= 7;
	}
	*at++ = (char) id;
	return at;
}

/* What bytes a body of that size, a multiple of eight, is kept in. */
static Size
padded(Size size)
{
	return size == 0 ? 0 : Max(KROLES_LEAST_BODY, pg_nextpower2_size_t(size));
}

/* Eight bytes of a body, the first of them lowest. */
static uint64
word_at(const char *body)
{
	uint64		word = 0;

	for (int i = 0; i < (int) sizeof(word); i++)
		word |= (uint64) (uint8) body[i] << (8 * i);
	return word;
}

/* A name for the contents: the same for the same, and never zero. */
static uint64
make_nonce(int64 media_id, const char *body, Size size)
{
	KrolesSipState state = kroles_sip_begin(kroles_key(KROLES_KEY_NONCE));
	uint64		nonce;

	kroles_sip_word(&state, (uint64) media_id);
	for (Size i = 0; i < size; i += sizeof(uint64))
		kroles_sip_word(&state, word_at(body + i));
	nonce = kroles_sip_end(state, 0, sizeof(media_id) + size);
	return nonce != 0 ? nonce : 1;
}

static void
encrypt(char *to, int64 media_id, uint64 nonce, const char *body, Size size)
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

/* An audience of these entries, which are put in order; in the caller's memory. */
struct varlena *
kroles_make_audience(int64 media_id, KrolesAudienceEntry *entries, int n)
{
	char	   *body;
	char	   *at;
	Size		size;
	uint64		nonce = 0;
	struct varlena *value;

	n = kroles_sort_entries(entries, n);
	if (n > MOST_ENTRIES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a media is for at most %d people, groups, spaces and events", MOST_ENTRIES)));
	body = palloc0(padded((Size) n * LONGEST_ENTRY));
	at = body;
	for (int i = 0; i < n; i++)
		at = append_entry(at, entries[i]);
	size = padded(at - body);
	value = palloc(VARHDRSZ + KROLES_AUDIENCE_HEAD + size);
	SET_VARSIZE(value, VARHDRSZ + KROLES_AUDIENCE_HEAD + size);
	if (size > 0)
	{
		nonce = make_nonce(media_id, body, size);
		encrypt(VARDATA(value) + KROLES_AUDIENCE_HEAD, media_id, nonce, body, size);
	}
	memcpy(VARDATA(value), &media_id, sizeof(int64));
	memcpy(VARDATA(value) + sizeof(int64), &nonce, sizeof(nonce));
	pfree(body);
	return value;
}

static void
add_entry(KrolesArray *entries, KrolesAudienceEntry entry)
{
	*(KrolesAudienceEntry *) kroles_array_add(entries) = entry;
}

/* An audience with that owner and no other, and whoever else is in "from" (NULL: nobody). */
struct varlena *
kroles_audience_with_owner(struct varlena *from, int64 media_id, int64 owner_id)
{
	KrolesArray entries = {.size = sizeof(KrolesAudienceEntry)};
	KrolesAudience old;
	KrolesAudienceEntry entry;

	add_entry(&entries, (KrolesAudienceEntry) {KROLES_ENTRY_USER + KROLES_MEDIA_OWNER, owner_id});
	if (from != NULL)
	{
		old = kroles_open_audience(from);
		while (kroles_next_entry(&old, &entry))
			if (entry.class != KROLES_ENTRY_USER + KROLES_MEDIA_OWNER)
				add_entry(&entries, entry);
	}
	return kroles_make_audience(media_id, (KrolesAudienceEntry *) entries.items, entries.n);
}

/* Whether two detoasted values are the same to the letter. */
bool
kroles_same_audience(struct varlena *a, struct varlena *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

/* ---- Text ---- */

/* What stands before the id in text, at the place of each entry class. */
static const char *const class_words[] = {
	"owner", "editor", "publisher", "viewer", "chat_moderator", "room_moderator", "speaker", "advanced_speaker",
	"owner_group", "editor_group", "publisher_group", "viewer_group", "chat_moderator_group",
	"room_moderator_group", "speaker_group", NULL,
	"approved", "pending", "event", NULL
};

/*
 * Whether values are shown as they are: to roles that see every row anyway, and
 * to logical decoding, which shows every row.  (A statement that comes over a
 * replication connection is one like any other.)
 */
static bool
shown(void)
{
	return has_bypassrls_privilege(GetUserId()) || (am_walsender && HistoricSnapshotActive());
}

static struct varlena *
hidden_value(void)
{
	return kroles_make_audience(0, NULL, 0);
}

/* kroles.audience_out(audience) */
PG_FUNCTION_INFO_V1(kroles_audience_out);
Datum
kroles_audience_out(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	KrolesAudience audience;
	KrolesAudienceEntry entry;
	StringInfoData text;

	if (kroles_is_hidden(value) || kroles_open_index_keys(value).is_index_keys || !shown())
		PG_RETURN_CSTRING(pstrdup(HIDDEN));
	audience = kroles_open_audience(value);
	initStringInfo(&text);
	appendStringInfo(&text, INT64_FORMAT, audience.media_id);
	while (kroles_next_entry(&audience, &entry))
	{
		if (entry.class < lengthof(class_words) && class_words[entry.class] != NULL)
			appendStringInfo(&text, " %s=" INT64_FORMAT, class_words[entry.class], entry.id);
		else
			appendStringInfo(&text, " %d=" INT64_FORMAT, entry.class, entry.id);
	}
	PG_RETURN_CSTRING(text.data);
}

static void pg_attribute_noreturn()
refuse_text(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type kroles.audience"),
			 errdetail("It is the media's id, then word=id for everyone it is for, with a space between.")));
}

/* Reads "word=id"; the text is taken apart. */
static KrolesAudienceEntry
parse_entry(char *word)
{
	char	   *id = strchr(word, '=');

	if (id == NULL)
		refuse_text();
	*id++ = '\0';
	for (int class = 0; class < lengthof(class_words); class++)
		if (class_words[class] != NULL && strcmp(class_words[class], word) == 0)
			return (KrolesAudienceEntry) {class, pg_strtoint64(id)};
	refuse_text();
}

static struct varlena *
parse(char *text)
{
	KrolesArray entries = {.size = sizeof(KrolesAudienceEntry)};
	char	   *rest = NULL;
	char	   *word = strtok_r(text, " ", &rest);
	int64		media_id;

	if (word == NULL)
		refuse_text();
	media_id = pg_strtoint64(word);
	while ((word = strtok_r(NULL, " ", &rest)) != NULL)
		add_entry(&entries, parse_entry(word));
	if (entries.n == 0)
		refuse_text();
	return kroles_make_audience(media_id, (KrolesAudienceEntry *) entries.items, entries.n);
}

/* Who may write more than "hidden": whoever may read it. */
static void
check_may_write(void)
{
	if (!shown())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("an audience is kept by the database"),
				 errhint("Leave the column out, or write '%s'.", HIDDEN)));
}

/* kroles.audience_in(cstring) */
PG_FUNCTION_INFO_V1(kroles_audience_in);
Datum
kroles_audience_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);

	if (strcmp(text, HIDDEN) == 0)
		PG_RETURN_POINTER(hidden_value());
	check_may_write();
	PG_RETURN_POINTER(parse(pstrdup(text)));
}

/* In binary: the media's id, then a byte with the class and the id of each entry; for those it is not shown to, none. */

/* kroles.audience_send(audience) */
PG_FUNCTION_INFO_V1(kroles_audience_send);
Datum
kroles_audience_send(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	KrolesAudience audience = kroles_open_audience(hidden_value());
	KrolesAudienceEntry entry;
	StringInfoData bytes;

	if (!kroles_open_index_keys(value).is_index_keys && shown())
		audience = kroles_open_audience(value);
	pq_begintypsend(&bytes);
	pq_sendint64(&bytes, audience.media_id);
	while (kroles_next_entry(&audience, &entry))
	{
		pq_sendbyte(&bytes, entry.class);
		pq_sendint64(&bytes, entry.id);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&bytes));
}

static void pg_attribute_noreturn()
refuse_bytes(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value of type kroles.audience")));
}

static KrolesAudienceEntry
receive_entry(StringInfo bytes)
{
	KrolesAudienceEntry entry;

	entry.class = pq_getmsgbyte(bytes);
	entry.id = pq_getmsgint64(bytes);
	if (entry.class >= lengthof(class_words) || class_words[entry.class] == NULL)
		refuse_bytes();
	return entry;
}

/* kroles.audience_recv(internal) */
PG_FUNCTION_INFO_V1(kroles_audience_recv);
Datum
kroles_audience_recv(PG_FUNCTION_ARGS)
{
	StringInfo	bytes = (StringInfo) PG_GETARG_POINTER(0);
	KrolesArray entries = {.size = sizeof(KrolesAudienceEntry)};
	int64		media_id = pq_getmsgint64(bytes);

	if (media_id != 0 || bytes->cursor < bytes->len)
		check_may_write();
	while (bytes->cursor < bytes->len)
		add_entry(&entries, receive_entry(bytes));
	if (media_id != 0 && entries.n == 0)
		refuse_bytes();
	PG_RETURN_POINTER(kroles_make_audience(media_id, (KrolesAudienceEntry *) entries.items, entries.n));
}

/* ---- Comparison, by the media alone ---- */

static int64
media_of(FunctionCallInfo fcinfo, int n)
{
	return kroles_audience_media(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n)));
}

#define COMPARISON(name, operator) \
	PG_FUNCTION_INFO_V1(kroles_audience_##name); \
	Datum \
	kroles_audience_##name(PG_FUNCTION_ARGS) \
	{ \
		PG_RETURN_BOOL(media_of(fcinfo, 0) operator media_of(fcinfo, 1)); \
	}

COMPARISON(lt, <)
COMPARISON(le, <=)
COMPARISON(eq, ==)
COMPARISON(ne, !=)
COMPARISON(ge, >=)
COMPARISON(gt, >)

/* kroles.audience_cmp(audience, audience): for btree. */
PG_FUNCTION_INFO_V1(kroles_audience_cmp);
Datum
kroles_audience_cmp(PG_FUNCTION_ARGS)
{
	int64		a = media_of(fcinfo, 0);
	int64		b = media_of(fcinfo, 1);

	PG_RETURN_INT32((a > b) - (a < b));
}

/* kroles.audience_hash(audience): for hashing. */
PG_FUNCTION_INFO_V1(kroles_audience_hash);
Datum
kroles_audience_hash(PG_FUNCTION_ARGS)
{
	int64		id = media_of(fcinfo, 0);

	return hash_any((unsigned char *) &id, sizeof(id));
}

/* kroles.audience_hash_extended(audience, bigint): for hashing with a seed. */
PG_FUNCTION_INFO_V1(kroles_audience_hash_extended);
Datum
kroles_audience_hash_extended(PG_FUNCTION_ARGS)
{
	int64		id = media_of(fcinfo, 0);

	return hash_any_extended((unsigned char *) &id, sizeof(id), PG_GETARG_INT64(1));
}
