/*
 * vetted_types.c
 *		The types that columns and operands of searches may have.
 *
 * An operator that takes any array, range or enum looks up the functions of the type
 * that it is called for.  So not only the operator must be known, but also the type:
 *		types of PostgreSQL, by OID: their default operator classes, the subtypes of
 *		their ranges and the canonical functions of these belong to PostgreSQL, and
 *		only a superuser can change them;
 *		arrays of those whose equality and order are functions in C that read
 *		nothing but the two values and raise nothing that depends on them;
 *		any enum type, whoever has created it, and arrays of it: its values are
 *		OIDs, which the functions of PostgreSQL compare directly, or by the order
 *		that pg_enum gives them;
 *		the types of hstore and ltree, identified by the C function that reads their
 *		values: only a superuser can create a base type.  (To be a member of an
 *		extension is no proof.  Whoever has created a trusted extension owns it, and
 *		may add to it.)
 *
 * Domains (their constraints call functions), composite types, ranges that a role has
 * created (their subtype's operator class may be any) and "any" are not included.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "core/compat.h"
#include "planner/vetted_operators.h"

/* Types that may be elements of arrays. */
static const Oid element_types[] = {
	BOOLOID, INT2OID, INT4OID, INT8OID, OIDOID, FLOAT4OID, FLOAT8OID, NUMERICOID, TEXTOID, VARCHAROID, UUIDOID,
	DATEOID, TIMEOID, TIMETZOID, TIMESTAMPOID, TIMESTAMPTZOID, INTERVALOID, INETOID, CIDROID, MACADDROID, MACADDR8OID
};

static const Oid other_types[] = {
	TSVECTOROID, TSQUERYOID, REGCONFIGOID, JSONBOID,
	INT4RANGEOID, INT8RANGEOID, NUMRANGEOID, DATERANGEOID, TSRANGEOID, TSTZRANGEOID,
	INT4MULTIRANGEOID, INT8MULTIRANGEOID, NUMMULTIRANGEOID, DATEMULTIRANGEOID, TSMULTIRANGEOID, TSTZMULTIRANGEOID
};

static const struct
{
	const char *library;
	const char *input;			/* the function that reads a value */
}			extension_types[] = {
	{"hstore", "hstore_in"}, {"ltree", "ltree_in"}, {"ltree", "lquery_in"}, {"ltree", "ltxtq_in"}
};

static bool
is_listed(Oid type, const Oid *list, int length)
{
	for (int i = 0; i < length; i++)
		if (list[i] == type)
			return true;
	return false;
}

/* A text column of a pg_proc row, copied into the caller's memory; "" if it is null. */
static char *
get_proc_text(HeapTuple tuple, AttrNumber column)
{
	bool		isnull;
	Datum		value = SysCacheGetAttr(PROCOID, tuple, column, &isnull);

	return isnull ? "" : TextDatumGetCString(value);
}

/*
 * Whether a function is that C function of a library which comes with PostgreSQL.
 * The library and the symbol determine the code that runs, and only a superuser can
 * have created it.
 */
bool
kroles_is_c_function(Oid function, const char *library, const char *symbol)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	bool		found = false;

	if (!HeapTupleIsValid(tuple))
		return false;
	if (((Form_pg_proc) GETSTRUCT(tuple))->prolang == ClanguageId &&
		strcmp(get_proc_text(tuple, Anum_pg_proc_prosrc), symbol) == 0)
	{
		char	   *path = get_proc_text(tuple, Anum_pg_proc_probin);

		found = strcmp(path, library) == 0 || strcmp(path, psprintf("$libdir/%s", library)) == 0;
	}
	ReleaseSysCache(tuple);
	return found;
}

/* Whether a base type is one of hstore's or ltree's. */
static bool
is_extension_type(Oid type)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Oid			input = InvalidOid;

	if (!HeapTupleIsValid(tuple))
		return false;
	if (((Form_pg_type) GETSTRUCT(tuple))->typtype == TYPTYPE_BASE && !OidIsValid(((Form_pg_type) GETSTRUCT(tuple))->typelem))
		input = ((Form_pg_type) GETSTRUCT(tuple))->typinput;
	ReleaseSysCache(tuple);
	if (input < FirstNormalObjectId)
		return false;
	for (int i = 0; i < lengthof(extension_types); i++)
		if (kroles_is_c_function(input, extension_types[i].library, extension_types[i].input))
			return true;
	return false;
}

/* Whether arrays of a type are allowed in searches, and the type itself. */
bool
kroles_is_element_type(Oid type)
{
	return is_listed(type, element_types, lengthof(element_types)) || get_typtype(type) == TYPTYPE_ENUM;
}

/* Whether a type is allowed in searches. */
bool
kroles_is_search_type(Oid type)
{
	Oid			element;

	if (!OidIsValid(type))
		return false;
	if (is_listed(type, other_types, lengthof(other_types)) || kroles_is_element_type(type))
		return true;
	element = get_element_type(type);
	return OidIsValid(element) ? kroles_is_element_type(element) : type >= FirstNormalObjectId && is_extension_type(type);
}

/*
 * Whether a collation compares, folds and matches text without a look at a collation
 * that a role has created: using one for the first time may warn that its version has
 * changed, a nondeterministic one makes LIKE fail, and an undetermined one every
 * comparison.
 */
bool
kroles_is_plain_collation(Oid collation)
{
	return collation == DEFAULT_COLLATION_OID || collation == C_COLLATION_OID || collation == POSIX_COLLATION_OID;
}
