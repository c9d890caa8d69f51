/*
 * audience_io.c
 *		The text and binary forms of the type kroles.audience.
 *
 * An audience names people and spaces that a viewer of the media may not see.  So
 * only roles that bypass row security read and write values as they are, for dumps
 * and for kroles_verify(); for every other role all audiences read "hidden", and
 * "hidden" is the only value that they can write.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "replication/walsender.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "audience/audience.h"
#include "core/array.h"
#include "core/compat.h"
#include "rules/rules.h"

#define HIDDEN "hidden"
#define PUBLISHED "published"	/* kroles_published_mark() */

/* ---- Text ---- */

/* The word before the id in the text form, by entry class. */
static const char *const class_words[] = {
	"owner", "editor", "publisher", "viewer", "chat_moderator", "room_moderator", "speaker", "advanced_speaker",
	"owner_group", "editor_group", "publisher_group", "viewer_group", "chat_moderator_group",
	"room_moderator_group", "speaker_group", NULL,
	"approved", "pending", "event",
	[KROLES_ENTRY_AVAILABLE] = "available"
};

/*
 * Whether the caller may read and write values as they are: roles that see every
 * row anyway, and logical decoding, which decodes every row.  (SQL statements over
 * a replication connection are treated as any others.)
 */
static bool
may_read_audiences(void)
{
	return has_bypassrls_privilege(GetUserId()) || (am_walsender && HistoricSnapshotActive());
}

/* A value without entries, for no media. */
static struct varlena *
hidden_audience(void)
{
	return kroles_make_audience(0, NULL, 0);
}

/* Appends a window as "@start..end", both in microseconds since 2000-01-01 UTC and left out where it is open. */
static void
append_window(StringInfo text, KrolesWindow window)
{
	if (kroles_is_always(window))
		return;
	appendStringInfoChar(text, '@');
	if (window.starts_at != INT64_MIN)
		appendStringInfo(text, INT64_FORMAT, window.starts_at);
	appendStringInfoString(text, "..");
	if (window.expires_at != INT64_MAX)
		appendStringInfo(text, INT64_FORMAT, window.expires_at);
}

/* kroles.audience_out(audience): "hidden", or "media_id word=id[@window] ...", or the mark of published media. */
PG_FUNCTION_INFO_V1(kroles_audience_out);
Datum
kroles_audience_out(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	KrolesAudience audience;
	KrolesWindowedEntry windowed;
	StringInfoData text;

	if (kroles_open_index_keys(value).published && may_read_audiences())
		PG_RETURN_CSTRING(pstrdup(PUBLISHED));
	if (kroles_is_hidden(value) || kroles_open_index_keys(value).is_index_keys || !may_read_audiences())
		PG_RETURN_CSTRING(pstrdup(HIDDEN));
	audience = kroles_open_audience(value);
	initStringInfo(&text);
	appendStringInfo(&text, INT64_FORMAT, audience.media_id);
	while (kroles_read_entry(&audience, &windowed))
	{
		KrolesAudienceEntry entry = windowed.entry;

		if (entry.class < lengthof(class_words) && class_words[entry.class] != NULL)
			appendStringInfo(&text, " %s=" INT64_FORMAT, class_words[entry.class], entry.id);
		else
			appendStringInfo(&text, " %d=" INT64_FORMAT, entry.class, entry.id);
		append_window(&text, windowed.window);
	}
	PG_RETURN_CSTRING(text.data);
}

pg_noreturn static void
refuse_text(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type kroles.audience"),
			 errdetail("The value is the media's id, followed by word=id, and @start..end where it has a window, for each entry, separated by spaces.")));
}

/* Reads "start..end"; modifies the text. */
static KrolesWindow
parse_window(char *text)
{
	KrolesWindow window = KROLES_ALWAYS;
	char	   *end = strstr(text, "..");

	if (end == NULL)
		refuse_text();
	*end = '\0';
	end += 2;
	if (*text != '\0')
		window.starts_at = pg_strtoint64(text);
	if (*end != '\0')
		window.expires_at = pg_strtoint64(end);
	return window;
}

/* Reads "word=id" or "word=id@start..end"; modifies the text. */
static KrolesWindowedEntry
parse_entry(char *word)
{
	char	   *id = strchr(word, '=');
	char	   *window = strchr(word, '@');

	if (id == NULL)
		refuse_text();
	*id++ = '\0';
	if (window != NULL)
		*window++ = '\0';
	for (int class = 0; class < lengthof(class_words); class++)
		if (class_words[class] != NULL && strcmp(class_words[class], word) == 0)
			return (KrolesWindowedEntry) {
			{class, pg_strtoint64(id)}, window == NULL ? KROLES_ALWAYS : parse_window(window)
		};
	refuse_text();
}

