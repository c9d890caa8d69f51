/*
 * who_can.c
 *		kroles_who_can(): all users who have a right on an object, ordered by id,
 *		a page at a time.
 *
 * Candidates (answers/candidates.c) come from the statement's snapshot; a user
 * denied there is denied.  Each is judged on both bases with reasons
 * (answers/explain_reasons.c), and those that allow fill the column "via".
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

typedef struct UserListing
{
	KrolesPage	page;
	KrolesCandidates candidates;
	MemoryContext context;		/* reset after each user */
} UserListing;

/*
 * The texts of the reasons that allow, separated by semicolons; in the current
 * context.
 */
char *
kroles_allowing_reasons(const KrolesExplanation *explanation)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < explanation->reasons.n; i++)
		if (KROLES_REASON(explanation, i)->effect == KROLES_ALLOWS)
			appendStringInfo(&buf, "%s%s", buf.len > 0 ? "; " : "",
							 kroles_reason_text(explanation, KROLES_REASON(explanation, i)));
	return buf.data;
}

/* Adds a user to the page if they have the right. */
static void
put_user_if_allowed(UserListing *listing, int64 user_id)
{
	MemoryContext old = MemoryContextSwitchTo(listing->context);
	KrolesExplanation explanation = {
		.who = {KROLES_PERSON, user_id}, .kind = listing->candidates.kind, .id = listing->candidates.id,
		.action = listing->candidates.action
	};
	Datum		values[4];
	bool		nulls[4] = {false};
	char	   *login;
	char	   *name;

	CHECK_FOR_INTERRUPTS();
	kroles_find_reasons(&explanation);
	if (explanation.allowed && (login = kroles_user_login(user_id)) != NULL)
	{
		values[0] = Int64GetDatum(user_id);
		values[1] = CStringGetTextDatum(login);
		values[2] = CStringGetTextDatum(kroles_allowing_reasons(&explanation));
		name = kroles_user_name(user_id);
		nulls[3] = name == NULL || name[0] == '\0';
		if (!nulls[3])
			values[3] = CStringGetTextDatum(name);
		kroles_put_row(&listing->page, values, nulls);
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(listing->context);
}

/* Adds the candidates who have the right, from the page's first possible id on. */
static void
put_candidates(UserListing *listing)
{
	const KrolesArray *users = &listing->candidates.users;

	int			first = kroles_lower_bound(users->items, users->n, users->size, listing->page.from);

	for (int i = first; i < users->n && listing->page.left > 0; i++)
		put_user_if_allowed(listing, ((int64 *) users->items)[i]);
}

/*
 * Scans all users, as some applicative role needs no grant, and adds those who
 * have the right.
 */
static void
put_all_users(UserListing *listing)
{
	const KrolesCandidates *candidates = &listing->candidates;
	KrolesScan	scan;

	kroles_scan_from(&scan, KROLES_T_USERS, KROLES_I_USERS_ID, USERS_ID, listing->page.from, candidates->snapshot);
	while (listing->page.left > 0 && kroles_scan_next(&scan))
	{
		int64		id = kroles_scan_id(&scan, USERS_ID);
		int			role = kroles_scan_enum(&scan, USERS_APPLICATIVE, KROLES_E_APPLICATIVE_ROLE);

		if (candidates->everybody[role < 0 ? KROLES_ANONYMOUS : role] || kroles_is_candidate(candidates, id))
			put_user_if_allowed(listing, id);
	}
	kroles_scan_end(&scan);
}

/* Fills the page. */
static void
put_page(UserListing *listing)
{
	bool		any = false;

	listing->context = AllocSetContextCreate(CurrentMemoryContext, "kroles user", ALLOCSET_DEFAULT_SIZES);
	for (int role = 0; role < KROLES_NAPPLICATIVE; role++)
		any |= listing->candidates.everybody[role];
	if (any)
		put_all_users(listing);
	else
		put_candidates(listing);
	MemoryContextDelete(listing->context);
}

/*
 * kroles_who_can(action, kind, id, after, max_rows): the users who have the
 * right.
 */
PG_FUNCTION_INFO_V1(kroles_who_can);
Datum
kroles_who_can(PG_FUNCTION_ARGS)
{
	KrolesAction action = kroles_arg_action(fcinfo, 0);
	KrolesKind	kind = kroles_arg_kind(fcinfo, 1);
	UserListing listing = {
		.candidates = {
			.kind = kind, .id = kind == KROLES_SITE ? 0 : kroles_arg_id(fcinfo, 2), .action = action
		}
	};

	kroles_check_right_exists(kind, action);
	kroles_check_may_ask_about_others(kind, listing.candidates.id);
	kroles_open_page(&listing.page, fcinfo, 3, 4);
	if (PG_ARGISNULL(2) && kind != KROLES_SITE)
		return (Datum) 0;
	kroles_find_candidates(&listing.candidates);
	put_page(&listing);
	return (Datum) 0;
}
