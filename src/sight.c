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
 * One subject is kept at a time.  Everything lives in one memory context and is
 * bounded by a quarter of kroles.cache_size; beyond that it begins anew.
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

/* The rights on one space. */
typedef struct SpaceSight
{
	int64		id;
	KrolesRights rights;
	uint64		load;			/* highest number of the loads it rests on */
	char		status;
} SpaceSight;

#define SH_PREFIX spaces
#define SH_ELEMENT_TYPE SpaceSight
#define SH_KEY_TYPE int64
#define SH_KEY id
#define SH_HASH_KEY(table, key) ((uint32) (((uint64) (key) * UINT64CONST(0x9E3779B97F4A7C15)) >> 32))
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

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
	uint64		load;			/* highest number of the loads this rests on */
	spaces_hash *spaces;
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
	side->spaces = spaces_create(context, 64, NULL);
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

/* Makes the side of "now" true at one instant, and returns who it is of. */
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
	} while (good_for.generation != kroles_inval_generation() || good_for.epoch != kroles_gate_epoch() ||
			 good_for.count != kroles_gate_count());
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
	if (good_for.statement != kroles_question_statement() || then->who.type != who.type ||
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
	good_for.valid = true;
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

/* More spaces than the setting allows begin anew. */
static void
keep_bounded(Side *side)
{
	Size		limit = (Size) kroles_cache_size * 1024 / 4 / sizeof(SpaceSight) / 2;

	if (side->spaces->members >= limit)
		spaces_reset(side->spaces);
}

/* Works out the rights on a space that was not met yet.  May leave the sides behind the present. */
static SpaceSight
meet_space(KrolesWorld world, int64 id)
{
	AboutSpace	about = {sides[world].who, id};
	SpaceSight	sight = {.id = id};
	SpaceSight *kept;
	KrolesAnswer answer;
	bool		found;

	sight.load = kroles_ask_in(world, judge_space, &about, &answer);
	sight.rights = answer.rights;
	keep_bounded(&sides[world]);
	kept = spaces_insert(sides[world].spaces, id, &found);
	kept->rights = sight.rights;
	kept->load = sight.load;
	return sight;
}

static inline SpaceSight
look_at_space(KrolesWorld world, int64 id)
{
	SpaceSight *sight = spaces_lookup(sides[world].spaces, id);

	return likely(sight != NULL) ? *sight : meet_space(world, id);
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

/* The rights on media for which that is the audience; *load grows to the loads they rest on. */
static KrolesRights
rights_of_audience(KrolesWorld world, const KrolesAudience *audience, uint64 *load)
{
	const Side *side = &sides[world];
	KrolesMediaStanding standing = {0};

	if (side->same_everywhere)
		return side->rights_everywhere;
	for (int i = 0; i < audience->n; i++)
	{
		KrolesToken token = kroles_token(audience, i);
		SpaceSight	sight;

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
		sight = look_at_space(world, token.id);
		*load = Max(*load, sight.load);
		if (token.class == KROLES_TOKEN_APPROVED)
			standing.approved |= sight.rights;
		else if (token.class == KROLES_TOKEN_PENDING)
			standing.pending |= sight.rights;
	}
	return kroles_media_rights(&side->matrices, &side->subject, &standing);
}

/* The rights as the row's audience says, judged in the side of "now" at one instant. */
static KrolesRights
rights_now(const KrolesAudience *audience, uint64 *load)
{
	KrolesRights rights;

	do
	{
		ensure();
		*load = sides[KROLES_NOW].load;
		rights = rights_of_audience(KROLES_NOW, audience, load);
	} while (unlikely(!stands()));
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
	uint64		load;

	if (unlikely(before != NULL))
		audience = kroles_open_audience(before);
	rights = rights_now(&audience, &load);
	if (unlikely(!good_for.media_quiet) && kroles_question_outdated(audience.media_id) &&
		!(kroles_decide(sides[KROLES_NOW].who, KROLES_MEDIA, audience.media_id).rights & wanted))
		return false;
	if (likely(kroles_question_covers(load)))
		return (rights & wanted) != 0;
	/* the subject or a space was read later than the statement's snapshot was taken */
	if (!kroles_question_outdated(audience.media_id) && !(rights & wanted))
		return false;
	ensure_then();
	return (rights_of_audience(KROLES_THEN, &audience, &load) & wanted) != 0;
}

/* Whether a media with that audience would probably be seen: for estimates. */
bool
kroles_would_see(struct varlena *value)
{
	KrolesAudience audience = kroles_open_audience(value);
	uint64		ignored;

	return (rights_now(&audience, &ignored) & KROLES_RIGHT(KROLES_VIEW)) != 0;
}

/* ---- One space ---- */

/*
 * The rights of the current subject on a space of whichever kind, at the
 * statement's snapshot and now; none where there is no such space.
 */
KrolesRights
kroles_sight_of_space(int64 id)
{
	SpaceSight	sight;

	do
	{
		ensure();
		sight = look_at_space(KROLES_NOW, id);
	} while (unlikely(!stands()));
	if (sight.rights == 0 || likely(kroles_question_covers(Max(sight.load, sides[KROLES_NOW].load))))
		return sight.rights;
	ensure_then();
	return sight.rights & look_at_space(KROLES_THEN, id).rights;
}

/* ---- What to look for in an index ---- */

/*
 * The audience that holds a token of every media that the current subject may
 * see now, and perhaps of others.  Kept with the side of "now"; valid until
 * messages are accepted.
 */
struct varlena *
kroles_sought(void)
{
	struct varlena *found;

	do
	{
		ensure();
		if (sides[KROLES_NOW].sought != NULL)
			return sides[KROLES_NOW].sought;
		found = kroles_seek(sides[KROLES_NOW].who);
	} while (!stands());
	sides[KROLES_NOW].sought = MemoryContextAlloc(sides[KROLES_NOW].context, VARSIZE(found));
	return memcpy(sides[KROLES_NOW].sought, found, VARSIZE(found));
}
