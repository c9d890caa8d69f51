/*
 * windows_test.c
 *		Windows, and what is left of rights on a media and in its room outside the
 *		time in which it is available; prints TAP.
 */
#include <stdio.h>
#include <string.h>

#include "rules/rules.h"

#define BIT KROLES_RIGHT
#define EACH(i, n) for (unsigned i = 0; i < (unsigned) (n); i++)

static int	tests;
static int	failures;

static void
ok(bool right, const char *what)
{
	tests++;
	if (!right)
		failures++;
	printf("%sok %d - %s\n", right ? "" : "not ", tests, what);
}

static void
test_instants(void)
{
	KrolesWindow window = {1000, 2000};
	KrolesWindow open_start = {INT64_MIN, 1000};
	KrolesWindow open_end = {1000, INT64_MAX};
	KrolesWindow never_begins = {INT64_MAX, INT64_MAX};
	KrolesWindow gone = {INT64_MIN, INT64_MIN};

	ok(!kroles_in_window(window, 999) && kroles_in_window(window, 1000), "a window begins at its start");
	ok(kroles_in_window(window, 1999) && !kroles_in_window(window, 2000), "and ends just before its end");
	ok(kroles_in_window(open_start, INT64_MIN) && !kroles_in_window(open_start, 1000), "without a start it has begun");
	ok(kroles_in_window(open_end, INT64_MAX) && !kroles_in_window(open_end, 999), "without an end it does not end");
	ok(kroles_in_window(KROLES_ALWAYS, INT64_MIN) && kroles_in_window(KROLES_ALWAYS, INT64_MAX), "without both it is always");
	ok(!kroles_in_window(never_begins, INT64_MAX - 1) && !kroles_in_window(gone, INT64_MIN), "it may never be");
	ok(kroles_window_changes(window, 0) == 1000 && kroles_window_changes(window, 999) == 1000, "the next change is the start");
	ok(kroles_window_changes(window, 1000) == 2000 && kroles_window_changes(window, 1999) == 2000, "then the end");
	ok(kroles_window_changes(window, 2000) == INT64_MAX && kroles_window_changes(KROLES_ALWAYS, 0) == INT64_MAX,
	   "then there is none");
	ok(kroles_same_window(kroles_common_window(window, open_end), window) &&
	   kroles_same_window(kroles_common_window(window, (KrolesWindow) {1500, 3000}), (KrolesWindow) {1500, 2000}),
	   "two windows have the time between the later start and the earlier end");
}

/* Matrices in which every role has a view, and each a right of its own. */
static KrolesMatrices
make_matrices(void)
{
	KrolesMatrices m;

	memset(&m, 0, sizeof(m));
	m.allow_anonymous = true;
	m.chat_and_collaboration = true;
	EACH(kind, KROLES_NKINDS)
		m.exists[kind] = BIT(KROLES_NACTIONS) - 1;
	EACH(role, KROLES_NAPPLICATIVE)
		EACH(kind, KROLES_NKINDS)
			m.ceiling[role][kind] = BIT(KROLES_NACTIONS) - 1;
	EACH(role, KROLES_NMEDIAROLES)
		m.role[KROLES_MEDIA][role] = BIT(KROLES_VIEW) | BIT(KROLES_PUBLISH);
	EACH(role, KROLES_NROOMROLES)
		m.role[KROLES_ROOM][role] = BIT(KROLES_JOIN_ROOM);
	EACH(role, KROLES_NEVENTROLES)
		m.role[KROLES_EVENT][role] = BIT(KROLES_VIEW);
	return m;
}

/* Whether a standing gives a right on the media (or in the room), available or not. */
static bool
gives(const KrolesMatrices *m, KrolesSubject who, KrolesKind kind, KrolesMediaStanding standing, bool unavailable, KrolesAction action)
{
	standing.unavailable = unavailable;
	standing.has_room = kind == KROLES_ROOM;
	return ((kind == KROLES_ROOM ? kroles_room_rights(m, &who, &standing) : kroles_media_rights(m, &who, &standing)) &
			BIT(action)) != 0;
}

