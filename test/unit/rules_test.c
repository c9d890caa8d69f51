/*
 * rules_test.c
 *		The decision formula enumerated on its own, without PostgreSQL; prints TAP.
 *
 * Matrices are made up here, a different right in each cell, so that a right
 * found in an answer tells which cells it came from.  What the default matrices
 * say is tested in SQL.
 */
#include <stdio.h>
#include <string.h>

#include "rules/rules.h"

#define BIT KROLES_RIGHT

static int	tests;
static int	failures;
static long checks;
static long wrong;

/* Counts one comparison of an enumeration. */
static void
check(bool right)
{
	checks++;
	if (!right)
		wrong++;
}

/* Ends an enumeration: one test of TAP. */
static void
done(const char *what)
{
	tests++;
	if (wrong > 0)
		failures++;
	printf("%sok %d - %s (%ld combinations, %ld wrong)\n", wrong ? "not " : "", tests, what, checks, wrong);
	checks = wrong = 0;
}

/* Everything exists and is under the ceiling; baseline and roles differ cell by cell. */
static KrolesMatrices
open_matrices(void)
{
	KrolesMatrices m;

	memset(&m, 0, sizeof(m));
	m.allow_anonymous = true;
	m.chat_and_collaboration = true;
	for (int kind = 0; kind < KROLES_NKINDS; kind++)
		m.exists[kind] = BIT(KROLES_NACTIONS) - 1;
	for (int role = 0; role < KROLES_NAPPLICATIVE; role++)
	{
		m.site[role] = BIT(role);
		for (int kind = 0; kind < KROLES_NKINDS; kind++)
			m.ceiling[role][kind] = BIT(KROLES_NACTIONS) - 1;
		for (int type = 0; type < KROLES_NSPACETYPES; type++)
			m.space[KROLES_CHANNEL][type][role] = BIT(role) | BIT(5 + type);
	}
	for (int role = 0; role < KROLES_NCONTEXTUAL; role++)
		m.role[KROLES_CHANNEL][role] = BIT(11 + role);
	for (int role = 0; role < KROLES_NMEDIAROLES; role++)
		m.role[KROLES_MEDIA][role] = BIT(20 + role);
	for (int role = 0; role < KROLES_NEVENTROLES; role++)
		m.role[KROLES_EVENT][role] = BIT(4 + role);
	for (int role = 0; role < KROLES_NROOMROLES; role++)
		m.role[KROLES_ROOM][role] = BIT(4 + role);
	return m;
}

#define EACH(var, n) for (int var = 0; var < (n); var++)

static void
test_union_and_ceiling(void)
{
	EACH(app, KROLES_NAPPLICATIVE) EACH(type, KROLES_NSPACETYPES) EACH(role, KROLES_NCONTEXTUAL + 1)
		EACH(capped, KROLES_NACTIONS)
	{
		KrolesMatrices m = open_matrices();
		KrolesSubject who = {.role = app};
		KrolesRights expected = BIT(app) | BIT(5 + type);

		if (role != KROLES_NO_ROLE)
			expected |= BIT(11 + role);
		expected &= ~BIT(capped);
		if (type != KROLES_SHARED_REPOSITORY)
			expected &= ~BIT(KROLES_SHARE);
		m.ceiling[app][KROLES_CHANNEL] &= ~BIT(capped);
		check(kroles_space_rights(&m, &who, KROLES_CHANNEL, type, role) == expected);
	}
	done("a space gives baseline and role, within the ceiling");
}

