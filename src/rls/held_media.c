/*
 * held_media.c
 *		The media on which the current subject has a right by a role of its own.
 *
 * Most rights on media that are not "view" come from a role that the subject, or a
 * group of it, has on the media itself: owner, publisher, and so on.  A person has
 * such roles on few media.  So instead of reading the media of each row that a
 * policy asks about, the ids of those few are collected once, and all other rows are
 * denied by a search in memory.
 *
 * The ids may be of more media than the subject has the right on, never of fewer:
 * callers that find an id here decide about it as usual.  Kept by rls/keys.c.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/snapmgr.h"

#include "rls/held_media.h"
#include "rls/subject_view.h"
#include "rules/sufficient.h"
#include "store/scan.h"

/* A subject with more gets incomplete keys. */
#define MAX_HELD 100000

/* How many media a statement asks about one by one before their ids are collected. */
#define ASKED_SINGLY 16

/* ---- Collecting ---- */

/* The roles on a media each of which gives one of the rights; false in *complete if something else gives them too. */
static unsigned
sufficient_roles(const KrolesSubjectView *view, KrolesRights rights, bool *complete)
{
	KrolesSufficient others = kroles_sufficient_grants(&view->matrices, &view->subject, KROLES_MEDIA, rights);
	unsigned	roles = 0;

	*complete = others.approved == 0 && others.pending == 0 && others.event_roles == 0;
	for (int role = 0; role < KROLES_NMEDIAROLES; role++)
	{
		KrolesMediaStanding standing = {.roles = KROLES_MEDIA_ROLE(role)};

		if (kroles_media_rights(&view->matrices, &view->subject, &standing) & rights)
			roles |= KROLES_MEDIA_ROLE(role);
	}
	return roles;
}

/* Adds the media of a scan.  Ends the scan. */
static void
add_scanned(KrolesKeySearch *to, KrolesScan *scan, int column)
{
	while (to->complete && kroles_scan_next(scan))
	{
		CHECK_FOR_INTERRUPTS();
		kroles_add_id(to, kroles_scan_id(scan, column), MAX_HELD);
	}
	kroles_scan_end(scan);
}

/* A table of people on media, whose rows give a role. */
typedef struct PeopleTable
{
	KrolesTableId table;
	KrolesIndexId by_user;
	KrolesIndexId by_group;
	KrolesEnum	permissions;	/* whose codes are roles */
	unsigned	roles;			/* all that there are */
} PeopleTable;

static const PeopleTable people_tables[] = {
	{KROLES_T_COLLABORATORS, KROLES_I_COLLABORATORS_USER, KROLES_I_COLLABORATORS_GROUP, KROLES_E_COLLABORATOR_PERMISSION,
		KROLES_MEDIA_ROLE(KROLES_MEDIA_EDITOR) | KROLES_MEDIA_ROLE(KROLES_MEDIA_PUBLISHER) | KROLES_MEDIA_ROLE(KROLES_MEDIA_VIEWER)},
	{KROLES_T_MODERATORS, KROLES_I_MODERATORS_USER, KROLES_I_MODERATORS_GROUP, KROLES_E_MODERATOR_PERMISSION,
		KROLES_MEDIA_ROLE(KROLES_MEDIA_CHAT_MODERATOR) | KROLES_MEDIA_ROLE(KROLES_MEDIA_ROOM_MODERATOR)},
};

/* Adds the media on which a user or group has one of the roles by a row of that table. */
static void
add_people(KrolesKeySearch *to, const PeopleTable *people, KrolesIndexId index, int holder, int64 holder_id, unsigned roles)
{
	KrolesScan	scan;

	if (!(people->roles & roles))
		return;
	kroles_scan_by_id(&scan, people->table, index, holder, holder_id, GetActiveSnapshot());
	while (to->complete && kroles_scan_next(&scan))
	{
		int			role = kroles_scan_enum(&scan, PEOPLE_PERMISSION, people->permissions);

		CHECK_FOR_INTERRUPTS();
		if (role >= 0 && (roles & KROLES_MEDIA_ROLE(role)))
			kroles_add_id(to, kroles_scan_id(&scan, PEOPLE_MEDIA), MAX_HELD);
	}
	kroles_scan_end(&scan);
}

/* Adds the media on which one of the roles is held: by the user, or by a group. */
static void
add_by_roles(KrolesKeySearch *to, const KrolesPrincipals *principals, unsigned roles)
{
	static const unsigned speakers = KROLES_MEDIA_ROLE(KROLES_MEDIA_SPEAKER) | KROLES_MEDIA_ROLE(KROLES_MEDIA_ADVANCED_SPEAKER);
	KrolesScan	scan;

	if (roles & KROLES_MEDIA_ROLE(KROLES_MEDIA_OWNER))
	{
		kroles_scan_by_id(&scan, KROLES_T_MEDIA, KROLES_I_MEDIA_OWNER, MEDIA_OWNER, principals->user_id, GetActiveSnapshot());
		add_scanned(to, &scan, MEDIA_ID);
	}
	if (roles & speakers)
	{
		kroles_scan_by_id(&scan, KROLES_T_SPEAKERS, KROLES_I_SPEAKERS_USER, SPEAKERS_USER, principals->user_id,
						  GetActiveSnapshot());
		add_scanned(to, &scan, SPEAKERS_MEDIA);
	}
	for (int i = 0; i < lengthof(people_tables); i++)
	{
		const PeopleTable *people = &people_tables[i];

		add_people(to, people, people->by_user, PEOPLE_USER, principals->user_id, roles);
		for (int j = 0; j < principals->ngroups && to->complete; j++)
			add_people(to, people, people->by_group, PEOPLE_GROUP, principals->groups[j], roles);
	}
}

/*
 * Collects the ids of media on which the view's subject may have one of the rights
 * by a role of its own, in the current memory context.
 */
void
kroles_collect_held_media(const KrolesSubjectView *view, KrolesRights rights, KrolesKeySearch *found)
{
	unsigned	roles = sufficient_roles(view, rights, &found->complete);

	if (found->complete)
		add_by_roles(found, &view->principals, roles);
}

/*
 * Whether the current subject may have one of those rights on a media by a role of
 * its own.  True without knowing, for the first media of a statement and where the
 * keys are not complete.
 */
bool
kroles_may_hold(KrolesRights rights, int64 media_id)
{
	static uint64 statement;
	static int	asked;			/* media that the statement has asked about */
	KrolesKeyIds	keys;

	if (statement != kroles_now.statement)
	{
		statement = kroles_now.statement;
		asked = 0;
	}
	if (asked < ASKED_SINGLY)
	{
		asked++;
		return true;
	}
	keys = kroles_find_keys((KrolesKeyTerm) {KROLES_KEYS_HELD_MEDIA, rights});
	return !keys.complete || kroles_has_key(&keys, media_id);
}
