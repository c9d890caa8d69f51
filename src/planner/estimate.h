/*
 * estimate.h
 *		How much of a table the current subject sees.
 */
#ifndef KROLES_ESTIMATE_H
#define KROLES_ESTIMATE_H

#include "access/attnum.h"

#define KROLES_SAMPLE_SIZE 400
#define KROLES_LEAST_FRACTION (0.25 / KROLES_SAMPLE_SIZE)	/* of whoever sees none of the sample */

extern void kroles_estimate_init(void);
extern double kroles_visible_fraction(Oid relid, AttrNumber attno);

#endif