static void
test_administrator_and_blocked(void)
{
	EACH(app, KROLES_NAPPLICATIVE) EACH(type, KROLES_NSPACETYPES) EACH(role, KROLES_NCONTEXTUAL + 1)
		EACH(anonymous, 2)
	{
		KrolesMatrices m = open_matrices();
		KrolesSubject admin = {.role = app, .administrator = true};
		KrolesSubject blocked = {.role = app, .administrator = true, .blocked = true};
		KrolesMediaStanding standing = {.roles = ~0u, .approved = ~(KrolesRights) 0};
		KrolesRights all = BIT(KROLES_VIEW) | BIT(KROLES_MANAGE) | BIT(KROLES_SHARE);
		KrolesRights shared = type == KROLES_SHARED_REPOSITORY ? all : all & ~BIT(KROLES_SHARE);

		m.allow_anonymous = anonymous;
		m.exists[KROLES_CHANNEL] = m.exists[KROLES_SITE] = all;
		memset(m.ceiling, 0, sizeof(m.ceiling));
		check(kroles_space_rights(&m, &admin, KROLES_CHANNEL, type, role) == shared);
		check(kroles_site_rights(&m, &admin) == all);
		check(kroles_space_rights(&m, &blocked, KROLES_CHANNEL, type, role) == 0);
		check(kroles_site_rights(&m, &blocked) == 0);
		check(kroles_media_rights(&m, &blocked, &standing) == 0);
		check(kroles_space_product_role(&blocked, role, 0) == KROLES_NO_PRODUCT_ROLE);
		check(kroles_media_product_role(&m, &blocked, ~0u, 0) == KROLES_NO_PRODUCT_ROLE);
		check(kroles_event_rights(&m, &blocked, ~0u) == 0);
		check(kroles_room_rights(&m, &blocked, &standing) == 0);
		check(kroles_frozen_room_rights(&m, &blocked, ~(KrolesRights) 0, &standing) == 0);
		check(kroles_event_product_role(&blocked, ~0u) == KROLES_NO_PRODUCT_ROLE);
		check(kroles_room_product_role(&m, &blocked, &standing, 0) == KROLES_NO_PRODUCT_ROLE);
	}
	done("an administrator has all that exists, sharing in shared repositories only; a blocked user nothing");
}

/* An auditor, whatever the matrices and roles, has the right to view where it exists, and no other. */
static void
test_auditor(void)
{
	EACH(type, KROLES_NSPACETYPES) EACH(role, KROLES_NCONTEXTUAL + 1) EACH(anonymous, 2) EACH(unavailable, 2)
	{
		KrolesMatrices m = open_matrices();
		KrolesSubject auditor = {.role = KROLES_ANONYMOUS, .administrator = true, .auditor = true};
		KrolesMediaStanding standing = {.approved = BIT(KROLES_VIEW), .pending = BIT(KROLES_VIEW), .unavailable = unavailable};

		m.allow_anonymous = anonymous;
		m.exists[KROLES_SITE] = BIT(KROLES_UPLOAD) | BIT(KROLES_ADMINISTER);
		check(kroles_space_rights(&m, &auditor, KROLES_CHANNEL, type, role) == BIT(KROLES_VIEW));
		check(kroles_space_rights(&m, &auditor, KROLES_GALLERY, type, role) == BIT(KROLES_VIEW));
		check(kroles_site_rights(&m, &auditor) == 0);
		check(kroles_media_rights(&m, &auditor, &standing) == BIT(KROLES_VIEW));
		check(kroles_room_rights(&m, &auditor, &standing) == BIT(KROLES_VIEW));
		check(kroles_event_rights(&m, &auditor, 0) == BIT(KROLES_VIEW));
		check(kroles_all_or_nothing(&m, &auditor));
		check(!kroles_bypasses_moderation(&auditor, true, BIT(KROLES_VIEW)));
	}
	done("an auditor may view everything, and do nothing");
}

static void
test_anonymous(void)
{
	EACH(on, 2) EACH(type, KROLES_NSPACETYPES)
	{
		KrolesMatrices m = open_matrices();
		KrolesSubject nobody = {.role = KROLES_ANONYMOUS};
		KrolesMediaStanding standing = {.approved = BIT(KROLES_VIEW) | BIT(KROLES_MODERATE)};

		m.allow_anonymous = on;
		check((kroles_space_rights(&m, &nobody, KROLES_CHANNEL, type, KROLES_NO_ROLE) != 0) == on);
		check((kroles_site_rights(&m, &nobody) != 0) == on);
		check((kroles_media_rights(&m, &nobody, &standing) != 0) == on);
	}
	done("anonymous has rights only where the site allows it");
}

