/*
 * keyed_scan.h
 *		The keyed scan: from planner/keyed_scan.c for planner/keyed_paths.c.
 */
#ifndef KROLES_KEYED_SCAN_H
#define KROLES_KEYED_SCAN_H

#include "planner/keyed_choice.h"

extern void kroles_keyed_init(void);
extern Path *kroles_keyed_path(RelOptInfo *rel, Path *ordinary, Path *keyed, const KrolesKeyedChoice *choice);

#endif
