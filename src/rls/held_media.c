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
 * callers that find an id here decide about it as usual.
 *
 * They are read through the statement's snapshot.  They serve as long as the subject
 * and its rights are the same, and no media has changed; in the statement that
 * collected them also afterwards, since a caller asks about a media that has changed
 * (kroles_filter_outdated()) before it asks here.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "cache/question.h"
#include "core/array.h"
#include "rls/filter.h"
#include "rls/held_media.h"
#include "rls/subject_view.h"
#include "rules/sufficient.h"
#include "store/scan.h"

/* A subject with more gets an incomplete answer. */
#define MAX_HELD 100000

/* How many media a statement asks about one by one before the ids are collected. */
#define ASKED_SINGLY 16

typedef struct Held
{
	KrolesRights right;			/* 0: not in use */
	uint64		view;			/* number of the view that the ids are of */
	uint64		statement;		/* that collected them */
	KrolesStamp stamp;
	bool		of_now;			/* its snapshot saw what was true at the stamp */
	bool		complete;
	KrolesArray ids;
	MemoryContext context;
} Held;

/* One for each right that policies ask about. */
#define MAX_RIGHTS 4
static Held held[MAX_RIGHTS];
static MemoryContext held_context;

/* How many media the statement has asked about. */
static struct
{
	uint64		statement;
	int			n;
}			asked;

/* Makes the context of the ids; once a backend. */
void
kroles_held_media_init(void)
{
	held_context = AllocSetContextCreate(CacheMemoryContext, "kroles held media", ALLOCSET_SMALL_SIZES);
}

/* ---- Collecting ---- */

/* The roles on a media each of which gives that right; 0 in *complete if something else gives it too. */
static unsigned
sufficient_roles(const KrolesSubjectView *view, KrolesRights right, bool *complete)
{
	KrolesSufficient others = kroles_sufficient_grants(&view->matrices, &view->subject, KROLES_MEDIA, right);
	unsigned	roles = 0;

	*complete = others.approved == 0 && others.pending == 0 && others.event_roles == 0;
	for (int role = 0; role < KROLES_NMEDIAROLES; role++)
	{
		KrolesMediaStanding standing = {.roles = KROLES_MEDIA_ROLE(role)};

		if (kroles_media_rights(&view->matrices, &view->subject, &standing) & right)
			roles |= KROLES_MEDIA_ROLE(role);
	}
	return roles;
}

/* Adds the media of a scan.  Ends the scan. */
static void
add_scanned(Held *to, KrolesScan *scan, int column)
{
	while (to->complete && kroles_scan_next(scan))
	{
		MemoryContext old = MemoryContextSwitchTo(to->context);

		CHECK_FOR_INTERRUPTS();
		if (to->ids.n >= MAX_HELD)
			to->complete = false;
		else
			*(int64 *) kroles_array_add(&to->ids) = kroles_scan_id(scan, column);
		MemoryContextSwitchTo(old);
	}
	kroles_scan_end(scan);
}

/* Adds the rows of a user or group from a table of people on media. */
static void
add_people(Held *to, KrolesTableId table, KrolesIndexId index, int holder, int64 holder_id)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, table, index, holder, holder_id, GetActiveSnapshot());
	add_scanned(to, &scan, PEOPLE_MEDIA);
}