static void
test_media(void)
{
	EACH(roles, 1 << KROLES_NMEDIAROLES) EACH(chat, 2) EACH(spaces, 1 << 6)
	{
		KrolesMatrices m = open_matrices();
		KrolesSubject who = {.role = KROLES_PRIVATE_ONLY};
		KrolesMediaStanding standing = {.roles = roles};
		bool		view, moderate, edit, moderates_it;
		unsigned	mods = KROLES_MEDIA_ROLE(KROLES_MEDIA_CHAT_MODERATOR) | KROLES_MEDIA_ROLE(KROLES_MEDIA_ROOM_MODERATOR);
		unsigned	counting = chat ? (unsigned) roles : roles & ~mods;
		KrolesRights rights;

		if (spaces & 1) standing.approved |= BIT(KROLES_VIEW);
		if (spaces & 2) standing.approved |= BIT(KROLES_MODERATE);
		if (spaces & 4) standing.approved |= BIT(KROLES_EDIT_CONTRIBUTIONS);
		if (spaces & 8) standing.pending |= BIT(KROLES_VIEW);
		if (spaces & 16) standing.pending |= BIT(KROLES_MODERATE);
		if (spaces & 32) standing.pending |= BIT(KROLES_EDIT_CONTRIBUTIONS);
		m.chat_and_collaboration = chat;
		rights = kroles_media_rights(&m, &who, &standing);
		/* seeing a space shows what is approved there; moderating it, what is pending */
		view = (spaces & 1) || (spaces & 16);
		edit = (spaces & 4) || (spaces & 32);
		moderates_it = counting & (mods | KROLES_MEDIA_ROLE(KROLES_MEDIA_OWNER) | KROLES_MEDIA_ROLE(KROLES_MEDIA_EDITOR));
		moderate = (spaces & 2) || (spaces & 16) || moderates_it;
		check(((rights & BIT(KROLES_VIEW)) != 0) == view);
		check(((rights & BIT(KROLES_EDIT)) != 0) == edit);
		check(((rights & BIT(KROLES_CONTRIBUTE)) != 0) == edit);
		check(((rights & BIT(KROLES_MODERATE)) != 0) == moderate);
		check(!(rights & BIT(KROLES_MANAGE)));
		EACH(role, KROLES_NMEDIAROLES)
			check(((rights & BIT(20 + role)) != 0) == ((counting & KROLES_MEDIA_ROLE(role)) != 0));
	}
	done("media gives what its roles and its spaces give");
}

static void
test_media_summaries(void)
{
	static const KrolesAction parts[] = {
		KROLES_EDIT, KROLES_PUBLISH, KROLES_MANAGE_COLLABORATORS, KROLES_MANAGE_MODERATORS, KROLES_MANAGE_SPEAKERS
	};

	EACH(granted, 1 << 5) EACH(capped, 1 << 5)
	{
		KrolesMatrices m = open_matrices();
		KrolesSubject who = {.role = KROLES_APP_VIEWER};
		KrolesMediaStanding standing = {.roles = KROLES_MEDIA_ROLE(KROLES_MEDIA_VIEWER)};
		int			left = granted & ~capped;
		KrolesRights rights;

		m.role[KROLES_MEDIA][KROLES_MEDIA_VIEWER] = 0;
		EACH(part, 5)
		{
			if (granted & (1 << part))
				m.role[KROLES_MEDIA][KROLES_MEDIA_VIEWER] |= BIT(parts[part]);
			if (capped & (1 << part))
				m.ceiling[KROLES_APP_VIEWER][KROLES_MEDIA] &= ~BIT(parts[part]);
		}
		rights = kroles_media_rights(&m, &who, &standing);
		check(((rights & BIT(KROLES_CONTRIBUTE)) != 0) == ((left & 3) != 0));
		check(((rights & BIT(KROLES_MANAGE)) != 0) == ((left & 28) != 0));
	}
	done("summary rights hold when a part holds after the ceiling");
}

