/*
 * verify.h
 *		Computing audiences from the tables that they are derived from.
 */
#ifndef KROLES_VERIFY_H
#define KROLES_VERIFY_H

#include "utils/snapshot.h"

#include "audience/audience.h"
#include "cache/cache.h"

extern struct varlena *kroles_compute_audience(const KrolesMediaRow *row, Snapshot snapshot);
extern void kroles_load_past_media(KrolesCacheEntry *entry, Snapshot snapshot);

#endif
