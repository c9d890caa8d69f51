/*
 * sight.c
 *		What the current subject sees, for policies that ask of every row.
 *
 * A scan of a million media asks a million times what one subject may do with
 * few spaces.  So the subject and its rights on each space met are kept side by
 * side here, and a row costs a few comparisons and look-ups in one small table.
 * They are the same rights that decide.c gathers and the same formula that
 * rules.c holds, in the same two worlds (see question.c): what is true now, and
 * what the statement's snapshot says.
 *
 * The side of "now" outlives the statement, for as long as nothing changes that
 * it rests on: the asker, the site, the asker's user and groups, any space, and
 * until the next grant expires.  Which rows a media's own changes concern is
 * told by question.c: for them, what is true now is read.
 *
 * One subject is kept at a time.  Everything lives in one memory context; what
 * is kept of spaces is bounded by kroles.cache_size.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "decide.h"
#include "keep.h"
#include "sight.h"

/*
 * The rights on the spaces met.  Only few sets of rights occur, so a space is one
 * byte: the number of its set.  Ids are small numbers as a rule, and then the
 * byte stands at the id's place in an array, which a processor keeps close by;
 * others are in a hash table.
 */
#define MAX_SETS 255			/* beside 0, which is a space not met yet */
#define MOST_NEAR (INT64CONST(1) << 28)	/* bytes of the array, whatever the setting */

typedef struct FarSpace
{
	int64		id;
	uint8		set;
	char		status;
} FarSpace;

#define SH_PREFIX far
#define SH_ELEMENT_TYPE FarSpace
#define SH_KEY_TYPE int64
#define SH_KEY id
#define SH_HASH_KEY(table, key) ((uint32) (((uint64) (key) * UINT64CONST(0x9E3779B97F4A7C15)) >> 32))
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct Spaces
{
	int			nsets;			/* the one of number 0 included */
	KrolesRights sets[MAX_SETS + 1];
	uint64		load;			/* highest number of the loads they rest on */
	int64		size;			/* of the array */
	uint8	   *near;
	far_hash   *far;
} Spaces;

/* The subject in one world. */
typedef struct Side
{
	bool		ready;
	MemoryContext context;
	KrolesAsker who;
	bool		known;			/* there is such a subject */
	KrolesMatrices matrices;
	KrolesSubject subject;
	bool		same_everywhere;	/* of administrators, and of whoever is shut out */
	KrolesRights rights_everywhere; /* on media */
	int64		user_id;
	bool		is_person;
	int			ngroups;
	int64	   *groups;			/* ascending */
	int			nevents;
	KrolesEventGrant *events;	/* the user's own and the groups', ascending; one may come more than once */
	uint64		load;			/* highest number of the loads this rests on */
	Spaces		spaces;
	struct varlena *sought;		/* what to look for in an index; NULL until asked */

	/* of "now": what it was made good for */
	TimestampTz made_at;
	TimestampTz expires_at;		/* when the next grant does */
	uint64		generation;
	uint64		epoch;
} Side;

static Side sides[2];
static uint64 sight_number;		/* of the side of "now" */

/* What the sides were last found good for; where all of it still stands, so do they. */
static struct
{
	bool		valid;
	uint64		count;			/* of completed transactions */
	Snapshot	snapshot;
	TransactionId xmax;
	uint32		xcnt;
	int32		subxcnt;
	CommandId	cid;
	TimestampTz at;
	uint64		identity;
	uint64		generation;
	uint64		epoch;
	uint64		statement;
	bool		media_quiet;	/* no media has changed since the statement's snapshot */
}			good_for;

static MemoryContext sight_context;

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

/* ---- Making a side ---- */

static void
clear(Side *side)
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
add_events(Side *side, const KrolesEventGrant *events, int n)
{
	if (n > 0)
		memcpy(side->events + side->nevents, events, n * sizeof(KrolesEventGrant));
	side->nevents += n;
}

/* Copies the events that the user and the user's groups are in. */
static void
copy_events(Side *side, KrolesWorld world, const KrolesUser *user)
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
copy_user(Side *side, KrolesWorld world, const KrolesUser *user)
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
	Side	   *side = about;
	KrolesAsker who = side->who;
	KrolesMediaStanding nothing = {0};
	KrolesJudged judged;

	clear(side);
	side->who = who;
	side->made_at = GetCurrentStatementStartTimestamp();
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

static void
make_side(KrolesWorld world, KrolesAsker who)
{
	Side	   *side = &sides[world];
	KrolesAnswer answer;

	side->ready = false;
	side->who = who;
	side->load = kroles_ask_in(world, judge_side, side, &answer);
	side->ready = true;
	if (world == KROLES_NOW)
		sight_number++;
}

/* ---- Whether the sides still stand ---- */