/* The next number of a sequence that looks random and is always the same. */
static KrolesRights
any_rights(void)
{
	static uint64_t state = 1;

	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (KrolesRights) (state >> 17) & (KrolesRights) (state >> 3);
}

/* Scans decide by each entry of an audience apart (rls/quick_audience.h). */
static void
test_media_unions(void)
{
	EACH(round, 20000)
	{
		KrolesMatrices m = open_matrices();
		KrolesSubject who = {.role = round % KROLES_NAPPLICATIVE, .administrator = round % 17 == 0, .blocked = round % 19 == 0};
		KrolesMediaStanding a = {any_rights() & ((1 << KROLES_NMEDIAROLES) - 1), any_rights() & ((1 << KROLES_NEVENTROLES) - 1),
			any_rights(), any_rights(), false, false};
		KrolesMediaStanding b = {any_rights() & ((1 << KROLES_NMEDIAROLES) - 1), any_rights() & ((1 << KROLES_NEVENTROLES) - 1),
			any_rights(), any_rights(), false, false};
		KrolesMediaStanding both = {a.roles | b.roles, a.event_roles | b.event_roles, a.approved | b.approved, a.pending | b.pending, false, false};

		m.chat_and_collaboration = round % 2;
		m.allow_anonymous = round % 3 == 0;
		EACH(role, KROLES_MAX_ROLES)
		{
			m.role[KROLES_MEDIA][role] = any_rights();
			m.role[KROLES_EVENT][role] = any_rights();
		}
		m.ceiling[who.role][KROLES_MEDIA] = any_rights() | any_rights();
		m.ceiling[who.role][KROLES_EVENT] = any_rights() | any_rights();
		check(kroles_media_rights(&m, &who, &both) == (kroles_media_rights(&m, &who, &a) | kroles_media_rights(&m, &who, &b)));
	}
	done("the rights that several grants give on a media are those that each gives");
}

static void
test_events(void)
{
	EACH(roles, 1 << KROLES_NEVENTROLES) EACH(capped, 2) EACH(presents, 2)
	{
		KrolesMatrices m = open_matrices();
		KrolesSubject who = {.role = KROLES_APP_VIEWER};
		KrolesRights expected = 0;

		if (presents)
			m.role[KROLES_EVENT][KROLES_EVENT_SPEAKER] |= BIT(KROLES_PRESENT);
		if (capped)
			m.ceiling[KROLES_APP_VIEWER][KROLES_EVENT] &= ~BIT(KROLES_PRESENT);
		EACH(role, KROLES_NEVENTROLES)
			if (roles & KROLES_EVENT_ROLE(role))
				expected |= BIT(4 + role);
		if (presents && !capped && (roles & KROLES_EVENT_ROLE(KROLES_EVENT_SPEAKER)))
			expected |= BIT(KROLES_PRESENT) | BIT(KROLES_CONTRIBUTE);
		check(kroles_event_rights(&m, &who, roles) == expected);
	}
	done("an event gives what its roles add up to, within the ceiling");
}

