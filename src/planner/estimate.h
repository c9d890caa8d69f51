/*
 * estimate.h
 *		Estimates the fraction of a table that the current subject sees.
 */
#ifndef KROLES_ESTIMATE_H
#define KROLES_ESTIMATE_H

#include "access/attnum.h"

#define KROLES_SAMPLE_SIZE 400	/* audiences that ANALYZE stores */
#define KROLES_LEAST_FRACTION (0.25 / KROLES_SAMPLE_SIZE)	/* for a subject who sees none of the sample */

extern void kroles_estimate_init(void);
extern bool kroles_sees_too_much(void);
extern double kroles_visible_fraction(Oid relid, AttrNumber attno);

#endif