/* Adds the media on which a role may be held, by table: whichever role of the table it is. */
static void
add_by_roles(Held *to, const KrolesPrincipals *principals, unsigned roles)
{
	static const unsigned collaborators = KROLES_MEDIA_ROLE(KROLES_MEDIA_EDITOR) | KROLES_MEDIA_ROLE(KROLES_MEDIA_PUBLISHER) |
		KROLES_MEDIA_ROLE(KROLES_MEDIA_VIEWER);
	static const unsigned moderators = KROLES_MEDIA_ROLE(KROLES_MEDIA_CHAT_MODERATOR) |
		KROLES_MEDIA_ROLE(KROLES_MEDIA_ROOM_MODERATOR);
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
	if (roles & collaborators)
		add_people(to, KROLES_T_COLLABORATORS, KROLES_I_COLLABORATORS_USER, PEOPLE_USER, principals->user_id);
	if (roles & moderators)
		add_people(to, KROLES_T_MODERATORS, KROLES_I_MODERATORS_USER, PEOPLE_USER, principals->user_id);
	for (int i = 0; i < principals->ngroups && to->complete; i++)
	{
		if (roles & collaborators)
			add_people(to, KROLES_T_COLLABORATORS, KROLES_I_COLLABORATORS_GROUP, PEOPLE_GROUP, principals->groups[i]);
		if (roles & moderators)
			add_people(to, KROLES_T_MODERATORS, KROLES_I_MODERATORS_GROUP, PEOPLE_GROUP, principals->groups[i]);
	}
}

static void
collect(Held *to, const KrolesSubjectView *view, KrolesRights right)
{
	unsigned	roles = sufficient_roles(view, right, &to->complete);

	if (!to->complete || !view->known || view->subject.blocked || !view->principals.is_person)
		return;
	add_by_roles(to, &view->principals, roles);
	kroles_sort_ids(&to->ids);
}

/* ---- Keeping ---- */

/* Whether ids that were collected before are those of this subject and statement. */
static bool
still_serves(const Held *ids)
{
	return ids->view == kroles_view_number() &&
		(ids->statement == kroles_now.statement || (ids->of_now && kroles_class_still_true(&ids->stamp, KROLES_C_MEDIA)));
}

/* The place for the ids of that right; the first one is replaced if all are in use. */
static Held *
place_of(KrolesRights right)
{
	for (int i = 0; i < MAX_RIGHTS; i++)
		if (held[i].right == right || held[i].right == 0)
			return &held[i];
	return &held[0];
}

/*
 * Collects the ids, which accepts no messages but those that its scans bring.  A
 * place is marked as in use at the end, so that an error leaves none half filled.
 */
static void
collect_at(Held *place, KrolesRights right)
{
	const KrolesSubjectView *view = kroles_filter_view();

	place->right = 0;
	if (place->context == NULL)
		place->context = AllocSetContextCreate(held_context, "kroles held media of a right", ALLOCSET_SMALL_SIZES);
	else
		MemoryContextReset(place->context);
	place->ids = (KrolesArray) {.size = sizeof(int64)};
	place->view = kroles_view_number();
	place->statement = kroles_now.statement;
	place->stamp = kroles_now;
	place->of_now = kroles_question_quiet(KROLES_C_MEDIA);
	collect(place, view, right);
	place->right = right;
}

/*
 * The media on which the current subject may have one of those rights by a role of
 * its own.  The ids are valid until the next call.
 */
KrolesHeldMedia
kroles_held_media(KrolesRights right)
{
	Held	   *place = place_of(right);

	(void) kroles_filter_view();
	if (place->right != right || !still_serves(place))
		collect_at(place, right);
	return (KrolesHeldMedia) {place->complete, place->ids.n, (const int64 *) place->ids.items};
}

/*
 * Whether the current subject may have one of those rights on a media by a role of
 * its own.  True without knowing, for the first media of a statement and where the
 * ids are not complete.
 */
bool
kroles_may_hold(KrolesRights right, int64 media_id)
{
	KrolesHeldMedia media;
	int			at;

	if (asked.statement != kroles_now.statement)
	{
		asked.statement = kroles_now.statement;
		asked.n = 0;
	}
	if (asked.n < ASKED_SINGLY)
	{
		asked.n++;
		return true;
	}
	media = kroles_held_media(right);
	if (!media.complete)
		return true;
	at = kroles_lower_bound(media.ids, media.n, sizeof(int64), media_id);
	return at < media.n && media.ids[at] == media_id;
}
