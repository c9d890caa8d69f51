/*
 * audit_row.c
 *		A row of one of our tables as the audit log shows it: what to_jsonb(row) returns.
 *
 * Columns of the types that most of our columns have are converted here; to_jsonb() would
 * look their types up for each row.  It converts all others, so the result is the same,
 * whatever columns the owner has added.
 *
 * The functions run with the rights of the current user, which the caller has to make the
 * owner of the tables: converting a column of a type of others calls functions of others.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "core/compat.h"
#include "guards/audit_row.h"
#include "store/catalog.h"

/* How a column is converted. */
typedef enum Conversion
{
	LEFT_OUT,
	BIGINT,
	INTEGER,
	BOOLEAN,
	STRING,						/* text */
	TIME,						/* timestamptz */
	LABEL,						/* an enum */
	ANY_OTHER					/* by to_jsonb() */
} Conversion;

struct KrolesLoggedTable
{
	TupleDesc	desc;
	bool		has_key;		/* a column "key", which kroles_without_key() removes */
	FmgrInfo	to_jsonb;		/* looked up if a column needs it */
	Conversion	conversions[FLEXIBLE_ARRAY_MEMBER]; /* by column, from 0 */
};

/* Whether to_jsonb() writes the label of an enum: not if its owner has made a cast to json. */
static bool
is_plain_enum(Oid type)
{
	Oid			function;

	return get_typtype(type) == TYPTYPE_ENUM &&
		find_coercion_pathway(JSONOID, type, COERCION_EXPLICIT, &function) != COERCION_PATH_FUNC;
}

static Conversion
conversion_of_type(Oid type)
{
	switch (type)
	{
		case INT8OID:
			return BIGINT;
		case INT4OID:
			return INTEGER;
		case BOOLOID:
			return BOOLEAN;
		case TEXTOID:
			return STRING;
		case TIMESTAMPTZOID:
			return TIME;
		default:
			return is_plain_enum(type) ? LABEL : ANY_OTHER;
	}
}

/*
 * Prepares for showing rows of the table, in the current memory context, for as long as
 * the caller has the table open.  Audiences are left out: they are derived from rows that
 * are logged themselves.
 */
KrolesLoggedTable *
kroles_logged_table(Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);
	KrolesLoggedTable *table = palloc0(offsetof(KrolesLoggedTable, conversions) + desc->natts * sizeof(Conversion));
	bool		is_media = kroles_table_id(RelationGetRelid(rel)) == KROLES_T_MEDIA;

	table->desc = desc;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		if (column->attisdropped || (is_media && strcmp(NameStr(column->attname), "audience") == 0))
			continue;
		table->conversions[i] = conversion_of_type(column->atttypid);
		if (table->conversions[i] == ANY_OTHER && !OidIsValid(table->to_jsonb.fn_oid))
			fmgr_info(F_TO_JSONB, &table->to_jsonb);
		table->has_key |= strcmp(NameStr(column->attname), "key") == 0;
	}
	return table;
}

/* Whether all columns that are shown have the same bytes in both rows: then they are shown alike. */
bool
kroles_same_row(KrolesLoggedTable *table, TupleTableSlot *a, TupleTableSlot *b)
{
	slot_getallattrs(a);
	slot_getallattrs(b);
	for (int i = 0; i < table->desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(table->desc, i);

		if (table->conversions[i] == LEFT_OUT)
			continue;
		if (a->tts_isnull[i] != b->tts_isnull[i] ||
			(!a->tts_isnull[i] &&
			 !datum_image_eq(a->tts_values[i], b->tts_values[i], column->attbyval, column->attlen)))
			return false;
	}
	return true;
}

/* The label of an enum value, palloc'd. */
const char *
kroles_enum_label(Oid value)
{
	HeapTuple	tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(value));
	char	   *label;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for enum value %u", value);
	label = pstrdup(NameStr(((Form_pg_enum) GETSTRUCT(tuple))->enumlabel));
	ReleaseSysCache(tuple);
	return label;
}

