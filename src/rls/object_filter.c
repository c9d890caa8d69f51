/*
 * object_filter.c
 *		The current subject's rights on objects that policies name by id: those of
 *		protected tables, and those of our own tables beside media and spaces.
 *
 * A statement asks about the same objects again and again (the captions of a media,
 * the same event in each session) or about very many.  So within a statement
 *
 *		answers are kept in a table of fixed size, one place for each hash value;
 *		media are judged by their audience, read from the row, as the policy on
 *		kroles.media does, without an entry in the cache; if their ids ascend, the
 *		next ones are read and judged with them;
 *		once a statement has asked about a large part of all media, all of them are
 *		judged in one scan of the table, a bit for each.
 *
 * The first media of a statement are decided by kroles_decide(), from the cache,
 * which is faster for statements that ask about few.
 *
 * Answers hold for one subject view and one snapshot.  Those about media hold until a
 * message about the media arrives; others until anything completes, or the next
 * statement of the client begins.
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "cache/question.h"
#include "core/clock.h"
#include "decide/decide.h"
#include "identity/identity.h"
#include "rls/filter.h"
#include "rls/object_filter.h"
#include "rls/read_only.h"
#include "rls/subject_view.h"
#include "store/scan.h"

/* ---- Answers of the running statement ---- */

/* An answer: whether the subject has one of the wanted rights on an object. */
typedef struct Answer
{
	int64		id;
	KrolesRights wanted;
	uint32		era;			/* in which it holds */
	uint8		kind;
	bool		allowed;
} Answer;

#define NANSWERS 8192			/* a power of two; unused ones cost address space only */
static Answer answers[NANSWERS];

/* All media at once: a bit for each id, set if the subject has one of the wanted rights. */
typedef struct MediaBits
{
	KrolesRights wanted;
	uint32		era;			/* in which they hold; 0: none */
	int64		size;			/* ids are less than this */
	uint64	   *bits;
} MediaBits;

static MediaBits media_bits;

static struct
{
	uint64		statement;
	uint64		view;			/* number of the subject view */
	KrolesStamp stamp;			/* of the time when the statement's answers about media began */
	uint32		media_era;		/* of answers about media */
	uint32		others_era;		/* of all other answers */
	KrolesStamp others;			/* of the time when that era began */
	TimestampTz at;				/* the time that all answers are for: windows open and close, stays in rooms end */
	uint32		eras;			/* the latest of all */
	int			asked;			/* media that were decided or read, one by one */
	double		all_media;		/* how many there are, about; 0: not known yet */
	int64		max_bit;		/* media with this id and above have no bit */
	int64		last_id;		/* of the media that was read last */
	int			ahead;			/* how many are read with the next one */
}			now;

static MemoryContext filter_context;

/* Makes the context of the answers; once a backend. */
void
kroles_object_filter_init(void)
{
	filter_context = AllocSetContextCreate(CacheMemoryContext, "kroles object filter", ALLOCSET_SMALL_SIZES);
}

static void
forget_bits(void)
{
	if (media_bits.bits != NULL)
		pfree(media_bits.bits);
	memset(&media_bits, 0, sizeof(media_bits));
}

static uint32
new_era(void)
{
	if (++now.eras == 0)
	{
		memset(answers, 0, sizeof(answers));	/* numbers begin anew */
		now.eras = 1;
	}
	return now.eras;
}

/* Begins new eras where the statement, the subject or the data are others than before. */
static void
enter(void)
{
	(void) kroles_filter_view();
	if (now.statement != kroles_now.statement || now.view != kroles_view_number() || now.at != kroles_time() || now.media_era == 0)
	{
		now.statement = kroles_now.statement;
		now.view = kroles_view_number();
		now.at = kroles_time();
		now.stamp = kroles_now;
		now.media_era = new_era();
		now.asked = now.ahead = 0;
		now.all_media = 0;
		forget_bits();
	}
	if (now.others_era == 0 || now.others_era < now.media_era || !kroles_nothing_happened(&now.others))
	{
		now.others = kroles_now;
		now.others_era = new_era();
	}
}

