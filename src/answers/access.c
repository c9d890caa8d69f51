/*
 * access.c
 *		kroles.ways(): who has which right on an object by which way, and which rights
 *		a user has on which objects.
 *
 * A way is a reason that allows (answers/explain_reasons.c): a row for each subject,
 * right and way.  Reasons are redacted for the asker as those of kroles_explain().
 * Rows are counted while they are found, so a page costs what comes before it and its
 * own rows.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "answers/arguments.h"
#include "answers/candidates.h"
#include "answers/explain.h"
#include "answers/list.h"
#include "decide/decide.h"
#include "identity/as_owner.h"
#include "identity/identity.h"
#include "store/catalog.h"

/* The columns of a row. */
enum
{
	WAY_USER, WAY_KIND, WAY_ID, WAY_ACTION, WAY_TEXT, WAY_ROLE, WAY_TABLE, WAY_GROUP, WAY_SPACE, WAY_EVENT, WAY_STARTS,
	WAY_EXPIRES, WAY_SHARED, WAY_NCOLUMNS
};

typedef struct Report
{
	ReturnSetInfo *result;
	int64		skip;			/* rows to leave out before the page begins */
	int64		left;			/* rows still wanted */
	MemoryContext context;		/* reset after each subject and object */
} Report;

/* The table whose row gives a role on a media. */
static const char *
media_role_table(int role)
{
	switch (role)
	{
		case KROLES_MEDIA_OWNER:
			return "kroles.media";
		case KROLES_MEDIA_CHAT_MODERATOR:
		case KROLES_MEDIA_ROOM_MODERATOR:
			return "kroles.media_moderators";
		case KROLES_MEDIA_SPEAKER:
		case KROLES_MEDIA_ADVANCED_SPEAKER:
			return "kroles.media_speakers";
		default:
			return "kroles.media_collaborators";
	}
}

/* The table whose row the way rests on; NULL if there is none, or if the asker may not know it. */
static const char *
grant_table(const KrolesReason *reason)
{
	if (reason->source_hidden)
		return NULL;
	switch (reason->fact)
	{
		case KROLES_F_ADMINISTRATOR:
			return "kroles.users";
		case KROLES_F_OWNER:
			return "kroles.spaces";
		case KROLES_F_GRANT:
			return "kroles.space_members";
		case KROLES_F_MEDIA_ROLE:
			return media_role_table(reason->role);
		case KROLES_F_EVENT_ROLE:
			return "kroles.event_participants";
		case KROLES_F_JOINED:
			return "kroles.room_participants";
		default:
			return NULL;
	}
}

/* Whether others have the way too; *unknown if the asker may not know. */
static bool
is_shared(const KrolesReason *reason, bool *unknown)
{
	*unknown = reason->source_hidden || reason->fact == KROLES_F_SOMEWHERE || reason->fact == KROLES_F_IN_SOME_EVENT;
	return reason->by_group || reason->fact == KROLES_F_BASELINE;
}

/* Sets a column of type text; NULL for no text. */
static void
set_text(Datum *values, bool *nulls, int column, const char *text)
{
	nulls[column] = text == NULL;
	if (text != NULL)
		values[column] = CStringGetTextDatum(text);
}

