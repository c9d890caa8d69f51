/*
 * verify.h
 *		Computing audiences from the tables that they are derived from.
 */
#ifndef KROLES_VERIFY_H
#define KROLES_VERIFY_H

#include "utils/snapshot.h"

extern struct varlena *kroles_compute_audience(int64 media_id, int64 owner_id, KrolesWindow available, Snapshot snapshot);

#endif
