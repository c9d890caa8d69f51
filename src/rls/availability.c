/*
 * availability.c
 *		Whether media are available now, for policies that do not read the media.
 *
 * Most media are, for good.  So it is noted which ranges of ids have only such media:
 * for a media of such a range the answer is one comparison.  For others the range's
 * entry in the cache is asked.
 *
 * The answer is that of the current state, not of the statement's snapshot: callers
 * see to it that the media has not changed since (kroles_filter_outdated()).
 */
#include "postgres.h"

#include "cache/cache.h"
#include "cache/question.h"
#include "core/array.h"
#include "core/clock.h"
#include "rls/availability.h"
#include "rls/filter.h"

/* How many ranges are noted: those of ids that are next to one another have places of their own. */
#define NPLACES 16384

static struct
{
	KrolesStamp stamp;			/* of the time when the notes began */
	uint64		none[NPLACES];	/* mark_of() a range of which all media are available for good, or 0 */
}			ranges;

static inline uint64 *
place_of(int64 range)
{
	return &ranges.none[(uint64) range % NPLACES];
}

/* Different for all ranges, and never 0. */
static inline uint64
mark_of(int64 range)
{
	return (uint64) range << 1 | 1;
}

/* Forgets the notes if media with windows may have changed since. */
static inline void
forget_if_changed(void)
{
	if (likely(ranges.stamp.generation == kroles_now.generation && ranges.stamp.epoch == kroles_now.epoch))
		return;
	if (!kroles_class_still_true(&ranges.stamp, KROLES_C_WINDOWS))
		memset(ranges.none, 0, sizeof(ranges.none));
	ranges.stamp = kroles_now;
}

typedef struct Answer
{
	bool		none;			/* in the whole range */
	bool		available;
} Answer;

static void
judge_window(KrolesBasis basis, const void *about, void *result)
{
	int64		media_id = *(const int64 *) about;
	const KrolesWindows *range = kroles_windows(basis, kroles_window_range(media_id));
	int			at = kroles_lower_bound(range->windows, range->n, sizeof(KrolesMediaWindow), media_id);

	*(Answer *) result = (Answer) {
		.none = range->n == 0,
		.available = at == range->n || range->windows[at].media_id != media_id ||
		kroles_in_window(range->windows[at].window, kroles_time())
	};
}

static const KrolesQuestion about_window = {sizeof(Answer), judge_window};

/*
 * Whether a media is available now; true for one that does not exist.  Only after a
 * call of another filter for the same row, which has accepted the messages that the
 * notes depend on.  May accept more; then the view is made current again, so that
 * kroles_filter_outdated() knows of them.
 */
bool
kroles_is_available(int64 media_id)
{
	int64		range = kroles_window_range(media_id);
	Answer		answer;

	forget_if_changed();
	if (likely(*place_of(range) == mark_of(range)))
		return true;
	(void) kroles_ask_on(KROLES_CURRENT, &about_window, &media_id, &answer);
	(void) kroles_filter_view();
	if (answer.none && kroles_class_still_true(&ranges.stamp, KROLES_C_WINDOWS))
		*place_of(range) = mark_of(range);
	return answer.available;
}
