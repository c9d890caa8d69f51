/*
 * cache.h
 *		Entries in memory: what they hold, and their lookup.
 */
#ifndef KROLES_CACHE_H
#define KROLES_CACHE_H

#include "lib/ilist.h"

#include "cache/stamp.h"
#include "rules/rules.h"

/*
 * The two bases of a decision: what is committed at this instant, and what the
 * statement's snapshot sees.  Entries of KROLES_CURRENT outlive the statement.
 */
typedef enum KrolesBasis
{
	KROLES_CURRENT,
	KROLES_SNAPSHOT
} KrolesBasis;

/* The head of every entry.  cache/cache.c fills it in; a loader sets "exists" and the fields after the head. */
typedef struct KrolesCacheEntry
{
	int64		id;				/* hash key, must be first */
	KrolesClass class;
	bool		complete;		/* the load did not fail */
	bool		exists;			/* the object has a row */
	KrolesStamp stamp;			/* of the load */
	uint64		load;			/* number of the load */
	uint64		question;		/* the last question that used it */
	uint64		spared;			/* the last use for which it was not evicted */
	Size		bytes;			/* its size, with its arrays */
	dlist_node	lru;
} KrolesCacheEntry;

typedef struct KrolesSite
{
	KrolesCacheEntry head;
	KrolesMatrices matrices;
	int64		room_session_limit; /* microseconds */
	int32		rooms_switched;	/* how often the setting was switched */
	KrolesRights recorded;		/* rights of which changes are recorded: see preview/record.c */
	int			ntools;
	Oid		   *tools;			/* values of kroles.media_type that may be created */
} KrolesSite;

/* Roles of a user or group in one event, for the same time. */
typedef struct KrolesEventGrant
{
	int64		event_id;
	KrolesWindow window;
	unsigned	roles;			/* KROLES_EVENT_ROLE bits */
} KrolesEventGrant;

/* A user's membership in a group. */
typedef struct KrolesMembership
{
	int64		group_id;
	KrolesWindow window;
} KrolesMembership;

typedef struct KrolesUser
{
	KrolesCacheEntry head;
	KrolesSubject subject;
	int			ngroups;
	int64	   *groups;			/* those that count, ascending: see kroles_gather_subject() */
	KrolesWindow groups_window; /* the time for which they are those */
	int			nmemberships;	/* 0 if none has a window */
	KrolesMembership *memberships;	/* by group, ascending */
	int			ngrants;
	KrolesGrant *grants;		/* by space, ascending */
	int			nevents;
	KrolesEventGrant *events;	/* by event, ascending */
} KrolesUser;

typedef struct KrolesGroup
{
	KrolesCacheEntry head;
	int			ngrants;
	KrolesGrant *grants;		/* by space, ascending */
	int			nevents;
	KrolesEventGrant *events;	/* by event, ascending */
} KrolesGroup;

typedef struct KrolesSpace
{
	KrolesCacheEntry head;
	KrolesKind	kind;
	KrolesSpaceType type;
	bool		moderated;
	bool		inherits;
	bool		is_root;		/* has no parent */
	KrolesJoiningPolicy joining;
	int64		owner_id;
	int64		parent_id;
} KrolesSpace;

typedef struct KrolesMedia
{
	KrolesCacheEntry head;
	bool		is_room;		/* its type has a room */
	struct varlena *audience;
} KrolesMedia;

/* The media of a range of ids that are not available for good. */
typedef struct KrolesMediaWindow
{
	int64		media_id;
	KrolesWindow window;
} KrolesMediaWindow;

typedef struct KrolesWindows
{
	KrolesCacheEntry head;		/* keyed by the number of the range: kroles_window_range() */
	int			n;
	KrolesMediaWindow *windows; /* by media, ascending */
} KrolesWindows;

#define KROLES_WINDOW_RANGE_BITS 10

static inline int64
kroles_window_range(int64 media_id)
{
	return media_id >> KROLES_WINDOW_RANGE_BITS;
}

typedef struct KrolesEvent
{
	KrolesCacheEntry head;
} KrolesEvent;

/* A room that a user has joined and not left, with the state at joining. */
typedef struct KrolesStay
{
	int64		media_id;
	int64		joined_at;		/* a TimestampTz */
	int32		rooms_switched; /* KrolesSite.rooms_switched at joining */
	bool		began_available;	/* the media was available then */
	KrolesRights rights;
	KrolesProductRole role;
} KrolesStay;

typedef struct KrolesStays
{
	KrolesCacheEntry head;			/* keyed by the user's id */
	int			n;
	KrolesStay *stays;			/* by media, ascending; one in each */
} KrolesStays;

extern void kroles_cache_init(void);
extern void kroles_cache_trim(void);
extern void kroles_cache_forget_snapshot(void);
extern KrolesCacheEntry *kroles_lookup(KrolesBasis basis, KrolesClass class, int64 id);
extern void *kroles_cache_copy(KrolesCacheEntry *entry, const void *array, Size size);

#define kroles_site(basis) ((KrolesSite *) kroles_lookup(basis, KROLES_C_SITE, 0))
#define kroles_user(basis, id) ((KrolesUser *) kroles_lookup(basis, KROLES_C_USER, id))
#define kroles_group(basis, id) ((KrolesGroup *) kroles_lookup(basis, KROLES_C_GROUP, id))
#define kroles_space(basis, id) ((KrolesSpace *) kroles_lookup(basis, KROLES_C_SPACE, id))
#define kroles_media(basis, id) ((KrolesMedia *) kroles_lookup(basis, KROLES_C_MEDIA, id))
#define kroles_event(basis, id) ((KrolesEvent *) kroles_lookup(basis, KROLES_C_EVENT, id))
#define kroles_stays(basis, user_id) ((KrolesStays *) kroles_lookup(basis, KROLES_C_STAYS, user_id))
#define kroles_windows(basis, range) ((KrolesWindows *) kroles_lookup(basis, KROLES_C_WINDOWS, range))

extern int	kroles_cache_size;	/* kroles.cache_size, in kilobytes */

#endif