static bool
holds_for(KrolesClass class, int64 id)
{
	const Side *now = &sides[KROLES_NOW];

	return !kroles_inval_changed(class, id, now->generation) && !kroles_gate_distrusted(class, id, now->epoch);
}

/* Whether the side of "now" still says what is true. */
static bool
still_true(KrolesAsker who)
{
	const Side *now = &sides[KROLES_NOW];
	TimestampTz at = GetCurrentStatementStartTimestamp();

	if (!now->ready || now->who.type != who.type || now->who.user_id != who.user_id ||
		at < now->made_at || at >= now->expires_at)
		return false;
	if (!holds_for(KROLES_C_SITE, 0) || !holds_for(KROLES_C_USER, who.user_id) ||
		kroles_inval_class_changed(KROLES_C_SPACE, now->generation) ||
		kroles_gate_class_distrusted(KROLES_C_SPACE, now->epoch))
		return false;
	for (int i = 0; i < now->ngroups; i++)
		if (!holds_for(KROLES_C_GROUP, now->groups[i]))
			return false;
	return true;
}

/*
 * Makes the side of "now" true at one instant, and returns who it is of.  The
 * instant is that of a completion count: messages that come while the side is
 * read are about what was visible then already, and was distrusted, or about
 * nothing that it rests on.  (Where every lock brings messages, as under
 * debug_discard_caches, waiting for none would never end.)
 */
static KrolesAsker
make_true(void)
{
	KrolesAsker who;

	do
	{
		CHECK_FOR_INTERRUPTS();
		who = kroles_asker();
		kroles_question_sync();
		good_for.count = kroles_gate_count();
		good_for.generation = kroles_inval_generation();
		good_for.epoch = kroles_gate_epoch();
		if (!still_true(who))
			make_side(KROLES_NOW, who);
	} while (good_for.count != kroles_gate_count());
	return who;
}

/* Makes the sides good for the running statement and this instant.  Accepts messages. */
static void
make_good(void)
{
	Side	   *then = &sides[KROLES_THEN];
	KrolesAsker who;
	Snapshot	snapshot;

	good_for.valid = false;
	who = make_true();
	sides[KROLES_NOW].generation = good_for.generation;
	sides[KROLES_NOW].epoch = good_for.epoch;
	if (good_for.statement != kroles_question_statement() ||
		good_for.at != GetCurrentStatementStartTimestamp() || then->who.type != who.type ||
		then->who.user_id != who.user_id)
		then->ready = false;
	snapshot = GetActiveSnapshot();
	good_for.snapshot = snapshot;
	good_for.xmax = snapshot->xmax;
	good_for.xcnt = snapshot->xcnt;
	good_for.subxcnt = snapshot->subxcnt;
	good_for.cid = snapshot->curcid;
	good_for.at = GetCurrentStatementStartTimestamp();
	good_for.identity = kroles_identity_number();
	good_for.statement = kroles_question_statement();
	good_for.media_quiet = kroles_question_media_quiet();
	/* in a security-restricted operation nobody asks, and whoever asks afterwards is somebody else */
	good_for.valid = !InSecurityRestrictedOperation();
}

/* Whether everything about data and statement stands that the sides were found good for. */
static inline bool
stands(void)
{
	Snapshot	snapshot = GetActiveSnapshot();

	return good_for.valid && good_for.snapshot == snapshot &&
		good_for.count == KROLES_COMPLETION_COUNT() &&
		good_for.xmax == snapshot->xmax && good_for.xcnt == snapshot->xcnt &&
		good_for.subxcnt == snapshot->subxcnt && good_for.cid == snapshot->curcid &&
		good_for.at == GetCurrentStatementStartTimestamp() &&
		good_for.generation == kroles_inval_generation() && good_for.epoch == kroles_gate_epoch() &&
		good_for.statement == kroles_question_statement() &&
		good_for.identity == kroles_identity_number();
}

/* Whether what was judged since the sides were found good is of that one instant: see make_true(). */
static inline bool
same_instant(void)
{
	return good_for.count == KROLES_COMPLETION_COUNT();
}

static inline void
ensure(void)
{
	if (unlikely(!ActiveSnapshotSet()))
		elog(ERROR, "kroles: a question needs an active snapshot");
	if (unlikely(!stands() || !kroles_asker_stands()))
		make_good();
}

/* The side of the statement's snapshot, made when it is first needed. */
static void
ensure_then(void)
{
	if (!sides[KROLES_THEN].ready)
		make_side(KROLES_THEN, sides[KROLES_NOW].who);
}

/* ---- Spaces ---- */

typedef struct AboutSpace
{
	KrolesAsker who;
	int64		id;
} AboutSpace;