static inline Answer *
place_of(KrolesKind kind, int64 id)
{
	uint64		hash = ((uint64) id * 8 + kind) * UINT64CONST(0x9E3779B97F4A7C15);

	return &answers[hash >> (64 - 13)];
}

StaticAssertDecl(NANSWERS == 1 << 13, "place_of() takes as many bits as there are places");

/* Whether the answers about media that were given before still hold for this one. */
static inline bool
media_stands(int64 id)
{
	return kroles_class_still_true(&now.stamp, KROLES_C_MEDIA) || kroles_still_true(&now.stamp, KROLES_C_MEDIA, id);
}

static bool
keep(KrolesKind kind, int64 id, KrolesRights wanted, uint32 era, bool allowed)
{
	*place_of(kind, id) = (Answer) {id, wanted, era, kind, allowed};
	return allowed;
}

/* ---- Media ---- */

/* How many media of a statement are decided from the cache. */
#define DECIDED_FIRST 8

/* At most so many media are read together. */
#define MOST_AHEAD 256

/* All media are judged at once if the statement has asked about one in so many of them, and about so many at least. */
#define PART_OF_ALL 16
#define LEAST_FOR_ALL 5000

/* Media get bits whose ids are less than this, by the number of media: ids may have gaps. */
#define BITS_PER_MEDIA 64
#define LEAST_BITS (INT64CONST(1) << 20)
#define MOST_BITS (INT64CONST(1) << 31)

static bool
decide(KrolesRights wanted, KrolesKind kind, int64 id)
{
	return (kroles_decide(kroles_asker(), kind, id).rights & wanted) != 0;
}

/* Judges the current row of a scan of media by its audience. */
static bool
judge_row(KrolesRights wanted, KrolesScan *scan)
{
	Datum		value = kroles_scan_value(scan, MEDIA_AUDIENCE);
	struct varlena *audience = PG_DETOAST_DATUM_PACKED(value);
	bool		allowed = kroles_filter_audience(wanted, audience);

	if (PointerGetDatum(audience) != value)
		pfree(audience);
	return allowed;
}

/* Judges a media, and the next ones that exist if "ahead" is more than 0; keeps the answers. */
static bool
read_media(KrolesRights wanted, int64 id, int ahead)
{
	uint32		era = now.media_era;
	bool		allowed = false;
	KrolesScan	scan;

	if (ahead > 0)
		kroles_scan_from(&scan, KROLES_T_MEDIA, KROLES_I_MEDIA_ID, MEDIA_ID, id, GetActiveSnapshot());
	else
		kroles_scan_by_id(&scan, KROLES_T_MEDIA, KROLES_I_MEDIA_ID, MEDIA_ID, id, GetActiveSnapshot());
	for (int i = 0; i <= ahead && kroles_scan_next(&scan); i++)
	{
		int64		found = kroles_scan_id(&scan, MEDIA_ID);
		bool		answer = judge_row(wanted, &scan);

		if (found == id)
			allowed = answer;
		keep(KROLES_MEDIA, found, wanted, era, answer);
		now.last_id = found;
	}
	kroles_scan_end(&scan);
	return keep(KROLES_MEDIA, id, wanted, era, allowed);
}