static void
test_sessions(void)
{
	EACH(roles, 1 << KROLES_NEVENTROLES) EACH(given, 1 << 2) EACH(capped, 1 << 2)
	{
		KrolesMatrices m = open_matrices();
		KrolesSubject who = {.role = KROLES_PRIVATE_ONLY};
		KrolesMediaStanding standing = {.event_roles = roles};
		bool		is_speaker = roles & KROLES_EVENT_ROLE(KROLES_EVENT_SPEAKER);
		bool		view = is_speaker && (given & 1);
		bool		moderate = is_speaker && (given & 2) && !(capped & 1);
		bool		speakers = moderate && !(capped & 2);
		KrolesRights rights;

		memset(m.role[KROLES_EVENT], 0, sizeof(m.role[KROLES_EVENT]));
		m.role[KROLES_EVENT][KROLES_EVENT_SPEAKER] = ((given & 1) ? BIT(KROLES_VIEW) : 0) | ((given & 2) ? BIT(KROLES_MODERATE) : 0);
		if (capped & 1)
			m.ceiling[KROLES_PRIVATE_ONLY][KROLES_EVENT] &= ~BIT(KROLES_MODERATE);
		if (capped & 2)
			m.ceiling[KROLES_PRIVATE_ONLY][KROLES_MEDIA] &= ~BIT(KROLES_MANAGE_SPEAKERS);
		rights = kroles_media_rights(&m, &who, &standing);
		check(((rights & BIT(KROLES_VIEW)) != 0) == view);
		check(((rights & BIT(KROLES_MODERATE)) != 0) == moderate);
		check(((rights & BIT(KROLES_MANAGE_SPEAKERS)) != 0) == speakers);
		check(((rights & BIT(KROLES_MANAGE)) != 0) == speakers);
		check(!(rights & (BIT(KROLES_EDIT) | BIT(KROLES_PUBLISH) | BIT(KROLES_CONTRIBUTE))));
	}
	done("who views an event views its sessions; who moderates it manages their speakers");
}

/* What a room's roles should be, role by role. */
static unsigned
expected_room_roles(unsigned roles, unsigned event, bool member, bool module)
{
	bool		host = (roles & 3) || (event & 1);
	bool		room = (roles & (1 << 5)) || (event & 4);
	bool		chat = (roles & (1 << 4)) || (event & 4);
	bool		advanced = (roles & (1 << 7)) || (event & 2);
	bool		simple = roles & (1 << 6);
	bool		participant = (roles & ((1 << 2) | (1 << 3))) || (event & 8) || member;

	return host | (room && module) << 1 | (chat && module) << 2 | advanced << 3 | simple << 4 | participant << 5;
}

static void
test_rooms(void)
{
	EACH(roles, 1 << KROLES_NMEDIAROLES) EACH(event, 1 << KROLES_NEVENTROLES) EACH(channel, 4) EACH(module, 2)
	{
		KrolesMatrices m = open_matrices();
		KrolesSubject who = {.role = KROLES_APP_VIEWER};
		KrolesMediaStanding standing = {
			.roles = roles, .event_roles = event,
			.approved = ((channel & 1) ? BIT(KROLES_JOIN_ROOM) : 0) | ((channel & 2) ? BIT(KROLES_START_ROOM) : 0)
		};
		unsigned	expected = expected_room_roles(roles, event, channel & 1, module);
		KrolesRights rights;

		m.chat_and_collaboration = module;
		memset(m.role[KROLES_EVENT], 0, sizeof(m.role[KROLES_EVENT]));
		memset(m.role[KROLES_MEDIA], 0, sizeof(m.role[KROLES_MEDIA]));
		rights = kroles_room_rights(&m, &who, &standing);
		check(kroles_room_roles(&m, &standing) == expected);
		EACH(role, KROLES_NROOMROLES)
			check(((rights & BIT(4 + role)) != 0) == ((expected & KROLES_ROOM_ROLE(role)) != 0));
		check(((rights & BIT(KROLES_START_ROOM)) != 0) == ((channel & 2) != 0));
		check(((rights & BIT(KROLES_MANAGE)) != 0) == ((expected & 1) != 0));
		check(!(rights & BIT(KROLES_VIEW)));
	}
	done("a room gives what the roles on its media, in its events and channels come to");
}