static void
judge_space(KrolesWorld world, void *arg, KrolesAnswer *answer)
{
	const AboutSpace *about = arg;
	KrolesContextualRole role;
	KrolesJudged judged;

	if (kroles_gather_subject(world, about->who, &judged))
		answer->rights = kroles_rights_in(&judged, kroles_space(world, about->id), &role);
}

/* How many bytes the spaces of a side may take. */
static int64
bound(void)
{
	return Min((int64) kroles_cache_size * 1024 / 4, MOST_NEAR);
}

static void
forget_spaces(Side *side)
{
	Spaces	   *spaces = &side->spaces;

	if (spaces->near != NULL)
		memset(spaces->near, 0, spaces->size);
	if (spaces->far != NULL)
		far_reset(spaces->far);
	spaces->nsets = 1;
}

/* The number of a set of rights; where there are too many, everything is forgotten first. */
static uint8
set_number(Side *side, KrolesRights rights)
{
	Spaces	   *spaces = &side->spaces;

	for (int i = 1; i < spaces->nsets; i++)
		if (spaces->sets[i] == rights)
			return i;
	if (spaces->nsets > MAX_SETS)
		forget_spaces(side);
	spaces->sets[spaces->nsets] = rights;
	return spaces->nsets++;
}

/* Makes the array large enough for that id, which is within the bound. */
static void
grow_near(Side *side, int64 id)
{
	Spaces	   *spaces = &side->spaces;
	int64		size = Max(1024, spaces->size);
	uint8	   *larger;

	while (size <= id)
		size *= 2;
	larger = MemoryContextAllocZero(side->context, size);
	if (spaces->near != NULL)
	{
		memcpy(larger, spaces->near, spaces->size);
		pfree(spaces->near);
	}
	spaces->near = larger;
	spaces->size = size;
}

static void
keep_far(Side *side, int64 id, uint8 set)
{
	bool		found;

	if (side->spaces.far == NULL)
		side->spaces.far = far_create(side->context, 64, NULL);
	else if (side->spaces.far->members >= bound() / sizeof(FarSpace) / 2)
		far_reset(side->spaces.far);
	far_insert(side->spaces.far, id, &found)->set = set;
}

static void
keep_space(Side *side, int64 id, KrolesRights rights)
{
	uint8		set = set_number(side, rights);

	if (id < 0 || id >= bound())
	{
		keep_far(side, id, set);
		return;
	}
	if (id >= side->spaces.size)
		grow_near(side, id);
	side->spaces.near[id] = set;
}

/* Works out the rights on a space that was not met yet.  May leave the sides behind the present. */
static KrolesRights
meet_space(KrolesWorld world, int64 id)
{
	Side	   *side = &sides[world];
	AboutSpace	about = {side->who, id};
	KrolesAnswer answer;
	uint64		load = kroles_ask_in(world, judge_space, &about, &answer);

	side->spaces.load = Max(side->spaces.load, load);
	keep_space(side, id, answer.rights);
	return answer.rights;
}

static KrolesRights
look_far(KrolesWorld world, int64 id)
{
	Spaces	   *spaces = &sides[world].spaces;
	FarSpace   *space = spaces->far == NULL ? NULL : far_lookup(spaces->far, id);

	return space == NULL ? meet_space(world, id) : spaces->sets[space->set];
}

/* The rights on a space. */
static inline KrolesRights
look_at_space(KrolesWorld world, int64 id)
{
	Spaces	   *spaces = &sides[world].spaces;

	if (likely((uint64) id < (uint64) spaces->size && spaces->near[id] != 0))
		return spaces->sets[spaces->near[id]];
	return look_far(world, id);
}

/* Whether everything that the side of "now" says was the same at the statement's snapshot. */
static inline bool
covers(void)
{
	return kroles_question_covers(Max(sides[KROLES_NOW].load, sides[KROLES_NOW].spaces.load));
}

/* ---- Media ---- */

