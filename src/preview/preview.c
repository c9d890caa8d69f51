/*
 * preview.c
 *		kroles_preview() and kroles_preview_counts(): who gains and loses what by the
 *		changes of this transaction.
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "answers/explain.h"
#include "core/page.h"
#include "identity/as_owner.h"
#include "identity/identity.h"
#include "preview/differences.h"
#include "preview/seeds.h"
#include "store/catalog.h"
#include "store/names.h"

/* A row of the page. */
typedef struct PreviewRow
{
	const KrolesChangedObject *object;
	KrolesDifference difference;
	KrolesAction action;
	char	   *name;			/* NULL: none */
	char	   *why;
} PreviewRow;

/* The page while it is filled. */
typedef struct Preview
{
	bool		kinds[KROLES_NKINDS];
	KrolesRights actions;
	int64		skip;			/* rows that are still to be skipped */
	int64		left;			/* rows that are still wanted */
	KrolesArray rows;			/* PreviewRow */
} Preview;

/* ---- Arguments ---- */

/* The codes in an argument, an array of a type of ours, as bits; all for null. */
static uint64
array_argument(FunctionCallInfo fcinfo, int n, KrolesEnum type, const char *what)
{
	uint64		bits = 0;
	Datum	   *values;
	bool	   *nulls;
	int			nvalues;

	if (PG_ARGISNULL(n))
		return ~UINT64CONST(0);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), kroles_enum_type(type), sizeof(Oid), true, TYPALIGN_INT, &values, &nulls,
					  &nvalues);
	for (int i = 0; i < nvalues; i++)
	{
		int			code = nulls[i] ? -1 : kroles_enum_code(type, DatumGetObjectId(values[i]));

		if (code < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 nulls[i] ? errmsg("%s must not contain null", what) :
					 errmsg("%s contains a value that is not supported by kroles", what),
					 errhint("Pass NULL for all of them.")));
		bits |= UINT64CONST(1) << code;
	}
	return bits;
}

static Preview
read_arguments(FunctionCallInfo fcinfo)
{
	uint64		kinds = array_argument(fcinfo, 0, KROLES_E_OBJECT_KIND, "kinds");
	Preview		preview = {.actions = array_argument(fcinfo, 1, KROLES_E_ACTION, "actions"), .rows = {.size = sizeof(PreviewRow)}};

	for (int kind = 0; kind < KROLES_NKINDS; kind++)
		preview.kinds[kind] = (kinds >> kind & 1) != 0;
	return preview;
}

/* The differences that the asker may see. */
static KrolesDifferences *
find_for_asker(void)
{
	KrolesAsker asker = kroles_asker();

	return kroles_find_differences(&asker, kroles_read_seeds());
}

/* ---- Rows ---- */

/* KrolesDifferenceVisitor: adds the rows of a user and object to the page. */
static bool
add_rows(void *arg, const KrolesChangedObject *object, const KrolesDifference *difference)
{
	Preview    *preview = arg;
	KrolesRights changed = (difference->rights[KROLES_BEFORE] ^ difference->rights[KROLES_AFTER]) & preview->actions;

	for (int action = 0; action < KROLES_NACTIONS && preview->left > 0; action++)
	{
		PreviewRow *row;

		if (!(changed & KROLES_RIGHT(action)))
			continue;
		if (preview->skip > 0)
		{
			preview->skip--;
			continue;
		}
		row = kroles_array_add(&preview->rows);
		*row = (PreviewRow) {.object = object, .difference = *difference, .action = action};
		preview->left--;
	}
	return preview->left > 0;
}

/* Fills the page; returns how many rows there are in all. */
static int64
fill_page(Preview *preview, const KrolesDifferences *differences)
{
	int64		total = 0;

	for (int i = 0; i < differences->objects.n; i++)
	{
		const KrolesChangedObject *object = &((KrolesChangedObject *) differences->objects.items)[i];
		int64		rows;

		if (!preview->kinds[object->kind])
			continue;
		rows = kroles_count_rows(differences, object, preview->actions);
		total += rows;
		if (rows <= preview->skip)
			preview->skip -= rows;
		else if (preview->left > 0)
			(void) kroles_visit_differences(differences, object, add_rows, preview);
	}
	return total;
}

/* Whether the right of a row is held on a side. */
static bool
is_held(const PreviewRow *row, KrolesSide side)
{
	return (row->difference.rights[side] & KROLES_RIGHT(row->action)) != 0;
}

