/*
 * load_windows.c
 *		How the windows of media are read into entries, by ranges of ids.
 *
 * The policy on publications asks of each row whether its media is available, and
 * must not read the media for that.  Media with a window have an index of their own.
 * Most have begun and do not end: they are left out, like those without a window.
 */
#include "postgres.h"

#include "cache/load.h"
#include "core/array.h"
#include "core/clock.h"
#include "store/scan.h"

/*
 * Whether a window has begun and does not end.  It must have begun an hour ago, so
 * that it has still begun if the clock is set back a little while the entry is kept.
 */
static bool
is_open_for_good(KrolesWindow window)
{
	return window.starts_at <= kroles_time() - USECS_PER_HOUR && window.expires_at == INT64_MAX;
}

/* Reads the windows of the media whose ids are in a range.  (Tables of an earlier version have none.) */
void
kroles_load_windows(KrolesCacheEntry *entry, Snapshot snapshot)
{
	KrolesWindows *windows = (KrolesWindows *) entry;
	KrolesArray found = {.size = sizeof(KrolesMediaWindow)};
	KrolesScan	scan;

	windows->head.exists = true;
	if (kroles_table(KROLES_T_MEDIA)->column[MEDIA_AVAILABLE_FROM] == InvalidAttrNumber)
		return;
	kroles_scan_from(&scan, KROLES_T_MEDIA, KROLES_I_MEDIA_WINDOWS, MEDIA_ID,
					 (int64) ((uint64) windows->head.id << KROLES_WINDOW_RANGE_BITS), snapshot);
	while (kroles_scan_next(&scan))
	{
		int64		media_id = kroles_scan_id(&scan, MEDIA_ID);
		KrolesWindow window;

		if (kroles_window_range(media_id) != windows->head.id)
			break;
		window = kroles_scan_window(&scan, MEDIA_AVAILABLE_FROM, MEDIA_AVAILABLE_UNTIL);
		if (!is_open_for_good(window))
			*(KrolesMediaWindow *) kroles_array_add(&found) = (KrolesMediaWindow) {media_id, window};
	}
	kroles_scan_end(&scan);
	if (found.items == NULL)
		return;
	windows->windows = kroles_cache_copy(&windows->head, found.items, found.size * found.n);
	windows->n = found.n;
	pfree(found.items);
}
