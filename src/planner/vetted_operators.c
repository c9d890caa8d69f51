/*
 * vetted_operators.c
 *		The operators whose evaluation reveals nothing about a row that a policy
 *		hides, and why.
 *
 * An index condition is evaluated before the policy: by the index, and, if the index
 * is lossy, by the operator on each candidate row.  So an operator is admitted only if
 * neither an error nor a message of its depends on a row, and if it calls nothing that
 * a role can create.  These functions were reviewed in PostgreSQL 15:
 *
 *		Enums.  Equality compares two OIDs.  Order compares OIDs too, or else looks up
 *		the order of their type in pg_enum; it fails for values that pg_enum does not
 *		have, which no row can hold: a label cannot be removed, and a new one cannot be
 *		used before its transaction commits.
 *		Numeric.  Two values are compared digit by digit.
 *		Dates and times of different types.  These functions of PostgreSQL convert in
 *		the session's time zone; the variant of the conversion that they call returns
 *		an infinity where another one fails.
 *		Networks.  Bits are compared; addresses of different families differ.
 *		Arrays.  The default equality of the elements' type is called for pairs of
 *		elements.  They fail if the two arrays have different types of elements, or if
 *		it has no equality; both are of one declared type, and that is on a list.
 *		Ranges and multiranges.  The order of the subtype is called for pairs of
 *		bounds.  -|- also asks whether a value lies between two bounds, by the
 *		canonical function of the subtype, which adds 1 to a lower bound that is
 *		exclusive or an upper one that is inclusive; no stored bound is, and only
 *		PostgreSQL's own range types are admitted.
 *		jsonb @>, <@, ?, ?| and ?&.  Both values are traversed and scalars compared:
 *		strings by memcmp, numbers as numeric.  Not @? and @@: the silent mode of these
 *		does not suppress the errors of datetime() about time zones and of like_regex
 *		about resources.
 *		tsvector @@ tsquery.  The words of the query are looked up by memcmp.  The
 *		only error is about the query.
 *		LIKE.  It fails if the pattern ends with an escape character, but only where a
 *		text matches that far; if the collation is nondeterministic, but only if it is
 *		called; and, in multibyte encodings other than UTF-8, on invalid text.  So the
 *		pattern must be a constant that is complete, the collation plain, and the
 *		encoding UTF-8 or of single bytes.  With a pattern its time grows by the length
 *		of the text at most, so the pattern must be short.  Not ILIKE and regular
 *		expressions: folding case and matching may fail on the text.
 *		pg_trgm's %, <%, %>, <<% and %>>.  Both texts are split into trigrams, which
 *		are counted.  They fail on text that is invalid in the database's encoding or
 *		that the locale cannot fold, and on texts of about 200 MB; an index on the
 *		column has split every text in the column in the same way, and would have
 *		rejected such a text.  But the word similarities (all operators except %)
 *		compare the sum of the lengths of both texts with that size limit, so a query
 *		of that size would measure the length of a hidden text.  Therefore their
 *		operand must be a short constant.
 *		hstore @>, <@, ?, ?| and ?&.  Keys and values are looked up by memcmp.  (Values
 *		that were written before PostgreSQL 9.0 and never since may raise a warning.)
 *		ltree =, <, <=, >=, >, @> and <@.  Labels are compared by memcmp.  ~ and @ match
 *		labels with a pattern.  Where the pattern asks for it, they fold case, which may
 *		fail; and with several items of variable length, ~ goes back and forth, which
 *		may take long for some rows.  So the pattern must be a short constant with
 *		neither.
 *		Operators that PostgreSQL itself marks leakproof.  They are here because of
 *		their operands (planner/indexed_expression.c).
 *
 *		The remaining errors are exhausted resources: the stack, if a query is nested
 *		deeply enough, memory, and time.  They can reveal that some row matches part of
 *		a query.  So can EXPLAIN ANALYZE, which shows the number of rows that an index
 *		finds; doc/search.md describes what to do about it.
 *
 * How they are identified
 *		By the OID of the function, or, for the functions of pg_trgm, hstore and ltree,
 *		by library and symbol, which determine the code that runs, and which only a
 *		superuser can have named.  Their names, schemas and extensions prove nothing.
 *		The operator must be PostgreSQL's or a superuser's as well: the creator of an
 *		operator names its estimator and its negator, and PostgreSQL calls these while
 *		it estimates the condition (planner/search_estimate.c).
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "planner/search_operand.h"
#include "planner/vetted_operators.h"

#define MAX_SHORT_CONSTANT 8192 /* bytes */
#define MAX_VARIABLE_ITEMS 2	/* of an lquery */

