/*
 * held_media.h
 *		The media on which the current subject has a right by a role of its own.
 */
#ifndef KROLES_HELD_MEDIA_H
#define KROLES_HELD_MEDIA_H

#include "rls/keys.h"

struct KrolesSubjectView;

extern void kroles_collect_held_media(const struct KrolesSubjectView *view, KrolesRights rights, KrolesKeySearch *found);
extern bool kroles_may_hold(KrolesRights rights, int64 media_id);

#endif
