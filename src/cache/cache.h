/*
 * cache.h
 *		Entries in memory: what they hold, and their look-up.
 */
#ifndef KROLES_CACHE_H
#define KROLES_CACHE_H

#include "lib/ilist.h"

#include "cache/stamp.h"
#include "rules/rules.h"

/*
 * The two bases of a decision: what is committed now, and what the statement's
 * snapshot sees.  Entries of the current basis outlive the statement.
 */
typedef enum KrolesBasis
{
	KROLES_CURRENT,
	KROLES_SNAPSHOT
} KrolesBasis;

/* The head of every entry.  Filled by cache/cache.c; a loader sets "exists" and what follows. */
typedef struct KrolesCacheEntry
{
	int64		id;				/* hash key, must be first */
	KrolesClass class;
	bool		complete;		/* the load went through */
	bool		exists;			/* the row is there */
	KrolesStamp stamp;			/* of the load */
	uint64		load;			/* number of the load */
	uint64		question;		/* last question that read or used it */
	Size		bytes;			/* what it takes, arrays included */
	dlist_node	lru;
} KrolesCacheEntry;

typedef struct KrolesSite
{
	KrolesCacheEntry head;
	KrolesMatrices matrices;
	int64		room_session_limit; /* microseconds */
	int32		rooms_switched;	/* how often */
	int			ntools;
	Oid		   *tools;			/* values of kroles.media_type that may be made */
} KrolesSite;

/* What a user or group is in one event. */
typedef struct KrolesEventGrant
{
	int64		event_id;
	unsigned	roles;			/* KROLES_EVENT_ROLE bits */
} KrolesEventGrant;

typedef struct KrolesUser
{
	KrolesCacheEntry head;
	KrolesSubject subject;
	int			ngroups;
	int64	   *groups;			/* ascending */
	int			ngrants;
	KrolesGrant *grants;		/* by space, ascending */
	int			nevents;
	KrolesEventGrant *events;	/* ascending, each once */
} KrolesUser;

typedef struct KrolesGroup
{
	KrolesCacheEntry head;
	int			ngrants;
	KrolesGrant *grants;		/* by space, ascending */
	int			nevents;
	KrolesEventGrant *events;	/* ascending, each once */
} KrolesGroup;

typedef struct KrolesSpace
{
	KrolesCacheEntry head;
	KrolesKind	kind;
	KrolesSpaceType type;
	bool		moderated;
	bool		inherits;
	bool		is_root;		/* has no parent */
	int64		owner_id;
	int64		parent_id;
} KrolesSpace;

typedef struct KrolesMedia
{
	KrolesCacheEntry head;
	bool		is_room;		/* of a type that has one */
	struct varlena *audience;
} KrolesMedia;

typedef struct KrolesEvent
{
	KrolesCacheEntry head;
} KrolesEvent;

/* A room that a user has joined and not left, and what was read then. */
typedef struct KrolesStay
{
	int64		media_id;
	int64		joined_at;		/* a TimestampTz */
	int32		rooms_switched; /* how often they had been, then */
	KrolesRights rights;
	KrolesProductRole role;
} KrolesStay;

typedef struct KrolesStays
{
	KrolesCacheEntry head;			/* its id is the user's */
	int			n;
	KrolesStay *stays;			/* by media, ascending */
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

extern int	kroles_cache_size;	/* the setting, in kilobytes */

#endif