/* What allows the right of a row on the active side, as kroles_explain() words it; NULL if the asker may not know. */
static char *
explain_row(const PreviewRow *row)
{
	KrolesExplanation explanation = {
		.who = kroles_concerned_asker(row->difference.user_id), .kind = row->object->kind, .id = row->object->id,
		.action = row->action
	};
	char	   *reasons;

	kroles_find_reasons(&explanation);
	reasons = kroles_allowing_reasons(&explanation);
	return reasons[0] == '\0' ? NULL : reasons;
}

/* Adds names, and what allows each right on the side where it is allowed. */
static void
describe_rows(Preview *preview, Snapshot base)
{
	KROLES_FOR_EACH_SIDE(side, base)
	{
		for (int i = 0; i < preview->rows.n; i++)
		{
			PreviewRow *row = &((PreviewRow *) preview->rows.items)[i];
			int64		user_id = row->difference.user_id;
			char	   *name = user_id == KROLES_ANONYMOUS_ID ? NULL : kroles_user_name(user_id);

			if (name != NULL && name[0] != '\0')
				row->name = name;
			if (is_held(row, side))
				row->why = explain_row(row);
		}
	}
}

/* A text, or null. */
static Datum
text_or_null(const char *text, bool *isnull)
{
	*isnull = text == NULL;
	return text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}

static void
put_row(KrolesPage *page, const PreviewRow *row, int64 total)
{
	Datum		values[9];
	bool		nulls[9] = {false};

	nulls[0] = row->difference.user_id == KROLES_ANONYMOUS_ID;
	values[0] = Int64GetDatum(row->difference.user_id);
	values[1] = text_or_null(row->name, &nulls[1]);
	values[2] = ObjectIdGetDatum(kroles_enum_value(KROLES_E_ACTION, row->action));
	values[3] = ObjectIdGetDatum(kroles_enum_value(KROLES_E_OBJECT_KIND, row->object->kind));
	nulls[4] = row->object->kind == KROLES_SITE;
	values[4] = Int64GetDatum(row->object->id);
	values[5] = BoolGetDatum(is_held(row, KROLES_BEFORE));
	values[6] = BoolGetDatum(is_held(row, KROLES_AFTER));
	values[7] = text_or_null(row->why, &nulls[7]);
	values[8] = Int64GetDatum(total);
	kroles_put_row(page, values, nulls);
}

/* kroles.preview(kinds, actions, max_rows, skip): a row a user, object and right. */
PG_FUNCTION_INFO_V1(kroles_preview);
Datum
kroles_preview(PG_FUNCTION_ARGS)
{
	Preview		preview = read_arguments(fcinfo);
	KrolesDifferences *differences;
	KrolesPage	page;
	int64		total;

	kroles_check_internal_call("preview", "Call kroles_preview().");
	kroles_open_page(&page, fcinfo, 0, 2);
	preview.left = page.left;
	preview.skip = PG_ARGISNULL(3) ? 0 : PG_GETARG_INT32(3);
	if (preview.skip < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of rows must not be negative")));
	differences = find_for_asker();
	total = fill_page(&preview, differences);
	describe_rows(&preview, differences->base);
	for (int i = 0; i < preview.rows.n; i++)
		put_row(&page, &((PreviewRow *) preview.rows.items)[i], total);
	kroles_end_differences(differences);
	return (Datum) 0;
}

/* kroles.preview_counts(kinds, actions): a row a kind and right that somebody gains or loses. */
PG_FUNCTION_INFO_V1(kroles_preview_counts);
Datum
kroles_preview_counts(PG_FUNCTION_ARGS)
{
	Preview		preview = read_arguments(fcinfo);
	KrolesCount (*counts)[KROLES_NACTIONS] = palloc0(sizeof(*counts) * KROLES_NKINDS);
	KrolesDifferences *differences;
	KrolesPage	page;

	kroles_check_internal_call("preview_counts", "Call kroles_preview_counts().");
	kroles_open_page(&page, fcinfo, 0, 0);
	differences = find_for_asker();
	kroles_count_differences(differences, preview.kinds, counts);
	kroles_end_differences(differences);
	for (int kind = 0; kind < KROLES_NKINDS; kind++)
		for (int action = 0; action < KROLES_NACTIONS; action++)
		{
			const KrolesCount *count = &counts[kind][action];
			bool		nulls[6] = {false};
			Datum		values[] = {
				ObjectIdGetDatum(kroles_enum_value(KROLES_E_OBJECT_KIND, kind)),
				ObjectIdGetDatum(kroles_enum_value(KROLES_E_ACTION, action)),
				Int64GetDatum(count->gained), Int64GetDatum(count->lost),
				Int64GetDatum(count->users), Int64GetDatum(count->objects)
			};

			if ((preview.actions & KROLES_RIGHT(action)) && count->gained + count->lost > 0)
				kroles_put_row(&page, values, nulls);
		}
	return (Datum) 0;
}
