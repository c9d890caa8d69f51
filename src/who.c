/*
 * who.c
 *		kroles_who_can(): every user for whom the answer about an object is yes,
 *		in the order of ids, a page at a time.
 *
 * Who may be among them is found from the object: its owners, the people and
 * groups on it or granted a role there, administrators, and those applicative
 * roles that need no grant.  Each is judged in both worlds and with reasons
 * (reasons.c), which are what it is by.  Everything is found as the statement
 * sees it: whom it does not allow, it is not allowed.
 */
#include "postgres.h"

#include "lib/qunique.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "asking.h"
#include "names.h"
#include "page.h"
#include "reasons.h"
#include "scan.h"

/* Those who may be among the answer. */
typedef struct Circle
{
	KrolesKind	kind;
	int64		id;
	KrolesAction action;
	Snapshot	snapshot;
	const KrolesMatrices *matrices;
	KrolesMediaStanding without[KROLES_NAPPLICATIVE];	/* how one stands to a media without a grant */
	bool		everybody[KROLES_NAPPLICATIVE]; /* of that applicative role */
	KrolesGrowing users;
	KrolesGrowing groups;
} Circle;

static void
add_user(Circle *circle, int64 id)
{
	*(int64 *) kroles_add_item(&circle->users) = id;
}

static int
compare_ids(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return (x > y) - (x < y);
}

/* Each id once, in order. */
static void
put_in_order(KrolesGrowing *ids)
{
	if (ids->n == 0)
		return;
	qsort(ids->items, ids->n, ids->size, compare_ids);
	ids->n = qunique(ids->items, ids->n, ids->size, compare_ids);
}

/* ---- From a space ---- */

/* What a role in a space (or none) comes to for an applicative role. */
static KrolesRights
rights_of(const Circle *circle, const KrolesSpace *space, KrolesApplicativeRole applicative, KrolesContextualRole role)
{
	KrolesSubject subject = {.role = applicative};

	return kroles_space_rights(circle->matrices, &subject, space->kind, space->type, role);
}

/* Whether a role there gives anybody one of the rights. */
static bool
role_is_of_use(const Circle *circle, const KrolesSpace *space, KrolesContextualRole role, KrolesRights wanted)
{
	for (int applicative = 0; applicative < KROLES_NAPPLICATIVE; applicative++)
		if (rights_of(circle, space, applicative, role) & wanted)
			return true;
	return false;
}

static void
add_grants(Circle *circle, int64 space_id, const bool *of_use)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_SPACE_MEMBERS, KROLES_I_SPACE_MEMBERS_SPACE, SPACE_MEMBERS_SPACE, space_id,
					  circle->snapshot);
	while (kroles_scan_next(&scan))
	{
		int			role = kroles_scan_enum(&scan, SPACE_MEMBERS_ROLE, KROLES_E_CONTEXTUAL_ROLE);
		bool		by_group;
		Datum		user = kroles_scan_column(&scan, SPACE_MEMBERS_USER, &by_group);

		if (role < 0 || !of_use[role])
			continue;
		if (by_group)
			*(int64 *) kroles_add_item(&circle->groups) = kroles_scan_id(&scan, SPACE_MEMBERS_GROUP);
		else
			add_user(circle, DatumGetInt64(user));
	}
	kroles_scan_end(&scan);
}

/* Adds whoever has one of the rights there by being somebody. */
static void
add_people_of(Circle *circle, const KrolesSpace *space, KrolesRights wanted)
{
	const KrolesSpace *members = kroles_members_space(KROLES_THEN, space);
	bool		of_use[KROLES_NCONTEXTUAL];
	bool		any = false;

	for (int role = 0; role < KROLES_NCONTEXTUAL; role++)
		any |= of_use[role] = role_is_of_use(circle, space, role, wanted);
	if (of_use[KROLES_MANAGER])
	{
		add_user(circle, space->owner_id);
		add_user(circle, members->owner_id);
	}
	if (any)
		add_grants(circle, members->head.id, of_use);
}

