/*
 * blanks.c
 *		White space and invisible characters, as Unicode has them, whatever the
 *		database's locale: around cells, in headings, in logins, between the words of
 *		a name.
 *
 * Text in another encoding than UTF-8 is converted; in SQL_ASCII it is taken for
 * UTF-8, and a byte that is not valid there for a visible character.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/varlena.h"

#include "core/compat.h"
#include "import/blanks.h"

/* A range of code points. */
typedef struct Range
{
	pg_wchar	first;
	pg_wchar	last;
} Range;

/* White_Space, Braille's blank, and the characters that are shown as nothing. */
static const Range blanks[] = {
	{0x0009, 0x000D}, {0x0020, 0x0020}, {0x0085, 0x0085}, {0x00A0, 0x00A0}, {0x00AD, 0x00AD}, {0x034F, 0x034F},
	{0x061C, 0x061C}, {0x115F, 0x1160}, {0x1680, 0x1680}, {0x17B4, 0x17B5}, {0x180B, 0x180F}, {0x2000, 0x200F},
	{0x2028, 0x202F}, {0x205F, 0x206F}, {0x2800, 0x2800}, {0x3000, 0x3000}, {0x3164, 0x3164}, {0xFEFF, 0xFEFF},
	{0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE001F}
};

/* Those that separate words. */
static const Range spaces[] = {
	{0x0009, 0x000D}, {0x0020, 0x0020}, {0x0085, 0x0085}, {0x00A0, 0x00A0}, {0x1680, 0x1680}, {0x2000, 0x200A},
	{0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}
};

/* Characters that change the one before them, or nothing: they may end a name, but would make two of one login. */
static const Range modifiers[] = {
	{0xFE00, 0xFE0F}, {0xE0020, 0xE0FFF}
};