static inline bool
has_group(const Side *side, int64 id)
{
	int			low = 0;
	int			high = side->ngroups;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (side->groups[middle] == id)
			return true;
		if (side->groups[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* The roles in an event. */
static unsigned
roles_in_event(const Side *side, int64 id)
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

/* The rights on media for which that is the audience. */
static KrolesRights
rights_of_audience(KrolesWorld world, const KrolesAudience *audience)
{
	const Side *side = &sides[world];
	KrolesMediaStanding standing = {0};

	if (side->same_everywhere)
		return side->rights_everywhere;
	for (int i = 0; i < audience->n; i++)
	{
		KrolesToken token = kroles_token(audience, i);

		if (token.class < KROLES_TOKEN_GROUP)
		{
			if (side->is_person && token.id == side->user_id)
				standing.roles |= KROLES_MEDIA_ROLE(token.class - KROLES_TOKEN_USER);
			continue;
		}
		if (token.class < KROLES_TOKEN_APPROVED)
		{
			if (has_group(side, token.id))
				standing.roles |= KROLES_MEDIA_ROLE(token.class - KROLES_TOKEN_GROUP);
			continue;
		}
		if (token.class == KROLES_TOKEN_APPROVED)
			standing.approved |= look_at_space(world, token.id);
		else if (token.class == KROLES_TOKEN_PENDING)
			standing.pending |= look_at_space(world, token.id);
		else if (token.class == KROLES_TOKEN_EVENT)
			standing.event_roles |= roles_in_event(side, token.id);
	}
	return kroles_media_rights(&side->matrices, &side->subject, &standing);
}

/* The rights as the row's audience says, judged in the side of "now" at one instant. */
static KrolesRights
rights_now(const KrolesAudience *audience)
{
	KrolesRights rights;

	do
	{
		ensure();
		rights = rights_of_audience(KROLES_NOW, audience);
	} while (unlikely(!same_instant()));
	return rights;
}

/*
 * Whether the current subject holds one of those rights on the media that the
 * row with that audience is (or is a part of), at the statement's snapshot and
 * now.  The audience must be detoasted.  Raises no error because of what is in
 * it.
 */
bool
kroles_sees(KrolesRights wanted, struct varlena *value)
{
	KrolesAudience audience = kroles_open_audience(value);
	struct varlena *before = kroles_old_audience(audience.media_id);
	KrolesRights rights;

	if (unlikely(before != NULL))
		audience = kroles_open_audience(before);
	rights = rights_now(&audience);
	if (unlikely(!good_for.media_quiet) && kroles_question_outdated(audience.media_id) &&
		!(kroles_decide(sides[KROLES_NOW].who, KROLES_MEDIA, audience.media_id).rights & wanted))
		return false;
	if (likely(covers()))
		return (rights & wanted) != 0;
	/* the subject or a space was read later than the statement's snapshot was taken */
	if (!kroles_question_outdated(audience.media_id) && !(rights & wanted))
		return false;
	ensure_then();
	return (rights_of_audience(KROLES_THEN, &audience) & wanted) != 0;
}

/* Whether a media with that audience would probably be seen: for estimates. */
bool
kroles_would_see(struct varlena *value)
{
	KrolesAudience audience = kroles_open_audience(value);

	return (rights_now(&audience) & KROLES_RIGHT(KROLES_VIEW)) != 0;
}

/* ---- One space ---- */

/*
 * The rights of the current subject on a space of whichever kind, at the
 * statement's snapshot and now; none where there is no such space.
 */
KrolesRights
kroles_sight_of_space(int64 id)
{
	KrolesRights rights;

	do
	{
		ensure();
		rights = look_at_space(KROLES_NOW, id);
	} while (unlikely(!same_instant()));
	if (rights == 0 || likely(covers()))
		return rights;
	ensure_then();
	return rights & look_at_space(KROLES_THEN, id);
}

/* ---- What to look for in an index ---- */

/* Keeps with a side what is sought in its world. */
static struct varlena *
keep_sought(Side *side, struct varlena *found)
{
	side->sought = MemoryContextAlloc(side->context, VARSIZE(found));
	return memcpy(side->sought, found, VARSIZE(found));
}

/*
 * What is sought now.  Seeking takes a while, in which others commit; that
 * matters only where it makes the side another one.  After a few such it is
 * everything.
 */
static struct varlena *
sought_now(void)
{
	Side	   *side = &sides[KROLES_NOW];
	KrolesToken every = {KROLES_TOKEN_EVERY, 0};

	for (int tries = 0; tries < 3; tries++)
	{
		struct varlena *found;
		uint64		number;

		ensure();
		if (side->sought != NULL)
			return side->sought;
		number = sight_number;
		found = kroles_seek(KROLES_NOW, side->who);
		ensure();
		if (number == sight_number)
			return keep_sought(side, found);
	}
	return keep_sought(side, kroles_make_audience(0, &every, 1));
}

/* What is sought in either world: in an old snapshot a row may be seen by what was then. */
static struct varlena *
sought_in_both(struct varlena *now)
{
	Side	   *side = &sides[KROLES_THEN];

	ensure_then();
	if (side->sought == NULL)
		keep_sought(side, kroles_seek(KROLES_THEN, side->who));
	return kroles_join_sought(now, side->sought);
}

/*
 * The audience that holds a token of every media that the current subject may
 * see, and perhaps of others.  Kept with the sides; valid until messages are
 * accepted.
 */
struct varlena *
kroles_sought(void)
{
	struct varlena *now = sought_now();

	return likely(covers()) ? now : sought_in_both(now);
}