static void
test_room_summaries_and_freezing(void)
{
	KrolesRights parts = BIT(KROLES_PRESENT) | BIT(KROLES_MODERATE_ROOM) | BIT(KROLES_MODERATE_CHAT);

	EACH(given, 1 << 3) EACH(capped, 1 << 3) EACH(sees, 2)
	{
		KrolesMatrices m = open_matrices();
		KrolesSubject who = {.role = KROLES_ADMIN};
		KrolesMediaStanding standing = {
			.roles = KROLES_MEDIA_ROLE(KROLES_MEDIA_VIEWER), .approved = sees ? BIT(KROLES_VIEW) : 0
		};
		KrolesRights granted = (KrolesRights) given * BIT(KROLES_MODERATE_ROOM) & parts;
		KrolesRights cap = (KrolesRights) capped * BIT(KROLES_MODERATE_ROOM) & parts;
		KrolesRights rights;

		m.role[KROLES_ROOM][KROLES_ROOM_PARTICIPANT] = granted;
		m.ceiling[KROLES_ADMIN][KROLES_ROOM] &= ~cap;
		rights = kroles_room_rights(&m, &who, &standing);
		granted &= ~cap;
		check(((rights & BIT(KROLES_CONTRIBUTE)) != 0) == ((granted & BIT(KROLES_PRESENT)) != 0));
		check(((rights & BIT(KROLES_MODERATE)) != 0) == ((granted & ~BIT(KROLES_PRESENT)) != 0));
		check(((rights & BIT(KROLES_VIEW)) != 0) == sees);
		/* what was read on joining holds whatever the ceiling says now, but for view */
		rights = kroles_frozen_room_rights(&m, &who, parts | BIT(KROLES_VIEW), &standing);
		check(rights == (parts | (sees ? BIT(KROLES_VIEW) : 0)));
	}
	done("a room's summary rights hold after the ceiling; what was read on joining holds, view apart");
}

static void
test_roles(void)
{
	static const KrolesContextualRole weakest_first[] = {
		KROLES_NO_ROLE, KROLES_MEMBER, KROLES_CONTRIBUTOR, KROLES_MODERATOR, KROLES_MANAGER
	};

	EACH(a, 5) EACH(b, 5)
		check(kroles_stronger_role(weakest_first[a], weakest_first[b]) == weakest_first[a > b ? a : b]);
	done("the strongest role wins");
}

static void
test_moderation(void)
{
	EACH(app, KROLES_NAPPLICATIVE) EACH(moderated, 2) EACH(moderates, 2)
	{
		KrolesSubject who = {.role = app};
		bool		expected = !moderated || moderates || app == KROLES_UNMODERATED_ADMIN;

		check(kroles_bypasses_moderation(&who, moderated, moderates ? BIT(KROLES_MODERATE) : 0) == expected);
	}
	done("a moderated space holds back all but unmoderated admins and its moderators");
}

/* Names: every audience, role and state of a subject. */
static void
test_people(void)
{
	KrolesMatrices m = open_matrices();

	for (int to = 0; to < KROLES_NPEOPLEAUDIENCES; to++)
		for (int app = 0; app < KROLES_NAPPLICATIVE; app++)
			for (int n = 0; n < 8; n++)
			{
				KrolesSubject who = {.role = app, .administrator = n & 1, .blocked = (n & 2) != 0};
				bool		expected;

				m.people_shown_to = to;
				m.allow_anonymous = (n & 4) != 0;
				if (app == KROLES_ANONYMOUS)
					expected = to == KROLES_PEOPLE_TO_EVERYONE && m.allow_anonymous;
				else
					expected = to != KROLES_PEOPLE_TO_NOBODY;
				check(kroles_shows_people(&m, &who) == (!who.blocked && (who.administrator || expected)));
			}
	done("names are shown to the audience of the setting and to administrators, never to the blocked");
}