static JsonbValue
json_string(const char *text, int length)
{
	return (JsonbValue) {.type = jbvString, .val.string = {.val = unconstify(char *, text), .len = length}};
}

static JsonbValue
json_number(int64 number)
{
	return (JsonbValue) {.type = jbvNumeric, .val.numeric = int64_to_numeric(number)};
}

/* A column's value as to_jsonb() shows it. */
static JsonbValue
convert_by_to_jsonb(KrolesLoggedTable *table, Form_pg_attribute column, Datum value)
{
	Const	   *argument = makeNullConst(column->atttypid, column->atttypmod, column->attcollation);
	JsonbValue	converted;
	Jsonb	   *json;

	fmgr_info_set_expr((Node *) makeFuncExpr(F_TO_JSONB, JSONBOID, list_make1(argument), InvalidOid, InvalidOid,
											 COERCE_EXPLICIT_CALL), &table->to_jsonb);
	json = DatumGetJsonbP(FunctionCall1(&table->to_jsonb, value));
	if (JB_ROOT_IS_SCALAR(json))
	{
		(void) JsonbExtractScalar(&json->root, &converted);
		return converted;
	}
	return (JsonbValue) {
		.type = jbvBinary, .val.binary = {.data = &json->root, .len = VARSIZE(json) - VARHDRSZ}
	};
}

/* A column's value, not null. */
static JsonbValue
convert_value(KrolesLoggedTable *table, int i, Datum value)
{
	Form_pg_attribute column = TupleDescAttr(table->desc, i);
	const char *label;
	text	   *string;

	switch (table->conversions[i])
	{
		case BIGINT:
			return json_number(DatumGetInt64(value));
		case INTEGER:
			return json_number(DatumGetInt32(value));
		case BOOLEAN:
			return (JsonbValue) {.type = jbvBool, .val.boolean = DatumGetBool(value)};
		case LABEL:
			label = kroles_enum_label(DatumGetObjectId(value));
			return json_string(label, strlen(label));
		case TIME:
			label = JsonEncodeDateTime(NULL, value, TIMESTAMPTZOID, NULL);
			return json_string(label, strlen(label));
		case STRING:
			string = DatumGetTextPP(value);
			if (VARSIZE_ANY_EXHDR(string) > JENTRY_OFFLENMASK)
				break;			/* too long for JSON: to_jsonb() raises the error */
			return json_string(VARDATA_ANY(string), VARSIZE_ANY_EXHDR(string));
		default:
			break;
	}
	return convert_by_to_jsonb(table, column, value);
}

/* The row as JSON, in the current memory context. */
Jsonb *
kroles_logged_row(KrolesLoggedTable *table, TupleTableSlot *row)
{
	KrolesJson	json = {0};

	slot_getallattrs(row);
	kroles_push_json(&json, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < table->desc->natts; i++)
	{
		const char *name = NameStr(TupleDescAttr(table->desc, i)->attname);
		JsonbValue	key = json_string(name, strlen(name));
		JsonbValue	value = {.type = jbvNull};

		if (table->conversions[i] == LEFT_OUT)
			continue;
		if (!row->tts_isnull[i])
			value = convert_value(table, i, row->tts_values[i]);
		kroles_push_json(&json, WJB_KEY, &key);
		kroles_push_json(&json, WJB_VALUE, &value);
	}
	kroles_push_json(&json, WJB_END_OBJECT, NULL);
	return JsonbValueToJsonb(json.result);
}

/* The row without a column "key": the secret of a signing key must not be readable in the log. */
Jsonb *
kroles_without_key(KrolesLoggedTable *table, Jsonb *row)
{
	if (row == NULL || !table->has_key)
		return row;
	return DatumGetJsonbP(DirectFunctionCall2(jsonb_delete, JsonbPGetDatum(row), CStringGetTextDatum("key")));
}