/* Adds a row. */
static void
put_way(Report *report, const KrolesExplanation *explanation, const KrolesReason *reason)
{
	bool		of_space = reason->has_space && !reason->source_hidden;
	Datum		values[WAY_NCOLUMNS] = {0};
	bool		nulls[WAY_NCOLUMNS] = {false};

	nulls[WAY_USER] = explanation->who.type != KROLES_PERSON;
	values[WAY_USER] = Int64GetDatum(explanation->who.user_id);
	values[WAY_KIND] = ObjectIdGetDatum(kroles_enum_value(KROLES_E_OBJECT_KIND, explanation->kind));
	nulls[WAY_ID] = explanation->kind == KROLES_SITE;
	values[WAY_ID] = Int64GetDatum(explanation->id);
	values[WAY_ACTION] = ObjectIdGetDatum(kroles_enum_value(KROLES_E_ACTION, explanation->action));
	set_text(values, nulls, WAY_TEXT, kroles_reason_text(explanation, reason));
	set_text(values, nulls, WAY_ROLE, kroles_reason_role(explanation, reason));
	set_text(values, nulls, WAY_TABLE, grant_table(reason));
	nulls[WAY_GROUP] = !reason->by_group;
	values[WAY_GROUP] = Int64GetDatum(reason->group_id);
	nulls[WAY_SPACE] = !of_space;
	values[WAY_SPACE] = Int64GetDatum(reason->source_space_id);
	nulls[WAY_EVENT] = !reason->has_event;
	values[WAY_EVENT] = Int64GetDatum(reason->event_id);
	nulls[WAY_STARTS] = reason->from == DT_NOBEGIN || reason->source_hidden || reason->fact == KROLES_F_SOMEWHERE ||
		reason->fact == KROLES_F_IN_SOME_EVENT;
	values[WAY_STARTS] = TimestampTzGetDatum(reason->from);
	nulls[WAY_EXPIRES] = reason->until == DT_NOEND;
	values[WAY_EXPIRES] = TimestampTzGetDatum(reason->until);
	values[WAY_SHARED] = BoolGetDatum(is_shared(reason, &nulls[WAY_SHARED]));
	tuplestore_putvalues(report->result->setResult, report->result->setDesc, values, nulls);
	report->left--;
}

/* Adds the ways by which a subject has one right on an object. */
static void
put_ways_to(Report *report, KrolesAsker who, KrolesKind kind, int64 id, KrolesAction action)
{
	KrolesExplanation explanation = {.who = who, .kind = kind, .id = id, .action = action};

	kroles_find_reasons(&explanation);
	for (int i = 0; i < explanation.reasons.n && report->left > 0; i++)
	{
		const KrolesReason *reason = KROLES_REASON(&explanation, i);

		if (!explanation.allowed || reason->effect != KROLES_ALLOWS)
			continue;
		if (report->skip > 0)
			report->skip--;
		else
			put_way(report, &explanation, reason);
	}
}

/* Adds all ways by which a subject has rights on an object. */
static void
put_ways(Report *report, KrolesAsker who, KrolesKind kind, int64 id)
{
	MemoryContext old = MemoryContextSwitchTo(report->context);
	KrolesRights rights = kroles_decide(who, kind, id).rights;

	CHECK_FOR_INTERRUPTS();
	for (int action = 0; action < KROLES_NACTIONS && report->left > 0; action++)
		if (rights & KROLES_RIGHT(action))
			put_ways_to(report, who, kind, id, action);
	MemoryContextSwitchTo(old);
	MemoryContextReset(report->context);
}

/* ---- An object ---- */

/* The users who may have any right on an object: the candidates for each right together. */
static KrolesCandidates
find_holders(KrolesKind kind, int64 id)
{
	KrolesCandidates holders = {.kind = kind, .id = id, .users = {.size = sizeof(int64)}};

	for (int action = 0; action < KROLES_NACTIONS; action++)
	{
		KrolesCandidates candidates = {.kind = kind, .id = id, .action = action, .basis = KROLES_SNAPSHOT};

		if (!kroles_right_exists(kind, action))
			continue;
		kroles_find_candidates(&candidates);
		holders.snapshot = candidates.snapshot;
		for (int role = 0; role < KROLES_NAPPLICATIVE; role++)
			holders.everybody[role] |= candidates.everybody[role];
		for (int i = 0; i < candidates.users.n; i++)
			*(int64 *) kroles_array_add(&holders.users) = ((int64 *) candidates.users.items)[i];
		kroles_sort_ids(&holders.users);
	}
	return holders;
}

/* The ways on one object, for kroles_visit_candidates(). */
typedef struct ObjectReport
{
	Report	   *report;
	KrolesKind	kind;
	int64		id;
} ObjectReport;

