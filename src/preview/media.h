/*
 * media.h
 *		The media that the changes of a transaction could concern, as both sides see
 *		them.
 */
#ifndef KROLES_PREVIEW_MEDIA_H
#define KROLES_PREVIEW_MEDIA_H

#include "cache/cache.h"
#include "preview/concern.h"

/*
 * Media whose audiences differ in nothing but the people who are named there give all
 * other users the same rights.  Each such audience is judged once for a user.
 */
typedef struct KrolesSignature
{
	KrolesMedia media;			/* one of them, with an id that no stay has */
	char	   *bytes;			/* what they have in common */
	int			length;
	int			next;			/* another with the same hash; -1: none */
} KrolesSignature;

/* A media on one side. */
typedef struct KrolesMediaState
{
	bool		exists;
	bool		is_room;
	struct varlena *audience;
	int			signature;		/* -1: it does not exist */
} KrolesMediaState;

typedef struct KrolesMediaItem
{
	int64		id;				/* must be first */
	bool		changed;		/* it is not the same on both sides */
	bool		everyone;		/* the change may concern all users */
	KrolesMediaState states[KROLES_NSIDES];
} KrolesMediaItem;

/* A user and a media that have to be judged by themselves: see kroles_add_named(). */
typedef struct KrolesNamed
{
	int64		user_id;		/* must be first */
	int			item;
	KrolesRights rights[KROLES_NSIDES];
	KrolesRights room_rights[KROLES_NSIDES];
} KrolesNamed;

typedef struct KrolesConcernedMedia
{
	KrolesArray items;			/* KrolesMediaItem, by id */
	KrolesArray signatures;		/* KrolesSignature, of both sides */
	KrolesArray named;			/* KrolesNamed, by user and item */
} KrolesConcernedMedia;

extern KrolesConcernedMedia *kroles_load_media_of(KrolesConcern *concern);
extern void kroles_spread_from_media(KrolesConcern *concern, KrolesConcernedMedia *media);
extern void kroles_add_signatures(KrolesConcernedMedia *media);
extern void kroles_add_named(const KrolesConcern *concern, KrolesConcernedMedia *media, const int64 *asker);

#endif
