/*
 * conflict.h
 *		INSERT ... ON CONFLICT DO SELECT.
 */
#ifndef KROLES_CONFLICT_H
#define KROLES_CONFLICT_H

#include "nodes/plannodes.h"

extern void kroles_check_conflict_conditions(PlannedStmt *plan);

#endif