static void
circle_of_space(Circle *circle)
{
	const KrolesSpace *space = kroles_space(KROLES_THEN, circle->id);
	KrolesRights wanted = KROLES_RIGHT(circle->action);

	if (!space->head.exists || space->kind != circle->kind)
		return;
	for (int applicative = 0; applicative < KROLES_NAPPLICATIVE; applicative++)
		circle->everybody[applicative] = (rights_of(circle, space, applicative, KROLES_NO_ROLE) & wanted) != 0;
	add_people_of(circle, space, wanted);
}

/* ---- From a media ---- */

static void
add_publication(Circle *circle, KrolesToken token)
{
	const KrolesSpace *space = kroles_space(KROLES_THEN, token.id);
	KrolesRights through = 0;

	if (!space->head.exists)
		return;
	for (int applicative = 0; applicative < KROLES_NAPPLICATIVE; applicative++)
	{
		KrolesSubject subject = {.role = applicative};
		KrolesRights rights = rights_of(circle, space, applicative, KROLES_NO_ROLE);

		through |= kroles_rights_through(circle->matrices, &subject, KROLES_RIGHT(circle->action), token.class);
		if (token.class == KROLES_TOKEN_APPROVED)
			circle->without[applicative].approved |= rights;
		else
			circle->without[applicative].pending |= rights;
	}
	if (through != 0)
		add_people_of(circle, space, through);
}

static void
circle_of_media(Circle *circle)
{
	const KrolesMedia *media = kroles_media(KROLES_THEN, circle->id);
	KrolesAudience audience;

	if (!media->head.exists)
		return;
	audience = kroles_open_audience(media->audience);
	for (int i = 0; i < audience.n; i++)
	{
		KrolesToken token = kroles_token(&audience, i);

		if (token.class < KROLES_TOKEN_GROUP)
			add_user(circle, token.id);
		else if (token.class < KROLES_TOKEN_APPROVED)
			*(int64 *) kroles_add_item(&circle->groups) = token.id;
		else
			add_publication(circle, token);
	}
	for (int applicative = 0; applicative < KROLES_NAPPLICATIVE; applicative++)
	{
		KrolesSubject subject = {.role = applicative};

		circle->everybody[applicative] = (KROLES_RIGHT(circle->action) &
										  kroles_media_rights(circle->matrices, &subject,
															  &circle->without[applicative])) != 0;
	}
}

/* ---- The circle ---- */

static void
circle_of_site(Circle *circle)
{
	for (int applicative = 0; applicative < KROLES_NAPPLICATIVE; applicative++)
	{
		KrolesSubject subject = {.role = applicative};

		circle->everybody[applicative] = (KROLES_RIGHT(circle->action) &
										  kroles_site_rights(circle->matrices, &subject)) != 0;
	}
}

static void
add_administrators(Circle *circle)
{
	KrolesScan	scan;

	kroles_scan_from(&scan, KROLES_T_USERS, KROLES_I_USERS_ADMINISTRATOR, USERS_ID, PG_INT64_MIN, circle->snapshot);
	while (kroles_scan_next(&scan))
		add_user(circle, kroles_scan_id(&scan, USERS_ID));
	kroles_scan_end(&scan);
}

static void
add_members(Circle *circle, int64 group_id)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_GROUP_MEMBERS, KROLES_I_GROUP_MEMBERS_GROUP, GROUP_MEMBERS_GROUP, group_id,
					  circle->snapshot);
	while (kroles_scan_next(&scan))
		add_user(circle, kroles_scan_id(&scan, GROUP_MEMBERS_USER));
	kroles_scan_end(&scan);
}

