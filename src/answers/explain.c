/*
 * explain.c
 *		kroles_explain(): why a subject has a right, or has not; and
 *		kroles_can_many(): the same question about many objects.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "answers/arguments.h"
#include "answers/could.h"
#include "answers/explain.h"
#include "decide/decide.h"
#include "identity/identity.h"

/* The table of a role on a media. */
static const char *
media_role_table(int role)
{
	if (role == KROLES_MEDIA_OWNER)
		return "media";
	if (role < KROLES_MEDIA_CHAT_MODERATOR)
		return "media_collaborators";
	return role < KROLES_MEDIA_SPEAKER ? "media_moderators" : "media_speakers";
}

/*
 * The table that has the role of a reason, and the object there that it is a role on;
 * NULL for no role of that kind, and for one on an object that was redacted.
 */
static const char *
role_table(const KrolesExplanation *explanation, const KrolesReason *reason, int64 *object_id)
{
	switch (reason->fact)
	{
		case KROLES_F_OWNER:
		case KROLES_F_GRANT:
			*object_id = reason->source_space_id;
			if (reason->source_hidden)
				return NULL;
			return reason->fact == KROLES_F_OWNER ? "spaces" : "space_members";
		case KROLES_F_MEDIA_ROLE:
			*object_id = explanation->id;
			return media_role_table(reason->role);
		case KROLES_F_EVENT_ROLE:
			*object_id = reason->event_id;
			return "event_participants";
		default:
			return NULL;
	}
}

/* Adds a row for a reason; in kroles.explain_past(), with the table that has its role, and the object there. */
static void
put_reason(ReturnSetInfo *result, const KrolesExplanation *explanation, const KrolesReason *reason)
{
	const char *role = kroles_reason_role(explanation, reason);
	int64		object_id = 0;
	const char *table = role_table(explanation, reason, &object_id);
	Datum		values[10];
	bool		nulls[10] = {false};

	values[0] = BoolGetDatum(explanation->allowed);
	values[1] = CStringGetTextDatum(kroles_effect_label(reason->effect));
	values[2] = CStringGetTextDatum(kroles_reason_text(explanation, reason));
	nulls[3] = role == NULL;
	if (role != NULL)
		values[3] = CStringGetTextDatum(role);
	nulls[4] = !reason->by_group;
	values[4] = Int64GetDatum(reason->group_id);
	nulls[5] = !reason->has_space;
	values[5] = Int64GetDatum(reason->space_id);
	nulls[6] = !reason->has_event;
	values[6] = Int64GetDatum(reason->event_id);
	nulls[7] = reason->until == DT_NOEND;
	values[7] = TimestampTzGetDatum(reason->until);
	nulls[8] = nulls[9] = table == NULL;
	if (table != NULL)
		values[8] = CStringGetTextDatum(psprintf("kroles.%s", table));
	values[9] = Int64GetDatum(object_id);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* Adds the row for an object that does not exist, which a NULL id stands for. */
static void
put_hidden(ReturnSetInfo *result, KrolesExplanation *explanation)
{
	KrolesReason hidden = {.effect = KROLES_DENIES, .fact = KROLES_F_HIDDEN, .until = DT_NOEND};

	put_reason(result, explanation, &hidden);
}

/* The question in the arguments user_id, action, kind, id. */
static KrolesExplanation
read_question(FunctionCallInfo fcinfo)
{
	KrolesExplanation explanation = {
		.who = kroles_arg_user(fcinfo, 0), .action = kroles_arg_action(fcinfo, 1),
		.kind = kroles_arg_kind(fcinfo, 2), .id = kroles_arg_id(fcinfo, 3)
	};

	kroles_check_right_exists(explanation.kind, explanation.action);
	if (explanation.kind == KROLES_SITE)
		explanation.id = 0;
	return explanation;
}

/* Returns one row per reason, of now or (at: not 0) of an earlier time. */
static Datum
put_reasons(FunctionCallInfo fcinfo, KrolesExplanation *explanation, TimestampTz at)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(3) && explanation->kind != KROLES_SITE)
	{
		put_hidden(result, explanation);
		return (Datum) 0;
	}
	if (at != 0)
	{
		kroles_ask_in_past(at, kroles_find_past_reasons, explanation);
		kroles_finish_reasons(explanation);
	}
	else
		kroles_find_reasons(explanation);
	for (int i = 0; i < explanation->reasons.n; i++)
		put_reason(result, explanation, KROLES_REASON(explanation, i));
	return (Datum) 0;
}

/* kroles_explain(user_id, action, kind, id). */
PG_FUNCTION_INFO_V1(kroles_explain);
Datum
kroles_explain(PG_FUNCTION_ARGS)
{
	KrolesExplanation explanation = read_question(fcinfo);

	kroles_check_may_ask(explanation.who, explanation.kind, explanation.id);
	return put_reasons(fcinfo, &explanation, 0);
}

/* kroles.explain_past(user_id, action, kind, id, at): the same at an earlier time. */
PG_FUNCTION_INFO_V1(kroles_explain_past);
Datum
kroles_explain_past(PG_FUNCTION_ARGS)
{
	KrolesExplanation explanation = read_question(fcinfo);
	TimestampTz at = kroles_arg_past(fcinfo, 4);

	kroles_check_may_ask_about_others(explanation.kind, explanation.id);
	return put_reasons(fcinfo, &explanation, at);
}

/* Adds one row per element, in the order of the array. */
static void
put_decisions(ReturnSetInfo *result, KrolesAction action, KrolesKind kind, ArrayType *ids)
{
	KrolesAsker asker = kroles_asker();
	ArrayIterator each = array_create_iterator(ids, 0, NULL);
	Datum		values[2];
	bool		nulls[2] = {false};

	while (array_iterate(each, &values[0], &nulls[0]))
	{
		int64		id = nulls[0] || kind == KROLES_SITE ? 0 : DatumGetInt64(values[0]);
		bool		no_object = nulls[0] && kind != KROLES_SITE;

		CHECK_FOR_INTERRUPTS();
		values[1] = BoolGetDatum(!no_object && (kroles_decide(asker, kind, id).rights & KROLES_RIGHT(action)));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	array_free_iterator(each);
}

/* kroles_can_many(action, kind, ids): may the current subject, on each object? */
PG_FUNCTION_INFO_V1(kroles_can_many);
Datum
kroles_can_many(PG_FUNCTION_ARGS)
{
	KrolesAction action = kroles_arg_action(fcinfo, 0);
	KrolesKind	kind = kroles_arg_kind(fcinfo, 1);

	kroles_check_right_exists(kind, action);
	InitMaterializedSRF(fcinfo, 0);
	if (!PG_ARGISNULL(2))
		put_decisions((ReturnSetInfo *) fcinfo->resultinfo, action, kind, PG_GETARG_ARRAYTYPE_P(2));
	return (Datum) 0;
}
