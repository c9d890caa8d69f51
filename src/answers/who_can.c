/*
 * who_can.c
 *		kroles_who_can(): every user for whom the answer about an object is yes,
 *		in the order of ids, a page at a time.
 *
 * Who may be among them is found from the object (answers/candidates.c), as the statement
 * sees it: whom it does not allow, it is not allowed.  Each is judged in both
 * bases and with reasons (answers/explain_reasons.c), which are what it is by.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "answers/arguments.h"
#include "answers/candidates.h"
#include "answers/explain.h"
#include "core/page.h"
#include "store/names.h"
#include "store/scan.h"

typedef struct Answering
{
	KrolesPage	page;
	KrolesCandidates candidates;
	MemoryContext context;		/* for one user */
} Answering;

/* All that it is by. */
static char *
via(const KrolesExplanation *explanation)
{
	StringInfoData words;

	initStringInfo(&words);
	for (int i = 0; i < explanation->reasons.n; i++)
		if (KROLES_REASON(explanation, i)->effect == KROLES_ALLOWS)
			appendStringInfo(&words, "%s%s", words.len > 0 ? "; " : "",
							 kroles_reason_text(explanation, KROLES_REASON(explanation, i)));
	return words.data;
}

/* Puts a user on the page if the answer is yes. */
static void
judge_user(Answering *answering, int64 user_id)
{
	MemoryContext old = MemoryContextSwitchTo(answering->context);
	KrolesExplanation explanation = {
		.who = {KROLES_PERSON, user_id}, .kind = answering->candidates.kind, .id = answering->candidates.id,
		.action = answering->candidates.action
	};
	Datum		values[3];
	bool		nulls[3] = {false};
	char	   *login;

	CHECK_FOR_INTERRUPTS();
	kroles_find_reasons(&explanation);
	if (explanation.allowed && (login = kroles_user_login(user_id)) != NULL)
	{
		values[0] = Int64GetDatum(user_id);
		values[1] = CStringGetTextDatum(login);
		values[2] = CStringGetTextDatum(via(&explanation));
		kroles_put_row(&answering->page, values, nulls);
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(answering->context);
}

static void
judge_candidates(Answering *answering)
{
	const KrolesArray *users = &answering->candidates.users;

	for (int i = 0; i < users->n && answering->page.left > 0; i++)
	{
		int64		id = ((int64 *) users->items)[i];

		if (id >= answering->page.from)
			judge_user(answering, id);
	}
}

/* Goes through all users: many need no grant. */
static void
judge_everybody(Answering *answering)
{
	const KrolesCandidates *candidates = &answering->candidates;
	KrolesScan	scan;

	kroles_scan_from(&scan, KROLES_T_USERS, KROLES_I_USERS_ID, USERS_ID, answering->page.from, candidates->snapshot);
	while (answering->page.left > 0 && kroles_scan_next(&scan))
	{
		int64		id = kroles_scan_id(&scan, USERS_ID);
		int			role = kroles_scan_enum(&scan, USERS_APPLICATIVE, KROLES_E_APPLICATIVE_ROLE);

		if (candidates->everybody[role < 0 ? KROLES_ANONYMOUS : role] || kroles_is_candidate(candidates, id))
			judge_user(answering, id);
	}
	kroles_scan_end(&scan);
}

static void
answer(Answering *answering)
{
	bool		any = false;

	answering->context = AllocSetContextCreate(CurrentMemoryContext, "kroles user", ALLOCSET_DEFAULT_SIZES);
	for (int role = 0; role < KROLES_NAPPLICATIVE; role++)
		any |= answering->candidates.everybody[role];
	if (any)
		judge_everybody(answering);
	else
		judge_candidates(answering);
	MemoryContextDelete(answering->context);
}

/* kroles_who_can(action, kind, id, after, max_rows): who may? */
PG_FUNCTION_INFO_V1(kroles_who_can);
Datum
kroles_who_can(PG_FUNCTION_ARGS)
{
	KrolesAction action = kroles_arg_action(fcinfo, 0);
	KrolesKind	kind = kroles_arg_kind(fcinfo, 1);
	Answering	answering = {
		.candidates = {
			.kind = kind, .id = kind == KROLES_SITE ? 0 : kroles_arg_id(fcinfo, 2), .action = action
		}
	};

	kroles_check_right_exists(kind, action);
	kroles_check_may_ask_about_others(kind, answering.candidates.id);
	kroles_open_page(&answering.page, fcinfo, 3, 4);
	if (PG_ARGISNULL(2) && kind != KROLES_SITE)
		return (Datum) 0;
	kroles_find_candidates(&answering.candidates);
	answer(&answering);
	return (Datum) 0;
}
