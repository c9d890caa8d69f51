/*
 * could_who.c
 *		kroles_could_who(): the users who had a right on an object at an earlier time.
 *
 * As in kroles_who_can(), the candidates are judged one by one, and the reasons that
 * allow fill the column "via".  Which of these the asker may know is decided for now, when
 * the past has been left.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "answers/arguments.h"
#include "answers/candidates.h"
#include "answers/could.h"
#include "answers/explain.h"
#include "core/page.h"
#include "store/names.h"
#include "store/past.h"
#include "store/scan.h"

/* A user who had the right. */
typedef struct PastUser
{
	char	   *login;			/* as it was */
	KrolesExplanation explanation;
} PastUser;

typedef struct PastListing
{
	KrolesPage	page;
	KrolesCandidates candidates;
	KrolesArray users;			/* PastUser, in the memory of the call */
	MemoryContext context;		/* for one user at a time */
} PastListing;

/* The user's login as it was. */
static char *
past_login(int64 user_id)
{
	KrolesScan	scan;
	char	   *login = NULL;

	kroles_scan_by_id(&scan, KROLES_T_USERS, KROLES_I_USERS_ID, USERS_ID, user_id, kroles_past_snapshot());
	if (kroles_scan_next(&scan))
		login = TextDatumGetCString(kroles_scan_value(&scan, USERS_LOGIN));
	kroles_scan_end(&scan);
	return login;
}

/* Adds a user, with copies of the login and the reasons. */
static void
add_user(PastListing *listing, const KrolesExplanation *explanation, const char *login)
{
	PastUser   *user = kroles_array_add(&listing->users);

	user->login = pstrdup(login);
	user->explanation = *explanation;
	user->explanation.reasons = (KrolesArray) {.size = sizeof(KrolesReason)};
	for (int i = 0; i < explanation->reasons.n; i++)
		*(KrolesReason *) kroles_array_add(&user->explanation.reasons) = *KROLES_REASON(explanation, i);
}

/* Adds a user who had the right; false when the page is full. */
static bool
add_user_if_allowed(void *arg, int64 user_id)
{
	PastListing *listing = arg;
	MemoryContext outer;
	char	   *login;
	KrolesExplanation explanation = {
		.who = {KROLES_PERSON, user_id}, .kind = listing->candidates.kind, .id = listing->candidates.id,
		.action = listing->candidates.action
	};

	if (listing->users.n >= listing->page.left)
		return false;
	CHECK_FOR_INTERRUPTS();
	outer = MemoryContextSwitchTo(listing->context);
	kroles_find_past_reasons(&explanation);
	login = explanation.allowed ? past_login(user_id) : NULL;
	MemoryContextSwitchTo(outer);
	if (login != NULL)
		add_user(listing, &explanation, login);
	MemoryContextReset(listing->context);
	return true;
}

static void
find_users(void *arg)
{
	PastListing *listing = arg;

	kroles_find_candidates(&listing->candidates);
	kroles_visit_candidates(&listing->candidates, listing->page.from, add_user_if_allowed, listing);
}

/* Puts a user into the page. */
static void
put_user(PastListing *listing, PastUser *user)
{
	MemoryContext outer = MemoryContextSwitchTo(listing->context);
	int64		id = user->explanation.who.user_id;
	char	   *name = kroles_user_name(id);
	Datum		values[4];
	bool		nulls[4] = {false};

	kroles_finish_reasons(&user->explanation);
	values[0] = Int64GetDatum(id);
	values[1] = CStringGetTextDatum(user->login);
	values[2] = CStringGetTextDatum(kroles_allowing_reasons(&user->explanation));
	nulls[3] = name == NULL || name[0] == '\0';
	if (!nulls[3])
		values[3] = CStringGetTextDatum(name);
	kroles_put_row(&listing->page, values, nulls);
	MemoryContextSwitchTo(outer);
	MemoryContextReset(listing->context);
}

/* kroles_could_who(action, kind, id, at, after, max_rows): the users who had the right then. */
PG_FUNCTION_INFO_V1(kroles_could_who);
Datum
kroles_could_who(PG_FUNCTION_ARGS)
{
	KrolesAction action = kroles_arg_action(fcinfo, 0);
	KrolesKind	kind = kroles_arg_kind(fcinfo, 1);
	TimestampTz at = kroles_arg_past(fcinfo, 3);
	PastListing listing = {
		.candidates = {
			.kind = kind, .id = kind == KROLES_SITE ? 0 : kroles_arg_id(fcinfo, 2), .action = action, .basis = KROLES_PAST
		},
		.users = {.size = sizeof(PastUser)}
	};

	kroles_check_right_exists(kind, action);
	kroles_check_may_ask_about_others(kind, listing.candidates.id);
	kroles_open_page(&listing.page, fcinfo, 4, 5);
	if (PG_ARGISNULL(2) && kind != KROLES_SITE)
		return (Datum) 0;
	listing.context = AllocSetContextCreate(CurrentMemoryContext, "kroles user", ALLOCSET_DEFAULT_SIZES);
	kroles_ask_in_past(at, find_users, &listing);
	for (int i = 0; i < listing.users.n; i++)
		put_user(&listing, &((PastUser *) listing.users.items)[i]);
	MemoryContextDelete(listing.context);
	return (Datum) 0;
}