static void
test_unavailable_media(void)
{
	KrolesMatrices m = make_matrices();
	KrolesSubject who = {.role = KROLES_ADMIN};
	KrolesSubject administrator = {.role = KROLES_ADMIN, .administrator = true};
	KrolesSubject blocked = {.role = KROLES_ADMIN, .administrator = true, .blocked = true};
	KrolesMediaStanding nothing = {0};
	bool		right = true;

	EACH(role, KROLES_NMEDIAROLES)
	{
		KrolesMediaStanding standing = {.roles = KROLES_MEDIA_ROLE(role)};
		bool		prepares = role == KROLES_MEDIA_OWNER || role == KROLES_MEDIA_EDITOR;

		right &= gives(&m, who, KROLES_MEDIA, standing, false, KROLES_VIEW);
		right &= gives(&m, who, KROLES_MEDIA, standing, true, KROLES_VIEW) == prepares;
		right &= gives(&m, who, KROLES_MEDIA, standing, true, KROLES_PUBLISH);
	}
	ok(right, "unavailable, a media is viewed by its owner and editors, of those on it; they publish as ever");
	right = true;
	EACH(action, KROLES_NACTIONS)
	{
		KrolesMediaStanding approved = {.approved = BIT(KROLES_VIEW) | BIT(action)};
		KrolesMediaStanding pending = {.approved = BIT(KROLES_VIEW), .pending = BIT(action)};

		right &= gives(&m, who, KROLES_MEDIA, approved, true, KROLES_VIEW) == (action == KROLES_MODERATE);
		right &= gives(&m, who, KROLES_MEDIA, pending, true, KROLES_VIEW) == (action == KROLES_MODERATE);
	}
	ok(right, "and by who moderates it where it is approved or pending, no other right on the space");
	ok(gives(&m, administrator, KROLES_MEDIA, nothing, true, KROLES_VIEW), "and by administrators");
	ok(!gives(&m, blocked, KROLES_MEDIA, nothing, true, KROLES_VIEW), "but by no blocked one");
}

static void
test_unavailable_room(void)
{
	KrolesMatrices m = make_matrices();
	KrolesSubject who = {.role = KROLES_ADMIN};
	bool		right = true;

	EACH(role, KROLES_NMEDIAROLES)
	{
		KrolesMediaStanding standing = {.roles = KROLES_MEDIA_ROLE(role)};
		bool		prepares = role == KROLES_MEDIA_OWNER || role == KROLES_MEDIA_EDITOR || role == KROLES_MEDIA_ROOM_MODERATOR;

		right &= gives(&m, who, KROLES_ROOM, standing, false, KROLES_JOIN_ROOM);
		right &= gives(&m, who, KROLES_ROOM, standing, true, KROLES_JOIN_ROOM) == prepares;
		right &= gives(&m, who, KROLES_ROOM, standing, true, KROLES_VIEW) == prepares;
	}
	ok(right, "the room of an unavailable media is open to hosts and room moderators, of those on it");
	right = true;
	EACH(role, KROLES_NEVENTROLES)
	{
		KrolesMediaStanding standing = {.event_roles = KROLES_EVENT_ROLE(role)};
		bool		prepares = role == KROLES_EVENT_ORGANIZER || role == KROLES_EVENT_MODERATOR;

		right &= gives(&m, who, KROLES_ROOM, standing, true, KROLES_JOIN_ROOM) == prepares;
		right &= !gives(&m, who, KROLES_MEDIA, standing, true, KROLES_VIEW);
	}
	ok(right, "and to organizers and moderators of its event; a media without a room is not");
	m.chat_and_collaboration = false;
	ok(!gives(&m, who, KROLES_ROOM, (KrolesMediaStanding) {.roles = KROLES_MEDIA_ROLE(KROLES_MEDIA_ROOM_MODERATOR)}, true, KROLES_JOIN_ROOM),
	   "room moderators do not count while rooms are switched off");
}

static void
test_stay(void)
{
	KrolesMatrices m = make_matrices();
	KrolesSubject who = {.role = KROLES_ADMIN};
	KrolesMediaStanding outside = {.unavailable = true, .has_room = true};
	KrolesRights participant = BIT(KROLES_JOIN_ROOM) | BIT(KROLES_INTERACT);
	KrolesRights host = participant | BIT(KROLES_MANAGE);

	ok(kroles_frozen_room_rights(&m, &who, participant | BIT(KROLES_VIEW), &outside) == participant,
	   "what was read on joining holds for who joined to prepare the room, but for the right to view it");
	ok(kroles_frozen_room_rights(&m, &who, host, &outside) == host, "and for a host");
}

int
main(void)
{
	test_instants();
	test_unavailable_media();
	test_unavailable_room();
	test_stay();
	printf("1..%d\n", tests);
	return failures ? 1 : 0;
}
