/*
 * held_media.h
 *		The media on which the current subject has a right by a role of its own.
 */
#ifndef KROLES_HELD_MEDIA_H
#define KROLES_HELD_MEDIA_H

#include "rules/rules.h"

/* Ids of media in ascending order, in the memory of held_media.c. */
typedef struct KrolesHeldMedia
{
	bool		complete;		/* false: there may be others */
	int			n;
	const int64 *ids;
} KrolesHeldMedia;

extern void kroles_held_media_init(void);
extern KrolesHeldMedia kroles_held_media(KrolesRights right);
extern bool kroles_may_hold(KrolesRights right, int64 media_id);

#endif
