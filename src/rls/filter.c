/*
 * filter.c
 *		What the current subject sees, for policies that ask of every row.
 *
 * A scan of a million media asks a million times what one subject may do with
 * few spaces.  So the subject and its rights on each space met are kept side by
 * side here, and a row costs a few comparisons and look-ups in one small table.
 * They are the same rights that decide/subject.c gathers and the same formula that
 * rules/rules.c holds, in the same two worlds (see cache/question.c): what is true now, and
 * what the statement's snapshot says.
 *
 * The side of "now" outlives the statement, for as long as nothing changes that
 * it rests on: the asker, the site, the asker's user and groups, any space, and
 * until the next grant expires.  Which rows a media's own changes concern is
 * told by cache/question.c: for them, what is true now is read.
 *
 * One subject is kept at a time.  Everything lives in one memory context; what
 * is kept of spaces is bounded by kroles.cache_size.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "core/compat.h"
#include "audience/upkeep.h"
#include "rls/subject_view.h"
#include "statement/running.h"
#include "rls/filter.h"

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

/* ---- Whether the sides still stand ---- */

static bool
holds_for(KrolesClass class, int64 id)
{
	const KrolesSide *now = &kroles_sides[KROLES_NOW];

	return !kroles_inval_changed(class, id, now->generation) && !kroles_gate_distrusted(class, id, now->epoch);
}

/* Whether the side of "now" still says what is true. */
static bool
still_true(KrolesAsker who)
{
	const KrolesSide *now = &kroles_sides[KROLES_NOW];
	TimestampTz at = kroles_time();

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
			kroles_make_side(KROLES_NOW, who);
	} while (good_for.count != kroles_gate_count());
	return who;
}

/* Makes the sides good for the running statement and this instant.  Accepts messages. */
static void
make_good(void)
{
	KrolesSide *then = &kroles_sides[KROLES_THEN];
	KrolesAsker who;
	Snapshot	snapshot;

	good_for.valid = false;
	(void) kroles_read_keys();	/* reading them accepts messages: not while rows are judged */
	who = make_true();
	kroles_sides[KROLES_NOW].generation = good_for.generation;
	kroles_sides[KROLES_NOW].epoch = good_for.epoch;
	if (good_for.statement != kroles_question_statement() ||
		good_for.at != kroles_time() || then->who.type != who.type ||
		then->who.user_id != who.user_id)
		then->ready = false;
	snapshot = GetActiveSnapshot();
	good_for.snapshot = snapshot;
	good_for.xmax = snapshot->xmax;
	good_for.xcnt = snapshot->xcnt;
	good_for.subxcnt = snapshot->subxcnt;
	good_for.cid = snapshot->curcid;
	good_for.at = kroles_time();
	good_for.identity = kroles_identity_number();
	good_for.statement = kroles_question_statement();
	good_for.media_quiet = kroles_question_quiet(KROLES_C_MEDIA);
	/* where nobody asks, somebody else asks afterwards */
	good_for.valid = !kroles_nobody_asks();
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
		good_for.at == kroles_time() &&
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
	if (!kroles_sides[KROLES_THEN].ready)
		kroles_make_side(KROLES_THEN, kroles_sides[KROLES_NOW].who);
}

/* Whether everything that the side of "now" says was the same at the statement's snapshot. */
static inline bool
covers(void)
{
	return kroles_question_covers(Max(kroles_sides[KROLES_NOW].load, kroles_sides[KROLES_NOW].spaces.load));
}

/* ---- Media ---- */

static inline bool
has_group(const KrolesSide *side, int64 id)
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

/* The rights on media for which that is the audience. */
static KrolesRights
rights_of_audience(KrolesWorld world, struct varlena *value)
{
	const KrolesSide *side = &kroles_sides[world];
	KrolesMediaStanding standing = {0};
	KrolesAudience audience;
	KrolesToken token;

	/* a media has an owner: what names nobody is of none */
	if (kroles_is_hidden(value))
		return 0;
	if (side->same_everywhere)
		return side->rights_everywhere;
	audience = kroles_open_audience(value);
	while (kroles_next_token(&audience, &token))
	{
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
			standing.approved |= kroles_look_at_space(world, token.id);
		else if (token.class == KROLES_TOKEN_PENDING)
			standing.pending |= kroles_look_at_space(world, token.id);
		else if (token.class == KROLES_TOKEN_EVENT)
			standing.event_roles |= kroles_side_event_roles(side, token.id);
	}
	return kroles_media_rights(&side->matrices, &side->subject, &standing);
}

/* The rights as the row's audience says, judged in the side of "now" at one instant. */
static KrolesRights
rights_now(struct varlena *audience)
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
	int64		media_id = kroles_audience_media(value);
	struct varlena *before = kroles_old_audience(media_id);
	KrolesRights rights;

	if (unlikely(before != NULL))
		value = before;
	rights = rights_now(value);
	if (unlikely(!good_for.media_quiet) && kroles_question_outdated(media_id) &&
		!(kroles_decide(kroles_sides[KROLES_NOW].who, KROLES_MEDIA, media_id).rights & wanted))
		return false;
	if (likely(covers()))
		return (rights & wanted) != 0;
	/* the subject or a space was read later than the statement's snapshot was taken */
	if (!kroles_question_outdated(media_id) && !(rights & wanted))
		return false;
	ensure_then();
	return (rights_of_audience(KROLES_THEN, value) & wanted) != 0;
}

/* Whether a media with that audience would probably be seen: for estimates. */
bool
kroles_would_see(struct varlena *value)
{
	return (rights_now(value) & KROLES_RIGHT(KROLES_VIEW)) != 0;
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
		rights = kroles_look_at_space(KROLES_NOW, id);
	} while (unlikely(!same_instant()));
	if (rights == 0 || likely(covers()))
		return rights;
	ensure_then();
	return rights & kroles_look_at_space(KROLES_THEN, id);
}

/* ---- What to look for in an index ---- */

/* Keeps with a side what is sought in its world. */
static struct varlena *
keep_sought(KrolesSide *side, struct varlena *found)
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
	KrolesSide *side = &kroles_sides[KROLES_NOW];

	for (int tries = 0; tries < 3; tries++)
	{
		struct varlena *found;
		uint64		number;

		ensure();
		if (side->sought != NULL)
			return side->sought;
		number = kroles_sight_number();
		found = kroles_seek(KROLES_NOW, side->who);
		ensure();
		if (number == kroles_sight_number())
			return keep_sought(side, found);
	}
	return keep_sought(side, kroles_make_sought(true, NULL, 0));
}

/* What is sought in either world: in an old snapshot a row may be seen by what was then. */
static struct varlena *
sought_in_both(struct varlena *now)
{
	KrolesSide *side = &kroles_sides[KROLES_THEN];

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