/* ---- The operators' functions ---- */

/* Functions of PostgreSQL. */
static const Oid vetted_functions[] = {
	F_ENUM_EQ, F_ENUM_LT, F_ENUM_LE, F_ENUM_GT, F_ENUM_GE,
	F_NUMERIC_EQ, F_NUMERIC_LT, F_NUMERIC_LE, F_NUMERIC_GT, F_NUMERIC_GE,

	F_DATE_EQ_TIMESTAMP, F_DATE_LT_TIMESTAMP, F_DATE_LE_TIMESTAMP, F_DATE_GT_TIMESTAMP, F_DATE_GE_TIMESTAMP,
	F_DATE_EQ_TIMESTAMPTZ, F_DATE_LT_TIMESTAMPTZ, F_DATE_LE_TIMESTAMPTZ, F_DATE_GT_TIMESTAMPTZ, F_DATE_GE_TIMESTAMPTZ,
	F_TIMESTAMP_EQ_DATE, F_TIMESTAMP_LT_DATE, F_TIMESTAMP_LE_DATE, F_TIMESTAMP_GT_DATE, F_TIMESTAMP_GE_DATE,
	F_TIMESTAMPTZ_EQ_DATE, F_TIMESTAMPTZ_LT_DATE, F_TIMESTAMPTZ_LE_DATE, F_TIMESTAMPTZ_GT_DATE, F_TIMESTAMPTZ_GE_DATE,
	F_TIMESTAMP_EQ_TIMESTAMPTZ, F_TIMESTAMP_LT_TIMESTAMPTZ, F_TIMESTAMP_LE_TIMESTAMPTZ, F_TIMESTAMP_GT_TIMESTAMPTZ,
	F_TIMESTAMP_GE_TIMESTAMPTZ,
	F_TIMESTAMPTZ_EQ_TIMESTAMP, F_TIMESTAMPTZ_LT_TIMESTAMP, F_TIMESTAMPTZ_LE_TIMESTAMP, F_TIMESTAMPTZ_GT_TIMESTAMP,
	F_TIMESTAMPTZ_GE_TIMESTAMP,

	F_NETWORK_OVERLAP, F_NETWORK_SUB, F_NETWORK_SUBEQ, F_NETWORK_SUP, F_NETWORK_SUPEQ,

	F_ARRAY_EQ, F_ARRAYOVERLAP, F_ARRAYCONTAINS, F_ARRAYCONTAINED,
	F_JSONB_CONTAINS, F_JSONB_CONTAINED, F_JSONB_EXISTS, F_JSONB_EXISTS_ANY, F_JSONB_EXISTS_ALL,
	F_TS_MATCH_VQ, F_TS_MATCH_QV,

	F_RANGE_EQ, F_RANGE_OVERLAPS, F_RANGE_CONTAINS, F_RANGE_CONTAINED_BY, F_RANGE_CONTAINS_ELEM, F_ELEM_CONTAINED_BY_RANGE,
	F_RANGE_BEFORE, F_RANGE_AFTER, F_RANGE_OVERLEFT, F_RANGE_OVERRIGHT, F_RANGE_ADJACENT,
	F_RANGE_OVERLAPS_MULTIRANGE, F_RANGE_CONTAINS_MULTIRANGE, F_RANGE_CONTAINED_BY_MULTIRANGE, F_RANGE_BEFORE_MULTIRANGE,
	F_RANGE_AFTER_MULTIRANGE, F_RANGE_OVERLEFT_MULTIRANGE, F_RANGE_OVERRIGHT_MULTIRANGE, F_RANGE_ADJACENT_MULTIRANGE,
	F_MULTIRANGE_EQ, F_MULTIRANGE_OVERLAPS_RANGE, F_MULTIRANGE_OVERLAPS_MULTIRANGE, F_MULTIRANGE_CONTAINS_ELEM,
	F_ELEM_CONTAINED_BY_MULTIRANGE, F_MULTIRANGE_CONTAINS_RANGE, F_MULTIRANGE_CONTAINS_MULTIRANGE,
	F_MULTIRANGE_CONTAINED_BY_RANGE, F_MULTIRANGE_CONTAINED_BY_MULTIRANGE, F_MULTIRANGE_BEFORE_RANGE,
	F_MULTIRANGE_BEFORE_MULTIRANGE, F_MULTIRANGE_AFTER_RANGE, F_MULTIRANGE_AFTER_MULTIRANGE, F_MULTIRANGE_OVERLEFT_RANGE,
	F_MULTIRANGE_OVERLEFT_MULTIRANGE, F_MULTIRANGE_OVERRIGHT_RANGE, F_MULTIRANGE_OVERRIGHT_MULTIRANGE,
	F_MULTIRANGE_ADJACENT_RANGE, F_MULTIRANGE_ADJACENT_MULTIRANGE
};

