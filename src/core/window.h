/*
 * window.h
 *		The time during which a grant counts, or a media is available.
 */
#ifndef KROLES_WINDOW_H
#define KROLES_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

/* From starts_at on, and until just before expires_at; both are a TimestampTz. */
typedef struct KrolesWindow
{
	int64_t		starts_at;		/* INT64_MIN: it has begun */
	int64_t		expires_at;		/* INT64_MAX: it does not end */
} KrolesWindow;

#define KROLES_ALWAYS ((KrolesWindow) {INT64_MIN, INT64_MAX})

/* The window of two instants of which each may be missing. */
static inline KrolesWindow
kroles_make_window(bool no_start, int64_t starts_at, bool no_end, int64_t expires_at)
{
	return (KrolesWindow) {no_start ? INT64_MIN : starts_at, no_end ? INT64_MAX : expires_at};
}

static inline bool
kroles_is_always(KrolesWindow window)
{
	return window.starts_at == INT64_MIN && window.expires_at == INT64_MAX;
}

static inline bool
kroles_same_window(KrolesWindow a, KrolesWindow b)
{
	return a.starts_at == b.starts_at && a.expires_at == b.expires_at;
}

static inline bool
kroles_in_window(KrolesWindow window, int64_t now)
{
	return window.starts_at <= now && (now < window.expires_at || window.expires_at == INT64_MAX);
}

/* The time that two windows have in common; outside of any time if they have none. */
static inline KrolesWindow
kroles_common_window(KrolesWindow a, KrolesWindow b)
{
	return (KrolesWindow) {
		a.starts_at > b.starts_at ? a.starts_at : b.starts_at, a.expires_at < b.expires_at ? a.expires_at : b.expires_at
	};
}

/* The first instant after now at which kroles_in_window() may answer otherwise; INT64_MAX if there is none. */
static inline int64_t
kroles_window_changes(KrolesWindow window, int64_t now)
{
	return now < window.starts_at ? window.starts_at : now < window.expires_at ? window.expires_at : INT64_MAX;
}

#endif