/* Reads the text form of an audience with at least one entry; modifies the text. */
static struct varlena *
parse_audience(char *text)
{
	KrolesArray entries = {.size = sizeof(KrolesWindowedEntry)};
	char	   *rest = NULL;
	char	   *word = strtok_r(text, " ", &rest);
	int64		media_id;

	if (word == NULL)
		refuse_text();
	media_id = pg_strtoint64(word);
	while ((word = strtok_r(NULL, " ", &rest)) != NULL)
		*(KrolesWindowedEntry *) kroles_array_add(&entries) = parse_entry(word);
	if (entries.n == 0)
		refuse_text();
	return kroles_make_audience(media_id, (KrolesWindowedEntry *) entries.items, entries.n);
}

/* Refuses a caller who may write only "hidden". */
static void
check_may_write(void)
{
	if (!may_read_audiences())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("an audience is maintained by the database"),
				 errhint("Leave the column out, or write '%s'.", HIDDEN)));
}

/* kroles.audience_in(cstring) */
PG_FUNCTION_INFO_V1(kroles_audience_in);
Datum
kroles_audience_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);

	if (strcmp(text, HIDDEN) == 0)
		PG_RETURN_POINTER(hidden_audience());
	check_may_write();
	if (strcmp(text, PUBLISHED) == 0)
		PG_RETURN_POINTER(kroles_published_mark());
	PG_RETURN_POINTER(parse_audience(pstrdup(text)));
}

/*
 * ---- Binary: the media's id, then for each entry a byte with the class and the marks
 * of a window, the id, and start and end as far as there are any ----
 */

/* kroles.audience_send(audience): a caller who may not read it gets media id 0 and no entries. */
PG_FUNCTION_INFO_V1(kroles_audience_send);
Datum
kroles_audience_send(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	KrolesAudience audience = kroles_open_audience(hidden_audience());
	KrolesWindowedEntry entry;
	StringInfoData bytes;

	if (!kroles_open_index_keys(value).is_index_keys && may_read_audiences())
		audience = kroles_open_audience(value);
	pq_begintypsend(&bytes);
	pq_sendint64(&bytes, audience.media_id);
	while (kroles_read_entry(&audience, &entry))
	{
		uint8		marks = kroles_window_marks(entry.window);

		pq_sendbyte(&bytes, entry.entry.class | marks);
		pq_sendint64(&bytes, entry.entry.id);
		if (marks & KROLES_ENTRY_STARTS)
			pq_sendint64(&bytes, entry.window.starts_at);
		if (marks & KROLES_ENTRY_EXPIRES)
			pq_sendint64(&bytes, entry.window.expires_at);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&bytes));
}

pg_noreturn static void
refuse_bytes(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value of type kroles.audience")));
}

/* Reads an entry in binary form; refuses an unknown class. */
static KrolesWindowedEntry
receive_entry(StringInfo bytes)
{
	KrolesWindowedEntry entry = {.window = KROLES_ALWAYS};
	uint8		class = pq_getmsgbyte(bytes);

	entry.entry.class = class & ~(KROLES_ENTRY_STARTS | KROLES_ENTRY_EXPIRES);
	entry.entry.id = pq_getmsgint64(bytes);
	if (entry.entry.class >= lengthof(class_words) || class_words[entry.entry.class] == NULL)
		refuse_bytes();
	if (class & KROLES_ENTRY_STARTS)
		entry.window.starts_at = pq_getmsgint64(bytes);
	if (class & KROLES_ENTRY_EXPIRES)
		entry.window.expires_at = pq_getmsgint64(bytes);
	return entry;
}

/* kroles.audience_recv(internal) */
PG_FUNCTION_INFO_V1(kroles_audience_recv);
Datum
kroles_audience_recv(PG_FUNCTION_ARGS)
{
	StringInfo	bytes = (StringInfo) PG_GETARG_POINTER(0);
	KrolesArray entries = {.size = sizeof(KrolesWindowedEntry)};
	int64		media_id = pq_getmsgint64(bytes);

	if (media_id != 0 || bytes->cursor < bytes->len)
		check_may_write();
	while (bytes->cursor < bytes->len)
		*(KrolesWindowedEntry *) kroles_array_add(&entries) = receive_entry(bytes);
	if (media_id != 0 && entries.n == 0)
		refuse_bytes();
	PG_RETURN_POINTER(kroles_make_audience(media_id, (KrolesWindowedEntry *) entries.items, entries.n));
}