static bool
put_user(void *arg, int64 user_id)
{
	ObjectReport *of = arg;

	put_ways(of->report, (KrolesAsker) {KROLES_PERSON, user_id}, of->kind, of->id);
	return of->report->left > 0;
}

/* Adds the ways on one object: anonymous first, then users by id. */
static void
put_object(Report *report, KrolesKind kind, int64 id)
{
	KrolesCandidates holders = find_holders(kind, id);
	ObjectReport of = {report, kind, id};

	put_ways(report, (KrolesAsker) {KROLES_NOBODY, 0}, kind, id);
	if (report->left > 0)
		kroles_visit_candidates(&holders, PG_INT64_MIN, put_user, &of);
}

/* ---- A user ---- */

/* The objects of a kind on which the subject has a right, by id.  Whoever has all rights on the site sees all objects. */
static KrolesArray
find_objects(KrolesAsker who, KrolesKind kind)
{
	bool		all = (kroles_decide(who, KROLES_SITE, 0).rights & KROLES_RIGHT(KROLES_ADMINISTER)) != 0;
	KrolesArray ids = {.size = sizeof(int64)};

	for (int action = 0; action < KROLES_NACTIONS; action++)
		if (kroles_right_exists(kind, action) && (!all || action == KROLES_VIEW))
		{
			kroles_list_ids(who, action, kind, &ids);
			kroles_sort_ids(&ids);
		}
	return ids;
}

/* Adds the ways of one subject: on the site, then on objects by kind and id. */
static void
put_subject(Report *report, KrolesAsker who)
{
	put_ways(report, who, KROLES_SITE, 0);
	for (int kind = KROLES_SITE + 1; kind < KROLES_NKINDS && report->left > 0; kind++)
	{
		KrolesArray ids = find_objects(who, kind);

		for (int i = 0; i < ids.n && report->left > 0; i++)
			put_ways(report, who, kind, ((int64 *) ids.items)[i]);
	}
}

/* ---- The function ---- */

/* The number in an argument, or that for NULL; an error for a negative one. */
static int64
arg_rows(FunctionCallInfo fcinfo, int n, int64 if_null)
{
	int64		rows = PG_ARGISNULL(n) ? if_null : PG_GETARG_INT32(n);

	if (rows < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of rows must not be negative")));
	return rows;
}

/*
 * kroles.ways(of_object, kind, id, user_id, max_rows, skip): on that object, else of
 * that user.  For kroles_access() and kroles_access_of(); checks that the asker may ask.
 */
PG_FUNCTION_INFO_V1(kroles_ways);
Datum
kroles_ways(PG_FUNCTION_ARGS)
{
	bool		of_object = PG_GETARG_BOOL(0);
	KrolesKind	kind = of_object ? kroles_arg_kind(fcinfo, 1) : KROLES_SITE;
	int64		id = kind == KROLES_SITE ? 0 : kroles_arg_id(fcinfo, 2);
	KrolesAsker who = kroles_arg_user(fcinfo, 3);
	Report		report = {
		.left = arg_rows(fcinfo, 4, PG_INT64_MAX), .skip = arg_rows(fcinfo, 5, 0), .result = (ReturnSetInfo *) fcinfo->resultinfo
	};

	kroles_check_internal_call("ways", "Use kroles_access() or kroles_access_of().");
	if (of_object)
		kroles_check_may_ask_about_others(kind, id);
	else
		kroles_check_may_ask(who, KROLES_SITE, 0);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (of_object && kind != KROLES_SITE && PG_ARGISNULL(2))
		return (Datum) 0;
	report.context = AllocSetContextCreate(CurrentMemoryContext, "kroles ways", ALLOCSET_DEFAULT_SIZES);
	if (of_object)
		put_object(&report, kind, id);
	else
		put_subject(&report, who);
	MemoryContextDelete(report.context);
	return (Datum) 0;
}
