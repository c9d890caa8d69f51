/*
 * subject_view.c
 *		How a subject and its rights are put together for rls/filter.c.
 *
 * What is kept is a copy of what the entries of the user and the user's groups
 * say, so that it outlives the question; it lives in one memory context a side.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"

#include "rls/subject_view.h"
#include "rls/filter.h"

KrolesSide	kroles_sides[2];

static MemoryContext sight_context;
static uint64 sight_number;		/* of the side of "now" */

/* Makes the context that holds everything; once a backend. */
void
kroles_sight_init(void)
{
	sight_context = AllocSetContextCreate(CacheMemoryContext, "kroles sight", ALLOCSET_DEFAULT_SIZES);
}

/* The number of the side of "now": another one for every other subject or set of rights. */
uint64
kroles_sight_number(void)
{
	return sight_number;
}

static void
clear(KrolesSide *side)
{
	MemoryContext context = side->context;

	if (context == NULL)
		context = AllocSetContextCreate(sight_context, "kroles side", ALLOCSET_DEFAULT_SIZES);
	else
		MemoryContextReset(context);
	memset(side, 0, sizeof(*side));
	side->context = context;
	side->spaces.nsets = 1;
}

/* The earliest instant after now at which one of the grants expires. */
static TimestampTz
next_expiry(const KrolesGrant *grants, int n, TimestampTz now, TimestampTz earliest)
{
	for (int i = 0; i < n; i++)
		if (grants[i].expires_at > now && grants[i].expires_at < earliest)
			earliest = grants[i].expires_at;
	return earliest;
}

static int
compare_events(const void *a, const void *b)
{
	int64		x = ((const KrolesEventGrant *) a)->event_id;
	int64		y = ((const KrolesEventGrant *) b)->event_id;

	return (x > y) - (x < y);
}

static void
add_events(KrolesSide *side, const KrolesEventGrant *events, int n)
{
	if (n > 0)
		memcpy(side->events + side->nevents, events, n * sizeof(KrolesEventGrant));
	side->nevents += n;
}

/* Copies the events that the user and the user's groups are in. */
static void
copy_events(KrolesSide *side, KrolesWorld world, const KrolesUser *user)
{
	int64		n = user->nevents;

	for (int i = 0; i < user->ngroups; i++)
		n += kroles_group(world, user->groups[i])->nevents;
	if (n == 0)
		return;
	side->events = MemoryContextAllocHuge(side->context, n * sizeof(KrolesEventGrant));
	add_events(side, user->events, user->nevents);
	for (int i = 0; i < user->ngroups; i++)
		add_events(side, kroles_group(world, user->groups[i])->events, kroles_group(world, user->groups[i])->nevents);
	qsort(side->events, side->nevents, sizeof(KrolesEventGrant), compare_events);
}

/* Copies what the entry of a user says, and looks when it will say something else. */
static void
copy_user(KrolesSide *side, KrolesWorld world, const KrolesUser *user)
{
	side->is_person = true;
	side->user_id = user->head.id;
	side->ngroups = user->ngroups;
	side->groups = MemoryContextAlloc(side->context, Max(1, user->ngroups) * sizeof(int64));
	if (user->ngroups > 0)
		memcpy(side->groups, user->groups, user->ngroups * sizeof(int64));
	side->expires_at = next_expiry(user->grants, user->ngrants, side->made_at, side->expires_at);
	for (int i = 0; i < user->ngroups; i++)
	{
		const KrolesGroup *group = kroles_group(world, user->groups[i]);

		side->expires_at = next_expiry(group->grants, group->ngrants, side->made_at, side->expires_at);
	}
	copy_events(side, world, user);
}

/* A judge that gathers the subject of a side. */
static void
judge_side(KrolesWorld world, void *about, KrolesAnswer *answer)
{
	KrolesSide *side = about;
	KrolesAsker who = side->who;
	KrolesMediaStanding nothing = {0};
	KrolesJudged judged;

	clear(side);
	side->who = who;
	side->made_at = kroles_time();
	side->expires_at = DT_NOEND;
	side->generation = kroles_inval_generation();
	side->epoch = kroles_gate_epoch();
	side->known = kroles_gather_subject(world, who, &judged);
	side->matrices = *judged.matrices;
	side->subject = judged.subject;
	if (judged.user != NULL)
		copy_user(side, world, judged.user);
	side->same_everywhere = !side->known || kroles_all_or_nothing(&side->matrices, &side->subject);
	side->rights_everywhere = side->known ? kroles_media_rights(&side->matrices, &side->subject, &nothing) : 0;
}

/* Makes a side anew for that subject. */
void
kroles_make_side(KrolesWorld world, KrolesAsker who)
{
	KrolesSide *side = &kroles_sides[world];
	KrolesAnswer answer;

	side->ready = false;
	side->who = who;
	side->load = kroles_ask_in(world, judge_side, side, &answer);
	side->ready = true;
	if (world == KROLES_NOW)
		sight_number++;
}

/* ---- What a side says of events ---- */

/* The roles in an event. */
unsigned
kroles_side_event_roles(const KrolesSide *side, int64 id)
{
	unsigned	roles = 0;
	int			low = 0;
	int			high = side->nevents;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (side->events[middle].event_id < id)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < side->nevents && side->events[low].event_id == id; low++)
		roles |= side->events[low].roles;
	return roles;
}
