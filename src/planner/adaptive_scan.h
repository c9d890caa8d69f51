/*
 * adaptive_scan.h
 *		A scan that chooses when it runs: for planner/adaptive_scan.c and planner/adaptive_paths.c.
 */
#ifndef KROLES_ADAPTIVE_SCAN_H
#define KROLES_ADAPTIVE_SCAN_H

#include "nodes/pathnodes.h"

/* What both ways cost depends on; kept with the plan. */
typedef struct KrolesCostInputs
{
	Oid			relid;
	AttrNumber	attno;			/* of the audience */
	double		tuples;			/* of the table */
	double		startup;		/* of going through */
	double		total;
	double		rows;			/* that come before the policy, if one goes through to the end */
	double		wanted;			/* how many are enough; 0 for all */
} KrolesCostInputs;

extern Path *kroles_adaptive_path(RelOptInfo *rel, Path *through, Path *found, KrolesCostInputs inputs);

#endif
