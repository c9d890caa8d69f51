/*
 * verify.h
 *		Computing audiences from the tables that they are derived from.
 */
#ifndef KROLES_VERIFY_H
#define KROLES_VERIFY_H

#include "utils/snapshot.h"

extern struct varlena *kroles_compute_audience(const KrolesMediaRow *row, Snapshot snapshot);

#endif
