/*
 * policy_functions.c
 *		The functions that policies on our own tables call.
 *
 * Each answers one question about one row, from the row's own columns.  They
 * reveal no more than the public functions, so PUBLIC may execute them: a
 * made-up audience gives no more than kroles_can() on the spaces that it names.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "audience/audience.h"
#include "core/compat.h"
#include "decide/decide.h"
#include "identity/identity.h"
#include "rls/filter.h"
#include "rls/publication_filter.h"
#include "rls/read_only.h"
#include "statement/pending_rows.h"
#include "store/catalog.h"

/* A policy's own action; never NULL but in a call by hand. */
static KrolesRights
arg_right(FunctionCallInfo fcinfo, int n)
{
	int			action = PG_ARGISNULL(n) ? -1 :
		kroles_enum_code(KROLES_E_ACTION, PG_GETARG_OID(n));

	return action < 0 ? 0 : KROLES_RIGHT(action);
}

/* The right of an argument that is the same for every row: worked out once for each value. */
typedef struct ArgRight
{
	Oid			value;
	KrolesRights right;
} ArgRight;

static KrolesRights
arg_right_again(FunctionCallInfo fcinfo, int n)
{
	ArgRight   *known = fcinfo->flinfo->fn_extra;

	if (known == NULL)
	{
		known = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(ArgRight));
		fcinfo->flinfo->fn_extra = known;
	}
	if (known->value != PG_GETARG_OID(n))
	{
		known->right = arg_right(fcinfo, n);
		known->value = PG_GETARG_OID(n);
	}
	return known->right;
}

/* kroles.audience_can(action, audience): on the media that has that audience.  STRICT. */
PG_FUNCTION_INFO_V1(kroles_audience_can);
Datum
kroles_audience_can(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(kroles_filter_audience(arg_right_again(fcinfo, 0), PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1))));
}

/* kroles.index_keys(): what an index is searched for on behalf of the current subject. */
PG_FUNCTION_INFO_V1(kroles_index_keys);
Datum
kroles_index_keys(PG_FUNCTION_ARGS)
{
	struct varlena *index_keys = kroles_current_index_keys();
	struct varlena *copy = palloc(VARSIZE(index_keys));

	PG_RETURN_POINTER(memcpy(copy, index_keys, VARSIZE(index_keys)));
}

/*
 * kroles.draft_keys(mark): what an index is searched for to find the drafts that the
 * current subject is on.  STRICT.  Whether a visible media is a draft is not for
 * everyone who sees it, so it answers only plans that the extension has made: people
 * cannot write the mark of published media, and any other argument gives NULL.
 */
PG_FUNCTION_INFO_V1(kroles_draft_keys);
Datum
kroles_draft_keys(PG_FUNCTION_ARGS)
{
	if (!kroles_open_index_keys(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0))).published)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(kroles_current_draft_keys());
}

/* kroles.space_can(action, space_id): on a space of whichever kind. */
PG_FUNCTION_INFO_V1(kroles_space_can);
Datum
kroles_space_can(PG_FUNCTION_ARGS)
{
	int64		id;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	id = PG_GETARG_INT64(1);
	if (!kroles_query_reads_only() && kroles_pending_row(KROLES_C_SPACE, id) != NULL)
		PG_RETURN_BOOL((kroles_decide(kroles_asker(), KROLES_ANY_SPACE, id).rights & arg_right(fcinfo, 0)) != 0);
	PG_RETURN_BOOL((kroles_filter_space(id) & arg_right_again(fcinfo, 0)) != 0);
}

/* kroles.holds(user_id, group_id): is it the current user, or one of their groups? */
PG_FUNCTION_INFO_V1(kroles_holds_row);
Datum
kroles_holds_row(PG_FUNCTION_ARGS)
{
	KrolesAsker asker = kroles_asker();

	if (!PG_ARGISNULL(0) && kroles_holds(asker, false, PG_GETARG_INT64(0)))
		PG_RETURN_BOOL(true);
	PG_RETURN_BOOL(!PG_ARGISNULL(1) && kroles_holds(asker, true, PG_GETARG_INT64(1)));
}

/* kroles.is_auditor(): whether the current subject is an auditor. */
PG_FUNCTION_INFO_V1(kroles_asker_is_auditor);
Datum
kroles_asker_is_auditor(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(kroles_asker().type == KROLES_AUDITOR);
}

/* kroles.may_take_down(media_id, space_id, published_by) */
PG_FUNCTION_INFO_V1(kroles_may_take_down);
Datum
kroles_may_take_down(PG_FUNCTION_ARGS)
{
	KrolesAsker asker = kroles_asker();
	KrolesPublicationAnswer answer;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	answer = kroles_decide_publication(asker, PG_GETARG_INT64(0), PG_GETARG_INT64(1));
	PG_RETURN_BOOL(kroles_may_take_down_as(asker, &answer, PG_ARGISNULL(2),
										   PG_ARGISNULL(2) ? 0 : PG_GETARG_INT64(2)));
}

/*
 * kroles.may_see_publication(media_id, space_id, status, published_by): subjects
 * who may take the publication down or moderate it see it in every state; once
 * it is approved, so do subjects who may view both media and space.
 */
PG_FUNCTION_INFO_V1(kroles_may_see_publication);
Datum
kroles_may_see_publication(PG_FUNCTION_ARGS)
{
	KrolesPublicationRow row;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_BOOL(false);
	row.media_id = PG_GETARG_INT64(0);
	row.space_id = PG_GETARG_INT64(1);
	row.approved = kroles_enum_code(KROLES_E_PUBLICATION_STATUS, PG_GETARG_OID(2)) == KROLES_APPROVED;
	row.has_publisher = !PG_ARGISNULL(3);
	row.published_by = row.has_publisher ? PG_GETARG_INT64(3) : 0;
	PG_RETURN_BOOL(kroles_filter_publication(&row));
}

/* kroles.shows_people(): whether the current subject may know the names of people who are not blocked. */
PG_FUNCTION_INFO_V1(kroles_shows_people_to_asker);
Datum
kroles_shows_people_to_asker(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(kroles_may_know_people(kroles_asker()));
}
