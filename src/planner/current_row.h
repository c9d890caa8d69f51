/*
 * current_row.h
 *		Shows WHERE CURRENT OF the row that a custom scan has returned last.
 */
#ifndef KROLES_CURRENT_ROW_H
#define KROLES_CURRENT_ROW_H

#include "nodes/execnodes.h"

extern bool kroles_show_current_row(CustomScanState *node, PlanState *plan);

#endif