/* Functions of extensions that come with PostgreSQL. */
static const struct
{
	const char *library;
	const char *symbol;
	KrolesVetting vetting;
}			extension_functions[] = {
	{"pg_trgm", "similarity_op", KROLES_ANY_OPERAND},
	{"pg_trgm", "word_similarity_op", KROLES_SHORT_CONSTANT},
	{"pg_trgm", "word_similarity_commutator_op", KROLES_SHORT_CONSTANT},
	{"pg_trgm", "strict_word_similarity_op", KROLES_SHORT_CONSTANT},
	{"pg_trgm", "strict_word_similarity_commutator_op", KROLES_SHORT_CONSTANT},
	{"hstore", "hstore_contains", KROLES_ANY_OPERAND},
	{"hstore", "hstore_contained", KROLES_ANY_OPERAND},
	{"hstore", "hstore_exists", KROLES_ANY_OPERAND},
	{"hstore", "hstore_exists_any", KROLES_ANY_OPERAND},
	{"hstore", "hstore_exists_all", KROLES_ANY_OPERAND},
	{"ltree", "ltree_eq", KROLES_ANY_OPERAND},
	{"ltree", "ltree_lt", KROLES_ANY_OPERAND},
	{"ltree", "ltree_le", KROLES_ANY_OPERAND},
	{"ltree", "ltree_gt", KROLES_ANY_OPERAND},
	{"ltree", "ltree_ge", KROLES_ANY_OPERAND},
	{"ltree", "ltree_isparent", KROLES_ANY_OPERAND},
	{"ltree", "ltree_risparent", KROLES_ANY_OPERAND},
	{"ltree", "ltq_regex", KROLES_LTREE_PATTERN},
	{"ltree", "ltq_rregex", KROLES_LTREE_PATTERN},
	{"ltree", "ltxtq_exec", KROLES_LTREE_PATTERN},
	{"ltree", "ltxtq_rexec", KROLES_LTREE_PATTERN}
};

static KrolesVetting
vet_extension_function(Oid function)
{
	for (int i = 0; i < lengthof(extension_functions); i++)
		if (kroles_is_c_function(function, extension_functions[i].library, extension_functions[i].symbol))
			return extension_functions[i].vetting;
	return KROLES_NOT_VETTED;
}

