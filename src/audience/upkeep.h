/*
 * upkeep.h
 *		What the keeper of audiences and the policies tell each other.
 */
#ifndef KROLES_KEEP_H
#define KROLES_KEEP_H

#include "utils/snapshot.h"

extern bool kroles_audience_upkeep_runs(void);
extern struct varlena *kroles_compute_audience(int64 media_id, int64 owner_id, Snapshot snapshot);

#endif
