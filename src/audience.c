/*
 * audience.c
 *		The type kroles.audience: how values are made and changed, and how they
 *		are read and written as text.
 *
 * An audience names people and spaces that whoever sees the media may know
 * nothing about.  So it shows itself to roles that bypass row security alone,
 * for dumps and for kroles_verify(); to everybody else every audience reads
 * "hidden", and "hidden" is all that they can write.  Two values are compared by
 * the media they are of, so that DISTINCT and its like work on whole rows and
 * tell nothing of who is in them.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "lib/qunique.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "replication/walsender.h"
#include "utils/acl.h"
#include "utils/builtins.h"

#include "audience.h"

#define HIDDEN "hidden"

static int
compare_tokens(const void *x, const void *y)
{
	const KrolesToken *a = x;
	const KrolesToken *b = y;

	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

/* An audience of these tokens, which are put in order; in the caller's memory. */
struct varlena *
kroles_make_audience(int64 media_id, KrolesToken *tokens, int n)
{
	struct varlena *value;
	char	   *at;

	qsort(tokens, n, sizeof(KrolesToken), compare_tokens);
	n = qunique(tokens, n, sizeof(KrolesToken), compare_tokens);
	value = palloc(KROLES_AUDIENCE_SIZE(n));
	SET_VARSIZE(value, KROLES_AUDIENCE_SIZE(n));
	at = VARDATA(value);
	memcpy(at, &media_id, sizeof(int64));
	at += sizeof(int64);
	for (int i = 0; i < n; i++)
	{
		*(uint8 *) at = tokens[i].class;
		memcpy(at + 1, &tokens[i].id, sizeof(int64));
		at += KROLES_TOKEN_SIZE;
	}
	return value;
}

/* An audience with that owner and no other, and whoever else is in "from" (NULL: nobody). */
struct varlena *
kroles_audience_with_owner(struct varlena *from, int64 media_id, int64 owner_id)
{
	KrolesAudience old = {.n = 0};
	KrolesToken *tokens;
	int			n = 0;

	if (from != NULL)
		old = kroles_open_audience(from);
	tokens = palloc((old.n + 1) * sizeof(KrolesToken));
	tokens[n++] = (KrolesToken) {KROLES_TOKEN_USER + KROLES_MEDIA_OWNER, owner_id};
	for (int i = 0; i < old.n; i++)
	{
		KrolesToken token = kroles_token(&old, i);

		if (token.class != KROLES_TOKEN_USER + KROLES_MEDIA_OWNER)
			tokens[n++] = token;
	}
	return kroles_make_audience(media_id, tokens, n);
}

/* Whether two detoasted values are the same to the letter. */
bool
kroles_same_audience(struct varlena *a, struct varlena *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

/* ---- Text ---- */

/* What stands before the id in text, at the place of each token class. */
static const char *const class_words[] = {
	"owner", "editor", "publisher", "viewer", "chat_moderator", "room_moderator", "speaker", "advanced_speaker",
	"owner_group", "editor_group", "publisher_group", "viewer_group", "chat_moderator_group",
	"room_moderator_group", "speaker_group", NULL,
	"approved", "pending", "event", NULL
};

/* Whether values are shown as they are: to roles that see every row anyway, and to replicas. */
static bool
shown(void)
{
	return am_walsender || has_bypassrls_privilege(GetUserId());
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
	KrolesAudience audience;
	StringInfoData text;

	audience = kroles_open_audience(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)));
	if (audience.n == 0 || !shown())
		PG_RETURN_CSTRING(pstrdup(HIDDEN));
	initStringInfo(&text);
	appendStringInfo(&text, INT64_FORMAT, audience.media_id);
	for (int i = 0; i < audience.n; i++)
	{
		KrolesToken token = kroles_token(&audience, i);

		if (token.class < lengthof(class_words) && class_words[token.class] != NULL)
			appendStringInfo(&text, " %s=" INT64_FORMAT, class_words[token.class], token.id);
		else
			appendStringInfo(&text, " %d=" INT64_FORMAT, token.class, token.id);
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
static KrolesToken
parse_token(char *word)
{
	char	   *id = strchr(word, '=');

	if (id == NULL)
		refuse_text();
	*id++ = '\0';
	for (int class = 0; class < lengthof(class_words); class++)
		if (class_words[class] != NULL && strcmp(class_words[class], word) == 0)
			return (KrolesToken) {class, pg_strtoint64(id)};
	refuse_text();
}

static struct varlena *
parse(char *text)
{
	KrolesToken *tokens = palloc((strlen(text) + 1) * sizeof(KrolesToken));
	char	   *rest = NULL;
	char	   *word = strtok_r(text, " ", &rest);
	int64		media_id;
	int			n = 0;

	if (word == NULL)
		refuse_text();
	media_id = pg_strtoint64(word);
	while ((word = strtok_r(NULL, " ", &rest)) != NULL)
		tokens[n++] = parse_token(word);
	return kroles_make_audience(media_id, tokens, n);
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

/* kroles.audience_send(audience): the bytes as they are, or none. */
PG_FUNCTION_INFO_V1(kroles_audience_send);
Datum
kroles_audience_send(PG_FUNCTION_ARGS)
{
	struct varlena *value = shown() ? PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)) : hidden_value();
	StringInfoData bytes;

	pq_begintypsend(&bytes);
	pq_sendbytes(&bytes, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	PG_RETURN_BYTEA_P(pq_endtypsend(&bytes));
}

/* kroles.audience_recv(internal) */
PG_FUNCTION_INFO_V1(kroles_audience_recv);
Datum
kroles_audience_recv(PG_FUNCTION_ARGS)
{
	StringInfo	bytes = (StringInfo) PG_GETARG_POINTER(0);
	int			size = bytes->len - bytes->cursor;
	struct varlena *value;

	if (size < (int) sizeof(int64) || (size - sizeof(int64)) % KROLES_TOKEN_SIZE != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary value of type kroles.audience")));
	value = palloc(VARHDRSZ + size);
	SET_VARSIZE(value, VARHDRSZ + size);
	pq_copymsgbytes(bytes, VARDATA(value), size);
	if (!kroles_same_audience(value, hidden_value()))
		check_may_write();
	PG_RETURN_POINTER(value);
}

/* ---- Comparison, by the media alone ---- */

static int64
media_of(FunctionCallInfo fcinfo, int n)
{
	return kroles_open_audience(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n))).media_id;
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
