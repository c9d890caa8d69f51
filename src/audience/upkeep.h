/*
 * upkeep.h
 *		Whether the triggers that maintain audiences are updating them.
 */
#ifndef KROLES_UPKEEP_H
#define KROLES_UPKEEP_H

extern bool kroles_audience_upkeep_runs(void);

#endif