/* A judge that finds the circle in the statement's world. */
static void
judge_circle(KrolesWorld world, void *about, KrolesAnswer *answer)
{
	Circle	   *circle = about;

	circle->snapshot = GetActiveSnapshot();
	circle->matrices = &kroles_site(world)->matrices;
	if (circle->kind == KROLES_SITE)
		circle_of_site(circle);
	else if (circle->kind == KROLES_MEDIA)
		circle_of_media(circle);
	else
		circle_of_space(circle);
	put_in_order(&circle->groups);
	for (int i = 0; i < circle->groups.n; i++)
		add_members(circle, ((int64 *) circle->groups.items)[i]);
	add_administrators(circle);
	put_in_order(&circle->users);
}

/* ---- The page ---- */

typedef struct Answering
{
	KrolesPage	page;
	Circle		circle;
	MemoryContext context;		/* for one user */
} Answering;

/* All that it is by. */
static char *
via(const KrolesInquiry *inquiry)
{
	StringInfoData words;

	initStringInfo(&words);
	for (int i = 0; i < inquiry->reasons.n; i++)
		if (KROLES_REASON(inquiry, i)->effect == KROLES_ALLOWS)
			appendStringInfo(&words, "%s%s", words.len > 0 ? "; " : "",
							 kroles_reason_words(inquiry, KROLES_REASON(inquiry, i)));
	return words.data;
}

/* Puts a user on the page if the answer is yes. */
static void
judge_user(Answering *answering, int64 user_id)
{
	MemoryContext old = MemoryContextSwitchTo(answering->context);
	KrolesInquiry inquiry = {
		.who = {KROLES_PERSON, user_id}, .kind = answering->circle.kind, .id = answering->circle.id,
		.action = answering->circle.action
	};
	Datum		values[3];
	bool		nulls[3] = {false};
	char	   *login;

	CHECK_FOR_INTERRUPTS();
	kroles_inquire(&inquiry);
	if (inquiry.allowed && (login = kroles_user_login(user_id)) != NULL)
	{
		values[0] = Int64GetDatum(user_id);
		values[1] = CStringGetTextDatum(login);
		values[2] = CStringGetTextDatum(via(&inquiry));
		kroles_put_row(&answering->page, values, nulls);
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(answering->context);
}

static void
judge_circle_alone(Answering *answering)
{
	const KrolesGrowing *users = &answering->circle.users;

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
	const Circle *circle = &answering->circle;
	KrolesScan	scan;

	kroles_scan_from(&scan, KROLES_T_USERS, KROLES_I_USERS_ID, USERS_ID, answering->page.from, circle->snapshot);
	while (answering->page.left > 0 && kroles_scan_next(&scan))
	{
		int64		id = kroles_scan_id(&scan, USERS_ID);
		int			role = kroles_scan_enum(&scan, USERS_APPLICATIVE, KROLES_E_APPLICATIVE_ROLE);

		if (circle->everybody[role < 0 ? KROLES_ANONYMOUS : role] ||
			(circle->users.n > 0 &&
			 bsearch(&id, circle->users.items, circle->users.n, circle->users.size, compare_ids) != NULL))
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
		any |= answering->circle.everybody[role];
	if (any)
		judge_everybody(answering);
	else
		judge_circle_alone(answering);
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
		.circle = {
			.kind = kind, .id = kind == KROLES_SITE ? 0 : kroles_arg_id(fcinfo, 2), .action = action,
			.users = {.size = sizeof(int64)}, .groups = {.size = sizeof(int64)}
		}
	};
	KrolesAnswer ignored;

	kroles_check_right_exists(kind, action);
	kroles_check_may_ask_about_others(kind, answering.circle.id);
	kroles_open_page(&answering.page, fcinfo, 3, 4);
	if (PG_ARGISNULL(2) && kind != KROLES_SITE)
		return (Datum) 0;
	(void) kroles_ask_in(KROLES_THEN, judge_circle, &answering.circle, &ignored);
	answer(&answering);
	return (Datum) 0;
}