static bool
is_in(pg_wchar c, const Range *ranges, int nranges)
{
	for (int i = 0; i < nranges; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

static bool
is_blank(pg_wchar c)
{
	return is_in(c, blanks, lengthof(blanks));
}

static bool
is_control(pg_wchar c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0);
}

/* The character at p, and its length in bytes; a byte that is not UTF-8 counts as a visible character. */
static pg_wchar
read_character(const char *p, const char *end, int *length)
{
	const unsigned char *bytes = (const unsigned char *) p;

	*length = 1;
	if (*bytes < 0x80)
		return *bytes;
	if (pg_utf_mblen(bytes) > end - p || !pg_utf8_islegal(bytes, pg_utf_mblen(bytes)))
		return 0xFFFD;
	*length = pg_utf_mblen(bytes);
	return utf8_to_unicode(bytes);
}

/* The length of the blank at p in bytes, in UTF-8; 0 if there is none. */
int
kroles_blank_length(const char *p, const char *end)
{
	int			length;

	return p < end && is_blank(read_character(p, end, &length)) ? length : 0;
}

/* The argument in UTF-8, and where it ends; as it is in SQL_ASCII, which need not be valid. */
static const char *
argument(text *arg, const char **end)
{
	int			length = VARSIZE_ANY_EXHDR(arg);
	char	   *given = VARDATA_ANY(arg);
	char	   *utf8 = GetDatabaseEncoding() == PG_SQL_ASCII ? given : pg_server_to_any(given, length, PG_UTF8);

	*end = utf8 + (utf8 == given ? length : strlen(utf8));
	return utf8;
}

/* The text from what argument() gave. */
static text *
result(const char *utf8, int length)
{
	char	   *copy;

	if (GetDatabaseEncoding() == PG_SQL_ASCII || GetDatabaseEncoding() == PG_UTF8)
		return cstring_to_text_with_len(utf8, length);
	copy = pnstrdup(utf8, length);
	return cstring_to_text(pg_any_to_server(copy, length, PG_UTF8));
}

/* kroles.cell(content): without the blanks around it; null if nothing is left. */
PG_FUNCTION_INFO_V1(kroles_cell);
Datum
kroles_cell(PG_FUNCTION_ARGS)
{
	const char *end;
	const char *p = argument(PG_GETARG_TEXT_PP(0), &end);
	const char *first = NULL;
	const char *last = NULL;
	int			length;

	for (; p < end; p += length)
		if (!is_blank(read_character(p, end, &length)))
		{
			if (first == NULL)
				first = p;
			last = p + length;
		}
	if (first == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(result(first, last - first));
}

/* kroles.without_blanks(content): without any blank. */
PG_FUNCTION_INFO_V1(kroles_without_blanks);
Datum
kroles_without_blanks(PG_FUNCTION_ARGS)
{
	const char *end;
	const char *p = argument(PG_GETARG_TEXT_PP(0), &end);
	StringInfoData kept;
	int			length;

	initStringInfo(&kept);
	for (; p < end; p += length)
		if (!is_blank(read_character(p, end, &length)))
			appendBinaryStringInfo(&kept, p, length);
	PG_RETURN_TEXT_P(result(kept.data, kept.len));
}

/* kroles.is_trimmed(content): whether it begins and ends with characters that are neither blank nor control characters. */
PG_FUNCTION_INFO_V1(kroles_is_trimmed);
Datum
kroles_is_trimmed(PG_FUNCTION_ARGS)
{
	const char *end;
	const char *p = argument(PG_GETARG_TEXT_PP(0), &end);
	const char *start = p;
	pg_wchar	last = ' ';
	int			length;

	for (; p < end; p += length)
	{
		last = read_character(p, end, &length);
		if (p == start && (is_blank(last) || is_control(last)))
			PG_RETURN_BOOL(false);
	}
	PG_RETURN_BOOL(!is_blank(last) && !is_control(last));
}

/* Whether it is not seen, or changes what is before it, and is no plain space. */
static bool
is_hidden(pg_wchar c)
{
	return c != ' ' && (is_blank(c) || is_control(c) || is_in(c, modifiers, lengthof(modifiers)));
}

/* kroles.masked(content): with "?" for each hidden character. */
PG_FUNCTION_INFO_V1(kroles_masked);
Datum
kroles_masked(PG_FUNCTION_ARGS)
{
	const char *end;
	const char *p = argument(PG_GETARG_TEXT_PP(0), &end);
	StringInfoData shown;
	int			length;

	initStringInfo(&shown);
	for (; p < end; p += length)
	{
		if (is_hidden(read_character(p, end, &length)))
			appendStringInfoChar(&shown, '?');
		else
			appendBinaryStringInfo(&shown, p, length);
	}
	PG_RETURN_TEXT_P(result(shown.data, shown.len));
}

/* kroles.is_visible(content): whether a plain space is the only one of its characters that is not seen. */
PG_FUNCTION_INFO_V1(kroles_is_visible);
Datum
kroles_is_visible(PG_FUNCTION_ARGS)
{
	const char *end;
	const char *p = argument(PG_GETARG_TEXT_PP(0), &end);
	int			length;

	for (; p < end; p += length)
		if (is_hidden(read_character(p, end, &length)))
			PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(true);
}

/*
 * kroles.initials(name): the first characters of the first and the last word, in
 * upper case; null for a name without words.
 */
PG_FUNCTION_INFO_V1(kroles_initials);
Datum
kroles_initials(PG_FUNCTION_ARGS)
{
	const char *end;
	const char *p = argument(PG_GETARG_TEXT_PP(0), &end);
	char		initials[2 * MAX_MULTIBYTE_CHAR_LEN];
	int			first = 0;		/* bytes of the first initial, */
	int			last = 0;		/* and of the second one */
	bool		between = true;	/* before a word */
	int			length;

	for (; p < end; p += length)
	{
		bool		is_space = is_in(read_character(p, end, &length), spaces, lengthof(spaces));

		if (!is_space && between && first == 0)
			memcpy(initials, p, first = length);
		else if (!is_space && between)
			memcpy(initials + first, p, last = length);
		between = is_space;
	}
	if (first == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(DirectFunctionCall1Coll(upper, PG_GET_COLLATION(), PointerGetDatum(result(initials, first + last))));
}

/* kroles.edit_distance(a, b): how many characters differ (Levenshtein); 4 for more than 3, and for long texts. */
PG_FUNCTION_INFO_V1(kroles_edit_distance);
Datum
kroles_edit_distance(PG_FUNCTION_ARGS)
{
	text	   *a = PG_GETARG_TEXT_PP(0);
	text	   *b = PG_GETARG_TEXT_PP(1);
	const int	most = 3;

	if (VARSIZE_ANY_EXHDR(a) > 60 || VARSIZE_ANY_EXHDR(b) > 60)
		PG_RETURN_INT32(most + 1);
	PG_RETURN_INT32(varstr_levenshtein_less_equal(VARDATA_ANY(a), VARSIZE_ANY_EXHDR(a),
												  VARDATA_ANY(b), VARSIZE_ANY_EXHDR(b), 1, 1, 1, most, true));
}