static void
test_places(void)
{
	KrolesMatrices m = open_matrices();
	KrolesSubject who = {.role = KROLES_ADMIN};
	KrolesSubject admin = {.role = KROLES_ADMIN, .administrator = true};
	KrolesRights view = BIT(KROLES_VIEW);
	unsigned	chat = KROLES_MEDIA_ROLE(KROLES_MEDIA_CHAT_MODERATOR);
	unsigned	speaker = KROLES_MEDIA_ROLE(KROLES_MEDIA_SPEAKER);
	unsigned	owner = KROLES_MEDIA_ROLE(KROLES_MEDIA_OWNER);

	check(kroles_space_product_role(&who, KROLES_MANAGER, view) == KROLES_PRODUCT_OWNER);
	check(kroles_space_product_role(&who, KROLES_MODERATOR, view) == KROLES_PRODUCT_MODERATOR);
	check(kroles_space_product_role(&who, KROLES_CONTRIBUTOR, view) == KROLES_PRODUCT_PRESENTER);
	check(kroles_space_product_role(&who, KROLES_MEMBER, view) == KROLES_PRODUCT_VIEWER);
	check(kroles_space_product_role(&who, KROLES_NO_ROLE, view) == KROLES_PRODUCT_VIEWER);
	check(kroles_space_product_role(&who, KROLES_NO_ROLE, 0) == KROLES_NO_PRODUCT_ROLE);
	check(kroles_space_product_role(&admin, KROLES_NO_ROLE, view) == KROLES_NO_PRODUCT_ROLE);
	check(kroles_space_product_role(&admin, KROLES_MEMBER, view) == KROLES_PRODUCT_VIEWER);
	check(kroles_media_product_role(&m, &who, owner | speaker | chat, view) == KROLES_PRODUCT_OWNER);
	check(kroles_media_product_role(&m, &who, speaker | chat, view) == KROLES_PRODUCT_PRESENTER);
	check(kroles_media_product_role(&m, &who, chat, view) == KROLES_PRODUCT_MODERATOR);
	check(kroles_media_product_role(&m, &who, 0, view) == KROLES_PRODUCT_VIEWER);
	check(kroles_media_product_role(&m, &who, 0, 0) == KROLES_NO_PRODUCT_ROLE);
	m.chat_and_collaboration = false;
	check(kroles_media_product_role(&m, &who, chat, view) == KROLES_PRODUCT_VIEWER);
	done("places come from the strongest role, or from being able to view");
}

static void
test_places_in_rooms_and_events(void)
{
	KrolesMatrices m = open_matrices();
	KrolesSubject who = {.role = KROLES_ADMIN};

	EACH(roles, 1 << KROLES_NMEDIAROLES) EACH(event, 1 << KROLES_NEVENTROLES) EACH(joins, 2) EACH(module, 2)
	{
		KrolesMediaStanding standing = {.roles = roles, .event_roles = event};
		bool		moderator = module && ((roles & (3 << 4)) || (event & 4));
		bool		presenter = (roles & (1 << 1 | 1 << 2 | 1 << 6 | 1 << 7)) || (event & 2);
		KrolesProductRole expected = (roles & 1) || (event & 1) ? KROLES_PRODUCT_OWNER :
			moderator ? KROLES_PRODUCT_MODERATOR : presenter ? KROLES_PRODUCT_ROOM_PRESENTER :
			joins ? KROLES_PRODUCT_VIEWER : KROLES_NO_PRODUCT_ROLE;

		m.chat_and_collaboration = module;
		check(kroles_room_product_role(&m, &who, &standing, joins ? BIT(KROLES_JOIN_ROOM) : 0) == expected);
		expected = (event & 1) ? KROLES_PRODUCT_OWNER : (event & 2) ? KROLES_PRODUCT_PRESENTER :
			(event & 4) ? KROLES_PRODUCT_MODERATOR : event ? KROLES_PRODUCT_VIEWER : KROLES_NO_PRODUCT_ROLE;
		check(kroles_event_product_role(&who, event) == expected);
	}
	done("in a room a moderator comes before a presenter; an event's places are its roles");
}

int
main(void)
{
	test_union_and_ceiling();
	test_administrator_and_blocked();
	test_auditor();
	test_anonymous();
	test_media();
	test_media_summaries();
	test_media_unions();
	test_events();
	test_sessions();
	test_rooms();
	test_room_summaries_and_freezing();
	test_roles();
	test_moderation();
	test_people();
	test_places();
	test_places_in_rooms_and_events();
	printf("1..%d\n", tests);
	return failures ? 1 : 0;
}