/* Whether LIKE fails on no text in the database's encoding. */
static bool
is_like_safe_in_encoding(void)
{
	return GetDatabaseEncoding() == PG_UTF8 || pg_database_encoding_max_length() == 1;
}

static KrolesVetting
vet_function(Oid function)
{
	if (function == F_TEXTLIKE)
		return is_like_safe_in_encoding() ? KROLES_LIKE_PATTERN : KROLES_NOT_VETTED;
	for (int i = 0; i < lengthof(vetted_functions); i++)
		if (vetted_functions[i] == function)
			return KROLES_ANY_OPERAND;
	if (get_func_leakproof(function))
		return KROLES_ANY_OPERAND;
	return function < FirstNormalObjectId ? KROLES_NOT_VETTED : vet_extension_function(function);
}

/* Whether an operator is one of PostgreSQL's or was created by a superuser. */
static bool
is_trusted_operator(Oid operator)
{
	HeapTuple	tuple;
	Oid			owner = InvalidOid;

	if (operator < FirstNormalObjectId)
		return true;
	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(operator));
	if (HeapTupleIsValid(tuple))
	{
		owner = ((Form_pg_operator) GETSTRUCT(tuple))->oprowner;
		ReleaseSysCache(tuple);
	}
	return OidIsValid(owner) && superuser_arg(owner);
}

/*
 * Whether an operator, its function and the collation that it uses for operands of that
 * type, reveal nothing about a row, and which operands it may have.  Reads the syscaches
 * only.
 */
KrolesVetting
kroles_vet_operator(Oid operator, Oid function, Oid collation, Oid type)
{
	KrolesVetting vetting = vet_function(function);

	if (vetting == KROLES_NOT_VETTED || !is_trusted_operator(operator))
		return KROLES_NOT_VETTED;
	/* pg_trgm uses the collation of the database, whatever that of the column */
	if (OidIsValid(get_typcollation(type)) && function < FirstNormalObjectId && !kroles_is_plain_collation(collation))
		return KROLES_NOT_VETTED;
	return vetting;
}

/* ---- Constants ---- */

/* Whether a pattern for LIKE ends after an escape character. */
static bool
is_complete_pattern(Datum value)
{
	char	   *pattern = TextDatumGetCString(value);

	for (; *pattern != '\0'; pattern++)
		if (*pattern == '\\' && *++pattern == '\0')
			return false;
	return true;
}

/*
 * Whether an lquery or ltxtquery, as a text, folds no case (@) and has few items of
 * variable length: "*" alone between dots, or an item with a count in braces.
 */
static bool
is_plain_ltree_pattern(const char *text)
{
	int			items = 0;
	char		before = '.';

	for (; *text != '\0'; before = *text++)
	{
		if (*text == '@')
			return false;
		if ((*text == '*' && before == '.') || (*text == '{' && before != '*'))
			items++;
	}
	return items <= MAX_VARIABLE_ITEMS;
}

/* Whether a constant is what an operator of that vetting needs.  May allocate memory in the current context. */
bool
kroles_is_safe_constant(Node *node, KrolesVetting vetting)
{
	Const	   *constant = (Const *) kroles_strip_relabel(node);
	Oid			output;
	bool		varlena;

	if (!IsA(constant, Const) || constant->constlen != -1 || !kroles_is_search_type(constant->consttype))
		return false;
	if (constant->constisnull)
		return true;
	if (toast_raw_datum_size(constant->constvalue) > MAX_SHORT_CONSTANT)
		return false;
	if (vetting == KROLES_LIKE_PATTERN)
		return is_complete_pattern(constant->constvalue);
	if (vetting != KROLES_LTREE_PATTERN)
		return true;
	getTypeOutputInfo(constant->consttype, &output, &varlena);
	return is_plain_ltree_pattern(OidOutputFunctionCall(output, constant->constvalue));
}