/* Makes the bits large enough for that id. */
static void
grow_bits(int64 id)
{
	int64		size = Max(INT64CONST(65536), media_bits.size);

	while (size <= id)
		size *= 2;
	if (media_bits.bits == NULL)
		media_bits.bits = MemoryContextAllocExtended(filter_context, size / 8, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	else
	{
		media_bits.bits = repalloc_huge(media_bits.bits, size / 8);
		memset((char *) media_bits.bits + media_bits.size / 8, 0, (size - media_bits.size) / 8);
	}
	media_bits.size = size;
}

/* Judges all media.  Where ids are too large for bits, these are left out, and asked about one by one. */
static void
judge_all(KrolesRights wanted)
{
	KrolesScan	scan;

	forget_bits();
	kroles_scan_all(&scan, KROLES_T_MEDIA, GetActiveSnapshot());
	while (kroles_scan_next(&scan))
	{
		int64		id = kroles_scan_id(&scan, MEDIA_ID);

		CHECK_FOR_INTERRUPTS();
		if (id < 0 || id >= now.max_bit || !judge_row(wanted, &scan))
			continue;
		if (id >= media_bits.size)
			grow_bits(id);
		media_bits.bits[id / 64] |= UINT64CONST(1) << (id % 64);
	}
	kroles_scan_end(&scan);
	media_bits.wanted = wanted;
	media_bits.era = now.media_era;
}

/* Whether there are bits for these rights and this era. */
static inline bool
has_bits(KrolesRights wanted)
{
	return media_bits.era == now.media_era && media_bits.wanted == wanted;
}

static inline bool
get_bit(int64 id)
{
	return id < media_bits.size && (media_bits.bits[id / 64] >> (id % 64) & 1) != 0;
}

/* Whether to judge all media now.  A serializable transaction does not, as it would then conflict with all changes of media. */
static bool
asks_about_most(void)
{
	if (now.asked < LEAST_FOR_ALL || IsolationIsSerializable())
		return false;
	if (now.all_media == 0)
	{
		now.all_media = Max(1.0, kroles_table_rows(kroles_table(KROLES_T_MEDIA)->oid));
		now.max_bit = Min(MOST_BITS, Max(LEAST_BITS, (int64) (now.all_media * BITS_PER_MEDIA)));
	}
	return now.asked >= now.all_media / PART_OF_ALL;
}

/*
 * How many media to read together with this one: twice as many each time that the ids
 * ascend without large gaps.  None in a serializable transaction, which would conflict
 * with changes of media that it did not ask about.
 */
static int
read_ahead(int64 id)
{
	bool		ascends = id > now.last_id && id - now.last_id <= 16 + 2 * now.ahead && !IsolationIsSerializable();

	now.ahead = !ascends ? now.ahead / 2 : Min(MOST_AHEAD, now.ahead * 2 + 1);
	return now.ahead < 8 ? 0 : now.ahead;
}

/* Decides about a media that there is no answer for yet. */
static bool
find_media(KrolesRights wanted, int64 id)
{
	if (++now.asked <= DECIDED_FIRST || kroles_filter_outdated(id) || !media_stands(id))
		return keep(KROLES_MEDIA, id, wanted, now.media_era, decide(wanted, KROLES_MEDIA, id));
	if (!asks_about_most())
		return read_media(wanted, id, read_ahead(id));
	judge_all(wanted);
	enter();
	return decide(wanted, KROLES_MEDIA, id);
}

static bool
filter_media(KrolesRights wanted, int64 id)
{
	Answer	   *answer;

	if (has_bits(wanted) && (uint64) id < (uint64) now.max_bit && likely(media_stands(id)))
		return get_bit(id);
	answer = place_of(KROLES_MEDIA, id);
	if (answer->id == id && answer->kind == KROLES_MEDIA && answer->wanted == wanted && answer->era == now.media_era &&
		likely(media_stands(id)))
		return answer->allowed;
	return find_media(wanted, id);
}

/* ---- All kinds ---- */

/*
 * Whether the current subject has one of the wanted rights on an object, at the
 * statement's snapshot and now.
 */
bool
kroles_filter_object(KrolesRights wanted, KrolesKind kind, int64 id)
{
	Answer	   *answer;

	if (!kroles_query_reads_only())
		return decide(wanted, kind, id);
	enter();
	if (kind == KROLES_MEDIA)
		return filter_media(wanted, id);
	answer = place_of(kind, id);
	if (answer->id == id && answer->kind == kind && answer->wanted == wanted && answer->era == now.others_era)
		return answer->allowed;
	return keep(kind, id, wanted, now.others_era, decide(wanted, kind, id));
}
