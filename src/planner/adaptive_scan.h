/*
 * adaptive_scan.h
 *		The adaptive scan: from planner/adaptive_scan.c for planner/adaptive_paths.c.
 */
#ifndef KROLES_ADAPTIVE_SCAN_H
#define KROLES_ADAPTIVE_SCAN_H

#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"

/* What the costs of both paths are computed from, for each subject anew; stored in the plan. */
typedef struct KrolesCostInputs
{
	Oid			relid;
	AttrNumber	attno;			/* of the audience column */
	double		tuples;			/* rows in the table */
	double		startup;		/* costs of the ordinary path */
	double		total;
	double		read;			/* rows that the ordinary path reads */
	double		rows;			/* those of them that all conditions but the policy let through */
	double		rows_needed;	/* that the query needs; 0 for all */
	Oid			index;			/* whose order the ordinary path has, and whether backward */
	bool		backward;
} KrolesCostInputs;

extern Path *kroles_adaptive_path(RelOptInfo *rel, Path *ordinary, Path *audience_path, Path *merged, KrolesCostInputs inputs);

/* ---- planner/merged_paths.c ---- */

extern Path *kroles_merged_path(PlannerInfo *root, RelOptInfo *rel, Path *ordinary, Path *audience_path, KrolesCostInputs inputs);

/* ---- planner/table_scan.c ---- */

extern TupleTableSlot *kroles_next_row(PlanState *ps, uint64 *budget);

extern bool kroles_speed_up_scan(PlanState *ps);

#endif
